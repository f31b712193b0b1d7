"""The worker process: relay, messages, schedules. `shuhui worker` starts it."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import Any

from arq import cron, func
from arq.connections import RedisSettings
from arq.worker import Worker

from backend import settings as settings_module
from backend.kit import observe
from backend.runtime import running
from workers import QUEUE, relay
from workers.messages import send_message
from workers.schedules import cancel_overdue_orders, expire_coupons, fire_birthdays, sweep_messages




async def startup(ctx: dict[str, Any]) -> None:
    settings = settings_module.load()
    observe.configure(settings, "worker")
    ctx["stack"] = stack = AsyncExitStack()
    ctx["runtime"] = runtime = await stack.enter_async_context(running(settings))
    ctx["relay"] = asyncio.create_task(relay.run(ctx["redis"], runtime.settings.database_url))


async def shutdown(ctx: dict[str, Any]) -> None:
    ctx["relay"].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ctx["relay"]
    await ctx["stack"].aclose()


def make_worker(redis_url: str, **options: Any) -> Worker:
    """A worker for this Redis; `options` go to arq."""
    return Worker(
        functions=[func(send_message, max_tries=6)],
        cron_jobs=[
            cron(fire_birthdays, minute=set(range(0, 60, 10)), run_at_startup=True),
            cron(expire_coupons, second={5, 35}),
            cron(cancel_overdue_orders, second={10, 40}),
            cron(sweep_messages, second={20, 50}),
        ],
        on_startup=startup, on_shutdown=shutdown, redis_settings=RedisSettings.from_dsn(redis_url), queue_name=QUEUE,
        max_jobs=20, keep_result=60, poll_delay=0.2, handle_signals=True, **options)
