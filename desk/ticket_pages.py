"""A ticket's page and everything that is done on it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from bot.conversations.store import HISTORY_PAGE, Outgoing
from bot.errors import ChangeRefused, TextRefused, TicketTaken, UnknownConversation, UnknownTicket
from bot.knowledge import load_default
from bot.korean import with_particle
from bot.leak_reading import read_email, read_phone
from bot.routing import default_routing
from bot.tickets.receipts import NUMBER
from bot.tickets.words import JOINED
from bot.tickets.workflow import CLAIMED, OWNED_STATES, REFERRAL_STATES, RESULTS, SUPERVISOR, possible_changes
from desk import model
from desk.accounts import Person
from desk.brief import contact_of, programs_of, told_of
from desk.guard import Refused, Who
from desk.pages import around_page, go, render
from desk.parts import Parts, address, parts_of
from desk.presence import actor_of
from desk.ready_answers import ready_answers
from desk.words import (
    CHANGE_WORDS,
    CHANNEL_WORDS,
    FIELD_WORDS,
    REFERRAL_WORDS,
    SAID_ASSIGN,
    SAID_CLAIM,
    SAID_CLOSE,
    SAID_ERASED,
    SAID_GIVE_BACK,
    SAID_RELEASE,
    WHY_WORDS,
    WISH_WORDS,
)

LIVE_PARTS = ("state", "referrals", "notes", "trail", "composer")
SHOWN_MESSAGES = 200
LONGEST_REASON = 200
EMPTY = "내용을 적어 주세요."
TOO_LONG = "한 번에 2,000자까지 보낼 수 있어요."
NOT_NOW = "지금 상태에서는 할 수 없어요. 그 사이 바뀐 내용을 확인해 주세요."
NO_REASON = f"{{what}} 까닭을 {LONGEST_REASON}자 안에서 적어 주세요."
NOT_YOURS = "{name} 님이 맡은 상담이에요."
WON = "{name} 님이 먼저 맡았어요."

Text = Annotated[str, Form(max_length=8000)]
Short = Annotated[str, Form(max_length=80)]
Contact = Annotated[str, Form(max_length=200)]

router = APIRouter(prefix="/tickets/{number}")


@dataclass(frozen=True, slots=True)
class Transcript:
    """The talk as far as it is shown. `messages` is None when the talk was deleted."""

    messages: list[dict[str, Any]] | None
    status: str = "closed"
    cut: bool = False

    @property
    def last_seq(self) -> int:
        return self.messages[-1]["seq"] if self.messages else 0


async def ticket_of(parts: Parts, number: str) -> dict[str, Any]:
    """Return the ticket with this receipt number. Raises Refused."""
    if not NUMBER.fullmatch(number):
        raise Refused(404, "그런 접수번호가 없어요.")
    try:
        return await run_in_threadpool(parts.tickets.by_number, number)
    except UnknownTicket:
        raise Refused(404, "그런 접수번호가 없어요.") from None


async def transcript_of(parts: Parts, ticket: dict[str, Any], *, whole: bool = False) -> Transcript:
    """Return the talk that belongs to a ticket; of a very long one the end, unless it is asked for whole."""
    conversation: str | None = ticket["conversation_id"]
    messages: list[dict[str, Any]] = []
    if conversation is None:
        return Transcript(None)
    try:
        while True:
            page = await parts.around.talk.history(conversation, messages[-1]["seq"] if messages else 0)
            messages += page.messages
            if len(page.messages) < HISTORY_PAGE:
                break
    except UnknownConversation:
        return Transcript(None)
    cut = not whole and len(messages) > SHOWN_MESSAGES
    return Transcript(messages[-SHOWN_MESSAGES:] if cut else messages, page.status, cut)


def around_ticket(parts: Parts, person: Person, ticket: dict[str, Any]) -> dict[str, Any]:
    """Return what a ticket's page shows beside the talk."""
    knowledge, context = load_default(), ticket["context"] or {}
    return {
        "ticket": ticket,
        "mine": ticket["owner"] == str(person.id) and ticket["state"] in OWNED_STATES,
        "changes": possible_changes(ticket["state"], actor_of(person), ticket["owner"]),
        "told": told_of(ticket),
        "contact": contact_of(ticket),
        "unanswered": context.get("unanswered", []),
        "open_question": context.get("question"),
        "wish": WISH_WORDS.get(context.get("wish") or ""),
        "programs": programs_of(ticket, knowledge),
        "may_correct": person.role == model.SUPERVISOR or ticket["owner"] == str(person.id),
        "may_erase": person.role == model.SUPERVISOR,
        "may_hand_over": context.get("handing_over"),
        "referrals": referrals_of(parts, ticket),
        "notes": parts.tickets.notes(ticket["id"]),
        "trail": parts.tickets.trail(ticket["id"]),
        "colleagues": [each for each in parts.accounts.colleagues() if str(each.id) != ticket["owner"]],
        "ready_answers": ready_answers(),
        "error": None,
        "draft": "",
        "names": {str(each.id): each.display_name for each in parts.accounts.everybody()},
        "CHANGE_WORDS": CHANGE_WORDS,
        "CHANNEL_WORDS": CHANNEL_WORDS,
        "REFERRAL_WORDS": REFERRAL_WORDS,
        "WHY_WORDS": WHY_WORDS,
        **around_page(parts, person),
    }


