"""B04: growth value from reviews and shares, through GraphQL: once, up to the day's cap, taken back with the article."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from backend import invariants
from backend.demo.client import Client, GraphQLFailed, key
from backend.engagement.rules import check_review, obstacle, parse_about, within_cap
from backend.invariants.model import look_at
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, make_shop, place, within
from backend.tests.refunding import bought, refund
from backend.tests.test_drops import make

REVIEW = """mutation($i: ReviewArticleInput!) { reviewArticle(input: $i) { __typename
  ... on Review { id sku name stars growth takenBack state } ... on ReviewNotPossible { because } ... on InvalidInput { problems { path } }
  ... on Refusal { code message } } }"""
HIDE = """mutation($i: HideReviewInput!) { hideReview(input: $i) { __typename
  ... on Review { state growth takenBack hideReason authorName } ... on Refusal { code message } } }"""
OPEN = """mutation($i: OpenShareInput!) { openShare(input: $i) { __typename ... on ShareOpened { counted } ... on Refusal { code message } } }"""
TOKEN = """query($id: ID!) { shareToken(kind: DROP, id: $id) { token openedToday growthToday sentence } }"""
MINE = "{ benefitAccount { growth level { level { id } growth inPeriod } entries { nodes { unit amount sentence } } } }"
ARTICLES = "query($o: ID!) { reviewableArticles(orderId: $o) { sku name review { stars growth } obstacle } }"
NONE = {"coupons": {"mode": "NONE"}}


async def review(
    client: Client, order: dict[str, Any], sku: str, text: str = "新鲜好吃，回购", idempotency: str | None = None
) -> dict[str, Any]:
    given = {"orderId": order["id"], "sku": sku, "stars": 5, "text": text, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(REVIEW, i=given))["reviewArticle"]
    return found


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.run(MINE))["benefitAccount"]
    return found


async def open_share(client: Client, token: str, idempotency: str | None = None) -> dict[str, Any]:
    given = {"token": token, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(OPEN, i=given))["openShare"]
    return found


async def token_of(client: Client, drop: str) -> str:
    return str((await client.run(TOKEN, id=drop))["shareToken"]["token"])


async def a_drop(shop: Shop) -> str:
    return str((await make(shop))["id"])


def test_the_rules_of_reviews_and_shares() -> None:
    """B04: text and stars, what of an order can be reviewed, caps, what may be shared."""
    assert [p.path for p in check_review(0, "x")] == ["stars", "text"] and check_review(5, "好吃好吃好") == []
    assert [p.path for p in check_review(6, "x" * 301)] == ["stars", "text"]
    assert obstacle("completed", ["A"], {"A": 1}, "A") is None
    assert obstacle("completed", ["A"], {}, "A") == obstacle("refunded", ["A"], {}, "A") == "RETURNED"
    assert obstacle("paid", ["A"], {"A": 1}, "A") == "NOT_COMPLETED"
    assert obstacle("completed", ["A"], {"B": 1}, "B") == "NOT_BOUGHT"
    assert [within_cap(5, 12, given) for given in (0, 5, 10, 12, 99)] == [5, 5, 2, 0, 0]
    assert parse_about("drop:0a") == "drop:0a"
    assert [parse_about(x) for x in ("drop:", "coupon:1", "drop", f"drop:{'a' * 41}", "drop:a~b", "")] == [None] * 6


@pytest.mark.usefixtures("exact")
async def test_reviews_bring_growth_up_to_the_day_s_cap(shop: Shop) -> None:
    """B04: five growth each, fifteen a day; the fourth is kept and brings nothing; once for each article; the same key gives the same."""
    shopper, again = await shop.shopper(), key()
    order = await bought(shop, shopper, {"BEEF": 2, "PORK": 1, "TOFU": 1, "BASE": 1}, done=True, **NONE)
    before = (await mine(shopper))["growth"]
    first = await review(shopper, order, "BEEF", idempotency=again)
    assert (first["__typename"], first["growth"], first["name"], first["state"]) == ("Review", 5, "牛肉丸", "SHOWN")
    assert await review(shopper, order, "BEEF", idempotency=again) == first
    assert (await review(shopper, order, "PORK", idempotency=again))["__typename"] == "IdempotencyConflict"
    twice = await review(shopper, order, "BEEF")
    assert (twice["__typename"], twice["because"]) == ("ReviewNotPossible", "REVIEWED")
    assert [(await review(shopper, order, sku))["growth"] for sku in ("PORK", "TOFU", "BASE")] == [5, 5, 0]
    account = await mine(shopper)
    assert account["growth"] == before + 15 == account["level"]["growth"]
    assert {"unit": "GROWTH", "amount": 5, "sentence": f"评价订单 {order['number']} 的商品，得 5 成长值"} in account["entries"]["nodes"]  # fmt: skip
    seen = (await shopper.run(ARTICLES, o=order["id"]))["reviewableArticles"]
    assert sorted((a["sku"], a["review"]["growth"], a["obstacle"]) for a in seen) == [
        ("BASE", 0, None), ("BEEF", 5, None), ("PORK", 5, None), ("TOFU", 5, None)
    ]  # fmt: skip


@pytest.mark.usefixtures("exact")
async def test_what_cannot_be_reviewed_is_told_and_changes_nothing(shop: Shop) -> None:
    """B04: before the order is completed, an article that it did not buy, somebody else's order, another merchant's, too short."""
    shopper, other = await shop.shopper(), await shop.shopper()
    paid = await bought(shop, shopper, {"BEEF": 1}, **NONE)
    assert (await review(shopper, paid, "BEEF"))["because"] == "NOT_COMPLETED"
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
    before = (await mine(shopper))["growth"]
    assert (await review(shopper, order, "TOFU"))["because"] == "NOT_BOUGHT"
    assert [p["path"] for p in (await review(shopper, order, "BEEF", "好"))["problems"]] == ["text"]
    assert (await review(other, order, "BEEF"))["__typename"] == "NotFound"
    abroad = await make_shop(shop.world)
    assert (await review(await abroad.shopper(), order, "BEEF"))["__typename"] == "NotFound"
    assert (await other.run(ARTICLES, o=order["id"]))["reviewableArticles"] == []
    assert (await mine(shopper))["growth"] == before
    assert await database.fetchval("SELECT count(*) FROM reviews WHERE merchant_id = $1", shop.merchant_id) == 0
    waiting = await place(shopper, {"BEEF": 1}, **NONE)
    assert (await review(shopper, waiting, "BEEF"))["because"] == "NOT_COMPLETED"


@pytest.mark.usefixtures("exact")
async def test_growth_goes_with_the_article(shop: Shop) -> None:
    """B04: a part that comes back leaves the review's growth; all of it takes it back, once; a returned article cannot be reviewed."""
    shopper, clerk = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 2, "PORK": 1, "TOFU": 1}, done=True, **NONE)
    assert [(await review(shopper, order, sku))["growth"] for sku in ("BEEF", "PORK")] == [5, 5]
    assert (await refund(clerk, order, {"BEEF": 1}))["__typename"] == "Order"
    assert (await refund(clerk, order, {"PORK": 1, "TOFU": 1}))["__typename"] == "Order"

    async def gone() -> bool:
        rows = await database.fetch("SELECT sku, taken_back FROM reviews WHERE merchant_id = $1", shop.merchant_id)
        return {row["sku"]: row["taken_back"] for row in rows} == {"BEEF": 0, "PORK": 5}

    await within(10, gone)
    assert (await review(shopper, order, "TOFU"))["because"] == "RETURNED"
    assert (await mine(shopper))["growth"] == 40 + 5
    assert (await refund(clerk, order, {"BEEF": 1}))["__typename"] == "Order"

    async def all_gone() -> bool:
        return (await mine(shopper))["growth"] == 0

    await within(10, all_gone)
    words = [e["sentence"] for e in (await mine(shopper))["entries"]["nodes"]]
    assert words.count(f"订单 {order['number']} 的商品已退货，收回 5 成长值") == 2


