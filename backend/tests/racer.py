"""One process of a race: many people press at the same instant, through a claim path with connections of its own.

`python -m backend.tests.racer URL` reads races from stdin, a JSON object a line: merchant, drop, members, tries, at (ISO 8601)
and name. To each it says `ready` once it is connected and has drawn the order of its wishes, begins at the line that comes
next, and prints one JSON line: how often each answer was given.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
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


async def race(given: dict[str, Any]) -> Counter[str]:
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
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    answers = await asyncio.gather(*(path.claim(wish) for wish in wishes))
    return Counter(told(answer) for answer in answers)


async def races(url: str) -> None:
    await database.connect(url)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await race(json.loads(line))), flush=True)
    await database.disconnect()


if __name__ == "__main__":
    asyncio.run(races(sys.argv[1]))
