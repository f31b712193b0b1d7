"""What each line can do, and what that can be worth at best: the ground on which the search walks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backend.pricing.evaluation import add_ons_off, fee_steps, most_promotions
from backend.pricing.offers.base import Bound, ByBase, Effect, Piece, Pieces, Taker
from backend.pricing.stacking import Candidate, Case, bits
from backend.pricing.stakes import BaseStake, PieceStake, Stake

SCALE = 1 << 20
PARTS = 27_720
MOST_OPTIONS = 4_000


class Option:
    """Offers that take a line together. `low` and `high` bound what LINE leaves of it; `reduced` is how much
    more than the line's best option it costs at least; `adds` are offers that would only gain from it too."""

    __slots__ = (
        "adds",
        "amounts",
        "cost",
        "counted",
        "draws",
        "group",
        "high",
        "left",
        "low",
        "mask",
        "own",
        "reduced",
        "slots",
        "taken",
        "value",
    )

    def __init__(self, mask: int, low: int, high: int) -> None:
        self.mask = mask
        self.low = low
        self.high = high
        self.cost = 0
        self.amounts: list[tuple[int, int]] = []
        self.value = 0
        self.reduced = 0
        self.adds = 0
        # What it costs after the prices of wide offers, and its place among the groups of its line (`ahead`).
        self.own = self.group = 0
        self.counted = mask
        # What its order-level offers leave of the line at most.
        self.left = high
        self.slots: tuple[int, ...] = ()
        self.taken: tuple[tuple[int, int], ...] = ()
        # What it takes at least of what there is of offers that lines share: (place in `Layout.shared`, units or fen).
        self.draws: tuple[tuple[int, int], ...] = ()


class Layout:
    """Options by line with a proven bound: payable · scale ≥ `base_bound` + Σ reduced of those chosen."""

    __slots__ = (
        "base_bound",
        "bound",
        "caps",
        "charged",
        "cheapest",
        "counting",
        "coupled",
        "credited",
        "doubt",
        "even",
        "extra",
        "fee",
        "fees",
        "fixed",
        "flat",
        "floor",
        "gift_prices",
        "gifts",
        "impossible",
        "kept",
        "names",
        "options",
        "order",
        "others",
        "reach",
        "rest_high",
        "rest_units",
        "scale",
        "shared",
        "shipping",
        "stakes",
        "truncated",
        "watched",
    )

    def __init__(self, case: Case, allowed: int) -> None:
        self.scale = SCALE
        self.shipping = sum(c.bit for c in case.shipping if not c.offer.is_coupon)
        self.options: list[list[Option]] = []
        self.others = [c for c in case.stackable if c.level != "LINE" and allowed & c.bit]
        self.caps: dict[int, int] = {}
        self.charged: dict[int, int] = {}
        self.credited: dict[int, int] = {}
        self.stakes: list[Stake] = []
        self.fixed = 0
        self.doubt: tuple[int, int] | None = None
        self.floor = 0
        self.coupled = 0
        self.counting = 0
        self.watched: list[int] = []
        self.cheapest: list[Option] = []
        self.reach: list[int] = []
        self.names: list[list[str]] = []
        self.order: list[int] = []
        self.shared: list[int] = []
        self.rest_high: list[list[int]] = []
        self.rest_units: list[list[int]] = []
        self.flat = True
        self.even = True
        self.fee = 0
        self.fees: list[tuple[int, int]] = []
        self.extra = self.kept = 0
        self.gift_prices: dict[str, int] = {}
        self.gifts: list[Candidate] = []
        self.impossible = False
        self.truncated = False
        self.base_bound = 0
        self.bound = 0

    def shipped(self, bound: int) -> int:
        """A bound that has the least fee, with the fee that goods of so much, or the goods that a lower fee takes, cost; and goods
        never cost less than what is `kept` of them."""
        goods = max(bound - self.fee * SCALE, self.kept * SCALE)
        if len(self.fees) == 1 and not self.fees[0][1]:
            return goods + self.fee * SCALE
        return min(max(goods, least * SCALE) + fee * SCALE for fee, least in self.fees)

    def credit(self, i: int, most: int) -> int:
        """How much the bound rises when a coupon can give no more than `most`."""
        return self.credited[i] * (self.caps[i] - most)


