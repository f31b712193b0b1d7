"""Real baskets as scenario files: The Complete Journey under the sixty rules of `sixty-rules.json`.

Goods, quantities, list prices, times, stores and households are those of the data; delivery for 5.00, the six coupons
held by every household and an add-on chosen at the till with every tenth basket are made up. The rules are of every
type but `deposit_inflation` (nobody paid a deposit) and about goods that sell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any

from backend import catalog
from backend.imports.completejourney import new_product
from backend.imports.journey import Basket, Source, package_folder

Json = dict[str, Any]
FIRST = 60_000
"""Late May 2017: the data has settled, the seasons are behind."""


@lru_cache(1)
def sixty() -> Json:
    """{"policy", "promotions", "coupons"}: 54 promotions and 6 coupons that everybody holds."""
    found: Json = json.loads(files("backend.bench").joinpath("sixty-rules.json").read_text("utf-8"))
    return found


def scenarios(source: Source, start: int, stop: int) -> Iterator[Json]:
    """Baskets of the places start … stop − 1 (by time), those with a line that can be sold. `package_folder` has the data."""
    goods = {p.sku: p for p in (new_product(row) for row in source.products())}
    first = {row["household_id"]: row["first_at"] for row in source.households()}
    for basket in source.baskets(start, stop):
        if any(not line.skip for line in basket.lines):
            yield _scenario(basket, goods, first[basket.household] == basket.at.replace(tzinfo=None))


def _scenario(basket: Basket, goods: dict[str, catalog.NewProduct], new: bool) -> Json:
    sold: dict[str, list[int]] = {}
    for line in basket.lines:
        if not line.skip:
            at = sold.setdefault(str(line.product), [0, 0])
            at[0] += line.units
            at[1] += line.list_fen
    prices = {sku: (2 * full + units) // (2 * units) for sku, (units, full) in sold.items()}
    for sku in _handed_out():
        prices.setdefault(sku, goods[sku].list_fen)
    cart: Json = {
        "channel": "pos",
        "store": str(basket.store),
        "shipping": 500,
        "lines": [{"sku": sku, "qty": units} for sku, (units, _) in sold.items()],
    }
    if basket.number % 10 == 0:
        cart["add_ons"] = [{"offer": "till-candy", "sku": "1080414", "qty": 1}]
    products = [
        {
            "sku": sku,
            "price": price,
            "category": goods[sku].category,
            "brand": goods[sku].brand,
            "tags": [*goods[sku].tags],
        }
        for sku, price in prices.items()
    ]
    customer = {"id": str(basket.household), "new": new}
    return {**sixty(), "at": basket.at.isoformat(), "catalog": products, "customer": customer, "cart": cart}


@lru_cache(1)
def _handed_out() -> tuple[str, ...]:
    """Gifts and add-ons of the rules."""
    return tuple(
        sorted(
            {
                item["sku"]
                for offer in sixty()["promotions"]
                for item in (
                    *(offer.get("items", ()) if offer["type"] == "add_on" else ()),
                    *(gift for tier in offer.get("tiers", ()) for gift in tier.get("gifts", ())),
                )
            }
        )
    )


def installed() -> Source:
    """The data, read and checked; raises `NotInstalled` with what to install."""
    return Source(package_folder())
