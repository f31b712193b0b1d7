"""Levels by growth value: up at once, down when a period ends, exact whatever the schedule does (B04, B07)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import automation, invariants, members, merchants
from backend.automation.rules import THING_LENGTH
from backend.automation.service import copy
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now
from backend.members.level_rules import (
    DEFAULT,
    NAME_LENGTH,
    Level,
    Scheme,
    Standing,
    check_scheme,
    level_at,
    moved,
    period,
    settled,
    to_take_back,
    warranted,
)
from backend.members.rules import labels_of_day
from backend.tests.conftest import Shop, place, quote, within
from backend.tests.refunding import bought, complete, member_of, refund, sound
from backend.tests.test_profiles import born
from workers import schedules

LEVEL = "level { id name } growth inPeriod periodEndsAt next { shortFen progressBp sentence level { id } } perks { name sentence }"
TZ = "Asia/Shanghai"


async def standing(shopper: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await shopper.run(f"{{ benefitAccount {{ growth level {{ {LEVEL} }} }} }}"))[
        "benefitAccount"
    ]
    assert found["growth"] == found["level"]["growth"]
    return dict(found["level"])


async def by_hand(shop: Shop, shopper: Client, growth: int, reason: str = "活动补录", **more: Any) -> dict[str, Any]:
    text = (
        f"mutation($i: AdjustGrowthInput!) {{ adjustGrowth(input: $i) {{ __typename ... on MemberLevel {{ {LEVEL} }}"
        " ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"
    )
    me = (await shopper.run("{ me { id } }"))["me"]["id"]
    given_ = {"memberId": me, "growth": growth, "reason": reason, "idempotencyKey": key(), **more}
    found: dict[str, Any] = (await (await shop.admin()).run(text, i=given_))["adjustGrowth"]
    return found


async def history(shop: Shop, shopper: Client) -> list[tuple[str, str, str]]:
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    text = "query($s: String!) { memberLookup(search: $s) { levelName level { growth level { name } } levelMoves { before after why sentence at } } }"
    [found] = (await (await shop.admin()).run(text, s=code))["memberLookup"]
    return [(m["before"], m["after"], m["why"]) for m in reversed(found["levelMoves"])]


async def end_period(shop: Shop, shopper: Client, at: datetime | None = None) -> None:
    """Lets a member's period end, before now or before `at`: the clock of the servers cannot be moved."""
    start, _ = period(at or now(), TZ, 12)
    await database.pool().execute(
        "UPDATE members SET level_until = $3 WHERE merchant_id = $1 AND id = $2",
        shop.merchant_id,
        await member_of(shopper),
        start,
    )


SCHEME = "version perYuan periodMonths sentence levels { id name needs growth perks sentence }"


async def set_scheme(
    shop: Shop, levels: list[dict[str, Any]], client: Client | None = None, **more: Any
) -> dict[str, Any]:
    text = (
        f"mutation($i: SetLevelSchemeInput!) {{ setLevelScheme(input: $i) {{ __typename ... on LevelScheme {{ {SCHEME} }}"
        " ... on InvalidInput { problems { path message } } ... on Refusal { code message } } }"
    )
    given_ = {"levels": levels, "idempotencyKey": key(), **more}
    found: dict[str, Any] = (await (client or await shop.admin()).run(text, i=given_))["setLevelScheme"]
    return found


BASIC = {"id": "basic", "name": "普通会员", "needs": "NONE"}


