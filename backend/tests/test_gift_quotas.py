"""Gifts that a promotion may give in all: held when ordered, back when cancelled or returned, never one too many (P12)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import invariants, pricing
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import bought, refund, sound

GIFT = {"type": "spend_gift", "tiers": [{"min": 4000, "gifts": [{"sku": "TOFU", "qty": 2}]}]}
QUOTA = "{ promotions(first: 5) { nodes { id soldOut offers { id sentence usedUp gifts { quota taken left } } } } }"
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
GIFTS = "query($i: ID!) { order(id: $i) { lines { kind sku qty } } }"


async def told(shop: Shop, client: Client | None = None) -> dict[str, Any]:
    """The shop's one promotion as its viewer sees it."""
    found = (await (client or await shop.admin()).run(QUOTA))["promotions"]["nodes"]
    return {"soldOut": found[0]["soldOut"], **found[0]["offers"][0]} if found else {}


async def figures(shop: Shop) -> tuple[int, int, int]:
    """(quota, taken, left) as the console shows it."""
    return tuple((await told(shop))["gifts"].values())  # type: ignore[return-value]


async def gifts(shopper: Client, order: dict[str, Any]) -> list[tuple[str, int]]:
    lines = (await shopper.run(GIFTS, i=order["id"]))["order"]["lines"]
    return [(line["sku"], line["qty"]) for line in lines if line["kind"] == "GIFT"]


async def cancel(shopper: Client, order: dict[str, Any]) -> None:
    done = await shopper.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
    assert done["cancelOrder"]["__typename"] == "Order"


async def test_a_quota_is_held_used_up_and_comes_back(shop: Shop) -> None:
    """P12: placed orders take pieces of the quota, the last of them gets what is left, then the gift leaves the quote with its reason
    and the promotion the list; an order that is cancelled brings it back. The order prices again for ever (O1)."""
    await shop.promotion({**GIFT, "quota": 5}, name="满40送豆腐")
    shopper = await shop.shopper()
    before = await told(shop)
    assert before["sentence"].endswith("，限量5件，送完即止") and before["gifts"] == {"quota": 5, "taken": 0, "left": 5}
    one, two, three = [await place(shopper, {"BEEF": 1}) for _ in range(3)]
    assert [await gifts(shopper, o) for o in (one, two, three)] == [[("TOFU", 2)], [("TOFU", 2)], [("TOFU", 1)]]
    gone = await told(shop)
    assert (gone["gifts"], gone["usedUp"], gone["soldOut"]) == ({"quota": 5, "taken": 5, "left": 0}, "GIFTS", True)
    assert await told(shop, shopper) == {}
    over = await quote(shopper, {"BEEF": 1})
    assert [(r["reason"], r["sentence"]) for r in over["rejected"]] == [("SOLD_OUT", "赠品已送完")]
    without = await place(shopper, {"BEEF": 1})
    assert await gifts(shopper, without) == []
    await pay(shop.world, one)
    await cancel(shopper, two)
    assert await figures(shop) == (5, 3, 2) and (await told(shop))["usedUp"] is None
    again = await quote(shopper, {"BEEF": 1})
    assert again["rejected"] == []
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", three["id"]))
    assert row is not None and row["request"]["gift_quota"] == {row["quote"]["gifts"][0]["offer"]: 1}
    assert pricing.price_scenario(pricing.parse_scenario(row["request"]))["gifts"] == row["quote"]["gifts"]
    await sound(shop)


