"""Micro-batches (docs/decisions/0003-micro-batches.md): calls that arrive together share one run.

An idle batcher runs a lone item at once: no timer, no added wait. While a run is under way, items queue up
and form the next one. The queue is bounded: beyond it callers are told to come back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from backend.kit.database import OUTAGES

Item = TypeVar("Item")
Result = TypeVar("Result")


class Later(Exception):
    """Answered by a run for an item that has to wait for another of the same run: it stands first in the next one."""


LATER = Later()


class QueueFull(Exception):
    """More work waits than the batcher may hold; `retry_after_ms` is how long the queue is expected to take."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"busy, try again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


class Batcher(Generic[Item, Result]):
    """`run` gets up to `most` items and answers each, in order. It must be safe to run side by side with
    another process's. An exception fails every item of that run; an outage (`OUTAGES`) fails those that wait for the next one too,
    which would wait for the same server in vain, run after run; one among the answers fails its own item; `LATER`
    among the answers puts its item at the head of the queue, and at least one item of a run must be answered otherwise."""

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result | BaseException]]],
        *,
        most: int = 250,
        queue: int = 5000,
    ) -> None:
        self._run, self._most, self._limit = run, most, queue
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        if len(self._waiting) >= self._limit:
            raise QueueFull(retry_after_ms=50 + len(self._waiting) // 5)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            try:
                results = await self._run([item for item, _ in batch])
            except BaseException as error:
                if isinstance(error, OUTAGES):
                    batch += self._waiting
                    self._waiting.clear()
                for _, future in batch:
                    if not future.done():
                        future.set_exception(
                            error if isinstance(error, Exception) else ConnectionError("the run was cancelled")
                        )
                if not isinstance(error, Exception):
                    raise
                continue
            again = [one for one, result in zip(batch, results, strict=True) if result is LATER]
            assert len(again) < len(batch), "a run answers at least one of its items"
            self._waiting.extendleft(reversed(again))
            for (_, future), result in zip(batch, results, strict=True):
                if future.done() or result is LATER:
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
