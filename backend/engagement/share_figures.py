"""What shares brought: friends who opened them for the first time, by what was shared, channel, store and day (K12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from backend import merchants
from backend.kit import database
from backend.kit.clock import local_day

OPENED = "count(*) AS opened, count(DISTINCT sharer_id) AS sharers, coalesce(sum(growth), 0)::bigint AS growth"
OF_DAYS = "FROM share_openings WHERE merchant_id = $1 AND day BETWEEN $2 AND $3"


@dataclass(frozen=True, slots=True)
class ShareSource:
    """Openings of one kind ("drop", "promotion", "lottery") in one place; channel and store None where they are not known."""

    kind: str
    channel: str | None
    store_id: UUID | None
    opened: int
    sharers: int
    growth: int


@dataclass(frozen=True, slots=True)
class ShareDay:
    day: date
    opened: int
    sharers: int
    growth: int


@dataclass(frozen=True, slots=True)
class ShareFigures:
    """Of the days `since`-`until`, both included, of the merchant's calendar. Whoever shared on two days counts once in `sharers`."""

    since: date
    until: date
    opened: int
    sharers: int
    growth: int
    sources: tuple[ShareSource, ...]
    days: tuple[ShareDay, ...]


async def share_figures(merchant_id: UUID, days: int, at: datetime) -> ShareFigures:
    """Of the last `days` days, today included: sources the most first, days the newest first, those without any left out."""
    until = local_day(at, (await merchants.get(merchant_id)).time_zone)
    span = (merchant_id, until - timedelta(days=days - 1), until)
    [whole] = await database.fetch(f"SELECT {OPENED} {OF_DAYS}", *span)
    sources = await database.fetch(
        f"SELECT split_part(about, ':', 1) AS kind, channel, store_id, {OPENED} {OF_DAYS} GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 100",
        *span,
    )
    by_day = await database.fetch(f"SELECT day, {OPENED} {OF_DAYS} GROUP BY 1 ORDER BY 1 DESC", *span)
    return ShareFigures(
        span[1],
        until,
        **whole,
        sources=tuple(ShareSource(**row) for row in sources),
        days=tuple(ShareDay(**row) for row in by_day),
    )
