"""抵扣上限 (P04) and 投诉答复时限 (R05) of a merchant, as staff set them; the commands set the same (docs/settings.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from backend import pricing
from backend.kit import database, idempotency
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.merchants.service import COMPLAINT_MINUTES, complaint_minutes, set_complaint_minutes
from backend.merchants.stacking import SettingInvalid, SettingProblem
from backend.merchants.tenders import MOST_FEN, price_policy, put_tender_cap

FIELDS = {"red_packet": "redPacket", "points": "points", "balance": "balance"}
"""What the edge calls the tenders that a merchant may cap."""


def _faults(kind: str, cap: pricing.TenderCap | None) -> list[SettingProblem]:
    if cap is None:
        return []
    if cap.bp is None and cap.fen is None:
        return [SettingProblem(FIELDS[kind], "请填写最多抵的比例、金额，或两者；不限请留空")]
    found = []
    if cap.bp is not None and not 0 <= cap.bp <= 10_000:
        found.append(SettingProblem(f"{FIELDS[kind]}.maxShareBp", "抵扣比例为 0%–100%"))
    if cap.fen is not None and not 0 <= cap.fen <= MOST_FEN:
        found.append(SettingProblem(f"{FIELDS[kind]}.maxFen", f"每单最多抵 0–{MOST_FEN // 100} 元"))
    return found


async def state_tender_caps(
    merchant_id: UUID, actor: str, caps: Mapping[str, pricing.TenderCap | None], key: str, at: datetime
) -> tuple[pricing.TenderCap, ...] | SettingInvalid | IdempotencyConflict:
    """Changes the caps of the kinds that are given (None: no cap) for prices from now on, all of them or none; open carts are priced
    again, orders keep the caps of their day. The caps in force after it."""
    problems = [fault for kind, cap in caps.items() for fault in _faults(kind, cap)]
    if problems:
        return SettingInvalid(tuple(problems))
    stated = {kind: cap.to_json() if cap else None for kind, cap in caps.items()}
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setTenderPolicy", stated, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            for kind, cap in caps.items():
                bp, fen = (cap.bp, cap.fen) if cap else (None, None)
                await put_tender_cap(tx, merchant_id, kind, bp, fen, at, actor)
            await idempotency.finish(tx, begun, {"type": "TenderPolicy"})
    return (await price_policy(merchant_id)).tender_caps


async def state_complaint_minutes(
    merchant_id: UUID, actor: str, minutes: int, key: str, at: datetime
) -> int | SettingInvalid | IdempotencyConflict:
    """States within how many minutes complaints made from now on are answered; the minutes in force after it. What was promised
    before stays, and the record of the key keeps who stated what."""
    if minutes not in COMPLAINT_MINUTES:
        least, most = COMPLAINT_MINUTES[0] // 60, COMPLAINT_MINUTES[-1] // 1440
        return SettingInvalid((SettingProblem("minutes", f"答复时限为 {least} 小时到 {most} 天"),))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setComplaintPolicy", minutes, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            await set_complaint_minutes(merchant_id, minutes, tx)
            await idempotency.finish(tx, begun, {"type": "ComplaintPolicy", "minutes": minutes})
    return await complaint_minutes(merchant_id)
