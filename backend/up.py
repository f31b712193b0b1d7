"""`shuhui up`: the whole product on one machine. Servers, migrations, demo data, stand-ins, API, worker, front ends."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO

import httpx

from backend import frontend_build
from backend.demo import seed as demo
from backend.kit import database, embedded, processes
from backend.kit.found import Servers, forget_servers, write_servers
from backend.kit.migrate import migrate
from backend.settings import Settings

READY_SECONDS = 60
ORPHAN_SECONDS = 6
"""Above the 5 s in which the API ends gracefully."""


class CannotStart(RuntimeError):
    """One clear line about what to do."""


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def check_port(name: str, host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"端口 {port} 已被占用（{name}）：请停掉占用它的程序，或换一个端口：SHUHUI_PORT=8080 make up"
            ) from error


def check_folder(data: Path) -> None:
    """The data folder, made when it is missing; another user's, a file or a read-only one is refused."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise CannotStart(f"SHUHUI_DATA={data}: 数据目录不能使用（{error.strerror}）：请换一个能写的目录") from error


def _end_with_parent() -> None:
    """In the child: ask Linux for SIGTERM when `shuhui up` ends in whatever way, kill -9 included. Elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG, prctl(2)


class Stack:
    """Everything that `up` started, in order; stopped in reverse."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.servers: list[embedded.Server] = []
        self.again: list[Callable[[], embedded.Server]] = []
        self.children: dict[str, tuple[list[str], subprocess.Popen[bytes]]] = {}
        self.stopping = False
        self.held: IO[str] | None = None

    def take_folder(self) -> None:
        """The data folder for this run alone; children of a run that was killed, which hold its ports, are ended."""
        self.held = embedded.hold(self.settings.data)
        if left := processes.orphans(self.settings.data):
            say("上次异常退出留下了进程，正在结束 …")
            processes.end_groups(left, ORPHAN_SECONDS)

    def start_servers(self) -> Settings:
        settings = self.settings
        if not settings.database_url:
            server = self._keep(embedded.start_postgres, settings.data / "postgres")
            settings = replace(settings, database_url=server.url, database_owner_url=server.owner_url)
        if not settings.redis_url:
            settings = replace(settings, redis_url=self._keep(embedded.start_valkey, settings.data / "valkey").url)
        self.settings = settings
        write_servers(settings.data, Servers(settings.database_url, settings.redis_url, settings.owner_url))
        return settings

    def _keep(self, start: Callable[[Path, int], embedded.Server], folder: Path) -> embedded.Server:
        """Starts a server on a port that it keeps, so that it can be started again for clients that know its address."""
        port = embedded.free_port()
        self.servers.append(start(folder, port))
        self.again.append(lambda: start(folder, port))
        return self.servers[-1]

    def start_child(self, name: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "backend.cli", *arguments]
        env = {
            **{
                name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"
            },  # nobody needs it any more
            "DATABASE_URL": self.settings.database_url,
            "REDIS_URL": self.settings.redis_url,
            "SHUHUI_DATA": str(self.settings.data),
            processes.MARK: name,
        }
        log = (self.settings.data / f"{name}.log").open("ab")
        with log:
            self.children[name] = (
                list(arguments),
                subprocess.Popen(
                    command,
                    env=env,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # a group of its own: its children end with it
                    preexec_fn=_end_with_parent,  # noqa: PLW1509
                ),
            )

    def watch(self) -> None:
        """Starts again what ended by itself. A server that cannot be started again ends everything, loudly (R05)."""
        pause: dict[str, float] = {}
        while not self.stopping:
            time.sleep(0.5)
            for n, server in enumerate(self.servers):
                if not server.alive() and not self.stopping:
                    say(f"{server.name} 意外退出，正在重启；日志在 {self.settings.data}")
                    self.servers[n] = self.again[n]()
            for name, (arguments, process) in list(self.children.items()):
                if process.poll() is not None and not self.stopping:
                    pause[name] = min(pause.get(name, 0.25) * 2, 10)
                    say(
                        f"{name} 退出（{process.returncode}），{pause[name]:.1f} 秒后重启；日志 {self.settings.data / f'{name}.log'}"
                    )
                    time.sleep(pause[name])
                    processes.end_groups([process.pid], ORPHAN_SECONDS)  # its own children would hold its port
                    self.start_child(name, *arguments)

    def stop(self) -> None:
        self.stopping = True
        for _, process in self.children.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for _, process in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
        processes.end_groups([process.pid for _, process in self.children.values()], 1)
        for _, process in self.children.values():
            process.wait()
        for server in reversed(self.servers):
            server.stop()
        if self.held is not None:  # a run that was refused must not forget the servers of the one that has the folder
            forget_servers(self.settings.data)
            self.held.close()
            self.held = None


