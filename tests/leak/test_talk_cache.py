"""Forgetting in the file that Rasa itself has written: a whole talk, a talk since a moment, old talks."""

import json
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from talk_by_hand import ROOT, Talk

from bot.actions.stores import Stores
from bot.conversations.talk_cache import forget_old_talks, forget_talk
from bot.settings import Settings, read_settings

PYTHON = ROOT / ".venv" / "rasa" / "bin" / "python"
WRITE = """
import asyncio, json, sys
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from bot.engine.tracker_store import PatientTrackerStore

path, talks = sys.argv[1], json.loads(sys.argv[2])
domain = Domain.empty()
store = PatientTrackerStore(domain, path=path)
for sender, moments in talks.items():
    events = [UserUttered("설계도면을 김비밀이 가져갔어요", timestamp=moment) for moment in moments]
    asyncio.run(store.save(DialogueStateTracker.from_events(sender, events, [])))
"""


def write(path: Path, talks: dict[str, list[float]]) -> None:
    """Let Rasa's own store write a talk: sender → moments of its messages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([PYTHON, "-c", WRITE, path, json.dumps(talks)], check=True, cwd=ROOT, capture_output=True)


def left(path: Path) -> list[tuple[str, float]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT sender, at FROM events ORDER BY id").fetchall()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.exists():
        pytest.skip("Rasa's environment is not there (make environments).")
    path = tmp_path_factory.mktemp("rasa") / "tracker.db"
    write(path, {"a": [100.0, 200.0, 300.0], "b": [150.0]})
    return path


@pytest.fixture
def settings(written: Path, tmp_path: Path) -> Settings:
    settings = read_settings(_env_file=None, var_dir=tmp_path / "var")
    settings.tracker_path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(written)) as source, closing(sqlite3.connect(settings.tracker_path)) as target:
        source.backup(target)
    return settings


def test_a_talk_is_forgotten_and_others_stay(settings: Settings) -> None:
    assert forget_talk(settings, "a") == 3
    assert left(settings.tracker_path) == [("b", 150.0)]


def test_a_talk_is_forgotten_since_a_moment(settings: Settings) -> None:
    assert forget_talk(settings, "a", since=datetime.fromtimestamp(200, UTC)) == 2
    assert left(settings.tracker_path) == [("a", 100.0), ("b", 150.0)]


def test_old_talks_are_those_whose_last_event_is_old(settings: Settings) -> None:
    assert forget_old_talks(settings, datetime.fromtimestamp(250, UTC)) == 1
    assert {sender for sender, _ in left(settings.tracker_path)} == {"a"}
    assert forget_old_talks(settings, datetime.fromtimestamp(301, UTC)) == 3
    assert left(settings.tracker_path) == []


def test_without_a_file_there_is_nothing_to_forget(tmp_path: Path) -> None:
    settings = read_settings(_env_file=None, var_dir=tmp_path / "var")
    assert forget_talk(settings, "a") == forget_old_talks(settings, datetime.now(UTC)) == 0


@pytest.mark.parametrize("end", ["동의 안 해요", "그만할래요"])
def test_rasa_forgets_a_report_that_was_refused_or_stopped(
    open_ones: Stores, talk: Talk, written: Path, end: str
) -> None:
    talk.act("privacy", "개인정보 어디에 쓰여요?")
    talk.say("영업부장이 배합표를 개인 메일로 보냈어요")
    moments = [
        datetime.fromisoformat(message["at"]).timestamp() for message in talk.stored if message["from"] == "user"
    ]
    write(open_ones.settings.tracker_path, {talk.id: moments, "another": moments})
    if end == "그만할래요":
        talk.say("네")
    talk.say(end)
    assert left(open_ones.settings.tracker_path) == [
        (talk.id, moments[0]), *(("another", moment) for moment in moments),
    ]  # fmt: skip
