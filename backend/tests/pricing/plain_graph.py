"""The graph of beginnings in plain Python: the twin of `pricing/graph.py`, which does the same in arrays."""

from __future__ import annotations

from typing import Any

from backend.pricing.graph import NEVER, Onward, Plan
from backend.pricing.told import BAND, COUPON, Amounts, Fen, Slots, Told

State = tuple[Any, ...]
"""Open offers that have begun, each with its state; of a graph made out of another one, first the state there (`COARSE`)."""
COARSE = -2
Turn = tuple[State, State, int, int, int, int]
"""From a state to a state, by a group; what is given on the way, that without offers told by sums and the coupon that end here,
and how much more the coupon counts."""


def _summed(told: Told | None) -> bool:
    """Whether states of it that are greater stand for others."""
    return isinstance(told, Amounts | Fen)


class PlainGraph:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.root: State = ()
        self.lines: list[list[Turn]] = []
        self.kept: list[list[tuple[Turn, int]]] = []
        self._views: list[dict[State, int]] = []

    def build(self, values: list[list[int]], hopes: list[int], ceiling: int) -> bool:
        now: dict[State, int] = {(): 0}
        for depth, keys in enumerate(self.plan.keys):
            turns: list[Turn] = []
            costs: list[int] = []
            for state, before in now.items():
                for g, key in enumerate(keys):
                    for to, gain, sure, fen in self._after(depth, state, key):
                        cost = before + values[depth][g] - gain
                        most = [
                            self.plan.told[n].can_give(depth + 1, dict(to).get(n, 0)) for n in self.plan.opened[depth]
                        ]
                        if (
                            any(it is None for it in most)
                            or cost + hopes[depth] - sum(it or 0 for it in most) > ceiling
                        ):
                            continue
                        turns.append((state, to, g, gain, sure, fen))
                        costs.append(cost)
            now = self._joined(turns, costs)
        return self._without_ends(now)

    def refine(self, coarse: PlainGraph, values: list[list[int]], limit: int) -> bool:
        self.root = ((COARSE, coarse.root),)
        now: dict[State, int] = {self.root: 0}
        told = {n: it for n, it in self.plan.told.items() if isinstance(it, Amounts)}
        for depth, keys in enumerate(self.plan.keys):
            turns: list[Turn] = []
            costs: list[int] = []
            for state, before in now.items():
                its = dict(state)
                for (at, to, g, _, sure, fen), rest in coarse.kept[depth]:
                    if at != its[COARSE]:
                        continue
                    sums = {n: it for n, it in its.items() if n != COARSE}
                    ends: list[int | None] = []
                    if COUPON in self.plan.told:
                        sums[COUPON] = max(0, sums.get(COUPON, 0) + fen)
                        if COUPON in self.plan.closing[depth]:
                            ends.append(self.plan.told[COUPON].close(sums.pop(COUPON)))
                        elif COUPON not in self.plan.opened[depth]:
                            del sums[COUPON]
                    for n, offer in told.items():
                        now_its = sums.get(n, 0)
                        slots = [slot for m, slot in keys[g] if m == n]
                        ways = [it for slot in slots for it, _ in offer.take(now_its, slot)] or [now_its]
                        if n in self.plan.closing[depth]:
                            sums.pop(n, 0)
                            given = [it for way in ways if (it := offer.close(way)) is not None]
                            ends.append(max(given, default=None))
                        elif slots:
                            (sums[n],) = (way for way in ways if way // BAND == dict(to)[n] // BAND)
                    gain = sure + sum(it or 0 for it in ends)
                    cost = before + values[depth][g] - gain
                    if None not in ends and cost + rest <= limit:
                        open_sums = sorted((n, it) for n, it in sums.items() if it)
                        turns.append((state, ((COARSE, to), *open_sums), g, gain, sure, fen))
                        costs.append(cost)
            now = self._joined(turns, costs)
        return self._without_ends(now)

    def _without_ends(self, last: dict[State, int]) -> bool:
        alive = set(last)
        for depth in range(len(self.lines) - 1, -1, -1):
            self.lines[depth] = [turn for turn in self.lines[depth] if turn[1] in alive]
            alive = {turn[0] for turn in self.lines[depth]}
        return bool(last)

    def _joined(self, turns: list[Turn], costs: list[int]) -> dict[State, int]:
        """Notes the turns of a line, each to the state that stands for all that are not told apart."""
        told = self.plan.told

        def cell(state: State) -> State:
            its = ((n, told[n]) if n != COARSE else (n, None) for n, _ in state)
            return tuple(
                (n, it.cell(now) if isinstance(it, Amounts | Fen) else now)
                for (n, it), (_, now) in zip(its, state, strict=True)
            )

        most: dict[State, State] = {}
        for _, to, *_ in turns:
            key = cell(to)
            most[key] = tuple(
                (n, max(a, b) if n != COARSE and _summed(told[n]) else a)
                for (n, a), (_, b) in zip(to, most.get(key, to), strict=True)
            )
        self.lines.append([(at, most[cell(to)], g, gain, sure, fen) for at, to, g, gain, sure, fen in turns])
        there: dict[State, int] = {}
        for (_, to, *_), cost in zip(self.lines[-1], costs, strict=True):
            there[to] = min(cost, there.get(to, cost))
        return there

    def _after(self, depth: int, state: State, key: tuple[tuple[int, int], ...]) -> list[tuple[State, int, int, int]]:
        """States after a group, what is given on the way, that without offers told by sums and the coupon, and how much more the
        coupon counts."""
        told = self.plan.told
        found = [(dict(state), 0, 0, 0)]
        for n, slot in key:
            offer = told[n]
            if n == COUPON:
                found = [(now | {n: 0}, total, falls, fen + slot - falls) for now, total, falls, fen in found]
                continue
            found = [
                (now | {n: to}, total + gain, falls + (offer.falls(to, slot) if isinstance(offer, Amounts) else 0), fen)
                for now, total, falls, fen in found
                for to, gain in offer.take(now.get(n, 0), slot)
            ]
        after: list[tuple[State, int, int, int]] = []
        for now, total, _, more in found:
            ends = {n: told[n].close(now.get(n, 0)) for n in self.plan.closing[depth] if not _summed(told[n])}
            fen = more - sum(
                it.falls(now.get(n, 0)) for n in ends if ends[n] is not None and isinstance(it := told[n], Slots)
            )
            if COUPON in told:
                now[COUPON] = max(0, dict(state).get(COUPON, 0) + fen)
            last = {n: told[n].close(now.get(n, 0)) for n in self.plan.closing[depth] if _summed(told[n])}
            if None in {*ends.values(), *last.values()}:
                continue
            sure = total + sum(it or 0 for it in ends.values())
            left = sorted((n, it) for n, it in now.items() if it and n in self.plan.opened[depth])
            after.append((tuple(left), sure + sum(it or 0 for it in last.values()), sure, fen))
        return after

    def settle(self, values: list[list[int]], limit: int) -> tuple[int, list[list[int]]]:
        before: list[dict[State, int]] = [{self.root: 0}]
        self._views = [{self.root: 0}]
        for its, turns in zip(values, self.lines, strict=True):
            there: dict[State, int] = {}
            for at, to, g, gain, _, _ in turns:
                cost = before[-1][at] + its[g] - gain
                there[to] = min(cost, there.get(to, cost))
            before.append(there)
        after = dict.fromkeys(before[-1], 0)
        through: list[list[int]] = []
        for its, turns, dist in zip(reversed(values), reversed(self.lines), before[-2::-1], strict=True):
            least, rest = [NEVER] * len(its), dict.fromkeys(dist, NEVER)
            kept: list[tuple[Turn, int]] = []
            for at, to, g, gain, sure, fen in turns:
                left = after[to] + its[g] - gain
                rest[at] = min(rest[at], left)
                least[g] = min(least[g], dist[at] + left)
                if dist[at] + left <= limit:
                    kept.append(((at, to, g, gain, sure, fen), after[to]))
            through.append(least)
            self.kept.append(kept)
            after = rest
        through.reverse()
        self.kept.reverse()
        return after[self.root], through

    def onward(self, depth: int, view: int) -> list[Onward | None]:
        found: list[Onward | None] = []
        states = self._views[view]
        for g in range(len(self.plan.keys[depth])):
            ways = [
                (to, gain - states[at], rest)
                for (at, to, its, gain, _, _), rest in self.kept[depth]
                if its == g and at in states
            ]
            if not ways:
                found.append(None)
                continue
            top = max(gain for _, gain, _ in ways)
            behind: dict[State, int] = {}
            for to, gain, _ in ways:
                behind[to] = min(top - gain, behind.get(to, NEVER))
            self._views.append(behind)
            found.append((len(self._views) - 1, top, min(rest + top - gain for _, gain, rest in ways)))
        return found
