"""Who bears a discount (B09, O7): shares of suppliers, split to the fen, booked with the order and taken back with its refunds."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import invariants, merchants
from backend.demo.client import Client, GraphQLFailed, key
from backend.invariants.orders import COUPONS_GIVEN_BACK
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.offers.bearing_rules import MERCHANT, WHOLE, Share, parse, split, up_to
from backend.tests.conftest import PASSWORD, Shop, claim, pay, place, stays
from backend.tests.preselling import deposited, pass_time, place_rest, presale
from backend.tests.refunding import bought, refund
from backend.tests.test_drops import attempt, make
from backend.tests.test_journal import cli, exported, totals

SEA, TAVERN = "蜀海食品", "豆花坊"
HALF = [{"who": "merchant", "bp": 2000}, {"who": "sku_supplier", "bp": 5000}, {"who": "supplier", "supplier": TAVERN, "bp": 3000}]  # fmt: skip
STATEMENT = """query($since: Date, $until: Date, $supplier: String) { supplierStatement(since: $since, until: $until, supplier: $supplier) {
  __typename ... on SupplierStatement { borneFen backFen netFen days { day supplier borneFen backFen netFen }
    modes { supplier level mode modeName netFen } csv } ... on StatementSpanInvalid { mostDays message } ... on StatementNotYours { message } } }"""
BORNE = (
    "query($id: ID!) { storeOrder(id: $id) { order { borne { offerId level modeName supplier borneFen backFen } } } }"
)


@st.composite
def shares(draw: st.DrawFn) -> tuple[Share, ...]:
    """Up to six bearers whose shares make the whole."""
    names = draw(st.lists(st.sampled_from(["merchant", "sku_supplier", "a", "b", "c", "d"]), min_size=1, unique=True))
    cuts = sorted(
        draw(st.lists(st.integers(1, WHOLE - 1), min_size=len(names) - 1, max_size=len(names) - 1, unique=True))
    )
    ends = [0, *cuts, WHOLE]
    return tuple(
        Share(name, ends[n + 1] - ends[n])
        if name in ("merchant", "sku_supplier")
        else Share("supplier", ends[n + 1] - ends[n], name)  # type: ignore[arg-type]
        for n, name in enumerate(names)
    )


@given(fen=st.integers(0, 10**9), given=shares(), supplier=st.sampled_from(["", "a", "z"]))
def test_a_discount_is_split_to_the_fen(fen: int, given: tuple[Share, ...], supplier: str) -> None:
    """B09: the parts add up to the discount, and each is its share rounded down or up."""
    parts = split(fen, given, supplier)
    assert sum(parts.values()) == fen and all(part > 0 for part in parts.values())
    weight: dict[str, int] = {}
    for s in given:
        name = {"merchant": MERCHANT, "sku_supplier": supplier}.get(s.who, s.supplier)
        weight[name] = weight.get(name, 0) + s.bp
    for name, bp in weight.items():
        assert fen * bp // WHOLE <= parts.get(name, 0) <= -(-fen * bp // WHOLE)


@given(
    fen=st.integers(1, 5000),
    given=shares(),
    units=st.integers(1, 12),
    returns=st.lists(st.integers(1, 4), max_size=12),
)
def test_whatever_returns_in_whatever_parts_nobody_bears_anything_in_the_end(
    fen: int, given: tuple[Share, ...], units: int, returns: list[int]
) -> None:
    """B09: what batches take back of each part is never less than nothing, adds up to what they take back of the discount, and
    is the whole part once all units are back."""
    parts, gone, kept = split(fen, given, "z"), 0, dict[str, int]()
    for wished in [*returns, units]:
        n = min(wished, units - gone)
        was, now_ = fen * gone // units, fen * (gone + n) // units
        before, after = up_to(parts, was), up_to(parts, now_)
        batch = {name: after[name] - before[name] for name in parts}
        assert all(part >= 0 for part in batch.values()) and sum(batch.values()) == now_ - was
        kept = {name: kept.get(name, 0) + part for name, part in batch.items()}
        gone += n
    assert kept == parts


def test_largest_remainder_alone_would_give_back_what_nobody_had_paid() -> None:
    """B09: why refunds do not split anew: with shares of 47, 47 and 6 % a discount of 11 fen gives the last 1, one of 12
    none. What has come back of a part never falls."""
    by = (Share("supplier", 4700, "a"), Share("supplier", 4700, "b"), Share("supplier", 600, "c"))
    falls = [n for n in range(200) if any(split(n + 1, by, "").get(x, 0) < split(n, by, "").get(x, 0) for x in "abc")]
    assert falls
    parts = split(200, by, "")
    for n in range(200):
        assert all(up_to(parts, n)[x] <= up_to(parts, n + 1)[x] for x in "abc")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("all", "须是列表"),
        ([{"who": "merchant", "bp": 5000}], "合计 100%，现在是 50%"),
        ([{"who": "merchant", "bp": 5000}, {"who": "merchant", "bp": 5000}], "同一方只能写一次"),
        ([{"who": "bank", "bp": 10000}], "须是商家"),
        ([{"who": "merchant", "bp": True}], "比例须大于"),
        ([{"who": "merchant", "bp": 10000, "name": "x"}], "没有这个字段"),
        ([{"who": "supplier", "bp": 10000}], "请选择供应商"),
        ([{"who": "merchant", "bp": 10000, "supplier": "x"}], "只有「指定供应商」"),
        ([{"who": "merchant", "bp": 1}] * 7, "最多 6 方"),
    ],
)
def test_malformed_shares_are_named(value: object, fault: str) -> None:
    """B09: every fault has its words."""
    found, faults = parse(value, "bearing")
    assert found == () and any(fault in f.message for f in faults), faults


@pytest.fixture
async def supplied(shop: Shop) -> Shop:
    """Everything of the sea is supplied by one, tofu by another; nobody knows who supplies tripe."""
    for supplier, skus in ((SEA, ["BEEF", "SHRIMP"]), (TAVERN, ["TOFU"])):
        await database.pool().execute(
            "UPDATE products SET supplier = $2 WHERE merchant_id = $1 AND sku = ANY($3)",
            shop.merchant_id,
            supplier,
            skus,
        )
    return shop


async def of_supplier(shop: Shop, supplier: str) -> Client:
    """Somebody of a supplier, logged in."""
    name = f"s-{key()[:12]}"
    await merchants.add_staff(shop.merchant_id, name, name, PASSWORD, ("supplier",), supplier=supplier)
    client = shop.client()
    assert (await client.log_in_staff(name, PASSWORD))["__typename"] == "Session"
    return client


async def statement(client: Client, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(STATEMENT, **more))["supplierStatement"]
    return found


async def borne(client: Client, order: dict[str, Any]) -> Any:
    found = (await client.run(BORNE, id=order["id"]))["storeOrder"]["order"]["borne"]
    return found and [(b["supplier"], b["borneFen"], b["backFen"]) for b in found]


async def refused(shop: Shop, offer: dict[str, Any]) -> list[dict[str, str]]:
    admin = await shop.admin()
    at = now()
    answer = (
        await admin.run(
            "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on InvalidInput { problems { path message } } } }",
            i={
                "name": "活动",
                "startsAt": at.isoformat(),
                "endsAt": (at + timedelta(hours=1)).isoformat(),
                "offers": [offer],
                "idempotencyKey": key(),
            },
        )
    )["createPromotion"]
    assert answer["__typename"] == "InvalidInput", answer
    found: list[dict[str, str]] = answer["problems"]
    return found


async def test_each_line_books_who_bears_what(supplied: Shop) -> None:
    """B09, O7: 10.01 off beef and 5.00 off tripe: the article's supplier bears half, a named one 30 %, and the merchant the rest
    and what nobody is known to supply; the statement, the order, the journal and the command line say the same."""
    shop = supplied
    off = {"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 1001, "bearing": HALF}
    made = await shop.promotion(off, name="共担")
    await shop.promotion({**off, "scope": {"skus": ["TRIPE"]}, "off": 500}, name="毛肚")
    shopper, finance = await shop.shopper(), await shop.staff("finance")
    order = await bought(shop, shopper, {"BEEF": 1, "TRIPE": 1})
    assert Counter(await borne(finance, order)) == Counter(
        [(None, 200, 0), (SEA, 501, 0), (TAVERN, 300, 0), (None, 350, 0), (TAVERN, 150, 0)]
    )
    found = await statement(finance)
    today = local_day(now(), "Asia/Shanghai").isoformat()
    assert (found["borneFen"], found["backFen"], found["netFen"]) == (951, 0, 951)
    assert {(d["day"], d["supplier"], d["netFen"]) for d in found["days"]} == {(today, SEA, 501), (today, TAVERN, 450)}
    assert {(m["supplier"], m["level"], m["mode"], m["modeName"]) for m in found["modes"]} == {
        (SEA, "LINE", "amount_off", "直降"), (TAVERN, "LINE", "amount_off", "直降"),
    }  # fmt: skip
    day = exported(shop)
    assert totals(day)["supplier_receivable"] == 951 == -totals(day)["supplier_share"]
    assert {c["what"]: (c["journal"], c["orders"]) for c in day["checks"]}["borne by suppliers"] == (951, 951)
    beef = next(s for s in day["skus"] if s["sku"] == "BEEF")
    assert (beef["discount_fen"], beef["supplier_fen"], beef["gross_profit_fen"]) == (
        1001,
        801,
        4000 - 1001 + 801 - 1500,
    )
    done = cli(shop, "suppliers", "--merchant", shop.code, "--since", today, "--until", today)
    assert done.returncode == 0 and done.stdout == found["csv"].replace("\r\n", "\n"), done.stderr
    rows = list(csv.DictReader(io.StringIO(found["csv"])))
    assert sum(int(r["net_fen"]) for r in rows) == 951 and {r["offer_name"] for r in rows} == {"共担", "毛肚"}
    # a shopper sees the rule and not who bears it
    seen = (
        await shopper.run(
            "query($id: ID!) { promotion(id: $id) { offers { definition bearing { who supplier bp } } } }",
            id=made["id"],
        )
    )["promotion"]["offers"][0]
    assert seen["bearing"] is None and "bearing" not in seen["definition"]
    assert await invariants.violations(shop.merchant_id) == []


async def test_a_supplier_sees_its_own_alone(supplied: Shop) -> None:
    """B09, T09: a supplier's statement has its own shares; asking for another's is refused, as is asking without being
    anybody's; who may not see shares does not see them at an order."""
    shop = supplied
    await shop.promotion({"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 1001, "bearing": HALF})
    order = await bought(shop, await shop.shopper(), {"BEEF": 1})
    sea = await of_supplier(shop, SEA)
    found = await statement(sea)
    assert found["netFen"] == 501 and {d["supplier"] for d in found["days"]} == {SEA} and TAVERN not in found["csv"]
    assert (await statement(sea, supplier=SEA))["netFen"] == 501
    for who, more, words in (
        (sea, {"supplier": TAVERN}, "只能看自己"),
        (await shop.staff("supplier"), {}, "没有关联供应商"),
    ):
        answer = await statement(who, **more)
        assert answer["__typename"] == "StatementNotYours" and words in answer["message"]
    with pytest.raises(GraphQLFailed, match="权限"):
        await statement(await shop.staff("marketing"))
    assert await borne(await shop.staff("cashier"), order) is None
    with pytest.raises(GraphQLFailed, match="权限"):  # an order has the customer in it
        await borne(sea, order)


async def test_a_coupon_that_a_part_refund_gives_back_is_borne_by_nobody(supplied: Shop) -> None:
    """B09, Q08, O7: the supplier bears all of a coupon of 8.00; the part refund that gives it back takes all of it from the
    customer, so that the supplier owes nothing, until the coupon is used again: 8.00, once. The rest of the first order changes
    nothing of it. A share that stays on what is kept is seen by O7."""
    rule = {"returnPolicy": "BELOW", "content": {"kind": "OFF", "offFen": 800, "minFen": 8000}}
    made, shopper, admin = await make(supplied, **rule), await supplied.shopper(), await supplied.admin()
    finance = await supplied.staff("finance")
    await database.pool().execute(
        "UPDATE coupon_templates SET bearing = $2::jsonb WHERE merchant_id = $1",
        supplied.merchant_id,
        [Share("supplier", WHOLE, TAVERN).to_json()],
    )
    got = await attempt(shopper, made["id"])
    choice = {"mode": "FIXED", "ids": [got["id"]]}
    order = await place(shopper, {"BEEF": 2, "TRIPE": 1}, coupons=choice)
    await pay(supplied.world, order)
    assert (await statement(finance))["netFen"] == 800
    tripe = await database.fetchval(
        "SELECT list_fen FROM products WHERE merchant_id = $1 AND sku = 'TRIPE'", supplied.merchant_id
    )
    units = {"BEEF": 1, "TRIPE": 1}
    done = await refund(admin, order, units)
    assert done["refundedFen"] == 4000 + tripe - 800
    assert (await statement(finance))["netFen"] == 0
    assert all(was == back for _, was, back in await borne(finance, order))
    booked = "SELECT coalesce(sum(l.fen), 0)::bigint FROM journal_lines l WHERE merchant_id = $1 AND account = $2"
    for account in ("discount", "refund_difference", "supplier_receivable"):
        assert await database.fetchval(booked, supplied.merchant_id, account) == 0, account
    again = await place(shopper, {"BEEF": 2}, coupons=choice)
    assert again["payableFen"] == 7200
    await pay(supplied.world, again)
    assert (await statement(finance))["netFen"] == 800
    assert (await refund(admin, order, {"BEEF": 1}))["refundedFen"] == order["payableFen"]
    assert (await statement(finance))["netFen"] == 800
    assert await invariants.violations(supplied.merchant_id, "O2", "O7") == []
    assert totals(exported(supplied))["supplier_receivable"] == 800
    async with supplied.world.owner.acquire() as connection:
        for accounts in (["supplier_receivable", "supplier_share"], ["discount"]):
            planting = connection.transaction()
            await planting.start()
            try:
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute(PLANTED, supplied.merchant_id, accounts)
                looked = await connection.fetch(COUPONS_GIVEN_BACK, supplied.merchant_id)
                found = [row["wrong"] for row in looked if row["wrong"]]
                assert len(found) == 1 and "still has" in found[0]
            finally:
                await planting.rollback()


PLANTED = """UPDATE journal_lines l SET fen = l.fen - sign(l.fen) FROM journal_entries e WHERE e.id = l.entry_id AND e.merchant_id = $1
  AND e.kind = 'refund' AND l.account = ANY($2) AND l.fen <> 0 AND starts_with(l.offer, 'cpn_')"""


async def test_refunds_take_back_what_the_units_bore(supplied: Shop) -> None:
    """B09, O7: three of three units come back one by one: each batch takes back a part of what suppliers bear, in the order's
    own transaction, and nobody bears anything in the end; journal and `shuhui verify-ledger` agree all the way."""
    shop = supplied
    await shop.promotion(
        {"type": "spend_off", "scope": {"all": True}, "tiers": [{"min": 1000, "off": 1000}], "bearing": HALF}
    )
    shopper, clerk, finance = await shop.shopper(), await shop.staff("admin"), await shop.staff("finance")
    order = await bought(shop, shopper, {"BEEF": 3, "TRIPE": 1})
    sold = await statement(finance)
    nets = [sold["netFen"]]
    for units in ({"BEEF": 1}, {"BEEF": 1, "TRIPE": 1}, {"BEEF": 1}):
        assert (await refund(clerk, order, units))["__typename"] == "Order"
        nets.append((await statement(finance))["netFen"])
        assert await invariants.violations(shop.merchant_id, "O2", "O7") == []
    assert nets[0] == 1000 - sum(b for who, b, _ in await borne(finance, order) if who is None) > 0
    assert nets == sorted(nets, reverse=True) and nets[-1] == 0 and len(set(nets)) == 4
    assert all(was == back for _, was, back in await borne(finance, order))
    assert totals(exported(shop)).get("supplier_receivable", 0) == 0
    assert cli(shop, "verify-ledger", "--merchant", shop.code).returncode == 0


async def test_coupons_and_shipping_have_bearers_too(supplied: Shop) -> None:
    """B09, K01: a coupon's discount is borne as its template says; shipping by named suppliers alone."""
    shop = supplied
    drop = await shop.drop(off=700, bearing=[{"who": "SKU_SUPPLIER", "bp": 5000}, {"who": "MERCHANT", "bp": 5000}])
    to_tavern = [{"who": "supplier", "supplier": TAVERN, "bp": 10000}]
    await shop.promotion({"type": "shipping", "min": 100, "off": 400, "bearing": to_tavern})
    shopper, finance = await shop.shopper(), await shop.staff("finance")
    await claim(shopper, drop)
    order = await bought(shop, shopper, {"BEEF": 1, "TRIPE": 1}, delivery="DELIVERY")
    # of 7.00 two belong to beef (40 of 140), of which the supplier bears half
    assert set(await borne(finance, order)) == {(None, 600, 0), (SEA, 100, 0), (TAVERN, 400, 0)}
    found = await statement(finance)
    assert {(m["supplier"], m["mode"], m["modeName"], m["netFen"]) for m in found["modes"]} == {
        (SEA, "coupon_off", "满减券", 100),
        (TAVERN, "shipping", "运费优惠", 400),
    }
    template = (
        await (await shop.admin()).run(
            "query($id: ID!) { couponDrop(id: $id) { drop { template { bearing { who supplier bp } } } } }", id=drop
        )
    )["couponDrop"]["drop"]["template"]
    assert template["bearing"] == [
        {"who": "SKU_SUPPLIER", "supplier": None, "bp": 5000}, {"who": "MERCHANT", "supplier": None, "bp": 5000},
    ]  # fmt: skip
    assert (await refund(await shop.admin(), order, {"BEEF": 1, "TRIPE": 1}))["__typename"] == "Order"
    assert (await statement(finance))["netFen"] == 0
    assert await invariants.violations(shop.merchant_id, "O7") == []


async def test_an_order_keeps_who_bore_its_discounts(supplied: Shop) -> None:
    """B09: placed under one version, paid under none, of an article that another supplies by then: booked as it was promised.
    An order that was cancelled books nothing."""
    shop = supplied
    made = await shop.promotion({"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 1000, "bearing": HALF})
    shopper, finance = await shop.shopper(), await shop.staff("finance")
    order, dropped = await place(shopper, {"BEEF": 1}), await place(shopper, {"BEEF": 1})
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": made["id"], "idempotencyKey": key()},
    )
    await database.pool().execute(
        "UPDATE products SET supplier = '新来的' WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id
    )
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": dropped["id"], "idempotencyKey": key()},
    )
    assert (await statement(finance))["borneFen"] == 0 and await borne(finance, order) == []
    await pay(shop.world, order)
    assert await borne(finance, order) == [(None, 200, 0), (SEA, 500, 0), (TAVERN, 300, 0)]
    assert await borne(finance, dropped) == [] and (await statement(finance))["borneFen"] == 800


async def test_the_promise_of_a_pre_sale_is_borne_as_it_was_made(supplied: Shop) -> None:
    """B09, Q09: the promotion of a deposit is ended before its rest is paid: what was promised is borne by whom it named then."""
    shop = supplied
    shopper, finance = await shop.shopper(), await shop.staff("finance")
    promotion = await presale(shop, bearing=HALF)
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await (await shop.admin()).run(
        "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }",
        i={"promotionId": promotion["id"], "idempotencyKey": key()},
    )
    await pass_time(shop, made)
    order = await place_rest(shopper, made)
    assert order["__typename"] == "Order", order
    await pay(shop.world, order)
    assert await borne(finance, order) == [(None, 700, 0), (TAVERN, 300, 0)]  # nobody is known to supply it
    assert await invariants.violations(shop.merchant_id, "O7") == []


async def test_shares_are_immutable_with_their_version(supplied: Shop) -> None:
    """B09: no statement of the application changes who bears a version."""
    await supplied.promotion({"type": "amount_off", "scope": {"all": True}, "off": 100, "bearing": HALF})
    change = "UPDATE offer_versions SET bearing = '[]' WHERE merchant_id = $1"
    await stays(supplied.world, change, supplied.merchant_id, said="immutable")


async def test_bad_shares_are_refused_and_nothing_is_made(supplied: Shop) -> None:
    """B09: shares that are not the whole, an unknown supplier, gifts, points and shipping without an article: each refused with
    its place; no promotion is there."""
    shop, rule = supplied, {"type": "amount_off", "scope": {"all": True}, "off": 100}
    for bearing, path in (
        (HALF[:2], "offers[0].bearing"),
        ([{"who": "supplier", "supplier": "没有这家", "bp": 10000}], "offers[0].bearing[0].supplier"),
    ):
        assert [p["path"] for p in await refused(shop, {**rule, "bearing": bearing})] == [path]
    whole = [{"who": "sku_supplier", "bp": 10000}]
    for offer in ({"type": "earn_points", "per_yuan": 1}, {"type": "shipping", "min": 1, "off": 1}):
        assert [p["path"] for p in await refused(shop, {**offer, "bearing": whole})] == ["offers[0].bearing"]
    answer = (
        await (await shop.admin()).run(
            "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename ... on InvalidInput { problems { path } } } }",
            i={
                "name": "券",
                "content": {"kind": "OFF", "offFen": 100},
                "validHours": 1,
                "bearing": [{"who": "SUPPLIER", "supplier": "没有这家", "bp": 10000}],
                "idempotencyKey": key(),
            },
        )
    )["createCouponTemplate"]
    assert answer == {"__typename": "InvalidInput", "problems": [{"path": "bearing[0].supplier"}]}
    for table in ("promotions", "coupon_templates"):
        assert await database.fetchval(f"SELECT count(*) FROM {table} WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_the_statement_is_bounded_and_no_formula(supplied: Shop) -> None:
    """B09: a supplier called =1+1 is a text in the file; a year is too long for one statement, on the screen and on the command
    line; a day that is none and a merchant that is not there are said."""
    shop = supplied
    await database.pool().execute(
        "UPDATE products SET supplier = '=1+1' WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id
    )
    await shop.promotion(
        {
            "type": "amount_off",
            "scope": {"skus": ["BEEF"]},
            "off": 100,
            "bearing": [{"who": "sku_supplier", "bp": 10000}],
        },
        name="@活动",
    )
    await bought(shop, await shop.shopper(), {"BEEF": 1})
    finance = await shop.staff("finance")
    (row,) = csv.DictReader(io.StringIO((await statement(finance))["csv"]))
    assert (row["supplier"], row["offer_name"], row["net_fen"]) == ("'=1+1", "'@活动", "100")
    for since, until in (("2026-01-01", "2026-12-31"), ("2026-06-02", "2026-06-01")):
        answer = await statement(finance, since=since, until=until)
        assert (answer["__typename"], answer["mostDays"]) == ("StatementSpanInvalid", 92)
        assert cli(shop, "suppliers", "--merchant", shop.code, "--since", since, "--until", until).returncode == 2
    assert (
        cli(shop, "suppliers", "--merchant", shop.code, "--since", "gestern", "--until", "2026-06-01").returncode == 2
    )
    assert (
        cli(shop, "suppliers", "--merchant", "nobody", "--since", "2026-06-01", "--until", "2026-06-01").returncode == 2
    )
    today = local_day(now(), "Asia/Shanghai").isoformat()
    done = cli(shop, "suppliers", "--merchant", shop.code, "--since", today, "--until", today, "--supplier", "=1+1", "--format", "json")  # fmt: skip
    assert json.loads(done.stdout)["borne_fen"] == 100


async def test_suppliers_are_those_of_the_catalogue(supplied: Shop) -> None:
    """B09: the form offers who supplies active goods, most goods first."""
    found = (await (await supplied.admin()).run("{ suppliers { name goods } }"))["suppliers"]
    assert found == [{"name": SEA, "goods": 2}, {"name": TAVERN, "goods": 1}]
