"""Desks and windows for the tests."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_at_work import Desk, own_keys, run_desk
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import delete

from bot.conversations import encryption
from desk.model import SignInTries

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing, and under CI=true nothing may be left out.")
        pytest.skip("Chromium is not installed (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a window of its own; whatever its scripts or its policy complain about fails the test."""
    problems: list[str] = []
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1280) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, locale="ko-KR", timezone_id="Asia/Seoul"
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert problems == []
