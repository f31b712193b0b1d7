"""Types of drops: how they look, for whom they are, why a claim is refused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import strawberry

from backend import coupons, members, merchants
from backend.kit import ids
from backend.kit.clock import now
from schema import words
from schema.base import AppInfo, PageInfo, Refusal, described, merchant_id
from schema.coupon_kinds import CouponAccess, CouponDropState, CouponPlacement, NotForYouBecause, SoldOutOf
from schema.coupon_types import DropExtra
from schema.lifecycle import LifecycleState, RfmTier
from schema.promotions import Channel
from schema.template_types import CouponTemplate


@described
@strawberry.type
class DropBatch:
    """分时段放量: a share of a drop that opens at an instant.
    opens_at: When it opens.
    share: Coupons of this batch.
    issued: Coupons given while it was the newest open one.
    """

    opens_at: dt.datetime
    share: int
    issued: int


@described
@strawberry.type
class DropAudience:
    """For whom a drop is 人群; every condition that is named must hold.
    levels: Member levels, any of them.
    tags: Customer tags, any of them.
    customer: NEW_ONLY, RETURNING_ONLY, or null for both.
    regions: Region paths of the store in which one claims, any of them.
    home_store_ids: Home stores of members, any of them.
    lifecycles: States of the life cycle, any of them.
    rfm_tiers: RFM tiers, any of them.
    follows: Whether one must follow the official account 关注公众号.
    in_group: Whether one must be in a customers' group 入群.
    picked_up: Whether one must have picked up a group order 团购提货.
    sentence: In words for customers; 所有人 when nothing is named.
    """

    levels: list[str]
    tags: list[str]
    customer: NotForYouBecause | None  # type: ignore[valid-type]
    regions: list[str]
    home_store_ids: list[strawberry.ID]
    lifecycles: list[LifecycleState]  # type: ignore[valid-type]
    rfm_tiers: list[RfmTier]  # type: ignore[valid-type]
    follows: bool
    in_group: bool
    picked_up: bool
    sentence: str


@described
@strawberry.type
class DropMisfit:
    """Why a drop is not for the viewer.
    because: The condition that fails.
    message: In words.
    """

    because: NotForYouBecause  # type: ignore[valid-type]
    message: str


@described
@strawberry.type
class DropTier:
    """One tier of a drop 分档: the first that fits is what one gets.
    position: From 1, in the order in which they are tried.
    label: For whom, in a few words 新客, 老客.
    template: What they get.
    """

    position: int
    label: str
    template: CouponTemplate


@described
@strawberry.type
class CouponDrop:
    """领券活动: how a template is given out.
    id: Opaque id.
    name: Name shown to people.
    template: What is given; of a drop with tiers, what the viewer gets (the first tier, where nothing is known of the viewer).
    starts_at: First instant of the claim window.
    ends_at: End of the claim window.
    total: Coupons to give in all.
    issued: Coupons given.
    remaining: Coupons left of the total.
    available_now: Coupons that may be claimed at this moment: of the total, the open timed batches and the budget.
    next_batch_at: When the next timed batch opens; null without one.
    batches: Timed batches, oldest first; empty when all open at once.
    carry: Whether what a batch leaves goes to the next.
    extra: What one gets beside the coupon; null means nothing.
    redeemed: Coupons used in paid orders.
    per_member: Most that one member may claim.
    per_day: Most that one member may claim on one day of the merchant's calendar; null without a limit.
    state: Where it is in its life.
    access: How its coupons are had.
    placements: Where it is shown.
    channels: Channels in which it is given out; empty means all.
    claimed_by_me: How many the viewer has claimed; 0 when anonymous.
    claimed_by_me_today: How many of them today, in the merchant's time zone; counted when there is a daily limit.
    not_for_me: Why the viewer cannot claim it, as far as that is known before the claim; null otherwise.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    name: str
    template: CouponTemplate
    starts_at: dt.datetime
    ends_at: dt.datetime
    total: int
    issued: int
    remaining: int
    available_now: int
    next_batch_at: dt.datetime | None
    batches: list[DropBatch]
    carry: bool
    extra: DropExtra | None
    redeemed: int
    per_member: int
    per_day: int | None
    state: CouponDropState  # type: ignore[valid-type]
    access: CouponAccess  # type: ignore[valid-type]
    placements: list[CouponPlacement]  # type: ignore[valid-type]
    channels: list[Channel]  # type: ignore[valid-type]
    claimed_by_me: int
    claimed_by_me_today: int
    not_for_me: DropMisfit | None
    server_time: dt.datetime
    info: strawberry.Private[coupons.DropInfo]

    @staticmethod
    def of(d: coupons.DropInfo, misfit: DropMisfit | None = None) -> CouponDrop:
        return CouponDrop(
            id=strawberry.ID(ids.encode("drp", d.id)),
            name=d.name,
            template=CouponTemplate.of(d.template),
            starts_at=d.starts_at,
            ends_at=d.ends_at,
            total=d.total,
            issued=d.issued,
            remaining=d.total - d.issued,
            available_now=d.left.room,
            next_batch_at=d.left.next_batch_at,
            batches=[DropBatch(opens_at=b.opens_at, share=b.share, issued=b.issued) for b in d.batches],
            carry=d.carry,
            extra=DropExtra.of(d.extra),
            redeemed=d.redeemed,
            per_member=d.per_member,
            per_day=d.per_day,
            state=CouponDropState[d.state],
            access=CouponAccess[d.access.upper()],
            placements=[CouponPlacement[p.upper()] for p in d.placements],
            channels=[Channel[c.upper()] for c in d.channels],
            claimed_by_me=d.held_by_me,
            claimed_by_me_today=d.held_today,
            not_for_me=misfit,
            server_time=now(),
            info=d,
        )

    @staticmethod
    async def seen(merchant: uuid.UUID, d: coupons.DropInfo, why: coupons.Misfit | None) -> CouponDrop:
        """As its viewer sees it."""
        return CouponDrop.of(d, await misfit_of(merchant, why))

    @strawberry.field(description="分档, in the order in which they are tried; empty when everybody gets the same.")
    async def tiers(self, info: AppInfo) -> list[DropTier]:
        return await tiers_of(merchant_id(info), self.info, staff=_staff(info))

    @strawberry.field(description="The tier that `template` is of; null when everybody gets the same.")
    async def tier(self, info: AppInfo) -> DropTier | None:
        found = await tiers_of(merchant_id(info), self.info, staff=_staff(info)) if self.info.tier else []
        return next((tier for tier in found if tier.position == self.info.tier), None)


