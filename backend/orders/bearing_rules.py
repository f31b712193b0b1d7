"""Pure: who bears which discount of an order (B09, O7), as it is frozen with the order, and what that is in the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend import offers
from backend.ledger import JournalLine as Line

MOST_DAYS = 92
"""Days that one statement holds: a quarter."""
Borne = tuple[str, str, str, int]
"""(SKU or "" for shipping, offer or coupon, supplier, fen)."""


def frozen(
    answer: Mapping[str, Any], shares: Mapping[str, Sequence[offers.Share]], supplied: Mapping[str, str]
) -> dict[str, Any]:
    """What an order keeps: the terms of each offer that suppliers bear a part of, who supplied which article, and the parts:
    [place in its lines (null: shipping), offer, [[supplier or "" for the merchant, fen] …]]."""
    parts: list[list[Any]] = []
    for place, line in enumerate(answer["lines"]):
        for offer, off in ((o["id"], o["off"]) for o in line["offers"] if o["id"] in shares):
            its = offers.bearing_rules.split(off, shares[offer], supplied.get(line["sku"], ""))
            parts.append([place, offer, [list(part) for part in its.items()]])
    for o in answer["offers"]:
        if o["level"] == "SHIPPING" and o["id"] in shares:
            its = offers.bearing_rules.split(o["off"], shares[o["id"]], "")
            parts.append([None, o["id"], [list(part) for part in its.items()]])
    skus = {line["sku"] for line in answer["lines"]}
    return {
        "terms": {offer: [share.to_json() for share in its] for offer, its in sorted(shares.items())},
        "suppliers": {sku: supplier for sku, supplier in sorted(supplied.items()) if sku in skus},
        "parts": parts,
    }


def again(quote: Mapping[str, Any]) -> dict[str, Any] | None:
    """What should be frozen by the terms that the order names; None when it names none."""
    if (kept := quote.get("bearing")) is None:
        return None
    shares = {offer: offers.bearing_rules.of_json(its) for offer, its in kept["terms"].items()}
    return frozen(quote, shares, kept["suppliers"])


def borne(quote: Mapping[str, Any]) -> list[Borne]:
    """What suppliers bear of an order as it was sold, article by article; one entry for each SKU, offer and supplier."""
    found: dict[tuple[str, str, str], int] = {}
    for place, offer, parts in (quote.get("bearing") or {"parts": []})["parts"]:
        sku = "" if place is None else quote["lines"][place]["sku"]
        for supplier, fen in parts:
            if supplier != offers.bearing_rules.MERCHANT:
                found[sku, offer, supplier] = found.get((sku, offer, supplier), 0) + fen
    return [(*key, fen) for key, fen in found.items()]


def lines(its: Iterable[Borne], quote: Mapping[str, Any], modes: Mapping[str, str], sign: int = 1) -> list[Line]:
    """In the books: a supplier owes what it bears, by level and mode; with `sign` −1 what returned units had brings it back."""
    level = {offer["id"]: offer["level"] for offer in quote["offers"]}
    found = []
    for sku, offer, supplier, fen in its:
        found.append(Line("supplier_receivable", sign * fen, level[offer], modes[offer], offer, sku, supplier))
        found.append(Line("supplier_share", -sign * fen, level[offer], modes[offer], offer, sku, supplier))
    return found
