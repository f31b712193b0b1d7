"""The engine and CP-SAT on the same carts, one JSON line each, and the sum of them.

python -m backend.tests.pricing.judge --carts 2000                 random carts of the judged class
python -m backend.tests.pricing.judge --baskets 500 --of 20000     real baskets under the sixty rules: the engine prices
                                                                   all, the judge every fortieth
                                                                   (--only-judged: the engine those alone)

Exits 1 on the first disagreement, with the scenario that reproduces it in `disagreement-SEED.json`. Where the engine's
search was not complete (`optimal: false`) the judge's payable must lie within its bound. Money, tenders and earnings of
every quote are checked against the contract as well.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend import pricing
from backend.tests.pricing.judge.carts import SHAPES, scenario
from backend.tests.pricing.judge.model import Undecided, payable
from backend.tests.pricing.judge.outcome import faults

Data = dict[str, Any]


def judge(data: Data, judged: bool = True, seconds: float | None = None, steps: int = pricing.STEPS) -> Data:
    """One cart. `seconds` is the judge's limit; without it, its limit is counted in work and repeatable. `steps`: the engine's."""
    parsed = pricing.parse_scenario(data)
    started = time.process_time()
    quote = pricing.quote(parsed.rules, parsed.request, steps)
    engine = time.process_time() - started
    wrong, unclear = faults(data, quote)
    kinds = {p["id"]: p["type"] for p in data["promotions"]}
    kinds |= {c["id"]: f"coupon {next(iter(c['content']))}" for c in data.get("coupons", ())}
    there = {o.id for o in quote.offers} | {e.offer for e in quote.earn}
    found = {
        "verdict": "differs" if wrong else "priced",
        "engine": quote.payable,
        "optimal": quote.optimal,
        "lower_bound": quote.lower_bound,
        "applied": sorted(kinds[name] for name in there),
        "engine_ms": round(engine * 1000, 3),
        **({"faults": wrong} if wrong else {}),
        **({"unclear": unclear} if unclear else {}),
    }
    if wrong or not judged:
        return found
    started = time.process_time()
    try:
        best = payable(data, seconds)
    except Undecided:
        return found | {"verdict": "undecided", "judge_ms": round((time.process_time() - started) * 1000, 3)}
    found["judge_ms"] = round((time.process_time() - started) * 1000, 3)
    agreed = quote.lower_bound <= best <= quote.payable and (best == quote.payable or not quote.optimal)
    verdict = "differs" if not agreed else "equal" if best == quote.payable else "within bound"
    return found | {"verdict": verdict, "judge": best}


def real(count: int, of: int, lines: int) -> Iterator[tuple[Data, Data, bool]]:
    from backend.bench.baskets import FIRST, installed, scenarios

    every = max(1, of // max(1, count))
    for n, data in enumerate(scenarios(installed(), FIRST, FIRST + of)):
        size = len(data["cart"]["lines"])
        yield {"basket": n, "lines": size}, data, n % every == 0 and size <= lines


def drawn(first: int, count: int) -> Iterator[tuple[Data, Data, bool]]:
    for seed in range(first, first + count):
        yield {"seed": seed, "shape": SHAPES[seed % len(SHAPES)]}, scenario(seed), True


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--carts", type=int, default=2000)
    options.add_argument("--first", type=int, default=0, help="the first seed")
    options.add_argument("--baskets", type=int, help="real baskets for the judge, instead of random carts")
    options.add_argument("--of", type=int, default=20_000, help="real baskets for the engine")
    options.add_argument("--lines", type=int, default=500, help="real baskets of more lines go to the engine alone")
    options.add_argument(
        "--only-judged", action="store_true", help="real baskets that the judge does not see are left out"
    )
    options.add_argument("--steps", type=int, default=pricing.STEPS, help="steps of the engine's search")
    options.add_argument("--seconds", type=float, help="the judge's limit for a cart")
    options.add_argument("--into", type=Path, default=Path(), help="folder for a disagreement")
    asked = options.parse_args()
    from ortools.sat.python import cp_model  # so that loading it is not timed

    assert cp_model
    verdicts: Counter[str] = Counter()
    applied: Counter[str] = Counter()
    times: list[tuple[float, float]] = []
    incomplete = unclear = 0
    carts = drawn(asked.first, asked.carts) if asked.baskets is None else real(asked.baskets, asked.of, asked.lines)
    for name, data, judged in carts:
        if asked.only_judged and not judged:
            continue
        found = judge(data, judged, asked.seconds, asked.steps)
        if judged or found["verdict"] == "differs":
            print(json.dumps({**name, **found}, ensure_ascii=False), flush=True)
        verdicts[found["verdict"]] += 1
        incomplete += not found["optimal"]
        unclear += found.get("unclear", 0)
        applied.update(set(found["applied"]))
        if found["verdict"] == "differs":
            file = asked.into / f"disagreement-{next(iter(name.values()))}.json"
            file.write_text(json.dumps(data, ensure_ascii=False, indent=1))
            print(f"{file}: the engine says {found['engine']}, the judge {found.get('judge', found)}", file=sys.stderr)
            return 1
        if "judge_ms" in found:
            times.append((found["engine_ms"], found["judge_ms"]))
    engine, solver = (statistics.median(column) for column in zip(*times, strict=True))
    total = {
        "carts": sum(verdicts.values()),
        **verdicts,
        "search_not_complete": incomplete,
        "checks_left_out": unclear,
        "carts_with": dict(sorted(applied.items())),
        "engine_median_ms": round(engine, 3),
        "judge_median_ms": round(solver, 3),
        "ratio_of_medians": round(solver / engine, 1),
    }
    print(json.dumps(total, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
