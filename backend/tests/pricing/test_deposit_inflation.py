"""定金膨胀 deposit_inflation (Q09): what a deposit takes off, for which units, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest

from backend import pricing
from backend.pricing.allocation import Run
from backend.pricing.model import Product
from backend.pricing.offers.base import Taker
from backend.pricing.offers.deposit_inflation import DepositInflation
from backend.tests.pricing.build import Data, answer, basket, case, coupon, goods, offs, price, problems, reasons
from backend.tests.pricing.carts import scenario
from backend.tests.pricing.test_against_brute_force import compare
from backend.tests.test_kit import shuhui

POT = {"id": "pot", "type": "deposit_inflation", "deposit": 5000, "counts_as": 10000, "scope": {"skus": ["POT"]}}
"""定金50抵100."""


def paid(units: int) -> Data:
    return {"deposits": [{"offer": "pot", "units": units}]}


@pytest.mark.parametrize(
    ("list_fen", "qty", "units", "more", "expected"),
    [
        (89900, 1, 1, {}, (84900,)),  # 899.00: 50.00 paid, 799.00 to pay
        (89900, 3, 2, {}, (84900, 84900, 89900)),  # a unit without a deposit costs what it costs
        (89900, 1, 3, {}, (84900,)),  # a deposit without its unit gives nothing
        (89900, 2, 2, {"limits": {"per_order": 1}}, (84900, 89900)),  # limits count units
        (89900, 2, 2, {"limits": {"stock": 1}}, (84900, 89900)),
        (10000, 1, 1, {}, (5000,)),  # the rest is nothing
        (8000, 1, 1, {}, (5000,)),  # never below: the deposit stays paid, nothing is left to pay
        (5001, 1, 1, {}, (5000,)),
    ],
)
def test_each_unit_with_a_deposit_is_deducted(
    list_fen: int, qty: int, units: int, more: Data, expected: tuple[int, ...]
) -> None:
    """Q09: the discount is what the deposit counts as less the deposit, a unit at a time, within limits and stock."""
    quote = price(goods(POT=list_fen), basket(f"POT*{qty}"), [{**POT, **more}], cart=paid(units))
    assert quote.lines[0].units == expected and quote.payable == sum(expected)
    used = sum(unit < list_fen for unit in expected)
    assert [(o.id, o.level, o.off, o.uses) for o in quote.offers] == [("pot", "ORDER", quote.saved, used)]


@pytest.mark.parametrize(
    ("cart", "list_fen", "more", "reason"),
    [
        ({}, 89900, {}, {"reason": "WHEN", "leaf": "deposit"}),
        (paid(1), 5000, {}, {"reason": "NO_EFFECT"}),
        (paid(1), 89900, {"stock": {"pot": 0}}, {"reason": "SOLD_OUT"}),
        (paid(1), 89900, {"budget": {"pot": 4999}}, {"reason": "BUDGET"}),
    ],
)
def test_without_a_deposit_or_an_effect_it_is_rejected(cart: Data, list_fen: int, more: Data, reason: Data) -> None:
    """Q09: each refusal has its reason, and the price is the list price."""
    quote = price(goods(POT=list_fen), basket("POT"), [POT], cart=cart, **more)
    assert reasons(quote) == {"pot": reason} and quote.payable == list_fen


def test_sentences() -> None:
    """Q09: the rule and its refusal in words."""
    offer = pricing.parse_offer(POT)
    assert pricing.sentence(offer) == "定金50抵100，限POT，须已付定金"
    assert pricing.sentence(offer, "en") == "a deposit of ¥50 counts as ¥100, on POT, where the deposit was paid"
    rejected = price(goods(POT=89900), basket("POT"), [POT]).rejected[0]
    assert pricing.rejection_sentence(rejected) == "未付定金"
    assert pricing.rejection_sentence(rejected, "en") == "no deposit was paid"


def test_the_dearest_units_come_first() -> None:
    """Q09: of several articles the dearest units; a line without a discounted unit is not taken."""
    offer = {**POT, "scope": {"all": True}}
    quote = price(goods(A=8000, B=30000, C=30000), basket("A", "B", "C*2"), [offer], cart=paid(2))
    assert [(line.sku, line.units) for line in quote.lines] == [("A", (8000,)), ("B", (25000,)), ("C", (25000, 30000))]
    assert {o.id for line in quote.lines for o in line.offers if line.sku != "A"} == {"pot"}


def test_it_comes_after_the_order_offers_and_before_the_coupon() -> None:
    """Q09, decision 28: 满500减60 counts the full price, the deposit is deducted after it, the coupon after both."""
    spend = {"id": "spend", "type": "spend_off", "tiers": [{"min": 50000, "off": 6000}]}
    tenth = {"id": "tenth", "type": "percent_off", "pay_bp": 9000}
    ten = coupon("ten", {"percent": {"pay_bp": 9000}})
    quote = price(goods(POT=60000), basket("POT"), [POT, spend, tenth], coupons=[ten], cart=paid(1))
    # 600.00 → 540.00 → 480.00 → 430.00 → 387.00
    assert offs(quote) == {"tenth": 6000, "spend": 6000, "pot": 5000, "ten": 4300} and quote.payable == 38700


def test_groups_and_excludes_hold() -> None:
    """Q09: a line is taken by one of its group; the customer gets the better one."""
    other = {**POT, "id": "pot2", "counts_as": 12000}
    both = {"deposits": [{"offer": "pot", "units": 1}, {"offer": "pot2", "units": 1}]}
    assert offs(price(goods(POT=89900), basket("POT"), [POT, other], cart=both)) == {"pot2": 7000}
    alone = {**POT, "excludes": ["order"]}
    spend = {"id": "spend", "type": "spend_off", "tiers": [{"min": 0, "off": 4000}]}
    assert offs(price(goods(POT=89900), basket("POT"), [alone, spend], cart=paid(1))) == {"pot": 5000}


def test_a_floor_stops_it() -> None:
    """Q09: never below a SKU's floor; what finds no room in its unit lapses."""
    quote = price(goods(POT={"price": 10000, "floor": 7000}), basket("POT*2"), [POT], cart=paid(1))
    assert quote.lines[0].units == (7000, 10000)


