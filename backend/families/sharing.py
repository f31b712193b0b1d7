"""Points of the family in an order of one of them: held, spent, given back (B05, L3, L6).

Lock order: the family's row, shared → points accounts of the payer and of all whose points pay (and the merchant's book where
it moves) together, in the order of their ids. The account's lock guards what was spent of its owner's monthly limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events, ledger, members
from backend.families.rules import split_points
from backend.families.service import MINE, of_member, people
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class Lent:
    """Points of a member for an order of another. `name` as others see it."""

    member_id: UUID
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Points of a member in an order; `returned` is what refunds gave back of them, gross."""

    member_id: UUID
    points: int
    returned: int

    @property
    def left(self) -> int:
        return self.points - self.returned


async def lenders(merchant_id: UUID, member_id: UUID, at: datetime) -> list[Lent]:
    """Whose points a member may spend now beside their own, and how many; who joined first first."""
    family = await of_member(merchant_id, member_id, at)
    others = [p for p in family.people if p.member_id != member_id and p.lends > 0] if family else []
    known = await members.many(merchant_id, [p.member_id for p in others], at) if others else {}
    return [Lent(p.member_id, members.masked_name(known[p.member_id].nickname), p.lends) for p in others]


def split(wanted: int, own: int, there: Sequence[Lent]) -> tuple[Lent, ...]:
    """What of `wanted` points is the family's, and whose: one's own go first."""
    names = {lent.member_id: lent.name for lent in there}
    parts = split_points(wanted, own, [(lent.member_id, lent.points) for lent in there])
    return tuple(Lent(member_id, names[member_id], points) for member_id, points in parts)


def hold_key(order_id: UUID, member_id: UUID) -> str:
    return f"order:{order_id}:points:{member_id}"


async def hold(
    tx: Tx, merchant_id: UUID, payer_id: UUID, order_id: UUID, parts: Sequence[Lent], at: datetime, until: datetime
) -> bool:
    """Sets the family's part of an order aside; False where somebody has left, allows less by now or has less, and then the
    caller rolls back. The payer's own account is locked with the others, so the caller may hold of it next."""
    family = await tx.fetchrow(f"{MINE} FOR SHARE OF f", merchant_id, payer_id)
    if family is None:
        return False
    await _lock(tx, merchant_id, [payer_id, *(part.member_id for part in parts)])
    there = {p.member_id: p for p in await people(tx, merchant_id, family["id"], at)}
    if payer_id not in there:
        return False
    for part in parts:
        person = there.get(part.member_id)
        if person is None or person.lends < part.points:
            return False
        mark = hold_key(order_id, part.member_id)
        held = await ledger.hold(tx, merchant_id, ledger.member(part.member_id), "points", part.points, mark, at, until)
        if isinstance(held, ledger.Short):
            return False
        await tx.execute(
            "INSERT INTO family_spends (id, merchant_id, order_id, family_id, member_id, payer_id, points, state, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 'held', $8)",
            new_id(),
            merchant_id,
            order_id,
            family["id"],
            part.member_id,
            payer_id,
            part.points,
            at,
        )
        await _tell(tx, merchant_id, family["id"], part.member_id, "held", at)
    return True


async def _lock(tx: Tx, merchant_id: UUID, member_ids: Sequence[UUID], *, moving: bool = False) -> None:
    await ledger.lock_all(tx, merchant_id, "points", [ledger.member(one) for one in member_ids], moving=moving)


async def _tell(tx: Tx, merchant_id: UUID, family_id: UUID, member_id: UUID, change: str, at: datetime) -> None:
    """Wakes whose points are free no longer, or again: nothing has moved, so no account has changed."""
    changed = events.FamilyChanged(family_id, member_id, change, at)
    await outbox.emit(tx, merchant_id, f"member:{member_id}", changed, at)


async def of_order(merchant_id: UUID, order_id: UUID, tx: Tx | None = None) -> list[Spent]:
    """Points of others that an order was placed with, in the order in which they are given back."""
    rows = await (tx or database).fetch(
        "SELECT member_id, points, returned FROM family_spends WHERE merchant_id = $1 AND order_id = $2 AND state <> 'released' ORDER BY id",
        merchant_id,
        order_id,
    )
    return [Spent(**row) for row in rows]


