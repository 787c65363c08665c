"""Databases to test against: SQLite always, PostgreSQL from a throw-away cluster."""

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.conversations.database import make_engine
from bot.conversations.encryption import Keyring, make_key, parse_keys, use_keyring
from bot.migrations import upgrade
from bot.settings import Settings, read_settings

PG_CTL = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if PG_CTL is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL's binaries are missing, and under CI=true nothing may be left out.")
        pytest.skip("PostgreSQL's binaries are not installed (apt-get install postgresql).")
    folder = Path("/tmp") / f"ultari-pg-{uuid.uuid4().hex[:8]}"
    folder.mkdir()
    as_postgres: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["runuser", "-u", "postgres", "--"]
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run([*as_postgres, *command], check=True, cwd=folder, capture_output=True)

    run(
        str(PG_CTL.with_name("initdb")),
        "-D",
        f"{folder}/data",
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run(str(PG_CTL), "-D", f"{folder}/data", "-l", f"{folder}/log", "-o", options, "-w", "start")
    yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    run(str(PG_CTL), "-D", f"{folder}/data", "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        name = f"test_{uuid.uuid4().hex}"
        with create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = f"{server}/{name}"
    return read_settings(_env_file=None, var_dir=tmp_path / "var", database_url=url)


@pytest.fixture
def keyring() -> Keyring:
    keyring = Keyring(parse_keys(f"1:{make_key()}"))
    use_keyring(keyring)
    return keyring


@pytest.fixture
def engine(settings: Settings, keyring: Keyring) -> Iterator[Engine]:
    engine = make_engine(settings)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def second_engine(settings: Settings, engine: Engine) -> Iterator[Callable[[], Engine]]:
    """Make more engines for the same database, as another process has one."""
    made: list[Engine] = []

    def make() -> Engine:
        made.append(make_engine(settings))
        return made[-1]

    yield make
    for other in made:
        other.dispose()
