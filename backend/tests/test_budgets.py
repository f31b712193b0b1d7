"""Budgets of offers: the promotion ends at its cap, never past it, and the price returns by itself (P10, P12, C7, O4)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend import invariants, ledger, offers, orders, pricing
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import bought, preview, refund, sound

OFF_10 = {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 4000, "off": 1000}]}
BUDGET = "{ promotions(first: 10) { nodes { offers { budget { capFen promisedFen givenFen leftFen } } } } }"
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"


async def budget(shop: Shop) -> tuple[int, int, int, int]:
    """(cap, promised, given, left) of the shop's one promotion, as the console shows it."""
    found = await (await shop.admin()).run(BUDGET)
    return tuple(found["promotions"]["nodes"][0]["offers"][0]["budget"].values())  # type: ignore[return-value]


async def cancel(shopper: Client, order: dict[str, Any]) -> None:
    done = await shopper.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
    assert done["cancelOrder"]["__typename"] == "Order"


async def test_a_budget_is_promised_given_and_ends(shop: Shop) -> None:
    """P12, C7, O4: placed orders are promised it, paid ones are given it, cancelled ones free it; what is left is too little
    for one more, so the quote goes without and says why."""
    await shop.promotion({**OFF_10, "budget": 2500}, name="满40减10")
    shopper = await shop.shopper()
    assert await budget(shop) == (2500, 0, 0, 2500)
    one, two = await place(shopper, {"BEEF": 1}), await place(shopper, {"BEEF": 1})
    assert (one["payableFen"], two["payableFen"]) == (3000, 3000) and await budget(shop) == (2500, 2000, 0, 500)
    over = await quote(shopper, {"BEEF": 1})
    assert over["payableFen"] == 4000 and [(r["reason"], r["sentence"]) for r in over["rejected"]] == [
        ("BUDGET", "活动预算已用完")
    ]
    await pay(shop.world, one)
    assert await budget(shop) == (2500, 1000, 1000, 500)
    await cancel(shopper, two)
    assert await budget(shop) == (2500, 0, 1000, 1500)
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3000
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", two["id"]))
    assert row is not None and row["request"]["budget"] == {row["quote"]["offers"][0]["id"]: 1500}
    again = pricing.price_scenario(pricing.parse_scenario(row["request"]))
    assert again["payable"] == row["quote"]["payable"]  # O1
    await sound(shop)


async def test_unpaid_orders_free_their_budget(shop: Shop) -> None:
    """P12, C7: the time-out gives the promise back, once, however often the schedule runs."""
    await shop.promotion({**OFF_10, "budget": 1000}, name="满40减10")
    shopper = await shop.shopper()
    order = await place(shopper, {"BEEF": 1})
    order_id = decode("ord", order["id"])
    assert order_id is not None and await budget(shop) == (1000, 1000, 0, 0)
    late = now() + timedelta(minutes=16)
    await asyncio.gather(
        *(orders.cancel(shop.merchant_id, None, order_id, f"overdue:{order_id}", "system", late) for _ in range(3))
    )
    assert await budget(shop) == (1000, 0, 0, 1000)
    await sound(shop)