@pytest.mark.usefixtures("exact")
async def test_staff_hide_a_review(shop: Shop) -> None:
    """B04: hidden with a reason, the growth goes once, though the article comes back later; a refund of a hidden one takes nothing more."""
    shopper, clerk = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
    done, before = await review(shopper, order, "BEEF"), (await mine(shopper))["growth"]
    listed = await clerk.run("{ reviews { nodes { id text authorName } } }")
    assert listed["reviews"]["nodes"][0]["id"] == done["id"] and " · " in listed["reviews"]["nodes"][0]["authorName"]
    again = {"reviewId": done["id"], "reason": "与商品无关", "idempotencyKey": key()}
    assert (await clerk.run(HIDE, i={**again, "reason": "x"}))["hideReview"]["__typename"] == "InvalidInput"
    hidden = (await clerk.run(HIDE, i=again))["hideReview"]
    assert (hidden["state"], hidden["takenBack"], hidden["hideReason"]) == ("HIDDEN", 5, "与商品无关")
    assert (await clerk.run(HIDE, i=again))["hideReview"] == hidden
    assert (await clerk.run(HIDE, i={**again, "idempotencyKey": key()}))["hideReview"]["__typename"] == "ReviewHidden"
    missing = {**again, "reviewId": f"rvw_{new_id().hex}", "idempotencyKey": key()}
    assert (await clerk.run(HIDE, i=missing))["hideReview"]["__typename"] == "NotFound"
    assert (await mine(shopper))["growth"] == before - 5
    assert (await refund(clerk, order, {"BEEF": 1}))["__typename"] == "Order"
    await within(10, lambda: _consumed(shop))
    assert (await mine(shopper))["growth"] == 0


