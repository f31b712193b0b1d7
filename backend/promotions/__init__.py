"""Door of the slice: promotions 促销活动."""

from backend.promotions.rules import KEPT_BY_ORDERS, Earnable, Problem, State, earned_templates
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
    "earned_templates",
    "end",
    "get",
    "listed",
    "offer_of",
    "publish",
]
