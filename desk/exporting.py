"""A list of tickets as a CSV file, for a supervisor, with a reason."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.korean_time import KOREA, korea_today
from desk.guard import Who
from desk.lists import Asked
from desk.pages import HEADERS, render
from desk.parts import address, parts_of
from desk.words import CHANNEL_WORDS, KIND_WORDS, RESULT_WORDS, STATE_WORDS

MOST_ROWS = 10_000
LONGEST_DAYS = 366
LONGEST_REASON = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = ("접수번호", "종류", "상태", "결과", "급함", "경로", "담당", "접수", "첫 답변 기한", "첫 답변", "종료")
PERSONAL_COLUMNS = ("이름", "전화", "이메일", "회사")

router = APIRouter(prefix="/export")


def safe_cell(value: str) -> str:
    """Return a cell that no spreadsheet reads as a formula."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return the rows as a file; the mark at its beginning makes spreadsheets read it as UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def row_of(ticket: dict[str, Any], personal: bool) -> list[str]:
    """Return one line. Without `personal`, nothing that says who it was."""
    line = [
        ticket["number"],
        KIND_WORDS[ticket["kind"]],
        STATE_WORDS[ticket["state"]],
        RESULT_WORDS.get(ticket["result"] or "", ""),
        "예" if ticket["urgent"] else "",
        CHANNEL_WORDS.get(ticket["channel"], ticket["channel"]),
        ticket["owner_name"] or "",
        *(at(ticket[moment]) for moment in ("created_at", "due_at", "answered_at", "closed_at")),
    ]
    contact = ticket["contact"] or {}
    return line + [str(contact.get(field, "")) for field in ("name", "phone", "email", "company")] if personal else line


def at(moment: datetime | None) -> str:
    return f"{moment.astimezone(KOREA):%Y-%m-%d %H:%M}" if moment else ""


@router.get("")
def export_page(request: Request, person: Who) -> Response:
    return show_form(request, person)


def show_form(request: Request, person: Any, status: int = 200, error: str | None = None) -> Response:
    today = korea_today()
    start = today.replace(day=1)
    return render(request, "export.html", status, error=error, start=start, until=today)


@router.post("")
def export(
    request: Request,
    person: Who,
    since: Annotated[str, Form(max_length=10)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    personal: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Hand out the file. What was taken, by whom and why is written down first."""
    parts, reason = parts_of(request), " ".join(reason.split())
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        return show_form(request, person, 422, "날짜를 확인해 주세요.")
    if not timedelta() <= last - first <= timedelta(days=LONGEST_DAYS):
        return show_form(request, person, 422, "기간은 시작일부터 1년 안에서 골라 주세요.")
    if not 2 <= len(reason) <= LONGEST_REASON:
        return show_form(request, person, 422, f"내보내는 까닭을 {LONGEST_REASON}자 안에서 적어 주세요.")
    begin = datetime.combine(first, time(), KOREA)
    end = datetime.combine(last + timedelta(days=1), time(), KOREA)
    tickets = parts.lists.export(Asked("all"), begin, end, MOST_ROWS)
    detail = {"since": since, "until": until, "personal": personal, "rows": len(tickets), "reason": reason}
    parts.access.note(person, address(request), "export", "all", **detail)
    head = COLUMNS + (PERSONAL_COLUMNS if personal else ())
    body = as_csv([head, *(row_of(ticket, personal) for ticket in tickets)])
    name = f"tickets_{since}_{until}.csv"
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, 200, headers, "text/csv; charset=utf-8")
