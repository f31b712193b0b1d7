"""Pure: 会员等级 levels by growth value 成长值 (B04). No I/O, no clock.

Up at once, down only when a period ends. What a level is at a moment follows from a member's row, the scheme and the moment
alone (`level_at`), whatever schedule ran or did not (docs/decisions/0018-levels.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

Needs = Literal["none", "first_order", "total", "period"]
Why = Literal["first_order", "growth", "by_hand", "period_end", "scheme"]
NEEDS: tuple[Needs, ...] = Needs.__args__  # type: ignore[attr-defined]
BASE = "basic"
"""The level of everybody: the first of every scheme."""
PRIORITY = "优先配送"
"""Not a word of `perks`: `Level.priority` says it, and orders follow."""
PERIODS = {1: "每月", 3: "每季度", 6: "每半年", 12: "每年"}
MOST_LEVELS, MOST_PERKS, NAME_LENGTH, PERK_LENGTH = 10, 8, 8, 20
MOST_GROWTH = 10_000_000
MOST_EACH, MOST_A_DAY = 100, 1_000
NUMBERS = ("per_yuan", "period_months", "per_review", "review_cap", "per_share", "share_cap")
LEVEL_ID = re.compile(r"[a-z][a-z0-9_]{0,19}")


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level. `growth` is the threshold of `total` (all there is) and `period` (within one period). `perks` are services
    in words (新品优先品鉴); what perks take off a price are offers with `when.level`. `coupon`: the template of what one gets when one is
    promoted to it (升级礼券), by id; `monthly` of what one gets each month (每月礼券, 免费果切), `birthday` of what one gets on one's birthday (生日礼券);
    "" is nothing. `priority`: orders come first in the stores' list (优先配送)."""

    id: str
    name: str
    needs: Needs = "none"
    growth: int = 0
    perks: tuple[str, ...] = ()
    coupon: str = ""
    monthly: str = ""
    priority: bool = False
    birthday: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """等级方案: levels from the lowest. `per_yuan` growth for each whole yuan paid; periods of `period_months` follow the
    merchant's calendar, so 12 is the calendar year. A review brings `per_review`, at most `review_cap` on one day; a friend who opens
    what was shared `per_share`, at most `share_cap`; 0 is nothing."""

    levels: tuple[Level, ...]
    per_yuan: int = 1
    period_months: int = 12
    per_review: int = 0
    review_cap: int = 0
    per_share: int = 0
    share_cap: int = 0

    def rank(self, level_id: str) -> int:
        """Its place from 0; −1 for a level that the scheme does not have."""
        return next((n for n, level in enumerate(self.levels) if level.id == level_id), -1)

    def climbed(self, before: str, after: str) -> tuple[Level, ...]:
        """The levels that somebody is promoted to who rises from one to another, those that were leapt over among them."""
        return self.levels[self.rank(before) + 1 : self.rank(after) + 1]

    def named(self, level_id: str) -> Level:
        """The level, or the lowest for one that is not there."""
        return self.levels[max(0, self.rank(level_id))]

    @property
    def names_birthdays(self) -> bool:
        """Whether birthdays go by level; where no level names a coupon everybody gets the same one (backend/automation)."""
        return any(level.birthday for level in self.levels)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any] | None) -> Scheme:
        """What was stored after `check_scheme`; None is the default. What a scheme of before does not say brings nothing."""
        if stored is None:
            return DEFAULT
        levels = (_level(level) for level in stored["levels"])
        extras = (stored.get(name, 0) for name in ("per_review", "review_cap", "per_share", "share_cap"))
        return Scheme(tuple(levels), stored["per_yuan"], stored["period_months"], *extras)


def _level(stored: Mapping[str, Any]) -> Level:
    """As it was stored; where 优先配送 was but a word, the level has it."""
    perks = tuple(stored.get("perks", ()))
    priority = stored.get("priority", PRIORITY in perks)
    return Level(**{**stored, "perks": tuple(perk for perk in perks if perk != PRIORITY), "priority": priority})


