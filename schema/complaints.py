"""Complaints 投诉: made in the shop or written down by staff, answered by the time that the merchant promises (R05)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

import strawberry

from backend import complaints, coupons, merchants, orders
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    Denied,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    Refusal,
    checked_key,
    consumer,
    described,
    enumeration,
    may,
    member_id,
    merchant_id,
    page,
)
from schema.catalog import needed_id, optional_id
from schema.coupon_codes import ClerkLimitReached, clerk_limit
from schema.coupon_types import Coupon
from schema.member_names import names_for

ComplaintKind = enumeration(
    "ComplaintKind",
    {
        "GOODS": "商品质量.",
        "PRICE": "价格与优惠.",
        "COUPON": "优惠券.",
        "DELIVERY": "配送与自提.",
        "SERVICE": "服务态度.",
        "OTHER": "其他.",
    },
    "What a complaint is about.",
)
ComplaintState = enumeration(
    "ComplaintState",
    {
        "WAITING": "待处理.",
        "DUE_SOON": "即将超时: less than half an hour is left.",
        "OVERDUE": "已超时: escalated.",
        "ANSWERED": "已答复.",
    },
    "How a complaint stands, by the clock.",
)
ComplaintOutcome = enumeration(
    "ComplaintOutcome",
    {
        "EXPLAINED": "已解释.",
        "COMPENSATED": "已补偿.",
        "REFUNDED": "已退款.",
        "REPLACED": "已补发或换货.",
        "UNFOUNDED": "不成立.",
    },
    "How a complaint ended.",
)


@described
@strawberry.type
class Complaint:
    """投诉 of a customer.
    id: Opaque id.
    kind: What it is about.
    text: What the customer said.
    state: How it stands now.
    opened_at: When it was made.
    due_at: By when it is answered.
    warned_at: When staff was warned that its time is nearly over; null before.
    escalated_at: When it was escalated because its time was over; null where it was not.
    answered_at: When it was answered; null before.
    in_time: Whether it was answered by `due_at`; null before it is.
    outcome: How it ended; null before.
    answer: What the customer was told; null before.
    by_staff: Whether staff wrote it down for the customer.
    order_id: The order that it is about; null without one.
    order_number: Its number.
    member_id: The customer.
    member_name: Name and member code, for staff who may read members; null for others.
    server_time: When this was read.
    """

    id: strawberry.ID
    kind: ComplaintKind  # type: ignore[valid-type]
    text: str
    state: ComplaintState  # type: ignore[valid-type]
    opened_at: dt.datetime
    due_at: dt.datetime
    warned_at: dt.datetime | None
    escalated_at: dt.datetime | None
    answered_at: dt.datetime | None
    in_time: bool | None
    outcome: ComplaintOutcome | None  # type: ignore[valid-type]
    answer: str | None
    by_staff: bool
    order_id: strawberry.ID | None
    order_number: str | None
    member_id: strawberry.ID
    member_name: str | None
    server_time: dt.datetime
    row: strawberry.Private[complaints.ComplaintInfo]

    @strawberry.field(description="The coupon that it is about; null without one.")
    async def coupon(self, info: AppInfo) -> Coupon | None:
        return await _coupon(info, self.row.member_id, self.row.coupon_id)

    @strawberry.field(description="The coupon that was given for it; null without one.")
    async def compensation(self, info: AppInfo) -> Coupon | None:
        return await _coupon(info, self.row.member_id, self.row.compensation_id)

    @strawberry.field(
        description="Coupons that staff gave this customer since the complaint by way of compensation; the answer may name one.",
        permission_classes=may("complaints.answer"),
    )
    async def compensations(self, info: AppInfo) -> list[Coupon]:
        merchant, at = merchant_id(info), now()
        given = await complaints.compensations(merchant, self.row.member_id, self.row.opened_at, at)
        return [Coupon.of(coupon) for coupon in given]

    @staticmethod
    async def all_of(info: AppInfo, found: list[complaints.ComplaintInfo]) -> list[Complaint]:
        people = await names_for(info, [c.member_id for c in found])
        numbers: dict[UUID, str] = {}
        for order_id in dict.fromkeys(c.order_id for c in found if c.order_id):
            order = await orders.get(merchant_id(info), order_id)
            numbers[order_id] = order.number if order else ""
        at = now()
        return [
            Complaint(
                id=strawberry.ID(ids.encode("cpl", c.id)),
                kind=ComplaintKind[c.kind.upper()],
                text=c.text,
                state=ComplaintState[c.state.upper()],
                opened_at=c.opened_at,
                due_at=c.due_at,
                warned_at=c.warned_at,
                escalated_at=c.escalated_at,
                answered_at=c.answered_at,
                in_time=None if c.answered_at is None else c.answered_at <= c.due_at,
                outcome=ComplaintOutcome[c.ending.upper()] if c.ending else None,
                answer=c.reply,
                by_staff=c.opened_by.startswith("staff:"),
                order_id=strawberry.ID(ids.encode("ord", c.order_id)) if c.order_id else None,
                order_number=numbers.get(c.order_id) if c.order_id else None,
                member_id=strawberry.ID(ids.encode("mem", c.member_id)),
                member_name=people.get(c.member_id),
                server_time=at,
                row=c,
            )
            for c in found
        ]


async def _coupon(info: AppInfo, member: UUID, coupon_id: UUID | None) -> Coupon | None:
    if coupon_id is None:
        return None
    found = await coupons.coupons(merchant_id(info), member, now(), ids=[coupon_id])
    return Coupon.of(found[0]) if found else None


@described
@strawberry.type
class ComplaintConnection:
    """A page of complaints: open ones with the one that is due first, answered ones with the newest first.
    nodes: The complaints.
    page_info: Where the page ends.
    """

    nodes: list[Complaint]
    page_info: PageInfo


@described
@strawberry.type
class ComplaintFigures:
    """How open complaints stand, and how many of the last thirty days were answered in time.
    waiting: Open, with more than half an hour left.
    due_soon: Open, with less.
    overdue: Open, their time is over.
    answered: Answered in the last thirty days.
    in_time: Of these, by their time.
    minutes: Minutes within which a complaint that is made now is answered.
    """

    waiting: int
    due_soon: int
    overdue: int
    answered: int
    in_time: int
    minutes: int


@described
@strawberry.type
class ComplaintOpen(Refusal):
    """The customer's complaint about the same thing waits for its answer.
    due_at: By when it is answered.
    """

    due_at: dt.datetime


@described
@strawberry.type
class ComplaintAnswered(Refusal):
    """The complaint was answered before; nothing was changed."""


@described
@strawberry.input
class ComplainInput:
    """A complaint of the viewer.
    kind: What it is about.
    text: What happened, 5–500 characters.
    idempotency_key: Made by the client for this act.
    order_id: One of the viewer's orders.
    coupon_id: One of the viewer's coupons.
    """

    kind: ComplaintKind  # type: ignore[valid-type]
    text: str
    idempotency_key: strawberry.ID
    order_id: strawberry.ID | None = None
    coupon_id: strawberry.ID | None = None


@described
@strawberry.input
class RecordComplaintInput:
    """A complaint that a customer made at the counter or on the phone, written down by staff.
    kind: What it is about.
    text: What happened, 5–500 characters.
    idempotency_key: Made by the client for this act.
    member_id: The customer; may be left out where an order is named.
    order_id: An order of the customer; staff of a store name one of the store.
    coupon_id: A coupon of the customer.
    """

    kind: ComplaintKind  # type: ignore[valid-type]
    text: str
    idempotency_key: strawberry.ID
    member_id: strawberry.ID | None = None
    order_id: strawberry.ID | None = None
    coupon_id: strawberry.ID | None = None


@described
@strawberry.input
class AnswerComplaintInput:
    """The answer to a complaint; there is one.
    complaint_id: The complaint.
    outcome: How it ended.
    answer: What the customer reads, 5–500 characters.
    idempotency_key: Made by the client for this act.
    coupon_id: A coupon that staff gave the customer for it (compensateMember), where it ended so.
    template_id: A coupon of this template is given with the answer, where it ended so, instead: within the clerk's daily limit, with the complaint as its reason, one for a complaint.
    """

    complaint_id: strawberry.ID
    outcome: ComplaintOutcome  # type: ignore[valid-type]
    answer: str
    idempotency_key: strawberry.ID
    coupon_id: strawberry.ID | None = None
    template_id: strawberry.ID | None = None


ComplainResult = Annotated[
    Complaint | ComplaintOpen | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ComplainResult", description="The complaint, or why not."),
]
AnswerComplaintResult = Annotated[
    Complaint | ComplaintAnswered | ClerkLimitReached | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("AnswerComplaintResult", description="The complaint with its answer, or why not."),
]
THIRTY_DAYS = dt.timedelta(days=30)


async def _answer(info: AppInfo, result: Any) -> Any:
    match result:
        case complaints.ComplaintInfo():
            return (await Complaint.all_of(info, [result]))[0]
        case complaints.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case complaints.SubjectMissing():
            return NotFound.make("没有这位顾客的这张订单或这张券")
        case complaints.ComplaintMissing():
            return NotFound.make("没有这条投诉")
        case coupons.TemplateMissing():
            return NotFound.make("没有这个券模板")
        case coupons.ClerkLimitReached():
            return clerk_limit(result)
        case complaints.AlreadyOpen(due_at=due):
            text = f"这件事已经在处理了，{words.moment(due)} 前答复"
            return ComplaintOpen(code="ComplaintOpen", message=text, due_at=due)
        case complaints.Answered(at=at):
            return ComplaintAnswered(code="ComplaintAnswered", message=f"已在 {words.moment(at)} 答复过")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class ComplaintQuery:
    @strawberry.field(
        description="Minutes within which the merchant answers a complaint that is made now.",
        permission_classes=consumer(),
    )
    async def complaint_minutes(self, info: AppInfo) -> int:
        return await merchants.complaint_minutes(merchant_id(info))

    @strawberry.field(
        description="Complaints of the viewer about one of their orders, newest first.", permission_classes=consumer()
    )
    async def order_complaints(self, info: AppInfo, order_id: strawberry.ID) -> list[Complaint]:
        found = await complaints.complaints(
            merchant_id(info), now(), member_id=member_id(info), order_id=needed_id("ord", order_id), first=20
        )
        return await Complaint.all_of(info, found)

    @strawberry.field(
        description="Complaints of all customers, or of the viewer's stores: open ones, or those that were answered.",
        permission_classes=may("complaints.read"),
    )
    async def complaints(
        self, info: AppInfo, open: bool, first: int = 20, after: str | None = None
    ) -> ComplaintConnection:
        rows = await complaints.complaints(
            merchant_id(info),
            now(),
            is_open=open,
            store_ids=info.context.viewer.store_ids if info.context.viewer else (),
            first=page(first) + 1,
            after=optional_id("cpl", strawberry.ID(after) if after else None),
        )
        nodes = await Complaint.all_of(info, rows[:first])
        return ComplaintConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="How open complaints stand, and how those of the last thirty days were answered.",
        permission_classes=may("complaints.read"),
    )
    async def complaint_figures(self, info: AppInfo) -> ComplaintFigures:
        at, stores = now(), info.context.viewer.store_ids if info.context.viewer else ()
        found = await complaints.figures(merchant_id(info), at - THIRTY_DAYS, at, stores)
        return ComplaintFigures(
            waiting=found.waiting,
            due_soon=found.due_soon,
            overdue=found.overdue,
            answered=found.answered,
            in_time=found.in_time,
            minutes=found.minutes,
        )


@strawberry.type
class ComplaintMutation:
    @strawberry.mutation(
        description="Makes a complaint 投诉 about an order, a coupon, or neither.", permission_classes=consumer()
    )
    async def complain(self, info: AppInfo, input: ComplainInput) -> ComplainResult:
        member, key = member_id(info), checked_key(input.idempotency_key)
        wish = _wish(input)
        made = await complaints.complain(merchant_id(info), member, wish, f"consumer:{member}", key, now())
        return await _answer(info, made)

    @strawberry.mutation(
        description="Writes down a complaint that a customer made elsewhere 登记投诉.",
        permission_classes=may("complaints.answer"),
    )
    async def record_complaint(self, info: AppInfo, input: RecordComplaintInput) -> ComplainResult:
        viewer, member = info.context.viewer, optional_id("mem", input.member_id)
        key, wish = checked_key(input.idempotency_key), _wish(input)
        if member is None and wish.order_id is not None:
            order = await orders.get(viewer.merchant_id, wish.order_id)
            if order is None:
                return await _answer(info, complaints.SubjectMissing())
            member = order.member_id
        if member is None:
            return InvalidInput.of((complaints.Problem("memberId", "请选择顾客，或写明订单"),))
        made = await complaints.complain(viewer.merchant_id, member, wish, viewer.actor, key, now(), viewer.store_ids)
        return await _answer(info, made)

    @strawberry.mutation(
        description="Answers a complaint, once, with how it ended.", permission_classes=may("complaints.answer")
    )
    async def answer_complaint(self, info: AppInfo, input: AnswerComplaintInput) -> AnswerComplaintResult:
        viewer, which = info.context.viewer, needed_id("cpl", input.complaint_id)
        template, giving = optional_id("tpl", input.template_id), None
        if template is not None:
            if not viewer.may("coupons.compensate") or viewer.subject_id is None:
                raise Denied("FORBIDDEN", "您的角色没有这项权限（coupons.compensate）")
            giving = complaints.Giving(info.context.runtime.settings.secret, viewer.subject_id, template)
        done = await complaints.answer(
            viewer.merchant_id,
            viewer.actor,
            which,
            input.outcome.name.lower(),  # type: ignore[attr-defined]
            input.answer,
            optional_id("cpn", input.coupon_id),
            checked_key(input.idempotency_key),
            now(),
            viewer.store_ids,
            giving,
        )
        return await _answer(info, done)


def _wish(given: ComplainInput | RecordComplaintInput) -> complaints.Wish:
    return complaints.Wish(
        given.kind.name.lower(),  # type: ignore[attr-defined]
        given.text,
        optional_id("ord", given.order_id),
        optional_id("cpn", given.coupon_id),
    )
