"""Pre-sales 预售 (Q09): pay a deposit, pay the rest, cancel; staff give deposits back."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import automation, catalog, members, merchants, orders
from backend.connectors.pay import PayUnavailable
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
    checked_key,
    consumer,
    described,
    may,
    member_id,
    merchant_id,
    page,
)
from schema.cart import Quote, promotion_id, quote_view, wish_of
from schema.catalog import needed_id, optional_id
from schema.identity import Store
from schema.order_member import OrderMember, order_member
from schema.orders import Order, OutOfStock, Payment, PriceChanged, order_answer, payment_view
from schema.presale_inputs import (
    STATE_WORDS,
    CancelPresaleInput,
    PayDepositInput,
    PlacePresaleOrderInput,
    PresaleLimitReached,
    PresaleNotForYou,
    PresaleNotInState,
    PresaleNotOpen,
    PresaleOver,
    PresaleRestInput,
    PresaleSoldOut,
    PresaleState,
    ReturnDepositInput,
)
from schema.presale_types import when
from schema.quote_types import CartInput
from schema.refund_types import Payout

presales = orders.presales


@described
@strawberry.type
class PresaleLine:
    """Units of one article of a pre-sale.
    sku: Article code.
    name: Name of the article.
    emoji: Stands for a picture.
    image_hue: Hue 0–359 of the picture's background.
    qty: Units.
    list_fen: List price of all of them when the deposit was paid.
    """

    sku: str
    name: str
    emoji: str
    image_hue: int
    qty: int
    list_fen: Fen


@described
@strawberry.type
class Presale:
    """预售单: units that are kept for a customer by a deposit.
    id: Opaque id.
    number: Number shown to people.
    state: Where it is in its life, by the clock.
    placed_at: When the units were taken.
    pay_by: Until when the deposit is to be paid.
    paid_at: When the deposit was paid.
    opens_at: From when the rest can be paid.
    closes_at: Until when the rest can be paid.
    qty: Units in all.
    deposit_fen: The deposit.
    counts_as_fen: What it counts as when the rest is paid.
    keeps_fen: What is lost of it where the rest is not paid.
    used_fen: What of it has paid the rest.
    kept_fen: What of it the merchant has kept.
    returned_fen: What of it came back.
    extra_fen: What came beside it, on the balance 双倍返还.
    sentence: What is next, or what became of the deposit, in words.
    note: What staff wrote to the customer.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    number: str
    state: PresaleState  # type: ignore[valid-type]
    placed_at: dt.datetime
    pay_by: dt.datetime
    paid_at: dt.datetime | None
    opens_at: dt.datetime
    closes_at: dt.datetime
    qty: int
    deposit_fen: Fen
    counts_as_fen: Fen
    keeps_fen: Fen
    used_fen: Fen
    kept_fen: Fen
    returned_fen: Fen
    extra_fen: Fen
    sentence: str
    note: str | None
    server_time: dt.datetime
    row: strawberry.Private[orders.presales.PresaleInfo]

    @strawberry.field(description="The promotion it is of.")
    def promotion_id(self) -> strawberry.ID:
        return promotion_id(self.row.promotion_id)

    @strawberry.field(description="The offer that was bought with the deposit, in words.")
    def name(self) -> str:
        return str(self.row.promise.get("name") or "预售")

    @strawberry.field(description="The store that sells.")
    async def store(self, info: AppInfo) -> Store:
        found = await merchants.store(self.row.merchant_id, self.row.store_id)
        if found is None:
            raise LookupError("the pre-sale's store is gone")
        return Store.of(found)

    @strawberry.field(description="Article by article.")
    async def lines(self, info: AppInfo) -> list[PresaleLine]:
        known = await catalog.by_skus(self.row.merchant_id, [sku for sku, _, _ in self.row.units])
        return [
            PresaleLine(
                sku=sku,
                name=known[sku].name if sku in known else sku,
                emoji=known[sku].emoji if sku in known else "🛒",
                image_hue=known[sku].image_hue if sku in known else 12,
                qty=qty,
                list_fen=price * qty,
            )
            for sku, qty, price in self.row.units
        ]

    @strawberry.field(description="How to pay the deposit; null when it is not waiting for it.")
    async def payment(self, info: AppInfo) -> Payment | None:
        return await _payment(info, self.row)

    @strawberry.field(description="The order of the rest: it waits for its payment, or was paid.")
    async def order(self, info: AppInfo) -> Order | None:
        found = await orders.get(self.row.merchant_id, self.row.order_id) if self.row.order_id else None
        return Order.of(found) if found else None

    @strawberry.field(description="Money of the deposit on its way back.")
    async def payouts(self, info: AppInfo) -> list[Payout]:
        return [Payout.of(row) for row in await orders.payouts.of_presale(self.row.merchant_id, self.row.id)]

    @staticmethod
    def of(row: orders.presales.PresaleInfo) -> Presale:
        return Presale(
            id=strawberry.ID(ids.encode("psl", row.id)),
            number=row.number,
            state=PresaleState[row.state.upper()],
            placed_at=row.placed_at,
            pay_by=row.pay_by,
            paid_at=row.paid_at,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            qty=row.qty,
            deposit_fen=row.deposit_fen,
            counts_as_fen=int(row.promise["counts_as"]) * row.qty,
            keeps_fen=row.keeps_fen,
            used_fen=row.used_fen,
            kept_fen=row.kept_fen,
            returned_fen=row.returned_fen,
            extra_fen=row.extra_fen,
            sentence=_sentence(row),
            note=row.note,
            server_time=now(),
            row=row,
        )


