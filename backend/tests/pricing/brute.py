"""A second calculator, written from the contract alone: every combination, unit by unit, nothing clever.

It shares no code with the engine and reads the scenario as plain data. Slow on purpose; for small carts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

Scenario = dict[str, Any]
LINE = {"fixed_price": 80, "amount_off": 100, "percent_off": 90}
ORDER = {
    "spend_off": 100,
    "spend_percent": 90,
    "nth_item": 100,
    "pick_bundle": 100,
    "combo": 100,
    "buy_get": 100,
}
NEVER = "9999"
ALL = {"all": True}
Place = tuple[int, int]
Named = tuple[str, int]
Earnt = tuple[str, int, int]


class Offer:
    def __init__(self, data: dict[str, Any], scenario: Scenario, lines: list[dict[str, Any]]) -> None:
        self.data = data
        self.id: str = data["id"]
        self.type: str = data.get("type", "coupon")
        content = data.get("content", {})
        self.template = data.get("template")
        if self.type in LINE:
            self.level, group, priority = "LINE", "line", LINE[self.type]
        elif self.type in ORDER:
            self.level, group, priority = "ORDER", "order", ORDER[self.type]
        elif self.type == "deposit_inflation":
            self.level, group, priority = "ORDER", "deposit", 110
        elif self.type == "coupon":
            self.level, group, priority = "COUPON", "coupon", 100
            if "shipping" in content:
                self.level, group = "SHIPPING", "shipping"
            if {"points", "give_back"} & content.keys():
                self.level = "EARN"
            priority = {"percent": 90, "exchange": 80, "trial": 80}.get(next(iter(content)), 100)
        elif self.type == "spend_gift":
            self.level, group, priority = "GIFT", "gift", 100
        elif self.type == "add_on":
            self.level, group, priority = "GIFT", "add_on", 100
        elif self.type == "shipping":
            self.level, group, priority = "SHIPPING", "shipping", 100
        else:
            self.level, group, priority = "EARN", "", 100
        self.group: str = data.get("group", group)
        self.priority: int = data.get("priority", priority)
        self.exclusive: str = data.get("exclusive", "")
        self.excludes = set(data.get("excludes", []))
        self.mandatory = bool(data.get("mandatory"))
        limits = data.get("limits", {})
        caps = [limits[k] for k in ("per_order",) if k in limits]
        if "per_customer" in limits:
            caps.append(limits["per_customer"] - scenario.get("customer", {}).get("used", {}).get(self.id, 0))
        stock = scenario.get("stock", {}).get(self.id, limits.get("stock"))
        if stock is not None:
            caps.append(stock)
        if self.type == "deposit_inflation":
            caps.append(sum(d["units"] for d in scenario["cart"].get("deposits", []) if d["offer"] == self.id))
        self.cap = min(caps) if caps else 10**9
        self.budget = scenario.get("budget", {}).get(self.id, 10**15)
        self.lines = {k for k, line in enumerate(lines) if self.about(line)}
        expired = data.get("expires", NEVER) <= scenario["at"]
        if self.type == "spend_gift":
            left = scenario.get("gift_stock", {})
            if all(left.get(g["sku"], 1) == 0 for t in data["tiers"] for g in t["gifts"]):
                self.cap = 0
            self.pieces = scenario.get("gift_quota", {}).get(self.id, data.get("quota", 10**9))
            if not self.pieces:
                self.cap = 0
        self.asked = [a for a in scenario["cart"].get("add_ons", []) if a["offer"] == self.id]
        if self.type == "add_on" and not self.asked:
            self.cap = 0
        chosen = {a["sku"] for a in scenario["cart"].get("add_ons", [])}
        added = [{"category": "", "tags": [], **c} for c in scenario["catalog"] if c["sku"] in chosen]
        counts = self.level in ("SHIPPING", "EARN") and any(in_scope(data.get("scope", ALL), c) for c in added)
        self.eligible = (bool(self.lines) or counts) and self.cap > 0 and self.budget > 0 and not expired

    def about(self, line: dict[str, Any]) -> bool:
        d = self.data
        if self.type == "combo":
            return any(i["sku"] == line["sku"] for i in d["items"])
        exchange = d.get("content", {}).get("exchange") or d.get("content", {}).get("trial")
        if exchange and exchange["sku"] == line["sku"] and exchange.get("min"):
            return True
        if exchange and exchange["sku"] != line["sku"] and not exchange.get("min"):
            return False
        if "bundle" in d.get("content", {}) and all(i["sku"] != line["sku"] for i in d["content"]["bundle"]["items"]):
            return False
        if self.type == "buy_get":
            buy = d["buy"].get("scope", ALL)
            if not in_scope(buy, line) and not in_scope(d["get"].get("scope", buy), line):
                return False
        return in_scope(d.get("scope", ALL), line)

    def names(self) -> set[str]:
        return {self.id, self.group} | ({self.template} if self.template else set())


def in_scope(scope: dict[str, Any], line: dict[str, Any]) -> bool:
    def named(s: dict[str, Any]) -> bool:
        return (
            bool(s.get("all"))
            or line["sku"] in s.get("skus", [])
            or any((line["category"] + "/").startswith(c + "/") for c in s.get("categories", []))
            or any(t in line["tags"] for t in s.get("tags", []))
        )

    if "except" in scope and named(scope["except"]):
        return False
    return named(scope) and scope.get("min_price", 0) <= line["price"] <= scope.get("max_price", 10**9)


def clash(a: Offer, b: Offer) -> bool:
    if a.excludes & b.names() or b.excludes & a.names():
        return True
    if "EARN" in (a.level, b.level):
        return False
    if "SHIPPING" in (a.level, b.level):
        return a.level == b.level and a.group == b.group
    return a.group == b.group or "line" in (a.exclusive, b.exclusive)


def divide(weights: list[int], rooms: list[int], off: int) -> list[int]:
    """Largest remainder, then again over what has room."""
    shares = [0] * len(weights)
    left = off
    while left > 0:
        live = [i for i in range(len(weights)) if rooms[i] - shares[i] > 0 and weights[i] > 0]
        total = sum(weights[i] for i in live)
        if not live:
            break
        part = {i: left * weights[i] // total for i in live}
        rest = left - sum(part.values())
        for i in sorted(live, key=lambda i: (-(left * weights[i] % total), i))[:rest]:
            part[i] += 1
        before = left
        for i in live:
            give = min(part[i], rooms[i] - shares[i])
            shares[i] += give
            left -= give
        assert left < before
    return shares


class Priced:
    def __init__(self, units: list[list[int]]) -> None:
        self.units = units
        self.takes: dict[str, set[int]] = {}
        self.shipped: dict[str, int] = {}
        self.gifts: list[tuple[str, str, int, int]] = []
        self.add_ons: list[tuple[str, dict[str, Any], int, int, int]] = []
        self.fee = 0
        self.given: dict[str, int] = {}
        self.by_line: dict[tuple[str, int], int] = {}


class Calculator:
    def __init__(self, scenario: Scenario) -> None:
        self.s = scenario
        catalog = {p["sku"]: p for p in scenario["catalog"]}
        self.catalog = catalog
        qty: dict[str, int] = {}
        for line in scenario["cart"]["lines"]:
            qty[line["sku"]] = qty.get(line["sku"], 0) + line["qty"]
        self.lines = [{"category": "", "tags": [], "floor": 0, **catalog[sku], "qty": qty[sku]} for sku in sorted(qty)]
        self.offers = [Offer(d, scenario, self.lines) for d in scenario.get("promotions", [])]
        self.coupons = [Offer(d, scenario, self.lines) for d in scenario.get("coupons", [])]
        live = [o for o in self.offers if o.eligible]
        self.takers = sorted(
            (o for o in live if o.level in ("LINE", "ORDER", "GIFT")),
            key=lambda o: (o.level != "LINE", o.priority, o.id),
        )
        self.shippers = [o for o in live if o.level == "SHIPPING"]
        self.earners = sorted((o for o in live if o.level == "EARN"), key=lambda o: (o.priority, o.id))
        self.held = sorted((c for c in self.coupons if c.eligible), key=lambda o: (o.priority, o.id))
        self.pledges = [c for c in self.held if c.level == "EARN"]
        self.held = [c for c in self.held if c.level != "EARN"]
        defaults = {"max_coupons": 1, "min_coupon_gain": 1, "points_per_yuan_off": 100}
        self.policy = {**defaults, **scenario.get("policy", {})}

    def unit_price(self, o: Offer, price: int) -> int:
        if o.type == "fixed_price":
            return min(price, o.data["price"])
        if o.type == "amount_off":
            return max(0, price - o.data["off"])
        off = price * (10000 - o.data["pay_bp"]) // 10000
        return price - min(off, o.data.get("max_off", off))

    def apply_line(self, o: Offer, taken: set[int], p: Priced) -> bool:
        savings = []
        for k in sorted(taken):
            for u, amount in enumerate(p.units[k]):
                new = max(self.unit_price(o, amount), self.lines[k]["floor"])
                if new < amount:
                    savings.append((-(amount - new), k, u))
        chosen = sorted(savings)[: o.cap]
        if {k for _, k, _ in chosen} != taken:
            return False
        total = -sum(s for s, _, _ in chosen)
        if total > o.budget:
            return False
        for s, k, u in chosen:
            p.units[k][u] += s
            p.by_line[o.id, k] = p.by_line.get((o.id, k), 0) - s
        p.takes[o.id], p.given[o.id] = taken, total
        return True

    def discount(self, o: Offer, base: int, count: int) -> int:
        d = o.data.get("content", o.data)
        if "off" in d:
            return int(d["off"]["off"]) if base >= d["off"].get("min", 0) else 0
        if "percent" in d:
            p = d["percent"]
            d = {"tiers": [{"min": p.get("min", 0), "pay_bp": p["pay_bp"]}], **p}
        if "every" in d:
            steps = min(base // d["every"]["min"], o.cap)
            return min(steps * int(d["every"]["off"]), d["every"].get("max_off", 10**12))
        best = 0
        for tier in d["tiers"]:
            if base >= tier.get("min", 0) and count >= tier.get("count", 0):
                best = (
                    tier["off"]
                    if "off" in tier
                    else min(base * (10000 - tier["pay_bp"]) // 10000, d.get("max_off", 10**12))
                )
        return int(best)

    def apply_order(self, o: Offer, taken: set[int], p: Priced) -> bool:
        places = [(k, u) for k in sorted(taken) for u in range(len(p.units[k]))]
        planned = self.plan(o, places, p)
        if planned is None or planned[1] != taken:
            return False
        total = 0
        given: list[tuple[Place, int]] = []
        for unordered, off in planned[0]:
            chosen = sorted(unordered)
            amounts = [p.units[k][u] for k, u in chosen]
            rooms = [max(0, a - self.lines[k]["floor"]) for (k, _), a in zip(chosen, amounts, strict=True)]
            given += zip(chosen, divide(amounts, rooms, min(off, sum(amounts))), strict=True)
        total = sum(share for _, share in given)
        if total == 0 or total > o.budget:
            return False
        for (k, u), share in given:
            p.units[k][u] -= share
            p.by_line[o.id, k] = p.by_line.get((o.id, k), 0) + share
        p.takes[o.id], p.given[o.id] = taken, total
        return True

    def apply_gift(self, o: Offer, taken: set[int], p: Priced) -> bool:
        base = sum(sum(p.units[k]) for k in taken)
        count = sum(len(p.units[k]) for k in taken)
        if o.type == "add_on":
            off = 0
            for a in sorted(o.asked, key=lambda a: str(a["sku"])):
                product = {"category": "", "tags": [], "floor": 0, **self.catalog[a["sku"]]}
                asked = next(i["price"] for i in o.data["items"] if i["sku"] == a["sku"])
                each = min(product["price"], max(asked, product["floor"]))
                off += (product["price"] - each) * a["qty"]
                p.add_ons.append((o.id, product, a["qty"], each, product["price"]))
            p.takes[o.id], p.given[o.id] = taken, off
            return bool(base >= o.data["min"] and off <= o.budget)
        left = dict(self.s.get("gift_stock", {}))
        for _, sku, n, _ in p.gifts:
            left[sku] = left.get(sku, 10**9) - n
        for tier in reversed(o.data["tiers"]):
            if base < tier.get("min", 0) or count < tier.get("count", 0):
                continue
            there = [(g["sku"], min(g.get("qty", 1), left.get(g["sku"], 10**9))) for g in tier["gifts"]]
            there = [g for g in there if g[1] > 0]
            if not there:
                continue
            wished = [g["sku"] for g in self.s["cart"].get("gift_choices", []) if g["offer"] == o.id]
            there.sort(key=lambda g: (g[0] not in wished, -self.catalog[g[0]]["price"], g[0]))
            there, free = there[: tier.get("choose", len(there))], o.pieces
            for n, (sku, qty) in enumerate(there):
                there[n] = (sku, min(qty, free))
                free -= there[n][1]
            there = [g for g in there if g[1] > 0]
            value = sum(self.catalog[sku]["price"] * n for sku, n in there)
            if value > o.budget:
                return False
            p.gifts += [(o.id, sku, n, self.catalog[sku]["price"] * n) for sku, n in sorted(there)]
            p.takes[o.id], p.given[o.id] = taken, 0
            return True
        return False

    def plan(self, o: Offer, places: list[Place], p: Priced) -> tuple[list[tuple[list[Place], int]], set[int]] | None:
        """(units, discount) of each part, and the lines that count."""
        lines = {k for k, _ in places}

        def amount(place: Place) -> int:
            return p.units[place[0]][place[1]]

        def rate(chosen: list[Place], pay_bp: int) -> int:
            return sum(map(amount, chosen)) * (10000 - pay_bp) // 10000

        d = o.data
        up = sorted(places, key=lambda x: (amount(x), x))
        down = sorted(places, key=lambda x: (-amount(x), x))
        if {"exchange", "trial"} & d.get("content", {}).keys():
            x = d["content"].get("exchange") or d["content"]["trial"]
            own = [at for at in down if self.lines[at[0]]["sku"] == x["sku"]]
            beside = sum(amount(at) for at in down if at not in own)
            if not own or beside < x.get("min", 0) or amount(own[0]) <= x.get("price", 0):
                return None
            return [(own[:1], amount(own[0]) - x.get("price", 0))], lines
        if o.type == "nth_item":
            if d.get("same_sku"):
                own = [[x for x in up if x[0] == k] for k in sorted(lines)]
                could = [x for its in own for x in its[: len(its) // d["n"]]]
            else:
                could = up[: len(up) // d["n"]]
            counted = {k for k, _ in could} if d.get("same_sku") else lines
            chosen = sorted(could, key=lambda x: (amount(x), x))[: o.cap]
            return [(chosen, rate(chosen, d["pay_bp"]))], counted
        if o.type == "deposit_inflation":
            each = [(x, min(amount(x), d["counts_as"]) - d["deposit"]) for x in down[: o.cap]]
            each = [(x, off) for x, off in each if off > 0]
            return [([x], off) for x, off in each], {k for (k, _), _ in each}
        if o.type == "pick_bundle":
            n = d["count"]
            runs = [down[i : i + n] for i in range(0, len(down) - n + 1, n)]
            runs = runs[: o.cap if d.get("repeat") else min(1, o.cap)]
            parts = [(run, sum(map(amount, run)) - d["price"]) for run in runs]
            parts = [x for x in parts if x[1] > 0]
            return parts, {k for run, _ in parts for k, _ in run}
        if o.type == "combo" or "bundle" in d.get("content", {}):
            d = d.get("content", {}).get("bundle", d)
            parts = []
            for i in range(o.cap if d.get("repeat") else min(1, o.cap)):
                one = []
                for item in d["items"]:
                    own_units = [x for x in down if self.lines[x[0]]["sku"] == item["sku"]]
                    q = item.get("qty", 1)
                    if len(own_units) < (i + 1) * q:
                        return (parts, lines) if parts else None
                    one += own_units[i * q : (i + 1) * q]
                if sum(map(amount, one)) <= d["price"]:
                    break
                parts.append((sorted(one), sum(map(amount, one)) - d["price"]))
            return parts, lines
        if o.type == "buy_get":
            return self.plan_buy_get(o, up, rate)
        off = self.discount(o, sum(map(amount, places)), len(places))
        return [(places, off)], lines

    def plan_buy_get(self, o: Offer, up: list[Place], rate: Any) -> Any:
        d = o.data
        most = o.cap if d.get("repeat") else min(1, o.cap)
        buy = d["buy"].get("scope", ALL)
        get = d["get"].get("scope", buy)
        b, g, pay = d["buy"]["count"], d["get"]["count"], d["get"].get("pay_bp", 0)
        if get == buy:
            chosen = up[: min(most, len(up) // (b + g)) * g]
            return [(chosen, rate(chosen, pay))], {k for k, _ in up}
        may_get = [x for x in up if in_scope(get, self.lines[x[0]])]
        may_buy = [x for x in up if in_scope(buy, self.lines[x[0]])]
        best: list[Place] = []
        for k in range(1, min(most, len(up)) + 1):
            got = may_get[: g * k]
            if len([x for x in may_buy if x not in got]) >= b * k:
                best = got
        return [(best, rate(best, pay))], {k for k, _ in [*may_buy, *best]}

    def mandatory_ok(self, p: Priced) -> bool:
        for o in self.takers:
            if not (o.mandatory and o.level == "LINE"):
                continue
            used = 0
            for k in p.takes.get(o.id, set()):
                alone = self.lines[k]["price"]
                # Which units changed cannot be told when offers stack; mandatory ones keep to one group.
                used += min(
                    self.lines[k]["qty"],
                    p.by_line[o.id, k] // max(1, alone - max(self.unit_price(o, alone), self.lines[k]["floor"])),
                )
            for k in o.lines - p.takes.get(o.id, set()):
                price, qty = self.lines[k]["price"], self.lines[k]["qty"]
                saving = price - max(self.unit_price(o, price), self.lines[k]["floor"])
                n = max(0, min(qty, o.cap - used))
                within = p.given.get(o.id, 0) + saving * n <= o.budget
                if saving > 0 and within and sum(p.units[k]) > price * qty - saving * n:
                    return False
        return True

    def price(self, takes: dict[str, set[int]], coupons: tuple[Offer, ...]) -> Priced | None:
        p = Priced([[line["price"]] * line["qty"] for line in self.lines])
        for o in self.takers:
            if o.level == "LINE" and o.id in takes and not self.apply_line(o, takes[o.id], p):
                return None
        if not self.mandatory_ok(p):
            return None
        for o in self.takers:
            if o.level == "GIFT" and o.id in takes and not self.apply_gift(o, takes[o.id], p):
                return None
        for o in self.takers:
            if o.level == "ORDER" and o.id in takes and not self.apply_order(o, takes[o.id], p):
                return None
        by_id = {o.id: o for o in (*self.takers, *self.held)}
        for c in coupons:
            if c.level == "SHIPPING":
                continue
            taken = {k for k in c.lines if not any(k in t and clash(c, by_id[i]) for i, t in p.takes.items())}
            if not taken or not self.apply_order(c, taken, p):
                return None
        return p if self.ship(p, coupons) else None

    def ship(self, p: Priced, coupons: tuple[Offer, ...]) -> bool:
        """The lowest fee with every shipping coupon chosen, ties by the ids of all offers."""
        by_id = {o.id: o for o in (*self.takers, *self.held)}
        goods = [by_id[i] for i in p.takes]
        must = [c for c in coupons if c.level == "SHIPPING"]
        pool = [*must, *self.shippers]
        best: Any = None
        for n in range(len(pool) + 1):
            for its in combinations(pool, n):
                if not set(must) <= set(its) or any(clash(a, b) for a, b in combinations(its, 2)):
                    continue
                if any(clash(a, b) for a in its for b in goods):
                    continue
                if len(goods) + len(its) > 1 and any(o.exclusive == "cart" for o in (*its, *goods)):
                    continue
                fee, given = self.fees(p, sorted(its, key=lambda o: (o.priority, o.id)))
                found = (fee, sorted([*p.takes, *given]), given)
                if fee is not None and (best is None or found[:2] < best[:2]):
                    best = found
        if best is None:
            return False
        p.fee, p.shipped = best[0], best[2]
        return True

    def base(self, o: Offer, p: Priced) -> int:
        """Goods in the scope of a shipping offer after all offers, add-ons included."""
        scope = o.data.get("scope", ALL)
        extra = sum(each * n for _, product, n, each, _ in p.add_ons if in_scope(scope, product))
        return sum(sum(p.units[k]) for k in o.lines) + extra

    def fees(self, p: Priced, its: list[Offer]) -> tuple[Any, dict[str, int]]:
        fee, given = self.s["cart"].get("shipping", 0), {}
        for o in its:
            d = o.data.get("content", {}).get("shipping", o.data)
            off = fee if d.get("free") else d.get("off", fee * (10000 - d.get("pay_bp", 0)) // 10000)
            off = min(off, fee)
            if off == 0 or off > o.budget or self.base(o, p) < d.get("min", 0):
                return None, {}
            given[o.id] = off
            fee -= off
        return fee, given

    def size(self) -> int:
        """No fewer ways to let lines be taken than there are."""
        total = 1
        for k in range(len(self.lines)):
            total *= 2 ** len([o for o in self.takers if k in o.lines])
        return total

    def combinations(self) -> Iterator[tuple[dict[str, set[int]], bool]]:
        """Every way to let lines be taken; the flag says whether coupons may join (not if exclusive)."""
        for alone in (None, *(o for o in self.takers if o.exclusive == "cart")):
            pool = [alone] if alone else [o for o in self.takers if o.exclusive != "cart"]
            per_line = []
            for k in range(len(self.lines)):
                here = [o for o in pool if k in o.lines]
                per_line.append(
                    [
                        s
                        for n in range(min(len(here), self.policy.get("max_promotions_per_line", len(here))) + 1)
                        for s in combinations(here, n)
                        if not any(clash(a, b) for a, b in combinations(s, 2))
                    ]
                )
            for chosen in product(*per_line):
                takes: dict[str, set[int]] = {}
                for k, offers in enumerate(chosen):
                    for o in offers:
                        takes.setdefault(o.id, set()).add(k)
                if alone is None or takes:
                    yield takes, alone is None

    def coupon_sets(self) -> list[tuple[Offer, ...]]:
        wanted = self.s["cart"].get("coupons", "auto")
        pool = self.held if wanted == "auto" else [c for c in self.held if c.id in wanted]
        found = []
        for n in range(min(len(pool), self.policy["max_coupons"]) + 1):
            found += [s for s in combinations(pool, n) if n < 2 or not any(c.exclusive == "cart" for c in s)]
        return found

    def settle(self, p: Priced, payable: int, pledge: Offer | None = None) -> tuple[list[Named], list[Earnt]]:
        shipping = p.fee
        asked, customer = self.s["cart"].get("tenders", {}), self.s.get("customer", {})
        offers = {o.id: o for o in (*self.takers, *self.held)}
        extra = [[each] * n for _, _, n, each, _ in p.add_ons]
        left = [[*units] for units in p.units] + extra + [[shipping]]
        net = [sum(u) for u in [*p.units, *extra]]
        tenders = []
        spent = {"red_packet": 0, "points": 0, "balance": 0}
        plan: list[tuple[str, str, int]] = []
        chosen = [r for r in customer.get("red_packets", []) if r["id"] in asked.get("red_packets", [])]
        for rp in sorted(chosen, key=lambda r: (r.get("expires", NEVER), r["id"])):
            if rp.get("min", 0) <= payable and rp.get("expires", NEVER) > self.s["at"]:
                plan.append(("red_packet", rp["id"], rp["fen"]))
        points = min(asked.get("points", 0), customer.get("points", 0))
        plan.append(("points", "points", points * 100 // self.policy["points_per_yuan_off"]))
        plan.append(("balance", "balance", min(asked.get("balance", 0), customer.get("balance", 0))))
        for kind, name, fen in plan:
            barred = {k for i, t in p.takes.items() if kind in offers[i].data.get("no_tender", []) for k in t}
            for j, a in enumerate(p.add_ons):
                if kind in offers[a[0]].data.get("no_tender", []):
                    barred.add(len(p.units) + j)
            places = [(k, u) for k in range(len(left)) if k not in barred for u in range(len(left[k]))]
            amounts = [left[k][u] for k, u in places]
            cap = self.policy.get("tender_caps", {}).get(kind, {})
            room = min(cap.get("fen", payable), payable * cap.get("bp", 10_000) // 10_000) - spent[kind]
            shares = divide(amounts, amounts, min(fen, sum(amounts), room))
            spent[kind] += sum(shares)
            for (k, u), share in zip(places, shares, strict=True):
                left[k][u] -= share
                if kind != "balance" and k < len(net):
                    net[k] -= share
            if sum(shares):
                tenders.append((name, sum(shares)))
        return tenders, self.points(p, net, offers, pledge)

    def points(self, p: Priced, net: list[int], offers: dict[str, Offer], pledge: Offer | None) -> list[Earnt]:
        total = 0
        earned: list[Earnt] = []
        earners = sorted([*self.earners, *([pledge] if pledge else [])], key=lambda o: (o.priority, o.id))
        for factor in (False, True):
            for e in earners:
                content = e.data.get("content", {})
                if ("times_bp" in e.data or "times_bp" in content.get("points", {})) != factor:
                    continue
                barred = {k for i, t in p.takes.items() if clash(e, offers[i]) for k in t}
                lines = e.lines - barred
                for j, a in enumerate(p.add_ons):
                    if in_scope(e.data.get("scope", ALL), a[1]) and not clash(e, offers[a[0]]):
                        lines.add(len(p.units) + j)
                if not lines:
                    continue
                base = sum(net[k] for k in lines)
                worth = 0
                if e is pledge:
                    d = content.get("points") or content["give_back"]
                    if base < max(1, d.get("min", 0)):
                        continue
                    got = (
                        min(base, d["max"])
                        if "max" in d
                        else d.get("count", total * d.get("times_bp", 0) // 10000 - total)
                    )
                    worth = got * self.policy["points_per_yuan_off"] if "max" in d else got * 100
                    if got > 0 and worth <= e.budget * self.policy["points_per_yuan_off"]:
                        total += got if factor else 0
                        earned.append((e.id, got, worth))
                    continue
                if e.type != "earn_points":
                    d = e.data
                    times = base // d["min"] if d.get("every") else int(base >= d.get("min", 0))
                    times = min(times, e.cap)
                    got = times * d.get("fen", d.get("count", 1))
                    worth = got if "fen" in d else got * d.get("value", 0)
                    worth *= self.policy["points_per_yuan_off"]
                    if got > 0 and worth <= e.budget * self.policy["points_per_yuan_off"]:
                        earned.append((e.id, got, worth))
                    continue
                if factor:
                    got = total * e.data["times_bp"] // 10000 - total
                else:
                    got = sum(net[k] for k in lines) // 100 * e.data["per_yuan"]
                got = min(got, e.data.get("max_points", got))
                worth = got * 100
                if got > 0 and worth <= e.budget * self.policy["points_per_yuan_off"]:
                    total += got
                    earned.append((e.id, got, worth))
        return earned

    def solve(self) -> tuple[Any, ...]:
        """(payable, tie key, priced, tenders, earned) of the best combination."""
        best_by_set: dict[tuple[str, ...], Any] = {}
        fixed = self.s["cart"].get("coupons", "auto") != "auto"
        for takes, open_to_coupons in self.combinations():
            for coupons in self.coupon_sets():
                alone = any(c.exclusive == "cart" for c in coupons)
                if coupons and (not open_to_coupons or (alone and takes)):
                    continue
                p = self.price(takes, coupons)
                if p is None:
                    continue
                payable = sum(map(sum, p.units)) + p.fee
                payable += sum(each * n for _, _, n, each, _ in p.add_ons)
                ids = tuple(c.id for c in coupons)
                seen = best_by_set.get(ids)
                tenders, earned = self.settle(p, payable)
                pairs = sorted((i, self.lines[k]["sku"]) for i, t in p.takes.items() for k in t)
                key = (
                    -sum(n for _, _, n, _, _ in p.add_ons),
                    -len(coupons) if fixed else 0,
                    payable,
                    -sum(v for *_, v in p.gifts),
                    -sum(w for _, _, w in earned),
                    len(coupons),
                    tuple(sorted(c.data.get("expires", NEVER) for c in coupons)),
                    tuple(sorted([*p.takes, *p.shipped, *(i for i, _, _ in earned)])),
                    -len(pairs),
                    tuple(pairs),
                )
                if seen is None or key < seen[0]:
                    best_by_set[ids] = (key, p, tenders, earned)
        if not best_by_set:  # decision 5
            for o in self.takers:
                o.mandatory = o.mandatory and (o.cap == 10**9 or o.budget == 10**15)
            return self.solve()
        ids, key, p, tenders, earned = self._choose(best_by_set)
        wanted = self.s["cart"].get("coupons", "auto")
        tries = []
        for c in self.pledges if wanted != "auto" and len(ids) < self.policy["max_coupons"] else []:
            if c.id in wanted:
                _, got = self.settle(p, key[0], c)
                if any(name == c.id for name, *_ in got):
                    tries.append((-sum(w for *_, w in got), c.data.get("expires", NEVER), c.id, got))
        return key, p, tenders, min(tries)[3] if tries else earned

    def _choose(self, best_by_set: dict[tuple[str, ...], Any]) -> tuple[Any, ...]:
        """Keys begin with the customer's wishes: add-on units, fixed coupons; then comes the payable."""
        most = min(b[0][:2] for b in best_by_set.values())
        good = {ids: b for ids, b in best_by_set.items() if b[0][:2] == most}

        def least(ids: set[str]) -> int:
            return min(int(b[0][2]) for i, b in good.items() if set(i) <= ids)

        if self.s["cart"].get("coupons", "auto") == "auto":
            gain = self.policy["min_coupon_gain"]
            good = {ids: b for ids, b in good.items() if all(least(set(ids) - {c}) - b[0][2] >= gain for c in ids)}
        ids, (key, *rest) = min(good.items(), key=lambda b: b[1][0])
        return (ids, key[2:], *rest)
