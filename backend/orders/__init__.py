"""Door of the slice: quote → place → pay → complete, cancel. 订单."""

from backend.orders.past import PastBasket, PastOrder, import_past, past_baskets, past_counts
from backend.orders.quoting import STEPS, Invalid, Priced, quote, scenario_of
from backend.orders.rules import NextTier, Problem, Wish, next_tier
from backend.orders.service import (
    NotFound,
    NotInState,
    OrderInfo,
    OutOfStock,
    PriceChanged,
    WrongAmount,
    cancel,
    complete,
    frozen_request,
    get,
    of_member,
    overdue,
    pay,
    place,
    set_prepay,
)

__all__ = [
    "STEPS",
    "Invalid",
    "NextTier",
    "NotFound",
    "NotInState",
    "OrderInfo",
    "OutOfStock",
    "PastBasket",
    "PastOrder",
    "PriceChanged",
    "Priced",
    "Problem",
    "Wish",
    "WrongAmount",
    "cancel",
    "complete",
    "frozen_request",
    "get",
    "import_past",
    "next_tier",
    "of_member",
    "overdue",
    "past_baskets",
    "past_counts",
    "pay",
    "place",
    "quote",
    "scenario_of",
    "set_prepay",
]
