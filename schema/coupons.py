"""Coupon centre 领券中心, claims, drops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from backend import automation, coupons, merchants, pricing
from backend.kit import idempotency, ids
from backend.kit.clock import now
from backend.kit.observe import CLAIMS
from schema import words
from schema.base import (
    AppInfo,
    BadRequest,
    BasisPoints,
    Busy,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    OfferDefinition,
    PageInfo,
    Refusal,
    checked_key,
    consumer,
    described,
    enumeration,
    may,
    member_id,
    merchant_id,
    page,
    shop,
)
from schema.catalog import needed_id, optional_id
from schema.promotions import Channel

CouponState = enumeration(
    "CouponState",
    {
        "ISSUED": "未使用.",
        "LOCKED": "Held by an order 使用中.",
        "REDEEMED": "已使用.",
        "EXPIRED": "已过期.",
        "RETURNED": "已退还.",
        "VOIDED": "已作废.",
    },
    "Where a coupon is in its life.",
)
CouponKind = enumeration(
    "CouponKind", {"OFF": "满减: so many fen off.", "PERCENT": "折扣: a share is paid."}, "What a coupon gives."
)
CouponDropState = enumeration(
    "CouponDropState",
    {"DRAFT": "草稿.", "UPCOMING": "未开始.", "OPEN": "领取中.", "SOLD_OUT": "已领完.", "ENDED": "已结束."},
    "Where a drop is in its life.",
)


@described
@strawberry.type
class CouponFace:
    """How a coupon looks.
    kind: What it gives.
    off_fen: Fen off, for OFF.
    pay_bp: Share that is paid, for PERCENT.
    max_off_fen: Most that a PERCENT coupon takes off; null without a cap.
    min_fen: Threshold in fen; 0 means none 无门槛.
    sentence: In words, e.g. 满88减8.
    scope_sentence: Which goods, in words.
    stackable: Whether it may be used beside coupons of the ordinary group 可叠加.
    """

    kind: CouponKind  # type: ignore[valid-type]
    off_fen: Fen | None
    pay_bp: BasisPoints | None
    max_off_fen: Fen | None
    min_fen: Fen
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
        return CouponFace(
            kind=CouponKind[kind.upper()],
            off_fen=content.get("off"),
            pay_bp=content.get("pay_bp"),
            max_off_fen=content.get("max_off"),
            min_fen=content.get("min", 0),
            sentence=face,
            scope_sentence=whole.removeprefix(face).strip("，") or "全部商品可用",
            stackable=template.group != "coupon",
        )


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
    """

    id: strawberry.ID
    name: str
    face: CouponFace
    valid_from: dt.datetime | None
    valid_until: dt.datetime | None
    valid_hours: int | None

    @staticmethod
    def of(t: coupons.TemplateInfo) -> CouponTemplate:
        return CouponTemplate(
            id=strawberry.ID(ids.encode("tpl", t.id)),
            name=t.name,
            face=CouponFace.of(t),
            valid_from=t.valid_from,
            valid_until=t.valid_until,
            valid_hours=t.valid_hours,
        )


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
    remaining: Coupons left.
    redeemed: Coupons used in paid orders.
    per_member: Most that one member may claim.
    state: Where it is in its life.
    claimed_by_me: How many the viewer has claimed; 0 when anonymous.
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
    redeemed: int
    per_member: int
    state: CouponDropState  # type: ignore[valid-type]
    claimed_by_me: int
    server_time: dt.datetime

    @staticmethod
    def of(d: coupons.DropInfo) -> CouponDrop:
        return CouponDrop(
            id=strawberry.ID(ids.encode("drp", d.id)),
            name=d.name,
            template=CouponTemplate.of(d.template),
            starts_at=d.starts_at,
            ends_at=d.ends_at,
            total=d.total,
            issued=d.issued,
            remaining=d.total - d.issued,
            redeemed=d.redeemed,
            per_member=d.per_member,
            state=CouponDropState[d.state],
            claimed_by_me=d.held_by_me,
            server_time=now(),
        )


@described
@strawberry.type
class Coupon:
    """券: one in a member's hand.
    id: Opaque id.
    code: 12 characters; the last one checks the others.
    template: What it is.
    state: Where it is in its life, exact at this moment.
    claimed_at: When it came into the account.
    valid_from: First instant at which it may be used.
    expires_at: First instant at which it may be used no more.
    order_id: The order that holds or used it.
    """

    id: strawberry.ID
    code: str
    template: CouponTemplate
    state: CouponState  # type: ignore[valid-type]
    claimed_at: dt.datetime
    valid_from: dt.datetime
    expires_at: dt.datetime
    order_id: strawberry.ID | None

    @staticmethod
    def of(c: coupons.CouponInfo) -> Coupon:
        return Coupon(
            id=strawberry.ID(ids.encode("cpn", c.id)),
            code=c.code,
            template=CouponTemplate.of(c.template),
            state=CouponState[c.state.upper()],
            claimed_at=c.claimed_at,
            valid_from=c.valid_from,
            expires_at=c.expires_at,
            order_id=strawberry.ID(ids.encode("ord", c.order_id)) if c.order_id else None,
        )


