"""Export and print: a reason first, cells that are no formulas."""

import csv
import io
from datetime import datetime

from desk_at_work import Desk

from bot.korean_time import KOREA
from desk.exporting import as_csv

TODAY = f"{datetime.now(KOREA):%Y-%m-%d}"


def test_cells_that_a_spreadsheet_would_run_are_quoted() -> None:
    cells = ["=1+1", "+82", "-3", "@SUM(A1)", "\tx", "도면", "a=b", 'say "hi", ok']
    text = as_csv([cells]).decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(text))) == [
        "'=1+1",
        "'+82",
        "'-3",
        "'@SUM(A1)",
        "'\tx",
        "도면",
        "a=b",
        'say "hi", ok',
    ]


def test_an_export_needs_a_reason_and_is_written_down(desk: Desk) -> None:
    ticket = desk.ticket(contact={"name": "=cmd|calc", "phone": "+82-10-1234-5678"})
    browser = desk.browser("choi")
    given = {"since": TODAY, "until": TODAY, "personal": "true"}
    assert browser.post("/export", given | {"reason": " "}).status_code == 422
    answer = browser.post("/export", given | {"reason": "월간 보고"})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    row = next(row for row in rows if row[0] == ticket["number"])
    assert row[-4:-2] == ["'=cmd|calc", "'+82-10-1234-5678"]
    line = desk.parts.access.lines(staff_name="choi")[0]
    assert (line.action, line.detail["reason"], line.detail["personal"]) == ("export", "월간 보고", True)


def test_without_being_asked_for_nobody_is_named(desk: Desk) -> None:
    desk.ticket(contact={"name": "노출금지", "phone": "010-6666-7777"})
    answer = desk.browser("choi").post("/export", {"since": TODAY, "until": TODAY, "reason": "통계"})
    assert "노출금지" not in answer.content.decode("utf-8-sig")


def test_bad_days_are_said_kindly(desk: Desk) -> None:
    browser = desk.browser("choi")
    for since, until in (("", TODAY), (TODAY, "2020-01-01"), ("2020-01-01", TODAY), ("어제", TODAY)):
        answer = browser.post("/export", {"since": since, "until": until, "reason": "통계"})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_printing_needs_a_reason_and_is_written_down(desk: Desk) -> None:
    ticket, browser = desk.ticket(), desk.browser("kim")
    path = f"/tickets/{ticket['number']}/print"
    assert browser.post(path, {"reason": ""}).status_code == 422
    page = browser.post(path, {"reason": "회의 자료"})
    assert page.status_code == 200
    assert "퇴사자가 도면을 가져감" in page.text
    line = desk.parts.access.lines(subject=ticket["number"])[0]
    assert (line.action, line.detail["reason"]) == ("print", "회의 자료")