def _staff(info: AppInfo) -> bool:
    viewer = info.context.viewer
    return viewer is not None and viewer.may("coupons.read")


async def tiers_of(merchant: uuid.UUID, d: coupons.DropInfo, *, staff: bool) -> list[DropTier]:
    """The tiers of a drop, named; who is left over after the new customers has ordered before. What a shop calls its customers (tags)
    is read by its staff alone."""
    new = any(t.audience == coupons.Audience(customer="new") for t in d.tiers)
    rest = "老客" if new else "其他顾客"
    return [
        DropTier(
            position=t.position,
            label=(await audience_of(merchant, t.audience, staff=staff)).sentence
            if t.audience != coupons.Audience()
            else rest,
            template=CouponTemplate.of(t.template),
        )
        for t in d.tiers
    ]


async def misfit_of(merchant: uuid.UUID, found: coupons.Misfit | coupons.NotForYou | None) -> DropMisfit | None:
    """Why not, in words."""
    if found is None:
        return None
    stores = {str(store.id): store.name for store in await merchants.stores(merchant)}
    levels = await members.level_names(merchant)
    needs = "、".join(_named(found.because, need, stores, levels) for need in found.needs)
    match found.because:
        case "CHANNEL":
            text = f"这张券请到{needs}领取"
        case "LEVEL":
            text = f"仅限{needs}领取，您是{levels.get(found.has[0], found.has[0])}"
        case "TAG":
            text = "这张券发给特定顾客，您暂不在名单内"
        case "NEW_ONLY":
            text = "新客专享，您已下过单"
        case "RETURNING_ONLY":
            text = "老客专享，完成首单后可领"
        case "REGION":
            text = f"仅限{needs}的门店，请切换门店后再领"
        case "STORE":
            text = f"仅限{needs}的会员领取"
        case "LIFECYCLE" | "RFM_TIER":
            text = "这张券发给特定顾客，您暂不在名单内"
        case "NOT_FOLLOWING":
            name = (await merchants.get(merchant)).name
            text = f"关注公众号「{name}」后可领：在微信里搜“{name}”，点关注，再回来领"
        case "NOT_IN_GROUP":
            text = "加入顾客群后可领：到店扫群二维码，或请店员拉您进群，再回来领"
        case "NOT_PICKED_UP":
            text = "团购提货后可领：参加团购，到店提货，再回来领"
    return DropMisfit(because=NotForYouBecause[found.because], message=text)


