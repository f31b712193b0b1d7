"""Prices and promotions as files: `shuhui price`, `shuhui promotions …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from backend.commands.running import Refused, for_merchant, merchant_of, run, with_servers
from backend.settings import Settings


@click.command()
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


@click.command("price-at")
@for_merchant
@click.option("--at", "moment", required=True, help="The moment, ISO 8601 with zone: 2026-11-11T00:30:00+08:00.")
@click.option("--steps", default=20_000, show_default=True, type=click.IntRange(1), help="Step limit of the search.")
@click.argument("file")
def price_at(merchant: str, moment: str, steps: int, file: str) -> None:
    """按当时的规则计价：FILE 里的购物车在 --at 那一刻多少钱，用的是哪些活动版本（Q07）。

    Prices the cart of FILE as of a past moment, by the versions of the merchant's rules that stood then. FILE is a scenario
    (docs/pricing.md) without `at` and `promotions`: `cart`, and where wanted `customer`, `coupons`, `stock`, `budget`, `catalog` (the
    articles of that day; those of now otherwise). One line of JSON on stdout, with the `versions` used. Exit 2: bad input.
    """
    run(_price_at(with_servers(), merchant, moment, steps, file))


async def _price_at(settings: Settings, code: str, moment: str, steps: int, file: str) -> int:
    from datetime import datetime  # noqa: PLC0415

    from backend import pricing  # noqa: PLC0415
    from backend.kit.clock import now  # noqa: PLC0415
    from backend.orders import price_at as priced  # noqa: PLC0415
    from backend.price_files import dumps, load  # noqa: PLC0415

    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise Refused([f"--at {moment}: 须是带时区的时间，例如 2026-11-11T00:30:00+08:00"]) from None
    if at.tzinfo is None:
        raise Refused([f"--at {moment}: 须带时区，例如 {moment}+08:00"])
    if at > now():
        raise Refused([f"--at {moment}: 还没有到；以后的规则还会变"])
    async with merchant_of(settings, code) as merchant:
        try:
            answer = await priced(merchant.id, load(file), at, steps)
        except pricing.Malformed as malformed:
            for problem in malformed.problems:
                click.echo(dumps({"file": file, "path": problem.path, "message": problem.message}), err=True)
            return 2
    click.echo(dumps({"file": file, **answer}))
    return 0


@click.group()
def promotions() -> None:
    """Promotions as files: a FOLDER of rule files with example carts (docs/rules-as-files.md)."""


def _folder(path: str) -> Any:
    """The rules of a folder; with a fault in any file, every fault as a JSON line on stderr and exit 2."""

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


COMMANDS = (price, price_at, promotions)
