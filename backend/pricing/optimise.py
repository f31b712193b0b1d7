"""The best combination (最优组合): all searches for one cart, its add-ons and sets of coupons, sharing one budget of steps."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, islice

from backend.pricing.beside import Bare, Caps, parts, without
from backend.pricing.evaluation import Outcome, applies, evaluate, tie_key
from backend.pricing.places import Budget
from backend.pricing.search import Known, Search, betters
from backend.pricing.stacking import Candidate, Case, bits

STEPS = 200_000
FIRST_SHARE = 5
FLOOR_SHARE = 8
MOST_SETS = 640
"""No more sets of so many coupons are looked at, by what each coupon can give at most; what the others may come to is a doubt."""
AT_ONCE = 64
"""So many of them are weighed against each other, then the next."""
NEVER = 1 << 60
ANCHOR_STEPS = (20_000, 2_000_000)
"""Patience with mandatory offers alone; with coupons the first, for without them there is a price in any case."""
MOST_FIRSTS = 3
LEAST_SHARE = 10_000
"""Fewer steps than these find no good combination of a cart that needs any: where there are few, the most hopeful get them."""


class Solver:
    """All searches for one cart, sharing one budget of steps. `below`: a price that is not is of no interest."""

    def __init__(self, case: Case, steps: int = STEPS, below: int | None = None) -> None:
        self.case = case
        self.steps = Budget(steps)
        self.below = below
        alone = [c for c in case.stackable if c.offer.exclusive == "cart"]
        self.alone = alone
        self.add_ons = [c for c in case.stackable if c.effect.kind == "add_on"]
        self.together = sum(c.bit for c in case.stackable if c.offer.exclusive != "cart")
        self.caps = Caps(case)
        self.chosen = 0
        self.known: Known = {}
        # The lowest payable found with at most these coupons.
        self._floor: dict[tuple[int, ...], int] = {}
        # A payable from which it is not certain that every coupon of the best is worth using.
        self._doubts: list[int] = []
        self.bare: Bare | None = None

    @property
    def low(self) -> int:
        """No combination without coupons costs less."""
        return 0 if self.bare is None else self.bare.low

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
            return best, max(0, self.low - sum(self.caps.most(c) for c in coupons))
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
            for first in _firsts(required):
                best = Search(
                    case,
                    allowed,
                    coupons,
                    steps,
                    safe_goods=safe,
                    best=best,
                    most=most,
                    required=required,
                    first=first,
                    value_only=value_only,
                    known=self.known,
                ).run()
            self.steps.left -= before - steps.left
        if best is None and required is None and most is None and steps.open_bound is not None:
            best = self._anchor(coupons)
        return best, steps.open_bound

    def _anchor(self, coupons: tuple[int, ...]) -> Outcome | None:
        """A combination to stand on where the steps ended before any was met: mandatory offers with limits and budgets may leave few that
        are allowed. Only they are looked at, as long as it takes."""
        case = self.case
        mine = sum(c.bit for c in case.mandatory) | sum(c.bit for c in case.shipping) | sum(1 << i for i in coupons)
        for patience in ANCHOR_STEPS[: 1 if coupons else None]:
            steps = Budget(patience)
            found = Search(case, mine, coupons, steps, value_only=True).run()
            if found is not None or steps.open_bound is None:
                return found
        return None

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
            self.bare = None  # what is known of the price without coupons is of other add-ons
        self.chosen = best_chosen
        return best

    def _solve(self) -> Outcome | None:
        wanted = self.case.req.cart.coupons
        if wanted is not None:
            return self._with_wishes(set(wanted))
        coupons, most = self._apart(), self.case.req.policy.max_coupons
        self.bare = None
        share = self._share(1, FIRST_SHARE) if coupons and most else self.steps.left
        dearest = None if self.below is None else self.below - 1 + self.caps.most_of(coupons, most)
        best, open_at = self._within((), share, None, dearest)
        if best is None and open_at is not None and dearest is not None:
            self.below = None  # it was not seen: as if nobody had asked
            return self._solve()
        if best is None:
            return None
        self._base(best, open_at)
        if coupons and most:
            best = self._with_coupons(coupons, most, best, open_at)
        elif open_at is not None:
            self.steps.gave_up(open_at)
        return best

    def _share(self, parts: int, of: int) -> int:
        """So many parts of the steps that are left, but no fewer than do any good."""
        return min(self.steps.left, max(LEAST_SHARE, self.steps.left * parts // of))

    def _apart(self) -> list[Candidate]:
        """The coupons, one of those that are alike: two of them never meet, for the first leaves the second nothing."""
        return [c for c in self.case.coupons if self.case.twin[c.i] == c.i]

    def _front(self, coupons: list[Candidate], size: int) -> list[Candidate]:
        """Of all coupons those that may be part of the best, or least, of so many: where it is one, those that no other outdoes."""
        bare = self.bare
        if size != 1 or bare is None:
            return coupons
        if bare.unbeaten is None:
            bare.unbeaten = [c for c in coupons if not self.caps.outdone((c.i,), bare.low, 1)]
        return bare.unbeaten

    def _base(self, best: Outcome, open_at: int | None) -> None:
        """What is known of the price without coupons."""
        self.bare = Bare(self.caps, best, open_at)
        self._floor, self._doubts = {(): best.payable}, []

    def _with_coupons(self, coupons: list[Candidate], most: int, base: Outcome, open_at: int | None) -> Outcome:
        """The best of all sets of up to so many coupons, hopeful ones first. Sets that were not seen to their end in their share
        of the steps, and still could be better, get what is left."""
        gain = self.case.req.policy.min_coupon_gain
        unseen: dict[tuple[int, ...], int] = {}

        def each_once(best: Outcome) -> Outcome:
            def enough() -> int:
                return best.payable

            for size in range(1, most + 1):
                # The one that outdoes it, or less than that, is then worth using at a lower price.
                by = 1 + size * max(0, gain - 1)
                sets = self.caps.sets(self._front(coupons, size), size, self.low, enough, by=by if size > 1 else 0)
                seen = 0
                while some := list(islice(sets, AT_ONCE)):
                    seen += len(some)
                    hopeful = sorted((its for its in some if not self._hopeless(its, best.payable)), key=self._hope)
                    for n, its in enumerate(hopeful):
                        best = self._with(its, self._share(2, len(hopeful) - n + 1), best, gain, unseen)
                    if seen >= MOST_SETS:
                        # The others may be better, unless all that so many coupons can give is too little.
                        self._doubts.append(max(0, self.low - self.caps.most_of(coupons, size)))
                        break
            return best

        best = each_once(self._at_once(coupons, most, base) if open_at is not None else base)
        if open_at is not None and open_at < best.payable + gain:
            # A coupon is used only where it brings enough: the price without any must be known first.
            better, open_at = self._within((), self.steps.left // 2, base)
            if better is not None and better is not base:
                self._base(better, open_at)
                unseen.clear()
                worth = not best.coupons or best.payable <= self._worth_below(best.coupons, gain)
                best = each_once(best if best.coupons and worth else better)
        rest = sorted(unseen, key=lambda its: unseen[its])
        for n, its in enumerate(rest):
            if unseen[its] <= best.payable:
                best = self._with(its, self.steps.left // (len(rest) - n), best, gain, unseen)
        if open_at is not None:
            unseen[()] = open_at - gain + 1
        for bound in (*unseen.values(), *self._doubts):
            if bound <= best.payable:
                self.steps.gave_up(bound)
        return best

    def _at_once(self, coupons: list[Candidate], most: int, base: Outcome) -> Outcome:
        """The best that coupons make of the combination found without any, before a step is spent on them: where steps are few, they go
        to what may still better it."""
        assert self.bare is not None
        gain, low = self.case.req.policy.min_coupon_gain, self.low
        sets = [
            its
            for size in range(1, most + 1)
            for its in islice(self.caps.sets(coupons, size, low, lambda: base.payable), AT_ONCE)
        ]
        told = sorted((payable, its) for its in sets if (payable := self.bare.comes_to(its)) is not None)
        for payable, its in told:
            if payable > self._told_below(its) - gain:
                continue
            out = self.bare.together(its)
            if out is not None and betters(self.case, out, base, None, None, value_only=False):
                return out if self._worth(its, payable, gain) else base
        return base

    def _hope(self, coupons: tuple[int, ...]) -> int:
        """What these coupons come to at once; without a price that of none."""
        assert self.bare is not None
        found = self.found_with(coupons, self.case.cands[coupons[0]])
        return self.bare.out.payable if found is None else found

    def _with(
        self, coupons: tuple[int, ...], steps: int, best: Outcome, gain: int, unseen: dict[tuple[int, ...], int]
    ) -> Outcome:
        """The best after one set of coupons was tried; the bound of what was not seen of it is noted."""
        unseen.pop(coupons, None)
        if self._hopeless(coupons, best.payable):
            return best
        most = self._told_below(coupons) - gain
        if self._hopeless(coupons, min(most, best.payable)):
            return best
        assert self.bare is not None
        settled = self.bare.settled(coupons[0]) if len(coupons) == 1 else None
        if settled is None:
            # What is known with these coupons at once stands, however few steps are left.
            known = self.bare.together(coupons)
            better = known is not None and betters(self.case, known, best, most, None, value_only=False)
            found, bound = self._within(coupons, steps, known if better else best, most)
            assert found is not None
        else:
            better = betters(self.case, settled, best, most, None, value_only=False)
            found, bound = settled if better else best, None
        if bound is not None:
            unseen[coupons] = bound
        elif found.coupons == coupons:
            self._floor[coupons] = found.payable
            self.bare.prove(coupons, found.payable, found)
        if found is not best and not self._worth(coupons, found.payable, gain):
            return best
        return found

    def _told_below(self, coupons: tuple[int, ...]) -> int:
        """What one of the coupons less comes to at most, as far as that is known."""
        assert self.bare is not None
        known = []
        for _, less in without(coupons):
            least = self._floor.get(less)
            if least is None:
                least = min(found for its in parts(less) if (found := self.bare.comes_to(its)) is not None)
            known.append(least)
        return min(known)

    def _worth(self, coupons: tuple[int, ...], payable: int, gain: int) -> bool:
        """Whether each of the coupons is worth using at this payable: told, where that does, by what is proven of the others."""
        most = payable + gain
        for _, less in without(coupons):
            if not all(self._at_least(its, most) for its in parts(less)) and self._floor_of(less) < most:
                return False
        return True

    def _at_least(self, coupons: tuple[int, ...], payable: int) -> bool:
        """Whether it is known that no combination with just these coupons costs less."""
        least = None if self.bare is None else self.bare.least(coupons)
        return least is not None and least >= payable

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
            if self.bare is not None:
                self.bare.prove(coupons, known if bound is None else min(known, bound), out)
            if bound is not None:
                self._doubts.append(bound - self.case.req.policy.min_coupon_gain + 1)
        return known

    def _hopeless(self, coupons: tuple[int, ...], most: int) -> bool:
        """Whether these coupons can certainly not bring it down to so much."""
        least = None if self.bare is None else self.bare.least(coupons)
        return least is not None and least > most

    def _with_wishes(self, wanted: set[str]) -> Outcome | None:
        """The customer's coupons: as many of them as can be used, then the lowest payable."""
        chosen = [c for c in self.case.coupons if c.offer.id in wanted]
        for size in range(min(self.case.req.policy.max_coupons, len(chosen)), -1, -1):
            best: Outcome | None = None
            for coupons in self.caps.sets(chosen, size, 0, lambda: NEVER):
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
        kept = self.chosen, self.bare
        units = {c.bit: sum(x.qty for x in self.case.extra if x.offer == c.offer.id) for c in self.add_ons}
        mine = [bit for bit in units if kept[0] & bit]
        fewer = [its for n in range(len(mine)) for its in combinations(mine, n)]
        self.bare = None  # what is known of the price is of other add-ons
        for its in sorted(fewer, key=lambda its: -sum(units[bit] for bit in its)):
            self.chosen = sum(its)
            least = self._least_with(required)
            if least is not None:
                break
        self.chosen, self.bare = kept
        return least

    def _least_with(self, required: Candidate) -> int | None:
        policy = self.case.req.policy
        wanted = self.case.req.cart.coupons
        if wanted is None and required.offer.is_coupon:
            required = self.case.cands[self.case.twin[required.i]]
        mine = required.offer.type == "coupon"
        most = policy.max_coupons - mine
        if most < 0:
            return None
        free: list[Candidate] = []
        if most:
            free = self._apart() if wanted is None else [c for c in self.case.coupons if c.offer.id in wanted]
        if mine:
            free = [c for c in free if c is not required and self._go_together(c, required)]
            plain = None if free or self.bare is None else self.bare.plainly(required.i)
            if plain is not None:
                return plain
        sizes = range(min(most, len(free)) + 1)
        if wanted is None:
            if not mine:
                return self._least_beside(free, sizes, required)
            return self._least_of(free, sizes, required, self.bare)
        for size in reversed(sizes):  # as many of the wishes as can be met
            least = self._least_of(free, [size], required, None)
            if least is not None:
                return least
        return None

    def _go_together(self, a: Candidate, b: Candidate) -> bool:
        return self.caps.meet(a, b) and "cart" not in (a.offer.exclusive, b.offer.exclusive)

    def _least_beside(self, coupons: list[Candidate], sizes: Iterable[int], required: Candidate) -> int | None:
        """`_least_of`, of an offer that is no coupon: coupons come after it, so where it cannot apply without any it never can."""
        out, bound = self._within((), self.steps.left, None, None, required, value_only=True)
        if bound is not None:
            self.steps.gave_up(bound)
        elif out is None:
            return None
        return self._least_of(coupons, sizes, required, None if out is None else Bare(self.caps, out, bound))

    def _least_of(
        self, coupons: list[Candidate], sizes: Iterable[int], required: Candidate, bare: Bare | None
    ) -> int | None:
        """The lowest payable of any combination in which an offer applies, with so many of these coupons (beside it, where it is
        one itself)."""
        least: int | None = None
        mine = (required.i,) if required.offer.type == "coupon" else ()
        given = sum(self.caps.most(i) for i in mine)
        low = 0 if bare is None else bare.low

        def enough() -> int:
            return NEVER if least is None else least - 1

        for size in sizes:
            if mine or bare is None:
                sets = self.caps.sets(coupons, size, low, enough, given)
            else:
                sets = self.caps.sets(self._front(coupons, size), size, low, enough, by=1 if size > 1 else 0)
            seen = 0
            while some := list(islice(sets, AT_ONCE)):
                seen += len(some)
                least = self._least_among([tuple(sorted((*mine, *its))) for its in some], required, bare, least)
                if seen >= MOST_SETS:
                    self.steps.gave_up(max(0, low - given - self.caps.most_of(coupons, size)))
                    break
        return least

    def _least_among(
        self, sets: list[tuple[int, ...]], required: Candidate, bare: Bare | None, least: int | None
    ) -> int | None:
        """What of these sets of coupons costs least with an offer, where that is less than `least`; else that."""
        # What can be least comes first; of the others most need no look.
        for low, coupons in sorted((0 if bare is None else bare.least(its) or 0, its) for its in sets):
            if least is not None and bare is not None:
                low = max(low, bare.least(coupons) or 0)  # noqa: PLW2901  (more is known by now)
            if least is not None and low >= least:
                continue
            found = self._found(coupons, required, bare)
            if found is not None and (least is None or found < least):
                least = found
                if low >= least:
                    continue
            most = None if least is None else least - 1
            out, bound = self._within(coupons, self.steps.left, None, most, required, value_only=True)
            least = least if out is None else out.payable
            if bound is not None:
                self.steps.gave_up(bound)
            elif bare is not None and least is not None:
                bare.prove(coupons, least, out)
        return least

    def found_with(self, coupons: tuple[int, ...], required: Candidate) -> int | None:
        """What the best combination without coupons costs with these, if the offer is then part of it."""
        return self._found(coupons, required, self.bare)

    @staticmethod
    def _found(coupons: tuple[int, ...], required: Candidate, bare: Bare | None) -> int | None:
        if bare is None or not (required.i in coupons or applies(bare.out, required)):
            return None
        if len(coupons) == 1:
            plain = bare.plainly(coupons[0])
            if plain is not None:
                return plain
        if required.i in coupons or required.i in bare.out.takes:
            return bare.comes_to(coupons)
        out = bare.together(coupons)  # a shipping offer may no longer apply
        return out.payable if out is not None and applies(out, required) else None


def _firsts(required: Candidate | None) -> list[int | None]:
    """Which line of its is the first that an offer takes which must apply, each in a search of its own, so that every bound knows what
    having it there costs. An offer on many lines is met soon enough in one search."""
    if required is None or required.level != "LINE" or required.mask.bit_count() > MOST_FIRSTS:
        return [None]
    return list(bits(required.mask))


def _rank(case: Case, out: Outcome) -> tuple[object, ...]:
    return out.payable, tie_key(case, out)
