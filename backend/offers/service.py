"""Immutable offer versions, and the live rule set that every API process holds in memory.

Publishing writes versions and raises the merchant's epoch in the same transaction. A process compares epochs
(pushed by the relay, and looked up once a second in case a push was lost) and reloads when it is behind.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from backend import catalog, events, members, merchants, pricing
from backend.kit import database, outbox
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.ids import new_id, stable_id
from backend.offers import bearing_rules, budgets, gift_quotas, presale_rules
from backend.offers.bearing_rules import Terms
from backend.offers.rules import content_hash, frozen_definition, least_given, rule_of


@dataclass(frozen=True, slots=True)
class LiveRules:
    """The rules of one merchant at one epoch. `limited` are the offers whose use is counted, `budgeted` those that may give
    only so much in all, `gifting` those that may give only so many gifts, `least` the least that each of these takes off at once (of the prices when it was loaded), `bearing` who
    bears those that the merchant does not bear alone."""

    epoch: int
    rules: pricing.RuleSet
    offers: Mapping[str, pricing.Offer]
    promotion_of: Mapping[str, UUID]
    limited: tuple[str, ...]
    budgeted: tuple[str, ...]
    sku_names: Mapping[str, str]
    bearing: Mapping[str, Terms] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    gifting: tuple[str, ...] = ()


COUNTED = ("stock", "per_customer", "per_day")
"""Limits for which uses are counted over orders."""


@dataclass(frozen=True, slots=True)
class SoldOut:
    """The offer has no activity stock (or the member no allowance) left for this."""

    offer_id: str


class Usage(NamedTuple):
    """By offer: `left` of its activity stock, `mine` what the member has had, `today` what of it on this day of the merchant's
    calendar, where that is limited."""

    left: Mapping[str, int]
    mine: Mapping[str, int]
    today: Mapping[str, int]


_live: dict[UUID, LiveRules] = {}
_loading: dict[UUID, asyncio.Task[LiveRules]] = {}


def offer_id_of(promotion_id: UUID, position: int) -> str:
    """The same over all versions, so that limits and reports go on across them."""
    return f"ofr_{promotion_id.hex[-16:]}_{position + 1}"


async def publish(
    tx: Tx,
    merchant_id: UUID,
    promotion_id: UUID,
    name: str,
    offers: Sequence[Mapping[str, Any]],
    version: int,
    starts: datetime,
    ends: datetime,
    channels: Sequence[str],
    region_paths: Sequence[str],
    stores: Sequence[str],
    at: datetime,
) -> str:
    """Freezes a version and makes it live; the version before it is retired. Returns the version's hash."""
    definitions = [
        frozen_definition(
            rule_of(offer),
            offer_id_of(promotion_id, n),
            name,
            presale_rules.given_from(offer, starts),
            ends,
            channels,
            region_paths,
            stores,
        )
        for n, offer in enumerate(offers)
    ]
    caps = {offer_id_of(promotion_id, n): offer.get("budget") for n, offer in enumerate(offers)}
    borne = {offer_id_of(promotion_id, n): offer.get("bearing") or [] for n, offer in enumerate(offers)}
    for definition in definitions:
        pricing.parse_offer(definition)  # raises: a malformed offer is never frozen
    await _retire(tx, merchant_id, promotion_id, at)
    for definition in definitions:
        await tx.execute(
            "INSERT INTO offer_versions (id, merchant_id, promotion_id, offer_id, version, content_hash, definition, budget_fen, bearing, active_from, active_until, created_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7::jsonb,$8,$9::jsonb,$10,$11,$12)",
            new_id(),
            merchant_id,
            promotion_id,
            definition["id"],
            version,
            content_hash([definition]),
            database.dumps(definition),
            caps[definition["id"]],
            database.dumps(borne[definition["id"]]),
            starts,
            ends,
            at,
        )
        limits = definition.get("limits") or {}
        if any(limits.get(name) is not None for name in COUNTED):
            await tx.execute(
                "INSERT INTO offer_uses (id, merchant_id, offer_id, used, stock) VALUES ($1,$2,$3,0,$4)"
                " ON CONFLICT (merchant_id, offer_id) DO UPDATE SET stock = excluded.stock",
                stable_id(merchant_id, f"use:{definition['id']}"),
                merchant_id,
                definition["id"],
                limits.get("stock"),
            )
        if definition["type"] == "spend_gift" and definition.get("quota") is not None:
            await gift_quotas.fund(tx, merchant_id, definition["id"], definition["quota"])
    await _raise_epoch(tx, merchant_id, promotion_id, name, "published", at)
    for offer_id, cap in sorted(caps.items()):
        if cap is not None:
            assert await budgets.fund(tx, merchant_id, offer_id, cap, f"v{version}", at) is None, "published once"
    return content_hash(definitions)


