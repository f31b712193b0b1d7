"""The quote of a member who holds 200 coupons that all fit against the quote of one who holds none: the same cart, turn by turn in one
run; through the shop's own service, alone, beside promotions, and with two coupons an order, as a live cart asks (every reason, and
every figure but by how much each unused coupon is dearer), and with that as well, as a sheet of coupons that is open does; and as the
whole answer that the mini-program's live cart asks for over GraphQL (no HTTP), goods worth adding and all."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend import coupons, merchants, orders, promotions
from backend.bench.installation import Installation, held
from backend.kit.access import Viewer
from backend.kit.clock import now
from backend.kit.ids import new_id
from schema.context import Context
from schema.root import make_schema
from schema.trusted import TrustedDocuments

Json = dict[str, Any]
HELD = 200
LINES = 8
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holding:
    """How many different coupons the 200 are: of equal ones a quote weighs the soonest to end. `parted`: rates and amounts, half of them
    on a part of the goods; otherwise amounts off all goods."""

    templates: int
    parted: bool = False

    @property
    def words(self) -> str:
        return f"{HELD} coupons of {self.templates} templates{', half of them on a part of the goods' if self.parted else ''}"

    def made(self) -> Iterator[tuple[Json, Json]]:
        """Content and scope of each template."""
        skus = [f"SKU{n}" for n in range(LINES)]
        for n in range(self.templates):
            kind, more = n % 20, n // 20
            off = {"off": {"min": 500 * kind, "off": 50 + 25 * kind + more}}
            rate = {"percent": {"min": 200 * kind, "pay_bp": 9900 - 40 * kind - more}}
            some = {"skus": skus[n % 5 : n % 5 + 4]} if n % 4 == 2 else {"skus": skus[(n + 1) % 2 :: 2]}
            yield (rate if self.parted and n % 2 else off), (some if self.parted and n % 4 > 1 else {"all": True})


HOLDINGS = (Holding(4), Holding(20), Holding(20, parted=True), Holding(HELD, parted=True))
BESIDE: tuple[Json, ...] = (
    {
        "type": "spend_off",
        "scope": {"all": True},
        "tiers": [{"min": 10_000, "off": 800}, {"min": 20_000, "off": 2_000}],
    },
    {"type": "nth_item", "scope": {"skus": ["SKU0", "SKU1", "SKU2", "SKU3"]}, "n": 2, "pay_bp": 5_000},
    {"type": "spend_percent", "scope": {"skus": ["SKU5", "SKU6", "SKU7"]}, "tiers": [{"count": 3, "pay_bp": 8_500}]},
    {"type": "percent_off", "scope": {"skus": ["SKU5", "SKU6"]}, "pay_bp": 8_800},
    {"type": "fixed_price", "scope": {"skus": ["SKU4"]}, "price": 3_000},
)
"""Promotions that meet on the goods of the cart."""


async def measured(it: Installation, plain: UUID, holders: Sequence[UUID], quotes: int, turns: int) -> list[Json]:
    """A row for each holding and circumstance; `plain` holds none."""
    for holder, holding in zip(holders, HOLDINGS, strict=True):
        await _claimed(it, holder, holding)
    rows = await _rows(it, plain, holders, Circumstance("alone"), quotes, turns)
    await _published(it)
    for most in (1, 2):
        await merchants.set_max_coupons(it.merchant_id, most)
        beside = f"beside {len(BESIDE)} promotions"
        rows += await _rows(it, plain, holders, Circumstance(beside, most), quotes, turns)
        rows += await _rows(it, plain, holders, Circumstance(beside, most, compared=True), quotes, turns)
        rows += await _rows(it, plain, holders, Circumstance(beside, most, live=True), quotes, turns)
    await merchants.set_max_coupons(it.merchant_id, 1)
    return rows


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Beside what the coupons are held, how many an order may use, whether each unused one says by how much it is dearer; `live`: asked
    by the mini-program's live cart."""

    where: str
    most: int = 1
    compared: bool = False
    live: bool = False

    @property
    def through(self) -> str:
        return "GraphQL, the live cart of the mini-program" if self.live else "the service"


Ask = Callable[[UUID], Awaitable[tuple[int, bool | None]]]
"""A member's quote: how many coupons it knows, and whether it is proven (None: that was not asked)."""


