"""External systems (tills, marketplaces): prepare, consume, cancel and reverse under their own request numbers; each does its
work once, in whatever order it comes (decision 0017, C4, O2, O4, R04)."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from graphql import parse, validate

from backend import merchants, orders
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, encode
from backend.tests.conftest import Shop, claim, make_shop
from backend.tests.refunding import account, ask, grant, payouts, preview, refund, sound, stock, together
from backend.tests.test_red_packets import give, held
from schema.root import make_schema
from schema.trusted import TrustedDocuments, external_documents

CREATE = "mutation($i: CreateExternalSystemInput!) { createExternalSystem(input: $i) { __typename ... on ExternalSystemMade { key system { id code channel takesStock } } ... on InvalidInput { problems { path } } } }"
DOCUMENTS = external_documents()


async def pay_code(shopper: Client) -> str:
    code: str = (await shopper.run("{ payCode { code } }"))["payCode"]["code"]
    return code


class Till:
    """An external system that is logged in."""

    def __init__(self, shop: Shop, client: Client, system_id: str, secret: str) -> None:
        self.shop, self.client, self.id, self.key = shop, client, system_id, secret
        self.codes: dict[str, str] = {}

    async def prepare(self, shopper: Client, number: str, lines: dict[str, int], **more: Any) -> dict[str, Any]:
        if number not in self.codes:  # asked again, a till sends the code that it scanned
            me = await shopper.run("{ me { memberCode } payCode { code } }")
            self.codes[number] = me["payCode"]["code"] if "tenders" in more else me["me"]["memberCode"]
        wish = {
            "requestNo": number,
            "memberCode": self.codes[number],
            "storeId": encode("sto", self.shop.stores[0].id),
            "lines": [{"sku": s, "qty": n} for s, n in lines.items()],
            **more,
        }
        found: dict[str, Any] = (await self.client.run(DOCUMENTS["external:PrepareOrder"], input=wish))["prepareOrder"]
        return found

    async def consume(self, number: str, paid: int, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self.client.run(
                DOCUMENTS["external:ConsumeOrder"], input={"requestNo": number, "paidFen": paid, **more}
            )
        )["consumeOrder"]
        return found

    async def cancel(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self.client.run(DOCUMENTS["external:CancelRequest"], input={"requestNo": number})
        )["cancelRequest"]
        return found

    async def reverse(self, number: str, own: str, units: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
        rows = [{"sku": s, "qty": n} for s, n in (units or {}).items()]
        wish = {"requestNo": number, "reverseNo": own, "units": rows, "reason": "顾客退货", **more}
        found: dict[str, Any] = (await self.client.run(DOCUMENTS["external:ReverseOrder"], input=wish))["reverseOrder"]
        return found

    async def state(self, number: str) -> str | None:
        found = await self.client.run(DOCUMENTS["external:ExternalRequest"], requestNo=number)
        return found["externalRequest"]["state"] if found["externalRequest"] else None


async def till(shop: Shop, **more: Any) -> Till:
    admin = await shop.admin()
    wish = {"code": f"pos-{key()[:8].lower()}", "name": "收银台", "idempotencyKey": key(), **more}
    made = (await admin.run(CREATE, i=wish))["createExternalSystem"]
    assert made["__typename"] == "ExternalSystemMade", made
    client = shop.client()
    answer = (
        await client.run(
            DOCUMENTS["external:LogInSystem"],
            input={"merchant": shop.code, "key": made["key"], "idempotencyKey": key()},
        )
    )["logInSystem"]
    assert answer["__typename"] == "SystemSession", answer
    client.token = answer["accessToken"]
    return Till(shop, client, made["system"]["id"], made["key"])


def test_documents_of_systems_are_valid_and_trusted() -> None:
    """Where only trusted documents run, systems name theirs; every one of them is a valid document of the schema."""
    schema, trusted = make_schema(introspection=True)._schema, TrustedDocuments()
    assert len(DOCUMENTS) == 7
    for name, text in DOCUMENTS.items():
        assert validate(schema, parse(text)) == [], name
        assert trusted.text_of({"extensions": {"documentId": name}}) == text


async def test_a_sale_at_the_till(shop: Shop) -> None:
    """C4, O4, decision 0017: prepared with everything (offers, coupon, red packet, points), paid there, handed over: used up
    and earned here; the cash is the till's in the books; each verb again answers the same."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 10000, "off": 1000}]}, name="满100减10")
    await shop.promotion({"type": "earn_points", "per_yuan": 1}, name="积分")
    shopper, pos = await shop.shopper(), await till(shop)
    coupon = await claim(shopper, await shop.drop(off=500, least=5000))
    packet = await give(shop, shopper, 300)
    await grant(shop, shopper, "points", 700)
    more = {"couponCodes": [coupon["code"]], "tenders": {"points": 700, "redPackets": "AUTO"}}
    one = await pos.prepare(shopper, "A-1", {"TRIPE": 1, "BEEF": 1}, **more)
    assert one["__typename"] == "ExternalRequest", one
    assert (one["state"], one["dueFen"]) == ("PREPARED", 14000 - 1000 - 500 - 300 - 700) and one["heldUntil"]
    assert await stock(shop, "TRIPE") == (99, 1, 0, 0) and (await held(shopper))[packet] == (0, 300, "HELD")
    assert await pos.prepare(shopper, "A-1", {"TRIPE": 1, "BEEF": 1}, **more) == one
    other = await pos.prepare(shopper, "A-1", {"TRIPE": 2}, **more)
    assert other["__typename"] == "IdempotencyConflict"
    done = await pos.consume("A-1", one["dueFen"], paymentNo="P77", handedOver=True)
    assert (done["state"], done["order"]["state"]) == ("CONSUMED", "COMPLETED")
    assert await pos.consume("A-1", one["dueFen"], paymentNo="P77", handedOver=True) == done
    assert (await pos.consume("A-1", 1))["__typename"] == "IdempotencyConflict"
    assert await stock(shop, "TRIPE") == (99, 0, 1, 0) and (await held(shopper))[packet] == (0, 0, "USED")
    assert await account(shop, shopper) == {"points": 115}  # on goods less red packets and points: 115.00
    mine = (await shopper.run("{ orders { nodes { number soldBy payment { prepayId } } } }"))["orders"]["nodes"]
    assert mine == [{"number": one["order"]["number"], "soldBy": "收银台", "payment": None}]
    day = await orders.books.day_of(shop.merchant_id, (now() + timedelta(hours=8)).date())
    cash = [line for entry in day.entries for line in entry.lines if line.account == "cash"]
    assert day.holds and [(line.fen, line.mode) for line in cash] == [(11500, "external")]
    await sound(shop)


