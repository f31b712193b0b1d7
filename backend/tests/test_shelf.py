"""R05, O3: goods that came to a shelf, or were found missing, are written down (`shuhui stock`); and holds whose time is over (B02)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from backend import catalog, ledger, orders
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, place, stays
from backend.tests.refunding import member_of
from backend.tests.test_bearing import cli


def stock(shop: Shop, *more: str, sku: str = "BEEF") -> Any:
    return cli(shop, "stock", "--merchant", shop.code, "--store", "S1", "--sku", sku, *more)


@pytest.mark.usefixtures("exact")
async def test_what_came_is_on_the_shelf_and_written_down(shop: Shop) -> None:
    """R05 缺货, O3: sold out, then units come: they are seen, can be ordered, and stand in the record with their reason; what was found
    missing goes off again, but never what an order holds."""
    shopper = await shop.shopper()
    assert (await place(shopper, {"BEEF": 100}))["__typename"] == "Order"
    assert (await place(await shop.shopper(), {"BEEF": 1}))["__typename"] == "OutOfStock"
    assert json.loads(stock(shop).stdout) == {
        "store": "S1", "sku": "BEEF", "on_hand": 0, "reserved": 100, "sold": 0, "returned": 0, "received": 100,
    }  # fmt: skip
    come = stock(shop, "--units", "20", "--reason", "到货")
    assert come.returncode == 0 and json.loads(come.stdout)["on_hand"] == 20, come.stderr
    assert (await place(await shop.shopper(), {"BEEF": 5}))["__typename"] == "Order"
    gone = stock(shop, "--units", "-16", "--reason", "盘亏")
    assert gone.returncode == 2 and "只有 15 件" in gone.stderr and not gone.stdout
    gone = stock(shop, "--units", "-15", "--reason", "盘亏")
    assert json.loads(gone.stdout) == {
        "store": "S1", "sku": "BEEF", "on_hand": 0, "reserved": 105, "sold": 0, "returned": 0, "received": 105,
    }  # fmt: skip
    rows = await database.fetch(
        "SELECT units, reason, actor FROM stock_receipts WHERE merchant_id = $1 ORDER BY at", shop.merchant_id
    )
    assert [tuple(r.values()) for r in rows] == [(20, "到货", "command"), (-15, "盘亏", "command")]
    await stays(shop.world, "UPDATE stock_receipts SET units = 1 WHERE merchant_id = $1", shop.merchant_id)


async def test_what_cannot_be_written_down_is_refused(shop: Shop) -> None:
    """R05: an unknown store or article, no reason, nothing at all, or less than nothing where nothing is kept: exit 2, nothing done."""
    for bad in (
        stock(shop, "--units", "5"),
        stock(shop, "--units", "0", "--reason", "x"),
        stock(shop, "--units", "5", "--reason", "长" * 101),
        stock(shop, "--units", "5", "--reason", "x", sku="NOTHING"),
        cli(shop, "stock", "--merchant", shop.code, "--store", "S9", "--sku", "BEEF", "--units", "5", "--reason", "x"),
        cli(shop, "stock", "--merchant", "nobody", "--store", "S1", "--sku", "BEEF"),
    ):
        assert bad.returncode == 2 and bad.stderr.startswith("shuhui: ") and not bad.stdout, bad
    assert await database.fetchval("SELECT count(*) FROM stock_receipts WHERE merchant_id = $1", shop.merchant_id) == 0
    await shop.world.owner.execute("DELETE FROM stock WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id)
    assert stock(shop, "--units", "-1", "--reason", "x").returncode == 2
    assert json.loads(stock(shop).stdout)["on_hand"] is None
    assert json.loads(stock(shop, "--units", "7", "--reason", "上架").stdout)["received"] == 7


@pytest.mark.usefixtures("exact")
async def test_counting_meets_orders(shop: Shop) -> None:
    """O3, races: units come and go missing while everybody orders: the shelf agrees with the orders and with the record."""
    store = shop.stores[0]
    people = [await shop.shopper() for _ in range(8)]

    async def count(units: int) -> Any:
        return await catalog.count_in(shop.merchant_id, store.id, "BEEF", units, "盘点", "test", now())

    answers = await asyncio.gather(
        *(place(p, {"BEEF": 20}) for p in people), *(count(n) for n in (30, -10, 5, -60, -60, 8))
    )
    sold = 20 * sum(isinstance(a, dict) and a["__typename"] == "Order" for a in answers)
    counted = await database.fetchval(
        "SELECT coalesce(sum(units), 0)::bigint FROM stock_receipts WHERE merchant_id = $1", shop.merchant_id
    )
    shelf = await catalog.shelf(shop.merchant_id, store.id, "BEEF")
    assert shelf is not None and (shelf.reserved, shelf.received) == (sold, 100 + counted)
    assert shelf.on_hand == 100 + counted - sold >= 0


@pytest.mark.usefixtures("exact")
async def test_a_hold_whose_time_is_over_ends_expired(shop: Shop) -> None:
    """B02, L4: what an order set aside and never paid expires with it, and is free again; given up in time it is voided."""
    shopper = await shop.shopper()
    member = await member_of(shopper)
    async with database.transaction() as tx:
        await ledger.transfer(
            tx, shop.merchant_id, debit=ledger.merchant_book(shop.merchant_id), credit=ledger.member(member), unit="points",
            amount=500, kind="grant", business_key=key(), at=now(), memo={},
        )  # fmt: skip
    for late, state in ((timedelta(hours=1), "expired"), (timedelta(), "voided")):
        order = await place(shopper, {"BEEF": 1}, tenders={"points": 100})
        order_id = decode("ord", order["id"])
        assert order_id is not None
        done = await orders.cancel(shop.merchant_id, None, order_id, key(), "system", now() + late)
        assert isinstance(done, orders.OrderInfo) and done.state == "cancelled"
        found = await database.fetchval("SELECT state FROM holds WHERE business_key = $1", f"order:{order_id}:points")
        assert found == state
        assert (await ledger.balances(shop.merchant_id, ledger.member(member), now()))["points"] == (500, 500)
