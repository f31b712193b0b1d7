"""兑换: points for an item, in one transaction (docs/decisions/0019-the-exchange-mall.md).

Lock order: idempotency key → member (where growth is paid) → coupon (when one is taken back) → item → accounts by unit (points,
balance, stamps, growth). The item's lock makes stock and limits exact; the account's bound makes the points exact, the member's lock the growth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from backend.mall.items import Invalid, ItemMissing, items, level_of, lock
from backend.mall.rules import Price, Problem, Unit, price_for, state_of


@dataclass(frozen=True, slots=True)
class ExchangeInfo:
    """One exchange. `state`: done, voided."""

    id: UUID
    item_id: UUID
    member_id: UUID
    item_name: str
    unit: Unit
    points: int
    gives_points: int | None
    balance_fen: int | None
    coupon: coupons.CouponInfo | None
    state: str
    at: datetime
    voided_at: datetime | None
    void_reason: str | None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """`replayed`: this key had exchanged it before."""

    exchange: ExchangeInfo
    replayed: bool


@dataclass(frozen=True, slots=True)
class NotEnoughPoints:
    """Nothing was moved; `has` are points that are free now."""

    needs: int
    has: int

    @property
    def short_by(self) -> int:
        return self.needs - self.has


@dataclass(frozen=True, slots=True)
class NotEnoughGrowth(NotEnoughPoints):
    """The same for an item that costs growth."""


@dataclass(frozen=True, slots=True)
class NotEnoughStamps(NotEnoughPoints):
    """The same for an item that costs stamps."""


COUNTED: dict[Unit, str] = {"points": "积分", "growth": "成长值", "stamps": "个集点"}
"""Words behind a number."""


@dataclass(frozen=True, slots=True)
class ItemSoldOut:
    stock: int


@dataclass(frozen=True, slots=True)
class ExchangeLimitReached:
    """`resets_at` is the next midnight of the merchant's calendar where the daily limit is meant, None for the limit in all."""

    limit: int
    taken: int
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExchangeNotOpen:
    """`ended`: over, stopped, or the article is not sold any more."""

    opens_at: datetime
    closes_at: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class ExchangePriceChanged:
    """The item costs other than what was seen; nothing was exchanged."""

    seen: int
    points: int
    unit: Unit


Refused = NotEnoughPoints | ItemSoldOut | ExchangeLimitReached | ExchangeNotOpen | ExchangePriceChanged


