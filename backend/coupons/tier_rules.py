"""K10: tiers of a drop 分档面额, pure. Each tier is an audience and a template; the first that fits is what one gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backend.coupons.rules import REACHABLE, Audience, Claimant, Misfit, NewDrop, Problem, check_audience, misfit

MAX_TIERS = 5
NEW, RETURNING = Audience(customer="new"), Audience(customer="returning")


def nearest(tiers: Sequence[Audience], who: Claimant) -> tuple[int, Misfit | None]:
    """The tier of this person, from 1; where none fits, the one that is told about and why not: what can be helped by the customer
    first, or else the last."""
    why: list[Misfit] = []
    for n, audience in enumerate(tiers, 1):
        found = misfit(audience, (), who)
        if found is None:
            return n, None
        why.append(found)
    return next(((n, one) for n, one in enumerate(why, 1) if one.because in REACHABLE), (len(why), why[-1]))


def chosen(tiers: Sequence[Audience], who: Claimant) -> int | Misfit:
    """The tier of this person, from 1, or why none fits."""
    n, amiss = nearest(tiers, who)
    return n if amiss is None else amiss


def either_way(tiers: Sequence[Audience], who: Claimant) -> tuple[int | Misfit, int | Misfit]:
    """The tier of this person as a new customer, and as one who has ordered: which of the two it is, the claim decides."""
    return chosen(tiers, replace(who, orders=0)), chosen(tiers, replace(who, orders=1))


def check_tiers(new: NewDrop) -> list[Problem]:
    """Every fault of the tiers of a drop: nobody would ever get what stands behind a tier for everybody."""
    if not new.tiers:
        return []
    problems = []
    if not 2 <= len(new.tiers) <= MAX_TIERS:
        problems.append(Problem("tiers", f"分档须有 2–{MAX_TIERS} 档"))
    if new.audience.customer is not None:
        problems.append(Problem("audience.customer", "分了档的活动，新客、老客写在各档里"))
    before: list[Audience] = []
    for n, tier in enumerate(new.tiers):
        problems += check_audience(tier.audience, f"tiers[{n}].audience")
        if Audience() in before or (NEW in before and RETURNING in before):
            problems.append(Problem(f"tiers[{n}].audience", "前面的档已包括所有人，这一档没有人能领到"))
        elif tier.audience in before:
            problems.append(Problem(f"tiers[{n}].audience", "与前面一档的人群相同，这一档没有人能领到"))
        before.append(tier.audience)
        if any(tier.template == other.template for other in new.tiers[:n]):
            problems.append(Problem(f"tiers[{n}].templateId", "与前面一档的券相同，每档须是不同的券"))
    return problems
