"""The worker process: relay, messages, schedules, all or one of them (X04). `shuhui worker` starts it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

import structlog
from arq import cron, func
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.worker import Worker
from redis.exceptions import RedisError

from backend.kit import database, observe
from backend.runtime import Runtime, running
from backend.settings import Settings
from workers import MESSAGES, SCHEDULES, relay
from workers.messages import send_message
from workers.schedules import (
    cancel_overdue_orders,
    expire_coupons,
    expire_points,
    fire_birthdays,
    forget_viewers,
    give_monthly,
    give_refused,
    keep_books,
    make_codes,
    offer_lifecycles,
    refresh_lifecycles,
    remind_presales,
    send_payout,
    settle_levels,
    settle_presales,
    sweep_code_pools,
    sweep_messages,
    sweep_payouts,
    watch_complaints,
)

PARTS = ("relay", "messages", "schedules")
FIRST_PAUSE, LONGEST_PAUSE, LONG_ENOUGH = 0.5, 10.0, 30.0
"""Seconds before a part that failed starts again; doubled each time, until it has worked for long enough."""
log = structlog.get_logger("worker")


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
        functions=[func(send_payout, max_tries=1), func(make_codes, max_tries=3, keep_result=0)],
        cron_jobs=[
            cron(fire_birthdays, minute=set(range(0, 60, 10)), run_at_startup=True),
            cron(give_monthly, minute=set(range(3, 60, 10)), run_at_startup=True),
            cron(give_refused, minute=set(range(6, 60, 10)), run_at_startup=True),
            cron(expire_coupons, second={5, 35}),
            cron(expire_points, second={15, 45}),
            cron(forget_viewers, hour=3, minute=50, run_at_startup=True),
            cron(refresh_lifecycles, minute={20}, run_at_startup=True),
            cron(offer_lifecycles, minute=set(range(5, 60, 10))),
            cron(settle_levels, minute=set(range(0, 60, 5)), second=2, run_at_startup=True),
            cron(keep_books, month=1, day=1, hour=3, minute=40, run_at_startup=True),
            cron(cancel_overdue_orders, second={10, 40}),
            cron(settle_presales, second={12, 42}),
            cron(remind_presales, second=25),
            cron(watch_complaints, second={8, 38}, run_at_startup=True),
            cron(sweep_messages, second={20, 50}),
            cron(sweep_payouts, second=set(range(5, 60, 10))),
            cron(sweep_code_pools, second={15, 45}),
        ],
        queue_name=SCHEDULES,
        **shared,
    )


async def work(part: str, runtime: Runtime) -> None:
    """One part with a pool of its own, until it fails or is cancelled; jobs under way are finished or handed back."""
    settings = runtime.settings
    redis = await create_pool(RedisSettings.from_dsn(settings.redis_url))
    try:
        if part == "relay":
            await relay.run(redis, settings.database_url, settings.secret, settings.level_template_id)
            return
        worker = make_worker(part, runtime, redis)
        task = asyncio.create_task(worker.async_run())
        try:
            await task
        finally:
            with contextlib.suppress(RedisError, OSError, asyncio.CancelledError):
                await worker.close()
    finally:
        with contextlib.suppress(RedisError, OSError):
            await redis.aclose()


async def keep(part: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Does the part again whenever it fails, until cancelled: what takes one part down leaves the others at work."""
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        try:
            await attempt()
            log.error("part_ended", part=part)
        except (RedisError, *database.OUTAGES) as error:
            log.warning("part_waits", part=part, error=f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("part_failed", part=part)
        if time.monotonic() - began > LONG_ENOUGH:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def run(settings: Settings, parts: Sequence[str] = PARTS) -> None:
    """Works until SIGTERM or SIGINT. An outage of Redis or PostgreSQL is waited out, by each part for itself."""
    observe.configure(settings, "worker")
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    async with running(settings) as runtime:
        tasks = [asyncio.create_task(keep(part, partial(work, part, runtime))) for part in parts]
        await stop.wait()
        await cancelled(tasks)


async def cancelled(tasks: Collection[asyncio.Task[None]], patience: float = 2.0) -> None:
    """Cancels until they have ended. Once is not always enough: `asyncio.wait_for` before Python 3.12 loses a
    cancellation that comes together with what it waits for, and a part may just be coming back from an outage."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=patience)
