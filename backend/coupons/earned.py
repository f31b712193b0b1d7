"""满返券: coupons that a completed order grants, and takes back while they were not used (P05, Q08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from backend import promotions
from backend.coupons.content_rules import face_of
from backend.coupons.life import Step, grant, lock_holders, moved
from backend.kit import database, ids
from backend.kit.database import Tx


@dataclass(frozen=True, slots=True)
class EarnedCoupon:
    """A coupon that an order granted: `free` to be taken back, `spent` (used, or locked by an order that waits), or `ended`
    without having been used."""

    id: UUID
    state: Literal["free", "spent", "ended"]


@dataclass(frozen=True, slots=True)
class OfOrder:
    """What a refund must know of coupons. `came_back`: those of the order that came back from one before; `earned`: those
    that the order granted, by business key."""

    came_back: tuple[UUID, ...]
    earned: dict[str, EarnedCoupon]


async def earned_names(merchant_id: UUID, names: Sequence[str]) -> dict[str, str]:
    """What those of the templates are called that are there, by their names in offers (`earn_coupon`), which are their ids for
    clients."""
    named = _by_id(names)
    rows = await database.fetch(
        "SELECT id, name FROM coupon_templates WHERE merchant_id = $1 AND id = ANY($2::uuid[])",
        merchant_id,
        list(named),
    )
    return {named[row["id"]]: row["name"] for row in rows}


EARNABLE = (
    "SELECT t.id, t.valid_until, t.content, b.budget_fen IS NOT NULL AS budgeted FROM coupon_templates t LEFT JOIN template_budgets b"
    " ON b.merchant_id = t.merchant_id AND b.template_id = t.id WHERE t.merchant_id = $1 AND t.id = ANY($2::uuid[])"
)


async def earnable(merchant_id: UUID, names: Sequence[str], tx: Tx | None = None) -> dict[str, promotions.Earnable]:
    """What an offer that lets orders earn coupons must know of those of the templates that are there, by the same names."""
    named = _by_id(names)
    given = (merchant_id, list(named))
    rows = await tx.fetch(EARNABLE, *given) if tx else await database.fetch(EARNABLE, *given)
    return {
        named[row["id"]]: promotions.Earnable(row["valid_until"], face_of(row["content"]), row["budgeted"])
        for row in rows
    }


def _by_id(names: Sequence[str]) -> dict[UUID, str]:
    return {template_id: name for name in names if (template_id := ids.decode("tpl", name))}


async def grant_earned(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    template: str,
    keys: Sequence[str],
    order_id: UUID,
    at: datetime,
) -> None:
    """Gives one coupon of a template for each business key, once. The order was promised them: an offer has a budget of its own."""
    template_id = ids.decode("tpl", template)
    if template_id is None:
        raise LookupError(f"no coupon template {template}")
    for key in keys:
        await grant(
            tx, secret, merchant_id, member_id, template_id, "earn", key, at, actor=f"order:{order_id}", promised=True
        )


async def of_order(
    tx: Tx, merchant_id: UUID, order_id: UUID, earned_keys: Sequence[str], at: datetime, *, lock: bool
) -> OfOrder:
    """The coupons that a refund of this order is about; with `lock`, they and their drops stay as they are until the end of
    the transaction."""
    rows = await tx.fetch(
        "SELECT c.id, c.drop_id, c.template_id, c.in_budget, c.business_key, CASE WHEN c.state IN ('locked', 'redeemed') THEN 'spent'"
        "  WHEN c.state = 'issued' AND c.expires_at > $4 THEN 'free' ELSE 'ended' END AS state, c.order_id = $2 AS used_here,"
        " EXISTS (SELECT 1 FROM coupon_moves m WHERE m.merchant_id = c.merchant_id AND m.coupon_id = c.id AND m.after = 'returned') AS was"
        " FROM coupons c WHERE c.merchant_id = $1 AND (c.order_id = $2 OR c.business_key = ANY($3::text[])) ORDER BY c.id"
        + (" FOR UPDATE OF c" if lock else ""),
        merchant_id,
        order_id,
        list(earned_keys),
        at,
    )
    if lock:
        await lock_holders(tx, merchant_id, rows)
    return OfOrder(
        tuple(row["id"] for row in rows if row["used_here"] and row["was"]),
        {
            row["business_key"]: EarnedCoupon(row["id"], row["state"])
            for row in rows
            if row["business_key"] in earned_keys
        },
    )


async def claw_back(
    tx: Tx, merchant_id: UUID, member_id: UUID, coupon_ids: Sequence[UUID], order_id: UUID, actor: str, at: datetime
) -> None:
    """issued → voided for coupons that an order granted and whose goods came back. The caller has locked them."""
    for coupon_id in coupon_ids:
        done = await tx.fetchval(
            "UPDATE coupons SET state = 'voided' WHERE merchant_id = $1 AND id = $2 AND state = 'issued' RETURNING id",
            merchant_id,
            coupon_id,
        )
        assert done is not None, "the coupon is locked and was looked at"
        await moved(tx, merchant_id, Step(coupon_id, member_id, actor, "claw_back", order_id), ("issued", "voided"), at)
