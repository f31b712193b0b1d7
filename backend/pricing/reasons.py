"""Why an offer did not apply: one reason each, the first of the contract that holds, with its figures."""

from __future__ import annotations

from typing import Any

from backend.pricing.bases import Base, Bases
from backend.pricing.evaluation import Outcome, earn, evaluate, goods_on, settle
from backend.pricing.optimise import Solver
from backend.pricing.search import Search
from backend.pricing.stacking import Candidate, Case, Rejection, bits


def rejections(case: Case, out: Outcome, solver: Solver) -> list[Rejection]:
    """One for every concerned offer that is not in the quote, by id."""
    found = list(case.rejected)
    bases = Bases(case, out)
    # Coupons that are alike and not used have the same reason, unless the customer chose among them.
    alike: dict[int, Rejection] = {}
    for cand in case.cands:
        if cand.i in out.takes or cand.i in out.shipped or cand.level == "EARN":
            continue
        twin = case.twin.get(cand.i, -1) if case.req.cart.coupons is None else -1
        known = alike.get(twin)
        if known is None:
            known = _of_candidate(case, out, solver, bases, cand)
            if twin >= 0:
                alike[twin] = known
        found.append(Rejection(cand.offer, known.reason, known.figures))
    if case.earn:
        found.extend(_of_earning(case, out, *dropped) for dropped in settle(case, out).dropped)
    found.extend(_of_pledge(case, out, cand) for cand in case.pledges if cand is not out.pledge)
    found.sort(key=lambda r: r.offer.id)
    return found


def _of_earning(case: Case, out: Outcome, cand: Candidate, reason: str, short: int) -> Rejection:
    figures: dict[str, Any] = {}
    if short and case.req.explain:
        figures = {"short_by_fen": short}
    if reason == "EXCLUDED" and case.req.explain:
        figures = {"by": min(case.cands[i].offer.id for i in out.takes if cand.conf >> i & 1)}
    return Rejection(cand.offer, reason, figures)


def _of_pledge(case: Case, out: Outcome, cand: Candidate) -> Rejection:
    """A coupon that takes nothing off: why it would bring nothing; else that no place is left for it, or that nobody chose it."""
    _, dropped = earn(case, out, settle(case, out).tenders, cand)
    for mine in dropped:
        if mine[0] is cand:
            return _of_earning(case, out, *mine)
    if out.pledge is not None or len(out.coupons) >= case.req.policy.max_coupons:
        return Rejection(cand.offer, "LIMIT", {"which": "max_coupons"})
    return Rejection(cand.offer, "NOT_BETTER", {"by_fen": 0} if case.req.explain else {})


def _of_candidate(case: Case, out: Outcome, solver: Solver, bases: Bases, cand: Candidate) -> Rejection:
    offer, explain = cand.offer, case.req.explain
    compare = explain and (case.req.compare_coupons or not offer.is_coupon)
    if cand.level == "SHIPPING":
        base = goods_on(out, cand.mask)
        if base < cand.effect.need().least:
            return Rejection(offer, "THRESHOLD", {"short_by_fen": cand.effect.need().least - base} if explain else {})
    else:
        short = _short_by(case, bases, solver, cand)
        if short is not None:
            return Rejection(offer, "THRESHOLD", short if explain else {})
    wishes = case.req.cart.coupons or solver.chosen
    simple = not case.mandatory and not wishes and cand.budget is None
    # A coupon that applies after other offers applies alone as well.
    alone = (
        _plainly_alone(case, cand)
        or (offer.is_coupon and solver.found_with((cand.i,), cand) is not None)
        or _alone(case, cand, solver)
    )
    if not alone and not _among_others(case, cand):
        return Rejection(offer, "NO_EFFECT", {})
    if alone and simple and not compare:
        return Rejection(offer, "NOT_BETTER", {})
    least = solver.least_with(cand)
    if least is not None or solver.steps.open_bound is not None:
        # Where the steps end first it is the least found; where none was found, no figure is given.
        by_fen = {} if least is None or not compare else {"by_fen": least - out.payable}
        return Rejection(offer, "NOT_BETTER", by_fen)
    if cand.budget is not None and _without_budget(solver, cand):
        return Rejection(offer, "BUDGET", {})
    if not alone:
        return Rejection(offer, "NO_EFFECT", {})
    return Rejection(offer, "EXCLUDED", {"by": _excluder(case, out, cand)} if explain else {})


