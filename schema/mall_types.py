"""Types of the exchange mall 积分商城: items, exchanges, refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from backend import mall
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import Fen, IdempotencyConflict, InvalidInput, NotFound, PageInfo, Refusal, described, enumeration
from schema.coupon_types import Coupon
from schema.template_types import CouponTemplate

NOBODY: Mapping[UUID, str] = {}
MallItemKind = enumeration(
    "MallItemKind",
    {
        "COUPON": "优惠券.",
        "ARTICLE": "商品: one unit, by a coupon for it 兑换券.",
        "BALANCE": "余额.",
        "POINTS": "积分, for growth value alone.",
    },
    "What an item of the mall gives.",
)
MallUnit = enumeration(
    "MallUnit",
    {"POINTS": "积分.", "GROWTH": "成长值.", "STAMPS": "集点: buys coupons and articles."},
    "What an item of the mall is paid in.",
)
UNIT_WORDS = {"points": "积分", "growth": "成长值", "stamps": "个集点"}
PRICE_WORDS = {**UNIT_WORDS, "stamps": "集点"}
MallItemState = enumeration(
    "MallItemState",
    {
        "UPCOMING": "未开始.",
        "OPEN": "可兑换.",
        "SOLD_OUT": "已兑完.",
        "ENDED": "已结束.",
        "STOPPED": "已下架, by staff, for good.",
    },
    "Where an item of the mall is in its life.",
)
MallExchangeState = enumeration(
    "MallExchangeState", {"DONE": "已兑换.", "VOIDED": "已作废, the points came back."}, "What became of an exchange."
)


@described
@strawberry.type
class MallPrice:
    """阶梯价: a lower price for some levels, some time, or both.
    points: Points 积分.
    levels: Ids of member levels; empty means everybody.
    starts_at: First instant; null means from the beginning.
    ends_at: First instant without it; null means to the end.
    sentence: In words, e.g. 金卡会员 80 积分.
    """

    points: int
    levels: list[str]
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    sentence: str

    @staticmethod
    def of(price: mall.Price, levels: Mapping[str, str], unit: mall.Unit) -> MallPrice:
        parts = ["、".join(levels.get(level, level) for level in price.levels)]
        if price.starts_at is not None:
            parts.append(f"{words.moment(price.starts_at)} 起")
        if price.ends_at is not None:
            parts.append(f"{words.moment(price.ends_at)} 前")
        return MallPrice(
            points=price.points,
            levels=list(price.levels),
            starts_at=price.starts_at,
            ends_at=price.ends_at,
            sentence=f"{' '.join(part for part in parts if part)} {price.points} {UNIT_WORDS[unit]}",
        )


@described
@strawberry.type
class MallItem:
    """商品 of the exchange mall.
    id: Opaque id.
    name: Name shown to people.
    kind: What it gives.
    template: The coupon that it gives; null for balance.
    sku: The article; null for others.
    emoji: A picture of the article; null for others.
    image_hue: Hue of the picture's background; null for others.
    list_fen: What the article costs in money today, fen; null for others.
    balance_fen: The balance that it gives, fen; null for others.
    gives_points: The points that it gives, for growth; null for others.
    unit: What it is paid in.
    points: Points (or growth, or stamps) without a lower price.
    price_for_me: Points (or growth, or stamps) that the viewer pays now; the same as points when anonymous and no price of the time holds.
    prices: Lower prices, for levels and times; the lowest that holds is paid.
    stock: Exchanges in all.
    exchanged: Exchanges so far, less those that were voided.
    remaining: Exchanges left.
    per_member: Most that one member may have; null without a limit.
    per_day: Most that one member may have on one day of the merchant's calendar; null without a limit.
    taken_by_me: How many the viewer had; 0 when anonymous.
    taken_by_me_today: How many of them today.
    starts_at: First instant at which it can be had.
    ends_at: First instant at which it cannot be had any more.
    state: Where it is in its life.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    name: str
    kind: MallItemKind  # type: ignore[valid-type]
    template: CouponTemplate | None
    sku: str | None
    emoji: str | None
    image_hue: int | None
    list_fen: Fen | None
    balance_fen: Fen | None
    gives_points: int | None
    unit: MallUnit  # type: ignore[valid-type]
    points: int
    price_for_me: int
    prices: list[MallPrice]
    stock: int
    exchanged: int
    remaining: int
    per_member: int | None
    per_day: int | None
    taken_by_me: int
    taken_by_me_today: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: MallItemState  # type: ignore[valid-type]
    server_time: dt.datetime

    @staticmethod
    def of(i: mall.ItemInfo) -> MallItem:
        return MallItem(
            id=strawberry.ID(ids.encode("mit", i.id)),
            name=i.name,
            kind=MallItemKind[i.kind.upper()],
            template=CouponTemplate.of(i.template) if i.template else None,
            sku=i.sku,
            emoji=i.product.emoji if i.product else None,
            image_hue=i.product.image_hue if i.product else None,
            list_fen=i.product.list_fen if i.product else None,
            balance_fen=i.balance_fen,
            gives_points=i.gives_points,
            unit=MallUnit[i.unit.upper()],
            points=i.points,
            price_for_me=i.price,
            prices=[MallPrice.of(price, i.levels, i.unit) for price in i.prices],
            stock=i.stock,
            exchanged=i.exchanged,
            remaining=i.stock - i.exchanged,
            per_member=i.per_member,
            per_day=i.per_day,
            taken_by_me=i.taken,
            taken_by_me_today=i.taken_today,
            starts_at=i.starts_at,
            ends_at=i.ends_at,
            state=MallItemState[i.state],
            server_time=now(),
        )


