"""Types of the points lottery 积分抽奖: lotteries with their published odds, draws, reports, refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import strawberry

from backend import lottery, members, merchants
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import lottery_words, words
from schema.base import (
    MOST_SAFE,
    AppInfo,
    BasisPoints,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    Problem,
    Refusal,
    described,
    enumeration,
)
from schema.coupon_types import Coupon
from schema.mall_types import NOBODY, NotEnoughPoints
from schema.promotions import Channel
from schema.template_types import CouponTemplate

LotteryPrizeKind = enumeration(
    "LotteryPrizeKind",
    {
        "POINTS": "积分.",
        "COUPON": "优惠券.",
        "ARTICLE": "商品: one unit, by a coupon for it 兑换券.",
        "THANKS": "谢谢参与: nothing.",
    },
    "What a prize of a lottery is.",
)
LotteryState = enumeration(
    "LotteryState",
    {
        "UPCOMING": "未开始.",
        "OPEN": "进行中.",
        "SOLD_OUT": "有奖品已抽完: rests until staff add some, so that the published odds stay true.",
        "ENDED": "已结束.",
        "STOPPED": "提前结束, by staff, for good.",
    },
    "Where a lottery is in its life.",
)
LotteryMisfitBecause = enumeration(
    "LotteryMisfitBecause",
    {
        "LEVEL": "For other member levels.",
        "AGE": "Not for children 未满 14 周岁.",
        "STAFF": "Not for people of the merchant.",
    },
    "Why a lottery is not for somebody.",
)


@described
@strawberry.type
class LotteryPrize:
    """奖项 of a lottery.
    id: Opaque id.
    name: Name shown to people.
    kind: What it is.
    odds: Parts per million; those of one lottery add up to 1,000,000.
    odds_sentence: In words, e.g. 12.5%.
    points: Points that it gives; null for others.
    template: The coupon that it gives; null for others.
    emoji: A picture of the article; null for others.
    image_hue: Hue of the picture's background; null for others.
    worth_fen: What it is worth, as stated from the start, fen.
    stock: How many there are in all; null for 谢谢参与.
    won: How many were won.
    remaining: How many are left; null for 谢谢参与.
    """

    id: strawberry.ID
    name: str
    kind: LotteryPrizeKind  # type: ignore[valid-type]
    odds: int
    odds_sentence: str
    points: int | None
    template: CouponTemplate | None
    emoji: str | None
    image_hue: int | None
    worth_fen: Fen
    stock: int | None
    won: int
    remaining: int | None

    @staticmethod
    def of(p: lottery.PrizeInfo) -> LotteryPrize:
        return LotteryPrize(
            id=strawberry.ID(ids.encode("ltp", p.id)),
            name=p.name,
            kind=LotteryPrizeKind[p.kind.upper()],
            odds=p.odds,
            odds_sentence=lottery.percent(p.odds),
            points=p.points,
            template=CouponTemplate.of(p.template) if p.template else None,
            emoji=p.product.emoji if p.product else None,
            image_hue=p.product.image_hue if p.product else None,
            worth_fen=p.worth_fen,
            stock=p.stock,
            won=p.won,
            remaining=None if p.stock is None else p.stock - p.won,
        )


@described
@strawberry.type
class LotteryRule:
    """One paragraph of what is published about a lottery 活动规则, made from the machine rule.
    title: What it is about.
    text: The paragraph.
    """

    title: str
    text: str


@described
@strawberry.type
class LotteryWinner:
    """Somebody who won a prize worth more than 500 yuan 中奖公示.
    name: The first character of the name.
    prize_name: The prize.
    at: When.
    """

    name: str
    prize_name: str
    at: dt.datetime


@described
@strawberry.type
class Lottery:
    """积分抽奖: points for a chance, with published odds.
    id: Opaque id.
    name: Name shown to people.
    state: Where it is in its life.
    points: Points that a draw costs when it is not free.
    free_per_day: Free draws of one member on one day of the merchant's calendar.
    per_day: Most draws of one member on one day, free ones included.
    per_member: Most draws of one member in all; null without a limit.
    levels: Ids of the member levels it is for; empty means everybody.
    budget_fen: Most that all prizes together may be worth, fen; null without a limit.
    contact: How to reach whoever holds it.
    starts_at: First instant of drawing.
    ends_at: First instant without it.
    prizes: Prizes with their odds, in the order in which numbers stand for them.
    rules: All that is published about it.
    commitment: 承诺值: SHA-256 of the seed that decides every draw, shown before the first.
    seed: The seed, hexadecimal, once nothing more can be drawn: everybody can check every result; null before.
    odds_hash: Version of prizes and odds; each draw carries it.
    draws: Draws so far.
    stopped_at: When staff ended it early; null otherwise.
    stop_reason: Why; null otherwise.
    next_points: What the viewer's next draw costs; 0 for a free one.
    free_left_today: Free draws that the viewer has today; all of a day when anonymous.
    draws_left_today: Draws that the viewer has left today, by all limits.
    my_draws: Draws of the viewer so far.
    not_for_me: Why it is not for the viewer, in words; null when it is, or when anonymous.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    name: str
    state: LotteryState  # type: ignore[valid-type]
    points: int
    free_per_day: int
    per_day: int
    per_member: int | None
    levels: list[str]
    budget_fen: Fen | None
    contact: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    prizes: list[LotteryPrize]
    rules: list[LotteryRule]
    commitment: str
    seed: str | None
    odds_hash: str
    draws: int
    stopped_at: dt.datetime | None
    stop_reason: str | None
    next_points: int
    free_left_today: int
    draws_left_today: int
    my_draws: int
    not_for_me: str | None
    server_time: dt.datetime
    key: strawberry.Private[Any]

    @strawberry.field(description="Newest winners of prizes worth more than 500 yuan, twenty at most.")
    async def winners(self, info: AppInfo) -> list[LotteryWinner]:
        merchant, lottery_id = self.key
        found = await lottery.winners(merchant, lottery_id)
        people = await members.many(merchant, [w.member_id for w in found])
        return [
            LotteryWinner(name=members.masked_name(people[w.member_id].nickname), prize_name=w.prize_name, at=w.at)
            for w in found
        ]

    @staticmethod
    def of(merchant: Any, i: lottery.LotteryInfo) -> Lottery:
        left = i.per_day - i.mine.today
        return Lottery(
            id=strawberry.ID(ids.encode("lot", i.id)),
            name=i.name,
            state=LotteryState[i.state],
            points=i.points,
            free_per_day=i.free_per_day,
            per_day=i.per_day,
            per_member=i.per_member,
            levels=list(i.levels),
            budget_fen=i.budget_fen,
            contact=i.contact,
            starts_at=i.starts_at,
            ends_at=i.ends_at,
            prizes=[LotteryPrize.of(p) for p in i.prizes],
            rules=[LotteryRule(title=title, text=text) for title, text in lottery_words.rules(i)],
            commitment=i.commitment,
            seed=i.seed,
            odds_hash=i.odds_hash,
            draws=i.draws,
            stopped_at=i.stopped_at,
            stop_reason=i.stop_reason,
            next_points=i.next_points,
            free_left_today=max(0, i.free_per_day - i.mine.free_today),
            draws_left_today=max(0, left if i.per_member is None else min(left, i.per_member - i.mine.drawn)),
            my_draws=i.mine.drawn,
            not_for_me=lottery_words.not_for(i.mine.misfit.because, i.mine.misfit.needs) if i.mine.misfit else None,
            server_time=now(),
            key=(merchant, i.id),
        )


