"""Real servers for every test: embedded PostgreSQL and Valkey, the API and the stand-ins on ports, the relay.

Tests share them; each makes a merchant of its own, so nothing needs to be emptied.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
import uvicorn
from arq.connections import ArqRedis, RedisSettings, create_pool

from backend import catalog, invariants, merchants
from backend import settings as settings_module
from backend.app import create_app
from backend.connectors.standin import create_standin
from backend.demo.client import Client, key
from backend.kit import database, embedded
from backend.kit.clock import now
from backend.kit.migrate import migrate
from backend.runtime import Runtime, running
from backend.settings import Settings
from workers import relay

PASSWORD = "only-for-tests"
TEST_SECONDS = 15
"""Few tests take longer; those that do give their moments themselves."""


@pytest.fixture(autouse=True)
async def one_hour() -> None:
    """No hour, and so no day, ends in the middle of a test: codes are tried so often an hour, limits and books are of a day. What a
    midnight itself does is tested with moments that are given."""
    left = 3600 - time.time() % 3600
    if left < TEST_SECONDS:
        await asyncio.sleep(left)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    """(PostgreSQL as its owner, Valkey, data folder)."""
    data = tmp_path_factory.mktemp("shuhui", numbered=True)
    data.parent.chmod(0o755)
    data.chmod(0o755)
    postgres = embedded.start_postgres(data / "postgres", durable=False)
    valkey = embedded.start_valkey(data / "valkey")
    yield postgres.owner_url, valkey.url, data
    valkey.stop()
    postgres.stop()


async def serve(app: Any, port: int) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            ws="websockets-sansio",
            lifespan="on",
            timeout_graceful_shutdown=2,
            timeout_keep_alive=75,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0.01)
    return server, task


@dataclass
class World:
    settings: Settings
    runtime: Runtime
    redis: ArqRedis
    url: str
    standin_url: str
    http: httpx.AsyncClient
    owner: asyncpg.Pool
    """Connections of the owner of the tables, for what the application may not do: plants, and looks at what refuses it."""


@pytest.fixture(scope="session")
async def world(servers: tuple[str, str, Path]) -> AsyncIterator[World]:
    """The API, the stand-ins and the relay, all running."""
    owned_by, valkey, data = servers
    postgres = owned_by.replace(f"//{embedded.OWNER}@", f"//{embedded.APPLICATION}@")
    port = standin_port = embedded.free_port()
    while standin_port == port:
        standin_port = embedded.free_port()
    settings = settings_module.load(
        {
            "SHUHUI_ENV": "test",
            "SHUHUI_DATA": str(data),
            "SHUHUI_PORT": str(port),
            "SHUHUI_STANDIN_PORT": str(standin_port),
            "DATABASE_URL": postgres,
            "DATABASE_OWNER_URL": owned_by,
            "REDIS_URL": valkey,
            "SHUHUI_RATE_LIMIT": "1000000",
            "SHUHUI_LOGIN_LIMIT": "1000000",
        }
    )
    await migrate(settings.owner_url, settings.database_url)
    standin_server, standin_task = await serve(create_standin(settings), standin_port)
    api_server, api_task = await serve(create_app(settings), port)
    redis = await create_pool(RedisSettings.from_dsn(valkey))
    relay_task = asyncio.create_task(relay.run(redis, postgres, settings.secret))
    async with (
        running(settings) as runtime,
        httpx.AsyncClient(timeout=30, trust_env=False) as http,
        asyncpg.create_pool(owned_by, min_size=0, max_size=4, init=database.use_json) as owner,
    ):
        urls = (f"http://127.0.0.1:{at}" for at in (port, standin_port))
        yield World(settings, runtime, redis, *urls, http, owner)
        relay_task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await relay_task
        for server, task in ((api_server, api_task), (standin_server, standin_task)):
            server.should_exit = True
            await task
    await redis.aclose()


async def stays(world: World, sql: str, *args: object, said: str = "append-only") -> None:
    """L7, R02: refused to the application's role for want of the right, and to the owner of the tables by a trigger."""
    for pool, words in ((database.pool(), "permission denied"), (world.owner, said)):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=words):
            await pool.execute(sql, *args)


