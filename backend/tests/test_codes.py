"""K04, C8: private coupons: code pools made, read and written, codes entered, links, coupons by hand."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend import coupons, invariants
from backend.coupons.code_rules import codes_of, csv_lines, normal, read_codes, well_formed, written
from backend.coupons.codes import CHUNK, MOST_TRIES
from backend.demo.client import Client, GraphQLFailed, key
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode, new_id
from backend.tests.conftest import Shop, claim, make_shop, quote
from backend.tests.test_drops import add, attempt, make, me

POOL = "id name wanted made used finishedAt kind"
GENERATE = f"mutation($i: GenerateCodesInput!) {{ generateCodes(input: $i) {{ __typename ... on CodePool {{ {POOL} }} ... on DropAccessWrong {{ access }} ... on InvalidInput {{ problems {{ path }} }} }} }}"
IMPORT = f"mutation($i: ImportCodesInput!) {{ importCodes(input: $i) {{ __typename ... on CodePool {{ {POOL} }} ... on CodesRejected {{ count message faults {{ row message }} }} }} }}"
REDEEM = """mutation($i: RedeemCouponCodeInput!) { redeemCouponCode(input: $i) { __typename ... on Coupon { id state source moves { why } }
  ... on CodeUnknown { triesLeft } ... on CodeUsed { usedAt mine } ... on TooManyTries { retryAt } ... on ClaimLimitReached { limit } ... on Refusal { message } } }"""


async def generate(shop: Shop, drop_id: str, count: int, idempotency: str | None = None) -> dict[str, Any]:
    given = {"dropId": drop_id, "name": "门店海报", "count": count, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await (await shop.admin()).run(GENERATE, i=given))["generateCodes"]
    return found


async def enter(client: Client, code: str, idempotency: str | None = None) -> dict[str, Any]:
    given = {"code": code, "idempotencyKey": idempotency or key()}
    found: dict[str, Any] = (await client.run(REDEEM, i=given))["redeemCouponCode"]
    return found


async def codes_in(pool_id: str) -> list[str]:
    rows = await database.fetch("SELECT code FROM coupon_codes WHERE pool_id = $1 ORDER BY id", decode("cop", pool_id))
    return [row["code"] for row in rows]


@pytest.mark.usefixtures("exact")
async def test_a_code_becomes_a_coupon_once(shop: Shop) -> None:
    """K04, C8: codes differ and check themselves; one typed in small letters with hyphens gives a coupon that pays; a second
    person is told that it is used, the same one that it is in the wallet; the same key gives the same coupon."""
    drop = await make(shop, access="CODES", perMember=2)
    pool = await generate(shop, drop["id"], 50, mark := key())
    assert (pool["made"], pool["wanted"], pool["used"], pool["kind"]) == (50, 50, 0, "GENERATED") and pool["finishedAt"]
    assert await generate(shop, drop["id"], 50, mark) == pool
    codes = await codes_in(pool["id"])
    assert len(set(codes)) == 50 and all(well_formed(code) for code in codes)
    shopper, other = await shop.shopper(), await shop.shopper()
    typed = f" {codes[0][:4].lower()}-{codes[0][4:8]}－{codes[0][8:].lower()} "
    got = await enter(shopper, typed, again := key())
    assert (got["__typename"], got["source"], got["moves"]) == ("Coupon", "券码兑换", [{"why": "券码兑换"}])
    assert await enter(shopper, typed, again) == got
    assert (await enter(shopper, codes[0]))["mine"] is True
    used = await enter(other, codes[0])
    assert (used["__typename"], used["mine"], used["message"]) == ("CodeUsed", False, "这个券码已被使用")
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3500
    await enter(shopper, codes[1])
    limit = await enter(shopper, codes[2])
    assert (limit["__typename"], limit["limit"]) == ("ClaimLimitReached", 2)
    assert (await enter(other, codes[2]))["__typename"] == "Coupon"  # refused, the code stayed good
    pools = (await (await shop.admin()).run(f"{{ codePools {{ nodes {{ {POOL} }} }} }}"))["codePools"]["nodes"]
    assert [(p["made"], p["used"]) for p in pools] == [(50, 3)]
    assert (await claim(other, drop["id"]))["__typename"] == "NotFound"  # not to be had without a code


@pytest.mark.usefixtures("exact")
async def test_one_code_many_hands_at_once(shop: Shop) -> None:
    """C8, K11: forty people enter one code at the same moment through four claim paths: one coupon."""
    drop = await make(shop, access="CODES")
    (code,) = await codes_in((await generate(shop, drop["id"], 1))["id"])
    people = [await me(await shop.shopper()) for _ in range(10)]
    paths = [coupons.Claims(b"x" * 32) for _ in range(4)]
    wishes = [coupons.Claim(shop.merchant_id, shop.merchant_id, m, key(), now(), "h5", None) for m in people * 4]
    answers = await asyncio.gather(*(coupons.redeem_code(paths[n % 4], wish, code) for n, wish in enumerate(wishes)))
    assert sum(isinstance(a, coupons.Claimed) for a in answers) == 1
    assert {type(a) for a in answers} == {coupons.Claimed, coupons.CodeUsed}


@pytest.mark.usefixtures("exact")
async def test_guessing_is_counted_by_all_processes(shop: Shop) -> None:
    """C8: ten wrong codes an hour and no more, also when a hundred are tried at once; a right one costs no try; after the limit
    even the right one is not looked at, and the answer says when it will be."""
    drop = await make(shop, access="CODES", perMember=9)
    codes = await codes_in((await generate(shop, drop["id"], 3))["id"])
    shopper = await shop.shopper()
    wrong = await enter(shopper, "2222-2222-2222")
    assert (wrong["__typename"], wrong["triesLeft"]) == ("CodeUnknown", MOST_TRIES - 1)
    assert (await enter(shopper, codes[0]))["__typename"] == "Coupon"
    answers = await asyncio.gather(*(enter(shopper, written(n)) for n in range(100)))
    kinds = [a["__typename"] for a in answers]
    assert kinds.count("CodeUnknown") == MOST_TRIES - 1 and kinds.count("TooManyTries") == 101 - MOST_TRIES
    stopped = await enter(shopper, codes[1])
    assert stopped["__typename"] == "TooManyTries" and stopped["retryAt"].endswith("00:00+00:00")
    assert await database.fetchval("SELECT used_at FROM coupon_codes WHERE code = $1", codes[1]) is None
    assert (await enter(await shop.shopper(), codes[1]))["__typename"] == "Coupon"  # others are not held up


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("how", ["by hand", "by the clock"])
async def test_what_is_left_goes_back_when_the_drop_ends(shop: Shop, how: str) -> None:
    """P12: when a drop ends, by hand or by the clock, its unused codes are closed: one is refused in words, the pool and its file say so,
    no more are made or imported; the drop tells how many coupons and codes and how much budget went back. What was had stays good."""
    drop = await make(shop, access="CODES", total=40, budgetFen=10_000, content={"kind": "OFF", "offFen": 500})
    pool = await generate(shop, drop["id"], 30)
    codes = await codes_in(pool["id"])
    shopper, late, admin = await shop.shopper(), await shop.shopper(), await shop.admin()
    assert (await enter(shopper, codes[0]))["__typename"] == "Coupon"
    told = "query($i: ID!) { couponDrop(id: $i) { leftOver { coupons codes budgetFen } } codePools(dropId: $i) { nodes { made used closed } } }"
    before = await admin.run(told, i=drop["id"])
    assert before == {
        "couponDrop": {"leftOver": None},
        "codePools": {"nodes": [{"made": 30, "used": 1, "closed": None}]},
    }
    if how == "by hand":
        end = "mutation($i: EndCouponDropInput!) { endCouponDrop(input: $i) { __typename } }"
        await admin.run(end, i={"dropId": drop["id"], "idempotencyKey": key()})
    else:
        await database.pool().execute(
            "UPDATE coupon_drops SET ends_at = now() WHERE id = $1", decode("drp", drop["id"])
        )
    assert await admin.run(told, i=drop["id"]) == {
        "couponDrop": {"leftOver": {"coupons": 39, "codes": 29, "budgetFen": 9_500}},
        "codePools": {"nodes": [{"made": 30, "used": 1, "closed": 29}]},
    }
    refused = await enter(late, codes[1])
    assert (refused["__typename"], refused["message"]) == ("DropNotOpen", "活动已结束")
    assert (await generate(shop, drop["id"], 5))["__typename"] == "DropNotInState"
    wish = {"dropId": drop["id"], "name": "物业", "csv": "券码\nWUYE00000001\n", "idempotencyKey": key()}
    assert (await admin.run(IMPORT, i=wish))["importCodes"]["__typename"] == "DropNotInState"
    assert await database.fetchval("SELECT count(*) FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id) == 30
    text, _ = await coupons.csv_page(shop.merchant_id, decode("cop", pool["id"]), now())  # type: ignore[arg-type, misc]
    assert (text.count("已收回"), text.count("已使用"), text.count("未使用")) == (29, 1, 0)
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] == 3500


async def test_a_pool_that_is_not_whole_stops_with_its_drop(shop: Shop) -> None:
    """P12: codes that are still to be made when the drop ends are not made any more, and nobody waits for them."""
    drop = await make(shop, access="CODES")
    pool_id = decode("cop", (await generate(shop, drop["id"], 40_001))["id"])
    assert pool_id is not None and (shop.merchant_id, pool_id) in await coupons.unfinished(now())
    ended = now() + timedelta(hours=2)
    assert (shop.merchant_id, pool_id) not in await coupons.unfinished(ended)
    assert await coupons.make_codes(shop.merchant_id, pool_id, ended) == 0
    (info,) = await coupons.pools(shop.merchant_id, ended, ids=[pool_id])
    assert (info.made, info.closed) == (20_000, 20_000)


async def test_codes_of_another_merchant_are_unknown(shop: Shop) -> None:
    """R04, T1: a code is good in its own merchant alone."""
    foreign = await make_shop(shop.world)
    drop = await make(foreign, access="CODES")
    (code,) = await codes_in((await generate(foreign, drop["id"], 1))["id"])
    assert (await enter(await shop.shopper(), code))["__typename"] == "CodeUnknown"
    assert (await generate(shop, drop["id"], 1))["__typename"] == "NotFound"


@pytest.mark.usefixtures("exact")
async def test_a_large_pool_goes_on_where_it_was(shop: Shop) -> None:
    """K04: a pool of several chunks is answered after the first, with its progress; a worker that starts again makes what is
    missing and nothing twice."""
    drop = await make(shop, access="CODES", total=100)
    pool = await generate(shop, drop["id"], 2 * CHUNK + 7)
    pool_id = decode("cop", pool["id"])
    assert pool["made"] == CHUNK and pool["finishedAt"] is None and pool_id
    assert (shop.merchant_id, pool_id) in await coupons.unfinished(now())
    made = await asyncio.gather(*(coupons.make_codes(shop.merchant_id, pool_id, now()) for _ in range(4)))
    assert sorted(made) == [0, 0, 7, CHUNK]
    codes = await codes_in(pool["id"])
    assert len(codes) == len(set(codes)) == 2 * CHUNK + 7
    assert (shop.merchant_id, pool_id) not in await coupons.unfinished(now())


async def test_a_code_that_is_there_is_not_made_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """C8: where the random source repeats itself other codes are made, whole chunks or none."""
    drop = await make(shop, access="CODES")
    first, real, calls = os.urandom(7 * 5), os.urandom, [0]

    def repeating(size: int) -> bytes:
        if size != 7 * 5:
            return real(size)
        calls[0] += 1
        return first if calls[0] <= 2 else real(size)

    monkeypatch.setattr("backend.coupons.codes.os.urandom", repeating)
    for _ in range(2):
        assert (await generate(shop, drop["id"], 5))["made"] == 5
    assert calls[0] == 3
    total = await database.fetchval(
        "SELECT count(DISTINCT code) FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id
    )
    assert total == 10


async def test_a_file_is_taken_whole_or_told_by_row(shop: Shop) -> None:
    """K04: every fault of a file with its row at once: too short, twice, there already; nothing of it is taken. A good one is."""
    drop, admin = await make(shop, access="CODES"), await shop.admin()

    async def take(text: str, idempotency: str | None = None) -> dict[str, Any]:
        given = {"dropId": drop["id"], "name": "物业", "csv": text, "idempotencyKey": idempotency or key()}
        found: dict[str, Any] = (await admin.run(IMPORT, i=given))["importCodes"]
        return found

    good = await take("\ufeff券码\r\nWUYE-2026-0001\r\nwuye20260002\r\n\r\n", mark := key())
    assert (good["__typename"], good["made"], good["kind"]) == ("CodePool", 2, "IMPORTED")
    assert await take("\ufeff券码\r\nWUYE-2026-0001\r\nwuye20260002\r\n\r\n", mark) == good
    bad = await take("code\nWUYE20260003\nshort\nWUYE20260003\nWUYE20260001\n=HYPERLINK(1)\n")
    assert (bad["__typename"], bad["count"]) == ("CodesRejected", 4)
    assert [f["row"] for f in bad["faults"]] == [3, 4, 5, 6]
    assert "与第 2 行重复" in bad["faults"][1]["message"] and "已在本商户" in bad["faults"][2]["message"]
    assert await database.fetchval("SELECT count(*) FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id) == 2
    assert (await take("\n\n"))["faults"] == [{"row": 1, "message": "文件里没有券码"}]
    assert (await enter(await shop.shopper(), "wuye 2026 0002"))["__typename"] == "Coupon"


async def test_a_code_and_a_shared_code_are_never_the_same(shop: Shop) -> None:
    """K04, C8: a text means one thing: neither is an imported code the shared code of a drop nor a shared code one of a pool, or
    the first who enters what everybody was told would use up somebody's own coupon."""
    drop, admin = await make(shop, access="CODES"), await shop.admin()
    assert (await make(shop, access="SHARED", sharedCode="HOTPOT2026"))["__typename"] == "CouponDrop"

    async def take(text: str) -> dict[str, Any]:
        given = {"dropId": drop["id"], "name": "物业", "csv": text, "idempotencyKey": key()}
        found: dict[str, Any] = (await admin.run(IMPORT, i=given))["importCodes"]
        return found

    bad = await take("WUYE20260001\nhotpot-2026\n")
    assert (bad["__typename"], [f["row"] for f in bad["faults"]]) == ("CodesRejected", [2])
    assert (await take("WUYE20260001\n"))["made"] == 1
    taken = await make(shop, access="SHARED", sharedCode="wuye 2026 0001")
    assert [p["path"] for p in taken["problems"]] == ["sharedCode"]
    shopper = await shop.shopper()
    await claim(shopper, (await make(shop))["id"])
    [held] = (await shopper.run("{ benefitAccount { coupons { nodes { code } } } }"))["benefitAccount"]["coupons"][
        "nodes"
    ]
    twice = await take(f"WUYE20260009\n{held['code']}\n")  # nor is it the code of a coupon that somebody has
    assert (twice["__typename"], [f["row"] for f in twice["faults"]]) == ("CodesRejected", [2])
    assert await database.fetchval("SELECT count(*) FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id) == 1


async def test_export_is_a_csv_without_formulas(shop: Shop) -> None:
    """K04: all codes of a pool in pages, readable again as an import; cells that begin like a formula are made text; the right
    to write coupons is needed, and one's own merchant."""
    drop, admin = await make(shop, access="CODES"), await shop.admin()
    pool = await generate(shop, drop["id"], 5)
    text = "query($p: ID!, $a: String) { codePoolCsv(poolId: $p, after: $a) { csv next } }"
    found = (await admin.run(text, p=pool["id"]))["codePoolCsv"]
    assert found["next"] is None
    rows = list(csv.reader(io.StringIO(found["csv"])))
    assert rows[0] == ["券码", "状态", "使用时间"] and [normal(row[0]) for row in rows[1:]] == await codes_in(
        pool["id"]
    )
    assert list(read_codes(found["csv"]).codes) == await codes_in(pool["id"])
    first = await coupons.csv_page(shop.merchant_id, decode("cop", pool["id"]), now(), None, 2)  # type: ignore[arg-type]
    assert first is not None and first[1] is not None
    second = await coupons.csv_page(shop.merchant_id, decode("cop", pool["id"]), now(), first[1], 9)  # type: ignore[arg-type]
    assert second is not None and second[1] is None and first[0] + second[0] == found["csv"]
    assert csv_lines([["=1+1", "+2", "-3", "@x", 'a"b', "a,b", "ok"]]) == '\'=1+1,\'+2,\'-3,\'@x,"a""b","a,b",ok\r\n'
    with pytest.raises(GraphQLFailed) as denied:
        await (await shop.staff("analyst")).run(text, p=pool["id"])
    assert denied.value.code == "FORBIDDEN"
    assert (await (await (await make_shop(shop.world)).admin()).run(text, p=pool["id"]))["codePoolCsv"] is None


@pytest.mark.usefixtures("exact")
async def test_a_shared_code_is_for_everybody_once(shop: Shop) -> None:
    """K04: one 口令 for all, with the drop's limits; it belongs to one drop of the merchant; other shops may use the same."""
    drop = await make(shop, access="SHARED", sharedCode="火锅节 快乐", total=2)
    assert drop["__typename"] == "CouponDrop"
    taken = await make(shop, access="SHARED", sharedCode="火锅节快乐")
    assert [p["path"] for p in taken["problems"]] == ["sharedCode"]
    assert (await make(await make_shop(shop.world), access="SHARED", sharedCode="火锅节快乐"))[
        "__typename"
    ] == "CouponDrop"
    shopper = await shop.shopper()
    assert (await enter(shopper, "火锅节快乐"))["source"] == "口令领取"
    assert (await enter(shopper, "火锅节快乐"))["__typename"] == "ClaimLimitReached"
    assert (await enter(await shop.shopper(), "火锅节快乐"))["__typename"] == "Coupon"
    assert (await enter(await shop.shopper(), "火锅节快乐"))["__typename"] == "CouponSoldOut"


@pytest.mark.usefixtures("exact")
async def test_a_link_cannot_be_made_by_others(shop: Shop) -> None:
    """K04: a signed link shows its drop and gives a coupon; a changed one, one for a public drop and a draft's give nothing; the
    drop is not in the centre and not claimed without the link."""
    drop, admin, shopper = await make(shop, access="LINK"), await shop.admin(), await shop.shopper()
    token = (await admin.run("query($i: ID!) { couponDrop(id: $i) { linkToken } }", i=drop["id"]))["couponDrop"][
        "linkToken"
    ]
    look = "query($t: String!) { couponOfLink(token: $t) { id name state } }"
    assert (await shop.client().run(look, t=token))["couponOfLink"]["id"] == drop["id"]
    text = (
        "mutation($i: ClaimCouponByLinkInput!) { claimCouponByLink(input: $i) { __typename ... on Coupon { source } } }"
    )

    async def through(given: str) -> dict[str, Any]:
        found: dict[str, Any] = (await shopper.run(text, i={"token": given, "idempotencyKey": key()}))[
            "claimCouponByLink"
        ]
        return found

    public = await make(shop)
    changed = token[:31] + ("0" if token[31] != "0" else "1") + token[32:]
    for wrong in (
        changed,
        token[:-1],
        "x",
        "键",
        coupons.link_token(b"another" * 8, decode("drp", drop["id"]) or new_id()),
    ):
        assert (await through(wrong))["__typename"] == "NotFound"
        assert (await shopper.run(look, t=wrong))["couponOfLink"] is None
    secret = shop.world.settings.secret
    assert (await through(coupons.link_token(secret, decode("drp", public["id"]) or new_id())))[
        "__typename"
    ] == "NotFound"
    centre = (await shopper.run("{ couponCentre { claimable { id } } }"))["couponCentre"]["claimable"]
    assert [d["id"] for d in centre] == [public["id"]]
    assert (await attempt(shopper, drop["id"]))["__typename"] == "NotFound"
    assert await through(token) == {"__typename": "Coupon", "source": "专属链接领取"}
    assert (await through(token))["__typename"] == "ClaimLimitReached"


@pytest.mark.usefixtures("exact")
async def test_staff_gives_by_hand_within_the_limits(shop: Shop) -> None:
    """K04: by hand, with a reason that the history keeps; the drop's limits hold; the same key gives one coupon."""
    drop, admin, shopper = await make(shop, access="STAFF", total=1), await shop.admin(), await shop.shopper()
    member = (await shopper.run("{ me { id } }"))["me"]["id"]
    text = "mutation($i: GrantCouponInput!) { grantCoupon(input: $i) { __typename ... on Coupon { id source moves { why note } } } }"
    given = {"dropId": drop["id"], "memberId": member, "reason": "会员日到店礼", "idempotencyKey": key()}
    got = (await admin.run(text, i=given))["grantCoupon"]
    assert (got["source"], got["moves"]) == ("商家发放", [{"why": "商家发放", "note": "会员日到店礼"}])
    assert (await admin.run(text, i=given))["grantCoupon"] == got
    other = (await (await shop.shopper()).run("{ me { id } }"))["me"]["id"]
    assert (await admin.run(text, i={**given, "memberId": other, "idempotencyKey": key()}))["grantCoupon"][
        "__typename"
    ] == "CouponSoldOut"
    assert (await admin.run(text, i={**given, "reason": " ", "idempotencyKey": key()}))["grantCoupon"][
        "__typename"
    ] == "InvalidInput"
    stranger = {**given, "memberId": f"mem_{new_id().hex}", "idempotencyKey": key()}
    assert (await admin.run(text, i=stranger))["grantCoupon"]["__typename"] == "NotFound"
    assert (await attempt(shopper, drop["id"]))["__typename"] == "NotFound"
    assert (await add(shop, drop["id"], 1))["total"] == 2


def test_a_hundred_thousand_codes_are_distinct_and_unlike() -> None:
    """C8: 100,000 codes from the secure source: all distinct and well-formed; what codes share is what chance shares."""
    started = time.perf_counter()
    codes = codes_of(os.urandom(7 * 100_000))
    print(f"{len(codes) / (time.perf_counter() - started):,.0f} codes a second")
    assert len(set(codes)) == 100_000 and all(well_formed(code) for code in codes)
    for place in range(12):  # each of 32 characters about 3,125 times at each place
        counts = [sum(code[place] == ch for code in codes) for ch in set("".join(codes[:1000]))]
        assert len(counts) == 32 and min(counts) > 2700 and max(counts) < 3550


async def test_the_command_line_makes_reads_and_writes(shop: Shop, tmp_path: Path) -> None:
    """K04: `shuhui codes generate | import | export` on a live database; exit codes 0, 1 and 2."""
    drop = await make(shop, access="CODES")
    settings = shop.world.settings
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SHUHUI_DATA": str(tmp_path),
    }

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "backend.cli", "codes", *words, "--merchant", shop.code],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    made = await asyncio.to_thread(run, "generate", "--drop", drop["id"], "--count", "12", "--name", "命令行")
    assert made.returncode == 0 and "12 个券码" in made.stdout, made.stderr
    pool = made.stdout.split()[0]
    out = tmp_path / "codes.csv"
    assert (await asyncio.to_thread(run, "export", pool, "--out", str(out))).returncode == 0
    assert list(read_codes(out.read_text("utf-8")).codes) == await codes_in(pool)
    again = await asyncio.to_thread(run, "import", str(out), "--drop", drop["id"])
    assert again.returncode == 1 and again.stderr.count("已在本商户的券码池里") == 12 and "第 2 行" in again.stderr
    out.write_text("NEWCODE-0001\n", "utf-8")
    assert (await asyncio.to_thread(run, "import", str(out), "--drop", drop["id"])).returncode == 0
    assert (await asyncio.to_thread(run, "generate", "--pool", pool)).returncode == 0
    out.write_text('"' + "A" * 200_000 + '"\n', "utf-8")
    broken = await asyncio.to_thread(run, "import", str(out), "--drop", drop["id"])
    assert broken.returncode == 1 and "第 1 行" in broken.stderr and "Traceback" not in broken.stderr
    out.write_text("NEWCODE-0001\n", "utf-8")
    for wrong in (
        ("export", "cop_x"),
        ("export", "cop_x", "--out", str(out)),
        ("export", f"cop_{new_id().hex}", "--out", str(out)),
        ("export", pool, "--out", str(tmp_path)),
        ("export", pool, "--out", str(tmp_path / "none" / "codes.csv")),
        ("generate",),
        ("import", str(tmp_path / "none"), "--drop", drop["id"]),
    ):
        refused = await asyncio.to_thread(run, *wrong)
        assert refused.returncode == 2 and "Traceback" not in refused.stderr, (wrong, refused.stderr)
    assert out.read_text("utf-8") == "NEWCODE-0001\n"  # what was there before a refused export is still there
    assert [name for name in os.listdir(tmp_path) if "codes" in name] == ["codes.csv"]


