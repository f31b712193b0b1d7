"""What is read, to the last field, bound and word: values, defaults, limits of numbers, and every message."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from backend import pricing
from backend.pricing.model import Deposit
from backend.tests.pricing.build import Data

SHANGHAI = timezone(timedelta(hours=8))
AT = datetime(2026, 6, 18, 19, 30, tzinfo=SHANGHAI)
LATER = datetime(2026, 7, 1, tzinfo=SHANGHAI)
FULL: Data = {
    "at": "2026-06-18T19:30:00+08:00",
    "policy": {
        "max_coupons": 2,
        "min_coupon_gain": 3,
        "points_per_yuan_off": 50,
        "tz": "Asia/Urumqi",
        "refund": "reprice",
        "refund_shipping": False,
        "clawback": "leave",
        "grace_days": 4,
    },
    "catalog": [
        {"sku": "A", "name": "n", "price": 10, "category": "c/d/", "brand": "b", "tags": ["t"], "floor": 5},
        {"sku": "G", "price": 1},
        {"sku": "H", "price": 2},
    ],
    "promotions": [
        {"id": "a", "type": "add_on", "min": 1, "items": [{"sku": "G", "price": 0}], "choose": 2},
        {"id": "g", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "G"}, {"sku": "H"}], "choose": 1}]},
        {"id": "d", "type": "deposit_inflation", "deposit": 1, "counts_as": 2},
    ],
    "coupons": [{"id": "k", "template": "t", "content": {"off": {"min": 0, "off": 1}}}],
    "customer": {
        "id": "u",
        "level": "gold",
        "new": True,
        "tags": ["vip"],
        "points": 7,
        "balance": 8,
        "red_packets": [{"id": "r", "fen": 9, "min": 1, "expires": "2026-07-01T00:00:00+08:00"}],
        "used": {"g": 1},
        "orders": 6,
    },
    "stock": {"g": 11},
    "gift_stock": {"G": 12},
    "budget": {"g": 13},
    "cart": {
        "channel": "pos",
        "store": "s",
        "region": "四川",
        "payment": "wechat",
        "delivery": "express",
        "shipping": 600,
        "lines": [{"sku": "A", "qty": 2}],
        "coupons": ["k", "k"],
        "tenders": {"points": 1, "balance": 2, "red_packets": ["r"]},
        "add_ons": [{"offer": "a", "sku": "G", "qty": 2}],
        "gift_choices": [{"offer": "g", "sku": "H"}],
        "deposits": [{"offer": "d", "units": 1}],
        "addable": ["A"],
    },
    "explain": True,
    "suggest": True,
    "returns": [
        {
            "at": "2026-07-01T00:00:00+08:00",
            "units": [{"sku": "A", "qty": 1}, {"sku": "G", "qty": 3}],
            "spent": [{"offer": "g", "points": 1}, {"offer": "g", "fen": 2}, {"offer": "g", "count": 3}],
        }
    ],
}


def changed(path: str, value: Any) -> Data:
    """FULL with one field set, or one element more; `path` as in a fault: cart.lines[0].qty."""
    return set_in(deepcopy(FULL), path, value)


def set_in(data: Data, path: str, value: Any) -> Data:
    *way, last = [int(k) if k.isdigit() else k for k in path.replace("[", ".").replace("]", "").split(".")]
    inner: Any = data
    for key in way:
        inner = inner[key]
    if last == len(inner) and isinstance(inner, list):
        inner.append(value)
    else:
        inner[last] = value
    return data


def faults(data: object) -> list[tuple[str, str]]:
    try:
        pricing.parse_scenario(data)
    except pricing.Malformed as malformed:
        return [(p.path, p.message) for p in malformed.problems]
    return []


def test_every_field_is_read() -> None:
    """§9: each field of a scenario where it belongs, and nothing else."""
    scenario = pricing.parse_scenario(FULL)
    request = scenario.request
    assert request.at == AT
    assert request.policy == pricing.Policy(2, 3, 50, "Asia/Urumqi", "reprice", False, "leave", 4)
    assert request.catalog == {
        "A": pricing.Product("A", 10, "n", "c/d", "b", frozenset({"t"}), 5),
        "G": pricing.Product("G", 1),
        "H": pricing.Product("H", 2),
    }
    packet = pricing.RedPacket("r", 9, 1, LATER)
    assert request.customer == pricing.Customer("u", "gold", True, frozenset({"vip"}), 7, 8, (packet,), {"g": 1}, 6)
    assert (request.stock, request.gift_stock, request.budget) == ({"g": 11}, {"G": 12}, {"g": 13})
    assert request.cart == pricing.Cart(
        (pricing.CartLine("A", 2),),
        "pos",
        "s",
        "四川",
        "wechat",
        "express",
        600,
        ("k",),
        pricing.TendersAsked(1, 2, ("r",)),
        (pricing.AddOnChosen("a", "G", 2),),
        (pricing.GiftChosen("g", "H"),),
        ("A",),
        (Deposit("d", 1),),
    )
    assert (request.explain, request.suggest) == (True, True)
    assert [offer.id for offer in scenario.rules.offers] == ["a", "d", "g"]
    assert [offer.id for offer in request.coupons] == ["k"]
    spent = (pricing.Spent("g", points=1), pricing.Spent("g", fen=2), pricing.Spent("g", count=3))
    units = (pricing.ReturnedUnits("A", 1), pricing.ReturnedUnits("G", 3))
    assert scenario.returns == (pricing.Return(LATER, units, spent),)


def test_what_is_left_out_has_its_default() -> None:
    """§9: only the moment, the catalogue, the cart and its lines are required."""
    least: Data = {"at": FULL["at"], "catalog": [{"sku": "A", "price": 0}], "cart": {"lines": []}}
    scenario = pricing.parse_scenario(least)
    assert scenario.request == pricing.QuoteRequest(AT, {"A": pricing.Product("A", 0)}, pricing.Cart())
    assert (scenario.rules.offers, scenario.returns) == ((), ())
    auto = {**least, "cart": {"lines": [], "coupons": "auto"}, "policy": {}, "customer": {}}
    assert pricing.parse_scenario(auto).request == scenario.request
    none = {**least, "cart": {"lines": [], "coupons": [], "addable": [], "tenders": {}}}
    assert pricing.parse_scenario(none).request.cart == pricing.Cart(coupons=(), addable=())
    for field in ("at", "catalog", "cart"):
        assert faults({k: v for k, v in least.items() if k != field})[0] == (field, "is required")
    assert faults({**least, "cart": {}}) == [("cart.lines", "is required")]


BIG = 2**53 - 1
BOUNDS = [
    ("policy.max_coupons", 0, 1000),
    ("policy.min_coupon_gain", 0, BIG),
    ("policy.points_per_yuan_off", 1, BIG),
    ("policy.grace_days", 0, 36_500),
    ("catalog[1].price", 0, BIG),
    ("catalog[0].floor", 0, 10),
    ("promotions[0].min", 0, BIG),
    ("promotions[0].items[0].price", 0, BIG),
    ("promotions[2].deposit", 1, 1),
    ("customer.points", 0, BIG),
    ("customer.balance", 0, BIG),
    ("customer.orders", 0, BIG),
    ("customer.red_packets[0].fen", 1, BIG),
    ("customer.red_packets[0].min", 0, BIG),
    ("customer.used.g", 0, BIG),
    ("stock.g", 0, BIG),
    ("gift_stock.G", 0, BIG),
    ("budget.g", 0, BIG),
    ("cart.shipping", 0, BIG),
    ("cart.lines[0].qty", 1, 9_999),
    ("cart.tenders.points", 0, BIG),
    ("cart.tenders.balance", 0, BIG),
    ("cart.add_ons[0].qty", 1, 2),
    ("cart.deposits[0].units", 1, 9_999),
    ("returns[0].units[0].qty", 1, 2),
    ("returns[0].units[1].qty", 1, 9_999),
    ("returns[0].spent[0].points", 0, BIG),
    ("returns[0].spent[1].fen", 0, BIG),
    ("returns[0].spent[2].count", 0, BIG),
]


@pytest.mark.parametrize(("path", "least", "most"), BOUNDS)
def test_numbers_have_their_limits(path: str, least: int, most: int) -> None:
    """Both ends are legal, one beyond is not, and the fault stands at the field."""
    for value in (least, most):
        data = changed(path, value)
        if path == "cart.lines[0].qty":
            data["returns"] = []
        assert faults(data) == []
    for value in (least - 1, most + 1):
        assert [p for p, _ in faults(changed(path, value))][:1] in ([path], [path.replace("deposit", "counts_as")])
    assert [p for p, _ in faults(changed(path, float(least)))][:1] == [path]


OFF: Data = {"id": "p", "type": "amount_off", "off": 1}
MESSAGES: list[tuple[str, Any, str, str]] = [
    ("at", "2026-06-18T19:30:00", "at", "must have a zone, as in 2026-06-18T19:30:00+08:00"),
    ("at", "soon", "at", "must be a time such as 2026-06-18T19:30:00+08:00, not 'soon'"),
    ("at", 5, "at", "must be a time such as 2026-06-18T19:30:00+08:00, not 5"),
    ("at", None, "at", "must not be null; leave the field out instead"),
    ("policy.tz", "Mars/Base", "policy.tz", "Mars/Base is not a time zone"),
    ("policy.refund", "none", "policy.refund", "must be one of allocated, reprice, not 'none'"),
    ("policy.clawback", 3, "policy.clawback", "must be one of offset, leave, not 3"),
    ("policy.refund_shipping", "no", "policy.refund_shipping", "must be true or false, not 'no'"),
    ("policy", [], "policy", "must be an object, not []"),
    ("catalog[0].floor", 11, "catalog[0].floor", "must not be above the price, which is 10"),
    ("catalog[0].tags", "t", "catalog[0].tags", "must be a list, not 't'"),
    ("catalog[0].tags", [""], "catalog[0].tags[0]", "must be a text that is not empty, not ''"),
    ("catalog[0].name", 1, "catalog[0].name", "must be a text, not 1"),
    ("catalog[0].x", 1, "catalog[0].x", "is not a known field"),
    ("customer.red_packets", [{"id": "r", "fen": 9}, {"id": "r", "fen": 9}], "customer.red_packets", "has an id twice"),
    ("customer.id", "", "customer.id", "must not be empty"),
    ("customer.used", {"g": "1"}, "customer.used.g", "must be a whole number, not '1'"),
    ("customer.used", [], "customer.used", "must be an object, not []"),
    (
        "cart.lines",
        [{"sku": "A", "qty": 9999}, {"sku": "A", "qty": 1}],
        "cart.lines[1].qty",
        "must be at most 9999 in all of A",
    ),
    ("cart.lines", [{"sku": "A", "qty": 1}] * 501, "cart.lines", "must be at most 500, not 501"),
    ("cart.coupons", ["z"], "cart.coupons[0]", "the customer has no coupon z"),
    ("cart.coupons", "all", "cart.coupons", "must be a list, not 'all'"),
    ("cart.tenders.red_packets", ["z"], "cart.tenders.red_packets[0]", "the customer has no red packet z"),
    ("cart.addable", ["Z"], "cart.addable[0]", "Z is not in the catalogue"),
    ("cart.add_ons", [{"offer": "a", "sku": "A", "qty": 1}], "cart.add_ons[0]", "no offer a has the add-on A"),
    ("cart.add_ons", [{"offer": "z", "sku": "G", "qty": 1}], "cart.add_ons[0]", "no offer z has the add-on G"),
    (
        "cart.add_ons",
        [{"offer": "a", "sku": "G", "qty": 1}, {"offer": "a", "sku": "G", "qty": 2}],
        "cart.add_ons[1].qty",
        "a gives at most 2 in all",
    ),
    ("cart.gift_choices", [{"offer": "a", "sku": "A"}], "cart.gift_choices[0]", "no offer a has the gift A"),
    ("cart.gift_choices", [{"offer": "z", "sku": "A"}], "cart.gift_choices[0]", "no offer z has the gift A"),
    ("cart.deposits", [{"offer": "g", "units": 1}], "cart.deposits[0].offer", "no offer g counts deposits"),
    (
        "cart.deposits",
        [{"offer": "d", "units": 1}, {"offer": "d", "units": 1}],
        "cart.deposits[1].offer",
        "d stands in deposits twice",
    ),
    ("explain", "yes", "explain", "must be true or false, not 'yes'"),
    ("suggest", None, "suggest", "must not be null; leave the field out instead"),
    ("returns[0].units", [{"sku": "Z", "qty": 1}], "returns[0].units[0].sku", "Z was not bought"),
    (
        "returns[0].units",
        [{"sku": "A", "qty": 2}, {"sku": "A", "qty": 1}],
        "returns[0].units[1].qty",
        "only 0 of A can still be returned",
    ),
    ("returns[0].units", [], "returns[0].units", "must not be empty"),
    ("returns[0].spent", [{"offer": "g"}], "returns[0].spent[0]", "must have exactly one of points, fen, count"),
    (
        "returns[0].spent",
        [{"offer": "g", "points": 1, "fen": 1}],
        "returns[0].spent[0]",
        "must have exactly one of points, fen, count",
    ),
    ("coupons[0].group", "g", "promotions[1].id", "g is the name of a group"),
    ("coupons[0].type", "amount_off", "coupons[0].type", "must be coupon when it is given"),
    ("coupons[0].content", {"shipping": {}}, "coupons[0].content.shipping", "must have either off or free"),
    (
        "promotions[3]",
        {"id": "p", "type": "coupon", "content": {}},
        "promotions[3].type",
        "a coupon belongs to a customer and stands in coupons, not in promotions",
    ),
    ("promotions[3]", {"id": "p", "type": "teleport"}, "promotions[3].type", "'teleport' is not an offer type"),
    ("promotions[3]", {"id": "p"}, "promotions[3].type", "is required"),
    (
        "promotions[3]",
        {"id": "line", "type": "amount_off", "off": 1},
        "promotions[3].id",
        "line is the name of a group",
    ),
    ("promotions[3]", {**OFF, "group": "p"}, "promotions[3].id", "p is the name of a group"),
    (
        "promotions[3]",
        {**OFF, "exclusive": "cart", "mandatory": True},
        "promotions[3].mandatory",
        "cannot stand together with exclusive: cart",
    ),
    ("promotions[3]", {**OFF, "exclusive": "all"}, "promotions[3].exclusive", "must be one of line, cart, not 'all'"),
    (
        "promotions[3]",
        {**OFF, "no_tender": ["cash"]},
        "promotions[3].no_tender[0]",
        "must be one of red_packet, points, balance, not 'cash'",
    ),
    ("promotions[3]", {**OFF, "no_tender": []}, "promotions[3].no_tender", "must not be empty"),
    ("promotions[3]", {**OFF, "excludes": []}, "promotions[3].excludes", "must not be empty"),
    ("promotions[3]", {**OFF, "limits": {"per_week": 1}}, "promotions[3].limits.per_week", "is not a known field"),
    (
        "promotions[3]",
        {"id": "p", "type": "earn_points", "per_yuan": 1, "group": "x"},
        "promotions[3].group",
        "what is earned belongs to no group",
    ),
    ("promotions[3]", {"id": "p", "type": "earn_points"}, "promotions[3]", "must have either per_yuan or times_bp"),
    (
        "promotions[3]",
        {"id": "p", "type": "earn_points", "per_yuan": 1, "max_points": 0},
        "promotions[3].max_points",
        "must be at least 1, not 0",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "earn_points", "per_yuan": 1, "times_bp": 20000},
        "promotions[3]",
        "must have either per_yuan or times_bp",
    ),
    ("promotions[3]", {"id": "p", "type": "shipping"}, "promotions[3]", "must have exactly one of off, pay_bp, free"),
    (
        "promotions[3]",
        {"id": "p", "type": "shipping", "off": 1, "free": True},
        "promotions[3]",
        "must have exactly one of off, pay_bp, free",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "shipping", "free": False},
        "promotions[3].free",
        "must be true when it is given",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "combo", "items": [{"sku": "A"}], "price": 1, "scope": {"all": True}},
        "promotions[3].scope",
        "the scope of a combo is its items",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "combo", "items": [{"sku": "A"}, {"sku": "A"}], "price": 1},
        "promotions[3].items[1].sku",
        "A stands in the set twice",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "add_on", "min": 1, "items": [{"sku": "A", "price": 1}, {"sku": "A", "price": 2}]},
        "promotions[3].items[1].sku",
        "A stands among the items twice",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "add_on", "min": 1, "items": [{"sku": "Z", "price": 1}]},
        "promotions[3].items[0].sku",
        "Z is not in the catalogue",
    ),
    ("promotions[3]", {"id": "p", "type": "spend_off"}, "promotions[3]", "must have either tiers or every"),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_off", "tiers": [{"min": 2, "off": 1}, {"min": 2, "off": 2}]},
        "promotions[3].tiers[1].min",
        "must be above the tier before it, which has 2",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_off", "tiers": [{"min": 2, "off": 2}, {"min": 3, "off": 2}]},
        "promotions[3].tiers[1].off",
        "must be above the tier before it, which has 2",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_percent", "tiers": [{"min": 2, "pay_bp": 9000}, {"min": 3, "pay_bp": 9000}]},
        "promotions[3].tiers[1].pay_bp",
        "must be below the tier before it, which has 9000",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_percent", "tiers": [{"min": 2, "pay_bp": 9000}, {"count": 3, "pay_bp": 8000}]},
        "promotions[3].tiers[1].count",
        "must not be mixed with min: tiers are all min or all count",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "A"}, {"sku": "A"}]}]},
        "promotions[3].tiers[0].gifts[1].sku",
        "A stands in the tier twice",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "A"}], "choose": 2}]},
        "promotions[3].tiers[0].choose",
        "must be at most 1, the number of gifts",
    ),
    (
        "promotions[3]",
        {**OFF, "scope": {}},
        "promotions[3].scope",
        "must name something: all, skus, categories, brands or tags",
    ),
    ("promotions[3]", {**OFF, "scope": {"all": False}}, "promotions[3].scope.all", "must be true when it is given"),
    (
        "promotions[3]",
        {**OFF, "scope": {"all": True, "skus": ["A"]}},
        "promotions[3].scope.all",
        "stands alone; name either everything or some goods",
    ),
    (
        "promotions[3]",
        {**OFF, "scope": {"all": True, "except": {}}},
        "promotions[3].scope.except",
        "must name something",
    ),
    (
        "promotions[3]",
        {**OFF, "scope": {"all": True, "min_price": 3, "max_price": 2}},
        "promotions[3].scope.max_price",
        "must be at least min_price, which is 3",
    ),
    (
        "promotions[3]",
        {**OFF, "scope": {"min_price": 3}},
        "promotions[3].scope",
        "must name something: all, skus, categories, brands or tags",
    ),
    (
        "promotions[3]",
        {**OFF, "scope": {"tags": [1]}},
        "promotions[3].scope.tags[0]",
        "must be a text that is not empty, not 1",
    ),
    ("promotions[3]", {**OFF, "when": {}}, "promotions[3].when", "must name at least one condition"),
    (
        "promotions[3]",
        {**OFF, "when": {"customer": ["old"]}},
        "promotions[3].when.customer[0]",
        "must be new or returning, not 'old'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"order_number": {"min": 3, "max": 2}}},
        "promotions[3].when.order_number.max",
        "must be at least min, which is 3",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"order_number": {"min": 0}}},
        "promotions[3].when.order_number.min",
        "must be at least 1, not 0",
    ),
    ("promotions[3]", {**OFF, "when": {"weekday": [0]}}, "promotions[3].when.weekday[0]", "must be at least 1, not 0"),
    ("promotions[3]", {**OFF, "when": {"weekday": [8]}}, "promotions[3].when.weekday[0]", "must be at most 7, not 8"),
    ("promotions[3]", {**OFF, "when": {"weekday": []}}, "promotions[3].when.weekday", "must not be empty"),
    (
        "promotions[3]",
        {**OFF, "when": {"day_of_month": [8, 0]}},
        "promotions[3].when.day_of_month[1]",
        "must be at least 1, not 0",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"day_of_month": [32]}},
        "promotions[3].when.day_of_month[0]",
        "must be at most 31, not 32",
    ),
    ("promotions[3]", {**OFF, "when": {"day_of_month": []}}, "promotions[3].when.day_of_month", "must not be empty"),
    ("promotions[3]", {**OFF, "when": {"customer_id": []}}, "promotions[3].when.customer_id", "must not be empty"),
    ("promotions[3]", {**OFF, "when": {"hours": ["18:00"]}}, "promotions[3].when.hours", "must be a start and an end"),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["18:00", "18:00"]}},
        "promotions[3].when.hours",
        "must not start and end at the same time",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["18:60", "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not '18:60'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["24:01", "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not '24:01'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["24:00", "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not '24:00'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["1800", "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not '1800'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": [18, "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not 18",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"hours": ["18:0x", "19:00"]}},
        "promotions[3].when.hours[0]",
        "must be a time of day such as 18:00, not '18:0x'",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"from": "2026-06-18T00:00:00Z", "until": "2026-06-18T00:00:00Z"}},
        "promotions[3].when.until",
        "must be after from",
    ),
    ("promotions[3]", {**OFF, "when": {"all": []}}, "promotions[3].when.all", "must not be empty"),
    ("promotions[3]", {**OFF, "when": {"any": []}}, "promotions[3].when.any", "must not be empty"),
    ("promotions[3]", {**OFF, "when": {"any": [{}]}}, "promotions[3].when.any[0]", "must name at least one condition"),
    ("promotions[3]", {**OFF, "when": {"not": {}}}, "promotions[3].when.not", "must name at least one condition"),
    (
        "promotions[3]",
        {**OFF, "when": {"min_amount": {"scope": {}, "fen": 1}}},
        "promotions[3].when.min_amount.scope",
        "must name something: all, skus, categories, brands or tags",
    ),
    (
        "promotions[3]",
        {**OFF, "when": {"min_count": {"count": -1}}},
        "promotions[3].when.min_count.count",
        "must be at least 0, not -1",
    ),
    ("promotions[3]", {**OFF, "when": {"channel": []}}, "promotions[3].when.channel", "must not be empty"),
    ("promotions[3]", {**OFF, "when": {"moon": ["full"]}}, "promotions[3].when.moon", "is not a known field"),
    (
        "promotions[3]",
        {"id": "p", "type": "amount_off", "off": "12345678901234567890123456789012345678"},
        "promotions[3].off",
        "must be a whole number, not '12345678901234567890123456789012345678'",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "amount_off", "off": "123456789012345678901234567890123456789"},
        "promotions[3].off",
        "must be a whole number, not '123456789012345678901234567890123456...",
    ),
    (
        "promotions[3]",
        {"id": "p", "type": "amount_off", "off": 10**60},
        "promotions[3].off",
        "must be at most 9007199254740991, not 1000000000000000000000000000000000000...",
    ),
]


@pytest.mark.parametrize(("path", "value", "at", "message"), MESSAGES)
def test_a_fault_says_what_is_wrong(path: str, value: Any, at: str, message: str) -> None:
    """Word for word, at its place, and nothing besides."""
    assert faults(changed(path, value)) == [(at, message)]


def test_all_faults_are_found_at_once() -> None:
    """One in each part of the file."""
    data = changed("policy.tz", "Mars/Base")
    for path, value in (("catalog[0].price", -1), ("customer.points", "x"), ("cart.lines[0].qty", 0), ("explain", 1)):
        set_in(data, path, value)
    data["other"] = 1
    assert sorted(path for path, _ in faults(data)) == [
        "cart.lines[0].qty",
        "catalog[0].floor",
        "catalog[0].price",
        "customer.points",
        "explain",
        "other",
        "policy.tz",
    ]
