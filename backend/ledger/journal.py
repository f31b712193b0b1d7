"""总账凭证: the merchant's books of what orders and refunds were, by level and mode (B09, O7).

Lines are only ever added: no balance of a merchant's account is kept beside them, so that nothing that is sold waits for
anything else that is sold. What decides (points, balance, budgets) stands in accounts; what was done stands here too, and
agrees with them (docs/decisions/0014-the-journal.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.rules import JournalLine


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """An entry with its lines. `number` is the order's, where it belongs to one."""

    business_key: str
    kind: str
    at: datetime
    order_id: UUID | None
    memo: Mapping[str, Any]
    lines: tuple[JournalLine, ...]


async def book(
    tx: Tx,
    merchant_id: UUID,
    *,
    kind: str,
    business_key: str,
    order_id: UUID | None,
    at: datetime,
    memo: Mapping[str, Any],
    lines: Sequence[JournalLine],
) -> bool:
    """Writes an entry; False when this business key was booked before. Lines of nothing are left out."""
    assert sum(line.fen for line in lines) == 0, "debit and credit are equal"
    entry_id = await tx.fetchval(
        "INSERT INTO journal_entries (id, merchant_id, kind, business_key, order_id, memo, at) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)"
        " ON CONFLICT DO NOTHING RETURNING id",
        new_id(),
        merchant_id,
        kind,
        business_key,
        order_id,
        database.dumps(dict(memo)),
        at,
    )
    if entry_id is None:
        return False
    kept = [line for line in lines if line.fen]
    await tx.execute(
        "INSERT INTO journal_lines (id, merchant_id, entry_id, position, account, level, mode, offer, sku, fen)"
        " SELECT d.id, $1, $2, d.n - 1, d.account, nullif(d.level, ''), nullif(d.mode, ''), nullif(d.offer, ''), nullif(d.sku, ''), d.fen"
        " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[]) WITH ORDINALITY"
        " AS d (id, account, level, mode, offer, sku, fen, n)",
        merchant_id,
        entry_id,
        [new_id() for _ in kept],
        [line.account for line in kept],
        [line.level for line in kept],
        [line.mode for line in kept],
        [line.offer for line in kept],
        [line.sku for line in kept],
        [line.fen for line in kept],
    )
    return True


async def of_order(tx: Tx, merchant_id: UUID, business_key: str) -> list[JournalLine]:
    """The lines of one entry."""
    rows = await tx.fetch(
        "SELECT l.account, l.fen, coalesce(l.level, '') AS level, coalesce(l.mode, '') AS mode, coalesce(l.offer, '') AS offer, coalesce(l.sku, '') AS sku FROM journal_entries e JOIN journal_lines l"
        " ON l.merchant_id = e.merchant_id AND l.entry_id = e.id WHERE e.merchant_id = $1 AND e.business_key = $2 ORDER BY l.position",
        merchant_id,
        business_key,
    )
    return [JournalLine(**row) for row in rows]


async def known(keys: Sequence[tuple[UUID, str]]) -> set[str]:
    """Those of the (merchant, business key) that were booked, by key."""
    rows = await database.fetch(
        "SELECT e.business_key FROM unnest($1::uuid[], $2::text[]) AS k (merchant_id, business_key)"
        " JOIN journal_entries e ON e.merchant_id = k.merchant_id AND e.business_key = k.business_key",
        [merchant_id for merchant_id, _ in keys],
        [key for _, key in keys],
    )
    return {row["business_key"] for row in rows}


MOVEMENTS = (
    "SELECT t.business_key, t.kind, t.unit, t.at, t.memo, CASE WHEN c.owner_kind = 'member' THEN t.amount ELSE -t.amount END AS amount"
    " FROM transfers t JOIN accounts c ON c.merchant_id = t.merchant_id AND c.id = t.credit_id"
    " WHERE t.merchant_id = $1 AND t.unit IN ('points', 'balance', 'red_packet', 'refund_due') AND t.at >= $2 AND t.at < $3"
    " AND NOT (starts_with(t.business_key, 'post:order:') OR starts_with(t.business_key, 'earn:') OR starts_with(t.business_key, 'refund:'))"
)
"""Movements of members' accounts that no order or refund has booked; the amount is what the member got."""


async def between(merchant_id: UUID, since: datetime, until: datetime) -> list[JournalEntry]:
    """The journal of a span of time in order: what was booked, and what moved on members' accounts by itself (grants,
    expiry, payouts), which is an entry as it stands. `until` is excluded."""
    rows = await database.fetch(
        "SELECT e.business_key, e.kind, e.at, e.order_id, e.memo, jsonb_agg(jsonb_build_array(l.account, l.fen, coalesce(l.level, ''), coalesce(l.mode, ''), coalesce(l.offer, ''), coalesce(l.sku, '')) ORDER BY l.position) AS lines"
        " FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id"
        " WHERE e.merchant_id = $1 AND e.at >= $2 AND e.at < $3 GROUP BY e.merchant_id, e.id",
        merchant_id,
        since,
        until,
    )
    found = [
        JournalEntry(
            r["business_key"], r["kind"], r["at"], r["order_id"], r["memo"], tuple(JournalLine(*x) for x in r["lines"])
        )
        for r in rows
    ]
    for r in await database.fetch(MOVEMENTS, merchant_id, since, until):
        lines = moved_lines(r["unit"], r["kind"], r["amount"])
        found.append(JournalEntry(r["business_key"], r["kind"], r["at"], None, r["memo"], lines))
    return sorted(found, key=lambda e: (e.at, e.business_key))


LIABILITY = {
    "points": "points_liability",
    "balance": "balance_liability",
    "red_packet": "red_packet_liability",
    "refund_due": "refund_due",
}


def moved_lines(unit: str, kind: str, amount: int) -> tuple[JournalLine, ...]:
    """A movement of a member's account as lines: what is owed to the member, and why. Points at one fen each."""
    mode = ""
    match unit, kind:
        case "refund_due", "refund_elsewhere":
            against, mode = "cash", "external"
        case "refund_due", _:
            against = "cash"
        case _, "expire":
            against = f"{unit}_breakage"
        case _:
            against = f"{unit}_granted"
    return JournalLine(LIABILITY[unit], -amount), JournalLine(against, amount, mode=mode)
