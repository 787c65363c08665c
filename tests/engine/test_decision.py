"""What a message asks, decided from names and confidences."""

import pytest

from bot.engine.decision import (
    choose_programs,
    foreign_or_noise,
    report_or_question,
    several_questions,
    switches,
)


def rank(*pairs: tuple[str, float]) -> list[dict]:
    return [{"name": name, "confidence": confidence} for name, confidence in pairs]


def test_a_name_beats_a_guess() -> None:
    assert choose_programs(["technology_escrow"], rank(("guard_service", 0.8)))[0] == ["technology_escrow"]


def test_an_unsure_guess_is_asked_back() -> None:
    assert choose_programs([], rank(("guard_service", 0.3), ("leak_prevention_system", 0.28))) == (
        [],
        ["guard_service", "leak_prevention_system"],
    )


def test_what_comes_from_the_talk_stays_with_the_talk() -> None:
    assert choose_programs([], rank(("none", 0.9), ("guard_service", 0.05))) == ([], [])


@pytest.mark.parametrize(("length", "confidence", "switched"), [(6, 0.9, False), (6, 0.98, True), (40, 0.6, True)])
def test_a_short_message_stays_with_the_program_of_the_talk(length: int, confidence: float, switched: bool) -> None:
    assert switches(length, confidence) is switched


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("what is technology escrow", "other_language"),
        ("技術を守りたいです", "other_language"),
        ("ㅋㅋㅋㅋㅋ", "gibberish"),
        ("", "gibberish"),
        ("임치 비용", None),
    ],
)
def test_what_holds_no_korean_is_told_from_korean(text: str, kind: str | None) -> None:
    from bot.engine.tokenizer import read

    assert foreign_or_noise(read(text), text, []) == kind


def test_a_name_and_what_joins_it_is_no_question_of_its_own() -> None:
    about = [{"name": "overview", "confidence": 0.94}]
    where = [{"name": "apply", "confidence": 0.9}]
    parts = [
        (["national_core_technology"], [], about, " 이랑"),
        (["industrial_technology"], [], where, " 홈페이지가 각각 어디예요"),
    ]
    assert several_questions(parts, ["national_core_technology"], []) == []
    parts[0] = (["national_core_technology"], [], about, " 이 뭔지")
    assert len(several_questions(parts, ["national_core_technology"], [])) == 2


TOLD = "팀장이 설계 파일을 외국 업체에 돈 받고 넘기고 있어요"
EXPORT = "핵심기술이 든 장비를 수출하는데 신고 절차를 모르겠어요"


@pytest.mark.parametrize(
    ("text", "ranking", "named", "meant"),
    [
        (TOLD, (("ask_recommendation", 0.7), ("report_leak", 0.24)), False, "report_leak"),
        ("기술자료 유용당했습니다. 원청이에요.", (("ask_program", 0.6), ("report_leak", 0.3)), True, "report_leak"),
        ("도면을 베꼈는데 신고할게요, 맞죠?", (("ask_program", 0.6), ("report_leak", 0.4)), False, "report_leak"),
        ("노하우를 베껴서 조정을 받아보려고 해요", (("ask_recommendation", 0.6), ("report_leak", 0.3)), False, None),
        (TOLD, (("ask_recommendation", 0.9), ("report_leak", 0.1)), False, None),
        (EXPORT, (("report_leak", 0.5), ("ask_program", 0.4)), False, "ask_program"),
        (
            EXPORT,
            (("report_leak", 0.9), ("ask_program", 0.1)),
            False,
            "ask_program",
        ),  # there is notice of an export, too
        ("수출하려던 도면이 사라졌어요. 신고할게요", (("report_leak", 0.9), ("inform", 0.1)), False, None),
        ("제조법 신고할게요", (("report_leak", 0.7), ("ask_program", 0.1)), False, None),
        ("제조법 신고하려는데요", (("report_leak", 0.5), ("ask_program", 0.4)), False, "ask_program"),
        (EXPORT, (("ask_program", 0.9), ("greet", 0.1)), False, None),
        ("사출 공장인데 지원받고 싶어요", (("report_leak", 0.5), ("inform", 0.3)), True, "ask_program"),
        (
            "원청이 도면을 내놓으라네요. 잠이 안 와요",
            (("report_leak", 0.6), ("ask_recommendation", 0.2)),
            False,
            "ask_recommendation",
        ),
    ],
)
def test_a_told_incident_is_a_report_and_the_notice_of_an_export_is_none(
    text: str, ranking: tuple[tuple[str, float], ...], named: bool, meant: str | None
) -> None:
    ranks = [{"name": name, "confidence": sure} for name, sure in ranking]
    found = report_or_question(ranks, text, text.replace(" ", ""), named=named)
    assert (found["name"] if found else None) == meant
