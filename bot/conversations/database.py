"""The engine of the one database, for SQLite and PostgreSQL alike."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from bot.settings import Settings

BUSY_MILLISECONDS = 5_000


def make_engine(settings: Settings) -> Engine:
    """Return an engine for the database of the settings; the folder of an SQLite file is made, the file is the owner's only."""
    url = make_url(settings.database)
    # hide_parameters: an error's text must not carry what a user wrote.
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_size=8, max_overflow=0, pool_pre_ping=True)
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_MILLISECONDS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def writing(engine: Engine) -> Engine:
    """Return the engine for transactions that write: on SQLite they take the lock at once, so that none fails half-way."""
    return engine.execution_options(writes=True)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # deleted means gone from the file, too
    # WAL: gateway, action server and desk read and write at the same time. NORMAL: a killed process loses nothing.
    connection.execute("PRAGMA synchronous = NORMAL")
    for attempt in range(50):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            # Another process switches the mode at this moment; SQLite does not wait for this one lock.
            if attempt == 49:
                raise
            time.sleep(0.1)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
