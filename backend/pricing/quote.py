"""The quote (试算): the best combination for a cart: lines, offers, earnings, tenders, what did not apply."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from backend.pricing.evaluation import Outcome, evaluate, give_pledge, settle
from backend.pricing.model import (
    NOTHING,
    Cart,
    CartLine,
    Customer,
    Json,
    Level,
    Offer,
    Policy,
    Product,
    QuoteRequest,
    Rejection,
)
from backend.pricing.offers.base import Effect, Reward
from backend.pricing.optimise import STEPS, Solver
from backend.pricing.places import Budget
from backend.pricing.reasons import rejections
from backend.pricing.rules import RuleSet, digest
from backend.pricing.shortcut import shortcut
from backend.pricing.stacking import Case, bits

if TYPE_CHECKING:
    from backend.pricing.suggesting import Suggestion

__all__ = [
    "AppliedOffer",
    "Earning",
    "Gift",
    "LineOffer",
    "Quote",
    "QuoteLine",
    "TenderUsed",
    "price_in_hand",
    "quote",
    "retrace",
]


class LineOffer(NamedTuple):
    """What one offer took off one line."""

    id: str
    off: int

    def to_json(self) -> Json:
        return {"id": self.id, "off": self.off}


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line of the answer, in fen: what it lists at, what is paid, and what each offer took off."""

    sku: str
    qty: int
    list: int
    payable: int
    offers: tuple[LineOffer, ...]
    runs: tuple[tuple[int, int], ...]
    """Units by position, as (payable, how many next to each other)."""

    @property
    def units(self) -> tuple[int, ...]:
        return tuple(amount for amount, n in self.runs for _ in range(n))

    def to_json(self) -> Json:
        return {
            "sku": self.sku,
            "qty": self.qty,
            "list": self.list,
            "payable": self.payable,
            "offers": [o.to_json() for o in self.offers],
            "units": [*self.units],
        }


@dataclass(frozen=True, slots=True)
class AppliedOffer:
    """An offer that applies, and what it takes off in all, in fen."""

    id: str
    level: Level
    off: int
    uses: int = 1
    """How much of its limits it used: units for line-level offers, applications for the others."""

    def to_json(self) -> Json:
        return {"id": self.id, "level": self.level, "off": self.off, "uses": self.uses}


@dataclass(frozen=True, slots=True)
class Gift:
    """`least`, `by` and `left` (line-level amounts and quantities by SKU) say what must stay to keep it."""

    offer: str
    sku: str
    qty: int
    list: int
    by: str = field(default="fen", repr=False)
    least: int = field(default=0, repr=False)
    left: tuple[tuple[str, int, int], ...] = field(default=(), repr=False)

    def to_json(self) -> Json:
        return {"offer": self.offer, "sku": self.sku, "qty": self.qty, "list": self.list}


@dataclass(frozen=True, slots=True)
class AddOnTaken:
    """加价购 that was bought: list price, what its offer takes off and what is paid, in fen for all units."""

    offer: str
    sku: str
    qty: int
    list: int
    off: int
    payable: int

    def to_json(self) -> Json:
        return {
            "offer": self.offer,
            "sku": self.sku,
            "qty": self.qty,
            "list": self.list,
            "off": self.off,
            "payable": self.payable,
        }


