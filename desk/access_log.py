"""Who looked at whose data: when, from where, what, and why. Lines are chained: each seal covers the line and the seal before.

Seals are stored encrypted. Who changes the database without the key can neither change a line nor make one; who takes lines
away leaves a gap, at the end a seal that differs from the one in `desk_access_end`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, RowMapping, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.conversations.database import writing
from bot.conversations.store import utc_now
from bot.errors import DecryptionFailed
from bot.tickets.audit import START, link
from desk.accounts import Person
from desk.model import Access, AccessEnd, table

log, end = table(Access), table(AccessEnd)
PAGE = 100
KEPT = "retention"  # the line that says up to where older lines were deleted
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One line, as it is shown."""

    id: int
    at: datetime
    staff_name: str
    address: str
    action: str
    subject: str
    detail: dict[str, Any]


class AccessLog:
    """Adds lines and reads them. Nothing changes a line."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._writing = writing(engine)
        self._clock = clock

    def prepare(self) -> None:
        """Begin the log if there is none, so that two first lines at the same moment do not meet."""
        try:
            with self._writing.begin() as connection:
                if connection.execute(select(end.c.id)).first() is None:
                    connection.execute(insert(end).values(id=1, last_id=0, seal=START))
        except IntegrityError:
            pass  # another process was faster

    def note(self, person: Person | None, address: str, action: str, subject: str, **detail: Any) -> None:
        """Add a line."""
        with self._writing.begin() as connection:
            self._note(connection, person, address, action, subject, detail)

    def _note(
        self,
        connection: Connection,
        person: Person | None,
        address: str,
        action: str,
        subject: str,
        detail: dict[str, Any],
    ) -> None:
        before = connection.execute(select(end).where(end.c.id == 1).with_for_update()).mappings().one()
        row = {
            "id": before["last_id"] + 1,
            "at": self._clock(),
            "staff_id": person.id if person else None,
            "staff_name": person.name if person else NOBODY,
            "address": address,
            "action": action,
            "subject": subject,
            "detail": detail,
        }
        seal = seal_of(row, before["seal"])
        connection.execute(insert(log).values(**row, seal=[before["seal"], seal]))
        connection.execute(update(end).where(end.c.id == 1).values(last_id=row["id"], seal=seal))

    def lines(self, *, subject: str = "", staff_name: str = "", before: int | None = None) -> list[Line]:
        """Return a page of lines, the newest first."""
        query = select(log).order_by(log.c.id.desc()).limit(PAGE)
        if subject:
            query = query.where(log.c.subject == subject)
        if staff_name:
            query = query.where(log.c.staff_name == staff_name)
        if before is not None:
            query = query.where(log.c.id < before)
        with self._engine.connect() as connection:
            return [as_line(row) for row in connection.execute(query).mappings()]

    def delete_old(self, age: timedelta) -> int:
        """Delete lines older than this, note up to where, and return how many went."""
        with self._writing.begin() as connection:
            last = connection.execute(select(func.max(log.c.id)).where(log.c.at < self._clock() - age)).scalar()
            if last is None:
                return 0
            gone = connection.execute(delete(log).where(log.c.id <= last)).rowcount
            self._note(connection, None, NOBODY, KEPT, NOBODY, {"until": last})
        return gone

    def summary(self) -> str:
        """Return the number of the last line and the beginning of its seal: written down elsewhere, it shows a cut end."""
        with self._engine.connect() as connection:
            last = connection.execute(select(end)).mappings().one()
        return f"{last['last_id']} {last['seal'][:16]}"

    def check(self) -> list[str]:
        """Return what is wrong with the chain, one sentence for each place; empty means that no line was touched."""
        problems: list[str] = []
        with self._engine.connect() as connection:
            last = connection.execute(select(end)).mappings().one()
            before: str | None = None
            expected = 1 + self._deleted_until(connection)
            for row in connection.execute(select(log).order_by(log.c.id)).mappings():
                try:
                    given, seal = row["seal"]
                    good = seal == seal_of(dict(row), given) and before in (None, given)
                except (DecryptionFailed, TypeError, ValueError):
                    good, seal = False, None
                if row["id"] != expected:
                    problems.append(f"{expected}~{row['id'] - 1}번 줄이 없어요.")
                if not good:
                    problems.append(f"{row['id']}번 줄이 바뀌었어요.")
                before, expected = seal, row["id"] + 1
            if expected - 1 != last["last_id"] or (before is not None and before != last["seal"]):
                problems.append(f"{last['last_id']}번에서 끝나야 하는데 {expected - 1}번에서 끝나요.")
        return problems

    def _deleted_until(self, connection: Connection) -> int:
        row = connection.execute(
            select(log.c.detail).where(log.c.action == KEPT).order_by(log.c.id.desc()).limit(1)
        ).first()
        return int(row.detail["until"]) if row is not None else 0


def seal_of(row: dict[str, Any], before: str) -> str:
    """Return the seal of a line that follows the seal `before`."""
    names = ("id", "staff_id", "staff_name", "address", "action", "subject", "detail")
    return link(before, {name: row[name] for name in names} | {"at": row["at"].isoformat()})


def as_line(row: RowMapping) -> Line:
    names = ("id", "at", "staff_name", "address", "action", "subject")
    return Line(**{name: row[name] for name in names}, detail=row["detail"] or {})
