"""The words of the pricing core: goods, cart, customer, offer. All are immutable; money is whole fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from backend.pricing.conditions import When
    from backend.pricing.offers.base import Effect

Level = Literal["LINE", "ORDER", "GIFT", "COUPON", "SHIPPING", "EARN"]
TENDERS = ("red_packet", "points", "balance")
MAX_QTY = 9_999
MAX_LINES = 500
MAX_FEN = 2**53 - 1
NOTHING: Mapping[str, int] = MappingProxyType({})


def nothing() -> Mapping[str, int]:
    return NOTHING


class Problem(NamedTuple):
    """One fault of an input, with the place where it stands."""

    path: str
    message: str


class Malformed(Exception):
    """The input cannot be read; carries every fault, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.path or '.'}: {p.message}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Product:
    """An article (SKU): `price` and `floor` (no offer goes below it) are fen a unit, `category` is a path such as
    丸滑/牛肉丸."""

    sku: str
    price: int
    name: str = ""
    category: str = ""
    brand: str = ""
    tags: frozenset[str] = frozenset()
    floor: int = 0


class RedPacket(NamedTuple):
    """红包: money of the customer; the least payable at which it may be used, and its end."""

    id: str
    fen: int
    min: int = 0
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """`id` None is an anonymous shopper, who is neither new nor returning. `used`: uses by offer, `used_today` those of the day
    (of the policy's time zone) in which the quote is asked."""

    id: str | None = None
    level: str | None = None
    new: bool = False
    tags: frozenset[str] = frozenset()
    points: int = 0
    balance: int = 0
    red_packets: tuple[RedPacket, ...] = ()
    used: Mapping[str, int] = field(default_factory=nothing)
    orders: int = 0
    used_today: Mapping[str, int] = field(default_factory=nothing)


class CartLine(NamedTuple):
    """So many units of one SKU."""

    sku: str
    qty: int


@dataclass(frozen=True, slots=True)
class TendersAsked:
    """What the customer would pay with: points (as points), balance (fen), red packets by id. More than there is
    uses what there is."""

    points: int = 0
    balance: int = 0
    red_packets: tuple[str, ...] = ()


class AddOnChosen(NamedTuple):
    """加价购: units that the customer wants of an add-on of one offer."""

    offer: str
    sku: str
    qty: int


class GiftChosen(NamedTuple):
    """满赠: the gift that the customer wants of those that one offer lets choose."""

    offer: str
    sku: str


class Deposit(NamedTuple):
    """定金: how many units an offer such as 定金膨胀 may still count, for a deposit was paid on each. `fen` is what was paid
    of the price: tenders leave as much to it."""

    offer: str
    units: int
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Cart:
    """`coupons` None means "auto": the engine chooses; a tuple fixes them, the empty one uses none.

    `addable` None means the whole catalogue.
    """

    lines: tuple[CartLine, ...] = ()
    channel: str | None = None
    store: str | None = None
    region: str | None = None
    payment: str | None = None
    delivery: str | None = None
    shipping: int = 0
    coupons: tuple[str, ...] | None = None
    tenders: TendersAsked = TendersAsked()
    add_ons: tuple[AddOnChosen, ...] = ()
    gift_choices: tuple[GiftChosen, ...] = ()
    addable: tuple[str, ...] | None = None
    deposits: tuple[Deposit, ...] = ()