@described
@strawberry.type
class LotteryDraw:
    """抽奖记录: one draw and what it gave.
    id: Opaque id.
    lottery_id: The lottery.
    lottery_name: Its name.
    n: Which draw of the lottery it was, from 1 without a gap.
    points: Points that it cost; 0 for a free one.
    nonce: What the customer's device put into the number: the idempotency key of the tap.
    drawn: The number that was drawn, 0–999,999.
    prize_id: The prize.
    prize_name: Its name.
    kind: What it is.
    position: Place of the prize among those of the lottery, from 0.
    won_points: Points that were won; null for others.
    coupon: The coupon that was won; null for others.
    member_id: Who drew.
    member_name: Name and member code, for staff who read members; null for others.
    at: When.
    """

    id: strawberry.ID
    lottery_id: strawberry.ID
    lottery_name: str
    n: int
    points: int
    nonce: str
    drawn: int
    prize_id: strawberry.ID
    prize_name: str
    kind: LotteryPrizeKind  # type: ignore[valid-type]
    position: int
    won_points: int | None
    coupon: Coupon | None
    member_id: strawberry.ID
    at: dt.datetime
    member_name: str | None

    @staticmethod
    def of(d: lottery.DrawInfo, names: Mapping[UUID, str] = NOBODY) -> LotteryDraw:
        return LotteryDraw(
            id=strawberry.ID(ids.encode("ltd", d.id)),
            lottery_id=strawberry.ID(ids.encode("lot", d.lottery_id)),
            lottery_name=d.lottery_name,
            n=d.n,
            points=d.points,
            nonce=d.nonce,
            drawn=d.drawn,
            prize_id=strawberry.ID(ids.encode("ltp", d.prize_id)),
            prize_name=d.prize_name,
            kind=LotteryPrizeKind[d.kind.upper()],
            position=d.position,
            won_points=d.won_points,
            coupon=Coupon.of(d.coupon) if d.coupon else None,
            member_id=strawberry.ID(ids.encode("mem", d.member_id)),
            at=d.at,
            member_name=names.get(d.member_id),
        )


