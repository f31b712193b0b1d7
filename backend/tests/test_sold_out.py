"""A promotion that is used up is taken down, and comes back by itself: prices, tags, list and detail of the shop (P10, P12)."""

from __future__ import annotations

from typing import Any

import pytest

from backend.demo.client import Client, key
from backend.kit import database
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import bought, refund, sound

FLASH = {"type": "fixed_price", "scope": {"skus": ["BEEF"]}, "price": 3000, "limits": {"stock": 1}}
OFF_10 = {"type": "spend_off", "scope": {"skus": ["BEEF"]}, "tiers": [{"min": 4000, "off": 1000}]}
PRODUCTS = "query($s: [String!]) { products(skus: $s) { nodes { sku priceInHandFen promotionTags } } }"
LISTED = "query($n: Int!, $after: String) { promotions(first: $n, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id soldOut } } }"
DETAIL = """query($id: ID!) { promotion(id: $id) { state soldOut offers { usedUp }
  products(first: 5) { nodes { sku priceInHandFen promotionTags } } } }"""
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"


async def shown(client: Client, sku: str = "BEEF") -> tuple[int, list[str]]:
    """(price in hand, tags) of an article on the shelf."""
    one = (await client.run(PRODUCTS, s=[sku]))["products"]["nodes"][0]
    return one["priceInHandFen"], one["promotionTags"]


async def listed(client: Client) -> list[tuple[str, bool]]:
    """(promotion, whether it is sold out) as the viewer's list has them."""
    return [(p["id"], p["soldOut"]) for p in (await client.run(LISTED, n=20))["promotions"]["nodes"]]


async def detail(client: Client, promotion: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(DETAIL, id=promotion))["promotion"]
    return found


async def cancel(shopper: Client, order: dict[str, Any]) -> None:
    done = await shopper.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})
    assert done["cancelOrder"]["__typename"] == "Order"


@pytest.mark.usefixtures("exact")
async def test_a_flash_sale_without_units_is_taken_down_and_comes_back(shop: Shop) -> None:
    """P10, P12: after the last unit the shelf has the normal price and no tag, as the cart has; the promotion is off the
    shopper's list, its page says 已抢完; staff still see it. A cancelled order brings all of it back."""
    flash = (await shop.promotion(FLASH, name="限时抢购"))["id"]
    buyer, other, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    assert await shown(other) == (3000, ["一口价30元"]) and await listed(other) == [(flash, False)]
    order = await place(buyer, {"BEEF": 1})
    assert order["payableFen"] == 3000
    for viewer in (buyer, other, shop.client()):
        assert await shown(viewer) == (4000, []) and await listed(viewer) == []
    assert (await quote(other, {"BEEF": 1}))["payableFen"] == 4000
    there = await detail(other, flash)
    assert (there["state"], there["soldOut"], there["offers"]) == ("RUNNING", True, [{"usedUp": "STOCK"}])
    assert there["products"]["nodes"] == [{"sku": "BEEF", "priceInHandFen": 4000, "promotionTags": []}]
    assert await listed(admin) == [(flash, True)]
    await cancel(buyer, order)
    assert await shown(other) == (3000, ["一口价30元"]) and await listed(other) == [(flash, False)]
    there = await detail(other, flash)
    assert (there["soldOut"], there["offers"]) == (False, [{"usedUp": None}])
    again = await place(other, {"BEEF": 1})
    assert again["payableFen"] == 3000
    await pay(shop.world, again)
    assert await shown(buyer) == (4000, [])


@pytest.mark.usefixtures("exact")
async def test_the_cart_shows_articles_as_the_shelf_does(shop: Shop) -> None:
    """P10: an article in a quote says the same price in hand and tags as the list, before and after the last unit."""
    await shop.promotion(FLASH, name="限时抢购")
    buyer, other = await shop.shopper(), await shop.shopper()
    text = """query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { payableFen
      lines { product { priceInHandFen promotionTags } } } } }"""
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}
    before = (await other.run(text, c=cart))["quoteCart"]
    assert before == {
        "payableFen": 3000,
        "lines": [{"product": {"priceInHandFen": 3000, "promotionTags": ["一口价30元"]}}],
    }
    await place(buyer, {"BEEF": 1})
    after = (await other.run(text, c=cart))["quoteCart"]
    assert after == {"payableFen": 4000, "lines": [{"product": {"priceInHandFen": 4000, "promotionTags": []}}]}


