"""The graph of beginnings (前瞻图) in arrays: what `ahead` asks of every beginning is asked of all of a line at once.

A *state* is where the open offers stand, a *turn* leads from one to another by a group of options. Both are rows of numpy
arrays, some ten nanoseconds a turn and column where plain Python takes a microsecond. Figures are whole numbers (int64, fen
times the scale of the search) but for the tries at prices. The same graph in plain Python is its twin in the tests
(`tests/pricing/plain_graph.py`); decision 0029.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.pricing.told import BAND, COUPON, Amounts, Fen, Slots, Told, TooWide

MOST_STATES = 60_000
MOST_TURNS = 3_000_000
BATCH = 400_000
"""So many turns at a time are tried."""
WORD = 62
"""Bits of one number that tells states apart."""
COARSE = -2
"""In the place of an offer: the state of a graph that tells less."""
NEVER = 1 << 60
"""More than any sum of a cart."""

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Key = tuple[tuple[int, int], ...]
"""What an option adds to offers that are told: (offer, slot)."""
Columns = dict[int, Ints]
"""By open offer, for each state of the graph."""
View = tuple[tuple[int, int], ...]
"""States that a beginning may be in, and how much less was given in each than in the best."""
Onward = tuple[int, int, int]
"""A view, what the offers give on the way there, and what the lines to come cost at least."""


class Plan(NamedTuple):
    """By depth: what the groups of options add, the offers that are open after the line, those that end with it; and by offer how
    it is told."""

    keys: list[list[Key]]
    opened: list[list[int]]
    closing: list[list[int]]
    told: dict[int, Told]


class Axis(Protocol):
    """Where one open offer stands in each of many states of the graph; 0: it has not begun."""

    def after(self, column: Ints, slot: int) -> tuple[Ints, Ints, Ints]:
        """Where a slot leads: which of these go on (one may, several ways), as what, and what is given on the way."""
        ...

    def closed(self, column: Ints) -> Ints:
        """What the offer gives in the end; −NEVER: it cannot apply."""
        ...

    def can_give(self, column: Ints, depth: int) -> Ints:
        """The most that it still gives with lines from this depth on; −NEVER: it cannot apply."""
        ...

    def cells(self, column: Ints) -> tuple[Ints, int]:
        """What the graph tells apart, and in how many bits."""
        ...

    def joined(self, column: Ints, starts: Ints) -> Ints:
        """One for all in a cell."""
        ...


class Numbered:
    """States are numbered as they are met."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.states = [0]
        self._numbers = {0: 0}

    def _number(self, state: int) -> int:
        found = self._numbers.setdefault(state, len(self.states))
        if found == len(self.states):
            self.states.append(state)
        return found

    def after(self, column: Ints, slot: int) -> tuple[Ints, Ints, Ints]:
        present = _present(column)
        found = [(k, self.told.take(self.states[k], slot)) for k in present]
        size, width = len(self.states), max((len(its) for _, its in found), default=1)
        to, gain = np.full((size, width), -1), np.zeros((size, width), np.int64)
        for k, its in found:
            for j, (state, more) in enumerate(its):
                to[k, j], gain[k, j] = self._number(state), more
        there = to[column]
        row, way = np.nonzero(there >= 0)
        return row, there[row, way], gain[column[row], way]

    def closed(self, column: Ints) -> Ints:
        return self._told(column, self.told.close)

    def can_give(self, column: Ints, depth: int) -> Ints:
        return self._told(column, lambda state: self.told.can_give(depth, state))

    def falls(self, column: Ints) -> Ints:
        """How much of what the offer gives in the end falls on goods that the coupon counts."""
        its = self.told
        return self._told(column, its.falls if isinstance(its, Slots) else lambda _: 0)

    def _told(self, column: Ints, tell: Callable[[int], int | None]) -> Ints:
        found = np.full(len(self.states), -NEVER)
        for k in _present(column):
            it = tell(self.states[k])
            if it is not None:
                found[k] = it
        return found[column]

    def cells(self, column: Ints) -> tuple[Ints, int]:
        return column, len(self.states).bit_length()

    def joined(self, column: Ints, starts: Ints) -> Ints:
        return column[starts]


