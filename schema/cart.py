"""Cart price 试算: the engine's quote with names and words, as a query and live."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Any

import strawberry

from backend import offers, orders, pricing
from backend.kit import ids
from backend.kit.clock import now
from backend.kit.observe import SUBSCRIBERS
from schema import words
from schema.base import AppInfo, BasisPoints, Fen, InvalidInput, described, enumeration, member_id, merchant_id, shop
from schema.catalog import Product, needed_id, optional_id, product_view
from schema.coupons import Coupon
from schema.promotions import Channel, OfferLevel

Delivery = enumeration("Delivery", {"DELIVERY": "配送.", "PICKUP": "自提."}, "How the goods reach the customer.")
CouponMode = enumeration(
    "CouponMode",
    {"AUTO": "The best one is chosen.", "NONE": "No coupon.", "FIXED": "Those named."},
    "Which coupons to use.",
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
    red_packet_ids: Red packets 红包.
    """

    points: int = 0
    balance_fen: Fen = 0
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
    coupons: Which coupons to use; null means AUTO.
    tenders: What to pay with besides cash.
    suggest: Whether to look for goods that reach the next tier 凑单 (slower).
    add_ons: Add-ons 加价购 that the shopper chose.
    gift_choices: Gifts that the shopper chose where there is a choice.
    """

    lines: list[CartLineInput]
    store_id: strawberry.ID | None = None
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    delivery: Delivery = Delivery.DELIVERY  # type: ignore[valid-type]
    coupons: CouponChoiceInput | None = None
    tenders: TendersInput | None = None
    suggest: bool = False
    add_ons: list[AddOnInput] = strawberry.field(default_factory=list)
    gift_choices: list[GiftChoiceInput] = strawberry.field(default_factory=list)


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
    sentence: Its rule in words.
    coupon_id: The coupon, if it is one.
    promotion_id: The promotion that carries it, if one does.
    """

    id: strawberry.ID
    name: str
    level: OfferLevel  # type: ignore[valid-type]
    off_fen: Fen
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
    at: When it begins or ended.
    by: Offers that keep it out.
    not_better_by_fen: How much dearer the cart would be with it.
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
class AddOnChoice:
    """加价购: an article that this cart may add at a price of its own.
    offer_id: The offer.
    name: Its name.
    sku: Article code.
    product: The article.
    price_fen: Price of one unit as an add-on.
    chosen: Units that the cart has chosen.
    most: Most units of the offer in one order, over all its articles.
    reached: Whether the cart is large enough.
    """

    offer_id: strawberry.ID
    name: str
    sku: str
    product: Product
    price_fen: Fen
    chosen: int
    most: int
    reached: bool


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
    """A coupon that the member holds.
    coupon: The coupon.
    applied: Whether this quote uses it.
    reason: Why not, in words; null when it is used.
    """

    coupon: Coupon
    applied: bool
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
    coupons: Every coupon held, used or with the reason.
    earn: What it will earn.
    tenders: What pays besides cash.
    rejected: What did not apply, and why.
    suggestions: Goods worth adding.
    gifts: What comes for nothing.
    gift_choices: Gifts to choose among, where the reached tier leaves a choice.
    add_on_choices: Articles that may be added at a price of their own; chosen ones are lines too.
    optimal: Whether it is proven that no cheaper combination exists.
    lower_bound_fen: No combination can cost less.
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
    earn: list[Earning]
    tenders: list[TenderUse]
    rejected: list[RejectedOffer]
    suggestions: list[Suggestion]
    gifts: list[QuoteGift]
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


def wish_of(given: CartInput) -> orders.Wish:
    choice, tenders = given.coupons, given.tenders
    return orders.Wish(
        store_id=optional_id("sto", given.store_id),
        channel=given.channel.name,
        delivery=given.delivery.name,
        lines=tuple((line.sku, line.qty) for line in given.lines),
        coupon_mode=choice.mode.name if choice else "AUTO",
        coupon_ids=tuple(needed_id("cpn", c) for c in choice.ids) if choice else (),
        points=tenders.points if tenders else 0,
        balance_fen=tenders.balance_fen if tenders else 0,
        red_packets=tuple(tenders.red_packet_ids) if tenders else (),
        suggest=given.suggest,
        add_ons=tuple((str(a.offer_id), a.sku, a.qty) for a in given.add_ons),
        gift_choices=tuple((str(g.offer_id), g.sku) for g in given.gift_choices),
    )


def name_of(priced: orders.Priced, offer_id: str) -> str:
    offer = priced.offer(offer_id)
    return offer.name or words.rule(offer, priced.live.sku_names) if offer else offer_id


