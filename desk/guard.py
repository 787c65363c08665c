"""Stands before every route of the desk: who may come in, and does the request come from our own page?"""

import hmac
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from bot.errors import UltariError
from bot.settings import Settings
from desk.accounts import Person
from desk.parts import parts_of
from desk.permissions import SETTING_UP, STRANGER, allowed
from desk.sessions import DESK, Session, csrf_of

READING = ("GET", "HEAD")


class Refused(UltariError):
    """The request is refused: status, and a sentence for the person."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class SignInFirst(UltariError):
    """Nobody is signed in in this browser, or not any more."""


def session_cookie(settings: Settings) -> str:
    """Return the cookie's name. `__Host-`: over https only, and no neighbouring host can set it."""
    return "__Host-desk" if settings.mode == "production" else "desk"


async def guard(request: Request) -> None:
    """Let a request in, or raise. Puts the session, if there is one, into `request.state.session`."""
    request.state.session = None
    roles = allowed(request.method, request.scope["route"].path)
    if request.method not in READING:
        check_origin(request)
        await check_csrf(request)
    session = await find_session(request, touch=not is_background(request))
    request.state.session = session
    role = STRANGER if session is None else session.person.role if session.purpose == DESK else SETTING_UP
    if role in roles:
        return
    if role in (STRANGER, SETTING_UP):
        raise SignInFirst
    raise Refused(403, "이 화면을 볼 수 있는 권한이 없어요.")


def is_background(request: Request) -> bool:
    """Return whether a page asks by itself, without a person doing anything: that keeps no session alive."""
    path: str = request.scope["route"].path
    return path.endswith("/events")


async def find_session(request: Request, *, touch: bool) -> Session | None:
    parts = parts_of(request)
    token = request.cookies.get(session_cookie(parts.settings))
    if not token:
        return None
    return await run_in_threadpool(parts.sessions.find, token, touch=touch)


def check_origin(request: Request) -> None:
    """Return if the request was made by a page of this very origin. Raises Refused."""
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '')}"
    if origin is None or not hmac.compare_digest(origin.encode(), own.encode()):
        raise Refused(403, "다른 곳에서 보낸 요청이라 처리하지 않았어요. 이 화면에서 다시 시도해 주세요.")


async def check_csrf(request: Request) -> None:
    """Return if the form carries the token that belongs to the browser's cookie. Raises Refused."""
    token = request.cookies.get(session_cookie(parts_of(request).settings), "")
    given = (await request.form()).get("csrf", "")
    right = isinstance(given, str) and hmac.compare_digest(given.encode(), csrf_of(token).encode())
    if not token or not right:
        raise Refused(403, "화면이 오래되어 처리하지 못했어요. 새로 고친 뒤 다시 시도해 주세요.")


def signed_in(request: Request) -> Session:
    """Return the session that the guard found."""
    session: Session = request.state.session
    return session


def person_in(session: Annotated[Session, Depends(signed_in)]) -> Person:
    return session.person


SignedIn = Annotated[Session, Depends(signed_in)]
Who = Annotated[Person, Depends(person_in)]
