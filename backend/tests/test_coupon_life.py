"""K04, K05, Q08, C5: steps with who, when, why and where; void; compensation; what refunds bring back; expiry in bulk."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend import coupons, merchants
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, claim, pay, place, quote
from backend.tests.refunding import preview, refund
from backend.tests.test_drops import attempt, make, me

VOID = "mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename ... on Coupon { state moves { after why note } } ... on CouponNotInState { state message } } }"
COMPENSATE = """mutation($i: CompensateMemberInput!) { compensateMember(input: $i) { __typename ... on Coupon { id source state moves { why note } }
  ... on ClerkLimitReached { limit given limitFen givenFen resetsAt message } ... on InvalidInput { problems { path } } } }"""
STEPS = "{ benefitAccount { coupons { nodes { id state moves { before after why orderId channel storeId } } } } }"


async def steps(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.run(STEPS))["benefitAccount"]["coupons"]["nodes"]
    return found


@pytest.mark.usefixtures("exact")
async def test_every_step_says_when_why_and_where(shop: Shop) -> None:
    """K05, C5: issued → locked → released → issued → locked → redeemed → returned → issued, each with order, channel and store,
    in this order, also where several have one instant."""
    store = shop.stores[1]
    made, shopper = await make(shop), await shop.shopper()
    got = await attempt(shopper, made["id"], channel="H5", storeId=f"sto_{store.id.hex}")
    where = {"channel": "MINIAPP", "storeId": f"sto_{store.id.hex}"}
    first = await place(shopper, {"BEEF": 1}, **where)
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": first["id"], "idempotencyKey": key()},
    )
    second = await place(shopper, {"BEEF": 1}, **where)
    await pay(shop.world, second)
    await refund(await shop.admin(), second, {"BEEF": 1})
    (coupon,) = await steps(shopper)
    assert (coupon["id"], coupon["state"]) == (got["id"], "ISSUED")
    assert [(m["before"], m["after"], m["why"]) for m in coupon["moves"]] == [
        (None, "ISSUED", "领取"),
        ("ISSUED", "LOCKED", "下单锁定"),
        ("LOCKED", "RELEASED", "订单取消"),
        ("RELEASED", "ISSUED", "退回卡包"),
        ("ISSUED", "LOCKED", "下单锁定"),
        ("LOCKED", "REDEEMED", "付款使用"),
        ("REDEEMED", "RETURNED", "退款退回"),
        ("RETURNED", "ISSUED", "退回卡包"),
    ]
    assert coupon["moves"][0]["channel"] == "H5"
    assert {(m["channel"], m["storeId"]) for m in coupon["moves"][1:]} == {("MINIAPP", f"sto_{store.id.hex}")}
    assert [m["orderId"] for m in coupon["moves"]] == [None, *[first["id"]] * 3, *[second["id"]] * 4]


KEPT = """{ benefitAccount { points balanceFen redPacketFen usableCoupons entries { nodes { unit } }
  coupons { nodes { id state template { terms } } } } }"""


@pytest.mark.usefixtures("exact")
async def test_a_coupon_gives_no_cash_and_no_change(shop: Shop) -> None:
    """K05, 不兑现、不找零: a coupon worth 50 yuan on goods of 9 takes 9 off and no more, so nothing is paid and nothing is given back: not
    as money, balance, points or a red packet, nor is what it had beyond left for a second order, by itself or by its name. A refund of the
    whole order pays nothing out: the coupon comes back as the coupon that it was."""
    made = await make(shop, content={"kind": "OFF", "offFen": 5000})
    shopper = await shop.shopper()
    got = await attempt(shopper, made["id"])
    before = (await shopper.run(KEPT))["benefitAccount"]
    [held] = before["coupons"]["nodes"]
    assert held["template"]["terms"][-1].endswith("不兑现、不找零")
    priced = await quote(shopper, {"TOFU": 1})
    assert (priced["listFen"], priced["savedFen"], priced["payableFen"], priced["dueFen"]) == (900, 900, 0, 0)
    order = await place(shopper, {"TOFU": 1})
    assert (order["state"], order["payableFen"], order["dueFen"], order["payment"]) == ("PAID", 0, 0, None)
    after = (await shopper.run(KEPT))["benefitAccount"]
    assert [(c["id"], c["state"]) for c in after["coupons"]["nodes"]] == [(got["id"], "REDEEMED")]
    assert after["usableCoupons"] == 0
    unchanged = ("points", "balanceFen", "redPacketFen", "entries")
    assert [after[kept] for kept in unchanged] == [before[kept] for kept in unchanged] == [0, 0, 0, {"nodes": []}]
    assert (await quote(shopper, {"TOFU": 1}))["payableFen"] == 900  # the other 41 yuan are gone
    named = await quote(shopper, {"TOFU": 1}, coupons={"mode": "FIXED", "ids": [got["id"]]})
    assert named["problems"] == [{"path": "coupons.ids[0]", "message": "您没有这张券，或它已用过"}]
    clerk = await shop.admin()
    seen = await preview(clerk, order, {"TOFU": 1}, staff=True)
    assert (seen["refundFen"], seen["paidOutFen"], seen["parts"]) == (0, 0, [])
    assert [c["back"] for c in seen["coupons"]] == [True]
    done = await refund(clerk, order, {"TOFU": 1})
    assert [(r["refundFen"], r["paidOutFen"], r["payout"]) for r in done["refunds"]] == [(0, 0, None)]
    again = (await shopper.run(KEPT))["benefitAccount"]
    assert [(c["id"], c["state"]) for c in again["coupons"]["nodes"]] == [(got["id"], "ISSUED")]
    assert [again[kept] for kept in unchanged] == [before[kept] for kept in unchanged]


@pytest.mark.parametrize(
    ("rule", "late", "back", "why"),
    [
        ({}, False, True, "退回券包"),
        ({}, True, False, "已经过期"),
        ({"graceDays": 3}, True, True, "退回券包"),
        ({"returnPolicy": "NEVER"}, False, False, "使用后不退"),
        ({"returnPolicy": "NEVER", "graceDays": 3}, True, False, "使用后不退"),
    ],
)
async def test_a_template_says_what_a_refund_brings_back(
    shop: Shop, rule: dict[str, Any], late: bool, back: bool, why: str
) -> None:
    """Q08: by default the whole refund returns a coupon that has not expired; a template may give days of grace, or return
    nothing. The preview says so in words before, and what is done is what was said."""
    made, shopper = await make(shop, **rule), await shop.shopper()
    got = await attempt(shopper, made["id"])
    coupon = decode("cpn", got["id"])
    if late:  # it ends a moment after the order
        ends = now() + timedelta(seconds=1.2)
        await database.pool().execute("UPDATE coupons SET expires_at = $2 WHERE id = $1", coupon, ends)
    order = await place(shopper, {"BEEF": 1})
    assert order["payableFen"] == 3500
    await pay(shop.world, order)
    if late:
        await asyncio.sleep(max(0.0, (ends - now()).total_seconds()) + 0.05)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert [c["back"] for c in seen["coupons"]] == [back] and any(why in s for s in seen["sentences"])
    await refund(await shop.admin(), order, {"BEEF": 1})
    state = await database.fetchval("SELECT state FROM coupons WHERE id = $1", coupon)
    assert state == ("issued" if back else "redeemed")
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == (3500 if back else 4000)


async def test_a_part_refund_keeps_the_coupon_used(shop: Shop) -> None:
    """Q08: while goods stay with the customer the coupon stays used; the last unit brings it back."""
    made, shopper = await make(shop), await shop.shopper()
    await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 2})
    await pay(shop.world, order)
    admin = await shop.admin()
    await refund(admin, order, {"BEEF": 1})
    assert [c["state"] for c in await steps(shopper)] == ["REDEEMED"]
    await refund(admin, order, {"BEEF": 1})
    assert [c["state"] for c in await steps(shopper)] == ["ISSUED"]


BELOW = {"returnPolicy": "BELOW", "content": {"kind": "OFF", "offFen": 500, "minFen": 6000}}


@pytest.mark.usefixtures("exact")
async def test_a_part_refund_below_the_threshold_brings_the_coupon_back(shop: Shop) -> None:
    """Q08, O2: where the template says so a part refund after which what is kept no longer reaches the threshold gives the coupon
    back; what is kept loses its share of the discount, said before in words and in fen. The rest then comes back whole: all in all
    what was paid, and the coupon, which was used meanwhile, is left alone."""
    made, shopper, admin = await make(shop, **BELOW), await shop.shopper(), await shop.admin()
    got = await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 3})
    assert order["payableFen"] == 11_500
    await pay(shop.world, order)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (3833, [False])
    assert any("还满足用券门槛" in s for s in seen["sentences"])
    await refund(admin, order, {"BEEF": 1})
    assert [c["state"] for c in await steps(shopper)] == ["REDEEMED"]
    seen = await preview(shopper, order, {"BEEF": 1})
    # two of three at their average are 7666, less what the coupon took off the one that is kept: 500 − 333
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (7666 - 167 - 3833, [True])
    assert any("不够用券门槛" in s and "¥1.67" in s for s in seen["sentences"]) and any(
        "退回券包" in s for s in seen["sentences"]
    )
    done = await refund(admin, order, {"BEEF": 1})
    assert done["refundedFen"] == 7499 and [c["state"] for c in await steps(shopper)] == ["ISSUED"]
    again = await place(shopper, {"BEEF": 2}, coupons={"mode": "FIXED", "ids": [got["id"]]})
    assert again["payableFen"] == 7500
    await pay(shop.world, again)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert (seen["refundFen"], seen["coupons"], seen["everything"]) == (11_500 - 7499, [], True)
    assert (await refund(admin, order, {"BEEF": 1}))["refundedFen"] == 11_500
    [coupon] = await steps(shopper)
    assert coupon["state"] == "REDEEMED" and [m["orderId"] for m in coupon["moves"]][-1] == again["id"]


@pytest.mark.usefixtures("exact")
async def test_an_exchange_coupon_counts_the_other_goods_that_are_kept(shop: Shop) -> None:
    """Q08: an exchange from 40.00 of other goods: with 80.00, then 40.00 of them kept it is still reached and nothing is withheld;
    with none of them left it comes back."""
    rule = {"returnPolicy": "BELOW", "content": {"kind": "EXCHANGE", "sku": "TOFU", "minFen": 4000}}
    made, shopper, admin = await make(shop, **rule), await shop.shopper(), await shop.admin()
    got = await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 3, "TOFU": 1}, coupons={"mode": "FIXED", "ids": [got["id"]]})
    assert order["payableFen"] == 12_000
    await pay(shop.world, order)
    for _ in range(2):
        seen = await preview(shopper, order, {"BEEF": 1})
        assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (4000, [False])
        assert any("还满足用券门槛" in s for s in seen["sentences"])
        await refund(admin, order, {"BEEF": 1})
    tofu = await database.fetchval(
        "SELECT list_fen FROM products WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    seen = await preview(shopper, order, {"BEEF": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (4000 - tofu, [True])
    await refund(admin, order, {"BEEF": 1})
    assert [c["state"] for c in await steps(shopper)] == ["ISSUED"]
    assert (await refund(admin, order, {"TOFU": 1}))["refundedFen"] == 12_000


@pytest.mark.usefixtures("exact")
async def test_goods_at_their_floor_count_to_a_threshold(shop: Shop) -> None:
    """Q08: a line at its floor gets nothing of the discount and still counts to the threshold, when it is used and when something
    is given back."""
    await database.pool().execute(
        "UPDATE products SET floor_fen = list_fen WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    tofu = await database.fetchval(
        "SELECT list_fen FROM products WHERE merchant_id = $1 AND sku = 'TOFU'", shop.merchant_id
    )
    rule = {"returnPolicy": "BELOW", "content": {"kind": "OFF", "offFen": 500, "minFen": 4000 + tofu}}
    made, shopper, admin = await make(shop, **rule), await shop.shopper(), await shop.admin()
    await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 2, "TOFU": 1})
    assert order["payableFen"] == 8000 + tofu - 500
    await pay(shop.world, order)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (3750, [False])
    seen = await preview(shopper, order, {"BEEF": 1, "TOFU": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (3500 + tofu, [True])
    await refund(admin, order, {"BEEF": 1, "TOFU": 1})
    assert [c["state"] for c in await steps(shopper)] == ["ISSUED"]


async def test_a_coupon_that_would_cost_more_than_the_batch_stays(shop: Shop) -> None:
    """Q08: what the coupon took off the kept goods is more than the part refund gives: nobody is asked for money, the coupon stays
    used and comes back with the rest. A coupon that has expired does not come back and takes nothing."""
    rule = {"returnPolicy": "BELOW", "content": {"kind": "OFF", "offFen": 5000, "minFen": 6000}}
    made, shopper, admin = await make(shop, **rule), await shop.shopper(), await shop.admin()
    got = await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 2})
    assert order["payableFen"] == 3000
    await pay(shop.world, order)
    seen = await preview(shopper, order, {"BEEF": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (1500, [False])
    assert any("比这次退的钱还多" in s for s in seen["sentences"])
    await refund(admin, order, {"BEEF": 1})
    assert [c["state"] for c in await steps(shopper)] == ["REDEEMED"]
    assert (await refund(admin, order, {"BEEF": 1}))["refundedFen"] == 3000
    assert [c["state"] for c in await steps(shopper)] == ["ISSUED"]
    late, someone = await make(shop, **BELOW), await shop.shopper()
    got = await attempt(someone, late["id"])
    ends = now() + timedelta(seconds=1.2)
    await database.pool().execute("UPDATE coupons SET expires_at = $2 WHERE id = $1", decode("cpn", got["id"]), ends)
    old = await place(someone, {"BEEF": 2})
    assert old["payableFen"] == 7500
    await pay(shop.world, old)
    await asyncio.sleep(max(0.0, (ends - now()).total_seconds()) + 0.05)
    seen = await preview(someone, old, {"BEEF": 1})
    assert (seen["refundFen"], [c["back"] for c in seen["coupons"]]) == (3750, [False])


@pytest.mark.usefixtures("exact")
async def test_a_coupon_that_came_back_meets_orders_and_the_rest_of_its_refund(shop: Shop) -> None:
    """Q08, C6, races: the coupon that a part refund gave back is pressed with on five phones while the rest of its old order is
    refunded twice: one order has it, the old order gives back what was paid, once."""
    made, shopper, admin = await make(shop, **BELOW), await shop.shopper(), await shop.admin()
    got = await attempt(shopper, made["id"])
    order = await place(shopper, {"BEEF": 2})
    await pay(shop.world, order)
    units = [refund(admin, order, {"BEEF": 1}) for _ in range(2)]
    first = [a["__typename"] for a in await asyncio.gather(*units)]
    assert "Order" in first and [c["state"] for c in await steps(shopper)] == ["ISSUED"]
    choice = {"mode": "FIXED", "ids": [got["id"]]}
    token = (await quote(shopper, {"BEEF": 2}, coupons=choice))["token"]
    answers = await asyncio.gather(
        *(place(shopper, {"BEEF": 2}, token=token, coupons=choice) for _ in range(5)),
        *(refund(admin, order, {"BEEF": 1}) for _ in range(2)),
    )
    assert [a["__typename"] for a in answers[:5]].count("Order") == 1
    total = await database.fetchval("SELECT refunded_fen FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert total == order["payableFen"] == 7500


@pytest.mark.usefixtures("exact")
async def test_staff_voids_with_a_reason(shop: Shop) -> None:
    """K05, C1, C7: an unused coupon is voided once, with who and why; the budget is free again, the place only where the drop
    says so; one that an order holds is not touched; without a reason nothing happens."""
    admin = await shop.admin()
    for gives_back in (True, False):
        made, shopper = await make(shop, total=1, budgetFen=500, givesBack=gives_back), await shop.shopper()
        got = await attempt(shopper, made["id"])
        given = {"couponId": got["id"], "reason": "发错人", "idempotencyKey": key()}
        assert (await admin.run(VOID, i={**given, "reason": "x"}))["voidCoupon"]["__typename"] == "InvalidInput"
        done = (await admin.run(VOID, i=given))["voidCoupon"]
        assert done["state"] == "VOIDED" and done["moves"][-1] == {
            "after": "VOIDED",
            "why": "商家作废",
            "note": "发错人",
        }
        assert (await admin.run(VOID, i=given))["voidCoupon"] == done
        again = (await admin.run(VOID, i={**given, "idempotencyKey": key()}))["voidCoupon"]
        assert (again["__typename"], again["state"]) == ("CouponNotInState", "VOIDED")
        assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 4000
        row = await database.fetchrow("SELECT * FROM coupon_drops WHERE id = $1", decode("drp", made["id"]))
        assert row is not None and (row["promised_fen"], row["issued"]) == (0, 0 if gives_back else 1)
        path = coupons.Claims(b"x" * 32)  # nothing remembered
        other = await me(await shop.shopper())
        claim = coupons.Claim(shop.merchant_id, row["id"], other, key(), now(), "h5", None)
        assert isinstance(await path.claim(claim), coupons.Claimed) == gives_back
    made, shopper = await make(shop), await shop.shopper()
    got = await attempt(shopper, made["id"])
    await place(shopper, {"BEEF": 1})
    held = (await admin.run(VOID, i={"couponId": got["id"], "reason": "发错人", "idempotencyKey": key()}))["voidCoupon"]
    assert (held["state"], held["message"]) == ("LOCKED", "这张券正被订单占用，不能作废")
    missing = {"couponId": f"cpn_{new_id().hex}", "reason": "发错人", "idempotencyKey": key()}
    assert (await admin.run(VOID, i=missing))["voidCoupon"]["__typename"] == "NotFound"


async def template(shop: Shop, **content: Any) -> str:
    text = (
        "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { ... on CouponTemplate { id } } }"
    )
    given = {"name": "补偿券", "content": content, "validDays": 7, "idempotencyKey": key()}
    return str((await (await shop.admin()).run(text, i=given))["createCouponTemplate"]["id"])


@pytest.mark.usefixtures("exact")
async def test_compensation_has_a_reason_and_a_daily_limit(shop: Shop) -> None:
    """K04: a clerk finds the customer, gives a coupon with a reason; what one clerk gives a day is limited in number and money,
    also when pressed at once; another clerk has a limit of one's own; the refusal says when it resets."""
    await merchants.set_coupon_policy(shop.merchant_id, {"compensations_per_day": 3, "compensation_fen_per_day": 2000})
    clerk, shopper = await shop.staff("customer_service"), await shop.shopper()
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    look = "query($s: String!) { memberLookup(search: $s) { id memberCode coupons { nodes { state source } } } }"
    (found,) = (await clerk.run(look, s=code))["memberLookup"]
    five, ten = await template(shop, kind="OFF", offFen=500), await template(shop, kind="OFF", offFen=1000)

    async def give(
        client: Client, template_id: str, reason: str = "少发一袋", mark: str | None = None
    ) -> dict[str, Any]:
        given = {"memberId": found["id"], "templateId": template_id, "reason": reason, "idempotencyKey": mark or key()}
        answer: dict[str, Any] = (await client.run(COMPENSATE, i=given))["compensateMember"]
        return answer

    got = await give(clerk, five, mark=(mark := key().ljust(80, "x")))  # as long as a key may be
    assert (got["source"], got["state"], got["moves"]) == (
        "客服补偿",
        "ISSUED",
        [{"why": "客服补偿", "note": "少发一袋"}],
    )
    assert await give(clerk, five, mark=mark) == got
    answers = await asyncio.gather(*(give(clerk, five) for _ in range(8)))
    kinds = [a["__typename"] for a in answers]
    assert kinds.count("Coupon") == 2 and kinds.count("ClerkLimitReached") == 6
    stopped = next(a for a in answers if a["__typename"] == "ClerkLimitReached")
    assert (stopped["limit"], stopped["given"], stopped["givenFen"], stopped["limitFen"]) == (3, 3, 1500, 2000)
    resets = datetime.fromisoformat(stopped["resetsAt"])
    assert resets > now() and resets.astimezone(ZoneInfo("Asia/Shanghai")).hour == 0 and "¥15.00" in stopped["message"]
    other = await shop.staff("customer_service")
    assert [(await give(other, ten))["__typename"] for _ in range(3)] == ["Coupon", "Coupon", "ClerkLimitReached"]
    assert [p["path"] for p in (await give(other, five, " "))["problems"]] == ["reason"]
    uncapped = await template(shop, kind="PERCENT", payBp=5000)
    assert [p["path"] for p in (await give(other, uncapped))["problems"]] == ["templateId"]
    (seen,) = (await clerk.run(look, s=code))["memberLookup"]
    assert seen["coupons"]["nodes"] == [{"state": "ISSUED", "source": "客服补偿"}] * 5
    narrow = "query($s: String!) { memberLookup(search: $s) { issued: coupons(states: [ISSUED], first: 3) { nodes { state } pageInfo { hasNextPage } } used: coupons(states: [REDEEMED, VOIDED]) { nodes { state } } } }"
    (some,) = (await clerk.run(narrow, s=code))["memberLookup"]
    assert some["issued"] == {"nodes": [{"state": "ISSUED"}] * 3, "pageInfo": {"hasNextPage": True}}
    assert some["used"]["nodes"] == []
    with pytest.raises(GraphQLFailed) as denied:
        await give(await shop.staff("coupon_operator"), five)
    assert denied.value.code == "FORBIDDEN"


