"""Pure rules about promotions: what a draft must be, and which state the clock gives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backend import offers as versions
from backend import pricing

State = Literal["DRAFT", "SCHEDULED", "RUNNING", "ENDED"]
MAX_NAME = 40
MAX_OFFERS = 10
MAX_BUDGET_FEN = 10_000_000_000
KEPT_BY_ORDERS = frozenset(name for name, kind in pricing.TYPES.items() if kind.kept)
"""What an order can keep today. The engine prices more; a promise that an order could not keep is refused by name until it
can."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of an input and where it stands, e.g. `offers[0].tiers[1].off`."""

    path: str
    message: str


def present_state(stored: str, starts_at: datetime, ends_at: datetime, at: datetime) -> State:
    """P11: scheduled, running and ended follow from the clock once a promotion is published."""
    match stored:
        case "draft":
            return "DRAFT"
        case "ended":
            return "ENDED"
        case "published":
            return "SCHEDULED" if at < starts_at else "RUNNING" if at < ends_at else "ENDED"
    raise ValueError(f"unknown promotion state {stored!r}")


def check_draft(
    name: str, starts_at: datetime, ends_at: datetime, offers: Sequence[Mapping[str, Any]]
) -> list[Problem]:
    """All faults of a draft that can be seen without looking anything up."""
    problems = []
    if not name.strip() or len(name.strip()) > MAX_NAME:
        problems.append(Problem("name", f"名称须有 1–{MAX_NAME} 个字"))
    if starts_at >= ends_at:
        problems.append(Problem("endsAt", "结束时间须晚于开始时间"))
    if not 1 <= len(offers) <= MAX_OFFERS:
        problems.append(Problem("offers", f"须有 1–{MAX_OFFERS} 个优惠"))
    for n, offer in enumerate(offers):
        path = f"offers[{n}]"
        if not isinstance(offer, Mapping):
            problems.append(Problem(path, "须是一个对象"))
            continue
        if "id" in offer:
            problems.append(Problem(f"{path}.id", "编号由系统给出，请去掉"))
        try:
            parsed = pricing.parse_offer({**versions.rule_of(offer), "id": "draft"}, path)
        except pricing.Malformed as error:
            problems += [Problem(p.path, p.message) for p in error.problems]
            continue
        if parsed.is_coupon:
            problems.append(Problem(f"{path}.type", "券请在「优惠券」里创建"))
        elif parsed.type not in KEPT_BY_ORDERS:
            problems.append(
                Problem(f"{path}.type", f"「{pricing.type_name(parsed)}」能试算，但订单还不能兑现，暂不能创建")
            )
        if "budget" in offer:
            problems += _check_budget(offer["budget"], offer, parsed, path)
        problems += _check_presale(offer, parsed, starts_at, ends_at, path)
        if offer.get("bearing") not in (None, []):
            problems += _check_bearing(offer["bearing"], parsed, f"{path}.bearing")
    return problems


def _check_bearing(given: object, parsed: pricing.Offer, path: str) -> list[Problem]:
    """Who bears is a matter of money that an offer takes off: gifts and earnings have a cost, no discount. Shipping belongs to
    no article, so nobody supplies it."""
    if parsed.level == "EARN" or parsed.type == "spend_gift":
        return [Problem(path, f"「{pricing.type_name(parsed)}」不能设承担方：承担的是减掉的钱，赠品和返还没有")]
    terms, faults = versions.bearing_rules.parse_terms(given, path)
    if parsed.level == "SHIPPING" and any(s.who == "sku_supplier" for _, its in terms.parts(path) for s in its):
        return [Problem(path, "运费不属于哪件商品，请改为指定供应商")]
    return [Problem(f.path, f.message) for f in faults]