async def test_a_rush_ends_at_the_cap(shop: Shop) -> None:
    """P12, C7, lessons *Limits*: 24 shoppers who all saw ¥30 press at once; the budget has ¥50 for discounts of ¥10, so five
    get it and the others are told the new price with the reason. What the naive way overspends: test_lessons_limits.py."""
    await shop.promotion({**OFF_10, "budget": 5000}, name="满40减10")
    rivals = [await shop.shopper() for _ in range(24)]
    tokens = [(await quote(r, {"BEEF": 1}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    kinds = [a["__typename"] for a in answers]
    assert kinds.count("Order") == 5 and kinds.count("PriceChanged") == 19
    assert {a["payableFen"] for a in answers if a["__typename"] == "Order"} == {3000}
    assert {(a["seenPayableFen"], a["quote"]["payableFen"]) for a in answers if a["__typename"] == "PriceChanged"} == {
        (3000, 4000)
    }
    assert await budget(shop) == (5000, 5000, 0, 0)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 5
    assert (await quote(rivals[0], {"BEEF": 1}))["rejected"][0]["reason"] == "BUDGET"
    await sound(shop)


async def test_two_budgets_taken_together(shop: Shop) -> None:
    """O4: of two budgets in one order both are promised or none; orders that take them at once do not wait in a ring."""
    await shop.promotion({**OFF_10, "budget": 8000}, name="满40减10")
    await shop.promotion(
        {"type": "percent_off", "scope": {"skus": ["BEEF"]}, "pay_bp": 9000, "budget": 1600}, name="九折"
    )
    rivals = [await shop.shopper() for _ in range(12)]
    tokens = [(await quote(r, {"BEEF": 2}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 2}, t) for r, t in zip(rivals, tokens, strict=True)))
    assert [a["__typename"] for a in answers].count("Order") == 2
    rows = await database.fetch(
        "SELECT a.balance, a.held FROM accounts a WHERE a.merchant_id = $1 AND a.owner_kind = 'budget' ORDER BY a.balance",
        shop.merchant_id,
    )
    assert [(r["balance"], r["held"]) for r in rows] == [(1600, 1600), (8000, 2000)]
    await sound(shop)


async def test_a_refund_brings_the_discount_back(shop: Shop) -> None:
    """P12, Q08: the budget has again what a batch takes back of the discount, to the fen over all batches; what was given
    is what stayed given (docs/decisions/0012-budgets.md)."""
    await shop.promotion({**OFF_10, "budget": 1000}, name="满40减10")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"PORK": 3}, done=True)
    assert await budget(shop) == (1000, 0, 1000, 0)
    assert (await refund(admin, order, {"PORK": 1}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 667, 333)
    assert (await refund(admin, order, {"PORK": 2}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 0, 1000)
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3000
    await sound(shop)


async def test_an_order_from_before_the_budget_brings_nothing(shop: Shop) -> None:
    """P12: an order that took nothing of a budget gives nothing back to it."""
    await shop.promotion(OFF_10, name="满40减10")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    offer = (await shopper.run("query($i: ID!) { order(id: $i) { offers { id } } }", i=order["id"]))["order"]["offers"][
        0
    ]
    async with database.transaction() as tx:
        await offers.budgets.fund(tx, shop.merchant_id, offer["id"], 5000, "v2", now())
    assert (await preview(admin, order, {"BEEF": 1}, staff=True))["refundFen"] == 3000
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    found = (await offers.budgets.read(shop.merchant_id, [offer["id"]]))[offer["id"]]
    assert (found.cap, found.given, found.left) == (5000, 0, 5000)


async def test_a_cap_moves_but_not_below_what_is_gone(shop: Shop) -> None:
    """C7: a cap rises and falls; not below what was promised and given; one key changes once."""
    promised = new_id()
    async with database.transaction() as tx:
        assert await ledger.budgets.fund(tx, shop.merchant_id, promised, 900, "a", now()) is None
        assert await ledger.budgets.promise(tx, shop.merchant_id, promised, 500, "k", now(), None) == 400
        assert await ledger.budgets.promise(tx, shop.merchant_id, promised, 401, "l", now(), None) == ledger.Short(400)
        assert await ledger.budgets.promise(tx, shop.merchant_id, new_id(), 1, "m", now(), None) == ledger.Short(0)
        assert await ledger.budgets.fund(tx, shop.merchant_id, promised, 499, "b", now()) == ledger.Short(500)
        assert await ledger.budgets.fund(tx, shop.merchant_id, promised, 600, "c", now()) is None
        assert await ledger.budgets.give(tx, shop.merchant_id, promised, "k", now(), {})
        assert not await ledger.budgets.give(tx, shop.merchant_id, promised, "k", now(), {})
        assert await ledger.budgets.release(tx, shop.merchant_id, "k", now()) == ledger.HoldEnded("posted")
        assert await ledger.budgets.fund(tx, shop.merchant_id, promised, 500, "d", now()) is None
    found = (await ledger.budgets.read(shop.merchant_id, [promised]))[promised]
    assert (found.cap, found.promised, found.given, found.left) == (500, 0, 500, 0)
    assert await invariants.violations(shop.merchant_id, "L") == []


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ({**OFF_10, "budget": 0}, "预算须是"),
        ({**OFF_10, "budget": "100"}, "预算须是"),
        ({**OFF_10, "budget": True}, "预算须是"),
        ({"type": "earn_stamps", "min": 1, "count": 1, "budget": 100}, "请写明每点"),
    ],
)
async def test_budgets_that_mean_nothing_are_refused(shop: Shop, offer: dict[str, Any], words: str) -> None:
    """P12: what could not be kept is not promised."""
    with pytest.raises(AssertionError, match=words):
        await shop.promotion(offer)


