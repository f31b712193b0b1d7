"""Replay: a merchant's past baskets priced through draft rules, each at its own time and its own list prices.

Every basket goes through `pricing.quote`, as it would in the shop. Orders are read page by page, so memory does not
grow with the year. A rule's limits, stock, budget and quota of gifts are used up basket by basket, in the order of the
times.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend import catalog, members, merchants, orders, pricing
from backend.kit import database
from backend.kit.clock import local_day

FIELDS = ("promotions", "policy", "stock", "budget")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft rule set as a file gives it. `named` are the SKUs that rules hand out (gifts, add-ons)."""

    rules: pricing.RuleSet
    policy: pricing.Policy
    stock: Mapping[str, int]
    budget: Mapping[str, int]
    named: frozenset[str]


def parse_draft(data: object, time_zone: str) -> Draft:
    """Reads {"promotions": […]} and, where given, policy, stock and budget (docs/pricing.md, scenario files).

    The policy's time zone is the merchant's unless the file says otherwise. Raises `Malformed` with every fault.
    """
    if not isinstance(data, dict):
        raise pricing.Malformed((pricing.Problem("", "must be an object with promotions"),))
    problems = [pricing.Problem(k, f"is not a field; known are {', '.join(FIELDS)}") for k in data if k not in FIELDS]
    if "promotions" not in data:
        problems.append(pricing.Problem("promotions", "is missing"))
    named = _named(data.get("promotions"))
    policy = data.get("policy", {})
    if isinstance(policy, dict):
        policy = {"tz": time_zone, **policy}
    scenario = {
        **{k: v for k, v in data.items() if k in FIELDS},
        "policy": policy,
        "at": "2000-01-01T00:00:00Z",
        "catalog": [{"sku": sku, "price": 0} for sku in sorted(named)],
        "cart": {"lines": []},
    }
    try:
        found = pricing.parse_scenario(scenario)
    except pricing.Malformed as malformed:
        raise pricing.Malformed((*problems, *malformed.problems)) from None
    if problems:
        raise pricing.Malformed(tuple(problems))
    request = found.request
    return Draft(found.rules, request.policy, request.stock, request.budget, named)


def _named(value: object) -> frozenset[str]:
    if isinstance(value, dict):
        inner = frozenset().union(*map(_named, value.values()))
        return inner | {value["sku"]} if isinstance(value.get("sku"), str) else inner
    return frozenset().union(*map(_named, value)) if isinstance(value, list) else frozenset()


@dataclass(slots=True)
class OfferFigures:
    """What one rule did: baskets that it touched, money it took off, uses counted against its limits, points earned."""

    baskets: int = 0
    off_fen: int = 0
    uses: int = 0
    points: int = 0


@dataclass(slots=True)
class Figures:
    """Sums over baskets, money in minor units. `list_fen` is what was priced, `recorded_fen` what the orders say: they
    differ by the rounding of the `rounded_lines` whose list price is no whole number of minor units a unit."""

    rules: str
    offers: dict[str, OfferFigures]
    baskets: int = 0
    touched: int = 0
    optimal: int = 0
    lines: int = 0
    rounded_lines: int = 0
    recorded_fen: int = 0
    list_fen: int = 0
    off_fen: int = 0
    payable_fen: int = 0
    seconds: float = 0.0
    """Spent on pricing alone, by the wall clock."""
    cpu_seconds: float = 0.0
    """Spent by this process on all of it, reading included."""


