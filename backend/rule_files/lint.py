"""What `shuhui promotions lint` says about a folder: findings of the core with their files, and the worst basket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import pricing
from backend.rule_files.folder import SHOP, Folder


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cannot be meant: in which file, of which offer or coupon (or SKU), in both languages."""

    file: str
    id: str
    kind: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Lowest:
    """The worst that the rules stack to: of a whole basket, or of one article (`sku`) in one. Money is fen.

    `margin_bp` is of what is paid, None when nothing is paid; cost and margin are None without costs.
    `scenario` is what `shuhui price` prices to the same figures.
    """

    kind: str  # "worst_basket" | "worst_article"
    sku: str
    paid_fen: int
    list_fen: int
    off_bp: int
    cost_fen: int | None
    margin_fen: int | None
    margin_bp: int | None
    lines: tuple[tuple[str, int], ...]
    offers: tuple[str, ...]
    scenario: dict[str, Any]


def lint(found: Folder, at: datetime) -> Iterator[Finding]:
    """Rules that are well-formed and yet cannot be what was meant, as seen at `at`."""
    scenario = _shop(found, at)
    for finding in pricing.lint(scenario.rules, scenario.request):
        yield Finding(found.home[finding.id], finding.id, finding.kind, finding.zh, finding.en)
    if found.costs:
        for sku in sorted(scenario.request.catalog.keys() - found.costs.keys()):
            yield Finding(
                SHOP, sku, "no_cost", "没有成本，不计入最差购物车", "it has no cost: no basket is judged with it"
            )


def worst(found: Folder, at: datetime) -> tuple[Lowest, Lowest] | None:
    """The worst basket and the worst article that customers who hold every coupon of the folder can get.

    None: there are no articles or no rules.
    """
    scenario = _shop(found, at)
    both = pricing.worst(scenario.rules, scenario.request, found.costs)
    return None if both is None else (_lowest(found, "worst_basket", both[0]), _lowest(found, "worst_article", both[1]))


def below(lowest: Lowest, least_bp: int) -> bool:
    """Whether it leaves less than a margin of so many basis points of what is paid; without costs nothing is."""
    if lowest.margin_fen is None:
        return False
    return lowest.margin_fen * 10_000 < least_bp * lowest.paid_fen


def _shop(found: Folder, at: datetime) -> pricing.Scenario:
    data = {"at": at.isoformat(), "cart": {"lines": []}, "coupons": found.coupons}
    return pricing.parse_scenario(found.scenario(data))


def _lowest(found: Folder, kind: str, worst: pricing.Worst) -> Lowest:
    quote = worst.quote
    gifts = {g.offer for g in quote.gifts}
    return Lowest(
        kind,
        worst.sku,
        worst.paid_fen,
        worst.list_fen,
        worst.off_bp,
        worst.cost_fen,
        worst.margin_fen,
        worst.margin_bp,
        tuple((line.sku, line.qty) for line in quote.lines),
        tuple(sorted({o.id for o in quote.offers} | gifts)),
        _scenario(found, worst.request),
    )


def _scenario(found: Folder, request: pricing.QuoteRequest) -> dict[str, Any]:
    """A cart of the search as a scenario file, with the rules and the shop of the folder."""
    cart, customer = request.cart, request.customer
    places = ("channel", "store", "region", "payment", "delivery")
    held: dict[str, Any] = {"gift_choices": [{"offer": g.offer, "sku": g.sku} for g in cart.gift_choices]}
    held["deposits"] = [{"offer": d.offer, "units": d.units} for d in cart.deposits]
    held["add_ons"] = [{"offer": a.offer, "sku": a.sku, "qty": a.qty} for a in cart.add_ons]
    who: dict[str, Any] = {"id": customer.id, "level": customer.level, "new": customer.new, "orders": customer.orders}
    who["tags"] = sorted(customer.tags)
    return found.scenario(
        {
            "at": request.at.isoformat(),
            "coupons": found.coupons,
            "customer": {k: v for k, v in who.items() if v not in (None, [], False, 0)},
            "cart": {
                **{k: v for k in places if (v := getattr(cart, k)) is not None},
                **{k: v for k, v in held.items() if v},
                "lines": [{"sku": line.sku, "qty": line.qty} for line in cart.lines],
            },
        }
    )
