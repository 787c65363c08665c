"""Takes a conversation from the web to Telegram, or back, with a code that works once and for ten minutes.

The conversation stays the same one: its form, its ticket and its thread at the desk go on. Only the way to its user changes, and the old
way ends: the web's token, or the chat's tie.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, update

from bot.conversations.database import writing
from bot.conversations.model import Conversation, Message
from bot.conversations.store import Outgoing, Store, hash_token, utc_now
from bot.tickets.model import Ticket
from channels.telegram import words
from channels.telegram.model import Chat, MoveCode

if TYPE_CHECKING:  # the gateway makes codes, too, and needs no library of Telegram for that
    from channels.telegram.store import TelegramStore

MINUTES = 10
# No letter that is taken for a digit. 31^10 is enough for ten minutes with few tries.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE = re.compile(r"[A-HJ-NP-Za-hj-np-z2-9]{5}-[A-HJ-NP-Za-hj-np-z2-9]{5}")
WRONG_TRIES = 5

conversations, messages, tickets = (cast(Table, model.__table__) for model in (Conversation, Message, Ticket))
chats, codes = (cast(Table, model.__table__) for model in (Chat, MoveCode))


class Moves:
    """Makes codes and takes them."""

    START = "m_"  # before a code in a deep link
    FRAGMENT = "#move="  # before a code in the portal's address: what follows a # reaches no server's log

    def __init__(
        self,
        engine: Engine,
        talks: Store,
        store: "TelegramStore | None",
        *,
        lifetime: timedelta = timedelta(days=30),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._writing = writing(engine)
        self._talks = talks
        self._store = store
        self._lifetime = lifetime
        self._clock = clock
        self._wrong: dict[int, list[float]] = {}

    def new_code(self, conversation_id: str, to: str) -> str:
        """Return a new code; an older one of this conversation ends."""
        code = "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2))
        expires = self._clock() + timedelta(minutes=MINUTES)
        with self._writing.begin() as connection:
            connection.execute(delete(codes).where(codes.c.conversation_id == conversation_id))
            connection.execute(
                insert(codes).values(
                    code_hash=hash_code(code), conversation_id=conversation_id, to=to, expires_at=expires
                )
            )
        return code

    def to_telegram(self, code: str, chat_id: int, update_id: int, note: Outgoing) -> str | None:
        """Bring a conversation of the web into this chat. Returns None, or what to tell the user instead."""
        assert self._store is not None
        if self._is_blocked(chat_id):
            return words.TOO_MANY_CODES
        with self._writing.begin() as connection:
            if self._store.is_handled(connection, update_id):
                return None  # done before a crash
            if self._store.status_within(connection, chat_id) in ("waiting", "human"):
                return words.BUSY_HERE
            conversation_id = self._take(connection, code, "telegram")
            if conversation_id is not None:
                connection.execute(
                    update(chats).where(chats.c.conversation_id == conversation_id).values(conversation_id=None)
                )
                self._set_channel(connection, conversation_id, "telegram", None)
                last_word = connection.scalar(
                    select(func.max(messages.c.seq)).where(
                        messages.c.conversation_id == conversation_id, messages.c.sender == "user"
                    )
                )
                self._talks.append_within(connection, conversation_id, [note])
                self._store.attach_within(connection, chat_id, conversation_id, delivered_seq=last_word or 0)
                self._store.finish_within(connection, update_id)
                return None
        self._wrong.setdefault(chat_id, []).append(time.monotonic())
        return words.WRONG_CODE

    def to_web(self, code: str, note: Outgoing) -> tuple[str, str] | None:
        """Bring a conversation of Telegram to the web. Returns its id and a token, or None when the code opens nothing."""
        token = secrets.token_urlsafe(32)
        with self._writing.begin() as connection:
            conversation_id = self._take(connection, code, "web")
            if conversation_id is None:
                return None
            self._set_channel(connection, conversation_id, "web", token)
            connection.execute(
                update(chats)
                .where(chats.c.conversation_id == conversation_id)
                .values(conversation_id=None, moved_away=True)
            )
            self._talks.append_within(connection, conversation_id, [note])
        return conversation_id, token

    def _take(self, connection: Connection, code: str, to: str) -> str | None:
        """Use a code up. Returns its conversation if that can still be moved."""
        taken = delete(codes).where(
            codes.c.code_hash == hash_code(code), codes.c.to == to, codes.c.expires_at > self._clock()
        )
        conversation_id = connection.scalar(taken.returning(codes.c.conversation_id))
        open_one = select(conversations.c.id).where(
            conversations.c.id == conversation_id,
            conversations.c.status != "closed",
            conversations.c.expires_at > self._clock(),
        )
        return connection.scalar(open_one) if conversation_id is not None else None

    def _set_channel(self, connection: Connection, conversation_id: str, channel: str, token: str | None) -> None:
        values = {
            "channel": channel,
            "token_hash": hash_token(token) if token else None,
            "expires_at": self._clock() + self._lifetime,
        }
        connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(**values))
        connection.execute(update(tickets).where(tickets.c.conversation_id == conversation_id).values(channel=channel))

    def _is_blocked(self, chat_id: int) -> bool:
        since = time.monotonic() - MINUTES * 60
        self._wrong = {chat: kept for chat, at in self._wrong.items() if (kept := [t for t in at if t > since])}
        return len(self._wrong.get(chat_id, ())) >= WRONG_TRIES


def hash_code(code: str) -> bytes:
    """Return what is stored of a code, however it was typed."""
    return hashlib.sha256(code.strip().replace("-", "").upper().encode("utf-8", "replace")).digest()
