"""How messages look on Telegram: pieces, entities, keyboards. Pure functions."""

import asyncio
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from telegram import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.actions import recommendation
from bot.actions.words import text_of
from bot.conversations.encryption import Keyring
from bot.knowledge import load_default
from bot.leak_report import Say
from bot.settings import Settings, read_settings
from channels.rendering import render
from channels.telegram import showing
from channels.telegram.secrecy import HideToken
from channels.telegram.service import known_of
from channels.telegram.splitting import cuts, units

KNOWN = showing.Known({3: "기술자료 임치제도"}, ("02-368-8787",))


def message(text: str = "", sender: str = "bot", **more: Any) -> dict[str, Any]:
    return {"seq": 1, "from": sender, "text": text, "buttons": [], "cards": [], "sources": [], "at": ""} | more


def pieces(
    *messages: dict[str, Any], expects: dict[str, Any] | None = None, keyboard: bool = False
) -> list[showing.Piece]:
    return showing.pieces(messages, expects=expects, keyboard_open=keyboard, known=KNOWN)


def asks(slot: str, kind: str, *titles: str, form: str = "leak_report") -> dict[str, Any]:
    choices = [{"title": title, "choice": f"id{number}"} for number, title in enumerate(titles)]
    return {"form": form, "slot": slot, "input": kind, "choices": choices}


SIGNS = st.sampled_from(
    ["가", "각\n", "a", " ", ". ", "요.\n\n", "👨‍👩‍👧", "🇰🇷", "👍🏽", "é", "각", "\n", "긴낱말" * 9]
)


@given(st.lists(SIGNS, max_size=80).map("".join), st.integers(30, 60))
def test_pieces_are_short_enough_and_nothing_is_lost_or_torn(text: str, longest: int) -> None:
    made = [text[begin:end] for begin, end in cuts(text, longest)]
    assert all(0 < units(piece) <= longest for piece in made)
    assert "".join("".join(made).split()) == "".join(text.split())
    for before, after in zip(made, made[1:], strict=False):
        assert unicodedata.normalize("NFC", before + after) == unicodedata.normalize(
            "NFC", before
        ) + unicodedata.normalize("NFC", after)
        assert not after.startswith(("\u200d", "\U0001f3fd"))
        assert not before.endswith("\u200d")


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=400))
def test_any_text_can_be_split(text: str) -> None:
    made = [text[begin:end] for begin, end in cuts(text, 40)]
    assert all(units(piece) <= 40 for piece in made)
    assert "".join("".join(made).split()) == "".join(text.split())


def test_a_text_is_split_after_a_sentence() -> None:
    text = "첫 문장이에요. " * 300
    made = [text[begin:end] for begin, end in cuts(text.strip())]
    assert len(made) == 1
    text = "첫 문장이에요. " * 700
    first, second = [text[begin:end] for begin, end in cuts(text.strip())]
    assert first.endswith("이에요.")
    assert second.startswith("첫 문장")


def test_emoji_count_as_two_and_styles_stand_at_the_right_place() -> None:
    (piece,) = pieces(message("👍 네", "staff"))
    assert piece.text == "상담원\n👍 네"
    (bold,) = piece.entities
    assert (bold.type, bold.offset, bold.length) == ("bold", 0, 3)
    (piece,) = pieces(message("👍 네", sources=[{"program": 3, "section": "비용"}]))
    (small,) = piece.entities
    assert (
        piece.text.encode("utf-16-le")[2 * small.offset :].decode("utf-16-le")
        == "출처: 안내 책자, 기술자료 임치제도 비용"
    )


def test_a_style_goes_on_over_a_split() -> None:
    long = [{"program": 3, "section": "절" * 4200}]
    made = pieces(message("짧은 답", sources=long))
    assert [entity.type for piece in made for entity in piece.entities] == ["italic"] * 2
    assert all(entity.offset + entity.length <= units(piece.text) for piece in made for entity in piece.entities)


