"""P04, P05: the most points that an order earns, from the console's form to the account, and given back."""

from __future__ import annotations

from typing import Any

from backend.tests.conftest import Shop, quote
from backend.tests.refunding import account, bought, refund
from backend.tests.test_promotions import create

TEN: dict[str, Any] = {"type": "earn_points", "per_yuan": 10}


async def test_points_of_an_order_end_at_the_cap(shop: Shop) -> None:
    """P04, P05, Q08, B03: 80 yuan would earn 800 points and double them; the offers give at most 300 and 100 more. One of two units
    that comes back leaves 40 yuan, which still earn as much: nothing is taken; with the last one all of it is."""
    made = await shop.promotion({**TEN, "max_points": 300})
    await shop.promotion({"type": "earn_points", "times_bp": 20000, "max_points": 100})
    assert made["offers"][0]["sentence"] == "每消费1元返10积分，最多返300积分"
    shopper, admin = await shop.shopper(), await shop.admin()
    assert sorted(e["points"] for e in (await quote(shopper, {"BEEF": 2}))["earn"]) == [100, 300]
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    assert (await account(shop, shopper))["points"] == 400
    for left in (400, 0):
        assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
        assert (await account(shop, shopper)).get("points", 0) == left


async def test_a_cap_of_nothing_is_refused(shop: Shop) -> None:
    """P04: at its place, and nothing is made."""
    found = await create(shop, [{**TEN, "max_points": 0}])
    assert [p["path"] for p in found["problems"]] == ["offers[0].max_points"]
