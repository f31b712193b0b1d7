"""`python e2e/faults.py`: kill -9 of one part after the other in the middle of a rush for coupons, orders and refunds. Two orders
in three take a coupon, points, balance, a red packet, units of a flash sale or a promotion's budget; one in four is refunded.

An installation of its own (`shuhui up`, two API processes) is rushed by shoppers over HTTP, each with one idempotency key for
each wish, asked again until it is answered. In the middle one part is killed: an API process, the worker, Valkey, PostgreSQL.
Afterwards every coupon, order and refund that was acknowledged is there and none twice, what was paid is paid, each shopper has
exactly the points, balance and red packets that the answers leave, every event took effect once, and `shuhui invariants` finds
nothing. Then Valkey and PostgreSQL are kept away for some seconds: without Valkey quotes, claims and orders go on; without
PostgreSQL, and while it stands still, each request gets a clear refusal quickly, and service returns without a restart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx

sys.path.insert(0, str(Path(__file__).parent))

from drilled_orders import PLACED, PREVIEW, REFUND, Acknowledged, Wish, balances, cart_of, fund, lost, promote, units_of
from stack import Stack, free_pair, processes, within

from backend.demo.client import Client, GraphQLFailed, key

T = TypeVar("T")
PARTS = ("api", "worker", "valkey", "postgres")
MERCHANT = "chuanwei"
ANSWERED_WITHIN = 90.0
"""Seconds in which a wish must be answered, the fall and the return included."""
REFUSED_WITHIN = 10.0
"""Seconds in which a request must be refused while PostgreSQL is away."""
CLAIM = "mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id } } }"
QUOTE = "query($c: CartInput!) { quoteCart(input: $c) { __typename ... on Quote { token payableFen } } }"
PLACE = f"mutation($i: PlaceOrderInput!) {{ placeOrder(input: $i) {{ __typename ... on Order {{ {PLACED} }} }} }}"
ORDER = "query($id: ID!) { order(id: $id) { state } }"
SHOP = "{ stores { id } products(first: 100) { nodes { sku available } } }"


@dataclass
class Report:
    """What one fall did."""

    part: str
    claims: int = 0
    orders: int = 0
    paid: int = 0
    took: dict[str, int] = field(default_factory=dict)
    asked_again: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    slowest_refusal_s: float = 0.0
    events: int = 0
    lost: int = 0
    twice: int = 0
    seconds: float = 0.0


class Rush:
    """Shoppers of one installation."""

    def __init__(self, stack: Stack, http: httpx.AsyncClient) -> None:
        self.stack, self.http = stack, http
        self.shoppers: list[Client] = []
        self.who: list[UUID] = []
        self.shop: dict[str, Any] = {}

    async def open(self, shoppers: int) -> None:
        """Logs everybody in."""
        self.shoppers = [await self._shopper(n) for n in range(shoppers)]
        self.shop = await self.shoppers[0].run(SHOP)
        self.skus = [p["sku"] for p in self.shop["products"]["nodes"] if (p["available"] or 0) > 500]
        self.flash, self.budget = self.skus[:2]

    async def _shopper(self, n: int) -> Client:
        client = Client(self.stack.url, MERCHANT, self.http)
        session = await client.log_in_consumer(self.stack.standin_url, f"o_faults_{n}")
        assert session["__typename"] == "Session", session
        self.who.append(UUID(session["member"]["id"].split("_")[1]))
        return client

    async def staff(self) -> Client:
        """Somebody who may do everything, logged in anew."""
        admin = Client(self.stack.url, MERCHANT, self.http)
        assert (await admin.log_in_staff("admin", "shuhui-demo"))["__typename"] == "Session"
        return admin

    async def drop(self, total: int, each: int = 1) -> str:
        """A drop of this fall's own, `each` for everybody."""
        made = (
            await (await self.staff()).run(
                "mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on CouponDrop { id } } }",
                i={
                    "name": "演练券", "content": {"kind": "OFF", "offFen": 100, "minFen": 0}, "validHours": 48,
                    "startsAt": "2026-01-01T00:00:00+08:00", "endsAt": "2099-01-01T00:00:00+08:00",
                    "total": total, "perMember": each, "publish": True, "idempotencyKey": key(),
                },
            )
        )["createCouponDrop"]  # fmt: skip
        assert made["__typename"] == "CouponDrop", made
        return str(made["id"])

    async def until_answered(self, report: Report, ask: Callable[[], Awaitable[T]]) -> T:
        """Asks with the same key until there is an answer; what was not one is counted by its kind."""
        deadline = time.monotonic() + ANSWERED_WITHIN
        while True:
            began = time.monotonic()
            try:
                return await ask()
            except (httpx.HTTPError, GraphQLFailed, ValueError) as error:
                kind = (
                    error.code or f"HTTP {error.status}" if isinstance(error, GraphQLFailed) else type(error).__name__
                )
                report.refusals[kind] = report.refusals.get(kind, 0) + 1
                report.slowest_refusal_s = max(report.slowest_refusal_s, round(time.monotonic() - began, 2))
                report.asked_again += 1
                assert time.monotonic() < deadline, f"not answered within {ANSWERED_WITHIN} s: {error}"
                await asyncio.sleep(0.2)

    async def claim(self, report: Report, client: Client, drop: str) -> str:
        """One coupon; its id."""
        mark = key()

        async def ask() -> dict[str, Any]:
            found: dict[str, Any] = (await client.run(CLAIM, i={"dropId": drop, "idempotencyKey": mark}))["claimCoupon"]
            return found

        while True:
            answer = await self.until_answered(report, ask)
            if answer["__typename"] == "Coupon":
                return str(answer["id"])
            assert answer["__typename"] in ("Busy", "TryAgain", "ClaimBusy"), answer
            await asyncio.sleep(0.1)

    async def order(
        self, report: Report, n: int, rng: random.Random, told: Acknowledged, wish: Wish, drop: str = ""
    ) -> None:
        """One order of shopper `n`, placed and paid, and refunded where the wish says so; what is answered is `told`."""
        client = self.shoppers[n]
        coupon = await self.claim(report, client, drop) if wish.coupon and drop else ""
        while True:
            skus = [self.flash] * wish.flash + [self.budget] * wish.budget
            skus += rng.sample([sku for sku in self.skus if sku not in (self.flash, self.budget)], 2)
            cart = cart_of(wish, rng.choice(self.shop["stores"])["id"], skus, coupon)
            mark = key()

            async def quote(cart: dict[str, Any] = cart) -> dict[str, Any]:
                found: dict[str, Any] = (await client.run(QUOTE, c=cart))["quoteCart"]
                return found

            token = (await self.until_answered(report, quote))["token"]
            asked = {"cart": cart, "quoteToken": token, "idempotencyKey": mark}

            async def ask(asked: dict[str, Any] = asked) -> dict[str, Any]:
                found: dict[str, Any] = (await client.run(PLACE, i=asked))["placeOrder"]
                return found

            placed = await self.until_answered(report, ask)
            if placed["__typename"] == "Order":
                break
            assert placed["__typename"] in ("PriceChanged", "OutOfStock"), placed
        report.orders += 1
        told.placed[placed["id"]] = (self.who[n], coupon, placed)
        await self._paid(report, client, placed)
        if wish.refund:
            told.refunded[placed["id"]] = await self._refunded(report, placed, wish.refund)

    async def _refunded(self, report: Report, placed: dict[str, Any], how: str) -> dict[str, Any]:
        """A clerk refunds a unit, or all of it."""
        units, mark = units_of(placed, how), key()
        staff = await self.until_answered(report, self.staff)

        async def preview() -> dict[str, Any]:
            found: dict[str, Any] = (await staff.run(PREVIEW, i={"orderId": placed["id"], "units": units}))[
                "storeRefundPreview"
            ]
            return found

        asked = {
            "orderId": placed["id"], "units": units, "reason": "演练", "restock": True, "idempotencyKey": mark,
            "previewToken": (await self.until_answered(report, preview))["token"],
        }  # fmt: skip

        async def refund() -> dict[str, Any]:
            found: dict[str, Any] = (await staff.run(REFUND, i=asked))["refundOrder"]
            return found

        done = await self.until_answered(report, refund)
        assert done["__typename"] == "Order", done
        return done

    async def _paid(self, report: Report, client: Client, placed: dict[str, Any]) -> None:
        """Confirms on the phone until the shop knows of it; where nothing is due it is paid already."""
        if placed["dueFen"] == 0:
            report.paid += 1
            return

        async def state() -> str:
            return str((await client.run(ORDER, id=placed["id"]))["order"]["state"])

        deadline, found = time.monotonic() + ANSWERED_WITHIN, "AWAITING_PAYMENT"
        while found == "AWAITING_PAYMENT":
            assert time.monotonic() < deadline, f"not paid within {ANSWERED_WITHIN} s"
            answer = await self.http.post(  # answers when its callback was taken, or after its fourth try some five seconds later
                f"{self.stack.standin_url}/pay/device/confirm", params={"prepay_id": placed["payment"]["prepayId"]}
            )
            answer.raise_for_status()
            found = await self.until_answered(report, state)
        assert found == "PAID", found
        report.paid += 1


