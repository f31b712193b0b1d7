"""Q09: pre-sales under real concurrency, their money on any path, and violations that must be found."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from backend import invariants, ledger, orders
from backend.invariants.model import look_at
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place
from backend.tests.preselling import (
    cancel,
    deposited,
    give_back,
    mine,
    pass_time,
    place_rest,
    presale,
    price,
    reserve,
    stock,
)
from backend.tests.refunding import ask, member_of, refund
from backend.tests.test_invariants import without_constraints

exact = pytest.mark.usefixtures("exact")


@exact
async def test_the_last_unit_of_deposit_stock_goes_to_one(shop: Shop) -> None:
    """Q09, O4, O5: twelve shoppers at once for three units: three have one, nine are told, nothing else was taken."""
    promotion = await presale(shop, limits={"stock": 3})
    shoppers = [await shop.shopper() for _ in range(12)]
    answers = await asyncio.gather(*(reserve(s, promotion, {"TRIPE": 1}, 1000) for s in shoppers))
    kinds = sorted(a["__typename"] for a in answers)
    assert kinds == ["Presale"] * 3 + ["PresaleSoldOut"] * 9
    assert await stock(shop, "TRIPE") == (97, 3, 0, 0)


@exact
async def test_one_member_many_times_at_once(shop: Shop) -> None:
    """Q09, C4, O5: one member beside themselves never has more than the limit; one key has one outcome."""
    promotion = await presale(shop, limits={"per_customer": 2})
    shopper = await shop.shopper()
    answers = await asyncio.gather(*(reserve(shopper, promotion, {"TRIPE": 1}, 1000) for _ in range(6)))
    assert sorted(a["__typename"] for a in answers) == ["Presale"] * 2 + ["PresaleLimitReached"] * 4
    again = await shop.shopper()
    twice = await asyncio.gather(*(reserve(again, promotion, {"TRIPE": 1}, 1000, "tap") for _ in range(4)))
    assert len({a["id"] for a in twice}) == 1
    assert await stock(shop, "TRIPE") == (97, 3, 0, 0)


@exact
async def test_the_rest_is_placed_and_paid_once(shop: Shop) -> None:
    """Q09, O6: the rest placed five times at once by different taps is one order; its payment told many times pays once."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made)
    token = (await price(shopper, made))["quote"]["token"]
    answers = await asyncio.gather(*(place_rest(shopper, made, token) for _ in range(5)))
    [order] = [a for a in answers if a["__typename"] == "Order"]
    assert all(a["orderId"] == order["id"] for a in answers if a["__typename"] == "PresaleNotInState")
    told = [orders.pay(shop.merchant_id, order["number"], f"wx-{n % 2}", order["dueFen"], now()) for n in range(6)]
    paid = await asyncio.gather(*told)
    assert sum(isinstance(p, orders.OrderInfo) for p in paid) == 3  # those of the payment that was first
    due = await database.fetchval(
        "SELECT sum(amount_fen) FROM payouts WHERE merchant_id = $1 AND number LIKE 'D%'", shop.merchant_id
    )
    assert due == order["dueFen"]  # the other one goes back, once
    assert await stock(shop, "TRIPE") == (99, 0, 1, 0)


@exact
@pytest.mark.parametrize("made_in_time", [True, False])
async def test_the_rest_paid_at_the_instant_of_forfeiture(shop: Shop, made_in_time: bool) -> None:
    """Q09: payment, schedule, customer and staff meet at the end of the window: one outcome, and all money has its place."""
    promotion = await presale(shop)
    shopper, admin = await shop.shopper(), await shop.admin()
    for _ in range(4):
        made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
        whose = decode("psl", made["id"])
        assert whose is not None
        await pass_time(shop, made)
        order = await place_rest(shopper, made)
        await pass_time(shop, made, opens=-7200, closes=0)
        at = now()
        told = at - timedelta(seconds=2) if made_in_time else at
        await asyncio.gather(
            orders.pay(shop.merchant_id, order["number"], f"wx-{order['number']}", order["dueFen"], at, told),
            orders.presales.settle_overdue(shop.merchant_id, whose, at),
            orders.cancel(shop.merchant_id, None, decode("ord", order["id"]), f"overdue:{order['id']}", "system", at),  # type: ignore[arg-type]
            cancel(shopper, made, 1000),
            give_back(admin, made, "MERCHANT"),
        )
        await orders.presales.settle_overdue(shop.merchant_id, whose, now())
        after = await mine(shopper, made)
        assert after["state"] in ("SETTLED", "FORFEITED", "RETURNED")
        assert made_in_time or after["state"] != "SETTLED"
        assert await invariants.violations(shop.merchant_id) == []


