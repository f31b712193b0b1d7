"""Pure: 生命周期 states of customers and RFM tiers (B06). No I/O, no clock.

`state_of` and `tier_of` say for one customer what the one statement of `members.lifecycle` says for all; a test holds them
together. Definitions for operators stand in docs/settings.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.members.level_rules import Problem

State = Literal["new", "active", "silent", "lost"]
Tier = Literal["potential", "active", "at_risk"]
STATES: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]
TIERS: tuple[Tier, ...] = Tier.__args__  # type: ignore[attr-defined]
BOUNDS = {
    "new_days": (1, 365),
    "silent_months": (1, 36),
    "lost_cycles": (1, 20),
    "shortest_cycle_days": (1, 90),
    "usual_cycle_days": (1, 365),
    "window_months": (1, 36),
    "offers_a_day": (0, 100_000),
    "lost_back_fen": (100, 100_000),
    "new_off_fen": (100, 100_000),
    "new_min_fen": (0, 1_000_000),
}
SILENT_PRICE_FEN = 300
"""What the article of `silent_sku` costs with the coupon: 3 元换购."""
WORDS = {
    "new_days": "首单后多少天内算新客",
    "silent_months": "多少个月未消费算沉默",
    "lost_cycles": "错过几个购买周期算流失",
    "shortest_cycle_days": "购买周期最短按几天算",
    "usual_cycle_days": "无历史时的购买周期天数",
    "window_months": "RFM 统计月数",
    "offers_a_day": "每天最多自动发放的券",
    "lost_back_fen": "全额退券最多返的金额（分）",
    "new_off_fen": "新客券的面额（分）",
    "new_min_fen": "新客券的门槛（分）",
}


@dataclass(frozen=True, slots=True)
class LifecycleRules:
    """A merchant's thresholds. `silent_offer`, `lost_offer`: whether who falls silent or is lost gets a coupon, once for each
    time, at most `offers_a_day` of the merchant a day. `silent_sku`: the article that a silent customer may have for 3 yuan; "":
    3 yuan off anything. `lost_back_fen`: of what a lost customer pays so much comes back at most. `new_offer`: whether who joins
    gets a coupon of `new_off_fen` from `new_min_fen` on, once for ever, before the first order and within `new_days`; off until
    the merchant says so, for it costs money by who logs in."""

    new_days: int = 30
    silent_months: int = 6
    lost_cycles: int = 3
    shortest_cycle_days: int = 7
    usual_cycle_days: int = 30
    window_months: int = 12
    offers_a_day: int = 200
    silent_offer: bool = True
    lost_offer: bool = True
    silent_sku: str = ""
    lost_back_fen: int = 2000
    new_offer: bool = False
    new_off_fen: int = 1000
    new_min_fen: int = 5900

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any] | None) -> LifecycleRules:
        return LifecycleRules(**(stored or {}))


def check_rules(rules: LifecycleRules) -> list[Problem]:
    """Every fault at once."""
    found = [
        Problem(name, f"{WORDS[name]}须为 {low}–{high}")
        for name, (low, high) in BOUNDS.items()
        if not low <= getattr(rules, name) <= high
    ]
    if not found and rules.usual_cycle_days < rules.shortest_cycle_days:
        found.append(Problem("usual_cycle_days", "无历史时的购买周期不能短于最短周期"))
    if not found and 0 < rules.new_min_fen <= rules.new_off_fen:
        found.append(Problem("new_off_fen", "新客券的面额须小于门槛；无门槛请把门槛填 0"))
    return found


def parsed_rules(given: object) -> tuple[LifecycleRules | None, Sequence[Problem]]:
    """Rules from JSON that somebody wrote, or every fault of it. What is left out keeps its default."""
    if not isinstance(given, Mapping):
        return None, [Problem("", "须是一个 JSON 对象")]
    kinds = {name: type(value) for name, value in LifecycleRules().to_json().items()}
    found = [Problem(str(name), "没有这个字段") for name in given if name not in kinds]
    found += [
        Problem(name, {bool: "须是 true 或 false", str: "须是文字"}.get(kinds[name], "须是整数"))
        for name, value in given.items()
        if name in kinds and type(value) is not kinds[name]
    ]
    if found:
        return None, found
    rules = LifecycleRules(**given)
    found = check_rules(rules)
    return (None, found) if found else (rules, [])


@dataclass(frozen=True, slots=True)
class Habit:
    """What a customer bought: orders that stand, the first and the last of them."""

    orders: int
    first: datetime
    last: datetime


def cycle_of(rules: LifecycleRules, habit: Habit, usual: timedelta | None) -> timedelta:
    """购买周期: the customer's own mean from the third order on, else the merchant's median (`usual`), else the setting;
    never shorter than the shortest."""
    own = (habit.last - habit.first) / (habit.orders - 1) if habit.orders >= 3 else usual
    return max(timedelta(days=rules.shortest_cycle_days), own or timedelta(days=rules.usual_cycle_days))


def state_of(
    rules: LifecycleRules,
    habit: Habit | None,
    usual: timedelta | None,
    joined: datetime,
    at: datetime,
    silent_from: datetime,
) -> State:
    """`silent_from`: the last order, or else the joining, plus `silent_months`, as PostgreSQL adds months."""
    if habit is None:
        return "silent" if at >= silent_from else "new"
    if at >= habit.last + rules.lost_cycles * cycle_of(rules, habit, usual):
        return "lost"
    if at >= silent_from:
        return "silent"
    if habit.orders == 1 and at < habit.first + timedelta(days=rules.new_days):
        return "new"
    return "active"


def scores(values: Sequence[float]) -> list[int]:
    """Quintiles: ⌈5 × the share of customers that have at most as much⌉, so equal figures have equal scores."""
    n = len(values)
    return [-(-5 * sum(other <= value for other in values) // n) for value in values]


def tier_of(r: int, f: int, m: int) -> Tier:
    """流失风险: among the fifth that stayed away longest, or the two fifths for who used to buy often; 活跃: lately and often;
    潜力: the rest. Money (`m`) is shown and decides nothing."""
    if r == 1 or (r == 2 and f >= 4):
        return "at_risk"
    return "active" if r >= 3 and f >= 3 else "potential"
