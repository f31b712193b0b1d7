"""Where the embedded servers of a running `shuhui up` listen: written by it, read by the other commands."""

from __future__ import annotations

import json
from pathlib import Path


def write_servers(data: Path, database_url: str, redis_url: str) -> None:
    (data / "servers.json").write_text(json.dumps({"database": database_url, "redis": redis_url}))


def forget_servers(data: Path) -> None:
    (data / "servers.json").unlink(missing_ok=True)


def running_servers(data: Path) -> tuple[str, str] | None:
    """(database address, Redis address), or None when nothing runs from this data folder."""
    file = data / "servers.json"
    if not file.exists():
        return None
    found = json.loads(file.read_text())
    return found["database"], found["redis"]
