"""The best combination (最优组合): all searches for one cart, its add-ons and sets of coupons, sharing one budget of steps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from math import comb

from backend.pricing.evaluation import Outcome, applies, evaluate, fee_steps, tie_key
from backend.pricing.places import Budget
from backend.pricing.search import Known, Search, betters
from backend.pricing.stacking import Candidate, Case, bits

STEPS = 200_000
FIRST_SHARE = 5
FLOOR_SHARE = 8
MOST_SETS = 600
"""Of more sets of several coupons only those of the most hopeful ones are looked at."""
NEVER = 1 << 60
LEAST_SHARE = 10_000
"""Fewer steps than these find no good combination of a cart that needs any: where there are few, the most hopeful get them."""


class Solver:
    """All searches for one cart, sharing one budget of steps."""

    def __init__(self, case: Case, steps: int = STEPS) -> None:
        self.case = case
        self.steps = Budget(steps)
        alone = [c for c in case.stackable if c.offer.exclusive == "cart"]
        self.alone = alone
        self.add_ons = [c for c in case.stackable if c.effect.kind == "add_on"]
        self.together = sum(c.bit for c in case.stackable if c.offer.exclusive != "cart")
        self.chosen = 0
        self._floor: dict[tuple[int, ...], int | None] = {}
        self.known: Known = {}
        # As `_floor`, but proven: no combination with at most these coupons costs less, also where not all was seen.
        self._lows: dict[tuple[int, ...], int] = {}
        # A payable from which it is not certain that every coupon of the best is worth using.
        self._doubts: list[int] = []
        # No combination without coupons costs less.
        self.low = 0
        # The best found without coupons, and what it comes to with some.
        self._bare: Outcome | None = None
        self._tried: dict[tuple[int, ...], Outcome | None] = {}
        # What one coupon comes to beside the best without: asked for by the search and by each reason.
        self._plain: dict[int, int | None] = {}
        self._caps: dict[int, int] = {}
        self._whole: dict[int, bool] = {}
        self._fees: dict[tuple[int, ...], int | None] = {}
        self._greedy: dict[int, bool] = {}
        self.units = sum(case.qty)

    def exactly(
        self,
        coupons: tuple[int, ...],
        best: Outcome | None = None,
        most: int | None = None,
        required: Candidate | None = None,
        value_only: bool = False,
    ) -> Outcome | None:
        """The best combination with just these coupons, if it betters `best`; else `best`."""
        best, bound = self._within(coupons, self.steps.left, best, most, required, value_only)
        if bound is not None:
            self.steps.gave_up(bound)
        return best

    def _within(
        self,
        coupons: tuple[int, ...],
        allowed_steps: int,
        best: Outcome | None = None,
        most: int | None = None,
        required: Candidate | None = None,
        value_only: bool = False,
    ) -> tuple[Outcome | None, int | None]:
        """As `exactly`, in so many steps; and the bound of what was not seen (None: all was)."""
        case = self.case
        if self.steps.left < 0 and (best is not None or most is not None or required is not None):
            # Nothing is searched any more: a coupon lowers the price by no more than it can give.
            return best, max(0, self.low - sum(self._cap(c) for c in coupons))
        if not (case.stackable or case.shipping):  # with these coupons there is one combination
            self.steps.left -= 1
            out = evaluate(case, {}, coupons, None if required is None else required.i)
            better = out is not None and betters(case, out, best, most, required, value_only)
            return out if better else best, None
        steps = Budget(allowed_steps)
        alone = len(coupons) == 1 and case.cands[coupons[0]].offer.exclusive == "cart"
        safe = self.low - case.req.cart.shipping if coupons else 0
        chosen = self.chosen | (required.bit if required in self.add_ons else 0)
        others = sum(c.bit for c in self.add_ons) & ~chosen
        branches = [0 if alone else self.together & ~others]
        if not coupons:
            branches.extend(c.bit for c in self.alone if not c.bit & others)
        for allowed in branches:
            if chosen & ~allowed:
                continue
            mine = allowed | sum(1 << i for i in coupons) | sum(c.bit for c in case.shipping)
            if required is not None and not required.bit & mine:
                continue
            before = steps.left
            best = Search(
                case,
                allowed,
                coupons,
                steps,
                safe_goods=safe,
                best=best,
                most=most,
                required=required,
                value_only=value_only,
                known=self.known,
            ).run()
            self.steps.left -= before - steps.left
        return best, steps.open_bound

    def solve(self) -> Outcome | None:
        """The best quote; as many units of chosen add-ons as can be had come first."""
        if not self.add_ons:
            return self._solve()
        units = {c.bit: sum(x.qty for x in self.case.extra if x.offer == c.offer.id) for c in self.add_ons}
        sets = [its for n in range(len(units) + 1) for its in combinations(units, n)]
        best: Outcome | None = None
        best_wish, best_chosen = -1, 0
        for its in sorted(sets, key=lambda its: -sum(units[bit] for bit in its)):
            wish = sum(units[bit] for bit in its)
            if best is not None and wish < best_wish:
                break
            self.chosen, self._floor = sum(its), {}
            out = self._solve()
            if out is not None and (best is None or _rank(self.case, out) < _rank(self.case, best)):
                best, best_wish, best_chosen = out, wish, self.chosen
        if self.chosen != best_chosen:
            # What is known of the price without coupons is of other add-ons.
            self._bare, self._lows, self._plain = None, {}, {}
        self.chosen = best_chosen
        return best

    def _solve(self) -> Outcome | None:
        wanted = self.case.req.cart.coupons
        if wanted is not None:
            return self._with_wishes(set(wanted))
        coupons, most = self._apart(), self.case.req.policy.max_coupons
        self.low = 0
        best, open_at = self._within((), self._share(1, FIRST_SHARE) if coupons and most else self.steps.left)
        if best is None:
            return None
        self._base(best, open_at)
        if coupons and most:
            partners = [c for c in coupons if most > 1 and any(self._meet(c, d) for d in coupons if d is not c)]
            few = self._few(partners, most)
            sets = [*((c.i,) for c in coupons), *(its for its in self._sets(few, most) if len(its) > 1)]
            best = self._with_coupons(sets, best, open_at)
            if len(few) < len(partners):
                self._left_out(partners, most, best)
        elif open_at is not None:
            self.steps.gave_up(open_at)
        return best

    def _sets(self, coupons: Iterable[Candidate], most: int) -> list[tuple[int, ...]]:
        """As `coupon_sets`, without those of which one coupon leaves another nothing."""
        cands = self.case.cands
        return [
            its
            for its in coupon_sets(coupons, most)
            if all(self._meet(cands[i], cands[k]) for i, k in combinations(its, 2))
        ]

    def _meet(self, a: Candidate, b: Candidate) -> bool:
        """Whether two coupons may be used together: not where the first takes, whatever else applies, every line that the second
        could have, and both are of one group."""
        first, then = (a, b) if a.i < b.i else (b, a)
        if first.level != "COUPON" or then.level != "COUPON" or first.offer.group != then.offer.group:
            return True
        return bool(then.mask & ~first.mask) or not self._takes_whole_scope(first)

    def _takes_whole_scope(self, coupon: Candidate) -> bool:
        """Whether a coupon takes all lines of its scope that no other of its group has taken."""
        found = self._greedy.get(coupon.i)
        if found is None:
            case, group = self.case, coupon.offer.group
            others = sum(c.bit for c in (*case.stackable, *case.coupons) if c.offer.group != group)
            found = self._greedy[coupon.i] = not coupon.conf & others
        return found

    def _few(self, coupons: list[Candidate], most: int) -> list[Candidate]:
        """Those of which sets of several are looked at: all, or where that were too many sets the most hopeful by themselves."""
        few = len(coupons)
        while sum(comb(few, size) for size in range(2, most + 1)) > MOST_SETS:
            few -= 1
        if few == len(coupons):
            return coupons

        def alone(c: Candidate) -> tuple[int, str]:
            found = self.found_with((c.i,), c)
            return (NEVER if found is None else found), c.offer.id

        chosen = {c.i for c in sorted(coupons, key=alone)[:few]}
        return [c for c in coupons if c.i in chosen]

    def _left_out(self, coupons: list[Candidate], most: int, best: Outcome) -> None:
        """Sets that were not looked at may be better than the best, unless all that so many coupons can give is too little."""
        bound = max(0, self.low - sum(sorted((self._cap(c.i) for c in coupons), reverse=True)[:most]))
        if bound <= best.payable:
            self.steps.gave_up(bound)

    def _share(self, parts: int, of: int) -> int:
        """So many parts of the steps that are left, but no fewer than do any good."""
        return min(self.steps.left, max(LEAST_SHARE, self.steps.left * parts // of))

    def _apart(self) -> list[Candidate]:
        """The coupons, one of those that are alike: two of them never meet, for the first leaves the second nothing."""
        return [c for c in self.case.coupons if self.case.twin[c.i] == c.i]

    def _base(self, best: Outcome, open_at: int | None) -> None:
        """What is known of the price without coupons: the lowest found, and that none is below `low`."""
        self._bare, self._tried, self._plain = best, {}, {}
        self.low = best.payable if open_at is None else min(best.payable, open_at)
        self._floor, self._lows, self._doubts = {(): best.payable}, {(): self.low}, []

    def _with_coupons(self, sets: list[tuple[int, ...]], base: Outcome, open_at: int | None) -> Outcome:
        """The best of all sets of coupons, hopeful ones first. Sets that were not seen to their end in their share of the
        steps, and still could be better, get what is left."""
        gain = self.case.req.policy.min_coupon_gain
        unseen: dict[tuple[int, ...], int] = {}

        def hope(coupons: tuple[int, ...]) -> int:
            found = self.found_with(coupons, self.case.cands[coupons[0]])
            return base.payable if found is None else found

        def each_once(best: Outcome) -> Outcome:
            for n, coupons in enumerate(sorted(sets, key=lambda its: (len(its), hope(its)))):
                best = self._with(coupons, self._share(2, len(sets) - n + 1), best, gain, unseen)
            return best

        best = each_once(base)
        if open_at is not None and open_at < best.payable + gain:
            # A coupon is used only where it brings enough: the price without any must be known first.
            better, open_at = self._within((), self.steps.left // 2, base)
            if better is not None and better is not base:
                self._base(better, open_at)
                unseen.clear()
                worth = not best.coupons or best.payable <= self._worth_below(best.coupons, gain)
                best = each_once(best if best.coupons and worth else better)
        rest = sorted(unseen, key=lambda its: unseen[its])
        for n, coupons in enumerate(rest):
            if unseen[coupons] <= best.payable:
                best = self._with(coupons, self.steps.left // (len(rest) - n), best, gain, unseen)
        if open_at is not None:
            unseen[()] = open_at - gain + 1
        for bound in (*unseen.values(), *self._doubts):
            if bound <= best.payable:
                self.steps.gave_up(bound)
        return best

    def _together(self, coupons: tuple[int, ...]) -> Outcome | None:
        """The best combination without coupons, with these; None where they do not apply to it."""
        if self._bare is None:
            return None
        if coupons not in self._tried:
            met = (*self._bare.takes, *coupons)
            # An offer that wants the cart for itself keeps the others out before a combination is made.
            alone = len(met) > 1 and self._wants_cart(met)
            self._tried[coupons] = None if alone else evaluate(self.case, self._bare.takes, coupons)
        return self._tried[coupons]

    def _with(
        self, coupons: tuple[int, ...], steps: int, best: Outcome, gain: int, unseen: dict[tuple[int, ...], int]
    ) -> Outcome:
        """The best after one set of coupons was tried; the bound of what was not seen of it is noted."""
        unseen.pop(coupons, None)
        most = self._worth_below(coupons, gain)
        if self._hopeless(coupons, min(most, best.payable)):
            return best
        found, bound = self._within(coupons, steps, best, most)
        if bound is not None:
            unseen[coupons] = bound
        assert found is not None
        return found

    def _worth_below(self, coupons: tuple[int, ...], gain: int) -> int:
        """The greatest payable at which each of the coupons is worth using."""
        return min(self._floor_of(less) for _, less in without(coupons)) - gain

    def _floor_of(self, coupons: tuple[int, ...]) -> int:
        """The lowest payable with at most these coupons."""
        known = self._floor.get(coupons)
        if known is None:
            least = min(self._floor_of(less) for _, less in without(coupons))
            out, bound = self._within(coupons, self.steps.left // FLOOR_SHARE, None, least - 1, value_only=True)
            known = self._floor[coupons] = least if out is None else out.payable
            low = min(self._lows[less] for _, less in without(coupons))
            self._lows[coupons] = min(low, known if bound is None else bound)
            if bound is not None:
                self._doubts.append(bound - self.case.req.policy.min_coupon_gain + 1)
        return known

    def _hopeless(self, coupons: tuple[int, ...], most: int) -> bool:
        """Whether what one coupon can give at most is too little."""
        least = self._least(coupons)
        return least is not None and least > most

    def _least(self, coupons: tuple[int, ...]) -> int | None:
        """No combination with just these coupons costs less. Without one of them the rest would stand as it is, unless a later
        coupon then took more than its budget allows. Told by what is proven of the rest, not by the lowest price found; None
        where nothing is."""
        bounds = []
        for c, less in without(coupons):
            low = self._lows.get(less)
            if low is not None and all(self.case.cands[i].budget is None for i in less):
                bounds.append(low - self._cap(c))
                bounds.append(self._after(c, coupons, low))
        return max(bounds, default=None)

    def _after(self, coupon: int, coupons: tuple[int, ...], low: int) -> int:
        """What is left at least of a payable that without the last coupon of a set is no less than `low`: a coupon on all goods, a
        rate above all, takes less of goods that cost less, and of no fewer than its threshold asks for. 0 where that cannot be
        told."""
        case, last = self.case, self.case.cands[coupon]
        if last.level != "COUPON" or not self._takes_all(last):
            return 0
        fee = self._least_fee(tuple(c for c in coupons if case.cands[c].level == "SHIPPING"))
        if fee is None or any(c > coupon and case.cands[c].level == "COUPON" for c in coupons):
            return 0
        # With less of a fee there were more goods, and a fee that goods bring down is no lower with the coupon.
        need = last.effect.need()
        goods = max(low - fee, need.least if need.by == "fen" else 0)
        return goods - last.effect.most(goods, self.units) + fee

    def _least_fee(self, coupons: tuple[int, ...]) -> int | None:
        """What shipping costs at least with these shipping coupons; None: they cannot apply."""
        if coupons not in self._fees:
            steps = fee_steps(self.case, coupons)
            self._fees[coupons] = steps[0][0] if steps else None
        return self._fees[coupons]

    def _plainly(self, coupon: Candidate) -> int | None:
        """The lowest payable with just this coupon, where the best without it is known and the coupon, which is told by the
        sum of the goods, simply comes off it."""
        bare = self._bare
        if bare is None or bare.payable > self.low or coupon.budget is not None:
            return None
        if coupon.i not in self._plain:
            self._plain[coupon.i] = self._taken_off(bare, coupon)
        return self._plain[coupon.i]

    def _taken_off(self, bare: Outcome, coupon: Candidate) -> int | None:
        """`_plainly`, of a coupon that has no budget."""
        if not self._on_all(coupon) or coupon.effect.sums(None) is None or self._wants_cart(bare.takes):
            return None
        need = coupon.effect.need()
        off = min(bare.goods, coupon.effect.most(bare.goods, self.units))
        reached = (bare.goods if need.by == "fen" else self.units) >= need.least
        return bare.payable - off if reached and off > 0 and not any(self.case.floors) else None

    def _wants_cart(self, offers: Iterable[int]) -> bool:
        """Whether one of these offers wants the cart for itself."""
        return any(self.case.cands[i].offer.exclusive == "cart" for i in offers)

    def _takes_all(self, coupon: Candidate) -> bool:
        """Whether a coupon takes all goods whatever else applies."""
        found = self._whole.get(coupon.i)
        if found is None:
            case = self.case
            alone = coupon.conf & (1 << len(case.stackable)) - 1
            beside = alone or coupon.offer.exclusive or case.extra
            found = self._whole[coupon.i] = coupon.mask == case.all_lines and not beside
        return found

    def _on_all(self, coupon: Candidate) -> bool:
        """As `_takes_all`, and nothing comes after it."""
        return self._takes_all(coupon) and not self.case.shipping

    def _cap(self, coupon: int) -> int:
        """The most that a coupon can take off, read once."""
        found = self._caps.get(coupon)
        if found is None:
            found = self._caps[coupon] = self._most_of(self.case.cands[coupon])
        return found

    def _most_of(self, coupon: Candidate) -> int:
        if coupon.level == "SHIPPING":
            return self.case.req.cart.shipping
        goods = bits(coupon.mask)
        base = sum(self.case.price[k] * self.case.qty[k] for k in goods)
        return coupon.effect.most(base, sum(self.case.qty[k] for k in goods))

    def _with_wishes(self, wanted: set[str]) -> Outcome | None:
        """The customer's coupons: as many of them as can be used, then the lowest payable."""
        chosen = [c for c in self.case.coupons if c.offer.id in wanted]
        by_size: dict[int, list[tuple[int, ...]]] = {}
        for coupons in self._sets(chosen, self.case.req.policy.max_coupons):
            by_size.setdefault(len(coupons), []).append(coupons)
        for size in sorted(by_size, reverse=True):
            best: Outcome | None = None
            for coupons in by_size[size]:
                best = self.exactly(coupons, best)
            if best is not None:
                return best
        return None

    def least_with(self, required: Candidate) -> int | None:
        """The lowest payable of any combination in which this offer applies; None when it never can. As many of the add-ons
        that the customer chose as can stand beside it come first."""
        least = self._least_with(required)
        if least is not None or not self.chosen:
            return least
        kept = self.chosen, self.low, self._bare, self._lows, self._floor, self._tried, self._plain
        units = {c.bit: sum(x.qty for x in self.case.extra if x.offer == c.offer.id) for c in self.add_ons}
        mine = [bit for bit in units if kept[0] & bit]
        fewer = [its for n in range(len(mine)) for its in combinations(mine, n)]
        # What is known of the price is of other add-ons.
        self.low, self._bare, self._lows, self._floor, self._tried, self._plain = 0, None, {}, {}, {}, {}
        for its in sorted(fewer, key=lambda its: -sum(units[bit] for bit in its)):
            self.chosen = sum(its)
            least = self._least_with(required)
            if least is not None:
                break
        self.chosen, self.low, self._bare, self._lows, self._floor, self._tried, self._plain = kept
        return least

    def _least_with(self, required: Candidate) -> int | None:
        policy = self.case.req.policy
        wanted = self.case.req.cart.coupons
        if wanted is None and required.offer.is_coupon:
            required = self.case.cands[self.case.twin[required.i]]
        free = (
            self._apart() if wanted is None else [c for c in self.case.coupons if c is required or c.offer.id in wanted]
        )
        mine = required.offer.type == "coupon"
        if mine and policy.max_coupons == 1:
            free = [c for c in free if c.i == required.i]
        sets = self._sets(free, policy.max_coupons)
        if mine:
            sets = [s for s in sets if required.i in s]
        if wanted is not None:
            sets.sort(key=lambda s: -len(s))
        least: int | None = None
        size = -1
        for coupons in sets:
            if wanted is not None and least is not None and len(coupons) < size:
                break
            found = self.found_with(coupons, required)
            if found is not None and (least is None or found < least):
                least = found
            low = self._least(coupons)
            if least is None or low is None or low < least:
                most = None if least is None else least - 1
                out = self.exactly(coupons, None, most, required, value_only=True)
                least = least if out is None else out.payable
            if least is not None and size < 0:
                size = len(coupons)
        return least

    def found_with(self, coupons: tuple[int, ...], required: Candidate) -> int | None:
        """What the best combination without coupons costs with these, if the offer is then part of it."""
        if coupons == (required.i,):
            plain = self._plainly(required)
            if plain is not None:
                return plain
        bare = self._bare
        if bare is None or not (required.i in coupons or applies(bare, required)):
            return None
        out = self._together(coupons)
        return out.payable if out is not None and applies(out, required) else None


def _rank(case: Case, out: Outcome) -> tuple[object, ...]:
    return out.payable, tie_key(case, out)


def without(coupons: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """Each coupon of a set with the set that is left when it goes."""
    return [(c, coupons[:k] + coupons[k + 1 :]) for k, c in enumerate(coupons)]


def coupon_sets(coupons: Iterable[Candidate], most: int) -> list[tuple[int, ...]]:
    """Every set of up to `most` coupons that may be used, small sets first."""
    free = [c.i for c in coupons if c.offer.exclusive != "cart"]
    found: list[tuple[int, ...]] = [()]
    if most > 0:
        found.extend((c.i,) for c in coupons)
    for size in range(2, min(most, len(free)) + 1):
        found.extend(combinations(free, size))
    return found
