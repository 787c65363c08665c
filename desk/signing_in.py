"""Signing in, setting up an account, changing the password, signing out."""

import asyncio
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from desk import devices, presence
from desk.accounts import AccountRefused, Person, plain_name
from desk.factors import qr_code
from desk.guard import SignedIn, Who, session_cookie
from desk.pages import go, render
from desk.parts import Parts, address, parts_of
from desk.sessions import DESK, SETUP, csrf_of
from desk.slowing import counted_for

DEVICE_COOKIE = "desk_device"
WRONG = "아이디, 비밀번호 또는 인증번호가 맞지 않아요. 인증번호는 한 번만 쓸 수 있으니, 새 번호가 나오면 다시 시도해 주세요."
WRONG_SETUP = "아이디나 설정 코드가 맞지 않거나, 코드의 기한이 지났어요."
SLOW_DOWN = "로그인에 여러 번 실패했어요. {seconds}초 뒤에 다시 시도해 주세요."
DIFFERENT = "두 비밀번호가 서로 달라요."

Short = Annotated[str, Form(max_length=80)]
Password = Annotated[str, Form(max_length=400)]
Code = Annotated[str, Form(max_length=80)]

router = APIRouter()


def set_cookie(request: Request, response: Response, token: str) -> None:
    settings = parts_of(request).settings
    # Path "/": what `__Host-` asks for. Lax: a link in a mail leads into the desk without signing in again.
    secure = settings.mode == "production"
    response.set_cookie(session_cookie(settings), token, path="/", httponly=True, secure=secure, samesite="lax")


