"""Rollups behind the live dashboard: absorbed from the outbox once, read back as a snapshot (D01, E1, E3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend import merchants
from backend.analytics.rules import average, bucket_of, day_of, sales_of, share_bp
from backend.kit import database, outbox
from backend.kit.database import Tx
from backend.kit.outbox import Stored

CONSUMER = "analytics"
TAKES = ("OrderPaid", "OrderRefunded", "CouponClaimed")
"""Kinds of events that move the rollups."""
NO_STORE = UUID(int=0)
"""Claims that were made outside any store are counted here."""


@dataclass(frozen=True, slots=True)
class Cards:
    """What was sold on a day stays; `refunds` and `refunded_fen` count the batches made on it, whenever they were sold."""

    revenue_fen: int
    orders: int
    average_order_fen: int
    discount_fen: int
    units: int
    coupons_claimed: int
    coupons_redeemed: int
    promoted_share_bp: int
    refunds: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    revenue_fen: int
    orders: int
    coupons_claimed: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One day of one merchant (or of some of its stores). `facts` counts what is in it: it rises within the day."""

    facts: int
    day: date
    cards: Cards
    points: tuple[Point, ...]
    stores: tuple[tuple[UUID, int, int, int], ...]  # store, revenue, orders, discount
    offers: tuple[tuple[str, int, int], ...]  # offer, orders, discount
    skus: tuple[tuple[str, int, int], ...]  # sku, units, revenue


async def absorb(tx: Tx, events: Sequence[Stored], at: datetime) -> set[UUID]:
    """Adds events to the rollups, each once. Returns the merchants whose dashboard moved."""
    moved: set[UUID] = set()
    for event in await outbox.once(tx, CONSUMER, [e for e in events if e.kind in TAKES], at):
        tz = (await merchants.get(event.merchant_id)).time_zone
        when = datetime.fromisoformat(event.payload["at"])
        store_id = UUID(event.payload["store_id"]) if event.payload.get("store_id") else NO_STORE
        match event.kind:
            case "OrderPaid":
                await _add_sales(
                    tx, event.merchant_id, day_of(when, tz), bucket_of(when), store_id, sales_of(event.payload)
                )
                await _add_details(tx, event.merchant_id, day_of(when, tz), store_id, event.payload)
            case "OrderRefunded":
                back = {"refunds": 1, "refunded_fen": event.payload["refund_fen"]}
                await _add_sales(tx, event.merchant_id, day_of(when, tz), bucket_of(when), store_id, back)
                await _add_refunded(tx, event.merchant_id, day_of(when, tz), store_id, event.payload)
            case "CouponClaimed":
                await _add_sales(
                    tx, event.merchant_id, day_of(when, tz), bucket_of(when), store_id, {"coupons_claimed": 1}
                )
        moved.add(event.merchant_id)
    return moved


SALES = (
    "orders",
    "revenue_fen",
    "discount_fen",
    "units",
    "promoted_units",
    "coupons_claimed",
    "coupons_redeemed",
    "refunds",
    "refunded_fen",
)


async def _add_sales(
    tx: Tx, merchant_id: UUID, day: date, bucket: datetime, store_id: UUID, add: dict[str, int]
) -> None:
    await tx.execute(
        f"INSERT INTO sales_rollups AS s (id, merchant_id, day, bucket, store_id, {', '.join(SALES)})"
        f" VALUES (gen_random_uuid(), $1, $2, $3, $4, {', '.join(f'${n + 5}' for n in range(len(SALES)))}) ON CONFLICT (merchant_id, day, bucket, store_id) DO UPDATE SET "
        + ", ".join(f"{c} = s.{c} + excluded.{c}" for c in SALES),
        merchant_id,
        day,
        bucket,
        store_id,
        *[add.get(c, 0) for c in SALES],
    )


async def _add_details(tx: Tx, merchant_id: UUID, day: date, store_id: UUID, payload: dict[str, Any]) -> None:
    for offer in payload["offers"]:
        if not offer["offer_id"].startswith("cpn_"):
            await tx.execute(
                "INSERT INTO offer_rollups AS o (id, merchant_id, day, store_id, offer_id, orders, discount_fen) VALUES (gen_random_uuid(), $1, $2, $3, $4, 1, $5)"
                " ON CONFLICT (merchant_id, offer_id, day, store_id) DO UPDATE SET orders = o.orders + 1, discount_fen = o.discount_fen + excluded.discount_fen",
                merchant_id,
                day,
                store_id,
                offer["offer_id"],
                offer["off_fen"],
            )
    for line in sorted(payload["lines"], key=lambda line: line["sku"]):
        await tx.execute(
            "INSERT INTO sku_rollups AS k (id, merchant_id, day, store_id, sku, units, revenue_fen) VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (merchant_id, day, store_id, sku) DO UPDATE SET units = k.units + excluded.units, revenue_fen = k.revenue_fen + excluded.revenue_fen",
            merchant_id,
            day,
            store_id,
            line["sku"],
            line["qty"],
            line["payable_fen"],
        )


