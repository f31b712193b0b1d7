"""Lessons *Refunds*, through the API and the database: each fault a test of its name, with the naive refund that has it, asked on
the same rows. The engine's side of them: `backend/tests/pricing/test_lessons.py`."""

from __future__ import annotations

from typing import Any

from backend import ledger, merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, place, quote
from backend.tests.refunding import account, bought, member_of, preview, refund, shown, sound, spend


async def at_list_price(order: dict[str, Any], units: dict[str, int]) -> int:
    """Naive: what comes back is worth what it cost before any discount."""
    found = await database.fetchval(
        "SELECT sum(l.list_fen / l.qty * u.qty) FROM unnest($2::text[], $3::int[]) AS u (sku, qty)"
        " JOIN order_lines l ON l.order_id = $1 AND l.sku = u.sku",
        decode("ord", order["id"]),
        list(units),
        list(units.values()),
    )
    return int(found)


async def less_the_whole_discount(order: dict[str, Any], units: dict[str, int]) -> int:
    """Naive: the list price, less all that the order saved, however little of it comes back."""
    saved = await database.fetchval("SELECT list_fen - goods_fen FROM orders WHERE id = $1", decode("ord", order["id"]))
    return await at_list_price(order, units) - int(saved)


class _Undone(Exception):
    """The naive way is taken back."""


async def money_only(shop: Shop, shopper: Client, order: dict[str, Any], units: dict[str, int]) -> dict[str, int]:
    """Naive: what comes back is written to the order and its money is owed; what the order earned is nobody's business. What the
    customer then has, by unit; none of it stays."""
    member, order_id, fen = await member_of(shopper), decode("ord", order["id"]), await at_list_price(order, units)
    found: dict[str, int] = {}
    try:
        async with database.transaction() as tx:
            await tx.execute("UPDATE orders SET refunded_fen = refunded_fen + $2 WHERE id = $1", order_id, fen)
            await ledger.transfer(
                tx, shop.merchant_id, debit=ledger.merchant_book(shop.merchant_id), credit=ledger.member(member), unit="refund_due", amount=fen,
                kind="refund", business_key=f"naive:{key()}", at=now(), memo={},
            )  # fmt: skip
            rows = await tx.fetch(
                "SELECT unit, balance FROM accounts WHERE owner_id = $1 AND unit IN ('points', 'refund_due')", member
            )
            found = {row["unit"]: row["balance"] for row in rows}
            raise _Undone
    except _Undone:
        return found


