"""评价: a member reviews an article of a completed order; growth comes with it and goes with the article (B04).

Lock order: idempotency key → order, shared → member → accounts (growth). A refund waits for the order, so a review sees it whole or
comes before it; what comes back later is settled from the outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import members, merchants, orders
from backend.engagement.rules import Problem, Why, bought, check_review, obstacle, within_cap
from backend.kit import database, idempotency, outbox
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.kit.outbox import Stored

CONSUMER = "reviews"
TAKES = ("OrderRefunded",)


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """`state`: shown, hidden."""

    id: UUID
    member_id: UUID
    order_id: UUID
    sku: str
    stars: int
    text: str
    growth: int
    taken_back: int
    state: str
    at: datetime
    hide_reason: str | None


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class OrderMissing:
    pass


@dataclass(frozen=True, slots=True)
class ReviewMissing:
    pass


@dataclass(frozen=True, slots=True)
class NotReviewable:
    """The article was not bought with this order, came back, or the order is not completed yet."""

    because: Why


@dataclass(frozen=True, slots=True)
class Reviewed:
    """It was reviewed before."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hidden:
    """The review was hidden before."""

    at: datetime


async def _left(order: orders.OrderInfo) -> dict[str, int]:
    """Units by article that the customer still has."""
    batches = (await orders.refunds.of_orders(order.merchant_id, [order.id])).get(order.id, [])
    return orders.still_had(order, batches)


async def review(
    merchant_id: UUID, member_id: UUID, order_id: UUID, sku: str, stars: int, text: str, key: str, at: datetime
) -> ReviewInfo | Invalid | OrderMissing | NotReviewable | Reviewed | IdempotencyConflict:
    """Reviews an article, once, and brings growth up to the day's cap of the level scheme."""
    problems = check_review(stars, text)
    if problems:
        return Invalid(tuple(problems))
    if await orders.get(merchant_id, order_id, member_id) is None:
        return OrderMissing()
    day = local_day(at, (await merchants.get(merchant_id)).time_zone)
    async with database.transaction() as tx:
        wish = [str(order_id), sku, stars, text.strip()]
        begun = await idempotency.begin(tx, merchant_id, f"consumer:{member_id}", key, "reviewArticle", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            review_id = UUID(begun.answer["id"])
        else:
            await orders.keep_still(tx, merchant_id, order_id)
            await members.lock(tx, merchant_id, member_id)
            order = await orders.get(merchant_id, order_id, member_id)
            assert order is not None, "orders are never deleted"
            because = obstacle(order.state, bought(order.lines), await _left(order), sku)
            if because is not None:
                return NotReviewable(because)
            before = await tx.fetchval(
                "SELECT at FROM reviews WHERE merchant_id = $1 AND order_id = $2 AND sku = $3",
                merchant_id,
                order_id,
                sku,
            )
            if before is not None:
                return Reviewed(before)
            review_id = new_id()
            growth = await _grow(tx, merchant_id, member_id, review_id, order.number, day, at)
            await tx.execute(
                "INSERT INTO reviews (id, merchant_id, member_id, order_id, sku, stars, text, growth, state, day, at)"
                " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'shown',$9,$10)",
                review_id,
                merchant_id,
                member_id,
                order_id,
                sku,
                stars,
                text.strip(),
                growth,
                day,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "Review", "id": str(review_id)})
    return (await reviews(merchant_id, ids=[review_id]))[0]


async def _grow(
    tx: Tx, merchant_id: UUID, member_id: UUID, review_id: UUID, number: str, day: Any, at: datetime
) -> int:
    """Growth for one more review of the day, as far as the cap lets; the member is locked."""
    scheme = (await members.scheme_info(merchant_id)).scheme
    given = await tx.fetchval(
        "SELECT coalesce(sum(growth), 0) FROM reviews WHERE merchant_id = $1 AND member_id = $2 AND day = $3",
        merchant_id,
        member_id,
        day,
    )
    growth = within_cap(scheme.per_review, scheme.review_cap, given)
    if growth:
        memo = {"text": f"评价订单 {number} 的商品，得 {growth} 成长值", "review": str(review_id)}
        await members.levels.deserved(tx, merchant_id, member_id, growth, f"review:{review_id}", memo, at)
    return growth