def lay_out(case: Case, allowed: int, coupons: tuple[int, ...], safe_goods: int) -> Layout:
    """`safe_goods`: goods after ORDER certainly cost this much; thresholds of coupons below it are safe."""
    lay = Layout(case, allowed)
    used = [case.cands[i] for i in coupons if case.cands[i].level == "COUPON"]
    lay.fees = fee_steps(case, coupons)
    if not lay.fees:
        lay.impossible = True
        return lay
    lay.fee = lay.fees[0][0]
    add_ons = {c.offer.id for c in lay.others if c.effect.kind == "add_on"}
    lay.extra = sum(x.price * x.qty for x in case.extra if x.offer in add_ons)
    # Nothing takes a unit below its floor.
    lay.kept = lay.extra + sum(min(a, b) * n for a, b, n in zip(case.price, case.floors, case.qty, strict=True))
    _enumerate(case, lay, allowed)
    _drop_unreachable(case, lay)
    lay.gift_prices = {sku: p.price for sku in case.gift_skus if (p := case.req.catalog.get(sku)) is not None}
    lay.gifts = [c for c in lay.others if c.level == "GIFT"]
    if any(not options for options in lay.options):
        lay.impossible = True
        return lay
    for cand in lay.others:
        lay.coupled |= cand.bit
    lay.counting = lay.coupled
    for c in used:
        lay.counting |= c.bit
    _reach(lay, used)
    _cap(case, lay, used)
    if lay.impossible:
        return lay
    _charge(lay, used)
    neutral = _neutral(case, lay, allowed, used, safe_goods)
    _value(case, lay, used, neutral)
    order_lines(case, lay, used, sorted(range(len(case.lines)), key=lambda k: (-case.price[k] * case.qty[k], k)))
    return lay


def _enumerate(case: Case, lay: Layout, allowed: int) -> None:
    line_level = [c for c in case.stackable if c.level == "LINE" and allowed & c.bit]
    most = most_promotions(case)
    for line in range(len(case.lines)):
        bit = 1 << line
        prices = _prices(case, [c for c in line_level if c.mask & bit], line)
        sets = _free_sets([c for c in lay.others if c.mask & bit])
        options: list[Option] = []
        lay.truncated = lay.truncated or len(prices) > MOST_OPTIONS or len(sets) > MOST_OPTIONS
        for mask, conf, low, high in prices:
            room = most - mask.bit_count()
            options.extend(Option(mask | m, low, high) for m, c in sets if not conf & m and m.bit_count() <= room)
            if len(options) > MOST_OPTIONS:
                lay.truncated = True
                break
        lay.options.append(options)


def _prices(case: Case, cands: list[Candidate], line: int) -> list[tuple[int, int, int, int]]:
    """Sets of line-level offers that may take a line together: (mask, conf, lowest, highest amount)."""
    price, qty, floor = case.price[line], case.qty[line], case.floors[line]
    # mask, conf, unit price with all changes, unit price with only the certain ones, what can be saved at most
    found = [(0, 0, price, price, 0)]
    for cand in cands:
        unit = cand.effect.unit
        bound = cand.cap is not None or cand.budget is not None
        saved = _most_saved(cand, price, qty, floor)
        more = []
        for mask, conf, low, high, total in found:
            after = max(unit(low), floor)
            if conf & cand.bit or (after >= low and unit(high) >= high):
                continue
            more.append(
                (
                    mask | cand.bit,
                    conf | cand.conf,
                    min(after, low),
                    high if bound else min(max(unit(high), floor), high),
                    total + saved,
                )
            )
        found.extend(more)
        if len(found) > MOST_OPTIONS:
            break
    prices = [(m, c, max(low * qty, price * qty - total), high * qty) for m, c, low, high, total in found]
    forced = [
        c for c in cands if c.offer.mandatory and c.cap is None and c.budget is None and unit_below(c, price, floor)
    ]
    for cand in forced:
        alone = max(cand.effect.unit(price), floor) * qty
        prices = [p for p in prices if p[0] & cand.bit or p[2] <= alone]
    return prices


def _most_saved(cand: Candidate, price: int, qty: int, floor: int) -> int:
    """The most that a line-level offer takes off a line: off units at list price, for of what others left it takes no more."""
    most = _saving(cand, price, floor) * (qty if cand.cap is None else min(qty, cand.cap))
    return most if cand.budget is None else min(most, cand.budget)


