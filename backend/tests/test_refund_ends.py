"""Where refunds come to an end: the last that WeChat gives, gifts that were charged, requests
that were overtaken (Q08, R05, O2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend import merchants, orders
from backend.connectors.pay import RefundTold
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.tests.conftest import Shop, pay, within
from backend.tests.preselling import deposited, pass_time, place_rest, presale
from backend.tests.refunding import ask, bought, complete, grant, payouts, preview, refund, shown, sound, together
from backend.tests.test_external import till

LAST = ("RefundImpossible", "LAST_CASH")
RETRY = "mutation($i: RetryPayoutInput!) { retryPayout(input: $i) { __typename } }"


def kind(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["__typename"], answer.get("obstacle", "")


def few(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """As if WeChat gave a payment back in at most so many parts."""
    monkeypatch.setattr("backend.orders.payouts.MOST_REFUNDS", most)


async def refused_everywhere(shopper: Client, clerk: Client, order: dict[str, Any], units: dict[str, int]) -> None:
    """Preview, the shopper's request and the clerk's refund say the same."""
    seen = await preview(shopper, order, units)
    assert kind(seen) == LAST and "这是最后一次能退现金，请把余下的一起退" in seen["message"]
    assert kind(await preview(clerk, order, units, staff=True)) == LAST
    token = (await preview(shopper, order, {u["sku"]: u["qty"] for u in (await shown(shopper, order))["refundable"]}))[
        "token"
    ]
    assert kind(await ask(shopper, order, units, token)) == LAST
    assert kind(await refund(clerk, order, units, token)) == LAST


async def test_the_fiftieth_refund_of_a_payment_takes_all_that_is_left(shop: Shop) -> None:
    """Q08, R05, O2: WeChat gives a payment back in 50 parts: after 49 only all that is left may come, and it does."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TOFU": 60}, done=True)
    for _ in range(49):
        assert (await refund(clerk, order, {"TOFU": 1}))["__typename"] == "Order"
    await refused_everywhere(shopper, clerk, order, {"TOFU": 1})
    await refused_everywhere(shopper, clerk, order, {"TOFU": 10})
    left = (await shown(shopper, order))["refundable"]
    assert left == [{"sku": "TOFU", "qty": 11}]
    seen = await preview(shopper, order, {"TOFU": 11})
    assert (seen["paidOutFen"], seen["everything"]) == (9900, True)
    end = await refund(clerk, order, {"TOFU": 11})
    assert (end["state"], end["refundedFen"], end["refundable"]) == ("REFUNDED", 54000, [])
    paid = await payouts(shop)
    assert len(paid) == 50 and sum(fen for _, fen, _ in paid) == 54000
    await sound(shop)


async def test_the_last_refund_may_be_asked_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08: what is listed as refundable can be asked for as a whole, and approved."""
    few(monkeypatch, 2)
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TOFU": 3, "BEEF": 1}, done=True)
    await refund(clerk, order, {"TOFU": 1})
    await refused_everywhere(shopper, clerk, order, {"TOFU": 2})
    asked = await ask(shopper, order, {"TOFU": 2, "BEEF": 1})
    request = asked["refundRequests"][0]["id"]
    end = await refund(clerk, order, {"TOFU": 2, "BEEF": 1}, requestId=request)
    assert (end["state"], end["refundedFen"], len(await payouts(shop))) == ("REFUNDED", 6700, 2)
    await sound(shop)


async def test_batches_without_cash_are_without_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08: a batch that gives back balance or a gift alone takes no refund of WeChat's, before and after the last."""
    few(monkeypatch, 2)
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 4000, "gifts": [{"sku": "TOFU", "qty": 3}]}]}, name="满40赠"
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 3}, done=True)
    for n in range(3):
        assert (await refund(clerk, order, {"TOFU": 1}))["__typename"] == "Order", n
    await refund(clerk, order, {"BEEF": 1})
    assert kind(await preview(shopper, order, {"BEEF": 1})) == LAST
    assert (await refund(clerk, order, {"BEEF": 2}))["state"] == "REFUNDED"
    await grant(shop, shopper, "balance", 3000)
    paid = await bought(shop, shopper, {"PORK": 1}, tenders={"balanceFen": 3000})
    assert paid["dueFen"] == 0
    await grant(shop, shopper, "balance", 3600)
    many = await bought(shop, shopper, {"TOFU": 4}, done=True, tenders={"balanceFen": 3600})
    for left in (3, 2, 1, 0):
        back = await refund(clerk, many, {"TOFU": 1})
        assert [r["to"] for r in back["refunds"][-1]["parts"]] == ["BALANCE"]
        assert sum(u["qty"] for u in back["refundable"]) == left
    await sound(shop)