def promotion_id(promotion: uuid.UUID) -> strawberry.ID:
    return strawberry.ID(ids.encode("pro", promotion))


def _promotion_id(priced: orders.Priced, offer_id: str) -> strawberry.ID | None:
    found = priced.live.promotion_of.get(offer_id)
    return promotion_id(found) if found else None


def _coupon_id(priced: orders.Priced, offer_id: str) -> strawberry.ID | None:
    held = priced.held.get(offer_id)
    return strawberry.ID(ids.encode("cpn", held.id)) if held else None


def applied_view(priced: orders.Priced, applied: pricing.AppliedOffer) -> AppliedOffer:
    offer = priced.offer(applied.id)
    return AppliedOffer(
        id=strawberry.ID(applied.id),
        name=name_of(priced, applied.id),
        level=OfferLevel[applied.level],
        off_fen=applied.off,
        sentence=words.rule(offer, priced.live.sku_names),
        coupon_id=_coupon_id(priced, applied.id),
        promotion_id=_promotion_id(priced, applied.id),
    )


def _rejected_view(priced: orders.Priced, rejection: pricing.Rejection) -> RejectedOffer:
    figures = rejection.figures
    at = figures.get("at")
    return RejectedOffer(
        id=strawberry.ID(rejection.id),
        name=name_of(priced, rejection.id),
        level=OfferLevel[rejection.offer.level],
        reason=RejectionReason[rejection.reason],
        sentence=words.rejection(rejection),
        short_by_fen=figures.get("short_by_fen"),
        short_by_count=figures.get("short_by_count"),
        at=dt.datetime.fromisoformat(at) if isinstance(at, str) else at,
        by=_by(figures.get("by")),
        not_better_by_fen=figures.get("by_fen"),
        coupon_id=_coupon_id(priced, rejection.id),
        promotion_id=_promotion_id(priced, rejection.id),
    )


def _by(value: Any) -> list[strawberry.ID]:
    if value is None:
        return []
    return [strawberry.ID(v) for v in ([value] if isinstance(value, str) else value)]


def _group(
    priced: orders.Priced, offer: pricing.Offer, skus: list[str], off: int, short: Mapping[str, Any]
) -> CartGroup:
    lines = [line for line in priced.quote.lines if line.sku in skus]
    levels = {o.id: o.level for o in priced.quote.offers}
    base = sum(line.list - sum(o.off for o in line.offers if levels[o.id] == "LINE") for line in lines)
    ahead = orders.next_tier(json.loads(offer.source), base, sum(line.qty for line in lines))
    return CartGroup(
        offer_id=strawberry.ID(offer.id),
        title=name_of(priced, offer.id),
        sentence=words.rule(offer, priced.live.sku_names),
        skus=skus,
        reached=off > 0,
        short_by_fen=short.get("short_by_fen"),
        short_by_count=short.get("short_by_count"),
        off_fen=off,
        promotion_id=_promotion_id(priced, offer.id),
        next_sentence=ahead.sentence if ahead else None,
        progress_bp=ahead.progress_bp if ahead else 10_000,
    )


def _groups(priced: orders.Priced) -> list[CartGroup]:
    """Each line stands under the order-level offer that took it, else under the nearest one it could reach, else alone."""
    quote, groups, placed = priced.quote, [], set()
    for applied in quote.offers:
        offer = priced.offer(applied.id)
        taken = [x.sku for x in quote.lines if x.sku not in placed and any(o.id == applied.id for o in x.offers)]
        if applied.level == "ORDER" and offer and taken:
            placed.update(taken)
            groups.append(_group(priced, offer, taken, applied.off, {}))
    near = [r for r in quote.rejected if r.reason == "THRESHOLD" and r.offer.level == "ORDER"]
    for r in sorted(near, key=lambda r: (r.figures.get("short_by_fen", 10**12), r.id)):
        holds = [
            x.sku for x in quote.lines if x.sku not in placed and r.offer.scope.holds(priced.request.catalog[x.sku])
        ]
        if holds:
            placed.update(holds)
            groups.append(_group(priced, r.offer, holds, 0, r.figures))
    rest = [line.sku for line in quote.lines if line.sku not in placed]
    if rest:
        groups.append(
            CartGroup(
                offer_id=None,
                title="其他商品",
                sentence="",
                skus=rest,
                reached=False,
                short_by_fen=None,
                short_by_count=None,
                off_fen=0,
                promotion_id=None,
                next_sentence=None,
                progress_bp=10_000,
            )
        )
    return groups


