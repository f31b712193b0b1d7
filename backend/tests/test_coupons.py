"""Claims: exact under a rush, idempotent, refused with facts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend import coupons
from backend.coupons.code_rules import ALPHABET, check_character, coupon_code, well_formed
from backend.demo.client import GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import CLAIM, Shop, claim, make_shop, pay, place, quote


async def counts(shop: Shop, drop_id: str) -> tuple[int, int, int]:
    """(issued by the drop's counter, coupons that exist, most that one member has)."""
    drop = decode("drp", drop_id)
    issued = await database.fetchval("SELECT issued FROM coupon_drops WHERE id = $1", drop)
    rows = await database.fetchval("SELECT count(*) FROM coupons WHERE drop_id = $1", drop)
    most = await database.fetchval(
        "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM coupons WHERE drop_id = $1 GROUP BY member_id) x",
        drop,
    )
    return issued, rows, most


async def test_claim_and_account(shop: Shop) -> None:
    """K02, K03, B01: a claimed coupon is in the account, with its end; the centre moves it to 已领."""
    drop_id, shopper = await shop.drop(), await shop.shopper()
    got = await claim(shopper, drop_id)
    assert got["__typename"] == "Coupon" and got["state"] == "ISSUED" and well_formed(got["code"])
    account = await shopper.run(
        "{ benefitAccount { usableCoupons coupons(states: [ISSUED]) { nodes { id state } } } couponCentre { claimable { id } claimed { id claimedByMe remaining } } }"
    )
    assert account["benefitAccount"] == {
        "usableCoupons": 1,
        "coupons": {"nodes": [{"id": got["id"], "state": "ISSUED"}]},
    }
    assert account["couponCentre"] == {"claimable": [], "claimed": [{"id": drop_id, "claimedByMe": 1, "remaining": 99}]}


async def test_same_key_same_coupon_other_input_refused(shop: Shop) -> None:
    """C4, K11: the same key gives the same coupon for ever; with another drop it is refused and changes nothing."""
    first, second, shopper, mark = await shop.drop(per_member=5), await shop.drop(), await shop.shopper(), key()
    got = await claim(shopper, first, mark)
    assert [await claim(shopper, first, mark) for _ in range(3)] == [got] * 3
    assert (await claim(shopper, second, mark))["__typename"] == "IdempotencyConflict"
    assert await counts(shop, first) == (1, 1, 1) and await counts(shop, second) == (0, 0, 0)


async def test_refusals_are_remembered_and_true(shop: Shop) -> None:
    """K02, C3, C4: sold out, limit and closed windows are refused with figures, and leave nothing."""
    one, shopper, other = await shop.drop(total=1, per_member=1), await shop.shopper(), await shop.shopper()
    await claim(shopper, one)
    again = await claim(shopper, one)
    assert (again["__typename"], again["limit"], again["held"]) == ("ClaimLimitReached", 1, 1)
    mark = key()
    gone = await claim(other, one, mark)
    assert (gone["__typename"], gone["total"]) == ("CouponSoldOut", 1)
    assert await claim(other, one, mark) == gone
    at = now()
    later = await shop.drop(
        startsAt=(at + timedelta(minutes=5)).isoformat(), endsAt=(at + timedelta(minutes=9)).isoformat()
    )
    early = await claim(shopper, later)
    assert early["__typename"] == "DropNotOpen" and "开抢" in early["message"]
    assert (await claim(shopper, "drp_" + new_id().hex))["__typename"] == "NotFound"
    assert await counts(shop, one) == (1, 1, 1) and await counts(shop, later) == (0, 0, 0)


async def test_drop_of_another_merchant_is_not_there(shop: Shop) -> None:
    """R04, T1: a drop of another merchant cannot be claimed."""
    foreign = await (await make_shop(shop.world)).drop()
    assert (await claim(await shop.shopper(), foreign))["__typename"] == "NotFound"
    assert await counts(shop, foreign) == (0, 0, 0)


@pytest.mark.usefixtures("exact")
async def test_rush_through_two_processes_is_exact(shop: Shop) -> None:
    """K11, C1, C2 and lessons *Limits* (saleor#544, vendure#4660): 120 people with 3 tries each race for 40 coupons over two
    claim paths with connections of their own (as two API processes have); exactly 40 are given, nobody has two."""
    drop_id = await shop.drop(total=40, per_member=1)
    drop, at, people = decode("drp", drop_id), now(), []
    assert drop is not None
    async with database.transaction() as tx:
        for n in range(120):
            member = new_id()
            await tx.execute(
                "INSERT INTO members (id, merchant_id, openid, nickname, level, dialect_region, tags, orders_count, member_code, joined_at)"
                " VALUES ($1, $2, $3, '', 'basic', 'all', '[]', 0, $4, $5)",
                member,
                shop.merchant_id,
                f"race{n}",
                f"race{n}",
                at,
            )
            people.append(member)
    paths = [coupons.Claims(b"x" * 32), coupons.Claims(b"x" * 32)]
    results = await asyncio.gather(
        *(
            paths[(n + attempt) % 2].claim(coupons.Claim(shop.merchant_id, drop, member, f"k{attempt}", at, "h5", None))
            for attempt in range(3)
            for n, member in enumerate(people)
        )
    )
    assert sum(isinstance(r, coupons.Claimed) for r in results) == 40
    assert {type(r) for r in results} <= {coupons.Claimed, coupons.CouponSoldOut, coupons.ClaimLimitReached}
    assert await counts(shop, drop_id) == (40, 40, 1)
    held = await database.fetchval("SELECT sum(held) FROM drop_holders WHERE drop_id = $1", drop)
    moves = await database.fetchval(
        "SELECT count(*) FROM coupon_moves m JOIN coupons c ON c.id = m.coupon_id WHERE c.drop_id = $1 AND m.after = 'issued'",
        drop,
    )
    events = await database.fetchval(
        "SELECT count(*) FROM outbox_events WHERE kind = 'CouponClaimed' AND payload->>'drop_id' = $1", str(drop)
    )
    assert (held, moves, events) == (40, 40, 40)


async def test_naive_claim_overshoots(shop: Shop) -> None:
    """Lessons *Limits*: what the statement protects from. Check-then-act, kept here, gives more than there are."""
    drop_id = await shop.drop(total=5, per_member=1)
    drop = decode("drp", drop_id)
    await shop.world.owner.execute("ALTER TABLE coupon_drops DROP CONSTRAINT IF EXISTS coupon_drops_within")
    gate = asyncio.Barrier(10)

    async def naive() -> bool:
        async with database.pool().acquire() as connection:
            left = await connection.fetchval("SELECT total - issued FROM coupon_drops WHERE id = $1", drop)
            await gate.wait()
            if left <= 0:
                return False
            await connection.execute("UPDATE coupon_drops SET issued = issued + 1 WHERE id = $1", drop)
            return True

    try:
        given = sum(await asyncio.gather(*(naive() for _ in range(10))))
        assert given == 10  # of 5
    finally:
        await database.pool().execute("UPDATE coupon_drops SET issued = total WHERE id = $1", drop)
        await shop.world.owner.execute(
            "ALTER TABLE coupon_drops ADD CONSTRAINT coupon_drops_within CHECK (issued BETWEEN 0 AND total AND per_member > 0)"
        )


@pytest.mark.usefixtures("exact")
async def test_one_bad_claim_does_not_fail_its_neighbours(shop: Shop) -> None:
    """K11: what cannot be written fails its own claim; 30 honest ones in the same batch are answered."""
    drop, at = decode("drp", await shop.drop()), now()
    assert drop
    members_ = [(await shop.shopper()) for _ in range(6)]
    people = [decode("mem", (await m.run("{ me { id } }"))["me"]["id"]) for m in members_]
    path = coupons.Claims(b"x" * 32)
    bad = coupons.Claim(shop.merchant_id, drop, people[0], "bad\x00key", at, "h5", None)  # type: ignore[arg-type]
    good = [coupons.Claim(shop.merchant_id, drop, p, f"k{n}", at, "h5", None) for n, p in enumerate(people)]  # type: ignore[arg-type]
    results = await asyncio.gather(
        path.claim(good[0]), *(path.claim(c) for c in [good[1], bad, *good[2:]]), return_exceptions=True
    )
    assert isinstance(results[2], Exception)
    assert [type(r) for n, r in enumerate(results) if n != 2] == [coupons.Claimed] * 6


@pytest.mark.parametrize("mark", ["", "a b", "x" * 81, "键"])
async def test_keys_that_would_be_cut_are_refused(shop: Shop, mark: str) -> None:
    """C4: an idempotency key is 1–80 visible ASCII characters; two long keys can never become one."""
    shopper, drop = await shop.shopper(), await shop.drop(per_member=5)
    with pytest.raises(GraphQLFailed) as failed:
        await shopper.run(CLAIM, i={"dropId": drop, "idempotencyKey": mark})
    assert failed.value.code == "BAD_REQUEST" and await counts(shop, drop) == (0, 0, 0)


async def test_text_that_cannot_be_stored_is_refused_at_the_edge(shop: Shop) -> None:
    """Bad input: NUL and half surrogates, in variables and in the document, are a clear error; nothing runs."""
    shopper, drop = await shop.shopper(), await shop.drop()
    for document, variables in (
        ("query($s: String) { products(search: $s) { nodes { sku } } }", {"s": "a\x00"}),
        ('{ products(search: "\\u0000") { nodes { sku } } }', {}),
        (
            "mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename } }",
            {"i": {"dropId": drop, "idempotencyKey": "a\x00"}},
        ),
    ):
        with pytest.raises(GraphQLFailed) as failed:
            await shopper.run(document, **variables)
        assert failed.value.code == "BAD_REQUEST"
    assert await counts(shop, drop) == (0, 0, 0)


async def test_a_claim_names_a_store_of_its_own_merchant(shop: Shop) -> None:
    """T1: a store of another merchant is refused, and nothing is written."""
    foreign = await make_shop(shop.world)
    shopper, drop = await shop.shopper(), await shop.drop()
    for store in (foreign.stores[0].id, new_id()):
        with pytest.raises(GraphQLFailed):
            await claim(shopper, drop, storeId=f"sto_{store.hex}")
    assert await counts(shop, drop) == (0, 0, 0)
    assert (await claim(shopper, drop, storeId=f"sto_{shop.stores[0].id.hex}"))["__typename"] == "Coupon"


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-01-01T00:00:00", "yesterday"]
)
async def test_times_without_zone_or_out_of_range_are_refused(shop: Shop, when: str) -> None:
    """Bad input: such a time never reaches the tables, where it would break every page that shows it."""
    admin = await shop.admin()
    for name in ("startsAt", "endsAt", "validUntil"):
        with pytest.raises(GraphQLFailed) as failed:
            await shop.drop(**{name: when})
        assert "2026-06-18" in str(failed.value)
    assert (await admin.run("{ couponDrops { totalCount } }"))["couponDrops"]["totalCount"] == 0