async def test_a_refund_that_was_closed_and_sent_anew_counts_twice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """R05: what WeChat closed is sent under a new number, which may be another of the 50; what it did not take, under the
    same, which is not. Even past the last, all that is left is still given: it stays owed until WeChat takes it."""
    few(monkeypatch, 4)
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TOFU": 6}, done=True)
    made = (await refund(clerk, order, {"TOFU": 1}))["refunds"][0]["payout"]
    for status, used in (("ABNORMAL", 1), ("CLOSED", 2)):
        await orders.payouts.settle(shop.merchant_id, RefundTold(made["number"], status, 900), now())  # type: ignore[arg-type]
        again = await clerk.run(RETRY, i={"payoutId": made["id"], "idempotencyKey": key()})
        assert again["retryPayout"]["__typename"] == "Order"
        assert await uses(shop, order) == [used]
    await refund(clerk, order, {"TOFU": 1})
    assert await uses(shop, order) == [3]
    await refused_everywhere(shopper, clerk, order, {"TOFU": 1})
    for _ in range(2):
        closed = RefundTold(f"{made['number']}-{(await uses(shop, order))[0] - 2}", "CLOSED", 900)
        await orders.payouts.settle(shop.merchant_id, closed, now())
        await clerk.run(RETRY, i={"payoutId": made["id"], "idempotencyKey": key()})
    assert await uses(shop, order) == [5]
    assert kind(await preview(shopper, order, {"TOFU": 1})) == LAST
    assert (await refund(clerk, order, {"TOFU": 4}))["state"] == "REFUNDED"
    await sound(shop)


async def uses(shop: Shop, order: dict[str, Any]) -> list[int]:
    order_id = decode("ord", order["id"])
    assert order_id is not None
    async with database.transaction() as tx:
        return list((await orders.payouts.used_up(tx, shop.merchant_id, order_id)).values())


async def test_what_a_till_gives_back_itself_is_without_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08, decision 0017: the till hands the cash out, so that no refund of WeChat's is taken: unit by unit to the end."""
    few(monkeypatch, 2)
    shopper, pos = await shop.shopper(), await till(shop)
    await pos.prepare(shopper, "E-1", {"TOFU": 5})
    await pos.consume("E-1", 4500, handedOver=True)
    for n in range(4):
        assert (await pos.reverse("E-1", f"R-{n}", {"TOFU": 1}))["__typename"] == "ExternalRequest", n
    assert (await pos.reverse("E-1", "R-rest"))["__typename"] == "ExternalRequest"
    assert await pos.state("E-1") == "REVERSED" and [fen for _, fen, _ in await payouts(shop)] == [900] * 5
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_two_clerks_at_the_last_but_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """O2: of parts refunded at the same instant one is the last but one; the others are told that only all may come."""
    few(monkeypatch, 2)
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"TOFU": 6}, done=True)
    token = (await preview(clerk, order, {"TOFU": 1}, staff=True))["token"]
    answers = await together(*(refund(clerk, order, {"TOFU": 1}, token) for _ in range(5)))
    assert sorted(kind(a) for a in answers) == [("Order", ""), *[LAST] * 4]
    assert (await refund(clerk, order, {"TOFU": 5}))["state"] == "REFUNDED"


