"""Requests from elsewhere, headers, and text of users."""

import pytest
from desk_at_work import Desk

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\" ' {{ 7*7 }} \u202eabc"


def test_a_change_needs_the_token_of_the_form(desk: Desk) -> None:
    browser, number = desk.browser("kim"), desk.ticket()["number"]
    for given in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": desk.browser("lee").csrf}):
        answer = browser.http.post(f"/tickets/{number}/claim", data=given)
        assert answer.status_code == 403
    assert desk.tickets.by_number(number)["owner"] is None


@pytest.mark.parametrize(
    "origin", [None, "null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
def test_a_change_must_come_from_our_own_page(desk: Desk, origin: str | None) -> None:
    browser, number = desk.browser("kim"), desk.ticket()["number"]
    headers = {} if origin is None else {"Origin": origin}
    if origin is None:
        del browser.http.headers["Origin"]
    assert browser.post(f"/tickets/{number}/claim", headers=headers).status_code == 403
    assert desk.tickets.by_number(number)["owner"] is None


@pytest.mark.parametrize("path", ["/sign-in", "/queue/waiting", "/nowhere", "/queue/nothing", "/tickets/XX-000000"])
def test_every_answer_carries_the_headers(desk: Desk, path: str) -> None:
    headers = desk.browser("kim").get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_what_a_user_typed_is_shown_as_text(desk: Desk) -> None:
    brief = [{"field": "incident_summary", "value": HOSTILE, "quote": HOSTILE, "seq": 1}]
    contact = {"name": HOSTILE, "phone": HOSTILE, "company": HOSTILE}
    said = {"text": HOSTILE, "seq": 1}
    context = {"unanswered": [said], "question": said}
    ticket = desk.ticket(said=(HOSTILE,), brief=brief, contact=contact, context=context)
    browser = desk.browser("choi")
    browser.post(f"/tickets/{ticket['number']}/claim")
    browser.post(f"/tickets/{ticket['number']}/note", {"text": HOSTILE})
    pages = [
        browser.get("/queue/mine").text,
        browser.get(f"/tickets/{ticket['number']}").text,
        browser.post(f"/tickets/{ticket['number']}/print", {"reason": HOSTILE}).text,
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page
        assert "{{ 7*7 }}" in page


def test_errors_do_not_break_the_page(desk: Desk) -> None:
    browser, number = desk.browser("kim"), desk.ticket()["number"]
    assert browser.get("/tickets/..%2f..%2fetc").status_code in (404, 403)
    assert browser.get("/static/..%2fapp.py").status_code == 404
    assert browser.get("/queue/waiting?page=0").status_code == 422
    assert browser.get(f"/tickets/{number}/events?after=-1").status_code == 422
    assert browser.post(f"/tickets/{number}/referral", {"contact": "police", "state": "eaten"}).status_code == 422
    assert browser.post(f"/tickets/{number}/assign", {"to": "x"}).status_code == 422
