"""C4: one idempotency key, one outcome; the same key with other input is refused. The record is written in the transaction of the command, so that a
command that failed half way leaves no record, and a second caller waits for the first on the unique key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import new_id

MAX_KEY = 80


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    """The key was used before with another input."""

    key: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The key was used before with this input: here is the first answer."""

    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fresh:
    record_id: UUID
    merchant_id: UUID


def input_hash(command: str, value: object) -> str:
    """sha256 of the command and its input in canonical JSON (keys sorted; ids and instants as text)."""
    text = orjson.dumps([command, value], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(text).hexdigest()


async def begin(
    tx: Tx, merchant_id: UUID, actor: str, key: str, command: str, value: object, at: datetime
) -> Fresh | Replay | IdempotencyConflict:
    """Takes the key for this transaction, or tells what it stands for already."""
    digest, record_id = input_hash(command, value), new_id()
    taken = await tx.fetch(
        "INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (merchant_id, actor, key) DO NOTHING RETURNING id",
        record_id,
        merchant_id,
        actor,
        key[:MAX_KEY],
        command,
        digest,
        at,
    )
    if taken:
        return Fresh(record_id, merchant_id)
    row = await tx.fetchrow(
        "SELECT id, input_hash, answer FROM idempotency_records WHERE merchant_id = $1 AND actor = $2 AND key = $3 FOR UPDATE",
        merchant_id,
        actor,
        key[:MAX_KEY],
    )
    if row is None or row["input_hash"] != digest:
        return IdempotencyConflict(key)
    if row["answer"] is None:  # it was refused and changed nothing: the same command may be tried again
        return Fresh(row["id"], merchant_id)
    return Replay(row["answer"])


async def finish(tx: Tx, fresh: Fresh, answer: dict[str, Any]) -> None:
    """Writes the outcome: {"type": name of the result, …what is needed to give it again}."""
    await tx.execute(
        "UPDATE idempotency_records SET answer = $3::jsonb WHERE merchant_id = $1 AND id = $2",
        fresh.merchant_id,
        fresh.record_id,
        orjson.dumps(answer, default=str).decode(),
    )


@dataclass(frozen=True, slots=True)
class Done:
    """A command whose answer is known before it runs; many of them are recorded at once."""

    merchant_id: UUID
    actor: str
    key: str
    command: str
    input_hash: str
    answer: dict[str, Any]
    at: datetime


async def finish_many(tx: Tx, done: Sequence[Done]) -> dict[tuple[UUID, str, str], str]:
    """Takes the keys of these commands with their answers; of (merchant, actor, key) that were used before, the hash of their
    input: those do not run again. In the order of the keys, so that two processes do not wait for each other in a ring."""
    ordered = sorted(done, key=lambda d: (d.merchant_id, d.actor, d.key))
    taken = await tx.fetch(
        "INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, answer, at)"
        " SELECT gen_random_uuid(), m, a, k, c, h, w::jsonb, at"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]) AS x (m, a, k, c, h, w, at)"
        " ON CONFLICT (merchant_id, actor, key) DO NOTHING RETURNING merchant_id, actor, key",
        [d.merchant_id for d in ordered],
        [d.actor for d in ordered],
        [d.key for d in ordered],
        [d.command for d in ordered],
        [d.input_hash for d in ordered],
        [orjson.dumps(d.answer, default=str).decode() for d in ordered],
        [d.at for d in ordered],
    )
    new = {(row["merchant_id"], row["actor"], row["key"]) for row in taken}
    used = [d for d in ordered if (d.merchant_id, d.actor, d.key) not in new]
    if not used:
        return {}
    found = await tx.fetch(
        "SELECT r.merchant_id, r.actor, r.key, r.input_hash FROM idempotency_records r"
        " JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS x (m, a, k) ON r.merchant_id = x.m AND r.actor = x.a AND r.key = x.k",
        [d.merchant_id for d in used],
        [d.actor for d in used],
        [d.key for d in used],
    )
    return {(row["merchant_id"], row["actor"], row["key"]): row["input_hash"] for row in found}


Key = tuple[UUID, str, str]
"""(merchant, actor, key)."""

# each looked up by itself: a plan that was kept from when the table was empty must not read all of it
USED = """
SELECT x.merchant_id, x.actor, x.key FROM unnest($1::uuid[], $2::text[], $3::text[]) AS x (merchant_id, actor, key)
CROSS JOIN LATERAL (SELECT 1 FROM idempotency_records r WHERE r.merchant_id = x.merchant_id AND r.actor = x.actor AND r.key = x.key LIMIT 1) r
"""


async def used(keys: Sequence[Key]) -> set[Key]:
    """Those of the keys that have been used, as committed now; nothing is locked."""
    rows = await database.fetch(USED, *(list(column) for column in zip(*keys, strict=True)))
    return {(row["merchant_id"], row["actor"], row["key"]) for row in rows}
