"""B04, M01: what a birthday brings goes by level: each level's own coupon, once a year, told in its real terms."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import automation, invariants, members
from backend.automation.rules import THING_LENGTH, copy_for, day_text, gift_words
from backend.automation.service import copy
from backend.connectors.wechat import field_problem
from backend.demo.client import Client, GraphQLFailed
from backend.kit import database
from backend.kit.clock import zone
from backend.kit.ids import new_id
from backend.tests.conftest import Shop, command, make_shop, quote
from backend.tests.test_automation import fire
from backend.tests.test_coupon_kinds import held, template
from backend.tests.test_drops import me
from backend.tests.test_levels import BASIC, by_hand, end_period, set_scheme, standing
from backend.tests.test_profiles import CORRECT, ask, born, ident
from backend.tests.test_template_budgets import figures, of_source, set_budget

GOLD = {"id": "gold", "name": "金卡会员", "needs": "TOTAL", "growth": 500}
TOP = {"id": "diamond", "name": "钻卡会员", "needs": "TOTAL", "growth": 2000}
LEVELS = "{ levelScheme { version defaultBirthday levels { id birthday { id name face { sentence } } } } }"
exact = pytest.mark.usefixtures("exact")


def noon(days: int = -1) -> datetime:
    """Noon of yesterday, or of another day, in the merchant's time: a birthday whose coupon is good now."""
    return datetime.now(zone("Asia/Shanghai")).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days)


async def celebrant(shop: Shop, growth: int = 0) -> Client:
    """A customer whose birthday was yesterday, with so much growth."""
    shopper, day = await shop.shopper(), noon()
    assert (await born(shopper, day.month, day.day))["__typename"] == "MyProfile"
    if growth:
        assert (await by_hand(shop, shopper, growth))["__typename"] == "MemberLevel"
    return shopper


async def gifts(shop: Shop) -> tuple[str, str]:
    """A coupon of ¥10 from ¥60, and one of a tenth, ¥20 at most."""
    small = await template(shop, "生日小礼", 1000, 6000)
    share = {"kind": "PERCENT", "payBp": 9000, "minFen": 0, "maxOffFen": 2000}
    return small["id"], (await template(shop, "生日大礼", content=share))["id"]


async def set_well(shop: Shop, *levels: dict[str, Any]) -> None:
    done = await set_scheme(shop, list(levels))
    assert done["__typename"] == "LevelScheme", done


async def told(shop: Shop) -> dict[UUID, dict[str, str]]:
    """What each member was told on the birthday."""
    text = "SELECT member_id, data FROM messages WHERE merchant_id = $1 AND starts_with(business_key, 'birthday:')"
    rows = await database.fetch(text, shop.merchant_id)
    assert len({row["member_id"] for row in rows}) == len(rows), "one message each"
    return {row["member_id"]: row["data"] for row in rows}


async def given_by(shop: Shop) -> dict[UUID, list[str]]:
    """Names of the birthday coupons that each member has had."""
    text = (
        "SELECT c.member_id, t.name FROM coupons c JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
        " WHERE c.merchant_id = $1 AND c.source = 'birthday' ORDER BY c.claimed_at"
    )
    found: dict[UUID, list[str]] = {}
    for row in await database.fetch(text, shop.merchant_id):
        found.setdefault(row["member_id"], []).append(row["name"])
    return found


