"""Gifts and add-ons, forward and back."""

from __future__ import annotations

import random

import pytest

from backend import pricing
from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, offs, price, problems, reasons
from backend.tests.pricing.carts import scenario
from backend.tests.pricing.test_against_brute_force import compare

SPEND = {"id": "off", "type": "spend_off", "tiers": [{"min": 20000, "off": 3000}]}
GIFT: Data = {"id": "present", "type": "spend_gift", "tiers": [{"min": 20000, "gifts": [{"sku": "X"}]}]}
ADD: Data = {
    "id": "add",
    "type": "add_on",
    "min": 5000,
    "items": [{"sku": "X", "price": 100}, {"sku": "A", "price": 1}],
}
CATALOG = goods(A=10500, X=900, Y=900, Z=1200)


def test_worked_example_d() -> None:
    """P03: 满200减30 and 满200赠X on 210.00: both apply; 180.00 and the gift, outside lines and list."""
    quote = price(CATALOG, basket("A*2"), [SPEND, GIFT])
    assert (quote.list, quote.payable) == (21000, 18000)
    assert [g.to_json() for g in quote.gifts] == [{"offer": "present", "sku": "X", "qty": 1, "list": 900}]
    assert [(o.id, o.level, o.off) for o in quote.offers] == [("off", "ORDER", 3000), ("present", "GIFT", 0)]


@pytest.mark.parametrize(
    ("tiers", "rest", "gifts"),
    [
        ([{"count": 2, "gifts": [{"sku": "X", "qty": 2}]}], {}, [("X", 2)]),
        ([{"count": 3, "gifts": [{"sku": "X"}]}], {}, []),
        ([{"min": 1, "gifts": [{"sku": "X"}]}, {"min": 21000, "gifts": [{"sku": "Z"}]}], {}, [("Z", 1)]),
        (
            [{"min": 1, "gifts": [{"sku": "X"}]}, {"min": 21000, "gifts": [{"sku": "Z"}]}],
            {"gift_stock": {"Z": 0}},
            [("X", 1)],
        ),
        ([{"min": 1, "gifts": [{"sku": "X", "qty": 3}]}], {"gift_stock": {"X": 2}}, [("X", 2)]),
        ([{"min": 1, "gifts": [{"sku": "X"}, {"sku": "Y"}, {"sku": "Z"}]}], {}, [("X", 1), ("Y", 1), ("Z", 1)]),
        ([{"min": 1, "gifts": [{"sku": "X"}, {"sku": "Y"}, {"sku": "Z"}], "choose": 2}], {}, [("X", 1), ("Z", 1)]),
        (
            [{"min": 1, "gifts": [{"sku": "X"}, {"sku": "Y"}, {"sku": "Z"}], "choose": 1}],
            {"cart": {"gift_choices": [{"offer": "present", "sku": "Y"}]}},
            [("Y", 1)],
        ),
        ([{"min": 1, "gifts": [{"sku": "Z"}]}, {"min": 21000, "gifts": [{"sku": "X"}]}], {}, [("X", 1)]),
    ],
)
def test_tiers_stock_and_choice_of_gifts(tiers: list[Data], rest: Data, gifts: list[tuple[str, int]]) -> None:
    """P03 P12: the highest tier that is reached and has stock; without a choice the dearest, then the SKU."""
    quote = price(CATALOG, basket("A*2"), [{"id": "present", "type": "spend_gift", "tiers": tiers}], **rest)
    assert [(g.sku, g.qty) for g in quote.gifts] == gifts


QUOTA: Data = {"id": "present", "type": "spend_gift", "quota": 3, "tiers": [{"min": 1, "gifts": [{"sku": "X", "qty": 2}, {"sku": "Z", "qty": 2}]}]}  # fmt: skip


@pytest.mark.parametrize(
    ("left", "wished", "gifts"),
    [
        ({}, [], [("X", 1), ("Z", 2)]),
        ({"gift_quota": {"present": 4}}, [], [("X", 2), ("Z", 2)]),
        ({"gift_quota": {"present": 1}}, [], [("Z", 1)]),
        ({"gift_quota": {"present": 1}}, ["X"], [("X", 1)]),
        ({"gift_quota": {"present": 2}, "gift_stock": {"Z": 1}}, [], [("X", 1), ("Z", 1)]),
        ({"gift_quota": {"other": 0, "present": 3}, "gift_stock": {"X": 0}}, [], [("Z", 2)]),
        ({"gift_quota": {"present": 0}}, [], []),
    ],
)
def test_a_quota_of_gifts_is_given_in_pieces(left: Data, wished: list[str], gifts: list[tuple[str, int]]) -> None:
    """P12: what is left of the promotion's quota bounds the pieces of an order, in the order of wishes, then the dearest; with none
    left the offer is sold out. The rule's own quota holds where nothing is told."""
    cart = {"gift_choices": [{"offer": "present", "sku": sku} for sku in wished]}
    quote = price(CATALOG, basket("A"), [QUOTA], cart=cart, **left)
    assert [(g.sku, g.qty) for g in quote.gifts] == gifts
    assert reasons(quote) == ({} if gifts else {"present": {"reason": "SOLD_OUT"}})
    assert [o.id for o in quote.offers] == (["present"] if gifts else [])


