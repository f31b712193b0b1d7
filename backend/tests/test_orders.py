"""Quote → place → pay → complete, cancel: all or nothing, once, and reproducible."""

from __future__ import annotations

import asyncio
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import invariants, ledger, orders, pricing
from backend.bench.carts import ordinary
from backend.demo.client import GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.orders import quoting, searching
from backend.price_files import cli_price
from backend.tests.conftest import QUOTE, Shop, World, claim, pay, place, quote

OFF_200_30 = {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 20000, "off": 3000}]}


async def stock(shop: Shop, sku: str) -> tuple[int, int, int]:
    row = await database.fetchrow(
        "SELECT on_hand, reserved, sold FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
        shop.merchant_id,
        shop.stores[0].id,
        sku,
    )
    assert row is not None
    return row["on_hand"], row["reserved"], row["sold"]


async def test_quote_explains_itself(shop: Shop) -> None:
    """Q01, Q02, P03: lines, offers applied, offers that did not and by how much, proven optimal; shipping apart."""
    await shop.promotion(OFF_200_30, name="满200减30")
    await shop.promotion({"type": "percent_off", "scope": {"categories": ["小酥肉"]}, "pay_bp": 8500}, name="炸货85折")
    shopper = await shop.shopper()
    low = await quote(shopper, {"TRIPE": 1, "PORK": 1}, delivery="DELIVERY")
    assert (low["listFen"], low["goodsFen"], low["shippingFen"], low["payableFen"], low["optimal"]) == (
        13000,
        12550,
        600,
        13150,
        True,
    )
    # the most that the threshold can see is the list price: 200.00 − 130.00
    assert [(r["reason"], r["shortByFen"], r["sentence"]) for r in low["rejected"]] == [
        ("THRESHOLD", 7000, "还差¥70.00")
    ]
    assert [(g["title"], g["reached"], g["shortByFen"], sorted(g["skus"])) for g in low["groups"]] == [
        ("满200减30", False, 7000, ["PORK", "TRIPE"])
    ]
    high = await quote(shopper, {"TRIPE": 2, "PORK": 1})
    assert high["payableFen"] == 22550 - 3000 and {o["name"] for o in high["offers"]} == {"满200减30", "炸货85折"}
    assert sum(line["payableFen"] for line in high["lines"]) == high["goodsFen"]
    assert all(sum(line["unitsFen"]) == line["payableFen"] for line in high["lines"])


async def test_bad_carts_are_refused_with_places(shop: Shop) -> None:
    """Q01: unknown goods, impossible quantities and foreign coupons are named, all at once."""
    shopper = await shop.shopper()
    bad = await quote(shopper, {"NOPE": 1, "BEEF": 10_000})
    assert bad["__typename"] == "InvalidInput" and [p["path"] for p in bad["problems"]] == ["lines[1].qty"]
    assert [p["path"] for p in (await quote(shopper, {"NOPE": 1}))["problems"]] == ["lines[0].sku"]
    other = await claim(await shop.shopper(), await shop.drop())
    foreign = await quote(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [other["id"]]})
    assert [p["path"] for p in foreign["problems"]] == ["coupons.ids[0]"]
    empty = await quote(shopper, {})
    assert (empty["__typename"], empty["payableFen"]) == ("Quote", 0)


async def test_what_orders_cannot_keep_is_refused_by_name(shop: Shop) -> None:
    """P03: more units of an article than an order takes, and offers that orders cannot keep; nothing is ignored."""
    shopper = await shop.shopper()
    twice = {"lines": [{"sku": "BEEF", "qty": 9000}, {"sku": "BEEF", "qty": 1000}]}
    split = (await shopper.run(QUOTE, c=twice))["quoteCart"]
    assert [p["path"] for p in split["problems"]] == ["lines[1].qty"]
    with pytest.raises(AssertionError, match="预售须写明"):
        await shop.promotion(
            {"type": "deposit_inflation", "deposit": 1000, "counts_as": 2000, "scope": {"skus": ["BEEF"]}}
        )
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0


