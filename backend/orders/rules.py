"""Pure rules about carts and orders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend import pricing
from backend.ledger import Unit

LOCK_ORDER: tuple[Unit, ...] = ("points", "balance", "red_packet", "stamps", "refund_due")
"""In which order an order's accounts are locked (docs/architecture.md)."""
CouponMode = Literal["AUTO", "NONE", "FIXED"]
RedPacketMode = Literal["AUTO", "FIXED"]
PAY_WITHIN = timedelta(minutes=15)
SHIPPING_FEN: Mapping[str, int] = {"DELIVERY": 600, "PICKUP": 0}
"""Delivery fee before shipping offers, in fen. One figure for all merchants until they have their own (docs/guides)."""
MAX_QTY = 9_999
MAX_LINES = 500
MAX_PACKETS = 50
MAX_CHOSEN = 20
"""Coupons named for one order: it uses three at most (K01), and each set of those named is tried."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the shopper wants priced. Coupons are row ids; `coupon_mode` AUTO lets the engine choose. Red packets are row ids
    too: AUTO offers all, FIXED those named, which is none of them where none is. With `family` points of the family may pay,
    once one's own are used up. Add-ons are (offer, sku, qty), gift choices (offer, sku). Of the rest of a pre-sale `presale`
    names it, and `deposits` are (offer, units, fen paid)."""

    store_id: UUID | None
    channel: str
    delivery: str
    lines: tuple[tuple[str, int], ...]
    coupon_mode: CouponMode = "AUTO"
    coupon_ids: tuple[UUID, ...] = ()
    points: int = 0
    balance_fen: int = 0
    red_packet_mode: RedPacketMode = "FIXED"
    red_packets: tuple[UUID, ...] = ()
    add_ons: tuple[tuple[str, str, int], ...] = ()
    gift_choices: tuple[tuple[str, str], ...] = ()
    suggest: bool = False
    payment: str = "WECHAT"
    presale: UUID | None = None
    deposits: tuple[tuple[str, int, int], ...] = ()
    family: bool = False
    compare_coupons: bool = True
    """Whether each coupon that is not used says by how much the price would be higher with it."""
    every_coupon: bool = True
    """Whether coupons are told that are neither used nor named, and that no goods worth adding would unlock."""


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


def check_wish(wish: Wish) -> list[Problem]:
    """Faults of a cart that can be seen without looking anything up."""
    problems = []
    if len(wish.lines) > MAX_LINES:
        problems.append(Problem("lines", f"一单最多 {MAX_LINES} 种商品"))
    total: dict[str, int] = {}
    for n, (sku, qty) in enumerate(wish.lines):
        total[sku] = total.get(sku, 0) + qty
        if not 1 <= qty <= MAX_QTY or total[sku] > MAX_QTY:
            problems.append(Problem(f"lines[{n}].qty", f"同一商品的数量须为 1–{MAX_QTY}"))
    for n, (_, _, qty) in enumerate(wish.add_ons):
        if not 1 <= qty <= MAX_QTY:
            problems.append(Problem(f"addOns[{n}].qty", f"数量须为 1–{MAX_QTY}"))
    if len(wish.coupon_ids) > MAX_CHOSEN:
        problems.append(Problem("coupons.ids", f"一单最多选 {MAX_CHOSEN} 张券，请先取消一些"))
    if len(wish.red_packets) > MAX_PACKETS:
        problems.append(Problem("tenders.redPacketIds", f"一单最多用 {MAX_PACKETS} 个红包"))
    if wish.points < 0:
        problems.append(Problem("tenders.points", "积分不能为负"))
    if wish.balance_fen < 0:
        problems.append(Problem("tenders.balanceFen", "余额不能为负"))
    if wish.delivery not in SHIPPING_FEN:
        problems.append(Problem("delivery", "配送方式无效"))
    return problems


