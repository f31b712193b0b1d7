"""Groups of processes: whatever a child of `shuhui up` started itself ends with it, and orphans of a killed run are found.

A child is started as the leader of a session, and so of a group; its own children (uvicorn's) are in that group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "SHUHUI_PART"
"""Environment variable that `shuhui up` gives to its children and nobody else has; they hand it on to theirs."""
PROC = Path("/proc")


def _state_and_group(pid: int) -> tuple[str, int]:
    """From /proc/<pid>/stat (proc(5)); the command in brackets may hold anything, so what follows the last one counts."""
    words = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return words[0], int(words[2])


def _all() -> Iterable[int]:
    return (int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit())


def group_alive(group: int) -> bool:
    """Whether anything of the group still runs; what ended and was not waited for by anybody does not count."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of dead processes
        return False
    if sys.platform != "linux":
        return True
    for pid in _all():
        with contextlib.suppress(OSError):  # gone meanwhile
            state, its_group = _state_and_group(pid)
            if its_group == group and state not in "ZX":
                return True
    return False


def end_groups(groups: Iterable[int], seconds: float) -> None:
    """SIGTERM to every group, SIGKILL to what is left of them after `seconds`; returns when all have ended."""
    left = [group for group in groups if group_alive(group)]
    for sign, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        for group in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, sign)
        deadline = time.monotonic() + patience
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = [group for group in left if group_alive(group)]


def orphans(data: Path) -> set[int]:
    """Groups of children of an earlier `shuhui up` on exactly this data folder. Linux only; elsewhere none are found.
    The caller holds the folder, so no run that is alive owns them."""
    found: set[int] = set()
    if sys.platform != "linux":
        return found
    place, mark = f"SHUHUI_DATA={data}".encode(), f"{MARK}=".encode()
    for pid in _all():
        with contextlib.suppress(OSError):  # gone meanwhile, or another user's
            environment = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
            state, group = _state_and_group(pid)
            if place in environment and any(word.startswith(mark) for word in environment) and state not in "ZX":
                found.add(group)
    return found - {os.getpgrp()}
