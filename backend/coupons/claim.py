"""K11: claims in micro-batches (docs/decisions/0003-micro-batches.md).

Claims that arrive together in one process share one transaction of two statements: the first locks the drops
in id order, the second decides stock, timed batches, budget, limits, codes and idempotency for all of them, writes coupons,
moves and outbox, and answers each. The second starts after the lock is held, so it sees every claim committed before:
several processes at once stay exact. Of claims that compete for more than the drop (two of one member for one drop, one
code, one key) one is decided at a time: the others wait for the next run, so that every refusal says what is true.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import orjson

from backend import members, merchants
from backend.coupons import extras
from backend.coupons.code_rules import coupon_code
from backend.coupons.held import CouponInfo, coupons
from backend.coupons.memory import MOST_HOLDERS, TOPIC, SoldOutMemory
from backend.coupons.rules import Access, Audience, Because, Claimant, Misfit, misfit
from backend.kit import clock, database
from backend.kit.batching import LATER, Batcher, QueueFull
from backend.kit.crypto import derive
from backend.kit.idempotency import MAX_KEY, IdempotencyConflict, input_hash
from backend.kit.ids import new_id
from backend.kit.live import Hub

MOST_POLICIES = 10_000
SOURCES: dict[Access, str] = {
    "public": "claim",
    "link": "link",
    "shared": "shared_code",
    "codes": "code",
    "staff": "staff",
}
"""`coupons.source` by how a coupon was had."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One wish. `key` is the client's idempotency key, `at` the instant at which it was accepted. `via` must be how the
    drop is given out; `code_id` is the code of a pool. `actor` is who acts, the member by default; `note` why staff gives."""

    merchant_id: UUID
    drop_id: UUID
    member_id: UUID
    key: str
    at: datetime
    channel: str | None
    store_id: UUID | None
    placement: str | None = None
    via: Access = "public"
    code_id: UUID | None = None
    actor: str | None = None
    note: str | None = None

    @property
    def by(self) -> str:
        return self.actor or f"consumer:{self.member_id}"

    @property
    def command(self) -> str:
        return "claimCoupon" if self.actor is None else "grantCoupon"

    def hash(self) -> str:
        if self.via == "public":
            return input_hash("claimCoupon", str(self.drop_id))
        return input_hash(self.command, [str(self.drop_id), self.via, self.code_id, str(self.member_id), self.note])


@dataclass(frozen=True, slots=True)
class Claimed:
    """`replayed`: this key had claimed it before."""

    coupon_id: UUID
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class CouponSoldOut:
    """`because` TOTAL: all are given; BATCH: those of the timed batch, more come at `next_batch_at` (None: no more);
    BUDGET: the money is promised (C7). `from_memory`: nothing was asked of the database, nothing recorded."""

    total: int
    because: Literal["TOTAL", "BATCH", "BUDGET"] = "TOTAL"
    next_batch_at: datetime | None = None
    from_memory: bool = False


@dataclass(frozen=True, slots=True)
class ClaimLimitReached:
    limit: int
    held: int


@dataclass(frozen=True, slots=True)
class DailyLimitReached:
    """`resets_at` is the next midnight of the merchant's time zone."""

    limit: int
    held: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class NotForYou:
    """The drop is for others (K02); `needs` is what the failing condition asks for, `has` what there is."""

    because: Because
    needs: tuple[str, ...]
    has: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeUsed:
    """The code of the pool is a coupon already; `mine`: the member's own."""

    used_at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class DropNotOpen:
    """`ended`: stopped before its window was over, or past it."""

    opens_at: datetime
    closes_at: datetime
    ended: bool = False


@dataclass(frozen=True, slots=True)
class DropNotFound:
    pass


@dataclass(frozen=True, slots=True)
class Busy:
    """Too many claims wait in this process; nothing was done."""

    retry_after_ms: int


ClaimResult = (
    Claimed
    | CouponSoldOut
    | ClaimLimitReached
    | DailyLimitReached
    | NotForYou
    | CodeUsed
    | DropNotOpen
    | DropNotFound
    | IdempotencyConflict
    | Busy
)

# codes and days are looked up one by one (LATERAL … LIMIT 1): a plan that was kept from when the tables were empty must not
# read a million codes for every batch. Records are written in the order of their keys, as reports of exposures write theirs
LOCK = """
SELECT d.id FROM coupon_drops d
WHERE (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY d.merchant_id, d.id FOR UPDATE
"""

