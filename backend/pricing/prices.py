"""Prices (multipliers) between lines and the offers that want them, for the best bound on the payable.

Each line takes the option that is cheapest for it after what it is paid; each offer takes the lines that leave it the
greatest surplus. Where an offer wants a line that would rather go elsewhere its price rises, where a line offers
itself in vain it falls: subgradient ascent with Polyak's step (Polyak 1969; Held and Karp 1971). Any prices give a valid
bound, so rounding here can only make it weaker, never wrong.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.pricing.settled import BARRED
from backend.pricing.stakes import Stake

PATIENCE = 5
EVERY = 8
LOWEST = 0.01
FIRST = 1.0
SHARE = 0.15

Way = tuple[int, tuple[int, ...], int]
"""What a line costs by itself in one of its options, the places of the prices that it is then paid, its offers."""


def _cheapest(ways: list[Way], now: list[float]) -> tuple[float, tuple[int, ...], int]:
    """What a line would choose: its cost after what it is paid, the prices that it is paid, its offers."""
    least, chosen, mine = float("inf"), ways[0][1], 0
    for own, slots, mask in ways:
        cost: float = own
        for s in slots:
            cost -= now[s]
        if cost < least:
            least, chosen, mine = cost, slots, mask
    return least, chosen, mine


Lines = Callable[[list[float]], tuple[float, list[int], list[int]]]
"""What all lines would choose at some prices: what that costs, the places of the prices paid, offers by line."""


def each_line(ways: list[list[Way]]) -> Lines:
    """Lines that choose each for itself."""

    def choose(now: list[float]) -> tuple[float, list[int], list[int]]:
        cost = 0.0
        paid: list[int] = []
        masks: list[int] = []
        for its in ways:
            least, chosen, mine = _cheapest(its, now)
            cost += least
            paid.extend(chosen)
            masks.append(mine)
        return cost, paid, masks

    return choose


def ascend(
    lines: Lines,
    offered: set[int],
    stakes: list[Stake],
    const: float,
    goal: float,
    rounds: int,
    tell: Callable[[list[int]], object] | None,
) -> tuple[list[float], int]:
    """Sets `prices` of the stakes. `offered`: places of prices that a line may choose at all. `goal`: a payable that is
    known to be possible; more than it need not be proven.

    Returned is how often each price was paid lately, from 0 to 1 (what lies between is in doubt), and the rounds taken.
    """
    starts, size = [], 0
    for stake in stakes:
        starts.append(size)
        size += stake.n
    # Money moves with money: a price changes in proportion to the amount that it is asked for.
    weights = [float(max(a, 1)) for stake in stakes for its in stake.amounts for a in its]
    now = [float(p) for stake in stakes for p in stake.prices]
    lowest = [stake.lowest for stake in stakes for _ in range(stake.n)]
    for s in range(size):
        if s not in offered:
            now[s], weights[s] = BARRED, 0.0
    held, best = list(now), -float("inf")
    mean = [0.0] * size
    boldness, since = FIRST, 0
    paid = [0.0] * size
    for n in range(rounds):
        cost, chosen, masks = lines(now)
        bound, slope = const + cost, [0.0] * size
        for s in chosen:
            paid[s] += SHARE
            slope[s] -= 1.0
        for stake, start in zip(stakes, starts, strict=True):
            stake.trial = now[start : start + stake.n]
            surplus, wish = stake.asked()
            bound -= surplus
            for k, part in enumerate(wish):
                if part:
                    slope[start + k] += part
        if tell is not None and n % EVERY == EVERY - 1:
            tell(masks)
        share = 1.0 if n == 0 else SHARE
        mean = [share * part * w + (1 - share) * m for part, w, m in zip(slope, weights, mean, strict=True)]
        paid = [p * (1 - SHARE) for p in paid]
        if bound > best:
            if bound > best + 0.0005 * abs(goal - best):
                since = 0
                boldness = min(2.0, boldness * 1.1)
            best, held = bound, now
        since += 1
        if best >= goal:
            break
        if since > PATIENCE:
            boldness, since = boldness * 0.6, 0
            if boldness < LOWEST:
                break
        moved = [0.0 if m < 0 and p <= low else m for m, p, low in zip(mean, held, lowest, strict=True)]
        length = sum(m * m for m in moved)
        if length < 1e-9:
            break
        step = boldness * (goal - best) / length
        now = [max(low, p + step * m * w) for p, m, w, low in zip(held, moved, weights, lowest, strict=True)]
    for stake, start in zip(stakes, starts, strict=True):
        stake.prices = [int(p) for p in held[start : start + stake.n]]
    return [p / (1 - (1 - SHARE) ** (n + 1)) for p in paid], n + 1
