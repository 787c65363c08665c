"""When the centre works, with Korean public and substitute holidays."""

from datetime import date, datetime, time

import pytest

from bot.korean_time import KOREA
from bot.tickets.working_hours import WorkingHours

HOURS = WorkingHours(time(9), time(18))


def korea(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KOREA)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:59:59", True),
        ("2026-11-23 18:00", False),
        ("2026-11-21 12:00", False),  # Saturday
        ("2026-09-25 12:00", False),  # 추석
        ("2026-12-25 12:00", False),  # 성탄절
    ],
)
def test_open_on_weekdays_from_nine_to_six(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(korea(moment)) is is_open


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 3, 2),  # for 삼일절, a Sunday
        date(2026, 5, 25),  # for 부처님오신날, a Sunday
        date(2026, 8, 17),  # for 광복절, a Saturday
        date(2026, 10, 5),  # for 개천절, a Saturday
        date(2027, 2, 9),  # for 설날, a Sunday
    ],
)
def test_substitute_holidays_are_no_working_days(day: date) -> None:
    assert not HOURS.is_working_day(day)


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 03:00", "2026-11-23 09:00"),
        ("2026-11-23 19:00", "2026-11-24 09:00"),
        ("2026-11-20 18:00", "2026-11-23 09:00"),
        ("2026-09-23 18:30", "2026-09-28 09:00"),  # over 추석 and the weekend
        ("2026-12-31 18:30", "2027-01-04 09:00"),
    ],
)
def test_the_next_opening_skips_nights_weekends_and_holidays(moment: str, opening: str) -> None:
    assert HOURS.next_opening(korea(moment)) == korea(opening)


@pytest.mark.parametrize(
    ("moment", "hours", "due"),
    [
        ("2026-11-23 10:00", 4, "2026-11-23 14:00"),
        ("2026-11-23 16:00", 4, "2026-11-24 11:00"),
        ("2026-11-20 17:00", 2, "2026-11-23 10:00"),
        ("2026-11-22 15:00", 9, "2026-11-23 18:00"),
        ("2026-11-22 15:00", 10, "2026-11-24 10:00"),
    ],
)
def test_deadlines_count_working_hours_only(moment: str, hours: int, due: str) -> None:
    assert HOURS.after(korea(moment), hours) == korea(due)
