"""The only SQL of the tickets. All methods are synchronous; channels, desk and actions call them in a thread.

Every change of a ticket goes through one transaction that locks its row, checks `workflow.CHANGES`, writes the change and adds a record
to the audit trail. Where a change also says something in the user's chat, `said` is appended to the conversation in the same transaction.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Engine,
    RowMapping,
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection, CursorResult
from sqlalchemy.exc import IntegrityError

from bot.conversations.database import writing
from bot.conversations.model import Base
from bot.conversations.store import Outgoing, utc_now
from bot.conversations.store import Store as Conversations
from bot.errors import ChangeRefused, TicketTaken, TooManyRequests, UnknownTicket
from bot.tickets.audit import START, first_break, link
from bot.tickets.model import AuditRecord, Consent, LookUp, Mail, Note, OnDuty, Referral, ReportDraft, Ticket
from bot.tickets.receipts import NO_PIN, hash_pin, is_pin, make_number, make_pin
from bot.tickets.workflow import (
    ANY_STAFF,
    CALL_BACK,
    CHANGES,
    CLOSED,
    LEAK,
    NEW,
    OPEN_STATES,
    OWNED_STATES,
    REFERRAL_STATES,
    RESULTS,
    SUPERVISOR,
    SYSTEM_ACTOR,
    Actor,
    first_answer_hours,
    may,
)
from bot.tickets.working_hours import WorkingHours

logger = logging.getLogger(__name__)


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


tickets, referrals, notes, audit = (_table(Ticket), _table(Referral), _table(Note), _table(AuditRecord))
consents, drafts, on_duty, mails = (_table(Consent), _table(ReportDraft), _table(OnDuty), _table(Mail))
look_ups = _table(LookUp)

WRONG_PINS = 5  # then the ticket, or the address, has to wait
PIN_WAIT = timedelta(minutes=15)
LONGEST_PIN_WAIT = timedelta(hours=24)
DUTY_SECONDS = 90  # a desk that has not been heard of for longer is closed
NUMBER_TRIES = 8

# What a row of a list shows; nothing in it has to be decrypted.
LISTED = [
    *(tickets.c.id, tickets.c.number, tickets.c.kind, tickets.c.state, tickets.c.urgent, tickets.c.live),
    *(tickets.c.anonymous, tickets.c.channel, tickets.c.owner, tickets.c.owner_name, tickets.c.created_at),
    *(tickets.c.changed_at, tickets.c.due_at, tickets.c.answered_at, tickets.c.user_wrote_at, tickets.c.staff_wrote_at),
    *(tickets.c.closed_at, tickets.c.result, tickets.c.conversation_id),
]


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a ticket is made of. `key` makes it once: the same key returns the ticket that there already is."""

    key: str
    kind: str
    channel: str
    conversation_id: str | None = None
    urgent: bool = False
    live: bool = False
    anonymous: bool = False
    brief: Sequence[Mapping[str, Any]] = ()  # {field, value, quote, seq}
    contact: Mapping[str, str] = field(default_factory=dict)  # name, phone, email, company
    context: Mapping[str, Any] = field(default_factory=dict)  # unanswered, programs, question, wish, handing_over
    referrals: Sequence[tuple[str, str]] = ()  # (contact, why) of knowledge/leak_routing.yml
    draft: str | None = None  # the report draft that it ends; its consents are kept with the ticket


@dataclass(frozen=True, slots=True)
class Created:
    """A ticket and, only when it was made just now, its PIN: it is stored nowhere."""

    ticket: dict[str, Any]
    pin: str | None
    said: bool = False  # what it says to the user stands in the conversation

    @property
    def fresh(self) -> bool:
        return self.pin is not None


