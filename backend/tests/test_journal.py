"""The books: every discount, deduction and rebate by level and mode, which add up to the order's saving to the fen (B09, O7)."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from backend import invariants, orders, pricing
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.ids import decode
from backend.ledger import JournalEntry, JournalLine
from backend.orders import books
from backend.orders.book_rules import NAMES, modes_of, payment_lines
from backend.orders.discounts_back_rules import by_line
from backend.tests.conftest import Shop, claim, place, stays
from backend.tests.pricing.carts import scenario
from backend.tests.refunding import bought, grant, refund, send_all, settled, sound


def cli(shop: Shop, *args: str) -> subprocess.CompletedProcess[str]:
    settings = shop.world.settings
    env = {**os.environ, "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *args], capture_output=True, text=True, check=False, env=env
    )


def exported(shop: Shop, day: date | None = None) -> dict[str, Any]:
    day = day or local_day(now(), "Asia/Shanghai")
    done = cli(shop, "journal", "--merchant", shop.code, "--day", day.isoformat(), "--format", "json")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    del found["memorandum"]["as_of"]
    return found


def totals(found: dict[str, Any]) -> dict[str, int]:
    """Debit less credit by account."""
    return {t["account"]: t["debit_fen"] - t["credit_fen"] for t in found["totals"]}


async def rich_day(shop: Shop) -> dict[str, Any]:
    """An order with offers of four levels, a coupon, points and balance, a gift, and points earned; paid and completed."""
    await shop.promotion({"type": "percent_off", "scope": {"skus": ["BEEF"]}, "pay_bp": 9000}, name="九折")
    await shop.promotion(
        {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 10000, "off": 1000}]}, name="满100减10"
    )
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 5000, "gifts": [{"sku": "TOFU", "qty": 1}]}]}, name="满50赠"
    )
    await shop.promotion({"type": "shipping", "min": 5000, "off": 400}, name="运费减4元")
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=700))
    await grant(shop, shopper, "points", 300)
    await grant(shop, shopper, "balance", 900)
    order = await bought(
        shop,
        shopper,
        {"BEEF": 2, "SHRIMP": 1},
        delivery="DELIVERY",
        tenders={"points": 200, "balanceFen": 500},
        done=True,
    )
    return {"order": order, "shopper": shopper}


async def test_a_day_is_booked_by_level_and_mode(shop: Shop) -> None:
    """B09, O7: list 140.00, discounts 8.00 line, 10.00 order, 7.00 coupon, 4.00 shipping; paid by points, balance and cash;
    points owed; cost and gross profit by article; `shuhui journal` agrees with the orders to the fen."""
    await rich_day(shop)
    found = exported(shop)
    assert [(d["level"], d["mode"], d["fen"]) for d in found["discounts"]] == [
        ("COUPON", "coupon_off", 700),
        ("EARN", "earn_points", 113),
        ("LINE", "percent_off", 800),
        ("ORDER", "spend_off", 1000),
        ("SHIPPING", "shipping", 400),
    ]
    assert totals(found) == {
        "balance_granted": 900,
        "balance_liability": -400,
        "cash": 11500 + 200 - 700,
        "cost": 6000,
        "discount": 2900,
        "gift_cost": 300,
        "inventory": -6300,
        "points_expense": 113,
        "points_granted": 300,
        "points_liability": -213,
        "sales": -14000,
        "shipping": -600,
    }
    assert found["reconciles"] and {c["what"]: c["journal"] for c in found["checks"]}["saved on goods"] == 2500
    skus = {s["sku"]: s for s in found["skus"]}
    assert sum(s["net_fen"] for s in skus.values()) == 11500
    assert (skus["BEEF"]["list_fen"], skus["BEEF"]["cost_fen"]) == (8000, 3000)
    assert skus["TOFU"] == {"sku": "TOFU", "list_fen": 0, "discount_fen": 0, "net_fen": 0, "cost_fen": 300, "supplier_fen": 0, "gross_profit_fen": -300}  # fmt: skip
    assert all(s["gross_profit_fen"] == s["net_fen"] - s["cost_fen"] for s in found["skus"])
    await sound(shop)


async def test_refunds_book_the_reverse(shop: Shop) -> None:
    """B09, O7, O2: in batches, to the fen: once all is back nothing of sales, discounts or the difference is left, points and
    balance are owed again, and cash is owed until WeChat has paid it."""
    day = await rich_day(shop)
    admin, order = await shop.admin(), day["order"]
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    part = exported(shop)
    assert part["reconciles"] and sum(s["net_fen"] for s in part["skus"]) == 11500 - refunded(part)
    await sound(shop)
    assert (await refund(admin, order, {"BEEF": 1, "SHRIMP": 1, "TOFU": 1}))["__typename"] == "Order"
    await sound(shop)
    found = exported(shop)
    left = totals(found)
    for account in (
        "sales",
        "discount",
        "shipping",
        "refund_difference",
        "cost",
        "gift_cost",
        "inventory",
        "points_expense",
    ):
        assert left.get(account, 0) == 0, account
    assert (left["points_liability"], left["balance_liability"]) == (-300, -900)
    assert left["refund_due"] == -left["cash"] == -11000
    assert all(s["net_fen"] == s["gross_profit_fen"] == 0 for s in found["skus"])
    for minutes in (0, 2, 4):  # WeChat takes one refund of an order a minute
        await send_all(shop, now() + timedelta(minutes=minutes))
    await settled(shop, n=2)
    after = totals(exported(shop))
    assert (after.get("refund_due", 0), after["cash"]) == (0, 0)
    await sound(shop)


def refunded(found: dict[str, Any]) -> int:
    return next(c["journal"] for c in found["checks"] if c["what"] == "refunded")


async def test_the_csv_is_the_journal(shop: Shop) -> None:
    """B09: one row a line in the merchant's day, debit and credit equal; what was compared is told beside it; another day has
    nothing; nonsense is refused."""
    await rich_day(shop)
    today = local_day(now(), "Asia/Shanghai")
    done = cli(shop, "journal", "--merchant", shop.code, "--day", today.isoformat())
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.returncode == 0 and done.stderr.count("✓") >= 10 and "✗" not in done.stderr
    assert sum(int(r["debit_fen"]) for r in rows) == sum(int(r["credit_fen"]) for r in rows) > 0
    assert {r["kind"] for r in rows} == {"payment", "completion", "grant"} and all(r["account_name"] for r in rows)
    assert {r["at"][-6:] for r in rows} == {"+08:00"} and {r["day"] for r in rows} == {today.isoformat()}
    assert exported(shop, today - timedelta(days=1))["entries"] == []
    for nonsense in ("yesterday", "0001-01-01", "9999-12-31"):
        refused = cli(shop, "journal", "--merchant", shop.code, "--day", nonsense)
        assert refused.returncode == 2 and "Traceback" not in refused.stderr, refused.stderr
    assert cli(shop, "journal", "--merchant", "nobody", "--day", today.isoformat()).returncode == 2


def test_no_cell_of_the_csv_is_a_formula() -> None:
    """B09: the journal is opened in spreadsheets; an article's number that begins like a formula stays text."""
    line = JournalLine("sales", -500, sku='=HYPERLINK("//evil","x")')
    entry = JournalEntry("order:1:payment", "payment", now(), None, {"order": "@1"}, (line,))
    (row,) = books.csv_rows(books.Day(now().date(), "Asia/Shanghai", (entry,), {}, {}, (), (), 0))
    assert row[4] == "'@1" and row[10] == '\'=HYPERLINK("//evil","x")' and row[11:] == ("", "0", "500")


