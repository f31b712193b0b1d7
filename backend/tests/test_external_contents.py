"""Contents of coupons beyond the contract (K01) at a till (K07): bought, handed over and given back with the numbers of the till."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend import orders
from backend.kit.clock import now
from backend.tests.conftest import Shop, claim
from backend.tests.refunding import account, sound, together
from backend.tests.test_external import pay_code, till
from backend.tests.test_more_coupons import states


async def code_of(shop: Shop, client: Any, **content: Any) -> str:
    found = await claim(client, await shop.drop(content=content))
    code: str = found["code"]
    return code


@pytest.mark.usefixtures("exact")
async def test_an_article_for_three_yuan_at_the_till(shop: Shop) -> None:
    """K07 K01 换购: the coupon's code at a till; cancelled it is free again, then sold, replayed the same, given back in two parts to
    the fen, and with the last part the coupon."""
    me, pos = await shop.shopper(), await till(shop)
    code = await code_of(shop, me, kind="EXCHANGE", sku="TOFU", priceFen=300, minFen=5000)
    lines, more = {"TOFU": 2, "SHRIMP": 1}, {"couponCodes": [code]}
    few = await pos.prepare(me, "E-0", {"TOFU": 1, "BEEF": 1}, **more)
    assert (few["dueFen"], await states(me)) == (4900, ["ISSUED"]), "the others do not come to 50: it is not used"
    await pos.cancel("E-0")
    held = await pos.prepare(me, "E-1", lines, **more)
    assert (held["dueFen"], await states(me)) == (300 + 900 + 6000, ["LOCKED"])
    twice = await pos.prepare(me, "E-2", lines, **more)
    assert twice["__typename"] != "ExternalRequest" or twice["dueFen"] == 7800, (
        "one that is locked lowers no second sale"
    )
    if twice["__typename"] == "ExternalRequest":
        await pos.cancel("E-2")
    await pos.cancel("E-1")
    assert await states(me) == ["ISSUED"]
    one = await pos.prepare(me, "E-3", lines, **more)
    done = await pos.consume("E-3", one["dueFen"], handedOver=True)
    assert done["state"] == "CONSUMED" and await pos.consume("E-3", one["dueFen"], handedOver=True) == done
    assert await states(me) == ["REDEEMED"]
    first = await pos.reverse("E-3", "R1", {"SHRIMP": 1})
    assert await pos.reverse("E-3", "R1", {"SHRIMP": 1}) == first
    last = await pos.reverse("E-3", "R2")
    assert first["refund"]["refundFen"] + last["refund"]["refundFen"] == 7200
    assert (last["state"], await states(me)) == ("REVERSED", ["ISSUED"])
    await _books_hold(shop)


@pytest.mark.usefixtures("exact")
async def test_a_promise_at_two_tills_at_once(shop: Shop) -> None:
    """K07 K01 全额返: chosen by its code it lowers no price; of two tills that send it at once one has it; what it brings comes at
    hand-over, and goes with the goods; the pay code alone never uses it up."""
    me, pos, other = await shop.shopper(), await till(shop), await till(shop)
    code = await code_of(shop, me, kind="GIVE_BACK", backFen=5000)
    unasked = await pos.prepare(me, "G-0", {"BEEF": 1}, memberCode=await pay_code(me))
    assert (unasked["dueFen"], await states(me)) == (4000, ["ISSUED"])
    await pos.cancel("G-0")
    more = {"couponCodes": [code]}
    await together(*(p.prepare(me, n, {"TOFU": 1, "BEEF": 1}, **more) for p, n in ((pos, "G-1"), (other, "G-2"))))
    assert await states(me) == ["LOCKED"]
    await asyncio.gather(*(p.consume(n, 4900, handedOver=True) for p, n in ((pos, "G-1"), (other, "G-2"))))
    assert await states(me) == ["REDEEMED"] and await account(shop, me) == {"red_packet": 4900}
    for p, n in ((pos, "G-1"), (other, "G-2")):
        await p.reverse(n, "R1", {"BEEF": 1})
    assert await account(shop, me) == {"red_packet": 900}
    for p, n in ((pos, "G-1"), (other, "G-2")):
        await p.reverse(n, "R2")
    assert "red_packet" not in await account(shop, me) and await states(me) == ["ISSUED"]
    await _books_hold(shop)


async def _books_hold(shop: Shop) -> None:
    assert (await orders.books.day_of(shop.merchant_id, (now() + timedelta(hours=8)).date())).holds
    await sound(shop)
