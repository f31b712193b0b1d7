"""The contract as a CP-SAT model. See the package for the class of carts it holds for."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import Any

from backend.tests.pricing.judge.when import holds_now

Data = dict[str, Any]
ALL = {"all": True}
LINE = {"fixed_price": 80, "amount_off": 100, "percent_off": 90}
ORDER = {"spend_off": 100, "spend_percent": 90, "nth_item": 100, "pick_bundle": 100, "combo": 100, "buy_get": 100}
GIFT = {"spend_gift": "gift", "add_on": "add_on"}
COUPON = {"off": 100, "percent": 90, "exchange": 80, "trial": 80, "bundle": 100, "shipping": 100}
LEVELS = ("LINE", "ORDER", "GIFT", "COUPON", "SHIPPING")
MUCH = 10**9
WISH = 10**13
"""An add-on unit that the customer chose is worth more than any coupon or price."""
Units = list[tuple[int, int, Any]]
"""Line, position, and the literal that says whether the unit counts."""
Parts = list[tuple[Any, Units]]
"""What is given, and the units over which it is divided."""


class Undecided(Exception):
    """The solver did not prove an optimum within its deterministic limit."""


class Offer:
    def __init__(self, data: Data, scenario: Data, lines: list[Data]) -> None:
        self.data = data
        self.id: str = data["id"]
        self.template: str = data.get("template", "")
        self.coupon = bool(self.template)
        self.type: str = data.get("type", "")
        self.fields = data
        if self.coupon:
            self.type, self.fields = next(iter(data["content"].items()))
        if self.type == "shipping":
            self.level, group, priority = "SHIPPING", "shipping", 100
        elif self.coupon:
            self.level, group, priority = "COUPON", "coupon", COUPON[self.type]
        elif self.type in LINE:
            self.level, group, priority = "LINE", "line", LINE[self.type]
        elif self.type in GIFT:
            self.level, group, priority = "GIFT", GIFT[self.type], 100
        else:
            self.level, group, priority = "ORDER", "order", ORDER[self.type]
        self.group: str = data.get("group", group)
        self.order = (LEVELS.index(self.level), data.get("priority", priority), self.id)
        self.exclusive: str = data.get("exclusive", "")
        self.excludes = set(data.get("excludes", ()))
        self.mandatory = bool(data.get("mandatory")) and self.level == "LINE"
        limits = data.get("limits", {})
        caps = [MUCH]
        if "per_order" in limits:
            caps.append(limits["per_order"])
        if "per_customer" in limits:
            caps.append(limits["per_customer"] - scenario.get("customer", {}).get("used", {}).get(self.id, 0))
        stock = scenario.get("stock", {}).get(self.id, limits.get("stock"))
        if stock is not None:
            caps.append(stock)
        self.cap = min(caps)
        self.budget: int = scenario.get("budget", {}).get(self.id, MUCH)
        self.lines = [k for k, line in enumerate(lines) if self.about(line)]
        self.open = holds_now(data, scenario)
        if self.type in ("combo", "bundle") and len(self.lines) < len(self.fields["items"]):
            self.lines = []

    @cached_property
    def sides(self) -> tuple[Data, Data]:
        buy = self.data["buy"].get("scope", ALL)
        return buy, self.data["get"].get("scope", buy)

    def about(self, line: Data) -> bool:
        if self.type == "combo":
            return any(item["sku"] == line["sku"] for item in self.data["items"])
        if self.type == "bundle" and all(item["sku"] != line["sku"] for item in self.fields["items"]):
            return False
        if self.type in ("exchange", "trial"):
            own, beside = self.fields["sku"] == line["sku"], bool(self.fields.get("min"))
            return (own or beside) and ((own and beside) or holds(self.data.get("scope", ALL), line))
        if self.type == "buy_get" and not any(holds(side, line) for side in self.sides):
            return False
        return holds(self.data.get("scope", ALL), line)

    def named_by(self, other: Offer) -> bool:
        return bool(other.excludes & {self.id, self.group, self.template})

    def excluded(self, other: Offer) -> bool:
        return self.named_by(other) or other.named_by(self)

    def clashes(self, other: Offer) -> bool:
        """May never take a line together."""
        return self.group == other.group or self.excluded(other) or "line" in (self.exclusive, other.exclusive)

    def saving(self, price: int) -> int:
        """Of a line-level offer on one unit."""
        d = self.data
        if self.type == "fixed_price":
            return max(0, price - d["price"])
        if self.type == "amount_off":
            return min(price, d["off"])
        return min(price * (10000 - d["pay_bp"]) // 10000, d.get("max_off", MUCH))


def holds(scope: Data, line: Data) -> bool:
    def named(s: Data) -> bool:
        path = line.get("category", "") + "/"
        return (
            bool(s.get("all"))
            or line["sku"] in s.get("skus", ())
            or line.get("brand", "") in s.get("brands", ())
            or any(path.startswith(c + "/") for c in s.get("categories", ()))
            or any(t in line.get("tags", ()) for t in s.get("tags", ()))
        )

    if "except" in scope and named(scope["except"]):
        return False
    return named(scope) and scope.get("min_price", 0) <= line["price"] <= scope.get("max_price", MUCH)


def chosen_add_ons(data: Data, products: dict[str, Data]) -> dict[str, list[Data]]:
    """Offer → its chosen units as lines of their own, with the price `each` that the customer pays."""
    prices = {(p["id"], i["sku"]): i["price"] for p in data["promotions"] if p["type"] == "add_on" for i in p["items"]}
    found: dict[str, list[Data]] = {}
    for a in data["cart"].get("add_ons", ()):
        product = products[a["sku"]]
        each = min(product["price"], max(prices[a["offer"], a["sku"]], product.get("floor", 0)))
        found.setdefault(a["offer"], []).append({**product, "qty": a["qty"], "each": each})
    return found


def payable(data: Data, seconds: float | None = None) -> int:
    """The lowest payable of all allowed combinations. Raises `Undecided` when that is not proven, in `seconds` if given."""
    held = [c["id"] for c in priced_coupons(data)]
    most = data.get("policy", {}).get("max_coupons", 1)
    gain = data.get("policy", {}).get("min_coupon_gain", 1)
    asked = data["cart"].get("coupons", "auto")
    if asked != "auto":
        return Model(data, set(asked), wish=True).solve(seconds)
    if gain <= 1 or not held:
        return Model(data, set(held)).solve(seconds)
    best: dict[frozenset[str], int | None] = {}
    for size in range(min(most, len(held)) + 1):
        for chosen in combinations(sorted(held), size):
            best[frozenset(chosen)] = Model(data, set(chosen), exactly=True).solve_or_none(seconds)
    at_most = {s: min(p for t, p in best.items() if p is not None and t <= s) for s in best}
    return min(p for s, p in best.items() if p is not None and all(at_most[s - {c}] >= p + gain for c in s))


def priced_coupons(data: Data) -> list[Data]:
    """Those that can change the price: a coupon that only earns is used where the others leave a place, afterwards."""
    return [c for c in data.get("coupons", ()) if not {"points", "give_back"} & c["content"].keys()]


class Model:
    def __init__(self, data: Data, coupons: set[str], *, wish: bool = False, exactly: bool = False) -> None:
        from ortools.sat.python import cp_model

        self.cp = cp_model
        self.m = cp_model.CpModel()
        products = {p["sku"]: p for p in data["catalog"]}
        wanted: dict[str, int] = {}
        for line in data["cart"]["lines"]:
            wanted[line["sku"]] = wanted.get(line["sku"], 0) + line["qty"]
        self.lines: list[Data] = [{**products[sku], "qty": wanted[sku]} for sku in sorted(wanted)]
        self.list = sum(line["price"] * line["qty"] for line in self.lines)
        self.fee: Any = data["cart"].get("shipping", 0)
        self.data = data
        self.extra = chosen_add_ons(data, products)
        self.added: dict[str, int] = {o: sum(x["each"] * x["qty"] for x in its) for o, its in self.extra.items()}
        offers = [Offer(p, data, self.lines) for p in data["promotions"] if not p["type"].startswith("earn_")]
        offers += [Offer(c, data, self.lines) for c in priced_coupons(data) if c["id"] in coupons]
        offers = [o for o in offers if o.open and o.cap > 0 and o.budget > 0 and (o.lines or self.behind(o))]
        offers = [o for o in offers if o.type != "add_on" or o.id in self.extra]
        self.offers = sorted(offers, key=lambda o: o.order)
        self.z = {o.id: self.literal() for o in self.offers}
        self.x: dict[tuple[str, int], Any] = {}
        self.amounts: list[list[Any]] = []
        self.gains: list[Any] = []
        self.lumps: dict[str, list[Any]] = {o.id: [] for o in self.offers}
        self.possible = not exactly or coupons <= self.z.keys()
        self.who()
        self.plan()
        self.line_level()
        for offer in self.offers:
            if offer.level == "GIFT":
                self.gift(offer)
        for offer in self.offers:
            if offer.level in ("ORDER", "COUPON"):
                self.money(offer, *getattr(self, offer.type)(offer))
        held = [self.z[o.id] for o in self.offers if o.coupon]
        if held:
            self.m.add(sum(held) <= data.get("policy", {}).get("max_coupons", 1))
            if exactly:
                for used in held:
                    self.m.add(used == 1)
        self.shipping()
        here = {o.id for o in self.offers}
        own = sum(self.added[name] * self.z[name] for name in self.extra if name in here)
        units = sum(sum(x["qty"] for x in its) * self.z[name] for name, its in self.extra.items() if name in here)
        self.cost = sum(a for line in self.amounts for a in line) - sum(self.gains) + self.fee + own
        self.m.minimize(self.cost - (MUCH * sum(held) if wish and held else 0) - WISH * units)

    def behind(self, o: Offer) -> list[tuple[str, int]]:
        """What chosen add-ons in the scope of a shipping offer cost, with the offer that they come from."""
        if o.level != "SHIPPING":
            return []
        return [(name, x["each"] * x["qty"]) for name, its in self.extra.items() for x in its if o.about(x)]

    # words

    def literal(self) -> Any:
        return self.m.new_bool_var("")

    def whole_number(self, low: int, high: int) -> Any:
        return self.m.new_int_var(low, max(low, high), "")

    def upper(self, var: Any) -> int:
        domain = var.proto.domain  # it has no index from the end: domain[-1] is 0
        return int(domain[len(domain) - 1])

    def only(self, literal: Any, value: Any, high: int) -> Any:
        """The value if the literal holds, else 0."""
        found = self.whole_number(0, high)
        self.m.add(found == value).only_enforce_if(literal)
        self.m.add(found == 0).only_enforce_if(~literal)
        return found

    def least(self, *values: Any) -> Any:
        found = self.whole_number(0, MUCH)
        self.m.add_min_equality(found, values)
        return found

    def part(self, value: Any, by: int, high: int) -> Any:
        found = self.whole_number(0, high // by)
        self.m.add_division_equality(found, value, by)
        return found

    def both(self, a: Any, b: Any) -> Any:
        found = self.literal()
        self.m.add_bool_and(a, b).only_enforce_if(found)
        self.m.add_bool_or(~a, ~b, found)
        return found

    def at_least(self, value: Any, bound: Any) -> Any:
        """A literal that holds just when value ≥ bound."""
        found = self.literal()
        self.m.add(value >= bound).only_enforce_if(found)
        self.m.add(value < bound).only_enforce_if(~found)
        return found

    # §3: who may meet whom

    def who(self) -> None:
        m, z = self.m, self.z
        for o in self.offers:
            if o.level == "SHIPPING":
                continue
            for k in o.lines:
                self.x[o.id, k] = self.literal()
                m.add_implication(self.x[o.id, k], z[o.id])
            m.add_bool_or(*(self.x[o.id, k] for k in o.lines), ~z[o.id])
        for a, b in combinations(self.offers, 2):
            if "cart" in (a.exclusive, b.exclusive):
                m.add_bool_or(~z[a.id], ~z[b.id])
            elif "SHIPPING" in (a.level, b.level):
                same = a.level == b.level and a.group == b.group
                if same or a.excluded(b):
                    m.add_bool_or(~z[a.id], ~z[b.id])
            elif a.clashes(b):
                for k in set(a.lines) & set(b.lines):
                    m.add_bool_or(~self.x[a.id, k], ~self.x[b.id, k])
        most = self.data.get("policy", {}).get("max_promotions_per_line")
        for k in range(len(self.lines)) if most is not None else ():
            promotions = [o for o in self.offers if o.level in ("LINE", "ORDER", "GIFT") and k in o.lines]
            m.add(sum(self.x[o.id, k] for o in promotions) <= most)
        for c in self.offers:
            if c.level != "COUPON":
                continue
            before = [o for o in self.offers if o.order < c.order and o.clashes(c)]
            for k in c.lines:
                forbids = [self.x[o.id, k] for o in before if k in o.lines]
                m.add_bool_or(self.x[c.id, k], ~z[c.id], *forbids)

    def plan(self) -> None:
        """Which offers must be divided over units, because a later one may see a part of what they leave.

        A coupon that nothing can clash with takes all lines in its scope: of an offer that keeps within these lines
        it sees the whole discount, however that was divided.
        """
        self.divided: set[str] = set()
        self.whole: dict[str, list[str]] = {}
        for o in reversed(self.offers):
            if o.level not in ("ORDER", "COUPON"):
                continue
            later = []
            for n in self.offers:
                if n.order <= o.order or n.level == "GIFT" or not set(n.lines) & set(o.lines):
                    continue
                if n.level == "SHIPPING" or not n.clashes(o):
                    later.append(n)
            if any(not self.sees_all(n) or not set(o.lines) <= set(n.lines) or n.id in self.divided for n in later):
                self.divided.add(o.id)
            else:
                self.whole[o.id] = [n.id for n in later]

    def sees_all(self, n: Offer) -> bool:
        if n.level == "SHIPPING":
            return True
        return n.type in ("off", "percent") and not any(
            o is not n and o.order < n.order and o.clashes(n) and set(o.lines) & set(n.lines) for o in self.offers
        )

    # LINE

    def line_level(self) -> None:
        m = self.m
        offers = [o for o in self.offers if o.level == "LINE"]
        limited = [o for o in offers if o.cap < MUCH]
        bar = {o.id: self.whole_number(-1, MUCH) for o in limited}
        changed: dict[str, dict[int, Any]] = {o.id: {} for o in limited}
        given: dict[str, list[Any]] = {o.id: [] for o in offers}
        open_: dict[str, list[Any]] = {o.id: [] for o in limited}
        for k, line in enumerate(self.lines):
            here = [o for o in offers if k in o.lines]
            rows = self.options(k, here)
            equal = all(len(set(units)) == 1 for units, _ in rows)
            width = 1 if equal else line["qty"]
            units = [self.whole_number(min(r[0][u] for r in rows), max(r[0][u] for r in rows)) for u in range(width)]
            columns: list[Any] = [*units]
            for o in here:
                columns.append(self.x[o.id, k])
                if o.budget < MUCH:
                    given[o.id].append(self.whole_number(0, line["price"] * line["qty"]))
                    columns.append(given[o.id][-1])
                if o in limited:
                    n, last, next_ = (
                        self.whole_number(0, line["qty"]),
                        self.whole_number(-1, MUCH),
                        self.whole_number(0, MUCH),
                    )
                    changed[o.id][k] = n
                    open_[o.id].append(next_)
                    columns += [n, last, next_]
                    m.add(last <= bar[o.id])
                    m.add(next_ > bar[o.id])
            table = []
            for values, effects in rows:
                row = list(values[:width])
                for o in here:
                    taken, off, n, last, next_ = effects.get(o.id, (0, 0, 0, -1, MUCH))
                    row.append(taken)
                    if o.budget < MUCH:
                        row.append(off)
                    if o in limited:
                        row += [n, last, next_]
                table.append(row)
            m.add_allowed_assignments(columns, table)
            self.amounts.append(units * line["qty"] if equal else units)
        for o in limited:
            counts = list(changed[o.id].values())
            m.add(sum(counts) <= o.cap)
            full = self.at_least(sum(counts), o.cap)
            for next_ in open_[o.id]:
                m.add(next_ == MUCH).only_enforce_if(~full)
        for o in offers:
            if o.budget < MUCH:
                m.add(sum(given[o.id]) <= o.budget)
            if o.mandatory:
                for k in o.lines:
                    self.bind(o, k, changed.get(o.id, {}))

    def options(self, k: int, here: list[Offer]) -> list[tuple[tuple[int, ...], dict[str, tuple[int, ...]]]]:
        """All that LINE can do to one line alone: its units, and of each offer that takes it what it does there."""
        line = self.lines[k]
        found: list[tuple[tuple[int, ...], dict[str, tuple[int, ...]]]] = []

        def go(i: int, units: tuple[int, ...], taken: tuple[Offer, ...], effects: dict[str, tuple[int, ...]]) -> None:
            if i == len(here):
                found.append((units, effects))
                return
            o = here[i]
            go(i + 1, units, taken, effects)
            if any(o.clashes(t) for t in taken):
                return
            cuts = [(min(o.saving(a), a - line.get("floor", 0)), u) for u, a in enumerate(units)]
            places = sorted((-cut, u) for cut, u in cuts if cut > 0)
            keys = [(10**6 + s) * 1000 + k * 50 + u for s, u in places] + [MUCH * 100]
            least = 1 if o.cap < MUCH else len(places)
            for n in range(max(1, least), min(len(places), o.cap) + 1):
                after = list(units)
                for s, u in places[:n]:
                    after[u] += s
                off = sum(units) - sum(after)
                next_ = MUCH if n == len(places) else keys[n]
                go(i + 1, tuple(after), (*taken, o), {**effects, o.id: (1, off, n, keys[n - 1], next_)})

        go(0, (line["price"],) * line["qty"], (), {})
        return found

    def bind(self, o: Offer, k: int, changed: dict[int, Any]) -> None:
        """A mandatory offer takes the line, or others leave it at no more than it alone would."""
        line = self.lines[k]
        saving = min(o.saving(line["price"]), line["price"] - line.get("floor", 0))
        if saving <= 0:
            return
        left: Any = line["price"] * line["qty"] - sum(self.amounts[k])
        enough = self.whole_number(0, line["qty"])
        if o.cap < MUCH:
            room = self.whole_number(0, o.cap)
            self.m.add_max_equality(room, [0, o.cap - sum(n for j, n in changed.items() if j != k)])
            self.m.add_min_equality(enough, [line["qty"], room])
        else:
            self.m.add(enough == line["qty"])
        self.m.add(left >= saving * enough).only_enforce_if(~self.x[o.id, k])

    # ORDER and COUPON: each gives parts [(discount, [(line, unit, counts)])]; a part is divided over its units

    def units(self, offer: Offer, lines: list[int] | None = None) -> Units:
        return [
            (k, u, self.x[offer.id, k])
            for k in (offer.lines if lines is None else lines)
            for u in range(self.lines[k]["qty"])
        ]

    def worth(self, units: Units) -> list[Any]:
        """What each unit is worth if it counts, else 0."""
        seen: dict[tuple[int, int], Any] = {}
        found = []
        for k, u, counts in units:
            amount = self.amounts[k][u]
            key = (amount.index, counts.index)
            if key not in seen:
                seen[key] = self.only(counts, amount, self.upper(amount))
            found.append(seen[key])
        return found

    def total(self, values: list[Any]) -> Any:
        found = self.whole_number(0, sum(self.upper(v) for v in values))
        self.m.add(found == sum(values))
        return found

    def count(self, offer: Offer, lines: list[int] | None = None) -> Any:
        found = self.whole_number(0, sum(self.lines[k]["qty"] for k in (offer.lines if lines is None else lines)))
        self.m.add(
            found == sum(self.x[offer.id, k] * self.lines[k]["qty"] for k in (offer.lines if lines is None else lines))
        )
        return found

    def pick(self, units: Units, many: Any, dear: bool) -> Units:
        """The `many` cheapest (or dearest) of the units that count, the earlier first in ties."""
        m = self.m
        chosen = [self.literal() for _ in units]
        for (_, _, counts), s in zip(units, chosen, strict=True):
            m.add_implication(s, counts)
        m.add(sum(chosen) == many)
        for (i, (k, u, p)), (j, (n, v, q)) in combinations(enumerate(units), 2):
            a, b = self.amounts[k][u], self.amounts[n][v]
            s, t = chosen[i], chosen[j]
            if a.index == b.index and p.index == q.index:
                m.add_implication(t, s)
                continue
            if dear:
                a, b = -a, -b
            m.add(a <= b).only_enforce_if(s, ~t, q)
            m.add(b < a).only_enforce_if(t, ~s, p)
        return [(k, u, s) for (k, u, _), s in zip(units, chosen, strict=True)]

    def money(self, offer: Offer, parts: Parts, base: Any = None) -> None:
        """Counts what an offer gives, and divides it where somebody looks."""
        z = self.z[offer.id]
        parts = [
            (self.least(part, self.room(offer, units)) if self.floored(units) else part, units) for part, units in parts
        ]
        off = sum(part for part, _ in parts)
        self.m.add(off >= 1).only_enforce_if(z)
        for part, _ in parts:
            self.m.add(part == 0).only_enforce_if(~z)
        if offer.budget < MUCH:
            self.m.add(off <= offer.budget)
        if offer.id not in self.divided:
            self.gains.append(off)
            for later in self.whole[offer.id]:
                self.lumps[later].append(off)
            return
        after = [list(line) for line in self.amounts]
        for part, units in parts:
            cache: dict[tuple[int, int], Any] = {}
            for (k, u, _), share in zip(units, self.shares(part, units), strict=True):
                before = after[k][u]
                key = (before.index, share.index)
                if key not in cache:
                    cache[key] = self.whole_number(0, self.upper(before))
                    self.m.add(cache[key] == before - share)
                after[k][u] = cache[key]
        self.amounts = after

    def floored(self, units: Units) -> int:
        """How many of the units have a floor."""
        return sum(bool(self.lines[k].get("floor")) for k, _, _ in units)

    def room(self, offer: Offer, units: Units) -> Any:
        """What may be taken off the units before all are at their floors."""
        high = sum(self.upper(self.amounts[k][u]) for k, u, _ in units)
        raw, found = self.whole_number(-high, high), self.whole_number(0, high)
        floors = sum(self.lines[k].get("floor", 0) * counts for k, _, counts in units)
        self.m.add(raw == sum(self.worth(units)) - floors - sum(self.lumps[offer.id]))
        self.m.add_max_equality(found, [0, raw])
        return found

    def shares(self, off: Any, units: Units) -> list[Any]:
        """§6: what has no room on its unit is divided again among the others, weights as before."""
        # A round fills a floored unit, or those without one to the last fen but odd ones, which a last round divides.
        floored = self.floored(units)
        rounds = floored + 2
        if not floored:
            return self.by_remainder(off, units)
        m = self.m
        given: list[Any] = [0] * len(units)
        left = off
        for _ in range(rounds):
            there: Units = []
            rooms = []
            for (k, u, counts), so_far in zip(units, given, strict=True):
                high = self.upper(self.amounts[k][u])
                raw, room = self.whole_number(-high, high), self.whole_number(0, high)
                m.add(raw == self.amounts[k][u] - self.lines[k].get("floor", 0) - so_far)
                m.add_max_equality(room, [0, raw])
                there.append((k, u, self.both(counts, self.at_least(room, 1))))
                rooms.append(room)
            now = self.least(left, self.total(self.worth(there)))
            each = [self.least(s, r) for s, r in zip(self.by_remainder(now, there), rooms, strict=True)]
            following = []
            for (k, u, _), so_far, more in zip(units, given, each, strict=True):
                sum_ = self.whole_number(0, self.upper(self.amounts[k][u]))
                m.add(sum_ == so_far + more)
                following.append(sum_)
            given = following
            rest = self.whole_number(0, MUCH)
            m.add(rest == off - sum(given))
            left = rest
        return given

    def by_remainder(self, off: Any, units: Units) -> list[Any]:
        """By largest remainder, ties by §1."""
        m = self.m
        values = self.worth(units)
        total = self.total(values)
        high = self.upper(total)
        most = self.whole_number(0, high)
        m.add_max_equality(most, [1, total])
        m.add(off <= total)
        seen: dict[int, tuple[Any, Any]] = {}
        floors, rests, ups = [], [], []
        for value in values:
            if value.index not in seen:
                product = self.whole_number(0, high * self.upper(value))
                m.add_multiplication_equality(product, [off, value])
                share, back, rest = (
                    self.whole_number(0, self.upper(value)),
                    self.whole_number(0, high * high),
                    self.whole_number(0, high),
                )
                m.add_multiplication_equality(back, [share, most])
                m.add(product == back + rest)
                m.add(rest < most)
                seen[value.index] = share, rest
            share, rest = seen[value.index]
            up = self.literal()
            m.add(rest >= 1).only_enforce_if(up)
            floors.append(share)
            rests.append(rest)
            ups.append(up)
        m.add(sum(floors) + sum(ups) == off)
        for i, j in combinations(range(len(units)), 2):
            if rests[i].index == rests[j].index:
                m.add_implication(ups[j], ups[i])
            else:
                m.add(rests[i] >= rests[j]).only_enforce_if(ups[i], ~ups[j])
                m.add(rests[j] > rests[i]).only_enforce_if(ups[j], ~ups[i])
        found = []
        for value, share, up in zip(values, floors, ups, strict=True):
            given = self.whole_number(0, self.upper(value))
            m.add(given == share + up)
            found.append(given)
        return found

    # GIFT: thresholds count what LINE leaves

    def gift(self, offer: Offer) -> None:
        units = self.units(offer)
        base = self.total(self.worth(units))
        z = self.z[offer.id]
        if offer.type == "add_on":
            self.m.add(base >= offer.data.get("min", 0)).only_enforce_if(z)
            if sum((x["price"] - x["each"]) * x["qty"] for x in self.extra[offer.id]) > offer.budget:
                self.m.add(z == 0)
            return
        left = self.data.get("gift_stock", {})
        tiers = [t for t in offer.data["tiers"] if any(left.get(g["sku"], 1) > 0 for g in t["gifts"])]
        if not tiers:
            self.m.add(z == 0)
        elif "count" in tiers[0]:
            self.m.add(self.count(offer) >= tiers[0]["count"]).only_enforce_if(z)
        else:
            self.m.add(base >= tiers[0]["min"]).only_enforce_if(z)

    # the effects

    def base(self, offer: Offer) -> tuple[Any, Units]:
        units = self.units(offer)
        values = self.worth(units)
        high = sum(self.upper(v) for v in values)
        found = self.whole_number(0, high)
        lumps = self.lumps[offer.id]
        if lumps:
            whole = self.whole_number(-high, high)
            self.m.add(whole == sum(values) - sum(lumps))
            self.m.add_max_equality(found, [0, whole])
            self.m.add(whole >= 0).only_enforce_if(self.z[offer.id])
        else:
            self.m.add(found == sum(values))
        return found, units

    def tiered(self, offer: Offer, reached: Any, mins: list[int]) -> list[Any]:
        """One literal per tier: the highest that is reached, if the offer applies."""
        m = self.m
        tiers = [self.literal() for _ in mins]
        m.add(sum(tiers) == self.z[offer.id])
        for i, tier in enumerate(tiers):
            m.add(reached >= mins[i]).only_enforce_if(tier)
            if i + 1 < len(mins):
                m.add(reached < mins[i + 1]).only_enforce_if(tier)
        return tiers

    def percent_of(self, base: Any, pay_bp: int) -> Any:
        high = self.upper(base)
        return self.part(base * (10000 - pay_bp), 10000, high * 10000)

    def spend_off(self, offer: Offer) -> tuple[Parts]:
        base, units = self.base(offer)
        every = offer.data.get("every")
        if every:
            steps = self.part(base, every["min"], self.upper(base))
            off = self.least(steps * every["off"], every.get("max_off", MUCH), offer.cap * every["off"], base)
            off = self.only(self.z[offer.id], off, self.upper(base))
            return ([(off, units)],)
        mins = [t["min"] for t in offer.data["tiers"]]
        tiers = self.tiered(offer, base, mins)
        said = sum(t["off"] * tier for t, tier in zip(offer.data["tiers"], tiers, strict=True))
        return ([(self.least(said, base), units)],)

    def spend_percent(self, offer: Offer) -> tuple[Parts]:
        base, units = self.base(offer)
        tiers = offer.data["tiers"]
        field = "count" if "count" in tiers[0] else "min"
        reached = self.count(offer) if field == "count" else base
        literals = self.tiered(offer, reached, [t[field] for t in tiers])
        offs = []
        for tier, literal in zip(tiers, literals, strict=True):
            off = self.least(self.percent_of(base, tier["pay_bp"]), offer.data.get("max_off", MUCH))
            offs.append(self.only(literal, off, self.upper(base)))
        return ([(self.total(offs), units)],)

    def off(self, offer: Offer) -> tuple[Parts]:
        base, units = self.base(offer)
        z = self.z[offer.id]
        self.m.add(base >= offer.fields.get("min", 0)).only_enforce_if(z)
        off = self.least(base, offer.fields["off"])
        return ([(self.only(z, off, self.upper(base)), units)],)

    def percent(self, offer: Offer) -> tuple[Parts]:
        base, units = self.base(offer)
        z = self.z[offer.id]
        self.m.add(base >= offer.fields.get("min", 0)).only_enforce_if(z)
        off = self.least(self.percent_of(base, offer.fields["pay_bp"]), offer.fields.get("max_off", MUCH))
        return ([(self.only(z, off, self.upper(base)), units)],)

    def exchange(self, offer: Offer) -> tuple[Parts]:
        z = self.z[offer.id]
        own = [k for k in offer.lines if self.lines[k]["sku"] == offer.fields["sku"]]
        if not own:
            self.m.add(z == 0)
            return ([],)
        self.m.add_implication(z, self.x[offer.id, own[0]])
        beside = self.total(self.worth(self.units(offer, [k for k in offer.lines if k not in own])))
        self.m.add(beside >= offer.fields.get("min", 0)).only_enforce_if(z)
        free = self.pick(self.units(offer, own), z, dear=True)
        cost = self.total(self.worth(free))
        off = self.whole_number(0, self.upper(cost))
        self.m.add(off == cost - offer.fields.get("price", 0) * z)
        return ([(off, free)],)

    trial = exchange

    def nth_item(self, offer: Offer) -> tuple[Parts]:
        n, z = offer.data["n"], self.z[offer.id]
        units = self.units(offer)
        if offer.data.get("same_sku"):
            counted: Units = []
            for k in offer.lines:
                x = self.x[offer.id, k]
                counted += self.pick(self.units(offer, [k]), x * (self.lines[k]["qty"] // n), dear=False)
            could: Any = self.whole_number(0, len(units))
            self.m.add(could == sum(c for _, _, c in counted))
        else:
            counted = units
            could = self.part(self.count(offer), n, len(units))
        got = self.pick(counted, self.least(could, offer.cap), dear=False)
        if offer.data.get("same_sku"):
            for k in offer.lines:
                self.m.add_bool_or(*(s for j, _, s in got if j == k), ~self.x[offer.id, k])
        off = self.percent_of(self.total(self.worth(got)), offer.data["pay_bp"])
        return ([(self.only(z, off, self.upper(off)), got)],)

    def pick_bundle(self, offer: Offer) -> tuple[Parts]:
        size, z = offer.data["count"], self.z[offer.id]
        units = self.units(offer)
        many = self.count(offer)
        runs = []
        for i in range(1, min(len(units) // size if offer.data.get("repeat") else 1, offer.cap) + 1):
            full = self.at_least(many, i * size)
            runs.append((full, self.pick(units, full * (i * size), dear=True)))
        return (self.sets(offer, units, runs, z),)

    def combo(self, offer: Offer) -> tuple[Parts]:
        z = self.z[offer.id]
        need = {k: i["qty"] for k in offer.lines for i in offer.fields["items"] if i["sku"] == self.lines[k]["sku"]}
        for k in offer.lines:
            self.m.add(self.x[offer.id, k] == z)
        units = self.units(offer)
        most = min(self.lines[k]["qty"] // n for k, n in need.items())
        runs = []
        for i in range(1, min(most if offer.fields.get("repeat") else 1, offer.cap) + 1):
            chosen: Units = []
            for k in offer.lines:
                chosen += self.pick(self.units(offer, [k]), z * (i * need[k]), dear=True)
            runs.append((z, chosen))
        return (self.sets(offer, units, runs, z),)

    bundle = combo

    def sets(self, offer: Offer, units: Units, runs: list[Any], z: Any) -> Parts:
        """Runs or sets, each the units that it has more than the one before; full ones cost the price if cheaper."""
        m, price = self.m, offer.fields["price"]
        if not runs:
            m.add(z == 0)
            return []
        parts: Parts = []
        before: list[Any] | None = None
        on = z
        used: list[tuple[int, Any]] = []
        for full, chosen in runs:
            if before is None:
                members = chosen
            else:
                members = []
                for (k, u, now), was in zip(chosen, before, strict=True):
                    new = self.literal()
                    m.add(new >= now - was)
                    m.add_implication(new, now)
                    m.add_implication(new, ~was)
                    members.append((k, u, new))
            before = [s for _, _, s in chosen]
            worth = self.total(self.worth(members))
            on = self.both(self.both(on, full), self.at_least(worth, price + 1))
            parts.append((self.only(on, worth - price, self.upper(worth)), members))
            used += [(k, self.both(s, on)) for k, _, s in members]
        for k in offer.lines:
            m.add_bool_or(*(s for j, s in used if j == k), ~self.x[offer.id, k])
        return parts

    def buy_get(self, offer: Offer) -> tuple[Parts]:
        m, z, d = self.m, self.z[offer.id], offer.data
        b, g = d["buy"]["count"], d["get"]["count"]
        buy, get = offer.sides
        units = self.units(offer)
        bp = d["get"].get("pay_bp", 0)
        most = min(offer.cap, MUCH if d.get("repeat") else 1)
        if d["get"].get("scope") in (None, buy):
            sets = self.least(self.part(self.count(offer), b + g, len(units)), most)
            got = self.pick(units, g * sets, dear=False)
        else:
            buys = [k for k in offer.lines if holds(buy, self.lines[k])]
            gets = [k for k in offer.lines if holds(get, self.lines[k])]
            if not buys or not gets:
                m.add(z == 0)
                return ([],)
            all_buy, all_get = self.count(offer, buys), self.count(offer, gets)
            there = self.units(offer, gets)
            most = min(most, self.upper(all_buy) // b)
            tries = []
            for k in range(1, most + 1):
                chosen = self.pick(there, self.least(all_get, g * k), dear=False)
                tries.append((self.at_least(all_buy - sum(s for j, _, s in chosen if j in buys), b * k), chosen))
            best = [self.literal() for _ in tries]
            m.add(sum(best) == z)
            for i, (feasible, _) in enumerate(tries):
                m.add_implication(best[i], feasible)
                for j in range(i):
                    m.add_implication(best[j], ~feasible)
            got = []
            for i, (k, u, _) in enumerate(there):
                s = self.literal()
                m.add(s == sum(self.both(best[t], tries[t][1][i][2]) for t in range(len(tries))))
                got.append((k, u, s))
            for k in set(gets) - set(buys):
                m.add_bool_or(*(s for j, _, s in got if j == k), ~self.x[offer.id, k])
        off = self.percent_of(self.total(self.worth(got)), bp)
        return ([(self.only(z, off, self.upper(off)), got)],)

    # SHIPPING

    def shipping(self) -> None:
        m = self.m
        start = self.fee
        for o in self.offers:
            if o.level != "SHIPPING":
                continue
            z, f = self.z[o.id], o.fields
            base = sum(a for k in o.lines for a in self.amounts[k]) - sum(self.lumps[o.id])
            base += sum(fen * self.z[name] for name, fen in self.behind(o) if name in self.z)
            m.add(base >= f.get("min", 0)).only_enforce_if(z)
            if f.get("free"):
                off = self.fee
            elif "off" in f:
                off = self.least(self.fee, f["off"])
            else:
                off = self.part(self.fee * (10000 - f["pay_bp"]), 10000, start * 10000)
            off = self.only(z, off, start)
            m.add(off >= 1).only_enforce_if(z)
            if o.budget < MUCH:
                m.add(off <= o.budget)
            fee = self.whole_number(0, start)
            m.add(fee == self.fee - off)
            self.fee = fee

    # solving

    def solve(self, seconds: float | None = None, limit: float = 120) -> int:
        found = self.solve_or_none(seconds, limit)
        if found is None:
            raise AssertionError("no combination is allowed at all")
        return found

    def solve_or_none(self, seconds: float | None = None, limit: float = 120) -> int | None:
        if not self.possible:
            return None
        solver = self.cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = limit
        if seconds is not None:
            solver.parameters.max_deterministic_time = MUCH
            solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(self.m)
        if status == self.cp.MODEL_INVALID:
            raise AssertionError(self.m.validate())
        if status == self.cp.INFEASIBLE:
            return None
        if status != self.cp.OPTIMAL:
            raise Undecided
        self.solver = solver
        return int(solver.value(self.cost))
