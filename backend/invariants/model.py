"""What an invariant is, and how it is looked at: read-only, in one snapshot of the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

Finding = tuple[int, list[str], list[str]]
"""(how many rows were looked at, what is wrong with ids, what could not be looked at)."""
Code = Callable[[asyncpg.Connection, UUID | None], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the rows. `query` gives one row for each thing looked at, with a column `wrong`: null, or what is wrong
    with it, ids included; $1 is the merchant or null for all. Where SQL cannot tell, `code` does. `needs` are tables, and
    columns as "table.column", without which it cannot be looked at: then it is reported as not checked, never as true."""

    name: str
    query: str = ""
    code: Code | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invariant:
    """One row of the page of invariants: its id, its sentence in both languages, and the looks that check it."""

    id: str
    zh: str
    en: str
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one invariant. `unchecked` names what could not be looked at and why."""

    invariant: Invariant
    rows: int
    violations: tuple[str, ...]
    unchecked: tuple[str, ...]


def of(alias: str) -> str:
    """The condition that narrows a table to the merchant asked for."""
    return f"($1::uuid IS NULL OR {alias}.merchant_id = $1)"


async def present(connection: asyncpg.Connection) -> set[str]:
    """Tables, and their columns as "table.column", of the database."""
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )
    return {row["table_name"] for row in rows} | {f"{row['table_name']}.{row['column_name']}" for row in rows}


async def look_at(
    connection: asyncpg.Connection, invariants: Sequence[Invariant], merchant_id: UUID | None
) -> list[Checked]:
    """Each invariant in turn, on a connection inside a transaction that reads one snapshot."""
    there, found = await present(connection), []
    for invariant in invariants:
        rows, wrong, unchecked = 0, list[str](), list[str]()
        for look in invariant.looks:
            missing = missing_of(look.needs, there)
            if missing:
                unchecked.append(f"{look.name}: no {', '.join(missing)}")
                continue
            n, bad, blind = await (
                look.code(connection, merchant_id) if look.code else queried(connection, look.query, merchant_id)
            )
            rows, wrong = rows + n, wrong + bad
            unchecked += [f"{look.name}: {what}" for what in blind]
        found.append(Checked(invariant, rows, tuple(wrong), tuple(unchecked)))
    return found


def missing_of(needs: Collection[str], there: Collection[str]) -> list[str]:
    return [name for name in needs if name not in there]


async def queried(connection: asyncpg.Connection, query: str, merchant_id: UUID | None) -> Finding:
    """The finding of a query with a column `wrong`."""
    row = await connection.fetchrow(
        "SELECT count(*) AS rows, coalesce(array_agg(wrong ORDER BY wrong) FILTER (WHERE wrong IS NOT NULL), '{}') AS wrong"
        f" FROM ({query}) AS seen",
        merchant_id,
    )
    assert row is not None
    return row["rows"], list(row["wrong"]), []
