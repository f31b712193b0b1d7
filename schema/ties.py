"""Whether a customer follows the official account, is in a customers' group, has picked up a group order: told by a system beside
WeChat, or by staff (K02)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

import strawberry

from backend import members
from backend.kit import idempotency
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    IdempotencyConflict,
    InvalidInput,
    checked_key,
    described,
    enumeration,
    external,
    may,
    merchant_id,
)
from schema.catalog import needed_id

MemberTie = enumeration(
    "MemberTie",
    {
        "ACCOUNT": "关注公众号: follows the official account.",
        "GROUP": "入群: is in a customers' group.",
        "PICKUP": "团购提货: has picked up a group order; false where that was undone.",
    },
    "What ties a customer to the shop outside of it.",
)
WORDS = {
    "account": ("已关注公众号", "未关注公众号"),
    "group": ("已入群", "未入群"),
    "pickup": ("已提过团购", "未提过团购"),
}
TOLD_BY = {"staff": "店员记录", "system": "系统上报"}


@described
@strawberry.type
class MemberTied:
    """What was last heard about a tie.
    tie: Which.
    tied: Whether it holds.
    at: When it became so; null when nothing was ever heard.
    sentence: In words, e.g. 已关注公众号 · 系统上报.
    """

    tie: MemberTie  # type: ignore[valid-type]
    tied: bool
    at: dt.datetime | None
    sentence: str


async def ties_of(merchant: uuid.UUID, member: uuid.UUID) -> list[MemberTied]:
    """Every tie, heard of or not."""
    heard = {held.tie: held for held in (await members.ties.held(merchant, [member])).get(member, ())}
    found = []
    for tie in members.ties.TIES:
        held = heard.get(tie)
        words = WORDS[tie][0 if held and held.tied else 1]
        by = TOLD_BY.get(held.actor.partition(":")[0], "系统上报") if held else ""
        found.append(
            MemberTied(
                tie=MemberTie[tie.upper()],
                tied=held.tied if held else False,
                at=held.at if held else None,
                sentence=f"{words} · {by}" if by else words,
            )
        )
    return found


@described
@strawberry.input
class SetMemberTieInput:
    """What staff saw.
    member_id: The customer.
    tie: Which tie.
    tied: Whether it holds now.
    idempotency_key: Made by the client for this act.
    """

    member_id: strawberry.ID
    tie: MemberTie  # type: ignore[valid-type]
    tied: bool
    idempotency_key: strawberry.ID


@described
@strawberry.input
class MemberTieReportInput:
    """One report of a system beside WeChat.
    member: The customer: openid of the mini-program, or member code.
    tie: Which tie.
    tied: Whether it holds from then on.
    at: When it happened; reports may come late, twice and in any order.
    """

    member: str
    tie: MemberTie  # type: ignore[valid-type]
    tied: bool
    at: dt.datetime


@described
@strawberry.input
class ReportMemberTiesInput:
    """Reports, at most 200; all of them are taken or none.
    reports: The reports.
    idempotency_key: Made by the system for this call.
    """

    reports: list[MemberTieReportInput]
    idempotency_key: strawberry.ID


@described
@strawberry.type
class MemberTiesRecorded:
    """The reports are kept.
    recorded: Those of them that were not known before.
    """

    recorded: int


MemberTiesResult = Annotated[
    MemberTiesRecorded | InvalidInput | IdempotencyConflict,
    strawberry.union("MemberTiesResult", description="What was recorded, or why not."),
]


async def _record(info: AppInfo, reports: list[members.ties.Report], key: strawberry.ID) -> Any:
    viewer = info.context.viewer
    assert viewer is not None
    done = await members.ties.record(merchant_id(info), viewer.actor, reports, checked_key(key), now())
    match done:
        case members.ties.Recorded(new=new):
            return MemberTiesRecorded(recorded=new)
        case members.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()


@strawberry.type
class TieMutation:
    @strawberry.mutation(
        description="Notes that a customer follows the account, is in a group or picked up a group order 标记关注、入群、团购提货, or no longer.",
        permission_classes=may("members.adjust"),
    )
    async def set_member_tie(self, info: AppInfo, input: SetMemberTieInput) -> MemberTiesResult:
        member = str(needed_id("mem", input.member_id))
        # a replay is the same act although time went on: the moment is not part of what is asked
        seen = members.ties.Report(member, input.tie.name.lower(), input.tied, None)
        return await _record(info, [seen], input.idempotency_key)

    @strawberry.mutation(
        description="Reports of a system beside WeChat about who follows, is in a group, picked up a group order 上报关注、入群、团购提货.",
        permission_classes=external(),
    )
    async def report_member_ties(self, info: AppInfo, input: ReportMemberTiesInput) -> MemberTiesResult:
        reports = [members.ties.Report(r.member, r.tie.name.lower(), r.tied, r.at) for r in input.reports[:1000]]
        return await _record(info, reports, input.idempotency_key)
