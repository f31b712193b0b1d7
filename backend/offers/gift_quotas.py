"""Gifts that a promotion may give in all (赠品名额, P12): pieces of an offer, counted when they are ordered.

Beside the stock of the store, which is goods on a shelf: a quota is what the promotion may give away, in all stores together. The
row of an offer is locked after the rows of `offer_uses`, in the order of offer ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import events
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import stable_id


@dataclass(frozen=True, slots=True)
class GiftQuota:
    """Pieces: `quota` in all, of which orders that were placed and not given back have `taken`."""

    quota: int
    taken: int

    @property
    def left(self) -> int:
        return self.quota - self.taken


async def fund(tx: Tx, merchant_id: UUID, offer_id: str, quota: int) -> None:
    """Makes `quota` pieces all that an offer may give."""
    await tx.execute(
        "INSERT INTO offer_gifts (id, merchant_id, offer_id, quota, taken) VALUES ($1, $2, $3, $4, 0)"
        " ON CONFLICT (merchant_id, offer_id) DO UPDATE SET quota = excluded.quota",
        stable_id(merchant_id, f"gifts:{offer_id}"),
        merchant_id,
        offer_id,
        quota,
    )


async def read(merchant_id: UUID, offer_ids: Iterable[str]) -> dict[str, GiftQuota]:
    """The quotas of those offers that have one."""
    names = list(offer_ids)
    if not names:
        return {}
    rows = await database.fetch(
        "SELECT offer_id, quota, taken FROM offer_gifts WHERE merchant_id = $1 AND offer_id = ANY($2)",
        merchant_id,
        names,
    )
    return {row["offer_id"]: GiftQuota(row["quota"], row["taken"]) for row in rows}


async def take(tx: Tx, merchant_id: UUID, gifts: Mapping[str, int], at: datetime) -> str | None:
    """Takes an order's gifts (offer → pieces), each row guarded in its own statement; the first offer that has fewer, if any. The
    caller rolls back. Carts are told when an order like this one would no longer get as many."""
    for offer_id in sorted(gifts):
        left = await tx.fetchval(
            "UPDATE offer_gifts SET taken = taken + $3 WHERE merchant_id = $1 AND offer_id = $2 AND taken + $3 <= quota"
            " RETURNING quota - taken",
            merchant_id,
            offer_id,
            gifts[offer_id],
        )
        if left is None:
            return offer_id
        if left < gifts[offer_id]:
            await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferSoldOut(offer_id), at)
    return None


async def lock(tx: Tx, merchant_id: UUID, offer_ids: Iterable[str]) -> None:
    """Holds the counts of these offers until the transaction ends."""
    await tx.fetch(
        'SELECT 1 FROM offer_gifts WHERE merchant_id = $1 AND offer_id = ANY($2) ORDER BY offer_id COLLATE "C" FOR UPDATE',
        merchant_id,
        sorted(offer_ids),
    )


async def give_back(tx: Tx, merchant_id: UUID, gifts: Mapping[str, int], at: datetime) -> None:
    """Gifts (offer → pieces) of an order that was cancelled, or that came back with a refund; carts are told when there were
    fewer left than these."""
    for offer_id in sorted(gifts):
        left = await tx.fetchval(
            "UPDATE offer_gifts SET taken = taken - $3 WHERE merchant_id = $1 AND offer_id = $2 RETURNING quota - taken",
            merchant_id,
            offer_id,
            gifts[offer_id],
        )
        assert left is not None, "what was taken of a quota has a row"
        if left < 2 * gifts[offer_id]:
            await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferBack(offer_id), at)
