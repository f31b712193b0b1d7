"""What an offer says in one sentence, in Chinese and English; what a rejection says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from backend.pricing.conditions import Any as AnyLeaf
from backend.pricing.conditions import (
    AnyOf,
    AtLeast,
    DayOfMonth,
    DepositPaid,
    From,
    Hours,
    Leaf,
    Not,
    OrderNumber,
    Until,
    Weekday,
    When,
    walk,
)
from backend.pricing.model import Offer, Rejection
from backend.pricing.offers.base import yuan
from backend.pricing.offers.register import TYPES
from backend.pricing.offers.wording import counted, scope_words

Lang = Literal["zh", "en"]
NO_NAMES: Mapping[str, str] = {}
GROUPS = {kind.group: (kind.zh, kind.en) for kind in TYPES.values()} | {
    "line": ("单品优惠", "item offers"),
    "order": ("订单优惠", "order offers"),
    "gift": ("满赠", "gifts"),
    "add_on": ("加价购", "add-ons"),
    "coupon": ("优惠券", "coupons"),
    "shipping": ("运费优惠", "shipping offers"),
    "member": ("会员价", "member prices"),
}
TENDERS = {
    "red_packet": ("红包", "red packets"),
    "points": ("积分", "points"),
    "balance": ("余额", "balance"),
}
CODES = {
    "channel": {
        "miniapp": ("小程序", "the mini-program"),
        "h5": ("网页", "the web page"),
        "app": ("App", "the app"),
        "mall": ("商城", "the online mall"),
        "pos": ("门店收银", "the till"),
    },
    "level": {
        "basic": ("普通会员", "basic members"),
        "silver": ("银卡会员", "silver members"),
        "gold": ("金卡会员", "gold members"),
        "diamond": ("钻卡会员", "diamond members"),
    },
    "customer": {"new": ("新客", "new customers"), "returning": ("老客", "returning customers")},
    "payment": {
        "wechat": ("微信支付", "WeChat Pay"),
        "alipay": ("支付宝", "Alipay"),
        "balance": ("余额支付", "the balance"),
        "cash": ("现金", "cash"),
    },
    "delivery": {"delivery": ("配送", "delivery"), "pickup": ("自提", "pickup")},
}
"""Codes in words; others are said as they are."""
FRAMES = {
    "channel": ("{}下单", "in {}"),
    "store": ("门店「{}」", "at {}"),
    "region": ("{}地区", "in {}"),
    "level": ("{}", "for {}"),
    "customer": ("{}", "for {}"),
    "tag": ("「{}」人群", "for customers tagged {}"),
    "payment": ("{}", "paid with {}"),
    "delivery": ("{}", "for {}"),
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def sentence(offer: Offer, lang: Lang = "zh") -> str:
    """满200减30，限丸滑，每单一次，不与会员价同享: the offer as a customer reads it."""
    zh = lang == "zh"
    parts = [offer.effect.zh() if zh else offer.effect.en()]
    if not offer.scope.of.all or offer.scope.exclude or offer.scope.min_price or offer.scope.max_price:
        parts.append(("限" if zh else "on ") + scope_words(offer.scope, zh))
    if offer.when is not None:
        parts.extend(_required(leaf, zh) for leaf in offer.when.leaves)
    parts.extend(_limits(offer, zh))
    if offer.excludes:
        listed = _names(offer.excludes, GROUPS, zh)
        parts.append(f"不与{listed}同享" if zh else f"not with {listed}")
    match offer.exclusive:
        case "line":
            parts.append("参加商品不享其他优惠" if zh else "no other offer on the same goods")
        case "cart":
            parts.append("不与其他优惠同享" if zh else "no other offer in the same order")
    if offer.no_tender:
        listed = _names(offer.no_tender, TENDERS, zh)
        parts.append(f"不可用{listed}" if zh else f"cannot be paid with {listed}")
    if offer.expires is not None:
        parts.append(f"{_moment(offer.expires)}前有效" if zh else f"valid until {_moment(offer.expires)}")
    return ("，" if zh else ", ").join(parts)


def _names(names: Iterable[str], known: Mapping[str, tuple[str, str]], zh: bool) -> str:
    return ("、" if zh else ", ").join(known.get(n, (n, n))[0 if zh else 1] for n in sorted(names))


def _limits(offer: Offer, zh: bool) -> list[str]:
    limits, units = offer.limits, offer.level == "LINE" or offer.effect.needs_deposit
    found = []
    for most, whose_zh, whose_en in (
        (limits.per_order, "每单", "an order"),
        (limits.per_customer, "每人", "a customer"),
        (limits.per_day, "每人每天", "a customer a day"),
    ):
        if most is not None:
            found.append(whose_zh + _at_most(most, units) if zh else f"{_times(most, units)} {whose_en}")
    if limits.stock is not None:
        n = limits.stock
        found.append(f"共{n}{'件' if units else '次'}" if zh else f"{_times(n, units)} in all")
    return found


def _at_most(n: int, units: bool) -> str:
    if units:
        return f"限{n}件"
    return "一次" if n == 1 else f"限{n}次"


def _times(n: int, units: bool) -> str:
    if units:
        return counted(n, "unit")
    return "once" if n == 1 else f"{n} times"


# --- conditions


def _required(leaf: Leaf, zh: bool) -> str:
    """限新客; 小程序下单除外: a condition as a part of an offer's sentence."""
    match leaf:
        case AtLeast() | DepositPaid() | From() | Until() | OrderNumber() | Weekday() | DayOfMonth() | Hours() | Not():
            return _leaf(leaf, zh)
        case AnyOf() | AnyLeaf():
            return ("限" if zh else "") + _leaf(leaf, zh)


