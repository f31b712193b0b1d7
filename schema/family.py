"""Family accounts 家庭账户: members of a family may spend each other's points, within what each allows (B05)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

import strawberry

from backend import families, members
from backend.kit import idempotency, ids
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    IdempotencyConflict,
    InvalidInput,
    Refusal,
    checked_key,
    consumer,
    described,
    member_id,
    merchant_id,
    shop,
)
from schema.catalog import needed_id


@described
@strawberry.type
class FamilyPerson:
    """One of the viewer's family.
    id: Opaque id of the membership.
    name: The name as others see it, e.g. 李**; the viewer's own in full.
    phone_masked: Phone with its middle hidden; null when none is known.
    founder: Whether the family is theirs, who invites and removes.
    me: Whether it is the viewer.
    joined_at: When they joined.
    lends_points: Points that the viewer may spend of theirs now; of the viewer's own, what the others may.
    sharing: What they share, in words.
    """

    id: strawberry.ID
    name: str
    phone_masked: str | None
    founder: bool
    me: bool
    joined_at: dt.datetime
    lends_points: int
    sharing: str


@described
@strawberry.type
class FamilyInvite:
    """An invitation that waits: for one person, once.
    id: Opaque id.
    code: For a link, or to be typed.
    ends_at: Until when it can be accepted.
    """

    id: strawberry.ID
    code: str
    ends_at: dt.datetime


@described
@strawberry.type
class Family:
    """The viewer's family.
    founder: Whether the viewer founded it.
    people: Who is in it, who joined first first.
    invites: Invitations that wait, for the founder; empty for others.
    monthly_points: What the family may spend of the viewer's points in a month: 0 nothing, null as much as there is.
    used_points: What it has spent of them this month.
    lent_points: Points of the others that the viewer may spend now.
    """

    founder: bool
    people: list[FamilyPerson]
    invites: list[FamilyInvite]
    monthly_points: int | None
    used_points: int
    lent_points: int


@described
@strawberry.type
class MyFamily:
    """家庭: the viewer's, and what is agreed to.
    family: Null when the viewer is in none.
    most_people: How many a family may have.
    consent: What is agreed to by founding or joining.
    consent_version: Names that text.
    """

    family: Family | None
    most_people: int
    consent: str
    consent_version: int


@described
@strawberry.type
class FamilyInvitationCard:
    """What somebody sees who was sent an invitation.
    founder: Who invites, as others see the name.
    people: How many are in the family.
    ends_at: Until when it can be accepted.
    consent: What is agreed to by joining.
    consent_version: Names that text.
    """

    founder: str
    people: int
    ends_at: dt.datetime
    consent: str
    consent_version: int


@described
@strawberry.type
class FamilyShare:
    """Points of somebody of the family in an order.
    name: Whose, as others see the name.
    points: How many.
    """

    name: str
    points: int


@described
@strawberry.type
class FamilyPersonSeen:
    """One of a customer's family as staff sees them.
    nickname: Name shown.
    member_code: 会员码.
    founder: Whether the family is theirs.
    joined_at: When they joined.
    sharing: What they share, in words.
    """

    nickname: str
    member_code: str
    founder: bool
    joined_at: dt.datetime
    sharing: str


@described
@strawberry.type
class FamilySeen:
    """A customer's family as staff sees it.
    people: Who is in it, who joined first first.
    """

    people: list[FamilyPersonSeen]


@described
@strawberry.type
class AlreadyInFamily(Refusal):
    """One family at a time."""


@described
@strawberry.type
class NotInFamily(Refusal):
    """Whoever asks is in no family, or whom they name is not in theirs."""


@described
@strawberry.type
class NotFamilyFounder(Refusal):
    """Only the founder invites and removes."""


@described
@strawberry.type
class FamilyFull(Refusal):
    """Members and open invitations together are as many as a family may have.
    most_people: How many that is.
    """

    most_people: int


@described
@strawberry.type
class FamilyInviteOver(Refusal):
    """There is no such invitation, or it was used, withdrawn or has ended."""


@described
@strawberry.input
class FoundFamilyInput:
    """Founds a family.
    monthly_points: What the family may spend of one's points in a month: 0 nothing, null as much as there is.
    consent_version: The text that was agreed to.
    idempotency_key: Made by the client for this act.
    """

    monthly_points: int | None
    consent_version: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class JoinFamilyInput:
    """Accepts an invitation.
    code: The invitation; case, spaces and dashes do not matter.
    monthly_points: What the family may spend of one's points in a month: 0 nothing, null as much as there is.
    consent_version: The text that was agreed to.
    idempotency_key: Made by the client for this act.
    """

    code: str
    monthly_points: int | None
    consent_version: int
    idempotency_key: strawberry.ID


@described
@strawberry.input
class ShareWithFamilyInput:
    """States what one shares from now on.
    monthly_points: What the family may spend of one's points in a month: 0 nothing, null as much as there is.
    idempotency_key: Made by the client for this act.
    """

    monthly_points: int | None
    idempotency_key: strawberry.ID


@described
@strawberry.input
class InviteToFamilyInput:
    """Makes an invitation.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID


@described
@strawberry.input
class WithdrawFamilyInviteInput:
    """Takes an invitation back.
    invite_id: The invitation.
    idempotency_key: Made by the client for this act.
    """

    invite_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class RemoveFromFamilyInput:
    """Removes somebody.
    person_id: Whom.
    idempotency_key: Made by the client for this act.
    """

    person_id: strawberry.ID
    idempotency_key: strawberry.ID


@described
@strawberry.input
class LeaveFamilyInput:
    """Leaves; with its founder the family ends.
    idempotency_key: Made by the client for this act.
    """

    idempotency_key: strawberry.ID


FamilyResult = Annotated[
    MyFamily
    | AlreadyInFamily
    | NotInFamily
    | NotFamilyFounder
    | FamilyFull
    | FamilyInviteOver
    | InvalidInput
    | IdempotencyConflict,
    strawberry.union("FamilyResult", description="The viewer's family after it, or why nothing was changed."),
]


def sharing_words(monthly: int | None) -> str:
    """不共享, 每月最多 500 积分, 全部共享."""
    if monthly is None:
        return "共享全部积分"
    return f"每月最多共享 {monthly} 积分" if monthly else "不共享积分"


async def family_view(info: AppInfo) -> MyFamily:
    merchant, mine, at = merchant_id(info), member_id(info), now()
    found = await families.of_member(merchant, mine, at)
    view = None
    if found is not None:
        secret = info.context.runtime.settings.secret
        known = await members.many(merchant, [p.member_id for p in found.people], at)
        me = next(p for p in found.people if p.member_id == mine)
        founder = found.founder_id == mine
        view = Family(
            founder=founder,
            people=[
                FamilyPerson(
                    id=strawberry.ID(ids.encode("fam", p.id)),
                    name=known[p.member_id].nickname if p is me else members.masked_name(known[p.member_id].nickname),
                    phone_masked=await members.phone_masked(secret, merchant, p.member_id),
                    founder=p.member_id == found.founder_id,
                    me=p is me,
                    joined_at=p.joined_at,
                    lends_points=p.lends,
                    sharing=sharing_words(p.monthly),
                )
                for p in found.people
            ],
            invites=[
                FamilyInvite(id=strawberry.ID(ids.encode("fin", i.id)), code=i.code, ends_at=i.ends_at)
                for i in (await families.invites(merchant, found.id, at) if founder else [])
            ],
            monthly_points=me.monthly,
            used_points=me.used,
            lent_points=sum(p.lends for p in found.people if p is not me),
        )
    return MyFamily(
        family=view,
        most_people=families.MOST_MEMBERS,
        consent=families.CONSENT,
        consent_version=families.CONSENT_VERSION,
    )


async def shares_of(merchant: Any, order: uuid.UUID) -> list[FamilyShare]:
    """Points of the family that an order was placed with."""
    spent = await families.of_order(merchant, order)
    known = await members.many(merchant, [part.member_id for part in spent])
    return [FamilyShare(name=members.masked_name(known[p.member_id].nickname), points=p.points) for p in spent]


async def seen_by_staff(merchant: Any, member: uuid.UUID) -> FamilySeen | None:
    """A customer's family for staff, who sees names and codes as in the member's own page."""
    found = await families.of_member(merchant, member, now())
    if found is None:
        return None
    known = await members.many(merchant, [p.member_id for p in found.people])
    return FamilySeen(
        people=[
            FamilyPersonSeen(
                nickname=known[p.member_id].nickname,
                member_code=known[p.member_id].member_code,
                founder=p.member_id == found.founder_id,
                joined_at=p.joined_at,
                sharing=sharing_words(p.monthly),
            )
            for p in found.people
        ]
    )