async def test_each_payment_of_a_presale_has_its_own_last(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08, Q09: the rest and the deposit are two payments: the one that still gives is not held up by the other's count."""
    few(monkeypatch, 2)
    shopper, admin = await shop.shopper(), await shop.staff("admin")
    made = await deposited(shop, shopper, await presale(shop), {"TRIPE": 3}, 3000)
    await pass_time(shop, made)
    order = await place_rest(shopper, made)
    await pay(shop.world, order)
    assert (await complete(shop, order))["__typename"] == "Order"
    assert [u["qty"] for u in (await shown(shopper, order))["refundable"]] == [3]
    assert (await refund(admin, order, {"TRIPE": 1}))["__typename"] == "Order"
    assert kind(await preview(shopper, order, {"TRIPE": 1})) == LAST
    end = await refund(admin, order, {"TRIPE": 2})
    assert (end["state"], end["refundedFen"]) == ("REFUNDED", order["payableFen"])
    assert len(await payouts(shop)) == 3, "one of the rest, then the rest and the deposit"
    await sound(shop)


# Gifts that were charged


async def given(shop: Shop, least: int = 8000) -> tuple[Client, Client, dict[str, Any]]:
    """满80赠 TOFU ×2 on PORK ×3 = ¥90, handed over."""
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": least, "gifts": [{"sku": "TOFU", "qty": 2}]}]}, name="满赠"
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    return shopper, clerk, await bought(shop, shopper, {"PORK": 3}, done=True)


async def test_a_gift_that_was_charged_is_the_customers(shop: Shop) -> None:
    """Q08, O2, decision 26 of docs/pricing.md: who keeps a gift pays its list price; it is then not offered for return any
    more, naming it is refused with the reason, and everything else still comes back."""
    shopper, clerk, order = await given(shop)
    seen = await preview(shopper, order, {"PORK": 1})
    assert (seen["refundFen"], seen["withheldFen"], seen["paidOutFen"]) == (3000, 1800, 1200)
    assert "赠品 冻豆腐 ×2 留下，按 ¥18 扣除，此后归您" in seen["sentences"]
    told = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert "赠品 冻豆腐 ×2 留下，按 ¥18 扣除，此后归顾客" in told["sentences"]
    part = await refund(clerk, order, {"PORK": 1}, told["token"])
    assert part["refundable"] == [{"sku": "PORK", "qty": 2}] and part["refunds"][0]["withheldFen"] == 1800
    for units in ({"TOFU": 2}, {"TOFU": 1}, {"PORK": 2, "TOFU": 2}):
        refused = await preview(shopper, order, units)
        said = [
            {"path": f"units[{len(units) - 1}].qty", "message": "赠品已按 ¥18 从前次退款中扣除，现已归您，不能再退"}
        ]
        assert (refused["__typename"], refused["problems"]) == ("InvalidInput", said)
        mine = (await preview(shopper, order, {"PORK": 1}))["token"]
        assert (await ask(shopper, order, units, mine))["problems"] == said
        by_clerk = (await refund(clerk, order, units, mine))["problems"][0]["message"]
        assert by_clerk == "赠品已按 ¥18 从前次退款中扣除，现已归顾客，不能再退"
    rest = await preview(shopper, order, {"PORK": 2})
    assert (rest["paidOutFen"], rest["everything"]) == (6000, True)
    assert not any("留下" in s for s in rest["sentences"]), "it is charged once"
    end = await refund(clerk, order, {"PORK": 2})
    assert (end["state"], end["refundedFen"], end["refundable"]) == ("REFUNDED", 9000, [])
    assert [fen for _, fen, _ in await payouts(shop)] == [1200, 6000]
    await sound(shop)


async def test_a_gift_that_comes_back_in_part_is_charged_for_what_stays(shop: Shop) -> None:
    """Q08: one piece came back before its tier was lost: the other is charged, and both are settled; a gift whose tier is
    kept may still come back."""
    shopper, clerk, order = await given(shop)
    assert (await refund(clerk, order, {"TOFU": 1}))["refundable"] == [
        {"sku": "PORK", "qty": 3},
        {"sku": "TOFU", "qty": 1},
    ]
    seen = await preview(shopper, order, {"PORK": 1})
    assert "赠品 冻豆腐 ×1 留下，按 ¥9 扣除，此后归您" in seen["sentences"]
    both = await preview(shopper, order, {"PORK": 1, "TOFU": 1})
    assert both["withheldFen"] == 0 and not any("留下" in s for s in both["sentences"])
    assert (await refund(clerk, order, {"PORK": 1}))["refundable"] == [{"sku": "PORK", "qty": 2}]
    assert (await preview(shopper, order, {"TOFU": 1}))["__typename"] == "InvalidInput"
    await sound(shop)


async def test_what_was_bought_of_a_gifts_sku_still_comes_back(shop: Shop) -> None:
    """Q08: of a SKU that was bought and given, the bought units come back; what is charged is the gift alone."""
    await shop.promotion(
        {
            "type": "spend_gift",
            "scope": {"skus": ["PORK"]},
            "tiers": [{"min": 3000, "gifts": [{"sku": "TOFU", "qty": 2}]}],
        },
        name="买滑肉赠",
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"PORK": 1, "TOFU": 3}, done=True)
    assert (await refund(clerk, order, {"PORK": 1}))["refundable"] == [{"sku": "TOFU", "qty": 3}]
    refused = await preview(shopper, order, {"TOFU": 4})
    assert "TOFU 最多还能退 3 件；赠品已按 ¥18 从前次退款中扣除" in refused["problems"][0]["message"]
    one = await preview(shopper, order, {"TOFU": 1})
    assert [(x["sku"], x["qty"], x["refundFen"], x["gift"]) for x in one["lines"]] == [("TOFU", 1, 900, False)]
    end = await refund(clerk, order, {"TOFU": 3})
    assert (end["state"], end["refundable"], end["refundedFen"]) == ("REFUNDED", [], 5700)
    await sound(shop)


