"""K04: where coupons come from: becoming a member 办会员 brings one, once; a partner (物业) gives its people theirs; each says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend import automation, events, members
from backend.demo.client import Client, key
from backend.kit import database, outbox
from backend.kit.clock import now
from backend.kit.outbox import Stored
from backend.tests.conftest import Shop, command, make_shop, pay, place, within
from backend.tests.refunding import sound
from backend.tests.test_codes import codes_in, enter, generate
from backend.tests.test_coupon_kinds import LADDER, held, template
from backend.tests.test_drop_links import link, through
from backend.tests.test_drops import make, me
from backend.tests.test_levels import BASIC, by_hand, set_scheme
from workers import relay

JOINING = "{ levelScheme { levels { id coupon { name } } } }"


async def brings(shop: Shop, gift: dict[str, Any] | None, *more: dict[str, Any]) -> None:
    """The first level brings this coupon, or none."""
    first = {**BASIC, **({"coupon": gift["id"]} if gift else {})}
    assert (await set_scheme(shop, [first, *(more or LADDER[1:])]))["__typename"] == "LevelScheme"


async def joined(shop: Shop) -> list[tuple[UUID, str]]:
    """(member, business key) of all coupons for joining."""
    rows = await database.fetch(
        "SELECT member_id, business_key FROM coupons WHERE merchant_id = $1 AND source = 'joining'", shop.merchant_id
    )
    return [(row["member_id"], row["business_key"]) for row in rows]


async def quiet(shop: Shop) -> None:
    """Waits until the relay has handed on all of the shop's events."""
    left = "SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND relayed_at IS NULL"

    async def none_left() -> bool:
        return bool(await database.fetchval(left, shop.merchant_id) == 0)

    await within(8, none_left)


async def test_becoming_a_member_brings_a_coupon_once(shop: Shop) -> None:
    """K04: who becomes a member by the first log-in gets the coupon that the merchant set on the first level, marked as that; logging
    in again, the relay once more, another scheme or a climb bring no second; who was there before gets none; without a coupon nobody."""
    early = await shop.shopper()
    gift, other, silver = [
        await template(shop, name, off) for name, off in (("入会礼", 300), ("新入会礼", 500), ("银卡礼", 200))
    ]
    await quiet(shop)
    await brings(shop, gift, {**LADDER[1], "coupon": silver["id"]}, LADDER[2])
    anonymous = shop.client()
    assert (await anonymous.run(JOINING))["levelScheme"]["levels"][0] == {"id": "basic", "coupon": {"name": "入会礼"}}

    shopper = await shop.shopper("o-somebody")
    await within(5, lambda: _has(shopper))
    assert await held(shopper) == {"入会礼": "入会礼券"}
    again = await shop.shopper("o-somebody")
    await brings(shop, other, {**LADDER[1], "coupon": silver["id"]}, LADDER[2])
    await by_hand(shop, shopper, 600)
    await quiet(shop)
    await database.pool().execute("UPDATE outbox_events SET relayed_at = NULL WHERE merchant_id = $1", shop.merchant_id)
    await quiet(shop)
    assert await held(again) == {"入会礼": "入会礼券", "银卡礼": "升级礼券"}
    assert await held(early) == {}

    await brings(shop, None)
    late = await shop.shopper()
    await quiet(shop)
    assert await held(late) == {}
    assert await joined(shop) == [(await me(shopper), f"joining:{await me(shopper)}")]
    await sound(shop)


async def _has(shopper: Client) -> bool:
    return bool(await held(shopper))


async def test_the_coupon_of_joining_may_be_used_and_tells_its_life(shop: Shop) -> None:
    """K04, C5: its life begins with the joining, and it takes off what it says."""
    await brings(shop, await template(shop, "入会礼", 300))
    shopper = await shop.shopper()
    await within(5, lambda: _has(shopper))
    text = "{ benefitAccount { coupons { nodes { source moves { after why } } } } }"
    [coupon] = (await shopper.run(text))["benefitAccount"]["coupons"]["nodes"]
    assert coupon == {"source": "入会礼券", "moves": [{"after": "ISSUED", "why": "入会礼券"}]}


