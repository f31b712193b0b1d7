"""Coupon centre 领券中心 and claims: what a customer does with drops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from backend import automation, coupons, merchants
from backend.kit import idempotency
from backend.kit.clock import now
from backend.kit.observe import CLAIMS
from schema.base import (
    AppInfo,
    BadRequest,
    Busy,
    IdempotencyConflict,
    NotFound,
    checked_key,
    consumer,
    described,
    member_id,
    merchant_id,
    shop,
)
from schema.catalog import needed_id, optional_id
from schema.coupon_kinds import CouponPlacement
from schema.coupon_types import Coupon
from schema.drop_types import (
    CouponCentre,
    CouponDrop,
    DropRefusal,
    claim_refusal,
)
from schema.promotions import Channel

HIDDEN = ("TAG", "CHANNEL")
"""Drops that are for others by these conditions are not shown; by all others they are, with the reason."""


@described
@strawberry.input
class ClaimCouponInput:
    """One claim 领取.
    drop_id: The drop.
    channel: Where it is claimed.
    store_id: The store that the shopper chose.
    placement: On which page the drop was shown.
    accepted_template_ids: Templates accepted in wx.requestSubscribeMessage; each allows one message.
    idempotency_key: Made by the client for this tap; the same key gives the same coupon.
    """

    drop_id: strawberry.ID
    idempotency_key: strawberry.ID
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None
    placement: CouponPlacement | None = None  # type: ignore[valid-type]
    accepted_template_ids: list[str] = strawberry.field(default_factory=list)


ClaimCouponResult = Annotated[
    Coupon | DropRefusal | NotFound | IdempotencyConflict | Busy,
    strawberry.union("ClaimCouponResult", description="The coupon, or why not."),
]


async def claim_answer(info: AppInfo, result: coupons.ClaimResult) -> Any:
    match result:
        case coupons.Claimed(coupon_id=coupon_id):
            return Coupon.of(await info.context.runtime.claims.coupon(merchant_id(info), coupon_id))
        case coupons.DropNotFound():
            return NotFound.make("没有这个领券活动")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
        case coupons.NotPlaced():
            raise BadRequest("这个活动没有投放在这个位置")
        case coupons.Busy(retry_after_ms=ms):
            return Busy.make(ms)
    refusal = await claim_refusal(merchant_id(info), result)
    if refusal is None:
        raise TypeError(f"unknown result {result!r}")
    return refusal


async def chosen_store(info: AppInfo, given: strawberry.ID | None) -> Any:
    """The store that a client names, of this merchant."""
    store_id = optional_id("sto", given)
    if store_id and await merchants.store(merchant_id(info), store_id) is None:
        raise BadRequest("没有这家门店")
    return store_id


@strawberry.type
class CouponQuery:
    @strawberry.field(description="领券中心 for the viewer.", permission_classes=shop())
    async def coupon_centre(self, info: AppInfo, store_id: strawberry.ID | None = None) -> CouponCentre:
        at, merchant = now(), merchant_id(info)
        week_ago = at - dt.timedelta(days=7)
        found = await coupons.drops(
            merchant, at, member_id=member_id(info), published=True, placement="centre", since=week_ago
        )
        found, why = await coupons.seen_by(merchant, member_id(info), await chosen_store(info, store_id), found, at)
        found = [d for d in found if d.id not in why or why[d.id].because not in HIDDEN]
        live = [d for d in found if d.state in ("OPEN", "NEXT_BATCH", "UPCOMING", "SOLD_OUT")]
        mine = [d for d in live if d.held_by_me >= d.per_member]
        open_ = [d for d in live if d.held_by_me < d.per_member and d.state != "SOLD_OUT"]
        gone = [d for d in found if d not in mine and d.state in ("SOLD_OUT", "ENDED")]
        open_.sort(key=lambda d: (d.id in why, d.state != "OPEN"))

        async def shown(drops: list[coupons.DropInfo]) -> list[CouponDrop]:
            return [await CouponDrop.seen(merchant, d, why.get(d.id)) for d in drops]

        return CouponCentre(
            claimable=await shown(open_), claimed=await shown(mine), gone=await shown(gone), server_time=at
        )

    @strawberry.field(
        description="A coupon of the viewer's own, with its history; null when there is none.",
        permission_classes=consumer(),
    )
    async def coupon(self, info: AppInfo, id: strawberry.ID) -> Coupon | None:
        found = await coupons.coupons(merchant_id(info), member_id(info), now(), ids=[needed_id("cpn", id)], first=1)
        return Coupon.of(found[0]) if found else None

    @strawberry.field(
        description="Drops that the viewer can claim now at a placement; those of a scene where such goods are in the cart.",
        permission_classes=shop(),
    )
    async def coupon_offers(
        self,
        info: AppInfo,
        placement: CouponPlacement,  # type: ignore[valid-type]
        skus: list[str] | None = None,
        store_id: strawberry.ID | None = None,
    ) -> list[CouponDrop]:
        store, place = await chosen_store(info, store_id), placement.name.lower()
        merchant, member = merchant_id(info), member_id(info)
        found, why = await coupons.offered(merchant, member, store, place, (skus or [])[:100], now())
        shown = [d for d in found if d.id not in why or why[d.id].because in coupons.REACHABLE][:20]
        return [await CouponDrop.seen(merchant, d, why.get(d.id)) for d in shown]


@strawberry.type
class CouponMutation:
    @strawberry.mutation(
        description="Claims a coupon 领券. Thousands may do so at the same second.", permission_classes=consumer()
    )
    async def claim_coupon(self, info: AppInfo, input: ClaimCouponInput) -> ClaimCouponResult:
        merchant, member = merchant_id(info), member_id(info)
        claim = coupons.Claim(
            merchant,
            needed_id("drp", input.drop_id),
            member,
            checked_key(input.idempotency_key),
            now(),
            input.channel.name.lower(),
            await chosen_store(info, input.store_id),
            input.placement.name.lower() if input.placement else None,
        )
        return await claimed(info, claim, input.accepted_template_ids)


async def claimed(info: AppInfo, claim: coupons.Claim, accepted: Sequence[str] = ()) -> Any:
    """Runs a claim, counts it, and answers."""
    result = await info.context.runtime.claims.claim(claim)
    CLAIMS.labels(type(result).__name__).inc()
    if isinstance(result, coupons.Claimed) and not result.replayed and accepted:
        settings = info.context.runtime.settings
        ours = (settings.subscribe_template_id, settings.level_template_id)
        await automation.allow(claim.merchant_id, claim.member_id, [t for t in accepted[:5] if t in ours])
    return await claim_answer(info, result)
