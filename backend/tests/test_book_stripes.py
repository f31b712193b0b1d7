"""B02: the merchant's book of a unit lies on several rows: movements of different members do not wait for each other, and
every sum is what it was with one (docs/decisions/0032-the-book-in-stripes.md)."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from backend import invariants, ledger, merchants
from backend.kit import database
from backend.kit.clock import now
from backend.kit.database import Tx
from backend.kit.ids import new_id
from backend.ledger.accounts import STRIPES, account_id, facing
from backend.tests.conftest import Shop
from backend.tests.test_claim_races import people
from backend.tests.test_schema_drift import empty_database, migrated

UNITS: tuple[ledger.Unit, ...] = ("points", "balance", "red_packet")


def terms() -> ledger.PacketTerms:
    return ledger.PacketTerms(0, now() + timedelta(days=3))


async def move(tx: Tx, shop: Shop, member: UUID, unit: ledger.Unit, amount: int) -> Any:
    """To the member, or below zero from."""
    mine, book = ledger.member(member), ledger.merchant_book(shop.merchant_id)
    return await ledger.transfer(
        tx,
        shop.merchant_id,
        debit=book if amount > 0 else mine,
        credit=mine if amount > 0 else book,
        unit=unit,
        amount=abs(amount),
        kind="x",
        business_key=str(new_id()),
        at=now(),
        memo={},
        which=ledger.Lots(opens=terms()) if unit == "red_packet" and amount > 0 else ledger.Lots(),
    )


def stripe(shop: Shop, member: UUID) -> int:
    return facing(ledger.merchant_book(shop.merchant_id), ledger.member(member)).stripe


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("unit", UNITS)
async def test_members_do_not_wait_for_each_other(shop: Shop, unit: ledger.Unit) -> None:
    """B02: while a movement of one member is not committed, another member's goes through; with one row for all it would wait.
    Only who faces the same row waits, and only for the commit."""
    crowd = await people(shop, 4 * STRIPES)
    first = crowd[0]
    other = next(m for m in crowd if stripe(shop, m) != stripe(shop, first))
    same = next(m for m in crowd[1:] if stripe(shop, m) == stripe(shop, first))

    async def give(member: UUID) -> Any:
        async with database.transaction() as tx:
            return await move(tx, shop, member, unit, 7)

    moved, commit = asyncio.Event(), asyncio.Event()

    async def undecided() -> None:
        async with database.transaction() as tx:
            await move(tx, shop, first, unit, 5)
            moved.set()
            await commit.wait()

    for member in (first, other, same):  # their accounts are there
        await give(member)
    open_one = asyncio.create_task(undecided())
    await moved.wait()
    assert isinstance(await asyncio.wait_for(give(other), 20), ledger.Moved)
    waiting = asyncio.create_task(give(same))
    assert not (await asyncio.wait({waiting}, timeout=0.5))[0]
    commit.set()
    assert isinstance(await waiting, ledger.Moved)
    await open_one
    booked = await database.fetchval(
        "SELECT -sum(balance)::bigint FROM accounts WHERE merchant_id = $1 AND unit = $2 AND owner_kind = 'merchant'",
        shop.merchant_id,
        unit,
    )
    assert booked == 5 * 7 + 5 and (await ledger.liabilities(shop.merchant_id))[unit] == booked


@pytest.mark.usefixtures("exact")
async def test_everything_moves_at_once(shop: Shop) -> None:
    """B02, L1–L6: points, balance and red packets of many members, earned, held, posted, voided, locked together and ended, all at
    once and in any order: none waits in a ring, and the books agree."""
    rng, crowd = random.Random(7), await people(shop, 12)
    done: list[str] = []

    async def one(n: int) -> None:
        member, unit = crowd[rng.randrange(12)], UNITS[rng.randrange(3)]
        who, key, at = ledger.member(member), f"r{n}", now()
        async with database.transaction() as tx:
            match rng.randrange(5):
                case 0 | 1:
                    await move(tx, shop, member, unit, rng.randint(50, 90))
                case 2 if unit != "red_packet":
                    await move(tx, shop, member, unit, -rng.randint(1, 40))
                case 3:
                    some = [ledger.member(m) for m in rng.sample(crowd, 4)]
                    for row in await ledger.locked(tx, shop.merchant_id, who, ["points"], at, some[1:]):
                        assert row
                    for other in some[1:]:
                        await move(tx, shop, other.id, "points", 3)
                case _ if unit != "red_packet":
                    held = await ledger.hold(tx, shop.merchant_id, who, unit, 10, key, at)
                    done.extend([key] if isinstance(held, ledger.Held) else [])
        if key in done:
            async with database.transaction() as tx:
                if rng.random() < 0.3:
                    assert await ledger.void_hold(tx, shop.merchant_id, key, at) is None
                else:
                    told = {
                        "owner": who,
                        "credit": ledger.merchant_book(shop.merchant_id),
                        "unit": unit,
                        "kind": "spend",
                    }
                    posted = await ledger.post_hold(tx, shop.merchant_id, key, **told, at=at, memo={})  # type: ignore[arg-type]
                    assert isinstance(posted, ledger.Moved)

    await merchants.set_points_policy(shop.merchant_id, {"kind": "rolling", "months": 1})
    await asyncio.gather(*(one(n) for n in range(400)))
    assert done
    later = now() + timedelta(days=70)
    while await ledger.expire_lots(
        later
    ):  # all that is left of points and red packets ends, over all rows of the books
        pass
    left = await ledger.liabilities(shop.merchant_id)
    assert left["points"] == left["red_packet"] == 0 and left["balance"] > 0
    rows = await database.fetchval(
        "SELECT count(*) FROM accounts WHERE merchant_id = $1 AND unit = 'points' AND owner_kind = 'merchant' AND version > 0",
        shop.merchant_id,
    )
    assert rows == len({stripe(shop, member) for member in crowd}) > 1


async def test_a_hold_on_nothing_is_short(shop: Shop) -> None:
    """B02, L3: who never had anything has nothing to set aside, and no account is made of the wish."""
    who = ledger.member(new_id())
    async with database.transaction() as tx:
        assert await ledger.hold(tx, shop.merchant_id, who, "points", 1, "none", now()) == ledger.Short(0)
    assert await ledger.balances(shop.merchant_id, who, now()) == {}


async def test_a_book_of_before_goes_on(servers: tuple[str, str, Path]) -> None:
    """Migrations are forward only: the one row of before stays with its history as the first of the rows, the others are opened
    with the ids that movements will look for; so what was held before can be posted after."""
    async with empty_database(servers[0]) as url:
        code = (
            "import asyncio; from tortoise.migrations.api.migrate import migrate;"
            " from backend.kit.database import tortoise_config;"
            f" asyncio.run(migrate(config=tortoise_config({url!r}), target='shuhui.0045_partner_codes'))"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        merchant = UUID("00000000-0000-7000-8000-000000000001")
        old = uuid5(merchant, f"account:merchant:{merchant}:points")
        connection = await asyncpg.connect(url)
        await connection.execute(
            "INSERT INTO accounts (id, merchant_id, owner_kind, owner_id, unit, lower_bound, balance, held, version)"
            " VALUES ($1, $2, 'merchant', $2, 'points', NULL, -120, 0, 4)",
            old,
            merchant,
        )
        await connection.close()
        await migrated(url)
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT id, stripe, balance, version FROM accounts ORDER BY stripe")
        await connection.close()
    assert [row["stripe"] for row in rows] == list(range(STRIPES))
    assert (rows[0]["id"], rows[0]["balance"], rows[0]["version"]) == (old, -120, 4)
    for member in (UUID(int=n) for n in range(STRIPES)):
        side = facing(ledger.merchant_book(merchant), ledger.member(member))
        assert rows[side.stripe]["id"] == account_id(merchant, side, "points")


async def test_a_row_of_the_book_that_is_wrong_is_found(shop: Shop) -> None:
    """L1, L2: one row of a book that does not agree with its entries is seen, and that the unit does not sum to zero."""
    [member] = await people(shop, 1)
    async with database.transaction() as tx:
        await move(tx, shop, member, "balance", 30)
    assert await invariants.violations(shop.merchant_id, "L") == []
    change = (
        "UPDATE accounts SET balance = balance + $2 WHERE merchant_id = $1 AND owner_kind = 'merchant' AND version > 0"
    )
    await database.pool().execute(change, shop.merchant_id, 1)
    assert {v.rule for v in await invariants.violations(shop.merchant_id, "L")} == {"L1", "L2"}
    await database.pool().execute(change, shop.merchant_id, -1)