async def test_of_two_gifts_of_one_article_a_piece_that_came_back_makes_up_for_the_lost(shop: Shop) -> None:
    """Q08, O2: two promotions gave the same article, a piece came back, then the tier of one is lost: what is charged is what the
    customer keeps beyond the other's gift; what is still a gift may come back, and the last figures are sound."""
    for least, qty in ((4000, 1), (8000, 2)):
        gift = {"min": least, "gifts": [{"sku": "TOFU", "qty": qty}]}
        await shop.promotion({"type": "spend_gift", "group": f"g-{least}", "tiers": [gift]}, name=f"满{least // 100}赠")
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"PORK": 3}, done=True)
    assert (await refund(clerk, order, {"TOFU": 1}))["refundable"] == [
        {"sku": "PORK", "qty": 3},
        {"sku": "TOFU", "qty": 2},
    ]
    seen = await preview(shopper, order, {"PORK": 1})
    assert seen["withheldFen"] == 900
    assert "赠品 冻豆腐 ×1 留下，按 ¥9 扣除，此后归您" in seen["sentences"]
    part = await refund(clerk, order, {"PORK": 1})
    assert part["refundable"] == [{"sku": "PORK", "qty": 2}, {"sku": "TOFU", "qty": 1}]
    end = await refund(clerk, order, {"PORK": 2, "TOFU": 1})
    assert (end["state"], end["refundable"], [r["withheldFen"] for r in end["refunds"]]) == (
        "REFUNDED",
        [],
        [0, 900, 0],
    )
    await sound(shop)


async def test_a_gift_dearer_than_the_batch_is_told_to_be_owed(shop: Shop) -> None:
    """Q08: what a batch cannot pay of a gift is taken from the next, and the preview says so."""
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 9500, "gifts": [{"sku": "TOFU", "qty": 2}]}]}, name="满95赠"
    )
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"PORK": 3, "TOFU": 1}, done=True)
    seen = await preview(shopper, order, {"TOFU": 1})
    assert (seen["refundFen"], seen["withheldFen"]) == (900, 900)
    assert "还有 ¥9 没有扣完，从以后的退款里扣" in seen["sentences"]
    assert (await refund(clerk, order, {"TOFU": 1}))["refundable"] == [{"sku": "PORK", "qty": 3}]
    end = await refund(clerk, order, {"PORK": 3})
    assert (end["state"], end["refunds"][1]["withheldFen"]) == ("REFUNDED", 900)
    await sound(shop)


async def test_a_gift_that_the_policy_lets_go_may_still_come_back(shop: Shop) -> None:
    """Q08, §8: with `clawback: "leave"` nothing is charged: nothing is said to be bought, and returning it stays possible."""
    await merchants.set_refund_policy(shop.merchant_id, {"clawback": "leave"})
    _, clerk, order = await given(shop)
    seen = await preview(clerk, order, {"PORK": 1}, staff=True)
    assert seen["withheldFen"] == 0 and not any("留下" in s for s in seen["sentences"])
    await refund(clerk, order, {"PORK": 1})
    assert (await refund(clerk, order, {"PORK": 2, "TOFU": 2}))["state"] == "REFUNDED"
    await sound(shop)


