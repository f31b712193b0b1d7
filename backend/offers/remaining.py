"""What limited offers may still give, read for all of them at once: activity stock, the member's own uses, budgets, gifts (P10, P12).

The shop shows prices by it, so that an offer that is used up stands on no shelf and comes back by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend import merchants, pricing
from backend.kit.clock import day_start, local_day
from backend.offers import budgets, gift_quotas
from backend.offers.service import LiveRules, Usage, usage

UsedUp = Literal["STOCK", "BUDGET", "GIFTS"]


@dataclass(frozen=True, slots=True)
class Remaining:
    """By offer: `stock` is activity stock left, `used` what the member has had, `today` what of it on this day (where the
    offer is limited a day), `budget` fen left, `gifts` pieces left. `used_up` are the offers that
    give nobody anything now, and of what."""

    stock: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)
    budget: Mapping[str, int] = field(default_factory=dict)
    used_up: Mapping[str, UsedUp] = field(default_factory=dict)
    gifts: Mapping[str, int] = field(default_factory=dict)


async def remaining(merchant_id: UUID, member_id: UUID | None, live: LiveRules, at: datetime) -> Remaining:
    """Of all live offers, in a statement for each kind that there is."""
    use = await usage(merchant_id, member_id, live.limited, at)
    found = await budgets.read(merchant_id, live.budgeted)
    gifts = await gift_quotas.read(merchant_id, live.gifting)
    return remaining_of(
        live,
        use,
        {offer_id: budget.left for offer_id, budget in found.items()},
        {offer_id: quota.left for offer_id, quota in gifts.items()},
    )


def remaining_of(live: LiveRules, use: Usage, budget: Mapping[str, int], gifts: Mapping[str, int]) -> Remaining:
    """What was read before. A budget is used up when it has less than one more application takes."""
    gone: dict[str, UsedUp] = {
        offer_id: "BUDGET"
        for offer_id, left in budget.items()
        if offer_id in live.offers and left < live.least.get(offer_id, 1)
    }
    gone.update((offer_id, "STOCK") for offer_id, left in use.left.items() if left <= 0 and offer_id in live.offers)
    gone.update((offer_id, "GIFTS") for offer_id, left in gifts.items() if left <= 0 and offer_id in live.offers)
    return Remaining(use.left, use.mine, use.today, budget, gone, gifts)


async def spent(merchant_id: UUID, member_id: UUID, offer: pricing.Offer, at: datetime) -> pricing.Rejection | None:
    """Which limit of an offer for each customer this one has used up, as a price would say it (P10); None while some is left."""
    limits = offer.limits
    if limits.per_customer is None and limits.per_day is None:
        return None
    use = await usage(merchant_id, member_id, [offer.id], at)
    if limits.per_customer is not None and use.mine.get(offer.id, 0) >= limits.per_customer:
        return pricing.Rejection(offer, "LIMIT", {"which": "per_customer"})
    if limits.per_day is not None and use.today.get(offer.id, 0) >= limits.per_day:
        tz = (await merchants.get(merchant_id)).time_zone
        resets = day_start(local_day(at, tz) + timedelta(days=1), tz)
        return pricing.Rejection(offer, "LIMIT", {"which": "per_day", "resets_at": resets.isoformat()})
    return None


def sold_out(live: LiveRules, used_up: Iterable[str]) -> list[UUID]:
    """The live promotions of which every offer is used up: they are taken down."""
    gone = set(used_up)
    standing = {promotion for offer_id, promotion in live.promotion_of.items() if offer_id not in gone}
    return sorted(set(live.promotion_of.values()) - standing)
