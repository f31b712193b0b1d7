"""R05, O3, Q05: staff read the stock of an article by store, write down what came and what is missing, and open carts hear of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.ids import encode
from backend.tests.conftest import Shop, make_shop, place

SHELVES = (
    "query($s: String!) { articleShelves(sku: $s) { store { id name } sku onHand reserved sold returned received } }"
)
RECEIPTS = """query($s: String!, $a: String, $st: ID) { stockReceipts(sku: $s, storeId: $st, first: 2, after: $a) {
  nodes { units reason by store { id } } pageInfo { hasNextPage endCursor } } }"""
COUNT = """mutation($i: CountStockInput!) { countStock(input: $i) { __typename ... on ArticleShelf { onHand reserved received }
  ... on StockShort { available } ... on StockMoved { available } ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"""
CART = """subscription($c: CartInput!) { cartQuote(input: $c) { version cause result { ... on Quote { payableFen gifts { sku }
  lines { sku product { available } } } } } }"""


def of(shop: Shop, n: int = 0) -> str:
    return encode("sto", shop.stores[n].id)


async def count(client: Client, shop: Shop, *, sku: str = "BEEF", store: str = "", **what: Any) -> dict[str, Any]:
    wish = {"storeId": store or of(shop), "sku": sku, "reason": "到货", "idempotencyKey": key(), **what}
    found: dict[str, Any] = (await client.run(COUNT, i=wish))["countStock"]
    return found


async def written(shop: Shop) -> list[int]:
    rows = await database.fetch("SELECT units FROM stock_receipts WHERE merchant_id = $1 ORDER BY id", shop.merchant_id)
    return [row["units"] for row in rows]


@pytest.mark.usefixtures("exact")
async def test_staff_add_take_and_set_stock(shop: Shop) -> None:
    """R05 缺货, O3: what came is added, what is missing taken, a shelf is set to what was counted; the same key once; each with who and
    why, in pages, newest first; what orders hold is not touched."""
    manager = await shop.staff("store_manager")
    assert (await place(await shop.shopper(), {"BEEF": 30}))["__typename"] == "Order"
    [first, *_] = (await manager.run(SHELVES, s="BEEF"))["articleShelves"]
    assert [first[n] for n in ("onHand", "reserved", "sold", "returned", "received")] == [70, 30, 0, 0, 100]
    once = key()
    come = [await count(manager, shop, units=20, idempotencyKey=once) for _ in range(2)]
    assert come[0] == come[1] == {"__typename": "ArticleShelf", "onHand": 90, "reserved": 30, "received": 120}
    other = await count(manager, shop, units=21, idempotencyKey=once)
    assert other["code"] == "IdempotencyConflict"
    assert (await count(manager, shop, units=-10, reason="盘亏"))["onHand"] == 80
    assert (await count(manager, shop, onHand=75, seenOnHand=80, reason="月末盘点"))["onHand"] == 75
    assert (await count(manager, shop, onHand=75, seenOnHand=75, reason="再盘一次"))["onHand"] == 75
    assert await written(shop) == [20, -10, -5]
    page = (await manager.run(RECEIPTS, s="BEEF"))["stockReceipts"]
    rest = (await manager.run(RECEIPTS, s="BEEF", a=page["pageInfo"]["endCursor"]))["stockReceipts"]
    assert [(n["units"], n["reason"]) for n in (*page["nodes"], *rest["nodes"])] == [
        (-5, "月末盘点"),
        (-10, "盘亏"),
        (20, "到货"),
    ]
    assert all(n["by"].startswith("员工 ") for n in page["nodes"]) and not rest["pageInfo"]["hasNextPage"]
    assert (await place(await shop.shopper(), {"BEEF": 75}))["__typename"] == "Order"


@pytest.mark.usefixtures("exact")
async def test_what_is_refused_changes_nothing(shop: Shop) -> None:
    """R05: nothing or both stated, no reason, too much, an unknown article or store, more than is free, a number that was not seen: each
    is told with its place and what is there, and nothing is written down."""
    admin = await shop.admin()
    for what, path in (
        ({}, "units"),
        ({"units": 1, "onHand": 1, "seenOnHand": 100}, "units"),
        ({"units": 0}, "units"),
        ({"units": 1_000_001}, "units"),
        ({"onHand": -1, "seenOnHand": 100}, "onHand"),
        ({"onHand": 5}, "seenOnHand"),
        ({"units": 1, "reason": " 无 "}, "reason"),
        ({"units": 1, "reason": "长" * 101}, "reason"),
    ):
        refused = await count(admin, shop, **what)
        assert [p["path"] for p in refused["problems"]] == [path], what
    assert (await count(admin, shop, units=1, sku="NOTHING"))["code"] == "NotFound"
    assert (await count(admin, shop, units=1, store=encode("sto", shop.merchant_id)))["code"] == "NotFound"
    short = await count(admin, shop, units=-101)
    assert (short["code"], short["available"]) == ("StockShort", 100) and "只有 100 件可售" in short["message"]
    moved = await count(admin, shop, onHand=50, seenOnHand=99)
    assert (moved["code"], moved["available"]) == ("StockMoved", 100) and "现在可售 100 件" in moved["message"]
    await shop.world.owner.execute("DELETE FROM stock WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id)
    none = await count(admin, shop, onHand=5, seenOnHand=0)
    assert [p["message"] for p in none["problems"]] == ["这家门店还没有这件商品的库存，请先登记到货"]
    assert (await admin.run(SHELVES, s="NOTHING"))["articleShelves"] == []
    assert await written(shop) == []
    [kept, *_] = (await admin.run(SHELVES, s="BEEF"))["articleShelves"]
    assert kept["onHand"] is None
    assert (await count(admin, shop, units=8))["received"] == 8


async def test_who_may_and_where(shop: Shop) -> None:
    """T09, R04: a manager of one store sees and corrects that one alone; a cashier reads; marketing does neither; another merchant's
    article and store are unknown."""
    mine = await shop.staff("store_manager", stores=(shop.stores[0].id,))
    assert [s["store"]["id"] for s in (await mine.run(SHELVES, s="BEEF"))["articleShelves"]] == [of(shop)]
    assert (await count(mine, shop, units=1, store=of(shop, 1)))["code"] == "NotFound"
    boss = await shop.admin()
    assert (await count(boss, shop, units=3, store=of(shop, 1)))["__typename"] == "ArticleShelf"
    assert (await mine.run(RECEIPTS, s="BEEF"))["stockReceipts"]["nodes"] == []
    assert (await mine.run(RECEIPTS, s="BEEF", st=of(shop, 1)))["stockReceipts"]["nodes"] == []
    cashier = await shop.staff("cashier")
    assert len((await cashier.run(RECEIPTS, s="BEEF", st=of(shop, 1)))["stockReceipts"]["nodes"]) == 1
    for client, text, variables in (
        (cashier, COUNT, {"i": {"storeId": of(shop), "sku": "BEEF", "reason": "到货", "units": 1, "idempotencyKey": key()}}),
        (await shop.staff("marketing"), SHELVES, {"s": "BEEF"}),
        (await shop.shopper(), SHELVES, {"s": "BEEF"}),
    ):  # fmt: skip
        with pytest.raises(GraphQLFailed) as denied:
            await client.run(text, **variables)
        assert denied.value.code == "FORBIDDEN"
    stranger = await (await make_shop(shop.world)).admin()
    assert (await count(stranger, shop, units=1))["code"] == "NotFound"
    assert await written(shop) == [3]


@pytest.mark.usefixtures("exact")
async def test_two_set_a_shelf_at_once(shop: Shop) -> None:
    """O3, races: of many who set what they counted while orders take units, whoever saw an older number is refused; the shelf agrees with
    the record and the orders."""
    admin, people = await shop.admin(), [await shop.shopper() for _ in range(4)]
    answers = await asyncio.gather(
        *(count(admin, shop, onHand=n, seenOnHand=100, reason="盘点") for n in (90, 80, 70, 95)),
        *(place(p, {"BEEF": 5}) for p in people),
        *(count(admin, shop, units=n) for n in (7, -3)),
    )
    kinds = [a["__typename"] for a in answers]
    assert kinds[:4].count("ArticleShelf") <= 1 and set(kinds[:4]) <= {"ArticleShelf", "StockMoved"}
    sold = 5 * kinds[4:8].count("Order")
    [shelf, *_] = (await admin.run(SHELVES, s="BEEF"))["articleShelves"]
    assert (shelf["reserved"], shelf["received"]) == (sold, 100 + sum(await written(shop)))
    assert shelf["onHand"] == shelf["received"] - sold >= 0


async def test_an_open_cart_hears_of_the_stock_of_its_articles(shop: Shop) -> None:
    """Q05, R05: units come for an article that is sold out, by the console and by `shuhui stock` alike: open carts that have it show it at
    once; carts without it, or of another store, are not priced again."""
    admin = await shop.admin()
    assert (await count(admin, shop, onHand=0, seenOnHand=100, reason="盘点"))["onHand"] == 0
    watched = [
        {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "storeId": of(shop)},
        {"lines": [{"sku": "TOFU", "qty": 1}], "delivery": "PICKUP", "storeId": of(shop)},
        {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "storeId": of(shop, 1)},
    ]
    shopper = await shop.shopper()
    async with (
        shopper.subscribe(CART, c=watched[0]) as mine,
        shopper.subscribe(CART, c=watched[1]) as other,
        shopper.subscribe(CART, c=watched[2]) as away,
        asyncio.timeout(20),
    ):
        firsts = [(await anext(frames))["cartQuote"] for frames in (mine, other, away)]
        assert firsts[0]["result"]["lines"][0]["product"]["available"] == 0
        assert (await count(admin, shop, units=12))["onHand"] == 12
        frame = (await anext(mine))["cartQuote"]
        assert (frame["version"], frame["cause"]) == (2, "商品库存有变化")
        assert frame["result"]["lines"][0]["product"]["available"] == 12
        for frames in (other, away):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(frames), 1.5)


async def test_what_is_sold_out_is_heard_of_without_a_price(shop: Shop) -> None:
    """Q05, R05: a line that is sold out is not priced; its stock is told by itself, of its store and article alone; an unknown store is
    refused, an unknown article left out."""
    text = "subscription($s: [String!]!, $st: ID) { articleStock(skus: $s, storeId: $st) { version articles { sku available } } }"
    admin, shopper = await shop.admin(), await shop.shopper()
    await count(admin, shop, onHand=0, seenOnHand=100, reason="盘点")
    async with shopper.subscribe(text, s=["BEEF", "NOTHING"], st=of(shop)) as frames, asyncio.timeout(20):
        first = (await anext(frames))["articleStock"]
        assert first == {"version": 1, "articles": [{"sku": "BEEF", "available": 0}]}
        await count(admin, shop, units=4, sku="TOFU")
        await count(admin, shop, units=5, store=of(shop, 1))
        await count(admin, shop, units=6)
        frame = (await anext(frames))["articleStock"]
        assert frame == {"version": 2, "articles": [{"sku": "BEEF", "available": 6}]}
    async with shopper.subscribe(text, s=["BEEF"], st=encode("sto", shop.merchant_id)) as frames, asyncio.timeout(20):
        with pytest.raises(GraphQLFailed):
            await anext(frames)


async def test_a_gift_that_came_back_to_the_shelf_is_given(shop: Shop) -> None:
    """Q05, P03: the store has no more of a gift; when it comes, the open cart gets it by itself."""
    admin = await shop.admin()
    gift = {"min": 3000, "gifts": [{"sku": "TOFU", "qty": 1}]}
    await shop.promotion({"type": "spend_gift", "scope": {"skus": ["BEEF"]}, "tiers": [gift]}, name="满赠")
    assert (await count(admin, shop, sku="TOFU", onHand=0, seenOnHand=100, reason="盘点"))["onHand"] == 0
    cart = {"lines": [{"sku": "BEEF", "qty": 1}], "delivery": "PICKUP", "storeId": of(shop)}
    async with (await shop.shopper()).subscribe(CART, c=cart) as frames, asyncio.timeout(20):
        assert (await anext(frames))["cartQuote"]["result"]["gifts"] == []
        await count(admin, shop, sku="TOFU", units=1)
        frame = (await anext(frames))["cartQuote"]
    assert frame["result"]["gifts"] == [{"sku": "TOFU"}]
