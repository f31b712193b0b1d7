"""Q09 预售: deposit, inflation, the rest in its window, stock locked; forfeited, given back, refunded."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend import invariants, ledger, orders
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, make_shop, pay
from backend.tests.preselling import (
    cancel,
    deposited,
    give_back,
    later,
    mine,
    pass_time,
    place_rest,
    presale,
    price,
    reserve,
    stock,
)
from backend.tests.refunding import ask, complete, grant, member_of, preview, refund
from backend.tests.test_families import family
from workers.schedules import settle_presales

pytestmark = pytest.mark.usefixtures("exact")


async def books(shop: Shop, *accounts: str) -> dict[str, int]:
    """Debit less credit of accounts in the merchant's journal of today, fen."""
    day = await orders.books.day_of(shop.merchant_id, local_day(now(), "Asia/Shanghai"))
    assert day.holds, [c for c in day.checks if not c.holds]
    return {a: day.totals.get(a, (0, 0))[0] - day.totals.get(a, (0, 0))[1] for a in accounts}


async def test_a_deposit_then_the_rest(shop: Shop) -> None:
    """Q09, O1, O2, O3: deposit of two units locks stock; the rest is priced live with 满减 and a coupon, deposit deducted;
    paid, it is an order like any other, and the books hold."""
    promotion = await presale(shop, limits={"stock": 5, "per_customer": 3})
    await shop.promotion({"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 10000, "off": 1500}]})
    shopper = await shop.shopper()
    drop = await shop.drop(off=500, least=5000)
    assert (await claim(shopper, drop))["__typename"] == "Coupon"
    made = await reserve(shopper, promotion, {"TRIPE": 2}, 2000)
    assert (made["state"], made["depositFen"], made["countsAsFen"], made["keepsFen"]) == (
        "AWAITING_DEPOSIT",
        2000,
        4000,
        2000,
    )
    assert await stock(shop, "TRIPE") == (98, 2, 0, 0)
    await pay(shop.world, made)
    await pay(shop.world, made)  # told twice: paid once
    held = await mine(shopper, made)
    assert held["state"] == "DEPOSIT_PAID" and held["payment"] is None and "待付" not in held["sentence"]
    assert await books(shop, "cash", "deposit_liability", "sales") == {
        "cash": 2000,
        "deposit_liability": -2000,
        "sales": 0,
    }
    early = await price(shopper, made)
    assert (
        early["__typename"] == "PresaleNotOpen"
        and early["opensAt"] == held["opensAt"]
        and "还没开始" in early["message"]
    )
    await pass_time(shop, made)
    seen = await price(shopper, made)
    # 200.00 − 20.00 inflation − 15.00 − 5.00 = 160.00; of it 20.00 are paid
    assert (seen["quote"]["payableFen"], seen["usedFen"], seen["backFen"], seen["dueFen"]) == (16000, 2000, 0, 14000)
    assert "¥160.00 − 已付定金 ¥20.00 = 还需付 ¥140.00" in seen["sentence"]
    order = await place_rest(shopper, made)
    assert (order["state"], order["payableFen"], order["dueFen"], order["depositFen"]) == (
        "AWAITING_PAYMENT",
        16000,
        14000,
        2000,
    )
    assert await stock(shop, "TRIPE") == (98, 2, 0, 0)  # taken over, not taken twice
    await pay(shop.world, order)
    done = await mine(shopper, made)
    assert (done["state"], done["usedFen"], done["order"]["state"]) == ("SETTLED", 2000, "PAID")
    assert await stock(shop, "TRIPE") == (98, 0, 2, 0)
    assert await books(shop, "cash", "deposit_liability", "sales") == {
        "cash": 16000,
        "deposit_liability": 0,
        "sales": -20000,
    }
    assert await invariants.violations(shop.merchant_id) == []


async def test_my_presales_page_by_page(shop: Shop) -> None:
    """Q09 我的预售: all of them in pages, newest first, none twice; those that wait for the deposit or the rest by themselves, as the clock
    has it, whatever the schedule did; nobody else's."""
    promotion = await presale(shop, limits={"stock": 9})
    shopper = await shop.shopper()
    made = [await reserve(shopper, promotion, {"TRIPE": 1}, 1000) for _ in range(3)]
    await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await reserve(await shop.shopper(), promotion, {"TRIPE": 1}, 1000)  # somebody else's
    text = "query($w: Boolean, $a: String) { myPresales(waiting: $w, first: 2, after: $a) { nodes { id state } pageInfo { hasNextPage endCursor } } }"

    async def pages(waiting: bool | None) -> list[tuple[str, str]]:
        found, after = [], None
        while True:
            page = (await shopper.run(text, w=waiting, a=after))["myPresales"]
            found += [(n["id"], n["state"]) for n in page["nodes"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    every = await pages(None)
    assert [state for _, state in every] == ["DEPOSIT_PAID", *["AWAITING_DEPOSIT"] * 3]
    assert [ident for ident, _ in every[1:]] == [p["id"] for p in reversed(made)]
    assert await pages(True) == every and await pages(False) == []
    past = decode("psl", made[1]["id"])
    await database.pool().execute(
        "UPDATE presales SET placed_at = placed_at - interval '1 hour', pay_by = now() - interval '1 second' WHERE id = $1",
        past,
    )
    assert [ident for ident, _ in await pages(True)] == [every[0][0], made[2]["id"], made[0]["id"]]
    assert await pages(False) == [(made[1]["id"], "CLOSED")] and len(await pages(None)) == 4
    await pass_time(shop, {"id": every[0][0]}, closes=-1)
    assert [state for _, state in await pages(False)] == ["FORFEITED", "CLOSED"]


async def test_what_cannot_be_promised_is_refused_at_once(shop: Shop) -> None:
    """Q09: a deposit above 20 % of the contract (民法典 586), windows in the wrong order, a scope that is no list of articles,
    a budget; every fault with its path, and nothing is written."""
    at = now().isoformat()
    windows = {"deposit_until": later(hours=1).isoformat(), "final_from": later(hours=2).isoformat()}
    good = {
        "type": "deposit_inflation",
        "deposit": 1000,
        "counts_as": 2000,
        "scope": {"skus": ["TRIPE"]},
        "presale": windows,
    }
    for change, path in (
        ({"deposit": 2001, "counts_as": 2002}, "offers[0].deposit"),
        ({"scope": {"skus": ["TOFU"]}}, "offers[0].scope.skus[0]"),
        ({"scope": {"all": True}}, "offers[0].scope"),
        ({"presale": {**windows, "final_from": at}}, "offers[0].presale.final_from"),
        ({"presale": {**windows, "deposit_until": "soon"}}, "offers[0].presale.deposit_until"),
        ({"presale": {"deposit_until": at}}, "offers[0].presale"),
        ({"budget": 100000}, "offers[0].budget"),
    ):
        with pytest.raises(AssertionError) as refused:
            await shop.promotion({**good, **change}, publish=False)
        assert f"'{path}'" in str(refused.value), (change, refused.value)
    with pytest.raises(AssertionError, match="不是预售"):
        await shop.promotion({"type": "amount_off", "off": 100, "presale": windows}, publish=False)
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_refusals_of_a_deposit_take_nothing(shop: Shop) -> None:
    """Q09, O4, O5: not agreed, another amount, unknown articles, before and after the window, sold out, the limit, no stock: each
    refused by name with its figures, and nothing was taken."""
    shopper = await shop.shopper()
    promotion = await presale(shop, limits={"stock": 3, "per_customer": 2})
    for more, path in (({"agreed": False}, "agreed"), ({"expectedFen": 999}, "expectedFen")):
        bad = await reserve(shopper, promotion, {"TRIPE": 1}, 1000, **more)
        assert bad["__typename"] == "InvalidInput" and bad["problems"][0]["path"] == path
    foreign = await reserve(shopper, promotion, {"BEEF": 1}, 1000)
    assert foreign["problems"] == [{"path": "lines[0].sku", "message": "BEEF 不在这个预售里"}]
    limited = await reserve(shopper, promotion, {"TRIPE": 3}, 3000)
    assert (limited["__typename"], limited["limit"], limited["mine"]) == ("PresaleLimitReached", 2, 0)
    assert (await reserve(await shop.shopper(), promotion, {"TRIPE": 2}, 2000))["__typename"] == "Presale"
    gone = await reserve(shopper, promotion, {"TRIPE": 2}, 2000)
    assert (gone["__typename"], gone["left"]) == ("PresaleSoldOut", 1)
    assert await stock(shop, "TRIPE") == (98, 2, 0, 0)
    later_on = await presale(shop, ("SHRIMP",))
    await database.pool().execute(
        "UPDATE promotions SET starts_at = $2 WHERE merchant_id = $1 AND id = $3",
        shop.merchant_id, later(minutes=30), decode("pro", later_on["id"]),
    )  # fmt: skip
    assert (await reserve(shopper, later_on, {"SHRIMP": 1}, 1000))["__typename"] == "PresaleNotOpen"
    over = await presale(shop, ("BASE",), deposit=100, counts_as=200, until=0.2, since=0.3)
    await asyncio.sleep(0.3)
    assert (await reserve(shopper, over, {"BASE": 1}, 100))["__typename"] == "PresaleOver"
    few = await presale(shop, ("PORK",), deposit=100, counts_as=200)
    out = await reserve(shopper, few, {"PORK": 101}, 10100)
    assert (out["__typename"], out["available"]) == ("OutOfStock", 100)
    assert await database.fetchval("SELECT count(*) FROM presales WHERE merchant_id = $1", shop.merchant_id) == 1


async def test_unpaid_deposits_are_free_again_and_late_ones_go_back(shop: Shop) -> None:
    """Q09, O6: what is not paid in time is closed by the clock, freed by the schedule; a payment that comes after goes back."""
    promotion = await presale(shop, limits={"stock": 1})
    shopper = await shop.shopper()
    made = await reserve(shopper, promotion, {"TRIPE": 1}, 1000)
    await database.pool().execute(
        "UPDATE presales SET placed_at = placed_at - interval '1 hour', pay_by = pay_by - interval '1 hour' WHERE merchant_id = $1",
        shop.merchant_id,
    )
    assert (await mine(shopper, made))["state"] == "CLOSED"  # by the clock
    await pay(shop.world, made)
    closed = await mine(shopper, made)
    assert (closed["state"], closed["keptFen"]) == ("CLOSED", 0)
    assert [p["amountFen"] for p in closed["payouts"]] == [1000]
    assert await stock(shop, "TRIPE") == (100, 0, 0, 0)
    again = await reserve(shopper, promotion, {"TRIPE": 1}, 1000)
    assert again["__typename"] == "Presale"
    assert (
        await orders.presales.settle_overdue(shop.merchant_id, decode("psl", again["id"]), later(minutes=16))
    ).state == "closed"  # type: ignore[union-attr, arg-type]
    assert await stock(shop, "TRIPE") == (100, 0, 0, 0)


async def test_the_rest_not_paid_forfeits(shop: Shop) -> None:
    """Q09, 民法典 586/587: the window over, units free, the deposit is income of its own; an order of the rest that was never
    paid is cancelled first; nothing can be paid any more, also before the schedule came."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made)
    order = await place_rest(shopper, made)
    assert order["__typename"] == "Order"
    await pass_time(shop, made, opens=-7200, closes=-1)
    await pay(shop.world, order)  # too late by the clock, whatever the schedule did: the money goes back
    lost = await mine(shopper, made)
    assert lost["state"] == "FORFEITED" and lost["order"] is None and "定金 ¥10.00 不退" in lost["sentence"]
    assert (await price(shopper, made))["__typename"] == "PresaleOver"
    assert await stock(shop, "TRIPE") == (99, 1, 0, 0)
    due = await orders.presales.overdue(now())
    assert (shop.merchant_id, decode("psl", made["id"])) in due
    for _ in range(2):
        await orders.presales.settle_overdue(shop.merchant_id, decode("psl", made["id"]), now())  # type: ignore[arg-type]
    lost = await mine(shopper, made)
    assert (lost["state"], lost["keptFen"], lost["returnedFen"]) == ("FORFEITED", 1000, 0)
    assert await stock(shop, "TRIPE") == (100, 0, 0, 0)
    assert await books(shop, "deposit_liability", "deposit_forfeited") == {
        "deposit_liability": 0,
        "deposit_forfeited": -1000,
    }


async def test_never_more_than_a_fifth_is_forfeited(shop: Shop) -> None:
    """Q09, 民法典 586: the list price fell between publishing and the deposit; what is above a fifth comes back."""
    promotion = await presale(shop, deposit=1999, counts_as=2004)
    await database.pool().execute(
        "UPDATE products SET list_fen = 8001, floor_fen = 0 WHERE merchant_id = $1 AND sku = 'TRIPE'", shop.merchant_id
    )
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1999)
    assert made["keepsFen"] == 1599  # a fifth of 80.01 − 0.05
    wrong = await cancel(shopper, made, 1999)
    assert wrong["__typename"] == "InvalidInput" and (await mine(shopper, made))["state"] == "DEPOSIT_PAID"
    mark = key()
    lost = await cancel(shopper, made, 1599, mark)
    assert (lost["state"], lost["keptFen"], lost["returnedFen"]) == ("FORFEITED", 1599, 400)
    assert await cancel(shopper, made, 1599, mark) == {**lost, "payouts": (await mine(shopper, made))["payouts"]}
    assert "超出成交价 20% 的 ¥4.00 原路退回" in lost["sentence"]
    assert (await cancel(shopper, made, 1599))["__typename"] == "PresaleNotInState"


@pytest.mark.parametrize(("reason", "extra"), [("MERCHANT", 1000), ("AGREED", 0)])
async def test_staff_give_a_deposit_back(shop: Shop, reason: str, extra: int) -> None:
    """Q09, 民法典 587: the merchant's fault pays double, an agreement once; an order of the rest that waits is given up."""
    promotion = await presale(shop)
    shopper, admin = await shop.shopper(), await shop.admin()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made)
    assert (await place_rest(shopper, made))["__typename"] == "Order"
    assert (await give_back(admin, made, reason, ""))["__typename"] == "InvalidInput"
    back = await give_back(admin, made, reason)
    assert (back["state"], back["returnedFen"], back["extraFen"], back["keptFen"]) == ("RETURNED", 1000, extra, 0)
    account = await ledger.balances(shop.merchant_id, ledger.member(await member_of(shopper)), now())
    assert account.get("balance", (0, 0))[1] == extra
    assert await stock(shop, "TRIPE") == (100, 0, 0, 0)
    found = await books(shop, "deposit_liability", "deposit_penalty", "deposit_forfeited")
    assert found == {"deposit_liability": 0, "deposit_penalty": extra, "deposit_forfeited": 0}
    assert (await give_back(admin, made, reason))["__typename"] == "PresaleNotInState"
    assert (await price(shopper, made))["__typename"] == "PresaleNotInState"


async def test_a_deposit_above_the_price_comes_back(shop: Shop) -> None:
    """Q09, O2: with what else holds by then the price is below the deposit: nothing is due, and the rest of the deposit returns;
    points pay nothing that the deposit has paid."""
    promotion = await presale(shop, deposit=1999, counts_as=2004)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1999)
    await shop.promotion({"type": "amount_off", "scope": {"skus": ["TRIPE"]}, "off": 9000})
    await grant(shop, shopper, "points", 5000)
    await pass_time(shop, made)
    seen = await price(shopper, made, tenders={"points": 5000})
    # 100.00 − 90.00: the unit costs less than the deposit, so that nothing more is taken off
    assert (seen["quote"]["payableFen"], seen["usedFen"], seen["backFen"], seen["dueFen"]) == (1000, 1000, 999, 0)
    assert seen["quote"]["tenders"] == [] and "定金多出的 ¥9.99 原路退回" in seen["sentence"]
    order = await place_rest(shopper, made, tenders={"points": 5000})
    assert order["state"] == "PAID"
    done = await mine(shopper, made)
    assert (done["state"], done["usedFen"], done["returnedFen"]) == ("SETTLED", 1000, 999)
    assert [p["amountFen"] for p in done["payouts"]] == [999]
    back = await ask(shopper, order, {"TRIPE": 1})
    assert back["state"] == "REFUNDED" and back["refundedFen"] == 1000


async def test_tenders_leave_to_the_deposit_what_it_paid(shop: Shop) -> None:
    """Q09, O2: points and balance pay at most what is left beside the deposit, and all of it comes back where it came from."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await grant(shop, shopper, "balance", 50000)
    await pass_time(shop, made)
    seen = await price(shopper, made, tenders={"balanceFen": 50000})
    assert (seen["quote"]["payableFen"], seen["quote"]["dueFen"], seen["dueFen"]) == (9000, 1000, 0)
    assert seen["quote"]["tenders"] == [{"kind": "balance", "fen": 8000}]
    order = await place_rest(shopper, made, tenders={"balanceFen": 50000})
    assert (order["state"], order["dueFen"], order["depositFen"]) == ("PAID", 0, 1000)
    back = await ask(shopper, order, {"TRIPE": 1})
    assert sorted((p["to"], p["fen"]) for p in back["refunds"][0]["parts"]) == [("BALANCE", 8000), ("WECHAT", 1000)]


async def test_refunds_go_to_both_payments_in_order(shop: Shop) -> None:
    """Q09, Q08, O2: units come back one by one: first to the payment of the rest, then to the deposit's; all returned, all is
    back to the fen, and neither got more than it paid."""
    promotion = await presale(shop)
    shopper, admin = await shop.shopper(), await shop.admin()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 3}, 3000)
    await pass_time(shop, made)
    order = await place_rest(shopper, made)
    assert order["dueFen"] == 24000
    await pay(shop.world, order)
    assert (await complete(shop, order))["__typename"] == "Order"
    for _ in range(3):
        assert (await refund(admin, order, {"TRIPE": 1}))["__typename"] == "Order"
    rows = await database.fetch(
        "SELECT number, amount_fen, total_fen FROM payouts WHERE merchant_id = $1 ORDER BY number", shop.merchant_id
    )
    number = order["number"]
    assert [tuple(row) for row in rows] == [
        (f"{number}R01", 9000, 24000),
        (f"{number}R02", 9000, 24000),
        (f"{number}R03", 6000, 24000),
        (f"{number}R03P", 3000, 3000),
    ]
    assert await stock(shop, "TRIPE") == (100, 0, 3, 3)
    assert (await mine(shopper, made))["order"]["state"] == "REFUNDED"


async def test_the_promise_outlives_the_promotion(shop: Shop) -> None:
    """Q09: staff end the promotion; deposits are no longer taken, and whoever paid one has what was promised."""
    promotion = await presale(shop)
    shopper, admin = await shop.shopper(), await shop.admin()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await admin.run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": promotion["id"], "idempotencyKey": key()},
    )
    assert (await reserve(shopper, promotion, {"TRIPE": 1}, 1000))["__typename"] == "PresaleOver"
    await pass_time(shop, made)
    seen = await price(shopper, made)
    assert (seen["quote"]["payableFen"], seen["dueFen"]) == (9000, 8000)
    order = await place_rest(shopper, made)
    assert (await place_rest(shopper, made))["__typename"] in ("InvalidInput", "PresaleNotInState")
    waiting = await price(shopper, made)
    assert (waiting["__typename"], waiting["orderId"]) == ("PresaleNotInState", order["id"])


async def test_a_price_that_changed_takes_nothing(shop: Shop) -> None:
    """Q09, Q05: the price is another by the time the rest is placed: told, and nothing is taken."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made)
    seen = await price(shopper, made)
    await shop.promotion({"type": "amount_off", "scope": {"skus": ["TRIPE"]}, "off": 100})
    changed = await place_rest(shopper, made, token=seen["quote"]["token"])
    assert (changed["__typename"], changed["seenPayableFen"], changed["quote"]["payableFen"]) == (
        "PriceChanged",
        9000,
        8900,
    )
    assert (await mine(shopper, made))["order"] is None
    other = await shop.shopper()
    assert (await price(other, made))["__typename"] == "NotFound" and await mine(other, made) is None


async def test_the_schedule_frees_and_forfeits(shop: Shop) -> None:
    """Q09: the bulk schedule settles what has ended by the clock, deposits and rests, once; again it has nothing to do."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    unpaid = await reserve(shopper, promotion, {"TRIPE": 1}, 1000)
    lost = await deposited(shop, shopper, promotion, {"TRIPE": 2}, 2000)
    await database.pool().execute(
        "UPDATE presales SET placed_at = placed_at - interval '1 hour', pay_by = pay_by - interval '1 hour' WHERE merchant_id = $1",
        shop.merchant_id,
    )
    await pass_time(shop, lost, opens=-7200, closes=-1)
    assert await settle_presales({"runtime": shop.world.runtime}) >= 2
    states = {(await mine(shopper, made))["state"] for made in (unpaid, lost)}
    assert states == {"CLOSED", "FORFEITED"} and await stock(shop, "TRIPE") == (100, 0, 0, 0)
    mine_now = await orders.presales.overdue(now())
    assert shop.merchant_id not in {merchant for merchant, _ in mine_now}


async def test_one_key_one_outcome(shop: Shop) -> None:
    """Q09, C4: a tap that is told twice is one pre-sale, one order and one end; the same key for something else is refused."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    first = await reserve(shopper, promotion, {"TRIPE": 1}, 1000, "tap")
    assert (await reserve(shopper, promotion, {"TRIPE": 1}, 1000, "tap"))["id"] == first["id"]
    other = await reserve(shopper, promotion, {"TRIPE": 2}, 2000, "tap")
    assert other["__typename"] == "IdempotencyConflict" and await stock(shop, "TRIPE") == (99, 1, 0, 0)
    await pay(shop.world, first)
    await pass_time(shop, first)
    token = (await price(shopper, first))["quote"]["token"]
    order = await place_rest(shopper, first, token, "rest")
    assert (await place_rest(shopper, first, token, "rest"))["id"] == order["id"]
    assert (await place_rest(shopper, first, token, "rest", tenders={"points": 5}))[
        "__typename"
    ] == "IdempotencyConflict"
    forged = await place_rest(shopper, first, "x" * 40)
    assert forged["__typename"] == "InvalidInput" and forged["problems"][0]["path"] == "quoteToken"


async def test_the_order_of_a_rest_may_be_cancelled_and_placed_again(shop: Shop) -> None:
    """Q09, O4: cancelling the order of the rest gives back what it took; the pre-sale waits again with its units, and the next
    order is a new one; two of one pre-sale are never there at once."""
    promotion = await presale(shop, limits={"stock": 2})
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 1}]}]}, name="满50赠"
    )
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 2}, 2000)
    await pass_time(shop, made)
    first = await place_rest(shopper, made)
    assert await stock(shop, "TRIPE") == (98, 2, 0, 0) and await stock(shop, "TOFU") == (99, 1, 0, 0)
    cancelled = await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename ... on Order { state } } }",
        i={"orderId": first["id"], "idempotencyKey": key()},
    )
    assert cancelled["cancelOrder"]["state"] == "CANCELLED"
    assert await stock(shop, "TRIPE") == (98, 2, 0, 0) and await stock(shop, "TOFU") == (100, 0, 0, 0)
    second = await place_rest(shopper, made)
    assert second["__typename"] == "Order" and second["id"] != first["id"]
    await pay(shop.world, second)
    assert (await mine(shopper, made))["state"] == "SETTLED"
    assert await stock(shop, "TRIPE") == (98, 0, 2, 0) and await stock(shop, "TOFU") == (99, 0, 1, 0)