async def test_of_equal_coupons_the_soonest_is_weighed(shop: Shop) -> None:
    """Q06: five of one kind are listed once and cost the search no more than one; the one that expires first is used.
    A coupon asked for by name stands for its kind, whichever it is."""
    shopper, drop = await shop.shopper(), await shop.drop(per_member=5, off=300)
    for _ in range(5):
        await claim(shopper, drop)
    await database.pool().execute(
        "UPDATE coupons SET expires_at = expires_at - interval '1 hour' WHERE id = (SELECT max(id::text)::uuid FROM coupons)"
    )
    held = [
        c["id"]
        for c in (await shopper.run("{ benefitAccount { coupons { nodes { id } } } }"))["benefitAccount"]["coupons"][
            "nodes"
        ]
    ]
    seen = await quote(shopper, {"BEEF": 1})
    assert seen["payableFen"] == 3700
    assert [(c["coupon"]["id"], c["alike"], c["applied"]) for c in seen["coupons"]] == [(held[0], 5, True)]
    fixed = await quote(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [held[3]]})
    assert [(c["coupon"]["id"], c["alike"], c["applied"]) for c in fixed["coupons"]] == [(held[3], 5, True)]
    order = await place(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [held[3]]})
    assert order["payableFen"] == 3700
    assert [(c["coupon"]["id"], c["alike"]) for c in (await quote(shopper, {"BEEF": 1}))["coupons"]] == [(held[0], 4)]


