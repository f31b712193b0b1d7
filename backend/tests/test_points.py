"""Points lie in lots: each ends when it was promised to, what ends first is spent first, what was spent comes back (B03, L6)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from click.testing import CliRunner

from backend import invariants, ledger, merchants
from backend.cli import main
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import new_id
from backend.ledger.rules import RETURN_DAYS, OpenLot, PointsPolicy, Spent, drawn, given_back, months_later
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.refunding import account, bought, member_of, refund, sound
from backend.tests.test_claim_races import people
from backend.tests.test_schema_drift import empty_database, migrated
from workers import schedules

SHANGHAI = ZoneInfo("Asia/Shanghai")
BASE = datetime(2026, 1, 10, 4, tzinfo=UTC)


async def earn(shop: Shop, member: UUID, points: int, at: datetime, kind: str = "earn") -> None:
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.merchant_book(shop.merchant_id),
            credit=ledger.member(member),
            unit="points",
            amount=points,
            kind=kind,
            business_key=key(),
            at=at,
            memo={},
        )


async def take(shop: Shop, member: UUID, points: int, at: datetime, kind: str = "spend") -> Any:
    async with database.transaction() as tx:
        return await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.member(member),
            credit=ledger.merchant_book(shop.merchant_id),
            unit="points",
            amount=points,
            kind=kind,
            business_key=key(),
            at=at,
            memo={},
        )


async def lots(shop: Shop, member: UUID) -> list[tuple[int, int]]:
    """(remaining, held) of the member's lots, the first earned first."""
    rows = await database.fetch(
        "SELECT l.remaining, l.held FROM lots l JOIN accounts a ON a.merchant_id = l.merchant_id AND a.id = l.account_id"
        " WHERE a.merchant_id = $1 AND a.owner_id = $2 ORDER BY l.earned_at, l.id",
        shop.merchant_id,
        member,
    )
    return [(row["remaining"], row["held"]) for row in rows]


async def end_lot(shop: Shop, member: UUID, position: int, ends: datetime) -> None:
    """Lets the time of one lot come: the clock of the servers cannot be moved."""
    await database.pool().execute(
        "UPDATE lots SET expires_at = $4 WHERE merchant_id = $1 AND id = (SELECT l.id FROM lots l JOIN accounts a"
        " ON a.merchant_id = l.merchant_id AND a.id = l.account_id WHERE a.merchant_id = $1 AND a.owner_id = $2 ORDER BY l.earned_at, l.id OFFSET $3 LIMIT 1)",
        shop.merchant_id,
        member,
        position,
        ends,
    )


async def ending(client: Client) -> list[tuple[int, str]]:
    found = await client.run("{ benefitAccount { pointsEnding { points sentence } } }")
    return [(e["points"], e["sentence"]) for e in found["benefitAccount"]["pointsEnding"]]


async def policy(shop: Shop, **fields: Any) -> None:
    await merchants.set_points_policy(shop.merchant_id, fields)


@pytest.mark.parametrize(
    ("stated", "earned", "ends"),
    [
        ({"kind": "rolling", "months": 12}, "2026-02-10T23:59:59", "2027-02-11"),
        ({"kind": "rolling", "months": 1}, "2026-01-31T12:00:00", "2026-03-01"),  # 28 February is the last day
        ({"kind": "rolling", "months": 1}, "2024-01-31T12:00:00", "2024-03-01"),
        ({"kind": "year_end"}, "2026-12-31T23:59:59", "2027-01-01"),
        ({"kind": "year_end", "years": 1}, "2026-12-31T23:59:59", "2028-01-01"),
        ({"kind": "idle", "months": 6}, "2026-08-31T00:00:00", "2027-03-01"),
    ],
)
def test_ends_of_points(stated: dict[str, Any], earned: str, ends: str) -> None:
    """B03: rolling, 31 December, idle: whole days of the merchant's calendar, month ends clamped."""
    at = datetime.fromisoformat(earned).replace(tzinfo=SHANGHAI).astimezone(UTC)
    found = PointsPolicy.of(stated).ends(at, "Asia/Shanghai")
    assert found == datetime.fromisoformat(ends).replace(tzinfo=SHANGHAI)