async def retire(tx: Tx, merchant_id: UUID, promotion_id: UUID, name: str, at: datetime) -> None:
    """Takes a promotion's offers out of the live set at once."""
    await _retire(tx, merchant_id, promotion_id, at)
    await _raise_epoch(tx, merchant_id, promotion_id, name, "ended", at)


async def _retire(tx: Tx, merchant_id: UUID, promotion_id: UUID, at: datetime) -> None:
    await tx.execute(
        "UPDATE offer_versions SET retired_at = $3 WHERE merchant_id = $1 AND promotion_id = $2 AND retired_at IS NULL",
        merchant_id,
        promotion_id,
        at,
    )


async def _raise_epoch(tx: Tx, merchant_id: UUID, promotion_id: UUID, name: str, change: str, at: datetime) -> None:
    epoch = await tx.fetchval(
        "INSERT INTO rule_epochs (id, merchant_id, epoch) VALUES ($1, $1, 1)"
        " ON CONFLICT (merchant_id) DO UPDATE SET epoch = rule_epochs.epoch + 1 RETURNING epoch",
        merchant_id,
    )
    await outbox.emit(
        tx, merchant_id, f"rules:{merchant_id}", events.RulesChanged(epoch, promotion_id, name, change), at
    )


async def epoch_of(merchant_id: UUID) -> int:
    return await database.fetchval(
        "SELECT coalesce(max(epoch), 0) FROM rule_epochs WHERE merchant_id = $1", merchant_id
    )


async def live(merchant_id: UUID, at_least: int = 0) -> LiveRules:
    """The rules in memory, loaded on first use or when they are older than `at_least`. Who comes while they are loaded takes what
    that load finds, its failure too, and loads once more only where it began too early for `at_least`."""
    held = _live.get(merchant_id)
    if held is not None and held.epoch >= at_least:
        return held
    earlier = _loading.get(merchant_id)
    if earlier is not None:
        held = await asyncio.shield(earlier)
        if held.epoch >= at_least:
            return held
    return await asyncio.shield(_loading.get(merchant_id) or _begun(merchant_id))


def _begun(merchant_id: UUID) -> asyncio.Task[LiveRules]:
    async def load() -> LiveRules:
        try:
            held = _live[merchant_id] = await _load(merchant_id)
            return held
        finally:
            _loading.pop(merchant_id, None)

    _loading[merchant_id] = asyncio.create_task(load())
    return _loading[merchant_id]


async def fresh(merchant_id: UUID) -> LiveRules:
    """The rules as committed now: one look at the epoch, a reload only when behind."""
    return await live(merchant_id, await epoch_of(merchant_id))


async def pinned(tx: Tx, merchant_id: UUID) -> LiveRules:
    """The rules as committed now, held still until this transaction ends: a share lock keeps anybody from publishing
    or ending a promotion between this look and our commit."""
    epoch = await tx.fetchval("SELECT epoch FROM rule_epochs WHERE merchant_id = $1 FOR SHARE", merchant_id)
    return await live(merchant_id, epoch or 0)


async def hold(tx: Tx, merchant_id: UUID) -> None:
    """The rules held by who is about to change them: until this transaction ends nobody else changes them, nor decides anything
    that must stay true of them (`pinned`)."""
    await ensure_epoch(tx, merchant_id)
    await tx.fetchval("SELECT epoch FROM rule_epochs WHERE merchant_id = $1 FOR UPDATE", merchant_id)


