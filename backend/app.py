"""Composition root of the API process: routes, lifespan, the follow-up of live rules."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from backend import merchants, offers, orders
from backend import settings as settings_module
from backend.connectors.pay import BadCallback
from backend.frontends import FrontEnd
from backend.kit import database, observe
from backend.kit.clock import now
from backend.runtime import Runtime, running
from backend.settings import Settings
from schema.http import GraphQLApp

REPOSITORY = Path(__file__).resolve().parent.parent
PATIENCE = 6.0
"""Seconds that a request waits for PostgreSQL at one place, before it is told to come again (docs/drills.md)."""
log = structlog.get_logger("api")


async def follow_rules(runtime: Runtime) -> None:
    """The safety net behind the pushes: once a second, are the rules in memory those of the database?"""
    while True:
        await asyncio.sleep(1)
        try:
            for merchant_id in await offers.refresh_all():
                runtime.hub.wake(f"rules:{merchant_id}", {"cause": "RULES"})
        except database.OUTAGES as error:
            log.warning("rules_not_checked", error=type(error).__name__)


def _hooks(holder: dict[str, Runtime]) -> list[Route]:
    """What WeChat Pay calls."""

    def told_again(taken: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """While PostgreSQL is away nothing is taken, and that is said: WeChat Pay tells it again."""

        async def take(request: Request) -> Response:
            try:
                return await taken(request)
            except database.OUTAGES as error:
                log.warning("callback_not_taken", path=request.url.path, error=type(error).__name__)
                return JSONResponse({"code": "FAIL", "message": "try again"}, 503)

        return take

    async def wechat_pay(request: Request) -> Response:
        """WeChat Pay's callback. Answers 200 only when the payment is in the books (or can never be)."""
        body = await request.body()
        try:
            code, payment = holder["runtime"].pay.read_callback(request.headers, body, now())
        except BadCallback as error:
            log.warning("pay_callback_refused", reason=str(error))
            return JSONResponse({"code": "FAIL", "message": str(error)}, 401)
        merchant = await merchants.by_code(code)
        if merchant is None or not payment.success:
            return JSONResponse({"code": "FAIL", "message": "unknown merchant"}, 404)
        number, told = payment.order_number, (payment.transaction_id, payment.paid_fen, now(), payment.made_at)
        if number.startswith(orders.presales.PREFIX):
            return _taken(number, await orders.presales.paid(merchant.id, number, *told))
        return _taken(number, await orders.pay(merchant.id, number, *told))

    def _taken(number: str, result: object) -> Response:
        if isinstance(result, orders.NotFound):
            return JSONResponse({"code": "FAIL", "message": "unknown order"}, 404)
        if isinstance(result, (orders.NotInState, orders.presales.PresaleNotInState)):
            log.error("paid_but_closed", order=number, state=result.state)  # it goes back by itself
        if isinstance(result, orders.WrongAmount):
            log.error("paid_wrong_amount", order=number, due=result.due_fen, paid=result.paid_fen)
        return JSONResponse({"code": "SUCCESS", "message": "成功"})

    async def wechat_refund(request: Request) -> Response:
        """WeChat Pay's callback about a refund. Answers 200 only when its word is in the books."""
        body = await request.body()
        try:
            told = holder["runtime"].pay.read_refund_callback(request.headers, body, now())
        except BadCallback as error:
            log.warning("refund_callback_refused", reason=str(error))
            return JSONResponse({"code": "FAIL", "message": str(error)}, 401)
        merchant = await merchants.by_code(request.path_params["merchant"])
        if merchant is None or await orders.payouts.settle(merchant.id, told, now()) is None:
            return JSONResponse({"code": "FAIL", "message": "unknown refund"}, 404)
        return JSONResponse({"code": "SUCCESS", "message": "成功"})

    return [
        Route("/hooks/wechat-pay", told_again(wechat_pay), methods=["POST"]),
        Route("/hooks/wechat-pay/refunds/{merchant}", told_again(wechat_refund), methods=["POST"]),
    ]


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application; connects in its lifespan."""
    settings = settings or settings_module.load()
    observe.configure(settings, "api")
    holder: dict[str, Runtime] = {}
    endpoint: dict[str, GraphQLApp] = {}

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(settings, PATIENCE) as runtime:
            holder["runtime"], endpoint["graphql"] = runtime, GraphQLApp(runtime)
            for merchant in await merchants.all_merchants():
                await offers.live(merchant.id)
            gc.collect()
            sys.setswitchinterval(0.001)  # a search in its thread lets the event loop go on within a millisecond
            gc.freeze()  # the schema and the modules stay: looking through them again was a quarter of a request
            tasks = [
                asyncio.create_task(runtime.hub.follow(runtime.redis)),
                asyncio.create_task(follow_rules(runtime)),
                asyncio.create_task(runtime.claims.follow(runtime.hub)),
            ]
            yield
            gc.unfreeze()
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    class Graph:
        async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            await endpoint["graphql"](scope, receive, send)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_: Request) -> Response:
        """PostgreSQL is needed; without Redis all works but live pushes, and that is said."""
        runtime, checks = (
            holder["runtime"],
            {"postgres": "ok", "redis": "ok", "live_feed": "ok" if holder["runtime"].hub.connected else "down"},
        )
        try:
            async with asyncio.timeout(2):
                await database.fetchval("SELECT 1")
        except (TimeoutError, *database.OUTAGES):
            checks["postgres"] = "down"
        try:
            async with asyncio.timeout(2):
                await runtime.redis.ping()
        except (OSError, TimeoutError, RedisError):
            checks["redis"] = "down"
        return JSONResponse(checks, 200 if checks["postgres"] == "ok" else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def home(_: Request) -> Response:
        return RedirectResponse("/console/")

    graph = Graph()
    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(GZipMiddleware, minimum_size=1024)],
        routes=[
            Route("/graphql", graph, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graph),
            Route("/healthz", health),
            Route("/readyz", ready),
            Route("/metrics", metrics),
            *_hooks(holder),
            Route("/", home),
            Mount("/console", FrontEnd(REPOSITORY / "web" / "dist")),
            Mount("/m", FrontEnd(REPOSITORY / "miniapp" / "dist" / "h5")),
        ],
    )
