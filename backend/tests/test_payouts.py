"""Cash on its way back through WeChat Pay: asked for until taken, settled by its word, once (O6, connectors)."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend import coupons, ledger, orders
from backend.connectors.pay import PayRefused, PayUnavailable, RefundTold
from backend.connectors.standin import create_standin
from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, place, within
from backend.tests.refunding import account, ask, bought, payouts, refund, send_all, settled, shown, sound
from backend.tests.test_connectors import pay_client
from workers.relay import enqueue_payouts
from workers.schedules import send_payout


async def trouble(shop: Shop, order: dict[str, Any], *kinds: str) -> None:
    answer = await shop.world.http.post(
        f"{shop.world.standin_url}/pay/device/trouble", params={"order": order["number"], "kinds": ",".join(kinds)}
    )
    assert answer.status_code == 200


async def refunded(shop: Shop) -> tuple[Any, dict[str, Any]]:
    """A shopper and an order that was refunded whole; its cash waits to be sent."""
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1})
    assert (await ask(shopper, order, {"BEEF": 1}))["state"] == "REFUNDED"
    return shopper, order


async def test_cash_goes_back_and_the_customer_sees_it(shop: Shop) -> None:
    """Q08: taken is not yet success: 处理中 until WeChat's callback says so; then the books owe nothing."""
    shopper, order = await refunded(shop)
    seen = (await shown(shopper, order))["refunds"][0]["payout"]
    assert (seen["state"], seen["amountFen"], "处理中" in seen["sentence"]) == ("PROCESSING", 4000, True)
    assert await send_all(shop) == ["processing"] and await account(shop, shopper) == {"refund_due": 4000}
    await settled(shop)
    after = await shown(shopper, order)
    assert (after["refundState"], after["refunds"][0]["payout"]["state"]) == ("REFUNDED", "SUCCEEDED")
    assert "退款成功" in after["refunds"][0]["payout"]["sentence"] and await account(shop, shopper) == {}
    assert await send_all(shop, now() + timedelta(days=1)) == []
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_replayed_and_late_notifications_change_nothing(shop: Shop) -> None:
    """O6: told three times more, at once, and of an older state after success: paid back once."""
    shopper, order = await refunded(shop)
    await send_all(shop)
    await settled(shop)
    before = await ledger.owed(shop.merchant_id)
    again = f"{shop.world.standin_url}/pay/device/tell-again"
    number = (await payouts(shop))[0][0]
    await asyncio.gather(*(shop.world.http.post(again, params={"out_refund_no": number}) for _ in range(3)))
    for late in ("ABNORMAL", "CLOSED", "PROCESSING"):
        await shop.world.http.post(again, params={"out_refund_no": number, "status": late})
    assert await payouts(shop) == [(number, 4000, "succeeded")]
    assert await ledger.owed(shop.merchant_id) == before and [line.amount for line in before] == [4000, -4000]
    assert (await shown(shopper, order))["refundState"] == "REFUNDED"
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_notification_before_the_answer_is_taken(shop: Shop) -> None:
    """Out of order: the callback of a refund whose request we have not written down as taken yet (killed in between)."""
    shopper, order = await refunded(shop)
    merchant, payout, _ = next(p for p in await orders.payouts.due(now()) if p[0] == shop.merchant_id)
    row = await database.fetchrow("SELECT * FROM payouts WHERE id = $1", payout)
    assert row is not None
    # the worker asked WeChat and died before it wrote anything
    await shop.world.runtime.pay.refund(shop.code, row["transaction_id"], row["number"], 4000, 4000, "不想要了", now())
    await settled(shop)
    assert (
        await account(shop, shopper) == {}
        and await orders.payouts.send(shop.world.runtime.pay, merchant, payout, now() + timedelta(hours=1)) == "later"
    )
    assert (await shown(shopper, order))["refundState"] == "REFUNDED"
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_killed_between_request_and_notification(shop: Shop) -> None:
    """A crash after WeChat took it, with its callback lost: the next try carries the same number, and WeChat refunds once."""
    shopper, order = await refunded(shop)
    await trouble(shop, order, "SILENT")
    row = await database.fetchrow("SELECT * FROM payouts WHERE merchant_id = $1", shop.merchant_id)
    assert row is not None
    await shop.world.runtime.pay.refund(shop.code, row["transaction_id"], row["number"], 4000, 4000, "不想要了", now())
    await asyncio.sleep(0.6)
    assert (await payouts(shop))[0][2] == "processing"
    assert await send_all(shop) == ["succeeded"]  # the answer to the same request is WeChat's present state
    assert await account(shop, shopper) == {}
    await sound(shop)


