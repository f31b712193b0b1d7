"""K10: coupon + points and coupon + gift in one drop, through GraphQL: all of it or nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend import coupons, invariants
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, quote
from backend.tests.test_drops import attempt, make, me

EXTRA = {"points": 50, "giftSku": "TOFU", "giftDays": 7}
CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename
  ... on Coupon { id state extra { points sentence gift { name face { kind sku skuName } } } }
  ... on CouponSoldOut { usedUp } ... on Refusal { code message } } }"""
MINE = """{ benefitAccount { points entries { nodes { amount sentence } }
  coupons { nodes { id state source expiresAt claimedAt template { name face { kind sku sentence } } moves { why } } } } }"""
DROP = """query($id: ID!) { couponDrop(id: $id) { budgetFen promisedFen spentFen
  drop { issued availableNow extra { points sentence gift { name } } } } }"""


async def claimed(client: Client, drop_id: str, idempotency: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(CLAIM, i={"dropId": drop_id, "idempotencyKey": idempotency or key()}))[
        "claimCoupon"
    ]
    return found


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(MINE))["benefitAccount"]
    return found


@pytest.mark.usefixtures("exact")
async def test_a_coupon_with_points_and_a_gift(shop: Shop) -> None:
    """K10, C4: one claim gives the coupon, 50 points and a coupon for an article; the card says so before, the answer after, the
    account and the coupon's history in words; the same key again gives nothing more; the gift pays for the article."""
    drop = await make(shop, name="会员日", extra=EXTRA)
    shopper, again = await shop.shopper(), key()
    centre = await shopper.run("{ couponCentre { claimable { id extra { points sentence gift { name } } } } }")
    said = {"points": 50, "sentence": "另送 50 积分、冻豆腐兑换券 1 张", "gift": {"name": "冻豆腐兑换券"}}
    assert centre["couponCentre"]["claimable"] == [{"id": drop["id"], "extra": said}]
    before = now()
    got = await claimed(shopper, drop["id"], again)
    assert got["__typename"] == "Coupon" and got["extra"]["sentence"] == said["sentence"]
    assert got["extra"]["gift"]["face"] == {"kind": "EXCHANGE", "sku": "TOFU", "skuName": "冻豆腐"}
    assert await claimed(shopper, drop["id"], again) == got
    account = await mine(shopper)
    assert account["points"] == 50
    assert account["entries"]["nodes"] == [{"amount": 50, "sentence": "领取「会员日」，另得 50 积分"}]
    by_source = {c["source"]: c for c in account["coupons"]["nodes"]}
    assert set(by_source) == {"领取", "领券另送"} and by_source["领取"]["id"] == got["id"]
    gift = by_source["领券另送"]
    assert gift["template"]["name"] == "冻豆腐兑换券" and [m["why"] for m in gift["moves"]] == ["领券另送"]
    assert gift["claimedAt"] == by_source["领取"]["claimedAt"] >= before.isoformat()
    cart = await quote(shopper, {"TOFU": 1, "BEEF": 1}, coupons={"mode": "FIXED", "ids": [gift["id"]]})
    assert cart["savedFen"] == 900 and cart["payableFen"] == 4000
    order = await place(shopper, {"TOFU": 1, "BEEF": 1}, coupons={"mode": "FIXED", "ids": [gift["id"]]})
    await pay(shop.world, order)
    assert {c["state"] for c in (await mine(shopper))["coupons"]["nodes"]} == {"ISSUED", "REDEEMED"}


@pytest.mark.parametrize(
    ("extra", "sentence", "coupons", "points"),
    [
        ({"points": 20}, "另送 20 积分", 1, 20),
        ({"giftSku": "TOFU"}, "另送 冻豆腐兑换券 1 张", 2, 0),
    ],
)
@pytest.mark.usefixtures("exact")
async def test_points_alone_and_a_gift_alone(
    shop: Shop, extra: dict[str, Any], sentence: str, coupons: int, points: int
) -> None:
    """K10: either of the two."""
    drop, shopper = await make(shop, extra=extra), await shop.shopper()
    got = await claimed(shopper, drop["id"])
    assert got["extra"]["sentence"] == sentence
    account = await mine(shopper)
    assert len(account["coupons"]["nodes"]) == coupons and account["points"] == points


