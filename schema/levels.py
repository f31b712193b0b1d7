"""Levels 会员等级 by growth value: the scheme, where a member stands, growth by hand (B04)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Annotated, Any

import strawberry

from backend import automation, coupons, members, offers, pricing
from backend.kit import ids
from backend.kit.clock import now
from schema import words
from schema.base import (
    AppInfo,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Problem,
    checked_key,
    described,
    enumeration,
    may,
    merchant_id,
    shop,
)
from schema.catalog import needed_id
from schema.template_types import ANYTHING, CouponTemplate

LevelNeeds = enumeration(
    "LevelNeeds",
    {
        "NONE": "Everybody has it: the first level.",
        "FIRST_ORDER": "首单: one completed order.",
        "TOTAL": "累计: growth in all.",
        "PERIOD": "周期内: growth within one period.",
    },
    "What a level needs 门槛.",
)
LevelWhy = enumeration(
    "LevelWhy",
    {
        "FIRST_ORDER": "首单.",
        "GROWTH": "成长值达标.",
        "BY_HAND": "人工调整.",
        "PERIOD_END": "考核周期结束.",
        "SCHEME": "等级方案调整.",
    },
    "Why a level changed.",
)
WHY = {
    "first_order": "完成首单",
    "growth": "成长值达标",
    "by_hand": "人工调整",
    "period_end": "考核周期结束",
    "scheme": "等级方案调整",
}
PERIOD = {1: "当月", 3: "当季", 6: "半年内", 12: "当年"}


@described
@strawberry.type
class LevelPerk:
    """权益 of a level: the coupon that it brings, an offer that is live and asks for it, or a service in words.
    name: What it is called.
    sentence: The rule in words; null for a service.
    """

    name: str
    sentence: str | None


@described
@strawberry.type
class Level:
    """A level 会员等级 of the scheme.
    id: Code that offers name in `when.level`.
    name: Name shown to people.
    needs: Kind of threshold.
    growth: Threshold in growth value; null where the kind has none.
    perks: Services in words 服务权益; what comes off a price are offers.
    priority: 优先配送: orders come first in the stores' list.
    sentence: What the level needs, in words.
    """

    id: strawberry.ID
    name: str
    needs: LevelNeeds  # type: ignore[valid-type]
    growth: int | None
    perks: list[str]
    priority: bool
    sentence: str
    brings: strawberry.Private[uuid.UUID | None]
    each_month: strawberry.Private[uuid.UUID | None]
    each_birthday: strawberry.Private[uuid.UUID | None]

    @strawberry.field(
        description="升级礼券, what one gets once when one is promoted to it; of the first level 入会礼券, what who becomes a member gets"
        " once; null is nothing. Shoppers see none whose time is over."
    )
    async def coupon(self, info: AppInfo) -> CouponTemplate | None:
        return await _seen(info, self.brings)

    @strawberry.field(
        description="每月礼券, what one gets once a month; null is nothing. Shoppers see none whose time is over."
    )
    async def monthly(self, info: AppInfo) -> CouponTemplate | None:
        return await _seen(info, self.each_month)

    @strawberry.field(
        description="生日礼券, what one gets on one's birthday, once a year, by the level held then; null is nothing, or what everybody gets"
        " where no level of the scheme names one (`LevelScheme.defaultBirthday`). Shoppers see none whose time is over."
    )
    async def birthday(self, info: AppInfo) -> CouponTemplate | None:
        return await _seen(info, self.each_birthday)

    @staticmethod
    def of(level: members.Level, scheme: members.Scheme) -> Level:
        return Level(
            id=strawberry.ID(level.id),
            name=level.name,
            needs=LevelNeeds[level.needs.upper()],
            growth=level.growth if level.needs in ("total", "period") else None,
            perks=list(level.perks),
            sentence=_needs_words(level, scheme),
            priority=level.priority,
            brings=automation.levels.coupon_of(level),
            each_month=automation.levels.template_of(level.monthly),
            each_birthday=automation.levels.template_of(level.birthday),
        )


async def _seen(info: AppInfo, template: uuid.UUID | None) -> CouponTemplate | None:
    viewer, merchant = info.context.viewer, merchant_id(info)
    if viewer is None or viewer.kind != "staff":
        return await _lasting(merchant, template)
    found = await coupons.templates(merchant, ids=[template]) if template else []
    return CouponTemplate.of(found[0]) if found else None


async def _lasting(merchant: uuid.UUID, template: uuid.UUID | None) -> CouponTemplate | None:
    found = await automation.levels.lasting(merchant, template, now())
    return CouponTemplate.of(found) if found else None


def _needs_words(level: members.Level, scheme: members.Scheme) -> str:
    match level.needs:
        case "none":
            return "注册即是"
        case "first_order":
            return "完成首单"
        case "total":
            return f"累计 {level.growth} 成长值"
        case "period":
            return f"{PERIOD[scheme.period_months]}满 {level.growth} 成长值"


@described
@strawberry.type
class LevelScheme:
    """等级方案 of the merchant, in force now.
    version: Rises with each change; 0 is the default.
    per_yuan: Growth value for each whole yuan paid.
    period_months: Length of a period in months of the calendar: 1, 3, 6 or 12.
    per_review: Growth value for a review 评价; 0 is nothing.
    review_cap: Most of it on one day.
    per_share: Growth value when a friend opens what was shared 分享; 0 is nothing.
    share_cap: Most of it on one day.
    levels: From the lowest.
    changed_at: When this version was made; null for the default.
    sentence: How growth and periods work, in words.
    default_birthday: What a birthday brings to everybody while no level names a coupon for it, in words.
    """

    version: int
    per_yuan: int
    period_months: int
    per_review: int
    review_cap: int
    per_share: int
    share_cap: int
    levels: list[Level]
    changed_at: dt.datetime | None
    sentence: str
    default_birthday: str
    scheme: strawberry.Private[members.Scheme]

    @strawberry.field(
        description="What the levels name and no longer bring, for staff: coupons whose time is over, each at its place, and at `levels` that"
        " no birthday brings anything any more. Empty for shoppers."
    )
    async def warnings(self, info: AppInfo) -> list[Problem]:
        viewer = info.context.viewer
        if viewer is None or viewer.kind != "staff":
            return []
        found = await automation.levels.warnings(merchant_id(info), self.scheme, now())
        return [Problem(path=one.path, message=one.message) for one in found]

    @staticmethod
    def of(found: members.SchemeInfo) -> LevelScheme:
        scheme = found.scheme
        return LevelScheme(
            version=found.version,
            per_yuan=scheme.per_yuan,
            period_months=scheme.period_months,
            per_review=scheme.per_review,
            review_cap=scheme.review_cap,
            per_share=scheme.per_share,
            share_cap=scheme.share_cap,
            levels=[Level.of(level, scheme) for level in scheme.levels],
            changed_at=found.at,
            sentence=f"订单完成后，实付每 1 元得 {scheme.per_yuan} 成长值{_deeds(scheme)}；达标立即升级，{members.PERIODS[scheme.period_months]}末考核，不达标才降级",
            default_birthday=_default_birthday(),
            scheme=scheme,
        )


def _default_birthday() -> str:
    default = automation.birthdays.DEFAULT
    told = {"id": "face", "template": "face", "content": dict(default.content), "scope": dict(default.scope)}
    assert default.validity.hours is not None
    return f"{default.name} {words.rule(pricing.parse_coupon(told))}，{default.validity.hours // 24} 天有效"


def _deeds(scheme: members.Scheme) -> str:
    """What reviews and shares bring, in words."""
    review = f"，评价得 {scheme.per_review}（每天最多 {scheme.review_cap}）" if scheme.per_review else ""
    share = f"，好友打开分享得 {scheme.per_share}（每天最多 {scheme.share_cap}）" if scheme.per_share else ""
    return review + share


@described
@strawberry.type
class LevelStep:
    """How far it is to a level above.
    level: The level.
    have: Growth that counts for it.
    short: Growth that is missing; 0 where it is no question of growth.
    short_fen: Money that would bring it, fen.
    progress_bp: What is there of what it needs, of 10000.
    sentence: 还差 ¥120 升级金卡会员.
    """

    level: Level
    have: int
    short: int
    short_fen: Fen
    progress_bp: int
    sentence: str

    @staticmethod
    def of(step: members.Step, scheme: members.Scheme) -> LevelStep:
        level = step.level
        spend = f"还差 {words.yuan(step.short_fen).removesuffix('.00')} 升级{level.name}"
        return LevelStep(
            level=Level.of(level, scheme),
            have=step.have,
            short=step.short,
            short_fen=Fen(step.short_fen),
            progress_bp=min(10000, step.have * 10000 // level.growth) if level.growth else 0,
            sentence=f"完成首单升级{level.name}" if level.needs == "first_order" else spend,
        )


@described
@strawberry.type
class MemberLevel:
    """Where a member stands.
    level: The level that holds now.
    growth: Growth value 成长值 in all.
    in_period: Growth of the present period.
    owed: Growth that refunds took back after it was exchanged; what comes next pays it first.
    period_ends_at: End of the period, until when the level is held at least.
    next: The nearest level above; null at the top.
    steps: All levels above, from the nearest.
    """

    level: Level
    growth: int
    in_period: int
    owed: int
    period_ends_at: dt.datetime
    next: LevelStep | None
    steps: list[LevelStep]
    merchant: strawberry.Private[uuid.UUID]

    @strawberry.field(description="What the level brings: services, and live offers that ask for it.")
    async def perks(self, info: AppInfo) -> list[LevelPerk]:
        given = await self._given()
        told = {perk.name for perk in given}  # what the level does needs no word
        found = [LevelPerk(name=name, sentence=None) for name in self.level.perks if name not in told]
        live = await offers.live(self.merchant)
        for offer in live.offers.values():
            if str(self.level.id) in _levels_of(json.loads(offer.source).get("when") or {}):
                rule = words.rule(offer, live.sku_names)
                found.append(LevelPerk(name=offer.name or rule, sentence=rule))
        return (given + found)[:MOST_PERKS]

    async def _given(self) -> list[LevelPerk]:
        """Coupons that the level brings, and its place in the stores' list."""
        first = self.level.needs.name == "NONE"  # type: ignore[attr-defined]
        gift = None if first else await _lasting(self.merchant, self.level.brings)  # had with joining, or never
        given = [LevelPerk(name="升级礼券", sentence=_promised(gift))] if gift else []
        if monthly := await _lasting(self.merchant, self.level.each_month):
            given.append(LevelPerk(name="每月礼券", sentence=f"{monthly.name}，每月一张"))
        if birthday := await _lasting(self.merchant, self.level.each_birthday):
            given.append(LevelPerk(name="生日礼券", sentence=f"{_promised(birthday)}，登记生日后每年一张"))
        if self.level.priority:
            given.append(LevelPerk(name="优先配送", sentence="您的订单优先备货"))
        return given

    @staticmethod
    def of(merchant: uuid.UUID, found: members.Ladder) -> MemberLevel:
        at, scheme = now(), found.scheme
        held = members.held(found, at)
        steps = [LevelStep.of(step, scheme) for step in members.next_steps(scheme, found.standing, at, found.tz)]
        return MemberLevel(
            level=Level.of(scheme.named(held.level), scheme),
            growth=held.growth,
            in_period=held.in_period,
            owed=held.owed,
            period_ends_at=held.until or at,
            next=steps[0] if steps else None,
            steps=steps,
            merchant=merchant,
        )


