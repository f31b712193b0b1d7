"""补偿上限 (K04): how much one clerk may give by way of compensation on one day, as staff or the command set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import merchants
from backend.coupons.rules import COUPON_POLICY, Problem
from backend.coupons.templates import Invalid
from backend.kit import database, idempotency
from backend.kit.idempotency import IdempotencyConflict, Replay

MOST_A_DAY = 1_000
MOST_FEN = 10_000_000


@dataclass(frozen=True, slots=True)
class ClerkLimits:
    """Of one clerk on one day of the merchant's calendar: coupons and red packets, and their face value in fen."""

    per_day: int
    fen_per_day: int


async def clerk_limits(merchant_id: UUID) -> ClerkLimits:
    policy = COUPON_POLICY | await merchants.coupon_policy(database, merchant_id)
    return ClerkLimits(policy["compensations_per_day"], policy["compensation_fen_per_day"])


def faults(limits: ClerkLimits) -> list[Problem]:
    """0 of either means that nobody gives any."""
    found = []
    if not 0 <= limits.per_day <= MOST_A_DAY:
        found.append(Problem("perDay", f"每人每天补偿 0–{MOST_A_DAY} 次"))
    if not 0 <= limits.fen_per_day <= MOST_FEN:
        found.append(Problem("fenPerDay", f"每人每天补偿合计 0–{MOST_FEN // 100} 元"))
    return found


async def set_clerk_limits(
    merchant_id: UUID, actor: str, limits: ClerkLimits, key: str, at: datetime
) -> ClerkLimits | Invalid | IdempotencyConflict:
    """From now on, also for today: who has given as much already gives no more."""
    problems = faults(limits)
    if problems:
        return Invalid(tuple(problems))
    stated = {"compensations_per_day": limits.per_day, "compensation_fen_per_day": limits.fen_per_day}
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setCompensationPolicy", stated, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            await merchants.set_coupon_policy(merchant_id, stated, tx)
            await idempotency.finish(tx, begun, {"type": "CompensationPolicy"})
    return await clerk_limits(merchant_id)
