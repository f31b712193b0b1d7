"""§7, Q01, Q06: an add-on or gift that was chosen and comes to nothing says why, in both languages; nobody else without goods does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend import pricing
from backend.tests.pricing.build import Data, basket, case, goods
from backend.tests.test_kit import shuhui

ONLY = {"scope": {"skus": ["B"]}}
ADD_ON: Data = {"id": "extra", "type": "add_on", "min": 500, "items": [{"sku": "X", "price": 100}], **ONLY}
GIFT: Data = {"id": "present", "type": "spend_gift", "tiers": [{"min": 500, "gifts": [{"sku": "X"}]}], **ONLY}
CHOICES: Data = {
    "add_ons": [{"offer": "extra", "sku": "X", "qty": 1}],
    "gift_choices": [{"offer": "present", "sku": "X"}],
}


@pytest.mark.parametrize(
    ("offer", "choice", "zh", "en"),
    [
        (ADD_ON, "add_ons", "购物车中没有参加的商品，所选加价购没有加入", "nothing in the cart is covered; the add-on chosen is not added"),
        (GIFT, "gift_choices", "购物车中没有参加的商品，所选赠品不会送出", "nothing in the cart is covered; the gift chosen is not given"),
    ],
)  # fmt: skip
def test_a_choice_without_its_goods_says_why(offer: Data, choice: str, zh: str, en: str) -> None:
    """Q06: SCOPE, once however often it was chosen; nothing where nothing was chosen, and its own reason where goods are there."""
    rules = [offer, {**offer, "id": "other"}]
    for lines, chosen, expected in (
        (basket("A"), {choice: CHOICES[choice] * (2 if choice == "gift_choices" else 1)}, [(offer["id"], "SCOPE")]),
        (basket("A"), {}, []),
        ([], {choice: CHOICES[choice]}, [(offer["id"], "SCOPE")]),
    ):
        parsed = pricing.parse_scenario(case(goods(A=900, B=300, X=200), lines, rules, cart=chosen))
        found = pricing.quote(parsed.rules, parsed.request)
        assert [(r.id, r.reason) for r in found.rejected] == expected
        assert found.payable == sum(900 for _ in lines)
        if expected:
            assert [pricing.rejection_sentence(found.rejected[0], lang) for lang in ("zh", "en")] == [zh, en]
    parsed = pricing.parse_scenario(
        case(goods(A=900, B=300, X=200), basket("A", "B"), [offer], cart={choice: CHOICES[choice]})
    )
    assert [(r.reason, r.figures) for r in pricing.quote(parsed.rules, parsed.request).rejected] == [
        ("THRESHOLD", {"short_by_fen": 200})
    ]


def test_a_choice_in_vain_through_the_command(tmp_path: Path) -> None:
    """Q06: `shuhui price` lists both; the price and the digest of the rules weighed are those of the cart without the choices."""
    answers = []
    for n, cart in enumerate([CHOICES, {}]):
        file = tmp_path / f"{n}.json"
        data = case(goods(A=900, B=300, X=200), basket("A"), [ADD_ON, GIFT], cart=cart)
        file.write_text(json.dumps(data))
        answers.append(json.loads(shuhui("price", str(file)).stdout))
    chosen, plain = answers
    assert chosen["rejected"] == [{"id": "extra", "reason": "SCOPE"}, {"id": "present", "reason": "SCOPE"}]
    same = {"file", "rejected"}
    assert {k: v for k, v in chosen.items() if k not in same} == {k: v for k, v in plain.items() if k not in same}
