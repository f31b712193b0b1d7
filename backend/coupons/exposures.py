"""曝光 of drops by placement (K02, docs/decisions/0024-placements.md): what customers really had in view, told in reports, counted in bulk.

Reports that arrive together in one process share one transaction: everybody looks at the same few drops, and a row for each
drop, placement and day is where they all meet. A member counts once a day and placement; views beyond a bound do not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend import merchants
from backend.coupons.exposure_rules import (
    MOST_A_DAY,
    MOST_SEEN,
    Figures,
    Seen,
    faults,
    in_order,
    merged,
    misplaced,
)
from backend.coupons.templates import Invalid
from backend.kit import database, idempotency
from backend.kit.batching import LATER, Batcher, QueueFull
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import MAX_KEY, IdempotencyConflict, input_hash

MOST_DROPS = 10_000
COMMAND = "reportExposures"
KEPT_DAYS = 3
"""Days for which it is remembered who saw what: longer than any day of the calendar lasts anywhere."""


@dataclass(frozen=True, slots=True)
class ExposureReport:
    """What one member saw since the last report. `key` is the client's, `at` when it was accepted."""

    merchant_id: UUID
    member_id: UUID
    key: str
    seen: tuple[Seen, ...]
    store_id: UUID | None
    at: datetime

    @property
    def actor(self) -> str:
        return f"consumer:{self.member_id}"

    def hash(self) -> str:
        return input_hash(COMMAND, [[str(s.drop_id), s.placement, s.times] for s in self.seen] + [str(self.store_id)])


@dataclass(frozen=True, slots=True)
class ExposuresNoted:
    """The report was taken; `views` is what it said."""

    views: int


@dataclass(frozen=True, slots=True)
class TooManyExposures:
    limit: int
    given: int


@dataclass(frozen=True, slots=True)
class DropsUnknown:
    """Drops that are not there, are drafts, or are given out without being shown. Nothing was counted."""

    drop_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ReportsBusy:
    retry_after_ms: int


ExposureAnswer = ExposuresNoted | TooManyExposures | Invalid | DropsUnknown | IdempotencyConflict | ReportsBusy


class Exposures:
    """The reports of one process."""

    def __init__(self) -> None:
        self._batcher: Batcher[ExposureReport, ExposureAnswer] = Batcher(self._run)
        self._shown = dict[tuple[UUID, UUID], tuple[str, ...]]()

    async def report(self, report: ExposureReport) -> ExposureAnswer:
        if len(report.seen) > MOST_SEEN:
            return TooManyExposures(MOST_SEEN, len(report.seen))
        if problems := faults(report.seen):
            return Invalid(tuple(problems))
        shown = await self._placements(report)
        if unknown := [s.drop_id for s in report.seen if s.drop_id not in shown]:
            return DropsUnknown(tuple(dict.fromkeys(unknown)))
        if problems := misplaced(report.seen, shown):
            return Invalid(tuple(problems))
        try:
            return await self._batcher.submit(report)
        except QueueFull as full:
            return ReportsBusy(full.retry_after_ms)

    async def _placements(self, report: ExposureReport) -> dict[UUID, tuple[str, ...]]:
        """Where the drops of a report are shown: fixed once they are published, so kept once read."""
        asked = {s.drop_id for s in report.seen}
        shown = {d: self._shown[report.merchant_id, d] for d in asked if (report.merchant_id, d) in self._shown}
        if len(shown) < len(asked):
            rows = await database.fetch(
                "SELECT id, placements FROM coupon_drops WHERE merchant_id = $1 AND id = ANY($2::uuid[]) AND state <> 'draft'"
                " AND access = 'public'",
                report.merchant_id,
                [d for d in asked if d not in shown],
            )
            if len(self._shown) > MOST_DROPS:
                self._shown.clear()
            for row in rows:
                shown[row["id"]] = self._shown[report.merchant_id, row["id"]] = tuple(row["placements"])
        return shown

    async def _run(self, reports: Sequence[ExposureReport]) -> Sequence[ExposureAnswer | BaseException]:
        """One report of a member at a time: the others head the next batch."""
        first: dict[tuple[UUID, UUID], int] = {}
        for n, report in enumerate(reports):
            first.setdefault((report.merchant_id, report.member_id), n)
        now = sorted(first.values())
        results = dict(zip(now, await _commit([reports[n] for n in now]), strict=True))
        return [results.get(n, LATER) for n in range(len(reports))]