async def _consumed(shop: Shop) -> bool:
    return bool(
        await database.fetchval(
            "SELECT count(*) FROM consumed_events WHERE merchant_id = $1 AND consumer = 'reviews'", shop.merchant_id
        )
    )


@pytest.mark.usefixtures("exact")
async def test_a_review_may_raise_the_level(shop: Shop) -> None:
    """B04: the scheme says what a review brings; a threshold that it reaches raises the level at once, and the card says so."""
    admin, shopper = await shop.admin(), await shop.shopper()
    scheme = """mutation($i: SetLevelSchemeInput!) { setLevelScheme(input: $i) { __typename
      ... on LevelScheme { perReview reviewCap perShare shareCap sentence } ... on InvalidInput { problems { path } } } }"""
    levels = [
        {"id": "basic", "name": "普通", "needs": "NONE"},
        {"id": "gold", "name": "金", "needs": "TOTAL", "growth": 41},
    ]
    given = {"levels": levels, "perReview": 3, "reviewCap": 4, "perShare": 0, "shareCap": 0, "idempotencyKey": key()}
    bad = (await admin.run(scheme, i={**given, "reviewCap": 2, "perShare": 101}))["setLevelScheme"]
    assert [p["path"] for p in bad["problems"]] == ["reviewCap", "perShare", "shareCap"]
    made = (await admin.run(scheme, i={**given, "idempotencyKey": key()}))["setLevelScheme"]
    assert (made["perReview"], made["reviewCap"]) == (3, 4) and "评价得 3（每天最多 4）" in made["sentence"]
    order = await bought(shop, shopper, {"BEEF": 1, "TOFU": 1}, done=True, coupons={"mode": "NONE"}, tenders={})
    assert (await mine(shopper))["level"]["level"]["id"] == "gold"  # 49 yuan
    other = await shop.shopper()
    small = await bought(shop, other, {"BEEF": 1}, done=True, **NONE)
    assert (await mine(other))["level"]["level"]["id"] == "basic"
    assert (await review(other, small, "BEEF"))["growth"] == 3
    assert (await mine(other))["level"]["level"]["id"] == "gold"
    assert [(await review(shopper, order, sku))["growth"] for sku in ("BEEF", "TOFU")] == [3, 1]


@pytest.mark.usefixtures("exact")
async def test_shares_count_when_a_friend_opens_them_for_the_first_time(shop: Shop) -> None:
    """B04: two growth for each friend, once a day, six in all; one's own, a second time, and what was tampered with bring nothing."""
    sharer, friend = await shop.shopper(), await shop.shopper()
    drop = await a_drop(shop)
    token, again = await token_of(sharer, drop), key()
    assert (await open_share(sharer, token)) == {"__typename": "ShareOpened", "counted": False}
    assert (await open_share(friend, token, again))["counted"] is True
    assert (await open_share(friend, token, again))["counted"] is True
    assert (await open_share(friend, token))["counted"] is False
    assert (await open_share(friend, await token_of(sharer, drop)))["counted"] is False
    assert (await mine(sharer))["growth"] == 2 and (await mine(friend))["growth"] == 0
    assert (await mine(sharer))["entries"]["nodes"][0]["sentence"] == "好友打开了您的分享，得 2 成长值"
    for bad in (token[:-2] + "xx", token.replace("~", "-"), "", f"{token}x"):
        assert (await open_share(friend, bad))["__typename"] == "ShareLinkInvalid"
    abroad = await make_shop(shop.world)
    assert (await open_share(await abroad.shopper(), token))["__typename"] == "ShareLinkInvalid"
    another = await token_of(sharer, await a_drop(shop))
    assert (await open_share(friend, another))["counted"] is True  # another thing, the same friend and day
    told = (await sharer.run(TOKEN, id=drop))["shareToken"]
    assert (told["openedToday"], told["growthToday"]) == (2, 2)
    assert (await open_share(await shop.shopper(), token))["counted"] is True
    assert (await mine(sharer))["growth"] == 4
    assert told["sentence"] == "好友打开，您得 2 成长值，每天最多 6"


