"""P07: offers for named customers and on days of the month 会员日, from the console's input to the shopper's price."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.demo.client import GraphQLFailed
from backend.kit.clock import local_day, now
from backend.tests.conftest import Shop, make_shop, place, quote
from backend.tests.pricing.build import basket, case, goods
from backend.tests.test_kit import shuhui
from backend.tests.test_promotions import create

OFFERS = "query($id: ID!) { promotion(id: $id) { offers { sentence definition } } }"


async def me(client: Any) -> tuple[str, str]:
    found = (await client.run("{ me { id memberCode } }"))["me"]
    return found["id"], found["memberCode"]


async def test_rows_that_name_nobody_are_told_before_publishing(shop: Shop) -> None:
    """P07: a list of customers is looked through while it is written, each wrong row by its number; codes of another merchant are nobody;
    who may not write promotions may not ask, and no more than a thousand are asked at once."""
    ask = "query($n: [String!]!) { unknownCustomers(names: $n) { row name } }"
    admin, shopper = await shop.admin(), await shop.shopper()
    (mine, code), (theirs, their_code) = await me(shopper), await me(await (await make_shop(shop.world)).shopper())

    async def unknown(*names: str) -> list[tuple[int, str]]:
        return [(one["row"], one["name"]) for one in (await admin.run(ask, n=list(names)))["unknownCustomers"]]

    assert await unknown() == await unknown(code, mine) == []
    wrong = await unknown("99999999", code, their_code, theirs, "")
    assert wrong == [(1, "99999999"), (3, their_code), (4, theirs), (5, "")]
    with pytest.raises(GraphQLFailed, match="一次最多查 1000 位顾客"):
        await unknown(*["1"] * 1001)
    for client in (shopper, await shop.staff("coupon_operator")):
        with pytest.raises(GraphQLFailed):
            await client.run(ask, n=["1"])


async def test_an_offer_for_named_customers(shop: Shop) -> None:
    """P07, Q01, Q07: two customers are named, one by member code and one by id; they have the price and can order at it, others read
    why not, and nobody but staff is told who was named."""
    named, also, other = await shop.shopper(), await shop.shopper(), await shop.shopper()
    (first, code), (second, _) = await me(named), await me(also)
    rule = {"type": "percent_off", "pay_bp": 8000, "when": {"any": [{"customer_id": [code, second]}]}}
    made = await shop.promotion(rule)
    assert made["offers"][0]["sentence"] == "8折，限指定顾客"
    assert [(await quote(c, {"BEEF": 1}))["payableFen"] for c in (named, also, other)] == [3200, 3200, 4000]
    refused = (await quote(other, {"BEEF": 1}))["rejected"]
    assert [(r["reason"], r["sentence"]) for r in refused] == [("WHEN", "仅指定顾客可用")]
    assert (await place(named, {"BEEF": 1}))["payableFen"] == 3200
    staff, shopper = [
        (await client.run(OFFERS, id=made["id"]))["promotion"]["offers"][0]["definition"]["when"]["any"][0]
        for client in (await shop.admin(), other)
    ]
    assert (staff, shopper) == ({"customer_id": [first, second]}, {"customer_id": []})


async def test_a_customer_whom_nobody_knows(shop: Shop) -> None:
    """P07: an unknown code, or a member of another merchant, is refused at its place, and no promotion is made."""
    rule = {"type": "percent_off", "pay_bp": 8000, "when": {"customer_id": ["99999999", "mem_" + "0" * 32]}}
    found = await create(shop, [rule])
    assert found["problems"] == [
        {"path": "offers[0].when.customer_id[0]", "message": "没有这位会员：99999999"},
        {"path": "offers[0].when.customer_id[1]", "message": "没有这位会员：mem_" + "0" * 32},
    ]
    count = "{ promotions(first: 1) { totalCount } }"
    assert (await (await shop.admin()).run(count))["promotions"]["totalCount"] == 0


async def test_a_member_day(shop: Shop) -> None:
    """P07, Q05: an offer of today's day of the month holds, one of another day says when it does, and the price names its next change."""
    today = local_day(now(), "Asia/Shanghai")
    tomorrow = today + timedelta(days=1)
    await shop.promotion({"type": "amount_off", "off": 500, "when": {"day_of_month": [today.day]}})
    await shop.promotion({"type": "amount_off", "off": 900, "when": {"day_of_month": [tomorrow.day]}})
    found = await quote(await shop.shopper(), {"BEEF": 1})
    assert found["payableFen"] == 3500
    assert [r["sentence"] for r in found["rejected"]] == [f"仅每月{tomorrow.day}日可用"]
    assert found["nextChangeAt"] is not None


def test_both_through_the_command(tmp_path: Path) -> None:
    """P07: `shuhui price` knows both conditions, and names each fault with its path."""
    rules = [
        {"id": "day", "type": "amount_off", "off": 100, "when": {"day_of_month": [18]}},
        {"id": "who", "type": "spend_off", "tiers": [{"min": 1, "off": 30}], "when": {"customer_id": ["u1"]}},
        {"id": "not", "type": "spend_off", "tiers": [{"min": 1, "off": 50}], "when": {"customer_id": ["u2"]}},
    ]
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(case(goods(A=1000), basket("A"), rules, customer={"id": "u1"}, explain=True)))
    wrong = [{**rules[0], "when": {"day_of_month": [0, 32], "customer_id": "u1"}}]
    bad.write_text(json.dumps(case(goods(A=1000), basket("A"), wrong)))
    done = shuhui("price", str(good), str(bad))
    found = json.loads(done.stdout)
    assert (done.returncode, found["payable"]) == (2, 870)
    assert found["rejected"] == [{"id": "not", "reason": "WHEN", "leaf": "customer_id"}]
    paths = {json.loads(line)["path"] for line in done.stderr.splitlines()}
    assert paths == {f"promotions[0].when.{p}" for p in ("customer_id", "day_of_month[0]", "day_of_month[1]")}
