"""What the shopper names and nothing in the cart can use (a coupon, an add-on, a gift) changes no price, and stands in the frozen
scenario all the same: the price comes out again by what was named, and the order can be given back (O1, Q06, Q08)."""

from __future__ import annotations

from typing import Any

import pytest

from backend.tests.conftest import Shop, claim, pay, place, quote
from backend.tests.refunding import refund
from backend.tests.test_more_coupons import states

BEEF = {"scope": {"skus": ["BEEF"]}}


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(
    "content",
    [
        {"kind": "TRIAL", "sku": "TOFU"},
        {"kind": "EXCHANGE", "sku": "TOFU", "priceFen": 300, "minFen": 0},
        {"kind": "OFF", "offFen": 500, "minFen": 0, "scope": {"skus": ["TOFU"]}},
    ],
    ids=["trial", "exchange", "scope"],
)
async def test_a_coupon_that_was_named_in_vain_is_frozen_with_the_order(shop: Shop, content: dict[str, Any]) -> None:
    """O1, Q06, Q08, K01: a coupon that the shopper names and that nothing in the cart can use stays unused and stands in the frozen
    scenario, for the price comes out again by what was named: the order is paid and given back in two parts."""
    me, admin = await shop.shopper(), await shop.admin()
    got = await claim(me, await shop.drop(content=content))
    assert got["__typename"] == "Coupon"
    choice = {"coupons": {"mode": "FIXED", "ids": [got["id"]]}}
    assert [r["reason"] for r in (await quote(me, {"BEEF": 2}, **choice))["rejected"]] == ["SCOPE"]
    order = await place(me, {"BEEF": 2}, **choice)
    assert (order["payableFen"], await states(me)) == (8000, ["ISSUED"])
    await pay(shop.world, order)
    for _ in range(2):
        assert (await refund(admin, order, {"BEEF": 1}))["refunds"][-1]["refundFen"] == 4000


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize(
    ("offer", "field", "more", "said"),
    [
        ({"type": "add_on", "min": 5000, "items": [{"sku": "TOFU", "price": 100}], **BEEF}, "addOns", {"qty": 1}, "购物车中没有参加的商品，所选加价购没有加入"),
        ({"type": "spend_gift", "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 1}, {"sku": "BASE", "qty": 1}], "choose": 1}], **BEEF}, "giftChoices", {}, "购物车中没有参加的商品，所选赠品不会送出"),
    ],
    ids=["add-on", "gift"],
)  # fmt: skip
async def test_a_choice_whose_goods_have_left_the_cart(
    shop: Shop, offer: dict[str, Any], field: str, more: Any, said: str
) -> None:
    """P03, O1, Q08: the beef that the add-on or the gift came with has been taken out again, and the choice is still sent: the cart has its
    price and says why the choice came to nothing (not where it was not made), the order is paid, and given back in two parts."""
    made = await shop.promotion(offer)
    me, admin = await shop.shopper(), await shop.admin()
    chosen = {field: [{"offerId": made["offers"][0]["id"], "sku": "TOFU", **more}]}
    found = await quote(me, {"PORK": 2}, **chosen)
    assert (found["payableFen"], [(r["reason"], r["sentence"]) for r in found["rejected"]]) == (6000, [("SCOPE", said)])
    assert (await quote(me, {"PORK": 2}))["rejected"] == []
    order = await place(me, {"PORK": 2}, **chosen)
    assert (order["__typename"], order["payableFen"]) == ("Order", 6000)
    await pay(shop.world, order)
    for _ in range(2):
        assert (await refund(admin, order, {"PORK": 1}))["refunds"][-1]["refundFen"] == 3000