def test_a_policy_is_checked() -> None:
    """B03: nothing else is a policy; without one points never end."""
    assert PointsPolicy.of({}).ends(now(), "UTC") is None
    for wrong in ({"kind": "weekly"}, {"kind": "idle", "months": 0}, {"kind": "year_end", "years": -1}, {"days": 3}):
        with pytest.raises((ValueError, TypeError)):
            PointsPolicy.of(wrong)
    assert months_later(date(2026, 12, 31), 2) == date(2027, 2, 28)


def test_which_lots_are_drawn_and_given_back() -> None:
    """L6: what ends first is taken first, one without an end last; taken back is the oldest; what comes back fills the lot
    that ends last."""
    ids = [UUID(int=n) for n in range(3)]
    never = OpenLot(ids[0], 10, BASE, None)
    late = OpenLot(ids[1], 10, BASE + timedelta(days=1), BASE + timedelta(days=90))
    soon = OpenLot(ids[2], 10, BASE + timedelta(days=2), BASE + timedelta(days=30))
    assert drawn([never, late, soon], 25, earned_first=False) == [(ids[2], 10), (ids[1], 10), (ids[0], 5)]
    assert drawn([never, late, soon], 15, earned_first=True) == [(ids[0], 10), (ids[1], 5)]
    with pytest.raises(AssertionError):
        drawn([late], 11, earned_first=False)
    parts = [Spent(ids[0], ids[0], 4, soon.expires_at), Spent(ids[1], ids[1], 10, late.expires_at)]
    assert given_back(parts, 12) == ([(parts[1], 10), (parts[0], 2)], 0)
    assert given_back(parts, 20) == ([(parts[1], 10), (parts[0], 4)], 6)


async def test_what_ends_first_is_spent_first(shop: Shop) -> None:
    """B02, B03, L6: an order holds, then spends, the points that end first; the customer sees what ends when."""
    shopper = await shop.shopper()
    who = await member_of(shopper)
    await policy(shop, kind="never")
    await earn(shop, who, 300, now() - timedelta(days=3))
    await policy(shop, kind="rolling", months=12)
    await earn(shop, who, 200, now() - timedelta(days=2))
    await policy(shop, kind="rolling", months=1)
    await earn(shop, who, 100, now() - timedelta(days=1))
    shown = await ending(shopper)
    assert [n for n, _ in shown] == [100, 200, 300] and shown[2][1] == "300 积分长期有效"
    last = months_later((now() - timedelta(days=1)).astimezone(SHANGHAI).date(), 1)
    assert shown[0][1] == f"100 积分将于 {last.year}年{last.month}月{last.day}日 过期"
    order = await place(shopper, {"BEEF": 1}, tenders={"points": 150})
    assert order["dueFen"] == 3850 and await lots(shop, who) == [(300, 0), (200, 50), (100, 100)]
    assert [n for n, _ in await ending(shopper)] == [150, 300]
    await sound(shop)
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert await lots(shop, who) == [(300, 0), (200, 0), (100, 0)]
    await bought(shop, shopper, {"BEEF": 1}, tenders={"points": 150})
    assert await lots(shop, who) == [(300, 0), (150, 0), (0, 0)]
    await sound(shop)


async def naive_spend(shop: Shop, member: UUID, points: int, at: datetime) -> bool:
    """As it was before there were lots: what the account says is there, may be spent."""
    row = await database.fetchrow(
        "SELECT balance - held AS free FROM accounts WHERE merchant_id = $1 AND owner_id = $2 AND unit = 'points'",
        shop.merchant_id,
        member,
    )
    return row is not None and row["free"] >= points


