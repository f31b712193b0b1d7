"""What coupons can give at most, beside one another and beside the best price without any: told without a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from backend.pricing.evaluation import Outcome, evaluate, evaluate_with, fee_steps, told_off
from backend.pricing.stacking import Candidate, Case


class Caps:
    """What the coupons of a cart can give at most. Each question is answered once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.units = sum(case.qty)
        self._most: dict[tuple[int, int], int] = {}
        self._whole: dict[int, bool] = {}
        self._fees: dict[tuple[int, ...], int | None] = {}
        self._greedy: dict[int, bool] = {}

    def most(self, coupon: int, beside: tuple[int, ...] = ()) -> int:
        """The most that a coupon can take off, `beside` others of which some surely take lines of it before."""
        cand = self.case.cands[coupon]
        mask = cand.mask
        for i in beside:
            mask &= ~self._taken_before(self.case.cands[i], cand)
        return self._most_on(cand, mask)

    def _taken_before(self, first: Candidate, then: Candidate) -> int:
        """The lines that a coupon surely takes from a later one of its group."""
        return first.mask if self._ranks_before(first, then) and self._takes_whole_scope(first) else 0

    @staticmethod
    def _ranks_before(first: Candidate, then: Candidate) -> bool:
        both_goods = first.level == then.level == "COUPON"
        return both_goods and first.i < then.i and first.offer.group == then.offer.group

    def _most_on(self, coupon: Candidate, mask: int) -> int:
        found = self._most.get((coupon.i, mask))
        if found is None:
            case = self.case
            found = case.req.cart.shipping if coupon.level == "SHIPPING" else coupon.effect.most(*case.listed(mask))
            self._most[coupon.i, mask] = found
        return found

    def meet(self, a: Candidate, b: Candidate) -> bool:
        """Whether two coupons may be used together: not where the first takes, whatever else applies, every line that the second
        could have, and both are of one group."""
        first, then = (a, b) if a.i < b.i else (b, a)
        if not self._ranks_before(first, then):
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

    def sets(
        self, coupons: Iterable[Candidate], size: int, low: int, enough: Callable[[], int]
    ) -> Iterator[tuple[int, ...]]:
        """Sets of so many coupons that may be used together and by what each can give at most may bring a payable of `low` down to
        `enough()`, asked before each; those of coupons that can give much come first."""
        ranked = sorted(
            ((self.most(c.i), c) for c in coupons if size == 1 or c.offer.exclusive != "cart"),
            key=lambda its: (-its[0], its[1].i),
        )
        given = [most for most, _ in ranked]

        def grown(start: int, chosen: tuple[Candidate, ...], left: int) -> Iterator[tuple[int, ...]]:
            open_places = size - len(chosen)
            if not open_places:
                yield tuple(sorted(c.i for c in chosen))
                return
            for k in range(start, len(ranked) - open_places + 1):
                if left - sum(given[k : k + open_places]) > enough():
                    return
                most, coupon = ranked[k]
                if all(self.meet(c, coupon) for c in chosen):
                    yield from grown(k + 1, (*chosen, coupon), left - most)

        return grown(0, (), low)

    def most_of(self, coupons: Iterable[Candidate], size: int) -> int:
        """The most that so many of these coupons can take off."""
        return sum(sorted((self.most(c.i) for c in coupons), reverse=True)[:size])

    def after(self, coupon: int, coupons: tuple[int, ...], low: int) -> int:
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

    def off(self, goods: int, coupon: Candidate) -> int:
        """What a coupon simply takes off goods of so much, whichever they are; 0 where that cannot be told."""
        if not self._takes_all(coupon) or self.case.shipping or coupon.effect.sums(None) is None:
            return 0
        need = coupon.effect.need()
        reached = (goods if need.by == "fen" else self.units) >= need.least
        return min(goods, coupon.effect.most(goods, self.units)) if reached and not any(self.case.floors) else 0

    def _takes_all(self, coupon: Candidate) -> bool:
        """Whether a coupon takes all goods whatever else applies."""
        found = self._whole.get(coupon.i)
        if found is None:
            case = self.case
            alone = coupon.conf & (1 << len(case.stackable)) - 1
            beside = alone or coupon.offer.exclusive or case.extra
            found = self._whole[coupon.i] = coupon.mask == case.all_lines and not beside
        return found


