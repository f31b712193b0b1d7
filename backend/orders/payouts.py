"""Cash on its way back through WeChat Pay (退款到账): sent until WeChat takes it, settled by its word, once (O6).

A payout is written in the transaction that owes the money (the ledger's `refund_due`) and sent after it; out_refund_no
stays the same in every try, so a crash between sending and writing it down sends nothing twice. WeChat's taking it is
not yet success: the callback says so, or a question after some minutes.

Lock order: order (to send again) → payout → ledger accounts. What goes back of a deposit before there is an order names its pre-sale instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog

from backend import events, ledger, merchants
from backend.connectors.pay import PayRefused, PayUnavailable, RefundTold, WeChatPay
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.ids import new_id

ASK_AFTER = timedelta(minutes=10)
"""How long a payout that WeChat took may stay without news before we ask."""
APART = timedelta(seconds=60)
"""WeChat Pay refunds one order at most once a minute (connectors.md)."""
MOST_REFUNDS = 50
"""WeChat Pay refunds one payment in at most so many parts (connectors.md)."""
MOST_TRIES = 10
log = structlog.get_logger("payouts")

PayoutState = Literal["processing", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class PayoutInfo:
    """`refund_id` is None where a payment came for nothing. `trouble` is what WeChat said last, for staff."""

    id: UUID
    order_id: UUID | None
    refund_id: UUID | None
    number: str
    amount_fen: int
    state: PayoutState
    tries: int
    trouble: str | None
    made_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoPayout:
    """There is no such payout here."""


@dataclass(frozen=True, slots=True)
class PayoutNotFailed:
    """Only a payout that failed is sent again by hand."""

    state: str


async def make(
    tx: Tx,
    order: Mapping[str, Any],
    *,
    number: str,
    transaction_id: str,
    amount_fen: int,
    total_fen: int,
    reason: str,
    at: datetime,
    refund_id: UUID | None = None,
    presale: bool = False,
) -> None:
    """Writes a payout of `amount_fen` of a payment of `total_fen`, to be sent soon; the same number again writes nothing. Of a
    deposit before there is an order, `order` is the row of its pre-sale."""
    payout_id = new_id()
    made = await tx.fetchval(
        "INSERT INTO payouts (id, merchant_id, order_id, presale_id, refund_id, number, round, transaction_id, amount_fen, total_fen, reason, state, tries, next_at, made_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,0,$7,$8,$9,$10,'processing',0,$11,$11) ON CONFLICT (merchant_id, number) DO NOTHING RETURNING id",
        payout_id,
        order["merchant_id"],
        None if presale else order["id"],
        order["id"] if presale else None,
        refund_id,
        number,
        transaction_id,
        amount_fen,
        total_fen,
        reason[:80],
        at,
    )
    if made is not None:
        await _tell(tx, order["merchant_id"], payout_id, order["id"], order["member_id"], "processing", amount_fen, at)


async def used_up(tx: Tx, merchant_id: UUID, order_id: UUID) -> dict[str, int]:
    """By payment, how many of `MOST_REFUNDS` the payouts of an order take: one each, and one more for every number that WeChat
    closed; the same number sent again is the same refund."""
    rows = await tx.fetch(
        "SELECT transaction_id, sum(1 + round)::bigint AS used FROM payouts WHERE merchant_id = $1 AND order_id = $2 GROUP BY 1",
        merchant_id,
        order_id,
    )
    return {row["transaction_id"]: row["used"] for row in rows}


async def paid_elsewhere(tx: Tx, order: Mapping[str, Any], number: str, at: datetime) -> None:
    """An external system has the money of this order and gives it back itself: the payout is there and done at once. The
    caller has made it, and booked what is owed."""
    row = await tx.fetchrow(
        "SELECT * FROM payouts WHERE merchant_id = $1 AND number = $2 FOR UPDATE", order["merchant_id"], number
    )
    assert row is not None, "the payout was made"
    await _succeeded(tx, row, at, kind="refund_elsewhere")


async def _tell(
    tx: Tx,
    merchant_id: UUID,
    payout_id: UUID,
    order_id: UUID,
    member_id: UUID,
    after: str,
    amount_fen: int,
    at: datetime,
) -> None:
    await outbox.emit(
        tx,
        merchant_id,
        f"order:{order_id}",
        events.PayoutMoved(payout_id, order_id, member_id, after, amount_fen, at),
        at,
    )


async def due(at: datetime, limit: int = 200) -> list[tuple[UUID, UUID, int]]:
    """(merchant, payout, tries so far) of payouts that should be sent or asked about now, the longest waiting first."""
    rows = await database.fetch(
        "SELECT merchant_id, id, tries FROM payouts WHERE state = 'processing' AND next_at <= $1 ORDER BY next_at LIMIT $2",
        at,
        limit,
    )
    return [(row["merchant_id"], row["id"], row["tries"]) for row in rows]


async def send(pay: WeChatPay, merchant_id: UUID, payout_id: UUID, at: datetime) -> str:
    """Sends one payout, or asks after one that WeChat took. Answers with its state, or "later" when it is not its turn."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "UPDATE payouts AS p SET tries = tries + 1, sent_at = $3::timestamptz, next_at = $3::timestamptz + least(3600, 15 * 2 ^ least(tries, 10)) * interval '1 second'"
            " WHERE merchant_id = $1 AND id = $2 AND state = 'processing' AND next_at <= $3::timestamptz AND NOT EXISTS (SELECT 1 FROM payouts o"
            "  WHERE o.merchant_id = p.merchant_id AND o.transaction_id = p.transaction_id AND o.id <> p.id AND o.sent_at > $4::timestamptz) RETURNING p.*",
            merchant_id,
            payout_id,
            at,
            at - APART,
        )
    if row is None:
        return "later"
    merchant, (_, order_number) = await merchants.get(merchant_id), await _subject(database, row)
    try:
        if row["accepted_at"] is None:
            told = await pay.refund(
                merchant.code,
                row["transaction_id"],
                out_refund_no(row),
                row["amount_fen"],
                row["total_fen"],
                row["reason"],
                at,
            )
        else:
            told = await pay.refund_state(out_refund_no(row), at)
    except (PayRefused, PayUnavailable) as error:
        final = isinstance(error, PayRefused) or row["tries"] >= MOST_TRIES
        log.warning("payout_not_taken", order=order_number, payout=row["number"], reason=str(error), final=final)
        return await _trouble(merchant_id, payout_id, str(error), final, at)
    return await settle(merchant_id, told, at) or "later"


