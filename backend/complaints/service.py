"""Complaints 投诉: taken in, watched by the clock, answered once (R05).

Lock order: idempotency key → complaint → the clerk's day → coupon. Of one member there is one open complaint about the same thing, guarded by a unique index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import coupons, members, merchants, orders
from backend.complaints.rules import (
    WARN_BEFORE,
    Problem,
    State,
    check_answer,
    check_complaint,
    state_of,
)
from backend.kit import database, idempotency
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id

AT_ONCE = 200
"""Complaints that one step of the watch writes down."""


@dataclass(frozen=True, slots=True)
class ComplaintInfo:
    """`state` is exact at the moment of reading: waiting, due_soon, overdue, answered. Instants UTC."""

    id: UUID
    member_id: UUID
    order_id: UUID | None
    coupon_id: UUID | None
    store_id: UUID | None
    kind: str
    text: str
    opened_by: str
    opened_at: datetime
    due_at: datetime
    state: State
    warned_at: datetime | None
    escalated_at: datetime | None
    answered_at: datetime | None
    answered_by: str | None
    ending: str | None
    reply: str | None
    compensation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Open complaints by how they stand, and of those answered since a moment how many were in time. `minutes`: within how many
    one that is made now is answered."""

    waiting: int
    due_soon: int
    overdue: int
    answered: int
    in_time: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SubjectMissing:
    """There is no such order, coupon or member for this viewer."""


@dataclass(frozen=True, slots=True)
class ComplaintMissing:
    pass


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """The member's complaint about the same thing waits for its answer."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """It was answered before."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Giving:
    """A compensation coupon that is given with an answer: of which template, by which clerk."""

    secret: bytes
    staff_id: UUID
    template_id: UUID


@dataclass(frozen=True, slots=True)
class Wish:
    """What a complaint is about and says. Order and coupon are the member's own, or None."""

    kind: str
    text: str
    order_id: UUID | None = None
    coupon_id: UUID | None = None


async def complain(
    merchant_id: UUID,
    member_id: UUID,
    wish: Wish,
    actor: str,
    key: str,
    at: datetime,
    store_ids: Sequence[UUID] = (),
) -> ComplaintInfo | Invalid | SubjectMissing | AlreadyOpen | IdempotencyConflict:
    """Takes a complaint in, of the member themself or written down by staff (`actor`), and says by when it is answered, as the merchant
    promises now (`merchants.complaint_minutes`). `store_ids` narrows whose orders the actor may touch."""
    problems = check_complaint(wish.kind, wish.text)
    if problems:
        return Invalid(tuple(problems))
    order = await orders.get(merchant_id, wish.order_id, member_id) if wish.order_id else None
    held = await coupons.coupons(merchant_id, member_id, at, ids=[wish.coupon_id]) if wish.coupon_id else []
    if (
        (wish.order_id and order is None)
        or (wish.coupon_id and not held)
        or (store_ids and (order is None or order.store_id not in store_ids))
        or await members.get(merchant_id, member_id, at) is None
    ):
        return SubjectMissing()
    due = at + timedelta(minutes=await merchants.complaint_minutes(merchant_id))
    try:
        made = await _written(merchant_id, member_id, wish, order.store_id if order else None, actor, key, at, due)
    except _Refused as refused:
        return refused.refusal
    return made if isinstance(made, IdempotencyConflict) else (await complaints(merchant_id, at, ids=[made]))[0]


async def _written(
    merchant_id: UUID,
    member_id: UUID,
    wish: Wish,
    store_id: UUID | None,
    actor: str,
    key: str,
    at: datetime,
    due: datetime,
) -> UUID | IdempotencyConflict:
    text = wish.text.strip()
    async with database.transaction() as tx:
        asked = [wish.kind, text, str(wish.order_id), str(wish.coupon_id), str(member_id)]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "complain", asked, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return UUID(begun.answer["id"])
        made: UUID | None = await tx.fetchval(
            "INSERT INTO complaints (id, merchant_id, member_id, order_id, coupon_id, store_id, kind, text, opened_by, opened_at, due_at,"
            " state) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'open') ON CONFLICT DO NOTHING RETURNING id",
            new_id(),
            merchant_id,
            member_id,
            wish.order_id,
            wish.coupon_id,
            store_id,
            wish.kind,
            text,
            actor,
            at,
            due,
        )
        if made is None:
            waits = await tx.fetchval(
                "SELECT due_at FROM complaints WHERE merchant_id = $1 AND member_id = $2 AND state = 'open'"
                " AND order_id IS NOT DISTINCT FROM $3 AND coupon_id IS NOT DISTINCT FROM $4",
                merchant_id,
                member_id,
                wish.order_id,
                wish.coupon_id,
            )
            raise _Refused(AlreadyOpen(waits or due))
        await idempotency.finish(tx, begun, {"type": "Complaint", "id": str(made)})
    return made


