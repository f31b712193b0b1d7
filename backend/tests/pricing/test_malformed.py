"""Nothing is guessed: every fault of a file, with its place, all at once."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from backend import pricing
from backend.price_files import cli_price, main
from backend.tests.pricing.build import AT, Data, basket, case, goods, problems

GOOD = case(goods(A=1000), basket("A"))
OFFER: Data = {"id": "p", "type": "amount_off", "off": 1}
COUPON: Data = {"id": "c", "template": "t", "content": {"off": {"min": 0, "off": 1}}}
TIER = {"min": 1000, "off": 100}
SPENT = "returns[0].spent[0].offer"


def spend(**fields: Any) -> Data:
    return {"id": "p", "type": "spend_off", **fields}


def rate(*tiers: Data, **fields: Any) -> Data:
    return {"id": "p", "type": "spend_percent", "tiers": list(tiers), **fields}


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        ({"id": "p", "type": "amount_of", "off": 1}, "type"),
        ({"id": "p", "off": 1}, "type"),
        ({"id": "p", "type": "coupon", "content": {}}, "type"),
        ({"type": "amount_off", "off": 1}, "id"),
        ({**OFFER, "id": ""}, "id"),
        ({**OFFER, "id": "line"}, "id"),
        ({**OFFER, "id": "g", "group": "g"}, "id"),
        ({**OFFER, "id": 7}, "id"),
        ({**OFFER, "of": 1}, "of"),
        ({**OFFER, "off": -1}, "off"),
        ({**OFFER, "off": 0}, "off"),
        ({**OFFER, "off": 1.5}, "off"),
        ({**OFFER, "off": "1"}, "off"),
        ({**OFFER, "off": True}, "off"),
        ({**OFFER, "off": None}, "off"),
        ({**OFFER, "off": 2**53}, "off"),
        ({"id": "p", "type": "amount_off"}, "off"),
        ({"id": "p", "type": "fixed_price", "price": -1}, "price"),
        ({"id": "p", "type": "percent_off", "pay_bp": 10001}, "pay_bp"),
        ({"id": "p", "type": "percent_off", "pay_bp": 0.85}, "pay_bp"),
        ({"id": "p", "type": "percent_off", "pay_bp": 8500, "max_off": 0}, "max_off"),
        (spend(), ""),
        (spend(tiers=[TIER], every=TIER), ""),
        (spend(tiers=[]), "tiers"),
        (spend(tiers=TIER), "tiers"),
        (spend(tiers=[TIER, {"min": 1000, "off": 200}]), "tiers[1].min"),
        (spend(tiers=[TIER, {"min": 2000, "off": 100}]), "tiers[1].off"),
        (spend(tiers=[{"count": 1, "off": 1}]), "tiers[0].count"),
        (spend(tiers=[{"min": 1, "off": 1, "x": 1}]), "tiers[0].x"),
        (spend(every={"min": 0, "off": 1}), "every.min"),
        (rate({"min": 1, "pay_bp": 9000}, {"min": 2, "pay_bp": 9000}), "tiers[1].pay_bp"),
        (rate({"min": 1, "pay_bp": 9000}, {"count": 2, "pay_bp": 8000}), "tiers[1].count"),
        (rate({"count": 2, "pay_bp": 9000}, {"count": 2, "pay_bp": 8000}), "tiers[1].count"),
        (rate({"min": 1, "pay_bp": 12000}), "tiers[0].pay_bp"),
        ({**OFFER, "scope": {}}, "scope"),
        ({**OFFER, "scope": {"skus": []}}, "scope.skus"),
        ({**OFFER, "scope": {"all": False}}, "scope.all"),
        ({**OFFER, "scope": {"all": True, "skus": ["A"]}}, "scope.all"),
        ({**OFFER, "scope": {"all": True, "sku": ["A"]}}, "scope.sku"),
        ({**OFFER, "scope": {"all": True, "except": {}}}, "scope.except"),
        ({**OFFER, "scope": {"all": True, "min_price": 5, "max_price": 4}}, "scope.max_price"),
        ({**OFFER, "scope": "all"}, "scope"),
        ({**OFFER, "when": {}}, "when"),
        ({**OFFER, "when": {"chanel": ["x"]}}, "when.chanel"),
        ({**OFFER, "when": {"channel": "x"}}, "when.channel"),
        ({**OFFER, "when": {"customer": ["old"]}}, "when.customer[0]"),
        ({**OFFER, "when": {"weekday": [8]}}, "when.weekday[0]"),
        ({**OFFER, "when": {"day_of_month": [8, "18"]}}, "when.day_of_month[1]"),
        ({**OFFER, "when": {"customer_id": ["u1", 7]}}, "when.customer_id[1]"),
        ({**OFFER, "when": {"hours": ["18:00"]}}, "when.hours"),
        ({**OFFER, "when": {"hours": ["25:00", "20:00"]}}, "when.hours[0]"),
        ({**OFFER, "when": {"hours": ["18:00", "18:00"]}}, "when.hours"),
        ({**OFFER, "when": {"from": "2026-06-18T00:00:00"}}, "when.from"),
        ({**OFFER, "when": {"from": "yesterday"}}, "when.from"),
        ({**OFFER, "when": {"from": AT, "until": AT}}, "when.until"),
        ({**OFFER, "when": {"order_number": {"min": 3, "max": 2}}}, "when.order_number.max"),
        ({**OFFER, "when": {"min_amount": {"scope": {"all": True}}}}, "when.min_amount.fen"),
        ({**OFFER, "when": {"any": []}}, "when.any"),
        ({**OFFER, "when": {"not": {"level": [1]}}}, "when.not.level[0]"),
        ({**OFFER, "when": {"all": [{"any": [{"x": 1}]}]}}, "when.all[0].any[0].x"),
        ({**OFFER, "mandatory": True, "exclusive": "cart"}, "mandatory"),
        ({**OFFER, "exclusive": "order"}, "exclusive"),
        ({**OFFER, "no_tender": ["cash"]}, "no_tender[0]"),
        ({**OFFER, "limits": {"per_week": 1}}, "limits.per_week"),
        ({**OFFER, "limits": {"per_day": 0}}, "limits.per_day"),
        ({**OFFER, "limits": {"stock": -1}}, "limits.stock"),
        ({**OFFER, "excludes": ["x", ""]}, "excludes[1]"),
        ({**OFFER, "priority": "high"}, "priority"),
        ({"id": "p", "type": "earn_points"}, ""),
        ({"id": "p", "type": "earn_points", "per_yuan": 1, "times_bp": 20000}, ""),
        ({"id": "p", "type": "earn_points", "times_bp": 9999}, "times_bp"),
        ({"id": "p", "type": "earn_points", "per_yuan": 1, "group": "g"}, "group"),
        ("p", ""),
    ],
)
def test_each_fault_of_an_offer_has_its_path(offer: object, path: str) -> None:
    """P09 P20 medusa#14934: unknown types and fields, wrong numbers, tiers that do not rise, empty scopes."""
    prefix = "promotions[0]"
    assert [p for p, _ in problems({**GOOD, "promotions": [offer]})] == [f"{prefix}.{path}" if path else prefix]
    with pytest.raises(pricing.Malformed):
        pricing.parse_offer(offer)


