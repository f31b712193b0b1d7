"""Pure rules of the points lottery 积分抽奖 (B03): odds, what a draw must be, which prize a number stands for, how odds and outcomes
compare (docs/decisions/0025-the-points-lottery.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

Kind = Literal["points", "coupon", "article", "thanks"]
State = Literal["UPCOMING", "OPEN", "SOLD_OUT", "ENDED", "STOPPED"]
Because = Literal["LEVEL", "AGE", "STAFF"]
WHOLE = 1_000_000
"""Odds are in parts per million; those of one lottery add up to this."""
MOST_PRIZES = 8
MOST_POINTS = 100_000
MOST_STOCK = 10_000_000
MOST_A_DAY = 50
MOST_WORTH_FEN = 5_000_000
"""反不正当竞争法 on 有奖销售: what one chance may bring, all its draws together."""
FEED_FROM_FEN = 50_000
"""Winners of prizes worth more than this are shown to everybody (规范促销行为暂行规定, 现场即时开奖)."""
LEAST_AGE = 14
REVEAL_AFTER = timedelta(minutes=5)
"""Clocks of processes differ a little: while one may still draw, none tells the seed."""
STAFF_TAG = "员工"
LEAST_EXPECTED = 5.0
"""Cells with fewer expected draws are taken together: below it chi-square says nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class NewPrize:
    """`odds` in parts per million. `stock` None for 谢谢参与 alone. Exactly what its kind needs of points, template and article is
    given; `days` is for how long the coupon for the article is good."""

    name: str
    kind: Kind
    odds: int
    stock: int | None = None
    points: int | None = None
    template_id: UUID | None = None
    sku: str | None = None
    days: int = 30


@dataclass(frozen=True, slots=True)
class NewLottery:
    """`free_per_day` draws of a day cost nothing, the others `points`. `per_member` None: no limit but the day's. `levels` none
    named: everybody. `budget_fen` caps what all prizes together are worth."""

    name: str
    points: int
    starts_at: datetime
    ends_at: datetime
    per_day: int
    contact: str
    prizes: tuple[NewPrize, ...]
    free_per_day: int = 0
    per_member: int | None = None
    levels: tuple[str, ...] = ()
    budget_fen: int | None = None


def check(new: NewLottery, levels: Sequence[str], at: datetime) -> list[Problem]:
    """Every fault that can be told without looking anything up; `levels` are those that there are."""
    problems = []
    if not 1 <= len(new.name.strip()) <= 18:
        problems.append(Problem("name", "名称须有 1–18 个字"))
    if not 4 <= len(new.contact.strip()) <= 60:
        problems.append(Problem("contact", "请写明主办方联系方式，4–60 个字"))
    if not 1 <= new.points <= MOST_POINTS:
        problems.append(Problem("points", f"每次所需积分须为 1–{MOST_POINTS}"))
    if not 1 <= new.per_day <= MOST_A_DAY:
        problems.append(Problem("perDay", f"每人每天次数须为 1–{MOST_A_DAY}"))
    if not 0 <= new.free_per_day <= new.per_day:
        problems.append(Problem("freePerDay", "每天免费次数不能多于每天次数"))
    if new.per_member is not None and not new.per_day <= new.per_member <= 9_999:
        problems.append(Problem("perMember", "每人总次数须不少于每天次数，最多 9999"))
    if new.starts_at >= new.ends_at or new.ends_at <= at:
        problems.append(Problem("endsAt", "结束时间须晚于开始时间和现在"))
    if any(level not in levels for level in new.levels):
        problems.append(Problem("levels", "没有这个会员等级"))
    if new.budget_fen is not None and new.budget_fen <= 0:
        problems.append(Problem("budgetFen", "预算须大于 0"))
    return problems + _check_prizes(new.prizes)


def _check_prizes(prizes: Sequence[NewPrize]) -> list[Problem]:
    problems = []
    if not 1 <= len(prizes) <= MOST_PRIZES:
        problems.append(Problem("prizes", f"奖项须有 1–{MOST_PRIZES} 个"))
    if sum(prize.kind == "thanks" for prize in prizes) > 1:
        problems.append(Problem("prizes", "「谢谢参与」最多一个"))
    if prizes and all(prize.kind == "thanks" for prize in prizes):
        problems.append(Problem("prizes", "至少要有一个真正的奖项"))
    total = sum(prize.odds for prize in prizes)
    if total != WHOLE:
        problems.append(Problem("prizes", f"概率合计须恰为 100%，现为 {percent(total)}"))
    for n, prize in enumerate(prizes):
        problems += _check_prize(f"prizes[{n}]", prize)
    return problems


