"""Lessons *Limits*: what others let through when people press at once, each a test of that name.

First the naive way, in PostgreSQL, on as many real connections as there are wishes, which all have looked before the first one
writes: it is seen to overshoot. It runs on toy tables (`naive.limits`, `naive.uses`: one limit and
who used it), not on the product's rows, whose totals are bounded by constraints as well. Naive claims on the product's own rows:
`test_naive_claim_overshoots` (test_coupons.py, with that constraint off) and `test_naive_daily_limit_overshoots`
(test_claim_races.py). Then the product, on its own rows, with the same wishes at the same moment. The same over HTTP and four processes:
`e2e/test_rush.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend import coupons
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, place, quote
from backend.tests.test_claim_races import people
from backend.tests.test_codes import codes_in, enter, generate
from backend.tests.test_drops import make

Naive = Callable[[asyncpg.Connection, asyncio.Barrier], Awaitable[bool]]


@pytest.fixture
async def rival(shop: Shop) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """A limit as others keep it, in a schema of its own: `rival(naive, wishes, most)` is how many of so many wishes a limit of
    `most` let through, each on a connection of its own."""
    pool = shop.world.owner
    await pool.execute("CREATE SCHEMA naive")
    await pool.execute("CREATE TABLE naive.limits (most int NOT NULL, used int NOT NULL DEFAULT 0)")
    await pool.execute("CREATE TABLE naive.uses (who text NOT NULL)")

    async def rush(naive: Naive, wishes: int, most: int) -> int:
        await pool.execute("TRUNCATE naive.limits, naive.uses")
        await pool.execute("INSERT INTO naive.limits (most) VALUES ($1)", most)
        gate = asyncio.Barrier(wishes)
        async with AsyncExitStack() as stack:
            connections = []
            for _ in range(wishes):
                connections.append(await asyncpg.connect(shop.world.settings.owner_url))
                stack.push_async_callback(connections[-1].close)
            return sum(await asyncio.gather(*(naive(c, gate) for c in connections)))

    try:
        yield rush
    finally:
        await pool.execute("DROP SCHEMA naive CASCADE")


async def claims(drop_id: str, shop: Shop, members: Sequence[UUID], paths: int) -> Counter[str]:
    """Answers to everybody at once, through so many claim paths, as so many API processes have them."""
    drop = decode("drp", drop_id)
    assert drop is not None
    ways = [coupons.Claims(b"x" * 32) for _ in range(paths)]
    answers = await asyncio.gather(
        *(
            ways[n % paths].claim(coupons.Claim(shop.merchant_id, drop, member, key(), now(), "h5", None))
            for n, member in enumerate(members)
        )
    )
    return Counter(type(answer).__name__ for answer in answers)


def kinds(answers: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(a["__typename"] for a in answers)


async def look_then_count(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """Is there one left? Then one more is used."""
    left = await connection.fetchval("SELECT most - used FROM naive.limits")
    await gate.wait()
    if left <= 0:
        return False
    await connection.execute("UPDATE naive.limits SET used = used + 1")
    return True


async def count_then_write(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """How many has this customer used? Then one more is written."""
    left = await connection.fetchval("SELECT most - (SELECT count(*) FROM naive.uses) FROM naive.limits")
    await gate.wait()
    if left <= 0:
        return False
    await connection.execute("INSERT INTO naive.uses (who) VALUES ('customer')")
    return True


async def look_then_lock(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """Is there one left? Then the row is locked and one more is used, which is what the lock does not ask again."""
    left = await connection.fetchval("SELECT most - used FROM naive.limits")
    await gate.wait()
    if left <= 0:
        return False
    async with connection.transaction():
        await connection.execute("SELECT 1 FROM naive.limits FOR UPDATE")
        await connection.execute("UPDATE naive.limits SET used = used + 1")
    return True


async def mark_as_used(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """Is it unused? Then it is this order's, and marked as used, whoever else did so meanwhile."""
    used = await connection.fetchval("SELECT used FROM naive.limits")
    await gate.wait()
    if used:
        return False
    async with connection.transaction():
        await connection.execute("INSERT INTO naive.uses (who) VALUES ('order')")
        await connection.execute("UPDATE naive.limits SET used = 1")
    return True