async def test_what_was_prepared_is_freed_by_cancel_or_time(shop: Shop) -> None:
    """O4: cancelling frees everything, as often as it is asked; a hold that is over is cancelled by the schedule, and the verb
    that comes too late is told the state; the till asks what became of a number."""
    shopper, pos = await shop.shopper(), await till(shop)
    packet = await give(shop, shopper, 300)
    first = await pos.prepare(shopper, "B-1", {"PORK": 1}, tenders={"redPackets": "AUTO"})
    assert (first["dueFen"], await pos.state("B-1"), await pos.state("B-0")) == (2700, "PREPARED", None)
    gone = await pos.cancel("B-1")
    assert gone["state"] == "CANCELLED" and await pos.cancel("B-1") == gone
    assert await stock(shop, "PORK") == (100, 0, 0, 0) and (await held(shopper))[packet] == (300, 0, "USABLE")
    late = await pos.consume("B-1", 2700)
    assert (late["__typename"], late["orderState"]) == ("OrderNotInState", "CANCELLED")
    await pos.prepare(shopper, "B-2", {"PORK": 1}, holdSeconds=60)
    due = [o for m, o in await orders.overdue(now() + timedelta(seconds=61), 10_000) if m == shop.merchant_id]
    assert len(due) == 1
    await orders.cancel(shop.merchant_id, None, due[0], f"overdue:{due[0]}", "system", now() + timedelta(seconds=61))
    assert await pos.state("B-2") == "CANCELLED" and (await pos.cancel("B-2"))["state"] == "CANCELLED"
    assert (await pos.consume("B-2", 3000))["orderState"] == "CANCELLED"
    assert await payouts(shop) == []  # nothing is owed back by us: the till has the money
    await sound(shop)


