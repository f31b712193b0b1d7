"""Few at a time: commands that would wait for one row wait in memory first. Each that waits in the database holds a connection, and a
crowd before one row would hold all of them, from everybody who wants something else."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

AT_ONCE = 2
"""One works, the next waits for the row, so that it is taken the moment it is free."""

_gates: WeakValueDictionary[tuple[object, ...], asyncio.Semaphore] = WeakValueDictionary()


def turn(*what: object) -> asyncio.Semaphore:
    """`async with turn("lottery", id):` around the transaction, in the order of arrival; by process, so it guards nothing: the row's
    lock does."""
    gate = _gates.get(what)
    if gate is None:
        gate = _gates[what] = asyncio.Semaphore(AT_ONCE)
    return gate
