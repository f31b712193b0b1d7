"""What the edge refuses: costly documents, wrong tokens, floods; and that internals stay inside."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate
from starlette.applications import Starlette
from starlette.routing import Mount
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from backend import merchants, orders
from backend import settings as settings_module
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import embedded
from backend.kit.access import Viewer, issue
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.kit.ratelimit import RateLimiter
from backend.tests.conftest import PASSWORD, Shop, serve
from schema.guards import RULES
from schema.http import GraphQLApp, _slow_down
from schema.limits import MAX_DEPTH
from schema.root import make_schema

ROOT = Path(__file__).resolve().parents[2]


async def refused(client: Client, document: str) -> GraphQLFailed:
    with pytest.raises(GraphQLFailed) as failed:
        await client.run(document)
    return failed.value


async def test_costly_documents_never_start(shop: Shop) -> None:
    """C, X08: depth, aliases, tokens and cost have limits; each refusal says which."""
    admin = await shop.admin()
    costly = await refused(
        admin, "{ promotions(first: 100) { nodes { products(first: 100) { nodes { id name sku } } } } }"
    )
    assert costly.code == "TOO_EXPENSIVE" and costly.errors[0]["extensions"]["limit"] == 20_000
    by_fragment = await refused(
        admin,
        "fragment P on Promotion { products(first: 100) { nodes { ...Q } } } fragment Q on Product { id name sku } { promotions(first: 100) { nodes { ...P } } }",
    )
    assert by_fragment.code == "TOO_EXPENSIVE"
    aliases = await refused(admin, "{ " + " ".join(f"a{n}: categories" for n in range(31)) + " }")
    assert "alias" in str(aliases).lower()
    tokens = await refused(admin, "{ " + "categories " * 3001 + "}")
    assert "token" in str(tokens).lower()
    assert (await refused(admin, "{ promotions(first: 101) { totalCount } }")).code == "BAD_REQUEST"
    assert (await refused(admin, '{ promotion(id: "ord_x") { id } }')).code == "BAD_REQUEST"


def test_deep_documents_are_refused() -> None:
    """C: the schema has no cycle deep enough today; the rule stands for the day when it has one."""
    toy = build_schema("type Query { q: Query, leaf: Int }")
    deep = "{ " + "q { " * (MAX_DEPTH + 1) + "leaf" + " }" * (MAX_DEPTH + 1) + " }"
    assert any("depth" in e.message for e in validate(toy, parse(deep), RULES))
    assert validate(toy, parse("{ q { q { leaf } } }"), RULES) == []


@pytest.mark.parametrize("client", ["web", "miniapp"])
def test_what_the_front_ends_ask_is_within_the_limits(client: str) -> None:
    """X08: no page asks for more than the edge lets through, page sizes given by variables at their largest."""
    documents = json.loads((ROOT / client / "src/gql/persisted-documents.json").read_text("utf-8"))
    graph = build_schema((ROOT / "schema/schema.graphql").read_text("utf-8"))
    faults = {text.split("(")[0][:60]: e for text in documents.values() for e in validate(graph, parse(text), RULES)}
    assert len(documents) > 20 and faults == {}


async def test_queries_by_get_and_large_bodies_are_refused(shop: Shop) -> None:
    """C: no queries in addresses; a body above 256 KiB is not read."""
    http, url = shop.world.http, shop.world.url
    assert (
        await http.get(f"{url}/graphql", params={"query": "{ categories }"}, headers={"X-Shuhui-Merchant": shop.code})
    ).status_code in (400, 404, 405)
    large = await http.post(f"{url}/graphql", content=b"x" * 300_000, headers={"Content-Type": "application/json"})
    assert large.status_code == 413 and large.json()["errors"][0]["extensions"]["code"] == "TOO_LARGE"


async def test_wrong_and_expired_tokens(shop: Shop) -> None:
    """C, bad input: a wrong token is a 401 with a code, an expired one says so; sockets close with 4401."""
    settings = shop.world.settings
    viewer = Viewer(shop.merchant_id, "consumer", new_id())
    expired, _ = issue(settings.secret, viewer, now() - timedelta(hours=1), 60)
    foreign, _ = issue(b"another-secret-of-at-least-32-bytes!!", viewer, now(), 60)
    for token, words in ((expired, "过期"), (foreign, "无效"), ("garbage", "无效")):
        client = shop.client()
        client.token = token
        failed = await refused(client, "{ benefitAccount { points } }")
        assert (failed.status, failed.code) == (401, "UNAUTHENTICATED") and words in str(failed)
        async with connect(
            shop.world.url.replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"], proxy=None
        ) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


async def test_subscription_ends_with_its_token(shop: Shop) -> None:
    """C: a subscription does not outlive the log-in; it is closed with 4401 when the token's time is over."""
    token, _ = issue(shop.world.settings.secret, Viewer(shop.merchant_id, "consumer", new_id()), now(), 2)
    async with connect(
        shop.world.url.replace("http", "ws") + "/graphql", subprotocols=["graphql-transport-ws"], proxy=None
    ) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": token}}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(
            json.dumps(
                {"id": "1", "type": "subscribe", "payload": {"query": "subscription { benefitAccount { points } }"}}
            )
        )
        assert json.loads(await socket.recv())["type"] == "next"
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(5):
                await socket.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


