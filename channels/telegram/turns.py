"""Works through what came in: each chat in order, each update once, several chats at a time."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import RetryAfter, TelegramError

from bot.conversations.store import Outgoing
from bot.errors import ConversationClosed, TextRefused, TooManyRequests, UltariError, UnknownChoice, UnknownConversation
from bot.settings import Settings
from channels.cleaning import LONGEST_TEXT, Cleaned, clean
from channels.limiting import Limiter
from channels.relay import Relay
from channels.telegram import showing, words
from channels.telegram.hearing import Heard, Kind
from channels.telegram.moves import CODE, Moves
from channels.telegram.outbox import TYPING_SECONDS, Outbox, seconds_of
from channels.telegram.pace import Pace
from channels.telegram.showing import DONE, OWN, PLAIN, STEP, read_carried, shortened, step_mark
from channels.telegram.store import ChatState, TelegramStore

# A crowd: so many chats wait for an answer, or so many turns were taken in the last second.
CROWD, CROWD_A_SECOND = 4, 8
REST, LONGEST_REST = 3.0, 1.0  # times the length of the turn before it; seconds
TYPING_AFTER = 0.4  # an answer that comes at once needs no sign
DOUBLE_TAP_SECONDS = 2.0
EDIT_HINT_SECONDS = 60.0
TRIES = 3
RETRY_SECONDS = 1.0
MOST_REMEMBERED = 10_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """What the channel's own words name."""

    centre: str
    privacy_page: str  # empty: there is no public address
    portal: str
    days: int


