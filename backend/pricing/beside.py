"""What coupons can give at most, beside one another and beside the best price without any: told without a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from backend.pricing.evaluation import Outcome, evaluate, evaluate_with, fee_steps, told_off
from backend.pricing.stacking import Candidate, Case

MOST_KIN = 8
"""Of coupons on the same goods so many are asked whether one of them does all that another does."""


class Caps:
    """What the coupons of a cart can give at most. Each question is answered once."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.units = sum(case.qty)
        self._most: dict[tuple[int, int], int] = {}
        self._whole: dict[int, bool] = {}
        self._fees: dict[tuple[int, ...], int | None] = {}
        self._greedy: dict[int, bool] = {}
        self._groups: dict[str, int] = {}
        self._never: dict[int, int] = {}
        self._alike: dict[tuple[str, int], tuple[int, int]] = {}
        self._kin: dict[int, list[Candidate]] | None = None

    def most(self, coupon: int, beside: tuple[int, ...] = ()) -> int:
        """The most that a coupon can take off, `beside` others of which some surely take lines of it before."""
        cand = self.case.cands[coupon]
        mask = cand.mask
        for i in beside:
            mask &= ~self._taken_before(self.case.cands[i], cand)
        return self._most_on(cand, mask)

    def adds(self, coupon: int, beside: tuple[int, ...]) -> int:
        """The most that a coupon can bring to others that `stands_without` it: what it takes off, less what another of its group then
        no longer takes off the same lines. 0 where the other alone does no worse."""
        most = self.most(coupon, beside)
        if len(beside) != 1:
            return most
        mine, other = self.case.cands[coupon], self.case.cands[beside[0]]
        rate = other.effect.each_more()
        if rate is None or not self._ranks_before(mine, other) or mine.mask & ~other.mask:
            return most
        if not self._takes_whole_scope(other):
            return most
        return min(most, mine.effect.above(*rate, *self.case.listed(mine.mask)))

    def stands_without(self, coupon: int, others: tuple[int, ...]) -> bool:
        """Whether others, without a coupon, would stand as they are or take more: not where one could then take more than its budget
        allows, nor where one might take lines of the coupon and so leave less to a third, or to the threshold of a shipping
        offer."""
        cands = self.case.cands
        mine = cands[coupon]
        if any(cands[i].budget is not None for i in others):
            return False
        freed = [i for i in others if i > coupon and cands[i].conf & mine.bit and cands[i].mask & mine.mask]
        if freed and self.case.shipping:
            return False
        return not any(k > i and cands[k].mask & cands[i].mask for i in freed for k in others)

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
        return not self._apart(a) & b.bit

    def _apart(self, coupon: Candidate) -> int:
        """The coupons that may not be used together with one."""
        found = self._never.get(coupon.i)
        if found is None:
            found, before = 0, coupon.bit - 1
            if coupon.level == "COUPON":
                for (group, mask), (its, greedy) in self._by_lines().items():
                    if group == coupon.offer.group and not mask & ~coupon.mask and self._takes_whole_scope(coupon):
                        found |= its & ~before & ~coupon.bit
                    if group == coupon.offer.group and not coupon.mask & ~mask:
                        found |= greedy & before
            self._never[coupon.i] = found
        return found

    def _by_lines(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By group and lines: the coupons on goods, and those of them that take all of their lines."""
        if not self._alike:
            for c in self.case.coupons:
                if c.level == "COUPON":
                    its, greedy = self._alike.get((c.offer.group, c.mask), (0, 0))
                    greedy |= c.bit if self._takes_whole_scope(c) else 0
                    self._alike[c.offer.group, c.mask] = its | c.bit, greedy
        return self._alike

    def _takes_whole_scope(self, coupon: Candidate) -> bool:
        """Whether a coupon takes all lines of its scope that no other of its group has taken."""
        found = self._greedy.get(coupon.i)
        if found is None:
            if not self._groups:
                for c in (*self.case.stackable, *self.case.coupons):
                    self._groups[c.offer.group] = self._groups.get(c.offer.group, 0) | c.bit
            others = sum(its for group, its in self._groups.items() if group != coupon.offer.group)
            found = self._greedy[coupon.i] = not coupon.conf & others
        return found

    def sets(
        self, coupons: Iterable[Candidate], size: int, low: int, enough: Callable[[], int], given: int = 0, by: int = 0
    ) -> Iterator[tuple[int, ...]]:
        """Sets of so many coupons that may be used together and by what each can give at most may bring a payable of `low`, of which
        another has perhaps taken `given`, down to `enough()`, asked before each; those of coupons that can give much come first.
        With `by` none that is `outdone` by so much."""
        ranked = sorted(
            ((self._most_off(c, low), c) for c in coupons if size == 1 or c.offer.exclusive != "cart"),
            key=lambda its: (-its[0], its[1].i),
        )
        mosts = [most for most, _ in ranked]

        def grown(start: int, chosen: tuple[Candidate, ...], left: int) -> Iterator[tuple[int, ...]]:
            open_places = size - len(chosen)
            if not open_places:
                its = tuple(sorted(c.i for c in chosen))
                if not by or not self.outdone(its, low, by):
                    yield its
                return
            mine = tuple(c.i for c in chosen)
            apart = 0
            for c in chosen:
                apart |= self._apart(c)
            for k in range(start, len(ranked) - open_places + 1):
                if left - sum(mosts[k : k + open_places]) > enough():
                    return
                most, coupon = ranked[k]
                if apart & coupon.bit:
                    continue
                if mine and self.stands_without(coupon.i, mine):
                    most = min(most, self.adds(coupon.i, mine))
                    if left - most - sum(mosts[k + 1 : k + open_places]) > enough():
                        continue
                yield from grown(k + 1, (*chosen, coupon), left - most)

        return grown(0, (), low - given)

    def _most_off(self, coupon: Candidate, low: int) -> int:
        """The most that a coupon takes off a payable that without any is `low`; of one that is more it may take more, but no more than
        the rest is then more (unless all parts together are above the whole, when nothing is left)."""
        most = self.most(coupon.i)
        if coupon.level != "COUPON":
            return most
        num, den = coupon.effect.rate()
        return min(most, -(-num * low // den))

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

    def ahead_of(self, better: Candidate, coupon: int, beside: tuple[int, ...], low: int) -> int | None:
        """How much less these coupons cost at least with `better` in the place of one of them, whichever offers apply, where goods
        without coupons cost no less than `low`; None: perhaps more."""
        cands, mine = self.case.cands, self.case.cands[coupon]
        first, last = min(coupon, better.i), max(coupon, better.i)
        own = mine.mask
        for i in beside:
            other = cands[i]
            if not other.mask & mine.mask:
                continue
            # One that comes after it and meets it on its lines would find less there.
            if first <= i <= last or other.offer.group != mine.offer.group:
                return None
            if i < first:
                own &= ~other.mask
        rest = self.case.listed(self.case.all_lines & ~own)[0]
        return better.effect.ahead_of(mine.effect, max(0, low - rest), self.case.listed(mine.mask)[0])

    def outdone(self, coupons: tuple[int, ...], low: int, by: int) -> bool:
        """Whether these coupons cost at least so much less with another in the place of one of them, whichever offers apply, where
        without coupons nothing costs less than `low`."""
        goods = self.least_goods(low)
        for c, less in without(coupons):
            for other in self.kin(c):
                if other.i not in less and (self.ahead_of(other, c, less, goods) or 0) >= by:
                    return True
        return False

    def least_goods(self, low: int) -> int:
        """What goods cost at least where nothing is paid below `low`: no more of it than all else is for add-ons and shipping."""
        return low - self.case.req.cart.shipping - sum(x.price * x.qty for x in self.case.extra)

    def kin(self, coupon: int) -> list[Candidate]:
        """Coupons that may take its place in any order: of the same goods and terms, those first that can give most."""
        if self._kin is None:
            self._kin = {}
            alike: dict[tuple[object, ...], list[Candidate]] = {}
            for c in sorted(self.case.coupons, key=lambda c: (-self.most(c.i), c.i)):
                o = c.offer
                # What a coupon leaves of a fee, or where a floor leaves no room, is not told by what it gives.
                plain = c.level == "COUPON" and c.budget is None and self.case.twin[c.i] == c.i
                if plain and not self.case.shipping and not any(self.case.floors) and not self._bars(c):
                    does = c.mask, c.cap, c.conf | c.bit, o.group, o.exclusive, o.excludes, o.no_tender
                    its = alike.setdefault(does, [])
                    self._kin[c.i] = list(its[:MOST_KIN])
                    its.append(c)
        return self._kin.get(coupon, [])

    def _bars(self, coupon: Candidate) -> bool:
        """Whether some promotion bars a coupon from lines."""
        return bool(coupon.conf & (1 << len(self.case.stackable)) - 1)

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
        # The coupons that no other outdoes, where an order uses one.
        self.unbeaten: list[Candidate] | None = None
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
        """The best combination with just this coupon, ties and all, where it is sure to be the best without any: of goods that cost a
        fen more it takes no more, so that what costs more costs more with it, what costs the same costs the same, and by its tie key
        the order stays. None where that cannot be told."""
        case, cand, goods = self.caps.case, self.caps.case.cands[coupon], self.out.goods
        if self.open or case.earn or case.pledges or self.plainly(coupon) is None:
            return None
        off = cand.effect.most(goods, self.caps.units)
        steady = off == cand.effect.most(goods + 1, self.caps.units) <= goods
        # An id that comes after some of theirs may turn the order of two lists of which one begins with the other.
        first = all(cand.offer.id < c.offer.id for c in case.stackable)
        return self.together((coupon,)) if steady and first else None

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

    def _least(self, coupons: tuple[int, ...]) -> int | None:
        if len(coupons) == 1:
            plain = self.plainly(coupons[0])
            if plain is not None:
                return plain
        bounds = []
        for c, less in without(coupons):
            if self.caps.stands_without(c, less):
                low = self.least(less)
                if low is not None:
                    bounds.append(max(low - self.caps.adds(c, less), self.caps.after(c, coupons, low)))
            told = self._least_by_kin(c, less)
            if told is not None:
                bounds.append(told)
        return max(bounds, default=None)

    def _least_by_kin(self, coupon: int, less: tuple[int, ...]) -> int | None:
        """What is known where a coupon that does all that this one does takes its place; None where nothing is."""
        goods = self.caps.least_goods(self.low)
        for other in self.caps.kin(coupon):
            if other.i not in less:
                ahead = self.caps.ahead_of(other, coupon, less, goods)
                if ahead is not None:
                    low = self.least(tuple(sorted((*less, other.i))))
                    return None if low is None else low + ahead
        return None


def wants_cart(case: Case, offers: Iterable[int]) -> bool:
    """Whether one of these offers wants the cart for itself."""
    return any(case.cands[i].offer.exclusive == "cart" for i in offers)


def without(coupons: tuple[int, ...]) -> list[tuple[int, tuple[int, ...]]]:
    """Each coupon of a set with the set that is left when it goes."""
    return [(c, coupons[:k] + coupons[k + 1 :]) for k, c in enumerate(coupons)]


def parts(coupons: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """A set with all that is left of it when some go, smallest first."""
    return (its for n in range(len(coupons) + 1) for its in combinations(coupons, n))
