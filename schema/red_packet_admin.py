"""红包 by hand: a clerk gives a customer a red packet (P04, K04)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from backend import coupons, ledger, members
from backend.kit import idempotency
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    checked_key,
    described,
    may,
)
from schema.catalog import needed_id
from schema.coupon_codes import ClerkLimitReached, clerk_limit
from schema.red_packets import RedPacket


@described
@strawberry.input
class GrantRedPacketInput:
    """人工发红包: a red packet for a customer.
    member_id: The customer.
    fen: How much.
    min_fen: Least payable of an order that it pays for, fen.
    valid_days: Days after today, to the end of the last of them, on which it can be used.
    reason: Why, 2–100 characters; kept with it.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    fen: Fen
    valid_days: int
    reason: str
    idempotency_key: strawberry.ID
    min_fen: Fen = 0


GrantRedPacketResult = Annotated[
    RedPacket | ClerkLimitReached | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("GrantRedPacketResult", description="The red packet, or why not."),
]


def _answer(result: Any) -> Any:
    match result:
        case ledger.RedPacket():
            return RedPacket.of(result)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.ClerkLimitReached():
            return clerk_limit(result)
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class RedPacketMutation:
    @strawberry.mutation(
        description="Gives a red packet by hand 人工发红包, with a reason and within the clerk's daily limit.",
        permission_classes=may("coupons.compensate"),
    )
    async def grant_red_packet(self, info: AppInfo, input: GrantRedPacketInput) -> GrantRedPacketResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        if viewer.subject_id is None:
            raise BadRequest("缺少员工身份")
        member = needed_id("mem", input.member_id)
        if await members.get(viewer.merchant_id, member) is None:
            return NotFound.make("没有这位会员")
        who = (viewer.merchant_id, viewer.actor, viewer.subject_id, member)
        terms = (input.fen, input.min_fen, input.valid_days, input.reason)
        return _answer(await coupons.give_packet(*who, *terms, key, now()))
