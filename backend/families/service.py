"""Founding, inviting, joining, sharing and leaving (B05; docs/decisions/0022-family-accounts.md).

Every change locks the family's row, after the idempotency key; that nobody is in two families is decided by a unique index.
What spends points of the family holds that row shared (`families.sharing`), so a change waits for it or is seen by it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend import events, ledger, merchants
from backend.families.rules import (
    CODE_LENGTH,
    CONSENT_VERSION,
    INVITE_HOURS,
    MOST_MEMBERS,
    Problem,
    allowed,
    check,
)
from backend.kit import database, idempotency, invite_codes, outbox
from backend.kit.clock import day_start, local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Person:
    """One of a family. `used` is what the family had of their points this month, `free` what they have, `lends` what the
    others may spend now."""

    id: UUID
    member_id: UUID
    monthly: int | None
    joined_at: datetime
    used: int
    free: int

    @property
    def lends(self) -> int:
        return allowed(self.monthly, self.used, self.free)


@dataclass(frozen=True, slots=True)
class InviteInfo:
    id: UUID
    code: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class FamilyInfo:
    """A family, who joined first first."""

    id: UUID
    founder_id: UUID
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class AlreadyInFamily:
    """One family at a time."""


@dataclass(frozen=True, slots=True)
class NotInFamily:
    """Whoever asks is in no family, or whom they name is not in theirs."""


@dataclass(frozen=True, slots=True)
class NotFounder:
    """Only the founder invites and removes."""


@dataclass(frozen=True, slots=True)
class FamilyFull:
    """Members and open invitations together."""

    most: int


@dataclass(frozen=True, slots=True)
class InviteOver:
    """There is no such invitation, or it was used, withdrawn or has ended."""


Refused = Invalid | AlreadyInFamily | NotInFamily | NotFounder | FamilyFull | InviteOver
Outcome = UUID | Refused | IdempotencyConflict
"""The family that was changed, or why nothing was."""

MINE = (
    "SELECT f.id, f.founder_id FROM families f JOIN family_members p ON p.merchant_id = f.merchant_id AND p.family_id = f.id"
    " WHERE f.merchant_id = $1 AND p.member_id = $2 AND p.left_at IS NULL"
)
PEOPLE = (
    "SELECT p.id, p.member_id, p.monthly, p.joined_at, coalesce((SELECT sum(s.points - s.returned) FROM family_spends s"
    "  WHERE s.merchant_id = p.merchant_id AND s.member_id = p.member_id AND s.state <> 'released' AND s.at >= $3), 0)::bigint AS used"
    " FROM family_members p WHERE p.merchant_id = $1 AND p.family_id = $2 AND p.left_at IS NULL ORDER BY p.joined_at, p.id"
)
OPEN = "used_at IS NULL AND withdrawn_at IS NULL AND ends_at > $3"


async def people(source: Any, merchant_id: UUID, family_id: UUID, at: datetime) -> tuple[Person, ...]:
    """Who is in a family, read through a transaction or the pool."""
    tz = (await merchants.get(merchant_id)).time_zone
    month = day_start(local_day(at, tz).replace(day=1), tz)
    rows = await source.fetch(PEOPLE, merchant_id, family_id, month)
    ids = [row["member_id"] for row in rows]
    free = await ledger.free_points(source, merchant_id, ids, at)
    kept = await _withheld(source, merchant_id, ids, month)
    return tuple(
        Person(**{**row, "used": row["used"] + kept.get(row["member_id"], 0)}, free=free.get(row["member_id"], 0))
        for row in rows
    )


async def _withheld(source: Any, merchant_id: UUID, member_ids: list[UUID], month: datetime) -> dict[UUID, int]:
    """Points of members that refunds of the month's orders gave back and withheld: the family has had them."""
    rows = await source.fetch(
        "SELECT member_id, order_id FROM family_spends WHERE merchant_id = $1 AND member_id = ANY($2::uuid[]) AND at >= $3 AND returned > 0",
        merchant_id,
        member_ids,
        month,
    )
    refunded = {(row["member_id"], str(row["order_id"])) for row in rows}
    kept: dict[UUID, int] = {}
    if refunded:
        for member_id, mark, points in await ledger.withheld(source, merchant_id, member_ids, "points", month):
            _, order_id, _, whose, *_ = mark.split(":")  # families.sharing.give_back
            if whose == "family" and (member_id, order_id) in refunded:
                kept[member_id] = kept.get(member_id, 0) + points
    return kept


