"""供应商承担: what suppliers bear of discounts, by supplier and day, for who books it and for the suppliers themselves (B09)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend import coupons, merchants, offers
from backend.kit.clock import day_start
from backend.ledger import journal
from backend.orders.bearing_rules import MOST_DAYS


@dataclass(frozen=True, slots=True)
class SpanInvalid:
    """The days asked for are none, or more than one statement holds."""

    most_days: int = MOST_DAYS


@dataclass(frozen=True, slots=True)
class Statement:
    """The days `since` to `until`, both included, in the merchant's time zone. `offers` names promotions' offers."""

    since: date
    until: date
    time_zone: str
    lines: tuple[journal.BorneLine, ...]
    offers: Mapping[str, str]

    @property
    def borne(self) -> int:
        return sum(line.borne for line in self.lines)

    @property
    def back(self) -> int:
        return sum(line.back for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "time_zone": self.time_zone,
            "borne_fen": self.borne,
            "back_fen": self.back,
            "lines": [
                {
                    "day": x.day.isoformat(),
                    "supplier": x.supplier,
                    "level": x.level,
                    "mode": x.mode,
                    "offer": x.offer,
                    "sku": x.sku,
                    "borne_fen": x.borne,
                    "back_fen": x.back,
                }
                for x in self.lines
            ],
        }


async def statement(
    merchant_id: UUID, since: date, until: date, suppliers: Sequence[str] | None = None
) -> Statement | SpanInvalid:
    """What `suppliers` (all where None) bear of the discounts of these days."""
    if not 0 <= (until - since).days < MOST_DAYS:
        return SpanInvalid()
    tz = (await merchants.get(merchant_id)).time_zone
    lines = await journal.borne(
        merchant_id, day_start(since, tz), day_start(until + timedelta(days=1), tz), tz, suppliers
    )
    names = await offers.names(merchant_id, sorted({line.offer for line in lines if line.offer}))
    return Statement(since, until, tz, tuple(lines), {offer: name for offer, (_, name) in names.items()})


CSV_HEAD = ("day", "supplier", "level", "mode", "offer", "offer_name", "sku", "borne_fen", "back_fen", "net_fen")


def csv_rows(found: Statement) -> list[tuple[str, ...]]:
    """One row for each line, under `CSV_HEAD`. No cell is a formula."""
    return [
        (
            line.day.isoformat(),
            coupons.no_formula(line.supplier),
            line.level,
            line.mode,
            coupons.no_formula(line.offer),
            coupons.no_formula(found.offers.get(line.offer, "")),
            coupons.no_formula(line.sku),
            str(line.borne),
            str(line.back),
            str(line.borne - line.back),
        )
        for line in found.lines
    ]


def csv_text(found: Statement) -> str:
    """The statement as one CSV file (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([CSV_HEAD, *csv_rows(found)])
    return text.getvalue()
