"""GraphQL over HTTP and graphql-transport-ws: who is asking, limits, close codes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import structlog
from cross_web import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from backend import merchants
from backend.kit import database
from backend.kit.access import BadToken, Viewer, read
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.runtime import Runtime
from schema.context import Context
from schema.guards import AWAY, AWAY_SECONDS
from schema.root import make_schema
from schema.trusted import TrustedDocuments, Untrusted

log = structlog.get_logger("graphql")
UNAUTHORIZED_CLOSE = 4401
TRY_AGAIN_CLOSE = 1013
"""Of RFC 6455's register: clients of graphql-ws connect again after it, as they do not after an internal error (1011)."""
MAX_BODY = 256 * 1024
ADDRESS_COST = 0.1
"""A request costs its person one, and its address this: a shop's many customers share one address behind its router."""


class TooLarge(Exception):
    """A body that is longer than it may be, found while it is read."""


async def viewer_of(runtime: Runtime, token: str | None, merchant_code: str | None) -> Viewer | None:
    """Who asks, by token, else anonymous at a named merchant, else nobody. Raises `BadToken`."""
    if token:
        return read(runtime.settings.secret, token, now())
    merchant = await merchants.by_code(merchant_code) if merchant_code else None
    return Viewer(merchant.id, "anonymous") if merchant else None


def error_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(
        {"data": None, "errors": [{"message": message, "extensions": {"code": code}}]},
        status,
        headers=dict(headers or {}),
    )


def address_wait(runtime: Runtime, address: str) -> float:
    """Seconds until one more request from this address may go on; 0 is now."""
    return runtime.requests.wait_seconds(f"address:{address}", ADDRESS_COST)


def person_wait(runtime: Runtime, viewer: Viewer | None) -> float:
    """Seconds until one more request of this person may go on; 0 is now, and for who is not logged in."""
    if viewer is None or viewer.subject_id is None:
        return 0.0
    return runtime.requests.wait_seconds(f"person:{viewer.subject_id}")


class SocketHandler(BaseGraphQLTransportWSHandler[Context, None]):
    """Reads the token of connection_init; closes with 4401 when it is wrong, and when its time is over."""

    _watch: asyncio.Task[None] | None = None

    async def handle_connection_init(self, message: Any) -> None:
        payload = message.get("payload") or {}
        if isinstance(payload, dict) and not self.connection_init_received:
            try:
                self.context.viewer = await viewer_of(
                    self.context.runtime, _text(payload.get("token")), _text(payload.get("merchant"))
                )
            except BadToken as error:
                await self.websocket.close(code=UNAUTHORIZED_CLOSE, reason=str(error))
                return
            except database.OUTAGES as error:
                log.warning("database_away", error=type(error).__name__)
                await self.websocket.close(code=TRY_AGAIN_CLOSE, reason=AWAY)
                return
            if self.context.viewer is not None and self.context.viewer.expires_at is not None:
                self._watch = asyncio.create_task(
                    self._close_when_over((self.context.viewer.expires_at - now()).total_seconds())
                )
        await super().handle_connection_init(message)

    async def handle_subscribe(self, message: Any) -> None:
        if self.connection_acknowledged:
            context = self.context
            wait = address_wait(context.runtime, context.address) or person_wait(context.runtime, context.viewer)
            if wait:
                more = {"code": "RATE_LIMITED", "retryAfterSeconds": int(wait) + 1}
                await self._refuse(message["id"], _slow_words(wait), more)
                return
            if context.trusted is not None:
                try:
                    message["payload"]["query"] = context.trusted.text_of(message["payload"])
                except Untrusted as error:
                    await self._refuse(message["id"], str(error), {"code": "UNTRUSTED_DOCUMENT"})
                    return
        await super().handle_subscribe(message)

    async def _refuse(self, operation: str, message: str, extensions: dict[str, Any]) -> None:
        problem: Any = {"message": message, "extensions": extensions}
        await self.send_message({"id": operation, "type": "error", "payload": [problem]})

    async def _close_when_over(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
        with contextlib.suppress(RuntimeError):  # the client was faster
            await self.websocket.close(code=UNAUTHORIZED_CLOSE, reason="登录已过期，请重新登录")

    async def shutdown(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        await super().shutdown()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


class GraphQLApp(GraphQL[Context, None]):
    """The GraphQL endpoint."""

    graphql_transport_ws_handler_class = SocketHandler

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.trusted = TrustedDocuments() if runtime.settings.trusted_documents else None
        super().__init__(
            make_schema(introspection=not runtime.settings.production),
            graphql_ide=None if runtime.settings.production else "graphiql",
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=20,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        request = Request(scope, receive)
        request_id = request.headers.get("x-request-id", "")[:64] or new_id().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)
        refused = self._refused(request)
        if refused is None:
            try:
                token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
                scope["viewer"] = await viewer_of(self.runtime, token or None, request.headers.get("x-shuhui-merchant"))
                refused = self._too_often(scope["viewer"])
            except BadToken as error:
                refused = error_response(401, "UNAUTHENTICATED", str(error), {"WWW-Authenticate": "Bearer"})
            except database.OUTAGES as error:
                log.warning("database_away", error=type(error).__name__)
                refused = error_response(503, "UNAVAILABLE", AWAY, {"Retry-After": str(AWAY_SECONDS)})
        if refused is not None:
            await refused(scope, receive, send)
            return

        started = False

        async def with_id(message: Any) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode("latin-1", "replace")),
                ]
            await send(message)

        length = 0

        async def counted() -> Any:
            """A body without a length, or a longer one than it said, is counted while it comes in."""
            nonlocal length
            message = await receive()
            length += len(message.get("body", b""))
            if length > MAX_BODY:
                raise TooLarge
            return message

        try:
            await super().__call__(scope, counted, with_id)
        except TooLarge:
            if started:
                raise
            await _too_large()(scope, receive, with_id)

    def _refused(self, request: Request) -> Response | None:
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BODY:
            return _too_large()
        wait = address_wait(self.runtime, _address(request))
        return _slow_down(wait) if wait else None

    def _too_often(self, viewer: Viewer | None) -> Response | None:
        wait = person_wait(self.runtime, viewer)
        return _slow_down(wait) if wait else None

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(self.runtime, request.scope.get("viewer"), _address(request), self.trusted)

    async def parse_http_body(self, request: Any) -> Any:
        """The request, with the registered text in place of the one sent where only trusted documents run."""
        parsed = await super().parse_http_body(request)
        if self.trusted is not None:
            try:
                return replace(parsed, query=self.trusted.text_of({"extensions": parsed.extensions}))
            except Untrusted as error:
                raise HTTPException(400, str(error)) from error
        return parsed

    def encode_json(self, data: object) -> str:
        # text, never bytes: a websocket frame made of bytes is binary, and browsers hand that to graphql-ws as a Blob
        return orjson.dumps(data, default=_plain).decode()


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _too_large() -> Response:
    """Closes the connection: the rest of the body is not waited for."""
    words = f"请求太大，上限 {MAX_BODY // 1024} KiB"
    return error_response(413, "TOO_LARGE", words, {"Connection": "close"})


def _slow_words(wait: float) -> str:
    return f"请求太频繁，请 {int(wait) + 1} 秒后再试"


def _slow_down(wait: float) -> Response:
    return error_response(429, "RATE_LIMITED", _slow_words(wait), {"Retry-After": str(int(wait) + 1)})


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else "unknown"