async def _commit(reports: Sequence[ExposureReport]) -> list[ExposureAnswer]:
    zones = {m: (await merchants.get(m)).time_zone for m in {r.merchant_id for r in reports}}
    async with database.transaction(own=True) as tx:
        known = await _records(tx, reports)
        fresh = [r for r in reports if (r.merchant_id, r.actor, r.key[:MAX_KEY]) not in known]
        await _count(tx, [(r, local_day(r.at, zones[r.merchant_id])) for r in fresh])
    answers: list[ExposureAnswer] = []
    for report in reports:
        before = known.get((report.merchant_id, report.actor, report.key[:MAX_KEY]))
        conflict = before is not None and before != report.hash()
        answers.append(
            IdempotencyConflict(report.key) if conflict else ExposuresNoted(sum(s.times for s in report.seen))
        )
    return answers


async def _records(tx: Tx, reports: Sequence[ExposureReport]) -> dict[tuple[UUID, str, str], str]:
    """Takes the keys of these reports; of those that were used before, their input."""
    return await idempotency.finish_many(
        tx,
        [
            idempotency.Done(
                r.merchant_id,
                r.actor,
                r.key[:MAX_KEY],
                COMMAND,
                r.hash(),
                {"type": "ExposuresNoted", "views": sum(s.times for s in r.seen)},
                r.at,
            )
            for r in reports
        ],
    )


async def _count(tx: Tx, reports: Sequence[tuple[ExposureReport, date]]) -> None:
    """Who saw what, then the sums of the day: rows are touched in the order of their keys."""
    rows = sorted(
        (r.merchant_id, r.member_id, s.drop_id, s.placement, day, s.times) for r, day in reports for s in merged(r.seen)
    )
    if not rows:
        return
    counted = await tx.fetch(
        "INSERT INTO drop_viewers AS v (id, merchant_id, member_id, drop_id, placement, day, views)"
        " SELECT gen_random_uuid(), * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::int[])"
        " ON CONFLICT (merchant_id, member_id, drop_id, placement, day) DO UPDATE SET views = v.views + excluded.views"
        f" WHERE v.views < {MOST_A_DAY} RETURNING merchant_id, member_id, drop_id, placement, day, views",
        *[list(column) for column in zip(*rows, strict=True)],
    )
    if not counted:  # all of them are beyond the bound
        return
    stores = {(r.merchant_id, r.member_id): r.store_id for r, _ in reports}
    said = {row[:5]: row[5] for row in rows}
    sums: dict[tuple[UUID, UUID, str, date, UUID | None], list[int]] = {}
    for row in counted:
        mark = (row["merchant_id"], row["member_id"], row["drop_id"], row["placement"], row["day"])
        store = stores[row["merchant_id"], row["member_id"]]
        total = sums.setdefault((row["merchant_id"], row["drop_id"], row["placement"], row["day"], store), [0, 0])
        total[0] += said[mark]
        total[1] += row["views"] == said[mark]  # what stands there is what was said: nobody had seen it before
    ordered = sorted(sums.items(), key=lambda item: (*item[0][:4], str(item[0][4])))
    await tx.execute(
        "INSERT INTO drop_exposures AS e (id, merchant_id, drop_id, placement, day, store_id, views, viewers)"
        " SELECT gen_random_uuid(), * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::uuid[], $6::bigint[], $7::bigint[])"
        " ON CONFLICT (merchant_id, drop_id, placement, day, store_id) DO UPDATE SET views = e.views + excluded.views,"
        " viewers = e.viewers + excluded.viewers",
        *[list(column) for column in zip(*[(*mark, *total) for mark, total in ordered], strict=True)],
    )


async def seen_today(merchant_id: UUID, member_id: UUID, placement: str, day: date) -> frozenset[UUID]:
    """Drops that a member saw at a placement on a day: a popup comes once."""
    rows = await database.fetch(
        "SELECT drop_id FROM drop_viewers WHERE merchant_id = $1 AND member_id = $2 AND placement = $3 AND day = $4",
        merchant_id,
        member_id,
        placement,
        day,
    )
    return frozenset(row["drop_id"] for row in rows)


