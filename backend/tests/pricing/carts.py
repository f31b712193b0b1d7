"""Random scenarios for the tests: small, full of conflicts, ties and roundings; one seed, one scenario."""

from __future__ import annotations

from random import Random
from typing import Any

SKUS = ("A", "B", "C", "D", "E")
TAGS = ("hot", "cold")


def scope(rng: Random) -> dict[str, Any]:
    kind = rng.randrange(5)
    if kind <= 1:
        return {"all": True}
    if kind == 2:
        return {"tags": [rng.choice(TAGS)]}
    if kind == 3:
        return {"all": True, "except": {"skus": [rng.choice(SKUS)]}}
    return {"skus": rng.sample(SKUS, rng.randint(1, 3))}


def line_offer(rng: Random, name: str) -> dict[str, Any]:
    kind = rng.choice(("fixed_price", "amount_off", "percent_off"))
    offer: dict[str, Any] = {"id": name, "type": kind, "scope": scope(rng)}
    if kind == "fixed_price":
        offer["price"] = rng.choice((0, 100, 999, 1500, 2000))
    elif kind == "amount_off":
        offer["off"] = rng.choice((1, 50, 100, 333, 5000))
    else:
        offer["pay_bp"] = rng.choice((0, 5000, 8500, 8800, 9500))
        if rng.random() < 0.3:
            offer["max_off"] = rng.choice((10, 100, 200))
    return offer


def tiers(rng: Random, field: str, values: list[int], offs: list[dict[str, int]]) -> list[dict[str, int]]:
    count = rng.randint(1, 2)
    mins = sorted(rng.sample(values, count))
    return [{field: m, **o} for m, o in zip(mins, offs[:count], strict=True)]


def unit_offer(rng: Random, name: str) -> dict[str, Any]:
    """Offers that count units: nth_item, pick_bundle, combo, buy_get."""
    kind = rng.choice(("nth_item", "pick_bundle", "combo", "buy_get", "buy_get"))
    offer: dict[str, Any] = {"id": name, "type": kind, "scope": scope(rng)}
    if rng.random() < 0.5 and kind != "nth_item":
        offer["repeat"] = True
    if kind == "nth_item":
        offer |= {"n": rng.randint(1, 3), "pay_bp": rng.choice((0, 5000, 8000))}
        if rng.random() < 0.3:
            offer["same_sku"] = True
    elif kind == "pick_bundle":
        offer |= {"count": rng.randint(1, 3), "price": rng.choice((0, 900, 1800, 2500))}
    elif kind == "combo":
        del offer["scope"]
        chosen = rng.sample(SKUS, rng.randint(1, 2))
        offer |= {
            "items": [{"sku": s, "qty": rng.randint(1, 2)} for s in chosen],
            "price": rng.choice((500, 1500, 2999)),
        }
    else:
        offer |= {"buy": {"count": rng.randint(1, 2)}, "get": {"count": rng.randint(1, 2)}}
        if rng.random() < 0.6:
            offer["get"]["pay_bp"] = 5000
        for side in ("buy", "get"):
            if rng.random() < 0.6:
                offer[side]["scope"] = scope(rng)
        if rng.random() < 0.7:
            del offer["scope"]
    return offer


def order_offer(rng: Random, name: str) -> dict[str, Any]:
    offer: dict[str, Any] = {"id": name, "scope": scope(rng)}
    if rng.random() < 0.6:
        offer["type"] = "spend_off"
        if rng.random() < 0.3:
            offer["every"] = {"min": rng.choice((500, 1000, 2000)), "off": rng.choice((50, 100, 333))}
            if rng.random() < 0.4:
                offer["every"]["max_off"] = rng.choice((200, 400))
        else:
            low = rng.choice((100, 200, 400))
            offer["tiers"] = tiers(rng, "min", [0, 1000, 2000, 3000, 5000], [{"off": low}, {"off": low * 2}])
    else:
        offer["type"] = "spend_percent"
        rates = [{"pay_bp": 9000}, {"pay_bp": 8000}]
        offer["tiers"] = (
            tiers(rng, "min", [0, 1000, 2000, 4000], rates)
            if rng.random() < 0.6
            else tiers(rng, "count", [1, 2, 3, 4], rates)
        )
        if rng.random() < 0.3:
            offer["max_off"] = rng.choice((100, 300))
    return offer


def shipping_offer(rng: Random, name: str) -> dict[str, Any]:
    offer: dict[str, Any] = {"id": name, "type": "shipping", "min": rng.choice((0, 1000, 3000)), "scope": scope(rng)}
    offer |= rng.choice(({"off": 250}, {"pay_bp": 5000}, {"free": True}, {"off": 9999}))
    if rng.random() < 0.3:
        offer["group"] = "express"
    if rng.random() < 0.2:
        offer["excludes"] = [rng.choice(("order", "line", "p1", "coupon"))]
    if rng.random() < 0.1:
        offer["exclusive"] = "cart"
    return offer


