"""Faults that users of well-known systems reported, each a test of that name; the issue is cited in its docstring.

Beside most of them stands the naive calculation that has the fault, and the test asserts that it fails here, so that
no test is one that cannot fail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backend import pricing
from backend.tests.pricing.build import AT, Data, answer, basket, case, coupon, goods, offs, price, reasons
from backend.tests.pricing.carts import scenario

SEEDS = st.integers(0, 100_000)
FREE = {"min": 0, "off": 1000}


def spend_off(name: str, least: int, off: int, **rest: Any) -> Data:
    return {"id": name, "type": "spend_off", "tiers": [{"min": least, "off": off}], **rest}


def units(quote: pricing.Quote) -> list[int]:
    return [unit for line in quote.lines for unit in line.units]


# --- Rounding


def test_9_99_of_10_allocated() -> None:
    """macrozheng/mall#356: ten yuan off three equal items; shares rounded one by one lose a fen."""
    amounts, off = [1500, 1500, 1500], 1000
    naive = [off * a // sum(amounts) for a in amounts]
    assert sum(naive) == 999
    quote = price(goods(A=1500, B=1500, C=1500), basket("A", "B", "C"), [spend_off("p", 4500, 1000)])
    assert [a - u for a, u in zip(amounts, units(quote), strict=True)] == [334, 333, 333]
    assert quote.saved == 1000


def test_negative_payable_stored() -> None:
    """macrozheng/mall#1002: a coupon above what is left makes the order cost less than nothing."""
    promotions = [spend_off("p", 0, 800)]
    held = [coupon("c", {"off": {"min": 0, "off": 800}})]
    naive = 1000 - 800 - 800
    assert naive < 0
    quote = price(goods(A=1000), basket("A"), promotions, coupons=held)
    assert (quote.goods, quote.payable, units(quote)) == (0, 0, [0])
    assert offs(quote) == {"p": 800, "c": 200}


def test_wrong_at_some_quantities() -> None:
    """vendure#2995: a line's discount split evenly over its units is right only where it divides."""
    wrong = []
    for qty in range(1, 40):
        quote = price(goods(A=333, B=777), basket(f"A*{qty}", "B"), [spend_off("p", 1, 100)])
        assert sum(units(quote)) == quote.goods == 333 * qty + 777 - 100
        off = quote.lines[0].list - quote.lines[0].payable
        naive = [333 - round(off / qty)] * qty
        if sum(naive) != quote.lines[0].payable:
            wrong.append(qty)
        assert max(quote.lines[0].units) - min(quote.lines[0].units) <= 1
    assert wrong


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_wrong_sign(seed: int) -> None:
    """erpnext#58042: a discount booked as a charge. Every share takes off; the sum goes down by exactly that."""
    data = scenario(seed, 4, 5, 2)
    quote = pricing.quote(pricing.parse_scenario(data).rules, pricing.parse_scenario(data).request)
    for line in quote.lines:
        assert all(offer.off > 0 for offer in line.offers)
        assert line.payable == line.list - sum(offer.off for offer in line.offers) <= line.list
    assert quote.goods == quote.list - quote.saved <= quote.list


def proportional(amounts: list[int], off: int) -> list[int]:
    """The distributor that is published: rounded shares of the whole cart, the difference on the first line."""
    shares = [round(off * a / sum(amounts)) for a in amounts]
    shares[0] += off - sum(shares)
    return shares


def test_a_distributor_discounts_excluded_lines_and_lines_below_their_share() -> None:
    """Measured on a published proportional distributor: in some random carts a line outside the offer pays less, or a
    line is left below zero or with less than its share rounded down."""
    rng = Random(4)
    broken = 0
    for _ in range(200):
        prices = [rng.choice((1, 2, 50, 999, 5000)) for _ in range(4)]
        names = ["A", "B", "C", "D"]
        base = sum(prices[:3])
        off = rng.randint(1, base)
        offer = spend_off("p", 0, off, scope={"skus": names[:3]})
        quote = price(goods(**dict(zip(names, prices, strict=True))), basket(*names), [offer])
        shares = [p - line.payable for p, line in zip(prices, quote.lines, strict=True)]
        assert shares[3] == 0
        assert sum(shares) == off
        for share, amount in zip(shares, prices[:3], strict=False):
            assert off * amount // base <= share <= min(amount, off * amount // base + 1)
        naive = proportional(prices, off)
        broken += naive[3] != 0 or any(n > p or n < 0 for n, p in zip(naive, prices, strict=True))
    assert broken


# --- Stacking


def test_no_priorities_or_exclusions() -> None:
    """vendure#3585: whichever promotion was made first wins. Here priorities order what stacks, exclusions keep apart,
    and the order of input says nothing."""
    half = {"id": "a-half", "type": "percent_off", "pay_bp": 5000, "group": "one"}
    fixed = {"id": "b-fixed", "type": "amount_off", "off": 200, "group": "two"}
    shelf, cart = goods(A=1000), basket("A")
    naive = [1000 * 5000 // 10000 - 200, (1000 - 200) * 5000 // 10000]
    assert naive[0] != naive[1]
    for promotions in ([half, fixed], [fixed, half]):
        assert price(shelf, cart, promotions).goods == 300  # the rate first: it has the lower default priority
        later = [{**o, "priority": 10} if o is fixed else o for o in promotions]
        assert price(shelf, cart, later).goods == 400
        apart = [{**o, "excludes": ["b-fixed"]} if o is half else o for o in promotions]
        assert offs(price(shelf, cart, apart)) == {"a-half": 500}


def test_one_voucher_only() -> None:
    """saleor#14995: one voucher an order. Here as many as the merchant allows, of different groups."""
    held = [
        coupon("c1", {"off": FREE}, group="shop"),
        coupon("c2", {"percent": {"pay_bp": 9000}}, group="brand"),
        coupon("c3", {"off": {"min": 0, "off": 100}}, group="post"),
    ]

    def used(most: int) -> list[str]:
        quote = price(goods(A=20_000), basket("A"), coupons=held, policy={"max_coupons": most})
        return [o.id for o in quote.offers]

    naive = used(3)[:1]
    assert [len(used(most)) for most in (0, 1, 2, 3)] == [0, 1, 2, 3]
    assert naive != used(3)
    assert set(used(2)) == {"c1", "c2"}


def test_a_fixed_50000_read_as_50000_percent() -> None:
    """medusa#14934: an amount taken for a rate. The two are fields of their own, and a rate has an end."""
    quote = price(goods(A=60_000), basket("A"), [{"id": "p", "type": "amount_off", "off": 50_000}])
    naive = 60_000 - 60_000 * 50_000 // 100
    assert naive < 0
    assert quote.goods == 10_000
    for wrong in ({"type": "percent_off", "pay_bp": 50_000}, {"type": "percent_off", "off": 50_000}):
        try:
            pricing.parse_offer({"id": "p", **wrong})
        except pricing.Malformed as malformed:
            assert {p.path for p in malformed.problems} & {"pay_bp", "off"}
        else:
            raise AssertionError(f"{wrong} was read")


# --- Refunds


def returned(*skus: str, days: int = 1, **rest: Any) -> Data:
    at = datetime.fromisoformat(AT) + timedelta(days=days)
    return {"at": at.isoformat(), "units": basket(*skus), **rest}


def at_list_price(data: Data, batch: Data) -> int:
    """Naive: what comes back is worth what the catalogue says."""
    listed = {product["sku"]: product["price"] for product in data["catalog"]}
    return sum(int(listed[unit["sku"]]) * int(unit["qty"]) for unit in batch["units"])


def less_the_whole_discount(data: Data, found: Data, batch: Data) -> int:
    """Naive: the list price, less all that the order saved, however little of it comes back."""
    return at_list_price(data, batch) - sum(offer["off"] for offer in found["offers"])


def money_only(data: Data, found: Data, batches: list[Data]) -> tuple[int, int]:
    """Naive: each refund moves money and nothing else. What the customer has at the end: cash given back, and points, of those
    that the order earned and nobody took. Prices are list prices: right where nothing is discounted."""
    cash, points = 0, sum(earned["points"] for earned in found["earn"])
    for batch in batches:
        cash += at_list_price(data, batch)
        points -= sum(gone["points"] for gone in batch.get("spent", ()))
    return cash, points


def with_its_points(found: Data, batches: list[Data]) -> tuple[int, int]:
    """The same after the refunds of the engine: what is clawed back leaves the account, as far as it was not withheld (1 point =
    1 fen) because it was spent."""
    cash, points = 0, sum(earned["points"] for earned in found["earn"])
    for batch, refund in zip(batches, found["refunds"], strict=True):
        cash += refund["paid_out"]
        points -= sum(gone["points"] for gone in batch.get("spent", ()))
        points -= sum(taken["points"] for taken in refund["clawed_back"]) - refund["withheld"]
    return cash, points


def test_order_discount_ignored() -> None:
    """solidus#512: a refund at the list price of the item pays back more than was paid."""
    data = case(goods(A=6000, B=4000), basket("A", "B"), [spend_off("p", 10_000, 2000)])
    batches = [returned("A"), returned("B")]
    found = answer({**data, "returns": batches})
    assert [at_list_price(data, b) for b in batches] == [6000, 4000]  # of 8000
    assert [r["refund"] for r in found["refunds"]] == [4800, 3200] and found["payable"] == 8000


def test_108_refunded_instead_of_120() -> None:
    """PrestaShop#42502: of 150 and 60 with 20 % off the first comes back; who takes the whole discount of 42 off it pays
    108, and the customer has lost the discount of what is kept."""
    promotions = [{"id": "p", "type": "percent_off", "scope": {"all": True}, "pay_bp": 8000}]
    data, batch = case(goods(A=15_000, B=6000), basket("A", "B"), promotions), returned("A")
    found = answer({**data, "returns": [batch]})
    assert less_the_whole_discount(data, found, batch) == 10_800
    assert found["refunds"][0]["refund"] == 12_000 and found["payable"] == 16_800


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_refunds_never_exceed_and_end_at_what_was_paid(seed: int, rng: Random) -> None:
    """solidus#512 PrestaShop#42502, for every order of returns and both policies."""
    data = scenario(seed, 3, 4, 2)
    data["policy"] = {**data.get("policy", {}), "refund": rng.choice(("allocated", "reprice"))}
    data.pop("returns", None)
    first = answer(data)
    goods_bought = [(line["sku"], line["qty"]) for line in first["lines"]]
    pieces = [{"sku": sku, "qty": 1} for sku, qty in goods_bought for _ in range(qty)]
    rng.shuffle(pieces)
    batches = []
    for k, piece in enumerate(pieces):
        batches.append({"at": returned("A", days=k + 1)["at"], "units": [piece]})
    refunds = answer({**data, "returns": batches})["refunds"]
    total = 0
    for refund in refunds:
        total += refund["refund"]
        assert 0 <= refund["paid_out"] == refund["refund"] - refund["withheld"]
        assert total <= first["payable"]
    kept = 0 if data["policy"].get("refund_shipping", True) else first["shipping"]
    assert not refunds or total == first["payable"] - kept


def test_points_kept_after_a_refund() -> None:
    """odoo#257854: points earned with an order stay when it comes back. Here they go, and what was spent is withheld."""
    promotions = [{"id": "e", "type": "earn_points", "per_yuan": 1}]
    data = case(goods(A=10_000, B=5000), basket("A", "B"), promotions)
    assert answer(data)["earn"] == [{"offer": "e", "points": 150}]
    both = [returned("A"), returned("B")]
    whole = answer({**data, "returns": both})
    clawed = [r["clawed_back"] for r in whole["refunds"]]
    assert clawed == [[{"offer": "e", "points": 100}], [{"offer": "e", "points": 50}]]
    assert money_only(data, whole, both) == (15_000, 150)  # 150 points for nothing
    assert with_its_points(whole, both) == (15_000, 0)
    part = [returned("A", spent=[{"offer": "e", "points": 60}])]
    spent = answer({**data, "returns": part})
    assert [(r["refund"], r["withheld"], r["paid_out"]) for r in spent["refunds"]] == [(10_000, 60, 9940)]
    assert money_only(data, spent, part) == (10_000, 90)  # B, which is kept, earned 50 in all, and 60 were spent
    assert with_its_points(spent, part) == (9940, 50)


def test_threshold_exploited_by_returning_items() -> None:
    """sonata#177: buy up to the threshold, return the filler, keep the discount. Allocation takes the filler's share
    back; repricing takes the whole discount back."""
    promotions = [spend_off("p", 10_000, 3000)]
    data = case(goods(A=6000, B=4000), basket("A", "B"), promotions)
    batch = returned("B")
    for policy, kept in (("allocated", 4200), ("reprice", 6000)):
        found = answer({**data, "policy": {"refund": policy}, "returns": [batch]})
        assert found["payable"] - found["refunds"][0]["refund"] == kept
        assert (
            found["payable"] - at_list_price(data, batch) == 3000
        )  # naive: goods of 60.00 kept for half, no threshold met


def test_a_usage_not_given_back() -> None:
    """vendure#1466: what an order used up stays used when the order is undone. A coupon comes back with the last unit,
    and the quote says how much of every limit is to be given back. The naive count:
    backend/tests/test_lessons_refunds.py."""
    promotions = [{"id": "p", "type": "amount_off", "off": 100, "limits": {"per_customer": 5}}]
    data = case(goods(A=2000), basket("A*3"), promotions, coupons=[coupon("c", {"off": {"min": 0, "off": 500}})])
    found = answer({**data, "returns": [returned("A*2"), returned("A", days=2)]})
    assert [r["coupons_returned"] for r in found["refunds"]] == [[], ["c"]]
    assert {o["id"]: o["uses"] for o in found["offers"]} == {"p": 3, "c": 1}


# --- Silence


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_not_applied_without_a_reason(seed: int) -> None:
    """spree#14569 shopware#17269: every promotion with a line in scope and every coupon held is applied, earned, or
    rejected with one reason that can be said in words."""
    data = scenario(seed, 4, 6, 3)
    parsed = pricing.parse_scenario(data)
    quote = pricing.quote(parsed.rules, parsed.request)
    there = {o.id for o in quote.offers} | {e.offer for e in quote.earn} | {g.offer for g in quote.gifts}
    rejected = [r.id for r in quote.rejected]
    assert len(rejected) == len(set(rejected))
    assert not there & set(rejected)
    lines = [parsed.request.catalog[line.sku] for line in parsed.request.cart.lines]
    for offer in (*parsed.rules.offers, *parsed.request.coupons):
        silent = offer.id not in there and offer.id not in rejected
        if silent and any(offer.scope.holds(product) for product in lines):
            # an add-on that nobody chose, or an offer whose own goods (buy, get, exchange, set) are not in the cart
            assert offer.type in ("add_on", "buy_get") or offer.content in ("exchange", "trial", "bundle")
    assert all(pricing.rejection_sentence(r) and pricing.rejection_sentence(r, "en") for r in quote.rejected)


def test_a_coupon_that_cannot_be_used_says_why() -> None:
    """shopware#17269: each of these was "not valid" and no more."""
    held = [
        coupon("c1", {"off": {"min": 9000, "off": 500}}),
        coupon("c2", {"off": FREE}, expires=AT),
        coupon("c3", {"off": FREE}, scope={"skus": ["B"]}),
        coupon("c4", {"off": FREE}, when={"channel": ["miniapp"]}),
    ]
    chosen = [c["id"] for c in held]
    quote = price(goods(A=8000, B=1), basket("A"), coupons=held, cart={"coupons": chosen, "channel": "pos"})
    assert reasons(quote) == {
        "c1": {"reason": "THRESHOLD", "short_by_fen": 1000},
        "c2": {"reason": "EXPIRED"},
        "c3": {"reason": "SCOPE"},
        "c4": {"reason": "WHEN", "leaf": "channel"},
    }


# --- Time


def test_editing_an_order_after_the_end_drops_its_discount() -> None:
    """shopware#5854: the promotion has ended when the customer returns a part; what is kept is priced as it was."""
    end = (datetime.fromisoformat(AT) + timedelta(hours=1)).isoformat()
    promotions = [{"id": "p", "type": "percent_off", "pay_bp": 5000, "when": {"until": end}}]
    data = case(goods(A=4000, B=2000), basket("A", "B"), promotions, policy={"refund": "reprice"})
    later = returned("B", days=30)
    found = answer({**data, "returns": [later]})
    assert found["payable"] == 3000
    naive_kept = answer({**data, "at": later["at"], "cart": {"lines": basket("A")}})["payable"]
    assert found["payable"] - found["refunds"][0]["refund"] == 2000 != naive_kept


def by_days(promotion: Data, at: datetime) -> bool:
    """Naive: from the first day to the last, as a calendar shows them."""
    first, last = (datetime.fromisoformat(promotion["when"][edge]).astimezone(at.tzinfo) for edge in ("from", "until"))
    return first.date() <= at.date() <= last.date()


def test_a_promotion_applies_after_its_end() -> None:
    """Sylius#16206: the end is excluded, to the second, in whatever zone it is written; the beginning is not. Who compares
    days lets it apply before its beginning and after its end."""
    promotion = {"id": "p", "type": "amount_off", "off": 1, "when": {"from": AT, "until": "2026-06-18T12:00:00Z"}}
    start, told = datetime.fromisoformat(AT), {}
    for seconds in (-86_400, -1, 0, 1799, 1800, 86_400):
        at = start + timedelta(seconds=seconds)
        found = answer({**case(goods(A=100), basket("A"), [promotion]), "at": at.isoformat()})
        told[seconds] = (bool(found["offers"]), by_days(promotion, at))
    assert {s: ours for s, (ours, _) in told.items()} == {-86_400: False, -1: False, 0: True, 1799: True, 1800: False, 86_400: False}  # fmt: skip
    assert [s for s, (ours, naive) in told.items() if ours != naive] == [-1, 1800]


def test_immutable_versions() -> None:
    """shopware#16728: an order keeps the versions it was priced with, whatever is published afterwards."""
    old = pricing.parse_offer(spend_off("p", 1000, 300))
    rules = pricing.compile_rules([old])
    parsed = pricing.parse_scenario(case(goods(A=1000, B=1000), basket("A", "B"), policy={"refund": "reprice"}))
    quote = pricing.quote(rules, parsed.request)
    digest, hash_before = quote.rules, rules.hash
    changed = rules.with_(added=[pricing.parse_offer(spend_off("p", 1000, 900))])
    back = pricing.Return(parsed.request.at + timedelta(days=1), (pricing.ReturnedUnits("B", 1),))
    refund = pricing.reverse(quote, [back])[0].refund
    assert quote.payable - refund == 700
    assert (quote.rules, rules.hash) == (digest, hash_before)
    assert changed.hash != rules.hash
    assert pricing.quote(changed, parsed.request).rules != digest
    kept = pricing.parse_scenario(case(goods(A=1000, B=1000), basket("A"))).request
    naive = quote.payable - pricing.quote(changed, kept).payable  # with the rules of today
    assert naive == 1600 > refund