@pytest.mark.parametrize(
    ("coupon", "path"),
    [
        ({**COUPON, "content": {}}, "content"),
        ({**COUPON, "content": {"off": {"off": 1}, "percent": {"pay_bp": 1}}}, "content"),
        ({**COUPON, "content": {"off": {"min": 1}}}, "content.off.off"),
        ({**COUPON, "content": {"percent": {"pay_bp": 10001}}}, "content.percent.pay_bp"),
        ({**COUPON, "content": {"off": {"off": 1, "max_off": 1}}}, "content.off.max_off"),
        ({"id": "c", "template": "t"}, "content"),
        ({**COUPON, "expires": "2026-06-30"}, "expires"),
        ({**COUPON, "type": "spend_off"}, "type"),
    ],
)
def test_each_fault_of_a_coupon_has_its_path(coupon: Data, path: str) -> None:
    """K01: contents are read as strictly as promotions."""
    assert [p for p, _ in problems({**GOOD, "coupons": [coupon]})] == [f"coupons[0].{path}"]


def test_types_not_built_yet_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """P20: never ignored; every type of the contract is built by now."""
    assert pricing.NOT_YET == ()
    assert set(pricing.TYPES) >= {
        "fixed_price",
        "amount_off",
        "percent_off",
        "spend_off",
        "spend_percent",
        "nth_item",
        "pick_bundle",
        "combo",
        "buy_get",
        "spend_gift",
        "add_on",
        "coupon",
        "shipping",
        "earn_points",
        "earn_coupon",
        "earn_red_packet",
        "earn_stamps",
    }
    monkeypatch.setattr("backend.pricing.parse.NOT_YET", ("group_buy",))
    found = problems({**GOOD, "promotions": [{"id": "p", "type": "group_buy"}]})
    assert found == [("promotions[0].type", "offer type group_buy is not supported yet")]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"at": "2026-06-18T19:30:00"}, "at"),
        ({"at": None}, "at"),
        ({"catalog": []}, "cart.lines[0].sku"),
        ({"catalog": [{"sku": "A", "price": -1}]}, "catalog[0].price"),
        ({"catalog": [{"sku": "A", "price": 1, "floor": 2}]}, "catalog[0].floor"),
        ({"catalog": [*goods(A=1), *goods(A=2)]}, "catalog[1].sku"),
        ({"catalog": [{"sku": "A", "price": 1, "colour": "red"}]}, "catalog[0].colour"),
        ({"promotions": [OFFER, OFFER]}, "promotions[1].id"),
        ({"promotions": [{**OFFER, "id": "c"}], "coupons": [COUPON]}, "coupons[0].id"),
        ({"promotions": [{**OFFER, "id": "g"}, {**OFFER, "group": "g"}]}, "promotions[0].id"),
        ({"policy": {"tz": "Mars/Olympus"}}, "policy.tz"),
        ({"policy": {"refund": "maybe"}}, "policy.refund"),
        ({"policy": {"points_per_yuan_off": 0}}, "policy.points_per_yuan_off"),
        ({"customer": {"points": -1}}, "customer.points"),
        ({"customer": {"red_packets": [{"id": "r"}]}}, "customer.red_packets[0].fen"),
        ({"customer": {"used": {"p": -1}}}, "customer.used.p"),
        ({"stock": {"p": 1.0}}, "stock.p"),
        ({"budget": []}, "budget"),
        ({"cart": {}}, "cart.lines"),
        ({"cart": {"lines": [{"sku": "A", "qty": 0}]}}, "cart.lines[0].qty"),
        ({"cart": {"lines": [{"sku": "A", "qty": 1_000_000}]}}, "cart.lines[0].qty"),
        ({"cart": {"lines": [{"sku": "A", "qty": 9000}] * 2}}, "cart.lines[1].qty"),
        ({"cart": {"lines": [{"sku": "A", "qty": 1}] * 501}}, "cart.lines"),
        ({"cart": {"lines": [], "coupons": ["x"]}}, "cart.coupons[0]"),
        ({"cart": {"lines": [], "coupons": "none"}}, "cart.coupons"),
        ({"cart": {"lines": [], "tenders": {"red_packets": ["x"]}}}, "cart.tenders.red_packets[0]"),
        ({"cart": {"lines": [], "shipping": -1}}, "cart.shipping"),
        ({"cart": {"lines": [], "addable": ["Z"]}}, "cart.addable[0]"),
        ({"cart": {"lines": [], "colour": 1}}, "cart.colour"),
        ({"returns": [{"at": AT, "units": [{"sku": "Z", "qty": 1}]}]}, "returns[0].units[0].sku"),
        ({"returns": [{"at": AT, "units": [{"sku": "A", "qty": 2}]}]}, "returns[0].units[0].qty"),
        ({"returns": [{"at": AT, "units": [{"sku": "A", "qty": 1}], "spent": [{"offer": "z", "points": 1}]}]}, SPENT),
        ({"gift_stock": {"Z": 1}}, "gift_stock.Z"),
        ({"explain": "yes"}, "explain"),
        ({"extra": 1}, "extra"),
    ],
)
def test_each_fault_of_a_scenario_has_its_path(change: Data, path: str) -> None:
    """P20 Q01: the file as a whole."""
    assert [p for p, _ in problems({**GOOD, **change})] == [path]