async def test_another_merchant_sees_nothing(shop: Shop) -> None:
    """Q09, T1: a pre-sale of one merchant is not there for members and staff of another, whatever they ask."""
    promotion = await presale(shop)
    made = await deposited(shop, await shop.shopper(), promotion, {"TRIPE": 1}, 1000)
    elsewhere = await make_shop(shop.world)
    stranger, boss = await elsewhere.shopper(), await elsewhere.admin()
    assert await mine(stranger, made) is None and (await price(stranger, made))["__typename"] == "NotFound"
    assert (await cancel(stranger, made, 1000))["__typename"] == "NotFound"
    assert (await give_back(boss, made, "MERCHANT"))["__typename"] == "NotFound"
    assert (await reserve(stranger, promotion, {"TRIPE": 1}, 1000))["__typename"] == "NotFound"
    found = await boss.run("{ storePresales { totalCount } }")
    assert found["storePresales"]["totalCount"] == 0
    clerk = await shop.staff("customer_service", stores=(shop.stores[1].id,))
    assert (await give_back(clerk, made, "AGREED"))["__typename"] == "NotFound"
    listed = await (await shop.admin()).run("{ storePresales { totalCount nodes { presale { number state } } } }")
    assert listed["storePresales"] == {
        "totalCount": 1,
        "nodes": [{"presale": {"number": made["number"], "state": "DEPOSIT_PAID"}}],
    }