class _Refused(Exception):
    """Rolls back, the idempotency key too: answered meanwhile, the same wish may be sent again."""

    def __init__(self, refusal: AlreadyOpen) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


async def answer(
    merchant_id: UUID,
    actor: str,
    complaint_id: UUID,
    outcome: str,
    text: str,
    compensation_id: UUID | None,
    key: str,
    at: datetime,
    store_ids: Sequence[UUID] = (),
    giving: Giving | None = None,
) -> (
    ComplaintInfo
    | Invalid
    | ComplaintMissing
    | Answered
    | coupons.TemplateMissing
    | coupons.ClerkLimitReached
    | IdempotencyConflict
):
    """Answers a complaint, once, with how it ended and what the customer reads; perhaps with the coupon that staff gave them for it
    (`coupons.compensate`), or with one that is given in the same transaction, within the clerk's day and with the complaint as its
    reason: one for a complaint, however often it is sent (K04)."""
    problems = check_answer(outcome, text, with_coupon=compensation_id is not None, giving=giving is not None)
    if problems:
        return Invalid(tuple(problems))
    wanted = await _wanted(merchant_id, complaint_id, giving, at) if giving else None
    async with database.transaction() as tx:
        asked = [str(complaint_id), outcome, text.strip(), str(compensation_id)]
        asked += [str(giving.template_id)] if giving else []
        begun = await idempotency.begin(tx, merchant_id, actor, key, "answerComplaint", asked, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            row = await tx.fetchrow(
                "SELECT * FROM complaints WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, complaint_id
            )
            if row is None or (store_ids and row["store_id"] not in store_ids):
                return ComplaintMissing()
            if row["state"] == "answered":
                return Answered(row["answered_at"])
            if compensation_id is not None:
                given = await compensations(merchant_id, row["member_id"], row["opened_at"], at)
                if compensation_id not in {coupon.id for coupon in given}:
                    words = "这张券不是投诉之后补偿给这位顾客的"
                    return Invalid((Problem("couponId", words),))
            if giving is not None:
                if not isinstance(wanted, coupons.Compensation):
                    return _faults(wanted)
                who = (merchant_id, actor, giving.staff_id, row["member_id"])
                business_key = f"compensation:complaint:{complaint_id}"
                made = await coupons.give_compensation(tx, giving.secret, *who, wanted, business_key, at)
                if isinstance(made, coupons.ClerkLimitReached):
                    return made
                compensation_id = made
            await tx.execute(
                "UPDATE complaints SET state = 'answered', answered_at = $3, answered_by = $4, ending = $5, reply = $6, compensation_id = $7"
                " WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                complaint_id,
                at,
                actor,
                outcome,
                text.strip(),
                compensation_id,
            )
            await idempotency.finish(tx, begun, {"type": "Complaint", "id": str(complaint_id)})
    return (await complaints(merchant_id, at, ids=[complaint_id]))[0]


async def _wanted(
    merchant_id: UUID, complaint_id: UUID, giving: Giving, at: datetime
) -> coupons.Compensation | coupons.Invalid | coupons.TemplateMissing | None:
    """The coupon that goes with an answer, and the complaint in its own words as the reason."""
    text = await database.fetchval(
        "SELECT text FROM complaints WHERE merchant_id = $1 AND id = $2", merchant_id, complaint_id
    )
    return await coupons.compensation(merchant_id, giving.template_id, f"投诉：{text}"[:100], at) if text else None


def _faults(found: coupons.Invalid | coupons.TemplateMissing | None) -> Invalid | coupons.TemplateMissing:
    if isinstance(found, coupons.Invalid):
        return Invalid(tuple(Problem(p.path, p.message) for p in found.problems))
    return found or coupons.TemplateMissing()


async def compensations(merchant_id: UUID, member_id: UUID, since: datetime, at: datetime) -> list[coupons.CouponInfo]:
    """Coupons that staff gave a member by way of compensation since a moment."""
    held = await coupons.coupons(merchant_id, member_id, at, first=100)
    return [coupon for coupon in held if coupon.source == "compensation" and coupon.claimed_at >= since]


async def watch(at: datetime) -> tuple[list[tuple[UUID, UUID]], list[tuple[UUID, UUID]]]:
    """Writes down, once each, which open complaints are near their end and which are past it; (merchant, complaint) of both. Run it
    until both are empty; several at once do no harm. A complaint that was never warned of is warned of and escalated together."""
    warned = await database.fetch(
        "UPDATE complaints SET warned_at = $1 WHERE (merchant_id, id) IN (SELECT merchant_id, id FROM complaints WHERE state = 'open'"
        " AND warned_at IS NULL AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING merchant_id, id",
        at,
        at + WARN_BEFORE,
        AT_ONCE,
    )
    escalated = await database.fetch(
        "UPDATE complaints SET escalated_at = $1 WHERE (merchant_id, id) IN (SELECT merchant_id, id FROM complaints WHERE state = 'open'"
        " AND escalated_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING merchant_id, id",
        at,
        AT_ONCE,
    )
    return [(r["merchant_id"], r["id"]) for r in warned], [(r["merchant_id"], r["id"]) for r in escalated]


FIELDS = (
    "id, member_id, order_id, coupon_id, store_id, kind, text, opened_by, opened_at, due_at, state, warned_at, escalated_at,"
    " answered_at, answered_by, ending, reply, compensation_id"
)


async def complaints(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    order_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    is_open: bool | None = None,
    store_ids: Sequence[UUID] = (),
    first: int = 100,
    after: UUID | None = None,
) -> list[ComplaintInfo]:
    """Complaints, the newest first; open ones (`is_open`) with the one that is due first."""
    place = (
        "(due_at, id) > (SELECT due_at, id FROM complaints WHERE merchant_id = $1 AND id = $7)"
        if is_open
        else "id < $7"
    )
    rows = await database.fetch(
        f"SELECT {FIELDS} FROM complaints WHERE merchant_id = $1 AND ($2::uuid IS NULL OR member_id = $2)"
        " AND ($3::uuid IS NULL OR order_id = $3) AND ($4::uuid[] IS NULL OR id = ANY($4))"
        " AND ($5::bool IS NULL OR (state = 'open') = $5) AND (cardinality($6::uuid[]) = 0 OR store_id = ANY($6))"
        f" AND ($7::uuid IS NULL OR {place}) ORDER BY {'due_at, id' if is_open else 'id DESC'} LIMIT $8",
        merchant_id,
        member_id,
        order_id,
        list(ids) if ids is not None else None,
        is_open,
        list(store_ids),
        after,
        first,
    )
    return [_info(row, at) for row in rows]


def _info(row: dict[str, Any], at: datetime) -> ComplaintInfo:
    return ComplaintInfo(**{**row, "state": state_of(row["state"], row["due_at"], at)})


async def figures(merchant_id: UUID, since: datetime, at: datetime, store_ids: Sequence[UUID] = ()) -> Figures:
    """How the open ones stand now, and how those answered since a moment went; of some stores alone where any are named."""
    row = await database.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'open' AND due_at > $4) AS waiting,"
        " count(*) FILTER (WHERE state = 'open' AND due_at <= $4 AND due_at > $3) AS due_soon,"
        " count(*) FILTER (WHERE state = 'open' AND due_at <= $3) AS overdue,"
        " count(*) FILTER (WHERE answered_at >= $2) AS answered,"
        " count(*) FILTER (WHERE answered_at >= $2 AND answered_at <= due_at) AS in_time FROM complaints"
        " WHERE merchant_id = $1 AND (state = 'open' OR answered_at >= $2) AND (cardinality($5::uuid[]) = 0 OR store_id = ANY($5))",
        merchant_id,
        since,
        at,
        at + WARN_BEFORE,
        list(store_ids),
    )
    assert row is not None, "a count is always there"
    return Figures(**row, minutes=await merchants.complaint_minutes(merchant_id))
