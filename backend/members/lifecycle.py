"""生命周期与 RFM: where customers stand, kept up to date for all of a merchant in one statement (B06).

The figures are the orders' own: the slice of orders hands its query in, and never sees these tables. Who buys again is
active in the transaction of the payment; the nightly statement leaves out whoever buys while it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend import catalog, merchants
from backend.kit import database, idempotency
from backend.kit.clock import day_start, local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id
from backend.members.level_rules import Problem
from backend.members.levels import Invalid
from backend.members.lifecycle_rules import SILENT_PRICE_FEN, STATES, TIERS, LifecycleRules, State, check_rules

NIGHT_HOUR = 3
"""From this hour of the merchant's day on the night's run is due."""


@dataclass(frozen=True, slots=True)
class RulesInfo:
    rules: LifecycleRules
    version: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run over all members of a merchant: the last of its day."""

    day: date
    at: datetime
    members: int
    changed: int


async def rules_info(merchant_id: UUID) -> RulesInfo:
    """The thresholds in force; version 0 is the default."""
    row = await database.fetchrow(
        "SELECT definition, version, at FROM member_policies WHERE merchant_id = $1 AND kind = 'lifecycle' ORDER BY version DESC LIMIT 1",
        merchant_id,
    )
    if row is None:
        return RulesInfo(LifecycleRules(), 0, None)
    return RulesInfo(LifecycleRules.from_json(row["definition"]), row["version"], row["at"])


async def _article_faults(merchant_id: UUID, sku: str) -> list[Problem]:
    """What is wrong with the article that silent customers may have at a price."""
    if not sku:
        return []
    found = (await catalog.by_skus(merchant_id, [sku])).get(sku)
    if found is None:
        return [Problem("silent_sku", "没有这个商品，或已下架")]
    dear = found.list_fen > SILENT_PRICE_FEN
    return [] if dear else [Problem("silent_sku", f"换购商品的售价须高于 {SILENT_PRICE_FEN // 100} 元")]


async def set_rules(
    merchant_id: UUID, actor: str, rules: LifecycleRules, key: str, at: datetime
) -> RulesInfo | Invalid | IdempotencyConflict:
    """A new version of the thresholds; the next run goes by it."""
    problems = check_rules(rules) + await _article_faults(merchant_id, rules.silent_sku)
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "setLifecycleRules", rules.to_json(), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if not isinstance(begun, Replay):
            await _alone(tx, merchant_id)
            version = await tx.fetchval(
                "SELECT coalesce(max(version), 0) FROM member_policies WHERE merchant_id = $1 AND kind = 'lifecycle'",
                merchant_id,
            )
            await tx.execute(
                "INSERT INTO member_policies (id, merchant_id, kind, version, definition, actor, at) VALUES ($1, $2, 'lifecycle', $3, $4::jsonb, $5, $6)",
                new_id(),
                merchant_id,
                version + 1,
                rules.to_json(),
                actor[:60],
                at,
            )
            await idempotency.finish(tx, begun, {"type": "LifecycleRules", "id": str(version + 1)})
    return await rules_info(merchant_id)


async def _alone(tx: Tx, merchant_id: UUID) -> None:
    """One change or run of a merchant at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 18))", f"lifecycle:{merchant_id}")


USUAL = (
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM h.last - h.first) / (h.orders - 1)) AS seconds"
    " FROM habits h WHERE h.orders >= 3"
)
SCORED = (
    "SELECT h.member_id, ceil(5 * cume_dist() OVER (ORDER BY h.last))::int AS r, ceil(5 * cume_dist() OVER (ORDER BY h.recent))::int AS f,"
    " ceil(5 * cume_dist() OVER (ORDER BY h.spent))::int AS m FROM habits h WHERE h.recent > 0"
)
SEEN = """
SELECT m.id, m.last_order_at,
  CASE WHEN h.member_id IS NULL THEN CASE WHEN $2::timestamptz >= m.joined_at + make_interval(months => $5) THEN 'silent' ELSE 'new' END
       WHEN $2 >= h.last + $6 * greatest(make_interval(days => $7), CASE WHEN h.orders >= 3 THEN make_interval(secs => extract(epoch FROM h.last - h.first) / (h.orders - 1))
            ELSE coalesce(make_interval(secs => u.seconds), make_interval(days => $8)) END) THEN 'lost'
       WHEN $2 >= h.last + make_interval(months => $5) THEN 'silent'
       WHEN h.orders = 1 AND $2 < h.first + make_interval(days => $4) THEN 'new'
       ELSE 'active' END AS state,
  CASE WHEN s.r = 1 OR s.r = 2 AND s.f >= 4 THEN 'at_risk' WHEN s.r >= 3 AND s.f >= 3 THEN 'active' WHEN s.r IS NOT NULL THEN 'potential' END AS tier,
  s.r::text || s.f::text || s.m::text AS scores
