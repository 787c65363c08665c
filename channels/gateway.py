"""The application that faces people: chat API, programs, widget. `python -m channels.gateway` runs it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.cors import CORSMiddleware

from bot.conversations.database import make_engine
from bot.conversations.encryption import load_keyring, use_keyring
from bot.conversations.not_understood import NotUnderstoodStore
from bot.conversations.retention import delete_expired
from bot.conversations.store import Store
from bot.conversations.talk_cache import forget_old_talks
from bot.knowledge import load_default
from bot.migrations import upgrade
from bot.settings import Settings, get_settings
from bot.tickets.forgetting import forget_person
from bot.tickets.notices import Notices
from bot.tickets.store import TicketStore
from bot.tickets.working_hours import working_hours_of
from channels import chat, programs
from channels.cleaning import clean
from channels.edge import Edge
from channels.events import make_events
from channels.limiting import Limiter, address_of
from channels.rasa_client import RasaClient
from channels.refusals import add_refusals, report
from channels.relay import Relay
from channels.telegram import beside
from channels.waiting import Waiting
from channels.web import pages, recommendations
from channels.web import tickets as tickets_api
from desk.app import close_desk, create_desk, delete_old, open_desk
from desk.parts import Around

RETENTION_HOURS = 6
CENTRE = "consultation_center"
NO_TELEMETRY = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """Return the application. Nothing is opened or read before it starts."""
    app = FastAPI(
        title="기술보호 상담봇",
        version="1",
        lifespan=_lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        telemetry=NO_TELEMETRY,  # type: ignore[arg-type]
    )
    app.state.settings = settings
    add_refusals(app)
    app.include_router(chat.router)
    app.include_router(programs.router)
    app.include_router(pages.router)
    app.include_router(recommendations.router)
    app.include_router(tickets_api.router)
    app.include_router(beside.router)
    app.add_api_route("/healthz", _alive, include_in_schema=False)
    app.add_api_route("/readyz", _ready, include_in_schema=False)
    app.state.desk = create_desk()
    app.mount("/desk", app.state.desk)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    app.add_middleware(Edge, https=settings.mode == "production")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    use_keyring(load_keyring(settings))
    engine = make_engine(settings)
    await asyncio.to_thread(upgrade, engine)
    centre = load_default().agency(CENTRE)
    store = Store(engine, lifetime=timedelta(days=settings.conversation_days))
    rasa = RasaClient(settings)
    events = make_events(settings.redis_url.get_secret_value())
    hours = working_hours_of(centre)
    tickets = TicketStore(engine, store, hours)
    waiting = Waiting(tickets, hours, events, settings)
    relay = Relay(
        store,
        rasa,
        events,
        waiting=waiting,
        not_understood=NotUnderstoodStore(engine),
        centre=f"{centre.name}({centre.phone})",
        rasa_timeout=settings.rasa_timeout,
        threads=1 if engine.dialect.name == "sqlite" else 8,
    )
    app.state.parts = chat.Parts(settings, relay, events, Limiter(settings))
    app.state.rasa, app.state.store, app.state.tickets = rasa, store, tickets
    await events.start()
    app.state.beside = telegram = beside.Beside(engine, store, events, settings, relay.in_store)
    around = Around(
        talk=relay,
        news=events,
        clean=lambda text: clean(text).text,
        address_of=address_of,
        typing=telegram.typing,
        forget=lambda id: asyncio.to_thread(forget_person, settings, store, tickets, id),
    )
    await open_desk(app.state.desk, settings, engine, tickets, around)
    retention = asyncio.create_task(_keep_retention(app.state.desk, store, tickets, settings))
    notices = Notices(tickets, settings)
    waiting.start()
    telegram.start()
    notices.start()
    try:
        yield
    finally:
        retention.cancel()
        with suppress(asyncio.CancelledError):
            await retention
        await telegram.close()
        await waiting.close()
        await notices.close()
        await close_desk(app.state.desk)
        relay.close()
        await events.close()
        await rasa.close()
        engine.dispose()


async def _keep_retention(desk: FastAPI, store: Store, tickets: TicketStore, settings: Settings) -> None:
    kept, drafts = timedelta(days=settings.ticket_days), timedelta(hours=settings.draft_hours)
    while True:
        try:
            await asyncio.to_thread(delete_expired, store, settings.retention_days, tickets.conversations_kept())
            await asyncio.to_thread(tickets.delete_expired, kept, drafts)
            before = datetime.now(UTC) - timedelta(days=settings.retention_days)
            await asyncio.to_thread(forget_old_talks, settings, before)
            await asyncio.to_thread(delete_old, desk)
        except (SQLAlchemyError, sqlite3.Error) as error:
            report(error, "retention")
        await asyncio.sleep(RETENTION_HOURS * 3600)


async def _alive() -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> JSONResponse:
    """Say ok when database and Rasa answer; which part is missing is for the log only."""
    missing = []
    try:
        await request.app.state.parts.relay.in_store(request.app.state.store.ping)
    except SQLAlchemyError:
        missing.append("database")
    if not await request.app.state.rasa.is_ready():
        missing.append("rasa")
    if missing:
        logger.warning("not ready: %s", ", ".join(missing))
        return JSONResponse({"status": "not ok"}, 503)
    return JSONResponse({"status": "ok"})


def main() -> None:
    """Run the gateway until it is told to stop."""
    settings = get_settings()
    logging.basicConfig(
        level=logging.DEBUG if settings.debug else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for talkative in ("httpx", "httpcore", "sse_starlette", "asyncio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)  # addresses and bodies stay out of the log, at any level
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        log_config=None,
    )


if __name__ == "__main__":
    main()
