"""Carts where nothing is to be chosen: every offer simply applies; no other combination can be as good."""

from __future__ import annotations

from backend.pricing.evaluation import Outcome, evaluate
from backend.pricing.stacking import Case, bits


def shortcut(case: Case) -> Outcome | None:
    """The best combination where it is plain to see; None where a search is needed.

    Plain: no coupon in play, at most one line-level and one order-level offer could take any line, nothing
    limits or forbids anything, and no threshold depends on whether line-level discounts are taken.
    """
    if not case.stackable and (not case.coupons or case.req.cart.coupons == ()) and not case.shipping:
        return evaluate(case, {}, ())
    if case.shipping or (case.coupons and case.req.cart.coupons != ()):
        return None
    if case.req.policy.max_promotions_per_line == 1:
        return None
    low = [p * q for p, q in zip(case.price, case.qty, strict=True)]
    takes: dict[int, int] = {}
    line_taken = order_taken = 0
    least_saving = 1 << 60
    for cand in case.stackable:
        offer = cand.offer
        if (
            cand.level == "GIFT"
            or cand.cap is not None
            or cand.budget is not None
            or offer.exclusive
            or offer.excludes
            or offer.no_tender
            or offer.group != ("line" if cand.level == "LINE" else "order")
        ):
            return None
        if cand.level == "LINE":
            if line_taken & cand.mask:
                return None
            mask = 0
            for line in bits(cand.mask):
                price = case.price[line]
                saving = price - max(cand.effect.unit(price), case.floors[line])
                if saving > 0:
                    mask |= 1 << line
                    low[line] -= saving * case.qty[line]
                    least_saving = min(least_saving, saving * case.qty[line])
            line_taken |= cand.mask
            if mask:
                takes[cand.i] = mask
            continue
        if order_taken & cand.mask or not cand.effect.grows:
            return None
        order_taken |= cand.mask
        steady = _steady(case, cand.i, low, least_saving)
        if steady is None:
            return None
        if steady:
            takes[cand.i] = cand.mask
    if order_taken and case.earn and any(e.mask != case.all_lines for e in case.earn):
        return None
    if case.earn and any(e.conf for e in case.earn):
        return None
    return evaluate(case, takes, ())


def _steady(case: Case, i: int, low: list[int], least_saving: int) -> bool | None:
    """Whether an order-level offer applies, where line-level discounts cannot change that; None: they can."""
    cand = case.cands[i]
    lines = bits(cand.mask)
    base = sum(low[k] for k in lines)
    full = sum(case.price[k] * case.qty[k] for k in lines)
    count = sum(case.qty[k] for k in lines)
    effect = cand.effect
    if base == full:
        return effect.most(base, count) > 0 and base > 0
    at_low, at_full = effect.most(base, count), effect.most(full, count)
    if at_full == 0:
        return False
    if at_low == at_full < base:
        return True
    # A rate: paying less before it is paying less after it, by more than rounding can hide.
    num, den = effect.rate()
    tier = effect.tier(base, count)
    if tier is not None and tier == effect.tier(full, count) and least_saving * (den - num) > 2 * den:
        return True
    return None
