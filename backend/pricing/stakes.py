"""What an order-level offer can give at most, while the search decides line by line who takes which line.

A line that joins an offer is credited with a *price* (a Lagrangian multiplier) for each amount that LINE may leave of
it; the offer pays these prices out of what it gives. What remains is its `surplus`. For any prices

    payable ≥ Σ lines' own cost less the prices they are paid − Σ offers' greatest surplus,

so good prices give a good bound, and the surplus that is left as lines are decided keeps it good on the way down.
(Lagrangian relaxation, after Geoffrion 1974; `prices.py` finds the prices.) What is proven is
whole numbers, scaled; only the tries at prices are floats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Any, ClassVar

from backend.pricing.offers.base import ByBase, Piece, Pieces
from backend.pricing.settled import BARRED, PARTS, Settled

MOST_POINTS = 200
SPANS = 3
MOST_PIECES = 48
MOST_KNOWN = 200_000


class Stake:
    """One offer with its lines. `amounts[n]` are what LINE may leave of line `lines[n]`, `slots[n]` their places among
    the offer's prices; `scale` is what a fen of its discount counts;
    it never gives more than `limit` fen.

    `surplus(depth, taken)`: the most that it can give with the slots in `taken` (a mask) and any of the lines from
    `depth` on, less their prices; None: it must have a line that it can no longer satisfy.
    """

    lowest: ClassVar[float] = 0.0
    """No price falls below this."""

    __slots__ = ("_known", "amounts", "i", "limit", "lines", "n", "prices", "scale", "slots", "trial", "units", "whole")

    def __init__(
        self, limit: int, i: int, lines: list[int], units: list[int], amounts: list[list[int]], scale: int
    ) -> None:
        self.limit = limit
        self.i = i
        self.lines = lines
        self.units = units
        self.amounts = amounts
        self.scale = scale
        self.slots: list[list[int]] = []
        n = 0
        for its in amounts:
            self.slots.append(list(range(n, n + len(its))))
            n += len(its)
        self.n = n
        self.whole = sum(its[-1] for its in amounts)
        self.prices = self._first()
        self.trial = [float(p) for p in self.prices]
        self._known: dict[tuple[int, int], int | None] = {}

    def _first(self) -> list[int]:
        """To begin with, each line is paid its part of the most that there is to give."""
        return [self.scale * self.limit * a // max(1, self.whole) for its in self.amounts for a in its]

    def reopen(self, offered: set[int]) -> None:
        """Slots that a line may choose again, after prices for fewer options, begin anew."""
        if any(self.prices[s] >= BARRED for s in offered):
            first = self._first()
            self.prices = [first[s] if p >= BARRED and s in offered else p for s, p in enumerate(self.prices)]

    def paying(self) -> dict[tuple[int, int], int]:
        """The prices by line and amount."""
        found = zip(self.lines, self.amounts, self.slots, strict=True)
        return {
            (line, a): self.prices[s]
            for line, its, slots in found
            for a, s in zip(its, slots, strict=True)
            if self.prices[s] < BARRED
        }

    def pay(self, known: dict[tuple[int, int], int]) -> None:
        """Begin with the prices of another search, as far as it has them."""
        for line, its, slots in zip(self.lines, self.amounts, self.slots, strict=True):
            for amount, slot in zip(its, slots, strict=True):
                self.prices[slot] = known.get((line, amount), self.prices[slot])

    def asked(self) -> tuple[float, list[float]]:
        """The greatest surplus at the present prices, roughly, and how much of each slot it would take."""
        raise NotImplementedError

    def wished(self) -> list[int]:
        """The lines that it would rather have at the present prices."""
        _, wish = self.asked()
        return [line for line, slots in zip(self.lines, self.slots, strict=True) if any(wish[s] for s in slots)]

    def settle(self, order: Sequence[int]) -> None:
        """The prices are final, and lines will be decided in this order."""
        self._known = {}

    def surplus(self, depth: int, taken: int) -> int | None:
        key = (depth, taken)
        known = self._known
        if key in known:
            return known[key]
        if len(known) > MOST_KNOWN:
            known.clear()
        found = known[key] = self._surplus(depth, taken)
        return found

    def _surplus(self, depth: int, taken: int) -> int | None:
        raise NotImplementedError


class BaseStake(Stake):
    """An offer whose discount is told by the sum of what it takes."""

    __slots__ = ("_fronts", "_gains", "enough", "most", "targets")

    def __init__(self, spec: ByBase, *rest: Any) -> None:
        super().__init__(*rest)
        limit = self.limit
        self.most: Callable[[int], int] = lambda base: min(limit, spec.most(base))
        self.targets = [t for t in spec.steps if 0 < t <= self.whole]
        # More than this changes nothing.
        self.enough = self.targets[-1] if self.targets else 0
        self._fronts: list[tuple[list[int], list[int]]] = []
        self._gains: list[tuple[int, int]] = []

    def asked(self) -> tuple[float, list[float]]:
        """Lines by what they ask for a fen, as parts if need be, up to each step or sum."""
        prices, scale, most = self.trial, self.scale, self.most
        steps: list[tuple[float, int, int, int]] = []
        for its, slots in zip(self.amounts, self.slots, strict=True):
            at, base, cost = -1, 0, 0.0
            while base < its[-1]:
                # The next choice by what it asks for each fen more than the choice before.
                ratio, k = min(((prices[s] - cost) / (its[k] - base), -k) for k, s in enumerate(slots) if its[k] > base)
                k = -k
                steps.append((ratio, its[k] - base, at, slots[k]))
                at, base, cost = slots[k], its[k], prices[slots[k]]
        steps.sort()
        targets = iter([*self.targets, 1 << 62])
        target = next(targets)
        base, spent = 0, 0.0
        top, upto, part = 0.0, -1, 0.0
        for k, (ratio, amount, _, _) in enumerate(steps):
            while base + amount >= target:
                value = most(target) * scale - spent - ratio * (target - base)
                if value > top:
                    top, upto, part = value, k, (target - base) / amount
                target = next(targets)
            base += amount
            spent += ratio * amount
            value = most(base) * scale - spent
            if value > top:
                top, upto, part = value, k, 1.0
        wish = [0.0] * self.n
        for k, (_, _, before, slot) in enumerate(steps[: upto + 1]):
            share = part if k == upto else 1.0
            wish[slot] += share
            if before >= 0:
                wish[before] -= share
        return top, wish

    def settle(self, order: Sequence[int]) -> None:
        super().settle(order)
        place = {line: n for n, line in enumerate(self.lines)}
        enough = self.enough
        ceiling = self.most(enough) * self.scale
        front = [(0, 0)]
        self._fronts = [([0], [0])]
        for line in reversed(order):
            if line in place:
                n = place[line]
                choices = [
                    (a, self.prices[s])
                    for a, s in zip(self.amounts[n], self.slots[n], strict=True)
                    if self.prices[s] < BARRED
                ]
                front = _merged(front, choices, enough, ceiling)
                self._fronts.append(([base for base, _ in front], [cost for _, cost in front]))
            else:
                self._fronts.append(self._fronts[-1])
        self._fronts.reverse()
        self._gains = [(t, self.most(t) * self.scale) for t in self.targets]

    def front(self, depth: int) -> tuple[list[int], list[int]]:
        """The sums that lines from this depth on can bring, rising, and the least prices of each."""
        return self._fronts[depth]

    def gives(self) -> list[int]:
        """What it gives at each step, rising."""
        return sorted({self.most(t) for t in self.targets} - {0})

    def base(self, taken: int) -> int:
        """The sum of what these slots bring."""
        return sum(
            amount
            for its, slots in zip(self.amounts, self.slots, strict=True)
            for amount, slot in zip(its, slots, strict=True)
            if taken >> slot & 1
        )

    def _surplus(self, depth: int, taken: int) -> int | None:
        base = paid = 0
        if taken:
            for its, slots in zip(self.amounts, self.slots, strict=True):
                for amount, slot in zip(its, slots, strict=True):
                    if taken >> slot & 1:
                        base += amount
                        paid += self.prices[slot]
        best: int | None = None if taken and not self.most(base) else self.most(base) * self.scale
        bases, costs = self._fronts[depth]
        for target, gain in self._gains:
            if target > base:
                k = bisect_left(bases, target - base)
                if k == len(bases):
                    break
                if best is None or gain - costs[k] > best:
                    best = gain - costs[k]
        return None if best is None else best - paid


def _merged(
    front: list[tuple[int, int]], choices: list[tuple[int, int]], enough: int, ceiling: int
) -> list[tuple[int, int]]:
    """Sums with their least costs, after one more line may join; few points, each no dearer than the truth."""
    found = list(front)
    for amount, price in choices:
        found.extend((min(base + amount, enough), cost + price) for base, cost in front)
    found.sort(key=lambda p: (-p[0], p[1]))
    # No sum is worth more than the ceiling; a dearer one is kept as if it cost that, for it may still be reached.
    kept: list[tuple[int, int]] = []
    least = ceiling + 1
    for base, cost in found:
        if cost < least:
            least = cost
            kept.append((base, cost))
        elif not kept:
            least = ceiling
            kept.append((base, ceiling))
    if len(kept) > MOST_POINTS:
        step = -(-len(kept) // MOST_POINTS)
        kept = [(kept[k][0], kept[min(k + step, len(kept)) - 1][1]) for k in range(0, len(kept), step)]
    kept.reverse()
    return kept


_Rough = tuple[float, list[float], float, Piece]
"""A piece in floats: constant, weight by slot, cap."""


class PieceStake(Stake):
    """An offer with bounds that are sums over its lines; the greatest of the pieces holds. More of a line may harm it,
    so that a line may have to pay to join."""

    lowest = -float("inf")

    __slots__ = ("_rough", "_settled", "found", "prices_told")

    def __init__(self, found: Pieces | list[Piece], *rest: Any) -> None:
        super().__init__(*rest)
        self.found = found
        self.prices_told = len(found.prices) if isinstance(found, Pieces) else 0
        self._rough: dict[tuple[int, int], _Rough] = {}
        self._settled: list[Settled] = []

    def _spans(self) -> list[tuple[int, int]]:
        """Places of pieces, or a few spans over places that cover all prices."""
        if not isinstance(self.found, Pieces):
            return [(k, k) for k in range(len(self.found))]
        step = -(-self.prices_told // SPANS)
        return [(k, min(k + step, self.prices_told) - 1) for k in range(0, self.prices_told, step)]

    def _piece(self, span: tuple[int, int]) -> Piece:
        if isinstance(self.found, Pieces):
            return self.found.piece(self.found.prices[span[0]], self.found.prices[span[1]])
        return self.found[span[0]]

    def asked(self) -> tuple[float, list[float]]:
        """The best piece: spans are told apart only where they seem the best."""
        heap = []
        for span in self._spans():
            value, shares = self._asked(span)
            heap.append((-value, span, shares))
        heapify(heap)
        while heap:
            value, (low, high), shares = heappop(heap)
            if value >= 0:
                break
            if low == high:
                wish = [0.0] * self.n
                for slot, share in shares.items():
                    wish[slot] = share
                return -value, wish
            middle = (low + high) // 2
            for span in ((low, middle), (middle + 1, high)):
                more, shares = self._asked(span)
                heappush(heap, (-more, span, shares))
        return 0.0, [0.0] * self.n

    def _asked(self, span: tuple[int, int]) -> tuple[float, dict[int, float]]:
        rough = self._rough.get(span)
        if rough is None:
            rough = self._rough[span] = self._roughly(self._piece(span))
        const, weights, cap, piece = rough
        if piece.room:
            value, shares = self._in_room(weights, piece, const)
        elif piece.period > 1:
            value, shares = self._in_periods(weights, piece, const)
        elif cap < float("inf"):
            value, shares = self._under_cap(weights, const, cap)
        else:
            value, shares = self._freely(weights, piece.whole, const)
        if piece.least:
            value -= self._fill(weights, piece, shares)
        return value, shares

    def _roughly(self, piece: Piece) -> _Rough:
        weights: list[float] = []
        for line, its in zip(self.lines, self.amounts, strict=True):
            weights.extend(self.scale * piece.weight(line, amount) / piece.den for amount in its)
        cap = float("inf") if piece.cap is None else float(piece.cap * self.scale)
        return self.scale * piece.const / piece.den, weights, cap, piece

    def _freely(self, weights: list[float], whole: bool, value: float) -> tuple[float, dict[int, float]]:
        shares = {}
        for slots in self.slots:
            best, at = max((weights[s] - self.trial[s], s) for s in slots)
            if best > 0 or whole:
                value += best
                shares[at] = 1.0
        return value, shares

    def _under_cap(self, weights: list[float], const: float, cap: float) -> tuple[float, dict[int, float]]:
        """Lines by what they ask for what they bring, as parts if need be, until the cap is reached."""
        steps: list[tuple[float, float, int, int]] = []
        for slots in self.slots:
            at, gain, cost = -1, 0.0, 0.0
            while True:
                more = [((self.trial[s] - cost) / (weights[s] - gain), -s) for s in slots if weights[s] > gain + 1e-9]
                if not more:
                    break
                ratio, slot = min(more)
                if ratio >= 1:
                    break
                steps.append((ratio, weights[-slot] - gain, at, -slot))
                at, gain, cost = -slot, weights[-slot], self.trial[-slot]
        steps.sort()
        shares: dict[int, float] = {}
        reached, value = const, const
        for ratio, gain, before, slot in steps:
            share = min(1.0, (cap - reached) / gain)
            if share <= 0:
                break
            reached += gain * share
            value += gain * share * (1 - ratio)
            shares[slot] = shares.get(slot, 0.0) + share
            if before >= 0:
                shares[before] -= share
        return value, shares

    def _fill(self, weights: list[float], piece: Piece, shares: dict[int, float]) -> float:
        """Lines that bring nothing, taken for the sake of a threshold; what they cost."""
        reached = 0.0
        rest = []
        for n, slots in enumerate(self.slots):
            share = sum(shares.get(s, 0.0) for s in slots)
            size = self.size(piece, n)
            reached += size * share
            if share < 1 and size:
                best, at = max((weights[s] - self.trial[s], s) for s in slots)
                rest.append((max(0.0, -best) / size, at, size, 1 - share))
        cost = 0.0
        if reached < piece.least:
            rest.sort()
            for each, at, size, free in rest:
                more = min(size * free, piece.least - reached)
                cost += each * more
                shares[at] = shares.get(at, 0.0) + more / size
                reached += more
                if reached >= piece.least - 1e-9:
                    break
        return cost

    def size(self, piece: Piece, n: int) -> int:
        """What a line brings to the threshold of a piece at most."""
        return self.amounts[n][-1] if piece.by_fen else self.units[n]

    def _in_room(self, weights: list[float], piece: Piece, const: float) -> tuple[float, dict[int, float]]:
        """The best lines to fill places with units, in full steps."""
        room = piece.room
        found: list[tuple[float, tuple[int, ...]] | None] = [(const, ()), *[None] * room]
        for n, slots in enumerate(self.slots):
            units = min(self.units[n], room)
            ways = [max((weights[s] * more - self.trial[s], s) for s in slots) for more in range(1, units + 1)]
            for filled in range(room - 1, -1, -1):
                state = found[filled]
                if state is None:
                    continue
                for to, (best, at) in enumerate(ways[: room - filled], filled + 1):
                    there = found[to]
                    if there is None or state[0] + best > there[0]:
                        found[to] = (state[0] + best, (*state[1], at))
        top: tuple[float, tuple[int, ...]] = (0.0, ())
        for runs, full in enumerate(found[piece.step :: piece.step], 1):
            if full is not None:
                value = full[0] - runs * piece.toll * self.scale / piece.den
                if value > top[0]:
                    top = (value, full[1])
        return top[0], dict.fromkeys(top[1], 1.0)

    def _in_periods(self, weights: list[float], piece: Piece, value: float) -> tuple[float, dict[int, float]]:
        """The best lines to take where units beyond full periods lose."""
        loss = self.scale * piece.loss / piece.den
        found: list[tuple[float, tuple[int, ...]] | None] = [(value, ()), *[None] * (piece.period - 1)]
        for n, slots in enumerate(self.slots):
            best, at = max((weights[s] - self.trial[s], s) for s in slots)
            before = list(found)
            for left, state in enumerate(before):
                if state is not None:
                    to = (left + self.units[n]) % piece.period
                    there = found[to]
                    if there is None or state[0] + best > there[0]:
                        found[to] = (state[0] + best, (*state[1], at))
        top, slots_taken = max(
            ((state[0] - left * loss, state[1]) for left, state in enumerate(found) if state is not None),
            key=lambda r: r[0],
        )
        return top, dict.fromkeys(slots_taken, 1.0)

    def settle(self, order: Sequence[int]) -> None:
        super().settle(order)
        heap = []
        for n, span in enumerate(self._spans()):
            found = self._settle(self._piece(span), order)
            heap.append((-found.root, n, span, found))
        heapify(heap)
        done: list[Settled] = []
        while heap and len(heap) + len(done) < MOST_PIECES:
            _, _, (low, high), found = heappop(heap)
            if low == high:
                done.append(found)
                continue
            middle = (low + high) // 2
            for span in ((low, middle), (middle + 1, high)):
                found = self._settle(self._piece(span), order)
                heappush(heap, (-found.root, span[0] + (span[1] << 20), span, found))
        self._settled = [*done, *(found for _, _, _, found in heap)]
        self._settled.sort(key=lambda s: -s.root)

    def _settle(self, piece: Piece, order: Sequence[int]) -> Settled:
        """The best of several ways to charge a piece to its cap."""
        best: Settled | None = None
        for part in range(PARTS + 1) if piece.cap is not None else (0,):
            found = Settled(self, piece, part, order)
            if best is None or found.root < best.root:
                best = found
        assert best is not None
        return best

    def _surplus(self, depth: int, taken: int) -> int | None:
        best: int | None = None if taken else 0
        for piece in self._settled:
            if best is not None and piece.root <= best:
                break
            value = piece.surplus(depth, taken)
            if value is not None and (best is None or value > best):
                best = value
        return best
