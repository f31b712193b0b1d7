"""曝光 and what it brought: customers tell what they had in view, operators read it by placement (K02, K12)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Annotated, Any

import strawberry

from backend import coupons, merchants
from backend.kit import idempotency
from backend.kit.clock import now
from schema.base import (
    AppInfo,
    BadRequest,
    BasisPoints,
    Busy,
    Fen,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    Refusal,
    checked_key,
    consumer,
    described,
    may,
    member_id,
    merchant_id,
)
from schema.catalog import needed_id
from schema.coupon_kinds import CouponPlacement, via_words
from schema.coupons import chosen_store

PLACEMENT_NAMES = {
    "home": "首页",
    "product": "商品页",
    "cart": "购物车",
    "centre": "领券中心",
    "popup": "弹窗",
    None: "其他方式（链接、口令、券码、人工）",
}
CSV_ROWS = 2000


@described
@strawberry.input
class SeenInput:
    """A drop that was in view.
    drop_id: The drop.
    placement: Where it was shown.
    times: How often it came into view since the last report, 1–20.
    """

    drop_id: strawberry.ID
    placement: CouponPlacement  # type: ignore[valid-type]
    times: int = 1


@described
@strawberry.input
class ReportExposuresInput:
    """What a customer had in view since the last report; at most 50 drops and placements.
    seen: The drops, each where it was shown.
    store_id: The store that the shopper chose.
    idempotency_key: Made by the client for this report; the same key counts once.
    """

    seen: list[SeenInput]
    idempotency_key: strawberry.ID
    store_id: strawberry.ID | None = None


@described
@strawberry.type
class ExposuresNoted:
    """The report was taken. A member counts once a day and placement; views beyond a hundred a day are not counted.
    views: Views that it said.
    """

    views: int


@described
@strawberry.type
class TooManyExposures(Refusal):
    """More in one report than one may say; nothing was counted.
    limit: Most in one report.
    given: How many there were.
    """

    limit: int
    given: int


ReportExposuresResult = Annotated[
    ExposuresNoted | TooManyExposures | InvalidInput | NotFound | IdempotencyConflict | Busy,
    strawberry.union("ReportExposuresResult", description="What was taken, or why not."),
]


def _answer(result: coupons.ExposureAnswer) -> Any:
    match result:
        case coupons.ExposuresNoted(views=views):
            return ExposuresNoted(views=views)
        case coupons.TooManyExposures(limit=limit, given=given):
            text = f"一次最多上报 {limit} 条曝光，这次有 {given} 条，请分批上报"
            return TooManyExposures(code="TooManyExposures", message=text, limit=limit, given=given)
        case coupons.Invalid(problems=problems):
            return InvalidInput.of(problems)
        case coupons.DropsUnknown():
            return NotFound.make("上报里有不存在或没有公开投放的领券活动")
        case idempotency.IdempotencyConflict():
            return IdempotencyConflict.make()
        case coupons.ReportsBusy(retry_after_ms=ms):
            return Busy.make(ms)


@strawberry.type
class ExposureMutation:
    @strawberry.mutation(
        description="Tells which drops a customer really had in view 上报曝光. Never needed for a claim.",
        permission_classes=consumer(),
    )
    async def report_exposures(self, info: AppInfo, input: ReportExposuresInput) -> ReportExposuresResult:
        seen = tuple(
            coupons.Seen(needed_id("drp", s.drop_id), s.placement.name.lower(), s.times) for s in input.seen[:1000]
        )
        key, store = checked_key(input.idempotency_key), await chosen_store(info, input.store_id)
        report = coupons.ExposureReport(merchant_id(info), member_id(info), key, seen, store, now())
        return _answer(await info.context.runtime.exposures.report(report))


@described
@strawberry.type
class PlacementFigures:
    """What a drop did at one placement 投放效果.
    placement: Where; null for coupons that were had in another way, by link, code or staff.
    views: 曝光次数, times that it came into view.
    viewers: 曝光人数, each member once a day.
    claimed: 领取, coupons claimed there.
    redeemed: 核销, coupons of these that are used in paid orders.
    orders: Paid orders that they are used in.
    discount_fen: 优惠成本, fen that they took off those orders, less what refunds took back; what is given beside a coupon is not in it.
    claim_rate_bp: 领取率, claimed of viewers; null when nobody saw it.
    redemption_rate_bp: 核销率, redeemed of claimed; null when nothing was claimed.
    per_order_fen: Discount for each such order, rounded half up; null without one.
    """

    placement: CouponPlacement | None  # type: ignore[valid-type]
    views: int
    viewers: int
    claimed: int
    redeemed: int
    orders: int
    discount_fen: Fen
    claim_rate_bp: BasisPoints | None
    redemption_rate_bp: BasisPoints | None
    per_order_fen: Fen | None

    @staticmethod
    def of(f: coupons.Figures) -> PlacementFigures:
        return PlacementFigures(
            placement=CouponPlacement[f.placement.upper()] if f.placement else None,
            views=f.views,
            viewers=f.viewers,
            claimed=f.claimed,
            redeemed=f.redeemed,
            orders=f.orders,
            discount_fen=f.took_fen,
            claim_rate_bp=f.claim_bp,
            redemption_rate_bp=f.redeem_bp,
            per_order_fen=f.per_order_fen,
        )


@described
@strawberry.type
class PlacementCsv:
    """A part of the figures of a drop by day, placement, store and link.
    csv: Lines (RFC 4180, CRLF), the heading on the first part; claims stand under the day of the claim.
    next: Hand this to `after` for the next part; null at the end.
    """

    csv: str
    next: str | None


HEADING = ("日期", "位置", "门店", "曝光次数", "曝光人数", "领取", "核销", "核销订单", "优惠成本（元）", "推广来源")


def _row(f: coupons.DayFigures, stores: dict[Any, str]) -> list[object]:
    x = f.figures
    where = [PLACEMENT_NAMES[x.placement], stores.get(f.store_id, "") if f.store_id else ""]
    return [
        f.day.isoformat(),
        *where,
        x.views,
        x.viewers,
        x.claimed,
        x.redeemed,
        x.orders,
        _yuan(x.took_fen),
        via_words(f.via),
    ]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _cursor(text: str | None) -> tuple[dt.date, str, str, str] | None:
    if text is None:
        return None
    try:
        day, placement, store, via = text.split("/")
        return dt.date.fromisoformat(day), placement, store, via
    except ValueError as error:
        raise BadRequest("after 不是上一页给出的游标") from error


@strawberry.type
class ExposureQuery:
    @strawberry.field(
        description="Figures of a drop by day, placement, store and link, as lines for a spreadsheet; null when there is no such drop.",
        permission_classes=may("coupons.read"),
    )
    async def coupon_drop_csv(
        self, info: AppInfo, drop_id: strawberry.ID, after: str | None = None
    ) -> PlacementCsv | None:
        merchant, drop = merchant_id(info), needed_id("drp", drop_id)
        if not await coupons.drops(merchant, now(), ids=[drop]):
            return None
        tz = (await merchants.get(merchant)).time_zone
        found = await coupons.figures_by_day(merchant, drop, tz, first=CSV_ROWS, after=_cursor(after))
        stores = {store.id: coupons.no_formula(store.name) for store in await merchants.stores(merchant)}
        out = io.StringIO()
        csv.writer(out).writerows([*([HEADING] if after is None else []), *(_row(f, stores) for f in found)])
        last = found[-1] if len(found) == CSV_ROWS else None
        mark = None
        if last is not None:
            mark = f"{last.day}/{last.figures.placement or ''}/{last.store_id or ''}/{last.via or ''}"
        return PlacementCsv(csv=out.getvalue(), next=mark)
