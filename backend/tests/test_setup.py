"""Setting up on a machine where something is missing: one clear line, exit code 2 (X02)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.frontend_build import cause

ROOT = Path(__file__).resolve().parents[2]
HASHES = """ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    anyio==4.16.0 from http://127.0.0.1/anyio.whl:
        Expected sha256 286e
             Got        9b1c
"""
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n\n"
NOWHERE = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'
ERROR: Could not find a version that satisfies the requirement anyio==4.16.0 (from versions: none)
ERROR: No matching distribution found for anyio==4.16.0

"""
OLD = "ERROR: Package 'anyio' requires a different Python: 3.9.2 not in '>=3.10'\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what `make setup` needs, and nothing set up."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "install", tmp_path / "scripts")
    return tmp_path


def make(checkout: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    given = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "MAKE"))}
    return subprocess.run(
        ["make", *arguments],
        cwd=checkout,
        env={**given, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line before that of make itself."""
    assert done.returncode == 2, done.stdout + done.stderr
    line, of_make = done.stderr.strip().splitlines()
    assert of_make.startswith("make: ***")
    return line


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (HASHES, "哈希不符"),
        (FULL, "磁盘已满"),
        (NOWHERE, "No matching distribution found for anyio"),
        (OLD, "删除 .venv"),
    ],
    ids=["hashes", "full", "nowhere", "old"],
)
def test_what_cannot_be_downloaded_is_one_line_with_its_cause(checkout: Path, output: str, words: str) -> None:
    """A broken download, a full disk, no network, an environment of another Python."""
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (checkout / "output").write_text(output)
    python.write_text(f"#!/bin/sh\ncat '{checkout}/output' >&2\nexit 1\n")
    python.chmod(0o755)
    assert words in said(make(checkout, "setup"))
    assert (checkout / ".make" / "pip.log").read_text().strip() == output.strip()
    assert not (checkout / ".make" / "setup.stamp").exists()  # the next `make` tries again


def test_no_index_that_answers_is_one_line(checkout: Path) -> None:
    """The real pip, against an index where nobody listens."""
    nobody = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    line = said(make(checkout, "setup", f"PYTHON={sys.executable}", **nobody))
    assert "安装依赖失败" in line and "请检查网络" in line, line


def test_a_wrong_python_is_one_line(checkout: Path) -> None:
    old = checkout / "old"
    old.mkdir()
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        (old / name).write_text("#!/bin/sh\nexit 1\n")  # what an older one answers to whether it is 3.11 or newer
        (old / name).chmod(0o755)
    assert "Python ≥ 3.11" in said(make(checkout, "setup", PATH=f"{old}{os.pathsep}{os.environ['PATH']}"))
    assert not (checkout / ".venv").exists()


REFUSED = """npm error code ECONNREFUSED
npm error syscall connect
npm error errno ECONNREFUSED
npm error FetchError: request to http://127.0.0.1:9/zrender failed, reason: connect ECONNREFUSED 127.0.0.1:9
npm error     at ClientRequest.<anonymous> (index.js:130:14)
npm error If you are behind a proxy, please make sure that the 'proxy' config is set properly.
npm error A complete log of this run can be found in: /home/x/.npm/_logs/debug-0.log
"""


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (REFUSED, ("reason: connect ECONNREFUSED", "检查网络")),
        ("npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write\n", ("ENOSPC", "磁盘已满")),
        ("npm error code EINTEGRITY\nnpm error sha512-a integrity checksum failed: EINTEGRITY\n", ("换一个源",)),
        ("vite v8\nsrc/a.tsx(3,4): error TS2322: Type\n\n", ("src/a.tsx(3,4): error TS2322: Type",)),
        ("", ("没有输出",)),
    ],
    ids=["network", "full", "broken", "code", "silent"],
)
def test_why_a_front_end_was_not_built(output: str, words: tuple[str, ...]) -> None:
    line = cause(output)
    assert "\n" not in line and "complete log" not in line
    assert all(word in line for word in words), line