class Turns:
    """Takes updates that are stored and sees each of them through."""

    def __init__(
        self,
        bot: Bot,
        relay: Relay,
        store: TelegramStore,
        moves: Moves,
        outbox: Outbox,
        pace: Pace,
        place: Place,
        settings: Settings,
    ) -> None:
        self._bot = bot
        self._relay = relay
        self._store = store
        self._moves = moves
        self._outbox = outbox
        self._pace = pace
        self._place = place
        self._queues: dict[int, deque[Heard]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._at_once = asyncio.Semaphore(settings.telegram_turns)
        self._settings = settings
        self._limiter = Limiter(settings)
        self._held: set[int] = set()  # chats that wait for their limit
        # After an outage many wait: one at a time then, with rests, so that the web's visitors find Rasa as free as before.
        self._in_a_crowd = asyncio.Lock()
        self._taken: deque[float] = deque(maxlen=CROWD_A_SECOND + 1)  # when the last turns ended
        self._taps: dict[int, tuple[int, str, int, float]] = {}
        self._edit_hints: dict[int, float] = {}
        self._albums: dict[int, str] = {}

    async def take(self, heard: Sequence[Heard]) -> None:
        """Store updates and begin with the new ones. When this returns they may be acknowledged."""
        silent = [each for each in heard if each.kind in (Kind.NOTHING, Kind.GROUP)]
        others = [each for each in heard if each.kind not in (Kind.NOTHING, Kind.GROUP)]
        # Of groups only the update's number is kept.
        new = await self._relay.in_store(lambda: self._store.keep(silent, handled=True)) if silent else []
        for each in new:
            if each.kind is Kind.GROUP:
                self._in_background(self._hint_group(each.chat))
        if others:
            self.begin(await self._relay.in_store(self._store.keep, others))

    def begin(self, heard: Sequence[Heard]) -> None:
        """Work through stored updates."""
        for each in heard:
            queue = self._queues.get(each.chat)
            if queue is None:
                self._queues[each.chat] = queue = deque()
                self._in_background(self._work(each.chat, queue))
            queue.append(each)

    async def close(self, seconds: float = 5.0) -> None:
        """Let turns under way end; what waits is stored."""
        for queue in self._queues.values():
            queue.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    @property
    def waiting(self) -> int:
        """Return how many updates are not handled yet."""
        return sum(len(queue) for queue in self._queues.values())

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, chat: int, queue: deque[Heard]) -> None:
        asked_for_patience = False
        try:
            while queue:
                heard = queue[0]
                while seconds := await self._seconds_to_wait(heard):
                    if not asked_for_patience:
                        await self._ask_for_patience(chat)
                        asked_for_patience = True
                    self._held.add(chat)
                    await asyncio.sleep(seconds)
                    self._held.discard(chat)
                if self._is_a_crowd():
                    async with self._in_a_crowd:
                        started = time.monotonic()
                        await self._see_through(heard)
                        # Most of the time Rasa is free for the visitors of the web.
                        await asyncio.sleep(min(REST * (time.monotonic() - started), LONGEST_REST))
                else:
                    async with self._at_once:
                        await self._see_through(heard)
                self._taken.append(time.monotonic())
                if queue and queue[0] is heard:
                    queue.popleft()
        finally:
            del self._queues[chat]

    def _is_a_crowd(self) -> bool:
        fast = len(self._taken) > CROWD_A_SECOND and time.monotonic() - self._taken[0] <= 1.0
        return fast or len(self._queues) - len(self._held) > CROWD

    async def _seconds_to_wait(self, heard: Heard) -> float:
        """Return how long an update waits because the chat, or all together, said too much; 0 when it may be handled."""
        if not heard.chat or heard.kind in (Kind.BLOCKED, Kind.UNBLOCKED):
            return 0.0
        settings, mark = self._settings, self._store.mark_of(heard.chat)
        try:
            await self._limiter.hit(
                (settings.limit_messages_visitor, "messages", mark), (settings.limit_messages_total, "messages", "all")
            )
        except TooManyRequests as error:
            return error.retry_after
        return 0.0

    async def _ask_for_patience(self, chat_id: int) -> None:
        with suppress(SQLAlchemyError, UltariError):
            talk = await self._talk(chat_id)
            await self._relay.say(
                talk.conversation, [Outgoing("system", words.PATIENCE.format(centre=self._place.centre))]
            )
            self._outbox.wake()

    async def _see_through(self, heard: Heard) -> None:
        tries = 0
        while True:
            try:
                await self._handle(heard)
                return
            except SQLAlchemyError as error:
                logger.warning("update %d: the database is away: %s", heard.update_id, type(error).__name__)
            except Exception as error:  # one bad update must not stop the chat
                tries += 1
                logger.error("update %d: %s", heard.update_id, type(error).__name__)
                if tries == TRIES:
                    with suppress(SQLAlchemyError, UltariError):
                        await self._say(heard, words.TROUBLE.format(centre=self._place.centre))
                    return
            await asyncio.sleep(RETRY_SECONDS)

    async def _handle(self, heard: Heard) -> None:
        match heard.kind:
            case Kind.TEXT:
                await self._handle_text(heard)
            case Kind.COMMAND:
                await self._handle_command(heard)
            case Kind.PRESS:
                await self._handle_press(heard)
            case Kind.CONTACT:
                await self._handle_contact(heard)
            case Kind.OTHERS_CONTACT:
                await self._say(heard, words.OTHERS_CONTACT)
            case Kind.FILE:
                await self._handle_file(heard)
            case Kind.EDITED:
                await self._handle_edited(heard)
            case Kind.BLOCKED:
                await self._note_delivery(await self._relay.in_store(self._store.left, heard.chat), "delivery_stopped")
                await self._finish(heard)
            case Kind.UNBLOCKED:
                await self._note_reachable(heard.chat)
                await self._finish(heard)
            case _:
                await self._finish(heard)

    # --- what people write

    async def _handle_text(self, heard: Heard) -> None:
        if (code := CODE.fullmatch(heard.text.strip())) is not None:
            await self._move_here(heard, code[0])
            return
        try:
            cleaned = clean(heard.text)
        except TextRefused as refused:
            text = words.EMPTY if refused.code == "text_empty" else words.TOO_LONG.format(longest=LONGEST_TEXT)
            await self._say(heard, text)
            return
        talk = await self._talk(heard.chat)
        choice = _choice_of(talk.expects, cleaned.text)
        if choice is not None:
            with suppress(UnknownChoice):
                await self._turn(heard, talk, choice=choice)
                return
        await self._turn(heard, talk, text=cleaned)

    async def _handle_contact(self, heard: Heard) -> None:
        talk = await self._talk(heard.chat)
        if (talk.expects or {}).get("input") != "tel":
            await self._say(heard, words.CONTACT_NOT_ASKED)
            return
        await self._turn(heard, talk, text=clean(heard.text))

    async def _handle_file(self, heard: Heard) -> None:
        if heard.album and self._albums.get(heard.chat) == heard.album:
            await self._finish(heard)  # said with the first picture
            return
        await self._say(heard, words.NO_FILES)
        if len(self._albums) > MOST_REMEMBERED:
            self._albums.clear()
        self._albums[heard.chat] = heard.album

    async def _handle_edited(self, heard: Heard) -> None:
        now = time.monotonic()
        if now - self._edit_hints.get(heard.chat, -EDIT_HINT_SECONDS) < EDIT_HINT_SECONDS:
            await self._finish(heard)
            return
        self._edit_hints = {chat: at for chat, at in self._edit_hints.items() if now - at < EDIT_HINT_SECONDS}
        self._edit_hints[heard.chat] = now
        await self._say(heard, words.EDITED)

    async def _handle_command(self, heard: Heard) -> None:
        name, argument = heard.command, heard.text
        if name == "start" and argument.startswith(Moves.START):
            await self._move_here(heard, argument.removeprefix(Moves.START))
            return
        if name == "start" and argument in words.BY_NAME:  # a deep link into a command
            name = argument
        command = words.BY_NAME.get(name)
        talk = await self._talk(heard.chat)
        if command is None:
            await self._say(heard, words.UNKNOWN_COMMAND)
        elif name == "help":
            await self._say(heard, self._help())
        elif name == "privacy":
            await self._say(heard, self._privacy())
        elif name == "start" and talk.status != "bot":
            await self._say(heard, words.IN_TALK)
        else:
            asked = command if command.payload else words.GREETING
            await self._turn(heard, talk, text=Cleaned(asked.title, asked.payload))

    def _help(self) -> str:
        lines = "\n".join(f"/{command.name} {command.description}" for command in words.COMMANDS)
        return words.HELP.format(commands=lines, centre=self._place.centre)

    def _privacy(self) -> str:
        page = words.PRIVACY_PAGE.format(url=self._place.privacy_page) if self._place.privacy_page else ""
        return words.PRIVACY.format(days=self._place.days) + page

    # --- what people press

    async def _handle_press(self, heard: Heard) -> None:
        kind, mark, choice = read_carried(heard.text)
        if not heard.chat:
            await self._answer_press(heard)
            await self._finish(heard)
        elif kind == OWN:
            await self._handle_own_press(heard)
        elif self._is_double_tap(heard):
            await self._answer_press(heard)
            await self._finish(heard)
        else:
            await self._press_choice(heard, kind, mark, choice)

    async def _press_choice(self, heard: Heard, kind: str, mark: str, choice: str) -> None:
        _, talk = await self._find_talk(heard.chat)
        title = None
        if talk is not None and kind in (PLAIN, STEP):
            title = await self._relay.in_store(self._store.title_of, talk.conversation, choice, f"tg-{heard.update_id}")
        # A press that was stored before a crash goes on, whatever the form has become since.
        resumed = title is not None and title.taken
        if talk is None or title is None or (kind == STEP and not resumed and mark != step_mark(talk.expects)):
            await self._expired(heard)
            return
        self._in_background(self._answer_press(heard, "" if kind == STEP else title.text))
        if kind == STEP:
            self._in_background(self._show_choice(heard, title.text))
        try:
            await self._turn(heard, talk, choice=choice)
        except UnknownChoice:
            await self._expired(heard)

    async def _expired(self, heard: Heard) -> None:
        await self._answer_press(heard, words.EXPIRED)
        await self._finish(heard)

    async def _handle_own_press(self, heard: Heard) -> None:
        if heard.text == DONE:
            await self._answer_press(heard, words.CHOSEN_ALREADY)
            await self._finish(heard)
            return
        if heard.text != showing.TO_WEB:
            await self._expired(heard)
            return
        self._in_background(self._answer_press(heard))
        talk = await self._talk(heard.chat)
        code = await self._relay.in_store(self._moves.new_code, talk.conversation, "web")
        if self._place.portal:
            text = words.TO_WEB_LINK.format(url=f"{self._place.portal}{Moves.FRAGMENT}{code}")
        else:
            text = words.TO_WEB_CODE.format(code=code)
        await self._say(heard, text)

    def _is_double_tap(self, heard: Heard) -> bool:
        now = time.monotonic()
        message, text, update_id, at = self._taps.get(heard.chat, (0, "", 0, 0.0))
        if update_id == heard.update_id:
            return False  # the same press, tried again
        self._taps[heard.chat] = (heard.message, heard.text, heard.update_id, now)
        if len(self._taps) > MOST_REMEMBERED:
            self._taps = {chat: tap for chat, tap in self._taps.items() if now - tap[3] < DOUBLE_TAP_SECONDS}
        return (message, text) == (heard.message, heard.text) and now - at < DOUBLE_TAP_SECONDS

    async def _answer_press(self, heard: Heard, text: str = "") -> None:
        for _ in range(TRIES):
            try:
                await self._bot.answer_callback_query(
                    heard.query, text=text[:200] or None, show_alert=text == words.EXPIRED
                )
                return
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error))
            except TelegramError as error:  # too old after an outage, or the network: the press itself goes on
                logger.info("update %d: its button could not be answered: %s", heard.update_id, type(error).__name__)
                return

    async def _show_choice(self, heard: Heard, title: str) -> None:
        """Put what was chosen in the place of a question's buttons."""
        chosen = InlineKeyboardButton(words.CHOSEN.format(title=shortened(title)), callback_data=DONE)
        with suppress(TelegramError):
            await self._pace.wait_all()
            await self._bot.edit_message_reply_markup(
                heard.chat, heard.message, reply_markup=InlineKeyboardMarkup([[chosen]])
            )

    # --- moving between channels

    async def _move_here(self, heard: Heard, code: str) -> None:
        result = await self._relay.in_store(
            lambda: self._moves.to_telegram(code, heard.chat, heard.update_id, Outgoing("system", words.CAME_HERE))
        )
        if result is None:
            self._outbox.wake()
            return
        await self._say(heard, result)

    # --- what all of them do

    async def _turn(self, heard: Heard, talk: "Talk", *, text: Cleaned | None = None, choice: str = "") -> None:
        number = f"tg-{heard.update_id}"
        async with self._typing(heard.chat):
            for attempt in (1, 2):
                try:
                    if text is not None:
                        await self._relay.take_text(talk.conversation, number, text)
                    else:
                        await self._relay.take_choice(talk.conversation, number, choice)
                    break
                except (UnknownConversation, ConversationClosed):
                    if attempt == 2 or text is None:
                        raise UnknownChoice from None
                    talk = await self._new_talk(heard.chat)
        self._outbox.wake()
        await self._finish(heard)

    async def _say(self, heard: Heard, text: str) -> None:
        talk = await self._talk(heard.chat)
        said = [Outgoing("system", text)]
        await self._relay.in_store(lambda: self._store.say(talk.conversation, said, update_id=heard.update_id))
        self._outbox.wake()

    async def _finish(self, heard: Heard) -> None:
        await self._relay.in_store(self._store.finish, heard.update_id)

    async def _talk(self, chat_id: int) -> "Talk":
        """Return the conversation of a chat, a new one if there is none; whoever writes can be reached."""
        chat, talk = await self._find_talk(chat_id)
        if chat is not None and chat.blocked:
            await self._note_reachable(chat_id)
        return talk or await self._new_talk(chat_id)

    async def _find_talk(self, chat_id: int) -> "tuple[ChatState | None, Talk | None]":
        chat, state = await self._relay.in_store(self._store.find_talk, chat_id)
        if chat is None or chat.conversation_id is None or state is None:
            return chat, None
        return chat, Talk(chat.conversation_id, *state)

    async def _new_talk(self, chat_id: int) -> "Talk":
        conversation, _ = await self._relay.open("telegram", with_token=False)
        await self._relay.in_store(self._store.attach, chat_id, conversation)
        return Talk(conversation, "bot", None)

    async def _note_reachable(self, chat_id: int) -> None:
        await self._note_delivery(await self._relay.in_store(self._store.came_back, chat_id), "delivery_resumed")
        self._outbox.wake()

    async def _note_delivery(self, conversation: str | None, change: str) -> None:
        if conversation is not None:
            await self._outbox.on_trouble(conversation, change)

    async def _hint_group(self, group: int) -> None:
        with suppress(TelegramError, SQLAlchemyError):
            if await self._relay.in_store(self._store.is_new_group, group):
                await self._pace.wait_all()
                await self._bot.send_message(group, words.GROUP)

    @asynccontextmanager
    async def _typing(self, chat_id: int) -> AsyncIterator[None]:
        async def show() -> None:
            await asyncio.sleep(TYPING_AFTER)
            while True:
                await self._outbox.sign(chat_id)
                await asyncio.sleep(TYPING_SECONDS)

        task = asyncio.create_task(show())
        try:
            yield
        finally:
            task.cancel()


@dataclass(frozen=True, slots=True)
class Talk:
    """A chat's conversation: who has it, and what the bot asks in it."""

    conversation: str
    status: str
    expects: dict[str, Any] | None


def _choice_of(expects: dict[str, Any] | None, text: str) -> str | None:
    """Return the choice whose title was sent from the keyboard below a question, if any."""
    if not expects or expects.get("input") != "tel":
        return None
    return next((c["choice"] for c in expects.get("choices", []) if shortened(c["title"]) == text), None)