GIVEN = """query($c: CartInput!) { quoteCart(input: $c) { __typename ... on InvalidInput { problems { path } } ... on Quote { token payableFen savedFen
  lines { sku qty payableFen } gifts { offerId sku qty listFen } giftChoices { sku choose chosen } addOnChoices { offerId sku priceFen chosen most reached shortByFen } } } }"""


async def test_suggestions_close_the_gap(shop: Shop) -> None:
    """Q04: which goods reach the threshold, the cheapest first, with the whole price; goods out of stock are not proposed."""
    await shop.promotion(
        {"type": "spend_off", "scope": {"tags": ["火锅"]}, "tiers": [{"min": 20000, "off": 3000}]}, name="火锅节"
    )
    await database.pool().execute(
        "UPDATE stock SET on_hand = 0, received = 0 WHERE merchant_id = $1 AND sku = 'SHRIMP'", shop.merchant_id
    )
    shopper = await shop.shopper()
    found = (await quote(shopper, {"TRIPE": 1, "BEEF": 1}, suggest=True))["suggestions"]
    unlocks = [s for s in found if s["kind"] == "unlocks"]
    assert [(s["add"], s["payableFen"]) for s in unlocks] == [
        ([{"sku": "BASE", "qty": 3}], 17000)
    ]  # 60.00 short: three at 20.00
    assert all("SHRIMP" not in {a["sku"] for a in s["add"]} for s in found)
    assert (await quote(shopper, {"TRIPE": 2}, suggest=True))["suggestions"] == []


