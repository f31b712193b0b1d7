"""`shuhui bench claim`: claims of one hot drop, 256 at a time, turn by turn in one run: one guarded statement a claim, the
product's claim path without HTTP, and the product through GraphQL over HTTP. Every commit is durable; after each row every
invariant is checked. Its rows are ratios: absolute figures say something about this machine only. The last row is seconds: a
pool of 100,000 codes has a bar of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

import uvloop

from backend import coupons
from backend.bench.installation import (
    API_PROCESSES,
    Installation,
    api,
    at_once,
    children,
    cpu_seconds,
    held,
    installed,
    servers,
)
from backend.bench.wire import percentile, request, send_all
from backend.invariants.coupons import ALPHABET
from backend.kit import database
from backend.kit.access import Viewer, issue
from backend.kit.clock import now
from backend.kit.ids import encode, new_id
from backend.settings import Settings

Json = dict[str, Any]
AT_ONCE = 256
DOCUMENT = "mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id } } }"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Claims of one turn of each path, and turns; codes of the pool."""

    statement: int = 1_000
    product: int = 6_000
    http: int = 4_000
    turns: int = 3
    codes: int = 100_000


def bench_claim(sizes: Sizes | None = None) -> Iterator[Json]:
    """The rows, one after the other."""
    with servers() as (settings, postgres), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(settings, postgres, sizes or Sizes()))


async def _measured(settings: Settings, postgres: int, sizes: Sizes) -> list[Json]:
    people = max(sizes.statement, sizes.product, sizes.http) * sizes.turns
    async with installed(settings, postgres, people) as it:
        drops = [await _drop(it, people) for _ in range(3)]
        with api(settings) as pids:
            rows = await _rows(it, drops, pids, sizes)
        return [*rows, await _codes(it, sizes.codes)]


async def _rows(it: Installation, drops: Sequence[UUID], pids: Sequence[int], sizes: Sizes) -> list[Json]:
    seconds, done = [0.0, 0.0, 0.0], [0, 0, 0]
    spent, cpu = list[float](), [0.0, 0.0]
    for turn in range(sizes.turns):
        seconds[0] += await _one_statement(it, drops[0], _part(it.people, sizes.statement, turn))
        done[0] += sizes.statement
        seconds[1] += await _product(it, drops[1], _part(it.people, sizes.product, turn))
        done[1] += sizes.product
        before = cpu_seconds(pids), cpu_seconds([it.postgres, *children(it.postgres)])
        took, each = await _over_http(it, drops[2], _part(it.people, sizes.http, turn))
        cpu[0] += cpu_seconds(pids) - before[0]
        cpu[1] += cpu_seconds([it.postgres, *children(it.postgres)]) - before[1]
        seconds[2], spent = seconds[2] + took, spent + each
        done[2] += sizes.http
    audit = [await _audited(it, drop, n) for drop, n in zip(drops, done, strict=True)]
    rate = [n / s for n, s in zip(done, seconds, strict=True)]
    base = {"bench": "claim", "at_once": AT_ONCE, "commit": "durable (fsync, synchronous_commit on)"}
    return [
        {**base, "path": "one guarded statement a claim (asyncpg)", "claims": done[0], "per_second": round(rate[0]), **audit[0]},
        {
            **base, "path": "product, micro-batches, one process, no HTTP", "claims": done[1], "per_second": round(rate[1]),
            "to_one_statement": round(rate[1] / rate[0], 2), "must": 4, **audit[1],
        },
        {
            **base, "path": f"product, GraphQL over HTTP, {AT_ONCE} connections, {API_PROCESSES} API processes", "claims": done[2],
            "per_second": round(rate[2]), "to_one_statement": round(rate[2] / rate[0], 2), "must": 1,
            "p50_ms": round(1000 * percentile(spent, 0.5), 1), "p99_ms": round(1000 * percentile(spent, 0.99), 1),
            "api_cpu_ms_a_claim": round(1000 * cpu[0] / done[2], 2), "postgres_cpu_ms_a_claim": round(1000 * cpu[1] / done[2], 2), **audit[2],
        },
    ]  # fmt: skip


def _part(people: Sequence[UUID], size: int, turn: int) -> Sequence[UUID]:
    return people[size * turn : size * (turn + 1)]