async def test_refresh_works_once_and_a_copy_ends_the_family(shop: Shop) -> None:
    """R04: a refresh token is replaced by its use; using it again ends every session that came from it."""
    client = shop.client()
    first = await client.log_in_consumer(shop.world.standin_url, "o-refresh")
    text = "mutation($i: RefreshSessionInput!) { refreshSession(input: $i) { __typename ... on Session { refreshToken member { id } } ... on LogInFailed { message } } }"

    async def again(token: str) -> dict[str, str]:
        found: dict[str, str] = (await shop.client().run(text, i={"refreshToken": token, "idempotencyKey": key()}))[
            "refreshSession"
        ]
        return found

    second = await again(first["refreshToken"])
    assert second["__typename"] == "Session" and second["member"] == {"id": first["member"]["id"]}  # type: ignore[comparison-overlap]
    assert (await again(first["refreshToken"]))["__typename"] == "LogInFailed"
    assert (await again(second["refreshToken"]))["__typename"] == "LogInFailed"
    assert (await again("nonsense"))["__typename"] == "LogInFailed"


async def test_log_in_refusals(shop: Shop) -> None:
    """T09: unknown merchant, user or password are refused alike; a WeChat code works once."""
    await merchants.add_staff(shop.merchant_id, "boss", "boss", PASSWORD, ("admin",))
    wrong = await shop.client().log_in_staff("boss", "wrong")
    nobody = await shop.client().log_in_staff("nobody", PASSWORD)
    assert wrong["message"] == nobody["message"] and wrong["__typename"] == "LogInFailed"
    code = (
        await shop.world.http.get(f"{shop.world.standin_url}/wechat/device/login", params={"openid": "o-code"})
    ).json()["code"]
    text = "mutation($i: LogInConsumerInput!) { logInConsumer(input: $i) { __typename } }"
    given = {"merchant": shop.code, "code": code, "idempotencyKey": key()}
    assert (await shop.client().run(text, i=given))["logInConsumer"]["__typename"] == "Session"
    assert (await shop.client().run(text, i=given))["logInConsumer"]["__typename"] == "LogInFailed"


@pytest.mark.usefixtures("exact")
async def test_two_first_log_ins_make_one_member(shop: Shop) -> None:
    """C2: the member is the person: two log-ins at once of one openid are one member."""
    sessions = await asyncio.gather(
        *(shop.client().log_in_consumer(shop.world.standin_url, "o-twice") for _ in range(6))
    )
    assert len({s["member"]["id"] for s in sessions}) == 1


