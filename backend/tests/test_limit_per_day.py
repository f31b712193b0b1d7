"""P10: an offer that one customer may have so many times a day of the merchant's calendar; exact when many orders are placed at once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend import invariants, orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import day_start, local_day, now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.preselling import presale, reserve
from backend.tests.preselling import stock as presale_stock
from backend.tests.refunding import member_of, refund
from backend.tests.test_external import till

TZ = "Asia/Shanghai"
TZ_INFO = ZoneInfo(TZ)
DAILY = {"type": "fixed_price", "scope": {"skus": ["BEEF"]}, "price": 3000}
CANCEL = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
TOLD = """query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { payableFen nextChangeAt
  rejected { reason limit resetsAt sentence } lines { product { priceInHandFen } } } } }"""
LIVE = """subscription($c: CartInput!) { cartQuote(input: $c) { version cause
  result { ... on Quote { payableFen nextChangeAt rejected { limit resetsAt } } } } }"""

exact = pytest.mark.usefixtures("exact")


def daily(most: int, **more: int) -> dict[str, Any]:
    """Beef at ¥30 instead of ¥40, so many units a customer and day."""
    return {**DAILY, "limits": {"per_day": most, **more}}


def midnight() -> datetime:
    return day_start(local_day(now(), TZ) + timedelta(days=1), TZ)


async def told(client: Client, units: int = 1) -> dict[str, Any]:
    cart = {"lines": [{"sku": "BEEF", "qty": units}], "delivery": "PICKUP"}
    return dict((await client.run(TOLD, c=cart))["quoteCart"])


async def cancel(client: Client, order: dict[str, Any]) -> None:
    await client.run(CANCEL, i={"orderId": order["id"], "idempotencyKey": key()})


async def counted(shop: Shop) -> list[tuple[int, int]]:
    """(days back, uses) of all that is counted."""
    rows = await database.fetch(
        "SELECT day, used FROM offer_member_days WHERE merchant_id = $1 ORDER BY day DESC", shop.merchant_id
    )
    today = local_day(now(), TZ)
    return [((today - row["day"]).days, row["used"]) for row in rows]


async def a_week_passes(shop: Shop) -> None:
    """Everything that was placed becomes seven days older, and what is counted with it."""
    for table, column in (("orders", "placed_at"), ("offer_member_days", "day"), ("presales", "placed_at")):
        shift = "7" if column == "day" else "interval '7 days'"
        await database.pool().execute(
            f"UPDATE {table} SET {column} = {column} - {shift} WHERE merchant_id = $1", shop.merchant_id
        )


@exact
async def test_so_many_a_day_and_again_tomorrow(shop: Shop) -> None:
    """P10: two a day. Units past it have the normal price, in the cart and on the shelf; the reason says when it comes back; another
    customer is not counted; on another day there are two again."""
    await shop.promotion(daily(2), name="每日特价")
    me, other = await shop.shopper(), await shop.shopper()
    assert (await told(me, 3))["payableFen"] == 2 * 3000 + 4000
    await place(me, {"BEEF": 1})
    half = await told(me, 2)
    assert (half["payableFen"], half["rejected"]) == (3000 + 4000, [])
    assert datetime.fromisoformat(half["nextChangeAt"]) == midnight()
    await place(me, {"BEEF": 1})
    gone = await told(me)
    assert gone["payableFen"] == 4000 and gone["lines"][0]["product"]["priceInHandFen"] == 4000
    [why] = gone["rejected"]
    assert (why["reason"], why["limit"]) == ("LIMIT", "per_day")
    assert datetime.fromisoformat(why["resetsAt"]) == midnight()
    day = midnight().astimezone(TZ_INFO)
    assert why["sentence"] == f"您今天已用完（每人每天限2件），{day.month}月{day.day}日 00:00 起可再享受"
    assert (await told(other))["payableFen"] == 3000
    assert await counted(shop) == [(0, 2)]
    await a_week_passes(shop)
    assert (await told(me, 3))["payableFen"] == 2 * 3000 + 4000
    await place(me, {"BEEF": 2})
    assert await counted(shop) == [(0, 2), (7, 2)]
    assert await invariants.violations(shop.merchant_id) == []


PAGE = "query($i: ID!) { promotion(id: $i) { offers { usedUp spent { sentence resetsAt } } } }"


@exact
async def test_the_promotion_says_that_it_is_used(shop: Shop) -> None:
    """P10: the page of a promotion says to who has used the limit of the day when it comes back, and of a limit in all that it does not;
    to others, to staff and to who has not logged in it says nothing."""
    promotion = await shop.promotion(daily(2), name="每日特价")
    once = await shop.promotion(
        {"type": "amount_off", "scope": {"skus": ["TRIPE"]}, "off": 100, "limits": {"per_customer": 1}}
    )
    me, other, admin = await shop.shopper(), await shop.shopper(), await shop.admin()

    async def said(client: Client, which: dict[str, Any] = promotion) -> Any:
        [offer] = (await client.run(PAGE, i=which["id"]))["promotion"]["offers"]
        assert offer["usedUp"] is None
        return offer["spent"]

    await place(me, {"BEEF": 1, "TRIPE": 1})
    assert await said(me) is None
    assert await said(me, once) == {"sentence": "您已用完（每人限1件）", "resetsAt": None}
    order = await place(me, {"BEEF": 1})
    told_so = await said(me)
    day = midnight().astimezone(TZ_INFO)
    assert told_so["sentence"] == f"您今天已用完（每人每天限2件），{day.month}月{day.day}日 00:00 起可再享受"
    assert datetime.fromisoformat(told_so["resetsAt"]) == midnight()
    assert [await said(client) for client in (other, admin, Client(shop.world.url, shop.code))] == [None] * 3
    await cancel(me, order)
    assert await said(me) is None
    await place(me, {"BEEF": 1})
    assert await said(me) is not None
    await a_week_passes(shop)
    assert await said(me) is None


@exact
async def test_all_limits_of_an_offer_hold_together(shop: Shop) -> None:
    """P10: one an order, two a day, three in all: each is told by its name when it is the one that is used up."""
    await shop.promotion(daily(2, per_order=1, per_customer=3), name="每日特价")
    me = await shop.shopper()
    for _ in range(2):
        assert (await place(me, {"BEEF": 2}))["payableFen"] == 3000 + 4000
    assert [r["limit"] for r in (await told(me))["rejected"]] == ["per_day"]
    await a_week_passes(shop)
    assert (await place(me, {"BEEF": 2}))["payableFen"] == 3000 + 4000
    [why] = (await told(me))["rejected"]
    assert (why["limit"], why["resetsAt"]) == ("per_customer", None)
    await a_week_passes(shop)
    assert [r["limit"] for r in (await told(me))["rejected"]] == ["per_customer"]
    assert await invariants.violations(shop.merchant_id) == []


@exact
async def test_given_back_to_the_day_on_which_it_was_had(shop: Shop) -> None:
    """P10: cancelled, not paid in time or refunded, a use comes back; one of last week comes back to its day and gives none for
    today."""
    await shop.promotion(daily(1), name="每日特价")
    me, admin = await shop.shopper(), await shop.admin()
    first = await place(me, {"BEEF": 1})
    assert (await told(me))["payableFen"] == 4000
    await cancel(me, first)
    assert (await told(me))["payableFen"] == 3000 and await counted(shop) == [(0, 0)]
    await place(me, {"BEEF": 1})
    later = now() + timedelta(minutes=16)
    [late] = [o for o in await orders.overdue(later) if o[0] == shop.merchant_id]
    await orders.cancel(shop.merchant_id, None, late[1], f"overdue:{late[1]}", "system", later)
    assert (await told(me))["payableFen"] == 3000
    paid = await place(me, {"BEEF": 1})
    await pay(shop.world, paid)
    assert (await told(me))["payableFen"] == 4000
    await a_week_passes(shop)
    today = await place(me, {"BEEF": 1})
    assert today["payableFen"] == 3000 and await counted(shop) == [(0, 1), (7, 1)]
    assert (await refund(admin, paid, {"BEEF": 1}))["__typename"] == "Order"
    assert await counted(shop) == [(0, 1), (7, 0)]
    assert (await told(me))["payableFen"] == 4000  # what came back was last week's
    await cancel(me, today)
    assert (await told(me))["payableFen"] == 3000
    assert await invariants.violations(shop.merchant_id) == []


@exact
async def test_orders_at_once_never_pass_the_limit(shop: Shop) -> None:
    """P10, O5: twelve orders of one customer at the same moment, over as many connections, each shown the price: three have it, nine
    are told the price without it and when it comes back, and nothing of theirs is taken."""
    await shop.promotion(daily(3), name="每日特价")
    me = await shop.shopper()
    token = (await quote(me, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(*(place(me, {"BEEF": 1}, token) for _ in range(12)))
    kinds = sorted(a["__typename"] for a in answers)
    assert kinds == ["Order"] * 3 + ["PriceChanged"] * 9
    assert {a["quote"]["payableFen"] for a in answers if a["__typename"] == "PriceChanged"} == {4000}
    assert await counted(shop) == [(0, 3)]
    reserved = await database.fetchval(
        "SELECT sum(reserved)::int FROM stock WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id
    )
    assert reserved == 3
    assert await invariants.violations(shop.merchant_id) == []


async def test_the_statement_guards_it_by_itself(shop: Shop) -> None:
    """P10: whoever takes past the limit, though no quote said so, is refused; many at once without any lock before it get exactly
    what there is."""
    from backend import offers

    await shop.promotion(daily(3), name="每日特价")
    member = await member_of(await shop.shopper())
    live = await offers.fresh(shop.merchant_id)
    [offer_id] = live.offers
    limits, at = live.offers[offer_id].limits, now()

    async def take(times: int) -> object:
        async with database.transaction() as tx:
            refused = await offers.take(tx, shop.merchant_id, member, {offer_id: (times, limits)}, at)
            if refused is not None:
                await tx.execute(
                    "UPDATE offer_uses SET used = used - $2 WHERE merchant_id = $1", shop.merchant_id, times
                )
                await tx.execute(
                    "UPDATE offer_member_uses SET used = used - $2 WHERE merchant_id = $1", shop.merchant_id, times
                )
        return refused

    assert await take(4) == offers.SoldOut(offer_id)
    answers = await asyncio.gather(*(take(1) for _ in range(10)))
    assert sum(a is None for a in answers) == 3 and await counted(shop) == [(0, 3)]


@exact
async def test_a_cart_that_is_open_has_the_price_back_at_midnight(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P10, Q05: an open cart is told when the day of the merchant ends, and then has the price again by itself."""
    from schema import cart as carts

    await shop.promotion(daily(1), name="每日特价")
    me = await shop.shopper()
    await place(me, {"BEEF": 1})
    ends = day_start(local_day(now(), TZ) + timedelta(days=1), TZ)
    shift = ends - now() - timedelta(seconds=1.5)  # the shop's clock stands just before midnight

    monkeypatch.setattr(carts, "now", lambda: now() + shift)
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}
    seen: list[dict[str, Any]] = []
    async with me.subscribe(LIVE, c=cart) as frames:
        async for frame in frames:
            seen.append(frame["cartQuote"])
            if len(seen) == 2:
                break
    before, after = (s["result"] for s in seen)
    assert before["payableFen"] == 4000 and datetime.fromisoformat(before["nextChangeAt"]) == ends
    assert [r["limit"] for r in before["rejected"]] == ["per_day"]
    assert (after["payableFen"], after["rejected"], seen[1]["cause"]) == (3000, [], "新的一天，每日限次恢复了")


