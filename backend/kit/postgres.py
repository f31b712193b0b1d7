"""Connections to PostgreSQL that wait no longer than they may: the engine of tortoise's pool and the pool beside it.

A server that is gone refuses at once. One that is half gone (its machine stands still, its disk hangs, the network lets nothing
through) takes a connection and never answers; without a bound whoever asks would wait with it. `patience` is that bound, in seconds,
for each wait: until a connection is free, until it is open, until a statement is answered. What did not come in time is a
`TimeoutError`, which is one of `database.OUTAGES`: the statement may have been done or not, as after any outage.
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from asyncpg.pool import PoolAcquireContext
from tortoise.backends.asyncpg.client import AsyncpgDBClient

OPENED_WITHIN = 3.0
"""Seconds for a new connection, where there is a patience at all: a server that is well needs milliseconds."""
LET_GO_WITHIN = 1.0
"""Seconds in which PostgreSQL must say that it has stopped a statement which nobody waits for any more."""


class Connection(asyncpg.Connection):
    """A connection of a pool. Nobody leaves anything behind in a session: settings are `SET LOCAL`, locks end with their transaction
    (`import_runs` gives its own back), who listens has a connection of its own. So nothing is asked of the server when it goes back,
    which asyncpg would do after every statement; a transaction that is still open is rolled back as before."""

    def get_reset_query(self) -> str:
        return ""

    async def _cancel(self, waiter: Any, cancel_waiter: Any = None) -> None:
        """Asks the server to stop a statement. Whatever is done next with the connection (rolling back, giving it back) waits for
        this, by asyncpg for as long as a statement may take, for ever where that has no bound: a server that does not answer here
        either loses the connection, and who waited goes on."""
        async with asyncio.timeout(LET_GO_WITHIN) as bound:
            await super()._cancel(waiter, cancel_waiter)
        if bound.expired() and not self.is_closed():
            self.terminate()


class Pool(asyncpg.Pool):
    """A pool whose connections are waited for with patience."""

    def __init__(self, *given: Any, patience: float | None, **more: Any) -> None:
        super().__init__(*given, **more)
        self._patience = patience

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        return super().acquire(timeout=self._patience if timeout is None else timeout)


async def open_pool(dsn: str | None = None, *, patience: float | None, **more: Any) -> Pool:
    """A pool with its first connections open. Raises OSError or asyncpg errors when the server is away."""
    if patience is not None:
        more |= {"timeout": min(patience, OPENED_WITHIN), "command_timeout": patience}
    defaults = {
        "init_size": None, "max_queries": 50_000, "max_inactive_connection_lifetime": 300.0, "connect": None, "setup": None,
        "init": None, "reset": None, "loop": None, "record_class": asyncpg.Record, "connection_class": Connection,
    }  # fmt: skip
    return await Pool(dsn, patience=patience, **{**defaults, **more})


class Client(AsyncpgDBClient):
    """tortoise's client on such a pool."""

    async def create_pool(self, **given: Any) -> asyncpg.Pool:
        return await open_pool(**given)


client_class = Client
"""How tortoise finds the client of an engine."""