CHANNEL_NAMES = {"miniapp": "小程序", "h5": "网页", "app": "App", "mall": "网上商城", "pos": "门店收银台"}


def _named(because: str, need: str, stores: Mapping[str, str], levels: Mapping[str, str]) -> str:
    match because:
        case "CHANNEL":
            return CHANNEL_NAMES.get(need, need)
        case "LEVEL":
            return levels.get(need, need)
        case "STORE":
            return stores.get(need, "指定门店")
    return need


async def audience_of(merchant: uuid.UUID, a: coupons.Audience, *, staff: bool = True) -> DropAudience:
    stores = {str(store.id): store.name for store in await merchants.stores(merchant)}
    levels = await members.level_names(merchant) if a.levels else {}
    parts = ["、".join(levels.get(level, level) for level in a.levels)]
    parts.append({"new": "新客", "returning": "老客", None: ""}[a.customer])
    parts.append(f"标签：{'、'.join(a.tags)}" if a.tags and staff else "")
    parts.append(f"{'、'.join(a.regions)} 的门店" if a.regions else "")
    parts.append(f"归属 {'、'.join(stores.get(s, '已撤门店') for s in a.home_stores)}" if a.home_stores else "")
    parts.append("关注公众号" if a.follows else "")
    parts.append("已入群" if a.in_group else "")
    parts.append("提过团购" if a.picked_up else "")
    hidden = a.lifecycles or a.rfm_tiers or (a.tags and not staff)
    parts.append("特定顾客" if hidden else "")  # nobody is told that they count as lost
    customer = {"new": "NEW_ONLY", "returning": "RETURNING_ONLY"}.get(a.customer or "")
    return DropAudience(
        levels=list(a.levels),
        tags=list(a.tags),
        customer=NotForYouBecause[customer] if customer else None,
        regions=list(a.regions),
        home_store_ids=[strawberry.ID(ids.encode("sto", uuid.UUID(s))) for s in a.home_stores],
        lifecycles=[LifecycleState[x.upper()] for x in a.lifecycles],
        rfm_tiers=[RfmTier[x.upper()] for x in a.rfm_tiers],
        follows=a.follows,
        in_group=a.in_group,
        picked_up=a.picked_up,
        sentence="，".join(part for part in parts if part) or "所有人",
    )


@described
@strawberry.type
class CouponCentre:
    """领券中心 for the viewer, here and now.
    claimable: 可领: open now (or soon) and not yet at the viewer's limit; those for others come last, with the reason.
    claimed: 已领: the viewer has as many as allowed.
    gone: 失效: sold out, or ended within the last week.
    server_time: The server's clock, for countdowns.
    """

    claimable: list[CouponDrop]
    claimed: list[CouponDrop]
    gone: list[CouponDrop]
    server_time: dt.datetime


