"""What is done on a ticket's page, over HTTP, and how soon the user sees it."""

import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk_at_work import Desk
from sqlalchemy import update

from bot.conversations.store import Outgoing
from bot.tickets.model import OnDuty
from bot.tickets.store import NewTicket
from bot.tickets.workflow import LEAK
from desk.brief import worded


def last_said(desk: Desk, ticket: dict[str, str]) -> dict[str, str]:
    message: dict[str, str] = desk.store.history(ticket["conversation_id"]).messages[-1]
    return message


def status(desk: Desk, ticket: dict[str, str]) -> str:
    return desk.store.history(ticket["conversation_id"]).status


def test_the_page_shows_the_brief_on_the_words_of_the_user(desk: Desk) -> None:
    page = desk.browser("kim").get(f"/tickets/{desk.ticket()['number']}").text
    for words in (
        "퇴사자가 도면을 가져감",
        'href="#m1"',
        'href="#m1">“<bdi>소송하면 이길까요?</bdi>',
        'href="#m1">“<bdi>경찰에 먼저 가야 하나요?</bdi>',
        "채팅으로 답을 기다림",
        "기술보호 통합 상담",
        "010-1234-5678",
        'href="tel:182"',
    ):
        assert words in page


@pytest.mark.parametrize(
    ("value", "first", "last", "shown"),
    [
        ("2026년 11월 4일 수요일", "2026-11-04", "2026-11-04", "2026년 11월 4일 수요일"),
        ("지난주 금요일 저녁쯤", "2026-11-20", "2026-11-20", "지난주 금요일 저녁쯤 (2026-11-20)"),
        ("지난달 초", "2026-10-01", "2026-10-10", "지난달 초 (2026-10-01 ~ 2026-10-10)"),
        ("2026년 10월 1일부터", "2026-10-01", "2026-10-10", "2026년 10월 1일부터 (2026-10-01 ~ 2026-10-10)"),
    ],
)
def test_a_day_is_said_once(value: str, first: str, last: str, shown: str) -> None:
    assert worded({"field": "incident_date", "value": value, "first": first, "last": last}) == shown


def test_of_twenty_claims_at_once_one_wins_and_the_others_are_told_who(desk: Desk) -> None:
    ticket = desk.ticket()
    browsers = [desk.browser(name) for name in ("kim", "lee")] * 10
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda browser: browser.post(f"/tickets/{ticket['number']}/claim"), browsers))
    owner = desk.tickets.by_number(ticket["number"])["owner_name"]
    losers = [answer for answer in answers if answer.status_code == 409]
    # The winner's own further clicks are no losses.
    assert len(losers) == 10
    assert all(f"{owner} 님이 먼저 맡았어요" in loser.text for loser in losers)
    said = [message["text"] for message in desk.store.history(ticket["conversation_id"]).messages]
    assert sum("연결됐어요" in text for text in said) == 1