async def test_the_day_is_the_merchants(shop: Shop) -> None:
    """P10: a day begins at midnight where the merchant is: an order of 23:30 in Urumqi is of that day, though Shanghai has the next."""
    from backend import merchants, offers
    from backend.merchants import service

    await database.pool().execute(
        "UPDATE merchants SET time_zone = 'Asia/Urumqi' WHERE merchant_id = $1", shop.merchant_id
    )
    service._merchants.pop(shop.code, None)
    assert (await merchants.get(shop.merchant_id)).time_zone == "Asia/Urumqi"
    await shop.promotion(daily(1), name="每日特价")
    member = await member_of(await shop.shopper())
    live = await offers.fresh(shop.merchant_id)
    [offer_id] = live.offers
    late = day_start(local_day(now(), "Asia/Urumqi") + timedelta(days=1), "Asia/Urumqi") - timedelta(minutes=30)
    assert local_day(late, TZ) > local_day(late, "Asia/Urumqi")
    async with database.transaction() as tx:
        uses = {offer_id: (1, live.offers[offer_id].limits)}
        assert await offers.take(tx, shop.merchant_id, member, uses, late) is None
    for at, had in ((late, 1), (late + timedelta(minutes=29), 1), (late + timedelta(minutes=31), 0)):
        use = await offers.usage(shop.merchant_id, member, [offer_id], at)
        assert use.today.get(offer_id, 0) == had, at
    wish = orders.Wish(None, "miniapp", "PICKUP", (("BEEF", 1),))
    secret = shop.world.settings.secret
    priced = await orders.quote(secret, shop.merchant_id, member, wish, late)
    assert isinstance(priced, orders.Priced) and priced.quote.payable == 4000
    [why] = priced.quote.rejected
    assert datetime.fromisoformat(str(why.figures["resets_at"])) == late + timedelta(minutes=30)
    again = await orders.quote(secret, shop.merchant_id, member, wish, late + timedelta(minutes=30))
    assert isinstance(again, orders.Priced) and again.quote.payable == 3000


