"""Contents of coupons beyond the contract (K01): 换购, 免费试用, 套餐, 额外积分, 全额返; what they give, when, and what is refused."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import pricing
from backend.pricing.allocation import Run
from backend.pricing.model import Product
from backend.pricing.offers.exchange import Exchange
from backend.tests.pricing.brute import Calculator
from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, offs, price, problems, reasons
from backend.tests.pricing.carts import scenario
from backend.tests.pricing.test_against_brute_force import compare

EGGS = {"sku": "EGG", "price": 300}
"""3元换购鸡蛋."""


def bought(lines: list[Data], content: Data, *promotions: Data, **rest: Any) -> pricing.Quote:
    held = [coupon("c", content, **rest.pop("common", {}))]
    cart = {"coupons": ["c"], **rest.pop("cart", {})}
    return price(goods(EGG=1200, VEG=800, TEA=5000), lines, list(promotions), coupons=held, cart=cart, **rest)


@pytest.mark.parametrize(
    ("lines", "more", "units"),
    [
        (["EGG"], {}, (300,)),
        (["EGG*3"], {}, (300, 1200, 1200)),  # one unit
        (["EGG", "VEG*2"], {"min": 1600}, (300,)),  # other goods of 16.00 reach it
        (["EGG*2", "TEA"], {"min": 5000}, (300, 1200)),
    ],
)
def test_one_unit_costs_the_price_of_the_coupon(lines: list[str], more: Data, units: tuple[int, ...]) -> None:
    """K01 换购券: the dearest unit of the article costs `price`; nothing else changes."""
    quote = bought(basket(*lines), {"exchange": {**EGGS, **more}})
    assert (quote.lines[0].units, offs(quote), quote.coupons_used) == (units, {"c": 900}, ("c",))
    assert [line.payable for line in quote.lines[1:]] == [line.list for line in quote.lines[1:]]


@pytest.mark.parametrize(
    ("lines", "content", "reason"),
    [
        (["VEG"], EGGS, {"reason": "SCOPE"}),
        (["VEG"], {**EGGS, "min": 1}, {"reason": "SCOPE"}),
        (["EGG*9"], {**EGGS, "min": 100}, {"reason": "THRESHOLD", "short_by_fen": 100}),  # its own units do not count
        (["EGG", "VEG"], {**EGGS, "min": 801}, {"reason": "THRESHOLD", "short_by_fen": 1}),
        (["EGG"], {"sku": "EGG", "price": 1200}, {"reason": "NO_EFFECT"}),
        (["EGG"], {"sku": "EGG", "price": 1300}, {"reason": "NO_EFFECT"}),
    ],
)
def test_it_says_why_it_does_not_apply(lines: list[str], content: Data, reason: Data) -> None:
    """K01 Q04: without the article, below the threshold, where the article is no dearer; the price stays."""
    quote = bought(basket(*lines), {"exchange": content})
    assert (quote.saved, quote.coupons_used, reasons(quote)) == (0, (), {"c": reason})


def test_the_threshold_counts_what_is_left_by_other_offers_on_goods_in_scope() -> None:
    """K01: amounts left by ORDER, as for all coupons; the article itself need not be in the scope."""
    content = {"exchange": {**EGGS, "min": 5000}}
    only_tea = {"common": {"scope": {"skus": ["TEA"]}}}
    assert bought(basket("EGG", "TEA"), content, **only_tea).saved == 900
    assert bought(basket("EGG", "VEG*9"), content, **only_tea).saved == 0
    less = {"id": "p", "type": "amount_off", "off": 1, "scope": {"skus": ["TEA"]}, "mandatory": True}
    said = reasons(bought(basket("EGG", "TEA"), content, less, **only_tea))
    assert said == {"c": {"reason": "THRESHOLD", "short_by_fen": 1}}
    # What may be left out is left out where that is cheaper: 3.00 off tea is less than 9.00 off the eggs.
    tempting = {"id": "p", "type": "amount_off", "off": 300, "scope": {"skus": ["TEA"]}}
    quote = bought(basket("EGG", "TEA"), content, tempting, **only_tea, cart={"coupons": "auto"})
    assert (quote.payable, offs(quote), quote.optimal) == (5300, {"c": 900}, True)


def test_an_offer_on_the_article_lowers_what_the_coupon_still_gives() -> None:
    """K01 §2: the coupon comes after ORDER; a floor holds it up."""
    half = {"id": "p", "type": "nth_item", "n": 2, "pay_bp": 5000, "scope": {"skus": ["EGG"]}}
    assert bought(basket("EGG*2"), {"exchange": EGGS}, half).lines[0].units == (600, 300)
    floor = price(
        [{"sku": "EGG", "price": 1200, "floor": 500}],
        basket("EGG"),
        coupons=[coupon("c", {"exchange": EGGS})],
        cart={"coupons": "auto"},
    )
    assert (floor.lines[0].units, offs(floor)) == ((500,), {"c": 700})


def test_a_discount_that_would_be_wasted_on_the_article_goes_elsewhere() -> None:
    """K01 Q02: 满减 shared with the eggs would be lost there; the search leaves them out of it."""
    less = {"id": "p", "type": "spend_off", "tiers": [{"min": 5000, "off": 1000}]}
    quote = bought(basket("EGG", "TEA"), {"exchange": {**EGGS, "min": 1}}, less)
    assert (quote.payable, quote.optimal) == (4300, True)
    assert {line.sku: line.payable for line in quote.lines} == {"EGG": 300, "TEA": 4000}


def test_what_comes_back_of_an_exchange() -> None:
    """K01 Q08: by line averages, to the fen; repriced, what is kept below the threshold costs its list price."""
    data = case(
        goods(EGG=1200, VEG=800),
        basket("EGG", "VEG*2"),
        coupons=[coupon("c", {"exchange": {**EGGS, "min": 1600}})],
        cart={"coupons": ["c"]},
        returns=[
            {"at": "2026-06-19T10:00:00+08:00", "units": [{"sku": "VEG", "qty": 1}]},
            {"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "VEG", "qty": 1}, {"sku": "EGG", "qty": 1}]},
        ],
    )
    assert [(r["refund"], r["coupons_returned"]) for r in answer(data)["refunds"]] == [(800, []), (1100, ["c"])]
    repriced = answer({**data, "policy": {"refund": "reprice"}})["refunds"]
    assert [(r["refund"], r["coupons_returned"]) for r in repriced] == [(0, []), (1900, ["c"])]


def test_a_free_trial_is_an_exchange_for_nothing() -> None:
    """K01 免费试用: one unit free, under its own words."""
    quote = bought(basket("EGG*2"), {"trial": {"sku": "EGG"}})
    assert (quote.lines[0].units, offs(quote)) == ((0, 1200), {"c": 1200})
    held = pricing.parse_coupon(coupon("c", {"trial": {"sku": "EGG"}}))
    assert (pricing.sentence(held), pricing.sentence(held, "en")) == ("凭券免费试用EGG一件", "try one EGG free")
    assert held.content == "trial"


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        ({"sku": "EGG", "price": 300}, "凭券3元换购EGG一件", "one EGG for ¥3"),
        (
            {"sku": "EGG", "price": 990, "min": 5000},
            "其他商品满50，凭券9.9元换购EGG一件",
            "one EGG for ¥9.9 from ¥50 of other goods",
        ),
        ({"sku": "EGG", "min": 5000}, "其他商品满50，凭券免费兑换EGG一件", "one EGG free from ¥50 of other goods"),
    ],
)
def test_it_is_said_in_words(content: Data, zh: str, en: str) -> None:
    """K01: both languages, from the figures."""
    held = pricing.parse_coupon(coupon("c", {"exchange": content}))
    assert (pricing.sentence(held), pricing.sentence(held, "en"), held.content) == (zh, en, "exchange")


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"exchange": {"price": 300}}, "content.exchange.sku"),
        ({"exchange": {"sku": "A", "price": 0}}, "content.exchange.price"),
        ({"exchange": {"sku": "A", "price": 1.5}}, "content.exchange.price"),
        ({"exchange": {"sku": "A", "min": -1}}, "content.exchange.min"),
        ({"exchange": {"sku": "A", "qty": 1}}, "content.exchange.qty"),
        ({"trial": {"sku": "A", "price": 1}}, "content.trial.price"),
        ({"trial": {}}, "content.trial.sku"),
        ({"trial": {"sku": "A"}, "exchange": {"sku": "A"}}, "content"),
        ({"bundle": {"items": [], "price": 1}}, "content.bundle.items"),
        ({"bundle": {"items": [{"sku": "A"}]}}, "content.bundle.price"),
        ({"bundle": {"items": [{"sku": "A"}, {"sku": "A"}], "price": 1}}, "content.bundle.items[1].sku"),
        ({"bundle": {"items": [{"sku": "A", "qty": 0}], "price": 1}}, "content.bundle.items[0].qty"),
        ({"bundle": {"items": [{"sku": "A"}], "price": 1, "repeat": True}}, "content.bundle.repeat"),
        ({"points": {}}, "content.points"),
        ({"points": {"count": 5, "times_bp": 20000}}, "content.points"),
        ({"points": {"count": 0}}, "content.points.count"),
        ({"points": {"times_bp": 10000}}, "content.points.times_bp"),
        ({"give_back": {"min": 100}}, "content.give_back.max"),
        ({"give_back": {"max": 0}}, "content.give_back.max"),
        ({"give_back": {"max": 1, "off": 1}}, "content.give_back.off"),
    ],
)
def test_each_fault_has_its_path(content: Data, path: str) -> None:
    """K01 P09: read as strictly as all contents."""
    assert [p for p, _ in problems(case(goods(A=1), basket("A"), coupons=[coupon("c", content)]))] == [
        f"coupons[0].{path}"
    ]


SET = {"items": [{"sku": "EGG", "qty": 2}, {"sku": "TEA"}], "price": 6000}
"""鸡蛋×2 + 茶 60元, 74.00 at list prices."""


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        (["EGG*2", "TEA"], {"EGG": (973, 973), "TEA": (4054,)}),
        (["EGG*5", "TEA*3"], {"EGG": (973, 973, 1200, 1200, 1200), "TEA": (4054, 5000, 5000)}),  # one set
    ],
)
def test_one_set_costs_the_price_of_the_coupon(lines: list[str], units: dict[str, tuple[int, ...]]) -> None:
    """K01 套餐券: one set, divided over its units by largest remainder; other goods are not taken."""
    quote = bought(basket(*lines, "VEG"), {"bundle": SET})
    assert {line.sku: line.units for line in quote.lines} == {**units, "VEG": (800,)}
    assert (offs(quote), quote.taken) == ({"c": 1400}, {})
    assert all(not line.offers for line in quote.lines if line.sku == "VEG")


@pytest.mark.parametrize(
    ("lines", "more", "reason"),
    [
        (["EGG", "TEA"], {}, {"reason": "NO_EFFECT"}),  # no full set
        (["EGG*2"], {}, {"reason": "NO_EFFECT"}),
        (["EGG*2", "TEA"], {"price": 7400}, {"reason": "NO_EFFECT"}),
        (["VEG"], {}, {"reason": "SCOPE"}),
    ],
)
def test_without_a_full_set_it_is_kept(lines: list[str], more: Data, reason: Data) -> None:
    """K01 Q04: no full set, or one that is no dearer."""
    quote = bought(basket(*lines), {"bundle": {**SET, **more}})
    assert (quote.saved, quote.coupons_used, reasons(quote)) == (0, (), {"c": reason})


def test_a_set_keeps_to_the_scope_and_counts_what_offers_left() -> None:
    """K01 §2 §3: an article outside the scope makes no set; offers come first, and what takes a line for itself keeps it."""
    outside = bought(basket("EGG*2", "TEA"), {"bundle": SET}, common={"scope": {"skus": ["TEA"]}})
    assert (outside.saved, reasons(outside)) == (0, {"c": {"reason": "NO_EFFECT"}})
    less = {"id": "p", "type": "amount_off", "off": 400, "scope": {"skus": ["TEA"]}, "mandatory": True}
    assert offs(bought(basket("EGG*2", "TEA"), {"bundle": SET}, less)) == {"p": 400, "c": 1000}
    alone = {**less, "exclusive": "line"}
    quote = bought(basket("EGG*2", "TEA"), {"bundle": SET}, alone)
    assert (offs(quote), reasons(quote)) == ({"p": 400}, {"c": {"reason": "EXCLUDED", "by": "p"}})


def test_what_comes_back_of_a_set() -> None:
    """K01 Q08: by what the units were given; repriced, a set that is broken costs its list prices."""
    data = case(
        goods(EGG=1200, TEA=5000),
        basket("EGG*2", "TEA"),
        coupons=[coupon("c", {"bundle": SET})],
        cart={"coupons": ["c"]},
        returns=[
            {"at": "2026-06-19T10:00:00+08:00", "units": [{"sku": "TEA", "qty": 1}]},
            {"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "EGG", "qty": 2}]},
        ],
    )
    assert [r["refund"] for r in answer(data)["refunds"]] == [4054, 1946]
    repriced = answer({**data, "policy": {"refund": "reprice"}})["refunds"]
    assert [(r["refund"], r["coupons_returned"]) for r in repriced] == [(3600, []), (2400, ["c"])]


PER_YUAN = {"id": "e1", "type": "earn_points", "per_yuan": 1}
DOUBLE = {"id": "e2", "type": "earn_points", "times_bp": 20000}


def earned(quote: pricing.Quote) -> dict[str, int]:
    return {e.offer: e.points or e.fen or 0 for e in quote.earn}


@pytest.mark.parametrize(
    ("content", "promotions", "expected"),
    [
        ({"points": {"count": 50}}, [], {"c": 50}),
        ({"points": {"count": 50}}, [PER_YUAN, DOUBLE], {"e1": 50, "e2": 50, "c": 50}),  # multiplied by nobody
        ({"points": {"times_bp": 30000}}, [PER_YUAN], {"e1": 50, "c": 100}),
        ({"points": {"times_bp": 30000}}, [PER_YUAN, DOUBLE], {"e1": 50, "c": 100, "e2": 150}),  # by (priority, id)
        ({"give_back": {"max": 9000}}, [PER_YUAN], {"e1": 50, "c": 5000}),
        ({"give_back": {"max": 2000}}, [], {"c": 2000}),
        ({"give_back": {"max": 2000, "min": 5000}}, [], {"c": 2000}),
    ],
)
def test_a_coupon_may_bring_more_instead_of_taking_off(
    content: Data, promotions: list[Data], expected: dict[str, int]
) -> None:
    """K01 额外积分 全额返: what was paid brings it; the price, lines and offers are those without the coupon."""
    quote = bought(basket("TEA"), content, *promotions)
    assert (earned(quote), quote.payable, quote.offers, quote.coupons_used) == (expected, 5000, (), ("c",))


@pytest.mark.parametrize(
    ("content", "rest", "reason"),
    [
        ({"points": {"count": 9, "min": 5001}}, {}, {"reason": "THRESHOLD", "short_by_fen": 1}),
        ({"points": {"times_bp": 20000}}, {}, {"reason": "NO_EFFECT"}),  # nothing to multiply
        ({"points": {"count": 9}}, {"budget": {"c": 8}}, {"reason": "BUDGET"}),
        ({"points": {"count": 9}}, {"policy": {"max_coupons": 0}}, {"reason": "LIMIT", "which": "max_coupons"}),
        ({"points": {"count": 9}}, {"cart": {"coupons": "auto"}}, {"reason": "NOT_BETTER", "by_fen": 0}),
        ({"give_back": {"max": 9}}, {"common": {"scope": {"skus": ["EGG"]}}}, {"reason": "SCOPE"}),
        ({"give_back": {"max": 9}}, {"common": {"expires": "2026-06-18T19:30:00+08:00"}}, {"reason": "EXPIRED"}),
    ],
)
def test_it_is_kept_for_better_days(content: Data, rest: Data, reason: Data) -> None:
    """K01 Q04: nobody's coupon is used for nothing, nor unasked; one reason each."""
    quote = bought(basket("TEA"), content, **rest)
    assert (quote.coupons_used, quote.payable, reasons(quote)) == ((), 5000, {"c": reason})


