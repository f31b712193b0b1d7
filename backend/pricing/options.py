"""What each line can do, and what that can be worth at best: the ground on which the search walks."""

from __future__ import annotations

from backend.pricing.evaluation import least_fee
from backend.pricing.stacking import Candidate, Case, bits

SCALE = 1 << 20
PARTS = 27_720
MOST_OPTIONS = 4_000


class Option:
    """Offers that take a line together. `low` and `high` bound what LINE leaves of it; `reduced` is how much
    more than the line's best option it costs at least; `adds` are offers that would only gain from it too."""

    __slots__ = ("adds", "counted", "gains", "high", "low", "mask", "reduced", "value")

    def __init__(self, mask: int, low: int, high: int) -> None:
        self.mask = mask
        self.low = low
        self.high = high
        self.value = 0
        self.reduced = 0
        self.adds = 0
        self.counted = mask
        self.gains: list[tuple[int, int]] = []


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
        "extra",
        "fee",
        "flat",
        "gift_top",
        "impossible",
        "names",
        "options",
        "order",
        "others",
        "reach",
        "rest_high",
        "rest_units",
        "scale",
        "shipping",
        "top",
        "truncated",
        "watched",
        "weights",
    )

    def __init__(self, case: Case, allowed: int) -> None:
        self.scale = SCALE
        self.shipping = sum(c.bit for c in case.shipping if not c.offer.is_coupon)
        self.options: list[list[Option]] = []
        self.others = [c for c in case.stackable if c.level != "LINE" and allowed & c.bit]
        self.caps: dict[int, int] = {}
        self.charged: dict[int, int] = {}
        self.credited: dict[int, int] = {}
        self.top: dict[int, int] = {}
        self.weights: list[int] = []
        self.coupled = 0
        self.counting = 0
        self.watched: list[int] = []
        self.cheapest: list[Option] = []
        self.reach: list[int] = []
        self.names: list[list[str]] = []
        self.order: list[int] = []
        self.rest_high: list[list[int]] = []
        self.rest_units: list[list[int]] = []
        self.flat = True
        self.fee = 0
        self.extra = 0
        self.gift_top: dict[int, int] = {}
        self.impossible = False
        self.truncated = False
        self.base_bound = 0
        self.bound = 0

    def credit(self, i: int, most: int, gained: int) -> int:
        """How much the bound rises when the offer can give no more than `most`, lines having been credited `gained`.

        Its cap was credited in part, its lines with a rate; together that may be more than it can ever give.
        """
        cap = self.caps[i]
        credited = self.credited[i] * cap
        return max(0, credited - self.credited[i] * most, credited + gained - self.top[i] * most)


def lay_out(case: Case, allowed: int, coupons: tuple[int, ...], safe_goods: int) -> Layout:
    """`safe_goods`: goods after ORDER certainly cost this much; thresholds of coupons below it are safe."""
    lay = Layout(case, allowed)
    used = [case.cands[i] for i in coupons if case.cands[i].level == "COUPON"]
    lay.fee = least_fee(case, coupons)
    add_ons = {c.offer.id for c in lay.others if c.effect.kind == "add_on"}
    lay.extra = sum(x.price * x.qty for x in case.extra if x.offer in add_ons)
    prices = {sku: p.price for sku in case.gift_skus if (p := case.req.catalog.get(sku)) is not None}
    lay.gift_top = {c.i: c.effect.gift_value(prices) for c in lay.others if c.level == "GIFT"}
    _enumerate(case, lay, allowed)
    _drop_unreachable(case, lay)
    if any(not options for options in lay.options):
        lay.impossible = True
        return lay
    for cand in lay.others:
        lay.coupled |= cand.bit
    lay.counting = lay.coupled
    for c in used:
        lay.counting |= c.bit
    _cap(case, lay, used)
    if lay.impossible:
        return lay
    _charge(case, lay, used)
    neutral = _neutral(case, lay, allowed, used, safe_goods)
    _value(case, lay, used, neutral)
    _order(case, lay, used)
    return lay


def _enumerate(case: Case, lay: Layout, allowed: int) -> None:
    line_level = [c for c in case.stackable if c.level == "LINE" and allowed & c.bit]
    for line in range(len(case.lines)):
        bit = 1 << line
        prices = _prices(case, [c for c in line_level if c.mask & bit], line)
        sets = _free_sets([c for c in lay.others if c.mask & bit])
        options: list[Option] = []
        lay.truncated = lay.truncated or len(prices) > MOST_OPTIONS or len(sets) > MOST_OPTIONS
        for mask, conf, low, high in prices:
            options.extend(Option(mask | m, low, high) for m, c in sets if not conf & m)
            if len(options) > MOST_OPTIONS:
                lay.truncated = True
                break
        lay.options.append(options)


