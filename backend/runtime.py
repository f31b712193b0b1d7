"""What a running process has in its hands: settings, servers, clients. Built once by the entry points
(API, worker, command line) and given to use cases as arguments."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from redis.asyncio import BlockingConnectionPool, Redis

from backend import coupons
from backend.connectors.pay import PayKeys, WeChatPay, keys_from_files
from backend.connectors.standin import pay_keys
from backend.connectors.wechat import WeChat
from backend.kit import database
from backend.kit.live import Hub
from backend.kit.ratelimit import RateLimiter
from backend.settings import BadSetting, Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    redis: Redis
    http: httpx.AsyncClient
    wechat: WeChat
    pay: WeChatPay
    claims: coupons.Claims
    exposures: coupons.Exposures
    hub: Hub
    requests: RateLimiter
    log_ins: RateLimiter


def _keys(settings: Settings) -> PayKeys:
    if settings.standin:
        return pay_keys(settings)[0]
    names = (
        "WECHAT_PAY_MCHID",
        "WECHAT_PAY_SERIAL",
        "WECHAT_PAY_PRIVATE_KEY_FILE",
        "WECHAT_PAY_APIV3_KEY",
        "WECHAT_PAY_PLATFORM_SERIAL",
        "WECHAT_PAY_PLATFORM_KEY_FILE",
    )
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise BadSetting(f"without the stand-ins, WeChat Pay needs {', '.join(missing)}")
    mch, serial, private, v3, platform_serial, platform = (os.environ[name] for name in names)
    return keys_from_files(
        mch, serial, Path(private).read_bytes(), v3.encode(), platform_serial, Path(platform).read_bytes()
    )


@asynccontextmanager
async def running(settings: Settings, patience: float | None = None) -> AsyncIterator[Runtime]:
    """Connects to PostgreSQL (with `patience`, see `database.connect`) and Redis and makes the clients; closes all of it at the end."""
    if not settings.database_url or not settings.redis_url:
        raise BadSetting("DATABASE_URL and REDIS_URL are needed (or start everything with `shuhui up`)")
    await database.connect(settings.database_url, patience)
    redis = Redis(connection_pool=BlockingConnectionPool.from_url(settings.redis_url, max_connections=20, timeout=2))
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    try:
        yield Runtime(
            settings=settings,
            redis=redis,
            http=http,
            wechat=WeChat(
                http,
                settings.wechat_base_url,
                settings.wechat_open_url,
                settings.wechat_app_id,
                settings.wechat_app_secret,
                redis,
            ),
            pay=WeChatPay(
                http,
                settings.wechat_pay_base_url,
                settings.wechat_app_id,
                _keys(settings),
                f"http://127.0.0.1:{settings.port}/hooks/wechat-pay"
                if settings.standin
                else f"{settings.public_url}/hooks/wechat-pay",
                settings.wechat_pay_h5_url,
            ),
            claims=coupons.Claims(settings.secret),
            exposures=coupons.Exposures(),
            hub=Hub(),
            requests=RateLimiter(settings.rate_limit_per_minute),
            log_ins=RateLimiter(settings.log_in_limit_per_minute),
        )
    finally:
        await http.aclose()
        await redis.aclose()
        await database.disconnect()
