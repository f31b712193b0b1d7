"""Every published fact. Frozen dataclasses of ids, integers and instants: what happened, never what to do.

Money is in fen; instants are UTC. A field is only ever added, never renamed: old events stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """The live rules of a merchant have a new epoch (a promotion was published, ended, changed or withdrawn)."""

    epoch: int
    promotion_id: UUID
    promotion_name: str
    change: str  # "published" | "ended"


@dataclass(frozen=True, slots=True)
class StackingChanged:
    """How many coupons an order and how many promotions a line may use was stated anew; None is no limit."""

    max_coupons: int
    max_promotions_per_line: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class TenderCapChanged:
    """How much of an order one kind of tender may pay was stated anew; None in both is no cap."""

    kind: str
    bp: int | None
    fen: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class OfferSoldOut:
    """An offer has no activity stock left, or too little of its budget or quota of gifts for another order like the last."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class OfferBack:
    """A cancelled order or a refund gave back what an offer had run out of."""

    offer_id: str


@dataclass(frozen=True, slots=True)
class StockCounted:
    """Units of an article came to a store's shelf, or, below zero, were found missing there; `on_hand` are free after it."""

    store_id: UUID
    sku: str
    units: int
    on_hand: int


@dataclass(frozen=True, slots=True)
class CouponClaimed:
    coupon_id: UUID
    drop_id: UUID
    member_id: UUID
    store_id: UUID | None
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CouponGranted:
    """Given without a claim, e.g. for a birthday."""

    coupon_id: UUID
    member_id: UUID
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CouponMoved:
    """locked, released, redeemed, expired, voided."""

    coupon_id: UUID
    member_id: UUID
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CouponDropChanged:
    """A drop was published or ended, or has more to give: processes that refuse it from memory ask again."""

    drop_id: UUID
    change: str  # "published" | "stock" | "ended"
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: UUID
    member_id: UUID
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SoldLine:
    sku: str
    qty: int
    payable_fen: int
    promoted: bool


@dataclass(frozen=True, slots=True)
class GivenOffer:
    offer_id: str
    level: str
    off_fen: int


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """Carries what the rollups need, so that a consumer never reads back into the order."""

    order_id: UUID
    member_id: UUID
    store_id: UUID
    at: datetime
    list_fen: int
    payable_fen: int
    saved_fen: int
    coupons: int
    lines: tuple[SoldLine, ...]
    offers: tuple[GivenOffer, ...]


@dataclass(frozen=True, slots=True)
class OrderCompleted:
    order_id: UUID
    member_id: UUID
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    order_id: UUID
    member_id: UUID
    store_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundRequestMoved:
    """A customer asked for a refund, or it was decided: waiting, done, rejected, withdrawn, closed."""

    order_id: UUID
    member_id: UUID
    store_id: UUID
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundedLine:
    sku: str
    qty: int
    refund_fen: int


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """One batch of a refund, with what the rollups need: money is gross, `offers` carry the discount taken back."""

    order_id: UUID
    member_id: UUID
    store_id: UUID
    at: datetime
    number: int
    refund_fen: int
    withheld_fen: int
    everything: bool
    lines: tuple[RefundedLine, ...]
    offers: tuple[GivenOffer, ...]


@dataclass(frozen=True, slots=True)
class PayoutMoved:
    """Cash on its way back: processing, succeeded, failed. `order_id` names the order, or the pre-sale of a deposit."""

    payout_id: UUID
    order_id: UUID
    member_id: UUID
    after: str
    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PresaleMoved:
    """A pre-sale: awaiting_deposit, deposit_paid, settled, closed, forfeited, returned."""

    presale_id: UUID
    member_id: UUID
    store_id: UUID
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody became a member 办会员, by the first log-in."""

    member_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """A member's own data is another: birthday, tags, home_store; what it was and is, is not told."""

    member_id: UUID
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LevelChanged:
    """A member's level is another: first_order, growth, by_hand, period_end, scheme."""

    move_id: UUID
    member_id: UUID
    before: str
    after: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PointsExchanged:
    """A member had an item of the mall for points."""

    exchange_id: UUID
    item_id: UUID
    member_id: UUID
    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeVoided:
    """Staff took back what an exchange gave; the points are the member's again."""

    exchange_id: UUID
    item_id: UUID
    member_id: UUID
    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LotteryDrawn:
    """A member drew in a lottery; `points` is what it cost."""

    draw_id: UUID
    lottery_id: UUID
    member_id: UUID
    prize_id: UUID
    points: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FamilyChanged:
    """A member's family: founded, joined, shared, removed, left; or points of theirs that an order of it holds: held, released."""

    family_id: UUID
    member_id: UUID
    change: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """A member's benefit account moved (points, balance …)."""

    member_id: UUID
    unit: str
    at: datetime


Event = (
    RulesChanged
    | StackingChanged
    | TenderCapChanged
    | OfferSoldOut
    | OfferBack
    | CouponClaimed
    | CouponGranted
    | CouponMoved
    | CouponDropChanged
    | OrderPlaced
    | OrderPaid
    | OrderCompleted
    | OrderCancelled
    | RefundRequestMoved
    | OrderRefunded
    | PayoutMoved
    | PresaleMoved
    | MemberJoined
    | MemberChanged
    | LevelChanged
    | PointsExchanged
    | ExchangeVoided
    | LotteryDrawn
    | FamilyChanged
    | AccountChanged
)