def _saving(cand: Candidate, price: int, floor: int) -> int:
    """What a line-level offer takes off a unit of this price."""
    return max(0, price - max(cand.effect.unit(price), floor))


def _left_by(cands: Iterable[Candidate], price: int, floor: int) -> int:
    """What line-level offers, one after the other, leave of a unit at least."""
    for cand in cands:
        price -= _saving(cand, price, floor)
    return price


def unit_below(cand: Candidate, price: int, floor: int) -> bool:
    return _saving(cand, price, floor) > 0


def _free_sets(cands: list[Candidate]) -> list[tuple[int, int]]:
    """Sets of offers of the other levels that may take a line together: (mask, conf)."""
    found = [(0, 0)]
    for cand in cands:
        found.extend([(m | cand.bit, c | cand.conf) for m, c in found if not c & cand.bit])
        if len(found) > MOST_OPTIONS:
            break
    return found


def _drop_unreachable(case: Case, lay: Layout) -> None:
    """Offers whose threshold no combination reaches are out; their options with them."""
    gone = 0
    kept = []
    for cand in lay.others:
        base = count = 0
        for line in bits(cand.mask):
            high = max((o.high for o in lay.options[line] if o.mask & cand.bit), default=None)
            if high is not None:
                base += high
                count += case.qty[line]
        most = cand.effect.most(base, count)
        if cand.budget is not None:
            most = min(most, cand.budget)
        need = cand.effect.need()
        short = count == 0 or (base if need.by == "fen" else count) < need.least
        if short or (most <= 0 and cand.level == "ORDER") or _beyond_budget(case, cand):
            gone |= cand.bit
        else:
            kept.append(cand)
            lay.caps[cand.i] = most
    lay.others = kept
    if gone:
        lay.options = [[o for o in options if not o.mask & gone] for options in lay.options]


def _beyond_budget(case: Case, cand: Candidate) -> bool:
    """Whether what is chosen of an add-on offer, whatever its lines cost, takes more than its budget."""
    return cand.budget is not None and add_ons_off(case, cand) > cand.budget


def _reach(lay: Layout, used: list[Candidate]) -> None:
    """Which coupons take a line beside each option: those that nothing on it forbids, a coupon that took it before them neither."""
    for line, options in enumerate(lay.options):
        here = [c for c in used if c.mask >> line & 1]
        for o in options:
            for c in here:
                if not c.conf & o.counted:
                    o.counted |= c.bit


def _cap(case: Case, lay: Layout, used: list[Candidate]) -> None:
    """The most that each coupon can give, and whether it can be used at all."""
    for coupon in used:
        base = count = 0
        for line in bits(coupon.mask):
            high = max((o.high for o in lay.options[line] if o.counted & coupon.bit), default=None)
            if high is not None:
                base += high
                count += case.qty[line]
        need = coupon.effect.need()
        most = coupon.effect.most(base, count)
        if coupon.budget is not None:
            most = min(most, coupon.budget)
        if count == 0 or (base if need.by == "fen" else count) < need.least or most <= 0:
            lay.impossible = True
        lay.caps[coupon.i] = most


def _charge(lay: Layout, used: list[Candidate]) -> None:
    """Choose for every coupon whether its gain is charged to its cap or to its lines."""
    for coupon in used:
        num, den = coupon.effect.rate()
        total = sum(
            min((o.low for o in lay.options[line] if o.counted & coupon.bit), default=0) for line in bits(coupon.mask)
        )
        lay.charged[coupon.i] = PARTS if lay.caps[coupon.i] * den < num * total else 0