def _suggestion_view(priced: orders.Priced, views: dict[str, Product], s: pricing.Suggestion) -> Suggestion:
    added = [(line.sku, line.qty) for line in s.add]
    names = "、".join(f"{views[sku].name}×{qty}" for sku, qty in added)
    delta = s.payable - priced.quote.payable
    text = (
        f"加 {names}，反而少付 {words.yuan(-delta)}"
        if delta < 0
        else f"加 {names}，共付 {words.yuan(s.payable)}（多付 {words.yuan(delta)}）"
    )
    return Suggestion(
        kind=s.kind,
        offer_id=strawberry.ID(s.offer) if s.offer else None,
        payable_fen=s.payable,
        sentence=text,
        add=[SuggestedLine(sku=sku, product=views[sku], qty=qty) for sku, qty in added],
    )


def _coupon_views(priced: orders.Priced) -> list[UsableCoupon]:
    applied = {o.id for o in priced.quote.offers}
    why = {r.id: words.rejection(r) for r in priced.quote.rejected}
    return [
        UsableCoupon(
            coupon=Coupon.of(held),
            applied=key in applied,
            reason=None if key in applied else why.get(key, "购物车里没有这张券适用的商品"),
        )
        for key, held in priced.held.items()
    ]


def earned_words(points: int | None, fen: int | None, count: int | None, template: str | None) -> str:
    """将获得, in words."""
    if points:
        return f"完成后得 {points} 积分"
    if fen:
        return f"完成后得 {words.yuan(fen)} 红包"
    return f"完成后得 {count or 1} 张券" if template else f"完成后得 {count} 个集点"


def _earning(priced: orders.Priced, e: pricing.Earning) -> Earning:
    return Earning(
        offer_id=strawberry.ID(e.offer),
        name=name_of(priced, e.offer),
        points=e.points,
        fen=e.fen,
        count=e.count,
        template_id=strawberry.ID(e.template) if e.template else None,
        sentence=earned_words(e.points, e.fen, e.count, e.template),
    )


def _gift_choices(priced: orders.Priced, views: dict[str, Product]) -> list[GiftChoice]:
    """The gifts of the reached tier of each offer that gives some, where fewer may be chosen than there are."""
    given = {(g.offer, g.sku) for g in priced.quote.gifts}
    found = []
    for offer_id in dict.fromkeys(g.offer for g in priced.quote.gifts):
        offer = priced.offer(offer_id)
        tiers = json.loads(offer.source)["tiers"] if offer else []
        skus = {g.sku for g in priced.quote.gifts if g.offer == offer_id}
        tier = next((t for t in reversed(tiers) if skus <= {g["sku"] for g in t["gifts"]}), None)
        if tier and tier.get("choose") and tier["choose"] < len(tier["gifts"]):
            found += [
                GiftChoice(
                    offer_id=strawberry.ID(offer_id),
                    name=name_of(priced, offer_id),
                    sku=gift["sku"],
                    product=views[gift["sku"]],
                    qty=gift.get("qty", 1),
                    choose=tier["choose"],
                    chosen=(offer_id, gift["sku"]) in given,
                )
                for gift in tier["gifts"]
                if gift["sku"] in views
            ]
    return found


def _add_on_choices(priced: orders.Priced, views: dict[str, Product]) -> list[AddOnChoice]:
    """Articles of the add-on offers that this cart may use now, or could with more goods."""
    chosen = {(a.offer, a.sku): a.qty for a in priced.quote.add_ons}
    found = []
    for offer, reached in priced.add_on_offers():
        rule = json.loads(offer.source)
        found += [
            AddOnChoice(
                offer_id=strawberry.ID(offer.id),
                name=name_of(priced, offer.id),
                sku=item["sku"],
                product=views[item["sku"]],
                price_fen=item["price"],
                chosen=chosen.get((offer.id, item["sku"]), 0),
                most=rule.get("choose", 1),
                reached=reached,
            )
            for item in rule["items"]
            if item["sku"] in views
        ]
    return found