def _missing(leaf: Leaf, zh: bool) -> str:
    """仅18:00–22:00可用: what a cart lacks that the condition asks for."""
    match leaf:
        case DepositPaid():
            return "未付定金" if zh else "no deposit was paid"
        case AtLeast():
            return _cart(leaf, zh, "需满") if zh else f"it needs {_cart(leaf, zh)}"
        case From() | Until():
            return f"{_leaf(leaf, zh)}可用" if zh else f"only {_leaf(leaf, zh)}"
        case Not(part):
            return f"{_when(part, zh)}不可用" if zh else f"not {_when(part, zh)}"
        case _:
            return f"仅{_leaf(leaf, zh)}可用" if zh else f"only {_leaf(leaf, zh)}"


def _when(when: When, zh: bool) -> str:
    return ("且" if zh else " and ").join(_leaf(leaf, zh) for leaf in when.leaves)


def _leaf(leaf: Leaf, zh: bool) -> str:
    match leaf:
        case AnyOf("customer_id"):  # nobody is told who they are
            return "指定顾客" if zh else "for chosen customers"
        case AnyOf(name, values):
            listed = _names(values, CODES.get(name, {}), zh)
            return FRAMES[name][0 if zh else 1].format(listed)
        case OrderNumber(least, most):
            if most is None:
                return f"第{least}单起" if zh else f"from order {least} on"
            if most == least:
                return f"第{least}单" if zh else f"on order {least}"
            return f"第{least}至{most}单" if zh else f"on orders {least} to {most}"
        case Weekday(days):
            return _days(sorted(days), zh)
        case DayOfMonth(days):
            return _dates(sorted(days), zh)
        case Hours(start, end):
            over = ("次日" if zh else "next day ") if end <= start else ""
            return f"{start // 60:02d}:{start % 60:02d}–{over}{end // 60:02d}:{end % 60:02d}"
        case From(moment):
            return f"{_moment(moment)}起" if zh else f"from {_moment(moment)}"
        case Until(moment):
            return f"{_moment(moment)}前" if zh else f"until {_moment(moment)}"
        case AtLeast():
            return _cart(leaf, zh)
        case DepositPaid():
            return "须已付定金" if zh else "where the deposit was paid"
        case AnyLeaf(parts):
            return ("或" if zh else " or ").join(_when(p, zh) for p in parts)
        case Not(part):
            return f"{_when(part, zh)}除外" if zh else f"not {_when(part, zh)}"


