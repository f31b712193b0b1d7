"""Coupon templates, drops and coupons: create, publish, list, lock for an order, redeem, release, grant, expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, events, pricing
from backend.coupons.rules import DropState, Problem, Validity, check_drop, coupon_code, drop_state
from backend.kit import database, idempotency, outbox
from backend.kit.crypto import derive
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id, stable_id


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    id: UUID
    code: str
    name: str
    content: Mapping[str, Any]
    scope: Mapping[str, Any]
    group: str
    valid_from: datetime | None
    valid_until: datetime | None
    valid_hours: int | None
    sku_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DropInfo:
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
    held_by_me: int


@dataclass(frozen=True, slots=True)
class CouponInfo:
    """`state` is exact at the moment of reading: an issued coupon past its end is expired, whatever the schedule did."""

    id: UUID
    code: str
    template: TemplateInfo
    state: str
    claimed_at: datetime
    valid_from: datetime
    expires_at: datetime
    order_id: UUID | None


@dataclass(frozen=True, slots=True)
class NewDrop:
    name: str
    content: Mapping[str, Any]
    scope: Mapping[str, Any]
    validity: Validity
    starts_at: datetime
    ends_at: datetime
    total: int
    per_member: int
    publish: bool


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class DropMissing:
    pass


@dataclass(frozen=True, slots=True)
class DropNotInState:
    state: DropState


@dataclass(frozen=True, slots=True)
class CouponTaken:
    """The coupon is not free: used, locked by another order, expired, or somebody else's."""

    coupon_id: UUID


TEMPLATE = (
    't.id AS t_id, t.code AS t_code, t.name AS t_name, t.content AS t_content, t.scope AS t_scope, t."group" AS t_group,'
    " t.valid_from AS t_from, t.valid_until AS t_until, t.valid_hours AS t_hours"
)


def _template(row: Mapping[str, Any], names: Mapping[str, str]) -> TemplateInfo:
    return TemplateInfo(
        row["t_id"],
        row["t_code"],
        row["t_name"],
        row["t_content"],
        row["t_scope"],
        row["t_group"],
        row["t_from"],
        row["t_until"],
        row["t_hours"],
        names,
    )


async def create_drop(
    merchant_id: UUID, actor: str, new: NewDrop, key: str, at: datetime
) -> DropInfo | Invalid | IdempotencyConflict:
    """Makes a template and its drop. Refused with every problem when anything is malformed."""
    problems = check_drop(
        new.name, new.starts_at, new.ends_at, new.total, new.per_member, new.validity, new.content, new.scope
    )
    if problems:
        return Invalid(tuple(problems))
    wish = {
        "name": new.name,
        "content": dict(new.content),
        "scope": dict(new.scope),
        "from": new.validity.valid_from,
        "until": new.validity.valid_until,
        "hours": new.validity.hours,
        "starts": new.starts_at,
        "ends": new.ends_at,
        "total": new.total,
        "per": new.per_member,
        "publish": new.publish,
    }
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createCouponDrop", wish, at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            drop_id = UUID(begun.answer["id"])
        else:
            drop_id, template_id = new_id(), new_id()
            await tx.execute(
                'INSERT INTO coupon_templates (id, merchant_id, code, name, content, scope, "group", valid_from, valid_until, valid_hours, created_at)'
                " VALUES ($1,$2,$3,$4,$5::jsonb,$6::jsonb,'coupon',$7,$8,$9,$10)",
                template_id,
                merchant_id,
                f"tpl_{template_id.hex[-12:]}",
                new.name.strip(),
                database.dumps(dict(new.content)),
                database.dumps(dict(new.scope)),
                new.validity.valid_from,
                new.validity.valid_until,
                new.validity.hours,
                at,
            )
            await tx.execute(
                "INSERT INTO coupon_drops (id, merchant_id, template_id, name, state, starts_at, ends_at, total, issued, redeemed, per_member, created_at)"
                " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0,0,$9,$10)",
                drop_id,
                merchant_id,
                template_id,
                new.name.strip(),
                "published" if new.publish else "draft",
                new.starts_at,
                new.ends_at,
                new.total,
                new.per_member,
                at,
            )
            await idempotency.finish(tx, begun, {"type": "CouponDrop", "id": str(drop_id)})
    return await _must_get(merchant_id, drop_id, at)


