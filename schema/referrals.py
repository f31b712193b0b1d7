"""Referral 邀请有礼 (B05): a code, whom it brought, and the merchant's terms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import members, referrals
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    BasisPoints,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    Refusal,
    checked_key,
    consumer,
    described,
    enumeration,
    may,
    member_id,
    merchant_id,
    page,
    shop,
)
from schema.catalog import optional_id

InvitedState = enumeration(
    "InvitedState",
    {
        "BOUND": "The friend has no completed order yet 待首单.",
        "REWARDED": "The friend's first order is completed 已奖励.",
        "OVER_LIMIT": "Completed, over the inviter's rewards of that month, or inviting was stopped 未奖励.",
    },
    "Where an invitation is.",
)


@described
@strawberry.type
class InvitedFriend:
    """One whom the viewer invited.
    id: Opaque id.
    name: The name as others see it, e.g. 李**.
    state: Where the invitation is.
    bound_at: When it was accepted.
    points: Points that it brought, less what a refund took back.
    """

    id: strawberry.ID
    name: str
    state: InvitedState  # type: ignore[valid-type]
    bound_at: dt.datetime
    points: int


@described
@strawberry.type
class InvitedFriendConnection:
    """A page of friends, newest first.
    nodes: The friends.
    page_info: Where the page ends.
    """

    nodes: list[InvitedFriend]
    page_info: PageInfo


@described
@strawberry.type
class ReferralTerms:
    """The merchant's terms of inviting.
    enabled: Whether invitations can be accepted and are rewarded.
    share_bp: What the inviter gets of the points that the friend's first completed order earned; 10000 is as many again 双倍积分.
    most_points: Most points of one reward.
    monthly: Most rewards of one inviter in a month of the merchant's calendar.
    sentence: In words.
    """

    enabled: bool
    share_bp: BasisPoints
    most_points: int
    monthly: int
    sentence: str

    @staticmethod
    def of(terms: referrals.Terms) -> ReferralTerms:
        as_many = "同样多的积分" if terms.share_bp == 10_000 else f"其 {terms.share_bp / 100:g}% 的积分"
        text = f"好友完成首单得多少积分，您再得{as_many}，每位最多 {terms.most_points} 积分，每月最多奖励 {terms.monthly} 位"
        return ReferralTerms(
            enabled=terms.enabled,
            share_bp=BasisPoints(terms.share_bp),
            most_points=terms.most_points,
            monthly=terms.monthly,
            sentence=text if terms.enabled else "邀请活动已暂停",
        )


@described
@strawberry.type
class Invitation:
    """邀请有礼 of the viewer.
    code: The viewer's code, for a link or to be typed.
    friends_count: How many accepted.
    points: Points that they brought, less what refunds took back.
    rewards_this_month: Friends of this month whose first order was rewarded.
    terms: The merchant's terms.
    invited_by: Who invited the viewer, as others see the name; null when nobody did.
    can_accept: Whether the viewer may still accept somebody's code.
    """

    code: str
    friends_count: int
    points: int
    rewards_this_month: int
    terms: ReferralTerms
    invited_by: str | None
    can_accept: bool

    @strawberry.field(description="Whom the viewer invited, newest first.")
    async def friends(self, info: AppInfo, first: int = 20, after: str | None = None) -> InvitedFriendConnection:
        merchant, mine = merchant_id(info), member_id(info)
        begin = optional_id("ref", strawberry.ID(after) if after else None)
        rows = await referrals.friends(merchant, mine, page(first) + 1, begin)
        people = await members.many(merchant, [row.friend_id for row in rows[:first]])
        nodes = [
            InvitedFriend(
                id=strawberry.ID(ids.encode("ref", row.id)),
                name=members.masked_name(people[row.friend_id].nickname),
                state=InvitedState[row.state.upper()],
                bound_at=row.bound_at,
                points=row.points,
            )
            for row in rows[:first]
        ]
        return InvitedFriendConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


@described
@strawberry.type
class InvitationCard:
    """What somebody sees who was sent a code.
    inviter: Who invites, as others see the name.
    terms: The merchant's terms.
    """

    inviter: str
    terms: ReferralTerms


@described
@strawberry.type
class InvitationAccepted:
    """The invitation is accepted, for ever.
    inviter: Who invited, as others see the name.
    """

    inviter: str


@described
@strawberry.type
class InvitationRefused(Refusal):
    """The code cannot be accepted: one's own, of somebody whom one invited, or inviting is stopped."""


@described
@strawberry.type
class AlreadyInvited(Refusal):
    """The first invitation that was accepted stands.
    inviter: Who invited, as others see the name.
    """

    inviter: str


@described
@strawberry.type
class NotNewHere(Refusal):
    """Only who has not ordered yet can be invited.
    orders: Orders placed so far.
    """

    orders: int


