"""Signed-in browsers. A session lives while its account's version is the one it was made with, and while somebody uses it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, delete, insert, or_, select, update

from bot.conversations.database import writing
from bot.conversations.store import hash_token, utc_now
from desk.accounts import SHOWN, Person, as_person
from desk.model import Staff, StaffSession, table

DESK, SETUP = "desk", "setup"
SETUP_MINUTES = 15
TOUCH_SECONDS = 20  # a click within this time of the one before writes nothing

staff, sessions = table(Staff), table(StaffSession)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at a browser. `token` is the cookie, `csrf` goes into every form."""

    person: Person
    token: str
    purpose: str
    ends_at: datetime
    search: str  # the words of the last search: they may name people and stay out of addresses

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)


def csrf_of(token: str) -> str:
    """Return the token of forms that belongs to a cookie: who cannot read the cookie cannot know it."""
    return sha256(b"csrf" + token.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """The table of sessions; a cookie's value is stored hashed."""

    def __init__(
        self, engine: Engine, *, idle: timedelta, longest: timedelta, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._idle = {DESK: idle, SETUP: timedelta(minutes=SETUP_MINUTES)}
        self._longest = longest
        self._clock = clock

    def start(self, person: Person, address: str, purpose: str = DESK, *, instead_of: str | None = None) -> str:
        """Make a session with a new id and return the cookie's value; what the browser had before ends."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._writing.begin() as connection:
            if instead_of:
                connection.execute(delete(sessions).where(sessions.c.id_hash == hash_token(instead_of)))
            connection.execute(
                insert(sessions).values(
                    id_hash=hash_token(token),
                    staff_id=person.id,
                    purpose=purpose,
                    version=person.version,
                    address=address,
                    started_at=now,
                    seen_at=now,
                )
            )
        return token

    def delete_ended(self) -> int:
        """Delete sessions whose time is over, and return how many."""
        now = self._clock()
        ended = or_(sessions.c.started_at < now - self._longest, sessions.c.seen_at < now - max(self._idle.values()))
        with self._writing.begin() as connection:
            return connection.execute(delete(sessions).where(ended)).rowcount

    def find(self, token: str, *, touch: bool) -> Session | None:
        """Return the living session of this cookie, or None. `touch`: a person did something, idle time begins anew."""
        now = self._clock()
        joined = sessions.join(staff, staff.c.id == sessions.c.staff_id)
        with self._engine.connect() as connection:
            row = (
                connection.execute(
                    select(*SHOWN, sessions.c.purpose, sessions.c.started_at, sessions.c.seen_at, sessions.c.search)
                    .select_from(joined)
                    .where(
                        sessions.c.id_hash == hash_token(token),
                        sessions.c.version == staff.c.version,
                        staff.c.disabled_at.is_(None),
                    )
                )
                .mappings()
                .first()
            )
        if row is None:
            return None
        ends_at = min(row["seen_at"] + self._idle[row["purpose"]], row["started_at"] + self._longest)
        if ends_at <= now:
            return None
        if touch and now - row["seen_at"] > timedelta(seconds=TOUCH_SECONDS):
            with self._writing.begin() as connection:
                connection.execute(update(sessions).where(sessions.c.id_hash == hash_token(token)).values(seen_at=now))
        if touch:
            ends_at = min(now + self._idle[row["purpose"]], row["started_at"] + self._longest)
        return Session(as_person(row), token, row["purpose"], ends_at, row["search"] or "")

    def remember(self, token: str, search: str) -> None:
        """Keep the words of a search for the page that shows what was found."""
        with self._writing.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id_hash == hash_token(token)).values(search=search))

    def end(self, token: str) -> None:
        """Sign this browser out."""
        with self._writing.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.id_hash == hash_token(token)))
