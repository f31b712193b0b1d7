"""How coupons are weighed (§4, Q02, Q06): nothing that was found is lost, and what is told without a search is what a search
finds."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from backend import pricing
from backend.bench import carts
from backend.pricing.optimise import Solver


def test_a_combination_once_found_is_not_lost_when_the_price_without_coupons_turns_out_lower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The price without coupons is searched again where steps ended; a better one once threw away what coupons had given."""
    found: list[int] = []
    weigh = Solver._with

    def noted(self: Solver, *args: Any) -> Any:
        best = weigh(self, *args)
        found.append(best.payable)
        return best

    monkeypatch.setattr(Solver, "_with", noted)
    parsed = pricing.parse_scenario(carts.ordinary(30))
    quote = pricing.quote(parsed.rules, parsed.request, 12_000)
    assert not quote.optimal and quote.payable <= min(found)


def _cart(seed: int) -> dict[str, Any]:
    """A small cart of a shop; half of its coupons are for all goods, one may want the cart for itself."""
    rng = Random(seed)
    data = carts.ordinary(seed, 2 + seed % 4, 5, 5)
    for coupon in data["coupons"]:
        if rng.random() < 0.5:
            coupon["scope"] = {"all": True}
    if rng.random() < 0.6:
        data["promotions"] = [p for p in data["promotions"] if p["type"] != "shipping"]
    if rng.random() < 0.3:
        data["coupons"][0]["exclusive"] = "cart"
    data["policy"]["max_coupons"] = 1 + seed % 2
    return {**data, "explain": True}


@pytest.mark.parametrize("seed", range(60))
def test_figures_told_without_a_search_are_those_of_a_search(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = pricing.parse_scenario(_cart(seed))
    quick = pricing.quote(parsed.rules, parsed.request)
    monkeypatch.setattr(Solver, "found_with", lambda *_: None)
    monkeypatch.setattr(Solver, "_least", lambda *_: None)
    searched = pricing.quote(parsed.rules, parsed.request)
    assert quick.optimal and searched.optimal
    assert quick.to_json() == searched.to_json()
