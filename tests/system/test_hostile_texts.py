"""Texts that would command, confuse or end a bare Rasa, sent through the real system."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from running_system import Chat, System, answers, text_of

SPACES = [
    "", " ", "\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u00a0", "\u1680", "\u2000", "\u2003",
    "\u2007", "\u2009", "\u200a", "\u200b", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\u3164", "\ufeff", "\u00ad",
    "\u180e", "\u202e", "\u115f", "\x00", "\x7f",
]  # fmt: skip
COMMANDS = [
    "/restart",
    "/session_start",
    '/ask_program{"program": "guard_service", "topic": "cost"}',
    "／restart",
    "⁄restart",
]
BROKEN = [b'{"id": "a", "text": "\\ud83d"}', b'{"id": "b", "text": "\\udc00\\ud800"}', b'{"id": "c", "text": "a\\u0000b"}',
          '{"id": "d", "text": "기술\\ud800임치"}'.encode()]  # fmt: skip
WRONG = [b"", b"{", b"[]", b"null", b'"text"', b"{}", b'{"id": "x"}', b'{"id": "x", "text": 1}', b'{"id": "x", "text": null}',
         b'{"id": "x", "text": ["a"]}', b'{"id": "x", "text": "a", "choice": "b"}', b'{"id": 1, "text": "a"}', b"\xff\xfe\x00",
         b'{"id": "x", "text": "a", "sender": "other"}', b'{"id": "x", "choice": "/restart"}', b"[" * 20_000]  # fmt: skip
CANARY = "초극비도면가나다"


@pytest.fixture
def talk(chat: Callable[[], Chat]) -> Chat:
    """Return a conversation that is about the escrow of technology."""
    talk = chat()
    assert "30만원" in text_of(talk.say("기술임치 수수료 얼마예요?"))
    return talk


def assert_unmoved(talk: Chat) -> None:
    """The talk is where it was: it knows what it is about, and answers."""
    assert "임치" in text_of(talk.say("그럼 신청방법은?"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_behind_any_space_changes_nothing(stack: System, talk: Chat, command: str) -> None:
    rasa = stack.part("rasa").pid
    for space in SPACES:
        for text in (space + command, space * 3 + command + space):
            turn = talk.say(text)
            assert answers(turn), repr(text)
            assert "지킴서비스" not in text_of(turn), repr(text)
        assert_unmoved(talk)
    assert stack.part("rasa").pid == rasa


def test_broken_characters_are_left_out_or_refused(stack: System, talk: Chat) -> None:
    rasa = stack.part("rasa").pid
    for body in BROKEN:
        response = talk.http.post(f"{talk.path}/messages", content=body, headers={"Content-Type": "application/json"})
        assert response.status_code in (200, 400, 422), body
        assert_unmoved(talk)
    assert stack.part("rasa").pid == rasa


def test_a_wrong_body_is_refused(talk: Chat) -> None:
    for body in WRONG:
        response = talk.http.post(f"{talk.path}/messages", content=body, headers={"Content-Type": "application/json"})
        assert 400 <= response.status_code < 500, body[:60]
        assert_unmoved(talk)


def test_a_text_of_a_megabyte_gets_a_clear_answer(stack: System, talk: Chat) -> None:
    rasa = stack.part("rasa").pid
    assert talk.http.post(f"{talk.path}/messages", json={"id": "big", "text": "가" * 350_000}).status_code == 413
    long = talk.http.post(f"{talk.path}/messages", json={"id": "long", "text": "가" * 5_000})
    assert long.status_code in (200, 422)
    assert_unmoved(talk)
    assert stack.part("rasa").pid == rasa


def test_strange_but_honest_texts_are_answered(talk: Chat) -> None:
    for text in ("😀" * 300, "ㅋㅋㅋㅋㅋ", "?", "{name}", "%s %d", "${ULTARI_ENGINE_SECRET}", "<b>굵게</b>", "'; DROP TABLE messages; --",
                 "\\ud800", "[임치](program)", "null", "기술임치" * 200, "a" * 1999, "١٢٣", "ก็" * 50):  # fmt: skip
        turn = talk.say(text)
        assert text_of(turn), text[:30]
        assert "ULTARI" not in text_of(turn)


def test_no_log_holds_what_was_said(stack: System, chat: Callable[[], Chat]) -> None:
    talk = chat()
    for text in (f"{CANARY} 유출됐어요", f"/{CANARY}", f"{CANARY} 010-1234-5678", f"{CANARY}\\ud800{{name}}"):
        talk.say(text)
    talk.http.post(f"{talk.path}/messages", content=f'{{"id": "{CANARY}"'.encode())
    talk.http.post(f"{talk.path}/messages", json={"id": uuid.uuid4().hex, "text": 5, "note": CANARY})
    logs = stack.logs()
    assert CANARY not in logs
    assert CANARY.encode("unicode_escape").decode() not in logs
    assert "1234-5678" not in logs
    assert talk.http.headers["Authorization"].split()[1] not in logs