async def test_growth_comes_from_completed_orders_and_levels_follow_at_once(shop: Shop) -> None:
    """B04, B01: nothing at payment; at completion one growth for each yuan paid, silver with the first order, gold at 500 in all,
    diamond at 2000 within the year; each change is recorded once."""
    shopper = await shop.shopper()
    assert await standing(shopper) | {"periodEndsAt": None, "perks": None} == {
        "level": {"id": "basic", "name": "普通会员"}, "growth": 0, "inPeriod": 0, "periodEndsAt": None, "perks": None,
        "next": {"shortFen": 0, "progressBp": 0, "sentence": "完成首单升级银卡会员", "level": {"id": "silver"}},
    }  # fmt: skip
    order = await bought(shop, shopper, {"TRIPE": 3, "TOFU": 1})  # 309.00
    assert (await standing(shopper))["growth"] == 0
    assert (await complete(shop, order))["__typename"] == "Order"
    now_at = await standing(shopper)
    assert (now_at["level"]["id"], now_at["growth"], now_at["inPeriod"]) == ("silver", 309, 309)
    assert now_at["next"] == {
        "shortFen": 19100,
        "progressBp": 6180,
        "sentence": "还差 ¥191 升级金卡会员",
        "level": {"id": "gold"},
    }
    assert (await shopper.run("{ me { level levelName } }"))["me"] == {"level": "silver", "levelName": "银卡会员"}
    assert (await complete(shop, order))["__typename"] == "OrderNotInState"
    await bought(shop, shopper, {"TRIPE": 2}, done=True)
    assert (await standing(shopper))["level"]["id"] == "gold"
    await bought(shop, shopper, {"TRIPE": 15}, done=True)
    top = await standing(shopper)
    assert (top["level"]["id"], top["growth"], top["next"]) == ("diamond", 2009, None)
    assert await history(shop, shopper) == [
        ("普通会员", "银卡会员", "FIRST_ORDER"),
        ("银卡会员", "金卡会员", "GROWTH"),
        ("金卡会员", "钻卡会员", "GROWTH"),
    ]
    entries = await shopper.run("{ benefitAccount { entries(first: 1) { nodes { unit amount sentence } } } }")
    assert entries["benefitAccount"]["entries"]["nodes"][0]["unit"] == "GROWTH"
    await sound(shop)


async def test_only_money_for_goods_brings_growth(shop: Shop) -> None:
    """B04: points that paid and the shipping fee bring none; balance does; cents of a yuan are left out."""
    await shop.promotion({"type": "earn_points", "per_yuan": 1})
    shopper = await shop.shopper()
    await bought(shop, shopper, {"TRIPE": 10}, done=True)  # 1000.00, so 1000 points
    await bought(
        shop, shopper, {"BEEF": 1, "TOFU": 1}, done=True, delivery="DELIVERY", tenders={"points": 450}
    )  # 49.00 less 4.50
    assert (await standing(shopper))["growth"] == 1000 + 44
    await sound(shop)


async def test_a_refund_takes_back_what_was_earned_and_levels_fall_when_the_period_ends(shop: Shop) -> None:
    """B04: in parts and in all, to the yuan; the level stays until the period ends and then is what the figures warrant, before
    and after the schedule ran; the change is dated at the end of the period."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 5, "TOFU": 2}, done=True)  # 518.00
    assert (await standing(shopper))["level"]["id"] == "gold"
    for units, left in (({"TOFU": 1}, 509), ({"TRIPE": 1}, 409)):
        assert (await refund(admin, order, units))["__typename"] == "Order"
        assert (await standing(shopper))["growth"] == left
    assert (await standing(shopper))["level"]["id"] == "gold"
    assert (await refund(admin, order, {"TRIPE": 4, "TOFU": 1}))["__typename"] == "Order"
    before = await standing(shopper)
    assert (before["growth"], before["inPeriod"], before["level"]["id"]) == (0, 0, "gold")
    await end_period(shop, shopper)
    assert (await standing(shopper))["level"]["id"] == "basic"  # no schedule ran
    assert (await shopper.run("{ me { level } }"))["me"]["level"] == "basic"
    await schedules.settle_levels({})
    assert await history(shop, shopper) == [
        ("普通会员", "金卡会员", "GROWTH"),
        ("金卡会员", "普通会员", "PERIOD_END"),
    ]
    at = await database.fetchval(
        "SELECT at FROM level_moves WHERE merchant_id = $1 AND why = 'period_end'", shop.merchant_id
    )
    assert at == period(now(), TZ, 12)[0]
    await schedules.settle_levels({})
    assert len(await history(shop, shopper)) == 2
    await sound(shop)


async def test_a_refund_before_completion_only_brings_less(shop: Shop) -> None:
    """B04: what was never granted is not taken back."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 3})
    await refund(admin, order, {"TRIPE": 1})
    await complete(shop, order)
    assert (await standing(shopper))["growth"] == 200
    await refund(admin, order, {"TRIPE": 2})
    assert (await standing(shopper))["growth"] == 0
    await sound(shop)


