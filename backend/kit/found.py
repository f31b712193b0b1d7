"""Where the embedded servers of a running `shuhui up` listen: written by it, read by the other commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Servers(NamedTuple):
    """Addresses: of the database for the application, of Redis, of the database for migrations (its owner's)."""

    database: str
    redis: str
    owner: str


def write_servers(data: Path, servers: Servers) -> None:
    (data / "servers.json").write_text(json.dumps(servers._asdict()))


def forget_servers(data: Path) -> None:
    (data / "servers.json").unlink(missing_ok=True)


def running_servers(data: Path) -> Servers | None:
    """None when nothing runs from this data folder."""
    file = data / "servers.json"
    if not file.exists():
        return None
    found = json.loads(file.read_text())
    return Servers(
        found["database"], found["redis"], found.get("owner") or found["database"]
    )  # an older run had one role
