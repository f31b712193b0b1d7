"""The kit: batching, secrets, live hub, embedded servers, front-end stamps, command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from uuid import RFC_4122

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.connection import get_connections

from backend import frontend_build
from backend import settings as settings_module
from backend.frontends import FrontEnd
from backend.kit import crypto, database, embedded, ids, turns
from backend.kit.access import BadToken, Viewer, issue, read
from backend.kit.batching import Batcher, QueueFull
from backend.kit.clock import now
from backend.kit.live import Hub
from backend.tests import conftest
from backend.tests.conftest import Shop, World

ROOT = Path(__file__).resolve().parents[2]


async def test_batches_form_under_load_and_a_lone_call_does_not_wait() -> None:
    """K11: the first call runs alone; those that come meanwhile share the next run; answers go to their callers in order."""
    runs: list[list[int]] = []
    gate = asyncio.Event()

    async def run(items: Sequence[int]) -> Sequence[int]:
        runs.append(list(items))
        await gate.wait()
        return [item * 10 for item in items]

    batcher: Batcher[int, int] = Batcher(run, most=3)
    tasks = [asyncio.create_task(batcher.submit(1))]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert runs == [[1]]
    tasks += [asyncio.create_task(batcher.submit(n)) for n in range(2, 7)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50, 60]
    assert runs == [[1], [2, 3, 4], [5, 6]]


async def test_a_full_queue_says_so_and_a_fault_reaches_every_caller() -> None:
    """K11: back-pressure with a time to come back; an exception fails the run's callers and no others."""
    await _filled(ValueError("a fault of one of them"), [0, ValueError, ValueError, 9])


async def test_an_outage_fails_those_who_wait_too() -> None:
    """K11, R05: who waits behind a run that found PostgreSQL away is told with it, not after a run of their own each time."""
    await _filled(ConnectionError("database away"), [0, ConnectionError, ConnectionError, ConnectionError])


async def test_who_waits_for_a_turn_is_told_of_an_outage_at_once() -> None:
    """R05, C1: a crowd before one row waits in memory, two at a time; the first who finds PostgreSQL away ends those behind, and who
    comes afterwards tries anew. A refusal of one ends nobody else's turn."""
    away, tried = asyncio.Event(), list[int]()

    async def one(n: int, fault: Exception | None) -> int:
        async with turns.turn("test", "row"):
            tried.append(n)
            await away.wait()
            if fault is not None:
                raise fault
            return n

    crowd = [asyncio.create_task(one(n, TimeoutError("no answer"))) for n in range(7)]
    await asyncio.sleep(0.01)
    away.set()
    said = await asyncio.gather(*crowd, return_exceptions=True)
    assert tried == [0, 1] and all(isinstance(one, OSError) for one in said)
    assert await asyncio.gather(
        *(one(n, ValueError() if n == 8 else None) for n in (7, 8, 9, 10)), return_exceptions=True
    )
    assert tried == [0, 1, 7, 8, 9, 10]


async def _filled(fault: Exception, answers: list[object]) -> None:
    """Items 0, 7, 8 and 9 in runs of two, of which 7 ends its run with `fault`; `answers` are values or classes of exceptions."""
    gate = asyncio.Event()

    async def run(items: Sequence[int]) -> Sequence[int]:
        await gate.wait()
        if 7 in items:
            raise fault
        return list(items)

    batcher: Batcher[int, int] = Batcher(run, most=2, queue=3)
    first = asyncio.create_task(batcher.submit(0))
    await asyncio.sleep(0.01)
    waiting = [asyncio.create_task(batcher.submit(n)) for n in (7, 8, 9)]
    await asyncio.sleep(0.01)
    with pytest.raises(QueueFull) as full:
        await batcher.submit(10)
    assert full.value.retry_after_ms >= 50
    gate.set()
    results = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert [type(r) if isinstance(r, Exception) else r for r in results] == answers
    assert await batcher.submit(11) == 11


