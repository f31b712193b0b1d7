"""Every reason and every suggestion on random carts, against what the contract says when everything is tried."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from backend import pricing
from backend.tests.pricing.brute import Calculator
from backend.tests.pricing.brute_reasons import Reasons, may_bar, suggestions
from backend.tests.pricing.carts import scenario

FEW = 2**9


def plain(seed: int, lines: int, offers: int, coupons: int) -> dict[str, Any]:
    """A random cart of the class that is judged; some orders may use no coupon."""
    data = scenario(seed, lines, offers, coupons, newer=0)
    data["cart"].pop("deposits", None)
    data["promotions"] = [p for p in data["promotions"] if p["type"] != "deposit_inflation"]
    if seed % 17 == 0:
        data["policy"] = {**data["policy"], "max_coupons": 0}
    return data


def binding(seed: int) -> dict[str, Any]:
    """The same, with more offers that are mandatory or want the cart for themselves."""
    data, rng = plain(seed, 3, 4, 2), Random(seed + 5_000_000)
    for p in data["promotions"]:
        if p["type"] in ("fixed_price", "amount_off", "percent_off") and p.get("exclusive") != "cart":
            if rng.random() < 0.5:
                p["mandatory"] = True
        elif not p.get("mandatory") and not p["type"].startswith("earn") and rng.random() < 0.2:
            p["exclusive"] = "cart"
    return data


def judge(data: dict[str, Any]) -> dict[str, int]:
    """Asserts that all reasons are right; how often each kind was given."""
    given: dict[str, int] = {}
    if Calculator(data).size() > FEW:
        return given
    parsed = pricing.parse_scenario(data)
    quote = pricing.quote(parsed.rules, parsed.request)
    if not quote.optimal:
        return given
    theirs = Reasons(data, quote.payable, {line.sku: line.payable for line in quote.lines})
    applied = {o.id for o in quote.offers} | {e.offer for e in quote.earn}
    chosen = {a["offer"] for a in data["cart"].get("add_ons", [])}
    concerned = {
        o.id
        for o in theirs.by_id.values()
        if o.level != "EARN" and o.id not in applied and o.lines and (o.type != "add_on" or o.id in chosen)
    }
    got = {r.id: r for r in quote.rejected if r.offer.level != "EARN" and r.reason != "SCOPE"}
    # a shipping offer may be concerned by an add-on alone, which the calculator counts for it elsewhere
    assert concerned <= set(got)
    assert all(theirs.by_id[name].level == "SHIPPING" for name in set(got) - concerned)
    for name in sorted(concerned):
        o, r = theirs.by_id[name], got[name]
        if o.level == "SHIPPING" and chosen:
            continue
        reason, figures = theirs.expected(o)
        given[reason] = given.get(reason, 0) + 1
        assert r.reason == reason, (name, r.reason, r.figures, reason, figures)
        if reason in ("THRESHOLD", "NOT_BETTER"):
            assert dict(r.figures) == figures, (name, r.figures, figures)
        if reason == "EXCLUDED":
            assert may_bar(theirs.by_id[r.figures["by"]], o), (name, r.figures)
    return given


@pytest.mark.parametrize("block", range(4))
def test_reasons_of_random_carts_are_those_of_the_contract(block: int) -> None:
    """Q06 P08: kind and figures, recomputed by trying everything, chosen add-ons and fixed coupons included."""
    seen: dict[str, int] = {}
    for seed in range(40_000 + block * 100, 40_100 + block * 100):
        for reason, times in judge(plain(seed, 3, 4, 2)).items():
            seen[reason] = seen.get(reason, 0) + times
    assert {"NOT_BETTER", "THRESHOLD", "NO_EFFECT", "LIMIT"} <= seen.keys()
    assert sum(seen.values()) > 100


@pytest.mark.parametrize("block", range(4))
def test_reasons_beside_offers_that_bind(block: int) -> None:
    """Q06 P02 P08: the same where half of the line-level offers are mandatory."""
    seen: dict[str, int] = {}
    for seed in range(50_000 + block * 100, 50_100 + block * 100):
        for reason, times in judge(binding(seed)).items():
            seen[reason] = seen.get(reason, 0) + times
    assert {"NOT_BETTER", "THRESHOLD", "EXCLUDED"} <= seen.keys()
    assert sum(seen.values()) > 100


@pytest.mark.parametrize("block", range(3))
def test_reasons_where_a_line_has_few_places(block: int) -> None:
    """Q06 P08: the same where a line may be taken by one or two promotions, of groups that would let them meet."""
    seen: dict[str, int] = {}
    for seed in range(70_000 + block * 100, 70_100 + block * 100):
        data = plain(seed, 3, 4, 2) if seed % 4 < 2 else binding(seed)
        for n, promotion in enumerate(data["promotions"]):
            if "group" not in promotion and not promotion["type"].startswith("earn_") and (seed + n) % 3:
                promotion["group"] = f"own-{n}"
        data["policy"] = {**data["policy"], "max_promotions_per_line": 1 + seed % 2}
        for reason, times in judge(data).items():
            seen[reason] = seen.get(reason, 0) + times
    assert {"NOT_BETTER", "THRESHOLD", "EXCLUDED"} <= seen.keys()
    assert sum(seen.values()) > 80


@pytest.mark.parametrize("block", range(3))
def test_suggestions_of_random_carts_are_those_of_the_contract(block: int) -> None:
    """Q04: every addition that pays less and the best way to each missed threshold, in order, by trying everything."""
    judged = with_some = 0
    for seed in range(60_000 + block * 25, 60_025 + block * 25):
        data = plain(seed, 2, 3, 1)
        for field in ("coupons", "add_ons", "gift_choices"):
            data["cart"].pop(field, None)
        data["promotions"] = [p for p in data["promotions"] if p["type"] != "add_on"]
        data["cart"]["addable"], data["suggest"] = ["A", "D"], True
        parsed = pricing.parse_scenario(data)
        quote = pricing.quote(parsed.rules, parsed.request)
        expected = suggestions(data, {r.id for r in quote.rejected if r.reason == "THRESHOLD"}, FEW)
        if expected is None:
            continue
        judged += 1
        with_some += bool(expected)
        price = {c["sku"]: c["price"] for c in data["catalog"]}
        got = []
        for s in quote.suggestions:
            skus = [a.sku for a in s.add for _ in range(a.qty)]
            got.append((s.payable, sum(price[sku] for sku in skus), skus, s.kind, s.offer or ""))
        assert got == expected, seed
    assert judged >= 10
    assert with_some >= 3
