"""What shares brought, for staff: openings by what was shared, channel, store and day (K12)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import strawberry

from backend import engagement, merchants
from backend.kit.clock import now
from schema.base import AppInfo, BadRequest, described, enumeration, may, merchant_id
from schema.promotions import Channel

MOST_DAYS = 366
ShareKind = enumeration(
    "ShareKind",
    {"PROMOTION": "促销活动.", "DROP": "领券活动.", "LOTTERY": "积分抽奖."},
    "What is shared.",
)


@described
@strawberry.type
class ShareSource:
    """Shares that friends opened for the first time, by what was shared and where they opened it.
    kind: What was shared.
    channel: The channel; null when it is not known.
    store_name: The store that the friend had chosen; null when none was.
    opened: Openings.
    sharers: How many members had shared what was opened.
    growth: Growth value that it brought them.
    """

    kind: ShareKind  # type: ignore[valid-type]
    channel: Channel | None  # type: ignore[valid-type]
    store_name: str | None
    opened: int
    sharers: int
    growth: int


@described
@strawberry.type
class ShareDay:
    """Shares that friends opened for the first time on one day.
    day: The day, of the merchant's calendar.
    opened: Openings.
    sharers: How many members had shared what was opened.
    growth: Growth value that it brought them.
    """

    day: dt.date
    opened: int
    sharers: int
    growth: int


@described
@strawberry.type
class ShareFigures:
    """What shares brought in the last days.
    since: The first day.
    until: The last day, today.
    opened: Shares that friends opened for the first time.
    sharers: How many members had shared what was opened.
    growth: Growth value that it brought them.
    days: Days with any, the newest first.
    """

    since: dt.date
    until: dt.date
    opened: int
    sharers: int
    growth: int
    days: list[ShareDay]
    found: strawberry.Private[engagement.ShareFigures]
    merchant: strawberry.Private[UUID]

    @strawberry.field(description="By what was shared, channel and store, the most first.")
    async def sources(self) -> list[ShareSource]:
        names = {store.id: store.name for store in await merchants.stores(self.merchant)}
        return [
            ShareSource(
                kind=ShareKind[s.kind.upper()],
                channel=Channel[s.channel.upper()] if s.channel else None,
                store_name=names.get(s.store_id) if s.store_id else None,
                opened=s.opened,
                sharers=s.sharers,
                growth=s.growth,
            )
            for s in self.found.sources
        ]


@strawberry.type
class ShareFiguresQuery:
    @strawberry.field(
        description="What shares brought in the last `days` days, 1–366, today included.",
        permission_classes=may("members.read"),
    )
    async def share_figures(self, info: AppInfo, days: int = 30) -> ShareFigures:
        if not 1 <= days <= MOST_DAYS:
            raise BadRequest(f"天数须为 1–{MOST_DAYS}")
        f = await engagement.share_figures(merchant_id(info), days, now())
        return ShareFigures(
            since=f.since,
            until=f.until,
            opened=f.opened,
            sharers=f.sharers,
            growth=f.growth,
            days=[ShareDay(day=d.day, opened=d.opened, sharers=d.sharers, growth=d.growth) for d in f.days],
            found=f,
            merchant=merchant_id(info),
        )
