"""The life of a coupon (K05, C5): locked by an order, redeemed, released, returned, expired, voided; given without a claim.

Every step is a row of `coupon_moves`: when, who, why, for which order, through which channel and store. What a coupon holds
of its drop's budget moves with it (C7): promised while it may be used, spent once it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from backend import events, merchants
from backend.coupons import template_budgets
from backend.coupons.code_rules import coupon_code
from backend.coupons.held import USED, CouponInfo, coupons
from backend.coupons.rules import COUPON_POLICY, Problem, Validity, day_start
from backend.coupons.templates import Invalid, TemplateInfo, TemplateMissing, templates
from backend.kit import database, idempotency, outbox
from backend.kit.clock import local_day
from backend.kit.crypto import derive
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class CouponTaken:
    """The coupon is not free: used, locked by another order, expired, or somebody else's."""

    coupon_id: UUID


@dataclass(frozen=True, slots=True)
class CouponMissing:
    pass


@dataclass(frozen=True, slots=True)
class CouponNotInState:
    """Only a coupon that may still be used can be voided."""

    state: str


@dataclass(frozen=True, slots=True)
class ClerkLimitReached:
    """A clerk gave as many compensation coupons, or as much face value in fen, as one may on one day (K04)."""

    limit: int
    given: int
    limit_fen: int
    given_fen: int
    resets_at: datetime


FREE = "order_id = NULL, locked_at = NULL, took_fen = 0"
"""What a coupon knows of an order that no longer has it."""


async def lock(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    takes: Mapping[UUID, int],
    order_id: UUID,
    at: datetime,
    *,
    channel: str | None = None,
    store_id: UUID | None = None,
) -> CouponTaken | None:
    """issued → locked by this order (C6), in id order, guarded in the statement: exact at its end, whatever the schedule did
    (K05). `takes`: coupon → fen that it takes off. That a template is not used more often than a day allows (K01) is counted in
    the statement too; the caller holds the member's lock, so nobody counts at the same time. The caller rolls back on
    CouponTaken."""
    tz = (await merchants.get(merchant_id)).time_zone
    today = day_start(local_day(at, tz), tz)
    for coupon_id in sorted(takes):
        row = await tx.fetchrow(
            "UPDATE coupons SET state = 'locked', order_id = $4, locked_at = $5, took_fen = $6 WHERE merchant_id = $1 AND id = $2 AND member_id = $3 AND state = 'issued'"
            " AND valid_from <= $5 AND expires_at > $5 AND NOT EXISTS (SELECT 1 FROM coupon_templates t WHERE t.merchant_id = $1"
            f" AND t.id = coupons.template_id AND t.uses_per_day <= (SELECT count(*) FROM coupons u WHERE {USED.format('t.id', '$3', '$7')}))"
            " RETURNING id",
            merchant_id,
            coupon_id,
            member_id,
            order_id,
            at,
            takes[coupon_id],
            today,
        )
        if row is None:
            return CouponTaken(coupon_id)
        step = Step(coupon_id, member_id, f"order:{order_id}", "place", order_id, channel=channel, store_id=store_id)
        await moved(tx, merchant_id, step, ("issued", "locked"), at)
    return None


async def redeem(tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime) -> int:
    """locked → redeemed for a paid order. Returns how many."""
    rows = await _of_order(tx, merchant_id, order_id, "locked")
    await tx.execute(
        "UPDATE coupons SET state = 'redeemed' WHERE merchant_id = $1 AND order_id = $2 AND state = 'locked'",
        merchant_id,
        order_id,
    )
    await _settle(tx, merchant_id, rows, promised=-1, spent=1, redeemed=1)
    for row in rows:
        await moved(tx, merchant_id, _step(row, f"order:{order_id}", "pay", order_id), ("locked", "redeemed"), at)
    return len(rows)


async def release(tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime) -> int:
    """locked → released → issued when an order is cancelled; the coupon keeps its own end."""
    rows = await _of_order(tx, merchant_id, order_id, "locked")
    await tx.execute(
        f"UPDATE coupons SET state = 'issued', {FREE} WHERE merchant_id = $1 AND order_id = $2 AND state = 'locked'",
        merchant_id,
        order_id,
    )
    for row in rows:
        step = _step(row, f"order:{order_id}", "cancel", order_id)
        await moved(tx, merchant_id, step, ("locked", "released", "issued"), at)
    return len(rows)


