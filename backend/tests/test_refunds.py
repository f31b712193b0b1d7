"""Refunds through the API: exact in every sequence, once, with everything that hangs on them (Q08, O1–O7).

What others get wrong: `test_lessons_refunds.py`."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend import invariants, ledger, merchants, orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, claim, pay, place, quote, stays, within
from backend.tests.refunding import (
    account,
    ask,
    bought,
    complete,
    grant,
    payouts,
    preview,
    refund,
    send_all,
    settled,
    shown,
    sound,
    spend,
    stock,
    together,
    units_in,
)

OFF_200_30 = {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 20000, "off": 3000}]}


async def test_whole_order_before_it_is_handed_over_is_automatic(shop: Shop) -> None:
    """Q08, decision 0011: paid, not handed over: coupon, points, balance, stock, limits, the order count and the cash are
    back at once; nothing is granted later."""
    await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["TRIPE"]}, "price": 8000, "limits": {"stock": 5, "per_customer": 1}},
        name="秒杀",
    )
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    shopper = await shop.shopper()
    got = await claim(shopper, await shop.drop(off=500, least=5000))
    await grant(shop, shopper, "points", 1000)
    await grant(shop, shopper, "balance", 2000)
    order = await bought(
        shop, shopper, {"TRIPE": 1, "BEEF": 1}, delivery="DELIVERY", tenders={"points": 1000, "balanceFen": 2000}
    )
    assert order["payableFen"] == 8000 + 4000 - 500 + 600 and order["dueFen"] == 12100 - 3000
    assert await account(shop, shopper) == {} and await stock(shop, "TRIPE") == (99, 0, 1, 0)
    seen = await preview(shopper, order, {"TRIPE": 1, "BEEF": 1})
    assert (seen["automatic"], seen["everything"], seen["paidOutFen"], seen["shippingFen"]) == (True, True, 12100, 600)
    assert {(p["to"], p["fen"], p["points"]) for p in seen["parts"]} == {
        ("WECHAT", 9100, None),
        ("POINTS", 1000, 1000),
        ("BALANCE", 2000, None),
    }
    assert [c["back"] for c in seen["coupons"]] == [True] and "¥91 原路退回微信支付" in seen["sentences"]
    answer = await ask(shopper, order, {"TRIPE": 1, "BEEF": 1}, seen["token"])
    assert answer["state"] == "REFUNDED" and answer["refunds"][0]["byCustomer"] is True
    assert await account(shop, shopper) == {"points": 1000, "balance": 2000, "refund_due": 9100}
    assert await stock(shop, "TRIPE") == (100, 0, 1, 1) and await stock(shop, "BEEF") == (100, 0, 1, 1)
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == 0
    assert await database.fetchval("SELECT orders_count FROM members WHERE merchant_id = $1", shop.merchant_id) == 0
    coupon = await database.fetchrow("SELECT state, order_id FROM coupons WHERE id = $1", decode("cpn", got["id"]))
    assert coupon is not None and tuple(coupon.values()) == ("issued", None)
    path = await database.fetch(
        "SELECT before, after FROM coupon_moves WHERE merchant_id = $1 ORDER BY id", shop.merchant_id
    )
    steps = [
        (None, "issued"),
        ("issued", "locked"),
        ("locked", "redeemed"),
        ("redeemed", "returned"),
        ("returned", "issued"),
    ]
    assert {tuple(m.values()) for m in path} == set(steps) and len(path) == len(steps)
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 7500  # flash price and coupon may be used again
    assert (await complete(shop, order))["__typename"] == "OrderNotInState"
    await send_all(shop)
    await settled(shop)
    assert await account(shop, shopper) == {"points": 1000, "balance": 2000}
    await sound(shop)


async def test_after_hand_over_a_clerk_decides(shop: Shop) -> None:
    """Decision 0011: a customer's wish after hand-over waits; it may be withdrawn, rejected with words, or approved; only
    one waits at a time."""
    shopper, clerk = await shop.shopper(), await shop.staff("customer_service")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    first = await ask(shopper, order, {"BEEF": 1}, reason="有一袋化了")
    assert (first["refundState"], first["refunds"], first["refundedFen"]) == ("REQUESTED", [], 0)
    assert await payouts(shop) == []
    again = await ask(shopper, order, {"BEEF": 1})
    assert (again["__typename"], again["obstacle"]) == ("RefundImpossible", "ASKED_ALREADY")
    request = first["refundRequests"][0]
    text = (
        "mutation($i: WithdrawRefundInput!) { withdrawRefund(input: $i) { __typename ... on Order { refundState } } }"
    )
    mine = {"requestId": request["id"], "idempotencyKey": key()}
    other = (await (await shop.shopper()).run(text, i=mine))["withdrawRefund"]
    assert other["__typename"] == "NotFound"
    assert (await shopper.run(text, i=mine))["withdrawRefund"] == {"__typename": "Order", "refundState": "NONE"}
    second = (await ask(shopper, order, {"BEEF": 1}, reason="还是想退"))["refundRequests"][-1]
    reject = "mutation($i: RejectRefundInput!) { rejectRefund(input: $i) { __typename ... on InvalidInput { problems { path } } ... on Order { refundState } ... on RefundImpossible { obstacle } } }"
    empty = (await clerk.run(reject, i={"requestId": second["id"], "note": " ", "idempotencyKey": key()}))[
        "rejectRefund"
    ]
    assert empty == {"__typename": "InvalidInput", "problems": [{"path": "note"}]}
    assert (await shown(shopper, order))["refundState"] == "REQUESTED"
    said = {"requestId": second["id"], "note": "已拆封使用", "idempotencyKey": key()}
    assert (await clerk.run(reject, i=said))["rejectRefund"] == {"__typename": "Order", "refundState": "NONE"}
    late = (await clerk.run(reject, i={**said, "idempotencyKey": key()}))["rejectRefund"]
    assert late == {"__typename": "RefundImpossible", "obstacle": "DECIDED_ALREADY"}
    third = (await ask(shopper, order, {"BEEF": 1}, reason="照片已发客服"))["refundRequests"][-1]
    wrong = await refund(clerk, order, {"BEEF": 2}, requestId=third["id"])
    assert (wrong["__typename"], wrong["problems"][0]["path"]) == ("InvalidInput", "units")
    done = await refund(clerk, order, {"BEEF": 1}, restock=False, requestId=third["id"])
    assert [(r["state"], r["note"]) for r in done["refundRequests"]] == [
        ("WITHDRAWN", None),
        ("REJECTED", "已拆封使用"),
        ("DONE", None),
    ]
    assert (done["state"], done["refundState"], done["refundedFen"]) == ("COMPLETED", "PROCESSING", 4000)
    assert await stock(shop, "BEEF") == (98, 0, 2, 0)  # frozen goods that were handed over do not go back on the shelf
    await sound(shop)


async def test_a_request_that_was_overtaken_is_closed_not_done(shop: Shop) -> None:
    """0011: a clerk refunds the whole order by themselves while a request for a part waits: nobody answered that request."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    await ask(shopper, order, {"BEEF": 1})
    end = await refund(clerk, order, {"BEEF": 2})
    assert [(r["state"], r["units"]) for r in end["refundRequests"]] == [("CLOSED", units_in({"BEEF": 1}))]


