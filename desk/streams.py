"""What open pages of the desk hear: counts, new tickets, messages, changes, the end of the session.

Before anything is sent the session is looked at again: a stream of somebody who was signed out, got another role or whose
account ended says so and stops. A stream does not keep a session alive.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from bot.conversations.store import HISTORY_PAGE
from bot.errors import UnknownConversation, UnknownTicket
from desk import presence
from desk.guard import SignedIn
from desk.lists import is_unanswered
from desk.pages import HEADERS
from desk.parts import Parts, address, parts_of
from desk.sessions import Session
from desk.ticket_pages import around_ticket, rendered_parts, ticket_of

LOOK_SECONDS = 3.0  # how soon a dead session is noticed when nothing happens
PRESENCE_SECONDS = 30.0
WARN_SECONDS = 120
HIGHEST_SEQ = 2**31 - 1

Event = dict[str, str]

router = APIRouter()


@router.get("/events")
async def follow_desk(request: Request, session: SignedIn) -> EventSourceResponse:
    """Follow the queues."""
    return stream(parts_of(request), session, nothing_more)


@router.get("/tickets/{number}/events")
async def follow_ticket(
    request: Request,
    session: SignedIn,
    number: str,
    after: Annotated[int, Query(ge=0, le=HIGHEST_SEQ)] = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventSourceResponse:
    """Follow a ticket and its talk, from a message on: `Last-Event-ID`, or `after`."""
    parts = parts_of(request)
    ticket = await ticket_of(parts, number)
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        after = min(int(last_event_id), HIGHEST_SEQ)
    # A stream shows the talk as a page does, so it is written down as a page is.
    await run_in_threadpool(lambda: parts.access.note(session.person, address(request), "follow", number, after=after))
    follower = TicketFollower(parts, session, ticket, after)
    return stream(parts, session, follower.news, ticket["conversation_id"])


async def nothing_more() -> list[Event]:
    return []


def event(name: str, data: Any, id: int | None = None) -> Event:
    made = {"event": name, "data": json.dumps(data, ensure_ascii=False)}
    return made if id is None else made | {"id": str(id)}


def stream(
    parts: Parts, session: Session, more: Callable[[], Awaitable[list[Event]]], conversation: str | None = None
) -> EventSourceResponse:
    """Return a stream of what the desk has to tell this person, and `more` of a page."""
    events = follow(parts, session, more, conversation)
    return EventSourceResponse(events, headers=HEADERS, ping=parts.settings.heartbeat_seconds, send_timeout=30)


async def follow(
    parts: Parts, session: Session, more: Callable[[], Awaitable[list[Event]]], conversation: str | None
) -> AsyncIterator[Event]:
    """Yield what is new until the session is over."""
    shown: dict[str, str] = {}
    present_at = 0.0
    with ExitStack() as listening:
        news = asyncio.Event()
        listening.enter_context(parts.watcher.listen(news))
        talk = listening.enter_context(parts.around.news.listen(conversation)) if conversation else None
        while True:
            news.clear()  # before reading: what comes after the reading wakes again
            if talk is not None:
                talk.clear()
            living = await run_in_threadpool(parts.sessions.find, session.token, touch=False)
            if living is None or living.person.role != session.person.role:
                yield event("ended", {})
                return
            if time.monotonic() - present_at > PRESENCE_SECONDS:
                present_at = time.monotonic()
                await run_in_threadpool(presence.keep, parts, living.person)
            for made in await more():
                yield made
            for made in await run_in_threadpool(of_the_desk, parts, living):
                if shown.get(made["event"]) != made["data"]:
                    shown[made["event"]] = made["data"]
                    yield made
            await first_of(news, talk, LOOK_SECONDS)


async def first_of(news: asyncio.Event, talk: asyncio.Event | None, seconds: float) -> None:
    """Wait for either, at most this long."""
    waiting = [asyncio.ensure_future(each.wait()) for each in (news, talk) if each is not None]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


def of_the_desk(parts: Parts, session: Session) -> list[Event]:
    """Return what every page shows: counts with the newest change, who is on duty, when the session ends."""
    staff = str(session.person.id)
    unanswered = sum(is_unanswered(row) for row in parts.tickets.listed("mine", staff=staff))
    news = {"change": parts.tickets.last_change(), "unanswered": unanswered}
    return [
        event("counts", parts.tickets.counts(staff) | news),
        event("duty", {"names": presence.on_duty(parts)}),
        event("session", {"ends_at": int(session.ends_at.timestamp()), "warn": WARN_SECONDS}),
    ]


class TicketFollower:
    """Remembers what one page of a ticket has seen."""

    def __init__(self, parts: Parts, session: Session, ticket: dict[str, Any], after: int) -> None:
        self._parts = parts
        self._session = session
        self._ticket = ticket
        self._after = after
        self._shown: dict[str, str] = {}
        self._state: tuple[int, list[str]] | None = None

    async def news(self) -> list[Event]:
        """Return new messages, and each part of the page that looks different now."""
        return [*await self._messages(), *await run_in_threadpool(self._parts_of_page)]

    async def _messages(self) -> list[Event]:
        conversation: str | None = self._ticket["conversation_id"]
        made: list[Event] = []
        if conversation is None:
            return []
        template = self._parts.templates.get_template("message.html")
        while True:
            try:
                page = await self._parts.around.talk.history(conversation, self._after)
            except UnknownConversation:
                return made
            for message in page.messages:
                self._after = message["seq"]
                html = template.render(message=message)
                made.append(event("said", {"from": message["from"], "html": html}, message["seq"]))
            if len(page.messages) < HISTORY_PAGE:
                return made

    def _parts_of_page(self) -> list[Event]:
        # What the parts are made of: nothing is rendered again while neither has moved.
        state = (self._parts.tickets.last_change(), presence.on_duty(self._parts))
        if state == self._state:
            return []
        self._state = state
        try:
            ticket = self._parts.tickets.get(self._ticket["id"])
        except UnknownTicket:
            return []  # deleted, because its time is over
        context = around_ticket(self._parts, self._session.person, ticket) | {"csrf": self._session.csrf}
        made = []
        for part, rendered in rendered_parts(self._parts, context).items():
            # The first time all of them go out: the page knows by the version whether it has missed a change.
            if self._shown.get(part) != rendered.version:
                self._shown[part] = rendered.version
                made.append(event("part", {"part": part, "version": rendered.version, "html": rendered.html}))
        return made