MOST_PERKS = 20


def _promised(gift: CouponTemplate) -> str:
    """满60减10，限丸滑: what a coupon gives, with its goods unless these are all."""
    face = gift.face
    return face.sentence if face.scope_sentence == ANYTHING else f"{face.sentence}，{face.scope_sentence}"


def _levels_of(when: Any) -> Iterator[str]:
    """Levels that a condition asks for, outside any `not`."""
    if isinstance(when, dict):
        for name, value in when.items():
            if name == "level":
                yield from value
            elif name in ("all", "any"):
                for part in value:
                    yield from _levels_of(part)


@described
@strawberry.type
class LevelMove:
    """A change of a level, as it is kept for ever.
    id: Opaque id.
    before: Name of the level before.
    after: Name of the level after.
    why: Why it changed.
    growth: Growth value there was then.
    in_period: Growth of the period then.
    at: When it took effect.
    sentence: The change in words.
    """

    id: strawberry.ID
    before: str
    after: str
    why: LevelWhy  # type: ignore[valid-type]
    growth: int
    in_period: int
    at: dt.datetime
    sentence: str

    @staticmethod
    def of(move: members.LevelMoveInfo, scheme: members.Scheme) -> LevelMove:
        names = {level.id: level.name for level in scheme.levels}
        before, after = names.get(move.before, move.before), names.get(move.after, move.after)
        return LevelMove(
            id=strawberry.ID(ids.encode("lvm", move.id)),
            before=before,
            after=after,
            why=LevelWhy[move.why.upper()],
            growth=move.growth,
            in_period=move.in_period,
            at=move.at,
            sentence=f"{before} → {after}，{WHY[move.why]}",
        )


