"""Stock 库存 of an article by store, as staff see and correct it (O3, R05)."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from backend import catalog, merchants
from backend.kit import ids, live
from backend.kit.clock import now
from backend.kit.observe import SUBSCRIBERS
from schema.actors import told_by
from schema.base import (
    AppInfo,
    BadRequest,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    PageInfo,
    Refusal,
    checked_key,
    described,
    may,
    merchant_id,
    page,
    shop,
)
from schema.catalog import needed_id, optional_id
from schema.identity import Store
from schema.live import outlasting


@described
@strawberry.type
class ArticleShelf:
    """库存 of an article in a store: on_hand + reserved + sold − returned = received. All null where the store keeps none of it.
    store: The store.
    sku: Article code.
    on_hand: 可售: free units.
    reserved: 订单占用: held by orders that wait for payment.
    sold: 已售: paid.
    returned: 已退回: came back to the shelf.
    received: 累计到货, less what was found missing.
    """

    store: Store
    sku: str
    on_hand: int | None
    reserved: int | None
    sold: int | None
    returned: int | None
    received: int | None

    @staticmethod
    def of(store: merchants.StoreInfo, sku: str, shelf: catalog.Shelf | None) -> ArticleShelf:
        return ArticleShelf(
            store=Store.of(store),
            sku=sku,
            on_hand=shelf and shelf.on_hand,
            reserved=shelf and shelf.reserved,
            sold=shelf and shelf.sold,
            returned=shelf and shelf.returned,
            received=shelf and shelf.received,
        )


@described
@strawberry.type
class StockReceipt:
    """到货与盘点: what came to a shelf or was found missing there.
    id: Opaque id.
    store: The store.
    units: Units that came; below zero: were missing.
    reason: Why.
    by: Who wrote it down, in words.
    at: When.
    """

    id: strawberry.ID
    store: Store
    units: int
    reason: str
    by: str
    at: dt.datetime


@described
@strawberry.type
class StockReceiptConnection:
    """A page of what was written down about an article's stock, the newest first.
    nodes: What was written down.
    page_info: Where the page ends.
    """

    nodes: list[StockReceipt]
    page_info: PageInfo


@described
@strawberry.type
class StockShort(Refusal):
    """Fewer units are free than would be taken off; what orders hold is theirs.
    available: Free units now.
    """

    available: int


@described
@strawberry.type
class StockMoved(Refusal):
    """The shelf has another number of free units than the one that was seen.
    available: Free units now.
    """

    available: int


@described
@strawberry.input
class CountStockInput:
    """Corrects the stock of an article in a store: either `units` or `on_hand`.
    store_id: The store.
    sku: Article code.
    reason: Why, 2–100 characters, e.g. 到货、盘亏.
    idempotency_key: Made by the client for this act.
    units: Units that came; below zero: are missing.
    on_hand: How many free units there are (改为几件).
    seen_on_hand: With `on_hand`: the free units that were shown before; refused where they are others by now.
    """

    store_id: strawberry.ID
    sku: str
    reason: str
    idempotency_key: strawberry.ID
    units: int | None = None
    on_hand: int | None = None
    seen_on_hand: int | None = None


CountStockResult = Annotated[
    ArticleShelf | StockShort | StockMoved | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CountStockResult", description="The shelf after it, or why not."),
]


async def _stores(info: AppInfo) -> list[merchants.StoreInfo]:
    """Those that the viewer may see: all, or one's own."""
    viewer = info.context.viewer
    assert viewer is not None
    every = await merchants.stores(viewer.merchant_id)
    return [store for store in every if not viewer.store_ids or store.id in viewer.store_ids]


