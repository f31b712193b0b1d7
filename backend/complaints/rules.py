"""Pure rules of complaints 投诉 (R05): what may be said, by when it is answered, how it may end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

WARN_BEFORE = timedelta(minutes=30)
"""So long before a complaint is to be answered staff is warned."""

Kind = Literal["goods", "price", "coupon", "delivery", "service", "other"]
KINDS: tuple[Kind, ...] = ("goods", "price", "coupon", "delivery", "service", "other")
Outcome = Literal["explained", "compensated", "refunded", "replaced", "unfounded"]
OUTCOMES: tuple[Outcome, ...] = ("explained", "compensated", "refunded", "replaced", "unfounded")
State = Literal["waiting", "due_soon", "overdue", "answered"]
LEAST, MOST = 5, 500


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


def check_complaint(kind: str, text: str) -> list[Problem]:
    problems = []
    if kind not in KINDS:
        problems.append(Problem("kind", "请选择投诉类型"))
    if not LEAST <= len(text.strip()) <= MOST:
        problems.append(Problem("text", f"请写清楚发生了什么，{LEAST}–{MOST} 个字"))
    return problems


def check_answer(outcome: str, answer: str, *, with_coupon: bool, giving: bool = False) -> list[Problem]:
    problems = []
    if outcome not in OUTCOMES:
        problems.append(Problem("outcome", "请选择处理结果"))
    if not LEAST <= len(answer.strip()) <= MOST:
        problems.append(Problem("answer", f"请写给顾客的答复，{LEAST}–{MOST} 个字"))
    if with_coupon and outcome != "compensated":
        problems.append(Problem("couponId", "只有处理结果为补偿时才关联补偿券"))
    if giving and outcome != "compensated":
        problems.append(Problem("templateId", "只有处理结果为补偿时才发补偿券"))
    if giving and with_coupon:
        problems.append(Problem("templateId", "关联已发的补偿券，或现在补偿一张，二选一"))
    return problems


def state_of(stored: str, due_at: datetime, at: datetime) -> State:
    """By the clock, whatever the schedule has written down."""
    if stored == "answered":
        return "answered"
    if at >= due_at:
        return "overdue"
    return "due_soon" if at >= due_at - WARN_BEFORE else "waiting"
