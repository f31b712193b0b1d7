"""加价购 add_on: from so much goods on, some items may be added at a price of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import (
    PIECES,
    Effect,
    Field,
    Need,
    OfferType,
    yuan,
)
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class AddOn(Effect):
    """At most `choose` units of the items (sku, price) in an order."""

    min: int
    items: tuple[tuple[str, int], ...]
    choose: int = 1
    kind: ClassVar[str] = "add_on"
    threshold: ClassVar[bool] = True

    @property
    def grows(self) -> bool:
        return True

    def add_on_skus(self) -> set[str]:
        return {sku for sku, _ in self.items}

    def most_add_ons(self) -> int:
        return self.choose

    def price_of(self, sku: str) -> int | None:
        return next((price for item, price in self.items if item == sku), None)

    def most(self, base: int, count: int) -> int:
        return 0

    def need(self) -> Need:
        return Need("fen", self.min)

    def zh(self) -> str:
        items = "、".join(f"{sku}仅{yuan(price)}元" for sku, price in self.items)
        return f"满{yuan(self.min)}加价购{items}" + (f"，限{self.choose}件" if self.choose > 1 else "")

    def en(self) -> str:
        items = ", ".join(f"{sku} for ¥{yuan(price)}" for sku, price in self.items)
        return f"from ¥{yuan(self.min)} add {items}" + (f", up to {self.choose}" if self.choose > 1 else "")


def read(r: Reader) -> AddOn:
    items: dict[str, int] = {}
    for item in r.objects("items", required=True, empty=False):
        sku, price = item.text("sku"), item.number("price")
        if sku in items:
            item.fault("sku", f"{sku} stands among the items twice")
        items[sku] = price
        item.finish()
    return AddOn(r.number("min"), tuple(items.items()), r.number("choose", 1, 9999, default=1))


TYPE = OfferType(
    "add_on",
    "加价购",
    "add-ons",
    "GIFT",
    "add_on",
    100,
    read,
    (
        Field("min", "fen", "满多少可换购", "from", zero=True),
        Field(
            "items",
            "items",
            "换购商品",
            "items",
            of=(Field("sku", "sku", "商品", "item"), Field("price", "fen", "换购价", "price", zero=True)),
        ),
        Field("choose", "count", "一单最多换购", "units at most", required=False, unit=PIECES, usual=1),
    ),
    what=("满一定金额，加一点钱换购", "An item at a low price from a threshold"),
    eg=("满99，+1元换购", "From ¥99, add one for ¥1"),
    kept=True,
)
