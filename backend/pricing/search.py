"""One search (分支定界): the best combination with just these coupons, by branch and bound over what each line can do.

Lines are priced against the offers that want them (`options`, `stakes`, `prices`); what is certainly dearer than the best
combination known is never looked at. It counts steps, never seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter

from backend.pricing.ahead import Ahead, look
from backend.pricing.bounding import doubtful, narrow, price
from backend.pricing.discounts import Discounts
from backend.pricing.evaluation import FAR, Outcome, applies, evaluate, settle, tie_key
from backend.pricing.labels import Sweep, TooMany, arrange, can
from backend.pricing.options import Option, lay_out
from backend.pricing.places import Budget, Change, Place, Way, by_line, by_offer
from backend.pricing.stacking import Candidate, Case, bits

LEAF_COST = 8
OPTIONS_A_STEP = 6
STAGES = ((0, 300), (60, 600))
"""Rounds of work on the prices, and steps of the search that they may then take."""
ROUNDS_MORE = 50
QUOTA = 12_000
MOST_LABELS = 1_000
FOREVER = 1 << 60
HOPE = itemgetter(0)
MENDING_ROUNDS = 8
MENDING_OPTIONS = 8

Known = dict[int, dict[tuple[int, int], int]]
"""Prices by candidate, line and amount."""


def betters(
    case: Case, out: Outcome, best: Outcome | None, most: int | None, required: Candidate | None, value_only: bool
) -> bool:
    """Whether a combination is of interest, and better than the best so far."""
    if (most is not None and out.payable > most) or (required is not None and not applies(out, required)):
        return False
    if best is None or out.payable != best.payable:
        return best is None or out.payable < best.payable
    return not value_only and tie_key(case, out) < tie_key(case, best)


class Search:
    """One search for the best combination that uses exactly the given coupons.

    `most`: only payables up to it count. `required`: this offer must apply; `first`: on this line, and on none of its lines before.
    `value_only`: ties do not matter.
    """

    def __init__(
        self,
        case: Case,
        allowed: int,
        coupons: tuple[int, ...],
        steps: Budget,
        *,
        safe_goods: int = 0,
        best: Outcome | None = None,
        most: int | None = None,
        required: Candidate | None = None,
        first: int | None = None,
        value_only: bool = False,
        known: Known | None = None,
    ) -> None:
        self.case = case
        self.allowed = allowed
        self.coupons = coupons
        self.steps = steps
        self.best = best
        self.most = most
        self.required = required
        self.first = first
        self.value_only = value_only
        self.layout = lay_out(case, allowed, coupons, safe_goods)
        self.discounts = Discounts(case, self.layout.stakes)
        # What the lines to come cost at least, where that is told more closely than by prices.
        self.ahead: Ahead | None = None
        self.expiries = tuple(sorted(case.cands[i].offer.expires or FAR for i in coupons))
        self.names = [case.cands[i].offer.id for i in coupons]
        # What the lines chosen so far bring to the base of each candidate: so much money, so many units.
        self.high = [0] * len(case.cands)
        # The slots that lines chosen so far take of each stake, and the surplus that it can still have.
        self.slots = [0] * len(self.layout.stakes)
        self.surplus = [0] * len(self.layout.stakes)
        self.touched: list[list[int]] = [[] for _ in case.lines]
        for n, stake in enumerate(self.layout.stakes):
            for line in stake.lines:
                self.touched[line].append(n)
        self.units = [0] * len(case.cands)
        self.must = sum(c.bit for c in case.stackable if c.effect.kind == "add_on" and c.bit & allowed)
        # Line-level offers with a limit or a budget.
        self.scant = [
            c
            for c in case.stackable
            if c.level == "LINE" and c.bit & allowed and (c.cap is not None or c.budget is not None)
        ]
        # What the lines chosen so far leave of their units and fen at most.
        self.room = list(self.layout.shared)
        self.on = 0
        self.patience = 0
        self.known = {} if known is None else known
        for stake in self.layout.stakes:
            if stake.i in self.known:
                stake.pay(self.known[stake.i])
        self._recut()

    def _recut(self) -> None:
        """Only payables up to `cut` are of interest from now on."""
        best = self.best
        if best is None:
            self.cut = self.most
        else:
            least = best.payable - 1 if self.value_only else best.payable
            self.cut = least if self.most is None else min(self.most, least)
        self.ceiling = None if self.cut is None else self.cut * self.layout.scale

    def run(self) -> Outcome | None:
        lay = self.layout
        there = sum(c.bit for c in lay.others)
        if lay.impossible or self.must & ~there:
            return self.best
        if lay.truncated:
            self.steps.gave_up(0)
        self.steps.left -= sum(len(its) for its in lay.options) // OPTIONS_A_STEP
        self._start()
        self.on = self.must
        for i in self.coupons:
            self.on |= 1 << i
        if self.required is not None:
            self.on |= self.required.bit & lay.coupled
        options = lay.options if self.first is None else self._held(lay.options, self.first)
        if all(options):
            self._search(options)
        return self.best

    def _held(self, options: list[list[Option]], first: int) -> list[list[Option]]:
        """Those with the offer that must apply on this line and on no line of its before."""
        assert self.required is not None
        bit, lines = self.required.bit, bits(self.required.mask)
        return [
            [o for o in its if line not in lines or line > first or bool(o.mask & bit) == (line == first)]
            for line, its in enumerate(options)
        ]

    def _search(self, options: list[list[Option]]) -> None:
        """Small carts first with the prices that there are; more work on prices only where that does not do."""
        lay, least = self.layout, 0
        for rounds, patience in STAGES:
            if self._settled_with(options, rounds, patience, least):
                return
            least = lay.bound
            options = lay.options
        for stake in lay.stakes:
            self.known[stake.i] = stake.paying()
        if can(self):
            self._improve()
            arrange(self)
            self._sweep(options, least)
            return
        arrange(self)
        if not (self._priced(options, 0, least) or self._looked_ahead() or self._descended(QUOTA)):
            self._improve()
            self._explore(lay.options, lay.bound)

    def _sweep(self, options: list[list[Option]], least: int) -> None:
        """Labels; where there are too many of them, the line and offer most in doubt are decided both ways."""
        while True:
            if self._priced(options, ROUNDS_MORE, least) or self._looked_ahead():
                return
            before = self.cut
            sweep = Sweep(self, MOST_LABELS)
            try:
                sweep.run()
                return
            except TooMany:
                if self.cut == before or self.steps.left < 0:
                    break
        self._split(self._sweep, sweep.proven)

    def _settled_with(self, options: list[list[Option]], rounds: int, patience: int, least: int) -> bool:
        """Whether, with prices for these options, all that can still better the best was looked at. Nothing among them is
        below `least`."""
        return self._priced(options, rounds, least) or self._descended(patience)

    def _priced(self, options: list[list[Option]], rounds: int, least: int) -> bool:
        """Prices for these options. Whether they show that nothing among them betters the best."""
        lay = self.layout
        left = self.steps.left
        self.ahead = None
        self.steps.left -= price(self.case, lay, options, self.cut, rounds if left > 0 else 0, self.fit)
        lay.bound = max(lay.bound, least)
        if self.cut is not None and lay.bound > self.cut:
            return True
        narrow(self.case, lay, self.cut)
        return not all(lay.options)

    def _looked_ahead(self) -> bool:
        """A closer bound with offers on few lines taken as they are. Whether it shows that nothing betters the best; that there
        is nothing at all it never shows."""
        lay, doubt = self.layout, self.layout.doubt
        if self.steps.left < 0 or self.cut is None:
            return False
        moved = False
        for ahead in look(self):
            if self._known_ahead(ahead, doubt):
                return True
            moved = moved or ahead.moved
        if moved and self.ahead is not None:
            # The prices of wide offers are others now.
            self.steps.left -= price(self.case, lay, lay.options, self.cut, 0)
            lay.bound = max(lay.bound, self.ahead.bound)
            narrow(self.case, lay, self.cut)
        return not all(lay.options)

    def _known_ahead(self, ahead: Ahead, doubt: tuple[int, int] | None) -> bool:
        """What a graph says. Whether it shows that nothing betters the best."""
        lay = self.layout
        if ahead.closed:
            return True
        ahead.settle()
        lay.bound = max(lay.bound, ahead.bound)
        lay.doubt = doubtful(lay, ahead.priced, ahead.paid) or self._still(doubt)
        self.ahead = ahead
        return ahead.closed or not all(lay.options)

    def _still(self, doubt: tuple[int, int] | None) -> tuple[int, int] | None:
        """A line and an offer, if it is still open whether they belong together."""
        if doubt is None:
            return None
        line, offer = doubt
        options = self.layout.options[line]
        return doubt if 0 < sum(o.mask >> offer & 1 for o in options) < len(options) else None

    def _explore(self, options: list[list[Option]], least: int) -> None:
        """The descent with patience; where that is not enough, the line and offer most in doubt are decided both ways."""
        lay = self.layout
        if self._priced(options, ROUNDS_MORE, least) or self._looked_ahead():
            return
        if self._descended(QUOTA):
            return
        if lay.doubt is None and self.steps.left > 0 and self._descended(FOREVER):
            return
        self._split(self._explore, lay.bound)

    def _descended(self, patience: int) -> bool:
        """Whether all that can still better the best was looked at."""
        self.patience = patience
        self.surplus = [stake.surplus(0, 0) or 0 for stake in self.layout.stakes]
        return self._descend(self.root(), [])

    def _split(self, go_on: Callable[[list[list[Option]], int], None], bound: int) -> None:
        """The line and the offer most in doubt decided both ways. No payable is below `bound`."""
        lay, steps = self.layout, self.steps
        options, doubt = lay.options, lay.doubt
        if doubt is None or steps.left < 0:
            steps.gave_up(bound)
            return
        line, offer = doubt
        prices = [stake.prices for stake in lay.stakes]
        for wanted in (1, 0):
            mine = list(options)
            mine[line] = [o for o in options[line] if o.mask >> offer & 1 == wanted]
            if mine[line]:
                for stake, its in zip(lay.stakes, prices, strict=True):
                    stake.prices = its
                if steps.left < 0:
                    steps.gave_up(bound)
                    return
                go_on(mine, bound)

    def _offer(self, takes: dict[int, int]) -> Outcome | None:
        """Price a combination and keep it if it is the best so far."""
        self.steps.left -= LEAF_COST
        required = self.required
        out = evaluate(self.case, takes, self.coupons, None if required is None else required.i)
        if out is None or any(i not in out.takes for i in bits(self.must)):
            return out
        if betters(self.case, out, self.best, self.most, required, self.value_only):
            self.best = out
            self._recut()
        return out

    def _start(self) -> None:
        """Combinations to begin with: each line at its lowest price, other offers added while they help."""
        lay = self.layout
        self._offer({})
        taken = self._within_limits(0)
        if self.scant and self._offer(by_offer(taken)) is None:
            taken = self._within_limits(sum(c.bit for c in self.case.stackable if not c.offer.mandatory))
        takes = by_offer(taken)
        if takes:
            self._offer(takes)
        for c in lay.others:
            if c.bit & self.must:
                for line in bits(c.mask):
                    if not c.conf & taken[line]:
                        taken[line] |= c.bit
                takes = by_offer(taken)
                self._offer(takes)

    def _improve(self) -> None:
        """From what the prices say is best for each line: an offer more, an offer less, a line elsewhere, while it helps."""
        lay = self.layout
        now = [next((o for o in options if not o.mask & o.adds), options[0]).mask for options in lay.options]
        best = self.fit(now)
        if self.best is not None:
            found = self.fit([mask & self.allowed for mask in by_line(self.best, len(now))])
            if best is None or (found is not None and found.payable < best.payable):
                best = found
        if best is None:
            return
        for _ in range(MENDING_ROUNDS):
            before = best.payable
            for move in self._moves():
                if best.payable <= lay.bound or self.steps.left < 0:
                    return
                now = by_line(best, len(lay.options))
                if move(now):
                    found = self.fit(now)
                    if found is not None and found.payable < best.payable:
                        best = found
            if best.payable == before:
                return

    def _moves(self) -> Iterator[Callable[[list[int]], bool]]:
        """Ways to change a combination, offers by line, in place; each says whether it changed anything."""
        lay = self.layout
        for stake in lay.stakes:
            bit = 1 << stake.i
            wish = stake.wished()

            def join(now: list[int], bit: int = bit, wish: list[int] = wish) -> bool:
                changed = False
                for line in wish:
                    if not now[line] & bit:
                        option = next((o for o in lay.options[line] if o.mask & bit), None)
                        if option is not None:
                            now[line], changed = option.mask, True
                return changed

            def leave(now: list[int], bit: int = bit) -> bool:
                changed = False
                for line, options in enumerate(lay.options):
                    if now[line] & bit:
                        option = next((o for o in options if not o.mask & bit), None)
                        if option is not None:
                            now[line], changed = option.mask, True
                return changed

            yield join
            yield leave
        for line, options in enumerate(lay.options):
            for option in options[:MENDING_OPTIONS]:

                def swap(now: list[int], line: int = line, mask: int = option.mask) -> bool:
                    changed, now[line] = now[line] != mask, mask
                    return changed

                yield swap

    def fit(self, masks: list[int]) -> Outcome | None:
        """A combination near the one told: offers that cannot apply left out."""
        self.steps.left -= LEAF_COST
        required = self.required
        out = evaluate(self.case, by_offer(masks), self.coupons, None if required is None else required.i, fit=True)
        return out if out is None else self._offer({i: mask for i, mask in out.takes.items() if i not in self.coupons})

    def _within_limits(self, without: int) -> list[int]:
        """Each line at its lowest price, scant offers only as far as they reach; `without`: not these."""
        lay, prices = self.layout, self.case.price
        picked = [option.mask for option in lay.cheapest]
        if not self.scant:
            return picked
        barred = [without] * len(picked)
        for _ in range(len(self.scant) + 1):
            for line, options in enumerate(lay.options):
                free = [o for o in options if not o.mask & (lay.coupled | barred[line])]
                if free:
                    picked[line] = min(free, key=lambda o: (o.low, -o.high, o.mask)).mask
            settled = True
            for c in self.scant:
                units, money = c.cap, c.budget
                savings = [(prices[k] - c.effect.unit(prices[k]), k) for k, mask in enumerate(picked) if mask & c.bit]
                for saving, line in sorted(savings, key=lambda s: (-s[0], s[1])):
                    count = self.case.qty[line] if units is None else min(units, self.case.qty[line])
                    if count == 0 or (money is not None and saving * count > money):
                        barred[line] |= c.bit
                        settled = False
                        continue
                    units = None if units is None else units - count
                    money = None if money is None else money - saving * count
            if settled:
                break
        return picked

    def root(self) -> Place:
        return Place(self.layout.base_bound, self.on, 0)

    def _descend(self, place: Place, chosen: list[Option]) -> bool:
        """Decide the next line: its options by what is then still possible, the most hopeful first.

        False when the patience or the steps ended before all was seen.
        """
        lay, high, units = self.layout, self.high, self.units
        depth = len(chosen)
        if depth == len(lay.order):
            self.leaf(chosen)
            return True
        qty = self.case.qty[lay.order[depth]]
        for way in self.ways(depth, place):
            if self.ceiling is not None and way.hope > self.ceiling:
                break
            if self.patience <= 0 or self.steps.left < 0:
                return False
            option = way.option
            before = [(k, self.slots[k], self.surplus[k]) for k, _, _ in way.changes]
            self._set(way.changes)
            chosen.append(option)
            complete = True
            # What this line counts towards is reckoned among what is to come.
            if not self.tied_out(
                depth + 1, way.hope, chosen, way.to.off, lay.flat, self.gifts_hoped(depth, way.to.off, high, units)
            ):
                counted = bits(option.counted & lay.counting)
                for i in counted:
                    high[i] += option.high
                    units[i] += qty
                for r, n in option.draws:
                    self.room[r] -= n
                complete = self._descend(way.to, chosen)
                for r, n in option.draws:
                    self.room[r] += n
                for i in counted:
                    high[i] -= option.high
                    units[i] -= qty
            chosen.pop()
            self._set(before)
            if not complete:
                return False
        return True

    def ways(self, depth: int, place: Place) -> list[Way]:
        """The options of the line at this depth that may still lead to something, the most hopeful first."""
        lay, steps, high, units = self.layout, self.steps, self.high, self.units
        qty = self.case.qty[lay.order[depth]]
        turns = None if self.ahead is None else self.ahead.onward(depth, place.state)
        ways = []
        for option in lay.options[lay.order[depth]]:
            reached = place.reached + option.reduced
            if self.ceiling is not None and reached > self.ceiling:
                break
            mask = option.mask
            if mask & place.off or option.adds & place.on:
                continue
            if option.draws and any(self.room[r] < n for r, n in option.draws):
                continue
            turn = None
            if turns is not None:
                turn = turns[option.group] if turns else None
                if turn is None:
                    continue
            steps.left -= 1
            self.patience -= 1
            on, off = place.on | (mask & lay.coupled), place.off | option.adds
            changes = self._changes(depth + 1, lay.order[depth], option, off)
            if changes is None:
                continue
            reached += sum(self.surplus[k] - left for k, _, left in changes)
            own, state, told = place.own, 0, 0
            if turn is not None and self.ahead is not None:
                state, gain, rest = turn
                own += option.own - gain
                told = self.ahead.fixed + own + rest - self.ahead.still(self.surplus, changes)
            if self.ceiling is not None and (reached > self.ceiling or told > self.ceiling):
                continue
            counted = bits(option.counted & lay.counting)
            for i in counted:
                high[i] += option.high
                units[i] += qty
            lost = self._lost(depth + 1, on, off)
            for i in counted:
                high[i] -= option.high
                units[i] -= qty
            if lost is None:
                continue
            if self.ahead is not None and self.ahead.coupon is None:
                told += lost
            hope = lay.shipped(max(reached + lost, told))
            if self.ceiling is None or hope <= self.ceiling:
                ways.append(Way(hope, option, Place(reached, on, off, own, state), changes))
        ways.sort(key=HOPE)
        return ways

    def _changes(self, depth: int, line: int, option: Option, off: int) -> list[Change] | None:
        """For the offers that want a line, once it is decided. None: one of them can no longer apply."""
        stakes, slots = self.layout.stakes, self.slots
        taken = dict(option.taken)
        found = []
        for n in self.touched[line]:
            stake = stakes[n]
            if off >> stake.i & 1:
                found.append((n, slots[n], 0))
                continue
            its = slots[n] | taken.get(n, 0)
            left = stake.surplus(depth, its)
            if left is None:
                return None
            found.append((n, its, left))
        return found

    def _set(self, state: list[Change]) -> None:
        for n, slots, surplus in state:
            self.slots[n] = slots
            self.surplus[n] = surplus

    def _lost(self, depth: int, on: int, off: int) -> int | None:
        """What coupons can no longer give of what the bound trusts them with; None: an offer that must apply no longer can."""
        lay, lost = self.layout, 0
        rest_high, rest_units = lay.rest_high[depth], lay.rest_units[depth]
        for i in lay.watched:
            bit = 1 << i
            most = 0
            if not off & bit:
                effect = self.case.cands[i].effect
                reach, count = self.high[i] + rest_high[i], self.units[i] + rest_units[i]
                need = effect.need()
                if (reach if need.by == "fen" else count) >= need.least and count:
                    most = min(effect.most(reach, count), lay.caps[i])
                elif on & bit:
                    return None
            lost += lay.credit(i, most)
        return lost

    def leaf(self, chosen: list[Option]) -> None:
        masks = [0] * len(chosen)
        for line, option in zip(self.layout.order, chosen, strict=True):
            masks[line] = option.mask
        self._offer(by_offer(masks))

    def gifts_hoped(self, depth: int, off: int, high: list[int], units: list[int]) -> int:
        """The most that gifts may be worth, where lines before this depth count so much towards each offer."""
        lay = self.layout
        rest, more = lay.rest_high[depth], lay.rest_units[depth]
        return sum(
            c.effect.gift_value(lay.gift_prices, high[c.i] + rest[c.i], units[c.i] + more[c.i])
            for c in lay.gifts
            if not off >> c.i & 1
        )

    def tied_out(self, depth: int, bound: int, chosen: list[Option], off: int, flat: bool, hoped: int) -> bool:
        """Whether this branch could at best equal the payable of the best, and then loses every tie. `flat`: what costs the
        same earns the same; `hoped`: the most that its gifts may be worth."""
        best, lay = self.best, self.layout
        if best is None or self.value_only or not flat or -(-bound // lay.scale) < best.payable:
            return False
        theirs = tie_key(self.case, best)
        if hoped != -theirs[0]:
            return bool(hoped < -theirs[0])
        count, expiries = theirs[2], theirs[3]
        ids: tuple[str, ...] = theirs[4]
        takings: int = theirs[5]
        pairs: tuple[tuple[str, int], ...] = theirs[6]
        mine = (len(self.coupons), self.expiries)
        if mine != (count, expiries):
            return bool(mine > (count, expiries))
        hoped_ids, hoped_pairs = self._hopeful(depth, chosen, off)
        if hoped_ids != ids:
            return hoped_ids > ids
        if len(hoped_pairs) != -takings:
            return len(hoped_pairs) < -takings
        return tuple(sorted(hoped_pairs)) >= pairs

    def _hopeful(self, depth: int, chosen: list[Option], off: int) -> tuple[tuple[str, ...], list[tuple[str, int]]]:
        """Applied ids and takings that no completion of this branch can better."""
        lay, cands = self.layout, self.case.cands
        applied = possible = 0
        pairs: list[tuple[str, int]] = []
        for line, option in zip(lay.order, chosen, strict=False):
            applied |= option.mask
            pairs.extend((cands[i].offer.id, line) for i in bits(option.mask))
        for line in lay.order[depth:]:
            possible |= lay.reach[line]
            pairs.extend((name, line) for name in lay.names[line])
        ids = [cands[i].offer.id for i in bits(applied)] + self.names
        # What costs the same earns the same (`tied_out`).
        if self.best is not None and self.case.earn:
            ids.extend(e.cand.offer.id for e in settle(self.case, self.best).earned)
        last = max(ids, default="")
        possible |= lay.shipping
        ids.extend(name for i in bits(possible & ~applied & ~off) if (name := cands[i].offer.id) < last)
        for i in self.coupons:
            pairs.extend((cands[i].offer.id, line) for line in bits(cands[i].mask))
        return tuple(sorted(ids)), pairs