def _neutral(case: Case, lay: Layout, allowed: int, used: list[Candidate], safe_goods: int) -> int:
    """Offers that can only gain from one more line, when nothing after them can tell which they took."""
    neutral = 0
    lay.even = _earnings_even(case, lay, used)
    lay.flat = not case.earn or (lay.even and not case.shipping)
    for o in lay.others:
        if not o.effect.grows or o.offer.no_tender or o.offer.exclusive:
            continue
        if (
            o.budget is not None
            and o.effect.most(sum(case.price[x] * case.qty[x] for x in bits(o.mask)), 1 << 40) > o.budget
        ):
            continue
        if o.level == "GIFT":
            if not o.conf & (_bits_of(used) | _bits_of(case.earn)):
                neutral |= o.bit
            continue
        if any(c.level == "ORDER" and c is not o and c.mask & o.mask and not c.conf & o.bit for c in lay.others):
            continue
        if (not lay.flat and not _earn_blind(case, o)) or any(c.effect.need().least for c in case.shipping):
            continue
        if all(_coupon_blind(case, lay, o, c, used[:n], allowed, safe_goods) for n, c in enumerate(used)):
            neutral |= o.bit
    return neutral


def _bits_of(cands: list[Candidate]) -> int:
    return sum(c.bit for c in cands)


def _coupon_blind(
    case: Case,
    lay: Layout,
    o: Candidate,
    coupon: Candidate,
    before: list[Candidate],
    allowed: int,
    safe_goods: int,
) -> bool:
    """Whether a coupon cannot tell which of its lines an offer took, and applies whatever that offer, and the coupons `before` it, give."""
    if not coupon.mask & o.mask:
        return True
    if coupon.mask & o.mask != o.mask or coupon.conf & allowed & ~coupon.bit & _stackable_bits(case):
        return False
    lines = bits(coupon.mask)
    if any(case.floors[k] for k in lines):
        return False
    if coupon.effect.sums(None) is None:
        return False  # it is about some of its units, and what an offer took off the others counts apart
    least = sum(min(option.low for option in lay.options[k]) for k in lines)
    least -= sum(lay.caps[c.i] for c in lay.others if c.mask & coupon.mask)
    if coupon.mask == case.all_lines:
        least = max(least, safe_goods)
    least -= sum(lay.caps[c.i] for c in before if c.mask & coupon.mask)
    need = coupon.effect.need()
    reached = least if need.by == "fen" else sum(case.qty[k] for k in lines)
    return reached >= need.least and coupon.effect.most(max(0, least), 1 << 40) > 0


def _stackable_bits(case: Case) -> int:
    return (1 << len(case.stackable)) - 1


def _earn_blind(case: Case, o: Candidate) -> bool:
    asked = case.req.cart.tenders
    if asked.points or asked.red_packets:
        return False
    return all(not e.conf & o.bit and e.mask & o.mask in (0, o.mask) for e in case.earn)


def _earnings_even(case: Case, lay: Layout, used: list[Candidate]) -> bool:
    """Whether equal payables with the same fee always earn the same."""
    if not case.earn:
        return True
    reach = 0
    for c in case.stackable:
        reach |= c.bit
        if c.offer.no_tender:
            return False
    for c in used:
        reach |= c.bit
        if c.offer.no_tender:
            return False
    asked = case.req.cart.tenders
    if case.req.cart.shipping and (asked.points or asked.red_packets):
        return False
    return all(e.mask == case.all_lines and not e.conf & reach for e in case.earn)


