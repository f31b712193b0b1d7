"""满返券: coupons that orders earn (P05, K04, Q08): granted once at completion, kept while the order still meets the
threshold, else taken back or withheld."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend import orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import QUOTE, Shop, place
from backend.tests.refunding import bought, complete, preview, refund, sound, together

COUPONS = "{ benefitAccount { coupons { nodes { id state source template { name } moves { why orderId } } } } }"


async def template(shop: Shop, **more: Any) -> str:
    """A coupon of 8.00 off that orders may earn; its id."""
    drop = await shop.drop(name="满减返券", off=800, **more)
    found = await database.fetchval("SELECT template_id FROM coupon_drops WHERE id = $1", decode("drp", drop))
    return f"tpl_{found.hex}"


async def held(client: Client) -> list[tuple[str, str]]:
    """(state, source) of every coupon, the oldest first."""
    nodes = (await client.run(COUPONS))["benefitAccount"]["coupons"]["nodes"]
    return [(n["state"], n["source"]) for n in reversed(nodes)]


async def offered(shop: Shop, **more: Any) -> None:
    offer = {"type": "earn_coupon", "min": 5000, "template": await template(shop), "value": 800, **more}
    await shop.promotion(offer, name="满50返券")


async def test_earned_coupons_come_at_completion_once(shop: Shop) -> None:
    """P05: a coupon for every full 50.00 that was paid, by its name, when the order completes and not before, however many
    complete it at once; its history says by which order."""
    await offered(shop, every=True)
    shopper = await shop.shopper()
    cart = {"lines": [{"sku": "TRIPE", "qty": 1}], "delivery": "PICKUP"}
    text = QUOTE.replace("earn { points sentence }", "earn { count templateId sentence }")
    seen = (await shopper.run(text, c=cart))["quoteCart"]
    assert [(e["count"], e["sentence"]) for e in seen["earn"]] == [(2, "完成后得 2 张「满减返券」")]
    order = await bought(shop, shopper, {"TRIPE": 1})
    assert await held(shopper) == []
    answers = await together(*(complete(shop, order) for _ in range(4)))
    assert sorted(a["__typename"] for a in answers) == [
        "Order",
        "OrderNotInState",
        "OrderNotInState",
        "OrderNotInState",
    ]
    assert await held(shopper) == [("ISSUED", "订单完成返券")] * 2
    shown = await shopper.run(
        "query($id: ID!) { order(id: $id) { earn { sentence } offers { sentence } } }", id=order["id"]
    )
    assert shown["order"]["earn"] == [{"sentence": "完成后得 2 张「满减返券」"}]
    await sound(shop)


async def test_a_promise_that_could_not_be_kept_is_refused(shop: Shop) -> None:
    """P05: a template that is not there, whose coupons end before the promotion does, or of which nobody says what one is
    worth, is refused by its place; nothing is written."""
    admin, at = await shop.admin(), now()
    short = await template(shop, validHours=None, validUntil=(at + timedelta(hours=2)).isoformat())
    free = await template(shop, content={"kind": "EXCHANGE", "sku": "TOFU"})
    for wanted, field in (
        ("tpl_" + "0" * 32, "template"),
        ("nothing", "template"),
        (short, "template"),
        (free, "value"),
    ):
        made = await admin.run(
            "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on InvalidInput { problems { path } } } }",
            i={
                "name": "满返",
                "startsAt": at.isoformat(),
                "endsAt": (at + timedelta(days=1)).isoformat(),
                "offers": [{"type": "earn_coupon", "min": 5000, "template": wanted}],
                "idempotencyKey": key(),
            },
        )
        assert made["createPromotion"]["problems"] == [{"path": f"offers[0].{field}"}], wanted
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_an_earned_coupon_is_kept_while_the_threshold_is_met_and_then_taken_back(shop: Shop) -> None:
    """Q08: kept while what is left of the order still meets the threshold; below it the unused coupon is voided, with the
    order in its history, and cannot be used any more."""
    await offered(shop)
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order = await bought(shop, shopper, {"PORK": 3}, done=True)  # 90.00
    assert (await refund(clerk, order, {"PORK": 1}))["__typename"] == "Order"
    assert await held(shopper) == [("ISSUED", "订单完成返券")]  # 60.00 is still enough
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert seen["withheldFen"] == 0 and "这些商品送的 1 张返券收回" in seen["sentences"]
    assert (await refund(clerk, order, {"PORK": 1}, seen["token"]))["refunds"][-1]["withheldFen"] == 0
    [coupon] = (await shopper.run(COUPONS))["benefitAccount"]["coupons"]["nodes"]
    assert coupon["state"] == "VOIDED" and coupon["moves"][-1] == {"why": "退款收回", "orderId": order["id"]}
    assert (await refund(clerk, order, {"PORK": 1}))["refunds"][-1]["paidOutFen"] == 3000
    await sound(shop)


async def test_an_earned_coupon_that_was_used_is_withheld_at_its_value(shop: Shop) -> None:
    """Q08, contract §8: the value stated for the coupon is withheld, once; one that an order holds counts as used."""
    await offered(shop)
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order = await bought(shop, shopper, {"PORK": 2}, done=True)
    await bought(shop, shopper, {"BASE": 1})  # uses it by itself
    assert await held(shopper) == [("REDEEMED", "订单完成返券")]
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert (seen["refundFen"], seen["withheldFen"]) == (3000, 800)
    assert "扣下 ¥8：用掉的返券" in seen["sentences"]
    assert (await refund(clerk, order, {"PORK": 1}))["refunds"][-1]["paidOutFen"] == 2200
    assert (await refund(clerk, order, {"PORK": 1}))["refunds"][-1]["paidOutFen"] == 3000
    waiting = await bought(shop, shopper, {"PORK": 2}, done=True)
    locked = await place(shopper, {"BASE": 1})
    assert locked["state"] == "AWAITING_PAYMENT" and locked["dueFen"] == 1200
    assert (await refund(clerk, waiting, {"PORK": 2}))["refunds"][-1]["withheldFen"] == 800
    await sound(shop)


async def test_a_used_coupon_that_no_value_was_stated_for_is_withheld_at_its_face(shop: Shop) -> None:
    """Q08: buy, use the earned coupon, give everything back, and again: nobody gets coupons for nothing. Where the offer states
    no value the face counts; 0 has to be said."""
    shopper, clerk, admin = await shop.shopper(), await shop.staff("store_manager"), await shop.admin()
    await shop.promotion({"type": "earn_coupon", "min": 5000, "template": await template(shop)}, name="满50返券")
    [offer] = (await admin.run("{ promotions { nodes { offers { definition } } } }"))["promotions"]["nodes"][0][
        "offers"
    ]
    assert offer["definition"]["value"] == 800
    order = await bought(shop, shopper, {"PORK": 2}, done=True)
    other = await bought(shop, shopper, {"BASE": 1})  # 20.00, with the coupon
    assert (await refund(clerk, order, {"PORK": 2}))["refunds"][-1]["paidOutFen"] == 6000 - 800
    assert (await refund(clerk, other, {"BASE": 1}))["refunds"][-1]["paidOutFen"] == 1200
    assert await held(shopper) == [("ISSUED", "订单完成返券")]  # bought at its face
    await sound(shop)


async def test_an_earned_coupon_that_ended_unused_is_not_withheld(shop: Shop) -> None:
    """Q08: nobody had what has ended; before completion a refund only lessens what will be granted."""
    await offered(shop, every=True)
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order = await bought(shop, shopper, {"TRIPE": 1}, done=True)
    await database.pool().execute(
        "UPDATE coupons SET expires_at = now() - interval '1 minute', valid_from = now() - interval '1 hour' WHERE merchant_id = $1",
        shop.merchant_id,
    )
    assert (await refund(clerk, order, {"TRIPE": 1}))["refunds"][-1]["withheldFen"] == 0
    early = await bought(shop, shopper, {"TRIPE": 2})  # four would come
    seen = await preview(clerk, early, {"TRIPE": 1}, staff=True)
    assert "订单完成时少得 2 张返券" in seen["sentences"]
    await refund(clerk, early, {"TRIPE": 1})
    assert (await complete(shop, early))["__typename"] == "Order"
    assert sorted(s for s, _ in await held(shopper)) == ["EXPIRED", "EXPIRED", "ISSUED", "ISSUED"]
    await sound(shop)


async def test_taking_back_and_using_an_earned_coupon_in_a_race(shop: Shop) -> None:
    """C6, Q08, O4: the coupon is voided or used, never both; whoever is second is told."""
    await offered(shop)
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    for _ in range(4):
        order = await bought(shop, shopper, {"PORK": 2}, done=True)
        coupons_now = (await shopper.run(COUPONS))["benefitAccount"]["coupons"]["nodes"]
        mine = next(c["id"] for c in coupons_now if c["state"] == "ISSUED")
        choice = {"coupons": {"mode": "FIXED", "ids": [mine]}}
        cart = {"lines": [{"sku": "BASE", "qty": 1}], "delivery": "PICKUP", **choice}
        token = (await shopper.run(QUOTE, c=cart))["quoteCart"]["token"]
        seen = (await preview(clerk, order, {"PORK": 2}, staff=True))["token"]
        used, back = await together(
            place(shopper, {"BASE": 1}, token, **choice), refund(clerk, order, {"PORK": 2}, seen)
        )
        assert used["__typename"] in ("Order", "PriceChanged", "InvalidInput")
        if used["__typename"] == "Order":
            assert back["__typename"] == "RefundChanged" or back["refunds"][-1]["withheldFen"] == 800
            order_id = decode("ord", used["id"])
            assert order_id is not None
            await orders.cancel(shop.merchant_id, None, order_id, key(), "system", now())
            if back["__typename"] == "RefundChanged":
                assert (await refund(clerk, order, {"PORK": 2}))["__typename"] == "Order"
        else:
            assert back["refunds"][-1]["withheldFen"] == 0
    await sound(shop)
