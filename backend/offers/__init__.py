"""Door of the slice: immutable offer versions, the live rule set, limits."""

from backend.offers import bearing_rules, budgets, presale_rules
from backend.offers.bearing_rules import Share
from backend.offers.remaining import Remaining, remaining, remaining_of, sold_out
from backend.offers.rules import rule_of, without_window
from backend.offers.service import (
    COUNTED,
    LiveRules,
    SoldOut,
    Usage,
    bearing_of,
    counted,
    epoch_of,
    forget,
    fresh,
    give_back,
    live,
    names,
    offer_id_of,
    pinned,
    publish,
    refresh_all,
    retire,
    take,
    usage,
)

__all__ = [
    "COUNTED",
    "LiveRules",
    "Remaining",
    "Share",
    "SoldOut",
    "Usage",
    "bearing_of",
    "bearing_rules",
    "budgets",
    "counted",
    "epoch_of",
    "forget",
    "fresh",
    "give_back",
    "live",
    "names",
    "offer_id_of",
    "pinned",
    "presale_rules",
    "publish",
    "refresh_all",
    "remaining",
    "remaining_of",
    "retire",
    "rule_of",
    "sold_out",
    "take",
    "usage",
    "without_window",
]
