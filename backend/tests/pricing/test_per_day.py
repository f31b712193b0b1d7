"""P10: a limit a day is a limit like the one of a customer in all, told by what was used today."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest

from backend import pricing
from backend.tests.pricing.carts import scenario


def of_a_day(given: dict[str, Any]) -> dict[str, Any]:
    """The same cart with its limits in all as limits of the day, what was used as used today."""
    made = copy.deepcopy(given)
    for offer in made["promotions"]:
        offer["limits"] = {"per_day": offer["limits"]["per_customer"]}
    made["customer"]["used_today"] = made["customer"].pop("used")
    return made


@pytest.mark.parametrize("seed", range(60))
def test_a_day_is_priced_like_all(seed: int) -> None:
    """P10 Q02: every figure, gift, choice and reason is the same, but for the name of the limit and when it comes back."""
    rng, given = Random(seed), scenario(seed)
    for offer in given["promotions"]:
        offer["limits"] = {"per_customer": rng.randint(1, 3)}
    names = [offer["id"] for offer in given["promotions"]]
    given["customer"] = {**given.get("customer", {}), "used": {name: rng.randint(0, 3) for name in names}}
    given["explain"] = True
    whole, today = (pricing.price_scenario(pricing.parse_scenario(x)) for x in (given, of_a_day(given)))
    for answer in (whole, today):
        answer.pop("rules")  # the digest of the rules, which differ
    for why in today["rejected"]:
        if why.get("which") == "per_day":
            resets = why.pop("resets_at")
            assert resets.endswith("T00:00:00+08:00") and resets > given["at"]
            why["which"] = "per_customer"
    assert json.dumps(today, sort_keys=True) == json.dumps(whole, sort_keys=True)


def test_some_of_those_carts_meet_their_limits() -> None:
    """P10: the carts above are not all free of it: in many an offer is used up for today, in many it is cut short."""
    used_up = cut = 0
    for seed in range(60):
        rng, given = Random(seed), scenario(seed)
        for offer in given["promotions"]:
            offer["limits"] = {"per_customer": rng.randint(1, 3)}
        given["customer"] = {**given.get("customer", {}), "used": {o["id"]: rng.randint(0, 3) for o in given["promotions"]}}  # fmt: skip
        made, free = of_a_day(given), copy.deepcopy(given)
        for offer in free["promotions"]:
            del offer["limits"]
        bound, unbound = (pricing.price_scenario(pricing.parse_scenario({**x, "explain": True})) for x in (made, free))
        used_up += any(why.get("which") == "per_day" for why in bound["rejected"])
        cut += bound["payable"] > unbound["payable"]
    assert used_up >= 20 and cut >= 20, (used_up, cut)