@pytest.mark.usefixtures("exact")
async def test_many_log_ins_of_one_person_at_once_are_one_joining(shop: Shop) -> None:
    """K04, C2, E1: twenty log-ins of one person at the same moment, each on a connection of its own, are one member, one joining and one
    coupon; handed on by several relays at once, and told again under other event ids, it stays one."""
    await brings(shop, await template(shop, "入会礼", 300))
    made = await asyncio.gather(*(members.join(shop.merchant_id, "o-racer", now()) for _ in range(20)))
    assert len({member.id for member in made}) == 1
    told = "SELECT id FROM outbox_events WHERE merchant_id = $1 AND kind = 'MemberJoined'"
    [event] = await database.fetch(told, shop.merchant_id)
    secret, redis, member = shop.world.settings.secret, shop.world.redis, made[0].id
    await asyncio.gather(*(relay.relay_once(redis, secret) for _ in range(4)))
    await quiet(shop)

    payload = {"member_id": str(member)}
    stored = Stored(event["id"], 1, shop.merchant_id, f"member:{member}", "MemberJoined", payload, now())

    async def give() -> None:
        async with database.transaction() as tx:
            await automation.levels.give(tx, secret, [stored], now())

    await asyncio.gather(*(give() for _ in range(8)))
    async with database.transaction() as tx:
        for _ in range(3):
            await outbox.emit(tx, shop.merchant_id, f"member:{member}", events.MemberJoined(member, now()), now())
    await quiet(shop)
    assert await joined(shop) == [(member, f"joining:{member}")]

    other = (await members.join(shop.merchant_id, "o-other", now())).id
    await quiet(shop)
    assert len(await joined(shop)) == 2 and other in {m for m, _ in await joined(shop)}
    await sound(shop)


async def test_a_coupon_that_is_not_there_is_no_gift_for_joining(shop: Shop) -> None:
    """K04: a template of nobody, of another merchant, or no id at all is refused at the level, and the scheme stays."""
    theirs = await template(await make_shop(shop.world), "别家的", 300)
    await brings(shop, None)
    for wrong, path in ((f"tpl_{shop.merchant_id.hex}", "levels[0].coupon"), (theirs["id"], "levels[0].coupon")):
        refused = await set_scheme(shop, [{**BASIC, "coupon": wrong}, *LADDER[1:]])
        assert (refused["__typename"], refused["problems"][0]["path"]) == ("InvalidInput", path)
    shopper = await shop.shopper()
    await quiet(shop)
    assert await held(shopper) == {} and await joined(shop) == []


async def test_a_coupon_whose_time_is_over_is_not_promised_and_not_given(shop: Shop) -> None:
    """K04: a template that nobody could use any more is refused at the level; where its time ends later, shoppers no longer see it, who
    joins or climbs then gets nothing, and staff still see what is set."""
    gone, kept = [await template(shop, name, 300, validDays=None, validUntil=(now() + timedelta(hours=1)).isoformat()) for name in ("过期礼", "银卡礼")]  # fmt: skip
    await brings(shop, gone, {**LADDER[1], "coupon": kept["id"]}, LADDER[2])
    await database.pool().execute(
        "UPDATE coupon_templates SET valid_until = now() - interval '1 minute' WHERE merchant_id = $1", shop.merchant_id
    )
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 600)
    await quiet(shop)
    assert await held(shopper) == {} and await joined(shop) == []
    for client, seen in ((shopper, [None] * 3), (await shop.admin(), [{"name": "过期礼"}, {"name": "银卡礼"}, None])):
        assert [level["coupon"] for level in (await client.run(JOINING))["levelScheme"]["levels"]] == seen
    for levels, path in (([{**BASIC, "coupon": gone["id"]}, *LADDER[1:]], 0), ([BASIC, {**LADDER[1], "coupon": kept["id"]}], 1)):  # fmt: skip
        refused = await set_scheme(shop, levels)
        assert (refused["__typename"], refused["problems"][0]["path"]) == ("InvalidInput", f"levels[{path}].coupon")
    await sound(shop)


POOL = "id partner used"
GENERATE = f"""mutation($i: GenerateCodesInput!) {{ generateCodes(input: $i) {{ __typename ... on CodePool {{ {POOL} }}
  ... on InvalidInput {{ problems {{ path message }} }} ... on Refusal {{ code }} }} }}"""
IMPORT = f"""mutation($i: ImportCodesInput!) {{ importCodes(input: $i) {{ __typename ... on CodePool {{ {POOL} }}
  ... on InvalidInput {{ problems {{ path }} }} ... on Refusal {{ code }} }} }}"""
FIGURES = "query($i: ID!) { couponDrop(id: $i) { linkFigures { owner code token claimed redeemed discountFen } } }"


async def for_partner(shop: Shop, drop: dict[str, Any], count: int, partner: str, **more: Any) -> dict[str, Any]:
    given = {
        "dropId": drop["id"],
        "name": "业主券码",
        "count": count,
        "partner": partner,
        "idempotencyKey": key(),
        **more,
    }
    found: dict[str, Any] = (await (await shop.admin()).run(GENERATE, i=given))["generateCodes"]
    return found


