"""What a price asks of a merchant's settings, 抵扣上限 among it: how much of an order red packets, points and balance may pay (P04)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend import events, pricing
from backend.kit import database, outbox
from backend.kit.database import Tx

MOST_FEN = 10**9


class PricePolicy(NamedTuple):
    """`max_coupons` an order (K01); `max_promotions_per_line`, None for no limit (P08); `tender_caps`, of a kind at most one."""

    max_coupons: int
    max_promotions_per_line: int | None
    tender_caps: tuple[pricing.TenderCap, ...]


async def price_policy(merchant_id: UUID) -> PricePolicy:
    """As it is now, in one statement; an order keeps the one of its day."""
    row = await database.fetchrow(
        "SELECT (coupon_policy->>'max_coupons')::int AS coupons, (coupon_policy->>'max_promotions_per_line')::int AS promotions, tender_caps"
        " FROM merchants WHERE merchant_id = $1 AND id = $1",
        merchant_id,
    )
    if row is None:
        raise LookupError(f"no merchant {merchant_id}")
    caps = row["tender_caps"]
    return PricePolicy(
        row["coupons"] or 1,
        row["promotions"],
        tuple(
            pricing.TenderCap(kind, caps[kind].get("bp"), caps[kind].get("fen"))
            for kind in pricing.TENDERS
            if kind in caps
        ),
    )


async def set_tender_cap(
    merchant_id: UUID, kind: str, bp: int | None, fen: int | None, at: datetime, actor: str = "command"
) -> None:
    """States the cap of one kind for prices from now on, in place of the present one: basis points of the payable before tenders, fen
    an order, or both; neither takes it away. The caps of the others stay; open carts are priced again."""
    async with database.transaction() as tx:
        await put_tender_cap(tx, merchant_id, kind, bp, fen, at, actor)


async def put_tender_cap(
    tx: Tx, merchant_id: UUID, kind: str, bp: int | None, fen: int | None, at: datetime, actor: str
) -> None:
    """`set_tender_cap` within a transaction."""
    if kind not in pricing.TENDERS:
        raise ValueError(f"{kind} is no tender")
    if (bp is not None and not 0 <= bp <= 10_000) or (fen is not None and not 0 <= fen <= MOST_FEN):
        raise ValueError(f"a cap is 0 to 10000 basis points, 0 to {MOST_FEN} fen, not {bp} and {fen}")
    cap = pricing.TenderCap(kind, bp, fen).to_json()
    await tx.execute(
        "UPDATE merchants SET tender_caps = tender_caps - $2::text || $3::jsonb WHERE merchant_id = $1 AND id = $1",
        merchant_id,
        kind,
        {kind: cap} if cap else {},
    )
    await outbox.emit(tx, merchant_id, f"rules:{merchant_id}", events.TenderCapChanged(kind, bp, fen, actor), at)
