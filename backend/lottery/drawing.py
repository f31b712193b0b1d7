"""抽奖: points for a chance, in one transaction (docs/decisions/0025-the-points-lottery.md).

Lock order: idempotency key → lottery → points accounts. The lottery's lock numbers the draws and makes stock and limits exact;
the account's bound makes the points exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend import coupons, events, ledger, members, merchants
from backend.kit import database, idempotency, outbox
from backend.kit.clock import day_start, local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.kit.turns import turn
from backend.lottery.lotteries import LotteryMissing, PrizeInfo, counts, lock, named, prizes_of, seed_of
from backend.lottery.rules import Because, drawn_number, misfit, prize_of, state_of


@dataclass(frozen=True, slots=True)
class DrawInfo:
    """One draw and what it gave. `points` 0: it was free."""

    id: UUID
    lottery_id: UUID
    lottery_name: str
    member_id: UUID
    n: int
    points: int
    nonce: str
    drawn: int
    prize_id: UUID
    prize_name: str
    kind: str
    position: int
    won_points: int | None
    coupon: coupons.CouponInfo | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """`replayed`: this key had drawn it before."""

    draw: DrawInfo
    replayed: bool


@dataclass(frozen=True, slots=True)
class TooFewPoints:
    """Nothing was moved; `has` are points that are free now."""

    needs: int
    has: int

    @property
    def short_by(self) -> int:
        return self.needs - self.has


@dataclass(frozen=True, slots=True)
class DrawLimitReached:
    """`resets_at` is the next midnight of the merchant's calendar where the daily limit is meant, None for the limit in all."""

    limit: int
    drawn: int
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class LotteryNotOpen:
    opens_at: datetime
    closes_at: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class LotterySoldOut:
    """A prize has run out: the published odds would not be true any more, so nobody draws."""

    prize: str


@dataclass(frozen=True, slots=True)
class LotteryNotForYou:
    because: Because
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrawPriceChanged:
    """The draw costs other than what was seen: the free one was used elsewhere, or another day has begun. Nothing was drawn."""

    seen: int
    points: int


Refused = TooFewPoints | DrawLimitReached | LotteryNotOpen | LotterySoldOut | LotteryNotForYou | DrawPriceChanged