@pytest.mark.usefixtures("exact")
async def test_gifts_come_while_there_are_some(shop: Shop) -> None:
    """P03, P12, O4: the gift leaves the shelf with the order and comes back with a cancel; the last one goes to one; then the price stands without it."""
    await shop.promotion(
        {
            "type": "spend_gift",
            "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 2}, {"sku": "BASE", "qty": 1}], "choose": 1}],
        },
        name="满50赠",
    )
    await database.pool().execute(
        "UPDATE stock SET on_hand = 3, received = 3 WHERE merchant_id = $1 AND sku IN ('TOFU', 'BASE')",
        shop.merchant_id,
    )
    shopper = await shop.shopper()
    cart = {"lines": [{"sku": "SHRIMP", "qty": 1}], "delivery": "PICKUP"}
    seen = (await shopper.run(GIVEN, c=cart))["quoteCart"]
    assert seen["payableFen"] == 6000 and [(g["sku"], g["qty"], g["listFen"]) for g in seen["gifts"]] == [
        ("BASE", 1, 2000)
    ]
    assert [(g["sku"], g["choose"], g["chosen"]) for g in seen["giftChoices"]] == [
        ("TOFU", 1, False),
        ("BASE", 1, True),
    ]
    chosen = {"giftChoices": [{"offerId": seen["gifts"][0]["offerId"], "sku": "TOFU"}]}
    order = await place(shopper, {"SHRIMP": 1}, **chosen)
    lines = (
        await shopper.run(
            "query($id: ID!) { order(id: $id) { listFen lines { sku qty kind payableFen } } }", id=order["id"]
        )
    )["order"]
    assert lines == {
        "listFen": 6000,
        "lines": [
            {"sku": "SHRIMP", "qty": 1, "kind": "SALE", "payableFen": 6000},
            {"sku": "TOFU", "qty": 2, "kind": "GIFT", "payableFen": 0},
        ],
    }
    assert await stock(shop, "TOFU") == (1, 2, 0)
    rivals = [await shop.shopper() for _ in range(4)]
    tokens = [(await quote(r, {"SHRIMP": 1}))["token"] for r in rivals]  # each was shown the last three BASE
    await database.pool().execute(
        "UPDATE stock SET on_hand = 1, received = 1 WHERE merchant_id = $1 AND sku = 'BASE' AND store_id = $2",
        shop.merchant_id,
        shop.stores[0].id,
    )
    answers = await asyncio.gather(*(place(r, {"SHRIMP": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["PriceChanged"] * 3
    assert await stock(shop, "BASE") == (0, 1, 0)
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert await stock(shop, "TOFU") == (3, 0, 0)
    gone = (await shopper.run(GIVEN, c={**cart, "giftChoices": [{"offerId": "ofr_none_1", "sku": "TOFU"}]}))[
        "quoteCart"
    ]
    assert [p["path"] for p in gone["problems"]] == ["giftChoices[0]"]


async def test_add_ons_are_lines_of_their_own(shop: Shop) -> None:
    """P03, Q01: what may be added is shown with its price; a chosen one is a line beside its SKU's own, sold and taken back with the order."""
    await shop.promotion(
        {"type": "add_on", "min": 5000, "items": [{"sku": "TOFU", "price": 100}], "choose": 2}, name="加价购"
    )
    shopper = await shop.shopper()
    cart = {"lines": [{"sku": "SHRIMP", "qty": 1}, {"sku": "TOFU", "qty": 1}], "delivery": "PICKUP"}
    seen = (await shopper.run(GIVEN, c=cart))["quoteCart"]
    offer = seen["addOnChoices"][0]
    assert {k: offer[k] for k in ("sku", "priceFen", "chosen", "most", "reached")} == {
        "sku": "TOFU",
        "priceFen": 100,
        "chosen": 0,
        "most": 2,
        "reached": True,
    }
    small = (await shopper.run(GIVEN, c={"lines": [{"sku": "TOFU", "qty": 1}], "delivery": "PICKUP"}))["quoteCart"]
    assert [(a["reached"], a["shortByFen"]) for a in small["addOnChoices"]] == [(False, 4100)]
    greedy = (await shopper.run(GIVEN, c={**cart, "addOns": [{"offerId": offer["offerId"], "sku": "TOFU", "qty": 3}]}))[
        "quoteCart"
    ]
    assert [p["path"] for p in greedy["problems"]] == ["addOns[0]"]
    added = {"addOns": [{"offerId": offer["offerId"], "sku": "TOFU", "qty": 2}]}
    assert (await shopper.run(GIVEN, c={**cart, **added}))["quoteCart"]["payableFen"] == 6000 + 900 + 200
    order = await place(shopper, {"SHRIMP": 1, "TOFU": 1}, **added)
    assert order["payableFen"] == 7100 and await stock(shop, "TOFU") == (97, 3, 0)
    await pay(shop.world, order)
    assert await stock(shop, "TOFU") == (97, 0, 3)
    kinds = (
        await shopper.run("query($id: ID!) { order(id: $id) { lines { sku qty kind payableFen } } }", id=order["id"])
    )["order"]["lines"]
    assert kinds[-1] == {"sku": "TOFU", "qty": 2, "kind": "ADD_ON", "payableFen": 200}
    bad = (await shopper.run(GIVEN, c={**cart, "addOns": [{"offerId": offer["offerId"], "sku": "BEEF", "qty": 1}]}))[
        "quoteCart"
    ]
    assert [p["path"] for p in bad["problems"]] == ["addOns[0]"]
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert (
        row is not None
        and pricing.price_scenario(pricing.parse_scenario(row["request"]))["lines"] == row["quote"]["lines"]
    )


async def test_stamps_come_on_completion(shop: Shop) -> None:
    """P05, B01: stamps are earned as points are."""
    await shop.promotion({"type": "earn_stamps", "min": 3000, "count": 2}, name="集点")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await place(shopper, {"BEEF": 1})
    await pay(shop.world, order)
    await admin.run(
        "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    account = (await shopper.run("{ benefitAccount { stamps points entries { nodes { unit amount sentence } } } }"))[
        "benefitAccount"
    ]
    assert (account["stamps"], account["points"]) == (2, 0)
    grown, stamped = account["entries"]["nodes"]
    assert (grown["unit"], grown["amount"], stamped["unit"], stamped["amount"]) == ("GROWTH", 40, "STAMPS", 2)
    assert "2 个集点" in stamped["sentence"]


async def test_customer_may_choose_coupons(shop: Shop) -> None:
    """Q06: auto takes the best coupon, another may be fixed, none may be used; those not used say why."""
    shopper = await shop.shopper()
    small, large = (
        await claim(shopper, await shop.drop(off=300)),
        await claim(shopper, await shop.drop(off=800, least=3000)),
    )
    auto = await quote(shopper, {"BEEF": 1})
    assert auto["payableFen"] == 3200 and {c["coupon"]["id"]: c["applied"] for c in auto["coupons"]} == {
        small["id"]: False,
        large["id"]: True,
    }
    assert all(c["reason"] for c in auto["coupons"] if not c["applied"])
    assert (await quote(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [small["id"]]}))["payableFen"] == 3700
    assert (await quote(shopper, {"BEEF": 1}, coupons={"mode": "NONE"}))["payableFen"] == 4000


@pytest.mark.usefixtures("exact")
async def test_an_order_takes_pays_completes_and_earns_once(shop: Shop) -> None:
    """Q07, O4, O6, P05, B01: stock is reserved, then sold; the callback pays once however often it comes; points come on completion, once."""
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await place(shopper, {"BEEF": 2})
    assert (
        order["__typename"] == "Order"
        and order["state"] == "AWAITING_PAYMENT"
        and await stock(shop, "BEEF") == (98, 2, 0)
    )
    for _ in range(3):
        await pay(shop.world, order)
    assert await stock(shop, "BEEF") == (98, 0, 2)
    done = [
        await admin.run(
            "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename ... on OrderNotInState { state } } }",
            i={"orderId": order["id"], "idempotencyKey": mark},
        )
        for mark in ("a", "a", "b")
    ]
    assert [d["completeOrder"] for d in done] == [
        {"__typename": "Order"},
        {"__typename": "Order"},
        {"__typename": "OrderNotInState", "state": "COMPLETED"},
    ]
    account = await shopper.run(
        "{ benefitAccount { points entries { nodes { amount balanceAfter sentence } } } me { isNew } }"
    )
    assert account["benefitAccount"]["points"] == 80 and account["me"]["isNew"] is False
    assert [(e["amount"], e["balanceAfter"]) for e in account["benefitAccount"]["entries"]["nodes"]] == [
        (80, 80),
        (80, 80),
    ]  # growth value, points
    assert order["number"] in account["benefitAccount"]["entries"]["nodes"][0]["sentence"]
    assert await invariants.violations(shop.merchant_id, "L") == []


@pytest.mark.usefixtures("exact")
async def test_points_are_held_spent_or_freed_with_the_order(shop: Shop) -> None:
    """P04, B02, O4: points asked for are held at placing, spent at paying, free again on cancel; no two orders spend them twice."""
    shopper = await shop.shopper()
    member = decode("mem", (await shopper.run("{ me { id } }"))["me"]["id"])
    assert member
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(member),
            unit="points",
            amount=1000,
            kind="welcome",
            business_key=f"w:{member}",
            at=now(),
            memo={},
        )
    use = {"tenders": {"points": 1000}}
    seen = await quote(shopper, {"BEEF": 1}, **use)
    assert (seen["payableFen"], seen["dueFen"], seen["tenders"]) == (
        4000,
        3000,
        [{"kind": "points", "fen": 1000, "points": 1000}],
    )
    answers = await asyncio.gather(*(place(shopper, {"BEEF": 1}, seen["token"], **use) for _ in range(4)))
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["PriceChanged"] * 3
    order = next(a for a in answers if a["__typename"] == "Order")
    assert (await shopper.run("{ benefitAccount { points } }"))["benefitAccount"]["points"] == 0
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert (await shopper.run("{ benefitAccount { points } }"))["benefitAccount"]["points"] == 1000
    await pay(shop.world, await place(shopper, {"BEEF": 1}, **use))
    assert (await shopper.run("{ benefitAccount { points } }"))["benefitAccount"]["points"] == 0
    assert await invariants.violations(shop.merchant_id, "L") == [] and await stock(shop, "BEEF") == (99, 0, 1)


async def test_an_order_that_costs_no_cash_is_paid_at_once(shop: Shop) -> None:
    """P04: a coupon that covers everything leaves nothing to pay."""
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=99999))
    order = await place(shopper, {"TOFU": 1})
    assert (order["state"], order["payableFen"], order["payment"]) == ("PAID", 0, None)


