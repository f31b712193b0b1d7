"""Pure rules of the import: names, tags, and the coupon money of a basket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MEASURED = "sold-by-measure"
"""Tag of goods sold by measure (fuel, in thousandths of a gallon): one sale is one unit at its price."""
UNKNOWN = "UNKNOWN"


def category_path(names: Sequence[str | None]) -> str:
    """department/category/type. A slash within a name becomes a hyphen, since it separates the levels of a path."""
    levels = []
    for name in names:
        if not name or not name.strip():
            break
        levels.append(name.strip().replace("/", "-"))
    return "/".join(levels)[:120] or UNKNOWN


def product_name(row: Mapping[str, Any]) -> str:
    kind = row["product_type"] or row["product_category"] or row["department"] or f"Product {row['product_id']}"
    return f"{kind}, {row['package_size']}"[:120] if row["package_size"] else kind[:120]


def household_tags(row: Mapping[str, Any]) -> tuple[str, ...]:
    named = (
        ("age", "age"),
        ("income", "income"),
        ("home", "home_ownership"),
        ("marital", "marital_status"),
        ("size", "household_size"),
        ("composition", "household_comp"),
        ("kids", "kids_count"),
    )
    known = [f"{label}:{row[column]}" for label, column in named if row[column]]
    return (*known, *(f"campaign:{n}" for n in row["campaigns"]))


def spread(paid: Sequence[int], coupons: int) -> tuple[list[int], int]:
    """What each line of a basket cost once `coupons` more fen are taken off it, and what finds no room.

    `paid` may be negative where a coupon was worth more than its line: what is above the line goes to the others, in
    proportion to what they cost, by largest remainder, ties by place.
    """
    room = [max(0, p) for p in paid]
    coupons += sum(-p for p in paid if p < 0)
    total = sum(room)
    taken = min(coupons, total)
    if not taken:
        return room, coupons
    shares = [r * taken // total for r in room]
    by_remainder = sorted(range(len(room)), key=lambda k: (-(room[k] * taken % total), k))
    for k in by_remainder[: taken - sum(shares)]:
        shares[k] += 1
    left = [r - s for r, s in zip(room, shares, strict=True)]
    assert min(left) >= 0 and sum(left) == total - taken
    return left, coupons - taken
