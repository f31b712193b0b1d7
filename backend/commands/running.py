"""What commands share: settings, servers, the merchant with the database open, and a refusal that ends with exit code 2."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from backend import settings as settings_module
from backend.settings import BadSetting, Settings

if TYPE_CHECKING:
    from backend import merchants

for_merchant = click.option("--merchant", required=True, help="Code of the merchant.")
"""The merchant that a command is about."""


class Refused(Exception):
    """Each line says one reason; nothing was changed."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def read_settings() -> Settings:
    """The settings of this process; exit 2 when one cannot be read."""
    try:
        return settings_module.load()
    except BadSetting as error:
        click.echo(f"shuhui: {error}", err=True)
        sys.exit(2)


def with_servers() -> Settings:
    """The settings with server addresses; those of a running `shuhui up` are found beside its data. Exit 2 when there are none."""
    settings = read_settings()
    if settings.database_url and settings.redis_url:
        return settings
    from backend.kit.found import running_servers  # noqa: PLC0415

    found = running_servers(settings.data)
    if found is None:
        click.echo("shuhui: 没有找到数据库：请先 `make up`，或设置 DATABASE_URL 与 REDIS_URL", err=True)
        sys.exit(2)
    if not settings.database_url:
        settings = replace(settings, database_url=found.database, database_owner_url=found.owner)
    return replace(settings, redis_url=settings.redis_url or found.redis)


def run(work: Coroutine[Any, Any, int]) -> None:
    """Runs an asynchronous command against the servers of the settings, or those that `shuhui up` keeps, and exits as it says."""
    try:
        code = asyncio.run(work)
    except Refused as refused:
        for line in refused.lines:
            click.echo(f"shuhui: {line}", err=True)
        code = 2
    sys.exit(code)


@asynccontextmanager
async def merchant_of(settings: Settings, code: str) -> AsyncIterator[merchants.MerchantInfo]:
    """The merchant with this code, while the database is open. Raises `Refused` when there is none."""
    from backend import merchants  # noqa: PLC0415
    from backend.kit import database  # noqa: PLC0415

    await database.connect(settings.database_url)
    try:
        found = await merchants.by_code(code)
        if found is None:
            raise Refused([f"没有商户 {code}"])
        yield found
    finally:
        await database.disconnect()


def show(code: str, setting: Callable[[merchants.MerchantInfo], Awaitable[object]]) -> None:
    """Prints what `setting` returns for a merchant as one line of JSON, after what it changes."""
    settings = with_servers()

    async def work() -> int:
        async with merchant_of(settings, code) as merchant:
            shown = await setting(merchant)
        click.echo(json.dumps(shown, ensure_ascii=False, default=str))
        return 0

    run(work())
