"""K11: claims in micro-batches (docs/decisions/0003-micro-batches.md).

Claims that arrive together in one process share one transaction of two statements (three where a template has a budget): the
first locks the drops in id order, the second decides stock, timed batches, tiers, budget, limits, codes and idempotency for all of them, writes
coupons, moves and outbox, and answers each. The second starts after the lock is held, so it sees every claim committed before:
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
from backend.coupons.deciding import DECIDE, LOCK, LOCK_BUDGETS
from backend.coupons.held import CouponInfo, coupons
from backend.coupons.memory import MOST_HOLDERS, TOPIC, SoldOutMemory
from backend.coupons.rules import Access, Audience, Because, Claimant, Misfit, misfit
from backend.coupons.tier_rules import either_way
from backend.coupons.via_rules import source_of
from backend.kit import clock, database, idempotency
from backend.kit.batching import LATER, Batcher, QueueFull
from backend.kit.crypto import derive
from backend.kit.idempotency import MAX_KEY, IdempotencyConflict, input_hash
from backend.kit.ids import new_id
from backend.kit.live import Hub

MOST_POLICIES = 10_000
MOST_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class Claim:
    """One wish. `key` is the client's idempotency key, `at` the instant at which it was accepted. `via` must be how the
    drop is given out; `code_id` is the code of a pool. `actor` is who acts, the member by default; `note` why staff gives; `brought`
    by whose link or code one came (K12)."""

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
    brought: str | None = None

    @property
    def by(self) -> str:
        return self.actor or f"consumer:{self.member_id}"

    @property
    def command(self) -> str:
        return "claimCoupon" if self.actor is None else "grantCoupon"

    def hash(self) -> str:
        if self.via == "public":
            return input_hash("claimCoupon", str(self.drop_id))
        wish = [str(self.drop_id), self.via, self.code_id, str(self.member_id), self.note]
        return input_hash(self.command, [*wish, self.brought] if self.brought else wish)


@dataclass(frozen=True, slots=True)
class Claimed:
    """`replayed`: this key had claimed it before."""

    coupon_id: UUID
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class CouponSoldOut:
    """`because` TOTAL: all are given; BATCH: those of the timed batch, more come at `next_batch_at` (None: no more);
    BUDGET: the money is promised (C7). `from_memory`: the database was asked for the key alone, nothing recorded."""

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
class NotPlaced:
    """The claim names a placement that the drop does not have; nothing was done, nothing recorded."""


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
    | NotPlaced
    | IdempotencyConflict
    | Busy
)


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


def _told(found: Misfit | int | None) -> str | None:
    """Why not, or the tier, as the statement reads it."""
    if found is None:
        return None
    if isinstance(found, int):
        return orjson.dumps({"tier": found}).decode()
    return orjson.dumps(
        {"type": "NotForYou", "because": found.because, "needs": list(found.needs), "has": list(found.has)}
    ).decode()


NOT_THERE = '{"type": "DropNotFound"}'


@dataclass(frozen=True, slots=True)
class _Policy:
    """What never changes about a published drop: for whom, through which channels, in which tiers, where it is shown (None: nowhere,
    it is given out privately), and what is given beside its coupon."""

    audience: Audience
    channels: tuple[str, ...]
    given: extras.Given | None
    tiers: tuple[Audience, ...]
    placements: tuple[str, ...] | None

    @property
    def asks(self) -> bool:
        return bool(self.channels or self.tiers) or self.audience != Audience()


class Claims:
    """The claim path of one process."""

    def __init__(self, secret: bytes, memory: SoldOutMemory | None = None) -> None:
        self._secret = derive(secret, "coupon-code")
        self._batcher: Batcher[Claim, ClaimResult] = Batcher(self._run)
        self._reader: Batcher[tuple[UUID, UUID], CouponInfo] = Batcher(self._read)
        self._keys: Batcher[Claim, bool] = Batcher(_used, most=MOST_KEYS)
        self._policies = dict[tuple[UUID, UUID], _Policy]()
        self.memory = memory or SoldOutMemory()

    async def claim(self, claim: Claim) -> ClaimResult:
        if self._misplaced(claim):
            return NotPlaced()
        try:
            if self._gone(claim) and not await self._keys.submit(claim) and (gone := self._gone(claim)):
                return result_of(gone, from_memory=True)
            return await self._batcher.submit(claim)
        except QueueFull as full:
            return Busy(full.retry_after_ms)

    def _gone(self, claim: Claim) -> Mapping[str, Any] | None:
        """The refusal that is remembered, unless the claim is one that the database decides."""
        if claim.code_id is not None or claim.actor is not None:
            return None
        return self.memory.refusal((claim.merchant_id, claim.drop_id, claim.via), claim.member_id, claim.at)

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

    def _misplaced(self, claim: Claim) -> bool:
        """Whether it names a placement that the drop, as far as it was read, does not have."""
        policy = self._policies.get((claim.merchant_id, claim.drop_id)) if claim.placement else None
        return policy is not None and policy.placements is not None and claim.placement not in policy.placements

    async def _run(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        await self._of_drops(claims)
        results: dict[int, ClaimResult | BaseException] = {}
        taken: set[tuple[object, ...]] = set()
        now = []
        for n, claim in enumerate(claims):
            if self._misplaced(claim):
                results[n] = NotPlaced()
                continue
            wants = {
                ("key", claim.merchant_id, claim.by, claim.key[:MAX_KEY]),
                ("drop", claim.merchant_id, claim.drop_id, claim.member_id),
                ("code", claim.merchant_id, claim.code_id or new_id()),
            }
            if not wants & taken:
                now.append(n)
            taken |= wants
        if now:
            results |= zip(now, await self._decide([claims[n] for n in now]), strict=True)
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

    async def _commit(self, claims: Sequence[Claim]) -> Sequence[ClaimResult | BaseException]:
        learnt, generation = self.memory.now(), self.memory.generation
        ids = [new_id() for _ in claims]
        zones = {m: (await merchants.get(m)).time_zone for m in {c.merchant_id for c in claims}}
        policies = await self._of_drops(claims)
        asked = await _asked(claims, policies)
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
            [source_of(c.via, c.brought) for c in claims],
            [c.code_id for c in claims],
            [NOT_THERE if policy is None else _told(one.misfit) for policy, one in zip(policies, asked, strict=True)],
            [c.note for c in claims],
            [c.command for c in claims],
            [zones[c.merchant_id] for c in claims],
            [_told(one.as_new) for one in asked],
            [_told(one.as_returning) for one in asked],
            [c.brought for c in claims],
        ]
        beside = {n: policy.given for n, policy in enumerate(policies) if policy and policy.given}
        rows: Sequence[Mapping[str, Any]]
        if beside:
            rows = await self._with_extras(claims, columns, beside, zones)
        else:
            async with database.pool().acquire() as connection, connection.transaction():
                rows = await _decide(connection, columns)
        by_n = {row["n"]: row for row in rows}
        await self._remember(claims, by_n, learnt, generation)
        return [
            IdempotencyConflict(claim.key)
            if not row["same"] or row["answer"] is None
            else LATER
            if row["answer"]["type"] == "Later"
            else result_of(row["answer"], replayed=row["replayed"])
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
            rows = await _decide(tx, columns)
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
                "SELECT d.merchant_id, d.id, d.name, d.audience, d.channels, d.access, d.placements, d.with_points, d.gift_template_id, t.valid_from, t.valid_until,"
                " t.valid_hours, t.valid_days, t.next_day FROM coupon_drops d LEFT JOIN coupon_templates t"
                " ON t.merchant_id = d.merchant_id AND t.id = d.gift_template_id WHERE d.state <> 'draft'"
                " AND (d.merchant_id, d.id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
                [m for m, _ in wanted],
                [d for _, d in wanted],
            )
            tiers = await _tiers([(row["merchant_id"], row["id"]) for row in rows])
            if len(self._policies) > MOST_POLICIES:
                self._policies.clear()
            for row in rows:
                self._policies[row["merchant_id"], row["id"]] = _Policy(
                    Audience.from_json(row["audience"]),
                    tuple(row["channels"]),
                    extras.given_of(row),
                    tiers.get((row["merchant_id"], row["id"]), ()),
                    tuple(row["placements"]) if row["access"] == "public" else None,
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
            if answer["because"] == "BUDGET" and not row["all_out"]:  # another tier costs less
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


async def _used(claims: Sequence[Claim]) -> list[bool]:
    """Whether these keys have an answer already, whatever they asked for (C4): one statement for all that are refused from memory
    at once."""
    keys = [(c.merchant_id, c.by, c.key[:MAX_KEY]) for c in claims]
    used = await idempotency.used(keys)
    return [key in used for key in keys]


async def _decide(tx: Any, columns: Sequence[Sequence[Any]]) -> Sequence[Mapping[str, Any]]:
    """The statements of a batch, in a transaction: locks on drops, on the budgets of their templates where there are any, then the
    decision."""
    drops = await tx.fetch(LOCK, columns[1], columns[2])
    held = await tx.fetch(LOCK_BUDGETS, columns[1], columns[2]) if any(row["budgeted"] for row in drops) else []
    rows: Sequence[Mapping[str, Any]] = await tx.fetch(
        DECIDE, *columns, [row["merchant_id"] for row in held], [row["template_id"] for row in held]
    )
    return rows


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known about a claim before it is decided: why the drop is not for this member, and of one with tiers which is
    theirs while they have not ordered, and once they have."""

    misfit: Misfit | None = None
    as_new: Misfit | int | None = None
    as_returning: Misfit | int | None = None


