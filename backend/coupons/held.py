"""Coupons in members' hands: list them, count them, hand them to the pricing engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from backend import catalog, merchants, pricing
from backend.coupons.rules import day_start
from backend.coupons.stacking_rules import may_meet
from backend.coupons.templates import TemplateInfo, rows_of, template_of, templates
from backend.kit import database
from backend.kit.clock import local_day


@dataclass(frozen=True, slots=True)
class CouponInfo:
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


@dataclass(frozen=True, slots=True)
class UsableCoupon:
    """A coupon that may be put into a quote. `alike`: how many the member holds that would do the same, this one included.
    `used_today` of its template where that has a limit a day; `again_at`: it is reached, until then none can be used."""

    coupon: CouponInfo
    alike: int
    used_today: int = 0
    again_at: datetime | None = None


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


LOWERING = ("LINE", "ORDER")
"""Levels of promotions whose goods are not at full price (docs/decisions/0033-full-price-coupons.md)."""

USED = "u.merchant_id = $1 AND u.template_id = {0} AND u.member_id = {1} AND u.state IN ('locked', 'redeemed') AND u.locked_at >= {2}"
"""Coupons of a template that a member's orders of a day hold or have used."""

USABLE = (
    "SELECT c.id, c.member_id, c.code, c.state, c.source, c.claimed_at, c.valid_from, c.expires_at, c.order_id, c.drop_id,"
    " c.others + c.named::int AS alike, c.nth, u.used, c.template_id FROM (SELECT *, id = ANY($4) AS named,"
    " row_number() OVER (alike ORDER BY id = ANY($4) DESC, expires_at, id) AS nth,"
    " count(*) FILTER (WHERE NOT id = ANY($4)) OVER alike AS others FROM coupons"
    " WHERE merchant_id = $1 AND member_id = $2 AND state = 'issued' AND expires_at > $3"
    " WINDOW alike AS (PARTITION BY template_id, valid_from <= $3)) c"
    " JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
    f" LEFT JOIN LATERAL (SELECT count(*) AS used FROM coupons u WHERE t.uses_per_day IS NOT NULL AND {USED.format('t.id', '$2', '$5')}) u ON true"
    " WHERE c.nth = 1 OR c.named ORDER BY c.named DESC, c.expires_at, c.id LIMIT 200"
)


async def usable(merchant_id: UUID, member_id: UUID, at: datetime, named: Sequence[UUID] = ()) -> list[UsableCoupon]:
    """Coupons that may be put into a quote: issued and not past their end; those that begin later are in it, so that the
    quote can say so. The soonest to expire first, at most 200.

    Of several coupons of one template only the one that expires first, for the others could only do the same; those
    `named` (a customer's choice) are all there, and one of them stands for the rest of its template."""
    tz = (await merchants.get(merchant_id)).time_zone
    today = local_day(at, tz)
    rows = await database.fetch(USABLE, merchant_id, member_id, at, list(named), day_start(today, tz))
    wanted = {row["template_id"] for row in rows}
    kept = await rows_of(merchant_id, wanted)
    names = await catalog.names_of(merchant_id, frozenset().union(*(kept[one].skus for one in wanted)))
    kinds = {one: template_of(kept[one].row, names) for one in wanted}
    found = []
    for row in rows:
        template = kinds[row["template_id"]]
        coupon = CouponInfo(row["id"], row["member_id"], row["code"], template, *row[3:10])
        full = template.uses_per_day is not None and row["used"] >= template.uses_per_day
        again_at = day_start(today + timedelta(days=1), tz) if full else None
        found.append(UsableCoupon(coupon, row["alike"] if row["nth"] == 1 else 1, row["used"], again_at))
    return sorted(found, key=lambda one: (one.coupon.expires_at, one.coupon.id))


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


def definition(
    coupon: CouponInfo,
    again_at: datetime | None = None,
    beside: Iterable[TemplateInfo] | None = None,
    promotions: Iterable[pricing.Offer] = (),
) -> dict[str, Any]:
    """The coupon as the pricing engine reads it (docs/pricing.md). Before `again_at` it is not in force. `beside` are the
    templates of coupons that an order could use with it: those that it does not stack with are excluded (K01); None: an order
    uses one. `promotions` are those that it may meet: what does not go with coupons does not go with those that stack, and what
    makes goods cost less does not go with one that is for goods at full price."""
    template = coupon.template
    group = template.group if beside is None else group_of(template)
    barred = [o.id for o in promotions if template.full_price_only and o.level in LOWERING]
    if group != template.group:
        barred += [o.id for o in promotions if template.group in (o.group, *o.excludes)]
    apart = sorted({*apart_from(template, beside or ()), *barred})
    since = {"from": max(coupon.valid_from, again_at or coupon.valid_from).isoformat()}
    return {
        "id": f"cpn_{coupon.id.hex}",
        "template": template.code,
        "name": template.name,
        "scope": dict(template.scope),
        "content": dict(template.content),
        "group": group,
        **({"excludes": apart} if apart else {}),
        "expires": coupon.expires_at.isoformat(),
        "when": {"all": [dict(times), since]} if (times := template.times) else since,
    }


def offer_of(
    coupon: CouponInfo,
    again_at: datetime | None = None,
    beside: Iterable[TemplateInfo] | None = None,
    promotions: Iterable[pricing.Offer] = (),
) -> pricing.Offer:
    return _read(orjson.dumps(definition(coupon, again_at, beside, promotions)))


def offers_of(
    held: Sequence[UsableCoupon], most: int, promotions: Sequence[pricing.Offer]
) -> tuple[pricing.Offer, ...]:
    """The coupons of a quote; `most` of them may be used in one order, so only above one it matters which may meet.
    `promotions` are those that the cart may meet, where `weigh_promotions`."""
    if most <= 1:
        return tuple(offer_of(one.coupon, one.again_at, None, promotions) for one in held)
    kinds = {one.coupon.template.id: one.coupon.template for one in held}
    return tuple(offer_of(one.coupon, one.again_at, kinds.values(), promotions) for one in held)


def weigh_promotions(held: Sequence[UsableCoupon], most: int) -> bool:
    """Whether a coupon of these says itself which promotions it does not go with."""
    return any(one.coupon.template.full_price_only or (most > 1 and one.coupon.template.stacking) for one in held)


def group_of(template: TemplateInfo) -> str:
    """Its group in docs/pricing.md: coupons that stack have one of their own each, but for those on shipping, which meet the shop's
    own shipping offers as all others do."""
    return f"stack-{template.code}" if template.stacking and template.group != "shipping" else template.group


def apart_from(template: TemplateInfo, beside: Iterable[TemplateInfo]) -> list[str]:
    """Codes of the templates that one of this may not meet on the same goods (with shipping: in the same order)."""
    return sorted(
        other.code
        for other in beside
        if other.id != template.id
        and not may_meet((template.id, template.stacking), (other.id, other.stacking))
        and group_of(other) != group_of(template)
    )


@lru_cache(maxsize=4096)
def _read(definition: bytes) -> pricing.Offer:
    """A live cart is priced again and again with the same coupons: each is read once."""
    return pricing.parse_coupon(orjson.loads(definition))
