"""Tables of the tickets. What people wrote or told about themselves is encrypted at rest; the rest can be sorted and searched."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.conversations.encryption import EncryptedJson
from bot.conversations.model import Base, UtcTime


class Ticket(Base):
    """One report or request. It outlives its conversation's token, not its own retention."""

    __tablename__ = "tickets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)  # the receipt number that people read out
    key: Mapped[str] = mapped_column(String(120), unique=True)  # the same key never makes a second ticket
    pin_hash: Mapped[str] = mapped_column(String(128))
    wrong_pins: Mapped[int] = mapped_column(Integer, default=0)
    pin_locked_until: Mapped[datetime | None] = mapped_column(UtcTime)

    conversation_id: Mapped[str | None] = mapped_column(String(64))  # no foreign key: each has its own retention
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    live: Mapped[bool] = mapped_column(Boolean, default=False)  # the user's chat window belongs to this ticket now
    anonymous: Mapped[bool] = mapped_column(Boolean, default=False)
    result: Mapped[str | None] = mapped_column(String(24))

    owner: Mapped[str | None] = mapped_column(String(64))  # a staff member's id
    owner_name: Mapped[str | None] = mapped_column(String(64))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    owner_active_at: Mapped[datetime | None] = mapped_column(UtcTime)  # the owner's last sign of life on this ticket

    created_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    due_at: Mapped[datetime] = mapped_column(UtcTime)  # the first answer's deadline, in working hours
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)  # staff's first answer
    user_wrote_at: Mapped[datetime | None] = mapped_column(UtcTime)
    staff_wrote_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)

    # [{field, value, how, quote, seq}]: each value with the user's own sentence (quote) and the message (seq) it came from
    brief: Mapped[Any] = mapped_column(EncryptedJson("tickets.brief"))
    # {name, phone, email, company}; what was not given is missing
    contact: Mapped[Any] = mapped_column(EncryptedJson("tickets.contact"))
    # {unanswered: [{text, seq}], programs: [number], question: {text, seq} | null, wish: wait | call_back, handing_over: bool}
    context: Mapped[Any] = mapped_column(EncryptedJson("tickets.context"))
    # {text}: the counsellor's closing words
    outcome: Mapped[Any | None] = mapped_column(EncryptedJson("tickets.outcome"))

    changes: Mapped[int] = mapped_column(Integer, default=0)  # how many audit records there are
    head: Mapped[Any] = mapped_column(EncryptedJson("tickets.head"))  # hash of the last one

    __table_args__ = (
        Index("ix_tickets_state_due_at", "state", "due_at"),
        Index("ix_tickets_owner_state", "owner", "state"),
        Index("ix_tickets_conversation_id", "conversation_id"),
        Index("ix_tickets_created_at", "created_at"),
        Index("ix_tickets_closed_at", "closed_at"),
    )


class Referral(Base):
    """A contact that must hear of a ticket; `contact` is an id of knowledge/leak_routing.yml. Staff tick it off."""

    __tablename__ = "ticket_referrals"

    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    contact: Mapped[str] = mapped_column(String(48), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16), default="to_do")
    by: Mapped[str | None] = mapped_column(String(64))
    by_name: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime | None] = mapped_column(UtcTime)


class Note(Base):
    """A private note of staff. Users never see it."""

    __tablename__ = "ticket_notes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(64))
    content: Mapped[Any] = mapped_column(EncryptedJson("ticket_notes.content"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_ticket_notes_ticket_id", "ticket_id"),)


class AuditRecord(Base):
    """One change of a ticket. `id` grows over all tickets: the desk reads what is new after the last one it knows."""

    __tablename__ = "ticket_audit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)  # within the ticket, from 1
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(String(64))
    change: Mapped[str] = mapped_column(String(32))
    detail: Mapped[Any] = mapped_column(JSON)  # states and keys, never what a person wrote
    proof: Mapped[Any] = mapped_column(EncryptedJson("ticket_audit.proof"))

    __table_args__ = (UniqueConstraint("ticket_id", "seq"),)


class Consent(Base):
    """That a person agreed to something or refused it: which words (version), when. Kept with the ticket it led to."""

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[str | None] = mapped_column(String(32))
    report: Mapped[str] = mapped_column(String(32))  # the draft it was given for
    purpose: Mapped[str] = mapped_column(String(32))  # report, contact, handing_over
    version: Mapped[str] = mapped_column(String(16))
    given: Mapped[bool] = mapped_column(Boolean)
    seq: Mapped[int | None] = mapped_column(Integer)  # the message in which it was said
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (
        UniqueConstraint("report", "purpose"),
        Index("ix_consents_conversation_id", "conversation_id"),
        Index("ix_consents_ticket_id", "ticket_id"),
    )


class ReportDraft(Base):
    """A report on its way, before it becomes a ticket. One of a conversation; deleted when it is sent, stopped or a day old."""

    __tablename__ = "report_drafts"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[Any] = mapped_column(EncryptedJson("report_drafts.content"))
    changed_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_report_drafts_changed_at", "changed_at"),)


class OnDuty(Base):
    """A counsellor who has the desk open. `seen_at` is its last heartbeat."""

    __tablename__ = "on_duty"

    staff: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    available: Mapped[bool] = mapped_column(Boolean, default=True)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)


class Mail(Base):
    """A mail to the centre that waits to be sent. It never holds personal data: kind and receipt number are all it tells."""

    __tablename__ = "mails"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[str | None] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    content: Mapped[Any] = mapped_column(JSON)  # {kind, number, urgent, due_at}
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcTime)  # none: sent, or given up
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_mails_next_try_at", "next_try_at"),)


class LookUp(Base):
    """Wrong PINs by address, to slow guessing down. `address` is hashed."""

    __tablename__ = "ticket_look_ups"

    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    since: Mapped[datetime] = mapped_column(UtcTime)
