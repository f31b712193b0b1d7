"""Parts that fall over while the product runs: each comes back by itself, and nothing that was answered is lost (R05)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import pytest
from stack import Stack, processes, until, within
from test_life import claim, held

from backend.demo.client import GraphQLFailed


def server(stack: Stack, program: str) -> int:
    """Process id of an embedded server: the oldest of its family."""
    return min(pid for pid, command in processes(str(stack.data)).items() if Path(command.split()[0]).name == program)


async def answers(stack: Stack) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            return (await http.get(f"{stack.url}/readyz")).json() == {
                "postgres": "ok",
                "redis": "ok",
                "live_feed": "ok",
            }
    except (httpx.HTTPError, ValueError):
        return False


@pytest.mark.parametrize("part", ["postgres", "valkey-server", "api", "worker"])
async def test_a_part_that_is_killed_comes_back(stack: Stack, part: str) -> None:
    """R05: kill -9 of one part: it is started again, what was answered is there, new claims work, the books agree."""
    before = await held(stack)
    before.add(await claim_any(stack, part))
    pid = server(stack, part) if part in ("postgres", "valkey-server") else stack.child(part)
    os.kill(pid, signal.SIGKILL)
    await within(5, lambda: gone(pid), f"{part} has ended")
    await within(30, lambda: answers(stack), f"the product answers again after {part} was killed\n{stack.log()}")
    if part == "worker":
        await within(20, lambda: alive(stack, part), "the worker runs again")
    assert await held(stack) == before
    assert stack.run("verify-ledger").returncode == 0


def test_children_end_with_up(installation: Stack) -> None:
    """X02, R05: kill -9 of `shuhui up` alone: its children end by themselves, and the next start works."""
    stack = installation.start()
    assert stack.process is not None
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    until(
        10,
        lambda: not [c for c in processes(str(stack.data)).values() if "backend.cli" in c],
        "the children have ended",
    )
    stack.start()
    assert stack.stop() == 0


async def gone(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().split()[2] == "Z"
    except OSError:
        return True


async def alive(stack: Stack, part: str) -> bool:
    return stack.child(part) > 0


async def claim_any(stack: Stack, part: str) -> str:
    """One more coupon where there is one left for this member, else one that is held."""
    try:
        return await claim(stack)
    except (IndexError, AssertionError, GraphQLFailed):
        return next(iter(await held(stack)))
