"""The graph of beginnings in plain Python: the twin of `pricing/graph.py`, which does the same in arrays."""

from __future__ import annotations

from typing import Any

from backend.pricing.graph import NEVER, Onward, Plan
from backend.pricing.told import BAND, COUPON, Amounts, Slots

State = tuple[Any, ...]
"""Open offers that have begun, each with its state; of a graph made out of another one, first the state there (`COARSE`)."""
COARSE = -2
Turn = tuple[State, State, int, int, int]
"""From a state to a state, by a group; what is given on the way, and that without offers told by sums that end here."""


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
                    for to, gain, sure in self._after(depth, state, key):
                        cost = before + values[depth][g] - gain
                        most = [
                            self.plan.told[n].can_give(depth + 1, dict(to).get(n, 0)) for n in self.plan.opened[depth]
                        ]
                        if (
                            any(it is None for it in most)
                            or cost + hopes[depth] - sum(it or 0 for it in most) > ceiling
                        ):
                            continue
                        turns.append((state, to, g, gain, sure))
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
                for (at, to, g, _, sure), rest in coarse.kept[depth]:
                    if at != its[COARSE]:
                        continue
                    sums = {n: it for n, it in its.items() if n != COARSE}
                    ends: list[int | None] = []
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
                        turns.append((state, ((COARSE, to), *open_sums), g, gain, sure))
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
                (n, it.cell(now) if isinstance(it, Amounts) else now)
                for (n, it), (_, now) in zip(its, state, strict=True)
            )

        most: dict[State, State] = {}
        for _, to, *_ in turns:
            key = cell(to)
            most[key] = tuple(
                (n, max(a, b) if n != COARSE and isinstance(told[n], Amounts) else a)
                for (n, a), (_, b) in zip(to, most.get(key, to), strict=True)
            )
        self.lines.append([(at, most[cell(to)], g, gain, sure) for at, to, g, gain, sure in turns])
        there: dict[State, int] = {}
        for (_, to, *_), cost in zip(self.lines[-1], costs, strict=True):
            there[to] = min(cost, there.get(to, cost))
        return there

    def _after(self, depth: int, state: State, key: tuple[tuple[int, int], ...]) -> list[tuple[State, int, int]]:
        found = [(dict(state), 0, 0)]
        for n, slot in key:
            told = self.plan.told[n]
            if n == COUPON:
                found = [(now | {n: max(0, now.get(n, 0) + slot - falls)}, total, falls) for now, total, falls in found]
                continue
            found = [
                (now | {n: to}, total + gain, falls + (told.falls(to, slot) if isinstance(told, Amounts) else 0))
                for now, total, falls in found
                for to, gain in told.take(now.get(n, 0), slot)
            ]
        found = [(now, total, total) for now, total, _ in found]
        for n in sorted(self.plan.closing[depth], reverse=True):
            told = self.plan.told[n]
            if isinstance(told, Slots) and told.met:
                found = [
                    (now | {COUPON: max(0, now.get(COUPON, 0) - told.falls(now.get(n, 0)))}, gain, sure)
                    for now, gain, sure in found
                ]
            ends = [(now, total, sure, told.close(now.get(n, 0))) for now, total, sure in found]
            found = [
                (
                    {m: it for m, it in now.items() if m != n},
                    total + end,
                    sure + (0 if isinstance(told, Amounts) else end),
                )
                for now, total, sure, end in ends
                if end is not None
            ]
        return [(tuple(sorted((n, it) for n, it in now.items() if it)), gain, sure) for now, gain, sure in found]

    def settle(self, values: list[list[int]], limit: int) -> tuple[int, list[list[int]]]:
        before: list[dict[State, int]] = [{self.root: 0}]
        self._views = [{self.root: 0}]
        for its, turns in zip(values, self.lines, strict=True):
            there: dict[State, int] = {}
            for at, to, g, gain, _ in turns:
                cost = before[-1][at] + its[g] - gain
                there[to] = min(cost, there.get(to, cost))
            before.append(there)
        after = dict.fromkeys(before[-1], 0)
        through: list[list[int]] = []
        for its, turns, dist in zip(reversed(values), reversed(self.lines), before[-2::-1], strict=True):
            least, rest = [NEVER] * len(its), dict.fromkeys(dist, NEVER)
            kept: list[tuple[Turn, int]] = []
            for at, to, g, gain, sure in turns:
                left = after[to] + its[g] - gain
                rest[at] = min(rest[at], left)
                least[g] = min(least[g], dist[at] + left)
                if dist[at] + left <= limit:
                    kept.append(((at, to, g, gain, sure), after[to]))
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
                for (at, to, its, gain, _), rest in self.kept[depth]
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