async def test_a_till_that_returns_all_leaves_the_charged_gift(shop: Shop) -> None:
    """Decision 0017: all that is left, where no unit is named: without the gift that was charged; naming it is refused."""
    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 8000, "gifts": [{"sku": "TOFU", "qty": 2}]}]}, name="满80赠"
    )
    shopper, pos = await shop.shopper(), await till(shop)
    await pos.prepare(shopper, "G-1", {"PORK": 3})
    await pos.consume("G-1", 9000, handedOver=True)
    assert (await pos.reverse("G-1", "R-1", {"PORK": 1}))["refund"]["withheldFen"] == 1800
    assert (await pos.reverse("G-1", "R-2", {"TOFU": 2}))["__typename"] == "InvalidInput"
    assert (await pos.reverse("G-1", "R-3"))["refund"]["paidOutFen"] == 6000
    assert await pos.state("G-1") == "REVERSED"
    await sound(shop)


# Requests that were overtaken

PART = "门店已先退了其中一部分，请按余下的重新申请"
ACCOUNT = "subscription { benefitAccount { version } }"


async def asked(shop: Shop, units: dict[str, int]) -> tuple[Client, Client, dict[str, Any]]:
    """Three BEEF, one TOFU, handed over, of which the customer wants some back."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 3, "TOFU": 1}, done=True)
    assert (await ask(shopper, order, units))["refundState"] == "REQUESTED"
    return shopper, clerk, order


async def test_a_request_that_a_clerk_overtakes_in_part_is_closed(shop: Shop) -> None:
    """Q08, R05: its goods are no longer all there: nobody could approve it. It is closed with the reason that the customer
    reads, their open pages hear of it, and they ask for the rest at once."""
    shopper, clerk, order = await asked(shop, {"BEEF": 3})
    request = (await shown(shopper, order))["refundRequests"][0]["id"]
    async with shopper.subscribe(ACCOUNT) as frames, asyncio.timeout(15):
        first = (await anext(frames))["benefitAccount"]["version"]
        part = await refund(clerk, order, {"BEEF": 2})
        assert (await anext(frames))["benefitAccount"]["version"] > first
    assert part["__typename"] == "Order" and part["refundState"] == "PROCESSING"
    assert [(r["state"], r["note"]) for r in (await shown(shopper, order))["refundRequests"]] == [("CLOSED", PART)]
    assert await moves(shop) == ["waiting", "closed"]
    late = await refund(clerk, order, {"BEEF": 1}, requestId=request)
    assert kind(late) == ("RefundImpossible", "DECIDED_ALREADY")
    again = await ask(shopper, order, {"BEEF": 1})
    assert [r["state"] for r in again["refundRequests"]] == ["CLOSED", "WAITING"]
    done = await refund(clerk, order, {"BEEF": 1}, requestId=again["refundRequests"][1]["id"])
    assert [r["state"] for r in done["refundRequests"]] == ["CLOSED", "DONE"]
    assert done["refundedFen"] == 12000 and done["refundable"] == [{"sku": "TOFU", "qty": 1}]
    await sound(shop)


async def test_a_request_whose_goods_are_all_there_still_waits(shop: Shop) -> None:
    """Q08: a clerk's batch of other units leaves it as it is, to be approved; goods that are gone close it in other words."""
    _, clerk, order = await asked(shop, {"BEEF": 1})
    end = await refund(clerk, order, {"BEEF": 1, "TOFU": 1})
    waiting = end["refundRequests"][0]
    assert (waiting["state"], waiting["note"], end["refundState"]) == ("WAITING", None, "REQUESTED")
    assert [
        r["state"] for r in (await refund(clerk, order, {"BEEF": 1}, requestId=waiting["id"]))["refundRequests"]
    ] == ["DONE"]
    for units, note in (
        ({"TOFU": 1}, "门店已经先退了这些商品，不用再申请"),
        ({"TOFU": 1, "BEEF": 3}, "门店已经把能退的都退了，不用再申请"),
    ):
        _, clerk, order = await asked(shop, {"TOFU": 1})
        closed = (await refund(clerk, order, units))["refundRequests"]
        assert [(r["state"], r["note"]) for r in closed] == [("CLOSED", note)]
    await sound(shop)


async def test_a_request_for_a_gift_that_was_charged_meanwhile_is_closed(shop: Shop) -> None:
    """Q08: a gift that a clerk's batch charged no longer comes back, so that a request for it is overtaken too."""
    shopper, clerk, order = await given(shop)
    await ask(shopper, order, {"PORK": 2, "TOFU": 2})
    closed = (await refund(clerk, order, {"PORK": 1}))["refundRequests"]
    assert [(r["state"], r["note"]) for r in closed] == [("CLOSED", PART)]
    assert (await ask(shopper, order, {"PORK": 2}))["refundState"] == "REQUESTED"
    await sound(shop)


