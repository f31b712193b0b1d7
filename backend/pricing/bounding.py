"""Prices for what the lines of a search can do: the bound of the whole and of every option, and what it rules out."""

from __future__ import annotations

from collections.abc import Callable

from backend.pricing.options import SCALE, Layout, Option
from backend.pricing.prices import Way, ascend, each_line
from backend.pricing.stacking import Case, bits
from backend.pricing.stakes import Stake

ROUND_SIZE = 75
SETTLING = 250


def price(
    case: Case,
    lay: Layout,
    options: list[list[Option]],
    goal: int | None,
    rounds: int,
    tell: Callable[[list[int]], object] | None = None,
) -> int:
    """Find prices between lines and offers, and with them the bound of the whole and of every option.

    `options`: those that are considered. `goal`: a payable that is known to be possible. `tell` hears which offers the
    lines choose on the way. Returned is what it took, in steps of the search.
    """
    slots: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    start = 0
    for n, stake in enumerate(lay.stakes):
        for line, its, places in zip(stake.lines, stake.amounts, stake.slots, strict=True):
            for amount, place in zip(its, places, strict=True):
                slots[stake.i, line, amount] = (start + place, n, place)
        start += stake.n
    ways: list[list[Way]] = []
    for line, its_options in enumerate(options):
        least: dict[tuple[int, ...], Way] = {}
        for o in its_options:
            found = [slots[i, line, amount] for i, amount in o.amounts]
            o.slots = tuple(s for s, _, _ in found)
            o.taken = tuple((n, 1 << place) for _, n, place in found)
            known = least.get(o.slots)
            if known is None or o.cost < known[0] or (o.cost == known[0] and o.mask.bit_count() > known[2].bit_count()):
                least[o.slots] = (o.cost, o.slots, o.mask)
        ways.append(list(least.values()))
    offered = {s for its in ways for _, found, _ in its for s in found}
    start = 0
    for stake in lay.stakes:
        stake.reopen({s - start for s in offered if start <= s < start + stake.n})
        start += stake.n
    lay.doubt, paid = None, None
    work = sum(len(its) for its in ways) + 2 * start
    taken = 1 + SETTLING * len(lay.stakes) * len(ways) // ROUND_SIZE
    if goal is not None and lay.stakes and rounds:
        paid, rounds = ascend(each_line(ways), offered, lay.stakes, lay.fixed, goal * SCALE, rounds, tell)
        taken += rounds * work // ROUND_SIZE
    prices = [p for stake in lay.stakes for p in stake.prices]
    total = lay.fixed
    lay.options = []
    for its_options in options:
        for o in its_options:
            o.value = o.cost - sum(prices[s] for s in o.slots)
        best = min(o.value for o in its_options)
        total += best
        for o in its_options:
            o.reduced = o.value - best
        lay.options.append(sorted(its_options, key=lambda o: (o.reduced, -o.mask.bit_count(), o.mask)))
    for stake in lay.stakes:
        stake.settle(lay.order)
        total -= stake.surplus(0, 0) or 0
    if paid is not None:
        lay.doubt = doubtful(lay, lay.stakes, paid)
    lay.base_bound = total
    lay.bound = max(lay.floor, 0, -(-lay.shipped(total) // SCALE))
    return taken


def doubtful(lay: Layout, stakes: list[Stake], paid: list[float]) -> tuple[int, int] | None:
    """The line and the offer of which it is least clear whether they belong together, and costs most not to know. `paid`:
    how often each price of these stakes was paid."""
    found, most, start = None, 0.0, 0
    for stake in stakes:
        for line, its, places in zip(stake.lines, stake.amounts, stake.slots, strict=True):
            share = sum(paid[start + p] for p in places)
            unclear = (0.01 + min(share, 1 - share)) * its[-1]
            with_it = sum(o.mask >> stake.i & 1 for o in lay.options[line])
            if unclear > most and 0 < with_it < len(lay.options[line]):
                found, most = (line, stake.i), unclear
        start += stake.n
    return found


def narrow(case: Case, lay: Layout, cut: int | None) -> None:
    """Drop options that cannot be part of anything as good as `cut`, and note what is left for ties."""
    limit = None if cut is None else cut * SCALE - lay.base_bound
    lay.reach, lay.names = [], []
    if limit is not None:
        lay.options = [[o for o in options if o.reduced <= limit] for options in lay.options]
    for options in lay.options:
        reach, most = 0, 0
        for o in options:
            reach |= o.mask
            most = max(most, o.mask.bit_count())
        lay.reach.append(reach)
        rows = [sorted(case.cands[i].offer.id for i in bits(o.mask)) for o in options if o.mask.bit_count() == most]
        lay.names.append([min(column) for column in zip(*rows, strict=True)])