@dataclass
class Shop:
    """A merchant of one test: two stores, six articles, staff."""

    world: World
    code: str
    merchant_id: UUID
    stores: list[merchants.StoreInfo]
    _admin: Client | None = field(default=None)

    def client(self) -> Client:
        return Client(self.world.url, self.code, self.world.http)

    async def admin(self) -> Client:
        if self._admin is None:
            self._admin = await self.staff("admin")
        return self._admin

    async def staff(self, *roles: str, stores: tuple[UUID, ...] = ()) -> Client:
        """Somebody with these roles, logged in."""
        username = f"u{secrets.token_hex(4)}"
        await merchants.add_staff(self.merchant_id, username, username, PASSWORD, roles, stores)
        client = self.client()
        assert (await client.log_in_staff(username, PASSWORD))["__typename"] == "Session"
        return client

    async def shopper(self, openid: str | None = None) -> Client:
        client = self.client()
        session = await client.log_in_consumer(self.world.standin_url, openid or f"o{secrets.token_hex(8)}")
        assert session["__typename"] == "Session", session
        return client

    async def promotion(
        self,
        offer: dict[str, Any],
        *,
        name: str = "活动",
        starts: float = -3600,
        ends: float = 86400,
        publish: bool = True,
        **more: Any,
    ) -> dict[str, Any]:
        """A promotion through the API; `starts` and `ends` are seconds from now."""
        admin, at = await self.admin(), now()
        made = (
            await admin.run(
                "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id offers { id sentence } }"
                " ... on InvalidInput { problems { path message } } } }",
                i={
                    "name": name,
                    "startsAt": (at + timedelta(seconds=starts)).isoformat(),
                    "endsAt": (at + timedelta(seconds=ends)).isoformat(),
                    "offers": [offer],
                    "idempotencyKey": key(),
                    **more,
                },
            )
        )["createPromotion"]
        assert made["__typename"] == "Promotion", made
        if publish:
            answer = (
                await admin.run(
                    "mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename ... on Promotion { state version } } }",
                    i={"promotionId": made["id"], "idempotencyKey": key()},
                )
            )["publishPromotion"]
            assert answer["__typename"] == "Promotion", answer
        return made

    async def drop(self, *, total: int = 100, per_member: int = 1, off: int = 500, least: int = 0, **more: Any) -> str:
        """A published coupon drop through the API; returns its id."""
        admin, at = await self.admin(), now()
        made = (
            await admin.run(
                "mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id state } ... on InvalidInput { problems { path message } } } }",
                i={
                    "name": "测试券",
                    "content": {"kind": "OFF", "offFen": off, "minFen": least},
                    "validHours": 48,
                    "startsAt": (at - timedelta(hours=1)).isoformat(),
                    "endsAt": (at + timedelta(hours=1)).isoformat(),
                    "total": total,
                    "perMember": per_member,
                    "publish": True,
                    "idempotencyKey": key(),
                    **more,
                },
            )
        )["createCouponDrop"]
        assert made["__typename"] == "CouponDrop", made
        return str(made["id"])


GOODS = (
    ("BEEF", "牛肉丸", "丸滑/牛肉丸", "蜀海", ("火锅",), 4000, 1500),
    ("SHRIMP", "虾滑", "丸滑/虾滑", "蜀海", ("火锅",), 6000, 3000),
    ("TRIPE", "毛肚", "毛肚黄喉", "渝味", ("火锅", "招牌"), 10000, 5000),
    ("PORK", "小酥肉", "小酥肉", "锦里", ("小吃",), 3000, 1500),
    ("TOFU", "冻豆腐", "豆制品", "豆花", ("素",), 900, 300),
    ("BASE", "火锅底料", "底料", "椒麻", ("火锅", "调味"), 2000, 900),
)


@pytest.fixture
async def shop(world: World) -> Shop:
    """A merchant of this test's own."""
    return await make_shop(world)


@pytest.fixture
async def exact(shop: Shop) -> AsyncIterator[None]:
    """A race ends with everything that must always be true of the shop: `@pytest.mark.usefixtures("exact")`."""
    yield
    assert await invariants.violations(shop.merchant_id) == []


