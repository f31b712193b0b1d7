"""Shipping offers and coupons; coupons, red packets and stamps earned."""

from __future__ import annotations

import pytest

from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, offs, price, problems, reasons

FREE = {"id": "free", "type": "shipping", "min": 2000, "free": True}


@pytest.mark.parametrize(
    ("offer", "fee"),
    [
        ({"off": 250}, 350),
        ({"off": 999}, 0),
        ({"pay_bp": 3333}, 200),
        ({"free": True}, 0),
        ({"min": 1000, "free": True}, 0),
        ({"min": 1001, "free": True}, 600),
        ({"min": 500, "free": True, "scope": {"skus": ["Z"]}}, 600),
    ],
)
def test_shipping_offers(offer: Data, fee: int) -> None:
    """P03: off the fee, from so much goods on."""
    quote = price(goods(A=1000, Z=1), basket("A"), [{"id": "s", "type": "shipping", **offer}], cart={"shipping": 600})
    assert (quote.shipping, quote.payable) == (fee, 1000 + fee)


def test_the_threshold_counts_what_coupons_leave() -> None:
    """P03 Q02: a discount that would cost the free shipping is left out when that pays."""
    held = [coupon("c", {"off": {"off": 500}})]
    quote = price(goods(A=1000), basket("A*2"), [FREE], coupons=held, cart={"shipping": 600})
    assert (offs(quote), quote.payable) == ({"free": 600}, 2000)
    assert reasons(quote) == {"c": {"reason": "NOT_BETTER", "by_fen": 100}}
    quote = price(goods(A=1000), basket("A*2"), [FREE], coupons=held, cart={"shipping": 400})
    assert (offs(quote), quote.payable) == ({"c": 500}, 1900)
    assert reasons(quote) == {"free": {"reason": "THRESHOLD", "short_by_fen": 500}}


def test_shipping_offers_of_different_groups_follow_one_another() -> None:
    """P08: at most one of each group; each works on the fee that the ones before left."""
    half = {"id": "half", "type": "shipping", "pay_bp": 5000, "priority": 1}
    more = {"id": "more", "type": "shipping", "off": 200, "group": "express"}
    quote = price(
        goods(A=1000), basket("A"), [half, more, {**half, "id": "later", "pay_bp": 6000}], cart={"shipping": 601}
    )
    assert (offs(quote), quote.shipping) == ({"half": 300, "more": 200}, 101)
    assert reasons(quote) == {"later": {"reason": "NOT_BETTER", "by_fen": 60}}


def test_shipping_reasons() -> None:
    """Q01: a fee that is 0 already is NO_EFFECT; offers that exclude it never meet it in one order."""
    assert reasons(price(goods(A=3000), basket("A"), [FREE])) == {"free": {"reason": "NO_EFFECT"}}
    sale = {"id": "sale", "type": "amount_off", "off": 700, "excludes": ["shipping"]}
    quote = price(goods(A=3000), basket("A"), [FREE, sale], cart={"shipping": 600})
    assert (offs(quote), reasons(quote)) == ({"sale": 700}, {"free": {"reason": "NOT_BETTER", "by_fen": 100}})


def test_shipping_coupons_count_as_coupons() -> None:
    """K01: of level SHIPPING, one of max_coupons; in the group of shipping offers."""
    held = [coupon("s", {"shipping": {"free": True}}), coupon("c", {"off": {"off": 500}})]
    quote = price(goods(A=1000), basket("A"), coupons=held, cart={"shipping": 600})
    assert (offs(quote), [o.level for o in quote.offers]) == ({"s": 600}, ["SHIPPING"])
    both = price(goods(A=1000), basket("A"), coupons=held, cart={"shipping": 600}, policy={"max_coupons": 2})
    assert offs(both) == {"s": 600, "c": 500}
    less = price(goods(A=1000), basket("A"), [{**FREE, "min": 0}], coupons=held, cart={"shipping": 600})
    assert offs(less) == {"free": 600, "c": 500}