def test_deposits_for_offers_that_count_none_are_refused() -> None:
    """Q09, bad input: only offers that count deposits have them."""
    rule = spend(tiers=[{"min": 0, "off": 1}])
    asked = {"deposits": [{"offer": "p", "units": 1}, {"offer": "x", "units": 0}]}
    assert problems(case(goods(A=1000), basket("A"), [rule], cart=asked)) == [
        ("cart.deposits[1].units", "must be at least 1, not 0"),
        ("cart.deposits[0].offer", "no offer p counts deposits"),
        ("cart.deposits[1].offer", "no offer x counts deposits"),
    ]


def test_an_unknown_type_hides_no_other_fault_of_the_offer() -> None:
    """P20: what all types share is read all the same; its own fields nobody can judge."""
    offer = {
        "id": "line",
        "type": "buy_two",
        "scope": {},
        "when": {"weekday": [8]},
        "limits": {"stock": -1},
        "own": {"x": 1},
        "group": "",
    }
    assert [p for p, _ in problems({**GOOD, "promotions": [offer]})] == [
        "promotions[0].type",
        "promotions[0].scope",
        "promotions[0].when.weekday[0]",
        "promotions[0].group",
        "promotions[0].id",
        "promotions[0].limits.stock",
    ]
    with pytest.raises(pricing.Malformed) as found:
        pricing.parse_offer(offer)
    assert len(found.value.problems) == 6


