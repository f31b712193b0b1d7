"""Starts and stops the product as a user does: the `shuhui up` process itself, with data and ports of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

from backend.kit.embedded import free_port
from backend.kit.found import Servers, running_servers

ROOT = Path(__file__).resolve().parent.parent
SHUHUI = Path(sys.executable).with_name("shuhui")
T = TypeVar("T")


def until(seconds: float, check: Callable[[], T], what: str) -> T:
    """The first true answer of `check`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return found


async def within(seconds: float, check: Callable[[], Awaitable[T]], what: str) -> T:
    """The first true answer of `check`, a coroutine function; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := await check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.05)
    return found


def free_pair() -> int:
    """A port that is free together with the one after it, where the stand-ins listen."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


def processes(mark: str) -> dict[int, str]:
    """Live processes whose command line, environment or working folder names `mark`, by id."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            environment = (folder / "environ").read_bytes().decode(errors="replace")
            place = str((folder / "cwd").readlink())
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if command and any(mark in words for words in (command, environment, place)):
            found[int(folder.name)] = command
    return found


@dataclass
class Stack:
    """One installation: a data folder and a port (the stand-ins listen on the next one); without `demo` no merchant is in it."""

    data: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    ready_seconds: float = 0.0
    more: dict[str, str] = field(default_factory=dict)
    demo: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def standin_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def output(self) -> Path:
        return self.data.with_name(f"{self.data.name}-up.log")

    def environment(self, port: int | None = None) -> dict[str, str]:
        """What a command for this installation runs with; `port` for a second API process."""
        return {
            **{
                k: v
                for k, v in os.environ.items()
                if k not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SHUHUI_ENV")
            },
            "SHUHUI_DATA": str(self.data),
            "SHUHUI_PORT": str(port or self.port),
            "SHUHUI_STANDIN_PORT": str(self.port + 1),
            "SHUHUI_LOGIN_LIMIT": "100000",
            "SHUHUI_RATE_LIMIT": "100000",
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }

    def start(self, seconds: float = 90) -> Stack:
        """`shuhui up`, until it says that it is up. In a process group of its own, as a terminal would start it."""
        began = time.monotonic()
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [str(SHUHUI), "up", "--no-frontends", *(() if self.demo else ("--no-demo",))],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        until(seconds, self._answers, f"shuhui up is ready\n{self.log()}")
        self.ready_seconds = time.monotonic() - began
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"shuhui up ended with {self.process.returncode}\n{self.log()}")
        try:
            api = httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False)
            standin = httpx.get(f"{self.standin_url}/healthz", timeout=2, trust_env=False)
            return api.status_code == standin.status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> int:
        """SIGTERM, as `kill` or Ctrl-C; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9 of `up` and of its children, each of which leads a group of its own, at once."""
        assert self.process is not None
        for group in (self.process.pid, *self._children()):
            os.killpg(group, signal.SIGKILL)
        self.process.wait()

    def servers(self) -> Servers:
        """Addresses of PostgreSQL (as the application, and as the owner of its tables) and Valkey."""
        found = running_servers(self.data)
        assert found is not None, "nothing runs"
        return found

    def _children(self) -> dict[int, str]:
        """Command lines of what `up` itself started with our command line, by process id."""
        assert self.process is not None
        return {
            pid: command
            for pid, command in processes(str(self.data)).items()
            if "backend.cli" in command and _parent(pid) == self.process.pid
        }

    def child(self, name: str) -> int:
        """Process id of a child (api, worker, standin)."""
        return next((pid for pid, command in self._children().items() if command.endswith(f"backend.cli {name}")), 0)

    def run(self, *arguments: str, seconds: float = 60, **more: str) -> subprocess.CompletedProcess[str]:
        """A `shuhui` command beside it."""
        return subprocess.run(
            [str(SHUHUI), *arguments],
            cwd=ROOT,
            env={**self.environment(), **more},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def holds(self) -> None:
        """Everything that must always be true is: `shuhui invariants` finds nothing."""
        done = self.run("invariants", seconds=300)
        assert done.returncode == 0, done.stdout + done.stderr

    def log(self, lines: int = 60) -> str:
        """The end of every log of this installation."""
        parts = []
        for file in [self.output, *sorted(self.data.glob("*.log"))]:
            if file.exists() and (text := file.read_text(errors="replace").strip()):
                parts.append(f"--- {file.name}\n" + "\n".join(text.splitlines()[-lines:]))
        return "\n".join(parts)


def _parent(pid: int) -> int:
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return -1