class Summed:
    """States are a band and a sum, some of which are taken for the greatest of them: to have taken more is no harm."""

    def __init__(self, told: Amounts) -> None:
        self.told = told
        self.low = np.array([0, *(band.low for band in told.bands)])
        self.most = np.array([0, *(band.most * told.scale for band in told.bands)])
        self.widths = np.array([1, *told.widths])
        self.cell_size = int((self.low // self.widths).max()) + 3

    def after(self, column: Ints, slot: int) -> tuple[Ints, Ints, Ints]:
        begun, new = np.flatnonzero(column), np.flatnonzero(column == 0)
        band, base = np.divmod(column[begun], BAND)
        on = band * BAND + np.minimum(base + self.told.amounts[slot], self.low[band])
        first = np.array([state for state, _ in self.told.take(0, slot)], np.int64)
        row = np.concatenate([begun, np.repeat(new, len(first))])
        return row, np.concatenate([on, np.tile(first, len(new))]), np.zeros(len(row), np.int64)

    def on(self, column: Ints, bands: Ints, more: Ints) -> Ints:
        """With so much more, where it is known in which bands that is."""
        found: Ints = bands * BAND + np.minimum(column % BAND + more, self.low[bands])
        return np.where(more > 0, found, column)

    def closed_with(self, column: Ints, more: Ints) -> Ints:
        """What it gives in the end with so much more on its last line; what only begins there may be in any band."""
        if not len(self.told.bands):
            return np.where(more > 0, -NEVER, 0)
        begins = np.searchsorted(self.low[1:], more, "right")
        on = np.where(column > 0, self.on(column, column // BAND, more), begins * BAND + more)
        return np.where((column == 0) & (more > 0) & (begins == 0), -NEVER, self.closed(on))

    def falls(self, column: Ints, slot: int) -> Ints:
        """How much of what it gives falls at least on the line of this slot."""
        found = [0, *(self.told.falls(b * BAND, slot) for b in range(1, len(self.low)))]
        return np.array(found)[column // BAND]

    def closed(self, column: Ints) -> Ints:
        band, base = np.divmod(column, BAND)
        return np.where(base >= self.low[band], self.most[band], -NEVER)

    def can_give(self, column: Ints, depth: int) -> Ints:
        bases, costs = self.told.fronts(depth)
        band, base = np.divmod(column, BAND)
        asked = np.maximum(self.low[band] - base, 0)
        if bases[-1] >= self.told.stake.enough:
            # More than that is not told apart.
            asked = np.minimum(asked, self.told.stake.enough)
        left = np.array([*costs, NEVER])[np.searchsorted(np.array(bases), asked)]
        return np.where(band > 0, self.most[band] - left, self.told.can_give(depth, 0) or 0)

    def cells(self, column: Ints) -> tuple[Ints, int]:
        band, base = np.divmod(column, BAND)
        found = band * self.cell_size - (-base // self.widths[band]) + (base >= self.low[band])
        return np.where(band > 0, found, 0), (len(self.low) * self.cell_size).bit_length()

    def joined(self, column: Ints, starts: Ints) -> Ints:
        return np.maximum.reduceat(column, starts)


class Counting:
    """States are what a coupon counts, in fen, some of which are taken for the greatest of them."""

    def __init__(self, told: Fen) -> None:
        self.told = told
        self.width, self.least = told.width(), told.least()

    def after(self, column: Ints, slot: int) -> tuple[Ints, Ints, Ints]:
        every = np.arange(len(column))
        return every, column + slot, np.zeros(len(column), np.int64)

    def closed(self, column: Ints) -> Ints:
        return self._told(column, self.told.close)

    def can_give(self, column: Ints, depth: int) -> Ints:
        return self._told(column, lambda state: self.told.can_give(depth, state))

    def _told(self, column: Ints, tell: Callable[[int], int | None]) -> Ints:
        kinds, where = np.unique(column, return_inverse=True)
        found = [-NEVER if (it := tell(state)) is None else it for state in kinds.tolist()]
        return np.array(found, np.int64)[where]

    def cells(self, column: Ints) -> tuple[Ints, int]:
        found = 2 * -(-column // self.width) + (column >= self.least)
        return found, int(found.max(initial=0)).bit_length()

    def joined(self, column: Ints, starts: Ints) -> Ints:
        return np.maximum.reduceat(column, starts)


def _axis(told: Told) -> Axis:
    if isinstance(told, Amounts):
        return Summed(told)
    return Counting(told) if isinstance(told, Fen) else Numbered(told)


def _small(its: Ints) -> Small:
    return its.astype(np.int32)


def _present(column: Ints) -> list[int]:
    found: list[int] = np.flatnonzero(np.bincount(column)).tolist()
    return found


class Turns(NamedTuple):
    """All turns of one line, by the state that they lead to; `starts`: where the turns to each of these begin. `gain`: what offers
    give on the way, `sure`: the same without those told by sums that end here; `fen`: how much more the coupon counts."""

    at: Small
    group: Small
    gain: Ints
    sure: Ints
    fen: Ints
    to: Small
    starts: Ints


class Rows(NamedTuple):
    """Turns of which something good may come, by the state that they leave; `starts[k]` to `starts[k + 1]` leave k. `rest`: what the
    lines after it cost at least."""

    starts: Ints
    group: Small
    to: Small
    gain: Ints
    sure: Ints
    fen: Ints
    rest: Ints


class Tried(NamedTuple):
    """Some turns of a line before it is known which states are the same."""

    at: Ints
    group: Ints
    gain: Ints
    sure: Ints
    fen: Ints
    cost: Ints
    columns: Columns


class Graph:
    """The states of all depths and the turns between them. `tried`: turns that were looked at."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.axes: dict[int, Axis] = {n: _axis(told) for n, told in plan.told.items()}
        self.stands: list[Columns] = []
        self.lines: list[Turns] = []
        self.rows: list[Rows] = []
        self.tried = self.turns = 0
        self._views: list[View] = [((0, 0),)]
        self._numbers: dict[View, int] = {self._views[0]: 0}
        self._onward: dict[tuple[int, int], list[Onward | None]] = {}

    def build(self, values: list[list[int]], hopes: list[int], ceiling: int, allowed: int) -> bool:
        """Makes it, as far as costs are no higher than `ceiling`. `values`: what each group costs, `hopes`: what the lines after a
        depth cost at least, open offers aside. Whether there is a way to the end. Raises TooWide."""
        columns: Columns = {}
        costs = np.zeros(1, np.int64)
        for depth, keys in enumerate(self.plan.keys):
            self.tried += len(costs) * len(keys)
            if self.tried > min(MOST_TURNS, allowed):
                raise TooWide
            limit = ceiling - hopes[depth]
            found: list[Tried] = []
            each = max(1, BATCH // len(costs))
            for first in range(0, len(keys), each):
                last = min(first + each, len(keys))
                found.append(self._tried(depth, range(first, last), columns, costs, np.array(values[depth]), limit))
            columns, costs = self._merged(found, self.plan.opened[depth])
            self.stands.append(columns)
            if len(costs) > MOST_STATES or self.turns > allowed:
                raise TooWide
            if not len(costs):
                return False
        self._without_ends()
        return True

    def refine(self, coarse: Graph, values: list[list[int]], limit: int, allowed: int) -> bool:
        """Makes it out of one that is settled with these values and this limit and tells sums apart less finely: along what that left,
        beginnings that were one there may be several here. Whether there is a way to the end. Raises TooWide."""
        columns: Columns = {COARSE: np.zeros(1, np.int64)}
        costs = np.zeros(1, np.int64)
        for depth, (keys, rows) in enumerate(zip(self.plan.keys, coarse.rows, strict=True)):
            ways = np.diff(rows.starts)[columns[COARSE]]
            self.tried += int(ways.sum())
            if self.tried > min(MOST_TURNS, allowed):
                raise TooWide
            at = np.repeat(np.arange(len(costs)), ways)
            row = np.arange(len(at)) + np.repeat(rows.starts[columns[COARSE]] - np.cumsum(ways) + ways, ways)
            group = rows.group[row]
            now: Columns = {COARSE: rows.to[row].astype(np.int64)}
            gain = sure = rows.sure[row]
            none = np.zeros(len(row), np.int64)
            for n, axis in self.axes.items():
                if isinstance(axis, Counting):
                    counted = np.maximum(rows.fen[row] + (columns[n][at] if n in columns else none), 0)
                    if n in self.plan.closing[depth]:
                        gain = gain + axis.closed(counted)
                    elif n in self.plan.opened[depth]:
                        now[n] = counted
                if not isinstance(axis, Summed):
                    continue
                more = np.array([sum(axis.told.amounts[slot] for m, slot in key if m == n) for key in keys])[group]
                before = columns[n][at] if n in columns else none
                if n in self.plan.closing[depth]:
                    gain = gain + axis.closed_with(before, more)
                elif n in self.plan.opened[depth]:
                    now[n] = axis.on(before, coarse.stands[depth][n][rows.to[row]] // BAND, more)
            cost = costs[at] + np.array(values[depth])[group] - gain
            good = np.flatnonzero(cost + rows.rest[row] <= limit)
            left = {n: its[good] for n, its in now.items()}
            found = Tried(at[good], group[good], gain[good], sure[good], rows.fen[row][good], cost[good], left)
            columns, costs = self._merged([found], [*now])
            self.stands.append(columns)
            if len(costs) > MOST_STATES or self.turns > allowed:
                raise TooWide
            if not len(costs):
                return False
        self._without_ends()
        return True

    def _without_ends(self) -> None:
        """Leaves the turns that are on a way to the end."""
        alive = np.ones(len(self.lines[-1].starts), bool)
        self.turns = 0
        for depth in range(len(self.lines) - 1, -1, -1):
            turns = self.lines[depth]
            kept = np.flatnonzero(alive[turns.to])
            group, gain, sure, fen = turns.group[kept], turns.gain[kept], turns.sure[kept], turns.fen[kept]
            to = _small((np.cumsum(alive) - 1)[turns.to[kept]])
            there = np.flatnonzero(alive)
            alive = np.zeros(1 if depth == 0 else len(self.lines[depth - 1].starts), bool)
            alive[turns.at[kept]] = True
            at = _small((np.cumsum(alive) - 1)[turns.at[kept]])
            starts = np.flatnonzero(np.diff(to, prepend=-1))
            self.lines[depth] = Turns(at, group, gain, sure, fen, to, starts)
            self.stands[depth] = {n: its[there] for n, its in self.stands[depth].items()}
            self.turns += len(at)

    def _tried(self, depth: int, groups: range, columns: Columns, costs: Ints, values: Ints, limit: int) -> Tried:
        """What comes of all states with these groups of options, if it may be good."""
        here = np.arange(len(costs))
        none = np.zeros(len(costs), np.int64)
        ends, opened = self.plan.closing[depth], self.plan.opened[depth]
        ats: list[Ints] = []
        gains: list[Ints] = []
        fens: list[Ints] = []
        parts: dict[int, list[Ints]] = {n: [] for n in (*ends, *opened)}
        for g in groups:
            at, gain, falls, fen = here, none, none, none
            mine: Columns = {}
            for n, slot in self.plan.keys[depth][g]:
                axis = self.axes[n]
                row, to, more = axis.after(columns.get(n, none)[at], slot)
                mine = {m: its[row] for m, its in mine.items()}
                at, gain, falls, fen = at[row], gain[row] + more, falls[row], fen[row]
                if isinstance(axis, Summed):
                    falls = falls + axis.falls(to, slot)
                if n == COUPON:
                    fen = fen + slot - falls
                mine[n] = to
            ats.append(at)
            gains.append(gain)
            fens.append(fen)
            for n, its in parts.items():
                its.append(mine[n] if n in mine else columns.get(n, none)[at])
        at, gain, fen = np.concatenate(ats), np.concatenate(gains), np.concatenate(fens)
        group = np.repeat(np.arange(groups.start, groups.stop), [len(its) for its in ats])
        now = {n: np.concatenate(its) for n, its in parts.items()}
        for n in ends:
            axis = self.axes[n]
            if isinstance(axis, Numbered):
                gain = gain + axis.closed(now[n])
                fen = fen - axis.falls(now[n])
        if COUPON in now:
            now[COUPON] = np.maximum(columns.get(COUPON, none)[at] + fen, 0)
        sure = gain
        for n in ends:
            if not isinstance(self.axes[n], Numbered):
                gain = gain + self.axes[n].closed(now[n])
        cost = costs[at] + values[group] - gain
        least = cost
        for n in opened:
            least = least - self.axes[n].can_give(now[n], depth + 1)
        good = np.flatnonzero(least <= limit)
        kept = {n: now[n][good] for n in opened}
        return Tried(at[good], group[good], gain[good], sure[good], fen[good], cost[good], kept)

    def _merged(self, found: list[Tried], told: Sequence[int]) -> tuple[Columns, Ints]:
        """Notes the turns of a line; the states that they lead to, one of each, and what they cost at least. `told`: by what they
        are told apart."""
        at, group, gain, sure, fen, cost = (np.concatenate(its) for its in zip(*(f[:6] for f in found), strict=True))
        columns = {n: np.concatenate([f.columns[n] for f in found]) for n in told}
        code, used = np.zeros(len(at), np.int64), 0
        for n, its in columns.items():
            cells, width = (its, int(its.max(initial=0)).bit_length()) if n == COARSE else self.axes[n].cells(its)
            if used + width > WORD:
                kinds, code = np.unique(code, return_inverse=True)
                used = len(kinds).bit_length()
            code = code << width | cells
            used += width
        order = np.argsort(code, kind="stable")
        code = code[order]
        first = np.ones(len(code), bool)
        first[1:] = code[1:] != code[:-1]
        starts = np.flatnonzero(first)
        to = np.cumsum(first) - 1
        self.lines.append(
            Turns(_small(at[order]), _small(group[order]), gain[order], sure[order], fen[order], _small(to), starts)
        )
        self.turns += len(at)
        if not len(starts):
            return {}, starts
        joined: Columns = {
            n: its[order][starts] if n == COARSE else self.axes[n].joined(its[order], starts)
            for n, its in columns.items()
        }
        return joined, np.minimum.reduceat(cost[order], starts)

    def groups(self) -> list[list[int]]:
        """By depth: groups that some turn is made by."""
        return [np.unique(turns.group).tolist() for turns in self.lines]

    def cheapest(self, values: list[list[float]]) -> tuple[float, list[int]]:
        """The way to the end that costs least, where each group costs so much: its cost, and the groups."""
        dists = [np.zeros(1)]
        for turns, its in zip(self.lines, values, strict=True):
            cost = dists[-1][turns.at] + np.array(its)[turns.group] - turns.gain
            dists.append(np.minimum.reduceat(cost, turns.starts))
        k = int(dists[-1].argmin())
        total = float(dists[-1][k])
        groups: list[int] = []
        for turns, its, dist in zip(reversed(self.lines), reversed(values), dists[-2::-1], strict=True):
            after = turns.starts[k + 1] if k + 1 < len(turns.starts) else len(turns.at)
            its_turns = slice(int(turns.starts[k]), int(after))
            at, group = turns.at[its_turns], turns.group[its_turns]
            cost = dist[at] + np.array(its)[group] - turns.gain[its_turns]
            best = int(cost.argmin())
            k = int(at[best])
            groups.append(int(group[best]))
        groups.reverse()
        return total, groups

    def settle(self, values: list[list[int]], limit: int) -> tuple[int, list[list[int]]]:
        """What the way to the end costs at least, and the least of all ways through each group. Of ways that cost more than `limit`
        nothing good comes: `onward` leaves them out."""
        before = [np.zeros(1, np.int64)]
        for turns, its in zip(self.lines, values, strict=True):
            cost = before[-1][turns.at] + np.array(its)[turns.group] - turns.gain
            before.append(np.minimum.reduceat(cost, turns.starts))
        after = np.zeros(len(before[-1]), np.int64)
        through: list[list[int]] = []
        for turns, its, dist in zip(reversed(self.lines), reversed(values), before[-2::-1], strict=True):
            rest = after[turns.to]
            left = np.array(its)[turns.group] + rest - turns.gain
            after = np.full(len(dist), NEVER, np.int64)
            np.minimum.at(after, turns.at, left)
            whole = dist[turns.at] + left
            least = np.full(len(its), NEVER, np.int64)
            np.minimum.at(least, turns.group, whole)
            through.append(least.tolist())
            good = np.flatnonzero(whole <= limit)
            good = good[np.argsort(turns.at[good], kind="stable")]
            starts = np.searchsorted(turns.at[good], np.arange(len(dist) + 1))
            left_over = (
                turns.group[good],
                turns.to[good],
                turns.gain[good],
                turns.sure[good],
                turns.fen[good],
                rest[good],
            )
            self.rows.append(Rows(starts, *left_over))
        through.reverse()
        self.rows.reverse()
        return int(after[0]), through

    def onward(self, depth: int, view: int) -> Sequence[Onward | None]:
        """By group of the line at this depth: the view after it, what offers give, and what the lines after it cost at least
        (None: nothing good comes of it). Views are numbered; 0 is the beginning."""
        found = self._onward.get((depth, view))
        if found is None:
            found = self._onward[depth, view] = self._looked_up(depth, self._views[view])
        return found

    def _looked_up(self, depth: int, view: View) -> list[Onward | None]:
        rows, size = self.rows[depth], len(self.plan.keys[depth])
        best: list[dict[int, int]] = [{} for _ in range(size)]
        rests: dict[int, int] = {}
        for state, behind in view:
            its = slice(int(rows.starts[state]), int(rows.starts[state + 1]))
            columns = (rows.group[its], rows.to[its], rows.gain[its], rows.rest[its])
            for g, to, gain, rest in zip(*(column.tolist() for column in columns), strict=True):
                best[g][to] = max(gain - behind, best[g].get(to, -NEVER))
                rests[to] = rest
        return [self._joined(ways, rests) for ways in best]

    def _joined(self, best: dict[int, int], rests: dict[int, int]) -> Onward | None:
        if not best:
            return None
        top = max(best.values())
        view = tuple(sorted((to, top - gain) for to, gain in best.items()))
        number = self._numbers.setdefault(view, len(self._views))
        if number == len(self._views):
            self._views.append(view)
        return number, top, min(rests[to] + top - gain for to, gain in best.items())
