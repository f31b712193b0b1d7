"""Issue 4, must show 1: people press at the same instant in four processes; what was promised is exact, every refusal true.

Each race runs four operating-system processes (racer.py) against one PostgreSQL, and ends with every invariant.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import coupons, ledger
from backend.kit import database, embedded, idempotency
from backend.kit.clock import local_day, now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, within
from backend.tests.test_drops import make

PROCESSES = 4
TZ = "Asia/Shanghai"


async def people(shop: Shop, count: int) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
            " SELECT id, $1, 'r' || id, '', 'basic', 'all', '[]', 0, left(replace(id::text, '-', ''), 24) || '', $3 FROM unnest($2::uuid[]) AS x (id)",
            shop.merchant_id,
            ids,
            now(),
        )
    return ids


@pytest.fixture(scope="module")
async def racers(servers: tuple[str, Any, Any]) -> AsyncIterator[list[Process]]:
    """Four processes that wait for races."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "backend.tests.racer", servers[0])
    found = [await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe) for _ in range(PROCESSES)]
    yield found
    for child in found:
        await child.communicate(b"")  # the end of its input is the end of its work
        assert child.returncode == 0


async def said(child: Process) -> str:
    assert child.stdout is not None
    line = (await child.stdout.readline()).decode().strip()
    assert line, "it ended"
    return line


async def tell(child: Process, line: str) -> None:
    assert child.stdin is not None
    child.stdin.write(line.encode() + b"\n")
    await child.stdin.drain()


async def race(
    shop: Shop,
    racers: list[Process],
    drop_id: str,
    members: list[UUID],
    tries: int,
    at: datetime | None = None,
    thrice: bool = False,
) -> Counter[str]:
    """Every process lets every member try `tries` times (with `thrice` each member tries in three of the four), all at the same
    instant; answers of all of them together."""
    drop = decode("drp", drop_id)
    for number, child in enumerate(racers):
        given = {
            "merchant": str(shop.merchant_id),
            "drop": str(drop),
            "members": [str(m) for k, m in enumerate(members) if not thrice or k % PROCESSES != number],
            "tries": tries,
            "at": (at or now()).isoformat(),
            "name": f"p{number}-{drop}-{at}",
        }
        await tell(child, json.dumps(given))
    assert {await said(child) for child in racers} == {"ready"}
    for child in racers:
        await tell(child, "go")
    return sum([Counter(json.loads(await said(child))) for child in racers], Counter())


async def given_to(drop_id: str) -> Counter[UUID]:
    """Coupons of a drop by member."""
    rows = await database.fetch("SELECT member_id FROM coupons WHERE drop_id = $1", decode("drp", drop_id))
    return Counter(row["member_id"] for row in rows)


@pytest.mark.usefixtures("exact")
async def test_a_thousand_people_race_for_a_hundred(shop: Shop, racers: Any) -> None:
    """K11, C1, C2: 1,000 people, 3 tries each, over four processes: exactly 100 coupons, nobody has two."""
    drop_id = await shop.drop(total=100, per_member=1)
    answers = await race(shop, racers, drop_id, await people(shop, 1000), 1, thrice=True)
    held = await given_to(drop_id)
    assert sum(held.values()) == 100 and max(held.values()) == 1
    assert answers["Claimed"] == 100 and sum(answers.values()) == 3000
    assert set(answers) <= {"Claimed", "CouponSoldOut TOTAL -", "ClaimLimitReached 1"}


@pytest.mark.usefixtures("exact")
async def test_once_a_customer_holds_in_four_processes(shop: Shop, racers: Any) -> None:
    """C2, lessons *Limits* (a per-customer limit of 1 used 8 times): 50 people press 8 times each; each has one."""
    drop_id, members = await shop.drop(total=1000, per_member=1), await people(shop, 50)
    answers = await race(shop, racers, drop_id, members, 2)
    assert answers == {"Claimed": 50, "ClaimLimitReached 1": 350}
    assert await given_to(drop_id) == Counter(members)


