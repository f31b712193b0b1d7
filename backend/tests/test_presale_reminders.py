"""Q09: customers are told that the rest may be paid, and that its last day has come; each once, and nobody in vain."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend import automation
from backend.kit import database
from backend.kit.clock import now
from backend.kit.ids import decode
from backend.settings import PRESALE_TEMPLATE
from backend.tests.conftest import Shop, pay
from backend.tests.preselling import deposited, pass_time, place_rest, presale, reserve


async def told(shop: Shop) -> list[tuple[str, str, str, str]]:
    """What is queued for the shop's members: business key's first word, article, end, words."""
    rows = await database.fetch(
        "SELECT business_key, data, page FROM messages WHERE merchant_id = $1 AND template_id = $2 ORDER BY created_at, id",
        shop.merchant_id,
        PRESALE_TEMPLATE,
    )
    assert all(decode("psl", row["page"].split("id=")[1]) for row in rows), "the message opens the pre-sale"
    return [
        (row["business_key"].split(":")[0], row["data"]["thing1"], row["data"]["date2"], row["data"]["thing3"])
        for row in rows
    ]


@pytest.mark.usefixtures("exact")
async def test_the_rest_is_announced_once_and_on_its_last_day_once_more(shop: Shop) -> None:
    """Q09, M05: eight schedules at once tell it once; the last day is told too; who has paid is left alone."""
    promotion = await presale(shop)
    shopper, done = await shop.shopper(), await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    paid = await deposited(shop, done, promotion, {"TRIPE": 1}, 1000)
    await reserve(await shop.shopper(), promotion, {"TRIPE": 1}, 1000)  # its deposit is not paid
    await automation.presales.remind_due(PRESALE_TEMPLATE, now())
    assert await told(shop) == [], "the window is not open"
    for one in (made, paid):
        await pass_time(shop, one, opens=-60, closes=72 * 3600)
    await pay(shop.world, await place_rest(done, paid))
    assert await automation.presales.remind_due("", now()) == 0, "without a template nothing is noted either"
    await asyncio.gather(*(automation.presales.remind_due(PRESALE_TEMPLATE, now()) for _ in range(8)))
    ((kind, article, until, words),) = await told(shop)
    assert (kind, article, words) == ("presale-opened", "毛肚", "现在可付尾款，逾期定金不退") and until.endswith("日")
    last = now() + timedelta(hours=49)
    await asyncio.gather(*(automation.presales.remind_due(PRESALE_TEMPLATE, last) for _ in range(8)))
    assert [kind for kind, *_ in await told(shop)] == ["presale-opened", "presale-last_day"]
    await automation.presales.remind_due(PRESALE_TEMPLATE, last + timedelta(hours=1))
    assert len(await told(shop)) == 2


async def test_a_short_window_is_announced_once(shop: Shop) -> None:
    """Q09: where the whole window is about a day, one message is enough."""
    promotion, shopper = await presale(shop), await shop.shopper()
    made = await deposited(shop, shopper, promotion, {"TRIPE": 1}, 1000)
    await pass_time(shop, made, opens=-60, closes=20 * 3600)
    for _ in range(3):
        await automation.presales.remind_due(PRESALE_TEMPLATE, now())
    assert [kind for kind, *_ in await told(shop)] == ["presale-opened"]


async def test_accepting_the_message_with_the_deposit_counts_once(shop: Shop) -> None:
    """Q09, M05: the template that the customer accepted lets one message through, however often the tap is sent."""
    promotion, shopper = await presale(shop), await shop.shopper()
    config = "query($m: String!) { clientConfig(merchant: $m) { presaleTemplateIds } }"
    ids = (await shopper.run(config, m=shop.code))["clientConfig"]["presaleTemplateIds"]
    assert ids == [PRESALE_TEMPLATE]
    for _ in range(2):
        made = await reserve(
            shopper, promotion, {"TRIPE": 1}, 1000, "one-tap-of-a-deposit", acceptedTemplateIds=[*ids, "somebody-elses"]
        )
        assert made["__typename"] == "Presale"
    rows = await database.fetch(
        "SELECT template_id, credits FROM send_credits WHERE merchant_id = $1", shop.merchant_id
    )
    assert [(row["template_id"], row["credits"]) for row in rows] == [(PRESALE_TEMPLATE, 1)]