def test_what_is_counted_is_what_was_really_paid() -> None:
    """K01: goods less what red packets and points paid, as for all earnings; offers that exclude coupons do not count."""
    packet = {"id": "r", "fen": 1000, "min": 0}
    paying = {"customer": {"red_packets": [packet]}, "cart": {"tenders": {"red_packets": ["r"]}, "shipping": 600}}
    assert earned(bought(basket("TEA"), {"give_back": {"max": 9000}}, **paying)) == {"c": 4107}
    flash = {"id": "p", "type": "fixed_price", "price": 4000, "scope": {"skus": ["TEA"]}, "excludes": ["coupon"]}
    quote = bought(basket("TEA", "VEG"), {"give_back": {"max": 9000}}, flash)
    assert (quote.payable, earned(quote)) == (4800, {"c": 800})


def test_coupons_that_save_money_come_first() -> None:
    """K01 §4: it takes a place that is left; of several the one with which most is earned, one an order."""
    held = [
        coupon("c1", {"points": {"count": 30}}),
        coupon("c2", {"give_back": {"max": 100}}),
        coupon("c3", {"off": {"off": 1}}),
        coupon("c4", {"points": {"count": 30}}, expires="2026-06-30T00:00:00+08:00"),
    ]
    every = {"coupons": [c["id"] for c in held]}
    one = price(goods(A=5000), basket("A"), coupons=held, cart=every)
    assert (one.coupons_used, one.earn, one.payable) == (("c3",), (), 4999)
    assert {r["reason"] for r in reasons(one).values()} == {"LIMIT"}
    two = price(goods(A=5000), basket("A"), coupons=held, cart=every, policy={"max_coupons": 2})
    assert (two.coupons_used, earned(two)) == (("c3", "c2"), {"c2": 100})
    some = {"coupons": ["c1", "c4"]}
    assert price(goods(A=5000), basket("A"), coupons=held, cart=some).coupons_used == ("c4",)  # expires first
    auto = price(goods(A=5000), basket("A"), coupons=held, policy={"min_coupon_gain": 0, "max_coupons": 3})
    assert auto.coupons_used == ("c3",)