DECIDE = """
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::timestamptz[],
                       $11::text[], $12::uuid[], $13::text[], $14::text[], $15::text[], $16::uuid[], $17::text[], $18::text[], $19::text[], $20::text[])
    AS i (n, merchant_id, drop_id, member_id, actor, key, hash, coupon_id, code, at,
          channel, store_id, placement, via, source, code_id, misfit, note, command, tz)
), seen AS MATERIALIZED (
  SELECT i.n, r.input_hash = i.hash AS same, r.answer FROM input i
  JOIN idempotency_records r ON r.merchant_id = i.merchant_id AND r.actor = i.actor AND r.key = i.key
), here AS MATERIALIZED (
  SELECT d.merchant_id, d.id, d.state, d.access, d.starts_at, d.ends_at, d.total, d.issued, d.per_member, d.per_day, d.gives_back, d.template_id, d.extra_fen,
         t.valid_from, t.valid_until, t.valid_hours, t.valid_days, t.next_day, coalesce(t.face_fen, 0) AS face_fen, b.newest, b.next_at,
         d.total - d.issued AS left_total,
         CASE WHEN d.budget_fen IS NOT NULL THEN (d.budget_fen - d.promised_fen - d.spent_fen) / nullif(coalesce(t.face_fen, 0) + d.extra_fen, 0) END AS left_budget,
         CASE WHEN b.batches = 0 THEN NULL WHEN d.carry THEN coalesce(b.opened, 0) - d.issued ELSE coalesce(b.newest_left, 0) END AS left_batch
  FROM (SELECT merchant_id, drop_id, max(at) AS at FROM input GROUP BY 1, 2) x
  JOIN coupon_drops d ON d.merchant_id = x.merchant_id AND d.id = x.drop_id
  JOIN coupon_templates t ON t.merchant_id = d.merchant_id AND t.id = d.template_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS batches, sum(s.share) FILTER (WHERE s.opens_at <= x.at) AS opened, max(s.position) FILTER (WHERE s.opens_at <= x.at) AS newest,
           (array_agg(s.share - s.issued ORDER BY s.position DESC) FILTER (WHERE s.opens_at <= x.at))[1] AS newest_left,
           min(s.opens_at) FILTER (WHERE s.opens_at > x.at) AS next_at
    FROM drop_batches s WHERE s.merchant_id = d.merchant_id AND s.drop_id = d.id) b
), asked AS MATERIALIZED (
  SELECT i.*, d.id IS NOT NULL AND d.state <> 'draft' AND d.access = i.via AND (i.code_id IS NULL OR p.id IS NOT NULL) AS found,
         d.state = 'published' AND i.at >= d.starts_at AND i.at < d.ends_at AS open, d.state = 'ended' OR i.at >= d.ends_at AS ended,
         d.starts_at, d.ends_at, d.total, d.issued, d.per_member, d.per_day, d.gives_back, d.template_id, d.valid_from, d.valid_until, d.valid_hours,
         d.valid_days, d.next_day, d.face_fen, d.extra_fen, d.newest, d.next_at, d.left_total, d.left_budget, d.left_batch,
         (i.at AT TIME ZONE i.tz)::date AS day, coalesce(h.held, 0) AS held, coalesce(y.held, 0) AS held_today, c.used_at, c.member_id AS used_by
  FROM input i
  LEFT JOIN here d ON d.merchant_id = i.merchant_id AND d.id = i.drop_id
  LEFT JOIN drop_holders h ON h.merchant_id = i.merchant_id AND h.drop_id = i.drop_id AND h.member_id = i.member_id
  LEFT JOIN LATERAL (SELECT y.held FROM drop_days y WHERE d.per_day IS NOT NULL AND y.merchant_id = i.merchant_id AND y.drop_id = i.drop_id
       AND y.member_id = i.member_id AND y.day = (i.at AT TIME ZONE i.tz)::date LIMIT 1) y ON true
  LEFT JOIN LATERAL (SELECT c.used_at, c.member_id, c.pool_id FROM coupon_codes c WHERE i.code_id IS NOT NULL AND c.merchant_id = i.merchant_id
       AND c.id = i.code_id LIMIT 1) c ON true
  LEFT JOIN LATERAL (SELECT p.id FROM code_pools p WHERE c.pool_id IS NOT NULL AND p.merchant_id = i.merchant_id AND p.id = c.pool_id
       AND p.drop_id = i.drop_id LIMIT 1) p ON true
  WHERE NOT EXISTS (SELECT 1 FROM seen s WHERE s.n = i.n)
), ranked AS MATERIALIZED (
  SELECT a.*, CASE WHEN fits THEN row_number() OVER (PARTITION BY merchant_id, drop_id, fits ORDER BY n) END AS place
  FROM (SELECT *, found AND open AND used_at IS NULL AND misfit IS NULL AND held < per_member AND (per_day IS NULL OR held_today < per_day) AS fits FROM asked) a
), decided AS MATERIALIZED (
  SELECT r.*, CASE
      WHEN NOT found THEN jsonb_build_object('type', 'DropNotFound')
      WHEN used_at IS NOT NULL THEN jsonb_build_object('type', 'CodeUsed', 'used_at', used_at, 'mine', used_by = member_id)
      WHEN NOT open THEN jsonb_build_object('type', 'DropNotOpen', 'opens_at', starts_at, 'closes_at', ends_at, 'ended', ended)
      WHEN misfit IS NOT NULL THEN misfit::jsonb
      WHEN held >= per_member THEN jsonb_build_object('type', 'ClaimLimitReached', 'limit', per_member, 'held', held)
      WHEN held_today >= per_day THEN jsonb_build_object('type', 'DailyLimitReached', 'limit', per_day, 'held', held_today,
           'resets_at', (day + 1)::timestamp AT TIME ZONE tz)
      WHEN place > left_total THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'TOTAL', 'next_batch_at', NULL)
      WHEN place > left_budget THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'BUDGET', 'next_batch_at', NULL)
      WHEN place > left_batch THEN jsonb_build_object('type', 'CouponSoldOut', 'total', total, 'because', 'BATCH', 'next_batch_at', next_at)
      ELSE jsonb_build_object('type', 'Claimed', 'coupon_id', coupon_id) END AS answer
  FROM ranked r
), granted AS MATERIALIZED (
  SELECT *, CASE WHEN valid_hours IS NOT NULL THEN begins + make_interval(hours => valid_hours)
                 WHEN valid_days IS NOT NULL THEN (day + valid_days + 1)::timestamp AT TIME ZONE tz ELSE valid_until END AS expires
  FROM (SELECT *, CASE WHEN next_day THEN (day + 1)::timestamp AT TIME ZONE tz ELSE greatest(at, coalesce(valid_from, at)) END AS begins
        FROM decided WHERE answer->>'type' = 'Claimed') g
), records AS (
  INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at)
  SELECT gen_random_uuid(), merchant_id, actor, key, command, hash, answer, at FROM decided ORDER BY merchant_id, actor COLLATE "C", key COLLATE "C"
), counted AS (
  UPDATE coupon_drops d SET issued = d.issued + g.n, promised_fen = d.promised_fen + g.face, spent_fen = d.spent_fen + g.extra
  FROM (SELECT merchant_id, drop_id, count(*) AS n, sum(face_fen) AS face, sum(extra_fen) AS extra FROM granted GROUP BY 1, 2) g
  WHERE d.merchant_id = g.merchant_id AND d.id = g.drop_id
), batched AS (
  UPDATE drop_batches b SET issued = b.issued + g.n
  FROM (SELECT merchant_id, drop_id, newest, count(*) AS n FROM granted WHERE newest IS NOT NULL GROUP BY 1, 2, 3) g
  WHERE b.merchant_id = g.merchant_id AND b.drop_id = g.drop_id AND b.position = g.newest
), holders AS (
  INSERT INTO drop_holders AS h (id, merchant_id, drop_id, member_id, held)
  SELECT gen_random_uuid(), merchant_id, drop_id, member_id, count(*) FROM granted GROUP BY 2, 3, 4
  ON CONFLICT (merchant_id, drop_id, member_id) DO UPDATE SET held = h.held + excluded.held
), days AS (
  INSERT INTO drop_days AS y (id, merchant_id, drop_id, member_id, day, held)
  SELECT gen_random_uuid(), merchant_id, drop_id, member_id, day, count(*) FROM granted WHERE per_day IS NOT NULL GROUP BY 2, 3, 4, 5
  ON CONFLICT (merchant_id, drop_id, member_id, day) DO UPDATE SET held = y.held + excluded.held
), coupons_written AS (
  INSERT INTO coupons (id, merchant_id, template_id, drop_id, member_id, code, state, source, claimed_at, valid_from, expires_at, face_fen, channel, store_id, placement)
  SELECT coupon_id, merchant_id, template_id, drop_id, member_id, code, 'issued', source, at, begins, expires, face_fen, channel, store_id, placement FROM granted
), codes AS (
  UPDATE coupon_codes c SET member_id = g.member_id, coupon_id = g.coupon_id, used_at = g.at FROM granted g
  WHERE c.merchant_id = g.merchant_id AND c.id = g.code_id
), moves AS (
  INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, note, channel, store_id)
  SELECT gen_random_uuid(), merchant_id, coupon_id, NULL, 'issued', at, actor, source, note, channel, store_id FROM granted
), facts AS (
  INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)
  SELECT gen_random_uuid(), merchant_id, 'member:' || member_id, 'CouponClaimed', jsonb_build_object('coupon_id', coupon_id, 'drop_id', drop_id,
         'member_id', member_id, 'store_id', store_id, 'channel', channel, 'at', at), at FROM granted
)
SELECT n, answer, true AS same, false AS replayed, issued, gives_back FROM decided
UNION ALL SELECT n, answer, same, true, NULL, NULL FROM seen
"""