FIGURES = """query($d: Int! = 30) { shareFigures(days: $d) { since until opened sharers growth
  sources { kind channel storeName opened sharers growth } days { day opened sharers growth } } }"""


@pytest.mark.usefixtures("exact")
async def test_shares_by_channel_store_and_day(shop: Shop) -> None:
    """K12: staff see what shares brought, by what was shared, channel, store and day; opened again, one's own, and with a store that is
    not there, counts nowhere; days are asked within bounds; another merchant sees none of it."""
    sharer, friend, third = await shop.shopper(), await shop.shopper(), await shop.shopper()
    store, abroad, admin = shop.stores[0], await make_shop(shop.world), await shop.admin()
    token, again = await token_of(sharer, await a_drop(shop)), key()
    here = {"channel": "MINIAPP", "storeId": f"sto_{store.id.hex}"}

    async def opened(client: Client, **more: Any) -> dict[str, Any]:
        given = {"token": token, "idempotencyKey": key(), **more}
        found: dict[str, Any] = (await client.run(OPEN, i=given))["openShare"]
        return found

    for wrong in (f"sto_{abroad.stores[0].id.hex}", f"sto_{new_id().hex}"):
        with pytest.raises(GraphQLFailed, match="没有这家门店"):
            await opened(friend, channel="H5", storeId=wrong)
    assert (await opened(friend, **here, idempotencyKey=again))["counted"] is True
    assert (await opened(friend, **here, idempotencyKey=again))["counted"] is True
    assert (await opened(friend, channel="H5", idempotencyKey=again))["__typename"] == "IdempotencyConflict"
    assert (await opened(friend, channel="H5"))["counted"] is False
    assert (await opened(sharer, **here))["counted"] is False
    assert (await opened(third, **here))["counted"] is True
    assert (await opened(await shop.shopper()))["counted"] is True  # a client that does not tell
    seen = (await admin.run(FIGURES))["shareFigures"]
    day = local_day(now(), "Asia/Shanghai")
    assert (seen["since"], seen["until"]) == ((day - timedelta(days=29)).isoformat(), day.isoformat())
    assert (seen["opened"], seen["sharers"], seen["growth"]) == (3, 1, 6)
    assert seen["sources"] == [
        {"kind": "DROP", "channel": "MINIAPP", "storeName": store.name, "opened": 2, "sharers": 1, "growth": 4},
        {"kind": "DROP", "channel": None, "storeName": None, "opened": 1, "sharers": 1, "growth": 2},
    ]
    assert seen["days"] == [{"day": day.isoformat(), "opened": 3, "sharers": 1, "growth": 6}]
    assert (await (await abroad.admin()).run(FIGURES))["shareFigures"]["opened"] == 0
    for days in (0, 367):
        with pytest.raises(GraphQLFailed, match="天数须为"):
            await admin.run(FIGURES, d=days)
    with pytest.raises(GraphQLFailed) as refused:
        await sharer.run(FIGURES)
    assert refused.value.code == "FORBIDDEN"


@pytest.mark.parametrize("kind,prefix", [("DROP", "drp"), ("PROMOTION", "pro"), ("LOTTERY", "lot")])
async def test_what_is_not_there_is_not_shared(shop: Shop, kind: str, prefix: str) -> None:
    """B04: no token for an id that somebody made up, nor for what another merchant has: one friend cannot count for ever anew."""
    sharer, abroad = await shop.shopper(), await make_shop(shop.world)
    ids = [f"{prefix}_{new_id().hex}"] + ([await a_drop(abroad)] if kind == "DROP" else [])
    for made_up in ids:
        with pytest.raises(GraphQLFailed, match="没有这个活动"):
            await sharer.run(f'{{ shareToken(kind: {kind}, id: "{made_up}") {{ token }} }}')


