"""Promotions as files (P20): a folder of rule files with example carts, tested, compared and checked without a database.

A rule file is JSON: `promotions` as in docs/pricing.md, and `examples`: a name, what a scenario has beside rules (`at`,
`cart`, `customer`, `coupons`, `stock` …) and what is expected. `catalog.json` in the folder holds the `catalog` of all.
All rules of the folder are live together. docs/rules-as-files.md shows one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from backend import pricing
from backend.price_files import load

EXPECTED = frozenset({"list", "goods", "saved", "shipping", "payable", "due"})
RULE_FIELDS = frozenset({"promotions", "examples"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a file, and where it stands."""

    file: str
    path: str
    message: str


@dataclass(slots=True)
class Example:
    file: str
    name: str
    scenario: dict[str, Any]
    expect: dict[str, Any]


@dataclass(slots=True)
class Folder:
    """The rules of a folder. `home` names the file of each offer."""

    promotions: list[dict[str, Any]] = field(default_factory=list)
    home: dict[str, str] = field(default_factory=dict)
    catalog: list[Any] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(folder: Path) -> Folder:
    """Every rule file of a folder, with every fault at once."""
    found = Folder()
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        found.faults.append(Fault(str(folder), "", "is not a folder with rule files (*.json)"))
    for file in files:
        try:
            data = load(str(file))
        except pricing.Malformed as error:
            found.faults += [Fault(file.name, p.path, p.message) for p in error.problems]
            continue
        if not isinstance(data, dict):
            found.faults.append(Fault(file.name, "", "must be an object"))
        elif file.name == "catalog.json":
            found.catalog = data.get("catalog") or []
        else:
            _read_rules(found, file.name, data)
    for example in found.examples:
        _check(found, example)
    if not found.examples and not found.faults:
        _check(found, Example("", "", {"at": "2000-01-01T00:00:00+00:00", "cart": {"lines": []}}, {}))
    return found


def _read_rules(found: Folder, name: str, data: dict[str, Any]) -> None:
    found.faults += [Fault(name, key, "unknown field") for key in data if key not in RULE_FIELDS]
    promotions, examples = data.get("promotions", []), data.get("examples", [])
    if not isinstance(promotions, list) or not isinstance(examples, list):
        found.faults.append(Fault(name, "", "promotions and examples must be lists"))
        return
    for n, promotion in enumerate(promotions):
        try:
            offer = pricing.parse_offer(promotion, f"promotions[{n}]")
        except pricing.Malformed as error:
            found.faults += [Fault(name, p.path, p.message) for p in error.problems]
            continue
        if offer.id in found.home:
            found.faults.append(Fault(name, f"promotions[{n}].id", f"{offer.id} stands in {found.home[offer.id]} too"))
        found.home[offer.id] = name
        found.promotions.append(promotion)
    for n, example in enumerate(examples):
        if not isinstance(example, dict) or not isinstance(example.get("expect"), dict) or not example.get("name"):
            found.faults.append(Fault(name, f"examples[{n}]", "must have a name and what to expect"))
            continue
        wrong = [k for k in example["expect"] if k not in EXPECTED and k != "offers"]
        found.faults += [Fault(name, f"examples[{n}].expect.{k}", "unknown field") for k in wrong]
        scenario = {k: v for k, v in example.items() if k not in ("name", "expect")}
        found.examples.append(Example(name, str(example["name"]), scenario, example["expect"]))


def _whole(found: Folder, example: Example) -> dict[str, Any]:
    return {"catalog": found.catalog, **example.scenario, "promotions": found.promotions}


def _check(found: Folder, example: Example) -> None:
    try:
        pricing.parse_scenario(_whole(found, example))
    except pricing.Malformed as error:
        place = f"examples({example.name})." if example.name else ""
        found.faults += [Fault(example.file, f"{place}{p.path}", p.message) for p in error.problems]


@dataclass(frozen=True, slots=True)
class Result:
    """One example priced: what was expected of it and did not come, as (field, expected, found)."""

    file: str
    name: str
    payable: int
    wrong: tuple[tuple[str, Any, Any], ...]