async def test_ended_points_cannot_be_spent_whatever_the_schedule_does(shop: Shop) -> None:
    """B03, L6, lessons *Time*: the job has not run, and yet nobody sees, quotes, holds or spends points that have ended;
    the naive look at the balance would let them through."""
    shopper = await shop.shopper()
    who = await member_of(shopper)
    await earn(shop, who, 500, now() - timedelta(days=40))
    await earn(shop, who, 30, now() - timedelta(days=1))
    seen = await quote(shopper, {"BEEF": 1}, tenders={"points": 500})
    assert seen["dueFen"] == 3500
    await end_lot(shop, who, 0, now() - timedelta(milliseconds=1))
    assert await naive_spend(shop, who, 500, now())  # the fault that this test is about
    assert await take(shop, who, 500, now()) == ledger.Short(30)
    late = await place(shopper, {"BEEF": 1}, seen["token"], tenders={"points": 500})
    assert (late["__typename"], late["quote"]["payableFen"]) == ("PriceChanged", 4000)
    assert (await quote(shopper, {"BEEF": 1}, tenders={"points": 500}))["dueFen"] == 3970
    assert (await shopper.run("{ benefitAccount { points } }"))["benefitAccount"]["points"] == 30
    async with database.transaction() as tx:
        held = await ledger.hold(tx, shop.merchant_id, ledger.member(who), "points", 31, key(), now())
        free = await ledger.locked(tx, shop.merchant_id, ledger.member(who), ["points"], now())
    assert held == ledger.Short(30) and free == {"points": 30}
    assert await lots(shop, who) == [(500, 0), (30, 0)]
    while await ledger.expire_lots(now()):
        pass
    assert await lots(shop, who) == [(0, 0), (30, 0)] and await account(shop, shopper) == {"points": 30}
    entry = (await shopper.run("{ benefitAccount { entries(first: 1) { nodes { amount balanceAfter sentence } } } }"))[
        "benefitAccount"
    ]["entries"]["nodes"][0]
    assert entry == {"amount": -500, "balanceAfter": 30, "sentence": "500 积分 已过期"}
    await sound(shop)


async def test_what_is_held_outlives_its_end_and_only_for_its_order(shop: Shop) -> None:
    """B02, B03: an order that waits for payment keeps the points that it was promised; cancelled, they are gone."""
    shopper = await shop.shopper()
    who = await member_of(shopper)
    await earn(shop, who, 400, now() - timedelta(days=5))
    one = await place(shopper, {"BEEF": 1}, tenders={"points": 100})
    two = await place(shopper, {"BEEF": 1}, tenders={"points": 200})
    await end_lot(shop, who, 0, now() - timedelta(seconds=1))
    while await ledger.expire_lots(now()):
        pass
    assert await lots(shop, who) == [(300, 300)]
    await pay(shop.world, one)
    assert await lots(shop, who) == [(200, 200)]
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": two["id"], "idempotencyKey": key()},
    )
    assert await lots(shop, who) == [(200, 0)] and await ending(shopper) == []
    assert await take(shop, who, 1, now()) == ledger.Short(0)
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {}
    await sound(shop)


async def test_refunded_points_return_to_their_lots(shop: Shop) -> None:
    """B03, Q08, lessons *Refunds*: in two batches each lot gets back what came from it, the one that ends last first; where
    a lot has ended meanwhile the points live thirty days more."""
    shopper, admin = await shop.shopper(), await shop.admin()
    who = await member_of(shopper)
    await policy(shop, kind="rolling", months=1)
    await earn(shop, who, 1000, now() - timedelta(days=10))
    await policy(shop, kind="rolling", months=24)
    await earn(shop, who, 1500, now() - timedelta(days=5))
    order = await bought(shop, shopper, {"BEEF": 2}, done=True, tenders={"points": 2000})
    assert await lots(shop, who) == [(0, 0), (500, 0)]
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await lots(shop, who) == [(0, 0), (1500, 0)]
    await end_lot(shop, who, 0, now() - timedelta(seconds=1))
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await lots(shop, who) == [(0, 0), (1500, 0), (1000, 0)]
    last = (now().astimezone(SHANGHAI) + timedelta(days=RETURN_DAYS)).date()
    assert (await ending(shopper))[0] == (1000, f"1000 积分将于 {last.year}年{last.month}月{last.day}日 过期")
    assert (await account(shop, shopper))["points"] == 2500
    await sound(shop)


