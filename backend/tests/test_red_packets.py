"""Red packets 红包 through the API: as tender, earned, refunded, clawed back, given by hand (B01, P04, P05, Q08)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend import ledger, merchants, orders
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, encode
from backend.tests.conftest import QUOTE, Shop, place
from backend.tests.refunding import (
    account,
    bought,
    complete,
    member_of,
    preview,
    refund,
    sound,
    together,
)

HELD = "benefitAccount { redPacketFen redPackets { nodes { id faceFen leftFen heldFen minFen state source sentence } } entries { nodes { unit amount sentence } } }"
PRICED = QUOTE.replace(
    "tenders { kind fen points }", "tenders { kind id fen } redPackets { packet { id leftFen } paysFen reason }"
)
GRANT = """mutation($i: GrantRedPacketInput!) { grantRedPacket(input: $i) { __typename ... on RedPacket { id faceFen leftFen minFen state source sentence expiresAt }
  ... on InvalidInput { problems { path message } } ... on ClerkLimitReached { givenFen limitFen message } ... on NotFound { message } } }"""


async def give(shop: Shop, shopper: Client, fen: int, least: int = 0, days: float = 30, mark: str | None = None) -> str:
    """A red packet that ends so many days from now; its id."""
    member, business_key = await member_of(shopper), f"test:{mark or key()}"
    async with database.transaction() as tx:
        await ledger.packets.give(
            tx,
            shop.merchant_id,
            member,
            fen,
            ledger.PacketTerms(least, now() + timedelta(days=days)),
            kind="grant",
            business_key=business_key,
            at=now(),
            memo={},
        )
    packet = await ledger.packets.by_key(shop.merchant_id, business_key, now())
    assert packet is not None
    return encode("rpk", packet.id)


async def ends(packet: str, at: datetime) -> None:
    """Moves the end of a red packet, as if its time had come."""
    await database.pool().execute("UPDATE lots SET expires_at = $2 WHERE id = $1", decode("rpk", packet), at)


async def priced(client: Client, lines: dict[str, int], **more: Any) -> dict[str, Any]:
    cart = {"lines": [{"sku": s, "qty": n} for s, n in lines.items()], "delivery": "PICKUP", **more}
    found: dict[str, Any] = (await client.run(PRICED, c=cart))["quoteCart"]
    return found


async def held(client: Client) -> dict[str, tuple[int, int, str]]:
    """(left, held, state) of every red packet."""
    nodes = (await client.run(f"{{ {HELD} }}"))["benefitAccount"]["redPackets"]["nodes"]
    return {n["id"]: (n["leftFen"], n["heldFen"], n["state"]) for n in nodes}


AUTO = {"tenders": {"redPackets": "AUTO"}}


async def test_red_packets_pay_soonest_end_first_and_what_is_not_needed_stays(shop: Shop) -> None:
    """P04, B01, contract §6: AUTO uses the packet that ends first, each only from its minimum on; what the order does not
    need stays in the packet; cancelling frees, paying spends; the account shows each by its state."""
    shopper = await shop.shopper()
    late, soon = await give(shop, shopper, 3000, days=20), await give(shop, shopper, 500, days=2)
    dear = await give(shop, shopper, 9900, least=10000, days=1)
    seen = await priced(shopper, {"PORK": 1}, **AUTO)  # 30.00
    assert [(t["id"], t["fen"]) for t in seen["tenders"]] == [(soon, 500), (late, 2500)] and seen["dueFen"] == 0
    assert [(p["packet"]["id"], p["paysFen"], p["reason"]) for p in seen["redPackets"]] == [
        (dear, 0, "满 ¥100.00 可用，还差 ¥70.00"),
        (soon, 500, None),
        (late, 2500, None),
    ]
    chosen = await priced(shopper, {"PORK": 1}, tenders={"redPacketIds": [soon]})
    assert chosen["dueFen"] == 2500 and chosen["redPackets"][2]["reason"] == "未选用"
    assert (await priced(shopper, {"PORK": 1}))["dueFen"] == 3000
    order = await place(shopper, {"BEEF": 1}, **AUTO)  # 40.00: 5 + 30 in packets, 5 in cash
    assert (order["state"], order["dueFen"]) == ("AWAITING_PAYMENT", 500)
    assert await held(shopper) == {dear: (9900, 0, "USABLE"), soon: (0, 500, "HELD"), late: (0, 3000, "HELD")}
    await sound(shop)
    await shopper.run(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    assert await held(shopper) == {dear: (9900, 0, "USABLE"), soon: (500, 0, "USABLE"), late: (3000, 0, "USABLE")}
    paid = await place(shopper, {"PORK": 1}, **AUTO)
    assert paid["state"] == "PAID"
    assert await held(shopper) == {dear: (9900, 0, "USABLE"), soon: (0, 0, "USED"), late: (500, 0, "USABLE")}
    shown = (await shopper.run(f"{{ {HELD} }}"))["benefitAccount"]
    assert shown["redPacketFen"] == 10400 and shown["entries"]["nodes"][0]["sentence"].endswith("用了 ¥30.00 红包")
    await sound(shop)


async def test_red_packet_refusals_change_nothing(shop: Shop) -> None:
    """P04, Q07: a packet of somebody else, one that is spent or one that has ended is refused by its place, also when it
    ended between the price and the order, and whatever the schedule did; nothing is taken."""
    shopper, other = await shop.shopper(), await shop.shopper()
    theirs, mine = await give(shop, other, 500), await give(shop, shopper, 500)
    seen = await priced(shopper, {"PORK": 1}, tenders={"redPacketIds": [mine, theirs]})
    assert seen["problems"] == [{"path": "tenders.redPacketIds[1]", "message": "这个红包已用完或已过期，请重新选择"}]
    choice = {"tenders": {"redPacketIds": [mine]}}
    token = (await priced(shopper, {"PORK": 1}, **choice))["token"]
    stale = await place(shopper, {"PORK": 1}, token, tenders={"redPacketIds": []})
    assert stale["problems"][0]["path"] == "quoteToken"  # the choice belongs to the cart that was quoted
    await ends(mine, now() - timedelta(seconds=1))
    late = await place(shopper, {"PORK": 1}, token, **choice)
    assert late["problems"][0]["path"] == "tenders.redPacketIds[0]"
    assert await held(shopper) == {mine: (0, 0, "EXPIRED")}
    assert (await shopper.run("{ benefitAccount { redPacketFen } }"))["benefitAccount"]["redPacketFen"] == 0
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {} and await held(shopper) == {mine: (0, 0, "EXPIRED")}
    assert await account(shop, other) == {"red_packet": 500}
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 0
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_one_red_packet_pays_for_one_order_in_a_race(shop: Shop) -> None:
    """O4, L3: many orders at once with one packet: one has it, the others are told the new price, nothing else was taken."""
    shopper = await shop.shopper()
    packet = await give(shop, shopper, 500)
    choice = {"tenders": {"redPacketIds": [packet]}}
    token = (await priced(shopper, {"PORK": 1}, **choice))["token"]
    answers = await together(*(place(shopper, {"PORK": 1}, token, **choice) for _ in range(8)))
    kinds = sorted(a["__typename"] for a in answers)
    assert kinds.count("Order") == 1 and set(kinds) <= {"Order", "InvalidInput", "PriceChanged"}
    assert await held(shopper) == {packet: (0, 500, "HELD")}
    row = await database.fetchrow(
        "SELECT sum(reserved) AS reserved FROM stock WHERE merchant_id = $1 AND sku = 'PORK'", shop.merchant_id
    )
    assert row is not None and row["reserved"] == 1


async def test_orders_in_a_race_with_expiry_and_payment(shop: Shop) -> None:
    """L6, O4: what an order holds outlives the packet's end while it waits for payment; the schedule beside it takes only
    what is free; a time-out frees nothing that has ended."""
    shopper = await shop.shopper()
    packet = await give(shop, shopper, 1000)
    choice = {"tenders": {"redPacketIds": [packet]}}
    kept, lost = await place(shopper, {"TOFU": 1}, **choice), None  # 9.00
    await ends(packet, now() - timedelta(seconds=1))
    await asyncio.gather(*(ledger.expire_lots(now(), 5) for _ in range(3)))
    assert await account(shop, shopper) == {} and kept["state"] == "PAID"  # nothing was due: paid at once
    other = await give(shop, shopper, 1000)
    lost = await place(shopper, {"PORK": 1}, tenders={"redPacketIds": [other]})
    await ends(other, now() - timedelta(seconds=1))
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {"red_packet": 1000} and await held(shopper) == {
        packet: (0, 0, "EXPIRED"),
        other: (0, 1000, "HELD"),
    }
    await sound(shop)
    await orders.cancel(shop.merchant_id, None, decode("ord", lost["id"]), key(), "system", now())  # type: ignore[arg-type]
    assert await held(shopper) == {packet: (0, 0, "EXPIRED"), other: (0, 0, "EXPIRED")}
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {}
    await sound(shop)


async def test_refunds_give_back_to_the_packet_that_paid(shop: Shop) -> None:
    """Q08, contract §8: each batch gives back to each packet its part; one that has ended meanwhile lives thirty days more
    with what comes back, what had ended of it stays ended; all is back to the fen once all is returned."""
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    first, second = await give(shop, shopper, 1000, days=3), await give(shop, shopper, 2500, days=9)
    order = await bought(shop, shopper, {"PORK": 3}, done=True, **AUTO)  # 90.00: 10 + 25 in packets, 55 in cash
    assert order["dueFen"] == 5500
    spare = await give(shop, shopper, 700, days=5)
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    parts = {p["to"]: p["fen"] for p in seen["parts"]}
    assert sum(parts.values()) == 3000 and "退回红包" in "".join(seen["sentences"])
    answer = await refund(clerk, order, {"PORK": 1})
    assert answer["__typename"] == "Order", answer
    back = await held(shopper)
    assert back[first][0] + back[second][0] == parts["RED_PACKET"] and back[first][2] == "USABLE"
    await sound(shop)
    await ends(first, now() - timedelta(days=1))  # what came back ends; the next batch gives it a new life
    await refund(clerk, order, {"PORK": 2})
    after = await held(shopper)
    assert after[first][0] == 1000 - back[first][0] and after[second] == (2500, 0, "USABLE")
    lot = await database.fetchval("SELECT expires_at FROM lots WHERE id = $1", decode("rpk", first))
    assert timedelta(days=30) < lot - now() <= timedelta(days=31)
    assert after[spare] == (700, 0, "USABLE")
    cash = await database.fetchval("SELECT sum(cash_fen) FROM refunds WHERE merchant_id = $1", shop.merchant_id)
    there = {"red_packet": 1000 - back[first][0] + 2500 + 700, "refund_due": 5500}
    assert cash == 5500 and await account(shop, shopper) == there
    await sound(shop)


async def test_a_packet_lives_on_once_after_its_end(shop: Shop) -> None:
    """Q08: a packet that two orders used before its end comes back from each with thirty days; what was used in those days comes
    back while they last, and is gone after them, so that a packet is not kept alive by buying and giving back."""
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    packet = await give(shop, shopper, 2000, days=3)

    async def left() -> tuple[int, str]:
        found = (await held(shopper))[packet]
        return found[0], found[2]

    one = await bought(shop, shopper, {"TOFU": 1}, **AUTO)  # 9.00 of it
    two = await bought(shop, shopper, {"TOFU": 1}, **AUTO)
    await ends(packet, now() - timedelta(milliseconds=1))
    await refund(clerk, one, {"TOFU": 1})
    assert await left() == (900, "USABLE")
    await ends(packet, now() - timedelta(milliseconds=1))
    await refund(clerk, two, {"TOFU": 1})
    assert await left() == (900, "USABLE")  # what had ended of it stays ended
    again = await bought(shop, shopper, {"TOFU": 1}, **AUTO)
    assert again["dueFen"] == 0
    await refund(clerk, again, {"TOFU": 1})
    assert await left() == (900, "USABLE")
    last = await bought(shop, shopper, {"TOFU": 1}, **AUTO)
    await ends(packet, now() - timedelta(milliseconds=1))
    assert (await refund(clerk, last, {"TOFU": 1}))["__typename"] == "Order"
    assert await left() == (0, "EXPIRED")
    while await ledger.expire_lots(now()):
        pass
    assert await account(shop, shopper) == {}
    await sound(shop)


EARN = {"type": "earn_red_packet", "min": 5000, "fen": 600}


async def earned(shop: Shop, shopper: Client, lines: dict[str, int], **more: Any) -> tuple[dict[str, Any], str]:
    """A completed order and the red packet that it granted."""
    before = set(await held(shopper))
    order = await bought(shop, shopper, lines, done=True, **more)
    [packet] = set(await held(shopper)) - before
    return order, packet


async def test_earned_red_packet_comes_at_completion_on_the_terms_of_its_day(shop: Shop) -> None:
    """P05: 满返红包 is promised with its terms, granted once when the order completes, on what was paid without red packets;
    terms that change later concern later orders."""
    await merchants.set_red_packet_policy(shop.merchant_id, {"days": 7, "min_fen": 2000})
    await shop.promotion({**EARN, "every": True}, name="满返红包")
    shopper = await shop.shopper()
    seen = await priced(shopper, {"TRIPE": 1, "PORK": 1})  # 130.00
    assert [e["sentence"] for e in seen["earn"]] == ["完成后得 ¥12.00 红包（7 天内有效，满 ¥20.00 可用）"]
    order = await bought(shop, shopper, {"TRIPE": 1, "PORK": 1})
    await merchants.set_red_packet_policy(shop.merchant_id, {"days": 90, "min_fen": 0})
    assert await held(shopper) == {}
    answers = await together(*(complete(shop, order) for _ in range(4)))
    assert sorted(a["__typename"] for a in answers) == [
        "Order",
        "OrderNotInState",
        "OrderNotInState",
        "OrderNotInState",
    ]
    [packet] = (await shopper.run(f"{{ {HELD} }}"))["benefitAccount"]["redPackets"]["nodes"]
    assert (packet["leftFen"], packet["minFen"], packet["state"]) == (1200, 2000, "USABLE")
    assert packet["source"] == f"订单 {order['number']} 完成返红包" and packet["sentence"].startswith(
        "满 ¥20.00 可用，有效期至"
    )
    end = await database.fetchval("SELECT expires_at FROM lots WHERE id = $1", decode("rpk", packet["id"]))
    assert timedelta(days=7) < end - now() <= timedelta(days=8)
    again = await priced(shopper, {"TRIPE": 1}, **AUTO)  # 100.00 less 12.00: one full 50 counts
    assert [(t["fen"], e["sentence"][:8]) for t in again["tenders"] for e in again["earn"]] == [(1200, "完成后得 ¥6.")]
    await sound(shop)


async def test_what_is_refunded_before_completion_is_not_granted(shop: Shop) -> None:
    """P05, Q08: a part that comes back before the goods are handed over lessens the packet that will come; nothing is
    withheld, for nothing was had."""
    await shop.promotion({**EARN, "every": True}, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order = await bought(shop, shopper, {"TRIPE": 1, "PORK": 2})  # 160.00: 18.00 would come
    seen = await preview(clerk, order, {"TRIPE": 1}, staff=True)
    assert "订单完成时少得 ¥12 红包" in seen["sentences"] and seen["withheldFen"] == 0
    assert (await refund(clerk, order, {"TRIPE": 1}))["refunds"][-1]["paidOutFen"] == 10000
    assert await held(shopper) == {} and (await complete(shop, order))["__typename"] == "Order"
    assert [left for left, _, _ in (await held(shopper)).values()] == [600]
    await sound(shop)


async def test_terms_by_command(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P05: `shuhui red-packet-policy` shows and changes the terms of red packets earned from now on; nonsense is refused."""
    monkeypatch.setenv("DATABASE_URL", shop.world.settings.database_url)
    monkeypatch.setenv("REDIS_URL", shop.world.settings.redis_url)

    def run(*args: str) -> Any:
        command = [sys.executable, "-m", "backend.cli", "red-packet-policy", "--merchant", shop.code, *args]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run().stdout == '{"days": 30, "min_fen": 0}\n'
    assert run("--days", "7", "--min-fen", "5000").stdout == '{"days": 7, "min_fen": 5000}\n'
    assert await merchants.red_packet_policy(shop.merchant_id) == {"days": 7, "min_fen": 5000}
    assert run("--days", "0").returncode == 2


