"""The judge: what counts as a right reply."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation import judging


def reply(text: str = "", *, form: str | None = None, status: str = "bot", **message: Any) -> dict[str, Any]:
    """Return a turn of the chat API with one message of the bot."""
    expects = {"form": form, "slot": "company_size"} if form else None
    user = {"from": "user", "text": "30만원이라면서요"}
    return {"messages": [user, {"from": "bot", "text": text, **message}], "expects": expects, "status": status}


def question(*expect_all: str, any_of: tuple[str, ...] = (), topic: str = "cost") -> dict[str, Any]:
    return {"expect_all": list(expect_all), "expect_any": [list(any_of)] if any_of else [], "topic": topic}


SOURCE = {"program": 3, "section": "신청기간"}


def test_spaces_commas_and_middle_dots_do_not_count() -> None:
    assert judging.holds_the_facts(question("1,000만 원", "9:00~18:00"), reply("1000만원 · 9:00-18:00"))


def test_each_alternative_needs_one_of_its_words() -> None:
    item = question("02-368-8787", any_of=("무료", "무상"))
    assert judging.holds_the_facts(item, reply("무상이에요. 02-368-8787"))
    assert not judging.holds_the_facts(item, reply("02-368-8787"))


def test_what_the_user_wrote_is_no_answer() -> None:
    assert not judging.holds_the_facts(question("30만원"), reply("수수료가 있어요"))


def test_a_card_of_contacts_answers_and_costs_no_characters() -> None:
    card = {"type": "contacts", "contacts": [{"name": "센터", "phone": "02-368-8787"}]}
    answered = reply("여기로 전화해 주세요", cards=[card])
    assert judging.right_fact(question("02-368-8787"), answered)
    assert judging.length(answered) == len("여기로전화해주세요")


@pytest.mark.parametrize(
    ("topic", "characters", "right"),
    [("cost", 450, True), ("cost", 451, False), ("list", 900, True), ("overview", 901, False)],
)
def test_a_long_answer_is_wrong(topic: str, characters: int, right: bool) -> None:
    assert judging.right_fact(question("가", topic=topic), reply("가" * characters)) is right


def test_an_answer_within_a_talk_may_have_600_characters() -> None:
    assert judging.right_in_talk(question("가"), reply("가" * 600))
    assert not judging.right_in_talk(question("가"), reply("가" * 601))


def test_out_of_scope_needs_words_without_facts_and_without_a_form() -> None:
    assert judging.right_out_of_scope(reply("그건 제가 몰라요"))
    assert not judging.right_out_of_scope(reply("수수료는 30만원이에요", sources=[SOURCE]))
    assert not judging.right_out_of_scope(reply("언제였나요?", form="leak_report"))
    assert not judging.right_out_of_scope(reply(""))


@pytest.mark.parametrize(
    ("act", "right", "wrong"),
    [
        ("report_leak", reply(form="leak_report"), reply("신고는 182예요", sources=[SOURCE])),
        ("ask_recommendation", reply(form="recommendation"), reply("무엇이 궁금하세요?")),
        ("ask_recommendation", reply(cards=[{"type": "program", "number": 3}]), reply(form="leak_report")),
        ("ask_program", reply("30만원", sources=[SOURCE]), reply("언제였나요?", form="leak_report", sources=[SOURCE])),
        ("list_programs", reply("임치, 조정, 지킴서비스"), reply("임치가 있어요")),
        (
            "list_programs",
            reply("이런 사업이 있어요", buttons=[{"title": "기술임치"}]),
            reply("골라 주세요", form="recommendation"),
        ),
        ("talk_to_human", reply(status="waiting"), reply("무엇이 궁금하세요?")),
        ("talk_to_human", reply(buttons=[{"title": "상담원 연결"}]), reply(buttons=[{"title": "전체 사업"}])),
        ("thanks", reply("천만에요"), reply("30만원", sources=[SOURCE])),
        ("out_of_scope", reply("몰라요"), reply(form="recommendation")),
        ("privacy_question", reply("개인정보는 90일 뒤 파기해요"), reply("무엇이 궁금하세요?")),
        ("ticket_status", reply("접수 번호를 알려 주세요"), reply("언제였나요?", form="leak_report")),
    ],
)
def test_acts(act: str, right: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert judging.right_act(act, right)
    assert not judging.right_act(act, wrong)


def test_an_act_that_nobody_knows_is_wrong() -> None:
    assert not judging.right_act("dance", reply("네"))


def test_a_recommendation_must_name_all_and_nothing_forbidden() -> None:
    item = {"must_include": [3], "must_exclude": [7]}

    def cards(**verdicts: str) -> dict[str, Any]:
        return reply(
            cards=[{"type": "program", "number": int(key[1:]), "verdict": value} for key, value in verdicts.items()]
        )

    assert judging.wrong_in_recommendation(item, cards(n3="unknown", n7="ineligible")) == []
    assert judging.wrong_in_recommendation(item, cards(n3="eligible", n7="unknown")) == ["wrongly 7"]
    assert judging.wrong_in_recommendation(item, cards(n12="eligible")) == ["missed 3"]
    assert judging.wrong_in_recommendation(item, reply("없어요")) == ["missed 3"]


def test_a_report_ends_in_a_ticket_only_with_consent() -> None:
    done = reply("접수됐어요", cards=[{"type": "ticket", "number": "T1", "contacts": []}])
    item = {"expect_contacts": ["02-368-8787"], "handover": True}
    assert judging.wrong_in_report(item, True, "02-368-8787", done) == []
    assert judging.wrong_in_report(item, False, "02-368-8787", done) == ["not begun by what was told"]
    assert judging.wrong_in_report(item, True, "전화해 주세요", done) == ["contact 02-368-8787 missing"]
    assert judging.wrong_in_report(item, True, "02-368-8787", reply()) == ["no ticket"]
    refused = {**item, "handover": False}
    assert judging.wrong_in_report(refused, True, "02-368-8787", done) == ["a ticket without consent"]
    assert judging.wrong_in_report(refused, True, "02-368-8787", reply()) == []
