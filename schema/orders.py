"""Orders 订单: place, pay, cancel, complete."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import catalog, coupons, ledger, members, merchants, offers, orders, pricing, promotions
from backend.connectors.pay import PayUnavailable, WeChatPay
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    BadRequest,
    Fen,
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
from schema.cart import (
    AppliedOffer,
    CartInput,
    Earning,
    TenderUse,
    earned_words,
    promotion_id,
    wish_of,
)
from schema.catalog import needed_id, optional_id
from schema.family import FamilyShare, shares_of
from schema.identity import Store
from schema.price_changes import PriceChanged
from schema.promotions import OfferLevel
from schema.refund_types import Payout, Refund, RefundableUnit, RefundRequest, RefundState
from schema.suppliers import BorneDiscount, borne_of

OrderState = enumeration(
    "OrderState",
    {
        "AWAITING_PAYMENT": "待付款.",
        "PAID": "已付款.",
        "COMPLETED": "已完成.",
        "CANCELLED": "已取消.",
        "REFUNDED": "已退款: all of it.",
    },
    "Where an order is in its life.",
)
OrderLineKind = enumeration(
    "OrderLineKind",
    {"SALE": "Sold.", "ADD_ON": "加价购.", "GIFT": "赠品, outside the totals."},
    "What a line of an order is.",
)
STATE_WORDS = {
    "awaiting_payment": "待付款",
    "paid": "已付款",
    "completed": "已完成",
    "cancelled": "已取消",
    "refunded": "已退款",
}


@described
@strawberry.type
class OrderLine:
    """One SKU of an order.
    sku: Article code.
    name: Name of the article.
    emoji: Stands for a picture.
    image_hue: Hue 0–359 of the picture's background.
    qty: Units.
    list_fen: At list price.
    payable_fen: After all offers.
    kind: Sold, added on or given.
    """

    sku: str
    name: str
    emoji: str
    image_hue: int
    qty: int
    list_fen: Fen
    payable_fen: Fen
    kind: OrderLineKind  # type: ignore[valid-type]


@described
@strawberry.type
class Payment:
    """What the client needs to pay.
    prepay_id: WeChat Pay's number.
    time_stamp: Argument of wx.requestPayment.
    nonce_str: Argument of wx.requestPayment.
    package: Argument of wx.requestPayment.
    sign_type: Argument of wx.requestPayment.
    pay_sign: Argument of wx.requestPayment.
    h5_url: Where an H5 browser pays; append redirect_url.
    """

    prepay_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str
    h5_url: str


@described
@strawberry.type
class PriceProof:
    """最优证明: what the search for the best combination of offers could prove, the coupons and add-ons given that the
    customer chose.
    optimal: Whether the search was complete.
    lower_bound_fen: No combination that was allowed could have cost less, fen, before tenders.
    savable_fen: What a better combination could have saved at most, fen; 0 means that the price is proven the lowest.
    """

    optimal: bool
    lower_bound_fen: Fen
    savable_fen: Fen


@described
@strawberry.type
class Order:
    """An order 订单 with its frozen price.
    id: Opaque id.
    number: Number shown to people.
    state: Where it is in its life.
    placed_at: When it was placed.
    pay_by: Until when it waits for payment.
    paid_at: When it was paid.
    list_fen: Goods at list price.
    saved_fen: What offers took off the goods.
    shipping_fen: Shipping.
    payable_fen: Goods and shipping.
    due_fen: What is paid in cash.
    deposit_fen: What the deposit of a pre-sale 定金 has paid of it; 0 for other orders.
    presale_id: The pre-sale whose rest it is; null for other orders.
    completed_at: When the customer had the goods.
    refunded_fen: Refunded so far, gross: what the units were paid with, in all forms.
    refund_state: What its refunds need next.
    priority: 优先配送: comes first in the stores' list, by the customer's level when it was placed.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    number: str
    state: OrderState  # type: ignore[valid-type]
    placed_at: dt.datetime
    pay_by: dt.datetime | None
    paid_at: dt.datetime | None
    list_fen: Fen
    saved_fen: Fen
    shipping_fen: Fen
    payable_fen: Fen
    due_fen: Fen
    deposit_fen: Fen
    presale_id: strawberry.ID | None
    completed_at: dt.datetime | None
    refunded_fen: Fen
    refund_state: RefundState  # type: ignore[valid-type]
    priority: bool
    server_time: dt.datetime
    row: strawberry.Private[orders.OrderInfo]

    @strawberry.field(description="The store that sells.")
    async def store(self, info: AppInfo) -> Store:
        found = await merchants.store(self.row.merchant_id, self.row.store_id)
        if found is None:
            raise LookupError("the order's store is gone")
        return Store.of(found)

    @strawberry.field(description="The till or marketplace that sold it and has its cash; null when it was sold here.")
    async def sold_by(self, info: AppInfo) -> str | None:
        if self.row.system_id is None:
            return None
        found = await merchants.system(self.row.merchant_id, self.row.system_id)
        return found.name if found else None

    @strawberry.field(description="Line by line.")
    async def lines(self, info: AppInfo) -> list[OrderLine]:
        products = await catalog.by_skus(self.row.merchant_id, [line[0] for line in self.row.lines])
        known = {sku: (p.name, p.emoji, p.image_hue) for sku, p in products.items()}
        return [
            OrderLine(
                sku=sku,
                name=known.get(sku, (sku, "", 0))[0],
                emoji=known.get(sku, ("", "🛒", 0))[1],
                image_hue=known.get(sku, ("", "", 12))[2],
                qty=qty,
                list_fen=listed,
                payable_fen=payable,
                kind=OrderLineKind[kind.upper()],
            )
            for sku, qty, listed, payable, kind in self.row.lines
        ]

    @strawberry.field(description="What applied when it was placed.")
    async def offers(self, info: AppInfo) -> list[AppliedOffer]:
        return await _frozen_offers(self.row)

    @strawberry.field(description="What it earns when it completes, less what refunds took of it.")
    async def earn(self, info: AppInfo) -> list[Earning]:
        batches, _ = await _refunds(self.row)
        earned = orders.still_earned(self.row, batches)
        known, names = await _frozen_rules(self.row) if earned else ({}, {})
        terms = ledger.PacketPolicy(**(self.row.quote or {}).get("red_packets", {}))
        return [
            Earning(
                offer_id=strawberry.ID(e["offer"]),
                name=known[e["offer"]].name if e["offer"] in known else e["offer"],
                points=e.get("points"),
                fen=e.get("fen"),
                count=e.get("count"),
                template_id=e.get("template"),
                sentence=earned_words(
                    e.get("points"),
                    e.get("fen"),
                    e.get("count"),
                    names.get(e["template"], "优惠券") if e.get("template") else None,
                    terms,
                ),
            )
            for e in earned
        ]

    @strawberry.field(description="How to pay; null when nothing is due or it is not waiting for payment.")
    async def payment(self, info: AppInfo) -> Payment | None:
        return await _payment(info, self.row)

    @strawberry.field(description="How it was paid beside cash: points, balance, red packets.")
    async def tenders(self, info: AppInfo) -> list[TenderUse]:
        return [
            TenderUse(kind=t["kind"], id=t.get("id"), fen=t["fen"], points=t.get("points"))
            for t in (self.row.quote or {}).get("tenders", [])
        ]

    @strawberry.field(
        description="谁承担, who bore the discounts that suppliers bear a part of; null for who may not see it."
    )
    async def borne(self, info: AppInfo) -> list[BorneDiscount] | None:
        return await borne_of(info, self.row)

    @strawberry.field(
        description="Q02: whether its price was proven the best when it was placed; null for shoppers and for orders from elsewhere.",
    )
    async def price_proof(self, info: AppInfo) -> PriceProof | None:
        viewer, priced = info.context.viewer, self.row.quote or {}
        if viewer is None or not viewer.may("orders.read") or "lower_bound" not in priced:
            return None
        return PriceProof(
            optimal=priced["optimal"],
            lower_bound_fen=priced["lower_bound"],
            savable_fen=priced["payable"] - priced["lower_bound"],
        )

    @strawberry.field(description="Points of the family among them, and whose; what came back is not taken off.")
    async def family(self, info: AppInfo) -> list[FamilyShare]:
        paid = any(t["kind"] == "points" for t in (self.row.quote or {}).get("tenders", []))
        return await shares_of(self.row.merchant_id, self.row.id) if paid else []

    @strawberry.field(description="Batches of refunds 退款记录, the first first.")
    async def refunds(self, info: AppInfo) -> list[Refund]:
        batches, paid = await _refunds(self.row)
        elsewhere = self.row.system_id is not None
        return [Refund.of(self.row.merchant_id, batch, paid, elsewhere) for batch in batches]

    @strawberry.field(description="The customer's requests for refunds 退款申请, the first first.")
    async def refund_requests(self, info: AppInfo) -> list[RefundRequest]:
        found = await orders.refunds.requests_of(self.row.merchant_id, [self.row.id])
        return [RefundRequest.of(row) for row in found[self.row.id]]

    @strawberry.field(description="Units that can still be refunded; empty when the order cannot be.")
    async def refundable(self, info: AppInfo) -> list[RefundableUnit]:
        batches, _ = await _refunds(self.row)
        viewer, here = info.context.viewer, False
        if self.row.system_id is not None and viewer is not None and viewer.kind == "staff":
            system = await merchants.system(self.row.merchant_id, self.row.system_id)
            here = system is None or system.revoked_at is not None
        left = orders.refundable(self.row, batches, elsewhere=here)
        return [RefundableUnit(sku=sku, qty=qty) for sku, qty in left.items()]

    @strawberry.field(description="Money that came for nothing (the order was closed) and goes back.")
    async def returned_payments(self, info: AppInfo) -> list[Payout]:
        paid = await orders.payouts.of_orders(self.row.merchant_id, [self.row.id])
        return [Payout.of(row) for row in paid[self.row.id] if row.refund_id is None]

    @staticmethod
    def of(row: orders.OrderInfo) -> Order:
        return Order(
            id=strawberry.ID(ids.encode("ord", row.id)),
            number=row.number,
            state=OrderState[row.state.upper()],
            placed_at=row.placed_at,
            pay_by=row.pay_by,
            paid_at=row.paid_at,
            list_fen=row.list_fen,
            saved_fen=row.list_fen - row.goods_fen,
            shipping_fen=row.shipping_fen,
            payable_fen=row.payable_fen,
            due_fen=row.due_fen,
            deposit_fen=row.deposit_fen,
            presale_id=strawberry.ID(ids.encode("psl", row.presale_id)) if row.presale_id else None,
            completed_at=row.completed_at,
            refunded_fen=row.refunded_fen,
            refund_state=RefundState[row.refund_state.upper()],
            priority=row.priority,
            server_time=now(),
            row=row,
        )