ONCE = "微信支付对这笔付款只能再退一次，请把余下的一起申请"


async def test_a_request_for_a_part_ends_with_the_last_refund_but_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q08, R05: a clerk's batch of other goods is the last but one that WeChat gives of the payment: the part that waits could
    not be approved any more. It ends with the reason, the customer's open pages hear of it, and they ask for all that is left."""
    few(monkeypatch, 2)
    shopper, clerk, order = await asked(shop, {"BEEF": 1})
    request = (await shown(shopper, order))["refundRequests"][0]["id"]
    async with shopper.subscribe(ACCOUNT) as frames, asyncio.timeout(15):
        first = (await anext(frames))["benefitAccount"]["version"]
        assert (await refund(clerk, order, {"TOFU": 1}))["__typename"] == "Order"
        assert (await anext(frames))["benefitAccount"]["version"] > first
    assert [(r["state"], r["note"]) for r in (await shown(shopper, order))["refundRequests"]] == [("CLOSED", ONCE)]
    assert await moves(shop) == ["waiting", "closed"]
    assert kind(await refund(clerk, order, {"BEEF": 3}, requestId=request)) == ("RefundImpossible", "DECIDED_ALREADY")
    assert kind(await preview(shopper, order, {"BEEF": 1})) == LAST
    again = await ask(shopper, order, {"BEEF": 3})
    end = await refund(clerk, order, {"BEEF": 3}, requestId=again["refundRequests"][1]["id"])
    assert (end["state"], [r["state"] for r in end["refundRequests"]]) == ("REFUNDED", ["CLOSED", "DONE"])
    await sound(shop)


