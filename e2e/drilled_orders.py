"""Orders of the kill drill that take everything an order can take: a coupon, points, balance, a red packet, units of a flash
sale, a promotion's budget; and refunds of them. What was acknowledged is added up and compared with what is there afterwards."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from stack import Stack

from backend import ledger, merchants
from backend.demo.client import Client, key
from backend.kit import database
from backend.kit.clock import now

GIVEN = {"points": 100_000, "balance": 100_000, "red_packet": 600}
"""What each shopper gets for a fall to pay with: points, fen, fen in packets."""
PACKETS = 2
PLACED = "id dueFen payableFen payment { prepayId } tenders { kind id fen points } offers { couponId offFen promotionId } lines { sku qty kind }"
PARTS = "number refundFen paidOutFen parts { to fen points }"
PREVIEW = (
    "query($i: RefundPreviewInput!) { storeRefundPreview(input: $i) { __typename ... on RefundPreview { token } } }"
)
REFUND = f"mutation($i: RefundOrderInput!) {{ refundOrder(input: $i) {{ __typename ... on Order {{ id refundedFen refunds {{ {PARTS} }} }} }} }}"
CREATE = "mutation($i: CreatePromotionInput!) { createPromotion(input: $i) { __typename ... on Promotion { id } } }"
PUBLISH = "mutation($i: PublishPromotionInput!) { publishPromotion(input: $i) { __typename } }"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an order asks for beside goods."""

    coupon: bool = False
    points: int = 0
    balance: int = 0
    packet: bool = False
    flash: bool = False
    budget: bool = False
    refund: str = ""

    @staticmethod
    def of(rng: random.Random) -> Wish:
        """Two in three take something, one in four of all is refunded, in part or whole."""
        refund = rng.choice(("", "", "", "", "", "", "part", "whole"))
        if rng.random() < 1 / 3:
            return Wish(refund=refund)
        some = [rng.random() < 0.5 for _ in range(6)]
        return Wish(
            some[0], some[1] * rng.randint(1, 150), some[2] * rng.randint(1, 150), some[3], some[4], some[5], refund
        )


@dataclass
class Acknowledged:
    """What was answered: orders by id, with who ordered and the coupon that was to be used, and refunds by order."""

    promoted: dict[str, str] = field(default_factory=dict)
    placed: dict[str, tuple[UUID, str, dict[str, Any]]] = field(default_factory=dict)
    refunded: dict[str, dict[str, Any]] = field(default_factory=dict)

    def moved(self) -> Counter[tuple[UUID, str]]:
        """What orders and refunds make of each account, by member and unit."""
        found: Counter[tuple[UUID, str]] = Counter()
        for order_id, (member, _, order) in self.placed.items():
            for tender in order["tenders"]:
                found[member, tender["kind"]] -= tender["points"] or tender["fen"]
            for refund in self.refunded.get(order_id, {}).get("refunds", []):
                for part in refund["parts"]:
                    if part["to"] not in ("WECHAT", "SELLER"):
                        found[member, part["to"].lower()] += part["points"] or part["fen"]
        return found

    def kinds(self) -> dict[str, int]:
        """How many orders had each, so that a drill which no longer meets something is seen."""
        found: Counter[str] = Counter()
        for _, _, order in self.placed.values():
            found.update({tender["kind"] for tender in order["tenders"]})
            found["coupon"] += any(offer["couponId"] for offer in order["offers"])
            found.update(self.promoted[o["promotionId"]] for o in order["offers"] if o["promotionId"] in self.promoted)
        found["refunds"] = len(self.refunded)
        return dict(sorted(found.items()))


@asynccontextmanager
async def _database(stack: Stack) -> AsyncIterator[None]:
    await database.connect(stack.servers().database)
    try:
        yield
    finally:
        await database.disconnect()


async def fund(stack: Stack, merchant_code: str, who: Sequence[UUID], mark: str) -> None:
    """Gives everybody something of each to pay with, once for each `mark`."""
    async with _database(stack):
        merchant = await merchants.by_code(merchant_code)
        assert merchant is not None
        until = ledger.PacketTerms(0, now() + timedelta(days=30))
        for member in who:
            async with database.transaction() as tx:
                for unit in ("points", "balance"):
                    await ledger.transfer(
                        tx, merchant.id, debit=ledger.merchant_book(merchant.id), credit=ledger.member(member), unit=unit,
                        amount=GIVEN[unit], kind="grant", business_key=f"drill:{mark}:{unit}:{member}", at=now(), memo={},
                    )  # fmt: skip
                for n in range(PACKETS):
                    await ledger.packets.give(
                        tx, merchant.id, member, GIVEN["red_packet"] // PACKETS, until, kind="grant",
                        business_key=f"drill:{mark}:packet:{member}:{n}", at=now(), memo={},
                    )  # fmt: skip


