"""Refunds 退款: preview, ask, decide, refund; the console's look-up of orders."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import strawberry

from backend import members, orders
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    checked_key,
    consumer,
    described,
    may,
    page,
)
from schema.catalog import needed_id, optional_id
from schema.order_member import OrderMember, order_member
from schema.orders import Order, OrderNotInState, order_answer
from schema.presale import Presale
from schema.refund_types import (
    PayoutNotFailed,
    PayoutState,
    RefundChanged,
    RefundImpossible,
    RefundPreview,
    RefundState,
    RefundUnitInput,
    units_of,
)

MOST_UNITS = 1000


@described
@strawberry.type
class StoreOrder:
    """An order as staff see it.
    order: The order.
    """

    order: Order

    @strawberry.field(description="Whose it is; null when the member is gone.")
    async def member(self, info: AppInfo) -> OrderMember | None:
        return await order_member(info, self.order.row.merchant_id, self.order.row.member_id)


@described
@strawberry.type
class StoreOrderConnection:
    """A page of orders, newest first.
    nodes: The orders.
    page_info: Where the page ends.
    total_count: How many match.
    """

    nodes: list[StoreOrder]
    page_info: PageInfo
    total_count: int


@described
@strawberry.input
class RefundPreviewInput:
    """What somebody thinks of refunding.
    order_id: The order.
    units: The units.
    """

    order_id: strawberry.ID
    units: list[RefundUnitInput]


@described
@strawberry.input
class RequestRefundInput:
    """A customer wants money back.
    order_id: The order.
    units: The units.
    reason: Why, 1–100 characters.
    preview_token: The preview's token.
    idempotency_key: Made by the client for this tap.
    """

    order_id: strawberry.ID
    units: list[RefundUnitInput]
    reason: str
    preview_token: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class WithdrawRefundInput:
    """The customer no longer wants it.
    request_id: The request.
    idempotency_key: Made by the client for this tap.
    """

    request_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class RefundOrderInput:
    """Staff refund units of an order.
    order_id: The order.
    units: The units; those asked for where a request is answered.
    reason: Why, 1–100 characters; the customer reads it.
    restock: Whether the units go back on the shelf.
    preview_token: The preview's token.
    request_id: The request that this answers.
    idempotency_key: Made by the client for this tap.
    """

    order_id: strawberry.ID
    units: list[RefundUnitInput]
    reason: str
    restock: bool
    preview_token: str
    idempotency_key: strawberry.ID
    request_id: strawberry.ID | None = None


@described
@strawberry.input
class RejectRefundInput:
    """A clerk says no.
    request_id: The request.
    note: Why, 1–100 characters; the customer reads it.
    idempotency_key: Made by the client for this tap.
    """

    request_id: strawberry.ID
    note: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class RetryPayoutInput:
    """Sends cash again that could not go back.
    payout_id: The payout.
    idempotency_key: Made by the client for this tap.
    """

    payout_id: strawberry.ID
    idempotency_key: strawberry.ID


RefundPreviewResult = Annotated[
    RefundPreview | OrderNotInState | RefundImpossible | InvalidInput | NotFound,
    strawberry.union("RefundPreviewResult", description="What would come back, or why nothing can."),
]
RequestRefundResult = Annotated[
    Order | RefundChanged | OrderNotInState | RefundImpossible | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RequestRefundResult", description="The order, or why not."),
]
RefundOrderResult = Annotated[
    Order | RefundChanged | OrderNotInState | RefundImpossible | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RefundOrderResult", description="The order, or why not."),
]
WithdrawRefundResult = Annotated[
    Order | RefundImpossible | NotFound | IdempotencyConflict,
    strawberry.union("WithdrawRefundResult", description="The order, or why not."),
]
RejectRefundResult = Annotated[
    Order | RefundImpossible | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("RejectRefundResult", description="The order, or why not."),
]
RetryPayoutResult = Annotated[
    Order | Presale | PayoutNotFailed | NotFound | IdempotencyConflict,
    strawberry.union("RetryPayoutResult", description="The order or pre-sale, or why not."),
]


async def _answer(info: AppInfo, result: Any) -> Any:
    merchant = info.context.viewer.merchant_id
    match result:
        case orders.Preview():
            return await RefundPreview.of(merchant, result)
        case orders.RefundChanged(seen_fen=seen, now=preview):
            return await RefundChanged.make(merchant, seen, preview)
        case orders.RefundImpossible(why=why):
            return RefundImpossible.make(why)
    return order_answer(result)


def _asker(info: AppInfo) -> orders.Asker:
    viewer = info.context.viewer
    own = viewer.subject_id if viewer.kind == "consumer" else None
    return orders.Asker(viewer.actor, own, viewer.store_ids)


def _units(units: list[RefundUnitInput]) -> list[tuple[str, int]]:
    if len(units) > MOST_UNITS:
        raise BadRequest(f"units 最多 {MOST_UNITS} 项")
    return units_of(units)


def _token(token: str) -> str:
    if len(token) > 200:
        raise BadRequest("previewToken 太长")
    return token


@strawberry.type
class RefundQuery:
    @strawberry.field(
        description="能退多少: what these units of one's own order would give back now.", permission_classes=consumer()
    )
    async def refund_preview(self, info: AppInfo, input: RefundPreviewInput) -> RefundPreviewResult:
        return await _preview(info, input)

    @strawberry.field(
        description="能退多少, asked by staff: what these units would give back now.",
        permission_classes=may("orders.read"),
    )
    async def store_refund_preview(self, info: AppInfo, input: RefundPreviewInput) -> RefundPreviewResult:
        return await _preview(info, input)

    @strawberry.field(
        description="Orders of the merchant (of one's own stores), newest first; by number, phone or member code. `toServe`: those"
        " that are paid and wait to be handed over, 优先配送 first, then who has waited longest.",
        permission_classes=may("orders.read"),
    )
    async def store_orders(
        self,
        info: AppInfo,
        first: int = 20,
        after: str | None = None,
        search: str | None = None,
        refund_state: RefundState | None = None,  # type: ignore[valid-type]
        to_serve: bool = False,
    ) -> StoreOrderConnection:
        viewer, text = info.context.viewer, (search or "").strip()
        if len(text) > 60:
            raise BadRequest("search 最多 60 个字符")
        secret = info.context.runtime.settings.secret
        whose = await members.matching(secret, viewer.merchant_id, text) if text else []
        found = await orders.search(
            viewer.merchant_id,
            text,
            whose,
            refund_state.name.lower() if refund_state else None,
            viewer.store_ids,
            page(first) + 1,
            optional_id("ord", strawberry.ID(after) if after else None),
            to_serve,
        )
        nodes = [StoreOrder(order=Order.of(row)) for row in found.orders[:first]]
        end = nodes[-1].order.id if nodes else None
        return StoreOrderConnection(
            nodes=nodes,
            page_info=PageInfo(has_next_page=len(found.orders) > first, end_cursor=end),
            total_count=found.total,
        )

    @strawberry.field(
        description="One order as staff see it; null when there is none in one's stores.",
        permission_classes=may("orders.read"),
    )
    async def store_order(self, info: AppInfo, id: strawberry.ID) -> StoreOrder | None:
        viewer = info.context.viewer
        found = await orders.get(viewer.merchant_id, needed_id("ord", id))
        if found is None or not viewer.sees_store(found.store_id):
            return None
        return StoreOrder(order=Order.of(found))


async def _preview(info: AppInfo, input: RefundPreviewInput) -> Any:
    viewer = info.context.viewer
    return await _answer(
        info,
        await orders.refunds.preview(
            info.context.runtime.settings.secret,
            viewer.merchant_id,
            needed_id("ord", input.order_id),
            _units(input.units),
            _asker(info),
            now(),
        ),
    )


@strawberry.type
class RefundMutation:
    @strawberry.mutation(
        description="Asks for a refund 申请退款: done at once where nobody has to look at it, else a clerk decides.",
        permission_classes=consumer(),
    )
    async def request_refund(self, info: AppInfo, input: RequestRefundInput) -> RequestRefundResult:
        return await _answer(
            info,
            await orders.refunds.ask(
                info.context.runtime.settings.secret,
                info.context.viewer.merchant_id,
                needed_id("ord", input.order_id),
                _units(input.units),
                input.reason,
                _token(input.preview_token),
                _asker(info),
                checked_key(input.idempotency_key),
                now(),
            ),
        )

    @strawberry.mutation(description="Takes back a request that waits 撤回申请.", permission_classes=consumer())
    async def withdraw_refund(self, info: AppInfo, input: WithdrawRefundInput) -> WithdrawRefundResult:
        return await _answer(
            info,
            await orders.refunds.withdraw(
                info.context.viewer.merchant_id,
                needed_id("rrq", input.request_id),
                _asker(info),
                checked_key(input.idempotency_key),
                now(),
            ),
        )

    @strawberry.mutation(
        description="Refunds units of an order 退款, by oneself or as asked for.",
        permission_classes=may("orders.refund"),
    )
    async def refund_order(self, info: AppInfo, input: RefundOrderInput) -> RefundOrderResult:
        return await _answer(
            info,
            await orders.refunds.refund(
                info.context.runtime.settings.secret,
                info.context.viewer.merchant_id,
                needed_id("ord", input.order_id),
                _units(input.units),
                input.reason,
                _token(input.preview_token),
                input.restock,
                _asker(info),
                checked_key(input.idempotency_key),
                now(),
                optional_id("rrq", input.request_id),
            ),
        )

    @strawberry.mutation(
        description="Says no to a request 拒绝退款, with the reason that the customer reads.",
        permission_classes=may("orders.refund"),
    )
    async def reject_refund(self, info: AppInfo, input: RejectRefundInput) -> RejectRefundResult:
        return await _answer(
            info,
            await orders.refunds.reject(
                info.context.viewer.merchant_id,
                needed_id("rrq", input.request_id),
                input.note,
                _asker(info),
                checked_key(input.idempotency_key),
                now(),
            ),
        )

    @strawberry.mutation(
        description="Sends cash again that could not go back 重新退款.", permission_classes=may("orders.refund")
    )
    async def retry_payout(self, info: AppInfo, input: RetryPayoutInput) -> RetryPayoutResult:
        viewer = info.context.viewer
        result = await orders.refunds.retry_payout(
            viewer.merchant_id,
            needed_id("pyt", input.payout_id),
            checked_key(input.idempotency_key),
            viewer.actor,
            now(),
            viewer.store_ids,
        )
        match result:
            case orders.NoPayout():
                return NotFound.make("没有这笔退款")
            case orders.PayoutNotFailed(state=state):
                return PayoutNotFailed(
                    code="PayoutNotFailed", message="这笔退款没有失败，不用重试", state=PayoutState[state.upper()]
                )
            case uuid.UUID():
                presale = await orders.presales.get(viewer.merchant_id, result, now())
                return Presale.of(presale) if presale else order_answer(await orders.get(viewer.merchant_id, result))
        return order_answer(result)


__all__ = ["RefundMutation", "RefundQuery"]