def test_quotas_are_apart_and_bound_ties() -> None:
    """P12, Q02: of two offers with the same gift each has its own quota; where the higher tier can give no more than its rest, the tie
    goes to what is truly given."""
    two = [{**QUOTA, "id": name, "group": f"g-{name}"} for name in ("one", "two")]
    quote = price(CATALOG, basket("A"), two, gift_quota={"one": 1, "two": 2})
    assert [(g.offer, g.sku, g.qty) for g in quote.gifts] == [("one", "Z", 1), ("two", "Z", 2)]
    tiers = [{"min": 10000, "gifts": [{"sku": "Z"}]}, {"min": 20000, "gifts": [{"sku": "X", "qty": 2}]}]
    rule = {"id": "present", "type": "spend_gift", "tiers": tiers}
    lines, shelf = basket("A", "B"), [*CATALOG, *goods(B=10000)]
    assert [(g.sku, g.qty) for g in price(shelf, lines, [rule]).gifts] == [("X", 2)]
    assert [(g.sku, g.qty) for g in price(shelf, lines, [rule], gift_quota={"present": 1}).gifts] == [("Z", 1)]


def test_a_quota_must_be_pieces() -> None:
    """P12: a quota of nothing, of a part and of what is no number is malformed; so is what is left of one."""
    for wrong in (0, -1, 1.5, "3", True):
        faults = problems(case(CATALOG, basket("A"), [{**QUOTA, "quota": wrong}]))
        assert [path for path, _ in faults] == ["promotions[0].quota"]
    faults = problems(case(CATALOG, basket("A"), [QUOTA], gift_quota={"present": -1}))
    assert [path for path, _ in faults] == ["gift_quota.present"]


def test_quotas_on_random_carts_agree_with_trying_everything() -> None:
    """P12, Q02: payable, gifts and ties with quotas, of the rule and of what is left, on random carts with gifts."""
    bound = 0
    for seed in range(30_000, 30_400):
        data, rng = scenario(seed, 3, 4, 2), random.Random(seed)
        gifts = [p for p in data["promotions"] if p["type"] == "spend_gift"]
        if not gifts:
            continue
        free = pricing.price_scenario(pricing.parse_scenario(data))["gifts"]
        for gift in gifts:
            gift["quota"] = rng.randint(1, 3)
        if rng.random() < 0.6:
            data["gift_quota"] = {gift["id"]: rng.randint(0, 2) for gift in gifts}
        assert compare(data)
        bound += pricing.price_scenario(pricing.parse_scenario(data))["gifts"] != free
    assert bound >= 10


def test_leaving_a_line_out_may_bring_the_better_gift() -> None:
    """Q02: ties in money go to the greater value of gifts, here that of the lower tier."""
    tiers = [{"min": 10000, "gifts": [{"sku": "Z"}]}, {"min": 20000, "gifts": [{"sku": "X"}]}]
    quote = price(
        [*CATALOG, *goods(B=10000)], basket("A", "B"), [{"id": "present", "type": "spend_gift", "tiers": tiers}]
    )
    assert [g.sku for g in quote.gifts] == ["Z"]


def test_thresholds_of_gifts_count_what_line_leaves() -> None:
    """P03: a line-level discount that would cost the gift still wins, for money comes first."""
    sale = {"id": "sale", "type": "amount_off", "off": 600}
    quote = price(CATALOG, basket("A*2"), [sale, GIFT])
    assert (offs(quote), quote.gifts) == ({"sale": 1200}, ())
    assert reasons(quote) == {"present": {"reason": "NOT_BETTER", "by_fen": 1200}}
    assert reasons(price(CATALOG, basket("A"), [GIFT])) == {"present": {"reason": "THRESHOLD", "short_by_fen": 9500}}
    gone = price(CATALOG, basket("A*2"), [GIFT], gift_stock={"X": 0})
    assert reasons(gone) == {"present": {"reason": "SOLD_OUT"}}


def test_add_ons_are_lines_of_their_own() -> None:
    """P03: at catalogue price with the difference as discount, beside a line of the same SKU; coupons pass it by."""
    held = [coupon("c", {"percent": {"pay_bp": 5000}})]
    quote = price(CATALOG, basket("A"), [ADD], coupons=held, cart={"add_ons": [{"offer": "add", "sku": "A", "qty": 1}]})
    assert [(x.sku, x.list, x.payable, [o.id for o in x.offers]) for x in quote.lines] == [
        ("A", 10500, 5250, ["c"]),
        ("A", 10500, 1, ["add"]),
    ]
    assert [a.to_json() for a in quote.add_ons] == [
        {"offer": "add", "sku": "A", "qty": 1, "list": 10500, "off": 10499, "payable": 1},
    ]
    assert (quote.list, quote.payable) == (21000, 5251)


