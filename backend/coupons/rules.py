"""Pure rules about coupons: validity, what a template and a drop must be, for whom a drop is, states."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend import offers, pricing
from backend.coupons.content_rules import article_of, face_of, lowers
from backend.coupons.stacking_rules import ALONE, Stacking

DropState = Literal["DRAFT", "UPCOMING", "OPEN", "NEXT_BATCH", "SOLD_OUT", "ENDED"]
Access = Literal["public", "link", "shared", "codes", "staff"]
Because = Literal[
    "CHANNEL",
    "LEVEL",
    "TAG",
    "NEW_ONLY",
    "RETURNING_ONLY",
    "REGION",
    "STORE",
    "LIFECYCLE",
    "RFM_TIER",
    "NOT_FOLLOWING",
    "NOT_IN_GROUP",
    "NOT_PICKED_UP",
]
LIFECYCLES = ("new", "active", "silent", "lost")
RFM_TIERS = ("potential", "active", "at_risk")
ACCESS: tuple[Access, ...] = Access.__args__  # type: ignore[attr-defined]
REACHABLE: tuple[Because, ...] = ("NOT_FOLLOWING", "NOT_IN_GROUP", "NOT_PICKED_UP")
"""What a customer can do something about."""
PLACEMENTS = ("home", "product", "cart", "centre", "popup")
CHANNELS = ("miniapp", "app", "mall", "pos", "h5")
MAX_TOTAL = 10_000_000
MAX_BATCHES = 48
MAX_BUDGET_FEN = 10**12
MAX_POINTS = 100_000
TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
COUPON_POLICY = {"compensations_per_day": 20, "compensation_fen_per_day": 20_000}
"""Defaults of a merchant: compensation coupons that one clerk may give on one day, and their face value in fen (K04)."""


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Validity:
    """When a coupon may be used (K01): a fixed window; or hours after the claim; or days after it, to the end of the last
    day of the merchant's calendar, so never less than that many times 24 hours. With `next_day` hours and days begin at
    the first instant of the day after the claim; a coupon of N days ends at the same instant either way."""

    valid_from: datetime | None
    valid_until: datetime | None
    hours: int | None
    days: int | None = None
    next_day: bool = False

    def of_claim(self, at: datetime, tz: str = "Asia/Shanghai") -> tuple[datetime, datetime]:
        """(from, until) of a coupon claimed at `at`; the end is excluded. `tz` is the merchant's time zone."""
        if self.valid_until is not None:
            return max(at, self.valid_from or at), self.valid_until
        today = at.astimezone(ZoneInfo(tz)).date()
        begins = day_start(today + timedelta(days=1), tz) if self.next_day else at
        if self.hours is not None:
            return begins, begins + timedelta(hours=self.hours)
        assert self.days is not None
        return begins, day_start(today + timedelta(days=self.days + 1), tz)


def day_start(day: date, tz: str) -> datetime:
    """The first instant of a calendar day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a drop is (K02): every condition that is named must hold, any value of it will do. `regions` are prefixes of
    a region path (四川/成都) of the store in which one claims, or else of the member's home store. `follows` the official account,
    `in_group` and `picked_up` (a group order 团购) are what a customer can do something about."""

    levels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    customer: Literal["new", "returning"] | None = None
    regions: tuple[str, ...] = ()
    home_stores: tuple[str, ...] = ()
    lifecycles: tuple[str, ...] = ()
    rfm_tiers: tuple[str, ...] = ()
    follows: bool = False
    in_group: bool = False
    picked_up: bool = False

    def to_json(self) -> dict[str, Any]:
        given = {
            "levels": list(self.levels),
            "tags": list(self.tags),
            "customer": self.customer,
            "regions": list(self.regions),
            "home_stores": list(self.home_stores),
            "lifecycles": list(self.lifecycles),
            "rfm_tiers": list(self.rfm_tiers),
            "follows": self.follows,
            "in_group": self.in_group,
            "picked_up": self.picked_up,
        }
        return {name: value for name, value in given.items() if value}

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Audience:
        return Audience(
            tuple(stored.get("levels", ())),
            tuple(stored.get("tags", ())),
            stored.get("customer"),
            tuple(stored.get("regions", ())),
            tuple(stored.get("home_stores", ())),
            tuple(stored.get("lifecycles", ())),
            tuple(stored.get("rfm_tiers", ())),
            stored.get("follows", False),
            stored.get("in_group", False),
            stored.get("picked_up", False),
        )


