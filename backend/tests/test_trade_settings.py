"""抵扣上限 (P04) and 投诉答复时限 (R05) as staff set them in the console."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import merchants, pricing
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.tests.conftest import Shop, command, place
from backend.tests.test_complaints import complain
from backend.tests.test_coupon_kinds import template
from backend.tests.test_tender_caps import CAPPED, rich

LIMITS = "redPacket { maxShareBp maxFen } points { maxShareBp maxFen } balance { maxShareBp maxFen }"
READ = f"{{ tenderPolicy {{ {LIMITS} }} complaintPolicy {{ minutes leastMinutes mostMinutes }} }}"
SET_CAPS = f"""mutation($i: SetTenderPolicyInput!) {{ setTenderPolicy(input: $i) {{ __typename
  ... on TenderPolicy {{ {LIMITS} }} ... on InvalidInput {{ problems {{ path message }} }} }} }}"""
SET_TIME = """mutation($i: SetComplaintPolicyInput!) { setComplaintPolicy(input: $i) { __typename
  ... on ComplaintPolicy { minutes } ... on InvalidInput { problems { path message } } } }"""
HALF = {"maxShareBp": 5000, "maxFen": None}


async def cap(client: Client, with_key: str | None = None, **caps: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.run(SET_CAPS, i={**caps, "idempotencyKey": with_key or key()}))[
        "setTenderPolicy"
    ]
    return answer


async def promise(client: Client, minutes: int, with_key: str | None = None) -> dict[str, Any]:
    given = {"minutes": minutes, "idempotencyKey": with_key or key()}
    answer: dict[str, Any] = (await client.run(SET_TIME, i=given))["setComplaintPolicy"]
    return answer


async def test_staff_read_and_set_caps(shop: Shop) -> None:
    """P04, C4: what is set is what the command shows; kinds left out stay, null takes a cap away; the same key again does nothing, with
    other figures it is refused."""
    admin = await shop.admin()
    assert (await admin.run(READ))["tenderPolicy"] == {"redPacket": None, "points": None, "balance": None}
    again = key()
    first = await cap(admin, again, points={"maxShareBp": 5000}, balance={"maxShareBp": 3333, "maxFen": 4000})
    assert first == {
        "__typename": "TenderPolicy",
        "redPacket": None,
        "points": HALF,
        "balance": {"maxShareBp": 3333, "maxFen": 4000},
    }
    await cap(admin, redPacket={"maxFen": 600}, balance=None)
    said = '{"red_packet": {"fen": 600}, "points": {"bp": 5000}}\n'
    assert await command(shop, "tender-policy") == (0, said)
    replay = await cap(admin, again, points={"maxShareBp": 5000}, balance={"maxShareBp": 3333, "maxFen": 4000})
    assert (replay["balance"], replay["redPacket"]) == (None, {"maxShareBp": None, "maxFen": 600})
    assert (await cap(admin, again, points=None))["__typename"] == "IdempotencyConflict"
    assert (await admin.run(READ))["tenderPolicy"]["points"] == HALF


@pytest.mark.parametrize(
    ("wrong", "paths"),
    [
        ({"points": {}}, ["points"]),
        ({"points": {"maxShareBp": 10_001}}, ["points.maxShareBp"]),
        ({"redPacket": {"maxShareBp": -1, "maxFen": -1}}, ["redPacket.maxShareBp", "redPacket.maxFen"]),
        ({"points": {"maxShareBp": 1}, "balance": {"maxFen": 10**9 + 1}}, ["balance.maxFen"]),
    ],
)
async def test_caps_out_of_bounds_change_nothing(shop: Shop, wrong: dict[str, Any], paths: list[str]) -> None:
    """P04: each fault at its field; what was right beside it is not set either, and nothing is told."""
    admin = await shop.admin()
    refused = await cap(admin, **wrong)
    assert [p["path"] for p in refused["problems"]] == paths
    assert (await merchants.price_policy(shop.merchant_id)).tender_caps == ()
    told = "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND kind = 'TenderCapChanged'"
    assert await database.fetchval(told, shop.merchant_id) == 0


async def test_an_open_cart_hears_of_a_cap_from_the_console(shop: Shop) -> None:
    """P04, Q05: a cap of half on points is said at an open checkout, and gone when it is taken away."""
    shopper, admin = await rich(shop), await shop.admin()
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "tenders": {"points": 90_000}}
    text = f"subscription($c: CartInput!) {{ cartQuote(input: $c) {{ version cause result {{ ... on Quote {{ dueFen {CAPPED} }} }} }} }}"
    async with shopper.subscribe(text, c=cart) as frames, asyncio.timeout(20):
        assert (await anext(frames))["cartQuote"]["result"] == {"dueFen": 0, "capped": []}
        await cap(admin, points={"maxShareBp": 5000})
        seen = (await anext(frames))["cartQuote"]
        assert (seen["cause"], seen["result"]["dueFen"]) == ("抵扣规则有变化", 2000)
        assert seen["result"]["capped"][0]["sentence"] == "积分最多抵 50%，这一单最多 ¥20.00"
        await cap(admin, points=None)
        assert (await anext(frames))["cartQuote"]["result"] == {"dueFen": 0, "capped": []}


async def test_staff_state_by_when_complaints_are_answered(shop: Shop) -> None:
    """R05, C4: holds for complaints made from now on, what was promised stays; the same key again does nothing."""
    admin, shopper = await shop.admin(), await shop.shopper()
    shown = {"minutes": 150, "leastMinutes": 60, "mostMinutes": 10_080}
    assert (await admin.run(READ))["complaintPolicy"] == shown
    before = await complain(shopper, await place(shopper, {"TOFU": 1}))
    again = key()
    assert await promise(admin, 90, again) == {"__typename": "ComplaintPolicy", "minutes": 90}
    after = await complain(shopper, await place(shopper, {"TOFU": 1}))
    assert after["dueAt"] < before["dueAt"]
    assert await command(shop, "complaint-policy", "--minutes", "240") == (0, '{"minutes": 240}\n')
    assert (await promise(admin, 90, again))["minutes"] == 240  # said before, and changed since
    assert (await promise(admin, 91, again))["__typename"] == "IdempotencyConflict"
    for wrong in (59, 10_081, -1):
        refused = await promise(admin, wrong)
        assert [p["path"] for p in refused["problems"]] == ["minutes"], refused
    assert await merchants.complaint_minutes(shop.merchant_id) == 240


async def test_who_may_read_may_not_set(shop: Shop) -> None:
    """S02: who reads prices' settings reads these; a cashier does not, and only those who write promotions set them."""
    reader, cashier = await shop.staff("customer_service"), await shop.staff("cashier")
    assert (await reader.run(READ))["complaintPolicy"]["minutes"] == 150
    with pytest.raises(GraphQLFailed) as denied:
        await cashier.run(READ)
    assert denied.value.code == "FORBIDDEN"
    for text, given in ((SET_CAPS, {"points": {"maxFen": 1}}), (SET_TIME, {"minutes": 90})):
        with pytest.raises(GraphQLFailed) as denied:
            await reader.run(text, i={**given, "idempotencyKey": key()})
        assert denied.value.code == "FORBIDDEN"
    assert (await merchants.price_policy(shop.merchant_id)).tender_caps == ()
    assert await merchants.complaint_minutes(shop.merchant_id) == 150
    await cap(await shop.staff("marketing"), points={"maxFen": 1})
    assert (await merchants.price_policy(shop.merchant_id)).tender_caps == (pricing.TenderCap("points", None, 1),)