async def test_a_family_helps_with_the_rest(shop: Shop) -> None:
    """Q09, B05: points of the family pay part of the rest, never what the deposit has paid; a price seen is the price placed, and
    all of it comes back to whom it was of."""
    founder, shopper = await family(shop, 10_000, 0)
    promotion = await presale(shop)
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await grant(shop, founder, "points", 9_000)
    await pass_time(shop, made)
    tenders = {"points": 9_000, "family": True}
    seen = await price(shopper, made, tenders=tenders)
    assert seen["quote"]["tenders"] == [{"kind": "points", "fen": 8000}] and seen["dueFen"] == 0
    order = await place_rest(shopper, made, seen["quote"]["token"], tenders=tenders)
    assert (order["state"], order["depositFen"]) == ("PAID", 1000)
    whole = await ask(shopper, order, {"TRIPE": 1})
    assert whole["state"] == "REFUNDED"
    points = await ledger.balances(shop.merchant_id, ledger.member(await member_of(founder)), now())
    assert points["points"] == (9_000, 9_000)


async def test_word_of_a_payment_in_time_is_waited_for(shop: Shop) -> None:
    """Q09, O6: an order of the rest that could be paid until the window ended waits ten minutes longer; a payment that was made in
    time and is told then counts, and one that was made after the end goes back and changes nothing."""
    promotion = await presale(shop)
    shopper = await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made, closes=600)  # sooner than a quarter of an hour: the order waits until then
    order = await place_rest(shopper, made)
    whose = decode("ord", order["id"])
    found = await orders.get(shop.merchant_id, whose)  # type: ignore[arg-type]
    held = await orders.presales.get(shop.merchant_id, decode("psl", made["id"]), now())  # type: ignore[arg-type]
    assert found is not None and held is not None and found.pay_by == held.closes_at
    end = held.closes_at
    assert (shop.merchant_id, whose) not in await orders.overdue(end + timedelta(minutes=9), 10_000)
    assert (shop.merchant_id, whose) in await orders.overdue(end + timedelta(minutes=10), 10_000)
    told, in_time = end + timedelta(minutes=5), end - timedelta(seconds=1)
    paid = await orders.pay(shop.merchant_id, order["number"], "wx-in-time", order["dueFen"], told, in_time)
    assert isinstance(paid, orders.OrderInfo) and paid.state == "paid"
    late = await orders.pay(shop.merchant_id, order["number"], "wx-late", order["dueFen"], told, end)
    assert isinstance(late, orders.NotInState)
    assert (await mine(shopper, made))["state"] == "SETTLED"


