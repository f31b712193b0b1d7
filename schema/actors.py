"""Who did something 由谁, in words: the customer, a member of staff by name (for staff alone), a till, or the system by itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend import merchants
from schema.base import AppInfo, member_id, merchant_id

BY_ITSELF = "系统自动"


async def told_by(info: AppInfo, actors: Sequence[str], owner: UUID) -> list[str]:
    """Each actor as the viewer may know it; `owner` is the member whom the thing belongs to."""
    viewer = info.context.viewer
    staff = viewer is not None and viewer.kind == "staff"
    ids = {a for a in actors if a.startswith(("staff:", "system:"))}
    names = await _names(merchant_id(info), ids) if staff else {}
    return [_words(actor, names.get(actor), owner, mine=member_id(info) == owner) for actor in actors]


async def _names(merchant: UUID, actors: set[str]) -> dict[str, str]:
    found = {}
    for actor in actors:
        kind, _, text = actor.partition(":")
        try:
            who = UUID(text)
        except ValueError:
            continue
        name = await merchants.staff_name(merchant, who) if kind == "staff" else None
        if kind == "system" and (system := await merchants.system(merchant, who)) is not None:
            name = system.name
        if name is not None:
            found[actor] = name
    return found


def _words(actor: str, name: str | None, owner: UUID, *, mine: bool) -> str:
    kind, _, rest = actor.partition(":")
    match kind:
        case "consumer":
            return ("您本人" if mine else "顾客本人") if rest == str(owner) else "另一位顾客"
        case "staff":
            return f"员工 {name}" if name else "商家员工"
        case "system" if rest:
            return f"外部系统 {name}" if name else "门店收银系统"
        case "order":
            return "随订单自动"
    return BY_ITSELF