async def test_attempts_of_a_customer(shop: Shop) -> None:
    """C4, Q08: a key with other contents, a token used before, units that cancel each other, more than an integer holds."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order, mark = await bought(shop, shopper, {"BEEF": 2}), key()
    token = (await preview(shopper, order, {"BEEF": 2}))["token"]
    split = await preview(shopper, order, {"BEEF": 2**31 - 1})
    assert (split["__typename"], split["problems"][0]["path"]) == ("InvalidInput", "units[0].qty")
    text = "query($i: RefundPreviewInput!) { refundPreview(input: $i) { __typename ... on InvalidInput { problems { path } } } }"
    twice = [{"sku": "BEEF", "qty": 3}, {"sku": "BEEF", "qty": -2}]
    seen = (await shopper.run(text, i={"orderId": order["id"], "units": twice}))["refundPreview"]
    assert [p["path"] for p in seen["problems"]] == ["units[0].qty", "units[1].qty"]
    assert (await ask(shopper, order, {"BEEF": 2}, token, idempotency=mark))["state"] == "REFUNDED"
    assert (await ask(shopper, order, {"BEEF": 1}, token, idempotency=mark))["__typename"] == "IdempotencyConflict"
    assert (await ask(shopper, order, {"BEEF": 2}, token))["__typename"] == "OrderNotInState"
    assert (await refund(clerk, order, {"BEEF": 2}, token, idempotency=mark))["__typename"] == "OrderNotInState"
    assert [fen for _, fen, _ in await payouts(shop)] == [8000]
    await sound(shop)


async def test_before_completion_the_earning_shrinks(shop: Shop) -> None:
    """Q08: a part refunded before hand-over earns nothing later, and nothing is taken back."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2, "TOFU": 1})
    answer = await refund(clerk, order, {"BEEF": 1})
    assert (answer["state"], answer["refundState"]) == ("PAID", "PROCESSING")
    assert await account(shop, shopper) == {"refund_due": 4000}
    text = "query($id: ID!) { order(id: $id) { earn { points sentence } } }"
    assert [e["points"] for e in (await shopper.run(text, id=order["id"]))["order"]["earn"]] == [490]
    assert (await complete(shop, order))["__typename"] == "Order"
    assert await account(shop, shopper) == {"refund_due": 4000, "points": 490}
    await refund(clerk, order, {"BEEF": 1, "TOFU": 1})
    assert await account(shop, shopper) == {"refund_due": 8900}
    assert (await shopper.run(text, id=order["id"]))["order"]["earn"] == []
    await sound(shop)


