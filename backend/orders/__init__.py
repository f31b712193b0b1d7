"""Door of the slice: quote → place → pay → complete, cancel. 订单."""

from backend.orders.rules import Problem, Wish
from backend.orders.service import (
    Invalid,
    NotFound,
    NotInState,
    OrderInfo,
    OutOfStock,
    PriceChanged,
    Priced,
    cancel,
    complete,
    frozen_request,
    get,
    of_member,
    overdue,
    pay,
    place,
    quote,
    scenario_of,
    set_prepay,
)

__all__ = ["Invalid", "NotFound", "NotInState", "OrderInfo", "OutOfStock", "PriceChanged", "Priced", "Problem", "Wish", "cancel", "complete", "frozen_request", "get",
           "of_member", "overdue", "pay", "place", "quote", "scenario_of", "set_prepay"]
