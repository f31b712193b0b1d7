"""Conditions: each leaf, the joints, times at their edges, and the next moment at which one may flip."""

from __future__ import annotations

from datetime import datetime

import pytest

from backend import pricing
from backend.tests.pricing.build import Data, basket, case, goods

OFFER = {"id": "p", "type": "amount_off", "off": 100}
CART = {"channel": "pos", "store": "s1", "region": "四川/成都/锦江", "payment": "wechat", "delivery": "door"}
CUSTOMER = {"id": "u", "level": "gold", "new": False, "tags": ["vip"], "orders": 2}


def applies(when: Data, at: str = "2026-06-18T19:30:00+08:00", **rest: object) -> bool:
    catalog = goods(A={"price": 1000, "category": "丸滑/牛肉丸"}, B=500)
    data = case(catalog, basket("A*2", "B"), [{**OFFER, "when": when}], **{"customer": CUSTOMER, "cart": CART, **rest})
    data["at"] = at
    parsed = pricing.parse_scenario(data)
    return bool(pricing.quote(parsed.rules, parsed.request).offers)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"channel": ["app", "pos"]}, True),
        ({"channel": ["app"]}, False),
        ({"store": ["s1"]}, True),
        ({"store": ["s2"]}, False),
        ({"region": ["四川/成都"]}, True),
        ({"region": ["四川/成都/锦江"]}, True),
        ({"region": ["四川/成"]}, False),
        ({"level": ["gold"]}, True),
        ({"level": ["silver"]}, False),
        ({"customer": ["returning"]}, True),
        ({"customer": ["new"]}, False),
        ({"customer_id": ["u", "u1"]}, True),
        ({"customer_id": ["u1", "u2"]}, False),
        ({"tag": ["vip", "x"]}, True),
        ({"tag": ["x"]}, False),
        ({"payment": ["wechat"]}, True),
        ({"payment": ["cash"]}, False),
        ({"delivery": ["door"]}, True),
        ({"delivery": ["store"]}, False),
        ({"order_number": {"min": 3, "max": 3}}, True),
        ({"order_number": {"max": 2}}, False),
        ({"order_number": {"min": 4}}, False),
        ({"min_amount": {"scope": {"categories": ["丸滑"]}, "fen": 2000}}, True),
        ({"min_amount": {"scope": {"categories": ["丸滑"]}, "fen": 2001}}, False),
        ({"min_amount": {"fen": 2500}}, True),
        ({"min_count": {"scope": {"all": True}, "count": 3}}, True),
        ({"min_count": {"count": 4}}, False),
        ({"channel": ["pos"], "store": ["s2"]}, False),
        ({"any": [{"channel": ["app"]}, {"store": ["s1"]}]}, True),
        ({"any": [{"channel": ["app"]}, {"store": ["s2"]}]}, False),
        ({"all": [{"channel": ["pos"]}, {"store": ["s1"]}]}, True),
        ({"all": [{"channel": ["pos"]}, {"store": ["s2"]}]}, False),
        ({"not": {"channel": ["app"]}}, True),
        ({"not": {"channel": ["pos"]}}, False),
        ({"not": {"any": [{"channel": ["app"]}, {"level": ["gold"]}]}}, False),
    ],
)
def test_leaves_and_joints(when: Data, expected: bool) -> None:
    """P07 P13 P14: every threshold, combined with and / or / not."""
    assert applies(when) is expected


def test_an_anonymous_customer_is_neither_new_nor_returning() -> None:
    """P07: and has no order number."""
    anonymous = {"level": "gold"}
    assert not applies({"customer": ["new", "returning"]}, customer=anonymous)
    assert not applies({"order_number": {"min": 1}}, customer=anonymous)
    assert not applies({"customer_id": ["u1"]}, customer=anonymous)
    assert applies({"customer": ["new"]}, customer={"id": "n", "new": True})


@pytest.mark.parametrize(
    ("when", "at", "expected"),
    [
        ({"from": "2026-06-18T19:30:00+08:00"}, "2026-06-18T19:30:00+08:00", True),
        ({"from": "2026-06-18T19:30:00+08:00"}, "2026-06-18T11:29:59+00:00", False),
        ({"until": "2026-06-18T19:30:00+08:00"}, "2026-06-18T19:30:00+08:00", False),
        ({"until": "2026-06-18T19:30:00+08:00"}, "2026-06-18T19:29:59+08:00", True),
        ({"hours": ["18:00", "22:00"]}, "2026-06-18T18:00:00+08:00", True),
        ({"hours": ["18:00", "22:00"]}, "2026-06-18T22:00:00+08:00", False),
        ({"hours": ["18:00", "22:00"]}, "2026-06-18T10:00:00+00:00", True),
        ({"hours": ["18:00", "24:00"]}, "2026-06-18T23:59:00+08:00", True),
        ({"hours": ["22:00", "02:00"]}, "2026-06-19T01:59:00+08:00", True),
        ({"hours": ["22:00", "02:00"]}, "2026-06-19T02:00:00+08:00", False),
        ({"weekday": [4]}, "2026-06-18T00:00:00+08:00", True),
        ({"weekday": [5]}, "2026-06-18T23:59:59+08:00", False),
        ({"weekday": [4], "hours": ["22:00", "02:00"]}, "2026-06-19T01:00:00+08:00", True),
        ({"weekday": [5], "hours": ["22:00", "02:00"]}, "2026-06-19T01:00:00+08:00", False),
        ({"weekday": [5], "hours": ["22:00", "02:00"]}, "2026-06-19T23:00:00+08:00", True),
        ({"all": [{"weekday": [4]}], "hours": ["22:00", "02:00"]}, "2026-06-19T01:00:00+08:00", True),
        ({"day_of_month": [8, 18]}, "2026-06-18T00:00:00+08:00", True),
        ({"day_of_month": [8, 18]}, "2026-06-17T15:59:59Z", False),
        ({"day_of_month": [8, 18]}, "2026-06-18T23:59:59+08:00", True),
        ({"day_of_month": [8, 18]}, "2026-06-19T00:00:00+08:00", False),
        ({"day_of_month": [31]}, "2026-06-30T12:00:00+08:00", False),
        ({"day_of_month": [30], "hours": ["22:00", "02:00"]}, "2026-07-01T01:00:00+08:00", True),
        ({"day_of_month": [1], "hours": ["22:00", "02:00"]}, "2026-07-01T01:00:00+08:00", False),
    ],
)
def test_times_at_their_edges(when: Data, at: str, expected: bool) -> None:
    """P07 Sylius#16206: ends are excluded; hours across midnight belong to the day on which they start."""
    assert applies(when, at) is expected


