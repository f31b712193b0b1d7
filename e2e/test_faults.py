"""A short run of the fault script: one kill of each part in a small rush, and both servers away for a while (R05)."""

from __future__ import annotations

from collections import Counter

from faults import PARTS, Report, drill
from stack import Stack


async def test_parts_fall_in_the_middle_of_a_rush(installation: Stack) -> None:
    """Faults, Must show 3, O2, O4: kill -9 of an API process, the worker, Valkey, PostgreSQL: what was acknowledged is there, coupons,
    points, balance, red packets, flash sales, budgets and refunds of orders among it, nothing is twice, every event took effect once, the invariants hold; without Valkey work goes on, without PostgreSQL it is
    refused clearly and returns without a restart, gone or standing still. The counts of long runs stand in docs/reliability.md."""
    installation.more = {"SHUHUI_API_PROCESSES": "2"}
    said: list[Report] = []
    found = await drill(installation.start(), claims=40, orders=20, kills=1, say=said.append)
    assert [r.part for r in found] == [
        *PARTS,
        "without valkey",
        "without postgres",
        "with silent postgres",
    ] and said == found
    assert all((r.claims, r.orders, r.paid, r.lost, r.twice) == (40, 20, 20, 0, 0) for r in found[:4])
    took = Counter[str]()
    for report in found[:4]:
        took.update(report.took)
    assert {"coupon", "points", "balance", "red_packet", "flash", "budget", "refunds"} == {
        kind for kind, n in took.items() if n
    }
    assert found[0].asked_again + found[3].asked_again > 0, "somebody noticed the falls"
    assert installation.stop() == 0
