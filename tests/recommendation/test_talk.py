"""The talk: what is asked, in between, back, over, corrected and left."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest

from bot.eligibility import UNKNOWN
from bot.knowledge import load_default
from bot.recommendation import QUESTIONS
from bot.recommendation_talk import (
    DONE,
    LEAK,
    PERSON,
    STOPPED,
    Heard,
    Known,
    Turn,
    asks_why_not,
    begin,
    correct,
    go_on,
)

TODAY = datetime.date(2026, 11, 23)
KNOWLEDGE = load_default()
MOLD = "직원 20명 금형 회사예요. 대기업이 설계도를 보내 달라고 해서 우리가 만든 거라고 증명할 방법이 필요해요."


def start(text: str = "추천해줘", intent: str = "ask_recommendation", known: Known | None = None) -> Turn:
    return begin(known or Known(), Heard(text, intent, 0.9), KNOWLEDGE, TODAY)


def say(turn: Turn, text: str, intent: str = "inform", confidence: float = 0.5, *programs: str) -> Turn:
    assert turn.asked is not None
    return go_on(turn.known, turn.asked, Heard(text, intent, confidence, programs), KNOWLEDGE, TODAY)


def at(slot: str, **facts: Any) -> Turn:
    """Return the form as it waits for this answer."""
    return Turn(Known(facts), (), slot)


def responses(turn: Turn) -> list[str]:
    return [say.response for say in turn.says]


def test_a_bare_wish_is_asked_for_the_need_first() -> None:
    turn = start()
    assert turn.asked == "needs"
    assert responses(turn) == ["utter_recommendation_begin", "utter_recommendation_question_needs"]
    assert (turn.step, turn.of > turn.step) == (1, True)


def test_what_the_first_message_says_is_not_asked() -> None:
    turn = start("펜션을 운영하는데 서버 보안시스템 구축비를 지원받고 싶어요")
    facts = turn.known.facts
    assert (facts["industry"], facts["business_status"], facts["needs"]) == ("lodging", "active", ["security_system"])
    asked = []
    while turn.asked is not None:
        asked.append(turn.asked)
        turn = say(turn, "모르겠어요", "dont_know")
    assert {"industry", "business_status"}.isdisjoint(asked)


def test_several_answers_of_one_message_are_taken() -> None:
    turn = say(at("company_size", needs=["security_system"]), "중소기업이고 정상 영업 중이에요. 이노비즈 있어요.")
    facts = turn.known.facts
    assert (facts["company_size"], facts["business_status"]) == ("sme", "active")
    assert facts["certifications"] == ["innobiz"]


def test_a_worry_told_in_passing_is_asked_about_once_more_in_the_end() -> None:
    turn = say(start(MOLD), "중소기업이에요")
    while turn.asked != "needs":
        turn = say(turn, "네")
    assert responses(turn) == ["utter_recommendation_question_more_needs"]
    assert say(turn, "없어요").end == DONE
    more = say(turn, "직원 교육도 하고 싶어요")
    assert "education" in more.known.facts["needs"]
    assert "prove_development" in more.known.facts["needs"]


def test_an_answer_to_the_question_about_needs_is_not_asked_again() -> None:
    turn = say(start(), "영업비밀 교육을 받고 싶어요")
    while turn.asked is not None:
        assert turn.asked != "needs"
        turn = say(turn, "모르겠어요")


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("임치 수수료가 얼마예요?", "ask_program"),
        ("지원사업이 몇 개나 있나요?", "list_programs"),
        ("임치랑 원본증명은 뭐가 달라요?", "compare_programs"),
        ("제 정보는 어떻게 보관되나요?", "privacy_question"),
    ],
)
def test_a_question_in_between_is_answered_and_the_form_goes_on_where_it_was(slot: str, text: str, intent: str) -> None:
    before = at(slot, needs=["dispute", "security_system"], company_size="mid_sized", industry="core_field")
    before = Turn(Known({fact: value for fact, value in before.known.facts.items() if fact != slot}), (), slot)
    turn = say(before, text, intent, 0.9, *(("technology_escrow",) if intent == "ask_program" else ()))
    assert (turn.digression, turn.asked, turn.end) == (intent, slot, None)
    assert turn.known.facts == before.known.facts
    assert turn.known.failed == 0


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize(
    ("text", "intent", "digression"),
    [
        ("제 신고 어떻게 됐어요?", "ticket_status", "ticket_status"),
        ("내 정보 삭제해 주세요", "privacy_question", "privacy_question"),
        ("왜 저는 안 돼요?", "deny", "ask_reasons"),
        ("저희는 왜 못 받나요?", "ask_why", "ask_reasons"),
    ],
)
def test_a_question_about_ones_own_case_tells_nothing(slot: str, text: str, intent: str, digression: str) -> None:
    turn = at(slot)
    for _ in range(3):
        turn = say(turn, text, intent, 0.9)
        assert (turn.digression, turn.asked, turn.known.facts) == (digression, slot, {})


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize("text", ["왜 묻나요?", "그건 왜 물어봐요", "왜요?"])
def test_why_is_answered_at_every_question(slot: str, text: str) -> None:
    turn = say(at(slot), text, "ask_why", 0.9)
    assert turn.asked == slot
    assert responses(turn)[0] == f"utter_recommendation_why_{slot}"


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize(
    ("text", "intent", "end"),
    [
        ("그만", "cancel_or_stop", STOPPED),
        ("그만할래요", "cancel_or_stop", STOPPED),
        ("취소해 주세요", "cancel_or_stop", STOPPED),
        ("안녕히 계세요", "goodbye", STOPPED),
        ("상담원 연결해 주세요", "talk_to_human", PERSON),
        ("신고 접수할게요", "report_leak", LEAK),
        ("/talk_to_human", "talk_to_human", PERSON),
        ("/report_leak", "report_leak", LEAK),
        ("/cancel_or_stop", "cancel_or_stop", STOPPED),
    ],
)
def test_the_form_can_be_left_at_every_question(slot: str, text: str, intent: str, end: str) -> None:
    turn = say(at(slot), text, intent, 0.9)
    assert (turn.end, turn.asked) == (end, None)


@pytest.mark.parametrize("slot", [slot for slot in QUESTIONS if slot != "needs"])
@pytest.mark.parametrize(("text", "intent"), [("건너뛸게요", "skip"), ("패스", "skip"), ("모르겠어요", "dont_know")])
def test_a_skipped_question_stays_open_and_is_not_asked_again(slot: str, text: str, intent: str) -> None:
    turn = say(at(slot, needs=["security_system"]), text, intent, 0.9)
    assert turn.known.facts[slot] == UNKNOWN
    assert turn.asked != slot


def test_one_step_back_asks_the_question_before() -> None:
    turn = say(say(start(), "보안시스템 구축비"), "중소기업이에요")
    assert turn.asked not in ("needs", "company_size")
    back = say(turn, "뒤로", "go_back", 0.9)
    assert back.asked == "company_size"
    assert "company_size" not in back.known.facts
    assert say(back, "뒤로", "go_back", 0.9).asked == "needs"


def test_back_at_the_first_question_says_so() -> None:
    assert "utter_recommendation_first_question" in responses(say(start(), "뒤로", "go_back", 0.9))


def test_from_the_beginning_forgets_everything() -> None:
    turn = say(say(start(), "보안시스템 구축비"), "처음부터 다시", "start_over", 0.9)
    assert (turn.known.facts, turn.known.asked, turn.asked) == ({}, (), "needs")


def test_a_correction_asks_only_what_depends_on_it() -> None:
    turn = start("중소기업인데 거래처와 기술 분쟁이 있어요. 기계 만드는 회사고 정상 영업 중이에요.")
    while turn.asked is not None:
        assert turn.asked != "counterparty_in_cross_shareholding_group"
        turn = say(turn, "없어요" if turn.asked == "needs" else "네")
    again = correct(turn.known, Heard("중소 아니고 중견이에요", "correct_previous", 0.9), KNOWLEDGE, TODAY)
    assert again is not None
    assert again.known.facts["company_size"] == "mid_sized"
    assert again.asked == "counterparty_in_cross_shareholding_group"
    assert say(again, "네").end == DONE


def test_a_correction_in_between_is_taken() -> None:
    turn = say(at("business_status", company_size="mid_sized", needs=["diagnosis"]), "아 중견 아니고 중소예요")
    assert turn.known.facts["company_size"] == "sme"
    assert turn.asked == "business_status"


FOUND = {
    "company_size": "large",
    "industry": "lodging",
    "business_status": "active",
    "needs": ["education", "security_system"],
    "certifications": ["innobiz"],
    "accepts_self_payment": True,
    "leak_occurred": False,
    "has_security_equipment": True,
}


@pytest.mark.parametrize(
    ("text", "facts", "asked"),
    [
        ("이노비즈 없어요", {"company_size": "sme", "industry": "other", "certifications": None}, "certifications"),
        ("숙박업 아니에요", {"company_size": "sme", "industry": None}, "industry"),
        ("대기업 아니에요", {"company_size": None, "industry": "other"}, "company_size"),
        ("교육은 필요 없어요", {"needs": ["security_system"]}, None),
        ("교육 말고 보안시스템 구축비요", {"needs": ["security_system"]}, None),
        ("교육 말고 변호사 상담이요", {"needs": ["security_system", "legal_advice"]}, None),
        ("규모를 잘못 말했어요", {"company_size": None}, "company_size"),
        ("업종 다시 말할게요", {"industry": None}, "industry"),
    ],
)
def test_what_is_denied_or_said_wrong_is_taken_back_after_the_result(
    text: str, facts: dict[str, Any], asked: str | None
) -> None:
    # What is denied here holds before; the rest is such that the question matters.
    before = FOUND | {name: value for name, value in facts.items() if value is not None and name != "needs"}
    known = Known(before, asked=("company_size", "needs"), shown=("consultation_center",))
    for intent in ("correct_previous", "inform"):
        heard = Heard(text, intent, 0.9)
        turn = begin(known, heard, KNOWLEDGE, TODAY) if intent == "inform" else correct(known, heard, KNOWLEDGE, TODAY)
        assert turn is not None
        assert {name: turn.known.facts.get(name) for name in facts} == facts
        if asked is not None:
            assert turn.asked == asked


@pytest.mark.parametrize("slot", [slot for slot in QUESTIONS if slot != "needs"])
def test_what_is_denied_is_taken_back_at_every_question(slot: str) -> None:
    facts = {name: value for name, value in FOUND.items() if name != slot}
    turn = say(Turn(Known(facts), (), slot), "교육은 필요 없어요", "deny", 1.0)
    assert turn.known.facts["needs"] == ["security_system"]
    assert turn.known.facts.get(slot) is None


def test_the_last_need_that_is_denied_is_asked_for_again() -> None:
    turn = say(at("company_size", needs=["education"]), "교육은 필요 없어요", "deny", 1.0)
    assert turn.asked == "needs"
    assert responses(turn) == ["utter_recommendation_question_needs"]


@pytest.mark.parametrize("text", ["아까 답 잘못 눌렀어요", "그 전 답을 고칠래요"])
def test_the_answer_before_is_asked_again(text: str) -> None:
    turn = say(say(start(), "보안시스템 구축비"), "중소기업이에요")
    again = say(turn, text, "correct_previous", 0.6)
    assert again.asked == "company_size"
    assert "company_size" not in again.known.facts


@pytest.mark.parametrize("slot", QUESTIONS)
def test_a_question_that_is_named_is_asked_again(slot: str) -> None:
    before = at(slot, company_size="sme", needs=["security_system"])
    turn = say(before, "규모를 잘못 말했어요", "correct_previous", 0.9)
    assert turn.asked == "company_size"
    assert "company_size" not in turn.known.facts


@pytest.mark.parametrize(
    ("text", "intent", "digression"),
    [
        ("안녕하십니까", "greet", "greet"),
        ("접수 결과 보기", "ticket_status", "ticket_status"),
        ("짜증나네", "abuse", "abuse"),
        ("옆집 고양이", "inform", None),
        ("청소 대행", "out_of_scope", None),
    ],
)
def test_unknown_words_are_a_trade_unless_they_are_surely_something_else(
    text: str, intent: str, digression: str | None
) -> None:
    turn = say(at("industry", needs=["security_system"]), text, intent, 0.97)
    assert turn.digression == digression
    assert turn.known.facts.get("industry") == (None if digression else "other")


def test_a_trade_that_the_classifier_takes_for_something_else_is_a_trade_while_it_is_not_sure() -> None:
    turn = say(at("industry", needs=["security_system"]), "목공", "list_programs", 0.76)
    assert turn.known.industry_name == "목공"


@pytest.mark.parametrize("slot", QUESTIONS)
@pytest.mark.parametrize("text", ["/ask_recommendation", "추천해줘", "맞는 사업 추천해 주세요"])
def test_asking_for_a_recommendation_again_asks_the_same_question(slot: str, text: str) -> None:
    turn = at(slot, needs=["security_system"]) if slot != "needs" else at(slot)
    for _ in range(3):
        turn = say(turn, text, "ask_recommendation", 1.0)
        assert turn.asked == slot
        assert responses(turn)[0].startswith("utter_recommendation_question_")
        assert slot == "needs" or slot not in turn.known.facts


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("business_status", "휴업인데 정상 영업이에요"),
        ("industry", "펜션인데 금형 제조예요"),
        ("certifications", "이노비즈 있는데 없어요"),
        ("uses_escrow", "네 아니요"),
    ],
)
def test_what_is_said_both_ways_is_asked_kindly_and_then_let_go(slot: str, text: str) -> None:
    first = say(at(slot, needs=["security_system"]), text)
    assert (first.asked, responses(first)[0]) == (slot, "utter_recommendation_contradiction")
    assert slot not in first.known.facts
    second = say(first, text)
    assert second.asked != slot
    assert second.known.facts[slot] == UNKNOWN


def test_what_corrects_nothing_is_no_correction() -> None:
    assert correct(Known({"company_size": "sme"}), Heard("잘못 말했어요", "correct_previous"), KNOWLEDGE, TODAY) is None


def test_a_contradiction_is_asked_about() -> None:
    turn = say(at("company_size", needs=["diagnosis"]), "중소기업인데 대기업이에요")
    assert turn.asked == "company_size"
    assert responses(turn)[0] == "utter_recommendation_two_sizes"
    assert "company_size" not in turn.known.facts
    turn = start("국가핵심기술은 없는데 국가핵심기술을 보유하고 있어요. 해외 인수 제안을 받았어요.")
    assert turn.asked == "holds_national_core_technology"
    assert responses(turn)[0] == "utter_recommendation_contradiction"


@pytest.mark.parametrize("slot", QUESTIONS)
def test_nonsense_gets_a_kind_question_and_then_is_let_go(slot: str) -> None:
    first = say(at(slot, needs=["security_system"] if slot != "needs" else None), "ㅁㄴㅇㄹ", "inform", 0.2)
    assert (first.asked, responses(first)[0]) == (slot, "utter_recommendation_again")
    second = say(first, "ㅋㅋㅋㅋ", "inform", 0.2)
    assert second.asked != slot
    assert responses(second)[0] == "utter_recommendation_left_open"


def test_a_number_of_employees_decides_no_size() -> None:
    turn = say(at("company_size", needs=["diagnosis"]), "직원 40명이요")
    assert turn.asked == "company_size"
    assert responses(turn)[0] == "utter_recommendation_size_hint"
    assert "company_size" not in turn.known.facts


def test_a_short_answer_counts_whatever_the_classifier_thinks() -> None:
    assert say(at("is_subcontractor"), "네", "ask_program", 0.9).known.facts["is_subcontractor"] is True
    assert say(at("company_size"), "중견", "list_programs", 0.9).known.facts["company_size"] == "mid_sized"
    assert say(at("needs"), "교육", "ask_program", 0.9).known.facts["needs"] == ["education"]
    assert (
        say(at("leak_occurred"), "직원이 도면을 빼돌렸어요", "report_leak", 0.99).known.facts["leak_occurred"] is True
    )
    assert say(at("business_status"), "영업 중단했어요", "cancel_or_stop", 0.9).known.facts["business_status"]


def test_a_need_in_unknown_words_is_the_program_that_it_seems_to_be_about() -> None:
    turn = say(at("needs"), "금고 같은 거", "ask_program", 0.9, "technology_escrow")
    assert turn.known.facts["needs"] == ["prove_development"]
    assert say(at("needs"), "임치가 뭐예요?", "ask_program", 0.9, "technology_escrow").asked == "needs"


def test_what_is_taken_for_a_question_again_and_again_does_not_go_round_for_ever() -> None:
    turn = at("company_size", needs=["diagnosis"])
    for _ in range(3):
        if turn.asked == "company_size":
            turn = say(turn, "옆집 사람", "chitchat", 0.9)
    assert turn.known.facts["company_size"] == UNKNOWN
    assert turn.asked != "company_size"


def test_what_was_said_before_the_form_is_taken() -> None:
    earlier = ["대기업인데 보안관제 받을 수 있나요?", "중견기업도 되나요?", "저희는 설계사무소예요"]
    turn = begin(Known(), Heard("추천해 주세요", "ask_recommendation", 0.9), KNOWLEDGE, TODAY, earlier)
    facts = turn.known.facts
    assert (facts["company_size"], facts["needs"], facts["industry"]) == ("large", ["monitoring"], "other")


def test_another_recommendation_keeps_the_company_and_asks_for_the_new_worry() -> None:
    known = Known(
        {"company_size": "sme", "industry": "other", "needs": ["education"]}, shown=("trade_secret_education",)
    )
    turn = start(known=known)
    assert turn.asked == "needs"
    assert turn.known.facts["company_size"] == "sme"


def test_what_is_kept_survives_being_stored() -> None:
    turn = say(start(MOLD), "중소기업이에요")
    assert Known.from_json(turn.known.facts, turn.known.to_json()) == turn.known


@pytest.mark.parametrize("kept", [None, {}, {"asked": ["x"]}, {"industry_name": 3}, [], "x"])
def test_what_was_kept_in_another_form_is_forgotten(kept: Any) -> None:
    assert Known.from_json({"company_size": "sme", "strange": 1}, kept).facts == {"company_size": "sme"}


def test_every_response_of_the_talk_is_defined(domain: dict[str, Any]) -> None:
    from pathlib import Path

    root = Path(__file__).parent.parent.parent / "bot"
    defined = set(domain["responses"])
    for name in ("recommendation_talk.py", "recommendation_words.py", "actions/recommendation.py"):
        source = (root / name).read_text(encoding="utf-8")
        used = set(re.findall(r'"(utter_recommendation_[a-z_]+)"', source))
        assert used <= defined, used - defined
    for slot in QUESTIONS:
        assert {f"utter_recommendation_question_{slot}", f"utter_recommendation_why_{slot}"} <= defined


@pytest.mark.parametrize(
    ("text", "why_not"),
    [
        ("왜 안 되는 거죠?", True),
        ("왜 저희는 제외된 건지 설명해 주십시오", True),
        ("동반성장 프로그램이 왜 불가라고 떠요", True),
        ("어째서 대상이 아닌가요", True),
        ("왜 이걸 추천해 준 거예요", False),
        ("이게 왜 1순위로 나왔어", False),
        ("추천 이유", False),
    ],
)
def test_reasons_for_and_against_are_told_apart(text: str, why_not: bool) -> None:
    assert asks_why_not(text) is why_not
