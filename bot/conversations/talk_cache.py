"""Forgetting in Rasa's memory of the talks (its tracker file): a person's talk on request, old talks by retention."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from bot.settings import Settings

WAIT_SECONDS = 15

logger = logging.getLogger(__name__)


def forget_talk(settings: Settings, conversation_id: str, *, since: datetime | None = None) -> int:
    """Delete what Rasa remembers of a conversation, or of it since this moment. Returns how many events went."""
    first = 0.0 if since is None else since.timestamp()
    return _delete(settings.tracker_path, "DELETE FROM events WHERE sender = ? AND at >= ?", (conversation_id, first))


def forget_old_talks(settings: Settings, before: datetime) -> int:
    """Delete conversations whose last event is older than this moment. Returns, and logs, how many events went."""
    gone = _delete(
        settings.tracker_path,
        "DELETE FROM events WHERE sender IN (SELECT sender FROM events GROUP BY sender HAVING max(at) < ?)",
        (before.timestamp(),),
    )
    if gone:
        logger.info("retention: deleted %d events of Rasa's memory", gone)
    return gone


def _delete(path: Path, statement: str, values: tuple[str | float, ...]) -> int:
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=WAIT_SECONDS)) as connection, connection:
        connection.execute("PRAGMA secure_delete = ON")  # deleted means gone from the file, too
        return connection.execute(statement, values).rowcount