@exact
async def test_each_level_brings_its_own(shop: Shop) -> None:
    """B04, M01, M03: who is gold gets gold's coupon, who is not the first level's, a level that names none promises and brings nothing; the
    message says what the coupon is worth and until when, in dialect; the card and the scheme say it before; the price takes it."""
    small, large = await gifts(shop)
    await set_well(shop, {**BASIC, "birthday": small}, {**GOLD, "birthday": large}, TOP)
    plain, gold, top = await celebrant(shop), await celebrant(shop, 600), await celebrant(shop, 2500)
    assert {"name": "生日礼券", "sentence": "满60减10，登记生日后每年一张"} in (await standing(plain))["perks"]
    assert {"name": "生日礼券", "sentence": "9折，最多减20元，登记生日后每年一张"} in (await standing(gold))["perks"]
    assert "生日礼券" not in [perk["name"] for perk in (await standing(top))["perks"]]
    scheme = (await plain.run(LEVELS))["levelScheme"]
    sentences = [level["birthday"] and level["birthday"]["face"]["sentence"] for level in scheme["levels"]]
    assert sentences == ["满60减10", "9折，最多减20元", None]

    assert await fire(shop, noon()) == 2
    assert [await held(one) for one in (plain, gold, top)] == [{"生日小礼": "生日礼券"}, {"生日大礼": "生日礼券"}, {}]
    said = await told(shop)
    assert set(said) == {await me(plain), await me(gold)}
    ends = day_text(noon(6), "Asia/Shanghai")  # seven days, to the end of the last
    for who, amount, words in ((plain, "¥10.00", "满60减10"), (gold, "¥20.00", "9折最多减20")):
        data, region = said[await me(who)], (await who.run("{ me { dialectRegion } }"))["me"]["dialectRegion"]
        assert (data["amount2"], data["date3"]) == (amount, ends)
        assert data["thing1"] in [
            line.format(gift=words) for line in copy()["birthday"].get(region) or copy()["birthday"]["zh"]
        ]
    assert (await quote(gold, {"TRIPE": 1}))["payableFen"] == 9000 and (await quote(plain, {"TRIPE": 1}))[
        "payableFen"
    ] == 9000
    assert (await quote(top, {"TRIPE": 1}))["payableFen"] == 10000


async def test_the_card_says_for_which_goods(shop: Shop) -> None:
    """B04: a coupon for some goods is promised for these alone; a word of the scheme for what the level does is not said twice."""
    scoped = {"kind": "OFF", "offFen": 1000, "minFen": 6000, "scope": {"skus": ["TRIPE"]}}
    kind = (await template(shop, "毛肚生日礼", content=scoped))["id"]
    await set_well(shop, {**BASIC, "birthday": kind, "perks": ["生日礼券", "试吃"]})
    perks = (await standing(await shop.shopper()))["perks"]
    assert [perk["name"] for perk in perks] == ["生日礼券", "试吃"]
    assert perks[0]["sentence"] == "满60减10，限毛肚，登记生日后每年一张"


@exact
async def test_once_a_year_whatever_moves(shop: Shop) -> None:
    """B04, M01: who had this year's coupon gets no other by rising, by another scheme, or by a birthday that staff put right; next year
    the coupon of the level of then comes."""
    small, large = await gifts(shop)
    await set_well(shop, {**BASIC, "birthday": small}, {**GOLD, "birthday": large})
    shopper = await celebrant(shop)
    assert await fire(shop, noon()) == 1
    await by_hand(shop, shopper, 600)
    assert await fire(shop, noon()) == 0
    await set_well(shop, BASIC, {**GOLD, "birthday": small})
    assert await fire(shop, noon()) == 0
    await set_well(shop, BASIC, GOLD)  # everybody's again
    assert await fire(shop, noon()) == 0
    days = (day for n in (-40, -41, 40, 41) if (day := noon(n)).year == noon().year)
    away = next(day for day in days if (day.month, day.day) != (2, 29))  # a day of next year too
    right = {"memberId": await ident(shopper), "birthday": {"month": away.month, "day": away.day}, "reason": "顾客来电"}
    assert (await ask(await shop.admin(), CORRECT, **right))["__typename"] == "MemberFound"
    assert await fire(shop, away) == 0 and await held(shopper) == {"生日小礼": "生日礼券"}
    await set_well(shop, {**BASIC, "birthday": small}, {**GOLD, "birthday": large})
    assert await fire(shop, away.replace(year=away.year + 1)) == 1
    assert await given_by(shop) == {await me(shopper): ["生日小礼", "生日大礼"]}


