"""Tables of the Telegram channel. A chat is found by a keyed hash; its id, and what came in, can be read with the key only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.conversations.encryption import EncryptedJson
from bot.conversations.model import Base, UtcTime


class Chat(Base):
    """One private chat, and how far its conversation has been delivered to it. Of a group only that it got its hint (chat_id 0).

    Messages up to `delivered_seq` are there. Of those up to `bundle_end`, which go out together, `parts_sent` pieces are there.
    """

    __tablename__ = "telegram_chats"

    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    chat_id: Mapped[Any] = mapped_column(EncryptedJson("telegram_chats.chat_id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"))
    delivered_seq: Mapped[int] = mapped_column(Integer, default=0)
    bundle_end: Mapped[int] = mapped_column(Integer, default=0)
    parts_sent: Mapped[int] = mapped_column(Integer, default=0)
    keyboard: Mapped[bool] = mapped_column(Boolean, default=False)  # a reply keyboard is open there
    moved_away: Mapped[bool] = mapped_column(Boolean, default=False)  # its conversation went to the web; not told yet
    failures: Mapped[int] = mapped_column(Integer, default=0)  # messages that Telegram refused for good
    blocked_at: Mapped[datetime | None] = mapped_column(UtcTime)  # the user has blocked the bot: nothing is sent
    staff_typing_until: Mapped[datetime | None] = mapped_column(UtcTime)
    active_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (UniqueConstraint("conversation_id"), Index("ix_telegram_chats_active_at", "active_at"))


class Update(Base):
    """One update of Telegram, kept before it is acknowledged. What it says is dropped when it has been handled."""

    __tablename__ = "telegram_updates"

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[Any | None] = mapped_column(EncryptedJson("telegram_updates.content"))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_telegram_updates_handled_at", "handled_at"),)


class MoveCode(Base):
    """A code that takes one conversation to the other channel, once, for a few minutes."""

    __tablename__ = "move_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    to: Mapped[str] = mapped_column(String(16))  # web, telegram
    expires_at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_move_codes_conversation_id", "conversation_id"),)
