"""K11: claims in micro-batches (docs/decisions/0003-micro-batches.md).

Claims that arrive together in one process share one transaction of two statements: the first locks the drops
in id order, the second decides stock, limits and idempotency for all of them, writes coupons, moves and
outbox, and answers each. The second starts after the lock is held, so it sees every claim committed before:
several processes at once stay exact.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from backend.coupons.rules import coupon_code
from backend.kit import database
from backend.kit.batching import Batcher, QueueFull
from backend.kit.crypto import derive
from backend.kit.idempotency import MAX_KEY, IdempotencyConflict, input_hash
from backend.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Claim:
    """One wish. `key` is the client's idempotency key, `at` the instant at which it was accepted."""

    merchant_id: UUID
    drop_id: UUID
    member_id: UUID
    key: str
    at: datetime
    channel: str
    store_id: UUID | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """`replayed`: this key had claimed it before."""

    coupon_id: UUID
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class CouponSoldOut:
    total: int


@dataclass(frozen=True, slots=True)
class ClaimLimitReached:
    limit: int
    held: int


@dataclass(frozen=True, slots=True)
class DropNotOpen:
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class DropNotFound:
    pass


@dataclass(frozen=True, slots=True)
class Busy:
    """Too many claims wait in this process; nothing was done."""

    retry_after_ms: int


ClaimResult = Claimed | CouponSoldOut | ClaimLimitReached | DropNotOpen | DropNotFound | IdempotencyConflict | Busy

LOCK = """
SELECT d.id FROM coupon_drops d
WHERE (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY d.merchant_id, d.id FOR UPDATE
"""

DECIDE = """
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::timestamptz[], $10::text[], $11::uuid[])
    AS i (n, merchant_id, drop_id, member_id, key, hash, coupon_id, code, at, channel, store_id)
), seen AS MATERIALIZED (
  SELECT i.n, r.input_hash = i.hash AS same, r.answer FROM input i
  JOIN idempotency_records r ON r.merchant_id = i.merchant_id AND r.actor = 'consumer:' || i.member_id AND r.key = i.key
), asked AS MATERIALIZED (
  SELECT i.*, d.id IS NOT NULL AND d.state <> 'draft' AS found, d.starts_at, d.ends_at, d.total, d.issued, d.per_member, d.template_id,
         t.valid_from, t.valid_until, t.valid_hours, coalesce(h.held, 0) AS held,
         coalesce(d.state = 'published' AND i.at >= d.starts_at AND i.at < d.ends_at, false) AS open,
         row_number() OVER (PARTITION BY i.merchant_id, i.drop_id, i.member_id ORDER BY i.n) AS mine
  FROM input i
  LEFT JOIN coupon_drops d ON d.merchant_id = i.merchant_id AND d.id = i.drop_id
  LEFT JOIN coupon_templates t ON t.merchant_id = d.merchant_id AND t.id = d.template_id
  LEFT JOIN drop_holders h ON h.merchant_id = i.merchant_id AND h.drop_id = i.drop_id AND h.member_id = i.member_id
  WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE s.n = i.n)
), ranked AS MATERIALIZED (
  SELECT a.*, CASE WHEN open AND held + mine <= per_member
    THEN row_number() OVER (PARTITION BY merchant_id, drop_id, (open AND held + mine <= per_member) ORDER BY n) END AS place
  FROM asked a
), decided AS MATERIALIZED (
  SELECT r.*, CASE
      WHEN NOT found THEN jsonb_build_object('type', 'DropNotFound')
      WHEN NOT open THEN jsonb_build_object('type', 'DropNotOpen', 'opens_at', starts_at, 'closes_at', ends_at)
      WHEN held + mine > per_member THEN jsonb_build_object('type', 'ClaimLimitReached', 'limit', per_member, 'held', least(held + mine - 1, per_member))
      WHEN issued + place > total THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total)
      ELSE jsonb_build_object('type', 'Claimed', 'coupon_id', coupon_id) END AS answer
  FROM ranked r
), granted AS MATERIALIZED (
  SELECT *, CASE WHEN valid_hours IS NULL THEN greatest(at, coalesce(valid_from, at)) ELSE at END AS begins,
         coalesce(at + make_interval(hours => valid_hours), valid_until) AS expires
  FROM decided WHERE answer->>'type' = 'Claimed'
), records AS (
  INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at)
  SELECT gen_random_uuid(), merchant_id, 'consumer:' || member_id, key, 'claimCoupon', hash, answer, at FROM decided
), counted AS (
  UPDATE coupon_drops d SET issued = d.issued + g.n FROM (SELECT merchant_id, drop_id, count(*) AS n FROM granted GROUP BY 1, 2) g
  WHERE d.merchant_id = g.merchant_id AND d.id = g.drop_id
), holders AS (
  INSERT INTO drop_holders AS h (id, merchant_id, drop_id, member_id, held)
  SELECT gen_random_uuid(), merchant_id, drop_id, member_id, count(*) FROM granted GROUP BY 2, 3, 4
  ON CONFLICT (merchant_id, drop_id, member_id) DO UPDATE SET held = h.held + excluded.held
), coupons_written AS (
  INSERT INTO coupons (id, merchant_id, template_id, drop_id, member_id, code, state, source, claimed_at, valid_from, expires_at)
  SELECT coupon_id, merchant_id, template_id, drop_id, member_id, code, 'issued', 'claim', at, begins, expires FROM granted
), moves AS (
  INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, channel, store_id)
  SELECT gen_random_uuid(), merchant_id, coupon_id, NULL, 'issued', at, 'consumer:' || member_id, 'claim', channel, store_id FROM granted
), facts AS (
  INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)
  SELECT gen_random_uuid(), merchant_id, 'member:' || member_id, 'CouponClaimed', jsonb_build_object('coupon_id', coupon_id, 'drop_id', drop_id,
         'member_id', member_id, 'store_id', store_id, 'channel', channel, 'at', at), at FROM granted
)
SELECT n, answer, true AS same, false AS replayed FROM decided UNION ALL SELECT n, answer, same, true FROM seen
"""


