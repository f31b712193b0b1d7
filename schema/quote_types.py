"""What a cart's price looks like: inputs, the quote and its parts (docs/pricing.md §9 with names and words)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from schema.base import BasisPoints, Fen, InvalidInput, described, enumeration
from schema.catalog import Product
from schema.coupon_types import Coupon
from schema.family import FamilyShare
from schema.promotions import Channel, OfferLevel
from schema.red_packets import RedPacket

Delivery = enumeration("Delivery", {"DELIVERY": "配送.", "PICKUP": "自提."}, "How the goods reach the customer.")
CouponMode = enumeration(
    "CouponMode",
    {"AUTO": "The best one is chosen.", "NONE": "No coupon.", "FIXED": "Those named."},
    "Which coupons to use.",
)
RedPacketMode = enumeration(
    "RedPacketMode",
    {"AUTO": "All that may pay, the soonest to end first.", "FIXED": "Those named."},
    "Which red packets 红包 to pay with.",
)
PaymentMethod = enumeration(
    "PaymentMethod",
    {"WECHAT": "微信支付, the only one that the platform takes."},
    "How the rest is paid in cash 支付方式; offers may ask for it.",
)
RejectionReason = enumeration(
    "RejectionReason",
    {
        "SCOPE": "No line in its scope.",
        "EXPIRED": "Over.",
        "NOT_YET": "Not begun.",
        "SOLD_OUT": "Activity stock is gone.",
        "LIMIT": "The customer's limit is reached.",
        "BUDGET": "Its money is spent.",
        "WHEN": "A condition does not hold.",
        "THRESHOLD": "The threshold is not reached.",
        "EXCLUDED": "Something that excludes it applies.",
        "NO_EFFECT": "It would change nothing.",
        "NOT_BETTER": "Another combination costs less.",
    },
    "Why an offer did not apply (docs/pricing.md).",
)


@described
@strawberry.input
class CartLineInput:
    """One line of a cart.
    sku: Article code.
    qty: Units, 1–9999.
    """

    sku: str
    qty: int


@described
@strawberry.input
class CouponChoiceInput:
    """Which coupons to use.
    mode: AUTO, NONE or FIXED.
    ids: The coupons, for FIXED.
    """

    mode: CouponMode = CouponMode.AUTO  # type: ignore[valid-type]
    ids: list[strawberry.ID] = strawberry.field(default_factory=list)


@described
@strawberry.input
class TendersInput:
    """What to pay with besides cash; asking for more than there is uses what there is.
    points: Points 积分.
    balance_fen: Stored balance 余额, fen.
    red_packets: Which red packets 红包: AUTO, or FIXED.
    red_packet_ids: The red packets, for FIXED; none of them where none is named.
    family: Whether points of the family may pay too, once the viewer's own are used up; `points` asks for both together.
    """

    points: int = 0
    family: bool = False
    balance_fen: Fen = 0
    red_packets: RedPacketMode = RedPacketMode.FIXED  # type: ignore[valid-type]
    red_packet_ids: list[strawberry.ID] = strawberry.field(default_factory=list)


@described
@strawberry.input
class AddOnInput:
    """A chosen add-on 加价购.
    offer_id: The offer.
    sku: Article code.
    qty: Units.
    """

    offer_id: strawberry.ID
    sku: str
    qty: int = 1


@described
@strawberry.input
class GiftChoiceInput:
    """A chosen gift 赠品.
    offer_id: The offer.
    sku: Article code.
    """

    offer_id: strawberry.ID
    sku: str


@described
@strawberry.input
class CartInput:
    """A cart to be priced.
    lines: What is in it; lines of one SKU are merged.
    store_id: The store that sells; null means the merchant's first.
    channel: Where the sale happens.
    delivery: How the goods reach the customer.
    payment: How the rest is paid.
    coupons: Which coupons to use; null means AUTO.
    tenders: What to pay with besides cash.
    suggest: Whether to look for goods that reach the next tier 凑单 (slower).
    add_ons: Add-ons 加价购 that the shopper chose.
    gift_choices: Gifts that the shopper chose where there is a choice.
    compare_coupons: Whether each coupon that is not used says by how much the price would be higher with it (notBetterByFen, and in its sentence); a member with many coupons waits for it, so ask where it is shown.
    every_coupon: Whether `coupons` and `rejected` list coupons that are neither used nor named, and that no suggestion would unlock; a list of many takes longer than their price, so ask where it is shown.
    """

    lines: list[CartLineInput]
    store_id: strawberry.ID | None = None
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    delivery: Delivery = Delivery.DELIVERY  # type: ignore[valid-type]
    payment: PaymentMethod = PaymentMethod.WECHAT  # type: ignore[valid-type]
    coupons: CouponChoiceInput | None = None
    tenders: TendersInput | None = None
    suggest: bool = False
    add_ons: list[AddOnInput] = strawberry.field(default_factory=list)
    gift_choices: list[GiftChoiceInput] = strawberry.field(default_factory=list)
    compare_coupons: bool = True
    every_coupon: bool = True


@described
@strawberry.type
class LineOffer:
    """What one offer took off one line.
    id: The offer or coupon.
    name: Its name.
    level: Level at which it works.
    off_fen: Fen taken off.
    """

    id: strawberry.ID
    name: str
    level: OfferLevel  # type: ignore[valid-type]
    off_fen: Fen


@described
@strawberry.type
class QuoteLine:
    """One SKU of the cart.
    sku: Article code.
    product: The article.
    qty: Units.
    list_fen: At list price.
    payable_fen: After all offers.
    offers: What was taken off, by offer.
    units_fen: What each unit is worth, for the books.
    """

    sku: str
    product: Product
    qty: int
    list_fen: Fen
    payable_fen: Fen
    offers: list[LineOffer]
    units_fen: list[Fen]


@described
@strawberry.type
class AppliedOffer:
    """An offer or coupon that applied.
    id: The offer or coupon.
    name: Its name.
    level: Level at which it works.
    off_fen: Fen taken off.
    uses: How much of its limits it used: units for LINE, applications for the other levels.
    sentence: Its rule in words.
    coupon_id: The coupon, if it is one.
    promotion_id: The promotion that carries it, if one does.
    """

    id: strawberry.ID
    name: str
    level: OfferLevel  # type: ignore[valid-type]
    off_fen: Fen
    uses: int
    sentence: str
    coupon_id: strawberry.ID | None
    promotion_id: strawberry.ID | None


@described
@strawberry.type
class RejectedOffer:
    """An offer or coupon that did not apply, and why.
    id: The offer or coupon.
    name: Its name.
    level: Level at which it works.
    reason: Kind of the reason.
    sentence: The reason in words, with its figures.
    short_by_fen: Fen that miss from the threshold.
    short_by_count: Units that miss from the threshold.
    at: When it begins (NOT_YET).
    leaf: The condition that fails (WHEN), as the rule names it: channel, hours, min_amount …
    limit: The limit that is used up (LIMIT): per_order, per_customer, per_day or max_coupons.
    resets_at: When a limit a day may be had again: the next midnight of the merchant's calendar; null for other limits.
    by: Offers that keep it out (EXCLUDED).
    not_better_by_fen: How much dearer the cart would be with it, fen (NOT_BETTER); negative where the shopper's own choice costs more; null where the search found no price with it.
    coupon_id: The coupon, if it is one.
    promotion_id: The promotion that carries it, if one does.
    """

    id: strawberry.ID
    name: str
    level: OfferLevel  # type: ignore[valid-type]
    reason: RejectionReason  # type: ignore[valid-type]
    sentence: str
    short_by_fen: Fen | None
    short_by_count: int | None
    at: dt.datetime | None
    leaf: str | None
    limit: str | None
    resets_at: dt.datetime | None
    by: list[strawberry.ID]
    not_better_by_fen: Fen | None
    coupon_id: strawberry.ID | None
    promotion_id: strawberry.ID | None


@described
@strawberry.type
class Earning:
    """将获得: what the order will earn when it completes.
    offer_id: The offer.
    name: Its name.
    points: Points.
    fen: Red packet, fen.
    count: Stamps or coupons.
    template_id: The coupon's template.
    sentence: In words.
    """

    offer_id: strawberry.ID
    name: str
    points: int | None
    fen: Fen | None
    count: int | None
    template_id: strawberry.ID | None
    sentence: str


@described
@strawberry.type
class TenderUse:
    """抵扣: what pays besides cash.
    kind: points, balance or red_packet.
    id: The red packet.
    fen: Fen that it pays.
    points: Points that it takes.
    """

    kind: str
    id: strawberry.ID | None
    fen: Fen
    points: int | None


@described
@strawberry.type
class CappedTender:
    """抵扣上限: a cap of the merchant that keeps a tender from paying more of this cart than it does.
    kind: points, balance or red_packet.
    most_fen: The most that it may pay of this cart.
    sentence: That in words.
    """

    kind: str
    most_fen: Fen
    sentence: str


@described
@strawberry.type
class SuggestedLine:
    """An addition.
    sku: Article code.
    product: The article.
    qty: Units to add.
    """

    sku: str
    product: Product
    qty: int


@described
@strawberry.type
class Suggestion:
    """凑单: goods to add.
    kind: pays_less (the whole becomes cheaper) or unlocks (an offer applies).
    offer_id: The offer that it unlocks.
    add: What to add.
    payable_fen: What the whole would cost.
    sentence: In words, with the net effect.
    """

    kind: str
    offer_id: strawberry.ID | None
    add: list[SuggestedLine]
    payable_fen: Fen
    sentence: str


@described
@strawberry.type
class CartGroup:
    """分组: lines that belong together under one promotion, with its progress.
    offer_id: The promotion's offer; null for goods without one.
    title: Its name.
    sentence: Its rule in words.
    skus: Lines of the group.
    reached: Whether it applies.
    short_by_fen: Fen that miss.
    short_by_count: Units that miss.
    off_fen: Fen that it takes off now.
    promotion_id: The promotion, for a link; null for goods without one.
    next_sentence: What the next tier needs and gives, e.g. 再买¥12.50，共减¥30; null when there is none.
    progress_bp: How much of the next tier is reached, basis points; 10000 when there is none.
    """

    offer_id: strawberry.ID | None
    title: str
    sentence: str
    skus: list[str]
    reached: bool
    short_by_fen: Fen | None
    short_by_count: int | None
    off_fen: Fen
    promotion_id: strawberry.ID | None
    next_sentence: str | None
    progress_bp: BasisPoints


@described
@strawberry.type
class QuoteGift:
    """赠品 that the cart gets for nothing.
    offer_id: The offer.
    name: Its name.
    sku: Article code.
    product: The article.
    qty: Units.
    list_fen: What they would cost at list price; outside the cart's totals.
    """

    offer_id: strawberry.ID
    name: str
    sku: str
    product: Product
    qty: int
    list_fen: Fen


@described
@strawberry.type
class QuoteAddOn:
    """加价购 that the cart has chosen and gets; it is one of the lines too, behind those of the cart.
    offer_id: The offer.
    name: Its name.
    sku: Article code.
    product: The article.
    qty: Units.
    list_fen: What they cost at list price, fen.
    off_fen: What the offer takes off, fen.
    payable_fen: list_fen − off_fen, before shipping and tenders.
    """

    offer_id: strawberry.ID
    name: str
    sku: str
    product: Product
    qty: int
    list_fen: Fen
    off_fen: Fen
    payable_fen: Fen


@described
@strawberry.type
class AddOnChoice:
    """加价购: an article that this cart may add at a price of its own.
    offer_id: The offer.
    name: Its name.
    sku: Article code.
    product: The article.
    price_fen: Price of one unit as an add-on, never below the article's floor.
    chosen: Units that the cart has chosen.
    most: Most units of the offer in one order, over all its articles.
    reached: Whether the cart is large enough.
    short_by_fen: Fen that miss until it is; 0 when reached.
    """

    offer_id: strawberry.ID
    name: str
    sku: str
    product: Product
    price_fen: Fen
    chosen: int
    most: int
    reached: bool
    short_by_fen: Fen


@described
@strawberry.type
class GiftChoice:
    """A gift that the shopper may choose among others.
    offer_id: The offer.
    name: Its name.
    sku: Article code.
    product: The article.
    qty: Units.
    choose: How many of the offer's gifts may be chosen.
    chosen: Whether this quote gives it.
    """

    offer_id: strawberry.ID
    name: str
    sku: str
    product: Product
    qty: int
    choose: int
    chosen: bool


@described
@strawberry.type
class UsableCoupon:
    """A coupon that the member holds, the soonest to expire of those that would do the same.
    coupon: The coupon.
    alike: How many of the same template the member holds that would do the same, this one included.
    applied: Whether this quote uses it.
    reason: Why not, in words; null when it is used.
    """

    coupon: Coupon
    alike: int
    applied: bool
    reason: str | None


@described
@strawberry.type
class UsableRedPacket:
    """A red packet 红包 that the member holds and that may pay now.
    packet: The red packet.
    pays_fen: What it pays in this quote, fen.
    reason: Why it pays nothing, in words; null when it pays.
    """

    packet: RedPacket
    pays_fen: Fen
    reason: str | None


@described
@strawberry.type
class Quote:
    """The cart's price, the best that the rules allow.
    list_fen: Goods at list price.
    goods_fen: Goods after all offers.
    saved_fen: list_fen − goods_fen.
    shipping_fen: Shipping after its offers.
    payable_fen: goods_fen + shipping_fen.
    due_fen: What is left to pay in cash.
    lines: Line by line.
    groups: Lines grouped by promotion.
    offers: What applied.
    coupons: Every coupon held, used or with the reason; without `CartInput.everyCoupon` some of them.
    coupon_count: How many there are in all; those of one template that would do the same are one.
    max_coupons: How many of them one order may use, the merchant's setting.
    red_packets: Red packets held, the soonest to end first, paying or with the reason; at most 50.
    earn: What it will earn.
    tenders: What pays besides cash.
    capped: Of them (or of what was asked for) those that may not pay more.
    family: Points of the family among them, and whose.
    rejected: What did not apply, and why.
    suggestions: Goods worth adding.
    gifts: What comes for nothing.
    add_ons: Chosen add-ons that the cart gets.
    gift_choices: Gifts to choose among, where the reached tier leaves a choice.
    add_on_choices: Articles that may be added at a price of their own; chosen ones are lines too.
    optimal: Whether it is proven that no cheaper combination exists; false when the search reached its limit.
    lower_bound_fen: No combination can cost less, fen; equal to payable_fen when optimal.
    rules: sha256 of the rule versions that were weighed.
    token: Hand this to placeOrder; it names this price of this cart.
    quoted_at: The moment of the quote.
    next_change_at: Next instant at which a rule begins or ends.
    """

    list_fen: Fen
    goods_fen: Fen
    saved_fen: Fen
    shipping_fen: Fen
    payable_fen: Fen
    due_fen: Fen
    lines: list[QuoteLine]
    groups: list[CartGroup]
    offers: list[AppliedOffer]
    coupons: list[UsableCoupon]
    coupon_count: int
    max_coupons: int
    red_packets: list[UsableRedPacket]
    earn: list[Earning]
    tenders: list[TenderUse]
    capped: list[CappedTender]
    family: list[FamilyShare]
    rejected: list[RejectedOffer]
    suggestions: list[Suggestion]
    gifts: list[QuoteGift]
    add_ons: list[QuoteAddOn]
    gift_choices: list[GiftChoice]
    add_on_choices: list[AddOnChoice]
    optimal: bool
    lower_bound_fen: Fen
    rules: str
    token: str
    quoted_at: dt.datetime
    next_change_at: dt.datetime | None


QuoteCartResult = Annotated[
    Quote | InvalidInput, strawberry.union("QuoteCartResult", description="The price, or what is wrong with the cart.")
]


@described
@strawberry.type
class CartQuoteUpdate:
    """A whole state of the cart's price.
    version: Rises with each update of this subscription.
    cause: Why it was sent, in words for the shopper; empty for the first.
    result: The price, or what is wrong with the cart.
    """

    version: int
    cause: str
    result: QuoteCartResult
