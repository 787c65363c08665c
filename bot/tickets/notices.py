"""Mails that tell the centre of new tickets: an outbox that is tried again, without personal data in it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from sqlalchemy.exc import SQLAlchemyError

from bot.korean_time import KOREA
from bot.settings import Settings
from bot.tickets.store import TicketStore

LOOK_SECONDS = 5.0
TIMEOUT_SECONDS = 20
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 60

SUBJECT = "[기술보호 상담] {urgent}새 {kind} {number}"
BODY = "새 {kind} 접수가 있습니다.\n접수번호: {number}\n첫 답변 기한: {due}\n\n내용은 상담 화면에서 확인해 주세요: {link}\n"
KINDS = {"leak": "유출 신고 상담", "consultation": "상담 요청", "call_back": "전화 요청"}

logger = logging.getLogger(__name__)


def message_of(content: dict[str, Any], settings: Settings) -> EmailMessage:
    """Return the mail about a new ticket. It holds kind, receipt number and deadline, and nothing that a person wrote."""
    due = datetime.fromisoformat(content["due_at"]).astimezone(KOREA)
    values = {
        "kind": KINDS[content["kind"]],
        "number": content["number"],
        "urgent": "(긴급) " if content["urgent"] else "",
        "due": f"{due:%Y-%m-%d %H:%M}",
        "link": f"{settings.base_url}/desk",
    }
    message = EmailMessage()
    message["From"] = settings.smtp_from
    message["To"] = ", ".join(settings.smtp_to)
    message["Subject"] = SUBJECT.format(**values)
    message.set_content(BODY.format(**values))
    return message


def wait_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed tries, or None when it is given up."""
    return None if attempts >= MOST_TRIES else min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)


class Notices:
    """Sends what the outbox holds."""

    def __init__(self, tickets: TicketStore, settings: Settings) -> None:
        self._tickets = tickets
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send, if there is somewhere to send to."""
        if self._settings.smtp_host and self._settings.smtp_to:
            self._task = asyncio.create_task(self._keep_sending())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_sending(self) -> None:
        while True:
            try:
                await self.send_due()
            except SQLAlchemyError as error:
                logger.warning("mails: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def send_due(self) -> int:
        """Send every mail that is due. Returns how many were sent."""
        sent = 0
        # Taken one by one with a wait ahead: a second gateway does not send the same one, and one that is killed tries again.
        while (mail := await asyncio.to_thread(self._tickets.take_mail, wait_after)) is not None:
            try:
                await self._send(message_of(mail["content"], self._settings))
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                logger.warning("mail %d not sent, try %d: %s", mail["id"], mail["attempts"], type(error).__name__)
                continue
            await asyncio.to_thread(self._tickets.mail_sent, mail["id"])
            sent += 1
        return sent

    async def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            start_tls=settings.smtp_encryption == "starttls",
            use_tls=settings.smtp_encryption == "tls",
            timeout=TIMEOUT_SECONDS,
        )
