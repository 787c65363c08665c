"""Actions with real stores and trackers, without Rasa."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from talk_by_hand import Talk

from bot.actions import hand_over, leak_report, privacy, stores, ticket_status
from bot.actions.stores import Stores, open_stores
from bot.conversations import encryption
from bot.settings import read_settings

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 10 o'clock in Korea


@pytest.fixture
def open_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stores]:
    before = encryption._in_use
    opened = open_stores(read_settings(_env_file=None, var_dir=tmp_path / "var"))
    for module in (leak_report, hand_over, privacy, ticket_status, stores):
        monkeypatch.setattr(module, "get_stores", lambda: opened)
    for module in (leak_report, hand_over, ticket_status):
        monkeypatch.setattr(module, "now", lambda: MONDAY)
    opened.tickets._clock = lambda: MONDAY
    yield opened
    opened.tickets._engine.dispose()
    encryption._in_use = before


@pytest.fixture
def talk(open_ones: Stores) -> Talk:
    return Talk(open_ones)
