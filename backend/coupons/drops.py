"""Coupon drops: make, publish, add stock, end, list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, events, merchants
from backend.coupons.code_rules import normal, shared_code_fault
from backend.coupons.content_rules import face_of
from backend.coupons.extras import Extra, worth
from backend.coupons.rules import (
    MAX_BUDGET_FEN,
    MAX_TOTAL,
    Access,
    Audience,
    DropState,
    NewDrop,
    NewExtra,
    NewTemplate,
    Problem,
    Room,
    Validity,
    check_drop,
    drop_state,
    outlived,
    room_of,
)
from backend.coupons.template_budgets import left_of
from backend.coupons.templates import (
    TEMPLATE,
    Invalid,
    TemplateInfo,
    TemplateMissing,
    exchange_template,
    insert_template,
    template_faults,
    template_of,
    templates,
)
from backend.coupons.tier_rules import check_tiers
from backend.kit import database, idempotency, outbox
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id


@dataclass(frozen=True, slots=True)
class BatchInfo:
    position: int
    opens_at: datetime
    share: int
    issued: int


@dataclass(frozen=True, slots=True)
class TierInfo:
    """One tier of a drop (K10), from 1. `claimed`, `redeemed`: coupons of it, where they were counted."""

    position: int
    audience: Audience
    template: TemplateInfo


@dataclass(frozen=True, slots=True)
class DropInfo:
    """`left` is what may be claimed at the instant of reading. `held_by_me`, `held_today`: the member asked for. `tier` is whose
    template it is shown with, None of a drop without tiers; `left` is then what of that tier may be claimed. `spare`: what the budgets
    of its templates have left, fen."""

    id: UUID
    name: str
    template: TemplateInfo
    state: DropState
    starts_at: datetime
    ends_at: datetime
    total: int
    issued: int
    redeemed: int
    per_member: int
    per_day: int | None
    access: Access
    shared_code: str | None
    audience: Audience
    placements: tuple[str, ...]
    channels: tuple[str, ...]
    scene: Mapping[str, Any] | None
    batches: tuple[BatchInfo, ...]
    carry: bool
    gives_back: bool
    budget_fen: int | None
    promised_fen: int
    spent_fen: int
    extra: Extra | None
    left: Room
    held_by_me: int
    held_today: int
    tiers: tuple[TierInfo, ...] = ()
    tier: int | None = None
    spare: Mapping[UUID, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CouponEndsTooEarly:
    """A coupon must outlive its claim window (K02): nothing was made."""

    valid_until: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class DropMissing:
    pass


@dataclass(frozen=True, slots=True)
class DropNotInState:
    state: DropState


class _CodeTaken(Exception):
    """The shared code belongs to another drop: everything is rolled back."""


async def create_drop(
    merchant_id: UUID, actor: str, new: NewDrop, key: str, at: datetime
) -> DropInfo | Invalid | CouponEndsTooEarly | TemplateMissing | IdempotencyConflict:
    """Makes a drop, with its template unless that is there. Refused with every problem when anything is malformed."""
    if new.shared_code is not None:
        new = replace(new, shared_code=normal(new.shared_code))
    refused = await _refused(merchant_id, new)
    if refused is not None:
        return refused
    extra_fen = (await worth(merchant_id, new.extra)).fen if new.extra else 0
    try:
        async with database.transaction() as tx:
            begun = await idempotency.begin(tx, merchant_id, actor, key, "createCouponDrop", asdict(new), at)
            if isinstance(begun, IdempotencyConflict):
                return begun
            if isinstance(begun, Replay):
                drop_id = UUID(begun.answer["id"])
            else:
                drop_id = await _insert_drop(tx, merchant_id, new, extra_fen, at)
                await idempotency.finish(tx, begun, {"type": "CouponDrop", "id": str(drop_id)})
    except _CodeTaken:
        return Invalid((Problem("sharedCode", "这个口令已用于另一个活动，请换一个"),))
    return await must_get(merchant_id, drop_id, at)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a drop gives, as far as it is well formed."""

    validity: Validity
    face_fen: int | None
    problems: tuple[Problem, ...] = ()


async def _kinds(merchant_id: UUID, new: NewDrop) -> list[_Kind] | TemplateMissing:
    """The template of a drop, or those of its tiers."""
    found: list[_Kind] = []
    for n, kind in enumerate([tier.template for tier in new.tiers] or [new.template]):
        if isinstance(kind, UUID):
            there = await templates(merchant_id, ids=[kind])
            if not there:
                return TemplateMissing()
            found.append(_Kind(there[0].validity, there[0].face_fen))
            continue
        problems = await template_faults(merchant_id, kind)
        if new.tiers:  # what is told of its content stands in the tier, all else is said once for all of them
            problems = [
                Problem(f"tiers[{n}].{p.path}", p.message) if p.path.split(".")[0] in ("content", "scope") else p
                for p in problems
            ]
        found.append(_Kind(kind.validity, None if problems else face_of(kind.content), tuple(problems)))
    return found