@described
@strawberry.type
class CouponDropConnection:
    """A page of drops, newest first.
    nodes: The drops.
    page_info: Where the page ends.
    total_count: How many there are in all.
    """

    nodes: list[CouponDrop]
    page_info: PageInfo
    total_count: int


@described
@strawberry.type
class CouponSoldOut(Refusal):
    """There is nothing left to claim at this moment.
    total: How many there are in all.
    used_up: What is used up.
    next_batch_at: When more can be claimed; null when no more come.
    """

    total: int
    used_up: SoldOutOf  # type: ignore[valid-type]
    next_batch_at: dt.datetime | None


@described
@strawberry.type
class ClaimLimitReached(Refusal):
    """The member has as many as the drop allows.
    limit: Most that one member may claim.
    held: How many the member has claimed.
    """

    limit: int
    held: int


@described
@strawberry.type
class DailyLimitReached(Refusal):
    """The member has as many as the drop allows on one day.
    limit: Most that one member may claim on one day.
    held: How many the member has claimed today.
    resets_at: Next midnight in the merchant's time zone.
    """

    limit: int
    held: int
    resets_at: dt.datetime


@described
@strawberry.type
class NotForYou(Refusal):
    """The drop is for others.
    because: The condition that fails.
    needs: What it asks for.
    """

    because: NotForYouBecause  # type: ignore[valid-type]
    needs: list[str]


@described
@strawberry.type
class DropNotOpen(Refusal):
    """The drop cannot be claimed at this moment.
    opens_at: First instant of the claim window.
    closes_at: End of the claim window.
    ended: Whether it is over for good.
    """

    opens_at: dt.datetime
    closes_at: dt.datetime
    ended: bool


DropRefusal = CouponSoldOut | ClaimLimitReached | DailyLimitReached | NotForYou | DropNotOpen
"""Why a drop gives no coupon, whichever way it was asked for one."""


async def claim_refusal(merchant: uuid.UUID, result: coupons.ClaimResult) -> Refusal | None:
    """Why a claim was refused, as a customer reads it; None for a coupon and what is not a refusal of the drop."""
    match result:
        case coupons.CouponSoldOut(total=total, because=because, next_batch_at=opens):
            gone = {"TOTAL": f"{total} 张已全部领完", "BATCH": "各批都已领完", "BUDGET": "活动的预算已经发完"}[because]
            text = f"本批已领完，{words.moment(opens)} 放出下一批" if opens else f"{gone}，看看别的券吧"
            return CouponSoldOut(
                code="CouponSoldOut",
                message=text,
                total=total,
                used_up=SoldOutOf[because],
                next_batch_at=opens,
            )
        case coupons.ClaimLimitReached(limit=limit, held=held):
            text = f"每人限领 {limit} 张，您已领 {held} 张"
            return ClaimLimitReached(code="ClaimLimitReached", message=text, limit=limit, held=held)
        case coupons.DailyLimitReached(limit=limit, held=held, resets_at=resets):
            text = f"每人每天限领 {limit} 张，您今天已领 {held} 张，{words.moment(resets)} 后可再领"
            return DailyLimitReached(code="DailyLimitReached", message=text, limit=limit, held=held, resets_at=resets)
        case coupons.NotForYou():
            misfit = await misfit_of(merchant, result)
            assert misfit is not None
            return NotForYou(code="NotForYou", message=misfit.message, because=misfit.because, needs=list(result.needs))
        case coupons.DropNotOpen(opens_at=opens_at, closes_at=closes, ended=ended):
            over = ended or now() >= closes
            text = "活动已结束" if over else f"{words.moment(opens_at)} 开抢，请稍后再来"
            return DropNotOpen(code="DropNotOpen", message=text, opens_at=opens_at, closes_at=closes, ended=over)
    return None
