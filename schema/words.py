"""Rules in words, made from the machine rule (the window and the end of a coupon are shown apart)."""

from __future__ import annotations

import json
from functools import lru_cache

from backend import offers, pricing


@lru_cache(maxsize=4096)
def _rule_of(source: str, coupon: bool) -> str:
    definition = offers.without_window(json.loads(source))
    if coupon:
        definition.pop("expires", None)
        return pricing.sentence(pricing.parse_coupon(definition), "zh")
    return pricing.sentence(pricing.parse_offer(definition), "zh")


def rule(offer: pricing.Offer | None) -> str:
    """满200减30，限丸滑: the rule without its window."""
    return _rule_of(offer.source, offer.is_coupon) if offer else ""


def short(offer: pricing.Offer) -> str:
    """The rule in at most 12 characters, for a tag."""
    words = rule(offer).split("，")[0]
    return words if len(words) <= 12 else words[:11] + "…"


def yuan(fen: int) -> str:
    """¥12.50, −¥3.00."""
    return f"{'−' if fen < 0 else ''}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"
