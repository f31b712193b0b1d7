"""Lotteries as staff make them and as everybody sees them: plan, create, add stock, stop, list."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, coupons, members, merchants, pricing
from backend.kit import database, idempotency
from backend.kit.clock import local_day
from backend.kit.crypto import seal, unseal
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.lottery.rules import (
    FEED_FROM_FEN,
    Misfit,
    NewLottery,
    NewPrize,
    Problem,
    State,
    check,
    check_worth,
    commitment_of,
    cost_of,
    draws_until_gone,
    may_reveal,
    misfit,
    most_fen,
    odds_hash,
    state_of,
)

POINTS_PER_YUAN = pricing.Policy().points_per_yuan_off


@dataclass(frozen=True, slots=True)
class PrizeInfo:
    """`on_sale`: its article is, or it is none."""

    id: UUID
    name: str
    kind: str
    odds: int
    points: int | None
    template: coupons.TemplateInfo | None
    product: catalog.ProductInfo | None
    worth_fen: int
    stock: int | None
    won: int
    on_sale: bool

    @property
    def gone(self) -> bool:
        """Nothing is left of it, or its article cannot be had any more."""
        return not self.on_sale or (self.stock is not None and self.won >= self.stock)


@dataclass(frozen=True, slots=True)
class Mine:
    """Where one member stands: draws so far, of today, free ones of today; what the next costs; None fits everybody."""

    drawn: int = 0
    today: int = 0
    free_today: int = 0
    misfit: Misfit | None = None


@dataclass(frozen=True, slots=True)
class LotteryInfo:
    """`seed` is told when nothing more can be drawn, so that everybody can check every result; None before."""

    id: UUID
    name: str
    points: int
    free_per_day: int
    per_day: int
    per_member: int | None
    levels: tuple[str, ...]
    level_names: Mapping[str, str]
    budget_fen: int | None
    contact: str
    organiser: str
    starts_at: datetime
    ends_at: datetime
    state: State
    commitment: str
    seed: str | None
    odds_hash: str
    draws: int
    prizes: tuple[PrizeInfo, ...]
    stopped_at: datetime | None
    stop_reason: str | None
    mine: Mine

    @property
    def next_points(self) -> int:
        """What the next draw costs the member asked for."""
        return 0 if self.mine.free_today < self.free_per_day else self.points


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class LotteryMissing:
    pass


@dataclass(frozen=True, slots=True)
class LotteryOver:
    """It has ended or was stopped: nothing about it changes any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lottery would be, before it is made. `cost_fen` and `points` are of a thousand draws that are paid for."""

    problems: tuple[Problem, ...]
    odds: int
    worth: tuple[int, ...]
    cost_fen: int
    points: int
    points_fen: int
    most_fen: int
    draws_until_gone: int


async def plan(merchant_id: UUID, new: NewLottery, at: datetime) -> Plan:
    """Odds in all, what prizes are worth, what draws cost and bring: the same looks that making it takes."""
    problems = check(new, list(await members.level_names(merchant_id)), at)
    worth, missing = await _worth(merchant_id, new)
    problems += missing
    if not missing:
        problems += check_worth(new, worth)
    return Plan(
        tuple(problems),
        sum(prize.odds for prize in new.prizes),
        tuple(worth),
        cost_of(1000, new.prizes, worth),
        1000 * new.points,
        1000 * new.points * 100 // POINTS_PER_YUAN,
        most_fen(new.prizes, worth),
        draws_until_gone(new.prizes),
    )


async def _worth(merchant_id: UUID, new: NewLottery) -> tuple[list[int], list[Problem]]:
    """What each prize is worth in fen: points at what they pay, a coupon at the most it takes off, an article at its price of
    today (its market price); and what of them is not there."""
    kinds = [p.template_id for p in new.prizes if p.template_id is not None]
    templates = {t.id: t for t in await coupons.templates(merchant_id, ids=kinds)} if kinds else {}
    goods = await catalog.by_skus(merchant_id, [p.sku for p in new.prizes if p.sku is not None])
    worth, problems = list[int](), list[Problem]()
    for n, prize in enumerate(new.prizes):
        fen = 0
        if prize.kind == "points" and prize.points is not None:
            fen = -(-prize.points * 100 // POINTS_PER_YUAN)
        elif prize.kind == "article" and prize.sku is not None:
            if prize.sku in goods:
                fen = goods[prize.sku].list_fen
            else:
                problems.append(Problem(f"prizes[{n}].sku", "没有这个商品，或已下架"))
        elif prize.kind == "coupon" and prize.template_id is not None:
            found = templates.get(prize.template_id)
            if found is None:
                problems.append(Problem(f"prizes[{n}].templateId", "没有这个券模板"))
            elif found.face_fen is None:
                problems.append(
                    Problem(f"prizes[{n}].templateId", "这张券最多省多少没有写明（折扣须有封顶），不能作奖品")
                )
            else:
                fen = found.face_fen
                until = found.validity.valid_until
                if until is not None and until <= new.ends_at:
                    problems.append(
                        Problem(f"prizes[{n}].templateId", "券的截止时间须晚于抽奖结束，否则有人抽到即过期")
                    )
        worth.append(fen)
    return worth, problems


def _place(merchant_id: UUID, lottery_id: UUID) -> str:
    return f"lotteries:seed:{merchant_id}:{lottery_id}"


async def create(
    secret: bytes, merchant_id: UUID, actor: str, new: NewLottery, key: str, at: datetime
) -> LotteryInfo | Invalid | IdempotencyConflict:
    """Makes a lottery with a seed of its own from the system's source of randomness, sealed; its hash is shown from now on."""
    seen = await plan(merchant_id, new, at)
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createLottery", asdict(new), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            lottery_id = UUID(begun.answer["id"])
        else:
            if seen.problems:
                return Invalid(seen.problems)
            lottery_id = await _insert(tx, secret, merchant_id, new, seen.worth, at)
            await idempotency.finish(tx, begun, {"type": "Lottery", "id": str(lottery_id)})
    return await must_get(secret, merchant_id, lottery_id, at)


