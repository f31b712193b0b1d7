"""Pure rules about members: no I/O, no clock."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date
from uuid import UUID

BIRTHDAY, BIRTHDAY_MONTH = "birthday", "birthday_month"
"""Labels that the calendar puts on a customer on the day and in the month of the birthday (`when.tag` of an offer)."""

DIALECT_OF_CITY = {
    "成都": "cd",
    "绵阳": "cd",
    "德阳": "cd",
    "乐山": "cn",
    "自贡": "cn",
    "宜宾": "cn",
    "泸州": "cn",
    "内江": "cn",
    "重庆": "cq",
    "南充": "cq",
    "达州": "cq",
}
"""Regional variant of Sichuan dialect by city (M03): cd 成都, cq 重庆/川东, cn 川南. Elsewhere: Mandarin."""


MEMBER_CODE_LENGTH = 16
PAY_CODE_LENGTH = 26


def member_code(merchant_id: UUID, member_id: UUID) -> str:
    """会员码: 16 digits that begin with 90, so that till scanners do not take it for a payment code."""
    digest = hashlib.sha256(merchant_id.bytes + member_id.bytes).digest()
    return f"90{int.from_bytes(digest[:8], 'big') % 10**14:014d}"


def birth_md(birthday: date) -> str:
    return f"{birthday.month:02d}-{birthday.day:02d}"


def celebrates_on(birth: str, day: date) -> bool:
    """Whether a birthday (MM-DD) is kept on `day`. 29 February is kept on 28 February of other years."""
    if birth == "02-29" and (day.month, day.day) == (2, 28):
        return not _leap(day.year)
    return birth == f"{day.month:02d}-{day.day:02d}"


def labels_of_day(birth: str | None, day: date) -> tuple[str, ...]:
    """Labels that a birthday (MM-DD) gives on a day of the merchant's calendar."""
    if birth is None or birth[:2] != f"{day.month:02d}":
        return ()
    return (BIRTHDAY_MONTH, BIRTHDAY) if celebrates_on(birth, day) else (BIRTHDAY_MONTH,)


def labels_of_state(lifecycle: str, rfm_tier: str | None) -> tuple[str, ...]:
    """Labels of a life-cycle state and an RFM tier: lifecycle_lost, rfm_at_risk."""
    return (f"lifecycle_{lifecycle}", *((f"rfm_{rfm_tier}",) if rfm_tier else ()))


def birthdays_kept_on(day: date) -> list[str]:
    """The MM-DD values whose owners are congratulated on `day`."""
    days = [f"{day.month:02d}-{day.day:02d}"]
    if celebrates_on("02-29", day) and "02-29" not in days:
        days.append("02-29")
    return days


def normal_phone(text: str) -> str:
    """A phone number as it is looked up by: spaces, hyphens, full-width digits and China's +86 do not make another person (C2)."""
    plain = re.sub(r"[\s\-–—]+", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", plain)


def mask_phone(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


def masked_name(nickname: str) -> str:
    """A name as others see it: 李**."""
    return f"{nickname[:1]}**" if nickname else "微信好友"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