def _sentence(row: orders.presales.PresaleInfo) -> str:
    """What is next, or what became of the deposit."""
    deposit = words.yuan(row.deposit_fen)
    match row.state:
        case "awaiting_deposit":
            return f"请付定金 {deposit}，付后为您保留商品"
        case "deposit_paid":
            span = f"{when(row.opens_at)} 至 {when(row.closes_at)}"
            return f"已付定金 {deposit}，请在 {span} 付清尾款，逾期定金不退"
        case "settled":
            back = f"，多出的 {words.yuan(row.returned_fen)} 原路退回" if row.returned_fen else ""
            return f"尾款已付清，定金抵了 {words.yuan(row.used_fen)}{back}"
        case "closed":
            return "没有付定金，商品已不再保留"
        case "forfeited":
            kept = row.kept_fen or row.keeps_fen
            back = row.deposit_fen - kept
            rest = f"，超出成交价 20% 的 {words.yuan(back)} 原路退回" if back else ""
            return f"{'您已取消' if row.why == 'customer' else '尾款没有按时付清'}，定金 {words.yuan(kept)} 不退{rest}"
        case "returned":
            extra = f"，另赔付 {words.yuan(row.extra_fen)} 已存入余额" if row.extra_fen else ""
            return f"商家已取消，定金 {deposit} 原路退回{extra}"
    raise ValueError(f"unknown state of a pre-sale {row.state!r}")


async def _payment(info: AppInfo, row: orders.presales.PresaleInfo) -> Payment | None:
    if row.state != "awaiting_deposit":
        return None
    pay, prepay = info.context.runtime.pay, row.prepay_id
    if prepay is None:
        member, merchant = await members.get(row.merchant_id, row.member_id), await merchants.get(row.merchant_id)
        text, openid = f"{merchant.name} 预售定金 {row.number}", member.openid if member else ""
        try:
            prepay = await pay.jsapi_order(merchant.code, row.number, text, row.deposit_fen, openid, now(), row.pay_by)
        except PayUnavailable:
            return None
        await presales.set_prepay(row.merchant_id, row.id, prepay)
    return payment_view(pay, prepay)


@described
@strawberry.type
class PresaleConnection:
    """A page of pre-sales, newest first.
    nodes: The pre-sales.
    page_info: Where the page ends.
    """

    nodes: list[Presale]
    page_info: PageInfo


@described
@strawberry.type
class StorePresale:
    """A pre-sale as staff see it.
    presale: The pre-sale.
    """

    presale: Presale

    @strawberry.field(description="Whose it is; null when the member is gone.")
    async def member(self, info: AppInfo) -> OrderMember | None:
        return await order_member(info, self.presale.row.merchant_id, self.presale.row.member_id)


@described
@strawberry.type
class StorePresaleConnection:
    """A page of a merchant's pre-sales, newest first.
    nodes: The pre-sales.
    page_info: Where the page ends.
    total_count: How many there are in all.
    """

    nodes: list[StorePresale]
    page_info: PageInfo
    total_count: int


@described
@strawberry.type
class PresaleQuote:
    """尾款试算: the price of the rest now.
    quote: The price of the goods, with all offers; its token goes to placePresaleOrder.
    deposit_fen: The deposit that was paid.
    used_fen: What of it pays now.
    back_fen: What of it is above the price and comes back.
    due_fen: What is left to pay in cash.
    sentence: The sum in words.
    """

    quote: Quote
    deposit_fen: Fen
    used_fen: Fen
    back_fen: Fen
    due_fen: Fen
    sentence: str


