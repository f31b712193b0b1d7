"""满返 with a cap: what orders earn counts against limits and budgets, held with the order, back with it (P10, P12, P05, Q08)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import account, bought, complete, preview, refund, sound, spend
from backend.tests.test_earned_coupons import template

PACKET = {"type": "earn_red_packet", "min": 3000, "fen": 600}
STAMPS = {"type": "earn_stamps", "min": 2000, "count": 1, "every": True, "value": 100}
GIFT = {"type": "spend_gift", "tiers": [{"min": 4000, "gifts": [{"sku": "TOFU", "qty": 2}]}]}
TOLD = "{ promotions(first: 5) { nodes { soldOut offers { usedUp budget { capFen promisedFen givenFen leftFen } } } } }"
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
exact = pytest.mark.usefixtures("exact")


async def told(shop: Shop, client: Client | None = None) -> dict[str, Any] | None:
    """The shop's newest promotion as its viewer sees it; None where it is not listed."""
    nodes = (await (client or await shop.admin()).run(TOLD))["promotions"]["nodes"]
    return {"soldOut": nodes[0]["soldOut"], **nodes[0]["offers"][0]} if nodes else None


async def budget(shop: Shop) -> tuple[int, int, int, int]:
    """(cap, promised, given, left) as the console shows it."""
    found = await told(shop)
    assert found is not None
    return tuple(found["budget"].values())


async def counted(shop: Shop) -> list[tuple[int, int | None]]:
    """(used, stock) of what is counted."""
    rows = await database.fetch("SELECT used, stock FROM offer_uses WHERE merchant_id = $1", shop.merchant_id)
    return [(row["used"], row["stock"]) for row in rows]


async def earned(client: Client, order: dict[str, Any]) -> list[dict[str, Any]]:
    row = await database.fetchrow("SELECT quote FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert row is not None
    found: list[dict[str, Any]] = row["quote"]["earn"]
    return found


async def cancel(shopper: Client, order: dict[str, Any]) -> None:
    done = await shopper.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
    assert done["cancelOrder"]["__typename"] == "Order"


def why(quoted: dict[str, Any]) -> list[tuple[str, str]]:
    return [(r["reason"], r["sentence"]) for r in quoted["rejected"]]


@exact
async def test_a_capped_earning_is_held_used_up_and_comes_back(shop: Shop) -> None:
    """P10, P05: 满返 of which there are two in all: placed orders hold it, the third goes without and says why, the promotion leaves
    the list; a cancelled order brings it back, and the order gives at completion what it promised."""
    await shop.promotion({**PACKET, "limits": {"stock": 2}}, name="满30返红包")
    shopper = await shop.shopper()
    one, two = await place(shopper, {"BEEF": 1}), await place(shopper, {"BEEF": 1})
    assert await counted(shop) == [(2, 2)]
    found = await told(shop)
    assert found is not None and (found["usedUp"], found["soldOut"]) == ("STOCK", True)
    assert await told(shop, shopper) is None
    over = await quote(shopper, {"BEEF": 1})
    assert over["earn"] == [] and why(over) == [("SOLD_OUT", "已送完")]
    without = await place(shopper, {"BEEF": 1})
    assert await earned(shopper, without) == []
    await cancel(shopper, two)
    assert await counted(shop) == [(1, 2)]
    await pay(shop.world, one)
    assert (await complete(shop, one))["__typename"] == "Order"
    assert await account(shop, shopper) == {"red_packet": 600}
    assert len((await quote(shopper, {"BEEF": 1}))["earn"]) == 1


@exact
async def test_limits_of_a_customer_and_of_a_day(shop: Shop) -> None:
    """P10: 集点, three steps a customer, two of them a day: an order gets the steps that are left, and the reason when there are none;
    another customer has their own."""
    await shop.promotion({**STAMPS, "limits": {"per_customer": 3, "per_day": 2}}, name="集点")
    shopper = await shop.shopper()
    first = await place(shopper, {"BEEF": 1})  # 40.00: two steps of 20.00
    assert [e["count"] for e in await earned(shopper, first)] == [2]
    [(reason, sentence)] = why(await quote(shopper, {"BEEF": 1}))
    assert reason == "LIMIT" and "今天" in sentence
    await database.pool().execute("UPDATE offer_member_days SET day = day - 1 WHERE merchant_id = $1", shop.merchant_id)
    await database.pool().execute(
        "UPDATE orders SET placed_at = placed_at - interval '1 day' WHERE merchant_id = $1", shop.merchant_id
    )
    second = await place(shopper, {"BEEF": 2})  # four steps, of which one is left
    assert [e["count"] for e in await earned(shopper, second)] == [1]
    assert [r for r, _ in why(await quote(shopper, {"BEEF": 1}))] == ["LIMIT"]
    other = await shop.shopper()
    assert [e["count"] for e in await earned(other, await place(other, {"BEEF": 1}))] == [2]


@exact
async def test_a_budget_of_earnings_ends_at_its_cap(shop: Shop) -> None:
    """P12, C7: red packets of ¥6 with a budget of ¥20: the fourth order goes without, with the reason; payment gives, a cancelled
    order frees, and a refund brings back what is taken back."""
    await shop.promotion({**PACKET, "budget": 2000}, name="满30返红包")
    shopper, admin = await shop.shopper(), await shop.admin()
    made = [await place(shopper, {"BEEF": 1}) for _ in range(3)]
    assert await budget(shop) == (2000, 1800, 0, 200)
    over = await quote(shopper, {"BEEF": 1})
    assert over["earn"] == [] and why(over) == [("BUDGET", "活动预算已用完")]
    found = await told(shop)
    assert found is not None and found["usedUp"] == "BUDGET"  # ¥2 is no red packet of ¥6
    await cancel(shopper, made[0])
    for order in made[1:]:
        await pay(shop.world, order)
    assert await budget(shop) == (2000, 0, 1200, 800)
    assert (await complete(shop, made[1]))["__typename"] == "Order"
    assert await account(shop, shopper) == {"red_packet": 600}
    for order in made[1:]:  # handed over or not: what it would have earned, or did, is the budget's again
        assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await budget(shop) == (2000, 0, 0, 2000)


@exact
async def test_points_count_at_what_they_pay_and_come_back_with_units(shop: Shop) -> None:
    """P12, Q08: points count at the policy's rate, a begun fen whole; a part refund frees what the units had earned, before and after
    completion, to the fen once all is back; steps of a limit likewise."""
    await shop.promotion({"type": "earn_points", "per_yuan": 3, "budget": 1000}, name="三倍积分")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 2})  # 80.00: 240 points, at 100 a yuan 2.40
    assert await budget(shop) == (1000, 0, 240, 760)
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 120, 880)
    assert (await complete(shop, order))["__typename"] == "Order"
    assert (await account(shop, shopper))["points"] == 120
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 0, 1000) and "points" not in await account(shop, shopper)