@pytest.mark.parametrize(
    ("offer", "earned"),
    [
        ({"type": "earn_coupon", "min": 2000, "template": "t"}, {"template": "t", "count": 1}),
        ({"type": "earn_coupon", "min": 1000, "template": "t", "every": True}, {"template": "t", "count": 2}),
        ({"type": "earn_red_packet", "min": 0, "fen": 300}, {"fen": 300}),
        ({"type": "earn_red_packet", "min": 700, "fen": 300, "every": True}, {"fen": 900}),
        ({"type": "earn_red_packet", "min": 700, "fen": 300, "every": True, "limits": {"per_order": 2}}, {"fen": 600}),
        ({"type": "earn_stamps", "min": 2000, "count": 3}, {"count": 3}),
        ({"type": "earn_stamps", "min": 2400, "count": 3}, {}),
    ],
)
def test_what_is_earned(offer: Data, earned: Data) -> None:
    """P05: on 24.00 of goods of which points paid 1.00."""
    quote = price(
        goods(A=1200),
        basket("A*2"),
        [{"id": "e", **offer}],
        customer={"id": "u", "points": 100},
        cart={"tenders": {"points": 100}},
    )
    assert [e.to_json() for e in quote.earn] == ([{"offer": "e", **earned}] if earned else [])
    assert reasons(quote) == ({} if earned else {"e": {"reason": "THRESHOLD", "short_by_fen": 100}})


def test_what_was_earned_goes_back_with_the_goods() -> None:
    """Q08: a coupon is kept while the threshold is met; one already spent is withheld at its value."""
    offer = {"id": "e", "type": "earn_coupon", "min": 1000, "template": "t", "value": 250}
    data = case(goods(A=700), basket("A*2"), [offer])
    batch: Data = {
        "at": "2026-06-20T10:00:00+08:00",
        "units": [{"sku": "A", "qty": 1}],
        "spent": [{"offer": "e", "count": 1}],
    }
    found = answer({**data, "returns": [batch]})["refunds"]
    assert found[0]["clawed_back"] == [{"offer": "e", "template": "t", "count": 1}]
    assert (found[0]["refund"], found[0]["withheld"], found[0]["paid_out"]) == (700, 250, 450)


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        ({"type": "shipping"}, ""),
        ({"type": "shipping", "off": 1, "free": True}, ""),
        ({"type": "shipping", "free": False}, "free"),
        ({"type": "shipping", "pay_bp": 10001}, "pay_bp"),
        ({"type": "earn_coupon", "min": 1}, "template"),
        ({"type": "earn_red_packet", "min": 0, "fen": 1, "every": True}, "min"),
        ({"type": "earn_red_packet", "every": True, "fen": 1}, "min"),
        ({"type": "earn_stamps", "min": 1, "count": 0}, "count"),
        ({"type": "nth_item", "n": 0, "pay_bp": 1}, "n"),
        ({"type": "nth_item", "n": 2}, "pay_bp"),
        ({"type": "pick_bundle", "count": 0, "price": 1}, "count"),
        ({"type": "combo", "items": [], "price": 1}, "items"),
        ({"type": "combo", "items": [{"sku": "A"}, {"sku": "A"}], "price": 1}, "items[1].sku"),
        ({"type": "combo", "items": [{"sku": "A"}], "price": 1, "scope": {"all": True}}, "scope"),
        ({"type": "buy_get", "buy": {"count": 1}}, "get"),
        ({"type": "buy_get", "buy": {"count": 1, "scope": {}}, "get": {"count": 1}}, "buy.scope"),
        ({"type": "buy_get", "buy": {"count": 1}, "get": {"count": 1, "pay": 1}}, "get.pay"),
    ],
)
def test_faults_of_these_types(offer: Data, path: str) -> None:
    """P20: each with its path."""
    data = case(goods(A=1), basket("A"), [{"id": "p", **offer}])
    assert [p for p, _ in problems(data)] == [f"promotions[0].{path}" if path else "promotions[0]"]


def test_a_group_shared_with_goods_does_not_keep_a_shipping_offer_away() -> None:
    """P08: shipping takes no lines, so "at most one of each group" says nothing between it and goods offers."""
    off = {"id": "off", "type": "spend_off", "group": "g", "tiers": [{"min": 1000, "off": 100}]}
    free = {"id": "free", "type": "shipping", "group": "g", "free": True}
    quote = price(goods(A=1000), basket("A"), [off, free], cart={"shipping": 600})
    assert offs(quote) == {"off": 100, "free": 600}
    quote = price(goods(A=1000), basket("A"), [{**off, "excludes": ["g"]}, free], cart={"shipping": 600})
    assert offs(quote) == {"free": 600}
