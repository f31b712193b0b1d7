"""Code pools 券码池 (K04, C8): made by COPY in chunks, read from files, written out; a code becomes a coupon through the claim
path.

A code is 55 bits of the operating system's secure random source and a check character: of a pool of a million one guess in
3.6·10¹⁰ is right, and a member may be wrong `MOST_TRIES` times an hour, counted in the database by all processes together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from backend import events
from backend.coupons.claim import Claim, ClaimResult, Claims
from backend.coupons.code_rules import (
    MOST_CODES,
    MOST_FAULTS,
    RowFault,
    codes_of,
    csv_lines,
    normal,
    read_codes,
    shown,
)
from backend.coupons.drops import DropMissing, DropNotInState
from backend.coupons.rules import Problem
from backend.coupons.templates import Invalid
from backend.coupons.via_rules import PARTNER, via_of
from backend.kit import database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id

CHUNK = 20_000
"""Codes made in one transaction: a fall loses at most one chunk's work, and nothing that was counted."""
MOST_TRIES = 10
"""Wrong codes that one member may enter within one hour."""
EXPORT_PAGE = 10_000
ENDED = "(d.state = 'ended' OR (d.state <> 'draft' AND d.ends_at <= {}::timestamptz))"
"""Whether a drop is over for good: then its unused codes are closed (P12). Nothing is written for it, as for all that ends by the
clock: a claim decides by the drop's row."""


@dataclass(frozen=True, slots=True)
class CodePoolInfo:
    """`made` of `wanted` codes are there; `used` became coupons. `closed`: the others, once the drop has ended (P12); None before. `partner`: who gives them
    to its people (K04)."""

    id: UUID
    drop_id: UUID
    drop_name: str
    name: str
    kind: str
    wanted: int
    made: int
    used: int
    created_at: datetime
    finished_at: datetime | None
    closed: int | None = None
    partner: str | None = None


@dataclass(frozen=True, slots=True)
class CodesRejected:
    """Nothing of the file was taken; `faults` are the first of `count`, by row."""

    faults: tuple[RowFault, ...]
    count: int


@dataclass(frozen=True, slots=True)
class WrongAccess:
    """The drop does not give its coupons by codes of a pool."""

    access: str


@dataclass(frozen=True, slots=True)
class CodeUnknown:
    """There is no such code; `left` is how many wrong ones may follow within this hour."""

    left: int


@dataclass(frozen=True, slots=True)
class TooManyTries:
    """As many wrong codes as one may enter within an hour: this one was not looked at."""

    retry_at: datetime


class _Rejected(Exception):
    """The codes of a file met those that are there: everything is rolled back."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken


async def start_pool(
    merchant_id: UUID,
    actor: str,
    drop_id: UUID,
    name: str,
    count: int,
    key: str,
    at: datetime,
    partner: str | None = None,
) -> CodePoolInfo | Invalid | DropMissing | DropNotInState | WrongAccess | IdempotencyConflict:
    """Asks for `count` codes, for a `partner` to give to its people where one is named (K04). The first chunk is made at once, the
    others by `make_codes` (the worker is rung)."""
    problems = _named(name, partner)
    if not 1 <= count <= MOST_CODES:
        problems.append(Problem("count", f"数量须为 1–{MOST_CODES}"))
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        asked = [str(drop_id), name.strip(), count, *([partner] if partner else [])]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "generateCodes", asked, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return await must_get(merchant_id, UUID(begun.answer["id"]), at)
        refused = await _no_pool_for(tx, merchant_id, drop_id, at)
        if refused is not None:
            return refused
        pool_id = await _insert_pool(tx, merchant_id, drop_id, name, "generated", count, actor, at, partner)
        await outbox.emit(tx, merchant_id, f"drop:{drop_id}", events.CouponDropChanged(drop_id, "codes", at), at)
        await idempotency.finish(tx, begun, {"type": "CodePool", "id": str(pool_id)})
    await make_codes(merchant_id, pool_id, at)
    return await must_get(merchant_id, pool_id, at)


async def make_codes(merchant_id: UUID, pool_id: UUID, at: datetime) -> int:
    """Makes one chunk of a pool; 0 when it has all, or its drop has ended. Safe to call from several processes: the pool's row is the lock."""
    for attempt in range(5):
        try:
            async with database.transaction() as tx:
                pool = await tx.fetchrow(
                    f"SELECT p.wanted, p.made, {ENDED.format('$3')} AS ended FROM code_pools p JOIN coupon_drops d"
                    " ON d.merchant_id = p.merchant_id AND d.id = p.drop_id WHERE p.merchant_id = $1 AND p.id = $2 FOR UPDATE OF p",
                    merchant_id,
                    pool_id,
                    at,
                )
                if pool is None or pool["made"] == pool["wanted"] or pool["ended"]:
                    return 0
                count = min(CHUNK, pool["wanted"] - pool["made"])
                codes = codes_of(os.urandom(7 * count))
                if len(set(codes)) < count:  # twice in one chunk: other codes are made
                    continue
                await _add_codes(tx, merchant_id, pool_id, codes, at)
                return count
        except asyncpg.UniqueViolationError:  # one of 2^55 was there already: other codes are made
            if attempt == 4:
                raise
    raise RuntimeError("the random source repeats itself")


