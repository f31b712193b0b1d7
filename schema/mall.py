"""Exchange mall 积分商城 (B03): what customers get for points, and how staff run it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import mall
from backend.kit.clock import now
from schema.accounts import account_view
from schema.base import (
    AppInfo,
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
    shop,
)
from schema.catalog import needed_id, optional_id
from schema.mall_types import (
    ExchangeLimitReached,
    ExchangeNotOpen,
    ExchangeNotVoidable,
    ExchangePriceChanged,
    MallExchange,
    MallExchangeConnection,
    MallItem,
    MallItemConnection,
    MallItemSoldOut,
    MallItemStopped,
    MallUnit,
    NotEnoughGrowth,
    NotEnoughPoints,
    NotEnoughStamps,
    PointsMall,
    answer,
)
from schema.member_names import names_for


@described
@strawberry.input
class ExchangePointsInput:
    """One exchange 兑换; it is final.
    item_id: The item.
    seen_points: The price that the shopper confirmed.
    idempotency_key: Made by the client for this tap; the same key gives the same exchange.
    """

    item_id: strawberry.ID
    seen_points: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class MallPriceInput:
    """A lower price; for some levels, some time, or both.
    points: Points, fewer than the item's own.
    levels: Ids of member levels; empty means everybody.
    starts_at: First instant; null means from the beginning.
    ends_at: First instant without it; null means to the end.
    """

    points: int
    levels: list[str] = strawberry.field(default_factory=list)
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@described
@strawberry.input
class MallTermsInput:
    """What may be changed about an item.
    name: 1–18 characters.
    points: Points without a lower price.
    stock: Exchanges in all; never fewer than there were.
    starts_at: First instant at which it can be had.
    ends_at: First instant at which it cannot be had any more.
    per_member: Most that one member may have; null without a limit.
    per_day: Most that one member may have on one day; null without a limit.
    prices: Lower prices; the lowest that holds is paid.
    """

    name: str
    points: int
    stock: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    per_member: int | None = None
    per_day: int | None = None
    prices: list[MallPriceInput] = strawberry.field(default_factory=list)


@described
@strawberry.input
class CreateMallItemInput:
    """A new item: exactly one of template_id, sku, balance_fen and gives_points.
    terms: Price, stock, limits and time.
    template_id: The coupon that it gives.
    sku: The article of which it gives one unit.
    days: Days for which the coupon for the article is good.
    balance_fen: The balance that it gives, fen.
    gives_points: The points that it gives, where it is paid in growth.
    unit: What it is paid in; growth buys coupons, articles and points, stamps buy coupons and articles.
    idempotency_key: Made by the client for this act.
    """

    terms: MallTermsInput
    idempotency_key: strawberry.ID
    template_id: strawberry.ID | None = None
    sku: str | None = None
    days: int = 30
    balance_fen: Fen | None = None
    gives_points: int | None = None
    unit: MallUnit = MallUnit.POINTS  # type: ignore[valid-type]


@described
@strawberry.input
class ChangeMallItemInput:
    """Other terms for the exchanges to come.
    item_id: The item.
    terms: All of its terms.
    idempotency_key: Made by the client for this act.
    """

    item_id: strawberry.ID
    terms: MallTermsInput
    idempotency_key: strawberry.ID


@described
@strawberry.input
class StopMallItemInput:
    """Takes an item off the mall for good.
    item_id: The item.
    idempotency_key: Made by the client for this act.
    """

    item_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class VoidMallExchangeInput:
    """Takes back what an exchange gave and returns the points.
    exchange_id: The exchange.
    reason: 2–100 characters; the customer sees it.
    idempotency_key: Made by the client for this act.
    """

    exchange_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


ExchangePointsResult = Annotated[
    MallExchange
    | NotEnoughPoints
    | NotEnoughGrowth
    | NotEnoughStamps
    | MallItemSoldOut
    | ExchangeLimitReached
    | ExchangeNotOpen
    | ExchangePriceChanged
    | NotFound
    | IdempotencyConflict,
    strawberry.union("ExchangePointsResult", description="The exchange, or why not."),
]
CreateMallItemResult = Annotated[
    MallItem | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateMallItemResult", description="The item, or why not."),
]
ChangeMallItemResult = Annotated[
    MallItem | MallItemStopped | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("ChangeMallItemResult", description="The item, or why not."),
]
StopMallItemResult = Annotated[
    MallItem | NotFound | IdempotencyConflict,
    strawberry.union("StopMallItemResult", description="The item, or why not."),
]
VoidMallExchangeResult = Annotated[
    MallExchange | ExchangeNotVoidable | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("VoidMallExchangeResult", description="The exchange, or why not."),
]


def _terms(given: MallTermsInput) -> mall.Terms:
    return mall.Terms(
        given.name,
        given.points,
        given.stock,
        given.starts_at,
        given.ends_at,
        given.per_member,
        given.per_day,
        tuple(mall.Price(p.points, tuple(p.levels), p.starts_at, p.ends_at) for p in given.prices),
    )


@strawberry.type
class MallQuery:
    @strawberry.field(description="积分商城 for the viewer.", permission_classes=shop())
    async def points_mall(self, info: AppInfo) -> PointsMall:
        merchant, member, at = merchant_id(info), member_id(info), now()
        found = await mall.items(merchant, at, member_id=member, shown=True)
        mine = await account_view(merchant, member, 1) if member else None
        points, growth, stamps = (mine.points, mine.growth, mine.stamps) if mine else (None, None, None)
        shown = [MallItem.of(i) for i in found]
        return PointsMall(points=points, growth=growth, stamps=stamps, items=shown, server_time=at)

    @strawberry.field(description="The viewer's exchanges, newest first.", permission_classes=consumer())
    async def my_exchanges(self, info: AppInfo, first: int = 20, after: str | None = None) -> MallExchangeConnection:
        return await _page(info, first, after, member_id=member_id(info))

    @strawberry.field(
        description="Items of the mall, newest first, for operators.", permission_classes=may("coupons.read")
    )
    async def mall_items(self, info: AppInfo, first: int = 20, after: str | None = None) -> MallItemConnection:
        begin = optional_id("mit", strawberry.ID(after) if after else None)
        rows = await mall.items(merchant_id(info), now(), first=page(first) + 1, after=begin)
        nodes = [MallItem.of(i) for i in rows[:first]]
        return MallItemConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="Exchanges of all members, newest first; of one item where it is named.",
        permission_classes=may("coupons.read"),
    )
    async def mall_exchanges(
        self, info: AppInfo, item_id: strawberry.ID | None = None, first: int = 20, after: str | None = None
    ) -> MallExchangeConnection:
        return await _page(info, first, after, item_id=optional_id("mit", item_id))


async def _page(info: AppInfo, first: int, after: str | None, **which: Any) -> MallExchangeConnection:
    begin = optional_id("mex", strawberry.ID(after) if after else None)
    rows = await mall.exchanges(merchant_id(info), now(), first=page(first) + 1, after=begin, **which)
    names = await names_for(info, [e.member_id for e in rows[:first]])
    nodes = [MallExchange.of(e, names) for e in rows[:first]]
    return MallExchangeConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


@strawberry.type
class MallMutation:
    @strawberry.mutation(
        description="Takes an item of the mall for points 积分兑换: both or neither.", permission_classes=consumer()
    )
    async def exchange_points(self, info: AppInfo, input: ExchangePointsInput) -> ExchangePointsResult:
        secret, item, key = info.context.runtime.settings.secret, needed_id("mit", input.item_id), input.idempotency_key
        merchant, member, seen = merchant_id(info), member_id(info), input.seen_points
        return answer(await mall.exchange(secret, merchant, member, item, seen, checked_key(key), now()))

    @strawberry.mutation(description="Puts an item into the mall 上架.", permission_classes=may("coupons.write"))
    async def create_mall_item(self, info: AppInfo, input: CreateMallItemInput) -> CreateMallItemResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        template, unit = optional_id("tpl", input.template_id), input.unit.name.lower()
        gives = mall.Gives(template, input.sku, input.days, input.balance_fen, input.gives_points, unit)
        terms = _terms(input.terms)
        return answer(await mall.create_item(viewer.merchant_id, viewer.actor, terms, gives, key, now()))

    @strawberry.mutation(
        description="Changes price, stock, limits or time of an item.", permission_classes=may("coupons.write")
    )
    async def change_mall_item(self, info: AppInfo, input: ChangeMallItemInput) -> ChangeMallItemResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        item, terms = needed_id("mit", input.item_id), _terms(input.terms)
        return answer(await mall.change_item(viewer.merchant_id, viewer.actor, item, terms, key, now()))

    @strawberry.mutation(
        description="Takes an item off the mall for good 下架.", permission_classes=may("coupons.write")
    )
    async def stop_mall_item(self, info: AppInfo, input: StopMallItemInput) -> StopMallItemResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        item = needed_id("mit", input.item_id)
        return answer(await mall.stop_item(viewer.merchant_id, viewer.actor, item, key, now()))

    @strawberry.mutation(
        description="Voids an exchange 作废兑换: what it gave is taken back, the points return.",
        permission_classes=may("coupons.write"),
    )
    async def void_mall_exchange(self, info: AppInfo, input: VoidMallExchangeInput) -> VoidMallExchangeResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        exchange = needed_id("mex", input.exchange_id)
        return answer(await mall.void(viewer.merchant_id, viewer.actor, exchange, input.reason, key, now()))