async def _insert(
    tx: Tx, secret: bytes, merchant_id: UUID, new: NewLottery, worth: Sequence[int], at: datetime
) -> UUID:
    lottery_id, seed = new_id(), secrets.token_bytes(32)
    await tx.execute(
        "INSERT INTO lotteries (id, merchant_id, name, points, free_per_day, per_day, per_member, levels, budget_fen, contact, starts_at, ends_at,"
        " state, seed_sealed, commitment, odds_hash, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8::jsonb,$9,$10,$11,$12,'open',$13,$14,$15,$16)",
        lottery_id,
        merchant_id,
        new.name.strip(),
        new.points,
        new.free_per_day,
        new.per_day,
        new.per_member,
        database.dumps(list(dict.fromkeys(new.levels))),
        new.budget_fen,
        new.contact.strip(),
        new.starts_at,
        new.ends_at,
        seal(secret, _place(merchant_id, lottery_id), seed.hex()),
        commitment_of(seed),
        odds_hash([(prize.name.strip(), prize.kind, prize.odds) for prize in new.prizes]),
        at,
    )
    for position, (prize, fen) in enumerate(zip(new.prizes, worth, strict=True)):
        await _insert_prize(tx, merchant_id, lottery_id, position, prize, fen, at)
    return lottery_id


async def _insert_prize(
    tx: Tx, merchant_id: UUID, lottery_id: UUID, position: int, prize: NewPrize, worth: int, at: datetime
) -> None:
    template = prize.template_id
    if prize.sku is not None:
        template = await coupons.exchange_template(tx, merchant_id, prize.sku, prize.days, at)
    await tx.execute(
        "INSERT INTO lottery_prizes (id, merchant_id, lottery_id, position, name, kind, odds, points, template_id, sku, worth_fen, stock)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)",
        new_id(),
        merchant_id,
        lottery_id,
        position,
        prize.name.strip(),
        prize.kind,
        prize.odds,
        prize.points,
        template,
        prize.sku,
        worth,
        prize.stock,
    )


async def lock(tx: Tx, merchant_id: UUID, lottery_id: UUID) -> dict[str, Any] | None:
    """The lottery's row, locked: its draws and changes to it happen one after the other."""
    return await tx.fetchrow(
        "SELECT * FROM lotteries WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, lottery_id
    )


