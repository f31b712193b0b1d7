"""One double-entry ledger (docs/decisions/0004-one-ledger.md).

Every movement is a transfer between two accounts of one merchant and unit; for every unit the sum over all
accounts is zero (L1). Bounds are in the statement that moves the balance (L3). Holds are two-phase: hold, then
post or void (L4). A business key occurs once (L5), so a replay moves nothing. A member's points lie in lots with their
own ends (`ledger.lots`, L6); what has ended is not there, whoever asks.

Lock order: accounts by id, debit and credit of one transfer together. An account's lock guards its lots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from backend import events
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id, stable_id
from backend.ledger import lots
from backend.ledger.rules import PacketTerms

Unit = Literal["points", "balance", "red_packet", "stamps", "growth", "growth_owed", "budget", "refund_due"]
MEMBER_UNITS: tuple[Unit, ...] = ("points", "balance", "red_packet", "stamps", "growth")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account: a member, or one of the merchant's own books ("issued", "redeemed" …)."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Lots:
    """Which red packets a transfer is about: those `named` (lot, fen), which it takes from or gives back to, or a new one on
    the terms that it `opens` with."""

    named: tuple[tuple[UUID, int], ...] = ()
    opens: PacketTerms | None = None


NO_LOTS = Lots()


@dataclass(frozen=True, slots=True)
class Short:
    """The account does not have the amount above its bound. Nothing was moved."""

    available: int


@dataclass(frozen=True, slots=True)
class Moved:
    transfer_id: UUID
    replayed: bool


@dataclass(frozen=True, slots=True)
class Held:
    hold_id: UUID
    replayed: bool


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The hold was posted, voided or expired before."""

    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of an account as its owner sees it. `amount` is signed."""

    id: UUID
    at: datetime
    unit: str
    amount: int
    balance_after: int
    kind: str
    memo: Mapping[str, Any]
    sequence: int


def merchant_book(merchant_id: UUID) -> Owner:
    """The merchant's side of what its customers hold; has no bound."""
    return Owner("merchant", merchant_id)


def member(member_id: UUID) -> Owner:
    return Owner("member", member_id)


def _has_lots(owner: Owner, unit: str) -> bool:
    return owner.kind == "member" and unit in ("points", "red_packet")


def account_id(merchant_id: UUID, owner: Owner, unit: Unit) -> UUID:
    return stable_id(merchant_id, f"account:{owner.kind}:{owner.id}:{unit}")


async def open_accounts(tx: Tx, merchant_id: UUID, unit: Unit, *owners: Owner) -> list[UUID]:
    """The accounts of these owners in this unit; opened on first use, bounded at zero unless it is the merchant's book.

    Opened in the lock order, so that two who open the same two accounts at once wait for each other in a line. The
    conflict names no index: an account is unique by its id and by its owner, and a race may be seen first on either."""
    ids = {account_id(merchant_id, owner, unit): owner for owner in owners}
    for key in sorted(ids):
        await tx.execute(
            "INSERT INTO accounts (id, merchant_id, owner_kind, owner_id, unit, lower_bound, balance, held, version)"
            " VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0) ON CONFLICT DO NOTHING",
            key,
            merchant_id,
            ids[key].kind,
            ids[key].id,
            unit,
            None if ids[key].kind == "merchant" else 0,
        )
    return list(ids)


async def transfer(
    tx: Tx,
    merchant_id: UUID,
    *,
    debit: Owner,
    credit: Owner,
    unit: Unit,
    amount: int,
    kind: str,
    business_key: str,
    at: datetime,
    memo: Mapping[str, Any],
    gives_back: str | None = None,
    takes_back: str | None = None,
    which: Lots = NO_LOTS,
) -> Moved | Short:
    """Moves `amount` from `debit` to `credit`. The same business key again moves nothing. `gives_back` is the business key
    of the spending whose points come back: they return to the lots that they came from; `takes_back` that of the earning whose points go first. `which` names red
    packets."""
    if amount <= 0:
        raise ValueError("a transfer has a positive amount")
    if which.named and sum(n for _, n in which.named) != amount:
        raise ValueError("what is named adds up to the amount")
    return await _post(
        tx, merchant_id, debit, credit, unit, amount, None, kind, business_key, at, memo, gives_back, takes_back, which
    )