def test_secrets_are_bound_to_their_place() -> None:
    """B08: a sealed value cannot be read with another key, moved to another row, or changed."""
    sealed = crypto.seal(b"k" * 32, "members:phone:1", "13800001111")
    assert crypto.unseal(b"k" * 32, "members:phone:1", sealed) == "13800001111" and b"138" not in sealed
    for secret, place, value in (
        (b"x" * 32, "members:phone:1", sealed),
        (b"k" * 32, "members:phone:2", sealed),
        (b"k" * 32, "members:phone:1", sealed[:-1] + b"\x00"),
    ):
        with pytest.raises(crypto.Unsealable):
            crypto.unseal(secret, place, value)
    assert (
        crypto.blind_index(b"k" * 32, "p", "a")
        == crypto.blind_index(b"k" * 32, "p", "a")
        != crypto.blind_index(b"k" * 32, "q", "a")
    )


def test_signed_texts_and_tokens_cannot_be_changed() -> None:
    """Q07, R04: a token of another secret, or with another role in it, is refused."""
    signed = crypto.sign(b"k" * 32, "quote-token", "100:100:abc")
    assert crypto.verified(b"k" * 32, "quote-token", signed) == "100:100:abc"
    assert crypto.verified(b"k" * 32, "quote-token", signed.replace("100", "001", 1)) is None
    assert crypto.verified(b"k" * 32, "other", signed) is None and crypto.verified(b"k" * 32, "quote-token", "") is None
    viewer = Viewer(ids.new_id(), "staff", ids.new_id(), ("cashier",), (ids.new_id(),))
    token, until = issue(b"k" * 32, viewer, now(), 60)
    back = read(b"k" * 32, token, now())
    assert (back.merchant_id, back.subject_id, back.roles, back.store_ids) == (
        viewer.merchant_id,
        viewer.subject_id,
        viewer.roles,
        viewer.store_ids,
    )
    assert back.expires_at is not None and abs((back.expires_at - until).total_seconds()) < 1
    with pytest.raises(BadToken):
        read(b"x" * 32, token, now())
    with pytest.raises(BadToken) as over:
        read(b"k" * 32, token, back.expires_at)  # read before, and not valid for ever
    assert over.value.expired


def test_ids_name_their_type_and_rise_with_time() -> None:
    """GraphQL conventions: an id of another type is not one of this type."""
    made = [ids.new_id() for _ in range(3)]
    assert all(i.version == 7 for i in made) and ids.decode("pro", ids.encode("pro", made[0])) == made[0]
    assert ids.decode("ord", ids.encode("pro", made[0])) is None and ids.decode("pro", "pro_zz") is None
    early = ids.new_id()
    time.sleep(0.002)
    assert early < ids.new_id()


def test_ids_made_one_after_the_other_sort_that_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """B07: entries of one millisecond, also of a clock that is set back, are read in the order in which they were written."""
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(made) and len(set(made)) == len(made)
    times = iter((5_000_000_999_999, 5_000_000_999_999, 4_000_000_000_000, 5_000_001_000_000))
    monkeypatch.setattr(ids, "_last", 0)
    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=lambda: next(times)))
    still = [ids.new_id() for _ in range(4)]
    assert still == sorted(still) and [i.int >> 80 for i in still] == [5_000_000, *[5_000_001] * 3]
    assert {(i.version, i.variant) for i in (*made, *still)} == {(7, RFC_4122)}


async def test_hub_wakes_only_who_listens() -> None:
    """Q05, B07: causes are kept until they are read; other topics wake nobody; leaving leaves nothing behind."""
    hub = Hub()
    async with hub.listening(["rules:1", "member:2"]) as waiter, hub.listening(["rules:9"]) as other:
        hub.wake("rules:1", {"cause": "RULES"})
        hub.wake("member:2", {"cause": "COUPON"})
        assert await waiter.wait(1) == [{"cause": "RULES"}, {"cause": "COUPON"}]
        assert await waiter.wait(0.01) == [] and await other.wait(0.01) == []
        hub.wake_all({"cause": "RESYNC"})
        assert await other.wait(1) == [{"cause": "RESYNC"}] and hub.count() == 2
    assert hub.count() == 0


