"""Few at a time: commands that would wait for one row wait in memory first. Each that waits in the database holds a connection, and a
crowd before one row would hold all of them, from everybody who wants something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from backend.kit.database import OUTAGES

AT_ONCE = 2
"""One works, the next waits for the row, so that it is taken the moment it is free."""


class _Gate:
    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self.outages = 0


_gates: WeakValueDictionary[tuple[object, ...], _Gate] = WeakValueDictionary()


@asynccontextmanager
async def turn(*what: object) -> AsyncIterator[None]:
    """`async with turn("lottery", id):` around the transaction, in the order of arrival; by process, so it guards nothing: the row's
    lock does. Who finds PostgreSQL away ends those who wait behind it too, which would wait for the same server, two by two:
    ConnectionError."""
    gate = _gates.get(what)
    if gate is None:
        gate = _gates[what] = _Gate()
    seen = gate.outages
    async with gate.places:
        if gate.outages != seen:
            raise ConnectionError("PostgreSQL was away while this waited for its turn")
        try:
            yield
        except OUTAGES:
            gate.outages += 1
            raise
