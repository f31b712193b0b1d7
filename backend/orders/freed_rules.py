"""Pure: what a batch of a refund makes free again of limits (P10), quotas of gifts and budgets (P12), for others to have.

What a discount takes of a budget comes back with its units (`discounts_back_rules.offs`); here stand uses, gifts and earnings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from backend import pricing
from backend.orders.gift_rules import Units, came_back

Spent = Sequence[tuple[str, int, int, int]]


@dataclass(frozen=True, slots=True)
class Freed:
    """By offer: `uses` of limits, `gifts` as pieces of its quota, `brings` as fen of its budget for gifts or earnings."""

    uses: tuple[tuple[str, int], ...]
    gifts: tuple[tuple[str, int], ...]
    brings: tuple[tuple[str, int], ...]


def freed(
    quoted: pricing.Quote,
    batches: Sequence[pricing.Refund],
    units: Sequence[Units],
    spent: Sequence[Spent],
    counted: Sequence[str],
    earn_taken: Collection[str],
) -> Freed:
    """What the last of `batches` frees. `units` and `spent` are those of each batch, `counted` the offers whose uses are counted,
    `earn_taken` those of whose limits and budgets the order took for what it earns."""
    earned = _earned_back(quoted, batches, spent, earn_taken)
    pieces = _gifts_back(quoted, units)
    uses = [*_uses(quoted, batches, counted), *((o, n) for o, n, _ in earned if o in counted and n)]
    unit = {(g.offer, g.sku): g.list // g.qty for g in quoted.gifts}
    worth = [*((o, unit[o, sku] * n) for o, sku, n in pieces), *((o, fen) for o, _, fen in earned)]
    return Freed(
        uses=tuple(sorted(uses)),
        gifts=_by_offer((o, n) for o, _, n in pieces if o in quoted.request.gift_quota),
        brings=_by_offer((o, fen) for o, fen in worth if o in quoted.request.budget and fen),
    )


def _uses(quoted: pricing.Quote, batches: Sequence[pricing.Refund], counted: Sequence[str]) -> list[tuple[str, int]]:
    """Uses of limited offers that are free again. A line-level offer counts units: it keeps at most one for each unit
    kept; every other offer is used until the whole order is back."""

    def kept(upto: int) -> dict[str, int]:
        left = [line.qty for line in quoted.lines]
        for batch in batches[:upto]:
            for x in batch.lines:
                left[x.place] -= x.qty
        found = {}
        for o in quoted.offers:
            if o.level == "LINE":
                there = sum(
                    n for n, x in zip(left, quoted.lines, strict=True) if any(part.id == o.id for part in x.offers)
                )
                found[o.id] = min(o.uses, there)
            else:
                found[o.id] = o.uses if any(left) else 0
        return found

    was, now = kept(len(batches) - 1), kept(len(batches))
    return sorted((offer, was[offer] - now[offer]) for offer in was if offer in counted and was[offer] > now[offer])


def _earned_back(
    quoted: pricing.Quote,
    batches: Sequence[pricing.Refund],
    spent: Sequence[Spent],
    taken: Collection[str],
) -> list[tuple[str, int, int]]:
    """(offer, uses, fen of its budget) that this batch gives back of what the order earns. What was spent and stays with the
    customer (`clawback: "leave"`) stays given; what was spent and is withheld is paid for."""
    leaves = quoted.request.policy.clawback == "leave"

    def kept(upto: int) -> dict[str, pricing.Earning]:
        found = {e.offer: e for e in quoted.earn if e.offer in taken}
        for batch, gone in zip(batches[:upto], spent[:upto], strict=True):
            stays = {offer: pricing.Reward(points, fen, count) for offer, points, count, fen in gone if leaves}
            for c in (c for c in batch.clawed_back if c.offer in found):
                back = c.reward.less(stays.get(c.offer, pricing.Reward()))
                found[c.offer] = replace(found[c.offer], reward=found[c.offer].reward.less(back))
        return found

    rate = quoted.request.policy.points_per_yuan_off
    was, now = kept(len(batches) - 1), kept(len(batches))
    return [
        (offer, e.uses - now[offer].uses, e.worth_fen(rate) - now[offer].worth_fen(rate)) for offer, e in was.items()
    ]


def _gifts_back(quoted: pricing.Quote, units: Sequence[Units]) -> list[tuple[str, str, int]]:
    """(offer, SKU, pieces) of gifts that the last batch brings back (P12)."""
    was, now = came_back(quoted, units[:-1]), came_back(quoted, units)
    return [
        (gift.offer, gift.sku, n - before) for gift, before, n in zip(quoted.gifts, was, now, strict=True) if n > before
    ]


def _by_offer(parts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Sums of what stands by offer, in their order."""
    found: dict[str, int] = {}
    for offer, n in parts:
        found[offer] = found.get(offer, 0) + n
    return tuple(sorted(found.items()))
