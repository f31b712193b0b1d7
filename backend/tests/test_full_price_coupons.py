"""K01: 原价券, a coupon for goods that no promotion takes (docs/decisions/0033-full-price-coupons.md)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from backend import merchants, orders, pricing
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests import preselling
from backend.tests.conftest import Shop, claim, quote
from backend.tests.refunding import bought, refund, sound
from backend.tests.test_coupon_kinds import template
from backend.tests.test_drops import make, me
from backend.tests.test_external import till

FULL = "，仅限原价商品"
SECRET = b"x" * 32


async def given(shop: Shop, shopper: Client, off: int = 500, least: int = 0, name: str = "原价券", **more: Any) -> str:
    """A 原价券 in the shopper's hand; its id."""
    made = await template(shop, name, off, least, fullPriceOnly=True, **more)
    return str(
        (await claim(shopper, await shop.drop(content=None, templateId=made["id"], validHours=None, name="领券")))["id"]
    )


def took(found: dict[str, Any]) -> dict[str, list[str]]:
    """By article, the levels of what took something off it."""
    levels = {o["id"]: o["level"] for o in found["offers"]}
    return {line["sku"]: sorted(levels[o["id"]] for o in line["offers"]) for line in found["lines"]}


def why(found: dict[str, Any]) -> str | None:
    (coupon,) = found["coupons"]
    return coupon["reason"]


async def test_another_coupon_in_its_place_is_told_as_such(shop: Shop) -> None:
    """K01, Q06: where goods at full price would do for it and another coupon saves more, no promotion is blamed; where they fall short
    of its threshold the promotion is."""
    await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}}, name="牛肉丸减")
    shopper, other = await shop.shopper(), await template(shop, "普通减8", 800)
    await given(shop, shopper, 300)
    await given(shop, shopper, 310, 5000, name="满50原价券")
    await claim(shopper, await shop.drop(content=None, templateId=other["id"], validHours=None, name="领券"))
    found = await quote(shopper, {"BEEF": 1, "PORK": 1})
    reasons = {c["coupon"]["template"]["name"]: c["reason"] for c in (await asked(shopper, {"BEEF": 1, "PORK": 1}))}
    assert found["payableFen"] == 3500 + 3000 - 800 and reasons["普通减8"] is None
    assert reasons["原价券"] == "已用更优惠的组合（再省¥5.00）"
    assert reasons["满50原价券"].startswith("仅限原价商品，这单的商品参加了「牛肉丸减」，这样更省 ¥")


async def asked(shopper: Client, lines: dict[str, int]) -> list[dict[str, Any]]:
    """The coupons of a quote with their names."""
    text = "query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { coupons { reason coupon { template { name } } } } } }"
    cart = {"lines": [{"sku": sku, "qty": qty} for sku, qty in lines.items()], "delivery": "PICKUP"}
    found: list[dict[str, Any]] = (await shopper.run(text, c=cart))["quoteCart"]["coupons"]
    return found