@exact
async def test_where_no_level_names_one_everybody_gets_the_same(shop: Shop) -> None:
    """B04, M01: a merchant that names none keeps what it gave; once a level names one, the others bring nothing, nor word of it."""
    scheme = (await (await shop.shopper()).run(LEVELS))["levelScheme"]
    assert [level["birthday"] for level in scheme["levels"]] == [None] * 4
    assert scheme["defaultBirthday"] == "生日专享券 满60减15，7 天有效"
    plain, gold = await celebrant(shop), await celebrant(shop, 600)
    assert await fire(shop, noon()) == 2
    assert await held(plain) == await held(gold) == {"生日专享券": "生日礼券"}
    assert {data["amount2"] for data in (await told(shop)).values()} == {"¥15.00"}
    _, large = await gifts(shop)
    await set_well(shop, BASIC, {**GOLD, "birthday": large})
    late = await celebrant(shop)
    assert await fire(shop, noon()) == 0 and await held(late) == {} and await me(late) not in await told(shop)
    assert await database.fetchval("SELECT count(*) FROM coupon_refusals WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_what_cannot_be_a_birthday_coupon_is_refused_at_its_place(shop: Shop) -> None:
    """B04, K01: a template of another merchant, one that is not there or whose time is over, and one that does not say what it takes off at
    most, of which the message could say no worth: each at its level, and the scheme in force stays."""
    small, _ = await gifts(shop)
    await set_well(shop, {**BASIC, "birthday": small}, GOLD)
    theirs = (await gifts(await make_shop(shop.world)))[0]
    free = (await template(shop, "果切兑换券", content={"kind": "EXCHANGE", "sku": "TOFU"}))["id"]
    uncapped = (await template(shop, "九折", content={"kind": "PERCENT", "payBp": 9000, "minFen": 0}))["id"]
    double = (await template(shop, "双倍积分", content={"kind": "POINTS", "timesBp": 20000, "minFen": 0}))["id"]
    over = (await template(shop, "过期礼", validDays=None, validUntil=(noon(3)).isoformat()))["id"]
    await database.pool().execute("UPDATE coupon_templates SET valid_until = $2 WHERE merchant_id = $1 AND name = '过期礼'", shop.merchant_id, noon())  # fmt: skip
    for wrong, words in (
        (theirs, "没有这个券模板"),
        (f"tpl_{shop.merchant_id.hex}", "没有这个券模板"),
        (over, "有效期已过"),
        (free, "没有确定的最高优惠额"),
        (uncapped, "没有确定的最高优惠额"),
        (double, "没有确定的最高优惠额"),
    ):
        refused = await set_scheme(shop, [{**BASIC, "birthday": small}, {**GOLD, "birthday": wrong}])
        assert [p["path"] for p in refused["problems"]] == ["levels[1].birthday"], refused
        assert words in refused["problems"][0]["message"]
    both = await set_scheme(shop, [{**BASIC, "birthday": free}, {**GOLD, "birthday": theirs}])
    assert [p["path"] for p in both["problems"]] == ["levels[0].birthday", "levels[1].birthday"]
    with pytest.raises(GraphQLFailed, match="不是这里要的类型"):
        await set_scheme(shop, [{**BASIC, "birthday": "drop_1"}])
    denied = (await shop.staff("cashier"), await shop.shopper())
    for who in denied:
        with pytest.raises(GraphQLFailed):
            await set_scheme(shop, [BASIC], client=who)
    scheme = (await denied[1].run(LEVELS))["levelScheme"]
    assert scheme["version"] == 1 and scheme["levels"][0]["birthday"]["id"] == small


async def test_the_command_says_and_sets_it(shop: Shop, tmp_path: Path) -> None:
    """B04: `shuhui levels --set` takes the id of a template, shows it, and refuses at the place of the fault; a scheme stored before has none."""
    small, _ = await gifts(shop)
    level = {"id": "basic", "name": "会员", "birthday": small}
    file = tmp_path / "levels.json"
    for value, words in (("tpl_1", "没有这个券模板"), (5, "levels[0].birthday")):
        file.write_text(json.dumps({"levels": [{**level, "birthday": value}]}))
        code, said = await command(shop, "levels", "--set", str(file))
        assert code == 2 and words in said, said
    file.write_text(json.dumps({"levels": [level]}))
    code, said = await command(shop, "levels", "--set", str(file))
    assert code == 0 and small in said
    assert (await (await shop.shopper()).run(LEVELS))["levelScheme"]["levels"][0]["birthday"]["name"] == "生日小礼"
    old = {"levels": [{"id": "basic", "name": "会员"}], "per_yuan": 1, "period_months": 12}
    assert members.Scheme.from_json(old).names_birthdays is False


async def test_a_coupon_whose_time_is_over_is_not_given(shop: Shop) -> None:
    """B04: a level's template with a fixed end: after it the birthday brings nothing, and shoppers are promised nothing."""
    fixed = (await template(shop, "十一月生日礼", validDays=None, validUntil=noon(9).isoformat()))["id"]
    await set_well(shop, {**BASIC, "birthday": fixed})
    shopper = await celebrant(shop)
    await database.pool().execute("UPDATE coupon_templates SET valid_until = $2 WHERE merchant_id = $1", shop.merchant_id, noon())  # fmt: skip
    assert await fire(shop, noon()) == 0 and await told(shop) == {}
    assert "生日礼券" not in [perk["name"] for perk in (await standing(shopper))["perks"]]
    assert (await shopper.run(LEVELS))["levelScheme"]["levels"][0]["birthday"] is None
    assert (await (await shop.admin()).run(LEVELS))["levelScheme"]["levels"][0]["birthday"]["id"] == fixed


WARNED = "{ levelScheme { warnings { path message } } }"
CHOICES = """query($c: CouponTemplateChoice, $s: String, $n: Int!, $a: String) { couponTemplates(choosable: $c, search: $s, first: $n, after: $a) {
  totalCount nodes { id name } pageInfo { hasNextPage endCursor } } }"""


async def end(shop: Shop, *names: str) -> None:
    """The windows of these templates ended yesterday."""
    text = "UPDATE coupon_templates SET valid_until = $3 WHERE merchant_id = $1 AND name = ANY($2)"
    await database.pool().execute(text, shop.merchant_id, list(names), noon())


async def warned(client: Client) -> list[tuple[str, str]]:
    return [(w["path"], w["message"]) for w in (await client.run(WARNED))["levelScheme"]["warnings"]]


async def test_who_sets_the_levels_is_told_that_a_coupon_is_over(shop: Shop, tmp_path: Path) -> None:
    """B04: coupons of levels whose time is over stand as warnings at their place; where no birthday brings anything any more that is said
    first; the command says the same; shoppers hear nothing of it, and another scheme ends it."""
    until = {"validDays": None, "validUntil": noon(9).isoformat()}
    made = {name: (await template(shop, name, **until))["id"] for name in ("银礼", "金礼", "月礼", "入会礼")}
    lasts = (await gifts(shop))[0]
    levels = [
        {**BASIC, "birthday": made["银礼"], "coupon": made["入会礼"]},
        {**GOLD, "birthday": made["金礼"], "monthly": made["月礼"], "coupon": lasts},
        TOP,
    ]
    await set_well(shop, *levels)
    admin, cashier, shopper = await shop.admin(), await shop.staff("cashier"), await celebrant(shop)
    assert await warned(admin) == []
    await end(shop, "银礼", "入会礼")
    silver = ("levels[0].birthday", "普通会员的生日礼券「银礼」过了有效期，已不再发放")
    joining = ("levels[0].coupon", "普通会员的入会礼券「入会礼」过了有效期，已不再发放")
    assert await warned(admin) == [joining, silver]
    await end(shop, "金礼", "月礼")
    everybody, *rest = await warned(admin)
    assert everybody == (
        "levels",
        "各等级选的生日礼券都过了有效期：现在会员过生日收不到券，也收不到祝福。请换一种券；都不选，则全员发统一的生日礼券",
    )
    month = ("levels[1].monthly", "金卡会员的每月礼券「月礼」过了有效期，已不再发放")
    assert rest == [joining, silver, month, ("levels[1].birthday", "金卡会员的生日礼券「金礼」过了有效期，已不再发放")]
    assert await warned(cashier) == [everybody, *rest] and await warned(shopper) == []
    assert await fire(shop, noon()) == 0
    code, said = await command(shop, "levels")
    assert code == 0 and f"levels: {everybody[1]}" in said and f"{month[0]}: {month[1]}" in said
    await set_well(shop, BASIC, {**GOLD, "monthly": lasts})
    assert await warned(admin) == [] and await fire(shop, noon()) == 1


async def test_only_what_a_birthday_may_bring_is_offered(shop: Shop) -> None:
    """B04, K01: what is offered for a birthday is what setting it takes: whose time is not over and who say what they take off at most;
    for the other gifts of a level the first alone; counted, searched and turned page by page."""
    small, large = await gifts(shop)
    free = (await template(shop, "果切兑换券", content={"kind": "EXCHANGE", "sku": "TOFU"}))["id"]
    uncapped = (await template(shop, "九折", content={"kind": "PERCENT", "payBp": 9000, "minFen": 0}))["id"]
    over = (await template(shop, "过期生日礼", validDays=None, validUntil=noon(3).isoformat()))["id"]
    runs = (await template(shop, "限时生日礼", validDays=None, validUntil=noon(3).isoformat()))["id"]
    await end(shop, "过期生日礼")
    admin = await shop.admin()

    async def offered(choosable: str | None, search: str | None = None) -> set[str]:
        found, after = set[str](), None
        while True:
            page = (await admin.run(CHOICES, c=choosable, s=search, n=2, a=after))["couponTemplates"]
            found |= {node["id"] for node in page["nodes"]}
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                assert page["totalCount"] == len(found)
                return found

    before = await offered(None) - {small, large, free, uncapped, over, runs}
    assert await offered("LEVEL") - before == {small, large, free, uncapped, runs}
    assert await offered("BIRTHDAY") - before == {small, large, runs}
    assert await offered("BIRTHDAY", "生日") == {small, large, runs} and await offered("BIRTHDAY", "兑换") == set()
    for kind in await offered("BIRTHDAY"):
        await set_well(shop, {**BASIC, "birthday": kind})
    for kind in await offered("LEVEL") - await offered("BIRTHDAY"):
        assert (await set_scheme(shop, [{**BASIC, "birthday": kind}]))["__typename"] == "InvalidInput"
    for who in (await shop.shopper(), await shop.staff("cashier")):
        with pytest.raises(GraphQLFailed):
            await who.run(CHOICES, c="BIRTHDAY", s=None, n=2, a=None)


@exact
async def test_budgets_of_the_levels_coupons(shop: Shop) -> None:
    """B04, K01: gold's template has room for one of three birthdays: the others are written down once and asked again the same day, by the
    level of then: who has fallen gets the first level's coupon, who is gold still waits for room."""
    small, large = await gifts(shop)
    await set_well(shop, {**BASIC, "birthday": small}, {**GOLD, "birthday": large})
    assert (await set_budget(shop, large, 2000))["__typename"] == "CouponTemplate"
    people = [await celebrant(shop, 600) for _ in range(3)]
    assert [await fire(shop, noon()) for _ in range(3)] == [1, 0, 0]
    assert await figures(shop, large) == (2000, 2000, 0, 0, 2) and len(await told(shop)) == 1
    waiting = [one for one in people if await me(one) not in await given_by(shop)]
    await by_hand(shop, waiting[0], -600)
    await end_period(shop, waiting[0], noon())  # yesterday may be of another year
    assert await fire(shop, noon()) == 1 and await held(waiting[0]) == {"生日小礼": "生日礼券"}
    assert await figures(shop, large) == (2000, 2000, 0, 0, 1)
    assert (await set_budget(shop, large, 4000))["__typename"] == "CouponTemplate"
    assert await fire(shop, noon()) == 1 and await held(waiting[1]) == {"生日大礼": "生日礼券"}
    assert await figures(shop, large) == (4000, 4000, 0, 0, 0) and set(
        (await of_source(shop, "birthday")).values()
    ) == {1}


@exact
async def test_workers_at_once_while_levels_and_scheme_move(shop: Shop) -> None:
    """B04, M01, C2: workers give at once, each with connections of its own, while members rise and the scheme changes: everybody gets one
    coupon of the year, of one of the levels' templates, and one message, which says what that coupon is worth; the budget counts these."""
    small, large = await gifts(shop)
    await set_well(shop, {**BASIC, "birthday": small}, {**GOLD, "birthday": large})
    assert (await set_budget(shop, large, 100_000))["__typename"] == "CouponTemplate"
    people = [await celebrant(shop, 600 * (n % 2)) for n in range(12)]
    secret, message = shop.world.settings.secret, shop.world.settings.subscribe_template_id

    async def work() -> int:
        return await automation.fire_birthdays(secret, message, noon())

    swapped = [{**BASIC, "birthday": large}, {**GOLD, "birthday": small}]
    rising = [by_hand(shop, one, 600) for one in people[::2]]
    await asyncio.gather(*(work() for _ in range(4)), set_scheme(shop, swapped), *rising, *(work() for _ in range(4)))
    had = await given_by(shop)
    assert set(had) == {await me(one) for one in people} and all(len(names) == 1 for names in had.values())
    worth = {"生日小礼": "¥10.00", "生日大礼": "¥20.00"}
    said = await told(shop)
    assert {who: data["amount2"] for who, data in said.items()} == {who: worth[names[0]] for who, names in had.items()}
    assert (await figures(shop, large))[1] == 2000 * sum(names == ["生日大礼"] for names in had.values())


async def test_a_planted_second_coupon_is_found(shop: Shop) -> None:
    """C3, M01: a coupon of a birthday under a key that is not this member's and this year's is found."""
    shopper = await celebrant(shop)
    assert await fire(shop, noon()) == 1 and await invariants.violations(shop.merchant_id) == []
    move = "UPDATE coupons SET business_key = $2 WHERE merchant_id = $1 AND source = 'birthday'"
    await database.pool().execute(move, shop.merchant_id, f"birthday:1999:{await me(shopper)}")
    assert "C3" in {v.rule for v in await invariants.violations(shop.merchant_id)}


FEN = st.integers(1, 99_999_999)


@given(st.sampled_from(("off", "percent", "shipping", "points", "give_back")), FEN, FEN, st.integers(1, 9_999))
def test_every_gift_fits_every_line(kind: str, least: int, fen: int, bp: int) -> None:
    """B04, M03: whatever the coupon, each dialect's line with its words fits a field of WeChat, and says its terms where they are short."""
    contents: dict[str, dict[str, Any]] = {
        "off": {"min": least, "off": fen},
        "percent": {"min": least, "pay_bp": bp, "max_off": fen},
        "shipping": {"min": least, "off": fen},
        "points": {"min": least, "count": fen},
        "give_back": {"min": least, "max": fen},
    }
    for content in (contents[kind], {**contents[kind], "min": 0}):
        for lines in copy()["birthday"].values():
            for line in lines:
                text = copy_for({"zh": [line]}, "zh", new_id(), *({"gift": w} for w in gift_words({kind: content})))
                assert field_problem("thing1", text) is None and len(text) <= THING_LENGTH and "{" not in text


def test_the_words_of_a_gift() -> None:
    """B04, M03: the fullest words come first, and what does not fit gives way to shorter ones."""
    said = {kind: gift_words(content)[0] for kind, content in {
        "off": {"off": {"min": 6000, "off": 1500}}, "free": {"off": {"min": 0, "off": 550}},
        "percent": {"percent": {"min": 0, "pay_bp": 8800, "max_off": 2000}},
        "least": {"percent": {"min": 10000, "pay_bp": 9000, "max_off": 2000}},
        "shipping": {"shipping": {"min": 3000, "off": 500}}, "points": {"points": {"min": 0, "count": 100}},
        "back": {"give_back": {"max": 2000}},
    }.items()}  # fmt: skip
    assert said == {
        "off": "满60减15",
        "free": "立减5.5元",
        "percent": "8.8折最多减20",
        "least": "满100打9折",
        "shipping": "满30减运费5元",
        "points": "送100积分",
        "back": "返红包最多20元",
    }
    line = {"zh": ["生日快乐！{gift}生日券已到账"]}
    huge = gift_words({"off": {"min": 123_456_700, "off": 12_345_678}})
    assert copy_for(line, "zh", new_id(), *({"gift": w} for w in huge)) == "生日快乐！专享生日券已到账"
    middle = gift_words({"off": {"min": 123_450, "off": 12_340}})
    assert copy_for(line, "zh", new_id(), *({"gift": w} for w in middle)) == "生日快乐！减123.4元生日券已到账"
