"""B03: the exchange mall 积分商城, through GraphQL: prices, stock, limits, refusals, voiding; exact when many press at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import catalog, invariants, ledger, members, merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import day_start, local_day, now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, claim, make_shop, pay, place, quote
from backend.tests.test_drops import make, me

CREATE = """mutation($i: CreateMallItemInput!) { createMallItem(input: $i) { __typename
  ... on MallItem { id name kind points stock state template { id name } } ... on InvalidInput { problems { path message } }
  ... on Refusal { code message } } }"""
CHANGE = """mutation($i: ChangeMallItemInput!) { changeMallItem(input: $i) { __typename
  ... on MallItem { id name points stock exchanged state } ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"""
EXCHANGE = """mutation($i: ExchangePointsInput!) { exchangePoints(input: $i) { __typename
  ... on MallExchange { id itemName points balanceFen state coupon { id state source template { name face { kind sentence sku } } } }
  ... on NotEnoughPoints { needs has shortBy } ... on MallItemSoldOut { stock } ... on ExchangeLimitReached { limit taken resetsAt }
  ... on ExchangeNotOpen { opensAt closesAt ended } ... on ExchangePriceChanged { seenPoints points } ... on Refusal { code message } } }"""
MALL = """{ pointsMall { points items { id name kind points priceForMe remaining exchanged state takenByMe takenByMeToday
  prices { points sentence } emoji listFen balanceFen template { face { sentence } } } } }"""
VOID = """mutation($i: VoidMallExchangeInput!) { voidMallExchange(input: $i) { __typename
  ... on MallExchange { id state voidReason coupon { state } } ... on Refusal { code message } } }"""
MINE = "{ benefitAccount { points balanceFen entries { nodes { unit amount sentence } } pointsEnding { points expiresAt } } }"


def terms(**more: Any) -> dict[str, Any]:
    at = now()
    return {
        "name": "5元券",
        "points": 100,
        "stock": 10,
        "startsAt": (at - timedelta(hours=1)).isoformat(),
        "endsAt": (at + timedelta(days=1)).isoformat(),
        **more,
    }


async def coupon_template(shop: Shop, **more: Any) -> str:
    given = {
        "name": "5元券",
        "content": {"kind": "OFF", "offFen": 500, "minFen": 0},
        "validDays": 7,
        "idempotencyKey": key(),
        **more,
    }
    made = await (await shop.admin()).run(
        "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { ... on CouponTemplate { id } } }",
        i=given,
    )
    return str(made["createCouponTemplate"]["id"])


async def item(shop: Shop, gives: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    gives = gives or {"templateId": await coupon_template(shop)}
    found: dict[str, Any] = (
        await (await shop.admin()).run(CREATE, i={"terms": terms(**more), **gives, "idempotencyKey": key()})
    )["createMallItem"]
    return found


async def rich(shop: Shop, points: int, openid: str | None = None) -> Client:
    """Somebody with so many points."""
    client = await shop.shopper(openid)
    await fund(shop, await me(client), points)
    return client


async def fund(shop: Shop, member_id: UUID, points: int, at: datetime | None = None) -> None:
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(member_id),
            unit="points",
            amount=points,
            kind="welcome",
            business_key=f"welcome:{new_id()}",
            at=at or now(),
            memo={},
        )


async def exchange(client: Client, item_id: str, seen: int, idempotency: str | None = None) -> dict[str, Any]:
    given = {"itemId": item_id, "seenPoints": seen, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(EXCHANGE, i=given))["exchangePoints"]
    return found


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(MINE))["benefitAccount"]
    return found


async def shown(client: Client) -> dict[str, dict[str, Any]]:
    """Items of the mall by id."""
    return {i["id"]: i for i in (await client.run(MALL))["pointsMall"]["items"]}


@pytest.mark.usefixtures("exact")
async def test_the_defaults_of_the_mall(shop: Shop) -> None:
    """B03: 50 points an article (strawberries), 100 points a ¥5.00 coupon, 300 points 满20减5, and balance: each gives what it says
    for exactly its points; the same key again gives nothing more; the article's coupon pays for it."""
    berries = await item(shop, {"sku": "TOFU", "days": 7}, name="草莓500g", points=50)
    five = await item(shop, name="5元券", points=100)
    off = await coupon_template(shop, name="满20减5", content={"kind": "OFF", "offFen": 500, "minFen": 2000})
    twenty = await item(shop, {"templateId": off}, name="满20减5", points=300)
    money = await item(shop, {"balanceFen": 200}, name="2元余额", points=200)
    shopper, again = await rich(shop, 1000), key()
    cards = (await shopper.run(MALL))["pointsMall"]
    assert cards["points"] == 1000 and [i["id"] for i in cards["items"]] == [
        i["id"] for i in (berries, five, money, twenty)
    ]
    assert (cards["items"][0]["listFen"], cards["items"][0]["emoji"]) == (900, "🍲")
    got = await exchange(shopper, berries["id"], 50, again)
    assert got["__typename"] == "MallExchange" and (got["points"], got["state"]) == (50, "DONE")
    assert got["coupon"]["source"] == "积分兑换" and got["coupon"]["template"]["face"]["sku"] == "TOFU"
    assert await exchange(shopper, berries["id"], 50, again) == got
    assert (await exchange(shopper, five["id"], 100, again))["__typename"] == "IdempotencyConflict"
    assert (await exchange(shopper, five["id"], 100))["coupon"]["template"]["face"]["sentence"] == "立减5元"
    assert (await exchange(shopper, twenty["id"], 300))["coupon"]["template"]["face"]["sentence"] == "满20减5"
    assert (await exchange(shopper, money["id"], 200))["balanceFen"] == 200
    account = await mine(shopper)
    assert (account["points"], account["balanceFen"]) == (350, 200)
    assert {"unit": "POINTS", "amount": -50, "sentence": "兑换「草莓500g」，用了 50 积分"} in account["entries"][
        "nodes"
    ]
    assert {"unit": "BALANCE", "amount": 200, "sentence": "积分兑换「2元余额」"} in account["entries"]["nodes"]
    history = (await shopper.run("{ myExchanges { nodes { itemName points } } }"))["myExchanges"]["nodes"]
    assert [(h["itemName"], h["points"]) for h in history] == [
        ("2元余额", 200), ("满20减5", 300), ("5元券", 100), ("草莓500g", 50)
    ]  # fmt: skip
    cart = await quote(shopper, {"TOFU": 1, "BEEF": 1}, coupons={"mode": "FIXED", "ids": [got["coupon"]["id"]]})
    assert cart["payableFen"] == 4000
    order = await place(shopper, {"TOFU": 1, "BEEF": 1}, coupons={"mode": "FIXED", "ids": [got["coupon"]["id"]]})
    await pay(shop.world, order)


@pytest.mark.usefixtures("exact")
async def test_prices_by_level_and_by_time(shop: Shop) -> None:
    """B03: the lowest price that holds is shown and paid: a level's own, a season's; a price that is over or to come is not, and
    what was confirmed at another price is not exchanged."""
    at = now()
    prices = [
        {"points": 80, "levels": ["gold"]},
        {"points": 60, "levels": ["gold"], "startsAt": (at + timedelta(hours=1)).isoformat()},
        {"points": 90, "endsAt": (at + timedelta(hours=1)).isoformat()},
        {"points": 10, "endsAt": (at - timedelta(seconds=1)).isoformat()},
    ]
    made = await item(shop, prices=prices)
    gold, plain = await rich(shop, 500), await rich(shop, 500)
    await database.pool().execute(
        "UPDATE members SET level = 'gold', level_until = now() + interval '1 day' WHERE id = $1", await me(gold)
    )
    assert (await shown(gold))[made["id"]]["priceForMe"] == 80
    assert (await shown(plain))[made["id"]]["priceForMe"] == 90
    assert (await shown(shop.client()))[made["id"]]["priceForMe"] == 90
    assert (await shown(plain))[made["id"]]["prices"][0]["sentence"] == "金卡会员 80 积分"
    refused = await exchange(plain, made["id"], 80)
    assert refused["__typename"] == "ExchangePriceChanged" and (refused["seenPoints"], refused["points"]) == (80, 90)
    assert (await mine(plain))["points"] == 500
    assert (await exchange(gold, made["id"], 80))["points"] == 80
    assert (await exchange(plain, made["id"], 90))["points"] == 90
    assert ((await mine(gold))["points"], (await mine(plain))["points"]) == (420, 410)


@pytest.mark.usefixtures("exact")
async def test_refusals_are_facts_and_change_nothing(shop: Shop) -> None:
    """B03: too few points (how many are missing), limit of a member and of a day (until when), not yet, over, stopped, sold out, another
    merchant's: nothing moves, and the key may be used again once it can be had."""
    at, shopper = now(), await rich(shop, 120)
    dear = await item(shop, points=150)
    again = key()
    short = await exchange(shopper, dear["id"], 150, again)
    assert short["__typename"] == "NotEnoughPoints" and (short["needs"], short["has"], short["shortBy"]) == (
        150,
        120,
        30,
    )
    assert short["message"] == "还差 30 积分：需要 150，您有 120"
    daily = await item(shop, points=1, perDay=1, perMember=3)
    assert (await exchange(shopper, daily["id"], 1))["__typename"] == "MallExchange"
    limited = await exchange(shopper, daily["id"], 1)
    midnight = day_start(local_day(at, "Asia/Shanghai") + timedelta(days=1), "Asia/Shanghai")
    assert limited["__typename"] == "ExchangeLimitReached" and (limited["limit"], limited["taken"]) == (1, 1)
    assert datetime.fromisoformat(limited["resetsAt"]) == midnight
    once = await item(shop, points=1, perMember=1)
    assert (await exchange(shopper, once["id"], 1))["__typename"] == "MallExchange"
    assert (await exchange(shopper, once["id"], 1))["resetsAt"] is None
    later = await item(shop, points=1, startsAt=(at + timedelta(hours=1)).isoformat())
    closed = await exchange(shopper, later["id"], 1)
    assert closed["__typename"] == "ExchangeNotOpen" and closed["ended"] is False
    over = await item(shop, points=1, startsAt=(at - timedelta(hours=2)).isoformat(), endsAt=(at - timedelta(hours=1)).isoformat())  # fmt: skip
    assert (await exchange(shopper, over["id"], 1))["ended"] is True
    last = await item(shop, points=1, stock=1)
    assert (await exchange(await rich(shop, 1), last["id"], 1))["__typename"] == "MallExchange"
    assert (await exchange(shopper, last["id"], 1))["__typename"] == "MallItemSoldOut"
    other = await make_shop(shop.world)
    assert (await exchange(await rich(other, 10), last["id"], 1))["__typename"] == "NotFound"
    account = await mine(shopper)
    assert account["points"] == 118 and [e["amount"] for e in account["entries"]["nodes"]] == [-1, -1, 120]
    await fund(shop, await me(shopper), 32)
    assert (await exchange(shopper, dear["id"], 150, again))["__typename"] == "MallExchange"


@pytest.mark.usefixtures("exact")
async def test_an_article_that_is_sold_no_more_is_not_exchanged(shop: Shop) -> None:
    """B03: points are not taken for what cannot be had."""
    made, shopper = await item(shop, {"sku": "BASE"}, name="底料", points=5), await rich(shop, 10)
    await database.pool().execute(
        "UPDATE products SET active = false WHERE merchant_id = $1 AND sku = 'BASE'", shop.merchant_id
    )
    refused = await exchange(shopper, made["id"], 5)
    assert refused["__typename"] == "ExchangeNotOpen" and refused["ended"] is True
    assert (await mine(shopper))["points"] == 10
    assert (await catalog.by_skus(shop.merchant_id, ["BASE"])) == {}


async def test_points_that_end_first_are_spent_first_and_ended_ones_not_at_all(shop: Shop) -> None:
    """B03, L6: of points of two months the older are spent; points that have ended do not pay."""
    await merchants.set_points_policy(shop.merchant_id, {"kind": "rolling", "months": 2})
    shopper, at = await shop.shopper(), now()
    for points, days in ((40, 100), (30, 50), (30, 1)):
        await fund(shop, await me(shopper), points, at - timedelta(days=days))
    made = await item(shop, points=35)
    assert (await exchange(shopper, made["id"], 35))["__typename"] == "MallExchange"
    assert [e["points"] for e in (await mine(shopper))["pointsEnding"]] == [25]
    short = await exchange(shopper, made["id"], 35)
    assert (short["__typename"], short["has"], short["shortBy"]) == ("NotEnoughPoints", 25, 10)


@pytest.mark.usefixtures("exact")
async def test_staff_void_an_exchange(shop: Shop) -> None:
    """B03: 不退不换, but staff may void with a reason: the coupon (or the balance) is taken back, the points return to their lots, place
    and limit are free again; what is used is not taken back and then nothing changes; twice is told."""
    admin, shopper = await shop.admin(), await rich(shop, 500)
    made = await item(shop, points=100, perMember=1, stock=1)
    money = await item(shop, {"balanceFen": 300}, name="3元余额", points=100)
    used = await item(shop, {"sku": "TOFU"}, name="冻豆腐", points=100)
    first = await exchange(shopper, made["id"], 100)

    async def void(exchange_id: str, reason: str = "发错了", idempotency: str | None = None) -> dict[str, Any]:
        given = {"exchangeId": exchange_id, "reason": reason, "idempotencyKey": idempotency or key()}
        found: dict[str, Any] = (await admin.run(VOID, i=given))["voidMallExchange"]
        return found

    assert (await void(first["id"], "x"))["__typename"] == "InvalidInput"
    again = key()
    voided = await void(first["id"], idempotency=again)
    assert (voided["state"], voided["voidReason"], voided["coupon"]["state"]) == ("VOIDED", "发错了", "VOIDED")
    assert await void(first["id"], idempotency=again) == voided
    assert (await void(first["id"]))["__typename"] == "ExchangeNotVoidable"
    assert (await mine(shopper))["points"] == 500
    assert (await exchange(shopper, made["id"], 100))["__typename"] == "MallExchange"
    third = await exchange(shopper, money["id"], 100)
    assert (await mine(shopper))["balanceFen"] == 300
    paid = await place(shopper, {"PORK": 1}, tenders={"balanceFen": 100}, coupons={"mode": "NONE"})
    await pay(shop.world, paid)
    kept = await void(third["id"])
    assert kept["__typename"] == "ExchangeNotVoidable" and "¥2.00" in kept["message"]
    fourth = await exchange(shopper, used["id"], 100)
    order = await place(shopper, {"TOFU": 1, "BEEF": 1}, coupons={"mode": "FIXED", "ids": [fourth["coupon"]["id"]]})
    assert (await void(fourth["id"]))["message"] == "兑换的券正被订单占用，不能作废"
    await pay(shop.world, order)
    assert (await void(fourth["id"]))["message"] == "兑换的券已使用，不能作废"
    assert ((await mine(shopper))["points"], (await mine(shopper))["balanceFen"]) == (200, 200)
    assert (await void(f"mex_{new_id().hex}"))["__typename"] == "NotFound"


@pytest.mark.usefixtures("exact")
async def test_balance_comes_back_when_nobody_spent_it(shop: Shop) -> None:
    """B03: voiding an exchange of balance takes it off again."""
    shopper = await rich(shop, 100)
    money = await item(shop, {"balanceFen": 300}, name="3元余额", points=100)
    done = await exchange(shopper, money["id"], 100)
    given = {"exchangeId": done["id"], "reason": "重复兑换", "idempotencyKey": key()}
    assert (await (await shop.admin()).run(VOID, i=given))["voidMallExchange"]["state"] == "VOIDED"
    account = await mine(shopper)
    assert (account["points"], account["balanceFen"]) == (100, 0)
    assert account["entries"]["nodes"][0]["sentence"] == "兑换「3元余额」已作废，收回余额"


async def test_staff_change_and_stop_an_item(shop: Shop) -> None:
    """B03: price, stock, limits and time may be changed for the exchanges to come, the stock not below what is gone; a stopped item is
    neither shown, exchanged nor changed."""
    admin, shopper = await shop.admin(), await rich(shop, 500)
    made = await item(shop, points=100, stock=3)
    for _ in range(2):
        assert (await exchange(shopper, made["id"], 100))["__typename"] == "MallExchange"

    async def change(**more: Any) -> dict[str, Any]:
        given = {"itemId": made["id"], "terms": terms(**more), "idempotencyKey": key()}
        found: dict[str, Any] = (await admin.run(CHANGE, i=given))["changeMallItem"]
        return found

    below = await change(stock=1)
    assert below["__typename"] == "InvalidInput" and below["problems"] == [{"path": "stock", "message": "已兑 2 件，库存不能少于它"}]  # fmt: skip
    changed = await change(stock=2, points=50, name="小券")
    assert (changed["points"], changed["stock"], changed["exchanged"], changed["state"]) == (50, 2, 2, "SOLD_OUT")
    assert (await exchange(shopper, made["id"], 50))["__typename"] == "MallItemSoldOut"
    stop = {"itemId": made["id"], "idempotencyKey": key()}
    document = "mutation($i: StopMallItemInput!) { stopMallItem(input: $i) { __typename ... on MallItem { state } } }"
    assert (await admin.run(document, i=stop))["stopMallItem"] == {"__typename": "MallItem", "state": "STOPPED"}
    assert made["id"] not in await shown(shopper)
    assert (await exchange(shopper, made["id"], 50))["ended"] is True
    assert (await change(stock=9))["__typename"] == "MallItemStopped"
    listed = await admin.run(
        "{ mallItems { nodes { id state exchanged } } mallExchanges { nodes { points memberName } } }"
    )
    who = (await shopper.run("{ me { nickname memberCode } }"))["me"]
    assert {e["memberName"] for e in listed["mallExchanges"]["nodes"]} == {f"{who['nickname']} · {who['memberCode']}"}
    unseen = await (await shop.staff("auditor")).run("{ mallExchanges { nodes { memberName } } }")
    assert {e["memberName"] for e in unseen["mallExchanges"]["nodes"]} == {None}
    assert listed["mallItems"]["nodes"] == [{"id": made["id"], "state": "STOPPED", "exchanged": 2}]
    assert [e["points"] for e in listed["mallExchanges"]["nodes"]] == [100, 100]


@pytest.mark.parametrize(
    ("gives", "more", "path"),
    [
        ({}, {}, "gives"),
        ({"sku": "TOFU", "balanceFen": 1}, {}, "gives"),
        ({"sku": "NOWHERE"}, {}, "sku"),
        ({"sku": "TOFU", "days": 0}, {}, "days"),
        ({"balanceFen": 0}, {}, "balanceFen"),
        ({"balanceFen": 100_001}, {}, "balanceFen"),
        ({"templateId": f"tpl_{'0' * 32}"}, {}, "templateId"),
        ({"sku": "TOFU"}, {"points": 0}, "points"),
        ({"sku": "TOFU"}, {"stock": 0}, "stock"),
        ({"sku": "TOFU"}, {"perDay": 0}, "perDay"),
        ({"sku": "TOFU"}, {"perMember": -1}, "perMember"),
        ({"sku": "TOFU"}, {"name": " "}, "name"),
        ({"sku": "TOFU"}, {"endsAt": "2020-01-01T00:00:00+08:00"}, "endsAt"),
        ({"sku": "TOFU"}, {"prices": [{"points": 100, "levels": ["gold"]}]}, "prices[0].points"),
        ({"sku": "TOFU"}, {"prices": [{"points": 5, "levels": ["king"]}]}, "prices[0].levels"),
        ({"sku": "TOFU"}, {"prices": [{"points": 5}]}, "prices[0]"),
        ({"sku": "TOFU"}, {"prices": [{"points": 5, "startsAt": "2030-01-02T00:00:00+08:00", "endsAt": "2030-01-01T00:00:00+08:00"}]}, "prices[0].endsAt"),
    ],
)  # fmt: skip
async def test_bad_items_are_refused_and_nothing_is_made(
    shop: Shop, gives: dict[str, Any], more: dict[str, Any], path: str
) -> None:
    """B03: each fault at its place."""
    given = {"terms": terms(**more), **gives, "idempotencyKey": key()}
    made = (await (await shop.admin()).run(CREATE, i=given))["createMallItem"]
    assert made["__typename"] == "InvalidInput" and [p["path"] for p in made["problems"]] == [path]
    assert await database.fetchval("SELECT count(*) FROM mall_items WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_a_coupon_must_outlive_the_mall(shop: Shop) -> None:
    """B03: a template with a fixed end before the item's is refused, also when the item is changed."""
    until = (now() + timedelta(hours=2)).isoformat()
    template = await coupon_template(shop, validDays=None, validUntil=until)
    refused = await item(shop, {"templateId": template})
    assert refused["problems"][0]["path"] == "endsAt"
    made = await item(shop, {"templateId": template}, endsAt=(now() + timedelta(hours=1)).isoformat())
    given = {"itemId": made["id"], "terms": terms(), "idempotencyKey": key()}
    changed = (await (await shop.admin()).run(CHANGE, i=given))["changeMallItem"]
    assert changed["__typename"] == "InvalidInput" and changed["problems"][0]["path"] == "endsAt"


@pytest.mark.usefixtures("exact")
async def test_twenty_race_for_the_last_three(shop: Shop) -> None:
    """B03, C1: 20 people press at once for 3: three have it, the others keep all their points."""
    made = await item(shop, points=10, stock=3)
    people = [await rich(shop, 10) for _ in range(20)]
    answers = await asyncio.gather(*(exchange(who, made["id"], 10) for who in people))
    assert Counter(a["__typename"] for a in answers) == {"MallExchange": 3, "MallItemSoldOut": 17}
    left = Counter([(await mine(who))["points"] for who in people])
    assert left == {0: 3, 10: 17}


@pytest.mark.usefixtures("exact")
async def test_the_same_points_are_not_spent_twice(shop: Shop) -> None:
    """B03, L3: one person with 100 points presses for five items of 60 points at once: one goes, four are told what is missing."""
    made = [await item(shop, {"balanceFen": 100}, name=f"余额{n}", points=60) for n in range(5)]
    shopper = await rich(shop, 100)
    answers = await asyncio.gather(*(exchange(shopper, m["id"], 60) for m in made))
    assert Counter(a["__typename"] for a in answers) == {"MallExchange": 1, "NotEnoughPoints": 4}
    assert {a["shortBy"] for a in answers if a["__typename"] == "NotEnoughPoints"} == {20}
    account = await mine(shopper)
    assert (account["points"], account["balanceFen"]) == (40, 100)


@pytest.mark.usefixtures("exact")
async def test_an_exchange_and_an_order_of_one_member_do_not_wait_in_a_ring(shop: Shop) -> None:
    """B03, K10: the exchange, and the claim with points, hold drop or item and accounts when they write rows that refer to the
    member; the order holds the member and wants these. Both finish while the member is locked, and the points then go once."""
    one = await item(shop, {"balanceFen": 100}, stock=30)
    drop = (await make(shop, extra={"points": 1}))["id"]
    who = await rich(shop, 100)
    async with database.transaction() as tx:
        await members.lock(tx, shop.merchant_id, await me(who))
        async with asyncio.timeout(5):
            assert (await exchange(who, one["id"], 100))["__typename"] == "MallExchange"
            assert (await claim(who, drop))["__typename"] == "Coupon"
    people = [await rich(shop, 100) for _ in range(8)]

    async def buys(client: Client) -> str:
        return str((await place(client, {"BEEF": 2}, tenders={"points": 100})).get("__typename", "Order"))

    answers = await asyncio.gather(*(act for p in people for act in (exchange(p, one["id"], 100), buys(p))))
    for paid, bought in zip(answers[::2], answers[1::2], strict=True):
        assert isinstance(paid, dict) and paid["__typename"] in ("MallExchange", "NotEnoughPoints")
        assert bought == "Order" or paid["__typename"] == "MallExchange"  # the points are gone: PriceChanged
    assert await invariants.violations(shop.merchant_id) == []


@pytest.mark.usefixtures("exact")
async def test_a_crowd_before_one_item_holds_up_nobody_else(shop: Shop) -> None:
    """B03: while more people than there are connections wait for one item, an order is placed; then all of them exchange."""
    made = await item(shop, points=1, stock=100)
    people = [await rich(shop, 100) for _ in range(database.POOL_SIZE + 4)]
    async with database.pool().acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM mall_items WHERE id = $1 FOR UPDATE", decode("mit", made["id"]))
        waiting = [asyncio.create_task(exchange(p, made["id"], 1)) for p in people]
        await asyncio.sleep(0.5)
        async with asyncio.timeout(20):
            await place(people[0], {"BEEF": 1}, tenders={"points": 50})
        assert not any(task.done() for task in waiting)
    answers = await asyncio.gather(*waiting)
    assert Counter(a["__typename"] for a in answers) == {"MallExchange": len(people)}


@pytest.mark.usefixtures("exact")
async def test_a_limit_of_one_holds_and_one_key_is_one_exchange(shop: Shop) -> None:
    """B03, C2, C4: ten taps with ten keys at once: one; ten sendings of one key at once: one exchange, the same for all."""
    made, shopper = await item(shop, points=1, perMember=1), await rich(shop, 100)
    answers = await asyncio.gather(*(exchange(shopper, made["id"], 1) for _ in range(10)))
    assert Counter(a["__typename"] for a in answers) == {"MallExchange": 1, "ExchangeLimitReached": 9}
    free, again = await item(shop, points=1), key()
    answers = await asyncio.gather(*(exchange(shopper, free["id"], 1, again) for _ in range(10)))
    assert {a["id"] for a in answers} == {answers[0]["id"]}
    assert (await mine(shopper))["points"] == 98


@pytest.mark.usefixtures("exact")
async def test_voiding_races_with_using(shop: Shop) -> None:
    """B03, C6: two clerks void an exchange while its owner places an order with the coupon: either the order has it and nothing came
    back, or it came back once and the order is refused."""
    admin = await shop.admin()
    for _ in range(4):
        shopper = await rich(shop, 10)
        made = await item(shop, {"sku": "TOFU"}, name="冻豆腐", points=10)
        done = await exchange(shopper, made["id"], 10)
        chosen = {"mode": "FIXED", "ids": [done["coupon"]["id"]]}
        token = (await quote(shopper, {"TOFU": 1, "BEEF": 1}, coupons=chosen))["token"]
        voids = [
            admin.run(VOID, i={"exchangeId": done["id"], "reason": "客诉", "idempotencyKey": key()}) for _ in range(2)
        ]
        order, *told = await asyncio.gather(place(shopper, {"TOFU": 1, "BEEF": 1}, token, coupons=chosen), *voids)
        kinds = Counter(t["voidMallExchange"]["__typename"] for t in told)
        if order["__typename"] == "Order" and order["payableFen"] == 4000:
            assert kinds == {"ExchangeNotVoidable": 2} and (await mine(shopper))["points"] == 0
        else:
            assert kinds == {"ExchangeNotVoidable": 1, "MallExchange": 1} and (await mine(shopper))["points"] == 10


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("C1", "UPDATE mall_items SET exchanged = 0 WHERE merchant_id = $1"),
        ("C3", "UPDATE mall_exchanges SET points = 9 WHERE merchant_id = $1"),
        ("C3", "UPDATE mall_exchanges SET coupon_id = NULL, balance_fen = 5 WHERE merchant_id = $1"),
        ("C3", "UPDATE mall_exchanges SET state = 'voided', voided_at = at, voided_by = 'x', void_reason = 'x' WHERE merchant_id = $1"),
        ("C3", "DELETE FROM mall_exchanges WHERE merchant_id = $1"),
    ],
)  # fmt: skip
async def test_a_planted_fault_of_the_mall_is_found(shop: Shop, rule: str, plant: str) -> None:
    """B03: stock counted wrong, points that were not paid, something given that was not, a voiding without points, an exchange that is lost."""
    made, shopper = await item(shop, points=10), await rich(shop, 10)
    assert (await exchange(shopper, made["id"], 10))["__typename"] == "MallExchange"
    assert await invariants.violations(shop.merchant_id) == []
    await shop.world.owner.execute(plant, shop.merchant_id)
    assert rule in {v.rule for v in await invariants.violations(shop.merchant_id)}


@pytest.mark.parametrize(
    ("unit", "business_key"), [("balance", "mall:{}:balance"), ("points", "mall-void:{}"), ("points", "referral:{}:1")]
)
async def test_what_was_given_for_nothing_is_found(shop: Shop, unit: str, business_key: str) -> None:
    """B03, B05: balance of no exchange, points of no exchange that was voided, a reward of no invitation."""
    who = await me(await rich(shop, 100))
    assert await invariants.violations(shop.merchant_id) == []
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(who),
            unit=unit,
            amount=500,
            kind="planted",
            business_key=business_key.format(new_id()),
            at=now(),
            memo={},
        )
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"C3"}


async def test_who_has_no_points_account_is_told_so(shop: Shop) -> None:
    """B03: somebody new has none."""
    made = await item(shop, points=5)
    short = await exchange(await shop.shopper(), made["id"], 5)
    assert (short["__typename"], short["has"], short["shortBy"]) == ("NotEnoughPoints", 0, 5)