def test_runs_of_the_bot_go_out_together_and_staff_alone() -> None:
    told = ["user", "system", "bot", "bot", "staff", "staff", "system", "user", "user"]
    made = [[m["from"] for m in run] for run in showing.bundles([message("x", sender) for sender in told])]
    assert made == [["user"], ["system", "bot", "bot"], ["staff"], ["staff"], ["system"], ["user"], ["user"]]
    assert pieces(message("내 말", "user")) == []


def test_what_a_card_says_is_not_said_twice() -> None:
    card = {"type": "contacts", "contacts": [{"name": "센터", "phone": "02-368-8787"}]}
    (piece,) = pieces(message("전화하세요.\n센터 02-368-8787", cards=[card]))
    assert piece.text == "전화하세요.\n센터 02-368-8787\n\n☎ +82-2-368-8787"


def test_what_another_message_says_is_still_said_by_a_card() -> None:
    card = {"type": "contacts", "contacts": [{"name": "센터", "phone": "02-368-8787"}]}
    (piece,) = pieces(message("센터는 02-368-8787"), message("협회", cards=[card]))
    assert piece.text.startswith("센터는 02-368-8787\n\n협회\n센터 02-368-8787")


def settings(**values: Any) -> Settings:
    return read_settings(_env_file=None, **values)


def result(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> list[dict[str, Any]]:
    """Return the stored messages of a recommendation, as the action says them and the gateway keeps them."""
    domain = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))
    monkeypatch.setattr(recommendation, "_keyring", lambda: Keyring({1: b"k" * 32}))
    monkeypatch.setattr(recommendation, "get_settings", settings)
    dispatcher = CollectingDispatcher()
    action = recommendation.ActionRecommendPrograms()
    asyncio.run(action.run(dispatcher, Tracker("x", facts, {}, [], False, None, {}, None), domain))
    said: list[dict[str, Any]] = []
    for message in dispatcher.messages:  # what Rasa makes of them
        values = {key: value for key, value in message.items() if isinstance(value, str)}
        said.append(
            {"text": text_of(domain["responses"], Say(message["response"], values)), "buttons": message["buttons"]}
        )
        if message["custom"]:
            said.append({"custom": message["custom"]})
    return [
        {"seq": n, "from": m.sender, "text": m.text, "buttons": m.buttons, "cards": m.cards, "sources": m.sources}
        for n, m in enumerate(render(said), start=1)
    ]


