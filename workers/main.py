"""The worker process: relay, messages, schedules, all or one of them (X04). `shuhui worker` starts it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence
from typing import Any

from arq import cron, func
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker
from redis.exceptions import RedisError

from backend.kit import observe
from backend.runtime import Runtime, running
from backend.settings import Settings
from workers import MESSAGES, SCHEDULES, relay
from workers.messages import send_message
from workers.schedules import cancel_overdue_orders, expire_coupons, fire_birthdays, sweep_messages

PARTS = ("relay", "messages", "schedules")


def make_worker(part: str, runtime: Runtime, redis: ArqRedis) -> Worker:
    """The arq worker of one queue."""
    shared: dict[str, Any] = {
        "ctx": {"runtime": runtime},
        "redis_pool": redis,
        "max_jobs": 20,
        "keep_result": 60,
        "poll_delay": 0.2,
        "handle_signals": False,
    }
    if part == "messages":
        return Worker(functions=[func(send_message, max_tries=6)], queue_name=MESSAGES, **shared)
    return Worker(
        cron_jobs=[
            cron(fire_birthdays, minute=set(range(0, 60, 10)), run_at_startup=True),
            cron(expire_coupons, second={5, 35}),
            cron(cancel_overdue_orders, second={10, 40}),
            cron(sweep_messages, second={20, 50}),
        ],
        queue_name=SCHEDULES,
        **shared,
    )


async def run(settings: Settings, parts: Sequence[str] = PARTS) -> None:
    """Works until SIGTERM or SIGINT; jobs under way are finished or handed back."""
    observe.configure(settings, "worker")
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with running(settings) as runtime:
        redis = await create_pool(RedisSettings.from_dsn(settings.redis_url))
        workers = [make_worker(part, runtime, redis) for part in parts if part != "relay"]
        tasks = [asyncio.create_task(worker.async_run()) for worker in workers]
        if "relay" in parts:
            tasks.append(asyncio.create_task(relay.run(redis, settings.database_url)))
        stopping = asyncio.create_task(stop.wait())
        done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in [*tasks, stopping]:
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)
        for worker in workers:
            with contextlib.suppress(RedisError, OSError):
                await worker.close()
        for task in done - {stopping}:
            task.result()  # a part that ended by itself failed: say why