async def test_price_changed_is_told_with_both_prices(shop: Shop) -> None:
    """Q05, Q07: between quote and order the promotion ends: nothing is taken, both prices are told, the new token works."""
    promotion = await shop.promotion(OFF_200_30)
    shopper = await shop.shopper()
    token = (await quote(shopper, {"TRIPE": 2}))["token"]
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": promotion["id"], "idempotencyKey": key()},
    )
    answer = await place(shopper, {"TRIPE": 2}, token)
    assert (answer["__typename"], answer["seenPayableFen"], answer["quote"]["payableFen"]) == (
        "PriceChanged",
        17000,
        20000,
    )
    assert await stock(shop, "TRIPE") == (100, 0, 0)
    assert (await place(shopper, {"TRIPE": 2}, answer["quote"]["token"]))["payableFen"] == 20000


async def test_same_price_by_other_offers_is_told(shop: Shop) -> None:
    """Q07: the sum is the same, but another offer makes it: the shopper is asked before anything is taken."""
    first = await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}}, name="甲")
    shopper = await shop.shopper()
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": first["id"], "idempotencyKey": key()},
    )
    await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}}, name="乙")
    answer = await place(shopper, {"BEEF": 1}, token)
    assert (answer["__typename"], answer["seenPayableFen"], answer["quote"]["payableFen"]) == (
        "PriceChanged",
        3500,
        3500,
    ) and "应付仍是" in answer["message"]


