"""Stores, people and a clock for tests of tickets."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine

from bot.conversations.store import Store
from bot.tickets.store import Created, NewTicket, TicketStore
from bot.tickets.workflow import ANY_STAFF, SUPERVISOR, Actor
from bot.tickets.working_hours import WorkingHours

HOURS = WorkingHours(time(9), time(18))
KIM, LEE = Actor(ANY_STAFF, "kim", "김상담"), Actor(ANY_STAFF, "lee", "이상담")
CHOI = Actor(SUPERVISOR, "choi", "최책임")


@dataclass
class Clock:
    """Monday, 10 o'clock in Korea, until the test moves it."""

    now: datetime = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Desk:
    """The stores of one process, and tickets for a test."""

    conversations: Store
    tickets: TicketStore
    clock: Clock

    def make(self, **values: Any) -> Created:
        """Make a ticket in a conversation of its own."""
        conversation_id, _ = self.conversations.create("web")
        given = {"key": f"test:{conversation_id}", "kind": "leak", "channel": "web", "conversation_id": conversation_id}
        return self.tickets.create(NewTicket(**(given | values)))


def desk_on(engine: Engine, clock: Clock) -> Desk:
    conversations = Store(engine, clock=clock)
    return Desk(conversations, TicketStore(engine, conversations, HOURS, clock=clock), clock)