async def _refunds(row: orders.OrderInfo) -> tuple[list[orders.BatchInfo], list[orders.PayoutInfo]]:
    """The batches of an order and the cash on its way back; most orders have none."""
    if row.refunds == 0:
        return [], []
    batches = await orders.refunds.of_orders(row.merchant_id, [row.id])
    paid = await orders.payouts.of_orders(row.merchant_id, [row.id])
    return batches[row.id], paid[row.id]


async def _frozen_rules(row: orders.OrderInfo) -> tuple[dict[str, pricing.Offer], dict[str, str]]:
    """The offers of the order as they were, from the scenario frozen with it, and the names of articles in them."""
    request = await orders.frozen_request(row.merchant_id, row.id)
    names = await catalog.names_in(row.merchant_id, [*request.get("promotions", []), *request.get("coupons", [])])
    names |= await coupons.earned_names(row.merchant_id, promotions.earned_templates(request.get("promotions", [])))
    found = [pricing.parse_offer(o) for o in request.get("promotions", [])] + [
        pricing.parse_coupon(c) for c in request.get("coupons", [])
    ]
    return {offer.id: offer for offer in found}, names


async def _frozen_offers(row: orders.OrderInfo) -> list[AppliedOffer]:
    known, names = await _frozen_rules(row)
    promotions = await offers.names(row.merchant_id, list(known))
    answer = []
    for o in (row.quote or {}).get("offers", []):
        offer = known.get(o["id"])
        coupon = strawberry.ID(o["id"]) if o["id"].startswith("cpn_") else None
        answer.append(
            AppliedOffer(
                id=strawberry.ID(o["id"]),
                name=offer.name if offer else o["id"],
                level=OfferLevel[o["level"]],
                off_fen=o["off"],
                uses=o.get("uses", 1),
                sentence=words.rule(offer, names),
                coupon_id=coupon,
                promotion_id=promotion_id(promotions[o["id"]][0]) if o["id"] in promotions else None,
            )
        )
    return answer


