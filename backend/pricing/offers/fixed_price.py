"""一口价 fixed_price: the unit price becomes `price` where that is lower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Effect, Field, OfferType, yuan
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class FixedPrice(Effect):
    price: int
    kind: ClassVar[str] = "fixed_price"

    def unit(self, price: int) -> int:
        return min(price, self.price)

    def zh(self) -> str:
        return f"一口价{yuan(self.price)}元"

    def en(self) -> str:
        return f"¥{yuan(self.price)} each"


def read(r: Reader) -> FixedPrice:
    return FixedPrice(r.number("price"))


TYPE = OfferType(
    "fixed_price",
    "一口价",
    "fixed price",
    "LINE",
    "line",
    80,
    read,
    (Field("price", "fen", "一口价金额", "price", zero=True),),
    what=("范围内的商品都按一个价卖", "One price for the products in scope"),
    eg=("爆款 ¥9.9", "Best seller ¥9.9"),
    kept=True,
)
