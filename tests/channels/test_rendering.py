"""Rasa's list becomes messages of ours."""

from typing import Any

import pytest

from channels.rendering import render

SOURCES = [{"program": 3, "section": "신청기간"}]
CONTACTS = {"type": "contacts", "contacts": [{"name": "센터", "phone": "02-368-8787"}]}


def test_a_custom_element_belongs_to_the_message_before_it() -> None:
    first, second = render(
        [{"text": "하나"}, {"custom": {"sources": SOURCES}}, {"text": "둘"}, {"custom": {"cards": [CONTACTS]}}]
    )
    assert (first.text, first.sources, list(first.cards)) == ("하나", SOURCES, [])
    assert (second.text, second.cards) == ("둘", [CONTACTS])


def test_a_custom_element_alone_is_a_message() -> None:
    (only,) = render([{"custom": {"cards": [CONTACTS]}}])
    assert (only.text, only.cards) == ("", [CONTACTS])


def test_text_and_custom_in_one_element_stay_together() -> None:
    (only,) = render([{"text": "하나", "custom": {"sources": SOURCES}}])
    assert (only.text, only.sources) == ("하나", SOURCES)


def test_payloads_become_opaque_choices() -> None:
    (message,) = render(
        [{"text": "규모는요?", "buttons": [{"title": "중소기업", "payload": '/inform{"company_size":"sme"}'}]}]
    )
    (button,) = message.buttons
    assert message.offers == {button["choice"]: {"title": "중소기업", "payload": '/inform{"company_size":"sme"}'}}
    assert set(button) == {"title", "choice"}
    assert len(button["choice"]) <= 32, "Telegram's buttons hold 64 bytes"


def test_the_same_offer_in_a_button_and_in_expects_is_one_choice() -> None:
    offer = {"title": "네", "payload": "/affirm"}
    expects = {
        "form": "leak_report",
        "slot": "privacy_consent",
        "input": "choice",
        "choices": [offer],
        "step": 1,
        "of": 10,
    }
    (message,) = render([{"text": "동의하세요?", "buttons": [offer]}, {"custom": {"expects": expects}}])
    assert message.expects is not None
    assert message.expects["choices"] == message.buttons
    assert {key: message.expects[key] for key in ("form", "slot", "input", "step", "of")} == {
        "form": "leak_report",
        "slot": "privacy_consent",
        "input": "choice",
        "step": 1,
        "of": 10,
    }


def test_what_expects_leaves_out_has_its_default() -> None:
    (message,) = render([{"text": "x", "custom": {"expects": {"form": "recommendation", "slot": "industry"}}}])
    assert message.expects == {
        "form": "recommendation",
        "slot": "industry",
        "input": "text",
        "choices": [],
        "step": None,
        "of": None,
    }


def test_a_signal_is_not_shown() -> None:
    (message,) = render([{"text": "접수했어요"}, {"custom": {"signal": {"type": "status"}}}])
    assert message.text == "접수했어요"
    assert not message.cards


def test_cards_may_say_more_than_the_contract() -> None:
    card = {
        "type": "program",
        "number": 3,
        "verdict": "eligible",
        "reasons": [{"condition": "중소기업", "met": True}],
        "name": "기술임치",
    }
    assert render([{"custom": {"cards": [card]}}])[0].cards == [card]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [{}],
        [{"text": ""}],
        [{"text": None}],
        [{"text": "   "}],
        [{"recipient_id": "x", "image": "http://x/y.png"}],
    ],
)
def test_an_empty_answer_is_no_message(answer: list[dict[str, Any]]) -> None:
    assert render(answer) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"custom": {"cards": [{"type": "program"}]}},
        {"custom": {"cards": "비밀"}},
        {"custom": ["비밀"]},
        {"custom": {"expects": {"slot": "x"}}},
        {"custom": {"expects": {"form": "x", "slot": "y", "input": "비밀"}}},
        {"custom": {"sources": [{"program": "비밀"}]}},
        {"buttons": [{"title": "비밀"}]},
        {"buttons": "비밀"},
    ],
)
def test_a_part_without_the_agreed_form_is_left_out_and_logged(
    broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    message = render([{"text": "답이에요", **broken}])[0]
    assert (message.text, message.buttons, message.cards, message.expects) == ("답이에요", [], [], None)
    assert "agreed form" in caplog.text
    assert "비밀" not in caplog.text
