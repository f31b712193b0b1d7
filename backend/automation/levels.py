"""入会礼券, 升级礼券, 每月礼券: the coupon that the first level brings to whoever becomes a member (K04), any other to whoever is promoted to
it (K06, B04), and what a level brings each month (B04). What it brings on a birthday stands in birthdays.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
        for field, text in (("coupon", level.coupon), ("monthly", level.monthly), ("birthday", level.birthday))
        if text
    }
    known = {t.id: t for t in await coupons.templates(merchant_id, ids=[id_ for id_ in wanted.values() if id_])}
    found = []
    for path, id_ in wanted.items():
        if id_ not in known:
            found.append(members.Problem(path, "没有这个券模板"))
        elif known[id_].over(at, tz):
            found.append(members.Problem(path, "这种券的有效期已过"))
        elif path.endswith(".birthday") and known[id_].face_fen is None:
            found.append(members.Problem(path, "这种券没有确定的最高优惠额，生日消息里说不出值多少钱，请换一种"))
    return found


GIFTS = {"coupon": "升级礼券", "monthly": "每月礼券", "birthday": "生日礼券"}


async def warnings(merchant_id: UUID, scheme: members.Scheme, at: datetime) -> list[members.Problem]:
    """What the levels of a scheme in force promise and no longer bring, each at its place, for whoever sets it: coupons whose time is
    over, and that no birthday brings anything, which stands at `levels`."""
    named = {
        f"levels[{n}].{gift}": (level.name, "入会礼券" if gift == "coupon" and n == 0 else words, template_of(text))
        for n, level in enumerate(scheme.levels)
        for gift, words in GIFTS.items()
        if (text := getattr(level, gift))
    }
    known = {t.id: t for t in await coupons.templates(merchant_id, ids=[id_ for *_, id_ in named.values() if id_])}
    tz = (await merchants.get(merchant_id)).time_zone
    over = {path: known[id_].name for path, (*_, id_) in named.items() if id_ in known and known[id_].over(at, tz)}
    birthdays = [path for path in named if path.endswith(".birthday")]
    found = []
    if birthdays and all(path in over for path in birthdays):
        said = "各等级选的生日礼券都过了有效期：现在会员过生日收不到券，也收不到祝福。请换一种券；都不选，则全员发统一的生日礼券"
        found.append(members.Problem("levels", said))
    for path, (level, gift, _) in named.items():
        if path in over:
            found.append(members.Problem(path, f"{level}的{gift}「{over[path]}」过了有效期，已不再发放"))
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
    return sum([await give_month(secret, merchant, at) for merchant in await merchants.all_merchants()])


async def give_month(secret: bytes, merchant: merchants.MerchantInfo, at: datetime) -> int:
    """The month's coupons of one merchant."""
    given = 0
    scheme = (await members.scheme_info(merchant.id)).scheme
    brings = {level.id: template_of(level.monthly) for level in scheme.levels if level.monthly}
    lasts = {level: await lasting(merchant.id, template, at) for level, template in brings.items()}
    month = f"{local_day(at, merchant.time_zone):%Y-%m}"
    async for page in members.of_levels(merchant.id, [level for level, found in lasts.items() if found], at):
        had = await _had(merchant.id, month, [member.id for member in page])
        keys = {member.id: _month_key(month, member.id) for member in page}
        vain = await in_vain(merchant.id, keys, {found.id for found in lasts.values() if found})
        for member in page:
            template = lasts[member.level]
            if member.id not in had and template is not None and (member.id, template.id) not in vain:
                given += await _give_month(secret, merchant.id, member, template.id, month, at)
    return given


def _month_key(month: str, member_id: UUID) -> str:
    return f"monthly:{month}:{member_id}"


async def in_vain(
    merchant_id: UUID, keys: Mapping[UUID, str], template_ids: Collection[UUID]
) -> set[tuple[UUID, UUID]]:
    """Members, by whom the business key of what is due, of whom it is written down already that a template without room had nothing
    for them under that key: not worth asking yet."""
    full = await coupons.without_room(merchant_id, template_ids)
    if not full:
        return set()
    told = await coupons.refused_keys(merchant_id, keys.values())
    return {(member, template) for member, key in keys.items() if key in told for template in full}


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
    """The coupon and its mark in one transaction. Where its template's budget has no room that is written down, once, and there is no
    mark: the next run of this month asks again."""
    async with database.transaction() as tx:
        key = _month_key(month, member.id)
        if await coupons.grant(tx, secret, merchant_id, member.id, template_id, "monthly", key, at) is None:
            return False
        await tx.execute(
            "INSERT INTO monthly_gifts (id, merchant_id, member_id, month, level, at) VALUES ($1,$2,$3,$4,$5,$6)"
            " ON CONFLICT (merchant_id, member_id, month) DO NOTHING",
            new_id(),
            merchant_id,
            member.id,
            month,
            member.level,
            at,
        )
        return True


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


AGAIN = ("joining", "level")


async def give_refused(secret: bytes, at: datetime) -> int:
    """Coupons of levels that found no room in the budget of their template are asked for again, the oldest first, by the scheme and the
    level of now; safe to run as often as one likes, for each comes once under the key of the first time. Returns how many were given."""
    return sum([await give_again(secret, merchant, at) for merchant in await merchants.all_merchants()])


async def give_again(secret: bytes, merchant: merchants.MerchantInfo, at: datetime) -> int:
    """Those of one merchant."""
    given, last = 0, None
    while page := await coupons.refused(merchant.id, AGAIN, last):
        due = await _still_due(merchant.id, page, at)
        if due:
            async with database.transaction() as tx:
                await coupons.lock_room(tx, merchant.id, {d.template_id for d in due})
                made = [await _granted(tx, secret, d, at) for d in due]
            given += sum(coupon is not None for coupon in made)
        last = page[-1]
    return given


async def _still_due(merchant_id: UUID, page: Sequence[coupons.Refusal], at: datetime) -> list[_Due]:
    """Those whose level brings a coupon that has room now, to members who hold that level, or a higher one, still."""
    scheme = (await members.scheme_info(merchant_id)).scheme
    lasts = {level.id: await lasting(merchant_id, coupon_of(level), at) for level in scheme.levels}
    full = await coupons.without_room(merchant_id, [found.id for found in lasts.values() if found])
    brings = {level: found.id for level, found in lasts.items() if found and found.id not in full}
    people = await members.many(merchant_id, [r.member_id for r in page], at) if brings else {}
    found = []
    for r in page:
        joining = r.source == "joining"
        level = (
            scheme.levels[0].id if joining else r.business_key.removeprefix("level:").removesuffix(f":{r.member_id}")
        )
        who, template = people.get(r.member_id), brings.get(level)
        if template and who and scheme.rank(who.level) >= scheme.rank(level):
            found.append(_Due(merchant_id, r.member_id, template, joining, r.business_key))
    return found
