"""Door of the slice: products and stock 商品与库存."""

from backend.catalog.service import (
    NewProduct,
    ProductInfo,
    Short,
    add_many,
    brands,
    by_skus,
    categories,
    known_terms,
    names_in,
    receive,
    release,
    reserve,
    search,
    sell,
    skus_named,
    tags,
)

__all__ = [
    "NewProduct",
    "ProductInfo",
    "Short",
    "add_many",
    "brands",
    "by_skus",
    "categories",
    "known_terms",
    "names_in",
    "receive",
    "release",
    "reserve",
    "search",
    "sell",
    "skus_named",
    "tags",
]