async def test_the_rest_is_refunded_for_a_year_after_the_deposit(shop: Shop) -> None:
    """Q09, Q08: WeChat gives a payment back for a year, and the deposit's was the first: later nothing is refunded, and nothing
    has changed."""
    shopper, admin = await shop.shopper(), await shop.admin()
    made = await deposited(shop, shopper, await presale(shop), {"TRIPE": 2}, 2000)
    await pass_time(shop, made)
    order = await place_rest(shopper, made)
    await pay(shop.world, order)
    old = "UPDATE presales SET paid_at = now() - $2 * interval '1 day' WHERE merchant_id = $1"
    await database.pool().execute(old, shop.merchant_id, 364)
    assert (await refund(admin, order, {"TRIPE": 1}))["refundedFen"] == 9000
    token = (await preview(admin, order, {"TRIPE": 1}, staff=True))["token"]
    await database.pool().execute(old, shop.merchant_id, 366)
    late = await refund(admin, order, {"TRIPE": 1}, token)
    assert (late["__typename"], late["obstacle"]) == ("RefundImpossible", "TOO_LATE")
    assert (await ask(shopper, order, {"TRIPE": 1}, token))["obstacle"] == "TOO_LATE"
    assert await database.fetchval("SELECT count(*) FROM refunds WHERE merchant_id = $1", shop.merchant_id) == 1
