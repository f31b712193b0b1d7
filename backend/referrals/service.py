"""Invitation codes, who invited whom, and the merchant's terms (B05).

Accepting locks the idempotency key, then both members in the order of their ids: what is looked at (new, not bound, not one's
own inviter) still holds when the referral is written. The unique constraint on the friend decides in any case.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from backend import members, merchants
from backend.kit import database, idempotency, invite_codes
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.referrals.rules import CODE_LENGTH, Problem, Terms, check, month_of


@dataclass(frozen=True, slots=True)
class Accepted:
    inviter_id: UUID


@dataclass(frozen=True, slots=True)
class InvitationMissing:
    pass


@dataclass(frozen=True, slots=True)
class InvitationOff:
    """The merchant has stopped inviting."""


@dataclass(frozen=True, slots=True)
class InvitationOwn:
    """One does not invite oneself."""


@dataclass(frozen=True, slots=True)
class InvitationReturned:
    """The inviter was invited by this very member, or by somebody whom this one invited, and so on."""


@dataclass(frozen=True, slots=True)
class AlreadyInvited:
    """The first invitation that was accepted stands."""

    inviter_id: UUID


@dataclass(frozen=True, slots=True)
class NotNew:
    """Only who has not ordered yet is invited."""

    orders: int


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class FriendInfo:
    """`state`: bound (no completed order yet), rewarded, over_limit. `points` are net of what was taken back."""

    id: UUID
    friend_id: UUID
    state: str
    bound_at: datetime
    settled_at: datetime | None
    points: int
    short: int


@dataclass(frozen=True, slots=True)
class InvitationSums:
    friends: int
    points: int
    this_month: int


Refused = InvitationMissing | InvitationOff | InvitationOwn | InvitationReturned | AlreadyInvited | NotNew


async def code_of(merchant_id: UUID, member_id: UUID, at: datetime) -> str:
    """The member's code; made when it is first asked for, the same ever after."""
    for _ in range(5):
        code = invite_codes.made(CODE_LENGTH)
        await database.pool().execute(
            "INSERT INTO invite_codes (id, merchant_id, member_id, code, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            new_id(),
            merchant_id,
            member_id,
            code,
            at,
        )
        mine = await database.fetchval(
            "SELECT code FROM invite_codes WHERE merchant_id = $1 AND member_id = $2", merchant_id, member_id
        )
        if mine is not None:
            return str(mine)
    raise RuntimeError("the random source repeats itself")


async def owner_of(merchant_id: UUID, code: str) -> UUID | None:
    """Whose code it is."""
    found: UUID | None = await database.fetchval(
        "SELECT member_id FROM invite_codes WHERE merchant_id = $1 AND code = $2",
        merchant_id,
        invite_codes.written(code),
    )
    return found


async def accept(
    merchant_id: UUID, member_id: UUID, code: str, key: str, at: datetime
) -> Accepted | Refused | IdempotencyConflict:
    """Binds a new member to who invited them, once for ever."""
    inviter_id = await owner_of(merchant_id, code)
    if inviter_id is None:
        return InvitationMissing()
    if inviter_id == member_id:
        return InvitationOwn()
    async with database.transaction() as tx:
        begun = await idempotency.begin(
            tx, merchant_id, f"consumer:{member_id}", key, "acceptInvitation", invite_codes.written(code), at
        )
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return Accepted(UUID(begun.answer["inviter"]))
        for one in sorted((member_id, inviter_id)):
            await members.lock(tx, merchant_id, one)
        refused = await _refusal(tx, merchant_id, member_id, inviter_id, at)
        if refused is not None:
            return refused
        await tx.execute(
            "INSERT INTO referrals (id, merchant_id, friend_id, inviter_id, state, bound_at) VALUES ($1, $2, $3, $4, 'bound', $5)",
            new_id(),
            merchant_id,
            member_id,
            inviter_id,
            at,
        )
        await idempotency.finish(tx, begun, {"type": "Invitation", "inviter": str(inviter_id)})
    return Accepted(inviter_id)


