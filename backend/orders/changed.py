"""A price that is another than the one that the shopper saw (Q05, Q07): both, and what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from backend import coupons, offers
from backend.orders.quoting import Priced
from backend.orders.seen_rules import Moved, Seen, moved, seen_of


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """The price is no longer the one that the shopper saw. Nothing was taken. `seen`: its figures (a till tells the sum alone);
    `moves`: what is another now; `names` of offers, coupons and articles of either price. Both are told by `named`."""

    seen_payable_fen: int
    now: Priced
    seen: Seen | None = None
    moves: Sequence[Moved] = ()
    names: Mapping[str, str] = field(default_factory=dict)


async def named(merchant_id: UUID, changed: PriceChanged) -> PriceChanged:
    """With what moved, called by name, also what is over or used up by now."""
    seen = changed.seen
    if seen is None:
        return changed
    moves = moved(seen, seen_of(changed.now.quote.figures()))
    ids = {*seen.offers, *(m.key for m in moves if m.kind in ("OFFER", "EARNING"))}
    held = {one: UUID(one.removeprefix("cpn_")) for one in ids if one.startswith("cpn_")}
    called = await coupons.names_of(merchant_id, list(held.values())) if held else {}
    known = await offers.names(merchant_id, sorted(ids - set(held))) if ids - set(held) else {}
    names = {one: called[row] for one, row in held.items() if row in called}
    names |= {one: name for one, (_, name) in known.items() if name}
    names |= {sku: product.name for sku, product in changed.now.products.items()}
    return replace(changed, moves=moves, names=names)
