"""积分批次 and 红包: the lots that a member's points and red packets are kept in, each with its own end (B03, L6). A red packet
is a lot: what moves it names it.

Every function that changes lots is called with the account's row locked: that lock guards its lots. A lot whose end has
come is never drawn on, whether the schedule has taken its points off the account (`expire_due`) or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import events, merchants
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.accounts import Owner, Unit, account_id, facing, lock_all, merchant_book
from backend.ledger.rules import (
    ACTIVITY,
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


@dataclass(frozen=True, slots=True)
class There:
    """What an account's lots have that is not held: what has ended waits to be taken off the account, the rest is free."""

    ended: int
    open: tuple[OpenLot, ...]

    def lacks(self, named: Parts) -> bool:
        """Whether any of the lots that are named is not the account's, has ended, or has less that is free."""
        free = {lot.id: lot.free for lot in self.open}
        return any(free.get(lot_id, 0) < amount for lot_id, amount in named)

    def drawn(self, amount: int, *, earned_first: bool = False) -> Parts:
        """Which lots a movement of so much takes from (L6)."""
        return drawn(self.open, amount, earned_first=earned_first)


async def there(tx: Tx, merchant_id: UUID, account_id: UUID, at: datetime, *, earned_by: str | None = None) -> There:
    """The lots of an account that is locked. The one that the transfer with business key `earned_by` opened is marked as the
    first to be taken back."""
    rows = await tx.fetch(
        "SELECT l.id, l.remaining - l.held AS free, l.earned_at, l.expires_at, t.id IS NOT NULL AS own FROM lots l"
        " LEFT JOIN transfers t ON t.merchant_id = l.merchant_id AND t.id = l.transfer_id AND t.business_key = $3"
        " WHERE l.merchant_id = $1 AND l.account_id = $2 AND l.remaining > l.held",
        merchant_id,
        account_id,
        earned_by,
    )
    found = [OpenLot(**row) for row in rows]
    ended = [lot for lot in found if lot.expires_at is not None and lot.expires_at <= at]
    return There(sum(lot.free for lot in ended), tuple(lot for lot in found if lot not in ended))


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
    await tx.execute(
        "WITH opened AS (INSERT INTO lots (id, merchant_id, account_id, transfer_id, amount, remaining, held, earned_at, expires_at, min_fen, first_ends_at)"
        "  VALUES ($1, $2, $3, $4, $5, $5, 0, $6, $7, $8, $9))"
        " INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount, origin_id) VALUES ($10, $2, $1, $4, $5, $11)",
        new_id(),
        merchant_id,
        account_id,
        transfer_id,
        amount,
        at,
        ends,
        min_fen,
        first_ends,
        new_id(),
        origin,
    )


async def _write(tx: Tx, merchant_id: UUID, transfer_id: UUID, parts: Sequence[tuple[UUID, int, UUID | None]]) -> None:
    """What one transfer puts into lots or, below zero, takes out of them: (lot, amount, the part of a spending that comes
    back)."""
    await tx.execute(
        "WITH d AS (SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[]) AS d (id, lot_id, amount, origin_id)),"
        " moved AS (UPDATE lots l SET remaining = l.remaining + d.amount FROM d WHERE l.merchant_id = $1 AND l.id = d.lot_id)"
        " INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount, origin_id) SELECT id, $1, lot_id, $2, amount, origin_id FROM d",
        merchant_id,
        transfer_id,
        [new_id() for _ in parts],
        [lot_id for lot_id, _, _ in parts],
        [amount for _, amount, _ in parts],
        [origin for _, _, origin in parts],
    )


async def draw(tx: Tx, merchant_id: UUID, transfer_id: UUID, parts: Parts) -> None:
    """Takes what a transfer moves off an account out of its lots."""
    await _write(tx, merchant_id, transfer_id, [(lot_id, -n, None) for lot_id, n in parts])