NAMING: Data = {
    "promotions": [
        {**OFFER, "scope": {"skus": ["A", "GHOST"], "except": {"skus": ["NOBODY"]}}},
        {"id": "set", "type": "combo", "items": [{"sku": "A"}, {"sku": "SPOOK"}], "price": 1},
        {**OFFER, "id": "when", "when": {"min_count": {"scope": {"skus": ["WRAITH"]}, "count": 1}}},
    ],
    "coupons": [{**COUPON, "content": {"exchange": {"sku": "SHADE"}}}],
}


def test_goods_outside_the_catalogue_in_the_scope_of_a_rule() -> None:
    """Q07: a scenario has the goods of one cart, its rules are the shop's: they may name others. Not so where the catalogue
    is all that the shop has."""
    data = {**GOOD, **NAMING}
    assert problems(data) == []
    with pytest.raises(pricing.Malformed) as found:
        pricing.parse_scenario(data, closed=True)
    assert [(p.path, p.message) for p in found.value.problems] == [
        ("promotions[0].scope.skus[1]", "GHOST is not in the catalogue"),
        ("promotions[0].scope.except.skus[0]", "NOBODY is not in the catalogue"),
        ("promotions[1].items[1].sku", "SPOOK is not in the catalogue"),
        ("promotions[2].when.min_count.scope.skus[0]", "WRAITH is not in the catalogue"),
        ("coupons[0].content.exchange.sku", "SHADE is not in the catalogue"),
    ]


def test_an_offer_that_cannot_be_read_may_be_the_one_that_was_spent() -> None:
    """P20: no fault is told that another one causes."""
    returned = [{"at": AT, "units": [{"sku": "A", "qty": 1}], "spent": [{"offer": "p", "points": 1}]}]
    assert [p for p, _ in problems({**GOOD, "promotions": [{"id": "p", "type": "x"}], "returns": returned})] == [
        "promotions[0].type"
    ]


def test_all_faults_at_once() -> None:
    """P20: reading goes on after the first."""
    data = {
        "at": "x",
        "catalog": [{"sku": "A"}],
        "promotions": [{**OFFER, "off": -1, "scope": {}, "z": 1}],
        "cart": {"lines": [{"sku": "B", "qty": 0}]},
        "nope": 1,
    }
    assert {p for p, _ in problems(data)} == {
        "at",
        "catalog[0].price",
        "promotions[0].off",
        "promotions[0].scope",
        "promotions[0].z",
        "cart.lines[0].sku",
        "cart.lines[0].qty",
        "nope",
    }
    assert problems([]) != []
    assert problems(None) != []


def test_files_in_order_with_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P20: one line of JSON a file on stdout; faults as JSON lines on stderr, exit 2, nothing on stdout for them."""
    texts = {
        "a.json": json.dumps(GOOD),
        "b.json": json.dumps({**GOOD, "x": 1, "y": 2}),
        "c.json": "{",
        "d.json": json.dumps(GOOD),
        "e.json": '{"at": 1, "at": 2}',
        "f.json": '{"at": NaN}',
    }
    paths = []
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    paths.append(str(tmp_path / "missing.json"))
    out, err = io.StringIO(), io.StringIO()
    assert cli_price(paths, out, err) == 2
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(a["file"], a["payable"]) for a in answers] == [(paths[0], 1000), (paths[3], 1000)]
    faults = [json.loads(line) for line in err.getvalue().splitlines()]
    assert [(f["file"], f["path"]) for f in faults] == [
        (paths[1], "x"),
        (paths[1], "y"),
        (paths[2], ""),
        (paths[4], ""),
        (paths[5], ""),
        (paths[6], ""),
    ]
    assert main([paths[0]]) == 0
    assert json.loads(capsys.readouterr().out)["payable"] == 1000
    assert main([]) == 2
