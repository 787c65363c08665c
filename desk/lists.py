"""Rows of a queue as the desk shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, or_, select

from bot.tickets.model import Ticket
from bot.tickets.store import LISTED, in_queue
from bot.tickets.workflow import OWNED_STATES
from desk.masking import mask_phone
from desk.model import table
from desk.searching import Search

tickets = table(Ticket)
PAGE = 50
FEW = 500  # ids that a query takes without trouble
OPENED = (tickets.c.contact, tickets.c.brief, tickets.c.context)
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

    def __init__(self, engine: Engine, search: Search) -> None:
        self._engine = engine
        self._search = search

    def page(self, asked: Asked) -> Listing:
        """Return a page of a queue, filtered and searched."""
        offset = (asked.page - 1) * PAGE
        # First the ids alone: a row carries what people wrote, and sorting would carry it around.
        ids = select(tickets.c.id).where(*conditions_of(asked)).order_by(*order_of(asked.queue))
        with self._engine.connect() as connection:
            if asked.words:
                matching = self._search.matching(asked.words)
                if len(matching) <= FEW:
                    ids = ids.where(tickets.c.id.in_(matching))
                in_order = (id for id in connection.execute(ids).scalars() if id in matching)
                wanted = list(islice(in_order, offset, offset + PAGE + 1))
            else:
                wanted = list(connection.execute(ids.offset(offset).limit(PAGE + 1)).scalars())
            rows = connection.execute(select(*LISTED, *OPENED).where(tickets.c.id.in_(wanted))).mappings()
            found = {row["id"]: as_row(row) for row in rows}
        shown = [found[id] for id in wanted if id in found]
        return Listing(shown[:PAGE], len(wanted) > PAGE)

    def export(self, asked: Asked, since: datetime, until: datetime, most: int) -> list[dict[str, Any]]:
        """Return the tickets of a queue that were made in this time, the oldest first, with their contacts in clear."""
        query = (
            select(*LISTED, tickets.c.contact)
            .where(*conditions_of(asked), tickets.c.created_at >= since, tickets.c.created_at < until)
            .order_by(tickets.c.created_at, tickets.c.id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def conditions_of(asked: Asked) -> list[ColumnElement[bool]]:
    # A closed ticket has the moment at which it was closed, and an index leads there in order.
    closed = asked.queue == "closed"
    conditions = [tickets.c.closed_at.is_not(None) if closed else in_queue(asked.queue, asked.staff)]
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


def is_unanswered(row: Mapping[Any, Any]) -> bool:
    """Return whether the user of a claimed chat said something after the last reply."""
    if not row["live"] or row["state"] not in OWNED_STATES:
        return False
    wrote, answered = row["user_wrote_at"], row["staff_wrote_at"]
    return wrote is not None and (answered is None or wrote > answered)


def as_row(row: RowMapping) -> dict[str, Any]:
    """Return what a list shows of a ticket: phone numbers masked, in the report's text, too."""
    contact = row["contact"] or {}
    told = {value["field"]: str(value["value"]) for value in row["brief"] or [] if value.get("value")}
    asked = (row["context"] or {}).get("question") or {}  # all that a request without a report tells
    summary = next((told[field] for field in SUMMARY_FIELDS if field in told), asked.get("text", ""))
    shown = {column.name: row[column.name] for column in LISTED}
    return shown | {
        "unanswered": is_unanswered(row),
        "name": contact.get("name", ""),
        "company": contact.get("company", ""),
        "phone": mask_phone(contact.get("phone", "")),
        # Masked before it is cut: the beginning of a number does not look like one.
        "summary": mask_phone(summary)[:SUMMARY_LENGTH] + ("…" if len(summary) > SUMMARY_LENGTH else ""),
    }
