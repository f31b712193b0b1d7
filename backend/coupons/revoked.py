"""A coupon that was given for something is taken back while nobody has used it (B03)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend import events
from backend.coupons import template_budgets
from backend.kit import outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id


async def revoke(
    tx: Tx, merchant_id: UUID, coupon_id: UUID, actor: str, reason: str, note: str, at: datetime
) -> str | None:
    """issued → voided for a coupon that no drop gave; None, or the state that it is in when it may not be used any more or is
    used. The guard is in the statement."""
    row = await tx.fetchrow(
        "UPDATE coupons SET state = 'voided' WHERE merchant_id = $1 AND id = $2 AND state = 'issued' AND expires_at > $3 AND drop_id IS NULL"
        " RETURNING member_id, template_id, in_budget, face_fen",
        merchant_id,
        coupon_id,
        at,
    )
    if row is None:
        state = await tx.fetchval(
            "SELECT state FROM coupons WHERE merchant_id = $1 AND id = $2", merchant_id, coupon_id
        )
        return "expired" if state == "issued" else str(state)
    await template_budgets.settle(tx, merchant_id, [row], promised=-1)
    await tx.execute(
        "INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, note)"
        " VALUES ($1, $2, $3, 'issued', 'voided', $4, $5, $6, $7)",
        new_id(),
        merchant_id,
        coupon_id,
        at,
        actor,
        reason,
        note,
    )
    moved = events.CouponMoved(coupon_id, row["member_id"], "voided", at)
    await outbox.emit(tx, merchant_id, f"member:{row['member_id']}", moved, at)
    return None
