"""The only SQL of the conversations. All methods are synchronous; the gateway calls them in a thread."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    CursorResult,
    Engine,
    RowMapping,
    Select,
    Table,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from bot.conversations.database import writing
from bot.conversations.model import Choice, Conversation, Message, NotUnderstood
from bot.errors import ConversationBusy, ConversationClosed, UnknownChoice, UnknownConversation

conversations, messages, choices = (cast(Table, kind.__table__) for kind in (Conversation, Message, Choice))
not_understood = cast(Table, NotUnderstood.__table__)
HISTORY_PAGE = 500
REDACTED = "[지운 내용]"
NOBODY = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of a user. `text` is what is kept and shown; `for_engine` what Rasa gets. With `choice` both come from the offer."""

    client_id: str
    text: str = ""
    for_engine: str = ""
    choice: str | None = None
    notes: tuple[str, ...] = ()  # what the system tells the user about this text, e.g. that a number was hidden


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to a user. `offers` are the new choices in it: id → {title, payload}."""

    sender: str
    text: str = ""
    buttons: Sequence[dict[str, str]] = ()
    cards: Sequence[dict[str, Any]] = ()
    sources: Sequence[dict[str, Any]] = ()
    expects: dict[str, Any] | None = None
    offers: dict[str, dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A stored message that waits for an answer. `lease` proves to `answer` that nobody else has answered in between."""

    seq: int
    status: str
    for_engine: str
    lease: datetime | None
    shown: list[dict[str, Any]]  # what is stored of this turn so far
    resumed: bool = False  # the message was stored before, but never answered


@dataclass(frozen=True, slots=True)
class Page:
    """Messages in order, what the bot expects now, and who has the conversation."""

    messages: list[dict[str, Any]]
    expects: dict[str, Any] | None
    status: str

    def as_json(self) -> dict[str, Any]:
        return {"messages": self.messages, "expects": self.expects, "status": self.status}


# Built once: putting a statement together takes longer than SQLite takes to run it.
CHECK = select(conversations.c.token_hash).where(
    conversations.c.id == bindparam("of"), conversations.c.expires_at > bindparam("now")
)
RECEIVE = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("of"),
        conversations.c.expires_at > bindparam("now"),
        conversations.c.status != "closed",
        or_(conversations.c.turn_until.is_(None), conversations.c.turn_until < bindparam("now")),
    )
    .values(
        last_seq=conversations.c.last_seq + bindparam("added"),
        active_at=bindparam("now"),
        expires_at=bindparam("expires"),
        turn_until=case((conversations.c.status == "bot", bindparam("until", type_=conversations.c.turn_until.type))),
    )
    .returning(conversations.c.last_seq, conversations.c.status)
)
OFFER = select(choices.c.content).where(
    choices.c.conversation_id == bindparam("of"), choices.c.id == bindparam("choice")
)
HISTORY = (
    select(messages)
    .where(messages.c.conversation_id == bindparam("of"), messages.c.seq > bindparam("after"))
    .order_by(messages.c.seq)
    .limit(bindparam("most"))
)
CONVERSATION = select(conversations).where(
    conversations.c.id == bindparam("of"), conversations.c.expires_at > bindparam("now")
)
INSERT_MESSAGES, INSERT_CHOICES = insert(messages), insert(choices)


@lru_cache(maxsize=8)
def _append_statement(*, answers: bool, leased: bool, sets_status: bool) -> ReturningUpdate[Any]:
    values: dict[str, Any] = {
        "last_seq": conversations.c.last_seq + bindparam("added"),
        "active_at": bindparam("now"),
    }
    if answers:
        values |= {"expects": bindparam("expecting"), "turn_until": null()}
    if sets_status:
        values["status"] = bindparam("new_status")
    statement = update(conversations).where(conversations.c.id == bindparam("of")).values(**values)
    if leased:
        statement = statement.where(conversations.c.turn_until == bindparam("lease"))
    return statement.returning(conversations.c.last_seq, conversations.c.status)


def utc_now() -> datetime:
    return datetime.now(UTC)