async def test_shoppers_do_not_see_budgets(shop: Shop) -> None:
    """R04: what a promotion may cost is for staff."""
    await shop.promotion({**OFF_10, "budget": 1000}, name="满40减10")
    found = await (await shop.shopper()).run(
        "{ promotions(first: 10) { nodes { offers { definition budget { capFen } } } } }"
    )
    [offer] = found["promotions"]["nodes"][0]["offers"]
    assert offer["budget"] is None and "budget" not in offer["definition"]
    await shop.promotion({**OFF_10, "budget": 700}, name="草稿", publish=False)
    assert await budget(shop) == (700, 0, 0, 700)  # the newest stands first


async def test_planted_violations_of_budgets_are_found(shop: Shop) -> None:
    """C7, O4: a budget that gave more than its cap is found, and one that no order explains."""
    await shop.promotion({**OFF_10, "budget": 1000}, name="满40减10")
    await bought(shop, await shop.shopper(), {"BEEF": 1})
    await sound(shop)
    more = "UPDATE accounts SET balance = balance + $2 WHERE merchant_id = $1 AND owner_kind = 'given'"
    await database.pool().execute(more, shop.merchant_id, 1)
    assert {"C7", "O4", "L1", "L2"} <= {v.rule for v in await invariants.violations(shop.merchant_id)}
    await database.pool().execute(more, shop.merchant_id, -1)
    await sound(shop)


async def test_live_carts_follow_the_budget(shop: Shop) -> None:
    """P10, Q05, B07: the order that uses a budget up takes the price of other carts back by itself, and its cancellation
    gives it again; both are told with their reason."""
    await shop.promotion({**OFF_10, "budget": 1500}, name="满40减10")
    watcher, buyer = await shop.shopper(), await shop.shopper()
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen } } } }"
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}
    async with watcher.subscribe(text, c=cart) as frames:

        async def seen() -> tuple[str, int]:
            async with asyncio.timeout(10):
                update = (await anext(frames))["cartQuote"]
            return update["cause"], update["result"]["payableFen"]

        assert await seen() == ("", 3000)
        order = await place(buyer, {"BEEF": 1})
        assert await seen() == ("活动名额已用完", 4000)
        await cancel(buyer, order)
        assert await seen() == ("活动名额又有了", 3000)


async def test_live_carts_follow_activity_stock_back(shop: Shop) -> None:
    """P10, Q05: the last unit of a flash sale that comes back is shown at once."""
    await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["BEEF"]}, "price": 990, "limits": {"stock": 1}}, name="秒杀"
    )
    watcher, buyer = await shop.shopper(), await shop.shopper()
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen } } } }"
    async with watcher.subscribe(text, c={"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}) as frames:

        async def seen() -> int:
            async with asyncio.timeout(10):
                return int((await anext(frames))["cartQuote"]["result"]["payableFen"])

        assert await seen() == 990
        order = await place(buyer, {"BEEF": 1})
        assert await seen() == 4000
        await cancel(buyer, order)
        assert await seen() == 990