async def promote(admin: Client, flash: str, budget: str, orders: int) -> dict[str, str]:
    """A flash sale whose stock and a promotion whose budget are gone before the rush is over; which is which, by id."""
    found = {}
    for name, sku, limit in (
        ("flash", flash, {"limits": {"stock": max(2, orders // 8)}}),
        ("budget", budget, {"budget": 50 * max(2, orders // 8) + 20}),
    ):
        offer = {"type": "amount_off", "scope": {"skus": [sku]}, "off": 50, "group": f"drill-{sku}", **limit}
        given = {
            "name": f"演练 {name}", "offers": [offer], "idempotencyKey": key(), "startsAt": (now() - timedelta(hours=1)).isoformat(),
            "endsAt": (now() + timedelta(days=1)).isoformat(),
        }  # fmt: skip
        made = (await admin.run(CREATE, i=given))["createPromotion"]
        assert made["__typename"] == "Promotion", made
        live = (await admin.run(PUBLISH, i={"promotionId": made["id"], "idempotencyKey": key()}))["publishPromotion"]
        assert live["__typename"] == "Promotion", live
        found[made["id"]] = name
    return found


def cart_of(wish: Wish, store: str, skus: Sequence[str], coupon: str) -> dict[str, Any]:
    return {
        "storeId": store,
        "delivery": "PICKUP",
        "lines": [{"sku": sku, "qty": 1} for sku in skus],
        "coupons": {"mode": "FIXED", "ids": [coupon]} if coupon else {"mode": "NONE"},
        "tenders": {
            "points": wish.points,
            "balanceFen": wish.balance,
            "redPackets": "AUTO" if wish.packet else "FIXED",
        },
    }


def units_of(order: dict[str, Any], how: str) -> list[dict[str, Any]]:
    """One unit of it, or all."""
    units = [{"sku": line["sku"], "qty": line["qty"]} for line in order["lines"]]
    return units if how == "whole" else [{**units[0], "qty": 1}]


async def lost(c: asyncpg.Connection, told: Acknowledged) -> list[str]:
    """What was acknowledged and is not there, or is there otherwise."""
    wrong = []
    for order_id, (_, coupon, order) in told.placed.items():
        row = await c.fetchrow("SELECT * FROM orders WHERE id = $1", UUID(order_id[4:]))
        refund = told.refunded.get(order_id)
        whole = refund is not None and row is not None and refund["refundedFen"] == row["payable_fen"]
        if row is None or row["state"] not in (("refunded",) if whole else ("paid",)):
            wrong.append(f"order {order_id} is {row and row['state']}")
            continue
        if (row["due_fen"], row["payable_fen"]) != (order["dueFen"], order["payableFen"]):
            wrong.append(f"order {order_id}: {row['due_fen']} of {row['payable_fen']} due")
        if row["refunded_fen"] != (refund["refundedFen"] if refund else 0):
            wrong.append(f"order {order_id}: {row['refunded_fen']} refunded, told {refund}")
        if row["refunds"] != (len(refund["refunds"]) if refund else 0):
            wrong.append(f"order {order_id}: {row['refunds']} refunds, told {refund}")
        if coupon and any(offer["couponId"] for offer in order["offers"]):
            state = await c.fetchval("SELECT state FROM coupons WHERE id = $1", UUID(coupon[4:]))
            if state not in (("returned", "issued") if whole else ("redeemed",)):
                wrong.append(f"coupon {coupon} of order {order_id} is {state}")
    return wrong


async def balances(c: asyncpg.Connection, who: Sequence[UUID]) -> Counter[tuple[UUID, str]]:
    """(balance) by member and unit; nothing may be held any more."""
    rows = await c.fetch(
        "SELECT owner_id, unit, balance, held FROM accounts WHERE owner_kind = 'member' AND owner_id = ANY($1::uuid[]) AND unit = ANY($2)",
        list(who),
        list(GIVEN),
    )
    assert all(row["held"] == 0 for row in rows), "everything that was placed is paid"
    return Counter({(row["owner_id"], row["unit"]): row["balance"] for row in rows})
