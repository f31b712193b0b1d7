"""Offers that the bound counts: whatever lines an offer takes, one of the ways to count them gives no less than it does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

import numpy as np
import pytest

from backend import pricing
from backend.bench import carts as bench
from backend.pricing import search
from backend.pricing.ahead import Ahead, look
from backend.pricing.graph import Summed
from backend.pricing.optimise import Solver
from backend.pricing.settled import BARRED
from backend.pricing.stacking import Case
from backend.pricing.told import BAND, Amounts, Counted
from backend.tests.pricing.test_labels import widened


def counted(ahead: Ahead, n: int, slots: list[int]) -> int | None:
    """The most that the offer gives by any way to count these slots, in the order of the search."""
    told = ahead.told[n]
    now = {0: 0}
    for slot in slots:
        after: dict[int, int] = {}
        for state, gain in now.items():
            for to, more in told.take(state, 1 << slot):
                after[to] = max(gain + more, after.get(to, gain + more))
        now = after
    return max((gain + end for state, gain in now.items() if (end := told.close(state)) is not None), default=None)


def test_counting_gives_no_less_than_the_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    """P03, Q02: 第N件, 任选, 买赠 and 满折 by count, on everything: of random takings, each counted in all ways; where one
    full run is bought of the dearest, it is just that."""
    seen = dict.fromkeys(("nth_item", "pick_bundle", "buy_get", "spend_percent"), 0)
    exact = 0
    rng = Random(7)

    def noted(its: search.Search) -> Iterator[Ahead]:
        for ahead in look(its):
            check(its, ahead)
            yield ahead

    def check(its: search.Search, ahead: Ahead) -> None:
        nonlocal exact
        for n, told in ahead.told.items():
            if not isinstance(told, Counted):
                continue
            stake, kind = ahead.stakes[n], its.case.cands[ahead.stakes[n].i].effect.kind
            by_line = dict(zip(stake.lines, stake.slots, strict=True))
            for _ in range(30):
                lines = [line for line in its.layout.order if line in by_line and rng.random() < 0.4]
                slots = [rng.choice(by_line[line]) for line in lines]
                given = its.discounts.given(n, sum(1 << slot for slot in slots))
                if given is not None and slots:
                    most = counted(ahead, n, slots)
                    assert most is not None and most >= given[0] * stake.scale, (kind, slots)
                    # What is to come was not said to be less at any point on the way.
                    assert (told.can_give(0, 0) or 0) + sum(max(0, stake.prices[s]) for s in slots) >= given[0]
                    seen[kind] += 1
                    exact += kind == "pick_bundle" and most == given[0] * stake.scale

    monkeypatch.setattr(search, "look", noted)
    monkeypatch.setattr(search, "STAGES", ((1, 0),))
    for seed in range(300, 312):
        parsed = pricing.parse_scenario(widened(seed))
        Solver(Case(parsed.rules, parsed.request), 20_000).solve()
    assert all(n > 30 for n in seen.values()) and exact > 50, (seen, exact)


def test_what_is_to_come_is_no_less_than_any_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q02: from each state at each depth, `can_give` is at least what any two further lines bring less their prices."""
    tried = 0

    def noted(its: search.Search) -> Iterator[Ahead]:
        for ahead in look(its):
            check(its, ahead)
            yield ahead

    def check(its: search.Search, ahead: Ahead) -> None:
        nonlocal tried
        for n, told in ahead.told.items():
            stake = ahead.stakes[n] if n >= 0 else None
            if stake is None or not isinstance(told, Counted):
                continue
            slot_of = dict(zip(stake.lines, stake.slots, strict=True))
            for (d, first), (e, second) in combinations(list(enumerate(its.layout.order)), 2):
                a, b = slot_of.get(first), slot_of.get(second)
                if a is None or b is None:
                    continue
                for state, gain in told.take(0, 1 << a[0]):
                    left = told.can_give(d + 1, state)
                    for to, more in told.take(state, 1 << b[0]):
                        end = told.close(to)
                        if end is not None and stake.prices[b[0]] < 1 << 69:
                            assert left is not None and left >= more + end - stake.prices[b[0]], (gain, e)
                            tried += 1

    monkeypatch.setattr(search, "look", noted)
    monkeypatch.setattr(search, "STAGES", ((1, 0),))
    for seed in (320, 321, 322):
        parsed = pricing.parse_scenario(widened(seed))
        Solver(Case(parsed.rules, parsed.request), 10_000).solve()
    assert tried > 200


def test_a_band_that_can_be_reached_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Q02: takings at random, said from the first line on to end in the band in which they end: at each depth `can_give` is at least
    what the offer gives less the prices of the lines to come, by numbers and in arrays; so it is beyond its last step."""
    seen = beyond = 0
    rng = Random(11)

    def noted(its: search.Search) -> Iterator[Ahead]:
        for ahead in look(its):
            for n, told in ahead.told.items():
                if isinstance(told, Amounts):
                    check(its, ahead, n, told)
            yield ahead

    def check(its: search.Search, ahead: Ahead, n: int, told: Amounts) -> None:
        nonlocal seen, beyond
        stake, axis = ahead.stakes[n], Summed(told)
        by_line = {
            line: left
            for line, its in zip(stake.lines, stake.slots, strict=True)
            if (left := [slot for slot in its if stake.prices[slot] < BARRED])
        }
        for _ in range(20):
            share = rng.random()
            slots = {
                d: 1 << rng.choice(by_line[line])
                for d, line in enumerate(its.layout.order)
                if line in by_line and rng.random() < share
            }
            whole = sum(told.amounts[slot] for slot in slots.values())
            band = next((b for b, it in enumerate(told.bands, 1) if it.low <= whole <= it.high), None)
            price = sum(stake.prices[slot.bit_length() - 1] for slot in slots.values())
            if band is None:
                continue
            gain, state = told.bands[band - 1].most * told.scale, 0
            for d in range(len(its.layout.order)):
                if d in slots:
                    state = next(to for to, _ in told.take(state, slots[d]) if to // BAND == band)
                    price -= stake.prices[slots[d].bit_length() - 1]
                most = told.can_give(d + 1, state)
                assert most is not None and most >= gain - price
                assert axis.can_give(np.array([state]), d + 1).tolist() == [most]
            assert told.close(state) == gain == axis.closed(np.array([state]))[0]
            seen += 1
            beyond += whole > stake.enough

    monkeypatch.setattr(search, "look", noted)
    monkeypatch.setattr(search, "STAGES", ((1, 0),))
    for seed in (3, 69, 90, 320, 321, 322):
        parsed = pricing.parse_scenario(bench.ordinary(seed, 20, 40, 10))
        Solver(Case(parsed.rules, parsed.request), 15_000).solve()
    assert seen > 50 and beyond > 20, (seen, beyond)