@pytest.mark.usefixtures("exact")
async def test_same_key_at_once_in_two_processes(shop: Shop) -> None:
    """C4: a key that reaches two processes at once has one outcome, even for two drops."""
    one, two, at = decode("drp", await shop.drop(per_member=9)), decode("drp", await shop.drop(per_member=9)), now()
    assert one and two
    shopper = await shop.shopper()
    member = decode("mem", (await shopper.run("{ me { id } }"))["me"]["id"])
    assert member
    for n in range(10):
        paths = [coupons.Claims(b"x" * 32) for _ in range(4)]
        results = await asyncio.gather(
            *(
                p.claim(coupons.Claim(shop.merchant_id, drop, member, f"both{n}", at, "h5", None))
                for p, drop in zip(paths, (one, two, one, two), strict=True)
            )
        )
        claimed = {r.coupon_id for r in results if isinstance(r, coupons.Claimed)}
        assert len(claimed) == 1, results
    assert await database.fetchval("SELECT count(*) FROM coupons WHERE member_id = $1", member) == 10


@pytest.mark.usefixtures("exact")
async def test_coupon_moves_with_its_order(shop: Shop) -> None:
    """K05, C5, C6: issued → locked → redeemed; on cancel locked → released → issued; each move is written, and told live."""
    drop_id, shopper = await shop.drop(off=500, per_member=2), await shop.shopper()
    got = await claim(shopper, drop_id)
    order = await place(shopper, {"BEEF": 1})
    assert order["payableFen"] == 3500

    async def state() -> str:
        nodes = (await shopper.run("{ benefitAccount { coupons { nodes { id state } } } }"))["benefitAccount"][
            "coupons"
        ]["nodes"]
        return next(n["state"] for n in nodes if n["id"] == got["id"])

    assert await state() == "LOCKED"
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert await state() == "ISSUED"
    await pay(shop.world, await place(shopper, {"BEEF": 1}))
    assert await state() == "REDEEMED"
    moves = await database.fetch(
        "SELECT before, after, reason FROM coupon_moves WHERE coupon_id = $1 ORDER BY sequence",
        decode("cpn", got["id"]),
    )
    assert [(m["before"], m["after"], m["reason"]) for m in moves] == [
        (None, "issued", "claim"),
        ("issued", "locked", "place"),
        ("locked", "released", "cancel"),
        ("released", "issued", "cancel"),
        ("issued", "locked", "place"),
        ("locked", "redeemed", "pay"),
    ]
    drop = (await (await shop.admin()).run("{ couponDrops { nodes { id redeemed } } }"))["couponDrops"]["nodes"][0]
    assert drop == {"id": drop_id, "redeemed": 1}