async def add_stock(
    secret: bytes, merchant_id: UUID, actor: str, prize_id: UUID, more: int, key: str, at: datetime
) -> LotteryInfo | Invalid | LotteryMissing | LotteryOver | IdempotencyConflict:
    """More of a prize 追加奖品: the one change that is allowed, for it takes nothing from anybody and leaves the odds alone."""
    if not 1 <= more <= 1_000_000:
        return Invalid((Problem("more", "追加数量须为 1–1000000"),))
    lottery_id = await database.fetchval(
        "SELECT lottery_id FROM lottery_prizes WHERE merchant_id = $1 AND id = $2 AND stock IS NOT NULL",
        merchant_id,
        prize_id,
    )
    if lottery_id is None:
        return LotteryMissing()
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "addPrizeStock", [str(prize_id), more], at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            row = await lock(tx, merchant_id, lottery_id)
            assert row is not None, "lotteries are never deleted"
            if row["state"] == "stopped" or at >= row["ends_at"]:
                return LotteryOver()
            most = await tx.fetchval(
                "SELECT sum(worth_fen * (stock + CASE WHEN id = $3 THEN $4 ELSE 0 END)) FROM lottery_prizes WHERE merchant_id = $1"
                " AND lottery_id = $2 AND stock IS NOT NULL",
                merchant_id,
                lottery_id,
                prize_id,
                more,
            )
            if row["budget_fen"] is not None and most > row["budget_fen"]:
                return Invalid((Problem("more", "追加后全部奖品的价值超过预算"),))
            await tx.execute(
                "UPDATE lottery_prizes SET stock = stock + $3 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                prize_id,
                more,
            )
            await idempotency.finish(tx, begun, {"type": "Lottery", "id": str(lottery_id)})
    return await must_get(secret, merchant_id, lottery_id, at)


async def stop(
    secret: bytes, merchant_id: UUID, actor: str, lottery_id: UUID, reason: str, key: str, at: datetime
) -> LotteryInfo | Invalid | LotteryMissing | LotteryOver | IdempotencyConflict:
    """提前结束, for good, with a reason that everybody reads. What was won stays won."""
    if not 2 <= len(reason.strip()) <= 100:
        return Invalid((Problem("reason", "请写明提前结束的原因，2–100 个字"),))
    async with database.transaction() as tx:
        wish = [str(lottery_id), reason.strip()]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "stopLottery", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            row = await lock(tx, merchant_id, lottery_id)
            if row is None:
                return LotteryMissing()
            if row["state"] == "stopped" or at >= row["ends_at"]:
                return LotteryOver()
            await tx.execute(
                "UPDATE lotteries SET state = 'stopped', stopped_at = $3, stopped_by = $4, stop_reason = $5 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                lottery_id,
                at,
                actor,
                reason.strip(),
            )
            await idempotency.finish(tx, begun, {"type": "Lottery", "id": str(lottery_id)})
    return await must_get(secret, merchant_id, lottery_id, at)


async def lotteries(
    secret: bytes,
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    shown: bool = False,
    first: int = 100,
    after: UUID | None = None,
) -> list[LotteryInfo]:
    """Lotteries, newest first. `shown` leaves out what ended or was stopped more than a week ago; `member_id` fills where that
    member stands."""
    merchant = await merchants.get(merchant_id)
    rows = await database.fetch(
        "SELECT * FROM lotteries l WHERE l.merchant_id = $1 AND ($2::uuid[] IS NULL OR l.id = ANY($2)) AND ($4::uuid IS NULL OR l.id < $4)"
        " AND (NOT $3 OR least(l.ends_at, l.stopped_at) > $5::timestamptz - interval '7 days') ORDER BY l.id DESC LIMIT $6",
        merchant_id,
        list(ids) if ids is not None else None,
        shown,
        after,
        at,
        first,
    )
    prizes = await prizes_of(merchant_id, [row["id"] for row in rows])
    names = await members.level_names(merchant_id)
    mine = await _mine(merchant_id, merchant.time_zone, member_id, rows, names, at)
    return [
        _info(secret, row, merchant.name, prizes.get(row["id"], ()), names, mine.get(row["id"], Mine()), at)
        for row in rows
    ]


async def prizes_of(merchant_id: UUID, lottery_ids: Sequence[UUID]) -> dict[UUID, tuple[PrizeInfo, ...]]:
    """The prizes of lotteries in their order."""
    rows = await database.fetch(
        "SELECT * FROM lottery_prizes WHERE merchant_id = $1 AND lottery_id = ANY($2::uuid[]) ORDER BY lottery_id, position",
        merchant_id,
        list(lottery_ids),
    )
    kinds = {row["template_id"] for row in rows if row["template_id"]}
    templates = {t.id: t for t in await coupons.templates(merchant_id, ids=list(kinds))} if kinds else {}
    goods = await catalog.by_skus(merchant_id, [row["sku"] for row in rows if row["sku"]])
    found: dict[UUID, list[PrizeInfo]] = {}
    for row in rows:
        found.setdefault(row["lottery_id"], []).append(
            PrizeInfo(
                row["id"],
                row["name"],
                row["kind"],
                row["odds"],
                row["points"],
                templates.get(row["template_id"]),
                goods.get(row["sku"]),
                row["worth_fen"],
                row["stock"],
                row["won"],
                row["sku"] is None or row["sku"] in goods,
            )
        )
    return {lottery_id: tuple(prizes) for lottery_id, prizes in found.items()}