def _prices(case: Case, cands: list[Candidate], line: int) -> list[tuple[int, int, int, int]]:
    """Sets of line-level offers that may take a line together: (mask, conf, lowest, highest amount)."""
    price, qty, floor = case.price[line], case.qty[line], case.floors[line]
    # mask, conf, unit price with all changes, unit price with only the certain ones, units changed at most
    found = [(0, 0, price, price, qty)]
    for cand in cands:
        unit = cand.effect.unit
        bound = cand.cap is not None or cand.budget is not None
        units = qty if cand.cap is None else min(qty, cand.cap)
        more = []
        for mask, conf, low, high, _ in found:
            after = max(unit(low), floor)
            if conf & cand.bit or (after >= low and unit(high) >= high):
                continue
            more.append(
                (
                    mask | cand.bit,
                    conf | cand.conf,
                    min(after, low),
                    high if bound else min(max(unit(high), floor), high),
                    units if mask == 0 else qty,
                )
            )
        found.extend(more)
        if len(found) > MOST_OPTIONS:
            break
    prices = [(m, c, low * n + price * (qty - n), high * qty) for m, c, low, high, n in found]
    forced = [
        c for c in cands if c.offer.mandatory and c.cap is None and c.budget is None and unit_below(c, price, floor)
    ]
    for cand in forced:
        alone = max(cand.effect.unit(price), floor) * qty
        prices = [p for p in prices if p[0] & cand.bit or p[2] <= alone]
    return prices


def unit_below(cand: Candidate, price: int, floor: int) -> bool:
    return max(cand.effect.unit(price), floor) < price


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
        if count == 0 or (base if need.by == "fen" else count) < need.least or (most <= 0 and cand.level == "ORDER"):
            gone |= cand.bit
        else:
            kept.append(cand)
            lay.caps[cand.i] = most
    lay.others = kept
    if gone:
        lay.options = [[o for o in options if not o.mask & gone] for options in lay.options]


def _cap(case: Case, lay: Layout, used: list[Candidate]) -> None:
    """The most that each coupon can give, and whether it can be used at all."""
    for coupon in used:
        base = count = 0
        for line in bits(coupon.mask):
            high = max((o.high for o in lay.options[line] if not o.mask & coupon.conf), default=None)
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


def _charge(case: Case, lay: Layout, used: list[Candidate]) -> None:
    """Choose for every offer which part (of PARTS) of its gain is charged to its cap, not to its lines."""
    low = [min(o.low for o in options) for options in lay.options]
    for coupon in used:
        num, den = coupon.effect.rate()
        total = sum(low[line] for line in bits(coupon.mask))
        lay.charged[coupon.i] = PARTS if lay.caps[coupon.i] * den < num * total else 0
    pulls: dict[int, list[tuple[int, int]]] = {}
    orders = [c for c in lay.others if c.level == "ORDER"]
    for c in orders:
        num, den = c.effect.rate()
        lay.charged[c.i] = 0
        total = sum(low[line] for line in bits(c.mask))
        if lay.caps[c.i] * den < num * total:
            pulls[c.i] = []
    for _ in range(3 if len(pulls) > 1 else 1):
        before = dict(lay.charged)
        for c in orders:
            if c.i in pulls:
                lay.charged[c.i] = _balance(case, lay, c, orders, low)
        if before == lay.charged:
            break


