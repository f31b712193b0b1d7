"""总账凭证: the merchant's books of what orders and refunds were, by level and mode (B09, O7).

Lines are only ever added: no balance of a merchant's account is kept beside them, so that nothing that is sold waits for
anything else that is sold. What decides (points, balance, budgets) stands in accounts; what was done stands here too, and
agrees with them (docs/decisions/0014-the-journal.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
        "INSERT INTO journal_lines (id, merchant_id, entry_id, position, account, level, mode, offer, sku, supplier, fen)"
        " SELECT d.id, $1, $2, d.n - 1, d.account, nullif(d.level, ''), nullif(d.mode, ''), nullif(d.offer, ''), nullif(d.sku, ''), nullif(d.supplier, ''), d.fen"
        " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[]) WITH ORDINALITY"
        " AS d (id, account, level, mode, offer, sku, supplier, fen, n)",
        merchant_id,
        entry_id,
        [new_id() for _ in kept],
        [line.account for line in kept],
        [line.level for line in kept],
        [line.mode for line in kept],
        [line.offer for line in kept],
        [line.sku for line in kept],
        [line.supplier for line in kept],
        [line.fen for line in kept],
    )
    return True


async def of_order(tx: Tx, merchant_id: UUID, business_key: str) -> list[JournalLine]:
    """The lines of one entry."""
    rows = await tx.fetch(
        "SELECT l.account, l.fen, coalesce(l.level, '') AS level, coalesce(l.mode, '') AS mode, coalesce(l.offer, '') AS offer, coalesce(l.sku, '') AS sku, coalesce(l.supplier, '') AS supplier FROM journal_entries e JOIN journal_lines l"
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
        "SELECT e.business_key, e.kind, e.at, e.order_id, e.memo, jsonb_agg(jsonb_build_array(l.account, l.fen, coalesce(l.level, ''), coalesce(l.mode, ''), coalesce(l.offer, ''), coalesce(l.sku, ''), coalesce(l.supplier, '')) ORDER BY l.position) AS lines"
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
        case "refund_due", "deposit_return":
            against = "deposit_liability"
        case "refund_due", _:
            against = "cash"
        case _, "deposit_penalty":
            against = "deposit_penalty"
        case _, "expire":
            against = f"{unit}_breakage"
        case _:
            against = f"{unit}_granted"
    return JournalLine(LIABILITY[unit], -amount), JournalLine(against, amount, mode=mode)


@dataclass(frozen=True, slots=True)
class BorneLine:
    """What a supplier bears of one article by one offer on one day: `borne` of what was paid, `back` of what returned, fen;
    `coupon` where it is a coupon's discount, of whichever coupon. `sku` and `offer` are empty where they say nothing."""

    day: date
    supplier: str
    level: str
    mode: str
    offer: str
    sku: str
    borne: int
    back: int
    orders: int


async def borne(
    merchant_id: UUID, since: datetime, until: datetime, tz: str, suppliers: Sequence[str] | None
) -> list[BorneLine]:
    """What suppliers bear in a span of time (`until` excluded), day by day in the time zone; of all where None are named."""
    rows = await database.fetch(
        "SELECT (e.at AT TIME ZONE $4)::date AS day, l.supplier, l.level, l.mode,"
        " CASE WHEN starts_with(l.offer, 'cpn_') THEN '' ELSE l.offer END AS offer, coalesce(l.sku, '') AS sku,"
        " coalesce(sum(l.fen) FILTER (WHERE l.fen > 0), 0)::bigint AS borne, coalesce(-sum(l.fen) FILTER (WHERE l.fen < 0), 0)::bigint AS back,"
        " count(DISTINCT e.order_id) FILTER (WHERE e.kind = 'payment') AS orders"
        " FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id"
        " WHERE e.merchant_id = $1 AND e.at >= $2 AND e.at < $3 AND l.account = 'supplier_receivable' AND l.supplier IS NOT NULL"
        " AND ($5::text[] IS NULL OR l.supplier = ANY($5)) GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
        merchant_id,
        since,
        until,
        tz,
        list(suppliers) if suppliers is not None else None,
    )
    return [BorneLine(**row) for row in rows]


async def discounts_of(merchant_id: UUID, order_id: UUID) -> list[tuple[str, str, str, str, int, int]]:
    """(level, mode, offer, supplier or "" for the merchant, fen borne of what was paid, fen of it that came back) of an
    order's discounts as they are booked; who bore nothing is left out."""
    rows = await database.fetch(
        "SELECT l.level, l.mode, l.offer, x.who, coalesce(sum(x.fen) FILTER (WHERE e.kind = 'payment'), 0)::bigint AS borne,"
        " coalesce(-sum(x.fen) FILTER (WHERE e.kind = 'refund'), 0)::bigint AS back"
        " FROM journal_entries e JOIN journal_lines l ON l.merchant_id = e.merchant_id AND l.entry_id = e.id"
        " AND l.account IN ('discount', 'supplier_share')"
        " CROSS JOIN LATERAL (VALUES ('', l.fen), (l.supplier, -l.fen)) AS x (who, fen)"
        " WHERE e.merchant_id = $1 AND e.order_id = $2 AND x.who IS NOT NULL"
        " GROUP BY 1, 2, 3, 4 HAVING count(*) FILTER (WHERE x.fen <> 0) > 0 ORDER BY 1, 2, 3, 4",
        merchant_id,
        order_id,
    )
    return [(r["level"], r["mode"], r["offer"], r["who"], r["borne"], r["back"]) for r in rows if r["borne"]]