@described
@strawberry.type
class LotteryDrawConnection:
    """A page of draws, newest first.
    nodes: The draws.
    page_info: Where the page ends.
    """

    nodes: list[LotteryDraw]
    page_info: PageInfo


@described
@strawberry.type
class LotteryConnection:
    """A page of lotteries, newest first.
    nodes: The lotteries.
    page_info: Where the page ends.
    """

    nodes: list[Lottery]
    page_info: PageInfo


MOST_INT = 2**31 - 1


def _shown(figure: int, most: int = MOST_INT) -> int:
    """A figure of a plan as far as GraphQL carries it: what was typed may be absurd, and the problems beside it say so."""
    return max(-most, min(most, figure))


@described
@strawberry.type
class LotteryPlan:
    """What a lottery would be, before it is made.
    problems: Everything that stands in the way, each with its place.
    odds: Odds of all prizes in parts per million; 1,000,000 is whole.
    worth_fen: What each prize is worth, fen, in order.
    cost_of1000_fen: What a thousand draws give on average, fen.
    points_of1000: Points that a thousand draws take when none is free.
    points_of1000_fen: What these points are worth, fen.
    most_fen: What all prizes together are worth, fen.
    draws_until_gone: After about so many draws the first prize has run out and the lottery rests.
    warning: That a draw gives more on average than its points are worth, in words; null when it does not. It stands in no way.
    """

    problems: list[Problem]
    odds: int
    worth_fen: list[Fen]
    cost_of1000_fen: Fen
    points_of1000: int
    points_of1000_fen: Fen
    most_fen: Fen
    draws_until_gone: int
    warning: str | None

    @staticmethod
    def of(p: lottery.Plan) -> LotteryPlan:
        return LotteryPlan(
            problems=[Problem(path=x.path, message=x.message) for x in p.problems],
            odds=_shown(p.odds),
            worth_fen=[_shown(fen, MOST_SAFE) for fen in p.worth],
            cost_of1000_fen=_shown(p.cost_fen, MOST_SAFE),
            points_of1000=_shown(p.points),
            points_of1000_fen=_shown(p.points_fen, MOST_SAFE),
            most_fen=_shown(p.most_fen, MOST_SAFE),
            draws_until_gone=_shown(p.draws_until_gone),
            warning=lottery_words.plan_warning(p.cost_fen, p.points_fen),
        )