class TicketStore:
    """Tickets and what belongs to them, in the same database as the conversations."""

    def __init__(
        self,
        engine: Engine,
        conversations: Conversations,
        hours: WorkingHours,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._conversations = conversations
        self._hours = hours
        self._clock = clock

    # --- making

    def create(
        self,
        new: NewTicket,
        *,
        say: Callable[[Created], Sequence[Outgoing]] | None = None,
        turn: int | None = None,
        status: str | None = None,
    ) -> Created:
        """Make a ticket, once for each key, with its referrals, its mail to the centre and what `say` tells the user in the chat.

        `say` gets the new ticket with its PIN and returns the messages that go into the conversation in the same transaction, as the
        answer to the message `turn`. So a receipt is never lost, whichever process ends at this moment. `status` is the conversation's.
        """
        pin = make_pin()
        hashed = hash_pin(pin)  # takes a while: not while the database is held
        for _ in range(NUMBER_TRIES):
            try:
                with self._writing.begin() as connection:
                    return self._create(connection, new, (pin, hashed), say, turn, status)
            except IntegrityError:
                # Somebody made it a moment ago (then the next try finds it), or the number is taken.
                continue
        raise RuntimeError("no free receipt number")

    def _create(
        self,
        connection: Connection,
        new: NewTicket,
        pin: tuple[str, str],
        say: Callable[[Created], Sequence[Outgoing]] | None,
        turn: int | None,
        status: str | None,
    ) -> Created:
        existing = connection.execute(select(tickets).where(tickets.c.key == new.key)).mappings().first()
        if existing is not None:
            return Created(_as_ticket(existing), None)
        now = self._clock()
        row: dict[str, Any] = {
            "id": secrets.token_hex(16),
            "number": make_number(),
            "key": new.key,
            "pin_hash": pin[1],
            "wrong_pins": 0,
            "conversation_id": new.conversation_id,
            "channel": new.channel,
            "kind": new.kind,
            "state": NEW,
            "urgent": new.urgent,
            "live": new.live,
            "anonymous": new.anonymous,
            "created_at": now,
            "changed_at": now,
            "due_at": self._hours.after(now, first_answer_hours(new.kind, urgent=new.urgent)),
            "user_wrote_at": now,
            "brief": [dict(value) for value in new.brief],
            "contact": dict(new.contact),
            "context": dict(new.context),
            "changes": 0,
            "head": START,
        }
        connection.execute(insert(tickets).values(**row))
        if new.referrals:
            connection.execute(
                insert(referrals),
                [
                    {
                        "ticket_id": row["id"],
                        "contact": contact,
                        "place": place,
                        "why": why,
                        "state": REFERRAL_STATES[0],
                    }
                    for place, (contact, why) in enumerate(new.referrals)
                ],
            )
        if new.draft is not None:
            connection.execute(update(consents).where(consents.c.report == new.draft).values(ticket_id=row["id"]))
            connection.execute(delete(drafts).where(drafts.c.conversation_id == new.conversation_id))
        stored = self._locked(connection, row["id"])
        self._record(connection, stored, SYSTEM_ACTOR, "create", {"kind": new.kind, "urgent": new.urgent})
        content = {"kind": new.kind, "number": row["number"], "urgent": new.urgent, "due_at": row["due_at"].isoformat()}
        self._add_mail(connection, f"new:{row['id']}", row["id"], content)
        created = Created(_as_ticket(stored), pin[0])
        if say is not None and new.conversation_id is not None:
            page = self._conversations.append_within(
                connection, new.conversation_id, say(created), turn=turn, status=status
            )
            return replace(created, said=page is not None)
        return created

    # --- reports on their way

    def draft(self, conversation_id: str) -> dict[str, Any] | None:
        """Return the draft of this conversation, or None."""
        with self._engine.begin() as connection:
            row = connection.execute(
                select(drafts.c.content).where(drafts.c.conversation_id == conversation_id)
            ).first()
        return None if row is None else dict(row.content)

    def keep_draft(
        self, conversation_id: str, content: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Store the draft, and the consents given or refused for it: purpose → {given, version, seq}."""
        now = self._clock()
        values = {"content": dict(content), "changed_at": now}
        with self._writing.begin() as connection:
            known = update(drafts).where(drafts.c.conversation_id == conversation_id).values(**values)
            if not _count(connection.execute(known)):
                connection.execute(insert(drafts).values(conversation_id=conversation_id, **values))
            self._keep_consents(connection, conversation_id, str(content["id"]), given, now)

    def keep_consents(self, conversation_id: str, report: str, given: Mapping[str, Mapping[str, Any]]) -> None:
        """Store consents given or refused, without a draft."""
        with self._writing.begin() as connection:
            self._keep_consents(connection, conversation_id, report, given, self._clock())

    def _keep_consents(
        self,
        connection: Connection,
        conversation_id: str,
        report: str,
        given: Mapping[str, Mapping[str, Any]],
        now: datetime,
    ) -> None:
        for purpose, consent in given.items():
            of = (consents.c.report == report) & (consents.c.purpose == purpose)
            values = {key: consent[key] for key in ("given", "version", "seq")}
            known = connection.execute(select(consents.c.given, consents.c.version, consents.c.seq).where(of)).first()
            if known is None:
                row = {"conversation_id": conversation_id, "report": report, "purpose": purpose, "at": now}
                connection.execute(insert(consents).values(**row, **values))
            elif known._asdict() != values:
                connection.execute(update(consents).where(of).values(at=now, **values))

    def drop_draft(self, conversation_id: str) -> bool:
        """Delete the draft. Returns whether there was one."""
        with self._writing.begin() as connection:
            return bool(_count(connection.execute(delete(drafts).where(drafts.c.conversation_id == conversation_id))))

    def consents_of(self, ticket_id: str) -> list[dict[str, Any]]:
        """Return what was agreed to or refused for a ticket: purpose, version, given, at."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(consents).where(consents.c.ticket_id == ticket_id).order_by(consents.c.id))
            return [{key: row[key] for key in ("purpose", "version", "given", "at")} for row in rows.mappings()]

    def by_key(self, key: str) -> dict[str, Any] | None:
        """Return the ticket that was made with this key, or None."""
        with self._engine.begin() as connection:
            row = connection.execute(select(tickets).where(tickets.c.key == key)).mappings().first()
        return None if row is None else _as_ticket(row)

    # --- reading

    def get(self, ticket_id: str) -> dict[str, Any]:
        """Return one ticket with brief, contact and context in clear. Raises UnknownTicket."""
        with self._engine.begin() as connection:
            row = connection.execute(select(tickets).where(tickets.c.id == ticket_id)).mappings().first()
        if row is None:
            raise UnknownTicket
        return _as_ticket(row)

    def by_number(self, number: str) -> dict[str, Any]:
        """Return the ticket with this receipt number. For staff: users go through `look_up`. Raises UnknownTicket."""
        with self._engine.begin() as connection:
            row = connection.execute(select(tickets).where(tickets.c.number == number)).mappings().first()
        if row is None:
            raise UnknownTicket
        return _as_ticket(row)

    def of_conversation(self, conversation_id: str, *, open_only: bool = False) -> list[dict[str, Any]]:
        """Return the tickets of a conversation, the newest first."""
        statement = select(tickets).where(tickets.c.conversation_id == conversation_id)
        if open_only:
            statement = statement.where(tickets.c.state != CLOSED)
        with self._engine.begin() as connection:
            rows = connection.execute(statement.order_by(tickets.c.created_at.desc())).mappings().all()
        return [_as_ticket(row) for row in rows]

    def made_lately(self, conversation_id: str | None = None) -> int:
        """Return how many tickets this conversation, or all together, have made in the last 24 hours."""
        made = select(func.count()).where(tickets.c.created_at > self._clock() - timedelta(hours=24))
        if conversation_id is not None:
            made = made.where(tickets.c.conversation_id == conversation_id)
        with self._engine.begin() as connection:
            return int(connection.scalar(made) or 0)

    def live_ticket(self, conversation_id: str) -> dict[str, Any] | None:
        """Return the open ticket whose person (or queue) has this conversation now, if any."""
        found = [ticket for ticket in self.of_conversation(conversation_id, open_only=True) if ticket["live"]]
        return found[0] if found else None

    def listed(
        self,
        queue: str,
        *,
        staff: str = "",
        kind: str | None = None,
        state: str | None = None,
        urgent: bool | None = None,
        number: str = "",
        created_from: datetime | None = None,
        created_until: datetime | None = None,
        offset: int = 0,
        limit: int = 50,
    ) -> list[dict[str, Any]]:
        """Return rows of a queue (waiting, mine, all, closed) without anything encrypted.

        Waiting: urgent first, then whoever is live in the chat, then by deadline. `number` matches the beginning of the receipt number.
        """
        conditions = [
            in_queue(queue, staff),
            *([tickets.c.kind == kind] if kind else []),
            *([tickets.c.state == state] if state else []),
            *([tickets.c.urgent.is_(urgent)] if urgent is not None else []),
            *([tickets.c.number.startswith(number, autoescape=True)] if number else []),
            *([tickets.c.created_at >= created_from] if created_from else []),
            *([tickets.c.created_at < created_until] if created_until else []),
        ]
        order = (
            [tickets.c.closed_at.desc(), tickets.c.id]
            if queue == "closed"
            else [tickets.c.created_at.desc(), tickets.c.id]
            if queue == "all"
            else [tickets.c.urgent.desc(), tickets.c.live.desc(), tickets.c.due_at, tickets.c.id]
        )
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(*LISTED).where(*conditions).order_by(*order).offset(offset).limit(limit)
            ).mappings()
            return [dict(row) for row in rows]

    def counts(self, staff: str) -> dict[str, int]:
        """Return how many tickets each queue holds: waiting, mine, all (open and closed), closed."""
        mine = select(func.count()).where(tickets.c.owner == staff, tickets.c.state.in_(OWNED_STATES))
        with self._engine.begin() as connection:
            # By state alone, which an index answers without reading a ticket: every page of the desk asks for this.
            states = connection.execute(select(tickets.c.state, func.count()).group_by(tickets.c.state)).all()
            of_state = {state: int(count) for state, count in states}
            return {
                "waiting": of_state.get(NEW, 0),
                "mine": int(connection.scalar(mine) or 0),
                "all": sum(of_state.values()),
                "closed": of_state.get(CLOSED, 0),
            }

    def place_in_queue(self, ticket_id: str) -> int | None:
        """Return how many live users are to be served up to and with this one (1: next), or None when it does not wait."""
        with self._engine.begin() as connection:
            row = connection.execute(select(tickets).where(tickets.c.id == ticket_id)).mappings().first()
            if row is None or row["state"] != NEW or not row["live"]:
                return None
            before = or_(
                tickets.c.created_at < row["created_at"],
                and_(tickets.c.created_at == row["created_at"], tickets.c.id < row["id"]),
            )
            ahead = connection.scalar(
                select(func.count()).where(tickets.c.state == NEW, tickets.c.live.is_(True), before)
            )
        return int(ahead or 0) + 1

    # --- who works on it

    def claim(self, ticket_id: str, actor: Actor, *, said: Sequence[Outgoing] = ()) -> dict[str, Any]:
        """Make the actor the owner. Exactly one of simultaneous claims wins. Raises TicketTaken (which says who), UnknownTicket.

        For a live ticket, `said` goes into the chat and the conversation is the person's from now on.
        """
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            if row["owner"] == actor.id and row["state"] in OWNED_STATES:
                return _as_ticket(row)  # the same click twice
            if row["owner"] is not None and row["state"] in OWNED_STATES:
                raise TicketTaken(row["owner"], row["owner_name"] or "")
            now = self._clock()
            values = {"owner": actor.id, "owner_name": actor.name, "claimed_at": now, "owner_active_at": now}
            changed = self._change(connection, row, "claim", actor, values)
            if row["live"]:
                self._say(connection, row, said, status="human")
            return changed

    def change(
        self,
        ticket_id: str,
        change: str,
        actor: Actor,
        *,
        said: Sequence[Outgoing] = (),
        status: str | None = None,
        detail: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> dict[str, Any]:
        """Make a change of `workflow.CHANGES`. `values` are further columns. Raises ChangeRefused, UnknownTicket.

        `said` is appended to the user's chat and `status` set on the conversation in the same transaction.
        """
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            changed = self._change(connection, row, change, actor, values, detail)
            if said or status:
                self._say(connection, row, said, status=status)
            return changed

    def start(self, ticket_id: str, actor: Actor) -> dict[str, Any]:
        """Note that the owner works on it outside the chat."""
        return self.change(ticket_id, "start", actor)

    def ask_user(self, ticket_id: str, actor: Actor) -> dict[str, Any]:
        """Note that the owner waits for the user."""
        return self.change(ticket_id, "ask_user", actor)

    def assign(self, ticket_id: str, actor: Actor, to: Actor, *, said: Sequence[Outgoing] = ()) -> dict[str, Any]:
        """Hand the ticket over to a colleague, who owns it from now on."""
        now = self._clock()
        values: dict[str, Any] = {"owner": to.id, "owner_name": to.name, "claimed_at": now, "owner_active_at": now}
        return self.change(ticket_id, "assign", actor, said=said, detail={"to": to.id}, **values)

    def release(self, ticket_id: str, actor: Actor, *, said: Sequence[Outgoing] = ()) -> dict[str, Any]:
        """Put the ticket back into the queue. A live user waits again."""
        with self._writing.begin() as connection:
            return self._release(connection, self._locked(connection, ticket_id), actor, said)

    def _release(
        self, connection: Connection, row: RowMapping, actor: Actor, said: Sequence[Outgoing]
    ) -> dict[str, Any]:
        values = {"owner": None, "owner_name": None, "claimed_at": None, "owner_active_at": None}
        changed = self._change(connection, row, "release", actor, values, {"from": row["owner"]})
        if said or row["live"]:
            self._say(connection, row, said, status="waiting" if row["live"] else None)
        return changed

    def give_back(self, ticket_id: str, actor: Actor, *, said: Sequence[Outgoing] = ()) -> dict[str, Any]:
        """Give a live conversation back to the bot. The ticket stays with its owner, without the chat. Raises ChangeRefused."""
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            self._must_own(row, actor, "give_back")
            self._update(connection, row, {"live": False, "owner_active_at": self._clock()})
            self._record(connection, row, actor, "give_back", {})
            self._say(connection, row, said, status="bot")
            return self._fresh(connection, ticket_id)

    def close(
        self, ticket_id: str, actor: Actor, result: str, *, text: str = "", said: Sequence[Outgoing] = ()
    ) -> dict[str, Any]:
        """Close the ticket with a result of `workflow.RESULTS`; a live conversation goes back to the bot."""
        return self._close(ticket_id, "close", actor, result, text, said)

    def withdraw(self, ticket_id: str, actor: Actor, *, said: Sequence[Outgoing] = ()) -> dict[str, Any]:
        """Close the ticket because its user does not want it any more."""
        return self._close(ticket_id, "withdraw", actor, "withdrawn", "", said)

    def _close(
        self, ticket_id: str, change: str, actor: Actor, result: str, text: str, said: Sequence[Outgoing]
    ) -> dict[str, Any]:
        if result not in RESULTS:
            raise ValueError(f"'{result}' is not a result. Use one of: {', '.join(RESULTS)}.")
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            values = {"result": result, "outcome": {"text": text} if text else None, "closed_at": self._clock()}
            changed = self._change(connection, row, change, actor, values | {"live": False}, {"result": result})
            if row["live"]:
                self._say(connection, row, said, status="bot")
            return changed

    def reopen(self, ticket_id: str, actor: Actor) -> dict[str, Any]:
        """Put a closed ticket back into the queue, with a new deadline."""
        now = self._clock()
        return self.change(
            ticket_id,
            "reopen",
            actor,
            owner=None,
            owner_name=None,
            claimed_at=None,
            owner_active_at=None,
            closed_at=None,
            result=None,
            due_at=self._hours.after(now, 1),
        )

    def reply(
        self, ticket_id: str, actor: Actor, said: Sequence[Outgoing], *, joined: Sequence[Outgoing] = (), key: str = ""
    ) -> dict[str, Any]:
        """Say something to the user as staff. Only the owner may. Raises ChangeRefused, UnknownTicket.

        The same `key` says it once on this ticket, however often it is sent again.

        Where the bot has the conversation, the owner takes it over with the first reply (`joined` is said before it), unless the user
        is with another ticket's owner. Returns the conversation's page with what was added (see `Page.as_json`).
        """
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            nothing: dict[str, Any] = {"messages": [], "expects": None, "status": "closed"}
            if key and self._has_said(connection, ticket_id, key):
                return nothing
            self._must_own(row, actor, "reply")
            now = self._clock()
            values = {"staff_wrote_at": now, "owner_active_at": now, "answered_at": row["answered_at"] or now}
            joins = not row["live"] and not self._is_with_somebody(connection, row)
            self._update(connection, row, values | ({"live": True} if joins else {}))
            page = self._say(connection, row, [*joined, *said] if joins else said, status="human" if joins else None)
            seq = page["messages"][-1]["seq"] if page else None
            self._record(connection, row, actor, "reply", {"seq": seq} | ({"key": key} if key else {}))
            return page or nothing

    def _has_said(self, connection: Connection, ticket_id: str, key: str) -> bool:
        # The ticket's row is locked: nobody adds a reply at the same moment.
        replies = select(audit.c.detail).where(audit.c.ticket_id == ticket_id, audit.c.change == "reply")
        return any(detail.get("key") == key for detail in connection.scalars(replies))

    def _is_with_somebody(self, connection: Connection, row: RowMapping) -> bool:
        others = select(tickets.c.id).where(
            tickets.c.conversation_id == row["conversation_id"],
            tickets.c.live.is_(True),
            tickets.c.state.in_(OWNED_STATES),
            tickets.c.id != row["id"],
        )
        return connection.execute(others).first() is not None

    # --- what the user does with an open request

    def waiting_now(self) -> int:
        """Return how many users wait in the chat for somebody to claim their ticket."""
        with self._engine.begin() as connection:
            waiting = select(func.count()).where(tickets.c.state == NEW, tickets.c.live.is_(True))
            return int(connection.scalar(waiting) or 0)

    def wait_in_chat(self, ticket_id: str, actor: Actor) -> dict[str, Any]:
        """Let the user of an open ticket wait in the chat (again): for its owner, or for whoever claims it."""
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            if row["state"] == CLOSED:
                raise ChangeRefused("wait_in_chat", row["state"])
            now = self._clock()
            values = {"live": True, "user_wrote_at": now}
            if row["owner"] is not None:
                values |= {"owner_active_at": now}  # the owner's silence counts from now
            self._update(connection, row, values)
            self._record(connection, row, actor, "wait_in_chat", {})
            self._say(connection, row, (), status="human" if row["state"] in OWNED_STATES else "waiting")
            return self._fresh(connection, ticket_id)

    def leave_chat(
        self, ticket_id: str, actor: Actor, *, said: Sequence[Outgoing] = (), turn: int | None = None
    ) -> dict[str, Any]:
        """Let the bot have the conversation again; the ticket stays where it is, without the chat."""
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            if row["live"]:
                self._update(connection, row, {"live": False})
                self._record(connection, row, actor, "leave_chat", {})
                if row["conversation_id"] is not None:
                    self._conversations.append_within(connection, row["conversation_id"], said, status="bot", turn=turn)
            return self._fresh(connection, ticket_id)

    def waiting_in_chat(self) -> list[dict[str, Any]]:
        """Return the tickets whose users wait in the chat and that nobody has claimed, the oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(*LISTED).where(tickets.c.state == NEW, tickets.c.live.is_(True)).order_by(tickets.c.created_at)
            ).mappings()
            return [dict(row) for row in rows]

    def ask_call_back(
        self, ticket_id: str, actor: Actor, contact: Mapping[str, str], report: str | None = None
    ) -> dict[str, Any]:
        """Put contact details on an open request and make it a call-back; `report` is what the consent was given for.

        A leak report stays one: the wish stands in its audit trail.
        """
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            kind = LEAK if row["kind"] == LEAK else CALL_BACK
            values = {"kind": kind, "contact": {**row["contact"], **contact}, "anonymous": False}
            values["context"] = {**row["context"], "wish": "call_back"}
            self._update(connection, row, values)
            if report is not None:
                connection.execute(update(consents).where(consents.c.report == report).values(ticket_id=ticket_id))
            self._record(connection, row, actor, "ask_call_back", {"fields": sorted(contact)})
            return self._fresh(connection, ticket_id)

    # --- forgetting

    def erase_of_conversation(self, conversation_id: str) -> dict[str, int]:
        """Delete all that a conversation led to: tickets with everything on them, consents, the draft. Returns counts by kind."""
        with self._writing.begin() as connection:
            ids = connection.scalars(select(tickets.c.id).where(tickets.c.conversation_id == conversation_id)).all()
            gone = self._erase(connection, ids)
            for table in (drafts, consents):
                found = delete(table).where(table.c.conversation_id == conversation_id)
                gone[table.name] = gone.get(table.name, 0) + _count(connection.execute(found))
        self._log(gone, "on request")
        return gone

    def erase(self, ticket_id: str) -> None:
        """Delete a ticket that belongs to no conversation, with everything on it."""
        with self._writing.begin() as connection:
            gone = self._erase(connection, [ticket_id])
        self._log(gone, "on request")

    def delete_expired(self, closed: timedelta, drafts_kept: timedelta, *, batch: int = 200) -> dict[str, int]:
        """Delete tickets closed for longer than `closed` with their conversations, and old drafts, mails and look-ups."""
        now = self._clock()
        gone: dict[str, int] = {}
        while True:
            with self._writing.begin() as connection:
                rows = connection.execute(
                    select(tickets.c.id, tickets.c.conversation_id)
                    .where(tickets.c.closed_at < now - closed)
                    .limit(batch)
                    .with_for_update(skip_locked=True)
                ).all()
                _add(gone, self._erase(connection, [row.id for row in rows]))
            for conversation_id in {row.conversation_id for row in rows if row.conversation_id}:
                if not self.of_conversation(conversation_id):
                    self._conversations.delete(conversation_id)
                    _add(gone, {"conversations": 1})
            if len(rows) < batch:
                break
        with self._writing.begin() as connection:
            for table, old in (
                (drafts, drafts.c.changed_at < now - drafts_kept),
                (mails, mails.c.created_at < now - closed),
                (look_ups, look_ups.c.since < now - timedelta(days=1)),
                (on_duty, on_duty.c.seen_at < now - timedelta(days=1)),
                (consents, and_(consents.c.ticket_id.is_(None), consents.c.at < now - closed)),
            ):
                _add(gone, {table.name: _count(connection.execute(delete(table).where(old)))})
        self._log(gone, "by retention")
        return gone

    def conversations_kept(self) -> Select[tuple[str | None]]:
        """Return the query for the conversations that tickets still need: they go with their ticket and not before."""
        return select(tickets.c.conversation_id).where(tickets.c.conversation_id.is_not(None))

    def _erase(self, connection: Connection, ids: Sequence[str]) -> dict[str, int]:
        if not ids:
            return {}
        gone = {}
        for table in (referrals, notes, audit, consents, mails):
            gone[table.name] = _count(connection.execute(delete(table).where(table.c.ticket_id.in_(ids))))
        gone["tickets"] = _count(connection.execute(delete(tickets).where(tickets.c.id.in_(ids))))
        return gone

    def _log(self, gone: Mapping[str, int], why: str) -> None:
        for kind, count in gone.items():
            if count:
                logger.info("deleted %d %s %s", count, kind, why)

    def user_wrote(self, conversation_id: str) -> None:
        """Note that the user of a live conversation wrote; a ticket that waited for the user is worked on again."""
        with self._writing.begin() as connection:
            row = (
                connection.execute(
                    select(tickets)
                    .where(tickets.c.conversation_id == conversation_id, tickets.c.live.is_(True))
                    .where(tickets.c.state != CLOSED)
                    .with_for_update()
                )
                .mappings()
                .first()
            )
            if row is None:
                return
            # Not a change of the ticket: `changed_at` says since when a user waits.
            connection.execute(update(tickets).where(tickets.c.id == row["id"]).values(user_wrote_at=self._clock()))
            if row["state"] in CHANGES["user_answered"].before:
                self._change(connection, self._locked(connection, row["id"]), "user_answered", SYSTEM_ACTOR, {})

    def touch(self, ticket_id: str, actor: Actor) -> None:
        """Note a sign of life of the owner (the ticket's page is open, something is typed). Others' signs are ignored."""
        with self._writing.begin() as connection:
            connection.execute(
                update(tickets)
                .where(tickets.c.id == ticket_id, tickets.c.owner == actor.id)
                .values(owner_active_at=self._clock())
            )

    def silent(self, live: timedelta, idle: timedelta) -> list[str]:
        """Return the ids of claimed tickets whose owner is silent: a user waits in the chat for `live`, or nothing was done for `idle`."""
        now = self._clock()
        unanswered = or_(tickets.c.staff_wrote_at.is_(None), tickets.c.user_wrote_at > tickets.c.staff_wrote_at)
        with self._engine.begin() as connection:
            return list(
                connection.scalars(
                    select(tickets.c.id).where(
                        tickets.c.state.in_(OWNED_STATES),
                        or_(
                            and_(tickets.c.live.is_(True), unanswered, tickets.c.owner_active_at < now - live),
                            tickets.c.owner_active_at < now - idle,
                        ),
                    )
                )
            )

    def release_silent(
        self, live: timedelta, idle: timedelta, *, said: Callable[[Mapping[str, Any]], Sequence[Outgoing]]
    ) -> list[dict[str, Any]]:
        """Put claimed tickets with a silent owner back into the queue and tell their users. Returns those that went back.

        Several processes may run this at once: each ticket is released once.
        """
        released = []
        for ticket_id in self.silent(live, idle):
            with self._writing.begin() as connection:
                row = self._locked(connection, ticket_id)
                limit = self._clock() - (live if row["live"] else idle)
                if row["state"] in OWNED_STATES and row["owner_active_at"] < limit:
                    released.append(self._release(connection, row, SYSTEM_ACTOR, said(dict(row))))
        return released

    def correct(self, ticket_id: str, actor: Actor, change: str, **values: Any) -> dict[str, Any]:
        """Change columns that are no state (contact, context, kind, live …), as `change` in the audit trail."""
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            self._update(connection, row, values)
            self._record(connection, row, actor, change, {"fields": sorted(values)})
            return self._fresh(connection, ticket_id)

    # --- referrals and notes

    def referrals(self, ticket_id: str) -> list[dict[str, Any]]:
        """Return whom the ticket has to reach, in order: contact, why, state, by, by_name, at."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(referrals).where(referrals.c.ticket_id == ticket_id).order_by(referrals.c.place)
            ).mappings()
            return [dict(row) for row in rows]

    def refer(self, ticket_id: str, contact: str, state: str, actor: Actor) -> list[dict[str, Any]]:
        """Tick a contact off (to_do, called, taken_over). Any staff may: a supervisor calls for a colleague, too."""
        if state not in REFERRAL_STATES:
            raise ValueError(f"'{state}' is not a referral state. Use one of: {', '.join(REFERRAL_STATES)}.")
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            if actor.kind not in (ANY_STAFF, SUPERVISOR):
                raise ChangeRefused("refer", row["state"])
            done = connection.execute(
                update(referrals)
                .where(referrals.c.ticket_id == ticket_id, referrals.c.contact == contact)
                .values(state=state, by=actor.id, by_name=actor.name, at=self._clock())
            )
            if not _count(done):
                raise UnknownTicket
            self._record(connection, row, actor, "refer", {"contact": contact, "state": state})
            self._touch_owner(connection, row, actor)
        return self.referrals(ticket_id)

    def add_note(self, ticket_id: str, actor: Actor, text: str) -> list[dict[str, Any]]:
        """Add a private note of staff."""
        with self._writing.begin() as connection:
            row = self._locked(connection, ticket_id)
            if actor.kind not in (ANY_STAFF, SUPERVISOR):
                raise ChangeRefused("note", row["state"])
            connection.execute(
                insert(notes).values(
                    ticket_id=ticket_id,
                    author=actor.id,
                    author_name=actor.name,
                    content={"text": text},
                    at=self._clock(),
                )
            )
            self._record(connection, row, actor, "note", {})
            self._touch_owner(connection, row, actor)
        return self.notes(ticket_id)

    def notes(self, ticket_id: str) -> list[dict[str, Any]]:
        """Return the private notes, the oldest first: author, author_name, text, at."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(notes).where(notes.c.ticket_id == ticket_id).order_by(notes.c.id)
            ).mappings()
            return [
                {key: row[key] for key in ("id", "author", "author_name", "at")} | {"text": row["content"]["text"]}
                for row in rows
            ]

    # --- the audit trail

    def trail(self, ticket_id: str) -> list[dict[str, Any]]:
        """Return every change of a ticket, the oldest first: seq, at, actor, actor_id, change, detail."""
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(audit).where(audit.c.ticket_id == ticket_id).order_by(audit.c.seq)
            ).mappings()
            return [
                {key: row[key] for key in ("id", "seq", "at", "actor", "actor_id", "change", "detail")} for row in rows
            ]

    def is_trail_whole(self, ticket_id: str) -> bool:
        """Return whether nobody has edited, added or removed a record of the ticket's audit trail."""
        with self._engine.begin() as connection:
            row = connection.execute(select(tickets).where(tickets.c.id == ticket_id)).mappings().first()
            records = connection.execute(select(audit).where(audit.c.ticket_id == ticket_id).order_by(audit.c.seq))
            entries = [(_audited(dict(record)), record["proof"]) for record in records.mappings()]
        if row is None or first_break(entries) is not None:
            return False
        return len(entries) == row["changes"] and bool((entries[-1][1] if entries else START) == row["head"])

    def last_change(self) -> int:
        """Return the id of the newest audit record, 0 when there is none."""
        with self._engine.begin() as connection:
            return int(connection.scalar(select(func.max(audit.c.id))) or 0)

    # --- users who ask what became of it

    def look_up(self, number: str, pin: str, address: str) -> dict[str, Any]:
        """Return the ticket of this number and PIN. Raises UnknownTicket, or TooManyRequests after too many wrong PINs.

        A wrong number and a wrong PIN look and last alike. `address` is whoever asks: a network address, or a conversation's id.
        """
        whose = hashlib.sha256(f"look-up:{address}".encode()).hexdigest()
        # Counted as wrong before it is looked at: of many tries at once none is free. Hashing holds no lock.
        row = self._count_try(number, whose)
        if not is_pin(pin, NO_PIN if row is None else row["pin_hash"]) or row is None:
            raise UnknownTicket
        with self._writing.begin() as connection:
            connection.execute(
                update(tickets).where(tickets.c.id == row["id"]).values(wrong_pins=0, pin_locked_until=None)
            )
            connection.execute(delete(look_ups).where(look_ups.c.address == whose))
        return _as_ticket(row)

    def _count_try(self, number: str, whose: str) -> RowMapping | None:
        """Count a try for the address and the ticket. Returns the ticket, or None when there is none or it has to wait."""
        now = self._clock()
        with self._writing.begin() as connection:
            self._count_address(connection, whose, now)
            row = (
                connection.execute(select(tickets).where(tickets.c.number == number).with_for_update())
                .mappings()
                .first()
            )
            # A locked ticket answers as an unknown one: it must not tell a stranger that the number exists.
            if row is None or (row["pin_locked_until"] is not None and row["pin_locked_until"] > now):
                return None
            wrong = row["wrong_pins"] + 1
            wait = min(PIN_WAIT * 2 ** (wrong // WRONG_PINS - 1), LONGEST_PIN_WAIT) if wrong % WRONG_PINS == 0 else None
            connection.execute(
                update(tickets)
                .where(tickets.c.id == row["id"])
                .values(wrong_pins=wrong, pin_locked_until=now + wait if wait else None)
            )
            return row

    def _count_address(self, connection: Connection, whose: str, now: datetime) -> None:
        """Count a try of this address. Raises TooManyRequests when it has to wait."""
        found = select(look_ups).where(look_ups.c.address == whose).with_for_update()
        row = connection.execute(found).mappings().first()
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(insert(look_ups).values(address=whose, wrong=1, since=now))
                return
            except IntegrityError:  # another try of the same address was first
                row = connection.execute(found).mappings().one()
        is_over = row["since"] <= now - PIN_WAIT
        if row["wrong"] >= WRONG_PINS and not is_over:
            raise TooManyRequests(int((row["since"] + PIN_WAIT - now).total_seconds()) + 1)
        connection.execute(
            update(look_ups)
            .where(look_ups.c.address == whose)
            .values(wrong=1 if is_over else row["wrong"] + 1, since=now)
        )

    # --- staff on duty

    def seen(self, actor: Actor, *, available: bool = True) -> None:
        """Note that a counsellor has the desk open. The desk calls it at each heartbeat (every 30 s)."""
        values = {"name": actor.name, "available": available, "seen_at": self._clock()}
        with self._writing.begin() as connection:
            if not _count(connection.execute(update(on_duty).where(on_duty.c.staff == actor.id).values(**values))):
                try:
                    with connection.begin_nested():
                        connection.execute(insert(on_duty).values(staff=actor.id, **values))
                except IntegrityError:
                    pass  # the same person's other window was first

    def chosen_availability(self, staff: str) -> bool | None:
        """Return whether somebody was last on duty (True) or away (False), however long ago; None after signing out."""
        with self._engine.begin() as connection:
            return connection.scalar(select(on_duty.c.available).where(on_duty.c.staff == staff))

    def off_duty(self, staff: str) -> None:
        """Note that a counsellor has left the desk."""
        with self._writing.begin() as connection:
            connection.execute(delete(on_duty).where(on_duty.c.staff == staff))

    def on_duty(self) -> list[dict[str, Any]]:
        """Return who has the desk open now: staff, name, available, seen_at."""
        since = self._clock() - timedelta(seconds=DUTY_SECONDS)
        with self._engine.begin() as connection:
            rows = connection.execute(select(on_duty).where(on_duty.c.seen_at >= since).order_by(on_duty.c.name))
            return [dict(row) for row in rows.mappings()]

    # --- mails

    def take_mail(self, wait_after: Callable[[int], timedelta | None]) -> dict[str, Any] | None:
        """Return the next mail that is due, or None. Until `mail_sent` it counts as failed and is due again after a wait."""
        now = self._clock()
        with self._writing.begin() as connection:
            row = (
                connection.execute(
                    select(mails)
                    .where(mails.c.next_try_at <= now)
                    .order_by(mails.c.next_try_at)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
                .mappings()
                .first()
            )
            if row is None:
                return None
            attempts = row["attempts"] + 1
            wait = wait_after(attempts)
            values = {"attempts": attempts, "next_try_at": None if wait is None else now + wait}
            connection.execute(update(mails).where(mails.c.id == row["id"]).values(**values))
            return dict(row) | {"attempts": attempts}

    def mail_sent(self, mail_id: int) -> None:
        """Note that a mail has been sent."""
        with self._writing.begin() as connection:
            connection.execute(
                update(mails).where(mails.c.id == mail_id).values(sent_at=self._clock(), next_try_at=None)
            )

    # --- inside a transaction

    def _locked(self, connection: Connection, ticket_id: str) -> RowMapping:
        row = connection.execute(select(tickets).where(tickets.c.id == ticket_id).with_for_update()).mappings().first()
        if row is None:
            raise UnknownTicket
        return row

    def _fresh(self, connection: Connection, ticket_id: str) -> dict[str, Any]:
        return _as_ticket(self._locked(connection, ticket_id))

    def _change(
        self,
        connection: Connection,
        row: RowMapping,
        change: str,
        actor: Actor,
        values: Mapping[str, Any],
        detail: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        if not may(change, row["state"], actor, row["owner"]):
            raise ChangeRefused(change, row["state"])
        after = CHANGES[change].after
        self._update(connection, row, {**values, "state": after})
        self._record(connection, row, actor, change, {"before": row["state"], "after": after, **(detail or {})})
        self._touch_owner(connection, row, actor)
        return self._fresh(connection, row["id"])

    def _update(self, connection: Connection, row: RowMapping, values: Mapping[str, Any]) -> None:
        connection.execute(
            update(tickets).where(tickets.c.id == row["id"]).values(**{**values, "changed_at": self._clock()})
        )

    def _touch_owner(self, connection: Connection, row: RowMapping, actor: Actor) -> None:
        if actor.id and actor.id == row["owner"]:
            connection.execute(
                update(tickets)
                .where(tickets.c.id == row["id"], tickets.c.owner == actor.id)
                .values(owner_active_at=self._clock())
            )

    def _must_own(self, row: RowMapping, actor: Actor, change: str) -> None:
        if row["state"] in OWNED_STATES and row["owner"] != actor.id:
            raise TicketTaken(row["owner"], row["owner_name"] or "")
        if row["state"] not in OWNED_STATES:
            raise ChangeRefused(change, row["state"])

    def _record(
        self, connection: Connection, row: RowMapping, actor: Actor, change: str, detail: Mapping[str, Any]
    ) -> None:
        changes, head = connection.execute(
            select(tickets.c.changes, tickets.c.head).where(tickets.c.id == row["id"])
        ).one()
        record = {
            "ticket_id": row["id"],
            "seq": changes + 1,
            "at": self._clock(),
            "actor": actor.kind,
            "actor_id": actor.id,
            "change": change,
            "detail": dict(detail),
        }
        proof = link(head, _audited(record))
        connection.execute(insert(audit).values(**record, proof=proof))
        connection.execute(update(tickets).where(tickets.c.id == row["id"]).values(changes=changes + 1, head=proof))

    def _say(
        self, connection: Connection, row: RowMapping, said: Sequence[Outgoing], *, status: str | None = None
    ) -> dict[str, Any] | None:
        if row["conversation_id"] is None:
            return None
        page = self._conversations.append_within(connection, row["conversation_id"], said, status=status)
        return None if page is None else page.as_json()

    def _add_mail(self, connection: Connection, key: str, ticket_id: str, content: Mapping[str, Any]) -> None:
        now = self._clock()
        connection.execute(
            insert(mails).values(
                key=key, ticket_id=ticket_id, content=dict(content), created_at=now, next_try_at=now, attempts=0
            )
        )


def in_queue(queue: str, staff: str) -> ColumnElement[bool]:
    """Return what holds of the tickets of a queue (waiting, mine, open, all, closed)."""
    conditions = {
        "waiting": tickets.c.state == NEW,
        "mine": and_(tickets.c.owner == staff, tickets.c.state.in_(OWNED_STATES)),
        "open": tickets.c.state.in_(OPEN_STATES),
        "all": tickets.c.id.is_not(None),
        "closed": tickets.c.state == CLOSED,
    }
    return conditions[queue]


def _audited(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hash of an audit record covers. Both databases keep microseconds."""
    covered = {key: record[key] for key in ("ticket_id", "seq", "actor", "actor_id", "change", "detail")}
    return covered | {"at": record["at"].isoformat()}


def _as_ticket(row: RowMapping) -> dict[str, Any]:
    hidden = ("pin_hash", "wrong_pins", "pin_locked_until", "key", "head", "changes")
    return {key: value for key, value in row.items() if key not in hidden}


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for kind, count in more.items():
        total[kind] = total.get(kind, 0) + count


def _count(result: CursorResult[Any]) -> int:
    return result.rowcount
