"""Rasa's memory of each talk: SQLite, encrypted, and never a reason for Rasa to end.

The truth about messages, consent and tickets is in the gateway's database; this is the cache that lets a form go on after a restart.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

logger = logging.getLogger(__name__)

# Enough for any form with corrections; older events change nothing that the bot still uses.
KEPT_EVENTS = 400
# Each message reads its whole talk again; decrypting and decoding it again took a third of the time of an answer.
DECODED_EVENTS = 5_000


class PatientTrackerStore(TrackerStore, SerializedTrackerAsText):
    """One encrypted row for each event; a broken row costs that event, a locked file costs a retry."""

    def __init__(
        self,
        domain: Domain,
        path: str = "",
        keys: str = "",
        event_broker: EventBroker | None = None,
        host: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._path = Path(path or os.environ.get("ULTARI_TRACKER_DB", "var/tracker.db"))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._cipher = MultiFernet([Fernet(key) for key in _keys(keys, self._path.parent / "keys" / "tracker.key")])
        self._read = lru_cache(maxsize=DECODED_EVENTS)(self._decode)
        self._stored: dict[str, int] = {}  # how many events of a conversation are in the file
        self._connection = sqlite3.connect(self._path, timeout=15, isolation_level=None, check_same_thread=False)
        self._connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, sender TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL);"
            "CREATE INDEX IF NOT EXISTS events_of_sender ON events (sender, id);"
            "CREATE INDEX IF NOT EXISTS events_by_age ON events (at);"
        )

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new since the last save. Never raises: the talk goes on without its memory."""
        await self.stream_events(tracker)
        events = list(tracker.events)
        known = self._stored.get(tracker.sender_id)
        if known is None:
            known = self._count(tracker.sender_id)
        fresh = events[known:] if known <= len(events) else events[-1:]
        rows = [(tracker.sender_id, event.timestamp or time.time(), self._seal(event)) for event in fresh]
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT INTO events (sender, at, body) VALUES (?, ?, ?)", rows)
            self._stored[tracker.sender_id] = known + len(rows)
        except sqlite3.Error as error:
            logger.error("tracker not stored: %s", type(error).__name__)
        if len(self._stored) > 10_000:
            self._stored.clear()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of a conversation, or None when there is none."""
        rows = self._rows(sender_id)
        if not rows:
            return None
        self._stored[sender_id] = len(rows)
        events = [event for event in map(self._open, rows[-KEPT_EVENTS:]) if event is not None]
        # A broken or cut-off row would shift the count that `save` starts from; the tracker stands for all rows.
        tracker = DialogueStateTracker.from_events(
            sender_id, events, self.domain.slots, max_event_history=self.max_event_history
        )
        self._stored[sender_id] = len(events)
        self._surplus(sender_id, rows, len(events))
        return tracker

    async def keys(self) -> Iterable[str]:
        """Return the ids of the stored conversations."""
        return [row[0] for row in self._connection.execute("SELECT DISTINCT sender FROM events")]

    def _rows(self, sender_id: str) -> list[tuple[int, bytes]]:
        for attempt in range(3):
            try:
                return self._connection.execute(
                    "SELECT id, body FROM events WHERE sender = ? ORDER BY id", (sender_id,)
                ).fetchall()
            except sqlite3.Error as error:
                logger.error("tracker not read: %s, try %d", type(error).__name__, attempt + 1)
                time.sleep(0.05)
        return []

    def _surplus(self, sender_id: str, rows: list[tuple[int, bytes]], kept: int) -> None:
        if kept == len(rows):
            return
        broken = [(row_id,) for row_id, body in rows if self._open((row_id, body)) is None]
        oldest = [(row_id,) for row_id, _ in rows[:-KEPT_EVENTS]]
        try:
            with self._connection:
                self._connection.executemany("DELETE FROM events WHERE id = ?", {*broken, *oldest})
            logger.warning("tracker: %d rows dropped", len({*broken, *oldest}))
        except sqlite3.Error as error:
            logger.error("tracker rows not dropped: %s", type(error).__name__)

    def _count(self, sender_id: str) -> int:
        try:
            return int(
                self._connection.execute("SELECT count(*) FROM events WHERE sender = ?", (sender_id,)).fetchone()[0]
            )
        except sqlite3.Error:
            return 0

    def _seal(self, event: Event) -> bytes:
        return self._cipher.encrypt(json.dumps(event.as_dict(), ensure_ascii=False).encode())

    def _open(self, row: tuple[int, bytes]) -> Event | None:
        return self._read(row[1])

    def _decode(self, body: bytes) -> Event | None:
        try:
            return Event.from_parameters(json.loads(self._cipher.decrypt(body)))
        except (InvalidToken, ValueError, TypeError, KeyError, AttributeError):
            return None


def _keys(given: str, path: Path) -> list[str]:
    """Return the keys (the first one encrypts), made and kept outside the database on first use."""
    if given:
        return [key.strip() for key in given.split(",")]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
    except FileExistsError:
        pass
    return [path.read_text().strip()]
