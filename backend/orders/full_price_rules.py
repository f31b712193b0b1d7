"""Pure: why a 原价券 was not used (K01, docs/decisions/0033-full-price-coupons.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend import pricing


def in_the_way(quote: pricing.Quote, coupon: pricing.Offer, content: Mapping[str, Any]) -> list[str]:
    """The promotions of the coupon's goods, in the order of the lines, because of which it found no use; none where what is left at
    full price would do for it, so that something else is why."""
    ((_, its),) = content.items()
    named = {its["sku"]} if "sku" in its else {item["sku"] for item in its.get("items", ())}
    taking = {applied.id for applied in quote.offers if applied.level in ("LINE", "ORDER")}
    catalog = quote.request.catalog
    takers = {
        line.sku: [o.id for o in line.offers if o.id in taking]
        for line in quote.lines
        if line.sku in named or coupon.scope.holds(catalog[line.sku])
    }
    free = {line.sku: line.list for line in quote.lines if takers.get(line.sku) == []}
    counted = sum(fen for sku, fen in free.items() if sku not in named)
    if free and named <= free.keys() and counted >= its.get("min", 0):
        return []
    return list(dict.fromkeys(taker for its_takers in takers.values() for taker in its_takers))
