"""Small things at the edges of the answer, each found by a planted fault that no other test saw (make mutation)."""

from __future__ import annotations

from datetime import datetime

import pytest

from backend import pricing
from backend.tests.pricing.build import AT, Data, answer, basket, case, coupon, goods, offs, price, reasons

NOW = datetime.fromisoformat(AT)
A = pricing.Product("A", 1000, category="c/d", tags=frozenset({"t"}))


def in_hand(*offers: Data, **more: object) -> int:
    rules = pricing.compile_rules(pricing.parse_offer(offer) for offer in offers)
    return pricing.price_in_hand(rules, A, NOW, **more)  # type: ignore[arg-type]


def test_price_in_hand_asks_everything_a_quote_asks() -> None:
    """T02: level, channel, store, region, stock and budget decide; cart-wide and order-level offers do not count."""
    off: Data = {"id": "p", "type": "amount_off", "off": 100}
    assert in_hand(off) == 900
    gold = pricing.Customer("u", "gold")
    assert in_hand({**off, "when": {"level": ["gold"]}}) == 1000
    assert in_hand({**off, "when": {"level": ["gold"]}}, customer=gold) == 900
    for field, value in (("channel", "pos"), ("store", "s1"), ("region", "四川")):
        offer = {**off, "when": {field: [value]}}
        assert (in_hand(offer), in_hand(offer, **{field: value})) == (1000, 900)
    assert in_hand(off, stock={"p": 0}) == 1000
    assert in_hand(off, budget={"p": 99}) == 1000
    assert in_hand(off, {"id": "o", "type": "spend_off", "tiers": [{"min": 1, "off": 500}]}) == 900
    assert in_hand(off, {"id": "q", "type": "amount_off", "off": 200, "exclusive": "cart"}) == 800
    assert in_hand({**off, "exclusive": "cart"}, {"id": "q", "type": "amount_off", "off": 200, "group": "g"}) == 800
    late = pricing.Policy(tz="America/New_York")
    morning = {**off, "when": {"hours": ["07:00", "08:00"]}}
    assert (in_hand(morning), in_hand(morning, policy=late)) == (1000, 900)


def test_the_answer_has_every_field_of_the_contract() -> None:
    """§9: none renamed, none missing."""
    found = answer({**case(goods(A=1000), basket("A")), "returns": [{"at": AT, "units": basket("A")}]})
    assert [*found] == [
        "list",
        "goods",
        "saved",
        "shipping",
        "payable",
        "due",
        "lines",
        "offers",
        "gifts",
        "add_ons",
        "earn",
        "tenders",
        "rejected",
        "suggestions",
        "optimal",
        "lower_bound",
        "rules",
        "refunds",
    ]
    assert [*found["lines"][0]] == ["sku", "qty", "list", "payable", "offers", "units"]
    assert [*found["refunds"][0]][:4] == ["refund", "withheld", "paid_out", "tenders"]


def test_an_earning_that_gives_nothing_says_why() -> None:
    """§7: threshold, no effect, budget, excluded, each with its figures."""
    points: Data = {"id": "e", "type": "earn_points", "per_yuan": 1}
    shelf = goods(A=1000)

    def why(offer: Data, *others: Data, **rest: object) -> Data:
        return reasons(price(shelf, basket("A"), [offer, *others], **rest)).get("e", {})

    assert why(points) == {}
    assert why(points, budget={"e": 9}) == {"reason": "BUDGET"}
    assert why(points, budget={"e": 10}) == {}
    assert why({"id": "e", "type": "earn_points", "times_bp": 20_000}) == {"reason": "NO_EFFECT"}
    packet: Data = {"id": "e", "type": "earn_red_packet", "min": 1500, "fen": 100}
    assert why(packet) == {"reason": "THRESHOLD", "short_by_fen": 500}
    assert why(packet, explain=False) == {"reason": "THRESHOLD"}
    half: Data = {"id": "h", "type": "percent_off", "pay_bp": 5000}
    assert why({**points, "excludes": ["line"]}, half) == {"reason": "EXCLUDED", "by": "h"}


