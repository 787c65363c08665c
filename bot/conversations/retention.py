"""The job that deletes conversations whose time is over."""

import logging
from datetime import timedelta

from sqlalchemy import Select

from bot.conversations.store import Store

logger = logging.getLogger(__name__)


def delete_expired(store: Store, days: int, kept: Select[tuple[str | None]] | None = None) -> dict[str, int]:
    """Delete conversations idle for more than `days` days, but for those in `kept`. Returns, and logs, how many rows of each kind went."""
    gone = store.delete_idle(timedelta(days=days), kept=kept)
    for kind, count in gone.items():
        if count:
            logger.info("retention: deleted %d %s idle for more than %d days", count, kind, days)
    return gone