def test_a_real_result_says_each_thing_once_with_a_source_for_each_program(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {
        "needs": ["keep_secret_know_how", "dispute"],
        "company_size": "sme",
        "business_status": "active",
        "leak_occurred": True,
    }
    messages = result(monkeypatch, **facts)
    known = known_of(load_default(), settings())
    shown = [card["number"] for message in messages for card in message["cards"] if card["type"] == "program"]
    assert len(shown) == 5
    body = showing.compose(messages, known)
    told, _, sources = body.text.partition("출처: 안내 책자, ")
    said = [message["text"] for message in messages]
    for number in shown:
        assert told.count(known.programs[number]) == "\n".join(said).count(known.programs[number])
        assert sources.count(known.programs[number]) == 1
    extra = told
    for text in said:
        if "127.0.0.1" not in text:
            assert text in extra
            extra = extra.replace(text, "", 1)
    assert extra.strip().startswith("☎"), "below what the bot said stand the phone numbers alone"


def test_a_link_to_this_machine_is_left_out_on_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = result(monkeypatch, needs=["dispute"], company_size="sme")
    assert "http://127.0.0.1" in "\n".join(message["text"] for message in messages)
    assert "http" not in showing.compose(messages, known_of(load_default(), settings())).text.replace("www.", "")
    public = known_of(load_default(), settings(public_url="https://bot.example.kr"))
    messages[-2]["text"] = "인쇄할 수 있는 한 장: https://bot.example.kr/r/x"
    assert "https://bot.example.kr/r/x" in showing.compose(messages, public).text


def test_known_numbers_can_be_tapped_and_no_other() -> None:
    known = known_of(load_default(), settings())
    text = "센터 02-368-8787, 영업비밀 1666-0521, 경찰 182로, 문의 042-388-0758~60. 적어 주신 번호는 02-123-4567이에요."
    expected = "☎ +82-2-368-8787 · +82-1666-0521 · 182 · +82-42-388-0758"
    assert showing.phone_line(text, known.phones) == expected


def test_short_buttons_stand_side_by_side() -> None:
    (piece,) = pieces(
        message("골라 주세요"), expects=asks("x", "choice", "네", "아니요", "잘 모르겠으니 나중에 할게요", "그만")
    )
    assert isinstance(piece.markup, InlineKeyboardMarkup)
    assert [[b.text for b in row] for row in piece.markup.inline_keyboard] == [
        ["네", "아니요"],
        ["잘 모르겠으니 나중에 할게요"],
        ["그만"],
    ]


def test_a_button_that_stands_twice_is_shown_once() -> None:
    buttons = [{"title": "네", "choice": "id0"}, {"title": "그만하기", "choice": "stop"}]
    (piece,) = pieces(message("?", buttons=buttons), expects=asks("x", "choice", "네", "아니요"))
    assert isinstance(piece.markup, InlineKeyboardMarkup)
    assert [b.text for row in piece.markup.inline_keyboard for b in row] == ["네", "그만하기", "아니요"]


@pytest.mark.parametrize("choice", ["x" * 16, "y" * 32])
def test_what_a_button_carries_fits_and_comes_back(choice: str) -> None:
    asked = asks("reporter_phone", "tel")
    for expects in (None, asked):
        data = showing.carried(choice, expects)
        assert len(data.encode()) <= 64
        kind, mark, back = showing.read_carried(data)
        assert back == choice
        assert (kind, mark) == (("f", showing.step_mark(asked)) if expects else ("c", ""))


def test_the_phone_question_has_its_keyboard_and_the_next_one_takes_it_away() -> None:
    (piece,) = pieces(message("전화번호는요?"), expects=asks("reporter_phone", "tel", "건너뛰기"))
    assert isinstance(piece.markup, ReplyKeyboardMarkup)
    assert piece.markup.keyboard[0][0].request_contact
    (piece,) = pieces(message("고맙습니다"), keyboard=True)
    assert isinstance(piece.markup, ReplyKeyboardRemove)
    service, question = pieces(message("이메일은요?"), expects=asks("mail", "email", "건너뛰기"), keyboard=True)
    assert isinstance(service.markup, ReplyKeyboardRemove)
    assert isinstance(question.markup, InlineKeyboardMarkup)


def test_the_web_is_offered_with_the_consent_only() -> None:
    for slot, offered in (("privacy_consent", True), ("incident_summary", False)):
        (piece,) = pieces(message("?"), expects=asks(slot, "choice", "네"))
        assert isinstance(piece.markup, InlineKeyboardMarkup)
        assert (showing.TO_WEB in [b.callback_data for row in piece.markup.inline_keyboard for b in row]) is offered


def test_long_titles_are_shortened_between_letters() -> None:
    assert showing.shortened("가" * 61) == "가" * 59 + "…"
    assert showing.shortened(" 두  칸 ") == "두 칸"
    assert units(showing.shortened("👍" * 61)) <= 60


def test_the_token_is_hidden_however_it_comes() -> None:
    hide = HideToken("123456:abcdefghijklmnopqrstuvwxyz").hide
    assert hide("url https://api/bot123456:abcdefghijklmnopqrstuvwxyz/getMe") == "url https://api/bot<token>/getMe"
    assert hide("other 987654321:ZYXWVUTSRQPONMLKJIHGFEDCBA") == "other <token>"
