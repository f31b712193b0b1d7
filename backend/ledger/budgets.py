"""预算: money that an offer or a drop may give, and never more (P12, C7; docs/decisions/0012-budgets.md).

A budget is an account of unit `budget`, bounded at zero: funded with its cap, promised by holds, and what was given moves to
an account beside it. One guarded statement decides whether there is enough. Everything that gives meets on this one row, so
callers take budgets last of all locks, in the order of `in_lock_order`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.accounts import Owner, account_id, merchant_book, open_accounts
from backend.ledger.service import HoldEnded, Moved, Short, post_hold, transfer, void_hold


@dataclass(frozen=True, slots=True)
class Budget:
    """Fen. `promised` to orders that wait for payment, `given` by those that were paid, less what refunds brought back."""

    cap: int
    promised: int
    given: int

    @property
    def left(self) -> int:
        return self.cap - self.promised - self.given


def budget(budget_id: UUID) -> Owner:
    return Owner("budget", budget_id)


def given(budget_id: UUID) -> Owner:
    return Owner("given", budget_id)


def in_lock_order(merchant_id: UUID, budget_ids: Iterable[UUID]) -> list[UUID]:
    """By the ids of their accounts."""
    return sorted(budget_ids, key=lambda b: account_id(merchant_id, budget(b), "budget"))


async def fund(tx: Tx, merchant_id: UUID, budget_id: UUID, cap_fen: int, key: str, at: datetime) -> Short | None:
    """Makes `cap_fen` the cap of a budget, or `Short` with the least cap possible: what is promised and given stays.
    `key` names the change: the same again changes nothing."""
    now = (await _read(tx, merchant_id, [budget_id])).get(budget_id, Budget(0, 0, 0))
    more = cap_fen - now.cap
    if more == 0:
        return None
    source, target = merchant_book(merchant_id), budget(budget_id)
    await open_accounts(tx, merchant_id, "budget", target, given(budget_id))
    moved = await transfer(
        tx,
        merchant_id,
        debit=source if more > 0 else target,
        credit=target if more > 0 else source,
        unit="budget",
        amount=abs(more),
        kind="fund",
        business_key=f"fund:{budget_id}:{key}",
        at=at,
        memo={"cap": cap_fen},
    )
    return Short(now.promised + now.given) if isinstance(moved, Short) else None


async def promise(
    tx: Tx, merchant_id: UUID, budget_id: UUID, amount: int, key: str, at: datetime, until: datetime | None
) -> int | Short:
    """Sets `amount` fen of a budget aside under a key of its own; returns what is left, or `Short` when there is less.
    The guard is in the statement: nothing was looked at before."""
    left = await tx.fetchval(
        "WITH taken AS (UPDATE accounts SET held = held + $3 WHERE merchant_id = $1 AND id = $2 AND balance - held >= $3 RETURNING id, balance - held AS rest),"
        " noted AS (INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, expires_at, at)"
        "  SELECT $4, $1, id, $3, 0, 'open', $5, $6, $7 FROM taken)"
        " SELECT rest FROM taken",
        merchant_id,
        account_id(merchant_id, budget(budget_id), "budget"),
        amount,
        new_id(),
        key,
        until,
        at,
    )
    if left is None:
        there = (await _read(tx, merchant_id, [budget_id])).get(budget_id)
        return Short(there.left if there else 0)
    return left


async def give(tx: Tx, merchant_id: UUID, budget_id: UUID, key: str, at: datetime, memo: Mapping[str, Any]) -> bool:
    """What was promised under `key` is given; False when there is no such promise any more."""
    moved = await post_hold(
        tx,
        merchant_id,
        key,
        owner=budget(budget_id),
        credit=given(budget_id),
        unit="budget",
        kind="give",
        at=at,
        memo=memo,
    )
    return isinstance(moved, Moved)


async def release(tx: Tx, merchant_id: UUID, key: str, at: datetime) -> HoldEnded | None:
    """What was promised under `key` is free again."""
    return await void_hold(tx, merchant_id, key, at)


async def bring_back(
    tx: Tx, merchant_id: UUID, budget_id: UUID, amount: int, key: str, at: datetime, memo: Mapping[str, Any]
) -> Moved | Short:
    """A refund took `amount` fen of what was given back: the budget has it again. Once for each key."""
    return await transfer(
        tx,
        merchant_id,
        debit=given(budget_id),
        credit=budget(budget_id),
        unit="budget",
        amount=amount,
        kind="bring_back",
        business_key=key,
        at=at,
        memo=memo,
    )


READ = (
    "SELECT owner_id, sum(balance)::bigint AS cap, sum(held)::bigint AS promised, coalesce(sum(balance) FILTER (WHERE owner_kind = 'given'), 0)::bigint AS given"
    " FROM accounts WHERE merchant_id = $1 AND owner_kind IN ('budget', 'given') AND owner_id = ANY($2::uuid[]) AND unit = 'budget' GROUP BY owner_id"
)


async def _read(tx: Tx, merchant_id: UUID, budget_ids: Iterable[UUID]) -> dict[UUID, Budget]:
    rows = await tx.fetch(READ, merchant_id, list(budget_ids))
    return {row["owner_id"]: Budget(row["cap"], row["promised"], row["given"]) for row in rows}


async def left(tx: Tx, merchant_id: UUID, budget_id: UUID) -> int:
    """What a budget that this transaction has locked may still give, fen."""
    return await tx.fetchval(
        "SELECT balance - held FROM accounts WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        account_id(merchant_id, budget(budget_id), "budget"),
    )


async def read(merchant_id: UUID, budget_ids: Iterable[UUID]) -> dict[UUID, Budget]:
    """The budgets that there are, by id."""
    rows = await database.fetch(READ, merchant_id, list(budget_ids))
    return {row["owner_id"]: Budget(row["cap"], row["promised"], row["given"]) for row in rows}
