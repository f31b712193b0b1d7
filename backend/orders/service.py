"""Quote → place → pay → complete, or cancel (Q01, Q05–Q07).

A quote writes nothing and locks nothing. Placing quotes again inside the transaction, compares with what the
shopper saw, and takes stock, limits, coupons and tenders together or not at all (O4), in one lock order:
rule epoch → coupons by id → stock by SKU → offer uses by id → ledger accounts by id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, coupons, events, ledger, members, merchants, offers, pricing
from backend.kit import crypto, database, idempotency, outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.orders.rules import (
    PAY_WITHIN,
    SHIPPING_FEN,
    Problem,
    Wish,
    check_wish,
    earned_of,
    gap_closers,
    lines_of,
    may,
    order_number,
    price_mark,
    units_of,
    uses_of,
    wish_hash,
)

POLICY = pricing.Policy()
STEPS = 20_000
"""Step limit of one live quote: entangled carts end with a bound after some tenths of a second instead of holding up
everybody else in the process. Placing uses the same limit, so it finds the same price."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote with what it was made from. `products` and `held` are for showing; `names` by offer or coupon id."""

    quote: pricing.Quote
    request: pricing.QuoteRequest
    live: offers.LiveRules
    store: merchants.StoreInfo
    products: Mapping[str, catalog.ProductInfo]
    held: Mapping[str, coupons.CouponInfo]
    token: str
    at: datetime

    def offer(self, offer_id: str) -> pricing.Offer | None:
        """The offer or held coupon with this id."""
        return self.live.offers.get(offer_id) or next((c for c in self.request.coupons if c.id == offer_id), None)

    def add_on_offers(self) -> list[tuple[pricing.Offer, bool]]:
        """加价购 offers that concern this cart and hold now, each with whether its threshold is reached. The engine leaves
        out an add-on that nobody chose, so each is asked for with one unit chosen."""
        cart, found = self.request.cart, []
        for n in sorted({n for line in cart.lines for n in self.live.rules.concerning(self.request.catalog[line.sku])}):
            offer = self.live.rules.offers[n]
            skus = sorted(_given_skus(offer) & set(self.request.catalog)) if offer.type == "add_on" else []
            if skus:
                probe = replace(cart, add_ons=(pricing.AddOnChosen(offer.id, skus[0], 1),))
                answer = pricing.quote(
                    self.live.rules, replace(self.request, cart=probe, explain=False, suggest=False), STEPS
                )
                reached = any(a.offer == offer.id for a in answer.add_ons)
                why = next((r.reason for r in answer.rejected if r.id == offer.id), None)
                if reached or why == "THRESHOLD":
                    found.append((offer, reached))
        return found


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class PriceChanged:
    """The price is no longer the one that the shopper saw. Nothing was taken."""

    seen_payable_fen: int
    now: Priced


@dataclass(frozen=True, slots=True)
class OutOfStock:
    sku: str
    available: int


@dataclass(frozen=True, slots=True)
class NotFound:
    pass


@dataclass(frozen=True, slots=True)
class NotInState:
    state: str


@dataclass(frozen=True, slots=True)
class WrongAmount:
    """A payment of another amount than the order has due; a person must look at it."""

    due_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class OrderInfo:
    """An order with its lines. `quote` is the frozen answer of the engine (docs/pricing.md)."""

    id: UUID
    merchant_id: UUID
    number: str
    member_id: UUID
    store_id: UUID
    state: str
    placed_at: datetime
    pay_by: datetime | None
    paid_at: datetime | None
    list_fen: int
    goods_fen: int
    shipping_fen: int
    payable_fen: int
    due_fen: int
    quote: Mapping[str, Any] | None
    prepay_id: str | None
    lines: tuple[tuple[str, int, int, int, str], ...]  # sku, qty, list_fen, payable_fen, kind


class _Refused(Exception):
    """Rolls the transaction back and carries the refusal out."""

    def __init__(self, refusal: object) -> None:
        super().__init__(type(refusal).__name__)
        self.refusal = refusal


