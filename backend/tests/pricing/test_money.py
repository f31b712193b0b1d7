"""Allocation, tenders and what is earned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.pricing.allocation import Run, runs_of, split, take_off
from backend.tests.pricing.brute import divide
from backend.tests.pricing.build import basket, coupon, goods, offs, price

UNITS = st.lists(st.integers(0, 400), min_size=1, max_size=9)


@given(UNITS, st.integers(0, 2500), st.lists(st.integers(0, 300), min_size=3, max_size=3))
def test_largest_remainder_over_units_with_floors(units: list[int], off: int, floors: list[int]) -> None:
    """Q03 mall#356 vendure#2995: shares by runs equal shares by units, sum exactly, keep to the floors."""
    lines = [units[k::3] for k in range(3)]
    amounts = [[[a, 1] for a in line] for line in lines]
    shares = split(runs_of(amounts, [0, 1, 2]), off, floors)
    flat = [(k, u) for k, line in enumerate(lines) for u in range(len(line))]
    weights = [lines[k][u] for k, u in flat]
    rooms = [max(0, lines[k][u] - floors[k]) for k, u in flat]
    expected = divide(weights, rooms, min(off, sum(weights)))
    take_off(amounts, shares)
    left = [amount for line in amounts for amount, n in line for _ in range(n)]
    assert left == [w - s for w, s in zip(weights, expected, strict=True)]
    assert sum(s.each * s.n for s in shares) == min(off, sum(rooms))


def test_a_thousand_units_are_one_run() -> None:
    """Q03: the cost of an allocation does not grow with the quantity."""
    shares = split([Run(0, 0, 999, 9999), Run(1, 0, 1, 9999)], 12_345, [0, 0])
    assert len(shares) <= 4
    assert sum(s.each * s.n for s in shares) == 12_345


def test_tenders_in_order_and_over_units_and_shipping() -> None:
    """P04: packets by expiry and threshold, then points, then balance; shipping last in ties."""
    customer = {
        "id": "u",
        "points": 500,
        "balance": 50,
        "red_packets": [
            {"id": "late", "fen": 100, "expires": "2026-08-01T00:00:00+08:00"},
            {"id": "soon", "fen": 200, "expires": "2026-07-01T00:00:00+08:00"},
            {"id": "dead", "fen": 999, "expires": "2026-06-01T00:00:00+08:00"},
            {"id": "high", "fen": 999, "min": 5000},
        ],
    }
    asked = {"points": 10_000, "balance": 100, "red_packets": ["high", "late", "dead", "soon"]}
    quote = price(
        goods(A=1000),
        basket("A"),
        customer=customer,
        cart={"tenders": asked, "shipping": 1000},
        policy={"points_per_yuan_off": 200},
    )
    assert [(t.kind, t.id, t.fen, t.points) for t in quote.tenders] == [
        ("red_packet", "soon", 200, None),
        ("red_packet", "late", 100, None),
        ("points", None, 250, 500),
        ("balance", None, 50, None),
    ]
    assert (quote.payable, quote.due) == (2000, 1400)
    assert [(dict(t.by_line), t.on_shipping) for t in quote.tenders[:2]] == [
        ({0: 100}, 100),
        ({0: 50}, 50),
    ]


def test_no_tender_keeps_points_off_its_lines() -> None:
    """P08: points pay for the other line and for shipping only."""
    offer = {"id": "p", "type": "amount_off", "off": 100, "scope": {"skus": ["A"]}, "no_tender": ["points"]}
    quote = price(
        goods(A=1000, B=300),
        basket("A", "B"),
        [offer],
        customer={"id": "u", "points": 9999},
        cart={"tenders": {"points": 9999}, "shipping": 50},
    )
    assert [(t.kind, t.fen, t.points, dict(t.by_line)) for t in quote.tenders] == [("points", 350, 350, {1: 300})]
    assert quote.due == 900


def test_points_are_earned_on_what_was_really_paid() -> None:
    """P05 B03: goods less red packets and points, not less balance; factors multiply the sum in order."""
    promotions = [
        {"id": "base", "type": "earn_points", "per_yuan": 2},
        {"id": "hot", "type": "earn_points", "per_yuan": 3, "scope": {"skus": ["A"]}},
        {"id": "x2", "type": "earn_points", "times_bp": 20000, "priority": 1},
        {"id": "x3", "type": "earn_points", "times_bp": 15000, "priority": 2},
    ]
    customer = {"id": "u", "points": 100, "balance": 100}
    quote = price(
        goods(A=1050, B=1000),
        basket("A", "B"),
        promotions,
        customer=customer,
        cart={"tenders": {"points": 100, "balance": 100}},
    )
    # 19.50 paid: 19 · 2 = 38; A bears 0.51 of it: 9.99 → 9 · 3 = 27; 65 doubled, half again.
    assert [(e.offer, e.points) for e in quote.earn] == [("base", 38), ("hot", 27), ("x2", 65), ("x3", 65)]


def test_an_offer_may_exclude_an_earning() -> None:
    """P05 P08: lines taken by it do not count; where none is left the earning is EXCLUDED by it."""
    sale = {"id": "sale", "type": "amount_off", "off": 100, "scope": {"skus": ["A"]}, "excludes": ["base"]}
    base = {"id": "base", "type": "earn_points", "per_yuan": 1}
    quote = price(goods(A=1000, B=500), basket("A", "B"), [sale, base])
    assert [(e.offer, e.points) for e in quote.earn] == [("base", 5)]
    quote = price(goods(A=1000), basket("A"), [sale, base])
    assert [r.to_json() for r in quote.rejected] == [{"id": "base", "reason": "EXCLUDED", "by": "sale"}]


def test_ties_prefer_what_earns_more() -> None:
    """Q02: of two equal prices the one whose goods earn more points."""
    promotions = [
        {"id": "a", "type": "spend_off", "tiers": [{"min": 1000, "off": 100}], "excludes": ["points"]},
        {"id": "b", "type": "spend_off", "tiers": [{"min": 1000, "off": 100}]},
        {"id": "points", "type": "earn_points", "per_yuan": 1},
    ]
    quote = price(goods(A=1000), basket("A"), promotions)
    assert (offs(quote), [(e.offer, e.points) for e in quote.earn]) == ({"b": 100}, [("points", 9)])


def test_an_empty_cart_is_shipping_alone() -> None:
    """Q01: nothing to discount, nothing to allocate."""
    quote = price(
        goods(A=1000),
        [],
        [{"id": "p", "type": "amount_off", "off": 1}],
        coupons=[coupon("c", {"off": {"off": 1}})],
        cart={"shipping": 600},
    )
    assert (quote.list, quote.payable, quote.lines, quote.rejected, quote.optimal) == (0, 600, (), (), True)
