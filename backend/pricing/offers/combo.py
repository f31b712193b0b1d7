"""套餐 combo: a set of named items for one price; 套餐券 bundle, the content of a coupon: one such set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from backend.pricing.allocation import Run
from backend.pricing.model import Scope, Selection
from backend.pricing.offers.base import (
    PIECES,
    Bound,
    Effect,
    Field,
    Goods,
    Need,
    OfferType,
    Part,
    Piece,
    Plan,
    Taker,
    dearest,
    worth,
    yuan,
)
from backend.pricing.offers.pick_bundle import in_order
from backend.pricing.reading import Reader


@dataclass(frozen=True)
class Combo(Effect):
    """Each complete set, dearest units first, costs `price` if that is cheaper.

    `needs` (units of a set by line) and `full` (a set at list prices) are known once it is bound to a cart.
    """

    items: tuple[tuple[str, int], ...]
    price: int
    repeat: bool = False
    needs: tuple[tuple[int, int], ...] = ()
    full: int = 0
    kind: ClassVar[str] = "combo"
    by_mean: ClassVar[bool] = False

    @property
    def whole(self) -> bool:
        return True

    def own_scope(self) -> Scope | None:
        return Scope(Selection(skus=frozenset(sku for sku, _ in self.items)))

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        place = {p.sku: k for k, (p, _) in enumerate(goods)}
        needs = tuple((place[sku], qty) for sku, qty in self.items if sku in place)
        if len(needs) < len(self.items):
            return self, mask
        full = sum(goods[k][0].price * qty for k, qty in needs)
        return replace(self, needs=needs, full=full), mask

    def plan(self, runs: list[Run], cap: int | None) -> Plan | None:
        if not self.needs:
            return None
        sets = cap if cap is not None else 10**9
        if not self.repeat:
            sets = min(sets, 1)
        its = {k: [run for run in runs if run.line == k] for k, _ in self.needs}
        sets = min(sets, *(worth(its[k])[1] // qty for k, qty in self.needs))
        by_item = [in_order(dearest(its[k], sets * qty), qty) for k, qty in self.needs]
        parts: list[Part] = []
        for groups in zip(*by_item, strict=True):
            one = [run for group in groups for run in group]
            base, _ = worth(one)
            if base <= self.price:
                break
            parts.append(Part(one, base - self.price))
        return Plan(parts, len(parts)) if parts else None

    def most(self, base: int, count: int) -> int:
        if not self.needs or self.full <= self.price or count < self.need().least:
            return 0
        # A set at lower amounts saves no greater part of itself than one at list prices.
        off = base * (self.full - self.price) // self.full
        return off if self.repeat else min(off, self.full - self.price)

    def rate(self) -> tuple[int, int]:
        return max(0, self.full - self.price), max(1, self.full)

    def bounds(self, takers: list[Taker], cap: int | None) -> Bound:
        units = {t.line: t.units for t in takers}
        needs = dict(self.needs)
        if not needs.keys() <= units.keys():
            return []
        sets = min(units[line] // qty for line, qty in self.needs)
        sets = min(sets if cap is None else min(cap, sets), sets if self.repeat else 1)
        return [
            Piece(
                -sets * self.price,
                1,
                lambda line, amount: amount // units[line] * sets * needs[line],
                whole=True,
            )
        ]

    def need(self) -> Need:
        return Need("count", sum(qty for _, qty in self.items))

    def zh(self) -> str:
        items = "+".join(sku + (f"×{qty}" if qty > 1 else "") for sku, qty in self.items)
        return f"套餐价{yuan(self.price)}元（{items}）" + ("，可重复" if self.repeat else "")

    def en(self) -> str:
        items = " + ".join(sku + (f" × {qty}" if qty > 1 else "") for sku, qty in self.items)
        return f"set of {items} for ¥{yuan(self.price)}" + (", repeatedly" if self.repeat else "")


@dataclass(frozen=True)
class Bundle(Combo):
    """套餐券: one set, of the lines of its items that are in the coupon's scope."""

    kind: ClassVar[str] = "bundle"

    def own_scope(self) -> Scope | None:
        return None

    def bind(self, goods: Goods, mask: int) -> tuple[Effect, int]:
        own = sum(1 << k for k, (p, _) in enumerate(goods) if mask >> k & 1 and any(p.sku == s for s, _ in self.items))
        complete = own.bit_count() == len(self.items)
        return (super().bind(goods, own)[0] if complete else self), own

    def zh(self) -> str:
        return "凭券" + super().zh()


def read(r: Reader) -> Combo:
    if r.has("scope"):
        r.fault("scope", "the scope of a combo is its items")
    return Combo(_items(r), r.number("price"), r.flag("repeat"))


def read_bundle(inner: Reader) -> Bundle:
    return Bundle(_items(inner), inner.number("price"))


def _items(r: Reader) -> tuple[tuple[str, int], ...]:
    items: dict[str, int] = {}
    for item in r.objects("items", required=True, empty=False):
        sku, qty = item.text("sku"), item.number("qty", 1, 9999, default=1)
        if sku in items:
            item.fault("sku", f"{sku} stands in the set twice")
        items[sku] = qty
        item.finish()
    return tuple(sorted(items.items()))


ITEMS = Field(
    "items",
    "items",
    "套餐商品",
    "items",
    of=(
        Field("sku", "sku", "商品", "item"),
        Field("qty", "count", "件数", "units", required=False, unit=PIECES, usual=1),
    ),
)
PRICE = Field("price", "fen", "套餐价", "price")
TYPE = OfferType(
    "combo",
    "套餐",
    "set at a price",
    "ORDER",
    "order",
    100,
    read,
    (
        ITEMS,
        PRICE,
        Field("repeat", "flag", "一单可重复享受", "more than once an order", required=False, usual=True),
    ),
    scoped=False,
    what=("几种商品凑成一套，一个价", "Several products together at one price"),
    eg=("锅底+肥牛 79元", "A set for ¥79"),
    kept=True,
)
