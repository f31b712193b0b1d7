"""积分批次 and 红包: the lots that a member's points and red packets are kept in, each with its own end (B03, L6). A red packet
is a lot: what moves it names it.

Every function that changes lots is called with the account's row locked: that lock guards its lots. A lot whose end has
come is never drawn on, whether the schedule has taken its points off the account (`expire_due`) or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events, merchants
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.rules import (
    ACTIVITY,
    TAKEN_BACK,
    OpenLot,
    PacketTerms,
    PointsPolicy,
    Spent,
    drawn,
    given_back,
    returned_until,
)

Parts = Sequence[tuple[UUID, int]]
DUE = "(SELECT coalesce(sum(l.remaining - l.held), 0)::bigint FROM lots l WHERE l.merchant_id = a.merchant_id AND l.account_id = a.id AND l.remaining > l.held AND l.expires_at <= {})"
"""What of account `a` has ended and is still on it; the moment goes into the braces."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Points that end at one moment; None = they do not end."""

    points: int
    expires_at: datetime | None


async def due(tx: Tx, merchant_id: UUID, account_id: UUID, at: datetime) -> int:
    """Points of an account that have ended by `at` and wait to be taken off it."""
    return await tx.fetchval(
        f"SELECT {DUE.format('$3')} FROM accounts a WHERE a.merchant_id = $1 AND a.id = $2", merchant_id, account_id, at
    )


async def _policy(tx: Tx, merchant_id: UUID) -> tuple[PointsPolicy, str]:
    stored, tz = await merchants.points_policy(tx, merchant_id)
    return PointsPolicy.of(stored), tz


async def add(tx: Tx, merchant_id: UUID, account_id: UUID, transfer_id: UUID, amount: int, at: datetime) -> None:
    """A lot of its own for what was earned, with the end that the merchant's policy promises today."""
    policy, tz = await _policy(tx, merchant_id)
    await _open(tx, merchant_id, account_id, transfer_id, amount, at, policy.ends(at, tz))


async def add_packet(
    tx: Tx, merchant_id: UUID, account_id: UUID, transfer_id: UUID, amount: int, terms: PacketTerms, at: datetime
) -> None:
    """A red packet of its own."""
    await _open(tx, merchant_id, account_id, transfer_id, amount, at, terms.expires_at, min_fen=terms.min_fen)


async def lacks(tx: Tx, merchant_id: UUID, account_id: UUID, named: Parts, at: datetime) -> bool:
    """Whether any of the lots that are named is not the account's, has ended, or has less that is free."""
    rows = await tx.fetch(
        "SELECT id, remaining - held AS free FROM lots WHERE merchant_id = $1 AND account_id = $2 AND id = ANY($3::uuid[])"
        " AND (expires_at IS NULL OR expires_at > $4)",
        merchant_id,
        account_id,
        [lot_id for lot_id, _ in named],
        at,
    )
    free = {row["id"]: row["free"] for row in rows}
    return any(free.get(lot_id, 0) < amount for lot_id, amount in named)


async def _open(
    tx: Tx,
    merchant_id: UUID,
    account_id: UUID,
    transfer_id: UUID,
    amount: int,
    at: datetime,
    ends: datetime | None,
    origin: UUID | None = None,
    min_fen: int | None = None,
    first_ends: datetime | None = None,
) -> None:
    lot_id = new_id()
    await tx.execute(
        "INSERT INTO lots (id, merchant_id, account_id, transfer_id, amount, remaining, held, earned_at, expires_at, min_fen, first_ends_at)"
        " VALUES ($1, $2, $3, $4, $5, $5, 0, $6, $7, $8, $9)",
        lot_id,
        merchant_id,
        account_id,
        transfer_id,
        amount,
        at,
        ends,
        min_fen,
        first_ends,
    )
    await _note(tx, merchant_id, transfer_id, [(lot_id, amount, origin)])


