"""K12: links of a private drop for a poster, a promoter, a partner: what came through them is counted for them, and cannot be feigned."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import pytest

from backend import coupons
from backend.coupons import links
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.ids import decode
from backend.tests.conftest import Shop, make_shop, pay, place
from backend.tests.refunding import refund
from backend.tests.test_drops import make

LINK = """mutation($i: MakeDropLinkInput!) { makeDropLink(input: $i) { __typename
  ... on DropLink { token } ... on InvalidInput { problems { path } } ... on Refusal { code message } } }"""
CLAIM = """mutation($i: ClaimCouponByLinkInput!) { claimCouponByLink(input: $i) { __typename ... on Coupon { id } ... on Refusal { message } } }"""
TOLD = """query($i: ID!) { couponDrop(id: $i) { linkToken linkFigures { owner code claimed redeemed orders discountFen } } }"""


async def link(shop: Shop, drop_id: str, owner: str, code: str, idempotency: str | None = None) -> dict[str, Any]:
    given = {"dropId": drop_id, "owner": owner, "code": code, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(LINK, i=given))["makeDropLink"]
    return found


async def through(client: Client, token: str, idempotency: str | None = None) -> str:
    given = {"token": token, "channel": "H5", "idempotencyKey": idempotency or key()}
    return str((await client.run(CLAIM, i=given))["claimCouponByLink"]["__typename"])


@pytest.mark.usefixtures("exact")
async def test_what_came_through_a_link_is_counted_for_it(shop: Shop) -> None:
    """K12: claims and redemptions by poster, promoter and partner, with what they took off orders, less refunds; the drop's own link
    counts for nobody; sent again it counts once; the file of the figures has the link of each row."""
    drop, admin = await make(shop, access="LINK", perMember=1), await shop.admin()
    poster = (await link(shop, drop["id"], "POSTER", " CXL-01 "))["token"]
    promoter = (await link(shop, drop["id"], "PROMOTER", "li_mei"))["token"]
    assert (await link(shop, drop["id"], "POSTER", "CXL-01"))["token"] == poster != promoter
    own = (await admin.run(TOLD, i=drop["id"]))["couponDrop"]
    assert [(row["code"], row["claimed"]) for row in own["linkFigures"]] == [("li_mei", 0), ("CXL-01", 0)]
    first, second, third, fourth = [await shop.shopper() for _ in range(4)]
    assert await through(first, poster, mark := key()) == "Coupon"
    assert await through(first, poster, mark) == "Coupon"
    assert await through(first, promoter, mark) == "IdempotencyConflict"
    assert await through(first, promoter) == "ClaimLimitReached"
    for who, token in ((second, poster), (third, promoter), (fourth, own["linkToken"])):
        assert await through(who, token) == "Coupon"
    order = await place(first, {"BEEF": 2})
    await pay(shop.world, order)
    assert (await admin.run(TOLD, i=drop["id"]))["couponDrop"]["linkFigures"] == [
        {"owner": "POSTER", "code": "CXL-01", "claimed": 2, "redeemed": 1, "orders": 1, "discountFen": 500},
        {"owner": "PROMOTER", "code": "li_mei", "claimed": 1, "redeemed": 0, "orders": 0, "discountFen": 0},
    ]
    await refund(admin, order, {"BEEF": 1})
    figures = (await admin.run(TOLD, i=drop["id"]))["couponDrop"]["linkFigures"]
    assert figures[0]["discountFen"] == 250
    text = "query($d: ID!) { couponDropCsv(dropId: $d) { csv next } }"
    rows = list(csv.DictReader(io.StringIO((await admin.run(text, d=drop["id"]))["couponDropCsv"]["csv"])))
    assert {row["推广来源"]: (row["领取"], row["核销"], row["优惠成本（元）"]) for row in rows} == {
        "海报 CXL-01": ("2", "1", "2.50"),
        "推广员 li_mei": ("1", "0", "0.00"),
        "": ("1", "0", "0.00"),
    }
    kept = await database.fetch("SELECT via FROM coupons WHERE drop_id = $1 ORDER BY via", decode("drp", drop["id"]))
    assert [row["via"] for row in kept] == ["poster:CXL-01", "poster:CXL-01", "promoter:li_mei", None]


ALL = "query($i: ID!) { couponDrop(id: $i) { linkFigures { owner code token madeAt claimed } } }"


async def test_every_link_that_was_made_is_listed(shop: Shop) -> None:
    """K12, C4: a link stands in the list from the moment it was made, once however often it is made, with what it carries, for all staff
    who see the drop; the one through which the most came stands first; a link from before links were written down comes with its
    first claim; a refused one is not there."""
    drop, admin = await make(shop, access="LINK"), await shop.admin()
    first = await link(shop, drop["id"], "POSTER", "A-1", mark := key())
    assert await link(shop, drop["id"], "POSTER", "A-1", mark) == first == await link(shop, drop["id"], "POSTER", "A-1")
    assert (await link(shop, drop["id"], "POSTER", "A-2", mark))["__typename"] == "IdempotencyConflict"
    assert (await link(shop, drop["id"], "POSTER", "不行"))["__typename"] == "InvalidInput"
    second = await link(shop, drop["id"], "PARTNER", "B-2")

    async def listed(client: Client) -> list[Any]:
        return list((await client.run(ALL, i=drop["id"]))["couponDrop"]["linkFigures"])

    rows = await listed(admin)
    assert [(row["owner"], row["code"], row["token"], row["claimed"]) for row in rows] == [
        ("PARTNER", "B-2", second["token"], 0),
        ("POSTER", "A-1", first["token"], 0),
    ]
    assert all(row["madeAt"] for row in rows) and await listed(await shop.staff("analyst")) == rows
    drop_id = decode("drp", drop["id"])
    assert drop_id is not None
    old = coupons.link_token(shop.world.settings.secret, drop_id, "promoter:alt")
    assert await through(await shop.shopper(), old) == await through(await shop.shopper(), first["token"]) == "Coupon"
    assert [(row["code"], row["claimed"], row["madeAt"] is None) for row in await listed(admin)] == [
        ("A-1", 1, False),
        ("alt", 1, True),
        ("B-2", 0, False),
    ]


@pytest.mark.usefixtures("exact")
async def test_so_many_links_and_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """K12: past the most of one drop a new link is refused, one that is there is given again; two that are made at once do not pass it."""
    monkeypatch.setattr(links, "MOST_LINKS", 2)
    drop = await make(shop, access="LINK")
    made = await asyncio.gather(*(link(shop, drop["id"], "POSTER", f"P-{n}") for n in range(4)))
    assert sorted(one["__typename"] for one in made) == ["DropLink", "DropLink", "InvalidInput", "InvalidInput"]
    there = [n for n, one in enumerate(made) if one["__typename"] == "DropLink"]
    assert (await link(shop, drop["id"], "POSTER", f"P-{there[0]}")) == made[there[0]]
    assert await database.fetchval("SELECT count(*) FROM drop_links WHERE merchant_id = $1", shop.merchant_id) == 2


async def test_a_link_cannot_be_feigned(shop: Shop) -> None:
    """K12, K04: the code in a link is signed with it; a changed one, one for another drop, and one of another merchant give nothing; a code
    that is none, a drop without links, a drop that is not there and a role that may not are refused."""
    drop, public = await make(shop, access="LINK"), await make(shop)
    token = (await link(shop, drop["id"], "PARTNER", "wuye-8"))["token"]
    shopper = await shop.shopper()
    for wrong in (token.replace("wuye-8", "wuye-9"), token.replace("partner", "poster"), token[:-1], f"{token}A" * 9):
        assert await through(shopper, wrong) == "NotFound"
    other = await make_shop(shop.world)
    assert await through(await other.shopper(), token) == "NotFound"
    assert (await link(other, drop["id"], "POSTER", "x"))["__typename"] == "NotFound"
    assert (await link(shop, public["id"], "POSTER", "x"))["__typename"] == "DropAccessWrong"
    for code in ("", "海报一", "a b", "x" * 25, "a~b", "a:b"):
        refused = await link(shop, drop["id"], "POSTER", code)
        assert (refused["__typename"], refused["problems"]) == ("InvalidInput", [{"path": "code"}])
    assert await database.fetchval("SELECT count(*) FROM coupons WHERE merchant_id = $1", shop.merchant_id) == 0
    assert await through(shopper, token) == "Coupon"
