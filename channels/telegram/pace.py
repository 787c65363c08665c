"""How fast messages go out: one a second to a chat, and a number a second to all."""

import asyncio
import time
from collections import deque

CHAT_SECONDS = 1.0
# Telegram allows 30; some air for what the network pushes together.
ALL_PER_SECOND = 25
WINDOW_SECONDS = 1.0
MOST_REMEMBERED = 10_000


class Pace:
    """Lets calls through in time. Times are of this process; after a restart Telegram's own 429 corrects what was forgotten."""

    def __init__(self, *, chat_seconds: float = CHAT_SECONDS, all_per_second: int = ALL_PER_SECOND) -> None:
        self._chat_seconds = chat_seconds
        self._all = all_per_second
        self._free_at: dict[bytes, float] = {}
        self._gone: deque[float] = deque(maxlen=all_per_second)

    async def wait(self, chat: bytes) -> None:
        """Return when the next message may go to this chat."""
        await asyncio.sleep(max(0.0, self._free_at.get(chat, 0.0) - time.monotonic()))
        await self.wait_all()

    async def wait_all(self) -> None:
        """Return when another call may go out at all."""
        while (left := self._until_free()) > 0:  # noqa: ASYNC110 (several may wait; each looks again)
            await asyncio.sleep(left)
        self._gone.append(time.monotonic())

    def _until_free(self) -> float:
        return self._gone[0] + WINDOW_SECONDS - time.monotonic() if len(self._gone) == self._all else 0.0

    def sent(self, chat: bytes) -> None:
        """Note that a message has arrived: from now on the chat rests."""
        self.hold(chat, self._chat_seconds)

    def hold(self, chat: bytes, seconds: float) -> None:
        """Send nothing to this chat for so long."""
        now = time.monotonic()
        self._free_at[chat] = max(self._free_at.get(chat, 0.0), now + seconds)
        if len(self._free_at) > MOST_REMEMBERED:
            self._free_at = {key: free for key, free in self._free_at.items() if free > now}
