"""`shuhui levels`, `lifecycle`, `points-policy`, `red-packet-policy`: a merchant's own terms for its members, shown and set from files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from backend import automation, ledger, members, merchants
from backend.commands import Refused, merchant_of
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.settings import Settings

ACTOR = "command"


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise Refused([f"{file} 不是 JSON：{error}"]) from error


async def levels(settings: Settings, code: str, file: Path | None) -> int:
    """Prints the scheme in force, after setting the one of `file`; the exit code."""
    given = _read(file) if file is not None else None
    async with merchant_of(settings, code) as merchant:
        if file is not None:
            scheme, problems = members.parsed(given)
            if scheme is not None:
                done = await automation.levels.set_scheme(merchant.id, ACTOR, scheme, new_id().hex, now())
                problems = done.problems if isinstance(done, members.Invalid) else ()
            if problems:
                raise Refused([f"{problem.path}: {problem.message}" for problem in problems])
        shown = (await members.scheme_info(merchant.id)).scheme
    click.echo(json.dumps(shown.to_json(), ensure_ascii=False))
    return 0


async def points(settings: Settings, code: str, change: Mapping[str, Any]) -> int:
    """Prints when points end, after `change`; the exit code."""
    async with merchant_of(settings, code) as merchant:
        async with database.transaction() as tx:
            stored, _ = await merchants.points_policy(tx, merchant.id)
        policy = ledger.PointsPolicy.of(stored | change)
        if change:
            await merchants.set_points_policy(merchant.id, asdict(policy))
    click.echo(json.dumps(asdict(policy)))
    return 0


async def lifecycle(settings: Settings, code: str, file: Path | None, run: bool) -> int:
    """Prints the thresholds, the last run and how many members stand where, after setting those of `file` and, if asked for,
    a run; the exit code."""
    given = _read(file) if file is not None else None
    async with merchant_of(settings, code) as merchant:
        if file is not None:
            rules, problems = members.parsed_rules(given)
            if rules is None:
                raise Refused([f"{problem.path}: {problem.message}" for problem in problems])
            await members.lifecycle.set_rules(merchant.id, ACTOR, rules, new_id().hex, now())
        done = await automation.lifecycle.refresh(merchant.id, now()) if run else None
        done = done or await members.lifecycle.last_run(merchant.id)
        shown = {
            "rules": (await members.lifecycle.rules_info(merchant.id)).rules.to_json(),
            "run": asdict(done) if done else None,
            "segments": [asdict(segment) for segment in await members.lifecycle.segments(merchant.id)],
        }
    click.echo(json.dumps(shown, ensure_ascii=False, default=str))
    return 0


async def red_packets(settings: Settings, code: str, change: Mapping[str, Any]) -> int:
    """Prints the terms of red packets that orders earn, after `change`; the exit code."""
    async with merchant_of(settings, code) as merchant:
        policy = ledger.PacketPolicy.of(await merchants.red_packet_policy(merchant.id) | change)
        if change:
            await merchants.set_red_packet_policy(merchant.id, asdict(policy))
    click.echo(json.dumps(asdict(policy)))
    return 0