def test_a_talk_from_claim_to_close(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    path = f"/tickets/{ticket['number']}"
    assert browser.post(f"{path}/claim").status_code == 303
    assert status(desk, ticket) == "human"
    assert last_said(desk, ticket)["text"] == "김상담 상담원이 연결됐어요. 여기에 바로 말씀해 주세요."
    assert browser.post(f"{path}/reply", {"text": "안녕하세요.\u200b"}).status_code == 303
    assert (last_said(desk, ticket)["from"], last_said(desk, ticket)["text"]) == ("staff", "안녕하세요.")
    assert desk.tickets.by_number(ticket["number"])["state"] == "in_progress"
    assert browser.post(f"{path}/state", {"change": "ask_user"}).status_code == 303
    assert browser.post(f"{path}/note", {"text": "CCTV 확인"}).status_code == 303
    assert "CCTV 확인" not in str(desk.store.history(ticket["conversation_id"]).messages)
    assert browser.post(f"{path}/referral", {"contact": "police", "state": "called"}).status_code == 303
    assert browser.post(f"{path}/close", {"result": ""}).status_code == 422
    assert browser.post(f"{path}/close", {"result": "referred", "text": "경찰에 연계"}).status_code == 303
    assert status(desk, ticket) == "bot"
    assert ticket["number"] in last_said(desk, ticket)["text"]
    closed = desk.tickets.by_number(ticket["number"])
    assert (closed["state"], closed["result"], closed["outcome"]) == ("closed", "referred", {"text": "경찰에 연계"})
    assert browser.post(f"{path}/reply", {"text": "하나 더요"}).status_code == 409
    assert browser.post(f"{path}/reopen").status_code == 303
    assert desk.tickets.is_trail_whole(ticket["id"])


def test_a_reply_that_is_sent_again_is_said_once(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    path = f"/tickets/{ticket['number']}"
    browser.post(f"{path}/claim")
    found = re.search('name="key" form="reply-form" value="(.+?)"', browser.get(path).text)
    assert found
    once, other = {"text": "도면은 어디에 있었나요?", "key": found[1]}, {"text": "다른 말", "key": found[1]}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: browser.post(f"{path}/reply", once), range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    browser.post(
        f"{path}/reply", other
    )  # other words of the same form (a page that was left and found again) are not lost
    browser.post(f"{path}/reply", once | {"key": "another form"})  # the same words may be said again
    said = [each["text"] for each in desk.store.history(ticket["conversation_id"]).messages if each["from"] == "staff"]
    assert said == [once["text"], other["text"], once["text"]]
    browser.post(f"{path}/close", {"result": "answered"})
    assert browser.post(f"{path}/reply", once).status_code == 303, "it was sent, and is not told that it was not"
    assert desk.tickets.is_trail_whole(ticket["id"])


CONTACT = {"name": "박수정", "company": "한빛정밀", "phone": "01087654321", "email": "", "reason": "이용자 요청"}


def test_a_contact_is_corrected_with_a_reason(desk: Desk) -> None:
    ticket, browser = desk.ticket(anonymous=True), desk.browser("kim")
    path = f"/tickets/{ticket['number']}"
    assert browser.post(f"{path}/contact", CONTACT).status_code == 409  # nobody's yet
    browser.post(f"{path}/claim")
    assert desk.browser("lee").post(f"{path}/contact", CONTACT).status_code == 409
    for wrong in ({"reason": " "}, {"phone": "010-12"}, {"email": "수진"}):
        assert browser.post(f"{path}/contact", CONTACT | wrong).status_code == 422
    assert desk.tickets.by_number(ticket["number"])["contact"] == ticket["contact"]
    assert browser.post(f"{path}/contact", CONTACT).status_code == 303
    corrected = desk.tickets.by_number(ticket["number"])
    assert corrected["contact"] == {"name": "박수정", "company": "한빛정밀", "phone": "010-8765-4321"}
    assert not corrected["anonymous"]
    line = next(each for each in desk.parts.access.lines(subject=ticket["number"]) if each.action == "correct")
    assert (line.staff_name, line.detail) == ("kim", {"reason": "이용자 요청"})
    assert "개인정보를 고침" in browser.get(path).text
    assert desk.browser("choi").post(f"{path}/contact", CONTACT | {"name": ""}).status_code == 303
    assert "name" not in desk.tickets.by_number(ticket["number"])["contact"]
    assert desk.tickets.is_trail_whole(ticket["id"])


def test_a_supervisor_erases_a_person_with_a_reason(desk: Desk, talking: tuple[dict[str, str], httpx.Client]) -> None:
    ticket, client = talking
    path, other = f"/tickets/{ticket['number']}", desk.ticket()
    desk.browser("kim").post(f"{path}/claim")
    second = desk.tickets.create(NewTicket(f"second {path}", LEAK, "web", ticket["conversation_id"])).ticket
    browser = desk.browser("choi")
    assert browser.post(f"{path}/erase", {"reason": ""}).status_code == 422
    assert browser.get(path).status_code == 200
    assert browser.post(f"{path}/erase", {"reason": "이용자가 삭제를 요청함"}).status_code == 303
    assert [browser.get(f"/tickets/{each['number']}").status_code for each in (ticket, second, other)] == [
        404,
        404,
        200,
    ]
    page = client.get(f"/api/conversations/{ticket['conversation_id']}/messages").json()
    assert page["status"] == "bot"
    assert {message["text"] for message in page["messages"][:-1]} == {"[지운 내용]"}
    assert "모두 지웠어요" in page["messages"][-1]["text"]
    [line] = [each for each in desk.parts.access.lines(subject=ticket["number"]) if each.action == "erase"]
    assert (line.staff_name, line.detail) == ("choi", {"reason": "이용자가 삭제를 요청함"})
    alone = desk.ticket(conversation_id=None, key="alone", live=False)
    assert browser.post(f"/tickets/{alone['number']}/erase", {"reason": "요청"}).status_code == 303
    assert browser.get(f"/tickets/{alone['number']}").status_code == 404


def test_only_the_owner_replies(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.browser("kim").post(f"/tickets/{ticket['number']}/claim")
    answer = desk.browser("lee").post(f"/tickets/{ticket['number']}/reply", {"text": "저도요"})
    assert answer.status_code == 409
    assert "김상담" in answer.text
    assert "저도요" not in last_said(desk, ticket)["text"]


def test_what_was_written_is_not_lost_when_it_is_refused(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    browser.post(f"/tickets/{ticket['number']}/claim")
    long = "가" * 2001
    answer = browser.post(f"/tickets/{ticket['number']}/reply", {"text": long})
    assert answer.status_code == 422
    assert long in answer.text
    assert "2,000자" in answer.text


def test_a_colleague_takes_over(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    lee = next(each for each in desk.parts.accounts.colleagues() if each.name == "lee")
    browser.post(f"/tickets/{ticket['number']}/claim")
    assert browser.post(f"/tickets/{ticket['number']}/assign", {"to": lee.id}).status_code == 303
    assert desk.tickets.by_number(ticket["number"])["owner_name"] == "이상담"
    assert last_said(desk, ticket)["text"] == "이상담 상담원이 이어서 도와드려요."
    assert browser.post(f"/tickets/{ticket['number']}/assign", {"to": 99999}).status_code == 422


def test_back_to_the_queue_and_back_to_the_bot(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    path = f"/tickets/{ticket['number']}"
    browser.post(f"{path}/claim")
    assert browser.post(f"{path}/release").status_code == 303
    assert status(desk, ticket) == "waiting"
    browser.post(f"{path}/claim")
    assert browser.post(f"{path}/give-back").status_code == 303
    assert status(desk, ticket) == "bot"
    assert browser.post(f"{path}/reply", {"text": "하나만 더 말씀드릴게요."}).status_code == 303
    assert status(desk, ticket) == "human"
    said = [message["text"] for message in desk.store.history(ticket["conversation_id"]).messages]
    assert said[-2:] == ["김상담 상담원이 대화에 들어왔어요.", "하나만 더 말씀드릴게요."]


def test_the_pin_of_a_receipt_is_not_for_staff(desk: Desk) -> None:
    ticket = desk.ticket()
    card = {"type": "ticket", "number": ticket["number"], "pin": "482913", "contacts": []}
    desk.store.append(ticket["conversation_id"], [Outgoing("bot", "접수했어요. 비밀번호 482913", cards=[card])])
    page = desk.browser("kim").get(f"/tickets/{ticket['number']}").text
    assert "접수했어요" in page
    assert "482913" not in page


def test_a_deleted_talk_leaves_a_readable_ticket(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.store.delete(ticket["conversation_id"])
    page = desk.browser("kim").get(f"/tickets/{ticket['number']}")
    assert page.status_code == 200
    assert "퇴사자가 도면을 가져감" in page.text


def test_presence_follows_signing_in_and_out(desk: Desk) -> None:
    browser = desk.browser("lee")
    names = [row["name"] for row in desk.tickets.on_duty() if row["available"]]
    assert "이상담" in names
    browser.post("/duty", {"available": "false"})
    assert all(not row["available"] for row in desk.tickets.on_duty() if row["name"] == "이상담")
    browser.post("/sign-out")
    assert all(row["name"] != "이상담" for row in desk.tickets.on_duty())


@pytest.mark.parametrize(("name", "chosen"), [("lee", True), ("lee", False), ("choi", True), ("choi", False)])
def test_a_desk_that_slept_is_on_duty_or_away_as_before(desk: Desk, name: str, chosen: bool) -> None:
    browser = desk.browser(name)
    browser.post("/duty", {"available": str(chosen).lower()})
    person = next(each for each in desk.parts.accounts.everybody() if each.name == name)
    with desk.engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=3)
        connection.execute(update(OnDuty).where(OnDuty.staff == str(person.id)).values(seen_at=long_ago))
    account = browser.get("/account").text
    assert ("근무 중</button>" in account) is chosen
    assert 'data-stream="/desk/events"' in account  # a page without a list of its own keeps them on duty, too
    with browser.http.stream("GET", "/events") as stream:
        assert any(line == "event: duty" for line in stream.iter_lines())
    [row] = [row for row in desk.tickets.on_duty() if row["staff"] == str(person.id)]
    assert row["available"] is chosen
    browser.post("/sign-out")


@pytest.mark.parametrize(("name", "expected"), [("lee", True), ("choi", False)])
def test_whoever_has_chosen_nothing_is_on_duty_by_role(desk: Desk, name: str, expected: bool) -> None:
    browser = desk.browser(name)
    person = next(each for each in desk.parts.accounts.everybody() if each.name == name)
    desk.tickets.off_duty(str(person.id))
    with browser.http.stream("GET", "/events") as stream:
        assert any(line == "event: duty" for line in stream.iter_lines())
    assert [row["available"] for row in desk.tickets.on_duty() if row["staff"] == str(person.id)] == [expected]
    browser.post("/sign-out")


@pytest.fixture
def talking(desk: Desk) -> tuple[dict[str, str], httpx.Client]:
    """Return a live ticket and a client of its user's window."""
    client = httpx.Client(base_url=desk.url, timeout=20, trust_env=False)
    opened = client.post("/api/conversations").json()
    client.headers["Authorization"] = f"Bearer {opened['token']}"
    ticket = desk.ticket(conversation_id=opened["id"], key=opened["id"])
    return ticket, client


def test_a_reply_is_on_the_users_screen_in_time(desk: Desk, talking: tuple[dict[str, str], httpx.Client]) -> None:
    ticket, client = talking
    browser = desk.browser("kim")
    browser.post(f"/tickets/{ticket['number']}/claim")
    seconds = []
    with client.stream("GET", f"/api/conversations/{ticket['conversation_id']}/events") as stream:
        lines = stream.iter_lines()
        with ThreadPoolExecutor(1) as pool:
            for number in range(10):
                text = f"답장 {number}"
                started = time.perf_counter()
                sent = pool.submit(browser.post, f"/tickets/{ticket['number']}/reply", {"text": text})
                assert any(line.startswith("data:") and text in line for line in lines)
                seconds.append(time.perf_counter() - started)
                sent.result()
    print(
        f"staff reply to the user's window: median {sorted(seconds)[5] * 1000:.0f} ms, worst {max(seconds) * 1000:.0f} ms"
    )
    assert max(seconds) < 0.3


def test_the_user_sees_that_staff_is_writing(desk: Desk, talking: tuple[dict[str, str], httpx.Client]) -> None:
    ticket, client = talking
    browser = desk.browser("kim")
    browser.post(f"/tickets/{ticket['number']}/claim")
    with client.stream("GET", f"/api/conversations/{ticket['conversation_id']}/events") as stream:
        lines = stream.iter_lines()
        assert any(line == "event: status" for line in lines)
        assert browser.post(f"/tickets/{ticket['number']}/typing").status_code == 204
        assert any(line == "event: typing" for line in lines)


def test_a_page_hears_what_the_user_says_and_goes_on_where_it_was(
    desk: Desk, talking: tuple[dict[str, str], httpx.Client]
) -> None:
    ticket, client = talking
    browser = desk.browser("kim")
    browser.post(f"/tickets/{ticket['number']}/claim")
    after = last_said(desk, ticket)["seq"]

    def said(text: str) -> None:
        answer = client.post(
            f"/api/conversations/{ticket['conversation_id']}/messages", json={"id": secrets.token_hex(8), "text": text}
        )
        assert answer.status_code == 200

    def heard(last_event_id: str) -> list[tuple[str, str]]:
        found, current = [], ""
        with browser.http.stream(
            "GET", f"/tickets/{ticket['number']}/events", headers={"Last-Event-ID": last_event_id}
        ) as stream:
            for line in stream.iter_lines():
                if line.startswith("id: "):
                    current = line[4:]
                if line.startswith("data: ") and '"from"' in line:
                    found.append((current, json.loads(line[6:])["html"]))
                if line == "event: session":
                    return found
        return found

    said("하나")
    said("둘")
    first = heard(str(after))
    assert ["하나" in first[0][1], "둘" in first[1][1]] == [True, True]
    said("셋")
    again = heard(first[-1][0])
    assert len(again) == 1
    assert "셋" in again[0][1]
