"""The list of a merchant's members, narrowed by state, tier and level (B06)."""

from __future__ import annotations

import strawberry

from backend import members
from backend.kit import ids
from schema.base import AppInfo, PageInfo, described, may, merchant_id, page
from schema.catalog import optional_id
from schema.coupon_codes import MemberFound, found_of
from schema.lifecycle import LifecycleState, RfmTier


@described
@strawberry.type
class MemberConnection:
    """A page of members, who joined last first.
    nodes: The members.
    page_info: Where the page ends.
    total_count: How many match in all.
    """

    nodes: list[MemberFound]
    page_info: PageInfo
    total_count: int


@strawberry.type
class MemberListQuery:
    @strawberry.field(
        description="Members 会员 of a state, a tier, a level, or all.", permission_classes=may("members.read")
    )
    async def members(
        self,
        info: AppInfo,
        state: LifecycleState | None = None,  # type: ignore[valid-type]
        tier: RfmTier | None = None,  # type: ignore[valid-type]
        level: str | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> MemberConnection:
        merchant = merchant_id(info)
        chosen, total = await members.lifecycle.listed(
            merchant,
            state.name.lower() if state else None,
            tier.name.lower() if tier else None,
            level,
            page(first) + 1,
            optional_id("mem", strawberry.ID(after) if after else None),
        )
        nodes = await found_of(info, chosen[:first])
        end = ids.encode("mem", chosen[first - 1]) if len(chosen) > first else None
        return MemberConnection(
            nodes=nodes,
            page_info=PageInfo(has_next_page=end is not None, end_cursor=end or (nodes[-1].id if nodes else None)),
            total_count=total,
        )
