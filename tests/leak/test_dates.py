"""Dates as people say them, seen from Monday, 23 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.korean_dates import Period, describe, read_date

TODAY = date(2026, 11, 23)

# text, first day, last day (None: the same)
DATES = [
    ("오늘 새벽", "2026-11-23", None),
    ("방금요", "2026-11-23", None),
    ("어제", "2026-11-22", None),
    ("어젯밤 11시쯤", "2026-11-22", None),
    ("그저께", "2026-11-21", None),
    ("엊그제", "2026-11-20", "2026-11-21"),
    ("3일 전", "2026-11-20", None),
    ("사흘 전", "2026-11-20", None),
    ("며칠 전", "2026-11-16", "2026-11-21"),
    ("일주일 전", "2026-11-16", None),
    ("일주일쯤 됐어요", "2026-11-16", None),
    ("2주 전", "2026-11-09", None),
    ("보름 전", "2026-11-08", None),
    ("한 달쯤 전", "2026-10-23", None),
    ("한달 됐어요", "2026-10-23", None),
    ("두세 달 전", "2026-08-23", "2026-09-23"),
    ("반년 전", "2026-05-23", None),
    ("1년 반 전", "2025-05-23", None),
    ("지난주", "2026-11-16", "2026-11-22"),
    ("지난주 금요일 저녁쯤", "2026-11-20", None),
    ("저번주 목욜", "2026-11-19", None),
    ("지지난주 수요일", "2026-11-11", None),
    ("지난 금요일", "2026-11-20", None),
    ("금요일이요", "2026-11-20", None),
    ("월요일", "2026-11-16", None),
    ("지난 주말", "2026-11-21", "2026-11-22"),
    ("이번 주 초", "2026-11-23", None),
    ("이번 달 초", "2026-11-01", "2026-11-10"),
    ("지난달 말", "2026-10-21", "2026-10-31"),
    ("지난달 15일", "2026-10-15", None),
    ("14일", "2026-11-14", None),
    ("11/3", "2026-11-03", None),
    ("11.3", "2026-11-03", None),
    ("3월 14일", "2026-03-14", None),
    ("삼월 십오일", "2026-03-15", None),
    ("시월 초", "2026-10-01", "2026-10-10"),
    ("12월", "2025-12-01", "2025-12-31"),
    ("작년 3월 말", "2025-03-21", "2025-03-31"),
    ("2025년 3월 14일", "2025-03-14", None),
    ("25년 8월 11일 오후 3시", "2025-08-11", None),
    ("2025-03-14", "2025-03-14", None),
    ("25.3.14", "2025-03-14", None),
    ("20250314", "2025-03-14", None),
    ("2026/11/20 14:00", "2026-11-20", None),
    ("2/29", "2024-02-29", None),
    ("작년 여름", "2025-06-01", "2025-08-31"),
    ("올봄", "2026-03-01", "2026-05-31"),
    ("지난겨울", "2025-12-01", "2026-02-28"),
    ("지난 가을", "2025-09-01", "2025-11-30"),
    ("올해 초", "2026-01-01", "2026-02-28"),
    ("작년 하반기", "2025-07-01", "2025-12-31"),
    ("작년 4분기", "2025-10-01", "2025-12-31"),
    ("지난 분기", "2026-07-01", "2026-09-30"),
    ("지지난 분기에", "2026-04-01", "2026-06-30"),
    ("이번 분기", "2026-10-01", "2026-11-23"),
    ("2분기요", "2026-04-01", "2026-06-30"),
    ("상반기 중", "2026-01-01", "2026-06-30"),
    ("지난 반기", "2026-01-01", "2026-06-30"),
    ("재작년", "2024-01-01", "2024-12-31"),
    ("2024년", "2024-01-01", "2024-12-31"),
    ("지난 추석 때", "2026-09-24", "2026-09-26"),
    ("작년 추석", "2025-10-05", "2025-10-08"),
    ("8월부터 10월까지", "2026-08-01", "2026-10-31"),
    ("3월 2일~5일", "2026-03-02", "2026-03-05"),
    ("작년부터 계속", "2025-01-01", "2026-11-23"),
    ("올해", "2026-01-01", "2026-11-23"),
]
FUTURE = ["내일", "모레", "다음 주", "2027년 3월", "12/5", "11월 30일", "2026-12-24"]
NO_DATE = ["모르겠어요", "영업부장", "석 달 만에 똑같은 제품", "십년 일한 반장", "13/40", "2026년 2월 30일", "네", ""]


@pytest.mark.parametrize(("text", "first", "last"), DATES)
def test_a_date_is_read(text: str, first: str, last: str | None) -> None:
    period = read_date(text, TODAY).period
    assert period is not None
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last or first)


@pytest.mark.parametrize("text", FUTURE)
def test_what_lies_ahead_is_said_to(text: str) -> None:
    assert read_date(text, TODAY).is_future


@pytest.mark.parametrize("text", NO_DATE)
def test_no_date_is_made_up(text: str) -> None:
    reading = read_date(text, TODAY)
    assert reading.period is None
    assert not reading.is_future


@pytest.mark.parametrize(
    ("story", "first"),
    [
        ("어제 영업부장이 배합표를 보낸 걸 찾았어요", "2026-11-22"),
        ("지난주 금요일에 퇴사한 과장이 가져갔어요", "2026-11-20"),
        ("방금 알았는데 후배가 메일로 보내 놨어요", None),
        ("5년 개발한 걸 도둑맞았어요", None),
        ("두 달 만에 똑같은 제품이 나왔어요", None),
        ("직원 3명이 1주일에 2/3는 나와요", None),
        ("작년 여름에 원청이 도면을 가져갔습니다", "2025-06-01"),
    ],
)
def test_in_a_story_only_what_is_surely_a_date_counts(story: str, first: str | None) -> None:
    period = read_date(story, TODAY, in_story=True).period
    assert (period.first.isoformat() if period else None) == first


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(date(2026, 11, 20), date(2026, 11, 20)), "2026년 11월 20일 금요일"),
        (Period(date(2026, 10, 23), date(2026, 10, 23), about=True), "2026년 10월 23일 금요일쯤"),
        (Period(date(2026, 10, 1), date(2026, 10, 31)), "2026년 10월"),
        (Period(date(2024, 1, 1), date(2024, 12, 31)), "2024년"),
        (Period(date(2025, 6, 1), date(2025, 8, 31)), "2025년 6월 1일~8월 31일"),
        (Period(date(2025, 12, 1), date(2026, 2, 28)), "2025년 12월 1일~2026년 2월 28일"),
    ],
)
def test_a_period_is_shown_as_people_read_it(period: Period, words: str) -> None:
    assert describe(period) == words


@settings(deadline=None)
@given(st.text(max_size=60), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_any_text_is_read_without_an_error_and_never_as_a_day_ahead(text: str, today: date) -> None:
    period = read_date(text, today).period
    assert period is None or period.first <= period.last <= today


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), TODAY))
def test_a_day_that_is_written_out_is_read_back(day: date) -> None:
    for text in (f"{day.year}년 {day.month}월 {day.day}일", day.isoformat(), f"{day:%Y.%m.%d}"):
        assert read_date(text, TODAY).period == Period(day, day, words=text)


@settings(deadline=None)
@given(st.integers(1, 90))
def test_days_ago(days: int) -> None:
    period = read_date(f"{days}일 전", TODAY).period
    assert period is not None
    assert period.first == TODAY - timedelta(days=days)
