"""P04: a merchant's caps on what red packets, points and balance pay of an order, from the setting to the refund."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import merchants, orders, pricing
from backend.demo.client import Client
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import QUOTE, Shop, command, pay, place
from backend.tests.preselling import QUOTE_REST, deposited, pass_time, place_rest, presale
from backend.tests.refunding import account, bought, grant, refund, sound, together
from backend.tests.test_external import till
from backend.tests.test_red_packets import give, held

CAPPED = "capped { kind mostFen sentence }"
PRICED = QUOTE.replace(
    "tenders { kind fen points }",
    f"tenders {{ kind fen points }} {CAPPED} redPackets {{ packet {{ id }} paysFen reason }}",
)
CART = {"TRIPE": 1, "BEEF": 1}  # 140.00
ALL: dict[str, Any] = {"points": 90_000, "balanceFen": 90_000, "redPackets": "AUTO"}


async def priced(client: Client, lines: dict[str, int], **tenders: Any) -> dict[str, Any]:
    cart = {"lines": [{"sku": s, "qty": n} for s, n in lines.items()], "delivery": "PICKUP", "tenders": tenders}
    found: dict[str, Any] = (await client.run(PRICED, c=cart))["quoteCart"]
    return found


def paid(seen: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for t in seen["tenders"]:
        found[t["kind"]] = found.get(t["kind"], 0) + t["fen"]
    return found


async def rich(shop: Shop) -> Client:
    shopper = await shop.shopper()
    await grant(shop, shopper, "points", 50_000)
    await grant(shop, shopper, "balance", 50_000)
    return shopper


async def test_caps_hold_from_the_setting_to_the_refund(shop: Shop) -> None:
    """P04, O1, O2: without a setting tenders pay all; with caps the quote says in words which one bites, the order holds exactly what
    the quote said, keeps the caps of its day, and refunds give each tender back what it paid, to the fen."""
    shopper = await rich(shop)
    first, second = await give(shop, shopper, 400, days=1), await give(shop, shopper, 400, days=2)
    free = await priced(shopper, CART, **ALL)
    assert (free["dueFen"], paid(free), free["capped"]) == (0, {"red_packet": 800, "points": 13_200}, [])
    caps = [
        ("points", ["--max-share-bp", "5000"]),
        ("red_packet", ["--max-fen", "600"]),
        ("balance", ["--max-share-bp", "3333", "--max-fen", "4000"]),
    ]
    for kind, arguments in caps:
        assert (await command(shop, "tender-policy", "--tender", kind, *arguments))[0] == 0
    said = '{"red_packet": {"fen": 600}, "points": {"bp": 5000}, "balance": {"bp": 3333, "fen": 4000}}\n'
    assert await command(shop, "tender-policy") == (0, said)

    seen = await priced(shopper, CART, **ALL)
    assert (seen["payableFen"], seen["dueFen"]) == (14_000, 14_000 - 600 - 7000 - 4000)
    assert paid(seen) == {"red_packet": 600, "points": 7000, "balance": 4000}
    assert seen["capped"] == [
        {"kind": "red_packet", "mostFen": 600, "sentence": "红包每单最多抵 ¥6.00"},
        {"kind": "points", "mostFen": 7000, "sentence": "积分最多抵 50%，这一单最多 ¥70.00"},
        {"kind": "balance", "mostFen": 4000, "sentence": "余额最多抵 33.33%、每单 ¥40.00，这一单最多 ¥40.00"},
    ]
    assert [(p["packet"]["id"], p["paysFen"]) for p in seen["redPackets"]] == [(first, 400), (second, 200)]
    order = await place(shopper, CART, tenders=ALL)
    assert (order["__typename"], order["dueFen"]) == ("Order", 2400)
    assert await held(shopper) == {first: (0, 400, "HELD"), second: (200, 200, "USABLE")}
    frozen = await orders.frozen_request(shop.merchant_id, decode("ord", order["id"]))  # type: ignore[arg-type]
    assert frozen["policy"]["tender_caps"]["points"] == {"bp": 5000}
    await pay(shop.world, order)
    for kind, _ in caps:
        assert (await command(shop, "tender-policy", "--tender", kind, "--no-cap"))[0] == 0
    assert await command(shop, "tender-policy") == (0, "{}\n")
    await sound(shop)  # the order prices again under the caps of its day

    admin = await shop.admin()
    one = await refund(admin, order, {"BEEF": 1})
    two = await refund(admin, order, {"TRIPE": 1})
    assert [r["refundFen"] for r in two["refunds"]] == [4000, 10_000]
    back: dict[str, int] = {}
    for part in (p for r in two["refunds"] for p in r["parts"]):
        back[part["to"]] = back.get(part["to"], 0) + part["fen"]
    assert back == {"RED_PACKET": 600, "POINTS": 7000, "BALANCE": 4000, "WECHAT": 2400}
    assert one["refunds"][0]["refundFen"] == 4000
    left = await account(shop, shopper)
    assert left == {"points": 50_000, "balance": 50_000, "red_packet": 800, "refund_due": 2400}
    await sound(shop)


async def test_a_tender_that_is_shut_out_says_so(shop: Shop) -> None:
    """P04: a cap of nothing is said as that; packets that cannot pay say why; what does not bite says nothing."""
    shopper = await rich(shop)
    await give(shop, shopper, 300)
    await merchants.set_tender_cap(shop.merchant_id, "red_packet", None, 0, now())
    await merchants.set_tender_cap(shop.merchant_id, "points", 0, None, now())
    await merchants.set_tender_cap(shop.merchant_id, "balance", None, 90_000, now())
    seen = await priced(shopper, CART, **ALL)
    assert paid(seen) == {"balance": 14_000}
    assert [c["sentence"] for c in seen["capped"]] == ["这家店不能用红包抵扣", "这家店不能用积分抵扣"]
    assert [p["reason"] for p in seen["redPackets"]] == ["这家店不能用红包抵扣"]
    assert (await priced(shopper, CART))["capped"] == []  # nothing was asked for


async def test_a_cap_that_comes_between_the_price_and_the_order(shop: Shop) -> None:
    """P04, Q05: the shopper is told the new price; nothing was taken. Of many orders at once each keeps to the cap."""
    shopper = await rich(shop)
    tenders = {"points": 90_000}
    token = (await priced(shopper, CART, **tenders))["token"]
    await merchants.set_tender_cap(shop.merchant_id, "points", 2500, None, now())
    changed = await place(shopper, CART, token, tenders=tenders)
    assert changed["__typename"] == "PriceChanged" and await account(shop, shopper) == {
        "points": 50_000,
        "balance": 50_000,
    }
    token = (await priced(shopper, CART, **tenders))["token"]
    made = await together(*(place(shopper, CART, token, tenders=tenders) for _ in range(5)))
    assert [(o["__typename"], o["dueFen"]) for o in made] == [("Order", 10_500)] * 5
    await sound(shop)


async def test_tills_and_the_rest_of_a_pre_sale_keep_to_the_caps(shop: Shop) -> None:
    """P04, Q09: prepareOrder of a till holds no more than the cap; of a pre-sale's rest the share is of the whole price, the deposit in
    it, and the tender leaves to the deposit what it paid."""
    promotion = await presale(shop)
    shopper = await rich(shop)
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await merchants.set_tender_cap(shop.merchant_id, "points", 5000, None, now())
    pos = await till(shop)
    one = await pos.prepare(shopper, "A-1", {"BEEF": 1}, tenders={"points": 9000})
    assert (one["__typename"], one["dueFen"]) == ("ExternalRequest", 2000)
    done = await pos.consume("A-1", 2000, handedOver=True)
    assert done["state"] == "CONSUMED"
    assert (await account(shop, shopper))["points"] == 48_000

    await pass_time(shop, made)
    text = QUOTE_REST.replace("tenders { kind fen }", f"tenders {{ kind fen }} {CAPPED}")
    wish = {"presaleId": made["id"], "delivery": "PICKUP", "tenders": {"points": 90_000}}
    seen = (await shopper.run(text, i=wish))["quotePresale"]
    assert (seen["quote"]["payableFen"], seen["dueFen"]) == (9000, 9000 - 1000 - 4500)
    assert seen["quote"]["capped"] == [
        {"kind": "points", "mostFen": 4500, "sentence": "积分最多抵 50%，这一单最多 ¥45.00"}
    ]
    rest = await place_rest(shopper, made, tenders={"points": 90_000})
    assert (rest["__typename"], rest["dueFen"]) == ("Order", 3500)
    await pay(shop.world, rest)
    assert (await account(shop, shopper))["points"] == 43_500
    await sound(shop)


async def test_bad_caps_change_nothing(shop: Shop) -> None:
    """P04: half a wish, two at once, more than all, less than nothing, an unknown tender or merchant: exit 2, nothing changed."""
    good = ["--tender", "points", "--max-share-bp", "5000"]
    assert (await command(shop, "tender-policy", *good))[0] == 0
    for wrong in (
        ["--tender", "points"],
        ["--max-fen", "100"],
        ["--no-cap"],
        [*good, "--no-cap"],
        ["--tender", "points", "--max-share-bp", "10001"],
        ["--tender", "points", "--max-share-bp", "-1"],
        ["--tender", "points", "--max-fen", "1.5"],
        ["--tender", "cash", "--max-fen", "100"],
        ["--tender", "points", "--max-fen", "100", "--merchant", "nobody"],
    ):
        assert (await command(shop, "tender-policy", *wrong))[0] == 2, wrong
    for kind, bp, fen in (("cash", 1, None), ("points", 10_001, None), ("points", None, -1)):
        with pytest.raises(ValueError, match=r"tender|cap"):
            await merchants.set_tender_cap(shop.merchant_id, kind, bp, fen, now())
    assert (await merchants.price_policy(shop.merchant_id)).tender_caps == (pricing.TenderCap("points", 5000, None),)
    shopper = await rich(shop)
    await bought(shop, shopper, {"BEEF": 1}, tenders={"points": 90_000})
    assert (await account(shop, shopper))["points"] == 48_000


async def test_an_open_cart_hears_of_a_cap(shop: Shop) -> None:
    """P04, Q05: a cap that is set or taken away while a cart is open prices it again and says why."""
    shopper = await rich(shop)
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "tenders": {"points": 90_000}}
    text = f"subscription($c: CartInput!) {{ cartQuote(input: $c) {{ version cause result {{ ... on Quote {{ dueFen {CAPPED} }} }} }} }}"
    async with shopper.subscribe(text, c=cart) as frames, asyncio.timeout(20):
        assert (await anext(frames))["cartQuote"]["result"] == {"dueFen": 0, "capped": []}
        assert (await command(shop, "tender-policy", "--tender", "points", "--max-share-bp", "2500"))[0] == 0
        seen = (await anext(frames))["cartQuote"]
        assert (seen["cause"], seen["result"]["dueFen"]) == ("抵扣规则有变化", 3000)
        assert [c["mostFen"] for c in seen["result"]["capped"]] == [1000]
        assert (await command(shop, "tender-policy", "--tender", "points", "--no-cap"))[0] == 0
        assert (await anext(frames))["cartQuote"]["result"] == {"dueFen": 0, "capped": []}