@dataclass(frozen=True, slots=True)
class Rendered:
    """A part of the page that changes while it is open, and by what to tell whether it did."""

    html: Markup
    version: str


def rendered_parts(parts: Parts, context: dict[str, Any]) -> dict[str, Rendered]:
    """Return the parts of a ticket's page that a stream keeps up to date."""
    rendered = {}
    for part in LIVE_PARTS:
        html = parts.templates.get_template(f"ticket_{part}.html").render(context)
        rendered[part] = Rendered(Markup(html), sha256(html.encode()).hexdigest()[:16])  # noqa: S704 (our template)
    return rendered


def referrals_of(parts: Parts, ticket: dict[str, Any]) -> list[dict[str, Any]]:
    """Return whom the ticket has to reach, with name and phone."""
    routing, shown = default_routing(), []
    for referral in parts.tickets.referrals(ticket["id"]):
        contact = routing.contact(referral["contact"])
        shown.append(referral | {"agency": contact.name, "phone": contact.phone, "at_once": contact.at_once})
    return shown


async def show(
    request: Request, person: Person, ticket: dict[str, Any], status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a ticket's page; that somebody looked at it is written down first."""
    parts = parts_of(request)
    await run_in_threadpool(parts.access.note, person, address(request), "view", ticket["number"])
    transcript = await transcript_of(parts, ticket, whole=request.query_params.get("whole") == "1")

    def page() -> HTMLResponse:
        given = around_ticket(parts, person, ticket) | {"csrf": request.state.session.csrf} | context
        rendered = rendered_parts(parts, given)
        key = token_urlsafe(16)
        return render(request, "ticket.html", status, transcript=transcript, rendered=rendered, reply_key=key, **given)

    return await run_in_threadpool(page)


@router.get("")
async def show_ticket(request: Request, person: Who, number: str) -> Response:
    """Show a ticket."""
    parts = parts_of(request)
    ticket = await ticket_of(parts, number)
    await run_in_threadpool(parts.tickets.touch, ticket["id"], actor_of(person))
    return await show(request, person, ticket)


async def act(
    request: Request, person: Person, number: str, done: str, change: Callable[[str, str], Any], *, to: str = ""
) -> Response:
    """Do something with a ticket and show what came of it; who was too late is told why.

    `change` gets the ticket's id and number and runs in a thread.
    """
    parts = parts_of(request)
    ticket = await ticket_of(parts, number)
    try:
        await run_in_threadpool(change, ticket["id"], ticket["number"])
    except TicketTaken as error:
        words = WON if done == "claimed" else NOT_YOURS
        return await refused(request, person, number, 409, words.format(name=error.owner_name))
    except ChangeRefused:
        return await refused(request, person, number, 409, NOT_NOW)
    except TextRefused as error:
        return await refused(request, person, number, 422, EMPTY if error.code == "text_empty" else TOO_LONG)
    await tell(parts, ticket)
    if is_from_script(request):
        return Response(status_code=204)
    return go(to or f"/tickets/{number}?done={done}")


async def refused(request: Request, person: Person, number: str, status: int, message: str) -> Response:
    """Answer with the page as it is now and what was wrong; a script gets the sentence alone."""
    if is_from_script(request):
        return Response(message, status, media_type="text/plain; charset=utf-8")
    draft = (await request.form()).get("text", "")
    ticket = await ticket_of(parts_of(request), number)
    return await show(request, person, ticket, status, error=message, draft=draft)


def is_from_script(request: Request) -> bool:
    return request.headers.get("x-requested-with") == "fetch"


async def tell(parts: Parts, ticket: dict[str, Any]) -> None:
    """Wake the user's window and the open pages of the desk."""
    if ticket["conversation_id"] is not None:
        await parts.around.news.notify(ticket["conversation_id"])
    parts.watcher.wake()


def system(template: str, **values: str) -> list[Outgoing]:
    """Return what the system tells the user."""
    return [Outgoing("system", template.format(**values))]


@router.post("/claim")
async def claim(request: Request, person: Who, number: str) -> Response:
    """Take a ticket; of two at the same moment one wins and the other is told who."""
    tickets, actor = parts_of(request).tickets, actor_of(person)
    said = system(SAID_CLAIM, name=person.display_name)
    return await act(request, person, number, "claimed", lambda id, _: tickets.claim(id, actor, said=said))


@router.post("/reply")
async def reply(request: Request, person: Who, number: str, text: Text = "", key: Short = "") -> Response:
    """Say something to the user. `key` is the form's: the same words of the same form are said once, however often they are sent."""
    parts, actor = parts_of(request), actor_of(person)
    once = sha256(f"{key}\n{text}".encode()).hexdigest() if key else ""

    def say(ticket_id: str, _: str) -> None:
        said = [Outgoing("staff", parts.around.clean(text))]
        parts.tickets.reply(ticket_id, actor, said, joined=system(JOINED, name=person.display_name), key=once)
        if parts.tickets.get(ticket_id)["state"] == CLAIMED:
            # The same reply, sent again at the same moment, may have begun the work since.
            with suppress(ChangeRefused):
                parts.tickets.start(ticket_id, actor)

    return await act(request, person, number, "sent", say)


@router.post("/typing", status_code=204)
async def typing(request: Request, person: Who, number: str) -> Response:
    """Let the user see that an answer is being written."""
    parts = parts_of(request)
    ticket = await ticket_of(parts, number)
    if ticket["live"] and ticket["owner"] == str(person.id):
        await parts.around.typing(ticket["conversation_id"])
        await run_in_threadpool(parts.tickets.touch, ticket["id"], actor_of(person))
    return Response(status_code=204)


@router.post("/note")
async def note(request: Request, person: Who, number: str, text: Text = "") -> Response:
    """Leave a private note."""
    parts, actor = parts_of(request), actor_of(person)

    def add(ticket_id: str, _: str) -> None:
        parts.tickets.add_note(ticket_id, actor, parts.around.clean(text))

    return await act(request, person, number, "noted", add)


@router.post("/referral")
async def refer(request: Request, person: Who, number: str, contact: Short = "", state: Short = "") -> Response:
    """Tick off a contact that must hear of it."""
    tickets, actor = parts_of(request).tickets, actor_of(person)
    if state not in REFERRAL_STATES:
        raise Refused(422, "그런 표시가 없어요.")
    return await act(request, person, number, "referred", lambda id, _: tickets.refer(id, contact, state, actor))


@router.post("/state")
async def set_state(request: Request, person: Who, number: str, change: Short = "") -> Response:
    """Note that work goes on, or waits for the user."""
    tickets, actor = parts_of(request).tickets, actor_of(person)
    if change not in ("start", "ask_user"):
        raise Refused(422, "그런 상태가 없어요.")
    return await act(request, person, number, "state", lambda id, _: tickets.change(id, change, actor))


@router.post("/assign")
async def assign(request: Request, person: Who, number: str, to: Annotated[int, Form()] = 0) -> Response:
    """Hand the ticket over to a colleague."""
    parts, actor = parts_of(request), actor_of(person)
    colleague = next((each for each in parts.accounts.colleagues() if each.id == to), None)
    if colleague is None:
        return await refused(request, person, number, 422, "넘길 동료를 골라 주세요.")
    ticket = await ticket_of(parts, number)
    said = system(SAID_ASSIGN, name=colleague.display_name) if ticket["live"] else []
    receiver = actor_of(colleague)
    return await act(
        request, person, number, "assigned", lambda id, _: parts.tickets.assign(id, actor, receiver, said=said)
    )


@router.post("/release")
async def release(request: Request, person: Who, number: str) -> Response:
    """Put the ticket back into the queue."""
    tickets, actor = parts_of(request).tickets, actor_of(person)
    said = system(SAID_RELEASE)
    return await act(request, person, number, "released", lambda id, _: tickets.release(id, actor, said=said))


@router.post("/give-back")
async def give_back(request: Request, person: Who, number: str) -> Response:
    """Let the bot go on with the user."""
    tickets, actor = parts_of(request).tickets, actor_of(person)

    def give(ticket_id: str, shown: str) -> None:
        tickets.give_back(ticket_id, actor, said=system(SAID_GIVE_BACK, number=shown))

    return await act(request, person, number, "given_back", give)


@router.post("/close")
async def close(request: Request, person: Who, number: str, result: Short = "", text: Text = "") -> Response:
    """Close the ticket with a result."""
    parts, actor = parts_of(request), actor_of(person)
    if result not in RESULTS:
        return await refused(request, person, number, 422, "어떻게 끝났는지 골라 주세요.")

    def end(ticket_id: str, shown: str) -> None:
        words = parts.around.clean(text) if text.strip() else ""
        parts.tickets.close(ticket_id, actor, result, text=words, said=system(SAID_CLOSE, number=shown))

    return await act(request, person, number, "closed", end)


@router.post("/reopen")
async def reopen(request: Request, person: Who, number: str) -> Response:
    """Put a closed ticket back into the queue."""
    tickets, actor = parts_of(request).tickets, actor_of(person)
    return await act(request, person, number, "reopened", lambda id, _: tickets.reopen(id, actor))


@router.post("/contact")
async def correct_contact(
    request: Request,
    person: Who,
    number: str,
    name: Contact = "",
    company: Contact = "",
    phone: Contact = "",
    email: Contact = "",
    reason: Text = "",
) -> Response:
    """Correct how the user can be reached, as they asked. Why is written down first; an empty field goes."""
    parts, actor = parts_of(request), actor_of(person)
    ticket, reason = await ticket_of(parts, number), " ".join(reason.split())
    if actor.kind != SUPERVISOR and ticket["owner"] != actor.id:
        words = NOT_YOURS.format(name=ticket["owner_name"]) if ticket["owner_name"] else NOT_NOW
        return await refused(request, person, number, 409, words)
    if not has_reason(reason):
        return await refused(request, person, number, 422, NO_REASON.format(what="고치는"))
    contact = {"name": plain(parts, name), "company": plain(parts, company)}
    for field, given, read in (("phone", phone, read_phone), ("email", email, read_email)):
        found = read(given) if given.strip() else None
        if given.strip() and (found is None or found.value is None):
            return await refused(
                request, person, number, 422, f"{with_particle(FIELD_WORDS[field], '을')} 확인해 주세요."
            )
        contact[field] = found.value if found and found.value else ""
    contact = {field: value for field, value in contact.items() if value}
    await run_in_threadpool(lambda: parts.access.note(person, address(request), "correct", number, reason=reason))
    values = {"contact": contact, "anonymous": ticket["anonymous"] and not contact}

    def correct(ticket_id: str, _: str) -> None:
        parts.tickets.correct(ticket_id, actor, "correct", **values)

    return await act(request, person, number, "corrected", correct)


@router.post("/erase")
async def erase(request: Request, person: Who, number: str, reason: Text = "") -> Response:
    """Delete what the person of a ticket told us, as they asked: all their tickets and the talk. Why is written down first."""
    parts = parts_of(request)
    ticket, reason = await ticket_of(parts, number), " ".join(reason.split())
    if not has_reason(reason):
        return await refused(request, person, number, 422, NO_REASON.format(what="지우는"))
    await run_in_threadpool(lambda: parts.access.note(person, address(request), "erase", number, reason=reason))
    conversation: str | None = ticket["conversation_id"]
    if conversation is None:
        await run_in_threadpool(parts.tickets.erase, ticket["id"])
    else:
        await parts.around.forget(conversation)
        with suppress(UnknownConversation):  # its time was over before
            if (await parts.around.talk.history(conversation)).status in ("waiting", "human"):
                await parts.around.talk.say(conversation, system(SAID_ERASED), status="bot")
    await tell(parts, ticket)
    return go("/queue/all?done=erased")


def has_reason(reason: str) -> bool:
    return 2 <= len(reason) <= LONGEST_REASON


def plain(parts: Parts, text: str) -> str:
    """Return one line of text, cleaned as every text that comes in."""
    return " ".join(parts.around.clean(text).split()) if text.strip() else ""


@router.post("/print")
async def print_ticket(request: Request, person: Who, number: str, reason: Text = "") -> Response:
    """Show a ticket for printing. Why is asked and written down first."""
    parts = parts_of(request)
    ticket = await ticket_of(parts, number)
    reason = " ".join(reason.split())
    if not has_reason(reason):
        return await refused(request, person, number, 422, NO_REASON.format(what="인쇄하는"))
    await run_in_threadpool(lambda: parts.access.note(person, address(request), "print", number, reason=reason))
    transcript = await transcript_of(parts, ticket, whole=True)
    context = await run_in_threadpool(around_ticket, parts, person, ticket)
    return render(request, "print.html", transcript=transcript, reason=reason, **context)
