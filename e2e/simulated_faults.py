"""How commands of the simulation die: the connection is cut after the n-th statement, which may be the commit."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import asyncpg
from asyncpg.connection import Connection


class Broken(AssertionError):
    """An invariant is violated, or something that was acknowledged is not there."""


@dataclass
class Fault:
    """Cuts the connection after so many more statements."""

    statements: int
    fired: bool = False


FAULT: ContextVar[Fault | None] = ContextVar("fault", default=None)


def install_faults() -> None:
    """From now on every statement of a connection asks whether its process dies now."""

    def dying(name: str) -> None:
        original = getattr(Connection, name)

        async def then_die(self: Connection, *args: Any, **more: Any) -> Any:
            answer = await original(self, *args, **more)
            fault = FAULT.get()
            if fault is not None and not fault.fired:
                fault.statements -= 1
                if fault.statements <= 0:
                    fault.fired = True
                    self.terminate()
                    raise asyncpg.ConnectionDoesNotExistError("the process died here")
            return answer

        setattr(Connection, name, then_die)

    for name in ("execute", "_execute"):  # everything that asyncpg sends goes through one of them
        dying(name)
