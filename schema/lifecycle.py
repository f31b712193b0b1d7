"""生命周期与 RFM: where customers stand, the thresholds, how many stand where (B06)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import strawberry

from backend import members
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    checked_key,
    described,
    enumeration,
    may,
    merchant_id,
)

LifecycleState = enumeration(
    "LifecycleState",
    {
        "NEW": "新客: no order yet, or the first a short while ago.",
        "ACTIVE": "活跃: buys as usual.",
        "SILENT": "沉默: has not bought for months.",
        "LOST": "流失: missed several usual purchase cycles.",
    },
    "State of a customer's life cycle 生命周期.",
)
RfmTier = enumeration(
    "RfmTier",
    {
        "POTENTIAL": "潜力: neither of the others.",
        "ACTIVE": "活跃: bought lately and often.",
        "AT_RISK": "流失风险: stayed away longest, or bought often and now stays away.",
    },
    "RFM tier 分层 by recency, frequency and money of the last months.",
)
STATE_NAMES = {"new": "新客期", "active": "活跃期", "silent": "沉默期", "lost": "流失期"}
TIER_NAMES = {"potential": "潜力客户", "active": "活跃客户", "at_risk": "流失风险客户"}


@described
@strawberry.type
class CustomerStanding:
    """Where a customer stands, as of the last run; who buys again is active at once.
    state: The state of the life cycle.
    since: Since when; null before the first run.
    tier: The RFM tier; null without an order within the window.
    scores: Scores of recency, frequency and money, each 1–5, e.g. 543; null like the tier.
    last_order_at: The last payment; null without one.
    computed_at: When states were brought up to date last.
    sentence: State and tier in words.
    """

    state: LifecycleState  # type: ignore[valid-type]
    since: dt.datetime | None
    tier: RfmTier | None  # type: ignore[valid-type]
    scores: str | None
    last_order_at: dt.datetime | None
    computed_at: dt.datetime | None
    sentence: str

    @staticmethod
    def of(found: members.lifecycle.Standing, run: members.lifecycle.RunInfo | None) -> CustomerStanding:
        parts = [STATE_NAMES[found.state], *([TIER_NAMES[found.tier]] if found.tier else [])]
        return CustomerStanding(
            state=LifecycleState[found.state.upper()],
            since=found.since,
            tier=RfmTier[found.tier.upper()] if found.tier else None,
            scores=found.scores,
            last_order_at=found.last_order_at,
            computed_at=run.at if run else None,
            sentence=" · ".join(parts),
        )


@described
@strawberry.type
class MemberSegment:
    """How many members stand in one place of the distribution.
    state: Their state.
    tier: Their tier; null without an order within the window.
    level: Code of their level.
    level_name: Their level in words.
    members: How many.
    """

    state: LifecycleState  # type: ignore[valid-type]
    tier: RfmTier | None  # type: ignore[valid-type]
    level: str
    level_name: str
    members: int


@described
@strawberry.type
class MemberSegments:
    """The distribution of all members.
    total: All of them.
    segments: By state, tier and level; places without members are left out.
    computed_at: When states were brought up to date last; null before the first run.
    changed: How many members that run moved.
    """

    total: int
    segments: list[MemberSegment]
    computed_at: dt.datetime | None
    changed: int


@described
@strawberry.type
class LifecycleRules:
    """Thresholds of the life cycle and of RFM.
    version: Rises with each change; 0 is the default.
    new_days: Days after the first order on which a customer is new.
    silent_months: Months without an order until silent.
    lost_cycles: Usual purchase cycles missed until lost.
    shortest_cycle_days: No cycle counts as shorter.
    usual_cycle_days: The cycle where neither the customer nor the merchant has a history.
    window_months: Months that RFM looks back.
    offers_a_day: Coupons for new, silent and lost customers a day at most.
    silent_offer: Whether who falls silent gets one.
    lost_offer: Whether who is lost gets one.
    silent_sku: The article that a silent customer may have for 3 yuan 换购; "": 3 yuan off anything.
    lost_back_fen: Of what a lost customer pays with the coupon, so much comes back at most 全额退券.
    new_offer: Whether who joins gets a coupon 新客券, once, before the first order.
    new_off_fen: What it takes off.
    new_min_fen: From how much on; 0 for no threshold.
    changed_at: When this version was made; null for the default.
    """

    version: int
    new_days: int
    silent_months: int
    lost_cycles: int
    shortest_cycle_days: int
    usual_cycle_days: int
    window_months: int
    offers_a_day: int
    silent_offer: bool
    lost_offer: bool
    silent_sku: str
    lost_back_fen: Fen
    new_offer: bool
    new_off_fen: Fen
    new_min_fen: Fen
    changed_at: dt.datetime | None

    @staticmethod
    def of(found: members.lifecycle.RulesInfo) -> LifecycleRules:
        return LifecycleRules(version=found.version, changed_at=found.at, **found.rules.to_json())


@described
@strawberry.input
class SetLifecycleRulesInput:
    """New thresholds in place of the present ones.
    new_days: 1–365.
    silent_months: 1–36.
    lost_cycles: 1–20.
    shortest_cycle_days: 1–90.
    usual_cycle_days: 1–365, not below the shortest.
    window_months: 1–36.
    offers_a_day: 0–100000.
    silent_offer: Whether who falls silent gets a coupon.
    lost_offer: Whether who is lost gets one.
    silent_sku: The article that a silent customer may have for 3 yuan; "": 3 yuan off anything.
    lost_back_fen: 100–100000: of what a lost customer pays, so much comes back at most.
    new_offer: Whether who joins gets a coupon.
    new_off_fen: 100–100000, what it takes off.
    new_min_fen: 0–1000000, from how much on; more than it takes off, or 0.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID
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
    lost_back_fen: Fen = 2000
    new_offer: bool = False
    new_off_fen: Fen = 1000
    new_min_fen: Fen = 5900


