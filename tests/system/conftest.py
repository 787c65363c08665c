"""Chromium, and a second system that tests may mistreat."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright
from running_system import System

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture
def page() -> Iterator[Page]:
    """Return an empty page of the system's Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed (apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, "--disable-sync"])
        page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="ko-KR")
        page.set_default_timeout(15_000)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def second(stack: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return a system of a module's own, started when everything is installed and trained."""
    system = System(tmp_path_factory.mktemp("second") / "var")
    system.start()
    yield system
    system.stop()
