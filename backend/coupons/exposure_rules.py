"""Pure rules about exposures 曝光 (K02): what a report may say, and what the figures of a placement are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.coupons.rules import PLACEMENTS, Problem

MOST_SEEN = 50
"""Drops and placements in one report."""
MOST_TIMES = 20
"""How often one of them may have been seen since the last report."""
MOST_A_DAY = 100
"""Views of one member, drop, placement and day that still count: more is a machine, or a page that loops."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A drop that was in view at a placement, so many times."""

    drop_id: UUID
    placement: str
    times: int = 1


def faults(seen: Sequence[Seen]) -> list[Problem]:
    """Every fault of a report that can be told without asking for its drops."""
    if not seen:
        return [Problem("seen", "没有要上报的曝光")]
    problems = []
    for n, one in enumerate(seen):
        if one.placement not in PLACEMENTS:
            problems.append(Problem(f"seen[{n}].placement", "未知的投放位置"))
        if not 1 <= one.times <= MOST_TIMES:
            problems.append(Problem(f"seen[{n}].times", f"一次上报里的次数须为 1–{MOST_TIMES}"))
    return problems


def merged(seen: Sequence[Seen]) -> list[Seen]:
    """Each drop and placement once, in order; never more times than one report may say."""
    times: dict[tuple[UUID, str], int] = {}
    for one in seen:
        times[one.drop_id, one.placement] = times.get((one.drop_id, one.placement), 0) + one.times
    return [Seen(drop, place, min(n, MOST_TIMES)) for (drop, place), n in sorted(times.items())]


def misplaced(seen: Sequence[Seen], shown: Mapping[UUID, Sequence[str]]) -> list[Problem]:
    """Drops that are not shown where they are said to have been seen. `shown`: drop → its placements."""
    return [
        Problem(f"seen[{n}].placement", "这个活动没有投放在这个位置")
        for n, one in enumerate(seen)
        if one.placement not in shown[one.drop_id]
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """A drop at one placement (None: had in another way, by link, code or staff). `views` 次, `viewers` 人 a day; `redeemed`
    coupons are in `orders` paid orders and took `took_fen` off them, less what refunds took back."""

    placement: str | None
    views: int = 0
    viewers: int = 0
    claimed: int = 0
    redeemed: int = 0
    orders: int = 0
    took_fen: int = 0

    @property
    def claim_bp(self) -> int | None:
        """领取率: claims of those who saw it."""
        return share_bp(self.claimed, self.viewers)

    @property
    def redeem_bp(self) -> int | None:
        """核销率: redeemed of those claimed."""
        return share_bp(self.redeemed, self.claimed)

    @property
    def per_order_fen(self) -> int | None:
        """What one order that a coupon brought cost, rounded half up."""
        return (2 * self.took_fen + self.orders) // (2 * self.orders) if self.orders else None


def share_bp(part: int, whole: int) -> int | None:
    """Basis points, rounded half up; None where there is nothing to be a share of."""
    return (20_000 * part + whole) // (2 * whole) if whole else None


def in_order(found: Sequence[Figures], placements: Sequence[str]) -> list[Figures]:
    """A row for every placement of the drop, seen or not, then for what else there is; what came another way last."""
    by_place = {f.placement: f for f in found}
    places: list[str | None] = [p for p in PLACEMENTS if p in placements or p in by_place]
    if None in by_place:
        places.append(None)
    return [by_place.get(place) or Figures(place) for place in places]
