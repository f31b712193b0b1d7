"""What staff note about a customer: labels, home store, a birthday put right; each with who and why (K02, K06, B08)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import strawberry

from backend import members
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    checked_key,
    described,
    may,
    merchant_id,
)
from schema.catalog import needed_id, optional_id
from schema.member_list import MemberFound, found_of
from schema.profiles import BirthdayInput, refused


@described
@strawberry.type
class MemberTag:
    """标签 that customers have.
    tag: The label.
    members: How many have it.
    """

    tag: str
    members: int


@described
@strawberry.input
class ChangeMemberTagsInput:
    """Gives and takes labels 标签.
    member_id: The customer.
    give: Labels to give, 1–10 characters each; at most 20 a customer.
    take: Labels to take.
    reason: Why, up to 100 characters, e.g. 已核对学生证.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    idempotency_key: strawberry.ID
    give: list[str] = strawberry.field(default_factory=list)
    take: list[str] = strawberry.field(default_factory=list)
    reason: str = ""


@described
@strawberry.input
class SetMemberHomeStoreInput:
    """Sets the home store 常去门店.
    member_id: The customer.
    store_id: The store; null is none.
    reason: Why, up to 100 characters.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    idempotency_key: strawberry.ID
    store_id: strawberry.ID | None = None
    reason: str = ""


@described
@strawberry.input
class CorrectBirthdayInput:
    """Puts a birthday right, as the customer asks.
    member_id: The customer.
    birthday: The right one.
    reason: Why, 2–100 characters.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    birthday: BirthdayInput
    reason: str
    idempotency_key: strawberry.ID


MemberDataResult = Annotated[
    MemberFound | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("MemberDataResult", description="The customer now, or why not."),
]


async def _answer(info: AppInfo, member: UUID, done: Any) -> Any:
    return refused(done) or (await found_of(info, [member]))[0]


@strawberry.type
class ProfileAdminQuery:
    @strawberry.field(
        description="Labels 标签 that customers have, the commonest first.", permission_classes=may("members.read")
    )
    async def member_tags(self, info: AppInfo) -> list[MemberTag]:
        found = await members.profile.tags_in_use(merchant_id(info))
        return [MemberTag(tag=tag, members=count) for tag, count in found]


@strawberry.type
class ProfileAdminMutation:
    @strawberry.mutation(description="Gives and takes labels of a customer.", permission_classes=may("members.edit"))
    async def change_member_tags(self, info: AppInfo, input: ChangeMemberTagsInput) -> MemberDataResult:
        viewer, member, key = info.context.viewer, needed_id("mem", input.member_id), checked_key(input.idempotency_key)
        assert viewer is not None
        give, take = input.give[:100], input.take[:100]
        merchant, actor = viewer.merchant_id, viewer.actor
        done = await members.profile.change_tags(merchant, actor, member, give, take, input.reason, key, now())
        return await _answer(info, member, done)

    @strawberry.mutation(description="Sets the home store of a customer.", permission_classes=may("members.edit"))
    async def set_member_home_store(self, info: AppInfo, input: SetMemberHomeStoreInput) -> MemberDataResult:
        viewer, member, key = info.context.viewer, needed_id("mem", input.member_id), checked_key(input.idempotency_key)
        assert viewer is not None
        store = optional_id("sto", input.store_id)
        merchant, actor = viewer.merchant_id, viewer.actor
        done = await members.profile.set_home_store(merchant, actor, member, store, input.reason, key, now())
        return await _answer(info, member, done)

    @strawberry.mutation(
        description="Puts the birthday of a customer right, with a reason.", permission_classes=may("members.edit")
    )
    async def correct_birthday(self, info: AppInfo, input: CorrectBirthdayInput) -> MemberDataResult:
        viewer, member, key = info.context.viewer, needed_id("mem", input.member_id), checked_key(input.idempotency_key)
        assert viewer is not None
        birth, merchant, actor = input.birthday.birth(), viewer.merchant_id, viewer.actor
        secret = info.context.runtime.settings.secret
        done = await members.profile.correct_birthday(secret, merchant, actor, member, birth, input.reason, key, now())
        return await _answer(info, member, done)