async def _payment(info: AppInfo, row: orders.OrderInfo) -> Payment | None:
    """Asks WeChat Pay for a prepay id on first use; null when it does not answer, so that the client may ask again."""
    if (
        row.state != "awaiting_payment"
        or row.due_fen == 0
        or row.pay_by is None
        or row.pay_by <= now()
        or row.system_id
    ):
        return None
    pay, prepay = info.context.runtime.pay, row.prepay_id
    if prepay is None:
        member, merchant = await members.get(row.merchant_id, row.member_id), await merchants.get(row.merchant_id)
        try:
            prepay = await pay.jsapi_order(
                merchant.code,
                row.number,
                f"{merchant.name} 订单 {row.number}",
                row.due_fen,
                member.openid if member else "",
                now(),
                row.pay_by,
            )
        except PayUnavailable:
            return None
        await orders.set_prepay(row.merchant_id, row.id, prepay)
    return payment_view(pay, prepay)


def payment_view(pay: WeChatPay, prepay: str) -> Payment:
    """How a client pays what WeChat Pay knows under this number."""
    arguments = pay.payer_arguments(prepay, now())
    return Payment(
        prepay_id=prepay,
        time_stamp=arguments["timeStamp"],
        nonce_str=arguments["nonceStr"],
        package=arguments["package"],
        sign_type=arguments["signType"],
        pay_sign=arguments["paySign"],
        h5_url=pay.h5_url(prepay),
    )