def _check_budget(fen: object, offer: Mapping[str, Any], parsed: pricing.Offer, path: str) -> list[Problem]:
    """A budget is an amount. What is earned counts at what it is worth, gifts at their list price, so that stamps and coupons of
    which nobody says what one is worth can have none (a coupon's face is filled in where it has one)."""
    if isinstance(fen, bool) or not isinstance(fen, int) or not 1 <= fen <= MAX_BUDGET_FEN:
        return [Problem(f"{path}.budget", "预算须是 0.01 元至 1 亿元的金额（分）")]
    unvalued = parsed.type == "earn_stamps" or (parsed.type == "earn_coupon" and offer.get("value") is not None)
    if unvalued and not offer.get("value"):
        return [Problem(f"{path}.value", "设了预算，请写明每点（每张）值多少：预算按它计算")]
    return []


def _check_presale(
    offer: Mapping[str, Any], parsed: pricing.Offer, starts: datetime, ends: datetime, path: str
) -> list[Problem]:
    """An offer that counts deposits is a pre-sale: named articles, two windows, and no budget that could run out before the
    rest is paid."""
    if not parsed.effect.needs_deposit:
        given = "presale" in offer
        return [Problem(f"{path}.presale", f"「{pricing.type_name(parsed)}」不是预售，请去掉预售时间")] if given else []
    problems = [
        Problem(f.path, f.message)
        for f in versions.presale_rules.check(offer.get("presale"), starts, ends, f"{path}.presale")
    ]
    scope = offer.get("scope")
    if not (isinstance(scope, Mapping) and scope.get("skus") and set(scope) == {"skus"}):
        problems.append(Problem(f"{path}.scope", "预售须逐个写明商品（skus），不能按分类、品牌或标签"))
    if "budget" in offer:
        problems.append(Problem(f"{path}.budget", "付过定金的优惠必须兑现，不能设预算；请用活动库存限量"))
    return problems


def unlawful_deposits(offers: Sequence[Mapping[str, Any]], prices: Mapping[str, int]) -> list[Problem]:
    """Deposits above what the law lets count as 定金, at list prices by SKU; `offers` are faultless otherwise."""
    return [
        Problem(f.path, f.message)
        for n, offer in enumerate(offers)
        if offer.get("presale")
        for f in versions.presale_rules.unlawful(offer, prices, f"offers[{n}]")
    ]