async def take_less(tx: Tx, merchant_id: UUID, order_id: UUID, less: Mapping[UUID, int]) -> None:
    """A refund took back some of what the coupons of its order took off. The caller has locked them."""
    for coupon_id, fen in sorted(less.items()):
        await tx.execute(
            "UPDATE coupons SET took_fen = took_fen - $4 WHERE merchant_id = $1 AND id = $2 AND order_id = $3",
            merchant_id,
            coupon_id,
            order_id,
            fen,
        )


async def return_rules(tx: Tx, merchant_id: UUID, order_id: UUID) -> dict[UUID, tuple[str, int | None]]:
    """What the templates of an order's coupons say of refunds (Q08): (whole | below | never, own days of grace). Templates do not
    change, so it is what was promised."""
    rows = await tx.fetch(
        "SELECT c.id, t.return_policy, t.grace_days FROM coupons c JOIN coupon_templates t"
        " ON t.merchant_id = c.merchant_id AND t.id = c.template_id WHERE c.merchant_id = $1 AND c.order_id = $2",
        merchant_id,
        order_id,
    )
    return {row["id"]: (row["return_policy"], row["grace_days"]) for row in rows}


async def give_back(
    tx: Tx, merchant_id: UUID, order_id: UUID, ends: Mapping[UUID, datetime | None], actor: str, at: datetime
) -> int:
    """redeemed → returned → issued for coupons of a refunded order (C5), each with its new end (None: as it was). Returns
    how many came back."""
    rows = [row for row in await _of_order(tx, merchant_id, order_id, "redeemed") if row["id"] in ends]
    for row in rows:
        await tx.execute(
            f"UPDATE coupons SET state = 'issued', {FREE}, expires_at = $3 WHERE merchant_id = $1 AND id = $2",
            merchant_id,
            row["id"],
            ends[row["id"]] or row["expires_at"],
        )
    await _settle(tx, merchant_id, rows, promised=1, spent=-1, redeemed=-1)
    for row in rows:
        step = _step(row, actor, "refund", order_id)
        await moved(tx, merchant_id, step, ("redeemed", "returned", "issued"), at)
    return len(rows)


async def void(
    merchant_id: UUID, actor: str, coupon_id: UUID, reason: str, key: str, at: datetime
) -> CouponInfo | CouponMissing | CouponNotInState | Invalid | IdempotencyConflict:
    """issued → voided by staff, with a reason (C5). One that an order holds or has used is not voided."""
    if not 2 <= len(reason.strip()) <= 100:
        return Invalid((Problem("reason", "请写明作废原因，2–100 个字"),))
    async with database.transaction() as tx:
        wish = [str(coupon_id), reason.strip()]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "voidCoupon", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT id, member_id, drop_id, face_fen, template_id, in_budget, state, expires_at FROM coupons WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
            merchant_id,
            coupon_id,
        )
        if row is None:
            return CouponMissing()
        if not isinstance(begun, Replay):
            if row["state"] != "issued" or row["expires_at"] <= at:
                return CouponNotInState("expired" if row["state"] == "issued" else row["state"])
            await tx.execute(
                "UPDATE coupons SET state = 'voided' WHERE merchant_id = $1 AND id = $2", merchant_id, coupon_id
            )
            await _settle(tx, merchant_id, [row], promised=-1, places=1, at=at)
            step = Step(coupon_id, row["member_id"], actor, "void", note=reason.strip())
            await moved(tx, merchant_id, step, ("issued", "voided"), at)
            await idempotency.finish(tx, begun, {"type": "Coupon", "id": str(coupon_id)})
    return (await coupons(merchant_id, None, at, ids=[coupon_id]))[0]


