"""For all tests: which of them run alone, what CI demands, and the whole system for those that ask it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from running_system import Chat, System

# The tests of bot/engine run in the environment of Rasa, all others in the one of the application.
IN_ENGINE = importlib.util.find_spec("rasa") is not None
collect_ignore_glob = (
    [f"{entry.name}/*" for entry in os.scandir(os.path.dirname(__file__)) if entry.is_dir() and entry.name != "engine"]
    if IN_ENGINE
    else ["engine/*"]
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what needs the whole system out of the parallel run: two cores cannot carry it twice."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()) or "/tests/system/" in item.path.as_posix():
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a test that is left out has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Left out, and under CI=true nothing may be: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return the real system, started as `make run` starts it, on ports and in a var folder of its own."""
    from running_system import System

    system = System(tmp_path_factory.mktemp("system") / "var")
    system.start()
    yield system
    system.stop()


@pytest.fixture
def chat(stack: System) -> Iterator[Callable[[], Chat]]:
    """Open conversations over the chat API, as a company's staff would."""
    from running_system import Chat

    opened: list[Chat] = []

    def open_one() -> Chat:
        opened.append(Chat(stack.url))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
