"""Every route × role is in the table, and the desk keeps to it."""

import secrets

import pytest
from desk_at_work import Browser, Desk, routes

from desk.model import ROLES
from desk.permissions import PERMISSIONS, SETTING_UP, STRANGER

WHO = {"counsellor": "kim", "supervisor": "choi", "administrator": "admin"}
LETS_IN = (200, 204, 303, 401, 404, 409, 422)  # 401: a wrong password; it was looked at


def test_every_route_has_an_entry_and_every_entry_a_route() -> None:
    assert sorted(routes()) == sorted(PERMISSIONS)


def browser_of(desk: Desk, role: str) -> Browser:
    """Return a browser in which somebody with this role is, or has begun to set up an account."""
    browser = desk.browser(WHO.get(role, ""))
    if role == SETTING_UP:
        name = f"new{secrets.token_hex(4)}"
        code = desk.parts.accounts.create(name, name, "supervisor")
        browser.get("/setup")
        answer = browser.post("/setup", {"name": name, "code": code})
        assert answer.headers["location"] == "/desk/setup/finish"
    return browser


@pytest.mark.parametrize("role", [STRANGER, SETTING_UP, *ROLES])
@pytest.mark.parametrize(("method", "route"), sorted(PERMISSIONS))
def test_the_desk_keeps_to_the_table(desk: Desk, role: str, method: str, route: str) -> None:
    ticket = desk.ticket()
    browser = browser_of(desk, role)
    values = {"number": ticket["number"], "name": "desk.css" if "static" in route else "nobody", "queue": "waiting"}
    path = route.format(**values)
    if method == "GET":
        with browser.http.stream("GET", path) as answer:  # streams do not end
            status, location = answer.status_code, answer.headers.get("location", "")
    else:
        browser.get("/sign-in")
        answer = browser.post(path)
        status, location = answer.status_code, answer.headers.get("location", "")
    if role in PERMISSIONS[method, route]:
        assert status in LETS_IN
        assert not location.startswith("/desk/sign-in?next") or route == "/sign-out"
    elif role in (STRANGER, SETTING_UP) or PERMISSIONS[method, route] == {SETTING_UP}:
        assert status in (303, 401, 403)
        assert status != 303 or location.startswith("/desk/sign-in")
    else:
        assert status == 403