async def ensure_epoch(tx: Tx, merchant_id: UUID) -> None:
    """The epoch is there to be locked, also before the first publication."""
    await tx.execute(
        "INSERT INTO rule_epochs (id, merchant_id, epoch) VALUES ($1, $1, 0) ON CONFLICT DO NOTHING", merchant_id
    )


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of an offer as it is stored for ever; `retired_at` None: it still stands."""

    offer_id: str
    version: int
    promotion_id: UUID
    content_hash: str
    definition: Mapping[str, Any]
    created_at: datetime
    retired_at: datetime | None


async def as_of(merchant_id: UUID, at: datetime) -> list[StoredVersion]:
    """The versions that stood at a moment, published before it and not yet replaced or ended; whether their window was open
    then, their own conditions say (Q07)."""
    rows = await database.fetch(
        "SELECT offer_id, version, promotion_id, content_hash, definition, created_at, retired_at FROM offer_versions"
        " WHERE merchant_id = $1 AND created_at <= $2 AND (retired_at IS NULL OR retired_at > $2) AND active_until > $2 ORDER BY offer_id",
        merchant_id,
        at,
    )
    return [StoredVersion(**row) for row in rows]


async def counted(tx: Tx, merchant_id: UUID, offer_ids: Sequence[str], *, lock: bool = False) -> list[str]:
    """Those of the offers whose use is counted; with `lock`, their counts stay as they are until the end of the transaction."""
    rows = await tx.fetch(
        'SELECT offer_id FROM offer_uses WHERE merchant_id = $1 AND offer_id = ANY($2) ORDER BY offer_id COLLATE "C"'
        + (" FOR UPDATE" if lock else ""),
        merchant_id,
        list(offer_ids),
    )
    return [row["offer_id"] for row in rows]


async def refresh_all() -> list[UUID]:
    """Reloads the merchants in memory that are behind; returns them. The once-a-second safety net."""
    if not _live:
        return []
    rows = await database.fetch(
        "SELECT merchant_id, epoch FROM rule_epochs WHERE merchant_id = ANY($1::uuid[])", list(_live)
    )
    behind = [row["merchant_id"] for row in rows if _live[row["merchant_id"]].epoch < row["epoch"]]
    for merchant_id in behind:
        await fresh(merchant_id)
    return behind


def forget() -> None:
    _live.clear()
    _loading.clear()


async def _load(merchant_id: UUID) -> LiveRules:
    # one snapshot: the epoch and the offers that it stands for
    rows = await database.fetch(
        "WITH e AS (SELECT coalesce(max(epoch), 0) AS epoch FROM rule_epochs WHERE merchant_id = $1)"
        " SELECT e.epoch, v.promotion_id, v.definition, v.budget_fen, v.bearing FROM e LEFT JOIN offer_versions v"
        " ON v.merchant_id = $1 AND v.retired_at IS NULL AND v.active_until > now() ORDER BY v.offer_id",
        merchant_id,
    )
    offers = {row["definition"]["id"]: pricing.parse_offer(row["definition"]) for row in rows if row["definition"]}
    budgeted = tuple(row["definition"]["id"] for row in rows if row["budget_fen"] is not None)
    return LiveRules(
        epoch=rows[0]["epoch"],
        rules=pricing.compile_rules(offers.values()),
        offers=offers,
        promotion_of={row["definition"]["id"]: row["promotion_id"] for row in rows if row["definition"]},
        sku_names={
            **await members.level_names(merchant_id),
            **await catalog.names_in(merchant_id, [row["definition"] for row in rows if row["definition"]]),
        },
        limited=tuple(
            offer.id for offer in offers.values() if any(getattr(offer.limits, name) is not None for name in COUNTED)
        ),
        budgeted=budgeted,
        bearing={row["definition"]["id"]: bearing_rules.terms_of(row["bearing"]) for row in rows if row["bearing"]},
        least={offer_id: await _least(merchant_id, offers[offer_id]) for offer_id in budgeted},
        gifting=tuple(
            row["definition"]["id"]
            for row in rows
            if row["definition"] and row["definition"]["type"] == "spend_gift" and row["definition"].get("quota")
        ),
    )


async def _least(merchant_id: UUID, offer: pricing.Offer) -> int:
    rule = json.loads(offer.source)
    given = catalog.skus_named([rule["tiers"]]) if offer.type == "spend_gift" else set()
    gifts = await catalog.by_skus(merchant_id, sorted(given)) if given else {}
    prices = await catalog.prices_in(merchant_id, rule.get("scope") or {})
    return least_given(offer, prices, {sku: info.list_fen for sku, info in gifts.items()})


async def bearing_of(tx: Tx, merchant_id: UUID, offer_ids: Sequence[str]) -> dict[str, Terms]:
    """Who bears offers, of their newest versions, live or retired; those that the merchant bears alone are left out."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (offer_id) offer_id, bearing FROM offer_versions WHERE merchant_id = $1 AND offer_id = ANY($2)"
        " ORDER BY offer_id, version DESC",
        merchant_id,
        list(offer_ids),
    )
    return {row["offer_id"]: bearing_rules.terms_of(row["bearing"]) for row in rows if row["bearing"]}


async def usage(merchant_id: UUID, member_id: UUID | None, offer_ids: Sequence[str], at: datetime) -> Usage:
    """What is used of the limited offers named."""
    if not offer_ids:
        return Usage({}, {}, {})
    rows = await database.fetch(
        "SELECT u.offer_id, u.stock - u.used AS left, coalesce(m.used, 0) AS mine, coalesce(d.used, 0) AS today FROM offer_uses u"
        " LEFT JOIN offer_member_uses m ON m.merchant_id = u.merchant_id AND m.offer_id = u.offer_id AND m.member_id = $3"
        " LEFT JOIN offer_member_days d ON d.merchant_id = u.merchant_id AND d.offer_id = u.offer_id AND d.member_id = $3 AND d.day = $4"
        " WHERE u.merchant_id = $1 AND u.offer_id = ANY($2)",
        merchant_id,
        list(offer_ids),
        member_id,
        await _day(merchant_id, at),
    )
    return Usage(
        {row["offer_id"]: row["left"] for row in rows if row["left"] is not None},
        {row["offer_id"]: row["mine"] for row in rows if row["mine"]},
        {row["offer_id"]: row["today"] for row in rows if row["today"]},
    )


