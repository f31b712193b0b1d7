"""P08: the most promotions that one line may take, from the merchant's setting to the order, and in scenario files."""

from __future__ import annotations

import json
from pathlib import Path

from backend import merchants, orders
from backend.kit.ids import decode
from backend.tests.conftest import Shop, claim, command, pay, place, quote
from backend.tests.pricing.build import basket, case, goods
from backend.tests.refunding import refund
from backend.tests.test_kit import shuhui

OWN = {"type": "amount_off", "off": 500, "group": "own"}


async def test_a_merchant_limits_promotions_a_line(shop: Shop) -> None:
    """P08, Q02, Q07, Q08: 9折, 直降 and 满减 all meet on one line; with a limit of two the best two do, with one the best one, a coupon
    beside them each time; the price in hand, the order and its refund keep to it, and other settings of the merchant stay."""
    await shop.promotion({"type": "percent_off", "pay_bp": 9000})
    await shop.promotion(OWN)
    await shop.promotion({"type": "spend_off", "tiers": [{"min": 2000, "off": 600}]})
    await merchants.set_coupon_policy(shop.merchant_id, {"compensations_per_day": 3})
    shopper, admin = await shop.shopper(), await shop.admin()
    await claim(shopper, await shop.drop(off=100))
    in_hand = '{ products(first: 1, skus: ["BEEF"]) { nodes { priceInHandFen } } }'

    async def prices() -> tuple[int, int]:
        shown = (await shopper.run(in_hand))["products"]["nodes"][0]["priceInHandFen"]
        return shown, (await quote(shopper, {"BEEF": 1}))["payableFen"]

    assert await prices() == (3100, 2400)
    assert await command(shop, "stacking-policy", "--max-promotions-per-line", "2") == (
        0,
        '{"max_promotions_per_line": 2}\n',
    )
    assert (await merchants.price_policy(shop.merchant_id))[:2] == (1, 2)
    assert await prices() == (3100, 2800)
    assert await command(shop, "stacking-policy", "--max-promotions-per-line", "1") == (
        0,
        '{"max_promotions_per_line": 1}\n',
    )
    assert await prices() == (3500, 3300)
    found = await quote(shopper, {"BEEF": 1})
    assert {r["reason"] for r in found["rejected"]} == {"NOT_BETTER"} and found["optimal"]
    order = await place(shopper, {"BEEF": 1})
    assert order["payableFen"] == 3300
    frozen = await orders.frozen_request(shop.merchant_id, decode("ord", order["id"]))  # type: ignore[arg-type]
    assert frozen["policy"]["max_promotions_per_line"] == 1
    await pay(shop.world, order)
    code, said = await command(shop, "stacking-policy", "--no-limit")
    assert (code, said) == (0, '{"max_promotions_per_line": null}\n')
    assert (await refund(admin, order, {"BEEF": 1}))["refunds"][-1]["refundFen"] == 3300
    assert (await quote(shopper, {"BEEF": 1}))["payableFen"] in (2400, 2500)  # the coupon may be back by now
    async with merchants.service.database.transaction() as tx:
        assert await merchants.coupon_policy(tx, shop.merchant_id) == {"compensations_per_day": 3}


async def test_no_promotion_at_all_is_no_limit(shop: Shop) -> None:
    """P08: a limit of zero, or two answers at once, is refused and changes nothing."""
    assert (await command(shop, "stacking-policy", "--max-promotions-per-line", "2"))[0] == 0
    for wrong in (["--max-promotions-per-line", "0"], ["--max-promotions-per-line", "1", "--no-limit"]):
        assert (await command(shop, "stacking-policy", *wrong))[0] == 2
    assert await merchants.max_promotions_per_line(shop.merchant_id) == 2


def test_promotions_a_line_through_the_command(tmp_path: Path) -> None:
    """P08: `shuhui price` keeps to `policy.max_promotions_per_line`; none, and what is no number, are told with their path."""
    rules = [
        {"id": "p", "type": "percent_off", "pay_bp": 9000},
        {"id": "flat", **OWN},
        {"id": "s", "type": "spend_off", "tiers": [{"min": 2000, "off": 600}]},
    ]
    answers = []
    for n, policy in enumerate([{}, {"max_promotions_per_line": 2}, {"max_promotions_per_line": 1}]):
        file = tmp_path / f"{n}.json"
        file.write_text(json.dumps(case(goods(A=4000), basket("A"), rules, policy=policy)))
        answers.append(json.loads(shuhui("price", str(file)).stdout))
    assert [a["payable"] for a in answers] == [2500, 2900, 3400]
    assert [[o["id"] for o in a["offers"]] for a in answers] == [["p", "flat", "s"], ["flat", "s"], ["s"]]
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(case(goods(A=4000), basket("A"), rules, policy={"max_promotions_per_line": 0})))
    done = shuhui("price", str(bad))
    assert (done.returncode, done.stdout, json.loads(done.stderr)["path"]) == (2, "", "policy.max_promotions_per_line")
