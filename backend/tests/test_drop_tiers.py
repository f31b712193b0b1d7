"""K10: one drop gives new customers one coupon and all others another, by tiers, exact at the moment of the claim."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import coupons, invariants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, place, stays, within
from backend.tests.refunding import refund
from backend.tests.test_claim_races import given_to, people, race, racers  # noqa: F401
from backend.tests.test_drops import make, me

NEW, OTHERS = (
    {"audience": {"customer": "NEW_ONLY"}, "content": {"kind": "OFF", "offFen": 2000, "minFen": 0}},
    {"audience": {}, "content": {"kind": "OFF", "offFen": 500, "minFen": 0}},
)
TIERS = [NEW, OTHERS]
CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename
  ... on Coupon { id template { id face { offFen } } } ... on CouponSoldOut { usedUp } ... on NotForYou { because }
  ... on Refusal { code message } } }"""
CENTRE = "{ couponCentre { claimable { id state availableNow tier { position label } template { face { offFen } } notForMe { because } } } }"
OFFERS = "{ couponOffers(placement: HOME) { id tier { label } template { face { offFen } } notForMe { because } } }"
FIGURES = """query($id: ID!) { couponDrop(id: $id) { budgetFen promisedFen spentFen drop { issued availableNow state tiers { label template { face { sentence } } } }
  tierFigures { tier { position label } claimed redeemed orders discountFen } } }"""


async def tiered(shop: Shop, tiers: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return await make(shop, content=None, tiers=TIERS if tiers is None else tiers, **more)


async def claimed(client: Client, drop_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(CLAIM, i={"dropId": drop_id, "idempotencyKey": key()}))["claimCoupon"]
    return found


async def customer(shop: Shop) -> tuple[Client, dict[str, Any]]:
    """Somebody who has paid for an order."""
    client = await shop.shopper()
    order = await place(client, {"BEEF": 1})
    await pay(shop.world, order)
    return client, order


async def centre(client: Client) -> list[dict[str, Any]]:
    return list((await client.run(CENTRE))["couponCentre"]["claimable"])


@pytest.mark.usefixtures("exact")
async def test_new_and_other_customers_in_one_drop(shop: Shop) -> None:
    """K10: who has paid for nothing sees and gets ¥20 (新客), who has ¥5 (老客), of one total; a visitor is shown the first tier by
    its name; the operator sees both and what each did; a whole refund makes one new again."""
    drop = await tiered(shop, placements=["CENTRE", "HOME"], perMember=2, total=3)
    new, (old, order) = await shop.shopper(), await customer(shop)
    seen = [(await centre(who))[0] for who in (new, old)]
    assert [(s["tier"]["label"], s["template"]["face"]["offFen"]) for s in seen] == [("新客", 2000), ("老客", 500)]
    (offer,) = (await old.run(OFFERS))["couponOffers"]
    assert offer["tier"]["label"] == "老客" and offer["template"]["face"]["offFen"] == 500
    visitor = (await centre(shop.client()))[0]
    assert visitor["tier"] == {"position": 1, "label": "新客"}
    got = [await claimed(who, drop["id"]) for who in (new, old)]
    assert [g["template"]["face"]["offFen"] for g in got] == [2000, 500]
    used = await place(old, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [got[1]["id"]]})
    await pay(shop.world, used)
    admin = await shop.admin()
    figures = (await admin.run(FIGURES, id=drop["id"]))["couponDrop"]
    assert [t["label"] for t in figures["drop"]["tiers"]] == ["新客", "老客"]
    assert [(f["claimed"], f["redeemed"], f["orders"], f["discountFen"]) for f in figures["tierFigures"]] == [
        (1, 0, 0, 0),
        (1, 1, 1, 500),
    ]
    assert (figures["promisedFen"], figures["spentFen"]) == (2000, 500)
    for one in (used, order):
        assert (await refund(admin, one, {"BEEF": 1}))["state"] == "REFUNDED"
    assert (await centre(old))[0]["tier"]["label"] == "新客"
    assert (await claimed(old, drop["id"]))["template"]["face"]["offFen"] == 2000
    assert (await claimed(new, drop["id"]))["__typename"] == "CouponSoldOut"


