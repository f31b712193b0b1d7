"""Pre-sales 预售 as they are shown: terms of an offer, one's own, the price of a rest, refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import strawberry

from backend import offers, promotions
from backend.kit.clock import now
from schema import words
from schema.base import AppInfo, Fen, described, enumeration, member_id, merchant_id, shop

PresaleWindow = enumeration(
    "PresaleWindow",
    {
        "UPCOMING": "定金未开始.",
        "DEPOSIT": "付定金中.",
        "BETWEEN": "Deposits are no longer taken, the rest not yet 待付尾款.",
        "FINAL": "付尾款中.",
        "OVER": "已结束.",
    },
    "Which window of a pre-sale is open.",
)


def when(at: dt.datetime) -> str:
    """6月18日 20:00, in the time of the shop."""
    local = at.astimezone(words.SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def rules_of(deposit: int, counts_as: int, since: dt.datetime, until: dt.datetime) -> list[str]:
    """定金规则: what becomes of a deposit, as the customer agrees to it (民法典 586, 587)."""
    return [
        f"每件付定金 {words.yuan(deposit)}，付尾款时抵 {words.yuan(counts_as)}。",
        f"尾款时间：{when(since)} 至 {when(until)}，价格以付尾款时为准。",
        "尾款期内没有付清，或付定金后自己取消，定金不退（最多为成交价的 20%，超出部分退回）。",
        "商家不能交付或因商家原因取消，双倍返还定金：定金原路退回，另一倍存入您的余额。",
    ]


@described
@strawberry.type
class PresaleTerms:
    """预售条件: a deposit, what it counts as, and the two windows.
    deposit_fen: Deposit for each unit.
    counts_as_fen: What it counts as when the rest is paid.
    deposit_from: From when deposits are taken.
    deposit_until: Until when deposits are taken.
    final_from: From when the rest is paid.
    final_until: Until when the rest is paid.
    window: Which window is open now.
    rules: What becomes of a deposit, in words; the customer agrees to it.
    server_time: The server's clock, for countdowns.
    """

    deposit_fen: Fen
    counts_as_fen: Fen
    deposit_from: dt.datetime
    deposit_until: dt.datetime
    final_from: dt.datetime
    final_until: dt.datetime
    window: PresaleWindow  # type: ignore[valid-type]
    rules: list[str]
    server_time: dt.datetime
    offer_id: strawberry.Private[str]
    limits: strawberry.Private[Mapping[str, Any]]

    @strawberry.field(description="Units that may still be reserved; null without a limit.", permission_classes=shop())
    async def left(self, info: AppInfo) -> int | None:
        stock = self.limits.get("stock")
        if stock is None:
            return None
        use = await offers.usage(merchant_id(info), None, [self.offer_id], now())
        return max(0, use.left.get(self.offer_id, stock))

    @strawberry.field(description="Units that one customer may reserve; null without a limit.")
    def per_customer(self) -> int | None:
        return self.limits.get("per_customer")

    @strawberry.field(description="Units that the viewer has reserved.", permission_classes=shop())
    async def mine(self, info: AppInfo) -> int:
        if self.limits.get("per_customer") is None or member_id(info) is None:
            return 0
        use = await offers.usage(merchant_id(info), member_id(info), [self.offer_id], now())
        return use.mine.get(self.offer_id, 0)

    @strawberry.field(description="Units that one customer may reserve on one day; null without a limit.")
    def per_day(self) -> int | None:
        return self.limits.get("per_day")

    @strawberry.field(
        description="Units that the viewer has reserved today, where that is limited.", permission_classes=shop()
    )
    async def mine_today(self, info: AppInfo) -> int:
        if self.limits.get("per_day") is None or member_id(info) is None:
            return 0
        use = await offers.usage(merchant_id(info), member_id(info), [self.offer_id], now())
        return use.today.get(self.offer_id, 0)

    @staticmethod
    def of(definition: Mapping[str, Any], found: promotions.PromotionInfo) -> PresaleTerms | None:
        windows = offers.presale_rules.windows_of(definition, found.starts_at, found.ends_at)
        if windows is None:
            return None
        at, ended = now(), found.state == "ENDED"
        window = (
            "OVER"
            if at >= windows.final_until
            else "FINAL"
            if at >= windows.final_from
            else "BETWEEN"
            if at >= windows.deposit_until or ended
            else "DEPOSIT"
            if at >= windows.deposit_from
            else "UPCOMING"
        )
        deposit, counts_as = definition["deposit"], definition["counts_as"]
        return PresaleTerms(
            deposit_fen=deposit,
            counts_as_fen=counts_as,
            deposit_from=windows.deposit_from,
            deposit_until=windows.deposit_until,
            final_from=windows.final_from,
            final_until=windows.final_until,
            window=PresaleWindow[window],
            rules=rules_of(deposit, counts_as, windows.final_from, windows.final_until),
            server_time=at,
            offer_id=str(definition["id"]),
            limits=definition.get("limits") or {},
        )