async def release(tx: Tx, merchant_id: UUID, hold_id: UUID) -> None:
    """Ends the hold of lots without a movement. What has ended meanwhile is not free again: it is only no longer held."""
    await tx.execute(
        "UPDATE lots l SET held = l.held - h.amount FROM held_parts h"
        " WHERE h.merchant_id = $1 AND h.hold_id = $2 AND l.merchant_id = $1 AND l.id = h.lot_id",
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
    alive = [(part, n) for part, n in back if part.expires_at is None or part.expires_at > at]
    if alive:
        parts = [(part.lot_id, n, part.part_id) for part, n in alive]
        await _write(tx, merchant_id, transfer_id, parts)
    for part, n in back:
        if (part, n) not in alive:
            ends = returned_until(at, tz, again=part.first_ends_at is not None)
            first = part.first_ends_at or part.expires_at
            await _open(tx, merchant_id, account_id, transfer_id, n, at, ends, origin=part.part_id, first_ends=first)
    if rest:
        await _open(tx, merchant_id, account_id, transfer_id, rest, at, policy.ends(at, tz))


async def give_back_named(
    tx: Tx, merchant_id: UUID, owner: Owner, transfer_id: UUID, named: Parts, spent_by: str, at: datetime
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
        await _expire(tx, merchant_id, "red_packet", [owner], at)
        _, tz = await _policy(tx, merchant_id)
        await tx.execute(
            "UPDATE lots l SET first_ends_at = coalesce(l.first_ends_at, l.expires_at), expires_at = d.ends"
            " FROM unnest($2::uuid[], $3::timestamptz[]) AS d (id, ends) WHERE l.merchant_id = $1 AND l.id = d.id",
            merchant_id,
            ended,
            [returned_until(at, tz, again=bool(spent[lot_id]["again"])) for lot_id in ended],
        )
    parts = [(lot_id, n, spent[lot_id]["part_id"]) for lot_id, n in named]
    await _write(tx, merchant_id, transfer_id, parts)


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
        "SELECT DISTINCT l.merchant_id, a.owner_kind, a.owner_id, a.unit FROM lots l JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id"
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
        await _expire(tx, merchant_id, unit, [Owner(row["owner_kind"], row["owner_id"]) for row in found], at)
    return len(found)


async def _expire(tx: Tx, merchant_id: UUID, unit: Unit, owners: Sequence[Owner], at: datetime) -> None:
    await lock_all(tx, merchant_id, unit, owners, moving=True)
    book = merchant_book(merchant_id)
    of = {account_id(merchant_id, owner, unit): owner for owner in owners}
    rows = await tx.fetch(  # looked at again under the lock
        "SELECT id, account_id, remaining - held AS points FROM lots WHERE merchant_id = $1 AND account_id = ANY($2::uuid[])"
        " AND expires_at <= $3 AND remaining > held ORDER BY account_id, id",
        merchant_id,
        list(of),
        at,
    )
    total: dict[UUID, int] = {}
    for row in rows:
        total[row["account_id"]] = total.get(row["account_id"], 0) + row["points"]
    if not total:
        return
    transfer_of = {account: new_id() for account in total}
    books = [account_id(merchant_id, facing(book, of[account]), unit) for account in total]
    await tx.execute(
        "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
        " SELECT d.id, $1, $7, a.id, d.book_id, d.amount, 'expire', 'expire:' || a.id || ':' || (a.version + 1), '{}'::jsonb, $6"
        " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, account_id, book_id, amount) JOIN accounts a ON a.merchant_id = $1 AND a.id = d.account_id",
        merchant_id,
        list(transfer_of.values()),
        list(total),
        books,
        list(total.values()),
        at,
        unit,
    )
    for side, accounts in ((MEMBERS_SIDE, list(total)), (BOOKS_SIDE, books)):
        transfers, amounts = list(transfer_of.values()), list(total.values())
        await tx.execute(side, merchant_id, transfers, accounts, amounts, [new_id() for _ in total])
    await tx.execute(
        "WITH d AS (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, lot_id, transfer_id, amount)),"
        " moved AS (UPDATE lots l SET remaining = l.remaining - d.amount FROM d WHERE l.merchant_id = $1 AND l.id = d.lot_id)"
        " INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount) SELECT id, $1, lot_id, transfer_id, -amount FROM d",
        merchant_id,
        [new_id() for _ in rows],
        [row["id"] for row in rows],
        [transfer_of[row["account_id"]] for row in rows],
        [row["points"] for row in rows],
    )
    for account in total:
        changed = events.AccountChanged(of[account].id, unit, at)
        await outbox.emit(tx, merchant_id, f"member:{of[account].id}", changed, at)


MEMBERS_SIDE = (
    "WITH moved AS (UPDATE accounts a SET balance = a.balance - d.amount, version = a.version + 1"
    "  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[]) AS d (transfer_id, account_id, amount, id)"
    "  WHERE a.merchant_id = $1 AND a.id = d.account_id RETURNING d.id, a.id AS account_id, d.transfer_id, a.version, d.amount, a.balance)"
    " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    " SELECT id, $1, account_id, transfer_id, version, -amount, balance FROM moved"
)
"""Each account less its amount, with its entry."""
BOOKS_SIDE = (
    "WITH d AS (SELECT *, count(*) OVER (PARTITION BY book_id ORDER BY n) AS k, sum(amount) OVER (PARTITION BY book_id ORDER BY n) AS running"
    "  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[]) WITH ORDINALITY AS d (transfer_id, book_id, amount, id, n)),"
    " moved AS (UPDATE accounts a SET balance = a.balance + s.total, version = a.version + s.n"
    "  FROM (SELECT book_id, sum(amount) AS total, count(*) AS n FROM d GROUP BY 1) s WHERE a.merchant_id = $1 AND a.id = s.book_id"
    "  RETURNING a.id, a.balance - s.total AS balance, a.version - s.n AS version)"
    " INSERT INTO entries (id, merchant_id, account_id, transfer_id, sequence, amount, balance_after)"
    " SELECT d.id, $1, d.book_id, d.transfer_id, m.version + d.k, d.amount, m.balance + d.running FROM moved m JOIN d ON d.book_id = m.id"
)
"""Each stripe of the merchant's book more by its amounts, with one entry for each of them, in their order."""