def presold(offers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Articles that pre-sales among the offers name."""
    return sorted({sku for offer in offers if offer.get("presale") for sku in offer["scope"]["skus"]})


def unknown_terms(offers: Sequence[Mapping[str, Any]], known: Mapping[str, set[str]]) -> list[Problem]:
    """Scopes that name a SKU, category, brand or tag which the catalogue does not have."""
    problems = []
    for n, offer in enumerate(offers):
        for path, scope in _scopes(offer, f"offers[{n}]"):
            for field, label in (("skus", "商品"), ("categories", "分类"), ("brands", "品牌"), ("tags", "标签")):
                problems += [
                    Problem(f"{path}.{field}[{k}]", f"没有这个{label}：{value}")
                    for k, value in enumerate(scope.get(field) or [])
                    if value not in known[field]
                ]
        for field, label in (("store", "门店"), ("region", "地区"), ("level", "会员等级")):
            if field in known:
                problems += [
                    Problem(path, f"没有这个{label}：{value}")
                    for path, value in _leaves(offer.get("when"), field, f"offers[{n}].when")
                    if value not in known[field]
                ]
        terms, _ = versions.bearing_rules.parse_terms(offer.get("bearing"), f"offers[{n}].bearing")
        problems += [
            Problem(f.path, f.message)
            for f in versions.bearing_rules.unknown(terms, f"offers[{n}].bearing", known["suppliers"])
        ]
        problems += [
            Problem(path, f"没有这个商品：{sku}")
            for path, sku in _named(offer, f"offers[{n}]")
            if sku not in known["skus"]
        ]
    return problems


@dataclass(frozen=True, slots=True)
class Earnable:
    """A coupon template that orders may earn: the fixed end of its coupons, and the most fen that one can take off, where it
    has them; `budgeted`: its budget could run out before an order that was promised one completes."""

    valid_until: datetime | None
    face_fen: int | None
    budgeted: bool = False


def earned_templates(offers: Sequence[Mapping[str, Any]]) -> list[str]:
    """The coupon templates that offers name: what they let customers earn."""
    return sorted({str(o["template"]) for o in offers if o.get("type") == "earn_coupon" and "template" in o})


def unkept_templates(
    offers: Sequence[Mapping[str, Any]], ends_at: datetime, known: Mapping[str, Earnable]
) -> list[Problem]:
    """Coupons to be earned that are not there, that end before the last order of the promotion could grant them, or of which
    nobody says what one is worth. `known` has their templates."""
    problems = []
    for n, offer in enumerate(offers):
        if offer.get("type") == "earn_coupon" and (template := offer.get("template")) is not None:
            path = f"offers[{n}].template"
            if template not in known:
                problems.append(Problem(path, "没有这种券，请从券模板里选一种"))
            elif known[template].budgeted:
                problems.append(Problem(path, "这种券设了预算，到时可能发不出；请另选一种，并在这里给返券设预算"))
            elif (end := known[template].valid_until) is not None and end <= ends_at:
                problems.append(Problem(path, "这种券的截止时间早于活动结束，最后的顾客拿到就过期；请换一种"))
            elif offer.get("value") is None and known[template].face_fen is None:
                problems.append(Problem(f"offers[{n}].value", "请写明一张券值多少：退货时，用掉的券按它扣回"))
    return problems


def valued(offers: Sequence[Mapping[str, Any]], known: Mapping[str, Earnable]) -> tuple[Mapping[str, Any], ...]:
    """The offers with the value of each coupon to be earned: its face where nothing else is stated. Without one a coupon that
    was used would stay with who gives the goods back, and come again with the order that used it."""
    return tuple(
        {**offer, "value": known[offer["template"]].face_fen}
        if offer.get("type") == "earn_coupon" and offer.get("value") is None
        else offer
        for offer in offers
    )


def customers_named(offers: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Named customers (P07) of conditions, at any depth: path and what stands there, a member code 会员码 or a public id."""
    return [found for n, o in enumerate(offers) for found in _leaves(o.get("when"), NAMED, f"offers[{n}].when")]


def with_customers(
    offers: Sequence[Mapping[str, Any]], known: Mapping[str, str | None]
) -> tuple[Mapping[str, Any], ...]:
    """The offers with each named customer as `known` calls them; who is None there is left out."""
    return tuple({**o, "when": _renamed(o["when"], known)} if o.get("when") else o for o in offers)


def _renamed(node: Any, known: Mapping[str, str | None]) -> Any:
    if isinstance(node, Mapping):
        return {
            key: [name for v in value if (name := known.get(v, v)) is not None]
            if key == NAMED
            else _renamed(value, known)
            for key, value in node.items()
        }
    return [_renamed(v, known) for v in node] if isinstance(node, (list, tuple)) else node


NAMED = "customer_id"
"""The condition that names customers (docs/pricing.md)."""


def _leaves(node: object, field: str, path: str) -> Iterable[tuple[str, str]]:
    """The values that conditions of one kind name, at any depth of all, any and not."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == field and isinstance(value, (list, tuple)):
                yield from ((f"{path}.{key}[{n}]", v) for n, v in enumerate(value) if isinstance(v, str))
            else:
                yield from _leaves(value, field, f"{path}.{key}")
    elif isinstance(node, (list, tuple)):
        for n, value in enumerate(node):
            yield from _leaves(value, field, f"{path}[{n}]")


def _named(node: object, path: str) -> Iterable[tuple[str, str]]:
    """Gifts, add-ons and items of a bundle: every `sku` and where it stands."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "sku" and isinstance(value, str):
                yield f"{path}.sku", value
            else:
                yield from _named(value, f"{path}.{key}")
    elif isinstance(node, (list, tuple)):
        for n, value in enumerate(node):
            yield from _named(value, f"{path}[{n}]")


def _scopes(node: object, path: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("scope", "except") and isinstance(value, Mapping):
                yield f"{path}.{key}", value
            yield from _scopes(value, f"{path}.{key}")
    elif isinstance(node, (list, tuple)):
        for n, value in enumerate(node):
            yield from _scopes(value, f"{path}[{n}]")