@pytest.mark.usefixtures("exact")
async def test_what_is_given_beside_counts_in_the_budget(shop: Shop) -> None:
    """K10, C7: a coupon of ¥5.00 with 50 points (¥0.50) and an article of ¥9.00 takes ¥14.50: of ¥30.00 two are given, then the
    budget is out; what was given beside is spent at once and stays so when the coupon is voided."""
    drop = await make(shop, budgetFen=3000, extra=EXTRA)
    people = [await shop.shopper() for _ in range(3)]
    got = [await claimed(who, drop["id"]) for who in people]
    assert [g["__typename"] for g in got] == ["Coupon", "Coupon", "CouponSoldOut"] and got[2]["usedUp"] == "BUDGET"
    assert (await mine(people[2]))["points"] == 0 and (await mine(people[2]))["coupons"]["nodes"] == []
    admin = await shop.admin()
    seen = (await admin.run(DROP, id=drop["id"]))["couponDrop"]
    assert (seen["promisedFen"], seen["spentFen"], seen["drop"]["availableNow"]) == (1000, 1900, 0)
    voided = await admin.run(
        "mutation($i: VoidCouponInput!) { voidCoupon(input: $i) { __typename ... on Coupon { state } } }",
        i={"couponId": got[0]["id"], "reason": "发错了", "idempotencyKey": key()},
    )
    assert voided["voidCoupon"] == {"__typename": "Coupon", "state": "VOIDED"}
    seen = (await admin.run(DROP, id=drop["id"]))["couponDrop"]
    assert (seen["promisedFen"], seen["spentFen"]) == (500, 1900)
    assert (await mine(people[0]))["points"] == 50


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"extra": {"points": -1}}, "extra.points"),
        ({"extra": {"points": 100_001}}, "extra.points"),
        ({"extra": {}}, "extra.points"),
        ({"extra": {"giftSku": "NOWHERE"}}, "extra.giftSku"),
        ({"extra": {"giftSku": "TOFU", "giftDays": 0}}, "extra.giftDays"),
        ({"extra": EXTRA, "budgetFen": 1449}, "budgetFen"),
    ],
)
async def test_bad_extras_are_refused_and_make_nothing(shop: Shop, more: dict[str, Any], path: str) -> None:
    """K10: each fault at its place; no drop and no template is left."""
    made = await make(shop, **more)
    assert made["__typename"] == "InvalidInput" and [p["path"] for p in made["problems"]] == [path]
    left = await database.fetchrow(
        "SELECT (SELECT count(*) FROM coupon_drops WHERE merchant_id = $1) AS drops, (SELECT count(*) FROM coupon_templates WHERE merchant_id = $1) AS kinds",
        shop.merchant_id,
    )
    assert left is not None and tuple(left) == (0, 0)


@pytest.mark.usefixtures("exact")
async def test_what_cannot_be_given_whole_is_not_given(shop: Shop) -> None:
    """K10, C3: where the gift of one of twelve who claim at the same moment cannot be written, that one has neither coupon nor points,
    may try again later under the same key, and the others have everything."""
    drop = await make(shop, extra=EXTRA)
    people = [await shop.shopper() for _ in range(12)]
    unlucky, again = await me(people[0]), key()
    await shop.world.owner.execute(
        f"ALTER TABLE coupons ADD CONSTRAINT unlucky CHECK (source <> 'gift' OR member_id <> '{unlucky}')"
    )
    try:
        answers = await asyncio.gather(
            claimed(people[0], drop["id"], again),
            *(claimed(who, drop["id"]) for who in people[1:]),
            return_exceptions=True,
        )
    finally:
        await shop.world.owner.execute("ALTER TABLE coupons DROP CONSTRAINT unlucky")
    assert isinstance(answers[0], GraphQLFailed) and answers[0].code == "INTERNAL"
    assert [a["__typename"] for a in answers[1:] if isinstance(a, dict)] == ["Coupon"] * 11
    nothing = await mine(people[0])
    assert nothing["points"] == 0 and nothing["coupons"]["nodes"] == [] and nothing["entries"]["nodes"] == []
    assert [(await mine(who))["points"] for who in people[1:]] == [50] * 11
    issued = await database.fetchval("SELECT issued FROM coupon_drops WHERE id = $1", decode("drp", drop["id"]))
    assert issued == 11
    assert (await claimed(people[0], drop["id"], again))["__typename"] == "Coupon"
    assert (await mine(people[0]))["points"] == 50


