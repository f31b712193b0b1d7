"""Birthdays and subscribe messages: on the day, once, in the member's dialect, only where allowed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import automation, members
from backend.automation.rules import THING_LENGTH, copy_for, day_text, yuan
from backend.automation.service import copy
from backend.connectors.wechat import field_problem
from backend.kit import database
from backend.kit.ids import new_id
from backend.members.rules import birth_md, birthdays_kept_on, celebrates_on
from backend.tests.conftest import Shop, claim
from workers.relay import enqueue_messages
from workers.schedules import fire_birthdays

TEN_AT_SHANGHAI = datetime(2026, 6, 18, 2, 0, tzinfo=UTC)


async def person(shop: Shop, birthday: date, region: str = "cd", openid: str = "") -> str:
    openid = openid or f"o{new_id().hex}"
    await members.add_many(
        shop.world.settings.secret,
        shop.merchant_id,
        [members.NewMember(openid, "阿婆", "basic", TEN_AT_SHANGHAI, None, birthday, region)],
    )
    return openid


async def messages(shop: Shop) -> list[Any]:
    return await database.fetch(
        "SELECT state, reason, data, attempts FROM messages WHERE merchant_id = $1 ORDER BY created_at, id",
        shop.merchant_id,
    )


async def fire(shop: Shop, at: datetime) -> int:
    before = await database.fetchval("SELECT count(*) FROM coupons WHERE merchant_id = $1", shop.merchant_id)
    await automation.fire_birthdays(shop.world.settings.secret, shop.world.settings.subscribe_template_id, at)
    return int(
        await database.fetchval("SELECT count(*) FROM coupons WHERE merchant_id = $1", shop.merchant_id) - before
    )


async def test_birthday_coupon_once_a_year_in_the_merchants_day(shop: Shop) -> None:
    """M01: before nine nothing happens; on the day the coupon comes, once however often the schedule runs; next year again."""
    await person(shop, date(1990, 6, 18))
    await person(shop, date(1990, 6, 19))
    assert await fire(shop, datetime(2026, 6, 18, 0, 59, tzinfo=UTC)) == 0  # 08:59 in Shanghai
    assert await fire(shop, TEN_AT_SHANGHAI) == 1
    assert [await fire(shop, TEN_AT_SHANGHAI + timedelta(minutes=10 * n)) for n in range(3)] == [0, 0, 0]
    assert await fire(shop, datetime(2026, 6, 18, 16, 30, tzinfo=UTC)) == 0  # 00:30 of the 19th: too early for that one
    assert await fire(shop, TEN_AT_SHANGHAI + timedelta(days=365)) == 1
    row = await database.fetchrow(
        "SELECT state, source, expires_at - claimed_at AS valid FROM coupons WHERE merchant_id = $1 LIMIT 1",
        shop.merchant_id,
    )
    assert row is not None and (row["state"], row["source"], row["valid"]) == ("issued", "birthday", timedelta(days=7))


async def test_message_goes_out_once_in_dialect_when_allowed(shop: Shop) -> None:
    """M01, M03, M05: a member who accepted a template gets one message, in the regional variant; one who did not gets none, and the log says why."""
    allowed = await person(shop, date(1990, 6, 18), "cq")
    await person(shop, date(1991, 6, 18), "cd")
    template = shop.world.settings.subscribe_template_id
    shopper = await shop.shopper(allowed)
    assert (await claim(shopper, await shop.drop(), acceptedTemplateIds=[template, "somebody-elses"]))[
        "__typename"
    ] == "Coupon"
    await fire(shop, TEN_AT_SHANGHAI)
    ours = [m for m in await automation.waiting() if m[0] == shop.merchant_id]
    outcomes = sorted([await automation.send(shop.world.runtime.wechat, *m, TEN_AT_SHANGHAI) for m in ours])
    assert outcomes == ["sent", "skipped"]
    assert [await automation.send(shop.world.runtime.wechat, *m, TEN_AT_SHANGHAI) for m in ours] == [
        "skipped",
        "skipped",
    ]
    received = [
        m
        for m in (
            await shop.world.http.get(f"{shop.world.standin_url}/messages", headers={"Accept": "application/json"})
        ).json()
        if m["touser"] == allowed
    ]
    assert len(received) == 1
    text = received[0]["data"]["thing1"]["value"]
    assert (
        text in [line.format(gift="满60减15") for line in copy()["birthday"]["cq"]]
        and received[0]["data"]["date3"]["value"] == "2026年6月25日"
    )
    assert {(m["state"], "没有同意" in m["reason"]) for m in await messages(shop)} == {
        ("sent", False),
        ("skipped", True),
    }


async def test_refusal_in_wechat_drops_the_credit(shop: Shop) -> None:
    """M05, connectors: 43101 is never tried again and takes the credit away."""
    openid = await person(shop, date(1990, 6, 18))
    shopper = await shop.shopper(openid)
    await claim(shopper, await shop.drop(), acceptedTemplateIds=[shop.world.settings.subscribe_template_id])
    await shop.world.http.post(f"{shop.world.standin_url}/wechat/device/refuse", params={"openid": openid})
    await fire(shop, TEN_AT_SHANGHAI)
    for m in [m for m in await automation.waiting() if m[0] == shop.merchant_id]:
        assert await automation.send(shop.world.runtime.wechat, *m, TEN_AT_SHANGHAI) == "refused"
    assert await database.fetchval("SELECT credits FROM send_credits WHERE merchant_id = $1", shop.merchant_id) == 0


async def test_replayed_claim_gives_no_second_credit(shop: Shop) -> None:
    """M05, C4: one accept allows one message, however often the tap is sent."""
    shopper, drop, template = await shop.shopper(), await shop.drop(), shop.world.settings.subscribe_template_id
    for _ in range(3):
        await claim(shopper, drop, "one-tap", acceptedTemplateIds=[template])
    assert await database.fetchval("SELECT credits FROM send_credits WHERE merchant_id = $1", shop.merchant_id) == 1


async def test_the_schedule_queues_jobs_once(shop: Shop) -> None:
    """M02, E1: the cron job and the sweep queue one job for a message, however often they run."""
    await person(shop, datetime.now(UTC).date())
    await fire_birthdays({"runtime": shop.world.runtime, "redis": shop.world.redis})
    await fire(shop, datetime.now(UTC).replace(hour=4))
    await enqueue_messages(shop.world.redis)
    first = await shop.world.redis.zcard("{shuhui}:messages")
    await enqueue_messages(shop.world.redis)
    assert first >= 1 and await shop.world.redis.zcard("{shuhui}:messages") == first


def test_every_copy_fits_and_falls_back() -> None:
    """M03: each line fits a field of 20 characters at the largest amount; regions without copy read Mandarin."""
    for occasion in copy().values():
        for region in ("zh", "cd", "cq", "cn", "all", "elsewhere"):
            for _ in range(20):
                assert (
                    len(
                        copy_for(
                            occasion,
                            region,
                            new_id(),
                            {"yuan": "999.5", "level": "最长的等级名称吗", "gift": "满1000减120"},
                        )
                    )
                    <= THING_LENGTH
                )
        values = {"yuan": "1", "level": "金卡", "gift": "9折"}
        assert copy_for(occasion, "elsewhere", new_id(), values) in [x.format(**values) for x in occasion["zh"]]
    with pytest.raises(ValueError, match="does not fit"):
        copy_for({"zh": ["一" * 21]}, "zh", new_id(), {})
    with pytest.raises(ValueError, match="no copy"):
        copy_for({"cd": ["x"]}, "cq", new_id(), {})


@given(st.dates(date(1930, 1, 1), date(2020, 12, 31)), st.integers(2024, 2040))
def test_everybody_has_one_birthday_a_year(birthday: date, year: int) -> None:
    """M01: also those of 29 February (kept on the 28th of other years)."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    kept = [d for d in days if d.year == year and celebrates_on(birth_md(birthday), d)]
    assert len(kept) == 1 and birth_md(birthday) in birthdays_kept_on(kept[0])


def test_fields_are_checked_before_wechat_sees_them() -> None:
    """Connectors: the limits of each kind of field."""
    good = {
        "thing1": "好" * 20,
        "phrase2": "已发放",
        "name3": "陈婆婆",
        "number4": "12.5",
        "character_string5": "AB-1",
        "amount6": "¥15.00",
        "date7": "2026年6月18日",
        "time8": "2026年6月18日 09:00",
    }
    assert [field_problem(k, v) for k, v in good.items()] == [None] * len(good)
    bad = {
        "thing1": "好" * 21,
        "phrase2": "coupon",
        "name3": "一二三四五六七八九十一",
        "number4": "x",
        "character_string5": "中",
        "amount6": "15 yuan",
        "date7": "2026-06-18",
        "what1": "x",
    }
    assert all(field_problem(k, v) for k, v in bad.items())
    assert (yuan(1500), yuan(1550), day_text(TEN_AT_SHANGHAI, "Asia/Shanghai")) == ("15", "15.5", "2026年6月18日")