async def test_a_cancellation_that_overtakes_its_preparation(shop: Shop) -> None:
    """空回滚, 防悬挂: a number that is cancelled before it was prepared is cancelled, and its preparation, when it comes, holds
    nothing; verbs on numbers that never came are told so."""
    shopper, pos = await shop.shopper(), await till(shop)
    empty = await pos.cancel("C-1")
    assert (empty["state"], empty["order"], empty["dueFen"]) == ("CANCELLED", None, 0)
    assert await pos.cancel("C-1") == empty and await pos.state("C-1") == "CANCELLED"
    assert (await pos.prepare(shopper, "C-1", {"PORK": 1}))["__typename"] == "RequestCancelled"
    assert (await pos.consume("C-1", 3000))["__typename"] == "RequestCancelled"
    assert (await pos.reverse("C-1", "R1"))["__typename"] == "RequestCancelled"
    assert (await pos.consume("C-2", 3000))["__typename"] == "NotFound"
    assert (await pos.reverse("C-2", "R1"))["__typename"] == "NotFound"
    assert await stock(shop, "PORK") == (100, 0, 0, 0)
    assert await database.fetchval("SELECT count(*) FROM orders WHERE merchant_id = $1", shop.merchant_id) == 0
    await sound(shop)


async def test_reversals_give_back_here_and_tell_the_till_its_cash(shop: Shop) -> None:
    """O2, Q08: parts and the rest come back under numbers of their own: tenders here, the cash is the till's to give, done at
    once and booked as its; once for a number; never more than was paid."""
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 9000, "off": 900}]}, name="满90减9")
    shopper, pos = await shop.shopper(), await till(shop)
    packet = await give(shop, shopper, 600)
    made = await pos.prepare(shopper, "D-1", {"PORK": 3}, tenders={"redPackets": "AUTO"})
    early = await pos.reverse("D-1", "R0")
    assert (early["__typename"], early["orderState"]) == ("OrderNotInState", "AWAITING_PAYMENT")
    await pos.consume("D-1", made["dueFen"], handedOver=True)
    one = await pos.reverse("D-1", "R1", {"PORK": 1})
    assert one["refund"]["refundFen"] == 2700
    assert {p["to"]: p["fen"] for p in one["refund"]["parts"]} == {"SELLER": 2500, "RED_PACKET": 200}
    assert await pos.reverse("D-1", "R1", {"PORK": 1}) == one
    assert (await pos.reverse("D-1", "R1", {"PORK": 2}))["__typename"] == "IdempotencyConflict"
    much = await pos.reverse("D-1", "R2", {"PORK": 3})
    assert much["problems"][0]["path"] == "units[0].qty"
    rest = await pos.reverse("D-1", "R3")  # all that is left
    assert (rest["state"], rest["refund"]["refundFen"], rest["refund"]["number"]) == ("REVERSED", 5400, 2)
    assert (await pos.reverse("D-1", "R4"))["orderState"] == "REFUNDED"
    assert (await held(shopper))[packet] == (600, 0, "USABLE") and await account(shop, shopper) == {"red_packet": 600}
    assert await stock(shop, "PORK") == (100, 0, 3, 3)
    assert [state for _, _, state in await payouts(shop)] == ["succeeded", "succeeded"]
    day = await orders.books.day_of(shop.merchant_id, (now() + timedelta(hours=8)).date())
    cash = [line for entry in day.entries for line in entry.lines if line.account == "cash"]
    assert day.holds and sum(line.fen for line in cash) == 0 and {line.mode for line in cash} == {"external"}
    await sound(shop)