async def test_moves_keep_their_order_whatever_the_clock_says(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """B04: two changes within a millisecond, or by a clock that is behind, are told in the order in which they happened."""
    shopper, clock = await shop.shopper(), iter(range(2**40, 0, -1))
    monkeypatch.setattr(members.levels, "new_id", lambda: UUID(int=(next(clock) << 80) | (7 << 76) | (2 << 62)))
    for growth in (600, 2000, -2500):
        await by_hand(shop, shopper, growth)
    names = [(before, after) for before, after, _ in await history(shop, shopper)]
    assert names[:2] == [("普通会员", "金卡会员"), ("金卡会员", "钻卡会员")]
    await sound(shop)


async def test_growth_taken_by_hand_is_not_taken_again(shop: Shop) -> None:
    """B04: a refund takes at most what is there."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    assert (await by_hand(shop, shopper, -250))["growth"] == 50
    await refund(admin, order, {"TRIPE": 3})
    assert (await standing(shopper))["growth"] == 0
    await sound(shop)


async def test_level_by_period_is_kept_for_the_next_one_by_what_the_period_brought(shop: Shop) -> None:
    """B04: 2000 within the year keep 钻卡 through the next year; a year that brought less ends it. Growth of the new period before
    any schedule settles the old one first."""
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 2000)
    assert (await standing(shopper))["level"]["id"] == "diamond"
    await end_period(shop, shopper)
    kept = await standing(shopper)
    assert (kept["level"]["id"], kept["inPeriod"]) == ("diamond", 0)
    await by_hand(shop, shopper, 100)
    assert [(m["level"]["id"], m["growth"], m["inPeriod"]) for m in [await standing(shopper)]] == [
        ("diamond", 2100, 100)
    ]
    await end_period(shop, shopper)
    fallen = await standing(shopper)
    assert (fallen["level"]["id"], fallen["next"]["sentence"]) == ("gold", "还差 ¥2000 升级钻卡会员")
    await by_hand(shop, shopper, 1)  # settles the period that ended, before it adds
    assert await history(shop, shopper) == [("普通会员", "钻卡会员", "BY_HAND"), ("钻卡会员", "金卡会员", "PERIOD_END")]
    await sound(shop)


async def test_what_an_earlier_period_earned_is_taken_from_the_total_alone(shop: Shop) -> None:
    """B04: a refund of last year's order leaves this year's growth as it is."""
    admin, shopper = await shop.admin(), await shop.shopper()
    order = await bought(shop, shopper, {"TRIPE": 3}, done=True)
    await end_period(shop, shopper)
    await by_hand(shop, shopper, 40)
    await database.pool().execute(
        "UPDATE orders SET completed_at = $2 WHERE merchant_id = $1",
        shop.merchant_id,
        period(now(), TZ, 12)[0] - timedelta(days=1),
    )
    await refund(admin, order, {"TRIPE": 3})
    found = await standing(shopper)
    assert (found["growth"], found["inPeriod"]) == (40, 40)
    await sound(shop)


async def test_orders_completed_at_once_raise_a_level_once(shop: Shop) -> None:
    """B04: eight orders of one member completed by eight clerks at the same moment, while growth is given by hand: every growth is
    there, the level rises once."""
    shopper = await shop.shopper()
    placed = [await bought(shop, shopper, {"TRIPE": 1}) for _ in range(8)]
    done = await asyncio.gather(
        *(complete(shop, order) for order in placed), *(by_hand(shop, shopper, 10) for _ in range(4))
    )
    assert {d["__typename"] for d in done} == {"Order", "MemberLevel"}
    assert ((await standing(shopper))["growth"], (await standing(shopper))["level"]["id"]) == (840, "gold")
    moves = await history(shop, shopper)
    assert moves[-1][1] == "金卡会员" and len(moves) == len({after for _, after, _ in moves}) <= 2
    await sound(shop)


async def test_price_follows_the_level_of_the_moment(shop: Shop) -> None:
    """B04, P06, P07: an offer with `when.level` applies from the order that raised the level, and no more once its period ended,
    although no schedule ran."""
    await shop.promotion(
        {"type": "percent_off", "pay_bp": 9000, "when": {"level": ["gold", "diamond"]}}, name="金卡 9 折"
    )
    shopper = await shop.shopper()
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000
    order = await bought(shop, shopper, {"TRIPE": 6})
    seen = await quote(shopper, {"TRIPE": 1})
    assert seen["payableFen"] == 10000
    await complete(shop, order)
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 9000
    stale = await place(shopper, {"TRIPE": 1}, token=seen["token"])
    assert (stale["__typename"], stale["quote"]["payableFen"]) == ("PriceChanged", 9000)
    perks = (await standing(shopper))["perks"]
    assert {"name": "新品优先品鉴", "sentence": None} in perks
    assert {"name": "优先配送", "sentence": "您的订单优先备货"} in perks
    assert any(p["name"] == "金卡 9 折" and "金卡会员" in p["sentence"] for p in perks)
    await refund(await shop.admin(), order, {"TRIPE": 6})
    await end_period(shop, shopper)
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000
    await sound(shop)


async def test_birthday_month_is_a_label_of_the_calendar(shop: Shop) -> None:
    """B04, P07: 9折 in the birthday month is an offer with a tag that the product puts on; the order keeps what it was."""
    await shop.promotion(
        {"type": "percent_off", "pay_bp": 9000, "when": {"tag": ["birthday_month"]}}, name="生日月 9 折"
    )
    shopper, other = await shop.shopper(), await shop.shopper()
    today = now().astimezone(period(now(), TZ, 1)[0].tzinfo).date()
    for person, month in ((shopper, today.month), (other, today.month % 12 + 1)):
        assert (await born(person, month, 15))["__typename"] == "MyProfile"
    found = await quote(shopper, {"TRIPE": 1})
    assert found["payableFen"] == 9000 and "生日当月" in found["offers"][0]["sentence"]
    assert (await quote(other, {"TRIPE": 1}))["payableFen"] == 10000
    await bought(shop, shopper, {"TRIPE": 1}, done=True)
    await sound(shop)


async def test_live_account_and_message_tell_of_a_new_level(shop: Shop) -> None:
    """B07, B04, M03: the subscription shows the level as it changes; a message is queued once, in the member's dialect."""
    shopper = await shop.shopper()
    await database.pool().execute("UPDATE members SET dialect_region = 'cq' WHERE merchant_id = $1", shop.merchant_id)
    order = await bought(shop, shopper, {"TRIPE": 6})
    text = "subscription { benefitAccount { version growth level { level { id } } } }"
    async with asyncio.timeout(20), shopper.subscribe(text) as frames:
        first = (await anext(frames))["benefitAccount"]
        assert (first["growth"], first["level"]["level"]["id"]) == (0, "basic")
        await complete(shop, order)
        # The books and the level of one frame are read a moment apart; what is told last is right.
        async for frame in frames:
            account = frame["benefitAccount"]
            if (account["growth"], account["level"]["level"]["id"]) == (600, "gold"):
                break

    async def told() -> Any:
        return await database.fetch("SELECT template_id, data FROM messages WHERE merchant_id = $1", shop.merchant_id)

    [message] = await within(10, told)
    assert message["template_id"] == shop.world.settings.level_template_id
    assert message["data"]["thing2"] == "金卡会员" and message["data"]["thing1"] in [
        line.format(level="金卡会员") for line in copy()["level_up"]["cq"]
    ]
    await asyncio.sleep(0.3)
    assert len(await told()) == 1 and not [m for m in await automation.waiting() if m is None]


def test_words_of_levels_fit_a_message() -> None:
    """M03, B04: every line in every dialect, with the longest name that a level can have."""
    for occasion in ("level_up", "level_down"):
        for lines in copy()[occasion].values():
            assert all(len(line.format(level="级" * NAME_LENGTH)) <= THING_LENGTH for line in lines)


async def test_growth_by_hand_is_refused_with_every_reason_and_changes_nothing(shop: Shop) -> None:
    """B04: no amount, no reason, more than is there, another merchant's member, the same key with another wish."""
    shopper, same = await shop.shopper(), key()
    assert (await by_hand(shop, shopper, 300, idempotencyKey=same))["growth"] == 300
    assert (await by_hand(shop, shopper, 300, idempotencyKey=same))["growth"] == 300
    assert (await by_hand(shop, shopper, 301, idempotencyKey=same))["code"] == "IdempotencyConflict"
    both = await by_hand(shop, shopper, 0, reason="x")
    assert [p["path"] for p in both["problems"]] == ["growth", "reason"]
    assert (await by_hand(shop, shopper, -301))["problems"][0]["message"] == "会员只有 300 成长值，最多减这么多"
    assert (await by_hand(shop, shopper, 5, memberId="mem_" + "0" * 32))["code"] == "NotFound"
    assert (await standing(shopper))["growth"] == 300
    entries = (await shopper.run("{ benefitAccount { entries { nodes { sentence amount } } } }"))["benefitAccount"][
        "entries"
    ]
    assert entries["nodes"] == [{"sentence": "活动补录（人工调整）", "amount": 300}]
    await sound(shop)


async def test_scheme_is_set_shown_and_refused_with_all_faults_at_once(shop: Shop) -> None:
    """B04: the default; a scheme of one's own; every fault with its place, and nothing changed."""
    shopper = await shop.shopper()
    shown = (await shopper.run(f"{{ levelScheme {{ {SCHEME} }} }}"))["levelScheme"]
    assert [(x["id"], x["sentence"]) for x in shown["levels"]] == [
        ("basic", "注册即是"), ("silver", "完成首单"), ("gold", "累计 500 成长值"), ("diamond", "当年满 2000 成长值"),
    ]  # fmt: skip
    bad = await set_scheme(
        shop,
        [
            {"id": "first", "name": "普通会员", "needs": "NONE"},
            {"id": "Gold!", "name": "金卡", "needs": "TOTAL", "growth": 500},
            {"id": "vip", "name": "金卡", "needs": "PERIOD", "growth": 500, "perks": [""]},
            {"id": "vip", "name": "这个名称实在是太长了", "needs": "FIRST_ORDER"},
        ],
        perYuan=0,
        periodMonths=5,
    )
    assert {p["path"] for p in bad["problems"]} == {
        "perYuan", "periodMonths", "levels[0].id", "levels[1].id", "levels[2].growth", "levels[2].name", "levels[2].perks",
        "levels[3].id", "levels[3].name", "levels[3].needs",
    }  # fmt: skip
    assert (await shopper.run("{ levelScheme { version } }"))["levelScheme"]["version"] == 0
    done = await set_scheme(
        shop,
        [
            BASIC,
            {"id": "star", "name": "星级会员", "needs": "TOTAL", "growth": 100},
            {"id": "sun", "name": "太阳会员", "needs": "PERIOD", "growth": 900, "perks": ["专属客服"]},
        ],
        perYuan=2,
        periodMonths=3,
    )
    assert (done["__typename"], done["version"], done["levels"][2]["sentence"]) == (
        "LevelScheme",
        1,
        "当季满 900 成长值",
    )
    await bought(shop, shopper, {"TRIPE": 2}, done=True)
    assert (await standing(shopper))["growth"] == 400
    refused = await set_scheme(shop, [BASIC, {"id": "sun", "name": "太阳会员", "needs": "TOTAL", "growth": 900}])
    assert refused["problems"] == [
        {"path": "levels", "message": "「星级会员」还有 1 位会员，不能去掉这个等级：可以改它的名称或门槛"}
    ]
    with pytest.raises(Exception, match="权限"):
        await set_scheme(shop, [BASIC], client=await shop.staff("cashier"))
    assert (await shopper.run("{ levelScheme { version } }"))["levelScheme"]["version"] == 1
    await sound(shop)


async def test_a_new_scheme_raises_at_once_and_lowers_when_the_period_ends(shop: Shop) -> None:
    """B04: prices and pages know it at once; the schedule writes it down and tells."""
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 600)
    rise = [
        BASIC,
        {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 100},
        {"id": "top", "name": "至尊会员", "needs": "TOTAL", "growth": 550},
    ]
    assert (await set_scheme(shop, rise))["__typename"] == "LevelScheme"
    assert (await standing(shopper))["level"] == {"id": "top", "name": "至尊会员"}
    await schedules.settle_levels({})
    assert (await history(shop, shopper))[-1] == ("金卡会员", "至尊会员", "SCHEME")
    higher = [
        BASIC,
        {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 1000},
        {"id": "top", "name": "至尊会员", "needs": "TOTAL", "growth": 5000},
    ]
    assert (await set_scheme(shop, higher))["version"] == 2
    await schedules.settle_levels({})
    assert (await standing(shopper))["level"]["id"] == "top"
    await end_period(shop, shopper)
    assert (await standing(shopper))["level"]["id"] == "basic"
    await sound(shop)