@pytest.mark.usefixtures("exact")
async def test_a_payment_of_another_amount_pays_nothing(shop: Shop) -> None:
    """O6: WeChat confirms one fen less than is due: the order stays unpaid, a person must look."""
    order = await place(await shop.shopper(), {"BEEF": 1})
    answer = await orders.pay(shop.merchant_id, order["number"], "t-1", 3999, now())
    assert answer == orders.WrongAmount(4000, 3999)
    assert [line.amount for line in await ledger.owed(shop.merchant_id)] == [3999] and await invariants.violations(
        shop.merchant_id, "L"
    ) == []
    assert (
        await database.fetchval("SELECT state FROM orders WHERE id = $1", decode("ord", order["id"]))
        == "awaiting_payment"
    )


async def test_token_belongs_to_its_cart(shop: Shop) -> None:
    """Q07: a token of another cart, or a changed one, is refused; nothing is taken."""
    shopper = await shop.shopper()
    token = (await quote(shopper, {"TOFU": 1}))["token"]
    for lines, given in (({"TRIPE": 1}, token), ({"TOFU": 1}, token.replace("900", "100", 1)), ({"TOFU": 1}, "x")):
        assert (await place(shopper, lines, given))["__typename"] == "InvalidInput"
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 0


@pytest.mark.usefixtures("exact")
async def test_place_is_idempotent(shop: Shop) -> None:
    """C4: the same key gives the same order; with another cart it is refused."""
    shopper, mark = await shop.shopper(), key()
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(*(place(shopper, {"BEEF": 1}, token, mark) for _ in range(5)))
    assert {a["__typename"] for a in answers} == {"Order"} and len({a["id"] for a in answers}) == 1
    assert (await place(shopper, {"TOFU": 1}, None, mark))["__typename"] == "IdempotencyConflict"
    assert await stock(shop, "BEEF") == (99, 1, 0)


