"""What an offer says in one sentence, in Chinese and English; what a rejection says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from backend.pricing.conditions import Any as AnyLeaf
from backend.pricing.conditions import (
    AnyOf,
    AtLeast,
    DepositPaid,
    From,
    Hours,
    Leaf,
    Not,
    OrderNumber,
    Until,
    Weekday,
    When,
)
from backend.pricing.model import Offer, Rejection, Scope, Selection
from backend.pricing.offers import TYPES
from backend.pricing.offers.base import yuan

Lang = Literal["zh", "en"]
GROUPS = {kind.group: (kind.zh, kind.en) for kind in TYPES.values()} | {
    "line": ("单品优惠", "item offers"),
    "order": ("订单优惠", "order offers"),
    "gift": ("满赠", "gifts"),
    "add_on": ("加价购", "add-ons"),
    "coupon": ("优惠券", "coupons"),
    "shipping": ("运费优惠", "shipping offers"),
}
TENDERS = {
    "red_packet": ("红包", "red packets"),
    "points": ("积分", "points"),
    "balance": ("余额", "balance"),
}
LISTS = {
    "channel": ("渠道", "channel"),
    "store": ("门店", "store"),
    "region": ("地区", "region"),
    "level": ("会员等级", "level"),
    "tag": ("人群", "audience"),
    "payment": ("支付方式", "payment"),
    "delivery": ("配送方式", "delivery"),
    "customer": ("顾客", "customer"),
}
CUSTOMERS = {"new": ("新客", "new customers"), "returning": ("老客", "returning customers")}


def sentence(offer: Offer, lang: Lang = "zh") -> str:
    """满200减30，限丸滑，每单限1次，不与优惠券同享: the offer as a customer reads it."""
    zh = lang == "zh"
    parts = [offer.effect.zh() if zh else offer.effect.en()]
    if not offer.scope.of.all or offer.scope.exclude or offer.scope.min_price or offer.scope.max_price:
        parts.append(_scope(offer.scope, zh))
    if offer.when is not None:
        parts.append(_when(offer.when, zh))
    parts.extend(_limits(offer, zh))
    if offer.excludes:
        listed = _names(sorted(offer.excludes), GROUPS, zh)
        parts.append(f"不与{listed}同享" if zh else f"not with {listed}")
    match offer.exclusive:
        case "line":
            parts.append("参加商品不享其他优惠" if zh else "no other offer on the same goods")
        case "cart":
            parts.append("不与其他优惠同享" if zh else "no other offer in the same order")
    if offer.no_tender:
        listed = _names(sorted(offer.no_tender), TENDERS, zh)
        parts.append(f"不可用{listed}" if zh else f"cannot be paid with {listed}")
    if offer.expires is not None:
        parts.append(f"{offer.expires:%Y-%m-%d %H:%M}前有效" if zh else f"valid until {offer.expires:%Y-%m-%d %H:%M}")
    return ("，" if zh else ", ").join(parts)


def _names(names: Sequence[str], known: dict[str, tuple[str, str]], zh: bool) -> str:
    return ("、" if zh else ", ").join(known.get(n, (n, n))[0 if zh else 1] for n in names)


def _scope(scope: Scope, zh: bool) -> str:
    text = _selection(scope.of, zh)
    if scope.exclude is not None:
        text += f"（{_selection(scope.exclude, zh)}除外）" if zh else f" except {_selection(scope.exclude, zh)}"
    if scope.min_price is not None:
        text += f"，单价{yuan(scope.min_price)}元起" if zh else f", from ¥{yuan(scope.min_price)} each"
    if scope.max_price is not None:
        text += f"，单价不超过{yuan(scope.max_price)}元" if zh else f", up to ¥{yuan(scope.max_price)} each"
    return ("限" if zh else "on ") + text


def _selection(of: Selection, zh: bool) -> str:
    if of.all:
        return "全部商品" if zh else "everything"
    return ("、" if zh else ", ").join([*of.categories, *sorted(of.brands), *sorted(of.tags), *sorted(of.skus)])


def _limits(offer: Offer, zh: bool) -> list[str]:
    unit = ("件" if zh else " units") if offer.level == "LINE" else ("次" if zh else " times")
    found = []
    if offer.limits.per_order is not None:
        found.append(f"每单限{offer.limits.per_order}{unit}" if zh else f"{offer.limits.per_order}{unit} an order")
    if offer.limits.per_customer is not None:
        n = offer.limits.per_customer
        found.append(f"每人限{n}{unit}" if zh else f"{n}{unit} a customer")
    if offer.limits.stock is not None:
        found.append(f"共{offer.limits.stock}{unit}" if zh else f"{offer.limits.stock}{unit} in all")
    return found


def _when(when: When, zh: bool) -> str:
    return ("，" if zh else ", ").join(_leaf(leaf, zh) for leaf in when.leaves)


def _leaf(leaf: Leaf, zh: bool) -> str:
    match leaf:
        case AnyOf("customer", values):
            return ("限" if zh else "for ") + _names(sorted(values), CUSTOMERS, zh)
        case AnyOf(name, values):
            return LISTS[name][0 if zh else 1] + ("：" if zh else ": ") + ("、" if zh else ", ").join(sorted(values))
        case OrderNumber(least, most):
            if most is None:
                return f"第{least}单起" if zh else f"from order {least} on"
            if most == least:
                return f"第{least}单" if zh else f"order {least}"
            return f"第{least}至{most}单" if zh else f"orders {least} to {most}"
        case Weekday(days):
            listed = [
                ("周" + "一二三四五六日"[d - 1]) if zh else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[d - 1]
                for d in sorted(days)
            ]
            return ("、" if zh else ", ").join(listed)
        case Hours(start, end):
            return f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d}"
        case From(moment):
            return f"{moment:%Y-%m-%d %H:%M}起" if zh else f"from {moment:%Y-%m-%d %H:%M}"
        case Until(moment):
            return f"{moment:%Y-%m-%d %H:%M}止" if zh else f"until {moment:%Y-%m-%d %H:%M}"
        case AtLeast("min_amount", _, least):
            return f"购物满{yuan(least)}元" if zh else f"cart from ¥{yuan(least)}"
        case AtLeast(_, _, least):
            return f"购物满{least}件" if zh else f"cart from {least} units"
        case DepositPaid():
            return "须已付定金" if zh else "where the deposit was paid"
        case AnyLeaf(parts):
            return ("或" if zh else " or ").join(_when(p, zh) for p in parts)
        case Not(part):
            return f"非（{_when(part, zh)}）" if zh else f"not ({_when(part, zh)})"


def rejection_sentence(rejection: Rejection, lang: Lang = "zh") -> str:
    """还差5元可用: why an offer did not apply, as a customer reads it."""
    zh = lang == "zh"
    f = rejection.figures
    match rejection.reason:
        case "SCOPE":
            return "购物车中没有适用商品" if zh else "nothing in the cart is covered"
        case "EXPIRED":
            return "已结束" if zh else "it has ended"
        case "NOT_YET":
            return f"{f['at']} 开始" if zh else f"it starts at {f['at']}"
        case "SOLD_OUT":
            return "已抢光" if zh else "it is sold out"
        case "LIMIT":
            return "已达限用次数" if zh else "its limit is used up"
        case "BUDGET":
            return "活动预算已用完" if zh else "its budget is used up"
        case "WHEN" if f["leaf"] == "deposit":
            return "未付定金" if zh else "no deposit was paid"
        case "WHEN":
            name = str(f["leaf"])
            return f"不满足条件：{LISTS.get(name, (name, name))[0]}" if zh else f"its condition is not met: {name}"
        case "THRESHOLD":
            return _short(f, zh)
        case "EXCLUDED":
            by = f.get("by", "")
            return (
                f"与已享优惠不可同享 {by}" if zh else f"it cannot be combined with {by or 'another offer'}"
            ).rstrip()
        case "NO_EFFECT":
            return "对当前购物车没有优惠" if zh else "it would take nothing off"
        case _:
            return _not_better(f, zh)


def _short(figures: dict[str, object], zh: bool) -> str:
    if "short_by_fen" in figures:
        fen = figures["short_by_fen"]
        assert isinstance(fen, int)
        return f"还差{yuan(fen)}元" if zh else f"¥{yuan(fen)} short"
    if "short_by_count" in figures:
        return f"还差{figures['short_by_count']}件" if zh else f"{figures['short_by_count']} units short"
    return "未达到门槛" if zh else "its threshold is not reached"


def _not_better(figures: dict[str, object], zh: bool) -> str:
    by = figures.get("by_fen")
    if isinstance(by, int) and by > 0:
        return f"使用后会多付{yuan(by)}元，已为您选更优组合" if zh else f"you would pay ¥{yuan(by)} more with it"
    return "已为您选用更优组合" if zh else "another combination is better"


def type_name(offer: Offer, lang: Lang = "zh") -> str:
    """满减, 优惠券 …: what kind of offer this is."""
    kind = TYPES[offer.type]
    return kind.zh if lang == "zh" else kind.en