async def test_schedule_settles_many_and_agrees_with_the_rule(shop: Shop) -> None:
    """B04: a thousand members of every kind whose period ended: what the schedule writes is what was read before it ran."""
    start, _ = period(now(), TZ, 12)
    rows = [
        members.NewMember(f"o{n}-{key()}", "会员", ("basic", "silver", "gold", "diamond")[n % 4], start)
        for n in range(1000)
    ]
    await members.add_many(shop.world.settings.secret, shop.merchant_id, rows)
    ids = [members.member_id_of(shop.merchant_id, row.openid) for row in rows]
    assert {m.level for m in (await members.many(shop.merchant_id, ids)).values()} == {
        "basic",
        "silver",
        "gold",
        "diamond",
    }
    await database.pool().execute(
        "UPDATE members SET level_until = $2, completed_orders = (random() * 2)::int WHERE merchant_id = $1",
        shop.merchant_id,
        start,
    )
    read = {m.id: m.level for m in (await members.many(shop.merchant_id, ids)).values()}
    assert await schedules.settle_levels({}) >= 750
    stored = {
        r["id"]: r["level"]
        for r in await database.fetch("SELECT id, level FROM members WHERE merchant_id = $1", shop.merchant_id)
    }
    assert {k: stored[k] for k in ids} == {
        k: read[k] if rows[n].level != "basic" else "basic" for n, k in enumerate(ids)
    }
    await sound(shop)


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE members SET growth = growth + 1 WHERE merchant_id = $1",
        "UPDATE members SET level = 'diamond' WHERE merchant_id = $1",
    ],
)
async def test_planted_fault_is_found(shop: Shop, fault: str) -> None:
    """B04, L2: growth that is not the ledger's, and a level that no change made, are found."""
    shopper = await shop.shopper()
    await by_hand(shop, shopper, 600)
    await database.pool().execute(fault, shop.merchant_id)
    assert [v.rule for v in await invariants.violations(shop.merchant_id)] == ["L2"]