async def _post(
    tx: Tx,
    merchant_id: UUID,
    debit: Owner,
    credit: Owner,
    unit: Unit,
    amount: int,
    from_hold: tuple[UUID, int] | None,
    kind: str,
    business_key: str,
    at: datetime,
    memo: Mapping[str, Any],
    gives_back: str | None = None,
    takes_back: str | None = None,
    which: Lots = NO_LOTS,
) -> Moved | Short:
    debit_id, credit_id = await open_accounts(tx, merchant_id, unit, debit, credit)
    # the lock comes before the look at the business key: two callers with one key meet here
    locked = {
        row["id"]: row
        for row in await tx.fetch(
            "SELECT id, balance, held, lower_bound FROM accounts WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
            merchant_id,
            [debit_id, credit_id],
        )
    }
    known = await tx.fetchval(
        "SELECT id FROM transfers WHERE merchant_id = $1 AND business_key = $2", merchant_id, business_key
    )
    if known is not None:
        return Moved(known, replayed=True)
    source = locked[debit_id]
    released = from_hold[1] if from_hold else 0
    if source["lower_bound"] is not None:
        available = source["balance"] - source["held"] + released - source["lower_bound"]
        if _has_lots(debit, unit) and from_hold is None:
            available -= await lots.due(tx, merchant_id, debit_id, at)
        if available < amount or (which.named and await lots.lacks(tx, merchant_id, debit_id, which.named, at)):
            return Short(available)
    transfer_id = new_id()
    await tx.execute(
        "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9::jsonb,$10)",
        transfer_id,
        merchant_id,
        unit,
        debit_id,
        credit_id,
        amount,
        kind,
        business_key,
        database.dumps(dict(memo)),
        at,
    )
    for key, delta, release in ((debit_id, -amount, released), (credit_id, amount, 0)):
        await tx.execute(
            "WITH moved AS (UPDATE accounts SET balance = balance + $3, held = held - $4, version = version + 1"
            "  WHERE merchant_id = $1 AND id = $2 RETURNING balance, version)"
            " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
            " SELECT $5, $1, $2, $6, version, $3, balance FROM moved",
            merchant_id,
            key,
            delta,
            release,
            new_id(),
            transfer_id,
        )
    if _has_lots(debit, unit):
        if from_hold is not None:
            await lots.draw_held(tx, merchant_id, from_hold[0], transfer_id, amount)
        else:
            await lots.draw(tx, merchant_id, debit_id, transfer_id, amount, kind, at, which.named, takes_back)
    if _has_lots(credit, unit):
        if unit == "red_packet":
            await _into_packets(tx, merchant_id, credit_id, transfer_id, amount, gives_back, which, at)
        elif gives_back is not None:
            await lots.give_back(tx, merchant_id, credit_id, transfer_id, amount, gives_back, at)
        else:
            await lots.add(tx, merchant_id, credit_id, transfer_id, amount, at)
    if unit == "points":
        for owner, account in ((debit, debit_id), (credit, credit_id)):
            if _has_lots(owner, unit):
                await lots.renew(tx, merchant_id, account, kind, at)
    for owner in (debit, credit):
        if owner.kind == "member":
            await outbox.emit(tx, merchant_id, f"member:{owner.id}", events.AccountChanged(owner.id, unit, at), at)
    return Moved(transfer_id, replayed=False)


async def _into_packets(
    tx: Tx,
    merchant_id: UUID,
    account: UUID,
    transfer_id: UUID,
    amount: int,
    gives_back: str | None,
    which: Lots,
    at: datetime,
) -> None:
    """Money of red packets is never without a packet: it opens one, or goes back into those that it came from."""
    if gives_back is not None:
        await lots.give_back_named(tx, merchant_id, account, transfer_id, which.named, gives_back, at)
    elif which.opens is not None:
        await lots.add_packet(tx, merchant_id, account, transfer_id, amount, which.opens, at)
    else:
        raise ValueError("a red packet has terms")


async def hold(
    tx: Tx,
    merchant_id: UUID,
    owner: Owner,
    unit: Unit,
    amount: int,
    business_key: str,
    at: datetime,
    expires_at: datetime | None = None,
    named: Sequence[tuple[UUID, int]] = (),
) -> Held | Short:
    """Sets `amount` aside (冻结), of the red packets that are `named` where it is of red packets."""
    if amount <= 0:
        raise ValueError("a hold has a positive amount")
    [key] = await open_accounts(tx, merchant_id, unit, owner)
    row = await tx.fetchrow(
        "SELECT balance, held, lower_bound FROM accounts WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
        merchant_id,
        key,
    )
    assert row is not None
    known = await tx.fetchval(
        "SELECT id FROM holds WHERE merchant_id = $1 AND business_key = $2", merchant_id, business_key
    )
    if known is not None:
        return Held(known, replayed=True)
    if row["lower_bound"] is not None:
        available = row["balance"] - row["held"] - row["lower_bound"]
        if _has_lots(owner, unit):
            available -= await lots.due(tx, merchant_id, key, at)
        if available < amount or (named and await lots.lacks(tx, merchant_id, key, named, at)):
            return Short(available)
    hold_id = new_id()
    await tx.execute(
        "UPDATE accounts SET held = held + $3 WHERE merchant_id = $1 AND id = $2", merchant_id, key, amount
    )
    await tx.execute(
        "INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, expires_at, at) VALUES ($1,$2,$3,$4,0,'open',$5,$6,$7)",
        hold_id,
        merchant_id,
        key,
        amount,
        business_key,
        expires_at,
        at,
    )
    if _has_lots(owner, unit):
        await lots.set_aside(tx, merchant_id, key, hold_id, amount, at, named)
    return Held(hold_id, replayed=False)


