"""A promised combination comes out again without a search."""

from __future__ import annotations

from dataclasses import replace

from backend import pricing
from backend.pricing.optimise import Solver
from backend.pricing.stacking import Case
from backend.tests.pricing.carts import scenario


def test_every_quote_can_be_retraced() -> None:
    """O1 Q07: for 600 random carts the combination alone gives the figures again, refunds included, without a search."""
    tried = 0
    for seed in range(600):
        parsed = pricing.parse_scenario(scenario(seed, 3, 4, 2))
        found = pricing.quote(parsed.rules, replace(parsed.request, explain=False, suggest=False), 400)
        again = pricing.retrace(parsed.rules, found.request, found.taken, found.coupons_used)
        assert again is not None
        assert {**again.to_json(), "rejected": found.rejected} == {
            **found.to_json(), "rejected": found.rejected, "optimal": True, "lower_bound": found.payable,
        }  # fmt: skip
        everything = pricing.Return(found.request.at, tuple(pricing.ReturnedUnits(x.sku, x.qty) for x in found.lines))
        if found.lines:
            tried += 1
            assert [r.to_json() for r in pricing.reverse(again, [everything])] == [
                r.to_json() for r in pricing.reverse(found, [everything])
            ]
    assert tried > 500


def test_what_the_rules_do_not_allow_is_not_retraced() -> None:
    """An offer or an article that is not there, or lines that an offer cannot take."""
    shelf = [{"sku": "A", "price": 1000}, {"sku": "B", "price": 1000}]
    parsed = pricing.parse_scenario({
        "at": "2026-06-18T19:30:00+08:00", "catalog": shelf, "cart": {"lines": [{"sku": "A", "qty": 1}]},
        "promotions": [{"id": "p", "type": "spend_off", "tiers": [{"min": 2000, "off": 300}]}],
    })  # fmt: skip
    for taken in ({"q": ["A"]}, {"p": ["B"]}, {"p": ["A"]}):
        assert pricing.retrace(parsed.rules, parsed.request, taken, ()) is None
    plain = pricing.retrace(parsed.rules, parsed.request, {}, ())
    assert plain is not None and plain.payable == 1000


def test_no_coupon_is_ruled_out_by_a_price_that_is_not_proven() -> None:
    """Q02: where the search without coupons was not complete, what a coupon can give is taken off what is proven."""
    parsed = pricing.parse_scenario({
        "at": "2026-06-18T19:30:00+08:00", "catalog": [{"sku": "A", "price": 1000}],
        "cart": {"lines": [{"sku": "A", "qty": 1}]},
        "coupons": [{"id": "c", "template": "t", "scope": {"all": True}, "content": {"off": {"off": 100}}}],
    })  # fmt: skip
    solver = Solver(Case(parsed.rules, parsed.request))
    best = solver.exactly(())
    assert best is not None and best.payable == 1000
    (coupon,) = [c.i for c in solver.case.coupons]
    solver._base(best, None)
    assert solver._hopeless((coupon,), 850)  # 1000 is proven, and the coupon gives 100
    solver._base(best, 900)
    assert not solver._hopeless((coupon,), 850)  # it might be 900 without it, so 800 with it
