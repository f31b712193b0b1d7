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
from backend.ledger.service import (
    HoldEnded,
    Moved,
    Owner,
    Short,
    account_id,
    merchant_book,
    open_accounts,
    posted_key,
    transfer,
    void_hold,
)


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
    await open_accounts(tx, merchant_id, "budget", source, target, given(budget_id))
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


GIVE = (
    "WITH ended AS (UPDATE holds SET state = 'posted', posted = amount WHERE merchant_id = $1 AND business_key = $2 AND state = 'open' RETURNING amount),"
    " one AS (UPDATE accounts a SET balance = a.balance + $6 * e.amount, held = a.held - CASE WHEN $6 < 0 THEN e.amount ELSE 0 END, version = a.version + 1"
    "  FROM ended e WHERE a.merchant_id = $1 AND a.id = $4 RETURNING a.id, a.balance, a.version, $6 * e.amount AS amount),"
    " two AS (UPDATE accounts a SET balance = a.balance - o.amount, held = a.held - CASE WHEN $6 > 0 THEN o.amount ELSE 0 END, version = a.version + 1"
    "  FROM one o WHERE a.merchant_id = $1 AND a.id = $5 RETURNING a.id, a.balance, a.version, -o.amount AS amount),"
    " moved AS (INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
    "  SELECT $3, $1, 'budget', CASE WHEN $6 < 0 THEN $4 ELSE $5 END, CASE WHEN $6 < 0 THEN $5 ELSE $4 END, amount, 'give', $7, $8::jsonb, $9 FROM ended),"
    " noted AS (INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    "  SELECT $10::uuid, $1, id, $3, version, amount, balance FROM one UNION ALL SELECT $11::uuid, $1, id, $3, version, amount, balance FROM two)"
    " SELECT amount FROM ended"
)
"""`post_hold` in one statement: the rows that all orders of a promotion meet on are locked for one round trip and the commit.
The account with the smaller id is $4 and moved first, $6 is −1 where that is the budget and 1 where it is what was given."""


async def give(tx: Tx, merchant_id: UUID, budget_id: UUID, key: str, at: datetime, memo: Mapping[str, Any]) -> bool:
    """What was promised under `key` is given; False when there is no such promise any more."""
    mine, other = (account_id(merchant_id, owner(budget_id), "budget") for owner in (budget, given))
    one, two = sorted((mine, other))
    amount = await tx.fetchval(
        GIVE,
        merchant_id,
        key,
        new_id(),
        one,
        two,
        -1 if one == mine else 1,
        posted_key(key),
        database.dumps(dict(memo)),
        at,
        new_id(),
        new_id(),
    )
    return amount is not None


async def release(tx: Tx, merchant_id: UUID, key: str) -> HoldEnded | None:
    """What was promised under `key` is free again."""
    return await void_hold(tx, merchant_id, key)


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
