"""Random carts of the judged class; one seed, one scenario."""

from __future__ import annotations

from random import Random
from typing import Any

Data = dict[str, Any]
SKUS = ("A", "B", "C", "D", "E", "F", "G")
TAGS = ("hot", "cold", "dry")
SHAPES = ("line", "order", "units", "coupons", "mixed", "floors", "gifts", "when")
LATER = "2026-07-01T00:00:00+08:00"
NOW, UNTIL = "2026-06-18T19:30:00+08:00", "2026-06-18T11:30:00Z"


def scenario(seed: int) -> Data:
    rng = Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    catalog = [
        {
            "sku": sku,
            "price": rng.choice((100, 333, 999, 1000, 1999, 2500)) + rng.choice((0, 0, 1, 7)),
            "tags": rng.sample(TAGS, rng.randint(0, 2)),
        }
        for sku in SKUS
    ]
    most = {"line": 7, "order": 6, "units": 5, "coupons": 6, "mixed": 5, "floors": 3, "gifts": 4, "when": 5}[shape]
    skus = rng.sample(SKUS, rng.randint(2, most))
    kinds: list[str] = []
    held: list[Data] = []
    if shape == "line":
        kinds = ["line"] * rng.randint(2, 7)
    elif shape == "order":
        kinds = ["line"] * rng.randint(0, 3) + ["order"] * rng.randint(1, 4)
    elif shape == "units":
        kinds = ["line"] * rng.randint(0, 2) + ["order"] * rng.randint(0, 1) + ["units"] * rng.randint(1, 3)
    elif shape == "coupons":
        kinds = ["line"] * rng.randint(0, 3) + ["order"] * rng.randint(0, 2) + ["units"] * rng.randint(0, 1)
        held = [coupon(rng, f"c{i}") for i in range(rng.randint(1, 3))]
    elif shape == "floors":
        kinds = ["line"] * rng.randint(0, 2) + ["order"] * rng.randint(0, 2) + ["units"] * rng.randint(0, 1)
        held = [coupon(rng, f"c{i}") for i in range(rng.randint(0, 2))]
        for product in catalog:
            if rng.random() < 0.7:
                product["floor"] = product["price"] * rng.choice((70, 80, 90, 95, 100)) // 100
    elif shape == "gifts":
        kinds = ["line"] * rng.randint(0, 2) + ["order"] * rng.randint(0, 2) + ["gift"] * rng.randint(1, 2)
        kinds += ["add_on"] * rng.randint(0, 1) + ["shipping"] * rng.randint(0, 1) + ["earn"] * rng.randint(0, 2)
        held = [coupon(rng, f"c{i}") for i in range(rng.randint(0, 2))]
    else:
        kinds = ["line"] * rng.randint(1, 3) + ["order"] * rng.randint(0, 2) + ["units"] * rng.randint(0, 2)
        kinds += ["shipping"] * rng.randint(0, 2)
        held = [coupon(rng, f"c{i}") for i in range(rng.randint(0, 2))]
    names = [f"p{i}" for i in range(len(kinds))]
    rng.shuffle(names)
    makers = {"line": line_offer, "order": order_offer, "units": unit_offer, "shipping": shipping_offer}
    makers |= {"gift": gift_offer, "add_on": add_on_offer, "earn": earn_offer}
    promotions = []
    for name, kind in zip(names, kinds, strict=True):
        offer = {"id": name, **makers[kind](rng, skus)}
        if kind != "earn":
            spice(rng, offer, names, kind)
        if shape == "when" and rng.random() < 0.7:
            offer["when"] = condition(rng)
        promotions.append(offer)
    later = Random(seed + 1_000_000)
    for c in held:
        if later.random() < 0.3:
            c["content"] = newer_content(later, skus)
        if rng.random() < 0.4:
            spice(rng, c, names, "coupon")
    result: Data = {
        "at": "2026-06-18T19:30:00+08:00",
        "catalog": catalog,
        "promotions": promotions,
        "coupons": held,
        "policy": {"max_coupons": rng.choice((1, 2, 2)), "min_coupon_gain": rng.choice((1, 1, 1, 120))},
        "customer": {"id": "u", "used": {rng.choice(names): 1}} if names else {"id": "u"},
        "cart": {
            "shipping": rng.choice((0, 600)),
            "lines": [{"sku": s, "qty": rng.choice((1, 1, 2, 3))} for s in skus],
        },
    }
    if rng.random() < 0.3:
        pays = {"points": rng.choice((0, 350)), "balance": rng.choice((0, 900)), "red_packets": ["r1", "r2"]}
        packets = [{"id": "r1", "fen": 300, "min": 1000}, {"id": "r2", "fen": 77, "min": 0, "expires": LATER}]
        result["cart"]["tenders"] = pays
        result["customer"] |= {"points": 300, "balance": 5000, "red_packets": packets}
        caps = Random(seed + 4_000_000)
        if caps.random() < 0.5:
            kinds = caps.sample(("red_packet", "points", "balance"), caps.randint(1, 3))
            shapes: tuple[dict[str, int], ...] = ({"bp": 500}, {"fen": 250}, {"bp": 3333, "fen": 120})
            result["policy"]["tender_caps"] = {kind: caps.choice(shapes) for kind in kinds}
        for o in promotions:
            if rng.random() < 0.1 and not o["type"].startswith("earn_"):
                o["no_tender"] = [rng.choice(("points", "balance", "red_packet"))]
    crowd = Random(seed + 2_000_000)
    for o in promotions:
        if o["type"] == "earn_points" and crowd.random() < 0.4:
            o["max_points"] = crowd.choice((5, 20, 60))
    if crowd.random() < 0.2:
        result["policy"]["max_promotions_per_line"] = crowd.choice((1, 1, 2))
    if shape == "when":
        result["cart"] |= {"channel": "pos", "store": "s1", "region": "四川/成都"}
        result["customer"] |= {"level": "gold", "tags": ["vip"], "orders": 2}
        for c in held:
            if rng.random() < 0.5:
                c["expires"] = rng.choice((NOW, "2026-06-18T19:30:01+08:00"))
    if shape == "gifts":
        if rng.random() < 0.2:
            result["gift_stock"] = {rng.choice(SKUS): 0}
        result["cart"]["add_ons"] = [
            {"offer": o["id"], "sku": o["items"][0]["sku"], "qty": rng.randint(1, o["choose"])}
            for o in promotions
            if o["type"] == "add_on"
        ]
        if result["cart"]["add_ons"]:
            result["policy"]["min_coupon_gain"] = 1
    if held and rng.random() < 0.25:
        result["cart"]["coupons"] = [c["id"] for c in held if rng.random() < 0.8]
    loose = [o["id"] for o in (*promotions, *held) if not o.get("mandatory") and o.get("type") != "spend_gift"]
    if loose and rng.random() < 0.25:
        result["budget"] = {rng.choice(loose): rng.choice((60, 250, 700))}
    return result