async def test_a_day_that_does_not_agree_is_said(shop: Shop) -> None:
    """B09, O7: a fen that was moved behind the journal's back is found by the export (exit 1) and by the invariants."""
    await bought(shop, await shop.shopper(), {"BEEF": 1})
    await sound(shop)
    await database.pool().execute("UPDATE orders SET list_fen = list_fen + 1 WHERE merchant_id = $1", shop.merchant_id)
    done = cli(shop, "journal", "--merchant", shop.code, "--day", local_day(now(), "Asia/Shanghai").isoformat())
    assert done.returncode == 1 and "✗ goods at list price: 4000 / 4001" in done.stderr
    assert "O7" in {v.rule for v in await invariants.violations(shop.merchant_id)}
    await database.pool().execute("UPDATE orders SET list_fen = list_fen - 1 WHERE merchant_id = $1", shop.merchant_id)


async def test_the_journal_cannot_be_rewritten(shop: Shop) -> None:
    """L7, B09: entries and lines are append-only; an order is booked once, however often it is told to be."""
    order = await bought(shop, await shop.shopper(), {"BEEF": 1})
    for sql in (
        "UPDATE journal_lines SET fen = 1",
        "DELETE FROM journal_lines",
        "UPDATE journal_entries SET kind = 'x'",
    ):
        await stays(shop.world, f"{sql} WHERE merchant_id = $1", shop.merchant_id)
    async with database.transaction() as tx:
        row = await tx.fetchrow("SELECT * FROM orders WHERE id = $1", decode("ord", order["id"]))
        assert row is not None
        await orders.books.book_payment(tx, row, now())
    assert await database.fetchval("SELECT count(*) FROM journal_entries WHERE merchant_id = $1", shop.merchant_id) == 1


