"""Members' own data: birthday, home store, labels, and who changed or saw it (K02, K06, B04, B08)."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import automation, ledger, merchants
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.kit.idempotency import input_hash
from backend.kit.ids import decode
from backend.members.profile_rules import (
    LEAST_AGE,
    MOST_TAGS,
    PURPOSE_VERSION,
    Birth,
    birth_faults,
    tag_faults,
    tags_after,
)
from backend.tests.conftest import Shop, claim, make_shop, quote, stays

BAD = "... on InvalidInput { problems { path message } } ... on Refusal { code message }"
MINE = "birthday { month day year sentence } maySetBirthday birthdayAgreedAt birthdayNotice { version lines } homeStore { id name } homeStoreUntil"
PROFILE = f"{{ myProfile {{ {MINE} }} }}"
SET = f"mutation($i: SetMyBirthdayInput!) {{ setMyBirthday(input: $i) {{ __typename ... on MyProfile {{ {MINE} }} {BAD} }} }}"
WITHDRAW = f"mutation($i: WithdrawBirthdayInput!) {{ withdrawBirthday(input: $i) {{ __typename ... on MyProfile {{ {MINE} }} {BAD} }} }}"
CHOOSE = f"mutation($i: ChooseHomeStoreInput!) {{ chooseHomeStore(input: $i) {{ __typename ... on MyProfile {{ {MINE} }} ... on HomeStoreKept {{ until }} {BAD} }} }}"
STAFF = "id tags data { birthday homeStore { id name } records { what look sentence reason } }"
TAGS = f"mutation($i: ChangeMemberTagsInput!) {{ changeMemberTags(input: $i) {{ __typename ... on MemberFound {{ {STAFF} }} {BAD} }} }}"
STORE = f"mutation($i: SetMemberHomeStoreInput!) {{ setMemberHomeStore(input: $i) {{ __typename ... on MemberFound {{ {STAFF} }} {BAD} }} }}"
CORRECT = f"mutation($i: CorrectBirthdayInput!) {{ correctBirthday(input: $i) {{ __typename ... on MemberFound {{ {STAFF} }} {BAD} }} }}"
LOOKUP = f"query($s: String!) {{ memberLookup(search: $s) {{ {STAFF} }} }}"
RECORDS = "SELECT what, did, detail, actor, reason FROM member_records WHERE merchant_id = $1 ORDER BY at, id"


async def ask(client: Client, document: str, **given: Any) -> dict[str, Any]:
    """Sends one input; the answer of the mutation."""
    found = await client.run(document, i={"idempotencyKey": key(), **given})
    answer: dict[str, Any] = next(iter(found.values()))
    return answer


async def ident(shopper: Client) -> str:
    """The id of a customer as staff name it."""
    return str((await shopper.run("{ me { id } }"))["me"]["id"])


async def born(shopper: Client, month: int, day: int, year: int | None = None) -> dict[str, Any]:
    """The customer tells the birthday on the page for it."""
    return await ask(shopper, SET, birthday={"month": month, "day": day, "year": year}, agreedVersion=PURPOSE_VERSION)


async def tagged(shop: Shop, shopper: Client, *give: str, take: tuple[str, ...] = (), reason: str = "") -> dict[str, Any]:  # fmt: skip
    """Staff give and take labels."""
    return await ask(await shop.admin(), TAGS, memberId=await ident(shopper), give=give, take=take, reason=reason)


async def at_home(shop: Shop, shopper: Client, store: int = 0) -> dict[str, Any]:
    """The customer chooses a home store."""
    return await ask(shopper, CHOOSE, storeId=f"sto_{shop.stores[store].id.hex}")


async def test_a_birthday_is_told_once_with_consent(shop: Shop) -> None:
    """K06, B04, B08: the words of what it is for are shown and agreed to; month and day do; a second time and an agreement to other words
    are refused and change nothing; the record says who and when and holds no birthday."""
    shopper = await shop.shopper()
    blank = (await shopper.run(PROFILE))["myProfile"]
    assert (blank["birthday"], blank["maySetBirthday"], blank["birthdayAgreedAt"]) == (None, True, None)
    assert blank["birthdayNotice"]["version"] == PURPOSE_VERSION
    assert "撤回" in (words := "".join(blank["birthdayNotice"]["lines"])) and "已下的订单会留下" in words
    refused = await ask(shopper, SET, birthday={"month": 6, "day": 18}, agreedVersion=0)
    assert [p["path"] for p in refused["problems"]] == ["agreedVersion"]
    assert (await shopper.run(PROFILE))["myProfile"] == blank
    assert await database.fetch(RECORDS, shop.merchant_id) == []

    tap = {"birthday": {"month": 2, "day": 29}, "agreedVersion": PURPOSE_VERSION, "idempotencyKey": key()}
    told = [(await shopper.run(SET, i=tap))["setMyBirthday"] for _ in range(2)]
    assert told[0] == told[1] and told[0]["birthday"] == {"month": 2, "day": 29, "year": None, "sentence": "2月29日"}
    assert told[0]["maySetBirthday"] is False and told[0]["birthdayAgreedAt"] is not None
    assert (await shopper.run("{ me { birthday } }"))["me"]["birthday"] is None  # no year, no day of birth
    clash = (await shopper.run(SET, i={**tap, "birthday": {"month": 3, "day": 1}}))["setMyBirthday"]
    assert clash["__typename"] == "IdempotencyConflict"
    again = await born(shopper, 3, 1)
    assert again["__typename"] == "BirthdayFixed" and "客服" in again["message"]
    assert (await shopper.run(PROFILE))["myProfile"]["birthday"]["sentence"] == "2月29日"
    (row,) = await database.fetch(RECORDS, shop.merchant_id)
    member = decode("mem", await ident(shopper))
    assert tuple(row) == ("birthday", "set", {}, f"consumer:{member}", "")
    await stays(shop.world, "DELETE FROM member_records WHERE merchant_id = $1", shop.merchant_id)


async def test_birthdays_that_cannot_be(shop: Shop) -> None:
    """B08 (个人信息保护法 31), B04: days that are not, years to come and children are refused with the place of the fault; nothing is kept."""
    shopper = await shop.shopper()
    this = local_day(now(), "Asia/Shanghai")
    turned = this.replace(year=this.year - LEAST_AGE, day=min(this.day, 28))
    child = turned + timedelta(days=7)  # fourteen within the week
    for month, day, year, path in (
        (2, 30, None, "birthday"),
        (13, 1, None, "birthday"),
        (0, 0, None, "birthday"),
        (2, 29, 2025, "birthday"),
        (1, 1, 1899, "birthday.year"),
        (1, 1, this.year + 1, "birthday.year"),
        (child.month, child.day, child.year, "birthday.year"),
        (1, 1, 0, "birthday"),
    ):
        refused = await born(shopper, month, day, year)
        assert [p["path"] for p in refused["problems"]] == [path], (month, day, year)
    assert (await shopper.run(PROFILE))["myProfile"]["maySetBirthday"] is True
    assert await database.fetchval("SELECT count(*) FROM member_records WHERE merchant_id = $1", shop.merchant_id) == 0
    assert (await born(shopper, 1, 1, 1990))["birthday"] == {"month": 1, "day": 1, "year": 1990, "sentence": "1月1日"}
    assert (await shopper.run("{ me { birthday } }"))["me"]["birthday"] == "1990-01-01"


async def test_a_birthday_is_put_right_and_withdrawn(shop: Shop) -> None:
    """B08, K06: staff put a birthday right with a reason, and see month and day alone; withdrawing erases it at once and ends what it
    opened; it is not told anew by oneself, nor by staff, who set none for who told none either."""
    await shop.promotion({"type": "percent_off", "pay_bp": 9000, "when": {"tag": ["birthday_month"]}}, name="生日月 9 折")  # fmt: skip
    shopper, silent, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    today = local_day(now(), "Asia/Shanghai")
    day = min(today.day, 28)  # 29 February is not a day of 1990
    who = {"memberId": await ident(shopper), "birthday": {"month": today.month, "day": day, "year": 1988}}
    for_silent = await ask(admin, CORRECT, **who | {"memberId": await ident(silent)}, reason="顾客来电")
    assert for_silent["problems"] == [{"path": "birthday", "message": "顾客没有填写生日，未经本人同意不能代填"}]

    assert (await born(shopper, today.month, day, 1990))["__typename"] == "MyProfile"
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 9000
    refused = await ask(admin, CORRECT, **who, reason=" ")
    assert [p["path"] for p in refused["problems"]] == ["reason"]
    done = await ask(admin, CORRECT, **who, reason="顾客来电，已核对")
    assert done["data"]["birthday"] == f"{today.month}月{day}日" and "1988" not in str(done)
    same = await ask(admin, CORRECT, **who, reason="再来一次")
    assert same["problems"][0]["message"] == "和现在的生日一样"
    told = [(r["sentence"].split(" ", 1)[1], r["reason"]) for r in done["data"]["records"]]
    assert told == [("更正了生日", "顾客来电，已核对"), ("填写了生日", "")]

    gone = await ask(shopper, WITHDRAW)
    assert (gone["birthday"], gone["maySetBirthday"], gone["birthdayAgreedAt"]) == (None, False, None)
    assert (await quote(shopper, {"TRIPE": 1}))["payableFen"] == 10000
    assert (await born(shopper, today.month, day))["__typename"] == "BirthdayFixed"
    anew = await ask(admin, CORRECT, **who, reason="顾客来电，已核对")
    assert anew["problems"] == [{"path": "birthday", "message": "顾客已撤回生日，未经本人同意不能代填"}]
    assert (await ask(shopper, WITHDRAW))["__typename"] == "MyProfile"  # nothing to withdraw: nothing happens
    kept = await database.fetch("SELECT birthday, birth_md FROM members WHERE merchant_id = $1", shop.merchant_id)
    assert {tuple(row) for row in kept} == {(None, None)}
    dids = [row["did"] for row in await database.fetch(RECORDS, shop.merchant_id)]
    assert [did for did in dids if did != "seen"] == ["set", "corrected", "withdrawn"]
    agreed = await database.fetch("SELECT agreed, version FROM member_consents WHERE merchant_id = $1 ORDER BY at", shop.merchant_id)  # fmt: skip
    assert [tuple(row) for row in agreed] == [(True, PURPOSE_VERSION), (False, PURPOSE_VERSION)]


async def test_a_birthday_cannot_be_found_by_trying_days(shop: Shop) -> None:
    """B08, C4: what is kept for ever of telling and correcting a birthday does not tell it, however many days are tried; the same key with
    the same birthday is the same act, with another it is refused."""
    shopper, admin = await shop.shopper(), await shop.admin()
    member = decode("mem", await ident(shopper))
    tell = {
        "birthday": {"month": 7, "day": 23, "year": 1987},
        "agreedVersion": PURPOSE_VERSION,
        "idempotencyKey": key(),
    }
    right = {"memberId": await ident(shopper), "birthday": {"month": 7, "day": 24, "year": 1987}, "reason": "填错", "idempotencyKey": key()}  # fmt: skip
    for who, document, name, wish in (
        (shopper, SET, "setMyBirthday", tell),
        (admin, CORRECT, "correctBirthday", right),
    ):
        first, second = [(await who.run(document, i=wish))[name] for _ in range(2)]
        assert first["__typename"] == second["__typename"] != "IdempotencyConflict" and "problems" not in first
        for other in ({"month": 7, "day": 25, "year": 1987}, {"month": 7, "day": 23}, {"month": 7, "day": 24}):
            clash = (await who.run(document, i={**wish, "birthday": other}))[name]
            assert clash["__typename"] == "IdempotencyConflict", other
    assert (await shopper.run(PROFILE))["myProfile"]["birthday"]["day"] == 24
    kept = await database.fetch(
        "SELECT command, input_hash FROM idempotency_records WHERE merchant_id = $1 AND command IN ('setMyBirthday', 'correctBirthday')",
        shop.merchant_id,
    )
    hashes = {row["input_hash"] for row in kept}
    assert {row["command"] for row in kept} == {"setMyBirthday", "correctBirthday"}
    for year, month, day in itertools.product((None, 1987), (7,), (23, 24)):
        plain = {"month": month, "day": day, "year": year}
        births: list[object] = [plain, f"{month:02d}-{day:02d} {year}"]
        for birth in births:
            assert input_hash("setMyBirthday", [str(member), birth, PURPOSE_VERSION]) not in hashes
            assert input_hash("correctBirthday", [str(member), birth, "填错"]) not in hashes


async def test_a_corrected_birthday_brings_no_second_coupon(shop: Shop) -> None:
    """K06, M01: the coupon of a birthday comes once a year, however often the birthday is put right."""
    shopper, admin = await shop.shopper(), await shop.admin()
    settings, day = shop.world.settings, now().replace(hour=4)
    first, second = local_day(day, "Asia/Shanghai"), local_day(day + timedelta(days=1), "Asia/Shanghai")
    assert (await born(shopper, first.month, first.day))["__typename"] == "MyProfile"
    await automation.fire_birthdays(settings.secret, settings.subscribe_template_id, day)
    birthday = {"month": second.month, "day": second.day}
    await ask(admin, CORRECT, memberId=await ident(shopper), birthday=birthday, reason="填错了一天")
    if second.year == first.year:
        await automation.fire_birthdays(settings.secret, settings.subscribe_template_id, day + timedelta(days=1))
    count = "SELECT count(*) FROM coupons WHERE merchant_id = $1 AND source = 'birthday'"
    assert await database.fetchval(count, shop.merchant_id) == 1


async def test_home_store_of_ones_choice(shop: Shop) -> None:
    """K02: the customer chooses among the merchant's stores and keeps the choice for thirty days; another merchant's store is refused; staff
    change it at any time."""
    shopper, admin = await shop.shopper(), await shop.admin()
    one, two = shop.stores
    elsewhere = (await make_shop(shop.world)).stores[0]
    refused = await ask(shopper, CHOOSE, storeId=f"sto_{elsewhere.id.hex}")
    assert [p["path"] for p in refused["problems"]] == ["storeId"]
    chosen = await at_home(shop, shopper)
    assert chosen["homeStore"] == {"id": f"sto_{one.id.hex}", "name": one.name}
    until = datetime.fromisoformat(chosen["homeStoreUntil"])
    assert timedelta(days=29) < until - now() < timedelta(days=31)
    assert (await at_home(shop, shopper))["__typename"] == "MyProfile"  # the same again is no change
    kept = await at_home(shop, shopper, 1)
    assert kept["__typename"] == "HomeStoreKept" and datetime.fromisoformat(kept["until"]) == until
    moved = await ask(admin, STORE, memberId=await ident(shopper), storeId=f"sto_{two.id.hex}", reason="搬家")
    assert moved["data"]["homeStore"]["name"] == two.name
    assert moved["data"]["records"][0] == {
        "what": "HOME_STORE",
        "look": False,
        "sentence": f"{(await admin.run('{ viewer { name } }'))['viewer']['name']} 常去门店 {one.name} → {two.name}",
        "reason": "搬家",
    }
    none = await ask(admin, STORE, memberId=await ident(shopper), storeId=None)
    assert none["data"]["homeStore"] is None
    foreign = await ask(admin, STORE, memberId=await ident(shopper), storeId=f"sto_{elsewhere.id.hex}")
    assert foreign["__typename"] == "InvalidInput"
    assert len(await database.fetch(RECORDS, shop.merchant_id)) == 3


async def test_labels_by_staff(shop: Shop) -> None:
    """K06, K02, B08: labels are given and taken with who, when and why; what the calendar computes cannot be given; bounds are told at
    their places and change nothing; the commonest are offered."""
    shopper, other, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    done = await tagged(shop, shopper, "学生", "业主", reason="已核对学生证")
    assert done["tags"] == ["学生", "业主"] and done["data"]["records"][0]["reason"] == "已核对学生证"
    assert done["data"]["records"][0]["sentence"].endswith("添加标签「学生」「业主」")
    more = await tagged(shop, shopper, "员工", "学生", take=("业主",))
    assert more["tags"] == ["学生", "员工"]
    assert more["data"]["records"][0]["sentence"].endswith("添加标签「员工」，取消标签「业主」")
    await tagged(shop, other, "员工")
    assert (await admin.run("{ memberTags { tag members } }"))["memberTags"] == [
        {"tag": "员工", "members": 2},
        {"tag": "学生", "members": 1},
    ]
    before = await database.fetchval("SELECT count(*) FROM member_records WHERE merchant_id = $1", shop.merchant_id)
    cases: list[tuple[list[str], list[str], str, str]] = [
        (["birthday_month"], [], "", "give[0]"),
        (["lifecycle_lost"], [], "", "give[0]"),
        (["rfm_at_risk"], [], "", "give[0]"),
        (["一二三四五六七八九十一"], [], "", "give[0]"),
        (["有 空格"], [], "", "give[0]"),
        ([""], [], "", "give[0]"),
        ([], ["没有的"], "", "take[0]"),
        ([], [], "", "give"),
        (["学生"], ["学生"], "", "give"),
        ([f"标签{n}" for n in range(MOST_TAGS)], [], "", "give"),
        (["可以"], [], "长" * 101, "reason"),
    ]
    for give, take, reason, path in cases:
        refused = await ask(admin, TAGS, memberId=await ident(shopper), give=give, take=take, reason=reason)
        assert path in [p["path"] for p in refused["problems"]], refused
    (found,) = (await admin.run(LOOKUP, s=(await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]))["memberLookup"]  # fmt: skip
    assert found["tags"] == ["学生", "员工"]
    changes = "SELECT count(*) FROM member_records WHERE merchant_id = $1 AND did <> 'seen'"
    assert await database.fetchval(changes, shop.merchant_id) == before


async def test_who_may_and_who_looked(shop: Shop) -> None:
    """B08, T09, R04: a store manager may note labels, a cashier and marketing may not; somebody of another merchant finds nobody; a look is
    recorded with who looked, once for looks that follow each other."""
    shopper = await shop.shopper()
    member = await ident(shopper)
    code = (await shopper.run("{ me { memberCode } }"))["me"]["memberCode"]
    for role in ("cashier", "marketing", "finance"):
        with pytest.raises(GraphQLFailed) as error:
            await ask(await shop.staff(role), TAGS, memberId=member, give=["学生"])
        assert error.value.code == "FORBIDDEN"
    with pytest.raises(GraphQLFailed) as error:
        await ask(shopper, TAGS, memberId=member, give=["学生"])
    assert error.value.code == "FORBIDDEN"
    stranger = await (await make_shop(shop.world)).admin()
    assert (await ask(stranger, TAGS, memberId=member, give=["学生"]))["__typename"] == "NotFound"
    manager = await shop.staff("store_manager")
    assert (await ask(manager, TAGS, memberId=member, give=["学生"]))["tags"] == ["学生"]
    for _ in range(2):
        (found,) = (await manager.run(LOOKUP, s=code))["memberLookup"]
    looks = [r for r in found["data"]["records"] if r["look"]]
    name = (await manager.run("{ viewer { name } }"))["viewer"]["name"]
    assert looks == [{"what": "MEMBER", "look": True, "sentence": f"{name} 查看了会员资料", "reason": ""}]
    assert (await stranger.run(LOOKUP, s=code))["memberLookup"] == []


async def test_what_staff_note_is_on_the_screens_at_once(shop: Shop) -> None:
    """K02, B07, Q05: the open cart gets the price of a label, the coupon centre the drop of a home store, without asking again by the clock."""
    await shop.promotion({"type": "percent_off", "pay_bp": 8000, "when": {"tag": ["学生"]}}, name="学生 8 折")
    local = await shop.drop(audience={"homeStoreIds": [f"sto_{shop.stores[0].id.hex}"]})
    shopper = await shop.shopper()
    cart = {"lines": [{"sku": "TRIPE", "qty": 1}], "delivery": "PICKUP"}
    text = "subscription($c: CartInput!) { cartQuote(input: $c) { cause result { ... on Quote { payableFen } } } }"
    account = "subscription { benefitAccount { version } }"
    async with asyncio.timeout(10), shopper.subscribe(text, c=cart) as quotes, shopper.subscribe(account) as frames:
        assert (await anext(quotes))["cartQuote"]["result"]["payableFen"] == 10000
        assert (await anext(frames))["benefitAccount"]["version"] == 1
        await tagged(shop, shopper, "学生")
        assert (await anext(quotes))["cartQuote"]["result"]["payableFen"] == 8000
        assert (await anext(frames))["benefitAccount"]["version"] == 2
        centre = "{ couponCentre { claimable { id notForMe { because } } } }"
        (drop,) = (await shopper.run(centre))["couponCentre"]["claimable"]
        assert drop["notForMe"] == {"because": "STORE"}
        await at_home(shop, shopper)
        assert (await anext(frames))["benefitAccount"]["version"] == 3
        (drop,) = (await shopper.run(centre))["couponCentre"]["claimable"]
        assert drop["notForMe"] is None
        await tagged(shop, shopper, take=("学生",))
        assert (await anext(quotes))["cartQuote"]["result"]["payableFen"] == 10000
    assert (await claim(shopper, local))["__typename"] == "Coupon"


@pytest.mark.usefixtures("exact")
async def test_changes_at_once_do_not_lose_each_other(shop: Shop) -> None:
    """K06, B08: a birthday told on two phones at once is told once; labels given at once are all there, each with its record."""
    shopper, admin = await shop.shopper(), await shop.admin()
    both = await asyncio.gather(*(born(shopper, 5, day) for day in range(1, 9)))
    assert sorted(b["__typename"] for b in both) == ["BirthdayFixed"] * 7 + ["MyProfile"]
    told = next(b["birthday"]["day"] for b in both if b["__typename"] == "MyProfile")
    assert (await shopper.run(PROFILE))["myProfile"]["birthday"]["day"] == told
    who, tags = await ident(shopper), [f"标签{n}" for n in range(10)]
    await asyncio.gather(*(ask(admin, TAGS, memberId=who, give=[tag]) for tag in tags))
    found = await database.fetchval("SELECT tags FROM members WHERE merchant_id = $1", shop.merchant_id)
    assert sorted(found) == sorted(tags)
    rows = await database.fetch(RECORDS, shop.merchant_id)
    assert sorted(t for row in rows if row["what"] == "tags" for t in row["detail"]["given"]) == sorted(tags)
    assert [row["did"] for row in rows if row["what"] == "birthday"] == ["set"]


@given(st.integers(-1, 14), st.integers(-1, 33), st.none() | st.integers(1800, 2100))
def test_a_birthday_that_is_kept_can_be_kept(month: int, day: int, year: int | None) -> None:
    """K06: what has no fault is a day of the calendar, survives storing, and is of nobody under fourteen."""
    birth, today = Birth(month, day, year), datetime(2026, 11, 23).date()
    if birth_faults(birth, today):
        return
    assert Birth.of(birth.md, birth.full) == birth
    if birth.full is not None:
        born_on = birth.full
        assert born_on.replace(year=born_on.year + LEAST_AGE, day=min(born_on.day, 28)) <= today


WORDS = st.lists(st.sampled_from("甲乙丙丁戊"), max_size=4)


@given(WORDS, WORDS, WORDS)
def test_labels_after(give: list[str], take: list[str], held: list[str]) -> None:
    """K06: without a fault exactly what was held, less what was taken, with what was given, each once."""
    held = list(dict.fromkeys(held))
    after = tags_after(give, take, held)
    if not tag_faults(give, take, held):
        assert set(after) == (set(held) - set(take)) | set(give) and len(after) == len(set(after))


ACCOUNT = """query($m: ID!, $a: String) { memberAccount(memberId: $m) { points balanceFen redPacketFen stamps growth usableCoupons
  level { level { id } } pointsEnding { points sentence } entries(first: 2, after: $a) { nodes { unit amount balanceAfter sentence } pageInfo { hasNextPage endCursor } } } }"""


async def test_staff_read_a_customers_account(shop: Shop) -> None:
    """B01, B08: who may read members sees points with what ends next, balance, red packets, stamps, growth, coupons and every entry in plain
    words, as the customer does; the look is recorded; other roles and other merchants see nothing."""
    shopper = await shop.shopper()
    member = await ident(shopper)
    who = decode("mem", member)
    assert who is not None
    await merchants.set_points_policy(shop.merchant_id, {"kind": "rolling", "months": 12})
    async with database.transaction() as tx:
        for unit, amount, text in (("points", 120, "活动赠送"), ("balance", 2300, "充值到账"), ("stamps", 3, "集点")):
            await ledger.transfer(
                tx, shop.merchant_id, debit=ledger.merchant_book(shop.merchant_id), credit=ledger.member(who), unit=unit, amount=amount,
                kind="gift", business_key=f"seen:{unit}:{who}", at=now(), memo={"text": text},
            )  # fmt: skip
    await claim(shopper, await shop.drop())
    service = await shop.staff("customer_service")
    seen = (await service.run(ACCOUNT, m=member))["memberAccount"]
    figures = ("points", "balanceFen", "redPacketFen", "stamps", "growth", "usableCoupons")
    assert [seen[name] for name in figures] == [120, 2300, 0, 3, 0, 1]
    assert seen["level"]["level"]["id"] == "basic"
    assert [e["points"] for e in seen["pointsEnding"]] == [120] and "过期" in seen["pointsEnding"][0]["sentence"]
    rest = (await service.run(ACCOUNT, m=member, a=seen["entries"]["pageInfo"]["endCursor"]))["memberAccount"][
        "entries"
    ]
    assert [n["sentence"] for n in (*seen["entries"]["nodes"], *rest["nodes"])] == ["集点", "充值到账", "活动赠送"]
    assert rest["pageInfo"]["hasNextPage"] is False
    narrow = "query($m: ID!) { memberAccount(memberId: $m) { entries(unit: BALANCE) { nodes { sentence orderNumber } pageInfo { hasNextPage } } } }"
    only = (await service.run(narrow, m=member))["memberAccount"]["entries"]
    assert only == {
        "nodes": [{"sentence": "充值到账", "orderNumber": None}],
        "pageInfo": {"hasNextPage": False},
    }
    own = (await shopper.run("{ benefitAccount { points balanceFen redPacketFen stamps growth usableCoupons } }"))["benefitAccount"]  # fmt: skip
    assert own == {name: seen[name] for name in figures}
    looks = await database.fetch(RECORDS, shop.merchant_id)
    assert [(row["what"], row["did"]) for row in looks] == [("account", "seen")]
    stranger = await (await make_shop(shop.world)).admin()
    assert (await stranger.run(ACCOUNT, m=member))["memberAccount"] is None
    for client in (await shop.staff("marketing"), await shop.staff("cashier"), shopper):
        with pytest.raises(GraphQLFailed) as error:
            await client.run(ACCOUNT, m=member)
        assert error.value.code == "FORBIDDEN"
    assert len(await database.fetch(RECORDS, shop.merchant_id)) == 1
