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

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from backend.pricing.labels import takes_its_scope
from backend.pricing.prices import ascend
from backend.pricing.settled import BARRED
from backend.pricing.stacking import Candidate, bits
from backend.pricing.stakes import BaseStake
from backend.pricing.told import COUPON, MOST_COUNTED, Amounts, Counted, Fen, Slots, Told, TooWide, counts_of

if TYPE_CHECKING:
    from backend.pricing.graph import Graph, Key, Onward
    from backend.pricing.options import Option
    from backend.pricing.search import Search

NARROW = 6
"""Offers on more lines than this are counted, or wide."""
TURNS_A_STEP = 40
ROUNDS = 40
ROUNDS_A_TURN = 10
"""So many looks at a turn that is known take as long as to find it."""
ROUGH = 64
CELLS = 512, 1 << 20
"""So finely are sums told apart, one graph after the other."""
FEN = 2
"""So many times as finely what a coupon counts."""
SHARE = 6
"""A graph may take this part of the steps that are left."""
ENDLESS = 1 << 59


class Group:
    """The options of a line that add the same to offers that are told; `ways`: the cheapest for each of what they add to
    others, and the places of the prices that these pay."""

    __slots__ = ("key", "ways")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.ways: dict[tuple[int, ...], tuple[int, int]] = {}


