"""`shuhui bench claim`: claims of one hot drop, 256 at a time, turn by turn in one run: one guarded statement a claim, the
product's claim path without HTTP, and the product through GraphQL over HTTP; then the same three with one claim after the other, of a
drop that nobody else wants, where a claim must not wait (K11). Every commit is durable. After each turn of each path every invariant is
checked, beside its time; a row says how often. The rows are ratios: absolute figures say something about this machine only. The last
row is seconds: a pool of 100,000 codes has a bar of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

import uvloop

from backend import coupons
from backend.bench.installation import (
    API_PROCESSES,
    Audits,
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
    """Claims of one turn of each path, of each path alone, and turns; codes of the pool."""

    statement: int = 1_000
    product: int = 6_000
    http: int = 4_000
    alone: int = 200
    turns: int = 3
    codes: int = 100_000


def bench_claim(sizes: Sizes | None = None) -> Iterator[Json]:
    """The rows, one after the other."""
    with servers() as (settings, postgres), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield from runner.run(_measured(settings, postgres, sizes or Sizes()))


async def _measured(settings: Settings, postgres: int, sizes: Sizes) -> list[Json]:
    people = max(sizes.statement, sizes.product, sizes.http, sizes.alone) * sizes.turns
    async with installed(settings, postgres, people) as it:
        crowd = [
            Path(go, await _drop(it, people), size, AT_ONCE)
            for go, size in ((_one_statement, sizes.statement), (_product, sizes.product), (_over_http, sizes.http))
        ]
        alone = [Path(go, await _drop(it, people), sizes.alone, 1) for go in (_one_statement, _product, _over_http)]
        with api(settings) as pids:
            for paths in (crowd, alone):
                for turn in range(sizes.turns):
                    for path in paths:
                        await path.turn(it, pids, turn)
        return [*_crowded(*crowd), *_alone(*alone), await _codes(it, sizes.codes)]


@dataclass(slots=True)
class Path:
    """One way to claim, `width` at a time, `size` in a turn, and what it took so far: seconds, of all and of each claim, of the API's
    and of PostgreSQL's processors."""

    go: Callable[[Installation, UUID, Sequence[UUID], int], Awaitable[tuple[float, list[float]]]]
    drop: UUID
    size: int
    width: int
    done: int = 0
    seconds: float = 0
    spent: list[float] = field(default_factory=list)
    api_cpu: float = 0
    postgres_cpu: float = 0
    audits: Audits = field(default_factory=Audits)

    async def turn(self, it: Installation, pids: Sequence[int], turn: int) -> None:
        """Its claims, by people who have not claimed of it before; then, beside its time, as many coupons as were answered, and every
        invariant."""
        before = cpu_seconds(pids), cpu_seconds([it.postgres, *children(it.postgres)])
        took, each = await self.go(it, self.drop, _part(it.people, self.size, turn), self.width)
        self.api_cpu += cpu_seconds(pids) - before[0]
        self.postgres_cpu += cpu_seconds([it.postgres, *children(it.postgres)]) - before[1]
        self.seconds, self.done = self.seconds + took, self.done + self.size
        self.spent += each
        [drop] = await coupons.drops(it.merchant_id, now(), ids=[self.drop])
        assert drop.issued == self.done, "as many coupons as were answered"
        await self.audits.made(it)

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    def row(self, words: str) -> Json:
        """What every row says."""
        return {
            "bench": "claim", "at_once": self.width, "commit": "durable (fsync, synchronous_commit on)", "path": words, "claims": self.done,
        }  # fmt: skip

    def waits(self) -> Json:
        return {f"p{share}_ms": round(1000 * percentile(self.spent, share / 100), 2) for share in (50, 99)}


STATEMENT = "one guarded statement a claim (asyncpg)"


