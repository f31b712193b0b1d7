"""预算 of a template (K01): what all its coupons may be worth at face, in whatever way they are issued
(docs/decisions/0031-budgets-of-templates.md).

A coupon that is issued while its template has a budget holds its face of it (`coupons.in_budget`): promised while it may be used,
spent once it was, free again when it ends unused, as of its drop's (C7). The row of a budget is locked after drops and before items
of the mall and lotteries; several in the order of their templates.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import offers
from backend.coupons.rules import Problem, cap_fault
from backend.coupons.templates import Invalid, TemplateInfo, TemplateMissing, start_budget, templates
from backend.kit import database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import decode, stable_id


@dataclass(frozen=True, slots=True)
class TemplateBudget:
    """Fen. `cap` None: what it costs is counted and has no end. `refused`: coupons that were due and still are not given for want of it."""

    cap: int | None
    promised: int
    spent: int
    refused: int

    @property
    def left(self) -> int | None:
        return None if self.cap is None else self.cap - self.promised - self.spent


NOT_GIVEN = (
    "NOT EXISTS (SELECT 1 FROM coupons c WHERE c.merchant_id = r.merchant_id AND c.business_key = r.business_key)"
)
"""What a coupon was refused for is not given in the meantime."""


async def read(merchant_id: UUID, template_ids: Collection[UUID]) -> dict[UUID, TemplateBudget]:
    """The budgets of those templates that have one."""
    rows = await database.fetch(
        "SELECT b.template_id, b.budget_fen, b.promised_fen, b.spent_fen, (SELECT count(*) FROM coupon_refusals r"
        f" WHERE r.merchant_id = b.merchant_id AND r.template_id = b.template_id AND {NOT_GIVEN}) AS refused FROM template_budgets b"
        " WHERE b.merchant_id = $1 AND b.template_id = ANY($2::uuid[])",
        merchant_id,
        list(template_ids),
    )
    return {
        r["template_id"]: TemplateBudget(r["budget_fen"], r["promised_fen"], r["spent_fen"], r["refused"]) for r in rows
    }


async def left_of(merchant_id: UUID, template_ids: Collection[UUID]) -> dict[UUID, int]:
    """What is left, fen, of those templates whose budget has an end."""
    rows = await database.fetch(
        "SELECT template_id, budget_fen - promised_fen - spent_fen AS left FROM template_budgets"
        " WHERE merchant_id = $1 AND template_id = ANY($2::uuid[]) AND budget_fen IS NOT NULL",
        merchant_id,
        list(template_ids),
    )
    return {row["template_id"]: row["left"] for row in rows}


ROOM = (
    "SELECT b.template_id, b.budget_fen - b.promised_fen - b.spent_fen < coalesce(t.face_fen, 0) AS short FROM template_budgets b"
    " JOIN coupon_templates t ON t.merchant_id = b.merchant_id AND t.id = b.template_id"
    " WHERE b.merchant_id = $1 AND b.template_id = ANY($2::uuid[])"
)


async def lock_room(tx: Tx, merchant_id: UUID, template_ids: Collection[UUID]) -> set[UUID]:
    """Those of the templates whose budget has no room for one more coupon; nobody else takes of these until the transaction ends."""
    rows = await tx.fetch(f"{ROOM} ORDER BY b.template_id FOR UPDATE OF b", merchant_id, list(template_ids))
    return {row["template_id"] for row in rows if row["short"]}


async def without_room(merchant_id: UUID, template_ids: Collection[UUID]) -> set[UUID]:
    """The same as it stands, nothing locked: not worth asking."""
    rows = await database.fetch(ROOM, merchant_id, list(template_ids))
    return {row["template_id"] for row in rows if row["short"]}


async def take(tx: Tx, merchant_id: UUID, template_id: UUID, face_fen: int) -> bool | None:
    """Takes the face of one coupon: True, False where the template has no budget, None where that has no room."""
    there = await tx.fetchval(
        "SELECT id FROM template_budgets WHERE merchant_id = $1 AND template_id = $2 FOR UPDATE",
        merchant_id,
        template_id,
    )
    if there is None:
        return False
    taken = await tx.fetchval(
        "UPDATE template_budgets SET promised_fen = promised_fen + $3 WHERE merchant_id = $1 AND template_id = $2"
        " AND (budget_fen IS NULL OR promised_fen + spent_fen + $3 <= budget_fen) RETURNING true",
        merchant_id,
        template_id,
        face_fen,
    )
    return True if taken else None


async def refuse(
    tx: Tx, merchant_id: UUID, member_id: UUID, template_id: UUID, source: str, business_key: str, at: datetime
) -> None:
    """Writes down, once, that a coupon was due and that its budget had no room for it."""
    await tx.execute(
        "INSERT INTO coupon_refusals (id, merchant_id, template_id, member_id, source, business_key, at) VALUES ($1,$2,$3,$4,$5,$6,$7)"
        " ON CONFLICT DO NOTHING",
        stable_id(merchant_id, f"refusal:{business_key}"),
        merchant_id,
        template_id,
        member_id,
        source,
        business_key,
        at,
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A coupon that was due and not given for want of budget; `business_key` is what lets it come once."""

    id: UUID
    at: datetime
    member_id: UUID
    source: str
    business_key: str


