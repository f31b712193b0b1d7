"""Coupon templates: what a coupon is. Made, found, asked what they bear."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend import catalog, offers
from backend.coupons.content_rules import face_of
from backend.coupons.rules import NewTemplate, Problem, Validity, bearing_path, check_template
from backend.coupons.stacking_rules import ALONE, MOST_NAMED, Stacking
from backend.kit import database, idempotency
from backend.kit.database import Tx
from backend.kit.idempotency import IdempotencyConflict, Replay
from backend.kit.ids import new_id, stable_id


@dataclass(frozen=True, slots=True)
class TemplateInfo:
    """`face_fen` is the most it takes off, None when the template alone does not say; `times` are weekdays and hours as in `when`."""

    id: UUID
    code: str
    name: str
    content: Mapping[str, Any]
    scope: Mapping[str, Any]
    group: str
    validity: Validity
    face_fen: int | None
    return_policy: str
    grace_days: int | None
    bearing: offers.Terms
    sku_names: Mapping[str, str]
    uses_per_day: int | None = None
    times: Mapping[str, Any] = field(default_factory=dict)
    stacking: Stacking = ALONE
    full_price_only: bool = False

    def over(self, at: datetime, tz: str) -> bool:
        """Whether nobody could use a coupon of it any more that was given at `at`."""
        return self.validity.of_claim(at, tz)[1] <= at


@dataclass(frozen=True, slots=True)
class Invalid:
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TemplateMissing:
    pass


TEMPLATE = (
    't.id AS t_id, t.code AS t_code, t.name AS t_name, t.content AS t_content, t.scope AS t_scope, t."group" AS t_group,'
    " t.valid_from AS t_from, t.valid_until AS t_until, t.valid_hours AS t_hours, t.valid_days AS t_days, t.next_day AS t_next_day,"
    " t.face_fen AS t_face, t.return_policy AS t_returns, t.grace_days AS t_grace,"
    " t.bearing AS t_bearing, t.uses_per_day AS t_uses, t.times AS t_times,"
    " t.stacking AS t_stacking, t.full_price_only AS t_full_price"
)


def template_of(row: Mapping[str, Any], names: Mapping[str, str]) -> TemplateInfo:
    """The template in a row that was read with `TEMPLATE`."""
    return TemplateInfo(
        row["t_id"],
        row["t_code"],
        row["t_name"],
        row["t_content"],
        row["t_scope"],
        row["t_group"],
        Validity(row["t_from"], row["t_until"], row["t_hours"], row["t_days"], row["t_next_day"]),
        row["t_face"],
        row["t_returns"],
        row["t_grace"],
        offers.bearing_rules.terms_of(row["t_bearing"]),
        names,
        row["t_uses"],
        row["t_times"],
        Stacking.from_json(row["t_stacking"]),
        row["t_full_price"],
    )


@dataclass(slots=True)
class _Kept:
    """A template's row, the SKUs that it names, and the template with their names of last time."""

    row: Mapping[str, Any]
    skus: frozenset[str]
    made: TemplateInfo | None = None

    def named(self, names: Mapping[str, str]) -> TemplateInfo:
        mine = {sku: names[sku] for sku in self.skus if sku in names} if self.skus else {}
        if self.made is None or self.made.sku_names != mine:
            self.made = template_of(self.row, mine)
        return self.made


_kept: dict[UUID, _Kept] = {}
MOST_KEPT = 20_000


async def known_templates(
    merchant_id: UUID, ids: Collection[UUID], names: Mapping[str, str]
) -> dict[UUID, TemplateInfo]:
    """Templates by id: one never changes, so each is read once by a process; the goods that it names may be called otherwise by now.
    `names` by SKU need not be asked for."""
    known = {one: _kept[one] for one in ids if one in _kept}
    missing = [one for one in ids if one not in known]
    if missing:
        sql = f"SELECT {TEMPLATE} FROM coupon_templates t WHERE t.merchant_id = $1 AND t.id = ANY($2)"
        read = {
            row["t_id"]: _Kept(row, frozenset(catalog.skus_named([row["t_scope"], row["t_content"]])))
            for row in await database.fetch(sql, merchant_id, missing)
        }
        if len(_kept) + len(read) > MOST_KEPT:
            _kept.clear()
        _kept.update(read)
        known |= read
    unnamed = frozenset().union(*(one.skus for one in known.values())) - names.keys()
    names = {**names, **await catalog.names_of(merchant_id, unnamed)}
    return {one: kept.named(names) for one, kept in known.items()}


