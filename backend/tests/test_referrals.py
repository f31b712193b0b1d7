"""B05: referral with double points, through GraphQL: a code, bound once, rewarded at the friend's first completed order, taken back
with its refund, limited a month; exactly once however many press or tell."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from backend import invariants, ledger, referrals
from backend.demo.client import Client, key
from backend.kit import database, outbox
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, make_shop, within
from backend.tests.refunding import bought, complete, refund
from backend.tests.test_drops import me

MINE = """{ myInvitation { code friendsCount points rewardsThisMonth invitedBy canAccept terms { enabled sentence }
  friends { nodes { name state points } } } }"""
ACCEPT = """mutation($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { __typename ... on InvitationAccepted { inviter }
  ... on AlreadyInvited { inviter } ... on NotNewHere { orders } ... on Refusal { code message } } }"""
TERMS = """mutation($i: SetReferralTermsInput!) { setReferralTerms(input: $i) { __typename ... on ReferralTerms { sentence }
  ... on InvalidInput { problems { path } } } }"""


async def invitation(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(MINE))["myInvitation"]
    return found


async def accept(client: Client, code: str, idempotency: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(ACCEPT, i={"code": code, "idempotencyKey": idempotency or key()}))[
        "acceptInvitation"
    ]
    return found


async def points_of(client: Client) -> int:
    return int((await client.run("{ benefitAccount { points } }"))["benefitAccount"]["points"])


async def told(shop: Shop) -> bool:
    """Whether the relay has handed on everything of this shop."""
    return not await database.fetchval(
        "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL", shop.merchant_id
    )


async def settled(shop: Shop) -> None:
    await within(20, lambda: told(shop))


async def earning(shop: Shop) -> None:
    """1 元 1 分; invitations are on."""
    assert (await terms(shop))["__typename"] == "ReferralTerms"
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")


async def terms(shop: Shop, **more: Any) -> dict[str, Any]:
    given = {"enabled": True, "shareBp": 10_000, "mostPoints": 1_000, "monthly": 20, "idempotencyKey": key(), **more}
    found: dict[str, Any] = (await (await shop.admin()).run(TERMS, i=given))["setReferralTerms"]
    return found


@pytest.mark.usefixtures("exact")
async def test_double_points_after_the_first_completed_order(shop: Shop) -> None:
    """B05: the friend's order of ¥60.00 earns 60 points; when it is completed, not when it is paid, the inviter has 60 too, said in
    words; the second order brings nothing."""
    await earning(shop)
    one, friend = await shop.shopper(), await shop.shopper()
    code = (await invitation(one))["code"]
    assert (await invitation(one))["code"] == code
    card = await shop.client().run("query($c: String!) { invitationOf(code: $c) { inviter } }", c=code.lower())
    assert card["invitationOf"]["inviter"].endswith("**")
    assert (await accept(friend, f" {code[:4]}-{code[4:].lower()} "))["__typename"] == "InvitationAccepted"
    assert (await invitation(friend))["invitedBy"] == card["invitationOf"]["inviter"]
    order = await bought(shop, friend, {"SHRIMP": 1})
    await settled(shop)
    assert await points_of(one) == 0
    assert [f["state"] for f in (await invitation(one))["friends"]["nodes"]] == ["BOUND"]
    await complete(shop, order)
    await settled(shop)
    assert (await points_of(friend), await points_of(one)) == (60, 60)
    mine = await invitation(one)
    assert (mine["friendsCount"], mine["points"], mine["rewardsThisMonth"]) == (1, 60, 1)
    assert mine["friends"]["nodes"][0]["state"] == "REWARDED" and mine["friends"]["nodes"][0]["points"] == 60
    entries = (await one.run("{ benefitAccount { entries { nodes { amount sentence } } } }"))["benefitAccount"][
        "entries"
    ]
    assert entries["nodes"] == [{"amount": 60, "sentence": "好友首单完成，邀请奖励 60 积分"}]
    await complete(shop, await bought(shop, friend, {"BEEF": 1}))
    await settled(shop)
    assert (await points_of(friend), await points_of(one)) == (100, 60)
    codes = [(await who.run("{ me { nickname memberCode } }"))["me"] for who in (one, friend)]
    seen = """query($s: String!) { memberLookup(search: $s) { invitations { invitedBy invitedByCode friendsCount points
      friends { name memberCode state points short } } } }"""
    clerk = await shop.staff("customer_service")
    [mine_seen, theirs] = [(await clerk.run(seen, s=c["memberCode"]))["memberLookup"][0]["invitations"] for c in codes]
    assert (mine_seen["invitedBy"], mine_seen["friendsCount"], mine_seen["points"]) == (None, 1, 60)
    assert mine_seen["friends"] == [
        {
            "name": codes[1]["nickname"],
            "memberCode": codes[1]["memberCode"],
            "state": "REWARDED",
            "points": 60,
            "short": 0,
        }
    ]
    assert (theirs["invitedBy"], theirs["invitedByCode"]) == (codes[0]["nickname"], codes[0]["memberCode"])


@pytest.mark.usefixtures("exact")
async def test_refunds_take_it_back(shop: Shop) -> None:
    """B05: of an order of ¥100.00 (100 points, doubled) units for ¥60.00 come back: 60 are taken back from both; all of it: nothing is left.
    What the inviter has spent meanwhile is not there to be taken and is written down."""
    await earning(shop)
    clerk = await shop.admin()
    one, friend = await shop.shopper(), await shop.shopper()
    await accept(friend, (await invitation(one))["code"])
    order = await bought(shop, friend, {"SHRIMP": 1, "BEEF": 1})
    await complete(shop, order)
    await settled(shop)
    assert await points_of(one) == 100
    assert (await refund(clerk, order, {"SHRIMP": 1}))["__typename"] == "Order"
    await settled(shop)
    assert (await points_of(friend), await points_of(one)) == (40, 40)
    assert (await invitation(one))["points"] == 40
    async with database.transaction() as tx:
        await ledger.transfer(
            tx,
            shop.merchant_id,
            debit=ledger.member(await me(one)),
            credit=ledger.merchant_book(shop.merchant_id),
            unit="points",
            amount=25,
            kind="spend",
            business_key=f"test:{key()}",
            at=now(),
            memo={},
        )
    assert (await refund(clerk, order, {"BEEF": 1}))["__typename"] == "Order"
    await settled(shop)
    assert await points_of(one) == 0
    row = await database.fetchrow("SELECT points, short FROM referrals WHERE merchant_id = $1", shop.merchant_id)
    assert row is not None and tuple(row) == (25, 25)
    sentences = (await one.run("{ benefitAccount { entries { nodes { sentence } } } }"))["benefitAccount"]["entries"]
    assert sentences["nodes"][0]["sentence"] == "好友首单退款，收回邀请奖励 15 积分"


@pytest.mark.usefixtures("exact")
async def test_who_cannot_be_invited(shop: Shop) -> None:
    """B05: not oneself, not by one's own friend, not a second time, not after an order, not with a code that is none or of another
    merchant, not while it is stopped; nothing is bound."""
    one, two, old = await shop.shopper(), await shop.shopper(), await shop.shopper()
    codes = [(await invitation(who))["code"] for who in (one, two, old)]
    assert (await accept(two, codes[0]))["message"] == "邀请活动已暂停"  # until the merchant turns it on
    await terms(shop)
    assert (await accept(one, codes[0]))["message"] == "不能填自己的邀请码"
    assert (await accept(one, "NOTACODE"))["__typename"] == "NotFound"
    await bought(shop, old, {"TOFU": 1})
    assert (await invitation(old))["canAccept"] is False and (await invitation(two))["canAccept"] is True
    late = await accept(old, codes[0])
    assert (late["__typename"], late["orders"]) == ("NotNewHere", 1)
    again = key()
    assert (await accept(two, codes[0], again))["__typename"] == "InvitationAccepted"
    assert (await accept(two, codes[0], again))["__typename"] == "InvitationAccepted"
    assert (await accept(two, codes[2], again))["__typename"] == "IdempotencyConflict"
    assert (await accept(two, codes[2]))["__typename"] == "AlreadyInvited"
    assert (await accept(one, codes[1]))["message"] == "对方是您邀请来的，不能互相邀请"
    other = await make_shop(shop.world)
    assert (await accept(await other.shopper(), codes[0]))["__typename"] == "NotFound"
    assert (await terms(shop, enabled=False))["sentence"] == "邀请活动已暂停"
    assert (await accept(await shop.shopper(), codes[0]))["message"] == "邀请活动已暂停"
    assert await database.fetchval("SELECT count(*) FROM referrals WHERE merchant_id = $1", shop.merchant_id) == 1


@pytest.mark.usefixtures("exact")
async def test_the_first_binding_wins_and_nobody_invites_in_a_ring(shop: Shop) -> None:
    """B05: ten codes accepted by one at the same moment: one stands. Two who accept each other's code at the same moment: one does."""
    await terms(shop)
    inviters = [await shop.shopper() for _ in range(10)]
    codes = [(await invitation(who))["code"] for who in inviters]
    friend = await shop.shopper()
    answers = await asyncio.gather(*(accept(friend, code) for code in codes))
    assert Counter(a["__typename"] for a in answers) == {"InvitationAccepted": 1, "AlreadyInvited": 9}
    assert len({a["inviter"] for a in answers}) <= 10
    for n in range(0, 8, 2):
        pair = await asyncio.gather(accept(inviters[n], codes[n + 1]), accept(inviters[n + 1], codes[n]))
        assert Counter(a["__typename"] for a in pair) == {"InvitationAccepted": 1, "InvitationRefused": 1}


