"""运费 shipping: so much off the fee, a rate of it, or none at all, from so much goods on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import WHOLE, Effect, Field, Need, OfferType, part_off, percent, yuan, zhe
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class Shipping(Effect):
    """Exactly one of `off`, `pay_bp`, `free` says what is taken off the fee."""

    min: int = 0
    off: int | None = None
    pay_bp: int | None = None
    free: bool = False
    kind: ClassVar[str] = "shipping"
    threshold: ClassVar[bool] = True

    def fee_off(self, fee: int) -> int:
        if self.free:
            return fee
        if self.pay_bp is not None:
            return part_off(fee, self.pay_bp)
        return min(fee, self.off or 0)

    def need(self) -> Need:
        return Need("fen", self.min)

    def zh(self) -> str:
        when = f"满{yuan(self.min)}" if self.min else ""
        if self.free:
            return when + "包邮" if when else "包邮"
        if self.pay_bp is not None:
            return f"{when}运费{zhe(self.pay_bp)}"
        return f"{when}减运费{yuan(self.off or 0)}元"

    def en(self) -> str:
        when = f" from ¥{yuan(self.min)}" if self.min else ""
        if self.free:
            return "free shipping" + when
        if self.pay_bp is not None:
            return f"shipping {percent(self.pay_bp)}{when}"
        return f"¥{yuan(self.off or 0)} off shipping{when}"


def read(r: Reader, rates: bool = True) -> Shipping:
    """With `rates` also `pay_bp` is known; a shipping coupon has only `off` or `free`."""
    least = r.number("min", default=0)
    off = r.maybe_number("off", 1)
    pay_bp = r.maybe_number("pay_bp", 0, WHOLE) if rates else None
    free = r.flag("free")
    if "free" in r.data and not free and r.data["free"] is False:
        r.fault("free", "must be true when it is given")
    if (off is not None) + (pay_bp is not None) + ("free" in r.data) != 1:
        r.fault("", "must have exactly one of off, pay_bp, free" if rates else "must have either off or free")
    return Shipping(least, off, pay_bp, free)


TYPE = OfferType(
    "shipping",
    "运费优惠",
    "shipping",
    "SHIPPING",
    "shipping",
    100,
    read,
    (
        Field("min", "fen", "满多少", "from", zero=True),
        Field("free", "flag", "包邮", "free", required=False, one_of="how"),
        Field("off", "fen", "减运费", "off the fee", required=False, one_of="how"),
        Field("pay_bp", "bp", "运费打几折", "rate paid of the fee", required=False, one_of="how"),
    ),
    what=("满一定金额免运费、减运费或运费打折", "The fee free, less or at a rate from an amount"),
    eg=("满59包邮", "Free shipping from ¥59"),
    kept=True,
)
