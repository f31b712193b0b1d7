"""Pure: which words a member gets, and what fits a subscribe message (M01, M03)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

THING_LENGTH = 20
BIRTHDAY_HOUR = 9
"""Messages for a birthday leave from nine in the morning, in the merchant's time zone."""


def copy_for(lines: Mapping[str, Sequence[str]], region: str, member_id: UUID, *values: Mapping[str, str]) -> str:
    """One line in the member's dialect: the regional variant (cd, cq, cn), else Sichuan at large ("all"), else Mandarin
    ("zh"). Which of several is chosen follows from the member, so a message sent again reads the same. Of several `values`
    the first is taken with which the line fits."""
    variants = lines.get(region) or lines.get("zh") or ()
    if region == "all":
        variants = lines.get("zh") or ()
    if not variants:
        raise ValueError("there is no copy, not even in Mandarin")
    pick = int.from_bytes(hashlib.sha256(member_id.bytes).digest()[:4], "big") % len(variants)
    texts = [variants[pick].format(**given) for given in values]
    fitting = next((text for text in texts if len(text) <= THING_LENGTH), None)
    if fitting is None:
        raise ValueError(f"{texts[-1]!r} does not fit a message field of {THING_LENGTH} characters")
    return fitting


def gift_words(content: Mapping[str, Any]) -> tuple[str, ...]:
    """What a coupon with a face is, in words before 券, from the fullest (满60减15) to what fits any line; its scope and the rest of
    its terms stand on the coupon."""
    ((kind, given),) = content.items()
    least = f"满{yuan(given['min'])}" if given.get("min") else ""
    match kind:
        case "off":
            words = [f"{least or '立'}减{yuan(given['off'])}" + ("" if least else "元"), f"减{yuan(given['off'])}元"]
        case "percent":
            share = f"{given['pay_bp'] / 1000:g}折"
            words = [f"{least}打{share}" if least else f"{share}最多减{yuan(given['max_off'])}", share]
        case "shipping":
            words = [f"{least}减运费{yuan(given['off'])}元", f"减运费{yuan(given['off'])}元", "减运费"]
        case "points":
            words = [f"{least}送{given['count']}积分", f"送{given['count']}积分"]
        case "give_back":
            words = [f"返红包最多{yuan(given['max'])}元", "返红包"]
        case _:
            words = []
    return (*words, "专享")


def yuan(fen: int) -> str:
    """15.00 → "15", 15.50 → "15.5": amounts in copy are short."""
    whole, rest = divmod(fen, 100)
    return str(whole) if rest == 0 else f"{whole}.{rest:02d}".rstrip("0")


def day_text(at: datetime, tz: str) -> str:
    """2026年11月29日, as a `date` field of WeChat wants it."""
    local = at.astimezone(ZoneInfo(tz))
    return f"{local.year}年{local.month}月{local.day}日"


def last_day_text(ends: datetime, tz: str) -> str:
    """The day on which something may still be used that is over at `ends`: the day before where it ends at midnight."""
    return day_text(ends - timedelta(microseconds=1), tz)


def birthday_key(day: date, member_id: UUID) -> str:
    """Once a year and member, however often the schedule runs."""
    return f"birthday:{day.year}:{member_id}"
