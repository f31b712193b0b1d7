"""The outbox and its relay: at least once on the way, exactly once in effect."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisDown

from backend import analytics, events
from backend.demo.client import key
from backend.events import Event
from backend.kit import database, live, outbox
from backend.kit.clock import local_day, now
from backend.kit.ids import new_id
from backend.kit.outbox import Stored
from backend.tests.conftest import Shop, claim, pay, place, within
from workers import relay


async def mine(shop: Shop, where: str = "true") -> int:
    return int(
        await database.fetchval(
            f"SELECT count(*) FROM outbox_events WHERE merchant_id = $1 AND {where}", shop.merchant_id
        )
    )


async def relayed(shop: Shop) -> bool:
    return await mine(shop, "relayed_at IS NULL") == 0


@pytest.mark.usefixtures("exact")
async def test_every_event_takes_effect_once(shop: Shop) -> None:
    """E1: events handed on three times over, by two relays at once, count once in the rollups."""
    await claim(await shop.shopper(), await shop.drop())
    for _ in range(3):
        await pay(shop.world, await place(await shop.shopper(), {"BEEF": 2}))
    await within(5, lambda: relayed(shop))
    for _ in range(2):
        await database.pool().execute(
            "UPDATE outbox_events SET relayed_at = NULL WHERE merchant_id = $1", shop.merchant_id
        )
        await asyncio.gather(
            relay.relay_once(shop.world.redis, shop.world.settings.secret),
            relay.relay_once(shop.world.redis, shop.world.settings.secret),
        )
        await within(5, lambda: relayed(shop))
    snap = await analytics.snapshot(shop.merchant_id, local_day(now(), "Asia/Shanghai"))
    assert (snap.cards.orders, snap.cards.revenue_fen, snap.cards.units, snap.cards.coupons_claimed, snap.facts) == (
        3,
        24000,
        6,
        1,
        4,
    )


@pytest.mark.usefixtures("exact")
async def test_change_and_event_are_committed_together(shop: Shop) -> None:
    """E1: a transaction that fails leaves no event."""
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await outbox.emit(tx, shop.merchant_id, "x", events.OfferSoldOut("o"), now())
            raise ZeroDivisionError
    assert await mine(shop, "kind = 'OfferSoldOut'") == 0


@pytest.mark.usefixtures("exact")
async def test_nothing_is_marked_that_was_not_handed_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """E1, R05: while Redis is away the events wait; orders go on; when it is back everything is told."""

    async def away(*_: object) -> None:
        raise RedisDown("away")

    with monkeypatch.context() as patch:
        patch.setattr(live, "publish", away)
        shopper = await shop.shopper()
        await pay(shop.world, await place(shopper, {"BEEF": 1}))
        with pytest.raises(RedisDown):
            async with asyncio.timeout(8):
                while True:  # the other relay may hold the lock just then
                    await relay.relay_once(shop.world.redis, shop.world.settings.secret)
        assert await mine(shop, "relayed_at IS NULL") >= 2
    async with shopper.subscribe("subscription { benefitAccount { version } }") as frames:
        await anext(frames)
        await claim(shopper, await shop.drop())
        async with asyncio.timeout(8):
            assert (await anext(frames))["benefitAccount"]["version"] == 2
    await within(8, lambda: relayed(shop))


@pytest.mark.usefixtures("exact")
async def test_events_of_one_order_keep_their_order(shop: Shop) -> None:
    """E2: placed, paid, completed, in this sequence."""
    order = await place(await shop.shopper(), {"BEEF": 1})
    await pay(shop.world, order)
    await (await shop.admin()).run(
        "mutation($i: CompleteOrderInput!) { completeOrder(input: $i) { __typename } }",
        i={"orderId": order["id"], "idempotencyKey": key()},
    )
    rows = await database.fetch(
        "SELECT kind FROM outbox_events WHERE merchant_id = $1 AND aggregate LIKE 'order:%' ORDER BY sequence",
        shop.merchant_id,
    )
    assert [row["kind"] for row in rows] == ["OrderPlaced", "OrderPaid", "OrderCompleted"]


async def test_dashboard_subscription_moves_with_an_order(shop: Shop) -> None:
    """D01, E3: a whole state first, then each newer one with a rising version; what it shows last is what a query shows."""
    admin = await shop.admin()
    text = "{ dashboard { version cards { revenueFen orders units promotedShareBp } stores { store { name } revenueFen } topSkus { sku units } } }"
    await shop.promotion({"type": "percent_off", "scope": {"categories": ["丸滑"]}, "pay_bp": 9000})
    async with admin.subscribe("subscription " + text) as frames, asyncio.timeout(15):
        first = (await anext(frames))["dashboard"]
        assert (first["version"], first["cards"]["orders"]) == (1, 0)
        await pay(shop.world, await place(await shop.shopper(), {"BEEF": 1, "TOFU": 1}))
        second = (await anext(frames))["dashboard"]
        assert second["version"] > first["version"]
        assert second["cards"] == {"revenueFen": 4500, "orders": 1, "units": 2, "promotedShareBp": 5000}
        assert second["stores"] == [{"store": {"name": "成都店"}, "revenueFen": 4500}] and {
            s["sku"] for s in second["topSkus"]
        } == {"BEEF", "TOFU"}
    assert {**(await admin.run("query " + text))["dashboard"], "version": second["version"]} == second


def test_every_kind_of_event_has_topics() -> None:
    """E1: a new kind of event cannot be forgotten by the relay; an unknown stored kind is an error, never silence."""
    payload = {"promotion_name": "x", "epoch": 2, "change": "published", "offer_id": "o", "member_id": "m"}

    def stored(kind: str) -> Stored:
        return Stored(new_id(), 1, new_id(), "a", kind, payload, now())

    kinds = [k.__name__ for k in Event.__args__]  # type: ignore[attr-defined]
    assert len(kinds) == 25 and all(relay.topics_of(stored(kind)) for kind in kinds)
    with pytest.raises(ValueError, match="unknown event"):
        relay.topics_of(stored("SomethingNew"))