async def templates(
    merchant_id: UUID,
    *,
    ids: Sequence[UUID] | None = None,
    search: str | None = None,
    first: int = 100,
    after: UUID | None = None,
) -> list[TemplateInfo]:
    """Templates, newest first."""
    rows = await database.fetch(
        f"SELECT {TEMPLATE} FROM coupon_templates t WHERE t.merchant_id = $1 AND ($2::uuid[] IS NULL OR t.id = ANY($2))"
        " AND ($3::text IS NULL OR t.name ILIKE '%' || $3 || '%') AND ($4::uuid IS NULL OR t.id < $4) ORDER BY t.id DESC LIMIT $5",
        merchant_id,
        list(ids) if ids is not None else None,
        database.pattern(search),
        after,
        first,
    )
    names = await catalog.names_in(merchant_id, [row["t_scope"] for row in rows] + [row["t_content"] for row in rows])
    return [template_of(row, names) for row in rows]


async def count_templates(merchant_id: UUID, search: str | None = None) -> int:
    return await database.fetchval(
        "SELECT count(*) FROM coupon_templates WHERE merchant_id = $1 AND ($2::text IS NULL OR name ILIKE '%' || $2 || '%')",
        merchant_id,
        database.pattern(search),
    )


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """What was made of a template: drops that give it out (as their coupon, in a tier, or beside it), coupons however they were
    had, and those used."""

    drops: int
    coupons: int
    redeemed: int


async def template_uses(merchant_id: UUID, ids: Sequence[UUID]) -> list[TemplateUse]:
    """What was made of these templates, in their order. Coupons are counted as they stand, without an index of their own
    (docs/decisions/0023): staff look at a page of templates now and then, every claim would pay for the index."""
    rows = await database.fetch(
        "WITH given AS MATERIALIZED (SELECT template_id, count(*) AS coupons, count(*) FILTER (WHERE state = 'redeemed') AS redeemed"
        "   FROM coupons WHERE merchant_id = $1 AND template_id = ANY($2::uuid[]) GROUP BY 1)"
        " SELECT (SELECT count(*) FROM coupon_drops d WHERE d.merchant_id = $1 AND (d.template_id = t.id OR d.gift_template_id = t.id"
        "   OR EXISTS (SELECT 1 FROM drop_tiers i WHERE i.merchant_id = $1 AND i.drop_id = d.id AND i.template_id = t.id))) AS drops,"
        " coalesce(g.coupons, 0) AS coupons, coalesce(g.redeemed, 0) AS redeemed"
        " FROM unnest($2::uuid[]) WITH ORDINALITY AS t (id, place) LEFT JOIN given g ON g.template_id = t.id ORDER BY t.place",
        merchant_id,
        list(ids),
    )
    return [TemplateUse(row["drops"], row["coupons"], row["redeemed"]) for row in rows]


async def create_template(
    merchant_id: UUID, actor: str, new: NewTemplate, key: str, at: datetime
) -> TemplateInfo | Invalid | IdempotencyConflict:
    """Makes a template alone (K01); it is given out by drops or by hand."""
    problems = await template_faults(merchant_id, new)
    if problems:
        return Invalid(tuple(problems))
    async with database.transaction() as tx:
        begun = await idempotency.begin(tx, merchant_id, actor, key, "createCouponTemplate", asdict(new), at)
        if isinstance(begun, IdempotencyConflict):
            return begun
        if isinstance(begun, Replay):
            template_id = UUID(begun.answer["id"])
        else:
            template_id = await insert_template(tx, merchant_id, new, at)
            await idempotency.finish(tx, begun, {"type": "CouponTemplate", "id": str(template_id)})
    (found,) = await templates(merchant_id, ids=[template_id])
    return found


async def template_faults(merchant_id: UUID, new: NewTemplate) -> list[Problem]:
    """Every fault of a template, suppliers that are not in the catalogue among them."""
    problems = check_template(new)
    if new.bearing and not problems:
        terms, _ = offers.bearing_rules.parse_terms(new.bearing, "bearing")
        known = [name for name, _ in await catalog.suppliers(merchant_id)]
        faults = offers.bearing_rules.unknown(terms, "bearing", known)
        problems += [Problem(bearing_path(f.path), f.message) for f in faults]
    return problems + await _stacking_faults(merchant_id, new.stacking)


async def _stacking_faults(merchant_id: UUID, stacking: Stacking) -> list[Problem]:
    """Named templates must be there, and let themselves be stacked: what says that it stands alone keeps its word."""
    if not stacking.named:
        return []
    if stacking.all or len(stacking.named) > MOST_NAMED:
        return [Problem("stacking", f"可叠加的券：全部，或指定 1–{MOST_NAMED} 种，二选一")]
    found = {t.id: t for t in await templates(merchant_id, ids=[t for t, _ in stacking.named])}
    problems = []
    for n, (template, _) in enumerate(stacking.named):
        other = found.get(template)
        if other is None:
            problems.append(Problem(f"stacking.templateIds[{n}]", "没有这个券模板"))
        elif not other.stacking:
            problems.append(Problem(f"stacking.templateIds[{n}]", f"「{other.name}」不与其他券叠加"))
    return problems


