"""生日礼券 (M01, M03, B04): on the day, once a year, the coupon that the member's level brings, and word of it; where no level of the scheme
names one everybody gets the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend import coupons, members, merchants
from backend.automation import levels
from backend.automation.rules import BIRTHDAY_HOUR, birthday_key, copy_for, gift_words, last_day_text
from backend.automation.service import copy, queue
from backend.kit import database
from backend.kit.clock import local_day, zone

CODE = "birthday"
DEFAULT = coupons.NewTemplate(
    "生日专享券", {"off": {"min": 6000, "off": 1500}}, {"all": True}, coupons.Validity(None, None, 7 * 24)
)
"""What everybody gets where no level names a coupon."""


async def fire_birthdays(secret: bytes, message_template: str, at: datetime) -> int:
    """Grants today's birthday coupons and queues their messages; safe to run as often as one likes. Returns how many were new."""
    return sum([await fire(secret, message_template, merchant, at) for merchant in await merchants.all_merchants()])


async def fire(secret: bytes, message_template: str, merchant: merchants.MerchantInfo, at: datetime) -> int:
    """Those of one merchant."""
    if at.astimezone(zone(merchant.time_zone)).hour < BIRTHDAY_HOUR:
        return 0
    new = 0
    async for page in members.with_birthday(merchant.id, at):
        if page:
            new += await _give(secret, message_template, merchant, page, at)
    return new


async def _give(
    secret: bytes,
    message_template: str,
    merchant: merchants.MerchantInfo,
    page: Sequence[members.MemberInfo],
    at: datetime,
) -> int:
    """To those of the page who have had none this year, and whose template has room or was not asked yet."""
    gifts, day = await _gifts(merchant.id, at), local_day(at, merchant.time_zone)
    keys = {member.id: birthday_key(day, member.id) for member in page}
    had = await coupons.granted_keys(merchant.id, keys.values())
    vain = await levels.in_vain(merchant.id, keys, {gift.id for gift in gifts.values()})
    new = 0
    for member in page:
        gift, key = gifts.get(member.level), keys[member.id]
        if gift is not None and key not in had and (member.id, gift.id) not in vain:
            new += await _celebrate(secret, message_template, merchant, member, gift, key, at)
    return new


async def _gifts(merchant_id: UUID, at: datetime) -> dict[str, coupons.TemplateInfo]:
    """By level, what a birthday brings at `at`; a level that is left out brings nothing."""
    scheme = (await members.scheme_info(merchant_id)).scheme
    if not scheme.names_birthdays:
        async with database.transaction() as tx:
            default = await coupons.ensure(tx, merchant_id, CODE, DEFAULT, at)
        (found,) = await coupons.templates(merchant_id, ids=[default])
        return {level.id: found for level in scheme.levels}
    named = {level.id: levels.template_of(level.birthday) for level in scheme.levels}
    lasts = {level: await levels.lasting(merchant_id, template, at) for level, template in named.items()}
    return {level: template for level, template in lasts.items() if template}


async def _celebrate(
    secret: bytes,
    message_template: str,
    merchant: merchants.MerchantInfo,
    member: members.MemberInfo,
    gift: coupons.TemplateInfo,
    key: str,
    at: datetime,
) -> bool:
    """The coupon and word of it in one transaction, under one key: who has had another coupon of this year gets none."""
    async with database.transaction() as tx:
        if await coupons.grant(tx, secret, merchant.id, member.id, gift.id, "birthday", key, at) is None:
            return False
        assert gift.face_fen is not None, "a scheme with a coupon of no face is refused"
        said = [{"gift": words} for words in gift_words(gift.content)]
        text = copy_for(copy()["birthday"], member.dialect_region, member.id, *said)
        ends = last_day_text(gift.validity.of_claim(at, merchant.time_zone)[1], merchant.time_zone)
        data = {"thing1": text, "amount2": f"¥{gift.face_fen // 100}.{gift.face_fen % 100:02d}", "date3": ends}
        await queue(tx, merchant.id, member.id, message_template, "pages/mine/index", data, key, at)
        return True
