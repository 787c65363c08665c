"""Puts the parts of the Telegram channel together and runs them."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.conversations.not_understood import NotUnderstoodStore
from bot.conversations.store import Store
from bot.errors import ChangeRefused, UnknownTicket
from bot.knowledge import Knowledge, load_default
from bot.migrations import upgrade
from bot.settings import Settings
from bot.tickets.store import TicketStore
from bot.tickets.workflow import SYSTEM, Actor
from bot.tickets.working_hours import working_hours_of
from channels.events import make_events
from channels.rasa_client import RasaClient
from channels.relay import Relay
from channels.telegram.alone import alone
from channels.telegram.identity import load_chat_keys
from channels.telegram.moves import Moves
from channels.telegram.outbox import Outbox
from channels.telegram.pace import Pace
from channels.telegram.receiving import Webhook, poll
from channels.telegram.showing import Known
from channels.telegram.store import TelegramStore
from channels.telegram.turns import Place, Turns
from channels.waiting import Waiting

CENTRE = "consultation_center"
CONNECTIONS = 32
READ_SECONDS = 15.0
LOCK_SECONDS = 2.0
RETENTION_HOURS = 6
CHANNEL = Actor(SYSTEM, "telegram")

logger = logging.getLogger(__name__)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the Telegram channel until `stop` is set."""
    use_keyring(load_keyring(settings))
    engine = make_engine(settings)
    try:
        if await _get_ready(engine, stop):
            await _run_alone(settings, engine, stop)
    finally:
        engine.dispose()


async def _get_ready(engine: Engine, stop: asyncio.Event) -> bool:
    """Bring the database to the newest form, as soon as it answers."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(upgrade, engine)
            return True
        except SQLAlchemyError as error:
            logger.error("The database does not answer (%s); trying again.", type(error).__name__)
            await _wait(stop, LOCK_SECONDS)
    return False


async def _run_alone(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    told = False
    while not stop.is_set():
        with alone(engine, settings.var_dir) as got:
            if got:
                await _serve(settings, engine, stop)
                return
        if not told:
            logger.error("Another Telegram process of this installation is running; waiting until it ends.")
            told = True
        await _wait(stop, LOCK_SECONDS)


async def _serve(settings: Settings, engine: Engine, stop: asyncio.Event) -> None:
    knowledge = load_default()
    centre = knowledge.agency(CENTRE)
    centre_words = f"{centre.name}({centre.phone})"
    lifetime = timedelta(days=settings.conversation_days)
    talks = Store(engine, lifetime=lifetime)
    hours = working_hours_of(centre)
    tickets = TicketStore(engine, talks, hours)
    store = TelegramStore(engine, talks, load_chat_keys(settings))
    rasa = RasaClient(settings)
    events = make_events(settings.redis_url.get_secret_value())
    relay = Relay(
        talks,
        rasa,
        events,
        centre=centre_words,
        rasa_timeout=settings.rasa_timeout,
        threads=1 if engine.dialect.name == "sqlite" else 4,
        waiting=Waiting(tickets, hours, events, settings),  # the gateway watches; here it only takes messages
        not_understood=NotUnderstoodStore(engine),
    )
    bot = make_bot(settings)
    pace = Pace(chat_seconds=settings.telegram_chat_seconds, all_per_second=settings.telegram_per_second)

    async def on_trouble(conversation: str, change: str) -> None:
        await relay.in_store(note_trouble, tickets, conversation, change)
        await events.notify(conversation)

    outbox = Outbox(bot, relay, store, known=known_of(knowledge, settings), pace=pace, on_trouble=on_trouble)
    public = settings.public_url.rstrip("/")
    place = Place(
        centre_words, f"{public}/privacy" if public else "", f"{public}/" if public else "", settings.retention_days
    )
    moves = Moves(engine, talks, store, lifetime=lifetime)
    turns = Turns(bot, relay, store, moves, outbox, pace, place, settings)
    await events.start()
    await relay.in_store(store.free_turns)
    turns.begin(await relay.in_store(store.waiting))
    receiving = Webhook(bot, turns.take, settings).run() if settings.telegram_webhook_url else poll(bot, turns.take)
    jobs = [asyncio.create_task(job) for job in (receiving, outbox.run(), _keep_retention(relay, store, settings))]
    stopping = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([*jobs, stopping], return_when=asyncio.FIRST_COMPLETED)
        for ended in done - {stopping}:
            ended.result()  # an unforeseen error ends the process; the launcher starts it again
    finally:
        for job in [*jobs, stopping]:
            job.cancel()
        await asyncio.gather(*jobs, stopping, return_exceptions=True)
        await turns.close()
        await outbox.close()
        relay.close()
        await events.close()
        await rasa.close()
        await bot.shutdown()


def make_bot(settings: Settings) -> Bot:
    """Return the client of the Bot API."""
    return Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url.rstrip('/')}/bot",
        request=HTTPXRequest(CONNECTIONS, read_timeout=READ_SECONDS, pool_timeout=READ_SECONDS),
        get_updates_request=HTTPXRequest(1, read_timeout=READ_SECONDS, pool_timeout=READ_SECONDS),
    )


def known_of(knowledge: Knowledge, settings: Settings) -> Known:
    """Return what the conversations may name."""
    phones = [agency.phone for agency in knowledge.agencies if agency.phone]
    for program in knowledge.programs:
        phones += [contact.phone for contact in program.contacts]
        phones += program.department.phones
    return Known(
        programs={program.number: program.name for program in knowledge.programs},
        phones=frozenset(phone.partition("~")[0] for phone in phones if phone),  # 02-123-4567~69: its first number
        own_address="" if settings.public_url else settings.base_url,
    )


def note_trouble(tickets: TicketStore, conversation: str, change: str) -> None:
    """Put into the trail of the conversation's open tickets that messages do not (or again do) arrive: the desk shows it."""
    for ticket in tickets.of_conversation(conversation, open_only=True):
        try:
            tickets.correct(ticket["id"], CHANNEL, change)
        except (UnknownTicket, ChangeRefused):
            continue


async def _keep_retention(relay: Relay, store: TelegramStore, settings: Settings) -> None:
    while True:
        try:
            gone = await relay.in_store(store.delete_old, timedelta(days=settings.retention_days))
            told: Sequence[str] = [f"{count} {kind}" for kind, count in gone.items() if count]
            if told:
                logger.info("retention: deleted %s", ", ".join(told))
        except SQLAlchemyError as error:
            logger.warning("retention: %s", type(error).__name__)
        await asyncio.sleep(RETENTION_HOURS * 3600)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
