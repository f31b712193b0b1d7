"""Rules in words, made from the machine rule. The window, the end of a coupon and article codes are for machines:
the first two are shown apart; articles, stores, coupon templates and other offers are called by their names."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from backend import offers, pricing

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
NO_NAMES: Mapping[str, str] = {}
LISTED = ("skus", "store", "level", "tag", "excludes")
UNNAMED = re.compile("tpl_[0-9a-f]{32}")
"""A coupon template (返券) that nobody called by its name."""
NAMING = re.compile('"(store|level|tag|min_amount|min_count)"')
LABELS = {
    "birthday": "生日当天",
    "birthday_month": "生日当月",
    "lifecycle_new": "新客期",
    "lifecycle_active": "活跃期",
    "lifecycle_silent": "沉默期",
    "lifecycle_lost": "流失期",
    "rfm_potential": "潜力客户",
    "rfm_active": "活跃客户",
    "rfm_at_risk": "流失风险客户",
}
"""Labels that the product itself puts on customers, by name."""


def _with_names(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            k: [names.get(v, v) for v in x]
            if k in LISTED
            else names.get(x, x)
            if k in ("sku", "template")
            else _with_names(x, names)
            for k, x in node.items()
        }
    return [_with_names(x, names) for x in node] if isinstance(node, list) else node


@lru_cache(maxsize=4096)
def _rule_of(source: str, coupon: bool, names: tuple[tuple[str, str], ...]) -> str:
    definition = _with_names(offers.without_window(json.loads(source)), dict(names))
    if coupon:
        definition.pop("expires", None)
        definition.pop("excludes", None)  # codes, drawn up for one cart (K01); its terms say what it goes with
        return pricing.sentence(pricing.parse_coupon(definition), "zh")
    return UNNAMED.sub("", pricing.sentence(pricing.parse_offer(definition), "zh"))


def rule(offer: pricing.Offer | None, names: Mapping[str, str] = NO_NAMES) -> str:
    """满200减30，限丸滑: the rule without its window. `names` calls articles and others by name."""
    if offer is None:
        return ""
    return _rule_of(offer.source, offer.is_coupon, _own(offer, {**LABELS, **names}))


def _own(offer: pricing.Offer, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((code, name) for code, name in names.items() if code in offer.source))


def scope(definition: Mapping[str, Any], names: Mapping[str, str] = NO_NAMES) -> str:
    """Which goods a scope means: 限丸滑."""

    def with_scope(given: Mapping[str, Any]) -> str:
        probe = {"id": "scope", "template": "scope", "content": {"off": {"min": 0, "off": 1}}, "scope": dict(given)}
        return rule(pricing.parse_coupon(probe), names)

    return with_scope(definition).removeprefix(with_scope({"all": True})).strip("，") or "全部商品"


@lru_cache(maxsize=4096)
def _named(source: str, coupon: bool, names: tuple[tuple[str, str], ...]) -> pricing.Offer:
    definition = _with_names(json.loads(source), dict(names))
    return pricing.parse_coupon(definition) if coupon else pricing.parse_offer(definition)


def short(offer: pricing.Offer) -> str:
    """The rule in at most 12 characters, for a tag."""
    words = rule(offer).split("，")[0]
    return words if len(words) <= 12 else words[:11] + "…"


def yuan(fen: int) -> str:
    """¥12.50, −¥3.00."""
    return f"{'−' if fen < 0 else ''}¥{abs(fen) // 100}.{abs(fen) % 100:02d}"


TENDERS = {"red_packet": "红包", "points": "积分", "balance": "余额"}


def capped(cap: pricing.TenderCap, fen: int) -> str:
    """A cap of the merchant that kept a tender from paying more than `fen`."""
    name = TENDERS[cap.kind]
    if cap.bp is None:
        return f"{name}每单最多抵 {yuan(fen)}" if fen else f"这家店不能用{name}抵扣"
    if fen == 0 and 0 in (cap.bp, cap.fen):
        return f"这家店不能用{name}抵扣"
    share = f"{name}最多抵 {cap.bp / 100:g}%"
    most = "" if cap.fen is None else f"、每单 {yuan(cap.fen)}"
    return f"{share}{most}，这一单最多 {yuan(fen)}"


def moment(at: dt.datetime) -> str:
    """11月25日 20:00, in the merchant's (Shanghai) time."""
    local = at.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def rejection(found: pricing.Rejection, names: Mapping[str, str] = NO_NAMES) -> str:
    """Why an offer did not apply, as a customer reads it. `names` calls articles, stores and other offers by name."""
    at = found.figures.get("at")
    if found.reason in ("NOT_YET", "EXPIRED") and at is not None:
        when = moment(dt.datetime.fromisoformat(at) if isinstance(at, str) else at)
        return f"{when} 开始" if found.reason == "NOT_YET" else f"已于 {when} 结束"
    resets = found.figures.get("resets_at")
    if resets is not None:  # in the words of this shop, which name no year
        again = moment(dt.datetime.fromisoformat(resets))
        return f"{pricing.rejection_sentence(found, 'zh', names).rpartition('，')[0]}，{again} 起可再享受"
    if found.reason == "WHEN" and NAMING.search(found.offer.source) and (own := _own(found.offer, {**LABELS, **names})):
        found = found._replace(offer=_named(found.offer.source, found.offer.is_coupon, own))
    return pricing.rejection_sentence(found, "zh", names)
