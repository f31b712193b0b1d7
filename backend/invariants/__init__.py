"""`shuhui invariants`: what must always be true, read from a live database and changed by nothing.

An entry point like `imports` and `bench`: it reads the tables of every slice, and no product code imports it. The page of
invariants has its own ids; each of them is one `Invariant` here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from backend.invariants.coupons import COUPONS
from backend.invariants.events import EVENTS
from backend.invariants.ledger import LEDGER
from backend.invariants.model import Checked, Invariant, look_at
from backend.invariants.orders import ORDERS
from backend.invariants.tenancy import TENANCY
from backend.kit import database

ALL: tuple[Invariant, ...] = (*COUPONS, *LEDGER, *ORDERS, *EVENTS, *TENANCY)
BOOKS = (*(i.id for i in LEDGER), "O1", "O2", "O7")
"""What `shuhui verify-ledger` asks: the ledger, and orders and refunds against it."""
PLANNER = "SET LOCAL enable_nestloop = off; SET LOCAL jit = off"
"""Whole tables are compared with one another: hashing them is never the worst plan, also where there are no statistics yet."""


@dataclass(frozen=True, slots=True)
class Violation:
    rule: str
    detail: str


async def check(merchant_id: UUID | None = None, only: Sequence[str] = ()) -> list[Checked]:
    """Every invariant (or those that `only` names, by id or by its letter) of one merchant or of all, in one read-only
    snapshot: work goes on meanwhile."""
    async with database.pool().acquire() as connection:
        return await check_on(connection, merchant_id, only)


async def check_on(
    connection: asyncpg.Connection, merchant_id: UUID | None = None, only: Sequence[str] = ()
) -> list[Checked]:
    """The same on a connection that is not in a transaction; who looks often keeps one whose statements stay prepared."""
    chosen = [i for i in ALL if not only or i.id in only or i.id[0] in only]
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(PLANNER)
        return await look_at(connection, chosen, merchant_id)


async def violations(merchant_id: UUID | None = None, *only: str) -> list[Violation]:
    """What is violated; for tests and for whoever wants only that."""
    return [Violation(c.invariant.id, detail) for c in await check(merchant_id, only) for detail in c.violations]


__all__ = ["ALL", "BOOKS", "Checked", "Invariant", "Violation", "check", "check_on", "violations"]
