"""What can be had for points: make, change, stop, list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, coupons, members, merchants
from backend.kit import database, idempotency
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.mall.rules import (
    BUYS,
    MAX_BALANCE_FEN,
    MAX_GIVEN,
    ItemState,
    Kind,
    Price,
    Problem,
    Terms,
    Unit,
    check_terms,
    price_for,
    state_of,
)


@dataclass(frozen=True, slots=True)
class Gives:
    """What an item gives: exactly one of a coupon of a template, an article (by a coupon for one unit, good for `days`), balance,
    points; and `unit`, in which it is paid (`rules.BUYS`; docs/decisions/0027-growth-exchanged.md)."""

    template_id: UUID | None = None
    sku: str | None = None
    days: int = 30
    balance_fen: int | None = None
    points: int | None = None
    unit: Unit = "points"

    @property
    def kind(self) -> Kind:
        if self.points is not None:
            return "points"
        return "coupon" if self.template_id else "article" if self.sku else "balance"


@dataclass(frozen=True, slots=True)
class ItemInfo:
    """`price` is what the member asked for pays now; `taken` and `taken_today` are that member's exchanges. `levels` are the names
    of the merchant's levels by id."""

    id: UUID
    name: str
    kind: Kind
    template: coupons.TemplateInfo | None
    product: catalog.ProductInfo | None
    sku: str | None
    balance_fen: int | None
    gives_points: int | None
    unit: Unit
    points: int
    prices: tuple[Price, ...]
    price: int
    stock: int
    exchanged: int
    per_member: int | None
    per_day: int | None
    starts_at: datetime
    ends_at: datetime
    state: ItemState
    taken: int
    taken_today: int
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ItemMissing:
    pass


@dataclass(frozen=True, slots=True)
class ItemStopped:
    """It was stopped for good and is not changed any more."""


WRONG_UNIT: dict[Unit, str] = {
    "points": "积分只能用成长值兑换",
    "growth": "成长值只能兑换优惠券、商品和积分",
    "stamps": "集点只能兑换优惠券和商品",
}


async def _faults(merchant_id: UUID, terms: Terms, gives: Gives) -> list[Problem]:
    problems = check_terms(terms, list(await members.level_names(merchant_id)))
    if sum(x is not None for x in (gives.template_id, gives.sku, gives.balance_fen, gives.points)) != 1:
        return [*problems, Problem("gives", "请在优惠券、商品、余额、积分中选择一项")]
    if gives.kind not in BUYS[gives.unit]:
        problems.append(Problem("unit", WRONG_UNIT[gives.unit]))
    if gives.points is not None and not 1 <= gives.points <= MAX_GIVEN:
        problems.append(Problem("givesPoints", f"兑得的积分须为 1–{MAX_GIVEN}"))
    if gives.balance_fen is not None and not 1 <= gives.balance_fen <= MAX_BALANCE_FEN:
        problems.append(Problem("balanceFen", f"余额须为 0.01–{MAX_BALANCE_FEN // 100} 元"))
    if gives.sku is not None:
        if gives.sku not in await catalog.by_skus(merchant_id, [gives.sku]):
            problems.append(Problem("sku", "没有这个商品，或已下架"))
        if not 1 <= gives.days <= 366:
            problems.append(Problem("days", "兑换券的有效天数须为 1–366"))
    if gives.template_id is not None:
        found = await coupons.templates(merchant_id, ids=[gives.template_id])
        if not found:
            problems.append(Problem("templateId", "没有这个券模板"))
        elif (until := found[0].validity.valid_until) is not None and until <= terms.ends_at:
            problems.append(Problem("endsAt", "券的截止时间须晚于下架时间，否则有人兑到即过期"))
    return problems


