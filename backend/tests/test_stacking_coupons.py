"""K01: which coupons may be used together, and how many one order may use."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest

from backend import merchants, pricing
from backend.coupons.stacking_rules import ALONE, Stacking, may_meet
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, claim, pay, place, quote
from backend.tests.refunding import refund, sound
from backend.tests.test_drops import make

MAKE = """mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename
  ... on CouponTemplate { id terms face { stackable } stacking { all sentence templates { id name } } }
  ... on InvalidInput { problems { path message } } ... on Refusal { message } } }"""


async def template(shop: Shop, name: str, off: int, stacking: Any = None, **content: Any) -> dict[str, Any]:
    given = {
        "name": name,
        "content": {"kind": "OFF", "offFen": off, **content},
        "validDays": 7,
        "stacking": stacking,
        "idempotencyKey": key(),
    }
    made: dict[str, Any] = (await (await shop.admin()).run(MAKE, i=given))["createCouponTemplate"]
    return made


async def held(shop: Shop, shopper: Client, *templates: dict[str, Any]) -> list[str]:
    """One coupon of each template in the shopper's hand."""
    found = []
    for one in templates:
        drop = await make(shop, content=None, templateId=one["id"], name="领券")
        found.append((await claim(shopper, drop["id"]))["id"])
    return found


async def used(shopper: Client, lines: dict[str, int], **choice: Any) -> tuple[int, list[int]]:
    """(payable, what each coupon of the best price takes off, greatest first)."""
    found = await quote(shopper, lines, **choice)
    offs = [o["offFen"] for o in found["offers"] if o["level"] in ("COUPON", "SHIPPING")]
    return found["payableFen"], sorted(offs, reverse=True)


def test_may_meet_both_ways() -> None:
    """K01: nothing meets what stands alone; all meet all; what is named meets, whichever side names it; and it is the same both ways."""
    a, b, c = new_id(), new_id(), new_id()
    everything, with_a = Stacking(all=True), Stacking(named=((a, "A"),))
    table = [
        ((a, ALONE), (b, ALONE), False),
        ((a, ALONE), (b, everything), False),
        ((a, ALONE), (b, with_a), False),
        ((a, everything), (b, everything), True),
        ((a, everything), (b, with_a), True),
        ((c, everything), (b, with_a), False),
        ((c, with_a), (b, with_a), False),
        ((a, Stacking(named=((b, "B"),))), (b, Stacking(named=((c, "C"),))), True),
    ]
    for one, other, wanted in table:
        assert may_meet(one, other) is may_meet(other, one) is wanted
    for stacking in (ALONE, everything, with_a):
        assert Stacking.from_json(stacking.to_json()) == stacking


async def test_coupons_that_stack_are_used_together(shop: Shop) -> None:
    """K01: with two coupons an order, those that stack are used on the same goods, those that stand alone are not, and one names whom
    it goes with; at most as many as the merchant says. With one an order nothing changes."""
    shopper = await shop.shopper()
    alone = await template(shop, "单用减8", 800)
    one, two = await template(shop, "可叠减6", 600, {"all": True}), await template(shop, "可叠减5", 500, {"all": True})
    three = await template(shop, "配减6的减3", 300, {"templateIds": [one["id"]]})
    assert [t["face"]["stackable"] for t in (alone, one, three)] == [False, True, True]
    assert three["stacking"] == {
        "all": False,
        "sentence": "可与「可叠减6」同用",
        "templates": [{"id": one["id"], "name": "可叠减6"}],
    }
    assert (
        alone["stacking"] is None
        and "每单限用一张，不与其他券同用" in alone["terms"]
        and "每单限用一张券" in one["terms"]
    )
    await held(shop, shopper, alone, one, two, three)
    assert await used(shopper, {"BEEF": 1}) == (3200, [800])
    await merchants.set_max_coupons(shop.merchant_id, 2)
    assert await used(shopper, {"BEEF": 1}) == (2900, [600, 500])
    await merchants.set_max_coupons(shop.merchant_id, 3)
    assert await used(shopper, {"BEEF": 1}) == (2900, [600, 500])  # 减3 goes with 减6, not with 减5
    shown = "query($i: ID!) { couponTemplate(id: $i) { terms } }"
    terms = (await (await shop.admin()).run(shown, i=two["id"]))["couponTemplate"]["terms"]
    assert "每单最多用 3 张券，可与其他可叠加的券同用" in terms


