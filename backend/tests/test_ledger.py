"""The books: double entry, two-phase, bounded, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import invariants, ledger, merchants
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.tests.conftest import Shop, stays
from backend.tests.test_claim_races import people


async def give(shop: Shop, who: ledger.Owner, amount: int, key: str) -> Any:
    async with database.transaction() as tx:
        return await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=who,
            unit="points",
            amount=amount,
            kind="welcome",
            business_key=key,
            at=now(),
            memo={},
        )


async def spend(shop: Shop, who: ledger.Owner, amount: int, key: str) -> Any:
    async with database.transaction() as tx:
        return await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=who,
            credit=ledger.merchant_book(shop.merchant_id),
            unit="points",
            amount=amount,
            kind="spend",
            business_key=key,
            at=now(),
            memo={},
        )


async def free(shop: Shop, who: ledger.Owner) -> tuple[int, int]:
    return (await ledger.balances(shop.merchant_id, who, now())).get("points", (0, 0))


@pytest.mark.usefixtures("exact")
async def test_points_spent_twice_at_once(shop: Shop) -> None:
    """B02, L3, lessons *Limits*: ten at once want the same 100 points; one gets them, the balance never goes below zero."""
    who = ledger.member((await people(shop, 1))[0])
    await give(shop, who, 100, "in")
    answers = await asyncio.gather(*(spend(shop, who, 100, f"out{n}") for n in range(10)))
    assert sum(isinstance(a, ledger.Moved) for a in answers) == 1 and sum(a == ledger.Short(0) for a in answers) == 9
    assert await free(shop, who) == (0, 0)


@pytest.mark.usefixtures("exact")
async def test_a_business_key_moves_once(shop: Shop) -> None:
    """B02, L5: the same key ten times at once moves once; each caller is told the same transfer."""
    who = ledger.member((await people(shop, 1))[0])
    answers = await asyncio.gather(*(give(shop, who, 50, "same") for _ in range(10)))
    assert len({a.transfer_id for a in answers}) == 1 and sum(not a.replayed for a in answers) == 1
    assert await free(shop, who) == (50, 50)


async def test_accounts_are_opened_once(shop: Shop) -> None:
    """B02: the first transfers of a merchant, ten at once and in both directions, find or open the same two accounts:
    none fails on the account that another opens, and none waits for another in a ring."""
    for _ in range(20):
        merchant_id = (await merchants.found(f"t{new_id().hex[-12:]}", "测试商户", "CNY", "UTC", [], [])).id
        who = ledger.member((await people(replace(shop, merchant_id=merchant_id), 1))[0])
        book = ledger.merchant_book(merchant_id)

        async def move(n: int, debit: ledger.Owner, credit: ledger.Owner, merchant_id: UUID = merchant_id) -> Any:
            async with database.transaction() as tx:
                return await ledger.transfer(
                    tx,
                    merchant_id,
                    debit=debit,
                    credit=credit,
                    unit="points",
                    amount=1,
                    kind="welcome",
                    business_key=str(n),
                    at=now(),
                    memo={},
                )

        answers = await asyncio.gather(*(move(n, *((book, who), (who, book))[n % 2]) for n in range(10)))
        assert all(isinstance(a, ledger.Moved) for a in answers[::2])
        assert await invariants.violations(merchant_id) == []


async def test_hold_post_void(shop: Shop) -> None:
    """B02, L2, L4: a hold takes what is free, is posted up to its amount, and ends once."""
    who, book = ledger.member(new_id()), ledger.merchant_book(shop.merchant_id)
    await give(shop, who, 100, "in")
    async with database.transaction() as tx:
        held = await ledger.hold(tx, shop.merchant_id, who, "points", 70, "h1", now())
        assert isinstance(held, ledger.Held) and await ledger.hold(
            tx, shop.merchant_id, who, "points", 31, "h2", now()
        ) == ledger.Short(30)
        again = await ledger.hold(tx, shop.merchant_id, who, "points", 70, "h1", now())
        assert again == ledger.Held(held.hold_id, replayed=True)
    assert await free(shop, who) == (100, 30)
    async with database.transaction() as tx:
        assert isinstance(
            await ledger.post_hold(
                tx,
                shop.merchant_id,
                "h1",
                owner=who,
                credit=book,
                unit="points",
                kind="spend",
                at=now(),
                memo={},
                amount=60,
            ),
            ledger.Moved,
        )
        assert await ledger.post_hold(
            tx, shop.merchant_id, "h1", owner=who, credit=book, unit="points", kind="spend", at=now(), memo={}
        ) == ledger.HoldEnded("posted")
        assert await ledger.void_hold(tx, shop.merchant_id, "h1", now()) == ledger.HoldEnded("posted")
    assert await free(shop, who) == (40, 40)
    async with database.transaction() as tx:
        await ledger.hold(tx, shop.merchant_id, who, "points", 40, "h3", now())
        assert await ledger.void_hold(tx, shop.merchant_id, "h3", now()) is None
        assert await ledger.void_hold(tx, shop.merchant_id, "nothing", now()) == ledger.HoldEnded("unknown")
    assert await free(shop, who) == (40, 40) and await invariants.violations(shop.merchant_id, "L") == []


async def test_a_failed_transaction_leaves_nothing(shop: Shop) -> None:
    """B02: what is rolled back was never there; its key is free again."""
    who = ledger.member(new_id())
    try:
        async with database.transaction() as tx:
            await ledger.transfer(
                tx,
                shop.merchant_id,
                debit=ledger.merchant_book(shop.merchant_id),
                credit=who,
                unit="points",
                amount=9,
                kind="x",
                business_key="k",
                at=now(),
                memo={},
            )
            raise KeyError("stop")
    except KeyError:
        pass
    assert await free(shop, who) == (0, 0)
    assert not (await give(shop, who, 9, "k")).replayed


async def test_planted_violations_are_found(shop: Shop) -> None:
    """L1, L2, L3: `verify` sees a balance that its entries do not explain, and one below its bound."""
    who = ledger.member(new_id())
    await give(shop, who, 10, "in")
    assert await invariants.violations(shop.merchant_id, "L") == []
    await database.pool().execute(
        "UPDATE accounts SET balance = balance + 5 WHERE merchant_id = $1 AND owner_kind = 'member'", shop.merchant_id
    )
    assert {v.rule for v in await invariants.violations(shop.merchant_id, "L")} == {"L1", "L2", "L6"}
    await database.pool().execute(
        "UPDATE accounts SET balance = balance - 5, held = 3 WHERE merchant_id = $1 AND owner_kind = 'member'",
        shop.merchant_id,
    )
    assert {v.rule for v in await invariants.violations(shop.merchant_id, "L")} == {"L2", "L6"}
    await database.pool().execute(
        "UPDATE accounts SET held = 0 WHERE merchant_id = $1 AND owner_kind = 'member'", shop.merchant_id
    )


STEPS = st.lists(
    st.tuples(st.sampled_from(["give", "spend", "hold", "post", "void"]), st.integers(0, 3), st.integers(1, 120)),
    max_size=25,
)


async def test_any_course_of_moves_keeps_the_books(shop: Shop) -> None:
    """B02, L1–L4: whatever is asked in whatever order, the books agree with a model that adds and subtracts."""
    courses: list[list[tuple[str, int, int]]] = []

    @settings(max_examples=25, deadline=None, database=None)
    @given(steps=STEPS)
    def collect(steps: list[tuple[str, int, int]]) -> None:
        courses.append(steps)

    collect()
    for course in courses:
        await play(shop, course)


async def play(shop: Shop, steps: list[tuple[str, int, int]]) -> None:
    tag, book = new_id().hex, ledger.merchant_book(shop.merchant_id)
    people = [ledger.member(new_id()) for _ in range(4)]
    balance, holds = [0] * 4, [dict[str, int]() for _ in range(4)]
    for n, (step, i, amount) in enumerate(steps):
        who, key = people[i], f"{tag}:{n}"
        available = balance[i] - sum(holds[i].values())
        async with database.transaction() as tx:
            match step:
                case "give":
                    await ledger.transfer(
                        tx,
                        shop.merchant_id,
                        debit=book,
                        credit=who,
                        unit="points",
                        amount=amount,
                        kind="x",
                        business_key=key,
                        at=now(),
                        memo={},
                    )
                    balance[i] += amount
                case "spend":
                    done = await ledger.transfer(
                        tx,
                        shop.merchant_id,
                        debit=who,
                        credit=book,
                        unit="points",
                        amount=amount,
                        kind="x",
                        business_key=key,
                        at=now(),
                        memo={},
                    )
                    assert isinstance(done, ledger.Moved) == (available >= amount)
                    balance[i] -= amount if available >= amount else 0
                case "hold":
                    done2 = await ledger.hold(tx, shop.merchant_id, who, "points", amount, key, now())
                    assert isinstance(done2, ledger.Held) == (available >= amount)
                    if available >= amount:
                        holds[i][key] = amount
                case "post" if holds[i]:
                    name, held = holds[i].popitem()
                    await ledger.post_hold(
                        tx,
                        shop.merchant_id,
                        name,
                        owner=who,
                        credit=book,
                        unit="points",
                        kind="x",
                        at=now(),
                        memo={},
                        amount=min(held, amount),
                    )
                    balance[i] -= min(held, amount)
                case "void" if holds[i]:
                    name, _ = holds[i].popitem()
                    await ledger.void_hold(tx, shop.merchant_id, name, now())
        for k, person in enumerate(people):
            assert await free(shop, person) == (balance[k], balance[k] - sum(holds[k].values()))
    assert await invariants.violations(shop.merchant_id, "L") == []


@pytest.mark.parametrize("table", ["entries", "transfers", "coupon_moves", "refunds", "lot_parts", "journal_lines"])
async def test_what_is_append_only_cannot_be_emptied(shop: Shop, table: str) -> None:
    """L7: nor truncated."""
    await stays(shop.world, f"TRUNCATE {table} CASCADE")
