"""Lessons *Time*, through the API and the database: each fault a test of its name, with the naive way that has it, asked on the
same rows. The engine's side of them: `backend/tests/pricing/test_lessons.py`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.ids import decode
from backend.tests.conftest import Shop, place, quote, stays
from backend.tests.refunding import bought, refund

END = "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }"
HALF = {"type": "percent_off", "scope": {"skus": ["BEEF", "PORK"]}, "pay_bp": 5000}


async def end(shop: Shop, promotion: dict[str, Any]) -> None:
    admin = await shop.admin()
    answer = await admin.run(END, i={"promotionId": promotion["id"], "idempotencyKey": key()})
    assert answer["endPromotion"]["__typename"] == "Promotion"


async def at_the_price_of_today(shopper: Client, paid: int, kept: dict[str, int]) -> int:
    """Naive: who changes an order asks what the goods that are kept cost now, and pays back the rest."""
    return paid - int((await quote(shopper, kept))["payableFen"])


async def is_published(shop: Shop) -> bool:
    """Naive: a promotion applies as long as nobody has ended it."""
    return bool(
        await database.fetchval(
            "SELECT EXISTS (SELECT 1 FROM offer_versions WHERE merchant_id = $1 AND retired_at IS NULL)",
            shop.merchant_id,
        )
    )


@pytest.mark.usefixtures("exact")
async def test_shopware_5854_an_order_that_changes_after_the_end_keeps_its_discount(shop: Shop) -> None:
    """Q08, shopware#5854: a part of an order comes back when the promotion has ended. What is kept is priced as it was sold;
    who prices it anew takes the discount away, and would have the customer pay for giving goods back."""
    await merchants.set_refund_policy(shop.merchant_id, {"refund": "reprice"})
    promotion = await shop.promotion(HALF)
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1, "PORK": 1}, done=True)
    assert order["payableFen"] == 3500
    await end(shop, promotion)
    assert await at_the_price_of_today(shopper, 3500, {"BEEF": 1}) == -500
    answer = await refund(await shop.admin(), order, {"PORK": 1})
    assert answer["refunds"][0]["refundFen"] == 1500


@pytest.mark.usefixtures("exact")
async def test_sylius_16206_a_promotion_does_not_apply_after_its_end(shop: Shop) -> None:
    """P02, Sylius#16206: a price that was shown before the end is not had after it, by the clock alone: nobody has ended the
    promotion, no schedule ran, and who looks whether it is published sells on."""
    await shop.promotion(HALF, ends=1.5)
    shopper = await shop.shopper()
    seen = await quote(shopper, {"BEEF": 1})
    assert seen["payableFen"] == 2000
    await asyncio.sleep(1.6)
    assert await is_published(shop)
    late = await place(shopper, {"BEEF": 1}, seen["token"])
    assert (late["__typename"], late["seenPayableFen"], late["quote"]["payableFen"]) == ("PriceChanged", 2000, 4000)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 0


@pytest.mark.usefixtures("exact")
async def test_shopware_16728_versions_do_not_change(shop: Shop) -> None:
    """P09, O1, shopware#16728: what was published stays as it was, whatever the application sends; an order names the version it
    was priced with, and gives back by it. Who keeps one row for a promotion gives back by what it says today."""
    promotion = await shop.promotion(HALF)
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1, "PORK": 1}, done=True)
    row = await database.fetchrow("SELECT quote, request FROM orders WHERE id = $1", decode("ord", order["id"]))
    assert row is not None
    await end(shop, promotion)
    await shop.promotion({**HALF, "pay_bp": 9000})  # the same, changed
    assert await at_the_price_of_today(shopper, 3500, {"BEEF": 1}) == -100
    changed = "UPDATE offer_versions SET definition = definition || '{\"pay_bp\": 9000}' WHERE merchant_id = $1"
    await stays(shop.world, changed, shop.merchant_id, said="immutable")
    assert [p["pay_bp"] for p in row["request"]["promotions"]] == [5000]
    answer = await refund(await shop.admin(), order, {"PORK": 1})
    assert answer["refunds"][0]["refundFen"] == 1500