@pytest.mark.usefixtures("exact")
async def test_whom_no_tier_fits(shop: Shop) -> None:
    """K10, K02: tiers for new customers and for gold members: others are refused with what the last tier asks for, or with what they
    can do something about; nothing is given."""
    gold = {"audience": {"levels": ["gold"]}, "content": {"kind": "PERCENT", "payBp": 9000, "maxOffFen": 1500}}
    follower = {**NEW, "audience": {"customer": "RETURNING_ONLY", "follows": True}}
    drop, other = await tiered(shop, [NEW, gold]), await tiered(shop, [follower, gold])
    old, _ = await customer(shop)
    assert (await claimed(old, drop["id"]))["because"] == "LEVEL"
    assert (await claimed(old, other["id"]))["because"] == "NOT_FOLLOWING"
    assert {d["id"]: (d["notForMe"]["because"], d["tier"]["position"]) for d in await centre(old)} == {
        drop["id"]: ("LEVEL", 2),  # the ticket shows the coupon that its reason is about
        other["id"]: ("NOT_FOLLOWING", 1),
    }
    new = await shop.shopper()
    assert (await claimed(new, drop["id"]))["template"]["face"]["offFen"] == 2000
    assert (await claimed(new, other["id"]))["because"] == "LEVEL"
    issued = await database.fetchval(
        "SELECT sum(issued)::int FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id
    )
    assert issued == 1


@pytest.mark.usefixtures("exact")
async def test_what_was_had_stays_on_the_page(shop: Shop) -> None:
    """K10: a new customer claims ¥20 and uses it in the first order: among what was claimed the drop still shows ¥20 (新客), not the ¥5 that
    one who has ordered would get; the private link says the same."""
    drop = await tiered(shop)
    link = await tiered(shop, access="LINK")
    shopper, admin = await shop.shopper(), await shop.admin()
    token = (await admin.run("query($id: ID!) { couponDrop(id: $id) { linkToken } }", id=link["id"]))["couponDrop"][
        "linkToken"
    ]
    got = await claimed(shopper, drop["id"])
    by_link = "mutation($i: ClaimCouponByLinkInput!) { claimCouponByLink(input: $i) { __typename } }"
    assert (await shopper.run(by_link, i={"token": token, "idempotencyKey": key()}))["claimCouponByLink"][
        "__typename"
    ] == "Coupon"
    order = await place(shopper, {"BEEF": 1}, coupons={"mode": "FIXED", "ids": [got["id"]]})
    await pay(shop.world, order)
    (mine,) = (await shopper.run(CENTRE.replace("claimable", "claimed")))["couponCentre"]["claimed"]
    assert (mine["tier"]["label"], mine["template"]["face"]["offFen"]) == ("新客", 2000)
    seen = "query($t: String!) { couponOfLink(token: $t) { tier { label } template { face { offFen } } } }"
    shown = (await shopper.run(seen, t=token))["couponOfLink"]
    assert (shown["tier"]["label"], shown["template"]["face"]["offFen"]) == ("新客", 2000)


async def test_customers_do_not_read_what_the_shop_calls_them(shop: Shop) -> None:
    """K10, K02: a tier for a tag is 特定顾客 to customers, its tag to staff."""
    tagged = {**NEW, "audience": {"tags": ["价格敏感"]}}
    drop = await tiered(shop, [tagged, OTHERS])
    visitor = shop.client()
    names = "{ couponCentre { claimable { tier { label } tiers { label } } } }"
    (shown,) = (await visitor.run(names))["couponCentre"]["claimable"]
    assert (shown["tier"]["label"], [t["label"] for t in shown["tiers"]]) == ("特定顾客", ["特定顾客", "其他顾客"])
    seen = (await (await shop.admin()).run(FIGURES, id=drop["id"]))["couponDrop"]
    assert [t["label"] for t in seen["drop"]["tiers"]] == ["标签：价格敏感", "其他顾客"]
    assert seen["tierFigures"][0]["tier"]["label"] == "标签：价格敏感"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"tiers": [NEW]}, "tiers"),
        (
            {
                "tiers": [
                    {"audience": {"tags": [str(n)]}, "content": {"kind": "OFF", "offFen": 100 + n}} for n in range(6)
                ]
            },
            "tiers",
        ),
        ({"tiers": [OTHERS, NEW]}, "tiers[1].audience"),
        ({"tiers": [NEW, {**OTHERS, "audience": NEW["audience"]}]}, "tiers[1].audience"),
        ({"tiers": [NEW, {**OTHERS, "content": NEW["content"]}]}, "tiers[1].templateId"),
        ({"tiers": [NEW, {**OTHERS, "content": {"kind": "OFF", "offFen": 0}}]}, "tiers[1].content.off.off"),
        ({"tiers": [NEW, {"audience": {}}]}, "tiers[1].content"),
        ({"tiers": [NEW, {**OTHERS, "audience": {"regions": [""]}}]}, "tiers[1].audience.regions"),
        ({"audience": {"customer": "NEW_ONLY"}}, "audience.customer"),
        ({"budgetFen": 1999}, "budgetFen"),
        ({"budgetFen": 9999, "tiers": [NEW, {**OTHERS, "content": {"kind": "PERCENT", "payBp": 9000}}]}, "budgetFen"),
        ({"content": {"kind": "OFF", "offFen": 1}}, "content"),
    ],
)
async def test_bad_tiers_are_refused_and_make_nothing(shop: Shop, more: dict[str, Any], path: str) -> None:
    """K10: each fault at its place; no drop, tier or template is left."""
    made = await make(shop, **{"content": None, "tiers": TIERS, **more})
    assert made["__typename"] == "InvalidInput" and [p["path"] for p in made["problems"]] == [path], made
    left = await database.fetchrow(
        "SELECT (SELECT count(*) FROM coupon_drops WHERE merchant_id = $1), (SELECT count(*) FROM coupon_templates WHERE merchant_id = $1),"
        " (SELECT count(*) FROM drop_tiers WHERE merchant_id = $1)",
        shop.merchant_id,
    )
    assert left is not None and tuple(left) == (0, 0, 0)