async def _named(tx: Tx, merchant_id: UUID, stacking: Stacking) -> dict[str, Any]:
    """As it is stored: named templates with their names, which never change."""
    ids = [template for template, _ in stacking.named]
    rows = await tx.fetch(
        "SELECT id, name FROM coupon_templates WHERE merchant_id = $1 AND id = ANY($2::uuid[])", merchant_id, ids
    )
    names = {row["id"]: row["name"] for row in rows}
    return Stacking(stacking.all, tuple((template, names[template]) for template in ids)).to_json()


async def bearing(tx: Tx, merchant_id: UUID, coupon_ids: Sequence[UUID]) -> dict[UUID, offers.Terms]:
    """Who bears what coupons take off, by coupon; those that the merchant bears alone are left out."""
    rows = await tx.fetch(
        "SELECT c.id, t.bearing FROM coupons c JOIN coupon_templates t ON t.merchant_id = c.merchant_id AND t.id = c.template_id"
        " WHERE c.merchant_id = $1 AND c.id = ANY($2::uuid[]) AND t.bearing <> '[]'",
        merchant_id,
        list(coupon_ids),
    )
    return {row["id"]: offers.bearing_rules.terms_of(row["bearing"]) for row in rows}


async def insert_template(tx: Tx, merchant_id: UUID, new: NewTemplate, at: datetime, code: str | None = None) -> UUID:
    """With a `code` the template is made once and found again."""
    template_id = stable_id(merchant_id, f"template:{code}") if code else new_id()
    v = new.validity
    await tx.execute(
        'INSERT INTO coupon_templates (id, merchant_id, code, name, content, scope, "group", valid_from, valid_until, valid_hours, valid_days,'
        " next_day, face_fen, return_policy, grace_days, bearing, created_at, uses_per_day, times, stacking, full_price_only)"
        " VALUES ($1,$2,$3,$4,$5::jsonb,$6::jsonb,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16::jsonb,$17,$18,$19::jsonb,$20::jsonb,$21) ON CONFLICT DO NOTHING",
        template_id,
        merchant_id,
        code or f"tpl_{template_id.hex[-12:]}",
        new.name.strip(),
        database.dumps(dict(new.content)),
        database.dumps(dict(new.scope)),
        "shipping" if "shipping" in new.content else "coupon",
        v.valid_from,
        v.valid_until,
        v.hours,
        v.days,
        v.next_day,
        face_of(new.content),
        new.return_policy,
        new.grace_days,
        database.dumps(dict(new.bearing) if isinstance(new.bearing, Mapping) else list(new.bearing)),
        at,
        new.uses_per_day,
        database.dumps(dict(new.times)),
        database.dumps(await _named(tx, merchant_id, new.stacking)) if new.stacking else "{}",
        new.full_price_only,
    )
    if new.budget_fen is not None:
        await start_budget(tx, merchant_id, template_id, new.budget_fen)
    return template_id


async def start_budget(tx: Tx, merchant_id: UUID, template_id: UUID, cap_fen: int | None) -> None:
    """Coupons of the template are counted from now on (K01, template_budgets.py); nothing where they are already."""
    await tx.execute(
        "INSERT INTO template_budgets (id, merchant_id, template_id, budget_fen) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        stable_id(merchant_id, f"budget:{template_id}"),
        merchant_id,
        template_id,
        cap_fen,
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
    new = NewTemplate(name, content, scope, Validity(None, None, hours))
    return await insert_template(tx, merchant_id, new, at, code)


async def exchange_template(tx: Tx, merchant_id: UUID, sku: str, days: int, at: datetime) -> UUID:
    """兑换券: a coupon for one unit of an article, good for so many days; made once for each article and number of days."""
    name = (await catalog.by_skus(merchant_id, [sku]))[sku].name
    new = NewTemplate(f"{name[:15]}兑换券", {"exchange": {"sku": sku}}, {"all": True}, Validity(None, None, None, days))
    return await insert_template(tx, merchant_id, new, at, f"exchange:{days}:{sku}")


async def ensure(tx: Tx, merchant_id: UUID, code: str, new: NewTemplate, at: datetime) -> UUID:
    """A template that the product itself needs, made on first use; found again by its `code`."""
    return await insert_template(tx, merchant_id, new, at, code)
