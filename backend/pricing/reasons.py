"""Why an offer did not apply: one reason each, the first of the contract that holds, with its figures."""

from __future__ import annotations

from itertools import product
from typing import Any

from backend.pricing.evaluation import Outcome, evaluate, goods_on, settle
from backend.pricing.optimise import Solver
from backend.pricing.search import Search
from backend.pricing.stacking import Candidate, Case, Rejection, bits

MOST_SPLITS = 4_096


def rejections(case: Case, out: Outcome, solver: Solver) -> list[Rejection]:
    """One for every concerned offer that is not in the quote, by id."""
    found = list(case.rejected)
    # Coupons that are alike and not used have the same reason, unless the customer chose among them.
    alike: dict[int, Rejection] = {}
    for cand in case.cands:
        if cand.i in out.takes or cand.i in out.shipped or cand.level == "EARN":
            continue
        twin = case.twin.get(cand.i, -1) if case.req.cart.coupons is None else -1
        known = alike.get(twin)
        if known is None:
            known = _of_candidate(case, out, solver, cand)
            if twin >= 0:
                alike[twin] = known
        found.append(Rejection(cand.offer, known.reason, known.figures))
    if case.earn:
        for cand, reason, short in settle(case, out).dropped:
            figures: dict[str, Any] = {}
            if short and case.req.explain:
                figures = {"short_by_fen": short}
            if reason == "EXCLUDED" and case.req.explain:
                figures = {"by": min(case.cands[i].offer.id for i in out.takes if cand.conf >> i & 1)}
            found.append(Rejection(cand.offer, reason, figures))
    found.sort(key=lambda r: r.offer.id)
    return found


def _of_candidate(case: Case, out: Outcome, solver: Solver, cand: Candidate) -> Rejection:
    offer, explain = cand.offer, case.req.explain
    if cand.level == "SHIPPING":
        base = goods_on(out, cand.mask)
        if base < cand.effect.need().least:
            return Rejection(offer, "THRESHOLD", {"short_by_fen": cand.effect.need().least - base} if explain else {})
    short = _short_by(case, cand) if cand.level != "SHIPPING" else None
    if short is not None:
        return Rejection(offer, "THRESHOLD", short if explain else {})
    # A coupon that applies after other offers applies alone as well.
    applied = offer.is_coupon and solver.found_with((cand.i,), cand) is not None
    if not applied and _alone(case, cand, solver) is None:
        return Rejection(offer, "NO_EFFECT", {})
    if offer.is_coupon and case.req.policy.max_coupons == 0:
        return Rejection(offer, "LIMIT", {"which": "max_coupons"})
    wishes = case.req.cart.coupons or solver.chosen
    simple = not case.mandatory and not wishes and cand.budget is None
    if simple and not explain:
        return Rejection(offer, "NOT_BETTER", {})
    least = solver.least_with(cand)
    if least is not None or solver.steps.open_bound is not None:
        # Where the steps end first it is the least found; where none was found, no figure is given.
        by_fen = {} if least is None or not explain else {"by_fen": least - out.payable}
        return Rejection(offer, "NOT_BETTER", by_fen)
    if cand.budget is not None:
        budget, cand.budget = cand.budget, None
        possible = solver.least_with(cand) is not None
        cand.budget = budget
        if possible:
            return Rejection(offer, "BUDGET", {})
    return Rejection(offer, "EXCLUDED", {"by": _excluder(case, out, cand)} if explain else {})


def _alone(case: Case, cand: Candidate, solver: Solver) -> Outcome | None:
    """The offer alone on all that it can take, budget and other offers aside; None where it gives nothing."""
    if cand.level == "SHIPPING":
        return evaluate(case, {}, ()) if cand.effect.fee_off(case.req.cart.shipping) else None
    budget, cand.budget = cand.budget, None
    mandatory, case.mandatory = case.mandatory, []
    try:
        if cand.offer.is_coupon:
            return evaluate(case, {}, (cand.i,))
        if cand.level != "LINE" and cand.effect.grows:
            return evaluate(case, {cand.i: cand.mask}, ())
        if cand.level != "LINE":
            return Search(case, cand.bit, (), solver.steps, required=cand, value_only=True).run()
        singles = (evaluate(case, {cand.i: 1 << line}, ()) for line in bits(cand.mask))
        return next((found for found in singles if found is not None), None)
    finally:
        cand.budget = budget
        case.mandatory = mandatory


def _short_by(case: Case, cand: Candidate) -> dict[str, int] | None:
    """How far the greatest base of any allowed combination is below the lowest threshold; None: not."""
    need = cand.effect.need()
    if need.least == 0 or not cand.effect.threshold:
        return None
    lines = bits(cand.mask)
    if need.by == "count":
        reached = sum(case.qty[k] for k in lines)
        return {"short_by_count": need.least - reached} if reached < need.least else None
    reached = sum(case.price[k] * case.qty[k] for k in lines)
    if case.mandatory:
        forced = _greatest_base(case, cand, lines)
        if forced is not None:
            reached = forced
    return {"short_by_fen": need.least - reached} if reached < need.least else None


def _greatest_base(case: Case, cand: Candidate, lines: list[int]) -> int | None:
    """The greatest base when mandatory offers bind first. None: they keep it off every line."""
    choices = []
    for line in range(len(case.lines)):
        masks = [0]
        for m in case.mandatory:
            if m.mask >> line & 1:
                masks.extend([k | m.bit for k in masks if not m.conf & k])
        choices.append(masks)
    total = 1
    for masks in choices:
        total *= len(masks)
    if total > MOST_SPLITS:
        choices = [[max(masks, key=lambda k: k.bit_count())] for masks in choices]
    best: int | None = None
    for chosen in product(*choices):
        takes: dict[int, int] = {}
        for line, mask in enumerate(chosen):
            for i in bits(mask):
                takes[i] = takes.get(i, 0) | 1 << line
        out = evaluate(case, takes, ())
        if out is not None:
            free = [k for k in lines if not cand.conf & chosen[k]]
            if free:
                base = sum(out.after_line[k] for k in free)
                best = base if best is None else max(best, base)
    return best


def _excluder(case: Case, out: Outcome, cand: Candidate) -> str:
    """Who keeps the offer out: a mandatory offer first, then an applied one that it may not meet."""
    applied = [case.cands[i] for i in sorted(out.takes)]
    for group in ([m for m in case.mandatory if m.i in out.takes], case.mandatory, applied):
        for other in sorted(group, key=lambda c: c.offer.id):
            if other is not cand and (other.conf & cand.bit or cand.offer.exclusive == "cart"):
                return other.offer.id
    return min((c.offer.id for c in applied), default=cand.offer.id)
