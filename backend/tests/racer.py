"""One process of a race: many people press at the same instant, through a claim path with connections of its own.

`python -m backend.tests.racer URL` reads one JSON object from stdin: merchant, drop, members, tries, at (ISO 8601), start
(Unix seconds at which all processes begin) and name; it prints one JSON line: how often each answer was given.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import coupons
from backend.kit import database


def told(result: coupons.ClaimResult) -> str:
    match result:
        case coupons.CouponSoldOut(because=because, next_batch_at=opens):
            return f"CouponSoldOut {because} {opens.isoformat() if opens else '-'}"
        case coupons.ClaimLimitReached(held=held):
            return f"ClaimLimitReached {held}"
        case coupons.DailyLimitReached(held=held, resets_at=resets):
            return f"DailyLimitReached {held} {resets.isoformat()}"
    return type(result).__name__


async def race(url: str, given: dict[str, Any]) -> Counter[str]:
    await database.connect(url)
    path = coupons.Claims(b"r" * 32)
    at = datetime.fromisoformat(given["at"])
    wishes = [
        coupons.Claim(
            UUID(given["merchant"]), UUID(given["drop"]), UUID(member), f"{given['name']}-{n}", at, "h5", None
        )
        for n in range(given["tries"])
        for member in given["members"]
    ]
    random.Random(given["name"]).shuffle(wishes)
    await asyncio.sleep(max(0.0, given["start"] - time.time()))
    answers = await asyncio.gather(*(path.claim(wish) for wish in wishes))
    await database.disconnect()
    return Counter(told(answer) for answer in answers)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(race(sys.argv[1], json.loads(sys.stdin.read())))))
