"""What ends while a screen is open: the cart's price and the account say so by themselves, and why (Q05, B07)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, within
from workers import schedules

CART = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen dueFen } } } }"
ACCOUNT = """subscription { benefitAccount { version usableCoupons redPacketFen points
  coupons(first: 5) { nodes { state } } } }"""
BEEF = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}
GRANT = "mutation($i: GrantRedPacketInput!) { grantRedPacket(input: $i) { __typename } }"


async def ending_coupon(shop: Shop, shopper: Client, seconds: float) -> str:
    """A coupon of ¥5 whose window ends so soon."""
    ends = now() + timedelta(seconds=seconds)
    drop = await shop.drop(
        validHours=None, validUntil=ends.isoformat(), endsAt=(ends - timedelta(milliseconds=200)).isoformat()
    )
    got = await claim(shopper, drop)
    assert got["__typename"] == "Coupon", got
    return str(got["id"])


async def told(shop: Shop) -> bool:
    """Whether everything that happened so far has reached the screens, or is about to."""
    waiting = "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL"
    if await database.fetchval(waiting, shop.merchant_id):
        return False
    await asyncio.sleep(0.3)
    return True


async def test_an_open_cart_says_that_a_coupon_ended(shop: Shop) -> None:
    """Q05: a coupon held ends while the cart is open: the price goes up by itself, no schedule running, and the cause is the
    coupon's end, not that of a promotion."""
    shopper = await shop.shopper()
    await ending_coupon(shop, shopper, 2.5)
    async with shopper.subscribe(CART, c=BEEF) as frames, asyncio.timeout(15):
        assert (await anext(frames))["cartQuote"]["result"]["payableFen"] == 3500
        frame = (await anext(frames))["cartQuote"]
    assert (frame["cause"], frame["result"]["payableFen"]) == ("您的券到期了", 4000)


async def test_the_schedule_is_told_as_the_end_of_a_coupon_too(shop: Shop) -> None:
    """Q05: where the worker's schedule tells of the end first, the words are the same."""
    shopper = await shop.shopper()
    coupon = await claim(shopper, await shop.drop())
    async with shopper.subscribe(CART, c=BEEF) as frames, asyncio.timeout(15):
        assert (await anext(frames))["cartQuote"]["result"]["payableFen"] == 3500
        await within(5, lambda: told(shop))
        await database.pool().execute(
            "UPDATE coupons SET expires_at = now() - interval '1 second' WHERE id = $1", decode("cpn", coupon["id"])
        )
        assert await schedules.expire_coupons({}) >= 1
        frame = (await anext(frames))["cartQuote"]
    assert (frame["cause"], frame["result"]["payableFen"]) == ("您的券到期了", 4000)


async def give_packet(shop: Shop, shopper: Client, fen: int, seconds: float) -> None:
    """A red packet by hand whose end is then moved so near."""
    admin, me = await shop.admin(), (await shopper.run("{ me { id } }"))["me"]["id"]
    given = {"memberId": me, "fen": fen, "validDays": 3, "reason": "道歉红包", "idempotencyKey": key()}
    assert (await admin.run(GRANT, i=given))["grantRedPacket"]["__typename"] == "RedPacket"
    await database.pool().execute(
        "UPDATE lots SET expires_at = $2 WHERE merchant_id = $1", shop.merchant_id, now() + timedelta(seconds=seconds)
    )


async def test_an_open_cart_says_that_a_red_packet_ended(shop: Shop) -> None:
    """Q05, P04: the same of a red packet that would have paid."""
    shopper = await shop.shopper()
    await give_packet(shop, shopper, 300, 2.0)
    cart: dict[str, Any] = {**BEEF, "tenders": {"redPackets": "AUTO"}}
    async with shopper.subscribe(CART, c=cart) as frames, asyncio.timeout(15):
        assert (await anext(frames))["cartQuote"]["result"]["dueFen"] == 3700
        frame = (await anext(frames))["cartQuote"]
    assert (frame["cause"], frame["result"]["dueFen"]) == ("您的红包到期了", 4000)


async def test_the_account_hears_an_end(shop: Shop) -> None:
    """Q05, B07: the account's subscription shows a coupon's end by itself, to the moment, and the schedule's note of it after."""
    shopper = await shop.shopper()
    await ending_coupon(shop, shopper, 2.5)
    async with shopper.subscribe(ACCOUNT) as frames, asyncio.timeout(15):
        first = (await anext(frames))["benefitAccount"]
        while first["usableCoupons"] == 0:  # the claim itself may still be on its way
            first = (await anext(frames))["benefitAccount"]
        assert first["coupons"]["nodes"] == [{"state": "ISSUED"}]
        frame = first
        while frame["usableCoupons"]:
            frame = (await anext(frames))["benefitAccount"]
        assert frame["coupons"]["nodes"] == [{"state": "EXPIRED"}] and frame["version"] > first["version"]
        assert await schedules.expire_coupons({}) >= 1
        noted = (await anext(frames))["benefitAccount"]
    assert (noted["usableCoupons"], noted["coupons"]["nodes"]) == (0, [{"state": "EXPIRED"}])
    assert noted["version"] == frame["version"] + 1


async def test_the_account_hears_the_end_of_a_red_packet(shop: Shop) -> None:
    """Q05, B01: so does what may be spent of red packets, no schedule running."""
    shopper = await shop.shopper()
    await give_packet(shop, shopper, 300, 2.0)
    async with shopper.subscribe(ACCOUNT) as frames, asyncio.timeout(15):
        frame = (await anext(frames))["benefitAccount"]
        assert frame["redPacketFen"] == 300
        while frame["redPacketFen"]:
            frame = (await anext(frames))["benefitAccount"]
    assert frame["redPacketFen"] == 0
