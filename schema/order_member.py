"""Whose an order or a pre-sale is, as staff see it."""

from __future__ import annotations

import uuid

import strawberry

from backend import members
from schema.base import AppInfo, described


@described
@strawberry.type
class OrderMember:
    """Whose order it is, for staff.
    nickname: As they call themselves.
    member_code: 会员码.
    level_name: Level in words.
    phone: Phone number, masked; null when none is known.
    """

    nickname: str
    member_code: str
    level_name: str
    phone: str | None


async def order_member(info: AppInfo, merchant_id: uuid.UUID, member_id: uuid.UUID) -> OrderMember | None:
    """Whose an order or a pre-sale is."""
    found = await members.get(merchant_id, member_id)
    if found is None:
        return None
    phone = await members.phone_masked(info.context.runtime.settings.secret, merchant_id, member_id)
    return OrderMember(nickname=found.nickname, member_code=found.member_code, level_name=found.level_name, phone=phone)
