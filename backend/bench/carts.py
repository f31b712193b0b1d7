"""Random carts under many entangled offers, as scenario files of the contract. One seed, one cart.

What is drawn, exactly (all choices uniform unless a weight is given; amounts in fen):

- Catalogue: 40 articles, list price one of ten points from 9.90 to 89.00 plus 0 (3 in 5), 0.08 or 0.50; one of five
  category paths, one of three brands, 0 to 3 of eight tags; two gifts. The cart holds `lines` of them, 1 (1 in 2),
  2 (1 in 3) or 3 (1 in 6) units each; shipping 6.00; `max_coupons` 1 (2 in 3) or 2.
- `promotions` offers: of 13, 3 are line-level (`fixed_price`, `amount_off`, `percent_off`), 6 order-level (`spend_off`
  twice as often as each of `spend_percent`, `nth_item`, `pick_bundle`, `combo`, `buy_get`), 1 a gift with purchase, 1 a
  shipping offer, 2 an earning (`earn_points` twice as often as each of coupon, red packet, stamps).
- `coupons` held: one half `off`, three tenths `percent`, one tenth `exchange`, one tenth `shipping`.
- Scopes: everything; 1–2 tags; a category; a brand; 2–8 SKUs of the cart; or everything but a tag, above a price.
- Line- and order-level offers have, each on its own, a group of their own kind (3 in 20, of three), an exclusion
  (3 in 40), `exclusive: line` (1 in 20), a limit of 1–6 by order or stock (3 in 20); line-level ones `mandatory` (1 in
  20). All others keep the default group, so that a line is wanted by a dozen offers that may not meet on it.
- Every offer is eligible: an offer is drawn again until a line of the cart is in its scope and its lowest threshold is
  within what its lines cost at list prices.

`ordinary` draws what a shop runs: goods of ten categories and eight brands, offers on one of them, on one to five
articles or (1 in 10) on everything, all in the default groups; 40 promotions, one half of them order-level, and 10
coupons, one to an order. Their discounts are those that shops give (5–15 %, the second at half or 0.7 of the price).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Json = dict[str, Any]
TAGS = tuple(f"t{i}" for i in range(8))
CATEGORIES = ("冻品/丸滑", "冻品/毛肚", "冻品/小吃", "调料", "鲜果")
BRANDS = ("蜀海", "川娃子", "自有")
SKUS = tuple(f"S{i:02d}" for i in range(40))
PRICES = (990, 1290, 1590, 1990, 2590, 2990, 3990, 4990, 5990, 8900)
KINDS = ("line", "line", "line", *("order",) * 6, "gift", "shipping", "earn", "earn")
SPICE = 0.15


def scenario(seed: int, lines: int = 20, promotions: int = 40, coupons: int = 10) -> Json:
    rng = Random(seed)
    catalog: list[Json] = [
        {
            "sku": sku,
            "price": rng.choice(PRICES) + rng.choice((0, 0, 0, 8, 50)),
            "category": rng.choice(CATEGORIES),
            "brand": rng.choice(BRANDS),
            "tags": rng.sample(TAGS, rng.randint(0, 3)),
        }
        for sku in SKUS
    ]
    skus = rng.sample(SKUS, lines)
    cart: list[Json] = [{"sku": sku, "qty": rng.choice((1, 1, 1, 2, 2, 3))} for sku in skus]
    products = {p["sku"]: p for p in catalog}
    goods = [{**products[x["sku"]], **x} for x in cart]
    names = [f"p{i:02d}" for i in range(promotions)]
    offers = []
    for name in names:
        kind = rng.choice(KINDS)
        offer = {"id": name, **_eligible(lambda kind=kind: MAKERS[kind](rng, skus), goods)}  # type: ignore[misc]
        if kind in ("line", "order"):
            _spice(rng, offer, names, kind)
        offers.append(offer)
    held = [
        {
            "id": f"c{i}",
            "template": f"t-{i}",
            **_eligible(lambda: _coupon(rng, skus), goods),
            "expires": f"2026-07-{rng.randint(1, 28):02d}T00:00:00+08:00",
        }
        for i in range(coupons)
    ]
    return {
        "at": "2026-06-18T19:30:00+08:00",
        "catalog": [*catalog, {"sku": "G1", "price": 500}, {"sku": "G2", "price": 990}],
        "promotions": offers,
        "coupons": held,
        "policy": {"max_coupons": rng.choice((1, 1, 2))},
        "customer": {"id": "u", "new": False},
        "cart": {"shipping": 600, "lines": cart},
    }


def _eligible(draw: Callable[[], Json], goods: list[Json]) -> Json:
    while True:
        offer = draw()
        content = next(iter(offer.get("content", {"": {}}).values()))
        skus = {i["sku"] for i in offer.get("items", ())} | ({content["sku"]} if "sku" in content else set())
        mine = [g for g in goods if (g["sku"] in skus if skus else _holds(offer.get("scope", {"all": True}), g))]
        least = content.get("min", offer.get("min", offer.get("every", {}).get("min", 0) if offer.get("every") else 0))
        first = offer.get("tiers", [{}])[0]
        base, count = sum(g["price"] * g["qty"] for g in mine), sum(g["qty"] for g in mine)
        if mine and base >= max(least, first.get("min", 0)) and count >= first.get("count", 0):
            return offer


def _holds(scope: Json, line: Json) -> bool:
    def named(s: Json) -> bool:
        return bool(
            s.get("all")
            or line["sku"] in s.get("skus", ())
            or line["category"] in s.get("categories", ())
            or line["brand"] in s.get("brands", ())
            or set(s.get("tags", ())) & set(line["tags"])
        )

    return named(scope) and not named(scope.get("except", {})) and line["price"] >= scope.get("min_price", 0)


def _scope(rng: Random, skus: list[str]) -> Json:
    match rng.randrange(6):
        case 0:
            return {"all": True}
        case 1:
            return {"tags": rng.sample(TAGS, rng.randint(1, 2))}
        case 2:
            return {"categories": [rng.choice(CATEGORIES)]}
        case 3:
            return {"brands": [rng.choice(BRANDS)]}
        case 4:
            return {"skus": rng.sample(skus, min(len(skus), rng.randint(2, 8)))}
        case _:
            return {"all": True, "except": {"tags": [rng.choice(TAGS)]}, "min_price": rng.choice((0, 1500, 3000))}


def _line(rng: Random, skus: list[str]) -> Json:
    match rng.choice(("fixed_price", "amount_off", "percent_off")):
        case "fixed_price":
            scope = {"skus": rng.sample(skus, rng.randint(1, min(4, len(skus))))}
            return {"type": "fixed_price", "scope": scope, "price": rng.choice((990, 1990, 2990, 3990))}
        case "amount_off":
            return {"type": "amount_off", "scope": _scope(rng, skus), "off": rng.choice((100, 200, 300, 500))}
        case _:
            rate = rng.choice((8000, 8500, 8800, 9000, 9500))
            return {"type": "percent_off", "scope": _scope(rng, skus), "pay_bp": rate}


def _order(rng: Random, skus: list[str]) -> Json:
    kind = rng.choice(("spend_off", "spend_off", "spend_percent", "nth_item", "pick_bundle", "combo", "buy_get"))
    offer: Json = {"type": kind, "scope": _scope(rng, skus)}
    match kind:
        case "spend_off" if rng.random() < 0.3:
            least = rng.choice((9900, 10000, 19900))
            offer["every"] = {"min": least, "off": rng.choice((5, 8, 10, 15)) * least // 100}
            if rng.random() < 0.5:
                offer["every"]["max_off"] = offer["every"]["off"] * 3
        case "spend_off":
            least, rate = rng.choice((6900, 9900, 15000, 19900, 29900)), rng.choice((8, 10, 12, 15))
            offer["tiers"] = [
                {"min": least * i, "off": least * i * (rate + 2 * i - 2) // 100} for i in range(1, rng.randint(2, 4))
            ]
        case "spend_percent":
            field = rng.choice(("min", "count"))
            steps = [9900, 19900, 29900] if field == "min" else [3, 5, 8]
            rates = [9500 - rng.choice((0, 300)) - 500 * i for i in range(rng.randint(1, 3))]
            offer["tiers"] = [{field: step, "pay_bp": rate} for step, rate in zip(steps, rates, strict=False)]
            if rng.random() < 0.4:
                offer["max_off"] = rng.choice((2000, 5000))
        case "nth_item":
            offer |= {"n": rng.choice((2, 2, 3)), "pay_bp": rng.choice((0, 5000, 7000)), "same_sku": rng.random() < 0.4}
        case "pick_bundle":
            price = rng.choice((5990, 7990, 9990))
            offer |= {"count": rng.choice((2, 3, 4)), "price": price, "repeat": rng.random() < 0.5}
        case "combo":
            del offer["scope"]
            items = [{"sku": sku, "qty": 1} for sku in rng.sample(skus, min(len(skus), rng.randint(2, 3)))]
            offer |= {"items": items, "price": rng.choice((4990, 6990, 8990)), "repeat": rng.random() < 0.5}
        case _:
            get = {"count": 1, "pay_bp": rng.choice((0, 5000))}
            offer |= {"buy": {"count": rng.randint(1, 3)}, "get": get, "repeat": rng.random() < 0.5}
    return offer


def _gift(rng: Random, skus: list[str]) -> Json:
    count = rng.randint(1, 2)
    tiers = [{"min": 9900 * i, "gifts": [{"sku": f"G{i}", "qty": 1}]} for i in range(1, count + 1)]
    return {"type": "spend_gift", "scope": _scope(rng, skus), "tiers": tiers}


def _shipping(rng: Random, skus: list[str]) -> Json:
    effect = rng.choice(({"off": 300}, {"free": True}, {"pay_bp": 5000}))
    return {"type": "shipping", "scope": {"all": True}, "min": rng.choice((0, 8800, 19900)), **effect}


def _earn(rng: Random, skus: list[str]) -> Json:
    kind = rng.choice(("earn_points", "earn_points", "earn_coupon", "earn_red_packet", "earn_stamps"))
    offer: Json = {"type": kind, "scope": _scope(rng, skus)}
    if kind == "earn_points":
        return offer | rng.choice(({"per_yuan": 1}, {"per_yuan": 2}, {"times_bp": 20000}))
    gives = {"earn_coupon": {"template": "t-x"}, "earn_red_packet": {"fen": 500}, "earn_stamps": {"count": 1}}
    return offer | {"min": rng.choice((5000, 20000))} | gives[kind]


def _coupon(rng: Random, skus: list[str]) -> Json:
    roll, least = rng.random(), rng.choice((0, 5000, 9900, 19900, 29900))
    content: Json = {"off": {"min": least, "off": rng.choice((500, 800, 1500, 3000))}}
    if roll < 0.1:
        content = {"exchange": {"sku": rng.choice(skus)}}
    elif roll < 0.2:
        content = {"shipping": {"min": least, "free": True}}
    elif roll < 0.5:
        rate, most = rng.choice((8500, 9000, 9500)), rng.choice((1000, 2000, 5000))
        content = {"percent": {"min": least, "pay_bp": rate, "max_off": most}}
    return {"scope": _scope(rng, skus) if "exchange" not in content else {"all": True}, "content": content}


def _spice(rng: Random, offer: Json, names: list[str], kind: str) -> None:
    if rng.random() < SPICE:
        offer["group"] = rng.choice(("g1", "g2", "g3"))
    if rng.random() < SPICE / 2:
        offer["excludes"] = [rng.choice(("line", "order", "coupon", rng.choice(names)))]
    if rng.random() < SPICE / 3:
        offer["exclusive"] = "line"
    if rng.random() < SPICE:
        offer["limits"] = {rng.choice(("per_order", "stock")): rng.randint(1, 6)}
    if kind == "line" and rng.random() < SPICE / 3:
        offer["mandatory"] = True


MAKERS = {"line": _line, "order": _order, "gift": _gift, "shipping": _shipping, "earn": _earn}


SHELVES = (
    "冻品/丸滑",
    "冻品/毛肚",
    "冻品/小吃",
    "冻品/面点",
    "调料/底料",
    "调料/蘸料",
    "鲜果/柑橘",
    "鲜果/浆果",
    "饮品/茶",
    "饮品/酒",
)
MAKES = tuple(f"品牌{n}" for n in range(8))
SHOP_KINDS = (
    "fixed_price",
    "amount_off",
    "percent_off",
    "percent_off",
    "spend_off",
    "spend_off",
    "spend_off",
    "spend_percent",
    "nth_item",
    "pick_bundle",
    "combo",
    "buy_get",
    "spend_gift",
    "shipping",
    "earn_points",
    "earn_coupon",
)


def ordinary(seed: int, lines: int = 20, promotions: int = 40, coupons: int = 10) -> Json:
    """A cart under the promotions of a shop, as the head of this file says."""
    rng = Random(seed)
    skus = tuple(f"S{n:02d}" for n in range(60))
    catalog: list[Json] = [
        {"sku": sku, "price": rng.choice(PRICES[:9]), "category": rng.choice(SHELVES), "brand": rng.choice(MAKES)}
        for sku in skus
    ]
    catalog.append({"sku": "G1", "price": 500})
    mine = rng.sample(skus, 20)
    offers = [{"id": f"p{n:02d}", **_shop_offer(rng, mine)} for n in range(promotions)]
    held = []
    for n in range(coupons):
        off = {"off": {"min": rng.choice((0, 5000, 9900, 19900)), "off": rng.choice((300, 500, 800, 1500))}}
        percent = {"percent": {"min": 5000, "pay_bp": rng.choice((9000, 9500)), "max_off": 2000}}
        held.append(
            {
                "id": f"c{n}",
                "template": f"t{n}",
                "scope": _shop_scope(rng, mine),
                "content": off if rng.random() < 0.7 else percent,
                "expires": f"2026-07-{rng.randint(1, 28):02d}T00:00:00+08:00",
            }
        )
    cart = [{"sku": sku, "qty": rng.choice((1, 1, 1, 2, 2, 3))} for sku in mine]
    return {
        "at": "2026-06-18T19:30:00+08:00",
        "catalog": catalog,
        "promotions": offers,
        "coupons": held,
        "policy": {"max_coupons": 1},
        "customer": {"id": "u"},
        "cart": {"shipping": 600, "lines": cart[:lines]},
    }


def _shop_scope(rng: Random, skus: list[str]) -> Json:
    kind = rng.randrange(10)
    if kind == 0:
        return {"all": True}
    if kind < 4:
        return {"categories": [rng.choice(SHELVES)]}
    if kind < 7:
        return {"brands": [rng.choice(MAKES)]}
    return {"skus": rng.sample(skus, rng.randint(1, 5))}


def _shop_offer(rng: Random, skus: list[str]) -> Json:
    kind = rng.choice(SHOP_KINDS)
    scope = _shop_scope(rng, skus)
    match kind:
        case "fixed_price":
            scope = {"skus": rng.sample(skus, rng.randint(1, 3))}
            its: Json = {"price": rng.choice((890, 1190, 1490, 1890))}
        case "amount_off":
            its = {"off": rng.choice((50, 100, 200, 300))}
        case "percent_off":
            its = {"pay_bp": rng.choice((8500, 8800, 9000, 9500))}
        case "spend_off":
            least, part = rng.choice((5000, 9900, 15000, 19900, 29900)), rng.choice((5, 8, 10, 12))
            its = {
                "tiers": [
                    {"min": least * (n + 1), "off": least * (n + 1) * (part + n) // 100}
                    for n in range(rng.randint(1, 2))
                ]
            }
        case "spend_percent":
            its = {"tiers": [{"count": rng.choice((2, 3)), "pay_bp": 9000}]}
        case "nth_item":
            its = {"n": 2, "pay_bp": rng.choice((5000, 7000)), "same_sku": rng.random() < 0.5}
        case "pick_bundle":
            its = {"count": rng.choice((2, 3)), "price": rng.choice((3990, 4990, 6990))}
        case "combo":
            items = [{"sku": sku, "qty": 1} for sku in rng.sample(skus, 2)]
            return {"type": kind, "items": items, "price": rng.choice((2990, 3990, 4990))}
        case "buy_get":
            its = {"buy": {"count": rng.choice((2, 3))}, "get": {"count": 1}}
        case "spend_gift":
            its = {"tiers": [{"min": rng.choice((5000, 9900)), "gifts": [{"sku": "G1", "qty": 1}]}]}
        case "shipping":
            return {"type": kind, "min": rng.choice((0, 9900)), "free": True}
        case "earn_points":
            return {"type": kind, "per_yuan": 1}
        case _:
            return {"type": kind, "min": 10000, "template": "t"}
    return {"type": kind, "scope": scope, **its}
