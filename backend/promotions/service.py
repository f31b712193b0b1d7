"""Promotions 促销活动: draft, publish, end. Publishing freezes the offers into immutable versions (P11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from backend import catalog, members, merchants, offers, pricing
from backend.kit import database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.promotions.rules import (
    Earnable,
    Problem,
    State,
    check_draft,
    customers_named,
    earned_templates,
    present_state,
    presold,
    unkept_templates,
    unknown_terms,
    unlawful_deposits,
    valued,
    with_customers,
)


@dataclass(frozen=True, slots=True)
class PromotionInfo:
    """`definitions` are the offers: the draft's, or the newest version's as frozen. Instants UTC."""

    id: UUID
    merchant_id: UUID
    name: str
    description: str
    state: State
    starts_at: datetime
    ends_at: datetime
    definitions: tuple[Mapping[str, Any], ...]
    tags: tuple[str, ...]
    channels: tuple[str, ...]
    region_paths: tuple[str, ...]
    store_ids: tuple[UUID, ...]
    version: int
    version_hash: str | None
    created_at: datetime
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operator writes. `offers` are offers of docs/pricing.md without ids."""

    name: str
    description: str
    starts_at: datetime
    ends_at: datetime
    offers: tuple[Mapping[str, Any], ...]
    channels: tuple[str, ...] = ()
    region_paths: tuple[str, ...] = ()
    store_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invalid:
    """Every fault of an input with its path; nothing was written."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    what: Literal["promotion"] = "promotion"


@dataclass(frozen=True, slots=True)
class NotInState:
    state: State


class Templates(Protocol):
    """What the coupon templates are that offers let orders earn, by their names there: asked of the slice that has them
    (`coupons.earnable`); with `tx` as they stand in it."""

    async def __call__(
        self, merchant_id: UUID, names: Sequence[str], tx: Tx | None = None
    ) -> Mapping[str, Earnable]: ...


async def create(
    merchant_id: UUID,
    actor: str,
    staff_id: UUID | None,
    draft: Draft,
    key: str,
    at: datetime,
    templates: Templates | None = None,
) -> PromotionInfo | Invalid | IdempotencyConflict:
    """Writes a draft. Refused with every problem and its path when anything in it is malformed or unknown. Without
    `templates` no offer may let orders earn a coupon."""
    problems = list(check_draft(draft.name, draft.starts_at, draft.ends_at, draft.offers))
    earning = [] if problems else earned_templates(draft.offers)
    known_templates = await templates(merchant_id, earning) if templates and earning else {}
    if not problems:
        problems += unknown_terms(draft.offers, await _known_terms(merchant_id))
        problems += unkept_templates(draft.offers, draft.ends_at, known_templates)
        problems += unlawful_deposits(draft.offers, await _prices(merchant_id, draft.offers))
    named = [] if problems else customers_named(draft.offers)
    customers = await members.called(merchant_id, [name for _, name in named])
    problems += [Problem(path, f"没有这位会员：{name}") for path, name in named if name not in customers]
    known = {store.id for store in await merchants.stores(merchant_id)}
    problems += [
        Problem(f"storeIds[{n}]", "没有这家门店") for n, store in enumerate(draft.store_ids) if store not in known
    ]
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createPromotion", draft_json(draft), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            promotion_id = UUID(begun.answer["id"])
        else:
            promotion_id = new_id()
            await tx.execute(
                "INSERT INTO promotions (id, merchant_id, name, description, state, starts_at, ends_at, offers, channels, region_paths, store_ids, tags,"
                " version, created_by, created_at) VALUES ($1,$2,$3,$4,'draft',$5,$6,$7::jsonb,$8::jsonb,$9::jsonb,$10::jsonb,$11::jsonb,0,$12,$13)",
                promotion_id,
                merchant_id,
                draft.name.strip(),
                draft.description,
                draft.starts_at,
                draft.ends_at,
                *[
                    database.dumps(list(v))
                    for v in (
                        with_customers(
                            valued(draft.offers, known_templates), {k: str(v) for k, v in customers.items()}
                        ),
                        draft.channels,
                        draft.region_paths,
                        [str(s) for s in draft.store_ids],
                        draft.tags,
                    )
                ],
                staff_id,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "Promotion", "id": str(promotion_id)})
    return await _must_get(merchant_id, promotion_id, at)


async def _known_terms(merchant_id: UUID) -> dict[str, set[str]]:
    """What an offer may name: goods, stores by code, organisation nodes, levels."""
    stores = await merchants.stores(merchant_id)
    paths = [store.region_path.split("/") for store in stores]
    return {
        **await catalog.known_terms(merchant_id),
        "store": {store.code for store in stores},
        "region": {"/".join(path[: n + 1]) for path in paths for n in range(len(path))},
        "level": set(await members.level_names(merchant_id)),
    }


async def _prices(merchant_id: UUID, definitions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """List prices of the articles that pre-sales among the offers name."""
    skus = presold(definitions)
    return {sku: p.list_fen for sku, p in (await catalog.by_skus(merchant_id, skus)).items()} if skus else {}


def draft_json(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "description": draft.description,
        "starts": draft.starts_at.isoformat(),
        "ends": draft.ends_at.isoformat(),
        "offers": list(draft.offers),
        "channels": list(draft.channels),
        "regions": list(draft.region_paths),
        "stores": [str(s) for s in draft.store_ids],
        "tags": list(draft.tags),
    }


async def publish(
    merchant_id: UUID, actor: str, promotion_id: UUID, key: str, at: datetime, templates: Templates | None = None
) -> PromotionInfo | Invalid | NotFound | NotInState | IdempotencyConflict:
    """Freezes the draft as version n+1 and makes it live (or scheduled, if it starts later). Whether orders may be promised the
    coupons that it names is asked again (docs/decisions/0031-budgets-of-templates.md)."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "publishPromotion", str(promotion_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM promotions WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, promotion_id
        )
        if row is None:
            return NotFound()
        if not isinstance(begun, Replay):
            if row["state"] != "draft":
                return NotInState(present_state(row["state"], row["starts_at"], row["ends_at"], at))
            if row["ends_at"] <= at:
                return Invalid((Problem("endsAt", "结束时间已过，请先改时间"),))
            unlawful = unlawful_deposits(row["offers"], await _prices(merchant_id, row["offers"]))
            if unlawful:
                return Invalid(tuple(unlawful))
            if earning := earned_templates(row["offers"]):
                await offers.hold(tx, merchant_id)
                known = await templates(merchant_id, earning, tx) if templates else {}
                if unkept := unkept_templates(row["offers"], row["ends_at"], known):
                    return Invalid(tuple(unkept))
            stores = [s.code for s in await merchants.stores(merchant_id) if str(s.id) in row["store_ids"]]
            digest = await offers.publish(
                tx,
                merchant_id,
                promotion_id,
                row["name"],
                row["offers"],
                row["version"] + 1,
                row["starts_at"],
                row["ends_at"],
                row["channels"],
                row["region_paths"],
                stores,
                at,
            )
            await tx.execute(
                "UPDATE promotions SET state = 'published', version = version + 1, version_hash = $3, published_at = $4"
                " WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                promotion_id,
                digest,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "Promotion", "id": str(promotion_id)})
    await offers.fresh(merchant_id)  # whoever published sees it at once; other processes are told by the relay
    return await _must_get(merchant_id, promotion_id, at)


