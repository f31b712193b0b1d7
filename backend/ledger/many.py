"""Points for many at once: what a batch of claims gives beside its coupons, in a fixed number of statements (K10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events, merchants
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.accounts import account_id, facing, lock_all, member, merchant_book
from backend.ledger.lots import BOOKS_SIDE, MEMBERS_SIDE
from backend.ledger.rules import PointsPolicy


@dataclass(frozen=True, slots=True)
class PointsGift:
    """Points from the merchant's book for one member. `business_key` occurs once (L5)."""

    member_id: UUID
    amount: int
    business_key: str
    memo: Mapping[str, Any]
    at: datetime


async def give_points(tx: Tx, merchant_id: UUID, gifts: Sequence[PointsGift], kind: str) -> None:
    """Posts all of them, each in a lot of its own; a business key that is known already moves nothing. Accounts are locked by
    id, all of them at the first round."""
    waiting = list(gifts)
    while waiting:  # an account has one entry a round: a member who is given twice comes again
        first = {gift.member_id: gift for gift in reversed(waiting)}
        await _round(tx, merchant_id, list(first.values()), kind)
        waiting = [gift for gift in waiting if first[gift.member_id] is not gift]


async def _round(tx: Tx, merchant_id: UUID, gifts: Sequence[PointsGift], kind: str) -> None:
    await lock_all(tx, merchant_id, "points", [member(gift.member_id) for gift in gifts], moving=True)
    known = await tx.fetch(
        "SELECT business_key FROM transfers WHERE merchant_id = $1 AND business_key = ANY($2::text[])",
        merchant_id,
        [gift.business_key for gift in gifts],
    )
    done = {row["business_key"] for row in known}
    fresh = [gift for gift in gifts if gift.business_key not in done]
    if not fresh:
        return
    mine = [account_id(merchant_id, member(gift.member_id), "points") for gift in fresh]
    book = merchant_book(merchant_id)
    books = [account_id(merchant_id, facing(book, member(gift.member_id)), "points") for gift in fresh]
    transfers, amounts = [new_id() for _ in fresh], [gift.amount for gift in fresh]
    await tx.execute(
        "INSERT INTO transfers (id, merchant_id, unit, debit_id, credit_id, amount, kind, business_key, memo, at)"
        " SELECT d.id, $1, 'points', d.book_id, d.account_id, d.amount, $2, d.key, d.memo::jsonb, d.at"
        " FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[], $8::text[], $9::timestamptz[]) AS d (id, book_id, account_id, amount, key, memo, at)",
        merchant_id,
        kind,
        transfers,
        books,
        mine,
        amounts,
        [gift.business_key for gift in fresh],
        [database.dumps(dict(gift.memo)) for gift in fresh],
        [gift.at for gift in fresh],
    )
    less = [-amount for amount in amounts]  # both sides are written for what leaves the members
    await tx.execute(MEMBERS_SIDE, merchant_id, transfers, mine, less, [new_id() for _ in fresh])
    await tx.execute(BOOKS_SIDE, merchant_id, transfers, books, less, [new_id() for _ in fresh])
    await _lots(tx, merchant_id, mine, transfers, fresh)
    changed = [
        (merchant_id, f"member:{gift.member_id}", events.AccountChanged(gift.member_id, "points", gift.at))
        for gift in fresh
    ]
    await outbox.emit_many(tx, changed, max(gift.at for gift in fresh))


async def _lots(
    tx: Tx, merchant_id: UUID, accounts: Sequence[UUID], transfers: Sequence[UUID], gifts: Sequence[PointsGift]
) -> None:
    stored, tz = await merchants.points_policy(tx, merchant_id)
    policy, lots = PointsPolicy.of(stored), [new_id() for _ in gifts]
    await tx.execute(
        "INSERT INTO lots (id, merchant_id, account_id, transfer_id, amount, remaining, held, earned_at, expires_at)"
        " SELECT d.id, $1, d.account_id, d.transfer_id, d.amount, d.amount, 0, d.at, d.ends"
        " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[], $7::timestamptz[]) AS d (id, account_id, transfer_id, amount, at, ends)",
        merchant_id,
        lots,
        list(accounts),
        list(transfers),
        [gift.amount for gift in gifts],
        [gift.at for gift in gifts],
        [policy.ends(gift.at, tz) for gift in gifts],
    )
    await tx.execute(
        "INSERT INTO lot_parts (id, merchant_id, lot_id, transfer_id, amount)"
        " SELECT d.id, $1, d.lot_id, d.transfer_id, d.amount FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[]) AS d (id, lot_id, transfer_id, amount)",
        merchant_id,
        [new_id() for _ in gifts],
        lots,
        list(transfers),
        [gift.amount for gift in gifts],
    )