@pytest.mark.usefixtures("exact")
async def test_twice_a_day_holds_and_resets_at_midnight(shop: Shop, racers: Any) -> None:
    """K02, C2: at most 2 a day and 5 in all; the refusal says when the day ends in the merchant's time zone; the next day gives
    two more, the third only the fifth."""
    today = datetime.now(UTC).replace(microsecond=0)
    drop_id = await shop.drop(
        total=1000,
        per_member=5,
        perDay=2,
        endsAt=(today + timedelta(days=5)).isoformat(),
        validHours=None,
        validUntil=(today + timedelta(days=9)).isoformat(),
    )
    members = await people(shop, 20)
    midnight = datetime.combine(local_day(today, TZ) + timedelta(days=1), datetime.min.time()) - timedelta(hours=8)
    resets = midnight.replace(tzinfo=UTC).isoformat()
    answers = await race(shop, racers, drop_id, members, 2, today)
    assert answers == {"Claimed": 40, f"DailyLimitReached 2 {resets}": 120}
    tomorrow = await race(shop, racers, drop_id, members, 2, today + timedelta(days=1))
    assert tomorrow["Claimed"] == 40
    third = await race(shop, racers, drop_id, members, 2, today + timedelta(days=2))
    assert third == {"Claimed": 20, "ClaimLimitReached 5": 140}
    assert set((await given_to(drop_id)).values()) == {5}


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("carry", [True, False])
async def test_timed_batches_give_their_share(shop: Shop, racers: Any, carry: bool) -> None:
    """K02, C1: 20 now, 20 in an hour, 20 in two; each race gets exactly what is open and is told when more come. What the first
    hour leaves (15 people come for 20) goes to the next where the drop says so, and lapses otherwise."""
    at = now().replace(microsecond=0)
    opens = [at, at + timedelta(hours=1), at + timedelta(hours=2)]
    drop_id = await shop.drop(
        total=60,
        per_member=1,
        startsAt=at.isoformat(),
        endsAt=(at + timedelta(hours=5)).isoformat(),
        batches=[{"opensAt": o.isoformat(), "share": 20} for o in opens],
        carry=carry,
    )
    few, many = await people(shop, 15), await people(shop, 100)
    assert (await race(shop, racers, drop_id, few, 1, opens[0]))["Claimed"] == 15
    second = await race(shop, racers, drop_id, many, 1, opens[1])
    assert second["Claimed"] == (25 if carry else 20)
    assert second[f"CouponSoldOut BATCH {opens[2].isoformat()}"] > 0
    last = await race(shop, racers, drop_id, await people(shop, 100), 1, opens[2])
    assert last["Claimed"] == 20
    assert last["CouponSoldOut TOTAL -" if carry else "CouponSoldOut BATCH -"] > 0
    assert sum((await given_to(drop_id)).values()) == (60 if carry else 55)


@pytest.mark.usefixtures("exact")
async def test_a_budget_of_500_yuan_gives_71_coupons_of_7(shop: Shop, racers: Any) -> None:
    """C7: a budget of ¥500.00 and coupons of ¥7.00: exactly 71 are given, ¥497.00 promised, never ¥504.00."""
    drop_id = await shop.drop(total=1000, per_member=1, off=700, budgetFen=50_000)
    answers = await race(shop, racers, drop_id, await people(shop, 300), 1)
    assert answers["Claimed"] == 71 and sum((await given_to(drop_id)).values()) == 71
    assert answers["CouponSoldOut BUDGET -"] > 0
    promised = await database.fetchval("SELECT promised_fen FROM coupon_drops WHERE id = $1", decode("drp", drop_id))
    assert promised == 49_700


