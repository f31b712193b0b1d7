"""Pure rules of referral 邀请有礼 (B05): double points, what is due, and what a merchant may set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Terms:
    """`share_bp`: what the inviter gets of the points that the friend's first completed order earned; 10,000 is as many again
    (双倍积分). Off until the merchant turns it on. `most_points` caps one reward, `monthly` the rewards of one inviter in a month of the merchant's calendar."""

    enabled: bool = False
    share_bp: int = 10_000
    most_points: int = 1_000
    monthly: int = 20


def check(terms: Terms) -> list[Problem]:
    problems = []
    if not 1 <= terms.share_bp <= 50_000:
        problems.append(Problem("shareBp", "奖励比例须为 0.01%–500%"))
    if not 1 <= terms.most_points <= 100_000:
        problems.append(Problem("mostPoints", "单次奖励上限须为 1–100000 积分"))
    if not 1 <= terms.monthly <= 10_000:
        problems.append(Problem("monthly", "每月奖励次数须为 1–10000"))
    return problems


def reward(earned: int, share_bp: int, most_points: int) -> int:
    """Points for the inviter when the friend's order stands at `earned` points; rounded down."""
    return min(most_points, earned * share_bp // 10_000)


def month_of(day: date) -> date:
    return day.replace(day=1)
