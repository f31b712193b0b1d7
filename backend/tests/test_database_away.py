"""PostgreSQL is half gone (R05): it takes connections and does not answer. An API process of its own reaches it over a line that
falls silent. The bounds are generous: what they tell from is waiting for ever."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from backend import offers
from backend.app import PATIENCE
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.embedded import free_port
from backend.kit.postgres import open_pool
from backend.tests import conftest
from backend.tests.conftest import Shop, World

SOON = PATIENCE * 2.5
"""Seconds in which all is refused that is asked at once, more of it than there are connections."""
CART_LIVE = "subscription($c: CartInput!) { cartQuote(input: $c) { version result { ... on Quote { payableFen } } } }"
ACCOUNT_LIVE = "subscription { benefitAccount { version usableCoupons } }"
CART = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP"}


class Line:
    """What lies between a process and PostgreSQL. `silent`: connections are taken, and nothing is said on any; `cut`: none are."""

    def __init__(self, url: str) -> None:
        self.host, self.port = urlsplit(url).hostname, urlsplit(url).port
        self.own = free_port()
        self.url = url.replace(f":{self.port}/", f":{self.own}/")
        self._speaks = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._speaks.set()
        self._tasks = set[asyncio.Task[None]]()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.own)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in [*self._tasks]:
            task.cancel()

    def silent(self) -> None:
        self._speaks.clear()

    def speak(self) -> None:
        self._speaks.set()

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]
        try:
            await self._speaks.wait()
            back, on = await asyncio.open_connection(self.host, self.port)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._carry(reader, on))
                    both.create_task(self._carry(back, writer))
            finally:
                on.close()
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)  # type: ignore[arg-type]
            writer.close()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self._speaks.wait()
            target.write(data)
            await target.drain()
        raise ConnectionResetError("one end is gone: so is the other")


@pytest.fixture
async def line(world: World) -> AsyncIterator[Line]:
    found = Line(str(world.settings.database_url))
    await found.open()
    yield found
    found.speak()
    await found.cut()


@pytest.fixture
async def api(world: World, line: Line, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """(address, log) of an API process behind the line."""
    port, log, settings = free_port(), tmp_path / "api.log", world.settings
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend.cli", "api", stdout=out, stderr=out, stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, "SHUHUI_ENV": "test", "SHUHUI_DATA": str(settings.data), "SHUHUI_PORT": str(port),
                 "SHUHUI_STANDIN_PORT": str(settings.standin_port), "SHUHUI_RATE_LIMIT": "100000",
                 "SHUHUI_LOGIN_LIMIT": "100000", "DATABASE_URL": line.url, "REDIS_URL": str(settings.redis_url)},
        )  # fmt: skip

    async def ready() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return (await world.http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        return False

    try:
        await conftest.within(60, ready)
        yield f"http://127.0.0.1:{port}", log
    finally:
        line.speak()
        process.terminate()
        await process.wait()


async def there(shop: Shop, url: str) -> Client:
    """Somebody who has logged in, and asks the process at `url`."""
    known, client = await shop.shopper(), Client(url, shop.code, shop.world.http)
    client.token = known.token
    return client


async def refused(asked: asyncio.Future[object]) -> str:
    try:
        return f"answered: {await asked}"
    except GraphQLFailed as error:
        return error.code


async def subscribed(client: Client) -> object:
    async with client.subscribe(CART_LIVE, c=CART) as frames:
        return await anext(frames)


async def status(http: httpx.AsyncClient, url: str, merchant: str = "") -> tuple[int, str]:
    """(status, code of the error) of a request to anybody's merchant, or of a page."""
    if not merchant:
        return (await http.get(url)).status_code, ""
    answer = await http.post(
        f"{url}/graphql", json={"query": "{ stores { id } }"}, headers={"X-Shuhui-Merchant": merchant}
    )
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