async def answer(info: AppInfo, result: Any) -> Any:
    match result:
        case families.AlreadyInFamily():
            return AlreadyInFamily(code="AlreadyInFamily", message="您已在一个家庭里，先退出才能加入别的家庭")
        case families.NotInFamily():
            return NotInFamily(code="NotInFamily", message="您不在家庭里，或对方已不在您的家庭")
        case families.NotFounder():
            return NotFamilyFounder(code="NotFamilyFounder", message="只有家庭的创建者可以邀请和移出家人")
        case families.FamilyFull(most=most):
            return FamilyFull(
                code="FamilyFull",
                message=f"一个家庭最多 {most} 人（含还没接受的邀请）",
                most_people=most,
            )
        case families.InviteOver():
            return FamilyInviteOver(code="FamilyInviteOver", message="这个邀请已失效，请家人重新发一个")
        case families.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
    return await family_view(info)


@strawberry.type
class FamilyQuery:
    @strawberry.field(description="家庭: the viewer's family.", permission_classes=consumer())
    async def my_family(self, info: AppInfo) -> MyFamily:
        return await family_view(info)

    @strawberry.field(
        description="What an invitation to a family is about, for who was sent it; null when it is over.",
        permission_classes=shop(),
    )
    async def family_invitation(self, info: AppInfo, code: str) -> FamilyInvitationCard | None:
        if len(code) > 80:
            raise BadRequest("邀请码太长")
        merchant, at = merchant_id(info), now()
        found = await families.invite_card(merchant, code, at)
        if found is None:
            return None
        founder, people, ends_at = found
        who = await members.get(merchant, founder, at)
        return FamilyInvitationCard(
            founder=members.masked_name(who.nickname if who else ""),
            people=people,
            ends_at=ends_at,
            consent=families.CONSENT,
            consent_version=families.CONSENT_VERSION,
        )


@strawberry.type
class FamilyMutation:
    @strawberry.mutation(description="Founds a family 创建家庭.", permission_classes=consumer())
    async def found_family(self, info: AppInfo, input: FoundFamilyInput) -> FamilyResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        monthly, consent = input.monthly_points, input.consent_version
        return await answer(info, await families.found(merchant, mine, monthly, consent, key, now()))

    @strawberry.mutation(description="Makes an invitation 邀请家人, for one person.", permission_classes=consumer())
    async def invite_to_family(self, info: AppInfo, input: InviteToFamilyInput) -> FamilyResult:
        key = checked_key(input.idempotency_key)
        return await answer(info, await families.invite(merchant_id(info), member_id(info), key, now()))

    @strawberry.mutation(description="Takes an invitation back 撤回邀请.", permission_classes=consumer())
    async def withdraw_family_invite(self, info: AppInfo, input: WithdrawFamilyInviteInput) -> FamilyResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        invite = needed_id("fin", input.invite_id)
        return await answer(info, await families.withdraw(merchant, mine, invite, key, now()))

    @strawberry.mutation(description="Accepts an invitation 加入家庭.", permission_classes=consumer())
    async def join_family(self, info: AppInfo, input: JoinFamilyInput) -> FamilyResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        monthly, consent = input.monthly_points, input.consent_version
        return await answer(info, await families.join(merchant, mine, input.code, monthly, consent, key, now()))

    @strawberry.mutation(description="States what one shares 设置共享额度.", permission_classes=consumer())
    async def share_with_family(self, info: AppInfo, input: ShareWithFamilyInput) -> FamilyResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        return await answer(info, await families.share(merchant, mine, input.monthly_points, key, now()))

    @strawberry.mutation(description="The founder removes somebody 移出家人.", permission_classes=consumer())
    async def remove_from_family(self, info: AppInfo, input: RemoveFromFamilyInput) -> FamilyResult:
        merchant, mine, key = merchant_id(info), member_id(info), checked_key(input.idempotency_key)
        person = needed_id("fam", input.person_id)
        return await answer(info, await families.remove(merchant, mine, person, key, now()))

    @strawberry.mutation(
        description="Leaves 退出家庭; with its founder the family ends.", permission_classes=consumer()
    )
    async def leave_family(self, info: AppInfo, input: LeaveFamilyInput) -> FamilyResult:
        key = checked_key(input.idempotency_key)
        return await answer(info, await families.leave(merchant_id(info), member_id(info), key, now()))