@strawberry.type
class ShelfQuery:
    @strawberry.field(
        description="Stock of an article in each store (in one's own); empty for an unknown article.",
        permission_classes=may("stock.read"),
    )
    async def article_shelves(self, info: AppInfo, sku: str) -> list[ArticleShelf]:
        merchant = merchant_id(info)
        if sku not in await catalog.by_skus(merchant, [sku]):
            return []
        found = await catalog.shelves(merchant, sku)
        return [ArticleShelf.of(store, sku, found.get(store.id)) for store in await _stores(info)]

    @strawberry.field(
        description="What came to the shelves of an article and what was found missing there, the newest first; of one store, or of all (of one's own).",
        permission_classes=may("stock.read"),
    )
    async def stock_receipts(
        self,
        info: AppInfo,
        sku: str,
        store_id: strawberry.ID | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> StockReceiptConnection:
        stores, only = {store.id: store for store in await _stores(info)}, optional_id("sto", store_id)
        chosen = [store for store in stores if only in (None, store)]
        last = optional_id("srx", strawberry.ID(after) if after else None)
        rows = await catalog.receipts(merchant_id(info), sku, chosen, page(first) + 1, last) if chosen else []
        words = await told_by(info, [row.actor for row in rows], UUID(int=0))
        nodes = [
            StockReceipt(
                id=strawberry.ID(ids.encode("srx", row.id)),
                store=Store.of(stores[row.store_id]),
                units=row.units,
                reason=row.reason,
                by="命令行" if row.actor == "command" else by,
                at=row.at,
            )
            for row, by in zip(rows[:first], words, strict=False)
        ]
        return StockReceiptConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


@strawberry.type
class ShelfMutation:
    @strawberry.mutation(
        description="Corrects the stock of an article in a store 登记到货、盘点, with a reason.",
        permission_classes=may("stock.write"),
    )
    async def count_stock(self, info: AppInfo, input: CountStockInput) -> CountStockResult:
        viewer, store_id, key = (
            info.context.viewer,
            needed_id("sto", input.store_id),
            checked_key(input.idempotency_key),
        )
        assert viewer is not None
        store = next((s for s in await _stores(info) if s.id == store_id), None)
        if store is None:
            return NotFound.make("没有这家门店")
        if input.sku not in await catalog.by_skus(viewer.merchant_id, [input.sku]):
            return NotFound.make("没有这件商品")
        wish = catalog.Count(store.id, input.sku, input.reason, input.units, input.on_hand, input.seen_on_hand)
        match done := await catalog.count(viewer.merchant_id, wish, viewer.actor, key, now()):
            case catalog.Shelf():
                return ArticleShelf.of(store, input.sku, done)
            case catalog.Invalid():
                return InvalidInput.of(done.problems)
            case catalog.Short():
                said = f"{store.name}只有 {done.available} 件可售，不能再减；订单占用的不能减"
                return StockShort(code="StockShort", message=said, available=done.available)
            case catalog.Moved():
                said = f"库存刚有变化：{store.name}现在可售 {done.on_hand} 件，请按新的数量再改"
                return StockMoved(code="StockMoved", message=said, available=done.on_hand)
            case _:
                return IdempotencyConflict.make()


@described
@strawberry.type
class ArticleStock:
    """What may be had of an article.
    sku: Article code.
    available: Free units in the store; null when not tracked.
    """

    sku: str
    available: int | None


@described
@strawberry.type
class ArticleStockUpdate:
    """A whole state of some articles' stock.
    version: Rises with each update of this subscription.
    articles: Those that there are.
    """

    version: int
    articles: list[ArticleStock]


MOST_WATCHED = 100
RECHECK_SECONDS = 30.0
"""What orders give back (cancelled, returned) is told by nothing and found by looking again."""


async def _stock(merchant: UUID, store: UUID, skus: list[str]) -> list[ArticleStock]:
    found = await catalog.by_skus(merchant, skus, store)
    return [ArticleStock(sku=sku, available=found[sku].available) for sku in skus if sku in found]


@strawberry.type
class ShelfSubscription:
    @strawberry.subscription(
        description="Stock of up to 100 articles at a store (the first one, where none is named) now, and again when it moves: for what is not priced, such as a line of a cart that is sold out.",
        permission_classes=shop(),
    )
    async def article_stock(
        self, info: AppInfo, skus: list[str], store_id: strawberry.ID | None = None
    ) -> AsyncGenerator[ArticleStockUpdate, None]:
        merchant, asked = merchant_id(info), sorted(dict.fromkeys(skus))[:MOST_WATCHED]
        every, only = await merchants.stores(merchant), optional_id("sto", store_id)
        store = next((s.id for s in every if only in (None, s.id)), None)
        if store is None:
            raise BadRequest("没有这家门店")
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(info.context.runtime.hub.listening([f"rules:{merchant}"]))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            version, shown = 0, None
            while True:
                there = await outlasting(partial(_stock, merchant, store, asked), shown=version > 0)
                if there != shown:
                    version, shown = version + 1, there
                    yield ArticleStockUpdate(version=version, articles=there)
                await _moved(waiter, str(store), asked)


async def _moved(waiter: live.Waiter, store: str, skus: list[str]) -> None:
    """Waits until the stock of one of these was counted, or it is time to look again."""
    end = time.monotonic() + RECHECK_SECONDS
    while (left := end - time.monotonic()) > 0:
        for cause in await waiter.wait(left):
            if cause["cause"] == "RESYNC":
                return  # something may have been missed
            if cause["cause"] == "SHELF" and cause["store"] == store and cause["sku"] in skus:
                return
