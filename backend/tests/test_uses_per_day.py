"""K01: a coupon template may be used so many times a day by one customer; exact when many orders are placed at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import PLACE, QUOTE, Shop, claim, pay, place, quote
from backend.tests.refunding import refund
from backend.tests.test_drops import make

CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
REASONS = """query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { coupons { coupon { id } applied reason }
  rejected { reason at couponId } } } }"""


async def holding(shop: Shop, limit: int, coupons: int) -> tuple[Client, str]:
    """A customer with so many coupons of one template."""
    drop, me = await shop.drop(total=50, per_member=coupons, off=500, usesPerDay=limit), await shop.shopper()
    for _ in range(coupons):
        assert (await claim(me, drop))["__typename"] == "Coupon"
    return me, drop


async def saved(client: Client) -> int:
    return int((await quote(client, {"BEEF": 1}))["savedFen"])


@pytest.mark.usefixtures("exact")
async def test_so_many_a_day(shop: Shop) -> None:
    """K01: two of four may be used today; then quotes go on without and say until when, a choice of one by hand as well; cancelling
    frees a use, refunding too; tomorrow there are two again; the terms say so."""
    me, _ = await holding(shop, 2, 4)
    first, second = await place(me, {"BEEF": 1}), await place(me, {"BEEF": 1})
    assert [first["payableFen"], second["payableFen"]] == [3500, 3500]
    assert await saved(me) == 0
    found = (await me.run(REASONS, c={"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}))["quoteCart"]
    (coupon,) = found["coupons"]
    tomorrow = (now() + timedelta(hours=8)).date() + timedelta(days=1)
    assert coupon["reason"] == f"这种券每天限用 2 张，今天已用 2 张，{tomorrow.month}月{tomorrow.day}日 00:00 起可再用"
    assert [(r["reason"], datetime.fromisoformat(r["at"]).timestamp() % 86400) for r in found["rejected"]] == [
        ("NOT_YET", 16 * 3600)
    ]
    chosen = {"mode": "FIXED", "ids": [coupon["coupon"]["id"]]}
    assert (await quote(me, {"BEEF": 1}, coupons=chosen))["savedFen"] == 0
    await me.run(CANCEL, i={"orderId": first["id"], "idempotencyKey": key()})
    assert await saved(me) == 500
    await pay(shop.world, second)
    third = await place(me, {"BEEF": 1})
    assert third["payableFen"] == 3500 and await saved(me) == 0
    assert (await refund(await shop.admin(), second, {"BEEF": 1}))["__typename"] == "Order"
    assert await saved(me) == 500  # it came back, and so did the use
    await database.pool().execute(
        "UPDATE coupons SET locked_at = locked_at - interval '1 day' WHERE merchant_id = $1 AND locked_at IS NOT NULL",
        shop.merchant_id,
    )  # the third was yesterday
    assert (await place(me, {"BEEF": 1}))["payableFen"] == 3500
    assert await saved(me) == 500


@pytest.mark.usefixtures("exact")
async def test_at_once_never_more_than_the_limit(shop: Shop) -> None:
    """K01: ten orders placed at the same moment, each with a coupon of its own by hand, limit 2: exactly two have their discount,
    the others are told the new price and take nothing; another customer is not counted."""
    me, drop = await holding(shop, 2, 10)
    other = await shop.shopper()
    await claim(other, drop)
    held = (await me.run("{ benefitAccount { coupons(first: 20) { nodes { id } } } }"))["benefitAccount"]["coupons"][
        "nodes"
    ]
    carts = [
        {
            "lines": [{"sku": "BEEF", "qty": 1}],
            "delivery": "PICKUP",
            "coupons": {"mode": "FIXED", "ids": [coupon["id"]]},
        }
        for coupon in held
    ]
    quotes = await asyncio.gather(*(me.run(QUOTE, c=cart) for cart in carts))
    assert {q["quoteCart"]["savedFen"] for q in quotes} == {500}
    answers: list[dict[str, Any]] = await asyncio.gather(
        *(
            me.run(PLACE, i={"cart": cart, "quoteToken": q["quoteCart"]["token"], "idempotencyKey": key()})
            for cart, q in zip(carts, quotes, strict=True)
        )
    )
    kinds = [a["placeOrder"]["__typename"] for a in answers]
    assert sorted(kinds) == ["Order"] * 2 + ["PriceChanged"] * 8
    assert {a["placeOrder"]["quote"]["payableFen"] for a in answers if "quote" in a["placeOrder"]} == {4000}
    states = await database.fetch(
        "SELECT state, count(*)::int AS n FROM coupons WHERE merchant_id = $1 AND drop_id = $2 GROUP BY 1",
        shop.merchant_id,
        decode("drp", drop),
    )
    assert {row["state"]: row["n"] for row in states} == {"issued": 9, "locked": 2}
    assert (await place(other, {"BEEF": 1}))["payableFen"] == 3500


async def test_a_coupon_that_ends_first_is_not_promised_for_tomorrow(shop: Shop) -> None:
    """K01: where the limit of today is reached and the coupon ends before tomorrow, the quote says that it cannot be used any more,
    not from when it could."""
    me, _ = await holding(shop, 1, 2)
    await place(me, {"BEEF": 1})
    ends = datetime.combine((now() + timedelta(hours=8)).date() + timedelta(days=1), datetime.min.time(), UTC)
    ends -= timedelta(hours=8)
    await database.pool().execute(
        "UPDATE coupons SET expires_at = $2 WHERE merchant_id = $1 AND state = 'issued'", shop.merchant_id, ends
    )
    found = (await me.run(REASONS, c={"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}))["quoteCart"]
    (coupon,) = found["coupons"]
    day = (ends + timedelta(hours=8)).date()
    assert (
        coupon["reason"] == f"这种券每天限用 1 张，今天已用 1 张；这张 {day.month}月{day.day}日 00:00 到期，不能再用了"
    )


async def test_the_statement_guards_it_by_itself(shop: Shop) -> None:
    """K01: whoever locks a coupon past the limit, though the quote did not know, is refused and changes nothing."""
    from backend import coupons

    me, _ = await holding(shop, 1, 2)
    order = await place(me, {"BEEF": 1})
    rows = await database.fetch("SELECT id, member_id, state FROM coupons WHERE merchant_id = $1", shop.merchant_id)
    free = next(row for row in rows if row["state"] == "issued")
    order_id = decode("ord", order["id"])
    assert order_id is not None
    async with database.transaction() as tx:
        taken = await coupons.lock(tx, shop.merchant_id, free["member_id"], {free["id"]: 500}, order_id, now())
    assert taken == coupons.CouponTaken(free["id"])
    assert await database.fetchval("SELECT state FROM coupons WHERE id = $1", free["id"]) == "issued"


async def test_the_limit_is_a_number_in_the_terms(shop: Shop) -> None:
    """K01: 1–99, told in the terms; anything else is refused at its field, nothing is made."""
    for wrong in (0, -1, 100):
        refused = await make(shop, usesPerDay=wrong)
        assert [p["path"] for p in refused["problems"]] == ["usesPerDay"]
    assert await database.fetchval("SELECT count(*) FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id) == 0
    assert "每人每天限用 2 张" in (await make(shop, usesPerDay=2))["template"]["terms"]
    assert not any("每天限用" in line for line in (await make(shop))["template"]["terms"])
