"""Reasons and 凑单 (§7) written from the contract alone, on top of the calculator that tries every combination.

Judged are LINE, ORDER, GIFT, COUPON and SHIPPING offers; what the text leaves open is read as decisions 30–34 of
docs/pricing.md say. Earnings depend on the quote alone and are judged by tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement

from backend.tests.pricing.brute import Calculator, Offer, Priced, Scenario, clash

Expected = tuple[str, dict[str, int]]
ENDLESS = 10**15


def threshold(o: Offer) -> tuple[str, int] | None:
    """The lowest threshold of an offer, in fen or units; None: it has none."""
    d = o.data.get("content", o.data)
    if o.type in ("spend_percent", "spend_gift"):
        tier = d["tiers"][0]
        return ("count", tier["count"]) if "count" in tier else ("fen", tier["min"])
    if o.type == "spend_off":
        return "fen", d["every"]["min"] if "every" in d else d["tiers"][0]["min"]
    if o.type == "add_on":
        return "fen", d["min"]
    if o.type == "coupon":
        return next((("fen", d[k].get("min", 0)) for k in ("off", "percent") if k in d), None)
    return None


class Reasons(Calculator):
    """Why offers did not apply, beside a quote of some payable and goods."""

    def __init__(self, scenario: Scenario, payable: int, goods: dict[str, int]) -> None:
        super().__init__(scenario)
        self.payable = payable
        self.goods = goods
        self.by_id = {o.id: o for o in (*self.offers, *self.coupons)}
        self.shipping: Offer | None = None
        self.bound = True
        self.allowed = list(self.every())

    def mandatory_ok(self, p: Priced) -> bool:
        return not self.bound or super().mandatory_ok(p)

    def ship(self, p: Priced, coupons: tuple[Offer, ...]) -> bool:
        """With a shipping offer that must be there: the lowest fee with it."""
        must = self.shipping
        if must is None or must in coupons:
            return super().ship(p, coupons)
        others = self.shippers
        fees: list[tuple[int, dict[str, int]]] = []
        for n in range(len(others)):
            for its in combinations([s for s in others if s is not must], n):
                self.shippers = [must, *its]
                if super().ship(p, coupons) and must.id in p.shipped:
                    fees.append((p.fee, p.shipped))
        self.shippers = others
        if fees:
            p.fee, p.shipped = min(fees, key=lambda f: f[0])
        return bool(fees)

    def coupon_sets(self) -> list[tuple[Offer, ...]]:
        """Every set of held coupons, wanted or not."""
        found = []
        for n in range(min(len(self.held), self.policy["max_coupons"]) + 1):
            found += [s for s in combinations(self.held, n) if n < 2 or not any(c.exclusive == "cart" for c in s)]
        return found

    def every(self, only: Offer | None = None) -> Iterator[tuple[Priced, int, dict[str, set[int]], tuple[Offer, ...]]]:
        """Every allowed combination with its payable."""
        for takes, is_open in self.combinations():
            for coupons in self.coupon_sets():
                if coupons and (not is_open or (takes and any(c.exclusive == "cart" for c in coupons))):
                    continue
                if only is not None and {*takes, *(c.id for c in coupons)} - {only.id}:
                    continue
                p = self.price(takes, coupons)
                if p is not None:
                    extra = sum(each * n for _, _, n, each, _ in p.add_ons)
                    yield p, sum(map(sum, p.units)) + extra + p.fee, takes, coupons

    def with_offer(self, o: Offer) -> list[tuple[Priced, int, tuple[Offer, ...]]]:
        """The allowed combinations in which an offer applies."""
        if o.level == "SHIPPING":
            self.shipping = o
            found = [(p, pay, cs) for p, pay, _, cs in self.every() if o.type != "coupon" or o in cs]
            self.shipping = None
            return found
        return [(p, pay, cs) for p, pay, takes, cs in self.allowed if o.id in takes or o in cs]

    def alone(self, o: Offer) -> bool:
        """Whether it would apply if alone, mandatory offers aside."""
        if o.level == "SHIPPING":
            fee, d = self.s["cart"].get("shipping", 0), o.data.get("content", {}).get("shipping", o.data)
            return bool((fee if d.get("free") else d.get("off", fee * (10000 - d.get("pay_bp", 0)) // 10000)) > 0 < fee)
        self.bound = False
        found = any(o.id in takes or o in cs for _, _, takes, cs in self.every(o))
        self.bound = True
        return found

    def early(self, o: Offer) -> str | None:
        """Reasons that need no other offer."""
        limits = o.data.get("limits", {})
        if o.data.get("expires", "9999") <= self.s["at"]:
            return "EXPIRED"
        left = self.s.get("gift_stock", {})
        gone = o.type == "spend_gift" and all(left.get(g["sku"], 1) == 0 for t in o.data["tiers"] for g in t["gifts"])
        gone = gone or (o.type == "spend_gift" and o.pieces == 0)
        if gone or self.s.get("stock", {}).get(o.id, limits.get("stock", 1)) <= 0:
            return "SOLD_OUT"
        if limits.get("per_order", 1) <= 0 or o.cap <= 0 or (o.type == "coupon" and not self.policy["max_coupons"]):
            return "LIMIT"
        return "BUDGET" if o.budget <= 0 else None

    def greatest_base(self, o: Offer, by: str) -> int | None:
        """Of all allowed combinations of line-level offers the most that is left for it to count; None: never a line."""
        best: int | None = None
        most = self.policy.get("max_promotions_per_line", len(self.offers) + 1)
        for p, _, takes, coupons in self.allowed:
            others = [self.by_id[i] for i in takes]
            if coupons or any(x.level != "LINE" or x.exclusive == "cart" for x in others) or o.id in takes:
                continue
            if o.exclusive == "cart" and takes:
                continue
            free = [k for k in o.lines if not any(k in takes[x.id] and clash(o, x) for x in others)]
            if o.level != "COUPON":
                free = [k for k in free if sum(k in takes[x.id] for x in others) < most]
            if free:
                best = max(best or 0, sum(sum(p.units[k]) if by == "fen" else len(p.units[k]) for k in free))
        return best

    def at_list(self, o: Offer, by: str) -> int:
        lines = [self.lines[k] for k in o.lines]
        return int(sum(line["qty"] * (1 if by == "count" else line["price"]) for line in lines))

    def expected(self, o: Offer) -> Expected:
        """The reason of an offer that is not in the quote, with its figures."""
        early = self.early(o)
        if early is not None:
            return early, {}
        if o.level == "SHIPPING":
            d = o.data.get("content", {}).get("shipping", o.data)
            paid = sum(self.goods.get(self.lines[k]["sku"], 0) for k in o.lines)
            if paid < d.get("min", 0):
                return "THRESHOLD", {"short_by_fen": d["min"] - paid}
        need = threshold(o)
        if need is not None and need[1] > 0:
            by, least = need
            base = self.greatest_base(o, by)
            kept_out = base is None and (o.exclusive == "cart" or self.at_list(o, by) >= least)
            if (base or 0) < least and not kept_out:
                return "THRESHOLD", {f"short_by_{by}": least - (base or 0)}
        mine = self.with_offer(o)
        if mine:
            wishes = [(-sum(n for _, _, n, _, _ in p.add_ons), self.wished(o, cs), pay) for p, pay, cs in mine]
            fixed = [w for w in wishes if w[1] is not None]
            return "NOT_BETTER", {"by_fen": min((a, -(b or 0), pay) for a, b, pay in fixed)[2] - self.payable}
        budget, o.budget = o.budget, ENDLESS
        but_for_it = self.with_offer(o) or any(o.id in takes or o in cs for _, _, takes, cs in self.every())
        alone = self.alone(o)
        o.budget = budget
        if but_for_it:
            return "BUDGET", {}
        return ("EXCLUDED" if alone else "NO_EFFECT"), {}

    def wished(self, o: Offer, coupons: tuple[Offer, ...]) -> int | None:
        """How many of the wanted coupons (and the one asked about) are there; None: others are."""
        wanted = self.s["cart"].get("coupons", "auto")
        if wanted == "auto":
            return 0
        return len(coupons) if all(c is o or c.id in wanted for c in coupons) else None


def may_bar(by: Offer, o: Offer) -> bool:
    """Whether an offer can be what keeps another out: it binds, and meets it badly or takes of the same goods."""
    return by.mandatory and (clash(by, o) or o.exclusive == "cart" or bool(by.lines & o.lines))


Row = tuple[int, int, list[str], str, str]


def suggestions(scenario: Scenario, missed: set[str], most: int) -> list[Row] | None:
    """凑单, each addition priced by trying everything: (payable, value, SKUs, kind, offer); None: too much to try."""
    addable = sorted(set(scenario["cart"]["addable"]))
    price = {c["sku"]: c["price"] for c in scenario["catalog"]}
    found: dict[tuple[str, ...], tuple[int, set[str]]] = {}
    for n in range(4):
        for added in combinations_with_replacement(addable, n):
            lines = [*scenario["cart"]["lines"], *({"sku": sku, "qty": 1} for sku in added)]
            calculator = Calculator({**scenario, "cart": {**scenario["cart"], "lines": lines}})
            if calculator.size() > most:
                return None
            key, priced, _, earned = calculator.solve()
            found[added] = key[0], {*priced.takes, *priced.shipped, *(name for name, *_ in earned)}
    now, _ = found.pop(())
    less = {added: pay for added, (pay, _) in found.items() if pay < now}
    rows: list[Row] = []
    for added, pay in less.items():
        within = [x for x in less if x != added and not Counter(x) - Counter(added)]
        if all(pay < less[x] for x in within):
            rows.append((pay, sum(price[s] for s in added), [*added], "pays_less", ""))
    for name in missed:
        ways = [(pay, sum(price[s] for s in x), [*x]) for x, (pay, applied) in found.items() if name in applied]
        if ways:
            rows.append((*min(ways), "unlocks", name))
    return sorted(rows)
