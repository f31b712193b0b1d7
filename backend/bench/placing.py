"""`shuhui bench order`: orders a second (quote, place, pay; without HTTP) while all of them meet on one flash sale, on one
budget, or on both, against the same rules without a limit, turn by turn in one run; and the quote of a member who holds 200
coupons against one who holds none. Every commit is durable; after each row every invariant is checked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import uvloop

from backend import coupons, orders, promotions
from backend.bench.installation import Installation, at_once, held, installed, servers
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.settings import Settings

Json = dict[str, Any]
AT_ONCE = 24
MANY = 100_000_000
HELD = 200
TEMPLATES = (4, 20)
"""How many different coupons the 200 are: of equal ones a quote weighs the soonest to end."""

SHOPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("no limit", "SKU1", {}),
    ("one flash sale", "SKU2", {"limits": {"stock": MANY, "per_customer": 1000}}),
    ("one budget", "SKU3", {"budget": MANY}),
    ("one flash sale with a budget", "SKU4", {"limits": {"stock": MANY, "per_customer": 1000}, "budget": MANY}),
)
"""What is measured, the article it is about, and what its offer is limited by: otherwise all of them are one."""


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
    async with installed(settings, postgres, sizes.orders + 1 + len(TEMPLATES)) as it:
        for name, sku, more in SHOPS:
            await _promotion(it, name, sku, more)
        shoppers, (plain, *holders) = it.people[: sizes.orders], it.people[sizes.orders :]
        payments, seconds = count(), [0.0] * len(SHOPS)
        for _ in range(sizes.turns):
            for k, (_, sku, _) in enumerate(SHOPS):
                seconds[k] += await _orders(it, shoppers, sku, payments)
        done = sizes.orders * sizes.turns
        audit = await held(it)
        rate = [done / s for s in seconds]
        rows: list[Json] = [
            {
                "bench": "order", "offer": name, "orders": done, "at_once": AT_ONCE, "commit": "durable (fsync, synchronous_commit on)",
                "per_second": round(rate[k]), "to_no_limit": round(rate[k] / rate[0], 2), **({"must": 0.7} if k else {}), **audit,
            }
            for k, (name, _, _) in enumerate(SHOPS)
        ]  # fmt: skip
        for templates, rich in zip(TEMPLATES, holders, strict=True):
            rows.append(await _quotes(it, plain, rich, templates, sizes))
        return rows


async def _promotion(it: Installation, name: str, sku: str, more: dict[str, Any]) -> None:
    """One price for one article, limited or not."""
    offer = {"type": "amount_off", "scope": {"skus": [sku]}, "off": 100, **more}
    day = timedelta(days=1)
    made = await promotions.create(
        it.merchant_id,
        "staff:bench",
        None,
        promotions.Draft(name, "", now() - day, now() + day, (offer,)),
        str(new_id()),
        now(),
    )
    assert isinstance(made, promotions.PromotionInfo), made
    live = await promotions.publish(it.merchant_id, "staff:bench", made.id, str(new_id()), now())
    assert isinstance(live, promotions.PromotionInfo), live


async def _orders(it: Installation, shoppers: Sequence[UUID], sku: str, payments: Iterator[int]) -> float:
    """One order of each shopper: quoted, placed and paid."""
    secret, wish = it.settings.secret, orders.Wish(it.store_id, "MINIAPP", "PICKUP", ((sku, 1), ("SKU9", 1)))

    async def one(n: int) -> None:
        member = shoppers[n]
        priced = await orders.quote(secret, it.merchant_id, member, wish, now())
        assert isinstance(priced, orders.Priced), priced
        placed = await orders.place(secret, it.merchant_id, member, wish, priced.token, str(new_id()), now())
        assert isinstance(placed, orders.OrderInfo) and placed.list_fen - placed.goods_fen == 100, placed
        paid = await orders.pay(it.merchant_id, placed.number, f"pay{next(payments)}", placed.due_fen, now())
        assert isinstance(paid, orders.OrderInfo) and paid.state == "paid", paid

    return await at_once(len(shoppers), AT_ONCE, one)


async def _quotes(it: Installation, plain: UUID, rich: UUID, templates: int, sizes: Sizes) -> Json:
    """The same cart for a member without coupons and one with 200, each of which it could use."""
    day = timedelta(days=1)
    for n in range(templates):
        template = coupons.NewTemplate(
            f"券{n}", {"off": {"min": 500 * n, "off": 50 + 25 * n}}, {"all": True}, coupons.Validity(None, None, 48)
        )
        drop = coupons.NewDrop(f"券{n}", template, now() - day, now() + day, HELD, 99, publish=True)
        made = await coupons.create_drop(it.merchant_id, "staff:bench", drop, str(new_id()), now())
        assert isinstance(made, coupons.DropInfo), made
        for k in range(HELD // templates):
            got = await it.runtime.claims.claim(
                coupons.Claim(it.merchant_id, made.id, rich, f"q{n}-{k}", now(), "h5", None)
            )
            assert isinstance(got, coupons.Claimed), got
    wish = orders.Wish(it.store_id, "MINIAPP", "PICKUP", tuple((f"SKU{n}", 1 + n % 3) for n in range(8)))
    spent = {plain: 0.0, rich: 0.0}
    for _ in range(sizes.turns):
        for member in (plain, rich):
            began = time.perf_counter()
            for _ in range(sizes.quotes):
                priced = await orders.quote(it.settings.secret, it.merchant_id, member, wish, now())
                assert isinstance(priced, orders.Priced) and sum(one.alike for one in priced.held.values()) == (
                    HELD if member == rich else 0
                ), priced
            spent[member] += time.perf_counter() - began
    done = sizes.quotes * sizes.turns
    return {
        "bench": "order", "quote": f"8 lines, {HELD} coupons of {templates} templates held, against none", "quotes": done,
        "ms": round(1000 * spent[rich] / done, 2), "ms_with_none": round(1000 * spent[plain] / done, 2),
        "time_to_time_with_none": round(spent[rich] / spent[plain], 2), "must_be_below": 2, **await held(it),
    }  # fmt: skip
