"""What the offers that give something from a threshold on have in common: once, or for every full `min`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import Effect, Field, Need, yuan
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class Steps(Effect):
    """Given once from `min` on, or with `every` for each full `min`."""

    min: int
    every: bool
    threshold: ClassVar[bool] = True

    def times(self, base: int, cap: int | None) -> int:
        times = base // self.min if self.every else int(base >= self.min)
        return times if cap is None else min(times, cap)

    def need(self) -> Need:
        return Need("fen", self.min)

    def zh_when(self) -> str:
        if not self.min:
            return ""
        return f"{'每' if self.every else ''}满{yuan(self.min)}"

    def en_when(self) -> str:
        if not self.min:
            return ""
        return f" for every ¥{yuan(self.min)}" if self.every else f" from ¥{yuan(self.min)}"


def read_steps(r: Reader) -> tuple[int, bool]:
    every = r.flag("every")
    return r.number("min", 1 if every else 0, default=None if every else 0), every


STEP_FIELDS = (
    Field("min", "fen", "满多少", "from", zero=True),
    Field("every", "flag", "每满一次给一次", "for every full amount", required=False, usual=True),
)
