"""The index of the live rule set only saves work: every answer is that of a linear scan over all offers."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import pricing
from backend.pricing import stacking
from backend.tests.pricing.build import Data
from backend.tests.pricing.carts import SKUS, scenario

CHANNELS = ("pos", "miniapp")
STORES = ("cd-1", "cd-2", "cq-1")
REGIONS = ("四川", "四川/成都", "四川/成都/锦江", "重庆", "四川/成", "四川/")
MOMENTS = (
    "2026-06-18T19:29:59+08:00",
    "2026-06-18T19:30:00+08:00",
    "2026-06-18T11:30:00Z",
    "2026-06-19T00:00:00+08:00",
    "2026-06-01T00:00:00+09:00",
)


def scan(case: stacking.Case, rules: pricing.RuleSet) -> list[stacking.Concerned]:
    """`Case._concerned` as one would write it without an index: every offer is asked about every line."""
    if case.req.cart.add_ons:
        case._add_extra(rules, {})
    goods = list(zip(case.products, case.qty, strict=True))
    extra = [x.product for x in case.extra]
    found = []
    for offer in (*rules.offers, *case.req.coupons):
        fee = offer.level in ("SHIPPING", "EARN")
        mask = 0
        for k, product in enumerate([*case.products, *(extra if fee else [])]):
            if offer.scope.holds(product):
                mask |= 1 << k
        if not mask and not offer.is_coupon:
            continue
        effect, mask = offer.effect.bind(goods, mask)
        if offer.type == "add_on" and all(x.offer != offer.id for x in case.extra):
            continue
        if mask:
            found.append(stacking.Concerned(offer, effect, mask, -1))
        elif offer.is_coupon and case.req.cart.coupons and offer.id in case.req.cart.coupons:
            case.rejected.append(pricing.Rejection(offer, "SCOPE", {}))
    cart, there = case.req.cart, {c.offer.id for c in found}
    chosen = {"add_on": {a.offer for a in cart.add_ons}, "spend_gift": {g.offer for g in cart.gift_choices}}
    for offer in rules.offers:
        if offer.id in chosen.get(offer.type, set()) - there:
            case.rejected.append(pricing.Rejection(offer, "SCOPE", {}))
    return found


def condition(rng: Random, depth: int = 0) -> Data:
    """A `when` of a few leaves, mostly of place and time; now and then nested."""
    makers: list[Callable[[], Data]] = [
        lambda: {"channel": [rng.choice(CHANNELS)]},
        lambda: {"store": rng.sample(STORES, rng.randint(1, 2))},
        lambda: {"region": [rng.choice(REGIONS)]},
        lambda: {"from": rng.choice(MOMENTS)},
        lambda: {"until": rng.choice(MOMENTS)},
        lambda: {"min_amount": {"scope": {"all": True}, "fen": rng.choice((1, 2000))}},
        lambda: {"level": ["gold"]},
        lambda: {"all": [condition(rng, 1), condition(rng, 1)]},
        lambda: {"any": [condition(rng, 1), condition(rng, 1)]},
        lambda: {"not": condition(rng, 1)},
    ]
    found: Data = {}
    for make in rng.sample(makers[: 10 if depth == 0 else 7], rng.randint(1, 3)):
        found |= make()
    if "from" in found and "until" in found:
        del found[rng.choice(("from", "until"))]
    return found


def crowded(seed: int) -> Data:
    """A small cart among many offers, most of them barred somewhere; stock, uses and budgets named now and then."""
    rng = Random(seed)
    data = scenario(seed, 3, 4, 2)
    extra = []
    for copy in range(rng.randint(1, 4)):
        for offer in scenario(seed + 1 + copy, 3, 4, 0)["promotions"]:
            extra.append({**offer, "id": f"{offer['id']}-{copy}"})
    for offer in extra:
        offer.pop("mandatory", None)
        offer.pop("exclusive", None)
        if rng.random() < 0.2:
            offer["limits"] = {rng.choice(("stock", "per_order", "per_customer")): rng.choice((0, 1, 3))}
        if offer["type"] == "spend_gift" and rng.random() < 0.5:
            data.setdefault("gift_stock", {}).update(dict.fromkeys(SKUS, 0))
        offer["when"] = condition(rng)
    data["promotions"] = [*data["promotions"], *extra]
    names = [offer["id"] for offer in extra]
    for field in ("stock", "budget"):
        if names and rng.random() < 0.3:
            data[field] = {**data.get(field, {}), rng.choice(names): rng.choice((0, 5))}
    if names and rng.random() < 0.3:
        data["customer"] = {**data.get("customer", {}), "used": {rng.choice(names): 1}}
    return data


def places(rng: Random, data: Data) -> Data:
    """The same rules for a cart elsewhere or at another time."""
    cart = {k: v for k, v in data["cart"].items() if k not in ("channel", "store", "region")}
    for field, values in (("channel", CHANNELS), ("store", (*STORES, "bj-9")), ("region", (*REGIONS, "四川/绵阳"))):
        if rng.random() < 0.7:
            cart[field] = rng.choice(values)
    return {**data, "cart": cart, "at": rng.choice(MOMENTS)}


def answer(rules: pricing.RuleSet, request: pricing.QuoteRequest) -> str:
    found = pricing.quote(rules, request)
    return json.dumps(found.to_json(), ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1_000_000))
def test_quotes_with_the_index_equal_those_of_a_linear_scan(seed: int) -> None:
    """P16: byte for byte, rejections and digest included, for carts in several places on one rule set."""
    rng = Random(seed)
    data = crowded(seed)
    rules = pricing.parse_scenario(data).rules
    for _ in range(4):
        here = places(rng, data)
        request = pricing.parse_scenario(here).request
        indexed = answer(rules, request)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stacking.Case, "_concerned", scan)
            assert answer(rules, request) == indexed


def one(when: Data, at: str = MOMENTS[0], rest: Data | None = None, **cart: Any) -> list[Data]:
    data = {
        "at": at,
        "catalog": [{"sku": "A", "price": 1000}],
        "promotions": [{"id": "p", "type": "amount_off", "off": 1, "when": when, **(rest or {}).pop("offer", {})}],
        "cart": {"lines": [{"sku": "A", "qty": 1}], **cart},
        **(rest or {}),
    }
    return pricing.price_scenario(pricing.parse_scenario(data))["rejected"]


def test_offers_barred_by_place_or_time_are_listed_with_their_reason() -> None:
    """§7: the index leaves none of them out, and keeps the order of reasons."""
    there = {"store": ["cd-1"]}
    assert one(there, store="cd-2") == [{"id": "p", "reason": "WHEN", "leaf": "store"}]
    assert one({**there, "channel": ["pos"]}, store="cd-2") == [{"id": "p", "reason": "WHEN", "leaf": "channel"}]
    assert one({**there, "until": MOMENTS[0]}) == [{"id": "p", "reason": "EXPIRED"}]
    assert one({**there, "from": MOMENTS[3]}) == [{"id": "p", "reason": "NOT_YET", "at": MOMENTS[3]}]
    assert one({"from": MOMENTS[1]}, at=MOMENTS[2]) == []
    assert one({"until": MOMENTS[1]}, at=MOMENTS[2]) == [{"id": "p", "reason": "EXPIRED"}]
    assert one({"region": ["四川/成都"]}, region="四川/成都/锦江") == []
    assert one({"region": ["四川/成都"]}, region="四川/成都东") == [{"id": "p", "reason": "WHEN", "leaf": "region"}]
    assert one(there, rest={"stock": {"p": 0}}) == [{"id": "p", "reason": "SOLD_OUT"}]
    assert one(there, rest={"budget": {"p": 0}}) == [{"id": "p", "reason": "BUDGET"}]
    used = {"offer": {"limits": {"per_customer": 1}}, "customer": {"id": "u", "used": {"p": 1}}}
    assert one(there, rest=used) == [{"id": "p", "reason": "LIMIT", "which": "per_customer"}]


def test_a_barred_offer_is_not_evaluated() -> None:
    """P16: of a thousand promotions of other stores none is asked; all are listed, and the same objects each time."""
    promotions = [
        {"id": f"p{i:04d}", "type": "spend_off", "tiers": [{"min": 1, "off": 1}], "when": {"store": [f"s{i}"]}}
        for i in range(1000)
    ]
    data = {
        "at": MOMENTS[0],
        "catalog": [{"sku": "A", "price": 1000}],
        "promotions": promotions,
        "cart": {"lines": [{"sku": "A", "qty": 1}], "store": "s7"},
    }
    parsed = pricing.parse_scenario(data)
    with pytest.MonkeyPatch.context() as patch:
        asked: list[str] = []
        kept = stacking.Case._reason

        def reason(case: stacking.Case, offer: pricing.Offer, *rest: Any) -> Any:
            asked.append(offer.id)
            return kept(case, offer, *rest)

        patch.setattr(stacking.Case, "_reason", reason)
        first, second = (pricing.quote(parsed.rules, parsed.request) for _ in range(2))
    assert asked == ["p0007", "p0007"]
    assert [o.id for o in first.offers] == ["p0007"]
    assert [r.id for r in first.rejected] == [f"p{i:04d}" for i in range(1000) if i != 7]
    assert all(a is b for a, b in zip(first.rejected, second.rejected, strict=True))
