"""The chain of the access log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from desk_at_work import Desk
from sqlalchemy import Connection, delete, insert, select, update

from desk.access_log import AccessLog
from desk.model import Access, AccessEnd, table

log, end = table(Access), table(AccessEnd)


def drop_last(connection: Connection) -> None:
    connection.execute(delete(log).where(log.c.id == 5))
    before = connection.execute(select(log.c.seal).where(log.c.id == 4)).scalar_one()
    assert before
    connection.execute(update(end).values(last_id=4))


def swap(connection: Connection) -> None:
    connection.execute(update(log).where(log.c.id == 2).values(id=99))
    connection.execute(update(log).where(log.c.id == 3).values(id=2))
    connection.execute(update(log).where(log.c.id == 99).values(id=3))


def copy_line(connection: Connection) -> None:
    row = dict(connection.execute(select(log).where(log.c.id == 5)).mappings().one())
    connection.execute(insert(log).values(**row | {"id": 6}))
    connection.execute(update(end).values(last_id=6))


TAMPERINGS: dict[str, Callable[[Connection], object]] = {
    "another name": lambda connection: connection.execute(update(log).where(log.c.id == 3).values(staff_name="lee")),
    "another time": lambda connection: connection.execute(
        update(log).where(log.c.id == 3).values(at=datetime(2020, 1, 1, tzinfo=UTC))
    ),
    "another reason": lambda connection: connection.execute(update(log).where(log.c.id == 3).values(detail={})),
    "a line gone": lambda connection: connection.execute(delete(log).where(log.c.id == 3)),
    "the first line gone": lambda connection: connection.execute(delete(log).where(log.c.id == 1)),
    "the last line gone": lambda connection: connection.execute(delete(log).where(log.c.id == 5)),
    "the end cut, and the end's row, too": drop_last,
    "two lines swapped": swap,
    "a line copied to the end": copy_line,
}


@pytest.fixture
def written(start_desk: Callable[..., Desk]) -> tuple[Desk, AccessLog]:
    desk = start_desk()
    for number in range(5):
        desk.parts.access.note(None, "192.0.2.1", "export", "all", reason=f"감사 {number}")
    return desk, desk.parts.access


def test_an_untouched_log_is_whole(written: tuple[Desk, AccessLog]) -> None:
    assert written[1].check() == []


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_shows(written: tuple[Desk, AccessLog], tampering: str) -> None:
    desk, access = written
    with desk.engine.begin() as connection:
        TAMPERINGS[tampering](connection)
    assert access.check() != []


def test_retention_leaves_a_whole_log(start_desk: Callable[..., Desk]) -> None:
    desk = start_desk()
    now = [datetime(2024, 1, 1, tzinfo=UTC)]
    access = AccessLog(desk.engine, clock=lambda: now[0])
    for _ in range(10):
        access.note(None, "-", "list", "waiting")
        now[0] += timedelta(days=100)
    assert access.delete_old(timedelta(days=730)) > 0
    assert access.check() == []
    access.note(None, "-", "list", "waiting")
    assert access.check() == []


def test_lines_written_at_the_same_moment_make_one_chain(desk: Desk) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: desk.parts.access.note(None, "-", "list", "waiting"), range(40)):
            pass
    assert desk.parts.access.check() == []
