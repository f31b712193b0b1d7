"""B03: the pure rules of the lottery: which prize a number stands for, how fair the numbers are, how outcomes compare with odds."""

from __future__ import annotations

import hashlib
import hmac
import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from backend.lottery.rules import (
    WHOLE,
    NewLottery,
    NewPrize,
    check,
    check_worth,
    commitment_of,
    cost_of,
    drawn_number,
    draws_until_gone,
    fit,
    may_reveal,
    misfit,
    odds_hash,
    percent,
    prize_of,
    state_of,
    upper_gamma,
)

AT = datetime(2030, 5, 1, tzinfo=UTC)
LOTTERY = UUID(int=7)
PRIZES = (
    NewPrize("大奖", "points", 100, 3, points=5_000),
    NewPrize("小奖", "points", 99_900, 500, points=20),
    NewPrize("谢谢参与", "thanks", 900_000),
)


def lottery(**more: object) -> NewLottery:
    given = {
        "name": "转一转",
        "points": 10,
        "starts_at": AT,
        "ends_at": AT + timedelta(days=7),
        "per_day": 3,
        "contact": "028-1234",
        "prizes": PRIZES,
    }
    return NewLottery(**(given | more))  # type: ignore[arg-type]


def test_every_number_stands_for_one_prize() -> None:
    """B03: the prizes lie one behind the other, each exactly as long as its odds; nothing lies outside."""
    odds = [100, 99_900, 900_000]
    counted = [0, 0, 0]
    for drawn in (0, 99, 100, 99_999, 100_000, WHOLE - 1):
        counted[prize_of(drawn, odds)] += 1
    assert counted == [2, 2, 2]
    assert [sum(prize_of(d, [2, 3, 5]) == n for d in range(10)) for n in range(3)] == [2, 3, 5]
    for outside in (-1, WHOLE):
        with pytest.raises(ValueError, match="not within"):
            prize_of(outside, odds)


def test_a_number_follows_from_seed_draw_and_nonce_alone() -> None:
    """B03: published so that anybody can compute it again: HMAC-SHA256(seed, "lottery:n:nonce:0"), first eight bytes, modulo 10^6."""
    seed = bytes(range(32))
    found = drawn_number(seed, LOTTERY, 1, "key-1")

    digest = hmac.new(seed, f"{LOTTERY}:1:key-1:0".encode(), "sha256").digest()
    assert found == int.from_bytes(digest[:8], "big") % WHOLE
    others = {
        drawn_number(seed, LOTTERY, 2, "key-1"),
        drawn_number(seed, LOTTERY, 1, "key-2"),
        drawn_number(bytes(32), LOTTERY, 1, "key-1"),
    }
    assert found not in others and len(others) == 3
    assert commitment_of(seed) == hashlib.sha256(seed).hexdigest()


