"""The simulation in the tests: fifty seeds hold, and a product with a planted fault does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from stack import ROOT

SEEDS, HALF, STEPS = 50, 25, 40
SIMULATION = str(ROOT / "e2e" / "simulation.py")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=580, check=False
    )


@pytest.mark.parametrize("first", range(1, SEEDS, HALF))
def test_fifty_seeds_hold(first: int) -> None:
    """Faults, Must show 3: shoppers, clerks, refunds, clocks and crashes from fifty seeds: after every step the invariants hold,
    and everything that was acknowledged is there. Two halves, which workers can run side by side."""
    one = run(SIMULATION, "--seed", str(first), "--seeds", str(HALF), "--steps", str(STEPS))
    assert one.returncode == 0, one.stdout[-3000:] + one.stderr[-3000:]
    last = one.stdout.splitlines()[-1]
    print(last)
    assert f"{HALF * STEPS} steps" in last
    crashes = int(last.split(" steps, ")[1].split(" crashes")[0])
    assert crashes > HALF, "connections are cut in the middle of commands"
    done = Counter({kind: int(n) for kind, n in (one.rsplit(" ", 1) for one in last.split(": ", 2)[2].split(", "))})
    assert done["borne by suppliers"] > HALF, "suppliers bear a part of what is sold (B09)"
    for content in ("exchange", "trial", "bundle", "points", "give_back"):
        assert done[f"used {content}"] > 0, "every content of a coupon is used (K01)"
    assert done["used at full price"] > 0, "a coupon may be for goods that no promotion takes (K01)"
    assert done["tier 1"] > 0 and done["tier 2"] > 0, "new customers and others have their own coupon of one drop (K10)"
    assert done["day's uses gone"] > 0, "a coupon may be used so often a day (K01)"
    assert done["day's limit gone"] > 0, "an offer may be had so often a day (P10)"
    assert done["orders with two coupons"] > 0, "coupons stack (K01)"
    assert done["gift quotas used up"] > 0, "a promotion gives so many gifts in all (P12)"
    assert done["orders with capped earnings"] > HALF and done["earnings given back to a budget"] > 0, (
        "what orders earn is held of limits and budgets, and given back (P10, P12)"
    )
    assert done["template budgets used up"] > 0, "all coupons of a template together have a budget (K01)"
    assert all(done[f"stamps {why}"] > 0 for why in ("earn", "claw_back", "spend")), (
        "stamps are earned, taken back with a refund, and spent in the mall (B01)"
    )
    assert done["answer ComplaintInfo"] > 0 and done["complaints escalated"] > 0, (
        "complaints are answered, or escalated (R05)"
    )
    assert done["compensation CouponInfo"] > 0 and done["complaint SubjectMissing"] > 0
    assert done["birthday given"] > 0 and done["birthday put right"] > 0, "birthdays come, put right or not (M01, B04)"
    assert done["month given"] > 0 and done["level coupon given late"] > 0, (
        "levels bring their coupons, each month and once there is room (B04, K01)"
    )


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        # an order that is cancelled does not give its goods back
        ("from backend import catalog\nasync def lost(*_): pass\ncatalog.release = lost", ("O4",)),
        # a relay that died takes its events for new ones
        (
            "from backend.kit import outbox\nonce = outbox.once\n"
            "async def forgetful(tx, consumer, events, at):\n    await once(tx, consumer, events, at)\n    return list(events)\n"
            "outbox.once = forgetful",
            ("E1", "E3"),
        ),
    ],
    ids=["lost stock", "double effect"],
)
def test_a_planted_fault_is_found_with_its_seed(fault: str, found: tuple[str, ...]) -> None:
    """The simulation can fail: with the fault it ends with 1, the invariant that broke and the command that shows it again."""
    script = f"import sys\nsys.path.insert(0, 'e2e')\n{fault}\nimport simulation\nsys.exit(simulation.main())"
    done = run("-c", script, "--seeds", "12", "--steps", str(STEPS))
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
    last = done.stdout.split("BROKEN ")[1]
    assert any(f"{rule}: " in last for rule in found) and "again: python e2e/simulation.py --seed" in last, last
