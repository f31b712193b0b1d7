"""Which customers are to be told that the rest of their pre-sale may be paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.kit.database import Tx

LAST_DAY = timedelta(hours=24)
"""How long before its end the window's last day begins; a window of less than two such days has no reminder of its own."""
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Reminder:
    """`sku`: the first article; `more`: there are others."""

    merchant_id: UUID
    presale_id: UUID
    member_id: UUID
    occasion: Literal["opened", "last_day"]
    sku: str
    more: bool
    closes_at: datetime


async def to_remind(tx: Tx, at: datetime) -> list[Reminder]:
    """The next of them, noted in this transaction as told: 1 that the window is open, 2 that it ends. Whoever has an order of
    the rest that waits for its payment knows."""
    rows = await tx.fetch(
        "UPDATE presales p SET told = due.stage FROM ("
        " SELECT merchant_id, id, stage FROM (SELECT *, CASE WHEN closes_at <= $2 AND closes_at - opens_at >= $4::interval THEN 2 ELSE 1 END AS stage"
        "  FROM presales WHERE state = 'deposit_paid' AND told < 2 AND opens_at <= $1 AND closes_at > $1 AND order_id IS NULL) x"
        " WHERE told < stage ORDER BY merchant_id, id LIMIT $3) due"
        " WHERE p.merchant_id = due.merchant_id AND p.id = due.id AND p.state = 'deposit_paid' AND p.told < due.stage AND p.order_id IS NULL"
        " RETURNING p.merchant_id, p.id, p.member_id, p.told, p.units, p.closes_at",
        at,
        at + LAST_DAY,
        AT_ONCE,
        2 * LAST_DAY,
    )
    return [
        Reminder(
            row["merchant_id"],
            row["id"],
            row["member_id"],
            "opened" if row["told"] == 1 else "last_day",
            row["units"][0][0],
            len(row["units"]) > 1,
            row["closes_at"],
        )
        for row in rows
    ]