async def closed_with(url: str, merchant: str) -> int:
    """The code that a line for live updates is closed with."""
    async with connect(
        f"{url.replace('http', 'ws', 1)}/graphql", subprotocols=["graphql-transport-ws"], proxy=None
    ) as socket:  # type: ignore[list-item]
        await socket.send(f'{{"type": "connection_init", "payload": {{"merchant": "{merchant}"}}}}')
        try:
            return int(await socket.recv())
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return closed.rcvd.code


@pytest.mark.usefixtures("exact")
async def test_a_silent_database_is_told_of_soon_and_comes_back(shop: Shop, api: tuple[str, Path], line: Line) -> None:
    """R05: while PostgreSQL takes connections and says nothing, each quote, claim, order and subscription is refused as UNAVAILABLE,
    a claim behind others with them and not after them; `/readyz` says so, `/healthz` lives. When it speaks again the same
    process serves, and the same keys give what was asked for, once."""
    url, log = api
    http, drop = shop.world.http, await shop.drop(total=100)
    people = [await there(shop, url) for _ in range(20)]
    token = (await conftest.quote(people[0], {"BEEF": 1}))["token"]
    assert (await conftest.claim(people[-1], drop))["__typename"] == "Coupon"
    keys = [key() for _ in people]

    def wishes() -> list[asyncio.Future[object]]:
        placed = conftest.place(people[0], {"BEEF": 1}, token, keys[0])
        claims = [conftest.claim(who, drop, mark) for who, mark in zip(people[1:19], keys[1:19], strict=True)]
        quotes = [conftest.quote(who, {"BEEF": 1}) for who in people]
        return [asyncio.ensure_future(one) for one in (placed, *claims, *quotes, subscribed(people[0]))]

    line.silent()
    for _ in range(2):  # on connections that were open, then on new ones
        async with asyncio.timeout(SOON):
            said = await asyncio.gather(*(refused(one) for one in wishes()))
        assert set(said) == {"UNAVAILABLE"}, said
    async with asyncio.timeout(SOON):
        assert await status(http, f"{url}/readyz") == (503, "") and await status(http, f"{url}/healthz") == (200, "")
        assert await status(http, url, "never-asked-for") == (503, "UNAVAILABLE")
        assert await closed_with(url, "never-asked-for-either") == 1013
    line.speak()

    async def back() -> bool:
        return await status(http, f"{url}/readyz") == (200, "")

    await conftest.within(SOON, back)
    async with asyncio.timeout(SOON):
        assert (await conftest.place(people[0], {"BEEF": 1}, token, keys[0]))["__typename"] == "Order"
        coupons = [await conftest.claim(who, drop, mark) for who, mark in zip(people[1:19], keys[1:19], strict=True)]
        assert {one["__typename"] for one in coupons} == {"Coupon"} and len({one["id"] for one in coupons}) == 18
        assert await subscribed(people[0])
    assert "database_away" in log.read_text() and "Traceback" not in log.read_text()


async def test_open_pages_outlast_it(shop: Shop, api: tuple[str, Path], line: Line) -> None:
    """R05, Q05: carts and an account that are open while PostgreSQL falls silent keep what they show and follow when it speaks again,
    what happened meanwhile included; that all of them wait for the same rules makes nobody's refusal late."""
    url, _ = api
    drop, people = await shop.drop(total=100), [await there(shop, url) for _ in range(12)]
    async with contextlib.AsyncExitStack() as stack:
        carts = [await stack.enter_async_context(one.subscribe(CART_LIVE, c=CART)) for one in people]
        before = {(await anext(frames))["cartQuote"]["result"]["payableFen"] for frames in carts}
        account = await stack.enter_async_context(people[0].subscribe(ACCOUNT_LIVE))
        assert (await anext(account))["benefitAccount"]["usableCoupons"] == 0
        line.silent()
        await shop.promotion({"type": "amount_off", "off": 100})
        world = shop.client()
        world.token = people[0].token
        assert (await conftest.claim(world, drop))["__typename"] == "Coupon"
        await asyncio.sleep(PATIENCE + 1)  # each page has found that it is away
        async with asyncio.timeout(SOON):
            said = await asyncio.gather(*(refused(asyncio.ensure_future(subscribed(one))) for one in people))
        assert set(said) == {"UNAVAILABLE"}, said
        line.speak()
        async with asyncio.timeout(SOON * 2):
            after = {(await anext(frames))["cartQuote"]["result"]["payableFen"] for frames in carts[1:]}
            assert (await anext(account))["benefitAccount"]["usableCoupons"] == 1
        assert len(before) == len(after) == 1 and before.pop() - after.pop() == 100


