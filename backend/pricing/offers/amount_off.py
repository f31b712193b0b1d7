"""直降 amount_off: every unit costs `off` less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Effect, Field, OfferType, yuan
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class AmountOff(Effect):
    off: int
    kind: ClassVar[str] = "amount_off"

    def unit(self, price: int) -> int:
        return max(0, price - self.off)

    def zh(self) -> str:
        return f"每件直降{yuan(self.off)}元"

    def en(self) -> str:
        return f"¥{yuan(self.off)} off each"


def read(r: Reader) -> AmountOff:
    return AmountOff(r.number("off", 1))


TYPE = OfferType(
    "amount_off",
    "直降",
    "amount off",
    "LINE",
    "line",
    100,
    read,
    (Field("off", "fen", "每件立减", "off each unit"),),
    what=("每件立减固定金额", "A fixed amount off each unit"),
    eg=("每件立减 ¥5", "¥5 off each"),
    kept=True,
)