async def quote(
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID | None,
    wish: Wish,
    at: datetime,
    live: offers.LiveRules | None = None,
) -> Priced | Invalid:
    """The price of a cart now, with reasons and figures."""
    problems = check_wish(wish)
    if problems:
        return Invalid(tuple(problems))
    stores = await merchants.stores(merchant_id)
    store = next((s for s in stores if s.id == wish.store_id), stores[0] if stores and wish.store_id is None else None)
    if store is None:
        return Invalid((Problem("storeId", "没有这家门店"),))
    skus = [sku for sku, _ in wish.lines]
    products = await catalog.by_skus(merchant_id, skus, store.id)
    problems = [Problem(f"lines[{n}].sku", f"没有这个商品：{sku}") for n, sku in enumerate(skus) if sku not in products]
    held = await coupons.usable(merchant_id, member_id, at) if member_id else []
    held_ids = {coupon.id for coupon in held}
    if wish.coupon_mode == "FIXED":
        problems += [
            Problem(f"coupons.ids[{n}]", "您没有这张券，或它已用过")
            for n, c in enumerate(wish.coupon_ids)
            if c not in held_ids
        ]
    if problems:
        return Invalid(tuple(problems))
    live = live or await offers.live(merchant_id)
    problems = _unknown_choices(wish, live)
    if problems:
        return Invalid(tuple(problems))
    left, mine = await offers.usage(merchant_id, member_id, live.limited)
    extras = await _extras(merchant_id, store.id, live, products)
    request = pricing.QuoteRequest(
        at=at,
        policy=POLICY,
        explain=True,
        stock=left,
        gift_stock=_gift_stock(wish, {**extras, **products}),
        catalog={p.sku: _product(p) for p in [*products.values(), *extras.values()]},
        coupons=tuple(coupons.offer_of(coupon) for coupon in held),
        customer=await _customer(merchant_id, member_id, mine),
        cart=pricing.Cart(
            lines=tuple(pricing.CartLine(sku, qty) for sku, qty in wish.lines),
            channel=wish.channel.lower(),
            store=store.code,
            region=store.region_path,
            payment="wechat",
            delivery=wish.delivery.lower(),
            shipping=SHIPPING_FEN[wish.delivery] if wish.lines else 0,
            coupons=None
            if wish.coupon_mode == "AUTO"
            else tuple(f"cpn_{c.hex}" for c in wish.coupon_ids)
            if wish.coupon_mode == "FIXED"
            else (),
            tenders=pricing.TendersAsked(points=wish.points, balance=wish.balance_fen),
            add_ons=tuple(pricing.AddOnChosen(*chosen) for chosen in wish.add_ons),
            gift_choices=tuple(pricing.GiftChosen(*chosen) for chosen in wish.gift_choices),
            addable=(),
        ),
    )
    answer, addable = pricing.quote(live.rules, request, STEPS), dict[str, catalog.ProductInfo]()
    if wish.suggest and wish.lines:
        addable = await _addable(merchant_id, store.id, answer, products)
        request = replace(
            request,
            suggest=True,
            catalog={**request.catalog, **{p.sku: _product(p) for p in addable.values()}},
            cart=replace(request.cart, addable=tuple(addable)),
        )
        answer = pricing.quote(live.rules, request, STEPS)
    token = crypto.sign(secret, "quote-token", f"{price_mark(answer.to_json())}:{wish_hash(wish, member_id)}")
    return Priced(
        answer, request, live, store, {**extras, **addable, **products}, {f"cpn_{c.id.hex}": c for c in held}, token, at
    )


def _unknown_choices(wish: Wish, live: offers.LiveRules) -> list[Problem]:
    """Add-ons and gifts chosen from offers that do not (or no longer) have them."""
    problems = []
    for n, (offer_id, sku, _) in enumerate(wish.add_ons):
        offer = live.offers.get(offer_id)
        if offer is None or offer.type != "add_on" or sku not in catalog.skus_named([json.loads(offer.source)]):
            problems.append(Problem(f"addOns[{n}]", "这个加价购已经没有了，请去掉"))
    for n, (offer_id, sku) in enumerate(wish.gift_choices):
        offer = live.offers.get(offer_id)
        if offer is None or offer.type != "spend_gift" or sku not in catalog.skus_named([json.loads(offer.source)]):
            problems.append(Problem(f"giftChoices[{n}]", "这个赠品已经没有了，请重新选择"))
    return problems