async def scalar(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def test_postgres_keeps_its_data_over_kill(tmp_path: Path) -> None:
    """X02, R05: after kill -9 of the server, and of the run that owned it, the next start has what was committed."""
    tmp_path.chmod(0o755)
    first = embedded.start_postgres(tmp_path / "postgres")
    asyncio.run(scalar(first.owner_url, "CREATE TABLE t AS SELECT 42 AS n"))
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = embedded.start_postgres(tmp_path / "postgres")
    assert asyncio.run(scalar(second.owner_url, "SELECT n FROM t")) == 42
    third = embedded.start_postgres(tmp_path / "postgres")  # as after a run that was killed: its server is ended first
    second.process.wait(10)
    assert asyncio.run(scalar(third.owner_url, "SELECT n FROM t")) == 42
    third.stop()
    assert not third.alive()


def test_a_data_folder_belongs_to_one_run(tmp_path: Path) -> None:
    """X02: a second run on the same data is refused with one clear line, until the first has ended."""
    with embedded.hold(tmp_path), pytest.raises(embedded.EmbeddedServerError, match="正在被另一个"):
        embedded.hold(tmp_path)
    embedded.hold(tmp_path).close()


def test_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X02: a nearly full disk is told before anything is written."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 100 << 20))
    with pytest.raises(embedded.EmbeddedServerError, match=r"磁盘快满了.*100 MiB.*SHUHUI_DATA"):
        embedded.start_postgres(tmp_path / "postgres")


def test_front_ends_are_rebuilt_when_sources_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X02: the fingerprint follows the sources and the schema, not the output; a failing build is one line with its log."""
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.ts").write_text("1")
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.graphql").write_text("type Query { a: Int }")
    monkeypatch.setattr(frontend_build, "REPOSITORY", tmp_path)
    before = frontend_build.fingerprint(folder)
    (folder / "dist").mkdir()
    (folder / "dist" / "x.js").write_text("built")
    for generated in (".swc/plugins", ".cache", ".temp", "src/.taro", "node_modules/a"):
        (folder / generated).mkdir(parents=True)
        (folder / generated / "made.bin").write_text("by the build")
    assert frontend_build.fingerprint(folder) == before
    (folder / ".npmrc").write_text("a=1")  # a file of ours, though it begins with a dot
    assert frontend_build.fingerprint(folder) != before
    (folder / ".npmrc").unlink()
    (folder / "src" / "a.ts").write_text("2")
    changed = frontend_build.fingerprint(folder)
    (tmp_path / "schema" / "schema.graphql").write_text("type Query { b: Int }")
    assert len({before, changed, frontend_build.fingerprint(folder)}) == 3
    with pytest.raises(frontend_build.BuildFailed, match=r"在 web/ 失败"):
        frontend_build._run(["sh", "-c", "echo boom; exit 3"], folder, dict(os.environ))


async def test_pages_say_that_they_are_being_built(tmp_path: Path) -> None:
    """X02: while a front end builds, the API answers and its page says so; deep links get the page, missing assets 404."""

    def browser(folder: Path) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(Starlette(routes=[Mount("/app", FrontEnd(folder))])),
            base_url="http://test/app",
        )

    async with browser(tmp_path / "none") as client:
        waiting = await client.get("/")
        assert waiting.status_code == 503 and "正在构建" in waiting.text and waiting.headers["retry-after"] == "5"
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<p>app")
    (folder / "assets" / "app-1a2b3c4d.js").write_text("1")
    async with browser(folder) as client:
        deep = await client.get("/promotions/12")
        assert (deep.text, deep.headers["cache-control"]) == ("<p>app", "no-cache")
        assert (await client.get("/assets/gone-1a2b3c4d.js")).status_code == 404
        assert "immutable" in (await client.get("/assets/app-1a2b3c4d.js")).headers["cache-control"]


def shuhui(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.environ["PATH"], **env},
    )


def test_command_line_faults_end_with_two(tmp_path: Path) -> None:
    """X02, P20: a wrong setting, a missing server, a malformed scenario: exit code 2 and one clear line; nothing on stdout."""
    wrong = shuhui("up", SHUHUI_PORT="x")
    assert wrong.returncode == 2 and "SHUHUI_PORT" in wrong.stderr and wrong.stdout == ""
    nowhere = shuhui("verify-ledger", SHUHUI_DATA=str(tmp_path))
    assert nowhere.returncode == 2 and "make up" in nowhere.stderr
    bad = tmp_path / "bad.json"
    bad.write_text('{"at": "2026-01-01", "cart": {"lines": [{"sku": "X", "qty": 0}]}}')
    priced = shuhui("price", str(bad))
    assert priced.returncode == 2 and priced.stdout == ""
    assert all(json.loads(line)["path"] is not None for line in priced.stderr.splitlines())


def test_price_prices_files_in_order(tmp_path: Path) -> None:
    """P20: one line of JSON a file, in the order given."""
    for name, qty in (("a", 1), ("b", 3)):
        (tmp_path / f"{name}.json").write_text(
            json.dumps(
                {
                    "at": "2026-06-18T19:30:00+08:00",
                    "catalog": [{"sku": "X", "price": 1000}],
                    "promotions": [{"id": "p", "type": "spend_off", "tiers": [{"min": 3000, "off": 500}]}],
                    "cart": {"lines": [{"sku": "X", "qty": qty}]},
                }
            )
        )
    done = shuhui("price", str(tmp_path / "b.json"), str(tmp_path / "a.json"))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [(a["payable"], Path(a["file"]).name) for a in answers] == [
        (2500, "b.json"),
        (1000, "a.json"),
    ]


@pytest.mark.parametrize("kept", [b"", b"short", b"\n" * 64, b"\xff" * 64], ids=["empty", "short", "blank", "binary"])
def test_a_damaged_secret_is_refused(tmp_path: Path, kept: bytes) -> None:
    """B08, R04: an empty, short or unreadable key would let anybody forge tokens; one line says what to do, the file stays."""
    (tmp_path / "secret").write_bytes(kept)
    with pytest.raises(settings_module.BadSetting, match=r"secret.*删除它会生成新的") as refused:
        settings_module.load({"SHUHUI_DATA": str(tmp_path)})
    assert "\n" not in str(refused.value) and (tmp_path / "secret").read_bytes() == kept


def test_a_secret_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B08: on the disk before it has its name, for its owner alone, the same for everybody who comes later."""
    steps: list[str] = []
    sync, link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda n: (steps.append("fsync"), sync(n)))
    monkeypatch.setattr(os, "link", lambda a, b: (steps.append("link"), link(a, b)))
    first = settings_module.load({"SHUHUI_DATA": str(tmp_path / "new")}).secret
    assert steps == ["fsync", "link"] and len(first) >= 32
    assert settings_module.load({"SHUHUI_DATA": str(tmp_path / "new")}).secret == first
    (file,) = (tmp_path / "new").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_settings_that_cannot_work_are_one_line(tmp_path: Path) -> None:
    """X02: a data folder that is a file or cannot be made or written, and two servers on one port: exit 2, one clear line."""
    (tmp_path / "file").write_text("")
    given = {"SHUHUI_SECRET": "s" * 40}
    for env, words in (
        ({"SHUHUI_DATA": str(tmp_path / "file")}, "SHUHUI_DATA"),
        ({"SHUHUI_DATA": str(tmp_path / "file" / "below")}, "SHUHUI_DATA"),
        ({"SHUHUI_DATA": "/proc/self"}, "SHUHUI_DATA"),
        ({"SHUHUI_DATA": str(tmp_path / "file"), **given}, "SHUHUI_DATA"),
        ({"SHUHUI_DATA": "/proc/self", **given}, "SHUHUI_DATA"),
        ({"SHUHUI_DATA": str(tmp_path / "data"), "SHUHUI_PORT": "65535"}, "SHUHUI_STANDIN_PORT"),
        ({"SHUHUI_DATA": str(tmp_path / "data"), "SHUHUI_STANDIN_PORT": "8000"}, "SHUHUI_STANDIN_PORT"),
    ):
        done = shuhui("up", "--no-frontends", **env)
        assert done.returncode == 2 and done.stdout == "", done.stdout
        assert len(done.stderr.splitlines()) == 1 and words in done.stderr, done.stderr


