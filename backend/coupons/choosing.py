"""Templates that may be chosen for something, for operators: those of which a coupon that is given now could be used (K01, B04)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.coupons.templates import TemplateInfo, templates
from backend.kit import database

FITTING = (
    "merchant_id = $1 AND ($2::text IS NULL OR name ILIKE '%' || $2 || '%') AND (valid_until IS NULL OR valid_until > $3)"
    " AND (NOT $4 OR face_fen IS NOT NULL)"
)


async def choices(
    merchant_id: UUID,
    at: datetime,
    *,
    faced: bool,
    search: str | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> Sequence[TemplateInfo]:
    """Templates whose window (if any) has not ended at `at`, newest first; `faced`: that say what they take off at most."""
    rows = await database.fetch(
        f"SELECT id FROM coupon_templates WHERE {FITTING} AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        merchant_id,
        database.pattern(search),
        at,
        faced,
        after,
        first,
    )
    return await templates(merchant_id, ids=[row["id"] for row in rows], first=first)


async def count_choices(merchant_id: UUID, at: datetime, *, faced: bool, search: str | None = None) -> int:
    found: int = await database.fetchval(
        f"SELECT count(*) FROM coupon_templates WHERE {FITTING}", merchant_id, database.pattern(search), at, faced
    )
    return found
