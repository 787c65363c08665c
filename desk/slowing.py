"""Slows guessing of passwords, without locking anybody out.

A browser that signed in before carries a device cookie and is counted for itself: what strangers try on an account does not
touch its owner. Strangers are counted by account and address together, and by address. An account that is tried from many
addresses answers everyone new a few seconds later, but answers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.conversations.database import writing
from bot.conversations.store import utc_now
from desk.model import SignInTries, table

FORGOTTEN_AFTER = timedelta(hours=1)
LONGEST_WAIT = 900
LONGEST_DELAY = 4.0

tries = table(SignInTries)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a try at signing in gets: seconds to wait before the next one is looked at, or a delay of the answer."""

    wait: int = 0
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Something that is counted. The first `free` failures cost nothing; after them the wait doubles each time."""

    key: str
    free: int
    refuses: bool = True

    @property
    def hashed(self) -> bytes:
        return sha256(self.key.encode("utf-8", "replace")).digest()


def counted_for(name: str, address: str, device: str | None) -> list[Counted]:
    """Return what a try is counted for. `device` is the id of a browser that this account signed in with before."""
    if device is not None:
        return [Counted(f"device {device} {name}", 8)]
    return [
        Counted(f"pair {name} {address}", 5),
        Counted(f"address {address}", 30),
        Counted(f"account {name}", 10, refuses=False),
    ]


def pace_of(counted: list[Counted], failed: dict[bytes, tuple[int, datetime]], now: datetime) -> Pace:
    """Return the pace for these failures in a row and their last moments."""
    wait, delay = 0, 0.0
    for each in counted:
        failures, last_at = failed.get(each.hashed, (0, now))
        if failures < each.free:
            continue
        seconds = min(2.0 ** min(failures - each.free, 20), LONGEST_WAIT)
        if each.refuses:
            wait = max(wait, math.ceil(seconds - (now - last_at).total_seconds()))
        else:
            delay = max(delay, min(seconds / 4, LONGEST_DELAY))
    return Pace(wait, delay)


class Slowing:
    """The table of failures in a row."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._writing = writing(engine)
        self._clock = clock

    def begin(self, counted: list[Counted]) -> Pace:
        """Count a try and return its pace. It counts as failed until `forgive`, so that tries at the same time all count."""
        try:
            return self._count(counted)
        except IntegrityError:  # PostgreSQL: two first tries at the same moment
            return self._count(counted)

    def _count(self, counted: list[Counted]) -> Pace:
        now = self._clock()
        with self._writing.begin() as connection:
            connection.execute(delete(tries).where(tries.c.last_at < now - FORGOTTEN_AFTER))
            found = connection.execute(
                select(tries).where(tries.c.key.in_([each.hashed for each in counted])).with_for_update()
            )
            rows = {row.key: row for row in found}
            pace = pace_of(counted, {key: (row.failures, row.last_at) for key, row in rows.items()}, now)
            if pace.wait:
                return pace
            for each in counted:
                if each.hashed in rows:
                    connection.execute(
                        update(tries)
                        .where(tries.c.key == each.hashed)
                        .values(failures=tries.c.failures + 1, last_at=now)
                    )
                else:
                    connection.execute(insert(tries).values(key=each.hashed, failures=1, last_at=now))
        return pace

    def forgive(self, counted: list[Counted]) -> None:
        """Forget the failures: this try was right. An address keeps its count less this try: others may sit behind it."""
        with self._writing.begin() as connection:
            for each in counted:
                if each.key.startswith("address "):
                    connection.execute(
                        update(tries).where(tries.c.key == each.hashed).values(failures=tries.c.failures - 1)
                    )
                else:
                    connection.execute(delete(tries).where(tries.c.key == each.hashed))