class Ahead:
    """The graph of one search whose prices are found. `bound`: no combination of interest costs less. `narrow`: the stakes
    that are told by their slots, `counts`: those that are counted, `sums`: those that are told by their sums, of which so
    many `cells` are told apart; `wide` are the others. `exact`: as `_exact`."""

    def __init__(
        self,
        search: Search,
        exact: Collection[int],
        narrow: list[int],
        counts: Collection[int] = (),
        sums: Collection[int] = (),
        cells: int = 0,
    ) -> None:
        self.search, self.narrow, self.counts = search, narrow, counts
        cells = cells or ROUGH
        self.case, self.lay = search.case, search.layout
        self.stakes = self.lay.stakes
        self.wide = [n for n in range(len(self.stakes)) if n not in {*narrow, *counts, *sums}]
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
        spans = {n: [place[line] for line in self.stakes[n].lines] for n in (*narrow, *counts, *sums)}
        self.told: dict[int, Told] = {}
        counted = 0 if self.coupon is None else self.coupon.mask
        for n in narrow:
            self.told[n] = Slots(self.stakes[n], n, search.discounts, self._scale(n), counted)
        for n in counts:
            self.told[n] = Counted(self.stakes[n], counts_of(self.stakes[n], self._scale(n)), self.lay.order)
        for n in sums:
            stake = self.stakes[n]
            if isinstance(stake, BaseStake):
                sure = self.case.cands[stake.i].cap is None and not search.discounts.floored[n] and n in exact
                self.told[n] = Amounts(stake, self._scale(n), cells, sure=sure)
        fen = None
        if self.coupon is not None:
            fen = self.told[COUPON] = Fen(self.case, self.coupon, self.lay.scale, cells * FEN)
            # What offers on few lines take off its goods is known when they end.
            met = [at for n in narrow if self._slots(n).met for at in spans[n]]
            spans[COUPON] = [*(place[line] for line in bits(self.coupon.mask)), *met]
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
        self.const = 0
        self.bound = self.lay.bound
        self.closed = False
        self.paid: list[float] = []
        self.moved = False
        self.graph: Graph

    def _scale(self, n: int) -> int:
        return self.stakes[n].scale if self.coupon is None else self.lay.scale

    def _slots(self, n: int) -> Slots:
        told = self.told[n]
        assert isinstance(told, Slots)
        return told

    def _narrow_coupon(self) -> Candidate | None:
        """The coupon, if it is about few lines too, and nothing that is priced counts less for its sake."""
        case, lay = self.case, self.lay
        goods = [case.cands[i] for i in self.search.coupons if case.cands[i].level == "COUPON"]
        if len(goods) != 1 or goods[0].mask.bit_count() > NARROW or not takes_its_scope(self.search, goods[0]):
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
        return *key, (COUPON, self._left(o))

    def _left(self, o: Option) -> int:
        """What the order-level offer of an option leaves of the line at most, where that is not told later."""
        told = any(n in self.told and not isinstance(self.told[n], Counted) for n, _ in o.taken)
        return o.high if told else o.left

    def _graph(self) -> Graph:
        from backend.pricing.graph import Graph, Plan  # noqa: PLC0415 (numpy, which few quotes need)

        keys = [[group.key for group in groups] for groups in self.groups]
        return Graph(Plan(keys, self.opened, self.closing, self.told))

    def run(self) -> None:
        """Finds prices of wide offers and what they show. Raises TooWide."""
        self.graph = self._graph()
        if not self._build():
            self.closed = True
            return
        self._ascend()

    def _ascend(self) -> None:
        """Prices of wide offers for this graph."""
        search, lay = self.search, self.lay
        if self.wide and search.cut is not None:
            there = zip(self.groups, self.graph.groups(), strict=True)
            offered = {s for groups, its in there for g in its for slots in groups[g].ways for s in slots}
            goal = search.cut * lay.scale
            self.moved = True
            self.paid, rounds = ascend(self._cheapest, offered, self.priced, self.fixed, goal, ROUNDS, search.fit)
            search.steps.left -= rounds * self.graph.turns // (ROUNDS_A_TURN * TURNS_A_STEP)

    def refine(self, coarse: Ahead) -> None:
        """Made out of one that is settled and tells less."""
        search, prices = self.search, self._prices()
        fresh = [{group.key: group for group in groups} for groups in self.groups]
        self.groups = [
            [its.get(group.key) or Group(group.key) for group in groups]
            for its, groups in zip(fresh, coarse.groups, strict=True)
        ]
        self.graph = self._graph()
        values = [[_least(group, prices) for group in groups] for groups in self.groups]
        self.const, self.paid = coarse.const, coarse.paid
        try:
            self.closed = not self.graph.refine(coarse.graph, values, self._limit() - self.const, self._allowed())
        finally:
            search.steps.left -= self.graph.tried // TURNS_A_STEP
        if not self.closed:
            self._ascend()

    def _allowed(self) -> int:
        return max(0, self.search.steps.left) * TURNS_A_STEP // SHARE

    def _prices(self) -> list[int]:
        return [p for stake in self.priced for p in stake.prices]

    def _build(self) -> bool:
        """The graph, as far as the prices found before do not rule it out; whether they leave a way."""
        search, lay, stakes = self.search, self.lay, self.stakes
        prices = self._prices()
        values = [[_least(group, prices) for group in groups] for groups in self.groups]
        const = self.fixed - sum(stake.surplus(0, 0) or 0 for stake in self.priced)
        hopes: list[int] = []
        rest = 0
        for depth in range(len(self.groups) - 1, -1, -1):
            hopes.append(const + rest - sum(self.told[n].can_give(depth + 1, 0) or 0 for n in self.unbegun[depth]))
            rest += min(
                value - sum(stakes[n].prices[slot.bit_length() - 1] for n, slot in group.key if n != COUPON)
                for value, group in zip(values[depth], self.groups[depth], strict=True)
            )
        hopes.reverse()
        ceiling = ENDLESS if search.cut is None else search.cut * lay.scale
        try:
            return self.graph.build(values, hopes, ceiling, self._allowed())
        finally:
            search.steps.left -= self.graph.tried // TURNS_A_STEP

    def _cheapest(self, now: list[float]) -> tuple[float, list[int], list[int]]:
        """What the lines would choose at these prices of wide offers: its cost, the places of prices paid, offers by line."""
        chosen = [[_choice(group, now) for group in groups] for groups in self.groups]
        total, way = self.graph.cheapest([[cost for cost, _, _ in its] for its in chosen])
        slots: list[int] = []
        masks = [0] * len(way)
        for line, its, g in zip(self.lay.order, chosen, way, strict=True):
            _, paid, masks[line] = its[g]
            slots.extend(paid)
        return total, slots, masks

    def still(self, surplus: list[int], changes: list[tuple[int, int, int]]) -> int:
        """What wide offers can still give less their prices, once these changes are made."""
        total = sum(surplus[n] for n in self.wide)
        return total + sum(left - surplus[n] for n, _, left in changes if n in self.starts)

    def settle(self) -> None:
        """The prices are final: what is to come from every state, and of which options nothing good comes."""
        lay = self.lay
        if self.moved:
            for stake in self.priced:
                stake.settle(lay.order)
        prices = self._prices()
        self.const = self.fixed - sum(stake.surplus(0, 0) or 0 for stake in self.priced)
        values = [[_least(group, prices) for group in groups] for groups in self.groups]
        least, through = self.graph.settle(values, self._limit() - self.const)
        for depth, its in enumerate(through):
            self._drop(depth, [x + self.const - own for x, own in zip(its, values[depth], strict=True)], prices)
        total = lay.shipped(least + self.const)
        self.bound = max(lay.bound, -(-total // lay.scale))
        self.closed = self.search.cut is not None and total > self.search.cut * lay.scale

    def _limit(self) -> int:
        """The most that combinations of interest come to before what shipping adds (`Layout.shipped`)."""
        if self.search.cut is None:
            return ENDLESS
        lay, ceiling = self.lay, self.search.cut * self.lay.scale
        goods = [ceiling - fee * lay.scale for fee, least in lay.fees if (least + fee) * lay.scale <= ceiling]
        return max(goods, default=-ENDLESS) + lay.fee * lay.scale

    def onward(self, depth: int, view: int) -> Sequence[Onward | None]:
        """As `Graph.onward`."""
        return self.graph.onward(depth, view)

    def _drop(self, depth: int, least: list[int], prices: list[int]) -> None:
        """Leaves the options of a line of which something good may come, and notes what each costs."""
        line, limit = self.lay.order[depth], self._limit()
        places = {group.key: g for g, group in enumerate(self.groups[depth])}
        kept: list[Option] = []
        for o in self.lay.options[line]:
            slots = (self.starts[n] + slot.bit_length() - 1 for n, slot in o.taken if n in self.starts)
            o.own = _own(self._cost(o), slots, prices)
            o.group = places[self._key(line, o)]
            if least[o.group] + o.own <= limit:
                kept.append(o)
        self.lay.options[line] = kept


def _least(group: Group, prices: list[int]) -> int:
    """What it costs after the prices of wide offers; ENDLESS: no line that takes these is of interest."""
    return min((_own(cost, slots, prices) for slots, (cost, _) in group.ways.items()), default=ENDLESS)


def _own(cost: int, slots: Iterable[int], prices: list[int]) -> int:
    paid = sum(prices[s] for s in slots)
    return cost - paid if paid < BARRED else ENDLESS


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


def look(search: Search) -> Iterator[Ahead]:
    """Graphs of a search whose lines have their order, each closer than the one before: offers on few lines told, then counted ones
    too, then sums, first roughly. Each is to be settled before the next."""
    exact = _exact(search)
    first = _few(search, exact)
    if first is None:
        return
    yield first
    now = first
    counts = [n for n in first.wide if _states(search, n)]
    while counts:
        ahead = _with(search, exact, first.narrow, counts)
        if ahead is not None:
            yield ahead
            now = ahead
            break
        counts.remove(max(counts, key=lambda n: _states(search, n)))
    sums = [n for n in now.wide if isinstance(now.stakes[n], BaseStake)]
    if sums:
        ahead = _with(search, exact, now.narrow, now.counts, sums)
        if ahead is None:
            return
        yield ahead
        now = ahead
    for cells in CELLS if sums or now.coupon is not None else ():
        ahead = Ahead(search, exact, now.narrow, now.counts, sums, cells)
        try:
            ahead.refine(now)
        except TooWide:
            return
        yield ahead
        now = ahead


def _exact(search: Search) -> set[int]:
    """The offers that find on their lines what their slots say. Of the others, which work on what another of their level left (the
    first of `Option.taken` is the first to be applied) or on units that LINE did not change alike, it is the most that they may find:
    they give no more than for that."""
    options = [o for its in search.layout.options for o in its]
    other = {n for o in options for n, _ in (o.taken if o.low < o.high else o.taken[1:])}
    return set(range(len(search.layout.stakes))) - other


def _few(search: Search, exact: Collection[int]) -> Ahead | None:
    """The graph that tells offers on few lines, as many as it can hold."""
    stakes = search.layout.stakes
    narrow = [n for n in sorted(exact) if len(stakes[n].lines) <= NARROW]
    while True:
        ahead = _with(search, exact, narrow)
        widest = max((len(stakes[n].lines) for n in narrow), default=0)
        if ahead is not None or widest < 3:
            return ahead
        narrow = [n for n in narrow if len(stakes[n].lines) < widest]


def _with(
    search: Search, exact: Collection[int], narrow: list[int], counts: Collection[int] = (), sums: Collection[int] = ()
) -> Ahead | None:
    ahead = Ahead(search, exact, narrow, counts, sums)
    try:
        ahead.run()
    except TooWide:
        return None
    return ahead


def _states(search: Search, n: int) -> int:
    """How many an offer has that is counted; 0: it is none, or has too many."""
    stake = search.layout.stakes[n]
    size = sum(c.states for c in counts_of(stake, stake.scale))
    return size if size <= MOST_COUNTED else 0
