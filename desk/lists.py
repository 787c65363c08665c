"""Rows of a queue as the desk shows them, and search in what is encrypted.

What people wrote can only be searched by opening it. Opening one ticket takes a few microseconds, so a search opens all tickets
of the queue and keeps none of them: there is no index that could be stolen.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, LargeBinary, RowMapping, or_, select, type_coerce

from bot.conversations.encryption import Keyring
from bot.tickets.model import Ticket
from bot.tickets.store import LISTED, in_queue
from desk.masking import mask_phone

tickets = Ticket.__table__
PAGE = 50
SUMMARY_LENGTH = 60
# The first of these that the ticket has says in the list what it is about.
SUMMARY_FIELDS = ("incident_summary", "leaked_technology", "question", "topic")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for."""

    queue: str
    staff: str = ""
    kind: str = ""
    state: str = ""
    urgent: bool = False
    words: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    rows: list[dict[str, Any]]
    has_more: bool


class Lists:
    """Reads tickets for lists; changes nothing."""

    def __init__(self, engine: Engine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    def page(self, asked: Asked) -> Listing:
        """Return a page of a queue, filtered and searched."""
        offset = (asked.page - 1) * PAGE
        conditions = conditions_of(asked)
        with self._engine.connect() as connection:
            if asked.words:
                ids = self._matching(connection.execute(searched(conditions, asked.queue)), asked.words)
                wanted = ids[offset : offset + PAGE + 1]
                query = listing(asked.queue).where(tickets.c.id.in_(wanted))
            else:
                query = listing(asked.queue).where(*conditions).offset(offset).limit(PAGE + 1)
            rows = [as_row(row) for row in connection.execute(query).mappings()]
        return Listing(rows[:PAGE], len(rows) > PAGE)

    def _matching(self, found: Any, words: str) -> list[str]:
        needles = words.casefold().split()
        return [row.id for row in found if all(self._holds(row, needle) for needle in needles)]

    def _holds(self, row: Any, needle: str) -> bool:
        if needle in row.number.casefold() or needle in (row.owner_name or "").casefold():
            return True
        contact = self._keyring.decrypt(row.contact, b"tickets.contact").decode().casefold()
        digits = needle.replace("-", "")
        if needle in contact or (digits.isdecimal() and digits in contact.replace("-", "")):
            return True
        return needle in self._keyring.decrypt(row.brief, b"tickets.brief").decode().casefold()

    def export(self, asked: Asked, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
        """Return the tickets of a queue that were made in this time, the oldest first, with their contacts in clear."""
        query = (
            select(*LISTED, tickets.c.contact, tickets.c.brief)
            .where(*conditions_of(asked), tickets.c.created_at >= since, tickets.c.created_at < until)
            .order_by(tickets.c.created_at, tickets.c.id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def conditions_of(asked: Asked) -> list[ColumnElement[bool]]:
    conditions = [in_queue(asked.queue, asked.staff)]
    if asked.kind:
        conditions.append(tickets.c.kind == asked.kind)
    if asked.state:
        conditions.append(tickets.c.state == asked.state)
    if asked.urgent:
        conditions.append(or_(tickets.c.urgent.is_(True), tickets.c.live.is_(True)))
    return conditions


def order_of(queue: str) -> list[Any]:
    if queue == "closed":
        return [tickets.c.closed_at.desc(), tickets.c.id]
    if queue == "all":
        return [tickets.c.created_at.desc(), tickets.c.id]
    return [tickets.c.urgent.desc(), tickets.c.live.desc(), tickets.c.due_at, tickets.c.id]


def listing(queue: str) -> Any:
    return select(*LISTED, tickets.c.contact, tickets.c.brief).order_by(*order_of(queue))


def searched(conditions: list[ColumnElement[bool]], queue: str) -> Any:
    """Return the query for a search: encrypted columns come as they are stored, most rows need no JSON."""
    stored = [type_coerce(column, LargeBinary).label(column.name) for column in (tickets.c.contact, tickets.c.brief)]
    columns = [tickets.c.id, tickets.c.number, tickets.c.owner_name, *stored]
    return select(*columns).where(*conditions).order_by(*order_of(queue))


def as_row(row: RowMapping) -> dict[str, Any]:
    """Return what a list shows of a ticket: phone numbers masked, in the report's text, too."""
    contact = row["contact"] or {}
    told = {value["field"]: str(value["value"]) for value in row["brief"] or [] if value.get("value")}
    summary = next((told[field] for field in SUMMARY_FIELDS if field in told), "")
    shown = {column.name: row[column.name] for column in LISTED}
    return shown | {
        "name": contact.get("name", ""),
        "company": contact.get("company", ""),
        "phone": mask_phone(contact.get("phone", "")),
        "summary": mask_phone(summary[:SUMMARY_LENGTH]) + ("…" if len(summary) > SUMMARY_LENGTH else ""),
    }
