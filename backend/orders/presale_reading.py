"""Pre-sales as they are read: one, a member's, those of staff who search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.kit import database
from backend.orders.presale_rules import PresaleState, present_state

LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class PresaleInfo:
    """A pre-sale at a moment: `state` is what it is by the clock. `units` are (sku, qty, list price of one, fen); money as in
    its row (models.Presale). Until the schedule has settled what ended by the clock, the figures of its end are 0."""

    id: UUID
    merchant_id: UUID
    number: str
    member_id: UUID
    store_id: UUID
    promotion_id: UUID
    offer_id: str
    state: PresaleState
    channel: str
    units: tuple[tuple[str, int, int], ...]
    qty: int
    promise: Mapping[str, Any]
    deposit_fen: int
    contract_fen: int
    keeps_fen: int
    used_fen: int
    kept_fen: int
    returned_fen: int
    extra_fen: int
    placed_at: datetime
    pay_by: datetime
    opens_at: datetime
    closes_at: datetime
    prepay_id: str | None
    paid_at: datetime | None
    order_id: UUID | None
    ended_at: datetime | None
    why: str | None
    note: str | None


COLUMNS = (
    "id, merchant_id, number, member_id, store_id, promotion_id, offer_id, state, channel, units, qty, promise, deposit_fen, contract_fen, keeps_fen,"
    " used_fen, kept_fen, returned_fen, extra_fen, placed_at, pay_by, opens_at, closes_at, prepay_id, paid_at, order_id, ended_at, why, note"
)


def info_of(row: Mapping[str, Any], at: datetime) -> PresaleInfo:
    known = {name.strip(): row[name.strip()] for name in COLUMNS.split(",")}
    known["units"] = tuple((sku, qty, price) for sku, qty, price in row["units"])
    known["state"] = present_state(row["state"], row["order_id"], row["pay_by"], row["closes_at"], at)
    return PresaleInfo(**known)


async def get(
    merchant_id: UUID, presale_id: UUID, at: datetime, member_id: UUID | None = None, store_ids: Sequence[UUID] = ()
) -> PresaleInfo | None:
    """A pre-sale; with `member_id`, only if it is that member's; of these stores, where some are named."""
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM presales WHERE merchant_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3)"
        " AND ($4::uuid[] = '{}' OR store_id = ANY($4))",
        merchant_id,
        presale_id,
        member_id,
        list(store_ids),
    )
    return info_of(row, at) if row else None


async def must_get(merchant_id: UUID, presale_id: UUID, at: datetime) -> PresaleInfo:
    found = await get(merchant_id, presale_id, at)
    if found is None:
        raise LookupError(f"pre-sale {presale_id} vanished while it was read")
    return found


async def of_member(
    merchant_id: UUID, member_id: UUID, at: datetime, first: int, after: UUID | None, waiting: bool | None = None
) -> list[PresaleInfo]:
    """A member's pre-sales, newest first; with `waiting` those alone that wait for the deposit or the rest by the clock (as
    `present_state` has it), or those alone that do not."""
    rows = await database.fetch(
        f"SELECT {COLUMNS} FROM presales WHERE merchant_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3)"
        " AND ($5::bool IS NULL OR $5 = (state = 'awaiting_deposit' AND pay_by > $6"
        "   OR state = 'deposit_paid' AND (closes_at > $6 OR order_id IS NOT NULL))) ORDER BY id DESC LIMIT $4",
        merchant_id,
        member_id,
        after,
        first,
        waiting,
        at,
    )
    return [info_of(row, at) for row in rows]


async def search(
    merchant_id: UUID,
    text: str,
    member_ids: Sequence[UUID],
    store_ids: Sequence[UUID],
    at: datetime,
    first: int,
    after: UUID | None,
) -> tuple[list[PresaleInfo], int]:
    """(a page of a merchant's pre-sales, newest first; how many there are): those whose number begins with `text` or that
    belong to one of the members; all when `text` is empty."""
    where = (
        "merchant_id = $1 AND ($2::text = '' OR number >= $2 AND number < $3 OR member_id = ANY($4::uuid[]))"
        " AND ($5::uuid[] = '{}' OR store_id = ANY($5))"
    )
    given = [merchant_id, text, text + LAST, list(member_ids), list(store_ids)]
    total = await database.fetchval(f"SELECT count(*) FROM presales WHERE {where}", *given)
    rows = await database.fetch(
        f"SELECT {COLUMNS} FROM presales WHERE {where} AND ($6::uuid IS NULL OR id < $6) ORDER BY id DESC LIMIT $7",
        *given,
        after,
        first,
    )
    return [info_of(row, at) for row in rows], total


async def overdue(at: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(merchant, pre-sale) of those whose deposit was not paid in time, or whose rest was not and of which no order waits."""
    rows = await database.fetch(
        "SELECT merchant_id, id FROM presales WHERE state = 'awaiting_deposit' AND pay_by <= $1"
        " UNION ALL SELECT merchant_id, id FROM presales WHERE state = 'deposit_paid' AND closes_at <= $1 AND order_id IS NULL LIMIT $2",
        at,
        limit,
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


async def deposits_held(merchant_id: UUID, at: datetime | None = None) -> tuple[int, int]:
    """Deposits that are paid and neither used, kept nor returned, as of now or `at` a past moment: fen, as the journal's
    `deposit_liability` has them, and how many."""
    row = await database.fetchrow(
        "SELECT coalesce(sum(deposit_fen), 0)::bigint AS fen, count(*) AS n FROM presales WHERE merchant_id = $1 AND"
        " CASE WHEN $2::timestamptz IS NULL THEN state = 'deposit_paid' ELSE paid_at <= $2 AND (ended_at IS NULL OR ended_at > $2) END",
        merchant_id,
        at,
    )
    assert row is not None
    return row["fen"], row["n"]
