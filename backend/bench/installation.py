"""Servers of a benchmark's own: durable, on 127.0.0.1, gone afterwards; and what it is measured with."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

import httpx

from backend import catalog, invariants, members, merchants
from backend import settings as settings_module
from backend.kit import database, embedded
from backend.kit.clock import now
from backend.kit.migrate import migrate
from backend.runtime import Runtime, running
from backend.settings import Settings

API_PROCESSES = 2
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Installation:
    """A database of one merchant with members, stock and nothing else. `postgres` is the server's process id."""

    settings: Settings
    runtime: Runtime
    merchant_id: UUID
    store_id: UUID
    people: Sequence[UUID]
    postgres: int


@contextmanager
def servers() -> Iterator[tuple[Settings, int]]:
    """PostgreSQL (fsync and synchronous_commit on) and Valkey in a temporary folder; the settings and PostgreSQL's id."""
    folder = Path(tempfile.mkdtemp(prefix="shuhui-bench-"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = embedded.start_postgres(folder / "postgres", durable=True)
        stack.callback(postgres.stop)
        valkey = embedded.start_valkey(folder / "valkey")
        stack.callback(valkey.stop)
        settings = settings_module.load(
            {
                "SHUHUI_ENV": "test",
                "SHUHUI_DATA": str(folder),
                "SHUHUI_PORT": str(embedded.free_port()),
                "DATABASE_URL": postgres.url,
                "DATABASE_OWNER_URL": postgres.owner_url,
                "REDIS_URL": valkey.url,
            }
        )
        yield settings, postgres.process.pid


@asynccontextmanager
async def installed(settings: Settings, postgres: int, people: int) -> AsyncIterator[Installation]:
    """One merchant, a store, articles with much stock, members."""
    await migrate(settings.owner_url, settings.database_url)
    async with running(settings) as runtime:
        await durable()
        merchant = await merchants.found(
            "bench", "bench", "CNY", "Asia/Shanghai", [("region", "四川", None)], [("S1", "店", "四川", "路 1 号")]
        )
        [store] = await merchants.stores(merchant.id)
        goods = [(f"SKU{n}", 1000 + 700 * n) for n in range(10)]
        await catalog.add_many(
            merchant.id,
            [
                catalog.NewProduct(sku, sku, "火锅", "", "", (), "袋", "🍲", 1, price, price // 2)
                for sku, price in goods
            ],
        )
        await catalog.receive(merchant.id, [(store.id, sku, 10_000_000) for sku, _ in goods])
        openids = [f"o{n}" for n in range(people)]
        await members.add_many(
            settings.secret, merchant.id, [members.NewMember(openid, openid, "basic", now()) for openid in openids]
        )
        ids = [members.member_id_of(merchant.id, openid) for openid in openids]
        yield Installation(settings, runtime, merchant.id, store.id, ids, postgres)


async def durable() -> None:
    """Raises when a commit could be lost."""
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if await database.fetchval(f"SHOW {name}") != "on":
            raise RuntimeError(f"{name} is off: this is no durable commit")


@dataclass(slots=True)
class Audits:
    """What the audits of one row have seen so far: how often every invariant was checked, and over how many rows of tables."""

    audits: int = 0
    invariants: int = 0
    rows_audited: int = 0

    async def made(self, installation: Installation) -> None:
        """After a turn of the row: every invariant. Raises with what is violated."""
        found = await invariants.check(installation.merchant_id)
        bad = [f"{c.invariant.id}: {detail}" for c in found for detail in c.violations]
        if bad:
            raise RuntimeError("\n".join(bad[:20]))
        self.audits, self.invariants = self.audits + 1, len(found)
        self.rows_audited += sum(c.rows for c in found)

    def told(self) -> dict[str, int]:
        """Its part of the row."""
        return {**asdict(self), "violations": 0}


async def held(installation: Installation) -> dict[str, int]:
    """After a row of one turn: every invariant. Raises with what is violated."""
    audits = Audits()
    await audits.made(installation)
    return audits.told()


async def at_once(count: int, width: int, work: Callable[[int], Awaitable[None]]) -> float:
    """Runs `work(0)` … `work(count − 1)`, `width` at a time; seconds."""
    numbers = iter(range(count))

    async def one() -> None:
        for n in numbers:
            await work(n)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(width)))
    return time.perf_counter() - began


@contextmanager
def api(settings: Settings) -> Iterator[list[int]]:
    """The API as it runs in production, two processes; their process ids."""
    env = {
        **os.environ,
        "SHUHUI_ENV": "test",
        "SHUHUI_DATA": str(settings.data),
        "SHUHUI_PORT": str(settings.port),
        "SHUHUI_API_PROCESSES": str(API_PROCESSES),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SHUHUI_RATE_LIMIT": "1000000",
    }
    with (settings.data / "api.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend.cli", "api"], env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the API did not start: {(settings.data / 'api.log').read_text()[-2000:]}")
            try:
                if httpx.get(f"http://127.0.0.1:{settings.port}/readyz", timeout=2, trust_env=False).status_code == 200:
                    break
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        yield [process.pid, *children(process.pid)]
    finally:
        process.terminate()
        process.wait(20)


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes so far."""
    total = 0
    for pid in pids:
        try:
            fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return total / TICKS
