"""Door of the slice: immutable offer versions, the live rule set, limits."""

from backend.offers import budgets
from backend.offers.rules import rule_of, without_window
from backend.offers.service import (
    LiveRules,
    SoldOut,
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
    "LiveRules",
    "SoldOut",
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
    "publish",
    "refresh_all",
    "retire",
    "rule_of",
    "take",
    "usage",
    "without_window",
]