LIMITS_OF_CLERKS = """mutation($i: SetCompensationPolicyInput!) { setCompensationPolicy(input: $i) { __typename
  ... on CompensationPolicy { perDay fenPerDay } ... on InvalidInput { problems { path message } } } }"""


async def limit(client: Client, per_day: int, fen: int, with_key: str | None = None) -> dict[str, Any]:
    given = {"perDay": per_day, "fenPerDay": fen, "idempotencyKey": with_key or key()}
    answer: dict[str, Any] = (await client.run(LIMITS_OF_CLERKS, i=given))["setCompensationPolicy"]
    return answer


async def test_a_clerk_s_limits_are_set_by_staff_and_by_command(shop: Shop) -> None:
    """K04, C4: what the console sets is what the command shows and the other way round; a figure out of bounds changes nothing; the
    next compensation goes by it, also on the same day; a clerk may not set it."""
    admin, clerk = await shop.admin(), await shop.staff("customer_service")
    read = "{ compensationPolicy { perDay fenPerDay } }"
    assert (await admin.run(read))["compensationPolicy"] == {"perDay": 20, "fenPerDay": 20_000}
    again = key()
    assert (await limit(admin, 2, 700, again))["perDay"] == 2
    assert await command(shop, "compensation-policy") == (0, '{"per_day": 2, "fen_per_day": 700}\n')
    assert await command(shop, "compensation-policy", "--per-day", "3") == (0, '{"per_day": 3, "fen_per_day": 700}\n')
    assert (await limit(admin, 2, 700, again))["perDay"] == 3  # the same key: what is in force
    assert (await limit(admin, 2, 701, again))["__typename"] == "IdempotencyConflict"
    for per_day, fen, path in (
        (-1, 700, "perDay"),
        (1001, 700, "perDay"),
        (3, -1, "fenPerDay"),
        (3, 10_000_001, "fenPerDay"),
    ):
        assert (await limit(admin, per_day, fen))["problems"][0]["path"] == path
    assert (await command(shop, "compensation-policy", "--per-day", "-1"))[0] == 2
    assert (await admin.run(read))["compensationPolicy"] == {"perDay": 3, "fenPerDay": 700}
    with pytest.raises(GraphQLFailed):
        await limit(clerk, 99, 99_999)
    kind = (await template(shop, "补偿券", 500))["id"]
    member = (await (await shop.shopper()).run("{ me { id } }"))["me"]["id"]
    give = "mutation($i: CompensateMemberInput!) { compensateMember(input: $i) { __typename ... on ClerkLimitReached { limitFen } } }"

    async def given() -> dict[str, Any]:
        wish = {"memberId": member, "templateId": kind, "reason": "少送一件", "idempotencyKey": key()}
        answer: dict[str, Any] = (await clerk.run(give, i=wish))["compensateMember"]
        return answer

    assert [(await given())["__typename"] for _ in range(2)] == ["Coupon", "ClerkLimitReached"]
    await limit(admin, 3, 1000)
    assert [(await given())["__typename"] for _ in range(2)] == ["Coupon", "ClerkLimitReached"]
