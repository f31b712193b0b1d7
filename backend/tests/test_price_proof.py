"""Q02: the merchant sees whether the price of an order was proven the best, and how much a better one could save at most."""

from __future__ import annotations

from typing import Any

import pytest

from backend.orders import quoting
from backend.tests.conftest import Shop, place

CART = {"BEEF": 2, "SHRIMP": 2, "TRIPE": 1, "PORK": 3, "TOFU": 4, "BASE": 2}


async def proof(shop: Shop, order: dict[str, Any]) -> dict[str, Any]:
    text = "query($id: ID!) { storeOrder(id: $id) { order { payableFen priceProof { optimal lowerBoundFen savableFen } } } }"
    found: dict[str, Any] = (await (await shop.admin()).run(text, id=order["id"]))["storeOrder"]["order"]
    return found


async def compete(shop: Shop) -> None:
    """Offers that want the same goods."""
    for n, skus in enumerate((["BEEF", "SHRIMP", "PORK"], ["TRIPE", "PORK", "TOFU"], ["BASE", "BEEF", "TOFU"])):
        await shop.promotion({"type": "nth_item", "n": 2, "pay_bp": 4000 + 700 * n, "scope": {"skus": skus}})
        tiers = [{"min": 9000 + 1500 * n, "off": 1300 + 300 * n}]
        await shop.promotion({"type": "spend_off", "tiers": tiers, "scope": {"skus": [*skus[1:], "SHRIMP"]}})
        await shop.promotion({"type": "pick_bundle", "count": 3, "price": 7700 + 500 * n, "scope": {"skus": skus}})


async def test_an_order_tells_staff_whether_its_price_is_the_best(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q02, Q07: proven where the search was complete; else a bound, which the best price keeps to. Shoppers are told neither."""
    await compete(shop)
    shopper = await shop.shopper()
    best = await place(shopper, CART)
    found = await proof(shop, best)
    assert found["priceProof"] == {"optimal": True, "lowerBoundFen": best["payableFen"], "savableFen": 0}
    mine = "query($id: ID!) { order(id: $id) { priceProof { optimal } } }"
    assert (await shopper.run(mine, id=best["id"]))["order"] == {"priceProof": None}
    monkeypatch.setattr(quoting, "STEPS", 1)
    hasty = await place(shopper, CART)
    found = await proof(shop, hasty)
    bound = found["priceProof"]
    assert bound["optimal"] is False and bound["savableFen"] == hasty["payableFen"] - bound["lowerBoundFen"] > 0
    assert bound["lowerBoundFen"] <= best["payableFen"] <= hasty["payableFen"]