async def fall(stack: Stack, rush: Rush, part: str, claims: int, orders: int, kills: int) -> Report:
    """One rush, in the middle of which `part` is killed `kills` times; then everything is counted."""
    report, began, done = Report(part), time.monotonic(), 0
    drop, own = await rush.drop(claims), await rush.drop(orders, -(-orders // len(rush.shoppers)))
    await fund(stack, MERCHANT, rush.who, part)
    told = Acknowledged(await promote(await rush.staff(), rush.flash, rush.budget, orders))
    rng = random.Random(7)
    wishes = [Wish.of(rng) for _ in range(orders)]
    marks = [(claims + orders) * (n + 1) // (kills + 1) for n in range(kills)]
    gate = asyncio.Semaphore(16)
    coupons = list[str]()

    async def one(n: int) -> None:
        nonlocal done
        async with gate:
            if n < claims:
                coupons.append(await rush.claim(report, rush.shoppers[n], drop))
                report.claims += 1
            else:
                await rush.order(report, n % len(rush.shoppers), rng, told, wishes[n - claims], own)
            done += 1
            if done in marks:
                await strike(stack, part)

    async with connection(stack) as before:
        known = {row["id"] for row in await before.fetch("SELECT id FROM orders")}
        had = await balances(before, rush.who)
    numbers = list(range(claims + orders))
    rng.shuffle(numbers)
    await asyncio.gather(*(one(n) for n in numbers))
    await within(60, lambda: ready(stack), f"everything is up again\n{stack.log()}")

    async def relayed() -> bool:
        async with connection(stack) as c:
            return not await c.fetchval("SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL")

    await within(60, relayed, f"every event was handed on\n{stack.log()}")
    async with connection(stack) as c:
        there = Counter(
            f"cpn_{row['id'].hex}" for row in await c.fetch("SELECT id FROM coupons WHERE drop_id = $1", _uuid(drop))
        )
        new = {row["id"] for row in await c.fetch("SELECT id FROM orders")} - known
        report.events = await c.fetchval("SELECT count(*) FROM outbox_events")
        wrong = [f"coupon {one}" for one in coupons if one not in there] + await lost(c, told)
        has = await balances(c, rush.who)
    moved = told.moved()
    wrong += [
        f"{unit} of {member}: had {had[member, unit]}, moved {moved[member, unit]}, has {has[member, unit]}"
        for member, unit in has
        if has[member, unit] != had[member, unit] + moved[member, unit]
    ]
    report.took, report.lost = told.kinds(), len(wrong)
    report.twice = len(there) - len(set(coupons)) + len(new) - len(told.placed)
    report.seconds = round(time.monotonic() - began, 1)
    assert (len(coupons), len(told.placed)) == (claims, orders)
    assert (report.lost, report.twice) == (0, 0), f"{report}\n{wrong[:20]}"
    assert "INTERNAL" not in report.refusals, f"{report}\n{stack.log()}"
    await asyncio.to_thread(stack.holds)
    return report


async def without_valkey(stack: Stack, rush: Rush, wishes: int) -> Report:
    """Valkey is away and is not started again for a while: quotes, claims and orders go on, none is refused."""
    report, began = Report("without valkey"), time.monotonic()
    drop, rng = await rush.drop(wishes), random.Random(8)
    async with away(stack, "valkey"):
        for n in range(wishes):
            await rush.claim(report, rush.shoppers[n], drop)
            report.claims += 1
            await rush.order(report, n, rng, Acknowledged(), Wish())
        assert server(stack, "valkey-server") == 0, "it was away all the time"
    assert report.asked_again == 0, report
    await within(60, lambda: ready(stack), f"live pushes come again\n{stack.log()}")
    report.seconds = round(time.monotonic() - began, 1)
    await asyncio.to_thread(stack.holds)
    return report


async def without_postgres(stack: Stack, rush: Rush, wishes: int) -> Report:
    """PostgreSQL is away for a while: each request is refused clearly and soon; then all is as before, by the same processes."""

    async def gone() -> None:
        assert server(stack, "postgres") == 0, "it was away all the time"

    return await refused(Report("without postgres"), stack, rush, wishes, away(stack, "postgres"), gone)


async def with_silent_postgres(stack: Stack, rush: Rush, wishes: int) -> Report:
    """PostgreSQL stands still (SIGSTOP of all its processes): it takes connections and answers nothing, while its sessions hold what they hold."""

    async def still() -> None:
        assert {_state(pid) for pid in family(stack)} == {"T"}, "it stood still all the time"

    return await refused(Report("with silent postgres"), stack, rush, wishes, silent(stack), still)


async def refused(
    report: Report,
    stack: Stack,
    rush: Rush,
    wishes: int,
    outage: AbstractAsyncContextManager[None],
    is_out: Callable[[], Awaitable[None]],
) -> Report:
    """What is asked at once during an outage is refused as `UNAVAILABLE`; afterwards the same processes give it."""
    began, drop = time.monotonic(), await rush.drop(wishes)
    pids = {pid for pid, command in processes(str(stack.data)).items() if "backend.cli api" in command}
    cart, marks = {"lines": [{"sku": rush.skus[0], "qty": 1}], "delivery": "PICKUP"}, [key() for _ in range(wishes)]

    async def ask(client: Client, document: str, variables: dict[str, Any]) -> None:
        asked = time.monotonic()
        try:
            answer = await client.run(document, **variables)
            raise AssertionError(f"answered without a database: {answer}")
        except GraphQLFailed as error:
            report.refusals[error.code] = report.refusals.get(error.code, 0) + 1
        report.slowest_refusal_s = max(report.slowest_refusal_s, round(time.monotonic() - asked, 2))

    async with outage:
        for _ in range(2):  # on connections that were open, then on new ones
            await asyncio.gather(
                *(
                    ask(client, *one)
                    for client, mark in zip(rush.shoppers, marks, strict=False)
                    for one in ((QUOTE, {"c": cart}), (CLAIM, {"i": {"dropId": drop, "idempotencyKey": mark}}))
                )
            )
        await is_out()
    assert set(report.refusals) == {"UNAVAILABLE"} and report.slowest_refusal_s < REFUSED_WITHIN, report
    await within(60, lambda: ready(stack), f"service returned\n{stack.log()}")
    for n in range(wishes):
        await rush.claim(report, rush.shoppers[n], drop)
        report.claims += 1
    after = {pid for pid, command in processes(str(stack.data)).items() if "backend.cli api" in command}
    assert pids == after, "no API process was started again"
    report.seconds = round(time.monotonic() - began, 1)
    await asyncio.to_thread(stack.holds)
    return report


@asynccontextmanager
async def away(stack: Stack, part: str) -> AsyncIterator[None]:
    """The part is killed, and what would start it again is held still."""
    assert stack.process is not None
    os.kill(stack.process.pid, signal.SIGSTOP)
    try:
        await strike(stack, part)
        await asyncio.sleep(0.5)
        yield
    finally:
        os.kill(stack.process.pid, signal.SIGCONT)


async def strike(stack: Stack, part: str) -> None:
    """kill -9 as soon as the part is there: the one before may just be coming back."""

    async def there() -> int:
        return pid_of(stack, part)

    os.kill(await within(60, there, f"{part} runs again\n{stack.log()}"), signal.SIGKILL)


def pid_of(stack: Stack, part: str) -> int:
    """An API process (one of the two), the worker, or a server; 0 when there is none."""
    match part:
        case "api":
            live = [
                p
                for p, c in processes(str(stack.data)).items()
                if "multiprocessing" in c and "spawn" in c and not _ended(p)
            ]
            return random.choice(live) if live else 0
        case "worker":
            return stack.child("worker")
        case "valkey":
            return server(stack, "valkey-server")
        case "postgres":
            return server(stack, "postgres")
    raise ValueError(part)


@asynccontextmanager
async def silent(stack: Stack) -> AsyncIterator[None]:
    """PostgreSQL's processes are held still: the one that starts others first, so that none is missed."""
    held = list[int]()
    try:
        while more := [pid for pid in family(stack) if pid not in held]:
            for pid in more:
                os.kill(pid, signal.SIGSTOP)
            held += more
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def family(stack: Stack) -> list[int]:
    """PostgreSQL's process and those that it has started."""
    first = server(stack, "postgres")
    assert first, stack.log()
    return [
        first,
        *(int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(int(p.name)) == first),
    ]


def server(stack: Stack, program: str) -> int:
    """Process id of an embedded server: the oldest of its family; 0 when there is none."""
    found = [pid for pid, command in processes(str(stack.data)).items() if Path(command.split()[0]).name == program]
    return min((pid for pid in found if not _ended(pid)), default=0)


def _ended(pid: int) -> bool:
    return _state(pid) in ("Z", "")


def _state(pid: int) -> str:
    """R, S, T (held still), Z (ended) …; "" when there is no such process."""
    return (_stat(pid) or [""])[0]


def _parent(pid: int) -> int:
    return int((_stat(pid) or ["", "0"])[1])


def _stat(pid: int) -> list[str]:
    """What /proc says behind the name of a program: its state, its parent …"""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _uuid(text: str) -> str:
    return text.split("_", 1)[1]


@asynccontextmanager
async def connection(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(stack.servers().database)
    try:
        yield opened
    finally:
        await opened.close()


async def ready(stack: Stack) -> bool:
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            answer = (await http.get(f"{stack.url}/readyz")).json()
        return set(answer.values()) == {"ok"} and stack.child("worker") > 0
    except (httpx.HTTPError, ValueError):
        return False


async def drill(stack: Stack, claims: int, orders: int, kills: int, say: Callable[[Report], None]) -> list[Report]:
    """All falls of a running installation, in turn."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
    async with httpx.AsyncClient(timeout=20, trust_env=False, limits=limits) as http:
        rush = Rush(stack, http)
        await rush.open(max(claims, 8))
        found = []
        for part in PARTS:
            found.append(await fall(stack, rush, part, claims, orders, kills))
            say(found[-1])
        for outage in (without_valkey, without_postgres, with_silent_postgres):
            found.append(await outage(stack, rush, min(8, claims)))
            say(found[-1])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="faults.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--claims", type=int, default=200, help="in each rush")
    parser.add_argument("--orders", type=int, default=100, help="in each rush")
    parser.add_argument("--kills", type=int, default=3, help="of each part in its rush")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shuhui-faults-"))
    folder.chmod(0o755)
    stack = Stack(folder / "data", free_pair(), more={"SHUHUI_API_PROCESSES": "2"})
    try:
        stack.start()
        found = asyncio.run(
            drill(stack, given.claims, given.orders, given.kills, lambda r: print(json.dumps(asdict(r)), flush=True))
        )
        print(
            f"{given.kills * len(PARTS) + 2} kills and a standstill, {sum(r.claims for r in found)} claims, {sum(r.orders for r in found)} orders,"
            f" {sum(r.asked_again for r in found)} times asked again: {sum(r.lost for r in found)} lost, {sum(r.twice for r in found)} twice"
        )
        return stack.stop()
    finally:
        for pid in processes(str(stack.data)):
            os.kill(pid, signal.SIGKILL)  # only what is left when the drill failed half-way
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
