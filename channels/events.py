"""Tells open streams that a conversation has something new.

Only the conversation's id travels, never a message: readers fetch from the store. So nothing personal passes through Redis, a lost
notice costs a moment and not a message, and order is the store's order.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import redis.asyncio as redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CHANNEL = "ultari:conversations"
RECONNECT_SECONDS = 1.0


def typing_in(conversation_id: str) -> str:
    """Return the name under which streams of a conversation hear that a person is writing an answer in it."""
    return f"typing:{conversation_id}"


class Events(Protocol):
    """What relay and streams need of it."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def notify(self, conversation_id: str) -> None:
        """Wake every stream of this conversation, in this process and in others."""

    def listen(self, conversation_id: str) -> AbstractContextManager[asyncio.Event]:
        """Return a context manager that gives an asyncio.Event, set at each notice."""


class LocalEvents:
    """Within one process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def start(self) -> None:
        return

    async def close(self) -> None:
        return

    async def notify(self, conversation_id: str) -> None:
        self.wake(conversation_id)

    def wake(self, conversation_id: str) -> None:
        for event in self._listeners.get(conversation_id, ()):
            event.set()

    def wake_all(self) -> None:
        for conversation_id in list(self._listeners):
            self.wake(conversation_id)

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._listeners[conversation_id].add(event)
        try:
            yield event
        finally:
            self._listeners[conversation_id].discard(event)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]


class RedisEvents(LocalEvents):
    """Between gateways, through Redis pub/sub. While Redis is away, streams of this process are served all the same."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=2, health_check_interval=15)
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self._redis.aclose()

    async def notify(self, conversation_id: str) -> None:
        self.wake(conversation_id)
        try:
            await self._redis.publish(CHANNEL, conversation_id)
        except (RedisError, OSError) as error:
            logger.warning("events: notice not published: %s", type(error).__name__)

    async def _read(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    self.wake_all()  # something may have happened while nobody listened
                    async for notice in channel.listen():
                        if notice["type"] == "message":
                            self.wake(notice["data"].decode("ascii", "replace"))
            except (RedisError, OSError) as error:
                logger.warning("events: Redis is away: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)


def make_events(redis_url: str) -> LocalEvents:
    """Return the events of one process, or those through Redis if its URL is set."""
    return RedisEvents(redis_url) if redis_url else LocalEvents()
