"""Two folders compared: rules in words, the shop (articles, policy, stock, budgets), and what examples cost in each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from backend import pricing
from backend.rule_files.folder import Example, Folder

FIGURES = ("stock", "gift_stock", "budget")
NAMES = {
    "price": "价格",
    "floor": "底价",
    "cost": "成本",
    "name": "名称",
    "category": "分类",
    "brand": "品牌",
    "tags": "标签",
}
MONEY = ("price", "floor", "cost")


@dataclass(frozen=True, slots=True)
class Change:
    """What is new, gone or changed between two folders, in words: an offer, an article, a part of the policy, what is left
    of an offer, a gift or a budget; or an example that costs something else. "" is nothing."""

    kind: str  # "added" | "removed" | "changed" | "article" | "policy" | "stock" | "gift_stock" | "budget" | "price"
    id: str
    before: str
    after: str


def diff(old: Folder, new: Folder) -> Iterator[Change]:
    """What changed, and what the new folder's examples cost in the old folder, with its shop, and in the new."""
    yield from _offers(old, new)
    yield from _shop(old, new)
    for example in new.examples:
        was, now = _cost(old, example), _cost(new, example)
        if was != now:
            yield Change("price", example.name, was, now)


def _cost(folder: Folder, example: Example) -> str:
    """What an example costs in a folder; where it cannot be priced there, why."""
    try:
        priced = pricing.price_scenario(pricing.parse_scenario(folder.scenario(example.scenario)))
    except pricing.Malformed as error:
        first = error.problems[0]
        return f"不能计价（{first.path}: {first.message}）"
    return str(priced["payable"])


def _offers(old: Folder, new: Folder) -> Iterator[Change]:
    before, after = _by_id(old), _by_id(new)
    for offer_id in sorted(before.keys() | after.keys()):
        one, two = before.get(offer_id), after.get(offer_id)
        if one is None and two is not None:
            yield Change("added", offer_id, "", pricing.sentence(two))
        elif two is None and one is not None:
            yield Change("removed", offer_id, pricing.sentence(one), "")
        elif one is not None and two is not None and one.hash != two.hash:
            yield Change("changed", offer_id, *_said(one, two))


def _by_id(folder: Folder) -> dict[str, pricing.Offer]:
    offers = [pricing.parse_offer(p) for p in folder.promotions]
    return {offer.id: offer for offer in (*offers, *(pricing.parse_coupon(c) for c in folder.coupons))}


def _said(one: pricing.Offer, two: pricing.Offer) -> tuple[str, str]:
    """Both in a sentence; where the sentences are the same, with the fields of the file that are not."""
    words = pricing.sentence(one), pricing.sentence(two)
    if words[0] != words[1]:
        return words
    a, b = json.loads(one.source), json.loads(two.source)
    fields = [key for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)]
    return _with_fields(words[0], a, fields), _with_fields(words[1], b, fields)


def _with_fields(words: str, data: Mapping[str, Any], fields: list[str]) -> str:
    said = "，".join(f"{key} {json.dumps(data[key], ensure_ascii=False) if key in data else '无'}" for key in fields)
    return f"{words}（{said}）"


def _shop(old: Folder, new: Folder) -> Iterator[Change]:
    one, two = _request(old), _request(new)
    for sku in sorted(one.catalog.keys() | two.catalog.keys()):
        before, after = _article(one.catalog.get(sku), old.costs), _article(two.catalog.get(sku), new.costs)
        if before != after:
            same = {key for key in before if before and after and before[key] == after[key]}
            yield Change("article", sku, _words(before, same), _words(after, same))
    for key, was, now in _changed(asdict(one.policy), asdict(two.policy)):
        yield Change("policy", key, was, now)
    for figure in FIGURES:
        for key, was, now in _changed(getattr(one, figure), getattr(two, figure)):
            yield Change(figure, key, was, now)


def _request(folder: Folder) -> pricing.QuoteRequest:
    """The shop of a folder as it stands, nobody in it."""
    empty = {**folder.shop, "at": "2000-01-01T00:00:00+00:00", "cart": {"lines": []}}
    return pricing.parse_scenario(empty).request


def _changed(one: Mapping[str, Any], two: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in sorted(one.keys() | two.keys()):
        if one.get(key) != two.get(key):
            yield key, str(one.get(key, "")), str(two.get(key, ""))


def _article(product: pricing.Product | None, costs: Mapping[str, int]) -> dict[str, Any]:
    if product is None:
        return {}
    fields = {"cost": costs.get(product.sku), "tags": sorted(product.tags)}
    return {key: fields[key] if key in fields else getattr(product, key) for key in NAMES}


def _words(article: Mapping[str, Any], same: set[str]) -> str:
    said = []
    for key, value in article.items():
        if key in same or (not value and not same and key != "price"):
            continue
        if key in MONEY:
            text = "无" if value is None else f"{value // 100}.{value % 100:02d}"
        else:
            text = "、".join(value) if isinstance(value, list) else value
        said.append(f"{NAMES[key]} {text or '无'}")
    return "，".join(said)