@pytest.mark.parametrize("refund", ["allocated", "reprice"])
def test_what_it_brought_is_taken_back_exactly(refund: str) -> None:
    """K01 Q08: counted again on what is kept, the difference clawed back; spent points withheld; the coupon comes back with all."""
    data = case(
        goods(A=3000, B=3000),
        basket("A", "B"),
        [PER_YUAN],
        coupons=[coupon("c", {"give_back": {"max": 4000}})],
        cart={"coupons": ["c"]},
        policy={"refund": refund},
        returns=[
            {
                "at": "2026-06-19T10:00:00+08:00",
                "units": [{"sku": "A", "qty": 1}],
                "spent": [{"offer": "c", "fen": 700}],
            },
            {"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "B", "qty": 1}]},
        ],
    )
    first, second = answer(data)["refunds"]
    back = {"c": {"offer": "c", "fen": 1000}, "e1": {"offer": "e1", "points": 30}}
    assert {c["offer"]: c for c in first["clawed_back"]} == back
    assert (first["refund"], first["withheld"], first["coupons_returned"]) == (3000, 700, [])
    assert {c["offer"]: c.get("fen") for c in second["clawed_back"]} == {"e1": None, "c": 3000}
    assert (second["refund"], second["coupons_returned"]) == (3000, ["c"])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 100_000))