async def _note(tx: Tx, merchant_id: UUID, transfer_id: UUID, parts: Sequence[tuple[UUID, int, UUID | None]]) -> None:
    await tx.execute(
        "INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount, origin_id)"
        " SELECT d.id, $1, d.lot_id, $2, d.amount, d.origin_id FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[]) AS d (id, lot_id, amount, origin_id)",
        merchant_id,
        transfer_id,
        [new_id() for _ in parts],
        [lot_id for lot_id, _, _ in parts],
        [amount for _, amount, _ in parts],
        [origin for _, _, origin in parts],
    )


async def _choose(
    tx: Tx,
    merchant_id: UUID,
    account_id: UUID,
    amount: int,
    at: datetime,
    *,
    earned_first: bool,
    earned_by: str | None = None,
) -> Parts:
    rows = await tx.fetch(
        "SELECT l.id, l.remaining - l.held AS free, l.earned_at, l.expires_at, t.id IS NOT NULL AS own FROM lots l"
        " LEFT JOIN transfers t ON t.merchant_id = l.merchant_id AND t.id = l.transfer_id AND t.business_key = $4"
        " WHERE l.merchant_id = $1 AND l.account_id = $2 AND l.remaining > l.held AND (l.expires_at IS NULL OR l.expires_at > $3)",
        merchant_id,
        account_id,
        at,
        earned_by,
    )
    return drawn([OpenLot(**row) for row in rows], amount, earned_first=earned_first)


async def _move(tx: Tx, merchant_id: UUID, parts: Parts, *, remaining: int = 0, held: int = 0) -> None:
    """Adds each part to its lot, times the signs given."""
    await tx.execute(
        "UPDATE lots l SET remaining = l.remaining + $4 * d.amount, held = l.held + $5 * d.amount"
        " FROM unnest($2::uuid[], $3::bigint[]) AS d (id, amount) WHERE l.merchant_id = $1 AND l.id = d.id",
        merchant_id,
        [lot_id for lot_id, _ in parts],
        [amount for _, amount in parts],
        remaining,
        held,
    )


async def draw(
    tx: Tx,
    merchant_id: UUID,
    account_id: UUID,
    transfer_id: UUID,
    amount: int,
    kind: str,
    at: datetime,
    named: Parts = (),
    earned_by: str | None = None,
) -> None:
    """Takes what a transfer moves off the account out of its lots, or out of those that are named (L6). What is taken back
    comes first out of the lot that the transfer with business key `earned_by` opened."""
    parts = named or await _choose(
        tx, merchant_id, account_id, amount, at, earned_first=kind in TAKEN_BACK, earned_by=earned_by
    )
    await _move(tx, merchant_id, parts, remaining=-1)
    await _note(tx, merchant_id, transfer_id, [(lot_id, -n, None) for lot_id, n in parts])


async def set_aside(
    tx: Tx, merchant_id: UUID, account_id: UUID, hold_id: UUID, amount: int, at: datetime, named: Parts = ()
) -> None:
    """Chooses the lots of a hold, if they are not named. From now on their end does not touch what is held: the order was
    promised it."""
    parts = named or await _choose(tx, merchant_id, account_id, amount, at, earned_first=False)
    await _move(tx, merchant_id, parts, held=1)
    await tx.execute(
        "INSERT INTO held_parts (id, merchant_id, hold_id, lot_id, amount)"
        " SELECT d.id, $1, $2, d.lot_id, d.amount FROM unnest($3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, lot_id, amount)",
        merchant_id,
        hold_id,
        [new_id() for _ in parts],
        [lot_id for lot_id, _ in parts],
        [amount for _, amount in parts],
    )


