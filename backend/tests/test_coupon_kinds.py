"""K06: every kind of coupon that the sources name, each made, had and used (or refused with its reason) through the public face."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from backend import automation, coupons, members
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.tests.conftest import Shop, claim, pay, place, quote, within
from backend.tests.pricing.build import basket, goods, price
from backend.tests.refunding import bought, complete, refund
from backend.tests.test_drops import attempt, make, me
from backend.tests.test_levels import BASIC, by_hand, set_scheme, standing
from backend.tests.test_mall import EXCHANGE, fund, item
from backend.tests.test_profiles import born, tagged

TEMPLATE = """mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename
  ... on CouponTemplate { id weekdays hours { start end } usableSentence terms } ... on InvalidInput { problems { path message } } } }"""
HELD = "{ benefitAccount { coupons(first: 50) { nodes { id state source template { name face { sentence } } } } } }"
WHY = """query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { payableFen nextChangeAt coupons { applied reason }
  rejected { reason leaf sentence couponId } } } }"""
TZ = ZoneInfo("Asia/Shanghai")


async def template(shop: Shop, name: str, off: int = 500, least: int = 0, **more: Any) -> dict[str, Any]:
    content = more.pop("content", {"kind": "OFF", "offFen": off, "minFen": least})
    given = {"name": name, "content": content, "validDays": 7, "idempotencyKey": key(), **more}
    made: dict[str, Any] = (await (await shop.admin()).run(TEMPLATE, i=given))["createCouponTemplate"]
    return made


async def held(shopper: Client) -> dict[str, str]:
    """Name of the coupon → how it was had."""
    nodes = (await shopper.run(HELD))["benefitAccount"]["coupons"]["nodes"]
    return {node["template"]["name"]: node["source"] for node in nodes}


async def asked(shopper: Client, lines: dict[str, int]) -> dict[str, Any]:
    cart = {"lines": [{"sku": sku, "qty": qty} for sku, qty in lines.items()], "delivery": "PICKUP"}
    found: dict[str, Any] = (await shopper.run(WHY, c=cart))["quoteCart"]
    return found


def another_day() -> int:
    """A day of the week that neither is today nor begins while the test runs."""
    return (datetime.now(TZ) + timedelta(days=3)).isoweekday()


def today() -> list[int]:
    """Today, and tomorrow should it begin while the test runs."""
    return sorted({datetime.now(TZ).isoweekday(), (datetime.now(TZ) + timedelta(minutes=10)).isoweekday()})


LADDER = [
    BASIC,
    {"id": "silver", "name": "银卡会员", "needs": "FIRST_ORDER"},
    {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 500},
]


async def test_all_nine_kinds(shop: Shop) -> None:
    """K06: 积分兑换, 生日, 场景 (葡萄券), 学生, 随单赠 (水果券), 新客专享, 周末家庭, 会员升级, 关联商品 (水果刀): each is had in its way by whom it is for, says how
    it was had, is not had by others, and takes off the order what it says."""
    shopper = await shop.shopper()
    who = await me(shopper)

    # 1 points exchange
    await fund(shop, who, 100)
    five = await template(shop, "积分换的券")
    offered = await item(shop, {"templateId": five["id"]})
    tap = {"itemId": offered["id"], "seenPoints": 100, "idempotencyKey": key()}
    assert (await shopper.run(EXCHANGE, i=tap))["exchangePoints"]["__typename"] == "MallExchange"

    # 2 birthday
    yesterday = datetime.now(TZ).replace(hour=12) - timedelta(days=1)
    assert (await born(shopper, yesterday.month, yesterday.day))["__typename"] == "MyProfile"
    await automation.fire_birthdays(shop.world.settings.secret, shop.world.settings.subscribe_template_id, yesterday)

    # 3 scene: it comes up when its goods are in the cart
    scene = await make(shop, name="毛肚券", placements=["CART"], scene={"skus": ["TRIPE"]})
    text = "query($s: [String!]) { couponOffers(placement: CART, skus: $s) { id } }"
    assert [scene["id"] in [d["id"] for d in (await shopper.run(text, s=skus))["couponOffers"]] for skus in (["BEEF"], ["BEEF", "TRIPE"])] == [False, True]  # fmt: skip
    assert (await claim(shopper, scene["id"]))["__typename"] == "Coupon"

    # 4 students: by a label
    student = await make(shop, name="学生券", audience={"tags": ["学生"]})
    assert (await attempt(shopper, student["id"]))["because"] == "TAG"
    assert (await tagged(shop, shopper, "学生", reason="已核对学生证"))["tags"] == ["学生"]
    assert (await attempt(shopper, student["id"]))["__typename"] == "Coupon"

    # 5 a gift beside the coupon, 6 for new customers alone
    gift = await make(shop, name="新客券", audience={"customer": "NEW_ONLY"}, extra={"giftSku": "TOFU", "giftDays": 7})
    assert (await claim(shopper, gift["id"]))["__typename"] == "Coupon"

    # 7 the weekend: today it may be used, on another day not, and the cart says when
    now_ = await make(shop, name="周末家庭券", weekdays=today(), content={"kind": "OFF", "offFen": 700, "minFen": 6000})
    later = await make(shop, name="改天家庭券", weekdays=[another_day()], content={"kind": "OFF", "offFen": 3000})
    for drop in (now_, later):
        assert (await claim(shopper, drop["id"]))["__typename"] == "Coupon"

    # 8 promotion: the first order makes silver, which brings a coupon
    rise = await template(shop, "升级礼券", 900)
    assert (await set_scheme(shop, [LADDER[0], {**LADDER[1], "coupon": rise["id"]}, LADDER[2]]))["__typename"] == "LevelScheme"  # fmt: skip
    order = await bought(shop, shopper, {"TRIPE": 1})
    assert "升级礼券" not in await held(shopper)
    await complete(shop, order)
    await within(5, lambda: _has(shopper, "升级礼券"))

    # 9 linked goods: whoever buys the one has the other at a price
    linked = await make(
        shop,
        name="冻豆腐换购券",
        content={"kind": "EXCHANGE", "sku": "TOFU", "priceFen": 300, "minFen": 3000, "scope": {"skus": ["PORK"]}},
    )
    assert (await claim(shopper, linked["id"]))["__typename"] == "Coupon"

    assert await held(shopper) == {
        "积分换的券": "积分兑换",
        "生日专享券": "生日礼券",
        "毛肚券": "领取",
        "学生券": "领取",
        "新客券": "领取",
        "冻豆腐兑换券": "领券另送",
        "周末家庭券": "领取",
        "改天家庭券": "领取",
        "升级礼券": "升级礼券",
        "冻豆腐换购券": "领取",
    }
    other = await shop.shopper()
    await bought(shop, other, {"TOFU": 1})
    assert (await attempt(other, gift["id"]))["because"] == "NEW_ONLY"

    nodes = (await shopper.run(HELD))["benefitAccount"]["coupons"]["nodes"]
    ids = {node["template"]["name"]: node["id"] for node in nodes if node["state"] == "ISSUED"}

    async def takes_off(name: str, lines: dict[str, int]) -> int:
        wish = {"mode": "FIXED", "ids": [ids[name]]}
        found = await quote(shopper, lines, coupons=wish)
        return int(found["listFen"] - found["payableFen"])

    lines = {"BEEF": 2, "PORK": 1, "TOFU": 1}  # 119.00
    names = {
        "积分换的券": 500,
        "生日专享券": 1500,
        "冻豆腐兑换券": 900,
        "周末家庭券": 700,
        "改天家庭券": 0,
        "升级礼券": 900,
        "冻豆腐换购券": 600,
    }
    assert {name: await takes_off(name, lines) for name in names if name in ids} == {
        n: f for n, f in names.items() if n in ids
    }
    assert {"周末家庭券", "升级礼券", "冻豆腐换购券"} <= ids.keys()


async def _has(shopper: Client, name: str) -> bool:
    return name in await held(shopper)


async def test_weekdays_and_hours_of_a_template(shop: Shop) -> None:
    """K06: 周末特价券: the ticket says when it may be used; on other days the cart goes on without it, says why, and looks again when the
    day begins; placing uses it on its day alone. Faults are told at their fields and nothing is made."""
    weekend = await template(shop, "周末特价券", weekdays=[7, 6], hours={"start": "18:00", "end": "24:00"})
    assert (weekend["weekdays"], weekend["hours"]) == ([6, 7], {"start": "18:00", "end": "24:00"})
    assert weekend["usableSentence"] == "周六、周日 18:00–24:00 可用"
    assert "仅周六、周日 18:00–24:00 可用" in weekend["terms"]
    assert (await template(shop, "周末券", weekdays=[6, 7]))["usableSentence"] == "周六、周日可用"
    always = await template(shop, "平常券")
    assert always["usableSentence"] is None and not [line for line in always["terms"] if line.startswith("仅")]

    shopper = await shop.shopper()
    drop = await make(shop, name="改天券", weekdays=[another_day()])
    assert (await claim(shopper, drop["id"]))["__typename"] == "Coupon"
    found = await asked(shopper, {"BEEF": 1})
    day = "周" + "一二三四五六日"[another_day() - 1]
    assert found["payableFen"] == 4000
    assert found["coupons"] == [{"applied": False, "reason": f"仅{day}可用"}]
    assert [(r["reason"], r["leaf"]) for r in found["rejected"]] == [("WHEN", "weekday")]
    changes = datetime.fromisoformat(found["nextChangeAt"])
    assert now() < changes and changes.astimezone(TZ).strftime("%H:%M") == "00:00"
    assert (await place(shopper, {"BEEF": 1}))["payableFen"] == 4000
    good = await make(shop, name="今天券", weekdays=today())
    assert (await claim(shopper, good["id"]))["__typename"] == "Coupon"
    order = await place(shopper, {"BEEF": 1})
    assert order["payableFen"] == 3500
    await pay(shop.world, order)

    kept = await database.fetchval("SELECT count(*) FROM coupon_templates WHERE merchant_id = $1", shop.merchant_id)
    for more, path in (
        ({"weekdays": [0]}, "weekdays"),
        ({"weekdays": [8]}, "weekdays"),
        ({"weekdays": [6, 6]}, "weekdays"),
        ({"hours": {"start": "24:00", "end": "25:00"}}, "hours.start"),
        ({"hours": {"start": "08:00", "end": "8:00"}}, "hours.end"),
        ({"hours": {"start": "08:00", "end": "08:00"}}, "hours.end"),
    ):
        refused = await template(shop, "错的", **more)
        assert refused["__typename"] == "InvalidInput" and refused["problems"][0]["path"] == path, refused
    assert kept == await database.fetchval(
        "SELECT count(*) FROM coupon_templates WHERE merchant_id = $1", shop.merchant_id
    )


@pytest.mark.parametrize(
    ("at", "applies"),
    [
        ("2026-11-27T23:59:59+08:00", False),  # Friday
        ("2026-11-28T17:59:59+08:00", False),
        ("2026-11-28T18:00:00+08:00", True),
        ("2026-11-29T23:59:59+08:00", True),
        ("2026-11-30T00:00:00+08:00", False),  # Monday
    ],
)
async def test_a_weekend_coupon_to_the_second(shop: Shop, at: str, applies: bool) -> None:
    """K06: what the template says of weekdays and hours is what the engine prices with, in the merchant's time."""
    await template(shop, "周末券", weekdays=[6, 7], hours={"start": "18:00", "end": "24:00"})
    (found,) = await coupons.templates(shop.merchant_id)
    moment = datetime.fromisoformat(at)
    ends = moment + timedelta(days=1)
    coupon = coupons.CouponInfo(UUID(int=1), UUID(int=2), "x", found, "issued", "claim", moment, moment, ends, None)
    priced = price(goods(BEEF=4000), basket("BEEF"), at=at, coupons=[coupons.definition(coupon)])
    assert (priced.payable == 3500) == applies


