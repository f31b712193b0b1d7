"""What is promised and not yet had: points, balance, red packets, and coupons that nobody has used (B09, K13)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import coupons, ledger, orders
from backend.coupons.liability import COUNTED
from backend.coupons.liability_rules import MOST_DAYS, Counted, expected_of, liability, rate_of, value_of
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.ids import decode, encode
from backend.tests.conftest import Shop, claim, pay, place
from backend.tests.preselling import deposited, pass_time, place_rest, presale, reserve
from backend.tests.refunding import bought, grant, refund
from backend.tests.test_drops import TZ
from backend.tests.test_journal import cli
from backend.tests.test_sold_out import cancel

OWED = """{ liabilities { points pointsFen balanceFen redPacketFen depositFen deposits coupons { open earned unvalued mostFen expectedFen earnedExpectedFen
  templates { templateId name open locked earned redeemed expired voided basis valueFen rateBp mostFen expectedFen } days { day open mostFen expectedFen } } } }"""
TODAY = date(2026, 6, 18)
STATES = ("issued", "locked", "redeemed", "expired", "voided")


async def owed(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(OWED))["liabilities"]
    return found


@given(
    rows=st.lists(
        st.builds(
            lambda t, s, d, e, n: Counted(UUID(int=t), s, TODAY + timedelta(d) if s in ("issued", "locked") else None, e, n),
            st.integers(1, 4), st.sampled_from(STATES), st.integers(0, 2 * MOST_DAYS), st.booleans(), st.integers(1, 5000),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_templates_and_days_add_up_to_the_whole(rows: list[Counted]) -> None:
    """B09: by template and by day are the same coupons and the same fen, nothing is expected beyond the most, and the exact counts
    are what was counted."""
    worth = {UUID(int=n): (("unknown", 0) if n == 4 else ("face", n * 333)) for n in range(1, 5)}
    found = liability(rows, worth, TODAY)  # type: ignore[arg-type]
    assert found.open == sum(r.coupons for r in rows if r.day is not None) == sum(d.open for d in found.days)
    assert found.most == sum(d.most for d in found.days) == sum(t.most for t in found.templates)
    assert found.expected == sum(d.expected for d in found.days) == sum(t.expected for t in found.templates)
    assert 0 <= found.expected <= found.most and found.unvalued <= found.open
    assert all(d.day is None or (d.day - TODAY).days < MOST_DAYS for d in found.days)


def test_what_a_coupon_may_cost() -> None:
    """B09, K13: face, cap, cost; of what nobody can say it has no value and is counted apart."""
    cases: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({"off": {"min": 0, "off": 500}}, ("face", 500)),
        ({"percent": {"min": 0, "pay_bp": 8000, "max_off": 900}}, ("cap", 900)),
        ({"percent": {"min": 0, "pay_bp": 8000}}, ("unknown", 0)),
        ({"exchange": {"sku": "TOFU"}}, ("cost", 300)),
        ({"exchange": {"sku": "GONE"}}, ("unknown", 0)),
        ({"shipping": {"min": 0, "off": 400}}, ("face", 400)),
        ({"shipping": {"min": 0, "free": True}}, ("unknown", 0)),
    ]
    assert [value_of(content, {"TOFU": 300}) for content, _ in cases] == [wanted for _, wanted in cases]
    with pytest.raises(ValueError, match="unknown content"):
        value_of({"magic": {}}, {})
    assert (rate_of(29, 0), rate_of(10, 20), rate_of(0, 30)) == (None, 3333, 0)
    assert (expected_of(7, 500, None), expected_of(7, 500, 3333), expected_of(7, 500, 0)) == (3500, 1167, 0)


async def test_what_is_promised_and_not_yet_had(shop: Shop) -> None:
    """B09, K13: coupons claimed, held by an order, used, ended and voided are counted exactly; what is open is valued by its face,
    by day; beside it points, balance and red packets as members have them; the command line says the same."""
    finance, shopper, other = await shop.staff("finance"), await shop.shopper(), await shop.shopper()
    assert (await owed(finance))["coupons"]["open"] == 0
    drop = await shop.drop(off=500, per_member=9)
    ids = [(await claim(shopper, drop))["id"] for _ in range(5)]
    await bought(shop, shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [ids[0]]})
    held = await place(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [ids[1]]})
    assert held["__typename"] == "Order"
    await (await shop.admin()).run(
        "mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename } }",
        i={"couponId": ids[2], "reason": "发错了", "idempotencyKey": key()},
    )
    ended = decode("cpn", ids[3])  # the schedule has not come by
    await database.pool().execute(
        "UPDATE coupons SET valid_from = now() - interval '3 days', expires_at = now() - interval '1 minute' WHERE merchant_id = $1 AND id = $2",
        shop.merchant_id,
        ended,
    )
    gift = await shop.drop(content={"kind": "EXCHANGE", "sku": "TOFU"})
    await claim(other, gift)
    free = await shop.drop(content={"kind": "SHIPPING"})
    await claim(other, free)
    await grant(shop, other, "points", 300)
    await grant(shop, other, "balance", 900)
    found = await owed(finance)
    assert (found["points"], found["pointsFen"], found["balanceFen"], found["redPacketFen"]) == (300, 300, 900, 0)
    its = found["coupons"]
    assert (its["open"], its["unvalued"], its["mostFen"], its["expectedFen"]) == (4, 1, 1300, 1300)
    (cash,) = [t for t in its["templates"] if t["basis"] == "FACE"]
    assert [cash[k] for k in ("open", "locked", "redeemed", "expired", "voided", "valueFen", "rateBp", "mostFen")] == [
        2, 1, 1, 1, 1, 500, None, 1000,
    ]  # fmt: skip
    assert {t["basis"]: t["mostFen"] for t in its["templates"]} == {"FACE": 1000, "COST": 300, "UNKNOWN": 0}
    assert sum(d["open"] for d in its["days"]) == 4 and len(its["days"]) == 1
    done = cli(shop, "liabilities", "--merchant", shop.code, "--format", "json")
    told = json.loads(done.stdout)
    assert (told["points"], told["balance"], told["coupons"]["open"], told["coupons"]["most"]) == (300, 900, 4, 1300)
    assert (
        "未使用的券  4 张（订单返券 0 张，无法估值 1 张），最多 1300 分"
        in cli(shop, "liabilities", "--merchant", shop.code).stdout
    )
    assert cli(shop, "liabilities", "--merchant", "nobody").returncode == 2


async def test_coupons_earned_with_orders_are_said_apart(shop: Shop) -> None:
    """B09: 财会〔2017〕22号 looks at what a customer has paid for: a coupon granted for an order is counted among the open and by
    itself."""
    finance, shopper = await shop.staff("finance"), await shop.shopper()
    drop = await shop.drop(off=500)
    template = await database.fetchval(
        "SELECT template_id FROM coupon_drops WHERE merchant_id = $1 AND id = $2", shop.merchant_id, decode("drp", drop)
    )
    await shop.promotion({"type": "earn_coupon", "min": 1000, "template": encode("tpl", template), "value": 500})
    await claim(shopper, drop)
    await bought(shop, shopper, {"BEEF": 1}, done=True, coupons={"mode": "NONE"})
    its = (await owed(finance))["coupons"]
    assert (its["open"], its["earned"], its["mostFen"], its["earnedExpectedFen"]) == (2, 1, 1000, 500)


async def test_deposits_are_owed_until_they_end(shop: Shop) -> None:
    """B09, Q09: a deposit is owed from its payment until it is used, kept or returned, as the journal has it."""
    finance, shopper = await shop.staff("finance"), await shop.shopper()
    promotion = await presale(shop)
    await reserve(shopper, promotion, {"TRIPE": 1}, 1000)  # not paid
    made = await deposited(shop, shopper, promotion, {"TRIPE": 2}, 2000)
    found = await owed(finance)
    assert (found["depositFen"], found["deposits"]) == (2000, 1)
    told = json.loads(cli(shop, "liabilities", "--merchant", shop.code, "--format", "json").stdout)
    assert (told["deposit_fen"], told["deposits"]) == (2000, 1)
    await pass_time(shop, made)
    await pay(shop.world, await place_rest(shopper, made))
    found = await owed(finance)
    assert (found["depositFen"], found["deposits"]) == (0, 0)


AT = """query($d: Date) { liabilities(day: $d) { asOf points balanceFen depositFen deposits coupons { open earned unvalued mostFen expectedFen
  templates { templateId open locked redeemed expired voided } } } }"""


async def test_a_past_moment_is_what_was_told_then(shop: Shop) -> None:
    """B09: what is owed is told for a past moment from what was written down then: after each step of a shop's life (claimed, held, used,
    brought back, voided, expired, points given and spent, deposits) exactly what was told at that moment is told of it later."""
    finance, admin, shopper = await shop.staff("finance"), await shop.admin(), await shop.shopper()
    told: list[tuple[datetime, dict[str, Any]]] = []

    async def noted() -> None:
        at = now()
        found = (await coupons.owed(shop.merchant_id, at)).coupons
        its = [replace(t, value=0) for t in sorted(found.templates, key=lambda t: t.template_id)]
        held = await ledger.liabilities(shop.merchant_id)
        deposits = await orders.presales.deposits_held(shop.merchant_id)
        told.append((at, {"templates": its, "held": {k: v for k, v in held.items() if v}, "deposits": deposits}))

    await noted()
    drop = await shop.drop(off=500, per_member=9)
    ids = [(await claim(shopper, drop))["id"] for _ in range(5)]
    await grant(shop, shopper, "points", 300)
    await noted()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, coupons={"mode": "FIXED", "ids": [ids[0]]})
    await noted()
    held = await place(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [ids[1]]}, tenders={"points": 200})
    assert held["__typename"] == "Order", held
    await noted()
    await cancel(shopper, held)
    await noted()
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    await noted()
    await admin.run(
        "mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename } }",
        i={"couponId": ids[2], "reason": "发错了", "idempotencyKey": key()},
    )
    await noted()
    made = await deposited(shop, shopper, await presale(shop), {"TRIPE": 1}, 1000)
    await noted()
    await pass_time(shop, made)
    await pay(shop.world, await place_rest(shopper, made))
    await noted()
    assert all(one != after for (_, one), (_, after) in pairwise(told))  # each step moved something
    for at, what in told:
        found = (await coupons.owed(shop.merchant_id, at, then=True)).coupons
        assert [replace(t, value=0) for t in sorted(found.templates, key=lambda t: t.template_id)] == what["templates"]
        there = await ledger.liabilities(shop.merchant_id, at)
        assert {k: v for k, v in there.items() if v} == what["held"]
        assert await orders.presales.deposits_held(shop.merchant_id, at) == what["deposits"]
    seen = (await finance.run(AT, d=None))["liabilities"]
    today = local_day(now(), TZ)
    assert {k: v for k, v in (await finance.run(AT, d=str(today)))["liabilities"].items() if k != "asOf"} == {
        k: v for k, v in seen.items() if k != "asOf"
    }  # it is not over


async def test_yesterday_and_days_that_cannot_be(shop: Shop) -> None:
    """B09: yesterday had nothing; the first and the last day that can be written are told as well; the journal of a day has its coupons
    as a memorandum, `shuhui liabilities --day` says the same; what is no day is refused."""
    finance, shopper = await shop.staff("finance"), await shop.shopper()
    await claim(shopper, await shop.drop(off=500))
    await grant(shop, shopper, "points", 300)
    today = local_day(now(), TZ)
    for day in (today - timedelta(days=1), date.min):
        found = (await finance.run(AT, d=str(day)))["liabilities"]
        assert (found["points"], found["coupons"]["open"], found["coupons"]["mostFen"]) == (0, 0, 0)
    assert (await finance.run(AT, d=str(date.max)))["liabilities"]["coupons"]["open"] == 1
    for day, unused in ((today - timedelta(days=1), 0), (today, 1)):
        booked = json.loads(cli(shop, "journal", "--merchant", shop.code, "--day", str(day), "--format", "json").stdout)
        assert (booked["memorandum"]["coupons_open"], booked["memorandum"]["most_fen"]) == (unused, 500 * unused)
        written = cli(shop, "journal", "--merchant", shop.code, "--day", str(day))
        assert written.returncode == 0 and f"备忘：未使用的券 {unused} 张" in written.stderr
        asked = cli(shop, "liabilities", "--merchant", shop.code, "--day", str(day), "--format", "json")
        assert json.loads(asked.stdout)["coupons"]["open"] == unused
    assert cli(shop, "liabilities", "--merchant", shop.code, "--day", "18.6.").returncode == 2


async def test_who_may_read_liabilities(shop: Shop) -> None:
    """B09, T09: finance, auditor and administrator; a supplier and marketing may not."""
    for role in ("finance", "auditor", "admin"):
        assert (await owed(await shop.staff(role)))["points"] == 0
    for role in ("supplier", "marketing", "cashier"):
        with pytest.raises(GraphQLFailed, match="权限"):
            await owed(await shop.staff(role))


async def test_a_merchant_reads_its_own_coupons_alone(shop: Shop) -> None:
    """B09, K13: of a table that many merchants share, the one query finds its merchant's rows by an index; a merchant that has most of
    it reads it through (measured: docs/decisions/0023)."""
    await claim(await shop.shopper(), await shop.drop())
    async with database.pool().acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = [r[0] for r in await connection.fetch(f"EXPLAIN {COUNTED}", shop.merchant_id, now(), "Asia/Shanghai")]
    assert any("Index Cond: (merchant_id = " in line for line in plan), plan
