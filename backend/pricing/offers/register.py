"""Every offer type by its name, in the order of the console's gallery. To add one: write its file, name it in TYPES."""

from __future__ import annotations

from backend.pricing.offers import (
    add_on,
    amount_off,
    buy_get,
    combo,
    coupon,
    deposit_inflation,
    earn_coupon,
    earn_points,
    earn_red_packet,
    earn_stamps,
    fixed_price,
    nth_item,
    percent_off,
    pick_bundle,
    shipping,
    spend_gift,
    spend_off,
    spend_percent,
)
from backend.pricing.offers.base import OfferType

TYPES: dict[str, OfferType] = {
    module.TYPE.name: module.TYPE
    for module in (
        spend_off,
        spend_percent,
        percent_off,
        fixed_price,
        amount_off,
        nth_item,
        pick_bundle,
        combo,
        buy_get,
        deposit_inflation,
        spend_gift,
        add_on,
        shipping,
        earn_points,
        earn_stamps,
        earn_coupon,
        earn_red_packet,
        coupon,
    )
}

NOT_YET: tuple[str, ...] = ()
"""Types of the contract that are not built; they are refused by name."""
