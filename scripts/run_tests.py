"""`make test`: sets up what is missing and runs every test: Python, web, mini-program, browser."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from backend.frontend_build import FRONT_ENDS, WEAPP, build, install, node_environment

ROOT = Path(__file__).resolve().parent.parent


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def main() -> int:
    env = node_environment()
    started = time.monotonic()
    python = [sys.executable, "-m", "pytest"]
    suites: list[tuple[str, list[str], Path]] = [("Python", [*python, "backend/tests"], ROOT)]
    for folder in ("web", "miniapp", "e2e", "e2e/weapp"):
        if (ROOT / folder / "package-lock.json").exists():
            say(f"{folder}：准备依赖 …")
            install(ROOT / folder, env)
    for source in (*FRONT_ENDS, WEAPP):
        build(source, env, say)
    suites += [
        ("web", ["npm", "test", "--silent"], ROOT / "web"),
        ("mini-program", ["npm", "test", "--silent"], ROOT / "miniapp"),
        ("stories: browser, weapp, two processes", [*python, "e2e"], ROOT),
    ]
    failed = []
    for name, command, folder in suites:
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        if subprocess.run(command, cwd=folder, env=env, check=False).returncode:
            failed.append(name)
        say(f"{name}：{time.monotonic() - begun:.0f} s")
    print(
        f"\n{len(suites) - len(failed)} suites passed, {len(failed)} failed {failed or ''}  ({time.monotonic() - started:.0f} s)"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