def scope(rng: Random, skus: list[str]) -> Data:
    kind = rng.randrange(6)
    if kind <= 1:
        return {"all": True}
    if kind == 2:
        return {"tags": [rng.choice(TAGS)]}
    if kind == 3:
        return {"all": True, "except": {"skus": [rng.choice(skus)]}}
    if kind == 4:
        return {"all": True, "min_price": rng.choice((300, 1000)), "max_price": rng.choice((1500, 2600))}
    return {"skus": rng.sample(skus, rng.randint(1, min(4, len(skus))))}


def line_offer(rng: Random, skus: list[str]) -> Data:
    kind = rng.choice(("fixed_price", "amount_off", "percent_off"))
    offer: Data = {"type": kind, "scope": scope(rng, skus)}
    if kind == "fixed_price":
        return offer | {"price": rng.choice((0, 100, 900, 1500, 2000))}
    if kind == "amount_off":
        return offer | {"off": rng.choice((1, 50, 100, 333, 5000))}
    offer["pay_bp"] = rng.choice((0, 5000, 8500, 8800, 9500))
    return offer | ({"max_off": rng.choice((10, 100, 200))} if rng.random() < 0.3 else {})


def order_offer(rng: Random, skus: list[str]) -> Data:
    offer: Data = {"scope": scope(rng, skus)}
    mins = sorted(rng.sample((0, 800, 1500, 2000, 3000, 4500, 6000), rng.randint(1, 3)))
    if rng.random() < 0.35:
        rates = (9200, 8500, 7777)
        field = "min"
        if rng.random() < 0.4:
            field, mins = "count", sorted(rng.sample((1, 2, 3, 4, 6), len(mins)))
        offer |= {"type": "spend_percent"}
        offer["tiers"] = [{field: m, "pay_bp": r} for m, r in zip(mins, rates[: len(mins)], strict=True)]
        return offer | ({"max_off": rng.choice((100, 300))} if rng.random() < 0.3 else {})
    offer["type"] = "spend_off"
    if rng.random() < 0.3:
        offer["every"] = {"min": rng.choice((500, 1000, 2000)), "off": rng.choice((50, 100, 333))}
        if rng.random() < 0.4:
            offer["every"]["max_off"] = rng.choice((200, 400))
        return offer
    low = rng.choice((100, 199, 400))
    offer["tiers"] = [{"min": m, "off": low * (i + 1)} for i, m in enumerate(mins)]
    return offer