@described
@strawberry.type
class MallExchange:
    """兑换: points for an item, once.
    id: Opaque id.
    item_name: What the item was called then.
    unit: What it was paid in.
    points: Points (or growth, or stamps) that were paid.
    gives_points: The points that it gave; null for others.
    coupon: The coupon that it gave; null for balance and points.
    balance_fen: The balance that it gave, fen; null for others.
    state: What became of it.
    at: When.
    voided_at: When it was voided; null otherwise.
    void_reason: Why it was voided, as staff wrote; null otherwise.
    member_id: Who exchanged.
    member_name: Name and member code, for staff who read members; null for others.
    item_id: The item.
    """

    id: strawberry.ID
    item_name: str
    unit: MallUnit  # type: ignore[valid-type]
    points: int
    gives_points: int | None
    coupon: Coupon | None
    balance_fen: Fen | None
    state: MallExchangeState  # type: ignore[valid-type]
    at: dt.datetime
    voided_at: dt.datetime | None
    void_reason: str | None
    member_id: strawberry.ID
    item_id: strawberry.ID
    member_name: str | None

    @staticmethod
    def of(e: mall.ExchangeInfo, names: Mapping[UUID, str] = NOBODY) -> MallExchange:
        return MallExchange(
            id=strawberry.ID(ids.encode("mex", e.id)),
            item_name=e.item_name,
            unit=MallUnit[e.unit.upper()],
            points=e.points,
            gives_points=e.gives_points,
            coupon=Coupon.of(e.coupon) if e.coupon else None,
            balance_fen=e.balance_fen,
            state=MallExchangeState[e.state.upper()],
            at=e.at,
            voided_at=e.voided_at,
            void_reason=e.void_reason,
            member_id=strawberry.ID(ids.encode("mem", e.member_id)),
            item_id=strawberry.ID(ids.encode("mit", e.item_id)),
            member_name=names.get(e.member_id),
        )


@described
@strawberry.type
class MallExchangeConnection:
    """A page of exchanges, newest first.
    nodes: The exchanges.
    page_info: Where the page ends.
    """

    nodes: list[MallExchange]
    page_info: PageInfo


@described
@strawberry.type
class MallItemConnection:
    """A page of items, newest first.
    nodes: The items.
    page_info: Where the page ends.
    """

    nodes: list[MallItem]
    page_info: PageInfo


@described
@strawberry.type
class PointsMall:
    """积分商城 for the viewer, here and now.
    points: Points of the viewer that are free; null when anonymous.
    growth: Growth value of the viewer, which some items may be paid in; null when anonymous.
    stamps: Stamps 集点 of the viewer, which some items may be paid in; null when anonymous.
    items: What can be had now or soon, and what is gone but not over; the cheapest first.
    server_time: The server's clock.
    """

    points: int | None
    growth: int | None
    stamps: int | None
    items: list[MallItem]
    server_time: dt.datetime


@described
@strawberry.type
class NotEnoughPoints(Refusal):
    """The viewer has fewer points than the item or the draw costs; nothing was moved.
    needs: What it costs.
    has: Points that are free.
    short_by: How many are missing.
    """

    needs: int
    has: int
    short_by: int


@described
@strawberry.type
class NotEnoughGrowth(Refusal):
    """The viewer has less growth value than the item costs; nothing was moved.
    needs: What it costs.
    has: Growth that may be exchanged.
    short_by: How much is missing.
    """

    needs: int
    has: int
    short_by: int


@described
@strawberry.type
class NotEnoughStamps(Refusal):
    """The viewer has fewer stamps than the item costs; nothing was moved.
    needs: What it costs.
    has: Stamps that are free.
    short_by: How many are missing.
    """

    needs: int
    has: int
    short_by: int


@described
@strawberry.type
class MallItemSoldOut(Refusal):
    """All of the item's stock is exchanged.
    stock: How many there were.
    """

    stock: int