async def _extras(
    merchant_id: UUID, store_id: UUID, live: offers.LiveRules, products: Mapping[str, catalog.ProductInfo]
) -> dict[str, catalog.ProductInfo]:
    """Gifts and add-ons of the offers that concern this cart."""
    concerned = {n for info in products.values() for n in live.rules.concerning(_product(info))}
    giving = [o for o in (live.rules.offers[n] for n in concerned) if o.type in ("spend_gift", "add_on")]
    skus = {sku for o in giving for sku in _given_skus(o)} - set(products)
    return await catalog.by_skus(merchant_id, sorted(skus), store_id) if skus else {}


def _given_skus(offer: pricing.Offer) -> set[str]:
    rule = json.loads(offer.source)
    return catalog.skus_named([rule.get("tiers") or {}, rule.get("items") or {}])


def _gift_stock(wish: Wish, known: Mapping[str, catalog.ProductInfo]) -> dict[str, int]:
    """What the store can still give away: on hand less what the cart itself takes. Articles without stock rows have no end."""
    wanted: dict[str, int] = {}
    for sku, qty in [*wish.lines, *((sku, qty) for _, sku, qty in wish.add_ons)]:
        wanted[sku] = wanted.get(sku, 0) + qty
    return {
        sku: max(0, info.available - wanted.get(sku, 0)) for sku, info in known.items() if info.available is not None
    }


def _product(info: catalog.ProductInfo) -> pricing.Product:
    return pricing.Product(
        sku=info.sku,
        price=info.list_fen,
        name=info.name,
        category=info.category,
        brand=info.brand,
        tags=frozenset(info.tags),
        floor=info.floor_fen,
    )


async def _addable(
    merchant_id: UUID, store_id: UUID, answer: pricing.Quote, in_cart: Mapping[str, catalog.ProductInfo]
) -> dict[str, catalog.ProductInfo]:
    """凑单 candidates, at most 8 (the engine tries combinations of up to three units of them): goods in stock that close
    the smallest gaps of offers and coupons whose threshold this cart misses."""
    found: dict[str, catalog.ProductInfo] = {}
    missed = [r for r in answer.rejected if r.reason == "THRESHOLD" and r.figures.get("short_by_fen")]
    for r in sorted(missed, key=lambda r: (r.figures["short_by_fen"], r.id)):
        scope = json.loads(r.offer.source).get("scope") or {}
        goods = await catalog.search(merchant_id, first=200, after=None, store_id=store_id, scope=scope)
        there = {
            p.sku: p for p in goods if (p.available is None or p.available > 0) and r.offer.scope.holds(_product(p))
        }
        for sku in gap_closers([(p.sku, p.list_fen) for p in there.values()], r.figures["short_by_fen"]):
            if len(found) < 8:
                found.setdefault(sku, there[sku])
    return found or dict(list(in_cart.items())[:3])


async def _customer(merchant_id: UUID, member_id: UUID | None, used: Mapping[str, int]) -> pricing.Customer:
    if member_id is None:
        return pricing.Customer()
    info = await members.get(merchant_id, member_id)
    if info is None:
        return pricing.Customer()
    books = await ledger.balances(merchant_id, ledger.member(member_id))
    return pricing.Customer(
        id=str(member_id),
        level=info.level,
        new=info.orders_count == 0,
        tags=frozenset(info.tags),
        orders=info.orders_count,
        points=books.get("points", (0, 0))[1],
        balance=books.get("balance", (0, 0))[1],
        used=dict(used),
    )


