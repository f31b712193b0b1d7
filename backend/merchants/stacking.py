"""叠加规则 of a merchant, as staff set them: how many coupons an order may use (K01), how many promotions a line (P08)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import events
from backend.kit import database, idempotency, outbox
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.merchants.service import MOST_COUPONS, set_coupon_policy
from backend.merchants.tenders import price_policy

MOST_PROMOTIONS = 1000
"""As in docs/pricing.md, decision 43."""


@dataclass(frozen=True, slots=True)
class StackingPolicy:
    """`max_coupons` an order; `max_promotions_per_line`, coupons aside, None for no limit."""

    max_coupons: int
    max_promotions_per_line: int | None


@dataclass(frozen=True, slots=True)
class SettingProblem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SettingInvalid:
    problems: tuple[SettingProblem, ...]


async def read_stacking(merchant_id: UUID) -> StackingPolicy:
    return StackingPolicy(*(await price_policy(merchant_id))[:2])


async def set_stacking(
    merchant_id: UUID, actor: str, changes: Mapping[str, int | None], key: str, at: datetime
) -> StackingPolicy | SettingInvalid | IdempotencyConflict:
    """Changes what is given of `max_coupons` and `max_promotions_per_line` (None: no limit) for prices from now on; open carts are
    priced again, orders keep what held on their day."""
    stated = dict(changes)
    most, promotions = stated.get("max_coupons", 1), stated.get("max_promotions_per_line")
    problems = []
    if most is None or not 1 <= most <= MOST_COUPONS:
        problems.append(SettingProblem("maxCoupons", f"每单可用 1–{MOST_COUPONS} 张券"))
    if promotions is not None and not 1 <= promotions <= MOST_PROMOTIONS:
        problems.append(
            SettingProblem("maxPromotionsPerLine", f"每件商品可参加 1–{MOST_PROMOTIONS} 个活动，不限请留空")
        )
    if problems:
        return SettingInvalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setStackingPolicy", stated, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            now = await set_coupon_policy(merchant_id, stated, tx)
            told = events.StackingChanged(now.get("max_coupons", 1), now.get("max_promotions_per_line"), actor)
            await outbox.emit(tx, merchant_id, f"rules:{merchant_id}", told, at)
            await idempotency.finish(tx, begun, {"type": "StackingPolicy"})
    return await read_stacking(merchant_id)
