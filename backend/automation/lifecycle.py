"""Life-cycle states kept up to date by night, and what each brings (B06): who falls silent or is lost gets a coupon once for
each time; active customers have offers of their own by the label `lifecycle_active`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from backend import coupons, members, merchants, orders
from backend.automation.rules import BIRTHDAY_HOUR, copy_for, day_text, yuan
from backend.automation.service import copy, queue
from backend.kit import database
from backend.kit.clock import zone
from backend.kit.database import Tx

log = structlog.get_logger("lifecycle")

COUPONS: Mapping[str, dict[str, Any]] = {
    "silent": {
        "code": "lifecycle_silent",
        "name": "3 元换购券",
        "content": {"off": {"min": 0, "off": 300}},
        "days": 14,
    },
    "lost": {
        "code": "lifecycle_lost",
        "name": "全额退券",
        "content": {"off": {"min": 3000, "off": 1000}},
        "days": 14,
        "grace_days": 30,
    },
}
"""What a state brings (docs/settings.md says why these are the nearest forms)."""


async def refresh_due(at: datetime) -> int:
    """The night's run of every merchant whose night it is; returns how many ran. Safe to run as often as one likes."""
    done = 0
    for merchant in await merchants.all_merchants():
        if await members.lifecycle.due(merchant.id, at):
            run = await refresh(merchant.id, at)
            log.info("lifecycle", merchant=merchant.code, members=run.members, changed=run.changed)
            done += 1
    return done


async def refresh(merchant_id: UUID, at: datetime) -> members.lifecycle.RunInfo:
    """States and tiers of one merchant now."""
    return await members.lifecycle.refresh(merchant_id, orders.HABITS, at)


async def offer_due(secret: bytes, template_id: str, at: datetime) -> int:
    """Gives silent and lost customers their coupon and queues the message, in the daytime of the merchant; returns how many."""
    given = 0
    for merchant in await merchants.all_merchants():
        if at.astimezone(zone(merchant.time_zone)).hour < BIRTHDAY_HOUR:
            continue
        rules = (await members.lifecycle.rules_info(merchant.id)).rules
        states = [s for s, on in (("silent", rules.silent_offer), ("lost", rules.lost_offer)) if on]
        async with database.transaction() as tx:
            entered = await members.lifecycle.to_offer(tx, merchant.id, states, rules.offers_a_day, at)  # type: ignore[arg-type]
            ids = [e.member_id for e in entered]
            people, bought = await members.many(merchant.id, ids, at), await orders.last_standing(merchant.id, ids)
            for one in sorted(entered, key=lambda e: e.member_id):
                who, since = people[one.member_id], bought.get(one.member_id)
                given += await _offer(tx, secret, template_id, merchant, who, one.state, since, at)
    return given


async def _offer(
    tx: Tx,
    secret: bytes,
    template_id: str,
    merchant: merchants.MerchantInfo,
    member: members.MemberInfo,
    state: str,
    bought_at: datetime | None,
    at: datetime,
) -> bool:
    """Once for each state and absence, which begins with the last order that stands (`bought_at`): one that was wholly given
    back ends none, so that buying and giving back brings no second coupon."""
    made = COUPONS[state]
    new = coupons.NewTemplate(
        made["name"],
        made["content"],
        {"all": True},
        coupons.Validity(None, None, None, made["days"]),
        grace_days=made.get("grace_days"),
    )
    template = await coupons.ensure(tx, merchant.id, made["code"], new, at)
    key = f"lifecycle:{state}:{int(bought_at.timestamp()) if bought_at else 'never'}:{member.id}"
    if await coupons.grant(tx, secret, merchant.id, member.id, template, "lifecycle", key, at) is None:
        return False
    off = made["content"]["off"]["off"]
    text = copy_for(copy()[f"lifecycle_{state}"], member.dialect_region, member.id, {"yuan": yuan(off)})
    ends = day_text(new.validity.of_claim(at, merchant.time_zone)[1], merchant.time_zone)
    data = {"thing1": text, "amount2": f"¥{off // 100}.{off % 100:02d}", "date3": ends}
    await queue(tx, merchant.id, member.id, template_id, "pages/my-coupons/index", data, key, at)
    return True