async def test_a_rush_for_the_last_gifts(shop: Shop) -> None:
    """P12, O4: 24 shoppers who all saw two pieces press at once for seven; three get them, the others are told what is left, and not
    a piece more is given."""
    await shop.promotion({**GIFT, "quota": 7}, name="满40送豆腐")
    rivals = [await shop.shopper() for _ in range(24)]
    tokens = [(await quote(r, {"BEEF": 1}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    kinds = [a["__typename"] for a in answers]
    assert (kinds.count("Order"), kinds.count("PriceChanged")) == (3, 21)
    assert await figures(shop) == (7, 6, 1)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 3
    await sound(shop)


async def test_gifts_that_come_back_with_a_refund(shop: Shop) -> None:
    """P12, Q08: the quota has again the pieces that a batch brings back, of a SKU that was bought too the bought ones first; a gift
    that stays with the customer stays given."""
    await shop.promotion({**GIFT, "quota": 10}, name="满40送豆腐")
    shopper, admin = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1, "TOFU": 1}, done=True)
    assert await gifts(shopper, order) == [("TOFU", 2)] and await figures(shop) == (10, 2, 8)
    for units, taken in (({"TOFU": 1}, 2), ({"TOFU": 1}, 1), ({"BEEF": 1, "TOFU": 1}, 0)):
        assert (await refund(admin, order, units))["__typename"] == "Order"
        assert await figures(shop) == (10, taken, 10 - taken)
        await sound(shop)
    kept = await bought(shop, shopper, {"BEEF": 1}, done=True)
    assert (await refund(admin, kept, {"BEEF": 1}))["__typename"] == "Order"
    assert await figures(shop) == (10, 2, 8)
    await sound(shop)


@pytest.mark.parametrize(("quota", "others"), [(2, []), (3, [1])])
async def test_live_carts_follow_the_last_gift(shop: Shop, quota: int, others: list[int]) -> None:
    """P12, Q05: the order that takes the last gift, or leaves fewer than an order gets, takes it out of other open carts by itself; its
    cancellation brings it back."""
    await shop.promotion({**GIFT, "quota": quota}, name="满40送豆腐")
    watcher, buyer = await shop.shopper(), await shop.shopper()
    text = (
        "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { gifts { sku qty } } } } }"
    )
    async with watcher.subscribe(text, c={"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}) as frames:

        async def seen() -> list[int]:
            async with asyncio.timeout(10):
                return [g["qty"] for g in (await anext(frames))["cartQuote"]["result"]["gifts"]]

        assert await seen() == [2]
        order = await place(buyer, {"BEEF": 1})
        assert await seen() == others
        await cancel(buyer, order)
        assert await seen() == [2]


@pytest.mark.parametrize("quota", [0, -3, 1.5, "many"])
async def test_quotas_that_mean_nothing_are_refused(shop: Shop, quota: Any) -> None:
    """P12: what is no number of pieces is refused at its field, and nothing is made."""
    admin = await shop.admin()
    with pytest.raises(AssertionError, match="quota"):
        await shop.promotion({**GIFT, "quota": quota})
    assert (await admin.run(QUOTA))["promotions"]["nodes"] == []
    assert await database.fetchval("SELECT count(*) FROM offer_gifts WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_shoppers_do_not_see_what_was_given(shop: Shop) -> None:
    """R04, P12: how many gifts went is for staff; a promotion without a quota has none to show."""
    await shop.promotion({**GIFT, "quota": 9}, name="满40送豆腐")
    assert (await told(shop, await shop.shopper()))["gifts"] is None
    await shop.promotion(GIFT, name="满40送不停")
    assert (await told(shop))["gifts"] is None


async def test_planted_violations_of_quotas_are_found(shop: Shop) -> None:
    """O4, P12: a count that no order explains, and a quota of which more was given, are found."""
    await shop.promotion({**GIFT, "quota": 9}, name="满40送豆腐")
    await bought(shop, await shop.shopper(), {"BEEF": 1})
    await sound(shop)
    more = "UPDATE offer_gifts SET taken = taken + $2 WHERE merchant_id = $1"
    await database.pool().execute(more, shop.merchant_id, 1)
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"O4"}
    await database.pool().execute(more, shop.merchant_id, -1)
    await database.pool().execute(
        "UPDATE offer_gifts SET taken = 1, quota = 1 WHERE merchant_id = $1", shop.merchant_id
    )
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"O4", "O5"}
