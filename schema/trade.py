"""交易设置 beside 叠加规则: how much of an order tenders may pay (P04), within what time complaints are answered (R05), what one clerk
may give by way of compensation (K04)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from backend import coupons, merchants, pricing
from backend.kit.clock import now
from schema.base import AppInfo, Fen, IdempotencyConflict, InvalidInput, checked_key, described, may, merchant_id


@described
@strawberry.type
class TenderLimit:
    """抵扣上限 of one kind of tender: all that it may pay of an order; with both figures the lesser of them, and nothing where one is 0.
    max_share_bp: Of what is payable before tenders, in basis points.
    max_fen: An order.
    """

    max_share_bp: int | None
    max_fen: int | None


@described
@strawberry.type
class TenderPolicy:
    """抵扣上限 of a merchant: what prices go by now; null for no cap.
    red_packet: Of all red packets together.
    points: Of points, those that family shares among them.
    balance: Of the balance.
    """

    red_packet: TenderLimit | None
    points: TenderLimit | None
    balance: TenderLimit | None

    @staticmethod
    def of(caps: tuple[pricing.TenderCap, ...]) -> TenderPolicy:
        limits = {cap.kind: TenderLimit(max_share_bp=cap.bp, max_fen=cap.fen) for cap in caps}
        return TenderPolicy(
            red_packet=limits.get("red_packet"), points=limits.get("points"), balance=limits.get("balance")
        )


@described
@strawberry.type
class ComplaintPolicy:
    """投诉答复时限 of a merchant.
    minutes: Within how many a complaint that is made now is answered.
    least_minutes: The least that may be stated.
    most_minutes: The most that may be stated.
    """

    minutes: int
    least_minutes: int
    most_minutes: int

    @staticmethod
    def of(minutes: int) -> ComplaintPolicy:
        span = merchants.COMPLAINT_MINUTES
        return ComplaintPolicy(minutes=minutes, least_minutes=span[0], most_minutes=span[-1])


@described
@strawberry.type
class CompensationPolicy:
    """补偿上限: what one clerk may give by way of compensation on one day, coupons and red packets together.
    per_day: How many.
    fen_per_day: Their face value.
    """

    per_day: int
    fen_per_day: Fen

    @staticmethod
    def of(limits: coupons.ClerkLimits) -> CompensationPolicy:
        return CompensationPolicy(per_day=limits.per_day, fen_per_day=limits.fen_per_day)


@described
@strawberry.input
class TenderLimitInput:
    """One of them or both.
    max_share_bp: Of what is payable before tenders, 0–10000 basis points.
    max_fen: An order, 0–1000000000.
    """

    max_share_bp: int | None = None
    max_fen: int | None = None


@described
@strawberry.input
class SetTenderPolicyInput:
    """What is to change; what is left out stays as it is, null takes the cap away.
    red_packet: Of all red packets together.
    points: Of points.
    balance: Of the balance.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID
    red_packet: TenderLimitInput | None = strawberry.UNSET
    points: TenderLimitInput | None = strawberry.UNSET
    balance: TenderLimitInput | None = strawberry.UNSET


@described
@strawberry.input
class SetComplaintPolicyInput:
    """The promise to customers from now on.
    minutes: From making a complaint to its answer, 60–10080.
    idempotency_key: Made by the client for this act.
    """

    minutes: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class SetCompensationPolicyInput:
    """From now on, also for today.
    per_day: How many one clerk may give, 0–1000.
    fen_per_day: Their face value, 0–10000000.
    idempotency_key: Made by the client for this act.
    """

    per_day: int
    fen_per_day: Fen
    idempotency_key: strawberry.ID


SetTenderPolicyResult = Annotated[
    TenderPolicy | InvalidInput | IdempotencyConflict,
    strawberry.union("SetTenderPolicyResult", description="The caps in force, or why not."),
]
SetComplaintPolicyResult = Annotated[
    ComplaintPolicy | InvalidInput | IdempotencyConflict,
    strawberry.union("SetComplaintPolicyResult", description="The time in force, or why not."),
]

SetCompensationPolicyResult = Annotated[
    CompensationPolicy | InvalidInput | IdempotencyConflict,
    strawberry.union("SetCompensationPolicyResult", description="The limits in force, or why not."),
]


@strawberry.type
class TradeQuery:
    @strawberry.field(
        description="抵扣上限: how much of an order tenders may pay.", permission_classes=may("coupons.read")
    )
    async def tender_policy(self, info: AppInfo) -> TenderPolicy:
        return TenderPolicy.of((await merchants.price_policy(merchant_id(info))).tender_caps)

    @strawberry.field(
        description="投诉答复时限: within what time complaints are answered.", permission_classes=may("coupons.read")
    )
    async def complaint_policy(self, info: AppInfo) -> ComplaintPolicy:
        return ComplaintPolicy.of(await merchants.complaint_minutes(merchant_id(info)))

    @strawberry.field(
        description="补偿上限: what one clerk may give on one day.", permission_classes=may("coupons.read")
    )
    async def compensation_policy(self, info: AppInfo) -> CompensationPolicy:
        return CompensationPolicy.of(await coupons.clerk_limits(merchant_id(info)))


@strawberry.type
class TradeMutation:
    @strawberry.mutation(
        description="Sets 抵扣上限 for prices from now on; orders keep what held on their day.",
        permission_classes=may("promotions.write"),
    )
    async def set_tender_policy(self, info: AppInfo, input: SetTenderPolicyInput) -> SetTenderPolicyResult:
        viewer = info.context.viewer
        given = {kind: getattr(input, kind) for kind in pricing.TENDERS}
        caps = {
            kind: None if limit is None else pricing.TenderCap(kind, limit.max_share_bp, limit.max_fen)
            for kind, limit in given.items()
            if limit is not strawberry.UNSET
        }
        done = await merchants.state_tender_caps(
            viewer.merchant_id, viewer.actor, caps, checked_key(input.idempotency_key), now()
        )
        if isinstance(done, merchants.SettingInvalid):
            return InvalidInput.of(done.problems)
        return TenderPolicy.of(done) if isinstance(done, tuple) else IdempotencyConflict.make()

    @strawberry.mutation(
        description="Sets 投诉答复时限 for complaints made from now on; those that are there keep what was promised.",
        permission_classes=may("promotions.write"),
    )
    async def set_complaint_policy(self, info: AppInfo, input: SetComplaintPolicyInput) -> SetComplaintPolicyResult:
        viewer = info.context.viewer
        done = await merchants.state_complaint_minutes(
            viewer.merchant_id, viewer.actor, input.minutes, checked_key(input.idempotency_key), now()
        )
        if isinstance(done, merchants.SettingInvalid):
            return InvalidInput.of(done.problems)
        return ComplaintPolicy.of(done) if isinstance(done, int) else IdempotencyConflict.make()

    @strawberry.mutation(
        description="Sets 补偿上限, what one clerk may give on one day, from now on.",
        permission_classes=may("promotions.write"),
    )
    async def set_compensation_policy(
        self, info: AppInfo, input: SetCompensationPolicyInput
    ) -> SetCompensationPolicyResult:
        viewer = info.context.viewer
        limits = coupons.ClerkLimits(input.per_day, input.fen_per_day)
        done = await coupons.set_clerk_limits(
            viewer.merchant_id, viewer.actor, limits, checked_key(input.idempotency_key), now()
        )
        match done:
            case coupons.ClerkLimits():
                return CompensationPolicy.of(done)
            case coupons.Invalid(problems=problems):
                return InvalidInput.of(problems)
            case _:
                return IdempotencyConflict.make()
