"""Pure: what a batch of a refund takes back of the discounts, by offer and by line, and whose money that was (0023).

A batch gives its units back with the discount that went to them; of a coupon that comes back while something is kept all that is
left of its discount is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend import offers, pricing


def offs(quoted: pricing.Quote, batches: Sequence[pricing.Refund]) -> list[tuple[str, str, int]]:
    """By offer, the discount that went to the units of the last batch: of a line's share ⌊off·k/n⌋ up to the k-th unit
    returned, so that all of it is back once all units are; all that is left of a coupon's that comes back now. Shipping
    discounts come back with the shipping."""
    before, after = _returned(quoted, batches)
    off: dict[str, int] = {}
    for its in _offs_back(quoted, batches):
        for id, fen in its.items():
            off[id] = off.get(id, 0) + fen
    level = {o.id: o.level for o in quoted.offers}
    whole = after == [line.qty for line in quoted.lines] and before != after
    if whole and quoted.request.policy.refund_shipping:
        off.update({o.id: o.off for o in quoted.offers if o.level == "SHIPPING"})
    return sorted((offer, level[offer], fen) for offer, fen in off.items() if fen)


def _returned(quoted: pricing.Quote, batches: Sequence[pricing.Refund]) -> tuple[list[int], list[int]]:
    """Units that had come back before the last batch, and with it, by place."""
    before, after = [0] * len(quoted.lines), [0] * len(quoted.lines)
    for n, batch in enumerate(batches):
        for x in batch.lines:
            after[x.place] += x.qty
            before[x.place] += x.qty if n < len(batches) - 1 else 0
    return before, after


def _gone(batches: Sequence[pricing.Refund]) -> tuple[set[str], set[str]]:
    """Coupons that had come back before the last batch, and with it: their whole discount has."""
    gone = {coupon for batch in batches[:-1] for coupon in batch.coupons_returned}
    return gone, gone | set(batches[-1].coupons_returned)


def _offs_back(quoted: pricing.Quote, batches: Sequence[pricing.Refund]) -> list[dict[str, int]]:
    """By place and offer, the discount that the last batch takes back: that of the units returned; of a coupon that comes back now
    all that is left, for the customer has paid its share on what is kept, and can use it again."""
    before, after = _returned(quoted, batches)
    gone, going = _gone(batches)
    found = []
    for k, line in enumerate(quoted.lines):
        its: dict[str, int] = {}
        for o in line.offers:
            was = o.off if o.id in gone else o.off * before[k] // line.qty
            its[o.id] = (o.off if o.id in going else o.off * after[k] // line.qty) - was
        found.append(its)
    return found


def by_line(
    quoted: pricing.Quote, batches: Sequence[pricing.Refund]
) -> list[tuple[str, int, int, int, tuple[tuple[str, int], ...]]]:
    """(SKU, units, fen, their list price, ((offer, discount that is taken back) …)) of the last batch, line by line; the
    discounts add up to those of `offs`. Lines of which nothing returns but the discount of a coupon stand behind, with 0 units."""
    offs = [tuple((id, fen) for id, fen in its.items() if fen) for its in _offs_back(quoted, batches)]
    found, there = [], set[int]()
    for x in batches[-1].lines:
        line = quoted.lines[x.place]
        there.add(x.place)
        found.append((x.sku, x.qty, x.fen, line.list // line.qty * x.qty, offs[x.place]))
    return found + [(line.sku, 0, 0, 0, offs[k]) for k, line in enumerate(quoted.lines) if k not in there and offs[k]]


def borne_back(
    quoted: pricing.Quote, batches: Sequence[pricing.Refund], bearing: Mapping[str, Any] | None
) -> list[tuple[str, str, str, int]]:
    """(SKU or "" for shipping, offer, supplier, fen that it bears no more) of the last batch: of each discount that comes back
    what its first fen up to here were borne by, less what came back before; of a coupon that comes back all. So whatever comes back in whatever batches, nobody
    bears anything once all of it has."""
    if bearing is None:
        return []
    before, after = _returned(quoted, batches)
    gone, going = _gone(batches)
    whole = after == [line.qty for line in quoted.lines] and before != after
    free = whole and quoted.request.policy.refund_shipping
    found: dict[tuple[str, str, str], int] = {}
    for place, offer, its in bearing["parts"]:
        parts = dict(its)
        off, sku = sum(parts.values()), ""
        was, now = 0, off if free else 0
        if place is not None:
            line = quoted.lines[place]
            sku = line.sku
            was = off if offer in gone else off * before[place] // line.qty
            now = off if offer in going else off * after[place] // line.qty
        earlier, later = (offers.bearing_rules.up_to(parts, fen) for fen in (was, now))
        for name in (n for n in parts if n != offers.bearing_rules.MERCHANT and later[n] > earlier[n]):
            found[sku, offer, name] = found.get((sku, offer, name), 0) + later[name] - earlier[name]
    return [(*key, fen) for key, fen in found.items()]
