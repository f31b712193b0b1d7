"""叠加规则: how many coupons an order may use (K01) and how many promotions a line (P08), as the merchant's staff set them."""

from __future__ import annotations

from typing import Annotated

import strawberry

from backend import merchants
from backend.kit.clock import now
from schema.base import AppInfo, IdempotencyConflict, InvalidInput, checked_key, described, may, merchant_id


@described
@strawberry.type
class StackingPolicy:
    """叠加规则 of a merchant: what prices go by now.
    max_coupons: Coupons that one order may use; which of them go together, their templates say.
    most_coupons: The most that may be stated there.
    max_promotions_per_line: Promotions by which one line of a cart may be taken, coupons, shipping and rebates aside; null for no limit.
    """

    max_coupons: int
    most_coupons: int
    max_promotions_per_line: int | None

    @staticmethod
    def of(found: merchants.StackingPolicy) -> StackingPolicy:
        return StackingPolicy(
            max_coupons=found.max_coupons,
            most_coupons=merchants.MOST_COUPONS,
            max_promotions_per_line=found.max_promotions_per_line,
        )


@described
@strawberry.input
class SetStackingPolicyInput:
    """What is to change; what is left out stays as it is.
    max_coupons: Coupons that one order may use, 1–3.
    max_promotions_per_line: Promotions by which one line may be taken, 1–1000; null for no limit.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID
    max_coupons: int | None = strawberry.UNSET
    max_promotions_per_line: int | None = strawberry.UNSET


SetStackingPolicyResult = Annotated[
    StackingPolicy | InvalidInput | IdempotencyConflict,
    strawberry.union("SetStackingPolicyResult", description="The settings in force, or why not."),
]


@strawberry.type
class StackingQuery:
    @strawberry.field(
        description="叠加规则: how many coupons and promotions go together.", permission_classes=may("coupons.read")
    )
    async def stacking_policy(self, info: AppInfo) -> StackingPolicy:
        return StackingPolicy.of(await merchants.read_stacking(merchant_id(info)))


@strawberry.type
class StackingMutation:
    @strawberry.mutation(
        description="Sets 叠加规则 for prices from now on; orders keep what held on their day.",
        permission_classes=may("promotions.write"),
    )
    async def set_stacking_policy(self, info: AppInfo, input: SetStackingPolicyInput) -> SetStackingPolicyResult:
        viewer = info.context.viewer
        given = {name: getattr(input, name) for name in ("max_coupons", "max_promotions_per_line")}
        changes = {name: value for name, value in given.items() if value is not strawberry.UNSET}
        done = await merchants.set_stacking(
            viewer.merchant_id, viewer.actor, changes, checked_key(input.idempotency_key), now()
        )
        match done:
            case merchants.StackingPolicy():
                return StackingPolicy.of(done)
            case merchants.SettingInvalid(problems=problems):
                return InvalidInput.of(problems)
        return IdempotencyConflict.make()
