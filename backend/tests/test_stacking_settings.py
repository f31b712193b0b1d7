"""叠加规则 as staff set them in the console (K01, P08)."""

from __future__ import annotations

from typing import Any

import pytest

from backend import merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.tests.conftest import Shop, command, place, quote

READ = "{ stackingPolicy { maxCoupons mostCoupons maxPromotionsPerLine } }"
SET = """mutation($i: SetStackingPolicyInput!) { setStackingPolicy(input: $i) { __typename
  ... on StackingPolicy { maxCoupons maxPromotionsPerLine } ... on InvalidInput { problems { path message } } } }"""


async def set_to(client: Client, coupons: int, promotions: int | None, with_key: str | None = None) -> dict[str, Any]:
    given = {"maxCoupons": coupons, "maxPromotionsPerLine": promotions, "idempotencyKey": with_key or key()}
    answer: dict[str, Any] = (await client.run(SET, i=given))["setStackingPolicy"]
    return answer


async def test_staff_read_and_set_it(shop: Shop) -> None:
    """K01, P08, C4: what is set holds for the next price and is the whole truth for the command line too; other settings stay; the same
    key again does nothing, with other figures it is refused; null takes the limit away."""
    await merchants.set_coupon_policy(shop.merchant_id, {"compensations_per_day": 3})
    await shop.promotion({"type": "percent_off", "pay_bp": 9000})
    await shop.promotion({"type": "amount_off", "off": 500, "group": "own"})
    admin, shopper = await shop.admin(), await shop.shopper()
    assert (await admin.run(READ))["stackingPolicy"] == {
        "maxCoupons": 1,
        "mostCoupons": 3,
        "maxPromotionsPerLine": None,
    }
    both = (await quote(shopper, {"BEEF": 1}))["payableFen"]
    again = key()
    stated = {"__typename": "StackingPolicy", "maxCoupons": 2, "maxPromotionsPerLine": 1}
    assert await set_to(admin, 2, 1, again) == stated
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] > both
    await set_to(admin, 3, None)
    assert (await set_to(admin, 2, 1, again))["maxCoupons"] == 3  # said before, and changed since
    assert (await set_to(admin, 1, 1, again))["__typename"] == "IdempotencyConflict"
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == both
    part = (await admin.run(SET, i={"maxPromotionsPerLine": 2, "idempotencyKey": key()}))["setStackingPolicy"]
    assert part == {"__typename": "StackingPolicy", "maxCoupons": 3, "maxPromotionsPerLine": 2}  # the other stays
    await admin.run(SET, i={"maxPromotionsPerLine": None, "idempotencyKey": key()})
    assert (await merchants.price_policy(shop.merchant_id))[:2] == (3, None)
    async with database.transaction() as tx:
        assert await merchants.coupon_policy(tx, shop.merchant_id) == {"compensations_per_day": 3, "max_coupons": 3}


@pytest.mark.parametrize(
    ("coupons", "promotions", "paths"),
    [(0, None, ["maxCoupons"]), (4, 0, ["maxCoupons", "maxPromotionsPerLine"]), (1, 1001, ["maxPromotionsPerLine"])],
)
async def test_what_is_out_of_bounds_changes_nothing(
    shop: Shop, coupons: int, promotions: int | None, paths: list[str]
) -> None:
    """K01, P08: each fault at its field, and nothing is changed or told."""
    admin = await shop.admin()
    refused = await set_to(admin, coupons, promotions)
    assert [p["path"] for p in refused["problems"]] == paths
    assert (await merchants.price_policy(shop.merchant_id))[:2] == (1, None)
    told = "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND kind = 'StackingChanged'"
    assert await database.fetchval(told, shop.merchant_id) == 0


async def test_an_order_placed_before_keeps_its_day(shop: Shop) -> None:
    """Q07: what changes between the price and the order is told; an order that is there keeps its price."""
    await shop.promotion({"type": "percent_off", "pay_bp": 9000})
    await shop.promotion({"type": "amount_off", "off": 500, "group": "own"})
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await place(shopper, {"BEEF": 1})
    await set_to(admin, 1, 1)
    shown = await shopper.run("query($i: ID!) { order(id: $i) { payableFen } }", i=order["id"])
    assert shown["order"]["payableFen"] == order["payableFen"] < (await quote(shopper, {"BEEF": 1}))["payableFen"]


async def test_open_carts_hear_of_it(shop: Shop) -> None:
    """Q05: the fact that is told names both figures and who stated them."""
    admin = await shop.admin()
    await set_to(admin, 2, None)
    told = "SELECT payload FROM outbox_events WHERE merchant_id = $1 AND kind = 'StackingChanged'"
    payload = await database.fetchval(told, shop.merchant_id)
    assert (payload["max_coupons"], payload["max_promotions_per_line"]) == (2, None)
    assert payload["actor"].startswith("staff:")


async def test_open_carts_hear_of_what_a_command_sets(shop: Shop) -> None:
    """Q05, K01, P08: `shuhui coupon-policy` and `stacking-policy` tell what the console tells, and leave each other's figure alone."""
    assert await command(shop, "coupon-policy", "--max-coupons", "3") == (0, '{"max_coupons": 3}\n')
    assert (await command(shop, "stacking-policy", "--max-promotions-per-line", "2"))[0] == 0
    told = await database.fetch(
        "SELECT payload FROM outbox_events WHERE merchant_id = $1 AND kind = 'StackingChanged' ORDER BY id",
        shop.merchant_id,
    )
    figures = [(row["payload"]["max_coupons"], row["payload"]["max_promotions_per_line"]) for row in told]
    assert figures == [(3, None), (3, 2)]