async def test_only_the_system_moves_its_orders(shop: Shop) -> None:
    """R04, T09: the shopper cannot pay, cancel or have refunded here what was sold there, nor can staff give its cash back;
    another system does not see the number; a system does nothing else."""
    shopper, pos, rival = await shop.shopper(), await till(shop), await till(shop)
    made = await pos.prepare(shopper, "E-1", {"PORK": 1})
    text = "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { __typename ... on OrderElsewhere { system message } } }"
    mine = (await shopper.run(text, i={"orderId": made["order"]["id"], "idempotencyKey": key()}))["cancelOrder"]
    assert (mine["__typename"], mine["system"]) == ("OrderElsewhere", "收银台")
    assert (await rival.consume("E-1", 3000))["__typename"] == "NotFound" and await rival.state("E-1") is None
    assert (await rival.prepare(shopper, "E-1", {"TOFU": 1}))["__typename"] == "ExternalRequest"  # its own number
    await pos.consume("E-1", 3000, handedOver=True)
    clerk = await shop.staff("store_manager")
    for seen in (
        await preview(shopper, made["order"], {"PORK": 1}),
        await preview(clerk, made["order"], {"PORK": 1}, staff=True),
    ):
        assert (seen["__typename"], seen["obstacle"]) == ("RefundImpossible", "ELSEWHERE")
    assert (await ask(shopper, made["order"], {"PORK": 1}, "x"))["__typename"] == "InvalidInput"
    assert (await refund(clerk, made["order"], {"PORK": 1}, "x"))["__typename"] == "InvalidInput"
    for document in ("{ orders { nodes { id } } }", "{ dashboard { version } }", "{ externalSystems { id } }"):
        with pytest.raises(GraphQLFailed) as denied:
            await pos.client.run(document)
        assert denied.value.code == "FORBIDDEN", document
    with pytest.raises(GraphQLFailed) as denied:
        await (await shop.admin()).run(DOCUMENTS["external:CancelRequest"], input={"requestNo": "E-1"})
    assert denied.value.code == "FORBIDDEN"
    elsewhere = await make_shop(shop.world)
    foreign = await till(elsewhere)
    assert (await foreign.consume("E-1", 3000))["__typename"] == "NotFound"
    await sound(shop)


async def test_systems_are_let_in_and_shut_out(shop: Shop) -> None:
    """R04: the key is shown once and kept hashed; a wrong key, a code that is there, a store of nobody are refused; who is
    shut out is out at once, whatever the token says; only administrators may."""
    pos, admin = await till(shop), await shop.admin()
    wish = {"code": "mt-01", "name": "美团", "channel": "MALL", "takesStock": False, "idempotencyKey": key()}
    made, again = (await admin.run(CREATE, i=wish)), (await admin.run(CREATE, i=wish))
    assert made["createExternalSystem"]["key"].startswith("shk_") and again["createExternalSystem"]["key"] is None
    twice = (await admin.run(CREATE, i={**wish, "idempotencyKey": key()}))["createExternalSystem"]
    assert [p["path"] for p in twice["problems"]] == ["code"]
    bad = {"code": "A!", "name": " ", "storeIds": [encode("sto", shop.merchant_id)], "idempotencyKey": key()}
    faults = (await admin.run(CREATE, i=bad))["createExternalSystem"]
    assert [p["path"] for p in faults["problems"]] == ["code", "name", "storeIds[0]"]
    stored = await database.fetch("SELECT key_hash FROM external_systems WHERE merchant_id = $1", shop.merchant_id)
    assert pos.key not in {row["key_hash"] for row in stored} and len(stored) == 2
    wrong = await shop.client().run(
        DOCUMENTS["external:LogInSystem"], input={"merchant": shop.code, "key": "shk_x", "idempotencyKey": key()}
    )
    assert wrong["logInSystem"]["__typename"] == "LogInFailed"
    shut = "mutation($i: RevokeExternalSystemInput!) { revokeExternalSystem(input: $i) { __typename ... on ExternalSystem { revokedAt } } }"
    out = (await admin.run(shut, i={"systemId": pos.id, "idempotencyKey": key()}))["revokeExternalSystem"]
    assert out["revokedAt"] is not None
    with pytest.raises(GraphQLFailed) as denied:
        await pos.cancel("F-1")
    assert denied.value.code == "UNAUTHENTICATED"
    login = await shop.client().run(
        DOCUMENTS["external:LogInSystem"], input={"merchant": shop.code, "key": pos.key, "idempotencyKey": key()}
    )
    assert login["logInSystem"]["__typename"] == "LogInFailed"
    with pytest.raises(GraphQLFailed) as denied:
        await (await shop.staff("marketing")).run(CREATE, i={**wish, "idempotencyKey": key()})
    assert denied.value.code == "FORBIDDEN"