async def _refused(merchant_id: UUID, new: NewDrop) -> Invalid | CouponEndsTooEarly | TemplateMissing | None:
    kinds = await _kinds(merchant_id, new)
    if isinstance(kinds, TemplateMissing):
        return kinds
    problems = [problem for kind in kinds for problem in kind.problems]
    extra_fen = 0
    if new.extra is not None:
        found_worth = await worth(merchant_id, new.extra)
        extra_fen, problems = found_worth.fen, [*problems, *found_worth.problems]
    for kind in kinds:
        problems += check_drop(new, kind.validity, kind.face_fen, extra_fen)
    problems += check_tiers(new)
    if new.shared_code is not None and (fault := shared_code_fault(new.shared_code)):
        problems.append(Problem("sharedCode", fault))
    if new.shared_code is not None and await database.fetchval(  # whoever enters it would use up somebody's own code
        "SELECT EXISTS (SELECT 1 FROM coupon_codes WHERE merchant_id = $1 AND code = $2)", merchant_id, new.shared_code
    ):
        problems.append(Problem("sharedCode", "这个口令已是券码池里的一个券码，请换一个"))
    stores = {str(store.id) for store in await merchants.stores(merchant_id)}
    audiences = [("audience", new.audience), *((f"tiers[{n}].audience", t.audience) for n, t in enumerate(new.tiers))]
    problems += [
        Problem(f"{path}.homeStores", "没有这家门店")
        for path, audience in audiences
        if any(store not in stores for store in audience.home_stores)
    ]
    problems = list({(p.path, p.message): p for p in problems}.values())
    early = [k.validity.valid_until for k in kinds if outlived(k.validity, new.ends_at) and k.validity.valid_until]
    if [p.path for p in problems] == ["validUntil"] and early:
        return CouponEndsTooEarly(min(early), new.ends_at)
    return Invalid(tuple(problems)) if problems else None


async def _made(tx: Tx, merchant_id: UUID, kind: NewTemplate | UUID, at: datetime) -> UUID:
    return kind if isinstance(kind, UUID) else await insert_template(tx, merchant_id, kind, at)


async def _insert_drop(tx: Tx, merchant_id: UUID, new: NewDrop, extra_fen: int, at: datetime) -> UUID:
    drop_id, extra = new_id(), new.extra or NewExtra()
    kinds = [await _made(tx, merchant_id, kind, at) for kind in [t.template for t in new.tiers] or [new.template]]
    gift = await exchange_template(tx, merchant_id, extra.gift_sku, extra.gift_days, at) if extra.gift_sku else None
    made = await tx.fetch(
        "INSERT INTO coupon_drops (id, merchant_id, template_id, name, state, starts_at, ends_at, total, issued, redeemed, per_member, created_at,"
        " per_day, access, shared_code, audience, placements, channels, scene, carry, gives_back, budget_fen, with_points, gift_template_id, extra_fen)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,0,$9,$10,$11,$12,$13,$14::jsonb,$15::jsonb,$16::jsonb,$17::jsonb,$18,$19,$20,$21,$22,$23)"
        " ON CONFLICT DO NOTHING RETURNING id",
        drop_id,
        merchant_id,
        kinds[0],
        new.name.strip(),
        "published" if new.publish else "draft",
        new.starts_at,
        new.ends_at,
        new.total,
        new.per_member,
        at,
        new.per_day,
        new.access,
        new.shared_code,
        database.dumps(new.audience.to_json()),
        database.dumps(list(dict.fromkeys(new.placements))),
        database.dumps(list(dict.fromkeys(new.channels))),
        database.dumps(dict(new.scene)) if new.scene is not None else None,
        new.carry,
        new.gives_back,
        new.budget_fen,
        extra.points,
        gift,
        extra_fen,
    )
    if not made:
        raise _CodeTaken
    for position, (tier, template_id) in enumerate(zip(new.tiers, kinds if new.tiers else (), strict=True), 1):
        await tx.execute(
            "INSERT INTO drop_tiers (id, merchant_id, drop_id, position, audience, template_id) VALUES ($1,$2,$3,$4,$5::jsonb,$6)",
            new_id(),
            merchant_id,
            drop_id,
            position,
            database.dumps(tier.audience.to_json()),
            template_id,
        )
    for position, batch in enumerate(new.batches):
        await tx.execute(
            "INSERT INTO drop_batches (id, merchant_id, drop_id, position, opens_at, share) VALUES ($1,$2,$3,$4,$5,$6)",
            new_id(),
            merchant_id,
            drop_id,
            position,
            batch.opens_at,
            batch.share,
        )
    return drop_id


