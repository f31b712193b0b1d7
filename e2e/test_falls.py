"""Parts that fall over while the product runs: each comes back by itself, and nothing that was answered is lost (R05)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
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
    stack.holds()


def test_children_end_with_up(installation: Stack) -> None:
    """X02, R05: kill -9 of `shuhui up` alone: its children end by themselves, and the next start works."""
    stack = installation.start()
    assert stack.process is not None
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    until(
        10,
        lambda: not [c for c in processes(str(stack.data)).values() if "backend.cli" in c],
        f"the children have ended\n{processes(str(stack.data))}",
    )
    stack.start()
    assert stack.stop() == 0


async def test_the_parent_of_api_processes_is_killed(installation: Stack) -> None:
    """X02, R05: with two API processes, kill -9 of their parent does not leave them on the port: the API is started again
    once and stays; kill -9 of it together with `up` leaves orphans, which the next start ends."""
    stack = installation
    stack.more = {"SHUHUI_API_PROCESSES": "2"}
    stack.start()
    pid = stack.child("api")
    workers = in_group(pid) - {pid}
    assert len(workers) >= 2
    os.kill(pid, signal.SIGKILL)
    again = await within(30, lambda: another(stack, pid), "the API was started again")
    await within(30, lambda: answers(stack), f"the API answers again\n{stack.log()}")
    until(5, lambda: not workers & set(processes(str(stack.data))), "the processes of the first have ended")
    await asyncio.sleep(3)
    assert stack.child("api") == again, stack.log()

    orphans = in_group(again) - {again}
    assert stack.process is not None
    os.kill(again, signal.SIGSTOP)  # so that its end and that of `up` are one moment for it
    os.kill(stack.process.pid, signal.SIGKILL)
    os.kill(again, signal.SIGKILL)
    stack.process.wait()
    await asyncio.sleep(0.5)
    assert orphans <= set(processes(str(stack.data)))
    bystander = await asyncio.create_subprocess_exec(  # the same folder, but nothing that `up` started
        sys.executable, "-c", "import time; time.sleep(60)", env={**os.environ, "SHUHUI_DATA": str(stack.data)}
    )
    try:
        stack.start()
        assert not orphans & set(processes(str(stack.data))) and bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()
    assert stack.stop() == 0
    until(5, lambda: not processes(str(stack.data)), "no process is left")


def in_group(group: int) -> set[int]:
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getpgid(int(folder.name)) == group:
                    found.add(int(folder.name))
            except ProcessLookupError:
                pass
    return found


async def another(stack: Stack, pid: int) -> int:
    found = stack.child("api")
    return found if found != pid else 0


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
