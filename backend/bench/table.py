"""`shuhui bench quote`: what the engine is measured by, one JSON line a row, ratios within one run.

`ordinary` and `large` 20 lines under 50 offers of a shop, and entangled ones, beside CP-SAT; `live` ten to ten thousand live promotions; `simple` 50 lines
under 1,000 simple promotions, beside the plain reference; `baskets` real baskets under sixty rules; `weight` memory and
import.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from backend import pricing
from backend.bench import baskets, carts
from backend.bench.plain import plain_price
from backend.imports.journey import NotInstalled

Json = dict[str, Any]
AT = datetime(2026, 6, 18, 11, 30, tzinfo=UTC)
LIVE = (10, 100, 1_000, 10_000)
CONCERNED = 20
IMPORTS = 15
STANDARD = "decimal, json, dataclasses"


@dataclass(frozen=True)
class Sizes:
    """How much is measured. `judged` of the large carts go to CP-SAT, for at most `judge_seconds` each; a search takes at most
    `steps`, and an ordinary cart that is not proven in them is searched anew with `patience`."""

    seconds: float = 2.0
    large: int = 1_000
    judged: int = 20
    judge_seconds: float = 20.0
    baskets: int = 2_000
    simple: int = 5
    steps: int = pricing.STEPS
    patience: int = 10_000_000


def rows(sizes: Sizes) -> Iterator[Json]:
    yield live(sizes.seconds)
    yield elsewhere(sizes.seconds)
    yield simple(sizes.seconds, sizes.simple)
    yield weight()
    yield real(sizes.baskets)
    yield twenty("ordinary", carts.ordinary, "offers of a shop in the default groups", sizes, sizes.patience)
    yield twenty("large", carts.scenario, "entangled offers of every type, all eligible", sizes, sizes.steps)


def timed(work: Callable[[], object]) -> float:
    """Seconds of CPU."""
    started = time.process_time()
    work()
    return time.process_time() - started


def in_turns(seconds: float, works: Sequence[Callable[[], object]]) -> list[float]:
    """The median time of each work; they take turns, so that a busy machine slows all of them."""
    times: list[list[float]] = [[] for _ in works]
    while not times[0] or sum(map(sum, times)) < seconds * len(works):
        for work, its in zip(works, times, strict=True):
            its.append(timed(work))
    return [median(its) for its in times]


# --- ordinary, large: 20 lines × 50 offers


def twenty(name: str, scenario: Callable[..., Json], what: str, sizes: Sizes, patience: int) -> Json:
    """Random carts: share complete, ratio to CP-SAT, the slowest against small carts. What `patience` took counts as well."""
    small = [_price(scenario(seed, 5, 8, 2), sizes.steps)[0] for seed in range(sizes.large)]
    spent, soon, complete = [], 0, 0
    judged: list[tuple[float, float, bool]] = []
    verdicts: dict[str, int] = {}
    for seed in range(sizes.large):
        data = scenario(seed)
        took, quote = _price(data, sizes.steps)
        soon += quote.optimal
        if not quote.optimal and patience > sizes.steps:
            more, quote = _price(data, patience)
            took += more
        spent.append(took)
        complete += quote.optimal
        if len(judged) < sizes.judged and seed % max(1, sizes.large // max(1, sizes.judged)) == 0:
            seconds, verdict = _judge(data, quote, sizes.judge_seconds)
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
            if seconds:
                judged.append((took, seconds, verdict == "judge timed out"))
    slow = sorted(spent)[max(0, -(-99 * len(spent) // 100) - 1)]
    # a judge that timed out took at least its limit, so the ratio is a lower bound wherever one did
    against = (
        {
            "cp_sat_to_engine_median": round(median(j / e for e, j, _ in judged), 1),
            "cp_sat_timed_out": sum(late for *_, late in judged),
        }
        if judged
        else {}
    )
    return {
        "bench": name,
        "carts": f"{len(spent)} random, 20 lines × 40 promotions and 10 coupons, {what} (backend/bench/carts.py)",
        "complete": round(complete / len(spent), 4),
        "in_steps": max(patience, sizes.steps),
        f"complete_in_{sizes.steps}": round(soon / len(spent), 4),
        **{verdict.replace(" ", "_"): count for verdict, count in sorted(verdicts.items())},
        **against,
        "p99_to_median_of_5_lines_10_offers": round(slow / median(small), 1),
        "median_to_median_of_5_lines_10_offers": round(median(spent) / median(small), 1),
    }


def _price(data: Json, steps: int) -> tuple[float, pricing.Quote]:
    parsed = pricing.parse_scenario(data)
    started = time.process_time()
    quote = pricing.quote(parsed.rules, parsed.request, steps)
    return time.process_time() - started, quote


def _judge(data: Json, quote: pricing.Quote, limit: float) -> tuple[float, str]:
    """CP-SAT on the same cart, the making of its model included: seconds of CPU, and what it says of the quote."""
    try:
        from backend.tests.pricing.judge.model import Undecided, payable  # noqa: PLC0415
    except ImportError:
        return 0.0, "judge not installed"
    started = time.process_time()
    try:
        best = payable(data, limit)
    except ImportError:
        return 0.0, "judge not installed"
    except Undecided:
        return time.process_time() - started, "judge timed out"
    if quote.payable == best:
        verdict = "equal"
    else:
        verdict = "within bound" if quote.lower_bound <= best <= quote.payable and not quote.optimal else "differs"
    return time.process_time() - started, verdict


# --- live: what promotions that do not concern a cart cost it


def concerned_rules() -> list[Json]:
    """Twenty promotions that concern the cart of `one_cart` and are priced in no time, so that every cost of the others
    shows: fifteen line-level ones on a line each, five order-level ones on four lines each."""
    found: list[Json] = [
        {"id": f"here-{n:02d}", "type": "percent_off", "scope": {"skus": [f"S{n:02d}"]}, "pay_bp": 9_000}
        for n in range(15)
    ]
    for n in range(5):
        scope = {"skus": [f"S{k:02d}" for k in range(n, 20, 5)]}
        tiers = [{"min": 1_000, "off": 300}]
        found.append({"id": f"here-{15 + n}", "type": "spend_off", "scope": scope, "tiers": tiers})
    return found


def one_cart(rng: Random) -> pricing.QuoteRequest:
    products = {
        f"S{k:02d}": pricing.Product(f"S{k:02d}", rng.randrange(900, 9_000), category=f"c{k % 4}/s", brand=f"b{k % 3}")
        for k in range(20)
    }
    lines = tuple(pricing.CartLine(sku, rng.choice((1, 2, 3))) for sku in products)
    return pricing.QuoteRequest(AT, products, pricing.Cart(lines=lines, channel="pos", store="s0", coupons=()))


def compiled(rules: Sequence[Json]) -> pricing.RuleSet:
    return pricing.compile_rules([pricing.parse_offer(rule) for rule in rules])


def other_goods(n: int) -> Json:
    scopes: tuple[Json, ...] = ({"skus": [f"X{n}"]}, {"categories": [f"x{n % 500}"]}, {"brands": [f"y{n % 200}"]})
    return {"id": f"else-{n:05d}", "type": "percent_off", "pay_bp": 9_000, "scope": scopes[n % 3]}


def other_places(n: int) -> Json:
    """On everything, but in another store, channel or region, or at another time: barred, and listed as rejected."""
    conditions: tuple[Json, ...] = (
        {"store": [f"s{n + 1}"]},
        {"channel": ["miniapp"], "store": [f"s{n % 40}"]},
        {"region": [f"四川/{n % 90}"]},
        {"until": f"2026-05-{n % 28 + 1:02d}T00:00:00+08:00"},
        {"from": f"2026-07-{n % 28 + 1:02d}T00:00:00+08:00"},
    )
    rule = {"id": f"else-{n:05d}", "type": "spend_off", "tiers": [{"min": 5_000, "off": 500}]}
    return {**rule, "when": conditions[n % len(conditions)]}


def live(seconds: float) -> Json:
    """Promotions on other goods. The first count has the twenty that concern the cart and none else."""
    return _growth("live", "promotions on other goods", other_goods, seconds)


def elsewhere(seconds: float) -> Json:
    """Promotions on these goods elsewhere or at another time: each is in the answer, with its reason."""
    return _growth("elsewhere", "promotions on these goods, elsewhere or at another time", other_places, seconds)


def _growth(name: str, what: str, make: Callable[[int], Json], seconds: float) -> Json:
    request = one_cart(Random(3))
    here = concerned_rules()
    counts = sorted({max(CONCERNED, count) for count in LIVE})
    sets = [compiled([*here, *(make(n) for n in range(count - CONCERNED))]) for count in counts]
    quotes = [pricing.quote(rules, request) for rules in sets]
    assert len({quote.payable for quote in quotes}) == 1

    def work(rules: pricing.RuleSet) -> Callable[[], object]:
        return lambda: [pricing.quote(rules, request) for _ in range(5)]

    times = in_turns(seconds, [work(rules) for rules in sets])
    return {
        "bench": name,
        "rules": what,
        "concern_the_cart": CONCERNED,
        "live": counts,
        "listed": [len(quote.rejected) + len(quote.offers) for quote in quotes],
        "time_to_time_with_fewest": [round(t / times[0], 3) for t in times],
        "linear_scan_of_the_largest": round(timed(lambda: _scan(sets[-1], request)) / (times[0] / 5), 1),
    }


def _scan(rules: pricing.RuleSet, request: pricing.QuoteRequest) -> int:
    """What a set without an index would begin with: every offer is asked about every line."""
    products = list(request.catalog.values())
    return sum(any(offer.scope.holds(product) for product in products) for offer in rules.offers)


# --- simple: many promotions of simple types


def simple(seconds: float, carts_: int) -> Json:
    """50 lines × 1,000 promotions of the types that the plain reference knows, ten a line on average."""
    rng = Random(8)
    products = {
        f"S{k:03d}": pricing.Product(f"S{k:03d}", rng.randrange(500, 9_000), category=f"c{k % 10}/d{k}", brand=f"b{k}")
        for k in range(5_000)
    }
    rules: list[Json] = []
    for n in range(1_000):
        scope: Json = {"skus": [f"S{k:03d}" for k in rng.sample(range(5_000), 20)]}
        kind = n % 10
        if kind < 4:
            rules.append({"type": "percent_off", "pay_bp": rng.choice((8_000, 9_000, 9_500)), "scope": scope})
        elif kind < 7:
            rules.append({"type": "amount_off", "off": rng.choice((50, 100, 300)), "scope": scope})
        elif kind < 9:
            rules.append({"type": "fixed_price", "price": rng.choice((990, 1_990)), "scope": scope})
        else:
            scope = {"categories": [f"c{n % 10}/d{k}" for k in rng.sample(range(n % 10, 5_000, 10), 12)]}
            rules.append({"type": "spend_off", "tiers": [{"min": 8_000, "off": 500}], "scope": scope})
    rules = [{"id": f"r{n:04d}", **rule} for n, rule in enumerate(rules)]
    live_set, plain = compiled(rules), [(rule, pricing.parse_offer(rule)) for rule in rules]
    requests = []
    for _ in range(carts_):
        chosen = rng.sample(sorted(products), 50)
        lines = tuple(pricing.CartLine(sku, rng.choice((1, 1, 2, 3))) for sku in chosen)
        requests.append(pricing.QuoteRequest(AT, products, pricing.Cart(lines=lines, coupons=())))
    quotes: list[pricing.Quote] = []
    works: list[Callable[[], object]] = [
        lambda: quotes.extend(pricing.quote(live_set, request) for request in requests),
        lambda: [plain_price(plain, request) for request in requests],
    ]
    engine, reference = in_turns(seconds, works)
    return {
        "bench": "simple",
        "carts": "50 lines of 5,000 articles",
        "rules": len(rules),
        "plain_to_engine": round(reference / engine, 2),
        "complete": all(quote.optimal for quote in quotes),
        "engine_is_never_dearer": all(q.goods <= plain_price(plain, r) for q, r in zip(quotes, requests, strict=False)),
    }


# --- baskets


def real(count: int) -> Json:
    """The Complete Journey under sixty rules of all types: baskets a second of one core, beside the plain reference."""
    try:
        source = baskets.installed()
    except NotInstalled as missing:
        return {"bench": "baskets", "skipped": str(missing)}
    rules = baskets.sixty()["promotions"]
    plain = [(rule, pricing.parse_offer(rule)) for rule in rules]
    live_set = compiled(rules)
    engine = reference = 0.0
    priced = complete = lines = 0
    applied: set[str] = set()
    for data in baskets.scenarios(source, baskets.FIRST, baskets.FIRST + count):
        request = pricing.parse_scenario(data).request
        started = time.process_time()
        quote = pricing.quote(live_set, request)
        between = time.process_time()
        plain_price(plain, request)
        reference += time.process_time() - between
        engine += between - started
        priced += 1
        lines += len(quote.lines)
        complete += quote.optimal
        applied.update(o.id for o in quote.offers)
        applied.update(e.offer for e in quote.earn)
    return {
        "bench": "baskets",
        "baskets": f"The Complete Journey, {priced:,} from the {baskets.FIRST:,}th on, {lines / priced:.1f} lines",
        "rules": len(rules) + len(baskets.sixty()["coupons"]),
        "rules_that_applied": len(applied),
        "complete": round(complete / priced, 4),
        "baskets_per_second_and_core": round(priced / engine),
        "engine_to_plain_time": round(engine / reference, 2),
    }


# --- weight


def weight() -> Json:
    """Memory of ten thousand compiled promotions, half of them of other places; CPU of the import in a fresh process with
    byte code cached, beside what an empty interpreter and the import of three standard modules take in the same run."""
    rules = [other_goods(n) if n % 2 else other_places(n) for n in range(LIVE[-1])]
    tracemalloc.start()
    live_set = compiled(rules)
    pricing.quote(live_set, one_cart(Random(3)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(live_set) == LIVE[-1]
    codes = "pass", f"import {STANDARD}", "import backend.pricing"
    times: list[list[float]] = [[] for _ in codes]
    with TemporaryDirectory() as cache:
        _process(codes[-1], cache)
        for _ in range(IMPORTS):
            for code, its in zip(codes, times, strict=True):
                its.append(_process(code, cache))
    nothing, standard, engine = (median(its) for its in times)
    return {
        "bench": "weight",
        "promotions": len(rules),
        "memory_mb": round(held / 1e6, 1),
        "import_cpu_ms": round((engine - nothing) * 1000, 1),
        "standard_cpu_ms": round((standard - nothing) * 1000, 1),
        "interpreter_alone_cpu_ms": round(nothing * 1000, 1),
        "import_to_standard": round((engine - nothing) / (standard - nothing), 2),
    }


def _process(code: str, cache: str) -> float:
    """Seconds of CPU of a fresh interpreter; byte code is kept in `cache`, as an installation keeps it."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