async def test_internals_stay_inside(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """C, X03: a fault of ours is answered without its text; the log has it with the request's id."""

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret table name")

    monkeypatch.setattr(orders, "of_member", broken)
    failed = await refused(await shop.shopper(), "{ orders { nodes { id } } }")
    assert failed.code == "INTERNAL" and "secret" not in str(failed.errors)


async def test_a_database_outage_is_told_as_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """R05, X03: while PostgreSQL is away the answer says so and when to try again; it is not called our bug."""

    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("connect call failed")

    monkeypatch.setattr(orders, "of_member", away)
    failed = await refused(await shop.shopper(), "{ orders { nodes { id } } }")
    assert (failed.code, failed.errors[0]["extensions"]["retryAfterSeconds"]) == (
        "UNAVAILABLE",
        3,
    ) and "connect call" not in str(failed.errors)


async def test_request_id_is_kept(shop: Shop) -> None:
    """X03: the answer carries the request's id, the caller's own where given."""
    answer = await shop.world.http.post(
        f"{shop.world.url}/graphql",
        json={"query": "{ me { id } }"},
        headers={"X-Request-Id": "abc", "X-Shuhui-Merchant": shop.code},
    )
    assert answer.headers["x-request-id"] == "abc"


async def test_health_ready_metrics(shop: Shop) -> None:
    """X03: the three addresses that operations ask."""
    http, url = shop.world.http, shop.world.url
    assert (await http.get(f"{url}/healthz")).json() == {"status": "ok"}
    assert (await http.get(f"{url}/readyz")).json() == {"postgres": "ok", "redis": "ok", "live_feed": "ok"}
    await shop.client().run("query Named { categories }")
    text = (await http.get(f"{url}/metrics")).text
    assert 'shuhui_graphql_operations_total{operation="Named",outcome="ok"}' in text


async def test_introspection_is_off_in_production() -> None:
    """C: production does not tell its schema."""
    result = await make_schema(introspection=False).execute("{ __schema { types { name } } }")
    assert result.errors and "introspection" in result.errors[0].message.lower()


def test_rate_limit_tells_how_long_to_wait() -> None:
    """C: a flood is slowed down; others are not."""
    limiter = RateLimiter(per_minute=60)
    waits = [limiter.wait_seconds("one") for _ in range(40)]
    assert waits[:15] == [0.0] * 15 and 0 < waits[-1] <= 1.0
    assert limiter.wait_seconds("another") == 0.0


async def test_flood_over_http_is_answered_429(shop: Shop) -> None:
    """C: per-address limit at the edge, with Retry-After."""
    runtime = shop.world.runtime
    assert runtime.requests is not None
    answer = _slow_down(2.5)
    assert answer.status_code == 429 and answer.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SHUHUI_PORT", "99999"), ("SHUHUI_PORT", "x"), ("SHUHUI_ENV", "prod"), ("SHUHUI_SECRET", "short")],
)
def test_bad_settings_name_the_variable(name: str, value: str, tmp_path: object) -> None:
    """X02: a wrong setting is one clear line."""
    with pytest.raises(settings_module.BadSetting, match=name):
        settings_module.load({"SHUHUI_DATA": str(tmp_path), name: value})


def test_production_refuses_stand_ins_and_wants_a_secret(tmp_path: object) -> None:
    """R04: what lets anybody log in as anybody cannot be switched on in production."""
    with pytest.raises(settings_module.BadSetting, match="SHUHUI_SECRET"):
        settings_module.load({"SHUHUI_ENV": "production", "SHUHUI_DATA": str(tmp_path)})
    with pytest.raises(settings_module.BadSetting, match="STANDIN"):
        settings_module.load(
            {
                "SHUHUI_ENV": "production",
                "SHUHUI_DATA": str(tmp_path),
                "SHUHUI_SECRET": "x" * 40,
                "SHUHUI_STANDIN": "on",
            }
        )


async def test_only_registered_documents_run_when_trusted(shop: Shop) -> None:
    """C: with TRUSTED_DOCUMENTS=on a document runs by its registered hash alone, over HTTP and over the socket; the text
    sent beside the hash does not count."""
    register = json.loads((ROOT / "miniapp/src/gql/persisted-documents.json").read_text("utf-8"))
    known = next(h for h, text in register.items() if "query Stores" in text or "stores {" in text)
    port = embedded.free_port()
    settings = dataclasses.replace(shop.world.settings, trusted_documents=True)
    endpoint = GraphQLApp(dataclasses.replace(shop.world.runtime, settings=settings))
    server, task = await serve(Starlette(routes=[Mount("/", endpoint)]), port)
    url, headers = f"http://127.0.0.1:{port}/graphql", {"X-Shuhui-Merchant": shop.code}
    try:
        refused = await shop.world.http.post(url, json={"query": "{ categories }"}, headers=headers)
        assert refused.status_code == 400 and "没有登记" in refused.text
        unknown = await shop.world.http.post(
            url, json={"query": "{ categories }", "extensions": {"documentId": "sha256:0"}}, headers=headers
        )
        assert unknown.status_code == 400
        answer = await shop.world.http.post(
            url, json={"query": "{ __typename }", "extensions": {"documentId": known}}, headers=headers
        )
        assert answer.status_code == 200 and "stores" in answer.json()["data"]
        async with connect(
            f"ws://127.0.0.1:{port}/graphql", subprotocols=["graphql-transport-ws"], proxy=None
        ) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": {"merchant": shop.code}}))
            await socket.recv()
            await socket.send(
                json.dumps(
                    {"id": "1", "type": "subscribe", "payload": {"query": "subscription { dashboard { version } }"}}
                )
            )
            told = json.loads(await socket.recv())
            assert told["type"] == "error" and told["payload"][0]["extensions"]["code"] == "UNTRUSTED_DOCUMENT"
    finally:
        server.should_exit = True
        await task