@described
@strawberry.type
class OrderConnection:
    """A page of orders, newest first.
    nodes: The orders.
    page_info: Where the page ends.
    """

    nodes: list[Order]
    page_info: PageInfo


@described
@strawberry.input
class PlaceOrderInput:
    """Turns a quote into an order.
    cart: The same cart that was quoted.
    quote_token: The quote's token.
    idempotency_key: Made by the client for this tap.
    """

    cart: CartInput
    quote_token: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CancelOrderInput:
    """Cancels an order that is not paid.
    order_id: The order.
    idempotency_key: Made by the client for this tap.
    """

    order_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CompleteOrderInput:
    """The customer has the goods.
    order_id: The order.
    idempotency_key: Made by the client for this tap.
    """

    order_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.type
class OutOfStock(Refusal):
    """The store has too few units; nothing was taken.
    sku: The article.
    available: Units that are left.
    """

    sku: str
    available: int


@described
@strawberry.type
class OrderNotInState(Refusal):
    """The order is in a state that does not allow this.
    state: The state it is in.
    """

    state: OrderState  # type: ignore[valid-type]


PlaceOrderResult = Annotated[
    Order | PriceChanged | OutOfStock | InvalidInput | IdempotencyConflict,
    strawberry.union("PlaceOrderResult", description="The order, or why not."),
]


@described
@strawberry.type
class OrderElsewhere(Refusal):
    """The order was made at a till or a marketplace; it is cancelled and refunded there.
    system: What it is called.
    """

    system: str


