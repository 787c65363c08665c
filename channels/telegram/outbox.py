"""Brings what is stored to the chats: in order, each piece once, at Telegram's pace, on and on until it is there.

The store is the outbox: a chat only remembers how far it is. When a connection breaks after a message went out and before Telegram's
answer, nobody can know whether it arrived; it goes out again, because a receipt number lost is worse than one seen twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, LinkPreviewOptions, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.errors import UnknownConversation
from channels.relay import Relay
from channels.telegram import words
from channels.telegram.pace import Pace
from channels.telegram.showing import Known, Piece, bundles, pieces
from channels.telegram.store import ChatState, TelegramStore

LOOK_SECONDS = 0.2
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
AT_ONCE = 16  # calls under way at the same time
TYPING_SECONDS = 4.5  # Telegram shows the sign for five
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
# A chat that is gone for good, in Telegram's words.
GONE = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "user not found",
    "bot was blocked",
    "can't initiate",
)

logger = logging.getLogger(__name__)


class Outbox:
    """Sends what the conversations hold and the chats have not got yet."""

    def __init__(
        self,
        bot: Bot,
        relay: Relay,
        store: TelegramStore,
        *,
        known: Known,
        pace: Pace,
        on_trouble: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._relay = relay
        self._store = store
        self._known = known
        self._pace = pace
        self.on_trouble = on_trouble  # (conversation, what happened): the desk sees it
        self._busy: dict[bytes, asyncio.Task[None]] = {}
        self._typing: dict[bytes, float] = {}
        self._news = asyncio.Event()
        self._under_way = asyncio.Semaphore(AT_ONCE)
        self._closing = False

    def wake(self) -> None:
        """Look now; something was stored."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._news.clear()
            try:
                for chat in await self._relay.in_store(self._store.with_news):
                    if chat.staff_typing:
                        await self._show_typing(chat)
                    if chat.key not in self._busy:
                        self._busy[chat.key] = asyncio.create_task(self._deliver(chat))
            except SQLAlchemyError as error:
                logger.warning("outbox: the database cannot be read: %s", type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)

    async def close(self, seconds: float = 5.0) -> None:
        """Let the calls under way end, so that none is repeated after the restart."""
        tasks = list(self._busy.values())
        self._closing = True
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()

    async def _deliver(self, chat: ChatState) -> None:
        try:
            if chat.moved_away and await self._send(chat, Piece(words.MOVED_AWAY, markup=ReplyKeyboardRemove())):
                await self._relay.in_store(self._store.told_of_move, chat.key)
            if chat.conversation_id is not None:
                await self._deliver_talk(chat, chat.conversation_id)
        except UnknownConversation:
            return  # deleted meanwhile
        except SQLAlchemyError as error:
            logger.warning("outbox: %s", type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._busy.pop(chat.key, None)

    async def _deliver_talk(self, chat: ChatState, conversation: str) -> None:
        after, sent_already, keyboard = chat.delivered_seq, chat.parts_sent, chat.keyboard
        page = await self._relay.history(conversation, after)
        newest = next((m["seq"] for m in reversed(page.messages) if m["from"] == "bot"), 0)
        # What was begun goes on as it was, without what came after it meanwhile.
        begun = list(bundles([m for m in page.messages if m["seq"] <= chat.bundle_end]))[-1:]
        waiting = [*begun, *bundles([m for m in page.messages if m["seq"] > chat.bundle_end])]
        for bundle in waiting:
            end = bundle[-1]["seq"]
            asked = page.expects if any(m["seq"] == newest for m in bundle) else None
            # A word in between (no files, please) leaves the keyboard of a question that is still open.
            in_between = asked is None and (page.expects or {}).get("input") == "tel"
            made = pieces(bundle, expects=asked, keyboard_open=keyboard and not in_between, known=self._known)
            for number, piece in enumerate(made, start=1):
                if bundle in begun and number <= sent_already:
                    continue
                if self._closing or not await self._send(chat, piece):
                    return
                keyboard = _keyboard_after(piece, keyboard)
                whole = number == len(made)
                # Until all pieces are there the keyboard counts as before: after a restart the pieces must be the same.
                await self._note(chat, end, number, whole=whole, keyboard=keyboard if whole else None)
            if (not made and bundle is waiting[-1]) or (made and bundle in begun and sent_already >= len(made)):
                await self._note(chat, end, 0, whole=True, keyboard=None)

    async def _note(self, chat: ChatState, end: int, parts: int, *, whole: bool, keyboard: bool | None) -> None:
        def note() -> None:
            self._store.sent(chat.key, bundle_end=end, parts=parts, whole=whole, keyboard=keyboard)

        pause = LOOK_SECONDS
        while True:
            try:
                return await self._relay.in_store(note)
            except SQLAlchemyError as error:
                # It is there; forgetting it would send it again.
                logger.warning("outbox: a delivery could not be noted: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _send(self, chat: ChatState, piece: Piece) -> bool:
        """Send one piece, however often that takes. Returns False when the chat can get nothing any more."""
        pause = FIRST_PAUSE
        plain = False
        while not self._closing:
            await self._pace.wait(chat.key)
            try:
                async with self._under_way:
                    await self._bot.send_message(
                        chat.id,
                        piece.text,
                        entities=None if plain else piece.entities or None,
                        reply_markup=None if plain else piece.markup,
                        link_preview_options=NO_PREVIEW,
                    )
            except RetryAfter as error:
                self._pace.hold(chat.key, seconds_of(error))
            except Forbidden:
                await self._end(chat)
                return False
            except BadRequest as error:
                if any(words_ in error.message.lower() for words_ in GONE):
                    await self._end(chat)
                    return False
                if plain:
                    await self._give_up(chat)
                    return True  # the next ones may go through
                # Something in its dress is wrong; the words alone must arrive.
                logger.warning("outbox: Telegram refused a message, sending the bare text")
                plain = True
            except InvalidToken:
                await asyncio.sleep(LONGEST_PAUSE)
            except NetworkError:
                self._pace.hold(chat.key, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            except TelegramError as error:
                logger.warning("outbox: %s", type(error).__name__)
                self._pace.hold(chat.key, pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._pace.sent(chat.key)
                return True
        return False

    async def _end(self, chat: ChatState) -> None:
        conversation = await self._relay.in_store(self._store.block, chat.key)
        if conversation is not None:
            logger.warning("conversation %s: the Telegram chat takes no more messages", conversation)
            await self.on_trouble(conversation, "delivery_stopped")

    async def _give_up(self, chat: ChatState) -> None:
        self._pace.sent(chat.key)
        await self._relay.in_store(self._store.failed, chat.key)
        if chat.conversation_id is not None:
            logger.error("conversation %s: Telegram refused a message for good", chat.conversation_id)
            await self.on_trouble(chat.conversation_id, "delivery_failed")

    async def _show_typing(self, chat: ChatState) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._typing.get(chat.key, 0.0) >= TYPING_SECONDS:
            self._typing = {key: at for key, at in self._typing.items() if now - at < TYPING_SECONDS}
            self._typing[chat.key] = now
            asyncio.get_running_loop().create_task(self.sign(chat.id))  # noqa: RUF006

    async def sign(self, chat_id: int) -> None:
        """Show that an answer is being written, if that is possible."""
        with suppress(TelegramError):
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING)


def _keyboard_after(piece: Piece, before: bool) -> bool:
    if isinstance(piece.markup, ReplyKeyboardMarkup):
        return True
    return False if isinstance(piece.markup, ReplyKeyboardRemove) else before


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks us to wait."""
    wait: Any = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
