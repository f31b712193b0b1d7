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
from typing import Any
from uuid import UUID

from backend import events
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger import lots
from backend.ledger.accounts import MEMBER_UNITS, Owner, Unit, account_id, both, lock_all
from backend.ledger.rules import TAKEN_BACK, PacketTerms


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


def _has_lots(owner: Owner, unit: str) -> bool:
    return owner.kind == "member" and unit in ("points", "red_packet")


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
    debit, credit = both(debit, credit)
    # the lock comes before the look at the business key: two callers with one key meet here
    locked = {row["id"]: row for row in await lock_all(tx, merchant_id, unit, [debit, credit])}
    known = await tx.fetchval(
        "SELECT id FROM transfers WHERE merchant_id = $1 AND business_key = $2", merchant_id, business_key
    )
    if known is not None:
        return Moved(known, replayed=True)
    debit_id, credit_id = account_id(merchant_id, debit, unit), account_id(merchant_id, credit, unit)
    source, parts = locked[debit_id], which.named
    if source["lower_bound"] is not None:
        available = source["balance"] - source["held"] - source["lower_bound"]
        if _has_lots(debit, unit):
            there = await lots.there(tx, merchant_id, debit_id, at, earned_by=takes_back)
            available -= there.ended
            if available < amount or there.lacks(parts):
                return Short(available)
            parts = parts or tuple(there.drawn(amount, earned_first=kind in TAKEN_BACK))
        elif available < amount:
            return Short(available)
    transfer_id = new_id()
    await tx.execute(
        MOVE,
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
        new_id(),
        new_id(),
    )
    if _has_lots(debit, unit):
        await lots.draw(tx, merchant_id, transfer_id, parts)
    if _has_lots(credit, unit):
        if unit == "red_packet":
            await _into_packets(tx, merchant_id, credit, transfer_id, amount, gives_back, which, at)
        elif gives_back is not None:
            await lots.give_back(tx, merchant_id, credit_id, transfer_id, amount, gives_back, at)
        else:
            await lots.add(tx, merchant_id, credit_id, transfer_id, amount, at)
    for owner in (debit, credit):
        await _told(tx, merchant_id, owner, unit, kind, at)
    return Moved(transfer_id, replayed=False)


MOVE = (
    "WITH moved AS (INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
    "  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)),"
    " sides (account_id, amount, entry_id) AS (VALUES ($4::uuid, -$6::bigint, $11::uuid), ($5, $6, $12)),"
    " after AS (UPDATE accounts a SET balance = a.balance + s.amount, version = a.version + 1 FROM sides s"
    "  WHERE a.merchant_id = $2 AND a.id = s.account_id RETURNING a.id, a.balance, a.version, s.amount, s.entry_id)"
    " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    " SELECT entry_id, $2, id, $1, version, amount, balance FROM after"
)
"""One transfer with its two entries, between accounts that are locked."""


async def _told(tx: Tx, merchant_id: UUID, owner: Owner, unit: Unit, kind: str, at: datetime) -> None:
    """What follows a movement of a member's account: their other points live longer where the policy says so, and they see it."""
    if owner.kind == "member":
        if unit == "points":
            await lots.renew(tx, merchant_id, account_id(merchant_id, owner, unit), kind, at)
        await outbox.emit(tx, merchant_id, f"member:{owner.id}", events.AccountChanged(owner.id, unit, at), at)


async def _into_packets(
    tx: Tx,
    merchant_id: UUID,
    owner: Owner,
    transfer_id: UUID,
    amount: int,
    gives_back: str | None,
    which: Lots,
    at: datetime,
) -> None:
    """Money of red packets is never without a packet: it opens one, or goes back into those that it came from."""
    if gives_back is not None:
        await lots.give_back_named(tx, merchant_id, owner, transfer_id, which.named, gives_back, at)
    elif which.opens is not None:
        account = account_id(merchant_id, owner, "red_packet")
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
    key = account_id(merchant_id, owner, unit)
    row = await tx.fetchrow(
        "SELECT balance, held, lower_bound FROM accounts WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
        merchant_id,
        key,
    )
    if row is None:  # it has never had anything
        return Short(0)
    known = await tx.fetchval(
        "SELECT id FROM holds WHERE merchant_id = $1 AND business_key = $2", merchant_id, business_key
    )
    if known is not None:
        return Held(known, replayed=True)
    available = row["balance"] - row["held"] - row["lower_bound"]
    parts: lots.Parts = named
    if _has_lots(owner, unit):
        there = await lots.there(tx, merchant_id, key, at)
        available -= there.ended
        if available < amount or there.lacks(parts):
            return Short(available)
        parts = parts or there.drawn(amount)
    elif available < amount:
        return Short(available)
    hold_id = new_id()
    await tx.execute(
        SET_ASIDE,
        hold_id,
        merchant_id,
        key,
        amount,
        business_key,
        expires_at,
        at,
        [new_id() for _ in parts],
        [lot_id for lot_id, _ in parts],
        [fen for _, fen in parts],
    )
    return Held(hold_id, replayed=False)