async def test_what_a_system_sold_that_was_shut_out_is_given_back_by_staff(shop: Shop) -> None:
    """Q08, decision 0017: nobody else could: staff see what can come back, the store hands the cash out, and it is booked as
    the system's; shoppers still ask the store."""
    shopper, pos, admin = await shop.shopper(), await till(shop), await shop.admin()
    made = await pos.prepare(shopper, "L-1", {"PORK": 2})
    await pos.consume("L-1", 6000, handedOver=True)
    text = "query($id: ID!) { storeOrder(id: $id) { order { refundable { sku qty } soldBy } } }"
    order = made["order"]
    assert (await admin.run(text, id=order["id"]))["storeOrder"]["order"]["refundable"] == []
    shut = "mutation($i: RevokeExternalSystemInput!) { revokeExternalSystem(input: $i) { __typename } }"
    await admin.run(shut, i={"systemId": pos.id, "idempotencyKey": key()})
    seen = (await admin.run(text, id=order["id"]))["storeOrder"]["order"]
    assert seen == {"refundable": [{"sku": "PORK", "qty": 2}], "soldBy": "收银台"}
    assert (await preview(shopper, order, {"PORK": 1}))["obstacle"] == "ELSEWHERE"
    told = await preview(admin, order, {"PORK": 1}, staff=True)
    assert told["parts"] == [{"to": "SELLER", "fen": 3000, "points": None}]
    assert "¥30 由门店当面退还（不是在这里付的款）" in told["sentences"]
    done = await refund(admin, order, {"PORK": 1}, told["token"])
    assert done["refundedFen"] == 3000 and done["refunds"][0]["payout"]["state"] == "SUCCEEDED"
    assert await account(shop, shopper) == {}
    await sound(shop)


async def test_preparations_that_are_refused_hold_nothing(shop: Shop) -> None:
    """O4: faults by their place, another price than was shown, too little stock, another amount paid: nothing is changed, and
    the same number may be prepared rightly afterwards."""
    shopper = await shop.shopper()
    pos = await till(shop, storeIds=[encode("sto", shop.stores[0].id)])
    for more, path in (
        ({"holdSeconds": 5}, "holdSeconds"),
        ({"couponCodes": ["NOTMINE"]}, "couponCodes[0]"),
        ({"memberCode": "0000"}, "memberCode"),
        ({"storeId": encode("sto", shop.stores[1].id)}, "storeId"),
    ):
        answer = await pos.prepare(shopper, "G-1", {"PORK": 1}, **more)
        assert [p["path"] for p in answer["problems"]] == [path]
    assert (await pos.prepare(shopper, "G-1", {}))["problems"][0]["path"] == "lines"
    assert (await pos.prepare(shopper, "G-1", {"NOPE": 1}))["problems"][0]["path"] == "lines[0].sku"
    changed = await pos.prepare(shopper, "G-1", {"PORK": 1}, expectedDueFen=2900)
    assert (changed["seenPayableFen"], changed["quote"]["dueFen"]) == (2900, 3000)
    short = await pos.prepare(shopper, "G-1", {"PORK": 101})
    assert (short["__typename"], short["available"]) == ("OutOfStock", 100)
    with pytest.raises(GraphQLFailed) as bad:
        await pos.prepare(shopper, "G 1", {"PORK": 1})
    assert bad.value.code == "BAD_REQUEST"
    assert await stock(shop, "PORK") == (100, 0, 0, 0) and await pos.state("G-1") is None
    made = await pos.prepare(shopper, "G-1", {"PORK": 1}, expectedDueFen=3000)
    assert made["state"] == "PREPARED"
    paid = await pos.consume("G-1", 2999)
    assert (paid["__typename"], paid["dueWasFen"], paid["paidFen"]) == ("PaidAmountWrong", 3000, 2999)
    assert await pos.state("G-1") == "PREPARED"
    assert (await pos.consume("G-1", 3000))["state"] == "CONSUMED"
    assert (await pos.cancel("G-1"))["orderState"] == "PAID"
    await sound(shop)


