"""A merchant's settings: each command shows one, or changes it for what happens from now on (docs/settings.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from backend.commands.running import Refused, for_merchant, show

if TYPE_CHECKING:
    from backend.merchants import MerchantInfo

ACTOR = "command"
from_file = click.option(
    "--set", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON of all of it."
)


class _Problem(Protocol):
    @property
    def path(self) -> str: ...

    @property
    def message(self) -> str: ...


def _refused(problems: Sequence[_Problem]) -> Refused:
    return Refused([f"{problem.path}: {problem.message}" for problem in problems])


def _stated(**given: object) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise Refused([f"{file} 不是 JSON：{error}"]) from error


@click.command("refund-policy")
@for_merchant
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
    change = _stated(refund=refund, refund_shipping=refund_shipping, clawback=clawback, grace_days=grace_days)

    async def setting(found: MerchantInfo) -> object:
        from backend import merchants  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        async with database.transaction() as tx:
            now = await merchants.refund_policy(tx, found.id) | change
        if change:
            await merchants.set_refund_policy(found.id, now)
        return {"refund": "allocated", "refund_shipping": True, "clawback": "offset", "grace_days": 0} | now

    show(merchant, setting)


@click.command("points-policy")
@for_merchant
@click.option("--kind", type=click.Choice(["never", "rolling", "year_end", "idle"]), help="When points end.")
@click.option("--months", type=click.IntRange(1, 120), help="rolling: after earning; idle: after the last activity.")
@click.option("--years", type=click.IntRange(0, 10), help="year_end: 0 = of the year of earning, 1 = of the next.")
def points_policy(merchant: str, kind: str | None, months: int | None, years: int | None) -> None:
    """Shows, or changes for points earned from now on, when a merchant's points end."""
    change = _stated(kind=kind, months=months, years=years)

    async def setting(found: MerchantInfo) -> object:
        from backend import ledger, merchants  # noqa: PLC0415
        from backend.kit import database  # noqa: PLC0415

        async with database.transaction() as tx:
            stored, _ = await merchants.points_policy(tx, found.id)
        policy = ledger.PointsPolicy.of(stored | change)
        if change:
            await merchants.set_points_policy(found.id, asdict(policy))
        return asdict(policy)

    show(merchant, setting)


@click.command("red-packet-policy")
@for_merchant
@click.option("--days", type=click.IntRange(1, 366), help="Days after the day of earning on which it can be used.")
@click.option("--min-fen", type=click.IntRange(0, 100_000_000), help="Least payable of an order that it pays for.")
def red_packet_policy(merchant: str, days: int | None, min_fen: int | None) -> None:
    """Shows, or changes for orders placed from now on, the terms of red packets that they earn."""
    change = _stated(days=days, min_fen=min_fen)

    async def setting(found: MerchantInfo) -> object:
        from backend import ledger, merchants  # noqa: PLC0415

        policy = ledger.PacketPolicy.of(await merchants.red_packet_policy(found.id) | change)
        if change:
            await merchants.set_red_packet_policy(found.id, asdict(policy))
        return asdict(policy)

    show(merchant, setting)


async def _stacking(merchant: MerchantInfo, change: dict[str, int | None]) -> dict[str, int | None]:
    """The stacking rules, after `change`; open carts are priced again."""
    from backend import merchants  # noqa: PLC0415
    from backend.kit.clock import now  # noqa: PLC0415
    from backend.kit.ids import new_id  # noqa: PLC0415

    if change:
        done = await merchants.set_stacking(merchant.id, ACTOR, change, new_id().hex, now())
        if isinstance(done, merchants.SettingInvalid):
            raise _refused(done.problems)
    return asdict(await merchants.read_stacking(merchant.id))


@click.command("stacking-policy")
@for_merchant
@click.option("--max-promotions-per-line", "most", type=click.IntRange(1, 1000), help="Coupons are not counted.")
@click.option("--no-limit", is_flag=True, help="Any number, as groups and exclusions allow.")
def stacking_policy(merchant: str, most: int | None, no_limit: bool) -> None:
    """Shows, or changes for prices from now on, how many promotions one line of a cart may be taken by (docs/pricing.md)."""
    if most is not None and no_limit:
        raise click.UsageError("give --max-promotions-per-line or --no-limit, not both")
    stated = most is not None or no_limit

    async def setting(found: MerchantInfo) -> object:
        now = await _stacking(found, {"max_promotions_per_line": most} if stated else {})
        return {"max_promotions_per_line": now["max_promotions_per_line"]}

    show(merchant, setting)