async def draw(
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    lottery_id: UUID,
    seen_points: int,
    channel: str,
    key: str,
    at: datetime,
    store_id: UUID | None = None,
) -> Drawn | Refused | LotteryMissing | IdempotencyConflict:
    """Takes the points (none for a free draw), decides the prize and gives it: all or nothing, once for each key. `seen_points` is
    what the customer confirmed; the key is what the customer's device puts into the number that is drawn. `channel` and `store_id`:
    where it is drawn (K12)."""
    who = await members.get(merchant_id, member_id, at)
    tz, names = (await merchants.get(merchant_id)).time_zone, await members.level_names(merchant_id)
    seen_prizes = (await prizes_of(merchant_id, [lottery_id])).get(lottery_id)
    if who is None or seen_prizes is None:
        return LotteryMissing()
    # whoever waits for the lottery waits without a connection, so that orders find one
    async with turn("lottery", lottery_id), database.transaction() as tx:
        wish = [str(lottery_id), seen_points, channel, *([str(store_id)] if store_id else [])]
        begun = await idempotency.begin(tx, merchant_id, f"consumer:{member_id}", key, "drawLottery", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        replayed = isinstance(begun, Replay)
        if isinstance(begun, Replay):
            draw_id = UUID(begun.answer["id"])
        else:
            full = await coupons.lock_room(tx, merchant_id, [p.template.id for p in seen_prizes if p.template])
            row = await lock(tx, merchant_id, lottery_id)
            assert row is not None, "lotteries are never deleted"
            prizes = await _left(tx, merchant_id, lottery_id, seen_prizes)
            costs = await _costs(tx, row, prizes, who, names, at, tz)
            if not isinstance(costs, int):
                return costs
            gone = next((p for p in prizes if p.template and p.template.id in full), None)
            if gone is not None:  # the budget of its coupons has no room for one more: the odds could not be kept (K01)
                return LotterySoldOut(gone.name)
            if costs != seen_points:
                return DrawPriceChanged(seen_points, costs)
            draw_id = new_id()
            place = (channel, store_id)
            short = await _do(tx, secret, row, prizes, draw_id, member_id, costs, place, key, local_day(at, tz), at)
            if short is not None:
                return short
            await idempotency.finish(tx, begun, {"type": "LotteryDraw", "id": str(draw_id)})
    return Drawn((await draws(merchant_id, at, ids=[draw_id]))[0], replayed)


async def _left(tx: Tx, merchant_id: UUID, lottery_id: UUID, seen: Sequence[PrizeInfo]) -> list[PrizeInfo]:
    """The prizes with what is left of them now; the lottery is locked. No second connection is asked for meanwhile."""
    rows = await tx.fetch(
        "SELECT id, stock, won FROM lottery_prizes WHERE merchant_id = $1 AND lottery_id = $2", merchant_id, lottery_id
    )
    now = {row["id"]: row for row in rows}
    return [replace(p, stock=now[p.id]["stock"], won=now[p.id]["won"]) for p in seen]


async def _costs(
    tx: Tx,
    row: dict[str, Any],
    prizes: Sequence[PrizeInfo],
    who: members.MemberInfo,
    names: Mapping[str, str],
    at: datetime,
    tz: str,
) -> int | LotteryNotOpen | LotterySoldOut | LotteryNotForYou | DrawLimitReached:
    """What the next draw costs this member, or why there is none; the lottery is locked."""
    gone = next((prize for prize in prizes if prize.gone), None)
    state = state_of(row["state"], row["starts_at"], row["ends_at"], gone is not None, at)
    if state in ("STOPPED", "ENDED", "UPCOMING"):
        return LotteryNotOpen(row["starts_at"], row["ends_at"], ended=state != "UPCOMING")
    today = local_day(at, tz)
    wrong = misfit(named(row["levels"], names), who.level, who.tags, who.birthday, today)
    if wrong is not None:
        return LotteryNotForYou(wrong.because, wrong.needs)
    if gone is not None:
        return LotterySoldOut(gone.name)
    seen = await counts(tx, row["merchant_id"], who.id, [row["id"]], today)
    whole, of_today, free = (seen[0][name] for name in ("whole", "today", "free")) if seen else (0, 0, 0)
    if row["per_member"] is not None and whole >= row["per_member"]:
        return DrawLimitReached(row["per_member"], whole, None)
    if of_today >= row["per_day"]:
        return DrawLimitReached(row["per_day"], of_today, day_start(today + timedelta(days=1), tz))
    return 0 if free < row["free_per_day"] else int(row["points"])


async def _do(
    tx: Tx,
    secret: bytes,
    row: dict[str, Any],
    prizes: Sequence[PrizeInfo],
    draw_id: UUID,
    member_id: UUID,
    costs: int,
    place: tuple[str, UUID | None],
    nonce: str,
    day: date,
    at: datetime,
) -> TooFewPoints | None:
    """Points first: where they do not suffice nothing else was written."""
    merchant_id, lottery_id, n = row["merchant_id"], row["id"], row["draws"] + 1
    if costs:
        words = f"「{row['name']}」抽奖，用了 {costs} 积分"
        moved = await _points(tx, merchant_id, member_id, -costs, "spend", f"lottery:{draw_id}", words, draw_id, at)
        if isinstance(moved, ledger.Short):
            return TooFewPoints(costs, max(0, moved.available))
    drawn = drawn_number(seed_of(secret, row), lottery_id, n, nonce)
    prize = prizes[prize_of(drawn, [p.odds for p in prizes])]
    counted = await tx.execute(
        "UPDATE lotteries SET draws = draws + 1 WHERE merchant_id = $1 AND id = $2 AND draws = $3",
        merchant_id,
        lottery_id,
        n - 1,
    )
    taken = await tx.execute(
        "UPDATE lottery_prizes SET won = won + 1 WHERE merchant_id = $1 AND id = $2 AND (stock IS NULL OR won < stock)",
        merchant_id,
        prize.id,
    )
    assert counted == taken == 1, "the lottery is locked and was looked at"
    coupon_id = await _give(tx, secret, merchant_id, member_id, row["name"], prize, draw_id, at)
    await tx.execute(
        "INSERT INTO lottery_draws (id, merchant_id, lottery_id, n, member_id, day, points, channel, nonce, odds_hash, drawn, prize_id, won_points,"
        " coupon_id, at, store_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)",
        draw_id,
        merchant_id,
        lottery_id,
        n,
        member_id,
        day,
        costs,
        place[0],
        nonce,
        row["odds_hash"],
        drawn,
        prize.id,
        prize.points,
        coupon_id,
        at,
        place[1],
    )
    fact = events.LotteryDrawn(draw_id, lottery_id, member_id, prize.id, costs, at)
    await outbox.emit(tx, merchant_id, f"member:{member_id}", fact, at)
    return None


async def _give(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    lottery: str,
    prize: PrizeInfo,
    draw_id: UUID,
    at: datetime,
) -> UUID | None:
    """What was won; the coupon where it is one."""
    if prize.points is not None:
        words = f"「{lottery}」抽中「{prize.name}」，得 {prize.points} 积分"
        key = f"lottery:{draw_id}:prize"
        won = await _points(tx, merchant_id, member_id, prize.points, "lottery", key, words, draw_id, at)
        assert isinstance(won, ledger.Moved), "the merchant's book has no bound"
    if prize.template is None:
        return None
    key, actor = f"lottery:{draw_id}", f"consumer:{member_id}"
    coupon_id = await coupons.grant(
        tx, secret, merchant_id, member_id, prize.template.id, "lottery", key, at, actor=actor
    )
    assert coupon_id is not None, "the draw is new"
    return coupon_id


async def _points(
    tx: Tx,
    merchant_id: UUID,
    member_id: UUID,
    amount: int,
    kind: str,
    key: str,
    words: str,
    draw_id: UUID,
    at: datetime,
) -> ledger.Moved | ledger.Short:
    mine, book = ledger.member(member_id), ledger.merchant_book(merchant_id)
    return await ledger.transfer(
        tx,
        merchant_id,
        debit=mine if amount < 0 else book,
        credit=book if amount < 0 else mine,
        unit="points",
        amount=abs(amount),
        kind=kind,
        business_key=key,
        at=at,
        memo={"text": words, "draw": str(draw_id)},
    )


async def draws(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    lottery_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    won: bool = False,
    first: int = 100,
    after: UUID | None = None,
) -> list[DrawInfo]:
    """Draws, newest first; `won` leaves out those that gave nothing."""
    rows = await database.fetch(
        "SELECT d.*, l.name AS lottery_name, p.name AS prize_name, p.kind, p.position FROM lottery_draws d"
        " JOIN lotteries l ON l.merchant_id = d.merchant_id AND l.id = d.lottery_id"
        " JOIN lottery_prizes p ON p.merchant_id = d.merchant_id AND p.id = d.prize_id"
        " WHERE d.merchant_id = $1 AND ($2::uuid IS NULL OR d.member_id = $2) AND ($3::uuid IS NULL OR d.lottery_id = $3)"
        " AND ($4::uuid[] IS NULL OR d.id = ANY($4)) AND (NOT $5 OR p.kind <> 'thanks') AND ($6::uuid IS NULL OR d.id < $6)"
        " ORDER BY d.id DESC LIMIT $7",
        merchant_id,
        member_id,
        lottery_id,
        list(ids) if ids is not None else None,
        won,
        after,
        first,
    )
    held = [row["coupon_id"] for row in rows if row["coupon_id"]]
    found = {c.id: c for c in await coupons.coupons(merchant_id, None, at, ids=held, first=len(held))} if held else {}
    return [
        DrawInfo(
            r["id"],
            r["lottery_id"],
            r["lottery_name"],
            r["member_id"],
            r["n"],
            r["points"],
            r["nonce"],
            r["drawn"],
            r["prize_id"],
            r["prize_name"],
            r["kind"],
            r["position"],
            r["won_points"],
            found.get(r["coupon_id"]),
            r["at"],
        )
        for r in rows
    ]
