"""What one combination costs: offers applied level by level to the unit, exactly as the contract says.

The search proposes combinations; only this file decides what they are worth and whether they are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from backend.pricing.allocation import Amounts, Run, Share, runs_of, split, take_off
from backend.pricing.earning import Counted, earnings
from backend.pricing.offers.base import Plan, Reward, worth
from backend.pricing.stacking import Candidate, Case, bits

FAR = datetime(9999, 12, 31, tzinfo=UTC)


class Given(NamedTuple):
    """A gift: of which candidate, what it is worth, and the threshold that brought it."""

    i: int
    sku: str
    qty: int
    value: int
    least: int


class Outcome:
    """A combination with its price. `given[i][line]` is what candidate i took off that line."""

    __slots__ = (
        "_worth",
        "after_line",
        "amounts",
        "coupons",
        "gifts",
        "given",
        "goods",
        "own",
        "payable",
        "plans",
        "pledge",
        "settled",
        "shipped",
        "shipping",
        "takes",
        "tie",
        "uses",
    )

    def __init__(self, amounts: Amounts) -> None:
        self.amounts = amounts
        self.after_line: list[int] = []
        self.given: dict[int, dict[int, int]] = {}
        self.plans: dict[int, Any] = {}
        self.takes: dict[int, int] = {}
        self.own: dict[int, int] = {}
        self.gifts: list[Given] = []
        self.uses: dict[int, int] = {}
        self.coupons: tuple[int, ...] = ()
        self.pledge: Candidate | None = None
        self.shipped: dict[int, int] = {}
        self.goods = 0
        self.shipping = 0
        self.payable = 0
        self.tie: tuple[Any, ...] | None = None
        self.settled: Settled | None = None
        self._worth: dict[int, tuple[int, int]] = {}

    def worth(self, mask: int) -> tuple[int, int]:
        """What some lines cost, in fen, and their units. Asked of an outcome that is made."""
        found = self._worth.get(mask)
        if found is None:
            found = self._worth[mask] = worth(runs_of(self.amounts, bits(mask)))
        return found


def evaluate(
    case: Case,
    takes: Mapping[int, int],
    coupons: tuple[int, ...],
    required: int | None = None,
    *,
    fit: bool = False,
) -> Outcome | None:
    """Price a combination: candidate → mask of the lines it takes, and the coupons. None: not allowed.

    Shipping offers are chosen here, for they depend on nothing but the rest; `required` may name one of them. With `fit`
    an offer that cannot apply as told is left out, or takes fewer lines.
    """
    out = Outcome([[[p, q]] for p, q in zip(case.price, case.qty, strict=True)])
    cands = case.cands
    order = sorted(takes)
    if not _apply_lines(case, out, takes, order, fit):
        return None
    for i in order:
        if cands[i].level == "LINE":
            continue
        if cands[i].level == "ORDER":
            applied = _apply_runs(case, out, cands[i], takes[i], fit)
        else:
            applied = _apply_gift(case, out, cands[i], takes[i])
        if not applied and not fit:
            return None
    if case.req.policy.max_promotions_per_line is not None and _crowded(case, out.takes):
        return None
    return _completed(case, out, coupons, required)


def evaluate_with(case: Case, bare: Outcome, coupons: tuple[int, ...]) -> Outcome | None:
    """`evaluate` of a combination that was priced without coupons, with these: what comes before coupons is taken over."""
    out = Outcome([list(runs) for runs in bare.amounts[: len(case.lines)]])
    out.after_line, out.plans, out.gifts = bare.after_line, bare.plans, bare.gifts
    out.given, out.takes, out.uses = dict(bare.given), dict(bare.takes), dict(bare.uses)
    return _completed(case, out, coupons, None)


def told_off(case: Case, bare: Outcome, coupon: Candidate) -> int | None:
    """What a coupon takes off a combination that was priced without coupons, 0 where it does not apply: told by its plan, without
    dividing it over the units. None where that does not tell what the cart costs then."""
    if coupon.level != "COUPON" or case.shipping:
        return None
    mask = _free_of(bare, coupon)
    base, count = bare.worth(mask)
    plainly: int | None = coupon.effect.taken_off(base, count, coupon.cap)
    if plainly is not None and not any(case.floors):
        off = min(plainly, base)
        return 0 if coupon.budget is not None and off > coupon.budget else off
    plan: Plan | None = coupon.effect.plan(runs_of(bare.amounts, bits(mask)), coupon.cap) if mask else None
    if plan is None or (plan.counted is not None and plan.counted != mask):
        return 0
    if len(plan.parts) != 1 or any(case.floors[run.line] for run in plan.parts[0].runs):
        return None
    [part] = plan.parts
    off = min(part.off, sum(run.amount * run.n for run in part.runs))
    return 0 if coupon.budget is not None and off > coupon.budget else max(0, off)


def _free_of(out: Outcome, coupon: Candidate) -> int:
    """The lines of a coupon that nothing on them forbids."""
    mask = coupon.mask
    for j, taken in out.takes.items():
        if coupon.conf >> j & 1:
            mask &= ~taken
    return mask


def _completed(case: Case, out: Outcome, coupons: tuple[int, ...], required: int | None) -> Outcome | None:
    """The levels from coupons on."""
    cands = case.cands
    out.coupons = coupons
    for i in coupons:
        cand = cands[i]
        if cand.level == "SHIPPING":
            continue
        mask = _free_of(out, cand)
        if not mask or not _apply_runs(case, out, cand, mask):
            return None
    if case.extra:
        _add_extra(case, out)
    out.goods = sum(a * n for runs in out.amounts for a, n in runs)
    out.shipping = case.req.cart.shipping
    if case.shipping and not _ship(case, out, required):
        return None
    out.payable = out.goods + out.shipping
    return out


def most_promotions(case: Case) -> int:
    """How many promotions (LINE, ORDER, GIFT) may take one line (P08); without a limit more than there are."""
    most = case.req.policy.max_promotions_per_line
    return len(case.cands) + 1 if most is None else most


def _crowded(case: Case, takes: Mapping[int, int]) -> bool:
    """Whether some line is taken by more promotions than the merchant allows."""
    most = most_promotions(case)
    return any(sum(mask >> line & 1 for mask in takes.values()) > most for line in range(len(case.lines)))


def left_by_line(case: Case, takes: Mapping[int, int]) -> list[int] | None:
    """What some line-level offers leave of each line, all others aside; None: not allowed."""
    out = Outcome([[[p, q]] for p, q in zip(case.price, case.qty, strict=True)])
    return out.after_line if _apply_lines(case, out, takes, sorted(takes), fit=False) else None


def _apply_lines(case: Case, out: Outcome, takes: Mapping[int, int], order: list[int], fit: bool) -> bool:
    """The line-level offers, mandatory ones bound; whether they are allowed."""
    for i in order:
        if case.cands[i].level != "LINE":
            break
        if not _apply_line(case, out, case.cands[i], takes[i], fit) and not fit:
            return False
    if case.mandatory and not _mandatory_bound(case, out):
        return False
    out.after_line = [sum(a * n for a, n in runs) for runs in out.amounts]
    return True


def _apply_line(case: Case, out: Outcome, cand: Candidate, mask: int, fit: bool) -> bool:
    """A line-level offer: units with the greatest saving first when there is a limit."""
    floors, unit = case.floors, cand.effect.unit
    shares: list[Share] = []
    savings: list[tuple[int, Run]] = []
    for line in bits(mask):
        floor, start = floors[line], 0
        for amount, count in out.amounts[line]:
            saving = amount - max(unit(amount), floor)
            if saving > 0:
                savings.append((saving, Run(line, start, amount, count)))
            start += count
    left = cand.cap
    if left is not None:
        savings.sort(key=lambda s: (-s[0], s[1].line, s[1].start))
    touched, total = 0, 0
    for saving, run in savings:
        count = run.n if left is None else min(left, run.n)
        if count == 0:
            break
        if left is not None:
            left -= count
        touched |= 1 << run.line
        total += saving * count
        shares.append(Share(run.line, run.start, count, saving))
    if (touched != mask and not fit) or not touched or (cand.budget is not None and total > cand.budget):
        return False
    out.takes[cand.i] = touched
    out.given[cand.i] = take_off(out.amounts, shares)
    out.plans[cand.i] = shares
    out.uses[cand.i] = sum(s.n for s in shares)
    return True


def _apply_runs(case: Case, out: Outcome, cand: Candidate, mask: int, fit: bool = False) -> bool:
    """An order-level offer or a coupon: its plan, allocated to the units."""
    plan: Plan | None = cand.effect.plan(runs_of(out.amounts, bits(mask)), cand.cap)
    if plan is not None and plan.counted is not None and plan.counted != mask:
        if not fit or not plan.counted:
            return False
        return _apply_runs(case, out, cand, plan.counted)
    if plan is None:
        return False
    shares: list[Share] = []
    for part in plan.parts:
        shares.extend(split(sorted(part.runs), part.off, case.floors))
    total = sum(s.n * s.each for s in shares)
    if total <= 0 or (cand.budget is not None and total > cand.budget):
        return False
    out.takes[cand.i] = mask
    out.given[cand.i] = take_off(out.amounts, shares)
    out.uses[cand.i] = plan.applications
    return True


def _apply_gift(case: Case, out: Outcome, cand: Candidate, mask: int) -> bool:
    """Gifts and add-ons: thresholds count what LINE left; they leave the amounts of the cart alone."""
    lines = bits(mask)
    base = sum(out.after_line[k] for k in lines)
    if cand.effect.kind == "add_on":
        if base < cand.effect.need().least:
            return False
        if cand.budget is not None and add_ons_off(case, cand) > cand.budget:
            return False
        out.takes[cand.i] = mask
        return True
    catalog = case.req.catalog
    left = dict(case.req.gift_stock)
    for gift in out.gifts:
        if gift.sku in left:
            left[gift.sku] -= gift.qty
    prices = {sku: p.price for sku in case.gift_skus if (p := catalog.get(sku)) is not None}
    wished = tuple(g.sku for g in case.req.cart.gift_choices if g.offer == cand.offer.id)
    found = cand.effect.gifts(base, sum(case.qty[k] for k in lines), left, prices, wished)
    if found is None:
        return False
    least, gifts = found
    given = [Given(cand.i, sku, qty, prices.get(sku, 0) * qty, least) for sku, qty in gifts]
    if cand.budget is not None and sum(g.value for g in given) > cand.budget:
        return False
    out.gifts.extend(given)
    out.takes[cand.i] = mask
    return True


def add_ons_off(case: Case, cand: Candidate) -> int:
    """What an add-on offer gives in all for the units that are chosen of it."""
    return sum((x.product.price - x.price) * x.qty for x in case.extra if x.offer == cand.offer.id)


def _add_extra(case: Case, out: Outcome) -> None:
    """Add-ons whose offer applies stand behind the lines of the cart; no other goods offer takes them."""
    names = {case.cands[i].offer.id: i for i in out.takes if case.cands[i].effect.kind == "add_on"}
    for x in case.extra:
        i = names.get(x.offer)
        place = len(out.amounts)
        out.amounts.append([] if i is None else [[x.price, x.qty]])
        if i is not None:
            out.own[i] = out.own.get(i, 0) | 1 << place
            out.given.setdefault(i, {})[place] = (x.product.price - x.price) * x.qty


def _ship(case: Case, out: Outcome, required: int | None) -> bool:
    """The shipping offers with the lowest fee, ties by their ids; every shipping coupon chosen must apply."""
    must = {i for i in out.coupons if case.cands[i].level == "SHIPPING"}
    if required is not None and case.cands[required].level == "SHIPPING":
        must.add(required)
    applied = [case.cands[i] for i in (*out.takes, *out.coupons)]
    alone = any(c.offer.exclusive == "cart" for c in applied if c.level != "SHIPPING")
    met = 0
    for c in applied:
        if c.level != "SHIPPING":
            met |= c.bit
    free = []
    for c in case.shipping:
        barred = (c.offer.is_coupon and c.i not in must) or alone or c.conf & met
        if not barred and goods_on(out, c.mask) >= c.effect.need().least:
            free.append(c)
    best: tuple[int, list[str], dict[int, int]] | None = None
    for chosen_offers in _shipping_sets(free):
        if not must <= {c.i for c in chosen_offers}:
            continue
        if any(c.offer.exclusive == "cart" for c in chosen_offers) and len(chosen_offers) + len(out.takes) > 1:
            continue
        given = _fees(case.req.cart.shipping, chosen_offers)
        if given is None:
            continue
        names = sorted(
            [*(c.offer.id for c in applied), *(case.cands[i].offer.id for i in given if i not in out.coupons)]
        )
        found = (case.req.cart.shipping - sum(given.values()), names, given)
        if best is None or found[:2] < best[:2]:
            best = found
    if best is None:
        return False
    out.shipping, _, out.shipped = best
    return True


def goods_on(out: Outcome, mask: int) -> int:
    """What the goods on some lines cost after all offers."""
    return sum(a * n for k in bits(mask) for a, n in out.amounts[k])


def _shipping_sets(free: list[Candidate]) -> list[list[Candidate]]:
    """Every set of shipping offers that may meet in one order."""
    found: list[tuple[list[Candidate], int]] = [([], 0)]
    for c in free:
        found.extend([([*its, c], conf | c.conf) for its, conf in found if not conf & c.bit])
    return [its for its, _ in found]


def _fees(fee: int, chosen: list[Candidate]) -> dict[int, int] | None:
    """What each takes off the fee that the ones before it left; None where one has nothing to take or too much."""
    given = {}
    for c in chosen:
        off = c.effect.fee_off(fee)
        if off <= 0 or (c.budget is not None and off > c.budget):
            return None
        given[c.i] = off
        fee -= off
    return given


def applies(out: Outcome, cand: Candidate) -> bool:
    """Whether an offer is part of a combination."""
    return cand.i in out.takes or cand.i in out.shipped


def fee_steps(case: Case, coupons: tuple[int, ...]) -> list[tuple[int, int]]:
    """What shipping may cost with these coupons, and the goods that it takes at least: (fee, goods), cheap fees first.

    Sets of offers whose thresholds no goods of the cart reach at list prices are out. Empty: a coupon can never apply.
    """
    fee = case.req.cart.shipping
    must = {i for i in coupons if case.cands[i].level == "SHIPPING"}
    worth = [p * q for p, q in zip(case.price, case.qty, strict=True)] + [x.price * x.qty for x in case.extra]
    free = [
        c
        for c in case.shipping
        if (not c.offer.is_coupon or c.i in must) and sum(worth[k] for k in bits(c.mask)) >= c.effect.need().least
    ]
    found = []
    for its in _shipping_sets(free):
        given = _fees(fee, its)
        if given is not None and must <= {c.i for c in its}:
            found.append((fee - sum(given.values()), max((c.effect.need().least for c in its), default=0)))
    steps: list[tuple[int, int]] = []
    for left, goods in sorted(found):
        if not steps or goods < steps[-1][1]:
            steps.append((left, goods))
    return steps


def _mandatory_bound(case: Case, out: Outcome) -> bool:
    """Whether every line is taken by its mandatory offers, or costs no more than each alone would ask."""
    for cand in case.mandatory:
        taken = out.takes.get(cand.i, 0)
        used = 0
        spent = sum(out.given.get(cand.i, {}).values())
        if cand.cap is not None and cand.i in out.plans:
            used = sum(s.n for s in out.plans[cand.i])
        for line in bits(cand.mask & ~taken):
            price, qty = case.price[line], case.qty[line]
            saving = price - max(cand.effect.unit(price), case.floors[line])
            if saving <= 0:
                continue
            units = qty if cand.cap is None else min(qty, cand.cap - used)
            if cand.budget is not None and spent + saving * units > cand.budget:
                continue
            if sum(a * n for a, n in out.amounts[line]) > price * qty - saving * units:
                return False
    return True


# --- tenders and earnings


class Tender(NamedTuple):
    kind: str
    id: str | None
    fen: int
    points: int
    by_line: dict[int, int]
    on_shipping: int


class Earned(NamedTuple):
    cand: Candidate
    reward: Reward
    lines: list[int]


class Settled(NamedTuple):
    tenders: list[Tender]
    capped: dict[str, int]
    earned: list[Earned]
    due: int
    dropped: list[tuple[Candidate, str, int]]
    """Earnings that did not apply: why, and how much was short of a threshold."""


def settle(case: Case, out: Outcome) -> Settled:
    """Tenders (抵扣) and what is earned (返还) for a combination."""
    if out.settled is None:
        tenders, capped = pay(case, out) if out.payable else ([], {})
        earned, dropped = earn(case, out, tenders, out.pledge) if case.earn or out.pledge else ([], [])
        out.settled = Settled(tenders, capped, earned, out.payable - sum(t.fen for t in tenders), dropped)
    return out.settled


def pay(case: Case, out: Outcome) -> tuple[list[Tender], dict[str, int]]:
    """What tenders pay, and by kind the caps (fen) that kept one from paying more."""
    req = case.req
    asked, customer = req.cart.tenders, req.customer
    if not (asked.points or asked.balance or asked.red_packets):
        return [], {}
    shipping_line = len(out.amounts)
    left: Amounts = [[list(run) for run in runs] for runs in out.amounts] + [[[out.shipping, 1]]]
    found: list[Tender] = []
    most = {cap.kind: cap.most(out.payable) for cap in req.policy.tender_caps}
    capped: dict[str, int] = {}
    deposits = sum(d.fen for d in req.cart.deposits)

    def use(kind: str, name: str | None, fen: int, ppy: int = 0) -> None:
        fen = min(fen, max(0, out.payable - deposits - sum(t.fen for t in found))) if deposits else fen
        barred = 0
        for i, mask in out.takes.items():
            if kind in case.cands[i].offer.no_tender:
                barred |= mask | out.own.get(i, 0)
        lines = [k for k in range(shipping_line + 1) if not barred >> k & 1]
        runs = runs_of(left, lines)
        if kind in most:
            room = most[kind] - sum(t.fen for t in found if t.kind == kind)
            if room < min(fen, sum(run.amount * run.n for run in runs)):
                capped[kind], fen = most[kind], room
        shares = split(runs, fen, [0] * (shipping_line + 1))
        paid = sum(s.n * s.each for s in shares)
        if paid:
            by_line = take_off(left, shares)
            on_shipping = by_line.pop(shipping_line, 0)
            points = -(-paid * ppy // 100) if kind == "points" else 0
            found.append(Tender(kind, name, paid, points, by_line, on_shipping))

    packets = sorted(
        (p for p in customer.red_packets if p.id in asked.red_packets), key=lambda p: (p.expires or FAR, p.id)
    )
    for packet in packets:
        if packet.min <= out.payable and (packet.expires is None or req.at < packet.expires):
            use("red_packet", packet.id, packet.fen)
    ppy = req.policy.points_per_yuan_off
    points = min(asked.points, customer.points)
    if points:
        use("points", None, points * 100 // ppy, ppy)
    balance = min(asked.balance, customer.balance)
    if balance:
        use("balance", None, balance)
    return found, capped


def earn(
    case: Case, out: Outcome, tenders: list[Tender], pledge: Candidate | None = None
) -> tuple[list[Earned], list[tuple[Candidate, str, int]]]:
    """What the customer will be given, on goods payable less what red packets and points paid; `pledge` is a coupon."""
    cands = case.earn if pledge is None else [*case.earn, pledge]
    paid = [sum(a * n for a, n in runs) for runs in out.amounts]
    for tender in tenders:
        if tender.kind != "balance":
            for line, fen in tender.by_line.items():
                paid[line] -= fen
    lines: dict[str, list[int]] = {}
    there = sum(1 << k for k, runs in enumerate(out.amounts) if runs)
    dropped: list[tuple[Candidate, str, int]] = []
    for cand in cands:
        mask = cand.mask & there
        if not mask:
            continue
        for i, taken in out.takes.items():
            if cand.conf >> i & 1:
                mask &= ~(taken | out.own.get(i, 0))
        if mask:
            lines[cand.offer.id] = bits(mask)
        else:
            dropped.append((cand, "EXCLUDED", 0))
    open_cands = [c for c in cands if c.offer.id in lines]
    ppy = case.req.policy.points_per_yuan_off
    while True:
        counted = [Counted(c.offer, sum(paid[k] for k in lines[c.offer.id]), c.cap) for c in open_cands]
        got = {g.rule.id: g.reward for g in earnings(counted)}
        over = next(
            (
                c
                for c in open_cands
                if c.budget is not None and c.offer.id in got and got[c.offer.id].worth(ppy) > c.budget * ppy
            ),
            None,
        )
        if over is None:
            break
        open_cands.remove(over)
        dropped.append((over, "BUDGET", 0))
    by_id = {c.offer.id: c for c in open_cands}
    for c in open_cands:
        if c.offer.id not in got:
            short = c.effect.need().least - sum(paid[k] for k in lines[c.offer.id])
            dropped.append((c, "THRESHOLD" if short > 0 else "NO_EFFECT", max(0, short)))
    earned = [Earned(by_id[name], reward, lines[name]) for name, reward in got.items()]
    return earned, dropped


def give_pledge(case: Case, out: Outcome) -> None:
    """Of the coupons that take nothing off, if the customer chose some and the rest left a place for one: the one with which
    most is earned, ties by which expires first, then by id. The price is found before, and stays."""
    tenders, found = settle(case, out).tenders, list[tuple[int, datetime, str, Candidate]]()
    ppy, wanted = case.req.policy.points_per_yuan_off, case.req.cart.coupons or ()
    for cand in case.pledges if len(out.coupons) < case.req.policy.max_coupons else ():
        if cand.offer.id in wanted:
            earned, _ = earn(case, out, tenders, cand)
            if any(e.cand is cand for e in earned):
                worth = sum(e.reward.worth(ppy) for e in earned)
                found.append((-worth, cand.offer.expires or FAR, cand.offer.id, cand))
    if found:
        out.pledge, out.settled = min(found, key=lambda its: its[:3])[3], None


# --- ties


def tie_key(case: Case, out: Outcome) -> tuple[Any, ...]:
    """Compares two combinations of equal payable as the contract says; the smaller is the better."""
    if out.tie is None:
        cands = case.cands
        earned = 0
        ids = [cands[i].offer.id for i in out.takes]
        ids.extend(cands[i].offer.id for i in out.shipped)
        if case.earn:
            ppy = case.req.policy.points_per_yuan_off
            for e in settle(case, out).earned:
                earned += e.reward.worth(ppy)
                ids.append(e.cand.offer.id)
        expiries = tuple(sorted(cands[i].offer.expires or FAR for i in out.coupons))
        pairs = sorted((cands[i].offer.id, line) for i, mask in out.takes.items() for line in bits(mask))
        out.tie = (
            -gift_value(out),
            -earned,
            len(out.coupons),
            expiries,
            tuple(sorted(ids)),
            -len(pairs),
            tuple(pairs),
        )
    return out.tie


def gift_value(out: Outcome) -> int:
    return sum(g.value for g in out.gifts)
