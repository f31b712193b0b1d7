"""The graph in arrays and its twin in plain Python tell the same (decision 0029)."""

from __future__ import annotations

from random import Random

import pytest

from backend import pricing
from backend.bench import carts as bench
from backend.pricing import ahead, search
from backend.pricing import graph as graphs
from backend.pricing.ahead import Ahead
from backend.pricing.graph import Graph
from backend.pricing.optimise import Solver
from backend.pricing.stacking import Case
from backend.tests.pricing.plain_graph import PlainGraph
from backend.tests.pricing.test_labels import widened

MOST_TURNS = 60_000
"""More would take long in plain Python."""


class Both(Graph):
    """Does all that is asked in arrays, and again in plain Python."""

    seen = 0
    refined = 0
    walked = 0
    branched = 0

    def build(self, values: list[list[int]], hopes: list[int], ceiling: int, allowed: int) -> bool:
        self.twin = PlainGraph(self.plan)
        found = super().build(values, hopes, ceiling, allowed)
        assert self.twin.build(values, hopes, ceiling) == found
        if found:
            assert [len(its.at) for its in self.lines] == [len(its) for its in self.twin.lines]
        return found

    def refine(self, coarse: Graph, values: list[list[int]], limit: int, allowed: int) -> bool:
        assert isinstance(coarse, Both)
        self.twin = PlainGraph(self.plan)
        found = super().refine(coarse, values, limit, allowed)
        assert self.twin.refine(coarse.twin, values, limit) == found
        if found:
            assert [len(its.at) for its in self.lines] == [len(its) for its in self.twin.lines]
        Both.refined += 1
        return found

    def settle(self, values: list[list[int]], limit: int) -> tuple[int, list[list[int]]]:
        found = super().settle(values, limit)
        assert found == self.twin.settle(values, limit)
        total, way = self.cheapest([[float(it) for it in its] for its in values])
        assert total == found[0]
        assert all(its[g] == total for its, g in zip(found[1], way, strict=True))
        self._walk(Random(found[0]))
        Both.seen += 1
        return found

    def _walk(self, rng: Random) -> None:
        """Down the graph by groups taken at random, in both."""
        for _ in range(10):
            mine = theirs = 0
            for depth in range(len(self.plan.keys)):
                ours, its = self.onward(depth, mine), self.twin.onward(depth, theirs)
                ways = [g for g, turn in enumerate(ours) if turn is not None]
                assert ways == [g for g, turn in enumerate(its) if turn is not None]
                if not ways:
                    break
                g = rng.choice(ways)
                a, b = ours[g], its[g]
                assert a is not None and b is not None and a[1:] == b[1:]
                mine, theirs = a[0], b[0]
                Both.walked += 1
                Both.branched += len(self._views[mine]) > 1


@pytest.mark.parametrize("word", [62, 5])
def test_arrays_and_plain_python_tell_the_same(monkeypatch: pytest.MonkeyPatch, word: int) -> None:
    """Q02: carts of a shop, and such with offers on everything: costs, what goes through each group, what is to come; also
    where the states need several words."""
    monkeypatch.setattr(Ahead, "_graph", lambda self: Both(plan(self)))
    monkeypatch.setattr(graphs, "MOST_TURNS", MOST_TURNS)
    monkeypatch.setattr(graphs, "WORD", word)
    monkeypatch.setattr(graphs, "BATCH", 700)
    monkeypatch.setattr(ahead, "ROUGH", 4)
    monkeypatch.setattr(ahead, "CELLS", (9, 30, 1 << 20))
    monkeypatch.setattr(search, "STAGES", ((1, 0),))
    Both.seen = Both.refined = Both.walked = Both.branched = 0
    for seed in range(600, 612):
        for scenario in (bench.ordinary(seed, 9, 40, 4), bench.ordinary(seed, 20, 40, 10), widened(seed)):
            parsed = pricing.parse_scenario(scenario)
            Solver(Case(parsed.rules, parsed.request), 20_000).solve()
    assert Both.seen > 20 and Both.refined > 10 and Both.walked > 1_000 and Both.branched > 20, (
        Both.seen,
        Both.refined,
        Both.walked,
        Both.branched,
    )


def plan(its: Ahead) -> graphs.Plan:
    keys = [[group.key for group in groups] for groups in its.groups]
    return graphs.Plan(keys, its.opened, its.closing, its.told)