async def test_claims_are_committed_when_they_are_answered(shop: Shop) -> None:
    """C3: a batch that was begun inside somebody's transaction would be undone with it after it was answered: it is refused, and
    nothing is left."""
    drop, shopper = await make(shop, extra=EXTRA), await shop.shopper()
    drop_id, member = decode("drp", drop["id"]), await me(shopper)
    assert drop_id is not None
    claim = coupons.Claim(shop.merchant_id, drop_id, member, key(), now(), "h5", None)
    with pytest.raises(RuntimeError, match="inside another"):
        async with database.transaction():
            await coupons.Claims(b"x" * 32).claim(claim)
    assert (await mine(shopper))["coupons"]["nodes"] == []
    assert isinstance(await coupons.Claims(b"x" * 32).claim(claim), coupons.Claimed)
    assert (await mine(shopper))["points"] == 50


async def test_a_drop_published_while_it_is_claimed_asks_for_whom_it_is(shop: Shop) -> None:
    """K02: who claims a draft is told that there is none; after publication the audience is asked."""
    drop = await make(shop, publish=False, audience={"levels": ["gold"]}, extra=EXTRA)
    shopper = await shop.shopper()
    assert (await attempt(shopper, drop["id"]))["__typename"] == "NotFound"
    await (await shop.admin()).run(
        "mutation($i: PublishCouponDropInput!) { publishCouponDrop(input: $i) { __typename } }",
        i={"dropId": drop["id"], "idempotencyKey": key()},
    )
    assert (await attempt(shopper, drop["id"]))["__typename"] == "NotForYou"
    assert (await mine(shopper))["points"] == 0


@pytest.mark.parametrize(
    "plant",
    [
        "UPDATE coupon_drops SET with_points = 49 WHERE id = $1",
        "UPDATE coupon_drops SET gift_template_id = NULL WHERE id = $1",
        "UPDATE coupons SET business_key = NULL WHERE source = 'gift' AND merchant_id = (SELECT merchant_id FROM coupon_drops WHERE id = $1)",
    ],
)
async def test_a_planted_half_is_found(shop: Shop, plant: str) -> None:
    """C3 for K10: a coupon without its points or its gift, or with others, is found."""
    drop, shopper = await make(shop, extra=EXTRA), await shop.shopper()
    assert (await claimed(shopper, drop["id"]))["__typename"] == "Coupon"
    assert await invariants.violations(shop.merchant_id) == []
    await database.pool().execute(plant, decode("drp", drop["id"]))
    assert "C3" in {v.rule for v in await invariants.violations(shop.merchant_id)}


@pytest.mark.usefixtures("exact")
async def test_two_drops_with_points_at_once_for_one_member(shop: Shop) -> None:
    """K10, L2: two drops claimed by one member in one batch: both gifts of points stand, one after the other."""
    at = now()
    drops = [await make(shop, extra={"points": n}, endsAt=(at + timedelta(hours=2)).isoformat()) for n in (3, 4)]
    people = [await shop.shopper() for _ in range(5)]
    await asyncio.gather(*(claimed(who, drop["id"]) for who in people for drop in drops))
    for who in people:
        account = await mine(who)
        assert account["points"] == 7 and sorted(e["amount"] for e in account["entries"]["nodes"]) == [3, 4]