@described
@strawberry.input
class LevelInput:
    """A level of a scheme.
    id: Code, lower-case; the first level is `basic`.
    name: Name shown to people, at most 8 characters.
    needs: Kind of threshold.
    growth: Threshold in growth value, for TOTAL and PERIOD.
    perks: Services in words.
    priority: 优先配送: orders come first in the stores' list.
    monthly: Template of what one gets once a month 每月礼券; null is nothing.
    birthday: Template of what one gets on one's birthday 生日礼券, with a most that it takes off; null is nothing. Where no level names one everybody gets `LevelScheme.defaultBirthday`.
    coupon: Template of what one gets once when one is promoted to it 升级礼券, or becomes a member 入会礼券 (the first level); null is nothing.
    """

    id: str
    name: str
    needs: LevelNeeds  # type: ignore[valid-type]
    growth: int = 0
    perks: list[str] = strawberry.field(default_factory=list)
    coupon: strawberry.ID | None = None
    monthly: strawberry.ID | None = None
    birthday: strawberry.ID | None = None
    priority: bool = False


@described
@strawberry.input
class SetLevelSchemeInput:
    """A new scheme in place of the present one.
    per_yuan: Growth value for each whole yuan paid, 1–100.
    period_months: 1, 3, 6 or 12.
    per_review: Growth value for a review, 0–100.
    review_cap: Most of it on one day, up to 1000.
    per_share: Growth value when a friend opens what was shared, 0–100.
    share_cap: Most of it on one day, up to 1000.
    levels: From the lowest, which is everybody's.
    idempotency_key: Made by the client for this act.
    """

    levels: list[LevelInput]
    idempotency_key: strawberry.ID
    per_yuan: int = 1
    period_months: int = 12
    per_review: int = 0
    review_cap: int = 0
    per_share: int = 0
    share_cap: int = 0


