"""Each offer type, its roundings and limits, by table."""

from __future__ import annotations

import pytest

from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, offs, price, reasons


@pytest.mark.parametrize(
    ("offer", "qty", "units"),
    [
        ({"type": "fixed_price", "price": 800}, 2, (800, 800)),
        ({"type": "fixed_price", "price": 0}, 1, (0,)),
        ({"type": "fixed_price", "price": 999}, 1, (999,)),
        ({"type": "amount_off", "off": 1}, 1, (998,)),
        ({"type": "amount_off", "off": 5000}, 2, (0, 0)),
        ({"type": "percent_off", "pay_bp": 8500}, 3, (850, 850, 850)),  # 149.85 down to 149 a unit
        ({"type": "percent_off", "pay_bp": 8500, "max_off": 100}, 1, (899,)),
        ({"type": "percent_off", "pay_bp": 0}, 1, (0,)),
        ({"type": "percent_off", "pay_bp": 9999}, 1, (999,)),  # 0.0999 of a fen: nothing
        ({"type": "amount_off", "off": 100, "limits": {"per_order": 1}}, 3, (899, 999, 999)),
    ],
)
def test_line_level_offers(offer: Data, qty: int, units: tuple[int, ...]) -> None:
    """P02 P10: unit prices, rounded down a unit at a time; units past a limit at the normal price."""
    quote = price(goods(A=999), basket(f"A*{qty}"), [{"id": "p", **offer}])
    assert quote.lines[0].units == units
    assert quote.payable == sum(units)


@pytest.mark.parametrize(
    ("offer", "goods_fen"),
    [
        ({"type": "spend_off", "tiers": [{"min": 3000, "off": 500}]}, 2500),
        ({"type": "spend_off", "tiers": [{"min": 3001, "off": 500}]}, 3000),
        ({"type": "spend_off", "tiers": [{"min": 1000, "off": 100}, {"min": 3000, "off": 700}]}, 2300),
        ({"type": "spend_off", "tiers": [{"min": 1000, "off": 100}, {"min": 9000, "off": 700}]}, 2900),
        ({"type": "spend_off", "tiers": [{"min": 0, "off": 9999}]}, 0),
        ({"type": "spend_off", "every": {"min": 1000, "off": 150}}, 2550),
        ({"type": "spend_off", "every": {"min": 1000, "off": 150, "max_off": 400}}, 2600),
        ({"type": "spend_off", "every": {"min": 1000, "off": 150}, "limits": {"per_order": 2}}, 2700),
        ({"type": "spend_percent", "tiers": [{"min": 2000, "pay_bp": 8500}]}, 2550),
        ({"type": "spend_percent", "tiers": [{"count": 3, "pay_bp": 9000}]}, 2700),
        ({"type": "spend_percent", "tiers": [{"count": 4, "pay_bp": 9000}]}, 3000),
        (
            {"type": "spend_percent", "tiers": [{"min": 0, "pay_bp": 9000}, {"min": 3000, "pay_bp": 8000}]},
            2400,
        ),
        ({"type": "spend_percent", "tiers": [{"min": 0, "pay_bp": 0}], "max_off": 99}, 2901),
    ],
)
def test_order_level_offers(offer: Data, goods_fen: int) -> None:
    """P03: tiers, every-N and rates on A 10.00 × 2 and B 10.00."""
    quote = price(goods(A=1000, B=1000), basket("A*2", "B"), [{"id": "p", **offer}])
    assert quote.goods == goods_fen
    assert quote.list - quote.goods == quote.saved


@pytest.mark.parametrize(
    ("content", "goods_fen"),
    [
        ({"off": {"min": 2500, "off": 500}}, 2100),
        ({"off": {"min": 2601, "off": 300}}, 2600),  # 30.00 − 3.00 would be dearer
        ({"off": {"min": 2601, "off": 500}}, 2500),  # leaves the promotion out to reach the threshold,
        ({"off": {"off": 500}}, 2100),
        ({"percent": {"min": 2600, "pay_bp": 9000}}, 2340),
        ({"percent": {"pay_bp": 9000, "max_off": 100}}, 2500),
    ],
)
def test_coupons_work_on_what_order_offers_leave(content: Data, goods_fen: int) -> None:
    """P04 K01: base and threshold of a coupon are amounts after ORDER (26.00 here)."""
    promotion = {"id": "p", "type": "spend_off", "tiers": [{"min": 3000, "off": 400}]}
    quote = price(goods(A=1000), basket("A*3"), [promotion], coupons=[coupon("c", content)])
    assert quote.goods == goods_fen


EXAMPLE_A = [
    {"id": "p1", "type": "fixed_price", "price": 5500, "scope": {"skus": ["A"]}},
    {"id": "p2", "type": "spend_off", "tiers": [{"min": 20000, "off": 4000}]},
    {"id": "p3", "type": "nth_item", "n": 2, "pay_bp": 5000, "scope": {"skus": ["C", "D"]}},
]
EXAMPLE_GOODS = goods(A=6000, B=5000, C=4500, D=4000, E=600)
HUNDRED_TEN = [coupon("c", {"off": {"min": 10000, "off": 1000}})]