async def _held(tx: Tx, merchant_id: UUID, order_id: UUID, after: str) -> list[dict[str, Any]]:
    """The rows of an order that ends waiting, moved to `after`, with the accounts locked. The caller has locked the order."""
    rows = await tx.fetch(
        "SELECT id, family_id, member_id, payer_id, points FROM family_spends WHERE merchant_id = $1 AND order_id = $2 AND state = 'held' ORDER BY id",
        merchant_id,
        order_id,
    )
    if rows:
        mine = [rows[0]["payer_id"], *(row["member_id"] for row in rows)]
        await _lock(tx, merchant_id, mine, moving=after == "spent")
        await tx.execute(
            "UPDATE family_spends SET state = $3 WHERE merchant_id = $1 AND id = ANY($2::uuid[])",
            merchant_id,
            [row["id"] for row in rows],
            after,
        )
    return rows


async def spend(tx: Tx, merchant_id: UUID, order_id: UUID, number: str, at: datetime) -> None:
    """The order is paid: what it holds of others' points is spent, and they read whose order it was."""
    book = ledger.merchant_book(merchant_id)
    rows = await _held(tx, merchant_id, order_id, "spent")
    name = await _name(merchant_id, rows[0]["payer_id"], at) if rows else ""
    for row in rows:
        await ledger.post_hold(
            tx,
            merchant_id,
            hold_key(order_id, row["member_id"]),
            owner=ledger.member(row["member_id"]),
            credit=book,
            unit="points",
            kind="family",
            at=at,
            memo={"order": number, "text": f"家人 {name} 用了您的 {row['points']} 积分"},
        )


async def release(tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime) -> None:
    """The order is cancelled: what it held is free again."""
    for row in await _held(tx, merchant_id, order_id, "released"):
        await ledger.void_hold(tx, merchant_id, hold_key(order_id, row["member_id"]), at)
        await _tell(tx, merchant_id, row["family_id"], row["member_id"], "released", at)


async def give_back(
    tx: Tx,
    merchant_id: UUID,
    payer_id: UUID,
    order_id: UUID,
    number: str,
    batch: int,
    parts: Sequence[tuple[UUID, int, int]],
    at: datetime,
) -> None:
    """A batch of a refund gives points back to whom they were of, into the lots that they came from, whether they are still of
    the family or not; (member, points, of that withheld). The caller has locked the order and the accounts."""
    name = await _name(merchant_id, payer_id, at) if parts else ""
    book = ledger.merchant_book(merchant_id)
    for member_id, points, kept in parts:
        mine, mark = ledger.member(member_id), f"refund:{order_id}:{batch}:family:{member_id}"
        spent_by = ledger.posted_key(hold_key(order_id, member_id))
        back = {"order": number, "batch": batch, "text": f"家人 {name} 的订单退款，退回您的 {points} 积分"}
        moves = [(book, mine, points, "refund", mark, back, spent_by)]
        if kept:
            held_back = {"order": number, "batch": batch, "text": f"家人 {name} 的订单退款，扣下 {kept} 积分"}
            moves.append((mine, book, kept, "withheld", f"{mark}:withheld", held_back, ""))
        for debit, credit, amount, kind, key, memo, gives_back in moves:
            moved = await ledger.transfer(
                tx,
                merchant_id,
                debit=debit,
                credit=credit,
                unit="points",
                amount=amount,
                kind=kind,
                business_key=key,
                at=at,
                memo=memo,
                gives_back=gives_back or None,
            )
            assert isinstance(moved, ledger.Moved) and not moved.replayed, "the accounts are locked"
        await tx.execute(
            "UPDATE family_spends SET returned = returned + $4 WHERE merchant_id = $1 AND order_id = $2 AND member_id = $3",
            merchant_id,
            order_id,
            member_id,
            points,
        )


async def _name(merchant_id: UUID, member_id: UUID, at: datetime) -> str:
    found = await members.get(merchant_id, member_id, at)
    return members.masked_name(found.nickname if found else "")