@described
@strawberry.input
class AdjustGrowthInput:
    """Growth by hand 人工调整成长值.
    member_id: Whose.
    growth: How much, positive or negative.
    reason: Why; the customer reads it.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    growth: int
    reason: str
    idempotency_key: strawberry.ID


SetLevelSchemeResult = Annotated[
    LevelScheme | InvalidInput | IdempotencyConflict,
    strawberry.union("SetLevelSchemeResult", description="The scheme in force, or why not."),
]
AdjustGrowthResult = Annotated[
    MemberLevel | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("AdjustGrowthResult", description="Where the member stands now, or why not."),
]


async def level_of(merchant: uuid.UUID, member: uuid.UUID) -> MemberLevel:
    """Where a member who is there stands."""
    found = await members.ladder(merchant, member)
    if found is None:
        raise LookupError(f"member {member} is not there")
    return MemberLevel.of(merchant, found)


async def moves_of(merchant: uuid.UUID, member: uuid.UUID, first: int) -> list[LevelMove]:
    scheme = (await members.scheme_info(merchant)).scheme
    return [LevelMove.of(move, scheme) for move in (await members.levels.moves(merchant, [member], first))[member]]


@strawberry.type
class LevelQuery:
    @strawberry.field(description="Levels 会员等级 and what they need.", permission_classes=shop())
    async def level_scheme(self, info: AppInfo) -> LevelScheme:
        return LevelScheme.of(await members.scheme_info(merchant_id(info)))


@strawberry.type
class LevelMutation:
    @strawberry.mutation(
        description="Sets the levels; who reaches more has it at once, nobody loses a level before the period ends.",
        permission_classes=may("levels.write"),
    )
    async def set_level_scheme(self, info: AppInfo, input: SetLevelSchemeInput) -> SetLevelSchemeResult:
        levels = tuple(
            members.Level(
                one.id,
                one.name.strip(),
                one.needs.name.lower(),
                one.growth,
                tuple(p.strip() for p in one.perks),
                str(needed_id("tpl", one.coupon)) if one.coupon else "",
                str(needed_id("tpl", one.monthly)) if one.monthly else "",
                one.priority,
                str(needed_id("tpl", one.birthday)) if one.birthday else "",
            )
            for one in input.levels
        )
        scheme = members.Scheme(
            levels,
            input.per_yuan,
            input.period_months,
            input.per_review,
            input.review_cap,
            input.per_share,
            input.share_cap,
        )
        viewer = info.context.viewer
        assert viewer is not None
        key = checked_key(input.idempotency_key)
        done = await automation.levels.set_scheme(merchant_id(info), viewer.actor, scheme, key, now())
        match done:
            case members.SchemeInfo():
                return LevelScheme.of(done)
            case members.Invalid(problems):
                return InvalidInput.of(problems)
        return IdempotencyConflict.make()

    @strawberry.mutation(
        description="Gives or takes growth value by hand, with a reason.", permission_classes=may("members.adjust")
    )
    async def adjust_growth(self, info: AppInfo, input: AdjustGrowthInput) -> AdjustGrowthResult:
        viewer, merchant, member = info.context.viewer, merchant_id(info), needed_id("mem", input.member_id)
        assert viewer is not None
        done = await members.levels.adjust(
            merchant, viewer.actor, member, input.growth, input.reason, checked_key(input.idempotency_key), now()
        )
        match done:
            case members.Ladder():
                return MemberLevel.of(merchant, done)
            case members.Invalid(problems):
                return InvalidInput.of(problems)
            case members.MemberMissing():
                return NotFound.make("没有这位会员")
        return IdempotencyConflict.make()
