"""Desks for the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_at_work import Desk, own_keys, run_desk
from sqlalchemy import delete

from bot.conversations import encryption
from desk.model import SignInTries


@pytest.fixture(scope="session")
def common_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    before = encryption._in_use
    desk = run_desk(tmp_path_factory.mktemp("desk") / "var")
    desk.hire("kim", "counsellor", "김상담")
    desk.hire("lee", "counsellor", "이상담")
    desk.hire("choi", "supervisor", "최책임")
    desk.hire("admin", "administrator", "관리자")
    encryption._in_use = before
    yield desk
    desk.stop()


@pytest.fixture
def desk(common_desk: Desk) -> Iterator[Desk]:
    """Return a desk that other tests use, too; failed sign-ins of other tests are forgotten."""
    with common_desk.engine.begin() as connection:
        connection.execute(delete(SignInTries))
    with own_keys(common_desk):
        yield common_desk


@pytest.fixture
def start_desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Start a desk of its own."""
    started: list[Desk] = []
    before = encryption._in_use

    def start(**values: Any) -> Desk:
        started.append(run_desk(tmp_path / "var", **values))
        return started[-1]

    yield start
    for desk in started:
        desk.stop()
    encryption._in_use = before