async def _codes(it: Installation, wanted: int) -> Json:
    """Codes into a pool as staff order them, to the last commit. Counted anew as they are exported: all there, none twice; that
    each is well formed is an invariant (C8)."""
    drop = await _drop(it, wanted, access="codes")
    began = time.perf_counter()
    pool = await coupons.start_pool(it.merchant_id, "staff:bench", drop, "池", wanted, str(new_id()), now())
    assert isinstance(pool, coupons.CodePoolInfo), pool
    while await coupons.make_codes(it.merchant_id, pool.id, now()):
        pass
    seconds = time.perf_counter() - began
    made = await _exported(it.merchant_id, pool.id)
    assert len(made) == len(set(made)) == wanted, "as many codes as were asked for, each once"
    return {
        "bench": "claim", "commit": "durable (fsync, synchronous_commit on)", "path": "distinct codes issued into a pool, one process",
        "codes": len(made), "distinct": len(set(made)), "seconds": round(seconds, 2), "must_be_under_seconds": 5, **await held(it),
    }  # fmt: skip


async def _exported(merchant_id: UUID, pool_id: UUID) -> list[str]:
    """The codes of a pool as its file has them, heading aside."""
    lines, after = list[str](), None
    while page := await coupons.csv_page(merchant_id, pool_id, now(), after):
        text, after = page
        lines += text.splitlines()
        if after is None:
            break
    return [line.split(",")[0] for line in lines[1:]]


async def _drop(it: Installation, total: int, access: Literal["public", "codes"] = "public") -> UUID:
    template = coupons.NewTemplate(
        "券", {"off": {"min": 0, "off": 500}}, {"all": True}, coupons.Validity(None, None, 48)
    )
    day = timedelta(days=1)
    new = coupons.NewDrop("券", template, now() - day, now() + day, total, 1, publish=True, access=access)
    made = await coupons.create_drop(it.merchant_id, "staff:bench", new, str(new_id()), now())
    assert isinstance(made, coupons.DropInfo), made
    return made.id


async def _one_statement(it: Installation, drop: UUID, people: Sequence[UUID]) -> float:
    sql, at = files("backend.bench").joinpath("one-statement.sql").read_text("utf-8"), now()

    async def one(n: int) -> None:
        coupon = new_id()
        made = await database.fetchval(sql, it.merchant_id, drop, people[n], str(coupon), coupon, code_of(coupon), at)
        assert made is not None

    return await at_once(len(people), AT_ONCE, one)


def code_of(coupon: UUID) -> str:
    """A well-formed code: the reference does not have to make it unguessable."""
    digits = [(coupon.int >> (5 * k)) & 31 for k in range(11)]
    return "".join(ALPHABET[d] for d in [*digits, sum(d * (2 * k + 1) for k, d in enumerate(digits)) % 32])


async def _product(it: Installation, drop: UUID, people: Sequence[UUID]) -> float:
    claims = it.runtime.claims

    async def one(n: int) -> None:
        made = await claims.claim(coupons.Claim(it.merchant_id, drop, people[n], f"k{drop.hex}", now(), "h5", None))
        assert isinstance(made, coupons.Claimed), made

    return await at_once(len(people), AT_ONCE, one)


async def _over_http(it: Installation, drop: UUID, people: Sequence[UUID]) -> tuple[float, list[float]]:
    port, drop_id = it.settings.port, encode("drp", drop)
    requests = [
        request(
            port, "bench", issue(it.settings.secret, Viewer(it.merchant_id, "consumer", member), now(), 3600)[0],
            DOCUMENT, {"i": {"dropId": drop_id, "idempotencyKey": f"http{drop.hex}"}},
        )
        for member in people
    ]  # fmt: skip
    seconds, spent, bodies = await send_all(port, requests, AT_ONCE)
    for body in bodies:
        answer = json.loads(body)
        assert answer["data"]["claimCoupon"]["__typename"] == "Coupon", answer
    return seconds, spent


async def _audited(it: Installation, drop: UUID, claims: int) -> Json:
    mine = [d for d in await coupons.drops(it.merchant_id, now(), ids=[drop]) if d.id == drop]
    assert [d.issued for d in mine] == [claims], "as many coupons as were answered"
    return await held(it)
