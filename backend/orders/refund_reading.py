"""Refunds as they are read: batches and requests of orders, what can still come back, what is still earned (Q08)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.orders.gift_rules import charged_of
from backend.orders.reading import OrderInfo
from backend.orders.refund_rules import Batch, RequestState, earned_so_far, earned_unit, left_of
from backend.orders.rules import may


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """One batch as it was made. `outcome` as `refund_rules.outcome` writes it."""

    id: UUID
    order_id: UUID
    number: int
    request_id: UUID | None
    units: Sequence[Sequence[Any]]
    outcome: Mapping[str, Any]
    refund_fen: int
    withheld_fen: int
    cash_fen: int
    restocked: bool
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """A customer's request. `seen_fen` is what they were told that they would get."""

    id: UUID
    order_id: UUID
    state: RequestState
    units: Sequence[Sequence[Any]]
    reason: str
    seen_fen: int
    asked_at: datetime
    decided_at: datetime | None
    note: str | None


async def of_orders(merchant_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, list[BatchInfo]]:
    """The batches of orders, by order, in their order."""
    rows = await database.fetch(
        "SELECT id, order_id, number, request_id, units, outcome, refund_fen, withheld_fen, cash_fen, restocked, reason, actor, at FROM refunds"
        " WHERE merchant_id = $1 AND order_id = ANY($2::uuid[]) ORDER BY order_id, number",
        merchant_id,
        list(order_ids),
    )
    found: dict[UUID, list[BatchInfo]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(BatchInfo(**row))
    return found


async def batches_of(tx: Tx, merchant_id: UUID, order_id: UUID) -> list[Batch]:
    """The batches of one order as its next is computed from them, in their order."""
    rows = await tx.fetch(
        "SELECT at, units, spent, outcome FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
        merchant_id,
        order_id,
    )
    return [Batch.of(row) for row in rows]


async def requests_of(merchant_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, list[RequestInfo]]:
    """The requests for refunds of orders, by order, the oldest first."""
    rows = await database.fetch(
        "SELECT id, order_id, state, units, reason, seen_fen, asked_at, decided_at, note FROM refund_requests"
        " WHERE merchant_id = $1 AND order_id = ANY($2::uuid[]) ORDER BY id",
        merchant_id,
        list(order_ids),
    )
    found: dict[UUID, list[RequestInfo]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(RequestInfo(**row))
    return found


async def request(merchant_id: UUID, request_id: UUID) -> RequestInfo | None:
    row = await database.fetchrow(
        "SELECT id, order_id, state, units, reason, seen_fen, asked_at, decided_at, note FROM refund_requests"
        " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        request_id,
    )
    return RequestInfo(**row) if row else None


def refundable(order: OrderInfo, batches: Sequence[BatchInfo], *, elsewhere: bool = False) -> dict[str, int]:
    """Units that can still come back by SKU; empty where the order cannot be refunded. What an external system sold comes
    back there, unless the caller may give it back all the same (`elsewhere`)."""
    if not may("refund", order.state) or order.quote is None or (order.system_id is not None and not elsewhere):
        return {}
    done = [Batch(b.at, tuple((sku, qty) for sku, qty in b.units), charged=charged_of(b.outcome)) for b in batches]
    return {sku: n for sku, n in left_of(order.quote, done).items() if n}


def still_had(order: OrderInfo, batches: Sequence[BatchInfo]) -> dict[str, int]:
    """Units that the customer of a paid order still has by SKU, gifts among them, those that were charged too; empty of an order
    that was refunded, which is none any more."""
    if not may("refund", order.state) or order.quote is None:
        return {}
    done = [Batch(b.at, tuple((sku, qty) for sku, qty in b.units)) for b in batches]
    return {sku: n for sku, n in left_of(order.quote, done).items() if n}


def still_earned(order: OrderInfo, batches: Sequence[BatchInfo]) -> list[dict[str, Any]]:
    """What an order earns (as in its frozen quote), less what its refunds took of it."""
    quote = order.quote or {"earn": []}
    if not batches:
        return list(quote["earn"])
    left = {offer: amount for offer, _, amount in earned_so_far(quote, [b.outcome for b in batches])}
    named = {"points": "points", "red_packet": "fen"}
    return [{**e, named.get(earned_unit(e)[0], "count"): left[e["offer"]]} for e in quote["earn"] if e["offer"] in left]
