"""What `shuhui import` and `shuhui replay` print, and their exit codes: 0 done, 2 bad input or cannot start."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from backend import merchants, orders, price_files, pricing
from backend.imports import completejourney, journey
from backend.imports import replay as replaying
from backend.kit import database
from backend.kit.clock import day_start, now
from backend.settings import Settings

REASONS = {
    "zero_quantity": "数量为 0（多为券款记账，不是商品）",
    "negative_quantity": "数量为负",
    "negative_money": "金额为负",
    "no_price": "没有价格（原价为 0）",
    f"above_{journey.MAX_UNITS}_units": f"一行超过 {journey.MAX_UNITS:,} 件",
    "no_line_left": "没有可导入的行",
}


class Bars:
    """A progress bar on a terminal, one line a stage elsewhere. On stderr, so that output can be piped."""

    def __init__(self) -> None:
        self.stage = ""
        self.bar: Any = None
        self.shown = sys.stderr.isatty()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self.stage:
            self.close()
            self.stage = stage
            if self.shown:
                self.bar = click.progressbar(length=total, label=f"  {stage}", file=sys.stderr, show_pos=True)
                self.bar.__enter__()
            elif total > 1:
                click.echo(f"  {stage} {total:,} …", err=True)
            else:
                click.echo(f"  {stage} …", err=True)
        if self.bar is not None:
            self.bar.update(done - self.bar.pos)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.__exit__(None, None, None)
            self.bar = None
        self.stage = ""


def _faults(found: list[dict[str, str]]) -> int:
    for fault in found:
        click.echo(price_files.dumps(fault), err=True)
    return 2


async def import_completejourney(
    settings: Settings, code: str, folder: Path | None, limit: int | None, batch: int
) -> int:
    bars = Bars()
    started = time.monotonic()
    try:
        await database.connect(settings.database_url)
        result = await completejourney.run(
            settings.secret,
            code,
            folder or journey.package_folder(),
            now(),
            limit=limit,
            batch=batch,
            progress=bars,
        )
    except journey.BadSource as bad:
        bars.close()
        return _faults([{"file": p.file, "path": p.path, "message": p.message} for p in bad.problems])
    except (journey.NotInstalled, completejourney.Refused) as refused:
        bars.close()
        click.echo(f"shuhui import: {refused}", err=True)
        return 2
    except database.OUTAGES as outage:
        bars.close()
        click.echo(f"shuhui import: 与数据库的连接断了（{outage}）：恢复后再次运行，会从断处接着导入", err=True)
        return 2
    finally:
        bars.close()
        await database.disconnect()
    if result.already:
        click.echo(f"商户 {code} 早已导入完毕，没有再写任何东西")
    elif result.complete:
        click.echo(f"商户 {code} 导入完毕，用时 {time.monotonic() - started:.0f} 秒")
    else:
        click.echo(f"商户 {code} 按 --limit-baskets 停下；再次运行会接着导入")
    for line in summary(result.report):
        click.echo(line)
    return 0


def summary(report: dict[str, Any]) -> list[str]:
    """The import's report in sentences; money as the source's dollars."""
    source, loaded, campaigns, changed = (report[k] for k in ("source", "loaded", "campaigns", "changed"))

    def money(cents: int) -> str:
        return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"

    same = "与 0.1.0 公布的数目一致" if source["as_published"] else "与 0.1.0 公布的数目不同"
    lines = [
        f"  来源  {source['baskets']:,} 个购物篮 · {source['lines']:,} 行 · {source['households']:,} 户 · {source['stores']:,} 家门店（{same}）",
        f"  载入  {loaded['baskets']:,} 单 · {loaded['lines']:,} 行 · {loaded['units']:,} 件 · 商品 {loaded['products']:,} · 会员 {loaded['members']:,} · 门店 {loaded['stores']:,}",
        f"        原价 {money(loaded['list_fen'])} · 实付 {money(loaded['paid_fen'])}",
    ]
    for reason, figures in sorted(report["skipped_lines"].items()):
        lines.append(
            f"  跳过  {figures['lines']:,} 行：{REASONS[reason]}（原价 {money(figures['list_fen'])}，实付 {money(figures['paid_fen'])}）"
        )
    for reason, count in sorted(report["skipped_baskets"].items()):
        lines.append(f"  跳过  {count:,} 个购物篮：{REASONS[reason]}")
    if changed["measured_lines_as_one_unit"]:
        lines.append(
            f"  改记  {changed['measured_lines_as_one_unit']:,} 行按量出售（单价不足一分，如燃油）：一笔记为 1 件"
        )
    if changed["baskets_with_coupon_money_spread"]:
        lines.append(
            f"  改记  {changed['baskets_with_coupon_money_spread']:,} 个购物篮的券款大于该行或不在商品行上：摊到同篮其余行"
            f"（摊不下 {money(changed['coupon_money_without_room_fen'])}）"
        )
    lines.append(
        f"  券活动 {campaigns['campaigns']} 期 · 券 {campaigns['coupons']:,} 种 · 核销 {campaigns['redemptions']:,} 次，"
        f"其中 {campaigns['redemptions_seen_in_a_basket']:,} 次能在购物篮里对上；券额不在数据里，故不建券模板，只记为会员与商品的标签 campaign:N"
    )
    return lines


def moment(text: str | None, time_zone: str) -> datetime | None:
    """A day (its first instant at the merchant's) or an instant with zone. Raises ValueError."""
    if text is None:
        return None
    if len(text) == 10:
        return day_start(date.fromisoformat(text), time_zone)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return found


async def replay(
    settings: Settings,
    code: str,
    file: str,
    since: str | None,
    until: str | None,
    limit: int | None,
    processes: int,
    as_json: bool,
) -> int:
    try:
        data = price_files.load(file)
        replaying.parse_draft(data, "UTC")
    except pricing.Malformed as malformed:
        return _faults([{"file": file, "path": p.path, "message": p.message} for p in malformed.problems])
    try:
        await database.connect(settings.database_url)
        merchant = await merchants.by_code(code)
        if merchant is None:
            click.echo(f"shuhui replay: 没有商户 {code}", err=True)
            return 2
        try:
            span = replaying.Span(moment(since, merchant.time_zone), moment(until, merchant.time_zone), limit)
            draft = replaying.parse_draft(data, merchant.time_zone)
        except ValueError:
            click.echo("shuhui replay: --from 与 --until 须是日期（2017-06-01）或带时区的时刻", err=True)
            return 2
        if processes > 1 and (limit is not None or draft.stock or draft.budget or _has_stock(draft)):
            click.echo("shuhui replay: 有 --limit、库存、预算或赠品名额时先后有别，只能用 --processes 1", err=True)
            return 2
        started = time.perf_counter()
        if processes > 1:
            work = (settings.database_url, code, data, span, processes)
            parts = await asyncio.to_thread(replaying.in_processes, *work)
        else:
            total = sum((await orders.past_counts(merchant.id, span.since, span.until)).values())
            with _bar(min(total, limit or total)) as advance:
                parts = [await replaying.replay(merchant, draft, span, progress=advance)]
        report = replaying.report(merchant, parts, time.perf_counter() - started, processes)
    except pricing.Malformed as malformed:
        return _faults([{"file": file, "path": p.path, "message": p.message} for p in malformed.problems])
    except database.OUTAGES as outage:
        click.echo(f"shuhui replay: 连不上数据库（{outage}）：请先 `make up`，或检查 DATABASE_URL", err=True)
        return 2
    finally:
        await database.disconnect()
    if as_json:
        click.echo(price_files.dumps(report))
    else:
        for line in sentences(report):
            click.echo(line)
    return 0


def _has_stock(draft: replaying.Draft) -> bool:
    stocked = any(offer.limits.stock is not None for offer in draft.rules.offers)
    return stocked or bool(replaying.gift_quotas(draft))


class _bar(AbstractContextManager[Callable[[int], None]]):
    """Progress on a terminal; nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self.bar: Any = None
        if sys.stderr.isatty():
            self.bar = click.progressbar(length=total, label="  试算", file=sys.stderr, show_pos=True)

    def __enter__(self) -> Callable[[int], None]:
        if self.bar is None:
            return lambda _: None
        update: Callable[[int], None] = self.bar.__enter__().update
        return update

    def __exit__(self, *fault: object) -> None:
        if self.bar is not None:
            self.bar.__exit__(*fault)


def sentences(report: dict[str, Any]) -> list[str]:
    """The replay's report for people; money in the merchant's currency."""

    def money(minor: float) -> str:
        return f"{report['currency']} {minor / 100:,.2f}"

    baskets = report["baskets"]
    share = 100 * report["touched"] / baskets if baskets else 0
    lines = [
        f"  {report['merchant']}  {baskets:,} 单 · {report['lines']:,} 行 · 原价 {money(report['list'])}",
        f"  触及  {report['touched']:,} 单（{share:.1f}%）· 优惠 {money(report['off'])} · 每单 {money(report['average_off_per_basket'])}"
        f" · 每触及一单 {money(report['average_off_per_touched'])}",
    ]
    for offer_id, figures in report["off_by_offer"].items():
        points = f" · {figures['points']:,} 积分" if figures["points"] else ""
        lines.append(f"    {offer_id}  {figures['baskets']:,} 单 · {money(figures['off'])}{points}")
    lines.append(
        f"  速度  {report['baskets_per_second_pricing']:,.0f} 单/秒（只计试算）· {report['baskets_per_second']:,.0f} 单/秒（含读取）· {report['baskets_per_cpu_second']:,.0f} 单/CPU 秒"
        f" · {report['processes']} 个进程 · 已证最优 {100 * report['optimal_share']:.2f}%"
    )
    return lines