@pytest.mark.usefixtures("exact")
async def test_expiry_in_bulk_is_once_and_waits_for_nobody(shop: Shop) -> None:
    """K05, E1: two schedules at once expire 3,000 coupons, each once, told once; places and budget come back where the drop
    says so; a coupon that an order holds is left."""
    made, shopper = await make(shop, total=5000, perMember=1, givesBack=True, budgetFen=5_000_000), await shop.shopper()
    drop = decode("drp", made["id"])
    held = await attempt(shopper, made["id"])
    await place(shopper, {"BEEF": 1})
    assert drop is not None
    async with database.transaction() as tx:
        people = [new_id() for _ in range(3000)]
        await tx.execute(
            "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
            " SELECT id, $1, 'e' || id, '', 'basic', 'all', '[]', 0, left(replace(id::text, '-', ''), 24), $3 FROM unnest($2::uuid[]) AS x (id)",
            shop.merchant_id,
            people,
            now(),
        )
    path = coupons.Claims(b"x" * 32)
    claims = [coupons.Claim(shop.merchant_id, drop, person, "k", now(), "h5", None) for person in people]
    assert all(isinstance(r, coupons.Claimed) for r in await asyncio.gather(*(path.claim(c) for c in claims)))
    await database.pool().execute(
        "UPDATE coupons SET expires_at = now() - interval '1 second', valid_from = now() - interval '1 hour' WHERE drop_id = $1",
        drop,
    )

    async def schedule() -> int:
        total = 0
        while done := await coupons.expire_due(now()):
            total += done
        return total

    assert sum(await asyncio.gather(schedule(), schedule())) >= 3000
    rows = await database.fetch(
        "SELECT state, count(*) AS n FROM coupons WHERE drop_id = $1 GROUP BY 1 ORDER BY 1", drop
    )
    assert [(r["state"], r["n"]) for r in rows] == [("expired", 3000), ("locked", 1)]
    row = await database.fetchrow("SELECT issued, promised_fen FROM coupon_drops WHERE id = $1", drop)
    assert row is not None and (row["issued"], row["promised_fen"]) == (1, 500) and held["__typename"] == "Coupon"


