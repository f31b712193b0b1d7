"""Door of the slice: products and stock 商品与库存."""

from backend.catalog.service import (
    NewProduct,
    ProductInfo,
    Short,
    add_many,
    by_skus,
    categories,
    known_terms,
    receive,
    release,
    reserve,
    search,
    sell,
)

__all__ = [
    "NewProduct",
    "ProductInfo",
    "Short",
    "add_many",
    "by_skus",
    "categories",
    "known_terms",
    "receive",
    "release",
    "reserve",
    "search",
    "sell",
]
