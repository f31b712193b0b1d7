"""Requests for refunds 退款申请 as they are written, answered by a batch, or overtaken by one (Q08). The order is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.orders.refund_reading import batches_of
from backend.orders.refund_rules import Plan, left_of
from backend.orders.refund_words import why_closed


async def waits(tx: Tx, order: Mapping[str, Any]) -> dict[str, Any] | None:
    """The request that waits, if any: id and units. At most one of an order does."""
    return await tx.fetchrow(
        "SELECT id, units FROM refund_requests WHERE merchant_id = $1 AND order_id = $2 AND state = 'waiting'",
        order["merchant_id"],
        order["id"],
    )


async def write(tx: Tx, order: Mapping[str, Any], made: Plan, reason: str, at: datetime) -> None:
    """A customer's wish, for a clerk to decide."""
    await tx.execute(
        "INSERT INTO refund_requests (id, merchant_id, order_id, member_id, state, units, reason, seen_fen, asked_at)"
        " VALUES ($1, $2, $3, $4, 'waiting', $5::jsonb, $6, $7, $8)",
        new_id(),
        order["merchant_id"],
        order["id"],
        order["member_id"],
        database.dumps(made.units),
        reason.strip(),
        made.paid_out,
        at,
    )
    await tell(tx, order, "waiting", at)


async def tell(tx: Tx, order: Mapping[str, Any], after: str, at: datetime) -> None:
    await outbox.emit(
        tx,
        order["merchant_id"],
        f"order:{order['id']}",
        events.RefundRequestMoved(order["id"], order["member_id"], order["store_id"], after, at),
        at,
    )


async def answer(
    tx: Tx, order: Mapping[str, Any], made: Plan, request_id: UUID | None, actor: str, at: datetime
) -> None:
    """After a batch: the request that it was made for is done. Another that waits is closed, with the reason that the customer
    reads, when its goods are no longer all there: nobody could approve it, and it would keep them from asking for the rest."""
    waiting = await waits(tx, order)
    if waiting is None:
        return
    after, note = "done", None
    if waiting["id"] != request_id:
        batches = await batches_of(tx, order["merchant_id"], order["id"])
        left = {} if made.everything else left_of(order["quote"], batches)
        after, note = "closed", why_closed(waiting["units"], left)
        if note is None:
            return
    await tx.execute(
        "UPDATE refund_requests SET state = $3, decided_at = $4, decided_by = $5, note = $6 WHERE merchant_id = $1 AND id = $2",
        order["merchant_id"],
        waiting["id"],
        after,
        at,
        actor,
        note,
    )
    await tell(tx, order, after, at)
