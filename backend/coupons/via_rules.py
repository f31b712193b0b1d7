"""Pure: whose link or codes a coupon came by, a poster's, a promoter's, a partner's (K12), and where it came from (K04)."""

from __future__ import annotations

import re

from backend.coupons.rules import Access, Problem

VIA_KINDS = ("poster", "promoter", "partner")
VIA_CODE = re.compile(r"[A-Za-z0-9_-]{1,24}")
SOURCES: dict[Access, str] = {
    "public": "claim",
    "link": "link",
    "shared": "shared_code",
    "codes": "code",
    "staff": "staff",
}
PARTNER = "partner"


def via_of(kind: str, code: str, path: str = "code") -> str | Problem:
    """Whose it is, as coupons keep it."""
    if kind not in VIA_KINDS or not VIA_CODE.fullmatch(code):
        return Problem(path, "编号须是 1–24 个字母、数字、- 或 _")
    return f"{kind}:{code}"


def source_of(access: Access, brought: str | None) -> str:
    """`coupons.source` by how a coupon was had: what a partner gives its people, by link or by code, is the partner's."""
    return PARTNER if brought is not None and brought.startswith(f"{PARTNER}:") else SOURCES[access]
