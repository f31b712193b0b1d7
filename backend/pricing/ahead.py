"""What the lines to come cost at least (前瞻下界): offers on few lines taken as they are, only those on many priced.

The prices of `prices` relax every offer that shares lines with others. Where most offers are about a few lines, nearly
all that this loses is lost among those. Here they are told exactly, by dynamic programming over the lines in the order
in which the search decides them: all that the lines to come can see of a beginning is what the *narrow* offers that are
still open have taken. *Wide* offers keep their prices, which rise and fall until the bound is good. (Lagrangian
relaxation of fewer constraints, Guignard and Kim 1987; dynamic programming over a relaxed state, Christofides, Mingozzi
and Toth 1981.)

The graph of beginnings holds only what may still better the best combination. Read backwards it tells for each of them
what is to come: an exact bound on the way down, and which options of a line are in no good combination at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.pricing.prices import ascend
from backend.pricing.stacking import Candidate, bits
from backend.pricing.stakes import BaseStake

if TYPE_CHECKING:
    from backend.pricing.options import Option
    from backend.pricing.search import Search

NARROW = 6
"""Offers on more lines than this are wide."""
MOST_STATES = 1_500
MOST_TURNS = 30_000
TURNS_A_STEP = 4
ROUNDS = 40
ENDLESS = 1 << 100

Key = tuple[tuple[int, int], ...]
"""What an option adds to narrow offers: (place among the stakes, slot), to a coupon: (COUPON, fen)."""
Turn = tuple[int, int, int, int]
"""From a state by a group of options to a state, and what the narrow offers give whose last line this is."""
COUPON = -1
"""Its place among the narrow offers."""


class TooWide(Exception):
    """More states than are allowed."""


class Group:
    """The options of a line that add the same to narrow offers; `ways`: the cheapest for each of what they add to wide
    ones, and the places of the prices that these pay."""

    __slots__ = ("key", "ways")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.ways: dict[tuple[int, ...], tuple[int, int]] = {}


class Ahead:
    """The graph of one search whose prices are found. `bound`: no combination of interest costs less.

    `turns[depth][state]`: by group of options, the state after the line at this depth, what narrow offers give that end
    with it, and what the lines after it cost at least (None: nothing good comes of it)."""

    def __init__(self, search: Search, narrow: list[int]) -> None:
        self.search = search
        self.case, self.lay = search.case, search.layout
        self.stakes = self.lay.stakes
        self.narrow = narrow
        self.coupon = self._narrow_coupon()
        # Without what a coupon gives that is told exactly.
        self.fixed = self.lay.fixed
        if self.coupon is not None:
            self.fixed += self.lay.credited[self.coupon.i] * self.lay.caps[self.coupon.i]
        self.wide = [n for n in range(len(self.stakes)) if n not in narrow]
        self.priced = [self.stakes[n] for n in self.wide]
        self.starts: dict[int, int] = {}
        at = 0
        for n in self.wide:
            self.starts[n] = at
            at += self.stakes[n].n
        self.offset: dict[int, int] = {}
        self.full: dict[int, int] = {}
        at = 0
        for n in narrow:
            self.offset[n], self.full[n] = at, (1 << self.stakes[n].n) - 1
            at += self.stakes[n].n
        place = {line: depth for depth, line in enumerate(self.lay.order)}
        size = len(place)
        spans = {n: [place[line] for line in self.stakes[n].lines] for n in narrow}
        if self.coupon is not None:
            whole = sum(self.case.price[k] * self.case.qty[k] for k in bits(self.coupon.mask))
            self.offset[COUPON], self.full[COUPON] = at, (1 << whole.bit_length()) - 1
            spans[COUPON] = [place[line] for line in bits(self.coupon.mask)]
        self.closing = [[n for n in spans if max(spans[n]) == d] for d in range(size)]
        self.opened = [[n for n in spans if min(spans[n]) <= d < max(spans[n])] for d in range(size)]
        self.unbegun = [[n for n in spans if min(spans[n]) > d] for d in range(size)]
        self._stand_ins: dict[tuple[int, int], int] = {}
        self._first: dict[tuple[int, int], int] = {}
        self.groups = [self._grouped(line) for line in self.lay.order]
        # What the lines from a depth on can bring to the coupon at most.
        self.tops = [0]
        for groups in reversed(self.groups):
            top = max(sum(its for n, its in group.key if n == COUPON) for group in groups)
            self.tops.append(self.tops[-1] + top)
        self.tops.reverse()
        self.edges: list[list[Turn]] = []
        self.states: list[list[int]] = []
        self.turns: list[dict[int, list[tuple[int, int, int] | None]]] = []
        self.const = 0
        self.bound = self.lay.bound
        self.closed = False
        self.paid: list[float] = []

    def _narrow_coupon(self) -> Candidate | None:
        """The coupon, if it is about few lines too, and nothing that is priced counts less for its sake."""
        case, lay = self.case, self.lay
        goods = [case.cands[i] for i in self.search.coupons if case.cands[i].level == "COUPON"]
        if len(goods) != 1 or goods[0].mask.bit_count() > NARROW:
            return None
        plain = all(s.scale == lay.scale for n, s in enumerate(self.stakes) if n not in self.narrow)
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
        key = tuple((n, slot) for n, slot in o.taken if n in self.offset)
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

    def _coupon_gives(self, base: int) -> int | None:
        """The most that the coupon gives on so much, scaled; None: it cannot be used."""
        assert self.coupon is not None
        need = self.coupon.effect.need()
        units = sum(self.case.qty[k] for k in bits(self.coupon.mask))
        most = min(self.coupon.effect.most(base, units), base)
        return None if most <= 0 or (need.by == "fen" and base < need.least) else most * self.lay.scale

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

    def _stand_in(self, n: int, slots: int) -> int:
        """Of what an offer may have taken, one for all that lets it give the same in the end."""
        known = self._stand_ins.get((n, slots))
        if known is None:
            stake, discounts = self.stakes[n], self.search.discounts
            if isinstance(stake, BaseStake) and not discounts.floored[n]:
                told = -1 - min(stake.base(slots), stake.enough)
            else:
                told = discounts.memory(n, slots)
            known = self._first.setdefault((n, told), slots)
            self._stand_ins[n, slots] = known
        return known

    def _gain(self, n: int, slots: int) -> int | None:
        """What a narrow offer gives for the slots that it took, scaled; None: it cannot apply to them."""
        given = self.search.discounts.given(n, slots)
        return None if given is None else given[0] * (self.stakes[n].scale if self.coupon is None else self.lay.scale)

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
        tried = 0
        for depth, groups in enumerate(self.groups):
            turns: list[Turn] = []
            there: dict[int, int] = {}
            least: list[int] = []
            hope = const + rest[depth + 1] - sum(self._can_give(n, depth + 1, 0) or 0 for n in self.unbegun[depth])
            worths: dict[tuple[int, int], int | None] = {}
            for state, at in now.items():
                for g, group in enumerate(groups):
                    tried += 1
                    after = self._after(depth, state, group.key)
                    if after is None:
                        continue
                    to, gain = after
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
            search.steps.left -= len(now) * len(groups) // TURNS_A_STEP
            self.edges.append(turns)
            self.states.append(list(there))
            if len(there) > MOST_STATES or tried > MOST_TURNS:
                raise TooWide
            now, costs = there, least

    def _after(self, depth: int, state: int, key: Key) -> tuple[int, int] | None:
        """The state after a line, and what the offers give that end with it."""
        total = 0
        for n, slot in key:
            took = state >> self.offset[n] & self.full[n]
            now = took + slot if n == COUPON else self._stand_in(n, took | slot)
            state ^= (took ^ now) << self.offset[n]
        for n in self.closing[depth]:
            took = state >> self.offset[n] & self.full[n]
            if took or n == COUPON:
                gain = self._coupon_gives(took) if n == COUPON else self._gain(n, took)
                if gain is None:
                    return None
                total += gain
                state ^= took << self.offset[n]
        return state, total

    def _worth(self, depth: int, state: int, known: dict[tuple[int, int], int | None]) -> int | None:
        """What the open offers can still give at most, the prices of lines to come aside. None: one of them cannot apply."""
        total = 0
        for n in self.opened[depth - 1]:
            took = state >> self.offset[n] & self.full[n]
            if (n, took) in known:
                worth = known[n, took]
            else:
                worth = known[n, took] = self._can_give(n, depth, took)
            if worth is None:
                return None
            total += worth
        return total

    def _can_give(self, n: int, depth: int, took: int) -> int | None:
        """As `_worth`, of one of them."""
        if n == COUPON:
            return self._coupon_gives(took + self.tops[depth])
        stake = self.stakes[n]
        left = stake.surplus(depth, took)
        if left is None:
            return None
        more = 0 if self.coupon is None else (self.lay.scale - stake.scale) * stake.limit
        return left + more + sum(stake.prices[s] for s in bits(took))

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
            rows: dict[int, list[tuple[int, int, int] | None]] = {}
            least = [ENDLESS] * len(its)
            for at, to, g, gain in self.edges[depth]:
                left = after[to] - gain
                costs[at] = min(costs[at], its[g] + left)
                through = before[depth][at] + left
                least[g] = min(least[g], through)
                if lay.shipped(through + its[g] + self.const) <= ceiling:
                    row = rows.get(states[at])
                    if row is None:
                        row = rows[states[at]] = [None] * len(its)
                    row[g] = self.states[depth + 1][to], gain, after[to]
            self.turns.append(rows)
            self._drop(depth, [x + self.const for x in least], prices, ceiling)
            after = costs
        self.turns.reverse()
        total = lay.shipped(after[0] + self.const)
        self.bound = max(lay.bound, -(-total // lay.scale))
        self.closed = total > ceiling

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
    """The graph of a search whose lines have their order: with as many offers narrow as it can hold. None: it holds none."""
    stakes = search.layout.stakes
    narrow = [n for n, stake in enumerate(stakes) if len(stake.lines) <= NARROW]
    while True:
        ahead = Ahead(search, narrow)
        try:
            ahead.run()
            return ahead
        except TooWide:
            widest = max((len(stakes[n].lines) for n in narrow), default=0)
            if widest < 3 or search.steps.left < 0:
                return None
            narrow = [n for n in narrow if len(stakes[n].lines) < widest]
