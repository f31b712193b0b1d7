"""Which of two beginnings of a cart costs less whatever comes (支配), and by how much at least.

Both leave the same to the lines to come to see but for sums: what open offers have taken that are told by sums, and what the
coupon counts. Where an offer gives more by steps a greater sum is no harm; where it gives a rate, what the sums are apart is
worth so much. The coupon is worth its rate of what it counts, less what offers that are still open will take off there.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from backend.pricing.offers.base import ENDLESS
from backend.pricing.stacking import Candidate
from backend.pricing.stakes import BaseStake

if TYPE_CHECKING:
    from backend.pricing.labels import Label, Sweep

NEVER = 1 << 60


class Leads:
    """How labels of one sweep compare."""

    def __init__(self, sweep: Sweep) -> None:
        self.case, self.lay = sweep.case, sweep.lay
        lay = self.lay
        self.coupon = sweep.coupon
        self.ends, self.by_sums, self.by_slots = sweep.ends, sweep.by_sums, sweep.by_slots
        self.met, self.within, self.stray = sweep.met, sweep.within, sweep.stray
        self.fees_apart, self.counts_all = sweep.fees_apart, sweep.counts_all
        self.first = [self._first_step(n) for n in range(len(lay.stakes))]
        # By depth and offer: the most that lines to come bring of what the coupon counts too.
        self.rest_met = [[0] * len(lay.stakes)]
        for line in reversed(lay.order):
            self.rest_met.append(
                [
                    it + (stake.amounts[stake.lines.index(line)][-1] if met >> line & 1 and line in stake.lines else 0)
                    for it, stake, met in zip(self.rest_met[-1], lay.stakes, sweep.met, strict=True)
                ]
            )
        self.rest_met.reverse()

    def _first_step(self, n: int) -> int:
        """What an offer that gives more by steps gives at least, where roundings on what the coupon counts are small beside
        each of its steps and the coupon is worth no more than half of them; else 0."""
        stake, ends = self.lay.stakes[n], None if self.coupon is None else self.coupon.effect.sums(None)
        if not isinstance(stake, BaseStake) or ends is None or 2 * ends.num > ends.den:
            return 0
        gives = [0, *stake.gives()]
        apart = min((more - less for less, more in pairwise(gives)), default=0)
        return gives[1] if apart > 4 * self.stray[n] else 0

    def lead(self, depth: int, a: Label, b: Label, bounding: bool = False) -> int:
        """By how much `a`, which leaves the same as `b`, costs less at least, whatever comes; −NEVER: that cannot be told."""
        even = a.cost == b.cost
        lead = b.cost - a.cost
        extra = 0
        for n in self.by_sums[depth]:
            mine, theirs, ends = a.sums[n], b.sums[n], self.ends[n]
            if mine == theirs or ends is None:
                continue
            if mine.units < min(theirs.units, ends.units):
                return -NEVER
            even = even and min(mine.fen, ends.fen) == min(theirs.fen, ends.fen)
            apart = mine.fen - theirs.fen
            if ends.steady is not None and ends.fen == ENDLESS and apart > 0:
                more = apart * ends.num // ends.den
                lead += more
                extra += more if self.met[n] else 0
            elif mine.fen < min(theirs.fen, ends.fen):
                if ends.steady is None or mine.fen < ends.steady or mine.fen * ends.num < ends.den:
                    return -NEVER
                lead -= -(apart * ends.num // ends.den)
        if lead < 0 and not bounding:
            return -NEVER
        if self.coupon is not None:
            lost = self._lost(self.coupon, depth, a, b, extra)
            lead -= lost
            even = even and not lost and a.counted == b.counted
        if self.fees_apart and not (even and self.counts_all):
            lead -= self.fees_apart
        return lead

    def _lost(self, coupon: Candidate, depth: int, a: Label, b: Label, extra: int) -> int:
        """How much less the coupon gives to `a` than to `b` at most, offers that give more to `a` aside but for `extra`, of
        which that is reckoned; NEVER: it may not apply to `a` where it does to `b`.

        An open offer will take off what the coupon counts: of its discount the part that falls there, which is no more for
        `a` but for what it has more there, what it has less elsewhere, and roundings."""
        less, sure, stepped = b.counted - a.counted + extra, a.counted, False
        for n in self.by_sums[depth]:
            if not self.met[n]:
                continue
            mine, theirs, stake, ends = a.sums[n], b.sums[n], self.lay.stakes[n], self.ends[n]
            assert ends is not None
            sure -= -(-mine.met * ends.num // ends.den) + self.stray[n]
            if a.slots[n] == b.slots[n]:
                continue
            steps = min(mine.fen, theirs.fen) < ends.fen or min(mine.units, theirs.units) < ends.units
            stepped = stepped or steps
            if self.within[n]:
                continue
            more, behind = mine.met - theirs.met, theirs.fen - mine.fen
            rest = self.lay.rest_high[depth + 1][stake.i]
            if steps:
                if more > 0 or behind > 0 or not self.first[n]:
                    apart = max(0, more) + max(0, behind)
                    less += -(-apart * ends.num // ends.den) + 2 * self.stray[n]
                else:
                    # Whatever the discount, on more goods less of it falls there; if it is a greater one, that outweighs it.
                    off = -self.first[n] * behind * theirs.met // ((mine.fen + rest) * (theirs.fen + rest))
                    less += max(0, 2 * self.stray[n] - off)
                continue
            # The same discount: how much of it falls on what the coupon counts.
            off = min(self.case.cands[stake.i].effect.most(theirs.fen, theirs.units), stake.limit)
            less += 2 * self.stray[n]
            less += -(-off * more // (mine.fen if more > 0 else mine.fen + rest))
            if behind > 0:
                met = theirs.met + self.rest_met[depth + 1][n]
                less += -(-off * behind * met // (mine.fen * (met + theirs.fen - theirs.met)))
            else:
                less += -(-off * behind * theirs.met // ((mine.fen + rest) * (theirs.fen + rest)))
        if less <= 0 and not stepped:
            return 0
        for n in self.by_slots[depth]:
            if self.met[n] and a.slots[n]:
                sure -= self.lay.stakes[n].limit
        ends = coupon.effect.sums(None)
        if sure < coupon.effect.need().least or ends is None:
            return NEVER
        if less <= 0 or sure >= ends.fen:
            return 0
        # Of what it counts less it gives its rate less at most, rounded up; what is no rate may lose a fen more.
        return -(-less * ends.num // ends.den) + (ends.steady is None)
