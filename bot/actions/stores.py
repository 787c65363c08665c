"""The database as the action server uses it: opened at the first call, not at import."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import timedelta

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.conversations.store import Store
from bot.knowledge import load_default
from bot.migrations import upgrade
from bot.settings import Settings, get_settings
from bot.tickets.store import TicketStore
from bot.tickets.working_hours import WorkingHours, working_hours_of

CENTRE = "consultation_center"


@dataclass(frozen=True, slots=True)
class Stores:
    """What actions work with."""

    settings: Settings
    conversations: Store
    tickets: TicketStore
    hours: WorkingHours


def open_stores(settings: Settings) -> Stores:
    """Return the stores of these settings, with the database in its newest form."""
    use_keyring(load_keyring(settings))
    engine = make_engine(settings)
    upgrade(engine)
    hours = working_hours_of(load_default().agency(CENTRE))
    conversations = Store(engine, lifetime=timedelta(days=settings.conversation_days))
    return Stores(settings, conversations, TicketStore(engine, conversations, hours), hours)


@functools.lru_cache(maxsize=1)
def get_stores() -> Stores:
    """Return the stores of the environment, opened once."""
    return open_stores(get_settings())