async def end(
    merchant_id: UUID, actor: str, promotion_id: UUID, key: str, at: datetime
) -> PromotionInfo | NotFound | NotInState | IdempotencyConflict:
    """Stops a promotion at once; prices go back by themselves."""
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "endPromotion", str(promotion_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT name, state, starts_at, ends_at FROM promotions WHERE merchant_id = $1 AND id = $2 FOR UPDATE",
            merchant_id,
            promotion_id,
        )
        if row is None:
            return NotFound()
        if not isinstance(begun, Replay):
            state = present_state(row["state"], row["starts_at"], row["ends_at"], at)
            if state not in ("SCHEDULED", "RUNNING"):
                return NotInState(state)
            await offers.retire(tx, merchant_id, promotion_id, row["name"], at)
            await tx.execute(
                "UPDATE promotions SET state = 'ended', ended_at = $3 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                promotion_id,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "Promotion", "id": str(promotion_id)})
    await offers.fresh(merchant_id)  # whoever published sees it at once; other processes are told by the relay
    return await _must_get(merchant_id, promotion_id, at)


async def get(merchant_id: UUID, promotion_id: UUID, at: datetime) -> PromotionInfo | None:
    rows = await database.fetch(
        "SELECT * FROM promotions WHERE merchant_id = $1 AND id = $2", merchant_id, promotion_id
    )
    return (await _infos(merchant_id, rows, at))[0] if rows else None


async def _must_get(merchant_id: UUID, promotion_id: UUID, at: datetime) -> PromotionInfo:
    found = await get(merchant_id, promotion_id, at)
    if found is None:
        raise LookupError(f"promotion {promotion_id} vanished while it was read")
    return found


STATE_SQL = {
    "DRAFT": "state = 'draft'",
    "SCHEDULED": "state = 'published' AND starts_at > $2",
    "RUNNING": "state = 'published' AND starts_at <= $2 AND ends_at > $2",
    "ENDED": "(state = 'ended' OR (state = 'published' AND ends_at <= $2))",
}


async def listed(
    merchant_id: UUID,
    at: datetime,
    *,
    states: Sequence[State],
    search: str | None,
    first: int,
    after: UUID | None,
    without: Sequence[UUID] = (),
) -> tuple[list[PromotionInfo], int]:
    """(a page, newest first, after the promotion `after`; how many there are in all), those `without` left out."""
    where = f"merchant_id = $1 AND id <> ALL($4::uuid[]) AND ($3::text IS NULL OR name ILIKE '%' || $3 || '%') AND $2::timestamptz IS NOT NULL AND ({' OR '.join(STATE_SQL[s] for s in states)})"
    text = database.pattern(search)
    total = await database.fetchval(
        f"SELECT count(*) FROM promotions WHERE {where}", merchant_id, at, text, list(without)
    )
    rows = await database.fetch(
        f"SELECT * FROM promotions WHERE {where} AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        merchant_id,
        at,
        text,
        list(without),
        after,
        first,
    )
    return await _infos(merchant_id, rows, at), total


async def _infos(merchant_id: UUID, rows: Sequence[Any], at: datetime) -> list[PromotionInfo]:
    names = await _names_in(merchant_id, [offer for row in rows for offer in row["offers"]])
    return [
        PromotionInfo(
            id=r["id"],
            merchant_id=merchant_id,
            name=r["name"],
            description=r["description"],
            state=present_state(r["state"], r["starts_at"], r["ends_at"], at),
            starts_at=r["starts_at"],
            ends_at=r["ends_at"],
            definitions=tuple(
                {"name": r["name"], **o, "id": offers.offer_id_of(r["id"], n)} for n, o in enumerate(r["offers"])
            ),
            tags=tuple(r["tags"]),
            channels=tuple(r["channels"]),
            region_paths=tuple(r["region_paths"]),
            store_ids=tuple(UUID(s) for s in r["store_ids"]),
            version=r["version"],
            version_hash=r["version_hash"],
            created_at=r["created_at"],
            names=names,
        )
        for r in rows
    ]


async def _names_in(merchant_id: UUID, definitions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What the codes in these offers are called: articles, stores, and the offers that they exclude."""
    excluded = sorted({other for offer in definitions for other in offer.get("excludes") or []})
    called = await offers.names(merchant_id, excluded) if excluded else {}
    stores = await merchants.stores(merchant_id)
    return {
        **await catalog.names_in(merchant_id, definitions),
        **{store.code: store.name for store in stores},
        **{offer: name for offer, (_, name) in called.items() if name},
    }


def offer_of(definition: Mapping[str, Any]) -> pricing.Offer:
    """The engine's offer of a stored definition."""
    return pricing.parse_offer(offers.rule_of(definition))