async def _asked(claims: Sequence[Claim], policies: Sequence[_Policy | None]) -> list[_Asked]:
    """What is asked about members is read now, but whether they are new: that is read in the statement that decides."""
    asking = [c for c, policy in zip(claims, policies, strict=True) if policy is not None and policy.asks]
    known = await claimants(asking) if asking else {}
    found = []
    for c, policy in zip(claims, policies, strict=True):
        if policy is None or not policy.asks:
            found.append(_Asked())
            continue
        who = known[c.merchant_id, c.member_id, c.store_id, c.channel]
        tiers = either_way(policy.tiers, who) if policy.tiers else (None, None)
        found.append(_Asked(misfit(policy.audience, policy.channels, who), *tiers))
    return found


async def _tiers(drops: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], tuple[Audience, ...]]:
    """For whom the tiers of some drops are, in order; those without are left out."""
    found: dict[tuple[UUID, UUID], tuple[Audience, ...]] = {}
    for row in await database.fetch(
        "SELECT merchant_id, drop_id, audience FROM drop_tiers"
        " WHERE (merchant_id, drop_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY merchant_id, drop_id, position",
        [m for m, _ in drops],
        [d for _, d in drops],
    ):
        mark = (row["merchant_id"], row["drop_id"])
        found[mark] = (*found.get(mark, ()), Audience.from_json(row["audience"]))
    return found


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