async def place(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, quote_token: str, key: str, at: datetime
) -> OrderInfo | PriceChanged | OutOfStock | Invalid | IdempotencyConflict:
    """Turns a quote that is still true into an order that waits for payment (or is paid, if nothing is due)."""
    if not wish.lines:
        return Invalid((Problem("lines", "购物车是空的"),))
    text = crypto.verified(secret, "quote-token", quote_token)
    seen = text.split(":") if text else []
    if len(seen) != 4 or seen[3] != wish_hash(wish, member_id):
        return Invalid((Problem("quoteToken", "报价与购物车不符，请刷新购物车后再下单"),))
    try:
        async with database.transaction() as tx:
            begun = await idempotency.begin(
                tx,
                merchant_id,
                f"consumer:{member_id}",
                key,
                "placeOrder",
                [wish_hash(wish, member_id), quote_token],
                at,
            )
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                order_id = UUID(begun.answer["id"])
            else:
                # share lock: a promotion cannot be published or ended between this look and our commit
                live = await offers.pinned(tx, merchant_id)
                priced = await quote(secret, merchant_id, member_id, wish, at, live)
                if isinstance(priced, Invalid):
                    raise _Refused(priced)
                if price_mark(priced.quote.to_json()) != ":".join(seen[:3]):
                    raise _Refused(PriceChanged(int(seen[0]), priced))
                order_id = await _write(tx, merchant_id, member_id, priced, at)
                await _take(tx, merchant_id, member_id, order_id, priced, seen, secret, wish, at)
                await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    except _Refused as refused:
        return refused.refusal  # type: ignore[return-value]
    found = await get(merchant_id, order_id)
    if found is None:
        raise LookupError(f"order {order_id} vanished while it was read")
    if found.due_fen == 0 and found.state == "awaiting_payment":
        await pay(merchant_id, found.number, "no-cash-due", 0, at)
        found = await get(merchant_id, order_id) or found
    return found


async def _write(tx: Tx, merchant_id: UUID, member_id: UUID, priced: Priced, at: datetime) -> UUID:
    order_id, answer = new_id(), priced.quote.to_json()
    merchant = await merchants.get(merchant_id)
    await tx.execute(
        "INSERT INTO orders (id, merchant_id, number, member_id, store_id, state, channel, placed_at, pay_by, list_fen, goods_fen, shipping_fen, payable_fen,"
        " due_fen, quote, request, rules) VALUES ($1,$2,$3,$4,$5,'awaiting_payment',$6,$7,$8,$9,$10,$11,$12,$13,$14::jsonb,$15::jsonb,$16)",
        order_id,
        merchant_id,
        order_number(order_id, at, merchant.time_zone),
        member_id,
        priced.store.id,
        priced.request.cart.channel,
        at,
        at + PAY_WITHIN,
        answer["list"],
        answer["goods"],
        answer["shipping"],
        answer["payable"],
        answer["due"],
        database.dumps(answer),
        database.dumps(scenario_of(priced)),
        answer["rules"],
    )
    for position, (kind, sku, qty, listed, payable) in enumerate(lines_of(answer)):
        await tx.execute(
            "INSERT INTO order_lines (id, merchant_id, order_id, position, kind, sku, qty, list_fen, payable_fen)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
            new_id(),
            merchant_id,
            order_id,
            position,
            kind,
            sku,
            qty,
            listed,
            payable,
        )
    await outbox.emit(
        tx, merchant_id, f"order:{order_id}", events.OrderPlaced(order_id, member_id, priced.store.id, at), at
    )
    return order_id


