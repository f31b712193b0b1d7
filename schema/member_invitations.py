"""Who invited whom, as staff sees a member (B05)."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

import strawberry

from backend import members, referrals
from backend.kit.clock import now
from schema.base import described
from schema.referrals import InvitedState


@described
@strawberry.type
class InvitedByMember:
    """A friend whom a member invited.
    name: The friend's name.
    member_code: The friend's member code.
    state: What became of it.
    points: Points that it brought the inviter, less what refunds took back.
    short: Points that a refund could not take back, because they were spent.
    bound_at: When the friend accepted.
    """

    name: str
    member_code: str
    state: InvitedState  # type: ignore[valid-type]
    points: int
    short: int
    bound_at: dt.datetime


@described
@strawberry.type
class MemberInvitations:
    """Who invited a member, and whom the member invited 邀请关系.
    invited_by: Name of who invited; null when nobody did.
    invited_by_code: Member code of who invited; null when nobody did.
    friends_count: How many accepted this member's code.
    points: Points that they brought.
    friends: The newest ten.
    """

    invited_by: str | None
    invited_by_code: str | None
    friends_count: int
    points: int
    friends: list[InvitedByMember]


async def invitations_of(merchant: UUID, member: UUID) -> MemberInvitations:
    inviter = await referrals.inviter_of(merchant, member)
    found = await referrals.friends(merchant, member, 10)
    sums = await referrals.sums(merchant, member, now())
    people = await members.many(merchant, [f.friend_id for f in found] + ([inviter] if inviter else []))
    by = people.get(inviter) if inviter else None
    return MemberInvitations(
        invited_by=by.nickname if by else None,
        invited_by_code=by.member_code if by else None,
        friends_count=sums.friends,
        points=sums.points,
        friends=[
            InvitedByMember(
                name=people[f.friend_id].nickname,
                member_code=people[f.friend_id].member_code,
                state=InvitedState[f.state.upper()],
                points=f.points,
                short=f.short,
                bound_at=f.bound_at,
            )
            for f in found
        ],
    )
