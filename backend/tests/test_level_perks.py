"""B04: perks that do something: orders of a level come first in the stores' list, a level brings a coupon each month."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend import automation, invariants, members
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now, zone
from backend.tests.conftest import Shop, quote
from backend.tests.refunding import bought, complete, refund
from backend.tests.test_coupon_kinds import held
from backend.tests.test_drops import me
from backend.tests.test_levels import BASIC, by_hand, set_scheme, standing

TO_SERVE = """query($f: Int!, $a: String) { storeOrders(toServe: true, first: $f, after: $a) { totalCount pageInfo { hasNextPage endCursor }
  nodes { order { number priority } } } }"""
GOLD = {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 500}


async def listed(staff: Client, first: int = 50) -> list[tuple[str, bool]]:
    """The stores' list, read page by page: number and 优先配送."""
    found: list[tuple[str, bool]] = []
    after = None
    while True:
        page = (await staff.run(TO_SERVE, f=first, a=after))["storeOrders"]
        found += [(n["order"]["number"], n["order"]["priority"]) for n in page["nodes"]]
        assert page["totalCount"] >= len(found)
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_orders_of_a_level_come_first(shop: Shop) -> None:
    """B04 优先配送: of what is paid and waits, orders of gold members come first, each by how long it waits, on whatever page; what the level
    was when the order was placed decides; handed over or refunded ones leave the list; a cashier sees it too."""
    assert (await set_scheme(shop, [BASIC, {**GOLD, "priority": True}]))["__typename"] == "LevelScheme"
    plain, gold = await shop.shopper(), await shop.shopper()
    early = await bought(shop, gold, {"TOFU": 1})
    await by_hand(shop, gold, 600)
    assert {"name": "优先配送", "sentence": "您的订单优先备货"} in (await standing(gold))["perks"]
    orders = [await bought(shop, who, {"TOFU": 1}) for who in (plain, gold, plain, gold)]
    numbers = [order["number"] for order in orders]
    wanted = [
        (numbers[1], True),
        (numbers[3], True),
        (early["number"], False),
        (numbers[0], False),
        (numbers[2], False),
    ]
    cashier = await shop.staff("cashier")
    assert await listed(cashier) == wanted == await listed(cashier, 2)
    await complete(shop, orders[1])
    await refund(await shop.admin(), orders[0], {"TOFU": 1})
    assert await listed(cashier) == [wanted[1], wanted[2], wanted[4]]
    here = await shop.staff("cashier", stores=(shop.stores[1].id,))
    assert await listed(here) == []  # the orders are of the other store


async def test_the_word_alone_is_refused(shop: Shop) -> None:
    """B04: 优先配送 as a word does nothing, so it is refused at its place; a scheme that was stored with the word has the perk."""
    refused = await set_scheme(shop, [BASIC, {**GOLD, "perks": ["优先配送"]}])
    assert [p["path"] for p in refused["problems"]] == ["levels[1].perks"] and "开关" in refused["problems"][0][
        "message"
    ]
    old = members.Scheme.from_json(
        {"levels": [{"id": "basic", "name": "会员", "perks": ["优先配送", "试吃"]}], "per_yuan": 1, "period_months": 12}
    )
    assert (old.levels[0].priority, old.levels[0].perks) == (True, ("试吃",))
    assert members.Scheme.from_json(old.to_json()) == old
    default = (await (await shop.shopper()).run("{ levelScheme { levels { id priority perks } } }"))["levelScheme"]
    assert [level["priority"] for level in default["levels"]] == [False, False, True, True]
    assert all("果切" not in perk for level in default["levels"] for perk in level["perks"])
    assert all("生日" not in perk for level in default["levels"] for perk in level["perks"])  # the same for everybody


async def cut(shop: Shop) -> dict[str, Any]:
    """A coupon for one tofu at nothing: 免费果切."""
    given = {"name": "果切兑换券", "content": {"kind": "EXCHANGE", "sku": "TOFU"}, "validDays": 31}
    made = await (await shop.admin()).run(
        "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename ... on CouponTemplate { id } ... on InvalidInput { problems { path message } } } }",
        i={**given, "idempotencyKey": key()},
    )
    found: dict[str, Any] = made["createCouponTemplate"]
    assert found["__typename"] == "CouponTemplate", found
    return found


@pytest.mark.usefixtures("exact")
async def test_a_level_brings_its_coupon_each_month(shop: Shop) -> None:
    """B04 免费果切: gold members get the coupon once a month, whoever and however often the schedule runs at once; it makes the article free;
    others get none; the card tells; who falls gets none next month; a template that is not there is refused at its place."""
    secret = shop.world.settings.secret
    made = await cut(shop)
    wrong = await set_scheme(shop, [BASIC, {**GOLD, "monthly": f"tpl_{shop.merchant_id.hex}"}])
    assert [p["path"] for p in wrong["problems"]] == ["levels[1].monthly"]
    assert (await set_scheme(shop, [BASIC, {**GOLD, "monthly": made["id"]}]))["__typename"] == "LevelScheme"
    gold, plain = await shop.shopper(), await shop.shopper()
    await by_hand(shop, gold, 600)
    assert {"name": "每月礼券", "sentence": "果切兑换券，每月一张"} in (await standing(gold))["perks"]

    async def mine() -> int:
        return int(await database.fetchval("SELECT count(*) FROM coupons WHERE merchant_id = $1 AND source = 'monthly'", shop.merchant_id))  # fmt: skip

    at = now()
    await asyncio.gather(*(automation.levels.give_monthly(secret, at) for _ in range(6)))
    assert await mine() == 1 and await held(gold) == {"果切兑换券": "每月礼券"} and await held(plain) == {}
    assert (await quote(gold, {"TOFU": 1, "BEEF": 1}))["payableFen"] == 4000
    later = (at.astimezone(zone("Asia/Shanghai")).replace(day=15) + timedelta(days=31)).replace(day=15)
    for _ in range(2):
        await automation.levels.give_monthly(secret, later)
    assert await mine() == 2
    await database.pool().execute("UPDATE members SET growth = 0, level = 'basic' WHERE id = $1", await me(gold))
    await automation.levels.give_monthly(secret, later + timedelta(days=31))
    assert await mine() == 2
    await database.pool().execute("UPDATE members SET growth = 600, level = 'gold' WHERE id = $1", await me(gold))


async def test_months_are_the_merchants_own(shop: Shop) -> None:
    """B04, C3: the month is that of the merchant's calendar: the last evening of UTC in November is December in Shanghai; a coupon of a
    month that was not marked is found."""
    secret, made = shop.world.settings.secret, await cut(shop)
    assert (await set_scheme(shop, [{**BASIC, "monthly": made["id"]}]))["__typename"] == "LevelScheme"
    await shop.shopper()
    for text in ("2026-11-30T15:59:59+00:00", "2026-11-30T16:00:00+00:00", "2026-12-31T15:59:59+00:00"):
        await automation.levels.give_monthly(secret, datetime.fromisoformat(text))
    assert await invariants.violations(shop.merchant_id) == []
    rows = await database.fetch("SELECT month FROM monthly_gifts WHERE merchant_id = $1 ORDER BY month", shop.merchant_id)  # fmt: skip
    assert [row["month"] for row in rows] == ["2026-11", "2026-12"]
    await database.pool().execute("UPDATE monthly_gifts SET month = '2027-01' WHERE merchant_id = $1 AND month = '2026-12'", shop.merchant_id)  # fmt: skip
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"C3"}