async def test_earned_red_packet_is_clawed_back_by_what_is_left_of_it(shop: Shop) -> None:
    """Q08, contract §8: below the threshold the packet goes back; what of it was spent is withheld from the refund; kept
    while the order still meets the threshold."""
    await shop.promotion(EARN, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    whole, packet = await earned(shop, shopper, {"PORK": 3})  # 90.00
    kept = await refund(clerk, whole, {"PORK": 1})  # 60.00 is still enough
    assert kept["refunds"][-1]["withheldFen"] == 0 and (await held(shopper))[packet] == (600, 0, "USABLE")
    gone = await refund(clerk, whole, {"PORK": 1})
    assert gone["refunds"][-1]["withheldFen"] == 0 and (await held(shopper))[packet] == (0, 0, "TAKEN_BACK")
    spent, second = await earned(shop, shopper, {"PORK": 2})
    await bought(shop, shopper, {"TOFU": 1}, tenders={"redPacketIds": [second]})  # 9.00: all of it
    seen = await preview(clerk, spent, {"PORK": 1}, staff=True)
    assert (seen["refundFen"], seen["withheldFen"], seen["paidOutFen"]) == (3000, 600, 2400)
    assert "这些商品送的 ¥6 红包要收回，其中 ¥6 红包已经用掉" in seen["sentences"]
    assert "扣下 ¥6：用掉的红包" in seen["sentences"]
    assert (await refund(clerk, spent, {"PORK": 1}))["refunds"][-1]["paidOutFen"] == 2400
    assert (await refund(clerk, spent, {"PORK": 1}))["refunds"][-1]["paidOutFen"] == 3000  # charged once
    await sound(shop)


async def test_an_earned_red_packet_that_ended_unspent_is_not_withheld(shop: Shop) -> None:
    """Q08: nobody had what has ended; a part that an order holds counts as spent."""
    await shop.promotion(EARN, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    order, packet = await earned(shop, shopper, {"PORK": 2})
    await ends(packet, now() - timedelta(minutes=1))
    seen = await preview(clerk, order, {"PORK": 2}, staff=True)
    assert seen["withheldFen"] == 0 and "这些商品送的 ¥6 红包收回，其中 ¥6 红包已过期" in seen["sentences"]
    assert (await refund(clerk, order, {"PORK": 2}))["refunds"][-1]["paidOutFen"] == 6000
    held_by, second = await earned(shop, shopper, {"PORK": 2})
    await place(shopper, {"TOFU": 1, "PORK": 1}, tenders={"redPacketIds": [second]})
    assert (await held(shopper))[second] == (0, 600, "HELD")
    assert (await refund(clerk, held_by, {"PORK": 2}))["refunds"][-1]["withheldFen"] == 600
    await sound(shop)


async def test_refund_that_is_withheld_from_red_packets(shop: Shop) -> None:
    """Q08, O2: what is withheld comes out of the packet that the batch returned before it comes out of cash."""
    await shop.promotion(EARN, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    paying = await give(shop, shopper, 1000)
    order, got = await earned(shop, shopper, {"TRIPE": 1}, tenders={"redPacketIds": [paying]})
    await bought(shop, shopper, {"TOFU": 1}, tenders={"redPacketIds": [got]})
    answer = await refund(clerk, order, {"TRIPE": 1})
    batch = answer["refunds"][-1]
    assert (batch["refundFen"], batch["withheldFen"]) == (10000, 600)
    assert {p["to"]: p["fen"] for p in batch["parts"]} == {"WECHAT": 9000, "RED_PACKET": 400}
    assert (await held(shopper))[paying] == (400, 0, "USABLE")
    await sound(shop)


async def test_refunds_and_spending_of_the_earned_packet_in_a_race(shop: Shop) -> None:
    """Q08, O4: the packet is either clawed back or spent and withheld, never both, whoever is first."""
    await shop.promotion(EARN, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    for _ in range(4):
        order, packet = await earned(shop, shopper, {"PORK": 2})
        choice = {"tenders": {"redPacketIds": [packet]}}
        token = (await priced(shopper, {"TOFU": 1}, **choice))["token"]
        seen = (await preview(clerk, order, {"PORK": 2}, staff=True))["token"]
        used, back = await together(
            place(shopper, {"TOFU": 1}, token, **choice), refund(clerk, order, {"PORK": 2}, seen)
        )
        if used["__typename"] == "Order":
            assert back["__typename"] in ("RefundChanged", "Order") and (await held(shopper))[packet][2] == "HELD"
            if back["__typename"] == "Order":  # the packet was spoken for, and its worth kept
                assert back["refunds"][-1]["withheldFen"] == 600
        else:
            assert back["refunds"][-1]["withheldFen"] == 0 and (await held(shopper))[packet][2] == "TAKEN_BACK"
    await sound(shop)


async def test_clerks_give_red_packets_with_a_reason_and_within_their_day(shop: Shop) -> None:
    """P04, K04: by hand with a reason, once for a key, together with compensation coupons within the clerk's day; whoever may
    not is refused; faults are told by their place and nothing is given."""
    shopper, clerk = await shop.shopper(), await shop.staff("customer_service")
    member = encode("mem", await member_of(shopper))
    mark = key()
    wish = {"memberId": member, "fen": 800, "minFen": 3000, "validDays": 10, "reason": "送错货", "idempotencyKey": mark}
    one, again = (await clerk.run(GRANT, i=wish))["grantRedPacket"], (await clerk.run(GRANT, i=wish))["grantRedPacket"]
    assert one == again and (one["faceFen"], one["minFen"], one["source"]) == (800, 3000, "商家赠送")
    assert await account(shop, shopper) == {"red_packet": 800}
    faulty = await clerk.run(
        GRANT, i={**wish, "fen": 0, "minFen": -1, "validDays": 0, "reason": "x", "idempotencyKey": key()}
    )
    assert [p["path"] for p in faulty["grantRedPacket"]["problems"]] == ["fen", "minFen", "validDays", "reason"]
    much = (await clerk.run(GRANT, i={**wish, "fen": 19_201, "idempotencyKey": key()}))["grantRedPacket"]
    assert (much["__typename"], much["givenFen"], much["limitFen"]) == ("ClerkLimitReached", 800, 20_000)
    stranger = (
        await clerk.run(GRANT, i={**wish, "memberId": encode("mem", shop.merchant_id), "idempotencyKey": key()})
    )["grantRedPacket"]
    assert stranger["__typename"] == "NotFound"
    assert await account(shop, shopper) == {"red_packet": 800}
    reason = await database.fetchval(
        "SELECT memo->>'reason' FROM transfers WHERE merchant_id = $1 AND kind = 'grant'", shop.merchant_id
    )
    assert reason == "送错货"
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    text = "query($s: String!) { memberLookup(search: $s) { redPackets { nodes { id state note source } } } }"
    [seen] = (await clerk.run(text, s=code))["memberLookup"]
    assert seen["redPackets"]["nodes"] == [{"id": one["id"], "state": "USABLE", "note": "送错货", "source": "商家赠送"}]
    own = (await shopper.run("{ benefitAccount { redPackets { nodes { note } } } }"))["benefitAccount"]["redPackets"]
    assert own["nodes"] == [{"note": None}]
    await sound(shop)


async def test_red_packets_in_the_books(shop: Shop) -> None:
    """B09: red packets are owed when they are given, paid with when an order is, expensed when earned, and reconcile with
    the day's orders and refunds to the fen."""
    await shop.promotion(EARN, name="满返红包")
    shopper, clerk = await shop.shopper(), await shop.staff("store_manager")
    await give(shop, shopper, 1000)
    order, _ = await earned(shop, shopper, {"TRIPE": 1}, **AUTO)
    await refund(clerk, order, {"TRIPE": 1})
    lapsed = await give(shop, shopper, 300)
    await ends(lapsed, now() - timedelta(seconds=1))
    while await ledger.expire_lots(now()):
        pass
    day = await orders.books.day_of(shop.merchant_id, (now() + timedelta(hours=8)).date())
    assert day.holds, [c for c in day.checks if not c.holds]
    assert day.totals["red_packet_liability"] == (1000 + 600 + 300, 1000 + 600 + 1000 + 300)
    assert day.totals["red_packet_expense"] == (600, 600) and day.totals["red_packet_breakage"] == (0, 300)
    assert day.totals["red_packet_granted"] == (1300, 0)
    await sound(shop)


async def test_the_cart_moves_when_a_red_packet_ends(shop: Shop) -> None:
    """Q05: the live price names the end of the soonest packet as its next change."""
    shopper = await shop.shopper()
    packet = await give(shop, shopper, 500, days=1)
    seen = await priced(shopper, {"PORK": 1}, **AUTO)
    end = await database.fetchval("SELECT expires_at FROM lots WHERE id = $1", decode("rpk", packet))
    assert datetime.fromisoformat(seen["nextChangeAt"]) == end


async def test_offers_that_bar_red_packets(shop: Shop) -> None:
    """P08: goods under an offer with no_tender red_packet are not paid by red packets, and the shopper is told."""
    await shop.promotion({"type": "amount_off", "off": 500, "no_tender": ["red_packet"]}, name="特价")
    shopper = await shop.shopper()
    packet = await give(shop, shopper, 500)
    seen = await priced(shopper, {"PORK": 1}, **AUTO)
    assert seen["tenders"] == [] and seen["dueFen"] == 2500
    assert [(p["packet"]["id"], p["reason"]) for p in seen["redPackets"]] == [(packet, "参加的活动不能用红包")]
