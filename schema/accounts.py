"""Benefit account 权益账户: points, balance, red packets, stamps, growth, coupons; as a query and live (B01, B07)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from functools import partial

import strawberry

from backend import coupons, ledger, merchants
from backend.kit import ids
from backend.kit.clock import last_day, now
from backend.kit.observe import SUBSCRIBERS
from schema.base import AppInfo, Fen, PageInfo, consumer, described, enumeration, member_id, merchant_id, page
from schema.cart import pause
from schema.catalog import optional_id
from schema.coupon_kinds import CouponState
from schema.coupon_types import Coupon, CouponConnection
from schema.levels import MemberLevel, level_of
from schema.live import outlasting
from schema.red_packets import RedPacket, RedPacketConnection, RedPacketState

BenefitUnit = enumeration(
    "BenefitUnit",
    {"POINTS": "积分.", "BALANCE": "余额, fen.", "RED_PACKET": "红包, fen.", "STAMPS": "集点.", "GROWTH": "成长值."},
    "What an entry counts.",
)


@described
@strawberry.type
class BenefitEntry:
    """流水: one movement of the account.
    id: Opaque id.
    at: When it happened.
    unit: What it counts.
    amount: Signed amount, in points or fen.
    balance_after: The balance after it.
    sentence: In the customer's words.
    order_number: The order that it belongs to; null when it is of none.
    """

    id: strawberry.ID
    at: dt.datetime
    unit: BenefitUnit  # type: ignore[valid-type]
    amount: int
    balance_after: int
    sentence: str
    order_number: str | None

    @staticmethod
    def of(line: ledger.Line) -> BenefitEntry:
        return BenefitEntry(
            id=strawberry.ID(ids.encode("ent", line.id)),
            at=line.at,
            unit=BenefitUnit[line.unit.upper()],
            amount=line.amount,
            balance_after=line.balance_after,
            sentence=_words(line),
            order_number=line.memo.get("order"),
        )


def _words(line: ledger.Line) -> str:
    """What happened, for the customer. A movement that carries its own text says that."""
    if "text" in line.memo:
        return str(line.memo["text"])
    order, amount = line.memo.get("order"), amount_words(line.unit, abs(line.amount))
    match line.kind:
        case "earn":
            return f"订单 {order} 完成，得 {amount}"
        case "spend":
            return f"订单 {order} 用了 {amount}"
        case "refund":
            return f"订单 {order} 退款，退回 {amount}"
        case "withheld":
            return f"订单 {order} 退款，扣下 {amount}"
        case "claw_back":
            return f"订单 {order} 退款，收回 {amount}"
        case "expire":
            return f"{amount} 已过期"
        case "deposit_penalty":
            return f"预售 {line.memo.get('presale')} 双倍返还定金，得 {amount}"
    return f"得 {amount}" if line.amount > 0 else f"少 {amount}"


def amount_words(unit: str, amount: int) -> str:
    """120 积分, 3 个集点, ¥12.00 余额."""
    match unit:
        case "points":
            return f"{amount} 积分"
        case "stamps":
            return f"{amount} 个集点"
        case "growth":
            return f"{amount} 成长值"
    return f"¥{amount // 100}.{amount % 100:02d} {'红包' if unit == 'red_packet' else '余额'}"


@described
@strawberry.type
class PointsEnding:
    """Points 积分 that end at one moment.
    points: How many, of those that are free.
    expires_at: The first instant without them; null when they do not end.
    sentence: How many and the last day on which they can be used, in the customer's words.
    """

    points: int
    expires_at: dt.datetime | None
    sentence: str


@described
@strawberry.type
class BenefitEntryConnection:
    """A page of entries, newest first.
    nodes: The entries.
    page_info: Where the page ends.
    """

    nodes: list[BenefitEntry]
    page_info: PageInfo


@described
@strawberry.type
class BenefitAccount:
    """权益账户 of a customer.
    version: Rises with each update of a subscription; 1 in a query.
    points: Points 积分 that are free.
    balance_fen: Stored balance 余额 that is free, fen.
    red_packet_fen: What may be spent of all red packets 红包, fen.
    stamps: Stamps 集点.
    growth: Growth value 成长值.
    usable_coupons: Coupons that may be used now or later.
    """

    version: int
    points: int
    balance_fen: Fen
    red_packet_fen: Fen
    stamps: int
    growth: int
    usable_coupons: int
    owner: strawberry.Private[tuple[uuid.UUID, uuid.UUID]]

    @strawberry.field(description="Where the customer stands 会员等级.")
    async def level(self, info: AppInfo) -> MemberLevel:
        return await level_of(*self.owner)

    @strawberry.field(description="流水, newest first; `unit` narrows them.")
    async def entries(
        self,
        info: AppInfo,
        unit: BenefitUnit | None = None,  # type: ignore[valid-type]
        first: int = 20,
        after: str | None = None,
    ) -> BenefitEntryConnection:
        merchant, member = self.owner
        rows = await ledger.entries(
            merchant,
            ledger.member(member),
            page(first) + 1,
            optional_id("ent", strawberry.ID(after) if after else None),
            [unit.name.lower()] if unit else ledger.MEMBER_UNITS,
        )
        nodes = [BenefitEntry.of(line) for line in rows[:first]]
        return BenefitEntryConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(
        description="Points that are free by when they end, the soonest first, those that never end last."
    )
    async def points_ending(self, info: AppInfo, first: int = 12) -> list[PointsEnding]:
        merchant, member = self.owner
        tz = (await merchants.get(merchant)).time_zone
        found = []
        for lot in await ledger.points_ending(merchant, ledger.member(member), now(), page(first)):
            day = last_day(lot.expires_at, tz) if lot.expires_at else None
            when = f"将于 {day.year}年{day.month}月{day.day}日 过期" if day else "长期有效"
            found.append(
                PointsEnding(points=lot.points, expires_at=lot.expires_at, sentence=f"{lot.points} 积分{when}")
            )
        return found

    @strawberry.field(description="Coupons held, newest first; `states` narrows them.")
    async def coupons(
        self, info: AppInfo, states: list[CouponState] | None = None, first: int = 50, after: str | None = None
    ) -> CouponConnection:  # type: ignore[valid-type]
        merchant, member = self.owner
        rows = await coupons.coupons(
            merchant,
            member,
            now(),
            states=[s.name.lower() for s in states or []],
            first=page(first) + 1,
            after=optional_id("cpn", strawberry.ID(after) if after else None),
        )
        nodes = [Coupon.of(row) for row in rows[:first]]
        return CouponConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))

    @strawberry.field(description="Red packets 红包, newest first; `states` narrows them.")
    async def red_packets(
        self, info: AppInfo, states: list[RedPacketState] | None = None, first: int = 50, after: str | None = None
    ) -> RedPacketConnection:  # type: ignore[valid-type]
        merchant, member = self.owner
        rows = await ledger.packets.of_member(
            merchant,
            member,
            now(),
            states=[s.name.lower() for s in states or []],
            first=page(first) + 1,
            after=optional_id("rpk", strawberry.ID(after) if after else None),
        )
        nodes = [RedPacket.of(row) for row in rows[:first]]
        return RedPacketConnection(nodes=nodes, page_info=PageInfo.of(nodes, more=len(rows) > first))


async def account_view(merchant: uuid.UUID, member: uuid.UUID, version: int) -> BenefitAccount:
    books = await ledger.balances(merchant, ledger.member(member), now())
    free = {unit: amounts[1] for unit, amounts in books.items()}
    return BenefitAccount(
        version=version,
        points=free.get("points", 0),
        balance_fen=free.get("balance", 0),
        red_packet_fen=free.get("red_packet", 0),
        stamps=free.get("stamps", 0),
        growth=free.get("growth", 0),
        usable_coupons=await coupons.count_usable(merchant, member, now()),
        owner=(merchant, member),
    )


async def _next_end(merchant: uuid.UUID, member: uuid.UUID, at: dt.datetime) -> dt.datetime | None:
    """When a coupon, points or a red packet of a member end next: the account is another then, whatever schedules do."""
    ends = await coupons.next_end(merchant, member, at), await ledger.next_end(merchant, ledger.member(member), at)
    return min((end for end in ends if end is not None), default=None)


@strawberry.type
class AccountQuery:
    @strawberry.field(description="The consumer's benefit account.", permission_classes=consumer())
    async def benefit_account(self, info: AppInfo) -> BenefitAccount:
        return await account_view(merchant_id(info), member_id(info), 1)


@strawberry.type
class AccountSubscription:
    @strawberry.subscription(
        description="The consumer's benefit account now, and again whenever it moves or something of it ends by the clock.",
        permission_classes=consumer(),
    )
    async def benefit_account(self, info: AppInfo) -> AsyncGenerator[BenefitAccount, None]:
        merchant, member = merchant_id(info), member_id(info)
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(info.context.runtime.hub.listening([f"member:{member}"]))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            version = 0
            while True:
                version, at = version + 1, now()
                yield await outlasting(partial(account_view, merchant, member, version), shown=version > 1)
                end = await outlasting(partial(_next_end, merchant, member, at), shown=True)
                while not await waiter.wait(pause(end)):
                    if end is not None and end <= now():
                        break
