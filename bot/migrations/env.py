"""Run by Alembic: from `bot.migrations.upgrade` with an open connection, or from the command line with the settings' database."""

from alembic import context
from sqlalchemy import Connection

from bot.conversations.database import make_engine
from bot.conversations.model import Base
from bot.settings import get_settings


def run(connection: Connection) -> None:
    # Batch mode: SQLite cannot alter a column in place.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(get_settings()).begin() as own:
        run(own)