class Bare:
    """The price without coupons, perhaps of combinations in which some offer applies: `out` is the best found, none costs less than
    `low`; and what is known of it with coupons."""

    def __init__(self, caps: Caps, out: Outcome, open_at: int | None) -> None:
        self.caps = caps
        self.out = out
        self.low = out.payable if open_at is None else min(out.payable, open_at)
        self.open = open_at is not None
        # No combination with just these coupons costs less: as was seen, and as follows from it.
        self._proven: dict[tuple[int, ...], int] = {(): self.low}
        self._told: dict[tuple[int, ...], int | None] = {}
        # What was best with just these coupons, where that was searched, priced without them.
        self._best: dict[tuple[int, ...], Outcome] = {}
        self._tried: dict[tuple[int, ...], Outcome | None] = {}
        self._comes_to: dict[tuple[int, ...], int | None] = {(): out.payable}
        self._plain: dict[int, int | None] = {}

    def comes_to(self, coupons: tuple[int, ...]) -> int | None:
        """The payable of `together`."""
        if coupons not in self._comes_to:
            case, told = self.caps.case, None
            if len(coupons) == 1 and not wants_cart(case, (*self.out.takes, *coupons)):
                told = told_off(case, self.out, case.cands[coupons[0]])
            if told is None:
                out = self.together(coupons)
                self._comes_to[coupons] = None if out is None else out.payable
            else:
                self._comes_to[coupons] = self.out.payable - told if told else None
        return self._comes_to[coupons]

    def together(self, coupons: tuple[int, ...]) -> Outcome | None:
        """The best combination without coupons, or the best with some of these, with these; None where they do not apply to it."""
        if coupons not in self._tried:
            ways = [self.out]
            for size in range(1, len(coupons)):
                for fewer in combinations(coupons, size):
                    best = self._best.get(fewer)
                    if best is not None and all(best.takes != way.takes for way in ways):
                        ways.append(best)
            met = [out for way in ways if (out := self._priced(way, coupons)) is not None]
            self._tried[coupons] = min(met, key=lambda out: out.payable, default=None)
        return self._tried[coupons]

    def _priced(self, way: Outcome, coupons: tuple[int, ...]) -> Outcome | None:
        """An offer that wants the cart for itself keeps the others out before a combination is made."""
        case, met = self.caps.case, (*way.takes, *coupons)
        return None if len(met) > 1 and wants_cart(case, met) else evaluate_with(case, way, coupons)

    def plainly(self, coupon: int) -> int | None:
        """The lowest payable with just this coupon, where the coupon, which is told by the sum of the goods, simply comes off the
        best without it."""
        if coupon not in self._plain:
            out, case = self.out, self.caps.case
            cand = case.cands[coupon]
            known = out.payable == self.low and cand.budget is None and not wants_cart(case, out.takes)
            off = self.caps.off(out.goods, cand) if known else 0
            self._plain[coupon] = out.payable - off if off > 0 else None
        return self._plain[coupon]

    def settled(self, coupon: int) -> Outcome | None:
        """The best combination with just this coupon, ties and all, where it is sure to be the best without any: the coupon takes one
        amount off whatever goods cost no less, so that what costs the same costs the same with it, and by its tie key the order
        stays. None where that cannot be told."""
        case, cand, goods = self.caps.case, self.caps.case.cands[coupon], self.out.goods
        if self.open or case.earn or case.pledges or self.plainly(coupon) is None:
            return None
        one_amount = cand.effect.most(goods, self.caps.units) == cand.effect.most(1 << 40, self.caps.units) <= goods
        # An id that comes after some of theirs may turn the order of two lists of which one begins with the other.
        first = all(cand.offer.id < c.offer.id for c in case.stackable)
        return self.together((coupon,)) if one_amount and first else None

    def least(self, coupons: tuple[int, ...]) -> int | None:
        """No combination with just these coupons costs less. Without one of them the rest would stand as it is or take more, unless a
        later coupon then took more than its budget allows, or left less to what comes after it. Told by what is proven of
        the rest, not by the lowest price found; None where nothing is."""
        if coupons in self._proven:
            return self._proven[coupons]
        if coupons not in self._told:
            self._told[coupons] = self._least(coupons)
        return self._told[coupons]

    def prove(self, coupons: tuple[int, ...], least: int, out: Outcome | None) -> None:
        """It was seen that no combination with just these coupons costs less; `out` is the best of them, where one was met."""
        self._proven[coupons] = least
        self._told.clear()
        if out is not None:
            takes = {i: mask for i, mask in out.takes.items() if i not in coupons}
            bare = evaluate(self.caps.case, takes, ())
            if bare is not None:
                self._best[coupons] = bare
            self._tried = {its: best for its, best in self._tried.items() if not {*coupons} < {*its}}
            self._comes_to = {its: best for its, best in self._comes_to.items() if not {*coupons} < {*its}}

    def _displaces(self, coupon: int, others: tuple[int, ...]) -> bool:
        """Whether without a coupon one of the others might take lines of it, and so leave less to a third, or to the threshold of a
        shipping offer."""
        cands = self.caps.case.cands
        mine = cands[coupon]
        freed = [i for i in others if i > coupon and cands[i].conf & mine.bit and cands[i].mask & mine.mask]
        if freed and self.caps.case.shipping:
            return True
        return any(k > i and cands[k].mask & cands[i].mask for i in freed for k in others)

    def _least(self, coupons: tuple[int, ...]) -> int | None:
        if len(coupons) == 1:
            plain = self.plainly(coupons[0])
            if plain is not None:
                return plain
        cands, bounds = self.caps.case.cands, []
        for c, less in without(coupons):
            if all(cands[i].budget is None for i in less) and not self._displaces(c, less):
                low = self.least(less)
                if low is not None:
                    bounds.append(max(low - self.caps.most(c, less), self.caps.after(c, coupons, low)))
        return max(bounds, default=None)


def wants_cart(case: Case, offers: Iterable[int]) -> bool:
    """Whether one of these offers wants the cart for itself."""
    return any(case.cands[i].offer.exclusive == "cart" for i in offers)


def without(coupons: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """Each coupon of a set with the set that is left when it goes."""
    return [(c, coupons[:k] + coupons[k + 1 :]) for k, c in enumerate(coupons)]


def parts(coupons: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """A set with all that is left of it when some go, smallest first."""
    return (its for n in range(len(coupons) + 1) for its in combinations(coupons, n))
