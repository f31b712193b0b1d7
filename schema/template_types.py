"""Types of coupon templates: what a coupon is, how it looks, what limits it, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
import strawberry

from backend import coupons, merchants, offers, pricing
from backend.kit import ids
from schema import words
from schema.base import AppInfo, BasisPoints, Fen, described, merchant_id, shop
from schema.bearing import BearingSeason, BearingShare, shown, shown_seasons
from schema.coupon_kinds import RETURNS, CouponKind, CouponReturnPolicy


@described
@strawberry.type
class BundleItem:
    """One article of a set.
    sku: The article.
    name: Its name.
    qty: How many of it.
    """

    sku: str
    name: str
    qty: int


@described
@strawberry.type
class CouponFace:
    """How a coupon looks.
    kind: What it gives.
    off_fen: Fen off, for OFF and SHIPPING; null when SHIPPING is free of any fee.
    pay_bp: Share that is paid, for PERCENT.
    max_off_fen: Most that a PERCENT coupon takes off; null without a cap.
    min_fen: Threshold in fen; 0 means none 无门槛. For EXCHANGE of other goods; for POINTS, GIVE_BACK of what is paid.
    sku: The article, for EXCHANGE and TRIAL.
    sku_name: Its name.
    price_fen: What the article costs with it, for an EXCHANGE at a price 换购 (null: nothing); the set, for BUNDLE.
    items: The set, for BUNDLE; else empty.
    points: Points more, for POINTS that are a number.
    times_bp: Factor on the points of the order in basis points, for other POINTS: 20000 is double.
    back_fen: Most that comes back, for GIVE_BACK.
    sentence: In words, e.g. 满88减8.
    scope_sentence: Which goods, in words.
    stackable: Whether it may share goods with other coupons 可叠加; with which is told by the template's `stacking`.
    full_price_only: 原价券, whether goods that a promotion takes do not count for it.
    """

    kind: CouponKind  # type: ignore[valid-type]
    off_fen: Fen | None
    pay_bp: BasisPoints | None
    max_off_fen: Fen | None
    min_fen: Fen
    sku: str | None
    sku_name: str | None
    price_fen: Fen | None
    items: list[BundleItem]
    points: int | None
    times_bp: int | None
    back_fen: Fen | None
    sentence: str
    scope_sentence: str
    stackable: bool
    full_price_only: bool

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
            price_fen=content.get("price"),
            items=[
                BundleItem(
                    sku=item["sku"], name=template.sku_names.get(item["sku"], item["sku"]), qty=item.get("qty", 1)
                )
                for item in content.get("items", ())
            ],
            points=content.get("count"),
            times_bp=content.get("times_bp"),
            back_fen=content.get("max"),
            sentence=face,
            scope_sentence=(whole.removeprefix(face).strip("，") or _goods_words(kind, content, template.sku_names))
            + ("，仅限原价商品" if template.full_price_only else ""),
            stackable=bool(template.stacking),
            full_price_only=template.full_price_only,
        )


ANYTHING = "全部商品可用"


def _goods_words(kind: str, content: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Which goods a coupon is for that says no scope: of one about named articles these alone, unless others must be bought."""
    articles = [content] if kind in ("exchange", "trial") else content.get("items", ())
    if not articles or content.get("min"):
        return ANYTHING
    told = ((names.get(it["sku"], it["sku"]), it.get("qty", 1)) for it in articles)
    return "限" + "+".join(f"{name}×{qty}" if qty > 1 else name for name, qty in told)


PRICED_ARTICLES = {"exchange", "trial", "bundle"}
"""Contents that name a price, or none, for an article: where its floor stands above, the floor is what is paid."""


FULL_PRICE = "参加直降、折扣、满减等活动的商品不算原价商品，不能用这张券"
"""What gives a gift, sells something beside it, sends for less or gives something back leaves goods at their price."""


@described
@strawberry.type
class HoursOfDay:
    """Hours of the day, in the merchant's time zone.
    start: First moment, e.g. 18:00.
    end: First moment after, e.g. 22:00 or 24:00; one that is not after the start lies on the next day.
    """

    start: str
    end: str


@described
@strawberry.type
class StackedTemplate:
    """A template whose coupons another lets itself be used with.
    id: Its id.
    name: Its name.
    """

    id: strawberry.ID
    name: str


@described
@strawberry.type
class CouponStacking:
    """Which other coupons may be used on the same goods 叠加.
    all: All that say so too.
    templates: Coupons of these templates, where not all.
    sentence: In words, e.g. 可与「满50减5」同用.
    """

    all: bool
    templates: list[StackedTemplate]
    sentence: str


def stacking_sentence(t: coupons.TemplateInfo) -> str:
    """可与「A」「B」叠加; what stands alone may still be used on other goods of an order, where the merchant allows more than one."""
    if t.stacking.all:
        return "可与其他可叠加的券同用"
    if t.stacking.named:
        return f"可与{''.join(f'「{name}」' for _, name in t.stacking.named)}同用"
    if t.group == "shipping":
        return "不与其他券同用"
    return "同一件商品不与其他券同用"


_shown: dict[bytes, CouponTemplate] = {}
MOST_SHOWN = 2_000


