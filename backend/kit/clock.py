"""The one place where the wall clock is read. Everything below the use cases takes the time as an argument."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
"""No day of a merchant is before it."""


def now() -> datetime:
    """The present instant, UTC, with zone."""
    return datetime.now(UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(at: datetime, tz: str) -> date:
    """The calendar day of an instant in a merchant's time zone."""
    return at.astimezone(zone(tz)).date()


def day_start(day: date, tz: str) -> datetime:
    """The first instant of a calendar day in a merchant's time zone."""
    return datetime(day.year, day.month, day.day, tzinfo=zone(tz))


def end_of(day: date, tz: str, at: datetime) -> datetime | None:
    """The last instant of a calendar day in a merchant's time zone, where that is over at `at`; else None."""
    if day >= local_day(at, tz):
        return None
    return day_start(max(day, EPOCH) + timedelta(days=1), tz) - timedelta(microseconds=1)


def last_day(end: datetime, tz: str) -> date:
    """The last calendar day that lies (at least in part) before an instant."""
    return local_day(end - timedelta(microseconds=1), tz)
