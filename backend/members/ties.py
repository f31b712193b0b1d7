"""What ties a customer to the shop outside of it (K02): follows the official account 关注公众号, is in a customers' group 入群, has
picked up a group order 团购提货.

We learn it from others: a system beside WeChat tells, or staff who saw it. Each report is a row that stays; the newest by the
moment at which it happened is what holds, so reports may come late, twice and in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from backend.kit import database, idempotency
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.members.level_rules import Problem
from backend.members.levels import Invalid

Tie = Literal["account", "group", "pickup"]
TIES: tuple[Tie, ...] = Tie.__args__  # type: ignore[attr-defined]
MOST = 200
EARLY = timedelta(minutes=5)
"""By how much a clock elsewhere may be before ours."""
WRITTEN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BY_NAME = (
    "SELECT id, openid, member_code FROM members"
    " WHERE merchant_id = $1 AND (openid = ANY($2) OR member_code = ANY($2) OR id = ANY($3::uuid[]))"
)


@dataclass(frozen=True, slots=True)
class Report:
    """`who`: member id, openid or member code. `tied` False: no longer. `at` None: now, when it is recorded."""

    who: str
    tie: Tie
    tied: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """What holds now: since when (by the last report), and who said so."""

    tie: Tie
    tied: bool
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """`new` reports were not known before."""

    new: int


async def record(
    merchant_id: UUID, actor: str, reports: Sequence[Report], key: str, at: datetime
) -> Recorded | Invalid | IdempotencyConflict:
    """Writes what is reported: all of it or, when anything is wrong, nothing."""
    problems = _faults(reports, at)
    known = await _members(merchant_id, [r.who for r in reports]) if not problems else {}
    if not problems:
        problems = [
            Problem(f"reports[{n}].member", "没有这位会员") for n, r in enumerate(reports) if r.who not in known
        ]
    async with database.transaction() as tx:
        wish = [asdict(r) for r in reports]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "recordTies", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return Recorded(int(begun.answer["new"]))
        if problems:
            return Invalid(tuple(problems))
        rows = [(new_id(), known[r.who], r.tie, r.tied, r.at or at) for r in reports]
        columns = [list(column) for column in zip(*rows, strict=True)]
        new = await tx.fetch(
            "INSERT INTO member_ties (id, merchant_id, member_id, tie, tied, at, actor, told_at)"
            " SELECT i, $6, m, t, d, a, $7, $8 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bool[], $5::timestamptz[]) AS x (i, m, t, d, a)"
            " ON CONFLICT (merchant_id, member_id, tie, at) DO NOTHING RETURNING id",
            *columns,
            merchant_id,
            actor,
            at,
        )
        await idempotency.finish(tx, begun, {"type": "TiesRecorded", "new": len(new)})
        return Recorded(len(new))


def _faults(reports: Sequence[Report], at: datetime) -> list[Problem]:
    if not 1 <= len(reports) <= MOST:
        return [Problem("reports", f"一次须有 1–{MOST} 条")]
    return [
        Problem(f"reports[{n}].at", "发生时间不能晚于现在") for n, r in enumerate(reports) if r.at and r.at > at + EARLY
    ]


async def _members(merchant_id: UUID, who: Sequence[str]) -> dict[str, UUID]:
    """Members by id, openid or member code: each is looked up by its index, however many members there are."""
    ids = [UUID(name) for name in who if WRITTEN_ID.fullmatch(name)]
    rows = await database.fetch(BY_NAME, merchant_id, list(who), ids)
    return {name: row["id"] for row in rows for name in (str(row["id"]), row["openid"], row["member_code"])}


async def held(merchant_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, tuple[Held, ...]]:
    """What was last heard of these members, by tie; those of whom nothing was heard are left out."""
    rows = await database.fetch(
        "SELECT DISTINCT ON (member_id, tie) member_id, tie, tied, at, actor FROM member_ties"
        " WHERE merchant_id = $1 AND member_id = ANY($2::uuid[]) ORDER BY member_id, tie, at DESC",
        merchant_id,
        list(member_ids),
    )
    found: dict[UUID, list[Held]] = {}
    for row in rows:
        found.setdefault(row["member_id"], []).append(Held(row["tie"], row["tied"], row["at"], row["actor"]))
    return {member: tuple(ties) for member, ties in found.items()}
