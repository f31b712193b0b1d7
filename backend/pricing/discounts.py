"""What order-level offers give to the fen for the lines that they took, where they work on what LINE left."""

from __future__ import annotations

from backend.pricing.allocation import Run, split
from backend.pricing.stacking import Case
from backend.pricing.stakes import Stake

Given = tuple[int, tuple[tuple[int, int], ...]]
"""What an offer gives: in all, and by line."""


class Discounts:
    """Offers are told by the places of their stakes, what they took by slots."""

    __slots__ = ("_given", "_memories", "_numbers", "case", "floored", "stakes")

    def __init__(self, case: Case, stakes: list[Stake]) -> None:
        self.case = case
        self.stakes = stakes
        self.floored = [any(case.floors[line] for line in stake.lines) for stake in stakes]
        self._given: dict[tuple[int, int], Given | None] = {}
        self._memories: dict[tuple[int, int], int] = {}
        self._numbers: dict[tuple[int, int | tuple[int, ...]], int] = {}

    def taken(self, n: int, slots: int) -> list[tuple[int, int, int]]:
        """The lines that an offer took: unit price, units, line."""
        stake, qty = self.stakes[n], self.case.qty
        return [
            (amount // qty[line], qty[line], line)
            for line, its, places in zip(stake.lines, stake.amounts, stake.slots, strict=True)
            for amount, place in zip(its, places, strict=True)
            if slots >> place & 1
        ]

    def given(self, n: int, slots: int) -> Given | None:
        """What an offer gives to the fen for the lines that it took; None: it does not apply to them."""
        key = n, slots
        if key not in self._given:
            self._given[key] = self._reckoned(n, slots) if slots else (0, ())
        return self._given[key]

    def _reckoned(self, n: int, slots: int) -> Given | None:
        case, cand = self.case, self.case.cands[self.stakes[n].i]
        taken = self.taken(n, slots)
        runs = [Run(line, 0, price, units) for price, units, line in taken]
        mask = sum(1 << line for _, _, line in taken)
        plan = cand.effect.plan(runs, cand.cap)
        if plan is None or (plan.counted is not None and plan.counted != mask):
            return None
        by_line: dict[int, int] = {}
        for part in plan.parts:
            for share in split(sorted(part.runs), part.off, case.floors):
                by_line[share.line] = by_line.get(share.line, 0) + share.n * share.each
        total = sum(by_line.values())
        return (total, tuple(by_line.items())) if total > 0 else None

    def memory(self, n: int, slots: int) -> int:
        """What there is to know of the lines that an offer took, to tell what it gives in all with any further ones, as a
        number."""
        known = self._memories.get((n, slots))
        if known is None:
            found = None
            if slots and not self.floored[n]:
                found = self.case.cands[self.stakes[n].i].effect.memory(self.taken(n, slots))
            known = self._numbers.setdefault((n, slots if found is None else found), len(self._numbers))
            self._memories[n, slots] = known
        return known