async def test_days_after_the_end_are_given_once(shop: Shop) -> None:
    """B03, Q08: points that were spent before their end and come back after it live thirty days more; spent in those days and given
    back again they end when those do, and after that they are gone with the refund: buying and giving back lengthens nothing."""
    shopper, admin = await shop.shopper(), await shop.admin()
    who = await member_of(shopper)
    await earn(shop, who, 1000, now() - timedelta(days=10))

    async def bought_and_given_back(ended: bool) -> list[int]:
        order = await bought(shop, shopper, {"BEEF": 1}, tenders={"points": 1000})
        assert order["dueFen"] == 3000
        if ended:
            for position in range(len(await lots(shop, who))):
                await end_lot(shop, who, position, now() - timedelta(seconds=1))
        assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
        return [round((e.expires_at - now()) / timedelta(days=1)) for e in await free(shop, who) if e.expires_at]

    assert await bought_and_given_back(ended=True) in ([30], [31])
    assert await bought_and_given_back(ended=False) in ([30], [31])  # back in the lot that the refund had opened
    assert await bought_and_given_back(ended=True) == [] and await points_free(shopper) == 0
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {"refund_due": 9000}
    await sound(shop)


async def test_what_is_withheld_is_there_though_its_days_are_over(shop: Shop) -> None:
    """Q08, O2: points that come back for the last time still pay what the same refund withholds of them."""
    shopper, admin = await shop.shopper(), await shop.admin()
    who = await member_of(shopper)
    await shop.promotion(
        {
            "type": "spend_gift",
            "scope": {"skus": ["BEEF"]},
            "tiers": [{"min": 3000, "gifts": [{"sku": "TOFU", "qty": 1}]}],
        }
    )
    await earn(shop, who, 4000, now() - timedelta(days=10))
    first = await bought(shop, shopper, {"BEEF": 1}, tenders={"points": 4000})
    await end_lot(shop, who, 0, now() - timedelta(seconds=1))
    await refund(admin, first, {"BEEF": 1, "TOFU": 1})
    again = await bought(shop, shopper, {"BEEF": 1}, tenders={"points": 4000})
    await end_lot(shop, who, 1, now() - timedelta(milliseconds=1))
    answer = await refund(admin, again, {"BEEF": 1})
    assert (answer["__typename"], answer["refunds"][0]["withheldFen"]) == ("Order", 900)
    assert await points_free(shopper) == 0
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {}
    await sound(shop)


async def free(shop: Shop, member: UUID) -> list[ledger.Ending]:
    return await ledger.points_ending(shop.merchant_id, ledger.member(member), now(), 9)


async def points_free(client: Client) -> int:
    return int((await client.run("{ benefitAccount { points } }"))["benefitAccount"]["points"])


async def test_claw_back_takes_the_lot_that_the_order_earned(shop: Shop) -> None:
    """B03, Q08: points that returned goods had earned are taken from the order's own lot, so that buying and giving back
    leaves no points that end later; what was spent of it is taken from what was earned first."""
    await shop.promotion({"type": "earn_points", "per_yuan": 10}, name="积分")
    shopper, admin = await shop.shopper(), await shop.admin()
    who = await member_of(shopper)
    await policy(shop, kind="rolling", months=1)
    await earn(shop, who, 300, now() - timedelta(days=9))
    await policy(shop, kind="rolling", months=24)
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    assert await lots(shop, who) == [(300, 0), (400, 0)]
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    assert await lots(shop, who) == [(300, 0), (0, 0)]
    again = await bought(shop, shopper, {"BEEF": 1}, done=True)
    assert isinstance(
        await take(shop, who, 350, now()), ledger.Moved
    )  # what ends first: all of the first lot, 50 of this
    assert await lots(shop, who) == [(0, 0), (0, 0), (350, 0)]
    await earn(shop, who, 100, now() - timedelta(days=8))
    assert (await refund(admin, again, {"BEEF": 1}))["__typename"] == "Order"
    assert [n for n, _ in await lots(shop, who) if n] == [50]
    await sound(shop)