def _check_prize(path: str, prize: NewPrize) -> list[Problem]:
    problems = []
    if not 1 <= len(prize.name.strip()) <= 18:
        problems.append(Problem(f"{path}.name", "奖项名称须有 1–18 个字"))
    if not 1 <= prize.odds <= WHOLE:
        problems.append(Problem(f"{path}.odds", "概率须大于 0，最细 0.0001%"))
    given = (prize.points is not None, prize.template_id is not None, prize.sku is not None)
    wanted = (prize.kind == "points", prize.kind == "coupon", prize.kind == "article")
    if given != wanted:
        problems.append(Problem(f"{path}.kind", "请按奖项类型填写积分、券模板或商品中的一项"))
    if prize.points is not None and not 1 <= prize.points <= MOST_POINTS:
        problems.append(Problem(f"{path}.points", f"奖励积分须为 1–{MOST_POINTS}"))
    if not 1 <= prize.days <= 366:
        problems.append(Problem(f"{path}.days", "兑换券的有效天数须为 1–366"))
    if prize.kind == "thanks" and prize.stock is not None:
        problems.append(Problem(f"{path}.stock", "「谢谢参与」没有数量"))
    if prize.kind != "thanks" and (prize.stock is None or not 1 <= prize.stock <= MOST_STOCK):
        problems.append(Problem(f"{path}.stock", f"奖品数量须为 1–{MOST_STOCK}"))
    return problems


def check_worth(new: NewLottery, worth: Sequence[int]) -> list[Problem]:
    """Faults of what the prizes are worth, fen by prize: no chance brings more than the law allows (the free draws of one day are
    one chance with several draws), and all prizes together no more than the budget."""
    problems, draws = [], max(1, new.free_per_day)
    for n, (prize, fen) in enumerate(zip(new.prizes, worth, strict=True)):
        if fen * draws > MOST_WORTH_FEN:
            several = f"，每天 {draws} 次免费机会累计 {yuan(fen * draws)}" if draws > 1 else ""
            problems.append(
                Problem(
                    f"prizes[{n}]",
                    f"「{prize.name}」价值 {yuan(fen)}{several}，超过有奖销售最高奖 50,000 元的上限"
                    "（《反不正当竞争法》2019 年版第十条第（三）项；《规范促销行为暂行规定》第十七条，条号以现行文本为准）",
                )
            )
    most = most_fen(new.prizes, worth)
    if new.budget_fen is not None and most > new.budget_fen:
        problems.append(
            Problem("budgetFen", f"全部奖品最多值 {yuan(most)}，超过预算 {yuan(new.budget_fen)}；请减少数量或加预算")
        )
    return problems


def most_fen(prizes: Sequence[NewPrize], worth: Sequence[int]) -> int:
    """What all prizes together are worth."""
    return sum((prize.stock or 0) * fen for prize, fen in zip(prizes, worth, strict=True))