async def test_silence_is_asked_after(shop: Shop) -> None:
    """A refund that WeChat took and never told about: asked after ten minutes."""
    shopper, order = await refunded(shop)
    await trouble(shop, order, "SILENT")
    assert await send_all(shop) == ["processing"]
    await asyncio.sleep(0.6)
    assert await send_all(shop, now() + timedelta(minutes=5)) == []
    assert await send_all(shop, now() + timedelta(minutes=11)) == ["succeeded"]
    assert await account(shop, shopper) == {}
    await sound(shop)


async def test_failures_are_tried_again_and_readable(shop: Shop) -> None:
    """R05: an outage and an empty merchant account are waited out with the same number; the customer reads 处理中, staff
    the code."""
    shopper, order = await refunded(shop)
    await trouble(shop, order, "SYSTEM_ERROR", "NOT_ENOUGH")
    at = now()
    assert await send_all(shop, at) == ["processing"]
    assert (await shown(shopper, order))["refunds"][0]["payout"]["trouble"] is None  # not the customer's business
    admin = await shop.admin()
    text = "query($id: ID!) { storeOrder(id: $id) { order { refunds { payout { trouble state } } } } }"
    told = (await admin.run(text, id=order["id"]))["storeOrder"]["order"]["refunds"][0]["payout"]
    assert "SYSTEM_ERROR" in told["trouble"] and told["state"] == "PROCESSING"
    assert await send_all(shop, at + timedelta(seconds=5)) == []  # not at once
    assert await send_all(shop, at + timedelta(minutes=1)) == ["processing"]
    assert await send_all(shop, at + timedelta(minutes=5)) == ["processing"]
    await settled(shop)
    assert await account(shop, shopper) == {}
    await sound(shop)


RETRY = "mutation($i: RetryPayoutInput!) { retryPayout(input: $i) { __typename ... on Order { refundState } ... on PayoutNotFailed { state message } ... on NotFound { message } } }"


@pytest.mark.parametrize("kind", ["ABNORMAL", "CLOSED", "INVALID_REQUEST"])
async def test_what_failed_is_sent_again_by_staff(shop: Shop, kind: str) -> None:
    """The customer's account cannot take it, WeChat gave it up, or refused it: 退款失败, still owed; a clerk sends it again;
    what WeChat closed gets a new number."""
    shopper, order = await refunded(shop)
    await trouble(shop, order, kind)
    await send_all(shop)
    await settled(shop, "failed")
    seen = await shown(shopper, order)
    assert (seen["refundState"], seen["refunds"][0]["payout"]["state"]) == ("FAILED", "FAILED")
    assert await account(shop, shopper) == {"refund_due": 4000}
    await sound(shop)
    clerk, payout = await shop.staff("store_manager"), seen["refunds"][0]["payout"]["id"]
    if kind == "ABNORMAL":
        # mended at WeChat's own desk: success comes after failure
        again = f"{shop.world.standin_url}/pay/device/tell-again"
        await shop.world.http.post(again, params={"out_refund_no": (await payouts(shop))[0][0], "status": "SUCCESS"})
    else:
        far = await shop.staff("store_manager", stores=(shop.stores[1].id,))
        assert (await far.run(RETRY, i={"payoutId": payout, "idempotencyKey": key()}))["retryPayout"][
            "__typename"
        ] == "NotFound"
        mark = key()
        for _ in range(2):
            answer = await clerk.run(RETRY, i={"payoutId": payout, "idempotencyKey": mark})
            assert answer["retryPayout"] == {"__typename": "Order", "refundState": "PROCESSING"}
        assert await send_all(shop, now() + timedelta(minutes=2)) == ["processing"]
    await settled(shop)
    assert await account(shop, shopper) == {} and (await shown(shopper, order))["refundState"] == "REFUNDED"
    late = await clerk.run(RETRY, i={"payoutId": payout, "idempotencyKey": key()})
    assert (late["retryPayout"]["__typename"], late["retryPayout"]["state"]) == ("PayoutNotFailed", "SUCCEEDED")
    await sound(shop)


