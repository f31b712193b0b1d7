"""新客券: who joins gets an offer of their own, once a member, where the merchant has switched it on (B06)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend import automation
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, quote
from backend.tests.refunding import bought, sound

DAY = timedelta(days=1)
SET = """mutation($i: SetLifecycleRulesInput!) { setLifecycleRules(input: $i) { __typename
  ... on LifecycleRules { newOffer newOffFen newMinFen } ... on InvalidInput { problems { path message } } } }"""
MINE = "{ benefitAccount { coupons(first: 20) { nodes { source template { name face { sentence } } } } } }"


async def set_to(shop: Shop, **rules: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await (await shop.admin()).run(SET, i={**rules, "idempotencyKey": key()}))[
        "setLifecycleRules"
    ]
    return found


async def fire(shop: Shop, at: datetime) -> None:
    settings = shop.world.settings
    await automation.lifecycle.offer_due(settings.secret, settings.subscribe_template_id, at)


async def mine(shopper: Client) -> list[str]:
    nodes = (await shopper.run(MINE))["benefitAccount"]["coupons"]["nodes"]
    assert {n["source"] for n in nodes} <= {"商家关怀"}
    return [n["template"]["name"] for n in nodes]


async def member_of(shopper: Client) -> Any:
    return decode("mem", (await shopper.run("{ me { id } }"))["me"]["id"])


def day_of(at: datetime) -> datetime:
    """Noon of the merchant's day."""
    return at.replace(hour=4, minute=0, second=0, microsecond=0, tzinfo=UTC)


async def test_new_members_get_theirs_once(shop: Shop) -> None:
    """B06, M03: switched on, who joined gets the coupon with a message, in the daytime, once however often the schedule runs and
    whoever runs it, also after the merchant changed the terms; it is good as it says."""
    noon = day_of(now()) - 5 * DAY
    shopper = await shop.shopper()
    await fire(shop, noon)
    assert await mine(shopper) == []  # off until the merchant says so
    done = await set_to(shop, newOffer=True, newOffFen=800, newMinFen=3900)
    assert done == {"__typename": "LifecycleRules", "newOffer": True, "newOffFen": 800, "newMinFen": 3900}
    await fire(shop, noon.replace(hour=0))  # eight in the morning
    assert await mine(shopper) == []
    await asyncio.gather(fire(shop, noon), fire(shop, noon), fire(shop, noon))
    assert await mine(shopper) == ["新客券 满39减8"]
    messages = await database.fetch("SELECT data FROM messages WHERE merchant_id = $1", shop.merchant_id)
    assert [m["data"]["amount2"] for m in messages] == ["¥8.00"] and "8元券" in messages[0]["data"]["thing1"]
    await set_to(shop, newOffer=True, newOffFen=500, newMinFen=0)
    await fire(shop, noon + DAY)
    assert await mine(shopper) == ["新客券 满39减8"]
    later = await shop.shopper()
    await fire(shop, noon + 2 * DAY)
    assert await mine(later) == ["新客券 立减5元"]
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3200
    assert (await quote(later, {"TOFU": 1}))["payableFen"] == 400
    await sound(shop)


async def test_the_business_key_holds_whatever_the_row_says(shop: Shop) -> None:
    """B06: a member who had it and whose mark was lost gets no second one."""
    noon = day_of(now()) - 5 * DAY
    shopper = await shop.shopper()
    await set_to(shop, newOffer=True)
    await fire(shop, noon)
    await database.pool().execute("UPDATE members SET offered_at = NULL WHERE merchant_id = $1", shop.merchant_id)
    await fire(shop, noon + DAY)
    assert await mine(shopper) == ["新客券 满59减10"]


async def test_who_bought_or_joined_long_ago_is_not_new(shop: Shop) -> None:
    """B06: whoever has bought, and who joined before the days of a new customer, gets none; silent customers of the same day come
    first and the day's number is kept."""
    noon = day_of(now()) - 5 * DAY
    buyer, old, silent, fresh, other = [await shop.shopper() for _ in range(5)]
    await bought(shop, buyer, {"TOFU": 1})
    change = "UPDATE members SET joined_at = $3 WHERE merchant_id = $1 AND id = $2"
    await database.pool().execute(change, shop.merchant_id, await member_of(old), noon - 31 * DAY)
    await database.pool().execute(
        "UPDATE members SET lifecycle = 'silent', lifecycle_since = $3 WHERE merchant_id = $1 AND id = $2",
        shop.merchant_id,
        await member_of(silent),
        noon - DAY,
    )
    await set_to(shop, newOffer=True, offersADay=2)
    await fire(shop, noon)
    assert (await mine(silent), await mine(fresh)) == (["3 元换购券"], ["新客券 满59减10"])
    assert await mine(other) == []
    await fire(shop, noon + DAY)
    assert (await mine(other), await mine(buyer), await mine(old)) == (["新客券 满59减10"], [], [])


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"newOffFen": 99}, "new_off_fen"),
        ({"newOffFen": 100_001}, "new_off_fen"),
        ({"newMinFen": 1_000_001}, "new_min_fen"),
        ({"newOffFen": 5000, "newMinFen": 5000}, "new_off_fen"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(shop: Shop, rules: dict[str, int], path: str) -> None:
    """B06: refused at their field, and nothing is changed."""
    refused = await set_to(shop, newOffer=True, **rules)
    assert [p["path"] for p in refused["problems"]] == [path]
    version = (await (await shop.admin()).run("{ lifecycleRules { version newOffer } }"))["lifecycleRules"]
    assert version == {"version": 0, "newOffer": False}


async def test_a_gift_at_meeting_is_for_new_customers(shop: Shop) -> None:
    """B04, K02: a drop like the demo's 新人见面礼 is claimed before the first order and refused after it, in words."""
    drop = await shop.drop(audience={"customer": "NEW_ONLY"})
    fresh, buyer = await shop.shopper(), await shop.shopper()
    await bought(shop, buyer, {"TOFU": 1})
    refused = await claim(buyer, drop)
    assert refused["__typename"] == "NotForYou" and "新" in refused["message"]
    assert (await claim(fresh, drop))["__typename"] == "Coupon"
