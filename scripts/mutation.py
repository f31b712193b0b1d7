"""`make mutation`: how many small faults planted in the pricing engine its tests notice. JSON lines, one a file, one in all.

mutmut (BSD-3) changes one operator, constant, name or call at a time and runs the tests that reach the function. All
of backend/pricing comes to some nine thousand mutants, half a day on one core, so a sample is drawn: the same for the
same seed and code. The tests are those of backend/tests/pricing that need no server and no process of their own; the
CP-SAT judge is left out. Everything happens in a copy under .make/mutation.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (
    "ahead.py",
    "bounding.py",
    "labels.py",
    "linting.py",
    "optimise.py",
    "options.py",
    "places.py",
    "prices.py",
    "search.py",
    "settled.py",
    "stakes.py",
    "worst_basket.py",
)
"""Unless --all: the search and its bound are judged by other solvers, and a looser bound only costs time; lint and the
worst basket are advice, tested with the rule files."""
OWN_PROCESS = ("test_against_cp_sat.py", "test_rules.py::test_the_core_loads_nothing_heavy")
SURVIVED, NOT_REACHED, NOT_RUN = 0, 33, None
TIMEOUTS = (-24, 24, 36, 152, 255)


ENGINE = re.compile(r"backend import pricing$|backend\.(pricing|tests\.pricing|price_files)\b")


def needs_more(test: Path) -> bool:
    """Whether a test file imports something of the repository besides the engine."""
    imports = re.findall(r"^\s*(?:from|import) ((?:backend|schema|workers)\b.*)$", test.read_text(), re.MULTILINE)
    return not all(ENGINE.match(line) for line in imports)


def prepare(folder: Path, skip: tuple[str, ...]) -> None:
    """The engine and its tests alone, so that nothing else can be reached or changed."""
    if folder.exists():
        shutil.rmtree(folder)
    clean = shutil.ignore_patterns("__pycache__")
    for part in ("pricing", "tests/pricing"):
        shutil.copytree(ROOT / "backend" / part, folder / "backend" / part, ignore=clean)
    for file in ("__init__.py", "tests/__init__.py", "price_files.py"):
        shutil.copy(ROOT / "backend" / file, folder / "backend" / file)
    deselected = [f"--deselect=backend/tests/pricing/{name}" for name in OWN_PROCESS]
    tests = folder / "backend/tests/pricing"
    ignored = [f"--ignore={path.relative_to(folder)}" for path in sorted(tests.rglob("*.py")) if needs_more(path)]
    settings = {
        "source_paths": ["backend/pricing"],
        "do_not_mutate": [f"backend/pricing/{name}" for name in skip],
        "also_copy": ["backend"],
        "pytest_add_cli_args_test_selection": ["backend/tests/pricing"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "--hypothesis-seed=0", *deselected, *ignored],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (folder / "pyproject.toml").write_text("\n".join(["[tool.mutmut]", *lines, ""]))


def mutmut(folder: Path, children: int, names: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children), *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def results(folder: Path) -> dict[str, tuple[str, int | None]]:
    """Mutant → (file, exit code of its tests)."""
    base = folder / "mutants/backend/pricing"
    found = {}
    for meta in sorted(base.rglob("*.py.meta")):
        file = str(meta.relative_to(base)).removesuffix(".meta")
        codes = json.loads(meta.read_text())["exit_code_by_key"]
        found.update({name: (file, code) for name, code in codes.items()})
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sample", type=int, default=600, help="mutants to try; 0 for all")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--children", type=int, choices=(1, 2), default=1, help="mutants at a time")
    options.add_argument("--all", action="store_true", help="the search, its bound and the advice too")
    options.add_argument("--only", help="files of backend/pricing with this in their name")
    options.add_argument("--into", type=Path, default=ROOT / ".make/mutation")
    asked = options.parse_args()
    prepare(asked.into, () if asked.all else LEFT_OUT)
    first = mutmut(asked.into, asked.children, ["no such mutant"])
    found = results(asked.into)
    if not found or not (asked.into / "mutants/mutmut-stats.json").exists():
        print(first.stdout[-3000:], first.stderr[-3000:], file=sys.stderr)
        return 2
    names = sorted(name for name, (file, _) in found.items() if not asked.only or asked.only in file)
    chosen = names
    if 0 < asked.sample < len(names):
        chosen = sorted(random.Random(asked.seed).sample(names, asked.sample))
    done = mutmut(asked.into, asked.children, chosen)
    found = results(asked.into)
    files: dict[str, Counter[str]] = {}
    for name in chosen:
        file, code = found[name]
        kind = {SURVIVED: "survived", NOT_REACHED: "not_reached", NOT_RUN: "not_run"}.get(code, "killed")
        tally = files.setdefault(file, Counter())
        tally["timed out" if code in TIMEOUTS else kind] += 1
        if kind in ("survived", "not_reached"):
            print(json.dumps({"mutant": name, "file": file, "verdict": kind}), flush=True)
    total: Counter[str] = Counter()
    for file, tally in sorted(files.items()):
        print(json.dumps({"file": file, "mutants": tally.total(), **tally}), flush=True)
        total.update(tally)
    if total["not_run"]:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
    noticed = total["killed"] + total["timed out"]
    print(
        json.dumps(
            {
                "in_all": len(names),
                "sample": len(chosen),
                "seed": asked.seed,
                **total,
                "noticed_percent": round(100 * noticed / max(1, len(chosen)), 1),
            }
        )
    )
    return 2 if total["not_run"] else 0


if __name__ == "__main__":
    sys.exit(main())