def test_another_zone() -> None:
    """P07: hours are those of the merchant's clock."""
    when = {"hours": ["18:00", "22:00"]}
    assert not applies(when, "2026-06-18T18:00:00+08:00", policy={"tz": "Europe/Berlin"})
    assert applies(when, "2026-06-18T18:00:00+02:00", policy={"tz": "Europe/Berlin"})


def test_the_first_failing_leaf_is_named_in_the_order_of_the_contract() -> None:
    """Q01: however the file orders them, and inside all and any."""
    when = {"min_count": {"count": 99}, "all": [{"level": ["silver"]}], "any": [{"tag": ["x"]}]}
    parsed = pricing.parse_scenario(
        case(goods(A=1), basket("A"), [{**OFFER, "when": when}], customer=CUSTOMER, cart=CART)
    )
    found = pricing.quote(parsed.rules, parsed.request)
    assert [r.figures for r in found.rejected] == [{"leaf": "level"}]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "at", "expected"),
    [
        (
            {"from": "2026-06-19T00:00:00+08:00", "until": "2026-06-20T00:00:00+08:00"},
            "2026-06-18T00:00:00+08:00",
            "2026-06-19T00:00:00+08:00",
        ),
        (
            {"from": "2026-06-19T00:00:00+08:00", "until": "2026-06-20T00:00:00+08:00"},
            "2026-06-19T00:00:00+08:00",
            "2026-06-20T00:00:00+08:00",
        ),
        ({"until": "2026-06-18T00:00:00+08:00"}, "2026-06-18T00:00:00+08:00", None),
        ({"hours": ["18:00", "22:00"]}, "2026-06-18T19:00:00+08:00", "2026-06-18T22:00:00+08:00"),
        ({"hours": ["18:00", "22:00"]}, "2026-06-18T22:00:00+08:00", "2026-06-19T18:00:00+08:00"),
        ({"weekday": [1]}, "2026-06-18T22:00:00+08:00", "2026-06-19T00:00:00+08:00"),
        ({"day_of_month": [28]}, "2026-06-18T22:00:00+08:00", "2026-06-19T00:00:00+08:00"),
        (
            {"not": {"any": [{"until": "2026-06-19T08:00:00+08:00"}]}},
            "2026-06-18T22:00:00+08:00",
            "2026-06-19T08:00:00+08:00",
        ),
        ({"channel": ["pos"]}, "2026-06-18T22:00:00+08:00", None),
    ],
)
def test_next_change(when: Data, at: str, expected: str | None) -> None:
    """Q05: the next instant at which a live price may change by itself."""
    rules = pricing.compile_rules([pricing.parse_offer({**OFFER, "when": when})])
    found = pricing.next_change(rules.offers, moment(at))
    assert found == (None if expected is None else moment(expected))


@pytest.mark.parametrize(
    ("limits", "used", "tz", "expected"),
    [
        ({"per_day": 1}, {"p": 1}, "Asia/Shanghai", "2026-06-19T00:00:00+08:00"),
        ({"per_day": 1}, {"p": 1}, "Asia/Urumqi", "2026-06-19T00:00:00+06:00"),
        ({"per_day": 1}, {}, "Asia/Shanghai", None),  # a day on which nothing was had ends without a change
        ({"per_customer": 1}, {"p": 1}, "Asia/Shanghai", None),
    ],
)
def test_next_change_knows_when_the_day_ends(limits: Data, used: Data, tz: str, expected: str | None) -> None:
    """P10 Q05: what is limited a day and had today comes back at midnight where the merchant is."""
    offers = [pricing.parse_offer({**OFFER, "id": "p", "limits": limits})]
    found = pricing.next_change(offers, moment("2026-06-18T22:00:00+08:00"), tz, used)
    assert found == (None if expected is None else moment(expected))


def test_next_change_knows_when_coupons_expire() -> None:
    """Q05: also the expiry of what the customer holds."""
    held = [pricing.parse_coupon({"id": "c", "content": {"off": {"off": 1}}, "expires": "2026-07-01T00:00:00+08:00"})]
    found = pricing.next_change(held, moment("2026-06-18T00:00:00+08:00"))
    assert found == moment("2026-07-01T00:00:00+08:00")