@dataclass(frozen=True, slots=True)
class Claimant:
    """What is asked about somebody who claims. `region` is the path of the store that is meant, "" when none is."""

    level: str
    tags: tuple[str, ...]
    orders: int
    home_store: str | None
    region: str
    channel: str | None
    lifecycle: str = "new"
    rfm_tier: str | None = None
    ties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a drop is not for somebody: the first condition that fails, what it needs and what there is."""

    because: Because
    needs: tuple[str, ...]
    has: tuple[str, ...]


def misfit(audience: Audience, channels: Sequence[str], who: Claimant) -> Misfit | None:
    """None when the drop is for this person through this channel (K02). `who.channel` None: not asked about."""
    if channels and who.channel is not None and who.channel not in channels:
        return Misfit("CHANNEL", tuple(channels), (who.channel,))
    if audience.levels and who.level not in audience.levels:
        return Misfit("LEVEL", audience.levels, (who.level,))
    if audience.tags and not set(audience.tags) & set(who.tags):
        return Misfit("TAG", audience.tags, who.tags)
    if audience.customer == "new" and who.orders > 0:
        return Misfit("NEW_ONLY", (), ())
    if audience.customer == "returning" and who.orders == 0:
        return Misfit("RETURNING_ONLY", (), ())
    if audience.regions and not any(who.region == r or who.region.startswith(f"{r}/") for r in audience.regions):
        return Misfit("REGION", audience.regions, (who.region,) if who.region else ())
    if audience.home_stores and who.home_store not in audience.home_stores:
        return Misfit("STORE", audience.home_stores, (who.home_store,) if who.home_store else ())
    if audience.lifecycles and who.lifecycle not in audience.lifecycles:
        return Misfit("LIFECYCLE", audience.lifecycles, (who.lifecycle,))
    if audience.rfm_tiers and who.rfm_tier not in audience.rfm_tiers:
        return Misfit("RFM_TIER", audience.rfm_tiers, (who.rfm_tier,) if who.rfm_tier else ())
    if audience.follows and "account" not in who.ties:  # last: all that the customer cannot help holds
        return Misfit("NOT_FOLLOWING", (), ())
    if audience.in_group and "group" not in who.ties:
        return Misfit("NOT_IN_GROUP", (), ())
    if audience.picked_up and "pickup" not in who.ties:
        return Misfit("NOT_PICKED_UP", (), ())
    return None


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """What a coupon is. `return_policy` (Q08): whole, below (also when what is kept no longer reaches the threshold), or never; `grace_days` None: the merchant's own. `bearing`: who bears
    what it takes off (backend/offers/bearing_rules.py), empty = the merchant; `uses_per_day` None: as many as one has; `times` (K06):
    `weekday` (1–7, Monday first) and `hours` (start and end of day) at which it may be used, as in `when`, empty = always;
    `stacking`: which other coupons may be used on the same goods, empty = none; `full_price_only` 原价券: it counts and discounts only
    goods that no promotion of the levels LINE and ORDER takes; `budget_fen`: what its coupons may be worth at face
    in all (K01), None = no end and nothing counted."""

    name: str
    content: Mapping[str, Any]
    scope: Mapping[str, Any]
    validity: Validity
    return_policy: str = "whole"
    grace_days: int | None = None
    bearing: tuple[Mapping[str, Any], ...] | Mapping[str, Any] = ()
    uses_per_day: int | None = None
    times: Mapping[str, Any] = field(default_factory=dict)
    stacking: Stacking = ALONE
    full_price_only: bool = False
    budget_fen: int | None = None


@dataclass(frozen=True, slots=True)
class NewBatch:
    opens_at: datetime
    share: int


@dataclass(frozen=True, slots=True)
class NewExtra:
    """What one gets beside the coupon (K10): points, a coupon for one unit of an article (good for so many days), or both."""

    points: int = 0
    gift_sku: str | None = None
    gift_days: int = 30


@dataclass(frozen=True, slots=True)
class NewTier:
    """One tier of a drop 分档 (K10): for whom, and which coupon they get."""

    audience: Audience
    template: NewTemplate | UUID


@dataclass(frozen=True, slots=True)
class NewDrop:
    """How a template is given out. `budget_fen` caps the face value held and spent (C7); `scene` is a scope of goods. With
    `tiers` the first that fits a member says what that one gets; `template` is then the one of the first tier."""

    name: str
    template: NewTemplate | UUID
    starts_at: datetime
    ends_at: datetime
    total: int
    per_member: int
    publish: bool
    per_day: int | None = None
    access: Access = "public"
    shared_code: str | None = None
    audience: Audience = field(default_factory=Audience)
    placements: tuple[str, ...] = ("centre",)
    channels: tuple[str, ...] = ()
    scene: Mapping[str, Any] | None = None
    batches: tuple[NewBatch, ...] = ()
    carry: bool = True
    gives_back: bool = False
    budget_fen: int | None = None
    extra: NewExtra | None = None
    tiers: tuple[NewTier, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """What a drop has left at an instant. `room` is how many may be claimed now; `next_batch_at` when more open."""

    room: int
    next_batch_at: datetime | None


def room_of(
    total: int,
    issued: int,
    batches: Sequence[tuple[datetime, int, int]],
    carry: bool,
    budgets: Sequence[tuple[int, int]],
    at: datetime,
) -> Room:
    """The same sum as in the claim statement, for showing. `batches` are (opens at, share, issued) in order; `budgets` are
    (fen left, what one takes of it)."""
    room, next_at = total - issued, None
    for left, cost in budgets:
        room = min(room, left // max(1, cost))
    if batches and room > 0:
        opened = [b for b in batches if b[0] <= at]
        next_at = next((b[0] for b in batches if b[0] > at), None)
        left = sum(b[1] for b in opened) - issued if carry else (opened[-1][1] - opened[-1][2] if opened else 0)
        room = min(room, left)
    return Room(max(0, room), next_at)


def drop_state(stored: str, starts_at: datetime, ends_at: datetime, left: Room, at: datetime) -> DropState:
    match stored:
        case "draft":
            return "DRAFT"
        case "ended":
            return "ENDED"
        case "published":
            if at >= ends_at:
                return "ENDED"
            if at < starts_at:
                return "UPCOMING"
            if left.room > 0:
                return "OPEN"
            return "NEXT_BATCH" if left.next_batch_at else "SOLD_OUT"
    raise ValueError(f"unknown drop state {stored!r}")


def in_scene(scene: Mapping[str, Any], goods: Sequence[pricing.Product]) -> bool:
    """Whether some of these goods bring a drop up (K06)."""
    scope = pricing.parse_offer({"id": "scene", "type": "amount_off", "off": 1, "scope": dict(scene)}).scope
    return any(scope.holds(product) for product in goods)


def good_for(content: Mapping[str, Any], scope: Mapping[str, Any], goods: Sequence[pricing.Product]) -> bool:
    """Whether a coupon says anything to somebody who looks at these goods (K02, product page): one of them is in its scope, or
    is the article that it is exchanged for; what is off the shipping is good for any."""
    if (sku := article_of(content)) is not None:
        return any(product.sku == sku for product in goods)
    return bool(goods) if "shipping" in content else in_scene(scope, goods)


def bearing_path(path: str) -> str:
    """Where a part of `bearing` stands in what was asked: shares and seasons beside each other."""
    return path.replace("bearing.shares", "bearing", 1).replace("bearing.seasons", "bearingSeasons", 1)


def check_template(new: NewTemplate) -> list[Problem]:
    """Every fault of a template."""
    problems = []
    if not 1 <= len(new.name.strip()) <= 18:
        problems.append(Problem("name", "名称须有 1–18 个字"))
    v = new.validity
    if (v.valid_until is not None) + (v.hours is not None) + (v.days is not None) != 1:
        problems.append(Problem("validUntil", "有效期须三选一：固定截止时间、领取后若干小时、领取后若干天"))
    elif v.hours is not None and not 1 <= v.hours <= 24 * 366:
        problems.append(Problem("validHours", "领取后有效小时数须为 1–8784"))
    elif v.days is not None and not 1 <= v.days <= 366:
        problems.append(Problem("validDays", "领取后有效天数须为 1–366"))
    elif v.valid_until is not None and v.valid_from is not None and v.valid_from >= v.valid_until:
        problems.append(Problem("validFrom", "生效时间须早于截止时间"))
    if v.next_day and v.valid_until is not None:
        problems.append(Problem("nextDay", "固定有效期不能同时“次日生效”"))
    if v.valid_from is not None and v.valid_until is None:
        problems.append(Problem("validFrom", "只有固定有效期才能指定生效时间"))
    if new.return_policy not in ("whole", "below", "never"):
        problems.append(Problem("returnPolicy", "退券规则须是其中之一：整单退款时退回、不够门槛时退回、不退回"))
    if new.grace_days is not None and not 0 <= new.grace_days <= 365:
        problems.append(Problem("graceDays", "过期后仍可退回的天数须为 0–365"))
    if new.uses_per_day is not None and not 1 <= new.uses_per_day <= 99:
        problems.append(Problem("usesPerDay", "每人每天限用须为 1–99 张"))
    terms, faults = offers.bearing_rules.parse_terms(new.bearing, "bearing")
    problems += [Problem(bearing_path(f.path), f.message) for f in faults]
    if "shipping" in new.content and any(s.who == "sku_supplier" for _, its in terms.parts("") for s in its):
        problems.append(Problem("bearing", "运费不属于哪件商品，请改为指定供应商"))
    if new.full_price_only and not lowers(new.content):
        problems.append(Problem("fullPriceOnly", "运费券、额外积分券、全额返券不减商品价格，不能设为仅限原价商品"))
    problems += _check_times(new.times)
    probe = {"id": "draft", "template": "draft", "content": dict(new.content), "scope": dict(new.scope)}
    try:
        pricing.parse_coupon({**probe, "expires": "2100-01-01T00:00:00+00:00"}, "content")
    except pricing.Malformed as error:
        return problems + [Problem(p.path.replace("content.content.", "content."), p.message) for p in error.problems]
    if fault := cap_fault(new.budget_fen, face_of(new.content)):
        problems.append(Problem("budgetFen", fault))
    return problems


def cap_fault(cap_fen: int | None, face_fen: int | None) -> str | None:
    """Why a template whose coupons take off so much cannot have this budget (K01)."""
    if cap_fen is None:
        return None
    if not 1 <= cap_fen <= MAX_BUDGET_FEN:
        return "预算须是 0.01 元至 1 亿元的金额（分）"
    return "这种券没有确定的最高优惠额，不能设预算" if face_fen is None else None


def _check_times(times: Mapping[str, Any]) -> list[Problem]:
    """Weekdays and hours (K06), each fault once; an end before the start lies on the next day, as the engine reads it."""
    problems = []
    days = times.get("weekday")
    if days is not None and (not days or any(not 1 <= day <= 7 for day in days) or len(set(days)) < len(days)):
        problems.append(Problem("weekdays", "可用星期须是 1（周一）到 7（周日），不重复"))
    if "hours" in times:
        start, end = times["hours"]
        for name, text in (("start", start), ("end", end)):
            if not TIME_OF_DAY.fullmatch(text) and not (name == "end" and text == "24:00"):
                problems.append(Problem(f"hours.{name}", "须是一天中的时刻，如 18:00"))
        if start == end:
            problems.append(Problem("hours.end", "可用时段的开始与结束不能相同"))
    return problems


def outlived(validity: Validity, ends_at: datetime) -> bool:
    """Whether a coupon of this validity can end before its claim window does (K02): who claims last would have nothing."""
    return validity.valid_until is not None and validity.valid_until <= ends_at


def check_drop(new: NewDrop, validity: Validity | None, face_fen: int | None, extra_fen: int = 0) -> list[Problem]:
    """Every fault of a drop; `validity` and `face_fen` are its template's, None where that is malformed itself; `extra_fen` is
    what one gets beside it. That a coupon outlives its claim window (K02) is among them."""
    problems = []
    if not 1 <= len(new.name.strip()) <= 18:
        problems.append(Problem("name", "名称须有 1–18 个字"))
    if new.starts_at >= new.ends_at:
        problems.append(Problem("endsAt", "结束时间须晚于开始时间"))
    if not 1 <= new.total <= MAX_TOTAL:
        problems.append(Problem("total", f"发放总量须为 1–{MAX_TOTAL}"))
    if not 1 <= new.per_member <= 99:
        problems.append(Problem("perMember", "每人限领须为 1–99"))
    if new.per_day is not None and not 1 <= new.per_day <= new.per_member:
        problems.append(Problem("perDay", "每人每天限领须为 1 到每人限领数"))
    if validity is not None and outlived(validity, new.ends_at):
        problems.append(Problem("validUntil", "券的截止时间须晚于领取结束时间，否则有人领到即过期"))
    problems += (
        _check_access(new) + check_audience(new.audience, "audience") + _check_batches(new) + _check_extra(new.extra)
    )
    return problems + _check_budget(new, face_fen, extra_fen)


def _check_extra(extra: NewExtra | None) -> list[Problem]:
    if extra is None:
        return []
    problems = []
    if not 0 <= extra.points <= MAX_POINTS:
        problems.append(Problem("extra.points", f"另送的积分须为 0–{MAX_POINTS}"))
    if extra.points == 0 and extra.gift_sku is None:
        problems.append(Problem("extra.points", "另送积分、另送商品兑换券至少填一项"))
    if extra.gift_sku is not None and not 1 <= extra.gift_days <= 366:
        problems.append(Problem("extra.giftDays", "兑换券的有效天数须为 1–366"))
    return problems


def _check_access(new: NewDrop) -> list[Problem]:
    problems = []
    if new.access not in ACCESS:
        problems.append(Problem("access", "未知的领取方式"))
    if (new.access == "shared") != (new.shared_code is not None):
        problems.append(Problem("sharedCode", "通用口令的活动须填口令，其他领取方式不填"))
    unknown = [p for p in new.placements if p not in PLACEMENTS]
    if unknown or not new.placements:
        problems.append(Problem("placements", "投放位置至少选一个：首页、商品页、购物车、领券中心、弹窗"))
    if any(c not in CHANNELS for c in new.channels):
        problems.append(Problem("channels", "未知的渠道"))
    if new.scene is not None:
        probe = {"id": "draft", "type": "amount_off", "off": 1, "scope": dict(new.scene)}
        try:
            pricing.parse_offer(probe, "")
        except pricing.Malformed as error:
            problems += [Problem(f"scene.{p.path}", p.message) for p in error.problems]
    return problems


def check_audience(audience: Audience, path: str) -> list[Problem]:
    """Every fault of an audience; `path` is where it stands."""
    problems = []
    for name, values in (
        ("levels", audience.levels),
        ("tags", audience.tags),
        ("regions", audience.regions),
    ):
        if any(not 1 <= len(value.strip()) <= 60 for value in values) or len(values) > 50:
            problems.append(Problem(f"{path}.{name}", "每项须有 1–60 个字，最多 50 项"))
    for name, values, known in (
        ("lifecycles", audience.lifecycles, LIFECYCLES),
        ("rfmTiers", audience.rfm_tiers, RFM_TIERS),
    ):
        if any(value not in known for value in values):
            problems.append(Problem(f"{path}.{name}", f"须是其中之一：{'、'.join(known)}"))
    return problems


def _check_batches(new: NewDrop) -> list[Problem]:
    batches = new.batches
    if not batches:
        return []
    if len(batches) > MAX_BATCHES:
        return [Problem("batches", f"最多 {MAX_BATCHES} 批")]
    problems = [
        Problem(f"batches[{n}].share", "每批数量须至少为 1") for n, batch in enumerate(batches) if batch.share < 1
    ]
    if batches[0].opens_at != new.starts_at:
        problems.append(Problem("batches[0].opensAt", "第一批须在活动开始时放出"))
    for n in range(1, len(batches)):
        if batches[n].opens_at <= batches[n - 1].opens_at:
            problems.append(Problem(f"batches[{n}].opensAt", "须晚于前一批"))
        elif batches[n].opens_at >= new.ends_at:
            problems.append(Problem(f"batches[{n}].opensAt", "须早于领取结束时间"))
    if (share := sum(batch.share for batch in batches)) != new.total:
        problems.append(Problem("batches", f"各批之和须等于发放总量 {new.total}，现为 {share}"))
    if new.gives_back:
        problems.append(Problem("givesBack", "分批放量的活动不能把作废、过期的名额放回"))
    return problems


def _check_budget(new: NewDrop, face_fen: int | None, extra_fen: int) -> list[Problem]:
    if new.budget_fen is None:
        return []
    if not 1 <= new.budget_fen <= MAX_BUDGET_FEN:
        return [Problem("budgetFen", "预算须大于 0")]
    if not face_fen:
        return [Problem("budgetFen", "这种券没有确定的最高优惠额（折扣券请设封顶），不能设预算")]
    if face_fen + extra_fen > new.budget_fen:
        return [Problem("budgetFen", "预算不足一张券的面额与另送的价值")]
    return []