async def draw_held(tx: Tx, merchant_id: UUID, hold_id: UUID, transfer_id: UUID, amount: int) -> None:
    """Ends the hold of lots: `amount` is taken out of them, what ends first first; the rest is free again."""
    rows = await _held_parts(tx, merchant_id, hold_id)
    parts = drawn([OpenLot(**row) for row in rows], amount, earned_first=False)
    await _move(tx, merchant_id, [(row["id"], row["free"]) for row in rows], held=-1)
    await _move(tx, merchant_id, parts, remaining=-1)
    await _note(tx, merchant_id, transfer_id, [(lot_id, -n, None) for lot_id, n in parts])


async def release(tx: Tx, merchant_id: UUID, hold_id: UUID) -> None:
    """Ends the hold of lots without a movement. What has ended meanwhile is not free again: it is only no longer held."""
    rows = await _held_parts(tx, merchant_id, hold_id)
    if rows:
        await _move(tx, merchant_id, [(row["id"], row["free"]) for row in rows], held=-1)


async def _held_parts(tx: Tx, merchant_id: UUID, hold_id: UUID) -> list[dict[str, Any]]:
    return await tx.fetch(
        "SELECT l.id, h.amount AS free, l.earned_at, l.expires_at FROM held_parts h JOIN lots l ON l.merchant_id = h.merchant_id AND l.id = h.lot_id"
        " WHERE h.merchant_id = $1 AND h.hold_id = $2",
        merchant_id,
        hold_id,
    )


async def give_back(
    tx: Tx, merchant_id: UUID, account_id: UUID, transfer_id: UUID, amount: int, spent_by: str, at: datetime
) -> None:
    """Puts points of a refund into the lots that the transfer with business key `spent_by` took them from. Where a lot has
    ended meanwhile they get one that lives `RETURN_DAYS` more, once; what no part explains is as if earned now."""
    rows = await tx.fetch(
        "SELECT p.id AS part_id, l.id AS lot_id, l.expires_at, l.first_ends_at, -p.amount - coalesce((SELECT sum(b.amount) FROM lot_parts b"
        "  WHERE b.merchant_id = p.merchant_id AND b.origin_id = p.id), 0)::bigint AS room"
        " FROM transfers t JOIN lot_parts p ON p.merchant_id = t.merchant_id AND p.transfer_id = t.id"
        " JOIN lots l ON l.merchant_id = p.merchant_id AND l.id = p.lot_id WHERE t.merchant_id = $1 AND t.business_key = $2",
        merchant_id,
        spent_by,
    )
    policy, tz = await _policy(tx, merchant_id)
    back, rest = given_back([Spent(**row) for row in rows], amount)
    there = [(part, n) for part, n in back if part.expires_at is None or part.expires_at > at]
    if there:
        await _move(tx, merchant_id, [(part.lot_id, n) for part, n in there], remaining=1)
        await _note(tx, merchant_id, transfer_id, [(part.lot_id, n, part.part_id) for part, n in there])
    for part, n in back:
        if (part, n) not in there:
            ends = returned_until(at, tz, again=part.first_ends_at is not None)
            first = part.first_ends_at or part.expires_at
            await _open(tx, merchant_id, account_id, transfer_id, n, at, ends, origin=part.part_id, first_ends=first)
    if rest:
        await _open(tx, merchant_id, account_id, transfer_id, rest, at, policy.ends(at, tz))