async def unfinished(at: datetime) -> list[tuple[UUID, UUID]]:
    """Pools that have not all their codes and whose drop has not ended: (merchant, pool), oldest first."""
    rows = await database.fetch(
        "SELECT p.merchant_id, p.id FROM code_pools p JOIN coupon_drops d ON d.merchant_id = p.merchant_id AND d.id = p.drop_id"
        f" WHERE p.finished_at IS NULL AND NOT ({ENDED.format('$1')}) ORDER BY p.created_at",
        at,
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


async def import_codes(
    merchant_id: UUID,
    actor: str,
    drop_id: UUID,
    name: str,
    text: str,
    key: str,
    at: datetime,
    partner: str | None = None,
    told: Callable[[int], None] | None = None,
) -> CodePoolInfo | Invalid | CodesRejected | DropMissing | DropNotInState | WrongAccess | IdempotencyConflict:
    """Codes that others made, from a CSV file: all of them or, with every fault by its row, none: one
    transaction, in which they are looked for and written in chunks. A `partner` gives them to its people (K04). `told` hears how many
    are written, of which none is there before all are."""
    problems = _named(name, partner)
    if problems:
        return Invalid(tuple(problems))
    read = read_codes(text)
    faults = list(read.faults)
    try:
        async with database.transaction() as tx:
            digest = idempotency.input_hash("codes", read.codes)
            asked = [str(drop_id), name.strip(), digest, *([partner] if partner else [])]
            begun = await idempotency.begin(tx, merchant_id, actor, key, "importCodes", asked, at)
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                return await must_get(merchant_id, UUID(begun.answer["id"]), at)
            refused = await _no_pool_for(tx, merchant_id, drop_id, at)
            if refused is not None:
                return refused
            taken = set[str]()
            for codes in _chunks(read.codes):
                taken |= await _taken(tx, merchant_id, codes)
            if taken or faults:
                raise _Rejected(taken)
            pool_id = await _insert_pool(
                tx, merchant_id, drop_id, name, "imported", len(read.codes), actor, at, partner
            )
            for n, codes in enumerate(_chunks(read.codes)):
                await _add_codes(tx, merchant_id, pool_id, codes, at)
                if told is not None:
                    told(n * CHUNK + len(codes))
            await idempotency.finish(tx, begun, {"type": "CodePool", "id": str(pool_id)})
    except _Rejected as rejected:
        faults += [
            RowFault(row, f"{code} 已在本商户的券码池里，或已是一个活动的口令、一张券的券码")
            for code, row in zip(read.codes, read.rows, strict=True)
            if code in rejected.taken
        ]
        faults.sort(key=lambda fault: fault.row)
        return CodesRejected(tuple(faults[:MOST_FAULTS]), len(faults))
    except asyncpg.UniqueViolationError:  # the same codes were imported elsewhere at this moment
        return CodesRejected((RowFault(0, "同样的券码正在另一处导入，请稍后重试"),), 1)
    return await must_get(merchant_id, pool_id, at)


def _chunks(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    """What is sent in one statement: memory, here and in PostgreSQL, is that of a chunk, however many codes there are."""
    return (codes[place : place + CHUNK] for place in range(0, len(codes), CHUNK))


async def _taken(tx: Tx, merchant_id: UUID, codes: Sequence[str]) -> set[str]:
    """Which of these the merchant has already: in a pool, as the word of a drop, or on a coupon (C8)."""
    rows = await tx.fetch(
        "SELECT code FROM coupon_codes WHERE merchant_id = $1 AND code = ANY($2::text[])"
        " UNION SELECT shared_code FROM coupon_drops WHERE merchant_id = $1 AND shared_code = ANY($2::text[])"
        " UNION SELECT code FROM coupons WHERE merchant_id = $1 AND code = ANY($2::text[])",
        merchant_id,
        list(codes),
    )
    return {row["code"] for row in rows}


def _named(name: str, partner: str | None) -> list[Problem]:
    found = [] if 1 <= len(name.strip()) <= 60 else [Problem("name", "券码池名称须有 1–60 个字")]
    via = via_of(PARTNER, partner, "partner") if partner is not None else ""
    return [*found, via] if isinstance(via, Problem) else found


async def _no_pool_for(
    tx: Tx, merchant_id: UUID, drop_id: UUID, at: datetime
) -> DropMissing | DropNotInState | WrongAccess | None:
    """Why a drop takes no pool. One that ends at this moment may get one: its codes are closed like the others."""
    drop = await tx.fetchrow(
        f"SELECT access, {ENDED.format('$3')} AS ended FROM coupon_drops d WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        drop_id,
        at,
    )
    if drop is None:
        return DropMissing()
    if drop["access"] == "codes" and drop["ended"]:
        return DropNotInState("ENDED")
    return None if drop["access"] == "codes" else WrongAccess(drop["access"])


async def _insert_pool(
    tx: Tx,
    merchant_id: UUID,
    drop_id: UUID,
    name: str,
    kind: str,
    wanted: int,
    actor: str,
    at: datetime,
    partner: str | None,
) -> UUID:
    pool_id = new_id()
    await tx.execute(
        "INSERT INTO code_pools (id, merchant_id, drop_id, name, kind, wanted, made, created_by, created_at, partner)"
        " VALUES ($1,$2,$3,$4,$5,$6,0,$7,$8,$9)",
        pool_id,
        merchant_id,
        drop_id,
        name.strip(),
        kind,
        wanted,
        actor,
        at,
        partner,
    )
    return pool_id


async def _add_codes(tx: Tx, merchant_id: UUID, pool_id: UUID, codes: Sequence[str], at: datetime) -> None:
    await tx.copy(
        "coupon_codes",
        ("id", "merchant_id", "pool_id", "code"),
        [(new_id(), merchant_id, pool_id, code) for code in codes],
    )
    await tx.execute(
        "UPDATE code_pools SET made = made + $3, finished_at = CASE WHEN made + $3 = wanted THEN $4::timestamptz END"
        " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        pool_id,
        len(codes),
        at,
    )


async def pools(
    merchant_id: UUID,
    at: datetime,
    *,
    drop_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[CodePoolInfo]:
    """Pools, newest first."""
    rows = await database.fetch(
        f"SELECT p.*, d.name AS drop_name, {ENDED.format('$6')} AS ended, (SELECT count(*) FROM coupon_codes c WHERE c.merchant_id = p.merchant_id AND c.pool_id = p.id"
        "  AND c.used_at IS NOT NULL) AS used FROM code_pools p JOIN coupon_drops d ON d.merchant_id = p.merchant_id AND d.id = p.drop_id"
        " WHERE p.merchant_id = $1 AND ($2::uuid IS NULL OR p.drop_id = $2) AND ($3::uuid[] IS NULL OR p.id = ANY($3))"
        " AND ($4::uuid IS NULL OR p.id < $4) ORDER BY p.id DESC LIMIT $5",
        merchant_id,
        drop_id,
        list(ids) if ids is not None else None,
        after,
        first,
        at,
    )
    return [
        CodePoolInfo(
            r["id"],
            r["drop_id"],
            r["drop_name"],
            r["name"],
            r["kind"],
            r["wanted"],
            r["made"],
            r["used"],
            r["created_at"],
            r["finished_at"],
            r["made"] - r["used"] if r["ended"] else None,
            r["partner"],
        )
        for r in rows
    ]


async def must_get(merchant_id: UUID, pool_id: UUID, at: datetime) -> CodePoolInfo:
    found = await pools(merchant_id, at, ids=[pool_id])
    if not found:
        raise LookupError(f"pool {pool_id} vanished while it was read")
    return found[0]


async def unused_codes(merchant_id: UUID, drop_id: UUID) -> int:
    """Codes of a drop that nobody used."""
    return await database.fetchval(
        "SELECT count(*) FROM coupon_codes c JOIN code_pools p ON p.merchant_id = c.merchant_id AND p.id = c.pool_id"
        " WHERE p.merchant_id = $1 AND p.drop_id = $2 AND c.used_at IS NULL",
        merchant_id,
        drop_id,
    )


HEADING = ("券码", "状态", "使用时间")


async def csv_page(
    merchant_id: UUID, pool_id: UUID, at: datetime, after: UUID | None = None, first: int = EXPORT_PAGE
) -> tuple[str, UUID | None] | None:
    """(lines of a CSV file, where to go on; None at the end), with the heading on the first page. No cell is a formula.
    None when the pool is not there."""
    ended = await database.fetchval(  # no count of a million codes for every page of them
        f"SELECT {ENDED.format('$3')} FROM code_pools p JOIN coupon_drops d ON d.merchant_id = p.merchant_id AND d.id = p.drop_id"
        " WHERE p.merchant_id = $1 AND p.id = $2",
        merchant_id,
        pool_id,
        at,
    )
    if ended is None:
        return None
    unused = "已收回" if ended else "未使用"
    rows = await database.fetch(
        "SELECT id, code, used_at FROM coupon_codes WHERE merchant_id = $1 AND pool_id = $2 AND id > $3 ORDER BY id LIMIT $4",
        merchant_id,
        pool_id,
        after or UUID(int=0),  # always a bound, so that each page begins where the last one ended
        first,
    )
    lines = [] if after else [HEADING]
    lines += [
        (shown(r["code"]), "已使用" if r["used_at"] else unused, r["used_at"].isoformat() if r["used_at"] else "")
        for r in rows
    ]
    return csv_lines(lines), rows[-1]["id"] if len(rows) == first else None


async def redeem_code(claims: Claims, wish: Claim, text: str) -> ClaimResult | CodeUnknown | TooManyTries:
    """A code as somebody typed it → a coupon in the member's hand: a code of a pool (once), or the shared code of a drop.
    `wish` says who, when, where and under which key; its drop is found here."""
    code = normal(text)
    left = await _try(wish.merchant_id, wish.member_id, wish.at)
    if left is None:
        hour = wish.at.replace(minute=0, second=0, microsecond=0)
        return TooManyTries(hour + timedelta(hours=1))
    found = await _meant(wish.merchant_id, code)
    if found is None:
        return CodeUnknown(left)
    await _right(wish.merchant_id, wish.member_id, wish.at)
    drop_id, code_id, partner = found
    return await claims.claim(
        Claim(
            wish.merchant_id,
            drop_id,
            wish.member_id,
            wish.key,
            wish.at,
            wish.channel,
            wish.store_id,
            wish.placement,
            "codes" if code_id else "shared",
            code_id,
            brought=f"{PARTNER}:{partner}" if partner else None,
        )
    )


async def _meant(merchant_id: UUID, code: str) -> tuple[UUID, UUID | None, str | None] | None:
    """(drop, code of a pool, the partner whose pool it is)."""
    row = await database.fetchrow(
        "SELECT p.drop_id, c.id, p.partner FROM coupon_codes c JOIN code_pools p ON p.merchant_id = c.merchant_id AND p.id = c.pool_id"
        " JOIN coupon_drops d ON d.merchant_id = p.merchant_id AND d.id = p.drop_id AND d.state <> 'draft'"
        " WHERE c.merchant_id = $1 AND c.code = $2",
        merchant_id,
        code,
    )
    if row is not None:
        return row["drop_id"], row["id"], row["partner"]
    drop = await database.fetchval(
        "SELECT id FROM coupon_drops WHERE merchant_id = $1 AND shared_code = $2 AND state <> 'draft'",
        merchant_id,
        code,
    )
    return (drop, None, None) if drop else None


async def _try(merchant_id: UUID, member_id: UUID, at: datetime) -> int | None:
    """Takes one of the member's tries of this hour before the code is looked at, so that a hundred at once are counted as
    a hundred; returns how many are left, None when there was none."""
    tries = await database.fetchval(
        "INSERT INTO code_tries AS t (id, merchant_id, member_id, hour, tries) VALUES (gen_random_uuid(), $1, $2, date_trunc('hour', $3::timestamptz), 1)"
        " ON CONFLICT (merchant_id, member_id, hour) DO UPDATE SET tries = t.tries + 1 WHERE t.tries < $4 RETURNING tries",
        merchant_id,
        member_id,
        at,
        MOST_TRIES,
    )
    return None if tries is None else MOST_TRIES - int(tries)


async def _right(merchant_id: UUID, member_id: UUID, at: datetime) -> None:
    """The code was right: the try is given back."""
    await database.pool().execute(
        "UPDATE code_tries SET tries = tries - 1 WHERE merchant_id = $1 AND member_id = $2 AND hour = date_trunc('hour', $3::timestamptz)",
        merchant_id,
        member_id,
        at,
    )