async def test_an_expired_coupon_is_not_taken_by_an_order_seen_before(shop: Shop) -> None:
    """K05, lessons *Time*: between the quote and the order the coupon ends: the order is refused with the new price, and the
    schedule has nothing to do with it."""
    made, shopper = await make(shop), await shop.shopper()
    got = await attempt(shopper, made["id"])
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    await database.pool().execute("UPDATE coupons SET expires_at = now() WHERE id = $1", decode("cpn", got["id"]))
    answer = await place(shopper, {"BEEF": 1}, token)
    assert (answer["__typename"], answer["quote"]["payableFen"]) == ("PriceChanged", 4000)
    assert [m["after"] for m in (await steps(shopper))[0]["moves"]] == ["ISSUED"]


async def test_its_history_says_by_whom(shop: Shop) -> None:
    """K05: every step says by whom, in words: the customer reads 您本人 and 商家员工, staff read the name; of somebody else's coupon
    nobody reads anything."""
    shopper, other, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    drop = await shop.drop(off=500)
    got = await claim(shopper, drop)
    order = await place(shopper, {"BEEF": 1})
    cancel_ = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }"
    await shopper.run(cancel_, i={"orderId": order["id"], "idempotencyKey": key()})
    await admin.run(VOID, i={"couponId": got["id"], "reason": "领错了券", "idempotencyKey": key()})
    text = "query($id: ID!) { coupon(id: $id) { moves { why by } } }"
    moves = (await shopper.run(text, id=got["id"]))["coupon"]["moves"]
    assert [(m["why"], m["by"]) for m in moves] == [
        ("领取", "您本人"),
        ("下单锁定", "随订单自动"),
        ("订单取消", "随订单自动"),
        ("退回卡包", "随订单自动"),
        ("商家作废", "商家员工"),
    ]
    assert (await other.run(text, id=got["id"]))["coupon"] is None
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    look = "query($s: String!) { memberLookup(search: $s) { coupons { nodes { moves { by } } } } }"
    (found,) = (await admin.run(look, s=code))["memberLookup"]
    name = await database.fetchval(
        "SELECT name FROM staff WHERE merchant_id = $1 AND name <> '' ORDER BY id LIMIT 1", shop.merchant_id
    )
    by = [m["by"] for m in found["coupons"]["nodes"][0]["moves"]]
    assert by[0] == "顾客本人" and by[-1] == f"员工 {name}"


async def test_what_the_system_did_says_so(shop: Shop) -> None:
    """K05: a coupon that ended by itself was ended by the system, one that a clerk gave came from a clerk."""
    shopper = await shop.shopper()
    got = await claim(shopper, await shop.drop(off=500))
    await coupons.expire_due(now() + timedelta(days=9))
    moves = (await shopper.run("query($id: ID!) { coupon(id: $id) { moves { why by } } }", id=got["id"]))["coupon"][
        "moves"
    ]
    assert moves[-1] == {"why": "到期", "by": "系统自动"}