def hash_token(token: str) -> bytes:
    """Return what is stored of a token. Tokens are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class Store:
    """Conversations and their messages in one database."""

    def __init__(
        self, engine: Engine, *, lifetime: timedelta = timedelta(days=30), clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._lifetime = lifetime
        self._clock = clock

    def create(self, channel: str, *, with_token: bool = True) -> tuple[str, str | None]:
        """Make a conversation. Returns its id and, if asked for, the token that only the visitor gets."""
        conversation_id = secrets.token_hex(16)
        token = secrets.token_urlsafe(32) if with_token else None
        now = self._clock()
        with self._writing.begin() as connection:
            connection.execute(
                insert(conversations).values(
                    id=conversation_id,
                    token_hash=hash_token(token) if token else None,
                    channel=channel,
                    status="bot",
                    last_seq=0,
                    created_at=now,
                    active_at=now,
                    expires_at=now + self._lifetime,
                )
            )
        return conversation_id, token

    def check(self, conversation_id: str, token: str) -> None:
        """Return if the token opens this conversation. Raises UnknownConversation."""
        with self._engine.connect() as connection:
            row = connection.execute(CHECK, {"of": conversation_id, "now": self._clock()}).first()
        # Compare also when there is nothing to compare with: the time tells no stranger which ids exist.
        if not hmac.compare_digest((row and row.token_hash) or NOBODY, hash_token(token)) or row is None:
            raise UnknownConversation

    def receive(self, conversation_id: str, incoming: Incoming, *, wait: timedelta) -> Received | Page:
        """Store a user's message, once.

        Returns a Received, to be answered within `wait`, or the Page of the turn when this client id was answered before.
        Raises UnknownConversation, UnknownChoice, ConversationClosed, ConversationBusy.
        """
        now = self._clock()
        try:
            with self._writing.begin() as connection:
                row = connection.execute(
                    RECEIVE,
                    {
                        "of": conversation_id,
                        "now": now,
                        "added": 1 + len(incoming.notes),
                        "expires": now + self._lifetime,
                        "until": now + wait,
                    },
                ).first()
                if row is not None:
                    return self._insert_incoming(
                        connection, conversation_id, incoming, row.last_seq, row.status, now, wait
                    )
        except IntegrityError:
            pass  # this client id was stored before
        return self._repeat(conversation_id, incoming.client_id, now, wait)

    def _insert_incoming(
        self,
        connection: Connection,
        conversation_id: str,
        incoming: Incoming,
        last_seq: int,
        status: str,
        now: datetime,
        wait: timedelta,
    ) -> Received:
        text, for_engine = incoming.text, incoming.for_engine
        if incoming.choice is not None:
            offer = self._offer(connection, conversation_id, incoming.choice)
            text, for_engine = offer["title"], offer["payload"]
        seq = last_seq - len(incoming.notes)
        rows = [
            {
                "conversation_id": conversation_id,
                "seq": seq,
                "sender": "user",
                "turn": seq,
                "client_id": incoming.client_id,
                "taken_by": status,
                "content": {"text": text} if text == for_engine else {"text": text, "for_engine": for_engine},
                "at": now,
            }
        ] + [
            {
                "conversation_id": conversation_id,
                "seq": seq + number,
                "sender": "system",
                "turn": seq,
                "client_id": None,
                "taken_by": None,
                "content": {"text": note},
                "at": now,
            }
            for number, note in enumerate(incoming.notes, start=1)
        ]
        connection.execute(INSERT_MESSAGES, rows)
        lease = now + wait if status == "bot" else None
        return Received(seq, status, for_engine, lease, [as_message(row) for row in rows])

    def _offer(self, connection: Connection, conversation_id: str, choice: str) -> dict[str, str]:
        row = connection.execute(OFFER, {"of": conversation_id, "choice": choice}).first()
        if row is None:
            raise UnknownChoice
        offer: dict[str, str] = row.content
        return offer

    def _repeat(self, conversation_id: str, client_id: str, now: datetime, wait: timedelta) -> Received | Page:
        with self._writing.begin() as connection:
            conversation = self._conversation(connection, conversation_id, now)
            first = (
                connection.execute(
                    select(messages).where(
                        messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
                    )
                )
                .mappings()
                .first()
            )
            if first is not None and (page := self._turn(connection, conversation, first)):
                return page
            if conversation["status"] == "closed":
                raise ConversationClosed
            if first is None or (conversation["turn_until"] is not None and conversation["turn_until"] >= now):
                raise ConversationBusy
            # Stored, never answered, and nobody is at it any more: its gateway was ended in the middle of the turn.
            lease = now + wait if conversation["status"] == "bot" else None
            connection.execute(
                update(conversations).where(conversations.c.id == conversation_id).values(turn_until=lease)
            )
            return Received(
                first["seq"],
                conversation["status"],
                first["content"].get("for_engine", first["content"]["text"]),
                lease,
                self._shown(connection, conversation_id, first["seq"]),
                resumed=True,
            )

    def _turn(self, connection: Connection, conversation: RowMapping, first: RowMapping) -> Page | None:
        shown = self._shown(connection, conversation["id"], first["seq"])
        answers = [message for message in shown if message["from"] not in ("user", "system")]
        if first["taken_by"] == "bot" and not answers:
            return None
        last = (
            connection.execute(
                select(messages.c.content)
                .where(messages.c.conversation_id == conversation["id"], messages.c.turn == first["seq"])
                .order_by(messages.c.seq.desc())
                .limit(1)
            )
            .scalars()
            .one()
        )
        return Page(shown, last.get("expects"), conversation["status"])

    def _shown(self, connection: Connection, conversation_id: str, seq: int) -> list[dict[str, Any]]:
        rows = connection.execute(
            select(messages)
            .where(messages.c.conversation_id == conversation_id, messages.c.turn == seq)
            .order_by(messages.c.seq)
        ).mappings()
        return [as_message(row) for row in rows]

    def answer(self, conversation_id: str, received: Received, answers: Sequence[Outgoing]) -> Page | None:
        """Store the bot's answer. Returns the turn, or None when another gateway has meanwhile taken the message over."""
        now = self._clock()
        with self._writing.begin() as connection:
            stored = self._append(connection, conversation_id, answers, now, turn=received.seq, lease=received.lease)
            if stored is None:
                return None
            added, status, expects = stored
        return Page(received.shown + added, expects, status)

    def append(self, conversation_id: str, outgoing: Sequence[Outgoing], *, status: str | None = None) -> Page:
        """Store messages that answer no particular one (staff, system), and set the status. Raises UnknownConversation."""
        with self._writing.begin() as connection:
            page = self.append_within(connection, conversation_id, outgoing, status=status)
        if page is None:
            raise UnknownConversation
        return page

    def append_within(
        self,
        connection: Connection,
        conversation_id: str,
        outgoing: Sequence[Outgoing],
        *,
        status: str | None = None,
        turn: int | None = None,
    ) -> Page | None:
        """Do what `append` does inside another part's transaction. Returns None when there is no such conversation.

        With `turn` (the seq of a user's message) this is the answer to that message, and whoever waits for the bot's finds it answered.
        """
        stored = self._append(connection, conversation_id, outgoing, self._clock(), turn=turn, status=status)
        if stored is None:
            return None
        added, status_now, expects = stored
        return Page(added, expects, status_now)

    def _append(
        self,
        connection: Connection,
        conversation_id: str,
        outgoing: Sequence[Outgoing],
        now: datetime,
        *,
        turn: int | None = None,
        lease: datetime | None = None,
        status: str | None = None,
    ) -> tuple[list[dict[str, Any]], str, dict[str, Any] | None] | None:
        expects = next((message.expects for message in reversed(outgoing) if message.expects), None)
        statement = _append_statement(answers=turn is not None, leased=lease is not None, sets_status=bool(status))
        values = {"of": conversation_id, "added": len(outgoing), "now": now}
        values |= {"expecting": expects} if turn is not None else {}
        values |= {"lease": lease} if lease is not None else {}
        values |= {"new_status": status} if status else {}
        row = connection.execute(statement, values).first()
        if row is None:
            return None
        first = row.last_seq - len(outgoing) + 1
        rows = [
            {
                "conversation_id": conversation_id,
                "seq": first + number,
                "sender": message.sender,
                "turn": turn,
                "client_id": None,
                "taken_by": None,
                "content": {
                    "text": message.text,
                    "buttons": list(message.buttons),
                    "cards": list(message.cards),
                    "sources": list(message.sources),
                },
                "at": now,
            }
            for number, message in enumerate(outgoing)
        ]
        if rows:
            if expects is not None:
                rows[-1]["content"]["expects"] = expects
            connection.execute(INSERT_MESSAGES, rows)
        offers = [
            {"conversation_id": conversation_id, "id": choice, "content": offer}
            for message in outgoing
            for choice, offer in (message.offers or {}).items()
        ]
        if offers:
            connection.execute(INSERT_CHOICES, offers)
        return [as_message(message) for message in rows], row.status, expects

    def has_asked(self, conversation_id: str, turn: int) -> bool:
        """Return whether the answer to this message is stored with a question in it (`expects`): the user has seen it."""
        answers = select(messages.c.content).where(
            messages.c.conversation_id == conversation_id, messages.c.turn == turn, messages.c.sender == "bot"
        )
        with self._engine.connect() as connection:
            return any(content.get("expects") for content in connection.scalars(answers))

    def channel(self, conversation_id: str) -> str | None:
        """Return the channel of a conversation (web, telegram), or None when there is no such conversation."""
        with self._engine.connect() as connection:
            return connection.scalar(select(conversations.c.channel).where(conversations.c.id == conversation_id))

    def history(self, conversation_id: str, *, after: int = 0, limit: int = HISTORY_PAGE) -> Page:
        """Return the messages with a seq above `after`. Raises UnknownConversation."""
        with self._engine.begin() as connection:
            conversation = self._conversation(connection, conversation_id, self._clock())
            rows = connection.execute(HISTORY, {"of": conversation_id, "after": after, "most": limit}).mappings()
            return Page([as_message(row) for row in rows], conversation["expects"], conversation["status"])

    def _conversation(self, connection: Connection, conversation_id: str, now: datetime) -> RowMapping:
        row = connection.execute(CONVERSATION, {"of": conversation_id, "now": now}).mappings().first()
        if row is None:
            raise UnknownConversation
        return row

    def redact(self, conversation_id: str, since: int, *, only_user: bool = False) -> int:
        """Take the words out of all messages from `since` on, or of the user's alone. Returns how many were changed."""
        of = (messages.c.conversation_id == conversation_id) & (messages.c.seq >= since)
        if only_user:
            of &= messages.c.sender == "user"
        with self._writing.begin() as connection:
            connection.execute(delete(choices).where(choices.c.conversation_id == conversation_id))
            kept = (not_understood.c.conversation_id == conversation_id) & (not_understood.c.seq >= since)
            connection.execute(delete(not_understood).where(kept))
            redacted = connection.execute(update(messages).where(of).values(content={"text": REDACTED}))
            return int(redacted.rowcount)

    def delete(self, conversation_id: str) -> None:
        """Delete one conversation with everything in it."""
        with self._writing.begin() as connection:
            self._delete(connection, [conversation_id])

    def delete_idle(
        self, idle: timedelta, *, batch: int = 200, kept: Select[tuple[str | None]] | None = None
    ) -> dict[str, int]:
        """Delete what nobody has written to for longer than `idle`, but for the ids in `kept`. Returns how many rows of each kind went."""
        before = self._clock() - idle
        keeping = [] if kept is None else [conversations.c.id.not_in(kept)]
        gone = {"conversations": 0, "messages": 0, "choices": 0}
        while True:
            with self._writing.begin() as connection:
                ids = connection.scalars(
                    select(conversations.c.id)
                    .where(conversations.c.active_at < before, *keeping)
                    .limit(batch)
                    # A second gateway runs the same job: each takes other rows.
                    .with_for_update(skip_locked=True)
                ).all()
                for kind, count in self._delete(connection, ids).items():
                    gone[kind] += count
            if len(ids) < batch:
                return gone

    def _delete(self, connection: Connection, ids: Sequence[str]) -> dict[str, int]:
        if not ids:
            return {}

        def count(result: CursorResult[Any]) -> int:
            return result.rowcount

        return {
            "messages": count(connection.execute(delete(messages).where(messages.c.conversation_id.in_(ids)))),
            "choices": count(connection.execute(delete(choices).where(choices.c.conversation_id.in_(ids)))),
            "conversations": count(connection.execute(delete(conversations).where(conversations.c.id.in_(ids)))),
        }

    def ping(self) -> None:
        """Return if the database answers; raises SQLAlchemy's error otherwise."""
        with self._engine.connect() as connection:
            connection.execute(select(func.count()).where(exists().where(conversations.c.id == "")))


def as_message(row: RowMapping | dict[str, Any]) -> dict[str, Any]:
    """Return a stored row in the form of the chat API."""
    content = row["content"]
    message = {
        "seq": row["seq"],
        "from": row["sender"],
        "text": content.get("text", ""),
        "buttons": content.get("buttons", []),
        "cards": content.get("cards", []),
        "sources": content.get("sources", []),
        "at": row["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    if row["client_id"] is not None:
        message["id"] = row["client_id"]
    return message