def _value(case: Case, lay: Layout, used: list[Candidate], neutral: int) -> None:
    """What every option costs by itself, and what may be won on it: scaled, rounded towards the lower bound."""
    weight, top = _coupon_weights(case, lay, used), {c.i: 0 for c in lay.others}
    lay.fixed = (lay.fee + lay.extra) * SCALE
    for c in used:
        lay.credited[c.i] = -(-SCALE * lay.charged[c.i] // PARTS)
        lay.fixed -= lay.credited[c.i] * lay.caps[c.i]
    orders = [c for c in lay.others if c.level == "ORDER"]
    amounts: dict[int, dict[int, set[int]]] = {c.i: {} for c in orders}
    wholes = {c.i: sum(case.price[k] * case.qty[k] for k in bits(c.mask)) for c in orders}
    scarce = [(c, _scarcity(case, lay, c)) for c in case.stackable if c.level == "LINE" and (c.cap or c.budget)]
    lay.fixed -= sum(its.share for _, its in scarce)
    limits = [c for c in case.stackable if c.level == "LINE" and c.cap is not None]
    budgets = [c for c in case.stackable if c.level == "LINE" and c.budget is not None]
    lay.shared = [*(c.cap or 0 for c in limits), *(c.budget or 0 for c in budgets)]
    for line, options in enumerate(lay.options):
        bit = 1 << line
        covering = [(c.bit, weight[c.i]) for c in used if c.mask & bit]
        here = [c for c in lay.others if c.mask & bit]
        wanting = [(c, wholes[c.i], amounts[c.i].setdefault(line, set())) for c in here if c.level == "ORDER"]
        tolls = [(c, its) for c, its in scarce if c.mask & bit]
        units = [(r, c) for r, c in enumerate(limits) if c.mask & bit]
        money = [(r, c) for r, c in enumerate(budgets, len(limits)) if c.mask & bit]
        for o in options:
            o.draws = (
                *((r, 1) for r, c in units if o.mask & c.bit),
                *((r, _least_given(case, c, line, o)) for r, c in money if o.mask & c.bit),
            )
            rate = SCALE
            for b, w in covering:
                if o.counted & b:
                    rate = rate * w // SCALE
            for c in here:
                if o.mask & c.bit:
                    top[c.i] = max(top[c.i], rate)
            o.cost = o.low * rate + sum(_toll(case, c, line, its, o, rate) for c, its in tolls if o.mask & c.bit)
            _leave(case, line, o, wanting)
            for c in here:
                if c.effect.whole:
                    o.adds |= c.bit & ~o.mask
                elif neutral & c.bit and not o.mask & (c.bit | c.conf) and o.mask.bit_count() < most_promotions(case):
                    o.adds |= c.bit
        lay.cheapest.append(
            min(
                (o for o in options if not o.mask & lay.coupled),
                key=lambda o: (o.low, -o.high, o.mask),
                default=options[0],
            )
        )
    for c in orders:
        lay.stakes.append(_stake(case, lay, c, amounts[c.i], min(SCALE, top[c.i] + 1)))
    lay.floor = 0
    for c in used:
        need = c.effect.need()
        if need.by == "fen":
            lay.floor = max(lay.floor, need.least - sum(lay.caps[d.i] for d in used))


class Scarcity(NamedTuple):
    """What a unit and a fen (of an offer that lines share) are charged, and what all that there is brings: scaled."""

    unit: int
    fen: int
    share: int


def _scarcity(case: Case, lay: Layout, c: Candidate) -> Scarcity:
    """The charge at which lines would take just about as much of a limit, or of a budget, as there is.

    No combination takes more than there is, so that the charge, less what all of it brings, is never a loss.
    """
    wishes = []
    for line in bits(c.mask):
        its = [o for o in lay.options[line] if o.mask & c.bit]
        others = [o for o in lay.options[line] if not o.mask & c.bit]
        saving = case.price[line] - max(c.effect.unit(case.price[line]), case.floors[line])
        if not its or not others or saving <= 0:
            continue
        units = case.qty[line] if c.cap is None else min(case.qty[line], c.cap)
        gain = (min(o.low for o in others) - min(o.low for o in its)) * SCALE
        wishes.append((max(0, gain) // units, max(0, gain) // (units * saving), units, saving))
    unit = fen = 0
    if c.cap is not None:
        unit = _at(sorted(((w[0], w[2]) for w in wishes), reverse=True), c.cap)
    elif c.budget is not None:
        fen = min(SCALE, _at(sorted(((w[1], w[2] * w[3]) for w in wishes), reverse=True), c.budget))
    return Scarcity(unit, fen, unit * (c.cap or 0) + fen * (c.budget or 0))


def _at(wishes: list[tuple[int, int]], there_is: int) -> int:
    """What the first wish that finds nothing more would have given; nothing if all are met."""
    for worth, size in wishes:
        there_is -= size
        if there_is < 0:
            return worth
    return 0


def _toll(case: Case, c: Candidate, line: int, its: Scarcity, o: Option, rate: int) -> int:
    """What an option is charged at least for a scarce offer, of which a line may be left with a single unit."""
    if c.cap is None:
        return its.fen * _least_given(case, c, line, o)
    price, qty, floor = case.price[line], case.qty[line], case.floors[line]
    here = [d for d in case.stackable if d.level == "LINE" and d.bit & o.mask]
    chain = _left_by(here, price, floor)
    others = price * qty - sum(_most_saved(d, price, qty, floor) for d in here if d is not c)
    saving, units = _saving(c, price, floor), min(qty, c.cap)

    def charged(taken: int) -> int:
        """With so many units: what they are charged, and what the line then costs more than `low`."""
        return (max(chain * qty, others - saving * taken) - o.low) * rate + its.unit * taken

    # Fewer units than all cost nothing until the line costs what it would with all offers on all units.
    turn = max(1, min(units, (others - chain * qty) // saving)) if saving else 1
    return max(0, min(charged(taken) for taken in {1, turn, min(turn + 1, units), units}))


def _least_given(case: Case, c: Candidate, line: int, o: Option) -> int:
    """What a line-level offer of an option gives on the line at least: it saves the least of what the offers before it leave
    at least, and where it has a limit perhaps on one unit only."""
    floor = case.floors[line]
    before = (d for d in case.stackable[: c.i] if d.level == "LINE" and d.bit & o.mask)
    saving = _saving(c, _left_by(before, case.price[line], floor), floor)
    return saving * (case.qty[line] if c.cap is None else 1)


def _leave(case: Case, line: int, o: Option, wanting: list[tuple[Candidate, int, set[int]]]) -> None:
    """What each order-level offer of an option finds on the line at most, those before it having taken what is sure."""
    amount, even = o.high, not any(c.cap is not None for c in case.stackable if c.level == "LINE" and c.bit & o.mask)
    for c, whole, its in wanting:
        if o.mask & c.bit:
            found = amount if c.effect.by_mean else o.high
            o.amounts.append((c.i, found))
            its.add(found)
            if not case.floors[line] and c.cap is None:
                amount -= c.effect.surely(case.qty[line], amount, whole, even)
                even = False
    o.left = max(0, amount)


def _stake(case: Case, lay: Layout, c: Candidate, amounts: dict[int, set[int]], top: int) -> Stake:
    """`top`: the greatest weight of any line that the offer may take, what a fen of its discount counts at most."""
    takers = [Taker(line, case.qty[line], sorted(its)) for line, its in sorted(amounts.items()) if its]
    rest = (
        c.i,
        [t.line for t in takers],
        [t.units for t in takers],
        [t.amounts for t in takers],
        top,
    )
    found = c.effect.bounds(takers, c.cap)
    if c.budget is not None and not isinstance(found, ByBase):
        found = _within(c.budget, found if isinstance(found, Pieces) else Effect.bounds(c.effect, takers, c.cap))
    if isinstance(found, ByBase):
        return BaseStake(found, lay.caps[c.i], *rest)
    return PieceStake(found, lay.caps[c.i], *rest)


def _within(budget: int, found: Bound) -> Bound:
    """Pieces that never give more than a budget."""

    def capped(p: Piece) -> Piece:
        return p._replace(cap=budget if p.cap is None else min(p.cap, budget))

    if isinstance(found, Pieces):
        return Pieces(found.prices, lambda low, high: capped(found.piece(low, high)))
    return found if isinstance(found, ByBase) else [capped(p) for p in found]


def _coupon_weights(case: Case, lay: Layout, used: list[Candidate]) -> dict[int, int]:
    """What a coupon leaves at least of each fen on its lines, before its cap is counted."""
    found = {}
    for c in used:
        num, den = c.effect.rate()
        found[c.i] = max(0, SCALE - -(-SCALE * num * (PARTS - lay.charged[c.i]) // (den * PARTS)))
    return found


def order_lines(case: Case, lay: Layout, used: list[Candidate], order: list[int]) -> None:
    """Lines will be decided in this order; behind each depth, what the lines to come can still add to every base."""
    lay.order = order
    size = len(case.cands)
    high, units = [0] * size, [0] * size
    lay.rest_high, lay.rest_units = [high], [units]
    for line in reversed(lay.order):
        high, units = high[:], units[:]
        tops: dict[int, int] = {}
        for o in lay.options[line]:
            for i in bits(o.counted & lay.counting):
                if o.high > tops.get(i, -1):
                    tops[i] = o.high
        for i, top in tops.items():
            high[i] += top
            units[i] += case.qty[line]
        lay.rest_high.append(high)
        lay.rest_units.append(units)
    lay.rest_high.reverse()
    lay.rest_units.reverse()
    lay.watched = [c.i for c in (*lay.others, *used) if lay.caps.get(c.i) or c.level == "GIFT"]
    for i in lay.watched:
        lay.credited.setdefault(i, 0)
