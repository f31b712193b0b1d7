"""Points rules: 1 yuan 1 point, accelerators by level and threshold, from the quote to the ledger and back (B03)."""

from __future__ import annotations

import pytest

from backend.demo.client import Client
from backend.tests.conftest import Shop, quote
from backend.tests.refunding import account, bought, refund, sound
from backend.tests.test_levels import by_hand

BASE = {"type": "earn_points", "per_yuan": 1}
OVER_100 = {"type": "earn_points", "times_bp": 20000, "when": {"min_amount": {"fen": 10000}}}
GOLD = {"type": "earn_points", "times_bp": 15000, "when": {"level": ["gold", "diamond"]}}
GOLD_BELOW = {**GOLD, "when": {**GOLD["when"], "not": {"min_amount": {"fen": 10000}}}}  # type: ignore[dict-item]


async def rules(shop: Shop, *offers: dict[str, object]) -> None:
    for offer in offers:
        await shop.promotion(dict(offer), name="积分")


async def promised(shopper: Client, lines: dict[str, int]) -> list[int]:
    return [earned["points"] for earned in (await quote(shopper, lines))["earn"]]


async def points(shop: Shop, shopper: Client) -> int:
    return (await account(shop, shopper)).get("points", 0)


@pytest.mark.parametrize(
    ("lines", "earned"), [({"PORK": 3, "TOFU": 1}, 99), ({"TRIPE": 1}, 200), ({"TRIPE": 2, "TOFU": 1}, 418)]
)
async def test_double_from_100_yuan(shop: Shop, lines: dict[str, int], earned: int) -> None:
    """B03: 99 yuan earn 99 points, 100 yuan 200, 209 yuan 418: quoted, granted at completion, taken back with the goods."""
    await rules(shop, BASE, OVER_100)
    shopper = await shop.shopper()
    assert sum(await promised(shopper, lines)) == earned
    order = await bought(shop, shopper, lines)
    assert await points(shop, shopper) == 0
    await bought_done(shop, order)
    assert await points(shop, shopper) == earned
    await refund(await shop.admin(), order, lines)
    assert await points(shop, shopper) == 0
    await sound(shop)


async def bought_done(shop: Shop, order: dict[str, object]) -> None:
    from backend.tests.refunding import complete

    assert (await complete(shop, order))["__typename"] == "Order"


async def test_levels_accelerate_and_factors_multiply(shop: Shop) -> None:
    """B03, B04: 1.5 times for gold from the moment of the level; with the double from 100 yuan, three times; what each adds stands
    apart."""
    await rules(shop, BASE, GOLD, OVER_100)
    shopper = await shop.shopper()
    assert await promised(shopper, {"BEEF": 1}) == [40]
    await by_hand(shop, shopper, 500)
    assert await promised(shopper, {"BEEF": 1}) == [40, 20]
    assert sum(await promised(shopper, {"TRIPE": 2})) == 600
    await bought(shop, shopper, {"TRIPE": 2}, done=True)
    assert await points(shop, shopper) == 600
    await sound(shop)


async def test_factors_that_do_not_meet(shop: Shop) -> None:
    """B03: a condition keeps the factor of the level from orders that the threshold doubles."""
    await rules(shop, BASE, GOLD_BELOW, OVER_100)
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 500)
    assert sum(await promised(shopper, {"BEEF": 1})) == 60
    assert sum(await promised(shopper, {"TRIPE": 2})) == 400


async def test_the_threshold_counts_list_prices_and_points_what_is_paid(shop: Shop) -> None:
    """B03: the nearest form that the contract has: a cart of 100 yuan at list prices doubles the points of the 80 that are paid."""
    await rules(shop, BASE, OVER_100)
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 10000, "off": 2000}]})
    shopper = await shop.shopper()
    assert sum(await promised(shopper, {"TRIPE": 1})) == 160
    order = await bought(shop, shopper, {"TRIPE": 1}, done=True)
    assert await points(shop, shopper) == 160 and order["payableFen"] == 8000
    await sound(shop)


async def test_what_is_kept_of_a_doubled_order(shop: Shop) -> None:
    """B03, Q08: a part that comes back takes its points along, doubled as they were."""
    await rules(shop, BASE, OVER_100)
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"SHRIMP": 2, "PORK": 1}, done=True)  # 150.00
    assert await points(shop, shopper) == 300
    await refund(await shop.admin(), order, {"PORK": 1})
    assert await points(shop, shopper) == 240
    await sound(shop)
