"""Pure rules about coupons: validity, faces in words, what a drop must be, codes, states."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from backend import pricing

DropState = Literal["DRAFT", "UPCOMING", "OPEN", "SOLD_OUT", "ENDED"]
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters that cannot be mistaken for one another
MAX_TOTAL = 10_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Validity:
    """Either a window, or hours after the claim (K01)."""

    valid_from: datetime | None
    valid_until: datetime | None
    hours: int | None

    def of_claim(self, at: datetime) -> tuple[datetime, datetime]:
        """(from, until) of a coupon claimed at `at`; the end is excluded."""
        if self.hours is not None:
            return at, at + timedelta(hours=self.hours)
        assert self.valid_until is not None
        return max(at, self.valid_from or at), self.valid_until


def drop_state(stored: str, starts_at: datetime, ends_at: datetime, issued: int, total: int, at: datetime) -> DropState:
    match stored:
        case "draft":
            return "DRAFT"
        case "ended":
            return "ENDED"
        case "published":
            if at >= ends_at:
                return "ENDED"
            if at < starts_at:
                return "UPCOMING"
            return "SOLD_OUT" if issued >= total else "OPEN"
    raise ValueError(f"unknown drop state {stored!r}")


def check_drop(
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    total: int,
    per_member: int,
    validity: Validity,
    content: Mapping[str, Any],
    scope: Mapping[str, Any],
) -> list[Problem]:
    """Every fault of a drop and its template. A coupon must outlive its claim window (K02)."""
    problems = []
    if not 1 <= len(name.strip()) <= 18:
        problems.append(Problem("name", "名称须有 1–18 个字"))
    if starts_at >= ends_at:
        problems.append(Problem("endsAt", "结束时间须晚于开始时间"))
    if not 1 <= total <= MAX_TOTAL:
        problems.append(Problem("total", f"发放总量须为 1–{MAX_TOTAL}"))
    if not 1 <= per_member <= 99:
        problems.append(Problem("perMember", "每人限领须为 1–99"))
    if (validity.valid_until is None) == (validity.hours is None):
        problems.append(Problem("validUntil", "有效期须二选一：固定截止时间，或领取后若干小时"))
    elif validity.hours is not None and not 1 <= validity.hours <= 24 * 366:
        problems.append(Problem("validHours", "领取后有效小时数须为 1–8784"))
    elif validity.valid_until is not None and validity.valid_until <= ends_at:
        problems.append(Problem("validUntil", "券的截止时间须晚于领取结束时间，否则有人领到即过期"))
    elif (
        validity.valid_until is not None
        and validity.valid_from is not None
        and validity.valid_from >= validity.valid_until
    ):
        problems.append(Problem("validFrom", "生效时间须早于截止时间"))
    probe = {
        "id": "draft",
        "template": "draft",
        "content": dict(content),
        "scope": dict(scope),
        "expires": ends_at.isoformat(),
    }
    try:
        pricing.parse_coupon(probe, "content")
    except pricing.Malformed as error:
        problems += [Problem(p.path.replace("content.content.", "content."), p.message) for p in error.problems]
    return problems


def coupon_code(merchant_id: UUID, coupon_id: UUID, secret: bytes) -> str:
    """12 characters: 11 from a keyed hash (55 bits, not guessable from other codes) and a check character (C8)."""
    value = int.from_bytes(
        hashlib.blake2b(merchant_id.bytes + coupon_id.bytes, key=secret[:64], digest_size=8).digest(), "big"
    )
    body = "".join(ALPHABET[(value >> (5 * n)) & 31] for n in range(11))
    return body + check_character(body)


def check_character(body: str) -> str:
    """Finds every single wrong character: weights are odd, hence invertible modulo 32."""
    return ALPHABET[sum(ALPHABET.index(ch) * (2 * n + 1) for n, ch in enumerate(body)) % 32]


def well_formed(code: str) -> bool:
    return len(code) == 12 and all(ch in ALPHABET for ch in code) and check_character(code[:-1]) == code[-1]