async def forgotten(shop: Shop) -> None:
    """As if the journal had never been written."""
    async with shop.world.owner.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("DELETE FROM journal_lines WHERE merchant_id = $1", shop.merchant_id)
        await connection.execute("DELETE FROM journal_entries WHERE merchant_id = $1", shop.merchant_id)


async def test_a_refund_may_be_booked_before_its_old_order(shop: Shop) -> None:
    """B09: between an upgrade and the worker's catching up an order of before is refunded: its goods go back into the stock at
    what they cost, so that a whole refund leaves no cost."""
    order = await bought(shop, await shop.shopper(), {"BEEF": 2})
    cost = exported(shop)["skus"][0]["cost_fen"]
    assert cost > 0
    await forgotten(shop)
    assert (await refund(await shop.admin(), order, {"BEEF": 2}))["__typename"] == "Order"
    assert await orders.books.catch_up() >= 1
    (beef,) = exported(shop)["skus"]
    assert (beef["net_fen"], beef["cost_fen"], beef["gross_profit_fen"]) == (0, 0, 0)
    await sound(shop)


async def test_orders_from_before_the_journal_are_booked(shop: Shop) -> None:
    """B09: what was paid, completed and refunded before there was a journal is booked as it would have been; once."""
    day = await rich_day(shop)
    admin = await shop.admin()
    assert (await refund(admin, day["order"], {"SHRIMP": 1}, restock=False))["__typename"] == "Order"
    assert (await refund(admin, day["order"], {"BEEF": 2, "TOFU": 1}))["__typename"] == "Order"
    before = exported(shop)
    await forgotten(shop)
    assert "O7" in {v.rule for v in await invariants.violations(shop.merchant_id)}
    assert await orders.books.catch_up() >= 1
    assert exported(shop) == before
    await sound(shop)


async def test_a_day_ends_at_midnight_of_the_merchant(shop: Shop) -> None:
    """B09: 23:59:59 in Shanghai is that day, whatever the day in UTC."""
    order = await place(await shop.shopper(), {"BEEF": 1})
    late = (now() + timedelta(days=1)).replace(hour=15, minute=59, second=59, microsecond=999999)
    await orders.pay(shop.merchant_id, order["number"], f"p{order['number']}", order["dueFen"], late)
    day = local_day(late, "Asia/Shanghai")
    assert len(exported(shop, day)["entries"]) == 1 and exported(shop, day + timedelta(days=1))["entries"] == []


@pytest.mark.parametrize("seed", range(60))
def test_any_quote_is_booked_to_the_fen(seed: int) -> None:
    """O7, B09: whatever offers of whatever levels meet in a cart: lines sum to zero, discounts add up to the saving by offer,
    and all batches of a return together take back what was booked."""
    rng = random.Random(seed)
    data = scenario(seed, rng.randint(1, 4), rng.randint(1, 6), rng.randint(0, 3))
    parsed = pricing.parse_scenario(data)
    quoted = pricing.quote(parsed.rules, parsed.request, 20_000)
    answer = quoted.to_json()
    modes = modes_of({"promotions": data.get("promotions", []), "coupons": data.get("coupons", [])})
    costs = {line["sku"]: rng.randint(0, 900) for line in [*answer["lines"], *answer["gifts"]]}
    lines = payment_lines(answer, modes, costs)
    assert sum(line.fen for line in lines) == 0 and {line.account for line in lines} <= set(NAMES)
    by_offer: Counter[str] = Counter()
    for line in lines:
        if line.account == "discount":
            by_offer[line.offer] += line.fen
    assert {o: fen for o, fen in by_offer.items() if fen} == {o["id"]: o["off"] for o in answer["offers"] if o["off"]}
    assert sum(x.fen for x in lines if x.account == "discount" and x.level != "SHIPPING") == answer["saved"]
    left = [line.sku for line in quoted.lines for _ in range(line.qty)]
    rng.shuffle(left)
    returns, taken = [], Counter[str]()
    while left:
        some = Counter(left.pop() for _ in range(min(len(left), rng.randint(1, 3))))
        units = tuple(pricing.ReturnedUnits(sku, qty) for sku, qty in sorted(some.items()))
        returns.append(pricing.Return(parsed.request.at, units, ()))
        found = by_line(quoted, pricing.reverse(quoted, returns))
        for _, _, _, _, offs in found:
            taken.update(dict(offs))
    goods = {o["id"]: o["off"] for o in answer["offers"] if o["off"] and o["level"] != "SHIPPING"}
    assert {o: n for o, n in taken.items() if n} == goods