async def test_activity_renews_idle_points(shop: Shop) -> None:
    """B03: under `idle` earning or spending renews all that is there; what we do does not, and nothing is shortened."""
    await policy(shop, kind="idle", months=6)
    who = new_id()
    await earn(shop, who, 100, BASE)
    at = BASE + timedelta(days=100)
    await earn(shop, who, 50, at, kind="welcome")

    async def ends() -> list[tuple[int, datetime | None]]:
        found = await ledger.points_ending(shop.merchant_id, ledger.member(who), at, 9)
        return [(e.points, e.expires_at) for e in found]

    def six_months(day: datetime) -> datetime:
        found = PointsPolicy("idle", 6).ends(day, "Asia/Shanghai")
        assert found is not None
        return found

    assert await ends() == [(100, six_months(BASE)), (50, six_months(at))]
    await take(shop, who, 10, at, kind="claw_back")
    assert await ends() == [(90, six_months(BASE)), (50, six_months(at))]
    await take(shop, who, 30, at + timedelta(days=20))
    assert await ends() == [(110, six_months(at + timedelta(days=20)))]
    await policy(shop, kind="idle", months=1)
    await earn(shop, who, 1, at + timedelta(days=20))
    assert [n for n, _ in await ends()] == [1, 110]  # the promise of six months stands
    assert isinstance(await take(shop, who, 111, at + timedelta(days=21)), ledger.Moved)
    assert await take(shop, who, 1, at + timedelta(days=21)) == ledger.Short(0)
    assert await invariants.violations(shop.merchant_id, "L") == []


async def test_bulk_expiry_beside_spending(shop: Shop) -> None:
    """B03, L2, L6: three schedules at once beside customers who spend and hold: each lot ends once, entries are numbered
    without a gap, and nothing is spent that had ended."""
    crowd = await people(shop, 60)
    await policy(shop, kind="rolling", months=1)
    for who in crowd:
        await earn(shop, who, 100, BASE)
        await earn(shop, who, 40, BASE + timedelta(days=30))
    at = BASE + timedelta(days=40)  # the first lot has ended, the second has not
    spent = await asyncio.gather(
        *(take(shop, who, 41, at) for who in crowd[:30]),
        *(take(shop, who, 40, at) for who in crowd[30:]),
        *(ledger.expire_lots(at, 25) for _ in range(3)),
    )
    assert spent[:30] == [ledger.Short(40)] * 30 and all(isinstance(s, ledger.Moved) for s in spent[30:60])
    while await ledger.expire_lots(at, 25):
        pass
    for n, who in enumerate(crowd):
        assert await lots(shop, who) == [(0, 0), (40 if n < 30 else 0, 0)]
    counted = await database.fetch(
        "SELECT a.version, count(*) AS n, max(e.sequence) AS last FROM accounts a JOIN entries e ON e.merchant_id = a.merchant_id AND e.account_id = a.id"
        " WHERE a.merchant_id = $1 GROUP BY a.id, a.version",
        shop.merchant_id,
    )
    assert all(row["version"] == row["n"] == row["last"] for row in counted)
    broken = await database.fetch(
        "SELECT 1 FROM (SELECT amount, balance_after, sum(amount) OVER (PARTITION BY account_id ORDER BY sequence) AS running FROM entries WHERE merchant_id = $1) e"
        " WHERE balance_after <> running",
        shop.merchant_id,
    )
    assert broken == []
    while await ledger.expire_lots(now()):  # by the real clock the second lots have ended too
        pass
    await sound(shop)


async def test_points_are_spent_by_one_of_many_orders(shop: Shop) -> None:
    """B02, O4, lessons *Limits*: one customer presses on six phones at once with the same 500 points: the points pay for one
    order, the others are told the price without them, and nothing of a refused order stays taken."""
    openid = f"o{key()}"
    phones = [await shop.shopper(openid) for _ in range(6)]
    who = await member_of(phones[0])
    await earn(shop, who, 200, now() - timedelta(days=2))
    await earn(shop, who, 300, now() - timedelta(days=1))
    tokens = [(await quote(p, {"BEEF": 1}, tenders={"points": 500}))["token"] for p in phones]
    answers = await asyncio.gather(
        *(place(p, {"BEEF": 1}, t, tenders={"points": 500}) for p, t in zip(phones, tokens, strict=True))
    )
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["PriceChanged"] * 5
    assert {a["quote"]["payableFen"] for a in answers if a["__typename"] == "PriceChanged"} == {4000}
    assert await lots(shop, who) == [(200, 200), (300, 300)]
    await sound(shop)


