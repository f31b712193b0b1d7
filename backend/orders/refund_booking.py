"""A batch of a refund in the ledger: what is given back gross, what is withheld of it, what is clawed back (Q08, O2), growth
value among it (B04)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events, families, ledger, members
from backend.kit.database import Tx
from backend.orders import payouts
from backend.orders.refund_rules import Plan, earned_key, money_kept, payout_number
from backend.orders.rules import LOCK_ORDER, lot_of

UNITS: tuple[ledger.Unit, ...] = LOCK_ORDER
Named = tuple[tuple[UUID, int], ...]


async def book_batch(tx: Tx, row: Mapping[str, Any], now: Plan, at: datetime) -> None:
    """Double entry for every part (docs/decisions/0011-refunds.md): what is given back gross, what is withheld of it, what
    is clawed back."""
    merchant_id, mark = row["merchant_id"], f"refund:{row['id']}:{now.number}"
    mine, book = ledger.member(row["member_id"]), ledger.merchant_book(merchant_id)
    gross: dict[str, tuple[int, int]] = {t.unit: (t.amount, t.kept_amount) for t in now.tenders}
    back_to = tuple((lot_of(packet), fen) for packet, fen, _ in now.packets)
    kept_of = tuple((lot_of(packet), fen) for packet, _, fen in now.packets if fen)
    moves: list[tuple[ledger.Owner, ledger.Owner, ledger.Unit, int, str, str, Named, str | None]] = []
    theirs = [(UUID(one), points, kept) for one, points, kept in now.family]
    await families.give_back(tx, merchant_id, row["member_id"], row["id"], row["number"], now.number, theirs, at)
    for unit in UNITS:
        back, kept = (now.cash_gross, now.cash_gross - now.cash) if unit == "refund_due" else gross.get(unit, (0, 0))
        if unit == "points":
            back, kept = back - sum(n for _, n, _ in theirs), kept - sum(n for *_, n in theirs)
        into, out_of = (back_to, kept_of) if unit == "red_packet" else ((), ())
        moves.append((book, mine, unit, back, "refund", f"{mark}:{unit}", into, None))
        moves.append((mine, book, unit, kept, "withheld", f"{mark}:{unit}:withheld", out_of, None))
        for c in (c for c in now.clawed if c.unit == unit and c.taken):
            its: Named = tuple((lot, c.taken) for lot in now.granted[c.offer].ids) if unit == "red_packet" else ()
            earned = earned_key(row["id"], c.offer)
            moves.append((mine, book, unit, c.taken, "claw_back", f"{mark}:{unit}:{c.offer}", its, earned))
    for debit, credit, unit, amount, kind, key, named, earned_by in moves:
        if amount:
            moved = await ledger.transfer(
                tx,
                merchant_id,
                debit=debit,
                credit=credit,
                unit=unit,
                amount=amount,
                kind=kind,
                business_key=key,
                at=at,
                memo={"order": row["number"], "batch": now.number},
                gives_back=ledger.posted_key(f"order:{row['id']}:{unit}") if kind == "refund" else None,
                takes_back=earned_by,
                which=ledger.Lots(named),
            )
            assert isinstance(moved, ledger.Moved) and not moved.replayed, "the accounts are locked and were looked at"


async def take_back_growth(tx: Tx, row: Mapping[str, Any], now: Plan, at: datetime) -> None:
    """Growth value that the order brought when it was completed, less what the money that is kept brings (B04)."""
    batches = await tx.fetch(
        "SELECT outcome FROM refunds WHERE merchant_id = $1 AND order_id = $2 ORDER BY number",
        row["merchant_id"],
        row["id"],
    )
    outcomes = [batch["outcome"] for batch in batches]
    await members.levels.order_refunded(
        tx,
        row["merchant_id"],
        row["member_id"],
        row["id"],
        row["number"],
        now.number,
        base_fen=money_kept(row["quote"], [o for o in outcomes if not o["completed"]]),
        kept_fen=money_kept(row["quote"], outcomes),
        completed_at=row["completed_at"],
        everything=now.everything,
        at=at,
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """What of a batch's cash goes to one payment, under which number; `left` is what of that payment has not gone back then."""

    payment: str
    number: str
    fen: int
    total: int
    left: int


async def _shares(tx: Tx, row: Mapping[str, Any], now: Plan) -> list[_Share]:
    """To the payment of the order first; of the rest of a pre-sale, what is above it goes to the payment of the deposit, so
    that neither gets back more than it paid."""
    before = await tx.fetchval(
        "SELECT coalesce(sum(cash_fen), 0)::bigint FROM refunds WHERE merchant_id = $1 AND order_id = $2 AND number < $3",
        row["merchant_id"],
        row["id"],
        now.number,
    )
    there, found = max(0, row["due_fen"] - before), []
    to_rest = min(now.cash, there)
    to_deposit = now.cash - to_rest
    if to_rest:
        number = payout_number(row["number"], now.number)
        found.append(_Share(row["payment_id"], number, to_rest, row["due_fen"], there - to_rest))
    if to_deposit:
        presale = await tx.fetchrow(  # settled: it does not change any more
            "SELECT payment_id, deposit_fen FROM presales WHERE merchant_id = $1 AND id = $2",
            row["merchant_id"],
            row["presale_id"],
        )
        assert presale is not None, "only a deposit pays beside an order's own payment"
        number = payout_number(row["number"], now.number, deposit=True)
        paid: int = presale["deposit_fen"]
        left = paid - max(0, before - row["due_fen"]) - to_deposit
        found.append(_Share(presale["payment_id"], number, to_deposit, paid, left))
    return found


async def strands(tx: Tx, row: Mapping[str, Any], now: Plan) -> bool:
    """Whether this batch would take the last refund that WeChat gives of a payment and leave cash behind. What takes no
    payout, and what an external system pays out, is without end."""
    if not now.cash or not now.cash_left or row["system_id"] is not None:
        return False
    used = await payouts.used_up(tx, row["merchant_id"], row["id"])
    shares = await _shares(tx, row, now)
    return any(share.left and used.get(share.payment, 0) + 1 >= payouts.MOST_REFUNDS for share in shares)


async def pay_out(tx: Tx, row: Mapping[str, Any], now: Plan, refund_id: UUID, reason: str, at: datetime) -> None:
    """The batch's cash on its way."""
    for share in await _shares(tx, row, now):
        await payouts.make(
            tx,
            row,
            number=share.number,
            transaction_id=share.payment,
            amount_fen=share.fen,
            total_fen=share.total,
            reason=reason.strip(),
            at=at,
            refund_id=refund_id,
        )
        if row["system_id"] is not None:
            await payouts.paid_elsewhere(tx, row, share.number, at)


def event_of(row: Mapping[str, Any], now: Plan, at: datetime) -> events.OrderRefunded:
    """The batch as it is published."""
    return events.OrderRefunded(
        row["id"],
        row["member_id"],
        row["store_id"],
        at,
        now.number,
        now.refund,
        now.withheld,
        now.everything,
        tuple(events.RefundedLine(*line) for line in now.lines),
        tuple(events.GivenOffer(*off) for off in now.offs),
    )