def test_worked_example_a() -> None:
    """Q01 Q02 P08: 55 + 50 + 45 + 20 = 170, coupon: 160.00; P2 is missed by 5.00 at list prices; E helps."""
    quote = price(
        EXAMPLE_GOODS, basket("A", "B", "C", "D"), EXAMPLE_A, coupons=HUNDRED_TEN, suggest=True, cart={"addable": ["E"]}
    )
    assert (quote.payable, offs(quote)) == (16000, {"p1": 500, "p3": 2000, "c": 1000})
    assert reasons(quote) == {"p2": {"reason": "THRESHOLD", "short_by_fen": 500}}
    assert [s.to_json() for s in quote.suggestions] == [
        {"kind": "pays_less", "add": [{"sku": "E", "qty": 1}], "payable": 15100},
        {"kind": "unlocks", "offer": "p2", "add": [{"sku": "E", "qty": 1}], "payable": 15100},
    ]


def test_worked_example_b() -> None:
    """Q02: without P1 the threshold of 200 is reached: 201 − 40 − 10 = 151; P1 and P3 would give 166."""
    quote = price(EXAMPLE_GOODS, basket("A", "B", "C", "D", "E"), EXAMPLE_A, coupons=HUNDRED_TEN)
    assert (quote.payable, offs(quote)) == (15100, {"p2": 4000, "c": 1000})
    assert reasons(quote)["p3"] == {"reason": "NOT_BETTER", "by_fen": 1500}


def test_worked_example_c() -> None:
    """Q02 P03: leaving the cheap lines out lets the dear one be the second item."""
    quote = price(
        goods(A=10000, B=100, C=100), basket("A*2", "B", "C"), [{"id": "p", "type": "nth_item", "n": 2, "pay_bp": 5000}]
    )
    # The cheap two stay out; B and C as a pair of their own cannot, for an offer applies once.
    assert quote.payable == 15200
    assert [line.payable for line in quote.lines] == [15000, 100, 100]


def test_worked_example_e() -> None:
    """P03: two for 10.00, repeated: run by run, so that each line pays its own run."""
    quote = price(
        goods(A=900, B=600),
        basket("A*2", "B*2"),
        [{"id": "p", "type": "pick_bundle", "count": 2, "price": 1000, "repeat": True}],
    )
    assert (quote.payable, [line.payable for line in quote.lines]) == (2000, [1000, 1000])


@pytest.mark.parametrize(
    ("offer", "payables"),
    [
        ({"type": "nth_item", "n": 2, "pay_bp": 0}, [1998, 500]),  # two pairs among five: the two cheapest are B
        ({"type": "nth_item", "n": 2, "pay_bp": 0, "same_sku": True}, [1998 - 999, 1500 - 500]),
        ({"type": "nth_item", "n": 2, "pay_bp": 0, "limits": {"per_order": 1}}, [999, 1500]),
        ({"type": "nth_item", "n": 6, "pay_bp": 0}, [1998, 1500]),
        ({"type": "pick_bundle", "count": 2, "price": 1200}, [1200, 1500]),
        ({"type": "pick_bundle", "count": 2, "price": 1200, "repeat": True}, [1200, 1500]),
        ({"type": "pick_bundle", "count": 2, "price": 900, "repeat": True}, [900, 1400]),
        ({"type": "combo", "items": [{"sku": "A"}, {"sku": "B", "qty": 2}], "price": 1500}, [1749, 1250]),
        ({"type": "combo", "items": [{"sku": "A"}, {"sku": "B"}], "price": 1000, "repeat": True}, [1332, 1168]),
        ({"type": "combo", "items": [{"sku": "A"}, {"sku": "Z"}], "price": 1}, [1998, 1500]),
        ({"type": "buy_get", "buy": {"count": 1}, "get": {"count": 1}}, [999, 1500]),
        (
            {
                "type": "buy_get",
                "buy": {"count": 2, "scope": {"skus": ["A"]}},
                "get": {"count": 1, "scope": {"skus": ["B"]}},
            },
            [1998, 1000],
        ),
        (
            {
                "type": "buy_get",
                "buy": {"count": 1, "scope": {"skus": ["A"]}},
                "repeat": True,
                "get": {"count": 1, "pay_bp": 5000, "scope": {"skus": ["B"]}},
            },
            [1998, 1000],
        ),
        (
            {
                "type": "buy_get",
                "buy": {"count": 3, "scope": {"skus": ["A"]}},
                "get": {"count": 1, "scope": {"skus": ["B"]}},
            },
            [1998, 1500],
        ),
    ],
)
def test_offers_that_count_units(offer: Data, payables: list[int]) -> None:
    """P03: on A 9.99 × 2 and B 5.00 × 3."""
    quote = price(goods(A=999, B=500, Z=1), basket("A*2", "B*3"), [{"id": "p", **offer}])
    assert quote.list == 1998 + 1500
    assert [line.payable for line in quote.lines] == payables