FROM members m CROSS JOIN usual u LEFT JOIN habits h ON h.member_id = m.id LEFT JOIN scored s ON s.member_id = m.id WHERE m.merchant_id = $1
"""
CHANGING = """
SELECT n.id, n.last_order_at, n.state, n.tier, n.scores FROM members m JOIN seen n ON n.id = m.id
WHERE m.merchant_id = $1 AND m.last_order_at IS NOT DISTINCT FROM n.last_order_at
  AND (m.lifecycle, m.rfm_tier, m.rfm_scores) IS DISTINCT FROM (n.state, n.tier, n.scores) ORDER BY m.id FOR NO KEY UPDATE OF m
"""
"""Locked by id, as whoever takes several members does (an invitation that is accepted); an update alone locks them as they lie."""
MOVED = """
UPDATE members m SET lifecycle = n.state, lifecycle_since = CASE WHEN m.lifecycle = n.state THEN m.lifecycle_since ELSE $2 END,
  rfm_tier = n.tier, rfm_scores = n.scores
FROM changing n WHERE m.merchant_id = $1 AND m.id = n.id AND m.last_order_at IS NOT DISTINCT FROM n.last_order_at
  AND (m.lifecycle, m.rfm_tier, m.rfm_scores) IS DISTINCT FROM (n.state, n.tier, n.scores) RETURNING m.id