def answer_of(row: asyncpg.Record, key: str) -> ClaimResult:
    if not row["same"] or row["answer"] is None:
        return IdempotencyConflict(key)
    answer: dict[str, Any] = dict(row["answer"])
    match answer.pop("type"):
        case "Claimed":
            return Claimed(UUID(answer["coupon_id"]), row["replayed"])
        case "CouponSoldOut":
            return CouponSoldOut(**answer)
        case "ClaimLimitReached":
            return ClaimLimitReached(**answer)
        case "DropNotOpen":
            return DropNotOpen(*(datetime.fromisoformat(answer[k]) for k in ("opens_at", "closes_at")))
        case "DropNotFound":
            return DropNotFound()
    raise ValueError(f"unknown claim answer {row['answer']!r}")


class Claims:
    """The claim path of one process."""

    def __init__(self, secret: bytes) -> None:
        self._secret = derive(secret, "coupon-code")
        self._batcher: Batcher[Claim, ClaimResult] = Batcher(self._run)

    async def claim(self, claim: Claim) -> ClaimResult:
        try:
            return await self._batcher.submit(claim)
        except QueueFull as full:
            return Busy(full.retry_after_ms)

    async def _run(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        # the same key twice in one batch: the second waits for the next run and then finds the record
        first: dict[tuple[UUID, UUID, str], int] = {}
        for n, claim in enumerate(claims):
            first.setdefault((claim.merchant_id, claim.member_id, claim.key), n)
        now, later = sorted(first.values()), [n for n in range(len(claims)) if n not in set(first.values())]
        results: dict[int, ClaimResult | BaseException] = dict(
            zip(now, await self._decide([claims[n] for n in now]), strict=True)
        )
        for n in later:
            results[n] = (await self._decide([claims[n]]))[0]
        return [results[n] for n in range(len(claims))]

    async def _decide(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        try:
            return await self._commit(claims)
        except (asyncpg.UniqueViolationError, asyncpg.DataError, UnicodeError):
            # another process took one of these keys for another drop at the same moment, or one claim holds what cannot
            # be written: alone, each one finds out, and the others are not failed for it
            if len(claims) == 1:
                return await self._commit(claims)
            alone = await asyncio.gather(*(self._decide([claim]) for claim in claims), return_exceptions=True)
            return [one if isinstance(one, BaseException) else one[0] for one in alone]

    async def _commit(self, claims: Sequence[Claim]) -> Sequence[ClaimResult]:
        ids = [new_id() for _ in claims]
        columns = [
            list(range(len(claims))),
            [c.merchant_id for c in claims],
            [c.drop_id for c in claims],
            [c.member_id for c in claims],
            [c.key[:MAX_KEY] for c in claims],
            [input_hash("claimCoupon", str(c.drop_id)) for c in claims],
            ids,
            [coupon_code(c.merchant_id, i, self._secret) for c, i in zip(claims, ids, strict=True)],
            [c.at for c in claims],
            [c.channel for c in claims],
            [c.store_id for c in claims],
        ]
        async with database.pool().acquire() as connection, connection.transaction():
            await connection.execute(LOCK, columns[1], columns[2])
            rows = await connection.fetch(DECIDE, *columns)
        by_n = {row["n"]: row for row in rows}
        return [answer_of(by_n[n], claim.key) for n, claim in enumerate(claims)]
