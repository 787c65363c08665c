"""Who answers: the bot or a person. Stored first, delivered second."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from bot.conversations.not_understood import NotUnderstoodStore
from bot.conversations.store import Incoming, Outgoing, Page, Received, Store
from bot.errors import ConversationBusy, EngineUnavailable
from bot.tickets.words import WITH_BOT
from channels.cleaning import Cleaned
from channels.events import Events
from channels.fallen_back import guess_of
from channels.personal_numbers import ACCOUNT, CARD, LICENCE, PASSPORT, RESIDENT
from channels.rasa_client import RasaClient
from channels.rendering import render
from channels.waiting import BACK_TO_BOT, Waiting

logger = logging.getLogger(__name__)
T = TypeVar("T")

KIND_WORDS = {
    RESIDENT: "주민등록번호",
    CARD: "카드번호",
    ACCOUNT: "계좌번호",
    PASSPORT: "여권번호",
    LICENCE: "면허번호",
}
HIDDEN_NOTE = "{kinds}로 보이는 숫자는 가리고 저장했어요. 상담에는 필요하지 않으니 적지 않으셔도 돼요."
NO_ANSWER = (
    "지금은 답변을 드리기 어려워요. 남기신 말씀은 저장했어요. 잠시 뒤에 다시 물어보시거나 {centre}로 전화해 주세요."
)
# Time on top of Rasa's limit to store and deliver; after it another gateway may take the message over.
LEASE_MARGIN_SECONDS = 5.0
BUSY_POLL_SECONDS = 0.05


class Relay:
    """Takes messages of users, gets them answered, and hands out what is said in a conversation."""

    def __init__(
        self,
        store: Store,
        rasa: RasaClient,
        events: Events,
        *,
        centre: str,
        rasa_timeout: float,
        threads: int = 1,
        waiting: Waiting | None = None,
        not_understood: NotUnderstoodStore | None = None,
    ) -> None:
        self._store = store
        self._rasa = rasa
        self._events = events
        self._waiting = waiting
        self._not_understood = not_understood
        self._no_answer = NO_ANSWER.format(centre=centre)
        self._lease = timedelta(seconds=rasa_timeout + LEASE_MARGIN_SECONDS)
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}
        # SQLite has one writer: more threads would only wait for each other.
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="store")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def in_store(self, function: Callable[..., T], *args: Any) -> T:
        """Return what a method of the store returns, without holding up the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def open(self, channel: str, *, with_token: bool = True) -> tuple[str, str | None]:
        """Make a conversation. Returns its id and token."""
        return await self.in_store(lambda: self._store.create(channel, with_token=with_token))

    async def check(self, conversation_id: str, token: str) -> None:
        """Return if the token opens the conversation. Raises UnknownConversation."""
        await self.in_store(self._store.check, conversation_id, token)

    async def history(self, conversation_id: str, after: int = 0) -> Page:
        """Return the messages after this seq. Raises UnknownConversation."""
        return await self.in_store(lambda: self._store.history(conversation_id, after=after))

    async def standing(self, page: Page, conversation_id: str) -> dict[str, Any]:
        """Return where a user who is not with the bot stands: `waiting: {place}`, or `who` answers."""
        if self._waiting is None or page.status not in ("waiting", "human"):
            return {}
        return await self.in_store(self._waiting.standing, conversation_id)

    async def take_text(
        self, conversation_id: str, client_id: str, cleaned: Cleaned, *, may_report: bool = True
    ) -> Page:
        """Take a cleaned text and return the turn. Raises what the store's `receive` raises.

        `may_report`: whoever writes has not used up the limit of tickets.
        """
        notes = (hidden_note(cleaned.hidden),) if cleaned.hidden else ()
        incoming = Incoming(client_id, cleaned.text, cleaned.for_engine, notes=notes)
        return await self._take(conversation_id, incoming, may_report)

    async def take_choice(self, conversation_id: str, client_id: str, choice: str, *, may_report: bool = True) -> Page:
        """Take a choice that was offered and return the turn. Raises what the store's `receive` raises."""
        return await self._take(conversation_id, Incoming(client_id, choice=choice), may_report)

    async def say(self, conversation_id: str, outgoing: Sequence[Outgoing], *, status: str | None = None) -> Page:
        """Say something that answers no message (staff, system), and set who has the conversation. Raises UnknownConversation."""
        page = await self.in_store(lambda: self._store.append(conversation_id, outgoing, status=status))
        await self._events.notify(conversation_id)
        return page

    async def _take(self, conversation_id: str, incoming: Incoming, may_report: bool) -> Page:
        async with self._one_at_a_time(conversation_id):
            while True:
                received = await self._receive(conversation_id, incoming)
                if isinstance(received, Page):
                    return received
                await self._events.notify(conversation_id)
                page = await self._answer(conversation_id, incoming.client_id, received, may_report)
                if page is not None:
                    await self._events.notify(conversation_id)
                    return page
                # Another gateway took the message over meanwhile: what it stored is the answer.

    async def _receive(self, conversation_id: str, incoming: Incoming) -> Received | Page:
        while True:
            try:
                return await self.in_store(lambda: self._store.receive(conversation_id, incoming, wait=self._lease))
            except ConversationBusy:
                # In this process turns queue at the lock, so another gateway is at it. Its lease ends by itself.
                await asyncio.sleep(BUSY_POLL_SECONDS)

    async def _answer(self, conversation_id: str, client_id: str, received: Received, may_report: bool) -> Page | None:
        if received.status != "bot":
            return await self._to_person(conversation_id, client_id, received)
        if received.for_engine == BACK_TO_BOT:  # the button of a wait that is over
            return await self.in_store(self._store.answer, conversation_id, received, [Outgoing("bot", WITH_BOT)])
        metadata = {"client_id": client_id, "seq": received.seq, "resumed": received.resumed}
        metadata |= {"may_report": may_report}
        guess = None
        try:
            said = await self._rasa.ask(conversation_id, received.for_engine, metadata)
            answers, guess = render(said), guess_of(said)
            if not answers:
                logger.warning("conversation %s: Rasa answered with nothing", conversation_id)
        except EngineUnavailable as error:
            logger.warning("conversation %s: no answer from Rasa: %s", conversation_id, error)
            answers = []
        answers = answers or [Outgoing("bot", self._no_answer)]
        page = await self.in_store(self._store.answer, conversation_id, received, answers)
        # A choice comes as a command: what it means was understood when it was offered.
        if guess is not None and self._not_understood is not None and not received.for_engine.startswith("/"):
            keep = self._not_understood.keep
            await self.in_store(keep, conversation_id, received.seq, received.for_engine, guess)
        return page

    async def _to_person(self, conversation_id: str, client_id: str, received: Received) -> Page:
        """Leave the message to a person: the bot is silent. A user who waits may go back to the bot by a button."""
        if self._waiting is not None:
            await self.in_store(self._waiting.take, conversation_id, received.seq, received.for_engine)
        page = await self.in_store(lambda: self._store.history(conversation_id, after=received.seq - 1))
        return Page([message for message in page.messages if message["from"] != "staff"], None, page.status)

    @asynccontextmanager
    async def _one_at_a_time(self, conversation_id: str) -> AsyncIterator[None]:
        lock, users = self._turns.get(conversation_id, (asyncio.Lock(), 0))
        self._turns[conversation_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._turns[conversation_id]
            if users == 1:
                del self._turns[conversation_id]
            else:
                self._turns[conversation_id] = (lock, users - 1)


def hidden_note(kinds: Sequence[str]) -> str:
    """Return what the user is told about numbers that were hidden."""
    return HIDDEN_NOTE.format(kinds=", ".join(KIND_WORDS[kind] for kind in kinds))
