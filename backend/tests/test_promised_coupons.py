"""What coupons of points and 全额返 bring is spent before the goods come back (K01, Q08): in batches, nobody gains a fen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend import orders
from backend.kit.clock import now
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import account, complete, refund, sound, spend
from backend.tests.test_more_coupons import chosen, states


async def books_hold(shop: Shop) -> None:
    assert (await orders.books.day_of(shop.merchant_id, (now() + timedelta(hours=8)).date())).holds
    await sound(shop)


def last(order: dict[str, Any]) -> tuple[int, int, int]:
    """Of the newest refund: what the goods were worth, what was withheld of it, what is paid out."""
    newest = max(order["refunds"], key=lambda r: r["number"])
    return newest["refundFen"], newest["withheldFen"], newest["paidOutFen"]


@pytest.mark.usefixtures("exact")
async def test_points_that_were_spent_are_withheld_once(shop: Shop) -> None:
    """K01 额外积分, Q08: 500 points for 45 yuan are spent; the small part that goes back breaks the threshold and pays for all of
    them, the rest comes whole, and the coupon with it."""
    me, admin = await shop.shopper(), await shop.admin()
    choice = await chosen(shop, me, kind="POINTS", points=500, minFen=4500)
    order = await place(me, {"BEEF": 1, "TOFU": 1}, **choice)
    await pay(shop.world, order)
    await complete(shop, order)
    assert await account(shop, me) == {"points": 500}
    await spend(shop, me, "points", 500)
    assert last(await refund(admin, order, {"TOFU": 1})) == (900, 500, 400)
    assert await states(me) == ["REDEEMED"]
    assert last(await refund(admin, order, {"BEEF": 1})) == (4000, 0, 4000)
    assert await states(me) == ["ISSUED"] and "points" not in await account(shop, me)
    await books_hold(shop)


@pytest.mark.usefixtures("exact")
async def test_what_came_back_and_was_spent_is_withheld(shop: Shop) -> None:
    """K01 全额返, Q08: the red packet pays for another order, then the goods that brought it go back in two parts: what is kept of
    them keeps its own part of the promise, what is not is withheld to the fen."""
    me, admin = await shop.shopper(), await shop.admin()
    choice = await chosen(shop, me, kind="GIVE_BACK", backFen=3000)
    order = await place(me, {"BEEF": 1, "TOFU": 1}, **choice)
    await pay(shop.world, order)
    await complete(shop, order)
    assert await account(shop, me) == {"red_packet": 3000}
    other = await place(me, {"PORK": 1, "BASE": 1}, tenders={"redPackets": "AUTO"})
    await pay(shop.world, other)
    assert "red_packet" not in await account(shop, me)
    assert last(await refund(admin, order, {"BEEF": 1})) == (4000, 2100, 1900)
    assert last(await refund(admin, order, {"TOFU": 1})) == (900, 900, 0)
    assert await states(me) == ["ISSUED"]
    await books_hold(shop)


@pytest.mark.usefixtures("exact")
async def test_of_two_promises_one_is_used_and_the_other_kept(shop: Shop) -> None:
    """K01: two are chosen for one order: the one that brings more is locked and brings it, the other stays as it was."""
    me = await shop.shopper()
    back = await chosen(shop, me, kind="GIVE_BACK", backFen=3000)
    more = await chosen(shop, me, kind="POINTS", points=5000)
    both: dict[str, Any] = {"coupons": {"mode": "FIXED", "ids": [*back["coupons"]["ids"], *more["coupons"]["ids"]]}}
    seen = await quote(me, {"BEEF": 1}, **both)
    assert (seen["payableFen"], [e["points"] for e in seen["earn"]]) == (4000, [5000])
    order = await place(me, {"BEEF": 1}, **both)
    assert sorted(await states(me)) == ["ISSUED", "LOCKED"]
    await pay(shop.world, order)
    await complete(shop, order)
    assert await account(shop, me) == {"points": 5000} and sorted(await states(me)) == ["ISSUED", "REDEEMED"]
    await books_hold(shop)