def _balance(case: Case, lay: Layout, cand: Candidate, orders: list[Candidate], low: list[int]) -> int:
    """The part of one offer's gain to charge to its cap for the best bound, the others being fixed."""
    num, den = cand.effect.rate()
    rivals = [(c, c.effect.rate(), lay.charged[c.i]) for c in orders if c.conf & cand.bit and c.mask & cand.mask]
    points = []
    for line in bits(cand.mask):
        best = 0
        for c, (n, d), part in rivals:
            if c.mask >> line & 1:
                best = max(best, n * (PARTS - part) * den // d)
        # The line leaves the offer once (PARTS - part) · num falls below the best rival.
        part = PARTS - min(PARTS, -(-best // num)) if num else PARTS
        points.append((part, low[line]))
    points.sort(reverse=True)
    drawn = 0
    cap = lay.caps[cand.i]
    for part, amount in points:
        drawn += amount * num // den
        if drawn > cap:
            return part
    return 0


def _neutral(case: Case, lay: Layout, allowed: int, used: list[Candidate], safe_goods: int) -> int:
    """Offers that can only gain from one more line, when nothing after them can tell which they took."""
    neutral = 0
    lay.flat = _earnings_flat(case, lay, used)
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
        if all(_coupon_blind(case, lay, o, c, allowed, safe_goods) for c in used):
            neutral |= o.bit
    return neutral


def _bits_of(cands: list[Candidate]) -> int:
    return sum(c.bit for c in cands)


def _coupon_blind(case: Case, lay: Layout, o: Candidate, coupon: Candidate, allowed: int, safe_goods: int) -> bool:
    """Whether a coupon cannot tell which of its lines an offer took, and applies whatever that offer gives."""
    if not coupon.mask & o.mask:
        return True
    if coupon.mask & o.mask != o.mask or coupon.conf & allowed & ~coupon.bit & _stackable_bits(case):
        return False
    lines = bits(coupon.mask)
    if any(case.floors[k] for k in lines):
        return False
    least = sum(min(option.low for option in lay.options[k]) for k in lines)
    least -= sum(lay.caps[c.i] for c in lay.others if c.mask & coupon.mask)
    if coupon.mask == case.all_lines:
        least = max(least, safe_goods)
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


def _earnings_flat(case: Case, lay: Layout, used: list[Candidate]) -> bool:
    """Whether equal payables always earn the same."""
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
    return not case.shipping and all(e.mask == case.all_lines and not e.conf & reach for e in case.earn)


def _value(case: Case, lay: Layout, used: list[Candidate], neutral: int) -> None:
    """Bound every option, and the whole: scaled whole numbers, every rounding towards the lower bound."""
    weight = _coupon_weights(case, lay, used)
    for c in lay.others:
        lay.top[c.i] = SCALE
        if c.level == "ORDER":
            top = lay.top[c.i] = _top_weight(case, used, weight, c)
            lay.credited[c.i] = -(-top * lay.charged[c.i] // PARTS)
    total = (lay.fee + lay.extra) * SCALE
    for c in used:
        lay.top[c.i] = SCALE
        lay.credited[c.i] = -(-SCALE * lay.charged[c.i] // PARTS)
    for i, credited in lay.credited.items():
        total -= credited * lay.caps[i]
    for line, options in enumerate(lay.options):
        bit = 1 << line
        covering = [(c.bit, c.conf, weight[c.i]) for c in used if c.mask & bit]
        here = [c for c in lay.others if c.mask & bit]
        orders = [c for c in here if c.level == "ORDER" and lay.charged[c.i] < PARTS]
        for o in options:
            _credit_option(lay, o, line, covering, orders)
            for c in here:
                if c.effect.whole:
                    o.adds |= c.bit & ~o.mask
                elif neutral & c.bit and not o.mask & (c.bit | c.conf):
                    o.adds |= c.bit
        best = min(o.value for o in options)
        total += best
        for o in options:
            o.reduced = o.value - best
        lay.cheapest.append(
            min(
                (o for o in options if not o.mask & lay.coupled),
                key=lambda o: (o.low, -o.high, o.mask),
                default=options[0],
            )
        )
        options.sort(key=lambda o: (o.reduced, -o.mask.bit_count(), o.mask))
    lay.base_bound = total
    lay.bound = max(0, -(-total // SCALE))
    for c in used:
        need = c.effect.need()
        if need.by == "fen":
            lay.bound = max(lay.bound, need.least - sum(lay.caps[d.i] for d in used))


def _credit_option(
    lay: Layout, o: Option, line: int, covering: list[tuple[int, int, int]], orders: list[Candidate]
) -> None:
    """The least that an option adds to the payable: its amount, less what coupons and offers are credited on it.

    It may be below zero: what an offer is credited with on one line may come off another.
    """
    rate = SCALE
    for bit, conf, weight in covering:
        if not conf & o.mask:
            rate = rate * weight // SCALE
            o.counted |= bit
    o.value = o.low * rate
    for c in orders:
        if o.mask & c.bit:
            gain = c.effect.gain(line, o.low, o.high, lay.top[c.i])
            gain = -(-gain * (PARTS - lay.charged[c.i]) // PARTS)
            o.gains.append((c.i, gain))
            o.value -= gain


def _coupon_weights(case: Case, lay: Layout, used: list[Candidate]) -> dict[int, int]:
    """What a coupon leaves at least of each fen on its lines, before its cap is counted."""
    found = {}
    for c in used:
        num, den = c.effect.rate()
        found[c.i] = max(0, SCALE - -(-SCALE * num * (PARTS - lay.charged[c.i]) // (den * PARTS)))
    return found


def _top_weight(case: Case, used: list[Candidate], weight: dict[int, int], o: Candidate) -> int:
    """The greatest weight of any line that the offer may take: what a fen of its discount counts at most."""
    top = SCALE
    for c in used:
        if c.mask & o.mask == o.mask and not c.conf & _stackable_bits(case) and not any(d.conf & c.bit for d in used):
            top = top * weight[c.i] // SCALE
    return min(SCALE, top + 1)


def _order(case: Case, lay: Layout, used: list[Candidate]) -> None:
    """Large lines first; behind each depth, what the lines to come can still add to every base."""
    lay.order = sorted(range(len(case.lines)), key=lambda k: (-case.price[k] * case.qty[k], k))
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


def narrow(case: Case, lay: Layout, cut: int | None) -> None:
    """Drop options that cannot be part of anything as good as `cut`, and note what is left for ties."""
    limit = None if cut is None else cut * SCALE - lay.base_bound
    lay.reach, lay.names = [], []
    if limit is not None:
        lay.options = [[o for o in options if o.reduced <= limit] for options in lay.options]
    for options in lay.options:
        reach, most = 0, 0
        for o in options:
            reach |= o.mask
            most = max(most, o.mask.bit_count())
        lay.reach.append(reach)
        rows = [sorted(case.cands[i].offer.id for i in bits(o.mask)) for o in options if o.mask.bit_count() == most]
        lay.names.append([min(column) for column in zip(*rows, strict=True)])
