"""Coupons in members' hands as the offers that the pricing engine weighs (docs/pricing.md)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from backend import pricing
from backend.coupons.held import CouponInfo, UsableCoupon
from backend.coupons.stacking_rules import may_meet
from backend.coupons.templates import TemplateInfo

LOWERING = ("LINE", "ORDER")
"""Levels of promotions whose goods are not at full price (docs/decisions/0033-full-price-coupons.md)."""


class Company(NamedTuple):
    """Whom a coupon meets: its group in docs/pricing.md, and the templates and promotions that it does not go with."""

    group: str
    excludes: tuple[str, ...] = ()


def offers_of(
    held: Sequence[UsableCoupon], most: int, promotions: Sequence[pricing.Offer]
) -> tuple[pricing.Offer, ...]:
    """The coupons of a quote; `most` of them may be used in one order, so only above one it matters which may meet.
    `promotions` are those that the cart may meet, where `weigh_promotions`."""
    kinds = {one.coupon.template.id: one.coupon.template for one in held}
    company = companies(kinds.values(), most, promotions)
    return tuple(_offer_of(one.coupon, one.again_at, company[one.coupon.template.id]) for one in held)


def weigh_promotions(held: Sequence[UsableCoupon], most: int) -> bool:
    """Whether a coupon of these says itself which promotions it does not go with."""
    return any(one.coupon.template.full_price_only or (most > 1 and one.coupon.template.stacking) for one in held)


def companies(
    kinds: Collection[TemplateInfo], most: int, promotions: Sequence[pricing.Offer] = ()
) -> dict[UUID, Company]:
    """Whom coupons of these templates meet, by template, where an order uses so many: those that a template does not stack with are
    excluded (K01); what does not go with coupons does not go with those that stack; and what makes goods cost less does not go
    with one that is for goods at full price."""
    if most <= 1 and not any(template.full_price_only for template in kinds):
        return {template.id: Company(template.group) for template in kinds}
    groups: dict[str, list[TemplateInfo]] = {}
    for template in kinds if most > 1 else ():
        groups.setdefault(group_of(template), []).append(template)
    codes = sorted((t.code, group) for group, its in groups.items() for t in its)
    # One that stands alone goes with nothing of another group: all of its group have the same.
    elsewhere = {group: tuple(code for code, other in codes if other != group) for group in groups}
    lowering = [o.id for o in promotions if o.level in LOWERING]
    found = {}
    for template in kinds:
        group = group_of(template) if most > 1 else template.group
        apart, barred = elsewhere.get(group, ()), lowering if template.full_price_only else []
        if template.stacking and most > 1:
            others = (other for its, mates in groups.items() if its != group for other in mates)
            apart = tuple(sorted(other.code for other in others if _apart(template, other)))
        if group != template.group:
            barred = [*barred, *(o.id for o in promotions if template.group in (o.group, *o.excludes))]
        found[template.id] = Company(group, tuple(sorted({*apart, *barred})) if barred else apart)
    return found


def group_of(template: TemplateInfo) -> str:
    """Its group in docs/pricing.md: coupons that stack have one of their own each, but for those on shipping, which meet the shop's
    own shipping offers as all others do."""
    return f"stack-{template.code}" if template.stacking and template.group != "shipping" else template.group


def _apart(one: TemplateInfo, other: TemplateInfo) -> bool:
    """Whether coupons of two templates may not meet on the same goods (with shipping: in the same order)."""
    return not may_meet((one.id, one.stacking), (other.id, other.stacking))


def definition(coupon: CouponInfo, again_at: datetime | None = None, company: Company | None = None) -> dict[str, Any]:
    """The coupon as the pricing engine reads it. Before `again_at` it is not in force."""
    template = coupon.template
    group, excludes = company or Company(template.group)
    since = {"from": max(coupon.valid_from, again_at or coupon.valid_from).isoformat()}
    return {
        "id": f"cpn_{coupon.id.hex}",
        "template": template.code,
        "name": template.name,
        "scope": dict(template.scope),
        "content": dict(template.content),
        "group": group,
        **({"excludes": list(excludes)} if excludes else {}),
        "expires": coupon.expires_at.isoformat(),
        "when": {"all": [dict(times), since]} if (times := template.times) else since,
    }


_read: dict[tuple[object, ...], pricing.Offer] = {}
MOST_READ = 4096


def _offer_of(coupon: CouponInfo, again_at: datetime | None, company: Company) -> pricing.Offer:
    """A live cart is priced again and again with the same coupons: each is read once by a process, for its template never changes."""
    key = coupon.id, coupon.valid_from, coupon.expires_at, again_at, company
    found = _read.get(key)
    if found is None:
        if len(_read) >= MOST_READ:
            _read.clear()
        found = _read[key] = pricing.parse_coupon(definition(coupon, again_at, company))
    return found