@pytest.mark.usefixtures("exact")
async def test_a_longer_ring_is_refused_too(shop: Shop) -> None:
    """B05: three and five in a row do not close the circle, one after the other or all at the same moment; a chain may be as long
    as it likes."""
    await terms(shop)
    one, two, three = [await shop.shopper() for _ in range(3)]
    codes = [(await invitation(who))["code"] for who in (one, two, three)]
    assert (await accept(two, codes[0]))["__typename"] == "InvitationAccepted"
    assert (await accept(three, codes[1]))["__typename"] == "InvitationAccepted"
    assert (await accept(one, codes[2]))["__typename"] == "InvitationRefused"
    for _ in range(4):
        ring = [await shop.shopper() for _ in range(5)]
        codes = [(await invitation(who))["code"] for who in ring]
        answers = await asyncio.gather(*(accept(ring[n], codes[n - 1]) for n in range(5)))
        assert Counter(a["__typename"] for a in answers) == {"InvitationAccepted": 4, "InvitationRefused": 1}


@pytest.mark.usefixtures("exact")
async def test_rewards_of_a_month_are_limited(shop: Shop) -> None:
    """B05: with two rewards a month the third friend brings none, and is shown as such; a reward is at most what the terms say, and its
    share is the one of its day."""
    await earning(shop)
    await terms(shop, monthly=2, mostPoints=50, shareBp=5_000)
    one = await shop.shopper()
    code, friends = (await invitation(one))["code"], [await shop.shopper() for _ in range(3)]
    for friend, goods in zip(friends, ({"SHRIMP": 1}, {"TRIPE": 2}, {"BEEF": 1}), strict=True):
        await accept(friend, code)
        await complete(shop, await bought(shop, friend, goods))
        await settled(shop)
    assert await points_of(one) == 30 + 50
    mine = await invitation(one)
    assert [f["state"] for f in mine["friends"]["nodes"]] == ["OVER_LIMIT", "REWARDED", "REWARDED"]
    assert mine["rewardsThisMonth"] == 2
    bad = await terms(shop, shareBp=0, mostPoints=0, monthly=0)
    assert [p["path"] for p in bad["problems"]] == ["shareBp", "mostPoints", "monthly"]