async def publish_drop(
    merchant_id: UUID, actor: str, drop_id: UUID, key: str, at: datetime
) -> DropInfo | DropMissing | DropNotInState | IdempotencyConflict:
    async with database.transaction() as tx:
        begun = await _begin(tx, merchant_id, actor, drop_id, "publishCouponDrop", str(drop_id), key, at)
        if isinstance(begun, (IdempotencyConflict, DropMissing)):
            return begun
        fresh, row = begun
        if fresh is not None:
            if row["state"] != "draft":
                return DropNotInState((await must_get(merchant_id, drop_id, at)).state)
            await tx.execute(
                "UPDATE coupon_drops SET state = 'published' WHERE merchant_id = $1 AND id = $2", merchant_id, drop_id
            )
            await _changed(tx, merchant_id, drop_id, "published", at)
            await idempotency.finish(tx, fresh, {"type": "CouponDrop", "id": str(drop_id)})
    return await must_get(merchant_id, drop_id, at)


async def add_stock(
    merchant_id: UUID, actor: str, drop_id: UUID, count: int, budget_fen: int, key: str, at: datetime
) -> DropInfo | Invalid | DropMissing | DropNotInState | IdempotencyConflict:
    """追加: more coupons, more budget (fen), or both. Of a drop with timed batches the newest open one grows (the first
    while none is open). Processes that refuse from memory are told."""
    problems = []
    if not 0 <= count <= MAX_TOTAL:
        problems.append(Problem("count", f"追加数量须为 0–{MAX_TOTAL}"))
    if not 0 <= budget_fen <= MAX_BUDGET_FEN or (count == 0 and budget_fen == 0):
        problems.append(Problem("budgetFen", "追加数量与追加预算至少填一项"))
    async with database.transaction() as tx:
        wish = [str(drop_id), count, budget_fen]
        begun = await _begin(tx, merchant_id, actor, drop_id, "addCouponDropStock", wish, key, at)
        if isinstance(begun, (IdempotencyConflict, DropMissing)):
            return begun
        fresh, row = begun
        if fresh is not None:
            if row["budget_fen"] is None and budget_fen:
                problems.append(Problem("budgetFen", "这个活动没有预算上限，不需要追加"))
            if row["total"] + count > MAX_TOTAL:
                problems.append(Problem("count", f"发放总量最多 {MAX_TOTAL}"))
            if problems:
                return Invalid(tuple(problems))
            if row["state"] == "ended" or at >= row["ends_at"]:
                return DropNotInState("ENDED")
            await tx.execute(
                "UPDATE coupon_drops SET total = total + $3, budget_fen = budget_fen + $4 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                drop_id,
                count,
                budget_fen,
            )
            await tx.execute(
                "UPDATE drop_batches SET share = share + $3 WHERE merchant_id = $1 AND drop_id = $2 AND position ="
                " (SELECT coalesce(max(position) FILTER (WHERE opens_at <= $4), 0) FROM drop_batches WHERE merchant_id = $1 AND drop_id = $2)",
                merchant_id,
                drop_id,
                count,
                at,
            )
            await _changed(tx, merchant_id, drop_id, "stock", at)
            await idempotency.finish(tx, fresh, {"type": "CouponDrop", "id": str(drop_id)})
    return await must_get(merchant_id, drop_id, at)


async def end_drop(
    merchant_id: UUID, actor: str, drop_id: UUID, key: str, at: datetime
) -> DropInfo | DropMissing | IdempotencyConflict:
    """Stops a drop for good; coupons that were claimed keep their promise (P06)."""
    async with database.transaction() as tx:
        begun = await _begin(tx, merchant_id, actor, drop_id, "endCouponDrop", str(drop_id), key, at)
        if isinstance(begun, (IdempotencyConflict, DropMissing)):
            return begun
        fresh, _ = begun
        if fresh is not None:
            await tx.execute(
                "UPDATE coupon_drops SET state = 'ended' WHERE merchant_id = $1 AND id = $2", merchant_id, drop_id
            )
            await _changed(tx, merchant_id, drop_id, "ended", at)
            await idempotency.finish(tx, fresh, {"type": "CouponDrop", "id": str(drop_id)})
    return await must_get(merchant_id, drop_id, at)