def wish_hash(wish: Wish, member_id: UUID | None) -> str:
    """Names the cart that a quote token belongs to: lines merged and sorted, so their order does not matter."""
    merged: dict[str, int] = {}
    for sku, qty in wish.lines:
        merged[sku] = merged.get(sku, 0) + qty
    text = json.dumps(
        [
            str(member_id),
            str(wish.store_id),
            wish.channel,
            wish.delivery,
            wish.payment,
            sorted(merged.items()),
            wish.coupon_mode,
            sorted(str(c) for c in wish.coupon_ids),
            wish.points,
            wish.balance_fen,
            sorted(wish.add_ons),
            sorted(wish.gift_choices),
            wish.red_packet_mode,
            sorted(str(p) for p in wish.red_packets),
            *([str(wish.presale), wish.deposits] if wish.presale else []),
            *(["family"] if wish.family else []),
        ],
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def units_of(quote: Mapping[str, Any]) -> dict[str, int]:
    """Everything that leaves the shelf: sold, added on and given."""
    units: dict[str, int] = {}
    for line in [*quote["lines"], *quote["gifts"]]:
        units[line["sku"]] = units.get(line["sku"], 0) + line["qty"]
    return units


def without(units: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    """What of some units is not held already."""
    return {sku: n - held.get(sku, 0) for sku, n in units.items() if n > held.get(sku, 0)}


def promised(request: Mapping[str, Any] | None) -> set[str]:
    """Offers of a frozen scenario whose deposit was paid: a pre-sale has counted their uses, not its order."""
    return {d["offer"] for d in ((request or {}).get("cart") or {}).get("deposits") or []}


def lines_of(quote: Mapping[str, Any]) -> list[tuple[str, str, int, int, int]]:
    """(kind, sku, qty, list, payable) of a frozen quote: sold lines, add-ons, gifts."""
    added = len(quote["add_ons"])  # the engine puts chosen add-ons behind the sold lines
    sold = len(quote["lines"]) - added
    found = [
        ("sale" if n < sold else "add_on", line["sku"], line["qty"], line["list"], line["payable"])
        for n, line in enumerate(quote["lines"])
    ]
    return found + [("gift", g["sku"], g["qty"], g["list"], 0) for g in quote["gifts"]]


def price_mark(quote: Mapping[str, Any], family: Sequence[tuple[UUID, int]] = ()) -> str:
    """What a shopper was shown: payable, due, which offers and tenders made it, what comes with it and what it earns (`quote` as
    in docs/pricing.md §9), and whose points of the `family` pay."""
    made = json.dumps(
        [
            [[o["id"], o["off"]] for o in quote["offers"]],
            [[g["offer"], g["sku"], g["qty"]] for g in quote["gifts"]],
            [sorted((k, str(v)) for k, v in e.items()) for e in quote["earn"]],
            [[t["kind"], t.get("id"), t["fen"]] for t in quote["tenders"]],
            *([[str(member), points] for member, points in family]),
        ],
        ensure_ascii=False,
    )
    return f"{quote['payable']}:{quote['due']}:{hashlib.sha256(made.encode()).hexdigest()[:12]}"


def order_number(order_id: UUID, at: datetime, tz: str) -> str:
    """Day in the merchant's calendar and 12 digits from the id: readable on the phone, not countable by outsiders."""
    digits = int.from_bytes(hashlib.sha256(order_id.bytes).digest()[:8], "big") % 10**12
    return f"{at.astimezone(ZoneInfo(tz)):%Y%m%d}{digits:012d}"


def earn_taken(quote: pricing.Quote, limited: Collection[str]) -> dict[str, list[int]]:
    """What an order takes of limits and budgets for what it will earn (满返, P10, P12), by offer: [uses, fen]. It is frozen beside
    the quote, whose own figures are those of docs/pricing.md; orders from before have none and took nothing."""
    rate = quote.request.policy.points_per_yuan_off
    scarce = {*limited, *quote.request.budget}
    return {e.offer: [e.uses, e.worth_fen(rate)] for e in quote.earn if e.offer in scarce}


def uses_of(quote: Mapping[str, Any], limited: Sequence[str]) -> dict[str, int]:
    """How often an order uses each limited offer, as the engine counted it (docs/pricing.md, limits)."""
    earned = {offer: uses for offer, (uses, _) in quote.get("earn_taken", {}).items()}
    found = {offer["id"]: int(offer["uses"]) for offer in quote["offers"]} | earned
    return {offer: uses for offer, uses in found.items() if offer in limited}


def gives_of(quote: Mapping[str, Any], budgeted: Collection[str]) -> dict[str, int]:
    """Fen that an order takes of each offer's budget: what it takes off, the worth of what it will earn, the list value of gifts."""
    found = {offer["id"]: offer["off"] for offer in quote["offers"]}
    found |= {offer: fen for offer, (_, fen) in quote.get("earn_taken", {}).items()}
    for gift in quote["gifts"]:
        found[gift["offer"]] = found.get(gift["offer"], 0) + gift["list"]
    return {offer: fen for offer, fen in found.items() if offer in budgeted and fen > 0}


def gifts_of(quote: Mapping[str, Any], quotas: Collection[str]) -> dict[str, int]:
    """Pieces that an order takes of each offer's quota of gifts (P12)."""
    found: dict[str, int] = {}
    for gift in quote["gifts"]:
        if gift["offer"] in quotas:
            found[gift["offer"]] = found.get(gift["offer"], 0) + gift["qty"]
    return found


def packet_id(lot_id: UUID) -> str:
    """A red packet's id in a quote, which is its id for clients too."""
    return f"rpk_{lot_id.hex}"


def lot_of(packet: str) -> UUID:
    return UUID(hex=packet.removeprefix("rpk_"))


def tenders_of(quote: Mapping[str, Any], lent: int = 0) -> dict[Unit, tuple[int, tuple[tuple[UUID, int], ...]]]:
    """What each account of the member pays, by unit in the order of locks: the amount in the account's own unit (points in
    points, else fen), and of red packets each with its part. `lent` are points that others of the family pay."""
    amounts: dict[str, int] = {}
    packets = []
    for t in (t for t in quote["tenders"] if t["fen"] > 0):
        amounts[t["kind"]] = amounts.get(t["kind"], 0) + (t["points"] if t["kind"] == "points" else t["fen"])
        if t["kind"] == "red_packet":
            packets.append((lot_of(t["id"]), t["fen"]))
    amounts["points"] = amounts.get("points", 0) - lent
    return {
        unit: (amounts[unit], tuple(packets) if unit == "red_packet" else ())
        for unit in LOCK_ORDER
        if amounts.get(unit)
    }


def gap_closers(goods: Sequence[tuple[str, int]], gap_fen: int, most: int = 4) -> list[str]:
    """凑单 candidates for a gap: of (sku, price) the cheapest that close it alone, with two, with three units."""
    found: list[str] = []
    for units, wanted in ((1, 2), (2, 1), (3, 1)):
        enough = sorted((price, sku) for sku, price in goods if price * units >= gap_fen and sku not in found)
        found += [sku for _, sku in enough[:wanted]]
    return found[:most]


@dataclass(frozen=True, slots=True)
class NextTier:
    """What the next tier of an order-level offer needs and gives, in words; how much of its threshold is there."""

    sentence: str
    progress_bp: int


def yuan(fen: int) -> str:
    """¥30, ¥12.50: whole amounts without decimals."""
    return f"¥{fen // 100}" if fen % 100 == 0 else f"¥{fen // 100}.{fen % 100:02d}"


def next_tier(rule: Mapping[str, Any], base_fen: int, count: int) -> NextTier | None:
    """The tier after the one that `base_fen` (or `count` units) reaches, for spend_off and spend_percent.

    `rule` is the offer as in docs/pricing.md §5. None when the highest tier is reached or the type has no tiers.
    """
    every = rule.get("every")
    if every:
        steps = base_fen // every["min"]
        if every.get("max_off") is not None and steps * every["off"] >= every["max_off"]:
            return None
        least, gives = (
            every["min"] * (steps + 1),
            f"共减{yuan(min(every['off'] * (steps + 1), every.get('max_off') or 10**15))}",
        )
        return NextTier(f"再买{yuan(least - base_fen)}，{gives}", base_fen * 10_000 // least)
    for tier in rule.get("tiers") or []:
        if "off" in tier:
            gives = f"共减{yuan(tier['off'])}"
        elif "pay_bp" in tier:
            gives = f"享{_zhe(tier['pay_bp'])}折"
        else:
            return None
        if "count" in tier:
            if count < tier["count"]:
                return NextTier(f"再买{tier['count'] - count}件，{gives}", count * 10_000 // tier["count"])
        elif base_fen < tier["min"]:
            return NextTier(f"再买{yuan(tier['min'] - base_fen)}，{gives}", base_fen * 10_000 // tier["min"])
    return None


def _zhe(pay_bp: int) -> str:
    """8500 → 8.5, 9000 → 9."""
    return f"{pay_bp // 1000}" + (f".{pay_bp % 1000:03d}".rstrip("0") if pay_bp % 1000 else "")


OrderState = Literal["awaiting_payment", "paid", "completed", "cancelled", "refunded"]
ALLOWED: Mapping[str, frozenset[str]] = {
    "pay": frozenset({"awaiting_payment"}),
    "cancel": frozenset({"awaiting_payment"}),
    "complete": frozenset({"paid"}),
    "refund": frozenset({"paid", "completed"}),
}


def may(step: str, state: str) -> bool:
    return state in ALLOWED[step]