@pytest.mark.usefixtures("exact")
async def test_a_budget_that_is_used_up_takes_its_promotion_down(shop: Shop) -> None:
    """P12: what is left is less than one more discount takes: the tag and the promotion go, the page says why; cancelling
    before payment and a refund after it each bring them back."""
    festival = (await shop.promotion({**OFF_10, "budget": 1500}, name="满40减10"))["id"]
    shopper, other, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    assert await shown(other) == (4000, ["满40减10"]) and await listed(other) == [(festival, False)]
    order = await place(shopper, {"BEEF": 1})
    assert await shown(other) == (4000, []) and await listed(other) == []
    there = await detail(other, festival)
    assert (there["soldOut"], there["offers"]) == (True, [{"usedUp": "BUDGET"}])
    await cancel(shopper, order)
    assert await shown(other) == (4000, ["满40减10"]) and await listed(other) == [(festival, False)]
    paid = await bought(shop, shopper, {"BEEF": 1})
    assert paid["payableFen"] == 3000 and await listed(other) == []
    await refund(admin, paid, {"BEEF": 1})
    assert await shown(other) == (4000, ["满40减10"]) and await listed(other) == [(festival, False)]
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_a_price_of_the_item_goes_with_its_budget(shop: Shop) -> None:
    """P12: 八折 gives ¥8 on the beef; with ¥10 it can once. What is left would do for a cheaper article, which keeps its price."""
    cut = {"type": "percent_off", "scope": {"skus": ["BEEF", "TOFU"]}, "pay_bp": 8000, "budget": 1000}
    promotion = (await shop.promotion(cut, name="八折"))["id"]
    shopper, other = await shop.shopper(), await shop.shopper()
    assert (await shown(other))[0] == 3200
    order = await place(shopper, {"BEEF": 1})
    assert order["payableFen"] == 3200
    assert await shown(other) == (4000, []) and (await shown(other, "TOFU"))[0] == 720
    assert (await quote(other, {"BEEF": 1}))["payableFen"] == 4000
    assert (await quote(other, {"TOFU": 1}))["payableFen"] == 720
    assert await listed(other) == [(promotion, False)]
    await place(other, {"TOFU": 1})  # ¥0.20 is left, and no article of it costs so little
    assert (await shown(other, "TOFU")) == (900, []) and await listed(other) == []


async def test_one_of_two_offers_used_up_leaves_the_promotion_standing(shop: Shop) -> None:
    """P10: only when all its offers are used up a promotion is taken down; its page marks the one that is."""
    admin = await shop.admin()
    made = await shop.promotion(FLASH, name="双重优惠", publish=False, offers=[FLASH, OFF_10])
    published = await admin.run(
        "mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { ... on Promotion { soldOut state } } }",
        i={"promotionId": made["id"], "idempotencyKey": key()},
    )
    assert published["publishPromotion"] == {"soldOut": False, "state": "RUNNING"}
    shopper, other = await shop.shopper(), await shop.shopper()
    await place(shopper, {"BEEF": 1})
    assert await listed(other) == [(made["id"], False)]
    assert (await detail(other, made["id"]))["offers"] == [{"usedUp": "STOCK"}, {"usedUp": None}]
    assert await shown(other) == (4000, ["满40减10"])


@pytest.mark.usefixtures("exact")
async def test_ones_own_limit_used_up_is_ones_own_normal_price(shop: Shop) -> None:
    """P10: units past a customer's limit have the normal price on the shelf too, for this customer alone."""
    offer = {**FLASH, "limits": {"per_customer": 1}}
    promotion = (await shop.promotion(offer, name="每人一份"))["id"]
    mine, other = await shop.shopper(), await shop.shopper()
    order = await place(mine, {"BEEF": 1})
    assert await shown(mine) == (4000, []) and (await shown(other))[0] == 3000
    assert await listed(mine) == [(promotion, False)]
    await cancel(mine, order)
    assert (await shown(mine))[0] == 3000


async def test_pages_of_the_list_leave_out_what_is_sold_out(shop: Shop) -> None:
    """P10: sold-out promotions are left out before the list is cut into pages: none is short, and the total is true."""
    shopper, kept = await shop.shopper(), []
    for n, sku in enumerate(("BEEF", "SHRIMP", "TRIPE", "PORK")):
        offer = {**FLASH, "scope": {"skus": [sku]}, "price": 1000}
        kept.append((await shop.promotion(offer, name=f"抢购 {n}"))["id"])
    await place(shopper, {"SHRIMP": 1, "TRIPE": 1})
    first = (await shopper.run(LISTED, n=1))["promotions"]
    assert (first["totalCount"], [p["id"] for p in first["nodes"]]) == (2, [kept[3]])
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await shopper.run(LISTED, n=1, after=first["pageInfo"]["endCursor"]))["promotions"]
    assert ([p["id"] for p in second["nodes"]], second["pageInfo"]["hasNextPage"]) == ([kept[0]], False)


async def test_a_page_of_articles_asks_for_what_is_left_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P10, speed: two statements a page, however many articles and offers there are."""
    for sku in ("BEEF", "SHRIMP", "TRIPE"):
        await shop.promotion({**FLASH, "scope": {"skus": [sku]}, "price": 1000, "budget": 100_000}, name=sku)
    shopper = await shop.shopper()
    asked, fetch = list[str](), database.fetch

    async def counted(sql: str, *args: object) -> Any:
        if "outbox_events" not in sql and "rule_epochs" not in sql:  # the relay and the watch on rules, at any time
            asked.append(sql)
        return await fetch(sql, *args)

    await shopper.run(PRODUCTS, s=["BEEF"])
    monkeypatch.setattr(database, "fetch", counted)
    await shopper.run(PRODUCTS, s=["BEEF"])
    alone = len(asked)
    asked.clear()
    found = (await shopper.run(PRODUCTS, s=["BEEF", "SHRIMP", "TRIPE", "TOFU"]))["products"]["nodes"]
    assert [p["priceInHandFen"] for p in found] == [1000, 1000, 900, 1000] and len(asked) == alone
    assert sum("offer_uses" in sql for sql in asked) == 1 and sum("'budget', 'given'" in sql for sql in asked) == 1
