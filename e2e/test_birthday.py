"""The birthday coupon of a level and its message in dialect (M01, M03, B04)."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from stack import ROOT, Stack, within

from backend.automation.service import copy
from backend.demo.client import Client, key
from backend.demo.traffic import CLAIM

OPENID, MERCHANT = "o_demo_0005", "xianguo"
COUPONS = "{ benefitAccount { coupons(first: 50) { nodes { template { name } } } } }"
FIRE = """
import asyncio, sys
from datetime import datetime
from backend import automation, settings
from backend.kit import database

async def main():
    found = settings.load()
    await database.connect(found.database_url)
    try:
        print(await automation.fire_birthdays(found.secret, found.subscribe_template_id, datetime.fromisoformat(sys.argv[1])))
    finally:
        await database.disconnect()

asyncio.run(main())
"""


def fire(stack: Stack, at: datetime) -> int:
    """The schedule's use case at a chosen instant, in a process of its own; how many birthdays were new."""
    database, redis, _ = stack.servers()
    done = subprocess.run(
        [sys.executable, "-c", FIRE, at.isoformat()],
        cwd=ROOT,
        env={**stack.environment(), "DATABASE_URL": database, "REDIS_URL": redis},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


async def test_birthday_coupon_and_dialect_message(stack: Stack) -> None:
    """M01, M03, M05, B04: who has a birthday today gets the coupon of his level without doing anything; the message in his dialect
    arrives once he has agreed to one and says what it is worth; once a year, however often the schedule runs."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        client = Client(stack.url, MERCHANT, http)
        session = await client.log_in_consumer(stack.standin_url, OPENID)
        assert session["__typename"] == "Session"

        async def birthday_coupons() -> int:
            nodes = (await client.run(COUPONS))["benefitAccount"]["coupons"]["nodes"]
            return [node["template"]["name"] for node in nodes].count("会员生日礼")

        async def messages() -> list[dict[str, Any]]:
            found = (await http.get(f"{stack.standin_url}/messages", headers={"Accept": "application/json"})).json()
            return [message for message in found if message["touser"] == OPENID]

        # The worker fires from nine in the morning on; earlier in the day this test does it, at ten. The day is that on which the
        # demo was made: midnight may have passed since.
        born = date.fromisoformat((await client.run("{ me { birthday } }"))["me"]["birthday"])
        today = datetime.now(ZoneInfo("Asia/Shanghai"))
        ten = today.replace(hour=10, minute=0, second=0, microsecond=0)
        while (ten.month, ten.day) != (born.month, born.day):
            ten -= timedelta(days=1)
        assert today - ten < timedelta(days=2), "the demo is of today"
        if today.hour < 9:
            fire(stack, ten)
        await within(60, birthday_coupons, "the birthday coupon is in the account")
        assert fire(stack, ten) == 0, "once a year"
        assert await birthday_coupons() == 1
        assert await messages() == [], "nobody who did not agree gets a message"

        # He agrees to one message while he claims a coupon; a year later it is his birthday again.
        config = (await client.run(f'{{ clientConfig(merchant: "{MERCHANT}") {{ subscribeTemplateIds }} }}'))[
            "clientConfig"
        ]
        drop = (await client.run("{ couponCentre { claimable { id } } }"))["couponCentre"]["claimable"][0]["id"]
        answer = await client.run(
            CLAIM, i={"dropId": drop, "acceptedTemplateIds": config["subscribeTemplateIds"], "idempotencyKey": key()}
        )
        assert answer["claimCoupon"]["__typename"] == "Coupon"
        next_year = ten + timedelta(days=365)
        while (next_year.month, next_year.day) != (ten.month, ten.day):
            next_year += timedelta(days=1)
        assert fire(stack, next_year) > 0
        assert fire(stack, next_year) == 0
        (message,) = await within(60, messages, "the message is on the phone")
        assert await birthday_coupons() == 2
        assert message["template_id"] in config["subscribeTemplateIds"]
        text = message["data"]["thing1"]["value"]
        member = await client.run("{ me { dialectRegion } }")
        words = copy()["birthday"][member["me"]["dialectRegion"]]
        assert text in [line.format(gift="满59减10") for line in words], text
        assert message["data"]["amount2"]["value"] == "¥10.00"
        print(f"{member['me']['dialectRegion']}: {text}")