@exact
async def test_what_was_spent_and_is_withheld_is_free_again(shop: Shop) -> None:
    """P12, Q08: points that were spent cannot be taken back: their money is withheld, so the budget has them again."""
    await shop.promotion({"type": "earn_points", "per_yuan": 3, "budget": 1000}, name="三倍积分")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await spend(shop, shopper, "points", 100)
    assert (await preview(admin, order, {"BEEF": 1}, staff=True))["withheldFen"] == 100
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 0, 1000)


@exact
async def test_what_stays_with_the_customer_stays_given(shop: Shop) -> None:
    """P12, Q08: where spent points are left to who returns the goods (`clawback` leave), the budget has only the rest again."""
    await shop.promotion(
        {"type": "earn_points", "per_yuan": 3, "budget": 1000, "limits": {"stock": 5}}, name="三倍积分"
    )
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await database.pool().execute(
        "UPDATE orders SET request = jsonb_set(request, '{policy,clawback}', '\"leave\"') WHERE merchant_id = $1",
        shop.merchant_id,
    )
    await spend(shop, shopper, "points", 100)
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await budget(shop) == (1000, 0, 100, 900) and await counted(shop) == [(1, 5)]


@exact
async def test_a_step_that_comes_back_is_free_for_others(shop: Shop) -> None:
    """P10, Q08: of four steps in all an order had four; the refund of half of it frees two, and the next order gets them."""
    await shop.promotion({**STAMPS, "limits": {"stock": 4}}, name="集点")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 2}, done=True)
    assert await counted(shop) == [(4, 4)] and why(await quote(shopper, {"BEEF": 1})) == [("SOLD_OUT", "已送完")]
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await counted(shop) == [(2, 4)] and (await account(shop, shopper))["stamps"] == 2
    assert [e["count"] for e in await earned(shopper, await place(shopper, {"BEEF": 2}))] == [2]


