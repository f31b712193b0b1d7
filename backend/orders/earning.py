"""返还: what a completed order grants (P05), and what became of it when units come back (Q08)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend import coupons, ledger, members, merchants
from backend.kit.database import Tx
from backend.orders.refund_rules import Kept, earned_coupons, earned_key, money_kept


async def grant(
    tx: Tx, secret: bytes, row: Mapping[str, Any], earned: Sequence[tuple[str, str, int]], at: datetime
) -> None:
    """What a completed order earns (offer, unit, amount), each under a business key of its own: coupons first, then the
    accounts in the order of locks, growth value and the level that follows last (B04). The caller has locked the order."""
    await members.lock(tx, row["merchant_id"], row["member_id"])
    merchant_id, member_id, memo = row["merchant_id"], row["member_id"], {"order": row["number"]}
    templates = {e["offer"]: e.get("template") for e in row["quote"]["earn"]}
    for offer, unit, amount in sorted(earned, key=lambda e: e[1] != "coupon"):
        key = earned_key(row["id"], offer)
        match unit:
            case "coupon":
                keys = earned_coupons(key, amount)
                await coupons.grant_earned(
                    tx, secret, merchant_id, member_id, str(templates[offer]), keys, row["id"], at
                )
            case "red_packet":
                terms = ledger.PacketPolicy(**row["quote"]["red_packets"])
                until = terms.terms(at, (await merchants.get(merchant_id)).time_zone)
                await ledger.packets.give(
                    tx, merchant_id, member_id, amount, until, kind="earn", business_key=key, at=at, memo=memo
                )
            case "points" | "stamps":
                await ledger.transfer(
                    tx,
                    merchant_id,
                    debit=ledger.merchant_book(merchant_id),
                    credit=ledger.member(member_id),
                    unit=unit,
                    amount=amount,
                    kind="earn",
                    business_key=key,
                    at=at,
                    memo=memo,
                )
            case _:
                raise ValueError(f"an order cannot grant {unit}")
    batches = await tx.fetch(
        "SELECT outcome FROM refunds WHERE merchant_id = $1 AND order_id = $2", merchant_id, row["id"]
    )
    paid = money_kept(row["quote"], [batch["outcome"] for batch in batches])
    await members.levels.order_completed(tx, merchant_id, member_id, row["id"], row["number"], paid, at)


def coupon_keys(row: Mapping[str, Any]) -> list[str]:
    """The business keys of all coupons that an order may have granted."""
    return [
        key
        for e in row["quote"]["earn"]
        if e.get("template")
        for key in earned_coupons(earned_key(row["id"], e["offer"]), e["count"])
    ]


async def became(
    tx: Tx, row: Mapping[str, Any], mine: Mapping[str, coupons.EarnedCoupon], at: datetime
) -> dict[str, Kept]:
    """What became of the red packets and coupons (`mine`, by business key) that an order granted, by offer. For a decision the
    caller has the member's red packets locked, and the coupons."""
    found: dict[str, Kept] = {}
    packets = {earned_key(row["id"], e["offer"]): e["offer"] for e in row["quote"]["earn"] if e.get("fen")}
    if packets:
        for key, packet in (await ledger.packets.traced(tx, row["merchant_id"], list(packets), at)).items():
            found[packets[key]] = Kept(packet.free, packet.spent, (packet.id,))
    for offer, count in ((e["offer"], e["count"]) for e in row["quote"]["earn"] if e.get("template")):
        its = [mine[key] for key in earned_coupons(earned_key(row["id"], offer), count) if key in mine]
        free = tuple(c.id for c in its if c.state == "free")
        found[offer] = Kept(len(free), sum(c.state == "spent" for c in its), free)
    return found
