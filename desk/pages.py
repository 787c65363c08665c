"""Renders templates, with the headers that every page of the desk carries."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.korean_time import KOREA
from desk import presence
from desk.accounts import READERS, Person
from desk.brief import without_pin
from desk.guard import Refused
from desk.parts import Parts, parts_of
from desk.sessions import DESK, Session
from desk.words import DONE, KIND_WORDS, QUEUE_WORDS, RESULT_WORDS, ROLE_WORDS, STATE_WORDS

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
WEEKDAYS = "월화수목금토일"
# Forms send no Origin under "no-referrer"; "same-origin" tells nobody else where we are, either.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

router = APIRouter()


def make_templates() -> Environment:
    """Return the templates; everything in them is escaped, and a name that is not given is an error."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "moment": moment,
        "clock": clock,
        "clock_text": clock_text,
        "without_pin": without_pin,
        "iso": datetime.isoformat,
    }
    templates.globals |= {"ROLE_WORDS": ROLE_WORDS, "file": static_address}
    return templates


def moment(value: datetime) -> str:
    """Return day and time as staff read them: 11.23.(월) 14:05."""
    here = value.astimezone(KOREA)
    return f"{here:%m.%d.}({WEEKDAYS[here.weekday()]}) {here:%H:%M}"


def clock(value: datetime) -> str:
    return f"{value.astimezone(KOREA):%H:%M}"


def clock_text(value: str) -> str:
    """Return the time of a moment that a message carries as text."""
    return clock(datetime.fromisoformat(value))


def around_page(parts: Parts, person: Person) -> dict[str, Any]:
    """Return what the top of every reader's page shows."""
    return {
        "counts": parts.tickets.counts(str(person.id)),
        "on_duty": presence.on_duty(parts),
        "available": presence.is_available(parts, person),
        "QUEUE_WORDS": QUEUE_WORDS,
        "KIND_WORDS": KIND_WORDS,
        "STATE_WORDS": STATE_WORDS,
        "RESULT_WORDS": RESULT_WORDS,
    }


def render(request: Request, template: str, status: int = 200, *, bare: bool = False, **context: Any) -> HTMLResponse:
    """Return a page. `done` in the address names a sentence of ours to show, never text of its own.

    `bare`: without what the top of a page reads from the database.
    """
    session: Session | None = getattr(request.state, "session", None)
    given: Mapping[str, Any] = {
        "session": session,
        "person": session.person if session else None,
        "csrf": session.csrf if session else "",
        "path": request.url.path,
        "now": datetime.now(UTC),
        "done": DONE.get(request.query_params.get("done", "")),
    }
    reads = session is not None and session.purpose == DESK and session.person.role in READERS
    if session is not None and reads and "counts" not in context and not bare:
        context = around_page(parts_of(request), session.person) | context
    text = parts_of(request).templates.get_template(template).render({**given, **context})
    return HTMLResponse(text, status, HEADERS)


def go(path: str) -> Response:
    """Answer a form: show another page of the desk."""
    return RedirectResponse(f"/desk{path}", 303, HEADERS)


@lru_cache(maxsize=16)
def static_address(name: str) -> str:
    """Return a file's address, which changes with the file."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/desk/static/{name}?v={version}"


@router.get("/static/{name}")
def static(name: str) -> Response:
    """Serve a style sheet or a script."""
    file = STATIC / name
    if "/" in name or file.suffix not in MEDIA_TYPES or not file.is_file():
        raise Refused(404, "찾으시는 파일이 없어요.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(file.read_bytes(), 200, headers, MEDIA_TYPES[file.suffix])
