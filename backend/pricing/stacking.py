"""Who may meet whom (叠加互斥): a cart and the offers that may concern it, laid out for the search.

Offers become numbered candidates in the order in which they apply, lines and candidates become bits, and all
rules about meeting become one mask: `conf`, the candidates that may not take a line together with this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Any, NamedTuple

from backend.pricing.conditions import From, Moment, Until, When, failing_name, first_failing, next_day, zone
from backend.pricing.model import CartLine, Offer, Product, QuoteRequest, Rejection, Scope
from backend.pricing.offers.base import Effect, Goods
from backend.pricing.rules import Part, RuleSet

__all__ = [
    "RANK",
    "Candidate",
    "Case",
    "Concerned",
    "Extra",
    "Rejection",
    "bits",
    "meets_badly",
    "merged",
    "names",
]

RANK = {"LINE": 0, "ORDER": 1, "GIFT": 2, "COUPON": 3, "SHIPPING": 4, "EARN": 5}


class Candidate:
    """An offer that may apply: the lines in its scope, what is left of its limit and of its budget."""

    __slots__ = ("bit", "budget", "cap", "conf", "effect", "i", "level", "mask", "offer")

    def __init__(
        self, offer: Offer, effect: Effect, mask: int, cap: int | None = None, budget: int | None = None
    ) -> None:
        self.offer = offer
        self.effect = effect
        self.level = offer.level
        self.mask = mask
        self.cap = cap
        self.budget = budget
        self.i = 0
        self.bit = 0
        self.conf = 0


class Concerned(NamedTuple):
    """An offer with lines in its scope: the effect for this cart, their mask, the number of its condition (−1: none
    that another may share)."""

    offer: Offer
    effect: Effect
    mask: int
    condition: int


class Extra(NamedTuple):
    """Units of an add-on that the customer chose: a line of its own at the place behind the cart's lines."""

    offer: str
    sku: str
    qty: int
    product: Product
    price: int