def gift_offers(rng: Random, promotions: list[dict[str, Any]], names: list[str]) -> None:
    for i in range(rng.choice((0, 0, 1, 2))):
        tier = {"min": rng.choice((500, 1500, 3000)), "gifts": [{"sku": s} for s in rng.sample(SKUS, 2)]}
        if rng.random() < 0.5:
            tier["choose"] = 1
        offer: dict[str, Any] = {"id": f"z{i}", "type": "spend_gift", "scope": scope(rng), "tiers": [tier]}
        if rng.random() < 0.4:
            offer["tiers"].append({"min": 3500, "gifts": [{"sku": rng.choice(SKUS), "qty": 2}]})
        if rng.random() < 0.3:
            offer["excludes"] = [rng.choice((*names, "order", "coupon"))]
        if rng.random() < 0.2:
            offer["group"] = rng.choice(("g9", "order"))
        promotions.append(offer)
    if rng.random() < 0.3:
        items = [{"sku": s, "price": rng.choice((1, 500))} for s in rng.sample(SKUS, 2)]
        offer = {"id": "a0", "type": "add_on", "min": rng.choice((500, 2500)), "items": items, "scope": scope(rng)}
        if rng.random() < 0.3:
            offer["excludes"] = [rng.choice((*names, "order", "line", "e1"))]
        if rng.random() < 0.2:
            offer["no_tender"] = ["points"]
        promotions.append(offer)


def coupon(rng: Random, name: str) -> dict[str, Any]:
    least = rng.choice((0, 1000, 2500))
    content: dict[str, Any] = {"off": {"min": least, "off": rng.choice((100, 300, 500))}}
    if rng.random() < 0.15:
        content = {"exchange": {"sku": rng.choice(SKUS)}}
    elif rng.random() < 0.15:
        content = {"shipping": {"min": least, **rng.choice(({"off": 300}, {"free": True}))}}
    elif rng.random() < 0.5:
        content = {"percent": {"min": least, "pay_bp": rng.choice((0, 8500, 9000))}}
        if rng.random() < 0.4:
            content["percent"]["max_off"] = rng.choice((100, 300))
    offer = {"id": name, "template": f"t-{name}", "scope": scope(rng), "content": content}
    if rng.random() < 0.4:
        offer["expires"] = f"2026-07-{rng.randint(1, 28):02d}T00:00:00+08:00"
    return offer


def newer_contents(rng: Random, result: dict[str, Any], often: float) -> None:
    """Some coupons get a content of the later decisions, more likely one about articles that are in the cart."""
    there = [line["sku"] for line in result["cart"]["lines"]]
    for held in result["coupons"]:
        if rng.random() < often:
            held["content"] = newer_content(rng, there)
    if any({"points", "give_back"} & held["content"].keys() for held in result["coupons"]) and rng.random() < 0.6:
        result["cart"]["coupons"] = [held["id"] for held in result["coupons"]]  # nobody uses those unasked


def newer_content(rng: Random, there: list[str]) -> dict[str, Any]:
    sku = rng.choice(there if rng.random() < 0.8 else SKUS)
    exchange: dict[str, Any] = {"sku": sku}
    if rng.random() < 0.7:
        exchange["price"] = rng.choice((1, 300, 999))
    if rng.random() < 0.6:
        exchange["min"] = rng.choice((1, 800, 1500, 3000))
    least = {"min": rng.choice((0, 800, 2500))}
    points = {"points": {**least, **rng.choice(({"count": 30}, {"times_bp": 15000}))}}
    kinds = ({"trial": {"sku": exchange["sku"]}}, points, {"give_back": {**least, "max": rng.choice((1, 400, 5000))}})
    if rng.random() < 0.3:
        parts = rng.sample(there, min(len(there), rng.choice((1, 2, 2))))
        items = [{"sku": part, "qty": rng.choice((1, 1, 2))} for part in parts]
        return {"bundle": {"items": items, "price": rng.choice((0, 500, 1500, 2500))}}
    return {"exchange": exchange} if rng.random() < 0.4 else rng.choice(kinds)


def pre_sale(rng: Random, result: dict[str, Any], names: list[str]) -> None:
    """Now and then an offer that counts deposits, with deposits for some units or for none."""
    if rng.random() < 0.7:
        return
    deposit = rng.choice((1, 50, 300))
    offer = {"id": "d0", "type": "deposit_inflation", "deposit": deposit, "scope": scope(rng)}
    offer["counts_as"] = deposit + rng.choice((1, 99, 700))
    spice(rng, offer, names, False)
    result["promotions"].append(offer)
    if rng.random() < 0.8:
        result["cart"]["deposits"] = [{"offer": "d0", "units": rng.randint(1, 4)}]