def scenario_of(priced: Priced) -> dict[str, Any]:
    """The quote's inputs as a scenario file (docs/pricing.md): `shuhui price` gives the same figures for ever (Q07, O1).
    Offers that no line of the cart could meet are left out."""
    request, cart = priced.request, priced.request.cart
    concerned = {o.id for o in priced.quote.considered}
    named = catalog.skus_named(json.loads(o.source) for o in priced.quote.considered) & set(request.catalog)
    skus = {line.sku for line in cart.lines} | named
    return {
        "at": request.at.isoformat(),
        "policy": {
            "max_coupons": request.policy.max_coupons,
            "min_coupon_gain": request.policy.min_coupon_gain,
            "points_per_yuan_off": request.policy.points_per_yuan_off,
            "tz": request.policy.tz,
        },
        "catalog": [
            {
                "sku": p.sku,
                "name": p.name,
                "price": p.price,
                "category": p.category,
                "brand": p.brand,
                "tags": sorted(p.tags),
                "floor": p.floor,
            }
            for p in (request.catalog[sku] for sku in sorted(skus))
        ],
        "promotions": [json.loads(o.source) for o in priced.quote.considered if not o.is_coupon],
        "coupons": [json.loads(o.source) for o in priced.quote.considered if o.is_coupon],
        "customer": {
            "id": request.customer.id,
            "level": request.customer.level,
            "new": request.customer.new,
            "tags": sorted(request.customer.tags),
            "points": request.customer.points,
            "balance": request.customer.balance,
            "orders": request.customer.orders,
            "used": dict(request.customer.used),
        },
        "stock": {k: v for k, v in request.stock.items() if k in concerned},
        "gift_stock": {k: v for k, v in request.gift_stock.items() if k in skus},
        "cart": {
            "channel": cart.channel,
            "store": cart.store,
            "region": cart.region,
            "payment": cart.payment,
            "delivery": cart.delivery,
            "shipping": cart.shipping,
            "lines": [{"sku": line.sku, "qty": line.qty} for line in cart.lines],
            "add_ons": [{"offer": a.offer, "sku": a.sku, "qty": a.qty} for a in cart.add_ons],
            "gift_choices": [{"offer": g.offer, "sku": g.sku} for g in cart.gift_choices],
            "coupons": "auto" if cart.coupons is None else list(cart.coupons),
            "tenders": {"points": cart.tenders.points, "balance": cart.tenders.balance},
        },
        "explain": True,
    }


async def _take(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    order_id: UUID,
    priced: Priced,
    seen: Sequence[str],
    secret: bytes,
    wish: Wish,
    at: datetime,
) -> None:
    """Everything scarce that the order needs, or `_Refused` (O4)."""
    answer = priced.quote.to_json()
    used = [priced.held[o["id"]].id for o in answer["offers"] if o["id"] in priced.held]
    taken = await coupons.lock(tx, merchant_id, member_id, used, order_id, at)
    if taken is not None:
        raise _Refused(await _changed(secret, merchant_id, member_id, wish, seen, at))
    short = await catalog.reserve(tx, merchant_id, priced.store.id, units_of(answer))
    if short is not None:
        if short.sku not in {line["sku"] for line in answer["lines"]}:  # a gift went to somebody else
            raise _Refused(await _changed(secret, merchant_id, member_id, wish, seen, at))
        raise _Refused(OutOfStock(short.sku, short.available))
    uses = uses_of(answer, priced.live.limited)
    gone = await offers.take(
        tx, merchant_id, member_id, {k: (n, priced.live.offers[k].limits.per_customer) for k, n in uses.items()}, at
    )
    if gone is not None:
        raise _Refused(await _changed(secret, merchant_id, member_id, wish, seen, at))
    for unit, amount in _tenders(answer).items():
        held = await ledger.hold(
            tx, merchant_id, ledger.member(member_id), unit, amount, f"order:{order_id}:{unit}", at, at + PAY_WITHIN
        )
        if isinstance(held, ledger.Short):
            raise _Refused(await _changed(secret, merchant_id, member_id, wish, seen, at))


def _tenders(answer: Mapping[str, Any]) -> dict[Any, int]:
    """What each account pays, in its own unit: points in points, balance in fen."""
    return {
        t["kind"]: t["points"] if t["kind"] == "points" else t["fen"]
        for t in answer["tenders"]
        if t["kind"] in ("points", "balance") and t["fen"] > 0
    }


async def _changed(
    secret: bytes, merchant_id: UUID, member_id: UUID, wish: Wish, seen: Sequence[str], at: datetime
) -> PriceChanged | Invalid:
    """Somebody was faster: the price as it is now for this shopper."""
    mode = Wish(**{**{f: getattr(wish, f) for f in Wish.__dataclass_fields__}, "coupon_mode": "AUTO", "coupon_ids": ()})
    now = await quote(secret, merchant_id, member_id, mode, at)
    return now if isinstance(now, Invalid) else PriceChanged(int(seen[0]), now)