async def test_gifts_come_back_or_are_charged(shop: Shop) -> None:
    """§8: a gift whose tier is lost comes back with the batch or its list price is withheld; what it says, in sentences."""
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 8000, "gifts": [{"sku": "TOFU", "qty": 2}]}]}, name="满80赠"
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    kept = await preview(clerk, order, {"BEEF": 1}, staff=True)
    assert (kept["refundFen"], kept["withheldFen"], kept["paidOutFen"]) == (4000, 1800, 2200)
    assert any("没有退回的赠品" in s for s in kept["sentences"])
    back = await preview(clerk, order, {"BEEF": 1, "TOFU": 2}, staff=True)
    assert (back["withheldFen"], back["paidOutFen"]) == (0, 4000)
    assert [(x["sku"], x["qty"], x["gift"]) for x in back["lines"]] == [("BEEF", 1, False), ("TOFU", 2, True)]
    await refund(clerk, order, {"BEEF": 1, "TOFU": 2}, back["token"])
    assert await stock(shop, "TOFU") == (100, 0, 2, 2)
    end = await refund(clerk, order, {"BEEF": 1})
    assert (end["refundedFen"], end["refunds"][1]["withheldFen"]) == (8000, 0)
    await sound(shop)


async def test_a_coupon_that_expired_stays_used_and_grace_is_given_once(shop: Shop) -> None:
    """§8, Q08: within its validity plus grace it comes back with its new end; the second time there is no grace."""
    await merchants.set_refund_policy(shop.merchant_id, {"grace_days": 3})
    shopper = await shop.shopper()
    got = await claim(shopper, await shop.drop(off=500))
    row_id = decode("cpn", got["id"])
    first = await database.fetchval("SELECT expires_at FROM coupons WHERE id = $1", row_id)
    for extra in (3, 3):
        order = await bought(shop, shopper, {"BEEF": 1})
        assert order["payableFen"] == 3500
        assert (await ask(shopper, order, {"BEEF": 1}))["state"] == "REFUNDED"
        assert await database.fetchval("SELECT expires_at FROM coupons WHERE id = $1", row_id) == first + timedelta(
            days=extra
        )
    order = await bought(shop, shopper, {"BEEF": 1})
    made = await orders.refunds.preview(
        shop.world.settings.secret,
        shop.merchant_id,
        decode("ord", order["id"]),
        [("BEEF", 1)],
        orders.Asker("t"),
        now() + timedelta(days=6),
    )
    assert isinstance(made, orders.Preview) and [(c.back, c.why) for c in made.plan.coupons] == [(False, "EXPIRED")]
    assert any("已经过期" in s for s in made.sentences)
    part = await bought(shop, shopper, {"BEEF": 2})
    assert (await preview(shopper, part, {"BEEF": 1}))["coupons"] == []
    await sound(shop)