PayDepositResult = Annotated[
    Presale
    | PresaleNotOpen
    | PresaleOver
    | PresaleSoldOut
    | PresaleLimitReached
    | PresaleNotForYou
    | OutOfStock
    | InvalidInput
    | NotFound
    | IdempotencyConflict,
    strawberry.union("PayDepositResult", description="The pre-sale that waits for its deposit, or why not."),
]
QuotePresaleResult = Annotated[
    PresaleQuote | PresaleNotOpen | PresaleOver | PresaleNotInState | InvalidInput | NotFound,
    strawberry.union("QuotePresaleResult", description="The price of the rest, or why there is none."),
]
PlacePresaleOrderResult = Annotated[
    Order
    | PriceChanged
    | OutOfStock
    | PresaleNotOpen
    | PresaleOver
    | PresaleNotInState
    | InvalidInput
    | NotFound
    | IdempotencyConflict,
    strawberry.union("PlacePresaleOrderResult", description="The order of the rest, or why not."),
]
EndPresaleResult = Annotated[
    Presale | PresaleNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("EndPresaleResult", description="The pre-sale that has ended, or why not."),
]


def _answer(result: Any) -> Any:
    match result:
        case presales.PresaleInfo():
            return Presale.of(result)
        case presales.Rest():
            return _rest_view(result)
        case presales.NotOpen(opens_at=at):
            return PresaleNotOpen(code="PresaleNotOpen", message=f"还没开始，{when(at)} 开始", opens_at=at)
        case presales.Over(ended_at=at):
            return PresaleOver(code="PresaleOver", message=f"时间已过（{when(at)} 截止）", ended_at=at)
        case presales.SoldOut(left=left):
            text = f"预售名额只剩 {left} 件，请减少数量" if left else "预售名额已满"
            return PresaleSoldOut(code="PresaleSoldOut", message=text, left=left)
        case presales.LimitReached(limit=limit, mine=mine, resets_at=resets):
            text = f"每人限购 {limit} 件，您已预订 {mine} 件"
            if resets is not None:
                text = f"每人每天限购 {limit} 件，您今天已预订 {mine} 件，{words.moment(resets)} 起可再预订"
            return PresaleLimitReached(
                code="PresaleLimitReached", message=text, limit=limit, mine=mine, resets_at=resets
            )
        case presales.NotForYou(rejection=rejection):
            why = f"：{words.rejection(rejection, {})}" if rejection else ""
            return PresaleNotForYou(code="PresaleNotForYou", message=f"您暂时不能参加这个预售{why}")
        case presales.PresaleNotInState(state=state, order=order):
            text = (
                "这笔尾款已下单，请先付款，或取消后重新下单" if order else f"这笔预售{STATE_WORDS[state]}，不能这样操作"
            )
            return PresaleNotInState(
                code="PresaleNotInState",
                message=text,
                state=PresaleState[state.upper()],
                order_id=strawberry.ID(ids.encode("ord", order)) if order else None,
            )
        case orders.NotFound():
            return NotFound.make("没有这笔预售")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    return order_answer(result)


def _rest_view(rest: orders.presales.Rest) -> PresaleQuote:
    view = quote_view(rest.priced)
    assert isinstance(view, Quote)
    text = f"应付 {words.yuan(view.payable_fen)} − 已付定金 {words.yuan(rest.used_fen)}"
    tenders = view.payable_fen - view.due_fen
    text += f" − 抵扣 {words.yuan(tenders)}" if tenders else ""
    text += f" = 还需付 {words.yuan(rest.due_fen)}"
    text += f"；定金多出的 {words.yuan(rest.back_fen)} 原路退回" if rest.back_fen else ""
    return PresaleQuote(
        quote=view,
        deposit_fen=rest.presale.deposit_fen,
        used_fen=rest.used_fen,
        back_fen=rest.back_fen,
        due_fen=rest.due_fen,
        sentence=text,
    )


def _choices(given: PresaleRestInput) -> orders.Wish:
    return wish_of(
        CartInput(
            lines=[],
            delivery=given.delivery,
            channel=given.channel,
            coupons=given.coupons,
            tenders=given.tenders,
            add_ons=given.add_ons,
            gift_choices=given.gift_choices,
        )
    )


