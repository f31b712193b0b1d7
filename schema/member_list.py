"""Members as staff sees them: one by phone or code, or a list narrowed by state, tier and level (B04, B06)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import strawberry

from backend import coupons, ledger, members
from backend.kit import ids
from backend.kit.clock import now
from schema.accounts import BenefitAccount, account_view
from schema.base import AppInfo, PageInfo, described, may, merchant_id, page
from schema.catalog import needed_id, optional_id
from schema.coupon_kinds import CouponState
from schema.coupon_types import Coupon, CouponConnection
from schema.family import FamilySeen, seen_by_staff
from schema.levels import LevelMove, MemberLevel, moves_of
from schema.lifecycle import CustomerStanding, LifecycleState, RfmTier
from schema.member_invitations import MemberInvitations, invitations_of
from schema.profiles import MemberData, data_of
from schema.red_packets import RedPacket, RedPacketConnection
from schema.ties import MemberTied, ties_of


@described
@strawberry.type
class MemberFound:
    """A customer as staff sees one.
    id: Opaque id.
    nickname: Name shown.
    level_name: Level in words.
    member_code: 会员码.
    phone_masked: Phone with its middle hidden; null when none is known.
    orders_count: Orders placed.
    tags: Labels.
    """

    id: strawberry.ID
    nickname: str
    level_name: str
    member_code: str
    phone_masked: str | None
    orders_count: int
    tags: list[str]
    info: strawberry.Private[members.MemberInfo]
    ladder: strawberry.Private[members.Ladder]
    stands: strawberry.Private[members.lifecycle.Standing]
    run: strawberry.Private[members.lifecycle.RunInfo | None]

    @strawberry.field(description="State of the life cycle and RFM tier.")
    async def standing(self, info: AppInfo) -> CustomerStanding:
        return CustomerStanding.of(self.stands, self.run)

    @strawberry.field(description="Where this customer stands 会员等级.")
    async def level(self, info: AppInfo) -> MemberLevel:
        return MemberLevel.of(self.info.merchant_id, self.ladder)

    @strawberry.field(description="Birthday, home store, and who changed or looked at this customer's data.")
    async def data(self, info: AppInfo) -> MemberData:
        return await data_of(self.info.merchant_id, self.info.id)

    @strawberry.field(description="The family that this customer shares points with; null when there is none.")
    async def family(self, info: AppInfo) -> FamilySeen | None:
        return await seen_by_staff(self.info.merchant_id, self.info.id)

    @strawberry.field(
        description="Whether this customer follows the account 公众号 and is in a group 群, as last heard."
    )
    async def ties(self, info: AppInfo) -> list[MemberTied]:
        return await ties_of(self.info.merchant_id, self.info.id)

    @strawberry.field(description="Who invited this customer, and whom they invited.")
    async def invitations(self, info: AppInfo) -> MemberInvitations:
        return await invitations_of(self.info.merchant_id, self.info.id)

    @strawberry.field(description="How the level changed, the newest first.")
    async def level_moves(self, info: AppInfo, first: int = 20) -> list[LevelMove]:
        return await moves_of(self.info.merchant_id, self.info.id, page(first))

    @strawberry.field(description="Coupons of this customer, newest first; `states` narrows them.")
    async def coupons(
        self,
        info: AppInfo,
        states: list[CouponState] | None = None,  # type: ignore[valid-type]
        first: int = 20,
        after: str | None = None,
    ) -> CouponConnection:
        rows = await coupons.coupons(
            self.info.merchant_id,
            self.info.id,
            now(),
            states=[s.name.lower() for s in states or []],
            first=page(first) + 1,
            after=optional_id("cpn", strawberry.ID(after) if after else None),
        )
        nodes = [Coupon.of(row) for row in rows[:first]]
        return CouponConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(description="Red packets 红包 of this customer, newest first, in any state.")
    async def red_packets(self, info: AppInfo, first: int = 20, after: str | None = None) -> RedPacketConnection:
        merchant, member = self.info.merchant_id, self.info.id
        before = optional_id("rpk", strawberry.ID(after) if after else None)
        rows = await ledger.packets.of_member(merchant, member, now(), first=page(first) + 1, after=before)
        nodes = [RedPacket.of(row) for row in rows[:first]]
        return RedPacketConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


async def found_of(info: AppInfo, member_ids: Sequence[uuid.UUID]) -> list[MemberFound]:
    """These members as staff sees them, in this order."""
    merchant, secret = merchant_id(info), info.context.runtime.settings.secret
    found, ladders = await members.many(merchant, member_ids), await members.ladders(merchant, member_ids)
    stands, run = await members.lifecycle.standings(merchant, member_ids), await members.lifecycle.last_run(merchant)
    return [
        MemberFound(
            id=strawberry.ID(ids.encode("mem", m.id)),
            nickname=m.nickname,
            level_name=m.level_name,
            member_code=m.member_code,
            phone_masked=await members.phone_masked(secret, merchant, m.id),
            orders_count=m.orders_count,
            tags=list(m.tags),
            info=m,
            ladder=ladders[m.id],
            stands=stands[m.id],
            run=run,
        )
        for m in (found[member_id] for member_id in member_ids)
    ]


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
        description="Customers with exactly this phone number or member code 会员码. Who looked is recorded.",
        permission_classes=may("members.read"),
    )
    async def member_lookup(self, info: AppInfo, search: str) -> list[MemberFound]:
        merchant, secret = merchant_id(info), info.context.runtime.settings.secret
        found = await members.matching(secret, merchant, search.strip())
        viewer = info.context.viewer
        assert viewer is not None
        await members.profile.seen(merchant, viewer.actor, found, "member", now())
        return await found_of(info, found)

    @strawberry.field(
        description="Benefit account 权益账户 of a customer, for staff; null when there is no such customer. Who looked is recorded.",
        permission_classes=may("members.read"),
    )
    async def member_account(self, info: AppInfo, member_id: strawberry.ID) -> BenefitAccount | None:
        viewer, member = info.context.viewer, needed_id("mem", member_id)
        assert viewer is not None
        if await members.get(viewer.merchant_id, member) is None:
            return None
        await members.profile.seen(viewer.merchant_id, viewer.actor, [member], "account", now())
        return await account_view(viewer.merchant_id, member, 1)

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