async def test_command_line_shows_and_sets_the_scheme(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B04: `shuhui levels`: JSON out, JSON in; every fault on a line of its own, exit code 2, nothing changed."""
    monkeypatch.setenv("DATABASE_URL", shop.world.settings.database_url)
    monkeypatch.setenv("REDIS_URL", shop.world.settings.redis_url)
    file = tmp_path / "levels.json"

    def run(*args: str) -> Any:
        command = [sys.executable, "-m", "backend.cli", "levels", "--merchant", shop.code, *args]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    shown = run()
    assert shown.returncode == 0 and json.loads(shown.stdout)["levels"][2]["growth"] == 500
    file.write_text('{"levels": [{"id": "x", "name": 5}, 3], "per_yuan": "1", "colour": 1}')
    refused = run("--set", str(file))
    assert (refused.returncode, refused.stdout) == (2, "") and len(refused.stderr.splitlines()) == 4, refused.stderr
    file.write_text("no JSON")
    assert run("--set", str(file)).returncode == 2
    assert (await members.scheme_info(shop.merchant_id)).version == 0
    file.write_text(json.dumps(json.loads(shown.stdout) | {"per_yuan": 5}))
    done = run("--set", str(file))
    assert done.returncode == 0 and json.loads(done.stdout)["per_yuan"] == 5
    assert (await members.scheme_info(shop.merchant_id)).version == 1


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(lambda t: t.replace(tzinfo=UTC))


@given(
    st.lists(st.tuples(MOMENTS, st.integers(-800, 1500), st.booleans()), max_size=12),
    st.lists(MOMENTS, max_size=6),
    MOMENTS,
)
def test_level_does_not_depend_on_when_the_schedule_ran(
    acts: list[tuple[datetime, int, bool]], runs: list[datetime], end: datetime
) -> None:
    """B04: a history of earnings and refunds, with a schedule that ran at any moments or never: the level at any later moment is
    the same, and it never falls within a period."""

    def played(settle_at: list[datetime]) -> list[str]:
        now_at, seen = Standing(), []
        steps = sorted(
            [(t, 0, g, o) for t, g, o in acts if t <= end] + [(t, 1, 0, False) for t in settle_at if t <= end]
        )
        for t, kind, growth, order in steps:
            before = settled(DEFAULT, now_at, t, TZ)
            if kind == 1:
                now_at = before
                continue
            now_at = moved(DEFAULT, before, t, TZ, growth=max(growth, -before.growth), orders=1 if order else 0)
            assert DEFAULT.rank(now_at.level) >= DEFAULT.rank(before.level)
            seen.append(now_at.level)
        return [*seen, level_at(DEFAULT, now_at, end, TZ).id]

    assert played(runs) == played([])


def test_rules_of_levels() -> None:
    """B04: bounds of periods, the highest level warranted, what refunds take, labels of the calendar."""
    at = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # 00:30 on 1 January in Shanghai
    assert [p.isoformat() for p in period(at, TZ, 12)] == ["2027-01-01T00:00:00+08:00", "2028-01-01T00:00:00+08:00"]
    assert period(at - timedelta(hours=1), TZ, 3)[1] == period(at, TZ, 1)[0]
    assert [warranted(DEFAULT, o, g, p).id for o, g, p in ((0, 0, 0), (1, 499, 0), (0, 500, 1999), (0, 0, 2000))] == [
        "basic", "silver", "gold", "diamond",
    ]  # fmt: skip
    assert [to_take_back(618, taken, 61890, kept) for taken, kept in ((0, 61890), (0, 61800), (0, 61799), (1, 0))] == [
        0,
        0,
        1,
        617,
    ]
    assert to_take_back(0, 0, 99, 0) == 0 and to_take_back(2 * 50, 0, 5099, 4950) == 2
    birthday = "02-29"
    assert labels_of_day(birthday, datetime(2026, 2, 28).date()) == ("birthday_month", "birthday")
    assert (
        labels_of_day(birthday, datetime(2026, 3, 1).date()) == () == labels_of_day(None, datetime(2026, 3, 1).date())
    )
    assert check_scheme(DEFAULT) == []
    assert (
        check_scheme(
            Scheme((Level("basic", "会员"), Level("a", "甲", "first_order"), Level("b", "乙", "first_order")))
        )[0].path
        == "levels[2].needs"
    )
    assert (
        Scheme.from_json(DEFAULT.to_json()) == DEFAULT
        and Scheme.from_json(json.loads(json.dumps(DEFAULT.to_json()))) == DEFAULT
    )


async def test_levels_of_merchants_are_their_own(shop: Shop, world: Any) -> None:
    """B04, T1: schemes do not mix."""
    from backend.tests.conftest import make_shop

    other = await make_shop(world)
    await set_scheme(shop, [BASIC, {"id": "one", "name": "一级会员", "needs": "TOTAL", "growth": 1}])
    assert [
        x["id"]
        for x in (await (await other.shopper()).run("{ levelScheme { levels { id } } }"))["levelScheme"]["levels"]
    ][1] == "silver"
    assert isinstance(await merchants.get(other.merchant_id), merchants.MerchantInfo) and isinstance(
        shop.merchant_id, UUID
    )


async def test_imported_orders_bring_the_level_of_the_first_order(shop: Shop) -> None:
    """B04: read at once, written down by the schedule with its reason; growth comes from orders of our own alone."""
    shopper = await shop.shopper()
    async with database.transaction() as tx:
        await members.set_order_counts(tx, shop.merchant_id, {await member_of(shopper): 3})
    assert (await standing(shopper))["level"]["id"] == "silver" and (await standing(shopper))["growth"] == 0
    await schedules.settle_levels({})
    assert await history(shop, shopper) == [("普通会员", "银卡会员", "FIRST_ORDER")]
    await sound(shop)