SET_ASIDE = (
    "WITH aside AS (UPDATE accounts SET held = held + $4 WHERE merchant_id = $2 AND id = $3),"
    " noted AS (INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, expires_at, at)"
    "  VALUES ($1, $2, $3, $4, 0, 'open', $5, $6, $7)),"
    " parts AS (SELECT * FROM unnest($8::uuid[], $9::uuid[], $10::bigint[]) AS p (id, lot_id, amount)),"
    " kept AS (UPDATE lots l SET held = l.held + p.amount FROM parts p WHERE l.merchant_id = $2 AND l.id = p.lot_id)"
    " INSERT INTO held_parts (id, merchant_id, hold_id, lot_id, amount) SELECT id, $2, $1, lot_id, amount FROM parts"
)
"""A hold on an account that is locked, with its lots. From now on their end does not touch what is held: the order was
promised it."""


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
    if amount is not None and amount <= 0:
        raise ValueError("what is posted of a hold is positive")
    owner, credit = both(owner, credit)
    debit_id, credit_id = account_id(merchant_id, owner, unit), account_id(merchant_id, credit, unit)
    one, two = sorted((debit_id, credit_id))
    transfer_id = new_id()
    posted = await tx.fetchval(
        POST,
        merchant_id,
        hold_key,
        amount,
        one,
        two,
        -1 if one == debit_id else 1,
        transfer_id,
        unit,
        kind,
        posted_key(hold_key),
        database.dumps(dict(memo)),
        at,
        new_id(),
        new_id(),
    )
    if posted is None:
        return await _ended(tx, merchant_id, hold_key)
    for who in (owner, credit):
        await _told(tx, merchant_id, who, unit, kind, at)
    return Moved(transfer_id, replayed=False)


POST = (
    "WITH ended AS (UPDATE holds SET state = 'posted', posted = coalesce($3::bigint, amount)"
    "  WHERE merchant_id = $1 AND business_key = $2 AND state = 'open' RETURNING id, amount, posted),"
    " one AS (UPDATE accounts a SET balance = a.balance + $6::int * e.posted, held = a.held - CASE WHEN $6 < 0 THEN e.amount ELSE 0 END, version = a.version + 1"
    "  FROM ended e WHERE a.merchant_id = $1 AND a.id = $4 RETURNING a.id, a.balance, a.version, $6 * e.posted AS moved, e.id AS hold_id, e.amount, e.posted),"
    " two AS (UPDATE accounts a SET balance = a.balance - o.moved, held = a.held - CASE WHEN $6 > 0 THEN o.amount ELSE 0 END, version = a.version + 1"
    "  FROM one o WHERE a.merchant_id = $1 AND a.id = $5 RETURNING a.id, a.balance, a.version, -o.moved AS moved, o.hold_id, o.posted),"
    " noted AS (INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
    "  SELECT $7, $1, $8, CASE WHEN $6 < 0 THEN $4 ELSE $5 END, CASE WHEN $6 < 0 THEN $5 ELSE $4 END, posted, $9, $10, $11::jsonb, $12 FROM ended),"
    " entered AS (INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    "  SELECT $13::uuid, $1, id, $7, version, moved, balance FROM one UNION ALL SELECT $14::uuid, $1, id, $7, version, moved, balance FROM two),"
    " parts AS (SELECT h.id, h.lot_id, h.amount AS held, greatest(0, least(h.amount, t.posted + h.amount"
    "   - sum(h.amount) OVER (ORDER BY l.expires_at NULLS LAST, l.earned_at, l.id)))::bigint AS taken"
    "  FROM two t JOIN held_parts h ON h.merchant_id = $1 AND h.hold_id = t.hold_id JOIN lots l ON l.merchant_id = $1 AND l.id = h.lot_id),"
    " drawn AS (UPDATE lots l SET remaining = l.remaining - p.taken, held = l.held - p.held FROM parts p WHERE l.merchant_id = $1 AND l.id = p.lot_id),"
    " explained AS (INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount) SELECT id, $1, lot_id, $7, -taken FROM parts WHERE taken > 0)"
    " SELECT posted FROM ended"
)
"""A hold is posted in one statement, so that the rows that others want too are locked for one round trip and the commit. The
account with the smaller id is $4 and moved first, $6 is −1 where that is the one that pays and 1 where it is the other; lots
follow both, under their lock, the one that ends first first."""


