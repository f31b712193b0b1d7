"""Door of the slice: promotions 促销活动."""

from backend.promotions.rules import (
    KEPT_BY_ORDERS,
    Earnable,
    Problem,
    State,
    customers_named,
    earned_templates,
    with_customers,
)
from backend.promotions.service import (
    Draft,
    Invalid,
    NotFound,
    NotInState,
    PromotionInfo,
    create,
    end,
    get,
    listed,
    offer_of,
    publish,
)

__all__ = [
    "KEPT_BY_ORDERS",
    "Draft",
    "Earnable",
    "Invalid",
    "NotFound",
    "NotInState",
    "Problem",
    "PromotionInfo",
    "State",
    "create",
    "customers_named",
    "earned_templates",
    "end",
    "get",
    "listed",
    "offer_of",
    "publish",
    "with_customers",
]
