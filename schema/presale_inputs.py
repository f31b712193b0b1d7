"""What is asked of pre-sales 预售, their states, and why something is refused."""

from __future__ import annotations

import datetime as dt

import strawberry

from schema.base import Fen, Refusal, described, enumeration
from schema.promotions import Channel
from schema.quote_types import AddOnInput, CouponChoiceInput, Delivery, GiftChoiceInput, TendersInput

PresaleState = enumeration(
    "PresaleState",
    {
        "AWAITING_DEPOSIT": "待付定金.",
        "DEPOSIT_PAID": "The deposit is paid, the rest is not: 待付尾款.",
        "SETTLED": "The rest is paid: an order like any other 已付尾款.",
        "CLOSED": "The deposit was not paid; nothing was lost 已关闭.",
        "FORFEITED": "The rest was not paid, or the customer cancelled: the deposit is lost 定金不退.",
        "RETURNED": "Staff cancelled: the deposit came back 定金已退.",
    },
    "Where a pre-sale is in its life.",
)
DepositReason = enumeration(
    "DepositReason",
    {
        "MERCHANT": "The merchant cannot deliver or cancels: the deposit comes back double 双倍返还 (民法典 587).",
        "AGREED": "Agreed with the customer: the deposit comes back once 协商退还.",
    },
    "Why staff give a deposit back.",
)
STATE_WORDS = {
    "awaiting_deposit": "还没付定金",
    "deposit_paid": "待付尾款",
    "settled": "尾款已付清",
    "closed": "已关闭",
    "forfeited": "已结束，定金不退",
    "returned": "已取消，定金已退",
}


@described
@strawberry.input
class PresaleLineInput:
    """Units of one article.
    sku: Article code.
    qty: Units.
    """

    sku: str
    qty: int


@described
@strawberry.input
class PayDepositInput:
    """Reserves units for a deposit.
    offer_id: The offer of the pre-sale.
    lines: Articles and units.
    store_id: The store; the first one when left out.
    channel: Where it is sold.
    agreed: The customer has read what becomes of the deposit.
    expected_fen: The deposit that was shown.
    idempotency_key: Made by the client for this tap.
    accepted_template_ids: Templates that the customer has just accepted (clientConfig.presaleTemplateIds).
    """

    offer_id: strawberry.ID
    lines: list[PresaleLineInput]
    agreed: bool
    expected_fen: Fen
    idempotency_key: strawberry.ID
    store_id: strawberry.ID | None = None
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type, attr-defined]
    accepted_template_ids: list[str] = strawberry.field(default_factory=list)


@described
@strawberry.input
class PresaleRestInput:
    """What the customer chooses for the rest; articles and store are the pre-sale's.
    presale_id: The pre-sale.
    delivery: How the goods come.
    channel: Where it is sold.
    coupons: Which coupons; the best when left out.
    tenders: Points, balance, red packets.
    add_ons: Chosen add-ons.
    gift_choices: Chosen gifts.
    """

    presale_id: strawberry.ID
    delivery: Delivery = Delivery.DELIVERY  # type: ignore[valid-type, attr-defined]
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type, attr-defined]
    coupons: CouponChoiceInput | None = None
    tenders: TendersInput | None = None
    add_ons: list[AddOnInput] = strawberry.field(default_factory=list)
    gift_choices: list[GiftChoiceInput] = strawberry.field(default_factory=list)


@described
@strawberry.input
class PlacePresaleOrderInput:
    """Turns the price of a rest into an order.
    rest: The same choices that were priced.
    quote_token: The quote's token.
    idempotency_key: Made by the client for this tap.
    """

    rest: PresaleRestInput
    quote_token: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CancelPresaleInput:
    """The customer no longer wants it.
    presale_id: The pre-sale.
    kept_fen: What they were told that they lose; 0 before the deposit is paid.
    idempotency_key: Made by the client for this tap.
    """

    presale_id: strawberry.ID
    kept_fen: Fen
    idempotency_key: strawberry.ID


@described
@strawberry.input
class ReturnDepositInput:
    """Staff cancel a pre-sale before its rest is paid.
    presale_id: The pre-sale.
    reason: Whose fault it is.
    note: What the customer reads, 1–100 characters.
    idempotency_key: Made by the client for this act.
    """

    presale_id: strawberry.ID
    reason: DepositReason  # type: ignore[valid-type]
    note: str
    idempotency_key: strawberry.ID


@described
@strawberry.type
class PresaleNotOpen(Refusal):
    """The window has not begun; nothing was taken.
    opens_at: When it begins.
    """

    opens_at: dt.datetime


@described
@strawberry.type
class PresaleOver(Refusal):
    """The window has ended; nothing was taken.
    ended_at: When it ended.
    """

    ended_at: dt.datetime


@described
@strawberry.type
class PresaleSoldOut(Refusal):
    """Fewer units can be reserved than were asked for; nothing was taken.
    left: Units that may still be reserved.
    """

    left: int


@described
@strawberry.type
class PresaleLimitReached(Refusal):
    """One customer may reserve so many; nothing was taken.
    limit: Units that one customer may reserve, in all or on one day.
    mine: Units that they have reserved, in all or today.
    resets_at: Next midnight of the merchant's calendar for a limit of the day; null for the limit in all.
    """

    limit: int
    mine: int
    resets_at: dt.datetime | None


@described
@strawberry.type
class PresaleNotForYou(Refusal):
    """The pre-sale's conditions do not hold for this customer, store or channel; nothing was taken."""


@described
@strawberry.type
class PresaleNotInState(Refusal):
    """The pre-sale is in a state that does not allow this.
    state: The state it is in.
    order_id: The order of the rest that waits for its payment, where that is why.
    """

    state: PresaleState  # type: ignore[valid-type]
    order_id: strawberry.ID | None