async def test_a_part_keeps_the_coupon(shop: Shop) -> None:
    """§8: while something is kept, the coupon stays used, and the preview says why."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    await claim(shopper, await shop.drop(off=500))
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert [(c["back"], c["reason"]) for c in seen["coupons"]] == [(False, "整单退完才退券")] and seen[
        "automatic"
    ] is False
    await refund(clerk, order, {"BEEF": 1})
    assert await database.fetchval("SELECT state FROM coupons WHERE merchant_id = $1", shop.merchant_id) == "redeemed"
    await refund(clerk, order, {"BEEF": 1})
    assert await database.fetchval("SELECT state FROM coupons WHERE merchant_id = $1", shop.merchant_id) == "issued"
    await sound(shop)


async def test_bad_wishes_change_nothing(shop: Shop) -> None:
    """Q08: each refused by name with its place; nothing is booked."""
    shopper, other, clerk = await shop.shopper(), await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    token = (await preview(shopper, order, {"BEEF": 1}))["token"]
    for units, path in (
        ({"BEEF": 3}, "units[0].qty"),
        ({"NOPE": 1}, "units[0].sku"),
        ({"BEEF": 0}, "units[0].qty"),
        ({}, "units"),
    ):
        seen = await preview(shopper, order, units)
        assert (seen["__typename"], seen["problems"][0]["path"]) == ("InvalidInput", path)
        answer = await ask(shopper, order, units, token)
        assert (answer["__typename"], answer["problems"][0]["path"]) == ("InvalidInput", path)
    assert (await ask(shopper, order, {"BEEF": 1}, token, reason=" "))["problems"][0]["path"] == "reason"
    assert (await ask(shopper, order, {"BEEF": 1}, token + "x"))["problems"][0]["path"] == "previewToken"
    assert (await preview(other, order, {"BEEF": 1}))["__typename"] == "NotFound"
    assert (await ask(other, order, {"BEEF": 1}, token))["__typename"] == "NotFound"
    far = await shop.staff("store_manager", stores=(shop.stores[1].id,))
    assert (await preview(far, order, {"BEEF": 1}, staff=True))["__typename"] == "NotFound"
    assert (await refund(far, order, {"BEEF": 1}, token))["__typename"] == "NotFound"
    waiting = await place(shopper, {"BEEF": 1})
    assert (await preview(shopper, waiting, {"BEEF": 1}))["__typename"] == "OrderNotInState"
    elsewhere = (await preview(shopper, await bought(shop, shopper, {"BEEF": 2}), {"BEEF": 1}))["token"]
    assert (await refund(clerk, order, {"BEEF": 1}, elsewhere))[
        "__typename"
    ] == "RefundChanged"  # a token is of its order
    assert await database.fetchval("SELECT count(*) FROM refunds WHERE merchant_id = $1", shop.merchant_id) == 0
    assert await database.fetchval("SELECT count(*) FROM refund_requests WHERE merchant_id = $1", shop.merchant_id) == 0
    assert await account(shop, shopper) == {} and await payouts(shop) == []


async def test_changed_since_it_was_seen_is_refused_with_both_figures(shop: Shop) -> None:
    """The preview's token: points spent in between change what is withheld: nothing happens, both figures are told."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    seen = await preview(clerk, order, {"BEEF": 1}, staff=True)
    await spend(shop, shopper, "points", 400)
    answer = await refund(clerk, order, {"BEEF": 1}, seen["token"])
    assert (answer["__typename"], answer["seenPaidOutFen"], answer["preview"]["paidOutFen"]) == (
        "RefundChanged",
        4000,
        3600,
    )
    assert "¥40" in answer["message"] and "¥36" in answer["message"] and await payouts(shop) == []
    assert (await refund(clerk, order, {"BEEF": 1}, answer["preview"]["token"]))["refunds"][0]["paidOutFen"] == 3600
    await sound(shop)


