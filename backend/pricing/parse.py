"""Reading one offer or held coupon: the fields that all types share; the rest is in the type's file."""

from __future__ import annotations

from typing import Any, Literal, cast

from backend.pricing.conditions import DepositPaid, When, read_when, scope_of
from backend.pricing.model import EVERYTHING, TENDERS, Level, Limits, Offer, Problem
from backend.pricing.offers import coupon
from backend.pricing.offers.base import Effect, OfferType
from backend.pricing.offers.register import NOT_YET, TYPES
from backend.pricing.reading import Reader, refuse, short

GROUPS = frozenset(kind.group for kind in TYPES.values() if kind.group)


def parse_offer(data: object, path: str = "") -> Offer:
    """One promotion; raises Malformed with every fault."""
    problems: list[Problem] = []
    offer = read_offer(data, path, problems)
    refuse(problems)
    assert offer is not None
    return offer


def parse_coupon(data: object, path: str = "") -> Offer:
    """One coupon that a customer holds; raises Malformed with every fault."""
    problems: list[Problem] = []
    offer = read_coupon(data, path, problems)
    refuse(problems)
    assert offer is not None
    return offer


def read_offer(data: object, path: str, problems: list[Problem]) -> Offer | None:
    r = Reader(data, path, problems)
    if not isinstance(data, dict):
        return None
    name = r.text("type")
    kind = TYPES.get(name)
    if name == "coupon":
        r.fault("type", "a coupon belongs to a customer and stands in coupons, not in promotions")
        return None
    if kind is None:
        if name:
            r.fault(
                "type",
                f"offer type {name} is not supported yet" if name in NOT_YET else f"{short(name)} is not an offer type",
            )
        return _offer(r, None, ("ORDER", "", 0), None)
    effect = kind.read(r)
    return _offer(r, kind, (kind.level, kind.group, kind.priority), effect)


def read_coupon(data: object, path: str, problems: list[Problem]) -> Offer | None:
    r = Reader(data, path, problems)
    if not isinstance(data, dict):
        return None
    kind = TYPES["coupon"]
    if r.has("type") and data["type"] != "coupon":
        r.fault("type", "must be coupon when it is given")
    content = coupon.content_name(data)
    group = "shipping" if content == "shipping" else kind.group
    priority = coupon.PRIORITY.get(content or "", kind.priority)
    effect = kind.read(r)
    return _offer(r, kind, (coupon.level_of(content), group, priority), effect)


def _offer(r: Reader, kind: OfferType | None, defaults: tuple[Level, str, int], effect: Effect | None) -> Offer | None:
    """The common fields. Everything is read before the answer, so that all faults are found; of a type that nobody knows
    (None) these are all that can be judged."""
    level, group, priority = defaults
    is_coupon = kind is not None and kind.name == "coupon"
    found_id = r.text("id")
    name = r.text("name", default="", blank=True)
    scope = scope_of(r)
    when = r.object("when")
    condition = read_when(when) if when is not None else None
    if level == "EARN" and not is_coupon and r.has("group"):
        r.fault("group", "what is earned belongs to no group")
    own_group = r.text("group", default=group) if r.has("group") or group else ""
    if found_id in GROUPS or (found_id and found_id == own_group):
        r.fault("id", f"{found_id} is the name of a group")
    exclusive = r.choice("exclusive", ("line", "cart")) if r.has("exclusive") else ""
    mandatory = r.flag("mandatory")
    if mandatory and exclusive == "cart":
        r.fault("mandatory", "cannot stand together with exclusive: cart")
    no_tender = r.texts("no_tender", empty=False) if r.has("no_tender") else ()
    for i, tender in enumerate(no_tender):
        if tender not in TENDERS:
            r.fault(f"no_tender[{i}]", f"must be one of {', '.join(TENDERS)}, not {short(tender)}")
    excludes = frozenset(r.texts("excludes", empty=False)) if r.has("excludes") else frozenset()
    limits = _limits(r)
    order = r.number("priority", -1_000_000, 1_000_000, default=priority)
    template, expires = None, None
    if is_coupon:
        template, expires = r.maybe_text("template"), r.time("expires")
    if kind is None:
        return None
    r.finish()
    if effect is None:
        return None
    if effect.needs_deposit:
        condition = When((*(condition.leaves if condition is not None else ()), DepositPaid(found_id)))
    return Offer(
        id=found_id,
        type=kind.name,
        level=level,
        effect=effect,
        scope=scope or effect.own_scope() or EVERYTHING,
        group=own_group,
        priority=order,
        source=canonical(r.data),
        name=name,
        when=condition,
        exclusive=cast(Literal["", "line", "cart"], exclusive),
        excludes=excludes,
        mandatory=mandatory,
        no_tender=frozenset(no_tender),
        limits=limits,
        template=template,
        expires=expires,
    )


def _limits(r: Reader) -> Limits:
    inner = r.object("limits")
    if inner is None:
        return Limits()
    per_order, per_customer, stock = (inner.maybe_number(field) for field in ("per_order", "per_customer", "stock"))
    per_day = inner.maybe_number("per_day", 1)  # of none a day it could not be said when it comes back
    limits = Limits(per_order, per_customer, stock, per_day)
    inner.finish()
    return limits


def canonical(data: Any) -> str:
    import json  # noqa: PLC0415  (rules are read once, carts are priced without it)

    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