async def _refusal(tx: Tx, merchant_id: UUID, member_id: UUID, inviter_id: UUID, at: datetime) -> Refused | None:
    """Why this member is not bound; both members are locked, so what is committed is what holds."""
    if not (await terms_of(merchant_id)).enabled:
        return InvitationOff()
    bound = await tx.fetchval(
        "SELECT inviter_id FROM referrals WHERE merchant_id = $1 AND friend_id = $2", merchant_id, member_id
    )
    if bound is not None:
        return AlreadyInvited(bound)
    if await _in_a_ring(tx, merchant_id, member_id, inviter_id):
        return InvitationReturned()
    orders = (await members.facts(merchant_id, [member_id], at))[member_id].orders
    return NotNew(orders) if orders else None


async def _in_a_ring(tx: Tx, merchant_id: UUID, member_id: UUID, inviter_id: UUID) -> bool:
    """Whether the inviter was brought by this member, by whom this one brought, and so on. Who has brought nobody closes no
    ring; all others accept one at a time, as the last two links of a ring may share no member and so no lock."""
    if not await tx.fetchval(
        "SELECT EXISTS (SELECT 1 FROM referrals WHERE merchant_id = $1 AND inviter_id = $2)", merchant_id, member_id
    ):
        return False
    await tx.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('referral_ring:' || $1::text, 0))", str(merchant_id)
    )
    return bool(
        await tx.fetchval(
            "WITH RECURSIVE up (id) AS (SELECT $2::uuid UNION SELECT r.inviter_id FROM up JOIN referrals r ON r.merchant_id = $1 AND r.friend_id = up.id)"
            " SELECT EXISTS (SELECT 1 FROM up WHERE id = $3)",
            merchant_id,
            inviter_id,
            member_id,
        )
    )


async def inviter_of(merchant_id: UUID, member_id: UUID) -> UUID | None:
    found: UUID | None = await database.fetchval(
        "SELECT inviter_id FROM referrals WHERE merchant_id = $1 AND friend_id = $2", merchant_id, member_id
    )
    return found


async def friends(merchant_id: UUID, inviter_id: UUID, first: int, after: UUID | None = None) -> list[FriendInfo]:
    """Whom a member invited, newest first."""
    rows = await database.fetch(
        "SELECT id, friend_id, state, bound_at, settled_at, points, short FROM referrals WHERE merchant_id = $1 AND inviter_id = $2"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        merchant_id,
        inviter_id,
        after,
        first,
    )
    return [FriendInfo(**row) for row in rows]


async def sums(merchant_id: UUID, inviter_id: UUID, at: datetime) -> InvitationSums:
    """How many friends, what they brought, and rewards of the present month."""
    month = month_of(local_day(at, (await merchants.get(merchant_id)).time_zone))
    row = await database.fetchrow(
        "SELECT count(*) AS friends, coalesce(sum(points), 0)::bigint AS points, count(*) FILTER (WHERE state = 'rewarded' AND month = $3) AS this_month"
        " FROM referrals WHERE merchant_id = $1 AND inviter_id = $2",
        merchant_id,
        inviter_id,
        month,
    )
    assert row is not None
    return InvitationSums(**row)


NEWEST = "SELECT version, enabled, share_bp, most_points, monthly FROM referral_terms WHERE merchant_id = $1 ORDER BY version DESC LIMIT 1"


async def terms_of(merchant_id: UUID) -> Terms:
    row = await database.fetchrow(NEWEST, merchant_id)
    return Terms(row["enabled"], row["share_bp"], row["most_points"], row["monthly"]) if row else Terms()


async def set_terms(
    merchant_id: UUID, actor: str, terms: Terms, key: str, at: datetime
) -> Terms | Invalid | IdempotencyConflict:
    """States the terms for friends whose first order is completed from now on."""
    problems = check(terms)
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setReferralTerms", asdict(terms), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            await tx.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('referral_terms:' || $1::text, 0))", str(merchant_id)
            )
            await tx.execute(
                "INSERT INTO referral_terms (id, merchant_id, version, enabled, share_bp, most_points, monthly, actor, at)"
                " SELECT $1, $2, 1 + coalesce((SELECT max(version) FROM referral_terms WHERE merchant_id = $2), 0), $3, $4, $5, $6, $7, $8",
                new_id(),
                merchant_id,
                terms.enabled,
                terms.share_bp,
                terms.most_points,
                terms.monthly,
                actor,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "ReferralTerms"})
    return await terms_of(merchant_id)
