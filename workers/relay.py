"""The outbox relay: hands every fact to the rollups, to live subscriptions and to arq, at least once and in order.

One relay works at a time (an advisory lock); consumers are idempotent by event id. It is woken by NOTIFY and
looks once a second in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from arq.connections import ArqRedis
from redis.exceptions import RedisError

from backend import analytics, automation, coupons, engagement, orders, referrals
from backend.kit import database, live, outbox
from backend.kit.clock import now
from backend.kit.outbox import Stored
from backend.settings import LEVEL_TEMPLATE
from workers import MESSAGES, SCHEDULES

LOCK = 0x5348_4F42
IDLE_SECONDS = 1.0
log = structlog.get_logger("relay")


def topics_of(event: Stored) -> list[tuple[str, dict[str, str]]]:
    """Which live topics an event moves, and the cause that subscribers are told."""
    match event.kind:
        case "RulesChanged":
            name, change, epoch = (event.payload[key] for key in ("promotion_name", "change", "epoch"))
            return [
                (f"rules:{event.merchant_id}", {"cause": "RULES", "name": name, "change": change, "epoch": str(epoch)})
            ]
        case "StackingChanged":
            return [(f"rules:{event.merchant_id}", {"cause": "STACKING"})]
        case "TenderCapChanged":
            return [(f"rules:{event.merchant_id}", {"cause": "TENDERS"})]
        case "OfferSoldOut":
            return [(f"rules:{event.merchant_id}", {"cause": "STOCK", "offer": event.payload["offer_id"]})]
        case "OfferBack":
            return [(f"rules:{event.merchant_id}", {"cause": "BACK", "offer": event.payload["offer_id"]})]
        case "StockCounted":
            place, sku = event.payload["store_id"], event.payload["sku"]
            return [(f"rules:{event.merchant_id}", {"cause": "SHELF", "store": str(place), "sku": sku})]
        case "CouponMoved" if event.payload.get("after") == "expired":
            return [(f"member:{event.payload['member_id']}", {"cause": "COUPON_ENDED"})]
        case "CouponClaimed" | "CouponGranted" | "CouponMoved":
            return [(f"member:{event.payload['member_id']}", {"cause": "COUPON"})]
        case "CouponDropChanged":
            return [(coupons.STOCK_TOPIC, {"cause": "STOCK"})]
        case "MemberJoined" | "MemberChanged":
            return [(f"member:{event.payload['member_id']}", {"cause": "ACCOUNT"})]
        case "LevelChanged":
            return [(f"member:{event.payload['member_id']}", {"cause": "LEVEL"})]
        case "AccountChanged" | "FamilyChanged":
            return [(f"member:{event.payload['member_id']}", {"cause": "ACCOUNT"}), _lends(event)]
        case "PointsExchanged" | "ExchangeVoided" | "LotteryDrawn":
            return [(f"member:{event.payload['member_id']}", {"cause": "ACCOUNT"})]
        case "OrderPlaced" | "OrderCancelled":  # what it holds, or held, of points
            return [(f"member:{event.payload['member_id']}", {"cause": "ORDER"}), _lends(event)]
        case "OrderPaid" | "OrderCompleted" | "OrderRefunded":
            return [(f"member:{event.payload['member_id']}", {"cause": "ORDER"})]
        case "RefundRequestMoved" | "PayoutMoved" | "PresaleMoved":
            return [(f"member:{event.payload['member_id']}", {"cause": "ORDER"})]
    raise ValueError(f"unknown event {event.kind!r}")


def _lends(event: Stored) -> tuple[str, dict[str, str]]:
    """What a member's family may spend of theirs has perhaps changed."""
    return f"lends:{event.payload['member_id']}", {"cause": "FAMILY"}


async def absorb(events: Sequence[Stored], secret: bytes, level_template_id: str) -> set[UUID]:
    """The effects in our own tables, in one transaction with their marks."""
    async with database.transaction() as tx:
        moved = await analytics.absorb(tx, events, now())
        await automation.absorb(tx, secret, events, level_template_id, now())
        return moved


async def relay_once(redis: ArqRedis, secret: bytes, level_template_id: str = LEVEL_TEMPLATE) -> int:
    """Takes what waits and hands it on. Returns how many events."""
    async with database.pool().acquire() as gate, gate.transaction():
        if not await gate.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return 0
        events = await outbox.waiting()
        if not events:
            return 0
        await referrals.absorb(events, now())
        await engagement.absorb(events, now())
        moved = await absorb(events, secret, level_template_id)  # committed before anybody is told to look at it
        await live.publish(
            redis,
            _merged(
                [t for e in events for t in topics_of(e)]
                + [(f"dashboard:{m}", {"cause": "SALES"}) for m in sorted(moved)]
            ),
        )
        if any(event.kind in ("CouponGranted", "LevelChanged") for event in events):
            await enqueue_messages(redis)
        if any(event.kind == "PayoutMoved" and event.payload["after"] == "processing" for event in events):
            await enqueue_payouts(redis)
        if any(event.kind == "CouponDropChanged" and event.payload["change"] == "codes" for event in events):
            await enqueue_code_pools(redis)
        await outbox.mark_relayed(events, now())
        return len(events)


def _merged(moved: list[tuple[str, dict[str, str]]]) -> list[tuple[str, dict[str, str]]]:
    """Equal wake-ups of one batch once."""
    return [
        (topic, dict(cause))
        for topic, cause in dict.fromkeys((topic, tuple(sorted(cause.items()))) for topic, cause in moved)
    ]


async def enqueue_messages(redis: ArqRedis) -> None:
    """A job for every queued message; a message that has one already gets no second."""
    for merchant_id, message_id in await automation.waiting():
        await redis.enqueue_job(
            "send_message", str(merchant_id), str(message_id), _job_id=f"message:{message_id}", _queue_name=MESSAGES
        )


async def enqueue_payouts(redis: ArqRedis) -> None:
    """A job for every payout whose turn it is; a try that has a job already gets no second."""
    for merchant_id, payout_id, tries in await orders.payouts.due(now()):
        await redis.enqueue_job(
            "send_payout",
            str(merchant_id),
            str(payout_id),
            _job_id=f"payout:{payout_id}:{tries}",
            _queue_name=SCHEDULES,
        )


async def enqueue_code_pools(redis: ArqRedis) -> None:
    """A job for every pool that has not all its codes; one that has a job already gets no second."""
    for merchant_id, pool_id in await coupons.unfinished(now()):
        await redis.enqueue_job(
            "make_codes", str(merchant_id), str(pool_id), _job_id=f"codes:{pool_id}", _queue_name=SCHEDULES
        )


async def run(redis: ArqRedis, database_url: str, secret: bytes, level_template_id: str = LEVEL_TEMPLATE) -> None:
    """Relays until cancelled. An outage of either server is waited out; nothing is marked that was not handed on."""
    bell, pause = outbox.Bell(database_url), 0.2
    try:
        while True:
            try:
                if await relay_once(redis, secret, level_template_id) == 0:
                    await bell.wait(IDLE_SECONDS)
                pause = 0.2
            except (RedisError, *database.OUTAGES) as error:
                log.warning("relay_waits", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)
    finally:
        await bell.close()
