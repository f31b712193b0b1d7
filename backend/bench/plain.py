"""The plain reference: a simple pricer that looks at every rule for every line.

It gives each line the best line-level price, then takes the order-level rules one after another: no index, no search,
no shares by unit, no reasons. It knows line-level offers, `spend_off` and `spend_percent` by tiers of money, and leaves
all other rules out. Its price is an allowed combination wherever nothing is mandatory, so the engine's is never higher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend import pricing

Json = dict[str, Any]


def plain_price(rules: Sequence[tuple[Json, pricing.Offer]], request: pricing.QuoteRequest) -> int:
    """The reference: goods in fen after every rule was tried on every line."""
    goods = [(request.catalog[line.sku], line.qty) for line in request.cart.lines]
    best = [product.price for product, _ in goods]
    for rule, offer in rules:
        for k, (product, _) in enumerate(goods):
            if offer.level == "LINE" and _open(offer) and offer.scope.holds(product):
                best[k] = min(best[k], _unit(rule, product.price))
    amounts = [best[k] * qty for k, (_, qty) in enumerate(goods)]
    total, taken = sum(amounts), set()
    for rule, offer in rules:
        if offer.level != "ORDER" or not _open(offer):
            continue
        lines = [k for k, (product, _) in enumerate(goods) if k not in taken and offer.scope.holds(product)]
        off = _off(rule, sum(amounts[k] for k in lines))
        if off > 0:
            taken.update(lines)
            total -= off
    return total


def _open(offer: pricing.Offer) -> bool:
    """Rules with conditions or limits are beyond the reference, which leaves them out."""
    return offer.when is None and offer.limits == pricing.Limits()


def _unit(rule: Json, price: int) -> int:
    match rule["type"]:
        case "fixed_price":
            return min(price, int(rule["price"]))
        case "amount_off":
            return max(0, price - int(rule["off"]))
        case "percent_off":
            return price - price * (10_000 - int(rule["pay_bp"])) // 10_000
    return price


def _off(rule: Json, base: int) -> int:
    if rule["type"] not in ("spend_off", "spend_percent"):
        return 0
    reached = [tier for tier in rule.get("tiers", ()) if "min" in tier and tier["min"] <= base]
    if not reached:
        return 0
    tier = reached[-1]
    if rule["type"] == "spend_off":
        return int(min(tier["off"], base))
    return int(min(base * (10_000 - tier["pay_bp"]) // 10_000, rule.get("max_off", base)))