def test_no_full_run_or_set_is_no_effect() -> None:
    """Q01: the reason is NO_EFFECT, not a threshold."""
    promotions = [
        {"id": "a", "type": "nth_item", "n": 2, "pay_bp": 0},
        {"id": "b", "type": "pick_bundle", "count": 2, "price": 1},
        {"id": "c", "type": "combo", "items": [{"sku": "A", "qty": 2}], "price": 1},
        {"id": "d", "type": "buy_get", "buy": {"count": 1}, "get": {"count": 1}},
    ]
    quote = price(goods(A=999), basket("A"), promotions)
    assert reasons(quote) == {k: {"reason": "NO_EFFECT"} for k in "abcd"}


def test_exchange_coupon() -> None:
    """K01: the dearest unit of the SKU is free, after ORDER offers; only lines of that SKU are taken."""
    held = [coupon("c", {"exchange": {"sku": "A"}})]
    half = {"id": "p", "type": "nth_item", "n": 2, "pay_bp": 5000, "scope": {"skus": ["A"]}}
    quote = price(goods(A=1000, B=300), basket("A*2", "B"), [half], coupons=held)
    assert ([line.units for line in quote.lines], offs(quote)) == ([(500, 0), (300,)], {"p": 500, "c": 1000})
    quote = price(goods(A=1000, B=300), basket("B"), coupons=held, cart={"coupons": ["c"]})
    assert reasons(quote) == {"c": {"reason": "SCOPE"}}


def test_the_contract_answer_of_chapter_9() -> None:
    """Q01 Q03: the example of the file format, unit for unit."""
    data = case(
        goods(NRW500={"price": 3990, "tags": ["火锅"]}),
        basket("NRW500*6"),
        [
            {
                "id": "hotpot-200-30",
                "type": "spend_off",
                "scope": {"tags": ["火锅"]},
                "tiers": [{"min": 20000, "off": 3000}],
            }
        ],
        coupons=[coupon("c-88", {"off": {"min": 8800, "off": 800}}, expires="2026-06-30T00:00:00+08:00")],
        cart={"shipping": 600},
        returns=[{"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "NRW500", "qty": 1}]}],
    )
    found = answer(data)
    assert {k: found[k] for k in ("list", "goods", "saved", "shipping", "payable", "due")} == {
        "list": 23940,
        "goods": 20140,
        "saved": 3800,
        "shipping": 600,
        "payable": 20740,
        "due": 20740,
    }
    assert found["lines"] == [
        {
            "sku": "NRW500",
            "qty": 6,
            "list": 23940,
            "payable": 20140,
            "offers": [{"id": "hotpot-200-30", "off": 3000}, {"id": "c-88", "off": 800}],
            "units": [3356, 3356, 3357, 3357, 3357, 3357],
        }
    ]
    assert found["offers"] == [
        {"id": "hotpot-200-30", "level": "ORDER", "off": 3000, "uses": 1},
        {"id": "c-88", "level": "COUPON", "off": 800, "uses": 1},
    ]
    refund = found["refunds"][0]
    assert (refund["refund"], refund["withheld"], refund["paid_out"]) == (3356, 0, 3356)
    assert (found["optimal"], found["lower_bound"], len(found["rules"])) == (True, 20740, 64)


def test_lines_of_one_sku_are_merged() -> None:
    """P03: two lines of one SKU are one, in whatever order they come."""
    offer = {"id": "p", "type": "spend_off", "tiers": [{"min": 2000, "off": 500}]}
    quote = price(goods(A=1000), basket("A", "A"), [offer])
    assert [(line.sku, line.qty, line.payable) for line in quote.lines] == [("A", 2, 1500)]


def test_floor_stops_offers_but_not_tenders() -> None:
    """P23 Q03: no offer goes below a SKU's floor; what finds no room goes to others, then lapses."""
    catalog = goods(A={"price": 1000, "floor": 900}, B={"price": 1000, "floor": 500})
    offer = {"id": "p", "type": "spend_off", "tiers": [{"min": 2000, "off": 500}]}
    quote = price(catalog, basket("A", "B"), [offer])
    assert [line.payable for line in quote.lines] == [900, 600]
    greedy = {"id": "p", "type": "spend_off", "tiers": [{"min": 2000, "off": 5000}]}
    quote = price(catalog, basket("A", "B"), [greedy])
    assert ([line.payable for line in quote.lines], offs(quote)) == ([900, 500], {"p": 600})
    quote = price(
        catalog,
        basket("A", "B"),
        [{"id": "p", "type": "fixed_price", "price": 100}],
        customer={"id": "u", "balance": 9999},
        cart={"tenders": {"balance": 9999}},
    )
    assert ([line.payable for line in quote.lines], quote.due) == ([900, 500], 0)


def test_percent_of_a_million_fen_has_no_float() -> None:
    """medusa#14934 Q03: large whole numbers stay exact."""
    quote = price(goods(A=9_007_199_254_740_991), basket("A"), [{"id": "p", "type": "percent_off", "pay_bp": 3333}])
    assert quote.payable == 9_007_199_254_740_991 - 9_007_199_254_740_991 * 6667 // 10000
