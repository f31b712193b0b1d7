"""B03, K04: the points lottery 积分抽奖 through GraphQL and the command line: exact when many press at once, and every result
computed again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from backend import invariants
from backend.demo.client import Client, GraphQLFailed, key
from backend.invariants.model import look_at
from backend.kit import database
from backend.kit.clock import day_start, local_day, now
from backend.kit.ids import decode, new_id
from backend.lottery import WHOLE
from backend.tests.conftest import Shop, make_shop, pay, place, quote
from backend.tests.test_drops import me
from backend.tests.test_journal import cli as journal
from backend.tests.test_mall import coupon_template, mine, rich
from backend.tests.test_profiles import tagged

CREATE = """mutation($i: CreateLotteryInput!) { createLottery(input: $i) { __typename
  ... on Lottery { id name state points commitment seed oddsHash prizes { id name kind odds oddsSentence worthFen stock } rules { title text } }
  ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"""
DRAW = """mutation($i: DrawLotteryInput!) { drawLottery(input: $i) { __typename
  ... on LotteryDraw { id n points nonce drawn prizeName kind position wonPoints coupon { id source state template { face { sentence sku } } } }
  ... on NotEnoughPoints { needs has shortBy } ... on DrawLimitReached { limit drawn resetsAt } ... on LotteryNotOpen { opensAt closesAt ended }
  ... on LotterySoldOut { prizeName } ... on LotteryNotForYou { because forWhom } ... on DrawPriceChanged { seenPoints points } ... on Refusal { code message } } }"""
SHOWN = """{ lotteries { id name state nextPoints freeLeftToday drawsLeftToday myDraws notForMe draws seed commitment
  prizes { name odds oddsSentence stock won remaining } winners { name prizeName } stopReason } }"""
STOP = """mutation($i: StopLotteryInput!) { stopLottery(input: $i) { __typename ... on Lottery { state seed stopReason }
  ... on Refusal { code message } } }"""
STOCK = """mutation($i: AddPrizeStockInput!) { addPrizeStock(input: $i) { __typename ... on Lottery { state oddsHash prizes { stock remaining } }
  ... on InvalidInput { problems { path } } ... on Refusal { code message } } }"""
THANKS = {"name": "谢谢参与", "kind": "THANKS"}


def prize(odds: int, points: int = 5, stock: int | None = 1000, **more: Any) -> dict[str, Any]:
    return {"name": f"{points}积分", "kind": "POINTS", "points": points, "odds": odds, "stock": stock, **more}


def wish(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    at = now()
    return {
        "name": "转一转",
        "points": 10,
        "perDay": 20,
        "contact": "客服 028-8888",
        "startsAt": (at - timedelta(hours=1)).isoformat(),
        "endsAt": (at + timedelta(days=1)).isoformat(),
        "prizes": list(prizes) or [prize(1_000_000)],
        **more,
    }


async def lottery(shop: Shop, *prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"lottery": wish(*prizes, **more), "idempotencyKey": key()}
    made: dict[str, Any] = (await (await shop.admin()).run(CREATE, i=given))["createLottery"]
    return made


async def draw(client: Client, lottery_id: str, seen: int = 10, idempotency: str | None = None) -> dict[str, Any]:
    given = {"lotteryId": lottery_id, "seenPoints": seen, "idempotencyKey": idempotency or key(), "channel": "H5"}
    found: dict[str, Any] = (await client.run(DRAW, i=given))["drawLottery"]
    return found


def cli(shop: Shop, *args: str) -> subprocess.CompletedProcess[str]:
    settings = shop.world.settings
    servers = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "SHUHUI_ENV": "test"}
    env = {**os.environ, **servers, "SHUHUI_DATA": str(settings.data)}
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", "lottery", "audit", "--merchant", *args],
        capture_output=True,
        text=True,
        check=False,
        env=env,
    )


async def shown(client: Client, lottery_id: str) -> dict[str, Any]:
    return next(i for i in (await client.run(SHOWN))["lotteries"] if i["id"] == lottery_id)


@pytest.mark.usefixtures("exact")
async def test_a_draw_of_each_kind_of_prize(shop: Shop) -> None:
    """B03, K04: points come into the account, a coupon with the source 积分抽奖, an article as a coupon that pays for it, 谢谢参与 is
    nothing; each draw costs its points, and the same key gives the same result again."""
    off = await coupon_template(shop)
    kinds = (
        (prize(1_000_000, 7), "POINTS"),
        ({"name": "5元券", "kind": "COUPON", "templateId": off, "odds": 1_000_000, "stock": 9}, "COUPON"),
        ({"name": "冻豆腐", "kind": "ARTICLE", "sku": "TOFU", "days": 7, "odds": 1_000_000, "stock": 9}, "ARTICLE"),
    )
    shopper, got = await rich(shop, 100), dict[str, dict[str, Any]]()
    for given, kind in kinds:
        made, again = await lottery(shop, given), key()
        assert made["__typename"] == "Lottery" and made["state"] == "OPEN" and made["seed"] is None, made
        got[kind] = await draw(shopper, made["id"], idempotency=again)
        assert (got[kind]["kind"], got[kind]["n"], got[kind]["points"]) == (kind, 1, 10)
        assert await draw(shopper, made["id"], idempotency=again) == got[kind]
        assert (await draw(shopper, made["id"], 0, again))["__typename"] == "IdempotencyConflict"
    assert (got["POINTS"]["wonPoints"], got["POINTS"]["coupon"]) == (7, None)
    assert (await mine(shopper))["points"] == 100 - 30 + 7
    assert got["COUPON"]["coupon"]["source"] == got["ARTICLE"]["coupon"]["source"] == "积分抽奖"
    assert got["COUPON"]["coupon"]["template"]["face"]["sentence"] == "立减5元"
    words = [e["sentence"] for e in (await mine(shopper))["entries"]["nodes"]]
    assert "「转一转」抽奖，用了 10 积分" in words and "「转一转」抽中「7积分」，得 7 积分" in words
    day = local_day(now(), "Asia/Shanghai").isoformat()
    books = journal(shop, "journal", "--merchant", shop.code, "--day", day, "--format", "json")
    assert books.returncode == 0, books.stdout[-2000:] + books.stderr
    chosen = {"mode": "FIXED", "ids": [got["ARTICLE"]["coupon"]["id"]]}
    assert (await quote(shopper, {"TOFU": 1, "BEEF": 1}, coupons=chosen))["payableFen"] == 4000
    await pay(shop.world, await place(shopper, {"TOFU": 1, "BEEF": 1}, coupons=chosen))
    nothing = await lottery(shop, prize(1, 5, 1), {**THANKS, "odds": 999_999})
    lost = await draw(shopper, nothing["id"])
    assert (lost["kind"], lost["wonPoints"], lost["coupon"]) == ("THANKS", None, None)
    history = (await shopper.run("{ myLotteryDraws(first: 10) { nodes { prizeName } } }"))["myLotteryDraws"]["nodes"]
    won = (await shopper.run("{ myLotteryDraws(first: 10, won: true) { nodes { prizeName } } }"))["myLotteryDraws"]
    assert [h["prizeName"] for h in history] == ["谢谢参与", "冻豆腐", "5元券", "7积分"]
    assert [h["prizeName"] for h in won["nodes"]] == ["冻豆腐", "5元券", "7积分"]


@pytest.mark.usefixtures("exact")
async def test_refusals_are_facts_and_change_nothing(shop: Shop) -> None:
    """B03: too few points (how many are missing), daily limit (until when), limit in all, not yet, over, another price, another merchant's,
    levels, people of the merchant, children; nothing moves, and the key may be used again."""
    at, shopper = now(), await rich(shop, 25)
    made, again = await lottery(shop, points=30, perDay=2), key()
    short = await draw(shopper, made["id"], 30, again)
    assert (short["__typename"], short["needs"], short["has"], short["shortBy"]) == ("NotEnoughPoints", 30, 25, 5)
    changed = await draw(shopper, made["id"], 10)
    assert (changed["__typename"], changed["seenPoints"], changed["points"]) == ("DrawPriceChanged", 10, 30)
    once = await lottery(shop, prize(1_000_000, 1), points=1, perDay=1)
    assert (await draw(shopper, once["id"], 1))["__typename"] == "LotteryDraw"
    limited = await draw(shopper, once["id"], 1)
    midnight = day_start(local_day(at, "Asia/Shanghai") + timedelta(days=1), "Asia/Shanghai")
    assert (limited["__typename"], limited["limit"], limited["drawn"]) == ("DrawLimitReached", 1, 1)
    assert datetime.fromisoformat(limited["resetsAt"]) == midnight
    ever = await lottery(shop, prize(1_000_000, 1), points=1, perDay=1, perMember=1)
    assert (await draw(shopper, ever["id"], 1))["__typename"] == "LotteryDraw"
    assert (await draw(shopper, ever["id"], 1))["resetsAt"] is None
    later = await lottery(shop, startsAt=(at + timedelta(hours=1)).isoformat())
    assert (await draw(shopper, later["id"]))["ended"] is False
    gold = await lottery(shop, levels=["gold"])
    refused = await draw(shopper, gold["id"])
    assert (refused["__typename"], refused["because"], refused["forWhom"]) == (
        "LotteryNotForYou",
        "LEVEL",
        ["金卡会员"],
    )
    assert (await shown(shopper, gold["id"]))["notForMe"] == "仅限金卡会员参加"
    child = "UPDATE members SET birthday = d, birth_md = to_char(d, 'MM-DD') FROM (SELECT current_date - 4000 AS d) x WHERE id = $1"
    for because in ("AGE", "STAFF"):
        other = await rich(shop, 50)
        if because == "AGE":  # an import alone knows of children: nobody under fourteen tells a birthday
            await database.pool().execute(child, await me(other))
        else:
            assert (await tagged(shop, other, "员工"))["tags"] == ["员工"]
        assert (await draw(other, made["id"], 30))["because"] == because and (await mine(other))["points"] == 50
    abroad = await make_shop(shop.world)
    assert (await draw(await rich(abroad, 50), made["id"], 30))["__typename"] == "NotFound"
    assert (await mine(shopper))["points"] == 25
    assert (await draw(shopper, made["id"], 30, again))["__typename"] == "NotEnoughPoints"
    await database.pool().execute("UPDATE members SET tags = '[]' WHERE id = $1", await me(shopper))
    assert (await shown(shopper, made["id"]))["draws"] == 0


@pytest.mark.usefixtures("exact")
async def test_free_draws_come_first_each_day(shop: Shop) -> None:
    """B03: the first draws of a day cost nothing, the next do; who confirmed a free one pays nothing by surprise."""
    made, shopper = await lottery(shop, prize(1_000_000, 1), freePerDay=2, perDay=3), await rich(shop, 10)
    seen = await shown(shopper, made["id"])
    assert (seen["nextPoints"], seen["freeLeftToday"], seen["drawsLeftToday"]) == (0, 2, 3)
    for _ in range(2):
        assert (await draw(shopper, made["id"], 0))["points"] == 0
    priced = await draw(shopper, made["id"], 0)
    assert (priced["__typename"], priced["points"]) == ("DrawPriceChanged", 10)
    assert (await mine(shopper))["points"] == 12
    assert (await draw(shopper, made["id"], 10))["points"] == 10
    seen = await shown(shopper, made["id"])
    assert (seen["nextPoints"], seen["freeLeftToday"], seen["drawsLeftToday"], seen["myDraws"]) == (10, 0, 0, 3)
    assert (await draw(shopper, made["id"], 10))["__typename"] == "DrawLimitReached"


@pytest.mark.usefixtures("exact")
async def test_a_prize_that_is_gone_rests_the_lottery(shop: Shop) -> None:
    """B03, 有奖销售: when a prize has run out nobody draws at odds that are not true any more; staff add some, and the odds are the
    same; an article that is not sold any more rests it too."""
    shopper = await rich(shop, 100)
    made = await lottery(shop, prize(999_999, 1, 1), prize(1, 2, 5))
    assert (await draw(shopper, made["id"]))["__typename"] == "LotteryDraw"
    gone = await draw(shopper, made["id"])
    assert (gone["__typename"], gone["prizeName"]) == ("LotterySoldOut", "1积分")
    assert (await shown(shopper, made["id"]))["state"] == "SOLD_OUT" and (await mine(shopper))["points"] == 91
    admin, again = await shop.admin(), key()
    more = {"prizeId": made["prizes"][0]["id"], "more": 2, "idempotencyKey": again}
    for _ in range(2):
        added = (await admin.run(STOCK, i=more))["addPrizeStock"]
        assert (added["state"], added["oddsHash"]) == ("OPEN", made["oddsHash"])
        assert [p["remaining"] for p in added["prizes"]] == [2, 5]
    assert (await draw(shopper, made["id"]))["__typename"] == "LotteryDraw"
    assert (await admin.run(STOCK, i={**more, "more": 0, "idempotencyKey": key()}))["addPrizeStock"]["problems"]
    article = await lottery(shop, {"name": "底料", "kind": "ARTICLE", "sku": "BASE", "odds": 1_000_000, "stock": 9})
    await database.pool().execute(
        "UPDATE products SET active = false WHERE merchant_id = $1 AND sku = 'BASE'", shop.merchant_id
    )
    assert (await draw(shopper, article["id"]))["__typename"] == "LotterySoldOut"
    assert (await mine(shopper))["points"] == 91 - 10 + 1


@pytest.mark.usefixtures("exact")
async def test_stopped_early_and_checked_by_anybody(shop: Shop) -> None:
    """B03, 公示: after the end the seed is told: it has the hash that was shown before, and every number follows from it."""
    shopper, admin = await rich(shop, 200), await shop.admin()
    made = await lottery(shop, prize(300_000, 3), {**THANKS, "odds": 700_000})
    drawn = [await draw(shopper, made["id"]) for _ in range(12)]
    given = {"lotteryId": made["id"], "reason": "换季", "idempotencyKey": key()}
    stopped = (await admin.run(STOP, i=given))["stopLottery"]
    assert (stopped["state"], stopped["stopReason"]) == ("STOPPED", "换季")
    assert (await admin.run(STOP, i=given))["stopLottery"] == stopped
    assert (await admin.run(STOP, i={**given, "idempotencyKey": key()}))["stopLottery"]["__typename"] == "LotteryOver"
    assert (await draw(shopper, made["id"]))["ended"] is True
    seed = bytes.fromhex(stopped["seed"])
    assert hashlib.sha256(seed).hexdigest() == made["commitment"]
    # what the page tells about computing it again is enough: the words name the text that is hashed
    told = {r["title"]: r["text"] for r in made["rules"]}["怎么重算"]
    template = told.split("「")[1].split("」")[0]
    assert template == f"{decode('lot', made['id'])}:抽奖序号:手机的编号:0" and str(2**64 - 2**64 % WHOLE) in told
    for n, one in enumerate(drawn, 1):
        text = template.replace("抽奖序号", str(n)).replace("手机的编号", one["nonce"])
        number = int.from_bytes(hmac.new(seed, text.encode(), "sha256").digest()[:8], "big") % 1_000_000
        assert (one["n"], one["drawn"]) == (n, number)
        assert one["prizeName"] == ("3积分" if number < 300_000 else "谢谢参与")
    more = {"prizeId": made["prizes"][0]["id"], "more": 1, "idempotencyKey": key()}
    assert (await admin.run(STOCK, i=more))["addPrizeStock"]["__typename"] == "LotteryOver"


@pytest.mark.parametrize(
    ("prizes", "more", "path"),
    [
        ((prize(999_999),), {}, "prizes"),
        ((prize(500_000), prize(500_001)), {}, "prizes"),
        ((prize(1_000_000, stock=None),), {}, "prizes[0].stock"),
        ((prize(1_000_000, stock=0),), {}, "prizes[0].stock"),
        ((prize(1_000_000, 100_001),), {}, "prizes[0].points"),
        (({"name": "x", "kind": "ARTICLE", "sku": "NOWHERE", "odds": 1_000_000, "stock": 1},), {}, "prizes[0].sku"),
        (({"name": "x", "kind": "COUPON", "templateId": f"tpl_{'0' * 32}", "odds": 1_000_000, "stock": 1},), {}, "prizes[0].templateId"),
        ((), {"perDay": 0}, "perDay"),
        ((), {"points": 0}, "points"),
        ((), {"contact": ""}, "contact"),
        ((), {"levels": ["king"]}, "levels"),
        ((), {"budgetFen": 4_999}, "budgetFen"),
        ((), {"endsAt": "2020-01-01T00:00:00+08:00"}, "endsAt"),
    ],
)  # fmt: skip
async def test_bad_lotteries_are_refused_and_nothing_is_made(
    shop: Shop, prizes: tuple[dict[str, Any], ...], more: dict[str, Any], path: str
) -> None:
    """B03: each fault at its place, in the plan and when it is made."""
    made = await lottery(shop, *prizes, **more)
    assert made["__typename"] == "InvalidInput" and [p["path"] for p in made["problems"]] == [path], made
    assert await database.fetchval("SELECT count(*) FROM lotteries WHERE merchant_id = $1", shop.merchant_id) == 0
    plan = "query($i: LotteryInput!) { planLottery(input: $i) { problems { path } } }"
    told = (await (await shop.admin()).run(plan, i=wish(*prizes, **more)))["planLottery"]
    assert [p["path"] for p in told["problems"]] == [path]


async def test_the_law_s_limit_is_told_with_its_article(shop: Shop) -> None:
    """B03, 有奖销售: a prize worth more than 50,000 yuan is refused by name of the article, exactly 50,000 is not; a coupon whose worth
    nobody can tell is no prize; one that ends before the lottery neither."""
    car = {"name": "车", "kind": "ARTICLE", "sku": "BEEF", "odds": 1_000_000, "stock": 1}
    for fen, kind in ((5_000_001, "InvalidInput"), (5_000_000, "Lottery")):
        await database.pool().execute(
            "UPDATE products SET list_fen = $2 WHERE merchant_id = $1 AND sku = 'BEEF'", shop.merchant_id, fen
        )
        made = await lottery(shop, car)
        assert made["__typename"] == kind
        if kind == "InvalidInput":
            assert "50,000 元" in made["message"] and "《反不正当竞争法》" in made["message"]
    free = await coupon_template(shop, name="九折", content={"kind": "PERCENT", "payBp": 9000, "minFen": 0})
    soon = await coupon_template(shop, validDays=None, validUntil=(now() + timedelta(hours=2)).isoformat())
    for template in (free, soon):
        made = await lottery(shop, {"name": "券", "kind": "COUPON", "templateId": template, "odds": 1_000_000, "stock": 1})  # fmt: skip
        assert [p["path"] for p in made["problems"]] == ["prizes[0].templateId"]


async def test_a_plan_says_what_it_would_cost(shop: Shop) -> None:
    """B03: odds in all, what draws give and take on average, how long the first prize lasts; a sentence where they give more than the
    points are worth, which stands in no way, and none where they do not."""
    plan = """query($i: LotteryInput!) { planLottery(input: $i) { odds worthFen costOf1000Fen pointsOf1000 pointsOf1000Fen mostFen drawsUntilGone warning problems { path } } }"""
    tofu = {"name": "冻豆腐", "kind": "ARTICLE", "sku": "TOFU", "odds": 20_000, "stock": 30}
    seen = await (await shop.staff("marketing")).run(plan, i=wish(tofu, prize(180_000, 50, 900), {**THANKS, "odds": 800_000}))  # fmt: skip
    assert seen["planLottery"] == {
        "odds": 1_000_000, "worthFen": [900, 50, 0], "costOf1000Fen": 20 * 900 + 180 * 50, "pointsOf1000": 10_000, "pointsOf1000Fen": 10_000,
        "mostFen": 30 * 900 + 900 * 50, "drawsUntilGone": 1_500, "problems": [],
        "warning": "平均每抽发出 ¥0.27，多于所收积分值的 ¥0.10：每抽 1000 次约多发 ¥170.00，还不算免费的次数。确认要这样再发布",
    }  # fmt: skip
    dear = wish(tofu, prize(180_000, 50, 900), {**THANKS, "odds": 800_000}, points=27)
    assert (await (await shop.staff("marketing")).run(plan, i=dear))["planLottery"]["warning"] is None


@pytest.mark.parametrize(
    "prizes,more,path",
    [
        ([prize(1_000_000)], {"points": 3_000_000}, "points"),
        ([prize(2_000_000_000), prize(2_000_000_000)], {}, "prizes"),
        ([prize(1_000_000, 2_000_000_000, 2_000_000_000)], {}, "prizes[0].points"),
        ([prize(1, 5, 10_000), {**THANKS, "odds": 999_999}], {}, None),
    ],
)
async def test_a_plan_answers_whatever_was_typed(
    shop: Shop, prizes: list[dict[str, Any]], more: dict[str, Any], path: str | None
) -> None:
    """B03: figures that are too large for their field do not hide what is wrong; a rare prize with many pieces is a lottery like any."""
    plan = "query($i: LotteryInput!) { planLottery(input: $i) { problems { path } odds worthFen costOf1000Fen pointsOf1000 pointsOf1000Fen mostFen drawsUntilGone } }"
    told = (await (await shop.admin()).run(plan, i=wish(*prizes, **more)))["planLottery"]
    paths = {p["path"] for p in told["problems"]}
    assert path in paths if path else (not paths and told["drawsUntilGone"] == 2**31 - 1)


async def test_what_is_published_is_made_from_the_rule(shop: Shop) -> None:
    """B03, 公示: organiser, contact, who, how, when, prizes with worth, number and odds, use, what happens when a prize is gone, fairness;
    everybody reads it without logging in; winners of dear prizes are shown with masked names."""
    made = await lottery(
        shop, prize(1_000_000, 50_001, 4), points=20, freePerDay=1, perDay=3, perMember=9, levels=["gold", "basic"]
    )
    told = {r["title"]: r["text"] for r in made["rules"]}
    assert told["主办方"] == f"测试商户 {shop.code}" and told["联系方式"] == "客服 028-8888"
    assert told["怎么参加"].startswith("每人每天前 1 次免费，之后每次 20 积分；每人每天最多 3 次，活动期间最多 9 次")
    assert told["奖品与概率"] == "50001积分（价值 ¥500.01，共 4 份） 100%"
    assert "金卡会员" in told["谁可以参加"] and made["commitment"] in told["公平"]
    assert set(told) >= {"活动时间", "怎么开奖", "兑奖与使用", "奖品抽完", "弃奖"}
    assert (await shown(shop.client(), made["id"]))["winners"] == []
    shopper = await rich(shop, 1)
    await database.pool().execute("UPDATE members SET nickname = '李小川' WHERE id = $1", await me(shopper))
    assert (await draw(shopper, made["id"], 0))["wonPoints"] == 50_001
    assert (await shown(shop.client(), made["id"]))["winners"] == [{"name": "李**", "prizeName": "50001积分"}]


# at once


@pytest.mark.usefixtures("exact")
async def test_twenty_race_for_the_last_prize(shop: Shop) -> None:
    """B03, C1: 20 people press at once where every draw wins and three prizes are there: three win, the others keep their points."""
    made = await lottery(shop, prize(1_000_000, 1, 3))
    people = [await rich(shop, 10) for _ in range(20)]
    answers = await asyncio.gather(*(draw(who, made["id"]) for who in people))
    assert Counter(a["__typename"] for a in answers) == {"LotteryDraw": 3, "LotterySoldOut": 17}
    assert sorted(a["n"] for a in answers if a["__typename"] == "LotteryDraw") == [1, 2, 3]
    assert Counter([(await mine(who))["points"] for who in people]) == {1: 3, 10: 17}


@pytest.mark.usefixtures("exact")
async def test_the_same_points_are_not_spent_twice(shop: Shop) -> None:
    """B03, L3: one person with points for one draw presses in five lotteries at once: one draw, four are told what is missing."""
    made = [await lottery(shop, prize(1, 1, 9), {**THANKS, "odds": 999_999}, points=60) for _ in range(5)]
    shopper = await rich(shop, 100)
    answers = await asyncio.gather(*(draw(shopper, m["id"], 60) for m in made))
    assert Counter(a["__typename"] for a in answers) == {"LotteryDraw": 1, "NotEnoughPoints": 4}
    assert {a["shortBy"] for a in answers if a["__typename"] == "NotEnoughPoints"} == {20}
    assert (await mine(shopper))["points"] == 40


@pytest.mark.usefixtures("exact")
async def test_one_a_day_with_eight_at_once_and_one_key(shop: Shop) -> None:
    """B03, C2, C4: eight taps with eight keys at once where one a day is allowed: one; where one is free: one free, and nobody pays;
    eight sendings of one key: one draw, the same for all."""
    shopper = await rich(shop, 100)
    one = await lottery(shop, prize(1_000_000, 1), perDay=1)
    answers = await asyncio.gather(*(draw(shopper, one["id"]) for _ in range(8)))
    assert Counter(a["__typename"] for a in answers) == {"LotteryDraw": 1, "DrawLimitReached": 7}
    free = await lottery(shop, prize(1_000_000, 1), freePerDay=1, perDay=8)
    answers = await asyncio.gather(*(draw(shopper, free["id"], 0) for _ in range(8)))
    assert Counter(a["__typename"] for a in answers) == {"LotteryDraw": 1, "DrawPriceChanged": 7}
    again = key()
    answers = await asyncio.gather(*(draw(shopper, free["id"], 10, again) for _ in range(8)))
    assert {a["id"] for a in answers} == {answers[0]["id"]}
    assert (await mine(shopper))["points"] == 100 - 10 + 1 + 1 - 10 + 1


@pytest.mark.usefixtures("exact")
async def test_draws_stops_orders_and_exchanges_at_once_do_not_wait_in_a_ring(shop: Shop) -> None:
    """B03: draws of many, orders with points of the same people and the stop at once: all finish, what was drawn stands."""
    made = await lottery(shop, prize(1_000_000, 1))
    people = [await rich(shop, 100) for _ in range(8)]
    stop = {"lotteryId": made["id"], "reason": "演练", "idempotencyKey": key()}
    async with asyncio.timeout(60):
        await asyncio.gather(
            *(draw(p, made["id"]) for p in people for _ in range(3)),
            *(place(p, {"BEEF": 1}, tenders={"points": 50}) for p in people),
            (await shop.admin()).run(STOP, i=stop),
        )
    drawn = (await shown(shop.client(), made["id"]))["draws"]
    taken = sum([100 - (await mine(p))["points"] for p in people])
    assert 0 <= drawn <= 24 and taken >= 0


@pytest.mark.usefixtures("exact")
async def test_a_crowd_before_one_lottery_holds_up_nobody_else(shop: Shop) -> None:
    """B03: while more people than there are connections wait for one lottery, an order is placed; then all of them draw."""
    made = await lottery(shop, prize(1_000_000, 1))
    people = [await rich(shop, 100) for _ in range(database.POOL_SIZE)]
    async with database.pool().acquire() as holder, holder.transaction():
        await holder.execute("SELECT 1 FROM lotteries WHERE id = $1 FOR UPDATE", decode("lot", made["id"]))
        drawing = [asyncio.create_task(draw(p, made["id"])) for p in people for _ in range(3)]
        await asyncio.sleep(0.5)
        async with asyncio.timeout(20):
            await place(people[0], {"BEEF": 1}, tenders={"points": 50})
        assert not any(task.done() for task in drawing)
    answers = await asyncio.gather(*drawing)
    assert Counter(a["__typename"] for a in answers) == {"LotteryDraw": 3 * database.POOL_SIZE}


# what auditors and invariants see


async def test_draws_by_channel_store_and_day(shop: Shop) -> None:
    """K12: an operator sees where a lottery was drawn, by channel, store and day; the same key with another store is another act; a store
    of another merchant is refused and nothing is drawn."""
    first, second = await rich(shop, 100), await rich(shop, 100)
    made, abroad, store, again = await lottery(shop), await make_shop(shop.world), shop.stores[0], key()
    tap = {"lotteryId": made["id"], "seenPoints": 10, "channel": "MINIAPP"}
    north = {**tap, "storeId": f"sto_{store.id.hex}"}

    async def drawn(client: Client, given: dict[str, Any]) -> str:
        return str((await client.run(DRAW, i=given))["drawLottery"]["__typename"])

    for given, kind in (
        ({**north, "idempotencyKey": again}, "LotteryDraw"),
        ({**north, "idempotencyKey": again}, "LotteryDraw"),
        ({**tap, "idempotencyKey": again}, "IdempotencyConflict"),
        ({**north, "idempotencyKey": key()}, "LotteryDraw"),
    ):
        assert await drawn(first, given) == kind
    assert await drawn(second, {**north, "idempotencyKey": key()}) == "LotteryDraw"
    await draw(second, made["id"])  # by H5, no store told
    for wrong in (f"sto_{abroad.stores[0].id.hex}", f"sto_{new_id().hex}"):
        with pytest.raises(GraphQLFailed, match="没有这家门店") as refused:
            await drawn(second, {**tap, "storeId": wrong, "idempotencyKey": key()})
        assert refused.value.code == "BAD_REQUEST"
    asked = """query($id: ID!) { lotteryReport(lotteryId: $id) {
      sources { channel storeName draws members } days { day draws members } } }"""
    seen = (await (await shop.admin()).run(asked, id=made["id"]))["lotteryReport"]
    assert seen["sources"] == [
        {"channel": "MINIAPP", "storeName": store.name, "draws": 3, "members": 2},
        {"channel": "H5", "storeName": None, "draws": 1, "members": 1},
    ]
    assert seen["days"] == [{"day": local_day(now(), "Asia/Shanghai").isoformat(), "draws": 4, "members": 2}]


async def test_the_audit_computes_every_result_again(shop: Shop) -> None:
    """B03: `shuhui lottery audit` finds 40 results right and compares them with the odds; a number, a prize or a record that was changed
    is found with its draw, exit 1; an id that is none, exit 2."""
    shopper = await rich(shop, 5_000)
    made = await lottery(shop, prize(250_000, 2), {**THANKS, "odds": 750_000}, perDay=50)
    await asyncio.gather(*(draw(shopper, made["id"]) for _ in range(40)))
    done = cli(shop, shop.code, "--format", "json")
    assert done.returncode == 0, done.stderr
    [told] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (told["draws"], told["recomputed"], told["faults"], told["freedom"]) == (40, 40, [], 1)
    assert sum(p["won"] for p in told["prizes"]) == 40 and [p["expected"] for p in told["prizes"]] == [10, 30]
    report = """query($id: ID!) { lotteryReport(lotteryId: $id) { draws freeDraws members points givenFen fitPBp outcomes { name won expectedMilli givenFen } channels { channel draws members } }
      lotteryDraws(lotteryId: $id, first: 5) { nodes { n memberName } } }"""
    seen = await (await shop.staff("auditor")).run(report, id=made["id"])
    assert (seen["lotteryReport"]["draws"], seen["lotteryReport"]["points"]) == (40, 400)
    assert sum(c["draws"] for c in seen["lotteryReport"]["channels"]) == 40  # K12
    assert [c["channel"] for c in seen["lotteryReport"]["channels"]] == ["H5"]
    assert seen["lotteryReport"]["givenFen"] == 2 * told["prizes"][0]["won"]
    assert [d["n"] for d in seen["lotteryDraws"]["nodes"]] == [40, 39, 38, 37, 36]
    assert {d["memberName"] for d in seen["lotteryDraws"]["nodes"]} == {None}
    by_admin = (await (await shop.admin()).run(report, id=made["id"]))["lotteryDraws"]["nodes"]
    assert {d["memberName"] for d in by_admin} == {
        " · ".join((await shopper.run("{ me { nickname memberCode } }"))["me"].values())
    }
    lottery_id = decode("lot", made["id"])
    for change, words in (
        ("UPDATE lottery_draws SET drawn = (drawn + 1) % 1000000 WHERE lottery_id = $1 AND n = 7", "第 7 次：记录的号码是"),
        ("UPDATE lottery_draws d SET prize_id = (SELECT p.id FROM lottery_prizes p WHERE p.lottery_id = $1 AND p.id <> d.prize_id)"
         " WHERE lottery_id = $1 AND n = 9", "第 9 次：号码"),
        ("DELETE FROM lottery_draws WHERE lottery_id = $1 AND n = 3", "第 3 次抽奖的记录不在"),
    ):  # fmt: skip
        async with shop.world.owner.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(change, lottery_id)
        done = cli(shop, shop.code, "--lottery", made["id"])
        assert done.returncode == 1 and words in done.stdout, done.stdout + done.stderr
    assert cli(shop, shop.code, "--lottery", "lot_x").returncode == 2
    assert cli(shop, "nobody-here").returncode == 2


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("C1", "UPDATE lottery_prizes SET won = won + 1 WHERE merchant_id = $1 AND position = 0"),
        ("C1", "UPDATE lottery_prizes SET stock = 0 WHERE merchant_id = $1 AND position = 0"),
        ("C1", "UPDATE lotteries SET draws = draws + 1 WHERE merchant_id = $1"),
        ("C2", "UPDATE lotteries SET per_day = 1, per_member = 1, free_per_day = 0 WHERE merchant_id = $1"),
        ("C2", "UPDATE lottery_draws SET day = day - 1 WHERE merchant_id = $1"),
        ("C3", "UPDATE lottery_draws SET points = 0 WHERE merchant_id = $1"),
        ("C3", "UPDATE lottery_draws SET drawn = 999999 WHERE merchant_id = $1"),
        ("C3", "UPDATE lottery_draws SET won_points = NULL WHERE merchant_id = $1"),
        ("C3", "UPDATE lottery_draws SET coupon_id = NULL WHERE merchant_id = $1"),
        ("C3", "DELETE FROM lottery_draws WHERE merchant_id = $1"),
        ("C7", "UPDATE lotteries SET budget_fen = 1 WHERE merchant_id = $1"),
    ],
)  # fmt: skip
async def test_a_planted_fault_of_a_lottery_is_found(shop: Shop, rule: str, plant: str) -> None:
    """B03: what a broken lottery would look like, past triggers and checks; the same statements are refused without."""
    shopper, off = await rich(shop, 100), await coupon_template(shop)
    both = (prize(500_000, 7, 99), {"name": "券", "kind": "COUPON", "templateId": off, "odds": 499_999, "stock": 99})
    made = await lottery(shop, *both, {**THANKS, "odds": 1}, points=1, budgetFen=100_000)
    kinds = set[str]()
    while kinds < {"POINTS", "COUPON"}:
        kinds.add((await draw(shopper, made["id"], 1))["kind"])
    assert await invariants.violations(shop.merchant_id) == []
    async with shop.world.owner.acquire() as connection:
        whole = connection.transaction()
        await whole.start()
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in ("lotteries", "lottery_prizes", "lottery_draws"):
            for row in await connection.fetch(
                "SELECT conname FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'c'", table
            ):
                await connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{row["conname"]}"')
        await connection.execute(plant, shop.merchant_id)
        found = await look_at(connection, invariants.ALL, shop.merchant_id)
        assert rule in {c.invariant.id for c in found if c.violations}
        await whole.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE lotteries SET points = 1 WHERE merchant_id = $1",
        "UPDATE lotteries SET ends_at = ends_at - interval '1 hour' WHERE merchant_id = $1",
        "UPDATE lotteries SET commitment = 'x' WHERE merchant_id = $1",
        "UPDATE lotteries SET draws = draws - 1 WHERE merchant_id = $1",
        "UPDATE lottery_prizes SET odds = odds - 1 WHERE merchant_id = $1",
        "UPDATE lottery_prizes SET stock = stock - 1 WHERE merchant_id = $1",
        "UPDATE lottery_prizes SET won = won - 1 WHERE merchant_id = $1",
        "DELETE FROM lottery_prizes WHERE merchant_id = $1",
        "UPDATE lottery_draws SET drawn = 1 WHERE merchant_id = $1",
        "DELETE FROM lottery_draws WHERE merchant_id = $1",
    ],
)
async def test_what_was_promised_and_drawn_cannot_be_rewritten(shop: Shop, change: str) -> None:
    """B03, 不得变更: the database itself refuses it, whoever asks."""

    made, shopper = await lottery(shop, prize(1_000_000, 1)), await rich(shop, 10)
    assert (await draw(shopper, made["id"]))["__typename"] == "LotteryDraw"
    for pool in (database.pool(), shop.world.owner):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(change, shop.merchant_id)


async def test_a_draw_that_is_not_there(shop: Shop) -> None:
    """B03: an id of no lottery is told; so is one of another type."""
    shopper = await rich(shop, 10)
    assert (await draw(shopper, f"lot_{new_id().hex}"))["__typename"] == "NotFound"
    found = await shopper.run("query($id: ID!) { lottery(lotteryId: $id) { id } }", id=f"lot_{new_id().hex}")
    assert found["lottery"] is None
