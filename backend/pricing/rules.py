"""The live rule set: offers compiled once into an index; a quote looks only at what can concern its cart.

Two steps narrow a set down. By goods: offers of equal scope form one *reach*, found by SKU, category, brand and tag.
By place and time: of each reach, the offers that `when` bars at a channel, store, region or moment (outside any / not)
are told apart once for all carts of that place and stretch of time, each with its reason. They must be listed in every
quote that has a line in their scope, so the index may only save work, never change an answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from backend.pricing.conditions import AnyOf, From, Until, When, flips, next_day
from backend.pricing.model import Cart, Malformed, Offer, Problem, Product, Rejection, Scope, under
from backend.pricing.offers.base import Effect

KEPT = 50_000
"""Products that a set remembers."""
VIEWS = 64
"""Places and stretches of time that a set remembers."""
PLACES = ("channel", "store", "region")


class Gate(NamedTuple):
    """What a condition demands, outside any / not, of the place and the time. Its leaves stand in the order of §5."""

    places: tuple[AnyOf, ...]
    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]


OPEN = Gate((), (), ())


class Reach(NamedTuple):
    """The offers of one scope, as places in `RuleSet.offers`, rising."""

    scope: Scope
    counts_add_ons: bool
    """Whether they count lines that an add-on brings: SHIPPING and EARN do, all others do not."""
    offers: list[int]


class Part(NamedTuple):
    """The offers of one reach at one place and stretch of time."""

    asked: tuple[tuple[Offer, int], ...]
    """Those that depend on the cart, each with the number of its condition (equal ones have the same)."""
    barred: tuple[Rejection, ...]
    """Those that cannot hold here and now, with the reason why."""
    unsure: tuple[Rejection, ...]
    """The same, for offers that must see the cart before they know whether it has a line of theirs."""
    named: frozenset[str]
    """Barred by the place: stock, use or budget of these offers is a reason before that one (§7)."""


class RuleSet:
    """Immutable. What it remembers of products and places it has seen is a cache of a pure answer."""

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        self.offers = offers
        self.add_ons = {offer.id: offer for offer in offers if offer.type == "add_on"}
        self.gifts = {offer.id: offer for offer in offers if offer.type == "spend_gift"}
        self.reaches: list[Reach] = []
        self._everywhere: list[int] = []
        self._index: dict[tuple[str, str], list[int]] = {}
        self._seen: dict[str, tuple[Product, tuple[int, ...]]] = {}
        self._conditions: list[int] = []
        self._gates: list[Gate] = []
        self._barred: dict[tuple[int, str], Rejection] = {}
        self._views: dict[tuple[str | None, str | None, str | None, int], dict[int, Part]] = {}
        self._hash = ""
        numbers: dict[When | None, int] = {None: 0}
        reaches: dict[tuple[Scope, bool], Reach] = {}
        for i, offer in enumerate(offers):
            self._conditions.append(numbers.setdefault(offer.when, len(numbers)))
            key = (offer.scope, offer.level in ("SHIPPING", "EARN"))
            reach = reaches.get(key)
            if reach is None:
                reach = reaches[key] = Reach(*key, [])
                self._enter(reach)
            reach.offers.append(i)
        self._gates = [gate_of(when) for when in numbers]
        self._bounds = sorted({m for gate in self._gates for m in (*gate.starts, *gate.ends)})
        self._names = {
            leaf: frozenset(v for gate in self._gates for p in gate.places if p.leaf == leaf for v in p.values)
            for leaf in PLACES
        }

    def _enter(self, reach: Reach) -> None:
        n, of = len(self.reaches), reach.scope.of
        self.reaches.append(reach)
        if of.all:
            self._everywhere.append(n)
            return
        for field, names in (
            ("sku", of.skus),
            ("category", of.categories),
            ("brand", of.brands),
            ("tag", of.tags),
        ):
            for name in names:
                self._index.setdefault((field, name), []).append(n)

    @property
    def hash(self) -> str:
        """One digest for the whole set, whatever the order in which it was loaded."""
        if not self._hash:
            self._hash = digest(self.offers)
        return self._hash

    def concerning(self, product: Product) -> tuple[int, ...]:
        """Places in `offers` of those whose scope holds the product, rising."""
        return tuple(sorted(i for n in self.reaching(product) for i in self.reaches[n].offers))

    def reaching(self, product: Product) -> tuple[int, ...]:
        """Places in `reaches` of those whose scope holds the product, rising."""
        seen = self._seen.get(product.sku)
        if seen is not None and (seen[0] is product or seen[0] == product):
            return seen[1]
        found = set(self._everywhere)
        index = self._index
        if index:
            found.update(index.get(("sku", product.sku), ()))
            found.update(index.get(("brand", product.brand), ()))
            for tag in product.tags:
                found.update(index.get(("tag", tag), ()))
            for path in paths(product.category):
                found.update(index.get(("category", path), ()))
        reaches = self.reaches
        answer = tuple(sorted(n for n in found if reaches[n].scope.holds(product)))
        if len(self._seen) >= KEPT:
            self._seen.clear()
        self._seen[product.sku] = (product, answer)
        return answer

    def view(self, cart: Cart, at: datetime) -> dict[int, Part]:
        """What is known already of the reaches where the cart is, at that moment; `part` fills it."""
        names = self._names
        key = (
            cart.channel if cart.channel in names["channel"] else None,
            cart.store if cart.store in names["store"] else None,
            next((path for path in paths(cart.region or "") if path in names["region"]), None),
            bisect_right(self._bounds, at),
        )
        found = self._views.get(key)
        if found is None:
            if len(self._views) >= VIEWS:
                self._views.clear()
            found = self._views[key] = {}
        return found

    def part(self, view: dict[int, Part], n: int, cart: Cart, at: datetime) -> Part:
        """The offers of a reach, those that place and time bar apart from the others."""
        found = view.get(n)
        if found is None:
            found = view[n] = self._divide(self.reaches[n], cart, at)
        return found

    def _divide(self, reach: Reach, cart: Cart, at: datetime) -> Part:
        asked: list[tuple[Offer, int]] = []
        barred: list[Rejection] = []
        unsure: list[Rejection] = []
        named: list[str] = []
        told: dict[int, str] = {0: ""}
        for i in reach.offers:
            offer, condition = self.offers[i], self._conditions[i]
            if condition not in told:
                told[condition] = bars(self._gates[condition], cart, at)
            why = told[condition]
            lasting = why in ("EXPIRED", "NOT_YET") or _lasting(offer)
            if not why or not lasting or offer.type == "add_on":
                asked.append((offer, condition))
                continue
            rejection = self._barred.get((i, why))
            if rejection is None:
                rejection = self._barred[i, why] = _rejection(offer, why)
            (barred if type(offer.effect).bind is Effect.bind else unsure).append(rejection)
            if rejection.reason == "WHEN":
                named.append(offer.id)
        return Part(tuple(asked), tuple(barred), tuple(unsure), frozenset(named))

    def with_(self, added: Iterable[Offer] = (), removed: Iterable[str] = ()) -> RuleSet:
        """The set after some offers were published (in place of those of the same id) or taken down."""
        gone = set(removed)
        offers = {offer.id: offer for offer in self.offers if offer.id not in gone}
        for offer in added:
            offers[offer.id] = offer
        return compile_rules(offers.values())

    def __len__(self) -> int:
        return len(self.offers)


def paths(path: str) -> Iterable[str]:
    """a/b/c, a/b, a."""
    end = len(path)
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def gate_of(when: When | None) -> Gate:
    if when is None:
        return OPEN
    leaves = when.leaves
    return Gate(
        tuple(x for x in leaves if isinstance(x, AnyOf) and x.leaf in PLACES),
        tuple(x.moment for x in leaves if isinstance(x, From)),
        tuple(x.moment for x in leaves if isinstance(x, Until)),
    )


def bars(gate: Gate, cart: Cart, at: datetime) -> str:
    """Why no cart at this place and moment can meet a condition (§7): EXPIRED, NOT_YET, the leaf that fails; or ""."""
    if any(at >= end for end in gate.ends):
        return "EXPIRED"
    if any(at < start for start in gate.starts):
        return "NOT_YET"
    return next((place.leaf for place in gate.places if not _stands(place, cart)), "")


def _rejection(offer: Offer, why: str) -> Rejection:
    match why:
        case "EXPIRED":
            return Rejection(offer, why, {})
        case "NOT_YET":  # of equal instants each offer reports its own, in its own zone
            return Rejection(offer, why, {"at": max(gate_of(offer.when).starts).isoformat()})
        case _:
            return Rejection(offer, "WHEN", {"leaf": why})


def _stands(place: AnyOf, cart: Cart) -> bool:
    if place.leaf == "region":
        return cart.region is not None and any(under(cart.region, v) for v in place.values)
    return (cart.channel if place.leaf == "channel" else cart.store) in place.values


def _lasting(offer: Offer) -> bool:
    """Whether only figures of the request could give a reason that comes before the place."""
    limits = offer.limits
    used_up = 0 in (limits.per_order, limits.per_customer, limits.stock)
    return offer.type != "spend_gift" and not used_up


def compile_rules(offers: Iterable[Offer]) -> RuleSet:
    """The live set of some offers, in the order of their ids."""
    ordered = tuple(sorted(offers, key=lambda offer: offer.id))
    groups = {offer.group for offer in ordered}
    problems = []
    for before, offer in pairwise(ordered):
        if before.id == offer.id:
            problems.append(Problem(offer.id, "is the id of two offers"))
    problems.extend(Problem(o.id, "is the id of an offer and the name of a group") for o in ordered if o.id in groups)
    if problems:
        raise Malformed(tuple(problems))
    return RuleSet(ordered)


def digest(offers: Iterable[Offer]) -> str:
    import hashlib  # noqa: PLC0415  (as in Offer.hash)

    total = hashlib.sha256()
    for text in sorted(offer.source for offer in offers):
        total.update(text.encode())
        total.update(b"\n")
    return total.hexdigest()


def next_change(
    offers: Iterable[Offer], at: datetime, tz: str = "Asia/Shanghai", used_today: Collection[str] = ()
) -> datetime | None:
    """The next instant after `at` at which a time condition of an offer or coupon may flip, or the day ends in which the customer
    had some of an offer that is limited a day (`used_today`); None: never."""
    listed = [*offers]
    found = flips(listed, at, tz)
    if any(offer.limits.per_day is not None and offer.id in used_today for offer in listed):
        midnight = next_day(at, tz)
        found = midnight if found is None else min(found, midnight)
    return found