@described
@strawberry.type
class LotteryOutcome:
    """How often a prize was won.
    prize_id: The prize.
    name: Its name.
    odds: Its odds, parts per million.
    won: How often it was won.
    won_odds: Its share of all draws so far, parts per million; 0 without draws.
    expected_milli: How often its odds let one expect, in thousandths.
    stock: How many there are in all; null for 谢谢参与.
    given_fen: What was given of it, fen.
    """

    prize_id: strawberry.ID
    name: str
    odds: int
    won: int
    won_odds: int
    expected_milli: int
    stock: int | None
    given_fen: Fen


@described
@strawberry.type
class LotteryChannel:
    """Draws through one channel.
    channel: The channel.
    draws: Draws.
    members: How many members drew there.
    """

    channel: Channel  # type: ignore[valid-type]
    draws: int
    members: int


@described
@strawberry.type
class LotterySource:
    """Draws of a lottery by where they were made.
    channel: The channel.
    store_name: The store that was chosen; null when none was.
    draws: Draws.
    members: How many members drew there.
    """

    channel: Channel  # type: ignore[valid-type]
    store_name: str | None
    draws: int
    members: int


@described
@strawberry.type
class LotteryDay:
    """Draws of a lottery on one day.
    day: The day, of the merchant's calendar.
    draws: Draws.
    members: How many members drew on it.
    """

    day: dt.date
    draws: int
    members: int


@described
@strawberry.type
class LotteryReport:
    """What a lottery took and gave so far.
    draws: Draws.
    free_draws: Those that were free.
    members: How many members drew.
    points: Points that were taken.
    given_fen: What was given, fen.
    outcomes: By prize.
    channels: By channel, the most first.
    fit_p_bp: How often chance alone would differ from the odds at least as much, in hundredths of a per cent (chi-square); null with too few draws to tell.
    """

    draws: int
    free_draws: int
    members: int
    points: int
    given_fen: Fen
    outcomes: list[LotteryOutcome]
    channels: list[LotteryChannel]
    fit_p_bp: BasisPoints | None
    merchant: strawberry.Private[UUID]
    lottery_id: strawberry.Private[UUID]

    @strawberry.field(description="Where it was drawn, by channel and store, the most first.")
    async def sources(self) -> list[LotterySource]:
        names = {store.id: store.name for store in await merchants.stores(self.merchant)}
        return [
            LotterySource(
                channel=Channel[s.channel.upper()],
                store_name=names.get(s.store_id) if s.store_id else None,
                draws=s.draws,
                members=s.members,
            )
            for s in await lottery.draw_sources(self.merchant, self.lottery_id)
        ]

    @strawberry.field(description="Days on which it was drawn, the newest first, a hundred at most.")
    async def days(self) -> list[LotteryDay]:
        found = await lottery.draw_days(self.merchant, self.lottery_id)
        return [LotteryDay(day=d.day, draws=d.draws, members=d.members) for d in found]

    @staticmethod
    def of(r: lottery.Report, merchant: UUID) -> LotteryReport:
        return LotteryReport(
            merchant=merchant,
            lottery_id=r.lottery.id,
            draws=r.draws,
            free_draws=r.free,
            members=r.members,
            points=r.points,
            given_fen=r.given_fen,
            fit_p_bp=None if r.fit.p is None else round(r.fit.p * 10_000),
            channels=[
                LotteryChannel(channel=Channel[channel.upper()], draws=draws, members=people)
                for channel, draws, people in r.channels
            ],
            outcomes=[
                LotteryOutcome(
                    prize_id=strawberry.ID(ids.encode("ltp", o.prize_id)),
                    name=o.name,
                    odds=o.odds,
                    won=o.won,
                    won_odds=o.won * lottery.WHOLE // r.draws if r.draws else 0,
                    expected_milli=o.expected_milli,
                    stock=o.stock,
                    given_fen=o.given_fen,
                )
                for o in r.outcomes
            ],
        )