async def forget_viewers(at: datetime, limit: int = 20_000) -> int:
    """Forgets who saw what on days that are over everywhere; the sums stay. Call again while it is not 0."""
    async with database.transaction() as tx:
        return await tx.execute(
            "DELETE FROM drop_viewers v USING (SELECT merchant_id, id FROM drop_viewers WHERE day < $1 ORDER BY day LIMIT $2"
            " FOR UPDATE SKIP LOCKED) old WHERE v.merchant_id = old.merchant_id AND v.id = old.id",
            (at - timedelta(days=KEPT_DAYS)).date(),
            limit,
        )


CLAIMED = (
    "count(*) AS claimed, count(*) FILTER (WHERE c.state = 'redeemed') AS redeemed,"
    " count(DISTINCT c.order_id) FILTER (WHERE c.state = 'redeemed') AS orders,"
    " coalesce(sum(c.took_fen) FILTER (WHERE c.state = 'redeemed'), 0)::bigint AS took_fen"
)


async def figures(merchant_id: UUID, drop_id: UUID, placements: Sequence[str]) -> list[Figures]:
    """What a drop did at each placement (K02, K12)."""
    rows = await database.fetch(
        "SELECT placement, sum(views)::bigint AS views, sum(viewers)::bigint AS viewers, sum(claimed)::bigint AS claimed, sum(redeemed)::bigint AS redeemed,"
        " sum(orders)::bigint AS orders, sum(took_fen)::bigint AS took_fen FROM ("
        " SELECT placement, views, viewers, 0 AS claimed, 0 AS redeemed, 0 AS orders, 0 AS took_fen FROM drop_exposures WHERE merchant_id = $1 AND drop_id = $2"
        f" UNION ALL SELECT c.placement, 0, 0, {CLAIMED} FROM coupons c WHERE c.merchant_id = $1 AND c.drop_id = $2 GROUP BY 1) x GROUP BY 1",
        merchant_id,
        drop_id,
    )
    return in_order([Figures(**row) for row in rows], placements)


async def figures_by_template(merchant_id: UUID, drop_id: UUID) -> dict[UUID, Figures]:
    """What became of a drop's coupons, by template: of one with tiers, by tier (K10)."""
    rows = await database.fetch(
        f"SELECT c.template_id, {CLAIMED} FROM coupons c WHERE c.merchant_id = $1 AND c.drop_id = $2 GROUP BY 1",
        merchant_id,
        drop_id,
    )
    return {
        row["template_id"]: Figures(None, **{name: n for name, n in row.items() if name != "template_id"})
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The same for one day of the merchant's calendar, one store and one link (`via`): claims and what became of them stand under
    the day of the claim."""

    day: date
    store_id: UUID | None
    via: str | None
    figures: Figures


async def figures_by_day(
    merchant_id: UUID, drop_id: UUID, tz: str, *, first: int, after: tuple[date, str, str, str] | None = None
) -> list[DayFigures]:
    """For export, oldest day first. `after` is (day, placement, store, link) of the last row had, "" for none."""
    rows: Sequence[Mapping[str, Any]] = await database.fetch(
        "SELECT day, placement, store_id, via, sum(views)::bigint AS views, sum(viewers)::bigint AS viewers, sum(claimed)::bigint AS claimed,"
        " sum(redeemed)::bigint AS redeemed, sum(orders)::bigint AS orders, sum(took_fen)::bigint AS took_fen FROM ("
        " SELECT day, placement, store_id, NULL AS via, views, viewers, 0 AS claimed, 0 AS redeemed, 0 AS orders, 0 AS took_fen"
        "  FROM drop_exposures WHERE merchant_id = $1 AND drop_id = $2"
        f" UNION ALL SELECT (c.claimed_at AT TIME ZONE $3)::date, c.placement, c.store_id, c.via, 0, 0, {CLAIMED}"
        "  FROM coupons c WHERE c.merchant_id = $1 AND c.drop_id = $2 GROUP BY 1, 2, 3, 4) x GROUP BY 1, 2, 3, 4"
        " HAVING $4::date IS NULL OR (day, coalesce(placement, ''), coalesce(store_id::text, ''), coalesce(via, '')) > ($4::date, $5::text, $6::text, $7::text)"
        " ORDER BY day, coalesce(placement, ''), coalesce(store_id::text, ''), coalesce(via, '') LIMIT $8",
        merchant_id,
        drop_id,
        tz,
        *(after or (None, None, None, None)),
        first,
    )
    keys = ("day", "store_id", "via")
    return [
        DayFigures(row["day"], row["store_id"], row["via"], Figures(**{k: v for k, v in row.items() if k not in keys}))
        for row in rows
    ]
