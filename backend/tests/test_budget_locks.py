"""Budgets of several templates in one transaction are locked in the order of templates, whoever takes of them (K01, B04, B06, O4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from backend import automation, coupons, events
from backend.kit import database, outbox
from backend.kit.clock import day_start, local_day, now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop
from backend.tests.refunding import member_of
from backend.tests.test_coupon_kinds import template
from backend.tests.test_levels import BASIC, set_scheme
from backend.tests.test_lifecycle import in_state
from backend.tests.test_template_budgets import figures, set_budget

exact = pytest.mark.usefixtures("exact")


async def beside(shop: Shop, kinds: Sequence[UUID], act: Callable[[], Awaitable[int]]) -> int:
    """Runs `act` while another connection holds the first of the budgets and then asks for the last, as claims and draws do."""
    low, high = sorted(kinds)
    held = asyncio.Event()

    async def other() -> None:
        async with database.transaction() as tx:
            await coupons.lock_room(tx, shop.merchant_id, [low])
            held.set()
            await asyncio.sleep(0.7)
            await coupons.lock_room(tx, shop.merchant_id, [high])

    async def mine() -> int:
        await held.wait()
        return await act()

    async with asyncio.timeout(30):
        _, given = await asyncio.gather(other(), mine())
    return given


async def rise(shop: Shop, member: UUID, before: str, after: str) -> outbox.Stored:
    """The fact that a member rose, kept from the relay that runs beside: the test hands it on."""
    fact = events.LevelChanged(new_id(), member, before, after, "by_hand", now())
    async with database.transaction() as tx:
        event_id = await outbox.emit(tx, shop.merchant_id, f"member:{member}", fact, now())
        (row,) = await tx.fetch(
            "UPDATE outbox_events SET relayed_at = now() WHERE id = $1"
            " RETURNING id, sequence, merchant_id, aggregate, kind, payload, occurred_at",
            event_id,
        )
    return outbox.Stored(**row)


@exact
@pytest.mark.parametrize("of_one", [True, False])
async def test_coupons_of_levels_wait_for_budgets_in_order(shop: Shop, of_one: bool) -> None:
    """K01, B04: silver brings the template that comes last, gold the first: one member who leaps over both, or two events of a batch."""
    named = [(await template(shop, name, budgetFen=1000))["id"] for name in ("甲券", "乙券")]
    low, high = sorted(named, key=lambda name: decode("tpl", name) or UUID(int=0))
    silver = {"id": "silver", "name": "银卡会员", "needs": "TOTAL", "growth": 100, "coupon": high}
    gold = {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 500, "coupon": low}
    assert (await set_scheme(shop, [BASIC, silver, gold]))["__typename"] == "LevelScheme"
    one, two = [await member_of(await shop.shopper()) for _ in range(2)]
    steps = [(one, "basic", "gold")] if of_one else [(one, "basic", "silver"), (two, "silver", "gold")]
    rises = [await rise(shop, *step) for step in steps]

    async def relay() -> int:
        async with database.transaction() as tx:
            return await automation.levels.give(tx, shop.world.settings.secret, rises, now())

    assert await beside(shop, [i for n in named if (i := decode("tpl", n))], relay) == 2
    assert await relay() == 0  # the same events again
    assert [(await figures(shop, name))[:4] for name in (low, high)] == [(1000, 500, 0, 500)] * 2


@exact
async def test_coupons_of_the_life_cycle_wait_for_budgets_in_order(shop: Shop) -> None:
    """K01, B06: a silent and a lost customer, in whichever order their ids and the templates stand: nobody waits in a ring."""
    settings = shop.world.settings
    noon = day_start(local_day(now(), "Asia/Shanghai"), "Asia/Shanghai") + timedelta(hours=12)

    async def offer() -> int:
        return await automation.lifecycle.offer_due(settings.secret, settings.subscribe_template_id, noon)

    first = [await shop.shopper() for _ in range(2)]
    for shopper, state in zip(first, ("silent", "lost"), strict=True):
        await in_state(shop, shopper, state, noon - timedelta(hours=1))
    await offer()  # makes the templates
    rows = await database.fetch(
        "SELECT id, code FROM coupon_templates WHERE merchant_id = $1 AND code LIKE 'lifecycle_%' ORDER BY id",
        shop.merchant_id,
    )
    assert len(rows) == 2
    for row in rows:
        assert (await set_budget(shop, f"tpl_{row['id'].hex}", 10_000))["__typename"] == "CouponTemplate"
    # the member who comes first is due the template that comes last
    people = [await shop.shopper() for _ in range(2)]
    ids = {await member_of(p): p for p in people}
    last_first = [row["code"].split(":")[0].removeprefix("lifecycle_") for row in reversed(rows)]
    for member, state in zip(sorted(ids), last_first, strict=True):
        await in_state(shop, ids[member], state, noon - timedelta(hours=1))
    await beside(shop, [row["id"] for row in rows], offer)
    for row in rows:
        assert (await figures(shop, f"tpl_{row['id'].hex}"))[1] > 0


@exact
async def test_a_budget_waits_for_who_publishes(shop: Shop) -> None:
    """K01, P05: whether a live promotion promises the coupon is looked up under the lock that publishing takes."""
    kind = (await template(shop, "返的券"))["id"]
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 9000, "off": 100}]}, name="先有一个活动")
    async with database.transaction() as tx:
        await tx.execute("UPDATE rule_epochs SET epoch = epoch WHERE merchant_id = $1", shop.merchant_id)
        asked = asyncio.create_task(set_budget(shop, kind, 5000))
        done, _ = await asyncio.wait({asked}, timeout=1.0)
        assert not done
    assert (await asked)["__typename"] == "CouponTemplate"
