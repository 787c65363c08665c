"""What the routes of the desk work with. The gateway hands in what belongs to it: talking, waking, cleaning, addresses."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from fastapi import Request
from jinja2 import Environment

from bot.conversations.encryption import Keyring
from bot.conversations.not_understood import NotUnderstoodStore
from bot.conversations.store import Outgoing, Page
from bot.settings import Settings
from bot.tickets.store import TicketStore
from desk.access_log import AccessLog
from desk.accounts import Accounts
from desk.lists import Lists
from desk.sessions import Sessions
from desk.slowing import Slowing
from desk.watching import Watcher


class Talk(Protocol):
    """What the desk needs of the relay."""

    async def history(self, conversation_id: str, after: int = 0) -> Page: ...

    async def say(self, conversation_id: str, outgoing: Sequence[Outgoing], *, status: str | None = None) -> Page: ...


class News(Protocol):
    """What the desk needs of the gateway's events: wake somebody by a name, and be woken."""

    async def notify(self, conversation_id: str) -> None: ...

    def listen(self, conversation_id: str) -> AbstractContextManager[asyncio.Event]: ...


@dataclass(frozen=True, slots=True)
class Around:
    """What the gateway lends to the desk."""

    talk: Talk
    news: News
    clean: Callable[[str], str]  # raises TextRefused
    address_of: Callable[[str | None], str]
    forget: Callable[[str], Awaitable[None]]  # deletes what a person told in a conversation
    typing: Callable[[str], Awaitable[None]]  # shows in the user's window that an answer is being written


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is open while the desk runs."""

    settings: Settings
    around: Around
    keyring: Keyring
    accounts: Accounts
    sessions: Sessions
    slowing: Slowing
    access: AccessLog
    tickets: TicketStore
    lists: Lists
    not_understood: NotUnderstoodStore
    watcher: Watcher
    hashing: asyncio.Semaphore  # Argon2 takes 64 MiB each time: few at once
    templates: Environment


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def address(request: Request) -> str:
    """Return where a request comes from, as it stands in the access log."""
    return request.client.host if request.client else "unknown"