async def create_item(
    merchant_id: UUID, actor: str, terms: Terms, gives: Gives, key: str, at: datetime
) -> ItemInfo | Invalid | IdempotencyConflict:
    """Puts an item into the mall 上架. Refused with every problem when anything is malformed."""
    problems = await _faults(merchant_id, terms, gives)
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        wish = [asdict(terms), asdict(gives)]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createMallItem", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            item_id = UUID(begun.answer["id"])
        else:
            item_id = await _insert(tx, merchant_id, terms, gives, at)
            await idempotency.finish(tx, begun, {"type": "MallItem", "id": str(item_id)})
    return await must_get(merchant_id, item_id, at)


async def _insert(tx: Tx, merchant_id: UUID, terms: Terms, gives: Gives, at: datetime) -> UUID:
    item_id, template = new_id(), gives.template_id
    if gives.sku is not None:
        template = await coupons.exchange_template(tx, merchant_id, gives.sku, gives.days, at)
    await tx.execute(
        "INSERT INTO mall_items (id, merchant_id, name, kind, template_id, sku, balance_fen, points, prices, stock, per_member, per_day,"
        " starts_at, ends_at, state, created_at, gives_points, unit)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9::jsonb,$10,$11,$12,$13,$14,'open',$15,$16,$17)",
        item_id,
        merchant_id,
        terms.name.strip(),
        gives.kind,
        template,
        gives.sku,
        gives.balance_fen,
        terms.points,
        _stored(terms.prices),
        terms.stock,
        terms.per_member,
        terms.per_day,
        terms.starts_at,
        terms.ends_at,
        at,
        gives.points,
        gives.unit,
    )
    return item_id


def _stored(prices: Sequence[Price]) -> str:
    return database.dumps([price.to_json() for price in prices])


