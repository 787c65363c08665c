"""Reading Korean dates as people say them: "지난주 금요일 저녁쯤", "작년 여름", "11/3", "한 달쯤 전". Pure; `today` comes in.

A date is read as a period (a day, a week, a season), because that is what people know. What lies ahead is not an incident's date.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import dateparser
import holidays

EARLIEST = date(1970, 1, 1)
# A day without a year that lies ahead: so near that the writer erred, or far enough to be last year's.
NEAR_FUTURE = timedelta(days=31)
WEEKDAYS = "월화수목금토일"
SEASONS = {"봄": (3, 5), "여름": (6, 8), "가을": (9, 11), "겨울": (12, 2)}
NATIVE_DAYS = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}
NATIVE_NUMBERS = {
    "한": 1,
    "두": 2,
    "세": 3,
    "석": 3,
    "네": 4,
    "넉": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
    "열": 10,
    "열한": 11,
    "열두": 12,
}
SINO = {"일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9}
FEW = {"day": (2, 7), "week": (2, 5), "month": (2, 6), "year": (2, 5)}
UNITS = {
    "일": "day",
    "날": "day",
    "주": "week",
    "주일": "week",
    "달": "month",
    "개월": "month",
    "년": "year",
    "해": "year",
}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included. `about`: the writer was not sure. `words`: what was written."""

    first: date
    last: date
    about: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading: a period, or that it lies ahead, or (neither) that there is no date in the text."""

    period: Period | None = None
    is_future: bool = False


def read_date(text: str, today: date, *, in_story: bool = False) -> Reading:
    """Return the date that a text gives. With `in_story` only forms count that mean nothing else in the middle of a story."""
    plain = _plain(text)
    period = _range(plain, today, in_story) or _single(plain, today, in_story)
    if period is None and not in_story:
        period = _by_library(plain, today)
    if period is None or period.last < EARLIEST:
        return Reading()
    if period.first > today:
        return Reading(is_future=True)
    return Reading(replace(period, last=min(period.last, today), words=text.strip()))


def describe(period: Period) -> str:
    """Return a period as people read it: "2026년 11월 20일 금요일", "2025년 6월 1일~8월 31일", "2026년 10월"."""
    first, last = period.first, period.last
    if first == last:
        text = f"{first.year}년 {first.month}월 {first.day}일 {WEEKDAYS[first.weekday()]}요일"
    elif (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        text = f"{first.year}년"
    elif first.day == 1 and (first.year, first.month) == (last.year, last.month) and last == _month_end(last):
        text = f"{first.year}년 {first.month}월"
    else:
        end = (
            f"{last.month}월 {last.day}일" if first.year == last.year else f"{last.year}년 {last.month}월 {last.day}일"
        )
        text = f"{first.year}년 {first.month}월 {first.day}일~{end}"
    return f"{text}쯤" if period.about else text


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"(유|시)월", lambda m: {"유": "6월", "시": "10월"}[m[1]], text)
    text = re.sub(r"(?<![가-힣])([일이삼사오육칠팔구십]{1,4})(?=\s*(?:월|일|개월|주일?)(?!요))", _sino_number, text)
    return " ".join(text.split())


def _sino_number(match: re.Match[str]) -> str:
    word = match[1]
    tens, ten, ones = word.rpartition("십")
    if ten and len(tens) <= 1 and len(ones) <= 1:
        return str((SINO.get(tens, 1) if tens else 1) * 10 + SINO.get(ones, 0))
    return str(SINO[word]) if len(word) == 1 else word


def _range(text: str, today: date, in_story: bool) -> Period | None:
    """Read "8월부터 10월까지", "3월 2일~5일", "작년부터"."""
    match = re.search(r"^(.*?\S)\s*(?:부터|에서)\s*(.*?)(?:까지|사이|동안|$)|^(.*?[월일년])\s*~\s*(.+)$", text)
    if match is None:
        return None
    start = _single(match[1] or match[3], today, in_story)
    if start is None:
        return None
    rest = (match[2] if match[1] else match[4]) or ""
    day_only = re.match(r"(\d{1,2})\s*일", rest)
    if day_only and start.first == start.last:
        end_day = _day(start.first.year, start.first.month, int(day_only[1]))
        end = Period(end_day, end_day) if end_day else None
    else:
        end = _single(rest, today, in_story)
    if end is not None and end.last >= start.first:
        return Period(start.first, end.last, start.about or end.about)
    # "작년부터 계속": until today. Otherwise "…에서" was a place and not a beginning.
    return Period(start.first, today, start.about) if "부터" in text else None


ABOUT = re.compile(r"쯤|경(?![가-힣])|정도|무렵|즈음|(?<!저)께(?![가-힣])|대략|아마")


def _single(text: str, today: date, in_story: bool) -> Period | None:
    for reader in READERS if not in_story else STORY_READERS:
        for period in reader(text, today):
            if period is None:
                return None  # a day that no calendar has
            about = period.about or bool(ABOUT.search(text))
            return replace(period, about=about and (period.last - period.first).days < 300)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _month(year: int, month: int, part: str | None = None) -> Period | None:
    first = _day(year, month, 1)
    if first is None:
        return None
    last = _month_end(first)
    if part in ("초", "상순", "초순"):
        return Period(first, first.replace(day=10))
    if part in ("중순", "중", "중반"):
        return Period(first.replace(day=11), first.replace(day=20))
    if part in ("말", "하순", "말경"):
        return Period(first.replace(day=21), last)
    return Period(first, last)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _year_word(word: str, today: date) -> int | None:
    """Return the year that a word means: 작년, 올해, 재작년, 2025년, 25년; None for no word."""
    word = word.replace(" ", "")
    known = {
        "올해": 0,
        "올": 0,
        "금년": 0,
        "이번해": 0,
        "작년": 1,
        "지난해": 1,
        "저번해": 1,
        "전년": 1,
        "재작년": 2,
        "지지난해": 2,
    }
    if word in known:
        return today.year - known[word]
    digits = re.match(r"\d+", word)
    if digits is None:
        return None
    year = int(digits[0])
    return year + 2000 if year < 70 else year + 1900 if year < 100 else year


YEAR = r"(?P<year>(?:19|20)\d{2}\s*년|(?<!\d)\d{2}\s*년\s*(?=\d{1,2}\s*월|봄|여름|가을|겨울|초(?![가-힣])|말(?![가-힣])|[상하]반기|\d\s*분기)|재작년|지지난\s*해|작년|지난\s*해|저번\s*해|전년|올해|금년|이번\s*해)"
PART = r"(?P<part>초순|상순|중순|하순|중반|초|말)?"


def _full_dates(text: str, today: date) -> Iterator[Period | None]:
    """2025-03-14, 2025.3.14, 25/3/14, 20250314"""
    for match in re.finditer(
        r"(?<!\d)(\d{4}|\d{2})\s*[.\-/]\s*(\d{1,2})\s*[.\-/]\s*(\d{1,2})(?!\d)|(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)",
        text,
    ):
        year, month, day = (int(part) for part in (match.groups()[:3] if match[1] else match.groups()[3:]))
        found = _day(year + 2000 if year < 70 else year + 1900 if year < 100 else year, month, day)
        yield Period(found, found) if found else None


def _months_and_days(text: str, today: date) -> Iterator[Period | None]:
    """2025년 3월 14일, 작년 3월 말, 3월 14일, 지난 3월"""
    for match in re.finditer(
        rf"(?:{YEAR}\s*)?(?<!\d)(?P<month>1[0-2]|0?[1-9])\s*월(?!요일)\s*(?:(?P<day>\d{{1,2}})\s*일|{PART})?", text
    ):
        year, month = _year_word(match["year"] or "", today), int(match["month"])
        if match["day"]:
            yield _dated(year, month, int(match["day"]), today)
        else:
            yield _in_past(lambda y: _month(y, month, match["part"]), year, today)  # noqa: B023 (used at once)


def _dated(year: int | None, month: int, day: int, today: date) -> Period | None:
    def of(year: int) -> Period | None:
        found = _day(year, month, day)
        return Period(found, found) if found else None

    return _in_past(of, year, today)


def _in_past(of: Callable[[int], Period | None], year: int | None, today: date) -> Period | None:
    """Return the period of the year that was said, or of the last year in which it does not lie ahead."""
    if year is not None:
        return of(year)
    this_year = of(today.year)
    if this_year is not None and this_year.first <= today:
        return this_year
    if this_year is not None and this_year.first == this_year.last <= today + NEAR_FUTURE:
        return this_year  # a slip: it is asked again
    # The 29th of February comes every fourth year.
    return next((found for back in range(1, 9) if (found := of(today.year - back)) is not None), None)


def _slashed(text: str, today: date) -> Iterator[Period | None]:
    """11/3, 11-3"""
    for match in re.finditer(r"(?<![\d/\-.])(1[0-2]|0?[1-9])\s*[/\-]\s*(3[01]|[12]\d|0?[1-9])(?![\d/\-.]*\d)", text):
        yield _dated(None, int(match[1]), int(match[2]), today)


def _told_slashed(text: str, today: date) -> Iterator[Period | None]:
    """11/3 in a story, where 2/3 may be a share: only with what follows a date."""
    day = r"(?<![\d/\-.])(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])(?=\s?(?:에|일|자|쯤|경|날|새벽|오전|오후|밤|\())"
    for match in re.finditer(day, text):
        yield from _slashed(match[0], today)


def _dotted(text: str, today: date) -> Iterator[Period | None]:
    """11.3, 11.3."""
    for match in re.finditer(r"(?<![\d/\-.])(1[0-2]|0?[1-9])\s*\.\s*(3[01]|[12]\d|0?[1-9])\.?(?![\d/\-])", text):
        yield _dated(None, int(match[1]), int(match[2]), today)


DAY_WORDS = (
    (r"그끄저께|그끄제|삼일\s*전", 3, 3),
    (r"엊그저께|엊그제|그저께\s*쯤", 2, 3),
    (r"그저께|그제(?!서|야)|이틀\s*전", 2, 2),
    (r"어제|어저께|어젯밤|어제밤|간밤|지난\s*밤|전날\s*밤", 1, 1),
    (r"밤새|밤사이", 0, 1),
    (r"오늘|방금|지금\s*막|조금\s*전|좀\s*전|아까|금일|몇\s*시간\s*전|\d+\s*시간\s*전|\d+\s*분\s*전", 0, 0),
)
# "오늘 알았어요": the day on which it was found out, and not that of the incident.
FOUND_OUT = re.compile(r"[^.!?\n]{0,6}?(?:알았|알게|발견|확인|들었|전해|찾았)")


def _day_words(text: str, today: date) -> Iterator[Period | None]:
    """어제, 그저께, 엊그제, 오늘 새벽. The earliest day of several wins: what was found today happened before."""
    for pattern, nearest, farthest in DAY_WORDS:
        if re.search(pattern, text):
            yield Period(today - timedelta(days=farthest), today - timedelta(days=nearest), about=nearest != farthest)


def _told_day_words(text: str, today: date) -> Iterator[Period | None]:
    """Day words in a story, without those that tell when it was found out."""
    for pattern, nearest, farthest in DAY_WORDS:
        for match in re.finditer(pattern, text):
            if not FOUND_OUT.match(text[match.end() :]):
                first, last = today - timedelta(days=farthest), today - timedelta(days=nearest)
                yield Period(first, last, about=nearest != farthest)


NUMBER = r"(?P<number>\d{1,3}|열한|열두|한두|두세|두어|서너|너댓|대여섯|다섯|여섯|일곱|여덟|아홉|한|두|세|석|네|넉|열|몇|수|반|일|이|삼|사|오|육|칠|팔|구|십)"
BETWEEN = {"한두": (1, 2), "두세": (2, 3), "두어": (2, 3), "서너": (3, 4), "너댓": (4, 5), "대여섯": (5, 6)}


def _ago(text: str, today: date) -> Iterator[Period | None]:
    """3일 전, 사흘 전, 한 달쯤 전, 며칠 전, 일주일 전, 반년 전, 두세 달 전"""
    for match in re.finditer(rf"(?P<native>{'|'.join(NATIVE_DAYS)})\s*(?:쯤|정도)?\s*전", text):
        day = today - timedelta(days=NATIVE_DAYS[match["native"]])
        yield Period(day, day)
    if re.search(r"(?:며칠|몇\s*일|수일)\s*(?:쯤|정도)?\s*전|요\s*며칠", text):
        low, high = FEW["day"]
        yield Period(today - timedelta(days=high), today - timedelta(days=low), about=True)
    if re.search(r"반\s*년\s*(?:쯤|정도)?\s*전", text):
        yield _before(today, "month", 6, 6, about=True)
    for match in re.finditer(
        rf"{NUMBER}\s*(?P<unit>개월|주일|일|날|주|달|년|해)\s*(?P<half>반)?\s*(?:쯤|정도|가량)?\s*전", text
    ):
        yield _counted(match, today)


def _since(text: str, today: date) -> Iterator[Period | None]:
    """일주일쯤 됐어요, 한 달 넘었어요"""
    for match in re.finditer(
        rf"{NUMBER}\s*(?P<unit>개월|주일|일|달|년|해)\s*(?P<half>반)?\s*(?:쯤|정도|가량)?\s*(?:됐|되었|된|지났|넘)",
        text,
    ):
        yield _counted(match, today)


def _counted(match: re.Match[str], today: date) -> Period | None:
    unit = UNITS[match["unit"]]
    low, high = _amount(match["number"], unit)
    if unit == "year" and match["half"]:
        unit, low, high = "month", low * 12 + 6, high * 12 + 6
    return _before(today, unit, low, high, about=low != high) if high else None


def _amount(word: str, unit: str) -> tuple[int, int]:
    if word in BETWEEN:
        return BETWEEN[word]
    if word in ("몇", "수"):
        return FEW[unit]
    number = (
        int(word) if word.isdecimal() else NATIVE_NUMBERS.get(word) or SINO.get(word) or (10 if word == "십" else 0)
    )
    return number, number


def _before(today: date, unit: str, low: int, high: int, *, about: bool) -> Period:
    """Return the period from `high` to `low` units ago. A month or a year ago is a guess around that day."""
    if unit in ("day", "week"):
        days = 7 if unit == "week" else 1
        return Period(today - timedelta(days=high * days), today - timedelta(days=low * days), about)
    months = 12 if unit == "year" else 1
    return Period(_months_before(today, high * months), _months_before(today, low * months), about)


def _weeks(text: str, today: date) -> Iterator[Period | None]:
    """지난주 금요일, 지지난주, 이번 주 초, 지난 금요일, 금요일"""
    monday = today - timedelta(days=today.weekday())
    if re.search(r"(?:지난|저번)\s*주말", text):
        saturday = monday - timedelta(days=2)
        yield Period(saturday, saturday + timedelta(days=1))
    match = re.search(
        r"(?P<week>지지난\s*주|저저번\s*주|저\s*지난\s*주|지난\s*주|저번\s*주|전\s*주(?=\s|에|$)|이번\s*주|금주)\s*"
        r"(?:(?P<part>초|중반|중(?![가-힣])|말)|(?P<day>[월화수목금토일])\s*(?:요일|욜))?",
        text,
    )
    if match is not None:
        word = match["week"].replace(" ", "")
        back = 2 if word in ("지지난주", "저저번주", "저지난주") else 0 if word in ("이번주", "금주") else 1
        start = monday - timedelta(weeks=back)
        if match["day"]:
            day = start + timedelta(days=WEEKDAYS.index(match["day"]))
            yield Period(day, day)
        first, last = {"초": (0, 1), "중반": (2, 3), "중": (2, 3), "말": (4, 6)}.get(match["part"] or "", (0, 6))
        yield Period(start + timedelta(days=first), start + timedelta(days=last))
    match = re.search(r"(?:지난|저번)\s*(?P<day>[월화수목금토일])\s*(?:요일|욜)", text)
    if match is not None:
        yield _last_weekday(WEEKDAYS.index(match["day"]), today)


def _bare_weekday(text: str, today: date) -> Iterator[Period | None]:
    """금요일, 금욜"""
    match = re.search(r"(?P<day>[월화수목금토일])\s*(?:요일|욜)", text)
    if match is not None:
        yield _last_weekday(WEEKDAYS.index(match["day"]), today)


def _last_weekday(weekday: int, today: date) -> Period:
    day = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    return Period(day, day)


def _relative_months(text: str, today: date) -> Iterator[Period | None]:
    """지난달 말, 이번 달 초, 지지난달, 전달 15일"""
    match = re.search(
        rf"(?P<month>지지난\s*달|저저번\s*달|지난\s*달|저번\s*달|전\s*달|전월|이번\s*달|이달|금월)\s*(?:(?P<day>\d{{1,2}})\s*일|{PART})?",
        text,
    )
    if match is None:
        return
    word = match["month"].replace(" ", "")
    back = 2 if word in ("지지난달", "저저번달") else 0 if word in ("이번달", "이달", "금월") else 1
    month = _months_before(today.replace(day=1), back)
    if match["day"]:
        day = _day(month.year, month.month, int(match["day"]))
        yield Period(day, day) if day else None
    else:
        yield _month(month.year, month.month, match["part"])


def _seasons(text: str, today: date) -> Iterator[Period | None]:
    """작년 여름, 올봄, 지난겨울, 지난 가을, 올해 초, 작년 말, 작년 하반기, 연초"""
    match = re.search(
        rf"(?:{YEAR}|(?P<last>지난)|(?P<this>올|이번))?\s*(?P<season>봄|여름|가을|겨울)(?:철)?(?![가-힣]*비)", text
    )
    if match is not None and (match["year"] or match["last"] or match["this"]):
        first, last = SEASONS[match["season"]]
        if match["year"]:
            yield _season(_year_word(match["year"], today) or today.year, first, last)
        else:
            this_year = _season(today.year, first, last)
            running = this_year.first <= today <= this_year.last
            over = this_year.last < today
            use_this = over or (running and not match["last"]) or (bool(match["this"]) and this_year.first <= today)
            yield this_year if use_this else _season(today.year - 1, first, last)
    match = re.search(
        rf"{YEAR}\s*(?:(?P<part>초|중반|말)|(?P<half>[상하])반기|(?P<quarter>[1-4])\s*(?:/\s*4)?\s*분기)", text
    )
    if match is not None:
        yield _part_of_year(_year_word(match["year"], today) or today.year, match)
    match = re.search(r"(?P<part>연초|연말)", text)
    if match is not None:
        year = today.year if match["part"] == "연초" else today.year - (today.month < 12)
        yield (
            Period(date(year, 1, 1), date(year, 2, 28))
            if match["part"] == "연초"
            else Period(date(year, 12, 1), date(year, 12, 31))
        )


def _parts_of_this_year(text: str, today: date) -> Iterator[Period | None]:
    """지난 분기, 이번 반기, 3분기, 하반기: without a year the last one that has begun"""
    match = re.search(
        r"(?P<back>지지난|저저번|지난|저번|전|이번|올)?\s*(?:(?P<quarter>[1-4])\s*(?:/\s*4)?\s*분기|(?P<half>[상하])반기|(?P<kind>분기|반기))",
        text,
    )
    if match is None:
        return
    if not match["kind"]:
        this_year = _part_of_year(today.year, match)
        yield this_year if this_year.first <= today else _part_of_year(today.year - 1, match)
    elif match["back"]:
        months = 3 if match["kind"] == "분기" else 6
        begun = today.replace(month=(today.month - 1) // months * months + 1, day=1)
        back = {"지지난": 2, "저저번": 2, "이번": 0, "올": 0}.get(match["back"], 1)
        first = _months_before(begun, months * back)
        yield _season(first.year, first.month, first.month + months - 1)


def _season(year: int, first: int, last: int) -> Period:
    end = date(year + (last < first), last, 1)
    return Period(date(year, first, 1), _month_end(end))


def _part_of_year(year: int, match: re.Match[str]) -> Period:
    if match["half"]:
        first, last = (1, 6) if match["half"] == "상" else (7, 12)
    elif match["quarter"]:
        first = int(match["quarter"]) * 3 - 2
        last = first + 2
    else:
        first, last = {"초": (1, 2), "중반": (5, 8), "말": (11, 12)}[match["part"]]
    return _season(year, first, last)


def _years(text: str, today: date) -> Iterator[Period | None]:
    """2024년, 작년, 재작년, 올해"""
    match = re.search(YEAR, text)
    if match is not None:
        year = _year_word(match["year"], today)
        if year is not None and EARLIEST.year <= year <= 9999:
            yield Period(date(year, 1, 1), date(year, 12, 31))


def _holidays(text: str, today: date) -> Iterator[Period | None]:
    """지난 추석 때, 설 연휴"""
    match = re.search(rf"(?:{YEAR}\s*)?(?P<feast>추석|설\s*(?:날|연휴|때|에|명절)|구정)", text)
    if match is None:
        return
    wanted = "추석" if match["feast"] == "추석" else "설날"
    year = _year_word(match["year"] or "", today)
    for candidate in (year,) if year else (today.year, today.year - 1):
        days = [
            day
            for day, name in holidays.country_holidays("KR", years=candidate, language="ko").items()
            if wanted in name
        ]
        if days and (year or min(days) <= today):
            yield Period(min(days), max(days))
            return


def _day_of_month(text: str, today: date) -> Iterator[Period | None]:
    """14일, 지난 14일: the last one"""
    match = re.search(r"(?<!\d)(3[01]|[12]\d|0?[1-9])\s*일(?!\s*(?:전|간|동안|만|째|차|쯤\s*전|정도\s*전))", text)
    if match is None:
        return
    for back in (0, 1, 2):
        month = _months_before(today.replace(day=1), back)
        day = _day(month.year, month.month, int(match[1]))
        if day is not None and day <= today:
            yield Period(day, day)
            return


def _lately(text: str, today: date) -> Iterator[Period | None]:
    """최근, 요즘, 얼마 전"""
    if re.search(r"최근|요즘|요새|얼마\s*전|근래", text):
        yield Period(today - timedelta(days=30), today, about=True)


def _ahead(text: str, today: date) -> Iterator[Period | None]:
    """내일, 모레, 다음 주: not the day of an incident"""
    if re.search(r"내일|모레|다음\s*(?:주|달|해)|내년|내후년", text):
        yield Period(today + timedelta(days=1), today + timedelta(days=1))


Reader = Callable[[str, date], Iterator[Period | None]]
STORY_READERS: tuple[Reader, ...] = (
    *(
        _full_dates,
        _relative_months,
        _months_and_days,
        _ago,
        _weeks,
        _seasons,
        _parts_of_this_year,
        _told_day_words,
        _told_slashed,
        _holidays,
        _years,
    ),
)
READERS: tuple[Reader, ...] = (
    *(
        _full_dates,
        _relative_months,
        _months_and_days,
        _ago,
        _weeks,
        _seasons,
        _parts_of_this_year,
        _day_words,
        _slashed,
        _dotted,
        _holidays,
    ),
    *(_ahead, _years, _since, _bare_weekday, _day_of_month, _lately),
)


def _by_library(text: str, today: date) -> Period | None:
    """Let dateparser try short answers that the readers above do not know."""
    if len(text) > 30 or not re.search(r"\d", text):
        return None
    settings = {
        "RELATIVE_BASE": datetime(today.year, today.month, today.day),  # noqa: DTZ001 (a day, no moment)
        "PREFER_DATES_FROM": "past",
        "REQUIRE_PARTS": ["day", "month"],
    }
    found = dateparser.parse(text, languages=["ko", "en"], settings=settings)
    return Period(found.date(), found.date()) if found else None
