"""Pure: 待兑付, what coupons that nobody has used yet may cost, and what the estimate is made of (B09, K13).

Counts are exact; money is an estimate: a coupon at its face value, one with a percentage at its cap, one for an article at what
the article costs less what is paid for it, times the share of the template's coupons that were used of those that came to an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from backend.coupons.content_rules import face_of

Basis = Literal["face", "cap", "cost", "unknown"]
LEAST_ENDED = 30
"""A share of fewer coupons than these that came to an end says nothing yet: then all are counted as if they were used."""
MOST_DAYS = 62
MOST_TEMPLATES = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """So many coupons of a template in a state. `day` is the last day of those that may still be used; `earned` were granted for
    an order that was paid, the others given for nothing."""

    template_id: UUID
    state: str
    day: date | None
    earned: bool
    coupons: int


@dataclass(frozen=True, slots=True)
class OfTemplate:
    """A template's coupons. `open` may still be used (held by an order that waits among them), `earned` of those; `most` and
    `expected` are fen, 0 where the basis is unknown. `rate_bp`: of those that came to an end so many were used; None while
    they are too few."""

    template_id: UUID
    open: int
    locked: int
    earned: int
    redeemed: int
    expired: int
    voided: int
    basis: Basis
    value: int
    rate_bp: int | None
    most: int
    expected: int


@dataclass(frozen=True, slots=True)
class OfDay:
    """Coupons that end with a day; None is every later day."""

    day: date | None
    open: int
    most: int
    expected: int


@dataclass(frozen=True, slots=True)
class Liability:
    """All of a merchant's coupons. `unvalued` are open ones of which nobody can say what one costs. `templates` are those with
    open coupons, the most expected first."""

    open: int
    unvalued: int
    earned: int
    most: int
    expected: int
    earned_expected: int
    templates: tuple[OfTemplate, ...]
    days: tuple[OfDay, ...]


def value_of(content: Mapping[str, Any], costs: Mapping[str, int]) -> tuple[Basis, int]:
    """What one coupon may cost at most, fen, and by what that is said."""
    ((kind, given),) = content.items()
    match kind:
        case "off":
            return "face", given["off"]
        case "percent" if given.get("max_off") is not None:
            return "cap", given["max_off"]
        case "shipping" if given.get("off") is not None:
            return "face", given["off"]
        case "exchange" | "trial" if given["sku"] in costs:
            return "cost", max(0, costs[given["sku"]] - given.get("price", 0))
        case "give_back":
            return "cap", given["max"]
        case "points" if given.get("count") is not None:
            return "face", face_of(content) or 0
        case "percent" | "shipping" | "exchange" | "trial" | "bundle" | "points":
            return "unknown", 0
    raise ValueError(f"unknown content {kind!r}")


def rate_of(redeemed: int, expired: int) -> int | None:
    """Used of those that came to an end, basis points."""
    ended = redeemed + expired
    return redeemed * 10_000 // ended if ended >= LEAST_ENDED else None


def expected_of(coupons: int, value: int, rate_bp: int | None) -> int:
    """Fen; rounded up, so that an estimate is never below what its rate says."""
    return coupons * value if rate_bp is None else -(-coupons * value * rate_bp // 10_000)


def liability(counted: Sequence[Counted], worth: Mapping[UUID, tuple[Basis, int]], today: date) -> Liability:
    """The whole, by template and by day: both add up to the same, each cell rounded by itself."""
    of: dict[UUID, list[Counted]] = {}
    for row in counted:
        of.setdefault(row.template_id, []).append(row)
    templates, days = list[OfTemplate](), dict[date, list[int]]()
    earned_expected = 0
    for template_id, rows in of.items():
        basis, value = worth[template_id]
        state = {s: sum(r.coupons for r in rows if r.state == s) for s in ("locked", "redeemed", "expired", "voided")}
        rate, expected = rate_of(state["redeemed"], state["expired"]), 0
        live = [r for r in rows if r.day is not None]
        for day, n in _by_day(live).items():
            cell = days.setdefault(day, [0, 0, 0])
            cell[0], cell[1] = cell[0] + n, cell[1] + n * value
            cell[2] += expected_of(n, value, rate)
            expected += expected_of(n, value, rate)
        n = sum(r.coupons for r in live)
        earned = sum(r.coupons for r in live if r.earned)
        earned_expected += expected_of(earned, value, rate)
        if n:
            templates.append(
                OfTemplate(template_id, n, state["locked"], earned, state["redeemed"], state["expired"], state["voided"], basis, value, rate, n * value, expected)
            )  # fmt: skip
    templates.sort(key=lambda t: (-t.expected, -t.most, -t.open, str(t.template_id)))
    return Liability(
        open=sum(t.open for t in templates),
        unvalued=sum(t.open for t in templates if t.basis == "unknown"),
        earned=sum(t.earned for t in templates),
        most=sum(t.most for t in templates),
        expected=sum(t.expected for t in templates),
        earned_expected=earned_expected,
        templates=tuple(templates),
        days=tuple(_folded(days, today)),
    )


def _by_day(rows: Iterable[Counted]) -> dict[date, int]:
    found: dict[date, int] = {}
    for row in rows:
        assert row.day is not None
        found[row.day] = found.get(row.day, 0) + row.coupons
    return found


def _folded(days: Mapping[date, Sequence[int]], today: date) -> list[OfDay]:
    """The next days one by one, all later ones together."""
    near = [OfDay(day, *sums) for day, sums in sorted(days.items()) if (day - today).days < MOST_DAYS]
    far = [sums for day, sums in days.items() if (day - today).days >= MOST_DAYS]
    return [*near, OfDay(None, *(sum(column) for column in zip(*far, strict=True)))] if far else near