@strawberry.type
class PresaleQuery:
    @strawberry.field(
        description="The consumer's own pre-sales, newest first 我的预售; with `waiting` those alone that wait for the deposit or the rest, or that do not.",
        permission_classes=consumer(),
    )
    async def my_presales(
        self, info: AppInfo, waiting: bool | None = None, first: int = 20, after: str | None = None
    ) -> PresaleConnection:
        last = optional_id("psl", strawberry.ID(after) if after else None)
        rows = await presales.of_member(merchant_id(info), member_id(info), now(), page(first) + 1, last, waiting)
        nodes = [Presale.of(row) for row in rows[:first]]
        return PresaleConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="One of the consumer's own pre-sales; null when there is none.", permission_classes=consumer()
    )
    async def presale(self, info: AppInfo, id: strawberry.ID) -> Presale | None:
        found = await presales.get(merchant_id(info), needed_id("psl", id), now(), member_id(info))
        return Presale.of(found) if found else None

    @strawberry.field(description="The price of the rest of a pre-sale now 尾款试算.", permission_classes=consumer())
    async def quote_presale(self, info: AppInfo, input: PresaleRestInput) -> QuotePresaleResult:
        secret, whose = info.context.runtime.settings.secret, needed_id("psl", input.presale_id)
        return _answer(
            await presales.quote_rest(secret, merchant_id(info), member_id(info), whose, _choices(input), now())
        )

    @strawberry.field(
        description="Pre-sales of the merchant (of one's own stores), newest first; by number, phone or member code.",
        permission_classes=may("orders.read"),
    )
    async def store_presales(
        self, info: AppInfo, first: int = 20, after: str | None = None, search: str | None = None
    ) -> StorePresaleConnection:
        viewer, text = info.context.viewer, (search or "").strip()
        if len(text) > 60:
            raise BadRequest("search 最多 60 个字符")
        secret = info.context.runtime.settings.secret
        whose = await members.matching(secret, viewer.merchant_id, text) if text else []
        last = optional_id("psl", strawberry.ID(after) if after else None)
        rows, total = await presales.search(
            viewer.merchant_id, text, whose, viewer.store_ids, now(), page(first) + 1, last
        )
        nodes = [StorePresale(presale=Presale.of(row)) for row in rows[:first]]
        end = nodes[-1].presale.id if nodes else None
        return StorePresaleConnection(
            nodes=nodes, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end), total_count=total
        )


@strawberry.type
class PresaleMutation:
    @strawberry.mutation(
        description="Reserves units of a pre-sale; the answer says how to pay the deposit 付定金.",
        permission_classes=consumer(),
    )
    async def pay_deposit(self, info: AppInfo, input: PayDepositInput) -> PayDepositResult:
        wanted = presales.Wanted(
            str(input.offer_id),
            optional_id("sto", input.store_id),
            input.channel.name,
            tuple((line.sku, line.qty) for line in input.lines),
            input.agreed,
            int(input.expected_fen),
        )
        settings, mark, at = info.context.runtime.settings, checked_key(input.idempotency_key), now()
        merchant, member = merchant_id(info), member_id(info)
        done = await presales.reserve(settings.secret, merchant, member, wanted, mark, at)
        fresh = isinstance(done, presales.PresaleInfo) and done.placed_at == at
        if fresh and settings.presale_template_id in input.accepted_template_ids[:5]:
            await automation.allow(merchant, member, [settings.presale_template_id])
        return _answer(done)

    @strawberry.mutation(
        description="Turns the price of a rest that is still true into an order 付尾款.", permission_classes=consumer()
    )
    async def place_presale_order(self, info: AppInfo, input: PlacePresaleOrderInput) -> PlacePresaleOrderResult:
        if len(input.quote_token) > orders.LONGEST_TOKEN:
            raise BadRequest("quoteToken 太长")
        return _answer(
            await presales.place_rest(
                info.context.runtime.settings.secret,
                merchant_id(info),
                member_id(info),
                needed_id("psl", input.rest.presale_id),
                _choices(input.rest),
                input.quote_token,
                checked_key(input.idempotency_key),
                now(),
            )
        )

    @strawberry.mutation(
        description="The customer cancels; a deposit that was paid is kept 取消预售.", permission_classes=consumer()
    )
    async def cancel_presale(self, info: AppInfo, input: CancelPresaleInput) -> EndPresaleResult:
        viewer, mark = info.context.viewer, checked_key(input.idempotency_key)
        whose = needed_id("psl", input.presale_id)
        done = await presales.cancel(viewer.merchant_id, viewer.subject_id, whose, int(input.kept_fen), mark, now())
        if isinstance(done, presales.PresaleInfo):
            await presales.close_payment(info.context.runtime.pay, done, now())
        return _answer(done)

    @strawberry.mutation(
        description="Staff cancel before the rest is paid: the deposit comes back, double where it is the merchant's fault 退定金.",
        permission_classes=may("orders.refund"),
    )
    async def return_deposit(self, info: AppInfo, input: ReturnDepositInput) -> EndPresaleResult:
        viewer = info.context.viewer
        done = await presales.give_back(
            viewer.merchant_id,
            needed_id("psl", input.presale_id),
            input.reason.name.lower(),
            input.note,
            checked_key(input.idempotency_key),
            viewer.actor,
            now(),
            viewer.store_ids,
        )
        if isinstance(done, presales.PresaleInfo):
            await presales.close_payment(info.context.runtime.pay, done, now())
        return _answer(done)


__all__ = ["PresaleMutation", "PresaleQuery"]
