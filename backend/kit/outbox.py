"""The outbox: a fact is written in the transaction of the change; the relay takes it from there (E1, E2).

`emit` writes; `waiting` and `mark_relayed` are the relay's; `once` makes a consumer idempotent.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import new_id

if TYPE_CHECKING:
    from backend.events import Event


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the relay reads it; `payload` is the event's fields as JSON values."""

    id: UUID
    sequence: int
    merchant_id: UUID
    aggregate: str
    kind: str
    payload: dict[str, Any]
    occurred_at: datetime


async def emit(tx: Tx, merchant_id: UUID, aggregate: str, event: Event, at: datetime) -> UUID:
    """Writes one fact. `aggregate` names what it is about ("order:<id>"); its events keep their order."""
    event_id = new_id()
    await tx.execute(
        "INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at) VALUES ($1, $2, $3, $4, $5::jsonb, $6)",
        event_id,
        merchant_id,
        aggregate,
        type(event).__name__,
        orjson.dumps(asdict(event), default=str).decode(),
        at,
    )
    return event_id


async def emit_many(tx: Tx, facts: Sequence[tuple[UUID, str, Event]], at: datetime) -> None:
    """Writes many facts in one statement, in their order: (merchant, aggregate, event) each."""
    if facts:
        await tx.execute(
            "INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)"
            " SELECT id, m, a, k, p::jsonb, $6 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS x (id, m, a, k, p)",
            [new_id() for _ in facts],
            [merchant_id for merchant_id, _, _ in facts],
            [aggregate for _, aggregate, _ in facts],
            [type(event).__name__ for _, _, event in facts],
            [orjson.dumps(asdict(event), default=str).decode() for _, _, event in facts],
            at,
        )


async def waiting(limit: int = 500) -> list[Stored]:
    """The oldest events that no relay has handed on. Called under the relay's lock."""
    rows = await database.fetch(
        "SELECT id, sequence, merchant_id, aggregate, kind, payload, occurred_at FROM outbox_events"
        " WHERE relayed_at IS NULL ORDER BY sequence LIMIT $1",
        limit,
    )
    return [Stored(**row) for row in rows]


async def mark_relayed(events: Sequence[Stored], at: datetime) -> None:
    await database.pool().execute(
        "UPDATE outbox_events SET relayed_at = $1 WHERE id = ANY($2::uuid[])", at, [event.id for event in events]
    )


async def once(tx: Tx, consumer: str, events: Sequence[Stored], at: datetime) -> list[Stored]:
    """Those of `events` that `consumer` has not taken yet; marks them in this same transaction."""
    if not events:
        return []
    rows = await tx.fetch(
        "INSERT INTO consumed_events (id, merchant_id, consumer, event_id, at)"
        " SELECT gen_random_uuid(), m, $1, e, $2 FROM unnest($3::uuid[], $4::uuid[]) AS x (m, e)"
        " ON CONFLICT (merchant_id, consumer, event_id) DO NOTHING RETURNING event_id",
        consumer,
        at,
        [event.merchant_id for event in events],
        [event.id for event in events],
    )
    fresh = {row["event_id"] for row in rows}
    return [event for event in events if event.id in fresh]


class Bell:
    """Rings when an event is committed (NOTIFY); a lost connection is made again on the next wait."""

    def __init__(self, url: str) -> None:
        self._url, self._woken = url, asyncio.Event()
        self._connection: asyncpg.Connection | None = None

    async def wait(self, seconds: float) -> None:
        """Until it rings, or `seconds` are over. Raises when PostgreSQL is away."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._url)
            await self._connection.add_listener("outbox", lambda *_: self._woken.set())
            return  # look at once: something may have been committed before the bell was hung
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken.clear()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
