"""The quote of a cart: what it is made from, read from the slices below, handed to the engine (Q01, Q02, Q04, Q06).

Writes nothing and locks nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, coupons, families, ledger, members, merchants, offers, pricing, promotions
from backend.kit import crypto, database
from backend.orders import searching
from backend.orders.rules import (
    SHIPPING_FEN,
    Problem,
    Wish,
    check_wish,
    gap_closers,
    packet_id,
    price_mark,
    wish_hash,
)
from backend.orders.seen_rules import Seen, packed, seen_of, unpacked

POLICY = pricing.Policy()
STEPS = 20_000
"""Step limit of one live quote: entangled carts end with a bound after some tenths of a second. Placing uses the same
limit, so it finds the same price."""


LONGEST_TOKEN = 32_768
"""No quote token is longer, in characters: one of 500 articles has some ten thousand."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A quote with what it was made from. `products`, `held` (by coupon id), `names` (of articles and stores, by code) and
    `packets` (the member's red packets that may pay now) are for showing; `earned_packets` are the terms of red packets that
    the order would earn, `family` whose points of the family pay."""

    quote: pricing.Quote
    request: pricing.QuoteRequest
    live: offers.LiveRules
    store: merchants.StoreInfo
    products: Mapping[str, catalog.ProductInfo]
    held: Mapping[str, coupons.UsableCoupon]
    token: str
    at: datetime
    names: Mapping[str, str]
    packets: tuple[ledger.RedPacket, ...]
    earned_packets: ledger.PacketPolicy
    family: tuple[families.Lent, ...] = ()
    every_coupon: bool = True

    def tells(self, coupon_id: str) -> bool:
        """Whether a held coupon is told of (`Wish.every_coupon`)."""
        named = self.request.cart.coupons or ()
        told = (*self.quote.coupons_used, *named, *(s.offer for s in self.quote.suggestions))
        return self.every_coupon or coupon_id in told

    def mark(self, told: Mapping[str, Any] | None = None) -> str:
        """Names this price (`rules.price_mark`). `told`: the quote's figures, where they are there already."""
        return price_mark(told or self.quote.figures(), [(lent.member_id, lent.points) for lent in self.family])

    def offer(self, offer_id: str) -> pricing.Offer | None:
        """The offer or held coupon with this id."""
        return self.live.offers.get(offer_id) or next((c for c in self.request.coupons if c.id == offer_id), None)

    def concerning(self, live: offers.LiveRules) -> list[pricing.Offer]:
        """Of some rules those with an article of this cart (or one that it was asked to suggest) in their scope."""
        goods = self.request.catalog.values()
        return [live.rules.offers[n] for n in sorted({n for product in goods for n in live.rules.concerning(product)})]

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


def concerned(found: Priced | Invalid, live: offers.LiveRules, causes: Sequence[Mapping[str, str]]) -> bool:
    """Whether what happened can change this price (Q05): an offer about one of its articles was published, changed or ended,
    has sold out or is back; units of one of its articles were counted in its store; or it was neither of these (the member's
    own, time, a reconnection). `live` are the rules after it."""
    if isinstance(found, Invalid) or any(c["cause"] not in SHARED_CAUSES for c in causes) or not causes:
        return True
    if any(
        c["cause"] == "SHELF" and c["store"] == str(found.store.id) and c["sku"] in found.request.catalog
        for c in causes
    ):
        return True
    before, after = ({o.id: o.source for o in found.concerning(rules)} for rules in (found.live, live))
    return before != after or any(c.get("offer") in after for c in causes)


SHARED_CAUSES = ("RULES", "STOCK", "BACK", "SHELF")
"""Causes of a live update (`workers.relay`) that are about an offer or an article and not about the shopper."""


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
    products = await catalog.by_skus(merchant_id, [sku for sku, _ in wish.lines], store.id)
    names = {sku: product.name for sku, product in products.items()}
    own = await _own(merchant_id, member_id, wish, names, at) if member_id else _Own()
    live = live or await offers.live(merchant_id)
    problems = [*_missing(wish, products, own), *_unknown_choices(wish, live)]
    if problems:
        return Invalid(tuple(problems))
    extras = await _extras(merchant_id, store.id, live, products, wish)
    left = await offers.remaining(merchant_id, member_id, live, at)
    terms = await merchants.price_policy(merchant_id)
    request = pricing.QuoteRequest(
        at=at,
        policy=replace(
            POLICY,
            tz=(await merchants.get(merchant_id)).time_zone,
            max_coupons=terms.max_coupons,
            max_promotions_per_line=terms.max_promotions_per_line,
            tender_caps=terms.tender_caps,
        ),
        explain=True,
        compare_coupons=wish.compare_coupons,
        stock=left.stock,
        gift_stock=_gift_stock(wish, {**extras, **products}),
        budget=left.budget,
        gift_quota=left.gifts,
        catalog={p.sku: catalog.as_priced(p) for p in [*products.values(), *extras.values()]},
        coupons=_coupons(own, live, terms.max_coupons, [*products.values(), *extras.values()]),
        customer=await _customer(merchant_id, member_id, left, at, own),
        cart=_cart(wish, store, own),
    )
    answer, addable = await searching.quote(live.rules, request, STEPS), dict[str, catalog.ProductInfo]()
    if wish.suggest and wish.lines:
        addable = await _addable(merchant_id, store.id, answer, products)
        request = replace(
            request,
            suggest=True,
            catalog={**request.catalog, **{p.sku: catalog.as_priced(p) for p in addable.values()}},
            coupons=_coupons(own, live, terms.max_coupons, [*products.values(), *extras.values(), *addable.values()]),
            cart=replace(request.cart, addable=tuple(addable)),
        )
        answer = replace(answer, suggestions=await searching.suggest(live.rules, request, answer, STEPS))
    packets = await merchants.red_packet_policy(merchant_id) if any(e.fen for e in answer.earn) else {}
    priced = Priced(
        answer,
        request,
        live,
        store,
        products={**extras, **addable, **products},
        held={f"cpn_{one.coupon.id.hex}": one for one in own.held},
        token="",
        at=at,
        names={**live.sku_names, **{s.code: s.name for s in stores}, **await _earned_names(merchant_id, answer)},
        packets=tuple(own.packets),
        earned_packets=ledger.PacketPolicy.of(packets),
        family=_of_family(answer, own.lenders),
        every_coupon=wish.every_coupon,
    )
    told = answer.figures()
    text = f"{priced.mark(told)}:{wish_hash(wish, member_id)}:{packed(seen_of(told))}"
    return replace(priced, token=crypto.sign(secret, "quote-token", text))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a quote token says: the price by its mark, the cart, the figures (None in a token from before they were in it)."""

    mark: str
    cart: str
    payable_fen: int
    seen: Seen | None


def shown(secret: bytes, token: str) -> Shown | None:
    """None where the token is not one of ours."""
    parts = (crypto.verified(secret, "quote-token", token) or "").split(":")
    if len(parts) < 4:
        return None
    return Shown(":".join(parts[:3]), parts[3], int(parts[0]), unpacked(":".join(parts[4:])))


@dataclass(frozen=True, slots=True)
class _Own:
    """What a member has to use: coupons, red packets and those of them that may pay here, points that the family lends."""

    held: Sequence[coupons.UsableCoupon] = ()
    packets: Sequence[ledger.RedPacket] = ()
    asked: Sequence[ledger.RedPacket] = ()
    lenders: Sequence[families.Lent] = ()


async def _own(merchant_id: UUID, member_id: UUID, wish: Wish, names: Mapping[str, str], at: datetime) -> _Own:
    packets = await ledger.packets.usable(merchant_id, member_id, at)
    return _Own(
        await coupons.usable(merchant_id, member_id, at, wish.coupon_ids, names),
        packets,
        packets if wish.red_packet_mode == "AUTO" else [p for p in packets if p.id in wish.red_packets],
        await families.lenders(merchant_id, member_id, at) if wish.family else (),
    )


def _missing(wish: Wish, products: Mapping[str, catalog.ProductInfo], own: _Own) -> list[Problem]:
    """What the wish names and is not there: articles, coupons, red packets."""
    held, there = {one.coupon.id for one in own.held}, {packet.id for packet in own.packets}
    missing = [
        Problem(f"lines[{n}].sku", f"没有这个商品：{s}") for n, (s, _) in enumerate(wish.lines) if s not in products
    ]
    if wish.coupon_mode == "FIXED":
        words = "您没有这张券，或它已用过"
        missing += [Problem(f"coupons.ids[{n}]", words) for n, c in enumerate(wish.coupon_ids) if c not in held]
    if wish.red_packet_mode == "FIXED":
        words = "这个红包已用完或已过期，请重新选择"
        missing += [
            Problem(f"tenders.redPacketIds[{n}]", words) for n, p in enumerate(wish.red_packets) if p not in there
        ]
    return missing


def _cart(wish: Wish, store: merchants.StoreInfo, own: _Own) -> pricing.Cart:
    chosen = {"AUTO": None, "FIXED": tuple(f"cpn_{c.hex}" for c in wish.coupon_ids), "NONE": ()}
    return pricing.Cart(
        lines=tuple(pricing.CartLine(sku, qty) for sku, qty in wish.lines),
        channel=wish.channel.lower(),
        store=store.code,
        region=store.region_path,
        payment=wish.payment.lower(),
        delivery=wish.delivery.lower(),
        shipping=SHIPPING_FEN[wish.delivery] if wish.lines else 0,
        coupons=chosen[wish.coupon_mode],
        tenders=pricing.TendersAsked(
            points=wish.points, balance=wish.balance_fen, red_packets=tuple(packet_id(p.id) for p in own.asked)
        ),
        add_ons=tuple(pricing.AddOnChosen(*added) for added in wish.add_ons),
        gift_choices=tuple(pricing.GiftChosen(*gift) for gift in wish.gift_choices),
        deposits=tuple(pricing.Deposit(*paid) for paid in wish.deposits),
        addable=(),
    )


def _of_family(answer: pricing.Quote, lenders: Sequence[families.Lent]) -> tuple[families.Lent, ...]:
    """What of the points that pay is the family's, and whose."""
    wanted = sum(t.points or 0 for t in answer.tenders if t.kind == "points") if lenders else 0
    own = answer.request.customer.points - sum(lent.points for lent in lenders)
    return families.split(wanted, own, lenders) if wanted else ()


def _unknown_choices(wish: Wish, live: offers.LiveRules) -> list[Problem]:
    """Add-ons and gifts chosen from offers that do not (or no longer) have them."""
    problems = []
    asked: dict[str, int] = {}
    for n, (offer_id, sku, qty) in enumerate(wish.add_ons):
        offer = live.offers.get(offer_id)
        asked[offer_id] = asked.get(offer_id, 0) + qty
        if offer is None or offer.type != "add_on" or sku not in _given_skus(offer):
            problems.append(Problem(f"addOns[{n}]", "这个加价购已经没有了，请去掉"))
        elif asked[offer_id] > (most := json.loads(offer.source).get("choose", 1)):
            problems.append(Problem(f"addOns[{n}]", f"这个加价购每单最多 {most} 件"))
    for n, (offer_id, sku) in enumerate(wish.gift_choices):
        offer = live.offers.get(offer_id)
        if offer is None or offer.type != "spend_gift" or sku not in _given_skus(offer):
            problems.append(Problem(f"giftChoices[{n}]", "这个赠品已经没有了，请重新选择"))
    return problems


async def _extras(
    merchant_id: UUID, store_id: UUID, live: offers.LiveRules, products: Mapping[str, catalog.ProductInfo], wish: Wish
) -> dict[str, catalog.ProductInfo]:
    """Gifts and add-ons of the offers that concern this cart, or that the shopper named."""
    concerned = {n for info in products.values() for n in live.rules.concerning(catalog.as_priced(info))}
    giving = [o for o in (live.rules.offers[n] for n in concerned) if o.type in ("spend_gift", "add_on")]
    chosen = {offer for offer, *_ in (*wish.add_ons, *wish.gift_choices)}
    giving += [live.offers[name] for name in chosen]
    skus = {sku for o in giving for sku in _given_skus(o)} - set(products)
    return await catalog.by_skus(merchant_id, sorted(skus), store_id) if skus else {}


def _coupons(
    own: _Own, live: offers.LiveRules, most: int, goods: Sequence[catalog.ProductInfo]
) -> tuple[pricing.Offer, ...]:
    """The member's coupons, beside the live offers with one of these articles in their scope where one asks for them."""
    if not coupons.weigh_promotions(own.held, most):
        return coupons.offers_of(own.held, most, ())
    found = {n for info in goods for n in live.rules.concerning(catalog.as_priced(info))}
    return coupons.offers_of(own.held, most, [live.rules.offers[n] for n in sorted(found)])


def _given_skus(offer: pricing.Offer) -> set[str]:
    rule = json.loads(offer.source)
    return catalog.skus_named([rule.get("tiers") or {}, rule.get("items") or {}])


def _gift_stock(wish: Wish, known: Mapping[str, catalog.ProductInfo]) -> dict[str, int]:
    """What the store can still give away: on hand less what the cart itself takes; the units of a pre-sale were taken
    with its deposit. Articles without stock rows have no end."""
    wanted: dict[str, int] = {}
    for sku, qty in [*(() if wish.presale else wish.lines), *((sku, qty) for _, sku, qty in wish.add_ons)]:
        wanted[sku] = wanted.get(sku, 0) + qty
    return {
        sku: max(0, info.available - wanted.get(sku, 0)) for sku, info in known.items() if info.available is not None
    }


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
            p.sku: p
            for p in goods
            if (p.available is None or p.available > 0) and r.offer.scope.holds(catalog.as_priced(p))
        }
        for sku in gap_closers([(p.sku, p.list_fen) for p in there.values()], r.figures["short_by_fen"]):
            if len(found) < 8:
                found.setdefault(sku, there[sku])
    return found or dict(list(in_cart.items())[:3])


