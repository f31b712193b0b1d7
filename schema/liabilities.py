"""负债: what is promised to members and not yet had: points, balance, red packets, and coupons that nobody has used (B09, K13)."""

from __future__ import annotations

import datetime as dt

import strawberry

from backend import coupons, ledger, merchants, orders
from backend.kit import ids
from backend.kit.clock import end_of, now
from schema.base import AppInfo, BasisPoints, Fen, described, enumeration, may, merchant_id

LiabilityBasis = enumeration(
    "LiabilityBasis",
    {
        "FACE": "Face value 面额.",
        "CAP": "Most that it takes off 封顶.",
        "COST": "What the article costs 商品成本.",
        "UNKNOWN": "Nobody can say: a percentage without a cap, free shipping.",
    },
    "By what one coupon is valued.",
)


@described
@strawberry.type
class TemplateLiability:
    """Coupons of one template 一种券.
    template_id: The template.
    name: Its name.
    open: Coupons that may still be used, exact.
    locked: Of those, held by orders that wait for payment.
    earned: Of those open, granted for orders that were paid.
    redeemed: Coupons that were used.
    expired: Coupons that ended unused.
    voided: Coupons that were voided.
    basis: By what one is valued.
    value_fen: What one may cost at most; 0 where nobody can say.
    rate_bp: Used of those that came to an end; null while they are fewer than 30: then all count as used.
    most_fen: If all of them are used.
    expected_fen: The estimate: most, times the rate, rounded up.
    """

    template_id: strawberry.ID
    name: str
    open: int
    locked: int
    earned: int
    redeemed: int
    expired: int
    voided: int
    basis: LiabilityBasis  # type: ignore[valid-type]
    value_fen: Fen
    rate_bp: BasisPoints | None
    most_fen: Fen
    expected_fen: Fen


@described
@strawberry.type
class DayLiability:
    """Coupons that end with one day.
    day: Their last day in the merchant's calendar; null is every later day.
    open: How many, exact.
    most_fen: If all of them are used.
    expected_fen: The estimate.
    """

    day: dt.date | None
    open: int
    most_fen: Fen
    expected_fen: Fen


@described
@strawberry.type
class CouponLiability:
    """待兑付的券: coupons that nobody has used yet. A memorandum, not a debt in the journal.
    open: How many, exact.
    earned: Of those, granted for orders that were paid.
    unvalued: Of those open, of which nobody can say what one costs; in no amount here.
    most_fen: If all of them are used.
    expected_fen: The estimate.
    earned_expected_fen: The estimate of those that were earned.
    templates: By template, the most expected first, at most 200.
    days: By last day, 62 days, then the rest.
    """

    open: int
    earned: int
    unvalued: int
    most_fen: Fen
    expected_fen: Fen
    earned_expected_fen: Fen
    templates: list[TemplateLiability]
    days: list[DayLiability]

    @staticmethod
    def of(found: coupons.Owed) -> CouponLiability:
        total = found.coupons
        return CouponLiability(
            open=total.open,
            earned=total.earned,
            unvalued=total.unvalued,
            most_fen=total.most,
            expected_fen=total.expected,
            earned_expected_fen=total.earned_expected,
            templates=[
                TemplateLiability(
                    template_id=strawberry.ID(ids.encode("tpl", t.template_id)),
                    name=found.names[t.template_id],
                    open=t.open,
                    locked=t.locked,
                    earned=t.earned,
                    redeemed=t.redeemed,
                    expired=t.expired,
                    voided=t.voided,
                    basis=LiabilityBasis[t.basis.upper()],
                    value_fen=t.value,
                    rate_bp=t.rate_bp,
                    most_fen=t.most,
                    expected_fen=t.expected,
                )
                for t in total.templates[: coupons.liability_rules.MOST_TEMPLATES]
            ],
            days=[DayLiability(day=d.day, open=d.open, most_fen=d.most, expected_fen=d.expected) for d in total.days],
        )


@described
@strawberry.type
class Liabilities:
    """负债: as of now, or at the end of a day that is over. Points, balance and red packets are owed as they stand in members' accounts.
    as_of: The moment it is of.
    points: Points that members have.
    points_fen: The same in fen, at one fen each as the journal books them.
    balance_fen: Balance that members have.
    red_packet_fen: Red packets that members have.
    deposit_fen: Deposits of pre-sales that are paid and neither used, kept nor returned.
    deposits: How many.
    coupons: Coupons that nobody has used yet.
    """

    as_of: dt.datetime
    points: int
    points_fen: Fen
    balance_fen: Fen
    red_packet_fen: Fen
    deposit_fen: Fen
    deposits: int
    coupons: CouponLiability


@strawberry.type
class LiabilityQuery:
    @strawberry.field(
        description="What is promised to members and not yet had 负债: as of now, or at the end of a day (`day`, in the merchant's calendar)"
        " that is over: from what was written down then, with articles at what they cost today.",
        permission_classes=may("books.read"),
    )
    async def liabilities(self, info: AppInfo, day: dt.date | None = None) -> Liabilities:
        merchant = merchant_id(info)
        then = None if day is None else end_of(day, (await merchants.get(merchant)).time_zone, now())
        found = await coupons.owed(merchant, then or now(), then=then is not None)
        held = await ledger.liabilities(merchant, then)
        points = held.get("points", 0)
        deposit_fen, deposits = await orders.presales.deposits_held(merchant, then)
        return Liabilities(
            as_of=found.at,
            points=points,
            points_fen=points,
            balance_fen=held.get("balance", 0),
            red_packet_fen=held.get("red_packet", 0),
            deposit_fen=deposit_fen,
            deposits=deposits,
            coupons=CouponLiability.of(found),
        )
