"""Queues: masking, filters, search; and what is written down of looking."""

import re

import pytest
from desk_at_work import Desk

from bot.tickets.workflow import CALL_BACK
from desk.lists import SUMMARY_LENGTH
from desk.masking import mask_phone


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("010-1234-5678", "010-****-5678"),
        ("01012345678", "010****5678"),
        ("02-368-8787", "02-***-8787"),
        ("010 1234 5678", "010 **** 5678"),
        ("+82-10-1234-5678", "+82-10-****-5678"),
        ("전화는 010.1234.5678 이에요", "전화는 010.****.5678 이에요"),
        ("대표번호는 1588-1234예요", "대표번호는 ****-1234예요"),
        ("1588 1234", "**** 1234"),
        ("15881234", "****1234"),
        ("2345-6789로 주세요", "****-6789로 주세요"),
        ("2024-2025년 도면", "2024-2025년 도면"),
        ("2026-11-20 3D 도면 40장", "2026-11-20 3D 도면 40장"),
        ("", ""),
    ],
)
def test_phone_numbers_are_masked(text: str, masked: str) -> None:
    assert mask_phone(text) == masked


def test_lists_show_no_whole_phone_number(desk: Desk) -> None:
    brief = [{"field": "incident_summary", "value": "연락은 010-2222-3333 으로", "quote": "", "seq": 1}]
    ticket = desk.ticket(contact={"name": "강하나", "phone": "010-7777-8888"}, brief=brief)
    page = desk.browser("kim").get("/queue/all").text
    assert ticket["number"] in page
    assert "010-****-8888" in page
    for number in ("010-7777-8888", "010-2222-3333"):
        assert number not in page


def test_a_number_on_the_edge_of_a_summary_is_masked(desk: Desk) -> None:
    for before in range(SUMMARY_LENGTH - 13, SUMMARY_LENGTH):
        brief = [
            {"field": "incident_summary", "value": f"{'가' * before}010-3131-4242로 주세요", "quote": "", "seq": 1}
        ]
        desk.ticket(brief=brief)
    page = desk.browser("kim").get("/queue/all").text
    assert "가가" in page
    assert not re.search("가010-?3", page)  # a ticket's number may hold the same digits


def test_a_request_without_a_report_is_listed_with_its_question(desk: Desk) -> None:
    asked = {"text": "수출 허가 말고 신고면 되나요? 010-3131-4242", "seq": 1}
    desk.ticket(brief=[], contact={"phone": "010-7777-8888"}, context={"question": asked})
    page = desk.browser("kim").get("/queue/all").text
    assert "수출 허가 말고 신고면 되나요? 010-****-4242" in page


@pytest.mark.parametrize("words", ["유별난", "010-4321-8765", "01043218765", "8765", "뿌리산업 유별난", "니켈 도금액"])
def test_search_finds_by_name_phone_and_text(desk: Desk, words: str) -> None:
    brief = [{"field": "leaked_technology", "value": "니켈 도금액 배합", "quote": "", "seq": 1}]
    contact = {"name": "유별난", "phone": "010-4321-8765", "company": "뿌리산업"}
    ticket = desk.ticket(brief=brief, contact=contact)
    other = desk.ticket()
    browser = desk.browser("kim")
    answer = browser.post("/queue/all/search", {"words": words})
    assert answer.status_code == 303
    where = answer.headers["location"].removeprefix("/desk")
    assert words not in where, "words may name people and stay out of addresses"
    page = browser.get(where).text
    assert ticket["number"] in page
    assert other["number"] not in page


def test_search_finds_by_number(desk: Desk) -> None:
    ticket, other = desk.ticket(), desk.ticket()
    browser = desk.browser("kim")
    where = browser.post("/queue/waiting/search", {"words": ticket["number"].lower()}).headers["location"]
    page = browser.get(where.removeprefix("/desk")).text
    assert ticket["number"] in page
    assert other["number"] not in page


def test_queues_and_filters(desk: Desk) -> None:
    mine, waiting = desk.ticket(), desk.ticket(kind=CALL_BACK)
    closed = desk.ticket(urgent=True)
    browser = desk.browser("lee")
    for ticket in (mine, closed):
        browser.post(f"/tickets/{ticket['number']}/claim")
    browser.post(f"/tickets/{closed['number']}/close", {"result": "referred"})

    def numbers(path: str) -> set[str]:
        page = browser.get(path).text
        return {each["number"] for each in (mine, waiting, closed) if f"/desk/tickets/{each['number']}" in page}

    assert numbers("/queue/mine") == {mine["number"]}
    assert waiting["number"] in numbers("/queue/all?kind=call_back")
    assert mine["number"] not in numbers("/queue/all?kind=call_back")
    assert numbers("/queue/closed?urgent=true") == {closed["number"]}
    assert numbers("/queue/mine?state=waiting_user") == set()


def test_looking_is_written_down(desk: Desk) -> None:
    ticket = desk.ticket()
    browser = desk.browser("kim")
    browser.get("/queue/waiting")
    browser.post("/queue/all/search", {"words": "도면"})
    browser.get("/queue/all?found=true")
    browser.get(f"/tickets/{ticket['number']}")
    search, view = desk.parts.access.lines(staff_name="kim")[1::-1]
    assert (view.action, view.subject, view.address) == ("view", ticket["number"], "127.0.0.1")
    assert (search.action, search.detail["words"]) == ("search", "도면")
    browser.post(f"/tickets/{ticket['number']}/reply", {"text": "아직 맡지 않았어요"})  # refused, and shows the ticket
    with browser.http.stream("GET", f"/tickets/{ticket['number']}/events?after=0") as stream:
        assert any("도면을 가져갔어요" in line for line in stream.iter_lines())
    follow, refused = desk.parts.access.lines(staff_name="kim")[:2]
    assert (follow.action, follow.subject, follow.detail["after"]) == ("follow", ticket["number"], 0)
    assert (refused.action, refused.subject) == ("view", ticket["number"])
    seen = desk.browser("choi").get("/access", params={"subject": ticket["number"]}).text
    assert "상담 열람" in seen
    assert "kim" in seen