async def test_one_refund_of_an_order_a_minute(shop: Shop) -> None:
    """Connectors: two batches of one order: the second waits a minute, another order's does not."""
    shopper, clerk = await shop.shopper(), await shop.staff("admin")
    one, two = await bought(shop, shopper, {"BEEF": 2}, done=True), await bought(shop, shopper, {"TOFU": 1}, done=True)
    for order, units in ((one, {"BEEF": 1}), (one, {"BEEF": 1}), (two, {"TOFU": 1})):
        assert (await refund(clerk, order, units))["__typename"] == "Order"
    at = now()
    assert await send_all(shop, at) == ["processing", "later", "processing"]
    assert await send_all(shop, at + timedelta(seconds=61)) == ["processing"]
    await settled(shop, n=3)
    assert [n for n, _, _ in await payouts(shop)] == [
        f"{one['number']}R01",
        f"{one['number']}R02",
        f"{two['number']}R01",
    ]
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_two_workers_send_one_payout_once(shop: Shop) -> None:
    """X04: five workers at the same payout: one asks WeChat, the others leave it."""
    await refunded(shop)
    merchant, payout, _ = next(p for p in await orders.payouts.due(now()) if p[0] == shop.merchant_id)
    at = now()
    answers = await asyncio.gather(
        *(orders.payouts.send(shop.world.runtime.pay, merchant, payout, at) for _ in range(5))
    )
    assert sorted(answers) == ["later"] * 4 + ["processing"]
    await settled(shop)
    await sound(shop)


@pytest.mark.usefixtures("exact")
async def test_money_for_a_closed_order_goes_back_by_itself(shop: Shop) -> None:
    """O6: paid at the last moment for an order that was cancelled: owed, sent, settled, without anybody's doing."""
    shopper = await shop.shopper()
    order = await place(shopper, {"BEEF": 1})
    # paid on the phone while the cancellation could not reach WeChat
    await orders.cancel(shop.merchant_id, None, decode("ord", order["id"]), key(), "system", now())  # type: ignore[arg-type]
    for _ in range(2):
        await shop.world.http.post(
            f"{shop.world.standin_url}/pay/device/confirm", params={"prepay_id": order["payment"]["prepayId"]}
        )
    seen = await shown(shopper, order)
    assert (seen["state"], seen["refundState"]) == ("CANCELLED", "PROCESSING") and await account(shop, shopper) == {
        "refund_due": 4000
    }
    await send_all(shop)
    await settled(shop)
    assert await account(shop, shopper) == {} and (await shown(shopper, order))["refundState"] == "REFUNDED"
    await sound(shop)


async def test_the_worker_is_rung_by_the_refund(shop: Shop) -> None:
    """X04: the relay queues a job for the payout; the job sends it; a second job of the same try finds nothing to do."""
    await refunded(shop)
    row = await database.fetchrow("SELECT id FROM payouts WHERE merchant_id = $1", shop.merchant_id)
    assert row is not None

    async def queued() -> bool:
        return bool(await shop.world.redis.exists(f"arq:job:payout:{row['id']}:0"))

    await within(5, queued)
    await enqueue_payouts(shop.world.redis)
    ctx = {"runtime": shop.world.runtime, "redis": shop.world.redis}
    assert await send_payout(ctx, str(shop.merchant_id), str(row["id"])) == "processing"
    assert await send_payout(ctx, str(shop.merchant_id), str(row["id"])) == "later"
    await settled(shop)


