"""Types of coupons: how templates, drops and coupons look."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import orjson
import strawberry

from backend import coupons, members, merchants, offers, pricing
from backend.kit import ids
from backend.kit.clock import now
from schema import words
from schema.base import AppInfo, BasisPoints, Fen, PageInfo, Refusal, described, enumeration, shop
from schema.bearing import BearingShare, shown
from schema.lifecycle import LifecycleState, RfmTier
from schema.promotions import Channel

CouponState = enumeration(
    "CouponState",
    {
        "ISSUED": "未使用.",
        "LOCKED": "Held by an order 使用中.",
        "REDEEMED": "已使用.",
        "RELEASED": "Let go by an order that was cancelled 已释放; a step of its history, at once ISSUED again.",
        "EXPIRED": "已过期.",
        "RETURNED": "已退还, with a refund; a step of its history, at once ISSUED again.",
        "VOIDED": "已作废.",
    },
    "Where a coupon is in its life.",
)
CouponKind = enumeration(
    "CouponKind",
    {
        "OFF": "满减: so many fen off.",
        "PERCENT": "折扣: a share is paid.",
        "EXCHANGE": "兑换: one unit of an article for nothing.",
        "SHIPPING": "运费: off the shipping fee, or all of it.",
    },
    "What a coupon gives.",
)
CouponDropState = enumeration(
    "CouponDropState",
    {
        "DRAFT": "草稿.",
        "UPCOMING": "未开始.",
        "OPEN": "领取中.",
        "NEXT_BATCH": "本批已领完, more come at nextBatchAt.",
        "SOLD_OUT": "已领完, of all or of the budget.",
        "ENDED": "已结束.",
    },
    "Where a drop is in its life.",
)
CouponAccess = enumeration(
    "CouponAccess",
    {
        "PUBLIC": "公开领取.",
        "LINK": "专属链接: whoever has the signed link.",
        "SHARED": "通用口令: one code for everybody.",
        "CODES": "一人一码: codes of a pool.",
        "STAFF": "人工发放: by staff alone.",
    },
    "How coupons of a drop are had 领取方式.",
)
CouponPlacement = enumeration(
    "CouponPlacement",
    {
        "HOME": "首页.",
        "PRODUCT": "商品页.",
        "CART": "购物车.",
        "CENTRE": "领券中心.",
        "POPUP": "弹窗.",
    },
    "Where a drop is shown 投放位置.",
)
NotForYouBecause = enumeration(
    "NotForYouBecause",
    {
        "CHANNEL": "Given out in other channels.",
        "LEVEL": "For other member levels.",
        "TAG": "For other customers.",
        "NEW_ONLY": "For customers before their first order 新客.",
        "RETURNING_ONLY": "For customers after their first order 老客.",
        "REGION": "For stores of another region.",
        "STORE": "For members of other home stores.",
        "LIFECYCLE": "For customers of another state 生命周期.",
        "RFM_TIER": "For customers of another RFM tier.",
    },
    "The condition of an audience that fails.",
)
SoldOutOf = enumeration(
    "SoldOutOf",
    {
        "TOTAL": "Every coupon is given out.",
        "BATCH": "Those of the present timed batch are given out.",
        "BUDGET": "The budget is promised.",
    },
    "What is used up.",
)
CouponReturnPolicy = enumeration(
    "CouponReturnPolicy",
    {"WHOLE": "整单退款时退回.", "NEVER": "使用后不退回."},
    "What becomes of a used coupon when its order is refunded (Q08).",
)


@described
@strawberry.type
class CouponFace:
    """How a coupon looks.
    kind: What it gives.
    off_fen: Fen off, for OFF and SHIPPING; null when SHIPPING is free of any fee.
    pay_bp: Share that is paid, for PERCENT.
    max_off_fen: Most that a PERCENT coupon takes off; null without a cap.
    min_fen: Threshold in fen; 0 means none 无门槛.
    sku: The article, for EXCHANGE.
    sku_name: Its name.
    sentence: In words, e.g. 满88减8.
    scope_sentence: Which goods, in words.
    stackable: Whether it may be used beside coupons of the ordinary group 可叠加.
    """

    kind: CouponKind  # type: ignore[valid-type]
    off_fen: Fen | None
    pay_bp: BasisPoints | None
    max_off_fen: Fen | None
    min_fen: Fen
    sku: str | None
    sku_name: str | None
    sentence: str
    scope_sentence: str
    stackable: bool

    @staticmethod
    def of(template: coupons.TemplateInfo) -> CouponFace:
        ((kind, content),) = template.content.items()

        def words_with(scope: Mapping[str, Any]) -> str:
            return words.rule(
                pricing.parse_coupon(
                    {"id": "face", "template": template.code, "content": dict(template.content), "scope": dict(scope)}
                ),
                template.sku_names,
            )

        face, whole = words_with({"all": True}), words_with(template.scope)
        sku = content.get("sku")
        return CouponFace(
            kind=CouponKind[kind.upper()],
            off_fen=content.get("off"),
            pay_bp=content.get("pay_bp"),
            max_off_fen=content.get("max_off"),
            min_fen=content.get("min", 0),
            sku=sku,
            sku_name=template.sku_names.get(sku, sku) if sku else None,
            sentence=face,
            scope_sentence=whole.removeprefix(face).strip("，") or "全部商品可用",
            stackable=template.group not in ("coupon", "shipping"),
        )


_shown: dict[bytes, CouponTemplate] = {}
MOST_SHOWN = 2_000


@described
@strawberry.type
class CouponTemplate:
    """券模板: what a coupon is.
    id: Opaque id.
    name: Name shown to people.
    face: How it looks.
    valid_from: First instant at which it may be used, for a fixed window.
    valid_until: First instant at which it may be used no more, for a fixed window.
    valid_hours: Hours after the claim, otherwise.
    valid_days: Days after the claim, to the end of the last of them, otherwise.
    next_day: Whether hours and days begin at midnight after the claim 次日生效.
    face_fen: Most fen that it takes off; null when the template alone does not say.
    return_policy: What becomes of it when its order is refunded.
    grace_days: Days after its end at which a refund still brings it back; null: the merchant's own rule.
    validity_sentence: When it may be used, in words.
    terms: Everything that limits it, in words, shown beside its face 使用说明.
    """

    id: strawberry.ID
    name: str
    face: CouponFace
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None
    valid_hours: int | None
    valid_days: int | None
    next_day: bool
    face_fen: Fen | None
    return_policy: CouponReturnPolicy  # type: ignore[valid-type]
    grace_days: int | None
    validity_sentence: str
    terms: list[str]
    shares: strawberry.Private[tuple[offers.Share, ...]]

    @strawberry.field(
        description="谁承担, who bears what it takes off; empty is the merchant alone, null when the viewer is a shopper.",
        permission_classes=shop(),
    )
    def bearing(self, info: AppInfo) -> list[BearingShare] | None:
        return shown(info, self.shares)

    @staticmethod
    def of(t: coupons.TemplateInfo) -> CouponTemplate:
        """Its words are found once for each content: a rush shows the same template a thousand times."""
        key = orjson.dumps(t, default=str)
        found = _shown.get(key)
        if found is None:
            if len(_shown) >= MOST_SHOWN:
                _shown.clear()
            found = _shown[key] = CouponTemplate._of(t)
        return found

    @staticmethod
    def _of(t: coupons.TemplateInfo) -> CouponTemplate:
        face, validity = CouponFace.of(t), validity_sentence(t.validity)
        returns = "整单退款且未过期时退回" if t.return_policy == "whole" else "使用后不退回"
        return CouponTemplate(
            id=strawberry.ID(ids.encode("tpl", t.id)),
            name=t.name,
            face=face,
            valid_from=t.validity.valid_from,
            valid_until=t.validity.valid_until,
            valid_hours=t.validity.hours,
            valid_days=t.validity.days,
            next_day=t.validity.next_day,
            face_fen=t.face_fen,
            return_policy=CouponReturnPolicy[t.return_policy.upper()],
            grace_days=t.grace_days,
            validity_sentence=validity,
            terms=[
                face.sentence,
                face.scope_sentence,
                validity,
                "可与其他券同用" if face.stackable else "每单限用一张，不与其他券同用",
                f"{returns}；不兑现、不找零",
            ],
            shares=t.bearing,
        )


def validity_sentence(v: coupons.Validity) -> str:
    """领取后 3 天内有效（至第 3 天 24:00）."""
    if v.valid_until is not None:
        since = f"{words.moment(v.valid_from)} 起" if v.valid_from else ""
        return f"{since}{words.moment(v.valid_until)} 前有效"
    if v.hours is not None:
        hours = f"{v.hours // 24}×24" if v.hours % 24 == 0 and v.hours > 24 else str(v.hours)
        return f"次日 0 点起 {hours} 小时内有效" if v.next_day else f"领取后 {hours} 小时内有效"
    return f"次日生效，有效 {v.days} 天" if v.next_day else f"领取后 {v.days} 天内有效（至第 {v.days} 天 24:00）"


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
    sentence: In words for customers; 所有人 when nothing is named.
    """

    levels: list[str]
    tags: list[str]
    customer: NotForYouBecause | None  # type: ignore[valid-type]
    regions: list[str]
    home_store_ids: list[strawberry.ID]
    lifecycles: list[LifecycleState]  # type: ignore[valid-type]
    rfm_tiers: list[RfmTier]  # type: ignore[valid-type]
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
class CouponDrop:
    """领券活动: how a template is given out.
    id: Opaque id.
    name: Name shown to people.
    template: What is given.
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


async def audience_of(merchant: uuid.UUID, a: coupons.Audience) -> DropAudience:
    stores = {str(store.id): store.name for store in await merchants.stores(merchant)}
    levels = await members.level_names(merchant) if a.levels else {}
    parts = ["、".join(levels.get(level, level) for level in a.levels)]
    parts.append({"new": "新客", "returning": "老客", None: ""}[a.customer])
    parts.append(f"标签：{'、'.join(a.tags)}" if a.tags else "")
    parts.append(f"{'、'.join(a.regions)} 的门店" if a.regions else "")
    parts.append(f"归属 {'、'.join(stores.get(s, '已撤门店') for s in a.home_stores)}" if a.home_stores else "")
    parts.append("特定顾客" if a.lifecycles or a.rfm_tiers else "")  # nobody is told that they count as lost
    customer = {"new": "NEW_ONLY", "returning": "RETURNING_ONLY"}.get(a.customer or "")
    return DropAudience(
        levels=list(a.levels),
        tags=list(a.tags),
        customer=NotForYouBecause[customer] if customer else None,
        regions=list(a.regions),
        home_store_ids=[strawberry.ID(ids.encode("sto", uuid.UUID(s))) for s in a.home_stores],
        lifecycles=[LifecycleState[x.upper()] for x in a.lifecycles],
        rfm_tiers=[RfmTier[x.upper()] for x in a.rfm_tiers],
        sentence="，".join(part for part in parts if part) or "所有人",
    )


@described
@strawberry.type
class CouponMove:
    """One step of a coupon's life.
    before: Where it was; null for the first step.
    after: Where it went.
    at: When.
    why: In words.
    note: What staff wrote; null otherwise.
    order_id: The order, where there is one.
    channel: The channel, where it is known.
    store_id: The store, where it is known.
    """

    before: CouponState | None  # type: ignore[valid-type]
    after: CouponState  # type: ignore[valid-type]
    at: dt.datetime
    why: str
    note: str | None
    order_id: strawberry.ID | None
    channel: Channel | None  # type: ignore[valid-type]
    store_id: strawberry.ID | None

    @staticmethod
    def of(m: coupons.MoveInfo) -> CouponMove:
        return CouponMove(
            before=CouponState[m.before.upper()] if m.before else None,
            after=CouponState[m.after.upper()],
            at=m.at,
            why=WHY.get((m.reason, m.after)) or WHY.get((m.reason, "")) or m.reason,
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
    ("staff", ""): "商家发放",
    ("birthday", ""): "生日礼券",
    ("gift", ""): "领券另送",
    ("mall", ""): "积分兑换",
    ("mall_void", ""): "兑换作废",
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
        return [CouponMove.of(m) for m in await coupons.moves(viewer.merchant_id, self.info.id)]

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
class CouponConnection:
    """A page of coupons, newest first.
    nodes: The coupons.
    page_info: Where the page ends.
    """

    nodes: list[Coupon]
    page_info: PageInfo


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