@exact
@pytest.mark.parametrize("seed", range(6))
async def test_money_on_any_path(shop: Shop, seed: int) -> None:
    """Q09, O2: whatever happens, what the customer paid less what they got back is what the merchant keeps by rule."""
    rng = random.Random(seed)
    deposit = rng.choice((1, 333, 1000, 1999))
    promotion = await presale(
        shop, ("TRIPE", "SHRIMP"), deposit=min(deposit, 900), counts_as=min(deposit, 900) + rng.choice((1, 999))
    )
    if rng.random() < 0.5:
        await shop.promotion({"type": "percent_off", "scope": {"skus": ["TRIPE"]}, "pay_bp": rng.choice((900, 7777))})
    shopper, admin = await shop.shopper(), await shop.admin()
    member = ledger.member(await member_of(shopper))
    paid = keeps = 0
    for _ in range(6):
        units = {sku: rng.randint(1, 3) for sku in rng.sample(["TRIPE", "SHRIMP"], rng.randint(1, 2))}
        fen = min(deposit, 900) * sum(units.values())
        made = await reserve(shopper, promotion, units, fen)
        assert made["__typename"] == "Presale", made
        if rng.random() < 0.15:
            assert (await cancel(shopper, made, made["keepsFen"]))["keptFen"] == 0
            continue
        await pay(shop.world, made)
        paid += fen
        path = rng.choice(("cancel", "merchant", "agreed", "forfeit", "rest", "rest", "rest"))
        if path == "cancel":
            keeps += (await cancel(shopper, made, made["keepsFen"]))["keptFen"]
        elif path == "forfeit":
            await pass_time(shop, made, opens=-7200, closes=-1)
            await orders.presales.settle_overdue(shop.merchant_id, decode("psl", made["id"]), now())  # type: ignore[arg-type]
            keeps += (await mine(shopper, made))["keptFen"]
        elif path in ("merchant", "agreed"):
            keeps -= (await give_back(admin, made, path.upper()))["extraFen"]
        else:
            await pass_time(shop, made)
            order = await place_rest(shopper, made)
            assert order["__typename"] == "Order", order
            if order["dueFen"]:
                await pay(shop.world, order)
            paid += order["dueFen"]
            keeps += order["payableFen"]
            if rng.random() < 0.6:
                some = units if rng.random() < 0.5 else {next(iter(units)): 1}
                back: Any = await (ask(shopper, order, some) if some == units else refund(admin, order, some))
                keeps -= back["refundedFen"]
    got_back = await database.fetchval(
        "SELECT coalesce(sum(amount_fen), 0)::bigint FROM payouts WHERE merchant_id = $1", shop.merchant_id
    )
    account = (await ledger.balances(shop.merchant_id, member, now())).get("balance", (0, 0))[1]
    assert paid - got_back - account == keeps
    assert await invariants.violations(shop.merchant_id) == []


