"""Accounts, for administrators; and the access log, for administrators and supervisors."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from desk import model
from desk.access_log import PAGE
from desk.accounts import AccountRefused, Person
from desk.guard import Who
from desk.pages import go, render
from desk.parts import address, parts_of
from desk.words import ACCESS_WORDS, QUEUE_WORDS

Short = Annotated[str, Form(max_length=80)]
OWN_ACCOUNT = "자기 계정은 여기서 바꿀 수 없어요. 다른 관리자에게 부탁해 주세요."

router = APIRouter()


def show_accounts(
    request: Request, status: int = 200, *, error: str | None = None, made: tuple[str, str] | None = None
) -> Response:
    everybody = parts_of(request).accounts.everybody()
    return render(request, "accounts.html", status, error=error, made=made, everybody=everybody, ROLES=model.ROLES)


@router.get("/accounts")
def accounts_page(request: Request) -> Response:
    return show_accounts(request)


@router.post("/accounts")
def create(request: Request, person: Who, name: Short = "", display_name: Short = "", role: Short = "") -> Response:
    """Make an account and show its set-up code, once."""
    parts = parts_of(request)
    try:
        code = parts.accounts.create(name, display_name, role)
    except AccountRefused as error:
        return show_accounts(request, 422, error=str(error))
    parts.access.note(person, address(request), "account_create", name, role=role)
    return show_accounts(request, made=(name, code))


@router.post("/accounts/{name}/role")
def change_role(request: Request, person: Who, name: str, role: Short = "") -> Response:
    """Give another role; open pages of this person close."""
    return change(request, person, name, "role", role)


@router.post("/accounts/{name}/disable")
def disable(request: Request, person: Who, name: str) -> Response:
    """End an account; open pages of this person close."""
    return change(request, person, name, "disable")


@router.post("/accounts/{name}/reset")
def reset(request: Request, person: Who, name: str) -> Response:
    """Take password and second factor away and show a new set-up code, once."""
    return change(request, person, name, "reset")


def change(request: Request, person: Person, name: str, what: str, role: str = "") -> Response:
    parts, made = parts_of(request), None
    if name == person.name:
        return show_accounts(request, 422, error=OWN_ACCOUNT)
    try:
        if what == "role":
            parts.accounts.change_role(name, role)
        elif what == "disable":
            parts.accounts.disable(name)
        else:
            made = (name, parts.accounts.reset(name))
    except AccountRefused as error:
        return show_accounts(request, 422, error=str(error))
    for each in parts.accounts.everybody():
        if each.name == name:
            parts.tickets.off_duty(str(each.id))
    parts.access.note(person, address(request), f"account_{what}", name, **({"role": role} if role else {}))
    parts.watcher.wake()
    return show_accounts(request, made=made) if made else go(f"/accounts?done={'role' if role else 'disabled'}")


@router.get("/access")
def access_page(
    request: Request,
    person: Who,
    subject: Annotated[str, Query(max_length=64)] = "",
    name: Annotated[str, Query(max_length=40)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show who looked at what."""
    lines = parts_of(request).access.lines(subject=subject.strip(), staff_name=name.strip(), before=before)
    return render(
        request,
        "access.html",
        lines=lines,
        full=len(lines) == PAGE,
        subject=subject,
        name=name,
        ACCESS_WORDS=ACCESS_WORDS,
        QUEUE_WORDS=QUEUE_WORDS,
    )
