"""K02, K12: drops are shown where they are placed; what was really seen is counted once, exactly, by many at once; what each placement
brought and cost is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend import coupons
from backend.coupons.exposure_rules import MOST_A_DAY, Figures, Seen, in_order, merged
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.ids import decode, encode, new_id
from backend.tests.conftest import Shop, claim, make_shop, pay, place
from backend.tests.refunding import refund

OFFERS = "query($p: CouponPlacement!, $s: [String!]) { couponOffers(placement: $p, skus: $s) { id name } }"
REPORT = """mutation($i: ReportExposuresInput!) { reportExposures(input: $i) { __typename ... on ExposuresNoted { views }
  ... on TooManyExposures { limit given } ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"""
FIGURES = """query($id: ID!) { couponDrop(id: $id) { figures { placement views viewers claimed redeemed orders discountFen claimRateBp
  redemptionRateBp perOrderFen } } }"""
CSV = "query($id: ID!, $after: String) { couponDropCsv(dropId: $id, after: $after) { csv next } }"


async def offered(client: Client, placement: str, *skus: str) -> set[str]:
    return {d["id"] for d in (await client.run(OFFERS, p=placement, s=list(skus)))["couponOffers"]}


async def report(
    client: Client, *seen: tuple[str, str, int], idempotency: str | None = None, **more: Any
) -> dict[str, Any]:
    given = [{"dropId": drop, "placement": place, "times": times} for drop, place, times in seen]
    wish = {"seen": given, "idempotencyKey": idempotency or key(), **more}
    found: dict[str, Any] = (await client.run(REPORT, i=wish))["reportExposures"]
    return found


async def figures(shop: Shop, drop_id: str) -> dict[str | None, dict[str, Any]]:
    found = (await (await shop.admin()).run(FIGURES, id=drop_id))["couponDrop"]["figures"]
    return {f["placement"]: f for f in found}


async def counted(shop: Shop) -> tuple[int, int]:
    """(views, viewers) of everything."""
    row = await database.fetchrow(
        "SELECT coalesce(sum(views), 0)::bigint AS views, coalesce(sum(viewers), 0)::bigint AS viewers FROM drop_exposures WHERE merchant_id = $1",
        shop.merchant_id,
    )
    assert row is not None
    return row["views"], row["viewers"]


async def test_each_placement_shows_its_own_drops(shop: Shop) -> None:
    """K02: home, popup and the page of an article show the drops that are placed there and nothing else; at an article only
    coupons that are good for it; one that is full, or for others, is not offered."""
    home = await shop.drop(placements=["HOME", "CENTRE"])
    popup = await shop.drop(placements=["POPUP"])
    beef = {"kind": "OFF", "offFen": 300, "scope": {"categories": ["丸滑/牛肉丸"]}}
    product = await shop.drop(content=beef, placements=["PRODUCT"])
    exchange = await shop.drop(content={"kind": "EXCHANGE", "sku": "TOFU"}, placements=["PRODUCT"])
    shipping = await shop.drop(content={"kind": "SHIPPING", "offFen": 300}, placements=["PRODUCT"])
    await shop.drop(placements=["PRODUCT"], content=beef, audience={"customer": "RETURNING_ONLY"})
    me = await shop.shopper()
    assert await offered(me, "HOME") == {home} and await offered(me, "POPUP") == {popup}
    assert await offered(me, "PRODUCT", "BEEF") == {product, shipping}
    assert await offered(me, "PRODUCT", "TOFU") == {exchange, shipping}
    assert await offered(me, "PRODUCT", "NONE") == await offered(me, "PRODUCT") == set()
    assert (await claim(me, home, placement="HOME"))["__typename"] == "Coupon"
    assert await offered(me, "HOME") == set()


async def test_what_is_long_over_hides_nothing(shop: Shop) -> None:
    """K02: a drop that runs all year is still shown, at its placements and in the centre, after a hundred newer ones have come and
    gone."""
    evergreen, newer = await shop.drop(placements=["HOME", "CENTRE"]), await shop.drop(placements=["HOME", "CENTRE"])
    await database.pool().execute(
        "INSERT INTO coupon_drops SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'starts_at', now() - interval '9 days',"
        " 'ends_at', now() - interval '8 days'))).* FROM coupon_drops d CROSS JOIN generate_series(1, 101) WHERE d.merchant_id = $1 AND d.id = $2",
        shop.merchant_id,
        decode("drp", newer),
    )
    # ids of version 4 with an f before are newer than any that was made here
    await database.pool().execute(
        "UPDATE coupon_drops SET id = overlay(id::text placing 'ff' from 1 for 2)::uuid WHERE merchant_id = $1 AND ends_at < now()",
        shop.merchant_id,
    )
    me = await shop.shopper()
    assert await offered(me, "HOME") == {evergreen, newer}
    centre = await me.run("{ couponCentre { claimable { id } gone { id } } }")
    assert {d["id"] for d in centre["couponCentre"]["claimable"]} == {evergreen, newer}
    assert centre["couponCentre"]["gone"] == []


async def test_a_popup_comes_once_a_day(shop: Shop) -> None:
    """K02: a popup that a member has seen today is not offered again on any device, to others it is; tomorrow it is."""
    drop, me, other = await shop.drop(placements=["POPUP"]), await shop.shopper(), await shop.shopper()
    assert (await report(me, (drop, "POPUP", 1)))["views"] == 1
    assert await offered(me, "POPUP") == set() and await offered(other, "POPUP") == {drop}
    await database.pool().execute(
        "UPDATE drop_viewers SET day = day - 1 WHERE merchant_id = $1", shop.merchant_id
    )  # it was yesterday
    assert await offered(me, "POPUP") == {drop}


async def test_views_and_viewers_are_counted(shop: Shop) -> None:
    """K02: a member counts once for a drop, placement and day, views as often as they were; by store; a key counts once."""
    one, two = await shop.drop(placements=["HOME", "CENTRE"]), await shop.drop(placements=["HOME"])
    me, other = await shop.shopper(), await shop.shopper()
    store = encode("sto", shop.stores[0].id)
    again = key()
    for _ in range(2):
        said = await report(
            me, (one, "HOME", 2), (one, "CENTRE", 1), (two, "HOME", 1), idempotency=again, storeId=store
        )
        assert said == {"__typename": "ExposuresNoted", "views": 4}
    assert (await report(me, (one, "HOME", 3), idempotency=again))["__typename"] == "IdempotencyConflict"
    await report(me, (one, "HOME", 3))
    await report(other, (one, "HOME", 1))
    found = await figures(shop, one)
    assert [(found[p]["views"], found[p]["viewers"]) for p in ("HOME", "CENTRE")] == [(6, 2), (1, 1)]
    by_store = await database.fetch(
        "SELECT store_id, views, viewers, day FROM drop_exposures WHERE merchant_id = $1 AND drop_id = $2 AND placement = 'home' ORDER BY views",
        shop.merchant_id,
        decode("drp", one),
    )
    assert [(r["store_id"], r["views"], r["viewers"]) for r in by_store] == [(shop.stores[0].id, 2, 1), (None, 4, 1)]
    assert {r["day"] for r in by_store} == {local_day(now(), "Asia/Shanghai")}


async def test_nonsense_counts_nothing(shop: Shop) -> None:
    """K02: an unknown drop, a draft, a private one, another merchant's, a placement that the drop does not have, no or too many
    entries, impossible times: each is refused by name, nothing is counted; staff and strangers may not report."""
    drop, draft = await shop.drop(placements=["HOME"]), await shop.drop(placements=["HOME"], publish=False)
    private, abroad = await shop.drop(access="LINK"), await (await make_shop(shop.world)).drop(placements=["HOME"])
    me = await shop.shopper()
    for unknown in (encode("drp", new_id()), draft, private, abroad):
        assert (await report(me, (drop, "HOME", 1), (unknown, "HOME", 1)))["__typename"] == "NotFound"
    wrong = await report(me, (drop, "HOME", 1), (drop, "POPUP", 1))
    assert [p["path"] for p in wrong["problems"]] == ["seen[1].placement"] and "没有投放" in wrong["message"]
    for times in (0, -1, 21):
        assert [p["path"] for p in (await report(me, (drop, "HOME", times)))["problems"]] == ["seen[0].times"]
    assert (await report(me))["__typename"] == "InvalidInput"
    many = await report(me, *[(drop, "HOME", 1)] * 51)
    assert (many["__typename"], many["limit"], many["given"]) == ("TooManyExposures", 50, 51)
    for client in (shop.client(), await shop.admin()):
        with pytest.raises(GraphQLFailed) as refused:
            await report(client, (drop, "HOME", 1))
        assert refused.value.code in ("UNAUTHENTICATED", "FORBIDDEN")
    assert await counted(shop) == (0, 0)
    assert not await database.fetchval("SELECT count(*) FROM drop_viewers WHERE merchant_id = $1", shop.merchant_id)


async def test_a_page_that_loops_does_not_count_for_ever(shop: Shop) -> None:
    """K02: beyond a hundred views a day of one member, drop and placement nothing is added, and the report is still taken."""
    drop, me = await shop.drop(placements=["HOME"]), await shop.shopper()
    for _ in range(8):
        assert (await report(me, (drop, "HOME", 20)))["views"] == 20
    assert await counted(shop) == (MOST_A_DAY, 1)


@pytest.mark.usefixtures("exact")
async def test_reports_at_once_are_exact(shop: Shop) -> None:
    """K02: sixty members over three processes' counters report the same drops four times each at the same moment, each report
    sent twice: every view once, every viewer once, and nobody waits in a ring."""
    drops = [decode("drp", await shop.drop(placements=["HOME", "CENTRE"])) for _ in range(3)]
    members = [await _member(shop) for _ in range(60)]
    processes = [coupons.Exposures() for _ in range(3)]
    wishes = [
        coupons.ExposureReport(
            shop.merchant_id,
            member,
            f"r{n}",
            tuple(Seen(d, p) for d in (drops if n % 2 else drops[::-1]) for p in ("home", "centre") if d is not None),
            None,
            now(),
        )
        for member in members
        for n in range(4)
    ]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(
            *(processes[(n + turn) % 3].report(wish) for turn in range(2) for n, wish in enumerate(wishes))
        )
    assert {type(a) for a in answers} == {coupons.ExposuresNoted}
    assert await counted(shop) == (60 * 4 * 6, 60 * 6)


@pytest.mark.usefixtures("exact")
async def test_reports_and_claims_under_the_same_keys_make_no_ring(shop: Shop) -> None:
    """C4, K02: people who use one key for a report and for a claim at once, in any order, make neither wait for the other in a ring;
    each key stands for one of them."""
    drop = decode("drp", await shop.drop(placements=["HOME"]))
    assert drop is not None
    first, middle, last = sorted([await _member(shop) for _ in range(3)], key=str)
    one_key, at = key(), now()
    reports = [
        coupons.ExposureReport(shop.merchant_id, m, one_key, (Seen(drop, "home"),), None, at)
        for m in (first, middle, last)
    ]
    claims = [coupons.Claim(shop.merchant_id, drop, m, one_key, at, "miniapp", None) for m in (last, first)]

    async def waiting(most: int) -> None:
        async with asyncio.timeout(20):
            while await database.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted") < most:
                await asyncio.sleep(0.02)

    async with database.pool().acquire() as holder:
        held = holder.transaction()
        await held.start()
        await holder.execute(
            "INSERT INTO idempotency_records (id, merchant_id, actor, key, command, input_hash, at) VALUES ($1, $2, $3, $4, 'x', 'x', $5)",
            new_id(),
            shop.merchant_id,
            f"consumer:{middle}",
            one_key,
            at,
        )
        told = asyncio.create_task(coupons.Exposures()._run(reports))  # has the first key, waits for the middle one
        await waiting(1)
        claimed = asyncio.create_task(coupons.Claims(b"x" * 32)._commit(claims))
        await waiting(2)
        await held.rollback()
    async with asyncio.timeout(20):
        assert {type(a) for a in await told} == {coupons.ExposuresNoted}
        with pytest.raises(
            asyncpg.UniqueViolationError
        ):  # decided again, each alone, as any key that was taken meanwhile
            await claimed
    again = await coupons.Claims(b"x" * 32)._decide(claims)
    assert {type(a).__name__ for a in again} == {"IdempotencyConflict"}


async def _member(shop: Shop) -> UUID:
    from backend import members

    return (await members.join(shop.merchant_id, f"o{key()}", now())).id


async def test_what_a_placement_brought_and_cost(shop: Shop) -> None:
    """K02, K12: claims, redemptions, rates and the discount by placement; what a refund took back is taken off, a whole one frees
    the coupon; what nobody saw has no rate; the export has a line a day and store, and no formula."""
    drop = await shop.drop(placements=["HOME", "POPUP", "PRODUCT"], off=500, per_member=1)
    buyers = [await shop.shopper() for _ in range(3)]
    for n, buyer in enumerate(buyers):
        await report(buyer, (drop, "HOME", n + 1))
        assert (await claim(buyer, drop, placement="HOME" if n < 2 else "POPUP"))["__typename"] == "Coupon"
    watcher = await shop.shopper()
    await report(watcher, (drop, "HOME", 1))
    orders = [await place(buyer, {"BEEF": 2}) for buyer in buyers]
    for order in orders[:2]:
        await pay(shop.world, order)
    found = await figures(shop, drop)
    assert list(found) == ["HOME", "PRODUCT", "POPUP"]
    assert found["HOME"] == {
        "placement": "HOME",
        "views": 7,
        "viewers": 4,
        "claimed": 2,
        "redeemed": 2,
        "orders": 2,
        "discountFen": 1000,
        "claimRateBp": 5000,
        "redemptionRateBp": 10000,
        "perOrderFen": 500,
    }
    popup = found["POPUP"]  # its order waits: nothing is redeemed yet
    assert (popup["claimed"], popup["redeemed"], popup["discountFen"], popup["claimRateBp"]) == (1, 0, 0, None)
    assert found["PRODUCT"]["claimRateBp"] is found["PRODUCT"]["redemptionRateBp"] is None
    admin = await shop.admin()
    assert (await refund(admin, orders[0], {"BEEF": 1}))["__typename"] == "Order"
    assert (await refund(admin, orders[1], {"BEEF": 2}))["__typename"] == "Order"
    home = (await figures(shop, drop))["HOME"]
    assert (home["redeemed"], home["orders"], home["discountFen"], home["perOrderFen"]) == (1, 1, 250, 250)
    page = (await admin.run(CSV, id=drop, after=None))["couponDropCsv"]
    day = local_day(now(), "Asia/Shanghai").isoformat()
    assert page["csv"].split("\r\n") == [
        "日期,位置,门店,曝光次数,曝光人数,领取,核销,核销订单,优惠成本（元）,推广来源",
        f"{day},首页,,7,4,2,1,1,2.50,",
        f"{day},弹窗,,0,0,1,0,0,0.00,",
        "",
    ]
    assert page["next"] is None
    assert (await admin.run(CSV, id=encode("drp", new_id()), after=None))["couponDropCsv"] is None
    assert (await admin.run(CSV, id=drop, after=f"{day}/home//"))["couponDropCsv"]["csv"].startswith(f"{day},弹窗")


async def test_who_saw_what_is_forgotten_the_sums_stay(shop: Shop) -> None:
    """K02: members are named only as long as they could be counted twice."""
    drop, me = await shop.drop(placements=["HOME"]), await shop.shopper()
    await report(me, (drop, "HOME", 1))
    assert await coupons.forget_viewers(now()) == 0
    assert await coupons.forget_viewers(now() + timedelta(days=5)) >= 1
    assert not await database.fetchval("SELECT count(*) FROM drop_viewers WHERE merchant_id = $1", shop.merchant_id)
    assert await counted(shop) == (1, 1)


def test_figures_are_rounded_in_the_open() -> None:
    """K02: rates and cost round half up; every placement of a drop has its row, what came another way is last."""
    f = Figures("home", 9, 3, 2, 1, 2, 333)
    assert (f.claim_bp, f.redeem_bp, f.per_order_fen) == (6667, 5000, 167)
    assert Figures("home").per_order_fen is None
    rows = in_order([Figures(None, claimed=1), Figures("cart", claimed=1)], ("popup", "home"))
    assert [r.placement for r in rows] == ["home", "cart", "popup", None]
    one = new_id()
    assert merged([Seen(one, "home", 15), Seen(one, "home", 15)]) == [Seen(one, "home", 20)]
