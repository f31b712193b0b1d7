"""返积分 earn_points: so many points for every full yuan, or a factor on the points of the other offers; at most `max_points`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from backend.pricing.offers.base import WHOLE, Effect, Field, OfferType, Reward
from backend.pricing.offers.wording import counted, times_words
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class EarnPoints(Effect):
    """Exactly one of `per_yuan` and `times_bp` is given. `max_points` is the most that this offer gives or adds in one order."""

    per_yuan: int | None = None
    times_bp: int | None = None
    max_points: int | None = None
    kind: ClassVar[str] = "earn_points"

    @property
    def factor(self) -> bool:
        return self.times_bp is not None

    def earn(self, base: int, points: int, cap: int | None) -> Reward:
        if self.times_bp is not None:
            given = points * self.times_bp // WHOLE - points
        else:
            given = base // 100 * (self.per_yuan or 0)
        return Reward(points=given if self.max_points is None else min(given, self.max_points))

    def zh(self) -> str:
        if self.per_yuan is not None:
            most = "" if self.max_points is None else f"，最多返{self.max_points}积分"
            return f"每消费1元返{self.per_yuan}积分{most}"
        most = "" if self.max_points is None else f"，最多多得{self.max_points}积分"
        return f"积分{times_words(self.times_bp or 0)}倍{most}"

    def en(self) -> str:
        if self.per_yuan is not None:
            most = "" if self.max_points is None else f", at most {counted(self.max_points, 'point')}"
            return f"{counted(self.per_yuan, 'point')} per ¥1{most}"
        most = "" if self.max_points is None else f", at most {counted(self.max_points, 'point')} more"
        return f"points × {times_words(self.times_bp or 0)}{most}"


def read(r: Reader) -> EarnPoints:
    per_yuan, times_bp = (
        r.maybe_number("per_yuan", 1, 1_000_000),
        r.maybe_number("times_bp", WHOLE, 1_000_000),
    )
    if (per_yuan is None) == (times_bp is None):
        r.fault("", "must have either per_yuan or times_bp")
    return EarnPoints(per_yuan, times_bp, r.maybe_number("max_points", 1))


TYPE = OfferType(
    "earn_points",
    "返积分",
    "points earned",
    "EARN",
    "",
    100,
    read,
    (
        Field(
            "per_yuan",
            "count",
            "每消费 1 元得",
            "points for a yuan",
            required=False,
            one_of="how",
            unit=("积分", "points"),
            usual=1,
        ),
        Field("times_bp", "times", "积分翻几倍", "times the points", required=False, one_of="how"),
        Field("max_points", "count", "每单最多", "at most, an order", required=False, unit=("积分", "points")),
    ),
    what=("按实付返积分，或翻倍", "Points for what is paid, or times as many"),
    eg=("1元得1积分", "1 point per ¥1"),
    kept=True,
)
