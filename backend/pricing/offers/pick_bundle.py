"""N元M件 pick_bundle: any `count` units for one `price`, the dearest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.offers.base import (
    MOST_ROOM,
    PIECES,
    Bound,
    Effect,
    Field,
    Goods,
    Need,
    OfferType,
    Part,
    Piece,
    Plan,
    Taker,
    dearest,
    lines_of,
    worth,
    yuan,
)
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class PickBundle(Effect):
    """Units, dearest first, in runs of `count`; a full run costs `price` while that is cheaper.

    `top` is the dearest unit price and `units` the quantities of the cart to which the effect is bound.
    """

    count: int
    price: int
    repeat: bool = False
    top: int = 0
    units: tuple[int, ...] = ()
    kind: ClassVar[str] = "pick_bundle"
    by_mean: ClassVar[bool] = False

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        top = max(p.price for k, (p, _) in enumerate(goods) if mask >> k & 1)
        return replace(self, top=top, units=tuple(qty for _, qty in goods)), mask

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        _, units = worth(runs)
        most = units // self.count if self.repeat else min(1, units // self.count)
        if cap is not None:
            most = min(most, cap)
        parts: list[Part] = []
        lines = 0
        for bundle in in_order(dearest(runs, most * self.count), self.count):
            base, _ = worth(bundle)
            if base <= self.price:
                break
            parts.append(Part(bundle, base - self.price))
            lines |= lines_of(bundle)
        return Plan(parts, len(parts), lines) if parts else None

    def most(self, base: int, count: int) -> int:
        if count < self.count:
            return 0
        return max(0, (base if self.repeat else min(base, self.count * self.top)) - self.price)

    def rate(self) -> tuple[int, int]:
        full = max(1, self.count * self.top)
        return max(0, full - self.price), full

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        # A run's discount is the sum, over its units, of what each costs above an equal part of the price.
        units = {t.line: t.units for t in takers}
        runs = sum(units.values()) // self.count
        runs = min(runs if cap is None else min(cap, runs), runs if self.repeat else 1)
        few = min(runs, MOST_ROOM // self.count)
        pieces = []
        if few:
            room = few * self.count
            pieces.append(
                Piece(0, 1, lambda line, amount: amount // units[line], room=room, step=self.count, toll=self.price)
            )
        if few < runs:
            prices = sorted((t.amounts[-1] // t.units for t in takers for _ in range(t.units)), reverse=True)
            sums = (sum(prices[k * self.count : (k + 1) * self.count]) for k in range(runs))
            most = sum(max(0, base - self.price) for base in sums)

            def weight(line: int, amount: int) -> int:
                n = units[line]
                return max(0, amount // n * self.count - self.price) * min(n, runs * self.count)

            pieces.append(Piece(0, self.count, weight, (few + 1) * self.count, most))
        return pieces

    def deepest(self) -> tuple[int, int]:
        return self.rate()

    def memory(self, taken: list[tuple[int, int, int]]) -> tuple[int, ...] | None:
        # All lines but the last must lie in the run as a whole: so it matters which line is the last.
        if self.repeat:
            return None
        its = sorted(taken, key=lambda t: (-t[0], t[2]))
        return *(k for price, n, _ in its for k in (price, n)), its[-1][2]

    def need(self) -> Need:
        return Need("count", self.count)

    def zh(self) -> str:
        return f"{yuan(self.price)}元任选{self.count}件" + ("，可重复" if self.repeat else "")

    def en(self) -> str:
        return f"any {self.count} for ¥{yuan(self.price)}" + (", repeatedly" if self.repeat else "")


def in_order(runs: list[Run], size: int) -> list[list[Run]]:
    """Cut units, in their order, into groups of `size`."""
    found: list[list[Run]] = []
    group: list[Run] = []
    room = size
    for run in runs:
        start, left = run.start, run.n
        while left:
            n = min(left, room)
            group.append(Run(run.line, start, run.amount, n))
            start, left, room = start + n, left - n, room - n
            if not room:
                found.append(group)
                group, room = [], size
    return found


def read(r: Reader) -> PickBundle:
    return PickBundle(r.number("count", 1, 9999), r.number("price"), r.flag("repeat"))


TYPE = OfferType(
    "pick_bundle",
    "N元M件",
    "any so many for a price",
    "ORDER",
    "order",
    100,
    read,
    (
        Field("count", "count", "任选几件", "any so many", unit=PIECES),
        Field("price", "fen", "一共多少钱", "price together"),
        Field("repeat", "flag", "一单可重复享受", "more than once an order", required=False, usual=True),
    ),
    what=("任选几件，一共多少钱", "Any so many for one price"),
    eg=("99元任选3件", "Any 3 for ¥99"),
    kept=True,
)
