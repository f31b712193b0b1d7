"""Processes of an installation that end together or come back together (R05). What falls in the middle of a rush: test_faults.py."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx
from stack import Stack, processes, until, within


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


def test_children_end_with_up(installation: Stack) -> None:
    """X02, R05: kill -9 of `shuhui up` alone: its children end by themselves, and the next start works."""
    installation.demo = False
    stack = installation.start()
    assert stack.process is not None
    os.kill(stack.process.pid, signal.SIGKILL)
    stack.process.wait()
    until(
        30,
        lambda: not [c for c in processes(str(stack.data)).values() if "backend.cli" in c],
        f"the children have ended\n{processes(str(stack.data))}",
    )
    stack.start()
    stack.holds()
    assert stack.stop() == 0


async def test_the_parent_of_api_processes_is_killed(installation: Stack) -> None:
    """X02, R05: with two API processes, kill -9 of their parent does not leave them on the port: the API is started again
    once and stays; kill -9 of it together with `up` leaves orphans, which the next start ends."""
    stack = installation
    stack.more, stack.demo = {"SHUHUI_API_PROCESSES": "2"}, False
    stack.start()
    pid = stack.child("api")
    workers = in_group(pid) - {pid}
    assert len(workers) >= 2
    os.kill(pid, signal.SIGKILL)
    again = await within(60, lambda: another(stack, pid), "the API was started again")
    await within(60, lambda: answers(stack), f"the API answers again\n{stack.log()}")
    until(30, lambda: not workers & set(processes(str(stack.data))), "the processes of the first have ended")
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
    await asyncio.to_thread(stack.holds)
    assert stack.stop() == 0
    until(30, lambda: not processes(str(stack.data)), "no process is left")


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