@exact
async def test_a_presale_is_limited_a_day(shop: Shop) -> None:
    """P10, Q09: deposits count on the day on which they were reserved; past the limit they are refused with the hour at which it
    comes back, and nothing is taken; one that is given up frees its place."""
    promotion = await presale(shop, limits={"per_day": 2})
    me = await shop.shopper()
    refused = await reserve(me, promotion, {"TRIPE": 3}, 3000)
    assert (refused["__typename"], refused["limit"], refused["mine"]) == ("PresaleLimitReached", 2, 0)
    answers = await asyncio.gather(*(reserve(me, promotion, {"TRIPE": 1}, 1000) for _ in range(6)))
    made = [a for a in answers if a["__typename"] == "Presale"]
    assert sorted(a["__typename"] for a in answers) == ["Presale"] * 2 + ["PresaleLimitReached"] * 4
    assert await presale_stock(shop, "TRIPE") == (98, 2, 0, 0)
    after = await reserve(me, promotion, {"TRIPE": 1}, 1000)
    assert (after["limit"], after["mine"], datetime.fromisoformat(after["resetsAt"])) == (2, 2, midnight())
    assert after["message"].startswith("每人每天限购 2 件，您今天已预订 2 件，") and "00:00" in after["message"]
    terms = (await me.run(TERMS, id=promotion["id"]))["promotion"]["offers"][0]["presale"]
    assert terms == {"perDay": 2, "mineToday": 2, "perCustomer": None}
    whose = decode("psl", made[0]["id"])
    assert whose is not None
    await orders.presales.settle_overdue(shop.merchant_id, whose, now() + timedelta(minutes=16))
    assert (await reserve(me, promotion, {"TRIPE": 1}, 1000))["__typename"] == "Presale"
    assert await invariants.violations(shop.merchant_id) == []