@described
@strawberry.type
class DrawLimitReached(Refusal):
    """The member drew as often as one may.
    limit: Most draws of one member.
    drawn: How often the member drew.
    resets_at: Next midnight of the merchant's calendar for a limit of the day; null for the limit in all.
    """

    limit: int
    drawn: int
    resets_at: dt.datetime | None


@described
@strawberry.type
class LotteryNotOpen(Refusal):
    """Nobody can draw at this moment.
    opens_at: First instant of drawing.
    closes_at: First instant without it.
    ended: Whether it is over for good.
    """

    opens_at: dt.datetime
    closes_at: dt.datetime
    ended: bool


@described
@strawberry.type
class LotterySoldOut(Refusal):
    """A prize has run out, so that the published odds would not be true any more; nobody draws until staff add some.
    prize_name: The prize.
    """

    prize_name: str


@described
@strawberry.type
class LotteryNotForYou(Refusal):
    """The lottery is for others.
    because: The condition that fails.
    for_whom: Names of the levels that it is for, or the least age; empty for people of the merchant.
    """

    because: LotteryMisfitBecause  # type: ignore[valid-type]
    for_whom: list[str]


@described
@strawberry.type
class DrawPriceChanged(Refusal):
    """The draw costs other than what was confirmed; nothing was drawn.
    seen_points: What was confirmed.
    points: What the viewer's next draw costs now.
    """

    seen_points: int
    points: int


@described
@strawberry.type
class LotteryOver(Refusal):
    """It has ended or was stopped; nothing about it changes any more."""


def answer(merchant: Any, result: Any) -> Any:
    """What the lottery says, as a customer or an operator reads it."""
    match result:
        case lottery.LotteryInfo():
            return Lottery.of(merchant, result)
        case lottery.Drawn(draw=done):
            return LotteryDraw.of(done)
        case lottery.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case lottery.LotteryMissing():
            return NotFound.make("没有这个抽奖活动")
        case lottery.LotteryOver():
            return LotteryOver(code="LotteryOver", message="活动已结束，不能再改")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    return refusal(result)


def refusal(result: Any) -> Refusal:
    match result:
        case lottery.TooFewPoints(needs=needs, has=has, short_by=short):
            text = f"还差 {short} 积分：抽一次需要 {needs}，您有 {has}"
            return NotEnoughPoints(code="NotEnoughPoints", message=text, needs=needs, has=has, short_by=short)
        case lottery.DrawLimitReached(limit=limit, drawn=drawn, resets_at=resets):
            each = f"每人每天最多抽 {limit} 次" if resets else f"每人最多抽 {limit} 次"
            text = f"{each}，您已抽 {drawn} 次" + (f"，{words.moment(resets)} 后可再抽" if resets else "")
            return DrawLimitReached(code="DrawLimitReached", message=text, limit=limit, drawn=drawn, resets_at=resets)
        case lottery.LotteryNotOpen(opens_at=opens, closes_at=closes, ended=ended):
            text = "抽奖已结束" if ended else f"{words.moment(opens)} 开始抽奖"
            return LotteryNotOpen(code="LotteryNotOpen", message=text, opens_at=opens, closes_at=closes, ended=ended)
        case lottery.LotterySoldOut(prize=prize):
            text = f"「{prize}」已抽完，抽奖暂停；没有扣您的积分"
            return LotterySoldOut(code="LotterySoldOut", message=text, prize_name=prize)
        case lottery.LotteryNotForYou(because=because, needs=needs):
            return LotteryNotForYou(
                code="LotteryNotForYou",
                message=lottery_words.not_for(because, needs),
                because=LotteryMisfitBecause[because],
                for_whom=list(needs),
            )
        case lottery.DrawPriceChanged(seen=seen, points=points):
            text = f"这次要用 {points} 积分，请确认后再抽" if points else "这次免费，请再点一次"
            return DrawPriceChanged(code="DrawPriceChanged", message=text, seen_points=seen, points=points)
    raise TypeError(f"unknown result {result!r}")
