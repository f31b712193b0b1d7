"""Contents of coupons beyond the contract (K01), from the template to the refund: 换购, 免费试用, 套餐, 额外积分, 全额返."""

from __future__ import annotations

from typing import Any

import pytest

from backend.demo.client import Client, key
from backend.kit import database
from backend.tests.conftest import Shop, claim, pay, place, quote
from backend.tests.refunding import account, complete, refund, together

MAKE = """mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename
  ... on InvalidInput { problems { path message } }
  ... on CouponTemplate { id name faceFen terms face { kind priceFen minFen sku skuName offFen sentence scopeSentence } } } }"""
DROP = """mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename
  ... on InvalidInput { problems { path message } } } }"""
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
HELD = "{ benefitAccount { coupons(first: 20) { nodes { state template { face { kind sentence } } } } } }"


async def template(client: Client, **content: Any) -> dict[str, Any]:
    given = {"name": "测试券", "content": content, "validDays": 7, "idempotencyKey": key()}
    found: dict[str, Any] = (await client.run(MAKE, i=given))["createCouponTemplate"]
    return found


async def states(client: Client) -> list[str]:
    return [c["state"] for c in (await client.run(HELD))["benefitAccount"]["coupons"]["nodes"]]


@pytest.mark.usefixtures("exact")
async def test_an_article_at_a_price(shop: Shop) -> None:
    """K01 换购券: 3 yuan for the tofu of 9 where the other goods come to 50; the ticket says so; an order uses it, a whole refund
    brings it back; below the threshold the quote says what is short."""
    made = await template(await shop.admin(), kind="EXCHANGE", sku="TOFU", priceFen=300, minFen=5000)
    assert made["__typename"] == "CouponTemplate" and made["faceFen"] is None
    assert made["face"] == {
        "kind": "EXCHANGE",
        "priceFen": 300,
        "minFen": 5000,
        "sku": "TOFU",
        "skuName": "冻豆腐",
        "offFen": None,
        "sentence": "其他商品满50，凭券3元换购冻豆腐一件",
        "scopeSentence": "全部商品可用",
    }
    me = await shop.shopper()
    drop = await shop.drop(content={"kind": "EXCHANGE", "sku": "TOFU", "priceFen": 300, "minFen": 5000})
    assert (await claim(me, drop))["__typename"] == "Coupon"
    short = await quote(me, {"TOFU": 1, "BEEF": 1})
    assert (short["payableFen"], [(r["reason"], r["shortByFen"]) for r in short["rejected"]]) == (
        4900,
        [("THRESHOLD", 1000)],
    )
    found = await quote(me, {"TOFU": 2, "SHRIMP": 1})
    assert (found["payableFen"], found["savedFen"]) == (300 + 900 + 6000, 600)
    assert {line["sku"]: line["unitsFen"] for line in found["lines"]} == {"TOFU": [300, 900], "SHRIMP": [6000]}
    order = await place(me, {"TOFU": 1, "SHRIMP": 1})
    assert order["payableFen"] == 6300 and await states(me) == ["LOCKED"]
    await pay(shop.world, order)
    assert await states(me) == ["REDEEMED"]
    assert (await refund(await shop.admin(), order, {"TOFU": 1, "SHRIMP": 1}))["__typename"] == "Order"
    assert await states(me) == ["ISSUED"]


@pytest.mark.usefixtures("exact")
async def test_an_article_to_try(shop: Shop) -> None:
    """K01 免费试用: one unit for nothing, in words of its own; a return of the others pays what they cost."""
    made = await template(await shop.admin(), kind="TRIAL", sku="TOFU")
    assert (made["face"]["kind"], made["face"]["sentence"]) == ("TRIAL", "凭券免费试用冻豆腐一件")
    assert made["face"]["scopeSentence"] == made["terms"][1] == "限冻豆腐", "not 全部商品可用"
    me = await shop.shopper()
    await claim(me, await shop.drop(content={"kind": "TRIAL", "sku": "TOFU"}))
    order = await place(me, {"TOFU": 1, "BEEF": 1})
    assert order["payableFen"] == 4000
    await pay(shop.world, order)
    assert (await refund(await shop.admin(), order, {"BEEF": 1}))["__typename"] == "Order"
    assert await states(me) == ["REDEEMED"]  # what was tried is kept, and so the coupon is used


