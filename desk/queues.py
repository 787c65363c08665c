"""The lists of tickets, and who is on duty."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bot.tickets.workflow import KINDS, STATES
from desk import presence
from desk.accounts import READERS
from desk.guard import Refused, SignedIn, Who
from desk.lists import Asked
from desk.pages import around_page, go, render
from desk.parts import address, parts_of
from desk.words import QUEUE_WORDS

FARTHEST_PAGE = 2000

router = APIRouter()


@router.get("/")
def front(person: Who) -> Response:
    """Show each role where its work is."""
    return go("/queue/waiting" if person.role in READERS else "/accounts")


@router.get("/queue/{queue}")
def show_queue(
    request: Request,
    session: SignedIn,
    queue: str,
    kind: str = "",
    state: str = "",
    urgent: bool = False,
    found: bool = False,
    page: Annotated[int, Query(ge=1, le=FARTHEST_PAGE)] = 1,
) -> Response:
    """Show a page of a queue; with `part=rows` only its table, for a page that is open already."""
    check_filters(queue, kind, state)
    parts, person = parts_of(request), session.person
    words = session.search if found else ""
    change = parts.tickets.last_change()  # before reading: what comes after it is new to the page
    asked = Asked(queue, str(person.id), kind, state, urgent, words, page)
    listing = parts.lists.page(asked)
    shown = [row["number"] for row in listing.rows]
    more = {"words": asked.words} if asked.words else {}
    action = "search" if asked.words else "list"
    parts.access.note(person, address(request), action, queue, shown=shown, **more)
    template = "queue_rows.html" if request.query_params.get("part") == "rows" else "queue.html"
    return render(
        request,
        template,
        asked=asked,
        listing=listing,
        change=change,
        queue=queue,
        address_of_page=lambda number: address_of_page(asked, number),
        **around_page(parts, person),
    )


def check_filters(queue: str, kind: str, state: str) -> None:
    if queue not in QUEUE_WORDS or kind not in ("", *KINDS) or state not in ("", *STATES):
        raise Refused(404, "그런 목록이 없어요.")


def address_of_page(asked: Asked, number: int) -> str:
    """Return the address of a page of the list; words that were searched for are not in it."""
    filters = {
        "found": "true" if asked.words else "",
        "kind": asked.kind,
        "state": asked.state,
        "urgent": "true" if asked.urgent else "",
        "page": str(number) if number > 1 else "",
    }
    query = urlencode({name: value for name, value in filters.items() if value})
    return f"/queue/{asked.queue}{'?' if query else ''}{query}"


@router.post("/queue/{queue}/search")
def search(
    request: Request,
    session: SignedIn,
    queue: str,
    words: Annotated[str, Form(max_length=80)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    state: Annotated[str, Form(max_length=20)] = "",
    urgent: Annotated[bool, Form()] = False,
) -> Response:
    """Filter and search a queue. Words may name people, so they are kept with the session and not in the address."""
    check_filters(queue, kind, state)
    plain = " ".join(words.split())
    if plain:
        parts_of(request).sessions.remember(session.token, plain)
    return go(address_of_page(Asked(queue, "", kind, state, urgent, plain), 1))


@router.post("/duty")
async def set_duty(request: Request, person: Who, available: Annotated[bool, Form()]) -> Response:
    """Take tickets from now on, or be away."""
    parts = parts_of(request)
    await run_in_threadpool(presence.set_available, parts, person, available)
    return go("/queue/waiting")