async def test_withheld_comes_out_of_points_before_money(shop: Shop) -> None:
    """Decision 0011: an order paid with points and cash: what is withheld is taken from the points that come back first."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    await grant(shop, shopper, "points", 500)
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, tenders={"points": 500})
    earned = (await account(shop, shopper))["points"]
    assert earned == 350  # on what was not paid with points
    await spend(shop, shopper, "points", 350)
    answer = (await refund(clerk, order, {"BEEF": 1}))["refunds"][0]
    assert (answer["refundFen"], answer["withheldFen"]) == (4000, 350)
    assert [(p["to"], p["fen"], p["points"]) for p in answer["parts"]] == [("WECHAT", 3500, None), ("POINTS", 150, 150)]
    assert await account(shop, shopper) == {"points": 150, "refund_due": 3500}
    await sound(shop)


# Races: real connections, one row lock


@pytest.mark.usefixtures("exact")
async def test_two_refunds_of_the_same_unit_at_once(shop: Shop) -> None:
    """O2: five clerks refund the one unit at the same moment: one does; the others are told what is left."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    await refund(clerk, order, {"BEEF": 1})
    token = (await preview(clerk, order, {"BEEF": 1}, staff=True))["token"]
    answers = await together(*(refund(clerk, order, {"BEEF": 1}, token) for _ in range(5)))
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["OrderNotInState"] * 4
    assert [n for _, n, _ in await payouts(shop)] == [4000, 4000]
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_two_parts_at_once_are_numbered_and_exact(shop: Shop) -> None:
    """O2: two different units at once: one is made, the other was seen before it and is shown anew (its number moved)."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 9000, "off": 1000}]}, name="满90减10")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"PORK": 3, "TOFU": 1}, done=True)
    wishes = [{"PORK": 2}, {"PORK": 1, "TOFU": 1}]
    tokens = [(await preview(clerk, order, w, staff=True))["token"] for w in wishes]
    answers = await together(*(refund(clerk, order, w, t) for w, t in zip(wishes, tokens, strict=True)))
    assert sorted(a["__typename"] for a in answers) == ["Order", "RefundChanged"]
    left = wishes[[a["__typename"] for a in answers].index("RefundChanged")]
    end = await refund(clerk, order, left)
    assert (end["state"], end["refundedFen"], [r["number"] for r in end["refunds"]]) == ("REFUNDED", 8900, [1, 2])
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_the_same_key_refunds_once(shop: Shop) -> None:
    """C4: five times at once with one key: one batch, the same answer; with other units the key is refused."""
    shopper, clerk, mark = await shop.shopper(), await shop.staff("admin"), key()
    order = await bought(shop, shopper, {"BEEF": 3}, done=True)
    token = (await preview(clerk, order, {"BEEF": 1}, staff=True))["token"]
    answers = await together(*(refund(clerk, order, {"BEEF": 1}, token, idempotency=mark) for _ in range(5)))
    assert {(a["__typename"], a["refundedFen"]) for a in answers} == {("Order", 4000)}
    assert (await refund(clerk, order, {"BEEF": 2}, token, idempotency=mark))["__typename"] == "IdempotencyConflict"
    assert len(await payouts(shop)) == 1 and await stock(shop, "BEEF") == (98, 0, 3, 1)
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_refund_races_with_completion(shop: Shop) -> None:
    """Q08: a whole refund at the customer's tap and the hand-over at the same moment: one of them wins, points and cash
    are as the winner says."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    outcomes = set()
    for _ in range(6):
        shopper = await shop.shopper()
        order = await bought(shop, shopper, {"BEEF": 1})
        token = (await preview(shopper, order, {"BEEF": 1}))["token"]
        asked, done = await asyncio.gather(ask(shopper, order, {"BEEF": 1}, token), complete(shop, order))
        state = (await shown(shopper, order))["state"]
        if asked["__typename"] == "Order":
            assert (state, done) == ("REFUNDED", {"__typename": "OrderNotInState", "state": "REFUNDED"})
            assert await account(shop, shopper) == {"refund_due": 4000}
        else:
            assert (asked["__typename"], state) == ("RefundChanged", "COMPLETED") and not asked["preview"]["automatic"]
            assert await account(shop, shopper) == {"points": 400}
        outcomes.add(state)
    assert outcomes <= {"REFUNDED", "COMPLETED"}
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_refund_races_with_payment_and_cancellation(shop: Shop) -> None:
    """O6: cancelling, paying and asking for a refund at once: the money is owed back once, whoever wins."""
    for _ in range(4):
        shopper = await shop.shopper()
        order = await place(shopper, {"BEEF": 1})
        cancel = shopper.run(
            "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
            i={"orderId": order["id"], "idempotencyKey": key()},
        )
        paid = orders.pay(shop.merchant_id, order["number"], f"t{key()[:12]}", 4000, now())
        await asyncio.gather(cancel, paid)
        state = (await shown(shopper, order))["state"]
        if state == "PAID":
            assert (await ask(shopper, order, {"BEEF": 1}))["state"] == "REFUNDED"
        assert await account(shop, shopper) == {"refund_due": 4000}
        assert await stock(shop, "BEEF") == (100, 0, *((await stock(shop, "BEEF"))[2:]))
    assert {(n, s) for _, n, s in await payouts(shop)} == {(4000, "processing")} and len(await payouts(shop)) == 4
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_spending_points_races_with_the_claw_back(shop: Shop) -> None:
    """L3: the points that a refund takes back are spent on another order at the same moment: the account never falls
    below zero, and what was spent is withheld or the order is told a new price."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    clerk = await shop.staff("admin")
    for _ in range(5):
        shopper = await shop.shopper()
        order = await bought(shop, shopper, {"BEEF": 1}, done=True)
        seen = await preview(clerk, order, {"BEEF": 1}, staff=True)
        token = (await quote(shopper, {"TOFU": 1}, tenders={"points": 400}))["token"]
        made, placed = await asyncio.gather(
            refund(clerk, order, {"BEEF": 1}, seen["token"]),
            place(shopper, {"TOFU": 1}, token, tenders={"points": 400}),
        )
        pair = (made["__typename"], placed["__typename"])
        assert pair in {("Order", "PriceChanged"), ("RefundChanged", "Order")}, pair
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_refunds_and_payments_of_the_same_goods_at_once(shop: Shop) -> None:
    """O4: refunds and payments that touch the same stock, drop, flash price and books at once all end, none in a deadlock:
    everybody locks in one order."""
    await shop.promotion(
        {
            "type": "fixed_price",
            "scope": {"skus": ["TRIPE"]},
            "price": 8000,
            "limits": {"stock": 90, "per_customer": 9},
        },
        name="秒杀",
    )
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    drop, clerk = await shop.drop(off=500, total=100), await shop.staff("admin")
    both: list[tuple[Client, dict[str, Any], bool]] = []
    for n in range(16):
        shopper = await shop.shopper()
        await claim(shopper, drop)
        await grant(shop, shopper, "points", 300)
        await grant(shop, shopper, "balance", 300)
        order = await place(shopper, {"TRIPE": 1, "BEEF": 1}, tenders={"points": 300, "balanceFen": 300})
        if n % 2:
            await pay(shop.world, order)
            await complete(shop, order)
        both.append((shopper, order, bool(n % 2)))
    tokens = [
        (await preview(clerk, order, {"TRIPE": 1, "BEEF": 1}, staff=True))["token"] if paid else ""
        for _, order, paid in both
    ]
    answers = await asyncio.gather(
        *(
            refund(clerk, order, {"TRIPE": 1, "BEEF": 1}, token)
            if paid
            else orders.pay(shop.merchant_id, order["number"], f"t{key()[:12]}", order["dueFen"], now())
            for (_, order, paid), token in zip(both, tokens, strict=True)
        )
    )
    states = [a["state"] if isinstance(a, dict) else a.state for a in answers]
    assert sorted(states) == ["REFUNDED"] * 8 + ["paid"] * 8
    assert await stock(shop, "TRIPE") == (92, 0, 16, 8)
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == 8
    assert await database.fetchval("SELECT redeemed FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id) == 8
    await sound(shop)


# The dashboard


async def test_dashboard_counts_a_refund_once(shop: Shop) -> None:
    """E1, D01: sold figures stay, refunds are counted once, also when the relay hands an event on again."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    await refund(clerk, order, {"BEEF": 1})
    text = "{ dashboard { cards { orders revenueFen refunds refundedFen } } }"

    async def cards() -> dict[str, int] | None:
        found = (await clerk.run(text))["dashboard"]["cards"]
        return found if found["refunds"] else None

    wanted = {"orders": 1, "revenueFen": 8000, "refunds": 1, "refundedFen": 4000}
    assert await within(5, cards) == wanted
    await database.pool().execute("UPDATE outbox_events SET relayed_at = NULL WHERE merchant_id = $1", shop.merchant_id)

    async def handed_on() -> bool:
        left = await database.fetchval(
            "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL", shop.merchant_id
        )
        return bool(left == 0)

    await within(5, handed_on)
    assert await cards() == wanted


