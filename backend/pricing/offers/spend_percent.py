"""满折 spend_percent: a rate on everything taken, from so much money or so many units on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

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
    ahead_by_sum,
    must_fall,
    part_off,
    percent,
    read_thresholds,
    worth,
    yuan,
    zhe,
)
from backend.pricing.offers.wording import counted
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class SpendPercent(Effect):
    """Rising `tiers` of (threshold, pay_bp); the thresholds are all money or all units."""

    by: Literal["fen", "count"]
    tiers: tuple[tuple[int, int], ...]
    max_off: int | None = None
    kind: ClassVar[str] = "spend_percent"
    threshold: ClassVar[bool] = True

    @property
    def grows(self) -> bool:
        return True

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        off = self.most(*worth(runs))
        return Plan([Part(runs, off)], 1) if off > 0 else None

    def taken_off(self, base: int, count: int, cap: int | None) -> int:
        return self.most(base, count)

    def tier(self, base: int, count: int) -> int | None:
        reached = base if self.by == "fen" else count
        for k in range(len(self.tiers) - 1, -1, -1):
            if reached >= self.tiers[k][0]:
                return k
        return None

    def most(self, base: int, count: int) -> int:
        k = self.tier(base, count)
        if k is None:
            return 0
        off = part_off(base, self.tiers[k][1])
        return off if self.max_off is None else min(off, self.max_off)

    def rate(self) -> tuple[int, int]:
        return WHOLE - self.tiers[-1][1], WHOLE

    def each_more(self) -> tuple[int, int] | None:
        return (WHOLE - self.tiers[0][1], WHOLE) if self.max_off is None else None

    def above(self, num: int, den: int, base: int, count: int) -> int:
        # Of two parts that are rounded down the difference is no more than theirs, rounded up.
        more = max((WHOLE - pay_bp) * den - num * WHOLE for _, pay_bp in self.tiers)
        return min(self.most(base, count), max(0, -(-more * base // (den * WHOLE))))

    def ahead_of(self, other: Effect, low: int, high: int) -> int | None:
        if isinstance(other, SpendPercent) and self.by == other.by == "fen" and self.max_off is None:
            [(least, pay_bp), *more], [(their_least, their_pay_bp), *theirs] = self.tiers, other.tiers
            low = max(low, their_least)
            if not more and not theirs and least <= low and pay_bp <= their_pay_bp:
                return low * (their_pay_bp - pay_bp) // WHOLE
        return ahead_by_sum(self, other, low, high)

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        return [self._piece(least, WHOLE - pay_bp) for least, pay_bp in self.tiers]

    def _piece(self, least: int, off_bp: int) -> Piece:
        return Piece(0, WHOLE, lambda _, amount: amount * off_bp, least, self.max_off, by_fen=self.by == "fen")

    def deepest(self) -> tuple[int, int]:
        return max(WHOLE - bp for _, bp in self.tiers), WHOLE

    def sums(self, cap: int | None) -> Sums:
        least = self.tiers[-1][0]
        # Units say which rate holds, so that money must be enough for the least of the rates.
        rates = [
            WHOLE - pay_bp for _, pay_bp in (self.tiers if self.by == "count" else self.tiers[-1:]) if pay_bp < WHOLE
        ]
        enough = -(-self.max_off * WHOLE // min(rates)) if self.max_off is not None and rates else ENDLESS
        steady = None if len(self.tiers) > 1 else least if self.by == "fen" else 0
        if self.by == "fen":
            return Sums(max(least, enough), 0, *self.rate(), steady)
        return Sums(enough, least, *self.rate(), steady)

    def surely(self, units: int, amount: int, whole: int, even: bool) -> int:
        off = part_off(amount, self.tiers[0][1])
        if self.max_off is not None:
            off = min(off, amount * self.max_off // max(1, whole))
        return max(0, off - 2 * units)

    def need(self) -> Need:
        return Need(self.by, self.tiers[0][0])

    def zh(self) -> str:
        unit = "元" if self.by == "fen" else "件"
        text = "，".join(
            (f"满{yuan(m) if self.by == 'fen' else m}{unit}" if m else "") + zhe(bp) for m, bp in self.tiers
        )
        return text if self.max_off is None else f"{text}，最多减{yuan(self.max_off)}元"

    def en(self) -> str:
        texts = []
        for least, pay_bp in self.tiers:
            floor = f" from ¥{yuan(least)}" if self.by == "fen" else f" from {counted(least, 'item')}"
            texts.append(percent(pay_bp) + (floor if least else ""))
        return ", ".join(texts) + ("" if self.max_off is None else f", at most ¥{yuan(self.max_off)}")


def read(r: Reader) -> SpendPercent:
    tiers = list(r.objects("tiers", required=True, empty=False))
    by, mins = read_thresholds(tiers)
    rates = [tier.number("pay_bp", 0, WHOLE) for tier in tiers]
    must_fall(tiers, rates, "pay_bp")
    for tier in tiers:
        tier.finish()
    found = tuple(zip(mins, rates, strict=True))
    return SpendPercent(by, found or ((0, WHOLE),), r.maybe_number("max_off", 1))


TYPE = OfferType(
    "spend_percent",
    "满折",
    "spend for a rate",
    "ORDER",
    "order",
    90,
    read,
    (
        Field(
            "tiers",
            "tiers",
            "阶梯",
            "tiers",
            of=(
                Field("min", "fen", "满金额", "from amount", required=False, one_of="from"),
                Field("count", "count", "满件数", "from units", required=False, one_of="from", unit=PIECES),
                Field("pay_bp", "bp", "打几折", "rate paid"),
            ),
        ),
        Field("max_off", "fen", "最多减", "at most", required=False),
    ),
    what=("满金额或满件数，整单打折", "Percentage off from an amount or a count"),
    eg=("满3件打8.5折", "3 items: 15% off"),
    kept=True,
)
