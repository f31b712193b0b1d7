"""Pure: gifts 赠品 of an order when units come back: which pieces came back, and which stayed and were charged (docs/pricing.md §8,
decision 26). A charged gift is bought: it is the customer's, and nothing comes back for it any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend import pricing

Units = Sequence[tuple[str, int]]
Charged = tuple[str, str, int, int]
"""(offer, SKU, pieces, fen) of a gift that was charged."""


def came_back(quoted: pricing.Quote, batches: Sequence[Units]) -> list[int]:
    """Pieces that came back of each gift, in their order. Of a SKU that was bought too, what was bought comes first."""
    returned = _returned(batches)
    for line in quoted.lines:
        returned[line.sku] = max(0, returned.get(line.sku, 0) - line.qty)
    found = []
    for gift in quoted.gifts:
        found.append(min(gift.qty, returned.get(gift.sku, 0)))
        returned[gift.sku] = returned.get(gift.sku, 0) - found[-1]
    return found


def charged(quoted: pricing.Quote, batches: Sequence[Units]) -> tuple[Charged, ...]:
    """The gifts that the last batch charges, as `pricing.reverse` does: their tier is lost with it, and they stay. Of several gifts
    of one SKU what came back makes up for those that are lost, whichever they were. None where the policy lets what is lost go
    (`clawback: "leave"`)."""
    if quoted.request.policy.clawback != "offset":
        return ()
    found, met = list[Charged](), dict[str, int]()
    was = [False] * len(quoted.gifts)
    for n in range(1, len(batches) + 1):
        now, back, found = _lost(quoted, batches[:n]), _back_of(quoted, batches[:n]), []
        for gift, before, lost in zip(quoted.gifts, was, now, strict=True):
            if not lost or before:
                continue
            made_up = min(gift.qty, back[gift.sku] - met.get(gift.sku, 0))
            met[gift.sku] = met.get(gift.sku, 0) + made_up
            if stays := gift.qty - made_up:
                found.append((gift.offer, gift.sku, stays, gift.list // gift.qty * stays))
        was = now
    return tuple(c for c in found if c[3])


def _back_of(quoted: pricing.Quote, batches: Sequence[Units]) -> dict[str, int]:
    """By SKU, pieces that came back as gifts, of whichever offers."""
    found: dict[str, int] = {}
    for gift, n in zip(quoted.gifts, came_back(quoted, batches), strict=True):
        found[gift.sku] = found.get(gift.sku, 0) + n
    return found


def charged_of(outcome: Mapping[str, Any]) -> tuple[Charged, ...]:
    """The gifts that a stored batch charged."""
    return tuple((offer, sku, qty, fen) for offer, sku, qty, fen in outcome.get("charged", ()))


def _lost(quoted: pricing.Quote, batches: Sequence[Units]) -> list[bool]:
    """Of each gift, whether what is kept no longer reaches its tier; once lost it stays lost, for units only go."""
    returned, kept = _returned(batches), dict[str, int]()
    for line in quoted.lines:  # the cart's line of a SKU stands first, and what was added on counts for no gift
        kept.setdefault(line.sku, max(0, line.qty - returned.get(line.sku, 0)))
    found = []
    for gift in quoted.gifts:
        if gift.by == "fen":
            reached = sum(left - left * (qty - kept[sku]) // qty for sku, left, qty in gift.left)
        else:
            reached = sum(kept[sku] for sku, _, _ in gift.left)
        found.append(reached < gift.least)
    return found


def _returned(batches: Sequence[Units]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sku, qty in (unit for batch in batches for unit in batch):
        found[sku] = found.get(sku, 0) + qty
    return found
