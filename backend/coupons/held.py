"""Coupons in members' hands: list them, count them, hand them to the pricing engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from backend import merchants
from backend.coupons.rules import day_start
from backend.coupons.templates import TemplateInfo, known_templates, templates
from backend.kit import database
from backend.kit.clock import local_day


class CouponInfo(NamedTuple):
    """`state` is exact at the moment of reading: an issued coupon past its end is expired, whatever the schedule did."""

    id: UUID
    member_id: UUID
    code: str
    template: TemplateInfo
    state: str
    source: str
    claimed_at: datetime
    valid_from: datetime
    expires_at: datetime
    order_id: UUID | None
    drop_id: UUID | None = None


class UsableCoupon(NamedTuple):
    """A coupon that may be put into a quote. `alike`: how many the member holds that would do the same, this one included.
    `used_today` of its template where that has a limit a day; `again_at`: it is reached, until then none can be used."""

    coupon: CouponInfo
    alike: int
    used_today: int = 0
    again_at: datetime | None = None


NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MoveInfo:
    """One step of a coupon's life (C5). `before` is None for the first."""

    before: str | None
    after: str
    at: datetime
    actor: str
    reason: str
    note: str | None
    order_id: UUID | None
    channel: str | None
    store_id: UUID | None


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Coupons of a drop by where they were claimed (K12)."""

    channel: str | None
    placement: str | None
    store_id: UUID | None
    claimed: int
    redeemed: int


async def sources(merchant_id: UUID, drop_id: UUID) -> list[SourceInfo]:
    """Where a drop's coupons were claimed, and how many of them were used; the most first."""
    rows = await database.fetch(
        "SELECT channel, placement, store_id, count(*) AS claimed, count(*) FILTER (WHERE state = 'redeemed') AS redeemed FROM coupons"
        " WHERE merchant_id = $1 AND drop_id = $2 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2 LIMIT 100",
        merchant_id,
        drop_id,
    )
    return [SourceInfo(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class UseInfo:
    """Coupons of a drop by where they were used (K12): channel and store of the paid order, as things stand after refunds."""

    channel: str | None
    store_id: UUID | None
    redeemed: int
    orders: int
    took_fen: int


async def uses(merchant_id: UUID, drop_id: UUID) -> list[UseInfo]:
    """Where a drop's coupons were used, and what they took off there; the most first."""
    rows = await database.fetch(
        "SELECT m.channel, m.store_id, count(*) AS redeemed, count(DISTINCT c.order_id) AS orders, sum(c.took_fen)::bigint AS took_fen FROM coupons c"
        " JOIN LATERAL (SELECT channel, store_id FROM coupon_moves m WHERE m.merchant_id = c.merchant_id AND m.coupon_id = c.id"
        "  AND m.after = 'redeemed' ORDER BY m.sequence DESC LIMIT 1) m ON true"
        " WHERE c.merchant_id = $1 AND c.drop_id = $2 AND c.state = 'redeemed' GROUP BY 1, 2 ORDER BY 3 DESC, 5 DESC, 1, 2 LIMIT 100",
        merchant_id,
        drop_id,
    )
    return [UseInfo(**row) for row in rows]


async def names_of(merchant_id: UUID, coupon_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of coupons, by their templates."""
    rows = await database.fetch(
        "SELECT c.id, t.name FROM coupons c JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
        " WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[])",
        merchant_id,
        list(coupon_ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def granted_keys(merchant_id: UUID, business_keys: Iterable[str]) -> set[str]:
    """Those of the keys under which a coupon was given, whatever became of it."""
    rows = await database.fetch(
        "SELECT business_key FROM coupons WHERE merchant_id = $1 AND business_key = ANY($2)",
        merchant_id,
        list(business_keys),
    )
    return {row["business_key"] for row in rows}


async def coupons(
    merchant_id: UUID,
    member_id: UUID | None,
    at: datetime,
    *,
    states: Sequence[str] = (),
    ids: Sequence[UUID] | None = None,
    codes: Sequence[str] | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[CouponInfo]:
    """A member's coupons (anybody's when None), newest first."""
    rows = await database.fetch(
        "SELECT * FROM (SELECT id, member_id, code, template_id, CASE WHEN state = 'issued' AND expires_at <= $3 THEN 'expired' ELSE state END"
        " AS shown, source, claimed_at, valid_from, expires_at, order_id, drop_id FROM coupons"
        " WHERE merchant_id = $1 AND ($2::uuid IS NULL OR member_id = $2) AND ($5::uuid[] IS NULL OR id = ANY($5))"
        " AND ($8::text[] IS NULL OR code = ANY($8))) x"
        " WHERE (cardinality($4::text[]) = 0 OR shown = ANY($4)) AND ($6::uuid IS NULL OR id < $6)"
        " ORDER BY id DESC LIMIT $7",
        merchant_id,
        member_id,
        at,
        list(states),
        list(ids) if ids is not None else None,
        after,
        first,
        list(codes) if codes is not None else None,
    )
    if not rows:
        return []
    # Of some coupons each: read once, not beside every coupon.
    wanted = {row["template_id"] for row in rows}
    kinds = {t.id: t for t in await templates(merchant_id, ids=list(wanted), first=len(wanted))}
    return [CouponInfo(id, owner, code, kinds[template_id], *rest) for id, owner, code, template_id, *rest in rows]


async def moves(merchant_id: UUID, coupon_id: UUID) -> list[MoveInfo]:
    """A coupon's life, oldest step first."""
    rows = await database.fetch(
        "SELECT before, after, at, actor, reason, note, order_id, channel, store_id FROM coupon_moves"
        " WHERE merchant_id = $1 AND coupon_id = $2 ORDER BY sequence",
        merchant_id,
        coupon_id,
    )
    return [MoveInfo(**row) for row in rows]


USED = "u.merchant_id = $1 AND u.template_id = {0} AND u.member_id = {1} AND u.state IN ('locked', 'redeemed') AND u.locked_at >= {2}"
"""Coupons of a template that a member's orders of a day hold or have used."""

USABLE = (
    "SELECT id, code, source, claimed_at, valid_from, expires_at, drop_id, others + named::int AS alike, nth, template_id FROM (SELECT *, id = ANY($4) AS named,"
    " row_number() OVER (alike ORDER BY id = ANY($4) DESC, expires_at, id) AS nth,"
    " count(*) FILTER (WHERE NOT id = ANY($4)) OVER alike AS others FROM coupons"
    " WHERE merchant_id = $1 AND member_id = $2 AND state = 'issued' AND expires_at > $3"
    " WINDOW alike AS (PARTITION BY template_id, valid_from <= $3)) c"
    " WHERE nth = 1 OR named ORDER BY named DESC, expires_at, id LIMIT 200"
)


async def usable(
    merchant_id: UUID,
    member_id: UUID,
    at: datetime,
    named: Sequence[UUID] = (),
    names: Mapping[str, str] = NOTHING,
) -> list[UsableCoupon]:
    """Coupons that may be put into a quote: issued and not past their end; those that begin later are in it, so that the
    quote can say so. The soonest to expire first, at most 200.

    Of several coupons of one template only the one that expires first, for the others could only do the same; those
    `named` (a customer's choice) are all there, and one of them stands for the rest of its template. `names` of goods, by SKU, are
    known already."""
    tz = (await merchants.get(merchant_id)).time_zone
    today = local_day(at, tz)
    today_began = day_start(today, tz)
    rows = await database.fetch(USABLE, merchant_id, member_id, at, list(named))
    kinds = await known_templates(merchant_id, {row["template_id"] for row in rows}, names)
    used = await _used_today(merchant_id, member_id, kinds, today_began)
    found = []
    for row in rows:
        id, code, source, claimed_at, since, until, drop_id, alike, nth, template_id = row
        template = kinds[template_id]
        coupon = CouponInfo(id, member_id, code, template, "issued", source, claimed_at, since, until, None, drop_id)
        of_today = used.get(template_id, 0)
        full = template.uses_per_day is not None and of_today >= template.uses_per_day
        again_at = day_start(today + timedelta(days=1), tz) if full else None
        found.append(UsableCoupon(coupon, alike if nth == 1 else 1, of_today, again_at))
    return sorted(found, key=lambda one: (one.coupon.expires_at, one.coupon.id))


async def _used_today(
    merchant_id: UUID, member_id: UUID, kinds: Mapping[UUID, TemplateInfo], today_began: datetime
) -> dict[UUID, int]:
    """How many coupons the member's orders of today hold or have used, of the templates that have a limit a day."""
    limited = [template.id for template in kinds.values() if template.uses_per_day is not None]
    if not limited:
        return {}
    rows = await database.fetch(
        f"SELECT u.template_id, count(*) AS used FROM coupons u WHERE {USED.format('ANY($3)', '$2', '$4')} GROUP BY 1",
        merchant_id,
        member_id,
        limited,
        today_began,
    )
    return {row["template_id"]: row["used"] for row in rows}


async def count_usable(merchant_id: UUID, member_id: UUID, at: datetime) -> int:
    return await database.fetchval(
        "SELECT count(*) FROM coupons WHERE merchant_id = $1 AND member_id = $2 AND state = 'issued' AND expires_at > $3",
        merchant_id,
        member_id,
        at,
    )


async def next_end(merchant_id: UUID, member_id: UUID, at: datetime) -> datetime | None:
    """When the next of the coupons that may still be used ends."""
    return await database.fetchval(
        "SELECT min(expires_at) FROM coupons WHERE merchant_id = $1 AND member_id = $2 AND state = 'issued' AND expires_at > $3",
        merchant_id,
        member_id,
        at,
    )