@described
@strawberry.input
class AcceptInvitationInput:
    """Accepts an invitation.
    code: The inviter's code; case, spaces and dashes do not matter.
    idempotency_key: Made by the client for this act.
    """

    code: str
    idempotency_key: strawberry.ID


@described
@strawberry.input
class SetReferralTermsInput:
    """Terms for friends whose first order is completed from now on.
    enabled: Whether invitations can be accepted and are rewarded.
    share_bp: Share of the friend's points.
    most_points: Most points of one reward.
    monthly: Most rewards of one inviter in a month.
    idempotency_key: Made by the client for this act.
    """

    enabled: bool
    share_bp: BasisPoints
    most_points: int
    monthly: int
    idempotency_key: strawberry.ID


AcceptInvitationResult = Annotated[
    InvitationAccepted | AlreadyInvited | NotNewHere | InvitationRefused | NotFound | IdempotencyConflict,
    strawberry.union("AcceptInvitationResult", description="Accepted, or why not."),
]
SetReferralTermsResult = Annotated[
    ReferralTerms | InvalidInput | IdempotencyConflict,
    strawberry.union("SetReferralTermsResult", description="The terms, or why not."),
]
NOT_SO = {
    referrals.InvitationOwn: "不能填自己的邀请码",
    referrals.InvitationReturned: "对方是您邀请来的，不能互相邀请",
    referrals.InvitationOff: "邀请活动已暂停",
}


async def _name(merchant: Any, member: Any) -> str:
    found = await members.get(merchant, member)
    return members.masked_name(found.nickname if found else "")


async def answer(merchant: Any, result: Any) -> Any:
    match result:
        case referrals.Accepted(inviter_id=inviter):
            return InvitationAccepted(inviter=await _name(merchant, inviter))
        case referrals.AlreadyInvited(inviter_id=inviter):
            name = await _name(merchant, inviter)
            return AlreadyInvited(code="AlreadyInvited", message=f"您已接受过 {name} 的邀请", inviter=name)
        case referrals.NotNew(orders=orders):
            return NotNewHere(code="NotNewHere", message="邀请仅限还没下过单的新朋友", orders=orders)
        case referrals.InvitationMissing():
            return NotFound.make("没有这个邀请码，请核对后再试")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
        case referrals.Terms():
            return ReferralTerms.of(result)
        case referrals.Invalid(problems=problems):
            return InvalidInput.of(problems)
    return InvitationRefused(code="InvitationRefused", message=NOT_SO[type(result)])


@strawberry.type
class ReferralQuery:
    @strawberry.field(description="邀请有礼 of the viewer.", permission_classes=consumer())
    async def my_invitation(self, info: AppInfo) -> Invitation:
        merchant, mine, at = merchant_id(info), member_id(info), now()
        sums, inviter = await referrals.sums(merchant, mine, at), await referrals.inviter_of(merchant, mine)
        terms = await referrals.terms_of(merchant)
        orders = (await members.facts(merchant, [mine], at))[mine].orders
        return Invitation(
            code=await referrals.code_of(merchant, mine, at),
            friends_count=sums.friends,
            points=sums.points,
            rewards_this_month=sums.this_month,
            terms=ReferralTerms.of(terms),
            invited_by=await _name(merchant, inviter) if inviter else None,
            can_accept=terms.enabled and inviter is None and orders == 0,
        )

    @strawberry.field(
        description="What a code is about, for who was sent it; null when there is none.", permission_classes=shop()
    )
    async def invitation_of(self, info: AppInfo, code: str) -> InvitationCard | None:
        if len(code) > 80:
            raise BadRequest("邀请码太长")
        merchant = merchant_id(info)
        owner = await referrals.owner_of(merchant, code)
        terms = ReferralTerms.of(await referrals.terms_of(merchant))
        return InvitationCard(inviter=await _name(merchant, owner), terms=terms) if owner else None

    @strawberry.field(description="The merchant's terms of inviting.", permission_classes=may("coupons.read"))
    async def referral_terms(self, info: AppInfo) -> ReferralTerms:
        return ReferralTerms.of(await referrals.terms_of(merchant_id(info)))


@strawberry.type
class ReferralMutation:
    @strawberry.mutation(
        description="Accepts an invitation 接受邀请: once, before the first order.", permission_classes=consumer()
    )
    async def accept_invitation(self, info: AppInfo, input: AcceptInvitationInput) -> AcceptInvitationResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        return await answer(merchant, await referrals.accept(merchant, mine, input.code, key, now()))

    @strawberry.mutation(description="States the terms of inviting.", permission_classes=may("coupons.write"))
    async def set_referral_terms(self, info: AppInfo, input: SetReferralTermsInput) -> SetReferralTermsResult:
        viewer, key = info.context.viewer, checked_key(input.idempotency_key)
        terms = referrals.Terms(input.enabled, input.share_bp, input.most_points, input.monthly)
        merchant = viewer.merchant_id
        return await answer(merchant, await referrals.set_terms(merchant, viewer.actor, terms, key, now()))
