"""`python e2e/simulation.py --seed N --steps M`: shoppers, clerks, refunds, clocks and crashes, drawn from a seed, through the
public services against a real PostgreSQL. After every step all invariants hold; after every tenth and at the end everything that was
acknowledged is there. A failure prints the seed that shows it again.

One seed is one merchant with a small stock, so that everything runs out. The clock is the simulation's: minutes to days pass
between steps, so that payments come late, coupons expire and points end. A crash is a connection that is cut after the n-th
statement of a command, as when its process dies there: the statement may have been the commit. The client then asks again with
the same key. Steps of several shoppers at once are as they fall on this machine; everything else follows from the seed.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch
from uuid import UUID

import asyncpg
from arq.connections import RedisSettings, create_pool

from backend import (
    catalog,
    coupons,
    families,
    invariants,
    ledger,
    mall,
    members,
    merchants,
    offers,
    orders,
)
from backend import settings as settings_module
from backend.kit import database, embedded, ids, outbox
from backend.kit.migrate import migrate
from backend.members.profile_rules import Birth
from backend.runtime import Runtime, running
from backend.settings import Settings
from workers import relay

if str(Path(__file__).parent) not in sys.path:  # started as a script, by a test, or imported from there
    sys.path.insert(0, str(Path(__file__).parent))
from simulated_complaints import ComplaintSteps
from simulated_coupons import CouponSteps
from simulated_engagement import EngagementSteps
from simulated_faults import FAULT, Broken, Fault, install_faults
from simulated_levels import LevelSteps
from simulated_lotteries import LotterySteps
from simulated_mall import MallSteps
from simulated_opening import BEGINNING, GOODS, PROMOTIONS, SUPPLIERS, furnish, publish
from simulated_presales import PresaleSteps
from simulated_refunds import RefundSteps
from simulated_tills import TillSteps

T = TypeVar("T")
ACKNOWLEDGED_EVERY = 10


@dataclass
class Tally:
    """What a run did."""

    steps: int = 0
    crashes: int = 0
    checks: int = 0
    acknowledged: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.steps, self.crashes = self.steps + other.steps, self.crashes + other.crashes
        self.checks, self.acknowledged = self.checks + other.checks, self.acknowledged + other.acknowledged
        self.done.update(other.done)

    def words(self) -> str:
        kinds = ", ".join(f"{name} {n}" for name, n in sorted(self.done.items()))
        return f"{self.steps} steps, {self.crashes} crashes, {self.checks} checks of all {len(invariants.ALL)} invariants, {self.acknowledged} of what was acknowledged: {kinds}"


@dataclass
class Shop(
    CouponSteps,
    RefundSteps,
    TillSteps,
    PresaleSteps,
    LotterySteps,
    EngagementSteps,
    ComplaintSteps,
    MallSteps,
    LevelSteps,
):
    """One merchant and what the world outside knows of it."""

    runtime: Runtime
    redis: Any
    auditor: asyncpg.Connection
    rng: random.Random
    merchant_id: UUID
    store: merchants.StoreInfo
    members: Sequence[UUID]
    drops: Sequence[UUID]
    template: str = ""
    systems: Sequence[merchants.SystemInfo] = ()
    requests: set[tuple[UUID, str]] = field(default_factory=set)
    at: datetime = BEGINNING
    tally: Tally = field(default_factory=Tally)
    keys: int = 0
    coupons: dict[UUID, UUID] = field(default_factory=dict)
    claims: list[coupons.Claim] = field(default_factory=list)
    pairing: Sequence[UUID] = ()
    fitting: dict[UUID, dict[str, int]] = field(default_factory=dict)
    add_ons: list[str] = field(default_factory=list)
    items: Sequence[mall.ItemInfo] = ()
    exchanges: dict[UUID, UUID] = field(default_factory=dict)
    lotteries: Sequence[UUID] = ()
    drawn: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    reviewed: set[UUID] = field(default_factory=set)
    clerk: UUID | None = None
    compensation: UUID | None = None
    complaints: dict[UUID, datetime] = field(default_factory=dict)
    answered: dict[UUID, tuple[str, UUID | None, datetime]] = field(default_factory=dict)
    escalated: set[UUID] = field(default_factory=set)
    kinds: dict[str, UUID] = field(default_factory=dict)
    births: dict[UUID, Birth] = field(default_factory=dict)
    scheme: members.Scheme = field(default_factory=lambda: members.Scheme(()))
    orders: dict[UUID, orders.OrderInfo] = field(default_factory=dict)
    paid: dict[UUID, str] = field(default_factory=dict)
    refunded: dict[UUID, int] = field(default_factory=dict)
    presales: dict[UUID, UUID] = field(default_factory=dict)
    deposits: dict[UUID, str] = field(default_factory=dict)
    presale_offer: str | None = None
    presale_until: datetime = BEGINNING

    def key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    async def command(self, work: Callable[[], Awaitable[T]]) -> T:
        """Runs a command; one in four dies in the middle and is asked again, by the same key."""
        if self.rng.random() > 1 / 4:
            return await self._told_with_another(work)
        fault = Fault(self.rng.randint(1, self.rng.choice((4, 12, 40))))
        token = FAULT.set(fault)
        try:
            return await self._told_with_another(work)
        except Exception:
            if not fault.fired:
                raise
        finally:
            FAULT.reset(token)
            self.tally.crashes += fault.fired
        return await self._told_with_another(work)

    async def _told_with_another(self, work: Callable[[], Awaitable[T]]) -> T:
        """Who waited behind one who died is told that PostgreSQL was away (backend/kit/turns.py), and asks again, by the same key."""
        for _ in range(3):
            try:
                return await work()
            except ConnectionError:
                self.tally.done["told with another"] += 1
        return await work()

    # what shoppers do

    async def family(self) -> None:
        """Somebody shares more or less, leaves, comes back, or founds a family anew; sometimes two at once."""
        await asyncio.gather(*(self._family(m) for m in self.rng.sample(self.members, self.rng.choice((1, 1, 2)))))

    async def _family(self, member: UUID) -> None:
        monthly, key, more = self.rng.choice((None, 0, 150, 2000)), self.key(), self.key()
        mine = await families.of_member(self.merchant_id, member, self.at)
        answer: Any
        if mine is None:
            answer = await self.command(lambda: families.found(self.merchant_id, member, monthly, 1, key, self.at))
        elif self.rng.random() < 0.25:
            answer = await self.command(lambda: families.leave(self.merchant_id, member, key, self.at))
        elif mine.founder_id == member and self.rng.random() < 0.7:
            answer = await self.command(lambda: families.invite(self.merchant_id, member, key, self.at))
            codes = await families.invites(self.merchant_id, mine.id, self.at)
            friend = self.rng.choice([m for m in self.members if m != member])
            if codes:
                code = self.rng.choice(codes).code
                answer = await self.command(
                    lambda: families.join(self.merchant_id, friend, code, monthly, 1, more, self.at)
                )
        else:
            answer = await self.command(lambda: families.share(self.merchant_id, member, monthly, key, self.at))
        if isinstance(answer, families.Invalid):
            raise Broken(f"family of {member}: {answer}")
        self.tally.done[f"family {'changed' if isinstance(answer, UUID) else type(answer).__name__}"] += 1

    def wish(self, lines: dict[str, int] | None = None) -> orders.Wish:
        rng = self.rng
        lines = lines or {sku: rng.choice((1, 1, 2, 3)) for sku in rng.sample([g[0] for g in GOODS], rng.randint(1, 3))}
        return orders.Wish(
            self.store.id,
            "MINIAPP",
            rng.choice(("PICKUP", "DELIVERY")),
            tuple(lines.items()),
            coupon_mode=rng.choice(("AUTO", "AUTO", "NONE")),
            points=rng.choice((0, 0, 150, 1000, 4000)),
            family=rng.choice((False, True)),
            balance_fen=rng.choice((0, 0, 300, 2500)),
            red_packet_mode=rng.choice(("FIXED", "AUTO")),
        )

    async def place(self, member: UUID | None = None, wish: orders.Wish | None = None) -> orders.OrderInfo | None:
        """Quote and order; the price that is shown may be gone by then."""
        member, at, key = member or self.rng.choice(self.members), self.at, self.key()
        wish = wish or await self.chosen(member, self.wish())
        priced = await orders.quote(self.runtime.settings.secret, self.merchant_id, member, wish, at)
        if isinstance(priced, orders.Invalid):
            named = {f"coupons.ids[{n}]" for n in range(len(wish.coupon_ids))} | {"addOns[0]" for _ in wish.add_ons}
            if {p.path for p in priced.problems} <= named:
                self.tally.done["choice not there"] += 1
                return None
            raise Broken(f"{wish}: {priced}")
        self.tally.done["added on"] += len(priced.quote.add_ons)
        self.tally.done["day's uses gone"] += any(r.reason == "NOT_YET" for r in priced.quote.rejected)
        self.tally.done["day's limit gone"] += any(r.figures.get("which") == "per_day" for r in priced.quote.rejected)
        answer = await self.command(
            lambda: orders.place(self.runtime.settings.secret, self.merchant_id, member, wish, priced.token, key, at)
        )
        self.tally.done[type(answer).__name__] += 1
        if isinstance(answer, orders.OrderInfo):
            self.orders[answer.id] = answer
            return answer
        if not isinstance(answer, (orders.PriceChanged, orders.OutOfStock)):
            raise Broken(f"{wish}: {answer}")
        return None

    async def rush(self) -> None:
        """Everybody wants the last of something at once; one member with the same coupons and points many times."""
        if self.rng.random() < 0.5:
            wish = replace(
                self.wish({self.rng.choice(("TRIPE", "TOFU", "CUP")): 2}),
                points=0,
                family=False,
                balance_fen=0,
                red_packet_mode="FIXED",
            )
            await asyncio.gather(*(self.place(m, wish) for m in self.members))
        else:
            member, wish = (
                self.rng.choice(self.members),
                replace(self.wish({"PORK": 1}), points=1000, coupon_mode="AUTO", red_packet_mode="AUTO"),
            )
            await asyncio.gather(*(self.place(member, wish) for _ in range(4)))

    async def pay(self) -> None:
        """WeChat tells of a payment: once or more, late or early, sometimes of another amount, sometimes for a closed order."""
        order = self._some(lambda o: o.due_fen > 0 and o.system_id is None)
        if order is None:
            return
        wrong = self.rng.random() < 0.08
        known = self.paid.get(order.id)
        payment = known if known and self.rng.random() < 0.7 else f"pay-{order.number}-{self.key()}"
        amount = order.due_fen + (1 if wrong else 0)
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            answer = await self.command(lambda: orders.pay(self.merchant_id, order.number, payment, amount, self.at))
            self.tally.done[f"pay {type(answer).__name__}"] += 1
            if isinstance(answer, orders.OrderInfo):
                if wrong and payment != known:
                    raise Broken(f"{order.number} was paid with {amount} of {order.due_fen}")
                self.paid.setdefault(order.id, payment)

    async def cancel(self) -> None:
        order = self._some(lambda o: True)
        if order is not None:
            key = self.key()
            answer = await self.command(
                lambda: orders.cancel(
                    self.merchant_id, order.member_id, order.id, key, f"consumer:{order.member_id}", self.at
                )
            )
            self.tally.done[f"cancel {type(answer).__name__}"] += 1

    # what clerks do

    async def complete(self) -> None:
        order = self._some(lambda o: o.id in self.paid)
        if order is not None:
            key = self.key()
            answer = await self.command(
                lambda: orders.complete(
                    self.runtime.settings.secret, self.merchant_id, order.id, key, "staff:clerk", self.at
                )
            )
            self.tally.done[f"complete {type(answer).__name__}"] += 1

    async def grant(self) -> None:
        """A clerk gives points, balance or a red packet that ends within days."""
        unit, amount = self.rng.choice((("points", 900), ("balance", 2000), ("red_packet", 1500)))
        member, key = self.rng.choice(self.members), f"grant:{self.key()}"
        await self.command(lambda: self._transfer(member, unit, amount, key))
        self.tally.done[f"grant {unit}"] += 1

    async def _transfer(self, member: UUID, unit: Any, amount: int, key: str) -> None:
        async with database.transaction() as tx:
            await ledger.transfer(
                tx, self.merchant_id, debit=ledger.merchant_book(self.merchant_id), credit=ledger.member(member), unit=unit,
                amount=amount, kind="grant", business_key=key, at=self.at, memo={},
                which=ledger.Lots(opens=ledger.PacketTerms(3000, self.at + timedelta(days=4))) if unit == "red_packet" else ledger.Lots(),
            )  # fmt: skip

    async def relayed(self) -> None:
        """The relay takes what waits; where it dies it takes it again. One in four dies when the effects are there and not yet
        marked."""
        with patch.object(relay, "now", lambda: self.at):
            await self._relayed()

    async def _relayed(self) -> None:
        if self.rng.random() < 1 / 4:
            with patch.object(outbox, "mark_relayed", side_effect=ConnectionError("the relay dies here")):
                try:
                    await relay.relay_once(self.redis, self.runtime.settings.secret)
                except ConnectionError:
                    self.tally.crashes += 1
        while await self.command(lambda: relay.relay_once(self.redis, self.runtime.settings.secret)):
            self.tally.done["relay"] += 1

    async def clock(self) -> None:
        """Time passes; the schedules run, perhaps."""
        self.at += self.rng.choice(
            (timedelta(minutes=3), timedelta(minutes=20), timedelta(hours=9), timedelta(days=3), timedelta(days=20))
        )
        if self.rng.random() < 0.7:
            for merchant_id, order_id in await orders.overdue(self.at):
                await self.command(
                    lambda m=merchant_id, o=order_id: orders.cancel(m, None, o, f"overdue:{o}", "system", self.at)  # type: ignore[misc]
                )
                self.tally.done["overdue"] += 1
            await self.settle_presales()
            await self.watch_complaints()
            while await self.command(lambda: coupons.expire_due(self.at)):
                self.tally.done["coupons expired"] += 1
            while await self.command(lambda: ledger.expire_lots(self.at)):
                self.tally.done["points expired"] += 1

    async def rules(self) -> None:
        """A promotion is published, ended, or published while shoppers have its price before them."""
        await publish(self, self.rng.choice(PROMOTIONS))

    def _some(self, which: Callable[[orders.OrderInfo], bool]) -> orders.OrderInfo | None:
        """An order, the newest more often."""
        found = [o for o in self.orders.values() if which(o)]
        if not found:
            return None
        return self.rng.choice(found[-4:] if self.rng.random() < 0.7 else found)

    # what must be true

    async def hold(self, acknowledged: bool) -> None:
        checked = await invariants.check_on(self.auditor, self.merchant_id)
        self.tally.checks += 1
        self.tally.acknowledged += acknowledged
        if found := [f"{c.invariant.id}: {wrong}" for c in checked for wrong in c.violations]:
            raise Broken("\n".join(found))
        if acknowledged:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        """What shoppers were told is there: their coupons, orders, payments and refunds."""
        for member in self.members:
            mine = {c.id for c in await coupons.coupons(self.merchant_id, member, self.at, states=(), first=10_000)}
            lost = [c for c, who in self.coupons.items() if who == member and c not in mine]
            if lost:
                raise Broken(f"coupons {lost} of {member} were given and are not there")
        if lost_deposits := await self.deposits_kept():
            raise Broken("\n".join(lost_deposits))
        there = {e.id: e.member_id for e in await mall.exchanges(self.merchant_id, self.at, first=10_000)}
        if lost_ones := [e for e, who in self.exchanges.items() if there.get(e) != who]:
            raise Broken(f"exchanges {lost_ones} were given and are not there")
        if lost_ones := [*await self.draws_kept(), *await self.reviews_kept(), *await self.complaints_kept()]:
            raise Broken("\n".join(lost_ones))
        for order_id, seen in self.orders.items():
            order = await orders.get(self.merchant_id, order_id)
            if order is None or order.payable_fen != seen.payable_fen:
                raise Broken(f"order {seen.number} was placed for {seen.payable_fen}, and is {order}")
            if order_id in self.paid and order.state not in ("paid", "completed", "refunded"):
                raise Broken(f"order {seen.number} was paid, and is {order.state}")
            if order.refunded_fen < self.refunded.get(order_id, 0):
                raise Broken(
                    f"order {seen.number}: {self.refunded[order_id]} was given back, and {order.refunded_fen} is there"
                )


async def make_shop(runtime: Runtime, redis: Any, auditor: asyncpg.Connection, seed: int, name: str) -> Shop:
    rng = random.Random(seed)
    merchant = await merchants.found(
        name,
        name,
        "CNY",
        rng.choice(("Asia/Shanghai", "America/New_York", "UTC")),
        [("region", "四川", None)],
        [("S1", "店", "四川", "路 1 号")],
    )
    [store] = await merchants.stores(merchant.id)
    await catalog.add_many(
        merchant.id,
        [
            catalog.NewProduct(s, n, "火锅", "", SUPPLIERS.get(s, ""), (), "袋", "🍲", 1, p, p // 2)
            for s, n, p, _ in GOODS
        ],
    )
    await catalog.receive(merchant.id, [(store.id, sku, units) for sku, _, _, units in GOODS])
    await merchants.set_points_policy(
        merchant.id, rng.choice(({}, {"kind": "rolling", "months": 1}, {"kind": "idle", "months": 1}))
    )
    people = [(await members.join(merchant.id, f"o-{name}-{n}", BEGINNING)).id for n in range(4)]
    shop = Shop(runtime, redis, auditor, rng, merchant.id, store, people, ())
    await furnish(shop)
    return shop


STEPS: tuple[tuple[str, int], ...] = (
    ("claim", 18), ("place", 28), ("use", 16), ("pair", 6), ("rush", 4), ("pay", 24), ("cancel", 3), ("ask", 8), ("complete", 9), ("refund", 10), ("till", 14), ("grant", 5),
    ("deposit", 8), ("pay_deposit", 2), ("rest", 9), ("end_presale", 2), ("payout", 5), ("relayed", 6), ("clock", 9), ("rules", 2), ("void", 2), ("stock", 2), ("exchange", 9), ("void_exchange", 1), ("shut_out", 1),
    ("family", 6), ("draw", 7), ("prize_stock", 1), ("review", 4), ("hide_review", 1), ("share", 3),
    ("complain", 6), ("answer_complaint", 6),
    ("birthday", 6), ("month", 6),
)  # fmt: skip


async def simulate(
    runtime: Runtime, redis: Any, auditor: asyncpg.Connection, seed: int, steps: int, name: str
) -> Tally:
    """One seed. Raises `Broken` with the step at which it broke."""
    clock = [0]
    rng = random.Random(seed ^ 0x5EED)
    made = ids.os, ids.time, ids._last
    ids._last = 0
    ids.os = SimpleNamespace(urandom=rng.randbytes)  # type: ignore[assignment]
    ids.time = SimpleNamespace(time_ns=lambda: clock[0])  # type: ignore[assignment]
    try:
        shop = await make_shop(runtime, redis, auditor, seed, name)
        for n in range(steps):
            clock[0] = int(shop.at.timestamp() * 1e9) + n
            [step] = shop.rng.choices([s for s, _ in STEPS], [w for _, w in STEPS])
            try:
                await getattr(shop, step)()
                shop.tally.steps += 1
                last = n == steps - 1
                if last:
                    await shop.relayed()
                await shop.hold(last or n % ACKNOWLEDGED_EVERY == ACKNOWLEDGED_EVERY - 1)
            except Exception as error:
                again = f"again: python e2e/simulation.py --seed {seed} --steps {steps}"
                raise Broken(f"seed {seed}, step {n} ({step}): {type(error).__name__}: {error}\n{again}") from error
        shop.tally.done.update(await shop.used())
        shop.tally.done.update(await shop.stamps_moved())
        shop.tally.done["borne by suppliers"] += await database.fetchval(
            "SELECT count(*) FROM journal_lines WHERE merchant_id = $1 AND account = 'supplier_receivable'",
            shop.merchant_id,
        )
    finally:
        ids.os, ids.time, ids._last = made
        offers.forget()
    return shop.tally


async def run(settings: Settings, seeds: Sequence[int], steps: int, say: Callable[[str], None] = print) -> Tally:
    """Seeds one after the other, each a merchant of its own. Raises `Broken`."""
    total = Tally()
    await migrate(settings.owner_url, settings.database_url)
    async with running(settings) as runtime:
        redis = await create_pool(RedisSettings.from_dsn(settings.redis_url))
        # one connection whose statements all stay prepared: T1 alone has one for each table
        auditor = await asyncpg.connect(
            settings.database_url, statement_cache_size=1000, max_cached_statement_lifetime=0
        )
        try:
            await database.use_json(auditor)
            for seed in seeds:
                tally = await simulate(runtime, redis, auditor, seed, steps, f"s{seed}")
                say(f"seed {seed}: {tally.words()}")
                total.add(tally)
        finally:
            await auditor.close()
            await redis.aclose()
    return total


@contextmanager
def servers() -> Iterator[Settings]:
    """PostgreSQL and Valkey of this run alone; without fsync, for what is cut here are connections."""
    folder = Path(tempfile.mkdtemp(prefix="shuhui-simulation-"))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = embedded.start_postgres(folder / "postgres", durable=False)
        stack.callback(postgres.stop)
        valkey = embedded.start_valkey(folder / "valkey")
        stack.callback(valkey.stop)
        yield settings_module.load(
            {
                "SHUHUI_ENV": "test",
                "SHUHUI_DATA": str(folder),
                "DATABASE_URL": postgres.url,
                "DATABASE_OWNER_URL": postgres.owner_url,
                "REDIS_URL": valkey.url,
            }
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="simulation.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many from there on")
    parser.add_argument("--steps", type=int, default=200, help="steps of each")
    given = parser.parse_args()
    install_faults()
    began = time.monotonic()
    try:
        with servers() as settings:
            total = asyncio.run(run(settings, range(given.seed, given.seed + given.seeds), given.steps))
    except Broken as error:
        traceback.print_exception(error)
        print(f"BROKEN {error}")
        return 1
    print(f"{given.seeds} seeds, {time.monotonic() - began:.0f} s: {total.words()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