def _by_service(it: Installation, what: Circumstance) -> Ask:
    lines = tuple((f"SKU{n}", 1 + n % 3) for n in range(LINES))
    wish = orders.Wish(it.store_id, "MINIAPP", "PICKUP", lines, compare_coupons=what.compared)

    async def ask(member: UUID) -> tuple[int, bool | None]:
        priced = await orders.quote(it.settings.secret, it.merchant_id, member, wish, now())
        assert isinstance(priced, orders.Priced), priced
        return sum(one.alike for one in priced.held.values()), priced.quote.optimal

    return ask


def _by_document(it: Installation) -> Ask:
    schema = make_schema(introspection=False)
    text = TrustedDocuments().named("QuoteCart")
    lines = [{"sku": f"SKU{n}", "qty": 1 + n % 3} for n in range(LINES)]
    given = {"lines": lines, "delivery": "PICKUP", "suggest": True, "compareCoupons": False, "everyCoupon": False}

    async def ask(member: UUID) -> tuple[int, bool | None]:
        context = Context(it.runtime, Viewer(it.merchant_id, "consumer", member), "127.0.0.1")
        told = await schema.execute(text, variable_values={"input": given}, context_value=context)
        assert not told.errors and told.data, told.errors
        return told.data["quoteCart"]["couponCount"], None

    return ask


async def _rows(
    it: Installation, plain: UUID, holders: Sequence[UUID], what: Circumstance, quotes: int, turns: int
) -> list[Json]:
    ask = _by_document(it) if what.live else _by_service(it, what)
    pairs = zip(holders, HOLDINGS, strict=True)
    return [await _row(it, ask, (plain, holder), holding, what, quotes, turns) for holder, holding in pairs]


async def _claimed(it: Installation, holder: UUID, holding: Holding) -> None:
    for n, (content, scope) in enumerate(holding.made()):
        template = coupons.NewTemplate(f"券{n}", content, scope, coupons.Validity(None, None, 48))
        drop = coupons.NewDrop(f"券{n}", template, now() - DAY, now() + DAY, HELD, 99, publish=True)
        made = await coupons.create_drop(it.merchant_id, "staff:bench", drop, str(new_id()), now())
        assert isinstance(made, coupons.DropInfo), made
        for _ in range(HELD // holding.templates):
            wish = coupons.Claim(it.merchant_id, made.id, holder, str(new_id()), now(), "h5", None)
            got = await it.runtime.claims.claim(wish)
            assert isinstance(got, coupons.Claimed), got


async def _published(it: Installation) -> None:
    draft = promotions.Draft("同时进行的活动", "", now() - DAY, now() + DAY, BESIDE)
    made = await promotions.create(it.merchant_id, "staff:bench", None, draft, str(new_id()), now())
    assert isinstance(made, promotions.PromotionInfo), made
    live = await promotions.publish(it.merchant_id, "staff:bench", made.id, str(new_id()), now())
    assert isinstance(live, promotions.PromotionInfo), live


async def _row(
    it: Installation, ask: Ask, pair: tuple[UUID, UUID], holding: Holding, what: Circumstance, quotes: int, turns: int
) -> Json:
    """`pair`: who holds none, and who holds all."""
    plain, rich = pair
    known = {plain: 0, rich: holding.templates if what.live else HELD}
    proven: bool | None = None if what.live else True
    spent = dict.fromkeys(pair, 0.0)
    for _ in range(turns):
        for member in pair:
            began = time.perf_counter()
            for _ in range(quotes):
                there, optimal = await ask(member)
                assert there == known[member], there
                proven = proven and optimal
            spent[member] += time.perf_counter() - began
    done = quotes * turns
    return {
        "bench": "order", "quote": f"{LINES} lines, {holding.words}, {what.where}, against none", "through": what.through,
        "coupons_an_order": what.most, "unused_compared": what.compared, "quotes": done, "proven": proven,
        "ms": round(1000 * spent[rich] / done, 2), "ms_with_none": round(1000 * spent[plain] / done, 2),
        "time_to_time_with_none": round(spent[rich] / spent[plain], 2), "must_be_below": 2, **await held(it),
    }  # fmt: skip
