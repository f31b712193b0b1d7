"""Lotteries audited; pools of codes made, taken and written out."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from backend.commands.running import for_merchant, run, with_servers


@click.group()
def lottery() -> None:
    """Points lotteries 积分抽奖."""


@lottery.command("audit")
@for_merchant
@click.option("--lottery", "which", help="Of this one alone (lot_…).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def lottery_audit(merchant: str, which: str | None, form: str) -> None:
    """Computes every result again from the sealed seed, and compares outcomes with odds; exit 1 when a result is not what it should be."""
    from backend.commands.lottery_audit import audit  # noqa: PLC0415

    run(audit(with_servers(), merchant, which, form == "json"))


@click.group()
def codes() -> None:
    """Pools of coupon codes 券码池."""


@codes.command("generate")
@for_merchant
@click.option("--drop", help="A drop that gives by codes (drp_…).")
@click.option("--pool", help="Go on with this pool (cop_…), which was cut short.")
@click.option("--name", default="命令行生成", show_default=True, help="Name of the pool.")
@click.option("--count", default=1000, show_default=True, type=click.IntRange(1, 1_000_000), help="How many codes.")
@click.option("--partner", help="Who gives them to its people: 1-24 letters, digits, - or _.")
def codes_generate(
    merchant: str, drop: str | None, pool: str | None, name: str, count: int, partner: str | None
) -> None:
    """Makes codes that nobody can guess."""
    from backend.commands.code_files import generate  # noqa: PLC0415

    run(generate(with_servers(), merchant, drop, name, count, pool, partner, sys.stdout))


@codes.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@for_merchant
@click.option("--drop", required=True, help="A drop that gives by codes (drp_…).")
@click.option("--name", default="命令行导入", show_default=True, help="Name of the pool.")
@click.option("--partner", help="Who gives them to its people: 1-24 letters, digits, - or _.")
def codes_import(file: Path, merchant: str, drop: str, name: str, partner: str | None) -> None:
    """Takes the codes of a CSV FILE, all or none; every fault is told by its row."""
    from backend.commands.code_files import take, text_of  # noqa: PLC0415

    text = text_of(file)
    if text is None:
        sys.exit(2)
    run(take(with_servers(), merchant, drop, name, text, partner, sys.stdout))


@codes.command("export")
@click.argument("pool")
@for_merchant
@click.option("--out", type=click.Path(dir_okay=False), help="Write there instead of to the screen.")
def codes_export(pool: str, merchant: str, out: str | None) -> None:
    """Writes the codes of POOL (cop_…) as CSV."""
    from backend.commands.code_files import write_file  # noqa: PLC0415

    settings = with_servers()
    if out is None:
        run(write_file(settings, merchant, pool, sys.stdout))
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


COMMANDS = (lottery, codes)
