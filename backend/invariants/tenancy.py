"""T1: no row refers to a row of another merchant. Made for every reference that the present tables have."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from backend.invariants.model import Finding, Invariant, Look, of, queried

TARGETS = {
    "account_id": ("accounts", "id"),
    "compensation_id": ("coupons", "id"),
    "coupon_id": ("coupons", "id"),
    "created_by": ("staff", "id"),
    "credit_id": ("accounts", "id"),
    "debit_id": ("accounts", "id"),
    "drop_id": ("coupon_drops", "id"),
    "entry_id": ("journal_entries", "id"),
    "event_id": ("outbox_events", "id"),
    "family_id": ("families", "id"),
    "founder_id": ("members", "id"),
    "friend_id": ("members", "id"),
    "gift_template_id": ("coupon_templates", "id"),
    "hold_id": ("holds", "id"),
    "inviter_id": ("members", "id"),
    "item_id": ("mall_items", "id"),
    "home_store_id": ("stores", "id"),
    "lot_id": ("lots", "id"),
    "lottery_id": ("lotteries", "id"),
    "member_id": ("members", "id"),
    "opener_id": ("members", "id"),
    "merchant_id": ("merchants", "id"),
    "offer_id": ("offer_versions", "offer_id"),
    "order_id": ("orders", "id"),
    "origin_id": ("lot_parts", "id"),
    "payer_id": ("members", "id"),
    "parent_id": ("org_units", "id"),
    "pool_id": ("code_pools", "id"),
    "presale_id": ("presales", "id"),
    "prize_id": ("lottery_prizes", "id"),
    "promotion_id": ("promotions", "id"),
    "refund_id": ("refunds", "id"),
    "request_id": ("refund_requests", "id"),
    "sharer_id": ("members", "id"),
    "sku": ("products", "sku"),
    "staff_id": ("staff", "id"),
    "store_id": ("stores", "id"),
    "system_id": ("external_systems", "id"),
    "template_id": ("coupon_templates", "id"),
    "transfer_id": ("transfers", "id"),
    "unit_id": ("org_units", "id"),
}
"""What a column of this name refers to: table and column."""

BY_KIND = {
    ("accounts", "owner_id"): (
        "owner_kind",
        {"member": "members", "merchant": "merchants", "budget": "offer_budgets", "given": "offer_budgets"},
    ),
    ("log_in_sessions", "subject_id"): ("subject_kind", {"consumer": "members", "staff": "staff"}),
}
"""References whose table is said by another column."""

ELSEWHERE = {
    ("log_in_sessions", "family_id"): "names a family of tokens, no row",
    ("orders", "prepay_id"): "WeChat Pay's",
    ("orders", "payment_id"): "WeChat Pay's",
    ("presales", "prepay_id"): "WeChat Pay's",
    ("presales", "payment_id"): "WeChat Pay's",
    ("payouts", "transaction_id"): "WeChat Pay's",
    ("messages", "template_id"): "WeChat's",
    ("send_credits", "template_id"): "WeChat's",
    ("code_pools", "created_by"): "an actor in words",
}
"""Columns that look like references and name nothing of ours, and what they name."""

NOWHERE = "'00000000-0000-0000-0000-000000000000'"
"""Claims that were made outside any store are counted there (analytics.NO_STORE)."""


async def columns(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """(table, column) of everything that is named like a reference, in every table that has a merchant."""
    rows = await connection.fetch(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.columns m"
        " ON m.table_schema = c.table_schema AND m.table_name = c.table_name AND m.column_name = 'merchant_id'"
        " WHERE c.table_schema = 'public' AND (c.column_name LIKE '%\\_id' OR c.column_name = ANY($1)) ORDER BY 1, 2",
        list(TARGETS),
    )
    return [(row["table_name"], row["column_name"]) for row in rows]


def query_of(table: str, column: str) -> str | None:
    """The look at one reference; None when nobody has said what it refers to."""
    if (table, column) in BY_KIND:
        kind, targets = BY_KIND[table, column]
        hit = " ".join(
            f"WHEN '{name}' THEN EXISTS (SELECT 1 FROM {target} t WHERE t.merchant_id = x.merchant_id AND t.id = x.{column})"
            for name, target in targets.items()
        )
        there = f"CASE x.{kind} {hit} ELSE false END"
    elif column in TARGETS and TARGETS[column] != (table, column):
        target, key = TARGETS[column]
        there = f"EXISTS (SELECT 1 FROM {target} t WHERE t.merchant_id = x.merchant_id AND t.{key} = x.{column})"
    else:
        return None
    nowhere = f" AND x.store_id <> {NOWHERE}" if (table, column) == ("sales_rollups", "store_id") else ""
    return f"""
SELECT CASE WHEN NOT {there} THEN format('{table} %s of merchant %s: {column} %s is no row of it', x.id, x.merchant_id, x.{column}) END AS wrong
FROM {table} x WHERE x.{column} IS NOT NULL{nowhere} AND {of("x")}
"""


async def references(connection: asyncpg.Connection, merchant_id: UUID | None) -> Finding:
    """Every reference; those of one table in one query, which keeps few of the tables they name in memory at once."""
    rows, wrong, blind, looks = 0, list[str](), list[str](), dict[str, list[str]]()
    for table, column in await columns(connection):
        if (table, column) in ELSEWHERE or TARGETS.get(column) == (table, column):
            continue
        query = query_of(table, column)
        if query is None:
            blind.append(f"{table}.{column} is not known to refer to anything")
        else:
            looks.setdefault(table, []).append(query)
    for queries in looks.values():
        n, bad, _ = await queried(connection, "UNION ALL".join(queries), merchant_id)
        rows, wrong = rows + n, wrong + bad
    return rows, wrong, blind


TENANCY = (
    Invariant(
        "T1",
        "没有一行指向别的商户的行",
        "No row refers to a row of another merchant",
        (Look("references", code=references),),
    ),
)
