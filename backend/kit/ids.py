"""Identifiers. Rows are keyed by time-ordered UUIDs (version 7, RFC 9562); clients see `prefix_hex`,
which names the type, so that an id handed to the wrong field is refused at the edge."""

from __future__ import annotations

import os
import time
import uuid
from datetime import datetime

_last = 0  # milliseconds and their fraction of the last id of this process


def new_id() -> uuid.UUID:
    """A UUIDv7: 48 bits of Unix milliseconds, 12 of their fraction (RFC 9562, 6.2, method 3), 62 random ones. Ids that one process
    makes one after the other sort that way, also within a millisecond and when the clock is set back: lists by id are lists by time."""
    global _last
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    _last = max(milliseconds << 12 | (rest << 12) // 1_000_000, _last + 1)
    value = (_last >> 12) << 80 | 7 << 76 | (_last & 0xFFF) << 64 | 2 << 62
    return uuid.UUID(int=value | int.from_bytes(os.urandom(8), "big") >> 2)


def stable_id(namespace: uuid.UUID, name: str) -> uuid.UUID:
    """The same id for the same name (RFC 9562, version 5): for imports that may be started again."""
    return uuid.uuid5(namespace, name)


def stable_id_at(at: datetime, namespace: uuid.UUID, name: str) -> uuid.UUID:
    """The same UUIDv7 for the same instant and name: imported rows sort by time among those of `new_id`."""
    value = int(at.timestamp() * 1000) << 80 | stable_id(namespace, name).int & (1 << 80) - 1
    value = value & ~(0xF << 76) | (7 << 76)
    value = value & ~(0x3 << 62) | (2 << 62)
    return uuid.UUID(int=value)


def encode(prefix: str, value: uuid.UUID) -> str:
    return f"{prefix}_{value.hex}"


def decode(prefix: str, text: str) -> uuid.UUID | None:
    """The row id inside a client's id, or None when it is not an id of that type."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != 32:
        return None
    try:
        return uuid.UUID(hex=tail)
    except ValueError:
        return None