@pytest.mark.usefixtures("exact")
async def test_last_units_go_to_one(shop: Shop) -> None:
    """O4, lessons *Limits*: 8 orders at once for the last 3 units: three get one each; the others are told what is left."""
    await database.pool().execute(
        "UPDATE stock SET on_hand = 3, received = 3 WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    shoppers = [await shop.shopper() for _ in range(8)]
    answers = await asyncio.gather(*(place(s, {"TOFU": 1}) for s in shoppers))
    assert sorted(a["__typename"] for a in answers) == ["Order"] * 3 + ["OutOfStock"] * 5
    assert await stock(shop, "TOFU") == (0, 3, 0)


@pytest.mark.usefixtures("exact")
async def test_activity_stock_and_limits_are_never_exceeded(shop: Shop) -> None:
    """P10, O5: 6 people want 2 of 7 flash units each: 7 are sold at the price, never 8; a member's limit holds over orders; cancelling gives back."""
    offer = {
        "type": "fixed_price",
        "scope": {"skus": ["TRIPE"]},
        "price": 6000,
        "limits": {"per_customer": 2, "stock": 7},
    }
    made = await shop.promotion(offer, name="秒杀")
    shoppers = [await shop.shopper() for _ in range(6)]
    first = await asyncio.gather(*(place(s, {"TRIPE": 2}) for s in shoppers))
    placed = [a for a in first if a["__typename"] == "Order"]
    again = [
        (s, await place(s, {"TRIPE": 2}, a["quote"]["token"]))
        for s, a in zip(shoppers, first, strict=True)
        if a["__typename"] == "PriceChanged"
    ]
    placed += [a for _, a in again if a["__typename"] == "Order"]
    used = await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id)
    units = sum((20000 - a["payableFen"]) // 4000 for a in placed)
    assert used == units == 7
    holder = shoppers[[a["__typename"] for a in first].index("Order")]
    assert (await quote(holder, {"TRIPE": 1}))[
        "payableFen"
    ] == 10000  # units past a customer's limit are priced normally
    mine = next(a for a in first if a["__typename"] == "Order")
    await holder.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": mine["id"], "idempotencyKey": key()},
    )
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == units - 2
    assert made["id"]


@pytest.mark.usefixtures("exact")
async def test_overdue_orders_give_everything_back(shop: Shop) -> None:
    """P10, K05: an order that is not paid in time is cancelled by the schedule; a payment after that changes nothing."""
    shopper = await shop.shopper()
    got = await claim(shopper, await shop.drop())
    order = await place(shopper, {"BEEF": 1})
    later = now() + timedelta(minutes=16)
    due = [o for o in await orders.overdue(later) if o[0] == shop.merchant_id]
    assert len(due) == 1
    await orders.cancel(shop.merchant_id, None, due[0][1], f"overdue:{due[0][1]}", "system", later)
    for _ in range(2):  # the money is owed back, once, however often WeChat tells of it
        await pay(shop.world, order)
    assert (await shopper.run("query($id: ID!) { order(id: $id) { state } }", id=order["id"]))["order"][
        "state"
    ] == "CANCELLED"
    assert [(line.amount, line.memo["order"]) for line in await ledger.owed(shop.merchant_id)] == [
        (order["dueFen"], order["number"])
    ]
    assert await stock(shop, "BEEF") == (100, 0, 0)
    assert await database.fetchval("SELECT state FROM coupons WHERE id = $1", decode("cpn", got["id"])) == "issued"


async def test_frozen_price_comes_out_again_for_ever(shop: Shop, tmp_path: Path) -> None:
    """Q07, O1: the order's scenario, priced by the command line without a database, gives the frozen figures, also after the promotion is gone."""
    promotion = await shop.promotion(OFF_200_30)
    await shop.promotion({"type": "percent_off", "scope": {"categories": ["小酥肉"]}, "pay_bp": 8500})
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=777, least=5000))
    order = await place(shopper, {"TRIPE": 2, "PORK": 3, "TOFU": 1}, delivery="DELIVERY")
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": promotion["id"], "idempotencyKey": key()},
    )
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert row is not None
    file = tmp_path / "order.json"
    file.write_text(json.dumps(row["request"]), "utf-8")
    out, err = io.StringIO(), io.StringIO()
    assert cli_price([str(file)], out, err) == 0, err.getvalue()
    again = json.loads(out.getvalue())
    assert {k: again[k] for k in ("list", "goods", "payable", "due", "lines", "offers", "rules")} == {
        k: row["quote"][k] for k in ("list", "goods", "payable", "due", "lines", "offers", "rules")
    }
    assert row["quote"]["payable"] == order["payableFen"] and pricing.parse_scenario(row["request"])