class Case:
    """One cart to be priced."""

    __slots__ = (
        "_listed",
        "all_lines",
        "cands",
        "coupons",
        "earn",
        "extra",
        "failing",
        "floors",
        "gift_skus",
        "lines",
        "mandatory",
        "moment",
        "notes",
        "offers",
        "pledges",
        "price",
        "products",
        "qty",
        "rejected",
        "req",
        "shipping",
        "skus",
        "stackable",
        "twin",
        "view",
    )

    def __init__(self, rules: RuleSet, req: QuoteRequest) -> None:
        self.req = req
        self.lines = merged(req)
        self.skus = [line.sku for line in self.lines]
        self.qty = [line.qty for line in self.lines]
        self.products = [req.catalog[sku] for sku in self.skus]
        self.price = [p.price for p in self.products]
        self.floors = [p.floor for p in self.products]
        self.all_lines = (1 << len(self.lines)) - 1
        self.extra: list[Extra] = []
        self.rejected: list[Rejection] = []
        self.offers: list[Offer] = []
        # By coupon, the one that stands for all that are alike.
        self.twin: dict[int, int] = {}
        self.notes: dict[str, Any] = {}
        self.moment: Moment | None = None
        self.failing: dict[int, str | None] = {}
        self.view: dict[int, Part] | None = None
        self._listed: dict[int, tuple[int, int]] = {}
        found = self._eligible(self._concerned(rules))
        self._arrange(found)

    def listed(self, mask: int) -> tuple[int, int]:
        """What some lines list at, in fen, and their units."""
        found = self._listed.get(mask)
        if found is None:
            lines = bits(mask)
            found = sum(self.price[k] * self.qty[k] for k in lines), sum(self.qty[k] for k in lines)
            self._listed[mask] = found
        return found

    def _pair_off(self) -> None:
        """Of coupons that do the same wherever they are used, the one that a quote would use: it expires first, ties by id."""
        first: dict[tuple[object, ...], int] = {}
        # (Instants of different zones compare slowly.)
        ends = {c.i: inf if c.offer.expires is None else c.offer.expires.timestamp() for c in self.coupons}
        for c in sorted(self.coupons, key=lambda c: (ends[c.i], c.offer.id)):
            o = c.offer
            # Coupons of one group bar each other, so that those which are alike bar the same with themselves counted.
            does = c.level, c.effect, c.mask, c.cap, c.budget, c.conf | c.bit, o.group, o.priority, o.exclusive
            self.twin[c.i] = first.setdefault((*does, o.excludes, o.no_tender), c.i)

    def _concerned(self, rules: RuleSet) -> list[Concerned]:
        """Offers with a line in their scope that place and time do not bar; those that they do are rejected here."""
        masks: dict[int, int] = {}
        bit = 1
        for product in self.products:
            for n in rules.reaching(product):
                masks[n] = masks.get(n, 0) | bit
            bit <<= 1
        if self.req.cart.add_ons:
            self._add_extra(rules, masks)
        found: list[Concerned] = []
        goods = list(zip(self.products, self.qty, strict=True))
        chosen = {x.offer for x in self.extra}
        for n, mask in masks.items():
            for offer, condition in self._open(rules, n, goods, mask):
                effect, mine = offer.effect.bind(goods, mask)
                if mine and (offer.type != "add_on" or offer.id in chosen):
                    found.append(Concerned(offer, effect, mine, condition))
        if self.req.cart.add_ons or self.req.cart.gift_choices:
            self._chosen_in_vain(rules, found)
        found.sort(key=lambda c: c.offer.id)
        scopes: dict[tuple[Scope, bool], int] = {}
        for coupon in self.req.coupons:
            key = coupon.scope, coupon.level in ("SHIPPING", "EARN")
            mask = scopes.get(key, -1)
            if mask < 0:
                mask = scopes[key] = self._lines_of(*key)
            effect, mask = coupon.effect.bind(goods, mask)
            if mask:
                found.append(Concerned(coupon, effect, mask, -1))
            elif self.req.cart.coupons and coupon.id in self.req.cart.coupons:
                self.rejected.append(Rejection(coupon, "SCOPE", {}))
        return found

    def _lines_of(self, scope: Scope, fee: bool) -> int:
        """The lines in a scope, with those of add-ons where what is paid for them counts."""
        goods = [*self.products, *(x.product for x in self.extra if fee)]
        return sum(1 << k for k, product in enumerate(goods) if scope.holds(product))

    def _chosen_in_vain(self, rules: RuleSet, found: list[Concerned]) -> None:
        """Offers of which the customer chose an add-on or a gift, and of whose goods no line is in the cart: they say so, where
        others without a line are not listed."""
        cart = self.req.cart
        chosen = [rules.add_ons.get(a.offer) for a in cart.add_ons]
        chosen += [rules.gifts.get(g.offer) for g in cart.gift_choices]
        told = {c.offer.id for c in found} | {r.offer.id for r in self.rejected}
        for offer in {o.id: o for o in chosen if o is not None and o.id not in told}.values():
            self.rejected.append(Rejection(offer, "SCOPE", {}))

    def _open(self, rules: RuleSet, n: int, goods: Goods, mask: int) -> Iterable[tuple[Offer, int]]:
        """The offers of a reach that are to be looked at; the others are rejected, one and all."""
        req = self.req
        if self.view is None:
            self.view = rules.view(req.cart, req.at)
        part = rules.part(self.view, n, req.cart, req.at)
        if not part.barred and not part.unsure:
            return part.asked
        named: set[str] = set()
        for figures in (req.stock, req.gift_quota, req.budget, req.customer.used, req.customer.used_today):
            if figures:
                named |= part.named & figures.keys()
        asked = [*part.asked]
        barred = [r for r in part.unsure if r.offer.effect.bind(goods, mask)[1]] + [*part.barred]
        if named:
            asked += [(r.offer, -1) for r in barred if r.offer.id in named]
            barred = [r for r in barred if r.offer.id not in named]
        self.rejected += barred
        self.offers += [r.offer for r in barred]
        return asked

    def _add_extra(self, rules: RuleSet, masks: dict[int, int]) -> None:
        """Chosen add-ons become lines behind those of the cart; only SHIPPING and EARN offers count them."""
        chosen: dict[tuple[str, str], int] = {}
        for a in self.req.cart.add_ons:
            chosen[a.offer, a.sku] = chosen.get((a.offer, a.sku), 0) + a.qty
        for (name, sku), qty in sorted(chosen.items()):
            offer = rules.add_ons.get(name)
            price = offer.effect.price_of(sku) if offer is not None else None
            if price is None:
                continue
            product = self.req.catalog[sku]
            bit = 1 << len(self.lines) + len(self.extra)
            self.extra.append(Extra(name, sku, qty, product, min(product.price, max(price, product.floor))))
            for n in rules.reaching(product):
                if rules.reaches[n].counts_add_ons:
                    masks[n] = masks.get(n, 0) | bit

    def _eligible(self, concerned: list[Concerned]) -> list[Candidate]:
        req = self.req
        found = []
        for offer, effect, mask, condition in concerned:
            self.offers.append(offer)
            limits = offer.limits
            stock = req.stock.get(offer.id, limits.stock) if req.stock else limits.stock
            used = req.customer.used.get(offer.id, 0) if req.customer.used else 0
            today = req.customer.used_today.get(offer.id, 0) if req.customer.used_today else 0
            budget = req.budget.get(offer.id) if req.budget else None
            gifts = req.gift_quota.get(offer.id) if req.gift_quota else None
            if gifts == 0:
                stock = 0
            cap = limits.per_order
            if limits.per_customer is not None:
                cap = _least(cap, max(0, limits.per_customer - used))
            if limits.per_day is not None:
                cap = _least(cap, max(0, limits.per_day - today))
            cap = _least(cap, stock)
            if cap and offer.level == "LINE" and cap >= sum(self.qty[k] for k in bits(mask)):
                cap = None
            plain = offer.when is None and offer.expires is None and offer.type not in ("spend_gift", "coupon")
            if plain and cap is None and budget is None:
                found.append(Candidate(offer, effect, mask))
                continue
            why = self._reason(offer, condition, stock, used, today, budget)
            if why is None:
                found.append(Candidate(offer, effect if gifts is None else effect.up_to(gifts), mask, cap, budget))
            else:
                self.rejected.append(why)
        return found

    def _reason(
        self, offer: Offer, condition: int, stock: int | None, used: int, today: int, budget: int | None
    ) -> Rejection | None:
        """The first reason of the contract that can be told without looking at other offers."""
        at = self.req.at
        if offer.expires is not None and at >= offer.expires:
            return Rejection(offer, "EXPIRED", {})
        if offer.when is not None:
            starts = [leaf.moment for leaf in offer.when.leaves if isinstance(leaf, From) and at < leaf.moment]
            if any(isinstance(leaf, Until) and at >= leaf.moment for leaf in offer.when.leaves):
                return Rejection(offer, "EXPIRED", {})
            if starts:
                return Rejection(offer, "NOT_YET", {"at": max(starts).isoformat()})
        limits = offer.limits
        if (stock is not None and stock <= 0) or offer.effect.sold_out(self.req.gift_stock):
            return Rejection(offer, "SOLD_OUT", {})
        if limits.per_order == 0:
            return Rejection(offer, "LIMIT", {"which": "per_order"})
        if limits.per_customer is not None and used >= limits.per_customer:
            return Rejection(offer, "LIMIT", {"which": "per_customer"})
        if limits.per_day is not None and today >= limits.per_day:
            resets = next_day(at, self.req.policy.tz)
            return Rejection(offer, "LIMIT", {"which": "per_day", "resets_at": resets.isoformat()})
        if offer.is_coupon and self.req.policy.max_coupons == 0:
            return Rejection(offer, "LIMIT", {"which": "max_coupons"})
        if budget is not None and budget <= 0:
            return Rejection(offer, "BUDGET", {})
        leaf = self._failing(offer.when, condition) if offer.when is not None else None
        return Rejection(offer, "WHEN", {"leaf": leaf}) if leaf is not None else None

    def _failing(self, when: When, condition: int) -> str | None:
        """The name of the first leaf that fails; equal conditions (of one number, unless it is −1) are asked once."""
        if condition in self.failing:
            return self.failing[condition]
        if self.moment is None:
            req, goods = self.req, tuple(zip(self.products, self.qty, strict=True))
            self.moment = Moment(req.at, req.at.astimezone(zone(req.policy.tz)), req.cart, req.customer, goods)
        leaf = first_failing(when, self.moment)
        name = failing_name(leaf, self.moment) if leaf is not None else None
        if condition >= 0:
            self.failing[condition] = name
        return name

    def _arrange(self, found: list[Candidate]) -> None:
        found.sort(key=lambda c: (RANK[c.level], c.offer.priority, c.offer.id))
        self.cands = found
        for i, cand in enumerate(found):
            cand.i = i
            cand.bit = 1 << i
        together: dict[tuple[str, bool], int] = {}
        for c in found:
            if c.level != "EARN":
                key = c.offer.group, c.level == "SHIPPING"
                together[key] = together.get(key, 0) | c.bit
        for a in found:
            if a.level != "EARN":
                a.conf |= together[a.offer.group, a.level == "SHIPPING"] & ~a.bit
            if a.offer.excludes or a.offer.exclusive:
                for b in found:
                    if a is not b and meets_badly(a, b):
                        a.conf |= b.bit
                        b.conf |= a.bit
        self.gift_skus = {sku for c in found if c.effect.kind == "spend_gift" for sku in c.effect.gift_skus()}
        self.stackable = [c for c in found if RANK[c.level] <= 2]
        self.coupons = [c for c in found if c.offer.is_coupon and c.level != "EARN"]
        self.pledges = [c for c in found if c.offer.is_coupon and c.level == "EARN"]
        self._pair_off()
        self.shipping = [c for c in found if c.level == "SHIPPING"]
        self.earn = [c for c in found if c.level == "EARN" and not c.offer.is_coupon]
        self.mandatory = [c for c in found if c.offer.mandatory and c.level == "LINE"]