@described
@strawberry.type
class CouponCentre:
    """领券中心 for the viewer, here and now.
    claimable: 可领: open now (or soon) and not yet at the viewer's limit.
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
@strawberry.input
class ClaimCouponInput:
    """One claim 领取.
    drop_id: The drop.
    channel: Where it is claimed.
    store_id: The store that the shopper chose.
    accepted_template_ids: Templates accepted in wx.requestSubscribeMessage; each allows one message.
    idempotency_key: Made by the client for this tap; the same key gives the same coupon.
    """

    drop_id: strawberry.ID
    idempotency_key: strawberry.ID
    channel: Channel = Channel.MINIAPP  # type: ignore[valid-type]
    store_id: strawberry.ID | None = None
    accepted_template_ids: list[str] = strawberry.field(default_factory=list)


@described
@strawberry.type
class CouponSoldOut(Refusal):
    """Every coupon of the drop is given out.
    total: How many there were.
    """

    total: int


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
class DropNotOpen(Refusal):
    """The drop cannot be claimed at this moment.
    opens_at: First instant of the claim window.
    closes_at: End of the claim window.
    """

    opens_at: dt.datetime
    closes_at: dt.datetime


@described
@strawberry.type
class DropNotInState(Refusal):
    """The drop is in a state that does not allow this.
    state: The state it is in.
    """

    state: CouponDropState  # type: ignore[valid-type]


@described
@strawberry.input
class CouponContentInput:
    """What a coupon gives.
    kind: OFF or PERCENT.
    off_fen: Fen off, for OFF.
    pay_bp: Share that is paid, for PERCENT.
    max_off_fen: Most that a PERCENT coupon takes off.
    min_fen: Threshold in fen; 0 means none.
    scope: Which goods, as a scope of docs/pricing.md; null means all.
    """

    kind: CouponKind  # type: ignore[valid-type]
    off_fen: Fen | None = None
    pay_bp: BasisPoints | None = None
    max_off_fen: Fen | None = None
    min_fen: Fen = 0
    scope: OfferDefinition | None = None


@described
@strawberry.input
class CreateCouponDropInput:
    """A template and its drop.
    name: 1–18 characters.
    content: What the coupon gives.
    valid_from: First instant of use, for a fixed window.
    valid_until: End of use, for a fixed window; must be later than ends_at.
    valid_hours: Hours after the claim, instead of a window.
    starts_at: First instant of the claim window.
    ends_at: End of the claim window.
    total: Coupons to give in all.
    per_member: Most that one member may claim.
    publish: Whether it opens at once.
    idempotency_key: Made by the client for this act.
    """

    name: str
    content: CouponContentInput
    starts_at: dt.datetime
    ends_at: dt.datetime
    total: int
    idempotency_key: strawberry.ID
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    valid_hours: int | None = None
    per_member: int = 1
    publish: bool = False


@described
@strawberry.input
class PublishCouponDropInput:
    """Opens a drop.
    drop_id: The drop.
    idempotency_key: Made by the client for this act.
    """

    drop_id: strawberry.ID
    idempotency_key: strawberry.ID


ClaimCouponResult = Annotated[
    Coupon | CouponSoldOut | ClaimLimitReached | DropNotOpen | NotFound | IdempotencyConflict | Busy,
    strawberry.union("ClaimCouponResult", description="The coupon, or why not."),
]
CreateCouponDropResult = Annotated[
    CouponDrop | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateCouponDropResult", description="The drop, or why not."),
]
PublishCouponDropResult = Annotated[
    CouponDrop | DropNotInState | NotFound | IdempotencyConflict,
    strawberry.union("PublishCouponDropResult", description="The drop, or why not."),
]


async def _claim_answer(info: AppInfo, result: coupons.ClaimResult) -> Any:
    match result:
        case coupons.Claimed(coupon_id=coupon_id):
            found = await coupons.coupons(merchant_id(info), member_id(info), now(), ids=[coupon_id])
            return Coupon.of(found[0])
        case coupons.CouponSoldOut(total=total):
            return CouponSoldOut(code="CouponSoldOut", message=f"{total} 张已全部领完，看看别的券吧", total=total)
        case coupons.ClaimLimitReached(limit=limit, held=held):
            return ClaimLimitReached(
                code="ClaimLimitReached", message=f"每人限领 {limit} 张，您已领 {held} 张", limit=limit, held=held
            )
        case coupons.DropNotOpen(opens_at=opens, closes_at=closes):
            text = f"{words.moment(opens)} 开抢，请稍后再来" if now() < opens else "活动已结束"
            return DropNotOpen(code="DropNotOpen", message=text, opens_at=opens, closes_at=closes)
        case coupons.DropNotFound():
            return NotFound.make("没有这个领券活动")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
        case coupons.Busy(retry_after_ms=ms):
            return Busy.make(ms)
    raise TypeError(f"unknown result {result!r}")


def _content(given: CouponContentInput) -> dict[str, Any]:
    values: Mapping[str, Any] = (
        {"min": given.min_fen, "off": given.off_fen}
        if given.kind.name == "OFF"
        else {"min": given.min_fen, "pay_bp": given.pay_bp, "max_off": given.max_off_fen}
    )
    return {given.kind.name.lower(): {k: v for k, v in values.items() if v is not None}}


def _drop_answer(result: Any) -> Any:
    match result:
        case coupons.DropInfo():
            return CouponDrop.of(result)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.DropMissing():
            return NotFound.make("没有这个领券活动")
        case coupons.DropNotInState(state=state):
            return DropNotInState(code="DropNotInState", message="只有草稿可以发布", state=CouponDropState[state])
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class CouponQuery:
    @strawberry.field(description="领券中心 for the viewer.", permission_classes=shop())
    async def coupon_centre(self, info: AppInfo, store_id: strawberry.ID | None = None) -> CouponCentre:
        at = now()
        optional_id("sto", store_id)
        found = await coupons.drops(merchant_id(info), at, member_id=member_id(info), published=True)
        mine = [d for d in found if d.held_by_me >= d.per_member and d.state in ("OPEN", "SOLD_OUT")]
        open_ = [d for d in found if d.state in ("OPEN", "UPCOMING") and d.held_by_me < d.per_member]
        gone = [
            d
            for d in found
            if d.state in ("SOLD_OUT", "ENDED") and d not in mine and d.ends_at > at - dt.timedelta(days=7)
        ]
        return CouponCentre(
            claimable=[CouponDrop.of(d) for d in open_],
            claimed=[CouponDrop.of(d) for d in mine],
            gone=[CouponDrop.of(d) for d in gone],
            server_time=at,
        )

    @strawberry.field(description="All drops, for operators.", permission_classes=may("coupons.read"))
    async def coupon_drops(
        self, info: AppInfo, first: int = 20, after: str | None = None, search: str | None = None
    ) -> CouponDropConnection:
        rows = await coupons.drops(
            merchant_id(info),
            now(),
            search=search,
            first=page(first) + 1,
            after=optional_id("drp", strawberry.ID(after) if after else None),
        )
        nodes = [CouponDrop.of(d) for d in rows[:first]]
        return CouponDropConnection(
            nodes=nodes,
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=nodes[-1].id if nodes else None),
            total_count=await coupons.count_drops(merchant_id(info), search),
        )


@strawberry.type
class CouponMutation:
    @strawberry.mutation(
        description="Claims a coupon 领券. Thousands may do so at the same second.", permission_classes=consumer()
    )
    async def claim_coupon(self, info: AppInfo, input: ClaimCouponInput) -> ClaimCouponResult:
        merchant, member = merchant_id(info), member_id(info)
        store_id = optional_id("sto", input.store_id)
        if store_id and await merchants.store(merchant, store_id) is None:
            raise BadRequest("没有这家门店")
        result = await info.context.runtime.claims.claim(
            coupons.Claim(
                merchant,
                needed_id("drp", input.drop_id),
                member,
                checked_key(input.idempotency_key),
                now(),
                input.channel.name.lower(),
                store_id,
            )
        )
        CLAIMS.labels(type(result).__name__).inc()
        if isinstance(result, coupons.Claimed) and not result.replayed:
            await automation.allow(
                merchant,
                member,
                [
                    t
                    for t in input.accepted_template_ids[:5]
                    if t == info.context.runtime.settings.subscribe_template_id
                ],
            )
        return await _claim_answer(info, result)

    @strawberry.mutation(
        description="Makes a coupon template and its drop 创建领券活动.", permission_classes=may("coupons.write")
    )
    async def create_coupon_drop(self, info: AppInfo, input: CreateCouponDropInput) -> CreateCouponDropResult:
        viewer = info.context.viewer
        scope: Any = input.content.scope or {"all": True}
        new = coupons.NewDrop(
            input.name,
            _content(input.content),
            scope,
            coupons.Validity(input.valid_from, input.valid_until, input.valid_hours),
            input.starts_at,
            input.ends_at,
            input.total,
            input.per_member,
            input.publish,
        )
        return _drop_answer(
            await coupons.create_drop(viewer.merchant_id, viewer.actor, new, checked_key(input.idempotency_key), now())
        )

    @strawberry.mutation(description="Opens a drop 发布领券活动.", permission_classes=may("coupons.write"))
    async def publish_coupon_drop(self, info: AppInfo, input: PublishCouponDropInput) -> PublishCouponDropResult:
        viewer = info.context.viewer
        return _drop_answer(
            await coupons.publish_drop(
                viewer.merchant_id,
                viewer.actor,
                needed_id("drp", input.drop_id),
                checked_key(input.idempotency_key),
                now(),
            )
        )