def posted_key(hold_key: str) -> str:
    """The business key of the transfer that posts a hold."""
    return f"post:{hold_key}"


async def post_hold(
    tx: Tx,
    merchant_id: UUID,
    hold_key: str,
    *,
    owner: Owner,
    credit: Owner,
    unit: Unit,
    kind: str,
    at: datetime,
    memo: Mapping[str, Any],
    amount: int | None = None,
) -> Moved | HoldEnded:
    """Ends a hold by moving `amount` (all of it by default) to `credit`; what is not moved is free again (入账)."""
    row = await tx.fetchrow(
        "SELECT id, amount, state FROM holds WHERE merchant_id = $1 AND business_key = $2 FOR UPDATE",
        merchant_id,
        hold_key,
    )
    if row is None or row["state"] != "open":
        return HoldEnded(row["state"] if row else "unknown")
    moved = row["amount"] if amount is None else amount
    if not 0 < moved <= row["amount"]:
        raise ValueError("a hold is posted up to its amount")
    result = await _post(
        tx, merchant_id, owner, credit, unit, moved, (row["id"], row["amount"]), kind, posted_key(hold_key), at, memo
    )
    assert isinstance(result, Moved), "what was held is there"
    await tx.execute(
        "UPDATE holds SET state = 'posted', posted = $3 WHERE merchant_id = $1 AND business_key = $2",
        merchant_id,
        hold_key,
        moved,
    )
    return result


async def void_hold(tx: Tx, merchant_id: UUID, hold_key: str, *, expired: bool = False) -> HoldEnded | None:
    """Ends a hold and frees its amount (解冻). None when it was open."""
    row = await tx.fetchrow(
        "SELECT id, account_id, amount, state FROM holds WHERE merchant_id = $1 AND business_key = $2 FOR UPDATE",
        merchant_id,
        hold_key,
    )
    if row is None or row["state"] != "open":
        return HoldEnded(row["state"] if row else "unknown")
    await tx.execute(
        "UPDATE accounts SET held = held - $3 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        row["account_id"],
        row["amount"],
    )
    await tx.execute(
        "UPDATE holds SET state = $3 WHERE merchant_id = $1 AND business_key = $2",
        merchant_id,
        hold_key,
        "expired" if expired else "voided",
    )
    await lots.release(tx, merchant_id, row["id"])
    return None


async def lock_all(tx: Tx, merchant_id: UUID, unit: Unit, owners: Sequence[Owner]) -> list[dict[str, Any]]:
    """Locks the accounts of all these owners in one unit, in the order of their ids, until the end of the transaction."""
    return await tx.fetch(
        "SELECT id, balance, held FROM accounts WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
        merchant_id,
        await open_accounts(tx, merchant_id, unit, *owners),
    )


async def locked(
    tx: Tx, merchant_id: UUID, owner: Owner, units: Sequence[Unit], at: datetime, beside: Sequence[Owner] = ()
) -> dict[str, int]:
    """Locks the owner's accounts and the merchant's books of these units until the end of the transaction, unit by unit
    in the order given, and tells what is free at `at` by unit: what is decided from it still holds when it is moved. Points
    of those `beside` are locked with the owner's."""
    free = {}
    for unit in units:
        mine = account_id(merchant_id, owner, unit)
        others = beside if unit == "points" else ()
        rows = await lock_all(tx, merchant_id, unit, [owner, merchant_book(merchant_id), *others])
        free[unit] = next(row["balance"] - row["held"] for row in rows if row["id"] == mine)
        if _has_lots(owner, unit):
            free[unit] -= await lots.due(tx, merchant_id, mine, at)
    return free


async def balances(merchant_id: UUID, owner: Owner, at: datetime) -> dict[str, tuple[int, int]]:
    """(balance, what of it is free at `at`) by unit; a unit without an account is missing."""
    rows = await database.fetch(
        f"SELECT a.unit, a.balance, a.balance - a.held - {lots.DUE.format('$4')} AS free FROM accounts a"
        " WHERE a.merchant_id = $1 AND a.owner_kind = $2 AND a.owner_id = $3",
        merchant_id,
        owner.kind,
        owner.id,
        at,
    )
    return {row["unit"]: (row["balance"], row["free"]) for row in rows}


