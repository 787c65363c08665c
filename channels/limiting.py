"""How often one visitor, one address and all together may do something."""

import ipaddress
import logging
import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from bot.errors import TooManyRequests
from bot.settings import Settings

logger = logging.getLogger(__name__)

STREAM_RETRY_SECONDS = 10


class Limiter:
    """Counts in this process, or in Redis when several gateways share the limits."""

    def __init__(self, settings: Settings) -> None:
        self._on = settings.limits
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared = None
        if url := settings.redis_url.get_secret_value():
            self._shared = FixedWindowRateLimiter(RedisStorage(f"async+{url}", implementation="redispy"))
        self._items: dict[str, RateLimitItem] = {}
        self._streams: Counter[str] = Counter()
        self._streams_per_address = settings.limit_streams_address
        self._streams_total = settings.limit_streams_total

    async def hit(self, *counted: tuple[str, str, str]) -> None:
        """Count one (limit, what, whose) after the other. Raises TooManyRequests at the first that is used up."""
        if not self._on:
            return
        for limit, what, whose in counted:
            item = self._items.get(limit) or self._items.setdefault(limit, parse(limit))
            limiter = self._local
            allowed = True
            if self._shared is not None:
                try:
                    limiter, allowed = self._shared, await self._shared.hit(item, what, whose)
                except Exception as error:  # whatever Redis's client raises: limits must not stop the service
                    logger.warning("limits: Redis is away: %s", type(error).__name__)
                    limiter = self._local
            if limiter is self._local:
                allowed = await limiter.hit(item, what, whose)
            if not allowed:
                stats = await limiter.get_window_stats(item, what, whose)
                raise TooManyRequests(max(1, math.ceil(stats.reset_time - time.time())))

    async def may(self, limit: str, what: str, whose: str) -> bool:
        """Return whether this limit has room, without counting."""
        if not self._on:
            return True
        item = self._items.get(limit) or self._items.setdefault(limit, parse(limit))
        if self._shared is not None:
            try:
                return await self._shared.test(item, what, whose)
            except Exception as error:  # as above
                logger.warning("limits: Redis is away: %s", type(error).__name__)
        return await self._local.test(item, what, whose)

    @contextmanager
    def stream(self, address: str) -> Iterator[None]:
        """Hold one open stream of this address. Raises TooManyRequests when it has too many."""
        if self._on and (
            self._streams[address] >= self._streams_per_address or self._streams.total() >= self._streams_total
        ):
            raise TooManyRequests(STREAM_RETRY_SECONDS)
        self._streams[address] += 1
        try:
            yield
        finally:
            self._streams[address] -= 1
            if not self._streams[address]:
                del self._streams[address]


def address_of(host: str | None) -> str:
    """Return what counts as one address: for IPv6 the network of one customer (/64)."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
