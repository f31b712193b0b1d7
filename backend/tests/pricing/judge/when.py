"""`when` and `expires`, written from §5 of the contract alone; decided before the model is built."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Data = dict[str, Any]


def holds_now(offer: Data, scenario: Data) -> bool:
    at = datetime.fromisoformat(scenario["at"])
    if "expires" in offer and at >= datetime.fromisoformat(offer["expires"]):
        return False
    return "when" not in offer or _all(offer["when"], scenario, at, 0)


def _all(when: Data, scenario: Data, at: datetime, inherited: int) -> bool:
    local = at.astimezone(ZoneInfo(scenario.get("policy", {}).get("tz", "Asia/Shanghai")))
    hours = _hours(when)
    shift = inherited
    if hours is not None:
        start, end = hours
        shift = int(end <= start and _minute(local) < end)
    return all(_leaf(name, value, scenario, at, local, shift) for name, value in when.items())


def _hours(when: Data) -> tuple[int, int] | None:
    """The hours that stand beside the other leaves, also within `all`."""
    if "hours" in when:
        first, last = (int(text[:2]) * 60 + int(text[3:]) for text in when["hours"])
        return first, last
    return next((found for part in when.get("all", ()) if (found := _hours(part)) is not None), None)


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _leaf(name: str, value: Any, scenario: Data, at: datetime, local: datetime, shift: int) -> bool:
    cart, customer = scenario["cart"], scenario.get("customer", {})
    match name:
        case "channel" | "store" | "payment" | "delivery":
            return cart.get(name) in value
        case "region":
            return any(((cart.get("region") or "") + "/").startswith(v + "/") for v in value)
        case "level":
            return customer.get("level") in value
        case "customer":
            return "id" in customer and ("new" if customer.get("new") else "returning") in value
        case "customer_id":
            return customer.get("id") in value
        case "tag":
            return bool(set(value) & set(customer.get("tags", ())))
        case "order_number":
            number = customer.get("orders", 0) + 1
            return "id" in customer and value.get("min", 1) <= number <= value.get("max", number)
        case "weekday":
            return (local - timedelta(days=shift)).isoweekday() in value
        case "day_of_month":
            return (local - timedelta(days=shift)).day in value
        case "hours":
            first, last = _hours({"hours": value}) or (0, 0)
            now = _minute(local)
            return first <= now < last if first < last else now >= first or now < last
        case "from":
            return at >= datetime.fromisoformat(value)
        case "until":
            return at < datetime.fromisoformat(value)
        case "min_amount" | "min_count":
            return _sum(name, value, scenario) >= value["fen" if name == "min_amount" else "count"]
        case "all":
            return all(_all(part, scenario, at, shift) for part in value)
        case "any":
            return any(_all(part, scenario, at, shift) for part in value)
        case "not":
            return not _all(value, scenario, at, shift)
    raise AssertionError(f"{name} is not a leaf")


def _sum(name: str, value: Data, scenario: Data) -> int:
    from backend.tests.pricing.judge.model import ALL, holds

    products = {p["sku"]: p for p in scenario["catalog"]}
    mine = [x for x in scenario["cart"]["lines"] if holds(value.get("scope", ALL), products[x["sku"]])]
    return sum(x["qty"] * (products[x["sku"]]["price"] if name == "min_amount" else 1) for x in mine)