def meets_badly(a: Candidate, b: Candidate) -> bool:
    """Whether the two may not take a line together (with an earning: whether its lines do not count)."""
    x, y = a.offer, b.offer
    earn = (x.level == "EARN") + (y.level == "EARN")
    if earn == 2:
        return False
    if x.excludes and not x.excludes.isdisjoint(names(y)):
        return True
    if y.excludes and not y.excludes.isdisjoint(names(x)):
        return True
    if earn:
        return False
    shipping = (x.level == "SHIPPING") + (y.level == "SHIPPING")
    if shipping == 1:  # shipping takes no lines, so a group shared with goods says nothing
        return False
    if x.group == y.group:
        return True
    return not shipping and (x.exclusive == "line" or y.exclusive == "line")


def names(offer: Offer) -> tuple[str, ...]:
    """What another offer may call this one in its `excludes`."""
    if offer.template is None:
        return (offer.id, offer.group)
    return (offer.id, offer.group, offer.template)


def merged(req: QuoteRequest) -> list[CartLine]:
    """Lines of one SKU together, in the order of the SKUs."""
    lines = req.cart.lines
    total: dict[str, int] = {}
    for line in lines:
        if line.qty > 0:
            total[line.sku] = total.get(line.sku, 0) + line.qty
    return [CartLine(sku, total[sku]) for sku in sorted(total)]


def _least(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


def bits(mask: int) -> list[int]:
    """The positions of the ones, rising."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found