async def of_member(merchant_id: UUID, member_id: UUID, at: datetime) -> FamilyInfo | None:
    """The family that a member is in."""
    row = await database.fetchrow(MINE, merchant_id, member_id)
    if row is None:
        return None
    return FamilyInfo(row["id"], row["founder_id"], await people(database, merchant_id, row["id"], at))


async def others(merchant_id: UUID, member_id: UUID) -> frozenset[UUID]:
    """Who is in a family with a member."""
    rows = await database.fetch(
        "SELECT p.member_id FROM family_members p JOIN family_members mine ON mine.merchant_id = p.merchant_id AND mine.family_id = p.family_id"
        " WHERE mine.merchant_id = $1 AND mine.member_id = $2 AND mine.left_at IS NULL AND p.left_at IS NULL AND p.member_id <> $2",
        merchant_id,
        member_id,
    )
    return frozenset(row["member_id"] for row in rows)


async def invites(merchant_id: UUID, family_id: UUID, at: datetime) -> list[InviteInfo]:
    """Invitations that wait, the oldest first."""
    rows = await database.fetch(
        f"SELECT id, code, ends_at FROM family_invites WHERE merchant_id = $1 AND family_id = $2 AND {OPEN} ORDER BY id",
        merchant_id,
        family_id,
        at,
    )
    return [InviteInfo(**row) for row in rows]


async def invite_card(merchant_id: UUID, code: str, at: datetime) -> tuple[UUID, int, datetime] | None:
    """(founder, how many are in the family, end) of an invitation that waits."""
    row = await database.fetchrow(
        "SELECT f.founder_id, i.ends_at, (SELECT count(*) FROM family_members p WHERE p.merchant_id = f.merchant_id AND p.family_id = f.id AND p.left_at IS NULL) AS people"
        " FROM family_invites i JOIN families f ON f.merchant_id = i.merchant_id AND f.id = i.family_id"
        f" WHERE i.merchant_id = $1 AND i.code = $2 AND f.ended_at IS NULL AND {OPEN}",
        merchant_id,
        invite_codes.written(code),
        at,
    )
    return (row["founder_id"], row["people"], row["ends_at"]) if row else None


async def _once(
    merchant_id: UUID,
    member_id: UUID,
    command: str,
    value: object,
    key: str,
    at: datetime,
    work: Callable[[Tx], Awaitable[UUID | Refused]],
) -> Outcome:
    """A command of a member under its idempotency key. A refusal rolls everything back and leaves the key free."""
    try:
        async with database.transaction() as tx:
            begun = await idempotency.begin(tx, merchant_id, f"consumer:{member_id}", key, command, value, at)
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                return UUID(begun.answer["id"])
            done = await work(tx)
            if not isinstance(done, UUID):
                raise _Refusal(done)
            await idempotency.finish(tx, begun, {"type": "Family", "id": str(done)})
            return done
    except _Refusal as refused:
        return refused.what


class _Refusal(Exception):
    def __init__(self, what: Refused) -> None:
        super().__init__(type(what).__name__)
        self.what = what


async def _locked(tx: Tx, merchant_id: UUID, member_id: UUID) -> dict[str, Any] | None:
    """The member's family, locked; None when they are in none (any more)."""
    row = await tx.fetchrow(f"{MINE} FOR NO KEY UPDATE OF f", merchant_id, member_id)
    again = await tx.fetchrow(MINE, merchant_id, member_id) if row else None  # looked at again under the lock
    return again if row and again and again["id"] == row["id"] else None


async def _founded(tx: Tx, merchant_id: UUID, member_id: UUID) -> dict[str, Any] | NotInFamily | NotFounder:
    """The family that the member founded, locked."""
    mine = await _locked(tx, merchant_id, member_id)
    if mine is None:
        return NotInFamily()
    return mine if mine["founder_id"] == member_id else NotFounder()


async def _enter(
    tx: Tx, merchant_id: UUID, family_id: UUID, member_id: UUID, monthly: int | None, at: datetime
) -> bool:
    """Puts somebody into a family; False when they are in one."""
    entered = await tx.fetchval(
        "INSERT INTO family_members (id, merchant_id, family_id, member_id, monthly, consent, joined_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (merchant_id, member_id) WHERE left_at IS NULL DO NOTHING RETURNING id",
        new_id(),
        merchant_id,
        family_id,
        member_id,
        monthly,
        CONSENT_VERSION,
        at,
    )
    return entered is not None


