"""Goods on the shelf: `shuhui stock`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from backend.commands.running import Refused, for_merchant, show

if TYPE_CHECKING:
    from backend.merchants import MerchantInfo


@click.command()
@for_merchant
@click.option("--store", required=True, help="Code of the store.")
@click.option("--sku", required=True, help="Code of the article.")
@click.option("--units", type=click.IntRange(-1_000_000, 1_000_000), help="Units that came; below zero: found missing.")
@click.option("--reason", help="Why, 1–100 characters; needed with --units.")
def stock(merchant: str, store: str, sku: str, units: int | None, reason: str | None) -> None:
    """某店某商品的库存：查看，或登记到货（+）与盘亏（−）。

    Shows what a store has of an article, or writes down what came to its shelf or was found missing there, with who, when and
    why (O3: on hand + reserved + sold − returned = received). What orders hold cannot go missing. Exit 2: bad input.
    """

    async def work(found: MerchantInfo) -> object:
        from backend import catalog, merchants  # noqa: PLC0415
        from backend.kit.clock import now  # noqa: PLC0415

        place = next((s for s in await merchants.stores(found.id) if s.code == store), None)
        if place is None:
            raise Refused([f"没有门店 {store}"])
        if sku not in await catalog.by_skus(found.id, [sku], place.id):
            raise Refused([f"没有商品 {sku}"])
        if units is not None:
            why = (reason or "").strip()
            if not units or not 1 <= len(why) <= 100:
                raise Refused(["--units 须不为 0，并用 --reason 写明原因（1–100 个字）"])
            done = await catalog.count_in(found.id, place.id, sku, units, why, "command", now())
            if isinstance(done, catalog.Short):
                raise Refused([f"{store} 的 {sku} 只有 {done.available} 件可以减少；订单占用的不能减"])
        shelf = await catalog.shelf(found.id, place.id, sku)
        return {"store": store, "sku": sku, **(asdict(shelf) if shelf else {"on_hand": None})}

    show(merchant, work)


COMMANDS = (stock,)
