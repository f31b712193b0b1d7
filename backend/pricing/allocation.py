"""Allocation (分摊): a discount is divided over units by largest remainder, never below a unit's floor.

Units of a line that stand next to each other and are worth the same are held as one run, so a thousand units
cost no more than one.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class Run(NamedTuple):
    """`n` units of a line from position `start`, each worth `amount`."""

    line: int
    start: int
    amount: int
    n: int


class Share(NamedTuple):
    """What each of `n` units of a line from position `start` is given."""

    line: int
    start: int
    n: int
    each: int


Amounts = list[list[list[int]]]
"""By line, its runs in the order of positions as [amount, count]."""


def runs_of(amounts: Amounts, lines: list[int]) -> list[Run]:
    found = []
    for line in lines:
        start = 0
        for amount, count in amounts[line]:
            found.append(Run(line, start, amount, count))
            start += count
    return found


def split(runs: list[Run], off: int, floors: list[int]) -> list[Share]:
    """Divide `off` over units, given in order, in proportion to their amounts; what finds no room lapses."""
    total = 0
    for run in runs:
        total += run.amount * run.n
    off = min(off, total)
    if off <= 0:
        return []
    shares = _largest_remainder(runs, off, total)
    for share, amount in shares:
        floor = floors[share.line]
        if floor and share.each > amount - floor:
            return _within_floors(runs, off, floors)
    return [share for share, _ in shares if share.each]


def _largest_remainder(runs: list[Run], off: int, total: int) -> list[tuple[Share, int]]:
    if off == total:
        return [(Share(r.line, r.start, r.n, r.amount), r.amount) for r in runs]
    left = off
    floors = []
    for run in runs:
        each, rest = divmod(off * run.amount, total)
        floors.append((each, rest))
        left -= each * run.n
    if left == 0:
        return [(Share(r.line, r.start, r.n, f[0]), r.amount) for r, f in zip(runs, floors, strict=True)]
    more = [0] * len(runs)
    for i in sorted(range(len(runs)), key=lambda i: (-floors[i][1], runs[i].line, runs[i].start)):
        more[i] = min(left, runs[i].n)
        left -= more[i]
        if not left:
            break
    shares = []
    for run, (each, _), extra in zip(runs, floors, more, strict=True):
        if extra:
            shares.append((Share(run.line, run.start, extra, each + 1), run.amount))
        if extra < run.n:
            shares.append((Share(run.line, run.start + extra, run.n - extra, each), run.amount))
    return shares


def _within_floors(runs: list[Run], off: int, floors: list[int]) -> list[Share]:
    """As `split`, where some unit has no room for its share: what it leaves goes to the others, in rounds."""
    open_runs = [(run, run.amount - floors[run.line]) for run in runs if run.amount > floors[run.line]]
    done: list[Share] = []
    left = off
    while left > 0 and open_runs:
        total = sum(run.amount * run.n for run, _ in open_runs)
        shares = _largest_remainder([run for run, _ in open_runs], min(left, total), total)
        rooms = iter(open_runs)
        run, room = next(rooms)
        following = []
        for share, amount in shares:
            while share.line != run.line or share.start >= run.start + run.n:
                run, room = next(rooms)
            each = min(share.each, room)
            left -= each * share.n
            done.append(Share(share.line, share.start, share.n, each))
            if room > each:
                following.append((Run(share.line, share.start, amount, share.n), room - each))
        open_runs = following
    return _merged(done)


def _merged(shares: list[Share]) -> list[Share]:
    """Shares of the same units from several rounds, added up; later rounds only ever cut runs shorter."""
    cuts: dict[int, set[int]] = {}
    for s in shares:
        cuts.setdefault(s.line, set()).update((s.start, s.start + s.n))
    found = []
    for line, points in sorted(cuts.items()):
        marks = sorted(points)
        for start, end in pairwise(marks):
            each = sum(s.each for s in shares if s.line == line and s.start <= start and end <= s.start + s.n)
            if each:
                found.append(Share(line, start, end - start, each))
    return found


def take_off(amounts: Amounts, shares: list[Share]) -> dict[int, int]:
    """Subtract the shares from the amounts, in place; what each line gave is returned."""
    by_line: dict[int, list[Share]] = {}
    for share in shares:
        by_line.setdefault(share.line, []).append(share)
    given = {}
    for line, its in by_line.items():
        runs = amounts[line]
        if len(runs) == 1 and len(its) == 1 and its[0].n == runs[0][1]:
            runs[0] = [runs[0][0] - its[0].each, runs[0][1]]
            given[line] = its[0].each * its[0].n
            continue
        its.sort(key=lambda s: s.start)
        given[line] = sum(s.each * s.n for s in its)
        amounts[line] = _cut(runs, its)
    return given


def _cut(runs: list[list[int]], shares: list[Share]) -> list[list[int]]:
    result: list[list[int]] = []
    position, k = 0, 0
    for amount, count in runs:
        end = position + count
        while position < end:
            while k < len(shares) and shares[k].start + shares[k].n <= position:
                k += 1
            if k == len(shares) or shares[k].start >= end:
                each, upto = 0, end
            elif shares[k].start > position:
                each, upto = 0, shares[k].start
            else:
                each, upto = shares[k].each, min(end, shares[k].start + shares[k].n)
            if result and result[-1][0] == amount - each:
                result[-1][1] += upto - position
            else:
                result.append([amount - each, upto - position])
            position = upto
    return result
