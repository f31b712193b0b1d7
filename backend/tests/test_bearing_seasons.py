"""P12: who bears a discount may differ by season (淡季 1:1, 旺季 1:1.5), by the day of the order in the merchant's time zone, frozen with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

import schema.cart
import schema.orders
from backend import invariants, merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import local_day, now, zone
from backend.offers.bearing_rules import Season, Share, Terms, parse_terms
from backend.tests.conftest import Shop, claim, pay, place
from backend.tests.refunding import bought, refund
from backend.tests.test_bearing import SEA, TAVERN, borne, refused, statement, supplied

__all__ = ["supplied"]
EVEN = [{"who": "sku_supplier", "bp": 5000}, {"who": "merchant", "bp": 5000}]  # 1:1
HIGH = [{"who": "sku_supplier", "bp": 4000}, {"who": "merchant", "bp": 6000}]  # 1:1.5
RULE = {"type": "amount_off", "scope": {"skus": ["BEEF"]}, "off": 1001}


def md(day: date) -> str:
    return f"{day.month:02d}-{day.day:02d}"


def seasonal(since: date, until: date, **more: Any) -> dict[str, Any]:
    """Even all the year but in the high season of these days."""
    return {
        "shares": EVEN,
        "seasons": [{"name": "旺季", "since": md(since), "until": md(until), "shares": HIGH}],
        **more,
    }


def days_on(*, ahead: int = 0) -> date:
    return local_day(now(), "Asia/Shanghai") + timedelta(days=ahead)


@pytest.mark.parametrize(
    ("since", "until", "inside", "outside"),
    [
        ("06-01", "09-30", ["06-01", "08-15", "09-30"], ["05-31", "10-01", "01-01"]),
        ("11-15", "02-28", ["11-15", "12-31", "01-01", "02-28"], ["11-14", "03-01", "02-29", "06-01"]),
        ("02-29", "02-29", ["02-29"], ["02-28", "03-01"]),
        ("10-01", "10-01", ["10-01"], ["09-30", "10-02"]),
    ],
)
def test_both_ends_of_a_season_are_in_it(since: str, until: str, inside: list[str], outside: list[str]) -> None:
    """P12: on its first and last day a season holds, the day before and after not; it may cross the new year and have a leap day."""
    base, other = (Share("merchant", 10_000),), (Share("sku_supplier", 10_000),)
    terms = Terms(base, (Season("旺季", since, until, other),))
    for days, wanted in ((inside, other), (outside, base)):
        assert [terms.on(date.fromisoformat(f"2028-{day}")) for day in days] == [wanted] * len(days)


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        ({"shares": EVEN}, "b.seasons", "1–6 个季节"),
        ({"shares": EVEN, "seasons": []}, "b.seasons", "1–6 个季节"),
        ({"shares": EVEN, "seasons": [1]}, "b.seasons[0]", "须是对象"),
        ({"seasons": [{"name": "", "since": "01-01", "until": "01-02"}]}, "b.seasons[0].name", "1–10 个字"),
        ({"seasons": [{"name": "旺季", "since": "13-01", "until": "01-02"}]}, "b.seasons[0].since", "一年里的一天"),
        ({"seasons": [{"name": "旺季", "since": "01-01", "until": "02-30"}]}, "b.seasons[0].until", "一年里的一天"),
        ({"seasons": [{"name": "旺季", "since": "1-1", "until": "02-03"}]}, "b.seasons[0].since", "一年里的一天"),
        ({"seasons": [{"name": "旺季", "since": "０１-０１", "until": "02-03"}]}, "b.seasons[0].since", "一年里的一天"),
        ({}, "b.seasons", "1–6 个季节"),
        ({"seasons": [{"name": "旺季", "since": "01-01", "until": "02-03", "x": 1}]}, "b.seasons[0].x", "没有这个字段"),
        (
            {"seasons": [{"name": "旺季", "since": "01-01", "until": "02-03", "shares": EVEN[:1]}]},
            "b.seasons[0].shares",
            "合计 100%",
        ),
        ({"shares": EVEN[:1], "seasons": [{"name": "旺季", "since": "01-01", "until": "01-02"}]}, "b.shares", "合计 100%"),
        (
            {"seasons": [{"name": "旺季", "since": "11-01", "until": "02-03"}, {"name": "节日", "since": "02-03", "until": "02-10"}]},
            "b.seasons[1].since",
            "重叠",
        ),
        ({"ratio": 1, "seasons": [{"name": "旺季", "since": "01-01", "until": "01-02"}]}, "b.ratio", "没有这个字段"),
    ],
)  # fmt: skip
def test_malformed_seasons_are_named(value: object, path: str, words: str) -> None:
    """P12: every fault has its place and its words; nothing of it is taken."""
    terms, faults = parse_terms(value, "b")
    assert terms == Terms() and [f.path for f in faults] == [path] and words in faults[0].message, faults


async def sold(shop: Shop, shopper: Client, finance: Client, lines: dict[str, int]) -> Any:
    return set(await borne(finance, await bought(shop, shopper, lines)))


async def test_each_season_has_its_ratio(supplied: Shop) -> None:
    """P12, B09, O7: the same discount of 10.01: outside the season the supplier bears 5.01 of it (1:1), in it 4.00 (1:1.5), by a promotion
    and by a coupon alike; staff see both ratios, shoppers none; the statement, the journal and the invariants agree."""
    shop, admin, finance = supplied, await supplied.admin(), await supplied.staff("finance")
    shopper, today, tomorrow = await shop.shopper(), days_on(), days_on(ahead=1)
    low = await shop.promotion({**RULE, "bearing": seasonal(days_on(ahead=2), days_on(ahead=30))}, name="淡季共担")
    assert await sold(shop, shopper, finance, {"BEEF": 1}) == {(SEA, 501, 0), (None, 500, 0)}
    await end(admin, low)
    made = await shop.promotion({**RULE, "bearing": seasonal(today, tomorrow)}, name="旺季共担")
    assert await sold(shop, shopper, finance, {"BEEF": 1}) == {(SEA, 400, 0), (None, 601, 0)}
    await end(admin, made)
    seen = "query($id: ID!) { promotion(id: $id) { offers { definition bearing { who bp } bearingSeasons { name since until shares { who supplier bp } } } } }"
    [offer] = (await admin.run(seen, id=made["id"]))["promotion"]["offers"]
    assert offer["bearing"] == [{"who": "SKU_SUPPLIER", "bp": 5000}, {"who": "MERCHANT", "bp": 5000}]
    both = [{"who": "SKU_SUPPLIER", "supplier": None, "bp": 4000}, {"who": "MERCHANT", "supplier": None, "bp": 6000}]
    assert offer["bearingSeasons"] == [{"name": "旺季", "since": md(today), "until": md(tomorrow), "shares": both}]

    terms = [{"name": "旺季", "since": md(today), "until": md(tomorrow), "shares": [{"who": "SKU_SUPPLIER", "bp": 4000}, {"who": "MERCHANT", "bp": 6000}]}]  # fmt: skip
    even = [{"who": "SKU_SUPPLIER", "bp": 5000}, {"who": "MERCHANT", "bp": 5000}]
    drop = await shop.drop(off=1001, bearing=even, bearingSeasons=terms)
    await claim(shopper, drop)
    assert await sold(shop, shopper, finance, {"BEEF": 1}) == {(SEA, 400, 0), (None, 601, 0)}
    told = "query($id: ID!) { couponDrop(id: $id) { drop { template { bearingSeasons { name since } } } } }"
    assert (await admin.run(told, id=drop))["couponDrop"]["drop"]["template"]["bearingSeasons"] == [
        {"name": "旺季", "since": md(today)}
    ]
    open_ = await shop.promotion({**RULE, "off": 1, "bearing": seasonal(today, tomorrow)})
    [shown] = (await shopper.run(seen, id=open_["id"]))["promotion"]["offers"]
    assert (shown["bearing"], shown["bearingSeasons"]) == (None, None) and "bearing" not in shown["definition"]
    assert (await statement(finance))["netFen"] == 501 + 400 + 400
    assert await invariants.violations(shop.merchant_id) == []


async def end(admin: Client, promotion: dict[str, Any]) -> None:
    text = "mutation($i: EndPromotionInput!) { endPromotion(input: $i) { __typename } }"
    assert (await admin.run(text, i={"promotionId": promotion["id"], "idempotencyKey": key()}))["endPromotion"][
        "__typename"
    ] == "Promotion"


async def test_midnight_of_the_merchant_is_the_boundary(supplied: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P12: an order of the last second of the season's last day has its ratio, one of the next midnight the other, by the merchant's
    clock, wherever the server's is; both are paid later and refunded by the shares that they froze, though the promotion is over."""
    shop, admin, finance = supplied, await supplied.admin(), await supplied.staff("finance")
    zone_ = "Pacific/Kiritimati"  # fourteen hours before Greenwich: another day than the server's
    await database.pool().execute("UPDATE merchants SET time_zone = $2 WHERE id = $1", shop.merchant_id, zone_)
    merchants.forget()
    day = local_day(now(), zone_)
    made = await shop.promotion({**RULE, "bearing": seasonal(day - timedelta(days=5), day)}, ends=3 * 86400)
    shopper = await shop.shopper()
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(zone_)) + timedelta(days=1)

    async def placed_at(at: datetime) -> dict[str, Any]:
        for module in (schema.cart, schema.orders):
            monkeypatch.setattr(module, "now", lambda: at)
        order = await place(shopper, {"BEEF": 2})
        monkeypatch.undo()
        assert order["__typename"] == "Order", order
        return order

    inside = await placed_at(midnight - timedelta(microseconds=1))
    outside = await placed_at(midnight)
    await end(admin, made)
    for order, parts in ((inside, {(SEA, 801, 0), (None, 1201, 0)}), (outside, {(SEA, 1001, 0), (None, 1001, 0)})):
        await pay(shop.world, order)
        assert set(await borne(finance, order)) == parts
    assert (await statement(finance))["borneFen"] == 801 + 1001
    for _ in range(2):
        assert (await refund(admin, inside, {"BEEF": 1}))["__typename"] == "Order"
        assert await invariants.violations(shop.merchant_id, "O2", "O7") == []
    assert set(await borne(finance, inside)) == {(SEA, 801, 801), (None, 1201, 1201)}
    assert set(await borne(finance, outside)) == {(SEA, 1001, 0), (None, 1001, 0)}
    assert await invariants.violations(shop.merchant_id) == []