async def publish_drop(
    merchant_id: UUID, actor: str, drop_id: UUID, key: str, at: datetime
) -> DropInfo | DropMissing | DropNotInState | IdempotencyConflict:
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "publishCouponDrop", str(drop_id), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        row = await tx.fetchrow(
            "SELECT * FROM coupon_drops WHERE merchant_id = $1 AND id = $2 FOR UPDATE", merchant_id, drop_id
        )
        if row is None:
            return DropMissing()
        if not isinstance(begun, Replay):
            if row["state"] != "draft":
                return DropNotInState(
                    drop_state(row["state"], row["starts_at"], row["ends_at"], row["issued"], row["total"], at)
                )
            await tx.execute(
                "UPDATE coupon_drops SET state = 'published' WHERE merchant_id = $1 AND id = $2", merchant_id, drop_id
            )
            await idempotency.finish(tx, begun, {"type": "CouponDrop", "id": str(drop_id)})
    return await _must_get(merchant_id, drop_id, at)


async def drops(
    merchant_id: UUID,
    at: datetime,
    *,
    member_id: UUID | None = None,
    ids: Sequence[UUID] | None = None,
    published: bool = False,
    search: str | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[DropInfo]:
    """Drops, newest first. `published` leaves drafts out; `member_id` fills `held_by_me`."""
    text = database.pattern(search)
    rows = await database.fetch(
        f"SELECT d.*, {TEMPLATE}, coalesce(h.held, 0) AS held FROM coupon_drops d JOIN coupon_templates t ON t.merchant_id = d.merchant_id AND t.id = d.template_id"
        " LEFT JOIN drop_holders h ON h.merchant_id = d.merchant_id AND h.drop_id = d.id AND h.member_id = $2"
        " WHERE d.merchant_id = $1 AND ($3::uuid[] IS NULL OR d.id = ANY($3)) AND (NOT $4 OR d.state <> 'draft')"
        " AND ($5::text IS NULL OR d.name ILIKE '%' || $5 || '%') AND ($6::uuid IS NULL OR d.id < $6) ORDER BY d.id DESC LIMIT $7",
        merchant_id,
        member_id,
        list(ids) if ids is not None else None,
        published,
        text,
        after,
        first,
    )
    names = await catalog.names_in(merchant_id, [row["t_scope"] for row in rows])
    return [
        DropInfo(
            r["id"],
            r["name"],
            _template(r, names),
            drop_state(r["state"], r["starts_at"], r["ends_at"], r["issued"], r["total"], at),
            r["starts_at"],
            r["ends_at"],
            r["total"],
            r["issued"],
            r["redeemed"],
            r["per_member"],
            r["held"],
        )
        for r in rows
    ]


async def count_drops(merchant_id: UUID, search: str | None = None) -> int:
    return await database.fetchval(
        "SELECT count(*) FROM coupon_drops WHERE merchant_id = $1 AND ($2::text IS NULL OR name ILIKE '%' || $2 || '%')",
        merchant_id,
        database.pattern(search),
    )


async def _must_get(merchant_id: UUID, drop_id: UUID, at: datetime) -> DropInfo:
    found = await drops(merchant_id, at, ids=[drop_id])
    if not found:
        raise LookupError(f"drop {drop_id} vanished while it was read")
    return found[0]


async def names_of(merchant_id: UUID, coupon_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of coupons, by their templates."""
    rows = await database.fetch(
        "SELECT c.id, t.name FROM coupons c JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
        " WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[])",
        merchant_id,
        list(coupon_ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def coupons(
    merchant_id: UUID,
    member_id: UUID,
    at: datetime,
    *,
    states: Sequence[str] = (),
    ids: Sequence[UUID] | None = None,
    first: int = 100,
    after: UUID | None = None,
    soonest: bool = False,
) -> list[CouponInfo]:
    """A member's coupons, newest first; with `soonest` those that expire first."""
    rows = await database.fetch(
        f"SELECT * FROM (SELECT c.*, CASE WHEN c.state = 'issued' AND c.expires_at <= $3 THEN 'expired' ELSE c.state END AS shown, {TEMPLATE} FROM coupons c"
        " JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id WHERE c.merchant_id = $1 AND c.member_id = $2) x"
        " WHERE (cardinality($4::text[]) = 0 OR shown = ANY($4)) AND ($5::uuid[] IS NULL OR id = ANY($5)) AND ($6::uuid IS NULL OR id < $6)"
        f" ORDER BY {'expires_at, id' if soonest else 'id DESC'} LIMIT $7",
        merchant_id,
        member_id,
        at,
        list(states),
        list(ids) if ids is not None else None,
        after,
        first,
    )
    names = await catalog.names_in(merchant_id, [row["t_scope"] for row in rows])
    return [
        CouponInfo(
            r["id"],
            r["code"],
            _template(r, names),
            r["shown"],
            r["claimed_at"],
            r["valid_from"],
            r["expires_at"],
            r["order_id"],
        )
        for r in rows
    ]


async def usable(merchant_id: UUID, member_id: UUID, at: datetime) -> list[CouponInfo]:
    """Coupons that may be put into a quote: issued and not past their end; those that begin later are in it,
    so that the quote can say so. The soonest to expire first, at most 200."""
    return await coupons(merchant_id, member_id, at, states=("issued",), first=200, soonest=True)


async def count_usable(merchant_id: UUID, member_id: UUID, at: datetime) -> int:
    return await database.fetchval(
        "SELECT count(*) FROM coupons WHERE merchant_id = $1 AND member_id = $2 AND state = 'issued' AND expires_at > $3",
        merchant_id,
        member_id,
        at,
    )


def definition(coupon: CouponInfo) -> dict[str, Any]:
    """The coupon as the pricing engine reads it (docs/pricing.md)."""
    return {
        "id": f"cpn_{coupon.id.hex}",
        "template": coupon.template.code,
        "name": coupon.template.name,
        "scope": dict(coupon.template.scope),
        "content": dict(coupon.template.content),
        "group": coupon.template.group,
        "expires": coupon.expires_at.isoformat(),
        "when": {"from": coupon.valid_from.isoformat()},
    }


def offer_of(coupon: CouponInfo) -> pricing.Offer:
    return pricing.parse_coupon(definition(coupon))


async def lock(
    tx: Tx, merchant_id: UUID, member_id: UUID, coupon_ids: Sequence[UUID], order_id: UUID, at: datetime
) -> CouponTaken | None:
    """issued → locked by this order (C6), in id order, guarded in the statement. The caller rolls back on CouponTaken."""
    for coupon_id in sorted(coupon_ids):
        row = await tx.fetchrow(
            "UPDATE coupons SET state = 'locked', order_id = $4 WHERE merchant_id = $1 AND id = $2 AND member_id = $3 AND state = 'issued'"
            " AND valid_from <= $5 AND expires_at > $5 RETURNING id",
            merchant_id,
            coupon_id,
            member_id,
            order_id,
            at,
        )
        if row is None:
            return CouponTaken(coupon_id)
        await _moved(
            tx, merchant_id, coupon_id, member_id, "issued", "locked", at, f"order:{order_id}", "place", order_id
        )
    return None


async def redeem(tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime) -> int:
    """locked → redeemed for a paid order. Returns how many."""
    return await _order_step(tx, merchant_id, order_id, at, "redeemed", "pay", "state = 'redeemed'")


async def release(tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime) -> int:
    """locked → issued when an order is cancelled; the coupon keeps its own end."""
    return await _order_step(tx, merchant_id, order_id, at, "issued", "cancel", "state = 'issued', order_id = NULL")


async def returned_before(tx: Tx, merchant_id: UUID, order_id: UUID, *, lock: bool) -> list[UUID]:
    """Of an order's coupons those that came back from an order before; with `lock`, the coupons and their drops stay as
    they are until the end of the transaction."""
    rows = await tx.fetch(
        "SELECT c.id, c.drop_id, EXISTS (SELECT 1 FROM coupon_moves m WHERE m.merchant_id = c.merchant_id AND m.coupon_id = c.id"
        "  AND m.after = 'returned') AS was FROM coupons c WHERE c.merchant_id = $1 AND c.order_id = $2 ORDER BY c.id"
        + (" FOR UPDATE OF c" if lock else ""),
        merchant_id,
        order_id,
    )
    drops = [row["drop_id"] for row in rows if row["drop_id"]]
    if lock and drops:
        await tx.execute(
            "SELECT id FROM coupon_drops WHERE merchant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE",
            merchant_id,
            drops,
        )
    return [row["id"] for row in rows if row["was"]]


async def give_back(
    tx: Tx, merchant_id: UUID, order_id: UUID, ends: Mapping[UUID, datetime | None], actor: str, at: datetime
) -> int:
    """redeemed → returned → issued for coupons of a refunded order (C5), each with its new end (None: as it was). Returns
    how many came back."""
    rows = await tx.fetch(
        "SELECT id, member_id, drop_id, expires_at FROM coupons WHERE merchant_id = $1 AND order_id = $2 AND state = 'redeemed'"
        " AND id = ANY($3::uuid[]) ORDER BY id FOR UPDATE",
        merchant_id,
        order_id,
        list(ends),
    )
    for row in rows:
        await tx.execute(
            "UPDATE coupons SET state = 'issued', order_id = NULL, expires_at = $3 WHERE merchant_id = $1 AND id = $2",
            merchant_id,
            row["id"],
            ends[row["id"]] or row["expires_at"],
        )
        if row["drop_id"]:
            await tx.execute(
                "UPDATE coupon_drops SET redeemed = redeemed - 1 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                row["drop_id"],
            )
        for before, after in (("redeemed", "returned"), ("returned", "issued")):
            await _moved(tx, merchant_id, row["id"], row["member_id"], before, after, at, actor, "refund", order_id)
    return len(rows)


async def _order_step(
    tx: Tx, merchant_id: UUID, order_id: UUID, at: datetime, after: str, reason: str, change: str
) -> int:
    rows = await tx.fetch(
        "SELECT id, member_id, drop_id FROM coupons WHERE merchant_id = $1 AND order_id = $2 AND state = 'locked' ORDER BY id FOR UPDATE",
        merchant_id,
        order_id,
    )
    for row in rows:
        await tx.execute(f"UPDATE coupons SET {change} WHERE merchant_id = $1 AND id = $2", merchant_id, row["id"])
        if after == "redeemed" and row["drop_id"]:
            await tx.execute(
                "UPDATE coupon_drops SET redeemed = redeemed + 1 WHERE merchant_id = $1 AND id = $2",
                merchant_id,
                row["drop_id"],
            )
        await _moved(
            tx, merchant_id, row["id"], row["member_id"], "locked", after, at, f"order:{order_id}", reason, order_id
        )
    return len(rows)


async def _moved(
    tx: Tx,
    merchant_id: UUID,
    coupon_id: UUID,
    member_id: UUID,
    before: str | None,
    after: str,
    at: datetime,
    actor: str,
    reason: str,
    order_id: UUID | None = None,
) -> None:
    await tx.execute(
        "INSERT INTO coupon_moves (id, merchant_id, coupon_id, before, after, at, actor, reason, order_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        new_id(),
        merchant_id,
        coupon_id,
        before,
        after,
        at,
        actor,
        reason,
        order_id,
    )
    if before is not None:
        await outbox.emit(
            tx, merchant_id, f"member:{member_id}", events.CouponMoved(coupon_id, member_id, after, at), at
        )


async def ensure_template(
    tx: Tx,
    merchant_id: UUID,
    code: str,
    name: str,
    content: Mapping[str, Any],
    scope: Mapping[str, Any],
    hours: int,
    at: datetime,
) -> UUID:
    """A template that the product itself needs (birthday); made on first use."""
    template_id = stable_id(merchant_id, f"template:{code}")
    await tx.execute(
        'INSERT INTO coupon_templates (id, merchant_id, code, name, content, scope, "group", valid_hours, created_at)'
        " VALUES ($1,$2,$3,$4,$5::jsonb,$6::jsonb,'coupon',$7,$8) ON CONFLICT DO NOTHING",
        template_id,
        merchant_id,
        code,
        name,
        database.dumps(dict(content)),
        database.dumps(dict(scope)),
        hours,
        at,
    )
    return template_id


async def grant(
    tx: Tx,
    secret: bytes,
    merchant_id: UUID,
    member_id: UUID,
    template_id: UUID,
    source: str,
    business_key: str,
    at: datetime,
) -> UUID | None:
    """Gives a coupon without a claim. None when this business key has been granted already (M01: once)."""
    template = await tx.fetchrow(
        "SELECT valid_from, valid_until, valid_hours FROM coupon_templates WHERE merchant_id = $1 AND id = $2",
        merchant_id,
        template_id,
    )
    if template is None:
        raise LookupError(f"template {template_id} is not there")
    begins, ends = Validity(template["valid_from"], template["valid_until"], template["valid_hours"]).of_claim(at)
    coupon_id = new_id()
    row = await tx.fetchrow(
        "INSERT INTO coupons (id, merchant_id, template_id, member_id, code, state, source, business_key, claimed_at, valid_from, expires_at)"
        " VALUES ($1,$2,$3,$4,$5,'issued',$6,$7,$8,$9,$10) ON CONFLICT (merchant_id, business_key) DO NOTHING RETURNING id",
        coupon_id,
        merchant_id,
        template_id,
        member_id,
        coupon_code(merchant_id, coupon_id, derive(secret, "coupon-code")),
        source,
        business_key,
        at,
        begins,
        ends,
    )
    if row is None:
        return None
    await _moved(tx, merchant_id, coupon_id, member_id, None, "issued", at, "system", source)
    await outbox.emit(
        tx, merchant_id, f"member:{member_id}", events.CouponGranted(coupon_id, member_id, source, at), at
    )
    return coupon_id


async def expire_due(at: datetime, limit: int = 1000) -> int:
    """issued → expired in bulk for coupons past their end. Returns how many; call again while it is `limit`."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            "SELECT merchant_id, id, member_id FROM coupons WHERE state = 'issued' AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
            " FOR UPDATE SKIP LOCKED",
            at,
            limit,
        )
        for row in rows:
            await tx.execute(
                "UPDATE coupons SET state = 'expired' WHERE merchant_id = $1 AND id = $2", row["merchant_id"], row["id"]
            )
            await _moved(
                tx, row["merchant_id"], row["id"], row["member_id"], "issued", "expired", at, "system", "schedule"
            )
    return len(rows)
