"""待兑付: what a merchant's unused coupons may cost, read in one query (B09, K13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import catalog, merchants
from backend.coupons.content_rules import article_of
from backend.coupons.liability_rules import Counted, Liability, liability, value_of
from backend.kit import database
from backend.kit.clock import local_day

COUNTED = (
    "SELECT template_id, CASE WHEN state = 'issued' AND expires_at <= $2 THEN 'expired' ELSE state END AS state,"
    " CASE WHEN state = 'locked' OR state = 'issued' AND expires_at > $2"
    "   THEN greatest(((expires_at - interval '1 microsecond') AT TIME ZONE $3)::date, ($2::timestamptz AT TIME ZONE $3)::date) END AS day,"
    " source = 'earn' AS earned, count(*) AS coupons"
    " FROM coupons WHERE merchant_id = $1 GROUP BY 1, 2, 3, 4"
)
"""One pass over a merchant's coupons: two fifths of a second for a million (docs/decisions/0023). A coupon ends before its last instant, so one that ends at midnight ends with the day before.
One that an order holds past its end may still be used by that order, today."""


COUNTED_THEN = (
    "WITH last AS (SELECT DISTINCT ON (coupon_id) coupon_id, after FROM coupon_moves WHERE merchant_id = $1 AND at <= $2"
    " ORDER BY coupon_id, at DESC, sequence DESC NULLS LAST)"
    " SELECT c.template_id, CASE WHEN l.after = 'issued' AND c.expires_at <= $2 THEN 'expired' ELSE l.after END AS state,"
    " CASE WHEN l.after = 'locked' OR l.after = 'issued' AND c.expires_at > $2"
    "   THEN greatest(((c.expires_at - interval '1 microsecond') AT TIME ZONE $3)::date, ($2::timestamptz AT TIME ZONE $3)::date) END AS day,"
    " c.source = 'earn' AS earned, count(*) AS coupons"
    " FROM last l JOIN coupons c ON c.merchant_id = $1 AND c.id = l.coupon_id GROUP BY 1, 2, 3, 4"
)
"""The same at a past moment, from the steps of each coupon's life, which nobody can change. The last day is the one that a coupon has
today: one that a refund brought back since may have had an earlier one."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed in coupons at an instant; `names` of the templates."""

    at: datetime
    coupons: Liability
    names: Mapping[UUID, str]


async def owed(merchant_id: UUID, at: datetime, *, then: bool = False) -> Owed:
    """What a merchant's coupons that nobody has used yet may cost, as of now; with `then` at a past moment: its counts, shares used and
    terms, with what articles cost today."""
    tz = (await merchants.get(merchant_id)).time_zone
    rows = [Counted(**row) for row in await database.fetch(COUNTED_THEN if then else COUNTED, merchant_id, at, tz)]
    templates = await database.fetch(
        "SELECT id, name, content FROM coupon_templates WHERE merchant_id = $1 AND id = ANY($2::uuid[])",
        merchant_id,
        list({row.template_id for row in rows}),
    )
    skus = [sku for t in templates if (sku := article_of(t["content"])) is not None]
    async with database.transaction() as tx:
        costs = await catalog.costs(tx, merchant_id, skus)
    worth = {t["id"]: value_of(t["content"], costs) for t in templates}
    return Owed(at, liability(rows, worth, local_day(at, tz)), {t["id"]: t["name"] for t in templates})
