"""凑单: goods which, when added, make the whole cheaper or let an offer reach its threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from backend.pricing.model import CartLine, Json, QuoteRequest, Rejection

if TYPE_CHECKING:
    from backend.pricing.quote import Quote


@dataclass(frozen=True, slots=True)
class Suggestion:
    """凑单: goods to add. `kind` is pays_less or unlocks; `offer` is what the latter unlocks."""

    kind: str
    add: tuple[CartLine, ...]
    payable: int
    offer: str | None = None

    def to_json(self) -> Json:
        found: Json = {"kind": self.kind}
        if self.offer is not None:
            found["offer"] = self.offer
        found["add"] = [{"sku": a.sku, "qty": a.qty} for a in self.add]
        found["payable"] = self.payable
        return found


COUNTING = ("spend_off", "spend_percent", "spend_gift")
"""Kinds whose threshold counts the goods in their scope."""
MOST_UNITS = 3
MOST_PRICED = 4_000


def suggestions(
    request: QuoteRequest, now: Quote, price: Callable[[QuoteRequest, int | None], Quote | None]
) -> tuple[Suggestion, ...]:
    """Every addition after which the customer pays less; for every missed threshold the cheapest to reach it.

    Additions are priced from small to large and cheap to dear, at most MOST_PRICED of them and until `price` is `OutOfSteps`. It is
    told below what a price is of interest (None: any is), and answers None where there is none.
    """
    missed = {r.id: r for r in now.rejected if r.reason == "THRESHOLD"}
    # What mandatory offers leave of goods is not told by what is added.
    unsure = any(offer.mandatory for offer in now.considered)
    less: list[tuple[dict[str, int], int]] = []
    unlocking: dict[str, tuple[tuple[int, int, list[str]], dict[str, int]]] = {}
    for count, added in enumerate(_additions(request)):
        if count >= MOST_PRICED:
            break
        unlocks = any(unsure or _may_reach(request, r, added) for r in missed.values())
        try:
            answer = price(_with(request, added), None if unlocks else now.payable)
        except OutOfSteps:
            break
        if answer is None:
            continue
        value = sum(request.catalog[sku].price * qty for sku, qty in added.items())
        rank = (answer.payable, value, _flat(added))
        if answer.payable < now.payable and not any(
            payable <= answer.payable and all(added.get(sku, 0) >= qty for sku, qty in smaller.items())
            for smaller, payable in less
        ):
            less.append((added, answer.payable))
        applied = {o.id for o in answer.offers} | {e.offer for e in answer.earn}
        for name in missed.keys() & applied:
            if name not in unlocking or rank < unlocking[name][0]:
                unlocking[name] = (rank, added)
    found: list[tuple[tuple[int, int, list[str], str, str], Suggestion]] = []
    for added, payable in less:
        rank = (payable, sum(request.catalog[s].price * q for s, q in added.items()), _flat(added))
        found.append(((*rank, "pays_less", ""), Suggestion("pays_less", _lines(added), payable)))
    for name, (rank, added) in unlocking.items():
        found.append(((*rank, "unlocks", name), Suggestion("unlocks", _lines(added), rank[0], name)))
    return tuple(suggestion for _, suggestion in sorted(found, key=lambda f: f[0]))


class OutOfSteps(Exception):
    """Nothing more is priced."""


def _may_reach(request: QuoteRequest, missed: Rejection, added: dict[str, int]) -> bool:
    """Whether goods may bring what an offer counts up to its threshold: they add no more to it than they list at. Of offers that count
    what is paid, or goods of their own, that is not known."""
    mine = {sku: qty for sku, qty in added.items() if missed.offer.scope.holds(request.catalog[sku])}
    by_fen: int | None = missed.figures.get("short_by_fen")
    by_count: int | None = missed.figures.get("short_by_count")
    if missed.offer.level in ("SHIPPING", "EARN") or missed.offer.effect.kind not in COUNTING:
        return True
    if by_count is not None:
        return sum(mine.values()) >= by_count
    return by_fen is None or sum(request.catalog[sku].price * qty for sku, qty in mine.items()) >= by_fen


def _additions(request: QuoteRequest) -> Iterator[dict[str, int]]:
    """Up to three units of what may be added; small additions first, to compare larger ones with them."""
    addable = request.cart.addable
    skus = sorted(set(request.catalog if addable is None else addable), key=lambda s: (request.catalog[s].price, s))
    for size in range(1, MOST_UNITS + 1):
        for chosen in combinations_with_replacement(skus, size):
            added: dict[str, int] = {}
            for sku in chosen:
                added[sku] = added.get(sku, 0) + 1
            yield added


def _with(request: QuoteRequest, added: dict[str, int]) -> QuoteRequest:
    lines = (*request.cart.lines, *(CartLine(sku, qty) for sku, qty in added.items()))
    return replace(request, cart=replace(request.cart, lines=lines), explain=False, suggest=False)


def _flat(added: dict[str, int]) -> list[str]:
    return sorted(sku for sku, qty in added.items() for _ in range(qty))


def _lines(added: dict[str, int]) -> tuple[CartLine, ...]:
    return tuple(CartLine(sku, added[sku]) for sku in sorted(added))
