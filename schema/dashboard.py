"""Live dashboard 实时看板, read from the rollups (D01)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial

import strawberry

from backend import analytics, catalog, merchants, offers
from backend.kit import ids
from backend.kit.clock import now
from backend.kit.observe import SUBSCRIBERS
from schema.base import AppInfo, BasisPoints, Denied, Fen, described, may, merchant_id
from schema.catalog import optional_id
from schema.identity import Store
from schema.live import outlasting


@described
@strawberry.input
class DashboardInput:
    """Narrows the dashboard.
    store_id: Only this store.
    region_path: Only stores below this organisation node.
    """

    store_id: strawberry.ID | None = None
    region_path: str | None = None


@described
@strawberry.type
class DashboardCards:
    """Figures of the day so far.
    revenue_fen: Paid orders, goods and shipping.
    orders: Paid orders.
    average_order_fen: 客单价, rounded down.
    discount_fen: What offers took off.
    units: Units sold.
    coupons_claimed: Coupons claimed.
    coupons_redeemed: Coupons used in paid orders.
    promoted_share_bp: Share of units sold under an offer.
    refunds: Refunds made today, whenever the goods were bought.
    refunded_fen: What they gave back, gross; the revenue above stays what was sold.
    """

    revenue_fen: Fen
    orders: int
    average_order_fen: Fen
    discount_fen: Fen
    units: int
    coupons_claimed: int
    coupons_redeemed: int
    promoted_share_bp: BasisPoints
    refunds: int
    refunded_fen: Fen


@described
@strawberry.type
class DashboardPoint:
    """Five minutes of the day.
    minute: First instant of the five minutes.
    revenue_fen: Paid in them.
    orders: Orders paid in them.
    coupons_claimed: Coupons claimed in them.
    """

    minute: dt.datetime
    revenue_fen: Fen
    orders: int
    coupons_claimed: int


@described
@strawberry.type
class StoreSales:
    """The day so far of one store.
    store: The store.
    revenue_fen: Paid orders.
    orders: Paid orders.
    discount_fen: What offers took off.
    """

    store: Store
    revenue_fen: Fen
    orders: int
    discount_fen: Fen


@described
@strawberry.type
class PromotionSales:
    """The day so far of one promotion.
    promotion_id: The promotion.
    name: Its name.
    orders: Orders that used it.
    discount_fen: What it took off.
    """

    promotion_id: strawberry.ID
    name: str
    orders: int
    discount_fen: Fen


@described
@strawberry.type
class SkuSales:
    """The day so far of one article.
    sku: Article code.
    name: Its name.
    units: Units sold.
    revenue_fen: What was paid for them.
    """

    sku: str
    name: str
    units: int
    revenue_fen: Fen


@described
@strawberry.type
class Dashboard:
    """实时看板: the day so far, a whole state.
    version: Rises with each update of a subscription; 1 in a query.
    as_of: When it was read.
    day: The day in the merchant's calendar.
    cards: Figures.
    points: Today by five minutes.
    stores: By store, the largest revenue first.
    promotions: By promotion, the largest discount first.
    top_skus: Ten best articles by revenue.
    """

    version: int
    as_of: dt.datetime
    day: dt.date
    cards: DashboardCards
    points: list[DashboardPoint]
    stores: list[StoreSales]
    promotions: list[PromotionSales]
    top_skus: list[SkuSales]


async def _stores_seen(info: AppInfo, merchant: uuid.UUID, given: DashboardInput | None) -> list[uuid.UUID] | None:
    """The stores that the viewer asked for and may see; None is the whole merchant."""
    viewer, store_id = info.context.viewer, optional_id("sto", given.store_id) if given else None
    path = given.region_path if given else None
    if store_id and not viewer.sees_store(store_id):
        raise Denied("FORBIDDEN", "您的角色看不到这家门店")
    if store_id is None and not path and not viewer.store_ids:
        return None
    rows = await merchants.stores(merchant)
    return [
        s.id
        for s in rows
        if viewer.sees_store(s.id)
        and (store_id is None or s.id == store_id)
        and (not path or s.region_path == path or s.region_path.startswith(path + "/"))
    ]


async def today(merchant: uuid.UUID, only: list[uuid.UUID] | None) -> analytics.Snapshot:
    return await analytics.snapshot(merchant, analytics.day_of(now(), (await merchants.get(merchant)).time_zone), only)


async def dashboard_view(snap: analytics.Snapshot, merchant: uuid.UUID, version: int) -> Dashboard:
    at = now()
    known = {s.id: s for s in await merchants.stores(merchant)}
    named = await offers.names(merchant, [offer for offer, _, _ in snap.offers])
    products = await catalog.by_skus(merchant, [sku for sku, _, _ in snap.skus])
    by_promotion: dict[uuid.UUID, PromotionSales] = {}
    for offer, count, fen in snap.offers:
        promotion, name = named.get(offer, (uuid.UUID(int=0), offer))
        row = by_promotion.setdefault(
            promotion,
            PromotionSales(
                promotion_id=strawberry.ID(ids.encode("pro", promotion)), name=name, orders=0, discount_fen=0
            ),
        )
        row.orders, row.discount_fen = row.orders + count, row.discount_fen + fen
    return Dashboard(
        version=version,
        as_of=at,
        day=snap.day,
        cards=DashboardCards(**{f: getattr(snap.cards, f) for f in snap.cards.__dataclass_fields__}),
        points=[
            DashboardPoint(minute=p.at, revenue_fen=p.revenue_fen, orders=p.orders, coupons_claimed=p.coupons_claimed)
            for p in snap.points
        ],
        stores=[
            StoreSales(store=Store.of(known[s]), revenue_fen=r, orders=o, discount_fen=d)
            for s, r, o, d in snap.stores
            if s in known
        ],
        promotions=sorted(by_promotion.values(), key=lambda p: (-p.discount_fen, p.name)),
        top_skus=[
            SkuSales(sku=sku, name=products[sku].name if sku in products else sku, units=u, revenue_fen=r)
            for sku, u, r in snap.skus
        ],
    )


@strawberry.type
class DashboardQuery:
    @strawberry.field(description="实时看板 now.", permission_classes=may("dashboard.read"))
    async def dashboard(self, info: AppInfo, input: DashboardInput | None = None) -> Dashboard:
        merchant = merchant_id(info)
        return await dashboard_view(await today(merchant, await _stores_seen(info, merchant, input)), merchant, 1)


FRAME_SECONDS = 1.0
RECHECK_SECONDS = 15.0


@strawberry.type
class DashboardSubscription:
    @strawberry.subscription(
        description="实时看板 now, and again at most once a second while it moves.",
        permission_classes=may("dashboard.read"),
    )
    async def dashboard(self, info: AppInfo, input: DashboardInput | None = None) -> AsyncGenerator[Dashboard, None]:
        merchant = merchant_id(info)
        only = await _stores_seen(info, merchant, input)
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(info.context.runtime.hub.listening([f"dashboard:{merchant}"]))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            version, shown = 0, None
            while True:
                snap = await outlasting(partial(today, merchant, only), shown=version > 0)
                if snap != shown:  # also notices midnight, and a push that was lost
                    version, shown = version + 1, snap
                    yield await outlasting(partial(dashboard_view, snap, merchant, version), shown=version > 1)
                    await asyncio.sleep(FRAME_SECONDS)
                await waiter.wait(RECHECK_SECONDS)
