"""Pure rules of reviews and shares (B04)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

ABOUT = ("drop", "promotion", "lottery")
Why = Literal["NOT_COMPLETED", "NOT_BOUGHT", "RETURNED"]


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


def check_review(stars: int, text: str) -> list[Problem]:
    problems = []
    if not 1 <= stars <= 5:
        problems.append(Problem("stars", "请选 1–5 颗星"))
    if not 5 <= len(text.strip()) <= 300:
        problems.append(Problem("text", "请写 5–300 个字"))
    return problems


def bought(lines: Iterable[tuple[str, int, int, int, str]]) -> list[str]:
    """Articles of an order that were paid for, once each, in their order; gifts are not."""
    return list(dict.fromkeys(sku for sku, _, _, _, kind in lines if kind != "gift"))


def obstacle(state: str, skus: Iterable[str], left: Mapping[str, int], sku: str) -> Why | None:
    """Why this article of an order cannot be reviewed. `left` are units that the customer still has."""
    if sku not in list(skus):
        return "NOT_BOUGHT"
    if state == "refunded" or (state == "completed" and left.get(sku, 0) == 0):
        return "RETURNED"
    return None if state == "completed" else "NOT_COMPLETED"


def within_cap(each: int, cap: int, given: int) -> int:
    """What one more brings on a day on which `given` was brought."""
    return max(0, min(each, cap - given))


def parse_about(text: str) -> str | None:
    """ "drop:<id>" as it is stored, or None when nothing of the kind is shared."""
    kind, _, rest = text.partition(":")
    return text if kind in ABOUT and 0 < len(rest) <= 40 and rest.isascii() and rest.isalnum() else None
