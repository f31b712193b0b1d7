"""Requests a minute by address and by person: a token bucket in this process's memory.

Approximate by design: with n processes a client may get n times the limit; a Redis round trip on every request
would cost more than the limit protects.
"""

from __future__ import annotations

import time
from collections import OrderedDict

MOST = 50_000


class RateLimiter:
    def __init__(self, per_minute: int) -> None:
        self._rate, self._burst = per_minute / 60, max(1.0, per_minute / 4)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, key: str, cost: float = 1.0) -> float:
        """0 when the call may go on; else the seconds after which it may."""
        at = time.monotonic()
        level, last = self._buckets.pop(key, (self._burst, at))
        level = min(self._burst, level + (at - last) * self._rate)
        allowed = level >= cost
        self._buckets[key] = (level - cost if allowed else level, at)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (cost - level) / self._rate
