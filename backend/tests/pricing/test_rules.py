"""The live rule set, price in hand, sentences, suggestions, and what the import costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from random import Random

import pytest

from backend import pricing
from backend.pricing.offers.register import TYPES
from backend.tests.pricing.build import AT, Data, basket, coupon, goods, price, reasons
from backend.tests.pricing.carts import line_offer, order_offer

NOW = datetime.fromisoformat(AT)


def offers(count: int) -> list[pricing.Offer]:
    rng = Random(5)
    made = [line_offer(rng, f"o{i}") if i % 2 else order_offer(rng, f"o{i}") for i in range(count)]
    return [pricing.parse_offer(data) for data in made]


def test_the_index_finds_exactly_the_offers_in_scope() -> None:
    """P16: a quote looks only at what concerns its cart, by SKU, category prefix, brand and tag."""
    scopes: list[Data] = [
        {"all": True},
        {"skus": ["A"]},
        {"categories": ["丸滑"]},
        {"categories": ["丸滑/牛"]},
        {"brands": ["蜀海"]},
        {"tags": ["火锅"]},
        {"tags": ["x"]},
        {"all": True, "except": {"skus": ["A"]}},
        {"all": True, "min_price": 101},
        {"skus": ["B"]},
        {"categories": ["丸滑/牛肉丸"], "max_price": 100},
    ]
    made = [
        pricing.parse_offer({"id": f"o{i:02d}", "type": "amount_off", "off": 1, "scope": s})
        for i, s in enumerate(scopes)
    ]
    rules = pricing.compile_rules(made)
    product = pricing.Product("A", 100, category="丸滑/牛肉丸", brand="蜀海", tags=frozenset({"火锅"}))
    assert [rules.offers[i].id for i in rules.concerning(product)] == ["o00", "o01", "o02", "o04", "o05", "o10"]
    dearer = pricing.Product("A", 101, category="丸滑/牛肉丸", brand="蜀海", tags=frozenset({"火锅"}))
    assert [rules.offers[i].id for i in rules.concerning(dearer)] == ["o00", "o01", "o02", "o04", "o05", "o08"]


def test_the_hash_names_the_set_whatever_its_order() -> None:
    """Q07 R02: one digest; any change changes it; publishing and taking down give the set one would expect."""
    some = offers(20)
    rules = pricing.compile_rules(some)
    assert rules.hash == pricing.compile_rules(reversed(some)).hash
    fewer = rules.with_(removed=["o3"])
    assert (len(fewer), fewer.hash == rules.hash) == (19, False)
    assert fewer.with_(added=[some[3]]).hash == rules.hash
    with pytest.raises(pricing.Malformed):
        pricing.compile_rules([some[0], some[0]])


def test_price_in_hand() -> None:
    """P15: one unit alone with the line-level offers that hold here and now."""
    rules = pricing.compile_rules(
        [
            pricing.parse_offer({"id": "a", "type": "percent_off", "pay_bp": 9000}),
            pricing.parse_offer({"id": "b", "type": "amount_off", "off": 200, "when": {"channel": ["app"]}}),
            pricing.parse_offer({"id": "c", "type": "spend_off", "tiers": [{"min": 1, "off": 500}]}),
        ]
    )
    product = pricing.Product("A", 1000)
    assert pricing.price_in_hand(rules, product, NOW) == 900
    assert pricing.price_in_hand(rules, product, NOW, channel="app") == 800


@pytest.mark.parametrize(
    ("offer", "zh", "en"),
    [
        (
            {
                "type": "spend_off",
                "tiers": [{"min": 20000, "off": 3000}],
                "limits": {"per_order": 1},
                "excludes": ["line"],
            },
            "满200减30，每单一次，不与单品优惠同享",
            "¥30 off ¥200, once an order, not with item offers",
        ),
        (
            {"type": "spend_off", "every": {"min": 10000, "off": 1050, "max_off": 5000}},
            "每满100减10.5，最多减50",
            "¥10.5 off every ¥100, at most ¥50",
        ),
        (
            {"type": "spend_percent", "tiers": [{"count": 2, "pay_bp": 9000}, {"count": 3, "pay_bp": 8500}]},
            "满2件9折，满3件8.5折",
            "10% off from 2 items, 15% off from 3 items",
        ),
        (
            {"type": "percent_off", "pay_bp": 8800, "scope": {"categories": ["丸滑"], "except": {"skus": ["A"]}}},
            "8.8折，限丸滑（A除外）",
            "12% off, on 丸滑 except A",
        ),
        (
            {"type": "fixed_price", "price": 990, "exclusive": "line", "limits": {"per_customer": 2}},
            "一口价9.9元，每人限2件，参加商品不享其他优惠",
            "¥9.9 each, 2 units a customer, no other offer on the same goods",
        ),
        (
            {
                "type": "amount_off",
                "off": 5,
                "when": {"customer": ["new"], "hours": ["18:00", "22:00"]},
                "no_tender": ["points"],
            },
            "每件直降0.05元，限新客，18:00–22:00，不可用积分",
            "¥0.05 off each, for new customers, 18:00–22:00, cannot be paid with points",
        ),
        (
            {"type": "nth_item", "n": 2, "pay_bp": 5000, "same_sku": True},
            "同款第2件半价",
            "50% off every 2nd unit of the same item",
        ),
        (
            {"type": "pick_bundle", "count": 3, "price": 9900, "repeat": True},
            "99元任选3件，可重复",
            "any 3 for ¥99, repeatedly",
        ),
        (
            {"type": "combo", "items": [{"sku": "A"}, {"sku": "B", "qty": 2}], "price": 9900},
            "套餐价99元（A+B×2），限A、B",
            "set of A + B × 2 for ¥99, on A, B",
        ),
        ({"type": "buy_get", "buy": {"count": 2}, "get": {"count": 1}}, "买2送1", "buy 2, get 1 free"),
        ({"type": "earn_points", "per_yuan": 2}, "每消费1元返2积分", "2 points per ¥1"),
        ({"type": "earn_points", "times_bp": 15000}, "积分1.5倍", "points × 1.5"),
    ],
)
def test_sentences(offer: Data, zh: str, en: str) -> None:
    """P15: one sentence in Chinese and English, from the data alone."""
    parsed = pricing.parse_offer({"id": "p", **offer})
    assert (pricing.sentence(parsed), pricing.sentence(parsed, "en")) == (zh, en)


def test_coupon_faces_and_rejections_speak() -> None:
    """K03 Q06: what a coupon says on its face, and why it cannot be used."""
    held = pricing.parse_coupon(
        coupon("c", {"percent": {"min": 5000, "pay_bp": 8500, "max_off": 2000}}, expires="2026-07-01T00:00:00+08:00")
    )
    assert pricing.sentence(held) == "满50元8.5折，最多减20元，2026-07-01 00:00前有效"
    quote = price(goods(A=4500), basket("A"), coupons=[coupon("c", {"off": {"min": 5000, "off": 500}})])
    assert [pricing.rejection_sentence(r) for r in quote.rejected] == ["还差¥5.00"]
    assert [pricing.rejection_sentence(r, "en") for r in quote.rejected] == ["¥5.00 short"]


def test_every_type_describes_its_form() -> None:
    """P06 P20: the console can draw a form for each type."""
    for name, kind in TYPES.items():
        assert kind.name == name
        assert kind.form
        assert kind.zh
        assert kind.en


def test_suggestions_of_the_worked_example() -> None:
    """Q04: with E addable, paying 6.00 more for goods saves 29.00 in all; E × 2 and × 3 are not listed."""
    promotions = [
        {"id": "p1", "type": "fixed_price", "price": 5500, "scope": {"skus": ["A"]}},
        {"id": "p2", "type": "spend_off", "tiers": [{"min": 20000, "off": 4000}]},
    ]
    quote = price(
        goods(A=6000, B=5000, C=4500, D=4000, E=600),
        basket("A", "B", "C", "D"),
        promotions,
        coupons=[coupon("c", {"off": {"min": 10000, "off": 1000}})],
        cart={"addable": ["E"]},
        suggest=True,
    )
    assert [s.to_json() for s in quote.suggestions] == [
        {"kind": "pays_less", "add": [{"sku": "E", "qty": 1}], "payable": 15100},
        {"kind": "unlocks", "offer": "p2", "add": [{"sku": "E", "qty": 1}], "payable": 15100},
    ]


def test_a_threshold_may_be_unlocked_at_a_price() -> None:
    """Q04: `unlocks` is listed although the customer pays more; cheapest addition first."""
    promotion = {"id": "p", "type": "spend_off", "tiers": [{"min": 5000, "off": 100}]}
    quote = price(goods(A=4000, B=1200, C=600), basket("A"), [promotion], cart={"addable": ["B", "C"]}, suggest=True)
    assert reasons(quote) == {"p": {"reason": "THRESHOLD", "short_by_fen": 1000}}
    assert [s.to_json() for s in quote.suggestions] == [
        {"kind": "unlocks", "offer": "p", "add": [{"sku": "B", "qty": 1}], "payable": 5100},
    ]


def test_a_search_that_gives_up_says_so_and_is_repeatable() -> None:
    """Q02: with hardly any steps the best found is answered, with a bound below it."""
    rng = Random(3)
    skus = [f"S{i}" for i in range(5)]
    catalog = goods(**{sku: rng.randint(500, 900) for sku in skus})
    promotions = [
        {"id": f"p{i}", "type": "spend_off", "tiers": [{"min": 1500 + 37 * i, "off": 300 + 11 * i}]} for i in range(3)
    ]
    data = {"at": AT, "catalog": catalog, "promotions": promotions, "cart": {"lines": basket(*skus)}}
    parsed = pricing.parse_scenario(data)
    best = pricing.quote(parsed.rules, parsed.request)
    hasty = [pricing.quote(parsed.rules, parsed.request, steps=1) for _ in range(2)]
    assert best.optimal
    assert not hasty[0].optimal
    assert hasty[0].lower_bound <= best.payable <= hasty[0].payable
    assert hasty[0].to_json() == hasty[1].to_json()


def test_the_core_loads_nothing_heavy() -> None:
    """X04, issue 3: the import of the core is under 50 ms because it loads, beside what dataclasses, datetime and typing load,
    only these small modules of the standard library: nothing installed (numpy takes three times as long as all of the core), no
    I/O, no clock, no randomness, no zone table."""
    small = {"backend", "__future__", "bisect", "_bisect", "heapq", "_heapq", "math", "_math"}
    code = (
        "import sys, dataclasses, datetime, typing; before = set(sys.modules); import backend.pricing; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert "backend" in done.stdout.split()
    assert set(done.stdout.split()) - small == set()


def test_the_import_loads_only_what_a_quote_needs() -> None:
    """X04: digests, JSON, reading, refunds, sentences, 凑单, lint and the offer types are loaded when they are asked for."""
    code = (
        "import sys; import backend.pricing as pricing; later = sorted(pricing._LATER.values()); "
        "print([m for m in (*later, 'hashlib', 'json', 'backend.pricing.offers.coupon') if m in sys.modules]); "
        "names = [n for n in pricing.__all__ if getattr(pricing, n) is None]; "
        "print(names, all(m in sys.modules for m in later), callable(pricing.suggest), callable(pricing.quote))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[] True True True"]
