"""What is earned (返还) on the goods of an order: in a quote, and again on what is kept after a return."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from backend.pricing.model import Offer
from backend.pricing.offers.base import Reward

__all__ = ["Counted", "Got", "Reward", "earnings"]


class Counted(NamedTuple):
    """An offer, and the money on its lines that counts for it."""

    rule: Offer
    base: int
    cap: int | None = None


class Got(NamedTuple):
    rule: Offer
    reward: Reward


def earnings(counted: Iterable[Counted]) -> list[Got]:
    """What each gives; factors on points come after all that give points, in the order of (priority, id)."""
    ordered = sorted(counted, key=lambda c: (c.rule.effect.factor, c.rule.priority, c.rule.id))
    found = []
    points = 0
    for rule, base, cap in ordered:
        reward = rule.effect.earn(base, points, cap)
        if reward:
            points += 0 if rule.effect.apart else reward.points
            found.append(Got(rule, reward))
    return found