async def _begin(
    tx: Tx, merchant_id: UUID, actor: str, drop_id: UUID, command: str, wish: object, key: str, at: datetime
) -> tuple[idempotency.Fresh | None, dict[str, Any]] | IdempotencyConflict | DropMissing:
    """Idempotency key, then the drop, locked. `Fresh` is None for a replay."""
    begun = await idempotency.begin(tx, merchant_id, actor, key, command, wish, at)
    if isinstance(begun, IdempotencyConflict):
        return begun
    row = await tx.fetchrow(
        "SELECT * FROM coupon_drops WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, drop_id
    )
    if row is None:
        return DropMissing()
    return (None if isinstance(begun, Replay) else begun), row


async def _changed(tx: Tx, merchant_id: UUID, drop_id: UUID, change: str, at: datetime) -> None:
    await outbox.emit(tx, merchant_id, f"drop:{drop_id}", events.CouponDropChanged(drop_id, change, at), at)


async def drops(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    published: bool = False,
    placement: str | None = None,
    since: datetime | None = None,
    search: str | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[DropInfo]:
    """Drops, newest first. `published` leaves drafts and private ones out; `placement` narrows to those shown there, `since` to
    those whose window ends later: what is long over takes no place among the `first`. `member_id` fills what that member holds."""
    tz = (await merchants.get(merchant_id)).time_zone
    rows = await database.fetch(
        f"SELECT d.*, {TEMPLATE}, coalesce(h.held, 0) AS held, coalesce(y.held, 0) AS held_today FROM coupon_drops d"
        " JOIN coupon_templates t ON t.merchant_id = d.merchant_id AND t.id = d.template_id"
        " LEFT JOIN drop_holders h ON h.merchant_id = d.merchant_id AND h.drop_id = d.id AND h.member_id = $2"
        " LEFT JOIN drop_days y ON y.merchant_id = d.merchant_id AND y.drop_id = d.id AND y.member_id = $2 AND y.day = $8"
        " WHERE d.merchant_id = $1 AND ($3::uuid[] IS NULL OR d.id = ANY($3)) AND (NOT $4 OR (d.state <> 'draft' AND d.access = 'public'))"
        " AND ($5::text IS NULL OR d.name ILIKE '%' || $5 || '%') AND ($6::uuid IS NULL OR d.id < $6)"
        " AND ($9::text IS NULL OR d.placements ? $9) AND ($10::timestamptz IS NULL OR d.ends_at > $10) ORDER BY d.id DESC LIMIT $7",
        merchant_id,
        member_id,
        list(ids) if ids is not None else None,
        published,
        database.pattern(search),
        after,
        first,
        local_day(at, tz),
        placement,
        since,
    )
    batches: dict[UUID, list[BatchInfo]] = {}
    for b in await database.fetch(
        "SELECT drop_id, position, opens_at, share, issued FROM drop_batches WHERE merchant_id = $1 AND drop_id = ANY($2::uuid[])"
        " ORDER BY drop_id, position",
        merchant_id,
        [row["id"] for row in rows],
    ):
        batches.setdefault(b["drop_id"], []).append(BatchInfo(b["position"], b["opens_at"], b["share"], b["issued"]))
    names = await catalog.names_in(merchant_id, [row["t_scope"] for row in rows] + [row["t_content"] for row in rows])
    extras, tiers = await _extras(merchant_id, rows), await _tiers(merchant_id, rows)
    kinds = {row["t_id"] for row in rows} | {t.template.id for its in tiers.values() for t in its}
    spare = await left_of(merchant_id, kinds)
    return [
        _drop(row, tuple(batches.get(row["id"], ())), names, extras.get(row["id"]), tiers.get(row["id"], ()), spare, at)
        for row in rows
    ]


async def _tiers(merchant_id: UUID, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, tuple[TierInfo, ...]]:
    """The tiers of some drops, in order; those without are left out."""
    found = await database.fetch(
        "SELECT drop_id, position, audience, template_id FROM drop_tiers WHERE merchant_id = $1 AND drop_id = ANY($2::uuid[])"
        " ORDER BY drop_id, position",
        merchant_id,
        [row["id"] for row in rows],
    )
    wanted = {row["template_id"] for row in found}
    kinds = {t.id: t for t in await templates(merchant_id, ids=list(wanted), first=len(wanted))} if wanted else {}
    tiers: dict[UUID, tuple[TierInfo, ...]] = {}
    for row in found:
        tier = TierInfo(row["position"], Audience.from_json(row["audience"]), kinds[row["template_id"]])
        tiers[row["drop_id"]] = (*tiers.get(row["drop_id"], ()), tier)
    return tiers


async def _extras(merchant_id: UUID, rows: Sequence[Mapping[str, Any]]) -> dict[UUID, Extra]:
    """What some drops give beside their coupons, by drop."""
    rich = [row for row in rows if row["with_points"] or row["gift_template_id"]]
    wanted = {row["gift_template_id"] for row in rich if row["gift_template_id"]}
    gifts = {t.id: t for t in await templates(merchant_id, ids=list(wanted))} if wanted else {}
    return {row["id"]: Extra(row["with_points"], gifts.get(row["gift_template_id"]), row["extra_fen"]) for row in rich}


async def extra_of(merchant_id: UUID, drop_id: UUID) -> Extra | None:
    """What a drop gives beside its coupon."""
    rows = await database.fetch(
        "SELECT id, with_points, gift_template_id, extra_fen FROM coupon_drops WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        drop_id,
    )
    return (await _extras(merchant_id, rows)).get(drop_id)


def _drop(
    row: Mapping[str, Any],
    batches: tuple[BatchInfo, ...],
    names: Mapping[str, str],
    extra: Extra | None,
    tiers: tuple[TierInfo, ...],
    spare: Mapping[UUID, int],
    at: datetime,
) -> DropInfo:
    """As somebody sees it of whom nothing is known: with its first tier, and claimable while any of its tiers is. `spare` is what
    the budgets of templates have left."""
    own = None if row["budget_fen"] is None else row["budget_fen"] - row["promised_fen"] - row["spent_fen"]
    kinds = [(t.template.id, t.template.face_fen or 0) for t in tiers] or [(row["t_id"], row["t_face"] or 0)]
    shares = [(b.opens_at, b.share, b.issued) for b in batches]
    rooms = [
        room_of(
            row["total"],
            row["issued"],
            shares,
            row["carry"],
            _budgets(own, row["extra_fen"], face, spare.get(kind)),
            at,
        )
        for kind, face in kinds
    ]
    left = max(rooms, key=lambda room: room.room)
    return DropInfo(
        id=row["id"],
        name=row["name"],
        template=template_of(row, names),
        state=drop_state(row["state"], row["starts_at"], row["ends_at"], left, at),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        total=row["total"],
        issued=row["issued"],
        redeemed=row["redeemed"],
        per_member=row["per_member"],
        per_day=row["per_day"],
        access=row["access"],
        shared_code=row["shared_code"],
        audience=Audience.from_json(row["audience"]),
        placements=tuple(row["placements"]),
        channels=tuple(row["channels"]),
        scene=row["scene"],
        batches=batches,
        carry=row["carry"],
        gives_back=row["gives_back"],
        budget_fen=row["budget_fen"],
        promised_fen=row["promised_fen"],
        spent_fen=row["spent_fen"],
        extra=extra,
        left=left,
        held_by_me=row["held"],
        held_today=row["held_today"],
        tiers=tiers,
        tier=1 if tiers else None,
        spare=spare,
    )


def _budgets(own: int | None, extra_fen: int, face_fen: int, kind: int | None) -> list[tuple[int, int]]:
    """(fen left, what one takes of it) of the drop's own budget and of its template's, where they have one."""
    found = [] if own is None else [(own, face_fen + extra_fen)]
    return found if kind is None else [*found, (kind, face_fen)]


def with_tier(d: DropInfo, tier: int, at: datetime) -> DropInfo:
    """A drop as somebody of this tier sees it: the coupon of the tier, and as many of them as may be claimed."""
    template = d.tiers[tier - 1].template
    own = None if d.budget_fen is None else d.budget_fen - d.promised_fen - d.spent_fen
    budgets = _budgets(own, d.extra.fen if d.extra else 0, template.face_fen or 0, d.spare.get(template.id))
    left = room_of(d.total, d.issued, [(b.opens_at, b.share, b.issued) for b in d.batches], d.carry, budgets, at)
    stored = {"DRAFT": "draft", "ENDED": "ended"}.get(d.state, "published")
    state = drop_state(stored, d.starts_at, d.ends_at, left, at)
    return replace(d, template=template, tier=tier, left=left, state=state)


async def count_drops(merchant_id: UUID, search: str | None = None) -> int:
    return await database.fetchval(
        "SELECT count(*) FROM coupon_drops WHERE merchant_id = $1 AND ($2::text IS NULL OR name ILIKE '%' || $2 || '%')",
        merchant_id,
        database.pattern(search),
    )


async def must_get(merchant_id: UUID, drop_id: UUID, at: datetime) -> DropInfo:
    found = await drops(merchant_id, at, ids=[drop_id])
    if not found:
        raise LookupError(f"drop {drop_id} vanished while it was read")
    return found[0]