def out_refund_no(row: Mapping[str, Any]) -> str:
    """The number at WeChat. A payout that WeChat closed needs a new one: its round."""
    return f"{row['number']}-{row['round']}" if row["round"] else row["number"]


async def _trouble(merchant_id: UUID, payout_id: UUID, text: str, final: bool, at: datetime) -> str:
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "UPDATE payouts SET trouble = $3, state = CASE WHEN $4 THEN 'failed' ELSE state END, ended_at = CASE WHEN $4 THEN $5::timestamptz END"
            " WHERE merchant_id = $1 AND id = $2 AND state = 'processing' RETURNING *",
            merchant_id,
            payout_id,
            text[:200],
            final,
            at,
        )
        if row is not None and final:
            await _moved(tx, row, "failed", at)
    return "failed" if row is not None and final else "processing"


async def settle(merchant_id: UUID, told: RefundTold, at: datetime) -> PayoutState | None:
    """Takes WeChat's word on a refund, told by callback or by answer, in any order and any number of times: success is
    final and booked once. None when there is no such payout here."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM payouts WHERE merchant_id = $1 AND (number = $2 OR number = $3 AND round > 0 AND number || '-' || round = $2) FOR UPDATE",
            merchant_id,
            told.out_refund_no,
            told.out_refund_no.rpartition("-")[0],
        )
        if row is None:
            return None
        if row["state"] == "succeeded":
            return "succeeded"
        if told.refund_fen != row["amount_fen"]:
            log.error("payout_of_another_amount", payout=row["number"], ours=row["amount_fen"], theirs=told.refund_fen)
            return await _failed(tx, row, f"WeChat refunded {told.refund_fen} fen, not {row['amount_fen']}", at)
        match told.status:
            case "SUCCESS":
                return await _succeeded(tx, row, at)
            case "PROCESSING":
                if row["state"] == "processing":
                    await tx.execute(
                        "UPDATE payouts SET accepted_at = coalesce(accepted_at, $3), next_at = $4, tries = 0, trouble = NULL WHERE merchant_id = $1 AND id = $2",
                        merchant_id,
                        row["id"],
                        at,
                        at + ASK_AFTER,
                    )
                state: PayoutState = row["state"]
                return state
            case "ABNORMAL" | "CLOSED":
                if told.out_refund_no != out_refund_no(row):
                    return row["state"]  # of an earlier round that was closed before
                return await _failed(tx, row, told.status, at)
    raise ValueError(f"unknown refund status {told.status!r}")


async def _succeeded(tx: Tx, row: Mapping[str, Any], at: datetime, kind: str = "refund_paid") -> PayoutState:
    merchant_id, (member_id, number) = row["merchant_id"], await _subject(tx, row)
    await tx.execute(
        "UPDATE payouts SET state = 'succeeded', ended_at = $3, accepted_at = coalesce(accepted_at, $3), trouble = NULL"
        " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        row["id"],
        at,
    )
    paid = await ledger.transfer(
        tx,
        merchant_id,
        debit=ledger.member(member_id),
        credit=ledger.merchant_book(merchant_id),
        unit="refund_due",
        amount=row["amount_fen"],
        kind=kind,
        business_key=f"refund_paid:{row['number']}",
        at=at,
        memo={"order": number, "payment": row["transaction_id"], "payout": row["number"]},
    )
    assert isinstance(paid, ledger.Moved), "what is paid back was owed"
    await _tell(tx, merchant_id, row["id"], _about(row), member_id, "succeeded", row["amount_fen"], at)
    return "succeeded"


async def _failed(tx: Tx, row: Mapping[str, Any], trouble: str, at: datetime) -> PayoutState:
    await tx.execute(
        "UPDATE payouts SET state = 'failed', ended_at = $3, trouble = $4 WHERE merchant_id = $1 AND id = $2",
        row["merchant_id"],
        row["id"],
        at,
        trouble[:200],
    )
    if row["state"] != "failed":
        await _moved(tx, row, "failed", at)
    return "failed"


async def _moved(tx: Tx, row: Mapping[str, Any], after: str, at: datetime) -> None:
    member_id, _ = await _subject(tx, row)
    await _tell(tx, row["merchant_id"], row["id"], _about(row), member_id, after, row["amount_fen"], at)


def _about(row: Mapping[str, Any]) -> UUID:
    """The order or the pre-sale that a payout is of."""
    about: UUID = row["order_id"] or row["presale_id"]
    return about


async def _subject(source: Any, row: Mapping[str, Any]) -> tuple[UUID, str]:
    """Whose money it is, and the number of the order or pre-sale; read through a transaction or the pool."""
    found = await source.fetchrow(
        "SELECT member_id, number FROM orders WHERE merchant_id = $1 AND id = $2"
        " UNION ALL SELECT member_id, number FROM presales WHERE merchant_id = $1 AND id = $3",
        row["merchant_id"],
        row["order_id"],
        row["presale_id"],
    )
    return found["member_id"], found["number"]


async def order_of(tx: Tx, merchant_id: UUID, payout_id: UUID) -> UUID | None:
    """The order that a payout is of, if it is one of an order."""
    found: UUID | None = await tx.fetchval(
        "SELECT order_id FROM payouts WHERE merchant_id = $1 AND id = $2", merchant_id, payout_id
    )
    return found


async def send_again(
    tx: Tx, merchant_id: UUID, payout_id: UUID, at: datetime, store_ids: Sequence[UUID], *, replayed: bool
) -> UUID | NoPayout | PayoutNotFailed:
    """A failed payout is to be sent again, under a new number where WeChat closed the old; answers with its order, or its pre-sale.
    `replayed`: it was done before. The caller has locked its order."""
    row = await tx.fetchrow(
        "SELECT p.* FROM payouts p LEFT JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id"
        " LEFT JOIN presales s ON s.merchant_id = p.merchant_id AND s.id = p.presale_id"
        " WHERE p.merchant_id = $1 AND p.id = $2 AND ($3::uuid[] = '{}' OR coalesce(o.store_id, s.store_id) = ANY($3)) FOR UPDATE OF p",
        merchant_id,
        payout_id,
        list(store_ids),
    )
    if row is None:
        return NoPayout()
    if replayed:
        return _about(row)
    if row["state"] != "failed":
        return PayoutNotFailed(row["state"])
    await tx.execute(
        "UPDATE payouts SET state = 'processing', ended_at = NULL, accepted_at = NULL, tries = 0, next_at = $3, round = round + $4"
        " WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        payout_id,
        at,
        1 if row["trouble"] == "CLOSED" else 0,
    )
    await _moved(tx, row, "processing", at)
    return _about(row)


def to_deposit(payout: PayoutInfo) -> bool:
    """Whether a refund's payout goes to the payment of a deposit (`refund_rules.payout_number`)."""
    return payout.refund_id is not None and payout.number.endswith("P")