def test(found: Folder) -> Iterator[Result]:
    """Prices every example under all rules of the folder."""
    for example in found.examples:
        answer = pricing.price_scenario(pricing.parse_scenario(_whole(found, example)))
        applied = sorted(o["id"] for o in answer["offers"])
        got = {**{k: answer[k] for k in EXPECTED}, "offers": applied}
        wanted = {k: sorted(v) if k == "offers" else v for k, v in example.expect.items()}
        wrong = tuple((k, v, got[k]) for k, v in wanted.items() if got[k] != v)
        yield Result(example.file, example.name, answer["payable"], wrong)


@dataclass(frozen=True, slots=True)
class Change:
    """An offer that is new, gone or changed between two folders, in words; or an example that costs something else."""

    kind: str  # "added" | "removed" | "changed" | "price"
    id: str
    before: str
    after: str


def diff(old: Folder, new: Folder) -> Iterator[Change]:
    """What changed in the rules, and what the new folder's examples cost under the old rules and under the new."""
    before = {p["id"]: pricing.parse_offer(p) for p in old.promotions}
    after = {p["id"]: pricing.parse_offer(p) for p in new.promotions}
    for offer_id in sorted(before.keys() | after.keys()):
        one, two = before.get(offer_id), after.get(offer_id)
        if one is None and two is not None:
            yield Change("added", offer_id, "", pricing.sentence(two))
        elif two is None and one is not None:
            yield Change("removed", offer_id, pricing.sentence(one), "")
        elif one is not None and two is not None and one.hash != two.hash:
            yield Change("changed", offer_id, pricing.sentence(one), pricing.sentence(two))
    for example in new.examples:
        was = pricing.price_scenario(pricing.parse_scenario({**_whole(new, example), "promotions": old.promotions}))
        now = pricing.price_scenario(pricing.parse_scenario(_whole(new, example)))
        if was["payable"] != now["payable"]:
            yield Change("price", example.name, str(was["payable"]), str(now["payable"]))


@dataclass(frozen=True, slots=True)
class Finding:
    file: str
    id: str
    kind: str
    message: str


def lint(found: Folder, at: datetime) -> Iterator[Finding]:
    """Rules that are well-formed and yet cannot be what was meant, as seen at `at`."""
    offers = [pricing.parse_offer(p) for p in found.promotions]
    goods = [
        pricing.Product(
            sku=p["sku"],
            price=p["price"],
            category=p.get("category", ""),
            brand=p.get("brand", ""),
            tags=frozenset(p.get("tags", ())),
        )
        for p in found.catalog
    ]
    groups = {o.group for o in offers}
    known = groups | {o.id for o in offers} | {"line", "order", "gift", "add_on", "coupon", "shipping"}
    for offer, rule in zip(offers, found.promotions, strict=True):
        file = found.home[offer.id]
        if goods and not any(offer.scope.holds(p) for p in goods):
            yield Finding(file, offer.id, "no_goods", "its scope holds no article of the catalogue")
        until = (rule.get("when") or {}).get("until")
        if until and datetime.fromisoformat(until) <= at:
            yield Finding(file, offer.id, "over", f"it ended at {until}")
        for name in sorted(offer.excludes - known):
            yield Finding(file, offer.id, "excludes_nothing", f"excludes {name}, which no offer and no group is called")
        if "group" in rule and sum(o.group == offer.group for o in offers) == 1:
            yield Finding(file, offer.id, "lonely_group", f"nobody else is in the group {offer.group}")
        for n in _free_tiers(rule):
            yield Finding(
                file, offer.id, "gives_all", f"tier {n + 1} takes off as much as its threshold: the goods are free"
            )


def _free_tiers(rule: Mapping[str, Any]) -> list[int]:
    if rule["type"] != "spend_off":
        return []
    return [n for n, tier in enumerate(rule.get("tiers") or []) if tier["min"] and tier["off"] >= tier["min"]]
