"""Pure: when points and red packets end, and which lots a movement takes from or gives back to (B03, L6)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

RETURN_DAYS = 30
"""Points and red packets that were spent before their end and come back from a refund after it live this many days more: a
refund returns what was paid. Those days are given once: what was spent in them comes back until they end."""
AT_ONCE = timedelta(microseconds=1)
ACTIVITY = frozenset({"earn", "spend"})
"""Kinds of movement that renew the points of a merchant whose policy is `idle`: what the customer did, not what we did."""
TAKEN_BACK = frozenset({"claw_back", "withheld"})
"""Kinds that take points back: from the lots earned first. All others take the lot that ends first."""
MOST_PACKET_DAYS = 366
MOST_PACKET_FEN = 100_000_000
NO_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PointsPolicy:
    """积分有效期: `never`; `rolling` (months after the day of earning); `year_end` (31 December of the year of earning, or of
    `years` later); `idle` (months after the last time that the customer earned or spent). All ends are ends of days in the
    merchant's time zone."""

    kind: Literal["never", "rolling", "year_end", "idle"] = "never"
    months: int = 12
    years: int = 0

    @staticmethod
    def of(stored: Mapping[str, Any]) -> PointsPolicy:
        """Raises ValueError for anything that is not a policy."""
        policy = PointsPolicy(**stored)
        if policy.kind not in ("never", "rolling", "year_end", "idle"):
            raise ValueError(f"no such points policy: {policy.kind}")
        if not 1 <= policy.months <= 120 or not 0 <= policy.years <= 10:
            raise ValueError("months are 1–120, years 0–10")
        return policy

    def ends(self, at: datetime, tz: str) -> datetime | None:
        """The first instant at which points earned at `at` (for `idle`: left alone since) are gone; None = never."""
        day = at.astimezone(ZoneInfo(tz)).date()
        match self.kind:
            case "never":
                return None
            case "rolling" | "idle":
                return midnight(months_later(day, self.months) + timedelta(days=1), tz)
            case "year_end":
                return midnight(date(day.year + 1 + self.years, 1, 1), tz)


def returned_until(at: datetime, tz: str, *, again: bool) -> datetime:
    """The end of points that come back at `at` for a lot that has ended meanwhile; `again`: they were spent in the days that a
    refund before had given. Then they are there for what the same refund withholds of them, and for nothing after it."""
    return at + AT_ONCE if again else days_later(at, RETURN_DAYS, tz)


def midnight(day: date, tz: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class PacketTerms:
    """On which terms a red packet 红包 is given: the least payable of an order that it pays for (fen), and its end (excluded)."""

    min_fen: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PacketPolicy:
    """返红包的有效期: red packets that orders earn live `days` after the day of earning, to the end of the last one in the
    merchant's time zone, and pay for orders from `min_fen` on. An order keeps the policy of its day."""

    days: int = 30
    min_fen: int = 0

    @staticmethod
    def of(stored: Mapping[str, Any]) -> PacketPolicy:
        """Raises ValueError for anything that is not a policy."""
        policy = PacketPolicy(**stored)
        if not 1 <= policy.days <= MOST_PACKET_DAYS or not 0 <= policy.min_fen <= MOST_PACKET_FEN:
            raise ValueError(f"days are 1–{MOST_PACKET_DAYS}, min_fen 0–{MOST_PACKET_FEN}")
        return policy

    def terms(self, at: datetime, tz: str) -> PacketTerms:
        return PacketTerms(self.min_fen, days_later(at, self.days, tz))


def days_later(at: datetime, days: int, tz: str) -> datetime:
    """The first instant after the calendar day that is so many days after that of `at`."""
    return midnight(at.astimezone(ZoneInfo(tz)).date() + timedelta(days=days + 1), tz)


@dataclass(frozen=True, slots=True)
class OpenLot:
    """A lot with something free in it."""

    id: UUID
    free: int
    earned_at: datetime
    expires_at: datetime | None
    own: bool = False


def drawn(lots: Sequence[OpenLot], amount: int, *, earned_first: bool) -> list[tuple[UUID, int]]:
    """(lot, points) that make up `amount`: the lot that ends first is taken first (one without an end last), or with
    `earned_first` the lots that are taken back (`own`), then the oldest. The caller has seen that they have as much."""

    def ends_first(lot: OpenLot) -> tuple[datetime, datetime, UUID]:
        return lot.expires_at or NO_END, lot.earned_at, lot.id

    def oldest(lot: OpenLot) -> tuple[bool, datetime, UUID]:
        return not lot.own, lot.earned_at, lot.id

    taken: list[tuple[UUID, int]] = []
    for lot in sorted(lots, key=oldest if earned_first else ends_first):
        part = min(lot.free, amount)
        if part > 0:
            taken.append((lot.id, part))
            amount -= part
    assert amount == 0, "lots add up to the balance"
    return taken


@dataclass(frozen=True, slots=True)
class Spent:
    """A part of a spending of which `room` did not come back yet, and the end of the lot that it came from, with the end that
    was promised first where a refund gave more days."""

    part_id: UUID
    lot_id: UUID
    room: int
    expires_at: datetime | None
    first_ends_at: datetime | None = None


def given_back(spent: Sequence[Spent], amount: int) -> tuple[list[tuple[Spent, int]], int]:
    """(part, points) that come back, and what finds no part. The lot that ends last gets its points first: as if so much
    less had been spent."""
    back: list[tuple[Spent, int]] = []
    for part in sorted(spent, key=lambda s: (s.expires_at or NO_END, s.part_id), reverse=True):
        points = min(part.room, amount)
        if points > 0:
            back.append((part, points))
            amount -= points
    return back, amount


@dataclass(frozen=True, slots=True)
class JournalLine:
    """分录: fen on one of the merchant's accounts, debit positive, with what it is about where that applies."""

    account: str
    fen: int
    level: str = ""
    mode: str = ""
    offer: str = ""
    sku: str = ""
    supplier: str = ""