async def pay(
    merchant_id: UUID, number: str, payment_id: str, paid_fen: int, at: datetime
) -> OrderInfo | NotFound | NotInState | WrongAmount:
    """A payment was confirmed. However often it is told, it pays once (O6); another amount than is due pays nothing."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND number = $2 FOR UPDATE", merchant_id, number
        )
        if row is None:
            return NotFound()
        if row["payment_id"] != payment_id or row["state"] not in ("paid", "completed"):
            if not may("pay", row["state"]):
                return NotInState(row["state"])
            if paid_fen != row["due_fen"]:
                return WrongAmount(row["due_fen"], paid_fen)
            await _pay(tx, row, payment_id, at)
        order_id = row["id"]
    return await get(merchant_id, order_id) or NotFound()


async def _pay(tx: Tx, row: Mapping[str, Any], payment_id: str, at: datetime) -> None:
    merchant_id, order_id, member_id, answer = row["merchant_id"], row["id"], row["member_id"], row["quote"]
    await tx.execute(
        "UPDATE orders SET state = 'paid', paid_at = $3, payment_id = $4 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
        payment_id,
    )
    redeemed = await coupons.redeem(tx, merchant_id, order_id, at)
    await catalog.sell(tx, merchant_id, row["store_id"], units_of(answer))
    for unit in _tenders(answer):
        await ledger.post_hold(
            tx,
            merchant_id,
            f"order:{order_id}:{unit}",
            owner=ledger.member(member_id),
            credit=ledger.merchant_book(merchant_id),
            unit=unit,
            kind="spend",
            at=at,
            memo={"order": row["number"]},
        )
    await members.count_order(tx, merchant_id, member_id, 1)
    await outbox.emit(
        tx,
        merchant_id,
        f"order:{order_id}",
        events.OrderPaid(
            order_id,
            member_id,
            row["store_id"],
            at,
            row["list_fen"],
            row["payable_fen"],
            row["list_fen"] - row["goods_fen"],
            redeemed,
            tuple(
                events.SoldLine(line["sku"], line["qty"], line["payable"], bool(line["offers"]))
                for line in answer["lines"]
            ),
            (
                *(events.GivenOffer(o["id"], o["level"], o["off"]) for o in answer["offers"]),
                *(events.GivenOffer(e["offer"], "EARN", 0) for e in answer["earn"]),
            ),
        ),
        at,
    )


async def cancel(
    merchant_id: UUID, member_id: UUID | None, order_id: UUID, key: str, actor: str, at: datetime
) -> OrderInfo | NotFound | NotInState | IdempotencyConflict:
    """Gives everything back that the order had taken. `member_id` None is the schedule or staff."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "cancelOrder", str(order_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 AND ($3::uuid IS NULL OR member_id = $3) FOR UPDATE",
            merchant_id,
            order_id,
            member_id,
        )
        if row is None:
            return NotFound()
        if not isinstance(begun, Replay):
            if not may("cancel", row["state"]):
                return NotInState(row["state"])
            await _cancel(tx, row, at)
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def _cancel(tx: Tx, row: Mapping[str, Any], at: datetime) -> None:
    merchant_id, order_id, member_id, answer = row["merchant_id"], row["id"], row["member_id"], row["quote"]
    await tx.execute(
        "UPDATE orders SET state = 'cancelled', cancelled_at = $3 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        order_id,
        at,
    )
    await coupons.release(tx, merchant_id, order_id, at)
    await catalog.release(tx, merchant_id, row["store_id"], units_of(answer))
    taken = await offers.counted(tx, merchant_id, [o["id"] for o in answer["offers"]])
    await offers.give_back(tx, merchant_id, member_id, uses_of(answer, taken))
    for unit in _tenders(answer):
        await ledger.void_hold(tx, merchant_id, f"order:{order_id}:{unit}")
    await outbox.emit(
        tx, merchant_id, f"order:{order_id}", events.OrderCancelled(order_id, member_id, row["store_id"], at), at
    )


