"""`make check`: every static check, each with its time; all run even when one fails."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from backend.frontend_build import install, node_environment

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"


def main() -> int:
    env = node_environment()
    checks: list[tuple[str, list[str], Path]] = [
        ("ruff", [str(BIN / "ruff"), "check", "backend", "schema", "workers", "scripts"], ROOT),
        ("mypy（pricing 与各 rules，strict）", [str(BIN / "mypy")], ROOT),
        ("import-linter", [str(BIN / "lint-imports"), "--no-cache"], ROOT),
        ("schema.graphql 与代码一致", [str(BIN / "python"), "-m", "schema.export", "--check"], ROOT),
        ("docker-compose.yml", [str(BIN / "python"), "scripts/check_compose.py"], ROOT),
    ]
    for name in ("web", "miniapp"):
        print(f"  {name}：准备依赖 …", flush=True)
        install(ROOT / name, env)
        checks += [
            (f"{name} 类型是新的、操作合法", ["npm", "run", "--silent", "codegen:check"], ROOT / name),
            (f"{name} TypeScript", ["npm", "run", "--silent", "typecheck"], ROOT / name),
        ]
    failed = 0
    for name, command, folder in checks:
        started = time.monotonic()
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        print(f"  {'✓' if done.returncode == 0 else '✗'} {name}  {time.monotonic() - started:.1f} s", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout + done.stderr, flush=True)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
