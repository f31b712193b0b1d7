"""红包 by hand (P04, K04): a clerk gives a red packet with a reason, within what one clerk may give on one day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend import ledger, merchants
from backend.coupons.life import ClerkLimitReached, take_of_day
from backend.coupons.rules import Problem
from backend.coupons.templates import Invalid
from backend.kit import database, idempotency
from backend.kit.idempotency import IdempotencyConflict, Replay


async def give_packet(
    merchant_id: UUID,
    actor: str,
    staff_id: UUID,
    member_id: UUID,
    fen: int,
    min_fen: int,
    days: int,
    reason: str,
    key: str,
    at: datetime,
) -> ledger.RedPacket | Invalid | ClerkLimitReached | IdempotencyConflict:
    """A red packet of `fen` for orders of `min_fen` and more, to the end of the day `days` after today. It counts towards the
    clerk's day like a compensation coupon of that face. The caller knows that the member is there."""
    problems = _faults(fen, min_fen, days, reason)
    if problems:
        return Invalid(tuple(problems))
    tz = (await merchants.get(merchant_id)).time_zone
    async with database.transaction() as tx:
        wish = [str(member_id), fen, min_fen, days, reason.strip()]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "grantRedPacket", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            mark = str(begun.answer["key"])
        else:
            full = await take_of_day(tx, merchant_id, staff_id, fen, tz, at)
            if full is not None:
                return full
            mark = f"red_packet:{begun.record_id}"
            await ledger.packets.give(
                tx,
                merchant_id,
                member_id,
                fen,
                ledger.PacketTerms(min_fen, ledger.days_later(at, days, tz)),
                kind="grant",
                business_key=mark,
                at=at,
                memo={"reason": reason.strip(), "actor": actor},
            )
            await idempotency.finish(tx, begun, {"type": "RedPacket", "key": mark})
    given = await ledger.packets.by_key(merchant_id, mark, at)
    assert given is not None, "it was given in this transaction or in one before"
    return given


def _faults(fen: int, min_fen: int, days: int, reason: str) -> list[Problem]:
    problems = []
    if not 1 <= fen <= ledger.MOST_PACKET_FEN:
        problems.append(Problem("fen", "红包金额须是 0.01 元至 100 万元"))
    if not 0 <= min_fen <= ledger.MOST_PACKET_FEN:
        problems.append(Problem("minFen", "使用门槛不能为负，最多 100 万元"))
    if not 1 <= days <= ledger.MOST_PACKET_DAYS:
        problems.append(Problem("validDays", f"有效天数须为 1–{ledger.MOST_PACKET_DAYS}"))
    if not 2 <= len(reason.strip()) <= 100:
        problems.append(Problem("reason", "请写明发放原因，2–100 个字"))
    return problems
