"""Promotions 促销活动 for shoppers and operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import strawberry

from backend import analytics, coupons, ledger, members, offers, pricing, promotions
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    BadRequest,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    OfferDefinition,
    PageInfo,
    Refusal,
    checked_key,
    described,
    enumeration,
    may,
    member_id,
    merchant_id,
    page,
    shop,
)
from schema.bearing import BearingSeason, BearingShare, shown, shown_seasons, stored_terms
from schema.catalog import ProductConnection, needed_id, optional_id, product_page
from schema.presale_types import PresaleTerms

PromotionState = enumeration(
    "PromotionState",
    {"DRAFT": "草稿.", "SCHEDULED": "Published, starts later 未开始.", "RUNNING": "进行中.", "ENDED": "已结束."},
    "Where a promotion is in its life.",
)
OfferLevel = enumeration(
    "OfferLevel",
    {"LINE": "单品级.", "ORDER": "订单级.", "GIFT": "赠品.", "COUPON": "券.", "SHIPPING": "运费.", "EARN": "返还."},
    "Level at which an offer works, in this order (docs/pricing.md).",
)
Channel = enumeration(
    "Channel",
    {
        "MINIAPP": "WeChat mini-program.",
        "H5": "Browser.",
        "APP": "Native app.",
        "MALL": "Online mall.",
        "POS": "Till in a store.",
    },
    "Where a sale happens 渠道.",
)


OfferUsedUp = enumeration(
    "OfferUsedUp",
    {"STOCK": "活动名额已抢完.", "BUDGET": "活动预算已用完.", "GIFTS": "赠品已送完."},
    "Of what an offer has nothing left 已抢完; it gives again by itself when an order brings something back.",
)


@described
@strawberry.type
class OfferBudget:
    """活动预算: money that an offer may give in all.
    cap_fen: The cap.
    promised_fen: Promised to orders that wait for payment.
    given_fen: Given by paid orders, less what refunds brought back.
    left_fen: What it may still give.
    """

    cap_fen: Fen
    promised_fen: Fen
    given_fen: Fen
    left_fen: Fen

    @staticmethod
    def made(found: ledger.budgets.Budget) -> OfferBudget:
        return OfferBudget(cap_fen=found.cap, promised_fen=found.promised, given_fen=found.given, left_fen=found.left)


@described
@strawberry.type
class OfferGifts:
    """赠品名额: gifts that an offer may give in all, in pieces.
    quota: The most.
    taken: Of orders that were placed, less what cancellations and refunds brought back.
    left: What it may still give.
    """

    quota: int
    taken: int
    left: int

    @staticmethod
    def made(found: offers.gift_quotas.GiftQuota) -> OfferGifts:
        return OfferGifts(quota=found.quota, taken=found.taken, left=found.left)


@described
@strawberry.type
class OfferPlaces:
    """活动名额: how often an offer may be had in all, in units of line-level offers and in applications of others.
    total: The most.
    taken: Of orders that were placed, less what cancellations and refunds brought back.
    left: How often it may still be had.
    """

    total: int
    taken: int
    left: int


@described
@strawberry.type
class OfferSpent:
    """您已用完: the viewer has had all that one customer may have of an offer.
    sentence: Which limit, and when it may be had again, in words.
    resets_at: When a limit a day may be had again, the next midnight of the merchant's calendar; null where it does not come back.
    """

    sentence: str
    resets_at: dt.datetime | None


@described
@strawberry.type
class Offer:
    """优惠: one rule of a promotion.
    id: The same over all versions.
    type: Type as in docs/pricing.md, e.g. spend_off.
    level: Level at which it works.
    presale: Terms of a pre-sale 预售; null for other offers.
    used_up: Of what nothing is left 已抢完; null while it gives.
    """

    id: strawberry.ID
    type: str
    level: OfferLevel  # type: ignore[valid-type]
    rule: strawberry.Private[Mapping[str, Any]]
    presale: PresaleTerms | None
    used_up: OfferUsedUp | None  # type: ignore[valid-type]
    cap: strawberry.Private[int | None]
    terms: strawberry.Private[offers.Terms]
    parsed: strawberry.Private[pricing.Offer]
    names: strawberry.Private[Mapping[str, str]]

    @strawberry.field(
        description="The machine rule. Customers that it names (`customer_id`) are told to staff alone, as `mem_…`.",
        permission_classes=shop(),
    )
    async def definition(self, info: AppInfo) -> OfferDefinition:
        viewer = info.context.viewer
        staff = viewer is not None and viewer.may("promotions.read")
        named = {name for _, name in promotions.customers_named([self.rule])}
        known = {name: ids.encode("mem", UUID(name)) if staff else None for name in named}
        return promotions.with_customers([self.rule], known)[0]  # type: ignore[return-value]

    @strawberry.field(description="The rule in words, made from the machine rule.", permission_classes=shop())
    async def sentence(self, info: AppInfo) -> str:
        earned = promotions.earned_templates([{"type": self.type, **self.rule}])
        coupon_names = await coupons.earned_names(merchant_id(info), earned) if earned else {}
        return words.rule(self.parsed, {**self.names, **coupon_names})

    @strawberry.field(
        description="您已用完: the viewer's own limit of it, a day or in all, is used up; null while some is left, and for who has not logged in.",
        permission_classes=shop(),
    )
    async def spent(self, info: AppInfo) -> OfferSpent | None:
        member = member_id(info)
        found = await offers.spent(merchant_id(info), member, self.parsed, now()) if member else None
        if found is None:
            return None
        resets = found.figures.get("resets_at")
        return OfferSpent(
            sentence=words.rejection(found), resets_at=dt.datetime.fromisoformat(resets) if resets else None
        )

    @strawberry.field(
        description="活动预算; null when it may give without end, or the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def budget(self, info: AppInfo) -> OfferBudget | None:
        viewer = info.context.viewer
        if viewer is None or not viewer.may("promotions.read") or self.cap is None:
            return None
        found = await offers.budgets.read(merchant_id(info), [str(self.id)])
        return OfferBudget.made(found.get(str(self.id), ledger.budgets.Budget(self.cap, 0, 0)))

    @strawberry.field(
        description="赠品名额; null when it gives as long as stores have them, or the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def gifts(self, info: AppInfo) -> OfferGifts | None:
        viewer, quota = info.context.viewer, self.rule.get("quota")
        if viewer is None or not viewer.may("promotions.read") or self.type != "spend_gift" or quota is None:
            return None
        found = await offers.gift_quotas.read(merchant_id(info), [str(self.id)])
        return OfferGifts.made(found.get(str(self.id), offers.gift_quotas.GiftQuota(quota, 0)))

    @strawberry.field(
        description="活动名额; null when it may be had without end, or the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def places(self, info: AppInfo) -> OfferPlaces | None:
        viewer, total = info.context.viewer, self.parsed.limits.stock
        if viewer is None or not viewer.may("promotions.read") or total is None:
            return None
        left = (await offers.usage(merchant_id(info), None, [str(self.id)], now())).left.get(str(self.id), total)
        return OfferPlaces(total=total, taken=total - left, left=left)

    @strawberry.field(
        description="谁承担, who bears what it takes off; empty is the merchant alone, null when the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def bearing(self, info: AppInfo) -> list[BearingShare] | None:
        return shown(info, self.terms)

    @strawberry.field(
        description="淡旺季, seasons in which others bear it; null when the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def bearing_seasons(self, info: AppInfo) -> list[BearingSeason] | None:
        return shown_seasons(info, self.terms)

    @staticmethod
    def of(
        definition: Mapping[str, Any],
        names: Mapping[str, str],
        presale: PresaleTerms | None,
        used_up: Mapping[str, str],
    ) -> Offer:
        offer = promotions.offer_of(definition)
        rule = {k: v for k, v in definition.items() if k not in ("id", "name", "budget", "bearing", "presale")}
        return Offer(
            id=strawberry.ID(offer.id),
            type=offer.type,
            level=OfferLevel[offer.level],
            rule=rule,
            presale=presale,
            used_up=OfferUsedUp[used_up[offer.id]] if offer.id in used_up else None,
            cap=definition.get("budget"),
            terms=stored_terms(definition),
            parsed=offer,
            names=names,
        )


FormFieldKind = enumeration(
    "FormFieldKind",
    {
        "FEN": "Money, fen.",
        "BP": "A rate that is paid, basis points 折扣.",
        "TIMES": "A factor, basis points 倍数.",
        "COUNT": "A whole number.",
        "FLAG": "Yes or no.",
        "SKU": "One article 商品.",
        "TEXT": "Text.",
        "SCOPE": "A scope of goods 商品范围 (docs/pricing.md).",
        "TIERS": "Rows of the fields in `of` 阶梯.",
        "ITEMS": "Articles, each with the fields in `of`.",
        "GROUP": "A part with the fields in `of`.",
    },
    "What a field of an offer holds.",
)


@described
@strawberry.type
class FormField:
    """A field of an offer's definition, as a form draws it.
    name: Its name in the definition.
    kind: What it holds.
    zh: Its label in Chinese.
    en: Its label in English.
    required: Whether it must be given.
    one_of: Of the fields beside it that name the same, just one is given; null when it stands for itself.
    unit_zh: What is counted, in Chinese; empty when nothing is.
    unit_en: What is counted, in English.
    usual: What stands there at first: a number, true or false; null for nothing.
    zero: Whether 0 is meant too.
    of: The fields of a row or part, in order.
    """

    name: str
    kind: FormFieldKind  # type: ignore[valid-type]
    zh: str
    en: str
    required: bool
    one_of: str | None
    unit_zh: str
    unit_en: str
    usual: str | None
    zero: bool
    of: list[FormField]

    @staticmethod
    def made(field: pricing.Field) -> FormField:
        usual = field.usual
        return FormField(
            name=field.name,
            kind=FormFieldKind[field.kind.upper()],
            zh=field.zh,
            en=field.en,
            required=field.required,
            one_of=field.one_of or None,
            unit_zh=field.unit[0],
            unit_en=field.unit[1],
            usual=None if usual is None else str(usual).lower(),
            zero=field.zero,
            of=[FormField.made(part) for part in field.of],
        )


@described
@strawberry.type
class OfferType:
    """A type of offer 优惠类型, with the form to fill in; docs/pricing.md says what each does.
    name: Its name in a definition, e.g. spend_off.
    zh: Its name in Chinese.
    en: Its name in English.
    level: Level at which it works.
    group: Group it is in when none is named; empty for earnings, which are in none.
    scoped: Whether a scope may be given; otherwise the form names its goods.
    creatable: Whether promotions may hold it: orders keep it.
    what_zh: What it does, in a few words of Chinese; empty where none are needed.
    what_en: The same in English.
    eg_zh: An example in Chinese, shorter still.
    eg_en: The same in English.
    needs_deposit: Whether it is a pre-sale: it counts units on which a deposit was paid.
    form: Its own fields, in order; scope, limits, stacking and window are common to all types.
    """

    name: str
    zh: str
    en: str
    level: OfferLevel  # type: ignore[valid-type]
    group: str
    scoped: bool
    creatable: bool
    what_zh: str
    what_en: str
    eg_zh: str
    eg_en: str
    needs_deposit: bool
    form: list[FormField]

    @staticmethod
    def made(kind: pricing.OfferType) -> OfferType:
        return OfferType(
            name=kind.name,
            zh=kind.zh,
            en=kind.en,
            level=OfferLevel[kind.level],
            group=kind.group,
            scoped=kind.scoped,
            creatable=kind.name in promotions.KEPT_BY_ORDERS,
            what_zh=kind.what[0],
            what_en=kind.what[1],
            eg_zh=kind.eg[0],
            eg_en=kind.eg[1],
            needs_deposit=kind.needs_deposit,
            form=[FormField.made(field) for field in kind.form],
        )


@described
@strawberry.type
class Promotion:
    """A promotion 促销活动: offers with a window and places.
    id: Opaque id.
    name: Name shown to shoppers.
    description: Free text.
    state: Where it is in its life.
    sold_out: 已抢完: it is live and all its offers are used up. Shoppers' lists leave it out until an order brings something back.
    starts_at: First instant at which it holds.
    ends_at: First instant at which it holds no more.
    offers: Its rules.
    tags: Free labels 标签.
    channels: Channels it is limited to; empty means all.
    region_paths: Organisation nodes it is limited to; empty means all.
    store_ids: Stores it is limited to (in addition to the regions); empty means all.
    version: Rises with each publish; 0 in a draft.
    version_hash: sha256 of the published rules; null in a draft.
    created_at: When it was first written.
    server_time: The server's clock, for countdowns.
    """

    id: strawberry.ID
    name: str
    description: str
    state: PromotionState  # type: ignore[valid-type]
    sold_out: bool
    starts_at: dt.datetime
    ends_at: dt.datetime
    offers: list[Offer]
    tags: list[str]
    channels: list[Channel]  # type: ignore[valid-type]
    region_paths: list[str]
    store_ids: list[strawberry.ID]
    version: int
    version_hash: str | None
    created_at: dt.datetime
    server_time: dt.datetime

    @strawberry.field(description="Paid orders that used it.", permission_classes=shop())
    async def redemptions(self, info: AppInfo) -> int:
        return sum(orders for orders, _ in (await _totals(info, self)).values())

    @strawberry.field(description="Discount given in paid orders, fen.", permission_classes=shop())
    async def discount_given_fen(self, info: AppInfo) -> Fen:
        return sum(fen for _, fen in (await _totals(info, self)).values())

    @strawberry.field(description="Goods in the scope of its offers, by SKU.", permission_classes=shop())
    async def products(
        self,
        info: AppInfo,
        first: int = 20,
        after: str | None = None,
        search: str | None = None,
        store_id: strawberry.ID | None = None,
    ) -> ProductConnection:
        scopes = [dict(o.rule.get("scope") or {}) for o in self.offers]
        return await product_page(
            info,
            first=first,
            after=after,
            search=search,
            category=None,
            store=optional_id("sto", store_id),
            scopes=scopes,
        )

    @staticmethod
    def of(found: promotions.PromotionInfo, used_up: Mapping[str, str]) -> Promotion:
        return Promotion(
            id=strawberry.ID(ids.encode("pro", found.id)),
            name=found.name,
            description=found.description,
            state=PromotionState[found.state],
            sold_out=found.state != "ENDED" and all(d["id"] in used_up for d in found.definitions),
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            offers=[Offer.of(d, found.names, PresaleTerms.of(d, found), used_up) for d in found.definitions],
            tags=list(found.tags),
            channels=[Channel[c.upper()] for c in found.channels],
            region_paths=list(found.region_paths),
            store_ids=[strawberry.ID(ids.encode("sto", s)) for s in found.store_ids],
            version=found.version,
            version_hash=found.version_hash,
            created_at=found.created_at,
            server_time=now(),
        )


async def _totals(info: AppInfo, promotion: Promotion) -> dict[str, tuple[int, int]]:
    return await analytics.offer_totals(merchant_id(info), [str(o.id) for o in promotion.offers])


@described
@strawberry.type
class PromotionConnection:
    """A page of promotions, newest first.
    nodes: The promotions.
    page_info: Where the page ends.
    total_count: How many there are in all.
    """

    nodes: list[Promotion]
    page_info: PageInfo
    total_count: int


@described
@strawberry.input
class PromotionFilterInput:
    """Narrows a list of promotions.
    states: Only these states; shoppers see SCHEDULED and RUNNING alone.
    search: Part of the name.
    """

    states: list[PromotionState] | None = None  # type: ignore[valid-type]
    search: str | None = None


@described
@strawberry.input
class CreatePromotionInput:
    """A draft.
    name: 1–40 characters.
    description: Free text.
    starts_at: First instant at which it holds.
    ends_at: First instant at which it holds no more.
    offers: 1–10 offers without id.
    channels: Channels it is limited to; empty means all.
    region_paths: Organisation nodes it is limited to; empty means all.
    store_ids: Stores it is limited to; empty means all.
    tags: Free labels.
    idempotency_key: Made by the client for this act.
    """

    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    offers: list[OfferDefinition]
    idempotency_key: strawberry.ID
    description: str = ""
    channels: list[Channel] = strawberry.field(default_factory=list)  # type: ignore[valid-type]
    region_paths: list[str] = strawberry.field(default_factory=list)
    store_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    tags: list[str] = strawberry.field(default_factory=list)


@described
@strawberry.input
class PublishPromotionInput:
    """Makes a draft live.
    promotion_id: The promotion.
    idempotency_key: Made by the client for this act.
    """

    promotion_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class EndPromotionInput:
    """Stops a promotion at once.
    promotion_id: The promotion.
    idempotency_key: Made by the client for this act.
    """

    promotion_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.type
class PromotionNotInState(Refusal):
    """The promotion is in a state that does not allow this.
    state: The state it is in.
    """

    state: PromotionState  # type: ignore[valid-type]


STATE_WORDS = {"DRAFT": "草稿", "SCHEDULED": "未开始", "RUNNING": "进行中", "ENDED": "已结束"}
CreatePromotionResult = Annotated[
    Promotion | InvalidInput | IdempotencyConflict,
    strawberry.union("CreatePromotionResult", description="The draft, or why not."),
]
PublishPromotionResult = Annotated[
    Promotion | PromotionNotInState | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("PublishPromotionResult", description="The live promotion, or why not."),
]
EndPromotionResult = Annotated[
    Promotion | PromotionNotInState | NotFound | IdempotencyConflict,
    strawberry.union("EndPromotionResult", description="The ended promotion, or why not."),
]


async def _answer(result: Any) -> Any:
    match result:
        case promotions.PromotionInfo(merchant_id=merchant):
            left = await offers.remaining(merchant, None, await offers.live(merchant), now())
            return Promotion.of(result, left.used_up)
        case promotions.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case promotions.NotInState(state=state):
            return PromotionNotInState(
                code="PromotionNotInState",
                message=f"活动{STATE_WORDS[state]}，不能这样操作",
                state=PromotionState[state],
            )
        case promotions.NotFound():
            return NotFound.make("没有这个活动，它可能已被删除")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    raise TypeError(f"unknown result {result!r}")


SHOPPER_STATES: tuple[promotions.State, ...] = ("SCHEDULED", "RUNNING")
ALL_STATES: tuple[promotions.State, ...] = ("DRAFT", "SCHEDULED", "RUNNING", "ENDED")


def _states(info: AppInfo, asked: list[Any] | None) -> list[promotions.State]:
    viewer = info.context.viewer
    allowed = ALL_STATES if viewer is not None and viewer.may("promotions.read") else SHOPPER_STATES
    return [s for s in allowed if asked is None or s in {a.name for a in asked}]


async def _used_up(info: AppInfo) -> tuple[dict[str, str], list[UUID]]:
    """(offers that are used up, promotions that the viewer's list leaves out for it: staff see all)."""
    merchant, viewer = merchant_id(info), info.context.viewer
    live = await offers.live(merchant)
    left = await offers.remaining(merchant, None, live, now())
    staff = viewer is not None and viewer.may("promotions.read")
    return dict(left.used_up), [] if staff else offers.sold_out(live, left.used_up)


@described
@strawberry.type
class UnknownCustomer:
    """A row of a list of customers that names nobody.
    row: Which row, from 1.
    name: What stands there.
    """

    row: int
    name: str


MOST_NAMES = 1000


@strawberry.type
class PromotionQuery:
    @strawberry.field(
        description="Which rows of a list of customers 指定顾客, by member code or id, name nobody; createPromotion refuses the same. At most 1000.",
        permission_classes=may("promotions.write"),
    )
    async def unknown_customers(self, info: AppInfo, names: list[str]) -> list[UnknownCustomer]:
        if len(names) > MOST_NAMES:
            raise BadRequest(f"一次最多查 {MOST_NAMES} 位顾客")
        known = await members.called(merchant_id(info), names)
        return [UnknownCustomer(row=n, name=name) for n, name in enumerate(names, 1) if name not in known]

    @strawberry.field(
        description="Every offer type 优惠类型, with its form.", permission_classes=may("promotions.read")
    )
    async def offer_types(self) -> list[OfferType]:
        return [OfferType.made(kind) for kind in pricing.TYPES.values()]

    @strawberry.field(
        description="Promotions, newest first. Shoppers see what runs or is announced and is not sold out.",
        permission_classes=shop(),
    )
    async def promotions(
        self, info: AppInfo, first: int = 20, after: str | None = None, filter: PromotionFilterInput | None = None
    ) -> PromotionConnection:
        states = _states(info, filter.states if filter else None)
        used_up, sold_out = await _used_up(info)
        rows, total = (
            await promotions.listed(
                merchant_id(info),
                now(),
                states=states,
                search=filter.search if filter else None,
                first=page(first) + 1,
                after=optional_id("pro", strawberry.ID(after) if after else None),
                without=sold_out,
            )
            if states
            else ([], 0)
        )
        nodes = [Promotion.of(row, used_up) for row in rows[:first]]
        return PromotionConnection(
            nodes=nodes,
            page_info=PageInfo.of(nodes, more=len(rows) > first),
            total_count=total,
        )

    @strawberry.field(
        description="One promotion; null when there is none that the viewer may see.", permission_classes=shop()
    )
    async def promotion(self, info: AppInfo, id: strawberry.ID) -> Promotion | None:
        found = await promotions.get(merchant_id(info), needed_id("pro", id), now())
        visible = found is not None and (found.state in _states(info, None) or found.state == "ENDED")
        if found is None or not visible:
            return None
        used_up, _ = await _used_up(info)
        return Promotion.of(found, used_up)


@strawberry.type
class PromotionMutation:
    @strawberry.mutation(description="Writes a draft 创建活动.", permission_classes=may("promotions.write"))
    async def create_promotion(self, info: AppInfo, input: CreatePromotionInput) -> CreatePromotionResult:
        viewer = info.context.viewer
        draft = promotions.Draft(
            input.name,
            input.description,
            input.starts_at,
            input.ends_at,
            tuple(input.offers),
            tuple(c.name.lower() for c in input.channels),  # type: ignore[arg-type, attr-defined]
            tuple(input.region_paths),
            tuple(needed_id("sto", s) for s in input.store_ids),
            tuple(input.tags),
        )
        mark = checked_key(input.idempotency_key)
        return await _answer(
            await promotions.create(
                viewer.merchant_id, viewer.actor, viewer.subject_id, draft, mark, now(), coupons.earnable
            )
        )

    @strawberry.mutation(
        description="Freezes a draft as an immutable version and makes it live 发布活动.",
        permission_classes=may("promotions.write"),
    )
    async def publish_promotion(self, info: AppInfo, input: PublishPromotionInput) -> PublishPromotionResult:
        viewer = info.context.viewer
        result = await promotions.publish(
            viewer.merchant_id,
            viewer.actor,
            needed_id("pro", input.promotion_id),
            checked_key(input.idempotency_key),
            now(),
            coupons.earnable,
        )
        return await _answer(result)

    @strawberry.mutation(description="Stops a promotion at once 结束活动.", permission_classes=may("promotions.write"))
    async def end_promotion(self, info: AppInfo, input: EndPromotionInput) -> EndPromotionResult:
        viewer = info.context.viewer
        return await _answer(
            await promotions.end(
                viewer.merchant_id,
                viewer.actor,
                needed_id("pro", input.promotion_id),
                checked_key(input.idempotency_key),
                now(),
            )
        )


__all__ = ["Channel", "Offer", "OfferLevel", "Promotion", "PromotionMutation", "PromotionQuery"]
