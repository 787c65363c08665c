"""When the centre works: weekdays without Korean public and substitute holidays. Pure; the moment comes in."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import holidays

from bot.knowledge import Agency
from bot.korean_time import KOREA

LONGEST_REST = 30  # days; no run of holidays comes near it


@functools.lru_cache(maxsize=16)
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("KR", years=year))


def is_holiday(day: date) -> bool:
    """Return whether the day is a Korean public or substitute holiday."""
    return day in _holidays_of(day.year)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """From when to when the centre works on a working day, in Korean time."""

    opens: time
    closes: time

    def is_working_day(self, day: date) -> bool:
        """Return whether the centre works on this day at all."""
        return day.weekday() < 5 and not is_holiday(day)

    def is_open(self, moment: datetime) -> bool:
        """Return whether the centre works at this moment."""
        here = moment.astimezone(KOREA)
        return self.is_working_day(here.date()) and self.opens <= here.time() < self.closes

    def next_opening(self, moment: datetime) -> datetime:
        """Return the moment itself while the centre is open, else when it opens next (in UTC)."""
        if self.is_open(moment):
            return moment.astimezone(UTC)
        here = moment.astimezone(KOREA)
        day = here.date() if here.time() < self.opens else here.date() + timedelta(days=1)
        for _ in range(LONGEST_REST):
            if self.is_working_day(day):
                return datetime.combine(day, self.opens, KOREA).astimezone(UTC)
            day += timedelta(days=1)
        raise ValueError(f"no working day within {LONGEST_REST} days after {moment:%Y-%m-%d}")

    def after(self, moment: datetime, hours: float) -> datetime:
        """Return the moment by which this many working hours have gone by (in UTC)."""
        left = timedelta(hours=hours)
        start = self.next_opening(moment)
        while True:
            closing = datetime.combine(start.astimezone(KOREA).date(), self.closes, KOREA).astimezone(UTC)
            if left <= closing - start:
                return start + left
            left -= closing - start
            start = self.next_opening(closing)


def working_hours_of(agency: Agency) -> WorkingHours:
    """Return the working hours of an agency of knowledge/agencies.yml. Raises ValueError when it has none."""
    if agency.opens is None or agency.closes is None:
        raise ValueError(f"agencies.yml: '{agency.id}' has no opens and closes.")
    return WorkingHours(time.fromisoformat(agency.opens), time.fromisoformat(agency.closes))