# Who may what


@pytest.mark.parametrize(
    ("role", "may"), [("cashier", False), ("finance", False), ("store_manager", True), ("customer_service", True)]
)
async def test_roles(shop: Shop, role: str, may: bool) -> None:
    """T09: who takes money at the till does not give it back alone; finance reads."""
    from backend.demo.client import GraphQLFailed

    shopper, staff = await shop.shopper(), await shop.staff(role)
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    seen = await preview(staff, order, {"BEEF": 1}, staff=True)
    assert seen["paidOutFen"] == 4000
    if may:
        assert (await refund(staff, order, {"BEEF": 1}))["state"] == "REFUNDED"
    else:
        with pytest.raises(GraphQLFailed) as denied:
            await refund(staff, order, {"BEEF": 1})
        assert denied.value.code == "FORBIDDEN" and await payouts(shop) == []


async def test_staff_find_orders(shop: Shop) -> None:
    """The console's look-up: by number, member code, waiting requests; only of one's own stores; not another merchant's."""
    shopper, other, clerk = await shop.shopper(), await shop.shopper(), await shop.staff("admin")
    one = await bought(shop, shopper, {"BEEF": 1}, done=True)
    two = await bought(shop, other, {"TOFU": 1}, storeId=f"sto_{shop.stores[1].id.hex}")
    await ask(shopper, one, {"BEEF": 1})
    text = "query($s: String, $r: RefundState) { storeOrders(search: $s, refundState: $r) { totalCount nodes { order { id } member { memberCode } } } }"
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]

    async def found(staff: object, **given: object) -> list[str]:
        page = (await staff.run(text, **given))["storeOrders"]  # type: ignore[attr-defined]
        assert page["totalCount"] == len(page["nodes"])
        return [n["order"]["id"] for n in page["nodes"]]

    assert await found(clerk) == [two["id"], one["id"]]
    assert (
        await found(clerk, s=one["number"])
        == await found(clerk, s=code)
        == await found(clerk, r="REQUESTED")
        == [one["id"]]
    )
    assert await found(clerk, s="%") == [] == await found(clerk, r="FAILED")
    assert await found(await shop.staff("store_manager", stores=(shop.stores[1].id,))) == [two["id"]]