async def _ended(tx: Tx, merchant_id: UUID, hold_key: str) -> HoldEnded:
    state = await tx.fetchval(
        "SELECT state FROM holds WHERE merchant_id = $1 AND business_key = $2", merchant_id, hold_key
    )
    return HoldEnded(state or "unknown")


async def void_hold(tx: Tx, merchant_id: UUID, hold_key: str, at: datetime) -> HoldEnded | None:
    """Ends a hold and frees its amount (解冻): expired (超时) where its time is over at `at`, voided before. None when it was
    open."""
    hold_id = await tx.fetchval(
        "WITH ended AS (UPDATE holds SET state = CASE WHEN expires_at <= $3 THEN 'expired' ELSE 'voided' END WHERE merchant_id = $1 AND business_key = $2 AND state = 'open' RETURNING id, account_id, amount)"
        " UPDATE accounts a SET held = a.held - e.amount FROM ended e WHERE a.merchant_id = $1 AND a.id = e.account_id RETURNING e.id",
        merchant_id,
        hold_key,
        at,
    )
    if hold_id is None:
        return await _ended(tx, merchant_id, hold_key)
    await lots.release(tx, merchant_id, hold_id)
    return None


async def locked(
    tx: Tx, merchant_id: UUID, owner: Owner, units: Sequence[Unit], at: datetime, beside: Sequence[Owner] = ()
) -> dict[str, int]:
    """Locks the owner's accounts and their side of the merchant's books of these units until the end of the transaction, unit by unit
    in the order given, and tells what is free at `at` by unit: what is decided from it still holds when it is moved. Points
    of those `beside` are locked with the owner's."""
    free: dict[str, int] = {}
    for unit in units:
        mine = account_id(merchant_id, owner, unit)
        others = beside if unit == "points" else ()
        rows = await lock_all(tx, merchant_id, unit, [owner, *others], moving=True)
        free[unit] = next(row["balance"] - row["held"] for row in rows if row["id"] == mine)
        if _has_lots(owner, unit):
            free[unit] -= await lots.due(tx, merchant_id, mine, at)
    return free


async def balances(merchant_id: UUID, owner: Owner, at: datetime, tx: Tx | None = None) -> dict[str, tuple[int, int]]:
    """(balance, what of it is free at `at`) by unit; a unit without an account is missing."""
    rows = await (tx or database).fetch(
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


async def liabilities(merchant_id: UUID, at: datetime | None = None) -> dict[str, int]:
    """What members have in all, by unit: the other side of the merchant's book, a few rows a unit (L1). `at`: what they had then, which is
    that less what was moved since."""
    rows = await database.fetch(
        "SELECT a.unit, -(sum(a.balance) - coalesce(sum(s.moved), 0))::bigint AS held FROM accounts a"
        " LEFT JOIN LATERAL (SELECT sum(e.amount) AS moved FROM entries e JOIN transfers t ON t.merchant_id = e.merchant_id AND t.id = e.transfer_id"
        "   WHERE $2::timestamptz IS NOT NULL AND e.merchant_id = a.merchant_id AND e.account_id = a.id AND t.at > $2) s ON true"
        " WHERE a.merchant_id = $1 AND a.owner_kind = 'merchant' AND a.owner_id = $1 AND a.unit IN ('points', 'balance', 'red_packet') GROUP BY a.unit",
        merchant_id,
        at,
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