def result_of(stored: Mapping[str, Any], *, replayed: bool = False, from_memory: bool = False) -> ClaimResult:
    """A recorded answer as a value. Answers of before timed batches have no `because`."""
    answer = dict(stored)
    match answer.pop("type"):
        case "Claimed":
            return Claimed(UUID(answer["coupon_id"]), replayed)
        case "CouponSoldOut":
            opens = answer.get("next_batch_at")
            return CouponSoldOut(
                answer["total"],
                answer.get("because", "TOTAL"),
                datetime.fromisoformat(opens) if opens else None,
                from_memory,
            )
        case "ClaimLimitReached":
            return ClaimLimitReached(**answer)
        case "DailyLimitReached":
            return DailyLimitReached(answer["limit"], answer["held"], datetime.fromisoformat(answer["resets_at"]))
        case "NotForYou":
            return NotForYou(answer["because"], tuple(answer["needs"]), tuple(answer["has"]))
        case "CodeUsed":
            return CodeUsed(datetime.fromisoformat(answer["used_at"]), answer["mine"])
        case "DropNotOpen":
            opens, closes = (datetime.fromisoformat(answer[k]) for k in ("opens_at", "closes_at"))
            return DropNotOpen(opens, closes, answer.get("ended", False))
        case "DropNotFound":
            return DropNotFound()
    raise ValueError(f"unknown claim answer {stored!r}")


