"""The engine and the CP-SAT judge agree on a sample; `python -m backend.tests.pricing.judge` runs thousands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_a_sample_of_random_carts_agrees_with_the_judge(tmp_path: Path) -> None:
    """Q02: in a process of its own, for OR-tools does not live beside other solvers."""
    command = [sys.executable, "-m", "backend.tests.pricing.judge", "--carts", "100", "--into", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    total = json.loads(done.stdout.splitlines()[-1])
    assert total["carts"] == 100
    assert total["equal"] >= 95
    assert "undecided" not in total
    assert "differs" not in total