@pytest.mark.usefixtures("exact")
async def test_codes_that_a_partner_gives_its_people(shop: Shop) -> None:
    """K04, K12 物业业主专享券: codes made for a partner, or brought by it in a file, become coupons of that source, counted for it with
    what they took off orders; codes of another pool of the drop are nobody's; a link of the partner is of that source too."""
    drop, admin = await make(shop, access="CODES", perMember=1), await shop.admin()
    pool = await for_partner(shop, drop, 5, " wuye-8 ", idempotencyKey=(mark := key()))
    assert (pool["__typename"], pool["partner"], pool["used"]) == ("CodePool", "wuye-8", 0)
    assert await for_partner(shop, drop, 5, "wuye-8", idempotencyKey=mark) == pool
    assert (await for_partner(shop, drop, 5, "wuye-9", idempotencyKey=mark))["__typename"] == "IdempotencyConflict"
    brought = {
        "dropId": drop["id"],
        "name": "业主名单",
        "csv": "WUYE-000001\n",
        "partner": "wuye-9",
        "idempotencyKey": key(),
    }
    assert (await admin.run(IMPORT, i=brought))["importCodes"]["partner"] == "wuye-9"
    plain = (await generate(shop, drop["id"], 1))["id"]
    owner, neighbour, third, guest = [await shop.shopper() for _ in range(4)]
    codes = await codes_in(pool["id"])
    got = await enter(owner, codes[0], again := key())
    assert (got["source"], got["moves"]) == ("合作方专享", [{"why": "合作方专享"}])
    assert await enter(owner, codes[0], again) == got
    assert (await enter(neighbour, codes[1]))["source"] == "合作方专享"
    assert (await enter(third, "wuye000001"))["source"] == "合作方专享"
    assert (await enter(guest, (await codes_in(plain))[0]))["source"] == "券码兑换"
    await pay(shop.world, await place(owner, {"BEEF": 1}))
    figures = (await admin.run(FIGURES, i=drop["id"]))["couponDrop"]["linkFigures"]
    assert figures == [
        {"owner": "PARTNER", "code": "wuye-8", "token": None, "claimed": 2, "redeemed": 1, "discountFen": 500},
        {"owner": "PARTNER", "code": "wuye-9", "token": None, "claimed": 1, "redeemed": 0, "discountFen": 0},
    ]
    rows = await database.fetch("SELECT source, via FROM coupons WHERE merchant_id = $1 ORDER BY via", shop.merchant_id)
    assert [(r["source"], r["via"]) for r in rows] == [
        ("partner", "partner:wuye-8"), ("partner", "partner:wuye-8"), ("partner", "partner:wuye-9"), ("code", None)
    ]  # fmt: skip

    private = await make(shop, access="LINK", perMember=1)
    for kind, source in (("PARTNER", "合作方专享"), ("POSTER", "专属链接领取")):
        shopper = await shop.shopper()
        assert await through(shopper, (await link(shop, private["id"], kind, "wuye-8"))["token"]) == "Coupon"
        assert set((await held(shopper)).values()) == {source}


@pytest.mark.usefixtures("exact")
async def test_one_code_of_a_partner_is_had_once_however_many_press(shop: Shop) -> None:
    """K04, C8: of twelve people with the same code at the same moment one has the coupon, marked as the partner's; the others are told."""
    drop = await make(shop, access="CODES", perMember=1)
    [code] = await codes_in((await for_partner(shop, drop, 1, "wuye-8"))["id"])
    people = [await shop.shopper() for _ in range(12)]
    told = await asyncio.gather(*(enter(one, code) for one in people))
    assert sorted(t["__typename"] for t in told) == ["CodeUsed"] * 11 + ["Coupon"]
    rows = await database.fetch("SELECT source, via FROM coupons WHERE merchant_id = $1", shop.merchant_id)
    assert [(r["source"], r["via"]) for r in rows] == [("partner", "partner:wuye-8")]


async def test_a_partner_that_is_none_is_refused(shop: Shop) -> None:
    """K04: a code that no link could have either is refused at its field, by command too, and no pool is made; empty means nobody."""
    drop = await make(shop, access="CODES")
    for wrong in ("物业", "a b", "x" * 25, "a~b", "a:b"):
        refused = await for_partner(shop, drop, 1, wrong)
        assert (refused["__typename"], refused["problems"][0]["path"]) == ("InvalidInput", "partner")
    both = await for_partner(shop, drop, 0, "物业", name="")
    assert [p["path"] for p in both["problems"]] == ["name", "partner", "count"]
    code, said = await command(shop, "codes", "generate", "--drop", drop["id"], "--count", "1", "--partner", "物业")
    assert code == 1 and "partner: " in said
    assert await database.fetchval("SELECT count(*) FROM code_pools WHERE merchant_id = $1", shop.merchant_id) == 0
    assert (await for_partner(shop, drop, 1, "  "))["partner"] is None
    code, said = await command(shop, "codes", "generate", "--drop", drop["id"], "--count", "1", "--partner", "wuye-8")
    assert code == 0 and "1 个券码" in said
    text = "{ codePools { nodes { partner } } }"
    assert [p["partner"] for p in (await (await shop.admin()).run(text))["codePools"]["nodes"]] == ["wuye-8", None]
