"""Budget of a template (K01): whatever way its coupons are issued, together they are never worth more; the refusal is a fact."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend import automation, coupons, invariants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, make_shop, pay, place, within
from backend.tests.refunding import bought, refund, sound
from backend.tests.test_automation import fire, person
from backend.tests.test_codes import codes_in, enter, generate
from backend.tests.test_coupon_kinds import template
from backend.tests.test_drops import me
from backend.tests.test_levels import BASIC, by_hand, end_period, set_scheme
from backend.tests.test_lottery import draw, lottery
from backend.tests.test_mall import exchange, fund, item, rich

BUDGET = "query($id: ID!) { couponTemplate(id: $id) { budget { budgetFen promisedFen spentFen leftFen refused } } }"
SET = """mutation($i: SetCouponTemplateBudgetInput!) { setCouponTemplateBudget(input: $i) { __typename
  ... on CouponTemplate { budget { budgetFen } } ... on InvalidInput { problems { path message } } ... on Refusal { code } } }"""
COMPENSATE = """mutation($i: CompensateMemberInput!) { compensateMember(input: $i) { __typename
  ... on InvalidInput { problems { path message } } } }"""
VOID = "mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename } }"
exact = pytest.mark.usefixtures("exact")


async def figures(shop: Shop, template_id: str) -> tuple[int, int, int, int, int]:
    """(cap, promised, spent, left, refused) as the console shows them."""
    found = await (await shop.admin()).run(BUDGET, id=template_id)
    return tuple(found["couponTemplate"]["budget"].values())  # type: ignore[return-value]


async def set_budget(shop: Shop, template_id: str, fen: int | None, idempotency: str | None = None) -> dict[str, Any]:
    given = {"templateId": template_id, "budgetFen": fen, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(SET, i=given))["setCouponTemplateBudget"]
    return found


async def drop_of(shop: Shop, template_id: str, **more: Any) -> str:
    return await shop.drop(content=None, templateId=template_id, validHours=None, name="领券", **more)


async def compensate(shop: Shop, member: str, template_id: str) -> dict[str, Any]:
    wish = {"memberId": member, "templateId": template_id, "reason": "少送一件", "idempotencyKey": key()}
    found: dict[str, Any] = (await (await shop.admin()).run(COMPENSATE, i=wish))["compensateMember"]
    return found


async def id_of(client: Client) -> str:
    return str((await client.run("{ me { id } }"))["me"]["id"])


@exact
async def test_a_budget_over_two_drops_is_promised_spent_and_freed(shop: Shop) -> None:
    """K01, C7: coupons of ¥5 with a budget of ¥16, given by two drops: three in all; the fourth is refused in either, with the reason.
    A used one stays spent, a refund promises it again, a voided one frees its place."""
    kind = (await template(shop, "五元券", budgetFen=1600))["id"]
    one, two = await drop_of(shop, kind), await drop_of(shop, kind)
    people = [await shop.shopper() for _ in range(4)]
    got = [await claim(p, d) for p, d in zip(people, (one, two, one, two), strict=True)]
    assert [g["__typename"] for g in got] == ["Coupon", "Coupon", "Coupon", "CouponSoldOut"]
    assert await figures(shop, kind) == (1600, 1500, 0, 100, 0)
    order = await bought(shop, people[0], {"BEEF": 1})
    assert order["payableFen"] == 3500 and await figures(shop, kind) == (1600, 1000, 500, 100, 0)
    assert (await refund(await shop.admin(), order, {"BEEF": 1}))["__typename"] == "Order"
    assert await figures(shop, kind) == (1600, 1500, 0, 100, 0)
    void = {"couponId": got[1]["id"], "reason": "领错了", "idempotencyKey": key()}
    assert (await (await shop.admin()).run(VOID, i=void))["voidCoupon"]["__typename"] == "Coupon"
    assert (await claim(people[3], two))["__typename"] == "Coupon"
    assert await figures(shop, kind) == (1600, 1500, 0, 100, 0)


@exact
async def test_every_way_of_issue_finds_room_or_says_so(shop: Shop) -> None:
    """K01, K04: a code, a compensation, the mall and a lottery take of one budget; once it is used up each refuses in its own way,
    nothing is taken of the customer, and more budget lets them go on."""
    kind = (await template(shop, "五元券", budgetFen=2000))["id"]
    drop = await drop_of(shop, kind, access="CODES", perMember=5)
    codes = await codes_in((await generate(shop, drop, 2))["id"])
    shopper = await rich(shop, 1000)
    offered = await item(shop, {"templateId": kind}, stock=5)
    made = await lottery(shop, {"name": "五元券", "kind": "COUPON", "templateId": kind, "odds": 1_000_000, "stock": 5})
    assert made["__typename"] == "Lottery", made
    assert (await enter(shopper, codes[0]))["__typename"] == "Coupon"
    assert (await compensate(shop, await id_of(shopper), kind))["__typename"] == "Coupon"
    assert (await exchange(shopper, offered["id"], 100))["__typename"] == "MallExchange"
    assert (await draw(shopper, made["id"]))["__typename"] == "LotteryDraw"
    assert await figures(shop, kind) == (2000, 2000, 0, 0, 0)
    assert (await enter(shopper, codes[1]))["__typename"] == "CouponSoldOut"
    refused = await compensate(shop, await id_of(shopper), kind)
    assert refused["problems"][0]["path"] == "templateId" and "预算已用完" in refused["problems"][0]["message"]
    assert (await exchange(shopper, offered["id"], 100))["__typename"] == "MallItemSoldOut"
    assert (await draw(shopper, made["id"]))["__typename"] == "LotterySoldOut"
    points = (await shopper.run("{ benefitAccount { points } }"))["benefitAccount"]["points"]
    given = await database.fetchval("SELECT sum(given) FROM clerk_days WHERE merchant_id = $1", shop.merchant_id)
    assert (points, given) == (890, 1)
    assert (await set_budget(shop, kind, 2500))["__typename"] == "CouponTemplate"
    assert (await enter(shopper, codes[1]))["__typename"] == "Coupon"


@exact
async def test_birthdays_wait_for_budget_and_are_counted(shop: Shop) -> None:
    """K01, M01: of three birthdays two find room; the third is written down once, however often the schedule runs, and is given when
    there is budget again on that day."""
    at = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)
    await person(shop, date(1990, 6, 18))
    assert await fire(shop, at) == 1
    row = await database.fetchrow(
        "SELECT t.id, t.face_fen FROM coupon_templates t WHERE t.merchant_id = $1 AND code = 'birthday'",
        shop.merchant_id,
    )
    assert row is not None
    kind, face = f"tpl_{row['id'].hex}", row["face_fen"]
    assert (await set_budget(shop, kind, face))["__typename"] == "CouponTemplate"
    assert await figures(shop, kind) == (face, 0, 0, face, 0)  # what was given before is not in it
    for _ in range(2):
        await person(shop, date(1990, 6, 18))
    assert [await fire(shop, at + timedelta(minutes=n)) for n in range(3)] == [1, 0, 0]
    assert await figures(shop, kind) == (face, face, 0, 0, 1)
    await set_budget(shop, kind, 2 * face)
    assert await fire(shop, at + timedelta(minutes=9)) == 1
    assert (await figures(shop, kind))[:4] == (2 * face, 2 * face, 0, 0)


@exact
async def test_a_rush_over_drops_codes_and_grants_ends_at_the_cap(shop: Shop) -> None:
    """K01, C7, K11: forty press at once on two drops and a pool while staff gives and the mall is open: of a budget for seven coupons
    seven are given; nobody is told otherwise."""
    kind = (await template(shop, "五元券", budgetFen=3600))["id"]
    one, two = await drop_of(shop, kind), await drop_of(shop, kind)
    codes = await codes_in((await generate(shop, await drop_of(shop, kind, access="CODES"), 8))["id"])
    offered = await item(shop, {"templateId": kind}, stock=50)
    people = [await shop.shopper() for _ in range(40)]
    for p in people[32:36]:
        await fund(shop, await me(p), 100)
    ids = [await id_of(p) for p in people[36:]]
    calls = [claim(p, (one, two)[n % 2]) for n, p in enumerate(people[:24])]
    calls += [enter(p, code) for p, code in zip(people[24:32], codes, strict=True)]
    calls += [exchange(p, offered["id"], 100) for p in people[32:36]]
    calls += [compensate(shop, one_id, kind) for one_id in ids]
    kinds = [a["__typename"] for a in await asyncio.gather(*calls)]
    assert kinds.count("Coupon") + kinds.count("MallExchange") == 7
    assert set(kinds) <= {"Coupon", "MallExchange", "CouponSoldOut", "MallItemSoldOut", "InvalidInput"}
    assert (await figures(shop, kind))[:4] == (3600, 3500, 0, 100)


@exact
async def test_claims_orders_expiry_and_exchanges_do_not_wait_in_a_ring(shop: Shop) -> None:
    """K01, O4: people claim, pay with, exchange and return coupons of one budget at once; all of it ends, and the figures are right."""
    kind = (await template(shop, "五元券", budgetFen=100_000))["id"]
    drop, offered = await drop_of(shop, kind, perMember=9), await item(shop, {"templateId": kind}, stock=90)

    async def life(n: int) -> None:
        shopper = await rich(shop, 300)
        assert (await claim(shopper, drop))["__typename"] == "Coupon"
        order = await place(shopper, {"BEEF": 1})
        assert (await exchange(shopper, offered["id"], 100))["__typename"] == "MallExchange"
        await pay(shop.world, order)
        if n % 2:
            await coupons.expire_due(now() + timedelta(days=n))
            await refund(await shop.admin(), order, {"BEEF": 1})

    async with asyncio.timeout(60):
        await asyncio.gather(*(life(n) for n in range(10)))


@exact
async def test_a_level_s_coupon_without_room_is_a_fact(shop: Shop) -> None:
    """K01, K04: the coupon for joining finds no room: it is not given, staff see that one was refused, and the key can never give two."""
    kind = (await template(shop, "入会礼", budgetFen=500))["id"]
    template_id, secret = decode("tpl", kind), shop.world.settings.secret
    assert template_id is not None
    members = [await me(await shop.shopper()) for _ in range(2)]

    async def give(member: Any) -> Any:
        async with database.transaction() as tx:
            mark = f"joining:{member}"
            return await coupons.grant(tx, secret, shop.merchant_id, member, template_id, "joining", mark, now())

    assert await give(members[0]) is not None
    assert [await give(m) for m in (members[0], members[1], members[1])] == [None, None, None]
    assert await figures(shop, kind) == (500, 500, 0, 0, 1)
    await set_budget(shop, kind, 1000)
    made = await asyncio.gather(*(give(members[1]) for _ in range(6)))
    assert sum(m is not None for m in made) == 1 and (await figures(shop, kind))[:4] == (1000, 1000, 0, 0)


async def of_source(shop: Shop, source: str) -> dict[Any, int]:
    """How many coupons of this source each member has."""
    text = "SELECT member_id, count(*) AS n FROM coupons WHERE merchant_id = $1 AND source = $2 GROUP BY 1"
    return {row["member_id"]: row["n"] for row in await database.fetch(text, shop.merchant_id, source)}


async def again(shop: Shop, times: int = 1) -> None:
    """The schedule, so often at once."""
    secret = shop.world.settings.secret
    await asyncio.gather(*(automation.levels.give_refused(secret, now()) for _ in range(times)))


@exact
async def test_a_level_s_coupon_is_asked_for_again(shop: Shop) -> None:
    """K01, B04, K06: of three who are promoted one finds room. The others get theirs by the next run after the budget was raised, each
    once however many run; who has fallen meanwhile does not; a template that the scheme no longer names is not asked for."""
    kind = (await template(shop, "升金礼", budgetFen=500))["id"]
    gold = {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 500}
    assert (await set_scheme(shop, [BASIC, {**gold, "coupon": kind}]))["__typename"] == "LevelScheme"
    people = [await shop.shopper() for _ in range(4)]
    ids = [await me(one) for one in people]
    await by_hand(shop, people[0], 600)
    await within(8, lambda: of_source(shop, "level"))
    for one in people[1:]:
        await by_hand(shop, one, 600)

    async def told() -> bool:
        return (await figures(shop, kind))[4] == 3

    await within(8, told)
    await again(shop, 3)
    assert await figures(shop, kind) == (500, 500, 0, 0, 3) and await of_source(shop, "level") == {ids[0]: 1}
    assert (await set_budget(shop, kind, 5000))["__typename"] == "CouponTemplate"
    assert (await set_scheme(shop, [BASIC, gold]))["__typename"] == "LevelScheme"
    await again(shop)
    assert await of_source(shop, "level") == {ids[0]: 1}
    assert (await set_scheme(shop, [BASIC, {**gold, "coupon": kind}]))["__typename"] == "LevelScheme"
    assert (await by_hand(shop, people[3], -600))["__typename"] == "MemberLevel"
    await end_period(shop, people[3])
    await again(shop, 4)
    assert await of_source(shop, "level") == dict.fromkeys(ids[:3], 1)
    assert await figures(shop, kind) == (5000, 1500, 0, 3500, 1)
    nodes = (await people[1].run("{ benefitAccount { coupons(first: 5) { nodes { template { name } } } } }"))[
        "benefitAccount"
    ]
    assert nodes["coupons"]["nodes"] == [{"template": {"name": "升金礼"}}]
    await again(shop)
    assert (await figures(shop, kind))[1] == 1500


@exact
async def test_coupons_on_joining_and_of_the_month_are_asked_for_again(shop: Shop) -> None:
    """K01, K04, B04: who joined while there was no room gets the coupon later, once; the coupon of a month is asked for again by its own
    schedule within the month, refused once on paper however often it runs, and marked when it is given."""
    joins = (await template(shop, "入会礼", budgetFen=500))["id"]
    month = (await template(shop, "月礼", 300, budgetFen=300))["id"]
    scheme = [{**BASIC, "coupon": joins, "monthly": month}]
    assert (await set_scheme(shop, scheme))["__typename"] == "LevelScheme"
    for _ in range(3):
        await shop.shopper()

    async def told() -> bool:
        return (await figures(shop, joins))[4] == 2

    await within(8, told)
    secret, at = shop.world.settings.secret, now()
    for _ in range(3):
        await asyncio.gather(*(automation.levels.give_monthly(secret, at) for _ in range(2)))
    marks = "SELECT count(*) FROM monthly_gifts WHERE merchant_id = $1"
    assert await figures(shop, month) == (300, 300, 0, 0, 2)
    assert await database.fetchval(marks, shop.merchant_id) == 1
    assert (await set_budget(shop, joins, 1000))["__typename"] == "CouponTemplate"
    assert (await set_budget(shop, month, 900))["__typename"] == "CouponTemplate"
    await again(shop, 3)
    await asyncio.gather(*(automation.levels.give_monthly(secret, at) for _ in range(3)))
    assert sorted((await of_source(shop, "joining")).values()) == [1, 1]  # oldest first: the third waits
    assert sorted((await of_source(shop, "monthly")).values()) == [1, 1, 1]
    assert await figures(shop, joins) == (1000, 1000, 0, 0, 1) and await figures(shop, month) == (900, 900, 0, 0, 0)
    assert await database.fetchval(marks, shop.merchant_id) == 3
    await set_budget(shop, joins, None)
    await again(shop, 2)
    assert sorted((await of_source(shop, "joining")).values()) == [1, 1, 1]


async def test_what_orders_earn_has_its_own_budget(shop: Shop) -> None:
    """K01, P05: an order was promised its coupon, so a template with a budget cannot be earned, and one that is earned takes none; the
    offer takes one instead. A coupon that was promised before is given all the same."""
    free, capped = await template(shop, "返的券"), await template(shop, "限额券", budgetFen=500)
    with pytest.raises(AssertionError, match=r"offers\[0\]\.template.*这种券设了预算"):
        await shop.promotion({"type": "earn_coupon", "min": 3000, "template": capped["id"]})
    await shop.promotion({"type": "earn_coupon", "min": 3000, "template": free["id"], "budget": 500}, name="满30返券")
    refused = await set_budget(shop, free["id"], 5000)
    assert refused["problems"][0]["path"] == "budgetFen" and "满30返券" in refused["problems"][0]["message"]
    await bought(shop, await shop.shopper(), {"BEEF": 1}, done=True)
    await sound(shop)


PUBLISH = """mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename ... on Promotion { state }
  ... on InvalidInput { problems { path message } } } }"""


async def publish(shop: Shop, promotion: dict[str, Any], idempotency: str | None = None) -> dict[str, Any]:
    given = {"promotionId": promotion["id"], "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(PUBLISH, i=given))["publishPromotion"]
    return found


async def test_a_draft_is_asked_again_when_it_is_published(shop: Shop) -> None:
    """K01, P05: a template that got its budget after the draft was written: publishing is refused at the offer and nothing goes live;
    without the budget the same key publishes. What is live, or begins later, keeps budgets away."""
    kind = (await template(shop, "返的券"))["id"]
    offer = {"type": "earn_coupon", "min": 3000, "template": kind}
    draft = await shop.promotion(offer, publish=False, name="满30返券")
    assert (await set_budget(shop, kind, 5000))["__typename"] == "CouponTemplate"
    mark = key()
    for _ in range(2):
        refused = await publish(shop, draft, mark)
        assert refused["__typename"] == "InvalidInput", refused
        (problem,) = refused["problems"]
        assert problem["path"] == "offers[0].template" and "这种券设了预算" in problem["message"]
    assert await database.fetchval("SELECT count(*) FROM offer_versions WHERE merchant_id = $1", shop.merchant_id) == 0
    assert (await set_budget(shop, kind, None))["__typename"] == "CouponTemplate"
    assert (await publish(shop, draft, mark))["state"] == "RUNNING"
    assert (await set_budget(shop, kind, 5000))["problems"][0]["path"] == "budgetFen"
    later = (await template(shop, "明天返的券"))["id"]
    coming = await shop.promotion(
        {**offer, "template": later}, publish=False, starts=86400, ends=2 * 86400, name="明天返"
    )
    assert (await publish(shop, coming))["state"] == "SCHEDULED"
    assert "明天返" in (await set_budget(shop, later, 5000))["problems"][0]["message"]


@exact
async def test_a_budget_and_a_publication_at_once(shop: Shop) -> None:
    """K01, P05: whoever sets a template's budget while another publishes a draft that promises its coupons: one of the two is refused,
    every time, also with the first publication that the merchant ever makes."""
    both = []
    for n in range(12):
        here = shop if n >= 4 else await make_shop(shop.world)
        kind = (await template(here, f"返的券{n}"))["id"]
        draft = await here.promotion({"type": "earn_coupon", "min": 3000, "template": kind}, publish=False)
        tasks = [publish(here, draft), set_budget(here, kind, 5000)]
        done = await asyncio.gather(*(tasks if n % 2 else tasks[::-1]))
        both.append(sorted(one["__typename"] for one in done))
    assert all(one in (["CouponTemplate", "InvalidInput"], ["InvalidInput", "Promotion"]) for one in both), both


async def test_budgets_that_mean_nothing_are_refused(shop: Shop) -> None:
    """K01: none of nothing, none below what is out already, none of coupons without a face; nothing changes. One key changes once."""
    for wrong in (0, -1):
        assert (await template(shop, "券", budgetFen=wrong))["problems"][0]["path"] == "budgetFen"
    share = {"kind": "PERCENT", "payBp": 9000, "minFen": 0}
    assert (await template(shop, "九折", content=share, budgetFen=900))["problems"][0]["path"] == "budgetFen"
    kind, shopper = (await template(shop, "五元券", budgetFen=1000))["id"], await shop.shopper()
    assert (await claim(shopper, await drop_of(shop, kind)))["__typename"] == "Coupon"
    assert (await set_budget(shop, kind, 499))["problems"][0]["path"] == "budgetFen"
    mark = key()
    assert (await set_budget(shop, kind, 500, mark))["budget"]["budgetFen"] == 500
    assert (await set_budget(shop, kind, 500, mark))["budget"]["budgetFen"] == 500
    assert (await set_budget(shop, kind, 900, mark))["__typename"] == "IdempotencyConflict"
    assert (await set_budget(shop, kind, None))["budget"]["budgetFen"] is None
    assert (await set_budget(shop, "tpl_" + "0" * 32, 5))["__typename"] == "NotFound"
    assert await figures(shop, kind) == (None, 500, 0, None, 0)
    found = await shopper.run(
        "{ benefitAccount { coupons(first: 5) { nodes { template { budget { budgetFen } } } } } }"
    )
    assert found["benefitAccount"]["coupons"]["nodes"][0]["template"]["budget"] is None  # R04: for staff alone
    await sound(shop)


async def test_a_planted_fault_is_found(shop: Shop) -> None:
    """C7: a budget that its coupons do not explain."""
    kind = (await template(shop, "五元券", budgetFen=1000))["id"]
    await claim(await shop.shopper(), await drop_of(shop, kind))
    await sound(shop)
    move = "UPDATE template_budgets SET promised_fen = promised_fen + $2 WHERE merchant_id = $1"
    await database.pool().execute(move, shop.merchant_id, -500)
    assert {v.rule for v in await invariants.violations(shop.merchant_id)} == {"C7"}
    await database.pool().execute(
        move, shop.merchant_id, 500
    )  # what ends by the clock is settled for all shops at once
    await sound(shop)
