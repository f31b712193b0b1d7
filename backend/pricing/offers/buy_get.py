"""买赠 buy_get: buy so many units, get so many at a rate (or free)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.conditions import scope_of
from backend.pricing.model import EVERYTHING, Scope
from backend.pricing.offers.base import (
    PIECES,
    WHOLE,
    Bound,
    Effect,
    Field,
    Goods,
    Need,
    OfferType,
    Part,
    Plan,
    Taker,
    cheapest,
    cheapest_pieces,
    lines_of,
    one_set_pieces,
    part_off,
    percent,
    together,
    worth,
    zhe,
)
from backend.pricing.offers.wording import scope_words
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class BuyGet(Effect):
    """`get_scope` None: sets of buy + get units of one scope, the cheapest of them discounted.

    The masks of lines and the dearest unit to get are known once the effect is bound to a cart.
    """

    buy: int
    get: int
    pay_bp: int = 0
    repeat: bool = False
    buy_scope: Scope = EVERYTHING
    get_scope: Scope | None = None
    buy_mask: int = 0
    get_mask: int = 0
    top: int = 0
    kind: ClassVar[str] = "buy_get"

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        buys = gets = top = 0
        for k, (product, _) in enumerate(goods):
            if not mask >> k & 1:
                continue
            buys |= self.buy_scope.holds(product) << k
            if (self.get_scope or self.buy_scope).holds(product):
                gets |= 1 << k
                top = max(top, product.price)
        return replace(self, buy_mask=buys, get_mask=gets, top=top), buys | gets

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        limit = cap if self.repeat or cap == 0 else 1
        found = self._together(runs, limit) if self.get_scope is None else self._apart(runs, limit)
        if found is None:
            return None
        chosen, sets, counted = found
        off = part_off(worth(chosen)[0], self.pay_bp)
        return Plan([Part(chosen, off)], sets, counted) if off > 0 else None

    def _together(self, runs: list[Run], limit: int | None) -> tuple[list[Run], int, int] | None:
        sets = worth(runs)[1] // (self.buy + self.get)
        if limit is not None:
            sets = min(sets, limit)
        return (cheapest(runs, sets * self.get), sets, lines_of(runs)) if sets else None

    def _apart(self, runs: list[Run], limit: int | None) -> tuple[list[Run], int, int] | None:
        """The greatest number of sets; more sets take more units to get and leave fewer to buy."""
        wanted = [run for run in runs if self.get_mask >> run.line & 1]
        bought = sum(run.n for run in runs if self.buy_mask >> run.line & 1)

        def left_to_buy(got: list[Run]) -> int:
            return bought - sum(run.n for run in got if self.buy_mask >> run.line & 1)

        low, high = 0, bought // self.buy if limit is None else min(limit, bought // self.buy)
        while low < high:
            sets = (low + high + 1) // 2
            if left_to_buy(cheapest(wanted, sets * self.get)) >= sets * self.buy:
                low = sets
            else:
                high = sets - 1
        got = cheapest(wanted, low * self.get)
        counted = lines_of(got) | lines_of([run for run in runs if self.buy_mask >> run.line & 1])
        return (got, low, counted) if low and got else None

    def most(self, base: int, count: int) -> int:
        if count < self.need().least:
            return 0
        num, den = self.rate()
        off = base * num // den
        return off if self.repeat else min(off, part_off(self.get * self.top, self.pay_bp))

    def rate(self) -> tuple[int, int]:
        if self.get_scope is None:
            return (WHOLE - self.pay_bp) * self.get, WHOLE * (self.buy + self.get)
        return WHOLE - self.pay_bp, WHOLE

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        units = {t.line: t.units for t in takers}
        got = [t for t in takers if self.get_mask >> t.line & 1]
        if not got:
            return []
        sets = cap if self.repeat else 1
        num = WHOLE - self.pay_bp
        if sets == 1:
            return one_set_pieces(got, units, self.get, self.need().least, num)
        top = max(-(-t.amounts[-1] // t.units) for t in got)
        most = None if sets is None else part_off(sets * self.get * top, self.pay_bp)
        return cheapest_pieces(got, units, self.get, self.buy + self.get, self.need().least, num, most)

    def deepest(self) -> tuple[int, int]:
        return WHOLE - self.pay_bp, WHOLE

    def memory(self, taken: list[tuple[int, int, int]]) -> tuple[int, ...] | None:
        if self.get_scope is not None:
            return None
        if self.repeat:
            return together(taken)
        units = sorted(price for price, n, _ in taken for _ in range(min(n, self.get)))
        return min(sum(n for _, n, _ in taken), self.buy + self.get), *units[: self.get]

    def need(self) -> Need:
        return Need("count", self.buy + (self.get if self.get_scope is None else 1))

    def zh(self) -> str:
        bought = "" if self.get_scope is None and self.buy_scope == EVERYTHING else _goods(self.buy_scope, True)
        if self.get_scope is not None:
            got = _goods(self.get_scope, True)
            what = f"送{self.get}件{got}" if self.pay_bp == 0 else f"另{self.get}件{got}享{zhe(self.pay_bp)}"
            text = f"买{self.buy}件{bought}，{what}"
        elif self.pay_bp == 0:
            text = f"{bought}买{self.buy}送{self.get}"
        else:
            text = f"{bought}买{self.buy}件，另{self.get}件享{zhe(self.pay_bp)}"
        return text + ("，可重复" if self.repeat else "")

    def en(self) -> str:
        rate = "free" if self.pay_bp == 0 else percent(self.pay_bp)
        named = self.get_scope is not None or self.buy_scope != EVERYTHING
        bought = f" of {_goods(self.buy_scope, False)}" if named else ""
        got = "" if self.get_scope is None else f" of {_goods(self.get_scope, False)}"
        return f"buy {self.buy}{bought}, get {self.get}{got} {rate}" + (", repeatedly" if self.repeat else "")


def _goods(scope: Scope, zh: bool) -> str:
    if scope == EVERYTHING:
        return "任意商品" if zh else "any item"
    return scope_words(scope, zh)


def read(r: Reader) -> BuyGet:
    buy, get = r.object("buy", required=True), r.object("get", required=True)
    if buy is None or get is None:
        return BuyGet(1, 1)
    buy_scope, get_scope = scope_of(buy) or EVERYTHING, scope_of(get)
    found = BuyGet(
        buy.number("count", 1, 9999),
        get.number("count", 1, 9999),
        get.number("pay_bp", 0, WHOLE, default=0),
        r.flag("repeat"),
        buy_scope,
        None if get_scope == buy_scope else get_scope,
    )
    buy.finish()
    get.finish()
    return found


TYPE = OfferType(
    "buy_get",
    "买赠",
    "buy and get",
    "ORDER",
    "order",
    100,
    read,
    (
        Field(
            "buy",
            "group",
            "买",
            "buy",
            of=(
                Field("count", "count", "买几件", "units to buy", unit=PIECES),
                Field("scope", "scope", "买什么", "what to buy", required=False),
            ),
        ),
        Field(
            "get",
            "group",
            "得",
            "get",
            of=(
                Field("count", "count", "送几件", "units to get", unit=PIECES, usual=1),
                Field("pay_bp", "bp", "打几折（0 为送）", "rate paid (0: free)", required=False, usual=0, zero=True),
                Field("scope", "scope", "送什么", "what to get", required=False),
            ),
        ),
        Field("repeat", "flag", "一单可重复享受", "more than once an order", required=False, usual=True),
    ),
    what=("买几件送几件或打折，送的可以是别的商品", "Buy some, get some free or at a rate, also of other products"),
    eg=("买2送1", "Buy 2, get 1"),
    kept=True,
)