async def test_a_marketplace_with_stock_of_its_own(shop: Shop) -> None:
    """O3: what a system without our stock sells is not taken from the shelves that are counted here, nor put back; everything
    else is."""
    await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["TRIPE"]}, "price": 8000, "limits": {"stock": 300}}, name="秒杀"
    )
    shopper, market = await shop.shopper(), await till(shop, channel="MALL", takesStock=False)
    made = await market.prepare(shopper, "H-1", {"TRIPE": 150})  # more than is on the shelf
    assert made["dueFen"] == 150 * 8000
    await market.consume("H-1", made["dueFen"])
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == 150
    back = await market.reverse("H-1", "R1", {"TRIPE": 50})
    assert back["refund"]["paidOutFen"] == 50 * 8000
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == 100
    await market.prepare(shopper, "H-2", {"TRIPE": 1})
    await market.cancel("H-2")
    admin = await shop.admin()
    text = "mutation($i: RevokeExternalSystemInput!) { revokeExternalSystem(input: $i) { __typename } }"
    await admin.run(text, i={"systemId": market.id, "idempotencyKey": key()})
    seen = await admin.run(
        "query($i: RefundPreviewInput!) { storeRefundPreview(input: $i) { ... on RefundPreview { restock } } }",
        i={"orderId": made["order"]["id"], "units": [{"sku": "TRIPE", "qty": 2}]},
    )
    assert seen["storeRefundPreview"] == {"restock": False}
    by_staff = await refund(
        admin, made["order"], {"TRIPE": 2}, restock=True
    )  # staff give it back: it was never on the shelf
    assert not by_staff["refunds"][-1]["restocked"]
    assert await stock(shop, "TRIPE") == (100, 0, 0, 0)
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_verbs_in_a_race(shop: Shop) -> None:
    """C4, O4, O6: the same number prepared, cancelled and consumed by many at once: one order at most, its end one of those
    that the answers told, everything held or freed exactly."""
    shopper, pos = await shop.shopper(), await till(shop)
    for n in range(6):
        number = f"I-{n}"
        answers = await together(
            *(pos.prepare(shopper, number, {"PORK": 1}) for _ in range(4)),
            *(pos.cancel(number) for _ in range(2)),
            *(pos.consume(number, 3000) for _ in range(3)),
        )
        kinds = Counter(a["__typename"] for a in answers)
        state = await pos.state(number)
        consumed = [a for a in answers[6:] if a["__typename"] == "ExternalRequest"]
        assert state in ("CANCELLED", "CONSUMED") and bool(consumed) == (state == "CONSUMED"), (state, kinds)
        if state == "CONSUMED":
            assert all(a["__typename"] == "OrderNotInState" for a in answers[4:6])
        else:
            assert all(a["state"] == "CANCELLED" for a in answers[4:6])
    made = await database.fetchval("SELECT count(*) FROM external_requests WHERE merchant_id = $1", shop.merchant_id)
    assert made == 6
    live = await database.fetchval(
        "SELECT count(*) FROM orders WHERE merchant_id = $1 AND state = 'paid'", shop.merchant_id
    )
    assert (await stock(shop, "PORK"))[1:3] == (0, live)


@pytest.mark.usefixtures("exact")
async def test_the_last_ones_at_two_tills_and_the_shop(shop: Shop) -> None:
    """O4, O5: tills and shoppers want the last units and one coupon at the same instant: never more than there is, the coupon
    once; whoever has none is told the truth."""
    await shop.promotion(
        {"type": "fixed_price", "scope": {"skus": ["PORK"]}, "price": 2000, "limits": {"stock": 3}}, name="秒杀"
    )
    shopper, tills = await shop.shopper(), [await till(shop), await till(shop)]
    coupon = await claim(shopper, await shop.drop(off=500, least=1000))
    answers = await together(
        *(t.prepare(shopper, f"J-{n}", {"PORK": 1}, couponCodes=[coupon["code"]]) for n in range(4) for t in tills)
    )
    made = [a for a in answers if a["__typename"] == "ExternalRequest"]
    assert len(made) == 1 and all(a["problems"][0]["path"] == "couponCodes[0]" for a in answers if a not in made)
    others = [await shop.shopper() for _ in range(4)]
    more = await together(*(t.prepare(others[n], f"K-{n}", {"PORK": 1}) for n in range(4) for t in tills))
    prices = Counter(a["dueFen"] for a in more if a["__typename"] == "ExternalRequest")
    assert prices[2000] == 2 and set(prices) <= {2000, 3000}  # the third is the one with the coupon
    system_id = decode("sys", tills[0].id)
    assert system_id is not None and await merchants.system(shop.merchant_id, system_id) is not None
    await asyncio.gather(*(t.cancel(f"J-{n}") for n in range(4) for t in tills))
    assert await database.fetchval("SELECT used FROM offer_uses WHERE merchant_id = $1", shop.merchant_id) == 2


