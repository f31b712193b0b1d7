"""Demo members: those of the stand-in of WeChat, and some hundreds that nobody plays."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from backend import ledger, members, merchants
from backend.connectors.standin import PERSONAS
from backend.demo.shops import Demo
from backend.kit import database
from backend.kit.clock import local_day, now
from backend.settings import Settings

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
GIVEN = (
    "秀英",
    "建国",
    "丽",
    "强",
    "敏",
    "磊",
    "静",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀兰",
    "霞",
    "平",
    "刚",
    "桂芳",
)


async def seed_members(settings: Settings, demo: Demo, merchant: merchants.MerchantInfo) -> None:
    rng = random.Random(f"members:{demo.code}")
    stores, today = await merchants.stores(merchant.id), local_day(now(), merchant.time_zone)
    far = (today.month + 5) % 12 + 1  # half a year away: in no month is the perk of a birthday month among the prices
    fixed = ("gold", "basic", "silver", "basic", "basic")
    cities = ("成都", "重庆", "自贡", "南充", "绵阳")
    rows = []
    for n, (openid, label) in enumerate(PERSONAS[:5]):  # the sixth persona is nobody yet: a new customer
        home = next((s for s in stores if s.city == cities[n] or s.region_path.startswith(cities[n])), stores[0])
        rows.append(
            members.NewMember(
                openid,
                label.split(" · ")[0].removeprefix("今天生日的"),
                fixed[n],
                datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n),
                f"1380000{n:04d}",
                None
                if n == 3
                else today.replace(year=1992)
                if n == 4
                else date(1988, far, 5 + n),  # 南充小李 has not told it
                members.DIALECT_OF_CITY.get(cities[n], "zh"),
                None if n == 3 else home.id,
                ("学生",) if n == 2 else (),
            )
        )
    for n in range(demo.members):
        home = rng.choice(stores)
        birthday = date(rng.randint(1960, 2004), rng.randint(1, 12), rng.randint(1, 28))
        city = home.region_path.split("/")[0] if home.region_path.startswith("重庆") else home.city
        rows.append(
            members.NewMember(
                f"o_shopper_{demo.code}_{n:05d}",
                rng.choice(SURNAMES) + rng.choice(GIVEN),
                rng.choices(("basic", "silver", "gold", "diamond"), (60, 25, 12, 3))[0],
                datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randint(0, 15000)),
                f"13{rng.randint(100000000, 999999999)}",
                birthday,
                members.DIALECT_OF_CITY.get(city, "zh"),
                home.id,
            )
        )
    await members.add_many(settings.secret, merchant.id, rows)
    await merchants.set_points_policy(merchant.id, {"kind": "rolling", "months": 12})
    await _seed_growth(merchant, rows)
    async with database.transaction() as tx:
        for n, (openid, _) in enumerate(PERSONAS[:5]):
            await ledger.transfer(
                tx,
                merchant.id,
                debit=ledger.merchant_book(merchant.id),
                credit=ledger.member(members.member_id_of(merchant.id, openid)),
                unit="points",
                amount=500 + 100 * n,
                kind="welcome",
                business_key=f"welcome:{openid}",
                at=now(),
                memo={"text": f"开户礼，得 {500 + 100 * n} 积分"},
            )
        # 陈婆婆 has a red packet to pay with
        await ledger.packets.give(
            tx,
            merchant.id,
            members.member_id_of(merchant.id, PERSONAS[0][0]),
            600,
            ledger.PacketTerms(4900, ledger.days_later(now(), 30, merchant.time_zone)),
            kind="grant",
            business_key=f"welcome:packet:{PERSONAS[0][0]}",
            at=now(),
            memo={"reason": "开户礼"},
        )


GROWTH = {"silver": (60, 480), "gold": (520, 1900), "diamond": (2050, 6000)}
"""What demo members of a level have, so that cards show a way that was gone."""


async def _seed_growth(merchant: merchants.MerchantInfo, rows: Sequence[members.NewMember]) -> None:
    rng = random.Random(f"growth:{merchant.code}")
    for row in [r for r in rows if r.level in GROWTH][:120]:
        person, amount = members.member_id_of(merchant.id, row.openid), rng.randint(*GROWTH[row.level])
        done = await members.levels.adjust(
            merchant.id, "system", person, amount, "历史消费补录", f"seed:{row.openid}", now()
        )
        if not isinstance(done, members.Ladder):
            raise ValueError(f"demo growth of {row.openid}: {done}")
