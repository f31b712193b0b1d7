"""Orders as they are read: one, a member's, those of staff who search (R04: always of one merchant)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx

TOLD_WITHIN = timedelta(minutes=10)
"""How long word of a payment in time is waited for, where a pre-sale would end without it."""
RefundState = Literal["none", "requested", "processing", "part", "refunded", "failed"]


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """An order with its lines. `quote` is the frozen answer of the engine (docs/pricing.md). `refunded_fen` is gross;
    `system_id` the external system that sold it, `priority` says that it comes first in the stores' list (优先配送). Of the rest of a pre-sale `deposit_fen` was paid before."""

    id: UUID
    merchant_id: UUID
    number: str
    member_id: UUID
    store_id: UUID
    state: str
    placed_at: datetime
    pay_by: datetime | None
    paid_at: datetime | None
    list_fen: int
    goods_fen: int
    shipping_fen: int
    payable_fen: int
    due_fen: int
    quote: Mapping[str, Any] | None
    prepay_id: str | None
    completed_at: datetime | None
    refunded_at: datetime | None
    refunded_fen: int
    refunds: int
    refund_state: RefundState
    system_id: UUID | None
    presale_id: UUID | None
    deposit_fen: int
    priority: bool
    lines: tuple[tuple[str, int, int, int, str], ...]  # sku, qty, list_fen, payable_fen, kind


async def get(merchant_id: UUID, order_id: UUID, member_id: UUID | None = None) -> OrderInfo | None:
    """An order; with `member_id`, only if it is that member's."""
    rows = await _read("o.id = $2 AND ($3::uuid IS NULL OR o.member_id = $3)", merchant_id, order_id, member_id)
    return rows[0] if rows else None


async def keep_still(tx: Tx, merchant_id: UUID, order_id: UUID) -> None:
    """The order is as it is until the transaction ends: refunds wait, others who only look do not. Taken where orders are locked,
    before the member."""
    await tx.fetchrow("SELECT id FROM orders WHERE merchant_id = $1 AND id = $2 FOR SHARE", merchant_id, order_id)


async def frozen_request(merchant_id: UUID, order_id: UUID) -> dict[str, Any]:
    """The scenario that the order was priced from (empty for imported past orders)."""
    return (
        await database.fetchval("SELECT request FROM orders WHERE merchant_id = $1 AND id = $2", merchant_id, order_id)
        or {}
    )


async def of_member(merchant_id: UUID, member_id: UUID, first: int, after: UUID | None) -> list[OrderInfo]:
    """A member's orders, newest first."""
    ids = [
        row["id"]
        for row in await database.fetch(
            "SELECT id FROM orders WHERE merchant_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            merchant_id,
            member_id,
            after,
            first,
        )
    ]
    return sorted(await _read("o.id = ANY($2::uuid[])", merchant_id, ids), key=lambda o: o.id, reverse=True)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a merchant's orders and how many match in all."""

    orders: list[OrderInfo]
    total: int


async def search(
    merchant_id: UUID,
    text: str,
    member_ids: Sequence[UUID],
    refund_state: RefundState | None,
    store_ids: Sequence[UUID],
    first: int,
    after: UUID | None,
    to_serve: bool = False,
) -> Found:
    """Orders of a merchant (of these stores, or of all when none is named), newest first: those whose number begins with
    `text` or that belong to one of the members; all when `text` is empty. `to_serve`: those that are paid and wait to be handed
    over, 优先配送 first (B04), then who has waited longest."""
    where, given = "o.merchant_id = $1", list[object]([merchant_id])
    if text:
        given += [text, text + LAST, list(member_ids)]
        where += ' AND (o.number COLLATE "C" >= $2 AND o.number COLLATE "C" < $3 OR o.member_id = ANY($4::uuid[]))'
    if store_ids:
        given.append(list(store_ids))
        where += f" AND o.store_id = ANY(${len(given)}::uuid[])"
    if refund_state is not None:
        given.append(refund_state)
        where += f" AND {CANDIDATES.get(refund_state, 'TRUE')} AND {REFUND_STATE} = ${len(given)}"
    if to_serve:
        where += " AND o.state = 'paid' AND o.takes_stock"
    n = len(given)
    begin, order = f"${n + 1}::uuid IS NULL OR o.id < ${n + 1}", "o.id DESC"
    if to_serve:
        rank = "(NOT {0}.priority, {0}.id)"
        begin = f"${n + 1}::uuid IS NULL OR {rank.format('o')} > (SELECT NOT b.priority, b.id FROM orders b WHERE b.merchant_id = $1 AND b.id = ${n + 1})"
        order = "NOT o.priority, o.id"
    total = await database.fetchval(f"SELECT count(*) FROM orders o WHERE {where}", *given)
    rows = await database.fetch(
        f"SELECT o.id FROM orders o WHERE {where} AND ({begin}) ORDER BY {order} LIMIT ${n + 2}",
        *given,
        after,
        first,
    )
    found = await _read("o.id = ANY($2::uuid[])", merchant_id, [row["id"] for row in rows])
    place = {row["id"]: n for n, row in enumerate(rows)}
    return Found(sorted(found, key=lambda o: place[o.id]), total)


