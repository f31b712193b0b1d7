"""满赠 spend_gift: goods for free from so much money or so many units on, in tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple

from backend.pricing.offers.base import (
    PIECES,
    Effect,
    Field,
    Need,
    OfferType,
    Sums,
    read_thresholds,
    yuan,
)
from backend.pricing.offers.wording import counted
from backend.pricing.reading import Reader


class Tier(NamedTuple):
    """From `least` on, `choose` of the gifts (sku, quantity); None: all of them."""

    least: int
    gifts: tuple[tuple[str, int], ...]
    choose: int | None


@dataclass(frozen=True)
class SpendGift(Effect):
    by: Literal["fen", "count"]
    tiers: tuple[Tier, ...]
    quota: int | None = None
    """Pieces that it may give in all (赠品名额, P12), or what is left of them; None: no end."""
    kind: ClassVar[str] = "spend_gift"
    threshold: ClassVar[bool] = True

    @property
    def grows(self) -> bool:
        # A higher tier may hold gifts of less value, so that leaving a line out can be better.
        return len(self.tiers) == 1

    def gifts(
        self, base: int, count: int, left: Mapping[str, int], prices: Mapping[str, int], wished: tuple[str, ...]
    ) -> tuple[int, list[tuple[str, int]]] | None:
        """The threshold reached and its gifts, as far as there are any `left` (a SKU not named has no end)."""
        reached = base if self.by == "fen" else count
        for tier in reversed(self.tiers):
            if reached >= tier.least:
                there = [(sku, min(qty, left.get(sku, qty))) for sku, qty in tier.gifts]
                there = [(sku, qty) for sku, qty in there if qty > 0]
                if there:
                    return tier.least, self._given(there, tier.choose, prices, wished)
        return None

    def _given(
        self, there: list[tuple[str, int]], choose: int | None, prices: Mapping[str, int], wished: tuple[str, ...]
    ) -> list[tuple[str, int]]:
        """What is chosen of the gifts there are, as far as the quota goes, by SKU."""
        given, left = [], self.quota
        for sku, qty in _chosen(there, choose, prices, wished):
            n = qty if left is None else min(qty, left)
            left = None if left is None else left - n
            if n:
                given.append((sku, n))
        return sorted(given)

    def up_to(self, pieces: int) -> SpendGift:
        return replace(self, quota=max(0, pieces))

    def sold_out(self, left: Mapping[str, int]) -> bool:
        return all(left.get(sku, 1) <= 0 for tier in self.tiers for sku, _ in tier.gifts)

    def gift_value(self, prices: Mapping[str, int], base: int, count: int) -> int:
        reached = base if self.by == "fen" else count
        return max(
            (sum(prices.get(sku, 0) * qty for sku, qty in tier.gifts) for tier in self.tiers if tier.least <= reached),
            default=0,
        )

    def gifts_rise(self, prices: Mapping[str, int]) -> bool:
        worths = [0]
        for tier in self.tiers:
            worths.append(
                sum(prices.get(sku, 0) * qty for sku, qty in self._given([*tier.gifts], tier.choose, prices, ()))
            )
        return all(low < high for low, high in pairwise(worths))

    def gift_skus(self) -> set[str]:
        return {sku for tier in self.tiers for sku, _ in tier.gifts}

    def sums(self, cap: int | None) -> Sums | None:
        # A higher tier may hold gifts of less value.
        least = self.tiers[-1].least
        return Sums(least, 0, 0, 1) if self.by == "fen" else Sums(0, least, 0, 1)

    def most(self, base: int, count: int) -> int:
        return 0

    def need(self) -> Need:
        return Need(self.by, self.tiers[0].least)

    def zh(self) -> str:
        texts = []
        for tier in self.tiers:
            what = "、".join(sku + (f"×{qty}" if qty > 1 else "") for sku, qty in tier.gifts)
            when = f"满{yuan(tier.least)}" if self.by == "fen" else f"满{tier.least}件"
            texts.append(f"{when}赠{what}" + ("" if tier.choose is None else f"（{len(tier.gifts)}选{tier.choose}）"))
        return "，".join(texts) + ("" if self.quota is None else f"，限量{self.quota}件，送完即止")

    def en(self) -> str:
        texts = []
        for tier in self.tiers:
            what = " + ".join(sku + (f" × {qty}" if qty > 1 else "") for sku, qty in tier.gifts)
            when = f"from ¥{yuan(tier.least)}" if self.by == "fen" else f"from {counted(tier.least, 'item')}"
            some = "" if tier.choose is None else f"{tier.choose} of "
            texts.append(f"free {some}{what} {when}")
        return ", ".join(texts) + ("" if self.quota is None else f", {counted(self.quota, 'item')} in all")


def _chosen(
    there: list[tuple[str, int]], choose: int | None, prices: Mapping[str, int], wished: tuple[str, ...]
) -> list[tuple[str, int]]:
    """What the customer wished for first, then the dearest by unit list price, then SKU."""
    rank = {sku: k for k, sku in enumerate(wished)}
    ordered = sorted(there, key=lambda g: (rank.get(g[0], len(rank)), -prices.get(g[0], 0), g[0]))
    return ordered if choose is None else ordered[:choose]


def read(r: Reader) -> SpendGift:
    tiers = list(r.objects("tiers", required=True, empty=False))
    by, mins = read_thresholds(tiers)
    found = []
    for tier, least in zip(tiers, mins, strict=True):
        gifts: dict[str, int] = {}
        for gift in tier.objects("gifts", required=True, empty=False):
            sku, qty = gift.text("sku"), gift.number("qty", 1, 9999, default=1)
            if sku in gifts:
                gift.fault("sku", f"{sku} stands in the tier twice")
            gifts[sku] = qty
            gift.finish()
        choose = tier.maybe_number("choose", 1)
        if choose is not None and choose > len(gifts):
            tier.fault("choose", f"must be at most {len(gifts)}, the number of gifts")
        tier.finish()
        found.append(Tier(least, tuple(gifts.items()), choose))
    return SpendGift(by, tuple(found) or (Tier(0, (), None),), r.maybe_number("quota", 1))


TYPE = OfferType(
    "spend_gift",
    "满赠",
    "gifts",
    "GIFT",
    "gift",
    100,
    read,
    (
        Field(
            "tiers",
            "tiers",
            "阶梯",
            "tiers",
            of=(
                Field("min", "fen", "满金额", "from amount", required=False, one_of="from"),
                Field("count", "count", "满件数", "from units", required=False, one_of="from", unit=PIECES),
                Field(
                    "gifts",
                    "items",
                    "赠品",
                    "gifts",
                    of=(
                        Field("sku", "sku", "商品", "item"),
                        Field("qty", "count", "件数", "units", required=False, unit=PIECES, usual=1),
                    ),
                ),
                Field("choose", "count", "顾客可选几种", "kinds to choose", required=False, unit=("种", "kinds")),
            ),
        ),
        Field("quota", "count", "赠品总件数", "gifts in all", required=False, unit=PIECES),
    ),
    what=("满一定金额送赠品", "Goods for free from a threshold"),
    eg=("满99送酸梅汤", "A drink free from ¥99"),
    kept=True,
)