PLANTED = {
    "O2 a deposit that was lost on the way": (
        "O2",
        "UPDATE presales SET used_fen = used_fen - 1, returned_fen = returned_fen + 1 WHERE merchant_id = $1 AND state = 'settled'",
    ),
    "O2 an order whose deposit is another": (
        "O2",
        "UPDATE orders SET deposit_fen = deposit_fen - 1, due_fen = due_fen + 1 WHERE merchant_id = $1 AND presale_id IS NOT NULL",
    ),
    "O2 more back than was paid": (
        "O2",
        "UPDATE payouts SET amount_fen = amount_fen + 1, total_fen = total_fen + 1 WHERE merchant_id = $1 AND presale_id IS NOT NULL",
    ),
    "O4 units that nobody holds": (
        "O4",
        "UPDATE presales SET units = '[[\"TRIPE\", 2, 10000]]' WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
    "O4 uses that nobody counted": (
        "O4",
        "UPDATE presales SET qty = 2 WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
    "O5 more than the activity stock": (
        "O5",
        "UPDATE presales SET qty = 9 WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
    "O6 one payment for two deposits": (
        "O6",
        "UPDATE presales SET payment_id = (SELECT payment_id FROM presales WHERE merchant_id = $1 AND state = 'settled') WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
    "O7 a deposit that is not owed": (
        "O7",
        "UPDATE presales SET deposit_fen = deposit_fen + 1 WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
    "O3 stock that is not there": (
        "O3",
        "UPDATE stock SET reserved = reserved + 1 WHERE merchant_id = $1 AND sku = 'TRIPE'",
    ),
    "T1 a pre-sale of another shop's promotion": (
        "T1",
        "UPDATE presales SET offer_id = 'ofr_0000000000000000_1' WHERE merchant_id = $1 AND state = 'deposit_paid'",
    ),
}


async def test_planted_violations_of_pre_sales_are_found(shop: Shop) -> None:
    """Q09, O2–O7, T1: whole shops pass; each planted fault is named by its invariant, and gone when it is taken back."""
    promotion = await presale(shop, limits={"stock": 5})
    shopper, admin = await shop.shopper(), await shop.admin()
    first = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, first)
    await pay(shop.world, await place_rest(shopper, first))
    await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await give_back(admin, await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000), "MERCHANT")
    assert await invariants.violations(shop.merchant_id) == []
    for name, (rule, sql) in PLANTED.items():
        async with shop.world.owner.acquire() as connection:
            change = connection.transaction()
            await change.start()
            await without_constraints(connection, sql.split()[1])
            await connection.execute(sql, shop.merchant_id)
            chosen = [i for i in invariants.ALL if i.id == rule]
            [checked] = await look_at(connection, chosen, shop.merchant_id)
            await change.rollback()
        assert checked.violations, name
    assert await invariants.violations(shop.merchant_id) == []


@exact
async def test_a_deposit_paid_at_the_instant_of_its_end(shop: Shop) -> None:
    """Q09, O6: the payment of a deposit, the schedule, the customer and staff meet at its time-out: one outcome, nothing held by
    nobody, and money that paid nothing goes back once."""
    promotion = await presale(shop, limits={"stock": 4})
    shopper, admin = await shop.shopper(), await shop.admin()
    for n in range(4):
        made = await reserve(shopper, promotion, {"TRIPE": 1}, 1000)
        whose = decode("psl", made["id"])
        assert whose is not None
        row = await orders.presales.get(shop.merchant_id, whose, now())
        assert row is not None
        at = row.pay_by
        told = at - timedelta(seconds=1 if n % 2 else 0)
        await asyncio.gather(
            orders.presales.paid(shop.merchant_id, made["number"], f"wx-{n}", 1000, at, told),
            orders.presales.paid(shop.merchant_id, made["number"], f"wx-{n}", 1000, at, told),
            orders.presales.settle_overdue(shop.merchant_id, whose, at),
            cancel(shopper, made, 0),
            give_back(admin, made, "MERCHANT"),
        )
        after = await mine(shopper, made)
        assert after["state"] in ("DEPOSIT_PAID", "CLOSED", "RETURNED")
        owed = await database.fetchval(
            "SELECT coalesce(sum(amount_fen), 0)::bigint FROM payouts WHERE merchant_id = $1 AND presale_id = $2",
            shop.merchant_id,
            whose,
        )
        assert owed == (0 if after["state"] == "DEPOSIT_PAID" else 1000)
        assert await invariants.violations(shop.merchant_id) == []


@exact
async def test_a_pre_sale_given_up_with_its_order_makes_nobody_wait_in_a_ring(shop: Shop) -> None:
    """Q09, O4, P12: six pre-sales are cancelled whose rests wait as orders, while six others buy the same article with the same
    budgeted offer: every one has its answer, for budgets are locked behind stock by all of them."""
    promotion = await presale(shop)
    rule = {"type": "percent_off", "scope": {"skus": ["TRIPE"]}, "pay_bp": 9000, "budget": 1_000_000}
    await shop.promotion(rule)
    for _ in range(2):
        shoppers, others = [await shop.shopper() for _ in range(6)], [await shop.shopper() for _ in range(6)]
        waiting = []
        for shopper in shoppers:
            made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
            await pass_time(shop, made)
            assert (await place_rest(shopper, made))["__typename"] == "Order"
            waiting.append(made)
        answers = await asyncio.gather(
            *(cancel(shopper, made, 1000) for shopper, made in zip(shoppers, waiting, strict=True)),
            *(place(other, {"TRIPE": 1}) for other in others),
        )
        assert [a["__typename"] for a in answers] == ["Presale"] * 6 + ["Order"] * 6
        assert [a["state"] for a in answers[:6]] == ["FORFEITED"] * 6
    assert await stock(shop, "TRIPE") == (88, 12, 0, 0)
