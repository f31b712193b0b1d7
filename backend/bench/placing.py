"""`shuhui bench order`: orders a second (quote, place, pay; without HTTP) while all of them meet on one flash sale, on one
budget, on both, or each pay a part with points of their own, against the same rules without, turn by turn in one run after a
turn that is not counted (each connection prepares and plans its statements then); and the quote of a member who holds 200 coupons
against one who holds none. Every commit is durable. Every invariant is checked after each turn of each meeting, beside its time, and
after each row of quotes; a row says how often."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import uvloop

from backend import ledger, orders, promotions
from backend.bench import holding
from backend.bench.installation import Audits, Installation, at_once, installed, servers
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.settings import Settings

Json = dict[str, Any]
AT_ONCE = 24
MANY = 100_000_000


@dataclass(frozen=True, slots=True)
class Meeting:
    """What orders meet on: the article they buy, what its offer is limited by (otherwise all offers are one), the points that each order
    pays with, the least share of the first one's rate."""

    name: str
    sku: str
    limited: Mapping[str, Any] = field(default_factory=dict)
    points: int = 0
    must: float | None = None


FLASH = {"limits": {"stock": MANY, "per_customer": 1000}}
MEETINGS = (
    Meeting("no limit", "SKU1"),
    Meeting("one flash sale", "SKU2", FLASH, must=0.7),
    Meeting("one budget", "SKU3", {"budget": MANY}, must=0.7),
    Meeting("one flash sale with a budget", "SKU4", {**FLASH, "budget": MANY}, must=0.7),
    Meeting("points of its own member", "SKU5", points=100, must=0.7),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Orders of one turn of each, quotes of one turn of each member, turns."""

    orders: int = 150
    quotes: int = 40
    turns: int = 4


def bench_order(sizes: Sizes | None = None) -> Iterator[Json]:
    """The rows, one after the other."""
    with servers() as (settings, postgres), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(settings, postgres, sizes or Sizes()))


async def _measured(settings: Settings, postgres: int, sizes: Sizes) -> list[Json]:
    async with installed(settings, postgres, sizes.orders + 1 + len(holding.HOLDINGS)) as it:
        live = [await _promotion(it, meeting) for meeting in MEETINGS]
        shoppers, (plain, *holders) = it.people[: sizes.orders], it.people[sizes.orders :]
        await _points(it, shoppers, (sizes.turns + 1) * sum(meeting.points for meeting in MEETINGS))
        payments, seconds, audits = count(), [0.0] * len(MEETINGS), [Audits() for _ in MEETINGS]
        for turn in range(sizes.turns + 1):
            for k, meeting in enumerate(MEETINGS):
                took = await _orders(it, shoppers, meeting, payments)
                seconds[k] += took if turn else 0
                await audits[k].made(it)
        done = sizes.orders * sizes.turns
        rate = [done / s for s in seconds]
        rows: list[Json] = [
            {
                "bench": "order", "offer": meeting.name, "orders": done, "at_once": AT_ONCE, "commit": "durable (fsync, synchronous_commit on)",
                "per_second": round(rate[k]), "to_no_limit": round(rate[k] / rate[0], 2), **({"must": meeting.must} if meeting.must else {}),
                **audits[k].told(),
            }
            for k, meeting in enumerate(MEETINGS)
        ]  # fmt: skip
        for promotion in live:  # what is quoted beside coupons is told by `holding` alone
            over = await promotions.end(it.merchant_id, "staff:bench", promotion, str(new_id()), now())
            assert isinstance(over, promotions.PromotionInfo), over
        rows.extend(await holding.measured(it, plain, holders, sizes.quotes, sizes.turns))
        return rows


async def _points(it: Installation, shoppers: Sequence[UUID], amount: int) -> None:
    """What they pay with."""
    async with database.transaction() as tx:
        for member in shoppers:
            await ledger.transfer(
                tx, it.merchant_id, debit=ledger.merchant_book(it.merchant_id), credit=ledger.member(member), unit="points", amount=amount,
                kind="grant", business_key=f"bench:{member}", at=now(), memo={},
            )  # fmt: skip


async def _promotion(it: Installation, meeting: Meeting) -> UUID:
    """One price for one article, limited or not."""
    offer = {"type": "amount_off", "scope": {"skus": [meeting.sku]}, "off": 100, **meeting.limited}
    day = timedelta(days=1)
    made = await promotions.create(
        it.merchant_id,
        "staff:bench",
        None,
        promotions.Draft(meeting.name, "", now() - day, now() + day, (offer,)),
        str(new_id()),
        now(),
    )
    assert isinstance(made, promotions.PromotionInfo), made
    live = await promotions.publish(it.merchant_id, "staff:bench", made.id, str(new_id()), now())
    assert isinstance(live, promotions.PromotionInfo), live
    return live.id


async def _orders(it: Installation, shoppers: Sequence[UUID], meeting: Meeting, payments: Iterator[int]) -> float:
    """One order of each shopper: quoted, placed and paid."""
    secret, lines = it.settings.secret, ((meeting.sku, 1), ("SKU9", 1))
    wish = orders.Wish(it.store_id, "MINIAPP", "PICKUP", lines, points=meeting.points)

    async def one(n: int) -> None:
        member = shoppers[n]
        priced = await orders.quote(secret, it.merchant_id, member, wish, now())
        assert isinstance(priced, orders.Priced), priced
        placed = await orders.place(secret, it.merchant_id, member, wish, priced.token, str(new_id()), now())
        assert isinstance(placed, orders.OrderInfo) and placed.list_fen - placed.goods_fen == 100, placed
        assert placed.payable_fen - placed.due_fen == meeting.points, placed
        paid = await orders.pay(it.merchant_id, placed.number, f"pay{next(payments)}", placed.due_fen, now())
        assert isinstance(paid, orders.OrderInfo) and paid.state == "paid", paid

    return await at_once(len(shoppers), AT_ONCE, one)