async def test_the_coupons_of_every_tier_outlive_the_window(shop: Shop) -> None:
    """K10, K02: a template that ends within the claim window is refused in the second tier as in the first."""
    ends = now() + timedelta(hours=3)
    early = await make(shop, validHours=None, validUntil=(ends - timedelta(hours=1)).isoformat())
    tier = {"audience": {}, "templateId": early["template"]["id"]}
    made = await tiered(shop, [NEW, tier], endsAt=ends.isoformat())
    assert made["__typename"] == "CouponEndsTooEarly"
    assert (await tiered(shop, [NEW, tier]))["__typename"] == "CouponDrop"


async def test_the_tiers_of_a_drop_stay(shop: Shop) -> None:
    """K10: what a drop promises to whom cannot be changed by any statement of the application."""
    await tiered(shop)
    for wish in ("UPDATE drop_tiers SET position = 5", "DELETE FROM drop_tiers"):
        await stays(shop.world, f"{wish} WHERE merchant_id = $1", shop.merchant_id)


@pytest.mark.usefixtures("exact")
async def test_an_order_paid_while_the_claim_waits_decides_the_tier(shop: Shop) -> None:
    """K10: the member's row as it stands once the drop is locked decides: a claim that was pressed as a new customer, and waits for the
    drop while the first order is paid, gives what customers get who have ordered."""
    drop, shopper = await tiered(shop), await shop.shopper()
    order = await place(shopper, {"BEEF": 1})

    async def waits() -> bool:
        return bool(
            await database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM coupon_drops d%' AND pid <> pg_backend_pid())"
            )
        )

    async with database.pool().acquire() as connection, connection.transaction():
        await connection.execute("SELECT 1 FROM coupon_drops WHERE id = $1 FOR UPDATE", decode("drp", drop["id"]))
        asking = asyncio.create_task(claimed(shopper, drop["id"]))
        await within(20, waits)  # who it is has been asked by now
        await pay(shop.world, order)
    assert (await asking)["template"]["face"]["offFen"] == 500


async def wishes(shop: Shop, drop_id: str, who: list[UUID]) -> list[coupons.ClaimResult]:
    """They all claim in one batch of one process, in this order."""
    path, drop = coupons.Claims(b"r" * 32), decode("drp", drop_id)
    assert drop is not None
    given = [coupons.Claim(shop.merchant_id, drop, member, key(), now(), "h5", None) for member in who]
    return list(await asyncio.gather(*(path.claim(claim) for claim in given)))


def told(answers: list[coupons.ClaimResult]) -> list[str]:
    return [a.because if isinstance(a, coupons.CouponSoldOut) else type(a).__name__ for a in answers]


