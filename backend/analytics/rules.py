"""Pure: from events to rollup increments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

BUCKET_SECONDS = 300


def bucket_of(at: datetime) -> datetime:
    """Start of the five minutes that hold an instant, UTC."""
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % BUCKET_SECONDS, UTC)


def day_of(at: datetime, tz: str) -> date:
    return at.astimezone(ZoneInfo(tz)).date()


def sales_of(payload: dict[str, Any]) -> dict[str, int]:
    """What one OrderPaid adds to the sales rollup."""
    return {
        "orders": 1,
        "revenue_fen": payload["payable_fen"],
        "discount_fen": payload["saved_fen"],
        "units": sum(line["qty"] for line in payload["lines"]),
        "promoted_units": sum(line["qty"] for line in payload["lines"] if line["promoted"]),
        "coupons_redeemed": payload["coupons"],
        "coupons_claimed": 0,
    }


def average(total: int, count: int) -> int:
    """Rounded down to a whole fen; 0 of nothing."""
    return total // count if count else 0


def share_bp(part: int, whole: int) -> int:
    return part * 10_000 // whole if whole else 0
