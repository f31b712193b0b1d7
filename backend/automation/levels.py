"""入会礼券, 升级礼券: the coupon that the first level brings to whoever becomes a member (K04), and any other to whoever is promoted to it
(K06, B04)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend import coupons, members, merchants
from backend.kit import outbox
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict
from backend.kit.ids import decode
from backend.kit.outbox import Stored


async def set_scheme(
    merchant_id: UUID, actor: str, scheme: members.Scheme, key: str, at: datetime
) -> members.SchemeInfo | members.Invalid | IdempotencyConflict:
    """A new scheme whose coupons are templates of the merchant, of which none is over; templates are never taken away."""
    if faults := await _faults(merchant_id, scheme, at):
        return members.Invalid(tuple(faults))
    return await members.levels.set_scheme(merchant_id, actor, scheme, key, at)


async def _faults(merchant_id: UUID, scheme: members.Scheme, at: datetime) -> list[members.Problem]:
    tz = (await merchants.get(merchant_id)).time_zone
    wanted = {n: coupon_of(level) for n, level in enumerate(scheme.levels) if level.coupon}
    known = {t.id: t for t in await coupons.templates(merchant_id, ids=[id_ for id_ in wanted.values() if id_])}
    found = []
    for n, id_ in wanted.items():
        if id_ not in known:
            found.append(members.Problem(f"levels[{n}].coupon", "没有这个券模板"))
        elif known[id_].over(at, tz):
            found.append(members.Problem(f"levels[{n}].coupon", "这种券的有效期已过"))
    return found


async def lasting(merchant_id: UUID, template_id: UUID | None, at: datetime) -> coupons.TemplateInfo | None:
    """The coupon of a level, as long as who gets it now could use it."""
    found = await coupons.templates(merchant_id, ids=[template_id]) if template_id else []
    tz = (await merchants.get(merchant_id)).time_zone
    return found[0] if found and not found[0].over(at, tz) else None


def coupon_of(level: members.Level) -> UUID | None:
    """The template of a level's coupon, by the id that people see (tpl_…) or by its own."""
    try:
        return decode("tpl", level.coupon) or UUID(level.coupon)
    except ValueError:
        return None


async def give(tx: Tx, secret: bytes, events: Sequence[Stored], at: datetime) -> int:
    """The coupons of the levels that members rose to, and of the first level to who became one, by the scheme in force now; returns how
    many. Each level brings its coupon to one member once, for ever: who falls and climbs again has had it. Who leaps over a level gets
    that one's coupon too, as who climbs step by step does. A coupon that nobody could use any more is not given."""
    given = 0
    mine = [e for e in events if e.kind in ("MemberJoined", "LevelChanged")]
    for event in await outbox.once(tx, "level-coupons", mine, at):
        member_id = UUID(event.payload["member_id"])
        scheme = (await members.scheme_info(event.merchant_id)).scheme
        if event.kind == "MemberJoined":
            if (template := await lasting(event.merchant_id, coupon_of(scheme.levels[0]), at)) is not None:
                key = f"joining:{member_id}"
                made = await coupons.grant(tx, secret, event.merchant_id, member_id, template.id, "joining", key, at)
                given += made is not None
            continue
        for level in scheme.climbed(event.payload["before"], event.payload["after"]):
            if (template := await lasting(event.merchant_id, coupon_of(level), at)) is not None:
                key = f"level:{level.id}:{member_id}"
                made = await coupons.grant(tx, secret, event.merchant_id, member_id, template.id, "level", key, at)
                given += made is not None
    return given