@dataclass(frozen=True, slots=True)
class Earning:
    """What one offer will give once the order completes; `rule` and `places` say on which lines."""

    offer: str
    reward: Reward
    rule: Offer = field(repr=False)
    places: tuple[int, ...] = field(repr=False)
    cap: int | None = field(default=None, repr=False)

    @property
    def uses(self) -> int:
        """How much of the offer's limits it uses: one, or the steps of `every`."""
        return self.rule.effect.times_given(self.reward)

    def worth_fen(self, points_per_yuan: int) -> int:
        """What it takes of the offer's budget, fen: points at the policy's rate; a fen that is begun counts."""
        return -(-self.reward.worth(points_per_yuan) // points_per_yuan)

    @property
    def points(self) -> int | None:
        return self.reward.points or None

    @property
    def fen(self) -> int | None:
        return self.reward.fen or None

    @property
    def count(self) -> int | None:
        return self.reward.count or None

    @property
    def template(self) -> str | None:
        return self.reward.template

    def to_json(self) -> Json:
        named = {"points": self.points, "fen": self.fen, "template": self.template, "count": self.count}
        return {"offer": self.offer, **{k: v for k, v in named.items() if v is not None}}


@dataclass(frozen=True, slots=True)
class TenderUsed:
    """抵扣: what one tender pays, in fen; `points` are those that it takes."""

    kind: str
    fen: int
    id: str | None = None
    points: int | None = None
    by_line: Mapping[int, int] = field(default_factory=dict, repr=False)
    """What it paid of the lines, by their places in the quote."""
    on_shipping: int = 0

    def to_json(self) -> Json:
        found: Json = {"kind": self.kind}
        if self.id is not None:
            found["id"] = self.id
        found["fen"] = self.fen
        if self.points is not None:
            found["points"] = self.points
        return found


@dataclass(frozen=True)
class Quote:
    """The answer. `request` and `considered` make it reproducible and reversible."""

    list: int
    goods: int
    saved: int
    shipping: int
    payable: int
    due: int
    lines: tuple[QuoteLine, ...]
    offers: tuple[AppliedOffer, ...]
    gifts: tuple[Gift, ...]
    add_ons: tuple[AddOnTaken, ...]
    earn: tuple[Earning, ...]
    tenders: tuple[TenderUsed, ...]
    rejected: tuple[Rejection, ...]
    suggestions: tuple[Suggestion, ...]
    optimal: bool
    lower_bound: int
    request: QuoteRequest = field(repr=False)
    considered: tuple[Offer, ...] = field(repr=False)
    coupons_used: tuple[str, ...] = ()
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The combination itself: by goods offer (coupons aside), the SKUs of the lines that it takes. See `retrace`."""
    weighed: Mapping[str, tuple[Effect, tuple[int, ...]]] = field(default_factory=dict, repr=False)
    """By coupon on goods its effect in this cart and the places of all lines that it counts, also of those it takes nothing off."""
    capped: Mapping[str, int] = field(default_factory=dict)
    """By kind of tender the cap (fen) that kept it from paying more (P04)."""

    @property
    def rules(self) -> str:
        """Digest of the versions of all offers and coupons that were weighed for this cart."""
        return digest(self.considered)

    def figures(self) -> Json:
        """The answer as far as it is money and goods: without what did not apply, suggestions, and how it was found."""
        return {
            "list": self.list,
            "goods": self.goods,
            "saved": self.saved,
            "shipping": self.shipping,
            "payable": self.payable,
            "due": self.due,
            "lines": [x.to_json() for x in self.lines],
            "offers": [x.to_json() for x in self.offers],
            "gifts": [x.to_json() for x in self.gifts],
            "add_ons": [x.to_json() for x in self.add_ons],
            "earn": [x.to_json() for x in self.earn],
            "tenders": [x.to_json() for x in self.tenders],
            **({"capped": dict(self.capped)} if self.capped else {}),
        }

    def to_json(self) -> Json:
        return {
            **self.figures(),
            "rejected": [x.to_json() for x in self.rejected],
            "suggestions": [x.to_json() for x in self.suggestions],
            "optimal": self.optimal,
            "lower_bound": self.lower_bound,
            "rules": self.rules,
        }


def quote(rules: RuleSet, request: QuoteRequest, steps: int = STEPS) -> Quote:
    """The best price of a cart under some rules, at the moment and for the customer of the request."""
    found, _ = _solved(rules, request, steps)
    return replace(found, suggestions=suggest(rules, request, found, steps)) if request.suggest else found


def suggest(rules: RuleSet, request: QuoteRequest, found: Quote, steps: int = STEPS) -> tuple[Suggestion, ...]:
    """凑单 for a cart that is priced already. All its searches share `steps`; one takes at most a tenth of them, so that
    entangled carts end with fewer suggestions instead of holding up everybody else."""
    from backend.pricing.suggesting import OutOfSteps, suggestions  # noqa: PLC0415  (most carts ask for none)

    left = steps

    def price(some: QuoteRequest, below: int | None) -> Quote | None:
        nonlocal left
        if left <= 0:
            raise OutOfSteps
        case = Case(rules, within_deposits(rules, some))
        answer, used = _priced(case, min(left, max(steps // 10, 1)), below, reasons=False)
        left -= max(used, LEAST_COST)
        return answer

    return suggestions(request, found, price)


LEAST_COST = 20
"""What pricing a cart costs at least, in steps of the search."""


def _solved(rules: RuleSet, request: QuoteRequest, steps: int) -> tuple[Quote, int]:
    """The quote without suggestions, and the steps that it took."""
    case = Case(rules, within_deposits(rules, request))
    found, used = _priced(case, steps, None, reasons=True)
    if found is None:
        raise AssertionError("a cart can always be bought at some price")
    return found, used


def _priced(case: Case, steps: int, below: int | None, *, reasons: bool) -> tuple[Quote | None, int]:
    """A quote without suggestions (and perhaps without what did not apply), and the steps that it took. None where nothing was found
    that costs less than `below`, in carts where that can be asked."""
    loosens = any(c.cap is not None and c.budget is not None for c in case.mandatory)
    if loosens or case.extra or case.req.cart.coupons is not None:
        below = None
    solver = Solver(case, steps, below)
    out = shortcut(case) or solver.solve()
    if out is None and below is None and _loosened(case):
        solver = Solver(case, max(solver.steps.left, 1))
        out = solver.solve()
    if out is None:
        return None, steps - max(solver.steps.left, 0)
    if case.pledges:
        give_pledge(case, out)
    bound, used = solver.steps.open_bound, steps - max(solver.steps.left, 0)
    settled = settle(case, out)
    # Reasons have steps of their own: what they take says nothing about the price.
    solver.steps = Budget(allowed := steps // 4)
    rejected = rejections(case, out, solver) if reasons else []
    used += allowed - max(solver.steps.left, 0)
    found = _quote(case, out, rejected, bound)
    assert found.saved >= 0 and found.due >= 0 and found.due + sum(t.fen for t in settled.tenders) == found.payable
    return found, used


def _loosened(case: Case) -> bool:
    """Mandatory offers with a limit and a budget bind no more: of what the limit leaves the budget may allow neither less nor more, and
    no combination would be left. Whether there were any."""
    bound = case.mandatory
    case.mandatory = [c for c in bound if c.cap is None or c.budget is None]
    return len(case.mandatory) < len(bound)


def within_deposits(rules: RuleSet, request: QuoteRequest) -> QuoteRequest:
    """Offers that count deposits have stock for as many units as there are deposits."""
    if not request.cart.deposits:
        return request
    stock = dict(request.stock)
    units = {d.offer: d.units for d in request.cart.deposits}
    for offer in rules.offers:
        if offer.id in units and offer.effect.needs_deposit:
            left = stock.get(offer.id, offer.limits.stock)
            stock[offer.id] = units[offer.id] if left is None else min(left, units[offer.id])
    return replace(request, stock=stock)


def retrace(
    rules: RuleSet, request: QuoteRequest, taken: Mapping[str, Collection[str]], coupons: Collection[str]
) -> Quote | None:
    """The quote of a combination that is known (`Quote.taken`, `Quote.coupons_used`): priced, not searched, so that what
    was promised once comes out again however the search has changed since. No reasons, no suggestions; `optimal` says
    nothing. None where the rules do not allow the combination."""
    case = Case(rules, within_deposits(rules, request))
    place = {sku: 1 << k for k, sku in enumerate(case.skus)}
    by_id = {c.offer.id: c for c in case.cands}
    known = all(name in by_id for name in (*taken, *coupons))
    if not known or not all(sku in place for its in taken.values() for sku in its):
        return None
    takes = {by_id[name].i: sum(place[sku] for sku in its) for name, its in taken.items()}
    used = [by_id[name] for name in coupons]
    goods = tuple(sorted(c.i for c in used if c.level != "EARN"))
    out = evaluate(case, takes, goods)
    if out is None and _loosened(case):
        out = evaluate(case, takes, goods)
    if out is None:
        return None
    out.pledge = next((c for c in used if c.level == "EARN"), None)
    return _quote(case, out, [], None)


def _quote(case: Case, out: Outcome, rejected: list[Rejection], bound: int | None) -> Quote:
    settled = settle(case, out)
    cands = case.cands
    lines: list[QuoteLine] = []
    given: list[list[LineOffer]] = [[] for _ in range(len(case.lines) + len(case.extra))]
    applied = []
    for i in sorted(out.takes):
        offer, by_line = cands[i].offer, out.given.get(i, {})
        applied.append(AppliedOffer(offer.id, offer.level, sum(by_line.values()), out.uses.get(i, 1)))
        for line in sorted(by_line):
            if by_line[line]:
                given[line].append(LineOffer(offer.id, by_line[line]))
    applied.extend(AppliedOffer(cands[i].offer.id, "SHIPPING", off) for i, off in sorted(out.shipped.items()))
    total = 0
    sold = [(x.sku, x.qty, p.price) for x, p in zip(case.lines, case.products, strict=True)]
    sold.extend((x.sku, x.qty, x.product.price) for x in case.extra)
    places: dict[int, int] = {}
    for k, (sku, qty, unit) in enumerate(sold):
        runs = tuple((a, n) for a, n in out.amounts[k]) if k < len(out.amounts) else ()
        if not runs:
            continue
        full = unit * qty
        total += full
        paid = sum(a * n for a, n in runs)
        places[k] = len(lines)
        lines.append(QuoteLine(sku, qty, full, paid, tuple(given[k]), runs))
        assert paid >= 0 and full - sum(o.off for o in given[k]) == paid
    return Quote(
        list=total,
        goods=out.goods,
        saved=total - out.goods,
        shipping=out.shipping,
        payable=out.payable,
        due=settled.due,
        lines=tuple(lines),
        offers=tuple(applied),
        gifts=_gifts(case, out),
        add_ons=_add_ons(case, out),
        earn=tuple(
            Earning(e.cand.offer.id, e.reward, e.cand.offer, tuple(places[k] for k in e.lines), e.cand.cap)
            for e in settled.earned
        ),
        tenders=tuple(
            TenderUsed(
                t.kind,
                t.fen,
                t.id,
                t.points if t.kind == "points" else None,
                {places[k]: fen for k, fen in t.by_line.items()},
                t.on_shipping,
            )
            for t in settled.tenders
        ),
        rejected=tuple(rejected),
        suggestions=(),
        optimal=bound is None,
        lower_bound=out.payable if bound is None else min(bound, out.payable),
        request=case.req,
        considered=tuple(case.offers),
        coupons_used=(*(cands[i].offer.id for i in out.coupons), *([out.pledge.offer.id] if out.pledge else ())),
        taken={
            cands[i].offer.id: tuple(case.skus[k] for k in bits(mask))
            for i, mask in out.takes.items()
            if i not in out.coupons
        },
        weighed={
            cands[i].offer.id: (cands[i].effect, tuple(places[k] for k in bits(out.takes[i])))
            for i in out.coupons
            if i in out.takes
        },
        capped=settled.capped,
    )


def _gifts(case: Case, out: Outcome) -> tuple[Gift, ...]:
    found = []
    for g in out.gifts:
        cand = case.cands[g.i]
        left = tuple((case.skus[k], out.after_line[k], case.qty[k]) for k in bits(out.takes[g.i]))
        found.append(Gift(cand.offer.id, g.sku, g.qty, g.value, cand.effect.need().by, g.least, left))
    return tuple(found)


def _add_ons(case: Case, out: Outcome) -> tuple[AddOnTaken, ...]:
    found = []
    for x, runs in zip(case.extra, out.amounts[len(case.lines) :], strict=False):
        if runs:
            full, paid = x.product.price * x.qty, x.price * x.qty
            found.append(AddOnTaken(x.offer, x.sku, x.qty, full, full - paid, paid))
    return tuple(found)


def price_in_hand(
    rules: RuleSet,
    product: Product,
    at: datetime,
    policy: Policy = Policy(),
    customer: Customer = Customer(),
    *,
    channel: str | None = None,
    store: str | None = None,
    region: str | None = None,
    stock: Mapping[str, int] = NOTHING,
    budget: Mapping[str, int] = NOTHING,
) -> int:
    """到手价: what one unit of a product costs alone, with the line-level offers that hold."""
    cart = Cart(lines=(CartLine(product.sku, 1),), channel=channel, store=store, region=region, coupons=())
    request = QuoteRequest(at, {product.sku: product}, cart, customer, policy=policy, stock=stock, budget=budget)
    case = Case(rules, request)
    solver = Solver(case)
    solver.together = sum(c.bit for c in case.stackable if c.level == "LINE" and c.offer.exclusive != "cart")
    solver.alone = [c for c in solver.alone if c.level == "LINE"]
    out = solver.exactly(())
    return product.price if out is None else out.goods
