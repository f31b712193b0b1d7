"""红包: what a red packet of a member looks like (P04, P05, B01)."""

from __future__ import annotations

import datetime as dt

import strawberry

from backend import ledger
from backend.kit import ids
from backend.kit.clock import last_day
from schema import words
from schema.base import AppInfo, Fen, PageInfo, described, enumeration

RedPacketState = enumeration(
    "RedPacketState",
    {
        "USABLE": "可使用.",
        "HELD": "订单占用中: an order that waits for payment has what is left of it.",
        "USED": "已用完.",
        "EXPIRED": "已过期.",
        "TAKEN_BACK": "已收回: the goods that had earned it came back.",
    },
    "Where a red packet is in its life.",
)


@described
@strawberry.type
class RedPacket:
    """红包: money that pays for orders until it ends. What an order does not need of it stays in it.
    id: Opaque id.
    face_fen: With how much it was given, fen.
    left_fen: What may still be spent of it, fen.
    held_fen: What orders that wait for payment have of it, fen.
    min_fen: Least payable of an order that it pays for, fen.
    got_at: When it came into the account.
    expires_at: First instant at which it may be used no more.
    state: Where it is in its life, exact at this moment.
    source: How it was had, in words.
    sentence: From which amount on and until when it can be used, in words.
    """

    id: strawberry.ID
    face_fen: Fen
    left_fen: Fen
    held_fen: Fen
    min_fen: Fen
    got_at: dt.datetime
    expires_at: dt.datetime
    state: RedPacketState  # type: ignore[valid-type]
    source: str
    sentence: str
    reason: strawberry.Private[str | None]

    @strawberry.field(description="Why it was given by hand; staff alone see it.")
    def note(self, info: AppInfo) -> str | None:
        viewer = info.context.viewer
        return self.reason if viewer is not None and viewer.kind == "staff" else None

    @staticmethod
    def of(packet: ledger.RedPacket) -> RedPacket:
        earned = packet.kind == "earn"
        day = last_day(packet.expires_at, "Asia/Shanghai")
        until = f"有效期至 {day.year}年{day.month}月{day.day}日"
        return RedPacket(
            id=strawberry.ID(ids.encode("rpk", packet.id)),
            face_fen=packet.face_fen,
            left_fen=packet.left_fen,
            held_fen=packet.held_fen,
            min_fen=packet.min_fen,
            got_at=packet.got_at,
            expires_at=packet.expires_at,
            state=RedPacketState[packet.state.upper()],
            source=f"订单 {packet.memo.get('order')} 完成返红包" if earned else "商家赠送",
            reason=packet.memo.get("reason"),
            sentence=f"{f'满 {words.yuan(packet.min_fen)} 可用' if packet.min_fen else '无门槛'}，{until}",
        )


@described
@strawberry.type
class RedPacketConnection:
    """A page of red packets, newest first.
    nodes: The red packets.
    page_info: Where the page ends.
    """

    nodes: list[RedPacket]
    page_info: PageInfo
