"""What must always be true of refunds (O2), read from the rows of one merchant: `shuhui verify-ledger`."""

from __future__ import annotations

from uuid import UUID

from backend import ledger, pricing
from backend.kit import database
from backend.ledger import Violation
from backend.orders.quoting import STEPS
from backend.orders.refund_rules import Batch, NotReproducible, requoted


async def verify(merchant_id: UUID) -> list[Violation]:
    """Σ refunds ≤ payable and = what the order says; every batch is what pricing.reverse gives; cash paid back ≤ cash
    paid; what the books owe is what is on its way; every part of a batch is booked."""
    return [
        *await _sums(merchant_id),
        *await _cash(merchant_id),
        *await _owed(merchant_id),
        *await _booked(merchant_id),
        *await _reversed(merchant_id),
    ]


async def _sums(merchant_id: UUID) -> list[Violation]:
    rows = await database.fetch(
        "SELECT o.number, o.refunded_fen, o.payable_fen, coalesce(r.total, 0)::bigint AS total, o.refunds, coalesce(r.n, 0) AS n, coalesce(r.last, 0) AS last"
        " FROM orders o LEFT JOIN (SELECT order_id, sum(refund_fen) AS total, count(*) AS n, max(number) AS last FROM refunds WHERE merchant_id = $1 GROUP BY 1) r"
        " ON r.order_id = o.id WHERE o.merchant_id = $1 AND (o.refunded_fen <> coalesce(r.total, 0) OR o.refunded_fen > o.payable_fen"
        " OR o.refunds <> coalesce(r.n, 0) OR coalesce(r.last, 0) <> coalesce(r.n, 0))",
        merchant_id,
    )
    return [
        Violation(
            "O2",
            f"order {r['number']}: refunded {r['refunded_fen']} of {r['payable_fen']}, {r['n']} batches make {r['total']}",
        )
        for r in rows
    ]


async def _cash(merchant_id: UUID) -> list[Violation]:
    rows = await database.fetch(
        "SELECT o.number, o.due_fen, sum(r.cash_fen)::bigint AS cash, coalesce(sum(p.amount_fen), 0)::bigint AS sent FROM refunds r"
        " JOIN orders o ON o.merchant_id = r.merchant_id AND o.id = r.order_id"
        " LEFT JOIN payouts p ON p.merchant_id = r.merchant_id AND p.refund_id = r.id WHERE r.merchant_id = $1"
        " GROUP BY o.number, o.due_fen HAVING sum(r.cash_fen) > o.due_fen OR sum(r.cash_fen) <> coalesce(sum(p.amount_fen), 0)",
        merchant_id,
    )
    return [
        Violation("O2", f"order {r['number']}: {r['due_fen']} paid in cash, {r['cash']} back, {r['sent']} sent")
        for r in rows
    ]


async def _owed(merchant_id: UUID) -> list[Violation]:
    owed: dict[UUID, int] = {}
    for row in await database.fetch(
        "SELECT o.member_id, sum(p.amount_fen)::bigint AS fen FROM payouts p JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id"
        " WHERE p.merchant_id = $1 AND p.state <> 'succeeded' GROUP BY o.member_id",
        merchant_id,
    ):
        owed[row["member_id"]] = row["fen"]
    booked = await ledger.held_by_members(merchant_id, "refund_due")
    return [
        Violation("O2", f"member {m}: {booked.get(m, 0)} booked as owed, {owed.get(m, 0)} on its way")
        for m in sorted({*owed, *booked})
        if owed.get(m, 0) != booked.get(m, 0)
    ]


async def _booked(merchant_id: UUID) -> list[Violation]:
    """Every part of every batch is a transfer of its own, and no other."""
    booked = await ledger.sums_by_key(merchant_id, "refund:")
    for row in await database.fetch(
        "SELECT order_id, number, outcome, cash_fen, refund_fen FROM refunds WHERE merchant_id = $1", merchant_id
    ):
        mark, outcome = f"refund:{row['order_id']}:{row['number']}", row["outcome"]
        cash = row["refund_fen"] - sum(t[1] for t in outcome["tenders"])
        parts = [("refund_due", cash, cash - row["cash_fen"])]
        parts += [(unit, amount, kept) for unit, _, amount, _, kept in outcome["tenders"]]
        wanted = {f"{mark}:{unit}": gross for unit, gross, _ in parts if gross}
        wanted |= {f"{mark}:{unit}:withheld": kept for unit, _, kept in parts if kept}
        wanted |= {f"{mark}:{unit}:{offer}": taken for offer, unit, _, taken, _ in outcome["clawed"] if taken}
        for key, amount in wanted.items():
            if booked.pop(key, None) != amount:
                return [Violation("O2", f"{key}: {amount} is not what is booked")]
    return [Violation("O2", f"{key}: {amount} booked for no batch") for key, amount in booked.items()]


async def _reversed(merchant_id: UUID) -> list[Violation]:
    """Each refunded order, priced and reversed again, gives the figures of its batches (O1, O2)."""
    found = []
    for order in await database.fetch(
        "SELECT id, number, quote, request FROM orders WHERE merchant_id = $1 AND refunds > 0 ORDER BY id", merchant_id
    ):
        rows = await database.fetch(
            "SELECT at, units, spent, refund_fen, withheld_fen FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
            merchant_id,
            order["id"],
        )
        batches = [
            Batch(r["at"], tuple((s, n) for s, n in r["units"]), tuple((o, p, n) for o, p, n in r["spent"]))
            for r in rows
        ]
        try:
            again = pricing.reverse(
                requoted(order["request"], order["quote"], STEPS), [batch.as_return() for batch in batches]
            )
        except (NotReproducible, pricing.Malformed) as error:
            found.append(Violation("O1", f"order {order['number']}: {error}"))
            continue
        if [(r.refund, r.withheld) for r in again] != [(r["refund_fen"], r["withheld_fen"]) for r in rows]:
            found.append(Violation("O2", f"order {order['number']}: its batches are not what reversing gives"))
    return found
