"""Tables of the desk: who works here, signed-in browsers, slowed sign-ins, and who looked at what."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from bot.conversations.encryption import EncryptedJson
from bot.conversations.model import Base, UtcTime

COUNSELLOR, SUPERVISOR, ADMINISTRATOR = "counsellor", "supervisor", "administrator"
ROLES = (COUNSELLOR, SUPERVISOR, ADMINISTRATOR)


class Staff(Base):
    """One person, one account. `version` rises with a new password, another role or the end: older sessions are dead."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)  # what they sign in with
    display_name: Mapped[str] = mapped_column(String(40))  # what users and colleagues see
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # none: not set up yet
    totp_secret: Mapped[Any | None] = mapped_column(EncryptedJson("staff.totp_secret"))
    totp_step: Mapped[int] = mapped_column(Integer, default=0)  # the last 30-second step whose code was used
    setup_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    setup_until: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class StaffSession(Base):
    """One signed-in browser. `purpose` is "desk", or "setup" while somebody chooses the first password."""

    __tablename__ = "staff_sessions"

    id_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(Integer)
    address: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    search: Mapped[Any | None] = mapped_column(EncryptedJson("staff_sessions.search"))  # what was searched for last

    __table_args__ = (Index("ix_staff_sessions_staff_id", "staff_id"),)


class SignInTries(Base):
    """How often signing in failed in a row for an account, an address or a known browser; the key is hashed."""

    __tablename__ = "sign_in_tries"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_sign_in_tries_last_at", "last_at"),)


class Access(Base):
    """One look at people's data. `seal` covers the row and the seal before it, so that a changed or missing row shows."""

    __tablename__ = "desk_access"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    staff_id: Mapped[int | None] = mapped_column(Integer)  # no foreign key: the log outlives accounts
    staff_name: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str] = mapped_column(String(64))  # whose: a ticket's number, an account, or a list
    detail: Mapped[Any | None] = mapped_column(EncryptedJson("desk_access.detail"))  # a reason may name people
    seal: Mapped[Any] = mapped_column(EncryptedJson("desk_access.seal"))  # who has no key can make none

    __table_args__ = (Index("ix_desk_access_at", "at"), Index("ix_desk_access_subject", "subject"))


class AccessEnd(Base):
    """The one row that says where the access log ends. It is locked while a line is added: one line after the other."""

    __tablename__ = "desk_access_end"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last_id: Mapped[int] = mapped_column(Integer)
    seal: Mapped[Any] = mapped_column(EncryptedJson("desk_access_end.seal"))


def table(model: type[Base]) -> Table:
    """Return the table of a model, for queries."""
    return cast(Table, model.__table__)