def quote_view(priced: orders.Priced | orders.Invalid) -> Quote | InvalidInput:
    if isinstance(priced, orders.Invalid):
        return InvalidInput.of(priced.problems)
    quote = priced.quote
    views = {sku: product_view(priced.live, priced.store, info) for sku, info in priced.products.items()}
    levels = {o.id: o.level for o in quote.offers}
    lines = [
        QuoteLine(
            sku=line.sku,
            product=views[line.sku],
            qty=line.qty,
            list_fen=line.list,
            payable_fen=line.payable,
            units_fen=line.units,
            offers=[
                LineOffer(
                    id=strawberry.ID(o.id), name=name_of(priced, o.id), level=OfferLevel[levels[o.id]], off_fen=o.off
                )
                for o in line.offers
            ],
        )
        for line in quote.lines
    ]
    return Quote(
        list_fen=quote.list,
        goods_fen=quote.goods,
        saved_fen=quote.saved,
        shipping_fen=quote.shipping,
        payable_fen=quote.payable,
        due_fen=quote.due,
        lines=lines,
        groups=_groups(priced),
        offers=[applied_view(priced, o) for o in quote.offers],
        coupons=_coupon_views(priced),
        earn=[_earning(priced, e) for e in quote.earn],
        tenders=[
            TenderUse(kind=t.kind, id=strawberry.ID(t.id) if t.id else None, fen=t.fen, points=t.points)
            for t in quote.tenders
        ],
        rejected=[_rejected_view(priced, r) for r in quote.rejected],
        suggestions=[_suggestion_view(priced, views, s) for s in quote.suggestions],
        gifts=[
            QuoteGift(
                offer_id=strawberry.ID(g.offer),
                name=name_of(priced, g.offer),
                sku=g.sku,
                product=views[g.sku],
                qty=g.qty,
                list_fen=g.list,
            )
            for g in quote.gifts
        ],
        gift_choices=_gift_choices(priced, views),
        add_on_choices=_add_on_choices(priced, views),
        optimal=quote.optimal,
        lower_bound_fen=quote.lower_bound,
        rules=quote.rules,
        token=priced.token,
        quoted_at=priced.at,
        next_change_at=pricing.next_change(priced.live.rules, priced.at, priced.request.coupons),
    )


@strawberry.type
class CartQuery:
    @strawberry.field(description="The price of a cart now 试算.", permission_classes=shop())
    async def quote_cart(self, info: AppInfo, input: CartInput) -> QuoteCartResult:
        return quote_view(
            await orders.quote(
                info.context.runtime.settings.secret, merchant_id(info), member_id(info), wish_of(input), now()
            )
        )


CAUSES = {
    "COUPON": "您的券有变化",
    "ACCOUNT": "您的账户有变化",
    "STOCK": "活动名额已用完",
    "ORDER": "您的订单有变化",
    "RESYNC": "已重新连上",
    "TIME": "活动时间到了",
}


def _cause_words(causes: list[dict[str, str]]) -> str:
    """The latest cause in words; a promotion is called by its name."""
    for cause in reversed(causes):
        if cause["cause"] == "RULES":
            return f"「{cause.get('name', '活动')}」{'已结束' if cause.get('change') == 'ended' else '开始了'}"
    return CAUSES.get(causes[-1]["cause"], "价格有变化") if causes else CAUSES["TIME"]


def _same(a: Quote | InvalidInput | None, b: Quote | InvalidInput) -> bool:
    """Equal but for the moment, so that nothing is pushed that the shopper could not see."""
    if not isinstance(a, Quote) or not isinstance(b, Quote):
        return False
    return {**a.__dict__, "quoted_at": None} == {**b.__dict__, "quoted_at": None}


@strawberry.type
class CartSubscription:
    @strawberry.subscription(
        description="The cart's price now, and again whenever it changes: a promotion starts, ends, changes or sells out, a coupon comes or goes.",
        permission_classes=shop(),
    )
    async def cart_quote(self, info: AppInfo, input: CartInput) -> AsyncGenerator[CartQuoteUpdate, None]:
        runtime, merchant, member, wish = info.context.runtime, merchant_id(info), member_id(info), wish_of(input)
        topics = [f"rules:{merchant}", *([f"member:{member}"] if member else [])]
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(runtime.hub.listening(topics))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            version, last, cause = 0, None, ""
            while True:
                live = await (offers.fresh(merchant) if version else offers.live(merchant))
                view = quote_view(await orders.quote(runtime.settings.secret, merchant, member, wish, now(), live))
                if not _same(last, view):
                    version, last = version + 1, view
                    yield CartQuoteUpdate(version=version, cause=cause if version > 1 else "", result=view)
                cause = _cause_words(await waiter.wait(_seconds_until(view)))


LONGEST_WAIT = 3600.0


def _seconds_until(view: Quote | InvalidInput) -> float:
    """Until the next rule begins or ends by the clock, plus a little so that it has; at most an hour."""
    if isinstance(view, InvalidInput) or view.next_change_at is None:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, max(0.01, (view.next_change_at - now()).total_seconds() + 0.005))


__all__ = ["AppliedOffer", "CartInput", "CartQuery", "CartSubscription", "Earning", "Quote", "quote_view", "wish_of"]