async def test_refund_callbacks_that_must_not_be_believed(shop: Shop) -> None:
    """O6, connectors: unsigned, wrongly signed, about another merchant's or an unknown refund: nothing is settled."""
    shopper, _ = await refunded(shop)
    hook = f"{shop.world.url}/hooks/wechat-pay/refunds/{shop.code}"
    for headers in ({}, {"Wechatpay-Serial": "PLATFORM000000000000000000000000STANDIN", "Wechatpay-Signature": "c2ln"}):
        assert (await shop.world.http.post(hook, content="{}", headers=headers)).status_code == 401
    assert (await payouts(shop))[0][2] == "processing" and await account(shop, shopper) == {"refund_due": 4000}


async def test_client_signs_and_reads_refusals(shop: Shop) -> None:
    """Connectors: the same number is the same refund; another amount, too much, an unknown payment are refused for good;
    an outage may be tried again."""
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True)
    pay, at = pay_client(shop.world), now()
    transaction = await database.fetchval("SELECT payment_id FROM orders WHERE id = $1", decode("ord", order["id"]))
    told = await pay.refund(shop.code, transaction, f"{order['number']}T", 100, 4000, "试", at)
    assert (told.status, told.refund_fen) == ("PROCESSING", 100)
    assert (
        await pay.refund(shop.code, transaction, f"{order['number']}T", 100, 4000, "试", at)
    ).out_refund_no == told.out_refund_no
    for number, fen, total, known in (
        (f"{order['number']}T", 101, 4000, transaction),
        (f"{order['number']}U", 3901, 4000, transaction),
        (f"{order['number']}V", 1, 3999, transaction),
        (f"{order['number']}W", 1, 4000, "unknown"),
    ):
        with pytest.raises(PayRefused):
            await pay.refund(shop.code, known, number, fen, total, "试", at + timedelta(minutes=2))
    with pytest.raises(PayUnavailable, match="FREQUENCY_LIMITED"):
        await pay.refund(shop.code, transaction, f"{order['number']}X", 1, 4000, "试", at + timedelta(seconds=30))
    with pytest.raises(PayRefused, match="RESOURCE_NOT_EXISTS"):
        await pay.refund_state("never-asked", at)
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9", trust_env=False) as http:
        pay._http, pay._base = http, "http://127.0.0.1:9"
        with pytest.raises(PayUnavailable):
            await pay.refund_state(told.out_refund_no, at)


async def test_the_stand_in_remembers_over_a_restart(shop: Shop) -> None:
    """Decision 0008: what was paid before a restart of the stand-in can still be refunded after it, once."""
    shopper, order = await refunded(shop)
    await send_all(shop)
    await settled(shop)
    number = (await payouts(shop))[0][0]
    transport = httpx.ASGITransport(create_standin(shop.world.settings))  # a second one, on the same folder
    async with httpx.AsyncClient(transport=transport) as http:
        pay = pay_client(shop.world)
        pay._http = http
        assert (await pay.refund_state(number, now())).status == "SUCCESS"
        transaction = await database.fetchval("SELECT payment_id FROM orders WHERE id = $1", decode("ord", order["id"]))
        with pytest.raises(PayRefused, match="超过可退金额"):
            await pay.refund(shop.code, transaction, f"{number}X", 1, 4000, "再退", now() + timedelta(minutes=2))
    assert await account(shop, shopper) == {}


