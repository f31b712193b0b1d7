"""满减 spend_off: so much off from so much on, in tiers (阶梯) or for every full `min` (每满)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.offers.base import (
    ENDLESS,
    Bound,
    ByBase,
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
    must_rise,
    read_thresholds,
    worth,
    yuan,
)
from backend.pricing.reading import Reader

MOST_STEPS = 40


@dataclass(frozen=True)
class SpendOff(Effect):
    """Either rising `tiers` of (min, off), or `every` (min, off) with a greatest sum `max_off`."""

    tiers: tuple[tuple[int, int], ...] = ()
    every: tuple[int, int] | None = None
    max_off: int | None = None
    kind: ClassVar[str] = "spend_off"
    threshold: ClassVar[bool] = True

    @property
    def grows(self) -> bool:
        return True

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        base, count = worth(runs)
        off = self.taken_off(base, count, cap)
        return Plan([Part(runs, off)], self._steps(base, cap)) if off > 0 else None

    def taken_off(self, base: int, count: int, cap: int | None) -> int:
        if self.every is None:
            return self._tier(base)
        off = self._steps(base, cap) * self.every[1]
        return off if self.max_off is None else min(off, self.max_off)

    def _steps(self, base: int, cap: int | None) -> int:
        if self.every is None:
            return 1
        steps = base // self.every[0]
        return steps if cap is None else min(cap, steps)

    def _tier(self, base: int) -> int:
        for least, off in reversed(self.tiers):
            if base >= least:
                return off
        return 0

    def most(self, base: int, count: int) -> int:
        if self.every is None:
            return min(base, self._tier(base))
        off = base // self.every[0] * self.every[1]
        return min(base, off if self.max_off is None else min(off, self.max_off))

    def rate(self) -> tuple[int, int]:
        if self.every is not None:
            return min(self.every[1], self.every[0]), self.every[0]
        num, den = 0, 1
        for least, off in self.tiers:
            if off * den > num * max(least, 1):
                num, den = off, max(least, 1)
        return (num, den) if num < den else (1, 1)

    def above(self, num: int, den: int, base: int, count: int) -> int:
        if self.every is not None:
            return self.most(base, count)
        # The part grows with what it takes, and what comes off does not: the threshold itself leaves most.
        tops = ((max(least, off), off) for least, off in self.tiers if least <= base)
        return min(self.most(base, count), max((off - at * num // den for at, off in tops), default=0))

    def ahead_of(self, other: Effect, low: int, high: int) -> int | None:
        if isinstance(other, SpendOff) and len(self.tiers) == len(other.tiers) == 1:
            [(least, off)], [(their_least, their_off)] = self.tiers, other.tiers
            low = max(low, their_least)
            if least <= low and off >= their_off:
                return min(low, off) - min(low, their_off)
        return ahead_by_sum(self, other, low, high)

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        whole = sum(t.amounts[-1] for t in takers)
        if self.every is None:
            # A tier takes off no more than there is: a base of less than its `off` counts step by step as well.
            tiers = [t for t in self.tiers if t[0] >= t[1]]
            if len(tiers) < len(self.tiers):
                return super().bounds(takers, cap)
            return ByBase(self._tier, tuple(least for least, _ in tiers))
        least, off = self.every
        steps = whole // least if cap is None else min(cap, whole // least)
        if self.max_off is not None:
            steps = min(steps, -(-self.max_off // off))
        top = steps * off if self.max_off is None else min(steps * off, self.max_off)
        if steps > MOST_STEPS or off > least:
            return [Piece(0, least, lambda _, amount: amount * min(off, least), least, top, by_fen=True)]
        return ByBase(lambda base: min(base // least * off, top), tuple(least * n for n in range(1, steps + 1)))

    def deepest(self) -> tuple[int, int]:
        return self.rate()

    def sums(self, cap: int | None) -> Sums:
        if self.every is None:
            return Sums(max(max(tier) for tier in self.tiers), 0, *self.rate())
        least, off = self.every
        enough = ENDLESS if self.max_off is None else max(self.max_off, -(-self.max_off // off) * least)
        return Sums(enough, 0, *self.rate())

    def surely(self, units: int, amount: int, whole: int, even: bool) -> int:
        if self.every is not None or not whole:
            return 0
        tops = [*(least - 1 for least, _ in self.tiers[1:]), whole]
        off = min(
            amount * min(off, top) // max(1, top)
            for (least, off), top in zip(self.tiers, tops, strict=True)
            if least <= whole or least == self.tiers[0][0]
        )
        return max(0, off - 2 * units)

    def need(self) -> Need:
        return Need("fen", self.tiers[0][0] if self.every is None else self.every[0])

    def zh(self) -> str:
        if self.every is None:
            return "，".join(f"满{yuan(m)}减{yuan(off)}" if m else f"立减{yuan(off)}元" for m, off in self.tiers)
        text = f"每满{yuan(self.every[0])}减{yuan(self.every[1])}"
        return text if self.max_off is None else f"{text}，最多减{yuan(self.max_off)}"

    def en(self) -> str:
        if self.every is None:
            return ", ".join(f"¥{yuan(off)} off ¥{yuan(m)}" if m else f"¥{yuan(off)} off" for m, off in self.tiers)
        text = f"¥{yuan(self.every[1])} off every ¥{yuan(self.every[0])}"
        return text if self.max_off is None else f"{text}, at most ¥{yuan(self.max_off)}"


def read(r: Reader) -> SpendOff:
    if r.has("every") == r.has("tiers"):
        r.fault("", "must have either tiers or every")
    every = r.object("every") if "every" in r.data else None
    if every is not None:
        step = every.number("min", 1), every.number("off", 1)
        found = SpendOff((), step, every.maybe_number("max_off", 1))
        every.finish()
        return found
    tiers = list(r.objects("tiers", empty=False))
    for tier in tiers:
        if "count" in tier.data:
            tier.fault("count", "spend_off counts money; only min is meant here")
    _, mins = read_thresholds(tiers)
    offs = [tier.number("off", 1) for tier in tiers]
    must_rise(tiers, offs, "off")
    for tier in tiers:
        tier.finish()
    return SpendOff(tuple(zip(mins, offs, strict=True)) or ((0, 0),))


_TIER = (Field("min", "fen", "满", "from"), Field("off", "fen", "减", "off"))
TYPE = OfferType(
    "spend_off",
    "满减",
    "spend and save",
    "ORDER",
    "order",
    100,
    read,
    (
        Field("tiers", "tiers", "阶梯", "tiers", required=False, of=_TIER, one_of="how"),
        Field(
            "every",
            "group",
            "每满",
            "every",
            required=False,
            of=(
                Field("min", "fen", "每满多少", "for every"),
                Field("off", "fen", "减多少", "off"),
                Field("max_off", "fen", "最多减", "at most", required=False),
            ),
            one_of="how",
        ),
    ),
    what=("满一定金额减钱，可设多档，或每满一次减一次", "Money off from an amount, in tiers or for every full amount"),
    eg=("满200减30", "¥30 off ¥200"),
    kept=True,
)