DEFAULT = Scheme(
    (
        Level(BASE, "普通会员"),
        Level("silver", "银卡会员", "first_order"),
        Level("gold", "金卡会员", "total", 500, ("新品优先品鉴",), priority=True),
        Level("diamond", "钻卡会员", "period", 2000, ("家庭装专享价",), priority=True),
    ),
    per_review=5,
    review_cap=15,
    per_share=2,
    share_cap=6,
)
"""银卡 at the first order, 金卡 500 yuan in total, 钻卡 2000 yuan a year; three reviews and three shares a day count. No level names a
coupon of the birthday: everybody gets the same one (backend/automation)."""


def check_scheme(scheme: Scheme) -> list[Problem]:
    """Every fault at once: bounds, ids and names once each, thresholds that rise."""
    found: list[Problem] = []
    if not 1 <= scheme.per_yuan <= 100:
        found.append(Problem("perYuan", "每元成长值须为 1–100"))
    if scheme.period_months not in PERIODS:
        found.append(Problem("periodMonths", "考核周期须为 1、3、6 或 12 个月"))
    for each, cap, name in (
        (scheme.per_review, scheme.review_cap, "Review"),
        (scheme.per_share, scheme.share_cap, "Share"),
    ):
        what = "评价" if name == "Review" else "分享"
        if not 0 <= each <= MOST_EACH:
            found.append(Problem(f"per{name}", f"每次{what}的成长值须为 0–{MOST_EACH}"))
        if not each <= cap <= MOST_A_DAY:
            found.append(Problem(f"{name.lower()}Cap", f"{what}每天最多的成长值须不少于每次的，最多 {MOST_A_DAY}"))
    if not 1 <= len(scheme.levels) <= MOST_LEVELS:
        found.append(Problem("levels", f"等级须有 1–{MOST_LEVELS} 个"))
    reached: Level | None = None
    for n, level in enumerate(scheme.levels):
        found += [Problem(f"levels[{n}].{field}", text) for field, text in _faults(scheme, n, level)]
        if level.needs in ("total", "period"):
            if reached is not None and level.growth <= reached.growth:
                found.append(
                    Problem(f"levels[{n}].growth", f"门槛须高于「{reached.name}」的 {reached.growth}：等级越高门槛越高")
                )
            reached = level
    return found


def _faults(scheme: Scheme, n: int, level: Level) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    before = scheme.levels[:n]
    if not LEVEL_ID.fullmatch(level.id):
        found.append(("id", "编号须为 1–20 个小写字母、数字或下划线，以字母开头"))
    if any(other.id == level.id for other in before):
        found.append(("id", f"编号 {level.id} 重复"))
    if not 1 <= len(level.name.strip()) <= NAME_LENGTH:
        found.append(("name", f"名称须为 1–{NAME_LENGTH} 个字"))
    if any(other.name.strip() == level.name.strip() for other in before):
        found.append(("name", f"名称「{level.name.strip()}」重复"))
    if n == 0 and (level.id != BASE or level.needs != "none"):
        found.append(("id", f"第一级是所有会员的等级，编号须为 {BASE}，不设门槛"))
    match level.needs:
        case "none":
            if n > 0:
                found.append(("needs", "只有第一级可以不设门槛"))
        case "first_order":
            if any(other.needs != "none" for other in before):
                found.append(("needs", "首单门槛只能用于第二级"))
        case "total" | "period":
            if not 1 <= level.growth <= MOST_GROWTH:
                found.append(("growth", f"门槛须为 1–{MOST_GROWTH} 成长值"))
        case _:
            found.append(("needs", f"门槛种类须是其中之一：{'、'.join(NEEDS)}"))
    if level.needs in ("none", "first_order") and level.growth:
        found.append(("growth", "这种门槛没有成长值"))
    if len(level.perks) > MOST_PERKS or any(not 1 <= len(p.strip()) <= PERK_LENGTH for p in level.perks):
        found.append(("perks", f"权益最多 {MOST_PERKS} 项，每项 1–{PERK_LENGTH} 个字"))
    if any(p.strip() == PRIORITY for p in level.perks):
        found.append(("perks", f"「{PRIORITY}」请打开它的开关：写在这里只是文字，订单不会排在前面"))
    return found