def _crowded(statement: Path, product: Path, http: Path) -> list[Json]:
    return [
        {**statement.row(STATEMENT), "per_second": round(statement.rate), **statement.audits.told()},
        {
            **product.row("product, micro-batches, one process, no HTTP"), "per_second": round(product.rate),
            "to_one_statement": round(product.rate / statement.rate, 2), "must": 4, **product.audits.told(),
        },
        {
            **http.row(f"product, GraphQL over HTTP, {AT_ONCE} connections, {API_PROCESSES} API processes"), "per_second": round(http.rate),
            "to_one_statement": round(http.rate / statement.rate, 2), "must": 1, **http.waits(),
            "api_cpu_ms_a_claim": round(1000 * http.api_cpu / http.done, 2),
            "postgres_cpu_ms_a_claim": round(1000 * http.postgres_cpu / http.done, 2), **http.audits.told(),
        },
    ]  # fmt: skip


def _alone(statement: Path, product: Path, http: Path) -> list[Json]:
    """No load: how long a claim takes, and how much longer than the one statement, which waits for nothing but its commit."""
    bare, ways = statement.waits(), ((product, "product alone, no HTTP"), (http, "product alone, GraphQL over HTTP"))
    rows = [{**statement.row(f"alone: {STATEMENT}"), **bare, **statement.audits.told()}]
    for path, words in ways:
        took = path.waits()
        more = {f"{p}_ms_more": round(took[f"{p}_ms"] - bare[f"{p}_ms"], 2) for p in ("p50", "p99")}
        times = {f"{p}_to_one_statement": round(took[f"{p}_ms"] / bare[f"{p}_ms"], 2) for p in ("p50", "p99")}
        rows.append({**path.row(words), **took, **times, **more, **path.audits.told()})
    return rows


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


async def _timed(
    people: Sequence[UUID], width: int, claim: Callable[[UUID], Awaitable[None]]
) -> tuple[float, list[float]]:
    """(seconds, seconds of each claim), `width` at a time."""
    spent = [0.0] * len(people)

    async def one(n: int) -> None:
        began = time.perf_counter()
        await claim(people[n])
        spent[n] = time.perf_counter() - began

    return await at_once(len(people), width, one), spent


async def _one_statement(it: Installation, drop: UUID, people: Sequence[UUID], width: int) -> tuple[float, list[float]]:
    sql, at = files("backend.bench").joinpath("one-statement.sql").read_text("utf-8"), now()

    async def one(member: UUID) -> None:
        coupon = new_id()
        made = await database.fetchval(sql, it.merchant_id, drop, member, str(coupon), coupon, code_of(coupon), at)
        assert made is not None

    return await _timed(people, width, one)


def code_of(coupon: UUID) -> str:
    """A well-formed code: the reference does not have to make it unguessable."""
    digits = [(coupon.int >> (5 * k)) & 31 for k in range(11)]
    return "".join(ALPHABET[d] for d in [*digits, sum(d * (2 * k + 1) for k, d in enumerate(digits)) % 32])


async def _product(it: Installation, drop: UUID, people: Sequence[UUID], width: int) -> tuple[float, list[float]]:
    claims = it.runtime.claims

    async def one(member: UUID) -> None:
        made = await claims.claim(coupons.Claim(it.merchant_id, drop, member, f"k{drop.hex}", now(), "h5", None))
        assert isinstance(made, coupons.Claimed), made

    return await _timed(people, width, one)


async def _over_http(it: Installation, drop: UUID, people: Sequence[UUID], width: int) -> tuple[float, list[float]]:
    port, drop_id = it.settings.port, encode("drp", drop)
    requests = [
        request(
            port, "bench", issue(it.settings.secret, Viewer(it.merchant_id, "consumer", member), now(), 3600)[0],
            DOCUMENT, {"i": {"dropId": drop_id, "idempotencyKey": f"http{drop.hex}"}},
        )
        for member in people
    ]  # fmt: skip
    seconds, spent, bodies = await send_all(port, requests, width)
    for body in bodies:
        answer = json.loads(body)
        assert answer["data"]["claimCoupon"]["__typename"] == "Coupon", answer
    return seconds, spent
