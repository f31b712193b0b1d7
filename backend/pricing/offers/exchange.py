"""兑换券 · 换购券 exchange, 免费试用券 trial, contents of a coupon: the dearest unit of one SKU is free, or costs a price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.model import MAX_FEN
from backend.pricing.offers.base import Effect, Goods, Need, Part, Plan, dearest, worth, yuan
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class Exchange(Effect):
    """The unit costs `price`, if goods other than the SKU come to `least`.

    `line` is the SKU's line in the cart to which the effect is bound, `listed` the unit's list price there.
    """

    sku: str
    price: int = 0
    least: int = 0
    line: int = -1
    listed: int = 0
    kind: ClassVar[str] = "exchange"

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        """Alone it takes the SKU's line, if it is in scope; with a threshold every line in scope, and the SKU's."""
        for k, (product, _) in enumerate(goods):
            if product.sku == self.sku:
                own = 1 << k
                return replace(self, line=k, listed=product.price), mask | own if self.least else mask & own
        return self, 0

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        unit = dearest([run for run in runs if run.line == self.line], 1)
        off = unit[0].amount - self.price if unit else 0
        beside, _ = worth([run for run in runs if run.line != self.line])
        return Plan([Part(unit, off)], 1) if off > 0 and beside >= self.least else None

    def most(self, base: int, count: int) -> int:
        return max(0, min(base - self.least, self.listed) - self.price)

    def need(self) -> Need:
        least = self.least + self.price
        return Need("fen", least + 1) if least else Need("count", 1)

    def goal(self, mask: int) -> tuple[Need, int] | None:
        return (Need("fen", self.least), mask & ~(1 << self.line)) if self.least else None

    def zh(self) -> str:
        beside = f"其他商品满{yuan(self.least)}，" if self.least else ""
        how = f"{yuan(self.price)}元换购" if self.price else "免费兑换"
        return f"{beside}凭券{how}{self.sku}一件"

    def en(self) -> str:
        cost = f"for ¥{yuan(self.price)}" if self.price else "free"
        return f"one {self.sku} {cost}" + (f" from ¥{yuan(self.least)} of other goods" if self.least else "")


@dataclass(frozen=True)
class Trial(Exchange):
    """免费试用: an exchange for nothing, under words of its own."""

    kind: ClassVar[str] = "trial"

    def zh(self) -> str:
        return f"凭券免费试用{self.sku}一件"

    def en(self) -> str:
        return f"try one {self.sku} free"


def read_trial(inner: Reader) -> Trial:
    return Trial(inner.text("sku"))


def read(inner: Reader) -> Exchange:
    price, least = inner.maybe_number("price", 1, MAX_FEN), inner.number("min", 0, MAX_FEN, default=0)
    return Exchange(inner.text("sku"), price or 0, least)