async def hide(
    merchant_id: UUID, actor: str, review_id: UUID, reason: str, key: str, at: datetime
) -> ReviewInfo | Invalid | ReviewMissing | Hidden | IdempotencyConflict:
    """隐藏 by staff with a reason that the customer reads: what the review brought goes again."""
    if not 2 <= len(reason.strip()) <= 100:
        return Invalid((Problem("reason", "请写明隐藏原因，2–100 个字"),))
    found = await reviews(merchant_id, ids=[review_id])
    if not found:
        return ReviewMissing()
    async with database.transaction() as tx:
        wish = [str(review_id), reason.strip()]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "hideReview", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            await members.lock(tx, merchant_id, found[0].member_id)
            row = await tx.fetchrow("SELECT * FROM reviews WHERE merchant_id = $1 AND id = $2", merchant_id, review_id)
            assert row is not None, "reviews are never deleted"
            if row["state"] == "hidden":
                return Hidden(row["hidden_at"])
            await tx.execute(
                "UPDATE reviews SET state = 'hidden', hidden_at = $3, hidden_by = $4, hide_reason = $5 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                review_id,
                at,
                actor,
                reason.strip(),
            )
            await _take_back(tx, row, f"评价被隐藏：{reason.strip()}", at)
            await idempotency.finish(tx, begun, {"type": "Review", "id": str(review_id)})
    return (await reviews(merchant_id, ids=[review_id]))[0]


async def _take_back(tx: Tx, row: dict[str, Any], why: str, at: datetime) -> None:
    """What a review brought and has not given back, as far as it is there; once. The member is locked."""
    if row["growth"] == 0 or row["taken_back"]:
        return
    memo = {"text": f"{why}，收回 {row['growth']} 成长值", "review": str(row["id"])}
    gone = await members.levels.undeserved(
        tx, row["merchant_id"], row["member_id"], row["growth"], f"review:{row['id']}:back", memo, row["at"], at
    )
    await tx.execute(
        "UPDATE reviews SET taken_back = $3 WHERE merchant_id = $1 AND id = $2", row["merchant_id"], row["id"], gone
    )


async def absorb(events: Sequence[Stored], at: datetime) -> int:
    """Takes back growth of reviews whose articles came back wholly. Each event in a transaction of its own with its mark; safe to
    call again with the same events."""
    mine = [event for event in events if event.kind in TAKES]
    taken = 0
    for event in mine:
        merchant_id, order_id = event.merchant_id, UUID(event.payload["order_id"])
        found = await reviews(merchant_id, order_id=order_id)
        if not found:
            continue
        async with database.transaction() as tx:
            if not await outbox.once(tx, CONSUMER, [event], at):
                continue
            await members.lock(tx, merchant_id, UUID(event.payload["member_id"]))
            order = await orders.get(merchant_id, order_id)
            assert order is not None, "orders are never deleted"
            left = await _left(order)
            for row in await tx.fetch(
                "SELECT * FROM reviews WHERE merchant_id = $1 AND order_id = $2 ORDER BY id", merchant_id, order_id
            ):
                # hiding took what was there: what came later is not chased
                if left.get(row["sku"], 0) == 0 and not row["taken_back"] and row["state"] == "shown":
                    await _take_back(tx, row, f"订单 {order.number} 的商品已退货", at)
                    taken += 1
    return taken


async def reviews(
    merchant_id: UUID,
    *,
    member_id: UUID | None = None,
    order_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[ReviewInfo]:
    """Reviews, newest first."""
    rows = await database.fetch(
        "SELECT id, member_id, order_id, sku, stars, text, growth, taken_back, state, at, hide_reason FROM reviews WHERE merchant_id = $1"
        " AND ($2::uuid IS NULL OR member_id = $2) AND ($3::uuid IS NULL OR order_id = $3) AND ($4::uuid[] IS NULL OR id = ANY($4))"
        " AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        merchant_id,
        member_id,
        order_id,
        list(ids) if ids is not None else None,
        after,
        first,
    )
    return [ReviewInfo(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Reviewable:
    """An article of an order: its review, or why there can be none."""

    sku: str
    review: ReviewInfo | None
    obstacle: Why | None


async def reviewable(merchant_id: UUID, member_id: UUID, order_id: UUID) -> list[Reviewable] | None:
    """What of an order a member can review or has reviewed; None when it is not theirs."""
    order = await orders.get(merchant_id, order_id, member_id)
    if order is None:
        return None
    left, skus = await _left(order), bought(order.lines)
    done = {one.sku: one for one in await reviews(merchant_id, order_id=order_id)}
    return [Reviewable(sku, done.get(sku), obstacle(order.state, skus, left, sku)) for sku in skus]