@pytest.mark.usefixtures("exact")
async def test_told_ten_times_at_once_it_is_one_reward(shop: Shop) -> None:
    """B05, E1: the events of two friends' first orders are handed to ten consumers at the same moment, again and again: each reward
    once; with one reward a month, one of the two."""
    await earning(shop)
    await terms(shop, monthly=1)
    one = await shop.shopper()
    code, friends = (await invitation(one))["code"], [await shop.shopper() for _ in range(2)]
    for friend in friends:
        await accept(friend, code)
        await complete(shop, await bought(shop, friend, {"BEEF": 1}))
    rows = await database.fetch(
        "SELECT id, sequence, merchant_id, aggregate, kind, payload, occurred_at FROM outbox_events WHERE merchant_id = $1 AND kind = 'OrderCompleted'",
        shop.merchant_id,
    )
    events = [outbox.Stored(**row) for row in rows]
    await asyncio.gather(*(referrals.absorb(events, now()) for _ in range(10)))
    await settled(shop)
    assert await referrals.absorb(events, now()) == 0
    assert await points_of(one) == 40
    states = await database.fetch("SELECT state FROM referrals WHERE merchant_id = $1", shop.merchant_id)
    assert Counter(row["state"] for row in states) == {"rewarded": 1, "over_limit": 1}


@pytest.mark.parametrize(
    "plant",
    [
        "UPDATE referrals SET points = points + 1 WHERE merchant_id = $1",
        "UPDATE referrals SET moves = 0 WHERE merchant_id = $1",
    ],
)
async def test_a_planted_reward_is_found(shop: Shop, plant: str) -> None:
    """B05: points that nobody booked are found."""
    await earning(shop)
    one, friend = await shop.shopper(), await shop.shopper()
    await accept(friend, (await invitation(one))["code"])
    await complete(shop, await bought(shop, friend, {"BEEF": 1}))
    await settled(shop)
    assert await invariants.violations(shop.merchant_id) == []
    await database.pool().execute(plant, shop.merchant_id)
    assert "C3" in {v.rule for v in await invariants.violations(shop.merchant_id)}


async def test_codes_are_unique_and_well_formed(shop: Shop) -> None:
    """B05: asked for at the same moment by one and by many, each has one code of eight characters, and nobody another's."""
    people = [await shop.shopper() for _ in range(5)]
    found = await asyncio.gather(*(invitation(who) for who in people for _ in range(4)))
    codes = [f["code"] for f in found]
    assert len(set(codes)) == 5 and all(len(code) == 8 for code in codes)
    owner = await referrals.owner_of(shop.merchant_id, codes[0])
    assert isinstance(owner, UUID) and owner == await me(people[0]) and decode("mem", "x") is None
