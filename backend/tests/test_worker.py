"""The worker process: its parts fail and come back on their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import RedisError

import workers.main
from backend.kit import embedded
from backend.kit.ids import new_id
from backend.tests.test_schema_drift import migrated
from workers import MESSAGES, SCHEDULES

ROOT = Path(__file__).resolve().parents[2]


async def within(seconds: float, check: Callable[[], Awaitable[bool]], what: str) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.1)
    assert what


async def test_a_part_that_fails_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """R05: an outage, a fault and an early end are followed by a pause and a new attempt; cancelling ends it."""
    monkeypatch.setattr(workers.main, "FIRST_PAUSE", 0.001)
    attempts: list[int] = []
    faults = [RedisGone("away"), OSError("away"), KeyError("fault"), None]

    async def attempt() -> None:
        attempts.append(1)
        if len(attempts) > len(faults):
            await asyncio.Event().wait()
        if fault := faults[len(attempts) - 1]:
            raise fault

    task = asyncio.create_task(workers.main.keep("messages", attempt))
    async with asyncio.timeout(5):
        while len(attempts) <= len(faults):
            await asyncio.sleep(0.01)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


async def test_a_lost_cancellation_does_not_keep_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """X02: a part that swallows a cancellation ends all the same."""
    monkeypatch.setattr(workers.main, "FIRST_PAUSE", 0.001)

    async def deaf_once() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(workers.main.keep("relay", deaf_once))]
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await workers.main.cancelled(tasks, 0.0005)
    assert tasks[0].done()


async def test_an_outage_of_redis_is_waited_out(servers: tuple[str, str, Path], tmp_path: Path) -> None:
    """R05: Redis is killed and gone for longer than arq tries: the process stays, the relay hands on what happened
    meanwhile, messages and schedules work again."""
    url = servers[0].rsplit("/", 1)[0]
    connection = await asyncpg.connect(f"{url}/shuhui")
    await connection.execute("DROP DATABASE IF EXISTS outage WITH (FORCE)")
    await connection.execute("CREATE DATABASE outage")
    await connection.close()
    await migrated(f"{url}/outage")  # in a process of its own
    connection = await asyncpg.connect(f"{url}/outage")

    tmp_path.chmod(0o755)  # noqa: ASYNC240
    valkey = await asyncio.to_thread(embedded.start_valkey, tmp_path / "valkey")
    port = int(valkey.url.rsplit(":", 1)[1].split("/")[0])
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend.cli",
            "worker",
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "SHUHUI_DATA": str(tmp_path / "data"),
                "DATABASE_URL": f"{url}/outage",
                "REDIS_URL": valkey.url,
            },
            stdout=out,
            stderr=out,
        )

    async def at_work() -> bool:
        try:
            async with Redis.from_url(valkey.url) as redis:
                return await redis.exists(f"{MESSAGES}:health-check", f"{SCHEDULES}:health-check") == 2
        except (RedisError, OSError):
            return False

    async def relayed() -> bool:
        return await connection.fetchval("SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL") == 0

    try:
        await within(30, at_work, "both queues are worked")
        os.kill(valkey.process.pid, signal.SIGKILL)
        await asyncio.to_thread(valkey.process.wait)
        merchant = new_id()
        await connection.execute(
            "INSERT INTO outbox_events (id, merchant_id, aggregate, kind, payload, occurred_at)"
            " VALUES ($1, $2, 'offer:1', 'OfferSoldOut', '{\"offer_id\": \"1\"}', now())",
            new_id(),
            merchant,
        )
        await asyncio.sleep(8)
        assert process.returncode is None, log.read_text()
        assert not await relayed()
        valkey = await asyncio.to_thread(embedded.start_valkey, tmp_path / "emptied", port)
        await within(30, relayed, "the relay handed on what happened meanwhile")
        await within(30, at_work, "both queues are worked again")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) == 0, log.read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await connection.close()
        valkey.stop()
