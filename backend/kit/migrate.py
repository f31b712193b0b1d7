"""Runs the migrations, one process at a time."""

from __future__ import annotations

import asyncpg
from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate as tortoise_migrate

from backend.kit.database import tortoise_config

LOCK = 0x5348_5548  # any constant; held for the length of the migration


async def migrate(url: str) -> None:
    """Brings the database at `url` to the newest schema; does nothing when it is there already."""
    gate = await asyncpg.connect(url)
    try:
        await gate.execute("SELECT pg_advisory_lock($1)", LOCK)
        await tortoise_migrate(config=tortoise_config(url))
        await Tortoise.close_connections()
    finally:
        await gate.close()
