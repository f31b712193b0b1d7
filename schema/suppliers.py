"""供应商承担: what suppliers bear of discounts, for finance and for the suppliers themselves (B09, O7)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import strawberry

from backend import catalog, merchants, orders, pricing
from backend.kit.clock import local_day, now
from backend.ledger import journal
from schema.base import AppInfo, Fen, Refusal, described, may, merchant_id
from schema.promotions import OfferLevel

COUPON_MODES = {
    "coupon_off": "满减券",
    "coupon_percent": "折扣券",
    "coupon_exchange": "兑换券",
    "coupon_shipping": "运费券",
}
USUAL_DAYS = 30


def mode_name(mode: str) -> str:
    """What a mode of the journal is called."""
    kind = pricing.TYPES.get(mode)
    return kind.zh if kind else COUPON_MODES.get(mode, mode)


@described
@strawberry.type
class Supplier:
    """供应商: whoever supplies goods, by the name that the catalogue has.
    name: Its name.
    goods: How many active articles it supplies.
    """

    name: str
    goods: int


@described
@strawberry.type
class SupplierDay:
    """What one supplier bears of the discounts of one day.
    day: The day in the merchant's calendar.
    supplier: The supplier.
    borne_fen: Of orders that were paid on it.
    back_fen: Of units that returned on it, which it bears no more.
    net_fen: What is left: what the supplier owes for the day.
    """

    day: dt.date
    supplier: str
    borne_fen: Fen
    back_fen: Fen
    net_fen: Fen


@described
@strawberry.type
class SupplierMode:
    """What one supplier bears by one level and mode of discount, over all days of a statement.
    supplier: The supplier.
    level: Level of the offers.
    mode: Their type; of coupons `coupon_` and their content.
    mode_name: The mode in Chinese.
    borne_fen: Of orders that were paid.
    back_fen: Of units that returned.
    net_fen: What is left.
    """

    supplier: str
    level: OfferLevel  # type: ignore[valid-type]
    mode: str
    mode_name: str
    borne_fen: Fen
    back_fen: Fen
    net_fen: Fen


@described
@strawberry.type
class SupplierStatement:
    """供应商承担对账单: as booked in the journal, for whole days.
    since: First day.
    until: Last day.
    borne_fen: Borne of orders that were paid.
    back_fen: Of units that returned, borne no more.
    net_fen: What suppliers owe for these days.
    days: By day and supplier, in order.
    modes: By supplier, level and mode.
    """

    since: dt.date
    until: dt.date
    borne_fen: Fen
    back_fen: Fen
    net_fen: Fen
    days: list[SupplierDay]
    modes: list[SupplierMode]
    found: strawberry.Private[orders.statements.Statement]

    @strawberry.field(
        description="All of it as CSV (RFC 4180): a line for each day, supplier, offer and article; no cell is a formula."
    )
    def csv(self) -> str:
        return orders.statements.csv_text(self.found)

    @staticmethod
    def of(found: orders.statements.Statement) -> SupplierStatement:
        days: dict[tuple[dt.date, str], list[int]] = {}
        modes: dict[tuple[str, str, str], list[int]] = {}
        for line in found.lines:
            for sums in (
                days.setdefault((line.day, line.supplier), [0, 0]),
                modes.setdefault((line.supplier, line.level, line.mode), [0, 0]),
            ):
                sums[0] += line.borne
                sums[1] += line.back
        return SupplierStatement(
            since=found.since,
            until=found.until,
            borne_fen=found.borne,
            back_fen=found.back,
            net_fen=found.borne - found.back,
            days=[
                SupplierDay(day=day, supplier=supplier, borne_fen=borne, back_fen=back, net_fen=borne - back)
                for (day, supplier), (borne, back) in sorted(days.items())
            ],
            modes=[
                SupplierMode(
                    supplier=supplier,
                    level=OfferLevel[level],
                    mode=mode,
                    mode_name=mode_name(mode),
                    borne_fen=borne,
                    back_fen=back,
                    net_fen=borne - back,
                )
                for (supplier, level, mode), (borne, back) in sorted(modes.items())
            ],
            found=found,
        )


@described
@strawberry.type
class StatementSpanInvalid(Refusal):
    """The days asked for are none, or too many for one statement.
    most_days: As many as one holds.
    """

    most_days: int


@described
@strawberry.type
class StatementNotYours(Refusal):
    """Somebody of a supplier asks for another's statement, or belongs to none that is known."""


