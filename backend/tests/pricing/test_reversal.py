"""The reverse flow: refunds in any split and order telescope, in both policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import pricing
from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, price
from backend.tests.pricing.carts import scenario

NEXT_DAY = "2026-06-20T10:00:00+08:00"
FULL = {"id": "p", "type": "spend_off", "tiers": [{"min": 20000, "off": 3000}]}


def back(*batches: Data, at: str = NEXT_DAY, **spent: Any) -> list[Data]:
    return [{"at": at, "units": [{"sku": s, "qty": q} for s, q in b.items()], **spent} for b in batches]


def refunds(data: Data, *batches: Data, **rest: Any) -> list[Data]:
    found: list[Data] = answer({**data, "returns": back(*batches, **rest)})["refunds"]
    return found


def test_allocated_gives_the_average_of_the_line() -> None:
    """Q08 solidus#512 PrestaShop#42502: 100.00 paid for three units comes back as 33.33, 33.33, 33.34."""
    data = case(goods(A=4000), basket("A*3"), [{**FULL, "tiers": [{"min": 12000, "off": 2000}]}])
    assert [r["refund"] for r in refunds(data, {"A": 1}, {"A": 1}, {"A": 1})] == [3333, 3333, 3334]
    assert [r["refund"] for r in refunds(data, {"A": 2}, {"A": 1})] == [6666, 3334]


def test_reprice_takes_the_discount_back_when_the_threshold_is_lost() -> None:
    """Q08 sonata#177: keeping goods below the threshold costs their full price."""
    data = case(goods(A=10000, B=10000), basket("A", "B"), [FULL], policy={"refund": "reprice"})
    assert [r["refund"] for r in refunds(data, {"A": 1}, {"B": 1})] == [7000, 10000]


def test_reprice_keeps_at_most_the_coupons_used() -> None:
    """Q08: the coupon still applies to what is kept; another held coupon is not taken instead."""
    held = [coupon("big", {"off": {"min": 15000, "off": 2000}}), coupon("small", {"off": {"off": 500}})]
    data = case(goods(A=10000, B=10000), basket("A", "B"), coupons=held, policy={"refund": "reprice"})
    # 180.00 paid with big; what is kept costs 100.00 for big no longer applies and small was not used.
    assert [r["refund"] for r in refunds(data, {"A": 1}, {"B": 1})] == [8000, 10000]


def test_shipping_comes_back_with_the_last_unit() -> None:
    """Q08: unless the policy keeps it."""
    data = case(goods(A=1000), basket("A*2"), cart={"shipping": 600})
    assert [r["refund"] for r in refunds(data, {"A": 1}, {"A": 1})] == [1000, 1600]
    kept = {**data, "policy": {"refund_shipping": False}}
    assert [r["refund"] for r in refunds(kept, {"A": 1}, {"A": 1})] == [1000, 1000]


@pytest.mark.parametrize(
    ("at", "grace", "returned"),
    [
        ("2026-06-29T23:59:59+08:00", 0, ["c"]),
        ("2026-06-30T00:00:00+08:00", 0, []),
        ("2026-07-02T00:00:00+08:00", 3, ["c"]),
    ],
)
def test_a_coupon_comes_back_when_everything_does(at: str, grace: int, returned: list[str]) -> None:
    """Q08 vendure#1466: on the full return only, and while it has not expired (plus the days of grace)."""
    held = [coupon("c", {"off": {"off": 100}}, expires="2026-06-30T00:00:00+08:00")]
    data = case(goods(A=1000), basket("A*2"), coupons=held, policy={"grace_days": grace})
    found = refunds(data, {"A": 1}, {"A": 1}, at=at)
    assert [r["coupons_returned"] for r in found] == [[], returned]


def test_tenders_come_back_in_the_parts_they_paid() -> None:
    """Q08 P04: each line's refund is divided over its tenders, cash last; all points come back."""
    data = case(
        goods(A=1000, B=500),
        basket("A*2", "B"),
        customer={"id": "u", "points": 999, "balance": 300},
        cart={"tenders": {"points": 999, "balance": 300}},
    )
    found = refunds(data, {"A": 1}, {"B": 1}, {"A": 1})
    assert [[(t["kind"], t["fen"], t.get("points")) for t in r["tenders"]] for r in found] == [
        [("points", 400, 400), ("balance", 120, None)],
        [("points", 200, 200), ("balance", 60, None)],
        [("points", 399, 399), ("balance", 120, None)],
    ]


def test_points_earned_are_clawed_back_and_what_was_spent_is_withheld() -> None:
    """Q08 odoo#257854: recomputed on what is kept; what was spent is withheld, the rest carried."""
    points = {"id": "e", "type": "earn_points", "per_yuan": 10}
    data = case(goods(A=1000), basket("A*3"), [points], policy={"points_per_yuan_off": 1})
    returns = back({"A": 1}, {"A": 1})
    returns[0]["spent"] = [{"offer": "e", "points": 90}]
    found = answer({**data, "returns": returns})["refunds"]
    assert [r["clawed_back"] for r in found] == [[{"offer": "e", "points": 100}]] * 2
    # 90 points at 1 point a yuan are 90.00: more than the batch pays, so the rest waits for the next.
    assert [(r["refund"], r["withheld"], r["paid_out"]) for r in found] == [(1000, 1000, 0), (1000, 1000, 0)]
    left = answer({**data, "returns": returns, "policy": {"clawback": "leave"}})["refunds"]
    assert [r["withheld"] for r in left] == [0, 0]


