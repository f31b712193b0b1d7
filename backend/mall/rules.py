"""Pure rules of the exchange mall 积分商城 (B03): prices, what an item must be, why an exchange is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["coupon", "article", "balance", "points"]
Unit = Literal["points", "growth", "stamps"]
"""What an item costs."""
BUYS: dict[Unit, tuple[Kind, ...]] = {
    "points": ("coupon", "article", "balance"),
    "growth": ("coupon", "article", "points"),
    "stamps": ("coupon", "article"),
}
"""What each of them buys."""
ItemState = Literal["UPCOMING", "OPEN", "SOLD_OUT", "ENDED", "STOPPED"]
MAX_POINTS = 10_000_000
MAX_STOCK = 10_000_000
MAX_BALANCE_FEN = 100_000
MAX_PRICES = 20
MAX_GIVEN = 100_000
"""Points that one exchange of growth gives."""


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Price:
    """A lower price: for these levels (none named: everybody), from `starts_at` until `ends_at` (excluded; None: without end)."""

    points: int
    levels: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def holds(self, level: str | None, at: datetime) -> bool:
        """`level` None: somebody who is not known."""
        return (
            (not self.levels or level in self.levels)
            and (self.starts_at is None or at >= self.starts_at)
            and (self.ends_at is None or at < self.ends_at)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "points": self.points,
            "levels": list(self.levels),
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
        }

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Price:
        since, until = (datetime.fromisoformat(t) if (t := stored[name]) else None for name in ("starts_at", "ends_at"))
        return Price(stored["points"], tuple(stored["levels"]), since, until)


def price_for(points: int, prices: Sequence[Price], level: str | None, at: datetime) -> int:
    """The lowest price that holds for this level at this instant."""
    return min([points, *(price.points for price in prices if price.holds(level, at))])


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be changed about an item. `per_member` and `per_day` None: no limit but the stock."""

    name: str
    points: int
    stock: int
    starts_at: datetime
    ends_at: datetime
    per_member: int | None = None
    per_day: int | None = None
    prices: tuple[Price, ...] = ()


def check_terms(new: Terms, levels: Sequence[str]) -> list[Problem]:
    """Every fault of the terms; `levels` are those that there are."""
    problems = []
    if not 1 <= len(new.name.strip()) <= 18:
        problems.append(Problem("name", "名称须有 1–18 个字"))
    if not 1 <= new.points <= MAX_POINTS:
        problems.append(Problem("points", f"所需积分、成长值或集点须为 1–{MAX_POINTS}"))
    if not 1 <= new.stock <= MAX_STOCK:
        problems.append(Problem("stock", f"库存须为 1–{MAX_STOCK}"))
    if new.starts_at >= new.ends_at:
        problems.append(Problem("endsAt", "下架时间须晚于上架时间"))
    if new.per_member is not None and not 1 <= new.per_member <= 9_999:
        problems.append(Problem("perMember", "每人限兑须为 1–9999"))
    if new.per_day is not None and not 1 <= new.per_day <= 9_999:
        problems.append(Problem("perDay", "每人每天限兑须为 1–9999"))
    if len(new.prices) > MAX_PRICES:
        problems.append(Problem("prices", f"阶梯价最多 {MAX_PRICES} 条"))
    for n, price in enumerate(new.prices):
        problems += _check_price(f"prices[{n}]", price, new.points, levels)
    return problems


def _check_price(path: str, price: Price, points: int, levels: Sequence[str]) -> list[Problem]:
    problems = []
    if not 1 <= price.points < points:
        problems.append(Problem(f"{path}.points", "须至少为 1，且低于通用价"))
    if any(level not in levels for level in price.levels):
        problems.append(Problem(f"{path}.levels", "没有这个会员等级"))
    if price.starts_at is not None and price.ends_at is not None and price.starts_at >= price.ends_at:
        problems.append(Problem(f"{path}.endsAt", "须晚于开始时间"))
    if not price.levels and price.starts_at is None and price.ends_at is None:
        problems.append(Problem(path, "请指定会员等级或时间；对所有人一直有效的价请直接改通用价"))
    return problems


def state_of(stored: str, starts_at: datetime, ends_at: datetime, left: int, at: datetime) -> ItemState:
    match stored:
        case "stopped":
            return "STOPPED"
        case "open":
            if at >= ends_at:
                return "ENDED"
            if at < starts_at:
                return "UPCOMING"
            return "OPEN" if left > 0 else "SOLD_OUT"
    raise ValueError(f"unknown item state {stored!r}")