def test_it_changes_no_price_and_comes_out_again(seed: int) -> None:
    """K01 Q07: with the coupon chosen beside nothing or beside others, every figure of the price is the same; what was promised
    is found again without a search."""
    data = scenario(seed, 4, 4, 2, newer=0.0)
    pledge = coupon("zz", {"points": {"count": 7}} if seed % 2 else {"give_back": {"max": 700}})
    names = [c["id"] for c in data["coupons"]] if seed % 3 else []
    data["cart"]["coupons"] = names
    data["policy"]["max_coupons"] = 2
    plain = pricing.parse_scenario(data)
    with_it = {**data, "coupons": [*data["coupons"], pledge], "cart": {**data["cart"], "coupons": [*names, "zz"]}}
    parsed = pricing.parse_scenario(with_it)
    before, after = pricing.quote(plain.rules, plain.request), pricing.quote(parsed.rules, parsed.request)
    assert (before.payable, before.lines, before.offers, before.gifts, before.tenders, before.due) == (
        after.payable,
        after.lines,
        after.offers,
        after.gifts,
        after.tenders,
        after.due,
    )
    assert {e.offer: e.reward for e in after.earn if e.offer != "zz"} == {e.offer: e.reward for e in before.earn}
    assert ("zz" in after.coupons_used) == any(e.offer == "zz" for e in after.earn)
    again = pricing.retrace(parsed.rules, parsed.request, after.taken, after.coupons_used)
    assert again is not None and (again.earn, again.payable, again.coupons_used) == (
        after.earn,
        after.payable,
        after.coupons_used,
    )