def period(at: datetime, tz: str, months: int) -> tuple[datetime, datetime]:
    """[start, end) of the period of the merchant's calendar in which an instant lies."""
    day = at.astimezone(ZoneInfo(tz))
    first = (day.year * 12 + day.month - 1) // months * months
    return _month_start(first, tz), _month_start(first + months, tz)


def _month_start(number: int, tz: str) -> datetime:
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(tz))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member's level follows from. `level` is held until `until` (None: never settled), and `in_period` is the growth
    earned in the period that ends then; `orders` were completed. `spent` is what was exchanged, less what was voided; `owed` of
    it was taken back by refunds after it was spent, and is paid out of the growth that comes next."""

    level: str = BASE
    until: datetime | None = None
    growth: int = 0
    in_period: int = 0
    orders: int = 0
    owed: int = 0
    spent: int = 0


def warranted(scheme: Scheme, orders: int, growth: int, in_period: int) -> Level:
    """The highest level whose condition holds."""
    best = scheme.levels[0]
    for level in scheme.levels:
        match level.needs:
            case "none":
                reached = True
            case "first_order":
                reached = orders > 0
            case "total":
                reached = growth >= level.growth
            case "period":
                reached = in_period >= level.growth
        best = level if reached else best
    return best


def counted(scheme: Scheme, standing: Standing, at: datetime, tz: str) -> int:
    """Growth that decides about levels by period at `at`: of this period, or of the one that has just ended."""
    start, _ = period(at, tz, scheme.period_months)
    return standing.in_period if standing.until is not None and standing.until >= start else 0


def level_at(scheme: Scheme, standing: Standing, at: datetime, tz: str) -> Level:
    """The level at a moment: what is held until the end of its period, or more where more is warranted; after that end what
    the period that ended warrants."""
    due = warranted(scheme, standing.orders, standing.growth, counted(scheme, standing, at, tz))
    if standing.until is not None and at < standing.until and scheme.rank(standing.level) > scheme.rank(due.id):
        return scheme.named(standing.level)
    return due


def settled(scheme: Scheme, standing: Standing, at: datetime, tz: str) -> Standing:
    """The standing brought to the period of `at`: what is warranted now is held until its end. Changes no level."""
    level = level_at(scheme, standing, at, tz)
    if standing.until is not None and at < standing.until:
        return replace(standing, level=level.id)
    return replace(standing, level=level.id, until=period(at, tz, scheme.period_months)[1], in_period=0)


def moved(
    scheme: Scheme, standing: Standing, at: datetime, tz: str, *, growth: int = 0, counts: bool = True, orders: int = 0
) -> Standing:
    """A settled standing after growth came or went. What goes lowers no level before the period ends; `counts` says whether
    it belongs to this period."""
    now = replace(
        standing,
        growth=standing.growth + growth,
        in_period=max(0, standing.in_period + (growth if counts else 0)),
        orders=max(0, standing.orders + orders),
    )
    return settled(scheme, whole(now), at, tz)


def whole(standing: Standing) -> Standing:
    """What is left of this period is never more than all that is left, where growth was spent."""
    return replace(standing, in_period=min(standing.in_period, standing.growth)) if standing.spent else standing


def spend(standing: Standing, amount: int) -> Standing:
    """Growth that is exchanged: what earlier periods left goes first, so that this period keeps what it can. The level stays
    until the period ends; what was spent does not count then."""
    return whole(replace(standing, growth=standing.growth - amount, spent=standing.spent + amount))


def unspend(standing: Standing, amount: int, of_period: int) -> Standing:
    """An exchange that is void gives back what it took, `of_period` of it from this period."""
    back = replace(standing, growth=standing.growth + amount, spent=standing.spent - amount)
    return replace(back, in_period=standing.in_period + of_period)


def chased(standing: Standing, short: int, by_staff: int = 0) -> int:
    """How much of what a refund could not take, because it is not there, is owed: as far as it was spent. `by_staff` is what staff
    took and no refund has found gone yet: that it is not there is nobody's debt."""
    return min(max(0, short - by_staff), standing.spent - standing.owed)


