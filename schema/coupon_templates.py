"""Coupon templates 券模板 (K01), for operators: made alone, found, how much was made of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import strawberry

from backend import coupons
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BasisPoints,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    OfferDefinition,
    PageInfo,
    checked_key,
    described,
    enumeration,
    may,
    merchant_id,
    page,
)
from schema.bearing import BearingSeasonInput, BearingShareInput, asked
from schema.catalog import needed_id, optional_id
from schema.coupon_kinds import CouponKind, CouponReturnPolicy
from schema.template_types import CouponTemplate


@described
@strawberry.input
class BundleItemInput:
    """One article of a set.
    sku: The article.
    qty: How many of it.
    """

    sku: str
    qty: int = 1


@described
@strawberry.input
class CouponContentInput:
    """What a coupon gives.
    kind: What it gives.
    off_fen: Fen off, for OFF; off the fee, for SHIPPING (null: the whole fee).
    pay_bp: Share that is paid, for PERCENT.
    max_off_fen: Most that a PERCENT coupon takes off.
    min_fen: Threshold in fen; 0 means none. For EXCHANGE of other goods; for POINTS, GIVE_BACK of what is paid.
    sku: The article, for EXCHANGE and TRIAL.
    price_fen: What the article costs with it, for EXCHANGE 换购 (null: nothing 兑换); what the set costs, for BUNDLE.
    items: The set, for BUNDLE.
    points: Points more, for POINTS.
    times_bp: Factor on the points of the order, for POINTS instead of a number: 20000 is double.
    back_fen: Most that comes back as a red packet, for GIVE_BACK.
    scope: Which goods, as a scope of docs/pricing.md; null means all.
    """

    kind: CouponKind  # type: ignore[valid-type]
    off_fen: Fen | None = None
    pay_bp: BasisPoints | None = None
    max_off_fen: Fen | None = None
    min_fen: Fen = 0
    sku: str | None = None
    price_fen: Fen | None = None
    items: list[BundleItemInput] = strawberry.field(default_factory=list)
    points: int | None = None
    times_bp: int | None = None
    back_fen: Fen | None = None
    scope: OfferDefinition | None = None


@described
@strawberry.input
class HoursOfDayInput:
    """Hours of the day, in the merchant's time zone.
    start: First moment, e.g. 18:00.
    end: First moment after, e.g. 22:00 or 24:00; one that is not after the start lies on the next day.
    """

    start: str
    end: str


@described
@strawberry.input
class CouponStackingInput:
    """Which other coupons may be used on the same goods 叠加; how many an order may use is the merchant's setting.
    all: With all that say so too.
    template_ids: With coupons of these templates alone, 1–20, which must stack themselves; instead of all.
    """

    all: bool = False
    template_ids: list[strawberry.ID] = strawberry.field(default_factory=list)


@described
@strawberry.input
class CouponTermsInput:
    """What a new template says beside its content; of a template made alone and of one made with its drop.
    name: 1–18 characters.
    valid_from: First instant of use, for a fixed window.
    valid_until: End of use, for a fixed window; of a drop's coupon later than the end of the claim window.
    valid_hours: Hours after the claim, instead of a window; 2 is a flash coupon.
    valid_days: Days after the claim, to the end of the last of them, instead of both.
    next_day: Whether hours and days begin at midnight after the claim.
    return_policy: What becomes of a used coupon when its order is refunded.
    grace_days: Days after its end at which a refund still brings it back; null: the merchant's own rule.
    bearing: Who bears what the coupon takes off; empty is the merchant alone.
    bearing_seasons: 淡旺季, days of the year on which others bear it, by the day of the order that uses the coupon.
    uses_per_day: How many of them one customer may use on one day; null: as many as one has.
    weekdays: Days of the week on which it may be used, 1 is Monday; empty: all.
    hours: Hours of the day in which it may be used; null: all.
    stacking: Which other coupons may be used on the same goods; null: none.
    full_price_only: 原价券, whether goods that a promotion takes do not count for it; of kinds that take something off goods alone.
    idempotency_key: Made by the client for this act.
    """

    name: str
    idempotency_key: strawberry.ID
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None
    valid_hours: int | None = None
    valid_days: int | None = None
    next_day: bool = False
    return_policy: CouponReturnPolicy = CouponReturnPolicy.WHOLE  # type: ignore[valid-type]
    grace_days: int | None = None
    bearing: list[BearingShareInput] = strawberry.field(default_factory=list)
    bearing_seasons: list[BearingSeasonInput] = strawberry.field(default_factory=list)
    uses_per_day: int | None = None
    weekdays: list[int] = strawberry.field(default_factory=list)
    hours: HoursOfDayInput | None = None
    stacking: CouponStackingInput | None = None
    full_price_only: bool = False


@described
@strawberry.input
class SetCouponTemplateBudgetInput:
    """The budget of a template.
    template_id: The template.
    budget_fen: What its coupons may be worth at face in all, those given since it first had a budget; null: no end any more.
    idempotency_key: Made by the client for this act.
    """

    template_id: strawberry.ID
    budget_fen: Fen | None
    idempotency_key: strawberry.ID


@described
@strawberry.input
class CreateCouponTemplateInput(CouponTermsInput):
    """A template without a drop.
    content: What the coupon gives.
    budget_fen: What its coupons may be worth at face in all, in whatever way they are given; null: no end.
    """

    content: CouponContentInput
    budget_fen: Fen | None = None


CouponTemplateChoice = enumeration(
    "CouponTemplateChoice",
    {
        "LEVEL": "For a level to bring 升级, 入会, 每月礼券: its time is not over.",
        "BIRTHDAY": "For a birthday 生日礼券: its time is not over, and it says what it takes off at most, which the message tells.",
    },
    "What a template is chosen for.",
)


@described
@strawberry.type
class CouponTemplateUse:
    """What was made of a template.
    template_id: The template.
    drops: Drops that give it out, as their coupon, in a tier, or beside their coupon.
    coupons: Coupons given of it, in whatever way.
    redeemed: Coupons of it used in paid orders.
    """

    template_id: strawberry.ID
    drops: int
    coupons: int
    redeemed: int


@described
@strawberry.type
class CouponTemplateConnection:
    """A page of templates, newest first.
    nodes: The templates.
    page_info: Where the page ends.
    """

    nodes: list[CouponTemplate]
    page_info: PageInfo
    merchant: strawberry.Private[Any]
    ids: strawberry.Private[list[uuid.UUID]]
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="What was made of these templates, in their order.")
    async def uses(self) -> list[CouponTemplateUse]:
        found = await coupons.template_uses(self.merchant, self.ids)
        return [
            CouponTemplateUse(template_id=node.id, drops=use.drops, coupons=use.coupons, redeemed=use.redeemed)
            for node, use in zip(self.nodes, found, strict=True)
        ]

    @strawberry.field(description="How many there are in all.")
    async def total_count(self) -> int:
        return await self.counted()


CreateCouponTemplateResult = Annotated[
    CouponTemplate | InvalidInput | IdempotencyConflict,
    strawberry.union("CreateCouponTemplateResult", description="The template, or why not."),
]


SetCouponTemplateBudgetResult = Annotated[
    CouponTemplate | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("SetCouponTemplateBudgetResult", description="The template, or why not."),
]


def _content(given: CouponContentInput) -> dict[str, Any]:
    values: Mapping[str, Any]
    match given.kind.name:
        case "OFF":
            values = {"min": given.min_fen, "off": given.off_fen}
        case "PERCENT":
            values = {"min": given.min_fen, "pay_bp": given.pay_bp, "max_off": given.max_off_fen}
        case "EXCHANGE":
            values = {"sku": given.sku, "price": given.price_fen, "min": given.min_fen or None}
        case "TRIAL":
            values = {"sku": given.sku}
        case "BUNDLE":
            items = [{"sku": item.sku, "qty": item.qty} for item in given.items]
            values = {"items": items, "price": given.price_fen}
        case "POINTS":
            values = {"min": given.min_fen or None, "count": given.points, "times_bp": given.times_bp}
        case "GIVE_BACK":
            values = {"min": given.min_fen or None, "max": given.back_fen}
        case "SHIPPING":
            values = {"min": given.min_fen, "off": given.off_fen, "free": True if given.off_fen is None else None}
        case _:
            raise ValueError(f"unknown kind {given.kind!r}")
    return {given.kind.name.lower(): {k: v for k, v in values.items() if v is not None}}


def asked_template(given: CouponTermsInput, content: CouponContentInput) -> coupons.NewTemplate:
    """The template that is asked for."""
    scope: Any = content.scope or {"all": True}
    return coupons.NewTemplate(
        given.name,
        _content(content),
        scope,
        coupons.Validity(given.valid_from, given.valid_until, given.valid_hours, given.valid_days, given.next_day),
        given.return_policy.name.lower(),
        given.grace_days,
        asked(given.bearing, given.bearing_seasons),
        given.uses_per_day,
        ({"weekday": sorted(given.weekdays)} if given.weekdays else {})
        | ({"hours": [given.hours.start, given.hours.end]} if given.hours else {}),
        _stacking(given.stacking),
        given.full_price_only,
    )


def _stacking(given: CouponStackingInput | None) -> coupons.Stacking:
    """Names of the templates are found when it is made."""
    if given is None:
        return coupons.ALONE
    named = dict.fromkeys(needed_id("tpl", template) for template in given.template_ids)
    return coupons.Stacking(given.all, tuple((template, "") for template in named))


@strawberry.type
class CouponTemplateQuery:
    @strawberry.field(
        description="Coupon templates 券模板, newest first. `choosable`: those alone that may be chosen for it.",
        permission_classes=may("coupons.read"),
    )
    async def coupon_templates(
        self,
        info: AppInfo,
        first: int = 20,
        after: str | None = None,
        search: str | None = None,
        choosable: CouponTemplateChoice | None = None,  # type: ignore[valid-type]
    ) -> CouponTemplateConnection:
        merchant, at = merchant_id(info), now()
        before = optional_id("tpl", strawberry.ID(after) if after else None)
        if choosable is None:
            rows = await coupons.templates(merchant, search=search, first=page(first) + 1, after=before)
            counted = partial(coupons.count_templates, merchant, search)
        else:
            faced = choosable is CouponTemplateChoice.BIRTHDAY
            rows = await coupons.choices(merchant, at, faced=faced, search=search, first=page(first) + 1, after=before)
            counted = partial(coupons.count_choices, merchant, at, faced=faced, search=search)
        nodes = [CouponTemplate.of(t) for t in rows[:first]]
        return CouponTemplateConnection(
            nodes=nodes,
            page_info=PageInfo.of(nodes, more=len(rows) > first),
            merchant=merchant,
            counted=counted,
            ids=[t.id for t in rows[:first]],
        )

    @strawberry.field(
        description="One coupon template; null when there is none.", permission_classes=may("coupons.read")
    )
    async def coupon_template(self, info: AppInfo, id: strawberry.ID) -> CouponTemplate | None:
        found = await coupons.templates(merchant_id(info), ids=[needed_id("tpl", id)])
        return CouponTemplate.of(found[0]) if found else None


@strawberry.type
class CouponTemplateMutation:
    @strawberry.mutation(description="Makes a coupon template 创建券模板.", permission_classes=may("coupons.write"))
    async def create_coupon_template(
        self, info: AppInfo, input: CreateCouponTemplateInput
    ) -> CreateCouponTemplateResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        wanted = replace(asked_template(input, input.content), budget_fen=input.budget_fen)
        made = await coupons.create_template(viewer.merchant_id, viewer.actor, wanted, key, now())
        match made:
            case coupons.TemplateInfo():
                return CouponTemplate.of(made)
            case coupons.Invalid(problems=problems):
                return InvalidInput.of(problems)
            case _:
                return IdempotencyConflict.make()

    @strawberry.mutation(
        description="Gives a coupon template a budget 预算, moves it, or takes its end away; not below what is promised and spent.",
        permission_classes=may("coupons.write"),
    )
    async def set_coupon_template_budget(
        self, info: AppInfo, input: SetCouponTemplateBudgetInput
    ) -> SetCouponTemplateBudgetResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        template_id = needed_id("tpl", input.template_id)
        made = await coupons.set_cap(viewer.merchant_id, viewer.actor, template_id, input.budget_fen, key, now())
        match made:
            case coupons.TemplateInfo():
                return CouponTemplate.of(made)
            case coupons.Invalid(problems=problems):
                return InvalidInput.of(problems)
            case coupons.TemplateMissing():
                return NotFound.make("券模板")
            case _:
                return IdempotencyConflict.make()