async def make_shop(world: World) -> Shop:
    code = f"t{secrets.token_hex(5)}"
    merchant = await merchants.found(
        code,
        f"测试商户 {code}",
        "CNY",
        "Asia/Shanghai",
        [("region", "四川", None), ("city", "四川/成都", "四川"), ("city", "四川/自贡", "四川")],
        [("S1", "成都店", "四川/成都", "春熙路 1 号"), ("S2", "自贡店", "四川/自贡", "汇东路 2 号")],
    )
    stores = await merchants.stores(merchant.id)
    await catalog.add_many(
        merchant.id,
        [
            catalog.NewProduct(sku, name, category, brand, "", tags, "袋", "🍲", 10, price, cost)
            for sku, name, category, brand, tags, price, cost in GOODS
        ],
    )
    await catalog.receive(merchant.id, [(store.id, row[0], 100) for store in stores for row in GOODS])
    return Shop(world, code, merchant.id, stores)


QUOTE = """query($c: CartInput!) { quoteCart(input: $c) { __typename
  ... on Quote { listFen goodsFen savedFen shippingFen payableFen dueFen token rules optimal
    lines { sku qty listFen payableFen unitsFen offers { id offFen } } offers { id name level offFen couponId sentence }
    rejected { id reason sentence shortByFen } coupons { coupon { id state } alike applied reason } earn { points sentence }
    groups { offerId title skus reached shortByFen offFen } tenders { kind fen points } suggestions { kind payableFen add { sku qty } } nextChangeAt }
  ... on InvalidInput { problems { path message } } } }"""


async def quote(client: Client, lines: dict[str, int], **more: Any) -> dict[str, Any]:
    cart = {"lines": [{"sku": s, "qty": n} for s, n in lines.items()], "delivery": "PICKUP", **more}
    found: dict[str, Any] = (await client.run(QUOTE, c=cart))["quoteCart"]
    return found


PLACE = """mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename
  ... on Order { id number state payableFen dueFen payment { prepayId h5Url paySign package } }
  ... on PriceChanged { seenPayableFen message quote { payableFen token } seen { listFen goodsFen payableFen dueFen offers { id name offFen } }
    changes { kind offerId sku was now reason sentence } } ... on OutOfStock { sku available message }
  ... on InvalidInput { problems { path message } } } }"""


async def place(
    client: Client, lines: dict[str, int], token: str | None = None, idempotency: str | None = None, **more: Any
) -> dict[str, Any]:
    cart = {"lines": [{"sku": s, "qty": n} for s, n in lines.items()], "delivery": "PICKUP", **more}
    token = token or (await client.run(QUOTE, c=cart))["quoteCart"]["token"]
    found: dict[str, Any] = (
        await client.run(PLACE, i={"cart": cart, "quoteToken": token, "idempotencyKey": idempotency or key()})
    )["placeOrder"]
    return found


async def pay(world: World, order: dict[str, Any]) -> None:
    """Confirms on the phone; returns when the callback has been taken."""
    answer = await world.http.post(
        f"{world.standin_url}/pay/device/confirm", params={"prepay_id": order["payment"]["prepayId"]}
    )
    assert answer.status_code == 200


CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id code state expiresAt }
  ... on CouponSoldOut { total message } ... on ClaimLimitReached { limit held message } ... on DropNotOpen { opensAt closesAt message } ... on Refusal { code message } } }"""


async def claim(client: Client, drop_id: str, idempotency: str | None = None, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (
        await client.run(CLAIM, i={"dropId": drop_id, "idempotencyKey": idempotency or key(), **more})
    )["claimCoupon"]
    return found


async def within(seconds: float, check: Any) -> Any:
    """The first true answer of `check` (a coroutine function), or a failure after `seconds`."""
    async with asyncio.timeout(seconds):
        while not (found := await check()):
            await asyncio.sleep(0.03)
    return found


async def command(shop: Shop, *arguments: str) -> tuple[int | None, str]:
    """`shuhui <arguments>` for this shop against the servers of the tests: (exit code, what it said)."""
    settings = shop.world.settings
    known = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "SHUHUI_ENV": "test"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli", *_of_shop(shop, arguments),
        env={**os.environ, **known, "SHUHUI_DATA": str(settings.data)}, stdout=-1, stderr=-2,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode, out.decode()


def _of_shop(shop: Shop, arguments: Sequence[str]) -> list[str]:
    """`--merchant` after the words of the command, so that a test may give another one behind it."""
    words = next((n for n, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    return [*arguments[:words], "--merchant", shop.code, *arguments[words:]]