async def _tell(tx: Tx, merchant_id: UUID, family_id: UUID, change: str, at: datetime, *also: UUID) -> None:
    """Wakes everybody of the family, and who has just left it."""
    rows = await tx.fetch(
        "SELECT member_id FROM family_members WHERE merchant_id = $1 AND family_id = $2 AND left_at IS NULL",
        merchant_id,
        family_id,
    )
    told = [
        (merchant_id, f"member:{one}", events.FamilyChanged(family_id, one, change, at))
        for one in sorted({*(row["member_id"] for row in rows), *also})
    ]
    await outbox.emit_many(tx, told, at)


async def found(
    merchant_id: UUID, member_id: UUID, monthly: int | None, consent: int, key: str, at: datetime
) -> Outcome:
    """A new family with one member."""
    problems = check(monthly, consent)
    if problems:
        return Invalid(tuple(problems))

    async def work(tx: Tx) -> UUID | Refused:
        family_id = new_id()
        await tx.execute(
            "INSERT INTO families (id, merchant_id, founder_id, founded_at) VALUES ($1, $2, $3, $4)",
            family_id,
            merchant_id,
            member_id,
            at,
        )
        if not await _enter(tx, merchant_id, family_id, member_id, monthly, at):
            return AlreadyInFamily()
        await _tell(tx, merchant_id, family_id, "founded", at)
        return family_id

    return await _once(merchant_id, member_id, "foundFamily", [monthly, consent], key, at, work)


async def _count(tx: Tx, merchant_id: UUID, family_id: UUID, at: datetime) -> tuple[int, int]:
    """(members, open invitations)."""
    row = await tx.fetchrow(
        "SELECT (SELECT count(*) FROM family_members WHERE merchant_id = $1 AND family_id = $2 AND left_at IS NULL) AS people,"
        f" (SELECT count(*) FROM family_invites WHERE merchant_id = $1 AND family_id = $2 AND {OPEN}) AS open",
        merchant_id,
        family_id,
        at,
    )
    assert row is not None
    return row["people"], row["open"]


async def invite(merchant_id: UUID, member_id: UUID, key: str, at: datetime) -> Outcome:
    """The founder makes a code for one person."""

    async def work(tx: Tx) -> UUID | Refused:
        mine = await _founded(tx, merchant_id, member_id)
        if isinstance(mine, (NotInFamily, NotFounder)):
            return mine
        if sum(await _count(tx, merchant_id, mine["id"], at)) >= MOST_MEMBERS:
            return FamilyFull(MOST_MEMBERS)
        await tx.execute(
            "INSERT INTO family_invites (id, merchant_id, family_id, code, made_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
            new_id(),
            merchant_id,
            mine["id"],
            invite_codes.made(CODE_LENGTH),
            at,
            at + timedelta(hours=INVITE_HOURS),
        )
        return mine["id"]  # type: ignore[no-any-return]

    return await _once(merchant_id, member_id, "inviteToFamily", None, key, at, work)


async def withdraw(merchant_id: UUID, member_id: UUID, invite_id: UUID, key: str, at: datetime) -> Outcome:
    """The founder takes an invitation back that nobody has used."""

    async def work(tx: Tx) -> UUID | Refused:
        mine = await _founded(tx, merchant_id, member_id)
        if isinstance(mine, (NotInFamily, NotFounder)):
            return mine
        gone = await tx.fetchval(
            f"UPDATE family_invites SET withdrawn_at = $3 WHERE merchant_id = $1 AND family_id = $2 AND id = $4 AND {OPEN} RETURNING id",
            merchant_id,
            mine["id"],
            at,
            invite_id,
        )
        return mine["id"] if gone else InviteOver()

    return await _once(merchant_id, member_id, "withdrawFamilyInvite", str(invite_id), key, at, work)


async def join(
    merchant_id: UUID, member_id: UUID, code: str, monthly: int | None, consent: int, key: str, at: datetime
) -> Outcome:
    """Somebody who was invited agrees, with what they share."""
    problems = check(monthly, consent)
    if problems:
        return Invalid(tuple(problems))

    async def work(tx: Tx) -> UUID | Refused:
        family_id = await tx.fetchval(
            "SELECT f.id FROM families f JOIN family_invites i ON i.merchant_id = f.merchant_id AND i.family_id = f.id"
            " WHERE i.merchant_id = $1 AND i.code = $2 FOR NO KEY UPDATE OF f",
            merchant_id,
            invite_codes.written(code),
        )
        used = family_id and await tx.fetchval(
            f"UPDATE family_invites SET used_by = $4, used_at = $3 WHERE merchant_id = $1 AND code = $2 AND {OPEN}"
            " AND EXISTS (SELECT 1 FROM families WHERE merchant_id = $1 AND id = $5 AND ended_at IS NULL) RETURNING id",
            merchant_id,
            invite_codes.written(code),
            at,
            member_id,
            family_id,
        )
        if not used:
            return InviteOver()
        if (await _count(tx, merchant_id, family_id, at))[0] >= MOST_MEMBERS:
            return FamilyFull(MOST_MEMBERS)
        if not await _enter(tx, merchant_id, family_id, member_id, monthly, at):
            return AlreadyInFamily()
        await _tell(tx, merchant_id, family_id, "joined", at)
        return family_id  # type: ignore[no-any-return]

    return await _once(
        merchant_id, member_id, "joinFamily", [invite_codes.written(code), monthly, consent], key, at, work
    )


