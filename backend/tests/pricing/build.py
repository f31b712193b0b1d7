"""Short ways to write a scenario in a test."""

from __future__ import annotations

from typing import Any

from backend import pricing

AT = "2026-06-18T19:30:00+08:00"
Data = dict[str, Any]


def goods(**prices: int | Data) -> list[Data]:
    """Catalogue entries by SKU: a price, or the fields."""
    return [{"sku": sku, **({"price": p} if isinstance(p, int) else p)} for sku, p in prices.items()]


def basket(*skus: str) -> list[Data]:
    """Lines from "A" (one) or "A*3"."""
    found = []
    for sku in skus:
        name, _, qty = sku.partition("*")
        found.append({"sku": name, "qty": int(qty or 1)})
    return found


def case(catalog: list[Data], lines: list[Data], promotions: list[Data] | None = None, **rest: Any) -> Data:
    cart = {"lines": lines, **rest.pop("cart", {})}
    return {
        "at": AT,
        "catalog": catalog,
        "promotions": promotions or [],
        "cart": cart,
        "explain": True,
        **rest,
    }


def answer(data: Data) -> Data:
    return pricing.price_scenario(pricing.parse_scenario(data))


def price(catalog: list[Data], lines: list[Data], promotions: list[Data] | None = None, **rest: Any) -> pricing.Quote:
    parsed = pricing.parse_scenario(case(catalog, lines, promotions, **rest))
    return pricing.quote(parsed.rules, parsed.request)


def reasons(quote: pricing.Quote) -> dict[str, Data]:
    return {r.id: {"reason": r.reason, **r.figures} for r in quote.rejected}


def offs(quote: pricing.Quote) -> dict[str, int]:
    return {o.id: o.off for o in quote.offers}


def problems(data: object) -> list[tuple[str, str]]:
    try:
        pricing.parse_scenario(data)
    except pricing.Malformed as malformed:
        return [(p.path, p.message) for p in malformed.problems]
    return []


def coupon(name: str, content: Data, **rest: Any) -> Data:
    return {"id": name, "template": f"t-{name}", "content": content, **rest}
