"""`make test`: sets up what is missing and runs every test: Python, web, mini-program, browser.

Two rounds: the Python tests with those of web and mini-program beside them, then the stories. Python tests are divided over
workers (pytest-xdist), each with servers of its own; stories are told one after the other: a browser that has to share its
cores is slow to draw, and a story waits for what a user sees. What runs beside another part shows its output at the end,
whole when it failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from backend.frontend_build import FRONT_ENDS, WEAPP, build, install, node_environment

ROOT = Path(__file__).resolve().parent.parent
WORKERS = max(1, min(4, os.cpu_count() or 1))
SUMMARY_LINES = 6


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
    output: str = ""


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def run(part: Part, env: dict[str, str], *, aside: bool = False) -> Done:
    """Runs a part; its output goes to the terminal, or `aside` into the answer."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as kept:
        out = {"stdout": kept, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL} if aside else {}
        code = subprocess.run(part.command, cwd=part.folder, env=env, check=False, **out).returncode  # type: ignore[call-overload]
        kept.seek(0)
        return Done(part.name, code, time.monotonic() - began, kept.read().decode(errors="replace"))


def round_of(main: Part, beside: Sequence[Part], env: dict[str, str]) -> list[Done]:
    """Runs `main` and, one after another, the parts beside it; shows each."""
    print(f"\n== {main.name}", flush=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(run, part, env, aside=True) for part in beside]
        found = [run(main, env)]
        found += [future.result() for future in waiting]
    for done in found[1:]:
        lines = done.output.rstrip().splitlines()
        print(f"\n== {done.name}", *(lines if done.code else lines[-SUMMARY_LINES:]), sep="\n", flush=True)
    for done in found:
        say(f"{done.name}：{done.seconds:.0f} s{f'，失败（{done.code}）' if done.code else ''}")
    return found


def main() -> int:
    env = node_environment()
    started = time.monotonic()
    for folder in ("web", "miniapp", "e2e", "e2e/weapp"):
        say(f"{folder}：准备依赖 …")
        install(ROOT / folder, env)
    for source in (*FRONT_ENDS, WEAPP):
        build(source, env, say)
    say(f"准备：{time.monotonic() - started:.0f} s")
    python = [sys.executable, "-m", "pytest", "-n", str(WORKERS), "--dist"]
    npm = [Part(name, ["npm", "test", "--silent"], ROOT / name) for name in ("web", "miniapp")]
    # by file, in their own order: the slow ones with few tests would come last otherwise, and one worker would wait
    tests = [*python, "loadfile", "--no-loadscope-reorder", "backend/tests"]
    done = round_of(Part(f"Python（{WORKERS} workers）", tests), npm, env)
    done += round_of(Part("stories: browser, weapp, processes", [sys.executable, "-m", "pytest", "e2e"]), (), env)
    failed = [part.name for part in done if part.code]
    seconds = time.monotonic() - started
    print(f"\n{len(done) - len(failed)} suites passed, {len(failed)} failed {failed or ''}  ({seconds:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