class Replayer:
    """Prices baskets one after another and adds up."""

    def __init__(self, draft: Draft, products: Mapping[str, catalog.ProductInfo]) -> None:
        offers = draft.rules.offers
        self.draft = draft
        self.products = products
        self.figures = Figures(draft.rules.hash, {offer.id: OfferFigures() for offer in offers})
        self._priced: dict[tuple[str, int], pricing.Product] = {}
        self._given = {sku: self._product(sku, products[sku].list_fen) for sku in draft.named}
        self._per_customer = {o.id for o in offers if o.limits.per_customer is not None}
        self._per_day = {o.id for o in offers if o.limits.per_day is not None}
        self._stock = {o.id: o.limits.stock for o in offers if o.limits.stock is not None}
        self._stock.update(draft.stock)
        self._budget = dict(draft.budget)
        self._gifts = gift_quotas(draft)
        self._used: dict[str, dict[str, int]] = {}
        self._today: dict[str, tuple[date, dict[str, int]]] = {}
        self._scarce = bool(self._per_customer or self._per_day or self._stock or self._budget)

    def price(
        self, basket: orders.PastBasket, customer: pricing.Customer, store: str | None, region: str | None
    ) -> pricing.Quote:
        """One basket; `customer` as he was before it."""
        catalogue = dict(self._given)
        lines = []
        priced = self._priced
        recorded = rounded = 0
        for sku, units, full in basket.lines:
            unit = (2 * full + units) // (2 * units)  # to the nearest minor unit, halves up
            rounded += unit * units != full
            recorded += full
            product = priced.get((sku, unit)) or self._product(sku, unit)
            if catalogue.setdefault(sku, product) is not product and sku not in self._given:
                return self.price(replace(basket, lines=_merged(basket.lines)), customer, store, region)
            catalogue[sku] = product
            lines.append(pricing.CartLine(sku, units))
        if self._used and customer.id in self._used:
            customer = replace(customer, used=self._used[customer.id])
        today = local_day(basket.at, self.draft.policy.tz)
        if self._per_day and customer.id in self._today and self._today[customer.id][0] == today:
            customer = replace(customer, used_today=self._today[customer.id][1])
        request = pricing.QuoteRequest(
            basket.at,
            catalogue,
            pricing.Cart(lines=tuple(lines), channel=basket.channel, store=store, region=region, coupons=()),
            customer,
            policy=self.draft.policy,
            stock=self._stock,
            budget=self._budget,
            gift_quota=self._gifts,
        )
        quote = pricing.quote(self.draft.rules, request)
        self.figures.recorded_fen += recorded
        self.figures.rounded_lines += rounded
        self._count(quote, customer.id, today)
        return quote

    def _product(self, sku: str, unit: int) -> pricing.Product:
        info = self.products.get(sku)
        product = (
            pricing.Product(sku, unit)
            if info is None
            else pricing.Product(
                sku, unit, info.name, info.category, info.brand, frozenset(info.tags), min(info.floor_fen, unit)
            )
        )
        self._priced[sku, unit] = product
        return product

    def _count(self, quote: pricing.Quote, customer: str | None, today: date) -> None:
        figures = self.figures
        figures.baskets += 1
        figures.lines += len(quote.lines)
        figures.optimal += quote.optimal
        figures.list_fen += quote.list
        figures.payable_fen += quote.payable
        figures.off_fen += quote.saved
        if not quote.offers and not quote.earn and not quote.gifts:
            return
        figures.touched += 1
        for offer in quote.offers:
            self._use(offer.id, offer.uses, offer.off, 0, customer, today)
        for gift in quote.gifts:
            if gift.offer in self._gifts:
                self._gifts[gift.offer] -= gift.qty
            if gift.offer in self._budget:
                self._budget[gift.offer] -= gift.list
        for earning in quote.earn:
            self._use(earning.offer, earning.uses, earning.fen or 0, earning.points or 0, customer, today)
            if earning.offer in self._budget:  # what it is worth, of which its fen are taken above
                rate = self.draft.policy.points_per_yuan_off
                self._budget[earning.offer] -= earning.worth_fen(rate) - (earning.fen or 0)

    def _use(self, offer: str, uses: int, fen: int, points: int, customer: str | None, today: date) -> None:
        figures = self.figures.offers[offer]
        figures.baskets += 1
        figures.off_fen += fen
        figures.uses += uses
        figures.points += points
        if not self._scarce:
            return
        if offer in self._stock:
            self._stock[offer] -= uses
        if offer in self._budget:
            self._budget[offer] -= fen
        if offer in self._per_customer and customer is not None:
            mine = self._used.setdefault(customer, {})
            mine[offer] = mine.get(offer, 0) + uses
        if offer in self._per_day and customer is not None:
            if customer not in self._today or self._today[customer][0] != today:
                self._today[customer] = (today, {})
            of_day = self._today[customer][1]
            of_day[offer] = of_day.get(offer, 0) + uses


def gift_quotas(draft: Draft) -> dict[str, int]:
    """Pieces that its offers may give in all (P12)."""
    gifts = [json.loads(o.source) for o in draft.rules.offers if o.type == "spend_gift"]
    return {rule["id"]: rule["quota"] for rule in gifts if rule.get("quota") is not None}