@described
@strawberry.type
class ExchangeLimitReached(Refusal):
    """The member had as many as one may have.
    limit: Most that one member may have.
    taken: How many the member had.
    resets_at: Next midnight of the merchant's calendar for a limit of the day; null for the limit in all.
    """

    limit: int
    taken: int
    resets_at: dt.datetime | None


@described
@strawberry.type
class ExchangeNotOpen(Refusal):
    """The item cannot be had at this moment.
    opens_at: First instant at which it can be had.
    closes_at: First instant at which it cannot be had any more.
    ended: Whether it is over for good.
    """

    opens_at: dt.datetime
    closes_at: dt.datetime
    ended: bool


@described
@strawberry.type
class ExchangePriceChanged(Refusal):
    """The item costs other than what was confirmed; nothing was exchanged.
    seen_points: What was confirmed.
    points: What the viewer pays now.
    """

    seen_points: int
    points: int


@described
@strawberry.type
class ExchangeNotVoidable(Refusal):
    """What the exchange gave is used, or it was voided before; nothing was changed."""


@described
@strawberry.type
class MallItemStopped(Refusal):
    """The item was stopped for good and is not changed any more."""


COUPON_GONE = {"redeemed": "已使用", "locked": "正被订单占用", "expired": "已过期", "voided": "已作废"}


def answer(result: Any) -> Any:
    """What the mall says, as a customer or an operator reads it."""
    match result:
        case mall.ItemInfo():
            return MallItem.of(result)
        case mall.Exchanged(exchange=done):
            return MallExchange.of(done)
        case mall.ExchangeInfo():
            return MallExchange.of(result)
        case mall.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case mall.ItemMissing():
            return NotFound.make("没有这个兑换商品")
        case mall.ExchangeMissing():
            return NotFound.make("没有这笔兑换")
        case mall.ItemStopped():
            return MallItemStopped(code="MallItemStopped", message="已下架，不能再改；请新建一个")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
        case mall.ExchangeVoided(at=at):
            text = f"已在 {words.moment(at)} 作废过"
        case mall.CouponGone(state=state):
            text = f"兑换的券{COUPON_GONE.get(state, state)}，不能作废"
        case mall.BalanceSpent(available=available, needs=needs):
            text = f"兑换的余额已用掉一部分：须收回 {words.yuan(needs)}，现有 {words.yuan(available)}"
        case mall.PointsSpent(available=available, needs=needs):
            text = f"兑换的积分已用掉一部分：须收回 {needs}，现有 {available}"
        case _:
            return refusal(result)
    return ExchangeNotVoidable(code="ExchangeNotVoidable", message=text)


def refusal(result: Any) -> Refusal:
    match result:
        case mall.NotEnoughStamps(needs=needs, has=has, short_by=short):
            text = f"还差 {short} 个集点：需要 {needs}，您有 {has}"
            return NotEnoughStamps(code="NotEnoughStamps", message=text, needs=needs, has=has, short_by=short)
        case mall.NotEnoughGrowth(needs=needs, has=has, short_by=short):
            text = f"还差 {short} 成长值：需要 {needs}，您有 {has}"
            return NotEnoughGrowth(code="NotEnoughGrowth", message=text, needs=needs, has=has, short_by=short)
        case mall.NotEnoughPoints(needs=needs, has=has, short_by=short):
            text = f"还差 {short} 积分：需要 {needs}，您有 {has}"
            return NotEnoughPoints(code="NotEnoughPoints", message=text, needs=needs, has=has, short_by=short)
        case mall.ItemSoldOut(stock=stock):
            return MallItemSoldOut(code="MallItemSoldOut", message=f"{stock} 份已全部兑完", stock=stock)
        case mall.ExchangeLimitReached(limit=limit, taken=taken, resets_at=resets):
            each = f"每人每天限兑 {limit} 份" if resets else f"每人限兑 {limit} 份"
            text = f"{each}，您已兑 {taken} 份" + (f"，{words.moment(resets)} 后可再兑" if resets else "")
            return ExchangeLimitReached(
                code="ExchangeLimitReached", message=text, limit=limit, taken=taken, resets_at=resets
            )
        case mall.ExchangeNotOpen(opens_at=opens, closes_at=closes, ended=ended):
            text = "这个商品已不能兑换" if ended else f"{words.moment(opens)} 开始兑换"
            return ExchangeNotOpen(code="ExchangeNotOpen", message=text, opens_at=opens, closes_at=closes, ended=ended)
        case mall.ExchangePriceChanged(seen=seen, points=points, unit=unit):
            text = f"{PRICE_WORDS[unit]}价已变：现在是 {points} {UNIT_WORDS[unit]}，请重新确认"
            return ExchangePriceChanged(code="ExchangePriceChanged", message=text, seen_points=seen, points=points)
    raise TypeError(f"unknown result {result!r}")
