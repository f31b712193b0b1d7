"""Past orders: those that an import brings, and all paid ones read again for a replay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import stable_id_at

HEAD = [
    "id",
    "merchant_id",
    "number",
    "member_id",
    "store_id",
    "state",
    "channel",
    "placed_at",
    "paid_at",
    "completed_at",
    "list_fen",
    "goods_fen",
    "shipping_fen",
    "payable_fen",
    "due_fen",
]
LINE = ["id", "merchant_id", "order_id", "position", "sku", "qty", "list_fen", "payable_fen"]


@dataclass(frozen=True, slots=True)
class PastOrder:
    """A completed order of another system. `lines` are (sku, units, list, paid), money in minor units of the
    merchant's currency; `number` is unique within the merchant."""

    number: str
    member_id: UUID
    store_id: UUID
    channel: str
    at: datetime
    lines: Sequence[tuple[str, int, int, int]]


async def import_past(tx: Tx, merchant_id: UUID, past: Sequence[PastOrder]) -> None:
    """Adds past orders by COPY, all or none. They have no frozen quote, and no fact about them is published."""
    heads, lines = [], []
    for order in past:
        order_id = stable_id_at(order.at, merchant_id, f"order:{order.number}")
        full = sum(line[2] for line in order.lines)
        paid = sum(line[3] for line in order.lines)
        heads.append(
            (
                order_id,
                merchant_id,
                order.number,
                order.member_id,
                order.store_id,
                "completed",
                order.channel,
                order.at,
                order.at,
                order.at,
                full,
                paid,
                0,
                paid,
                paid,
            )
        )
        lines += [
            (UUID(int=order_id.int ^ (n + 1)), merchant_id, order_id, n, *line) for n, line in enumerate(order.lines)
        ]
    await tx.copy("orders", HEAD, heads)
    await tx.copy("order_lines", LINE, lines)


@dataclass(frozen=True, slots=True)
class PastBasket:
    """An order that was paid: `lines` are (sku, units, list of the whole line in minor units)."""

    member_id: UUID
    store_id: UUID
    channel: str
    at: datetime
    lines: tuple[tuple[str, int, int], ...]


HABITS = (
    "SELECT o.member_id, count(*)::int AS orders, min(o.paid_at) AS first, max(o.paid_at) AS last,"
    " count(*) FILTER (WHERE o.paid_at >= $2::timestamptz - make_interval(months => $3::int)) AS recent,"
    " coalesce(sum(o.payable_fen - o.refunded_fen) FILTER (WHERE o.paid_at >= $2::timestamptz - make_interval(months => $3::int)), 0) AS spent"
    " FROM orders o WHERE o.merchant_id = $1 AND o.state IN ('paid', 'completed') AND o.paid_at <= $2 GROUP BY o.member_id"
)
"""What members bought, for `members.lifecycle.refresh`: orders that stand (not wholly refunded) by member, the first and the
last; how many and for how much less refunds in the last $3 months before $2."""


async def last_standing(merchant_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When members last bought what they have not wholly given back; who never did is left out."""
    rows = await database.fetch(
        "SELECT o.member_id, max(o.paid_at) AS at FROM orders o WHERE o.merchant_id = $1 AND o.member_id = ANY($2::uuid[])"
        " AND o.state IN ('paid', 'completed') GROUP BY o.member_id",
        merchant_id,
        list(member_ids),
    )
    return {row["member_id"]: row["at"] for row in rows}


PAST = "o.merchant_id = $1 AND o.state IN ('paid', 'completed') AND ($2::timestamptz IS NULL OR o.placed_at >= $2) AND ($3::timestamptz IS NULL OR o.placed_at < $3)"


async def past_baskets(
    merchant_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    shard: tuple[int, int] = (0, 1),
    page: int = 1000,
) -> AsyncIterator[list[PastBasket]]:
    """Paid orders in the order of their times, page by page, `until` excluded; memory stays small however many
    there are. `shard` (k, n) gives the k-th n-th of the members, each with all their orders."""
    last: tuple[datetime, UUID] | None = None
    while True:
        rows = await database.fetch(
            "SELECT o.id, o.member_id, o.store_id, o.channel, o.placed_at, l.skus, l.units, l.lists FROM"
            f" (SELECT o.* FROM orders o WHERE {PAST} AND ($4::timestamptz IS NULL OR (o.placed_at, o.id) > ($4, $5::uuid))"
            "   AND ($7 = 1 OR (hashtext(o.member_id::text)::bigint + 2147483648) % $7 = $6)"
            "   ORDER BY o.placed_at, o.id LIMIT $8) o"
            " CROSS JOIN LATERAL (SELECT array_agg(x.sku ORDER BY x.position) AS skus, array_agg(x.qty ORDER BY x.position) AS units,"
            "   array_agg(x.list_fen ORDER BY x.position) AS lists FROM order_lines x WHERE x.merchant_id = o.merchant_id AND x.order_id = o.id) l"
            " ORDER BY o.placed_at, o.id",
            merchant_id,
            since,
            until,
            last[0] if last else None,
            last[1] if last else None,
            *shard,
            page,
        )
        if rows:
            yield [
                PastBasket(member, store, channel, at, tuple(zip(skus or (), units or (), lists or (), strict=True)))
                for _, member, store, channel, at, skus, units, lists in rows
            ]
        if len(rows) < page:
            return
        last = (rows[-1]["placed_at"], rows[-1]["id"])


async def past_counts(
    merchant_id: UUID, since: datetime | None = None, until: datetime | None = None
) -> dict[UUID, int]:
    """Paid orders by member, `until` excluded."""
    rows = await database.fetch(
        f"SELECT o.member_id, count(*) AS n FROM orders o WHERE {PAST} GROUP BY o.member_id", merchant_id, since, until
    )
    return {row["member_id"]: row["n"] for row in rows}