def unit_offer(rng: Random, skus: list[str]) -> Data:
    kind = rng.choice(("nth_item", "pick_bundle", "combo", "buy_get", "buy_get"))
    offer: Data = {"type": kind}
    if rng.random() < 0.5 and kind != "nth_item":
        offer["repeat"] = True
    if kind == "combo":
        items = [{"sku": s, "qty": rng.choice((1, 1, 2))} for s in rng.sample(skus, rng.randint(1, min(3, len(skus))))]
        return offer | {"items": items, "price": rng.choice((500, 1500, 2999))}
    if kind == "buy_get":
        offer |= {"buy": {"count": rng.randint(1, 2)}, "get": {"count": rng.randint(1, 2)}}
        if rng.random() < 0.6:
            offer["get"]["pay_bp"] = rng.choice((5000, 3333))
        for side in ("buy", "get"):
            if rng.random() < 0.6:
                offer[side]["scope"] = scope(rng, skus)
        return offer | ({"scope": scope(rng, skus)} if rng.random() < 0.3 else {})
    offer["scope"] = scope(rng, skus)
    if kind == "pick_bundle":
        return offer | {"count": rng.randint(1, 3), "price": rng.choice((0, 900, 1800, 2500))}
    offer |= {"n": rng.randint(1, 3), "pay_bp": rng.choice((0, 5000, 8000))}
    return offer | ({"same_sku": True} if rng.random() < 0.3 else {})


def shipping_offer(rng: Random, skus: list[str]) -> Data:
    offer: Data = {"type": "shipping", "min": rng.choice((0, 1000, 3000)), "scope": scope(rng, skus)}
    return offer | rng.choice(({"off": 250}, {"pay_bp": 5000}, {"free": True}, {"off": 9999}))


def gift_offer(rng: Random, skus: list[str]) -> Data:
    if rng.random() < 0.3:
        tiers = [{"count": rng.choice((1, 2, 4)), "gifts": [{"sku": rng.choice(SKUS)}]}]
    else:
        least = rng.choice((500, 1500, 3000))
        tiers = [{"min": least, "gifts": [{"sku": s} for s in rng.sample(SKUS, 2)], "choose": 1}]
        if rng.random() < 0.4:
            tiers.append({"min": least + 1500, "gifts": [{"sku": rng.choice(SKUS), "qty": 2}]})
    return {"type": "spend_gift", "scope": scope(rng, skus), "tiers": tiers}


def add_on_offer(rng: Random, skus: list[str]) -> Data:
    items = [{"sku": s, "price": rng.choice((1, 500))} for s in rng.sample(SKUS, 2)]
    offer = {"type": "add_on", "scope": scope(rng, skus), "min": rng.choice((0, 500, 2500)), "items": items}
    return offer | {"choose": rng.randint(1, 2)}


def earn_offer(rng: Random, skus: list[str]) -> Data:
    return {
        "type": "earn_points",
        "scope": scope(rng, skus),
        "per_yuan": 2,
        "excludes": [rng.choice(("order", "line"))],
    }


