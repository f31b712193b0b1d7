"""Pure: which words a member gets, and what fits a subscribe message (M01, M03)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

THING_LENGTH = 20
BIRTHDAY_HOUR = 9
"""Messages for a birthday leave from nine in the morning, in the merchant's time zone."""


def copy_for(lines: Mapping[str, Sequence[str]], region: str, member_id: UUID, values: Mapping[str, str]) -> str:
    """One line in the member's dialect: the regional variant (cd, cq, cn), else Sichuan at large ("all"), else Mandarin
    ("zh"). Which of several is chosen follows from the member, so a message sent again reads the same."""
    variants = lines.get(region) or lines.get("zh") or ()
    if region == "all":
        variants = lines.get("zh") or ()
    if not variants:
        raise ValueError("there is no copy, not even in Mandarin")
    pick = int.from_bytes(hashlib.sha256(member_id.bytes).digest()[:4], "big") % len(variants)
    text = variants[pick].format(**values)
    if len(text) > THING_LENGTH:
        raise ValueError(f"{text!r} does not fit a message field of {THING_LENGTH} characters")
    return text


def yuan(fen: int) -> str:
    """15.00 → "15", 15.50 → "15.5": amounts in copy are short."""
    whole, rest = divmod(fen, 100)
    return str(whole) if rest == 0 else f"{whole}.{rest:02d}".rstrip("0")


def day_text(at: datetime, tz: str) -> str:
    """2026年11月29日, as a `date` field of WeChat wants it."""
    local = at.astimezone(ZoneInfo(tz))
    return f"{local.year}年{local.month}月{local.day}日"


def birthday_key(day: date, member_id: UUID) -> str:
    """Once a year and member, however often the schedule runs."""
    return f"birthday:{day.year}:{member_id}"
