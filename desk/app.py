"""The desk as an application of its own. The gateway mounts it at /desk, opens it at its start and closes it at its end."""

import asyncio
import logging
from datetime import timedelta

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from bot.conversations.encryption import load_keyring
from bot.conversations.not_understood import NotUnderstoodStore
from bot.settings import Settings
from bot.tickets.store import TicketStore
from desk import exporting, not_understood, pages, people, queues, signing_in, streams, ticket_pages
from desk.access_log import AccessLog
from desk.accounts import Accounts
from desk.factors import FirstFactor
from desk.guard import Refused, SignInFirst, guard, session_cookie
from desk.lists import Lists
from desk.parts import Around, Parts, parts_of
from desk.searching import Search
from desk.sessions import Sessions
from desk.slowing import Slowing
from desk.watching import Watcher

HASHES_AT_ONCE = 2

logger = logging.getLogger(__name__)


def create_desk() -> FastAPI:
    """Return the desk. It opens nothing; `open_desk` does."""
    desk = FastAPI(title="상담 데스크", openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(guard)])
    for part in (pages, signing_in, queues, exporting, not_understood, people, streams, ticket_pages):
        desk.include_router(part.router)
    add_refusals(desk)
    return desk


async def open_desk(desk: FastAPI, settings: Settings, engine: Engine, tickets: TicketStore, around: Around) -> None:
    """Make the desk ready to be used."""
    first_factor = FirstFactor()
    access = AccessLog(engine)
    await asyncio.to_thread(first_factor.prepare)
    await asyncio.to_thread(access.prepare)
    accounts = Accounts(engine, first_factor)
    keyring = load_keyring(settings)
    search = Search(engine)
    watcher = Watcher(tickets, search, asyncio.get_running_loop())
    desk.state.parts = Parts(
        settings=settings,
        around=around,
        keyring=keyring,
        accounts=accounts,
        sessions=Sessions(
            engine,
            idle=timedelta(minutes=settings.desk_idle_minutes),
            longest=timedelta(hours=settings.desk_session_hours),
        ),
        slowing=Slowing(engine),
        access=access,
        tickets=tickets,
        lists=Lists(engine, search),
        not_understood=NotUnderstoodStore(engine),
        watcher=watcher,
        hashing=asyncio.Semaphore(HASHES_AT_ONCE),
        templates=pages.make_templates(),
    )
    watcher.start()
    if not await asyncio.to_thread(accounts.everybody):
        logger.warning(
            "desk: nobody can sign in yet. Make the first account: "
            "python -m desk.staff create NAME --display-name NAME --role administrator"
        )


def delete_old(desk: FastAPI) -> None:
    """Delete ended sessions and lines of the access log whose time is over."""
    parts: Parts = desk.state.parts
    sessions = parts.sessions.delete_ended()
    lines = parts.access.delete_old(timedelta(days=parts.settings.access_log_days))
    if sessions or lines:
        logger.info("retention: deleted %d ended sessions and %d lines of the access log", sessions, lines)


async def close_desk(desk: FastAPI) -> None:
    """Stop what `open_desk` started."""
    await desk.state.parts.watcher.close()


def add_refusals(desk: FastAPI) -> None:
    """Let the desk answer errors with a page; a script gets one sentence."""

    @desk.exception_handler(SignInFirst)
    async def _(request: Request, error: SignInFirst) -> Response:
        if request.method == "GET" and not is_in_background(request):
            return pages.go(f"/sign-in?{'done=ended&' if has_cookie(request) else ''}next={request.url.path}")
        return refuse(request, 401, "로그인이 끝났어요. 다시 로그인해 주세요.")

    @desk.exception_handler(Refused)
    async def _(request: Request, error: Refused) -> Response:
        return refuse(request, error.status, error.message)

    @desk.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return refuse(request, 422, "적어 주신 내용의 형식이 맞지 않아요.")

    @desk.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        words = {404: "찾으시는 화면이 없어요.", 405: "이 주소에서는 쓸 수 없는 방식이에요."}
        return refuse(request, error.status_code, words.get(error.status_code, "요청을 처리하지 못했어요."))

    for unavailable in (OperationalError, InterfaceError, PoolTimeout):

        @desk.exception_handler(unavailable)
        async def _(request: Request, error: Exception) -> Response:
            logger.error("desk: database: %s", type(error).__name__)
            return refuse(request, 503, "지금은 이용할 수 없어요. 잠시 뒤에 다시 시도해 주세요.")


def is_in_background(request: Request) -> bool:
    return request.url.path.endswith("/events") or ticket_pages.is_from_script(request)


def has_cookie(request: Request) -> bool:
    return session_cookie(parts_of(request).settings) in request.cookies


def refuse(request: Request, status: int, message: str) -> Response:
    """Return a refusal as a page, or as a sentence for a script."""
    if is_in_background(request):
        return PlainTextResponse(message, status, pages.HEADERS)
    return pages.render(request, "refusal.html", status, bare=True, message=message)