def test_the_linter_knows_that_it_must_be_chosen() -> None:
    """K01: a coupon that only earns is not called one that never applies; one without a price to reach is."""
    shelf = goods(A=5000)
    parsed = pricing.parse_scenario(
        case(shelf, [], coupons=[coupon("c", {"points": {"count": 5}}), coupon("d", {"give_back": {"max": 5}})])
    )
    assert pricing.lint(parsed.rules, parsed.request) == []


@pytest.mark.parametrize(
    ("content", "zh", "en"),
    [
        ({"points": {"count": 50}}, "凭券多得50积分", "50 points more"),
        ({"points": {"times_bp": 25000, "min": 9900}}, "实付满99，凭券积分2.5倍", "points × 2.5 from ¥99 paid"),
        (
            {"give_back": {"max": 3000}},
            "凭券实付全额返红包，最多30元",
            "what is paid comes back as a red packet, up to ¥30",
        ),
    ],
)
def test_what_it_brings_is_said_in_words(content: Data, zh: str, en: str) -> None:
    """K01: both languages, from the figures."""
    held = pricing.parse_coupon(coupon("c", content))
    assert (pricing.sentence(held), pricing.sentence(held, "en")) == (zh, en)
    assert (held.level, held.content) == ("EARN", next(iter(content)))