def test_numbers_fit_the_odds_and_a_biased_source_does_not() -> None:
    """B03: 20,000 draws fit the odds; the same draws with every hundredth 谢谢参与 turned into a prize do not."""
    seed, odds = b"s" * 32, [50_000, 150_000, 800_000]
    won = [0, 0, 0]
    for n in range(1, 20_001):
        won[prize_of(drawn_number(seed, LOTTERY, n, "x"), odds)] += 1
    honest = fit(odds, won)
    assert honest.freedom == 2 and honest.p is not None and honest.p > 0.001
    rigged = fit(odds, [won[0] + won[2] // 100, won[1], won[2] - won[2] // 100])
    assert rigged.p is not None and rigged.p < 0.001


def test_chi_square_agrees_with_tables() -> None:
    """B03: the probabilities of the usual tables; few draws say nothing; rare prizes are taken together."""
    for chi, freedom, p in (
        (3.841, 1, 0.05),
        (5.991, 2, 0.05),
        (18.307, 10, 0.05),
        (6.635, 1, 0.01),
        (0.0, 3, 1.0),
        (200.0, 1, 0.0),
    ):
        assert upper_gamma(freedom / 2, chi / 2) == pytest.approx(p, abs=2e-5)
    assert fit([10, 999_990], [0, 100]).p is None
    merged = fit([10, 20, 499_970, 500_000], [0, 0, 55, 45])
    assert merged.freedom == 1 and merged.chi_square == pytest.approx(1.0, abs=0.01)


def test_faults_of_a_lottery_are_told_with_their_place() -> None:
    """B03: odds that do not make 100 %, no stock, two 谢谢参与, limits that contradict one another."""

    def at(**more: object) -> list[str]:
        return [p.path for p in check(lottery(**more), ["basic"], AT)]

    assert at() == []
    assert at(prizes=(*PRIZES[:2], NewPrize("谢谢参与", "thanks", 899_999))) == ["prizes"]
    assert at(prizes=(NewPrize("谢谢参与", "thanks", WHOLE),)) == ["prizes"]
    assert at(prizes=()) == ["prizes", "prizes"]
    assert at(prizes=(NewPrize("券", "coupon", WHOLE, 1, points=3),)) == ["prizes[0].kind"]
    assert at(prizes=(NewPrize("积分", "points", WHOLE, None, points=3),)) == ["prizes[0].stock"]
    assert at(per_day=0) == ["perDay"] and at(per_day=51) == ["perDay"]
    assert at(free_per_day=4) == ["freePerDay"] and at(per_member=2) == ["perMember"]
    assert at(levels=("king",)) == ["levels"] and at(contact="a") == ["contact"] and at(points=0) == ["points"]
    assert at(ends_at=AT) == ["endsAt"] and at(budget_fen=0) == ["budgetFen"] and at(name=" ") == ["name"]


def test_no_chance_brings_more_than_the_law_allows() -> None:
    """B03, 有奖销售: a prize of 50,000.00 yuan is allowed, one of 50,000.01 is not; the free draws of one day count together."""
    one = lottery(prizes=(NewPrize("车", "article", 1, 1, sku="CAR"), NewPrize("谢谢参与", "thanks", WHOLE - 1)))
    assert check_worth(one, [5_000_000, 0]) == []
    [over] = check_worth(one, [5_000_001, 0])
    assert over.path == "prizes[0]" and "50,000 元" in over.message and "第十条第（三）项" in over.message
    assert check_worth(lottery(prizes=one.prizes, free_per_day=2), [2_500_000, 0]) == []
    assert len(check_worth(lottery(prizes=one.prizes, free_per_day=2), [2_500_001, 0])) == 1
    assert [p.path for p in check_worth(lottery(budget_fen=24_999), [5_000, 20, 0])] == ["budgetFen"]
    assert check_worth(lottery(budget_fen=25_000), [5_000, 20, 0]) == []


def test_what_a_lottery_costs_on_average() -> None:
    """B03: a thousand draws give 0.1 × 50 yuan + 99.9 × 0.20 yuan; the first prize is gone after about 5,005 draws."""
    assert cost_of(1000, PRIZES, [5_000, 20, 0]) == 500 + 1_998
    assert draws_until_gone(PRIZES) == 500 * WHOLE // 99_900
    assert (percent(125_000), percent(1), percent(WHOLE), percent(100)) == ("12.5%", "0.0001%", "100%", "0.01%")
    assert odds_hash([("甲", "points", 1)]) != odds_hash([("甲", "points", 2)])


def test_for_whom_and_when() -> None:
    """B03, 不得内定, 未成年人: people of the merchant and children never draw; fourteen is old enough; levels by their names."""
    gold, today = {"gold": "金卡会员"}, date(2030, 5, 1)
    assert misfit({}, "basic", (), None, today) is None
    assert misfit({}, "basic", (), date(2016, 5, 1), today) is None
    child = misfit({}, "basic", (), date(2016, 5, 2), today)
    assert child is not None and child.because == "AGE"
    staff = misfit({}, "basic", ("员工",), None, today)
    assert staff is not None and staff.because == "STAFF"
    level = misfit(gold, "basic", (), None, today)
    assert level is not None and (level.because, level.needs) == ("LEVEL", ("金卡会员",))
    assert misfit(gold, "gold", (), None, today) is None
    end = AT + timedelta(days=1)
    states = [state_of("open", AT, end, gone, at) for gone in (False, True) for at in (AT - timedelta(1), AT, end)]
    assert states == ["UPCOMING", "OPEN", "ENDED", "UPCOMING", "SOLD_OUT", "ENDED"]
    assert state_of("stopped", AT, end, False, AT) == "STOPPED"
    late = end + timedelta(minutes=5)
    assert [may_reveal("ENDED", end, at) for at in (end, late - timedelta(seconds=1), late)] == [False, False, True]
    assert (
        may_reveal("STOPPED", end, AT) and not may_reveal("OPEN", end, late) and not may_reveal("SOLD_OUT", end, late)
    )
    with pytest.raises(ValueError, match="unknown"):
        state_of("new", AT, end, False, AT)


def test_random_lotteries_are_whole() -> None:
    """B03: whatever the odds, the stretches cover 0–999,999 without a gap or an overlap."""
    rng = random.Random(5)
    for _ in range(50):
        cuts = sorted(rng.sample(range(1, WHOLE), rng.randint(1, 7)))
        odds = [b - a for a, b in zip([0, *cuts], [*cuts, WHOLE], strict=True)]
        for n, (start, share) in enumerate(zip([0, *cuts], odds, strict=True)):
            assert prize_of(start, odds) == n == prize_of(start + share - 1, odds)