@pytest.mark.usefixtures("exact")
async def test_one_coupon_on_five_orders(shop: Shop) -> None:
    """Lessons *Limits* (macrozheng/mall#1003): five orders at once want one coupon; one gets it, the others are told the price without it."""
    shopper = await shop.shopper()
    await claim(shopper, await shop.drop(off=500))
    token = (await quote(shopper, {"BEEF": 1}))["token"]
    answers = await asyncio.gather(*(place(shopper, {"BEEF": 1}, token) for _ in range(5)))
    assert sorted(a["__typename"] for a in answers) == ["Order"] + ["PriceChanged"] * 4
    assert {a["quote"]["payableFen"] for a in answers if a["__typename"] == "PriceChanged"} == {4000}
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 1


async def test_expired_is_exact_whatever_the_schedule_does(shop: Shop) -> None:
    """K05: a coupon past its end shows as expired, is not used by a quote, and the schedule writes the move once."""
    shopper = await shop.shopper()
    got = await claim(shopper, await shop.drop(off=500))
    await database.pool().execute(
        "UPDATE coupons SET expires_at = now() - interval '1 second' WHERE id = $1", decode("cpn", got["id"])
    )
    nodes = (await shopper.run("{ benefitAccount { usableCoupons coupons(states: [EXPIRED]) { nodes { id } } } }"))[
        "benefitAccount"
    ]
    assert nodes == {"usableCoupons": 0, "coupons": {"nodes": [{"id": got["id"]}]}}
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 4000
    assert await coupons.expire_due(now()) >= 1
    moves = await database.fetchval(
        "SELECT count(*) FROM coupon_moves WHERE coupon_id = $1 AND after = 'expired'", decode("cpn", got["id"])
    )
    assert moves == 1