async def _add_refunded(tx: Tx, merchant_id: UUID, day: date, store_id: UUID, payload: dict[str, Any]) -> None:
    """A batch on the day it was made: the discount taken back by offer, units and money by article."""
    for offer in payload["offers"]:
        if not offer["offer_id"].startswith("cpn_"):
            await tx.execute(
                "INSERT INTO offer_rollups AS o (id, merchant_id, day, store_id, offer_id, orders, discount_fen, reversed_fen) VALUES (gen_random_uuid(), $1, $2, $3, $4, 0, 0, $5)"
                " ON CONFLICT (merchant_id, offer_id, day, store_id) DO UPDATE SET reversed_fen = o.reversed_fen + excluded.reversed_fen",
                merchant_id,
                day,
                store_id,
                offer["offer_id"],
                offer["off_fen"],
            )
    for line in sorted(payload["lines"], key=lambda line: line["sku"]):
        await tx.execute(
            "INSERT INTO sku_rollups AS k (id, merchant_id, day, store_id, sku, units, revenue_fen, refunded_units, refunded_fen) VALUES (gen_random_uuid(), $1, $2, $3, $4, 0, 0, $5, $6)"
            " ON CONFLICT (merchant_id, day, store_id, sku) DO UPDATE SET refunded_units = k.refunded_units + excluded.refunded_units, refunded_fen = k.refunded_fen + excluded.refunded_fen",
            merchant_id,
            day,
            store_id,
            line["sku"],
            line["qty"],
            line["refund_fen"],
        )


async def snapshot(merchant_id: UUID, day: date, store_ids: Sequence[UUID] | None = None) -> Snapshot:
    """The day so far, read from the rollups in one transaction. `store_ids` None means the whole merchant, claims without a store included."""
    only = list(store_ids) if store_ids is not None else None
    scope = "merchant_id = $1 AND day = $2 AND ($3::uuid[] IS NULL OR store_id = ANY($3))"
    async with (
        database.pool().acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        sums = ", ".join(f"coalesce(sum({c}), 0)::bigint AS {c}" for c in SALES)
        total = await connection.fetchrow(f"SELECT {sums} FROM sales_rollups WHERE {scope}", merchant_id, day, only)
        points = await connection.fetch(
            f"SELECT bucket, sum(revenue_fen)::bigint AS revenue, sum(orders)::bigint AS orders, sum(coupons_claimed)::bigint AS claimed"
            f" FROM sales_rollups WHERE {scope} GROUP BY bucket ORDER BY bucket",
            merchant_id,
            day,
            only,
        )
        stores = await connection.fetch(
            f"SELECT store_id, sum(revenue_fen)::bigint AS revenue, sum(orders)::bigint AS orders, sum(discount_fen)::bigint AS discount"
            f" FROM sales_rollups WHERE {scope} AND store_id <> $4 GROUP BY store_id ORDER BY revenue DESC, store_id",
            merchant_id,
            day,
            only,
            NO_STORE,
        )
        offers = await connection.fetch(
            f"SELECT offer_id, sum(orders)::bigint AS orders, sum(discount_fen)::bigint AS discount FROM offer_rollups WHERE {scope}"
            " GROUP BY offer_id HAVING sum(orders) > 0 ORDER BY discount DESC, offer_id LIMIT 20",
            merchant_id,
            day,
            only,
        )
        skus = await connection.fetch(
            f"SELECT sku, sum(units)::bigint AS units, sum(revenue_fen)::bigint AS revenue FROM sku_rollups WHERE {scope}"
            " GROUP BY sku HAVING sum(units) > 0 ORDER BY revenue DESC, sku LIMIT 10",
            merchant_id,
            day,
            only,
        )
    cards = Cards(
        total["revenue_fen"],
        total["orders"],
        average(total["revenue_fen"], total["orders"]),
        total["discount_fen"],
        total["units"],
        total["coupons_claimed"],
        total["coupons_redeemed"],
        share_bp(total["promoted_units"], total["units"]),
        total["refunds"],
        total["refunded_fen"],
    )
    return Snapshot(
        total["orders"] + total["coupons_claimed"] + total["refunds"],
        day,
        cards,
        tuple(Point(*p.values()) for p in points),
        tuple(tuple(s.values()) for s in stores),
        tuple(tuple(o.values()) for o in offers),
        tuple(tuple(k.values()) for k in skus),
    )


async def offer_totals(merchant_id: UUID, offer_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(orders, discount in fen less what refunds took back) over all time by offer."""
    rows = await database.fetch(
        "SELECT offer_id, sum(orders)::bigint AS orders, sum(discount_fen - reversed_fen)::bigint AS discount FROM offer_rollups WHERE merchant_id = $1 AND offer_id = ANY($2)"
        " GROUP BY offer_id",
        merchant_id,
        list(offer_ids),
    )
    return {row["offer_id"]: (row["orders"], row["discount"]) for row in rows}
