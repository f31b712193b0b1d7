"""Coupon templates and drops, for operators."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

import strawberry

from backend import coupons
from backend.kit import idempotency
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    OfferDefinition,
    PageInfo,
    Refusal,
    checked_key,
    described,
    may,
    merchant_id,
    page,
)
from schema.catalog import needed_id, optional_id
from schema.coupon_kinds import CouponAccess, CouponDropState, CouponPlacement, NotForYouBecause
from schema.coupon_templates import CouponContentInput, CouponTermsInput, asked_template
from schema.drop_details import CouponDropDetails
from schema.drop_types import CouponDrop, CouponDropConnection
from schema.lifecycle import LifecycleState, RfmTier
from schema.promotions import Channel


@described
@strawberry.type
class DropNotInState(Refusal):
    """The drop is in a state that does not allow this.
    state: The state it is in.
    """

    state: CouponDropState  # type: ignore[valid-type]


@described
@strawberry.type
class CouponEndsTooEarly(Refusal):
    """A coupon would end before its claim window does: who claims last would hold nothing. Nothing was made.
    valid_until: End of use of the coupon.
    closes_at: End of the claim window; the coupon must end later.
    """

    valid_until: dt.datetime
    closes_at: dt.datetime


@described
@strawberry.input
class DropAudienceInput:
    """For whom a drop is; every condition that is named must hold, any value of it will do.
    levels: Member levels of the scheme, by id.
    tags: Customer tags.
    customer: NEW_ONLY or RETURNING_ONLY.
    regions: Region paths of the store in which one claims, e.g. 四川/成都.
    home_store_ids: Home stores of members.
    lifecycles: States of the life cycle.
    rfm_tiers: RFM tiers.
    follows: Only who follows the official account 关注公众号.
    in_group: Only who is in a customers' group 入群领券.
    picked_up: Only who has picked up a group order 团购提货.
    """

    levels: list[str] = strawberry.field(default_factory=list)
    tags: list[str] = strawberry.field(default_factory=list)
    customer: NotForYouBecause | None = None  # type: ignore[valid-type]
    regions: list[str] = strawberry.field(default_factory=list)
    home_store_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    lifecycles: list[LifecycleState] = strawberry.field(default_factory=list)  # type: ignore[valid-type]
    rfm_tiers: list[RfmTier] = strawberry.field(default_factory=list)  # type: ignore[valid-type]
    follows: bool = False
    in_group: bool = False
    picked_up: bool = False


@described
@strawberry.input
class DropBatchInput:
    """A timed batch.
    opens_at: When it opens; the first one with the drop.
    share: Its coupons; the shares add up to the total.
    """

    opens_at: dt.datetime
    share: int


@described
@strawberry.input
class DropExtraInput:
    """What one gets beside the coupon, in the same act; at least one of the two.
    points: Points 积分.
    gift_sku: The article of a coupon for one unit of it 兑换券.
    gift_days: Days for which that coupon is good.
    """

    points: int = 0
    gift_sku: str | None = None
    gift_days: int = 30


@described
@strawberry.input
class DropTierInput:
    """One tier of a drop 分档; what is said of the drop's coupon beside its content (validity, return, bearing) holds for it too.
    audience: For whom; nothing named is everybody whom no tier before it fits.
    template_id: A template that is there.
    content: What the coupon gives, for a new template.
    """

    audience: DropAudienceInput
    template_id: strawberry.ID | None = None
    content: CouponContentInput | None = None


@described
@strawberry.input
class CreateCouponDropInput(CouponTermsInput):
    """A drop, with a template of its own (content and validity), one that is there (template_id), or tiers.
    template_id: A template that is there.
    content: What the coupon gives, for a new template.
    starts_at: First instant of the claim window.
    ends_at: End of the claim window.
    total: Coupons to give in all.
    per_member: Most that one member may claim.
    per_day: Most that one member may claim on one day of the merchant's calendar.
    access: How its coupons are had.
    shared_code: The code, for SHARED: 2–16 letters, digits or Chinese characters.
    audience: For whom it is; null means anybody.
    placements: Where it is shown.
    channels: Channels in which it is given out; empty means all.
    scene: Offered when such goods are in the cart, as a scope of docs/pricing.md.
    batches: Timed batches; empty means that all open at once.
    carry: Whether what a batch leaves goes to the next.
    gives_back: Whether voided and expired coupons give their place back.
    budget_fen: Most face value that may be promised and spent, in fen; what extra gives counts too, at once.
    extra: What one gets beside the coupon; null means nothing.
    tiers: 分档, 2–5 in the order in which they are tried, instead of content or template_id: one gets the first that fits.
    publish: Whether it opens at once.
    """

    starts_at: dt.datetime
    ends_at: dt.datetime
    total: int
    template_id: strawberry.ID | None = None
    content: CouponContentInput | None = None
    per_member: int = 1
    per_day: int | None = None
    access: CouponAccess = CouponAccess.PUBLIC  # type: ignore[valid-type]
    shared_code: str | None = None
    audience: DropAudienceInput | None = None
    placements: list[CouponPlacement] = strawberry.field(default_factory=lambda: [CouponPlacement.CENTRE])  # type: ignore[valid-type]
    channels: list[Channel] = strawberry.field(default_factory=list)  # type: ignore[valid-type]
    scene: OfferDefinition | None = None
    batches: list[DropBatchInput] = strawberry.field(default_factory=list)
    carry: bool = True
    gives_back: bool = False
    budget_fen: Fen | None = None
    extra: DropExtraInput | None = None
    tiers: list[DropTierInput] = strawberry.field(default_factory=list)
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


@described
@strawberry.input
class AddCouponDropStockInput:
    """追加: more coupons, more budget, or both.
    drop_id: The drop.
    count: Coupons more.
    budget_fen: Fen more of budget.
    idempotency_key: Made by the client for this act.
    """

    drop_id: strawberry.ID
    idempotency_key: strawberry.ID
    count: int = 0
    budget_fen: Fen = 0


@described
@strawberry.input
class EndCouponDropInput:
    """Stops a drop for good; claimed coupons stay good.
    drop_id: The drop.
    idempotency_key: Made by the client for this act.
    """

    drop_id: strawberry.ID
    idempotency_key: strawberry.ID


CreateCouponDropResult = Annotated[
    CouponDrop | CouponEndsTooEarly | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateCouponDropResult", description="The drop, or why not."),
]
PublishCouponDropResult = Annotated[
    CouponDrop | DropNotInState | NotFound | IdempotencyConflict,
    strawberry.union("PublishCouponDropResult", description="The drop, or why not."),
]
AddCouponDropStockResult = Annotated[
    CouponDrop | DropNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("AddCouponDropStockResult", description="The drop, or why not."),
]
EndCouponDropResult = Annotated[
    CouponDrop | NotFound | IdempotencyConflict,
    strawberry.union("EndCouponDropResult", description="The drop, or why not."),
]


def _audience(given: DropAudienceInput | None) -> coupons.Audience:
    if given is None:
        return coupons.Audience()
    customer = {"NEW_ONLY": "new", "RETURNING_ONLY": "returning"}.get(given.customer.name if given.customer else "")
    return coupons.Audience(
        tuple(given.levels),
        tuple(given.tags),
        customer,  # type: ignore[arg-type]
        tuple(given.regions),
        tuple(str(needed_id("sto", store)) for store in given.home_store_ids),
        tuple(state.name.lower() for state in given.lifecycles),
        tuple(tier.name.lower() for tier in given.rfm_tiers),
        given.follows,
        given.in_group,
        given.picked_up,
    )


def _kind(
    given: CreateCouponDropInput, template_id: strawberry.ID | None, content: CouponContentInput | None
) -> coupons.NewTemplate | uuid.UUID:
    if template_id:
        return needed_id("tpl", template_id)
    assert content is not None, "checked by _one_of_two"
    return asked_template(given, content)


def _drop(given: CreateCouponDropInput) -> coupons.NewDrop:
    scene: Any = given.scene
    tiers = tuple(
        coupons.NewTier(_audience(tier.audience), _kind(given, tier.template_id, tier.content)) for tier in given.tiers
    )
    return coupons.NewDrop(
        name=given.name,
        template=tiers[0].template if tiers else _kind(given, given.template_id, given.content),
        tiers=tiers,
        starts_at=given.starts_at,
        ends_at=given.ends_at,
        total=given.total,
        per_member=given.per_member,
        publish=given.publish,
        per_day=given.per_day,
        access=given.access.name.lower(),
        shared_code=given.shared_code,
        audience=_audience(given.audience),
        placements=tuple(p.name.lower() for p in given.placements),
        channels=tuple(c.name.lower() for c in given.channels),
        scene=scene,
        batches=tuple(coupons.NewBatch(b.opens_at, b.share) for b in given.batches),
        carry=given.carry,
        gives_back=given.gives_back,
        budget_fen=given.budget_fen,
        extra=coupons.NewExtra(given.extra.points, given.extra.gift_sku, given.extra.gift_days)
        if given.extra
        else None,
    )


def _one_of_two(given: CreateCouponDropInput) -> list[coupons.Problem]:
    """Where neither or both of a template and a content are given, of the drop or of its tiers."""
    if not given.tiers:
        if (given.template_id is None) == (given.content is None):
            return [coupons.Problem("content", "请选择现有券模板，或填写券内容，二选一")]
        return []
    if given.template_id is not None or given.content is not None:
        return [coupons.Problem("content", "分了档的活动，券写在各档里")]
    return [
        coupons.Problem(f"tiers[{n}].content", "每一档请选择现有券模板，或填写券内容，二选一")
        for n, tier in enumerate(given.tiers)
        if (tier.template_id is None) == (tier.content is None)
    ]


def drop_answer(result: Any) -> Any:
    match result:
        case coupons.DropInfo():
            return CouponDrop.of(result)
        case coupons.CouponEndsTooEarly(valid_until=until, closes_at=closes):
            text = f"券在 {words.moment(until)} 就到期，不晚于领取结束的 {words.moment(closes)}：最后领到的人无法使用，请延后截止时间"
            return CouponEndsTooEarly(code="CouponEndsTooEarly", message=text, valid_until=until, closes_at=closes)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.DropMissing():
            return NotFound.make("没有这个领券活动")
        case coupons.TemplateMissing():
            return NotFound.make("没有这个券模板")
        case coupons.DropNotInState(state=state):
            text = "只有草稿可以发布" if state != "ENDED" else "活动已结束，不能再改"
            return DropNotInState(code="DropNotInState", message=text, state=CouponDropState[state])
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


@strawberry.type
class CouponAdminQuery:
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
            page_info=PageInfo.of(nodes, more=len(rows) > first),
            total_count=await coupons.count_drops(merchant_id(info), search),
        )

    @strawberry.field(description="One drop with everything about it.", permission_classes=may("coupons.read"))
    async def coupon_drop(self, info: AppInfo, id: strawberry.ID) -> CouponDropDetails | None:
        found = await coupons.drops(merchant_id(info), now(), ids=[needed_id("drp", id)])
        secret = info.context.runtime.settings.secret
        return await CouponDropDetails.of(merchant_id(info), secret, found[0]) if found else None


@strawberry.type
class CouponAdminMutation:
    @strawberry.mutation(
        description="Makes a coupon drop, with its template unless that is there 创建领券活动.",
        permission_classes=may("coupons.write"),
    )
    async def create_coupon_drop(self, info: AppInfo, input: CreateCouponDropInput) -> CreateCouponDropResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        if problems := _one_of_two(input):
            return InvalidInput.of(problems)
        return drop_answer(await coupons.create_drop(viewer.merchant_id, viewer.actor, _drop(input), key, now()))

    @strawberry.mutation(description="Opens a drop 发布领券活动.", permission_classes=may("coupons.write"))
    async def publish_coupon_drop(self, info: AppInfo, input: PublishCouponDropInput) -> PublishCouponDropResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        drop = needed_id("drp", input.drop_id)
        return drop_answer(await coupons.publish_drop(viewer.merchant_id, viewer.actor, drop, key, now()))

    @strawberry.mutation(
        description="Adds coupons or budget to a drop 追加; processes that refuse it from memory ask again.",
        permission_classes=may("coupons.write"),
    )
    async def add_coupon_drop_stock(self, info: AppInfo, input: AddCouponDropStockInput) -> AddCouponDropStockResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        drop, more = needed_id("drp", input.drop_id), (input.count, input.budget_fen)
        return drop_answer(await coupons.add_stock(viewer.merchant_id, viewer.actor, drop, *more, key, now()))

    @strawberry.mutation(description="Stops a drop for good 结束领券活动.", permission_classes=may("coupons.write"))
    async def end_coupon_drop(self, info: AppInfo, input: EndCouponDropInput) -> EndCouponDropResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        drop = needed_id("drp", input.drop_id)
        return drop_answer(await coupons.end_drop(viewer.merchant_id, viewer.actor, drop, key, now()))