async def test_drop_faults_are_told_all_at_once(shop: Shop) -> None:
    """K02: a coupon must outlive its claim window; every fault comes with its place, and nothing is written."""
    admin, at = await shop.admin(), now()
    answer = (
        await admin.run(
            "mutation($i: CreateCouponDropInput!) { createCouponDrop(input: $i) { __typename ... on InvalidInput { problems { path } } } }",
            i={
                "name": "",
                "content": {"kind": "PERCENT", "payBp": 12000, "minFen": 0},
                "validUntil": at.isoformat(),
                "startsAt": at.isoformat(),
                "endsAt": (at + timedelta(hours=1)).isoformat(),
                "total": 0,
                "perMember": 0,
                "idempotencyKey": key(),
            },
        )
    )["createCouponDrop"]
    assert answer["__typename"] == "InvalidInput"
    assert {"name", "total", "perMember", "validUntil"} <= {p["path"] for p in answer["problems"]} and any(
        p["path"].startswith("content") for p in answer["problems"]
    )
    assert (
        await database.fetchval("SELECT count(*) FROM coupon_templates WHERE merchant_id = $1", shop.merchant_id) == 0
    )


async def test_consumers_cannot_make_drops_nor_staff_claim(shop: Shop) -> None:
    """T09: rights are on fields; a denied call changes nothing."""
    drop_id, shopper, admin = await shop.drop(), await shop.shopper(), await shop.admin()
    with pytest.raises(GraphQLFailed) as denied:
        await claim(admin, drop_id)
    assert denied.value.code == "FORBIDDEN"
    with pytest.raises(GraphQLFailed) as also:
        await shopper.run("{ couponDrops { totalCount } }")
    assert also.value.code == "FORBIDDEN" and await counts(shop, drop_id) == (0, 0, 0)


async def test_account_subscription_tells_of_a_claim(shop: Shop) -> None:
    """B07: the account's subscription shows a claim made elsewhere."""
    shopper, drop_id = await shop.shopper(), await shop.drop()
    async with shopper.subscribe("subscription { benefitAccount { version usableCoupons } }") as frames:
        assert (await anext(frames))["benefitAccount"] == {"version": 1, "usableCoupons": 0}
        await claim(shopper, drop_id)
        async with asyncio.timeout(5):
            assert (await anext(frames))["benefitAccount"] == {"version": 2, "usableCoupons": 1}


def test_codes_check_themselves() -> None:
    """C8: codes differ, pass their check character, and any single wrong character is found."""
    merchant = new_id()
    codes = {coupon_code(merchant, new_id(), b"k" * 32) for _ in range(2000)}
    assert len(codes) == 2000 and all(well_formed(code) for code in codes)
    code = next(iter(codes))
    for place_ in range(11):
        for ch in ALPHABET:
            if ch != code[place_]:
                assert check_character(code[:place_] + ch + code[place_ + 1 : 11]) != code[11]