SetLifecycleRulesResult = Annotated[
    LifecycleRules | InvalidInput | IdempotencyConflict,
    strawberry.union("SetLifecycleRulesResult", description="The thresholds in force, or why not."),
]


@strawberry.type
class LifecycleQuery:
    @strawberry.field(
        description="Thresholds of the life cycle 生命周期 and of RFM.", permission_classes=may("members.read")
    )
    async def lifecycle_rules(self, info: AppInfo) -> LifecycleRules:
        return LifecycleRules.of(await members.lifecycle.rules_info(merchant_id(info)))

    @strawberry.field(
        description="How many members stand where: states, tiers, levels.", permission_classes=may("members.read")
    )
    async def member_segments(self, info: AppInfo) -> MemberSegments:
        merchant = merchant_id(info)
        found, run = await members.lifecycle.segments(merchant), await members.lifecycle.last_run(merchant)
        names = await members.level_names(merchant)
        return MemberSegments(
            total=sum(s.members for s in found),
            segments=[
                MemberSegment(
                    state=LifecycleState[s.state.upper()],
                    tier=RfmTier[s.tier.upper()] if s.tier else None,
                    level=s.level,
                    level_name=names.get(s.level, s.level),
                    members=s.members,
                )
                for s in found
            ],
            computed_at=run.at if run else None,
            changed=run.changed if run else 0,
        )


@strawberry.type
class LifecycleMutation:
    @strawberry.mutation(
        description="Sets the thresholds of the life cycle; the next run goes by them.",
        permission_classes=may("levels.write"),
    )
    async def set_lifecycle_rules(self, info: AppInfo, input: SetLifecycleRulesInput) -> SetLifecycleRulesResult:
        viewer = info.context.viewer
        assert viewer is not None
        given = {name: getattr(input, name) for name in members.LifecycleRules().to_json()}
        done = await members.lifecycle.set_rules(
            merchant_id(info), viewer.actor, members.LifecycleRules(**given), checked_key(input.idempotency_key), now()
        )
        match done:
            case members.lifecycle.RulesInfo():
                return LifecycleRules.of(done)
            case members.Invalid(problems):
                return InvalidInput.of(problems)
        return IdempotencyConflict.make()