def spice(rng: Random, offer: dict[str, Any], others: list[str], line_level: bool) -> None:
    """The common fields, each now and then."""
    if rng.random() < 0.2:
        offer["group"] = rng.choice(("g1", "g2"))
    if rng.random() < 0.15:
        offer["excludes"] = [rng.choice([*others, "line", "order", "coupon"])]
    if rng.random() < 0.08:
        offer["exclusive"] = rng.choice(("line", "cart"))
    if rng.random() < 0.15:
        offer["priority"] = rng.choice((50, 95, 120))
    if rng.random() < 0.15:
        offer["limits"] = {rng.choice(("per_order", "per_customer", "stock")): rng.randint(1, 3)}
    if rng.random() < 0.1:
        offer["no_tender"] = [rng.choice(("points", "balance", "red_packet"))]
    if line_level and rng.random() < 0.15 and offer.get("exclusive") != "cart" and "group" not in offer:
        offer["mandatory"] = True


def scenario(
    seed: int, lines: int = 3, takers: int = 4, coupons: int = 2, units: bool = True, newer: float = 0.25
) -> dict[str, Any]:
    rng = Random(seed)
    skus = rng.sample(SKUS, rng.randint(1, lines))
    catalog = []
    for sku in SKUS:
        price = rng.choice((100, 333, 999, 1000, 1999, 2500)) + rng.choice((0, 0, 1, 7))
        product: dict[str, Any] = {"sku": sku, "price": price, "tags": rng.sample(TAGS, rng.randint(0, 2))}
        if rng.random() < 0.2:
            product["floor"] = price * rng.choice((50, 80, 95)) // 100
        catalog.append(product)
    count = rng.randint(0, takers)
    names = [f"p{i}" for i in range(count)]
    rng.shuffle(names)
    promotions = []
    for name in names:
        line_level = rng.random() < 0.45
        if line_level:
            offer = line_offer(rng, name)
        elif units and rng.random() < 0.6:
            offer = unit_offer(rng, name)
        else:
            offer = order_offer(rng, name)
        spice(rng, offer, names, line_level)
        promotions.append(offer)
    if rng.random() < 0.4:
        per_yuan = rng.choice((1, 3))
        promotions.append({"id": "e1", "type": "earn_points", "per_yuan": per_yuan, "scope": scope(rng)})
        if rng.random() < 0.4:
            promotions.append({"id": "e2", "type": "earn_points", "times_bp": 15000, "excludes": ["order"]})
    if rng.random() < 0.3:
        kind = rng.choice(("earn_coupon", "earn_red_packet", "earn_stamps"))
        extra = {
            "earn_coupon": {"template": "t9", "value": 100},
            "earn_red_packet": {"fen": 100},
            "earn_stamps": {"count": 2},
        }[kind]
        promotions.append(
            {
                "id": "e0",
                "type": kind,
                "min": rng.choice((500, 1500)),
                "scope": scope(rng),
                **extra,
                **({"every": True} if rng.random() < 0.5 else {}),
            }
        )
    for i in range(rng.choice((0, 0, 1, 2))):
        promotions.append(shipping_offer(rng, f"s{i}"))
    gift_offers(rng, promotions, names)
    held = []
    for i in range(rng.randint(0, coupons)):
        c = coupon(rng, f"c{i}")
        if rng.random() < 0.3:
            spice(rng, c, names, False)
        held.append(c)
    result: dict[str, Any] = {
        "at": "2026-06-18T19:30:00+08:00",
        "catalog": catalog,
        "promotions": promotions,
        "coupons": held,
        "policy": {"max_coupons": rng.choice((1, 1, 2)), "min_coupon_gain": rng.choice((1, 1, 150))},
        "customer": {
            "id": "u",
            "points": 300,
            "balance": 200,
            "red_packets": [{"id": "r1", "fen": 150, "min": 500}, {"id": "r2", "fen": 77}],
        },
        "cart": {
            "shipping": rng.choice((0, 600)),
            "lines": [{"sku": s, "qty": rng.randint(1, 3)} for s in skus],
        },
        "explain": True,
    }
    added = next((p for p in promotions if p["type"] == "add_on"), None)
    if added is not None and rng.random() < 0.8:
        result["cart"]["add_ons"] = [{"offer": "a0", "sku": added["items"][0]["sku"], "qty": 1}]
    gift = next((p for p in promotions if p["type"] == "spend_gift"), None)
    if gift is not None and rng.random() < 0.4:
        wish = gift["tiers"][0]["gifts"][1]["sku"]
        result["cart"]["gift_choices"] = [{"offer": gift["id"], "sku": wish}]
    if gift is not None and rng.random() < 0.4:
        result["gift_stock"] = {s: rng.randint(0, 1) for s in rng.sample(SKUS, 3)}
    if rng.random() < 0.3:
        result["cart"]["tenders"] = {
            "points": rng.choice((0, 100, 999)),
            "balance": rng.choice((0, 100)),
            "red_packets": ["r2", "r1"],
        }
    if held and rng.random() < 0.2:
        result["cart"]["coupons"] = [c["id"] for c in held]
    if promotions and rng.random() < 0.2:
        result["budget"] = {rng.choice(promotions)["id"]: rng.choice((0, 100, 400))}
    pre_sale(Random(seed + 1_000_000), result, [p["id"] for p in promotions])
    newer_contents(Random(seed + 2_000_000), result, newer)
    return result