async def test_verify_ledger_reports(world: World, shop: Shop) -> None:
    """B02, B09: the command proves the books of one merchant or of all (where other tests have planted faults)."""
    env = {
        "DATABASE_URL": world.settings.database_url,
        "REDIS_URL": world.settings.redis_url,
        "SHUHUI_DATA": str(world.settings.data),
    }
    done = await asyncio.to_thread(shuhui, "verify-ledger", "--merchant", shop.code, **env)
    assert done.returncode == 0 and "没有不符" in done.stdout, done.stdout + done.stderr
    every = await asyncio.to_thread(shuhui, "verify-ledger", **env)
    assert every.returncode in (0, 1) and every.stderr == "" and "L7" in every.stdout, every.stdout + every.stderr
    nobody = await asyncio.to_thread(shuhui, "verify-ledger", "--merchant", "nobody", **env)
    assert nobody.returncode == 2 and "nobody" in nobody.stderr and nobody.stdout == ""


@pytest.mark.parametrize("end", [ConnectionResetError, asyncio.CancelledError])
async def test_a_transaction_that_cannot_begin_leaves_nothing_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    """R05: where BEGIN fails (PostgreSQL was killed, the request was cancelled), the connection goes back to the pool and
    the same task can begin again. More often than the pool has connections; the relay would have waited for ever."""

    async def dying(self: object) -> None:
        raise end

    for _ in range(database.POOL_SIZE + 3):
        with monkeypatch.context() as patch:
            patch.setattr(TransactionWrapper, "begin", dying)
            with pytest.raises(end):
                async with database.transaction():
                    raise AssertionError("it has not begun")
        assert not isinstance(get_connections().get("default"), TransactionWrapper)
    async with asyncio.timeout(20), database.transaction() as tx:
        assert await tx.fetchval("SELECT pg_current_xact_id_if_assigned() IS NULL") is True