async def free_points(source: Any, merchant_id: UUID, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, int]:
    """Points of many members that are free at `at`, read through a transaction or the pool; none where there is no account."""
    rows = await source.fetch(
        f"SELECT a.owner_id, a.balance - a.held - {lots.DUE.format('$3')} AS free FROM accounts a"
        " WHERE a.merchant_id = $1 AND a.owner_kind = 'member' AND a.unit = 'points' AND a.owner_id = ANY($2::uuid[])",
        merchant_id,
        list(member_ids),
        at,
    )
    return {row["owner_id"]: row["free"] for row in rows}


async def withheld(
    source: Any, merchant_id: UUID, member_ids: Sequence[UUID], unit: Unit, since: datetime
) -> list[tuple[UUID, str, int]]:
    """(member, business key, amount) of what refunds since then withheld of members."""
    rows = await source.fetch(
        "SELECT a.owner_id, t.business_key, t.amount FROM accounts a"
        " JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
        " JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
        " WHERE a.merchant_id = $1 AND a.owner_kind = 'member' AND a.owner_id = ANY($2::uuid[]) AND a.unit = $3"
        " AND t.kind = 'withheld' AND t.at >= $4",
        merchant_id,
        list(member_ids),
        unit,
        since,
    )
    return [(row["owner_id"], row["business_key"], row["amount"]) for row in rows]


async def points_ending(merchant_id: UUID, owner: Owner, at: datetime, first: int) -> list[lots.Ending]:
    """Free points of a member by the moment at which they end, the soonest first, what never ends last."""
    return await lots.ending(merchant_id, account_id(merchant_id, owner, "points"), at, first)


async def next_end(merchant_id: UUID, owner: Owner, at: datetime) -> datetime | None:
    """When points or a red packet of an owner end next."""
    ids = [account_id(merchant_id, owner, unit) for unit in ("points", "red_packet")]
    return await lots.next_end(merchant_id, ids, at)


async def entries(
    merchant_id: UUID, owner: Owner, first: int, before: UUID | None = None, units: Sequence[str] = MEMBER_UNITS
) -> list[Line]:
    """The newest entries of an owner's accounts, newest first, older than the entry `before`."""
    rows = await database.fetch(
        "SELECT e.id, t.at, a.unit, e.amount, e.balance_after, t.kind, t.memo, e.sequence FROM accounts a"
        " JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
        " JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
        " WHERE a.merchant_id = $1 AND a.owner_kind = $2 AND a.owner_id = $3 AND a.unit = ANY($4) AND ($5::uuid IS NULL OR e.id < $5)"
        " ORDER BY e.id DESC LIMIT $6",
        merchant_id,
        owner.kind,
        owner.id,
        list(units),
        before,
        first,
    )
    return [Line(**row) for row in rows]


async def owed(merchant_id: UUID) -> list[Line]:
    """What was booked as owed back to members (`refund_due`) and what was paid of it (negative), the oldest first; the
    memo names the order. Their sum is what is still owed."""
    rows = await database.fetch(
        "SELECT e.id, t.at, a.unit, e.amount, e.balance_after, t.kind, t.memo, e.sequence FROM accounts a"
        " JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
        " JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
        " WHERE a.merchant_id = $1 AND a.owner_kind = 'member' AND a.unit = 'refund_due' ORDER BY e.id",
        merchant_id,
    )
    return [Line(**row) for row in rows]


async def liabilities(merchant_id: UUID) -> dict[str, int]:
    """What members have in all, by unit: the other side of the merchant's book, which is one row a unit (L1)."""
    rows = await database.fetch(
        "SELECT unit, -balance AS held FROM accounts WHERE merchant_id = $1 AND owner_kind = 'merchant' AND owner_id = $1"
        " AND unit IN ('points', 'balance', 'red_packet')",
        merchant_id,
    )
    return {row["unit"]: row["held"] for row in rows}


async def held_by_members(merchant_id: UUID, unit: Unit) -> dict[UUID, int]:
    """Balances of a unit by member, zeros left out."""
    rows = await database.fetch(
        "SELECT owner_id, balance FROM accounts WHERE merchant_id = $1 AND owner_kind = 'member' AND unit = $2 AND balance <> 0",
        merchant_id,
        unit,
    )
    return {row["owner_id"]: row["balance"] for row in rows}


async def sums_by_key(merchant_id: UUID, beginning: str) -> dict[str, int]:
    """Amounts of the transfers whose business key begins so, by key."""
    rows = await database.fetch(
        "SELECT business_key, amount FROM transfers WHERE merchant_id = $1 AND starts_with(business_key, $2)",
        merchant_id,
        beginning,
    )
    return {row["business_key"]: row["amount"] for row in rows}
