"""Database migrations (Alembic): `upgrade` brings a database to the newest form."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from bot.conversations.database import writing

# Any number that nothing else in the same PostgreSQL server uses.
UPGRADE_LOCK = 0x756C7461


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest form. Safe when several processes start at once: one upgrades, the others wait."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with writing(engine).begin() as connection:  # SQLite: the write lock is held from here on
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
