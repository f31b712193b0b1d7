"""A folder of rule files: read with every fault at once, its examples priced.

A rule file is JSON: `promotions` as in docs/pricing.md, `coupons` that customers may hold, and `examples`: a name, what a
scenario has beside rules (`at`, `cart`, `customer`, `coupons`, `stock` …) and what is expected. `catalog.json` holds the
shop: `catalog` (each article may have a `cost`), `policy`, `stock`, `gift_stock`, `budget`; an example may have its own.
All rules of the folder are live together. docs/rules-as-files.md shows one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend import pricing
from backend.price_files import load

EXPECTED = frozenset({"list", "goods", "saved", "shipping", "payable", "due"})
RULE_FIELDS = frozenset({"promotions", "coupons", "examples"})
SHOP = "catalog.json"
SHOP_FIELDS = frozenset({"catalog", "policy", "stock", "gift_stock", "budget"})
MAX_FEN = 2**53 - 1


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
    """The rules of a folder. `home` names the file of each offer and coupon; `costs` are fen a unit by SKU."""

    promotions: list[dict[str, Any]] = field(default_factory=list)
    coupons: list[dict[str, Any]] = field(default_factory=list)
    home: dict[str, str] = field(default_factory=dict)
    shop: dict[str, Any] = field(default_factory=lambda: {"catalog": []})
    costs: dict[str, int] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Where the n-th promotion or coupon of all files stands: "promotions[3]" → (file, "promotions[0]")."""

    def scenario(self, more: dict[str, Any]) -> dict[str, Any]:
        """A scenario of the shop with the rules of the folder and something more, as `shuhui price` reads it."""
        return {**self.shop, **more, "promotions": self.promotions}


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
        elif file.name == SHOP:
            _read_shop(found, data)
        else:
            _read_rules(found, file.name, data)
    # The shop with all rules first, so that what is wrong with it is said once and not by every example.
    shop = {"at": "2000-01-01T00:00:00+00:00", "cart": {"lines": []}, "coupons": found.coupons}
    said = (
        _check(found, SHOP, "", shop, frozenset(), bool(found.shop["catalog"]))
        if found.shop["catalog"] or not found.examples
        else frozenset()
    )
    for example in found.examples:
        _check(found, example.file, f"examples({example.name}).", example.scenario, said)
    return found


def _read_shop(found: Folder, data: dict[str, Any]) -> None:
    found.faults += [Fault(SHOP, key, "unknown field") for key in data if key not in SHOP_FIELDS]
    found.shop |= {k: v for k, v in data.items() if k in SHOP_FIELDS and k != "catalog"}
    catalog = data.get("catalog", [])
    if not isinstance(catalog, list):
        found.faults.append(Fault(SHOP, "catalog", "must be a list"))
        return
    for n, article in enumerate(catalog):
        if not isinstance(article, dict) or "cost" not in article:
            found.shop["catalog"].append(article)
            continue
        cost = article["cost"]
        if isinstance(cost, bool) or not isinstance(cost, int) or not 0 <= cost <= MAX_FEN:
            found.faults.append(Fault(SHOP, f"catalog[{n}].cost", "must be a whole number of fen, not negative"))
        elif isinstance(article.get("sku"), str):
            found.costs[article["sku"]] = cost
        found.shop["catalog"].append({k: v for k, v in article.items() if k != "cost"})


def _read_rules(found: Folder, name: str, data: dict[str, Any]) -> None:
    found.faults += [Fault(name, key, "unknown field") for key in data if key not in RULE_FIELDS]
    lists = [data.get(key, []) for key in ("promotions", "coupons", "examples")]
    if not all(isinstance(its, list) for its in lists):
        found.faults.append(Fault(name, "", "promotions, coupons and examples must be lists"))
        return
    promotions, coupons, examples = lists
    _read_offers(found, name, "promotions", promotions)
    _read_offers(found, name, "coupons", coupons)
    for n, example in enumerate(examples):
        if not isinstance(example, dict) or not isinstance(example.get("expect"), dict) or not example.get("name"):
            found.faults.append(Fault(name, f"examples[{n}]", "must have a name and what to expect"))
            continue
        wrong = [k for k in example["expect"] if k not in EXPECTED and k != "offers"]
        found.faults += [Fault(name, f"examples[{n}].expect.{k}", "unknown field") for k in wrong]
        scenario = {k: v for k, v in example.items() if k not in ("name", "expect")}
        found.examples.append(Example(name, str(example["name"]), scenario, example["expect"]))


def _read_offers(found: Folder, name: str, key: str, items: list[Any]) -> None:
    parse = pricing.parse_offer if key == "promotions" else pricing.parse_coupon
    kept = found.promotions if key == "promotions" else found.coupons
    for n, item in enumerate(items):
        path = f"{key}[{n}]"
        try:
            offer = parse(item, path)
        except pricing.Malformed as error:
            found.faults += [Fault(name, p.path, p.message) for p in error.problems]
            continue
        if offer.id in found.home:
            found.faults.append(Fault(name, f"{path}.id", f"{offer.id} stands in {found.home[offer.id]} too"))
            continue
        found.home[offer.id] = name
        found.places[f"{key}[{len(kept)}]"] = name, path
        kept.append(item)


def _check(
    found: Folder,
    file: str,
    place: str,
    scenario: dict[str, Any],
    said: frozenset[tuple[str, str]],
    closed: bool = False,
) -> frozenset[tuple[str, str]]:
    """Notes what the core finds wrong with a scenario, but for what was said before; answers what it found. With `closed`
    its catalogue is all that the shop has."""
    try:
        pricing.parse_scenario(found.scenario(scenario), closed)
    except pricing.Malformed as error:
        faults = {(p.path, p.message): p for p in error.problems}
        for problem in (p for key, p in faults.items() if key not in said):
            of_rule = re.match(r"promotions\[\d+\]" if place else r"(promotions|coupons)\[\d+\]", problem.path)
            if of_rule is None:
                found.faults.append(Fault(file, place + problem.path, problem.message))
                continue
            home, path = found.places[of_rule.group()]
            found.faults.append(Fault(home, path + problem.path[of_rule.end() :], problem.message))
        return frozenset(faults)
    return frozenset()


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
        answer = pricing.price_scenario(pricing.parse_scenario(found.scenario(example.scenario)))
        applied = sorted(o["id"] for o in answer["offers"])
        got = {**{k: answer[k] for k in EXPECTED}, "offers": applied}
        wanted = {k: sorted(v) if k == "offers" else v for k, v in example.expect.items()}
        wrong = tuple((k, v, got[k]) for k, v in wanted.items() if got[k] != v)
        yield Result(example.file, example.name, answer["payable"], wrong)
