"""`make test`: sets up what is missing and runs every test: Python, web, mini-program, browser.

One part after the other, since each has both cores to itself: the front ends' tests, the Python tests, divided over workers
(pytest-xdist) with servers of their own, the stories of processes (rushes, falls, simulation), two at a time, then those in a browser,
which are told one after the other: a browser that has to share its cores is slow to draw, and tests that wait for what a user sees would
wait in vain.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.frontend_build import FRONT_ENDS, WEAPP, build, install, node_environment

ROOT = Path(__file__).resolve().parent.parent
BROWSER = "e2e/test_browser.py"
WORKERS = max(1, min(4, os.cpu_count() or 1))


@dataclass(frozen=True)
class Part:
    name: str
    command: Sequence[str]
    folder: Path = ROOT


@dataclass(frozen=True)
class Done:
    name: str
    code: int
    seconds: float


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def run(part: Part, env: dict[str, str]) -> Done:
    print(f"\n== {part.name}", flush=True)
    began = time.monotonic()
    done = Done(
        part.name,
        subprocess.run(part.command, cwd=part.folder, env=env, check=False).returncode,
        time.monotonic() - began,
    )
    say(f"{done.name}：{done.seconds:.0f} s{f'，失败（{done.code}）' if done.code else ''}")
    return done


def main() -> int:
    env = node_environment()
    started = time.monotonic()
    for folder in ("web", "miniapp", "e2e", "e2e/weapp"):
        say(f"{folder}：准备依赖 …")
        install(ROOT / folder, env)
    for source in (*FRONT_ENDS, WEAPP):
        build(source, env, say)
    say(f"准备：{time.monotonic() - started:.0f} s")
    python = [sys.executable, "-m", "pytest"]
    # by file, in their own order: the slow ones with few tests would come last otherwise, and one worker would wait
    by_file = ["--dist", "loadfile", "--no-loadscope-reorder"]
    parts = [
        *(Part(name, ["npm", "test", "--silent"], ROOT / name) for name in ("web", "miniapp")),
        Part(f"Python（{WORKERS} workers）", [*python, "-n", str(WORKERS), *by_file, "backend/tests"]),
        Part(
            "stories of processes (2 workers)",
            [*python, "-n", "2", *by_file, "e2e", f"--ignore={BROWSER}"],
        ),
        Part("stories in a browser", [*python, BROWSER]),
    ]
    done = [run(part, env) for part in parts]
    failed = [part.name for part in done if part.code]
    seconds = time.monotonic() - started
    print(f"\n{len(done) - len(failed)} suites passed, {len(failed)} failed {failed or ''}  ({seconds:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