@pytest.mark.parametrize(("hours", "at", "holds"), [
    (["18:00", "22:00"], "18:00", True), (["18:00", "22:00"], "17:59", False),
    (["18:00", "22:00"], "21:59", True), (["18:00", "22:00"], "22:00", False),
    (["22:00", "02:00"], "22:00", True), (["22:00", "02:00"], "01:59", True),
    (["22:00", "02:00"], "02:00", False), (["22:00", "02:00"], "21:59", False),
    (["00:00", "24:00"], "23:59", True), (["23:59", "24:00"], "23:58", False),
])  # fmt: skip
def test_hours_to_the_minute(hours: list[str], at: str, holds: bool) -> None:
    """§5: the end is excluded, and may lie on the next day."""
    data = case(goods(A=1000), basket("A"), [{"id": "p", "type": "amount_off", "off": 1, "when": {"hours": hours}}])
    assert bool(answer({**data, "at": f"2026-06-18T{at}:00+08:00"})["offers"]) == holds


def test_a_set_costs_its_price_only_while_it_is_cheaper() -> None:
    """§5 combo: dearer sets are bought unit by unit; of several the number that the limit allows."""
    combo: Data = {"id": "p", "type": "combo", "items": [{"sku": "A"}, {"sku": "B"}], "price": 1500, "repeat": True}
    shelf = goods(A=1000, B=600)
    assert offs(price(shelf, basket("A*3", "B*2"), [combo])) == {"p": 200}
    assert offs(price(shelf, basket("A*3", "B*2"), [{**combo, "limits": {"per_order": 1}}])) == {"p": 100}
    assert offs(price(shelf, basket("A*3", "B*2"), [{**combo, "price": 1600}])) == {}
    assert reasons(price(shelf, basket("A*3"), [combo])) == {"p": {"reason": "NO_EFFECT"}}


def test_what_can_be_returned_of_several_places() -> None:
    """§8: of a SKU that is a line, an add-on and a gift, the line comes first; more than all of them is refused."""
    promotions: list[Data] = [
        {"id": "a", "type": "add_on", "min": 1, "items": [{"sku": "B", "price": 100}]},
        {"id": "g", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "B"}]}]},
    ]
    cart = {"add_ons": [{"offer": "a", "sku": "B", "qty": 1}]}
    data = case(goods(A=1000, B=500), basket("A", "B"), promotions, cart=cart)

    def refunds(*batches: int) -> list[int]:
        back = [{"at": AT, "units": [{"sku": "B", "qty": n}]} for n in batches]
        return [r["refund"] for r in answer({**data, "returns": back})["refunds"]]

    assert refunds(1, 1, 1) == [500, 100, 0]
    assert refunds(3) == [600]
    with pytest.raises(pricing.Malformed) as refused:
        refunds(2, 2)
    assert [(p.path, p.message) for p in refused.value.problems] == [
        ("returns[1].units[0]", "only 1 of B can be returned")
    ]


def test_a_coupon_for_goods_that_are_not_there() -> None:
    """§7 SCOPE: for fixed coupons only."""
    held = [coupon("c", {"exchange": {"sku": "B"}})]
    shelf = goods(A=1000, B=1)
    assert reasons(price(shelf, basket("A"), coupons=held)) == {}
    assert reasons(price(shelf, basket("A"), coupons=held, cart={"coupons": ["c"]})) == {"c": {"reason": "SCOPE"}}


def test_a_gift_by_count_needs_the_units() -> None:
    """§5 spend_gift: tiers of `count` look at units, not at money."""
    gift: Data = {"id": "g", "type": "spend_gift", "tiers": [{"count": 3, "gifts": [{"sku": "B"}]}]}
    shelf = goods(A=1000, B=1)
    two = price(shelf, basket("A*2"), [gift])
    assert (two.gifts, reasons(two)) == ((), {"g": {"reason": "THRESHOLD", "short_by_count": 1}})
    assert [g.sku for g in price(shelf, basket("A*3"), [gift]).gifts] == ["B"]


def test_shipping_offers_of_equal_effect_and_their_enemies() -> None:
    """§4: the smaller id; §3: a cart-exclusive offer and an excluded one keep the fee; a coupon must be chosen."""
    free: Data = {"type": "shipping", "free": True}
    shelf, fee = goods(A=1000), {"shipping": 600}

    def used(*promotions: Data, **rest: object) -> list[str]:
        return [o.id for o in price(shelf, basket("A"), [*promotions], cart=fee, **rest).offers]

    assert used({"id": "s2", **free}, {"id": "s1", **free}) == ["s1"]
    assert used({"id": "s1", **free, "exclusive": "cart"}, {"id": "p", "type": "amount_off", "off": 700}) == ["p"]
    assert used({"id": "s1", **free, "exclusive": "cart"}, {"id": "p", "type": "amount_off", "off": 500}) == ["s1"]
    assert used({"id": "s1", **free, "excludes": ["line"]}, {"id": "p", "type": "amount_off", "off": 500}) == ["s1"]
    half: Data = {"id": "s1", "type": "shipping", "pay_bp": 5000}
    assert used(half, {"id": "s2", "type": "shipping", "off": 100, "group": "g"}) == ["s1", "s2"]
    held = [coupon("c", {"shipping": {"min": 1001, "free": True}})]
    assert used(half, coupons=held) == ["s1"]


