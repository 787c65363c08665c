"""What the channel itself adds to a turn: everything but the relay and the network."""

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest

from channels.relay import Relay
from channels.telegram import service
from channels.telegram.outbox import Outbox
from channels.telegram.showing import pieces
from channels.telegram.turns import Turns
from tests.telegram.conftest import Alone

TURNS, CHATS = 60, 10
MOST_MILLISECONDS = 10


def test_the_channel_adds_little_to_a_turn(alone: Callable[..., Alone], monkeypatch: pytest.MonkeyPatch) -> None:
    own = alone()
    spent: dict[str, list[float]] = {"take": [], "handle": [], "relay": [], "note": [], "show": []}

    def timed(owner: Any, name: str, kind: str) -> None:
        original = getattr(owner, name)

        async def measured(*args: Any, **more: Any) -> Any:
            started = time.perf_counter()
            result = await original(*args, **more)
            if kind != "take" or args[1]:
                spent[kind].append((time.perf_counter() - started) * 1000)
            return result

        monkeypatch.setattr(owner, name, measured)

    timed(Turns, "take", "take")
    timed(Turns, "_handle", "handle")
    timed(Relay, "take_text", "relay")
    timed(Outbox, "_note", "note")

    def shown(*args: Any, **more: Any) -> Any:
        started = time.perf_counter()
        result = pieces(*args, **more)
        spent["show"].append((time.perf_counter() - started) * 1000)
        return result

    monkeypatch.setattr("channels.telegram.outbox.pieces", shown)

    async def run() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(own.channel.settings, stop))
        for turn in range(TURNS // CHATS):
            for number in range(CHATS):
                user = own.user(number)
                user.says("질문")
                await asyncio.to_thread(user.got, turn + 1, seconds=40)
        stop.set()
        await running

    asyncio.run(run())
    per_turn = {kind: statistics.median(times) for kind, times in spent.items()}
    added = per_turn["take"] + per_turn["handle"] - per_turn["relay"] + per_turn["note"] + 2 * per_turn["show"]
    print(", ".join(f"{kind} {value:.1f} ms" for kind, value in per_turn.items()), f"added {added:.1f} ms")
    assert added < MOST_MILLISECONDS
