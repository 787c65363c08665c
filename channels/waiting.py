"""Users who wait for a person or talk with one: what their messages do to the ticket, and what happens when nobody comes."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.store import Outgoing
from bot.korean_dates import WEEKDAYS
from bot.korean_time import KOREA
from bot.settings import Settings
from bot.tickets.store import TicketStore
from bot.tickets.words import CLOSED_NOW, LEFT, MOMENT, NOBODY_NOW, OTHER_OWNER, SILENT_OWNER
from bot.tickets.workflow import SYSTEM_ACTOR, USER_ACTOR
from bot.tickets.working_hours import WorkingHours
from channels.events import Events

BACK_TO_BOT = "/back_to_bot"  # the payload of the button that waiting users are offered
LOOK_SECONDS = 5.0
NOBODY_SECONDS = 180  # nobody is on duty for so long: a waiting user is told

logger = logging.getLogger(__name__)


class Waiting:
    """What the relay needs to know of tickets, and the watch over users who wait."""

    def __init__(self, tickets: TicketStore, hours: WorkingHours, events: Events, settings: Settings) -> None:
        self._tickets = tickets
        self._hours = hours
        self._events = events
        self._silence = timedelta(minutes=settings.claim_silence_minutes)
        self._idle = timedelta(hours=settings.claim_idle_hours)
        self._task: asyncio.Task[None] | None = None

    def take(self, conversation_id: str, seq: int, for_engine: str) -> None:
        """Take a message of a user who is not with the bot: note it on the ticket, or let the user go back to the bot."""
        if for_engine != BACK_TO_BOT:
            self._tickets.user_wrote(conversation_id)
            return
        ticket = self._tickets.live_ticket(conversation_id)
        if ticket is not None:
            said = [Outgoing("system", LEFT.format(number=ticket["number"]))]
            self._tickets.leave_chat(ticket["id"], USER_ACTOR, said=said, turn=seq)

    def standing(self, conversation_id: str) -> dict[str, Any]:
        """Return the user's place in the queue (`waiting`), or `who` of the centre has the conversation; empty: neither."""
        ticket = self._tickets.live_ticket(conversation_id)
        place = self._tickets.place_in_queue(ticket["id"]) if ticket is not None else None
        if place is not None:
            return {"waiting": {"place": place}}
        return {"who": ticket["owner_name"]} if ticket is not None and ticket["owner_name"] else {}

    def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        while True:
            try:
                for conversation_id in await asyncio.to_thread(self.look, datetime.now(UTC)):
                    await self._events.notify(conversation_id)
            except SQLAlchemyError as error:
                logger.warning("waiting users: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, now: datetime) -> list[str]:
        """Put tickets of silent owners back, and give users for whom nobody comes back to the bot. Returns whose chat has news."""
        released = self._tickets.release_silent(self._silence, self._idle, said=_silent_owner)
        told = [ticket["conversation_id"] for ticket in released]
        is_open = self._hours.is_open(now)
        if is_open and any(person["available"] for person in self._tickets.on_duty()):
            return [conversation_id for conversation_id in told if conversation_id]
        for ticket in self._tickets.waiting_in_chat():
            if is_open and ticket["changed_at"] > now - timedelta(seconds=NOBODY_SECONDS):
                continue
            text = NOBODY_NOW if is_open else CLOSED_NOW
            values = {"number": ticket["number"], "opening": self._opening(now)}
            self._tickets.leave_chat(ticket["id"], SYSTEM_ACTOR, said=[Outgoing("system", text.format(**values))])
            told.append(ticket["conversation_id"])
        return [conversation_id for conversation_id in told if conversation_id]

    def _opening(self, now: datetime) -> str:
        here = self._hours.next_opening(now).astimezone(KOREA)
        return MOMENT.format(month=here.month, day=here.day, weekday=WEEKDAYS[here.weekday()], hour=here.hour)


def _silent_owner(ticket: Mapping[str, Any]) -> list[Outgoing]:
    text = SILENT_OWNER if ticket["live"] else OTHER_OWNER.format(number=ticket["number"])
    return [Outgoing("system", text)]
