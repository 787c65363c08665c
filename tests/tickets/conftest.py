"""Ticket stores on both databases, with a clock that the test moves."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from ticket_desk import Clock, Desk, desk_on

from tests.conversations.conftest import engine, keyring, postgres_server, second_engine, settings  # noqa: F401


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> Desk:  # noqa: F811 (a fixture's name)
    return desk_on(engine, clock)


@pytest.fixture
def other_process(second_engine: Callable[[], Engine], clock: Clock) -> Callable[[], Desk]:  # noqa: F811 (a fixture's name)
    """Return stores with an engine of their own, as another process has them."""
    return lambda: desk_on(second_engine(), clock)