@pytest.mark.usefixtures("exact")
async def test_a_dear_tier_that_no_longer_fits_takes_nothing_from_a_cheap_one(shop: Shop) -> None:
    """K10, C7: of ¥35.00, in one batch: ¥20 is given, the next ¥20 is refused (¥15 are left), the three ¥5 behind it are given, the fourth is
    refused; every refusal is true, and who was refused the dear one does not shut the others out from memory."""
    drop = await tiered(shop, budgetFen=3500)
    new = await people(shop, 3)
    old = [await me((await customer(shop))[0]) for _ in range(4)]
    answers = await wishes(shop, drop["id"], [new[0], new[1], *old, new[2]])
    assert told(answers) == ["Claimed", "BUDGET", *["Claimed"] * 3, "BUDGET", "BUDGET"]
    seen = (await (await shop.admin()).run(FIGURES, id=drop["id"]))["couponDrop"]
    assert (seen["promisedFen"], seen["drop"]["availableNow"], seen["drop"]["state"]) == (3500, 0, "SOLD_OUT")


@pytest.mark.usefixtures("exact")
async def test_a_refused_dear_tier_is_not_remembered_for_all(shop: Shop) -> None:
    """K10, C7: in one process: ¥20 of ¥25 are given, a second new customer is refused for the budget; a moment later an old one gets ¥5, and
    only then the process refuses from memory."""
    drop = await tiered(shop, budgetFen=2500)
    drop_id, path = decode("drp", drop["id"]), coupons.Claims(b"r" * 32)
    new, old = await people(shop, 2), [await me((await customer(shop))[0]) for _ in range(3)]
    assert drop_id is not None

    async def press(member: UUID) -> coupons.ClaimResult:
        return await path.claim(coupons.Claim(shop.merchant_id, drop_id, member, key(), now(), "h5", None))

    assert told([await press(m) for m in (*new, old[0], old[1])]) == ["Claimed", "BUDGET", "Claimed", "BUDGET"]
    last = await press(old[2])
    assert isinstance(last, coupons.CouponSoldOut) and last.from_memory


@pytest.mark.usefixtures("exact")
async def test_a_crowd_of_new_and_old_races_for_one_budget(shop: Shop, racers: Any) -> None:  # noqa: F811
    """K10, K11, C1, C7: 120 new and 120 who have ordered press in four processes for ¥200.00 and 60 coupons: nobody has two or the other's
    tier, the budget is used to less than one cheap coupon, or the total to the last."""
    drop = await tiered(shop, budgetFen=20_000, total=60)
    new, old = await people(shop, 120), await people(shop, 120)
    await database.pool().execute("UPDATE members SET orders_count = 1 WHERE id = ANY($1::uuid[])", old)
    answers = await race(shop, racers, drop["id"], new + old, 1, thrice=True)
    held = await given_to(drop["id"])
    rows = await database.fetch("SELECT member_id, face_fen FROM coupons WHERE drop_id = $1", decode("drp", drop["id"]))
    assert {r["face_fen"] for r in rows if r["member_id"] in set(new)} <= {2000}
    assert {r["face_fen"] for r in rows if r["member_id"] in set(old)} <= {500}
    assert max(held.values()) == 1 and sum(answers.values()) == 720
    assert set(answers) <= {"Claimed", "CouponSoldOut BUDGET -", "CouponSoldOut TOTAL -", "ClaimLimitReached 1"}
    spent = sum(r["face_fen"] for r in rows)
    assert answers["Claimed"] == len(rows) <= 60
    assert len(rows) == 60 or 20_000 - 500 < spent <= 20_000, Counter(r["face_fen"] for r in rows)


async def test_a_planted_coupon_of_no_tier_is_found(shop: Shop) -> None:
    """C3 for K10: a coupon that is of none of its drop's tiers, or holds another face of the budget, is found."""
    drop, shopper = await tiered(shop), await shop.shopper()
    got = await claimed(shopper, drop["id"])
    other = await make(shop)
    assert await invariants.violations(shop.merchant_id) == []
    mine = decode("cpn", got["id"])
    async with database.pool().acquire() as connection:
        for plant in (
            f"UPDATE coupons SET template_id = '{decode('tpl', other['template']['id'])}', face_fen = 500 WHERE id = $1",
            "UPDATE coupons SET face_fen = 500 WHERE id = $1",
        ):
            trial = connection.transaction()
            await trial.start()
            await connection.execute(plant, mine)
            wrong = await connection.fetch(invariants.coupons.TIERS, shop.merchant_id)
            await trial.rollback()
            assert [row["wrong"] for row in wrong if row["wrong"]], plant