@exact
async def test_a_rush_for_what_is_earned_ends_at_the_cap(shop: Shop) -> None:
    """P10, P12: twenty shoppers who all saw the red packet press at once; three get it, the others are told the order as it is now, and
    nothing was taken of them."""
    await shop.promotion({**PACKET, "limits": {"stock": 3}}, name="满30返红包")
    rivals = [await shop.shopper() for _ in range(20)]
    tokens = [(await quote(r, {"BEEF": 1}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    kinds = [a["__typename"] for a in answers]
    assert kinds.count("Order") == 3 and kinds.count("PriceChanged") == 17
    assert await counted(shop) == [(3, 3)]


@exact
async def test_a_rush_for_a_budget_of_earnings(shop: Shop) -> None:
    """P12, C7: coupons worth ¥8 with a budget of ¥33: four of sixteen get one, never a fen past the cap; who pays has it given."""
    offer = {"type": "earn_coupon", "min": 3000, "template": await template(shop), "budget": 3300}
    await shop.promotion(offer, name="满30返券")
    rivals = [await shop.shopper() for _ in range(16)]
    tokens = [(await quote(r, {"BEEF": 1}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    won = [a for a in answers if a["__typename"] == "Order"]
    assert len(won) == 4 and await budget(shop) == (3300, 3200, 0, 100)
    await asyncio.gather(*(pay(shop.world, order) for order in won))
    assert await budget(shop) == (3300, 0, 3200, 100)


@exact
async def test_gifts_count_at_their_list_price(shop: Shop) -> None:
    """P12: gifts of ¥20 with a budget of ¥50: two orders get them; a gift that comes back with a refund is the budget's again, one
    that is kept stays given."""
    await shop.promotion({**GIFT, "budget": 5000}, name="满40送豆腐")
    shopper, admin = await shop.shopper(), await shop.admin()
    one = await bought(shop, shopper, {"BEEF": 1}, done=True)
    worth = (await budget(shop))[2]
    assert worth > 0 and 2 * worth <= 5000 < 3 * worth
    two = await place(shopper, {"BEEF": 1})
    assert await budget(shop) == (5000, worth, worth, 5000 - 2 * worth)
    over = await quote(shopper, {"BEEF": 1})
    assert why(over) == [("BUDGET", "活动预算已用完")]
    found = await told(shop)
    assert found is not None and found["usedUp"] == "BUDGET"
    await cancel(shopper, two)
    assert (await refund(admin, one, {"BEEF": 1, "TOFU": 1}))["__typename"] == "Order"
    assert await budget(shop) == (5000, 0, worth // 2, 5000 - worth // 2)


async def test_orders_from_before_took_nothing(shop: Shop) -> None:
    """P10: an offer on earnings that was published with a limit before limits were counted stays live. Its limit holds from now on:
    orders from before took nothing of it and give nothing back."""
    await shop.promotion({**PACKET, "limits": {"stock": 1}}, name="满30返红包")
    shopper, admin = await shop.shopper(), await shop.admin()
    before = await bought(shop, shopper, {"BEEF": 1}, done=True)
    await database.pool().execute(
        "UPDATE orders SET quote = quote - 'earn_taken' WHERE merchant_id = $1", shop.merchant_id
    )
    for table in ("offer_uses", "offer_member_uses"):
        await database.pool().execute(f"UPDATE {table} SET used = 0 WHERE merchant_id = $1", shop.merchant_id)
    await sound(shop)
    await place(shopper, {"BEEF": 1})
    assert await counted(shop) == [(1, 1)]
    assert (await refund(admin, before, {"BEEF": 1}))["__typename"] == "Order"
    assert await counted(shop) == [(1, 1)]
    await sound(shop)


async def test_what_is_held_frees_itself_with_the_order(shop: Shop) -> None:
    """P10, P12: an unpaid order's time-out gives limit and budget back once, however often the schedule runs."""
    await shop.promotion({**PACKET, "limits": {"stock": 1}, "budget": 600}, name="满30返红包")
    order_id = decode("ord", (await place(await shop.shopper(), {"BEEF": 1}))["id"])
    assert order_id is not None and await counted(shop) == [(1, 1)] and await budget(shop) == (600, 600, 0, 0)
    await asyncio.gather(
        *(orders.cancel(shop.merchant_id, None, order_id, f"overdue:{order_id}", "system", now()) for _ in range(3))
    )
    assert await counted(shop) == [(0, 1)] and await budget(shop) == (600, 0, 0, 600)
    await sound(shop)


async def test_live_carts_follow_what_is_earned(shop: Shop) -> None:
    """P10, Q05: the order that uses the cap up takes the red packet out of other carts by itself, its cancellation gives it again."""
    await shop.promotion({**PACKET, "budget": 1100}, name="满30返红包")
    watcher, buyer = await shop.shopper(), await shop.shopper()
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { earn { fen } } } } }"
    async with watcher.subscribe(text, c={"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}) as frames:

        async def seen() -> tuple[str, int]:
            async with asyncio.timeout(10):
                update = (await anext(frames))["cartQuote"]
            return update["cause"], len(update["result"]["earn"])

        assert await seen() == ("", 1)
        order = await place(buyer, {"BEEF": 1})
        assert await seen() == ("活动名额已用完", 0)
        await cancel(buyer, order)
        assert await seen() == ("活动名额又有了", 1)


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        ({**STAMPS, "value": 0, "budget": 100}, r"offers\[0\]\.value"),
        ({"type": "earn_stamps", "min": 1, "count": 1, "budget": 100}, r"offers\[0\]\.value"),
        ({**PACKET, "budget": 0}, r"offers\[0\]\.budget"),
        ({**GIFT, "budget": "9"}, r"offers\[0\]\.budget"),
        ({**PACKET, "limits": {"stock": -1}}, r"offers\[0\]\.limits"),
    ],
)
async def test_caps_that_mean_nothing_are_refused(shop: Shop, offer: dict[str, Any], path: str) -> None:
    """P12: a budget needs something that it can count; nothing is made of a refused offer."""
    with pytest.raises(AssertionError, match=path):
        await shop.promotion(offer, publish=False)
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0