def _told(found: Misfit | None) -> str | None:
    if found is None:
        return None
    return orjson.dumps(
        {"type": "NotForYou", "because": found.because, "needs": list(found.needs), "has": list(found.has)}
    ).decode()


NOT_THERE = '{"type": "DropNotFound"}'


@dataclass(frozen=True, slots=True)
class _Policy:
    """What never changes about a published drop: for whom, through which channels, and what is given beside its coupon."""

    audience: Audience
    channels: tuple[str, ...]
    given: extras.Given | None

    @property
    def asks(self) -> bool:
        return bool(self.channels) or self.audience != Audience()


class Claims:
    """The claim path of one process."""

    def __init__(self, secret: bytes, memory: SoldOutMemory | None = None) -> None:
        self._secret = derive(secret, "coupon-code")
        self._batcher: Batcher[Claim, ClaimResult] = Batcher(self._run)
        self._reader: Batcher[tuple[UUID, UUID], CouponInfo] = Batcher(self._read)
        self._policies = dict[tuple[UUID, UUID], _Policy]()
        self.memory = memory or SoldOutMemory()

    async def claim(self, claim: Claim) -> ClaimResult:
        if claim.code_id is None and claim.actor is None:
            gone = self.memory.refusal((claim.merchant_id, claim.drop_id, claim.via), claim.member_id, claim.at)
            if gone is not None:
                return result_of(gone, from_memory=True)
        try:
            return await self._batcher.submit(claim)
        except QueueFull as full:
            return Busy(full.retry_after_ms)

    async def coupon(self, merchant_id: UUID, coupon_id: UUID) -> CouponInfo:
        """A coupon that was just claimed, as its owner sees it; those of one batch are read together."""
        return await self._reader.submit((merchant_id, coupon_id))

    async def _read(self, wanted: Sequence[tuple[UUID, UUID]]) -> Sequence[CouponInfo | BaseException]:
        found: dict[tuple[UUID, UUID], CouponInfo] = {}
        for merchant_id in dict.fromkeys(m for m, _ in wanted):
            mine = [coupon_id for m, coupon_id in wanted if m == merchant_id]
            for info in await coupons(merchant_id, None, clock.now(), ids=mine, first=len(mine)):
                found[merchant_id, info.id] = info
        return [found.get(one) or LookupError(f"coupon {one[1]} vanished while it was read") for one in wanted]

    async def follow(self, hub: Hub) -> None:
        """Forgets what is sold out when stock was added anywhere, until cancelled. While Redis is away what is remembered
        is a second old at most."""
        async with hub.listening([TOPIC]) as waiter:
            while True:
                if await waiter.wait():
                    self.memory.forget()

    async def _run(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        taken: set[tuple[object, ...]] = set()
        now = []
        for n, claim in enumerate(claims):
            wants = {
                ("key", claim.merchant_id, claim.by, claim.key[:MAX_KEY]),
                ("drop", claim.merchant_id, claim.drop_id, claim.member_id),
                ("code", claim.merchant_id, claim.code_id or new_id()),
            }
            if not wants & taken:
                now.append(n)
            taken |= wants
        results = dict(zip(now, await self._decide([claims[n] for n in now]), strict=True))
        return [results.get(n, LATER) for n in range(len(claims))]

    async def _decide(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        try:
            return await self._commit(claims)
        except (
            asyncpg.IntegrityConstraintViolationError,
            asyncpg.DeadlockDetectedError,
            asyncpg.DataError,
            UnicodeError,
            LookupError,
        ):
            # another process took one of these keys for another drop at the same moment, another command holds one of
            # these keys and waits for the drop, or one claim holds what cannot be written: alone, each one finds out, and
            # the others are not failed for it
            if len(claims) == 1:
                return await self._commit(claims)
            alone = await asyncio.gather(*(self._decide([claim]) for claim in claims), return_exceptions=True)
            return [one if isinstance(one, BaseException) else one[0] for one in alone]

    async def _commit(self, claims: Sequence[Claim]) -> Sequence[ClaimResult]:
        learnt, generation = self.memory.now(), self.memory.generation
        ids = [new_id() for _ in claims]
        zones = {m: (await merchants.get(m)).time_zone for m in {c.merchant_id for c in claims}}
        policies = await self._of_drops(claims)
        misfits = await _misfits(claims, policies)
        columns = [
            list(range(len(claims))),
            [c.merchant_id for c in claims],
            [c.drop_id for c in claims],
            [c.member_id for c in claims],
            [c.by for c in claims],
            [c.key[:MAX_KEY] for c in claims],
            [c.hash() for c in claims],
            ids,
            [coupon_code(c.merchant_id, i, self._secret) for c, i in zip(claims, ids, strict=True)],
            [c.at for c in claims],
            [c.channel for c in claims],
            [c.store_id for c in claims],
            [c.placement for c in claims],
            [c.via for c in claims],
            [SOURCES[c.via] for c in claims],
            [c.code_id for c in claims],
            [NOT_THERE if policy is None else _told(found) for policy, found in zip(policies, misfits, strict=True)],
            [c.note for c in claims],
            [c.command for c in claims],
            [zones[c.merchant_id] for c in claims],
        ]
        beside = {n: policy.given for n, policy in enumerate(policies) if policy and policy.given}
        rows: Sequence[Mapping[str, Any]]
        if beside:
            rows = await self._with_extras(claims, columns, beside, zones)
        else:
            async with database.pool().acquire() as connection, connection.transaction():
                await connection.execute(LOCK, columns[1], columns[2])
                rows = await connection.fetch(DECIDE, *columns)
        by_n = {row["n"]: row for row in rows}
        await self._remember(claims, by_n, learnt, generation)
        return [
            result_of(row["answer"], replayed=row["replayed"])
            if row["same"] and row["answer"] is not None
            else IdempotencyConflict(claim.key)
            for claim, row in ((claim, by_n[n]) for n, claim in enumerate(claims))
        ]

    async def _with_extras(
        self,
        claims: Sequence[Claim],
        columns: Sequence[Sequence[Any]],
        beside: Mapping[int, extras.Given],
        zones: Mapping[UUID, str],
    ) -> Sequence[Mapping[str, Any]]:
        """The same two statements, and in their transaction what goes with the coupons that they gave (K10)."""
        async with database.transaction(own=True) as tx:
            await tx.execute(LOCK, columns[1], columns[2])
            rows = await tx.fetch(DECIDE, *columns)
            granted = [
                extras.Granted(c.merchant_id, UUID(row["answer"]["coupon_id"]), c.member_id, c.by, tz, beside[n], c.at)
                for row in rows
                if (n := row["n"]) in beside and not row["replayed"] and row["answer"]["type"] == "Claimed"
                for c in (claims[n],)
                for tz in (zones[c.merchant_id],)
            ]
            await extras.give(tx, self._secret, granted)
        return rows

    async def _of_drops(self, claims: Sequence[Claim]) -> list[_Policy | None]:
        """What is fixed about the drops of these claims, kept once it was read; None for one that is not there or a draft, and
        is so answered: it may be published before the claim is decided, and nobody has asked then for whom it is."""
        wanted = {(c.merchant_id, c.drop_id) for c in claims} - self._policies.keys()
        if wanted:
            rows = await database.fetch(
                "SELECT d.merchant_id, d.id, d.name, d.audience, d.channels, d.with_points, d.gift_template_id, t.valid_from, t.valid_until,"
                " t.valid_hours, t.valid_days, t.next_day FROM coupon_drops d LEFT JOIN coupon_templates t"
                " ON t.merchant_id = d.merchant_id AND t.id = d.gift_template_id WHERE d.state <> 'draft'"
                " AND (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
                [m for m, _ in wanted],
                [d for _, d in wanted],
            )
            if len(self._policies) > MOST_POLICIES:
                self._policies.clear()
            for row in rows:
                self._policies[row["merchant_id"], row["id"]] = _Policy(
                    Audience.from_json(row["audience"]), tuple(row["channels"]), extras.given_of(row)
                )
        return [self._policies.get((c.merchant_id, c.drop_id)) for c in claims]

    async def _remember(
        self, claims: Sequence[Claim], by_n: Mapping[int, Mapping[str, Any]], learnt: float, generation: int
    ) -> None:
        """Drops that are found sold out are refused from memory from now on (decision 0015)."""
        for n, claim in enumerate(claims):
            row, drop = by_n[n], (claim.merchant_id, claim.drop_id, claim.via)
            answer = row["answer"]
            if row["replayed"] or answer["type"] != "CouponSoldOut" or claim.code_id is not None or claim.actor:
                continue
            if self.memory.refusal(drop, claim.member_id, claim.at) is not None:
                continue
            holders = None if row["gives_back"] else self.memory.holders(drop, row["issued"])
            if holders is None:
                held = await database.fetch(
                    "SELECT member_id FROM drop_holders WHERE merchant_id = $1 AND drop_id = $2 LIMIT $3",
                    claim.merchant_id,
                    claim.drop_id,
                    MOST_HOLDERS,
                )
                if len(held) == MOST_HOLDERS:
                    continue
                holders = frozenset(one["member_id"] for one in held)
            opens = answer["next_batch_at"]
            self.memory.remember(
                drop,
                answer,
                datetime.fromisoformat(opens) if opens else None,
                row["issued"],
                holders,
                learnt,
                generation,
            )


async def _misfits(claims: Sequence[Claim], policies: Sequence[_Policy | None]) -> list[Misfit | None]:
    """For each claim why its drop is not for this member; what is asked about the member is read now."""
    asked = [c for c, policy in zip(claims, policies, strict=True) if policy is not None and policy.asks]
    known = await claimants(asked) if asked else {}
    return [
        misfit(policy.audience, policy.channels, known[c.merchant_id, c.member_id, c.store_id, c.channel])
        if policy is not None and policy.asks
        else None
        for c, policy in zip(claims, policies, strict=True)
    ]


async def claimants(
    claims: Sequence[Claim],
) -> dict[tuple[UUID, UUID, UUID | None, str | None], Claimant]:
    """What audiences ask about, for each (merchant, member, store, channel)."""
    found = {}
    for merchant_id in {c.merchant_id for c in claims}:
        mine = [c for c in claims if c.merchant_id == merchant_id]
        people = await members.facts(merchant_id, list({c.member_id for c in mine}))
        regions = {store.id: store.region_path for store in await merchants.stores(merchant_id)}
        for c in mine:
            who = people.get(c.member_id)
            if who is None:
                raise LookupError(f"member {c.member_id} is not there")
            place = c.store_id or who.home_store_id
            found[merchant_id, c.member_id, c.store_id, c.channel] = Claimant(
                who.level,
                who.tags,
                who.orders,
                str(who.home_store_id) if who.home_store_id else None,
                regions.get(place, "") if place else "",
                c.channel,
                who.lifecycle,
                who.rfm_tier,
                who.ties,
            )
    return found
