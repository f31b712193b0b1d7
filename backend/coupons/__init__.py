"""Door of the slice: coupon templates, drops, coupons 券."""

from backend.coupons.claim import Busy, Claim, Claimed, ClaimLimitReached, ClaimResult, Claims, CouponSoldOut, DropNotFound, DropNotOpen
from backend.coupons.rules import DropState, Problem, Validity, well_formed
from backend.coupons.service import (
    CouponInfo,
    CouponTaken,
    DropInfo,
    DropMissing,
    DropNotInState,
    Invalid,
    NewDrop,
    TemplateInfo,
    count_drops,
    count_usable,
    coupons,
    create_drop,
    definition,
    drops,
    ensure_template,
    expire_due,
    grant,
    lock,
    offer_of,
    publish_drop,
    redeem,
    release,
    usable,
)

__all__ = [
    "Busy", "Claim", "ClaimLimitReached", "ClaimResult", "Claimed", "Claims", "CouponInfo", "CouponSoldOut", "CouponTaken", "DropInfo", "DropMissing",
    "DropNotFound", "DropNotInState", "DropNotOpen", "DropState", "Invalid", "NewDrop", "Problem", "TemplateInfo", "Validity", "count_drops",
    "count_usable", "coupons", "create_drop", "definition", "drops", "ensure_template", "expire_due", "grant", "lock", "offer_of", "publish_drop",
    "redeem", "release", "usable", "well_formed",
]
