"""第N件M折 nth_item: of the units taken, every n-th, counted from the cheapest, is paid at a rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.offers.base import (
    ENDLESS,
    PIECES,
    WHOLE,
    Bound,
    Effect,
    Field,
    Need,
    OfferType,
    Part,
    Piece,
    Plan,
    Sums,
    Taker,
    cheapest,
    cheapest_pieces,
    lines_of,
    part_off,
    percent,
    together,
    worth,
    zhe,
)
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class NthItem(Effect):
    """Of u units the ⌊u/n⌋ cheapest are discounted; with `same_sku` each SKU is counted by itself."""

    n: int
    pay_bp: int
    same_sku: bool = False
    kind: ClassVar[str] = "nth_item"

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        chosen: list[Run] = []
        for its in self._counted_together(runs):
            chosen.extend(cheapest(its, worth(its)[1] // self.n))
        counted = lines_of(chosen) if self.same_sku else None
        if cap is not None:
            chosen = cheapest(chosen, cap)
        base, units = worth(chosen)
        off = part_off(base, self.pay_bp)
        return Plan([Part(chosen, off)], units, counted) if off > 0 else None

    def _counted_together(self, runs: list[Run]) -> Iterator[list[Run]]:
        if self.same_sku:
            yield from (list(its) for _, its in groupby(runs, key=lambda r: r.line))
        else:
            yield runs

    def most(self, base: int, count: int) -> int:
        # The cheapest of every n are worth no more than the n-th part of all.
        return base * (WHOLE - self.pay_bp) // (WHOLE * self.n) if count >= self.n else 0

    def rate(self) -> tuple[int, int]:
        return WHOLE - self.pay_bp, WHOLE * self.n

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        units = {t.line: t.units for t in takers}
        num = WHOLE - self.pay_bp
        most = None if cap is None else part_off(cap * max(-(-t.amounts[-1] // t.units) for t in takers), self.pay_bp)
        if self.same_sku:
            return [
                Piece(
                    0,
                    WHOLE,
                    lambda line, amount: -(-amount // units[line]) * (units[line] // self.n) * num,
                    self.n,
                    most,
                )
            ]
        return cheapest_pieces(takers, units, 1, self.n, self.n, num, most)

    def surely(self, units: int, amount: int, whole: int, even: bool) -> int:
        if not self.same_sku or not even:
            return 0
        return max(0, part_off(amount // units * (units // self.n), self.pay_bp) - units)

    def deepest(self) -> tuple[int, int]:
        return WHOLE - self.pay_bp, WHOLE

    def sums(self, cap: int | None) -> Sums | None:
        return Sums(ENDLESS, 0, WHOLE - self.pay_bp, WHOLE, 0) if self.same_sku and cap is None else None

    def part(self, price: int, units: int) -> tuple[int, int] | None:
        if not self.same_sku:
            return price * units, units
        return (price * (units // self.n), 0) if units >= self.n else None

    def memory(self, taken: list[tuple[int, int, int]]) -> tuple[int, ...] | None:
        return None if self.same_sku else together(taken)

    def need(self) -> Need:
        return Need("count", self.n)

    def zh(self) -> str:
        return ("同款" if self.same_sku else "") + f"第{self.n}件{'半价' if self.pay_bp == 5000 else zhe(self.pay_bp)}"

    def en(self) -> str:
        which = f"every {ordinal(self.n)} unit" + (" of the same item" if self.same_sku else "")
        return f"{percent(self.pay_bp)} {which}"


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def read(r: Reader) -> NthItem:
    return NthItem(r.number("n", 1, 9999), r.number("pay_bp", 0, WHOLE), r.flag("same_sku"))


TYPE = OfferType(
    "nth_item",
    "第N件M折",
    "every n-th unit",
    "ORDER",
    "order",
    100,
    read,
    (
        Field("n", "count", "第几件", "which unit", unit=PIECES, usual=2),
        Field("pay_bp", "bp", "打几折（0 为免费）", "rate paid (0: free)", zero=True),
        Field("same_sku", "flag", "同款才算", "same item only", required=False),
    ),
    what=("买到第几件打几折", "A lower price for every Nth item"),
    eg=("第2件半价", "Second item half price"),
    kept=True,
)
