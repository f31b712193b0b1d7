"""Products and stock by store. Products are read by SKU in batches; stock moves by guarded statements (O3, O4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend import pricing
from backend.kit import database
from backend.kit.database import Tx
from backend.kit.ids import stable_id


@dataclass(frozen=True, slots=True)
class ProductInfo:
    """Money in fen. `available` is on hand at the store asked for (the sum over stores otherwise), None when not tracked."""

    id: UUID
    sku: str
    name: str
    category: str
    brand: str
    supplier: str
    tags: tuple[str, ...]
    unit: str
    emoji: str
    image_hue: int
    list_fen: int
    cost_fen: int
    floor_fen: int
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """A SKU of which the store has fewer units than were asked for."""

    sku: str
    available: int


def as_priced(info: ProductInfo) -> pricing.Product:
    """The article as the pricing engine sees it."""
    return pricing.Product(
        sku=info.sku,
        price=info.list_fen,
        name=info.name,
        category=info.category,
        brand=info.brand,
        tags=frozenset(info.tags),
        floor=info.floor_fen,
    )


COLUMNS = "p.id, p.sku, p.name, p.category, p.brand, p.supplier, p.tags, p.unit, p.emoji, p.image_hue, p.list_fen, p.cost_fen, p.floor_fen"


def _info(row: Mapping[str, object]) -> ProductInfo:
    values = dict(row)
    values["tags"] = tuple(values["tags"])  # type: ignore[arg-type]
    return ProductInfo(**values)  # type: ignore[arg-type]


async def by_skus(merchant_id: UUID, skus: Sequence[str], store_id: UUID | None = None) -> dict[str, ProductInfo]:
    """Active products by SKU; unknown ones are missing from the answer."""
    rows = await database.fetch(
        f"SELECT {COLUMNS}, (SELECT sum(on_hand)::bigint FROM stock s WHERE s.merchant_id = p.merchant_id AND s.sku = p.sku"
        " AND ($3::uuid IS NULL OR s.store_id = $3)) AS available FROM products p WHERE p.merchant_id = $1 AND p.sku = ANY($2) AND p.active",
        merchant_id,
        list(skus),
        store_id,
    )
    return {row["sku"]: _info(row) for row in rows}


async def costs(tx: Tx, merchant_id: UUID, skus: Sequence[str]) -> dict[str, int]:
    """What a unit costs today, fen by SKU."""
    rows = await tx.fetch(
        "SELECT sku, cost_fen FROM products WHERE merchant_id = $1 AND sku = ANY($2)", merchant_id, list(skus)
    )
    return {row["sku"]: row["cost_fen"] for row in rows}


async def suppliers_of(tx: Tx, merchant_id: UUID, skus: Sequence[str]) -> dict[str, str]:
    """Who supplies which article today; those of nobody known are left out."""
    rows = await tx.fetch(
        "SELECT sku, supplier FROM products WHERE merchant_id = $1 AND sku = ANY($2) AND supplier <> ''",
        merchant_id,
        list(skus),
    )
    return {row["sku"]: row["supplier"] for row in rows}


async def suppliers(merchant_id: UUID) -> list[tuple[str, int]]:
    """(supplier, goods) of those who supply active goods, by number of goods."""
    rows = await database.fetch(
        "SELECT supplier, count(*) AS goods FROM products WHERE merchant_id = $1 AND active AND supplier <> '' GROUP BY 1 ORDER BY 2 DESC, 1",
        merchant_id,
    )
    return [(row["supplier"], row["goods"]) for row in rows]


def _in_scope(n: int) -> str:
    """Whether `p` is in a scope of docs/pricing.md, whose lists (`_scope_lists`) are the parameters from `n` on."""
    return (
        f"(NOT ${n + 8}::bool OR p.sku = ANY(${n}) OR p.brand = ANY(${n + 2}) OR p.tags ?| ${n + 3}"
        f" OR EXISTS (SELECT 1 FROM unnest(${n + 1}::text[]) c WHERE p.category = c OR starts_with(p.category, c || '/')))"
        f" AND NOT (p.sku = ANY(${n + 4}) OR p.brand = ANY(${n + 6}) OR p.tags ?| ${n + 7}"
        f" OR EXISTS (SELECT 1 FROM unnest(${n + 5}::text[]) c WHERE p.category = c OR starts_with(p.category, c || '/')))"
    )


def _scope_lists(scope: Mapping[str, object]) -> list[object]:
    out = scope.get("except") or {}
    assert isinstance(out, Mapping)
    lists = [[list(part.get(name) or []) for name in ("skus", "categories", "brands", "tags")] for part in (scope, out)]
    return [*lists[0], *lists[1], any(lists[0])]


async def prices_in(merchant_id: UUID, scope: Mapping[str, object]) -> list[int]:
    """The list prices of active products in a scope, each once, rising."""
    rows = await database.fetch(
        f"SELECT DISTINCT p.list_fen FROM products p WHERE p.merchant_id = $1 AND p.active AND {_in_scope(2)} ORDER BY 1",
        merchant_id,
        *_scope_lists(scope),
    )
    return [row["list_fen"] for row in rows]


async def search(
    merchant_id: UUID,
    *,
    first: int,
    after: str | None,
    text: str | None = None,
    category: str | None = None,
    store_id: UUID | None = None,
    scope: Mapping[str, object] | None = None,
) -> list[ProductInfo]:
    """Active products ordered by SKU, after the SKU `after`. `scope` is a scope of docs/pricing.md (skus, categories,
    brands, tags; `except` of the same form) and narrows the list to goods in it."""
    rows = await database.fetch(
        f"SELECT {COLUMNS}, (SELECT sum(on_hand)::bigint FROM stock s WHERE s.merchant_id = p.merchant_id AND s.sku = p.sku"
        "   AND ($5::uuid IS NULL OR s.store_id = $5)) AS available"
        " FROM products p WHERE p.merchant_id = $1 AND p.active AND ($2::text IS NULL OR p.sku > $2)"
        " AND ($3::text IS NULL OR p.name ILIKE '%' || $3 || '%' OR p.sku ILIKE $3 || '%' OR p.brand ILIKE '%' || $3 || '%')"
        " AND ($4::text IS NULL OR p.category = $4 OR starts_with(p.category, $4 || '/'))"
        f" AND {_in_scope(7)} ORDER BY p.sku LIMIT $6",
        merchant_id,
        after,
        database.pattern(text),
        category,
        store_id,
        first,
        *_scope_lists(scope or {}),
    )
    return [_info(row) for row in rows]


async def categories(merchant_id: UUID) -> list[str]:
    """Top-level categories by number of goods."""
    rows = await database.fetch(
        "SELECT split_part(category, '/', 1) AS name FROM products WHERE merchant_id = $1 AND active GROUP BY 1 ORDER BY count(*) DESC, 1",
        merchant_id,
    )
    return [row["name"] for row in rows]


async def brands(merchant_id: UUID) -> list[str]:
    """Brands by number of goods."""
    rows = await database.fetch(
        "SELECT brand FROM products WHERE merchant_id = $1 AND active AND brand <> '' GROUP BY 1 ORDER BY count(*) DESC, 1",
        merchant_id,
    )
    return [row["brand"] for row in rows]


async def tags(merchant_id: UUID) -> list[str]:
    """Labels by number of goods."""
    rows = await database.fetch(
        "SELECT tag FROM products, jsonb_array_elements_text(tags) AS tag WHERE merchant_id = $1 AND active"
        " GROUP BY 1 ORDER BY count(*) DESC, 1",
        merchant_id,
    )
    return [row["tag"] for row in rows]


def skus_named(definitions: Iterable[Mapping[str, Any]]) -> set[str]:
    """SKUs that the scopes of some rules name (docs/pricing.md), at any depth."""
    found: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, Mapping):
            for key, value in node.items():
                if key == "skus" and isinstance(value, list):
                    found.update(v for v in value if isinstance(v, str))
                elif key == "sku" and isinstance(value, str):
                    found.add(value)
                else:
                    walk(value)
        elif isinstance(node, (list, tuple)):
            for value in node:
                walk(value)

    for definition in definitions:
        walk(definition)
    return found


async def names_in(merchant_id: UUID, definitions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """SKU → name for the SKUs that some rules name, so that a reader sees names and not codes."""
    return await names_of(merchant_id, skus_named(definitions))


async def names_of(merchant_id: UUID, skus: Collection[str]) -> dict[str, str]:
    """SKU → name."""
    if not skus:
        return {}
    rows = await database.fetch(
        "SELECT sku, name FROM products WHERE merchant_id = $1 AND sku = ANY($2)", merchant_id, list(skus)
    )
    return {row["sku"]: row["name"] for row in rows}


async def known_terms(merchant_id: UUID) -> dict[str, set[str]]:
    """All SKUs, categories (with their parents), brands and tags: what a scope may name; and who supplies them."""
    rows = await database.fetch(
        "SELECT sku, category, brand, supplier, tags FROM products WHERE merchant_id = $1 AND active", merchant_id
    )
    terms: dict[str, set[str]] = {
        "skus": set(),
        "categories": set(),
        "brands": set(),
        "tags": set(),
        "suppliers": set(),
    }
    for row in rows:
        terms["skus"].add(row["sku"])
        terms["brands"].add(row["brand"])
        terms["suppliers"].add(row["supplier"])
        terms["tags"].update(row["tags"])
        parts = row["category"].split("/")
        terms["categories"].update("/".join(parts[: n + 1]) for n in range(len(parts)))
    return terms


async def reserve(tx: Tx, merchant_id: UUID, store_id: UUID, units: Mapping[str, int]) -> Short | None:
    """Takes stock for an order, all or none: rows are locked in SKU order, each guarded in its statement.
    Returns what is short; the caller then rolls back. SKUs without a stock row are not tracked."""
    for sku in sorted(units):
        row = await tx.fetchrow(
            "UPDATE stock SET on_hand = on_hand - $4, reserved = reserved + $4 WHERE merchant_id = $1 AND store_id = $2 AND sku = $3"
            " AND on_hand >= $4 RETURNING id",
            merchant_id,
            store_id,
            sku,
            units[sku],
        )
        if row is None:
            left = await tx.fetchval(
                "SELECT on_hand FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
                merchant_id,
                store_id,
                sku,
            )
            if left is not None:
                return Short(sku, left)
    return None


async def release(tx: Tx, merchant_id: UUID, store_id: UUID, units: Mapping[str, int]) -> None:
    """Gives reserved stock back (an order was cancelled)."""
    for sku in sorted(units):
        await tx.execute(
            "UPDATE stock SET on_hand = on_hand + $4, reserved = reserved - $4 WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
            merchant_id,
            store_id,
            sku,
            units[sku],
        )


async def sell(tx: Tx, merchant_id: UUID, store_id: UUID, units: Mapping[str, int]) -> None:
    """Turns reserved stock into sold (an order was paid)."""
    for sku in sorted(units):
        await tx.execute(
            "UPDATE stock SET reserved = reserved - $4, sold = sold + $4 WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
            merchant_id,
            store_id,
            sku,
            units[sku],
        )


async def lock(tx: Tx, merchant_id: UUID, store_id: UUID, skus: Sequence[str]) -> None:
    """Holds the stock rows of a store, in the order in which everybody takes them, until the end of the transaction."""
    await tx.execute(
        'SELECT id FROM stock WHERE merchant_id = $1 AND store_id = $2 AND sku = ANY($3) ORDER BY sku COLLATE "C" FOR UPDATE',
        merchant_id,
        store_id,
        list(skus),
    )


async def take_back(tx: Tx, merchant_id: UUID, store_id: UUID, units: Mapping[str, int]) -> None:
    """Puts sold units back on the shelf (they were returned, or never handed over)."""
    for sku in sorted(units):
        await tx.execute(
            "UPDATE stock SET on_hand = on_hand + $4, returned = returned + $4 WHERE merchant_id = $1 AND store_id = $2 AND sku = $3",
            merchant_id,
            store_id,
            sku,
            units[sku],
        )


@dataclass(frozen=True, slots=True)
class NewProduct:
    sku: str
    name: str
    category: str
    brand: str
    supplier: str
    tags: tuple[str, ...]
    unit: str
    emoji: str
    image_hue: int
    list_fen: int
    cost_fen: int
    floor_fen: int = 0


async def add_many(merchant_id: UUID, products: Sequence[NewProduct]) -> None:
    """Adds products in bulk; known SKUs stay as they are."""
    await database.pool().executemany(
        "INSERT INTO products (id, merchant_id, sku, name, category, brand, supplier, tags, unit, emoji, image_hue, list_fen, cost_fen,"
        " floor_fen, active) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,true) ON CONFLICT DO NOTHING",
        [
            (
                stable_id(merchant_id, f"sku:{p.sku}"),
                merchant_id,
                p.sku,
                p.name,
                p.category,
                p.brand,
                p.supplier,
                list(p.tags),
                p.unit,
                p.emoji,
                p.image_hue,
                p.list_fen,
                p.cost_fen,
                p.floor_fen,
            )
            for p in products
        ],
    )


async def receive(merchant_id: UUID, rows: Sequence[tuple[UUID, str, int]]) -> None:
    """Opens stock rows as (store, sku, units); rows that exist stay as they are."""
    await database.pool().executemany(
        "INSERT INTO stock (id, merchant_id, store_id, sku, on_hand, reserved, sold, returned, received) VALUES ($1,$2,$3,$4,$5,0,0,0,$5)"
        " ON CONFLICT (merchant_id, store_id, sku) DO NOTHING",
        [
            (stable_id(merchant_id, f"stock:{store}:{sku}"), merchant_id, store, sku, units)
            for store, sku, units in rows
        ],
    )
