"""A scripted shopper: claims, buys, pays and picks up through the public API, so that the dashboard moves."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Any

import httpx

from backend.demo.client import Client, GraphQLFailed, key
from backend.demo.seed import PASSWORD
from backend.settings import Settings

QUOTE = "query($c: CartInput!) { quoteCart(input: $c) { __typename ... on Quote { token payableFen savedFen } ... on InvalidInput { message } } }"
PLACE = """mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename ... on Order { id dueFen payment { prepayId } } ... on Refusal { message } } }"""
SHOP = """query($after: String) { stores { id } products(first: 100, after: $after) { nodes { sku available } pageInfo { hasNextPage endCursor } }
  couponCentre { claimable { id state placements notForMe { because } } } }"""
SEEN = "mutation($i: ReportExposuresInput!) { reportExposures(input: $i) { __typename } }"
CLAIM = "mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename } }"
COMPLETE = "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename } }"


async def the_shop(shopper: Client) -> dict[str, Any]:
    """Stores, open drops and every article."""
    shop = await shopper.run(SHOP, after=None)
    page = shop["products"]["pageInfo"]
    while page["hasNextPage"]:
        more = (await shopper.run(SHOP, after=page["endCursor"]))["products"]
        shop["products"]["nodes"] += more["nodes"]
        page = more["pageInfo"]
    return shop


async def buy(shopper: Client, manager: Client, standin_url: str, rng: random.Random, shop: dict[str, Any]) -> str:
    """One visit. Returns what came of it in one word."""
    store = rng.choice(shop["stores"])["id"]
    drops = [d for d in shop["couponCentre"]["claimable"] if d["state"] == "OPEN" and d["notForMe"] is None]
    seen = [(d["id"], rng.choice(d["placements"])) for d in rng.sample(drops, min(len(drops), rng.randint(0, 3)))]
    if seen:
        told = [{"dropId": drop, "placement": place} for drop, place in seen]
        await shopper.run(SEEN, i={"seen": told, "storeId": store, "idempotencyKey": key()})
    if seen and rng.random() < 0.5:
        drop, place = rng.choice(seen)
        await shopper.run(CLAIM, i={"dropId": drop, "placement": place, "storeId": store, "idempotencyKey": key()})
    lines = [
        {"sku": p["sku"], "qty": rng.choice((1, 1, 1, 2, 2, 3))}
        for p in rng.sample(shop["products"]["nodes"], min(len(shop["products"]["nodes"]), rng.randint(2, 7)))
    ]
    cart = {"storeId": store, "lines": lines, "delivery": rng.choice(("DELIVERY", "PICKUP"))}
    quote = (await shopper.run(QUOTE, c=cart))["quoteCart"]
    if quote["__typename"] != "Quote":
        return "无效"
    order = (await shopper.run(PLACE, i={"cart": cart, "quoteToken": quote["token"], "idempotencyKey": key()}))[
        "placeOrder"
    ]
    if order["__typename"] != "Order":
        return {"OutOfStock": "缺货", "PriceChanged": "变价"}.get(order["__typename"], order["__typename"])
    if order["payment"]:
        await shopper.http.post(f"{standin_url}/pay/device/confirm", params={"prepay_id": order["payment"]["prepayId"]})
    if rng.random() < 0.7:
        await manager.run(COMPLETE, i={"orderId": order["id"], "idempotencyKey": key()})
    return "成交"


async def traffic(settings: Settings, merchant: str, per_minute: int, minutes: float, seed: int | None = None) -> int:
    """Orders at about `per_minute` until `minutes` are over (0 = until it is stopped)."""
    url, standin_url, rng = (
        f"http://127.0.0.1:{settings.port}",
        f"http://127.0.0.1:{settings.standin_port}",
        random.Random(seed),
    )
    counts: dict[str, int] = {}
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        manager = Client(url, merchant, http)
        try:
            answer = await manager.log_in_staff("admin", PASSWORD)
        except httpx.HTTPError:
            print(f"shuhui demo-traffic: {url} 没有回应：请先 `make up`", file=sys.stderr)
            return 2
        if answer["__typename"] != "Session":
            print(f"shuhui demo-traffic: 登录失败：{answer['message']}", file=sys.stderr)
            return 2
        ends = time.monotonic() + minutes * 60 if minutes else float("inf")
        logged_in = time.monotonic()
        while time.monotonic() < ends:
            started = time.monotonic()
            if started - logged_in > settings.access_token_seconds / 2:
                await manager.log_in_staff("admin", PASSWORD)
                logged_in = started
            shopper = Client(url, merchant, http)
            try:
                session = await shopper.log_in_consumer(standin_url, f"o_shopper_{merchant}_{rng.randint(0, 149):05d}")
                result = (
                    await buy(shopper, manager, standin_url, rng, await the_shop(shopper))
                    if session["__typename"] == "Session"
                    else "登录失败"
                )
            except GraphQLFailed as error:
                result = error.code or "错误"
            counts[result] = counts.get(result, 0) + 1
            print("\r  " + "  ".join(f"{name} {count}" for name, count in counts.items()), end="", flush=True)
            await asyncio.sleep(max(0.0, 60 / per_minute - (time.monotonic() - started)))
    print()
    return 0
