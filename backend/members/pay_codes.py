"""付款码: the member code with ten digits behind it that hold for a minute and pay once.

The member code alone says who somebody is; whoever has seen it, or knows the phone number, could spend what is theirs at a
till. The digits are made from the time by a key that only this shop has (RFC 6238 with steps of a second, made and read
by the same clock), and a code is taken once: what is shown after it, not what was shown before (ibid. 5.2)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from backend.kit import crypto, database
from backend.kit.database import Tx
from backend.members.rules import MEMBER_CODE_LENGTH, PAY_CODE_LENGTH
from backend.members.service import matching

VALID = 60
"""Seconds that a code holds; from one to the next it is a second."""
AHEAD = 5
"""Seconds by which a code may be early: who has just paid is shown the next second's at once."""
DIGITS = PAY_CODE_LENGTH - MEMBER_CODE_LENGTH


@dataclass(frozen=True, slots=True)
class PayCode:
    code: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose code it is. `step` is the code's time where it may pay; None for a member code or a phone number."""

    member_id: UUID
    step: int | None


async def pay_code(secret: bytes, merchant_id: UUID, member_id: UUID, at: datetime) -> PayCode:
    """The code that a member shows now."""
    row = await database.fetchrow(
        "SELECT member_code, pay_step FROM members WHERE merchant_id = $1 AND id = $2", merchant_id, member_id
    )
    if row is None:
        raise LookupError(f"no member {member_id}")
    step = max(int(at.timestamp()), -1 if row["pay_step"] is None else row["pay_step"] + 1)
    until = datetime.fromtimestamp(step + VALID, tz=UTC)
    return PayCode(row["member_code"] + _digits(secret, merchant_id, member_id, step), until)


async def shown(secret: bytes, merchant_id: UUID, text: str, at: datetime) -> Shown | None:
    """Who shows this code at a till: a pay code, a member code or a phone number. None for nobody, and for a pay code that
    is no longer one."""
    found = await matching(secret, merchant_id, text)
    if len(found) != 1:
        return None
    (member_id,) = found
    if len(text) != PAY_CODE_LENGTH:
        return Shown(member_id, None)
    if not text.isascii():  # nobody's digits; and only plain ones can be compared
        return None
    second = int(at.timestamp())
    for step in range(second + AHEAD, second - VALID, -1):
        if hmac.compare_digest(_digits(secret, merchant_id, member_id, step), text[MEMBER_CODE_LENGTH:]):
            return Shown(member_id, step)
    return None


async def take(tx: Tx, merchant_id: UUID, member_id: UUID, step: int) -> bool:
    """Uses a code up, and all that were shown before it. False: it, or a later one, was used already."""
    taken = await tx.fetchval(
        "UPDATE members SET pay_step = $3 WHERE merchant_id = $1 AND id = $2 AND (pay_step IS NULL OR pay_step < $3) RETURNING id",
        merchant_id,
        member_id,
        step,
    )
    return taken is not None


def _digits(secret: bytes, merchant_id: UUID, member_id: UUID, step: int) -> str:
    key = crypto.derive(secret, "pay-code")
    made = hmac.digest(key, merchant_id.bytes + member_id.bytes + step.to_bytes(8, "big"), hashlib.sha256)
    return f"{int.from_bytes(made[:8], 'big') % 10**DIGITS:0{DIGITS}d}"
