"""折扣 percent_off: `pay_bp` of the unit price is paid, at most `max_off` a unit is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import WHOLE, Effect, Field, OfferType, part_off, percent, yuan, zhe
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class PercentOff(Effect):
    pay_bp: int
    max_off: int | None = None
    kind: ClassVar[str] = "percent_off"

    def unit(self, price: int) -> int:
        off = part_off(price, self.pay_bp)
        return price - (off if self.max_off is None else min(off, self.max_off))

    def zh(self) -> str:
        return zhe(self.pay_bp) + ("" if self.max_off is None else f"，每件最多减{yuan(self.max_off)}元")

    def en(self) -> str:
        return percent(self.pay_bp) + ("" if self.max_off is None else f", at most ¥{yuan(self.max_off)} a unit")


def read(r: Reader) -> PercentOff:
    return PercentOff(r.number("pay_bp", 0, WHOLE), r.maybe_number("max_off", 1))


TYPE = OfferType(
    "percent_off",
    "折扣",
    "percent off",
    "LINE",
    "line",
    90,
    read,
    (
        Field("pay_bp", "bp", "打几折", "rate paid"),
        Field("max_off", "fen", "每件最多减", "most off a unit", required=False),
    ),
    what=("商品单价直接打折", "Off the unit price"),
    eg=("全场8.5折", "15% off"),
    kept=True,
)