async def of_orders(merchant_id: UUID, order_ids: Sequence[UUID]) -> dict[UUID, list[PayoutInfo]]:
    """The payouts of orders, by order, the oldest first."""
    rows = await database.fetch(
        "SELECT id, order_id, refund_id, number, amount_fen, state, tries, trouble, made_at, accepted_at, ended_at FROM payouts"
        " WHERE merchant_id = $1 AND order_id = ANY($2::uuid[]) ORDER BY id",
        merchant_id,
        list(order_ids),
    )
    found: dict[UUID, list[PayoutInfo]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(PayoutInfo(**row))
    return found


async def of_presale(merchant_id: UUID, presale_id: UUID) -> list[PayoutInfo]:
    """What goes back of a deposit, the oldest first."""
    rows = await database.fetch(
        "SELECT id, order_id, refund_id, number, amount_fen, state, tries, trouble, made_at, accepted_at, ended_at FROM payouts"
        " WHERE merchant_id = $1 AND presale_id = $2 ORDER BY id",
        merchant_id,
        presale_id,
    )
    return [PayoutInfo(**row) for row in rows]


async def open_payouts(merchant_id: UUID) -> list[tuple[str, PayoutInfo]]:
    """(number of the order or pre-sale, payout) of what has not gone back yet, the oldest first."""
    rows = await database.fetch(
        "SELECT coalesce(o.number, s.number) AS order_number, p.id, p.order_id, p.refund_id, p.number, p.amount_fen, p.state, p.tries, p.trouble, p.made_at, p.accepted_at, p.ended_at"
        " FROM payouts p LEFT JOIN orders o ON o.merchant_id = p.merchant_id AND o.id = p.order_id"
        " LEFT JOIN presales s ON s.merchant_id = p.merchant_id AND s.id = p.presale_id"
        " WHERE p.merchant_id = $1 AND p.state <> 'succeeded' ORDER BY p.id",
        merchant_id,
    )
    return [(row["order_number"], PayoutInfo(**{k: v for k, v in row.items() if k != "order_number"})) for row in rows]
