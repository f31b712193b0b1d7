"""K04: where coupons come from: becoming a member 办会员 brings one, once; a partner (物业) gives its people theirs; each says so."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from backend import automation, events, members
from backend.demo.client import Client
from backend.kit import database, outbox
from backend.kit.clock import now
from backend.kit.outbox import Stored
from backend.tests.conftest import Shop, make_shop, within
from backend.tests.refunding import sound
from backend.tests.test_coupon_kinds import LADDER, held, template
from backend.tests.test_drops import me
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
