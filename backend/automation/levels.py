"""入会礼券, 升级礼券, 每月礼券: the coupon that the first level brings to whoever becomes a member (K04), any other to whoever is promoted to
it (K06, B04), and what a level brings each month (B04)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend import coupons, members, merchants
from backend.kit import database, outbox
from backend.kit.clock import local_day
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict
from backend.kit.ids import decode, new_id
from backend.kit.outbox import Stored

CONSUMER = "level-coupons"
TAKES = ("MemberJoined", "LevelChanged")


async def set_scheme(
    merchant_id: UUID, actor: str, scheme: members.Scheme, key: str, at: datetime
) -> members.SchemeInfo | members.Invalid | IdempotencyConflict:
    """A new scheme whose coupons are templates of the merchant, of which none is over; templates are never taken away."""
    if faults := await _faults(merchant_id, scheme, at):
        return members.Invalid(tuple(faults))
    return await members.levels.set_scheme(merchant_id, actor, scheme, key, at)


async def _faults(merchant_id: UUID, scheme: members.Scheme, at: datetime) -> list[members.Problem]:
    tz = (await merchants.get(merchant_id)).time_zone
    wanted = {
        f"levels[{n}].{field}": template_of(text)
        for n, level in enumerate(scheme.levels)
        for field, text in (("coupon", level.coupon), ("monthly", level.monthly))
        if text
    }
    known = {t.id: t for t in await coupons.templates(merchant_id, ids=[id_ for id_ in wanted.values() if id_])}
    found = []
    for path, id_ in wanted.items():
        if id_ not in known:
            found.append(members.Problem(path, "没有这个券模板"))
        elif known[id_].over(at, tz):
            found.append(members.Problem(path, "这种券的有效期已过"))
    return found


async def lasting(merchant_id: UUID, template_id: UUID | None, at: datetime) -> coupons.TemplateInfo | None:
    """The coupon of a level, as long as who gets it now could use it."""
    found = await coupons.templates(merchant_id, ids=[template_id]) if template_id else []
    tz = (await merchants.get(merchant_id)).time_zone
    return found[0] if found and not found[0].over(at, tz) else None


def coupon_of(level: members.Level) -> UUID | None:
    """The template of a level's coupon."""
    return template_of(level.coupon)


def template_of(text: str) -> UUID | None:
    """A template by the id that people see (tpl_…) or by its own."""
    try:
        return decode("tpl", text) or UUID(text)
    except ValueError:
        return None


async def give_monthly(secret: bytes, at: datetime) -> int:
    """每月礼券 (免费果切 and the like, B04): once a month of the merchant's calendar to each member, by the level held when this runs; safe
    to run as often as one likes. Who rises within the month keeps what was given. Returns how many were new."""
    given = 0
    for merchant in await merchants.all_merchants():
        scheme = (await members.scheme_info(merchant.id)).scheme
        brings = {level.id: template_of(level.monthly) for level in scheme.levels if level.monthly}
        lasts = {level: await lasting(merchant.id, template, at) for level, template in brings.items()}
        month = f"{local_day(at, merchant.time_zone):%Y-%m}"
        async for page in members.of_levels(merchant.id, [level for level, found in lasts.items() if found], at):
            had = await _had(merchant.id, month, [member.id for member in page])
            for member in page:
                template = lasts[member.level]
                if member.id not in had and template is not None:
                    given += await _give_month(secret, merchant.id, member, template.id, month, at)
    return given


async def _had(merchant_id: UUID, month: str, member_ids: Sequence[UUID]) -> set[UUID]:
    rows = await database.fetch(
        "SELECT member_id FROM monthly_gifts WHERE merchant_id = $1 AND month = $2 AND member_id = ANY($3::uuid[])",
        merchant_id,
        month,
        list(member_ids),
    )
    return {row["member_id"] for row in rows}


async def _give_month(
    secret: bytes, merchant_id: UUID, member: members.MemberInfo, template_id: UUID, month: str, at: datetime
) -> bool:
    """The mark and the coupon in one transaction; a coupon for which its template's budget has no room is written down there, once."""
    async with database.transaction() as tx:
        new = await tx.fetch(
            "INSERT INTO monthly_gifts (id, merchant_id, member_id, month, level, at) VALUES ($1,$2,$3,$4,$5,$6)"
            " ON CONFLICT (merchant_id, member_id, month) DO NOTHING RETURNING id",
            new_id(),
            merchant_id,
            member.id,
            month,
            member.level,
            at,
        )
        if not new:
            return False
        key = f"monthly:{month}:{member.id}"
        return await coupons.grant(tx, secret, merchant_id, member.id, template_id, "monthly", key, at) is not None


@dataclass(frozen=True, slots=True)
class _Due:
    """A coupon that an event brings to a member, under the business key that lets it come once."""

    merchant_id: UUID
    member_id: UUID
    template_id: UUID
    joining: bool
    key: str


async def give(tx: Tx, secret: bytes, events: Sequence[Stored], at: datetime) -> int:
    """The coupons of the levels that members rose to, and of the first level to who became one, by the scheme in force now; returns how
    many. Each level brings its coupon to one member once, for ever: who falls and climbs again has had it. Who leaps over a level gets
    that one's coupon too, as who climbs step by step does. A coupon that nobody could use any more is not given. The budgets of all
    templates of the batch are locked first, in the order of locks."""
    mine = [e for e in events if e.kind in TAKES]
    due = [d for event in await outbox.once(tx, CONSUMER, mine, at) for d in await _due(event, at)]
    for merchant_id in sorted({d.merchant_id for d in due}):
        await coupons.lock_room(tx, merchant_id, {d.template_id for d in due if d.merchant_id == merchant_id})
    made = [await _granted(tx, secret, d, at) for d in due]
    return sum(coupon is not None for coupon in made)


async def _granted(tx: Tx, secret: bytes, d: _Due, at: datetime) -> UUID | None:
    if d.joining:
        return await coupons.grant(tx, secret, d.merchant_id, d.member_id, d.template_id, "joining", d.key, at)
    return await coupons.grant(tx, secret, d.merchant_id, d.member_id, d.template_id, "level", d.key, at)


async def _due(event: Stored, at: datetime) -> list[_Due]:
    merchant_id, member_id = event.merchant_id, UUID(event.payload["member_id"])
    scheme = (await members.scheme_info(merchant_id)).scheme
    joining = event.kind == "MemberJoined"
    if joining:
        reached = [(scheme.levels[0], f"joining:{member_id}")]
    else:
        climbed = scheme.climbed(event.payload["before"], event.payload["after"])
        reached = [(level, f"level:{level.id}:{member_id}") for level in climbed]
    found = [(await lasting(merchant_id, coupon_of(level), at), key) for level, key in reached]
    return [_Due(merchant_id, member_id, template.id, joining, key) for template, key in found if template]