async def test_what_was_chosen_keeps_to_it_too(shop: Shop) -> None:
    """K01, Q06: of coupons that do not stack the one that saves more is used although both were chosen; the other says why not; of three
    that stack two are used where two are allowed."""
    shopper = await shop.shopper()
    alone, one = await template(shop, "单用减8", 800), await template(shop, "可叠减6", 600, {"all": True})
    more = [await template(shop, f"可叠减{n}", n * 100, {"all": True}) for n in (2, 3)]
    ids = await held(shop, shopper, alone, one, *more)
    await merchants.set_max_coupons(shop.merchant_id, 2)
    assert await used(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": ids[:2]}) == (3200, [800])
    assert await used(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": ids[1:]}) == (3100, [600, 300])
    found = await quote(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": ids[:2]})
    assert [r["reason"] for r in found["rejected"]] != []


async def test_an_order_with_two_coupons(shop: Shop) -> None:
    """K01, K05, O1: both are held, used, taken off the order to the fen and come back with a whole refund; the order prices again with
    the setting of its day."""
    shopper, admin = await shop.shopper(), await shop.admin()
    pair = [await template(shop, f"可叠减{n}", n * 100, {"all": True}) for n in (6, 5)]
    ids = await held(shop, shopper, *pair, await template(shop, "单用减1", 100))
    await merchants.set_max_coupons(shop.merchant_id, 2)
    order = await place(shopper, {"BEEF": 2})
    assert order["payableFen"] == 6900
    shown = await shopper.run("query($i: ID!) { order(id: $i) { offers { sentence } } }", i=order["id"])
    assert sorted(o["sentence"] for o in shown["order"]["offers"]) == ["立减5元", "立减6元"]  # no codes of templates
    await merchants.set_max_coupons(shop.merchant_id, 1)
    await pay(shop.world, order)
    rows = await database.fetch(
        "SELECT state, took_fen FROM coupons WHERE merchant_id = $1 AND state <> 'issued' ORDER BY took_fen",
        shop.merchant_id,
    )
    assert [(r["state"], r["took_fen"]) for r in rows] == [("redeemed", 500), ("redeemed", 600)]
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert row is not None and row["request"]["policy"]["max_coupons"] == 2
    assert pricing.price_scenario(pricing.parse_scenario(row["request"]))["payable"] == row["quote"]["payable"]
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    await sound(shop)
    assert (await refund(admin, order, {"BEEF": 1}))["__typename"] == "Order"
    states = await database.fetch("SELECT id, state FROM coupons WHERE merchant_id = $1", shop.merchant_id)
    assert {r["state"] for r in states} == {"issued"} and len(states) == len(ids)
    await sound(shop)


@pytest.mark.parametrize("most", [1, 2])
async def test_what_goes_with_no_coupon_goes_with_none_that_stacks(shop: Shop, most: int) -> None:
    """K01, P08: 不与优惠券同享 of a promotion (`excludes` the group of coupons) holds for coupons that stack too, however many an order
    may use, in the frozen order as in the quote; goods without the promotion still take both."""
    promotion = {"type": "fixed_price", "scope": {"skus": ["BEEF"]}, "price": 3000, "excludes": ["coupon"]}
    await shop.promotion({**promotion, "mandatory": True}, name="不与券同享")
    shopper = await shop.shopper()
    pair = [await template(shop, f"可叠减{n}", n * 100, {"all": True}) for n in (6, 5)]
    await held(shop, shopper, *pair)
    await merchants.set_max_coupons(shop.merchant_id, most)
    found = await quote(shopper, {"BEEF": 1})
    assert (found["payableFen"], {r["reason"] for r in found["rejected"]}) == (3000, {"EXCLUDED"})
    assert await used(shopper, {"BEEF": 1, "TOFU": 10}) == (
        3000 + (await used(shopper, {"TOFU": 10}))[0],
        [600, 500][:most],
    )
    order = await place(shopper, {"BEEF": 1, "TOFU": 10})
    await pay(shop.world, order)
    assert (await refund(await shop.admin(), order, {"TOFU": 4}))["__typename"] == "Order"
    await sound(shop)


async def test_coupons_on_shipping(shop: Shop) -> None:
    """K01: a shipping coupon that stacks goes with a coupon on goods that stacks; one that stands alone with none, in the whole order."""
    shopper = await shop.shopper()
    goods = await template(shop, "可叠减6", 600, {"all": True})
    free = await template(shop, "可叠免邮", None, {"all": True}, kind="SHIPPING")  # type: ignore[arg-type]
    await held(shop, shopper, goods, free)
    await merchants.set_max_coupons(shop.merchant_id, 2)
    assert (await used(shopper, {"BEEF": 1}, delivery="DELIVERY"))[1] == [600, 600]
    other = await shop.shopper()
    alone = await template(shop, "单用免邮", None, kind="SHIPPING")  # type: ignore[arg-type]
    await held(shop, other, goods, alone)
    assert (await used(other, {"BEEF": 1}, delivery="DELIVERY"))[1] == [600]


@pytest.mark.parametrize(
    ("stacking", "problems"),
    [
        ({"templateIds": ["ALONE"]}, [("stacking.templateIds[0]", "「单用」不与其他券叠加")]),
        ({"templateIds": ["STACKS", "STRANGE"]}, [("stacking.templateIds[1]", "没有这个券模板")]),
        ({"all": True, "templateIds": ["STACKS"]}, [("stacking", "可叠加的券：全部，或指定 1–20 种，二选一")]),
    ],
)
async def test_what_cannot_stack_is_refused(shop: Shop, stacking: Any, problems: list[tuple[str, str]]) -> None:
    """K01: a template that stands alone keeps its word; one that is not there, or both ways at once, are refused at their field, and
    nothing is made."""
    there = {"ALONE": await template(shop, "单用", 100), "STACKS": await template(shop, "可叠", 100, {"all": True})}
    ids = {name: made["id"] for name, made in there.items()} | {"STRANGE": "tpl_" + new_id().hex}
    given = {**stacking, "templateIds": [ids[name] for name in stacking["templateIds"]]}
    refused = await template(shop, "新券", 100, given)
    assert (refused["__typename"], [(p["path"], p["message"]) for p in refused["problems"]]) == (
        "InvalidInput",
        problems,
    )
    assert (
        await database.fetchval("SELECT count(*) FROM coupon_templates WHERE merchant_id = $1", shop.merchant_id) == 2
    )


async def test_the_setting_has_its_bounds(shop: Shop) -> None:
    """K01: one to three coupons an order; other settings of the merchant stay."""
    await merchants.set_coupon_policy(shop.merchant_id, {"compensations_per_day": 3})
    for wrong in (0, -1, 4):
        with pytest.raises(ValueError, match="coupons"):
            await merchants.set_max_coupons(shop.merchant_id, wrong)
    assert await merchants.max_coupons(shop.merchant_id) == 1
    await merchants.set_max_coupons(shop.merchant_id, 3)
    async with database.transaction() as tx:
        assert await merchants.coupon_policy(tx, shop.merchant_id) == {"compensations_per_day": 3, "max_coupons": 3}


async def test_the_setting_through_the_command(shop: Shop) -> None:
    """K01: `shuhui coupon-policy` shows and sets it; what is out of bounds is told and changes nothing."""
    settings = shop.world.settings
    known = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "SHUHUI_ENV": "test"}

    async def command(*arguments: str) -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "backend.cli", "coupon-policy", "--merchant", shop.code, *arguments,
            env={**os.environ, **known, "SHUHUI_DATA": str(settings.data)}, stdout=-1, stderr=-2,
        )  # fmt: skip
        out, _ = await process.communicate()
        return process.returncode, out.decode()

    assert await command() == (0, '{"max_coupons": 1}\n')
    assert await command("--max-coupons", "2") == (0, '{"max_coupons": 2}\n')
    code, said = await command("--max-coupons", "4")
    assert code == 2 and "--max-coupons" in said
    assert await merchants.max_coupons(shop.merchant_id) == 2


async def test_more_coupons_than_are_tried_cannot_be_named(shop: Shop) -> None:
    """Q06: each set of the coupons that a customer names is tried; of more than twenty there would be too many. It is told at its field,
    and nothing is placed."""
    shopper = await shop.shopper()
    cart = {
        "lines": [{"sku": "BEEF", "qty": 1}],
        "coupons": {"mode": "FIXED", "ids": [f"cpn_{new_id().hex}" for _ in range(21)]},
    }
    quoted = await shopper.run(
        "query($c: CartInput!) { quoteCart(input: $c) { __typename ... on InvalidInput { problems { path message } } } }",
        c=cart,
    )
    assert quoted["quoteCart"]["problems"] == [{"path": "coupons.ids", "message": "一单最多选 20 张券，请先取消一些"}]
    text = "mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { __typename } }"
    placed = await shopper.run(text, i={"cart": cart, "quoteToken": "x", "idempotencyKey": key()})
    assert placed["placeOrder"]["__typename"] == "InvalidInput"  # nobody can have a token for it
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 0
