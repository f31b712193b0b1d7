"""What the lines to come cost at least (前瞻下界): offers taken as they are where that can be told, the others priced.

The prices of `prices` relax every offer that shares lines with others. Where most offers are about a few lines, nearly
all that this loses is lost among those. Here they are told exactly, by dynamic programming over the lines in the order
in which the search decides them: all that the lines to come can see of a beginning is what *narrow* offers that are still
open have taken, and how far those are that can be *counted* (`told`). *Wide* offers keep their prices, which rise and
fall until the bound is good. (Lagrangian relaxation of fewer constraints, Guignard and Kim 1987; dynamic programming over
a relaxed state, Christofides, Mingozzi and Toth 1981.)

The graph of beginnings holds only what may still better the best combination. Read backwards it tells for each of them
what is to come: an exact bound on the way down, and which options of a line are in no good combination at all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from backend.pricing.prices import ascend
from backend.pricing.stacking import Candidate, bits
from backend.pricing.told import MOST_COUNTED, Counted, Fen, Slots, Step, Told, counts_of

if TYPE_CHECKING:
    from backend.pricing.options import Option
    from backend.pricing.search import Search

NARROW = 6
"""Offers on more lines than this are counted, or wide."""
MOST_STATES = 4_000
MOST_TURNS = 60_000
TURNS_A_STEP = 4
ROUNDS = 40
SHARE = 2
"""A graph may take this part of the steps that are left: in each round all of its turns are looked at."""
ENDLESS = 1 << 100

Key = tuple[tuple[int, int], ...]
"""What an option adds to offers that are told: (place among the stakes, slot), to a coupon: (COUPON, fen)."""
Turn = tuple[int, int, int, int]
"""From a state by a group of options to a state, and what the offers give on the way."""
Onward = tuple[int, int, int]
"""A state (or a view), what the offers give on the way there, and what the lines to come cost at least."""
View = tuple[tuple[int, int], ...]
"""States that a beginning may be in, and how much less was given in each than in the best."""
COUPON = -1
"""Its place among the offers that are told."""


class TooWide(Exception):
    """More states than are allowed."""


class Group:
    """The options of a line that add the same to offers that are told; `ways`: the cheapest for each of what they add to
    others, and the places of the prices that these pay."""

    __slots__ = ("key", "ways")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.ways: dict[tuple[int, ...], tuple[int, int]] = {}


class Ahead:
    """The graph of one search whose prices are found. `bound`: no combination of interest costs less. `narrow`: the stakes
    that are told by their slots, `counts`: those that are counted; `wide` are the others."""

    def __init__(self, search: Search, narrow: list[int], counts: Collection[int] = ()) -> None:
        self.search = search
        self.case, self.lay = search.case, search.layout
        self.stakes = self.lay.stakes
        self.wide = [n for n in range(len(self.stakes)) if n not in narrow and n not in counts]
        self.priced = [self.stakes[n] for n in self.wide]
        self.coupon = self._narrow_coupon()
        # Without what a coupon gives that is told exactly.
        self.fixed = self.lay.fixed
        if self.coupon is not None:
            self.fixed += self.lay.credited[self.coupon.i] * self.lay.caps[self.coupon.i]
        self.starts: dict[int, int] = {}
        at = 0
        for n in self.wide:
            self.starts[n] = at
            at += self.stakes[n].n
        place = {line: depth for depth, line in enumerate(self.lay.order)}
        spans = {n: [place[line] for line in self.stakes[n].lines] for n in (*narrow, *counts)}
        self.told: dict[int, Told] = {}
        for n in narrow:
            self.told[n] = Slots(self.stakes[n], n, search.discounts, self._scale(n))
        for n in counts:
            self.told[n] = Counted(self.stakes[n], counts_of(self.stakes[n], self._scale(n)), self.lay.order)
        fen = None
        if self.coupon is not None:
            fen = self.told[COUPON] = Fen(self.case, self.coupon, self.lay.scale)
            spans[COUPON] = [place[line] for line in bits(self.coupon.mask)]
        self.offset: dict[int, int] = {}
        self.full: dict[int, int] = {}
        at = 0
        for n, told in self.told.items():
            self.offset[n], self.full[n] = at, told.size - 1
            at += told.size.bit_length() - 1
        size = len(place)
        self.closing = [[n for n in spans if max(spans[n]) == d] for d in range(size)]
        self.opened = [[n for n in spans if min(spans[n]) <= d < max(spans[n])] for d in range(size)]
        self.unbegun = [[n for n in spans if min(spans[n]) > d] for d in range(size)]
        self.groups = [self._grouped(line) for line in self.lay.order]
        if fen is not None:
            fen.tops.append(0)
            for groups in reversed(self.groups):
                top = max(sum(its for n, its in group.key if n == COUPON) for group in groups)
                fen.tops.append(fen.tops[-1] + top)
            fen.tops.reverse()
        self.edges: list[list[Turn]] = []
        self.states: list[list[int]] = []
        self.turns: list[dict[int, list[list[Onward]]]] = []
        self._views: list[View] = [((0, 0),)]
        self._numbers: dict[View, int] = {self._views[0]: 0}
        self._onward: dict[tuple[int, int], list[Onward | None]] = {}
        self.const = 0
        self.bound = self.lay.bound
        self.closed = False
        self.paid: list[float] = []

    def _scale(self, n: int) -> int:
        return self.stakes[n].scale if self.coupon is None else self.lay.scale

    def _narrow_coupon(self) -> Candidate | None:
        """The coupon, if it is about few lines too, and nothing that is priced counts less for its sake."""
        case, lay = self.case, self.lay
        goods = [case.cands[i] for i in self.search.coupons if case.cands[i].level == "COUPON"]
        if len(goods) != 1 or goods[0].mask.bit_count() > NARROW:
            return None
        plain = all(stake.scale == lay.scale for stake in self.priced)
        return goods[0] if plain else None

    def _grouped(self, line: int) -> list[Group]:
        found: dict[Key, Group] = {}
        for o in self.lay.options[line]:
            key = self._key(line, o)
            group = found.setdefault(key, Group(key))
            wide = tuple(self.starts[n] + slot.bit_length() - 1 for n, slot in o.taken if n in self.starts)
            known = group.ways.get(wide)
            cost = self._cost(o)
            if known is None or cost < known[0]:
                group.ways[wide] = cost, o.mask
        return list(found.values())

    def _cost(self, o: Option) -> int:
        return o.cost if self.coupon is None else o.low * self.lay.scale

    def _key(self, line: int, o: Option) -> Key:
        key = tuple((n, slot) for n, slot in o.taken if n in self.told)
        if self.coupon is None or not self.coupon.mask >> line & 1:
            return key
        return *key, (COUPON, self._left(line, o))

    def _left(self, line: int, o: Option) -> int:
        """What the order-level offer of an option leaves of the line at most."""
        case, amount = self.case, o.high
        for i, _ in o.amounts:
            c = case.cands[i]
            if not case.floors[line] and c.cap is None:
                whole = sum(case.price[k] * case.qty[k] for k in bits(c.mask))
                amount -= c.effect.surely(case.qty[line], amount, whole, True)
        return max(0, amount)

    def run(self) -> None:
        """Finds prices of wide offers and what they show. Raises TooWide."""
        search, lay = self.search, self.lay
        self._build()
        if search.cut is None or not self.states[-1]:
            self.closed = True
            return
        if self.wide:
            offered = {s for groups in self.groups for group in groups for slots in group.ways for s in slots}
            goal = search.cut * lay.scale
            self.paid, rounds = ascend(self._cheapest, offered, self.priced, self.fixed, goal, ROUNDS, search.fit)
            search.steps.left -= rounds * sum(map(len, self.edges)) // (10 * TURNS_A_STEP)

    def _build(self) -> None:
        """The graph, as far as the prices found before do not rule it out."""
        search, lay, stakes = self.search, self.lay, self.stakes
        ceiling = ENDLESS if search.cut is None else search.cut * lay.scale
        prices = [p for stake in self.priced for p in stake.prices]
        values = [[_least(group, prices) for group in groups] for groups in self.groups]
        rest = [0] * (len(self.groups) + 1)
        for depth in range(len(self.groups) - 1, -1, -1):
            rest[depth] = rest[depth + 1] + min(
                value - sum(stakes[n].prices[slot.bit_length() - 1] for n, slot in group.key if n != COUPON)
                for value, group in zip(values[depth], self.groups[depth], strict=True)
            )
        const = self.fixed - sum(stake.surplus(0, 0) or 0 for stake in self.priced)
        now: dict[int, int] = {0: 0}
        costs = [0]
        self.states = [[0]]
        tried = edges = 0
        allowed = search.steps.left // SHARE
        for depth, groups in enumerate(self.groups):
            turns: list[Turn] = []
            there: dict[int, int] = {}
            least: list[int] = []
            hope = const + rest[depth + 1] - sum(self.told[n].can_give(depth + 1, 0) or 0 for n in self.unbegun[depth])
            worths: dict[tuple[int, int], int | None] = {}
            for state, at in now.items():
                for g, group in enumerate(groups):
                    for to, gain in self._after(depth, state, group.key):
                        tried += 1
                        cost = costs[at] + values[depth][g] - gain
                        worth = self._worth(depth + 1, to, worths)
                        if worth is None or cost + hope - worth > ceiling:
                            continue
                        k = there.get(to)
                        if k is None:
                            k = there[to] = len(least)
                            least.append(cost)
                        elif cost < least[k]:
                            least[k] = cost
                        turns.append((at, k, g, gain))
                if tried > MOST_TURNS or edges + len(turns) > allowed:
                    raise TooWide
            search.steps.left -= len(now) * len(groups) // TURNS_A_STEP
            edges += len(turns)
            self.edges.append(turns)
            self.states.append(list(there))
            if len(there) > MOST_STATES:
                raise TooWide
            now, costs = there, least

    def _after(self, depth: int, state: int, key: Key) -> list[Step]:
        """The states after a line, and what the offers give on the way."""
        found = [(state, 0)]
        for n, slot in key:
            told, offset, full = self.told[n], self.offset[n], self.full[n]
            found = [
                (now + (to - took << offset), total + gain)
                for now, total in found
                for took in (now >> offset & full,)
                for to, gain in told.take(took, slot)
            ]
        for n in self.closing[depth]:
            told, offset, full = self.told[n], self.offset[n], self.full[n]
            found = [
                (now - (took << offset), total + last)
                for now, total in found
                for took in (now >> offset & full,)
                for last in (told.close(took),)
                if last is not None
            ]
        return found

    def _worth(self, depth: int, state: int, known: dict[tuple[int, int], int | None]) -> int | None:
        """What the open offers can still give at most, the prices of lines to come aside. None: one of them cannot apply."""
        total = 0
        for n in self.opened[depth - 1]:
            took = state >> self.offset[n] & self.full[n]
            if (n, took) in known:
                worth = known[n, took]
            else:
                worth = known[n, took] = self.told[n].can_give(depth, took)
            if worth is None:
                return None
            total += worth
        return total

    def _cheapest(self, now: list[float]) -> tuple[float, list[int], list[int]]:
        """What the lines would choose at these prices of wide offers: its cost, the places of prices paid, offers by line."""
        dist = [0.0]
        trace: list[list[tuple[int, int]]] = []
        chosen: list[list[tuple[float, tuple[int, ...], int]]] = []
        for groups, turns, states in zip(self.groups, self.edges, self.states[1:], strict=True):
            best = [_choice(group, now) for group in groups]
            after = [float("inf")] * len(states)
            came = [(0, 0)] * len(states)
            for at, to, g, gain in turns:
                cost = dist[at] + best[g][0] - gain
                if cost < after[to]:
                    after[to] = cost
                    came[to] = at, g
            dist = after
            trace.append(came)
            chosen.append(best)
        k = min(range(len(dist)), key=dist.__getitem__)
        total = dist[k]
        slots: list[int] = []
        masks = [0] * len(self.groups)
        for depth in range(len(self.groups) - 1, -1, -1):
            k, g = trace[depth][k]
            _, paid, masks[self.lay.order[depth]] = chosen[depth][g]
            slots.extend(paid)
        return total, slots, masks

    def still(self, surplus: list[int], changes: list[tuple[int, int, int]]) -> int:
        """What wide offers can still give less their prices, once these changes are made."""
        total = sum(surplus[n] for n in self.wide)
        return total + sum(left - surplus[n] for n, _, left in changes if n in self.starts)

    def settle(self) -> None:
        """The prices are final: what is to come from every state, and of which options nothing good comes."""
        lay = self.lay
        prices = [p for stake in self.priced for p in stake.prices]
        self.const = self.fixed - sum(stake.surplus(0, 0) or 0 for stake in self.priced)
        ceiling = ENDLESS if self.search.cut is None else self.search.cut * lay.scale
        values = [[_least(group, prices) for group in groups] for groups in self.groups]
        before = [[0]]
        for its, turns, states in zip(values, self.edges, self.states[1:], strict=True):
            costs = [ENDLESS] * len(states)
            for at, to, g, gain in turns:
                costs[to] = min(costs[to], before[-1][at] + its[g] - gain)
            before.append(costs)
        after = [0] * len(self.states[-1])
        self.turns = []
        for depth in range(len(values) - 1, -1, -1):
            its, states = values[depth], self.states[depth]
            costs = [ENDLESS] * len(states)
            rows: dict[int, list[list[Onward]]] = {}
            least = [ENDLESS] * len(its)
            for at, to, g, gain in self.edges[depth]:
                left = after[to] - gain
                costs[at] = min(costs[at], its[g] + left)
                through = before[depth][at] + left
                least[g] = min(least[g], through)
                if lay.shipped(through + its[g] + self.const) <= ceiling:
                    row = rows.get(states[at])
                    if row is None:
                        row = rows[states[at]] = [[] for _ in its]
                    row[g].append((self.states[depth + 1][to], gain, after[to]))
            self.turns.append(rows)
            self._drop(depth, [x + self.const for x in least], prices, ceiling)
            after = costs
        self.turns.reverse()
        total = lay.shipped(after[0] + self.const)
        self.bound = max(lay.bound, -(-total // lay.scale))
        self.closed = total > ceiling

    def onward(self, depth: int, view: int) -> list[Onward | None]:
        """By group of the line at this depth: the view after it, what offers give, and what the lines after it cost at least
        (None: nothing good comes of it). A view is what may be known of a beginning: states, and how much less than in the
        best of them was given; the first is 0."""
        found = self._onward.get((depth, view))
        if found is None:
            rows = self.turns[depth]
            its = [(rows[state], behind) for state, behind in self._views[view] if state in rows]
            found = [self._joined(g, its) for g in range(len(self.groups[depth]))] if its else []
            self._onward[depth, view] = found
        return found

    def _joined(self, g: int, rows: list[tuple[list[list[Onward]], int]]) -> Onward | None:
        best: dict[int, int] = {}
        rests: dict[int, int] = {}
        for row, behind in rows:
            for to, gain, rest in row[g]:
                best[to] = max(gain - behind, best.get(to, -ENDLESS))
                rests[to] = rest
        if not best:
            return None
        top = max(best.values())
        view = tuple(sorted((to, top - gain) for to, gain in best.items()))
        number = self._numbers.setdefault(view, len(self._views))
        if number == len(self._views):
            self._views.append(view)
        return number, top, min(rests[to] + top - gain for to, gain in best.items())

    def _drop(self, depth: int, least: list[int], prices: list[int], ceiling: int) -> None:
        """Leaves the options of a line of which something good may come, and notes what each costs."""
        line = self.lay.order[depth]
        places = {group.key: g for g, group in enumerate(self.groups[depth])}
        kept: list[Option] = []
        for o in self.lay.options[line]:
            o.own = self._cost(o) - sum(
                prices[self.starts[n] + slot.bit_length() - 1] for n, slot in o.taken if n in self.starts
            )
            o.group = places[self._key(line, o)]
            if self.lay.shipped(least[o.group] + o.own) <= ceiling:
                kept.append(o)
        self.lay.options[line] = kept


def _least(group: Group, prices: list[int]) -> int:
    return min(cost - sum(prices[s] for s in slots) for slots, (cost, _) in group.ways.items())


def _choice(group: Group, now: list[float]) -> tuple[float, tuple[int, ...], int]:
    least, mine = float("inf"), 0
    paid: tuple[int, ...] = ()
    for slots, (cost, mask) in group.ways.items():
        value: float = cost
        for s in slots:
            value -= now[s]
        if value < least:
            least, paid, mine = value, slots, mask
    return least, paid, mine


def look(search: Search) -> Ahead | None:
    """The graph of a search whose lines have their order: with as many offers told as it can hold. None: it holds none."""
    stakes = search.layout.stakes
    narrow = [n for n, stake in enumerate(stakes) if len(stake.lines) <= NARROW]
    sizes = {
        n: sum(c.states for c in counts_of(stake, stake.scale)) for n, stake in enumerate(stakes) if n not in narrow
    }
    counts = [n for n, size in sizes.items() if 0 < size <= MOST_COUNTED]
    while True:
        ahead = Ahead(search, narrow, counts)
        try:
            ahead.run()
            return ahead
        except TooWide:
            if search.steps.left < 0:
                return None
            if counts:
                counts.remove(max(counts, key=sizes.__getitem__))
                continue
            widest = max((len(stakes[n].lines) for n in narrow), default=0)
            if widest < 3:
                return None
            narrow = [n for n in narrow if len(stakes[n].lines) < widest]
