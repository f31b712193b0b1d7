"""A small GraphQL client for scripted shoppers and tests: HTTP and graphql-transport-ws, nothing of the server's."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import connect


class GraphQLFailed(RuntimeError):
    """The server answered with GraphQL errors; `errors` as it sent them."""

    def __init__(self, errors: list[dict[str, Any]], status: int) -> None:
        super().__init__("; ".join(str(e.get("message")) for e in errors) or f"HTTP {status}")
        self.errors, self.status = errors, status

    @property
    def code(self) -> str:
        return str(self.errors[0].get("extensions", {}).get("code", "")) if self.errors else ""


def key() -> str:
    """A fresh idempotency key."""
    return uuid.uuid4().hex


class Client:
    """One person at one merchant."""

    def __init__(self, url: str, merchant: str, http: httpx.AsyncClient | None = None) -> None:
        self.url, self.merchant, self.token = url.rstrip("/"), merchant, ""
        self.http = http or httpx.AsyncClient(timeout=30, trust_env=False)

    def headers(self) -> dict[str, str]:
        return {"X-Shuhui-Merchant": self.merchant, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}

    async def run(self, document: str, **variables: Any) -> dict[str, Any]:
        """The `data` of a query or mutation. Raises `GraphQLFailed`."""
        response = await self.http.post(
            f"{self.url}/graphql", json={"query": document, "variables": variables}, headers=self.headers()
        )
        answer = response.json()
        if answer.get("errors"):
            raise GraphQLFailed(answer["errors"], response.status_code)
        data: dict[str, Any] = answer["data"]
        return data

    async def log_in_consumer(self, standin_url: str, openid: str) -> dict[str, Any]:
        code = (await self.http.get(f"{standin_url}/wechat/device/login", params={"openid": openid})).json()["code"]
        return await self._session(
            "logInConsumer", "LogInConsumerInput", {"merchant": self.merchant, "code": code, "idempotencyKey": key()}
        )

    async def log_in_staff(self, username: str, password: str) -> dict[str, Any]:
        return await self._session(
            "logInStaff",
            "LogInStaffInput",
            {"merchant": self.merchant, "username": username, "password": password, "idempotencyKey": key()},
        )

    async def _session(self, field: str, kind: str, given: dict[str, Any]) -> dict[str, Any]:
        answer = (
            await self.run(
                f"mutation($i: {kind}!) {{ {field}(input: $i) {{ __typename ... on Session {{ accessToken refreshToken accessExpiresAt member {{ id memberCode nickname }}"
                " staff { id roles } } ... on LogInFailed { message retryAfterSeconds } } }",
                i=given,
            )
        )[field]
        if answer["__typename"] == "Session":
            self.token = answer["accessToken"]
        found: dict[str, Any] = answer
        return found

    @asynccontextmanager
    async def subscribe(self, document: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The `data` of each frame of a subscription."""
        address = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(address, subprotocols=["graphql-transport-ws"], proxy=None) as socket:  # type: ignore[list-item]
            await socket.send(
                json.dumps({"type": "connection_init", "payload": {"token": self.token, "merchant": self.merchant}})
            )
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            await socket.send(
                json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document, "variables": variables}})
            )

            async def frames() -> AsyncIterator[dict[str, Any]]:
                async for text in socket:
                    message = json.loads(text)
                    if message["type"] == "next":
                        if message["payload"].get("errors"):
                            raise GraphQLFailed(message["payload"]["errors"], 200)
                        yield message["payload"]["data"]
                    elif message["type"] == "error":
                        raise GraphQLFailed(message["payload"], 200)
                    elif message["type"] == "ping":
                        await socket.send(json.dumps({"type": "pong"}))
                    elif message["type"] == "complete":
                        return

            yield frames()
