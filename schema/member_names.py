"""Names of members for staff who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend import members
from schema.base import AppInfo, merchant_id


async def names_for(info: AppInfo, member_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Name and member code of each; nobody's for a viewer who may not read members."""
    viewer = info.context.viewer
    if viewer is None or not viewer.may("members.read"):
        return {}
    found = await members.many(merchant_id(info), list(dict.fromkeys(member_ids)))
    return {member.id: f"{member.nickname} · {member.member_code}" for member in found.values()}