@exact
async def test_tills_hold_it_and_give_it_back(shop: Shop) -> None:
    """P10, decision 0017: a till takes of the same day: prepared by two tills and placed here at once never pass it; cancelled or
    reversed it is free again, consumed it stays."""
    await shop.promotion(daily(3), name="每日特价")
    me, tills = await shop.shopper(), [await till(shop), await till(shop)]
    token = (await quote(me, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(
        *(t.prepare(me, f"A-{n}", {"BEEF": 1}) for n in range(3) for t in tills),
        *(place(me, {"BEEF": 1}, token) for _ in range(2)),
    )
    prices = [a["dueFen"] for a in answers if a["__typename"] in ("ExternalRequest", "Order")]
    assert sorted(prices)[:4] == [3000, 3000, 3000, 4000] and await counted(shop) == [(0, 3)]
    for n in range(3):
        for t in tills:
            await t.cancel(f"A-{n}")
    mine = [a for a in answers if a["__typename"] == "Order"]
    for order in mine:
        await cancel(me, order)
    assert await counted(shop) == [(0, 0)]
    made = await tills[0].prepare(me, "B-1", {"BEEF": 3})
    assert made["dueFen"] == 9000
    assert (await tills[0].consume("B-1", 9000))["state"] == "CONSUMED"
    assert (await tills[1].prepare(me, "B-2", {"BEEF": 1}))["dueFen"] == 4000
    assert (await tills[0].reverse("B-1", "R1", {"BEEF": 1}))["refund"]["paidOutFen"] == 3000
    assert await counted(shop) == [(0, 2)]
    assert (await tills[1].prepare(me, "B-3", {"BEEF": 2}))["dueFen"] == 3000 + 4000


TERMS = "query($id: ID!) { promotion(id: $id) { offers { presale { perDay mineToday perCustomer } } } }"


@exact
async def test_a_rule_that_means_nothing_is_refused_at_its_field(shop: Shop) -> None:
    """P10: none a day, and what is no number, are refused where they stand; nothing is made. The rule is told in words."""
    for wrong in (0, -1, "2", 1.5):
        with pytest.raises(AssertionError, match=r"offers\[0\]\.limits\.per_day"):
            await shop.promotion({**DAILY, "limits": {"per_day": wrong}}, publish=False)
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0
    made = await shop.promotion(daily(2), name="每日特价")
    assert made["offers"][0]["sentence"].endswith("每人每天限2件")
