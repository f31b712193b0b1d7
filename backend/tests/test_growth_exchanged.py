"""B04: growth value exchanged in the mall for points or coupons; what that does to the level; refunds afterwards; exact at once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import invariants
from backend.demo.client import Client, key
from backend.kit import database
from backend.members import level_rules as rules
from backend.tests.conftest import Shop
from backend.tests.refunding import refund
from backend.tests.test_levels import bought, by_hand, end_period, standing
from backend.tests.test_mall import CREATE, MALL, coupon_template, terms

EXCHANGE = """mutation($i: ExchangePointsInput!) { exchangePoints(input: $i) { __typename
  ... on MallExchange { id itemName unit points givesPoints balanceFen coupon { source state } }
  ... on NotEnoughGrowth { needs has shortBy } ... on ExchangePriceChanged { points } ... on Refusal { code message } } }"""
MINE = "{ benefitAccount { points growth level { growth inPeriod owed level { id } } entries(first: 20) { nodes { unit amount sentence } } } }"
VOID = """mutation($i: VoidMallExchangeInput!) { voidMallExchange(input: $i) { __typename ... on MallExchange { state unit points }
  ... on Refusal { code message } } }"""


async def item(shop: Shop, gives: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"terms": terms(**more), **gives, "unit": "GROWTH", "idempotencyKey": key()}
    found: dict[str, Any] = (await (await shop.admin()).run(CREATE, i=given))["createMallItem"]
    return found


async def exchange(client: Client, item_id: str, seen: int, idempotency: str | None = None) -> dict[str, Any]:
    wish = {"itemId": item_id, "seenPoints": seen, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(EXCHANGE, i=wish))["exchangePoints"]
    return found


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(MINE))["benefitAccount"]
    return found


async def void(shop: Shop, exchange_id: str) -> dict[str, Any]:
    wish = {"exchangeId": exchange_id, "reason": "换错了", "idempotencyKey": key()}
    found: dict[str, Any] = (await (await shop.admin()).run(VOID, i=wish))["voidMallExchange"]
    return found


@pytest.mark.usefixtures("exact")
async def test_growth_for_a_coupon_and_for_points(shop: Shop) -> None:
    """B04: 520 growth of an order: 200 for a coupon, 100 for 50 points; the mall says what the viewer has; the same key again gives
    nothing more; gold stays until the period ends, and what was spent does not count then."""
    shopper = await shop.shopper()
    await bought(shop, shopper, {"TRIPE": 5, "BASE": 1}, done=True)
    coupon = await item(shop, {"templateId": await coupon_template(shop)}, points=200, name="成长值换券")
    points = await item(shop, {"givesPoints": 50}, points=100, name="成长值换积分")
    seen = (await shopper.run(MALL.replace("{ points items { id", "{ points growth items { id unit givesPoints")))[
        "pointsMall"
    ]
    assert (seen["points"], seen["growth"]) == (0, 520)
    assert [(i["id"], i["unit"], i["kind"], i["givesPoints"], i["points"]) for i in seen["items"]] == [
        (points["id"], "GROWTH", "POINTS", 50, 100),
        (coupon["id"], "GROWTH", "COUPON", None, 200),
    ]
    again = key()
    got = await exchange(shopper, coupon["id"], 200, again)
    assert (got["unit"], got["points"], got["coupon"]) == ("GROWTH", 200, {"source": "积分兑换", "state": "ISSUED"})
    assert await exchange(shopper, coupon["id"], 200, again) == got
    assert (await exchange(shopper, points["id"], 100))["givesPoints"] == 50
    account = await mine(shopper)
    assert (account["points"], account["growth"], account["level"]["inPeriod"]) == (50, 220, 220)
    assert account["level"]["level"]["id"] == "gold"
    said = {(e["unit"], e["amount"], e["sentence"]) for e in account["entries"]["nodes"]}
    assert ("GROWTH", -200, "兑换「成长值换券」，用了 200 成长值") in said
    assert ("POINTS", 50, "成长值兑换「成长值换积分」") in said
    await end_period(shop, shopper)
    assert (await standing(shopper))["level"]["id"] == "silver"


@pytest.mark.usefixtures("exact")
async def test_growth_that_does_not_suffice_is_refused_whole(shop: Shop) -> None:
    """B04: one less than the price: told how much is missing, nothing is moved; another price than was seen is refused; balance cannot
    be had for growth, nor points for points."""
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 99)
    made = await item(shop, {"givesPoints": 5}, points=100)
    refused = await exchange(shopper, made["id"], 100)
    assert (refused["code"], refused["needs"], refused["has"], refused["shortBy"]) == ("NotEnoughGrowth", 100, 99, 1)
    assert "还差 1 成长值" in refused["message"]
    assert (await exchange(shopper, made["id"], 99))["__typename"] == "ExchangePriceChanged"
    account = await mine(shopper)
    assert (account["growth"], account["points"], len(account["entries"]["nodes"])) == (99, 0, 1)
    for gives, path in (
        ({"balanceFen": 100}, "unit"),
        ({"givesPoints": 0}, "givesPoints"),
        ({"givesPoints": 100_001}, "givesPoints"),
    ):
        wrong = await item(shop, gives)
        assert [p["path"] for p in wrong["problems"]] == [path]
    given = {"terms": terms(), "givesPoints": 5, "idempotencyKey": key()}
    wrong = (await (await shop.admin()).run(CREATE, i=given))["createMallItem"]
    assert [p["path"] for p in wrong["problems"]] == ["unit"]
    assert await database.fetchval("SELECT count(*) FROM mall_items WHERE merchant_id = $1", shop.merchant_id) == 1


@pytest.mark.usefixtures("exact")
async def test_a_refund_after_growth_was_spent_is_exact(shop: Shop) -> None:
    """B04: 300 growth of an order, 250 exchanged, the order refunded whole: 50 go, 250 are owed, nothing is below zero, and it is 750 to
    gold; the next 200 pay for it, 50 are still owed; then 100 bring 50; that order's refund takes what is there and 50 are owed again."""
    admin, shopper = await shop.admin(), await shop.shopper()
    first = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    made = await item(shop, {"givesPoints": 5}, points=250)
    assert (await exchange(shopper, made["id"], 250))["__typename"] == "MallExchange"

    async def figures() -> tuple[int, int, int]:
        level = (await mine(shopper))["level"]
        return level["growth"], level["inPeriod"], level["owed"]

    assert await figures() == (50, 50, 0)
    assert (await refund(admin, first, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 0, 50)
    assert (await refund(admin, first, {"TRIPE": 2}))["__typename"] == "Order"
    assert await figures() == (0, 0, 250)
    way = (await shopper.run("{ benefitAccount { level { steps { level { id } short shortFen } } } }"))[
        "benefitAccount"
    ]
    steps = {step["level"]["id"]: (step["short"], step["shortFen"]) for step in way["level"]["steps"]}
    assert steps["gold"] == (750, 75_000), "what is owed is paid before growth counts"
    await bought(shop, shopper, {"TRIPE": 2}, done=True)
    assert await figures() == (0, 0, 50)
    last = await bought(shop, shopper, {"TRIPE": 1}, done=True)
    assert await figures() == (50, 50, 0)
    said = [e["sentence"] for e in (await mine(shopper))["entries"]["nodes"] if e["unit"] == "GROWTH"]
    assert "补上退款时已兑换掉的 200 成长值" in said and "补上退款时已兑换掉的 50 成长值" in said
    assert (await refund(admin, last, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 0, 50)
    await by_hand(shop, shopper, 80)
    assert await figures() == (30, 30, 0)


@pytest.mark.usefixtures("exact")
async def test_what_staff_took_is_not_owed_after_a_refund(shop: Shop) -> None:
    """B04: 200 of 300 were exchanged, another order brought 100, staff took 150 by hand: that order's refund finds 50 of its 100, the
    rest is forgiven and not asked for again; what was exchanged is owed as ever, once what staff took is used up."""
    admin, shopper = await shop.admin(), await shop.shopper()
    first = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    made = await item(shop, {"givesPoints": 5}, points=200)
    assert (await exchange(shopper, made["id"], 200))["__typename"] == "MallExchange"
    second = await bought(shop, shopper, {"TRIPE": 1}, done=True)
    await by_hand(shop, shopper, -150)

    async def figures() -> tuple[int, int]:
        level = (await mine(shopper))["level"]
        return level["growth"], level["owed"]

    assert await figures() == (50, 0)
    assert (await refund(admin, second, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 0)
    assert (await refund(admin, first, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 0)
    assert (await refund(admin, first, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 100)
    assert (await refund(admin, first, {"TRIPE": 1}))["__typename"] == "Order"
    assert await figures() == (0, 200)


@pytest.mark.usefixtures("exact")
async def test_voiding_gives_growth_back_to_its_period(shop: Shop) -> None:
    """B04: staff void an exchange: growth returns, in this period too; what is owed is paid first; points that were spent meanwhile
    cannot be taken back, and then nothing changes; twice is refused."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    made = await item(shop, {"givesPoints": 5}, points=120)
    got = [await exchange(shopper, made["id"], 120) for _ in range(2)]
    assert (await mine(shopper))["level"]["inPeriod"] == 60
    assert (await void(shop, got[0]["id"])) == {
        "__typename": "MallExchange",
        "state": "VOIDED",
        "unit": "GROWTH",
        "points": 120,
    }
    assert (await void(shop, got[0]["id"]))["code"] == "ExchangeNotVoidable"
    account = await mine(shopper)
    assert (account["points"], account["growth"], account["level"]["inPeriod"]) == (5, 180, 180)
    assert (await refund(admin, order, {"TRIPE": 3}))["__typename"] == "Order"
    assert (await mine(shopper))["level"]["owed"] == 120
    lottery = {"templateId": await coupon_template(shop)}
    other = (await admin.run(CREATE, i={"terms": terms(points=5), **lottery, "idempotencyKey": key()}))[
        "createMallItem"
    ]
    taken = await exchange(shopper, other["id"], 5)
    kept = await void(shop, got[1]["id"])
    assert kept["code"] == "ExchangeNotVoidable" and "积分已用掉" in kept["message"]
    assert (await mine(shopper))["level"]["owed"] == 120
    assert (await void(shop, taken["id"]))["unit"] == "POINTS"
    assert (await void(shop, got[1]["id"]))["state"] == "VOIDED"
    account = await mine(shopper)
    assert (account["points"], account["growth"], account["level"]["owed"]) == (0, 0, 0)


@pytest.mark.usefixtures("exact")
async def test_growth_is_spent_once_however_many_press(shop: Shop) -> None:
    """B04, L3: twenty exchanges of 100 at once, while growth is given and an order is refunded: exactly what there is, never below
    zero, nothing waits in a ring."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 5}, done=True)
    made = await item(shop, {"givesPoints": 1}, points=100, stock=100)
    answers = await asyncio.gather(
        *(exchange(shopper, made["id"], 100) for _ in range(20)),
        *(by_hand(shop, shopper, 50) for _ in range(4)),
        refund(admin, order, {"TRIPE": 2}),
    )
    told = Counter(a["__typename"] for a in answers)
    account = await mine(shopper)
    level = account["level"]
    assert told["MallExchange"] == account["points"] and told["MallExchange"] + told["NotEnoughGrowth"] == 20
    assert level["growth"] - level["owed"] == 500 + 200 - 200 - 100 * told["MallExchange"]
    assert level["growth"] == 0 or level["owed"] == 0


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("L2", "UPDATE members SET growth_spent = growth_spent + 1 WHERE merchant_id = $1"),
        ("L2", "UPDATE members SET growth_owed = 10 WHERE merchant_id = $1"),
        ("C3", "UPDATE mall_exchanges SET unit = 'points' WHERE merchant_id = $1"),
        ("C3", "UPDATE mall_exchanges SET gives_points = 6 WHERE merchant_id = $1"),
    ],
)
async def test_a_planted_fault_is_found(shop: Shop, rule: str, plant: str) -> None:
    """B04, L2, C3: growth that was exchanged and is not booked, growth owed that is not in its book, an exchange that was paid in something
    else, points other than were given."""
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 100)
    made = await item(shop, {"givesPoints": 5}, points=100)
    assert (await exchange(shopper, made["id"], 100))["__typename"] == "MallExchange"
    assert await invariants.violations(shop.merchant_id) == []
    await database.pool().execute(plant, shop.merchant_id)
    assert rule in {v.rule for v in await invariants.violations(shop.merchant_id)}


@pytest.mark.parametrize("seed", range(40))
def test_histories_of_spending_stay_exact(seed: int) -> None:
    """B04: earning, refunding, exchanging and voiding at random over some years: growth less what is owed is what was earned less what was
    taken and spent; neither is below zero, what is left of a period never above what is left, no level falls within a period."""
    rng, at = random.Random(seed), datetime(2026, 1, 1, tzinfo=UTC)
    now, earned, spent, lots = rules.Standing(), 0, 0, list[tuple[int, datetime | None]]()
    exchanges: list[tuple[int, int, datetime | None]] = []
    for _ in range(80):
        at += timedelta(days=rng.randrange(60))
        now = rules.settled(rules.DEFAULT, now, at, "Asia/Shanghai")
        before = rules.DEFAULT.rank(now.level)
        match rng.randrange(4):
            case 0:
                came = rng.randrange(1, 900)
                paid = min(came, now.owed)
                earned, lots = earned + came, [*lots, (came, now.until)]
                now = rules.replace(now, owed=now.owed - paid)
                now = rules.moved(rules.DEFAULT, now, at, "Asia/Shanghai", growth=came - paid, orders=1)
            case 1 if lots:
                due, until = lots.pop(rng.randrange(len(lots)))
                gone = min(due, now.growth)
                earned -= due
                now = rules.replace(now, owed=now.owed + rules.chased(now, due - gone))
                now = rules.moved(rules.DEFAULT, now, at, "Asia/Shanghai", growth=-gone, counts=until == now.until)
            case 2 if now.growth:
                amount = rng.randrange(1, now.growth + 1)
                after = rules.spend(now, amount)
                exchanges.append((amount, now.in_period - after.in_period, now.until))
                now, spent = after, spent + amount
            case 3 if exchanges:
                amount, of_period, until = exchanges.pop()
                now = rules.unspend(now, amount, of_period if until == now.until else 0)
                paid = min(amount, now.owed)
                now = rules.replace(now, owed=now.owed - paid)
                now = rules.moved(rules.DEFAULT, now, at, "Asia/Shanghai", growth=-paid)
                spent -= amount
        assert now.growth - now.owed == earned - spent and 0 <= now.owed <= now.spent == spent
        assert 0 <= now.in_period <= now.growth and rules.DEFAULT.rank(now.level) >= before
