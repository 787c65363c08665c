"""The chat API: conversations, messages, history and the stream of events."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sse_starlette import EventSourceResponse

from bot.conversations.store import HISTORY_PAGE
from bot.errors import TooManyRequests, UnknownConversation
from bot.settings import Settings
from channels.cleaning import clean
from channels.events import LocalEvents, typing_in
from channels.limiting import Limiter, address_of
from channels.messages import ConversationOut, Error, MessageIn, Turn
from channels.relay import Relay

CONVERSATION_ID = re.compile("[0-9a-f]{32}")
HIGHEST_SEQ = 2**31 - 1
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"model": Error} for code in ("401", "404", "409", "413", "422", "429", "503")
}

router = APIRouter(prefix="/api", tags=["chat"])


class MessageRoute(APIRoute):
    """Counts a message for its address before anything of it is read: wrong tokens and bad bodies count like good ones."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def count_first(request: Request) -> Response:
            parts = parts_of(request)
            await parts.limiter.hit((parts.settings.limit_messages_address, "messages", address(request)))
            return await handle(request)

        return count_first


messages_router = APIRouter(route_class=MessageRoute)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with; the gateway puts it into `app.state.parts`."""

    settings: Settings
    relay: Relay
    events: LocalEvents
    limiter: Limiter


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


async def limited(request: Request) -> Parts:
    """Return the parts, after counting the request for its address."""
    parts = parts_of(request)
    await parts.limiter.hit((parts.settings.limit_requests_address, "requests", address(request)))
    return parts


def address(request: Request) -> str:
    return address_of(request.client.host if request.client else None)


async def visitor(conversation_id: str, request: Request) -> str:
    """Return the conversation's id if the bearer token opens it. Raises UnknownConversation, or 401 without any token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    if not CONVERSATION_ID.fullmatch(conversation_id):
        raise UnknownConversation
    await parts_of(request).relay.check(conversation_id, token.strip())
    return conversation_id


Limited = Annotated[Parts, Depends(limited)]
Visitor = Annotated[str, Depends(visitor)]
After = Annotated[int, Query(ge=0, le=HIGHEST_SEQ, description="only messages with a higher seq")]


@router.post("/conversations", status_code=201, response_model=ConversationOut, responses=REFUSALS)
async def open_conversation(request: Request) -> JSONResponse:
    """Begin an anonymous conversation."""
    parts = parts_of(request)
    await parts.limiter.hit(
        (parts.settings.limit_conversations_address, "conversations", address(request)),
        (parts.settings.limit_conversations_total, "conversations", "all"),
    )
    conversation_id, token = await parts.relay.open("web")
    return JSONResponse({"id": conversation_id, "token": token}, 201)


@messages_router.post("/conversations/{conversation_id}/messages", response_model=Turn, responses=REFUSALS)
async def send_message(request: Request, message: MessageIn, conversation: Visitor) -> JSONResponse:
    """Say something, or press a button, and get the answer. The same `id` again returns the same answer."""
    parts = parts_of(request)
    await parts.limiter.hit(
        (parts.settings.limit_messages_visitor, "messages", conversation),
        (parts.settings.limit_messages_total, "messages", "all"),
    )
    # A ticket is not seen coming: whether one may be made is said along, and it is counted when it is there.
    tickets = (parts.settings.limit_tickets_address, "tickets", address(request))
    may_report = await parts.limiter.may(*tickets)
    if message.text is not None:
        page = await parts.relay.take_text(conversation, message.id, clean(message.text), may_report=may_report)
    else:
        page = await parts.relay.take_choice(conversation, message.id, message.choice or "", may_report=may_report)
    if any(card["type"] == "ticket" for said in page.messages for card in said["cards"]):
        with suppress(TooManyRequests):  # the last ones, made at the same time: they are there
            await parts.limiter.hit(tickets)
    return JSONResponse(page.as_json())


router.include_router(messages_router)


@router.get("/conversations/{conversation_id}/messages", response_model=Turn, responses=REFUSALS)
async def read_messages(parts: Limited, conversation: Visitor, after: After = 0) -> JSONResponse:
    """Read the talk, at most 500 messages at a time."""
    return JSONResponse((await parts.relay.history(conversation, after)).as_json())


@router.get(
    "/conversations/{conversation_id}/events",
    response_class=EventSourceResponse,
    responses=REFUSALS
    | {
        200: {
            "description": "Events `message` (id: seq, data: Message), `status` (data: status, expects; with a person also waiting: {place} or who) and `typing`"
        }
    },
)
async def read_events(
    request: Request,
    parts: Limited,
    conversation: Visitor,
    after: After = 0,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> EventSourceResponse:
    """Follow the talk. Goes on after `Last-Event-ID`, or after `after`."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        after = min(int(last_event_id), HIGHEST_SEQ)
    holding = parts.limiter.stream(address(request))
    holding.__enter__()  # here, so that a refusal is a 429 and not an empty stream

    async def follow() -> AsyncIterator[dict[str, str]]:
        try:
            async for event in events_after(parts, conversation, after):
                yield event
        finally:
            holding.__exit__(None, None, None)

    return EventSourceResponse(follow(), ping=parts.settings.heartbeat_seconds, send_timeout=30)


async def events_after(parts: Parts, conversation: str, after: int) -> AsyncIterator[dict[str, str]]:
    """Yield what is stored after this seq, then what comes, until the conversation is gone."""
    state: dict[str, Any] | None = None
    with parts.events.listen(conversation) as news, parts.events.listen(typing_in(conversation)) as typing:
        while True:
            news.clear()  # before reading: what comes after the reading wakes again
            try:
                page = await parts.relay.history(conversation, after)
            except UnknownConversation:
                return
            for message in page.messages:
                after = message["seq"]
                yield {"event": "message", "id": str(after), "data": json.dumps(message, ensure_ascii=False)}
            if len(page.messages) == HISTORY_PAGE:
                continue
            data = {"status": page.status, "expects": page.expects} | await parts.relay.standing(page, conversation)
            if data != state:
                state = data
                yield {"event": "status", "data": json.dumps(data, ensure_ascii=False)}
            # Look again at each heartbeat, whatever became of the notice.
            await first_of(news, typing, seconds=parts.settings.heartbeat_seconds)
            if typing.is_set():
                typing.clear()
                if not news.is_set():  # what was being written is here
                    yield {"event": "typing", "data": "{}"}


async def first_of(*events: asyncio.Event, seconds: float) -> None:
    """Wait until one of them is set, at most this long."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