def test_a_chosen_add_on_comes_before_a_lower_price() -> None:
    """Q06: the customer's wish first; a threshold out of reach rejects it; unchosen ones are not mentioned."""
    alone = {"id": "alone", "type": "amount_off", "off": 9000, "exclusive": "cart"}
    chosen = {"add_ons": [{"offer": "add", "sku": "X", "qty": 1}]}
    assert offs(price(CATALOG, basket("A"), [ADD, alone], cart=chosen)) == {"add": 800}
    quote = price(CATALOG, basket("Y"), [ADD], cart=chosen)
    assert (quote.payable, reasons(quote)) == (900, {"add": {"reason": "THRESHOLD", "short_by_fen": 4100}})
    quote = price(CATALOG, basket("Y"), [ADD])
    assert (quote.payable, reasons(quote)) == (900, {})


def test_add_ons_count_for_shipping_and_earnings() -> None:
    """P03 P05: and can be paid with tenders."""
    promotions = [
        ADD,
        {"id": "free", "type": "shipping", "min": 10600, "free": True},
        {"id": "e", "type": "earn_points", "per_yuan": 1, "scope": {"skus": ["X"]}},
    ]
    quote = price(
        CATALOG,
        basket("A"),
        promotions,
        customer={"id": "u", "balance": 10600},
        cart={"add_ons": [{"offer": "add", "sku": "X", "qty": 1}], "shipping": 700, "tenders": {"balance": 10600}},
    )
    assert (quote.payable, quote.shipping, quote.due) == (10600, 0, 0)
    assert [(e.offer, e.points) for e in quote.earn] == [("e", 1)]


RETURN_AT = "2026-06-20T10:00:00+08:00"


def refunds(data: Data, *batches: Data) -> list[Data]:
    returns = [{"at": RETURN_AT, "units": [{"sku": s, "qty": q} for s, q in b.items()]} for b in batches]
    found: list[Data] = answer({**data, "returns": returns})["refunds"]
    return found


def test_a_gift_that_is_kept_without_its_tier_is_withheld() -> None:
    """Q08: its list price is withheld from the batch, once, unless it comes back too."""
    data = case(CATALOG, basket("A*2"), [GIFT])
    found = refunds(data, {"A": 1}, {"A": 1})
    assert [(r["refund"], r["withheld"], r["paid_out"]) for r in found] == [(10500, 900, 9600), (10500, 0, 10500)]
    assert [r["withheld"] for r in refunds(data, {"A": 1, "X": 1})] == [0]
    assert [r["withheld"] for r in refunds({**data, "policy": {"clawback": "leave"}}, {"A": 1})] == [0]


def test_returned_units_go_to_the_cart_line_first() -> None:
    """Q08: then to the add-on, then to the gift; a lost add-on costs list price in a reprice."""
    data = case(CATALOG, basket("A"), [ADD], cart={"add_ons": [{"offer": "add", "sku": "A", "qty": 1}]})
    assert [r["refund"] for r in refunds(data, {"A": 1}, {"A": 1})] == [10500, 1]
    again = {**data, "policy": {"refund": "reprice"}}
    # What is kept is the add-on alone, below its threshold: 105.00 at list price.
    assert [r["refund"] for r in refunds(again, {"A": 1}, {"A": 1})] == [1, 10500]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"promotions": [{**GIFT, "tiers": []}]}, "promotions[0].tiers"),
        ({"promotions": [{**GIFT, "tiers": [{"min": 1, "gifts": []}]}]}, "promotions[0].tiers[0].gifts"),
        (
            {"promotions": [{**GIFT, "tiers": [{"min": 1, "gifts": [{"sku": "X"}], "choose": 2}]}]},
            "promotions[0].tiers[0].choose",
        ),
        (
            {"promotions": [{**GIFT, "tiers": [{"min": 1, "gifts": [{"sku": "Q"}]}]}]},
            "promotions[0].tiers[0].gifts[0].sku",
        ),
        ({"promotions": [{**ADD, "items": []}]}, "promotions[0].items"),
        ({"promotions": [{**ADD, "items": [{"sku": "Q", "price": 1}]}]}, "promotions[0].items[0].sku"),
        ({"cart": {"lines": [], "add_ons": [{"offer": "add", "sku": "Z", "qty": 1}]}}, "cart.add_ons[0]"),
        ({"cart": {"lines": [], "add_ons": [{"offer": "nope", "sku": "X", "qty": 1}]}}, "cart.add_ons[0]"),
        ({"cart": {"lines": [], "add_ons": [{"offer": "add", "sku": "X", "qty": 2}]}}, "cart.add_ons[0].qty"),
        ({"cart": {"lines": [], "gift_choices": [{"offer": "present", "sku": "Z"}]}}, "cart.gift_choices[0]"),
    ],
)
def test_faults_of_gifts_and_add_ons(change: Data, path: str) -> None:
    """P20: unknown goods and wishes that no offer grants."""
    data = {**case(CATALOG, [], [GIFT, ADD]), **change}
    assert [p for p, _ in problems(data)] == [path]