def test_uses_count_applications() -> None:
    """§5: what a limit is charged: sets, runs, steps, discounted units, else one."""
    shelf, cart = goods(A=1000, B=600), basket("A*4", "B*2")
    offers: list[tuple[Data, int]] = [
        ({"type": "combo", "items": [{"sku": "A"}, {"sku": "B"}], "price": 1500, "repeat": True}, 2),
        ({"type": "pick_bundle", "count": 2, "price": 1500, "repeat": True, "scope": {"skus": ["A"]}}, 2),
        ({"type": "spend_off", "every": {"min": 1000, "off": 10}}, 5),
        ({"type": "nth_item", "n": 2, "pay_bp": 5000}, 3),
        ({"type": "buy_get", "buy": {"count": 2}, "get": {"count": 1}, "repeat": True}, 2),
        ({"type": "amount_off", "off": 1}, 6),
        ({"type": "spend_off", "tiers": [{"min": 1, "off": 1}]}, 1),
    ]
    for offer, uses in offers:
        assert [o["uses"] for o in answer(case(shelf, cart, [{"id": "p", **offer}]))["offers"]] == [uses]


def test_what_red_packets_and_points_paid_does_not_earn() -> None:
    """§8: of the lines that are kept, line by line; balance counts as money. Line C is barred from points."""
    promotions: list[Data] = [
        {"id": "e", "type": "earn_points", "per_yuan": 1},
        {"id": "x", "type": "amount_off", "off": 1, "no_tender": ["points"], "scope": {"skus": ["C"]}},
    ]
    customer = {"id": "u", "points": 300, "balance": 700}
    cart = {"tenders": {"points": 300, "balance": 700}}
    data = case(goods(A=1000, C=1001), basket("A", "C"), promotions, customer=customer, cart=cart)
    assert answer(data)["earn"] == [{"offer": "e", "points": 17}]

    def clawed(sku: str) -> list[Data]:
        return answer({**data, "returns": [{"at": AT, "units": basket(sku)}]})["refunds"][0]["clawed_back"]

    assert clawed("A") == [{"offer": "e", "points": 7}]  # C keeps 1000
    assert clawed("C") == [{"offer": "e", "points": 10}]  # A keeps 700


def test_a_repriced_refund_names_its_lines() -> None:
    """§8: with the place in the quote; all figures whole."""
    promotions: list[Data] = [
        {"id": "g", "type": "spend_gift", "tiers": [{"min": 2500, "gifts": [{"sku": "C", "qty": 2}]}]}
    ]
    for policy in ("reprice", "allocated"):
        data = case(goods(A=1000, B=2000, C=333), basket("A", "B"), promotions, policy={"refund": policy})
        parsed = pricing.parse_scenario({**data, "returns": [{"at": AT, "units": basket("B")}]})
        quote = pricing.quote(parsed.rules, parsed.request)
        refund = pricing.reverse(quote, parsed.returns)[0]
        assert [(line.sku, line.qty, line.fen, line.place) for line in refund.lines] == [("B", 1, 2000, 1)]
        assert (refund.refund, refund.withheld, type(refund.withheld)) == (2000, 666, int)


def test_suggestions_share_the_steps_and_leave_out_what_contains_a_better_one() -> None:
    """Q04: two additions that pay on their own are both listed, the two together only where they pay less still; with
    few steps fewer are asked about."""
    promotions: list[Data] = [{"id": "p", "type": "spend_off", "tiers": [{"min": 5000, "off": 1500}]}]
    shelf = goods(A=4500, B=500, C=600, D=700)
    data = case(shelf, basket("A"), promotions, cart={"addable": ["B", "C", "D"]}, suggest=True)
    found = answer(data)["suggestions"]
    assert [(s["kind"], [(a["sku"], a["qty"]) for a in s["add"]], s["payable"]) for s in found] == [
        ("pays_less", [("B", 1)], 3500),
        ("unlocks", [("B", 1)], 3500),
        ("pays_less", [("C", 1)], 3600),
        ("pays_less", [("D", 1)], 3700),
    ]
    parsed = pricing.parse_scenario(data)
    few = pricing.quote(parsed.rules, parsed.request, steps=40).suggestions
    assert [s.payable for s in few] == [3500, 3500, 3600]