async def test_units_in_any_order_are_one_wish(shop: Shop) -> None:
    """A wish has one form: the same units in another order, or split, have the same token."""
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 2, "TOFU": 1}, done=True)
    one = await preview(shopper, order, {"BEEF": 2, "TOFU": 1})
    text = "query($i: RefundPreviewInput!) { refundPreview(input: $i) { ... on RefundPreview { token } } }"
    split = [*units_in({"TOFU": 1, "BEEF": 1}), {"sku": "BEEF", "qty": 1}]
    assert (await shopper.run(text, i={"orderId": order["id"], "units": split}))["refundPreview"]["token"] == one[
        "token"
    ]


# What is always true, and would be found


async def test_planted_violations_are_found(shop: Shop) -> None:
    """O1, O2: the checks see a sum that its batches do not make, cash that is not on its way, a part that is not booked or
    booked for nothing, and a frozen price that no longer prices the same."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    await refund(clerk, order, {"BEEF": 1})
    await sound(shop)
    order_id = decode("ord", order["id"])

    async def planted(sql: str, undo: str) -> list[str]:
        await database.pool().execute(sql, order_id)
        found = [f"{v.rule} {v.detail.split(':', 1)[1]}" for v in await invariants.violations(shop.merchant_id, "O")]
        await database.pool().execute(undo, order_id)
        await sound(shop)
        return found

    assert await planted(
        "UPDATE orders SET refunded_fen = refunded_fen - 1 WHERE id = $1",
        "UPDATE orders SET refunded_fen = refunded_fen + 1 WHERE id = $1",
    ) == ["O2  refunded 3999 of 8000, 1 batches make 4000"]
    found = await planted(
        "UPDATE payouts SET amount_fen = 3999 WHERE order_id = $1",
        "UPDATE payouts SET amount_fen = 4000 WHERE order_id = $1",
    )
    assert found == ["O2  8000 paid in cash, 4000 back, 3999 sent", "O2  4000 booked as owed, 3999 on its way"]
    found = await planted(
        "UPDATE orders SET quote = jsonb_set(quote, '{payable}', '8001') WHERE id = $1",
        "UPDATE orders SET quote = jsonb_set(quote, '{payable}', '8000') WHERE id = $1",
    )
    assert found == ["O1  differs in payable"]
    async with database.transaction() as tx:
        await ledger.transfer(
            tx, shop.merchant_id, debit=ledger.merchant_book(shop.merchant_id), credit=ledger.member(new_id()), unit="points",
            amount=7, kind="refund", business_key="refund:nobody:1:points", at=now(), memo={},
        )  # fmt: skip
    details = [v.detail for v in await invariants.violations(shop.merchant_id, "O")]
    assert details[0] == "refund:nobody:1:points: 7 booked for no batch"
    assert len(details) == 2 and "members have 7, the journal owes 0" in details[1]  # O7


async def test_batches_cannot_be_rewritten(shop: Shop) -> None:
    """O2: a batch is append-only; more than was paid cannot be written."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await refund(clerk, order, {"BEEF": 1})
    for sql in (
        "UPDATE refunds SET refund_fen = 1 WHERE merchant_id = $1",
        "DELETE FROM refunds WHERE merchant_id = $1",
    ):
        await stays(shop.world, sql, shop.merchant_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await database.pool().execute(
            "UPDATE orders SET refunded_fen = payable_fen + 1 WHERE merchant_id = $1", shop.merchant_id
        )
    await sound(shop)


async def test_an_order_without_a_price_is_refused_by_name(shop: Shop) -> None:
    """Q07: an imported past order has no frozen price; one paid more than a year ago is beyond WeChat's terms."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await database.pool().execute(
        "UPDATE orders SET paid_at = now() - interval '366 days' WHERE id = $1", decode("ord", order["id"])
    )
    old = await preview(clerk, order, {"BEEF": 1}, staff=True)
    assert (old["__typename"], old["obstacle"]) == ("RefundImpossible", "TOO_LATE")
    await database.pool().execute(
        "UPDATE orders SET paid_at = now(), quote = NULL, request = NULL WHERE id = $1", decode("ord", order["id"])
    )
    bare = await preview(clerk, order, {"BEEF": 1}, staff=True)
    assert (bare["__typename"], bare["obstacle"]) == ("RefundImpossible", "NO_FROZEN_PRICE")
    assert (await shown(shopper, order))["refundable"] == []


async def test_another_search_takes_no_order_its_refund(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """O1: the promised combination is frozen with the order; a search that would find another price is not asked."""
    await shop.promotion(OFF_200_30, name="满200减30")
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    await claim(shopper, await shop.drop(off=500, least=5000))
    order = await bought(shop, shopper, {"PORK": 8}, done=True)

    def another(*_: object, **__: object) -> None:
        raise AssertionError("a frozen price is not searched")

    monkeypatch.setattr("backend.pricing.quote", another)
    answer = await refund(clerk, order, {"PORK": 8})
    assert answer["__typename"] == "Order" and answer["refundedFen"] == order["payableFen"] < 24000
    await sound(shop)


async def test_command_line_shows_money_on_its_way(shop: Shop) -> None:
    """R05: `shuhui refunds-due` lists it, `refund-policy` changes what later orders are refunded by, `verify-ledger` holds."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await refund(clerk, order, {"BEEF": 1})
    settings = shop.world.settings
    env = {
        **os.environ,
        "SHUHUI_DATA": str(settings.data),
        "SHUHUI_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
    }

    async def shuhui(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend.cli",
            *arguments,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    _, listed = await shuhui("refunds-due")
    mine = [line for line in listed.splitlines() if line.startswith(shop.code)]
    assert len(mine) == 1 and f"订单 {order['number']}  退款单 {order['number']}R01  4000 分  处理中" in mine[0]
    assert await shuhui("refund-policy", "--merchant", shop.code, "--grace-days", "2", "--no-shipping") == (
        0, '{"refund": "allocated", "refund_shipping": false, "clawback": "offset", "grace_days": 2}\n',
    )  # fmt: skip
    later = await place(shopper, {"BEEF": 1})
    frozen = await orders.frozen_request(shop.merchant_id, decode("ord", later["id"]))  # type: ignore[arg-type]
    assert (frozen["policy"]["refund_shipping"], frozen["policy"]["grace_days"]) == (False, 2)
    code, said = await shuhui("refund-policy", "--merchant", "nobody-here")
    assert code == 2 and "没有商户" in said