@pytest.mark.usefixtures("exact")
async def test_points_and_gifts_go_with_their_coupons(shop: Shop, racers: Any) -> None:
    """K10, C1, C7: 300 people race in four processes for a drop whose coupon of ¥7.00 comes with 50 points and an article of ¥9.00 (¥16.50
    together); of ¥500.00 exactly 30 are given: 30 coupons, 30 gifts, 1,500 points, to the same 30 people."""
    extra = {"points": 50, "giftSku": "TOFU"}
    drop_id = await shop.drop(total=1000, per_member=1, off=700, budgetFen=50_000, extra=extra)
    answers = await race(shop, racers, drop_id, await people(shop, 300), 1, thrice=True)
    held = await given_to(drop_id)
    assert answers["Claimed"] == 30 and sum(held.values()) == 30 and sum(answers.values()) == 900
    assert set(answers) <= {"Claimed", "CouponSoldOut BUDGET -", "ClaimLimitReached 1"}
    gifts = await database.fetch(
        "SELECT member_id FROM coupons WHERE merchant_id = $1 AND source = 'gift'", shop.merchant_id
    )
    assert Counter(row["member_id"] for row in gifts) == held
    points = await ledger.held_by_members(shop.merchant_id, "points")
    assert points == dict.fromkeys(held, 50)


@pytest.mark.usefixtures("exact")
async def test_naive_daily_limit_overshoots(shop: Shop) -> None:
    """Lessons *Limits*: look first, then write, kept here: of a limit of 2 a day ten are given to one person."""
    drop = decode("drp", await shop.drop(total=100, per_member=50, perDay=2))
    (member,), gate, day = await people(shop, 1), asyncio.Barrier(10), local_day(now(), TZ)

    async def naive() -> bool:
        async with database.pool().acquire() as connection:
            held = await connection.fetchval(
                "SELECT coalesce(sum(held), 0) FROM drop_days WHERE drop_id = $1 AND member_id = $2 AND day = $3",
                drop,
                member,
                day,
            )
            await gate.wait()
            if held >= 2:
                return False
            await connection.execute(
                "INSERT INTO drop_days AS d (id, merchant_id, drop_id, member_id, day, held) VALUES (gen_random_uuid(), $1, $2, $3, $4, 1)"
                " ON CONFLICT (merchant_id, drop_id, member_id, day) DO UPDATE SET held = d.held + 1",
                shop.merchant_id,
                drop,
                member,
                day,
            )
            return True

    try:
        assert sum(await asyncio.gather(*(naive() for _ in range(10)))) == 10  # of 2
    finally:
        await shop.world.owner.execute("DELETE FROM drop_days WHERE drop_id = $1", drop)
    assert drop is not None
    paths = [coupons.Claims(b"x" * 32) for _ in range(10)]
    answers = await asyncio.gather(
        *(
            path.claim(coupons.Claim(shop.merchant_id, drop, member, f"k{n}", now(), "h5", None))
            for n, path in enumerate(paths)
        )
    )
    assert sum(isinstance(answer, coupons.Claimed) for answer in answers) == 2


@pytest.mark.usefixtures("exact")
async def test_a_key_that_somebody_else_waits_for_fails_no_other_claim(shop: Shop) -> None:
    """C3, C4: one member uses one key for two commands at once, so that the claim (drop, then key) and the other one (key, then
    drop) wait for each other. PostgreSQL ends one of them; those who claim in the same batch have their coupons."""
    drop = decode("drp", (await make(shop))["id"])
    assert drop is not None
    crowd = await people(shop, 5)
    rude, mark, claims = crowd[0], new_id().hex, coupons.Claims(shop.world.settings.secret)

    def wish(member: UUID) -> coupons.Claim:
        return coupons.Claim(shop.merchant_id, drop, member, mark, now(), "miniapp", None)

    async def waits() -> bool:
        return await database.fetchval(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%WITH input%' AND pid <> pg_backend_pid())"
        )

    await shop.world.owner.execute(f"GRANT SET ON PARAMETER deadlock_timeout TO {embedded.APPLICATION}")
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, shop.merchant_id, f"consumer:{rude}", mark, "requestRefund", "x", now())
        assert isinstance(begun, idempotency.Fresh)
        await tx.execute("SET LOCAL deadlock_timeout = '30s'")  # so that it is the batch that is ended
        answers = [asyncio.create_task(claims.claim(wish(member))) for member in crowd]
        await within(20, waits)  # the batch has the drop and waits for the key
        await tx.fetch("SELECT id FROM coupon_drops WHERE id = $1 FOR UPDATE", drop)
    told = await asyncio.gather(*answers)
    assert [type(answer).__name__ for answer in told] == ["IdempotencyConflict", *["Claimed"] * 4]
