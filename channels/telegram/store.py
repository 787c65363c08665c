"""The SQL of the Telegram channel. All methods are synchronous; they run in the relay's thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Engine, RowMapping, Table, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversations.database import writing
from bot.conversations.model import Choice, Conversation, Message
from bot.conversations.store import Outgoing, Store, utc_now
from channels.telegram.hearing import Heard
from channels.telegram.identity import ChatKeys
from channels.telegram.model import Chat, MoveCode, Update

# Telegram keeps what we have not taken for a day; after a quiet week its numbers begin anew.
UPDATE_DAYS = 2

conversations, messages, choices = (cast(Table, model.__table__) for model in (Conversation, Message, Choice))
chats, updates, codes = (cast(Table, model.__table__) for model in (Chat, Update, MoveCode))


@dataclass(frozen=True, slots=True)
class Title:
    """The words of a choice; `taken` when this very press is stored already."""

    text: str
    taken: bool


@dataclass(frozen=True, slots=True)
class ChatState:
    """A chat as it is stored, and how far its conversation has come."""

    key: bytes
    id: int
    conversation_id: str | None
    delivered_seq: int
    bundle_end: int
    parts_sent: int
    keyboard: bool
    blocked: bool
    moved_away: bool
    staff_typing: bool


BY_KEY = select(chats).where(chats.c.key.in_(bindparam("keys", expanding=True)))
WITH_NEWS = (
    select(chats)
    .outerjoin(conversations, conversations.c.id == chats.c.conversation_id)
    .where(
        chats.c.blocked_at.is_(None),
        or_(
            chats.c.moved_away,
            (conversations.c.last_seq > chats.c.delivered_seq) & (conversations.c.expires_at > bindparam("now")),
            chats.c.staff_typing_until > bindparam("now"),
        ),
    )
)
CONVERSATION_STATE = select(conversations.c.status, conversations.c.expects).where(
    conversations.c.id == bindparam("of"), conversations.c.expires_at > bindparam("now")
)
FINISH = (
    update(updates).where(updates.c.update_id == bindparam("number")).values(content=None, handled_at=bindparam("now"))
)


class TelegramStore:
    """Updates, chats and how far they are."""

    def __init__(
        self, engine: Engine, talks: Store, keys: ChatKeys, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._talks = talks
        self._keys = keys
        self._clock = clock
        self._insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert

    # --- updates

    def keep(self, heard: Sequence[Heard], *, handled: bool = False) -> list[Heard]:
        """Store updates, each once, before they are acknowledged. Returns those that are new."""
        if not heard:
            return []
        now = self._clock()
        rows = [
            {
                "update_id": each.update_id,
                "content": None if handled else each.as_json(),
                "received_at": now,
                "handled_at": now if handled else None,
            }
            for each in heard
        ]
        statement = self._insert(updates).on_conflict_do_nothing().returning(updates.c.update_id)
        with self._writing.begin() as connection:
            new = set(connection.scalars(statement, rows))
        return [each for each in heard if each.update_id in new]

    def free_turns(self) -> None:
        """End turns that a killed process left behind. Only for the one process that answers on Telegram, before it begins."""
        with self._writing.begin() as connection:
            connection.execute(
                update(conversations)
                .where(conversations.c.channel == "telegram", conversations.c.turn_until.is_not(None))
                .values(turn_until=None)
            )

    def waiting(self) -> list[Heard]:
        """Return the updates that were stored but not handled, in order."""
        with self._engine.connect() as connection:
            stored = connection.scalars(
                select(updates.c.content).where(updates.c.handled_at.is_(None)).order_by(updates.c.update_id)
            )
            return [Heard.from_json(content) for content in stored if content]

    def finish(self, update_id: int) -> None:
        """Note that an update has been handled, and drop what it said."""
        with self._writing.begin() as connection:
            self.finish_within(connection, update_id)

    def is_handled(self, connection: Connection, update_id: int) -> bool:
        """Return whether an update has been handled, inside another part's transaction."""
        return connection.scalar(select(updates.c.handled_at).where(updates.c.update_id == update_id)) is not None

    def finish_within(self, connection: Connection, update_id: int) -> None:
        """Do what `finish` does inside another part's transaction."""
        connection.execute(FINISH, {"number": update_id, "now": self._clock()})

    # --- chats

    def find(self, chat_id: int) -> ChatState | None:
        """Return the chat of this id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(BY_KEY, {"keys": self._keys.of(chat_id)}).mappings().first()
        return self._as_chat(row) if row is not None else None

    def mark_of(self, chat_id: int) -> str:
        """Return what a chat is counted by; its id cannot be read from that."""
        return self._keys.of(chat_id)[0].hex()

    def is_new_group(self, chat_id: int) -> bool:
        """Return whether a group comes for the first time, and note that. Of it only a hash is kept."""
        keys = self._keys.of(chat_id)
        with self._writing.begin() as connection:
            if connection.scalar(select(chats.c.key).where(chats.c.key.in_(keys))) is not None:
                return False
            fresh = {"delivered_seq": 0, "bundle_end": 0, "parts_sent": 0, "keyboard": False, "moved_away": False}
            values = {"key": keys[0], "chat_id": 0, "failures": 0, "active_at": self._clock()}
            connection.execute(insert(chats).values(**fresh, **values))
        return True

    def attach(self, chat_id: int, conversation_id: str) -> None:
        """Let a chat have this conversation from its beginning on."""
        with self._writing.begin() as connection:
            self.attach_within(connection, chat_id, conversation_id)

    def attach_within(
        self, connection: Connection, chat_id: int, conversation_id: str, *, delivered_seq: int = 0
    ) -> None:
        """Let a chat have this conversation, of which it knows all up to `delivered_seq`."""
        keys = self._keys.of(chat_id)
        values = {
            "conversation_id": conversation_id,
            "delivered_seq": delivered_seq,
            "bundle_end": 0,
            "parts_sent": 0,
            "blocked_at": None,
            "active_at": self._clock(),
        }
        if not connection.execute(update(chats).where(chats.c.key.in_(keys)).values(**values)).rowcount:
            fresh = {"keyboard": False, "moved_away": False, "failures": 0}
            connection.execute(insert(chats).values(key=keys[0], chat_id=chat_id, **fresh, **values))

    def status_within(self, connection: Connection, chat_id: int) -> str | None:
        """Return who has the conversation of a chat, if it has one."""
        return connection.scalar(
            select(conversations.c.status)
            .join(chats, chats.c.conversation_id == conversations.c.id)
            .where(chats.c.key.in_(self._keys.of(chat_id)))
        )

    def title_of(self, conversation_id: str, choice: str, client_id: str) -> "Title | None":
        """Return the words of a choice, and whether this very press is stored already; None when it was never offered."""
        with self._engine.connect() as connection:
            offer = connection.scalar(
                select(choices.c.content).where(choices.c.conversation_id == conversation_id, choices.c.id == choice)
            )
            taken = connection.scalar(
                select(messages.c.seq).where(
                    messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
                )
            )
        return Title(offer["title"], taken is not None) if offer else None

    def find_talk(self, chat_id: int) -> tuple[ChatState | None, tuple[str, dict[str, Any] | None] | None]:
        """Return a chat, and who has its conversation and what the bot expects in it; None when that is over."""
        with self._engine.connect() as connection:
            row = connection.execute(BY_KEY, {"keys": self._keys.of(chat_id)}).mappings().first()
            if row is None:
                return None, None
            state = connection.execute(CONVERSATION_STATE, {"of": row["conversation_id"], "now": self._clock()}).first()
        if state is None or state.status == "closed":
            return self._as_chat(row), None
        return self._as_chat(row), (state.status, state.expects)

    def say(self, conversation_id: str, outgoing: Sequence[Outgoing], *, update_id: int) -> None:
        """Store what the channel itself says to an update, and that the update has been handled: both or neither."""
        with self._writing.begin() as connection:
            self._talks.append_within(connection, conversation_id, outgoing)
            self.finish_within(connection, update_id)

    def block(self, key: bytes) -> str | None:
        """Note that nothing reaches this chat. Returns its conversation when that is news."""
        return self._set_blocked(chats.c.key == key, self._clock())

    def came_back(self, chat_id: int) -> str | None:
        """Note that a chat can be reached again. Returns its conversation when that is news."""
        return self._set_blocked(chats.c.key.in_(self._keys.of(chat_id)), None)

    def left(self, chat_id: int) -> str | None:
        """Note that a user has blocked the bot. Returns the conversation when that is news."""
        return self._set_blocked(chats.c.key.in_(self._keys.of(chat_id)), self._clock())

    def _set_blocked(self, which: Any, moment: datetime | None) -> str | None:
        before = chats.c.blocked_at.is_(None) if moment else chats.c.blocked_at.is_not(None)
        statement = update(chats).where(which, before).values(blocked_at=moment).returning(chats.c.conversation_id)
        with self._writing.begin() as connection:
            return connection.scalar(statement)

    # --- delivery

    def with_news(self) -> list[ChatState]:
        """Return the chats that something has to be sent to."""
        with self._engine.connect() as connection:
            return [self._as_chat(row) for row in connection.execute(WITH_NEWS, {"now": self._clock()}).mappings()]

    def sent(self, key: bytes, *, bundle_end: int, parts: int, whole: bool, keyboard: bool | None) -> None:
        """Note that `parts` pieces of the bundle up to `bundle_end` are there; with `whole` that is all of it."""
        values: dict[str, Any] = {"bundle_end": bundle_end, "parts_sent": parts}
        if whole:
            values = {"delivered_seq": bundle_end, "bundle_end": 0, "parts_sent": 0}
        if keyboard is not None:
            values["keyboard"] = keyboard
        with self._writing.begin() as connection:
            connection.execute(update(chats).where(chats.c.key == key).values(**values))

    def told_of_move(self, key: bytes) -> None:
        """Note that a chat knows where its conversation went."""
        with self._writing.begin() as connection:
            connection.execute(update(chats).where(chats.c.key == key).values(moved_away=False, keyboard=False))

    def failed(self, key: bytes) -> None:
        """Count a message that Telegram refused for good."""
        with self._writing.begin() as connection:
            connection.execute(update(chats).where(chats.c.key == key).values(failures=chats.c.failures + 1))

    # --- retention

    def delete_old(self, idle: timedelta) -> dict[str, int]:
        """Delete handled updates, codes whose time is over, and chats without conversation. Returns how many of each."""
        now = self._clock()
        old = now - timedelta(days=UPDATE_DAYS)
        with self._writing.begin() as connection:
            return {
                "updates": connection.execute(delete(updates).where(updates.c.handled_at < old)).rowcount,
                "codes": connection.execute(delete(codes).where(codes.c.expires_at < now)).rowcount,
                "chats": connection.execute(
                    delete(chats).where(chats.c.conversation_id.is_(None), chats.c.active_at < now - idle)
                ).rowcount,
            }

    def _as_chat(self, row: RowMapping) -> ChatState:
        typing = row["staff_typing_until"]
        return ChatState(
            key=row["key"],
            id=row["chat_id"],
            conversation_id=row["conversation_id"],
            delivered_seq=row["delivered_seq"],
            bundle_end=row["bundle_end"],
            parts_sent=row["parts_sent"],
            keyboard=row["keyboard"],
            blocked=row["blocked_at"] is not None,
            moved_away=row["moved_away"],
            staff_typing=typing is not None and typing > self._clock(),
        )
