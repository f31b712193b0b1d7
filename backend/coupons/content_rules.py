"""Pure: what the content of a coupon says by itself: which article it is about, what it may take off or give at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend import pricing

ABOUT_ONE_ARTICLE = ("exchange", "trial")
NOT_TOLD: Mapping[str, str | None] = dict.fromkeys(("exchange", "trial", "bundle", "points"))
POINTS_PER_YUAN = pricing.Policy().points_per_yuan_off


def article_of(content: Mapping[str, Any]) -> str | None:
    """The article that a coupon is exchanged for, sold for or tried; None: it is about no single one."""
    ((kind, given),) = content.items()
    return str(given["sku"]) if kind in ABOUT_ONE_ARTICLE else None


def brings(content: Mapping[str, Any]) -> bool:
    """Whether it takes nothing off, and is used only where its owner chooses it: extra points, what was paid given back."""
    return "points" in content or "give_back" in content


def lowers(content: Mapping[str, Any]) -> bool:
    """Whether it takes something off goods, so that it can ask for goods at full price (原价券, K01)."""
    return not brings(content) and "shipping" not in content


def face_of(content: Mapping[str, Any]) -> int | None:
    """The most fen that such a coupon can take off or bring, points at what they pay; None when the content alone does not say
    (an article for free or at a price, a set, a discount without a cap, shipping of any fee, a factor on points). What a
    budget counts (C7)."""
    ((kind, given),) = content.items()
    if kind == "points" and "count" in given:
        return -(-int(given["count"]) * 100 // POINTS_PER_YUAN)
    fields = {"off": "off", "percent": "max_off", "shipping": "off", "give_back": "max", **NOT_TOLD}
    if kind not in fields:
        raise ValueError(f"unknown content {kind!r}")
    name = fields[kind]
    face: int | None = given.get(name) if name else None
    return face