@described
@strawberry.type
class CouponTemplateBudget:
    """预算 of a template: what its coupons may be worth at face in all, in whatever way they are given.
    budget_fen: The cap; null: counted without an end.
    promised_fen: Coupons that may still be used, or wait in an order.
    spent_fen: Coupons that were used.
    left_fen: What may still be given; null without an end.
    refused: Coupons that were due (birthday, level …) and are still not given, for there was no room.
    """

    budget_fen: Fen | None
    promised_fen: Fen
    spent_fen: Fen
    left_fen: Fen | None
    refused: int

    @staticmethod
    def of(found: coupons.TemplateBudget) -> CouponTemplateBudget:
        return CouponTemplateBudget(
            budget_fen=found.cap,
            promised_fen=found.promised,
            spent_fen=found.spent,
            left_fen=found.left,
            refused=found.refused,
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
    valid_days: Days after the claim, to the end of the last of them, otherwise.
    next_day: Whether hours and days begin at midnight after the claim 次日生效.
    face_fen: Most fen that it takes off; null when the template alone does not say.
    return_policy: What becomes of it when its order is refunded.
    grace_days: Days after its end at which a refund still brings it back; null: the merchant's own rule.
    uses_per_day: How many of them one customer may use on one day; null: as many as one has.
    validity_sentence: From when until when it may be used, in words.
    weekdays: Days of the week on which it may be used, 1 is Monday; empty: all.
    hours: Hours of the day in which it may be used; null: all.
    stacking: Which other coupons may be used on the same goods; null: none.
    usable_sentence: Weekdays and hours in words 周六、周日可用; null when it may be used at any of them.
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
    uses_per_day: int | None
    validity_sentence: str
    weekdays: list[int]
    hours: HoursOfDay | None
    stacking: CouponStacking | None
    usable_sentence: str | None
    before: strawberry.Private[list[str]]
    after: strawberry.Private[list[str]]
    together: strawberry.Private[str]
    borne: strawberry.Private[offers.Terms]

    @strawberry.field(
        description="谁承担, who bears what it takes off; empty is the merchant alone, null when the viewer is a shopper.",
        permission_classes=shop(),
    )
    def bearing(self, info: AppInfo) -> list[BearingShare] | None:
        return shown(info, self.borne)

    @strawberry.field(
        description="淡旺季, seasons in which others bear it; null when the viewer is a shopper.",
        permission_classes=shop(),
    )
    def bearing_seasons(self, info: AppInfo) -> list[BearingSeason] | None:
        return shown_seasons(info, self.borne)

    @strawberry.field(
        description="预算 and what is held of it; null when it never had one, or the viewer is a shopper.",
        permission_classes=shop(),
    )
    async def budget(self, info: AppInfo) -> CouponTemplateBudget | None:
        viewer = info.context.viewer
        if viewer is None or not viewer.may("coupons.read"):
            return None
        template_id = ids.decode("tpl", self.id)
        assert template_id is not None, "made of a template's id"
        found = await coupons.template_budgets_of(viewer.merchant_id, [template_id])
        return CouponTemplateBudget.of(found[template_id]) if template_id in found else None

    @strawberry.field(
        description="Everything that limits it, in words, shown beside its face 使用说明.", permission_classes=shop()
    )
    async def terms(self, info: AppInfo) -> list[str]:
        most = await merchants.max_coupons(merchant_id(info), shown=True)
        if most > 1:
            return self.said(f"每单最多用 {most} 张券，{self.together}")
        return self.said("每单限用一张券" if self.face.stackable else "每单限用一张，不与其他券同用")

    def said(self, together: str | None = None) -> list[str]:
        """Its terms; `together` says how many an order may use, and with which, where the merchant's setting is known."""
        return [*self.before, together or self.together, *self.after]

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
        face, validity, usable = CouponFace.of(t), validity_sentence(t.validity), usable_sentence(t)
        hours = t.times.get("hours")
        returns = RETURNS[t.return_policy]
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
            uses_per_day=t.uses_per_day,
            validity_sentence=validity,
            weekdays=list(t.times.get("weekday", ())),
            hours=HoursOfDay(start=hours[0], end=hours[1]) if hours else None,
            stacking=CouponStacking(
                all=t.stacking.all,
                templates=[
                    StackedTemplate(id=strawberry.ID(ids.encode("tpl", i)), name=name) for i, name in t.stacking.named
                ],
                sentence=stacking_sentence(t),
            )
            if t.stacking
            else None,
            usable_sentence=usable,
            before=[face.sentence, face.scope_sentence, validity, *([f"仅{usable}"] if usable else [])],
            together=stacking_sentence(t),
            after=[
                *([FULL_PRICE] if t.full_price_only else []),
                *([f"每人每天限用 {t.uses_per_day} 张"] if t.uses_per_day else []),
                *(["商品有最低售价的，减到最低售价为止"] if t.content.keys() & PRICED_ARTICLES else []),
                f"{returns}；不兑现、不找零",
            ],
            borne=t.bearing,
        )


def usable_sentence(t: coupons.TemplateInfo) -> str | None:
    """周六、周日 18:00–22:00 可用; the rule's words of its condition alone."""
    if not t.times:
        return None
    least = {"id": "times", "template": t.code, "content": {"off": {"min": 0, "off": 1}}, "scope": {"all": True}}
    plain, timed = (words.rule(pricing.parse_coupon({**least, **when})) for when in ({}, {"when": dict(t.times)}))
    told = timed.removeprefix(plain).strip("，").replace("，", " ")
    return f"{told} 可用" if told[-1].isdigit() else f"{told}可用"


def validity_sentence(v: coupons.Validity) -> str:
    """领取后 3 天内有效（至第 3 天 24:00）."""
    if v.valid_until is not None:
        since = f"{words.moment(v.valid_from)} 起" if v.valid_from else ""
        return f"{since}{words.moment(v.valid_until)} 前有效"
    if v.hours is not None:
        hours = f"{v.hours // 24}×24" if v.hours % 24 == 0 and v.hours > 24 else str(v.hours)
        return f"次日 0 点起 {hours} 小时内有效" if v.next_day else f"领取后 {hours} 小时内有效"
    return f"次日生效，有效 {v.days} 天" if v.next_day else f"领取后 {v.days} 天内有效（至第 {v.days} 天 24:00）"
