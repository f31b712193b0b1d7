"""Signed links to private drops (K04), and whose link it was: a poster's, a promoter's, a partner's (K12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from backend.coupons.rules import Problem
from backend.kit import crypto

VIA_KINDS = ("poster", "promoter", "partner")
VIA_CODE = re.compile(r"[A-Za-z0-9_-]{1,24}")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link names; `via` is whose it is, `kind:code`, None for the drop's own."""

    drop_id: UUID
    via: str | None = None


def via_of(kind: str, code: str) -> str | Problem:
    """Whose link it is, as coupons keep it."""
    if kind not in VIA_KINDS or not VIA_CODE.fullmatch(code):
        return Problem("code", "编号须是 1–24 个字母、数字、- 或 _")
    return f"{kind}:{code}"


def link_token(secret: bytes, drop_id: UUID, via: str | None = None) -> str:
    """What makes a link to a private drop work; it cannot be made from another drop's, nor for another poster."""
    return crypto.sign(secret, "drop-link", f"{drop_id.hex}~{via}" if via else drop_id.hex)


def link_of(secret: bytes, token: str) -> Link | None:
    """What a link names, or None when the link was not made here."""
    if len(token) > 120 or not token.isascii():
        return None
    text = crypto.verified(secret, "drop-link", token)
    if not text:
        return None
    drop, _, via = text.partition("~")
    return Link(UUID(hex=drop), via or None)
