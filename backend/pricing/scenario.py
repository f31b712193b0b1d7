"""Scenario files (§9): one cart with its rules, customer and returns, read with every fault and its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from backend.pricing.conditions import is_zone
from backend.pricing.model import (
    MAX_LINES,
    MAX_QTY,
    TENDERS,
    AddOnChosen,
    Cart,
    CartLine,
    Customer,
    Deposit,
    GiftChosen,
    Json,
    Offer,
    Policy,
    Problem,
    Product,
    QuoteRequest,
    RedPacket,
    Return,
    ReturnedUnits,
    Spent,
    TenderCap,
    TendersAsked,
)
from backend.pricing.optimise import STEPS
from backend.pricing.parse import read_coupon, read_offer
from backend.pricing.quote import quote
from backend.pricing.reading import Reader, refuse
from backend.pricing.reversal import reverse
from backend.pricing.rules import RuleSet, compile_rules


@dataclass(frozen=True)
class Scenario:
    rules: RuleSet
    request: QuoteRequest
    returns: tuple[Return, ...]


def parse_scenario(data: object, closed: bool = False) -> Scenario:
    """Read a scenario; raises Malformed with every fault.

    Its catalogue holds the goods of this cart, so that a rule of the live set may name others in its scope. With `closed`
    the catalogue is the whole shop, as in a folder of rule files: rules and coupons name nothing else.
    """
    problems: list[Problem] = []
    r = Reader(data, "", problems)
    at = r.time("at", required=True)
    policy = _policy(r)
    catalog = _catalog(r)
    promotions = [read_offer(value, path, problems) for path, value in r.items("promotions")]
    coupons = [read_coupon(value, path, problems) for path, value in r.items("coupons")]
    _clashes(r, promotions, coupons)
    customer = _customer(r)
    stock, gift_stock, budget = r.counts("stock"), r.counts("gift_stock"), r.counts("budget")
    gift_quota = r.counts("gift_quota")
    cart = _cart(r, catalog, [c.id for c in coupons if c], customer)
    explain, suggest = r.flag("explain"), r.flag("suggest")
    _own_goods(r, promotions, catalog, cart)
    _known_goods(r, promotions, catalog, gift_stock, closed)
    # Where an offer could not be read, it may be the one that is meant.
    known = None if None in (*promotions, *coupons) else {o.id for o in (*promotions, *coupons) if o}
    returns = _returns(r, cart, {sku for p in promotions if p for sku in p.effect.gift_skus()}, known)
    r.finish()
    refuse(problems)
    assert at is not None
    request = QuoteRequest(
        at,
        catalog,
        cart,
        customer,
        tuple(c for c in coupons if c),
        policy,
        stock,
        gift_stock,
        budget,
        explain,
        suggest,
        gift_quota,
    )
    return Scenario(compile_rules(p for p in promotions if p), request, returns)


def price_scenario(scenario: Scenario, steps: int = STEPS) -> Json:
    """The answer of §9, refunds included where units were returned. An order that was frozen with a bound comes out
    again only under the step limit that it was placed with."""
    found = quote(scenario.rules, scenario.request, steps)
    answer = found.to_json()
    if scenario.returns:
        answer["refunds"] = [refund.to_json() for refund in reverse(found, scenario.returns)]
    return answer


def _clashes(r: Reader, promotions: list[Offer | None], coupons: list[Offer | None]) -> None:
    groups = {o.group for o in (*promotions, *coupons) if o is not None}
    seen: set[str] = set()
    for field, offers in (("promotions", promotions), ("coupons", coupons)):
        for i, offer in enumerate(offers):
            if offer is None:
                continue
            if offer.id in seen:
                r.fault(f"{field}[{i}].id", f"{offer.id} is the id of another offer too")
            if offer.id in groups and offer.id != offer.group:
                r.fault(f"{field}[{i}].id", f"{offer.id} is the name of a group")
            seen.add(offer.id)


def _policy(r: Reader) -> Policy:
    inner = r.object("policy")
    if inner is None:
        return Policy()
    default = Policy()
    tz = inner.text("tz", default=default.tz)
    if not is_zone(tz):
        inner.fault("tz", f"{tz} is not a time zone")
    policy = Policy(
        inner.number("max_coupons", 0, 1000, default.max_coupons),
        inner.number("min_coupon_gain", default=default.min_coupon_gain),
        inner.number("points_per_yuan_off", 1, default=default.points_per_yuan_off),
        tz,
        cast(Literal["allocated", "reprice"], inner.choice("refund", ("allocated", "reprice"), default.refund)),
        inner.flag("refund_shipping", default.refund_shipping),
        cast(Literal["offset", "leave"], inner.choice("clawback", ("offset", "leave"), default.clawback)),
        inner.number("grace_days", 0, 36_500, default.grace_days),
        inner.maybe_number("max_promotions_per_line", 1, 1000),
        _tender_caps(inner),
    )
    inner.finish()
    return policy


def _tender_caps(r: Reader) -> tuple[TenderCap, ...]:
    caps, found = r.object("tender_caps"), []
    if caps is None:
        return ()
    for kind in TENDERS:
        cap = caps.object(kind)
        if cap is not None:
            found.append(TenderCap(kind, cap.maybe_number("bp", 0, 10_000), cap.maybe_number("fen")))
            if caps.data[kind] == {}:
                cap.fault("", "needs bp, fen or both")
            cap.finish()
    caps.finish()
    return tuple(found)


def _catalog(r: Reader) -> dict[str, Product]:
    found: dict[str, Product] = {}
    for item in r.objects("catalog", required=True):
        price = item.number("price")
        floor = item.number("floor", default=0)
        if floor > price:
            item.fault("floor", f"must not be above the price, which is {price}")
        product = Product(
            sku=item.text("sku"),
            price=price,
            name=item.text("name", default="", blank=True),
            category=item.text("category", default="", blank=True).rstrip("/"),
            brand=item.text("brand", default="", blank=True),
            tags=frozenset(item.texts("tags")),
            floor=floor,
        )
        item.finish()
        if product.sku in found:
            item.fault("sku", f"{product.sku} stands in the catalogue twice")
        found[product.sku] = product
    return found


def _customer(r: Reader) -> Customer:
    inner = r.object("customer")
    if inner is None:
        return Customer()
    packets = []
    for p in inner.objects("red_packets"):
        packets.append(RedPacket(p.text("id"), p.number("fen", 1), p.number("min", default=0), p.time("expires")))
        p.finish()
    if len({p.id for p in packets}) < len(packets):
        inner.fault("red_packets", "has an id twice")
    orders = inner.number("orders", default=0)
    customer = Customer(
        id=inner.maybe_text("id"),
        level=inner.maybe_text("level"),
        new=inner.flag("new"),
        tags=frozenset(inner.texts("tags")),
        points=inner.number("points", default=0),
        balance=inner.number("balance", default=0),
        red_packets=tuple(packets),
        used=inner.counts("used"),
        used_today=inner.counts("used_today"),
        orders=orders,
    )
    inner.finish()
    return customer


def _cart(r: Reader, catalog: dict[str, Product], coupons: Iterable[str], customer: Customer) -> Cart:
    inner = r.object("cart", required=True)
    if inner is None:
        return Cart()
    lines = _lines(inner, catalog)
    tenders = _tenders(inner, customer)
    add_ons = []
    for a in inner.objects("add_ons"):
        add_ons.append(AddOnChosen(a.text("offer"), _sku(a, catalog), a.number("qty", 1, MAX_QTY)))
        a.finish()
    gifts = []
    for g in inner.objects("gift_choices"):
        gifts.append(GiftChosen(g.text("offer"), _sku(g, catalog)))
        g.finish()
    deposits = []
    for d in inner.objects("deposits"):
        deposits.append(Deposit(d.text("offer"), d.number("units", 1, MAX_QTY), d.number("fen", default=0)))
        d.finish()
    addable = inner.texts("addable") if inner.has("addable") else None
    for i, sku in enumerate(addable or ()):
        if sku not in catalog:
            inner.fault(f"addable[{i}]", f"{sku} is not in the catalogue")
    cart = Cart(
        lines=tuple(lines),
        channel=inner.maybe_text("channel"),
        store=inner.maybe_text("store"),
        region=inner.maybe_text("region"),
        payment=inner.maybe_text("payment"),
        delivery=inner.maybe_text("delivery"),
        shipping=inner.number("shipping", default=0),
        coupons=_coupons(inner, set(coupons)),
        tenders=tenders,
        add_ons=tuple(add_ons),
        gift_choices=tuple(gifts),
        addable=addable,
        deposits=tuple(deposits),
    )
    inner.finish()
    return cart


def _lines(inner: Reader, catalog: dict[str, Product]) -> list[CartLine]:
    lines = []
    total: dict[str, int] = {}
    for item in inner.objects("lines", required=True):
        line = CartLine(_sku(item, catalog), item.number("qty", 1, MAX_QTY))
        item.finish()
        before = total.get(line.sku, 0)
        total[line.sku] = before + line.qty
        if before <= MAX_QTY < total[line.sku] and before:
            item.fault("qty", f"must be at most {MAX_QTY} in all of {line.sku}")
        lines.append(line)
    if len(lines) > MAX_LINES:
        inner.fault("lines", f"must be at most {MAX_LINES}, not {len(lines)}")
    return lines


def _sku(item: Reader, catalog: dict[str, Product]) -> str:
    sku = item.text("sku")
    if sku and sku not in catalog:
        item.fault("sku", f"{sku} is not in the catalogue")
    return sku


def _tenders(inner: Reader, customer: Customer) -> TendersAsked:
    t = inner.object("tenders")
    if t is None:
        return TendersAsked()
    packets = t.texts("red_packets")
    known = {p.id for p in customer.red_packets}
    for i, packet in enumerate(packets):
        if packet not in known:
            t.fault(f"red_packets[{i}]", f"the customer has no red packet {packet}")
    asked = TendersAsked(t.number("points", default=0), t.number("balance", default=0), packets)
    t.finish()
    return asked


def _coupons(inner: Reader, held: set[str]) -> tuple[str, ...] | None:
    if not inner.has("coupons") or inner.data["coupons"] == "auto":
        return None
    chosen = inner.texts("coupons")
    for i, name in enumerate(chosen):
        if name not in held:
            inner.fault(f"coupons[{i}]", f"the customer has no coupon {name}")
    return tuple(dict.fromkeys(chosen))


def _own_goods(r: Reader, promotions: list[Offer | None], catalog: dict[str, Product], cart: Cart) -> None:
    """What the customer chose or paid a deposit for must be of an offer that has it."""
    by_id = {p.id: p for p in promotions if p is not None}
    asked: dict[str, int] = {}
    for i, a in enumerate(cart.add_ons):
        offer = by_id.get(a.offer)
        if offer is None or a.sku not in offer.effect.add_on_skus():
            r.fault(f"cart.add_ons[{i}]", f"no offer {a.offer} has the add-on {a.sku}")
            continue
        asked[a.offer] = asked.get(a.offer, 0) + a.qty
        if asked[a.offer] > offer.effect.most_add_ons():
            r.fault(f"cart.add_ons[{i}].qty", f"{a.offer} gives at most {offer.effect.most_add_ons()} in all")
    seen: set[str] = set()
    for i, d in enumerate(cart.deposits):
        offer = by_id.get(d.offer)
        if offer is None or not offer.effect.needs_deposit:
            r.fault(f"cart.deposits[{i}].offer", f"no offer {d.offer} counts deposits")
        elif d.offer in seen:
            r.fault(f"cart.deposits[{i}].offer", f"{d.offer} stands in deposits twice")
        seen.add(d.offer)
    for i, g in enumerate(cart.gift_choices):
        offer = by_id.get(g.offer)
        if offer is None or g.sku not in offer.effect.gift_skus():
            r.fault(f"cart.gift_choices[{i}]", f"no offer {g.offer} has the gift {g.sku}")


def _known_goods(
    r: Reader, promotions: list[Offer | None], catalog: dict[str, Product], gift_stock: dict[str, int], closed: bool
) -> None:
    """Gifts, add-ons and what is left of gifts are goods of the catalogue; with `closed` whatever rules and coupons name."""
    for i, p in enumerate(promotions):
        given = p.effect.gift_skus() | p.effect.add_on_skus() if p is not None else set()
        for path, sku in skus_named(r.data["promotions"][i], f"promotions[{i}]") if given or closed else ():
            # a gift of the same name may stand in the scope too, where it is the business of the live set
            if sku not in catalog and (closed or (sku in given and ".scope." not in path)):
                r.fault(path, f"{sku} is not in the catalogue")
    for path, sku in skus_named(r.data.get("coupons"), "coupons") if closed else ():
        if sku not in catalog:
            r.fault(path, f"{sku} is not in the catalogue")
    for sku in gift_stock:
        if sku not in catalog:
            r.fault(f"gift_stock.{sku}", f"{sku} is not in the catalogue")


def skus_named(data: object, path: str) -> Iterator[tuple[str, str]]:
    """Every SKU that some rules name, however deep, with the place where it stands."""
    left = [(path, data)]
    while left:
        at, value = left.pop()
        if isinstance(value, dict):
            left.extend((f"{at}.{key}", inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            left.extend((f"{at}[{i}]", inner) for i, inner in reversed([*enumerate(value)]))
        elif isinstance(value, str) and (at.endswith(".sku") or at.rpartition("[")[0].endswith(".skus")):
            yield at, value


def _returns(r: Reader, cart: Cart, gifts: set[str], offers: set[str] | None) -> tuple[Return, ...]:
    left: dict[str, int] = {}
    for line in cart.lines:
        left[line.sku] = left.get(line.sku, 0) + line.qty
    elsewhere = gifts | {a.sku for a in cart.add_ons}
    found = []
    for batch in r.objects("returns"):
        at = batch.time("at", required=True)
        units = []
        for u in batch.objects("units", required=True, empty=False):
            sku, qty = u.text("sku"), u.number("qty", 1, MAX_QTY)
            u.finish()
            if sku in elsewhere:
                pass  # whether it is there to return is known when the cart has been priced
            elif sku not in left:
                u.fault("sku", f"{sku} was not bought")
            elif qty > left[sku]:
                u.fault("qty", f"only {left[sku]} of {sku} can still be returned")
            else:
                left[sku] -= qty
            units.append(ReturnedUnits(sku, qty))
        spent = []
        for s in batch.objects("spent"):
            spent.append(
                Spent(
                    s.text("offer"),
                    s.number("points", default=0),
                    s.number("fen", default=0),
                    s.number("count", default=0),
                )
            )
            if sum(k in s.data for k in ("points", "fen", "count")) != 1:
                s.fault("", "must have exactly one of points, fen, count")
            if offers is not None and spent[-1].offer and spent[-1].offer not in offers:
                s.fault("offer", f"no promotion or coupon {spent[-1].offer}")
            s.finish()
        back = batch.texts("coupons_back")
        for i, name in enumerate(back):
            if offers is not None and name not in offers:
                batch.fault(f"coupons_back[{i}]", f"no coupon {name}")
        batch.finish()
        if at is not None:
            found.append(Return(at, tuple(units), tuple(spent), tuple(back)))
    return tuple(found)