async def overdue(at: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(merchant, order) of orders that were not paid in time. The rest of a pre-sale that could be paid until its window ended
    waits a little longer for word of a payment that was made before."""
    rows = await database.fetch(
        "SELECT o.merchant_id, o.id FROM orders o LEFT JOIN presales s ON s.merchant_id = o.merchant_id AND s.id = o.presale_id"
        " WHERE o.state = 'awaiting_payment' AND o.pay_by <= $1 AND (s.closes_at IS NULL OR o.pay_by < s.closes_at OR o.pay_by <= $3)"
        " ORDER BY o.pay_by LIMIT $2",
        at,
        limit,
        at - TOLD_WITHIN,
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


REFUND_STATE = (
    "CASE WHEN EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id AND p.state = 'failed') THEN 'failed'"
    " WHEN EXISTS (SELECT 1 FROM refund_requests r WHERE r.merchant_id = o.merchant_id AND r.order_id = o.id AND r.state = 'waiting') THEN 'requested'"
    " WHEN EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id AND p.state = 'processing') THEN 'processing'"
    " WHEN o.state = 'refunded' OR o.state = 'cancelled' AND EXISTS (SELECT 1 FROM payouts p WHERE p.merchant_id = o.merchant_id AND p.order_id = o.id) THEN 'refunded' WHEN o.refunds > 0 THEN 'part' ELSE 'none' END"
)
"""What an order's refunds need next, the most urgent first; `o` is the order."""
PAYOUTS_THAT = "o.id IN (SELECT p.order_id FROM payouts p WHERE p.merchant_id = $1 AND p.state = '{}')"
CANDIDATES: Mapping[RefundState, str] = {
    "failed": PAYOUTS_THAT.format("failed"),
    "requested": "o.id IN (SELECT r.order_id FROM refund_requests r WHERE r.merchant_id = $1 AND r.state = 'waiting')",
    "processing": PAYOUTS_THAT.format("processing"),
    "part": "o.refunds > 0",
    "refunded": "(o.refunds > 0 OR o.state = 'cancelled')",
}
"""Orders among which those of a refund state are: found by an index, so that a list does not look at every order."""
LAST = "\U0010ffff"
"""Behind every text that begins in the same way."""


async def _read(where: str, merchant_id: UUID, *args: object) -> list[OrderInfo]:
    rows = await database.fetch(
        "SELECT o.id, o.merchant_id, o.number, o.member_id, o.store_id, o.state, o.placed_at, o.pay_by, o.paid_at, o.list_fen, o.goods_fen, o.shipping_fen,"
        " o.payable_fen, o.due_fen, o.quote, o.prepay_id, o.completed_at, o.refunded_at, o.refunded_fen, o.refunds, o.system_id, o.presale_id, o.deposit_fen, o.priority,"
        f" {REFUND_STATE} AS refund_state, coalesce((SELECT jsonb_agg(jsonb_build_array(l.sku, l.qty, l.list_fen, l.payable_fen, l.kind) ORDER BY l.position)"
        "  FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_id = o.id), '[]'::jsonb) AS lines"
        f" FROM orders o WHERE o.merchant_id = $1 AND {where}",
        merchant_id,
        *args,
    )
    return [OrderInfo(**{**dict(row), "lines": tuple(tuple(line) for line in row["lines"])}) for row in rows]