async def test_a_level_brings_its_coupon_once(shop: Shop) -> None:
    """K06, B04: who leaps to gold gets the coupons of silver and gold, once each, whatever comes after: more growth, falling, climbing
    again, the relay twice. Perks tell of it. A template that is not there is refused."""
    silver, gold = [await template(shop, name, off) for name, off in (("银卡礼券", 300), ("金卡礼券", 800))]
    ladder = [LADDER[0], {**LADDER[1], "coupon": silver["id"]}, {**LADDER[2], "coupon": gold["id"]}]
    for levels, path in (
        ([{**BASIC, "coupon": f"tpl_{shop.merchant_id.hex}"}, *LADDER[1:]], "levels[0].coupon"),
        ([LADDER[0], {**LADDER[1], "coupon": f"tpl_{shop.merchant_id.hex}"}, LADDER[2]], "levels[1].coupon"),
    ):
        refused = await set_scheme(shop, levels)
        assert refused["__typename"] == "InvalidInput" and refused["problems"][0]["path"] == path
    assert (await set_scheme(shop, ladder))["__typename"] == "LevelScheme"
    told = (await (await shop.admin()).run("{ levelScheme { levels { id coupon { name } } } }"))["levelScheme"][
        "levels"
    ]
    assert [level["coupon"] and level["coupon"]["name"] for level in told] == [None, "银卡礼券", "金卡礼券"]

    shopper = await shop.shopper()
    await by_hand(shop, shopper, 600)
    await within(5, lambda: _has(shopper, "金卡礼券"))
    assert await held(shopper) == {"银卡礼券": "升级礼券", "金卡礼券": "升级礼券"}
    assert {"name": "升级礼券", "sentence": "立减8元"} in (await standing(shopper))["perks"]
    await by_hand(shop, shopper, -600)
    await database.pool().execute("UPDATE members SET level_until = now() - interval '400 days' WHERE id = $1", await me(shopper))  # fmt: skip
    await members.levels.settle_due(now())
    assert (await standing(shopper))["level"]["id"] == "basic"
    order = await bought(shop, shopper, {"TRIPE": 6}, done=True)  # silver and gold at once, again
    assert (await standing(shopper))["level"]["id"] == "gold"
    await database.pool().execute("UPDATE outbox_events SET relayed_at = NULL WHERE merchant_id = $1 AND kind = 'LevelChanged'", shop.merchant_id)  # fmt: skip
    await refund(await shop.admin(), order, {"TRIPE": 1})
    left = "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL"

    async def relayed() -> bool:
        return await database.fetchval(left, shop.merchant_id) == 0

    await within(8, relayed)
    assert await database.fetchval("SELECT count(*) FROM coupons WHERE merchant_id = $1 AND source = 'level'", shop.merchant_id) == 2  # fmt: skip
