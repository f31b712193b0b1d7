"""The live rule set: offers compiled once into an index; a quote looks only at what concerns its cart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from backend.pricing.conditions import flips
from backend.pricing.model import Malformed, Offer, Problem, Product

KEPT = 50_000


class RuleSet:
    """Immutable. What it remembers of products it has seen is a cache of a pure answer."""

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        self.offers = offers
        self._everywhere: list[int] = []
        self._index: dict[tuple[str, str], list[int]] = {}
        self._seen: dict[str, tuple[Product, tuple[int, ...]]] = {}
        self._hash = ""
        for i, offer in enumerate(offers):
            of = offer.scope.of
            if of.all:
                self._everywhere.append(i)
                continue
            for field, names in (
                ("sku", of.skus),
                ("category", of.categories),
                ("brand", of.brands),
                ("tag", of.tags),
            ):
                for name in names:
                    self._index.setdefault((field, name), []).append(i)

    @property
    def hash(self) -> str:
        """One digest for the whole set, whatever the order in which it was loaded."""
        if not self._hash:
            self._hash = digest(self.offers)
        return self._hash

    def concerning(self, product: Product) -> tuple[int, ...]:
        """Indices of the offers whose scope holds the product, rising."""
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
            end = len(product.category)
            while end > 0:
                found.update(index.get(("category", product.category[:end]), ()))
                end = product.category.rfind("/", 0, end)
        offers = self.offers
        answer = tuple(sorted(i for i in found if offers[i].scope.holds(product)))
        if len(self._seen) >= KEPT:
            self._seen.clear()
        self._seen[product.sku] = (product, answer)
        return answer

    def with_(self, added: Iterable[Offer] = (), removed: Iterable[str] = ()) -> RuleSet:
        """The set after some offers were published (in place of those of the same id) or taken down."""
        gone = set(removed)
        offers = {offer.id: offer for offer in self.offers if offer.id not in gone}
        for offer in added:
            offers[offer.id] = offer
        return compile_rules(offers.values())

    def __len__(self) -> int:
        return len(self.offers)


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
    total = hashlib.sha256()
    for text in sorted(offer.source for offer in offers):
        total.update(text.encode())
        total.update(b"\n")
    return total.hexdigest()


def next_change(
    rules: RuleSet, at: datetime, coupons: Iterable[Offer] = (), tz: str = "Asia/Shanghai"
) -> datetime | None:
    """The next instant after `at` at which a time condition of an offer or coupon may flip; None: never."""
    return flips((*rules.offers, *coupons), at, tz)
