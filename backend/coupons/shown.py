"""Drops as one member sees them: for whom they are, which tier is theirs, what is offered where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend import catalog, merchants, pricing
from backend.coupons.claim import Claim, claimants
from backend.coupons.drops import DropInfo, drops, with_tier
from backend.coupons.exposures import seen_today
from backend.coupons.rules import Misfit, good_for, in_scene, misfit
from backend.coupons.tier_rules import nearest
from backend.kit import database
from backend.kit.clock import local_day


async def seen_by(
    merchant_id: UUID, member_id: UUID | None, store_id: UUID | None, found: Sequence[DropInfo], at: datetime
) -> tuple[list[DropInfo], dict[UUID, Misfit]]:
    """These drops with the tier of a member, and for each that is not for them why not, with the tier that this is about; who has as
    many as allowed sees what was had last, whatever would be had now (K10). Channels are not asked about. Of nobody in particular
    nothing is known."""
    if member_id is None or not found:
        return list(found), {}
    asked = Claim(merchant_id, found[0].id, member_id, "", at, None, store_id)
    who = (await claimants([asked]))[merchant_id, member_id, store_id, None]
    had = await _had(merchant_id, member_id, [d.id for d in found if d.tiers and d.held_by_me >= d.per_member])
    shown, why = list[DropInfo](), dict[UUID, Misfit]()
    for d in found:
        tier, unfit = nearest([t.audience for t in d.tiers], who) if d.tiers else (0, None)
        tier = next((t.position for t in d.tiers if t.template.id == had.get(d.id)), tier)
        amiss = misfit(d.audience, d.channels, who) or unfit
        shown.append(with_tier(d, tier, at) if tier else d)
        if amiss is not None:
            why[d.id] = amiss
    return shown, why


async def _had(merchant_id: UUID, member_id: UUID, drop_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The template of the coupon that a member had last of some drops."""
    if not drop_ids:
        return {}
    rows = await database.fetch(
        "SELECT DISTINCT ON (drop_id) drop_id, template_id FROM coupons WHERE merchant_id = $1 AND member_id = $2 AND drop_id = ANY($3::uuid[])"
        " ORDER BY drop_id, claimed_at DESC, id DESC",
        merchant_id,
        member_id,
        list(drop_ids),
    )
    return {row["drop_id"]: row["template_id"] for row in rows}


async def offered(
    merchant_id: UUID, member_id: UUID | None, store_id: UUID | None, placement: str, skus: Sequence[str], at: datetime
) -> tuple[list[DropInfo], dict[UUID, Misfit]]:
    """Drops that are shown at a placement and can be claimed now by this member, as far as limits say, and why some are not for
    them; a scene drop (K06) only where such goods are among `skus`. At a product only coupons that are good for it; a popup
    that the member saw today does not come again."""
    there = await drops(merchant_id, at, member_id=member_id, published=True, placement=placement, since=at)
    seen, why = await seen_by(merchant_id, member_id, store_id, there, at)
    found = [
        d
        for d in seen
        if d.state == "OPEN" and d.held_by_me < d.per_member and (d.per_day is None or d.held_today < d.per_day)
    ]
    if placement == "popup" and member_id is not None and found:
        tz = (await merchants.get(merchant_id)).time_zone
        today = await seen_today(merchant_id, member_id, placement, local_day(at, tz))
        found = [d for d in found if d.id not in today]
    at_product, goods = placement == "product", list[pricing.Product]()
    if skus and (at_product or any(d.scene is not None for d in found)):
        goods = [catalog.as_priced(info) for info in (await catalog.by_skus(merchant_id, list(skus))).values()]
    if at_product:
        found = [d for d in found if good_for(d.template.content, d.template.scope, goods)]
    return [d for d in found if d.scene is None or in_scene(d.scene, goods)], why