async def look_then_spend(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """Is there ¥10.00 left of the budget? Then it is given."""
    left = await connection.fetchval("SELECT most - used FROM naive.limits")
    await gate.wait()
    if left < 1000:
        return False
    await connection.execute("UPDATE naive.limits SET used = used + 1000")
    return True


async def guarded(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
    """One statement that looks and counts: exact."""
    await gate.wait()
    return bool(await connection.fetchval("UPDATE naive.limits SET used = used + 1 WHERE used < most RETURNING true"))


@pytest.mark.usefixtures("exact")
async def test_saleor_544_a_voucher_for_one_is_used_by_two(shop: Shop, rival: Any) -> None:
    """K04, C1: a shared code that is good once; two customers enter it at the same moment. Naive: both have it."""
    assert await rival(look_then_count, 2, 1) == 2
    assert (await make(shop, access="SHARED", sharedCode="只此一张", total=1))["__typename"] == "CouponDrop"
    shoppers = [await shop.shopper() for _ in range(2)]
    answers = await asyncio.gather(*(enter(s, "只此一张") for s in shoppers))
    assert kinds(answers) == {"Coupon": 1, "CouponSoldOut": 1}


@pytest.mark.usefixtures("exact")
async def test_shopware_11245_one_code_in_one_packet(shop: Shop, rival: Any) -> None:
    """K04, C8: a code that is good once arrives twenty times in one packet, from ten customers. Naive: twenty have it."""
    assert await rival(mark_as_used, 20, 1) == 20
    drop = await make(shop, access="CODES")
    (code,) = await codes_in((await generate(shop, drop["id"], 1))["id"])
    shoppers = [await shop.shopper() for _ in range(10)]
    answers = await asyncio.gather(*(enter(s, code) for s in shoppers * 2))
    assert kinds(answers) == {"Coupon": 1, "CodeUsed": 19}
    written = await database.fetch("SELECT 1 FROM coupons WHERE merchant_id = $1", shop.merchant_id)
    assert len(written) == 1


@pytest.mark.usefixtures("exact")
async def test_vendure_4660_a_single_use_coupon_redeemed_without_limit(shop: Shop, rival: Any) -> None:
    """K02, C2: one customer presses eight times where one may have one. Naive: eight, and as many as one presses."""
    assert await rival(count_then_write, 8, 1) == 8
    shopper, drop_id = await shop.shopper(), await shop.drop(per_member=1)
    answers = await asyncio.gather(*(claim(shopper, drop_id) for _ in range(8)))
    assert kinds(answers) == {"Coupon": 1, "ClaimLimitReached": 7}


@pytest.mark.usefixtures("exact")
async def test_mall_1003_one_coupon_on_five_orders(shop: Shop, rival: Any) -> None:
    """C6, O4 (macrozheng/mall#1003): five orders at once want one coupon. Naive: five have its discount."""
    assert await rival(mark_as_used, 5, 1) == 5
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=500))
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(*(place(shopper, {"BEEF": 1}, token) for _ in range(5)))
    assert kinds(answers) == {"Order": 1, "PriceChanged": 4}
    assert {a["quote"]["payableFen"] for a in answers if a["__typename"] == "PriceChanged"} == {4000}
    sold = await database.fetch("SELECT payable_fen FROM orders WHERE merchant_id = $1", shop.merchant_id)
    assert [row["payable_fen"] for row in sold] == [3500]