def test_a_set_is_said_in_words() -> None:
    """K01: both languages, from the figures."""
    held = pricing.parse_coupon(coupon("c", {"bundle": SET}))
    assert pricing.sentence(held) == "凭券套餐价60元（EGG×2+TEA）"
    assert (pricing.sentence(held, "en"), held.content) == ("set of EGG × 2 + TEA for ¥60", "bundle")


def test_a_coupon_wished_for_is_given_although_an_offer_would_take_what_it_needs() -> None:
    """§4: fixed coupons come before the lowest payable, also where an offer on just its line makes the set too cheap for it."""
    set_of_three = {"items": [{"sku": "EGG", "qty": 3}], "price": 3000}
    less = {"id": "p", "type": "spend_off", "tiers": [{"min": 1, "off": 700}], "scope": {"skus": ["EGG"]}}
    quote = bought(basket("EGG*3"), {"bundle": set_of_three}, less)
    assert (quote.coupons_used, quote.payable, quote.optimal) == (("c",), 3000, True)


def test_what_an_exchange_would_cost_instead_counts_what_is_left_of_its_unit() -> None:
    """Q04: 600 of a unit of 1000 is what it gives, also where the better coupon comes off all goods."""
    line = {"id": "p", "type": "fixed_price", "price": 600}
    held = [coupon("c", {"exchange": {"sku": "A"}}), coupon("d", {"off": {"off": 700}})]
    quote = price(goods(A=1000), basket("A*2"), [line], coupons=held)
    assert (quote.payable, reasons(quote)) == (500, {"c": {"reason": "NOT_BETTER", "by_fen": 100}})


def test_the_bounds_of_an_exchange_hold() -> None:
    """Q02: whatever offers leave of the lines, no more than `most` comes off, and nothing below `need`."""
    rng = Random(7)
    applied = 0
    for _ in range(3_000):
        listed = rng.choice((1, 99, 500, 1200))
        effect = Exchange("B", rng.choice((0, 1, 300, 499)), rng.choice((0, 1, 400, 900)))
        shelf = [(Product(sku, listed if sku == "B" else 700), 3) for sku in "ABC"]
        bound, mask = effect.bind(shelf, 0b111)
        assert mask == (0b111 if effect.least else 0b010)
        runs = [
            Run(k, 0, rng.randint(0, product.price), rng.randint(1, qty))
            for k, (product, qty) in enumerate(shelf)
            if mask >> k & 1
        ]
        plan = bound.plan(runs, None)
        base, count = sum(r.amount * r.n for r in runs), sum(r.n for r in runs)
        need = bound.need()
        if plan is not None:
            applied += 1
            assert 0 < plan.parts[0].off <= bound.most(base, count)
            assert (base if need.by == "fen" else count) >= need.least
            assert bound.most(base, count) <= bound.most(base + rng.randint(0, 500), count + 1)
    assert applied > 500


@pytest.mark.parametrize("block", range(6))
def test_random_carts_with_these_contents_agree_with_the_brute_force(block: int) -> None:
    """K01 Q01 Q02: payable, units, offers, tenders and ties, on carts whose coupons all have such contents."""
    used = 0
    for seed in range(30_000 + block * 60, 30_060 + block * 60):
        data = scenario(seed, 3, 3, 2, newer=1.0)
        if data["coupons"] and Calculator(data).size() <= 2**11:
            assert compare(data)
            parsed = pricing.parse_scenario(data)
            used += bool(pricing.quote(parsed.rules, parsed.request).coupons_used)
    assert used >= 5