async def _day(merchant_id: UUID, at: datetime) -> date:
    return local_day(at, (await merchants.get(merchant_id)).time_zone)


async def take(
    tx: Tx, merchant_id: UUID, member_id: UUID, uses: Mapping[str, tuple[int, pricing.Limits]], at: datetime
) -> SoldOut | None:
    """Takes activity stock and the member's allowance, in all and of the day of `at`, for an order (O4, O5): offer → (times, its
    limits). Rows in offer order, each guarded in its own statement. The caller rolls back on SoldOut."""
    for offer_id in sorted(uses):
        times, limits = uses[offer_id]
        left = await tx.fetchrow(
            "UPDATE offer_uses SET used = used + $3 WHERE merchant_id = $1 AND offer_id = $2 AND (stock IS NULL OR used + $3 <= stock)"
            " RETURNING stock - used AS left",
            merchant_id,
            offer_id,
            times,
        )
        if left is None:
            return SoldOut(offer_id)
        mine = await tx.fetchrow(
            "INSERT INTO offer_member_uses (id, merchant_id, offer_id, member_id, used) SELECT $1, $2, $3, $4, $5"
            " WHERE $6::bigint IS NULL OR $5 <= $6 ON CONFLICT (merchant_id, offer_id, member_id)"
            " DO UPDATE SET used = offer_member_uses.used + $5 WHERE $6::bigint IS NULL OR offer_member_uses.used + $5 <= $6 RETURNING used",
            new_id(),
            merchant_id,
            offer_id,
            member_id,
            times,
            limits.per_customer,
        )
        if mine is None:
            return SoldOut(offer_id)
        if limits.per_day is not None and not await _take_of_day(
            tx, merchant_id, member_id, offer_id, times, limits.per_day, await _day(merchant_id, at)
        ):
            return SoldOut(offer_id)
        if left["left"] == 0:
            await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferSoldOut(offer_id), at)
    return None


async def _take_of_day(
    tx: Tx, merchant_id: UUID, member_id: UUID, offer_id: str, times: int, most: int, day: date
) -> bool:
    return (
        await tx.fetchval(
            "INSERT INTO offer_member_days (id, merchant_id, offer_id, member_id, day, used) SELECT $1, $2, $3, $4, $5, $6::bigint"
            " WHERE $6 <= $7::bigint ON CONFLICT (merchant_id, offer_id, member_id, day)"
            " DO UPDATE SET used = offer_member_days.used + $6 WHERE offer_member_days.used + $6 <= $7 RETURNING used",
            new_id(),
            merchant_id,
            offer_id,
            member_id,
            day,
            times,
            most,
        )
        is not None
    )


async def give_back(
    tx: Tx, merchant_id: UUID, member_id: UUID, uses: Mapping[str, int], taken_at: datetime, at: datetime
) -> None:
    """Returns what an order had taken at `taken_at` (it was cancelled or refunded), to that day where the offer is limited a day;
    carts are told when there was nothing left of it."""
    for offer_id in sorted(uses):
        left = await tx.fetchval(
            "UPDATE offer_uses SET used = used - $3 WHERE merchant_id = $1 AND offer_id = $2 RETURNING stock - used AS left",
            merchant_id,
            offer_id,
            uses[offer_id],
        )
        await tx.execute(
            "UPDATE offer_member_uses SET used = used - $4 WHERE merchant_id = $1 AND offer_id = $2 AND member_id = $3",
            merchant_id,
            offer_id,
            member_id,
            uses[offer_id],
        )
        await tx.execute(
            "UPDATE offer_member_days SET used = used - $5 WHERE merchant_id = $1 AND offer_id = $2 AND member_id = $3 AND day = $4",
            merchant_id,
            offer_id,
            member_id,
            await _day(merchant_id, taken_at),
            uses[offer_id],
        )
        if left is not None and left <= uses[offer_id]:
            await outbox.emit(tx, merchant_id, f"offer:{offer_id}", events.OfferBack(offer_id), at)


async def names(merchant_id: UUID, offer_ids: Sequence[str]) -> dict[str, tuple[UUID, str]]:
    """offer → (promotion, name) of its newest version, live or retired."""
    rows = await database.fetch(
        "SELECT DISTINCT ON (offer_id) offer_id, promotion_id, definition->>'name' AS name FROM offer_versions"
        " WHERE merchant_id = $1 AND offer_id = ANY($2) ORDER BY offer_id, version DESC",
        merchant_id,
        list(offer_ids),
    )
    return {row["offer_id"]: (row["promotion_id"], row["name"]) for row in rows}