async def test_solidus_512_the_orders_discount_is_part_of_the_refund(shop: Shop) -> None:
    """Lessons (solidus#512): a unit gives back what was paid for it, and the last unit brings the sum to the fen; batches of one, out
    of order. Who gives back list prices gives ¥99.00 for an order of ¥89.00."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 9000, "off": 1000}]}, name="满90减10")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order = await bought(shop, shopper, {"PORK": 3, "TOFU": 1}, done=True)  # 90.00 + 9.00 − 10.00
    assert order["payableFen"] == 8900
    batches = ({"PORK": 1}, {"TOFU": 1}, {"PORK": 1}, {"PORK": 1})
    naive = [await at_list_price(order, units) for units in batches]
    assert naive == [3000, 900, 3000, 3000] and sum(naive) == 9900
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert seen["refundFen"] == 2697  # ⌊8091 / 3⌋: 30.00 less its part of the discount
    got = []
    for units in batches:
        answer = await refund(clerk, order, units)
        assert answer["__typename"] == "Order", answer
        got.append(answer["refunds"][-1]["refundFen"])
    assert got == [2697, 809, 2697, 2697] and sum(got) == 8900
    end = await shown(shopper, order)
    assert (end["state"], end["refundState"], end["refundedFen"], end["refundable"]) == (
        "REFUNDED",
        "PROCESSING",
        8900,
        [],
    )
    assert [r["number"] for r in end["refunds"]] == [1, 2, 3, 4]
    await sound(shop)


async def test_prestashop_42502_what_is_kept_keeps_its_discount(shop: Shop) -> None:
    """Lessons (PrestaShop#42502, 108 refunded instead of 120): of ¥100.00 and ¥30.00 with 20 % off the first comes back, for ¥80.00.
    Who takes the whole discount off it pays ¥74.00, and for both together ¥78.00 of the ¥104.00 that were paid."""
    await shop.promotion({"type": "percent_off", "scope": {"all": True}, "pay_bp": 8000}, name="八折")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TRIPE": 1, "PORK": 1}, done=True)
    assert order["payableFen"] == 10400
    batches = ({"TRIPE": 1}, {"PORK": 1})
    assert [await less_the_whole_discount(order, units) for units in batches] == [7400, 400]
    got = [(await refund(clerk, order, units))["refunds"][-1]["refundFen"] for units in batches]
    assert got == [8000, 2400] and sum(got) == 10400
    await sound(shop)


async def test_odoo_257854_points_do_not_stay_after_a_refund(shop: Shop) -> None:
    """Lessons (odoo#257854): points earned on returned goods are taken back; what was spent meanwhile is withheld. Who only pays the
    money back leaves the customer points of goods that nobody has."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    assert await account(shop, shopper) == {"points": 800}
    assert await money_only(shop, shopper, order, {"BEEF": 2}) == {"points": 800, "refund_due": 8000}
    await spend(shop, shopper, "points", 700)
    assert await money_only(shop, shopper, order, {"BEEF": 1}) == {"points": 100, "refund_due": 4000}
    assert await account(shop, shopper) == {"points": 100}
    seen = await preview(clerk, order, {"BEEF": 1}, staff=True)
    # 400 are clawed back; 100 are left on the account, so that 300 points = 3.00 are withheld
    assert (seen["refundFen"], seen["withheldFen"], seen["paidOutFen"], seen["pointsClawedBack"]) == (
        4000,
        300,
        3700,
        400,
    )
    assert any("扣下 ¥3" in s for s in seen["sentences"]) and any(
        "其中 300 积分已经用掉" in s for s in seen["sentences"]
    )
    assert (await refund(clerk, order, {"BEEF": 1}, seen["token"]))["refunds"][0]["paidOutFen"] == 3700
    assert await account(shop, shopper) == {"refund_due": 3700}
    await sound(shop)


async def test_sonata_177_the_threshold_cannot_be_exploited_by_returning(shop: Shop) -> None:
    """Lessons (sonata#177): with `reprice`, returning what reached the threshold costs the discount; the policy is the
    one of the day of the order, and the last batch is exact. Who gives back the list price leaves ¥30.00 off for goods of ¥100.00, where
    ¥200.00 are asked for."""
    await merchants.set_refund_policy(shop.merchant_id, {"refund": "reprice", "refund_shipping": False})
    least, off = 20000, 3000
    await shop.promotion(
        {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": least, "off": off}]}, name="满200减30"
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TRIPE": 2}, done=True, delivery="DELIVERY")
    await merchants.set_refund_policy(shop.merchant_id, {})
    alone = (await quote(shopper, {"TRIPE": 1}))["payableFen"]
    naive = 17000 - await at_list_price(order, {"TRIPE": 1})
    assert alone == 10000 < least and naive == alone - off
    one = await refund(clerk, order, {"TRIPE": 1})
    assert one["refunds"][0]["refundFen"] == 17000 - alone  # what is kept costs what it costs alone
    two = await refund(clerk, order, {"TRIPE": 1})
    assert two["refunds"][1]["refundFen"] == 10000 and two["refundedFen"] == 17000  # shipping stays, as the policy says
    assert two["state"] == "REFUNDED"
    later = await bought(shop, shopper, {"TRIPE": 2}, done=True, delivery="DELIVERY")
    allocated = (await refund(clerk, later, {"TRIPE": 1}))["refunds"][0]["refundFen"]
    assert allocated == 8500 < await at_list_price(later, {"TRIPE": 1})
    await sound(shop)


async def counted_for_ever(shop: Shop) -> int:
    """Naive: a use is counted when its order is placed; nobody looks at what became of the order."""
    found = await database.fetchval(
        "SELECT sum((offer->>'uses')::int) FROM orders o, jsonb_array_elements(o.quote->'offers') AS offer WHERE o.merchant_id = $1",
        shop.merchant_id,
    )
    return int(found or 0)


async def test_vendure_1466_limits_are_given_back(shop: Shop) -> None:
    """Lessons (vendure#1466): what was returned, or cancelled, counts against no limit, unit by unit for a flash price. Who counts
    orders that were placed refuses a customer who has kept nothing."""
    limit = 2
    await shop.promotion(
        {
            "type": "fixed_price",
            "scope": {"skus": ["TRIPE"]},
            "price": 8000,
            "limits": {"stock": 2, "per_customer": limit},
        },
        name="秒杀",
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    assert order["payableFen"] == 26000 and (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000
    await refund(clerk, order, {"TRIPE": 1})
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000  # two are still kept at the flash price
    await refund(clerk, order, {"TRIPE": 1})
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 8000
    assert await counted_for_ever(shop) >= limit  # and would be refused
    again = await place(shopper, {"TRIPE": 1})
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": again["id"], "idempotencyKey": key()},
    )
    assert (again["payableFen"], (await quote(shopper, {"TRIPE": 1}))["payableFen"]) == (8000, 8000)
    assert await counted_for_ever(shop) == 3 > limit
    await sound(shop)