async def _earned_names(merchant_id: UUID, answer: pricing.Quote) -> dict[str, str]:
    """What the coupons are called that offers of this quote let the shopper earn, by template."""
    earning = promotions.earned_templates([json.loads(o.source) for o in answer.considered if o.type == "earn_coupon"])
    return await coupons.earned_names(merchant_id, earning) if earning else {}


async def _customer(
    merchant_id: UUID,
    member_id: UUID | None,
    left: offers.Remaining,
    at: datetime,
    own: _Own,
) -> pricing.Customer:
    if member_id is None:
        return pricing.Customer()
    info = await members.get(merchant_id, member_id, at)
    if info is None:
        return pricing.Customer()
    waiting = await database.fetchval(
        "SELECT count(*) FROM orders WHERE merchant_id = $1 AND member_id = $2 AND state = 'awaiting_payment'",
        merchant_id,
        member_id,
    )
    before = info.orders_count + waiting  # an order that waits for payment counts: a first order is had once
    books = await ledger.balances(merchant_id, ledger.member(member_id), at)
    return pricing.Customer(
        id=str(member_id),
        level=info.level,
        new=before == 0,
        tags=frozenset((*info.tags, *info.labels)),
        orders=before,
        points=books.get("points", (0, 0))[1] + sum(lent.points for lent in own.lenders),
        balance=books.get("balance", (0, 0))[1],
        red_packets=tuple(pricing.RedPacket(packet_id(p.id), p.left_fen, p.min_fen, p.expires_at) for p in own.asked),
        used=dict(left.used),
        used_today=dict(left.today),
    )


