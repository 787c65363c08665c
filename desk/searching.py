"""Search in what is encrypted.

What people wrote can only be searched by opening it, and opening ten thousand tickets takes too long for a page. So the desk keeps
the opened words in its memory, never on disk: where the key is anyway. What changed is opened again before each search, and what was
deleted is forgotten then, or within a minute.
"""

import threading
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, String, func, select, type_coerce

from bot.tickets.model import Ticket
from desk.model import table

tickets = table(Ticket)
OPENED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Words:
    """What can be found of a ticket: all its words, and its contact without hyphens for parts of phone numbers."""

    changed_at: Any
    all: str
    digits: str

    def hold(self, needle: str) -> bool:
        if needle in self.all:
            return True
        digits = needle.replace("-", "")
        return digits.isdecimal() and digits in self.digits


class Search:
    """The words of all tickets, in memory."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, Words] = {}
        self._state: Any = None
        self._refreshing = threading.Lock()

    def matching(self, words: str) -> set[str]:
        """Return the ids of the tickets that hold every word."""
        self.refresh()
        needles = plain(words).split()
        # A copy: another search may be opening tickets at this moment.
        return {id for id, known in list(self._known.items()) if all(known.hold(needle) for needle in needles)}

    def refresh(self) -> None:
        """Open what is new or changed, forget what is gone."""
        with self._refreshing, self._engine.connect() as connection:
            state = connection.execute(select(func.count(), func.max(tickets.c.changed_at))).one()
            if state == self._state:
                return
            # As text: to see whether it changed, the moment need not be read.
            changed_at = type_coerce(tickets.c.changed_at, String).label("changed_at")
            now = {row.id: row.changed_at for row in connection.execute(select(tickets.c.id, changed_at)).all()}
            for id in self._known.keys() - now.keys():
                del self._known[id]
            stale = [id for id, at in now.items() if id not in self._known or self._known[id].changed_at != at]
            columns = (tickets.c.id, tickets.c.number, tickets.c.owner_name, tickets.c.contact, tickets.c.brief)
            for start in range(0, len(stale), OPENED_AT_ONCE):
                some = tickets.c.id.in_(stale[start : start + OPENED_AT_ONCE])
                for row in connection.execute(select(*columns).where(some)):
                    self._known[row.id] = words_of(row, now[row.id])
            self._state = state


def words_of(row: Any, changed_at: Any) -> Words:
    contact = [str(value) for value in (row.contact or {}).values()]
    told = [str(entry.get(part) or "") for entry in row.brief or [] for part in ("value", "quote")]
    everything = dict.fromkeys([row.number, row.owner_name or "", *contact, *told])
    return Words(changed_at, plain("\n".join(everything)), "\n".join(contact).replace("-", ""))


def plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
