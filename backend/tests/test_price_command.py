"""Q01, Q02, Q03: `shuhui price` gives the figures of the contract's own examples (docs/pricing.md), many files in one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backend.tests.pricing.build import Data, basket, case, coupon, goods
from backend.tests.test_kit import shuhui

P1 = {"id": "p1", "type": "fixed_price", "price": 5500, "scope": {"skus": ["A"]}}
P2 = {"id": "p2", "type": "spend_off", "tiers": [{"min": 20000, "off": 4000}]}
P3 = {"id": "p3", "type": "nth_item", "n": 2, "pay_bp": 5000, "scope": {"skus": ["C", "D"]}}
CATALOG = goods(A=6000, B=5000, C=4500, D=4000, E=600)
HELD = [coupon("c", {"off": {"min": 10000, "off": 1000}})]
GIFT = {"id": "present", "type": "spend_gift", "tiers": [{"min": 20000, "gifts": [{"sku": "X"}]}]}
THIRTY = {"id": "off", "type": "spend_off", "tiers": [{"min": 20000, "off": 3000}]}
EXAMPLES: dict[str, Data] = {
    "A": case(
        CATALOG,
        basket("A", "B", "C", "D"),
        [P1, P2, P3],
        coupons=HELD,
        suggest=True,
        cart={"addable": ["E"]},
    ),
    "B": case(CATALOG, basket("A", "B", "C", "D", "E"), [P1, P2, P3], coupons=HELD),
    "C": case(
        goods(A=10000, B=100, C=100),
        basket("A*2", "B", "C"),
        [{"id": "half", "type": "nth_item", "n": 2, "pay_bp": 5000}],
    ),
    "D": case(goods(A=21000, X=900), basket("A"), [THIRTY, GIFT]),
    "E": case(
        goods(A=900, B=600),
        basket("A*2", "B*2"),
        [{"id": "two", "type": "pick_bundle", "count": 2, "price": 1000, "repeat": True}],
    ),
}
# The file of §9 as it stands there, without the lists that only show the form.
PAGE: Data = {
    "at": "2026-06-18T19:30:00+08:00",
    "policy": {
        "max_coupons": 1,
        "min_coupon_gain": 1,
        "points_per_yuan_off": 100,
        "tz": "Asia/Shanghai",
        "refund": "allocated",
        "refund_shipping": True,
        "clawback": "offset",
        "grace_days": 0,
    },
    "catalog": [
        {
            "sku": "NRW500",
            "name": "手打牛肉丸 500g",
            "price": 3990,
            "category": "丸滑/牛肉丸",
            "brand": "蜀海",
            "tags": ["火锅"],
        }
    ],
    "promotions": [
        {
            "id": "hotpot-200-30",
            "type": "spend_off",
            "scope": {"tags": ["火锅"]},
            "tiers": [{"min": 20000, "off": 3000}],
        }
    ],
    "coupons": [
        {
            "id": "c-88",
            "template": "t-88",
            "scope": {"all": True},
            "content": {"off": {"min": 8800, "off": 800}},
            "expires": "2026-06-30T00:00:00+08:00",
        }
    ],
    "customer": {
        "id": "u1",
        "level": "gold",
        "new": False,
        "tags": [],
        "points": 1200,
        "balance": 0,
        "red_packets": [{"id": "rp1", "fen": 500, "min": 0, "expires": "2026-07-01T00:00:00+08:00"}],
        "used": {"hotpot-200-30": 0},
    },
    "stock": {"hotpot-200-30": 500},
    "gift_stock": {},
    "budget": {},
    "cart": {
        "channel": "miniapp",
        "store": "cd-chunxi",
        "region": "四川/成都/锦江",
        "payment": "wechat",
        "shipping": 600,
        "lines": [{"sku": "NRW500", "qty": 6}],
        "coupons": "auto",
        "tenders": {"points": 0, "balance": 0, "red_packets": []},
    },
    "explain": True,
    "suggest": False,
    "returns": [{"at": "2026-06-20T10:00:00+08:00", "units": [{"sku": "NRW500", "qty": 1}]}],
}


def test_the_worked_examples_through_the_command(tmp_path: Path) -> None:
    """Q01 Q02 Q03 Q04 P03 P08: A to E and the file of §9, one line of JSON each, in the order given."""
    paths = []
    for name, data in {**EXAMPLES, "page": PAGE}.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        paths.append(str(path))
    done = shuhui("price", *paths)
    assert (done.returncode, done.stderr) == (0, "")
    answers: list[Any] = [json.loads(line) for line in done.stdout.splitlines()]
    assert [x["file"] for x in answers] == paths
    assert all(x["optimal"] and x["lower_bound"] == x["payable"] for x in answers)
    a, b, c, d, e, page = answers
    assert (a["payable"], {o["id"]: o["off"] for o in a["offers"]}) == (16000, {"p1": 500, "p3": 2000, "c": 1000})
    assert a["rejected"] == [{"id": "p2", "reason": "THRESHOLD", "short_by_fen": 500}]
    less = [s for s in a["suggestions"] if s["kind"] == "pays_less"]
    assert less == [{"kind": "pays_less", "add": [{"sku": "E", "qty": 1}], "payable": 15100}]
    assert (b["payable"], {o["id"]: o["off"] for o in b["offers"]}) == (15100, {"p2": 4000, "c": 1000})
    assert {r["id"]: r.get("by_fen") for r in b["rejected"]}["p3"] == 1500
    assert (c["payable"], [x["payable"] for x in c["lines"]]) == (15200, [15000, 100, 100])
    assert d["payable"] == 18000 and d["gifts"] == [{"offer": "present", "sku": "X", "qty": 1, "list": 900}]
    assert (e["payable"], [x["payable"] for x in e["lines"]]) == (2000, [1000, 1000])
    figures = {k: page[k] for k in ("list", "goods", "saved", "shipping", "payable", "due")}
    assert figures == {"list": 23940, "goods": 20140, "saved": 3800, "shipping": 600, "payable": 20740, "due": 20740}
    [line] = page["lines"]
    assert line["offers"] == [{"id": "hotpot-200-30", "off": 3000}, {"id": "c-88", "off": 800}]
    assert line["units"] == [3356, 3356, 3357, 3357, 3357, 3357]
    assert [(o["id"], o["level"], o["off"]) for o in page["offers"]] == [
        ("hotpot-200-30", "ORDER", 3000),
        ("c-88", "COUPON", 800),
    ]
    [back] = page["refunds"]
    assert (back["refund"], back["withheld"], back["paid_out"], back["coupons_returned"]) == (3356, 0, 3356, [])