def _without_budget(solver: Solver, cand: Candidate) -> bool:
    """Whether the offer could apply but for its budget. What is seen without it says nothing of the price with it."""
    budget, cand.budget = cand.budget, None
    bare, solver.bare = solver.bare, None
    try:
        return solver.least_with(cand) is not None
    finally:
        cand.budget, solver.bare = budget, bare


def _plainly_alone(case: Case, cand: Candidate) -> bool:
    """Whether the sum of its lines at list prices shows that a coupon gives something alone."""
    if cand.level != "COUPON" or any(case.floors):
        return False
    base, count = case.listed(cand.mask)
    off: int | None = cand.effect.taken_off(base, count, cand.cap)
    return off is not None and min(off, base) > 0


def _alone(case: Case, cand: Candidate, solver: Solver) -> bool:
    """Whether the offer gives anything alone on all that it can take, budget and other offers aside."""
    if cand.level == "SHIPPING":
        return cand.effect.fee_off(case.req.cart.shipping) > 0
    budget, cand.budget = cand.budget, None
    mandatory, case.mandatory = case.mandatory, []
    try:
        if cand.offer.is_coupon:
            return evaluate(case, {}, (cand.i,)) is not None
        if cand.level != "LINE" and cand.effect.grows:
            return evaluate(case, {cand.i: cand.mask}, ()) is not None
        if cand.level != "LINE":
            return Search(case, cand.bit, (), solver.steps, required=cand, value_only=True).run() is not None
        return any(evaluate(case, {cand.i: 1 << line}, ()) is not None for line in bits(cand.mask))
    finally:
        cand.budget = budget
        case.mandatory = mandatory


def _among_others(case: Case, cand: Candidate) -> bool:
    """Whether an offer that gives nothing alone could give something where others changed which units are the cheapest."""
    before = any(c.i < cand.i and c.mask & cand.mask for c in case.stackable)
    return before and cand.effect.kind in ("nth_item", "buy_get")


def _short_by(case: Case, bases: Bases, solver: Solver, cand: Candidate) -> dict[str, int] | None:
    """How far the greatest base of any allowed combination is below the lowest threshold; None: not."""
    goal = cand.effect.goal(cand.mask)
    if goal is None or goal[0].least == 0:
        return None
    need = goal[0]
    by_count = need.by == "count"
    at_list = case.listed(goal[1])[by_count]
    if not bases.bound:
        base = Base(at_list, True, True)
    else:
        base = bases.greatest(cand, bits(goal[1]), by_count)
        if not base.free and (at_list >= need.least or cand.offer.exclusive == "cart"):
            return None  # mandatory offers keep it off every line, or off the cart, whatever the sum
        if not base.sure and base.size < need.least and solver.least_with(cand) is not None:
            return None
    if base.size >= need.least:
        return None
    return {"short_by_count" if by_count else "short_by_fen": need.least - base.size}


def _excluder(case: Case, out: Outcome, cand: Candidate) -> str:
    """Who keeps the offer out: a mandatory offer that it may not meet, one that leaves it nothing to take off, any other.

    Without mandatory offers every offer may have the cart to itself, so that nothing keeps it out.
    """
    barring = -1 if cand.offer.exclusive == "cart" else cand.conf
    mine = [m for m in case.mandatory if m is not cand and (m.bit & barring or m.mask & cand.mask)]
    if mine:
        return min(mine, key=lambda m: (not m.bit & barring, m.i not in out.takes, m.offer.id)).offer.id
    applied = [case.cands[i] for i in (*out.takes, *out.shipped)]
    names = [c.offer.id for c in applied if c.conf & cand.bit] or [c.offer.id for c in applied]
    return min(names, default=cand.offer.id)
