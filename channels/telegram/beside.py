"""What the gateway does for the Telegram process beside it: shows typing of staff there, hears of it, and moves conversations."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.database import writing
from bot.conversations.store import Outgoing, Store, utc_now
from bot.settings import Settings
from channels.chat import REFUSALS, Visitor, address, parts_of
from channels.events import LocalEvents, typing_in
from channels.messages import ConversationOut
from channels.telegram import words
from channels.telegram.moves import MINUTES, Moves, chats, conversations

LOOK_SECONDS = 0.25
# Clocks of two machines are not quite the same.
LOOK_BACK = timedelta(seconds=2)
STAFF_TYPING = timedelta(seconds=6)
TRIES_ADDRESS, TRIES_TOTAL = "10/minute", "60/minute"

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/api", tags=["chat"])


class Beside:
    """Open while the gateway runs; without a token it does nothing."""

    def __init__(
        self,
        engine: Engine,
        talks: Store,
        events: LocalEvents,
        settings: Settings,
        in_store: Callable[..., Awaitable[list[tuple[str, int]]]],
    ) -> None:
        self._engine = engine
        self._events = events
        self._in_store = in_store
        self.is_on = bool(settings.telegram_token.get_secret_value())
        self.name = settings.telegram_name.lstrip("@")
        self.moves = Moves(engine, talks, None, lifetime=timedelta(days=settings.conversation_days))
        # Through Redis the Telegram process tells us itself.
        self._looks = self.is_on and not settings.redis_url.get_secret_value()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for what the Telegram process stores."""
        if self._looks:
            self._task = asyncio.create_task(self._look())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def typing(self, conversation_id: str) -> None:
        """Show in the user's window, wherever that is, that staff is writing."""
        await self._events.notify(typing_in(conversation_id))
        if self.is_on:
            await asyncio.to_thread(self._note_typing, conversation_id)

    def _note_typing(self, conversation_id: str) -> None:
        with writing(self._engine).begin() as connection:
            connection.execute(
                update(chats)
                .where(chats.c.conversation_id == conversation_id)
                .values(staff_typing_until=utc_now() + STAFF_TYPING)
            )

    async def _look(self) -> None:
        since, seen = utc_now(), dict[str, int]()
        while True:
            try:
                found = await self._in_store(self._changed_since, since - LOOK_BACK)
                since = utc_now()
                for conversation_id, seq in found:
                    if seen.get(conversation_id) != seq:
                        await self._events.notify(conversation_id)
                seen = dict(found)
            except SQLAlchemyError as error:
                logger.warning("talks on Telegram: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    def _changed_since(self, moment: datetime) -> list[tuple[str, int]]:
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(conversations.c.id, conversations.c.last_seq).where(
                    conversations.c.active_at > moment, conversations.c.channel == "telegram"
                )
            )
            return [(row.id, row.last_seq) for row in rows]


class MoveOut(BaseModel):
    code: str = Field(description="The user sends it to the bot on Telegram. Valid once.")
    link: str | None = Field(description="Opens the bot with the code, if the bot's name is set.")
    seconds: int


class MoveIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: Annotated[str, StringConstraints(min_length=1, max_length=32)]


def beside_of(request: Request) -> Beside:
    """Return what the gateway has open. Raises 404 while Telegram is off."""
    beside: Beside = request.app.state.beside
    if not beside.is_on:
        raise HTTPException(404)
    return beside


@router.post("/conversations/{conversation_id}/move", response_model=MoveOut, responses=REFUSALS)
async def move_to_telegram(request: Request, conversation: Visitor) -> JSONResponse:
    """Get a code that takes this conversation to Telegram. Its token ends when the code is used."""
    parts, beside = parts_of(request), beside_of(request)
    await parts.limiter.hit((TRIES_ADDRESS, "move codes", address(request)))
    code = await parts.relay.in_store(beside.moves.new_code, conversation, "telegram")
    link = f"https://t.me/{beside.name}?start={Moves.START}{code}" if beside.name else None
    return JSONResponse({"code": code, "link": link, "seconds": MINUTES * 60})


@router.post("/moves", response_model=ConversationOut, responses=REFUSALS)
async def move_to_web(request: Request, move: MoveIn) -> JSONResponse:
    """Use a code from Telegram: the conversation goes on here."""
    parts, beside = parts_of(request), beside_of(request)
    await parts.limiter.hit((TRIES_ADDRESS, "moves", address(request)), (TRIES_TOTAL, "moves", "all"))
    moved = await parts.relay.in_store(beside.moves.to_web, move.code, Outgoing("system", words.WENT_TO_WEB))
    if moved is None:
        raise HTTPException(404)
    return JSONResponse({"id": moved[0], "token": moved[1]})