async def test_a_request_that_the_last_refund_can_meet_waits_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08: one for all that is left, and one that gives no cash back (a gift, what was paid with balance), are met as asked."""
    few(monkeypatch, 2)
    _, clerk, order = await asked(shop, {"BEEF": 3})
    end = await refund(clerk, order, {"TOFU": 1})
    [waiting] = end["refundRequests"]
    assert (waiting["state"], waiting["note"], end["refundState"]) == ("WAITING", None, "REQUESTED")
    assert (await refund(clerk, order, {"BEEF": 3}, requestId=waiting["id"]))["state"] == "REFUNDED"

    await shop.promotion(
        {"type": "spend_gift", "tiers": [{"min": 4000, "gifts": [{"sku": "TOFU", "qty": 3}]}]}, name="满40赠"
    )
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 3}, done=True)
    await ask(shopper, order, {"TOFU": 3})
    [waiting] = (await refund(clerk, order, {"BEEF": 1}))["refundRequests"]
    assert waiting["state"] == "WAITING"
    met = await refund(clerk, order, {"TOFU": 3}, requestId=waiting["id"])
    assert [r["state"] for r in met["refundRequests"]] == ["DONE"]
    assert (await refund(clerk, order, {"BEEF": 2}))["state"] == "REFUNDED"
    await sound(shop)


async def test_a_refund_sent_anew_may_be_the_last_but_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08, R05: what WeChat closed takes another number when it is sent again: then the part that waits ends as well. Sending
    what it did not take uses the same number, and leaves it."""
    few(monkeypatch, 3)
    shopper, clerk, order = await asked(shop, {"BEEF": 1})
    made = (await refund(clerk, order, {"TOFU": 1}))["refunds"][0]["payout"]
    for status, after in (("ABNORMAL", ("WAITING", None)), ("CLOSED", ("CLOSED", ONCE))):
        await orders.payouts.settle(shop.merchant_id, RefundTold(made["number"], status, 900), now())  # type: ignore[arg-type]
        again = await clerk.run(RETRY, i={"payoutId": made["id"], "idempotencyKey": key()})
        assert again["retryPayout"]["__typename"] == "Order"
        assert [(r["state"], r["note"]) for r in (await shown(shopper, order))["refundRequests"]] == [after]
    assert (await refund(clerk, order, {"BEEF": 3}))["state"] == "REFUNDED"
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_a_part_and_the_last_but_one_at_once(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Q08, O2: asked and refunded at the same instant, many times: the request is refused or has ended; none waits."""
    few(monkeypatch, 2)
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    made = [await bought(shop, shopper, {"BEEF": 3, "TOFU": 1}, done=True) for _ in range(8)]
    acts = []
    for order in made:
        acts.append(ask(shopper, order, {"BEEF": 1}, (await preview(shopper, order, {"BEEF": 1}))["token"]))
        told = (await preview(clerk, order, {"TOFU": 1}, staff=True))["token"]
        acts.append(refund(clerk, order, {"TOFU": 1}, told))
    answers = await together(*acts)
    assert {a["__typename"] for a in answers[1::2]} == {"Order"}
    for order, answer in zip(made, answers[::2], strict=True):
        assert answer["__typename"] == "Order" or kind(answer) == LAST
        ended = [(r["state"], r["note"]) for r in (await shown(shopper, order))["refundRequests"]]
        assert ended == ([("CLOSED", ONCE)] if answer["__typename"] == "Order" else [])


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("first", ["ask", "refund"])
async def test_request_and_clerk_at_once(shop: Shop, first: str) -> None:
    """Q08, O2: both wait for the order's lock; whoever has it first, no request is left that nobody could approve."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    order = await bought(shop, shopper, {"BEEF": 3}, done=True)
    seen = (await preview(shopper, order, {"BEEF": 3}))["token"]
    told = (await preview(clerk, order, {"BEEF": 2}, staff=True))["token"]

    async def act(what: str) -> dict[str, Any]:
        return await (
            ask(shopper, order, {"BEEF": 3}, seen) if what == "ask" else refund(clerk, order, {"BEEF": 2}, told)
        )

    second = "refund" if first == "ask" else "ask"
    async with database.transaction() as tx:  # both come to the lock, in this order
        await tx.fetchval("SELECT 1 FROM orders WHERE id = $1 FOR UPDATE", decode("ord", order["id"]))
        tasks = {first: asyncio.create_task(act(first))}
        await blocked(1)
        tasks[second] = asyncio.create_task(act(second))
        await blocked(2)
    answers = {what: await task for what, task in tasks.items()}
    assert answers["refund"]["__typename"] == "Order"
    end = await shown(shopper, order)
    if first == "ask":
        assert answers["ask"]["__typename"] == "Order"
        assert [(r["state"], r["note"]) for r in end["refundRequests"]] == [("CLOSED", PART)]
    else:
        assert answers["ask"]["problems"][0]["message"] == "BEEF 最多还能退 1 件" and end["refundRequests"] == []
    assert end["refundable"] == [{"sku": "BEEF", "qty": 1}]
    assert (await ask(shopper, order, {"BEEF": 1}))["refundState"] == "REQUESTED"


@pytest.mark.usefixtures("exact")
async def test_many_requests_and_clerks_at_once(shop: Shop) -> None:
    """Q08, O2: without any order between them, many times: a request waits only where all its goods are there."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    made = [await bought(shop, shopper, {"BEEF": 3}, done=True) for _ in range(8)]
    acts = []
    for order in made:
        acts.append(ask(shopper, order, {"BEEF": 3}, (await preview(shopper, order, {"BEEF": 3}))["token"]))
        told = (await preview(clerk, order, {"BEEF": 2}, staff=True))["token"]
        acts.append(refund(clerk, order, {"BEEF": 2}, told))
    answers = await together(*acts)
    assert {a["__typename"] for a in answers[1::2]} == {"Order"}
    for order in made:
        end = await shown(shopper, order)
        assert end["refundable"] == [{"sku": "BEEF", "qty": 1}]
        assert [r["state"] for r in end["refundRequests"]] in ([], ["CLOSED"])


async def blocked(n: int) -> None:
    """Waits until so many connections wait for a lock of this table's rows."""

    async def there() -> bool:
        waiting = await database.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM orders o WHERE%FOR UPDATE%'"
        )
        return bool(waiting >= n)

    await within(10, there)


async def moves(shop: Shop) -> list[str]:
    """What was told of requests, in its order."""
    rows = await database.fetch(
        "SELECT payload FROM outbox_events WHERE merchant_id = $1 AND kind = 'RefundRequestMoved' ORDER BY sequence",
        shop.merchant_id,
    )
    return [row["payload"]["after"] for row in rows]
