"""Points lottery 积分抽奖 (B03, K04): what customers draw, and how staff run it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import lottery
from backend.kit.clock import now
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
from schema.coupons import chosen_store
from schema.lottery_types import (
    DrawLimitReached,
    DrawPriceChanged,
    Lottery,
    LotteryConnection,
    LotteryDraw,
    LotteryDrawConnection,
    LotteryNotForYou,
    LotteryNotOpen,
    LotteryOver,
    LotteryPlan,
    LotteryPrizeKind,
    LotteryReport,
    LotterySoldOut,
    answer,
)
from schema.mall_types import NotEnoughPoints
from schema.member_names import names_for
from schema.promotions import Channel


@described
@strawberry.input
class DrawLotteryInput:
    """One draw 抽一次.
    lottery_id: The lottery.
    seen_points: What the customer confirmed that it costs; 0 for a free one.
    channel: Where it is drawn.
    store_id: The store that the customer chose; null when none was.
    idempotency_key: Made by the client for this tap; the same key gives the same result. It goes into the number that is drawn.
    """

    lottery_id: strawberry.ID
    seen_points: int
    idempotency_key: strawberry.ID
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None


@described
@strawberry.input
class LotteryPrizeInput:
    """奖项 of a lottery: what its kind needs of points, template_id and sku.
    name: 1–18 characters.
    kind: What it is.
    odds: Parts per million.
    stock: How many there are in all; null for 谢谢参与 alone.
    points: Points that it gives.
    template_id: The coupon that it gives.
    sku: The article of which it gives one unit.
    days: Days for which the coupon for the article is good.
    """

    name: str
    kind: LotteryPrizeKind  # type: ignore[valid-type]
    odds: int
    stock: int | None = None
    points: int | None = None
    template_id: strawberry.ID | None = None
    sku: str | None = None
    days: int = 30


@described
@strawberry.input
class LotteryInput:
    """A lottery; nothing of it changes later but more stock and an early end.
    name: 1–18 characters.
    points: Points that a draw costs when it is not free.
    per_day: Most draws of one member on one day, free ones included.
    contact: How to reach whoever holds it, 4–60 characters.
    starts_at: First instant of drawing.
    ends_at: First instant without it.
    prizes: 1–8 prizes whose odds add up to 1,000,000; numbers stand for them in this order.
    free_per_day: Free draws of one member on one day.
    per_member: Most draws of one member in all; null without a limit.
    levels: Ids of member levels; empty means everybody.
    budget_fen: Most that all prizes together may be worth, fen; null without a limit.
    """

    name: str
    points: int
    per_day: int
    contact: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    prizes: list[LotteryPrizeInput]
    free_per_day: int = 0
    per_member: int | None = None
    levels: list[str] = strawberry.field(default_factory=list)
    budget_fen: Fen | None = None


@described
@strawberry.input
class CreateLotteryInput:
    """A new lottery.
    lottery: All of it.
    idempotency_key: Made by the client for this act.
    """

    lottery: LotteryInput
    idempotency_key: strawberry.ID


@described
@strawberry.input
class AddPrizeStockInput:
    """More of a prize.
    prize_id: The prize.
    more: How many more.
    idempotency_key: Made by the client for this act.
    """

    prize_id: strawberry.ID
    more: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class StopLotteryInput:
    """Ends a lottery early, for good.
    lottery_id: The lottery.
    reason: 2–100 characters; everybody reads it.
    idempotency_key: Made by the client for this act.
    """

    lottery_id: strawberry.ID
    reason: str
    idempotency_key: strawberry.ID


DrawLotteryResult = Annotated[
    LotteryDraw
    | NotEnoughPoints
    | DrawLimitReached
    | LotteryNotOpen
    | LotterySoldOut
    | LotteryNotForYou
    | DrawPriceChanged
    | NotFound
    | IdempotencyConflict,
    strawberry.union("DrawLotteryResult", description="The draw, or why not."),
]
CreateLotteryResult = Annotated[
    Lottery | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateLotteryResult", description="The lottery, or why not."),
]
AddPrizeStockResult = Annotated[
    Lottery | LotteryOver | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("AddPrizeStockResult", description="The lottery, or why not."),
]
StopLotteryResult = Annotated[
    Lottery | LotteryOver | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("StopLotteryResult", description="The lottery, or why not."),
]


def _new(given: LotteryInput) -> lottery.NewLottery:
    return lottery.NewLottery(
        given.name,
        given.points,
        given.starts_at,
        given.ends_at,
        given.per_day,
        given.contact,
        tuple(
            lottery.NewPrize(
                p.name,
                p.kind.name.lower(),
                p.odds,
                p.stock,
                p.points,
                optional_id("tpl", p.template_id),
                p.sku,
                p.days,
            )
            for p in given.prizes
        ),
        given.free_per_day,
        given.per_member,
        tuple(given.levels),
        given.budget_fen,
    )


def _secret(info: AppInfo) -> bytes:
    return info.context.runtime.settings.secret


@strawberry.type
class LotteryQuery:
    @strawberry.field(
        description="积分抽奖 for the viewer: what runs, comes, or ended within a week; newest first, twenty at most.",
        permission_classes=shop(),
    )
    async def lotteries(self, info: AppInfo) -> list[Lottery]:
        merchant = merchant_id(info)
        found = await lottery.lotteries(_secret(info), merchant, now(), member_id=member_id(info), shown=True, first=20)
        return [Lottery.of(merchant, i) for i in found]

    @strawberry.field(
        description="One lottery, also when it is over; null when there is none.", permission_classes=shop()
    )
    async def lottery(self, info: AppInfo, lottery_id: strawberry.ID) -> Lottery | None:
        merchant = merchant_id(info)
        found = await lottery.lotteries(
            _secret(info), merchant, now(), ids=[needed_id("lot", lottery_id)], member_id=member_id(info)
        )
        return Lottery.of(merchant, found[0]) if found else None

    @strawberry.field(
        description="The viewer's draws, newest first; of one lottery where it is named.", permission_classes=consumer()
    )
    async def my_lottery_draws(
        self,
        info: AppInfo,
        lottery_id: strawberry.ID | None = None,
        won: bool = False,
        first: int = 20,
        after: str | None = None,
    ) -> LotteryDrawConnection:
        which = {"member_id": member_id(info), "lottery_id": optional_id("lot", lottery_id), "won": won}
        return await _page(info, first, after, **which)

    @strawberry.field(description="Lotteries, newest first, for operators.", permission_classes=may("coupons.read"))
    async def all_lotteries(self, info: AppInfo, first: int = 20, after: str | None = None) -> LotteryConnection:
        begin, merchant = optional_id("lot", strawberry.ID(after) if after else None), merchant_id(info)
        rows = await lottery.lotteries(_secret(info), merchant, now(), first=page(first) + 1, after=begin)
        nodes = [Lottery.of(merchant, i) for i in rows[:first]]
        return LotteryConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="What a lottery took and gave, and how outcomes fit the odds; null when there is none.",
        permission_classes=may("coupons.read"),
    )
    async def lottery_report(self, info: AppInfo, lottery_id: strawberry.ID) -> LotteryReport | None:
        found = await lottery.report(_secret(info), merchant_id(info), needed_id("lot", lottery_id), now())
        return LotteryReport.of(found, merchant_id(info)) if found else None

    @strawberry.field(
        description="Draws of a lottery, newest first, for operators.", permission_classes=may("coupons.read")
    )
    async def lottery_draws(
        self, info: AppInfo, lottery_id: strawberry.ID, first: int = 20, after: str | None = None
    ) -> LotteryDrawConnection:
        return await _page(info, first, after, lottery_id=needed_id("lot", lottery_id))

    @strawberry.field(
        description="What a lottery would be: odds in all, worth and cost of draws, everything that stands in the way.",
        permission_classes=may("coupons.write"),
    )
    async def plan_lottery(self, info: AppInfo, input: LotteryInput) -> LotteryPlan:
        return LotteryPlan.of(await lottery.plan(merchant_id(info), _new(input), now()))


async def _page(info: AppInfo, first: int, after: str | None, **which: Any) -> LotteryDrawConnection:
    begin = optional_id("ltd", strawberry.ID(after) if after else None)
    rows = await lottery.draws(merchant_id(info), now(), first=page(first) + 1, after=begin, **which)
    names = await names_for(info, [d.member_id for d in rows[:first]])
    nodes = [LotteryDraw.of(d, names) for d in rows[:first]]
    return LotteryDrawConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


@strawberry.type
class LotteryMutation:
    @strawberry.mutation(
        description="Draws once 抽奖: points taken, prize decided and given, or nothing at all.",
        permission_classes=consumer(),
    )
    async def draw_lottery(self, info: AppInfo, input: DrawLotteryInput) -> DrawLotteryResult:
        merchant, member, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        which, channel = needed_id("lot", input.lottery_id), input.channel.name.lower()
        store = await chosen_store(info, input.store_id)
        done = await lottery.draw(_secret(info), merchant, member, which, input.seen_points, channel, key, now(), store)
        return answer(merchant, done)

    @strawberry.mutation(description="Makes a lottery 新建抽奖.", permission_classes=may("coupons.write"))
    async def create_lottery(self, info: AppInfo, input: CreateLotteryInput) -> CreateLotteryResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        made = await lottery.create(_secret(info), viewer.merchant_id, viewer.actor, _new(input.lottery), key, now())
        return answer(viewer.merchant_id, made)

    @strawberry.mutation(
        description="Adds to the stock of a prize 追加奖品; the odds stay.", permission_classes=may("coupons.write")
    )
    async def add_prize_stock(self, info: AppInfo, input: AddPrizeStockInput) -> AddPrizeStockResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        prize, merchant = needed_id("ltp", input.prize_id), viewer.merchant_id
        done = await lottery.add_stock(_secret(info), merchant, viewer.actor, prize, input.more, key, now())
        return answer(merchant, done)

    @strawberry.mutation(
        description="Ends a lottery early 提前结束, with a reason that everybody reads.",
        permission_classes=may("coupons.write"),
    )
    async def stop_lottery(self, info: AppInfo, input: StopLotteryInput) -> StopLotteryResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        which, merchant = needed_id("lot", input.lottery_id), viewer.merchant_id
        done = await lottery.stop(_secret(info), merchant, viewer.actor, which, input.reason, key, now())
        return answer(merchant, done)