@pytest.mark.usefixtures("exact")
async def test_below_its_floor_no_article_is_sold_and_the_ticket_says_so(shop: Shop) -> None:
    """K01: 试用 of an article with a floor costs the floor; that it may stands in the terms, of these contents alone."""
    await database.pool().execute(
        "UPDATE products SET floor_fen = 200 WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    admin, me = await shop.admin(), await shop.shopper()
    said = "商品有最低售价的，减到最低售价为止"
    assert said in (await template(admin, kind="TRIAL", sku="TOFU"))["terms"]
    assert said in (await template(admin, kind="BUNDLE", items=[{"sku": "TOFU"}], priceFen=1))["terms"]
    assert said not in (await template(admin, kind="POINTS", points=5))["terms"]
    await claim(me, await shop.drop(content={"kind": "TRIAL", "sku": "TOFU"}))
    assert (await quote(me, {"TOFU": 1, "BEEF": 1}))["payableFen"] == 4200


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"kind": "EXCHANGE", "priceFen": 300}, "content.exchange.sku"),
        ({"kind": "EXCHANGE", "sku": "TOFU", "priceFen": 0}, "content.exchange.price"),
        ({"kind": "EXCHANGE", "sku": "TOFU", "minFen": -1}, "content.exchange.min"),
        ({"kind": "TRIAL"}, "content.trial.sku"),
    ],
)
async def test_what_cannot_be_meant_is_refused(shop: Shop, content: dict[str, Any], path: str) -> None:
    """K01: each fault at its field; nothing is made."""
    answer = await template(await shop.admin(), **content)
    assert (answer["__typename"], [p["path"] for p in answer["problems"]]) == ("InvalidInput", [path])
    count = "SELECT count(*) FROM coupon_templates WHERE merchant_id = $1"
    assert await database.fetchval(count, shop.merchant_id) == 0


@pytest.mark.parametrize(
    "content", [{"kind": "EXCHANGE", "sku": "TOFU", "priceFen": 300}, {"kind": "TRIAL", "sku": "TOFU"}]
)
async def test_what_may_cost_anything_takes_no_budget(shop: Shop, content: dict[str, Any]) -> None:
    """K01 C7: nobody can say what an article at a price costs at most, so a drop of it with a budget is refused by name."""
    given = {
        "name": "测试券",
        "content": content,
        "validHours": 48,
        "startsAt": "2030-01-01T00:00:00+08:00",
        "endsAt": "2030-01-02T00:00:00+08:00",
        "total": 10,
        "perMember": 1,
        "budgetFen": 100_000,
        "idempotencyKey": key(),
    }
    answer = (await (await shop.admin()).run(DROP, i=given))["createCouponDrop"]
    assert (answer["__typename"], [p["path"] for p in answer["problems"]]) == ("InvalidInput", ["budgetFen"])
    assert "没有确定的最高优惠额" in answer["problems"][0]["message"]


async def chosen(shop: Shop, client: Client, **content: Any) -> dict[str, Any]:
    """A coupon of this content, claimed, as a choice for a cart."""
    found = await claim(client, await shop.drop(content=content))
    assert found["__typename"] == "Coupon"
    held = (await client.run("{ benefitAccount { coupons(first: 1) { nodes { id } } } }"))["benefitAccount"]
    return {"coupons": {"mode": "FIXED", "ids": [held["coupons"]["nodes"][0]["id"]]}}


@pytest.mark.usefixtures("exact")
async def test_a_set_at_a_price(shop: Shop) -> None:
    """K01 套餐券: tofu × 2 and base for 30 instead of 38; the ticket names its articles; what comes back of a broken set is what was
    paid for it."""
    items = [{"sku": "TOFU", "qty": 2}, {"sku": "BASE"}]
    made = await template(await shop.admin(), kind="BUNDLE", items=items, priceFen=3000)
    assert (made["faceFen"], made["face"]["sentence"]) == (None, "凭券套餐价30元（冻豆腐×2+火锅底料）")
    assert made["face"]["scopeSentence"] == "限冻豆腐×2+火锅底料"
    me = await shop.shopper()
    choice = await chosen(shop, me, kind="BUNDLE", items=items, priceFen=3000)
    broken = await quote(me, {"TOFU": 1, "BASE": 1})
    assert (broken["savedFen"], [c["reason"] for c in broken["coupons"]]) == (0, ["套餐商品没选齐，或已经不贵于套餐价"])
    assert (await quote(me, {"TOFU": 2, "BASE": 1, "BEEF": 1}))["payableFen"] == 7000
    order = await place(me, {"TOFU": 3, "BASE": 1}, **choice)
    assert order["payableFen"] == 3900
    await pay(shop.world, order)
    assert (await refund(await shop.admin(), order, {"BASE": 1}))["__typename"] == "Order"
    assert await states(me) == ["REDEEMED"]
    assert (await refund(await shop.admin(), order, {"TOFU": 3}))["__typename"] == "Order"
    assert await states(me) == ["ISSUED"]


