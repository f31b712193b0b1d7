"""Sold-out drops are refused from the memory of a process, without touching the drop (decision 0015): the database is asked only, for
many claims at once, whether their keys have been answered before.

What is remembered is true when it is learnt, and is believed for a second at most, never past the instant at which the
next timed batch opens, and not past the word that stock was added (topic `coupon_stock`). A member who holds coupons of
the drop is never refused from memory: a claim sent again must find its coupon (C4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

SECONDS = 1.0
MOST_DROPS = 1_000
MOST_HOLDERS = 200_000
TOPIC = "coupon_stock"
Drop = tuple[UUID, UUID, str]
"""(merchant, drop, how it was claimed)."""


@dataclass(frozen=True, slots=True)
class Gone:
    """`answer` is the refusal; `holders` have coupons of the drop, as of `issued` given."""

    answer: Mapping[str, Any]
    until: float
    next_batch_at: datetime | None
    issued: int
    holders: frozenset[UUID]


class SoldOutMemory:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._gone = clock, dict[Drop, Gone]()
        self.generation = 0
        """Rises when stock was added somewhere: what was learnt before is not believed."""

    def refusal(self, drop: Drop, member_id: UUID, at: datetime) -> Mapping[str, Any] | None:
        """The refusal, or None when the database must be asked."""
        gone = self._gone.get(drop)
        if gone is None or gone.until <= self._clock() or member_id in gone.holders:
            return None
        return None if gone.next_batch_at is not None and at >= gone.next_batch_at else gone.answer

    def holders(self, drop: Drop, issued: int) -> frozenset[UUID] | None:
        """Those remembered, if nothing was given since."""
        gone = self._gone.get(drop)
        return gone.holders if gone is not None and gone.issued == issued else None

    def remember(
        self,
        drop: Drop,
        answer: Mapping[str, Any],
        next_batch_at: datetime | None,
        issued: int,
        holders: frozenset[UUID],
        learnt: float,
        generation: int,
    ) -> None:
        """`learnt` is the reading of the clock before the database was asked, `generation` the one of then."""
        if generation != self.generation:
            return
        if drop not in self._gone and len(self._gone) >= MOST_DROPS:
            self._gone.pop(next(iter(self._gone)))
        self._gone[drop] = Gone(answer, learnt + SECONDS, next_batch_at, issued, holders)

    def forget(self) -> None:
        """Stock was added, or may have been."""
        self.generation += 1
        self._gone.clear()

    def now(self) -> float:
        return self._clock()