async def change_item(
    merchant_id: UUID, actor: str, item_id: UUID, terms: Terms, key: str, at: datetime
) -> ItemInfo | Invalid | ItemMissing | ItemStopped | IdempotencyConflict:
    """Changes the terms of an item for the exchanges to come; what it gives stays. The stock is never set below what was
    exchanged: that is decided under the item's lock."""
    found = await items(merchant_id, at, ids=[item_id])
    if not found:
        return ItemMissing()
    problems = check_terms(terms, list(await members.level_names(merchant_id)))
    template = found[0].template
    until = template.validity.valid_until if template else None
    if until is not None and until <= terms.ends_at:
        problems.append(Problem("endsAt", "券的截止时间须晚于下架时间，否则有人兑到即过期"))
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        wish = [str(item_id), asdict(terms)]
        begun = await idempotency.begin(tx, merchant_id, actor, key, "changeMallItem", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            row = await lock(tx, merchant_id, item_id)
            assert row is not None, "items are never deleted"
            if row["state"] == "stopped":
                return ItemStopped()
            if terms.stock < row["exchanged"]:
                return Invalid((Problem("stock", f"已兑 {row['exchanged']} 件，库存不能少于它"),))
            await _update(tx, merchant_id, item_id, terms)
            await idempotency.finish(tx, begun, {"type": "MallItem", "id": str(item_id)})
    return await must_get(merchant_id, item_id, at)


async def _update(tx: Tx, merchant_id: UUID, item_id: UUID, terms: Terms) -> None:
    await tx.execute(
        "UPDATE mall_items SET name = $3, points = $4, prices = $5::jsonb, stock = $6, per_member = $7, per_day = $8, starts_at = $9,"
        " ends_at = $10 WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        item_id,
        terms.name.strip(),
        terms.points,
        _stored(terms.prices),
        terms.stock,
        terms.per_member,
        terms.per_day,
        terms.starts_at,
        terms.ends_at,
    )


async def stop_item(
    merchant_id: UUID, actor: str, item_id: UUID, key: str, at: datetime
) -> ItemInfo | ItemMissing | IdempotencyConflict:
    """Takes an item off the mall for good 下架; what was exchanged keeps its promise."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "stopMallItem", str(item_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if await lock(tx, merchant_id, item_id) is None:
            return ItemMissing()
        if not isinstance(begun, Replay):
            await tx.execute(
                "UPDATE mall_items SET state = 'stopped' WHERE merchant_id = $1 AND id = $2", merchant_id, item_id
            )
            await idempotency.finish(tx, begun, {"type": "MallItem", "id": str(item_id)})
    return await must_get(merchant_id, item_id, at)


async def lock(tx: Tx, merchant_id: UUID, item_id: UUID) -> dict[str, Any] | None:
    """The item's row, locked: exchanges of it and changes to it happen one after the other."""
    return await tx.fetchrow(
        "SELECT * FROM mall_items WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, item_id
    )


BY_PRICE = "array_position(ARRAY['points', 'stamps', 'growth'], i.unit::text), i.points, i.id"
TAKEN = "(SELECT count(*) FROM mall_exchanges e WHERE e.merchant_id = i.merchant_id AND e.item_id = i.id AND e.member_id = $2 AND e.state = 'done'{})"


async def items(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    shown: bool = False,
    first: int = 100,
    after: UUID | None = None,
) -> list[ItemInfo]:
    """Items, newest first. `shown` leaves out what was stopped and what is over, and puts the cheapest first, those for stamps and for growth last; `member_id` fills
    what that member took and pays."""
    tz = (await merchants.get(merchant_id)).time_zone
    level = await level_of(merchant_id, member_id, at)
    rows = await database.fetch(
        f"SELECT i.*, {TAKEN.format('')} AS taken, {TAKEN.format(' AND e.day = $3')} AS taken_today FROM mall_items i WHERE i.merchant_id = $1"
        " AND ($4::uuid[] IS NULL OR i.id = ANY($4)) AND (NOT $5 OR (i.state = 'open' AND i.ends_at > $6)) AND ($7::uuid IS NULL OR i.id < $7)"
        f" ORDER BY {BY_PRICE if shown else 'i.id DESC'} LIMIT $8",
        merchant_id,
        member_id,
        local_day(at, tz),
        list(ids) if ids is not None else None,
        shown,
        at,
        after,
        first,
    )
    kinds = {row["template_id"] for row in rows if row["template_id"]}
    templates = {t.id: t for t in await coupons.templates(merchant_id, ids=list(kinds))} if kinds else {}
    goods = await catalog.by_skus(merchant_id, [row["sku"] for row in rows if row["sku"]])
    names = await members.level_names(merchant_id)
    return [_info(row, templates.get(row["template_id"]), goods.get(row["sku"]), names, level, at) for row in rows]


async def level_of(merchant_id: UUID, member_id: UUID | None, at: datetime) -> str | None:
    """The member's level at this instant; None for nobody."""
    if member_id is None:
        return None
    return (await members.facts(merchant_id, [member_id], at))[member_id].level


def _info(
    row: Mapping[str, Any],
    template: coupons.TemplateInfo | None,
    product: catalog.ProductInfo | None,
    levels: Mapping[str, str],
    level: str | None,
    at: datetime,
) -> ItemInfo:
    prices = tuple(Price.from_json(stored) for stored in row["prices"])
    state = state_of(row["state"], row["starts_at"], row["ends_at"], row["stock"] - row["exchanged"], at)
    return ItemInfo(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        template=template,
        product=product,
        sku=row["sku"],
        balance_fen=row["balance_fen"],
        gives_points=row["gives_points"],
        unit=row["unit"],
        points=row["points"],
        prices=prices,
        price=price_for(row["points"], prices, level, at),
        stock=row["stock"],
        exchanged=row["exchanged"],
        per_member=row["per_member"],
        per_day=row["per_day"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        state=state,
        taken=row["taken"],
        taken_today=row["taken_today"],
        levels=levels,
    )


async def must_get(merchant_id: UUID, item_id: UUID, at: datetime) -> ItemInfo:
    found = await items(merchant_id, at, ids=[item_id])
    if not found:
        raise LookupError(f"mall item {item_id} vanished while it was read")
    return found[0]