async def test_live_cart_follows_promotions(shop: Shop) -> None:
    """Q05: the open cart is told of a publish and of an end within a second, says why, and starts with the whole state."""
    shopper = await shop.shopper()
    cart = {"lines": [{"sku": "TRIPE", "qty": 2}], "delivery": "PICKUP"}
    text = (
        "subscription($c: CartInput!) { cartQuote(input: $c) { version cause result { ... on Quote { payableFen } } } }"
    )
    async with shopper.subscribe(text, c=cart) as frames:
        assert (await anext(frames))["cartQuote"] == {"version": 1, "cause": "", "result": {"payableFen": 20000}}
        promotion = await shop.promotion(OFF_200_30, name="火锅节")
        async with asyncio.timeout(3):
            assert (await anext(frames))["cartQuote"] == {
                "version": 2,
                "cause": "「火锅节」开始了",
                "result": {"payableFen": 17000},
            }
        await (await shop.admin()).run(
            "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
            i={"promotionId": promotion["id"], "idempotencyKey": key()},
        )
        async with asyncio.timeout(3):
            assert (await anext(frames))["cartQuote"] == {
                "version": 3,
                "cause": "「火锅节」已结束",
                "result": {"payableFen": 20000},
            }
        await claim(shopper, await shop.drop(off=100))
        async with asyncio.timeout(3):
            assert (await anext(frames))["cartQuote"] == {
                "version": 4,
                "cause": "您的券有变化",
                "result": {"payableFen": 19900},
            }


async def test_only_carts_that_a_change_can_concern_are_priced_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q05: rules, sell-outs and times of other goods cost an open cart nothing; what is about its own reaches it at once."""
    quoted: list[str] = []
    price = orders.quote

    async def noted(*args: Any) -> Any:
        quoted.append(args[3].lines[0][0])
        return await price(*args)

    monkeypatch.setattr(orders, "quote", noted)
    flash = {"type": "fixed_price", "scope": {"skus": ["TOFU"]}, "price": 500, "limits": {"stock": 1}}
    await shop.promotion(flash, name="豆腐秒杀")
    await shop.promotion(
        {"type": "amount_off", "scope": {"skus": ["TOFU"]}, "off": 10}, name="豆腐直降", starts=0.6, ends=0.9
    )
    shopper, rival = await shop.shopper(), await shop.shopper()
    cart = {"lines": [{"sku": "TRIPE", "qty": 2}], "delivery": "PICKUP"}
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen nextChangeAt } } } }"
    async with shopper.subscribe(text, c=cart) as frames, asyncio.timeout(10):
        first = (await anext(frames))["cartQuote"]["result"]
        quoted.clear()
        assert (await place(rival, {"TOFU": 1}))["payableFen"] == 500
        quoted.clear()  # the rival's own look at the price
        await shop.promotion({"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 100}, name="牛肉直降")
        await asyncio.sleep(1.5)
        assert quoted == []
        await shop.promotion(OFF_200_30, name="火锅节")
        frame = (await anext(frames))["cartQuote"]
        assert (frame["cause"], frame["result"]["payableFen"]) == ("「火锅节」开始了", first["payableFen"] - 3000)
        assert quoted == ["TRIPE"]


async def test_live_cart_follows_the_clock_and_sell_out(shop: Shop) -> None:
    """Q05, P10: a scheduled start and an end reach the open cart by themselves; so does the last flash unit going."""
    await shop.promotion(OFF_200_30, name="准点", starts=1.2, ends=2.4)
    await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["TOFU"]}, "price": 500, "limits": {"stock": 1}}, name="秒杀"
    )
    shopper, rival = await shop.shopper(), await shop.shopper()
    cart = {"lines": [{"sku": "TRIPE", "qty": 2}, {"sku": "TOFU", "qty": 1}], "delivery": "PICKUP"}
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen } } } }"
    async with shopper.subscribe(text, c=cart) as frames, asyncio.timeout(10):
        assert (await anext(frames))["cartQuote"]["result"]["payableFen"] == 20500
        assert (await anext(frames))["cartQuote"] == {"cause": "活动时间到了", "result": {"payableFen": 17500}}
        assert (await anext(frames))["cartQuote"]["result"]["payableFen"] == 20500
        assert (await place(rival, {"TOFU": 1}))["payableFen"] == 500
        sold = (await anext(frames))["cartQuote"]
        assert sold == {"cause": "活动名额已用完", "result": {"payableFen": 20900}}


@pytest.mark.usefixtures("exact")
async def test_a_cancelled_order_can_no_longer_be_paid(shop: Shop, world: World) -> None:
    """O6: cancelling closes the payment at WeChat: the cashier takes no money for it."""
    shopper = await shop.shopper()
    order = await place(shopper, {"BEEF": 1})
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    answer = await world.http.post(
        f"{world.standin_url}/pay/device/confirm", params={"prepay_id": order["payment"]["prepayId"]}
    )
    page = await world.http.get(
        f"{world.standin_url}/pay/cgi-bin/mmpayweb-bin/checkmweb", params={"prepay_id": order["payment"]["prepayId"]}
    )
    assert answer.status_code == 409 and "已关闭" in page.text and await ledger.owed(shop.merchant_id) == []


@pytest.mark.usefixtures("exact")
async def test_a_first_order_is_had_once(shop: Shop) -> None:
    """P07, P10: five orders at once of a new customer: one has the new customer's price, also while none is paid."""
    await shop.promotion({"type": "amount_off", "off": 300, "when": {"customer": ["new"]}}, name="新客")
    shopper = await shop.shopper()
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(*(place(shopper, {"BEEF": 1}, token) for _ in range(5)))
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["PriceChanged"] * 4
    order = next(a for a in answers if a["__typename"] == "Order")
    assert order["payableFen"] == 3700 and (await quote(shopper, {"BEEF": 1}))["payableFen"] == 4000
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3700


