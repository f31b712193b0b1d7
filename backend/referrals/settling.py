"""What the friend's first completed order brings the inviter, and what its refunds take back (B05).

A consumer of the outbox: each event in a transaction of its own, marked in it (E1). Lock order: the inviter's code → the
referral → accounts. What is due is computed anew from the order each time, so that events may come twice, late or together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import ledger, merchants, orders
from backend.kit import database, outbox
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.outbox import Stored
from backend.referrals.rules import month_of, reward
from backend.referrals.service import terms_of

CONSUMER = "referrals"
TAKES = ("OrderCompleted", "OrderRefunded")


async def absorb(events: Sequence[Stored], at: datetime) -> int:
    """Settles what these events are about; returns how many referrals moved. Safe to call again with the same events."""
    mine = [event for event in events if event.kind in TAKES]
    if not mine:
        return 0
    rows = await database.fetch(
        "SELECT r.merchant_id, r.friend_id FROM referrals r WHERE (r.merchant_id, r.friend_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
        [event.merchant_id for event in mine],
        [UUID(event.payload["member_id"]) for event in mine],
    )
    bound = {(row["merchant_id"], row["friend_id"]) for row in rows}
    moved = 0
    for event in mine:
        if (event.merchant_id, UUID(event.payload["member_id"])) in bound:
            async with database.transaction() as tx:
                if await outbox.once(tx, CONSUMER, [event], at):
                    moved += await _settle(tx, event, at)
    return moved


async def _settle(tx: Tx, event: Stored, at: datetime) -> bool:
    """Decides a referral that waits, or brings one that was rewarded to what its order still stands for."""
    merchant_id, order_id = event.merchant_id, UUID(event.payload["order_id"])
    inviter = await tx.fetchval(
        "SELECT inviter_id FROM referrals WHERE merchant_id = $1 AND friend_id = $2",
        merchant_id,
        UUID(event.payload["member_id"]),
    )
    await tx.execute(
        "SELECT id FROM invite_codes WHERE merchant_id = $1 AND member_id = $2 FOR UPDATE", merchant_id, inviter
    )
    row = await tx.fetchrow(
        "SELECT * FROM referrals WHERE merchant_id = $1 AND friend_id = $2 FOR UPDATE",
        merchant_id,
        UUID(event.payload["member_id"]),
    )
    assert row is not None, "referrals are never deleted"
    if row["state"] == "bound" and event.kind == "OrderCompleted":
        row = await _decided(tx, row, order_id, datetime.fromisoformat(event.payload["at"]), at)
    if row["state"] != "rewarded" or row["order_id"] != order_id:
        return False
    return await _bring_to(tx, row, await _earned(merchant_id, order_id), at)


async def _decided(tx: Tx, row: dict[str, Any], order_id: UUID, completed_at: datetime, at: datetime) -> dict[str, Any]:
    """The friend's first completed order: rewarded, or over the inviter's limit of the month in which it was completed. The
    terms of this moment stay with it."""
    merchant_id, terms = row["merchant_id"], await terms_of(row["merchant_id"])
    month = month_of(local_day(completed_at, (await merchants.get(merchant_id)).time_zone))
    rewarded = await tx.fetchval(
        "SELECT count(*) FROM referrals WHERE merchant_id = $1 AND inviter_id = $2 AND state = 'rewarded' AND month = $3",
        merchant_id,
        row["inviter_id"],
        month,
    )
    state = "rewarded" if terms.enabled and rewarded < terms.monthly else "over_limit"
    found = await tx.fetchrow(
        "UPDATE referrals SET state = $3, order_id = $4, settled_at = $5, month = $6, share_bp = $7, most_points = $8"
        " WHERE merchant_id = $1 AND id = $2 RETURNING *",
        merchant_id,
        row["id"],
        state,
        order_id,
        at,
        month,
        terms.share_bp,
        terms.most_points,
    )
    assert found is not None
    return found


async def _earned(merchant_id: UUID, order_id: UUID) -> int:
    """Points that an order earned, less what its refunds took of them."""
    order = await orders.get(merchant_id, order_id)
    assert order is not None, "orders are never deleted"
    batches = (await orders.refunds.of_orders(merchant_id, [order_id])).get(order_id, [])
    return sum(earned.get("points", 0) for earned in orders.still_earned(order, batches))


async def _bring_to(tx: Tx, row: dict[str, Any], earned: int, at: datetime) -> bool:
    """Gives or takes the difference to what is due. What the inviter has spent meanwhile is not there to be taken: it is
    written down as short."""
    more = reward(earned, row["share_bp"], row["most_points"]) - row["points"] + row["short"]
    if more == 0:
        return False
    change, found = more, await _move(tx, row, more, at)
    if isinstance(found, ledger.Short):
        change = -max(0, min(found.available, -more))
        if change:
            assert isinstance(await _move(tx, row, change, at), ledger.Moved), (
                "what is free under the lock can be taken"
            )
    await tx.execute(
        "UPDATE referrals SET points = points + $3, short = short + $4, moves = moves + $5 WHERE merchant_id = $1 AND id = $2",
        row["merchant_id"],
        row["id"],
        change,
        change - more,
        1 if change else 0,
    )
    return True


async def _move(tx: Tx, row: dict[str, Any], points: int, at: datetime) -> ledger.Moved | ledger.Short:
    """One transfer, to the inviter or, below zero, from."""
    merchant_id, mine = row["merchant_id"], ledger.member(row["inviter_id"])
    book = ledger.merchant_book(merchant_id)
    text = f"好友首单完成，邀请奖励 {points} 积分" if points > 0 else f"好友首单退款，收回邀请奖励 {-points} 积分"
    return await ledger.transfer(
        tx,
        merchant_id,
        debit=book if points > 0 else mine,
        credit=mine if points > 0 else book,
        unit="points",
        amount=abs(points),
        kind="referral" if points > 0 else "claw_back",
        business_key=f"referral:{row['id']}:{row['moves'] + 1}",
        at=at,
        memo={"text": text, "referral": str(row["id"])},
    )