class TenderCap(NamedTuple):
    """抵扣上限: all that one kind of tender may pay of an order, as a share of the payable before tenders (basis points), as a sum
    (fen), or the lesser of both; one of them is given."""

    kind: str
    bp: int | None
    fen: int | None

    def to_json(self) -> Json:
        return {name: figure for name, figure in (("bp", self.bp), ("fen", self.fen)) if figure is not None}

    def most(self, payable: int) -> int:
        """Fen of an order of this payable; a share is rounded down."""
        return min(
            [*([] if self.bp is None else [payable * self.bp // 10_000]), *([] if self.fen is None else [self.fen])]
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The merchant's terms: coupons an order, the least gain of a coupon (fen), points a yuan, zone, how goods come
    back (§8), the most promotions (LINE, ORDER and GIFT; coupons aside) that one line may be taken by (P08), and how much of an
    order tenders may pay (P04)."""

    max_coupons: int = 1
    min_coupon_gain: int = 1
    points_per_yuan_off: int = 100
    tz: str = "Asia/Shanghai"
    refund: Literal["allocated", "reprice"] = "allocated"
    refund_shipping: bool = True
    clawback: Literal["offset", "leave"] = "offset"
    grace_days: int = 0
    max_promotions_per_line: int | None = None
    tender_caps: tuple[TenderCap, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Goods named by SKU, category path, brand or tag; a product in any of them is meant."""

    all: bool = False
    skus: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ()
    brands: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def holds(self, product: Product) -> bool:
        if self.all or product.sku in self.skus or product.brand in self.brands:
            return True
        if self.tags and not self.tags.isdisjoint(product.tags):
            return True
        return any(under(product.category, c) for c in self.categories)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an offer is about (适用范围): goods, less others, within list prices in fen."""

    of: Selection = Selection(all=True)
    exclude: Selection | None = None
    min_price: int | None = None
    max_price: int | None = None

    def holds(self, product: Product) -> bool:
        if self.min_price is not None and product.price < self.min_price:
            return False
        if self.max_price is not None and product.price > self.max_price:
            return False
        return self.of.holds(product) and not (self.exclude is not None and self.exclude.holds(product))


EVERYTHING = Scope()


def under(path: str, prefix: str) -> bool:
    """Whether a path such as 丸滑/牛肉丸 is the prefix or lies under it."""
    return path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] == "/")


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an offer may be had, units for line-level offers, applications for the others: in an order, by a customer in all, by
    everybody together, by a customer on one day (P10). None: no end."""

    per_order: int | None = None
    per_customer: int | None = None
    stock: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """优惠: a promotion of the contract, or a coupon that a customer holds. `source` is its text."""

    id: str
    type: str
    level: Level
    effect: Effect
    scope: Scope
    group: str
    priority: int
    source: str = field(repr=False)
    name: str = ""
    when: When | None = None
    exclusive: Literal["", "line", "cart"] = ""
    excludes: frozenset[str] = frozenset()
    mandatory: bool = False
    no_tender: frozenset[str] = frozenset()
    limits: Limits = Limits()
    template: str | None = None
    expires: datetime | None = None

    @property
    def is_coupon(self) -> bool:
        return self.type == "coupon"

    @property
    def content(self) -> str:
        """Which content of a coupon this is; for all others the type."""
        if not self.is_coupon:
            return self.type
        return {"spend_off": "off", "spend_percent": "percent"}.get(self.effect.kind, self.effect.kind)

    @property
    def hash(self) -> str:
        import hashlib  # noqa: PLC0415  (a quote needs no digest, and loading it costs more than most of the core)

        return hashlib.sha256(self.source.encode()).hexdigest()


class Rejection(NamedTuple):
    """Why an offer did not apply: the kind, and the figures that explain it. Shared between quotes: not to be changed."""

    offer: Offer
    reason: str
    figures: dict[str, Any]

    @property
    def id(self) -> str:
        return self.offer.id

    def to_json(self) -> dict[str, Any]:
        return {"id": self.offer.id, "reason": self.reason, **self.figures}


@dataclass(frozen=True)
class QuoteRequest:
    """All that a price depends on beside the rules: moment, goods, cart, customer, coupons held, what is left
    (stock in applications, gift stock in pieces, budget in fen)."""

    at: datetime
    catalog: Mapping[str, Product]
    cart: Cart
    customer: Customer = Customer()
    coupons: tuple[Offer, ...] = ()
    policy: Policy = Policy()
    stock: Mapping[str, int] = field(default_factory=nothing)
    gift_stock: Mapping[str, int] = field(default_factory=nothing)
    budget: Mapping[str, int] = field(default_factory=nothing)
    explain: bool = False
    suggest: bool = False
    gift_quota: Mapping[str, int] = field(default_factory=nothing)
    """Pieces that offers may still give away, by offer; in place of their `quota`."""
    compare_coupons: bool = True
    """Whether a coupon that is `NOT_BETTER` says by how much where `explain` asks for figures: of some that takes a search each."""


class ReturnedUnits(NamedTuple):
    """So many units of one SKU that come back."""

    sku: str
    qty: int


@dataclass(frozen=True)
class Spent:
    """What the customer has already spent of a benefit that this batch claws back."""

    offer: str
    points: int = 0
    fen: int = 0
    count: int = 0


@dataclass(frozen=True)
class Return:
    """One batch of a return (退货): when, which units, what of the benefits was spent before, and which coupons it gives back
    though something is kept: what is kept has lost their discount (`let_go`)."""

    at: datetime
    units: tuple[ReturnedUnits, ...]
    spent: tuple[Spent, ...] = ()
    coupons_back: tuple[str, ...] = ()


Json = dict[str, Any]
