"""Types of coupons in somebody's hand: where each is in its life, how it came, its history."""

from __future__ import annotations

import datetime as dt

import strawberry

from backend import coupons
from backend.kit import ids
from schema.actors import told_by
from schema.base import AppInfo, PageInfo, described
from schema.coupon_kinds import CouponState
from schema.promotions import Channel
from schema.template_types import CouponTemplate


@described
@strawberry.type
class DropExtra:
    """What one gets beside the coupon of a drop, in the same act: all or nothing 另送.
    points: Points 积分; 0 means none.
    gift: A coupon for one unit of an article 兑换券; null means none.
    sentence: In words, e.g. 另送 50 积分、虾滑兑换券 1 张.
    """

    points: int
    gift: CouponTemplate | None
    sentence: str

    @staticmethod
    def of(extra: coupons.Extra | None) -> DropExtra | None:
        if extra is None:
            return None
        parts = [f"{extra.points} 积分"] if extra.points else []
        parts += [f"{extra.gift.name} 1 张"] if extra.gift else []
        return DropExtra(
            points=extra.points,
            gift=CouponTemplate.of(extra.gift) if extra.gift else None,
            sentence=f"另送 {'、'.join(parts)}",
        )


@described
@strawberry.type
class CouponMove:
    """One step of a coupon's life.
    before: Where it was; null for the first step.
    after: Where it went.
    at: When.
    why: In words.
    by: By whom, in words; staff are named to staff alone.
    note: What staff wrote; null otherwise.
    order_id: The order, where there is one.
    channel: The channel, where it is known.
    store_id: The store, where it is known.
    """

    before: CouponState | None  # type: ignore[valid-type]
    after: CouponState  # type: ignore[valid-type]
    at: dt.datetime
    why: str
    by: str
    note: str | None
    order_id: strawberry.ID | None
    channel: Channel | None  # type: ignore[valid-type]
    store_id: strawberry.ID | None

    @staticmethod
    def of(m: coupons.MoveInfo, by: str) -> CouponMove:
        return CouponMove(
            before=CouponState[m.before.upper()] if m.before else None,
            after=CouponState[m.after.upper()],
            at=m.at,
            why=WHY.get((m.reason, m.after)) or WHY.get((m.reason, "")) or m.reason,
            by=by,
            note=m.note,
            order_id=strawberry.ID(ids.encode("ord", m.order_id)) if m.order_id else None,
            channel=Channel[m.channel.upper()] if m.channel else None,
            store_id=strawberry.ID(ids.encode("sto", m.store_id)) if m.store_id else None,
        )


WHY = {
    ("claim", ""): "领取",
    ("link", ""): "专属链接领取",
    ("shared_code", ""): "口令领取",
    ("code", ""): "券码兑换",
    ("partner", ""): "合作方专享",
    ("staff", ""): "商家发放",
    ("birthday", ""): "生日礼券",
    ("joining", ""): "入会礼券",
    ("level", ""): "升级礼券",
    ("monthly", ""): "每月礼券",
    ("lifecycle", ""): "商家关怀",
    ("gift", ""): "领券另送",
    ("mall", ""): "积分兑换",
    ("mall_void", ""): "兑换作废",
    ("lottery", ""): "积分抽奖",
    ("compensation", ""): "客服补偿",
    ("earn", ""): "订单完成返券",
    ("claw_back", ""): "退款收回",
    ("place", ""): "下单锁定",
    ("pay", ""): "付款使用",
    ("cancel", "released"): "订单取消",
    ("cancel", "issued"): "退回卡包",
    ("refund", "returned"): "退款退回",
    ("refund", "issued"): "退回卡包",
    ("schedule", ""): "到期",
    ("void", ""): "商家作废",
}


@described
@strawberry.type
class Coupon:
    """券: one in a member's hand.
    id: Opaque id.
    code: 12 characters; the last one checks the others.
    template: What it is.
    state: Where it is in its life, exact at this moment.
    source: How it was had, in words.
    claimed_at: When it came into the account.
    valid_from: First instant at which it may be used.
    expires_at: First instant at which it may be used no more.
    order_id: The order that holds or used it.
    """

    id: strawberry.ID
    code: str
    template: CouponTemplate
    state: CouponState  # type: ignore[valid-type]
    source: str
    claimed_at: dt.datetime
    valid_from: dt.datetime
    expires_at: dt.datetime
    order_id: strawberry.ID | None
    info: strawberry.Private[coupons.CouponInfo]

    @strawberry.field(description="Its life, oldest step first.")
    async def moves(self, info: AppInfo) -> list[CouponMove]:
        viewer = info.context.viewer
        assert viewer is not None
        steps = await coupons.moves(viewer.merchant_id, self.info.id)
        by = await told_by(info, [m.actor for m in steps], self.info.member_id)
        return [CouponMove.of(m, who) for m, who in zip(steps, by, strict=True)]

    @strawberry.field(description="What its drop gave beside it, in the same act; null means nothing.")
    async def extra(self, info: AppInfo) -> DropExtra | None:
        viewer = info.context.viewer
        if viewer is None or self.info.drop_id is None:
            return None
        return DropExtra.of(await coupons.extra_of(viewer.merchant_id, self.info.drop_id))

    @staticmethod
    def of(c: coupons.CouponInfo) -> Coupon:
        return Coupon(
            id=strawberry.ID(ids.encode("cpn", c.id)),
            code=c.code,
            template=CouponTemplate.of(c.template),
            state=CouponState[c.state.upper()],
            source=WHY.get((c.source, ""), c.source),
            claimed_at=c.claimed_at,
            valid_from=c.valid_from,
            expires_at=c.expires_at,
            order_id=strawberry.ID(ids.encode("ord", c.order_id)) if c.order_id else None,
            info=c,
        )


@described
@strawberry.type
class CouponConnection:
    """A page of coupons, newest first.
    nodes: The coupons.
    page_info: Where the page ends.
    """

    nodes: list[Coupon]
    page_info: PageInfo
