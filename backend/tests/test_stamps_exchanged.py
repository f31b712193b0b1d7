"""B01: stamps 集点 are earned by orders and spent in the mall; what that does to refunds; exact when many press at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from backend import invariants
from backend.demo.client import Client, key
from backend.kit import database
from backend.tests.conftest import Shop
from backend.tests.refunding import bought, refund
from backend.tests.test_mall import CREATE, VOID, coupon_template, terms

EXCHANGE = """mutation($i: ExchangePointsInput!) { exchangePoints(input: $i) { __typename
  ... on MallExchange { id unit points coupon { source state template { name } } } ... on NotEnoughStamps { needs has shortBy } ... on Refusal { code message } } }"""
MALL = "{ pointsMall { points growth stamps items { id unit kind points priceForMe prices { sentence } } } }"
MINE = "{ benefitAccount { points stamps entries { nodes { unit amount sentence } } } }"


async def item(shop: Shop, gives: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    gives = gives or {"templateId": await coupon_template(shop)}
    given = {"terms": terms(**more), **gives, "unit": "STAMPS", "idempotencyKey": key()}
    found: dict[str, Any] = (await (await shop.admin()).run(CREATE, i=given))["createMallItem"]
    return found


async def exchange(client: Client, made: dict[str, Any], seen: int, idempotency: str = "") -> dict[str, Any]:
    wish = {"itemId": made["id"], "seenPoints": seen, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(EXCHANGE, i=wish))["exchangePoints"]
    return found


async def stamped(shop: Shop, cups: int = 3) -> tuple[Client, dict[str, Any]]:
    """A customer with one stamp for each full 50 yuan of an order of articles at 100.00, and the order."""
    await shop.promotion(
        {"type": "earn_stamps", "min": 5000, "count": 1, "every": True, "value": 100}, name="满 50 集一点"
    )
    shopper = await shop.shopper()
    return shopper, await bought(shop, shopper, {"TRIPE": cups}, done=True)


async def stamps(client: Client) -> int:
    return int((await client.run(MINE))["benefitAccount"]["stamps"])


@pytest.mark.usefixtures("exact")
async def test_stamps_for_a_coupon_and_for_an_article(shop: Shop) -> None:
    """B01: 集满 N 个换: six stamps of an order buy a coupon for 4 and, too few for 3, say what is missing; the same key again gives the same
    exchange; the mall and the entries say so in words."""
    shopper, _ = await stamped(shop)
    assert await stamps(shopper) == 6
    coupon = await item(shop, points=4, prices=[{"points": 3, "levels": ["diamond"]}])
    tofu = await item(shop, {"sku": "TOFU"}, name="冻豆腐", points=3)
    seen = (await shopper.run(MALL))["pointsMall"]
    assert (seen["points"], seen["stamps"]) == (0, 6)
    assert [(i["unit"], i["kind"], i["priceForMe"]) for i in seen["items"]] == [("STAMPS", "ARTICLE", 3), ("STAMPS", "COUPON", 4)]  # fmt: skip
    assert seen["items"][1]["prices"] == [{"sentence": "钻卡会员 3 个集点"}]
    assert (await shop.client().run(MALL))["pointsMall"]["stamps"] is None
    again = key()
    got = [await exchange(shopper, coupon, 4, again) for _ in range(2)]
    assert got[0] == got[1] and (got[0]["unit"], got[0]["points"]) == ("STAMPS", 4)
    assert got[0]["coupon"]["state"] == "ISSUED"
    short = await exchange(shopper, tofu, 3)
    assert (short["__typename"], short["needs"], short["has"], short["shortBy"]) == ("NotEnoughStamps", 3, 2, 1)
    assert short["message"] == "还差 1 个集点：需要 3，您有 2"
    changed = await exchange(shopper, tofu, 2)
    assert changed["code"] == "ExchangePriceChanged" and "集点价已变：现在是 3 个集点" in changed["message"]
    account = (await shopper.run(MINE))["benefitAccount"]
    said = [e["sentence"] for e in account["entries"]["nodes"] if e["unit"] == "STAMPS"]
    assert said[0] == "兑换「5元券」，用了 4 个集点" and account["stamps"] == 2


async def test_what_stamps_do_not_buy(shop: Shop) -> None:
    """B01: balance and points are not had for stamps; the fault is told at its field and nothing is made."""
    for gives in ({"balanceFen": 100}, {"givesPoints": 5}):
        refused = await item(shop, gives, points=3)
        assert [(p["path"], p["message"]) for p in refused["problems"]] == [("unit", "集点只能兑换优惠券和商品")]
    assert await database.fetchval("SELECT count(*) FROM mall_items WHERE merchant_id = $1", shop.merchant_id) == 0


@pytest.mark.usefixtures("exact")
async def test_voiding_gives_stamps_back(shop: Shop) -> None:
    """B01, B03: staff void an exchange: the coupon goes, the stamps return, once."""
    shopper, _ = await stamped(shop)
    made = await item(shop, points=5)
    done = await exchange(shopper, made, 5)
    wish = {"exchangeId": done["id"], "reason": "换错了"}
    admin = await shop.admin()
    told = [(await admin.run(VOID, i={**wish, "idempotencyKey": key()}))["voidMallExchange"] for _ in range(2)]
    assert [t["__typename"] for t in told] == ["MallExchange", "ExchangeNotVoidable"]
    assert told[0]["coupon"] == {"state": "VOIDED"} and await stamps(shopper) == 6
    said = (await shopper.run(MINE))["benefitAccount"]["entries"]["nodes"]
    assert said[0]["sentence"] == "兑换「5元券」已作废，退回 5 个集点"


@pytest.mark.usefixtures("exact")
async def test_a_refund_after_stamps_were_spent(shop: Shop) -> None:
    """B01, Q08: stamps of an order were spent; the order comes back: what is left is taken, the rest is withheld from the money at the value
    that the offer states; never below zero."""
    shopper, order = await stamped(shop)
    made = await item(shop, points=5)
    assert (await exchange(shopper, made, 5))["__typename"] == "MallExchange"
    assert (await refund(await shop.admin(), order, {"TRIPE": 3}))["__typename"] == "Order"
    assert await stamps(shopper) == 0
    paid = await database.fetchrow(
        "SELECT cash_fen, withheld_fen FROM refunds WHERE merchant_id = $1", shop.merchant_id
    )
    assert paid is not None and (paid["withheld_fen"], paid["cash_fen"]) == (500, 30000 - 500)


@pytest.mark.usefixtures("exact")
async def test_the_last_stamps_are_spent_once(shop: Shop) -> None:
    """B01, L3, C1: twelve exchanges for five of six stamps press at once, of two items, on connections of their own, while one is voided: what
    was had was paid, nothing is below zero."""
    shopper, _ = await stamped(shop)
    items = [await item(shop, points=5), await item(shop, {"sku": "TOFU"}, name="冻豆腐", points=5)]
    answers = await asyncio.gather(*(exchange(shopper, items[n % 2], 5) for n in range(12)))
    assert Counter(a["__typename"] for a in answers) == {"MallExchange": 1, "NotEnoughStamps": 11}
    assert await stamps(shopper) == 1
    done = next(a for a in answers if a["__typename"] == "MallExchange")
    admin = await shop.admin()
    wish = {"exchangeId": done["id"], "reason": "换错了"}
    voids = [admin.run(VOID, i={**wish, "idempotencyKey": key()}) for _ in range(3)]
    told, *more = await asyncio.gather(asyncio.gather(*voids), *(exchange(shopper, items[n % 2], 5) for n in range(6)))
    assert Counter(t["voidMallExchange"]["__typename"] for t in told) == {"MallExchange": 1, "ExchangeNotVoidable": 2}
    had = sum(a["__typename"] == "MallExchange" for a in more)
    assert had <= 1 and await stamps(shopper) == 6 - 5 * had


async def test_a_planted_fault_is_found(shop: Shop) -> None:
    """B01, C3: an exchange that was paid in something else is told."""
    shopper, _ = await stamped(shop)
    assert (await exchange(shopper, await item(shop, points=5), 5))["__typename"] == "MallExchange"
    assert await invariants.violations(shop.merchant_id) == []
    await database.pool().execute("UPDATE mall_exchanges SET unit = 'points' WHERE merchant_id = $1", shop.merchant_id)
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"C3"}
