"""R05: the drills that are written down can be rehearsed: what they name exists, and the shortage drill is done as it is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.cli import main
from backend.demo.client import key
from backend.kit import database
from backend.kit.ids import encode
from backend.tests.conftest import Shop, place
from backend.tests.refunding import bought, member_of, refund, send_all, settled, shown, stock
from backend.tests.test_complaints import MINE, answer, complain

ROOT = Path(__file__).resolve().parents[2]
DRILLS = (ROOT / "docs" / "drills.md").read_text("utf-8")
GIVE = """mutation($i: CompensateMemberInput!) { compensateMember(input: $i) { __typename ... on Coupon { id } } }"""


def test_every_drill_names_tests_and_commands_that_exist() -> None:
    """R05: a test or a command that was renamed is found here, not in the middle of an outage."""
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", DRILLS)
    assert len(named) >= 10
    for file, test in named:
        found = [p for p in (ROOT / "backend" / "tests" / file, ROOT / "e2e" / file) if p.exists()]
        assert found and f"def {test}(" in found[0].read_text("utf-8"), (file, test)
    commands = set(re.findall(r"`shuhui ([a-z-]+)", DRILLS))
    assert commands and commands <= set(main.commands)
    services = re.findall(r"`docker compose (?:stop|start) ([a-z -]+)`", DRILLS)
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    assert services and all(f"\n  {name}:" in compose for line in services for name in line.split())


@pytest.mark.usefixtures("exact")
async def test_goods_run_short_and_a_customer_complains(shop: Shop) -> None:
    """R05, O3, O4: three units and four customers: the fourth is told how many are left; one that was paid cannot be handed over: the
    customer complains, all of it goes back and nothing onto the shelf, a coupon is given for it and named in the answer."""
    await database.pool().execute(
        "UPDATE stock SET on_hand = 3, received = 3 WHERE merchant_id = $1 AND sku = 'TRIPE' AND store_id = $2",
        shop.merchant_id,
        shop.stores[0].id,
    )
    await shop.drop()  # makes the template of the compensation
    customers = [await shop.shopper() for _ in range(4)]
    orders = [await bought(shop, one, {"TRIPE": 1}) for one in customers[:3]]
    refused = await place(customers[3], {"TRIPE": 1})
    assert (refused["__typename"], refused["available"]) == ("OutOfStock", 0)
    hurt, order = customers[0], orders[0]
    made = await complain(hurt, order, text="付了钱，店里说没有货了")
    clerk, admin = await shop.staff("customer_service"), await shop.admin()
    back = await refund(clerk, order, {"TRIPE": 1}, reason="缺货", restock=False)
    assert back["__typename"] == "Order"
    template = (await admin.run("{ couponTemplates(first: 1) { nodes { id } } }"))["couponTemplates"]["nodes"][0]["id"]
    wish = {"memberId": encode("mem", await member_of(hurt)), "templateId": template, "reason": "缺货致歉", "idempotencyKey": key()}  # fmt: skip
    given = (await clerk.run(GIVE, i=wish))["compensateMember"]
    done = await answer(
        clerk, made, outcome="COMPENSATED", couponId=given["id"], answer="非常抱歉，已全额退款并送您一张券"
    )
    assert (done["__typename"], done["inTime"]) == ("Complaint", True)
    [mine] = (await hurt.run(MINE, o=order["id"]))["orderComplaints"]
    assert (mine["outcome"], mine["compensation"]["id"]) == ("COMPENSATED", given["id"])
    await send_all(shop)
    await settled(shop)
    assert (await shown(hurt, order))["state"] == "REFUNDED"
    assert await stock(shop, "TRIPE") == (0, 0, 3, 0)  # sold three; what was not there did not come back
