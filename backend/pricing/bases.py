"""What an offer can count at most (§7): the greatest base that any allowed combination leaves it.

Without mandatory offers that is everything in its scope at list prices, for any line may go without the others. A
mandatory offer takes its lines first, unless other line-level offers leave them no dearer; so on those lines one must
look at what LINE may leave. Lines that share no limit or budget are looked at one by one, the others together.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import NamedTuple

from backend.pricing.evaluation import Outcome, left_by_line, most_promotions
from backend.pricing.stacking import Candidate, Case, bits

MOST_TRIED = 1_024
"""Ways of lines that share a limit which are all tried; where there are more, some are, and `sure` says so."""
MOST_SETS = 256


class Base(NamedTuple):
    """The greatest base: fen or units on the lines that are left to the offer. `sure`: there is none greater."""

    size: int
    free: bool
    """Whether any line is left to it."""
    sure: bool


class _Way(NamedTuple):
    """One allowed way for some lines: which line-level offers take each, and what they leave of it."""

    masks: tuple[int, ...]
    left: tuple[int, ...]


class Bases:
    """The line level of one cart, looked at once for all offers that ask."""

    def __init__(self, case: Case, out: Outcome) -> None:
        self.case = case
        bound = 0
        for m in case.mandatory:
            for line in bits(m.mask):
                if case.price[line] > max(m.effect.unit(case.price[line]), case.floors[line]):
                    bound |= 1 << line
        self.bound = bound
        self.alone = sum(c.bit for c in case.stackable if c.offer.exclusive == "cart")
        self.pool = [c for c in case.stackable if c.level == "LINE" and c.offer.exclusive != "cart" and c.mask & bound]
        # What the quote does on these lines is allowed; the others are best left at list prices.
        lines = {i: mask for i, mask in out.takes.items() if case.cands[i].level == "LINE"}
        basis = {i: mask & bound for i, mask in lines.items() if mask & bound}
        self.basis = basis if left_by_line(case, basis) is not None else lines
        self.parts = self._parts()
        self._ways: dict[int, list[_Way] | None] = {}

    def greatest(self, cand: Candidate, lines: list[int], by_count: bool) -> Base:
        """Of some of the lines in the scope of an offer, what it can count at most."""
        case = self.case
        worth = [n if by_count else p * n for p, n in zip(case.price, case.qty, strict=True)]
        if cand.offer.exclusive == "cart":
            free = left_by_line(case, {}) is not None
            return Base(sum(worth[k] for k in lines) if free else 0, free and bool(lines), True)
        size = sum(worth[k] for k in lines if not self.bound >> k & 1)
        free, sure = any(not self.bound >> k & 1 for k in lines), True
        for n, part in enumerate(self.parts):
            if not set(part) & set(lines):
                continue
            found, all_seen = self._best(n, part, cand, set(lines), by_count)
            size, free, sure = size + found[1], free or found[0], sure and all_seen
        return Base(size, free, sure)

    def _parts(self) -> list[list[int]]:
        """The lines of mandatory offers, those together that share a limit or budget."""
        parts = [1 << line for line in bits(self.bound)]
        for c in self.case.stackable:
            if c.level == "LINE" and (c.cap is not None or c.budget is not None):
                shared = [p for p in parts if p & c.mask]
                if len(shared) > 1:
                    parts = [p for p in parts if not p & c.mask] + [sum(shared)]
        return [bits(part) for part in parts]

    def _sets(self, line: int) -> list[int]:
        """Every set of line-level offers that may take a line together."""
        masks, most = [0], most_promotions(self.case)
        for c in self.pool:
            if c.mask >> line & 1 and len(masks) < MOST_SETS:
                masks.extend([k | c.bit for k in masks if not c.conf & k and k.bit_count() < most])
        return masks

    def _best(
        self, n: int, part: list[int], cand: Candidate, lines: set[int], by_count: bool
    ) -> tuple[tuple[bool, int], bool]:
        """Of some lines the best for an offer: whether one is left to it, and what it counts there."""
        qty, barring, most = self.case.qty, cand.conf | self.alone, most_promotions(self.case)
        if cand.offer.is_coupon:  # the limit is about promotions
            most = len(self.case.cands) + 1

        def value(way: _Way) -> tuple[bool, int]:
            free = [
                j
                for j, line in enumerate(part)
                if line in lines and not barring & way.masks[j] and way.masks[j].bit_count() < most
            ]
            return bool(free), sum(qty[part[j]] if by_count else way.left[j] for j in free)

        if n not in self._ways:
            self._ways[n] = self._all(part)
        ways = self._ways[n]
        if ways is not None:
            return max(map(value, ways), default=(False, 0)), True
        # Too many to try: from what the quote does, one or two lines are changed as long as that is better.
        now = self._way(part, self._now(part))
        tried, better = 0, True
        assert now is not None
        sets = [self._sets(line) for line in part]
        while better:
            better = False
            for changed in (*((j,) for j in range(len(part))), *combinations(range(len(part)), 2)):
                for masks in product(*(sets[j] for j in changed)):
                    if tried >= MOST_TRIED:
                        return value(now), False
                    tried += 1
                    other = list(now.masks)
                    for j, mask in zip(changed, masks, strict=True):
                        other[j] = mask
                    way = self._way(part, tuple(other))
                    if way is not None and value(way) > value(now):
                        now, better = way, True
        return value(now), False

    def _all(self, part: list[int]) -> list[_Way] | None:
        """Every allowed way for some lines; None where there are too many to try."""
        sets = [self._sets(line) for line in part]
        total = 1
        for masks in sets:
            total *= len(masks)
        if total > MOST_TRIED:
            return None
        return [way for masks in product(*sets) if (way := self._way(part, masks)) is not None]

    def _now(self, part: list[int]) -> tuple[int, ...]:
        return tuple(sum(1 << i for i, mask in self.basis.items() if mask >> line & 1) for line in part)

    def _way(self, part: list[int], masks: tuple[int, ...]) -> _Way | None:
        """What is left of some lines when these offers take them, the other lines as in the quote; None: not allowed."""
        mine = sum(1 << line for line in part)
        takes = {i: mask & ~mine for i, mask in self.basis.items()}
        for line, offers in zip(part, masks, strict=True):
            for i in bits(offers):
                takes[i] = takes.get(i, 0) | 1 << line
        left = left_by_line(self.case, {i: mask for i, mask in takes.items() if mask})
        return None if left is None else _Way(masks, tuple(left[line] for line in part))
