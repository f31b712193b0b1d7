"""Promotions: drafts, publishing as immutable versions, ending, and every fault with its place."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backend.demo.client import key
from backend.kit import database
from backend.kit.clock import now
from backend.tests.conftest import Shop, quote

CREATE = """mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id state version versionHash offers { type level sentence definition } }
  ... on InvalidInput { problems { path message } } } }"""


async def create(shop: Shop, offers: list[Any], **more: Any) -> dict[str, Any]:
    at = now()
    given = {
        "name": "活动",
        "startsAt": at.isoformat(),
        "endsAt": (at + timedelta(days=1)).isoformat(),
        "offers": offers,
        "idempotencyKey": key(),
        **more,
    }
    found: dict[str, Any] = (await (await shop.admin()).run(CREATE, i=given))["createPromotion"]
    return found


async def act(shop: Shop, verb: str, promotion: str, mark: str | None = None) -> dict[str, Any]:
    text = f"mutation($i: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $i) {{ __typename ... on Promotion {{ id state version versionHash }} ... on PromotionNotInState {{ state message }} }} }}"
    found: dict[str, Any] = (
        await (await shop.admin()).run(text, i={"promotionId": promotion, "idempotencyKey": mark or key()})
    )[verb]
    return found


async def test_life_of_a_promotion(shop: Shop) -> None:
    """P11: draft → running → ended; each step once, wrong steps are refused with the state; rules are frozen under a hash."""
    made = await create(
        shop, [{"type": "spend_off", "scope": {"tags": ["火锅"]}, "tiers": [{"min": 20000, "off": 3000}]}]
    )
    assert (made["state"], made["version"], made["versionHash"]) == ("DRAFT", 0, None)
    assert made["offers"] == [
        {
            "type": "spend_off",
            "level": "ORDER",
            "sentence": "满200减30，限火锅",
            "definition": {"type": "spend_off", "scope": {"tags": ["火锅"]}, "tiers": [{"min": 20000, "off": 3000}]},
        }
    ]
    shopper = await shop.shopper()
    assert (await quote(shopper, {"TRIPE": 2}))["payableFen"] == 20000
    live = await act(shop, "publishPromotion", made["id"], "p")
    assert (live["state"], live["version"]) == ("RUNNING", 1) and len(live["versionHash"]) == 64
    assert await act(shop, "publishPromotion", made["id"], "p") == live
    assert (await act(shop, "publishPromotion", made["id"]))["state"] == "RUNNING"
    assert (await quote(shopper, {"TRIPE": 2}))["payableFen"] == 17000
    assert (await act(shop, "endPromotion", made["id"]))["state"] == "ENDED"
    again = await act(shop, "endPromotion", made["id"])
    assert (again["__typename"], again["state"]) == ("PromotionNotInState", "ENDED")
    assert (await quote(shopper, {"TRIPE": 2}))["payableFen"] == 20000
    row = await database.fetchrow(
        "SELECT version, retired_at, content_hash, definition FROM offer_versions WHERE merchant_id = $1",
        shop.merchant_id,
    )
    assert (
        row is not None
        and row["version"] == 1
        and row["retired_at"] is not None
        and row["content_hash"] == live["versionHash"]
    )


@pytest.mark.parametrize(
    ("offer", "path"),
    [
        ({"type": "spend_off", "tiers": [{"min": 20000, "off": 3000}, {"min": 10000, "off": 4000}]}, "offers[0].tiers"),
        ({"type": "spend_off", "tiers": [{"min": -1, "off": 1}]}, "offers[0].tiers"),
        ({"type": "percent_off", "pay_bp": 10001}, "offers[0].pay_bp"),
        ({"type": "percent_off", "pay_bp": 85.5}, "offers[0].pay_bp"),
        ({"type": "nonsense"}, "offers[0].type"),
        ({"type": "amount_off", "off": 100, "colour": "red"}, "offers[0].colour"),
        ({"type": "amount_off", "off": 100, "scope": {}}, "offers[0].scope"),
        ({"type": "amount_off", "off": 100, "scope": {"skus": ["GHOST"]}}, "offers[0].scope.skus[0]"),
        (
            {"type": "amount_off", "off": 100, "scope": {"all": True, "except": {"categories": ["没有"]}}},
            "offers[0].scope.except.categories[0]",
        ),
        ({"type": "amount_off", "off": 100, "when": {"from": "2026-01-01T00:00:00"}}, "offers[0].when"),
        ({"type": "amount_off", "off": 100, "id": "mine"}, "offers[0].id"),
        (
            {"type": "spend_gift", "tiers": [{"min": 1, "gifts": [{"sku": "GHOST", "qty": 1}]}]},
            "offers[0].tiers[0].gifts[0].sku",
        ),
        ({"type": "coupon", "content": {"off": {"min": 0, "off": 1}}}, "offers[0]"),
    ],
)
async def test_malformed_offers_are_named_by_place(shop: Shop, offer: dict[str, Any], path: str) -> None:
    """P02, P03, lessons *Stacking* (a fixed 50,000 read as 50,000 %): nothing is guessed; nothing is written."""
    answer = await create(shop, [offer])
    assert answer["__typename"] == "InvalidInput", answer
    assert any(p["path"].startswith(path) for p in answer["problems"]), answer["problems"]
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_faults_are_told_in_chinese(shop: Shop) -> None:
    """Bad input: operators read what is wrong in their own language, at the field."""
    answer = await create(
        shop,
        [
            {"type": "spend_off", "tiers": [{"min": 20000, "off": 3000}, {"min": 10000, "off": 4000}]},
            {"type": "percent_off", "pay_bp": -5},
            {"type": "fixed_price"},
        ],
    )
    told = {p["path"]: p["message"] for p in answer["problems"]}
    assert (
        told["offers[0].tiers[1].min"] == "须高于上一档的 20000"
        and told["offers[1].pay_bp"] == "不能小于 0"
        and told["offers[2].price"] == "必填"
    )


async def test_all_faults_at_once(shop: Shop) -> None:
    """P11: name, window, stores and each offer are reported together."""
    at = now()
    answer = await create(
        shop,
        [{"type": "percent_off", "pay_bp": -5}, {"type": "fixed_price", "price": -1}],
        name=" ",
        startsAt=at.isoformat(),
        endsAt=at.isoformat(),
        storeIds=["sto_" + "0" * 32],
    )
    assert {p["path"].split(".")[0] for p in answer["problems"]} == {
        "name",
        "endsAt",
        "offers[0]",
        "offers[1]",
        "storeIds[0]",
    }


@pytest.mark.usefixtures("exact")
async def test_same_key_other_input_is_refused(shop: Shop) -> None:
    """C4: five creates at once with one key make one draft; the key with other input is refused."""
    mark, at = key(), now()
    await shop.admin()
    given = {"idempotencyKey": mark, "startsAt": at.isoformat(), "endsAt": (at + timedelta(days=1)).isoformat()}
    offer = {"type": "amount_off", "off": 100}
    answers = await asyncio.gather(*(create(shop, [offer], **given) for _ in range(5)))
    assert len({a["id"] for a in answers}) == 1
    assert (await create(shop, [{"type": "amount_off", "off": 200}], **given))["__typename"] == "IdempotencyConflict"
    assert await database.fetchval("SELECT count(*) FROM promotions WHERE merchant_id = $1", shop.merchant_id) == 1


async def test_regions_channels_and_stores(shop: Shop) -> None:
    """P13, P14, P07: limits of place and channel hold, and say so where they do not."""
    offer = {"type": "amount_off", "off": 100}
    await shop.promotion(offer, name="自贡", regionPaths=["四川/自贡"])
    one, two = (f"sto_{s.id.hex}" for s in shop.stores)
    shopper = await shop.shopper()
    here, there = await quote(shopper, {"BEEF": 1}, storeId=one), await quote(shopper, {"BEEF": 1}, storeId=two)
    assert (here["payableFen"], there["payableFen"]) == (4000, 3900)
    assert [r["reason"] for r in here["rejected"]] == ["WHEN"]
    await shop.promotion(
        {"type": "amount_off", "off": 50, "group": "pos"}, name="收银台", channels=["POS"], storeIds=[one]
    )
    assert (await quote(shopper, {"BEEF": 1}, storeId=one))["payableFen"] == 4000
    assert (await quote(shopper, {"BEEF": 1}, storeId=one, channel="POS"))["payableFen"] == 3950


async def test_a_rule_is_said_with_names(shop: Shop) -> None:
    """P15, P09: articles, stores and the offers that it excludes are called by name, never by code."""
    first = await shop.promotion({"type": "amount_off", "off": 500, "scope": {"skus": ["SHRIMP"]}}, name="虾滑日")
    rule = {
        "type": "buy_get",
        "buy": {"count": 2, "scope": {"skus": ["BEEF"]}},
        "get": {"count": 1, "scope": {"skus": ["TOFU"]}},
        "when": {"store": ["S2"]},
        "limits": {"per_order": 1},
        "excludes": [first["offers"][0]["id"]],
    }
    second = await shop.promotion(rule, name="买二送一")
    said = "买2件牛肉丸，送1件冻豆腐，限门店「自贡店」，每单一次，不与虾滑日同享"
    assert second["offers"][0]["sentence"] == said


async def test_lists_for_shoppers_and_operators(shop: Shop) -> None:
    """P15, P11: shoppers see what runs or is announced; operators see all, by state, by name, page by page."""
    offer = {"type": "amount_off", "off": 100, "scope": {"skus": ["BEEF"]}}
    await shop.promotion(offer, name="草稿一", publish=False)
    await shop.promotion(offer, name="进行二")
    await shop.promotion(offer, name="将来三", starts=3600)
    text = "query($f: PromotionFilterInput, $n: Int!, $a: String) { promotions(first: $n, after: $a, filter: $f) { totalCount pageInfo { hasNextPage endCursor } nodes { name state } } }"
    shopper, admin = await shop.shopper(), await shop.admin()
    seen = (await shopper.run(text, n=10))["promotions"]
    assert [n["name"] for n in seen["nodes"]] == ["将来三", "进行二"] and seen["totalCount"] == 2
    first = (await admin.run(text, n=2))["promotions"]
    rest = (await admin.run(text, n=2, a=first["pageInfo"]["endCursor"]))["promotions"]
    assert (
        [n["name"] for n in first["nodes"] + rest["nodes"]] == ["将来三", "进行二", "草稿一"]
        and first["pageInfo"]["hasNextPage"]
        and not rest["pageInfo"]["hasNextPage"]
    )
    assert [n["name"] for n in (await admin.run(text, n=10, f={"states": ["DRAFT"]}))["promotions"]["nodes"]] == [
        "草稿一"
    ]
    assert [n["name"] for n in (await admin.run(text, n=10, f={"search": "行二"}))["promotions"]["nodes"]] == ["进行二"]
    assert (await admin.run(text, n=10, f={"search": "%"}))["promotions"]["totalCount"] == 0
    products = (
        await shopper.run(
            '{ products(first: 10, skus: ["BEEF", "TOFU"]) { nodes { sku listFen priceInHandFen promotionTags available } } }'
        )
    )["products"]["nodes"]
    assert products == [
        {
            "sku": "BEEF",
            "listFen": 4000,
            "priceInHandFen": 3900,
            "promotionTags": products[0]["promotionTags"],
            "available": 200,
        },
        {"sku": "TOFU", "listFen": 900, "priceInHandFen": 900, "promotionTags": [], "available": 200},
    ]
    assert len(products[0]["promotionTags"]) == 1
    running = (
        await shopper.run(
            "{ promotions(first: 5, filter: {states: [RUNNING]}) { nodes { products(first: 5) { nodes { sku } } offers { sentence } } } }"
        )
    )["promotions"]["nodes"]
    assert [p["sku"] for p in running[0]["products"]["nodes"]] == ["BEEF"] and "牛肉丸" in running[0]["offers"][0][
        "sentence"
    ]


async def test_cart_groups_tell_the_next_tier(shop: Shop) -> None:
    """Q01, Q04: lines stand under their promotion with what the next tier needs and gives."""
    made = await shop.promotion(
        {
            "type": "spend_off",
            "scope": {"tags": ["火锅"]},
            "tiers": [{"min": 10000, "off": 1000}, {"min": 20000, "off": 3000}],
        },
        name="火锅节",
    )
    text = "query($c: CartInput!) { quoteCart(input: $c) { ... on Quote { groups { title promotionId reached nextSentence progressBp skus } } } }"
    shopper = await shop.shopper()

    async def groups(lines: dict[str, int]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            await shopper.run(text, c={"lines": [{"sku": s, "qty": n} for s, n in lines.items()]})
        )["quoteCart"]["groups"]
        return found

    low, mid, high = await groups({"SHRIMP": 1, "TOFU": 1}), await groups({"TRIPE": 1}), await groups({"TRIPE": 2})
    assert low[0] == {
        "title": "火锅节",
        "promotionId": made["id"],
        "reached": False,
        "nextSentence": "再买¥40，共减¥10",
        "progressBp": 6000,
        "skus": ["SHRIMP"],
    }
    assert (low[1]["title"], low[1]["promotionId"], low[1]["nextSentence"]) == ("其他商品", None, None)
    assert (mid[0]["reached"], mid[0]["nextSentence"], mid[0]["progressBp"]) == (True, "再买¥100，共减¥30", 5000)
    assert (high[0]["reached"], high[0]["nextSentence"], high[0]["progressBp"]) == (True, None, 10000)
