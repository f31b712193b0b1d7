"""What is owed, booked and always true: invariants, ledger, journal, suppliers, liabilities, refunds on their way."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime

import click

from backend.commands.running import for_merchant, merchant_of, run, with_servers
from backend.settings import Settings


async def _invariants(settings: Settings, merchant: str | None, only: Sequence[str], as_json: bool) -> int:
    from backend.invariants import command  # noqa: PLC0415
    from backend.kit import database  # noqa: PLC0415

    await database.connect(settings.database_url)
    try:
        return await command.run(merchant, only, as_json, click.echo, lambda text: click.echo(text, err=True))
    finally:
        await database.disconnect()


@click.command()
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
    run(_invariants(with_servers(), merchant, (), shape == "json"))


@click.command("verify-ledger")
@click.option("--merchant", help="商户代码；默认全部。Code of one merchant; all by default.")
def verify_ledger(merchant: str | None) -> None:
    """对账：只检查账本与订单退款（`invariants` 的一部分）。

    The part of `shuhui invariants` that concerns the books: L1–L7, O1, O2, O7. Exit 1 on any violation.
    """
    from backend.invariants import BOOKS  # noqa: PLC0415

    run(_invariants(with_servers(), merchant, BOOKS, as_json=False))


@click.command("journal")
@for_merchant
@click.option("--day", required=True, metavar="YYYY-MM-DD", help="In the merchant's time zone.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def journal(merchant: str, day: str, form: str) -> None:
    """A day's journal by level and mode, and whether it agrees with the day's orders and refunds to the fen (exit 1 if not).

    CSV: one row for each line; what was compared goes to stderr. JSON: entries, totals, articles and checks in one object. Beside
    it, as a memorandum, the coupons that nobody had used at the end of the day (B09).
    """
    settings = with_servers()

    async def work() -> int:
        import csv  # noqa: PLC0415
        from datetime import date  # noqa: PLC0415

        from backend import coupons, orders  # noqa: PLC0415
        from backend.kit.clock import end_of, now  # noqa: PLC0415

        try:
            wanted = date.fromisoformat(day)
        except ValueError:
            wanted = date.min
        if not 1970 <= wanted.year <= 9998:  # a day ends with the beginning of the next, in any time zone
            click.echo(f"shuhui: --day {day}: 须是日期，例如 2026-06-18", err=True)
            return 2
        async with merchant_of(settings, merchant) as found:
            books = await orders.books.day_of(found.id, wanted)
            then = end_of(wanted, found.time_zone, now())
            owed = await coupons.owed(found.id, then or now(), then=then is not None)
        unused = owed.coupons
        if form == "json":
            memorandum = {
                "as_of": owed.at.isoformat(),
                "coupons_open": unused.open,
                "coupons_earned": unused.earned,
                "most_fen": unused.most,
                "expected_fen": unused.expected,
                "earned_expected_fen": unused.earned_expected,
            }
            click.echo(json.dumps({**books.as_json(), "memorandum": memorandum}, ensure_ascii=False))
        else:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(orders.books.CSV_HEAD)
            writer.writerows(orders.books.csv_rows(books))
            for check in books.checks:
                click.echo(f"{'✓' if check.holds else '✗'} {check.what}: {check.journal} / {check.orders}", err=True)
            click.echo(
                f"备忘：未使用的券 {unused.open} 张（订单返券 {unused.earned} 张），最多 {unused.most} 分，估计 {unused.expected} 分",
                err=True,
            )
        return 0 if books.holds else 1

    run(work())


@click.command("suppliers")
@for_merchant
@click.option("--since", required=True, metavar="YYYY-MM-DD", help="First day, in the merchant's time zone.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="Last day.")
@click.option("--supplier", help="Of this one alone.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def suppliers(merchant: str, since: str, until: str, supplier: str | None, form: str) -> None:
    """What suppliers bear of discounts, as booked in the journal, by day, supplier, offer and article; sums go to stderr."""
    settings = with_servers()

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

    run(work())


@click.command("liabilities")
@for_merchant
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="At the end of this day of the merchant, if it is over; else now."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def liabilities(merchant: str, day: datetime | None, form: str) -> None:
    """What is promised to members and not yet had, as of now or at the end of a day: points, balance, red packets, and coupons
    that nobody has used (exact counts; money is an estimate by face value, cap or cost, times the share that was used by then)."""
    settings = with_servers()

    async def work() -> int:
        from dataclasses import asdict  # noqa: PLC0415

        from backend import coupons, ledger, orders  # noqa: PLC0415
        from backend.kit.clock import end_of, now, zone  # noqa: PLC0415

        async with merchant_of(settings, merchant) as found:
            then = None if day is None else end_of(day.date(), found.time_zone, now())
            deposit_fen, deposits = await orders.presales.deposits_held(found.id, then)
            owed = await coupons.owed(found.id, then or now(), then=then is not None)
            held = await ledger.liabilities(found.id, then)
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
        click.echo(f"{owed.at.astimezone(zone(found.time_zone)):%Y-%m-%d %H:%M:%S}")
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

    run(work())


@click.command("refunds-due")
def refunds_due() -> None:
    """Cash on its way back to customers, and what failed and needs a person. Exit 1 when something failed."""
    settings = with_servers()

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

    run(work())


COMMANDS = (invariants, verify_ledger, journal, suppliers, liabilities, refunds_due)
