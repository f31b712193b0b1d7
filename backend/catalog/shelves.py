"""What stands on the shelves: units of an article by store, and what came to them or was found missing (O3, R05).

Locks: idempotency key → stock. Orders take stock by guarded statements (`service.reserve`); counting is one more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import events
from backend.catalog.service import Short
from backend.kit import database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id, stable_id

MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class Shelf:
    """Units of an article in a store: O3, on_hand + reserved + sold − returned = received."""

    on_hand: int
    reserved: int
    sold: int
    returned: int
    received: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came to a shelf, or, below zero, was found missing there."""

    id: UUID
    store_id: UUID
    units: int
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """The shelf has another number of free units than the one that was seen when it was set."""

    sku: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """One of: `units` that came (below zero: are missing), or `on_hand`, how many free units there are where `seen` were shown."""

    store_id: UUID
    sku: str
    reason: str
    units: int | None = None
    on_hand: int | None = None
    seen: int | None = None


SHELF = "on_hand, reserved, sold, returned, received"


def count_faults(wish: Count) -> list[Problem]:
    """Every fault of what is written down."""
    found = []
    if (wish.units is None) == (wish.on_hand is None):
        found.append(Problem("units", "请填写增减件数，或改为几件，二选一"))
    elif wish.units is not None and not 1 <= abs(wish.units) <= MOST_UNITS:
        found.append(Problem("units", f"增减件数须为 1–{MOST_UNITS}，减少填负数"))
    elif wish.on_hand is not None and not 0 <= wish.on_hand <= MOST_UNITS:
        found.append(Problem("onHand", f"可售件数须为 0–{MOST_UNITS}"))
    elif wish.on_hand is not None and wish.seen is None:
        found.append(Problem("seenOnHand", "请带上修改前看到的可售件数"))
    if not 2 <= len(wish.reason.strip()) <= 100:
        found.append(Problem("reason", "请写明原因（2–100 个字）"))
    return found


async def shelf(merchant_id: UUID, store_id: UUID, sku: str) -> Shelf | None:
    """None where no stock of the article is kept in the store."""
    return (await shelves(merchant_id, sku)).get(store_id)


async def shelves(merchant_id: UUID, sku: str) -> dict[UUID, Shelf]:
    """Of an article, by store; stores that keep none of it are missing."""
    rows = await database.fetch(
        f"SELECT store_id, {SHELF} FROM stock WHERE merchant_id = $1 AND sku = $2", merchant_id, sku
    )
    return {row["store_id"]: _shelf(row) for row in rows}


def _shelf(row: Mapping[str, Any]) -> Shelf:
    return Shelf(*(row[name] for name in SHELF.split(", ")))


async def receipts(
    merchant_id: UUID, sku: str, store_ids: Sequence[UUID], first: int, after: UUID | None = None
) -> list[Receipt]:
    """What was written down about an article in these stores (in all, where none is named), the newest first."""
    rows = await database.fetch(
        "SELECT id, store_id, units, reason, actor, at FROM stock_receipts WHERE merchant_id = $1 AND sku = $2"
        " AND (cardinality($3::uuid[]) = 0 OR store_id = ANY($3)) AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
        merchant_id,
        sku,
        list(store_ids),
        after,
        first,
    )
    return [Receipt(**row) for row in rows]


async def count(
    merchant_id: UUID, wish: Count, actor: str, key: str, at: datetime
) -> Shelf | Short | Moved | Invalid | IdempotencyConflict:
    """Writes down what came to a shelf or is missing there, once for a key; refused with what stands there."""
    if problems := count_faults(wish):
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        said = [str(wish.store_id), wish.sku, wish.reason, wish.units, wish.on_hand, wish.seen]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "countStock", said, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            return _shelf(begun.answer)
        done = await _counted(tx, merchant_id, wish, actor, at)
        if isinstance(done, Shelf):
            await idempotency.finish(tx, begun, {"type": "ArticleShelf", **asdict(done)})
        return done


async def _counted(tx: Tx, merchant_id: UUID, wish: Count, actor: str, at: datetime) -> Shelf | Short | Moved | Invalid:
    units = wish.units
    if wish.on_hand is not None:
        row = await tx.fetchrow(
            f"SELECT {SHELF} FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3 FOR UPDATE",
            merchant_id,
            wish.store_id,
            wish.sku,
        )
        if row is None:
            return Invalid((Problem("onHand", "这家门店还没有这件商品的库存，请先登记到货"),))
        if row["on_hand"] != wish.seen:
            return Moved(wish.sku, row["on_hand"])
        units = wish.on_hand - row["on_hand"]
        if units == 0:
            return _shelf(row)  # as it stands in the books: nothing to write down
    assert units is not None
    return await _put(tx, merchant_id, wish.store_id, wish.sku, units, wish.reason.strip(), actor, at)


async def count_in(
    merchant_id: UUID, store_id: UUID, sku: str, units: int, reason: str, actor: str, at: datetime
) -> Shelf | Short:
    """Units that came to a shelf (到货), or, below zero, were found missing (盘亏); written down with its reason. `Short` where
    fewer are free than are missing: what orders hold is theirs. Opens the shelf where there is none yet."""
    async with database.transaction() as tx:
        return await _put(tx, merchant_id, store_id, sku, units, reason, actor, at)


async def _put(
    tx: Tx, merchant_id: UUID, store_id: UUID, sku: str, units: int, reason: str, actor: str, at: datetime
) -> Shelf | Short:
    row = await tx.fetchrow(
        "UPDATE stock SET on_hand = on_hand + $4, received = received + $4 WHERE merchant_id = $1 AND store_id = $2 AND sku = $3"
        f" AND on_hand + $4 >= 0 RETURNING {SHELF}",
        merchant_id,
        store_id,
        sku,
        units,
    )
    if row is None and units > 0:
        row = await tx.fetchrow(
            "INSERT INTO stock AS s (id, merchant_id, store_id, sku, on_hand, reserved, sold, returned, received)"
            " VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $5) ON CONFLICT (merchant_id, store_id, sku)"
            f" DO UPDATE SET on_hand = s.on_hand + $5, received = s.received + $5 RETURNING {', '.join(f's.{c}' for c in SHELF.split(', '))}",
            stable_id(merchant_id, f"stock:{store_id}:{sku}"),
            merchant_id,
            store_id,
            sku,
            units,
        )
    if row is None:
        there = await tx.fetchval(
            "SELECT on_hand FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
            merchant_id,
            store_id,
            sku,
        )
        return Short(sku, there or 0)
    await tx.execute(
        "INSERT INTO stock_receipts (id, merchant_id, store_id, sku, units, reason, actor, at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
        new_id(),
        merchant_id,
        store_id,
        sku,
        units,
        reason,
        actor,
        at,
    )
    await outbox.emit(
        tx, merchant_id, f"stock:{store_id}:{sku}", events.StockCounted(store_id, sku, units, row["on_hand"]), at
    )
    return _shelf(row)
