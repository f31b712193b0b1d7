"""Label setting (标号法): carts whose offers meet in few places are decided line by line, beginnings that leave the same
to the lines to come being one.

A *label* is a beginning: the first lines, in an order that finishes offers soon, with what each of them chose. What comes
after it can see of it only what offers that are still open have taken, what the coupon counts, and the sum. Of two labels
that leave the same, and where the sums behind thresholds are no less, the cheaper one goes on (dominance; shortest paths
under resource constraints: Desrochers and Soumis 1988, Irnich and Desaulniers 2005). Labels that the bound of the search
rules out do not go on either. Figures are exact: an offer is priced to the fen as soon as its last line is decided.

Sweep follows sweep, each among what the one before does not rule out: the first is lenient and tells of every label what
it leads to at least, the second exact, gifts and ties aside, the third decides the ties of the contract.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from backend.pricing.leads import NEVER, Leads
from backend.pricing.offers.base import Sums
from backend.pricing.options import Option, order_lines
from backend.pricing.stacking import Candidate, bits
from backend.pricing.stakes import Stake

if TYPE_CHECKING:
    from backend.pricing.places import Place
    from backend.pricing.search import Search

WIDE = 2, 3
"""An offer on more than this part of the lines is open nearly always: the order of the lines does not look at it."""
LENIENCE = 10, 0
"""In the first sweep a label also stands for one that the coupon may give up to so many fen more: what is said of that one
is then less by as much. In the second it does not."""
BUCKET_A_STEP = 3
BEAM = 4
TIE_BEAM = 8


class Label:
    """The first lines with their choices. `cost`: what they come to after LINE, less what finished offers give;
    `counted`: the same for the lines of the coupon; `sums`: by offer; `least`: the lowest
    payable that it leads to, once that is known; `boss`: the label that stands for it, which costs `lead` less."""

    __slots__ = (
        "before",
        "boss",
        "cost",
        "counted",
        "high",
        "hope",
        "lead",
        "least",
        "mask",
        "option",
        "place",
        "slots",
        "sums",
        "surplus",
        "takings",
        "units",
    )

    def __init__(self, before: Label | None, option: Option | None, hope: int, place: Place) -> None:
        self.before = before
        self.hope = hope
        self.place = place
        self.option = option
        self.boss: Label | None = None
        self.lead = 0
        self.least = NEVER
        self.cost = self.counted = self.mask = self.takings = 0
        self.slots: list[int] = []
        self.surplus: list[int] = []
        self.sums: list[Sum] = []
        self.high: list[int] = []
        self.units: list[int] = []

    def chosen(self) -> list[Option]:
        """The options of its lines, in the order of the search."""
        found: list[Option] = []
        label: Label | None = self
        while label is not None and label.option is not None:
            found.append(label.option)
            label = label.before
        found.reverse()
        return found


class Sum(NamedTuple):
    """What an offer that is told by sums has taken: fen, units, and how much of the fen the coupon counts too."""

    fen: int
    units: int
    met: int


NOTHING = Sum(0, 0, 0)
Table = dict[tuple[int, ...], list[Label]]
"""Labels by what lines to come can see of them, sums aside."""
Move = tuple[Label, Label]
"""A label and where one choice leads."""


class TooMany(Exception):
    """More labels than are allowed."""


def can(search: Search) -> bool:
    """Whether what a label tells is all that the lines to come can see: no offer works on what another of its level left,
    no limit or budget is shared by lines, one coupon at most, which takes its scope whatever else applies."""
    case, lay = search.case, search.layout
    goods = _coupons(search)
    fee = [case.cands[i].effect.need().least for i in search.coupons if case.cands[i].level == "SHIPPING"]
    return (
        not (search.scant or search.must or case.extra or search.required or len(goods) > 1)
        and all(c.budget is None for c in lay.others)
        and all(takes_its_scope(search, c) for c in goods)
        and all(_above_floors(search, c) for c in goods)
        and (not any(fee) or (_counts_all(search) and max(fee) <= lay.bound - case.req.cart.shipping))
        and all(len(o.amounts) < 2 for options in lay.options for o in options)
    )


def takes_its_scope(search: Search, coupon: Candidate) -> bool:
    """Whether a coupon takes all lines of its scope, whatever else applies, and is told by their sum."""
    return coupon.budget is None and coupon.effect.sums(None) is not None and not coupon.conf & search.allowed


def _above_floors(search: Search, coupon: Candidate) -> bool:
    """Whether a coupon takes no unit below its floor, whatever was taken off it before."""
    case, lay = search.case, search.layout
    ends = coupon.effect.sums(None)
    for line in bits(coupon.mask):
        if not case.floors[line] or ends is None:
            continue
        for o in lay.options[line]:
            left = _left(search, line, o)
            if left - _part(left, ends.num, ends.den) < case.floors[line]:
                return False
    return True


def _left(search: Search, line: int, o: Option) -> int:
    """What the order-level offer of an option leaves of a unit at least, floors aside."""
    amount = o.low // search.case.qty[line]
    return amount - sum(_part(amount, *search.case.cands[i].effect.deepest()) for i, _ in o.amounts)


def _part(amount: int, num: int, den: int) -> int:
    """So much of an amount at most, with what rounding may add."""
    return min(amount, -(-amount * num // den) + 1)


def _counts_all(search: Search) -> bool:
    """Whether what shipping costs is told by the sum of all goods."""
    case = search.case
    return all(
        c.mask & case.all_lines == case.all_lines and not c.conf & search.allowed and not c.offer.exclusive
        for c in case.shipping
    )


def _coupons(search: Search) -> list[Candidate]:
    return [search.case.cands[i] for i in search.coupons if search.case.cands[i].level == "COUPON"]


def arrange(search: Search) -> None:
    """Lines in an order in which few offers are open at a time, the large first."""
    case, lay = search.case, search.layout
    size = len(case.lines)
    offers = [mask for s in lay.stakes if (mask := _mask(s)).bit_count() * WIDE[1] <= size * WIDE[0]]
    order: list[int] = []
    seen = 0

    # What the coupon counts is best known early.
    first = sum(c.mask for c in _coupons(search))

    def opened(line: int) -> tuple[int, int, int, int, int]:
        now = seen | 1 << line
        unfinished = sum(1 for mask in offers if mask & now and mask & ~now)
        begun = sum(1 for mask in offers if mask >> line & 1 and mask & seen)
        return -(first >> line & 1), unfinished, -begun, -case.price[line] * case.qty[line], line

    while len(order) < size:
        line = min((k for k in range(size) if not seen >> k & 1), key=opened)
        order.append(line)
        seen |= 1 << line
    order_lines(case, lay, _coupons(search), order)


class Sweep:
    """The labels of one search, whose prices are found; `most` of them at a time are allowed."""

    def __init__(self, search: Search, most: int) -> None:
        self.search = search
        self.most = most
        case, lay = self.case, self.lay = search.case, search.layout
        place = {line: depth for depth, line in enumerate(lay.order)}
        self.coupon = next(iter(_coupons(search)), None)
        self.gifts = [c for c in lay.others if c.level == "GIFT"]
        self.gift_bits = sum(c.bit for c in self.gifts)
        self.rising = self._rising()
        last = {c.i: max(place[line] for line in bits(c.mask)) for c in case.stackable}
        self.open = [sum(1 << i for i, at in last.items() if at > depth) for depth in range(len(lay.order))]
        self.closing: list[list[int]] = [[] for _ in lay.order]
        # By offer: from where on more changes nothing (fen, units); None: it is told by more than sums.
        self.ends = [self._ends(stake) for stake in lay.stakes]
        self.met = [0 if self.coupon is None else self.coupon.mask & _mask(stake) for stake in lay.stakes]
        self.within = [met == _mask(stake) for met, stake in zip(self.met, lay.stakes, strict=True)]
        # No unit's part of a discount is a fen or more away from its due.
        self.stray = [sum(case.qty[k] for k in bits(mask)) for mask in self.met]
        for n, stake in enumerate(lay.stakes):
            self.closing[max(place[line] for line in stake.lines)].append(n)
        # What the beginning has taken of these is seen by the lines to come: slots; sums, of which more is no harm.
        views = [[n for n, s in enumerate(lay.stakes) if now >> s.i & 1] for now in self.open]
        self.by_slots = [[n for n in its if self.ends[n] is None] for its in views]
        self.by_sums = [[n for n in its if self.ends[n] is not None] for its in views]
        self.shipping_minds = 0
        for c in case.shipping:
            self.shipping_minds |= c.conf
        self.counts_all = _counts_all(search)
        self.fees_apart = self._fees_apart()
        self.leads = Leads(self)
        self.proven = lay.bound
        self.even = lay.even and (self.fees_apart == 0 or not case.shipping)
        ranks = sorted(range(len(case.cands)), key=lambda i: case.cands[i].offer.id)
        self.rank = {i: r for r, i in enumerate(ranks)}
        self.always = sum(1 << self.rank[i] for i in search.coupons)

    def _ends(self, stake: Stake) -> Sums | None:
        """As `Effect.sums`; floors that may hold some of it back are not told by sums."""
        case, cand = self.case, self.case.cands[stake.i]
        held_back = any(
            case.floors[line] and o.mask & cand.bit and _left(self.search, line, o) < case.floors[line]
            for line in stake.lines
            for o in self.lay.options[line]
        )
        return None if held_back else cand.effect.sums(cand.cap)

    def _fees_apart(self) -> int:
        """By how much shipping can differ between combinations of interest."""
        lay, fee = self.lay, self.case.req.cart.shipping
        sure = fee
        if self.counts_all:
            sure = min([it for it, least in lay.fees if least <= lay.bound - fee], default=fee)
        return sure - lay.fees[0][0]

    def _rising(self) -> bool:
        """Whether to count more towards a gift can only be better, and where it brings no more changes nothing."""
        req = self.case.req
        skus = {sku for c in self.gifts for sku in c.effect.gift_skus()}
        prices = {sku: p.price for sku in skus if (p := req.catalog.get(sku)) is not None}
        return not (skus & req.gift_stock.keys() or req.cart.gift_choices) and all(
            c.budget is None and c.effect.gifts_rise(prices) for c in self.gifts
        )

    def run(self) -> None:
        """Looks at all that can better the best of the search. `proven`: no payable below it is possible. Raises TooMany where
        something was not looked at."""
        search, lay, lines = self.search, self.lay, self.lay.options
        walk = search.slots, search.surplus, search.high, search.units
        try:
            lay.options = [self._apart(options) for options in lines]
            tables: list[Table] | None = None
            for lenience in LENIENCE:
                tables, self.proven = self._values(tables, lenience)
                if search.cut is None or self.proven > search.cut:
                    return
            lay.options = lines
            self._ties(tables or [], search.cut or 0)
        finally:
            lay.options = lines
            search.slots, search.surplus, search.high, search.units = walk

    def _apart(self, options: list[Option]) -> list[Option]:
        """Options without gifts, one of those that cost the same and leave the same."""
        found: dict[tuple[int, ...], Option] = {}
        for o in options:
            if not o.mask & self.gift_bits:
                left = o.counted & self.lay.counting, o.adds & ~self.gift_bits, o.mask & self.shipping_minds
                found.setdefault((o.low, *left), o)
        return list(found.values())

    def _values(self, known: list[Table] | None, lenience: int) -> tuple[list[Table], int]:
        """The labels of every line, and a payable below which there is none. `known`: those of a more lenient sweep."""
        cut = self.search.cut
        tables: list[Table] = []
        moves: list[list[Move]] = []
        root = self._root()
        labels = [root]
        dropped = False
        for depth in range(len(self.lay.order)):
            table: Table = {}
            mine: list[Move] = []
            count = 0
            labels.sort(key=attrgetter("hope"))
            for label in labels:
                for child in self._children(depth, label):
                    if known is None or cut is None or self._at_best(known[depth], depth, child) <= cut:
                        mine.append((label, child))
                        count += self._keep(table, depth, child, lenience)
                if self.search.steps.left < 0:
                    raise TooMany
                if count > self.most:
                    dropped = True
                    break
            tables.append(table)
            moves.append(mine)
            labels = [label for its in table.values() for label in its]
            if dropped:
                # Not all any more, but the most hopeful: for the sake of a better combination.
                labels = sorted(labels, key=attrgetter("hope"))[: self.most // BEAM]
        # What is not looked at costs more than `cut`; how much more is not known.
        more = NEVER if cut is None else cut + 1
        root.least = more
        for its in tables:
            for bucket in its.values():
                for label in bucket:
                    label.least = more
        found: list[Label] = []
        for label in labels:
            payable = self._payable(label)
            if payable is not None:
                label.least = payable
                found.append(label)
        for label in sorted(found, key=attrgetter("least")):
            if self.search.cut is not None and label.least > self.search.cut:
                break
            self.search.leaf(label.chosen())
        if dropped:
            raise TooMany
        for mine in reversed(moves):
            for label, child in mine:
                label.least = min(label.least, _stood_for(child))
        return tables, root.least

    def _ties(self, tables: list[Table], cut: int) -> None:
        """All that costs no more than `cut`, by its ties: first the few that seem to win them, then all that may."""
        # What is left may count less towards gifts.
        order_lines(self.case, self.lay, _coupons(self.search), self.lay.order)
        for most in (TIE_BEAM, None):
            labels = [self._root()]
            for depth in range(len(self.lay.order)):
                labels = self._tied_labels(depth, labels, tables[depth], cut, most)
            for label in labels:
                self.search.leaf(label.chosen())

    def _tied_labels(self, depth: int, labels: list[Label], known: Table, cut: int, most: int | None) -> list[Label]:
        """Labels with one line more that may still win the ties; of which `most` are looked at."""
        search, table, count = self.search, Table(), 0
        for label in labels:
            for child in self._children(depth, label):
                search.steps.left -= 1
                if self._at_best(known, depth, child, False) > cut:
                    continue
                bound, off = cut * self.lay.scale, child.place.off
                hoped = search.gifts_hoped(depth + 1, off, child.high, child.units)
                if not search.tied_out(depth + 1, bound, child.chosen(), off, self.even, hoped):
                    count += self._keep(table, depth, child)
            if search.steps.left < 0 or (most is None and count > self.most):
                raise TooMany
        found = [label for its in table.values() for label in its]
        return found if most is None else sorted(found, key=self._winning)[:most]

    def _winning(self, label: Label) -> tuple[int, int, int]:
        """Greater gifts and earlier ids first, roughly."""
        names = sum(1 << len(self.rank) - self.rank[i] for i in bits(label.mask))
        return -(label.mask & self.gift_bits).bit_count(), -names, -label.takings

    def _root(self) -> Label:
        lay, search = self.lay, self.search
        label = Label(None, None, lay.base_bound, search.root())
        label.slots = [0] * len(lay.stakes)
        label.surplus = [stake.surplus(0, 0) or 0 for stake in lay.stakes]
        label.sums = [NOTHING] * len(lay.stakes)
        label.high, label.units = [0] * len(self.case.cands), [0] * len(self.case.cands)
        return label

    def _children(self, depth: int, label: Label) -> list[Label]:
        """The label with one line more, by each of its options that may still lead to something."""
        search, lay = self.search, self.lay
        line = lay.order[depth]
        qty = self.case.qty[line]
        search.slots, search.surplus, search.high, search.units = label.slots, label.surplus, label.high, label.units
        found = []
        for hope, option, place, changes in search.ways(depth, label.place):
            child = Label(label, option, hope, place)
            child.mask = label.mask | option.mask
            child.takings = label.takings + option.mask.bit_count()
            child.slots, child.surplus = label.slots[:], label.surplus[:]
            for n, slots, surplus in changes:
                child.slots[n], child.surplus[n] = slots, surplus
            child.cost, child.counted = label.cost + option.low, label.counted
            if self.coupon is not None and self.coupon.mask >> line & 1:
                child.counted += option.low
            child.sums = label.sums
            if option.taken:
                ((n, _),), ((_, amount),) = option.taken, option.amounts
                if self.ends[n] is not None:
                    part = self.case.cands[lay.stakes[n].i].effect.part(amount // qty, qty)
                    if part is None:
                        continue
                    fen, units, met = label.sums[n]
                    child.sums = label.sums[:]
                    child.sums[n] = Sum(
                        fen + part[0], units + part[1], met + (part[0] if self.met[n] >> line & 1 else 0)
                    )
            child.high, child.units = label.high[:], label.units[:]
            for i in bits(option.counted & lay.counting):
                child.high[i] += option.high
                child.units[i] += qty
            if self._closed(depth, child):
                found.append(child)
        search.steps.left -= len(found)
        return found

    def _closed(self, depth: int, label: Label) -> bool:
        """Takes off what the offers give whose last line this is. False: one of them cannot apply as it stands."""
        for n in self.closing[depth]:
            given = self.search.discounts.given(n, label.slots[n])
            if given is None:
                return False
            label.cost -= given[0]
            if self.met[n] and self.coupon is not None:
                label.counted -= sum(off for line, off in given[1] if self.coupon.mask >> line & 1)
        return True

    def _payable(self, label: Label) -> int | None:
        """What a label of all lines costs at least: exactly that, where shipping offers count all lines."""
        goods = label.cost
        if self.coupon is not None:
            most = self.coupon.effect.most(label.counted, label.units[self.coupon.i])
            if most <= 0:
                return None
            goods -= min(most, label.counted)
        return goods + min((fee for fee, least in self.lay.fees if least <= goods), default=self.case.req.cart.shipping)

    def _seen(self, depth: int, label: Label) -> tuple[int, ...]:
        """What lines to come can see of a label, sums and gifts aside."""
        now = self.open[depth] & ~self.gift_bits
        return (
            label.place.on & now,
            label.place.off & now,
            *(self._memory(n, label.slots[n]) for n in self.by_slots[depth]),
        )

    def _memory(self, n: int, slots: int) -> int:
        """What there is to know of the lines that an offer took, as a number."""
        if self.met[n] and not self.within[n]:
            return slots
        return self.search.discounts.memory(n, slots)

    def _keep(self, table: Table, depth: int, label: Label, lenience: int | None = None) -> int:
        """Notes a label unless another stands for it, or it for others; how many there are now more than before. Without
        `lenience` ties count."""
        seen = self._seen(depth, label)
        if lenience is None:
            seen = (*seen, *self._gifts(depth, label))
        bucket = table.setdefault(seen, [])
        self.search.steps.left -= len(bucket) // BUCKET_A_STEP
        if any(self._stands_for(depth, other, label, lenience) for other in bucket):
            return 0
        kept = [other for other in bucket if not self._stands_for(depth, label, other, lenience)]
        more = len(kept) + 1 - len(bucket)
        bucket[:] = [*kept, label]
        return more

    def _stands_for(self, depth: int, a: Label, b: Label, lenience: int | None) -> bool:
        """Whether `a` stands for `b` from now on: it costs no more, or little that may be overlooked, and wins the ties where
        they count."""
        lead = self.leads.lead(depth, a, b)
        tied = lenience is None and lead == 0 and self._tied(depth, a, b)
        stands = tied or lead >= (1 if lenience is None else -lenience)
        if stands:
            b.boss, b.lead = a, lead
        return stands

    def _at_best(self, table: Table, depth: int, label: Label, lenient: bool = True) -> int:
        """No way on from this label costs less. What a lenient sweep did not come to may be what a label led to that stood for
        this one and cost a little more: nothing is known of it. What one without lenience did not come to, from labels that
        cost no more, is certainly dearer."""
        bucket = table.get(self._seen(depth, label), ())
        if not bucket and not lenient:
            return NEVER
        self.search.steps.left -= len(bucket) // BUCKET_A_STEP
        known = [
            other.least + lead for other in bucket if (lead := self.leads.lead(depth, other, label, True)) > -NEVER // 2
        ]
        return max(known, default=0)

    def _gifts(self, depth: int, label: Label) -> list[int]:
        """What lines to come can see of gifts."""
        now = self.open[depth] & self.gift_bits
        seen = [label.place.on & now, label.place.off & now]
        return seen if self.rising else [*seen, *(n for c in self.gifts if now & c.bit for n in _counted(c, label))]

    def _tied(self, depth: int, a: Label, b: Label) -> bool:
        """Whether `a`, where it comes to cost the same as `b`, is the better by the ties of the contract, whatever comes."""
        if not self.even:
            return False
        for c in self.gifts:
            if (a.mask ^ b.mask) & c.bit:
                return False
            (fen, units), (its_fen, its_units) = _counted(c, a), _counted(c, b)
            if (fen, units) != (its_fen, its_units) and not (self.rising and fen >= its_fen and units >= its_units):
                return False
        order = self._names_before(depth, a.mask, b.mask)
        if order is not None:
            return order
        if a.takings != b.takings:
            return a.takings > b.takings
        return self._pairs(a) <= self._pairs(b)

    def _names_before(self, depth: int, a: int, b: int) -> bool | None:
        """Whether the ids applied with `a` stand before those with `b` whatever comes (None: or are the same)."""
        rank, now = self.rank, self.open[depth]
        apart = sorted((rank[i], i) for i in bits(a ^ b))
        theirs = sum(1 << rank[i] for i in bits(b)) | self.always
        for r, i in apart:
            if not a >> i & 1 or not theirs >> r + 1:
                return False
            if not now >> i & 1:
                return True
        return None

    def _pairs(self, label: Label) -> list[tuple[int, int]]:
        return sorted(
            (self.rank[i], line)
            for line, option in zip(self.lay.order, label.chosen(), strict=False)
            for i in bits(option.mask)
        )


def _stood_for(label: Label) -> int:
    """The lowest payable that a label leads to, told by the one that stands for it."""
    lead = 0
    while label.boss is not None:
        lead += label.lead
        label = label.boss
    return label.least + lead


def _counted(gift: Candidate, label: Label) -> tuple[int, int]:
    """What a gift counts, no more than changes anything."""
    ends = gift.effect.sums(None)
    fen, units = label.high[gift.i], label.units[gift.i]
    return (fen, units) if ends is None else (min(fen, ends.fen), min(units, ends.units))


def _mask(stake: Stake) -> int:
    return sum(1 << line for line in stake.lines)
