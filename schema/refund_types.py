"""What a refund 退款 looks like: preview, batch, request, cash on its way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import strawberry

from backend import catalog, coupons, orders
from backend.kit import ids
from schema import words
from schema.base import AppInfo, Fen, Refusal, described, enumeration

RefundState = enumeration(
    "RefundState",
    {
        "NONE": "Nothing was refunded.",
        "REQUESTED": "申请中: the customer asked, a clerk decides.",
        "PROCESSING": "退款处理中: cash is on its way back.",
        "PART": "部分退款.",
        "REFUNDED": "已退款: everything is back.",
        "FAILED": "退款失败: cash could not go back; staff must look.",
    },
    "What the refunds of an order need next, the most urgent first.",
)
PayoutState = enumeration(
    "PayoutState",
    {"PROCESSING": "退款处理中.", "SUCCEEDED": "退款成功.", "FAILED": "退款失败."},
    "Where cash on its way back is.",
)
RefundRequestState = enumeration(
    "RefundRequestState",
    {
        "WAITING": "待审核.",
        "DONE": "已同意.",
        "REJECTED": "已拒绝.",
        "WITHDRAWN": "已撤回.",
        "CLOSED": "已关闭: it can no longer be met; `note` says why: its goods, or some, were refunded otherwise, or of its payment only all that is left can come back.",
    },
    "What became of a customer's request.",
)
RefundAccount = enumeration(
    "RefundAccount",
    {
        "WECHAT": "原路退回微信支付.",
        "POINTS": "积分.",
        "BALANCE": "余额.",
        "RED_PACKET": "红包: those that paid.",
        "SELLER": "The till or marketplace that sold it gives it back in cash.",
    },
    "Where a part of a refund goes.",
)
RefundObstacle = enumeration(
    "RefundObstacle",
    {
        "NO_FROZEN_PRICE": "The order has no price that can be computed again.",
        "TOO_LATE": "Paid more than 365 days ago.",
        "LAST_CASH": "WeChat gives cash of this payment back once more only: all that is left must come with it.",
        "ASKED_ALREADY": "A request waits already.",
        "DECIDED_ALREADY": "The request was decided.",
        "ELSEWHERE": "Sold at a till or a marketplace, which gives the money back.",
    },
    "Why an order or a request cannot be refunded.",
)
OBSTACLES = {
    "NO_FROZEN_PRICE": "这笔订单没有可复算的价格，请人工处理",
    "TOO_LATE": "付款已超过 365 天，微信支付不再支持原路退款，请人工处理",
    "LAST_CASH": "微信支付一笔付款最多退 50 次：这是最后一次能退现金，请把余下的一起退",
    "ASKED_ALREADY": "已经有一个退款申请在等待处理",
    "DECIDED_ALREADY": "这个申请已经处理过了，请刷新",
    "ELSEWHERE": "这单在门店收银或其他平台付款，请在那里退款",
}

COUPON_REASONS = {
    "": "退回券包，可以再用",
    "PART": "整单退完才退券",
    "REACHED": "留下的商品还满足用券门槛，不退",
    "TOO_DEAR": "要收回的优惠比这次退的钱还多，整单退完才退券",
    "EXPIRED": "已经过期，不退",
    "POLICY": "按券的规则，使用后不退",
}


@described
@strawberry.input
class RefundUnitInput:
    """Units of one article to refund. Of one that was bought, added on and given, the bought ones come back first.
    sku: Article code.
    qty: Units.
    """

    sku: str
    qty: int


def units_of(units: list[RefundUnitInput]) -> list[tuple[str, int]]:
    return [(unit.sku, unit.qty) for unit in units]


@described
@strawberry.type
class RefundableUnit:
    """Units of an order that can still come back.
    sku: Article code.
    qty: Units left.
    """

    sku: str
    qty: int


@described
@strawberry.type
class RefundLine:
    """What the units of one article give back.
    sku: Article code.
    name: Name of the article.
    emoji: Stands for a picture.
    qty: Units.
    refund_fen: Their part of the refund; 0 for gifts that come back.
    gift: Whether these came as a gift.
    """

    sku: str
    name: str
    emoji: str
    qty: int
    refund_fen: Fen
    gift: bool


@described
@strawberry.type
class RefundPart:
    """What goes back to one place, after withholding.
    to: Where it goes.
    fen: What it is worth.
    points: Points, where it goes to points.
    """

    to: RefundAccount  # type: ignore[valid-type]
    fen: Fen
    points: int | None


@described
@strawberry.type
class RefundCoupon:
    """What happens to a coupon of the order.
    name: Its name.
    back: Whether it comes back.
    reason: In words.
    """

    name: str
    back: bool
    reason: str


@described
@strawberry.type
class RefundPreview:
    """能退多少, before anything happens. Money in fen.
    refund_fen: What the units were paid with, in all forms.
    withheld_fen: Of it kept back, for earned benefits already spent and gifts that do not come back.
    paid_out_fen: What the customer gets.
    shipping_fen: Shipping in it.
    points_clawed_back: Points that the units had earned and that are taken back (or, before completion, not granted).
    lines: By article.
    parts: Where it goes.
    coupons: What happens to the order's coupons.
    sentences: Why, in sentences.
    everything: Whether the whole order is back with this.
    automatic: Whether the customer's request is done at once; else a clerk decides.
    within_no_reason: Within seven days of having the goods (七日无理由).
    restock: Whether the units go back on the shelf by default.
    token: Names what was seen; hand it back with the request.
    """

    refund_fen: Fen
    withheld_fen: Fen
    paid_out_fen: Fen
    shipping_fen: Fen
    points_clawed_back: int
    lines: list[RefundLine]
    parts: list[RefundPart]
    coupons: list[RefundCoupon]
    sentences: list[str]
    everything: bool
    automatic: bool
    within_no_reason: bool
    restock: bool
    token: str

    @staticmethod
    async def of(merchant_id: UUID, seen: orders.Preview) -> RefundPreview:
        plan = seen.plan
        products = await catalog.by_skus(merchant_id, [sku for sku, _ in plan.units])
        return RefundPreview(
            refund_fen=plan.refund,
            withheld_fen=plan.withheld,
            paid_out_fen=plan.paid_out,
            shipping_fen=plan.shipping,
            points_clawed_back=sum(c.amount for c in plan.clawed if c.unit == "points"),
            lines=_lines(plan.units, plan.lines, products),
            parts=_parts(
                plan.cash,
                [(t.unit, t.fen, t.amount, t.kept_fen, t.kept_amount) for t in plan.tenders],
                seen.elsewhere,
            ),
            coupons=[
                RefundCoupon(name=seen.coupon_names.get(c.id, "优惠券"), back=c.back, reason=COUPON_REASONS[c.why])
                for c in plan.coupons
            ],
            sentences=list(seen.sentences),
            everything=plan.everything,
            automatic=seen.automatic,
            within_no_reason=seen.within_no_reason,
            restock=seen.restock,
            token=seen.token,
        )


def _lines(
    units: Iterable[Sequence[Any]], paid: Iterable[Sequence[Any]], products: Mapping[str, catalog.ProductInfo]
) -> list[RefundLine]:
    """By article: what was bought with its money, then what came as a gift. `units` are (sku, units), `paid` (sku, units, fen)."""
    bought: dict[str, int] = {}
    found = []
    for sku, qty, fen in paid:
        bought[sku] = bought.get(sku, 0) + qty
        found.append((sku, qty, fen, False))
    found += [(sku, qty - bought.get(sku, 0), 0, True) for sku, qty in units if qty > bought.get(sku, 0)]
    return [
        RefundLine(
            sku=sku,
            name=products[sku].name if sku in products else sku,
            emoji=products[sku].emoji if sku in products else "🛒",
            qty=qty,
            refund_fen=fen,
            gift=gift,
        )
        for sku, qty, fen, gift in found
    ]


def _parts(cash: int, tenders: Iterable[Sequence[Any]], elsewhere: bool = False) -> list[RefundPart]:
    """`tenders` are (unit, fen, amount, withheld fen, withheld amount). `elsewhere`: an external system has the cash."""
    to = RefundAccount["SELLER" if elsewhere else "WECHAT"]
    parts = [RefundPart(to=to, fen=cash, points=None)] if cash else []
    for unit, fen, amount, kept_fen, kept in tenders:
        if amount > kept:
            points = amount - kept if unit == "points" else None
            parts.append(RefundPart(to=RefundAccount[unit.upper()], fen=fen - kept_fen, points=points))
    return parts


@described
@strawberry.type
class Payout:
    """Cash on its way back through WeChat Pay.
    id: Opaque id.
    number: Its number at WeChat (out_refund_no).
    amount_fen: How much.
    state: Where it is.
    sentence: The state in the customer's words.
    made_at: When it was made.
    ended_at: When it succeeded or failed.
    """

    id: strawberry.ID
    number: str
    amount_fen: Fen
    state: PayoutState  # type: ignore[valid-type]
    sentence: str
    made_at: dt.datetime
    ended_at: dt.datetime | None
    row: strawberry.Private[orders.PayoutInfo]

    @strawberry.field(description="What WeChat said last when it did not take it; staff alone see it.")
    def trouble(self, info: AppInfo) -> str | None:
        viewer = info.context.viewer
        return self.row.trouble if viewer is not None and viewer.kind == "staff" else None

    @staticmethod
    def of(row: orders.PayoutInfo, elsewhere: bool = False) -> Payout:
        sentence = (
            "由下单的门店收银或平台退还"
            if elsewhere
            else {
                "processing": "退款处理中，通常几分钟内退回微信支付账户",
                "succeeded": "退款成功，已退回微信支付账户",
                "failed": "退款失败，商家正在处理，钱不会少",
            }[row.state]
        )
        return Payout(
            id=strawberry.ID(ids.encode("pyt", row.id)),
            number=row.number,
            amount_fen=row.amount_fen,
            state=PayoutState[row.state.upper()],
            sentence=sentence,
            made_at=row.made_at,
            ended_at=row.ended_at,
            row=row,
        )


@described
@strawberry.type
class Refund:
    """One batch of a refund 退款批次, as it was made. Money in fen.
    id: Opaque id.
    number: The how-manieth of its order.
    at: When.
    reason: Why.
    by_customer: Whether it was done at the customer's tap, without a clerk.
    refund_fen: What the units were paid with, in all forms.
    withheld_fen: Of it kept back.
    paid_out_fen: What the customer gets.
    shipping_fen: Shipping in it.
    restocked: Whether the units went back on the shelf.
    parts: Where it went.
    payout: The cash on its way back; null when none of it is cash.
    deposit_payout: What of it goes to the payment of a pre-sale's deposit 定金; null for other orders.
    """

    id: strawberry.ID
    number: int
    at: dt.datetime
    reason: str
    by_customer: bool
    refund_fen: Fen
    withheld_fen: Fen
    paid_out_fen: Fen
    shipping_fen: Fen
    restocked: bool
    parts: list[RefundPart]
    payout: Payout | None
    deposit_payout: Payout | None
    row: strawberry.Private[orders.BatchInfo]
    merchant: strawberry.Private[UUID]

    @strawberry.field(description="By article.")
    async def lines(self, info: AppInfo) -> list[RefundLine]:
        products = await catalog.by_skus(self.merchant, [sku for sku, _ in self.row.units])
        return _lines(self.row.units, self.row.outcome["lines"], products)

    @strawberry.field(description="What happened to the order's coupons.")
    async def coupons(self, info: AppInfo) -> list[RefundCoupon]:
        kept = self.row.outcome["coupons"]
        held = {c[0]: ids.decode("cpn", c[0]) for c in kept}
        called = await coupons.names_of(self.merchant, list(held.values()))
        return [
            RefundCoupon(name=called.get(held[c], "优惠券"), back=back, reason=COUPON_REASONS[why])
            for c, back, why in kept
        ]

    @staticmethod
    def of(
        merchant_id: UUID, row: orders.BatchInfo, payouts: list[orders.PayoutInfo], elsewhere: bool = False
    ) -> Refund:
        mine = [p for p in payouts if p.refund_id == row.id]
        payout = next((p for p in mine if not orders.to_deposit(p)), None)
        deposit = next((p for p in mine if orders.to_deposit(p)), None)
        return Refund(
            id=strawberry.ID(ids.encode("rfd", row.id)),
            number=row.number,
            at=row.at,
            reason=row.reason,
            by_customer=row.actor.startswith("consumer:"),
            refund_fen=row.refund_fen,
            withheld_fen=row.withheld_fen,
            paid_out_fen=row.refund_fen - row.withheld_fen,
            shipping_fen=row.outcome["shipping"],
            restocked=row.restocked,
            parts=_parts(row.cash_fen, row.outcome["tenders"], elsewhere),
            payout=Payout.of(payout, elsewhere) if payout else None,
            deposit_payout=Payout.of(deposit) if deposit else None,
            row=row,
            merchant=merchant_id,
        )


@described
@strawberry.type
class RefundRequest:
    """A customer's request 退款申请.
    id: Opaque id.
    state: What became of it.
    reason: Why the customer wants it.
    seen_fen: What the customer was told that they would get.
    asked_at: When they asked.
    decided_at: When it was decided.
    note: The clerk's words where it was rejected; why it was closed.
    units: The units asked for.
    """

    id: strawberry.ID
    state: RefundRequestState  # type: ignore[valid-type]
    reason: str
    seen_fen: Fen
    asked_at: dt.datetime
    decided_at: dt.datetime | None
    note: str | None
    units: list[RefundableUnit]

    @staticmethod
    def of(row: orders.RequestInfo) -> RefundRequest:
        return RefundRequest(
            id=strawberry.ID(ids.encode("rrq", row.id)),
            state=RefundRequestState[row.state.upper()],
            reason=row.reason,
            seen_fen=row.seen_fen,
            asked_at=row.asked_at,
            decided_at=row.decided_at,
            note=row.note,
            units=[RefundableUnit(sku=sku, qty=qty) for sku, qty in row.units],
        )


@described
@strawberry.type
class RefundChanged(Refusal):
    """The figures are no longer those that were shown; nothing was refunded.
    seen_paid_out_fen: What was shown.
    preview: What it would be now.
    """

    seen_paid_out_fen: Fen
    preview: RefundPreview

    @staticmethod
    async def make(merchant_id: UUID, seen: int, now: orders.Preview) -> RefundChanged:
        paid = now.plan.paid_out
        text = f"退款金额有变化：刚才 {words.yuan(seen)}，现在 {words.yuan(paid)}，请确认后再提交"
        if seen == paid:
            text = f"退款的组成有变化，合计仍是 {words.yuan(paid)}，请确认后再提交"
        return RefundChanged(
            code="RefundChanged",
            message=text,
            seen_paid_out_fen=seen,
            preview=await RefundPreview.of(merchant_id, now),
        )


@described
@strawberry.type
class RefundImpossible(Refusal):
    """This cannot be refunded; nothing was changed.
    obstacle: Why.
    """

    obstacle: RefundObstacle  # type: ignore[valid-type]

    @staticmethod
    def make(why: str) -> RefundImpossible:
        return RefundImpossible(code="RefundImpossible", message=OBSTACLES[why], obstacle=RefundObstacle[why])


@described
@strawberry.type
class PayoutNotFailed(Refusal):
    """Only cash that could not go back is sent again.
    state: Where it is.
    """

    state: PayoutState  # type: ignore[valid-type]
