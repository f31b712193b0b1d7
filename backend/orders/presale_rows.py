"""Rows of pre-sales under their lock: how they move, and what goes with it in stock, uses, ledger and journal (Q09).

Lock order: order → pre-sale → member → … → stock → offer uses → accounts (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, events, ledger, offers
from backend.kit import outbox
from backend.kit.database import Tx
from backend.orders import books, payouts
from backend.orders.presale_rules import Ending, PresaleState, units_of_presale, used

Row = Mapping[str, Any]


async def locked(tx: Tx, merchant_id: UUID, presale_id: UUID) -> dict[str, Any] | None:
    return await tx.fetchrow(
        "SELECT * FROM presales WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, presale_id
    )


async def of_order(tx: Tx, order: Row) -> dict[str, Any] | None:
    """The pre-sale whose rest an order is, locked; the caller has the order's lock."""
    return await locked(tx, order["merchant_id"], order["presale_id"]) if order["presale_id"] else None


async def unplaced(tx: Tx, order: Row) -> dict[str, int]:
    """An order of the rest is given up: its pre-sale waits again, with the units that it holds itself. None of them for an
    order that is no rest."""
    presale = await of_order(tx, order)
    if presale is None:
        return {}
    await tx.execute(
        "UPDATE presales SET order_id = NULL WHERE merchant_id = $1 AND id = $2 AND order_id = $3",
        order["merchant_id"],
        presale["id"],
        order["id"],
    )
    return units_of_presale(presale)


async def settle(tx: Tx, order: Row, at: datetime) -> None:
    """The rest is paid: the deposit has paid its part, and what is above the price goes back."""
    presale = await of_order(tx, order)
    assert presale is not None and presale["state"] == "deposit_paid", "an order that waits keeps its pre-sale open"
    ending = used(presale["deposit_fen"], order["payable_fen"])
    assert ending.used == order["deposit_fen"], "what a deposit pays is frozen with the order"
    await _end(tx, presale, "settled", ending, f"consumer:{order['member_id']}", "paid", "", at)
    await _returned(tx, presale, ending.returned, "定金高于成交价，退回多出的部分", at)


async def end(
    tx: Tx, row: Row, after: PresaleState, ending: Ending, actor: str, why: str, note: str, at: datetime
) -> None:
    """A pre-sale ends without its rest: its units and its place are free again, and its deposit goes where it belongs. The
    caller has locked it; no order of it waits."""
    merchant_id = row["merchant_id"]
    await _end(tx, row, after, ending, actor, why, note, at)
    await books.book_forfeit(tx, row, ending.kept, at)
    await catalog.release(tx, merchant_id, row["store_id"], units_of_presale(row))
    counted = await offers.counted(tx, merchant_id, [row["offer_id"]])
    await offers.give_back(tx, merchant_id, row["member_id"], dict.fromkeys(counted, row["qty"]), row["placed_at"], at)
    if ending.extra:
        await ledger.transfer(
            tx,
            merchant_id,
            debit=ledger.merchant_book(merchant_id),
            credit=ledger.member(row["member_id"]),
            unit="balance",
            amount=ending.extra,
            kind="deposit_penalty",
            business_key=f"presale:{row['id']}:extra",
            at=at,
            memo={"presale": row["number"]},
        )
    reason = "预售取消，退回定金" if after == "returned" else "定金超过成交价 20% 的部分退回"
    await _returned(tx, row, ending.returned, reason, at)


async def _end(
    tx: Tx, row: Row, after: PresaleState, ending: Ending, actor: str, why: str, note: str, at: datetime
) -> None:
    await tx.execute(
        "UPDATE presales SET state = $3, used_fen = $4, kept_fen = $5, returned_fen = $6, extra_fen = $7, ended_at = $8, ended_by = $9, why = $10, note = $11"
        " WHERE merchant_id = $1 AND id = $2",
        row["merchant_id"],
        row["id"],
        after,
        ending.used,
        ending.kept,
        ending.returned,
        ending.extra,
        at,
        actor,
        why,
        note or None,
    )
    await moved(tx, row, after, at)


async def moved(tx: Tx, row: Row, after: str, at: datetime) -> None:
    await outbox.emit(
        tx,
        row["merchant_id"],
        f"presale:{row['id']}",
        events.PresaleMoved(row["id"], row["member_id"], row["store_id"], after, at),
        at,
    )


async def _returned(tx: Tx, row: Row, fen: int, reason: str, at: datetime) -> None:
    """What goes back of a deposit that was paid, to the payment that paid it."""
    if fen:
        merchant_id = row["merchant_id"]
        await ledger.transfer(
            tx,
            merchant_id,
            debit=ledger.merchant_book(merchant_id),
            credit=ledger.member(row["member_id"]),
            unit="refund_due",
            amount=fen,
            kind="deposit_return",
            business_key=f"presale:{row['id']}:returned",
            at=at,
            memo={"presale": row["number"], "payment": row["payment_id"]},
        )
        await payouts.make(
            tx,
            row,
            number=f"{row['number']}R",
            transaction_id=row["payment_id"],
            amount_fen=fen,
            total_fen=row["deposit_fen"],
            reason=reason,
            at=at,
            presale=True,
        )
