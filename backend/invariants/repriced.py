"""O1, O2 and O7 where SQL cannot tell: frozen quotes priced again, refunds and who bears discounts computed again and compared
with what was booked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg

from backend import orders, pricing
from backend.invariants.model import Finding, of
from backend.orders import STEPS

AT_A_TIME = 200
"""Rows of a cursor: frozen scenarios are large."""


async def frozen_quotes(connection: asyncpg.Connection, merchant_id: UUID | None) -> Finding:
    """O1: each order with a frozen quote, whatever became of it."""
    rows, wrong = 0, list[str]()
    async for order in _orders(connection, merchant_id, "o.quote IS NOT NULL"):
        rows += 1
        try:
            quoted = orders.refund_rules.requoted(order["request"], order["quote"], STEPS)
        except (orders.refund_rules.NotReproducible, pricing.Malformed) as error:
            wrong.append(f"order {order['number']}: {error}")
            continue
        kept = tuple(order[name] for name in ("list_fen", "goods_fen", "shipping_fen", "payable_fen", "due_fen"))
        priced = (quoted.list, quoted.goods, quoted.shipping, quoted.payable, quoted.due - order["deposit_fen"])
        if kept != priced:
            wrong.append(f"order {order['number']}: its row says {kept}, its quote {priced}")
    return rows, wrong, []


async def reversed_again(connection: asyncpg.Connection, merchant_id: UUID | None) -> Finding:
    """O2: each refunded order, priced and reversed again, gives the figures of its batches. One that does not price again
    is O1's to report."""
    rows, wrong = 0, list[str]()
    async for order in _orders(connection, merchant_id, "o.refunds > 0 AND o.quote IS NOT NULL"):
        kept = await connection.fetch(
            "SELECT at, units, spent, outcome, refund_fen, withheld_fen FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
            order["merchant_id"],
            order["id"],
        )
        rows += len(kept)
        batches = [orders.refund_rules.Batch.of(r) for r in kept]
        try:
            quoted = orders.refund_rules.requoted(order["request"], order["quote"], STEPS)
        except (orders.refund_rules.NotReproducible, pricing.Malformed):
            continue
        try:
            again = pricing.reverse(quoted, [batch.as_return() for batch in batches])
        except pricing.Malformed as error:
            wrong.append(f"order {order['number']}: its batches cannot be: {error}")
            continue
        if [(r.refund, r.withheld) for r in again] != [(r["refund_fen"], r["withheld_fen"]) for r in kept]:
            wrong.append(f"order {order['number']}: its batches are not what reversing gives")
    return rows, wrong, []


async def booked(connection: asyncpg.Connection, merchant_id: UUID | None) -> Finding:
    """O2: every part of every batch (given back gross, withheld, clawed back) is a transfer of its own, and no other."""
    booked = {
        (row["merchant_id"], row["business_key"]): row["amount"]
        for row in await connection.fetch(
            f"SELECT t.merchant_id, t.business_key, t.amount FROM transfers t WHERE starts_with(t.business_key, 'refund:') AND {of('t')}",
            merchant_id,
        )
    }
    rows, wrong = 0, list[str]()
    async for batch in connection.cursor(
        f"SELECT r.merchant_id, r.order_id, r.number, r.outcome, r.cash_fen, r.refund_fen FROM refunds r WHERE {of('r')}",
        merchant_id,
        prefetch=AT_A_TIME,
    ):
        rows += 1
        for key, amount in _parts(batch).items():
            found = booked.pop((batch["merchant_id"], key), 0)
            if found != amount:
                wrong.append(f"{key}: {amount} is not what is booked, {found}")
    return rows, [*wrong, *(f"{key}: {amount} booked for no batch" for (_, key), amount in booked.items())], []


def _parts(batch: asyncpg.Record) -> dict[str, int]:
    mark, outcome = f"refund:{batch['order_id']}:{batch['number']}", batch["outcome"]
    cash = batch["refund_fen"] - sum(t[1] for t in outcome["tenders"])
    parts = [("refund_due", cash, cash - batch["cash_fen"])]
    parts += [(unit, amount, kept) for unit, _, amount, _, kept in outcome["tenders"]]
    family = outcome.get("family", [])
    lent, lent_kept = sum(n for _, n, _ in family), sum(n for *_, n in family)
    parts = [(u, n - lent, kept - lent_kept) if u == "points" else (u, n, kept) for u, n, kept in parts]
    parts += [(f"family:{member}", n, kept) for member, n, kept in family]
    wanted = {f"{mark}:{unit}": gross for unit, gross, _ in parts if gross}
    wanted |= {f"{mark}:{unit}:withheld": kept for unit, _, kept in parts if kept}
    return wanted | {
        f"{mark}:{unit}:{offer}": taken for offer, unit, _, taken, _ in outcome["clawed"] if taken and unit != "coupon"
    }


async def shares_again(connection: asyncpg.Connection, merchant_id: UUID | None) -> Finding:
    """O7: who bears an order's discounts is what its terms make of them, and each batch of its refunds brings back what they
    make of the discounts that it takes back."""
    rows, wrong = 0, list[str]()
    async for order in _orders(connection, merchant_id, "o.quote ? 'bearing' AND o.paid_at IS NOT NULL"):
        rows += 1
        kept = order["quote"]["bearing"]
        if orders.bearing_rules.again(order["quote"]) != kept:
            wrong.append(f"order {order['number']}: its terms make other shares than it keeps")
            continue
        batches = [
            orders.refund_rules.Batch.of(r)
            for r in await connection.fetch(
                "SELECT at, units, spent, outcome FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
                order["merchant_id"],
                order["id"],
            )
        ]
        try:
            quoted = orders.refund_rules.requoted(order["request"], order["quote"], STEPS)
            again = pricing.reverse(quoted, [batch.as_return() for batch in batches])
        except (orders.refund_rules.NotReproducible, pricing.Malformed):
            continue
        booked = await _shares(connection, order)
        wanted = {
            (f"order:{order['id']}:refund:{n + 1}", *key): fen
            for n in range(len(again))
            for *key, fen in orders.discounts_back_rules.borne_back(quoted, again[: n + 1], kept)
        }
        if booked != wanted:
            wrong.append(f"order {order['number']}: its refunds bring back other shares than its terms make")
    return rows, wrong, []


async def _shares(connection: asyncpg.Connection, order: Any) -> dict[tuple[str, ...], int]:
    """What refunds of an order brought back to suppliers: (entry, SKU, offer, supplier) → fen."""
    return {
        (row["business_key"], row["sku"], row["offer"], row["supplier"]): row["fen"]
        for row in await connection.fetch(
            "SELECT e.business_key, coalesce(l.sku, '') AS sku, l.offer, l.supplier, -sum(l.fen)::bigint AS fen FROM journal_entries e"
            " JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id AND l.account = 'supplier_receivable'"
            " WHERE e.merchant_id = $1 AND e.order_id = $2 AND e.kind = 'refund' GROUP BY 1, 2, 3, 4",
            order["merchant_id"],
            order["id"],
        )
    }


async def _orders(connection: asyncpg.Connection, merchant_id: UUID | None, where: str) -> AsyncIterator[Any]:
    async for row in connection.cursor(
        "SELECT o.id, o.merchant_id, o.number, o.quote, o.request, o.list_fen, o.goods_fen, o.shipping_fen, o.payable_fen, o.due_fen, o.deposit_fen"
        f" FROM orders o WHERE {where} AND {of('o')}",
        merchant_id,
        prefetch=AT_A_TIME,
    ):
        yield row