async def test_bad_seasons_are_refused_and_nothing_is_made(supplied: Shop) -> None:
    """P12: overlapping days, shares that are not the whole, an unknown supplier in one season, an article's supplier for shipping: refused at
    their place, of promotions and of coupons; nothing is there."""
    shop = supplied
    strange = [{"who": "supplier", "supplier": "没有这家", "bp": 10_000}]
    one = {"name": "旺季", "since": "06-01", "until": "09-30", "shares": HIGH}
    for seasons, path in (
        ([one, {**one, "since": "09-30", "until": "10-07"}], "offers[0].bearing.seasons[1].since"),
        ([{**one, "shares": HIGH[:1]}], "offers[0].bearing.seasons[0].shares"),
        ([{**one, "shares": strange}], "offers[0].bearing.seasons[0].shares[0].supplier"),
    ):
        found = await refused(shop, {**RULE, "bearing": {"shares": EVEN, "seasons": seasons}})
        assert [p["path"] for p in found] == [path]
    for none in ({}, 0, ""):
        assert [p["path"] for p in await refused(shop, {**RULE, "bearing": none})] == [
            f"offers[0].bearing{'.seasons' if none == {} else ''}"
        ]
    shipping = {"type": "shipping", "min": 1, "off": 1, "bearing": {"seasons": [one]}}
    assert [p["path"] for p in await refused(shop, shipping)] == ["offers[0].bearing"]
    text = "mutation($i: CreateCouponTemplateInput!) { createCouponTemplate(input: $i) { __typename ... on InvalidInput { problems { path } } } }"
    wish = {"name": "券", "content": {"kind": "OFF", "offFen": 100}, "validHours": 1, "idempotencyKey": key()}
    mine = {
        "name": "旺季",
        "since": "06-01",
        "until": "09-30",
        "shares": [{"who": "SUPPLIER", "supplier": TAVERN, "bp": 9000}],
    }
    for shares, path in (
        (mine["shares"], "bearingSeasons[0].shares"),
        ([{"who": "SUPPLIER", "supplier": "没有这家", "bp": 10_000}], "bearingSeasons[0].shares[0].supplier"),
    ):
        answer = await (await shop.admin()).run(text, i={**wish, "bearingSeasons": [{**mine, "shares": shares}]})
        assert answer["createCouponTemplate"] == {"__typename": "InvalidInput", "problems": [{"path": path}]}
    for table in ("promotions", "coupon_templates"):
        assert await database.fetchval(f"SELECT count(*) FROM {table} WHERE merchant_id = $1", shop.merchant_id) == 0
