"""Migrations bring a database to just the tables of the model, on both databases."""

import multiprocessing

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from bot.conversations.database import make_engine
from bot.conversations.model import Base
from bot.migrations import upgrade
from bot.settings import Settings

OURS = {"conversations", "messages", "choices"}


def test_the_migrated_database_has_the_tables_of_the_model(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    ours = [d for d in differences if d[0] != "remove_table" and d[0] != "remove_index"]
    assert ours == []
    assert set(inspect(engine).get_table_names()) >= OURS


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) >= OURS


def _upgrade(settings: Settings) -> None:
    engine = make_engine(settings)
    upgrade(engine)
    engine.dispose()


def test_processes_that_start_together_upgrade_once(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_upgrade, args=(settings,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    engine = make_engine(settings)
    assert set(inspect(engine).get_table_names()) >= OURS
    engine.dispose()
