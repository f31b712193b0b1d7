"""python -m backend.tests.pricing.judge --carts 2000: engine and CP-SAT on the same random carts, one JSON line each.

Exits 1 on the first disagreement, with the scenario that reproduces it in `disagreement-SEED.json`. Where the engine's
search was not complete (`optimal: false`) the judge's payable must lie within its bound.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from backend import pricing
from backend.tests.pricing.judge.carts import SHAPES, scenario
from backend.tests.pricing.judge.model import Undecided, payable


def judge(data: dict[str, Any]) -> dict[str, Any]:
    parsed = pricing.parse_scenario(data)
    started = time.process_time()
    quote = pricing.quote(parsed.rules, parsed.request)
    engine = time.process_time() - started
    started = time.process_time()
    try:
        best = payable(data)
    except Undecided:
        return {"verdict": "undecided", "engine": quote.payable, "optimal": quote.optimal}
    solver = time.process_time() - started
    agreed = quote.lower_bound <= best <= quote.payable and (best == quote.payable or not quote.optimal)
    verdict = "differs" if not agreed else "equal" if best == quote.payable else "within bound"
    kinds = {p["id"]: p["type"] for p in data["promotions"]}
    kinds |= {c["id"]: f"coupon {next(iter(c['content']))}" for c in data["coupons"]}
    return {
        "verdict": verdict,
        "judge": best,
        "engine": quote.payable,
        "optimal": quote.optimal,
        "lower_bound": quote.lower_bound,
        "applied": sorted(kinds[o.id] for o in quote.offers),
        "engine_ms": round(engine * 1000, 3),
        "judge_ms": round(solver * 1000, 3),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--carts", type=int, default=2000)
    options.add_argument("--first", type=int, default=0, help="the first seed")
    options.add_argument("--into", type=Path, default=Path(), help="folder for a disagreement")
    asked = options.parse_args()
    from ortools.sat.python import cp_model  # so that loading it is not timed

    assert cp_model
    verdicts: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    times: list[tuple[float, float]] = []
    for seed in range(asked.first, asked.first + asked.carts):
        data = scenario(seed)
        found = judge(data)
        print(json.dumps({"seed": seed, "shape": SHAPES[seed % len(SHAPES)], **found}, ensure_ascii=False), flush=True)
        verdicts[found["verdict"]] += 1
        if found["verdict"] == "undecided":
            continue
        applied.update(set(found["applied"]))
        times.append((found["engine_ms"], found["judge_ms"]))
        if found["verdict"] == "differs":
            file = asked.into / f"disagreement-{seed}.json"
            file.write_text(json.dumps(data, ensure_ascii=False, indent=1))
            print(f"{file}: the engine says {found['engine']}, the judge {found['judge']}", file=sys.stderr)
            return 1
    engine, solver = (statistics.median(column) for column in zip(*times, strict=True))
    total = {
        "carts": asked.carts,
        **verdicts,
        "carts_with": dict(sorted(applied.items())),
        "engine_median_ms": round(engine, 3),
        "judge_median_ms": round(solver, 3),
        "ratio_of_medians": round(solver / engine, 1),
    }
    print(json.dumps(total, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
