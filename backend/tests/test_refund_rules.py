"""Pure rules of refunds: any sequence of batches of any order agrees with pricing.reverse and adds up (O2, Q08)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import pricing
from backend.orders.refund_rules import (
    Batch,
    NotReproducible,
    check_reason,
    check_units,
    earned_so_far,
    left_of,
    outcome,
    plan,
    requoted,
)

AT = datetime(2026, 6, 18, 4, tzinfo=UTC)
SKUS = ("A", "B", "C")


def contents() -> st.SearchStrategy[dict[str, Any]]:
    """Every kind of coupon on goods, with thresholds that carts of `orders` do and do not reach."""
    least, sku = st.integers(0, 12_000), st.sampled_from(SKUS)
    items = st.lists(sku, min_size=2, max_size=2, unique=True).map(lambda its: [{"sku": x, "qty": 1} for x in its])
    return st.one_of(
        st.fixed_dictionaries({"off": st.fixed_dictionaries({"min": least, "off": st.integers(1, 900)})}),
        st.fixed_dictionaries({"percent": st.fixed_dictionaries({"min": least, "pay_bp": st.integers(1000, 9500)})}),
        st.fixed_dictionaries({"exchange": st.fixed_dictionaries({"sku": sku, "min": least})}),
        st.fixed_dictionaries({"trial": st.fixed_dictionaries({"sku": sku})}),
        st.fixed_dictionaries({"bundle": st.fixed_dictionaries({"items": items, "price": st.integers(1, 3000)})}),
    )


def judged(scenario: dict[str, Any], coupon: dict[str, Any], kept: dict[str, int]) -> bool:
    """Whether kept goods reach a coupon, for who knows only list prices and no other offer: nothing of pricing is used."""
    prices = {p["sku"]: p["price"] for p in scenario["catalog"]}
    scope = coupon.get("scope", {}).get("skus", SKUS)
    [(kind, content)] = coupon["content"].items()
    if kind == "bundle":
        return all(kept.get(item["sku"], 0) >= item["qty"] for item in content["items"])
    if kind in ("exchange", "trial"):
        others = sum(prices[s] * n for s, n in kept.items() if s in scope and s != content["sku"])
        return kept.get(content["sku"], 0) > 0 and others >= content.get("min", 0)
    return sum(prices[s] * n for s, n in kept.items() if s in scope) >= max(1, content["min"])


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """A scenario as an order freezes it: offers of every level, gift, coupon, points, balance, shipping, policy."""
    prices = {sku: draw(st.integers(1, 5000)) for sku in SKUS}
    lines = [{"sku": sku, "qty": draw(st.integers(1, 4))} for sku in SKUS if draw(st.booleans())] or [
        {"sku": "A", "qty": 2}
    ]
    promotions: list[dict[str, Any]] = []
    if draw(st.booleans()):
        promotions.append(
            {
                "id": "o_line",
                "type": "percent_off",
                "scope": {"skus": ["A"]},
                "pay_bp": draw(st.integers(1, 9999)),
                "limits": {"per_order": 2},
            }
        )
    if draw(st.booleans()):
        least = draw(st.integers(1, 6000))
        promotions.append(
            {"id": "o_off", "type": "spend_off", "tiers": [{"min": least, "off": draw(st.integers(1, least))}]}
        )
    if draw(st.booleans()):
        promotions.append(
            {
                "id": "o_gift",
                "type": "spend_gift",
                "tiers": [{"min": draw(st.integers(1, 6000)), "gifts": [{"sku": "G", "qty": draw(st.integers(1, 3))}]}],
            }
        )
    if draw(st.booleans()):
        promotions.append(
            {
                "id": "o_gift_too",
                "group": "beside",
                "type": "spend_gift",
                "tiers": [{"min": draw(st.integers(1, 6000)), "gifts": [{"sku": "G", "qty": draw(st.integers(1, 2))}]}],
            }
        )
    if draw(st.booleans()):
        promotions.append({"id": "o_points", "type": "earn_points", "per_yuan": draw(st.integers(1, 30))})
    if draw(st.booleans()):
        promotions.append(
            {
                "id": "o_stamps",
                "type": "earn_stamps",
                "min": draw(st.integers(1, 3000)),
                "count": 1,
                "every": True,
                "value": 50,
            }
        )
    if draw(st.booleans()):
        promotions.append({"id": "o_ship", "type": "shipping", "min": 1, "off": 200})
    coupons = [
        {
            "id": f"cpn_{n}",
            "template": f"t{n}",
            "content": draw(contents()),
            "expires": "2026-07-01T00:00:00+08:00",
            **draw(
                st.sampled_from(
                    [{}, {"scope": {"skus": ["A", "B"]}}, {"scope": {"skus": ["B", "C"]}, "excludes": ["o_off"]}]
                )
            ),
        }
        for n in range(draw(st.integers(0, 2)))
    ]
    return {
        "at": AT.isoformat(),
        "policy": {
            "refund": draw(st.sampled_from(["allocated", "reprice"])),
            "refund_shipping": draw(st.booleans()),
            "clawback": draw(st.sampled_from(["offset", "leave"])),
            "grace_days": draw(st.sampled_from([0, 2])),
            "max_coupons": draw(st.integers(1, 2)),
        },
        "catalog": [
            *({"sku": sku, "price": p, "floor": draw(st.sampled_from([0, 0, p]))} for sku, p in prices.items()),
            {"sku": "G", "price": 700},
        ],
        "promotions": promotions,
        "coupons": coupons,
        "customer": {"id": "m", "points": draw(st.sampled_from([0, 150, 3000])), "balance": draw(st.sampled_from([0, 777]))},
        "cart": {"lines": lines, "shipping": draw(st.sampled_from([0, 600])), "tenders": {"points": 10_000, "balance": 500}},
    }  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_any_sequence_of_batches_is_exact(data: st.DataObject) -> None:
    """O2: random batches until everything is back, some of the earned already spent: each is what pricing.reverse gives,
    what goes where adds up, nothing is negative, all of it comes to what was paid."""
    scenario = data.draw(orders())
    parsed = pricing.parse_scenario(scenario)
    quoted = requoted(scenario, pricing.quote(parsed.rules, parsed.request).to_json(), pricing.STEPS)
    frozen, completed = quoted.to_json(), data.draw(st.booleans())
    counted = [o.id for o in quoted.offers]
    account = {"points": 0, "stamps": 0}
    if completed:
        for _, unit, amount in earned_so_far(frozen, []):
            account[unit] += amount
        account = {unit: data.draw(st.integers(0, n), label=unit) for unit, n in account.items()}
    rules = {c: (data.draw(st.sampled_from(["whole", "below", "below", "never"])), None) for c in quoted.coupons_used}
    bearing = {
        "parts": [
            [k, o.id, {"": o.off // 2, "S": o.off - o.off // 2}]
            for k, line in enumerate(quoted.lines)
            for o in line.offers
        ]
    }
    plain = quoted.request.policy.refund == "allocated" and not quoted.gifts
    batches: list[Batch] = []
    plans = []
    while any(left_of(frozen, batches).get(line["sku"], 0) for line in frozen["lines"]) and not (
        plans and plans[-1].everything
    ):
        left = {sku: n for sku, n in left_of(frozen, batches).items() if n}
        units = [(sku, data.draw(st.integers(0, n), label=sku)) for sku, n in left.items()]
        units = [u for u in units if u[1]] or [next(iter(left.items()))]
        at = AT + timedelta(days=data.draw(st.integers(0, 20)))
        now = plan(
            quoted,
            batches,
            units,
            at,
            completed=completed,
            free=account,
            counted=counted,
            coupon_rules=rules,
            bearing=bearing,
        )
        came = tuple(c.id for c in now.coupons if c.back)
        batches.append(Batch(at, now.units, now.spent, came, now.everything, now.charged))
        assert sum(fen for *_, fen in now.charged) == now.gifts_fen, "what stays of gifts is charged by name"
        early = {c.id for c in now.coupons if c.back and not now.everything}
        if (
            {o.id for o in quoted.offers if o.level != "SHIPPING"} <= set(quoted.coupons_used[:1])
            and plain
            and not now.everything
        ):
            still = {sku: n for sku, n in left_of(frozen, batches).items() if n}
            for c in (c for c in scenario["coupons"] if c["id"] in quoted.coupons_used[:1]):
                for told in (x for x in now.coupons if x.id == c["id"]):
                    assert told.why not in ("REACHED", "") or judged(scenario, c, still) == (told.why == "REACHED")
        assert all(rules[c][0] == "below" for c in early) and (now.coupon_fen == 0 or early)
        plans.append(now)
        for c in early:
            taken = sum(fen for p in plans for offer, _, fen in p.offs if offer == c)
            assert taken == next(o.off for o in quoted.offers if o.id == c), "its whole discount comes back with it"
            assert taken == sum(fen for p in plans for *_, offs in p.by_line for offer, fen in offs if offer == c)
            borne = sum(fen for p in plans for _, offer, _, fen in p.borne if offer == c)
            assert borne == sum(p["S"] for _, offer, p in bearing["parts"] if offer == c)
        back = sum(t.fen - t.kept_fen for t in now.tenders)
        assert back + now.cash == now.paid_out >= 0
        assert (
            sum(t.fen for t in now.tenders) + now.cash_gross
            == now.refund
            == sum(x[2] for x in now.lines) + now.shipping
        )
        assert all(0 <= t.kept_amount <= t.amount and 0 <= t.kept_fen <= t.fen for t in now.tenders)
        assert 0 <= now.cash <= now.cash_gross and now.gifts_fen >= 0 and now.spent_fen >= 0
        for c in now.clawed:
            account[c.unit] -= c.taken
            assert c.amount == (c.taken + c.spent if completed else c.amount) and account[c.unit] >= 0
    again = pricing.reverse(quoted, [b.as_return() for b in batches])
    assert [(r.refund, r.withheld) for r in again] == [(p.refund, p.withheld) for p in plans]
    assert sum(fen for p in plans for *_, fen in p.borne) == sum(p["S"] for *_, p in bearing["parts"])
    came_back = [c for b in batches for c in b.coupons]
    assert len(came_back) == len(set(came_back)), "each coupon comes back once"
    kept_shipping = 0 if quoted.request.policy.refund_shipping else quoted.shipping
    assert sum(p.refund for p in plans) == quoted.payable - kept_shipping and plans[-1].everything
    assert sum(p.cash_gross for p in plans) <= quoted.due and plans[-1].cash_left == 0
    for n, p in enumerate(plans):
        assert sum(later.cash_gross for later in plans[n + 1 :]) <= p.cash_left, (
            "nothing comes that was not said to be left"
        )
    assert earned_so_far(frozen, [outcome(p) for p in plans]) == []
    uses: dict[str, int] = {}
    offs: dict[str, int] = {}
    for p in plans:
        for offer, n in p.uses:
            uses[offer] = uses.get(offer, 0) + n
        for offer, _, fen in p.offs:
            offs[offer] = offs.get(offer, 0) + fen
    goods = {
        o.id: o.off
        for o in quoted.offers
        if o.off and (o.level != "SHIPPING" or (not kept_shipping and quoted.request.policy.refund_shipping))
    }
    assert uses == {o.id: o.uses for o in quoted.offers if o.uses} and offs == goods
    assert sum(p.listed for p in plans) == sum(line["list"] for line in frozen["lines"])


def test_a_quote_that_no_longer_prices_the_same_is_not_refunded() -> None:
    """O1: a frozen figure that differs is told, not guessed over."""
    scenario = {
        "at": AT.isoformat(),
        "catalog": [{"sku": "A", "price": 100}],
        "cart": {"lines": [{"sku": "A", "qty": 1}]},
    }
    parsed = pricing.parse_scenario(scenario)
    frozen = pricing.quote(parsed.rules, parsed.request).to_json()
    assert requoted(scenario, frozen, 100).payable == 100
    with pytest.raises(NotReproducible, match="payable"):
        requoted(scenario, {**frozen, "payable": 99}, 100)
    with pytest.raises(NotReproducible):
        requoted({**scenario, "unknown": 1}, frozen, 100)


def test_faults_of_a_wish_are_all_named() -> None:
    """Every fault at once, each with its place; a SKU named twice counts together."""
    found = check_units([("A", 1), ("A", 2), ("X", 1), ("B", 0)], {"A": 2, "B": 1})
    assert [p.path for p in found] == ["units[1].qty", "units[2].sku", "units[3].qty"]
    assert [p.path for p in check_units([], {"A": 1})] == ["units"] and check_units([("A", 2)], {"A": 2}) == []
    assert [p.path for r in ("", "  ", "长" * 101) for p in check_reason(r)] == ["reason"] * 3 and check_reason(
        "坏了"
    ) == []