"""


async def refresh(merchant_id: UUID, habits: str, at: datetime) -> RunInfo:
    """Brings state and tier of all members of a merchant up to date, in one statement. `habits` is a query of (member_id,
    orders, first, last, recent, spent) with $1 the merchant, $2 `at` and $3 the months that `recent` and `spent` look back."""
    rules = (await rules_info(merchant_id)).rules
    day = local_day(at, (await merchants.get(merchant_id)).time_zone)
    async with database.transaction() as tx:
        await _alone(tx, merchant_id)
        row = await tx.fetchrow(
            f"WITH habits AS MATERIALIZED ({habits}), usual AS ({USUAL}), scored AS ({SCORED}), seen AS MATERIALIZED ({SEEN}),"
            f" changing AS MATERIALIZED ({CHANGING}), moved AS ({MOVED})"
            " INSERT INTO member_runs (id, merchant_id, day, at, members, changed)"
            " SELECT $9, $1, $10, $2, (SELECT count(*) FROM seen), (SELECT count(*) FROM moved)"
            " ON CONFLICT (merchant_id, day) DO UPDATE SET at = excluded.at, members = excluded.members, changed = excluded.changed"
            " RETURNING day, at, members, changed",
            merchant_id,
            at,
            rules.window_months,
            rules.new_days,
            rules.silent_months,
            rules.lost_cycles,
            rules.shortest_cycle_days,
            rules.usual_cycle_days,
            new_id(),
            day,
        )
    assert row is not None
    return RunInfo(**row)


async def last_run(merchant_id: UUID) -> RunInfo | None:
    row = await database.fetchrow(
        "SELECT day, at, members, changed FROM member_runs WHERE merchant_id = $1 ORDER BY day DESC LIMIT 1",
        merchant_id,
    )
    return RunInfo(**row) if row else None


async def due(merchant_id: UUID, at: datetime) -> bool:
    """Whether the night's run of the merchant's day has not been yet."""
    tz = (await merchants.get(merchant_id)).time_zone
    day = local_day(at, tz)
    if (at - day_start(day, tz)).total_seconds() < NIGHT_HOUR * 3600:
        return False
    last = await last_run(merchant_id)
    return last is None or last.day < day


@dataclass(frozen=True, slots=True)
class Entered:
    """A member who entered a state and has had nothing for it yet."""

    member_id: UUID
    state: State
    since: datetime


async def to_offer(
    tx: Tx, merchant_id: UUID, states: Sequence[State], most: int, at: datetime, new_days: int
) -> list[Entered]:
    """Members of these states who are to get their offer now, at most so many in the merchant's day; they are marked in this
    transaction, so that it goes to each once for each time. `new` are those who joined within `new_days` and never bought: they
    come after the others, and once."""
    tz = (await merchants.get(merchant_id)).time_zone
    await _alone(tx, merchant_id)
    given = await tx.fetchval(
        "SELECT count(*) FROM members WHERE merchant_id = $1 AND offered_at >= $2",
        merchant_id,
        day_start(local_day(at, tz), tz),
    )
    rows = await tx.fetch(
        "WITH chosen AS MATERIALIZED (SELECT id FROM members WHERE merchant_id = $1 AND lifecycle = ANY($2::text[])"
        "  AND CASE WHEN lifecycle = 'new' THEN offered_at IS NULL AND last_order_at IS NULL AND joined_at > $3::timestamptz - make_interval(days => $5)"
        "      ELSE lifecycle_since IS NOT NULL AND (offered_at IS NULL OR offered_at < lifecycle_since) END"
        "  ORDER BY lifecycle = 'new', coalesce(lifecycle_since, joined_at), id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE members m SET offered_at = $3 FROM chosen c WHERE m.merchant_id = $1 AND m.id = c.id"
        " RETURNING m.id AS member_id, m.lifecycle AS state, coalesce(m.lifecycle_since, m.joined_at) AS since",
        merchant_id,
        list(states),
        at,
        max(0, min(most - given, OFFERS_AT_ONCE)),
        new_days,
    )
    return [Entered(**row) for row in rows]


OFFERS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """How many members are in a state and tier (None: no order within the window) and level."""

    state: State
    tier: str | None
    level: str
    members: int


async def segments(merchant_id: UUID) -> list[Segment]:
    """The distribution of all members; levels as they were written down last."""
    rows = await database.fetch(
        "SELECT lifecycle AS state, rfm_tier AS tier, level, count(*) AS members FROM members WHERE merchant_id = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        merchant_id,
    )
    return [Segment(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands: state, since when, tier and its three scores."""

    state: State
    since: datetime | None
    tier: str | None
    scores: str | None
    last_order_at: datetime | None


async def standings(merchant_id: UUID, member_ids: Sequence[UUID]) -> dict[UUID, Standing]:
    rows = await database.fetch(
        "SELECT id, lifecycle, lifecycle_since, rfm_tier, rfm_scores, last_order_at FROM members WHERE merchant_id = $1 AND id = ANY($2::uuid[])",
        merchant_id,
        list(member_ids),
    )
    return {row["id"]: Standing(*list(row)[1:]) for row in rows}


async def listed(
    merchant_id: UUID,
    state: str | None,
    tier: str | None,
    level: str | None,
    first: int,
    after: UUID | None,
) -> tuple[list[UUID], int]:
    """(members of a state, tier and level, the newest first; how many in all)."""
    assert state is None or state in STATES
    assert tier is None or tier in TIERS
    where = "merchant_id = $1 AND ($2::text IS NULL OR lifecycle = $2) AND ($3::text IS NULL OR rfm_tier = $3) AND ($4::text IS NULL OR level = $4)"
    given: tuple[Any, ...] = (merchant_id, state, tier, level)
    rows = await database.fetch(
        f"SELECT id FROM members WHERE {where} AND ($5::uuid IS NULL OR (joined_at, id) < (SELECT joined_at, id FROM members WHERE merchant_id = $1 AND id = $5))"
        " ORDER BY joined_at DESC, id DESC LIMIT $6",
        *given,
        after,
        first,
    )
    return [row["id"] for row in rows], await database.fetchval(f"SELECT count(*) FROM members WHERE {where}", *given)
