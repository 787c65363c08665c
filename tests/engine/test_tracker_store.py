"""The memory of a talk survives restarts, broken rows and a locked file, and shows nothing to a thief."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.tracker_store import PatientTrackerStore

DOMAIN = Domain.from_yaml("version: '3.1'\nslots:\n  program: {type: text, mappings: [{type: custom}]}\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tracker.db"


def told(store: PatientTrackerStore) -> DialogueStateTracker:
    tracker = DialogueStateTracker.from_events(
        "a",
        [ActionExecuted("action_listen"), UserUttered("설계도면이 유출됐어요"), SlotSet("program", "x")],
        DOMAIN.slots,
    )
    asyncio.run(store.save(tracker))
    return tracker


def test_a_restart_finds_the_talk_again(path: Path) -> None:
    tracker = told(PatientTrackerStore(DOMAIN, path=str(path)))
    again = asyncio.run(PatientTrackerStore(DOMAIN, path=str(path)).retrieve("a"))
    assert again is not None
    assert [event.as_dict() for event in again.events] == [event.as_dict() for event in tracker.events]


def test_only_new_events_are_written(path: Path) -> None:
    store = PatientTrackerStore(DOMAIN, path=str(path))
    tracker = told(store)
    tracker.update(SlotSet("program", "y"), DOMAIN)
    asyncio.run(store.save(tracker))
    asyncio.run(store.save(tracker))
    assert sqlite3.connect(path).execute("SELECT count(*) FROM events").fetchone() == (4,)


def test_a_broken_row_costs_that_event_only(path: Path) -> None:
    told(PatientTrackerStore(DOMAIN, path=str(path)))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE events SET body = x'00' WHERE id = 2")
    store = PatientTrackerStore(DOMAIN, path=str(path))
    again = asyncio.run(store.retrieve("a"))
    assert again is not None
    assert len(again.events) == 2
    again.update(SlotSet("program", "z"), DOMAIN)
    asyncio.run(store.save(again))
    after = asyncio.run(PatientTrackerStore(DOMAIN, path=str(path)).retrieve("a"))
    assert after is not None
    assert after.get_slot("program") == "z"


def test_a_stolen_file_shows_nothing(path: Path) -> None:
    told(PatientTrackerStore(DOMAIN, path=str(path)))
    stolen = b"".join(file.read_bytes() for file in path.parent.glob("tracker.db*"))
    assert "유출".encode() not in stolen
    assert b"\\uc720\\ucd9c" not in stolen


def test_a_locked_file_does_not_end_the_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PatientTrackerStore(DOMAIN, path=str(path))
    store._connection.execute("PRAGMA busy_timeout=50")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    told(store)  # says so in the log and goes on
    blocker.execute("ROLLBACK")
    told(store)
    assert asyncio.run(store.retrieve("a")) is not None