async def test_nobody_is_blamed_where_nobody_compared(shop: Shop) -> None:
    """K01, Q06: who chose no coupon is not told that a promotion keeps it out, though the live cart does not ask how much it would save."""
    await shop.promotion({"type": "amount_off", "off": 100, "scope": {"skus": ["BEEF"]}}, name="牛肉丸减")
    shopper = await shop.shopper()
    await given(shop, shopper, 1000)
    text = "query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { coupons { reason } } } }"
    told = {}
    for compare in (True, False):
        cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "coupons": {"mode": "NONE", "ids": []}}
        found = await shopper.run(text, c={**cart, "compareCoupons": compare})
        told[compare] = found["quoteCart"]["coupons"][0]["reason"]
    assert told == {True: "没有选用（用它可再省¥9.00）", False: "已用其他优惠组合"}


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize(
    "promotion",
    [
        {"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}},
        {"type": "spend_off", "tiers": [{"min": 3500, "off": 500}], "scope": {"skus": ["BEEF"]}},
        {"type": "percent_off", "pay_bp": 8750, "scope": {"skus": ["BEEF"]}, "group": "own"},
    ],
)
async def test_the_best_price_chooses_promotion_or_coupon(shop: Shop, promotion: dict[str, Any], most: int) -> None:
    """K01: on each line the promotion without the coupon or the coupon without the promotion, whichever costs less, of whatever level and
    group the promotion is; goods beside it that no promotion takes have the coupon."""
    await shop.promotion(promotion, name="牛肉丸减")
    await merchants.set_max_coupons(shop.merchant_id, most)
    small, great = await shop.shopper(), await shop.shopper()
    await given(shop, small, 300)
    await given(shop, great, 800)
    found = await quote(small, {"BEEF": 1})
    assert (found["payableFen"], len(took(found)["BEEF"]), took(found)["BEEF"] == ["COUPON"]) == (3500, 1, False)
    assert why(found) == "仅限原价商品，这单的商品参加了「牛肉丸减」，这样更省 ¥2.00"
    found = await quote(great, {"BEEF": 1})
    assert (found["payableFen"], took(found)) == (3200, {"BEEF": ["COUPON"]})
    found = await quote(small, {"BEEF": 1, "PORK": 1})
    assert found["payableFen"] == 3500 + 2700 and took(found)["PORK"] == ["COUPON"]
    assert "COUPON" not in took(found)["BEEF"]
    plain = await shop.shopper()
    other = await template(shop, "普通券", 300)
    await claim(plain, await shop.drop(content=None, templateId=other["id"], validHours=None, name="领券"))
    assert (await quote(plain, {"BEEF": 1}))[
        "payableFen"
    ] == 3200  # a coupon that does not ask for full price goes with it


async def test_what_leaves_goods_at_their_price_goes_with_it(shop: Shop) -> None:
    """K01: a gift, points back and free shipping do not make goods cost less: the coupon goes with all of them."""
    await shop.promotion({"type": "spend_gift", "tiers": [{"min": 3000, "gifts": [{"sku": "TOFU", "qty": 1}]}]})
    await shop.promotion({"type": "earn_points", "per_yuan": 1})
    await shop.promotion({"type": "shipping", "min": 3000, "free": True})
    shopper = await shop.shopper()
    await given(shop, shopper)
    found = await quote(shopper, {"BEEF": 1}, delivery="DELIVERY")
    assert (found["payableFen"], took(found)) == (3500, {"BEEF": ["COUPON"]})
    assert {o["level"] for o in found["offers"]} == {"COUPON", "GIFT", "SHIPPING"} and found["earn"][0]["points"] == 35


async def test_a_flash_sale_binds_and_the_coupon_says_so(shop: Shop) -> None:
    """K01, Q06: goods of a flash sale are not at full price however little it saves; the reason names it. Of a threshold only goods at
    full price count, and it says so; chosen by hand it is the same."""
    flash = {"type": "fixed_price", "price": 3900, "mandatory": True, "scope": {"skus": ["BEEF"]}}
    await shop.promotion(flash, name="限时秒杀")
    shopper, saver = await shop.shopper(), await shop.shopper()
    coupon = await given(shop, shopper)
    found = await quote(shopper, {"BEEF": 2})
    assert (found["payableFen"], why(found)) == (7800, "仅限原价商品，这单的商品参加了「限时秒杀」")
    chosen = await quote(shopper, {"BEEF": 2}, coupons={"mode": "FIXED", "ids": [coupon]})
    assert (chosen["payableFen"], why(chosen)) == (7800, why(found))
    await given(shop, saver, 1000, 5000)
    found = await quote(saver, {"BEEF": 1, "PORK": 1})
    assert (found["payableFen"], why(found)) == (6900, "原价商品还差¥20.00")
    assert (await quote(saver, {"BEEF": 1, "PORK": 2}))["payableFen"] == 3900 + 6000 - 1000


async def test_articles_and_sets_at_full_price(shop: Shop) -> None:
    """K01: 兑换券, 换购券 and 套餐券 may ask for it too: the article of a sale is not given for nothing, and does not make up a set."""
    await shop.promotion({"type": "fixed_price", "price": 3000, "mandatory": True, "scope": {"skus": ["BEEF"]}})
    one, two = await shop.shopper(), await shop.shopper()
    await given(shop, one, content={"kind": "EXCHANGE", "sku": "BEEF"})
    assert (await quote(one, {"BEEF": 1}))["payableFen"] == 3000
    items = [{"sku": "BEEF", "qty": 1}, {"sku": "PORK", "qty": 1}]
    await given(shop, two, content={"kind": "BUNDLE", "items": items, "priceFen": 100})
    assert (await quote(two, {"BEEF": 1, "PORK": 1}))["payableFen"] == 6000
    three = await shop.shopper()
    await given(shop, three, content={"kind": "EXCHANGE", "sku": "PORK"})
    assert (await quote(three, {"BEEF": 1, "PORK": 1}))["payableFen"] == 3000


@pytest.mark.usefixtures("exact")
async def test_an_order_prices_again_and_comes_back(shop: Shop) -> None:
    """K01, O1, O2, Q08: an order with a 原价券 beside a promotion prices again to the fen after the promotion has ended, is refunded piece
    by piece, and the coupon comes back: in part where what is kept at full price falls short of its threshold."""
    nine = {"type": "percent_off", "pay_bp": 9000, "scope": {"skus": ["BEEF"]}}
    promotion = await shop.promotion(nine, name="九折")
    shopper, admin = await shop.shopper(), await shop.admin()
    await given(shop, shopper, 700, 6000, returnPolicy="BELOW")
    assert (await quote(shopper, {"BEEF": 2, "PORK": 1}))["payableFen"] == 7200 + 3000
    order = await bought(shop, shopper, {"BEEF": 2, "PORK": 2})
    assert order["payableFen"] == 7200 + 6000 - 700
    ended = "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }"
    assert await admin.run(ended, i={"promotionId": promotion["id"], "idempotencyKey": key()})
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert row is not None
    assert pricing.price_scenario(pricing.parse_scenario(row["request"]))["payable"] == row["quote"]["payable"]
    assert (await refund(admin, order, {"BEEF": 1}))["refunds"][0]["refundFen"] == 3600
    states = "SELECT state FROM coupons WHERE merchant_id = $1"
    assert await database.fetchval(states, shop.merchant_id) == "redeemed"
    back = await refund(admin, order, {"PORK": 1})
    assert await database.fetchval(states, shop.merchant_id) == "issued"
    assert back["refunds"][1]["refundFen"] == 3000 - 700  # what is kept loses its share of the coupon
    rest = await refund(admin, order, {"BEEF": 1, "PORK": 1})
    assert sum(r["refundFen"] for r in rest["refunds"]) == order["payableFen"]
    await sound(shop)


async def test_a_till_keeps_to_it(shop: Shop) -> None:
    """K01: what a till prepares keeps to it as the mini-program does: of its goods those at full price have the coupon."""
    await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["BEEF"]}})
    shopper = await shop.shopper()
    await given(shop, shopper, 400)
    held = (await shopper.run("{ benefitAccount { coupons(first: 5) { nodes { code } } } }"))["benefitAccount"]
    codes = [one["code"] for one in held["coupons"]["nodes"]]
    sold = await (await till(shop)).prepare(shopper, "A-1", {"BEEF": 1, "PORK": 1}, couponCodes=codes)
    assert (sold["state"], sold["dueFen"]) == ("PREPARED", 3500 + 2600)
    await sound(shop)