async def test_a_notification_is_for_its_payout_alone(shop: Shop) -> None:
    """O6: told of another merchant, of another number, of another amount: nothing is booked; the true word still counts."""
    shopper, _ = await refunded(shop)
    number = (await payouts(shop))[0][0]
    for merchant_id, told in ((new_id(), number), (shop.merchant_id, f"{number}-0"), (shop.merchant_id, f"{number}-1")):
        assert await orders.payouts.settle(merchant_id, RefundTold(told, "SUCCESS", 4000), now()) is None
    assert await orders.payouts.settle(shop.merchant_id, RefundTold(number, "SUCCESS", 3999), now()) == "failed"
    assert await account(shop, shopper) == {"refund_due": 4000}
    assert await orders.payouts.settle(shop.merchant_id, RefundTold(number, "SUCCESS", 4000), now()) == "succeeded"
    assert await account(shop, shopper) == {}
    await sound(shop)


MANY = (
    "SET LOCAL session_replication_role = replica",
    "UPDATE payouts SET state = 'succeeded', ended_at = now() WHERE state = 'processing'",  # what other tests left on its way is not read through either
    "INSERT INTO orders (id, merchant_id, number, member_id, store_id, state, channel, placed_at, list_fen, goods_fen, shipping_fen, payable_fen, due_fen)"
    " SELECT gen_random_uuid(), $1, 'T' || n, gen_random_uuid(), $1, 'paid', 'h5', now(), 1, 1, 0, 1, 1 FROM generate_series(1, 5000) n",
    "INSERT INTO payouts (id, merchant_id, order_id, number, transaction_id, amount_fen, total_fen, reason, state, next_at, made_at, ended_at)"
    " SELECT id, merchant_id, id, number || 'R01', number, 1, 1, '', 'succeeded', now(), now(), now() FROM orders WHERE merchant_id = $1",
    "INSERT INTO coupons (id, merchant_id, template_id, member_id, code, state, source, claimed_at, valid_from, expires_at)"
    " SELECT gen_random_uuid(), $1, $1, $1, number, 'issued', 'claim', now(), now(), now() FROM orders WHERE merchant_id = $1",
)


async def test_refunds_look_at_no_whole_table(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a refund, a callback and the console's lists read is found by an index on what they ask for, not by reading
    every coupon, payout or order of the merchant."""
    said: list[tuple[str, tuple[object, ...]]] = []
    fetch, fetch_in = database.fetch, database.Tx.fetch

    async def noted(sql: str, *args: object) -> Any:
        said.append((sql, args))
        return await fetch(sql, *args)

    async def noted_in(tx: database.Tx, sql: str, *args: object) -> Any:
        said.append((sql, args))
        return await fetch_in(tx, sql, *args)

    monkeypatch.setattr(database, "fetch", noted)
    monkeypatch.setattr(database.Tx, "fetch", noted_in)
    async with database.transaction() as tx:
        await coupons.of_order(tx, shop.merchant_id, new_id(), [], now(), lock=False)
    await orders.payouts.settle(shop.merchant_id, RefundTold("N-1", "SUCCESS", 1), now())
    # A number, not the beginning of most of them: there the planner rightly reads by age until a page is full.
    await orders.search(shop.merchant_id, "202611229999", [new_id()], None, (), 20, None)
    states: tuple[orders.service.RefundState, ...] = ("failed", "requested", "processing", "part")
    for state in states:
        await orders.search(shop.merchant_id, "", [], state, (), 20, None)
    monkeypatch.undo()
    async with shop.world.owner.acquire() as connection:
        trial = connection.transaction()
        await trial.start()
        for sql in MANY:
            await connection.execute(sql, *[shop.merchant_id] if "$1" in sql else [])
        await connection.execute("ANALYZE orders, payouts, coupons")
        read = {
            sql: _read(json.loads(await connection.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, *args))[0]["Plan"])
            for sql, args in said
        }
        await trial.rollback()
    assert len(read) > 4 and {sql: rows for sql, rows in read.items() if rows > 100} == {}


def _read(plan: dict[str, Any]) -> float:
    """Rows that a plan looked at."""
    looked = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return float(looked * plan["Actual Loops"]) + sum(_read(inner) for inner in plan.get("Plans", []))