def condition(rng: Random, depth: int = 0) -> Data:
    """Leaves that hold about as often as not, now and then joined."""
    if depth < 2 and rng.random() < 0.3:
        match rng.choice(("any", "all", "not")):
            case "not":
                return {"not": condition(rng, depth + 1)}
            case join:
                return {join: [condition(rng, depth + 1) for _ in range(2)]}
    return rng.choice(
        (
            {"channel": [rng.choice(("pos", "app"))]},
            {"store": rng.sample(("s1", "s2", "s3"), 2)},
            {"region": [rng.choice(("四川", "四川/成都", "四川/成", "重庆"))]},
            {"level": ["gold", "black"]},
            {"customer": [rng.choice(("new", "returning"))]},
            {"tag": [rng.choice(("vip", "other"))]},
            {"order_number": {"min": rng.choice((1, 3, 4)), "max": rng.choice((4, 9))}},
            {"weekday": rng.sample(range(1, 8), 4)},
            {"day_of_month": rng.sample(range(16, 21), 3)},
            {"customer_id": rng.sample(("u", "v", "w"), 2)},
            {"hours": rng.choice((["18:00", "22:00"], ["19:30", "19:31"], ["09:00", "19:30"], ["22:00", "19:31"]))},
            {"from": rng.choice((NOW, "2026-06-18T19:30:01+08:00"))},
            {"until": rng.choice((UNTIL, "2026-06-18T12:30:00Z"))},
            {"min_amount": {"scope": {"all": True}, "fen": rng.choice((1000, 4000))}},
            {"min_count": {"scope": {"tags": ["hot"]}, "count": rng.choice((1, 3))}},
        )
    )


def coupon(rng: Random, name: str) -> Data:
    least = rng.choice((0, 1000, 2500))
    roll = rng.random()
    content: Data = {"off": {"min": least, "off": rng.choice((100, 300, 500))}}
    if roll < 0.15:
        content = {"exchange": {"sku": rng.choice(SKUS)}}
    elif roll < 0.25:
        content = {"shipping": {"min": least, **rng.choice(({"off": 300}, {"free": True}))}}
    elif roll < 0.6:
        content = {"percent": {"min": least, "pay_bp": rng.choice((0, 8500, 9000))}}
        if rng.random() < 0.4:
            content["percent"]["max_off"] = rng.choice((100, 300))
    return {"id": name, "template": f"t-{name}", "scope": scope(rng, list(SKUS)), "content": content}


def newer_content(rng: Random, skus: list[str]) -> Data:
    """A content of the later decisions (docs/pricing.md)."""
    exchange: Data = {"sku": rng.choice(skus if rng.random() < 0.8 else list(SKUS))}
    if rng.random() < 0.7:
        exchange["price"] = rng.choice((1, 300, 999))
    if rng.random() < 0.6:
        exchange["min"] = rng.choice((1, 800, 1500, 3000))
    least = {"min": rng.choice((0, 800, 2500))}
    points = {"points": {**least, **rng.choice(({"count": 30}, {"times_bp": 15000}))}}
    kinds = ({"trial": {"sku": exchange["sku"]}}, points, {"give_back": {**least, "max": rng.choice((1, 400, 5000))}})
    if rng.random() < 0.3:
        parts = rng.sample(skus, min(len(skus), rng.choice((1, 2, 2))))
        items = [{"sku": part, "qty": rng.choice((1, 1, 2))} for part in parts]
        return {"bundle": {"items": items, "price": rng.choice((0, 500, 1500, 2500))}}
    return {"exchange": exchange} if rng.random() < 0.4 else rng.choice(kinds)


def spice(rng: Random, offer: Data, others: list[str], kind: str) -> None:
    """The common fields, each now and then."""
    if rng.random() < 0.3:
        offer["group"] = rng.choice(("g1", "g2", "g3"))
    if rng.random() < 0.2:
        offer["excludes"] = [rng.choice([*others, "line", "order", "coupon", "t-c0"])]
    if rng.random() < 0.1:
        offer["exclusive"] = rng.choice(("line", "line", "cart"))
    if rng.random() < 0.2:
        offer["priority"] = rng.choice((50, 95, 120))
    if rng.random() < 0.25 and kind != "coupon":
        offer["limits"] = {rng.choice(("per_order", "per_customer", "stock")): rng.randint(1, 4)}
    if kind == "line" and rng.random() < 0.12 and offer.get("exclusive") != "cart":
        offer["mandatory"] = True
