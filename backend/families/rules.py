"""Pure rules of family accounts (B05): who lends how many points, and what is agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

MOST_MEMBERS = 6
INVITE_HOURS = 48
CODE_LENGTH = 12
MOST_MONTHLY = 1_000_000
CONSENT_VERSION = 1
CONSENT = (
    "同一家庭的成员结账时，可以在您设定的额度内使用您的积分。家人会看到您的昵称首字、打码的手机号和可共享的积分数；"
    "您会看到每一笔是谁用的。额度随时可改，也可以随时退出，退出后立即停止共享。"
)
"""What members agree to (个人信息保护法 13, 14): shown before they found or join, kept with them by its version."""


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


def check(monthly: int | None, consent: int) -> list[Problem]:
    """`monthly` is what the family may spend of somebody's points in a month: 0 nothing, None as much as there is."""
    problems = []
    if monthly is not None and not 0 <= monthly <= MOST_MONTHLY:
        problems.append(Problem("monthlyPoints", f"每月额度须为 0–{MOST_MONTHLY} 积分"))
    if consent != CONSENT_VERSION:
        problems.append(Problem("consentVersion", "请先阅读并同意家庭共享说明"))
    return problems


def allowed(monthly: int | None, used: int, free: int) -> int:
    """Points of somebody that the family may spend now."""
    return max(0, free if monthly is None else min(free, monthly - used))


def split_points(wanted: int, own: int, lenders: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """(member, points) of the family for an order that takes `wanted`: one's own go first, then those of the others in the
    order given. The caller has seen that all have as much."""
    left, parts = wanted - min(wanted, own), []
    for member_id, there in lenders:
        if part := min(left, there):
            parts.append((member_id, part))
            left -= part
    assert left == 0, "no more is taken than there is"
    return parts
