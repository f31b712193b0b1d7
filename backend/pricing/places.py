"""Where a search stands and where it can go, what it may still spend, combinations by line and by offer."""

from __future__ import annotations

from typing import NamedTuple

from backend.pricing.evaluation import Outcome
from backend.pricing.options import Option
from backend.pricing.stacking import bits

Change = tuple[int, int, int]
"""A stake, the slots that it has taken, the surplus that it can still have."""


class Place(NamedTuple):
    """Where a search stands: the bound reached by the prices, offers that must apply and that may not; and as `ahead` tells
    it, what the lines decided cost and what they leave to the others to see."""

    reached: int
    on: int
    off: int
    own: int = 0
    state: int = 0


class Way(NamedTuple):
    """An option that a line may take: the bound with all that is known, where it leads, what it changes for offers."""

    hope: int
    option: Option
    to: Place
    changes: list[Change]


class Budget:
    """Steps that are left, and the least bound of what was not searched."""

    __slots__ = ("left", "open_bound")

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.open_bound: int | None = None

    def gave_up(self, bound: int) -> None:
        self.open_bound = bound if self.open_bound is None else min(self.open_bound, bound)


def by_line(out: Outcome, lines: int) -> list[int]:
    """Offers by line, coupons aside."""
    masks = [0] * lines
    for i, mask in out.takes.items():
        if i not in out.coupons:
            for line in bits(mask):
                masks[line] |= 1 << i
    return masks


def by_offer(masks: list[int]) -> dict[int, int]:
    """Lines by offer, from offers by line."""
    takes: dict[int, int] = {}
    for line, mask in enumerate(masks):
        for i in bits(mask):
            takes[i] = takes.get(i, 0) | 1 << line
    return takes
