"""兑换券 exchange, the content of a coupon: the dearest unit of one SKU is free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.offers.base import Effect, Goods, Need, Part, Plan, dearest
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class Exchange(Effect):
    """`price` is the unit's list price in the cart to which the effect is bound."""

    sku: str
    price: int = 0
    kind: ClassVar[str] = "exchange"

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        for k, (product, _) in enumerate(goods):
            if product.sku == self.sku:
                return replace(self, price=product.price), mask & 1 << k
        return self, 0

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        unit = dearest(runs, 1)
        return Plan([Part(unit, unit[0].amount)], 1) if unit and unit[0].amount > 0 else None

    def most(self, base: int, count: int) -> int:
        return min(base, self.price)

    def need(self) -> Need:
        return Need("count", 1)

    def zh(self) -> str:
        return f"凭券免费兑换{self.sku}一件"

    def en(self) -> str:
        return f"one {self.sku} free"


def read(inner: Reader) -> Exchange:
    return Exchange(inner.text("sku"))