@pytest.mark.parametrize("policy", ["allocated", "reprice"])
def test_it_comes_apart_when_goods_are_returned(policy: str) -> None:
    """Q09 Q07: two of three units with deposits; the refunds sum to what was paid, whichever way."""
    data = case(goods(POT=89900), basket("POT*3"), [POT], cart=paid(2), policy={"refund": policy})
    once = [{"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "POT", "qty": 1}]}]
    found = answer({**data, "returns": once * 3})
    assert found["payable"] == 84900 * 2 + 89900 == sum(r["refund"] for r in found["refunds"])
    # allocated: a third each; reprice: the two that are kept have their deposits still
    expected = [86566, 86567, 86567] if policy == "allocated" else [89900, 84900, 84900]
    assert [r["refund"] for r in found["refunds"]] == expected


@pytest.mark.parametrize(
    ("offer", "deposits", "path"),
    [
        ({"deposit": 0}, [], "promotions[0].deposit"),
        ({"deposit": 2.5}, [], "promotions[0].deposit"),
        ({"counts_as": 5000}, [], "promotions[0].counts_as"),
        ({"counts_as": 2**53}, [], "promotions[0].counts_as"),
        ({"factor_bp": 20000}, [], "promotions[0].factor_bp"),
        ({}, [{"offer": "pot", "units": 0}], "cart.deposits[0].units"),
        ({}, [{"offer": "pot", "units": 10_000}], "cart.deposits[0].units"),
        ({}, [{"offer": "pot"}], "cart.deposits[0].units"),
        ({}, [{"offer": "pot", "units": 1, "fen": -1}], "cart.deposits[0].fen"),
        ({}, [{"offer": "ghost", "units": 1}], "cart.deposits[0].offer"),
        ({}, [{"offer": "pot", "units": 1}, {"offer": "pot", "units": 1}], "cart.deposits[1].offer"),
        ({}, {"pot": 1}, "cart.deposits"),
        ({}, [7], "cart.deposits[0]"),
    ],
)
def test_malformed_deposits_are_refused(tmp_path: Path, offer: Data, deposits: Any, path: str) -> None:
    """Q09, bad input: named with its path, and nothing is priced."""
    data = case(goods(POT=89900), basket("POT"), [{**POT, **offer}], cart={"deposits": deposits})
    assert path in [found for found, _ in problems(data)]
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(data), "utf-8")
    done = shuhui("price", str(file))
    assert done.returncode == 2 and done.stdout == ""
    assert path in [json.loads(line)["path"] for line in done.stderr.splitlines()]


def test_tenders_leave_to_the_deposit_what_it_paid() -> None:
    """Q09: a deposit of 50 was paid of 849: points and balance may pay 799, `due` is what was paid before; without `fen` all."""
    for fen, left in ((5000, 5000), (0, 0), (10**9, 84900)):
        cart = {"deposits": [{"offer": "pot", "units": 1, "fen": fen}], "tenders": {"points": 1000, "balance": 10**6}}
        data = case(goods(POT=89900), basket("POT"), [POT], cart=cart, customer={"points": 1000, "balance": 10**6})
        found = answer(data)
        assert (found["payable"], found["due"]) == (84900, left)
        assert sum(t["fen"] for t in found["tenders"]) == 84900 - left


def test_the_second_calculator_agrees() -> None:
    """Q01 Q09: payable, units, offers and ties on 150 random carts with deposits among other offers."""
    seeds = [seed for seed in range(50_000, 52_000) if "deposits" in scenario(seed, 3, 3, 2)["cart"]][:150]
    assert len(seeds) == 150 and all(compare(scenario(seed, 3, 3, 2)) for seed in seeds)


def test_its_bounds_are_never_too_small() -> None:
    """What it really takes off is within `most`, `rate` and, line by line, `bounds`: else the search would lose prices."""
    rng = Random(9)
    for _ in range(500):
        deposit = rng.randint(1, 400)
        effect = DepositInflation(deposit, deposit + rng.randint(1, 600))
        lines = [(rng.randint(0, 1500), rng.randint(1, 4)) for _ in range(rng.randint(1, 4))]
        bound, _ = effect.bind([(Product(str(k), price), qty) for k, (price, qty) in enumerate(lines)], -1)
        runs = [Run(k, 0, price, qty) for k, (price, qty) in enumerate(lines)]
        cap = rng.choice((None, 1, 3))
        plan = bound.plan(runs, cap)
        off = dict.fromkeys(range(len(lines)), 0)
        for part in plan.parts if plan else ():
            off[part.runs[0].line] += part.off
        base, count = sum(price * qty for price, qty in lines), sum(qty for _, qty in lines)
        num, den = bound.rate()
        assert sum(off.values()) <= bound.most(base, count) and sum(off.values()) * den <= base * num
        (piece,) = bound.bounds([Taker(k, qty, [price * qty]) for k, (price, qty) in enumerate(lines)], cap)
        assert piece.cap is None or sum(off.values()) <= piece.cap
        for k, (each, qty) in enumerate(lines):
            assert off[k] <= piece.weight(k, each * qty)


def test_an_offer_type_is_one_file() -> None:
    """Q09: the guide shows the file as it is; nothing else of the product but its registration names the type."""
    root = Path(pricing.__file__).parents[2]
    own = root / "backend/pricing/offers/deposit_inflation.py"
    assert own.read_text("utf-8") in (root / "docs/add-an-offer-type.md").read_text("utf-8")
    product = [*(root / "backend").rglob("*.py"), *(root / "schema").rglob("*.py")]
    beside = {"tests", "bench", "demo"}  # they use the product
    names = re.compile("deposit_inflation|DepositInflation")
    named = {f.relative_to(root) for f in product if names.search(f.read_text("utf-8"))}
    assert {f for f in named if not beside & set(f.parts)} == {
        own.relative_to(root),
        own.relative_to(root).with_name("register.py"),
    }
    screens = [f for side in ("web", "miniapp") for f in (root / side / "src").rglob("*.ts*")]
    assert screens and not [f for f in screens if names.search(f.read_text("utf-8"))]