async def test_a_pay_code_pays_once_and_for_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """L3, decision 0017: what is a member's is spent only with the code on the member's own screen: not with the member code
    or the phone number, not twice, not a minute later, and not with digits of another member or a guess."""
    shopper, other, pos = await shop.shopper(), await shop.shopper(), await till(shop)
    await grant(shop, shopper, "points", 700)
    await grant(shop, other, "points", 700)
    member_code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    one, theirs = await pay_code(shopper), await pay_code(other)
    assert one.startswith(member_code) and len(one) == 26
    spending = {"tenders": {"points": 300}}

    async def prepared(number: str, code: str, **more: Any) -> str:
        found = await pos.prepare(shopper, number, {"PORK": 1}, memberCode=code, **more)
        assert found["__typename"] in ("ExternalRequest", "InvalidInput"), found
        return found["problems"][0]["message"] if found["__typename"] == "InvalidInput" else found["state"]

    assert "付款码" in await prepared("P-1", member_code, **spending)
    assert await prepared("P-2", member_code) == "PREPARED", "without tenders it says who the customer is"
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in one[16:])  # digits, but not of a code
    for wrong in (member_code + theirs[16:], member_code + "0000000000", theirs[:16] + one[16:], one[:16] + wide):
        assert "付款码已过期" in await prepared("P-3", wrong, **spending)
    assert await account(shop, shopper) == {"points": 700}, "what is refused changes nothing"
    assert await prepared("P-4", one, **spending) == "PREPARED"
    assert "已经用过" in await prepared("P-5", one, **spending)
    assert await prepared("P-4", one, **spending) == "PREPARED", "asked again, the same order"
    later = now() + timedelta(seconds=61)
    monkeypatch.setattr("schema.external.now", lambda: later)
    assert "付款码已过期" in await prepared("P-6", theirs, **spending)
    await sound(shop)


async def test_a_number_that_others_know_uses_no_coupon(shop: Shop) -> None:
    """K05, K07, decision 0017: with the member code or the phone number the till chooses no coupon; the coupon's own code, or the
    pay code, uses it; what was not used is there."""
    shopper, pos = await shop.shopper(), await till(shop)
    coupon = await claim(shopper, await shop.drop(off=500))
    number = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]

    async def due(name: str, code: str, **more: Any) -> int:
        found = await pos.prepare(shopper, name, {"PORK": 1}, memberCode=code, **more)
        assert found["__typename"] == "ExternalRequest", found
        await pos.cancel(name)
        return int(found["order"]["dueFen"])

    assert await due("N-1", number) == 3000
    assert await due("N-2", number, couponCodes=[coupon["code"]]) == 2500
    shown = "-".join(re.findall("....", coupon["code"]))  # as it stands on the phone
    assert await due("N-6", number, couponCodes=[f" {shown.lower()}"]) == 2500
    assert await due("N-3", await pay_code(shopper)) == 2500
    assert await due("N-4", await pay_code(shopper), couponCodes=[]) == 3000
    wrong = await pos.prepare(shopper, "N-5", {"PORK": 1}, memberCode=number, couponCodes=["2222-2222-2222"])
    assert [p["path"] for p in wrong["problems"]] == ["couponCodes[0]"]
    await sound(shop)


async def test_a_pay_code_at_two_tills_at_once_pays_once(shop: Shop) -> None:
    """L3, decision 0017: eight tills scan one code in the same instant; one has it."""
    shopper, pos = await shop.shopper(), await till(shop)
    await grant(shop, shopper, "points", 700)
    code = await pay_code(shopper)
    answers = await asyncio.gather(
        *(pos.prepare(shopper, f"Q-{n}", {"PORK": 1}, memberCode=code, tenders={"points": 50}) for n in range(8))
    )
    assert sorted(a["__typename"] for a in answers) == ["ExternalRequest", *["InvalidInput"] * 7]
    await sound(shop)