@pytest.mark.usefixtures("exact")
async def test_points_more(shop: Shop) -> None:
    """K01 额外积分: unasked it is kept, with the words that it must be chosen; chosen it changes no price, the order promises and at
    completion brings the points, once; a whole refund takes them back, and the coupon comes back."""
    await shop.promotion({"type": "earn_points", "per_yuan": 1})
    me = await shop.shopper()
    choice = await chosen(shop, me, kind="POINTS", points=50, minFen=3000)
    auto = await quote(me, {"BEEF": 1})
    (coupon,) = auto["coupons"]
    assert (auto["payableFen"], coupon["applied"], coupon["reason"]) == (4000, False, "选用后才生效")
    short = await quote(me, {"BASE": 1}, **choice)
    assert [(r["reason"], r["shortByFen"]) for r in short["rejected"]] == [("THRESHOLD", 1000)]
    seen = await quote(me, {"BEEF": 1}, **choice)
    assert (seen["payableFen"], [c["applied"] for c in seen["coupons"]]) == (4000, [True])
    assert sorted(e["points"] for e in seen["earn"]) == [40, 50]
    order = await place(me, {"BEEF": 1}, **choice)
    assert await states(me) == ["LOCKED"]
    await pay(shop.world, order)
    assert (await account(shop, me)).get("points", 0) == 0
    answers = await together(*(complete(shop, order) for _ in range(3)))
    assert sorted(a["__typename"] for a in answers) == ["Order", "OrderNotInState", "OrderNotInState"]
    assert (await account(shop, me))["points"] == 90 and await states(me) == ["REDEEMED"]
    assert (await refund(await shop.admin(), order, {"BEEF": 1}))["__typename"] == "Order"
    assert "points" not in await account(shop, me) and await states(me) == ["ISSUED"]


@pytest.mark.usefixtures("exact")
async def test_what_stands_behind_another_coupon_is_told_how_to_be_used(shop: Shop) -> None:
    """K01: beside a coupon that is used by itself, one that takes nothing off is not called useless: chosen alone it holds."""
    me = await shop.shopper()
    choice = await chosen(shop, me, kind="POINTS", points=50)
    await claim(me, await shop.drop(off=500))
    auto, alone = await quote(me, {"BEEF": 1}), await quote(me, {"BEEF": 1}, **choice)
    assert (auto["payableFen"], alone["payableFen"]) == (3500, 4000)
    assert {(c["applied"], c["reason"]) for c in auto["coupons"]} == {
        (True, None),
        (False, "用券名额已被占用，单独选用才生效"),
    }
    assert [e["points"] for e in alone["earn"]] == [50]


@pytest.mark.usefixtures("exact")
async def test_what_was_paid_comes_back(shop: Shop) -> None:
    """K01 全额返: what was paid for the goods, up to its sum, is a red packet when the order completes; of a part that goes back its
    part is taken back; a coupon that is cancelled with its order is free again."""
    made = await template(await shop.admin(), kind="GIVE_BACK", backFen=3000)
    assert (made["faceFen"], made["face"]["sentence"]) == (3000, "凭券实付全额返红包，最多30元")
    me = await shop.shopper()
    choice = await chosen(shop, me, kind="GIVE_BACK", backFen=5000)
    dropped = await place(me, {"TOFU": 1}, **choice)
    await me.run(CANCEL, i={"orderId": dropped["id"], "idempotencyKey": key()})
    assert await states(me) == ["ISSUED"]
    order = await place(me, {"TOFU": 1, "BEEF": 1}, **choice)
    await pay(shop.world, order)
    assert (await complete(shop, order))["__typename"] == "Order"
    assert (await account(shop, me))["red_packet"] == 4900
    assert (await refund(await shop.admin(), order, {"BEEF": 1}))["__typename"] == "Order"
    assert (await account(shop, me))["red_packet"] == 900


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"kind": "BUNDLE", "items": [], "priceFen": 1}, "content.bundle.items"),
        ({"kind": "BUNDLE", "items": [{"sku": "TOFU"}]}, "content.bundle.price"),
        ({"kind": "POINTS"}, "content.points"),
        ({"kind": "POINTS", "points": 5, "timesBp": 20000}, "content.points"),
        ({"kind": "POINTS", "timesBp": 10000}, "content.points.times_bp"),
        ({"kind": "GIVE_BACK"}, "content.give_back.max"),
    ],
)
async def test_of_sets_and_promises_too_what_cannot_be_meant_is_refused(
    shop: Shop, content: dict[str, Any], path: str
) -> None:
    """K01: each fault at its field; nothing is made."""
    await test_what_cannot_be_meant_is_refused(shop, content, path)


async def test_a_budget_counts_what_a_promise_brings(shop: Shop) -> None:
    """K01 C7: points at what they pay, what comes back at its most; a factor on points and a set have no such sum."""
    admin, faces = await shop.admin(), []
    for content in (
        {"kind": "POINTS", "points": 150},
        {"kind": "POINTS", "timesBp": 20000},
        {"kind": "GIVE_BACK", "backFen": 2000},
        {"kind": "BUNDLE", "items": [{"sku": "TOFU"}], "priceFen": 1},
    ):
        faces.append((await template(admin, **content))["faceFen"])
    assert faces == [150, None, 2000, None]
    me = await shop.shopper()
    drop = await shop.drop(content={"kind": "GIVE_BACK", "backFen": 2000}, budgetFen=3000)
    assert (await claim(me, drop))["__typename"] == "Coupon"
    other = await claim(await shop.shopper(), drop)
    assert other["__typename"] == "CouponSoldOut"
