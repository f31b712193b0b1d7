"""The engine and the CP-SAT judge agree on a sample; `make judge` runs thousands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def judged(folder: Path, *arguments: str) -> dict[str, Any]:
    """The last line of the judge, in a process of its own, for OR-tools does not live beside other solvers."""
    command = [sys.executable, "-m", "backend.tests.pricing.judge", "--into", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_sample_of_random_carts_agrees_with_the_judge(tmp_path: Path) -> None:
    """Q02: every shape of cart; payable, money, gifts, tenders and earnings."""
    total = judged(tmp_path, "--carts", "100")
    assert total["carts"] == 100
    assert total["equal"] >= 95
    assert "undecided" not in total
    assert "differs" not in total


def test_a_sample_of_real_baskets_agrees_with_the_judge(tmp_path: Path) -> None:
    """Q02: baskets of The Complete Journey under the sixty rules; those of more than eight lines take the judge long
    and are checked from their outcome alone."""
    total = judged(tmp_path, "--baskets", "14", "--of", "14", "--lines", "8", "--seconds", "60")
    assert total["carts"] >= 12
    assert total["equal"] >= 7
    assert "differs" not in total
