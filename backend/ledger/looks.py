"""Reads of the ledger for slices that decide from what they moved before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.kit.database import Tx
from backend.ledger.accounts import Owner


async def amounts(tx: Tx, merchant_id: UUID, keys: Sequence[str]) -> dict[str, int]:
    """What the transfers with these business keys moved, by key; those that were not made are missing."""
    rows = await tx.fetch(
        "SELECT business_key, amount FROM transfers WHERE merchant_id = $1 AND business_key = ANY($2::text[])",
        merchant_id,
        list(keys),
    )
    return {row["business_key"]: row["amount"] for row in rows}


async def told(tx: Tx, merchant_id: UUID, key: str) -> tuple[int, dict[str, Any]]:
    """What the transfer with this business key moved, and what was written down with it."""
    row = await tx.fetchrow(
        "SELECT amount, memo FROM transfers WHERE merchant_id = $1 AND business_key = $2", merchant_id, key
    )
    if row is None:
        raise LookupError(f"no transfer {key}")
    return row["amount"], row["memo"]


async def sums(tx: Tx, merchant_id: UUID, owner: Owner, units: Sequence[str], kinds: Sequence[str]) -> dict[str, int]:
    """What came to an owner's accounts of these units less what went, by kind of transfer; kinds that did not occur are missing."""
    rows = await tx.fetch(
        "SELECT t.kind, sum(e.amount)::bigint AS amount FROM accounts a"
        " JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
        " JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
        " WHERE a.merchant_id = $1 AND a.owner_kind = $2 AND a.owner_id = $3 AND a.unit = ANY($4::text[]) AND t.kind = ANY($5::text[]) GROUP BY 1",
        merchant_id,
        owner.kind,
        owner.id,
        list(units),
        list(kinds),
    )
    return {row["kind"]: row["amount"] for row in rows}