async def complete(
    merchant_id: UUID, order_id: UUID, key: str, actor: str, at: datetime, store_ids: Sequence[UUID] = ()
) -> OrderInfo | NotFound | NotInState | IdempotencyConflict:
    """The customer has the goods: what the order earns is granted now, once (P05). `store_ids` narrows what the actor may touch."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "completeOrder", str(order_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM orders WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, order_id
        )
        if row is None or (store_ids and row["store_id"] not in store_ids):
            return NotFound()
        if not isinstance(begun, Replay):
            if not may("complete", row["state"]):
                return NotInState(row["state"])
            await tx.execute(
                "UPDATE orders SET state = 'completed', completed_at = $3 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                order_id,
                at,
            )
            for earned in row["quote"]["earn"]:
                unit, amount = earned_of(earned)
                if amount:
                    await ledger.transfer(
                        tx,
                        merchant_id,
                        debit=ledger.merchant_book(merchant_id),
                        credit=ledger.member(row["member_id"]),
                        unit=unit,
                        amount=amount,
                        kind="earn",
                        business_key=f"earn:{order_id}:{earned['offer']}",
                        at=at,
                        memo={"order": row["number"]},
                    )
            await outbox.emit(
                tx,
                merchant_id,
                f"order:{order_id}",
                events.OrderCompleted(order_id, row["member_id"], row["store_id"], at),
                at,
            )
            await idempotency.finish(tx, begun, {"type": "Order", "id": str(order_id)})
    return await get(merchant_id, order_id) or NotFound()


async def set_prepay(merchant_id: UUID, order_id: UUID, prepay_id: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(
            "UPDATE orders SET prepay_id = $3 WHERE merchant_id = $1 AND id = $2 AND prepay_id IS NULL",
            merchant_id,
            order_id,
            prepay_id,
        )


async def get(merchant_id: UUID, order_id: UUID, member_id: UUID | None = None) -> OrderInfo | None:
    """An order; with `member_id`, only if it is that member's."""
    rows = await _read("o.id = $2 AND ($3::uuid IS NULL OR o.member_id = $3)", merchant_id, order_id, member_id)
    return rows[0] if rows else None


async def frozen_request(merchant_id: UUID, order_id: UUID) -> dict[str, Any]:
    """The scenario that the order was priced from (empty for imported past orders)."""
    return (
        await database.fetchval("SELECT request FROM orders WHERE merchant_id = $1 AND id = $2", merchant_id, order_id)
        or {}
    )


async def of_member(merchant_id: UUID, member_id: UUID, first: int, after: UUID | None) -> list[OrderInfo]:
    """A member's orders, newest first."""
    ids = [
        row["id"]
        for row in await database.fetch(
            "SELECT id FROM orders WHERE merchant_id = $1 AND member_id = $2 AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            merchant_id,
            member_id,
            after,
            first,
        )
    ]
    return sorted(await _read("o.id = ANY($2::uuid[])", merchant_id, ids), key=lambda o: o.id, reverse=True)


async def overdue(at: datetime, limit: int = 200) -> list[tuple[UUID, UUID]]:
    """(merchant, order) of orders that were not paid in time."""
    rows = await database.fetch(
        "SELECT merchant_id, id FROM orders WHERE state = 'awaiting_payment' AND pay_by <= $1 ORDER BY pay_by LIMIT $2",
        at,
        limit,
    )
    return [(row["merchant_id"], row["id"]) for row in rows]


async def _read(where: str, merchant_id: UUID, *args: object) -> list[OrderInfo]:
    rows = await database.fetch(
        "SELECT o.id, o.merchant_id, o.number, o.member_id, o.store_id, o.state, o.placed_at, o.pay_by, o.paid_at, o.list_fen, o.goods_fen, o.shipping_fen,"
        " o.payable_fen, o.due_fen, o.quote, o.prepay_id, coalesce((SELECT jsonb_agg(jsonb_build_array(l.sku, l.qty, l.list_fen, l.payable_fen, l.kind) ORDER BY l.position)"
        "  FROM order_lines l WHERE l.merchant_id = o.merchant_id AND l.order_id = o.id), '[]'::jsonb) AS lines"
        f" FROM orders o WHERE o.merchant_id = $1 AND {where}",
        merchant_id,
        *args,
    )
    return [OrderInfo(**{**dict(row), "lines": tuple(tuple(line) for line in row["lines"])}) for row in rows]