SupplierStatementResult = Annotated[
    SupplierStatement | StatementSpanInvalid | StatementNotYours,
    strawberry.union("SupplierStatementResult", description="The statement, or why not."),
]


@described
@strawberry.type
class BorneDiscount:
    """Who bore how much of one discount of an order, as booked at payment and at its refunds.
    offer_id: The offer or coupon.
    level: Its level.
    mode_name: Its mode in Chinese.
    supplier: The supplier; null is the merchant.
    borne_fen: Borne when the order was paid.
    back_fen: Of that, what refunds took back.
    """

    offer_id: strawberry.ID
    level: OfferLevel  # type: ignore[valid-type]
    mode_name: str
    supplier: str | None
    borne_fen: Fen
    back_fen: Fen


async def borne_of(info: AppInfo, order: orders.OrderInfo) -> list[BorneDiscount] | None:
    """Who bore the discounts of an order that suppliers bear a part of; null for a viewer who may not see it."""
    viewer = info.context.viewer
    if viewer is None or not viewer.may("suppliers.read"):
        return None
    seen, shared = viewer.suppliers, set((order.quote or {}).get("bearing", {}).get("terms", {}))
    return [
        BorneDiscount(
            offer_id=strawberry.ID(offer),
            level=OfferLevel[level],
            mode_name=mode_name(mode),
            supplier=supplier or None,
            borne_fen=borne,
            back_fen=back,
        )
        for level, mode, offer, supplier, borne, back in (
            await journal.discounts_of(order.merchant_id, order.id) if shared else []
        )
        if offer in shared and (seen is None or supplier in seen)
    ]


def seen_suppliers(info: AppInfo, asked: str | None) -> list[str] | StatementNotYours | None:
    """Of whom a viewer may have a statement: None is all."""
    own = info.context.viewer.suppliers
    if own is not None and (not own or asked not in (None, *own)):
        text = "您只能看自己的对账单" if own else "您的账号还没有关联供应商，请联系商家"
        return StatementNotYours(code="StatementNotYours", message=text)
    return [asked] if asked is not None else list(own) if own is not None else None


@strawberry.type
class SupplierQuery:
    @strawberry.field(
        description="Suppliers of the catalogue, those of most goods first.", permission_classes=may("promotions.read")
    )
    async def suppliers(self, info: AppInfo) -> list[Supplier]:
        return [Supplier(name=name, goods=goods) for name, goods in await catalog.suppliers(merchant_id(info))]

    @strawberry.field(
        description="What suppliers bear of discounts, the last 30 days unless told; a supplier sees its own alone.",
        permission_classes=may("suppliers.read"),
    )
    async def supplier_statement(
        self,
        info: AppInfo,
        since: dt.date | None = None,
        until: dt.date | None = None,
        supplier: str | None = None,
    ) -> SupplierStatementResult:
        merchant = await merchants.get(merchant_id(info))
        last = until or local_day(now(), merchant.time_zone)
        first = since or last - dt.timedelta(days=USUAL_DAYS - 1)
        seen = seen_suppliers(info, supplier)
        if isinstance(seen, StatementNotYours):
            return seen
        return _answer(await orders.statements.statement(merchant.id, first, last, seen))


def _answer(found: Any) -> Any:
    match found:
        case orders.statements.Statement():
            return SupplierStatement.of(found)
        case orders.statements.SpanInvalid(most_days=most):
            text = f"起止日期有误：开始不晚于结束，一次最多 {most} 天"
            return StatementSpanInvalid(code="StatementSpanInvalid", message=text, most_days=most)
    raise TypeError(f"unknown result {found!r}")
