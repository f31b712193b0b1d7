"""Who bears an order's discounts (B09, O7): decided once, when the order is placed, and frozen with its price, so that
payment and refunds need nothing but the order, whatever becomes of the offer or of who supplies the article."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from backend import catalog, coupons, offers
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.orders.bearing_rules import frozen
from backend.orders.quoting import Priced


async def freeze(tx: Tx, merchant_id: UUID, priced: Priced, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What an order that is being placed keeps of it, by the season in which it is placed (P12); nothing where the merchant bears
    everything."""
    applied = [offer["id"] for offer in answer["offers"]]
    terms = {offer: priced.live.bearing[offer] for offer in applied if offer in priced.live.bearing}
    retired = [offer for offer in applied if offer not in priced.live.promotion_of and not offer.startswith("cpn_")]
    if retired:  # the promise of a pre-sale outlives its promotion, and so does who bears it
        terms |= await offers.bearing_of(tx, merchant_id, retired)
    used = {UUID(offer.removeprefix("cpn_")): offer for offer in applied if offer.startswith("cpn_")}
    if used:
        terms |= {used[c]: its for c, its in (await coupons.bearing(tx, merchant_id, list(used))).items()}
    day = local_day(priced.at, priced.request.policy.tz)
    shares = {offer: borne for offer, its in terms.items() if (borne := its.on(day))}
    if not shares:
        return {}
    supplied: dict[str, str] = {}
    if any(share.who == "sku_supplier" for its in shares.values() for share in its):
        supplied = await catalog.suppliers_of(tx, merchant_id, sorted({line["sku"] for line in answer["lines"]}))
    return {"bearing": frozen(answer, shares, supplied)}
