"""The bound that takes offers on few lines as they are: never above the best, close where prices alone are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from backend import pricing
from backend.bench import carts as bench
from backend.pricing import ahead, graph, search
from backend.pricing.ahead import Ahead
from backend.pricing.evaluation import Outcome, tie_key
from backend.pricing.optimise import Solver
from backend.pricing.places import by_line
from backend.pricing.stacking import Case


def solved(seed: int, steps: int, lines: int = 20) -> tuple[int, tuple[object, ...], int | None]:
    """Payable, tie, and the least bound of what was not searched (None: all was)."""
    parsed = pricing.parse_scenario(bench.ordinary(seed, lines, 40, 10 if lines == 20 else 4))
    case = Case(parsed.rules, parsed.request)
    solver = Solver(case, steps)
    out = solver.solve()
    assert out is not None
    return out.payable, tie_key(case, out), solver.steps.open_bound


@pytest.mark.parametrize("seed", [24, 41])
def test_carts_are_proven_that_prices_alone_do_not_prove(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Q02: twenty lines, forty promotions, ten coupons of a shop; in 41 a coupon on few lines has a threshold that the best
    discounts would miss."""
    payable, _, left = solved(seed, 120_000)
    assert left is None
    monkeypatch.setattr(search, "look", lambda _: iter(()))
    without, _, open_bound = solved(seed, 120_000)
    assert open_bound is not None and open_bound <= payable <= without


def test_the_bound_is_above_that_of_the_prices_and_never_above_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q02: what the graph says of a cart is said of each of its combinations: what was found with it is no dearer than what is
    found without, and what it rules out is dearer."""
    told: list[tuple[int, int, int]] = []
    settle = Ahead.settle

    def noted(self: Ahead) -> None:
        before = self.lay.bound
        settle(self)
        told.append((before, self.bound, self.search.cut or 0))

    monkeypatch.setattr(Ahead, "settle", noted)
    found = {seed: solved(seed, 60_000, 9) for seed in range(400, 430)}
    assert len(told) > 10 and all(before <= bound for before, bound, _ in told)
    assert sum(bound - before for before, bound, _ in told) > sum(cut - bound for _, bound, cut in told) // 4
    monkeypatch.setattr(search, "look", lambda _: iter(()))
    both = 0
    for seed, (payable, tie, left) in found.items():
        without, its_tie, open_bound = solved(seed, 60_000, 9)
        if left is None:
            assert (payable, tie) <= (without, its_tie)
        if open_bound is None:
            assert (without, its_tie) <= (payable, tie)
        both += left is None and open_bound is None
    assert both > 20


def ordinary(seed: int) -> dict[str, Any]:
    return bench.ordinary(seed, 20, 40, 10)


def stacked(seed: int) -> dict[str, Any]:
    """Offers in groups of their own, which work on what those before them left, limits, budgets, exclusions."""
    data = bench.scenario(seed, 5 + seed % 3, 12, 2)
    if seed % 3 == 0:
        data["budget"] = {o["id"]: 1500 for o in data["promotions"] if o["type"] in ("percent_off", "spend_percent")}
    return data


@pytest.mark.parametrize(
    ("make", "seeds", "seen"),
    [(ordinary, (35, 38, 69, 81, 90, 92, *range(440, 450)), 30), (stacked, range(24), 40)],
)
def test_the_best_known_is_a_way_in_every_graph(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[int], dict[str, Any]], seeds: Sequence[int], seen: int
) -> None:
    """Q02: nothing that is possible is ruled out: the best combination is found first; then, searched again, it is on a way to
    the end of each graph that is made for its coupons while its price is still of interest."""
    settle = Ahead.settle
    best: Outcome
    ways: list[int] = []

    def walked(its: Ahead) -> bool:
        used = sum(1 << i for i in best.coupons)
        view = 0
        for depth, line in enumerate(its.lay.order):
            mask = its.search.allowed & ~used & masks[line]
            option = next((o for o in its.lay.options[line] if o.mask == mask), None)
            turn = None if option is None else (its.onward(depth, view) or [None] * (option.group + 1))[option.group]
            if turn is None:
                return False
            view = turn[0]
        return True

    def concerned(its: Ahead) -> bool:
        return its.search.coupons == best.coupons and (its.search.cut or 0) >= best.payable and not its.search.required

    def noted(its: Ahead) -> None:
        there = concerned(its) and in_options(its)
        settle(its)
        if there and concerned(its):
            assert walked(its), (seed, len(its.told))
            ways.append(len(its.wide))

    def closed_rightly(its: search.Search) -> Iterator[Ahead]:
        for found in look(its):
            assert not (found.closed and concerned(found) and in_options(found)), seed
            yield found

    def in_options(its: Ahead) -> bool:
        used = sum(1 << i for i in best.coupons)
        return all(
            any(o.mask == its.search.allowed & ~used & masks[line] for o in options)
            for line, options in enumerate(its.lay.options)
        )

    look = ahead.look
    for seed in seeds:
        monkeypatch.setattr(Ahead, "settle", settle)
        monkeypatch.setattr(search, "look", look)
        parsed = pricing.parse_scenario(make(seed))
        case = Case(parsed.rules, parsed.request)
        found = Solver(case, 60_000).solve()
        assert found is not None
        best, masks = found, by_line(found, len(case.lines))
        monkeypatch.setattr(Ahead, "settle", noted)
        monkeypatch.setattr(search, "look", closed_rightly)
        Solver(Case(parsed.rules, parsed.request), 60_000).solve()
    assert len(ways) > seen and ways.count(0) > 10, ways


def test_where_there_are_too_many_states_fewer_offers_are_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q02: with hardly any room the answers are the same."""
    narrow: list[int] = []
    look = ahead.look

    def noted(its: search.Search) -> Iterator[Ahead]:
        narrow.append(-1)
        for found in look(its):
            narrow[-1] = len(found.told)
            yield found

    monkeypatch.setattr(search, "look", noted)
    roomy = {seed: solved(seed, 60_000, 9) for seed in range(430, 445)}
    most, narrow = max(narrow), []
    monkeypatch.setattr(graph, "MOST_STATES", 3)
    for seed, (payable, tie, left) in roomy.items():
        other = solved(seed, 60_000, 9)
        if left is None and other[2] is None:
            assert other[:2] == (payable, tie)
    assert narrow and min(narrow) < most


def test_what_counts_towards_gifts_is_more_or_equal_where_gifts_rise() -> None:
    """Q02: two gifts on everything, each of rising value: the tie is decided, where every sum was one of its own before."""
    _, _, left = solved(91, 60_000)
    assert left is None
