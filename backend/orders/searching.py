"""Prices are searched beside the event loop where that takes long: one at a time, while everybody else goes on.

An entangled cart takes up to some tenths of a second (`quoting.STEPS`). In the event loop it would hold up every request
of the process for as long; in a thread of its own the interpreter changes between both every few milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from backend import pricing

SIMPLE = 40
"""Lines times the offers and coupons that could take them, up to which a search takes no longer than changing threads."""

T = TypeVar("T")

_searcher = ThreadPoolExecutor(1, "pricing")


async def quote(rules: pricing.RuleSet, request: pricing.QuoteRequest, steps: int) -> pricing.Quote:
    """`pricing.quote`, aside where the cart is entangled."""
    return await _aside(lambda: pricing.quote(rules, request, steps), rules, request)


async def suggest(
    rules: pricing.RuleSet, request: pricing.QuoteRequest, found: pricing.Quote, steps: int
) -> tuple[pricing.Suggestion, ...]:
    """`pricing.suggest`, aside where the cart is entangled."""
    return await _aside(lambda: pricing.suggest(rules, request, found, steps), rules, request)


async def _aside(search: Callable[[], T], rules: pricing.RuleSet, request: pricing.QuoteRequest) -> T:
    if entanglement(rules, request) <= SIMPLE:
        return search()
    return await asyncio.get_running_loop().run_in_executor(_searcher, search)


def entanglement(rules: pricing.RuleSet, request: pricing.QuoteRequest) -> int:
    """How much there is to weigh: the sum over lines of the offers and coupons that could take each; where an order uses one coupon
    and nothing else is there, the coupons."""
    goods = [request.catalog[line.sku] for line in request.cart.lines]
    offers, coupons = sum(len(rules.concerning(product)) for product in goods), len(request.coupons)
    return offers + coupons * (len(goods) if offers or request.policy.max_coupons > 1 else 1)
