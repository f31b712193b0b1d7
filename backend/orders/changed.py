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
    `names` of offers, coupons and articles of either price."""

    seen_payable_fen: int
    now: Priced
    seen: Seen | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def moves(self) -> Sequence[Moved]:
        """What moved, where it is known what was seen."""
        return () if self.seen is None else moved(self.seen, seen_of(self.now.quote.to_json()))


async def named(merchant_id: UUID, refusal: object) -> object:
    """Of a price that changed what moved is called by name, also what is over or used up by now."""
    if not isinstance(refusal, PriceChanged):
        return refusal
    ids = {m.key for m in refusal.moves if m.kind in ("OFFER", "EARNING")}
    ids |= set(refusal.seen.offers) if refusal.seen else set()
    held = {one: UUID(one.removeprefix("cpn_")) for one in ids if one.startswith("cpn_")}
    called = await coupons.names_of(merchant_id, list(held.values())) if held else {}
    known = await offers.names(merchant_id, sorted(ids - set(held))) if ids - set(held) else {}
    names = {one: called[row] for one, row in held.items() if row in called}
    names |= {one: name for one, (_, name) in known.items() if name}
    names |= {sku: product.name for sku, product in refusal.now.products.items()}
    return replace(refusal, names=names)