async def give_back_named(
    tx: Tx, merchant_id: UUID, account_id: UUID, transfer_id: UUID, named: Parts, spent_by: str, at: datetime
) -> None:
    """Puts money of a refund back into the red packets that paid: the transfer with business key `spent_by` says how much
    each. One that has ended meanwhile lives `RETURN_DAYS` more with what comes back, unless it was set aside in the days that a
    refund before had given; what had ended of it stays ended."""
    rows = await tx.fetch(
        "SELECT l.id, p.id AS part_id, l.expires_at, coalesce(h.at, t.at) >= l.first_ends_at AS again FROM transfers t"
        " LEFT JOIN holds h ON h.merchant_id = t.merchant_id AND t.business_key = 'post:' || h.business_key JOIN lot_parts p ON p.merchant_id = t.merchant_id AND p.transfer_id = t.id"
        " JOIN lots l ON l.merchant_id = p.merchant_id AND l.id = p.lot_id WHERE t.merchant_id = $1 AND t.business_key = $2",
        merchant_id,
        spent_by,
    )
    spent = {row["id"]: row for row in rows}
    ended = [lot_id for lot_id, _ in named if (end := spent[lot_id]["expires_at"]) is not None and end <= at]
    if ended:
        await _expire(tx, merchant_id, "red_packet", [account_id], at)
        _, tz = await _policy(tx, merchant_id)
        await tx.execute(
            "UPDATE lots l SET first_ends_at = coalesce(l.first_ends_at, l.expires_at), expires_at = d.ends"
            " FROM unnest($2::uuid[], $3::timestamptz[]) AS d (id, ends) WHERE l.merchant_id = $1 AND l.id = d.id",
            merchant_id,
            ended,
            [returned_until(at, tz, again=bool(spent[lot_id]["again"])) for lot_id in ended],
        )
    await _move(tx, merchant_id, named, remaining=1)
    await _note(tx, merchant_id, transfer_id, [(lot_id, n, spent[lot_id]["part_id"]) for lot_id, n in named])


async def renew(tx: Tx, merchant_id: UUID, account_id: UUID, kind: str, at: datetime) -> None:
    """Under the policy `idle` what the customer does renews all that they have; no promise is ever shortened."""
    if kind not in ACTIVITY:
        return
    policy, tz = await _policy(tx, merchant_id)
    if policy.kind == "idle":
        await tx.execute(
            "UPDATE lots SET expires_at = $4 WHERE merchant_id = $1 AND account_id = $2 AND remaining > 0"
            " AND expires_at > $3 AND expires_at < $4",
            merchant_id,
            account_id,
            at,
            policy.ends(at, tz),
        )


async def next_end(merchant_id: UUID, account_ids: Sequence[UUID], at: datetime) -> datetime | None:
    """When the next lot of these accounts with something free in it ends."""
    return await database.fetchval(
        "SELECT min(expires_at) FROM lots WHERE merchant_id = $1 AND account_id = ANY($2::uuid[]) AND remaining > held AND expires_at > $3",
        merchant_id,
        list(account_ids),
        at,
    )


async def ending(merchant_id: UUID, account_id: UUID, at: datetime, first: int) -> list[Ending]:
    """What of an account ends when, the soonest first, what never ends last; what is held for an order is left out."""
    rows = await database.fetch(
        "SELECT expires_at, sum(remaining - held)::bigint AS points FROM lots WHERE merchant_id = $1 AND account_id = $2"
        " AND remaining > held AND (expires_at IS NULL OR expires_at > $3) GROUP BY expires_at ORDER BY expires_at NULLS LAST LIMIT $4",
        merchant_id,
        account_id,
        at,
        first,
    )
    return [Ending(row["points"], row["expires_at"]) for row in rows]


async def expire_due(at: datetime, limit: int = 500) -> int:
    """Takes points or red packets that have ended off up to `limit` accounts of one merchant and unit, one transfer for each
    account, all in one transaction; returns how many accounts. Run it until it returns 0; several at once do no harm."""
    found = await database.fetch(
        "SELECT DISTINCT l.merchant_id, l.account_id, a.unit FROM lots l JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id"
        " WHERE l.expires_at <= $1 AND l.remaining > l.held AND (l.merchant_id, a.unit) = (SELECT x.merchant_id, y.unit FROM lots x"
        "  JOIN accounts y ON y.merchant_id = x.merchant_id AND y.id = x.account_id WHERE x.expires_at <= $1 AND x.remaining > x.held"
        "  ORDER BY x.expires_at LIMIT 1) LIMIT $2",
        at,
        limit,
    )
    if not found:
        return 0
    merchant_id, unit = found[0]["merchant_id"], found[0]["unit"]
    async with database.transaction() as tx:
        await _expire(tx, merchant_id, unit, [row["account_id"] for row in found], at)
    return len(found)


