"""K02: a drop may ask that one follows the official account, or is in a customers' group; what is known of it comes from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend import members
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, encode, new_id
from backend.tests.conftest import Shop, claim, make_shop
from schema.trusted import external_documents

SET = "mutation($i: SetMemberTieInput!) { setMemberTie(input: $i) { __typename ... on MemberTiesRecorded { recorded } ... on InvalidInput { problems { path message } } } }"
REPORT = external_documents()["external:ReportMemberTies"]
TIES = "query($s: String!) { memberLookup(search: $s) { ties { tie tied at sentence } } }"
OFFERS = "{ couponOffers(placement: HOME) { id notForMe { because message } } }"


async def id_of(client: Client) -> str:
    return str((await client.run("{ me { id } }"))["me"]["id"])


async def mark(shop: Shop, member: str, tie: str, tied: bool, idempotency: str | None = None) -> dict[str, Any]:
    wish = {"memberId": member, "tie": tie, "tied": tied, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(SET, i=wish))["setMemberTie"]
    return found


async def system(shop: Shop) -> Client:
    made = (
        await (await shop.admin()).run(
            "mutation($i: CreateExternalSystemInput!) { createExternalSystem(input: $i) { ... on ExternalSystemMade { key } } }",
            i={"code": "scrm", "name": "企微", "idempotencyKey": key()},
        )
    )["createExternalSystem"]
    client = shop.client()
    let_in = {"merchant": shop.code, "key": made["key"], "idempotencyKey": key()}
    client.token = (await client.run(external_documents()["external:LogInSystem"], input=let_in))["logInSystem"][
        "accessToken"
    ]
    return client


async def told(
    client: Client, *reports: tuple[str, str, bool, float], idempotency: str | None = None
) -> dict[str, Any]:
    """(who, tie, tied, seconds ago)."""
    at = now()
    given = [
        {"member": who, "tie": tie, "tied": tied, "at": (at - timedelta(seconds=ago)).isoformat()}
        for who, tie, tied, ago in reports
    ]
    found: dict[str, Any] = (
        await client.run(REPORT, input={"reports": given, "idempotencyKey": idempotency or key()})
    )["reportMemberTies"]
    return found


async def test_a_drop_for_followers(shop: Shop) -> None:
    """K02: who does not follow is refused with what to do, nothing is given; once it is known that they do they have it; the
    drop is offered meanwhile, with the words; who unfollows is refused again; the group likewise; both may be asked."""
    follow = await shop.drop(audience={"follows": True}, placements=["HOME"], per_member=2)
    both = await shop.drop(audience={"follows": True, "inGroup": True}, placements=["HOME"])
    me = await shop.shopper()
    member = await id_of(me)
    refused = await claim(me, follow)
    name = (await me.run("query($m: String!) { clientConfig(merchant: $m) { merchant { name } } }", m=shop.code))[
        "clientConfig"
    ]
    assert refused["code"] == "NotForYou" and f"关注公众号「{name['merchant']['name']}」后可领" in refused["message"]
    shown = {d["id"]: d["notForMe"]["because"] for d in (await me.run(OFFERS))["couponOffers"]}
    assert shown == {follow: "NOT_FOLLOWING", both: "NOT_FOLLOWING"}
    assert (await mark(shop, member, "ACCOUNT", True))["recorded"] == 1
    assert (await claim(me, follow))["__typename"] == "Coupon"
    other = await claim(me, both)
    assert other["code"] == "NotForYou" and "加入顾客群后可领" in other["message"]
    await mark(shop, member, "ACCOUNT", False)
    assert (await claim(me, follow))["code"] == "NotForYou"
    await mark(shop, member, "ACCOUNT", True)
    await mark(shop, member, "GROUP", True)
    assert (await claim(me, both))["__typename"] == "Coupon"
    issued = await database.fetchval(
        "SELECT sum(issued)::int FROM coupon_drops WHERE merchant_id = $1", shop.merchant_id
    )
    assert issued == 2


async def test_reports_may_come_late_twice_and_in_any_order(shop: Shop) -> None:
    """K02: the newest moment holds whatever came last; the same report is kept once; a key is one outcome."""
    scrm, me = await system(shop), await shop.shopper("o-late")
    drop = await shop.drop(audience={"inGroup": True}, per_member=9)
    assert (await told(scrm, ("o-late", "GROUP", True, 10)))["recorded"] == 1
    assert (await told(scrm, ("o-late", "GROUP", False, 60)))["recorded"] == 1  # left before, told after
    assert (await claim(me, drop))["__typename"] == "Coupon"
    again = key()
    code = (await me.run("{ me { memberCode } }"))["me"]["memberCode"]
    assert (await told(scrm, (code, "GROUP", False, 5), idempotency=again))["recorded"] == 1
    assert (await told(scrm, (code, "GROUP", True, 5), idempotency=again))["__typename"] == "IdempotencyConflict"
    assert (await claim(me, drop))["code"] == "NotForYou"
    found = (await (await shop.admin()).run(TIES, s=code))["memberLookup"][0]["ties"]
    assert [(t["tie"], t["tied"], t["sentence"]) for t in found] == [
        ("ACCOUNT", False, "未关注公众号"),
        ("GROUP", False, "未入群 · 系统上报"),
        ("PICKUP", False, "未提过团购"),
    ]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.pool().execute("UPDATE member_ties SET tied = true WHERE merchant_id = $1", shop.merchant_id)


async def test_a_drop_for_who_picked_up_a_group_order(shop: Shop) -> None:
    """K02 团购提货: who has picked up no group order sees the drop with what to do and is refused; once the system that hands them out
    reports it, the coupon is had; a pick-up that was undone is refused again; staff may note it too."""
    drop = await shop.drop(audience={"pickedUp": True}, placements=["HOME"], per_member=9)
    scrm, me = await system(shop), await shop.shopper("o-pickup")
    (shown,) = (await me.run(OFFERS))["couponOffers"]
    assert shown["notForMe"]["because"] == "NOT_PICKED_UP"
    refused = await claim(me, drop)
    assert refused["code"] == "NotForYou" and "团购提货后可领" in refused["message"]
    assert (await told(scrm, ("o-pickup", "PICKUP", True, 9)))["recorded"] == 1
    assert (await me.run(OFFERS))["couponOffers"][0]["notForMe"] is None
    assert (await claim(me, drop))["__typename"] == "Coupon"
    assert (await told(scrm, ("o-pickup", "PICKUP", False, 5)))["recorded"] == 1
    assert (await claim(me, drop))["code"] == "NotForYou"
    assert (await mark(shop, await id_of(me), "PICKUP", True))["recorded"] == 1
    assert (await claim(me, drop))["__typename"] == "Coupon"
    issued = await database.fetchval("SELECT issued FROM coupon_drops WHERE id = $1", decode("drp", drop))
    assert issued == 2


async def test_what_is_wrong_is_refused_whole(shop: Shop) -> None:
    """K02: a stranger, another merchant's member, a moment to come, nothing or too many: nothing is kept, every fault is named;
    customers and staff without the right may not say it, nor staff as a system."""
    scrm, me = await system(shop), await shop.shopper("o-here")
    wrong = await told(scrm, ("o-here", "GROUP", True, 0), ("o-nobody", "ACCOUNT", True, 0))
    assert [p["path"] for p in wrong["problems"]] == ["reports[1].member"]
    await (await make_shop(shop.world)).shopper("o-abroad")
    abroad = await told(scrm, ("o-abroad", "GROUP", True, 0))
    assert [p["path"] for p in abroad["problems"]] == ["reports[0].member"]
    early = await told(scrm, ("o-here", "GROUP", True, -3600))
    assert [p["path"] for p in early["problems"]] == ["reports[0].at"]
    for reports in ([], [("o-here", "GROUP", True, 0.0)] * 201):
        assert (await told(scrm, *reports))["problems"][0]["path"] == "reports"
    assert (await mark(shop, encode("mem", new_id()), "GROUP", True))["__typename"] == "InvalidInput"
    member = await id_of(me)
    wish = {"memberId": member, "tie": "GROUP", "tied": True, "idempotencyKey": key()}
    for client in (me, await shop.staff("cashier"), await shop.staff("marketing")):
        with pytest.raises(GraphQLFailed) as refused:
            await client.run(SET, i=wish)
        assert refused.value.code == "FORBIDDEN"
    with pytest.raises(GraphQLFailed) as refused:
        await told(await shop.admin(), ("o-here", "GROUP", True, 0))
    assert refused.value.code == "FORBIDDEN"
    mine = decode("mem", member)
    assert mine is not None
    assert not await members.ties.held(shop.merchant_id, [mine])


async def test_a_report_looks_members_up_by_their_indexes(shop: Shop) -> None:
    """K02, R01: whoever reports, by openid, member code or id, the members of a big shop are not read through for it."""
    me = await shop.shopper("o-indexed")
    code = (await me.run("{ me { memberCode } }"))["me"]["memberCode"]
    told_of = (("o-indexed", "GROUP", True, 3), (code, "ACCOUNT", True, 2))
    assert (await told(await system(shop), *told_of))["recorded"] == 2
    assert (await mark(shop, await id_of(me), "GROUP", False))["__typename"] == "MemberTiesRecorded"
    async with shop.world.owner.acquire() as connection:
        trial = connection.transaction()
        await trial.start()
        await connection.execute(
            "INSERT INTO members SELECT (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'openid', 'many-' || n,"
            " 'member_code', 'many-' || n, 'phone_index', NULL))).* FROM members m CROSS JOIN generate_series(1, 3000) n WHERE m.merchant_id = $1",
            shop.merchant_id,
        )
        await connection.execute("ANALYZE members")
        wanted = (shop.merchant_id, ["o-indexed", code], [new_id()])
        plan = [row[0] for row in await connection.fetch(f"EXPLAIN {members.ties.BY_NAME}", *wanted)]
        await trial.rollback()
    conditions = [line for line in plan if "Index Cond" in line]
    for column in ("openid", "member_code", "id"):
        assert any(f"{column} = ANY" in line or f"({column})::text = ANY" in line for line in conditions), plan
    assert not any("Seq Scan" in line for line in plan), plan
