"""What an auditor asks: every result computed again from seed and record, and odds beside outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kit import database
from backend.kit.crypto import Unsealable
from backend.lottery.lotteries import LotteryInfo, lotteries, seed_of
from backend.lottery.rules import WHOLE, Fit, commitment_of, drawn_number, fit, odds_hash, prize_of

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """One prize: how often it was won, of how often its odds let one expect (in thousandths), and what that gave."""

    prize_id: UUID
    name: str
    odds: int
    expected_milli: int
    won: int
    stock: int | None
    given_fen: int


@dataclass(frozen=True, slots=True)
class DrawSource:
    """Draws of a lottery in one place (K12); the store None where it is not known."""

    channel: str
    store_id: UUID | None
    draws: int
    members: int


@dataclass(frozen=True, slots=True)
class DrawDay:
    """Draws of a lottery on one day of the merchant's calendar (K12)."""

    day: date
    draws: int
    members: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a lottery took and gave so far, and how outcomes fit odds; `channels` are (channel, draws, members), the most first (K12)."""

    lottery: LotteryInfo
    draws: int
    free: int
    members: int
    points: int
    outcomes: tuple[Outcome, ...]
    fit: Fit
    channels: tuple[tuple[str, int, int], ...] = ()

    @property
    def given_fen(self) -> int:
        return sum(outcome.given_fen for outcome in self.outcomes)


async def draw_sources(merchant_id: UUID, lottery_id: UUID) -> list[DrawSource]:
    """Where a lottery was drawn, the most first."""
    rows = await database.fetch(
        "SELECT channel, store_id, count(*) AS draws, count(DISTINCT member_id) AS members FROM lottery_draws"
        " WHERE merchant_id = $1 AND lottery_id = $2 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100",
        merchant_id,
        lottery_id,
    )
    return [DrawSource(**row) for row in rows]


async def draw_days(merchant_id: UUID, lottery_id: UUID) -> list[DrawDay]:
    """On which days a lottery was drawn, the newest first."""
    rows = await database.fetch(
        "SELECT day, count(*) AS draws, count(DISTINCT member_id) AS members FROM lottery_draws"
        " WHERE merchant_id = $1 AND lottery_id = $2 GROUP BY 1 ORDER BY 1 DESC LIMIT 100",
        merchant_id,
        lottery_id,
    )
    return [DrawDay(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Audit:
    """A report with everything that is wrong; `recomputed` results were computed again."""

    report: Report
    recomputed: int
    faults: tuple[str, ...]


async def report(secret: bytes, merchant_id: UUID, lottery_id: UUID, at: datetime) -> Report | None:
    found = await lotteries(secret, merchant_id, at, ids=[lottery_id])
    return await _report(merchant_id, found[0]) if found else None


async def _report(merchant_id: UUID, lottery: LotteryInfo) -> Report:
    rows = await database.fetch(
        "SELECT prize_id, count(*) AS won FROM lottery_draws WHERE merchant_id = $1 AND lottery_id = $2 GROUP BY prize_id",
        merchant_id,
        lottery.id,
    )
    [whole] = await database.fetch(
        "SELECT count(*) AS draws, count(*) FILTER (WHERE points = 0) AS free, count(DISTINCT member_id) AS members,"
        " coalesce(sum(points), 0) AS points FROM lottery_draws WHERE merchant_id = $1 AND lottery_id = $2",
        merchant_id,
        lottery.id,
    )
    won = {row["prize_id"]: row["won"] for row in rows}
    outcomes = tuple(
        Outcome(
            p.id,
            p.name,
            p.odds,
            (whole["draws"] * p.odds * 1000 + WHOLE // 2) // WHOLE,
            won.get(p.id, 0),
            p.stock,
            won.get(p.id, 0) * p.worth_fen,
        )
        for p in lottery.prizes
    )
    compared = fit([o.odds for o in outcomes], [o.won for o in outcomes])
    channels = await database.fetch(
        "SELECT channel, count(*) AS draws, count(DISTINCT member_id) AS members FROM lottery_draws"
        " WHERE merchant_id = $1 AND lottery_id = $2 GROUP BY channel ORDER BY 2 DESC, 1",
        merchant_id,
        lottery.id,
    )
    sums = (whole["draws"], whole["free"], whole["members"], whole["points"])
    return Report(lottery, *sums, outcomes, compared, tuple((c["channel"], c["draws"], c["members"]) for c in channels))


async def audit(secret: bytes, merchant_id: UUID, lottery_id: UUID | None, at: datetime) -> list[Audit]:
    """Every draw of one lottery, or of all: numbered without a gap, drawn from the seed that was promised, the prize that the
    published odds name."""
    found = await lotteries(
        secret, merchant_id, at, ids=[lottery_id] if lottery_id is not None else None, first=1_000_000
    )
    return [await _audit(secret, merchant_id, lottery) for lottery in reversed(found)]


async def _audit(secret: bytes, merchant_id: UUID, lottery: LotteryInfo) -> Audit:
    faults = []
    [row] = await database.fetch("SELECT * FROM lotteries WHERE merchant_id = $1 AND id = $2", merchant_id, lottery.id)
    seed = seed_of(secret, row)
    if commitment_of(seed) != lottery.commitment:
        faults.append("种子与公布的承诺值不符")
    published = odds_hash([(p.name, p.kind, p.odds) for p in lottery.prizes])
    if published != lottery.odds_hash:
        faults.append("奖项或概率与公布的版本不符")
    odds, last = [p.odds for p in lottery.prizes], 0
    while True:
        rows = await database.fetch(
            "SELECT n, nonce, drawn, prize_id, odds_hash FROM lottery_draws WHERE merchant_id = $1 AND lottery_id = $2 AND n > $3 ORDER BY n LIMIT $4",
            merchant_id,
            lottery.id,
            last,
            BATCH,
        )
        if not rows:
            break
        for draw in rows:
            if draw["n"] != last + 1:
                faults.append(f"第 {last + 1} 次抽奖的记录不在")
            last = draw["n"]
            drawn = drawn_number(seed, lottery.id, draw["n"], draw["nonce"])
            if draw["drawn"] != drawn:
                faults.append(f"第 {last} 次：记录的号码是 {draw['drawn']}，重算是 {drawn}")
            elif draw["prize_id"] != lottery.prizes[prize_of(drawn, odds)].id:
                faults.append(
                    f"第 {last} 次：号码 {drawn} 对应「{lottery.prizes[prize_of(drawn, odds)].name}」，发的不是它"
                )
            if draw["odds_hash"] != published:
                faults.append(f"第 {last} 次用的概率不是公布的版本")
    if last != lottery.draws:
        faults.append(f"共抽 {lottery.draws} 次，记录到第 {last} 次")
    return Audit(await _report(merchant_id, lottery), last, tuple(faults))


__all__ = ["Audit", "Outcome", "Report", "Unsealable", "audit", "report"]