async def expire_due(at: datetime, limit: int = 2000) -> int:
    """issued → expired in bulk for coupons past their end. Returns how many; call again while it is not 0. Where two
    schedules run at once each takes others; no order waits for it."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT merchant_id, id, member_id, drop_id, face_fen, template_id, in_budget FROM coupons WHERE state = 'issued' AND expires_at <= $1"
            " ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
            at,
            limit,
        )
        if not rows:
            return 0
        merchant_ids, ids = [row["merchant_id"] for row in rows], [row["id"] for row in rows]
        await tx.execute(
            "UPDATE coupons c SET state = 'expired' FROM unnest($1::uuid[], $2::uuid[]) AS x (merchant_id, id)"
            " WHERE c.merchant_id = x.merchant_id AND c.id = x.id",
            merchant_ids,
            ids,
        )
        for merchant_id in sorted(set(merchant_ids)):
            mine = [row for row in rows if row["merchant_id"] == merchant_id]
            await _settle_drops(tx, merchant_id, mine, promised=-1, places=1, at=at)
        for merchant_id in sorted(set(merchant_ids)):  # all drops before all budgets of templates
            mine = [row for row in rows if row["merchant_id"] == merchant_id]
            await template_budgets.settle(tx, merchant_id, mine, promised=-1)
        await tx.execute(
            "INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason)"
            " SELECT gen_random_uuid(), m, c, 'issued', 'expired', $3, 'system', 'schedule' FROM unnest($1::uuid[], $2::uuid[]) AS x (m, c)",
            merchant_ids,
            ids,
            at,
        )
        await outbox.emit_many(
            tx,
            [
                (
                    row["merchant_id"],
                    f"member:{row['member_id']}",
                    events.CouponMoved(row["id"], row["member_id"], "expired", at),
                )
                for row in rows
            ],
            at,
        )
    return len(rows)


async def grant(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    template_id: UUID,
    source: str,
    business_key: str,
    at: datetime,
    *,
    actor: str = "system",
    note: str | None = None,
    promised: bool = False,
) -> UUID | None:
    """Gives a coupon without a claim. None when this business key has been granted already (M01: once), or when the template's
    budget has no room, which is written down (K01). What was `promised` before is given outside of it."""
    found = await tx.fetchrow(
        "SELECT valid_from, valid_until, valid_hours, valid_days, next_day, face_fen FROM coupon_templates WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        template_id,
    )
    if found is None:
        raise LookupError(f"template {template_id} is not there")
    validity = Validity(
        found["valid_from"], found["valid_until"], found["valid_hours"], found["valid_days"], found["next_day"]
    )
    begins, ends = validity.of_claim(at, (await merchants.get(merchant_id)).time_zone)
    coupon_id, face_fen = new_id(), found["face_fen"] or 0
    in_budget = False if promised else await template_budgets.take(tx, merchant_id, template_id, face_fen)
    if in_budget is None:
        there = "SELECT EXISTS (SELECT 1 FROM coupons WHERE merchant_id = $1 AND business_key = $2)"
        if not await tx.fetchval(there, merchant_id, business_key):
            await template_budgets.refuse(tx, merchant_id, member_id, template_id, source, business_key, at)
        return None
    row = await tx.fetchrow(
        "INSERT INTO coupons (id, merchant_id, template_id, member_id, code, state, source, business_key, claimed_at, valid_from, expires_at, face_fen, in_budget)"
        " VALUES ($1,$2,$3,$4,$5,'issued',$6,$7,$8,$9,$10,$11,$12) ON CONFLICT (merchant_id, business_key) DO NOTHING RETURNING id",
        coupon_id,
        merchant_id,
        template_id,
        member_id,
        coupon_code(merchant_id, coupon_id, derive(secret, "coupon-code")),
        source,
        business_key,
        at,
        begins,
        ends,
        face_fen,
        in_budget,
    )
    if row is None:
        again = {"template_id": template_id, "in_budget": in_budget, "face_fen": face_fen}
        await template_budgets.settle(tx, merchant_id, [again], promised=-1)
        return None
    await moved(tx, merchant_id, Step(coupon_id, member_id, actor, source, note=note), (None, "issued"), at)
    await outbox.emit(
        tx, merchant_id, f"member:{member_id}", events.CouponGranted(coupon_id, member_id, source, at), at
    )
    return coupon_id


@dataclass(frozen=True, slots=True)
class Compensation:
    """A coupon that a clerk may give for a mistake, with its reason; checked by `compensation`. `face_fen` counts towards the clerk's
    day."""

    template_id: UUID
    face_fen: int
    reason: str


async def compensation(
    merchant_id: UUID, template_id: UUID, reason: str, at: datetime
) -> Compensation | Invalid | TemplateMissing:
    """补偿券 (K04): whether a coupon of this template may be given so, for this reason."""
    found = await templates(merchant_id, ids=[template_id])
    if not found:
        return TemplateMissing()
    problems = _compensation_faults(found[0], reason, (await merchants.get(merchant_id)).time_zone, at)
    if problems:
        return Invalid(tuple(problems))
    assert found[0].face_fen is not None, "a template without a face is a fault"
    return Compensation(template_id, found[0].face_fen, reason.strip())


async def give_compensation(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    actor: str,
    staff_id: UUID,
    member_id: UUID,
    wanted: Compensation,
    business_key: str,
    at: datetime,
) -> UUID | ClerkLimitReached | Invalid:
    """Gives it, once for a business key; what one clerk gives on one day of the merchant's calendar is limited in number and in face
    value, decided in one statement; the budget of its template must have room."""
    if await template_budgets.lock_room(tx, merchant_id, [wanted.template_id]):
        return Invalid((Problem("templateId", "这种券的预算已用完，请换一种，或请管理员追加预算"),))
    tz = (await merchants.get(merchant_id)).time_zone
    full = await take_of_day(tx, merchant_id, staff_id, wanted.face_fen, tz, at)
    if full is not None:
        return full
    coupon_id = await grant(
        tx,
        secret,
        merchant_id,
        member_id,
        wanted.template_id,
        "compensation",
        business_key,
        at,
        actor=actor,
        note=wanted.reason,
    )
    if coupon_id is None:
        raise LookupError(f"{business_key} was granted before")
    return coupon_id


async def compensate(
    secret: bytes,
    merchant_id: UUID,
    actor: str,
    staff_id: UUID,
    member_id: UUID,
    template_id: UUID,
    reason: str,
    key: str,
    at: datetime,
) -> CouponInfo | Invalid | TemplateMissing | ClerkLimitReached | IdempotencyConflict:
    """A clerk gives a coupon with a reason, within what one may give on one day (K04). The caller knows that the member is there."""
    wanted = await compensation(merchant_id, template_id, reason, at)
    if not isinstance(wanted, Compensation):
        return wanted
    async with database.transaction() as tx:
        wish = [str(member_id), str(template_id), wanted.reason]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "compensateMember", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            coupon_id = UUID(begun.answer["id"])
        else:
            business_key = f"compensation:{begun.record_id}"  # of a fixed length, whatever the key is
            who = (merchant_id, actor, staff_id, member_id)
            given = await give_compensation(tx, secret, *who, wanted, business_key, at)
            if not isinstance(given, UUID):
                return given
            coupon_id = given
            await idempotency.finish(tx, begun, {"type": "Coupon", "id": str(coupon_id)})
    return (await coupons(merchant_id, member_id, at, ids=[coupon_id]))[0]


async def take_of_day(
    tx: Tx, merchant_id: UUID, staff_id: UUID, face_fen: int, tz: str, at: datetime
) -> ClerkLimitReached | None:
    """Counts what a clerk gives by hand towards what one may give on one day (K04), decided in one statement; or says that
    it is too much."""
    limits, day = COUPON_POLICY | await merchants.coupon_policy(tx, merchant_id), local_day(at, tz)
    most, most_fen = limits["compensations_per_day"], limits["compensation_fen_per_day"]
    taken = await tx.fetchrow(
        "INSERT INTO clerk_days AS d (id, merchant_id, staff_id, day, given, face_fen)"
        " SELECT gen_random_uuid(), $1, $2, $3, 1, $4::bigint WHERE $5 >= 1 AND $4 <= $6"
        " ON CONFLICT (merchant_id, staff_id, day) DO UPDATE SET given = d.given + 1, face_fen = d.face_fen + excluded.face_fen"
        " WHERE d.given + 1 <= $5 AND d.face_fen + excluded.face_fen <= $6 RETURNING given",
        merchant_id,
        staff_id,
        day,
        face_fen,
        most,
        most_fen,
    )
    if taken is not None:
        return None
    row = await tx.fetchrow(
        "SELECT given, face_fen FROM clerk_days WHERE merchant_id = $1 AND staff_id = $2 AND day = $3",
        merchant_id,
        staff_id,
        day,
    )
    given, given_fen = (row["given"], row["face_fen"]) if row else (0, 0)
    return ClerkLimitReached(most, given, most_fen, given_fen, day_start(day + timedelta(days=1), tz))


def _compensation_faults(template: TemplateInfo, reason: str, tz: str, at: datetime) -> list[Problem]:
    problems = []
    if not 2 <= len(reason.strip()) <= 100:
        problems.append(Problem("reason", "请写明补偿原因，2–100 个字"))
    if template.face_fen is None:
        problems.append(Problem("templateId", "这种券没有确定的最高优惠额，不能用作补偿"))
    if template.over(at, tz):
        problems.append(Problem("templateId", "这种券的有效期已过"))
    return problems


async def _of_order(tx: Tx, merchant_id: UUID, order_id: UUID, state: str) -> list[dict[str, Any]]:
    """An order's coupons in a state, locked in id order, with channel and store of the order."""
    return await tx.fetch(
        "SELECT c.id, c.member_id, c.drop_id, c.face_fen, c.template_id, c.in_budget, c.expires_at, m.channel, m.store_id FROM coupons c"
        " LEFT JOIN LATERAL (SELECT channel, store_id FROM coupon_moves m WHERE m.merchant_id = c.merchant_id AND m.coupon_id = c.id"
        "  AND m.after = 'locked' ORDER BY m.sequence DESC LIMIT 1) m ON true"
        " WHERE c.merchant_id = $1 AND c.order_id = $2 AND c.state = $3 ORDER BY c.id FOR UPDATE OF c",
        merchant_id,
        order_id,
        state,
    )