async def test_terms_say_it_and_a_drop_makes_it(shop: Shop) -> None:
    """K01: the ticket says it in words where its goods stand; a drop that makes its own coupon may ask for it; others say nothing of it."""
    asked = "query($i: ID!) { couponTemplate(id: $i) { terms face { scopeSentence fullPriceOnly } } }"
    made = await template(
        shop, "原价券", content={"kind": "OFF", "offFen": 500, "scope": {"skus": ["BEEF"]}}, fullPriceOnly=True
    )
    shown = (await (await shop.admin()).run(asked, i=made["id"]))["couponTemplate"]
    assert shown["face"] == {"scopeSentence": f"限牛肉丸{FULL}", "fullPriceOnly": True}
    assert "参加直降、折扣、满减等活动的商品不算原价商品，不能用这张券" in shown["terms"]
    drop = await make(shop, name="原价日", fullPriceOnly=True)
    assert drop["template"]["terms"][1] == f"全部商品可用{FULL}"
    plain = (await (await shop.admin()).run(asked, i=(await template(shop, "普通券"))["id"]))["couponTemplate"]
    assert plain["face"]["fullPriceOnly"] is False and not any("原价" in line for line in plain["terms"])


@pytest.mark.parametrize(
    "content",
    [{"kind": "SHIPPING"}, {"kind": "POINTS", "points": 50}, {"kind": "GIVE_BACK", "backFen": 2000}],
)
async def test_what_takes_nothing_off_goods_cannot_ask_for_it(shop: Shop, content: dict[str, Any]) -> None:
    """K01: refused at its field where it would mean nothing, in a template and in a drop; nothing is made."""
    refused = await template(shop, "券", content=content, fullPriceOnly=True)
    words = "运费券、额外积分券、全额返券不减商品价格，不能设为仅限原价商品"
    assert refused["problems"] == [{"path": "fullPriceOnly", "message": words}]
    with pytest.raises(AssertionError, match="fullPriceOnly"):
        await shop.drop(content=content, fullPriceOnly=True)
    count = "SELECT count(*) FROM coupon_templates WHERE merchant_id = $1"
    assert await database.fetchval(count, shop.merchant_id) == 0


