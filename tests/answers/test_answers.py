"""From an understood question to the reply: which facts, which sources, which next steps."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot import answers, knowledge
from bot.answers import Part, Question, Reply
from bot.knowledge import TOPICS

KNOWLEDGE = knowledge.load_default()
RESPONSES = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
EVERY_PROGRAM_AND_TOPIC = [(program.id, topic) for program in KNOWLEDGE.programs for topic in TOPICS]


def ask(program: str, topic: str, **more: object) -> Reply:
    return answers.answer(Question(programs=(program,), topics=((topic, 1.0),), **more), KNOWLEDGE)  # type: ignore[arg-type]


def parts_of(reply: Reply) -> Iterator[Part]:
    waiting = [*reply.parts, *(button.title for button in reply.buttons)]
    while waiting:
        part = waiting.pop()
        inner = part.values.get("parts", ()) if part.response == "join" else part.values.values()
        waiting += [value for value in inner if isinstance(value, Part)]
        yield part


def words_of(reply: Reply) -> str:
    return "\n".join(str(value) for part in parts_of(reply) for value in part.values.values() if isinstance(value, str))


@pytest.mark.parametrize(("program", "topic"), EVERY_PROGRAM_AND_TOPIC)
def test_every_topic_of_every_program_has_an_answer_in_defined_words(program: str, topic: str) -> None:
    reply = ask(program, topic)
    assert reply.sources, "An answer names where it comes from."
    assert len(reply.buttons) <= 3
    for part in parts_of(reply):
        if part.response == "join":
            continue
        assert part.response in RESPONSES, f"domain.yml does not define {part.response}"
        wanted = {name for name, _ in re.findall(r"\{(\w+)(:[^{}]+)?\}", RESPONSES[part.response][0]["text"])}
        assert wanted <= part.values.keys(), f"{part.response} lacks {wanted - part.values.keys()}"


@pytest.mark.parametrize(("program", "topic"), EVERY_PROGRAM_AND_TOPIC)
def test_an_answer_is_short(program: str, topic: str) -> None:
    unsure = Question(programs=(program,), topics=((topic, 0.4), ("overview", 0.3), ("support", 0.2)))
    for reply in (ask(program, topic), answers.answer(unsure, KNOWLEDGE)):
        assert len(re.sub(r"\s", "", words_of(reply))) <= 450


def test_the_fact_asked_for_comes_first() -> None:
    reply = ask("dispute_mediation", "cost", own_words="소송비용은얼마까지나와요")
    assert "소송비용" in reply.parts[1].values["fact"]


def test_where_the_brochure_is_silent_the_answer_says_so_and_whom_to_ask() -> None:
    reply = ask("technology_escrow", "documents")
    assert [part.response for part in reply.parts[1:]] == ["utter_silent", "utter_contact"]
    assert reply.parts[2].values["phone"] == "02-368-8787"


def test_an_unsure_question_is_answered_both_ways_and_a_sure_one_is_not() -> None:
    def topics(sure: float) -> str:
        question = Question(programs=("technology_escrow",), topics=(("cost", sure), ("period", 0.3)))
        return words_of(answers.answer(question, KNOWLEDGE))

    assert "연중 상시" in topics(0.5)
    assert "연중 상시" not in topics(0.9)


def test_a_telling_word_is_answered_too() -> None:
    question = Question(programs=("dispute_mediation",), topics=(("effect", 0.9),), cued=("duration",))
    assert "3개월" in words_of(answers.answer(question, KNOWLEDGE))


def test_what_a_neighbouring_topic_knows_is_not_called_unknown() -> None:
    assert "utter_silent" not in [part.response for part in ask("security_partnership", "scope").parts]


def test_two_programs_stand_beside_each_other() -> None:
    question = Question(programs=("technology_escrow", "trade_secret_certification"), topics=(("cost", 0.8),))
    text = words_of(answers.answer(question, KNOWLEDGE))
    assert "30만원" in text
    assert "유료" in text


def test_two_agencies_with_one_program_each_are_both_answered() -> None:
    question = Question(agencies=("police", "ftc"), topics=(("contact", 0.8),))
    text = words_of(answers.answer(question, KNOWLEDGE))
    assert "182" in text
    assert "044-200-4010" in text


def test_a_place_without_a_program_is_the_consultation_centre() -> None:
    assert "09:00" in words_of(answers.answer(Question(topics=(("hours", 0.9),)), KNOWLEDGE))


def test_an_unknown_program_is_asked_back_and_the_topic_remembered() -> None:
    question = Question(topics=(("cost", 0.9),), likely_programs=("guard_service", "leak_prevention_system"))
    reply = answers.answer(question, KNOWLEDGE)
    assert reply.note == {"asked": "program", "topic": "cost"}
    assert not reply.sources
    assert json.loads(reply.buttons[0].payload.removeprefix("/ask_program")) == {
        "program": "guard_service",
        "topic": "cost",
    }


@pytest.mark.parametrize(
    ("agencies", "price", "size", "has", "lacks"),
    [
        ((), "free", None, "기술지킴서비스", "기술자료 임치제도"),
        ((), "paid", None, "영업비밀 원본증명 서비스", "기술지킴서비스"),
        (("kipo",), None, None, "영업비밀 보호 교육", "기술자료 임치제도"),
        ((), None, "individual", "영업비밀 보호 교육", "기술유출방지시스템"),
        ((), None, None, "산업기술유출 예방", "없는 사업"),
    ],
)
def test_a_list_holds_what_was_asked_for(
    agencies: tuple[str, ...], price: str | None, size: str | None, has: str, lacks: str
) -> None:
    text = words_of(answers.filtered(KNOWLEDGE, agencies, price, size))
    assert has in text
    assert lacks not in text


def test_a_list_by_period_says_only_what_was_asked_for() -> None:
    every = words_of(answers.by_period(KNOWLEDGE.programs, ()))
    notice = words_of(answers.by_period(KNOWLEDGE.programs, ("공고",)))
    assert "공고" in every
    assert "연중 상시" in every
    assert "공고" in notice
    assert "연중" not in notice
    silent = {"guard_service"}  # the brochure gives it no period
    assert {program.id for program in KNOWLEDGE.programs if program.short_name not in every} == silent


@pytest.mark.parametrize(
    ("program", "size", "response"),
    [
        ("leak_prevention_system", "mid_sized", "utter_not_open_to"),
        ("technology_escrow", "mid_sized", "utter_open_to"),
        ("technology_escrow", "large", "utter_not_open_to"),
        ("trade_secret_education", "individual", "utter_open_to"),
        ("trade_secret_education", "institution", None),  # only as a partner of a briefing
        ("dispute_mediation", "mid_sized", None),  # depends on the other party
        ("consultation_center", "individual", None),  # the brochure limits nothing
    ],
)
def test_whether_a_size_of_company_may_apply_is_said_first(program: str, size: str, response: str | None) -> None:
    said = [part.response for part in ask(program, "target", size=size).parts]
    assert said[1] == response if response else not {"utter_open_to", "utter_not_open_to"} & set(said)
    assert not {"utter_open_to", "utter_not_open_to"} & {
        part.response for part in ask(program, "cost", size=size).parts
    }


@pytest.mark.parametrize(
    ("program", "profile", "response"),
    [
        ("expert_consulting", {"industry": "lodging"}, "utter_not_for_you"),
        ("dispute_mediation", {"business_status": "suspended"}, "utter_not_for_you"),
        ("leak_prevention_system", {"company_size": "mid_sized"}, "utter_not_open_to"),
        ("technology_escrow", {"company_size": "mid_sized", "industry": "lodging"}, None),
        ("expert_consulting", {"industry": None, "business_status": "unknown"}, None),
    ],
)
def test_what_a_company_told_of_itself_and_speaks_against_it_is_said_first(
    program: str, profile: dict[str, object], response: str | None
) -> None:
    for topic in ("target", "apply"):
        said = [part.response for part in ask(program, topic, profile=profile).parts]
        assert (said[1] == response) if response else "utter_not_for_you" not in said
    assert "utter_not_for_you" not in [part.response for part in ask(program, "cost", profile=profile).parts]


@pytest.mark.parametrize("program", answers.TAKE_REPORTS)
@pytest.mark.parametrize("topic", ["apply", "contact"])
def test_where_to_report_a_leak_comes_with_the_offer_to_start(program: str, topic: str) -> None:
    reply = ask(program, topic)
    assert (reply.buttons[0].title.response, reply.buttons[0].payload) == ("utter_button_report_leak", "/report_leak")
    assert len(reply.buttons) <= 3


def test_no_report_is_offered_elsewhere() -> None:
    replies = [ask("technology_escrow", "apply"), ask("consultation_center", "hours")]
    assert not [button for reply in replies for button in reply.buttons if button.payload == "/report_leak"]
