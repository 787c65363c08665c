"""With 10,000 tickets, every page of the desk under 200 ms."""

import random
import secrets
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from desk_at_work import Browser, Desk, own_keys, run_desk
from sqlalchemy import insert

from bot.conversations import encryption
from bot.conversations.model import NotUnderstood
from bot.conversations.store import Outgoing
from bot.korean_time import KOREA
from bot.tickets.audit import START
from bot.tickets.model import Note, Referral, Ticket
from bot.tickets.workflow import CLOSED, KINDS, NEW, RESULTS, STATES
from desk.model import Access, table

TICKETS = 10_000
MISSED = 2_000
LONGEST = 0.2
STORY = "지난주 금요일 저녁에 퇴사한 설계팀장이 금형 도면을 USB에 담아 나간 것 같아요. CCTV에 남아 있고 메일 기록도 있어요. "


def ticket_row(number: int, chance: random.Random, conversation: str | None) -> dict[str, object]:
    made = datetime.now(UTC) - timedelta(minutes=10 * number)
    state = chance.choices([*STATES], [1, 1, 3, 1, 30])[0]
    owner = None if state == NEW else str(chance.randint(1, 4))
    return {
        "id": secrets.token_hex(16),
        "number": f"{chance.choice('ABCDEF')}{chance.choice('KLMNPR')}-{number:06d}",
        "key": f"row {number}",
        "pin_hash": "-",
        "wrong_pins": 0,
        "conversation_id": conversation,
        "channel": "web",
        "kind": chance.choice(KINDS),
        "state": state,
        "urgent": chance.random() < 0.1,
        "live": False,
        "anonymous": False,
        "result": chance.choice(RESULTS) if state == CLOSED else None,
        "owner": owner,
        "owner_name": owner and f"상담원 {owner}",
        "created_at": made,
        "changed_at": made,
        "due_at": made + timedelta(hours=4),
        "closed_at": made + timedelta(hours=5) if state == CLOSED else None,
        "brief": [{"field": field, "value": STORY * 2, "quote": STORY, "seq": 1} for field in ("incident_summary", "evidence", "suspect")],
        "contact": {"name": f"이름{number}", "phone": f"010-{number:04d}-1234", "company": f"회사{number}"},
        "context": {"unanswered": [{"text": STORY, "seq": 1}], "programs": [1, 3]},
        "changes": 0,
        "head": START,
    }  # fmt: skip


@pytest.fixture(scope="module")
def full_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    before = encryption._in_use
    desk = run_desk(tmp_path_factory.mktemp("speed") / "var")
    desk.hire("kim", "counsellor")
    desk.hire("choi", "supervisor")
    desk.hire("admin", "administrator")
    chance = random.Random(7)
    conversation, _ = desk.store.create("web")
    for _ in range(10):
        desk.store.append(conversation, [Outgoing(chance.choice(("user", "bot", "staff")), STORY) for _ in range(60)])
    rows = [ticket_row(number, chance, conversation if number == 0 else None) for number in range(TICKETS)]
    with desk.engine.begin() as connection:
        connection.execute(insert(table(Ticket)), rows)
        whose = [row["id"] for row in rows]
        notes = [
            {"ticket_id": id, "author": "1", "author_name": "김", "content": {"text": STORY}, "at": datetime.now(UTC)}
            for id in whose
        ]
        connection.execute(insert(table(Note)), notes)
        referrals = [
            {"ticket_id": id, "contact": "police", "place": 0, "why": "always", "state": "to_do"} for id in whose
        ]
        connection.execute(insert(table(Referral)), referrals)
        access = [
            {"id": 1000 + number, "at": datetime.now(UTC), "staff_name": "kim", "address": "-", "action": "view",
             "subject": rows[number]["number"], "detail": {}, "seal": ["", ""]} for number in range(TICKETS)
        ]  # fmt: skip
        connection.execute(insert(table(Access)), access)
        guess = {"program": "technology_escrow", "topic": "cost"}
        missed = [
            {"conversation_id": conversation, "seq": seq, "content": {"text": f"그거 {seq % 900}", **guess}, "at": datetime.now(UTC)}
            for seq in range(MISSED)
        ]  # fmt: skip
        connection.execute(insert(table(NotUnderstood)), missed)
    desk.number = str(rows[0]["number"])  # type: ignore[attr-defined]
    with own_keys(desk):
        yield desk
    desk.stop()
    encryption._in_use = before


PAGES = {
    "waiting": ("kim", "/queue/waiting"),
    "mine": ("kim", "/queue/mine"),
    "all": ("kim", "/queue/all"),
    "all, page 150": ("kim", "/queue/all?page=150"),
    "closed": ("kim", "/queue/closed"),
    "filtered": ("kim", "/queue/all?kind=leak&state=in_progress&urgent=true"),
    "search, many found": ("kim", "search:도면"),
    "search, one found": ("kim", "search:이름9876"),
    "search, nothing found": ("kim", "search:없는말"),
    "ticket with 600 messages": ("kim", "ticket"),
    "print of 600 messages": ("kim", "ticket/print"),
    "not understood": ("kim", "/not-understood"),
    "export of a week": ("choi", "/export"),
    "access log": ("choi", "/access"),
    "access log of one ticket": ("choi", "/access?subject=AK-000001"),
    "export form": ("choi", "/export"),
    "accounts": ("admin", "/accounts"),
    "own account": ("kim", "/account"),
    "sign-in": ("", "/sign-in"),
}


@pytest.fixture(scope="module")
def browsers(full_desk: Desk) -> dict[str, Browser]:
    return {name: full_desk.browser(name) for name in ("", "kim", "choi", "admin")}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_quick(full_desk: Desk, browsers: dict[str, Browser], page: str) -> None:
    who, path = PAGES[page]
    browser = browsers[who]
    body = None
    if path.startswith("search:"):
        browser.post("/queue/all/search", {"words": path.removeprefix("search:")})
        path = "/queue/all?found=true"
    elif path.startswith("ticket"):
        path = f"/tickets/{full_desk.number}{path.removeprefix('ticket')}"  # type: ignore[attr-defined]
    if path.endswith("/print"):
        body = {"reason": "회의 자료"}
    elif page == "export of a week":
        today = datetime.now(KOREA).date()
        body = {
            "since": str(today - timedelta(days=6)),
            "until": str(today),
            "personal": "true",
            "reason": "주간 보고",
        }
    seconds = []
    for _ in range(7):
        started = time.perf_counter()
        answer = browser.get(path) if body is None else browser.post(path, body)
        assert answer.status_code == 200
        seconds.append(time.perf_counter() - started)
    print(f"{page}: median {statistics.median(seconds) * 1000:.0f} ms")
    assert statistics.median(seconds) < LONGEST