async def lock_holders(tx: Tx, merchant_id: UUID, rows: Sequence[Mapping[str, Any]]) -> None:
    """The drops of these coupons, then the budgets of their templates: what they hold of both stays as it is."""
    await lock_drops(tx, merchant_id, [row["drop_id"] for row in rows])
    counted = {row["template_id"] for row in rows if row["in_budget"]}
    if counted:
        await template_budgets.lock_room(tx, merchant_id, counted)


async def lock_drops(tx: Tx, merchant_id: UUID, drop_ids: Sequence[UUID | None]) -> None:
    """Drops after coupons, in id order (docs/architecture.md)."""
    named = sorted({drop_id for drop_id in drop_ids if drop_id})
    if named:
        await tx.execute(
            "SELECT id FROM coupon_drops WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
            merchant_id,
            named,
        )


async def _settle(
    tx: Tx, merchant_id: UUID, rows: Sequence[Mapping[str, Any]], *, promised: int = 0, spent: int = 0, **of_drops: Any
) -> None:
    """What drops and templates of these coupons count."""
    await _settle_drops(tx, merchant_id, rows, promised=promised, spent=spent, **of_drops)
    await template_budgets.settle(tx, merchant_id, rows, promised=promised, spent=spent)


async def _settle_drops(
    tx: Tx,
    merchant_id: UUID,
    rows: Sequence[Mapping[str, Any]],
    *,
    promised: int = 0,
    spent: int = 0,
    redeemed: int = 0,
    places: int = 0,
    at: datetime | None = None,
) -> None:
    """What the drops of these coupons count: each argument is 1, −1 or 0 a coupon. With `places` a drop that gives back has
    its places again, and is told of when there is something to claim once more."""
    by_drop: dict[UUID, list[int]] = {}
    for row in rows:
        if row["drop_id"]:
            by_drop.setdefault(row["drop_id"], []).append(row["face_fen"])
    await lock_drops(tx, merchant_id, list(by_drop))
    for drop_id, faces in by_drop.items():
        changed = await tx.fetchrow(
            "UPDATE coupon_drops SET promised_fen = promised_fen + $3, spent_fen = spent_fen + $4, redeemed = redeemed + $5,"
            " issued = issued - CASE WHEN gives_back THEN $6 ELSE 0 END WHERE merchant_id = $1 AND id = $2"
            " RETURNING gives_back OR budget_fen IS NOT NULL AS opens",
            merchant_id,
            drop_id,
            promised * sum(faces),
            spent * sum(faces),
            redeemed * len(faces),
            places * len(faces),
        )
        if places and at is not None and changed and changed["opens"]:
            await outbox.emit(tx, merchant_id, f"drop:{drop_id}", events.CouponDropChanged(drop_id, "stock", at), at)


@dataclass(frozen=True, slots=True)
class Step:
    coupon_id: UUID
    member_id: UUID
    actor: str
    reason: str
    order_id: UUID | None = None
    note: str | None = None
    channel: str | None = None
    store_id: UUID | None = None


def _step(row: Mapping[str, Any], actor: str, reason: str, order_id: UUID) -> Step:
    return Step(row["id"], row["member_id"], actor, reason, order_id, channel=row["channel"], store_id=row["store_id"])


async def moved(tx: Tx, merchant_id: UUID, step: Step, path: Sequence[str | None], at: datetime) -> None:
    """Writes the steps of a path, in order, and tells where it ends."""
    for before, after in pairwise(path):
        await tx.execute(
            "INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, note, order_id, channel, store_id)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
            new_id(),
            merchant_id,
            step.coupon_id,
            before,
            after,
            at,
            step.actor,
            step.reason,
            step.note,
            step.order_id,
            step.channel,
            step.store_id,
        )
        if before is not None:
            told = events.CouponMoved(step.coupon_id, step.member_id, str(after), at)
            await outbox.emit(tx, merchant_id, f"member:{step.member_id}", told, at)
