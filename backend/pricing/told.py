"""Offers that the bound takes as they are: what lines to come can see of what an offer has taken, and what that gives.

All three are told line by line: what was taken so far is a small number, the *state*; a line adds a slot (or, to a coupon,
fen) to it; with the last line the offer gives what it gives. `Slots` knows which lines an offer on few lines took; `Fen`
the sum that a coupon counts; `Counted` offers on many lines of which the bound is a sum over the lines beside a count:
places filled in a run (N元M件), units beyond a full period at each price that the dearest discounted unit may have
(第N件, 买赠). Of several ways to count the same lines (which unit fills a place, which price it is) the best holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from backend.pricing.offers.base import Piece, Pieces
from backend.pricing.settled import BARRED
from backend.pricing.stacking import Candidate, Case, bits
from backend.pricing.stakes import BaseStake, PieceStake, Stake

if TYPE_CHECKING:
    from backend.pricing.discounts import Discounts

BAND = 1 << 40
"""More than any sum."""
MOST_BANDS = 6
WIDTH = 5, 4
"""The greatest sum of a band to its least."""
COUPON = -1
"""The place of a coupon among the offers that are told."""
MOST_COUNTED = 96
"""An offer whose count has more states than this keeps its prices."""

Step = tuple[int, int]
"""A state, and what the offer gives on the way there, scaled."""


class TooWide(Exception):
    """More states than are allowed."""


class Told(Protocol):
    """One offer, beginning in state 0."""

    def take(self, state: int, slot: int) -> Sequence[Step]:
        """Where one more line may lead."""
        ...

    def close(self, state: int) -> int | None:
        """What it gives in the end that was not given on the way; None: it cannot apply to what it took."""
        ...

    def can_give(self, depth: int, state: int) -> int | None:
        """The most that it still gives with any of the lines from this depth on, less their prices; None: it cannot apply."""
        ...


class Slots:
    """An offer on few lines: the state is the mask of the slots taken, one for all that let it give the same in the end."""

    def __init__(self, stake: Stake, n: int, discounts: Discounts, scale: int, counted: int) -> None:
        self.stake, self.n, self.discounts, self.scale = stake, n, discounts, scale
        its = sum(1 << line for line in stake.lines)
        # The lines that the coupon counts too.
        self.met = its & counted
        self.apart = self.met not in {0, its}
        self.sums = isinstance(stake, BaseStake) and not discounts.floored[n]
        self._known: dict[int, Sequence[Step]] = {}
        self._first: dict[int, int] = {}

    def take(self, state: int, slot: int) -> Sequence[Step]:
        slots = state | slot
        found = self._known.get(slots)
        if found is None:
            stake = self.stake
            if self.sums and isinstance(stake, BaseStake):
                told = min(stake.base(slots), stake.enough)
            else:
                told = self.discounts.memory(self.n, slots)
            if self.apart:
                told = slots
            found = self._known[slots] = ((self._first.setdefault(told, slots), 0),)
        return found

    def close(self, state: int) -> int | None:
        if not state:
            return 0
        given = self.discounts.given(self.n, state)
        return None if given is None else given[0] * self.scale

    def falls(self, state: int) -> int:
        """How much of what it gives in the end falls on goods that the coupon counts."""
        given = self.discounts.given(self.n, state) if state and self.met else None
        return 0 if given is None else sum(off for line, off in given[1] if self.met >> line & 1)

    def can_give(self, depth: int, state: int) -> int | None:
        stake = self.stake
        left = stake.surplus(depth, state)
        if left is None:
            return None
        return left + (self.scale - stake.scale) * stake.limit + sum(stake.prices[s] for s in bits(state))


class Fen:
    """A coupon on few lines: the state is what it counts, rounded up to the greatest of those that lie in the same of so many
    `cells`; `tops`: what the lines from a depth on bring to it at most."""

    def __init__(self, case: Case, coupon: Candidate, scale: int, cells: int) -> None:
        self.coupon, self.scale, self.cells = coupon, scale, cells
        self.units = sum(case.qty[k] for k in bits(coupon.mask))
        self.tops: list[int] = []

    def take(self, state: int, slot: int) -> Sequence[Step]:
        return ((max(0, state + slot), 0),)

    def close(self, state: int) -> int | None:
        effect = self.coupon.effect
        need = effect.need()
        most = min(effect.most(state, self.units), state)
        return None if most <= 0 or (need.by == "fen" and state < need.least) else most * self.scale

    def can_give(self, depth: int, state: int) -> int | None:
        return self.close(state + self.tops[depth])

    def width(self) -> int:
        """Of a cell, in fen."""
        return max(1, self.tops[0] // self.cells)

    def least(self) -> int:
        """A cell never holds less than this with as much or more."""
        need = self.coupon.effect.need()
        return need.least if need.by == "fen" else 0

    def cell(self, state: int) -> int:
        """States with the same are taken for one."""
        return 2 * -(-state // self.width()) + (state >= self.least())


class Band(NamedTuple):
    """An offer that takes at least `low` and no more than `high` gives from `least` to `most` fen."""

    low: int
    high: int
    least: int
    most: int


class Amounts:
    """An offer on many lines that gives more by steps of a sum. With its first line it is said in which of its `bands` the sum
    will end; the state is the band, and the sum so far up to what the band asks for, rounded up to the greatest of those that
    lie in one cell. So it is known from the first line on how much of what it gives falls on a line at
    least; a lower band than it comes to gives no more."""

    def __init__(self, stake: BaseStake, scale: int, cells: int, *, sure: bool) -> None:
        self.stake, self.scale, self.sure = stake, scale, sure
        self.amounts: dict[int, int] = {}
        self.units: dict[int, int] = {}
        for its, slots, units in zip(stake.amounts, stake.slots, stake.units, strict=True):
            for amount, slot in zip(its, slots, strict=True):
                self.amounts[1 << slot], self.units[1 << slot] = amount, units
        self.bands = _bands(stake)
        self.widths = [max(1, band.low // cells) for band in self.bands]

    def fronts(self, depth: int) -> tuple[list[int], list[int]]:
        """What lines from this depth on can bring, rising, and the prices of that."""
        return self.stake.front(depth)

    def take(self, state: int, slot: int) -> Sequence[Step]:
        amount = self.amounts[slot]
        if state:
            b, base = divmod(state, BAND)
            return ((b * BAND + min(base + amount, self.bands[b - 1].low), 0),)
        return [(b * BAND + min(amount, band.low), 0) for b, band in enumerate(self.bands, 1)]

    def falls(self, state: int, slot: int) -> int:
        """How much of what it gives falls at least on a line that leads to this state."""
        if not self.sure:
            return 0
        band = self.bands[state // BAND - 1]
        return max(0, band.least * self.amounts[slot] // band.high - self.units[slot])

    def close(self, state: int) -> int | None:
        if not state:
            return 0
        b, base = divmod(state, BAND)
        band = self.bands[b - 1]
        return band.most * self.scale if base >= band.low else None

    def can_give(self, depth: int, state: int) -> int | None:
        if state:
            b, base = divmod(state, BAND)
            return self._reached(depth, self.bands[b - 1], base)
        begun = (self._reached(depth, band, 0) for band in self.bands)
        return max(0, max((it for it in begun if it is not None), default=0))

    def _reached(self, depth: int, band: Band, base: int) -> int | None:
        bases, costs = self.fronts(depth)
        k = bisect_left(bases, max(0, self.asked(depth, band.low - base)))
        return None if k == len(bases) else band.most * self.scale - costs[k]

    def asked(self, depth: int, more: int) -> int:
        """So much more is asked of the lines from this depth on, no more than is told apart of what they can bring."""
        bases, _ = self.fronts(depth)
        return min(more, self.stake.enough) if bases[-1] >= self.stake.enough else more

    def cell(self, state: int) -> int:
        """States with the same are taken for one."""
        b, base = divmod(state, BAND)
        return b * BAND - (-base // self.widths[b - 1]) + (base >= self.bands[b - 1].low) if b else 0


def _bands(stake: BaseStake) -> list[Band]:
    """What it gives by ranges of its sum: one for each of its steps, or for several where there are many; wide ranges in parts."""
    points = [t for t in stake.targets if stake.most(t)]
    if not points:
        return []
    starts = points[:: -(-len(points) // MOST_BANDS)]
    found: list[Band] = []
    for first, after in zip(starts, [*starts[1:], stake.whole + 1], strict=True):
        low = first
        while low < after:
            high = after - 1
            if len(found) < 2 * MOST_BANDS:
                high = min(high, max(low, low * WIDTH[0] // WIDTH[1]))
            found.append(Band(low, high, stake.most(low), stake.most(high)))
            low = high + 1
    return found


class Count:
    """One piece of an offer's bound: its states, beginning with 0 before any line."""

    def __init__(self, stake: Stake, piece: Piece, scale: int, endless: bool) -> None:
        self.piece = piece
        self.units = {slot: stake.units[n] for n, slots in enumerate(stake.slots) for slot in slots}
        self.sets = bool(piece.room) and (endless or piece.room > piece.step)
        self.const = -(-scale * piece.const // piece.den)
        self.toll, self.loss = scale * piece.toll // piece.den, scale * piece.loss // piece.den
        self.weights = [
            -(-scale * piece.weight(line, amount) // piece.den)
            for line, its in zip(stake.lines, stake.amounts, strict=True)
            for amount in its
        ]
        if piece.room:
            # Several sets: places filled before the first full one, then in those after it.
            self.states = 2 * piece.step if self.sets else piece.step + 1
        else:
            self.states = max(piece.period, piece.least + 1)

    def take(self, state: int, slot: int) -> list[Step]:
        piece, units, weight = self.piece, self.units[slot], self.weights[slot]
        if not piece.room:
            if piece.period > 1:
                return [((state + units) % piece.period, weight)]
            return [(min(state + units, piece.least), weight)]
        if not self.sets:
            return [(state + more, weight * more) for more in range(1, min(units, piece.step - state) + 1)]
        found: dict[int, int] = {}
        for more in range(1, units + 1):
            full, rest = divmod(state % piece.step + more, piece.step)
            to = rest + (piece.step if full or state >= piece.step else 0)
            gain = weight * more - full * self.toll
            found[to] = max(gain, found.get(to, gain))
        return list(found.items())

    def close(self, state: int) -> int | None:
        piece = self.piece
        if self.sets:
            return 0 if state == piece.step else None
        if piece.room:
            return -self.toll if state == piece.step else None
        if piece.period > 1:
            return -state * self.loss
        return 0 if state >= piece.least else None


class Counted:
    """An offer on many lines whose bound is the greatest of some counts: the state is one of them with where it stands."""

    def __init__(self, stake: Stake, counts: list[Count], order: Sequence[int]) -> None:
        self.counts = counts
        self.starts: list[int] = []
        self.at: list[tuple[int, int]] = [(0, 0)]
        for p, count in enumerate(counts):
            self.starts.append(len(self.at))
            self.at.extend((p, state) for state in range(count.states))
        self._steps: dict[tuple[int, int], Sequence[Step]] = {}
        self._most = [self._from(stake, count, order) for count in counts]

    def _from(self, stake: Stake, count: Count, order: Sequence[int]) -> list[list[int | None]]:
        """By depth and state of a count: as `can_give`."""
        now = [count.close(state) for state in range(count.states)]
        found = [now]
        place = {line: n for n, line in enumerate(stake.lines)}
        for line in reversed(order):
            n = place.get(line)
            if n is not None:
                after, now = now, list(now)
                for slot in stake.slots[n]:
                    if stake.prices[slot] >= BARRED:
                        continue
                    for state in range(count.states):
                        for to, gain in count.take(state, slot):
                            left, here = after[to], now[state]
                            if left is not None and (here is None or left + gain - stake.prices[slot] > here):
                                now[state] = left + gain - stake.prices[slot]
            found.append(now)
        found.reverse()
        return found

    def take(self, state: int, slot: int) -> Sequence[Step]:
        slot = slot.bit_length() - 1
        found = self._steps.get((state, slot))
        if found is None:
            if state:
                p, inner = self.at[state]
                found = [(self.starts[p] + to, gain) for to, gain in self.counts[p].take(inner, slot)]
            else:
                found = [
                    (start + to, count.const + gain)
                    for start, count in zip(self.starts, self.counts, strict=True)
                    for to, gain in count.take(0, slot)
                ]
            self._steps[state, slot] = found
        return found

    def close(self, state: int) -> int | None:
        if not state:
            return 0
        p, inner = self.at[state]
        return self.counts[p].close(inner)

    def can_give(self, depth: int, state: int) -> int | None:
        if state:
            p, inner = self.at[state]
            return self._most[p][depth][inner]
        begun = (
            count.const + it
            for count, most in zip(self.counts, self._most, strict=True)
            if (it := most[depth][0]) is not None
        )
        return max(0, max(begun, default=0))


def counts_of(stake: Stake, scale: int) -> list[Count]:
    """How an offer on many lines is counted; none: its bound is no such sum."""
    if not isinstance(stake, PieceStake):
        return []
    found = stake.found
    pieces = [found.piece(p, p) for p in found.prices] if isinstance(found, Pieces) else list(found)
    endless = len(pieces) > 1 and bool(pieces[0].room)
    if endless:
        # What the others tell are runs beyond the room of the first, which is not looked at.
        pieces = pieces[:1]
    if any(p.cap is not None or p.whole or (p.by_fen and p.least) for p in pieces):
        return []
    return [Count(stake, p, scale, endless) for p in pieces]