async def test_rules_are_loaded_once_for_all_who_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """R05, C1: who waits for rules that are being loaded takes what that load finds, an outage too, instead of trying one after the
    other; who needs newer rules than it can have found loads once more."""
    known, begun, go = await offers.live(shop.merchant_id), list[int](), asyncio.Event()
    ends: list[Exception | int] = [ConnectionError("away"), known.epoch + 1, known.epoch + 3]

    async def load(merchant_id: UUID) -> offers.LiveRules:
        begun.append(len(begun))
        end = ends[len(begun) - 1]
        await go.wait()
        if isinstance(end, Exception):
            raise end
        return replace(known, epoch=end)

    async def all_of(*epochs: int) -> list[int | type]:
        go.clear()
        waiting = [asyncio.create_task(offers.live(shop.merchant_id, known.epoch + n)) for n in epochs]
        await asyncio.sleep(0.01)
        go.set()
        said = await asyncio.gather(*waiting, return_exceptions=True)
        return [type(one) if isinstance(one, BaseException) else one.epoch - known.epoch for one in said]

    monkeypatch.setattr("backend.offers.service._load", load)
    assert await all_of(*[1] * 10) == [ConnectionError] * 10 and begun == [0]
    assert await all_of(1, 1, 3, 2, 0) == [1, 1, 3, 3, 0] and begun == [0, 1, 2]


@pytest.mark.usefixtures("exact")
async def test_a_payment_told_while_the_database_is_away_is_told_again(
    shop: Shop, api: tuple[str, Path], line: Line
) -> None:
    """R05, Q05: WeChat Pay's callback is not taken while PostgreSQL is away, which is said with 503 and not with a fault of ours;
    told again it is booked once."""
    url, log = api
    client = await there(shop, url)
    order = await conftest.place(client, {"BEEF": 1})
    await line.cut()
    confirmed = asyncio.create_task(conftest.pay(shop.world, order))
    await conftest.within(20, lambda: asyncio.to_thread(lambda: "callback_not_taken" in log.read_text()))
    await line.open()
    await confirmed
    found = await client.run("query($id: ID!) { order(id: $id) { state } }", id=order["id"])
    assert found["order"]["state"] == "PAID" and "Traceback" not in log.read_text()


async def test_what_was_not_answered_in_time_is_let_go(world: World, line: Line) -> None:
    """R05: a transaction in whose middle the server falls silent ends soon, its rolling back and the giving back of its connection
    included, however long a statement may take; the pool is whole afterwards."""
    patient = await open_pool(line.url, patience=300.0, min_size=1, max_size=1)
    hasty = await open_pool(line.url, patience=0.5, min_size=1, max_size=1)

    async def ends(pool: asyncpg.Pool, timeout: float | None) -> None:
        with pytest.raises(database.OUTAGES):
            async with pool.acquire() as connection, connection.transaction():
                assert await connection.fetchval("SELECT 1") == 1
                line.silent()
                await connection.execute("SELECT 2", timeout=timeout)
        line.speak()
        assert await pool.fetchval("SELECT 3") == 3

    async with asyncio.timeout(30):
        await ends(patient, 0.2)
        await ends(hasty, None)
        line.silent()
        for pool in (hasty, patient):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):  # as `/readyz` asks
                    await pool.fetchval("SELECT 4")
        with pytest.raises(TimeoutError):
            await hasty.fetchval("SELECT 5")  # a new connection, which nobody opens
        line.speak()
        assert await hasty.fetchval("SELECT 6") == await patient.fetchval("SELECT 6") == 6
        await hasty.close()
        await patient.close()