async def test_a_connection_goes_back_without_a_word_to_the_server(shop: Shop) -> None:
    """Nothing is asked of PostgreSQL when a connection goes back to its pool, an open transaction is rolled back all the same, and no
    session keeps a setting, a lock or an ear behind."""
    await shop.promotion({"type": "amount_off", "off": 100})
    await conftest.place(await shop.shopper(), {"BEEF": 1})
    async with database.pool().acquire() as connection:
        await connection.execute("BEGIN; SET LOCAL jit = off; CREATE TEMP TABLE left_behind (a int)")
        session = await connection.fetchval("SELECT pg_backend_pid()")
    spoken: list[str] = []
    for _ in range(database.POOL_SIZE * 2):
        async with database.pool().acquire() as connection:
            assert not connection.is_in_transaction()
            if await connection.fetchval("SELECT pg_backend_pid()") == session:
                assert await connection.fetchval("SELECT to_regclass('left_behind')") is None
            connection.add_query_logger(lambda record: spoken.append(record.query))
            await connection.fetchval("SELECT 1")
    assert {*spoken} <= {"SELECT 1", "SELECT pg_backend_pid()", "SELECT to_regclass('left_behind')"}
    held = await database.fetchval(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory'"
        " AND a.application_name = 'shuhui' AND a.state = 'idle'"
    )
    assert held == 0