# at once


@pytest.mark.usefixtures("exact")
async def test_caps_and_once_hold_at_once(shop: Shop) -> None:
    """B04: four reviews at once bring fifteen; eight of one article are one; eight friends at once bring six, and all are counted."""
    shopper = await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1, "PORK": 1, "TOFU": 1, "BASE": 1}, done=True, **NONE)
    before = (await mine(shopper))["growth"]
    found = await asyncio.gather(*(review(shopper, order, sku) for sku in ("BEEF", "PORK", "TOFU", "BASE")))
    assert sorted(r["growth"] for r in found) == [0, 5, 5, 5] and (await mine(shopper))["growth"] == before + 15
    other = await shop.shopper()
    single = await bought(shop, other, {"BEEF": 1}, done=True, **NONE)
    found = await asyncio.gather(*(review(other, single, "BEEF") for _ in range(8)))
    assert Counter(r["__typename"] for r in found) == {"Review": 1, "ReviewNotPossible": 7}
    friends = [await shop.shopper() for _ in range(8)]
    token, before = await token_of(other, await a_drop(shop)), (await mine(other))["growth"]
    opened = await asyncio.gather(*(open_share(friend, token) for friend in friends for _ in range(2)))
    assert Counter(o["counted"] for o in opened) == {True: 8, False: 8}
    assert (await mine(other))["growth"] == before + 6


@pytest.mark.usefixtures("exact")
async def test_an_article_of_which_a_gift_stays_has_not_come_back(shop: Shop) -> None:
    """B04, Q08: of an article that was bought and given, what was bought comes back; the gift stays, because its tier holds or because
    it was charged and so is bought: the review stays with it, and may still be written. It goes with the last piece, or the order."""
    gift = {"min": 3000, "gifts": [{"sku": "TOFU", "qty": 1}]}
    await shop.promotion({"type": "spend_gift", "scope": {"skus": ["PORK"]}, "tiers": [gift]}, name="买滑肉赠")
    shopper, clerk = await shop.shopper(), await shop.admin()
    wanted = {"PORK": 1, "TOFU": 1, "BEEF": 1}
    charged, early, kept = [await bought(shop, shopper, wanted, done=True, **NONE) for _ in range(3)]
    assert (await review(shopper, charged, "TOFU"))["growth"] == 5
    for order in (charged, early):
        assert (await refund(clerk, order, {"PORK": 1}))["refunds"][0]["withheldFen"] == 900
        assert (await refund(clerk, order, {"TOFU": 1}))["refundable"] == [{"sku": "BEEF", "qty": 1}]
    assert (await review(shopper, early, "TOFU"))["growth"] == 5, "a piece that was charged is there"
    assert (await refund(clerk, kept, {"TOFU": 1}))["__typename"] == "Order"
    assert (await review(shopper, kept, "TOFU"))["__typename"] == "Review", "a gift is there"
    assert (await refund(clerk, kept, {"TOFU": 1}))["refundable"] == [
        {"sku": "BEEF", "qty": 1},
        {"sku": "PORK", "qty": 1},
    ]
    assert (await refund(clerk, early, {"BEEF": 1}))["state"] == "REFUNDED"

    async def settled() -> bool:
        rows = await database.fetch(
            "SELECT order_id, growth - taken_back AS left FROM reviews WHERE merchant_id = $1", shop.merchant_id
        )
        return {row["order_id"]: row["left"] for row in rows} == {
            decode("ord", order["id"]): left for order, left in ((charged, 5), (early, 0), (kept, 0))
        }

    await within(10, settled)


@pytest.mark.usefixtures("exact")
async def test_a_review_races_with_the_refund(shop: Shop) -> None:
    """B04: whichever comes first, in the end the growth of a returned article is gone."""
    clerk = await shop.admin()
    for _ in range(4):
        shopper = await shop.shopper()
        order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
        told, back = await asyncio.gather(review(shopper, order, "BEEF"), refund(clerk, order, {"BEEF": 1}))
        assert back["__typename"] == "Order" and told["__typename"] in ("Review", "ReviewNotPossible")

        async def gone(shopper: Client = shopper) -> bool:
            return bool((await mine(shopper))["growth"] == 0)

        await within(10, gone)


