"""The time in Korea, whose days and hours the centre keeps."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

KOREA = ZoneInfo("Asia/Seoul")


def korea_today() -> datetime.date:
    """Return the day that it is in Korea."""
    return datetime.datetime.now(KOREA).date()
