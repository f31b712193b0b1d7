"""Two API processes and one worker (Must show 5)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
from stack import ROOT, Stack, free_pair, until, within

from backend.demo.client import Client, key
from backend.demo.traffic import CLAIM, PLACE, QUOTE

MERCHANT = "wuhan"
ORDERS, CLAIMS, AT_ONCE = 100, 100, 8
CART_LIVE = (
    "subscription($c: CartInput!) { cartQuote(input: $c) { version cause result { ... on Quote { payableFen } } } }"
)
ACCOUNT_LIVE = "subscription { benefitAccount { version points usableCoupons } }"
DASHBOARD = "{ version cards { revenueFen orders units discountFen couponsClaimed couponsRedeemed } }"
SHOP = "{ stores { id } products(first: 100) { nodes { sku available } } couponCentre { claimable { id perMember } } }"


@pytest.fixture(scope="module")
def second(stack: Stack) -> Iterator[str]:
    """The address of a second API process on the same servers."""
    port = free_pair()
    database, redis, _ = stack.servers()
    log = stack.data / "api-second.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "api"],
            cwd=ROOT,
            env={
                **stack.environment(port),
                "SHUHUI_STANDIN_PORT": str(stack.port + 1),
                "DATABASE_URL": database,
                "REDIS_URL": redis,
            },
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
        )
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        try:
            return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        until(60, ready, f"the second API process is ready\n{log.read_text()}")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


async def staff(url: str, http: httpx.AsyncClient) -> Client:
    client = Client(url, MERCHANT, http)
    assert (await client.log_in_staff("admin", "shuhui-demo"))["__typename"] == "Session"
    return client


async def shopper(url: str, stack: Stack, http: httpx.AsyncClient, openid: str) -> Client:
    client = Client(url, MERCHANT, http)
    assert (await client.log_in_consumer(stack.standin_url, openid))["__typename"] == "Session"
    return client


async def order(client: Client, stack: Stack, shop: dict[str, Any], rng: random.Random) -> int:
    """Buys and pays; what was paid, in fen. Asked again when the stock of a store or a price has just moved."""
    goods = [p["sku"] for p in shop["products"]["nodes"] if (p["available"] or 0) > 500]
    for _ in range(10):
        cart = {
            "storeId": rng.choice(shop["stores"])["id"],
            "delivery": "PICKUP",
            "lines": [{"sku": sku, "qty": rng.choice((1, 2))} for sku in rng.sample(goods, 3)],
        }
        quote = (await client.run(QUOTE, c=cart))["quoteCart"]
        placed = (await client.run(PLACE, i={"cart": cart, "quoteToken": quote["token"], "idempotencyKey": key()}))[
            "placeOrder"
        ]
        if placed["__typename"] == "Order":
            answer = await client.http.post(
                f"{stack.standin_url}/pay/device/confirm", params={"prepay_id": placed["payment"]["prepayId"]}
            )
            assert answer.status_code == 200
            return int(placed["dueFen"])
        assert placed["__typename"] in ("OutOfStock", "PriceChanged"), placed
    raise AssertionError("ten carts in a row could not be ordered")


async def following(
    frames: AsyncIterator[dict[str, Any]], field: str, good: Any, seconds: float = 30
) -> dict[str, Any]:
    """The first frame of a subscription that is `good`; versions rise all along."""
    last = 0
    async with asyncio.timeout(seconds):
        async for frame in frames:
            state: dict[str, Any] = frame[field]
            assert state["version"] >= last
            last = state["version"]
            if good(state):
                return state
    raise AssertionError("the subscription ended")


async def test_a_subscriber_sees_what_the_other_process_did(stack: Stack, second: str, http: httpx.AsyncClient) -> None:
    """X04, E1: cart, account and dashboard followed on process B; promotion, claim and order on process A."""
    openid = "o_demo_0002"
    here, there = await shopper(stack.url, stack, http, openid), await shopper(second, stack, http, openid)
    manager_here, manager_there = await staff(stack.url, http), await staff(second, http)
    shop = await here.run(SHOP)
    sku = next(p["sku"] for p in shop["products"]["nodes"] if (p["available"] or 0) > 500)
    cart = {"storeId": shop["stores"][0]["id"], "lines": [{"sku": sku, "qty": 3}], "delivery": "PICKUP"}
    async with (
        there.subscribe(CART_LIVE, c=cart) as carts,
        there.subscribe(ACCOUNT_LIVE) as accounts,
        manager_there.subscribe(f"subscription {{ dashboard {DASHBOARD} }}") as boards,
    ):
        price = (await anext(carts))["cartQuote"]["result"]["payableFen"]
        account = (await anext(accounts))["benefitAccount"]
        board = (await anext(boards))["dashboard"]["cards"]

        made = (
            await manager_here.run(
                "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id } ... on InvalidInput { problems { path message } } } }",
                i={
                    "name": "双进程直降",
                    "startsAt": "2026-01-01T00:00:00+08:00",
                    "endsAt": "2099-01-01T00:00:00+08:00",
                    "offers": [{"type": "amount_off", "scope": {"skus": [sku]}, "off": 100}],
                    "idempotencyKey": key(),
                },
            )
        )["createPromotion"]
        assert made["__typename"] == "Promotion", made
        publish = "mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename } }"
        assert (await manager_here.run(publish, i={"promotionId": made["id"], "idempotencyKey": key()}))[
            "publishPromotion"
        ] == {"__typename": "Promotion"}
        moved = await following(carts, "cartQuote", lambda s: s["result"]["payableFen"] < price)
        assert moved["result"]["payableFen"] == price - 300 and "双进程直降" in moved["cause"], moved

        drop = shop["couponCentre"]["claimable"][0]["id"]
        claimed = (await here.run(CLAIM, i={"dropId": drop, "idempotencyKey": key()}))["claimCoupon"]
        assert claimed["__typename"] == "Coupon"
        await following(accounts, "benefitAccount", lambda s: s["usableCoupons"] == account["usableCoupons"] + 1)

        due = await order(here, stack, shop, random.Random(5))
        seen = await following(boards, "dashboard", lambda s: s["cards"]["orders"] == board["orders"] + 1)
        assert seen["cards"]["revenueFen"] == board["revenueFen"] + due
    end = "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }"
    assert (await manager_here.run(end, i={"promotionId": made["id"], "idempotencyKey": key()}))["endPromotion"] == {
        "__typename": "Promotion"
    }


async def test_every_event_takes_effect_once(stack: Stack, second: str, http: httpx.AsyncClient) -> None:
    """X04, E1, E3: orders and claims over both processes, the worker killed in the middle: the dashboard equals the sums
    over orders, every event is consumed once, the books are right."""
    urls = (stack.url, second)
    shop = await (await shopper(stack.url, stack, http, "o_demo_0001")).run(SHOP)
    drop = shop["couponCentre"]["claimable"][0]["id"]
    gate, done, killed = asyncio.Semaphore(AT_ONCE), 0, 0
    paid: list[int] = []

    async def one(n: int) -> None:
        nonlocal done, killed
        async with gate:
            client = await shopper(urls[n % 2], stack, http, f"o_shopper_{MERCHANT}_{n % CLAIMS:05d}")
            if n < CLAIMS:
                answer = (
                    await client.run(
                        CLAIM, i={"dropId": drop, "storeId": shop["stores"][n % 6]["id"], "idempotencyKey": key()}
                    )
                )["claimCoupon"]
                assert answer["__typename"] == "Coupon", answer
            else:
                paid.append(await order(client, stack, shop, random.Random(n)))
            done += 1
            if done == (CLAIMS + ORDERS) // 2:
                killed = stack.child("worker")
                os.kill(killed, signal.SIGKILL)

    database = stack.servers().database
    connection = await asyncpg.connect(database)
    try:
        merchant = await connection.fetchval("SELECT id FROM merchants WHERE code = $1", MERCHANT)
        before = await sums(connection, merchant)
        numbers = list(range(CLAIMS + ORDERS))
        random.Random(7).shuffle(numbers)
        await asyncio.gather(*map(one, numbers))
        assert killed, "the worker was killed in the middle"

        async def handed_on() -> bool:
            return not await connection.fetchval("SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL")

        await within(60, handed_on, "every event was handed on")
        assert stack.child("worker") not in (0, killed), "the worker was started again"

        after = await sums(connection, merchant)
        assert (after["orders"] - before["orders"], after["revenue"] - before["revenue"]) == (ORDERS, sum(paid))
        assert after["claims"] - before["claims"] == CLAIMS
        assert await rollups(connection, merchant) == after

        events = await connection.fetchval(
            "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND kind IN ('OrderPaid', 'CouponClaimed')",
            merchant,
        )
        taken = await connection.fetch(
            "SELECT count(*) AS n, count(DISTINCT event_id) AS d FROM consumed_events WHERE merchant_id = $1 AND consumer = 'analytics'",
            merchant,
        )
        assert (taken[0]["n"], taken[0]["d"]) == (events, events)
    finally:
        await connection.close()

    boards = [(await (await staff(url, http)).run(f"{{ dashboard {DASHBOARD} }}"))["dashboard"] for url in urls]
    assert boards[0]["cards"] == boards[1]["cards"]
    stack.holds()


async def sums(connection: asyncpg.Connection, merchant: object) -> dict[str, int]:
    """From the rows of the business."""
    orders = await connection.fetchrow(
        "SELECT count(*) AS orders, coalesce(sum(payable_fen), 0)::bigint AS revenue FROM orders WHERE merchant_id = $1 AND state IN ('paid', 'completed')",
        merchant,
    )
    units = await connection.fetchval(
        "SELECT coalesce(sum(l.qty), 0)::bigint FROM order_lines l JOIN orders o ON o.merchant_id = l.merchant_id AND o.id = l.order_id"
        " WHERE o.merchant_id = $1 AND o.state IN ('paid', 'completed')",
        merchant,
    )
    coupons = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE drop_id IS NOT NULL) AS claims, count(*) FILTER (WHERE state = 'redeemed') AS redeemed FROM coupons WHERE merchant_id = $1",
        merchant,
    )
    return {
        "orders": orders["orders"],
        "revenue": orders["revenue"],
        "units": units,
        "claims": coupons["claims"],
        "redeemed": coupons["redeemed"],
    }


async def rollups(connection: asyncpg.Connection, merchant: object) -> dict[str, int]:
    """From what the worker added up."""
    row = await connection.fetchrow(
        "SELECT sum(orders)::bigint AS orders, sum(revenue_fen)::bigint AS revenue, sum(units)::bigint AS units, sum(coupons_claimed)::bigint AS claims,"
        " sum(coupons_redeemed)::bigint AS redeemed FROM sales_rollups WHERE merchant_id = $1",
        merchant,
    )
    skus = await connection.fetchval("SELECT sum(units)::bigint FROM sku_rollups WHERE merchant_id = $1", merchant)
    assert skus == row["units"]
    return dict(row)
