"""Door of the slice: rollups and the dashboard's snapshot."""

from backend.analytics.rules import day_of
from backend.analytics.service import CONSUMER, TAKES, Cards, Point, Snapshot, absorb, offer_totals, snapshot

__all__ = ["CONSUMER", "TAKES", "Cards", "Point", "Snapshot", "absorb", "day_of", "offer_totals", "snapshot"]