async def exchange(
    secret: bytes, merchant_id: UUID, member_id: UUID, item_id: UUID, seen_points: int, key: str, at: datetime
) -> Exchanged | Refused | ItemMissing | IdempotencyConflict:
    """Takes the points (what ends first is spent first) and gives the item: both or neither, once for each key. `seen_points` is
    the price that the shopper confirmed."""
    shown = await items(merchant_id, at, ids=[item_id])
    if not shown:
        return ItemMissing()
    gone = shown[0].kind == "article" and shown[0].product is None
    level, tz = await level_of(merchant_id, member_id, at), (await merchants.get(merchant_id)).time_zone
    # whoever waits for the item waits without a connection, so that orders find one
    async with turn("mall", item_id), database.transaction() as tx:
        wish = [str(item_id), seen_points]
        begun = await idempotency.begin(tx, merchant_id, f"consumer:{member_id}", key, "exchangePoints", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        replayed = isinstance(begun, Replay)
        if isinstance(begun, Replay):
            exchange_id = UUID(begun.answer["id"])
        else:
            if shown[0].unit == "growth":
                await members.lock(tx, merchant_id, member_id)
            kinds = [shown[0].template.id] if shown[0].template else []
            full = await coupons.lock_room(tx, merchant_id, kinds)  # K01: the budget of its coupons
            row = await lock(tx, merchant_id, item_id)
            assert row is not None, "items are never deleted"
            price = price_for(row["points"], [Price.from_json(p) for p in row["prices"]], level, at)
            refused = await _refusal(tx, row, member_id, gone, at, tz)
            if refused is None and full:
                refused = ItemSoldOut(row["stock"])
            if refused is None and price != seen_points:
                refused = ExchangePriceChanged(seen_points, price, row["unit"])
            if refused is not None:
                return refused
            exchange_id = new_id()
            done = await _do(tx, secret, row, exchange_id, member_id, price, local_day(at, tz), at)
            if done is not None:
                return done
            await idempotency.finish(tx, begun, {"type": "MallExchange", "id": str(exchange_id)})
    return Exchanged((await exchanges(merchant_id, at, ids=[exchange_id]))[0], replayed)


async def _refusal(
    tx: Tx, row: dict[str, Any], member_id: UUID, gone: bool, at: datetime, tz: str
) -> ExchangeNotOpen | ItemSoldOut | ExchangeLimitReached | None:
    """Why this member cannot have the item now; the item is locked."""
    state = state_of(row["state"], row["starts_at"], row["ends_at"], row["stock"] - row["exchanged"], at)
    if gone or state in ("STOPPED", "ENDED", "UPCOMING"):
        return ExchangeNotOpen(row["starts_at"], row["ends_at"], ended=gone or state != "UPCOMING")
    if state == "SOLD_OUT":
        return ItemSoldOut(row["stock"])
    day = local_day(at, tz)
    taken = await tx.fetchrow(
        "SELECT count(*) AS whole, count(*) FILTER (WHERE day = $4) AS today FROM mall_exchanges"
        " WHERE merchant_id = $1 AND item_id = $2 AND member_id = $3 AND state = 'done'",
        row["merchant_id"],
        row["id"],
        member_id,
        day,
    )
    assert taken is not None
    if row["per_member"] is not None and taken["whole"] >= row["per_member"]:
        return ExchangeLimitReached(row["per_member"], taken["whole"], None)
    if row["per_day"] is not None and taken["today"] >= row["per_day"]:
        return ExchangeLimitReached(row["per_day"], taken["today"], day_start(day + timedelta(days=1), tz))
    return None


async def _do(
    tx: Tx,
    secret: bytes,
    row: dict[str, Any],
    exchange_id: UUID,
    member_id: UUID,
    price: int,
    day: date,
    at: datetime,
) -> NotEnoughPoints | None:
    """What does not suffice is found first, before anything is written; growth is an account that is locked last."""
    merchant_id, name = row["merchant_id"], row["name"]
    key, said = f"mall:{exchange_id}", {"exchange": str(exchange_id)}
    if row["unit"] == "growth":
        has = await members.levels.free_growth(tx, merchant_id, member_id)
        if has < price:
            return NotEnoughGrowth(price, has)
    else:
        paid = await ledger.transfer(
            tx,
            merchant_id,
            debit=ledger.member(member_id),
            credit=ledger.merchant_book(merchant_id),
            unit=row["unit"],
            amount=price,
            kind="spend",
            business_key=key,
            at=at,
            memo={"text": f"兑换「{name}」，用了 {price} {COUNTED[row['unit']]}", **said},
        )
        if isinstance(paid, ledger.Short):
            short = NotEnoughStamps if row["unit"] == "stamps" else NotEnoughPoints
            return short(price, max(0, paid.available))
    counted = await tx.execute(
        "UPDATE mall_items SET exchanged = exchanged + 1 WHERE merchant_id = $1 AND id = $2 AND exchanged < stock",
        merchant_id,
        row["id"],
    )
    assert counted == 1, "the item is locked and was looked at"
    coupon_id = await _give(tx, secret, row, exchange_id, member_id, at)
    if row["unit"] == "growth":
        words = {"text": f"兑换「{name}」，用了 {price} 成长值", **said}
        await members.levels.spend_growth(tx, merchant_id, member_id, price, key, words, at)
    await tx.execute(
        "INSERT INTO mall_exchanges (id, merchant_id, item_id, member_id, item_name, points, balance_fen, coupon_id, day, state, at, unit, gives_points)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'done',$10,$11,$12)",
        exchange_id,
        merchant_id,
        row["id"],
        member_id,
        name,
        price,
        row["balance_fen"],
        coupon_id,
        day,
        at,
        row["unit"],
        row["gives_points"],
    )
    fact = events.PointsExchanged(exchange_id, row["id"], member_id, price, at)
    await outbox.emit(tx, merchant_id, f"member:{member_id}", fact, at)
    return None


async def _give(
    tx: Tx, secret: bytes, row: dict[str, Any], exchange_id: UUID, member_id: UUID, at: datetime
) -> UUID | None:
    """Gives what the item is; the coupon where it is one."""
    merchant_id, key = row["merchant_id"], f"mall:{exchange_id}"
    if row["kind"] not in ("balance", "points"):
        by = f"consumer:{member_id}"
        coupon_id = await coupons.grant(
            tx, secret, merchant_id, member_id, row["template_id"], "mall", key, at, actor=by
        )
        assert coupon_id is not None, "the exchange is new"
        return coupon_id
    balance = row["kind"] == "balance"
    words = f"{'积分' if row['unit'] == 'points' else '成长值'}兑换「{row['name']}」"
    await ledger.transfer(
        tx,
        merchant_id,
        debit=ledger.merchant_book(merchant_id),
        credit=ledger.member(member_id),
        unit="balance" if balance else "points",
        amount=row["balance_fen"] if balance else row["gives_points"],
        kind="exchange",
        business_key=f"{key}:{row['kind']}",
        at=at,
        memo={"text": words, "exchange": str(exchange_id)},
    )
    return None


async def exchanges(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    item_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[ExchangeInfo]:
    """Exchanges, newest first."""
    rows = await database.fetch(
        "SELECT * FROM mall_exchanges WHERE merchant_id = $1 AND ($2::uuid IS NULL OR member_id = $2) AND ($3::uuid IS NULL OR item_id = $3)"
        " AND ($4::uuid[] IS NULL OR id = ANY($4)) AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        merchant_id,
        member_id,
        item_id,
        list(ids) if ids is not None else None,
        after,
        first,
    )
    held = [row["coupon_id"] for row in rows if row["coupon_id"]]
    found = {c.id: c for c in await coupons.coupons(merchant_id, None, at, ids=held, first=len(held))} if held else {}
    return [
        ExchangeInfo(
            r["id"],
            r["item_id"],
            r["member_id"],
            r["item_name"],
            r["unit"],
            r["points"],
            r["gives_points"],
            r["balance_fen"],
            found.get(r["coupon_id"]),
            r["state"],
            r["at"],
            r["voided_at"],
            r["void_reason"],
        )
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class ExchangeMissing:
    pass


@dataclass(frozen=True, slots=True)
class ExchangeVoided:
    """It was voided before."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CouponGone:
    """The coupon of the exchange is used, held by an order, or over: what was given cannot be taken back."""

    state: str


@dataclass(frozen=True, slots=True)
class BalanceSpent:
    """Less of the balance is free than the exchange gave."""

    available: int
    needs: int


@dataclass(frozen=True, slots=True)
class PointsSpent:
    """Fewer points are free than the exchange gave."""

    available: int
    needs: int


class _Kept(Exception):
    """What was given cannot be taken back: everything is rolled back."""

    def __init__(self, refusal: CouponGone | BalanceSpent | PointsSpent | ExchangeVoided) -> None:
        self.refusal = refusal


async def void(
    merchant_id: UUID, actor: str, exchange_id: UUID, reason: str, key: str, at: datetime
) -> (
    ExchangeInfo
    | ExchangeMissing
    | ExchangeVoided
    | CouponGone
    | BalanceSpent
    | PointsSpent
    | Invalid
    | IdempotencyConflict
):
    """作废 by staff, with a reason: what was given is taken back, the points return to the lots that they came from, place and
    limit are free again. All of it, or nothing where what was given is used."""
    if not 2 <= len(reason.strip()) <= 100:
        return Invalid((Problem("reason", "请写明作废原因，2–100 个字"),))
    found = await exchanges(merchant_id, at, ids=[exchange_id])
    if not found:
        return ExchangeMissing()
    try:
        async with database.transaction() as tx:
            wish = [str(exchange_id), reason.strip()]
            begun = await idempotency.begin(tx, merchant_id, actor, key, "voidMallExchange", wish, at)
            if isinstance(begun, IdempotencyConflict):
                return begun
            if not isinstance(begun, Replay):
                await _void(tx, merchant_id, found[0], actor, reason.strip(), at)
                await idempotency.finish(tx, begun, {"type": "MallExchange", "id": str(exchange_id)})
    except _Kept as kept:
        return kept.refusal
    return (await exchanges(merchant_id, at, ids=[exchange_id]))[0]


async def _void(tx: Tx, merchant_id: UUID, one: ExchangeInfo, actor: str, reason: str, at: datetime) -> None:
    if one.unit == "growth":
        await members.lock(tx, merchant_id, one.member_id)
    state = await coupons.revoke(tx, merchant_id, one.coupon.id, actor, "mall_void", reason, at) if one.coupon else None
    await lock(tx, merchant_id, one.item_id)
    before = await tx.fetchval(
        "SELECT voided_at FROM mall_exchanges WHERE merchant_id = $1 AND id = $2", merchant_id, one.id
    )
    if before is not None:
        raise _Kept(ExchangeVoided(before))
    if state is not None:
        raise _Kept(CouponGone(state))
    await tx.execute(
        "UPDATE mall_exchanges SET state = 'voided', voided_at = $3, voided_by = $4, void_reason = $5 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        one.id,
        at,
        actor,
        reason,
    )
    await tx.execute(
        "UPDATE mall_items SET exchanged = exchanged - 1 WHERE merchant_id = $1 AND id = $2", merchant_id, one.item_id
    )
    await _take_back(tx, merchant_id, one, at)
    fact = events.ExchangeVoided(one.id, one.item_id, one.member_id, one.points, at)
    await outbox.emit(tx, merchant_id, f"member:{one.member_id}", fact, at)


async def _take_back(tx: Tx, merchant_id: UUID, one: ExchangeInfo, at: datetime) -> None:
    """What was paid returns; points or balance that were given are taken, or nothing is done. Accounts by unit: points, balance,
    growth."""
    mine, book, key = ledger.member(one.member_id), ledger.merchant_book(merchant_id), f"mall-void:{one.id}"
    words, said = f"兑换「{one.item_name}」已作废", {"exchange": str(one.id)}
    if one.unit != "growth":
        await ledger.transfer(
            tx,
            merchant_id,
            debit=book,
            credit=mine,
            unit=one.unit,
            amount=one.points,
            kind="refund",
            business_key=key,
            at=at,
            memo={"text": f"{words}，退回 {one.points} {COUNTED[one.unit]}", **said},
            gives_back=f"mall:{one.id}" if one.unit == "points" else None,
        )
    given = one.balance_fen if one.balance_fen is not None else one.gives_points
    if given is not None:
        balance = one.balance_fen is not None
        taken = await ledger.transfer(
            tx,
            merchant_id,
            debit=mine,
            credit=book,
            unit="balance" if balance else "points",
            amount=given,
            kind="claw_back",
            business_key=f"{key}:{'balance' if balance else 'points'}",
            at=at,
            memo={"text": f"{words}，收回{'余额' if balance else f' {given} 积分'}", **said},
            takes_back=None if balance else f"mall:{one.id}:points",
        )
        if isinstance(taken, ledger.Short):
            raise _Kept((BalanceSpent if balance else PointsSpent)(max(0, taken.available), given))
    if one.unit == "growth":
        back = {"text": f"{words}，退回 {one.points} 成长值", **said}
        await members.levels.unspend_growth(tx, merchant_id, one.member_id, f"mall:{one.id}", key, back, at)
