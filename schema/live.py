"""What an open page does while PostgreSQL is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from backend.kit.database import OUTAGES

Seen = TypeVar("Seen")
AGAIN_SECONDS = (1.0, 4.0)
"""From until when it is read again: open pages do not all come back at one instant."""
log = structlog.get_logger("live")


async def outlasting(read: Callable[[], Awaitable[Seen]], *, shown: bool) -> Seen:
    """What `read` finds. While PostgreSQL is away a page that has `shown` something keeps it and is told when it is back; who opens
    one is refused. Ended, it would stand still for good: clients take an error of an operation for its last word."""
    while True:
        try:
            return await read()
        except OUTAGES as error:
            if not shown:
                raise
            log.warning("page_waits", error=type(error).__name__)
            await asyncio.sleep(random.uniform(*AGAIN_SECONDS))
