"""Limits at the edge over real connections: bodies without a length, one address shared by many, websockets."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect

from backend.demo.client import Client
from backend.kit import embedded
from backend.kit.ratelimit import RateLimiter
from backend.tests.conftest import Shop, serve
from schema.http import GraphQLApp

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def limited(shop: Shop, per_minute: int) -> AsyncIterator[str]:
    """The address of an API with this request limit; a quarter of a minute's requests may come at once."""
    runtime = dataclasses.replace(shop.world.runtime, requests=RateLimiter(per_minute))
    port = embedded.free_port()
    server, task = await serve(Starlette(routes=[Mount("/graphql", GraphQLApp(runtime))]), port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def ask(url: str, client: Client) -> int:
    answer = await client.http.post(f"{url}/graphql/", json={"query": "{ categories }"}, headers=client.headers())
    return answer.status_code


async def test_a_body_without_a_length_is_counted(shop: Shop) -> None:
    """C: chunked transfer does not get around the limit of 256 KiB; below it, chunks are fine."""
    text = json.dumps({"query": "{ categories }"}).encode()

    async def chunks(padding: int) -> AsyncIterator[bytes]:
        yield text
        for _ in range(padding):
            yield b" " * 32 * 1024

    for padding, status in ((4, 200), (9, 413)):
        answer = await shop.world.http.post(
            f"{shop.world.url}/graphql",
            content=chunks(padding),
            headers={"Content-Type": "application/json", "X-Shuhui-Merchant": shop.code},
        )
        assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_LARGE" and answer.headers["x-request-id"]


async def test_shoppers_behind_one_address_do_not_slow_each_other(shop: Shop) -> None:
    """C: who is logged in is limited as a person; one address, behind which many are, ten times as wide."""
    people = [await shop.shopper(f"o{secrets.token_hex(8)}") for _ in range(3)]
    async with limited(shop, per_minute=40) as url:  # ten at once for a person, a hundred for an address
        for person in people:
            assert [await ask(url, person) for _ in range(10)] == [200] * 10
        assert 429 in [await ask(url, people[0]) for _ in range(5)]
        codes = [await ask(url, shop.client()) for _ in range(150)]
        assert codes[:50] == [200] * 50 and 429 in codes


async def test_a_websocket_does_not_get_around_the_limit(shop: Shop) -> None:
    """C: operations over a websocket count like requests; the refusal says for how long, and the connection stays."""
    person = await shop.shopper(f"o{secrets.token_hex(8)}")
    async with (
        limited(shop, per_minute=40) as url,
        connect(url.replace("http", "ws") + "/graphql/", subprotocols=["graphql-transport-ws"], proxy=None) as socket,  # type: ignore[list-item]
    ):
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": person.token}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        answers = []
        for n in range(15):
            await socket.send(json.dumps({"id": str(n), "type": "subscribe", "payload": {"query": "{ categories }"}}))
            answer = json.loads(await socket.recv())
            answers.append(answer)
            if answer["type"] == "next":
                assert json.loads(await socket.recv())["type"] == "complete"
        assert [a["type"] for a in answers[:10]] == ["next"] * 10
        refused = next(a for a in answers if a["type"] == "error")["payload"][0]
        assert (
            refused["extensions"] == {"code": "RATE_LIMITED", "retryAfterSeconds": 2} and "2 秒" in refused["message"]
        )
        assert await ask(url, person) == 429  # the same bucket


def test_clients_cannot_write_their_own_address() -> None:
    """C: the API believes X-Forwarded-For, of which it takes the first; the web front therefore replaces what clients sent."""
    lines = [line.strip() for line in (ROOT / "deploy" / "nginx.conf").read_text().splitlines()]
    forwarded = [line for line in lines if line.startswith("proxy_set_header X-Forwarded-For")]
    assert forwarded == ["proxy_set_header X-Forwarded-For $remote_addr;"]