PROMOTIONS: tuple[dict[str, Any], ...] = (
    {"type": "amount_off", "off": 400, "scope": {"skus": ["BEEF"]}},
    {"type": "percent_off", "pay_bp": 9300, "scope": {"skus": ["SHRIMP", "PORK"]}, "limits": {"per_order": 1}},
    {"type": "fixed_price", "price": 1900, "mandatory": True, "scope": {"skus": ["BASE"]}},
    {"type": "spend_off", "tiers": [{"min": 12000, "off": 1000}]},
    {"type": "nth_item", "n": 2, "pay_bp": 5000, "scope": {"skus": ["TOFU", "PORK"]}, "group": "second"},
    {"type": "spend_gift", "tiers": [{"min": 8000, "gifts": [{"sku": "TOFU", "qty": 1}]}]},
    {"type": "earn_points", "per_yuan": 1},
)


@pytest.mark.parametrize("most", [1, 3])
async def test_no_line_has_both_at_random(shop: Shop, most: int) -> None:
    """K01: in random carts under promotions of every kind no line that has a share of a 原价券 has one of a promotion, other coupons of the
    same cart may have both; the frozen scenario prices again (O1), and no choice of coupons is cheaper than the automatic one."""
    for n, promotion in enumerate(PROMOTIONS):
        await shop.promotion(promotion, name=f"活动{n}")
    await merchants.set_max_coupons(shop.merchant_id, most)
    shopper = await shop.shopper()
    everything = {"all": True}
    full = {
        await given(shop, shopper, 600, 3000, "原价减6", stacking=everything),
        await given(shop, shopper, name="原价九折", content={"kind": "PERCENT", "payBp": 9000, "maxOffFen": 1500}),
        await given(
            shop,
            shopper,
            150,
            name="素菜原价",
            content={"kind": "OFF", "offFen": 150, "scope": {"tags": ["素", "小吃"]}},
            stacking=everything,
        ),
    }
    other = await template(shop, "普通减2", 200, stacking=everything)
    await claim(shopper, await shop.drop(content=None, templateId=other["id"], validHours=None, name="领券"))
    marks = {one for one in full if one.startswith("cpn_")}
    assert len(marks) == 3
    member, rng, seen = await me(shopper), random.Random(f"full-price-{most}"), 0
    for _ in range(30):
        picked = rng.sample(["BEEF", "SHRIMP", "TRIPE", "PORK", "TOFU", "BASE"], rng.randint(1, 4))
        lines = tuple((sku, rng.randint(1, 3)) for sku in sorted(picked))
        wish = orders.Wish(store_id=None, channel="MINIAPP", delivery="PICKUP", payment="WECHAT", lines=lines)
        found = await orders.quote(SECRET, shop.merchant_id, member, wish, now())
        assert isinstance(found, orders.Priced)
        levels = {o.id: o.level for o in found.quote.offers}
        for line in found.quote.lines:
            mine = {o.id for o in line.offers}
            if mine & marks:
                seen += 1
                assert {levels[o] for o in mine} == {"COUPON"}, (lines, mine)
        again = pricing.price_scenario(pricing.parse_scenario(orders.scenario_of(found)))
        assert again["payable"] == found.quote.payable and found.quote.optimal
    assert seen > 10


async def test_what_a_deposit_was_paid_for_is_not_at_full_price(shop: Shop) -> None:
    """K01, Q09: goods of a pre-sale cost less by its promise; the rest of it has no use of a 原价券, and says so, but of others."""
    made = await preselling.presale(shop)
    shopper = await shop.shopper()
    await given(shop, shopper, 500)
    held = await preselling.deposited(shop, shopper, made, {"TRIPE": 1}, 1000)
    await preselling.pass_time(shop, held)
    rest = await preselling.price(shopper, held)
    assert rest["quote"]["payableFen"] == 9000
    assert [c["applied"] for c in rest["quote"]["coupons"]] == [False]
    other = await template(shop, "普通券", 500)
    await claim(shopper, await shop.drop(content=None, templateId=other["id"], validHours=None, name="领券"))
    assert (await preselling.price(shopper, held))["quote"]["payableFen"] == 8500
