"""Gets updates from Telegram: asks for them (polling), or is called (webhook). Neither loses one, and no trouble ends it."""

import asyncio
import hmac
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, Update
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.settings import Settings
from channels.telegram import words
from channels.telegram.hearing import ALLOWED_UPDATES, Heard, Kind, hear
from channels.telegram.outbox import seconds_of

POLL_SECONDS = 25
BATCH = 100
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
SAY_AGAIN_SECONDS = 300.0
CHECK_WEBHOOK_SECONDS = 60.0
WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
LARGEST_UPDATE = 1024 * 1024
CONNECTIONS = 1  # several at once could overtake each other

T = TypeVar("T")
Take = Callable[[Sequence[Heard]], Awaitable[None]]

logger = logging.getLogger(__name__)


class Troubles:
    """Says clearly, and not every second, what is in the way; and how long to wait before trying again."""

    def __init__(self) -> None:
        self._said: tuple[str, float] = ("", 0.0)
        self._pause = FIRST_PAUSE

    def over(self) -> None:
        """Note that all is well again."""
        if self._said[0]:
            logger.info("Telegram works again.")
        self._said, self._pause = ("", 0.0), FIRST_PAUSE

    def wait(self, error: Exception) -> float:
        """Note a trouble. Returns the seconds to wait."""
        text = explain(error)
        if text != self._said[0] or time.monotonic() - self._said[1] > SAY_AGAIN_SECONDS:
            logger.error("%s Everything else keeps running; trying again.", text)
            self._said = (text, time.monotonic())
        if isinstance(error, RetryAfter):
            return seconds_of(error)
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause


def explain(error: Exception) -> str:
    """Return what is wrong and what to do, without a word of the error's own text: that may hold the token."""
    if isinstance(error, InvalidToken):
        return "Telegram does not know this token: check ULTARI_TELEGRAM_TOKEN (@BotFather shows it)."
    if isinstance(error, Conflict):
        return "Another program fetches this bot's updates: stop it, or give each its own token."
    if isinstance(error, RetryAfter):
        return "Telegram asks to wait."
    if isinstance(error, NetworkError):
        return "Telegram cannot be reached: check the network of this machine."
    if isinstance(error, SQLAlchemyError):
        return "Updates cannot be stored: the database does not answer."
    return f"Telegram refused ({type(error).__name__})."


async def insist(call: Callable[[], Awaitable[T]], troubles: Troubles) -> T:
    """Return what the call returns, however often it has to be tried."""
    while True:
        try:
            result = await call()
        except TelegramError as error:
            await asyncio.sleep(troubles.wait(error))
        else:
            troubles.over()
            return result


async def introduce(bot: Bot, troubles: Troubles) -> None:
    """Sign in, and show the menu of commands."""
    await insist(bot.initialize, troubles)
    commands = [BotCommand(command.name, command.description) for command in words.COMMANDS]
    await insist(lambda: bot.set_my_commands(commands, BotCommandScopeAllPrivateChats()), troubles)
    await insist(lambda: bot.set_my_description(words.DESCRIPTION), troubles)
    logger.info("Telegram: @%s is ready", bot.username)


async def poll(bot: Bot, take: Take, *, seconds: int = POLL_SECONDS) -> None:
    """Ask for updates until cancelled. The next question acknowledges what was stored before."""
    troubles = Troubles()
    await introduce(bot, troubles)
    await insist(lambda: bot.delete_webhook(drop_pending_updates=False), troubles)
    offset: int | None = None
    while True:
        try:
            heard = await _fetch(bot, offset, seconds)
            await take(heard)
        except (TelegramError, SQLAlchemyError) as error:
            await asyncio.sleep(troubles.wait(error))
            continue
        troubles.over()
        if heard:
            offset = heard[-1].update_id + 1


async def _fetch(bot: Bot, offset: int | None, seconds: int) -> list[Heard]:
    asked = {"offset": offset, "limit": BATCH, "timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
    try:
        updates = await bot.get_updates(**asked)  # type: ignore[arg-type]
    except TelegramError:
        raise
    except Exception as error:
        # One update has a form the library cannot read; taken one by one the others still can.
        logger.warning("Telegram: a batch cannot be read: %s", type(error).__name__)
        raw = await bot.do_api_request("getUpdates", {k: v for k, v in asked.items() if v is not None}, read_timeout=60)
        return [read(update, bot) for update in raw]
    return [understand(update) for update in updates]


def read(raw: dict[str, object], bot: Bot) -> Heard:
    """Return what raw JSON of one update means; nothing, when it cannot be read."""
    try:
        return understand(Update.de_json(raw, bot))
    except Exception as error:
        logger.warning("Telegram: update %s cannot be read: %s", raw.get("update_id"), type(error).__name__)
        number = raw.get("update_id")
        return Heard(number if isinstance(number, int) else 0, Kind.NOTHING)


def understand(update: Update) -> Heard:
    """Return what an update means; nothing, when it is of an unforeseen form."""
    try:
        return hear(update)
    except Exception as error:
        logger.warning("Telegram: update %d is not understood: %s", update.update_id, type(error).__name__)
        return Heard(update.update_id, Kind.NOTHING)


class Webhook:
    """A small web application of its own port, which Telegram calls through the reverse proxy."""

    def __init__(self, bot: Bot, take: Take, settings: Settings) -> None:
        self._bot = bot
        self._take = take
        self._url = settings.telegram_webhook_url.rstrip("/") + WEBHOOK_PATH
        self._secret = secrets.token_urlsafe(48)  # new with each start; Telegram is told
        self.app = Starlette(routes=[Route(WEBHOOK_PATH, self.receive, methods=["POST"])])
        config = uvicorn.Config(
            self.app,
            host=settings.telegram_host,
            port=settings.telegram_port,
            access_log=False,
            server_header=False,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self._server = _Server(config)

    async def receive(self, request: Request) -> Response:
        """Take one update. Only after it is stored Telegram hears 200."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_UPDATE:
                return Response(status_code=413)
        try:
            raw = json.loads(body)
        except ValueError:
            return Response(status_code=400)
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            return Response(status_code=400)
        try:
            await self._take([read(raw, self._bot)])
        except SQLAlchemyError as error:
            logger.error("%s Telegram will send it again.", explain(error))
            return Response(status_code=503)
        return Response()

    async def run(self) -> None:
        """Serve until cancelled, and see to it that Telegram calls here."""
        troubles = Troubles()
        async with self._serving():
            await introduce(self._bot, troubles)
            await insist(self._register, troubles)
            logger.info("Telegram calls %s", self._url)
            while True:
                await asyncio.sleep(CHECK_WEBHOOK_SECONDS)
                info = await insist(self._bot.get_webhook_info, troubles)
                if info.url != self._url:
                    logger.error("Another program has changed where Telegram calls this bot. Setting it back.")
                    await insist(self._register, troubles)
                elif info.last_error_date and info.last_error_date.timestamp() > time.time() - CHECK_WEBHOOK_SECONDS:
                    logger.warning("Telegram cannot call %s; %d updates wait.", self._url, info.pending_update_count)

    async def _register(self) -> bool:
        return await self._bot.set_webhook(
            self._url, allowed_updates=ALLOWED_UPDATES, secret_token=self._secret, max_connections=CONNECTIONS
        )

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._server.serve())
        try:
            yield
        finally:
            self._server.should_exit = True
            await asyncio.gather(task, return_exceptions=True)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