CancelOrderResult = Annotated[
    Order | OrderNotInState | OrderElsewhere | NotFound | IdempotencyConflict,
    strawberry.union("CancelOrderResult", description="The order, or why not."),
]
CompleteOrderResult = Annotated[
    Order | OrderNotInState | NotFound | IdempotencyConflict,
    strawberry.union("CompleteOrderResult", description="The order, or why not."),
]


def order_answer(result: Any) -> Any:
    match result:
        case orders.OrderInfo():
            return Order.of(result)
        case orders.PriceChanged():
            return PriceChanged.of(result)
        case orders.OutOfStock(sku=sku, available=available):
            return OutOfStock(
                code="OutOfStock",
                message=f"{sku} 只剩 {available} 件，请减少数量" if available else f"{sku} 已售罄，请移出购物车",
                sku=sku,
                available=available,
            )
        case orders.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case orders.NotInState(state=state):
            return OrderNotInState(
                code="OrderNotInState",
                message=f"订单{STATE_WORDS[state]}，不能这样操作",
                state=OrderState[state.upper()],
            )
        case orders.Elsewhere(system=system):
            text = f"这单是在「{system}」下的，请在那里取消"
            return OrderElsewhere(code="OrderElsewhere", message=text, system=system)
        case orders.NotFound():
            return NotFound.make("没有这个订单")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class OrderQuery:
    @strawberry.field(description="The consumer's own orders, newest first.", permission_classes=consumer())
    async def orders(self, info: AppInfo, first: int = 20, after: str | None = None) -> OrderConnection:
        rows = await orders.of_member(
            merchant_id(info),
            member_id(info),
            page(first) + 1,
            optional_id("ord", strawberry.ID(after) if after else None),
        )
        nodes = [Order.of(row) for row in rows[:first]]
        return OrderConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="One of the consumer's own orders; null when there is none.", permission_classes=consumer()
    )
    async def order(self, info: AppInfo, id: strawberry.ID) -> Order | None:
        found = await orders.get(merchant_id(info), needed_id("ord", id), member_id(info))
        return Order.of(found) if found else None


@strawberry.type
class OrderMutation:
    @strawberry.mutation(
        description="Turns a quote that is still true into an order 下单.", permission_classes=consumer()
    )
    async def place_order(self, info: AppInfo, input: PlaceOrderInput) -> PlaceOrderResult:
        if len(input.quote_token) > orders.LONGEST_TOKEN:
            raise BadRequest("quoteToken 太长")
        result = await orders.place(
            info.context.runtime.settings.secret,
            merchant_id(info),
            member_id(info),
            wish_of(input.cart),
            input.quote_token,
            checked_key(input.idempotency_key),
            now(),
        )
        return order_answer(result)

    @strawberry.mutation(
        description="Cancels an order that is not paid; everything it held is free again 取消订单.",
        permission_classes=consumer(),
    )
    async def cancel_order(self, info: AppInfo, input: CancelOrderInput) -> CancelOrderResult:
        viewer, order_id = info.context.viewer, needed_id("ord", input.order_id)
        mark = checked_key(input.idempotency_key)
        result = await orders.cancel(viewer.merchant_id, viewer.subject_id, order_id, mark, viewer.actor, now())
        if isinstance(result, orders.OrderInfo):
            await orders.close_payment(info.context.runtime.pay, result, now())
        return order_answer(result)

    @strawberry.mutation(
        description="The customer has the goods; what the order earns is granted 完成订单.",
        permission_classes=may("orders.complete"),
    )
    async def complete_order(self, info: AppInfo, input: CompleteOrderInput) -> CompleteOrderResult:
        viewer = info.context.viewer
        return order_answer(
            await orders.complete(
                info.context.runtime.settings.secret,
                viewer.merchant_id,
                needed_id("ord", input.order_id),
                checked_key(input.idempotency_key),
                viewer.actor,
                now(),
                viewer.store_ids,
            )
        )


__all__ = ["OrderMutation", "OrderQuery"]