async def test_callbacks_that_must_not_be_believed(shop: Shop, world: World) -> None:
    """O6, connectors: a callback with a wrong signature, or no signature, pays nothing and is told so."""
    order = await place(await shop.shopper(), {"BEEF": 1})
    body = json.dumps({"resource": {"ciphertext": "", "nonce": "0" * 12}})
    for headers in (
        {},
        {"Wechatpay-Serial": "x", "Wechatpay-Timestamp": "1", "Wechatpay-Nonce": "n", "Wechatpay-Signature": "c2ln"},
    ):
        assert (
            await world.http.post(f"{world.url}/hooks/wechat-pay", content=body, headers=headers)
        ).status_code == 401
    assert (
        await database.fetchval("SELECT state FROM orders WHERE id = $1", decode("ord", order["id"]))
        == "awaiting_payment"
    )


async def test_somebody_elses_order_is_not_there(shop: Shop) -> None:
    """R04: an order is its member's alone; a cashier of another store cannot complete it."""
    order = await place(await shop.shopper(), {"BEEF": 1})
    other = await shop.shopper()
    assert (await other.run("query($id: ID!) { order(id: $id) { id } }", id=order["id"]))["order"] is None
    cancelled = await other.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert cancelled["cancelOrder"]["__typename"] == "NotFound"
    await pay(shop.world, order)
    cashier = await shop.staff("cashier", stores=(shop.stores[1].id,))
    answer = await cashier.run(
        "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert answer["completeOrder"]["__typename"] == "NotFound"
    with pytest.raises(GraphQLFailed):
        await other.run(
            "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename } }",
            i={"orderId": order["id"], "idempotencyKey": key()},
        )


async def test_an_entangled_cart_does_not_hold_up_others() -> None:
    """Q02, Q05: a search of tenths of a second is made beside the event loop, and finds what it finds in it."""
    found = pricing.parse_scenario(ordinary(3))
    assert searching.entanglement(found.rules, found.request) > searching.SIMPLE
    search = asyncio.create_task(searching.quote(found.rules, found.request, quoting.STEPS))
    turns = 0
    while not search.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 5, "the event loop stood still"
    answer, again = search.result(), pricing.quote(found.rules, found.request, quoting.STEPS)
    assert answer.to_json() == again.to_json()