def scenario_of(priced: Priced) -> dict[str, Any]:
    """The quote's inputs as a scenario file (docs/pricing.md): `shuhui price` gives the same figures for ever (Q07, O1).
    Offers that no line of the cart could meet are left out, but for what the shopper named: coupons, and offers of which a gift or
    an add-on was chosen."""
    request, cart = priced.request, priced.request.cart
    concerned = {o.id for o in priced.quote.considered}
    own = {o.id for o in priced.quote.considered if o.is_coupon} | set(cart.coupons or ())
    chosen = {a.offer for a in cart.add_ons} | {g.offer for g in cart.gift_choices}
    rules = [o for o in priced.quote.considered if not o.is_coupon]
    rules += [priced.live.offers[name] for name in sorted(chosen - concerned)]
    weighed = [*rules, *(o for o in request.coupons if o.id in own)]
    named = catalog.skus_named(json.loads(o.source) for o in weighed) & set(request.catalog)
    skus, most = {line.sku for line in cart.lines} | named, request.policy.max_promotions_per_line
    caps = {cap.kind: cap.to_json() for cap in request.policy.tender_caps}
    return {
        "at": request.at.isoformat(),
        "policy": {
            "max_coupons": request.policy.max_coupons,
            "min_coupon_gain": request.policy.min_coupon_gain,
            "points_per_yuan_off": request.policy.points_per_yuan_off,
            "tz": request.policy.tz,
            **({} if most is None else {"max_promotions_per_line": most}),
            **({"tender_caps": caps} if caps else {}),
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
        "promotions": [json.loads(o.source) for o in rules],
        "coupons": [json.loads(o.source) for o in request.coupons if o.id in own],
        "customer": {
            "id": request.customer.id,
            "level": request.customer.level,
            "new": request.customer.new,
            "tags": sorted(request.customer.tags),
            "points": request.customer.points,
            "balance": request.customer.balance,
            "red_packets": [
                {"id": p.id, "fen": p.fen, "min": p.min, **({"expires": p.expires.isoformat()} if p.expires else {})}
                for p in request.customer.red_packets
            ],
            "orders": request.customer.orders,
            "used": dict(request.customer.used),
            **({"used_today": dict(request.customer.used_today)} if request.customer.used_today else {}),
        },
        "stock": {k: v for k, v in request.stock.items() if k in concerned},
        "gift_stock": {k: v for k, v in request.gift_stock.items() if k in skus},
        "budget": {k: v for k, v in request.budget.items() if k in concerned},
        **(
            {"gift_quota": quotas}
            if (quotas := {k: v for k, v in request.gift_quota.items() if k in concerned})
            else {}
        ),
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
            **({"deposits": [d._asdict() for d in cart.deposits]} if cart.deposits else {}),
            "coupons": "auto" if cart.coupons is None else list(cart.coupons),
            "tenders": {
                "points": cart.tenders.points,
                "balance": cart.tenders.balance,
                "red_packets": list(cart.tenders.red_packets),
            },
        },
        "explain": True,
    }
