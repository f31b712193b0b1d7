"""Reads of the ledger for slices that decide from what they moved before."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.kit.database import Tx


async def amounts(tx: Tx, merchant_id: UUID, keys: Sequence[str]) -> dict[str, int]:
    """What the transfers with these business keys moved, by key; those that were not made are missing."""
    rows = await tx.fetch(
        "SELECT business_key, amount FROM transfers WHERE merchant_id = $1 AND business_key = ANY($2::text[])",
        merchant_id,
        list(keys),
    )
    return {row["business_key"]: row["amount"] for row in rows}