async def _expire(tx: Tx, merchant_id: UUID, unit: str, account_ids: Sequence[UUID], at: datetime) -> None:
    book = await tx.fetchval(
        "SELECT id FROM accounts WHERE merchant_id = $1 AND owner_kind = 'merchant' AND unit = $2", merchant_id, unit
    )
    locked = await tx.fetch(
        "SELECT id, owner_id FROM accounts WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
        merchant_id,
        [*account_ids, book],
    )
    rows = await tx.fetch(  # looked at again under the lock
        "SELECT id, account_id, remaining - held AS points FROM lots WHERE merchant_id = $1 AND account_id = ANY($2::uuid[])"
        " AND expires_at <= $3 AND remaining > held ORDER BY account_id, id",
        merchant_id,
        list(account_ids),
        at,
    )
    total: dict[UUID, int] = {}
    for row in rows:
        total[row["account_id"]] = total.get(row["account_id"], 0) + row["points"]
    if not total:
        return
    transfer_of = {account_id: new_id() for account_id in total}
    await tx.execute(
        "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
        " SELECT d.id, $1, $7, a.id, $2, d.amount, 'expire', 'expire:' || a.id || ':' || (a.version + 1), '{}'::jsonb, $6"
        " FROM unnest($3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, account_id, amount) JOIN accounts a ON a.merchant_id = $1 AND a.id = d.account_id",
        merchant_id,
        book,
        list(transfer_of.values()),
        list(total),
        list(total.values()),
        at,
        unit,
    )
    for side in (MEMBERS_SIDE, BOOKS_SIDE):
        await tx.execute(
            side,
            merchant_id,
            list(transfer_of.values()),
            list(total),
            list(total.values()),
            [new_id() for _ in total],
            *([book] if side is BOOKS_SIDE else []),
        )
    await _move(tx, merchant_id, [(row["id"], row["points"]) for row in rows], remaining=-1)
    await tx.execute(
        "INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount)"
        " SELECT d.id, $1, d.lot_id, d.transfer_id, -d.amount FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, lot_id, transfer_id, amount)",
        merchant_id,
        [new_id() for _ in rows],
        [row["id"] for row in rows],
        [transfer_of[row["account_id"]] for row in rows],
        [row["points"] for row in rows],
    )
    for row in locked:
        if row["id"] in total:
            changed = events.AccountChanged(row["owner_id"], unit, at)
            await outbox.emit(tx, merchant_id, f"member:{row['owner_id']}", changed, at)


MEMBERS_SIDE = (
    "WITH moved AS (UPDATE accounts a SET balance = a.balance - d.amount, version = a.version + 1"
    "  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[]) AS d (transfer_id, account_id, amount, id)"
    "  WHERE a.merchant_id = $1 AND a.id = d.account_id RETURNING d.id, a.id AS account_id, d.transfer_id, a.version, d.amount, a.balance)"
    " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    " SELECT id, $1, account_id, transfer_id, version, -amount, balance FROM moved"
)
"""Each account less its amount, with its entry."""
BOOKS_SIDE = (
    "WITH moved AS (UPDATE accounts SET balance = balance + (SELECT sum(n) FROM unnest($4::bigint[]) AS n), version = version + cardinality($2::uuid[])"
    "  WHERE merchant_id = $1 AND id = $6 RETURNING balance, version)"
    " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    " SELECT d.id, $1, $6, d.transfer_id, m.version - cardinality($2::uuid[]) + d.n, d.amount,"
    "  m.balance - sum(d.amount) OVER () + sum(d.amount) OVER (ORDER BY d.n)"
    " FROM moved m, unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[]) WITH ORDINALITY AS d (transfer_id, account_id, amount, id, n)"
)
"""The merchant's book with one entry for each account."""
