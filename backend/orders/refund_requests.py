"""Requests for refunds 退款申请 as they are written and as they end (Q08). The order is locked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.orders.refund_rules import Plan, RequestState


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


async def end(
    tx: Tx, order: Mapping[str, Any], request_id: UUID, after: RequestState, note: str | None, actor: str, at: datetime
) -> bool:
    """A request that waits is answered, with words for the customer where there are any; whether it still waited."""
    ended = await tx.fetchval(
        "UPDATE refund_requests SET state = $3, decided_at = $4, decided_by = $5, note = $6"
        " WHERE merchant_id = $1 AND id = $2 AND state = 'waiting' RETURNING id",
        order["merchant_id"],
        request_id,
        after,
        at,
        actor,
        note,
    )
    if ended is not None:
        await tell(tx, order, after, at)
    return ended is not None