@pytest.mark.usefixtures("exact")
async def test_medusa_16012_a_budget_is_overspent(shop: Shop, rival: Any) -> None:
    """P12, C7: twelve orders at once want ¥10.00 each of a budget of ¥30.00. Naive: ¥120.00 are given."""
    assert await rival(look_then_spend, 12, 3000) == 12
    offer = {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 4000, "off": 1000}], "budget": 3000}
    await shop.promotion(offer)
    rivals = [await shop.shopper() for _ in range(12)]
    tokens = [(await quote(r, {"BEEF": 1}))["token"] for r in rivals]
    answers = await asyncio.gather(*(place(r, {"BEEF": 1}, t) for r, t in zip(rivals, tokens, strict=True)))
    assert kinds(answers) == {"Order": 3, "PriceChanged": 9}
    sold = await database.fetch("SELECT payable_fen FROM orders WHERE merchant_id = $1", shop.merchant_id)
    assert [row["payable_fen"] for row in sold] == [3000, 3000, 3000]


@pytest.mark.usefixtures("exact")
async def test_eventyay_1398_a_limit_of_three_redeemed_five_times(shop: Shop, rival: Any) -> None:
    """K11, C1: five customers at once, three coupons; the lock comes after the look. Naive: five of three."""
    assert await rival(look_then_lock, 5, 3) == 5
    drop_id = await shop.drop(total=3)
    assert await claims(drop_id, shop, await people(shop, 5), 5) == {"Claimed": 3, "CouponSoldOut": 2}


@pytest.mark.usefixtures("exact")
async def test_forty_of_forty_through_a_limit_of_ten(shop: Shop, rival: Any) -> None:
    """K11, C1: look, lock, count lets 40 of 40 through a limit of 10; one guarded statement lets exactly 10, and so do claims in
    micro-batches through four paths."""
    assert await rival(look_then_lock, 40, 10) == 40
    assert await rival(guarded, 40, 10) == 10
    drop_id = await shop.drop(total=10)
    assert await claims(drop_id, shop, await people(shop, 40), 4) == {"Claimed": 10, "CouponSoldOut": 30}


@pytest.mark.usefixtures("exact")
async def test_sylius_18960_a_guarded_counter_blocks_on_its_row(shop: Shop, rival: Any) -> None:
    """K11: what is exact need not be quick. Thirty guarded statements, whose transactions keep the row for 40 ms each, take
    thirty turns: the last waits more than a second. The same thirty wishes for a drop whose row is kept as long share a few
    turns. What nobody limits is counted on no row at all."""
    wishes, kept = 30, 0.04

    async def counted(connection: asyncpg.Connection, gate: asyncio.Barrier) -> bool:
        await gate.wait()
        async with connection.transaction():
            found = await connection.fetchval(
                "UPDATE naive.limits SET used = used + 1 WHERE used < most RETURNING true"
            )
            await connection.execute("SELECT pg_sleep($1)", kept)  # what else an order does before it commits
        return bool(found)

    began = time.monotonic()
    assert await rival(counted, wishes, 1000) == wishes
    naive = time.monotonic() - began
    assert naive > wishes * kept > 1

    members, drop_id = await people(shop, wishes), await shop.drop(total=1000)
    owner = shop.world.owner
    async with owner.acquire() as connection:
        await connection.execute(
            "CREATE FUNCTION naive.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            f" $$ BEGIN INSERT INTO naive.uses VALUES ('turn'); PERFORM pg_sleep({kept}); RETURN NULL; END $$"
        )
        await connection.execute(
            f"CREATE TRIGGER keep AFTER UPDATE ON coupon_drops FOR EACH ROW WHEN (NEW.id = '{decode('drp', drop_id)}')"
            " EXECUTE FUNCTION naive.keep()"
        )
    try:
        began = time.monotonic()
        assert await claims(drop_id, shop, members, 4) == {"Claimed": wishes}
        ours = time.monotonic() - began
    finally:
        await owner.execute("DROP TRIGGER keep ON coupon_drops")
    turns = await owner.fetchval("SELECT count(*) FROM naive.uses")
    assert 1 <= turns <= wishes / 2 and ours < naive / 2, (turns, ours, naive)

    await shop.promotion({"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 100})
    assert (await place(await shop.shopper(), {"BEEF": 1}))["payableFen"] == 3900
    assert await database.fetch("SELECT 1 FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == []
