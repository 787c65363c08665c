"""Mails to the centre, sent to a real SMTP server."""

import asyncio
import email
import logging
from collections.abc import Callable, Iterator
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from ticket_desk import Clock, Desk

from bot.settings import Settings, read_settings
from bot.tickets.notices import LONGEST_WAIT, MOST_TRIES, Notices, wait_after
from tests.conversations.conftest import free_port


class Inbox:
    """Takes mails; refuses the first `refuse`."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refuse = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.refuse:
            self.refuse -= 1
            return "451 later"
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def mailing(server: Controller, tmp_path: Path) -> Callable[..., Settings]:
    def make(**values: Any) -> Settings:
        given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_encryption": "none"}
        given |= {"smtp_from": "bot@example.com", "smtp_to": "centre@example.com"}
        return read_settings(_env_file=None, var_dir=tmp_path, **(given | values))

    return make


def send(desk: Desk, settings: Settings) -> int:
    return asyncio.run(Notices(desk.tickets, settings).send_due())


def test_a_new_ticket_is_mailed_once_and_without_personal_data(
    desk: Desk, inbox: Inbox, mailing: Callable[..., Settings]
) -> None:
    ticket = desk.make(contact={"name": "김예시", "phone": "010-0000-1111"}, urgent=True).ticket
    assert send(desk, mailing()) == 1
    assert send(desk, mailing()) == 0
    [mail] = inbox.mails
    text = f"{mail['Subject']}\n{mail.get_content()}"  # type: ignore[attr-defined]
    assert ticket["number"] in text
    assert "긴급" in text
    assert mail["To"] == "centre@example.com"
    assert not any(personal in text for personal in ("김예시", "010-0000-1111"))


def test_a_refused_mail_is_tried_again_later(
    desk: Desk, clock: Clock, inbox: Inbox, mailing: Callable[..., Settings]
) -> None:
    desk.make()
    inbox.refuse = 2
    assert send(desk, mailing()) == 0
    clock.move(seconds=29)
    assert send(desk, mailing()) == 0
    assert inbox.refuse == 1
    clock.move(seconds=1)
    assert send(desk, mailing()) == 0
    clock.move(minutes=1)
    assert send(desk, mailing()) == 1


def test_a_server_that_is_away_stops_nothing(
    desk: Desk, clock: Clock, inbox: Inbox, mailing: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    desk.make(contact={"name": "김예시"})
    with caplog.at_level(logging.DEBUG):
        assert send(desk, mailing(smtp_port=1)) == 0
    assert "김예시" not in caplog.text
    clock.move(minutes=1)
    assert send(desk, mailing()) == 1
    assert len(inbox.mails) == 1


def test_encryption_is_insisted_on(desk: Desk, inbox: Inbox, mailing: Callable[..., Settings]) -> None:
    desk.make()
    assert send(desk, mailing(smtp_encryption="starttls")) == 0  # the server has none: nothing goes in clear
    assert inbox.mails == []


def test_waits_grow_to_an_hour_and_end() -> None:
    waits = [wait_after(attempts) for attempts in range(1, MOST_TRIES + 1)]
    assert waits[-1] is None
    known = [wait for wait in waits if wait is not None]
    assert known == sorted(known)
    assert known[-1] == LONGEST_WAIT
