"""Asks questions as many users at once and measures each answer."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from launcher.environments import ROOT

TURNS = 10  # questions in one conversation, then a new one
RECOMMEND = "우리 회사에 맞는 지원사업을 추천해 주세요"
ANSWERS = {"needs": "기술이 유출될까 걱정돼요", "company_size": "중소기업이에요"}  # to everything else: not known
PATIENCE_SECONDS = 120.0

Ask = Callable[[str], Awaitable[None]]
NewTalk = Callable[[httpx.AsyncClient], Awaitable[Ask]]


@dataclass(frozen=True)
class Measured:
    """What one system showed with a number of users."""

    users: int
    seconds: tuple[float, ...]
    elapsed: float

    @property
    def median(self) -> float:
        """Return the median time of a question in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        """Return the time in milliseconds within which 95 % of the questions were answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000

    @property
    def per_second(self) -> float:
        """Return the messages per second."""
        return len(self.seconds) / self.elapsed


def questions() -> list[str]:
    """Return real questions in a fixed disorder: those of the evaluation, never seen in training."""
    lines = (ROOT / "tests" / "nlu" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    found = [str(json.loads(line)["text"]) for line in lines]
    random.Random(1).shuffle(found)  # noqa: S311
    return found


def measure(new_talk: NewTalk, base: str, users: int, count: int, most_seconds: float) -> Measured:
    """Let users ask `count` questions between them, for so many seconds at most."""
    return asyncio.run(_measure(new_talk, base, users, count, most_seconds))


async def _measure(new_talk: NewTalk, base: str, users: int, count: int, most_seconds: float) -> Measured:
    texts = itertools.cycle(questions())
    taken: list[float] = []
    limits = httpx.Limits(max_connections=users, max_keepalive_connections=users, keepalive_expiry=4)
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE_SECONDS, trust_env=False, limits=limits) as http:
        # Opening a conversation is not asking a question: all are opened before the clock runs.
        talks = [[await new_talk(http) for _ in range(max(1, count // users // TURNS + 1))] for _ in range(users)]
        started = time.perf_counter()
        asked = itertools.count()

        async def user(own: list[Ask]) -> None:
            for turn in itertools.count():
                if next(asked) >= count or time.perf_counter() - started > most_seconds:
                    return
                ask = own[turn // TURNS % len(own)]
                before = time.perf_counter()
                await ask(next(texts))
                taken.append(time.perf_counter() - before)

        await asyncio.gather(*(user(own) for own in talks))
        return Measured(users, tuple(taken), time.perf_counter() - started)


async def talk_to_us(http: httpx.AsyncClient) -> Ask:
    """Open a conversation of the chat API, in which each text is a question."""
    say = await _open(http)

    async def ask(text: str) -> None:
        await say(text)

    return ask


async def fill_in_form(http: httpx.AsyncClient) -> Ask:
    """Open a conversation of the chat API, in which each turn is one of the recommendation form, whatever the text."""
    say = await _open(http)
    following = RECOMMEND

    async def answer(text: str) -> None:
        nonlocal following
        expects = (await say(following)).get("expects") or {}
        asks = expects.get("form") == "recommendation"
        following = ANSWERS.get(str(expects.get("slot")), "모르겠어요") if asks else RECOMMEND

    return answer


async def _open(http: httpx.AsyncClient) -> Callable[[str], Awaitable[dict[str, Any]]]:
    opened = (await http.post("/api/conversations")).json()
    headers = {"Authorization": f"Bearer {opened['token']}"}
    path = f"/api/conversations/{opened['id']}/messages"

    async def say(text: str) -> dict[str, Any]:
        response = await http.post(path, json={"id": uuid.uuid4().hex, "text": text}, headers=headers)
        turn: dict[str, Any] = response.json() if response.is_success else {}
        _check(response, turn.get("messages", []))
        return turn

    return say


async def talk_to_stock(http: httpx.AsyncClient) -> Ask:
    """Open a conversation with Rasa's REST channel."""
    sender = uuid.uuid4().hex

    async def ask(text: str) -> None:
        response = await http.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
        _check(response, response.json() if response.is_success else [])

    return ask


def _check(response: httpx.Response, messages: list[Any]) -> None:
    if response.status_code != 200 or not messages:
        raise RuntimeError(f"a question was answered with status {response.status_code} and {len(messages)} messages")
