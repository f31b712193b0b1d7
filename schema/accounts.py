"""Benefit account 权益账户: points, balance, red packets, stamps, growth, coupons; as a query and live (B01, B07)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import strawberry

from backend import coupons, ledger
from backend.kit import ids
from backend.kit.clock import now
from backend.kit.observe import SUBSCRIBERS
from schema.base import AppInfo, Fen, PageInfo, consumer, described, enumeration, member_id, merchant_id, page
from schema.cart import LONGEST_WAIT
from schema.catalog import optional_id
from schema.coupons import Coupon, CouponConnection, CouponState

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
    """

    id: strawberry.ID
    at: dt.datetime
    unit: BenefitUnit  # type: ignore[valid-type]
    amount: int
    balance_after: int
    sentence: str

    @staticmethod
    def of(line: ledger.Line) -> BenefitEntry:
        return BenefitEntry(
            id=strawberry.ID(ids.encode("ent", line.id)),
            at=line.at,
            unit=BenefitUnit[line.unit.upper()],
            amount=line.amount,
            balance_after=line.balance_after,
            sentence=_words(line),
        )


def _words(line: ledger.Line) -> str:
    order = line.memo.get("order")
    match line.kind:
        case "earn":
            return f"订单 {order} 完成，得 {line.amount} {'积分' if line.unit == 'points' else '个集点'}"
        case "spend":
            what = (
                f"{-line.amount} 积分"
                if line.unit == "points"
                else f"¥{-line.amount // 100}.{-line.amount % 100:02d} 余额"
            )
            return f"订单 {order} 用了 {what}"
        case "welcome":
            return str(line.memo.get("text", "开户赠送"))
    return str(line.memo.get("text", line.kind))


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
    """权益账户 of the consumer.
    version: Rises with each update of a subscription; 1 in a query.
    points: Points 积分 that are free.
    balance_fen: Stored balance 余额 that is free, fen.
    red_packet_fen: Red packets 红包, fen.
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

    @strawberry.field(description="流水, newest first.")
    async def entries(self, info: AppInfo, first: int = 20, after: str | None = None) -> BenefitEntryConnection:
        merchant, member = self.owner
        rows = await ledger.entries(
            merchant,
            ledger.member(member),
            page(first) + 1,
            optional_id("ent", strawberry.ID(after) if after else None),
        )
        nodes = [BenefitEntry.of(line) for line in rows[:first]]
        return BenefitEntryConnection(
            nodes=nodes, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=nodes[-1].id if nodes else None)
        )

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
        return CouponConnection(
            nodes=nodes, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=nodes[-1].id if nodes else None)
        )


async def account_view(merchant: uuid.UUID, member: uuid.UUID, version: int) -> BenefitAccount:
    free = {unit: amounts[1] for unit, amounts in (await ledger.balances(merchant, ledger.member(member))).items()}
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


@strawberry.type
class AccountQuery:
    @strawberry.field(description="The consumer's benefit account.", permission_classes=consumer())
    async def benefit_account(self, info: AppInfo) -> BenefitAccount:
        return await account_view(merchant_id(info), member_id(info), 1)


@strawberry.type
class AccountSubscription:
    @strawberry.subscription(
        description="The consumer's benefit account now, and again whenever it moves.", permission_classes=consumer()
    )
    async def benefit_account(self, info: AppInfo) -> AsyncGenerator[BenefitAccount, None]:
        merchant, member = merchant_id(info), member_id(info)
        async with AsyncExitStack() as stack:
            waiter = await stack.enter_async_context(info.context.runtime.hub.listening([f"member:{member}"]))
            SUBSCRIBERS.inc()
            stack.callback(SUBSCRIBERS.dec)
            version = 0
            while True:
                version += 1
                yield await account_view(merchant, member, version)
                while not await waiter.wait(LONGEST_WAIT):
                    pass