async def test_a_long_file_is_written_in_chunks_all_or_none(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """K04: what is longer than a chunk is whole or not there at all, wherever in it a fault is; who waits hears how far it is."""
    monkeypatch.setattr("backend.coupons.codes.CHUNK", 2)
    drop, admin = await make(shop, access="CODES"), await shop.admin()

    async def take(numbers: Sequence[int]) -> dict[str, Any]:
        text = "券码\n" + "".join(f"WUYE{n:08}\n" for n in numbers)
        given = {"dropId": drop["id"], "name": "物业", "csv": text, "idempotencyKey": key()}
        found: dict[str, Any] = (await admin.run(IMPORT, i=given))["importCodes"]
        return found

    async def there() -> int:
        return int(
            await database.fetchval("SELECT count(*) FROM coupon_codes WHERE merchant_id = $1", shop.merchant_id)
        )

    good = await take(range(5))
    assert (good["made"], good["wanted"], good["finishedAt"] is not None, await there()) == (5, 5, True, 5)
    bad = await take([5, 6, 0, 7, 8, 4])
    assert (bad["count"], [f["row"] for f in bad["faults"]], await there()) == (2, [4, 7], 5)
    heard, text = list[int](), "\n".join(f"WUYE{n:08}" for n in range(5, 10))
    drop_id = decode("drp", drop["id"])
    assert drop_id is not None
    made = await coupons.import_codes(
        shop.merchant_id, "staff:t", drop_id, "物业", text, key(), now(), None, heard.append
    )
    assert isinstance(made, coupons.CodePoolInfo) and heard == [2, 4, 5] and await there() == 10
    assert await invariants.violations(shop.merchant_id) == []


def test_a_file_of_any_line_ending_is_read_and_one_that_is_no_csv_is_told() -> None:
    """K04: lines may end as on any machine; what cannot be read as CSV is a fault of its row, not a fall."""
    assert read_codes("CODE\rABCDEFGH2\rABCDEFGH3\r").codes == ("ABCDEFGH2", "ABCDEFGH3")
    assert read_codes("CODE\r\nABCDEFGH2\r\nABCDEFGH3").rows == (2, 3)
    broken = read_codes('ABCDEFGH2\n"' + "A" * 200_000 + '"\nABCDEFGH3\n')
    assert [fault.row for fault in broken.faults] == [2]