async def prepare(settings: Settings, *, with_demo: bool) -> list[str]:
    """Migrates, and makes the demo merchants that are missing."""
    await migrate(settings.owner_url, settings.database_url)
    if not with_demo:
        return []
    await database.connect(settings.database_url)
    try:
        return await demo.seed(settings, say)
    finally:
        await database.disconnect()


def wait_ready(url: str, stack: Stack) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass  # not listening yet
        if stack.children["api"][1].poll() is not None:
            break
        time.sleep(0.1)
    raise CannotStart(f"接口没有在 {READY_SECONDS} 秒内就绪，日志在 {stack.settings.data / 'api.log'}")


def addresses(settings: Settings) -> str:
    url = settings.public_url
    return f"""
  蜀惠 已启动
    小程序 H5    {url}/m/            点「我的 → 登录」选一位演示会员；别的商户加 ?merchant=wuhan 或 xianguo
    控制台       {url}/console/      商户 chuanwei（川味冻品）· wuhan（武汉门店）· xianguo（鲜果社区店）
                 用户 admin 管理员 · market 市场 · coupon 券销 · manager 店长 · cashier 收银
                 analyst 分析 · finance 财务 · audit 审计 · supplier 供应商，密码都是 {demo.PASSWORD}
    接口         {url}/graphql       健康 {url}/readyz · 指标 {url}/metrics
    微信替身     http://127.0.0.1:{settings.standin_port}/messages   手机收到的订阅消息
  数据在 {settings.data}，日志同处。让看板动起来：make traffic　停止：Ctrl-C
"""


def up(
    settings: Settings,
    *,
    build_front_ends: bool = True,
    with_demo: bool = True,
) -> int:
    """Runs until it is told to stop. Returns the exit code."""
    started = time.monotonic()
    stack = Stack(settings)

    def stop(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)  # also where a background shell had it ignored
    try:
        check_folder(settings.data)
        stack.take_folder()
        check_port("接口", settings.host, settings.port)
        if settings.standin:
            check_port("替身", "127.0.0.1", settings.standin_port)
        say("数据库与缓存 …")
        settings = stack.start_servers()
        say("迁移与演示数据 …")
        asyncio.run(prepare(settings, with_demo=with_demo and not settings.production))
        if settings.standin:
            stack.start_child("standin", "standin")
        stack.start_child("api", "api")
        stack.start_child("worker", "worker")
        wait_ready(f"http://127.0.0.1:{settings.port}", stack)
        print(addresses(settings), flush=True)
        say(f"用时 {time.monotonic() - started:.1f} 秒")
        if build_front_ends:
            threading.Thread(target=_build, daemon=True).start()
        stack.watch()
    except KeyboardInterrupt:
        print("\n  正在停止 …", flush=True)
    except (CannotStart, embedded.EmbeddedServerError, OSError) as error:
        print(f"shuhui up: {error}", file=sys.stderr)
        return 2
    finally:
        stack.stop()
    return 0


def _build() -> None:
    try:
        frontend_build.build_all(say)
    except (frontend_build.BuildFailed, OSError) as error:
        print(f"  界面没有构建成功：{error}", file=sys.stderr, flush=True)
