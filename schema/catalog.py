"""Products with the price in hand."""

from __future__ import annotations

import uuid

import strawberry

from backend import catalog, merchants, offers, pricing
from backend.kit import ids
from backend.kit.clock import now
from schema import words
from schema.base import AppInfo, BadRequest, Fen, PageInfo, described, member_id, merchant_id, page, shop


@described
@strawberry.type
class Product:
    """A sellable article 商品.
    id: Opaque id.
    sku: The merchant's article code.
    name: Name shown to people.
    category: Category path, like 丸滑/牛肉丸.
    brand: Brand 品牌.
    tags: Free labels 标签.
    unit: What one unit is, e.g. 袋.
    image_hue: Hue 0–359 of the picture's background.
    emoji: Stands for a picture.
    list_fen: List price 原价 of one unit.
    price_in_hand_fen: 到手价, price of one unit alone with the item-level offers that hold now and are not used up.
    promotion_tags: Live promotions that concern this article and still give something, in short words.
    available: Units on hand at the store asked for (over all stores otherwise); null when not tracked.
    """

    id: strawberry.ID
    sku: str
    name: str
    category: str
    brand: str
    tags: list[str]
    unit: str
    image_hue: int
    emoji: str
    list_fen: Fen
    price_in_hand_fen: Fen
    promotion_tags: list[str]
    available: int | None


@described
@strawberry.type
class ProductConnection:
    """A page of products.
    nodes: The products.
    page_info: Where the page ends.
    """

    nodes: list[Product]
    page_info: PageInfo


def optional_id(prefix: str, text: strawberry.ID | None) -> uuid.UUID | None:
    """The row id of a client's id; an id of another type is a bad request."""
    if text is None:
        return None
    found = ids.decode(prefix, text)
    if found is None:
        raise BadRequest(f"编号 {text[:40]!r} 不是这里要的类型")
    return found


def needed_id(prefix: str, text: strawberry.ID) -> uuid.UUID:
    found = optional_id(prefix, text)
    assert found is not None
    return found


NOT_RUNNING = frozenset({"NOT_YET", "EXPIRED", "WHEN", "SOLD_OUT", "LIMIT", "BUDGET"})


def product_view(
    live: offers.LiveRules,
    left: offers.Remaining,
    store: merchants.StoreInfo | None,
    info: catalog.ProductInfo,
    policy: pricing.Policy,
) -> Product:
    """A product with what the live rules make of it now; `left` is what they may still give."""
    at = now()
    engine = catalog.as_priced(info)
    place, region = (store.code, store.region_path) if store else (None, None)
    alone = pricing.Cart(
        lines=(pricing.CartLine(info.sku, 1),), channel="miniapp", store=place, region=region, coupons=()
    )
    who = pricing.Customer(used=left.used, used_today=left.today)
    request = pricing.QuoteRequest(
        at, {info.sku: engine}, alone, who, policy=policy, stock=left.stock, budget=left.budget
    )
    quote = pricing.quote(live.rules, request)
    stopped = {r.id for r in quote.rejected if r.reason in NOT_RUNNING}
    stopped |= set(left.used_up) - {applied.id for applied in quote.offers}
    concerned = [live.rules.offers[n] for n in live.rules.concerning(engine)]
    running = [offer for offer in concerned if offer.level in ("LINE", "ORDER", "GIFT") and offer.id not in stopped]
    line_level = any(o.level == "LINE" for o in running)
    in_hand = (
        pricing.price_in_hand(
            live.rules,
            engine,
            at,
            policy,
            customer=who,
            channel="miniapp",
            store=place,
            region=region,
            stock=left.stock,
            budget=left.budget,
        )
        if line_level
        else info.list_fen
    )
    return Product(
        id=strawberry.ID(ids.encode("prd", info.id)),
        sku=info.sku,
        name=info.name,
        category=info.category,
        brand=info.brand,
        tags=list(info.tags),
        unit=info.unit,
        image_hue=info.image_hue,
        emoji=info.emoji,
        list_fen=info.list_fen,
        price_in_hand_fen=in_hand,
        available=info.available,
        promotion_tags=list(dict.fromkeys(words.short(o) for o in sorted(running, key=lambda o: (o.priority, o.id))))[
            :3
        ],
    )


async def product_page(
    info: AppInfo,
    *,
    first: int,
    after: str | None,
    search: str | None,
    category: str | None,
    store: uuid.UUID | None,
    scopes: list[dict[str, object]] | None = None,
) -> ProductConnection:
    merchant = merchant_id(info)
    live, where = await offers.live(merchant), await merchants.store(merchant, store) if store else None
    left = await offers.remaining(merchant, member_id(info), live, now())
    zone, most = (await merchants.get(merchant)).time_zone, await merchants.max_promotions_per_line(merchant)
    policy = pricing.Policy(tz=zone, max_promotions_per_line=most)
    rows: dict[str, catalog.ProductInfo] = {}
    for scope in scopes if scopes is not None else [{}]:
        for row in await catalog.search(
            merchant, first=page(first) + 1, after=after, text=search, category=category, store_id=store, scope=scope
        ):
            rows[row.sku] = row
    ordered = [rows[sku] for sku in sorted(rows)][: first + 1]
    shown = ordered[:first]
    return ProductConnection(
        nodes=[product_view(live, left, where, row, policy) for row in shown],
        page_info=PageInfo(has_next_page=len(ordered) > first, end_cursor=shown[-1].sku if shown else None),
    )


@strawberry.type
class CatalogQuery:
    @strawberry.field(description="Products by SKU order; `skus` asks for those alone.", permission_classes=shop())
    async def products(
        self,
        info: AppInfo,
        first: int = 20,
        after: str | None = None,
        search: str | None = None,
        category: str | None = None,
        store_id: strawberry.ID | None = None,
        skus: list[str] | None = None,
    ) -> ProductConnection:
        scopes = [{"skus": skus[:100]}] if skus else None
        return await product_page(
            info,
            first=first,
            after=after,
            search=search,
            category=category,
            store=optional_id("sto", store_id),
            scopes=scopes,
        )

    @strawberry.field(description="Top-level categories 分类, the fullest first.", permission_classes=shop())
    async def categories(self, info: AppInfo) -> list[str]:
        return await catalog.categories(merchant_id(info))

    @strawberry.field(description="Brands 品牌, the fullest first.", permission_classes=shop())
    async def brands(self, info: AppInfo) -> list[str]:
        return await catalog.brands(merchant_id(info))

    @strawberry.field(description="Labels 标签 of goods, the most used first.", permission_classes=shop())
    async def tags(self, info: AppInfo) -> list[str]:
        return await catalog.tags(merchant_id(info))