async def test_the_schedule_takes_points_off(shop: Shop) -> None:
    """B03, B07: the worker's job takes ended points off, and the account's live subscription shows it at once."""
    shopper = await shop.shopper()
    who = await member_of(shopper)
    await earn(shop, who, 70, now() - timedelta(days=9))
    await end_lot(shop, who, 0, now() + timedelta(seconds=1))
    async with shopper.subscribe(
        "subscription { benefitAccount { version points pointsEnding { points } } }"
    ) as frames:
        first = (await anext(frames))["benefitAccount"]
        assert first["points"] == 70 and first["pointsEnding"] == [{"points": 70}]
        await asyncio.sleep(1.05)
        assert await schedules.expire_points({}) >= 1
        async with asyncio.timeout(10):  # the earning itself may still be on its way too
            while (after := (await anext(frames))["benefitAccount"])["points"]:
                pass
    assert after["pointsEnding"] == []
    assert await schedules.expire_points({}) == 0
    await sound(shop)


async def test_planted_violations_of_lots_are_found(shop: Shop) -> None:
    """L6: a lot that does not add up, and one that has ended with points in it, are found."""
    who = new_id()
    await earn(shop, who, 100, now())
    assert await invariants.violations(shop.merchant_id, "L") == []
    await database.pool().execute("UPDATE lots SET remaining = 90 WHERE merchant_id = $1", shop.merchant_id)
    details = [v.detail for v in await invariants.violations(shop.merchant_id, "L") if v.rule == "L6"]
    assert len(details) == 2 and "lots 90" in details[0] and "parts" in details[1]
    await database.pool().execute(
        "UPDATE lots SET remaining = 100, expires_at = now() - interval '2 days' WHERE merchant_id = $1",
        shop.merchant_id,
    )
    assert ["ended at" in v.detail for v in await invariants.violations(shop.merchant_id, "L")] == [True]
    await database.pool().execute("UPDATE lots SET expires_at = NULL WHERE merchant_id = $1", shop.merchant_id)


async def test_balances_of_before_become_lots(servers: tuple[str, str, Path]) -> None:
    """Migrations are forward only: what a member had under 0007 lies in one lot that does not end, with what is held."""
    async with empty_database(servers[0]) as url:
        code = (
            "import asyncio; from tortoise import Tortoise; from tortoise.migrations.api.migrate import migrate;"
            " from backend.kit.database import tortoise_config;"
            f" asyncio.run(migrate(config=tortoise_config({url!r}), target='shuhui.0007_coupons'))"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        connection = await asyncpg.connect(url)
        m, hold = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
        await connection.execute(
            "INSERT INTO accounts (id, merchant_id, owner_kind, owner_id, unit, lower_bound, balance, held, version)"
            f" VALUES ('{m}', '{m}', 'member', '{m}', 'points', 0, 120, 50, 1), (gen_random_uuid(), '{m}', 'member', '{m}', 'balance', 0, 7, 0, 1)"
        )
        await connection.execute(
            "INSERT INTO holds (id, merchant_id, account_id, amount, posted, state, business_key, at)"
            f" VALUES ('{hold}', '{m}', '{m}', 50, 0, 'open', 'k', now()), (gen_random_uuid(), '{m}', '{m}', 9, 0, 'voided', 'v', now())"
        )
        await connection.close()
        await migrated(url)
        connection = await asyncpg.connect(url)
        assert [
            tuple(r.values()) for r in await connection.fetch("SELECT amount, remaining, held, expires_at FROM lots")
        ] == [(120, 120, 50, None)]
        assert [tuple(r.values()) for r in await connection.fetch("SELECT hold_id::text, amount FROM held_parts")] == [
            (hold, 50)
        ]
        assert await connection.fetchval("SELECT sum(amount) FROM lot_parts") == 120
        await connection.close()


async def test_policy_by_command(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """B03: `shuhui points-policy` shows and changes when points end; nonsense is refused."""
    monkeypatch.setenv("DATABASE_URL", shop.world.settings.database_url)
    monkeypatch.setenv("REDIS_URL", shop.world.settings.redis_url)

    def run(*args: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "backend.cli", "points-policy", "--merchant", shop.code, *args],
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().stdout == '{"kind": "never", "months": 12, "years": 0}\n'
    assert run("--kind", "idle", "--months", "6").stdout == '{"kind": "idle", "months": 6, "years": 0}\n'
    assert (
        await database.fetchval("SELECT points_policy->>'months' FROM merchants WHERE id = $1", shop.merchant_id) == "6"
    )
    assert run("--kind", "weekly").returncode == 2
    assert CliRunner().invoke(main, ["points-policy"]).exit_code == 2