def gifts_of(**tiers: int) -> list[Data]:
    """Offers that give pieces of G, each from so many fen on: of `a2=4000` two."""
    return [
        {
            "id": n,
            "group": f"g-{n}",
            "type": "spend_gift",
            "tiers": [{"min": least, "gifts": [{"sku": "G", "qty": int(n[1:])}]}],
        }
        for n, least in tiers.items()
    ]


@pytest.mark.parametrize(
    ("batches", "withheld"),
    [
        (({"G": 1}, {"A": 2}, {"A": 1}), [0, 900, 900]),  # b2 is lost, of its two one came back; then a1
        (({"A": 2, "G": 1},), [900]),
        (({"G": 2}, {"A": 2}, {"A": 1}), [0, 0, 900]),  # what is left is what a1 gives
        (({"G": 3}, {"A": 3}), [0, 0]),
        (({"A": 2}, {"A": 1}), [1800, 900]),
        (({"A": 2}, {"G": 1}, {"A": 1}), [1800, 0, 0]),  # b2's two were paid for, so the one is a1's
        (({"A": 3, "G": 1},), [1800]),
    ],
)
def test_of_two_gifts_of_one_article_what_came_back_makes_up_for_the_lost(batches: Any, withheld: list[int]) -> None:
    """Q08 O2: the piece that came back is of no offer: nobody is charged for more than what they keep beyond their right."""
    data = case(goods(A=3000, G=900), basket("A*3"), gifts_of(a1=2000, b2=8000))
    assert [g.qty for g in price(goods(A=3000, G=900), basket("A*3"), gifts_of(a1=2000, b2=8000)).gifts] == [1, 2]
    assert [r["withheld"] for r in refunds(data, *batches)] == withheld


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 9000), st.integers(1, 9000), st.randoms(use_true_random=False)
)
def test_never_is_more_charged_than_is_kept_without_a_right(one: int, two: int, low: int, high: int, rng: Any) -> None:
    """Q08 O2: at no step more was withheld than the price of the pieces that were kept and that no tier still reached gives."""
    given_by = gifts_of(**{f"a{one}": low, f"b{two}": high})
    data = case(goods(A=3000, G=900), basket("A*3"), given_by)
    pieces = ["A", "A", "A"] + ["G"] * (one + two)
    rng.shuffle(pieces)
    charged, taken, gone = 0, 0, {"A": 0, "G": 0}
    found = refunds(data, *({sku: 1} for sku in pieces))
    for sku, batch in zip(pieces, found, strict=True):
        gone[sku] += 1
        taken += batch["withheld"]
        kept = 3000 * (3 - gone["A"])
        right = (one if kept >= low else 0) + (two if kept >= high else 0)
        charged = max(charged, max(0, one + two - gone["G"] - right) * 900)
        assert taken <= charged, "pieces beyond the right, at the most that there ever were"


def test_more_than_was_bought_cannot_be_returned() -> None:
    """Q08: refused with its place, in a file and in a call."""
    quote = price(goods(A=1000), basket("A*2"))
    at = datetime.fromisoformat(NEXT_DAY)
    batch = pricing.Return(at, (pricing.ReturnedUnits("A", 3),))
    with pytest.raises(pricing.Malformed) as caught:
        pricing.reverse(quote, [batch])
    assert [p.path for p in caught.value.problems] == ["returns[0].units[0]"]


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 5000), st.randoms(use_true_random=False), st.sampled_from(["allocated", "reprice"]))
def test_refunds_in_any_order_and_split_telescope(seed: int, rng: Any, policy: str) -> None:
    """Q08: Σ refund ≤ payable at every step and = payable once all is back; tenders and cash never negative."""
    parsed = pricing.parse_scenario({**scenario(seed), "explain": False})
    request = replace(parsed.request, policy=replace(parsed.request.policy, refund=policy))
    quote = pricing.quote(parsed.rules, request)
    units = [line.sku for line in quote.lines for _ in range(line.qty)]
    rng.shuffle(units)
    batches = []
    while units:
        cut = rng.randint(1, len(units))
        chosen, units = units[:cut], units[cut:]
        counted = tuple(pricing.ReturnedUnits(s, chosen.count(s)) for s in sorted(set(chosen)))
        batches.append(pricing.Return(request.at, counted))
    found = pricing.reverse(quote, batches)
    total = 0
    for refund in found:
        total += refund.refund
        assert 0 <= refund.paid_out <= refund.refund
        assert total <= quote.payable
        assert sum(line.fen for line in refund.lines) + refund.shipping == refund.refund
        assert 0 <= sum(t.fen for t in refund.tenders) <= refund.refund
        assert all((e.points or 0) >= 0 for e in refund.clawed_back)
    assert total == quote.payable
    for k, tender in enumerate(quote.tenders):
        name = (tender.kind, tender.id)
        assert sum(t.fen for r in found for t in r.tenders if (t.kind, t.id) == name) == quote.tenders[k].fen
    clawed = {e.offer: 0 for e in quote.earn}
    for refund in found:
        for e in refund.clawed_back:
            clawed[e.offer] += (e.points or 0) + (e.fen or 0) + (e.count or 0)
    assert clawed == {e.offer: (e.points or 0) + (e.fen or 0) + (e.count or 0) for e in quote.earn}