@pytest.mark.parametrize(
    "plant",
    [
        "UPDATE reviews SET growth = growth + 1 WHERE merchant_id = $1",
        "UPDATE reviews SET taken_back = 1 WHERE merchant_id = $1",
        "DELETE FROM reviews WHERE merchant_id = $1",
        "UPDATE share_openings SET growth = 0 WHERE merchant_id = $1",
        "UPDATE share_openings SET sharer_id = opener_id WHERE merchant_id = $1",
    ],
)
async def test_a_planted_fault_is_found(shop: Shop, plant: str) -> None:
    """B04, C3: growth that was not booked, or booked for nothing."""
    shopper, friend = await shop.shopper(), await shop.shopper()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
    assert (await review(shopper, order, "BEEF"))["growth"] == 5
    assert (await open_share(friend, await token_of(shopper, await a_drop(shop))))["counted"] is True
    assert await invariants.violations(shop.merchant_id) == []
    async with shop.world.owner.acquire() as connection:
        whole = connection.transaction()
        await whole.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in ("reviews", "share_openings"):
            for row in await connection.fetch(
                "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'c'", table
            ):
                await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}"')
        await connection.execute(plant, shop.merchant_id)
        found = await look_at(connection, invariants.ALL, shop.merchant_id)
        assert "C3" in {c.invariant.id for c in found if c.violations}
        await whole.rollback()


async def test_growth_that_is_gone_is_taken_as_far_as_it_is_there(shop: Shop) -> None:
    """B04: staff took growth away meanwhile: what is left goes, and the row says how much."""
    shopper, clerk = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
    done = await review(shopper, order, "BEEF")
    adjust = "mutation($i: AdjustGrowthInput!) { adjustGrowth(input: $i) { __typename } }"
    me = (await shopper.run("{ me { id } }"))["me"]["id"]
    less = {"memberId": me, "growth": -42, "reason": "更正录入", "idempotencyKey": key()}
    assert (await clerk.run(adjust, i=less))["adjustGrowth"]["__typename"] == "MemberLevel"
    given = {"reviewId": done["id"], "reason": "广告", "idempotencyKey": key()}
    assert (await clerk.run(HIDE, i=given))["hideReview"]["takenBack"] == 3
    assert (await mine(shopper))["growth"] == 0 and await invariants.violations(shop.merchant_id) == []


async def test_what_was_gone_when_staff_hid_the_review_is_not_chased(shop: Shop) -> None:
    """B04: nothing was there when the review was hidden; the article comes back after growth came anew: that is left alone."""
    shopper, clerk = await shop.shopper(), await shop.admin()
    order = await bought(shop, shopper, {"BEEF": 1}, done=True, **NONE)
    done = await review(shopper, order, "BEEF")
    adjust = "mutation($i: AdjustGrowthInput!) { adjustGrowth(input: $i) { __typename } }"
    whole, me = (await mine(shopper))["growth"], (await shopper.run("{ me { id } }"))["me"]["id"]
    less = {"memberId": me, "growth": -whole, "reason": "更正录入", "idempotencyKey": key()}
    assert (await clerk.run(adjust, i=less))["adjustGrowth"]["__typename"] == "MemberLevel"
    given = {"reviewId": done["id"], "reason": "广告", "idempotencyKey": key()}
    assert (await clerk.run(HIDE, i=given))["hideReview"]["takenBack"] == 0
    more = {**less, "growth": 100, "idempotencyKey": key()}
    assert (await clerk.run(adjust, i=more))["adjustGrowth"]["__typename"] == "MemberLevel"
    assert (await refund(clerk, order, {"BEEF": 1}))["__typename"] == "Order"
    absorbed = "SELECT count(*) FROM consumed_events c JOIN outbox_events e ON e.id = c.event_id WHERE c.consumer = 'reviews' AND e.merchant_id = $1"

    async def settled() -> bool:
        return bool(await database.fetchval(absorbed, shop.merchant_id))

    await within(10, settled)
    assert not [e for e in (await mine(shopper))["entries"]["nodes"] if "已退货" in e["sentence"]]
    assert await invariants.violations(shop.merchant_id) == []
