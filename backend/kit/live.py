"""Live topics: the relay publishes that something moved, every API process wakes its own subscribers.

Only the fact that a topic moved travels through Redis; what is shown is always read anew from PostgreSQL. So a
lost message costs time, never truth: after a reconnection every subscriber is woken.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

CHANNEL = "{live}"
MOST_CAUSES = 20
log = structlog.get_logger("live")


class Waiter:
    """What one subscriber waits on. `causes` are the reasons since the last wait, oldest first."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._causes: list[dict[str, str]] = []

    def wake(self, cause: dict[str, str]) -> None:
        self._causes.append(cause)
        del self._causes[:-MOST_CAUSES]
        self._woken.set()

    async def wait(self, timeout: float | None = None) -> list[dict[str, str]]:
        """Returns the causes; an empty list when `timeout` seconds went by."""
        try:
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        except TimeoutError:
            return []
        self._woken.clear()
        causes, self._causes = self._causes, []
        return causes


class Hub:
    """The subscribers of one process."""

    def __init__(self) -> None:
        self._topics: dict[str, set[Waiter]] = defaultdict(set)
        self.connected = False

    @asynccontextmanager
    async def listening(self, topics: Iterable[str], waiter: Waiter | None = None) -> AsyncIterator[Waiter]:
        """A waiter on these topics; one that waits already waits on these too."""
        waiter, names = waiter or Waiter(), list(topics)
        for name in names:
            self._topics[name].add(waiter)
        try:
            yield waiter
        finally:
            for name in names:
                self._topics[name].discard(waiter)
                if not self._topics[name]:
                    del self._topics[name]

    def count(self) -> int:
        return len({waiter for waiters in self._topics.values() for waiter in waiters})

    def wake(self, topic: str, cause: dict[str, str]) -> None:
        for waiter in tuple(self._topics.get(topic, ())):
            waiter.wake(cause)

    def wake_all(self, cause: dict[str, str]) -> None:
        for topic in tuple(self._topics):
            self.wake(topic, cause)

    async def follow(self, redis: Redis) -> None:
        """Hands on what the relay publishes, until cancelled. Outages are waited out."""
        pause = 0.1
        while True:
            try:
                async with redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    self.connected, pause = True, 0.1
                    self.wake_all({"cause": "RESYNC"})
                    async for message in pubsub.listen():
                        if message["type"] == "message":
                            for topic, cause in orjson.loads(message["data"]):
                                self.wake(topic, cause)
            except (RedisError, OSError) as error:
                log.warning("live_feed_down", error=type(error).__name__)
            self.connected = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5)


async def publish(redis: Redis, moved: list[tuple[str, dict[str, str]]]) -> None:
    """Tells every process that topics moved, each with its cause."""
    if moved:
        await redis.publish(CHANNEL, orjson.dumps(moved))