@click.command("coupon-policy")
@for_merchant
@click.option("--max-coupons", "most", type=click.IntRange(1, 3), help="Coupons that one order may use.")
def coupon_policy(merchant: str, most: int | None) -> None:
    """Shows, or changes for prices from now on, how many coupons one order may use; which go together, their templates say."""

    async def setting(found: MerchantInfo) -> object:
        return {"max_coupons": (await _stacking(found, _stated(max_coupons=most)))["max_coupons"]}

    show(merchant, setting)


@click.command("tender-policy")
@for_merchant
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

    async def setting(found: MerchantInfo) -> object:
        from backend import merchants  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415

        if kind is not None:
            await merchants.set_tender_cap(found.id, kind, bp, fen, now())
        return {cap.kind: cap.to_json() for cap in (await merchants.price_policy(found.id)).tender_caps}

    show(merchant, setting)


@click.command("complaint-policy")
@for_merchant
@click.option("--minutes", type=click.IntRange(60, 10_080), help="From making a complaint to its answer.")
def complaint_policy(merchant: str, minutes: int | None) -> None:
    """Shows, or changes for complaints made from now on, within how many minutes they are answered."""

    async def setting(found: MerchantInfo) -> object:
        from backend import merchants  # noqa: PLC0415

        if minutes is not None:
            await merchants.set_complaint_minutes(found.id, minutes)
        return {"minutes": await merchants.complaint_minutes(found.id)}

    show(merchant, setting)


@click.command("compensation-policy")
@for_merchant
@click.option("--per-day", type=click.IntRange(0, 1_000), help="Coupons and red packets of one clerk on one day.")
@click.option("--fen-per-day", type=click.IntRange(0, 10_000_000), help="Their face value.")
def compensation_policy(merchant: str, per_day: int | None, fen_per_day: int | None) -> None:
    """Shows, or changes from now on, how much one clerk may give by way of compensation on one day."""

    async def setting(found: MerchantInfo) -> object:
        from dataclasses import replace  # noqa: PLC0415

        from backend import coupons  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415
        from backend.kit.ids import new_id  # noqa: PLC0415

        limits = await coupons.clerk_limits(found.id)
        stated = _stated(per_day=per_day, fen_per_day=fen_per_day)
        if stated:
            done = await coupons.set_clerk_limits(found.id, ACTOR, replace(limits, **stated), new_id().hex, now())
            if isinstance(done, coupons.Invalid):
                raise _refused(done.problems)
        return asdict(await coupons.clerk_limits(found.id))

    show(merchant, setting)


@click.command("levels")
@for_merchant
@from_file
def levels(merchant: str, file: Path | None) -> None:
    """Shows, or sets from a JSON file, the levels of a merchant's members."""

    async def setting(found: MerchantInfo) -> object:
        from backend import automation, members  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415
        from backend.kit.ids import new_id  # noqa: PLC0415

        if file is not None:
            scheme, problems = members.parsed(_read(file))
            if scheme is None:
                raise _refused(problems)
            done = await automation.levels.set_scheme(found.id, ACTOR, scheme, new_id().hex, now())
            if isinstance(done, members.Invalid):
                raise _refused(done.problems)
        scheme = (await members.scheme_info(found.id)).scheme
        for told in await automation.levels.warnings(found.id, scheme, now()):
            click.echo(f"{told.path}: {told.message}", err=True)
        return scheme.to_json()

    show(merchant, setting)


@click.command("lifecycle")
@for_merchant
@from_file
@click.option("--run", "refresh", is_flag=True, help="Bring states and tiers of all members up to date now.")
def lifecycle(merchant: str, file: Path | None, refresh: bool) -> None:
    """Shows, sets from a JSON file, or applies the life-cycle thresholds of a merchant's members."""

    async def setting(found: MerchantInfo) -> object:
        from backend import automation, members  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415
        from backend.kit.ids import new_id  # noqa: PLC0415

        if file is not None:
            rules, problems = members.parsed_rules(_read(file))
            if rules is None:
                raise _refused(problems)
            given = await members.lifecycle.set_rules(found.id, ACTOR, rules, new_id().hex, now())
            if isinstance(given, members.Invalid):
                raise _refused(given.problems)
        done = await automation.lifecycle.refresh(found.id, now()) if refresh else None
        done = done or await members.lifecycle.last_run(found.id)
        return {
            "rules": (await members.lifecycle.rules_info(found.id)).rules.to_json(),
            "run": asdict(done) if done else None,
            "segments": [asdict(segment) for segment in await members.lifecycle.segments(found.id)],
        }

    show(merchant, setting)


COMMANDS = (
    refund_policy,
    points_policy,
    red_packet_policy,
    stacking_policy,
    coupon_policy,
    tender_policy,
    complaint_policy,
    compensation_policy,
    levels,
    lifecycle,
)
