"""L6, L2, L4: holds, payments, refunds in parts and ends of lots in any order: nothing is lost or doubled, what has ended is not
there, and days after an end are given once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend import invariants, ledger, merchants
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.database import Tx
from backend.ledger import lots
from backend.ledger.accounts import account_id
from backend.ledger.rules import PacketTerms
from backend.tests.conftest import Shop
from backend.tests.refunding import member_of

POLICIES = ({"kind": "rolling", "months": 1}, {"kind": "idle", "months": 1}, {"kind": "year_end"})
Parts = dict[object, int]


class Account:
    """A member's account whose clock is ours; `waiting` holds and `spent` what may still come back, by lot for red packets."""

    def __init__(self, shop: Shop, member: ledger.Owner, unit: ledger.Unit, rng: random.Random) -> None:
        self.merchant, self.mine, self.unit, self.rng = shop.merchant_id, member, unit, rng
        self.book, self.id = ledger.merchant_book(self.merchant), account_id(self.merchant, member, unit)
        self.at = now() - timedelta(days=400)
        self.waiting: dict[str, Parts] = {}
        self.spent: dict[str, Parts] = {}

    async def free(self) -> Parts:
        rows = await database.fetch(
            "SELECT id, remaining - held AS free FROM lots WHERE merchant_id = $1 AND account_id = $2 AND remaining > held"
            " AND (expires_at IS NULL OR expires_at > $3) ORDER BY id",
            self.merchant,
            self.id,
            self.at,
        )
        return {row["id"]: row["free"] for row in rows}

    def some(self, there: Parts) -> Parts:
        """Parts of what there is: of points any number, of red packets by name."""
        if self.unit == "points":
            return {None: self.rng.randint(1, sum(there.values()))} if there else {}
        return {lot: self.rng.randint(1, n) for lot, n in there.items() if n and self.rng.random() < 0.7}

    def named(self, parts: Parts) -> tuple[tuple[object, int], ...]:
        return () if self.unit == "points" else tuple(parts.items())

    async def earn(self, tx: Tx) -> None:
        amount, mark = self.rng.randint(1, 300), key()
        terms = PacketTerms(0, self.at + timedelta(days=self.rng.randint(1, 40)))
        which = ledger.Lots(opens=terms) if self.unit == "red_packet" else ledger.Lots()
        await self.move(tx, self.book, self.mine, amount, "earn", mark, which)

    async def hold(self, tx: Tx) -> None:
        if parts := self.some(await self.free()):
            mark, amount, named = key(), sum(parts.values()), self.named(parts)
            held = await ledger.hold(tx, self.merchant, self.mine, self.unit, amount, mark, self.at, None, named)  # type: ignore[arg-type]
            assert isinstance(held, ledger.Held)
            self.waiting[mark] = parts

    async def post(self, tx: Tx) -> None:
        if self.waiting:
            mark = self.rng.choice(list(self.waiting))
            self.spent[ledger.posted_key(mark)] = self.waiting.pop(mark)
            own = {"owner": self.mine, "credit": self.book, "unit": self.unit}
            await ledger.post_hold(tx, self.merchant, mark, **own, kind="spend", at=self.at, memo={})  # type: ignore[arg-type]

    async def void(self, tx: Tx) -> None:
        if self.waiting:
            mark = self.rng.choice(list(self.waiting))
            del self.waiting[mark]
            await ledger.void_hold(tx, self.merchant, mark, self.at)

    async def back(self, tx: Tx) -> None:
        """A part of a refund, and what it withholds."""
        if not self.spent:
            return
        mark = self.rng.choice(list(self.spent))
        if parts := self.some({lot: n for lot, n in self.spent[mark].items() if n}):
            await ledger.locked(tx, self.merchant, self.mine, [self.unit], self.at)
            which = ledger.Lots(self.named(parts))  # type: ignore[arg-type]
            await self.move(tx, self.book, self.mine, sum(parts.values()), "refund", key(), which, mark)
            for lot, n in parts.items():
                self.spent[mark][lot] -= n
            if (kept := self.some(parts)) and self.rng.random() < 0.4:
                which = ledger.Lots(self.named(kept))  # type: ignore[arg-type]
                await self.move(tx, self.mine, self.book, sum(kept.values()), "withheld", key(), which)

    async def move(
        self, tx: Tx, debit: ledger.Owner, credit: ledger.Owner, n: int, kind: str, mark: str, which: ledger.Lots, of: str | None = None
    ) -> None:  # fmt: skip
        told: dict[str, Any] = {
            "unit": self.unit,
            "amount": n,
            "kind": kind,
            "business_key": mark,
            "at": self.at,
            "memo": {},
        }
        moved = await ledger.transfer(tx, self.merchant, debit=debit, credit=credit, gives_back=of, which=which, **told)
        assert isinstance(moved, ledger.Moved) and not moved.replayed

    async def exact(self) -> None:
        """Lots, balance, holds and what is free say the same."""
        row = await database.fetchrow(
            "SELECT a.balance, a.held, coalesce(sum(l.remaining), 0)::bigint AS lots, coalesce(sum(l.held), 0)::bigint AS lots_held"
            " FROM accounts a LEFT JOIN lots l ON l.merchant_id = a.merchant_id AND l.account_id = a.id WHERE a.merchant_id = $1 AND a.id = $2 GROUP BY a.balance, a.held",
            self.merchant,
            self.id,
        )
        if row is not None:
            held = sum(sum(parts.values()) for parts in self.waiting.values())
            assert (row["balance"], row["held"], held) == (row["lots"], row["lots_held"], row["held"])
            told = (await ledger.balances(self.merchant, self.mine, self.at))[self.unit][1]
            assert told == sum((await self.free()).values())


TWICE = (
    "SELECT count(*) FROM lots n JOIN lot_parts p ON p.merchant_id = n.merchant_id AND p.lot_id = n.id AND p.transfer_id = n.transfer_id"
    " JOIN lot_parts o ON o.merchant_id = p.merchant_id AND o.id = p.origin_id JOIN lots l ON l.merchant_id = o.merchant_id AND l.id = o.lot_id"
    " WHERE n.merchant_id = $1 AND l.first_ends_at IS NOT NULL AND n.expires_at > n.earned_at + interval '1 millisecond'"
)


async def drain(at: datetime) -> None:
    while await lots.expire_due(at):
        pass


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("unit", ["points", "red_packet"])
async def test_lots_in_any_order(shop: Shop, unit: ledger.Unit, seed: int) -> None:
    """L2, L4, L6, B03, P04: sixty steps of a year, seen after each."""
    rng = random.Random(seed)
    await merchants.set_points_policy(shop.merchant_id, rng.choice(POLICIES))
    it = Account(shop, ledger.member(await member_of(await shop.shopper())), unit, rng)
    for _ in range(60):
        it.at += timedelta(days=rng.choice((0, 0, 1, 5, 10)), seconds=1)
        step = rng.choice((it.earn, it.hold, it.hold, it.post, it.post, it.void, it.back, it.back, it.back, None))
        if step is None:
            await drain(it.at)
        else:
            async with database.transaction() as tx:
                await step(tx)
        await it.exact()
    assert it.spent and await database.fetchval(TWICE, shop.merchant_id) == 0
    await drain(now())
    assert await invariants.violations(shop.merchant_id) == []