def show_form(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """Return a page for strangers; its form is bound to a cookie as every other is."""
    token = request.cookies.get(session_cookie(parts_of(request).settings)) or secrets.token_urlsafe(32)
    response = render(request, template, status, **{"csrf": csrf_of(token)} | context)
    set_cookie(request, response, token)
    return response


def safe_next(path: str) -> str:
    """Return a page of the desk to go to after signing in; anything else leads to the queue."""
    inside = path.startswith("/desk/") and not any(sign in path for sign in ("\\", "//", ":", "\n", "\r"))
    return path.removeprefix("/desk") if inside else "/"


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> Response:
    return show_form(request, "sign_in.html", error=None, name="", next=next[:200])


@router.post("/sign-in")
async def sign_in(
    request: Request, name: Short = "", password: Password = "", code: Code = "", next: Short = "/"
) -> Response:
    """Start a session with a new id. What is wrong is not said, nor whether the name exists."""
    parts, name = parts_of(request), plain_name(name)
    device = devices.read(parts.keyring, request.cookies.get(DEVICE_COOKIE), name)
    host = parts.around.address_of(request.client.host if request.client else None)
    counted = counted_for(name, host, device)
    pace = await run_in_threadpool(parts.slowing.begin, counted)
    if pace.wait:
        error = SLOW_DOWN.format(seconds=pace.wait)
        response = show_form(request, "sign_in.html", 429, error=error, name=name, next=next)
        response.headers["Retry-After"] = str(pace.wait)
        return response
    await asyncio.sleep(pace.delay)
    async with parts.hashing:
        person = await run_in_threadpool(parts.accounts.sign_in, name, password, code)
    if person is None:
        await run_in_threadpool(parts.access.note, None, address(request), "sign_in_failed", "-")
        return show_form(request, "sign_in.html", 401, error=WRONG, name=name, next=next)
    await run_in_threadpool(parts.slowing.forgive, counted)
    return await begin(request, person, safe_next(next))


async def begin(request: Request, person: Person, path: str) -> Response:
    """Start a session of somebody who has shown both factors."""
    parts = parts_of(request)
    await run_in_threadpool(parts.access.note, person, address(request), "sign_in", "-")
    await run_in_threadpool(presence.arrive, parts, person)
    response = await start_session(request, person, DESK, path)
    response.set_cookie(
        DEVICE_COOKIE,
        devices.issue(parts.keyring, person.name),
        max_age=devices.LIFETIME_SECONDS,
        path="/desk/sign-in",
        httponly=True,
        secure=parts.settings.mode == "production",
        samesite="strict",
    )
    return response


async def start_session(request: Request, person: Person, purpose: str, path: str) -> Response:
    """Give the browser a new session instead of what it had, and show a page."""
    parts = parts_of(request)
    before = request.cookies.get(session_cookie(parts.settings))

    def start() -> str:
        return parts.sessions.start(person, address(request), purpose, instead_of=before)

    response = go(path)
    set_cookie(request, response, await run_in_threadpool(start))
    return response


@router.get("/setup")
def setup_page(request: Request) -> Response:
    return show_form(request, "setup.html", error=None, name="")


@router.post("/setup")
async def begin_setup(request: Request, name: Short = "", code: Code = "") -> Response:
    """Check the set-up code that came from whoever made the account."""
    parts, name = parts_of(request), plain_name(name)
    host = parts.around.address_of(request.client.host if request.client else None)
    counted = counted_for(name, host, None)
    pace = await run_in_threadpool(parts.slowing.begin, counted)
    if pace.wait:
        return show_form(request, "setup.html", 429, error=SLOW_DOWN.format(seconds=pace.wait), name=name)
    person = await run_in_threadpool(parts.accounts.begin_setup, name, code.strip())
    if person is None:
        return show_form(request, "setup.html", 401, error=WRONG_SETUP, name=name)
    await run_in_threadpool(parts.slowing.forgive, counted)
    return await start_session(request, person, SETUP, "/setup/finish")


@router.get("/setup/finish")
def finish_page(request: Request, person: Who) -> Response:
    return show_finish(request, parts_of(request), person)


def show_finish(
    request: Request, parts: Parts, person: Person, status: int = 200, error: str | None = None
) -> Response:
    secret = parts.accounts.totp_secret(person.id)
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render(
        request, "setup_finish.html", status, error=error, qr=qr_code(secret, person.name), secret=spaced, who=person
    )


@router.post("/setup/finish")
async def finish_setup(
    request: Request, person: Who, password: Password = "", again: Password = "", code: Code = ""
) -> Response:
    """Store the first password and start working."""
    parts = parts_of(request)
    try:
        if password != again:
            raise AccountRefused(DIFFERENT)
        async with parts.hashing:
            renewed = await run_in_threadpool(parts.accounts.finish_setup, person, password, code)
    except AccountRefused as error:
        return await run_in_threadpool(show_finish, request, parts, person, 422, str(error))
    await run_in_threadpool(parts.access.note, renewed, address(request), "set_up", "-")
    return await begin(request, renewed, "/")


@router.get("/account")
def account_page(request: Request) -> Response:
    return render(request, "account.html", error=None)


@router.post("/account/password")
async def change_password(
    request: Request, person: Who, old: Password = "", password: Password = "", again: Password = ""
) -> Response:
    """Store another password; this browser goes on with a new session, all others are signed out."""
    parts = parts_of(request)
    counted = counted_for(f"password {person.name}", "-", None)
    pace = await run_in_threadpool(parts.slowing.begin, counted)
    try:
        if pace.wait:
            raise AccountRefused(SLOW_DOWN.format(seconds=pace.wait))
        if password != again:
            raise AccountRefused(DIFFERENT)
        async with parts.hashing:
            renewed = await run_in_threadpool(parts.accounts.change_password, person, old, password)
    except AccountRefused as error:
        return render(request, "account.html", 422, error=str(error))
    await run_in_threadpool(parts.slowing.forgive, counted)
    await run_in_threadpool(parts.access.note, renewed, address(request), "password", "-")
    return await start_session(request, renewed, DESK, "/account?done=password")


@router.post("/keep", status_code=204)
def keep(session: SignedIn) -> Response:
    """Somebody is still there: the guard has begun idle time anew."""
    return Response(status_code=204)


@router.post("/sign-out")
async def sign_out(request: Request, session: SignedIn) -> Response:
    """End the session of this browser."""
    parts = parts_of(request)
    await run_in_threadpool(parts.sessions.end, session.token)
    await run_in_threadpool(presence.leave, parts, session.person)
    await run_in_threadpool(parts.access.note, session.person, address(request), "sign_out", "-")
    response = go("/sign-in?done=signed_out")
    response.delete_cookie(session_cookie(parts.settings), path="/")
    return response
