"""How far an import came. Each step is written in the transaction of the rows that it stands for, so an import
that was killed goes on from where it was, without a row twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import stable_id


class ImportBusy(RuntimeError):
    """Another process is importing the same source for the same merchant."""


class ImportMoved(RuntimeError):
    """The run is not at the position from which this step started; its rows are rolled back."""


@dataclass(frozen=True, slots=True)
class Run:
    """`position` counts what the stage has dealt with; `report` is what the import says about itself."""

    stage: str
    position: int
    report: dict[str, Any]
    finished_at: datetime | None


@asynccontextmanager
async def exclusively(merchant_id: UUID, source: str) -> AsyncIterator[None]:
    """One import of a source at a time. The lock ends with the connection, so also when the process is killed."""
    async with database.pool().acquire() as connection:
        key = f"import:{merchant_id}:{source}"
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", key):
            raise ImportBusy(source)
        try:
            yield
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 0))", key)


async def find(merchant_id: UUID, source: str) -> Run | None:
    row = await database.fetchrow(
        "SELECT stage, position, report, finished_at FROM import_runs WHERE merchant_id = $1 AND source = $2",
        merchant_id,
        source,
    )
    return Run(**dict(row)) if row else None


async def begin(merchant_id: UUID, source: str, stage: str, report: Mapping[str, Any]) -> Run:
    """Opens a run, or finds the one that is there."""
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO import_runs (id, merchant_id, source, stage, position, report) VALUES ($1, $2, $3, $4, 0, $5::jsonb)"
            " ON CONFLICT (merchant_id, source) DO NOTHING",
            stable_id(merchant_id, f"import:{source}"),
            merchant_id,
            source,
            stage,
            dict(report),
        )
    found = await find(merchant_id, source)
    if found is None:
        raise LookupError(f"import run {source} vanished while it was read")
    return found


async def advance(tx: Tx, merchant_id: UUID, source: str, before: Run, after: Run) -> None:
    """Moves a run on within the transaction of its rows; `ImportMoved` when it was elsewhere."""
    touched = await tx.execute(
        "UPDATE import_runs SET stage = $5, position = $6, report = $7::jsonb, finished_at = $8"
        " WHERE merchant_id = $1 AND source = $2 AND stage = $3 AND position = $4 AND finished_at IS NULL",
        merchant_id,
        source,
        before.stage,
        before.position,
        after.stage,
        after.position,
        after.report,
        after.finished_at,
    )
    if touched != 1:
        raise ImportMoved(source)