def _merged(lines: Sequence[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """A SKU that stands in a basket at several prices, as one line: the engine knows one list price for a SKU."""
    found: dict[str, tuple[int, int]] = {}
    for sku, units, full in lines:
        before = found.get(sku, (0, 0))
        found[sku] = (before[0] + units, before[1] + full)
    return tuple((sku, units, full) for sku, (units, full) in found.items())


@dataclass(frozen=True, slots=True)
class Span:
    """Which baskets: from `since`, before `until`, at most `limit`; `shard` (k, n) is the k-th n-th of the members."""

    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    shard: tuple[int, int] = (0, 1)


async def replay(
    merchant: merchants.MerchantInfo,
    draft: Draft,
    span: Span,
    progress: Callable[[int], None] = lambda _: None,
) -> Figures:
    """Prices the merchant's paid orders of a span. Raises `Malformed` when a rule gives away what is no article."""
    cpu = time.process_time()
    stores = {s.id: (s.code, s.region_path) for s in await merchants.stores(merchant.id)}
    before = await orders.past_counts(merchant.id, None, span.since) if span.since else {}
    products: dict[str, catalog.ProductInfo] = await catalog.by_skus(merchant.id, sorted(draft.named))
    unknown = sorted(draft.named - products.keys())
    if unknown:
        raise pricing.Malformed(
            tuple(pricing.Problem("promotions", f"{sku} is not an article of {merchant.code}") for sku in unknown)
        )
    known: dict[UUID, members.MemberInfo] = {}
    player = Replayer(draft, products)
    async for page in orders.past_baskets(merchant.id, span.since, span.until, shard=span.shard):
        baskets = page if span.limit is None else page[: span.limit - player.figures.baskets]
        await _learn(merchant.id, baskets, products, known)
        started = time.perf_counter()
        for basket in baskets:
            info, count = known.get(basket.member_id), before.get(basket.member_id, 0)
            before[basket.member_id] = count + 1
            customer = pricing.Customer(
                str(basket.member_id),
                info.level if info else None,
                count == 0,
                frozenset(info.tags) if info else frozenset(),
                orders=count,
            )
            player.price(basket, customer, *stores.get(basket.store_id, (None, None)))
        player.figures.seconds += time.perf_counter() - started
        progress(len(baskets))
        if span.limit is not None and player.figures.baskets >= span.limit:
            break
    player.figures.cpu_seconds = time.process_time() - cpu
    return player.figures


async def _learn(
    merchant_id: UUID,
    baskets: Sequence[orders.PastBasket],
    products: dict[str, catalog.ProductInfo],
    known: dict[UUID, members.MemberInfo],
) -> None:
    """Reads the goods and members that this page is the first to name."""
    skus = {line[0] for basket in baskets for line in basket.lines} - products.keys()
    if skus:
        products.update(await catalog.by_skus(merchant_id, sorted(skus)))
    ids = {basket.member_id for basket in baskets} - known.keys()
    if ids:
        known.update(await members.many(merchant_id, sorted(ids)))


def report(
    merchant: merchants.MerchantInfo, parts: Sequence[Figures], seconds: float, processes: int
) -> dict[str, Any]:
    """The answer as one JSON object: whole numbers, money in minor units of `currency`; rates are baskets a second."""

    def total(name: str) -> int:
        return sum(getattr(part, name) for part in parts)

    baskets, priced = total("baskets"), max(part.seconds for part in parts)
    cpu = sum(part.cpu_seconds for part in parts)
    by_offer = {
        offer_id: {
            "baskets": sum(p.offers[offer_id].baskets for p in parts),
            "off": sum(p.offers[offer_id].off_fen for p in parts),
            "uses": sum(p.offers[offer_id].uses for p in parts),
            "points": sum(p.offers[offer_id].points for p in parts),
        }
        for offer_id in parts[0].offers
    }
    touched, off = total("touched"), total("off_fen")
    return {
        "merchant": merchant.code,
        "currency": merchant.currency,
        "rules": parts[0].rules,
        "baskets": baskets,
        "lines": total("lines"),
        "touched": touched,
        "list": total("list_fen"),
        "list_recorded": total("recorded_fen"),
        "rounded_lines": total("rounded_lines"),
        "off": off,
        "payable": total("payable_fen"),
        "off_by_offer": by_offer,
        "average_off_per_basket": _ratio(off, baskets),
        "average_off_per_touched": _ratio(off, touched),
        "optimal": total("optimal"),
        "optimal_share": _ratio(total("optimal"), baskets, 6),
        "processes": processes,
        "seconds_pricing": round(priced, 3),
        "seconds": round(seconds, 3),
        "seconds_cpu": round(cpu, 3),
        "baskets_per_second_pricing": _ratio(baskets, priced, 1),
        "baskets_per_second": _ratio(baskets, seconds, 1),
        "baskets_per_cpu_second": _ratio(baskets, cpu, 1),
    }


def _ratio(part: float, whole: float, digits: int = 2) -> float:
    """For people to read; never money that is booked."""
    return round(part / whole, digits) if whole else 0.0


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[None]:
    await database.connect(url)
    try:
        yield
    finally:
        await database.disconnect()


def _shard(url: str, code: str, data: object, span: Span) -> Figures:
    """In a process of its own: the part of one shard of the members."""

    async def work() -> Figures:
        async with _connected(url):
            merchant = await merchants.by_code(code)
            assert merchant is not None
            return await replay(merchant, parse_draft(data, merchant.time_zone), span)

    return asyncio.run(work())


def in_processes(url: str, code: str, data: object, span: Span, processes: int) -> list[Figures]:
    """Members divided over processes: what a customer has used stays with one of them."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        parts = [pool.submit(_shard, url, code, data, replace(span, shard=(k, processes))) for k in range(processes)]
        return [part.result() for part in parts]
