"""The stories run against the product as a user starts it: `shuhui up`, once for all, stopped at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stack import ROOT, Stack, free_pair, processes

from backend.kit.clock import day_start, local_day, now

HERE = Path(__file__).parent
TIME_ZONE, STORY_SECONDS = "Asia/Shanghai", 100
_stacks: list[Stack] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The simulation first: it takes as long as everything that another worker tells meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_simulation.py")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A story that failed shows what the processes said."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.failed:
        for stack in _stacks:
            report.sections.append((f"logs of {stack.data.name}", stack.log()))
        for name in _changed_meanwhile():
            report.sections.append(
                (name, "its sources changed after this session built it: the story saw an older screen")
            )


def _changed_meanwhile() -> list[str]:
    from backend.frontend_build import FRONT_ENDS, is_fresh  # noqa: PLC0415

    return [source.name for source in FRONT_ENDS if not is_fresh(source)]


def _folder() -> Path:
    """PostgreSQL runs as nobody when we are root, so every folder above the data must be open to others."""
    folder = Path(tempfile.mkdtemp(prefix="shuhui-e2e-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def one_day() -> None:
    """No day of the merchants (Asia/Shanghai) ends while a story is told: limits a day, 明天恢复 and today's figures are of one day.
    What midnight itself does is tested with clocks of its own (backend/tests)."""
    at = now()
    left = (day_start(local_day(at, TIME_ZONE) + timedelta(days=1), TIME_ZONE) - at).total_seconds()
    if left < STORY_SECONDS:
        time.sleep(left)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running product, with demo data."""
    found = Stack(_folder() / "data", free_pair())
    _stacks.append(found)
    try:
        yield found.start()
    finally:
        if found.process is not None:
            found.stop()
        shutil.rmtree(found.data.parent, ignore_errors=True)


@contextmanager
def _installed() -> Iterator[Stack]:
    found = Stack(_folder() / "data", free_pair())
    _stacks.append(found)
    try:
        yield found
    finally:
        for pid in processes(str(found.data)):
            os.kill(pid, 9)  # only what is left when the story failed half-way
        _stacks.remove(found)
        shutil.rmtree(found.data.parent, ignore_errors=True)


@pytest.fixture
def installation() -> Iterator[Stack]:
    """An installation of this test's own, not started yet."""
    with _installed() as found:
        yield found


@pytest.fixture(scope="module")
def shared_installation() -> Iterator[Stack]:
    """An installation of this file's own, not started yet."""
    with _installed() as found:
        yield found


@pytest.fixture(scope="session")
def node() -> dict[str, str]:
    """An environment with Node ≥ 20 and the packages of e2e/ and e2e/weapp/; the front ends are built, by one worker."""
    from backend.frontend_build import FRONT_ENDS, WEAPP, build, install, node_environment  # noqa: PLC0415

    gate = ROOT / ".make" / "e2e.lock"
    gate.parent.mkdir(exist_ok=True)
    with gate.open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        env = node_environment()
        for folder in (HERE, HERE / "weapp", ROOT / "miniapp"):
            install(folder, env)
        for source in (*FRONT_ENDS, WEAPP):
            build(source, env, print)
    return env


def run_node(env: dict[str, str], *arguments: str, cwd: Path = HERE, seconds: float = 300) -> str:
    """Runs a node script; its output, which a failure shows in full."""
    done = subprocess.run(
        ["node", *arguments],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, f"node {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}"
    return done.stdout
