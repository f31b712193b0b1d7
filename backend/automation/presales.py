"""Word to customers whose deposit is paid that the rest may be paid, and again on the last day (Q09): who misses the window
loses the deposit, so silence would be a trap."""

from __future__ import annotations

from datetime import datetime

from backend import catalog, merchants, orders
from backend.automation.rules import day_text
from backend.automation.service import queue
from backend.kit import database, ids

WORDS = {"opened": "现在可付尾款，逾期定金不退", "last_day": "今天截止，逾期定金不退"}
MOST_NAME = 20
"""Characters of a `thing` at WeChat."""


async def remind_due(template_id: str, at: datetime) -> int:
    """Queues what is due, each message once; returns how many. None where the merchant's account has no such template."""
    if not template_id:
        return 0
    async with database.transaction() as tx:
        due = await orders.presales.to_remind(tx, at)
        for one in due:
            names = await catalog.names_in(one.merchant_id, [{"skus": [one.sku]}])
            name = names.get(one.sku, one.sku) + (" 等" if one.more else "")
            tz = (await merchants.get(one.merchant_id)).time_zone
            data = {
                "thing1": name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 1]}…",
                "date2": day_text(one.closes_at, tz),
                "thing3": WORDS[one.occasion],
            }
            page = f"pages/presale/index?id={ids.encode('psl', one.presale_id)}"
            key = f"presale-{one.occasion}:{one.presale_id}"
            await queue(tx, one.merchant_id, one.member_id, template_id, page, data, key, at)
    return len(due)