def _cart(leaf: AtLeast, zh: bool, least: str = "满") -> str:
    """购物满50元; 丸滑满3件."""
    all_goods = leaf.scope.of.all and leaf.scope.exclude is None
    if zh:
        what = "购物" if all_goods else scope_words(leaf.scope, zh)
        return what + least + (f"{yuan(leaf.least)}元" if leaf.leaf == "min_amount" else f"{leaf.least}件")
    what = "" if all_goods else f" of {scope_words(leaf.scope, zh)}"
    amount = f"¥{yuan(leaf.least)}" if leaf.leaf == "min_amount" else counted(leaf.least, "unit")
    return f"a cart from {amount}{what}"


def _runs(days: list[int]) -> list[list[int]]:
    """Rising days, those that follow each other together."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _dates(days: list[int], zh: bool) -> str:
    """每月8日、18日; 每月1日至7日: three and more in a row are said as a range."""
    said = []
    for run in _runs(days):
        names = [f"{d}日" if zh else str(d) for d in run]
        said.extend([names[0] + ("至" if zh else "–") + names[-1]] if len(run) > 2 else names)
    return "每月" + "、".join(said) if zh else f"on day {', '.join(said)} of the month"


def _days(days: list[int], zh: bool) -> str:
    """周一至周五; 周六、周日: three and more in a row are said as a range."""
    said = []
    for run in _runs(days):
        names = ["周" + "一二三四五六日"[d - 1] if zh else DAYS[d - 1] for d in run]
        said.extend([names[0] + ("至" if zh else "–") + names[-1]] if len(run) > 2 else names)
    return ("、" if zh else ", ").join(said)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


# --- what did not apply


def rejection_sentence(rejection: Rejection, lang: Lang = "zh", names: Mapping[str, str] = NO_NAMES) -> str:
    """还差¥5.00: why an offer did not apply, as a customer reads it. `names` calls other offers by name."""
    zh = lang == "zh"
    offer, f = rejection.offer, rejection.figures
    match rejection.reason:
        case "SCOPE" if offer.type == "add_on":
            return (
                "购物车中没有参加的商品，所选加价购没有加入"
                if zh
                else "nothing in the cart is covered; the add-on chosen is not added"
            )
        case "SCOPE" if offer.type == "spend_gift":
            return (
                "购物车中没有参加的商品，所选赠品不会送出"
                if zh
                else "nothing in the cart is covered; the gift chosen is not given"
            )
        case "SCOPE":
            return "购物车中没有适用商品" if zh else "nothing in the cart is covered"
        case "EXPIRED":
            return ("已过期" if offer.is_coupon else "已结束") if zh else "it has ended"
        case "NOT_YET":
            start = _moment(datetime.fromisoformat(str(f["at"])))
            return f"{start} 开始" if zh else f"it starts at {start}"
        case "SOLD_OUT":
            if offer.type == "spend_gift":
                return "赠品已送完" if zh else "its gifts are gone"
            if offer.level == "EARN":
                return "已送完" if zh else "all of it is given"
            return "已抢光" if zh else "it is sold out"
        case "LIMIT":
            return _used_up(offer, str(f.get("which")), f, zh)
        case "BUDGET":
            return "活动预算已用完" if zh else "its budget is used up"
        case "WHEN":
            return _not_met(offer, str(f["leaf"]), zh)
        case "THRESHOLD":
            return _short(f, zh)
        case "EXCLUDED":
            return _kept_out(names.get(str(f.get("by")), str(f.get("by", ""))), zh)
        case "NO_EFFECT" if offer.content == "bundle":
            return "套餐商品没选齐，或已经不贵于套餐价" if zh else "the set is not complete, or costs no more already"
        case "NO_EFFECT":
            return "对当前购物车没有优惠" if zh else "it would take nothing off"
        case _ if offer.is_coupon and offer.level == "EARN":
            return "选用后才生效" if zh else "it counts once you choose it"
        case _:
            return _not_better(f, zh)


def _used_up(offer: Offer, which: str, f: Mapping[str, object], zh: bool) -> str:
    units = offer.level == "LINE" or offer.effect.needs_deposit
    most = offer.limits.per_customer if which == "per_customer" else offer.limits.per_day
    if which == "max_coupons" and offer.level == "EARN":  # it could be used: no other coupon is a reason to give it up
        return (
            "用券名额已被占用，单独选用才生效"
            if zh
            else "another coupon has its place; it counts if you choose it alone"
        )
    if which == "max_coupons":
        return "这一单用不了更多优惠券" if zh else "this order cannot take another coupon"
    if which == "per_customer" and most:
        said = _at_most(most, units)
        return f"您已用完（每人{said}）" if zh else f"you have used it up ({_times(most, units)} a customer)"
    if which == "per_day" and most:
        said, again = _at_most(most, units), _moment(datetime.fromisoformat(str(f["resets_at"])))
        if zh:
            return f"您今天已用完（每人每天{said}），{again}起可再享受"
        return f"you have used it up for today ({_times(most, units)} a customer a day); again from {again}"
    return "已达限用次数" if zh else "its limit is used up"


def _not_met(offer: Offer, name: str, zh: bool) -> str:
    """The leaves of that name in words; of one that stands inside any, the whole any."""
    top = offer.when.leaves if offer.when is not None else ()
    found: list[Leaf] = [leaf for leaf in top if leaf.leaf == name]
    if not found:
        found = [
            x for x in top if isinstance(x, AnyLeaf) and any(inner.leaf == name for p in x.parts for inner in walk(p))
        ]
    if not found:
        return "不满足使用条件" if zh else "its condition is not met"
    return ("，" if zh else ", ").join(_missing(leaf, zh) for leaf in found)


def _short(figures: Mapping[str, object], zh: bool) -> str:
    fen, count = figures.get("short_by_fen"), figures.get("short_by_count")
    if isinstance(fen, int):
        return f"还差{_money(fen)}" if zh else f"{_money(fen)} short"
    if isinstance(count, int):
        return f"还差{count}件" if zh else f"{counted(count, 'unit')} short"
    return "未达到门槛" if zh else "its threshold is not reached"


def _kept_out(by: str, zh: bool) -> str:
    if not by:
        return "不能与已享的优惠同享" if zh else "it cannot be combined with another offer"
    return f"不能与「{by}」同享" if zh else f"it cannot be combined with “{by}”"


def _not_better(figures: Mapping[str, object], zh: bool) -> str:
    """What is known and no more: without a figure nothing is said about the price."""
    by = figures.get("by_fen")
    if not isinstance(by, int):
        return "已用其他优惠组合" if zh else "another combination is used"
    if by > 0:
        return f"已用更优惠的组合（再省{_money(by)}）" if zh else f"another combination saves {_money(by)} more"
    if by < 0:
        return f"没有选用（用它可再省{_money(-by)}）" if zh else f"not chosen; it would save {_money(-by)} more"
    return "已用同样优惠的组合" if zh else "another combination costs the same"


def _money(fen: int) -> str:
    return f"¥{fen // 100}.{fen % 100:02d}"


def type_name(offer: Offer, lang: Lang = "zh") -> str:
    """满减, 优惠券 …: what kind of offer this is."""
    kind = TYPES[offer.type]
    return kind.zh if lang == "zh" else kind.en
