"""PostgreSQL: tortoise for rows and migrations, asyncpg for hot statements, one transaction helper for both.

`transaction()` opens a tortoise transaction and yields a `Tx` for SQL; tortoise model calls inside the block
join it by themselves. JSON columns come back decoded.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import orjson
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContextPooled
from tortoise.connection import get_connections
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

from backend.kit.postgres import Connection, open_pool

SLICES = (
    "merchants",
    "members",
    "catalog",
    "ledger",
    "offers",
    "promotions",
    "coupons",
    "orders",
    "mall",
    "lottery",
    "engagement",
    "complaints",
    "referrals",
    "families",
    "analytics",
    "automation",
)
MODEL_MODULES = [*(f"backend.{name}.models" for name in SLICES), "backend.kit.models"]
POOL_SIZE = 12

OUTAGES: tuple[type[BaseException], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a statement sent to a connection whose end has not been noticed yet
    DBConnectionError,
)
"""What PostgreSQL's being away looks like: wait and try again. Anything else is a fault of ours."""

_pool: asyncpg.Pool | None = None


def tortoise_config(url: str, patience: float | None = None) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "connections": {
            "default": {
                "engine": "backend.kit.postgres",
                "credentials": {
                    "host": parts.hostname or "127.0.0.1",
                    "port": parts.port or 5432,
                    "user": parts.username or "shuhui",
                    "password": parts.password,
                    "database": parts.path.lstrip("/") or "shuhui",
                    "minsize": 1,
                    "maxsize": POOL_SIZE,
                    "application_name": "shuhui",
                    "connection_class": Connection,
                    "patience": patience,
                },
            }
        },
        "apps": {
            "shuhui": {
                "models": MODEL_MODULES,
                "default_connection": "default",
                "migrations": "backend.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def connect(url: str, patience: float | None = None) -> None:
    """Opens both pools; `patience` bounds each wait for them (backend/kit/postgres.py), None waits as long as it takes.
    Raises OSError or asyncpg errors when the server is away."""
    global _pool
    await Tortoise.init(config=tortoise_config(url, patience), _enable_global_fallback=True)
    _pool = await open_pool(url, patience=patience, min_size=1, max_size=POOL_SIZE, init=use_json)


async def disconnect() -> None:
    global _pool
    if _pool is not None:
        await _pool.close()
        _pool = None
    await Tortoise.close_connections()


async def use_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=lambda v: orjson.dumps(v).decode(), decoder=orjson.loads, schema="pg_catalog"
    )


def pool() -> asyncpg.Pool:
    """The asyncpg pool for statements outside a tortoise transaction; jsonb is decoded."""
    if _pool is None:
        raise RuntimeError("the database is not connected: call database.connect first")
    return _pool


async def fetch(sql: str, *args: object) -> list[asyncpg.Record]:
    return await pool().fetch(sql, *args)


async def fetchrow(sql: str, *args: object) -> asyncpg.Record | None:
    return await pool().fetchrow(sql, *args)


async def fetchval(sql: str, *args: object) -> Any:
    return await pool().fetchval(sql, *args)


def pattern(text: str | None) -> str | None:
    """A searched text for `ILIKE '%' || … || '%'`, its own wildcards escaped; None when there is nothing to search."""
    if not text or not text.strip():
        return None
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class Tx:
    """SQL inside a transaction. Arguments of type dict or list are sent as JSON where the SQL says ::jsonb."""

    def __init__(self, client: BaseDBAsyncClient) -> None:
        self._client = client

    async def fetch(self, sql: str, *args: object) -> list[dict[str, Any]]:
        return [_decoded(row) for row in await self._client.execute_query_dict(sql, [_sent(a) for a in args])]

    async def fetchrow(self, sql: str, *args: object) -> dict[str, Any] | None:
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *args: object) -> Any:
        row = await self.fetchrow(sql, *args)
        return next(iter(row.values())) if row else None

    async def execute(self, sql: str, *args: object) -> int:
        """Number of rows touched."""
        count, _ = await self._client.execute_query(sql, [_sent(a) for a in args])
        return count

    async def copy(self, table: str, columns: Sequence[str], records: Iterable[Sequence[object]]) -> None:
        """Adds rows by COPY, for imports: some twenty times faster than one INSERT each."""
        async with self._client.acquire_connection() as connection:
            await connection.copy_records_to_table(table, columns=columns, records=records)


def _sent(value: object) -> object:
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


JSON_COLUMNS = frozenset(
    {
        "offers",
        "bearing",
        "channels",
        "region_paths",
        "store_ids",
        "tags",
        "roles",
        "definition",
        "content",
        "scope",
        "memo",
        "quote",
        "request",
        "payload",
        "answer",
        "data",
        "report",
        "units",
        "promise",
        "spent",
        "outcome",
        "refund_policy",
        "points_policy",
        "coupon_policy",
        "red_packet_policy",
        "audience",
        "placements",
        "prices",
        "levels",
        "scene",
        "stacking",
        "t_stacking",
    }
)


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    # tortoise's connections carry no jsonb codec; the names of JSON columns are a closed set
    return {k: orjson.loads(v) if k in JSON_COLUMNS and isinstance(v, str) else v for k, v in row.items()}


@asynccontextmanager
async def transaction(*, own: bool = False) -> AsyncIterator[Tx]:
    """One PostgreSQL transaction (read committed). An exception rolls back. Inside another it is a savepoint of that; with `own`
    that is refused: what is answered at its end must be committed."""
    async with _begun(own) as client:
        yield Tx(client)


@asynccontextmanager
async def _begun(own: bool) -> AsyncIterator[Any]:
    """tortoise's transaction. Where its BEGIN fails or is cancelled, or the connection cannot be given back at the end,
    tortoise (1.1) leaves its own mark on the task, which would go on with a transaction that is none: here the mark is taken
    off in any case and the connection goes back, so that an outage ends with the outage."""
    context = in_transaction("default")
    if not isinstance(context, TransactionContextPooled):  # inside another transaction: a savepoint of it
        if own:
            raise RuntimeError("a transaction of its own was begun inside another")
        async with context as client:
            yield client
        return
    try:
        client = await context.__aenter__()
    except BaseException:
        if hasattr(context, "token"):
            await _given_back(context)
        raise
    try:
        yield client
    except BaseException:
        with contextlib.suppress(*OUTAGES):  # the server rolls back what it no longer hears of
            await client.rollback()
        raise
    else:
        await client.commit()
    finally:
        await _given_back(context)


async def _given_back(context: TransactionContextPooled) -> None:
    get_connections().reset(context.token)
    await context.client._parent._pool.release(context.client._connection)


def constraints_sql() -> str:
    return files("backend.kit").joinpath("constraints.sql").read_text("utf-8")


def dumps(value: object) -> str:
    return orjson.dumps(value, default=str).decode()