async def refused(
    merchant_id: UUID, sources: Collection[str], after: Refusal | None = None, first: int = 500
) -> list[Refusal]:
    """Coupons from these sources that were refused and still are not given, the oldest first."""
    rows = await database.fetch(
        "SELECT r.id, r.at, r.member_id, r.source, r.business_key FROM coupon_refusals r WHERE r.merchant_id = $1 AND r.source = ANY($2)"
        f" AND ($3::timestamptz IS NULL OR (r.at, r.id) > ($3::timestamptz, $4::uuid)) AND {NOT_GIVEN} ORDER BY r.at, r.id LIMIT $5",
        merchant_id,
        list(sources),
        after.at if after else None,
        after.id if after else None,
        first,
    )
    return [Refusal(**row) for row in rows]


async def refused_keys(merchant_id: UUID, business_keys: Collection[str]) -> set[str]:
    """Those of the keys under which a coupon was refused, given since or not."""
    rows = await database.fetch(
        "SELECT business_key FROM coupon_refusals WHERE merchant_id = $1 AND business_key = ANY($2)",
        merchant_id,
        list(business_keys),
    )
    return {row["business_key"] for row in rows}


async def settle(
    tx: Tx, merchant_id: UUID, rows: Sequence[Mapping[str, Any]], *, promised: int = 0, spent: int = 0
) -> None:
    """What the budgets of these coupons count: each argument is 1, −1 or 0 a coupon."""
    faces: dict[UUID, int] = {}
    for row in rows:
        if row["in_budget"]:
            faces[row["template_id"]] = faces.get(row["template_id"], 0) + row["face_fen"]
    for template_id in sorted(faces):
        await tx.execute(
            "UPDATE template_budgets SET promised_fen = promised_fen + $3, spent_fen = spent_fen + $4"
            " WHERE merchant_id = $1 AND template_id = $2",
            merchant_id,
            template_id,
            promised * faces[template_id],
            spent * faces[template_id],
        )


async def set_cap(
    merchant_id: UUID,
    actor: str,
    template_id: UUID,
    cap_fen: int | None,
    key: str,
    at: datetime,
) -> TemplateInfo | Invalid | TemplateMissing | IdempotencyConflict:
    """Gives a template a budget, moves it, or takes its end away (None). Coupons issued before the first time are not in it.
    A live promotion that promises coupons of it to orders has a budget of its own: none is published or ended while this decides."""
    found = await templates(merchant_id, ids=[template_id])
    if not found:
        return TemplateMissing()
    fault = cap_fault(cap_fen, found[0].face_fen)
    async with database.transaction() as tx:
        begun = await idempotency.begin(
            tx, merchant_id, actor, key, "setCouponTemplateBudget", [str(template_id), cap_fen], at
        )
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            if fault is None and cap_fen is not None:
                fault = await _earned(tx, merchant_id, template_id)
            if fault is None:
                await start_budget(tx, merchant_id, template_id, cap_fen)
                moved = await tx.fetchval(
                    "UPDATE template_budgets SET budget_fen = $3 WHERE merchant_id = $1 AND template_id = $2"
                    " AND ($3::bigint IS NULL OR promised_fen + spent_fen <= $3) RETURNING true",
                    merchant_id,
                    template_id,
                    cap_fen,
                )
                fault = None if moved else "不能低于已发出的券占用的金额"
            if fault is not None:
                return Invalid((Problem("budgetFen", fault),))
            await idempotency.finish(tx, begun, {"type": "CouponTemplate", "id": str(template_id)})
    return found[0]


async def _earned(tx: Tx, merchant_id: UUID, template_id: UUID) -> str | None:
    """Why the template takes no budget: a live promotion gives it to orders. The rules are held still until the transaction ends."""
    await offers.ensure_epoch(tx, merchant_id)
    live = (await offers.pinned(tx, merchant_id)).offers.values()
    names = [o.name for o in live if o.type == "earn_coupon" and decode("tpl", o.effect.template) == template_id]
    return f"活动「{min(names)}」正在返这种券，答应了的必须发；请在活动里给返券设预算" if names else None
