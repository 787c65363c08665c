"""Tells open pages of the desk that a ticket changed.

Tickets are also made and changed by other processes, so the newest audit record is looked at every second: one small query
for all pages together. What happens at this desk wakes the pages at once.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.tickets.store import TicketStore
from desk.searching import Search

LOOK_SECONDS = 1.0
REFRESH_SECONDS = 60.0  # how long the words of a deleted ticket stay in memory at most

logger = logging.getLogger(__name__)


class Watcher:
    """Wakes whoever listens, from any thread."""

    def __init__(self, tickets: TicketStore, search: Search, loop: asyncio.AbstractEventLoop) -> None:
        self._tickets = tickets
        self._search = search
        self._loop = loop
        self._listeners: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._watch())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Wake every open page; safe to call in a thread."""
        self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._listeners:
            event.set()

    @contextmanager
    def listen(self, event: asyncio.Event) -> Iterator[None]:
        """Set the event at each change."""
        self._listeners.add(event)
        try:
            yield
        finally:
            self._listeners.discard(event)

    async def _watch(self) -> None:
        last, refreshed_at = None, -REFRESH_SECONDS
        while True:
            try:
                if time.monotonic() - refreshed_at >= REFRESH_SECONDS:
                    refreshed_at = time.monotonic()
                    await run_in_threadpool(self._search.refresh)
                newest = await run_in_threadpool(self._tickets.last_change)
                if last is not None and newest != last:
                    self._wake()
                last = newest
            except SQLAlchemyError as error:
                logger.warning("desk: tickets cannot be read: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
