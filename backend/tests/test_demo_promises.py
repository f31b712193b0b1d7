"""What the demo's coupons promise of an article can be had: no floor stands above it."""

from __future__ import annotations

from backend.demo.shops import DEMOS


def test_no_floor_stands_above_what_a_coupon_of_the_demo_promises() -> None:
    """K01: a shopper who is told 3 yuan pays 3 yuan, a trial is free, a set costs what it says."""
    seen = 0
    for demo in DEMOS:
        floors = {product.sku: product.floor_fen for product in demo.goods()}
        for name, content, *_ in demo.drops:
            kind, it = next(iter(content.items()))
            if kind in ("exchange", "trial"):
                assert floors[it["sku"]] <= it.get("price", 0), name
            elif kind == "bundle":
                assert sum(floors[part["sku"]] * part["qty"] for part in it["items"]) <= it["price"], name
            else:
                continue
            seen += 1
    assert seen >= 3
