"""Checks of a finished quote against the contract: money, tenders and earnings, computed from the outcome alone.

They do not change the payable, so the model leaves them out; here they are computed again from what the quote says
that each line costs. Where the answer does not tell which lines an offer took (a line may be taken and get no fen),
the check that depends on it is left out and counted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend import pricing
from backend.tests.pricing.judge.model import ALL, COUPON, LINE, holds
from backend.tests.pricing.judge.when import holds_now

Data = dict[str, Any]


class Unclear(Exception):
    """The answer does not say which lines an offer took."""


def faults(data: Data, quote: pricing.Quote) -> tuple[list[str], int]:
    """What is wrong, in words; and how many checks could not be made."""
    found = money(data, quote) + gifts(data, quote)
    unclear = 0
    for check in (tenders, earnings):
        try:
            found += check(data, quote)
        except Unclear:
            unclear += 1
    return found, unclear


def money(data: Data, quote: pricing.Quote) -> list[str]:
    prices = {p["sku"]: p for p in data["catalog"]}
    found = []
    if quote.list - quote.saved + quote.shipping != quote.payable:
        found.append("list − saved + shipping is not payable")
    for line in quote.lines:
        floor = prices[line.sku].get("floor", 0)
        if sum(line.units) != line.payable or line.payable != line.list - sum(o.off for o in line.offers):
            found.append(f"{line.sku}: units, shares and payable differ")
        if any(unit < min(floor, prices[line.sku]["price"]) for unit in line.units):
            found.append(f"{line.sku}: below its floor")
    for offer in quote.offers:
        shares = sum(o.off for line in quote.lines for o in line.offers if o.id == offer.id)
        if offer.level != "SHIPPING" and shares != offer.off:
            found.append(f"{offer.id}: shares are not its discount")
    return found


def gifts(data: Data, quote: pricing.Quote) -> list[str]:
    """A gift is of a tier that what LINE left of its lines can reach, and in stock."""
    products = {p["sku"]: p for p in data["catalog"]}
    by_id = {o["id"]: o for o in data["promotions"]}
    found = []
    for gift in quote.gifts:
        offer = by_id[gift.offer]
        mine = [x for x in quote.lines if holds(offer.get("scope", ALL), products[x.sku])]
        left = sum(x.list - sum(o.off for o in x.offers if by_id.get(o.id, {}).get("type") in LINE) for x in mine)
        count = sum(x.qty for x in mine)
        tiers = [
            t for t in offer["tiers"] if {"sku": gift.sku, "qty": gift.qty} in [{"qty": 1, **g} for g in t["gifts"]]
        ]
        if not any(t.get("min", 0) <= left and t.get("count", 0) <= count for t in tiers):
            found.append(f"{gift.offer} gives {gift.sku} below its threshold")
        if data.get("gift_stock", {}).get(gift.sku, 1) <= 0:
            found.append(f"{gift.offer} gives {gift.sku}, of which nothing is left")
    return found


def took(data: Data, quote: pricing.Quote, offer: Data) -> set[int]:
    """Places of the lines that an applied offer took."""
    places = {k for k, line in enumerate(quote.lines) if any(o.id == offer["id"] for o in line.offers)}
    products = {p["sku"]: p for p in data["catalog"]}
    if any(k not in places and holds(offer.get("scope", ALL), products[x.sku]) for k, x in enumerate(quote.lines)):
        raise Unclear
    return places


def applied(data: Data, quote: pricing.Quote) -> list[Data]:
    here = {o.id for o in quote.offers}
    return [o for o in (*data["promotions"], *data.get("coupons", ())) if o["id"] in here]


def tenders(data: Data, quote: pricing.Quote) -> list[str]:
    """Red packets soonest expiry first, then points, then balance, each on the lines it may pay for."""
    asked, customer = data["cart"].get("tenders", {}), data.get("customer", {})
    left = {k: line.payable for k, line in enumerate(quote.lines)} | {-1: quote.shipping}
    barred: dict[str, set[int]] = {}
    for offer in applied(data, quote):
        for kind in offer.get("no_tender", ()):
            barred.setdefault(kind, set()).update(took(data, quote, offer))
    per_yuan = data.get("policy", {}).get("points_per_yuan_off", 100)
    wanted = []
    for packet in customer.get("red_packets", ()):
        expires = datetime.fromisoformat(packet.get("expires", "9999-12-31T00:00:00+00:00"))
        fits = packet["min"] <= quote.payable and datetime.fromisoformat(data["at"]) < expires
        if packet["id"] in asked.get("red_packets", ()) and fits:
            wanted.append((0, expires, packet["id"], "red_packet", packet["fen"]))
    for place, kind in ((1, "points"), (2, "balance")):
        amount = min(asked.get(kind, 0), customer.get(kind, 0))
        fen = amount * 100 // per_yuan if kind == "points" else amount
        wanted.append((place, datetime.fromisoformat(data["at"]), kind, kind, fen))
    used = {t.id or t.kind: t for t in quote.tenders}
    found: list[str] = []
    paid_by: dict[str, int] = {}
    for *_, name, kind, worth in sorted(wanted):
        fen = min(worth, sum(v for k, v in left.items() if k not in barred.get(kind, ())))
        for figure, limit in data.get("policy", {}).get("tender_caps", {}).get(kind, {}).items():
            whole = limit if figure == "fen" else limit * quote.payable // 10_000
            fen = min(fen, whole - paid_by.get(kind, 0))
        paid_by[kind] = paid_by.get(kind, 0) + fen
        tender = used.pop(name, None)
        if (tender.fen if tender else 0) != fen:
            found.append(f"{name} pays {tender.fen if tender else 0}, not {fen}")
        if tender is not None:
            paid = {**tender.by_line, -1: tender.on_shipping}
            if sum(paid.values()) != tender.fen or any(paid[k] > left[k] for k in paid):
                found.append(f"{name} is not divided over what is left")
            left = {k: v - paid.get(k, 0) for k, v in left.items()}
    if used:
        found.append(f"{sorted(used)} were not asked for")
    if quote.due != sum(left.values()):
        found.append("due is not what is left")
    return found


def earnings(data: Data, quote: pricing.Quote) -> list[str]:
    """On goods payable less what red packets and points paid; points first, then the factors in order."""
    products = {p["sku"]: p for p in data["catalog"]}
    paid = [line.payable for line in quote.lines]
    for tender in quote.tenders:
        for k, fen in tender.by_line.items():
            paid[k] -= fen if tender.kind != "balance" else 0
    got: dict[str, int] = {}
    rates: list[tuple[int, str, int]] = []
    points = 0
    for offer in sorted(data["promotions"], key=lambda o: (o.get("priority", 100), o["id"])):
        if not offer["type"].startswith("earn_") or not holds_now(offer, data):
            continue
        if offer.get("limits") or offer["id"] in data.get("budget", {}) or offer["id"] in data.get("stock", {}):
            raise Unclear
        mine = {k for k, line in enumerate(quote.lines) if holds(offer.get("scope", ALL), products[line.sku])}
        for other in applied(data, quote):
            if offer["id"] in other.get("excludes", ()) or set(offer.get("excludes", ())) & names(other):
                mine -= took(data, quote, other)
        if data["cart"].get("add_ons") or any(
            set(offer.get("excludes", ())) & {"gift", "add_on", g.offer} for g in quote.gifts
        ):
            raise Unclear
        base = sum(paid[k] for k in mine)
        if "per_yuan" in offer:
            got[offer["id"]] = min(base // 100 * offer["per_yuan"], offer.get("max_points", 10**9))
            points += got[offer["id"]]
        elif "times_bp" in offer:
            if mine:
                rates.append((offer.get("priority", 100), offer["id"], offer["times_bp"]))
        elif mine:
            steps = base // offer["min"] if offer.get("every") else int(base >= offer.get("min", 0))
            each = offer["fen"] if offer["type"] == "earn_red_packet" else offer.get("count", 1)
            got[offer["id"]] = steps * each
    for coupon in data.get("coupons", ()):
        if coupon["id"] in quote.coupons_used and {"points", "give_back"} & coupon["content"].keys():
            rates += pledged(data, quote, coupon, paid, got)
    most = {o["id"]: o["max_points"] for o in data["promotions"] if "max_points" in o}
    for _, name, rate in sorted(rates):
        got[name] = min(points * rate // 10_000 - points, most.get(name, 10**9))
        points += got[name]
    said = {e.offer: e.points or e.fen or e.count or 0 for e in quote.earn}
    wanted = {name: amount for name, amount in got.items() if amount}
    return [] if said == wanted else [f"earned {said}, not {wanted}"]


def pledged(
    data: Data, quote: pricing.Quote, coupon: Data, paid: list[int], got: dict[str, int]
) -> list[tuple[int, str, int]]:
    """What the coupon that takes nothing off brings: so much, or a rate on the points of the others."""
    if coupon["id"] in data.get("budget", {}) or data["cart"].get("add_ons"):
        raise Unclear
    products = {p["sku"]: p for p in data["catalog"]}
    mine = {k for k, line in enumerate(quote.lines) if holds(coupon.get("scope", ALL), products[line.sku])}
    called = {coupon["id"], coupon.get("group", "coupon"), coupon["template"]}
    for other in applied(data, quote):
        if set(other.get("excludes", ())) & called or set(coupon.get("excludes", ())) & names(other):
            mine -= took(data, quote, other)
    base, its = sum(paid[k] for k in mine), next(iter(coupon["content"].values()))
    if base < max(1, its.get("min", 0)):
        return []
    if "times_bp" in its:
        return [(coupon.get("priority", 100), coupon["id"], its["times_bp"])]
    got[coupon["id"]] = min(base, its["max"]) if "max" in its else its["count"]
    return []


def names(offer: Data) -> set[str]:
    """What another offer may call this one."""
    kinds = {"spend_gift": "gift", "add_on": "add_on", "shipping": "shipping"}
    line = ("fixed_price", "amount_off", "percent_off")
    kind = offer.get("type", "")
    if "content" in offer:
        content = next(iter(offer["content"]))
        assert content in COUPON
        default = "shipping" if content == "shipping" else "coupon"
    else:
        default = kinds.get(kind, "line" if kind in line else "order")
    return {offer["id"], offer.get("group", default), offer.get("template", "")}