@dataclass(frozen=True, slots=True)
class Step:
    """How far it is to a level above. `short` is growth, with what is owed first; `short_fen` the money that brings it."""

    level: Level
    have: int
    short: int
    short_fen: int


def next_steps(scheme: Scheme, standing: Standing, at: datetime, tz: str) -> list[Step]:
    """Levels above the present one, from the nearest."""
    now = settled(scheme, standing, at, tz)
    found = []
    for level in scheme.levels[scheme.rank(level_at(scheme, standing, at, tz).id) + 1 :]:
        have = {"total": now.growth, "period": now.in_period}.get(level.needs, 0)
        short = level.growth - have + now.owed if level.growth > have else 0
        found.append(Step(level, have, short, -(-short // scheme.per_yuan) * 100))
    return found


def growth_of(fen: int, per_yuan: int) -> int:
    """Growth for money paid: whole yuan."""
    return fen // 100 * per_yuan


def to_take_back(earned: int, taken: int, base_fen: int, kept_fen: int) -> int:
    """What a refund takes of the growth that an order earned: what the money that is kept would not have earned. `base_fen`
    earned it, `taken` went back before."""
    if base_fen < 100 or earned <= 0:
        return 0
    per_yuan = earned // (base_fen // 100)
    return max(0, earned - growth_of(min(kept_fen, base_fen), per_yuan) - taken)


def parsed(given: object) -> tuple[Scheme | None, Sequence[Problem]]:
    """A scheme from JSON that somebody wrote (the command line), or every fault of it."""
    if not isinstance(given, Mapping):
        return None, [Problem("", "方案须是一个 JSON 对象")]
    found = [Problem(str(k), "没有这个字段") for k in given if k not in ("levels", *NUMBERS)]
    numbers = {k: given.get(k, getattr(DEFAULT, k)) for k in NUMBERS}
    found += [Problem(k, "须是整数") for k, v in numbers.items() if type(v) is not int]
    rows, levels = given.get("levels", []), []
    if not isinstance(rows, list):
        return None, [*found, Problem("levels", "须是列表")]
    kinds = {
        "id": str,
        "name": str,
        "needs": str,
        "growth": int,
        "perks": list,
        "coupon": str,
        "monthly": str,
        "birthday": str,
        "priority": bool,
    }
    for n, row in enumerate(rows):
        if not isinstance(row, Mapping):
            found.append(Problem(f"levels[{n}]", "须是对象"))
            continue
        found += [Problem(f"levels[{n}].{k}", "没有这个字段") for k in row if k not in kinds]
        wrong = [k for k, v in row.items() if k in kinds and type(v) is not kinds[k]]
        wrong += [k for k in ("id", "name") if k not in row]
        wrong += (
            ["perks"] if not all(isinstance(p, str) for p in row.get("perks") or () if "perks" not in wrong) else []
        )
        found += [Problem(f"levels[{n}].{k}", "缺少，或种类不对") for k in wrong]
        if not wrong:
            fields = {k: v for k, v in row.items() if k in kinds}
            levels.append(Level(**{**fields, "perks": tuple(fields.get("perks", ()))}))
    if found:
        return None, found
    scheme = Scheme(tuple(levels), **numbers)
    found = check_scheme(scheme)
    return (None, found) if found else (scheme, [])
