"""Accounts of the ledger: whose they are, how they are opened and locked.

The merchant's book of a unit is divided over `STRIPES` rows, so that movements of different members rarely meet
(docs/decisions/0032-the-book-in-stripes.md). Callers name the book; which row of it moves, the other side decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from backend.kit.database import Tx
from backend.kit.ids import stable_id

Unit = Literal["points", "balance", "red_packet", "stamps", "growth", "growth_owed", "budget", "refund_due"]
MEMBER_UNITS: tuple[Unit, ...] = ("points", "balance", "red_packet", "stamps", "growth")
STRIPES = 64
"""Rows of the merchant's book in each unit. Another number needs a migration that opens the rows (decision 0032); only
their sum means anything."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account: a member, an offer's budget, or the merchant itself, whose account is its book: `stripe` tells the rows
    of that apart and is 0 for everybody else."""

    kind: str
    id: UUID
    stripe: int = 0


def merchant_book(merchant_id: UUID) -> Owner:
    """The merchant's side of what its customers hold; has no bound. Which stripe of it moves, the other side decides."""
    return Owner("merchant", merchant_id)


def facing(book: Owner, other: Owner) -> Owner:
    """The stripe of a merchant's book that moves with this other side: always the same one, so that whoever has locked both
    accounts of a member's movements has them for all of its movements."""
    return replace(book, stripe=other.id.int % STRIPES)


def both(debit: Owner, credit: Owner) -> tuple[Owner, Owner]:
    """The two sides of a transfer, a book by the stripe that faces the other."""
    if debit.kind == "merchant":
        return facing(debit, credit), credit
    return debit, facing(credit, debit) if credit.kind == "merchant" else credit


def member(member_id: UUID) -> Owner:
    return Owner("member", member_id)


def account_id(merchant_id: UUID, owner: Owner, unit: Unit) -> UUID:
    stripe = f":{owner.stripe}" if owner.stripe else ""
    return stable_id(merchant_id, f"account:{owner.kind}:{owner.id}:{unit}{stripe}")


async def open_accounts(tx: Tx, merchant_id: UUID, unit: Unit, *owners: Owner) -> list[UUID]:
    """The accounts of these owners in this unit; opened on first use, bounded at zero unless it is the merchant's book.

    Opened in the lock order, so that two who open the same two accounts at once wait for each other in a line. The
    conflict names no index: an account is unique by its id and by its owner, and a race may be seen first on either."""
    ids = {account_id(merchant_id, owner, unit): owner for owner in owners}
    opened = sorted(ids)
    await tx.execute(
        "INSERT INTO accounts (id, merchant_id, owner_kind, owner_id, unit, stripe, lower_bound, balance, held, version)"
        " SELECT d.id, $1, d.kind, d.owner, $2, d.stripe, CASE WHEN d.kind = 'merchant' THEN NULL ELSE 0 END, 0, 0, 0"
        " FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[]) WITH ORDINALITY AS d (id, kind, owner, stripe, n) ORDER BY d.n"
        " ON CONFLICT DO NOTHING",
        merchant_id,
        unit,
        opened,
        [ids[key].kind for key in opened],
        [ids[key].id for key in opened],
        [ids[key].stripe for key in opened],
    )
    return list(ids)


async def lock_all(
    tx: Tx, merchant_id: UUID, unit: Unit, owners: Sequence[Owner], *, moving: bool = False
) -> list[dict[str, Any]]:
    """Locks the accounts of all these owners in one unit, in the order of their ids, until the end of the transaction; and
    where they are `moving`, the stripes of the merchant's book that move with them. Opened first where they are not there,
    each with the stripe that it faces: whoever has an account can move what is on it."""
    books = [facing(merchant_book(merchant_id), owner) for owner in owners if owner.kind == "member"]
    opened = await open_accounts(tx, merchant_id, unit, *owners, *books)
    wanted = opened if moving else [account_id(merchant_id, owner, unit) for owner in owners]
    return await tx.fetch(
        "SELECT id, balance, held, lower_bound FROM accounts WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
        merchant_id,
        wanted,
    )
