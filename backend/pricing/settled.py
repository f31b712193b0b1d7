"""A piece of an offer's bound at final prices: what it can still give while lines are decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend.pricing.offers.base import Piece

if TYPE_CHECKING:
    from backend.pricing.stakes import PieceStake

PARTS = 4
BARRED = 1 << 70
"""The price of a line that may not join."""


class Settled:
    """A piece at final prices: what each slot brings, and what the lines from a depth on bring at best."""

    __slots__ = (
        "by_fen",
        "const",
        "counts",
        "fill",
        "gains",
        "least",
        "loss",
        "period",
        "profits",
        "room",
        "root",
        "stake",
        "step",
        "toll",
    )

    def __init__(self, stake: PieceStake, piece: Piece, part: int, order: Sequence[int]) -> None:
        scale = stake.scale
        free = PARTS - part
        self.stake = stake
        self.least = piece.least
        self.by_fen = piece.by_fen
        self.const = -(-scale * piece.const * free // (piece.den * PARTS))
        if part and piece.cap is not None:
            self.const += -(-scale * piece.cap * part // PARTS)
        self.profits: list[int] = []
        place = {}
        for n, (line, its) in enumerate(zip(stake.lines, stake.amounts, strict=True)):
            place[line] = n
            for amount, slot in zip(its, stake.slots[n], strict=True):
                weight = -(-scale * piece.weight(line, amount) * free // (piece.den * PARTS))
                self.profits.append(weight - stake.prices[slot])
        self.period = piece.period
        self.loss = scale * piece.loss * free // (piece.den * PARTS)
        # By depth and units left over: the most that the lines to come can bring.
        gains: list[int | None] = [0] + [None] * (piece.room or piece.period - 1)
        self.room, self.step = piece.room, piece.step
        self.toll = scale * piece.toll // piece.den
        count = 0
        spare: tuple[tuple[int, int], ...] = ()
        self.gains, self.counts, self.fill = [gains], [count], [spare]
        for line in reversed(order):
            k = place.get(line)
            its = [] if k is None else [s for s in stake.slots[k] if stake.prices[s] < BARRED]
            if k is not None and piece.whole and not its:
                gains = [None]
            elif k is not None and its:
                best = max(self.profits[s] for s in its)
                units = stake.units[k]
                if piece.room:
                    gains = self._filled(gains, k, its, True)
                elif piece.whole:
                    gains = [None if g is None else g + best for g in gains]
                elif piece.period > 1:
                    before, gains = gains, list(gains)
                    for left, g in enumerate(before):
                        at = (left + units) % piece.period
                        there = gains[at]
                        if g is not None and (there is None or g + best > there):
                            gains[at] = g + best
                elif best > 0:
                    gains = [(gains[0] or 0) + best]
                    count += stake.size(piece, k)
                elif piece.least:
                    spare = tuple(sorted((*spare, (-best, max(1, stake.size(piece, k)))), key=lambda s: s[0] / s[1]))
            self.gains.append(gains)
            self.counts.append(count)
            self.fill.append(spare)
        for each in (self.gains, self.counts, self.fill):
            each.reverse()
        self.root = self.surplus(0, 0) or 0

    def _filled(self, gains: list[int | None], n: int, slots: list[int], free: bool) -> list[int | None]:
        """By places filled: the most with one more line, which may stay away if it is free."""
        found: list[int | None] = list(gains) if free else [None] * len(gains)
        prices = self.stake.prices
        for filled, gain in enumerate(gains):
            if gain is None:
                continue
            for more in range(1 if free else 0, min(self.stake.units[n], self.room - filled) + 1):
                best = gain + max((self.profits[s] + prices[s]) * more - prices[s] for s in slots)
                there = found[filled + more]
                if there is None or best > there:
                    found[filled + more] = best
        return found

    def _surplus_in_room(self, depth: int, taken: int) -> int | None:
        stake = self.stake
        mine: list[int | None] = [self.const] + [None] * self.room
        if taken:
            for n, slots in enumerate(stake.slots):
                for slot in slots:
                    if taken >> slot & 1:
                        mine = self._filled(mine, n, [slot], False)
        rest = self.gains[depth]
        best: int | None = None
        for runs in range(1, self.room // self.step + 1):
            size = runs * self.step
            for filled in range(size + 1):
                gain, more = mine[filled], rest[size - filled]
                if gain is not None and more is not None:
                    value = gain + more - runs * self.toll
                    if best is None or value > best:
                        best = value
        return best

    def surplus(self, depth: int, taken: int) -> int | None:
        if self.room:
            return self._surplus_in_room(depth, taken)
        stake = self.stake
        value, units, reached = self.const, 0, self.counts[depth]
        if taken:
            for n, slots in enumerate(stake.slots):
                for slot in slots:
                    if taken >> slot & 1:
                        value += self.profits[slot]
                        units += stake.units[n]
                        reached += stake.amounts[n][slot - slots[0]] if self.by_fen else stake.units[n]
        gains, period = self.gains[depth], self.period
        first = gains[0]
        if period > 1:
            value += max(
                gain - (units + left) % period * self.loss for left, gain in enumerate(gains) if gain is not None
            )
        elif first is None:
            return None
        else:
            value += first
        lacking = self.least - reached
        if lacking > 0:
            for cost, more in self.fill[depth]:
                if more >= lacking:
                    value -= cost * lacking // more
                    lacking = 0
                    break
                value -= cost
                lacking -= more
            if lacking > 0:
                return None
        return value