def cost_of(draws: int, prizes: Sequence[NewPrize], worth: Sequence[int]) -> int:
    """What so many draws give on average, fen, rounded half up."""
    millionths = draws * sum(prize.odds * fen for prize, fen in zip(prizes, worth, strict=True))
    return (millionths + WHOLE // 2) // WHOLE


def draws_until_gone(prizes: Sequence[NewPrize]) -> int:
    """After about so many draws the first prize has run out, and the lottery rests."""
    return min((p.stock * WHOLE // p.odds for p in prizes if p.stock and p.odds > 0), default=0)


def percent(odds: int) -> str:
    """12.5%, 0.01%: parts per million as people read them, exact."""
    return f"{odds / 10_000:.4f}".rstrip("0").rstrip(".") + "%"


def yuan(fen: int) -> str:
    return f"¥{fen // 100:,}.{fen % 100:02d}"


# what decides


def commitment_of(seed: bytes) -> str:
    """承诺值: shown before the first draw, so that the seed cannot be changed afterwards."""
    return hashlib.sha256(seed).hexdigest()


def odds_hash(prizes: Sequence[tuple[str, str, int]]) -> str:
    """The version of the odds: a hash over (name, kind, odds) in their order. Draws carry it."""
    text = json.dumps([list(prize) for prize in prizes], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def drawn_number(seed: bytes, lottery_id: UUID, n: int, nonce: str) -> int:
    """The number 0–999,999 of draw `n`: HMAC-SHA256 by the sealed seed over the draw's number and what the customer's own device
    made up. Numbers that would make some results likelier are thrown away."""
    fair = 2**64 - 2**64 % WHOLE
    for again in range(256):
        text = f"{lottery_id}:{n}:{nonce}:{again}".encode()
        found = int.from_bytes(hmac.new(seed, text, hashlib.sha256).digest()[:8], "big")
        if found < fair:
            return found % WHOLE
    raise AssertionError("256 numbers in a row above 2^64 - 10^6")


def prize_of(drawn: int, odds: Sequence[int]) -> int:
    """Which prize a number stands for: the prizes lie one behind the other in their order, each as long as its odds."""
    if not 0 <= drawn < sum(odds):
        raise ValueError(f"{drawn} is not within the odds")
    end = 0
    for n, share in enumerate(odds):
        end += share
        if drawn < end:
            return n
    raise AssertionError("the number is below the sum of the odds")


def state_of(stored: str, starts_at: datetime, ends_at: datetime, gone: bool, at: datetime) -> State:
    """`gone`: a prize has run out."""
    match stored:
        case "stopped":
            return "STOPPED"
        case "open":
            if at >= ends_at:
                return "ENDED"
            if at < starts_at:
                return "UPCOMING"
            return "SOLD_OUT" if gone else "OPEN"
    raise ValueError(f"unknown state {stored!r}")


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a lottery is not for somebody, and whom it is for."""

    because: Because
    needs: tuple[str, ...] = field(default=())


def misfit(
    levels: Mapping[str, str], level: str, tags: Sequence[str], birthday: date | None, today: date
) -> Misfit | None:
    """None when the lottery is for this person; `levels` are those that it is for with their names. Who works for the merchant never
    draws (不得内定), nor does a child."""
    if STAFF_TAG in tags:
        return Misfit("STAFF")
    if birthday is not None and _age(birthday, today) < LEAST_AGE:
        return Misfit("AGE", (str(LEAST_AGE),))
    if levels and level not in levels:
        return Misfit("LEVEL", tuple(levels.values()))
    return None


def _age(birthday: date, today: date) -> int:
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


def may_reveal(state: State, ends_at: datetime, at: datetime) -> bool:
    """Whether the seed may be told: nothing can be drawn any more, whichever process looks at its own clock."""
    return state == "STOPPED" or (state == "ENDED" and at >= ends_at + REVEAL_AFTER)


# what an auditor asks


@dataclass(frozen=True, slots=True)
class Fit:
    """How outcomes compare with odds. `p`: how often chance alone differs at least as much; None with too few draws to tell."""

    chi_square: float
    freedom: int
    p: float | None


def fit(odds: Sequence[int], won: Sequence[int]) -> Fit:
    """Chi-square of outcomes against odds; cells that expect fewer than five draws are taken together, the rarest first."""
    draws = sum(won)
    cells = sorted((share * draws / WHOLE, seen) for share, seen in zip(odds, won, strict=True))
    merged: list[tuple[float, int]] = []
    rest, seen_rest = 0.0, 0
    for expected, seen in cells:
        rest, seen_rest = rest + expected, seen_rest + seen
        if rest >= LEAST_EXPECTED:
            merged.append((rest, seen_rest))
            rest, seen_rest = 0.0, 0
    if rest > 0 and merged:
        merged[-1] = (merged[-1][0] + rest, merged[-1][1] + seen_rest)
    if len(merged) < 2:
        return Fit(0.0, 0, None)
    chi = sum((seen - expected) ** 2 / expected for expected, seen in merged)
    return Fit(chi, len(merged) - 1, upper_gamma((len(merged) - 1) / 2, chi / 2))


def upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x): by its series below a + 1, by its continued fraction above."""
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > abs(total) * 1e-15:
            n += 1
            term *= x / n
            total += term
        return max(0.0, 1 - total * front)
    b = x + 1 - a
    c, d = 1e300, 1 / b
    value = d
    for i in range(1, 10_000):
        b += 2
        d = 1 / (b - i * (i - a) * d)
        c = b - i * (i - a) / c
        value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return min(1.0, front * value)
