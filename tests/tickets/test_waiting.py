"""Users who wait: silent owners, closing time, an empty desk, and the way back to the bot."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ticket_desk import HOURS, KIM, Clock, Desk

from bot.conversations.store import Incoming, Outgoing
from bot.settings import read_settings
from bot.tickets.words import WITH_BOT
from channels.cleaning import clean
from channels.events import LocalEvents
from channels.relay import Relay
from channels.waiting import BACK_TO_BOT, Waiting


@pytest.fixture
def waiting(desk: Desk, tmp_path: Path) -> Waiting:
    return Waiting(desk.tickets, HOURS, LocalEvents(), read_settings(_env_file=None, var_dir=tmp_path))


def wait_in(desk: Desk) -> dict[str, Any]:
    """Return a ticket whose user waits in the chat."""
    ticket = desk.make(kind="consultation", live=True).ticket
    desk.conversations.append(ticket["conversation_id"], [], status="waiting")
    return ticket


def said_in(desk: Desk, ticket: dict[str, Any]) -> list[str]:
    return [message["text"] for message in desk.conversations.history(ticket["conversation_id"]).messages]


def status_of(desk: Desk, ticket: dict[str, Any]) -> str:
    return desk.conversations.history(ticket["conversation_id"]).status


def test_while_somebody_is_on_duty_users_go_on_waiting(desk: Desk, waiting: Waiting, clock: Clock) -> None:
    ticket = wait_in(desk)
    clock.move(minutes=30)
    desk.tickets.seen(KIM)
    assert waiting.look(clock.now) == []
    assert status_of(desk, ticket) == "waiting"


def test_when_nobody_is_there_for_a_while_the_bot_takes_over_and_the_ticket_stays(
    desk: Desk, waiting: Waiting, clock: Clock
) -> None:
    ticket = wait_in(desk)
    clock.move(minutes=2)
    assert waiting.look(clock.now) == []
    clock.move(minutes=2)
    assert waiting.look(clock.now) == [ticket["conversation_id"]]
    assert status_of(desk, ticket) == "bot"
    assert ticket["number"] in said_in(desk, ticket)[0]
    assert desk.tickets.get(ticket["id"])["state"] == "new"
    assert waiting.look(clock.now) == []


def test_at_closing_time_the_next_opening_is_said(desk: Desk, waiting: Waiting, clock: Clock) -> None:
    ticket = wait_in(desk)
    desk.tickets.seen(KIM)
    clock.now = datetime(2026, 11, 27, 9, 0, 1, tzinfo=UTC)  # Friday, 18:00:01 in Korea
    assert waiting.look(clock.now) == [ticket["conversation_id"]]
    assert "11월 30일(월) 9시" in said_in(desk, ticket)[0]


def test_a_silent_owner_is_replaced_and_the_user_told(desk: Desk, waiting: Waiting, clock: Clock) -> None:
    ticket = wait_in(desk)
    desk.tickets.claim(ticket["id"], KIM)
    clock.move(minutes=11)
    desk.tickets.seen(KIM)
    assert waiting.look(clock.now) == [ticket["conversation_id"]]
    assert status_of(desk, ticket) == "waiting"
    assert len(said_in(desk, ticket)) == 1


def test_a_silent_owner_outside_the_chat_is_replaced_and_the_user_told(
    desk: Desk, waiting: Waiting, clock: Clock
) -> None:
    ticket = desk.make(kind="leak").ticket
    desk.tickets.claim(ticket["id"], KIM)
    clock.move(hours=73)
    assert waiting.look(clock.now) == [ticket["conversation_id"]]
    assert status_of(desk, ticket) == "bot"
    [said] = said_in(desk, ticket)
    assert ticket["number"] in said


def test_who_goes_on_writing_is_told_that_nobody_is_there(desk: Desk, waiting: Waiting, clock: Clock) -> None:
    ticket = wait_in(desk)
    for _ in range(4):
        clock.move(minutes=1)
        waiting.take(ticket["conversation_id"], 1, "계신가요?")
    assert waiting.look(clock.now) == [ticket["conversation_id"]]
    assert status_of(desk, ticket) == "bot"


class NoRasa:
    async def ask(self, *message: Any) -> list[dict[str, Any]]:
        raise AssertionError("the bot must be silent")


def test_a_waiting_user_is_not_answered_by_the_bot_and_can_go_back_to_it(
    desk: Desk, waiting: Waiting, clock: Clock
) -> None:
    ticket = wait_in(desk)
    offer = {"c1": {"title": "봇과 계속 이야기하기", "payload": BACK_TO_BOT}}
    desk.conversations.append(ticket["conversation_id"], [Outgoing("bot", "연결 중", offers=offer)])
    relay = Relay(
        desk.conversations,
        NoRasa(),  # type: ignore[arg-type]
        LocalEvents(),
        centre="",
        rasa_timeout=1,
        waiting=waiting,
    )

    async def talk() -> None:
        clock.move(minutes=1)
        page = await relay.take_text(ticket["conversation_id"], "m1", clean("도면이 유출됐어요"))
        assert (page.status, len(page.messages)) == ("waiting", 1)
        again = await relay.take_text(ticket["conversation_id"], "m1", clean("도면이 유출됐어요"))
        assert [message["seq"] for message in again.messages] == [message["seq"] for message in page.messages]
        page = await relay.take_choice(ticket["conversation_id"], "m2", "c1")
        assert page.status == "bot"
        assert page.messages[-1]["from"] == "system"
        assert ticket["number"] in page.messages[-1]["text"]
        page = await relay.take_choice(ticket["conversation_id"], "m3", "c1")  # the same button, late
        assert page.status == "bot"
        assert page.messages[-1]["text"] == WITH_BOT

    asyncio.run(talk())
    relay.close()
    kept = desk.tickets.get(ticket["id"])
    assert (kept["state"], kept["live"]) == ("new", False)
    assert kept["user_wrote_at"] == clock.now


def test_what_a_user_says_to_a_person_is_never_lost(
    desk: Desk, waiting: Waiting, other_process: Callable[[], Desk]
) -> None:
    """The gateway is ended right after storing the message: it is in the chat, and sent again it is there once."""
    ticket = wait_in(desk)
    desk.tickets.claim(ticket["id"], KIM)
    message = Incoming("m1", "들리세요?", "들리세요?")
    desk.conversations.receive(ticket["conversation_id"], message, wait=timedelta(seconds=15))
    other = other_process()
    other.conversations.receive(ticket["conversation_id"], message, wait=timedelta(seconds=15))
    assert said_in(other, ticket) == ["들리세요?"]