async def share(merchant_id: UUID, member_id: UUID, monthly: int | None, key: str, at: datetime) -> Outcome:
    """States how many of one's points the family may spend in a month from now on."""
    problems = check(monthly, CONSENT_VERSION)
    if problems:
        return Invalid(tuple(problems))

    async def work(tx: Tx) -> UUID | Refused:
        mine = await _locked(tx, merchant_id, member_id)
        if mine is None:
            return NotInFamily()
        await tx.execute(
            "UPDATE family_members SET monthly = $3 WHERE merchant_id = $1 AND member_id = $2 AND left_at IS NULL",
            merchant_id,
            member_id,
            monthly,
        )
        await _tell(tx, merchant_id, mine["id"], "shared", at)
        return mine["id"]  # type: ignore[no-any-return]

    return await _once(merchant_id, member_id, "shareWithFamily", monthly, key, at, work)


async def remove(merchant_id: UUID, member_id: UUID, person_id: UUID, key: str, at: datetime) -> Outcome:
    """The founder removes somebody; who founded the family leaves it instead."""

    async def work(tx: Tx) -> UUID | Refused:
        mine = await _founded(tx, merchant_id, member_id)
        if isinstance(mine, (NotInFamily, NotFounder)):
            return mine
        gone = await tx.fetchval(
            "UPDATE family_members SET left_at = $4, why = 'removed' WHERE merchant_id = $1 AND family_id = $2 AND id = $3"
            " AND left_at IS NULL AND member_id <> $5 RETURNING member_id",
            merchant_id,
            mine["id"],
            person_id,
            at,
            member_id,
        )
        if gone is None:
            return NotInFamily()
        await _tell(tx, merchant_id, mine["id"], "removed", at, gone)
        return mine["id"]  # type: ignore[no-any-return]

    return await _once(merchant_id, member_id, "removeFromFamily", str(person_id), key, at, work)


async def leave(merchant_id: UUID, member_id: UUID, key: str, at: datetime) -> Outcome:
    """Somebody leaves; with its founder the family ends for all."""

    async def work(tx: Tx) -> UUID | Refused:
        mine = await _locked(tx, merchant_id, member_id)
        if mine is None:
            return NotInFamily()
        ends = mine["founder_id"] == member_id
        gone = await tx.fetch(
            "UPDATE family_members SET left_at = $3, why = CASE WHEN member_id = $4 THEN 'left' ELSE 'ended' END"
            " WHERE merchant_id = $1 AND family_id = $2 AND left_at IS NULL AND ($5 OR member_id = $4) RETURNING member_id",
            merchant_id,
            mine["id"],
            at,
            member_id,
            ends,
        )
        if ends:
            await _end(tx, merchant_id, mine["id"], at)
        await _tell(tx, merchant_id, mine["id"], "left", at, *(row["member_id"] for row in gone))
        return mine["id"]  # type: ignore[no-any-return]

    return await _once(merchant_id, member_id, "leaveFamily", None, key, at, work)


async def _end(tx: Tx, merchant_id: UUID, family_id: UUID, at: datetime) -> None:
    """A family that its founder has left: nobody joins it any more."""
    await tx.execute("UPDATE families SET ended_at = $3 WHERE merchant_id = $1 AND id = $2", merchant_id, family_id, at)
    await tx.execute(
        f"UPDATE family_invites SET withdrawn_at = $3 WHERE merchant_id = $1 AND family_id = $2 AND {OPEN}",
        merchant_id,
        family_id,
        at,
    )


__all__ = [
    "AlreadyInFamily",
    "FamilyFull",
    "FamilyInfo",
    "Invalid",
    "InviteInfo",
    "InviteOver",
    "NotFounder",
    "NotInFamily",
    "Outcome",
    "Person",
    "found",
    "invite",
    "invite_card",
    "invites",
    "join",
    "leave",
    "of_member",
    "others",
    "people",
    "remove",
    "share",
    "withdraw",
]
