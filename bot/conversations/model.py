"""Tables of the conversations. Other parts add their tables to the same Base."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, Integer, LargeBinary, MetaData, String, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from bot.conversations.encryption import EncryptedJson


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Conversation(Base):
    """One talk of one visitor. `turn_until` is set while a gateway waits for the bot's answer to it."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[bytes | None] = mapped_column(
        LargeBinary(32)
    )  # none: the channel knows its visitor itself (Telegram)
    channel: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="bot")
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    expects: Mapped[Any | None] = mapped_column(EncryptedJson("conversations.expects"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    active_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    turn_until: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_conversations_active_at", "active_at"),)


class Message(Base):
    """One message. `content` holds text, buttons, cards, sources and what the bot expects next, encrypted together."""

    __tablename__ = "messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sender: Mapped[str] = mapped_column(String(16))  # user, bot, staff, system
    turn: Mapped[int | None] = mapped_column(Integer)  # seq of the user's message that this is, or that this answers
    client_id: Mapped[str | None] = mapped_column(String(64))  # the user's own message id
    taken_by: Mapped[str | None] = mapped_column(String(16))  # user's messages: the status in which they came
    content: Mapped[Any] = mapped_column(EncryptedJson("messages.content"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)


class NotUnderstood(Base):
    """A message on which the bot fell back. `content`: the masked text and what the bot guessed, encrypted."""

    __tablename__ = "not_understood"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[Any] = mapped_column(EncryptedJson("not_understood.content"))
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_not_understood_at", "at"),)


class Choice(Base):
    """A button that this conversation was offered: opaque id → {title, payload}."""

    __tablename__ = "choices"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    content: Mapped[Any] = mapped_column(EncryptedJson("choices.content"))