async def _mine(
    merchant_id: UUID,
    tz: str,
    member_id: UUID | None,
    rows: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    at: datetime,
) -> dict[UUID, Mine]:
    who = await members.get(merchant_id, member_id, at) if member_id else None
    if who is None or member_id is None:
        return {}
    today = local_day(at, tz)
    counted = {
        row["lottery_id"]: row for row in await counts(database, merchant_id, member_id, [r["id"] for r in rows], today)
    }
    found = {}
    for row in rows:
        seen = counted.get(row["id"])
        wrong = misfit(named(row["levels"], names), who.level, who.tags, who.birthday, today)
        found[row["id"]] = Mine(seen["whole"], seen["today"], seen["free"], wrong) if seen else Mine(misfit=wrong)
    return found


def named(levels: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Levels with their names."""
    return {level: names.get(level, level) for level in levels}


async def counts(
    source: Any, merchant_id: UUID, member_id: UUID, lottery_ids: Sequence[UUID], today: Any
) -> list[dict[str, Any]]:
    """A member's draws by lottery: `whole`, `today`, `free` of today."""
    rows: list[dict[str, Any]] = await source.fetch(
        "SELECT lottery_id, count(*) AS whole, count(*) FILTER (WHERE day = $4) AS today, count(*) FILTER (WHERE day = $4 AND points = 0) AS free"
        " FROM lottery_draws WHERE merchant_id = $1 AND member_id = $2 AND lottery_id = ANY($3::uuid[]) GROUP BY lottery_id",
        merchant_id,
        member_id,
        list(lottery_ids),
        today,
    )
    return rows


def seed_of(secret: bytes, row: Mapping[str, Any]) -> bytes:
    """The seed that decides a lottery's draws. Raises `Unsealable` when the secret is another."""
    return bytes.fromhex(unseal(secret, _place(row["merchant_id"], row["id"]), bytes(row["seed_sealed"])))


def _info(
    secret: bytes,
    row: Mapping[str, Any],
    organiser: str,
    prizes: tuple[PrizeInfo, ...],
    levels: Mapping[str, str],
    mine: Mine,
    at: datetime,
) -> LotteryInfo:
    state = state_of(row["state"], row["starts_at"], row["ends_at"], any(p.gone for p in prizes), at)
    return LotteryInfo(
        id=row["id"],
        name=row["name"],
        points=row["points"],
        free_per_day=row["free_per_day"],
        per_day=row["per_day"],
        per_member=row["per_member"],
        levels=tuple(row["levels"]),
        level_names=levels,
        budget_fen=row["budget_fen"],
        contact=row["contact"],
        organiser=organiser,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        state=state,
        commitment=row["commitment"],
        seed=seed_of(secret, row).hex() if may_reveal(state, row["ends_at"], at) else None,
        odds_hash=row["odds_hash"],
        draws=row["draws"],
        prizes=prizes,
        stopped_at=row["stopped_at"],
        stop_reason=row["stop_reason"],
        mine=mine,
    )


async def must_get(
    secret: bytes, merchant_id: UUID, lottery_id: UUID, at: datetime, member_id: UUID | None = None
) -> LotteryInfo:
    found = await lotteries(secret, merchant_id, at, ids=[lottery_id], member_id=member_id)
    if not found:
        raise LookupError(f"lottery {lottery_id} vanished while it was read")
    return found[0]


@dataclass(frozen=True, slots=True)
class Winner:
    """Whoever won a prize that the law wants shown: member, prize, when."""

    member_id: UUID
    prize_name: str
    at: datetime


async def winners(merchant_id: UUID, lottery_id: UUID, first: int = 20) -> list[Winner]:
    """The newest winners of dear prizes."""
    rows = await database.fetch(
        "SELECT d.member_id, p.name AS prize_name, d.at FROM lottery_draws d JOIN lottery_prizes p ON p.merchant_id = d.merchant_id AND p.id = d.prize_id"
        " WHERE d.merchant_id = $1 AND d.lottery_id = $2 AND p.worth_fen > $3 ORDER BY d.n DESC LIMIT $4",
        merchant_id,
        lottery_id,
        FEED_FROM_FEN,
        first,
    )
    return [Winner(**row) for row in rows]
