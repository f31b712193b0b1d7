"""Contents of a coupon that takes nothing off: what is paid brings something when the order completes.

额外积分券 points: so many points more, or a factor on those of the order. 全额返券 give_back: what was paid, up to a sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.model import MAX_FEN
from backend.pricing.offers.base import WHOLE, Effect, Need, Reward, yuan
from backend.pricing.offers.wording import counted, times_words
from backend.pricing.reading import Reader

MOST_POINTS = 1_000_000


@dataclass(frozen=True)
class Pledge(Effect):
    """Holds from `least` on, and never where nothing is paid."""

    least: int
    threshold: ClassVar[bool] = True

    def need(self) -> Need:
        return Need("fen", self.least)

    def _reached(self, base: int) -> bool:
        return base >= max(1, self.least)

    def _zh_from(self) -> str:
        return f"实付满{yuan(self.least)}，" if self.least else ""

    def _en_from(self) -> str:
        return f" from ¥{yuan(self.least)} paid" if self.least else ""


@dataclass(frozen=True)
class ExtraPoints(Pledge):
    """Exactly one of the two is given. `count` is multiplied by no factor."""

    count: int | None = None
    times_bp: int | None = None
    kind: ClassVar[str] = "points"

    @property
    def factor(self) -> bool:
        return self.times_bp is not None

    @property
    def apart(self) -> bool:
        return self.count is not None

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        if not self._reached(base):
            return Reward()
        if self.times_bp is not None:
            return Reward(points=points * self.times_bp // WHOLE - points)
        return Reward(points=self.count or 0)

    def zh(self) -> str:
        what = f"多得{self.count}积分" if self.count is not None else f"积分{times_words(self.times_bp or 0)}倍"
        return f"{self._zh_from()}凭券{what}"

    def en(self) -> str:
        more = f"{counted(self.count, 'point')} more" if self.count is not None else ""
        return (more or f"points × {times_words(self.times_bp or 0)}") + self._en_from()


@dataclass(frozen=True)
class GiveBack(Pledge):
    """What was paid for the goods comes back as a red packet, up to `most`."""

    most_back: int = 0
    kind: ClassVar[str] = "give_back"

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        return Reward(fen=min(base, self.most_back)) if self._reached(base) else Reward()

    def zh(self) -> str:
        return f"{self._zh_from()}凭券实付全额返红包，最多{yuan(self.most_back)}元"

    def en(self) -> str:
        return f"what is paid comes back as a red packet, up to ¥{yuan(self.most_back)}" + self._en_from()


def read_points(inner: Reader) -> ExtraPoints:
    least = inner.number("min", 0, MAX_FEN, default=0)
    count, times_bp = (
        inner.maybe_number("count", 1, MOST_POINTS),
        inner.maybe_number("times_bp", WHOLE + 1, MOST_POINTS),
    )
    if (count is None) == (times_bp is None):
        inner.fault("", "must have either count or times_bp")
    return ExtraPoints(least, count, times_bp)


def read_give_back(inner: Reader) -> GiveBack:
    return GiveBack(inner.number("min", 0, MAX_FEN, default=0), inner.number("max", 1, MAX_FEN))
