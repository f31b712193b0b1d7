"""The worst basket: how low a margin the given offers and coupons stack to, found by pricing carts made for it.

What is found is proven, for it was really priced; that nothing is lower is not. The search is a fixed number of quotes
in a fixed order, so an answer is repeatable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import prod
from typing import Any

from backend.pricing.conditions import AnyOf, From, Moment, OrderNumber, first_failing, flips, walk, zone
from backend.pricing.model import (
    MAX_QTY,
    AddOnChosen,
    Cart,
    CartLine,
    Customer,
    Deposit,
    GiftChosen,
    Offer,
    Product,
    QuoteRequest,
)
from backend.pricing.quote import Quote, quote
from backend.pricing.rules import RuleSet

QUOTES = 2_000
WEIGHED = 3
"""A cart that concerns so many offers costs one quote more, twice as many two more: entangled carts take longer."""
STEPS = 500
MOST_ARTICLES = 24
MOST_SITUATIONS = 8
MOST_PLACES = 200
MOST_MOMENTS = 60
SEEDS = 6
SCALE = 10**12


@dataclass(frozen=True)
class Worst:
    """A cart, its quote, and what it leaves: of the whole basket (`sku` empty) or of one article in it.

    `paid_fen` is what is paid for goods, shipping and tenders aside; `list_fen` the same at list prices. `cost_fen` is
    None without costs; that of a basket holds its gifts, those without a known cost at 0. Earnings are not counted.
    """

    sku: str
    paid_fen: int
    list_fen: int
    cost_fen: int | None
    request: QuoteRequest
    quote: Quote

    @property
    def margin_fen(self) -> int | None:
        return None if self.cost_fen is None else self.paid_fen - self.cost_fen

    @property
    def margin_bp(self) -> int | None:
        """Of what is paid, rounded down; None without costs or when nothing is paid."""
        margin = self.margin_fen
        return None if margin is None or self.paid_fen == 0 else margin * 10_000 // self.paid_fen

    @property
    def off_bp(self) -> int:
        """The discount on list prices, rounded down."""
        return (self.list_fen - self.paid_fen) * 10_000 // self.list_fen if self.list_fen else 0

    def badness(self) -> tuple[int, int]:
        """Smaller is worse: what is paid for each fen of cost (or of list price), times SCALE; of equal ones, the smaller."""
        against = self.list_fen if self.cost_fen is None else self.cost_fen
        return self.paid_fen * SCALE // against if against else SCALE * SCALE, self.list_fen


def worst(
    rules: RuleSet, shop: QuoteRequest, costs: Mapping[str, int], quotes: int = QUOTES
) -> tuple[Worst, Worst] | None:
    """The worst basket and the worst article in any basket, of customers who hold all coupons of the shop.

    Costs are fen a unit by SKU; with none at all the deepest discount is looked for. None: there is nothing to sell.
    At most `quotes` carts are priced, fewer where many offers meet, with 500 steps each; the two that are answered,
    with the full search.
    """
    hunt = _Hunt(rules, shop, costs, quotes)
    if not hunt.articles or not hunt.offers:
        return None
    hunt.run()
    found = []
    for whole in (True, False):
        best = hunt.best[whole]
        request = best.request
        priced = quote(rules, request)
        again = hunt.views(request, priced)
        found.append(again[0] if whole else min(again[1:], key=Worst.badness))
    return found[0], found[1]


Basket = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class _Try:
    """A cart to be priced: in which situation, what is in it, whether add-ons are chosen."""

    where: int
    basket: Basket
    add_ons: bool


class _Hunt:
    def __init__(self, rules: RuleSet, shop: QuoteRequest, costs: Mapping[str, int], quotes: int) -> None:
        self.rules = rules
        self.shop = shop
        self.costs = costs
        self.left = quotes
        self.offers: list[Offer] = [*rules.offers, *shop.coupons]
        self.articles = self._articles()
        self.situations = situations(rules, shop) if self.offers else []
        self.fen, self.counts = _thresholds(self.offers)
        self.add_ons = self._add_ons()
        self.tried: dict[_Try, tuple[Worst, Worst]] = {}
        self.best: dict[bool, Worst] = {}

    def run(self) -> None:
        """Prices the seeds, then improves the worst of them step by step, whole baskets and articles in turn."""
        half = self.left // 2
        for n, seed in enumerate(self._seeds()):
            if n >= half or self._price(seed) is None:
                break
        for k in range(SEEDS):
            for whole in (0, 1):
                ranked = sorted(self.tried.items(), key=lambda t: (t[1][whole].badness(), repr(t[0])))
                if k < len(ranked):
                    self._climb(ranked[k][0], whole)

    def _price(self, attempt: _Try) -> tuple[Worst, Worst] | None:
        """The worst of a cart: as a whole, and of its articles. None when the quotes are used up."""
        known = self.tried.get(attempt)
        if known is not None:
            return known
        if self.left <= 0:
            return None
        self.left -= 1
        situation = self.situations[attempt.where]
        cart = replace(
            situation.cart,
            lines=tuple(CartLine(sku, qty) for sku, qty in attempt.basket),
            add_ons=self.add_ons if attempt.add_ons else (),
            gift_choices=self._gift_choices(),
            addable=(),
        )
        request = replace(situation, cart=cart)
        priced = quote(self.rules, request, STEPS)
        self.left -= len(priced.considered) // WEIGHED
        whole, *articles = self.views(request, priced)
        found = whole, min(articles, key=Worst.badness)
        self.tried[attempt] = found
        for key, one in zip((True, False), found, strict=True):
            if key not in self.best or one.badness() < self.best[key].badness():
                self.best[key] = one
        return found

    def views(self, request: QuoteRequest, priced: Quote) -> list[Worst]:
        """What a quote leaves: of the whole basket first, then of each line."""
        costs = self.costs
        rows = [(line.sku, line.payable, line.list, costs.get(line.sku, 0) * line.qty) for line in priced.lines]
        gifts = sum(costs.get(g.sku, 0) * g.qty for g in priced.gifts)
        total = ("", priced.goods, priced.list, gifts + sum(row[3] for row in rows))
        return [
            Worst(sku, paid, full, cost if costs else None, request, priced) for sku, paid, full, cost in (total, *rows)
        ]

    def _climb(self, start: _Try, whole: int) -> None:
        """Takes the best of all small changes as long as one makes it worse."""
        here = start
        while True:
            now = self.tried[here][whole].badness()
            better: tuple[tuple[int, int], _Try] | None = None
            for move in self._moves(here):
                found = self._price(move)
                if found is None:
                    return
                score = found[whole].badness()
                if score < now and (better is None or score < better[0]):
                    better = score, move
            if better is None:
                return
            here = better[1]

    def _moves(self, here: _Try) -> Iterator[_Try]:
        return (move for move in self._changes(here) if move.basket)

    def _changes(self, here: _Try) -> Iterator[_Try]:
        basket = dict(here.basket)
        for sku, qty in here.basket:
            without = {s: q for s, q in basket.items() if s != sku}
            for other in (qty - 1, qty + 1, *self._quantities(self.shop.catalog[sku])):
                if other != qty:
                    yield replace(here, basket=_basket({**without, sku: other}))
            yield replace(here, basket=_basket(without))
        for article in self.articles:
            if article.sku not in basket:
                yield replace(here, basket=_basket({**basket, article.sku: 1}))
                for sku, qty in here.basket:
                    without = {s: q for s, q in basket.items() if s != sku}
                    yield replace(here, basket=_basket({**without, article.sku: qty}))
        for k in range(len(self.situations)):
            yield replace(here, where=k)
        if self.add_ons:
            yield replace(here, add_ons=not here.add_ons)

    def _seeds(self) -> Iterator[_Try]:
        """Bundles as they are sold, single articles in telling quantities, and pairs that just reach a threshold."""
        with_add_ons = bool(self.add_ons)
        for where in range(len(self.situations)):
            for offer in self.offers:
                own = offer.effect.own_scope()
                named = sorted(own.of.skus & self.shop.catalog.keys()) if own is not None else []
                if named:
                    for qty in sorted({1, *self.counts}):
                        yield _Try(where, tuple((sku, qty) for sku in named), with_add_ons)
        for where in range(len(self.situations)):
            for article in self.articles:
                for qty in self._quantities(article):
                    yield _Try(where, ((article.sku, qty),), with_add_ons)
        for where in range(len(self.situations)):
            for a in self.articles[:8]:
                for b in self.articles[:8]:
                    for least in sorted(self.fen):
                        if a.sku != b.sku and b.price and least > a.price:
                            qty = min(MAX_QTY, -(-(least - a.price) // b.price))
                            yield _Try(where, _basket({a.sku: 1, b.sku: qty}), with_add_ons)

    def _quantities(self, article: Product) -> list[int]:
        """One, two, the counts that rules name, and what just reaches each sum, at list price and after each offer."""
        found = {1, 2, *self.counts}
        prices = {article.price}
        for offer in self.rules.offers:
            if offer.level == "LINE" and offer.scope.holds(article):
                prices.add(max(article.floor, offer.effect.unit(article.price)))
        for least in self.fen:
            found.update(-(-least // price) for price in prices if price)
        return sorted(qty for qty in found if 1 <= qty <= 999)

    def _articles(self) -> list[Product]:
        """Of the articles that the same offers concern: the least lucrative, the cheapest, the dearest; then the rest."""
        alike: dict[frozenset[str], list[Product]] = {}
        for product in self.shop.catalog.values():
            if product.price and (not self.costs or product.sku in self.costs):
                key = frozenset(o.id for o in self.offers if o.scope.holds(product))
                alike.setdefault(key, []).append(product)

        def thinness(p: Product) -> int:
            return -self.costs.get(p.sku, 0) * SCALE // p.price

        found: list[Product] = []
        for rank in range(3):
            for key in sorted(alike, key=lambda k: (-len(k), sorted(k))):
                its = sorted(alike[key], key=lambda p: p.sku)
                choice = (min(its, key=thinness), min(its, key=lambda p: p.price), max(its, key=lambda p: p.price))[
                    rank
                ]
                if choice not in found:
                    found.append(choice)
        rest = sorted((p for its in alike.values() for p in its if p not in found), key=lambda p: (thinness(p), p.sku))
        return [*found, *rest][:MOST_ARTICLES]

    def _value(self, sku: str) -> int:
        """What giving a unit away costs: its cost, or without costs its list price."""
        product = self.shop.catalog.get(sku)
        return self.costs.get(sku, 0) if self.costs else product.price if product else 0

    def _add_ons(self) -> tuple[AddOnChosen, ...]:
        """Of each add-on offer the article on which most is lost, as often as it may be chosen."""
        found = []
        for offer in self.offers:
            losses = [(self._value(sku) - (offer.effect.price_of(sku) or 0), sku) for sku in offer.effect.add_on_skus()]
            if losses:
                loss, sku = max(losses)
                if loss > 0:
                    found.append(AddOnChosen(offer.id, sku, offer.effect.most_add_ons()))
        return tuple(found)

    def _gift_choices(self) -> tuple[GiftChosen, ...]:
        return tuple(
            GiftChosen(offer.id, sku)
            for offer in self.offers
            for sku in sorted(offer.effect.gift_skus(), key=lambda s: (-self._value(s), s))
        )


def _basket(quantities: Mapping[str, int]) -> Basket:
    return tuple(sorted((sku, qty) for sku, qty in quantities.items() if 1 <= qty <= MAX_QTY))


def _thresholds(offers: list[Offer]) -> tuple[set[int], set[int]]:
    """The sums and the counts that rules name."""
    fen: set[int] = set()
    counts: set[int] = set()

    def look(node: Any, inside: str = "") -> None:
        if isinstance(node, dict):
            own = [v for k, v in node.items() if k in ("count", "n", "per_order") and isinstance(v, int)]
            counts.update(own)
            nested = [v["count"] for v in node.values() if isinstance(v, dict) and isinstance(v.get("count"), int)]
            counts.add(sum(nested))
            for key, value in node.items():
                if isinstance(value, int) and ((key == "min" and inside != "order_number") or key == "fen"):
                    fen.add(value)
                look(value, key)
        elif isinstance(node, list):
            for item in node:
                look(item, inside)

    for offer in offers:
        look(json.loads(offer.source))
    return {x for x in fen if x > 0}, {x for x in counts if 0 < x <= 999}


def situations(rules: RuleSet, shop: QuoteRequest) -> list[QuoteRequest]:
    """Moments, places and customers in which as many of the offers hold as can; at most eight.

    One in which others of the offers hold is left out, unless an offer that others must make way for does not hold in it.
    """
    offers = [*rules.offers, *shop.coupons]
    goods = tuple((p, MAX_QTY) for p in shop.catalog.values())
    clock = zone(shop.policy.tz)
    seen: dict[frozenset[str], QuoteRequest] = {}
    places = list(_places(offers))
    for at in _moments(offers, shop):
        for cart, customer in places:
            moment = Moment(at, at.astimezone(clock), cart, customer, goods)
            holds = frozenset(
                o.id
                for o in offers
                if (o.expires is None or at < o.expires) and (o.when is None or first_failing(o.when, moment) is None)
            )
            if holds not in seen:
                seen[holds] = replace(shop, at=at, cart=cart, customer=customer)
    binding = {o.id for o in offers if o.mandatory or o.exclusive == "cart"}
    kept = [s for s in seen if not any(s < other and s & binding == other & binding for other in seen)]
    kept.sort(key=lambda s: (-len(s), sorted(s)))
    return [seen[s] for s in kept[:MOST_SITUATIONS]]


def _moments(offers: list[Offer], shop: QuoteRequest) -> list[datetime]:
    """Now, each later start, and every moment of the nine days after each at which a time condition may flip."""
    starts = {shop.at}
    for offer in offers:
        for leaf in walk(offer.when) if offer.when is not None else ():
            if isinstance(leaf, From) and leaf.moment > shop.at:
                starts.add(leaf.moment)
    found: set[datetime] = set()
    for start in sorted(starts):
        at: datetime | None = start
        while at is not None and at <= start + timedelta(days=9) and at not in found and len(found) < MOST_MOMENTS:
            found.add(at)
            at = flips(offers, at, shop.policy.tz)
    return sorted(found)


def _places(offers: list[Offer]) -> Iterator[tuple[Cart, Customer]]:
    """Carts without lines and customers, one for each way to combine the values that conditions name."""
    named: dict[str, set[Any]] = {}
    for offer in offers:
        for leaf in walk(offer.when) if offer.when is not None else ():
            if isinstance(leaf, AnyOf):
                named.setdefault(leaf.leaf, set()).update(leaf.values)
            elif isinstance(leaf, OrderNumber):
                named.setdefault("orders", set()).add(leaf.least - 1)
    tags = frozenset(named.pop("tag", ()))
    deposits = tuple(Deposit(o.id, MAX_QTY) for o in offers if o.effect.needs_deposit)
    options = {name: [*sorted(values), None] for name, values in sorted(named.items())}
    total = prod(len(its) for its in options.values())
    for n in range(min(total, MOST_PLACES)):
        at = n if total <= MOST_PLACES else n * total // MOST_PLACES
        chosen: dict[str, Any] = {}
        for name, its in options.items():
            at, k = divmod(at, len(its))
            chosen[name] = its[k]
        cart = Cart(
            channel=chosen.get("channel"),
            store=chosen.get("store"),
            region=chosen.get("region"),
            payment=chosen.get("payment"),
            delivery=chosen.get("delivery"),
        )
        new = chosen.get("customer") == "new"
        orders = 0 if new else chosen.get("orders") or 0
        yield (
            replace(cart, deposits=deposits),
            Customer(
                id=chosen.get("customer_id") or "u1", level=chosen.get("level"), new=new, tags=tags, orders=orders
            ),
        )


__all__ = ["Worst", "worst"]
