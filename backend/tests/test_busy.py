"""K11 over GraphQL: the queue of claims is bounded; who comes when it is full is told so and when to try again, and loses nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from backend import coupons
from backend.demo.client import key
from backend.kit import database
from backend.kit.batching import Batcher
from backend.kit.ids import decode
from backend.tests.conftest import Shop, within
from backend.tests.test_codes import codes_in, generate

CLAIM = """mutation($i: ClaimCouponInput!) { claimCoupon(input: $i) { __typename ... on Coupon { id }
  ... on Busy { code message retryAfterMs } } }"""
ENTER = """mutation($i: RedeemCouponCodeInput!) { redeemCouponCode(input: $i) { __typename ... on Coupon { id }
  ... on Busy { retryAfterMs } } }"""
BLOCKED = """SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
  AND query LIKE '%FROM coupon_drops d%FOR UPDATE OF d%')"""


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The claims of the running API wait three at most."""
    submit, wide = Batcher.submit, dict[Batcher[Any, Any], int]()

    async def tight(self: Batcher[Any, Any], one: Any) -> Any:
        if isinstance(one, coupons.Claim):
            wide.setdefault(self, self._limit)
            self._limit = 3
        return await submit(self, one)

    monkeypatch.setattr(Batcher, "submit", tight)
    yield
    for batcher, limit in wide.items():
        batcher._limit = limit


@pytest.mark.usefixtures("exact", "narrow")
async def test_a_full_queue_says_when_to_try_again(shop: Shop) -> None:
    """K11, C4: while somebody holds the drop, one claim is under way and three wait; the other eight, and a code, are told at once that
    it is busy and in how many milliseconds to try again. Nothing of theirs is recorded: the same key has its coupon afterwards, and
    whoever waited has one."""
    drop = await shop.drop(total=50)
    code = (await codes_in((await generate(shop, await shop.drop(access="CODES"), 1))["id"]))[0]
    people, keys = [await shop.shopper() for _ in range(13)], [key() for _ in range(13)]

    async def press(n: int) -> dict[str, Any]:
        given = {"dropId": drop, "idempotencyKey": keys[n]}
        found: dict[str, Any] = (await people[n].run(CLAIM, i=given))["claimCoupon"]
        return found

    async def enter() -> dict[str, Any]:
        found: dict[str, Any] = (await people[12].run(ENTER, i={"code": code, "idempotencyKey": keys[12]}))[
            "redeemCouponCode"
        ]
        return found

    async with database.transaction(own=True) as tx:
        await tx.execute("SELECT id FROM coupon_drops WHERE id = $1 FOR UPDATE", decode("drp", drop))
        first = asyncio.create_task(press(0))
        await within(5, lambda: database.fetchval(BLOCKED))
        pressed = [asyncio.create_task(press(n)) for n in range(1, 12)]
        await within(5, lambda: _told(pressed, 8))
        entered = await enter()
    refused = [n for n, task in enumerate(pressed, 1) if task.done()]
    for task in (pressed[n - 1] for n in refused):
        answer = task.result()
        assert (answer["__typename"], answer["code"]) == ("Busy", "Busy") and "稍等" in answer["message"]
        assert 0 < answer["retryAfterMs"] < 10_000
    assert entered["__typename"] == "Busy" and entered["retryAfterMs"] > 0
    answers = [await first, *[await task for task in pressed]]
    assert Counter(a["__typename"] for a in answers) == {"Coupon": 4, "Busy": 8}
    recorded = "SELECT count(*) FROM idempotency_records WHERE merchant_id = $1 AND key = ANY($2)"
    assert await database.fetchval(recorded, shop.merchant_id, [keys[n] for n in (*refused, 12)]) == 0
    again = [await press(n) for n in refused]
    assert Counter(a["__typename"] for a in again) == {"Coupon": 8} and (await enter())["__typename"] == "Coupon"


async def _told(tasks: list[asyncio.Task[dict[str, Any]]], most: int) -> bool:
    return sum(task.done() for task in tasks) == most
