"""Only one process works through the updates of a database; a second one waits."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

# Any number that nothing else in the same PostgreSQL server uses.
WORK_LOCK = 0x756C7467
LOCK_FILE = "telegram.lock"


@contextmanager
def alone(engine: Engine, var_dir: Path) -> Iterator[bool]:
    """Give True while nobody else has the lock. It ends with the process, however that ends."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": WORK_LOCK}))
            try:
                yield got
            finally:
                if got:
                    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": WORK_LOCK})
        return
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (var_dir / LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
